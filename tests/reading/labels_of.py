"""What a fixture's label file holds: the contract's keys of a draft, without positions and further facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rectify.reading import read

PLANS = Path(__file__).parents[1] / "fixtures" / "plans"
ISSUE = ("number", "upper_number", "category", "text", "goal", "deadline", "units", "milestones", "state", "progress")
MEASURE = ("number", "text", "deadline", "units", "state", "progress", "completed_on", "original_deadline")


def fixtures() -> list[str]:
    return sorted(file.name for file in PLANS.iterdir() if file.suffix in (".txt", ".csv", ".docx", ".xlsx"))


def labels(name: str) -> dict[str, Any]:
    """The draft of a fixture in the shape of its label file."""
    document = read((PLANS / name).read_bytes(), name).as_json()
    issues = [
        {key: issue[key] for key in ISSUE}
        | {"measures": [{key: measure[key] for key in MEASURE} for measure in issue["measures"]]}
        for issue in document["issues"]
    ]
    questions = [{"where": question["where"], "ask": question["ask"]} for question in document["questions"]]
    return {
        "title": document["title"],
        "declared": document["declared"],
        "as_of": document["as_of"],
        "encoding": document["encoding"],
        "issues": issues,
        "questions": questions,
        "unread": document["unread"],
        "notes": document["notes"],
    }
