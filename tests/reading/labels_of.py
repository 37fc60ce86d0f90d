"""What a fixture's label file holds: the contract's keys of a draft, without positions and further facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rectify.reading import read
from rectify.reading.draft import ROLES, PlanDraft

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


def content(draft: PlanDraft) -> dict[str, Any]:
    """The content of a draft as rules.plan_form names it; units in the order of roles, questions in any."""
    document = draft.as_json()
    for name in ("questions", "unread", "file_kind", "encoding", "notes", "source_lines", "sheets", "own_form"):
        del document[name]
    for issue in document["issues"]:
        for item in (issue, *issue["measures"]):
            del item["line"]
            item["units"].sort(key=lambda unit: ROLES.index(unit["role"]))
    return document


def asked(draft: PlanDraft) -> list[tuple[Any, ...]]:
    """The open questions of a draft as content: topic, sentence, phrase, item."""
    return [(q.topic, q.ask, q.raw, q.issue, q.measure) for q in draft.questions]
