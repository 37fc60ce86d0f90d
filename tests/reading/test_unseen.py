"""Layouts labelled by hand before the reader saw them (fixtures/blind, unseen, third, fourth, fifth and sixth): what they say must keep being
read. Their first scores, before any change to the reader, stand beside them."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rectify.reading import read

FIXTURES = Path(__file__).parents[1] / "fixtures"
FOLDERS = {"blind": 10, "unseen": 16, "third": 10, "fourth": 10, "fifth": 10, "sixth": 10}
NAMES = sorted(
    f"{folder}/{label.name.removesuffix('.json')}"
    for folder in FOLDERS
    for label in (FIXTURES / folder / "expected").iterdir()
)


def plain(text: str | None) -> str:
    """Width, spaces and punctuation do not count."""
    normal = unicodedata.normalize("NFKC", text or "")
    return "".join(char for char in normal if not char.isspace() and unicodedata.category(char)[0] not in "PCZ")


def time_limit(deadline: dict[str, Any] | None) -> tuple[Any, ...] | None:
    if deadline is None or deadline["kind"] == "none":
        return None
    return deadline["date"], deadline["kind"], deadline["long_term"]


def accepted(item: dict[str, Any], field: str) -> list[Any]:
    return [item[field], *item.get("also", {}).get(field, [])]


def folded(issue: dict[str, Any]) -> dict[str, Any]:
    """With one measure, what stands on it counts as the issue's."""
    if len(issue["measures"]) != 1:
        return issue
    only = issue["measures"][0]
    whole = issue | {field: issue[field] or only[field] for field in ("deadline", "state", "units")}
    return whole | {"measures": [only | {"deadline": None, "state": None, "units": []}]}


def agree(label: dict[str, Any], got: dict[str, Any]) -> None:
    assert time_limit(got["deadline"]) in [time_limit(value) for value in accepted(label, "deadline")]
    assert got["state"] in accepted(label, "state")
    found = {(unit["name"], unit["role"]) for unit in got["units"]}
    allowed = [{(unit["name"], role) for role in (unit["role"], *unit.get("also", []))} for unit in label["units"]]
    needed = [pairs for unit, pairs in zip(label["units"], allowed, strict=True) if not unit.get("optional")]
    assert [pairs for pairs in needed if not pairs & found] == []
    assert found - {pair for pairs in allowed for pair in pairs} == set()


def test_no_layout_is_lost() -> None:
    assert Counter(name.split("/")[0] for name in NAMES) == FOLDERS
    assert all((FIXTURES / name).is_file() for name in NAMES)


def differ(label: dict[str, Any], got: dict[str, Any]) -> list[str]:
    """What was read otherwise than labelled, in words; [] where nothing was."""
    numbers = [[issue["number"] for issue in draft["issues"]] for draft in (label, got)]
    if numbers[0] != numbers[1]:
        return [f"issues {numbers[0]}, read {numbers[1]}"]
    found: list[str] = []
    for field in ("issues", "measures"):
        if got["declared"][field] not in accepted(label["declared"], field):
            found.append(f"declared {field}: {got['declared'][field]}")
    for raw_wanted, raw_found in zip(label["issues"], got["issues"], strict=True):
        try:
            agree_on_issue(folded(raw_wanted), folded(raw_found))
        except AssertionError as fault:
            found.append(f"issue {raw_wanted['number']}: {fault}")
    return found


def agree_on_issue(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    assert plain(found["text"]) == plain(wanted["text"])
    assert plain(found["goal"]) == plain(wanted["goal"])
    agree(wanted, found)
    needed = {stone["date"] for stone in wanted["milestones"] if not stone.get("optional")}
    allowed = {stone["date"] for stone in wanted["milestones"]}
    assert needed <= {stone["date"] for stone in found["milestones"]} <= allowed
    assert [plain(m["text"]) for m in found["measures"]] == [plain(m["text"]) for m in wanted["measures"]]
    for measure, one in zip(wanted["measures"], found["measures"], strict=True):
        agree(measure, one)


@pytest.mark.parametrize("name", NAMES)
def test_an_unseen_layout_is_read_as_it_was_labelled(name: str) -> None:
    folder, file = name.split("/")
    label = json.loads((FIXTURES / folder / "expected" / f"{file}.json").read_text(encoding="utf-8"))
    assert differ(label, read((FIXTURES / name).read_bytes(), file).as_json()) == []
