"""The way back through the changes of a draft by hand: each as the difference to the draft before it.

What a change is stands in `editing`; its sentence is the page's. A plan's `history` is a list of steps, the latest last,
those that were undone behind those that hold: {"what": …, "patch": …, "undone": …}. The patch of a step that holds leads
back, that of an undone one forward.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy.orm import Session

from rectify import models, records
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft
from rectify.records import Actor

from .common import office_only
from .questions import questions

MOST_STEPS: Final = 50
MOST_CHARACTERS: Final = 1_000_000
"""Of all steps kept together, as JSON; the latest is kept however large it is."""

REREAD: Final = "sheets"
"""The act by which other sheets of the workbook were read."""

Document = Mapping[str, Any]
What = Mapping[str, Any]
"""The code of a change, and the numbers of what it changed, in the page's own terms."""


def change(
    held: models.PlanFile, draft: PlanDraft, what: What, act: Callable[[], object], *, as_of: dt.date | None = None
) -> None:
    """Do `act` to the draft of a plan and keep the outcome, with the way back; an answer stays with its question.

    Where `act` is refused nothing is kept.
    """
    before = draft.as_json()
    asked = _own(draft, as_of)
    act()
    after = draft.as_json()
    if after == before:
        return
    _carry(held, asked, _own(draft, as_of))
    done = [step for step in held.history or [] if not step.get("undone")]
    held.history = _bounded([*done, {"what": dict(what), "patch": difference(after, before), "undone": False}])
    held.draft = after


def undo(held: models.PlanFile) -> What | None:
    """Go one change back; what it was, None where there is none."""
    steps = list(held.history or [])
    at = sum(not step.get("undone") for step in steps) - 1
    return _turn(held, steps, at, undone=True) if at >= 0 else None


def redo(held: models.PlanFile) -> What | None:
    """Do the last change that was undone once more; what it was, None where there is none."""
    steps = list(held.history or [])
    at = sum(not step.get("undone") for step in steps)
    return _turn(held, steps, at, undone=False) if at < len(steps) else None


def read_again(
    session: Session,
    held: models.PlanFile,
    draft: PlanDraft,
    again: PlanDraft,
    *,
    by: Actor,
    at: dt.datetime,
    as_of: dt.date | None = None,
) -> None:
    """Another reading of the same file takes the place of a plan's draft; going back brings the draft as it was.

    Changes by hand are in that draft only; answers stay with the questions that are asked again.
    """
    office_only(by)
    names = [sheet.name for sheet in again.sheets if sheet.chosen]

    def act() -> None:
        for one in fields(again):
            setattr(draft, one.name, getattr(again, one.name))

    change(held, draft, {"act": REREAD, "name": "、".join(names)}, act, as_of=as_of)
    session.flush()
    records.write(session, by, at, "plan.sheets", "plan_file", held.id, name=held.name, sheets=names)


def changes(held: models.PlanFile) -> int:
    """How many changes by hand the draft holds since it was last read."""
    acts = [step["what"].get("act") for step in held.history or [] if not step.get("undone")]
    return next((n for n, act in enumerate(reversed(acts)) if act == REREAD), len(acts))


def last(held: models.PlanFile, *, undone: bool = False) -> What | None:
    """What `undo`, or `redo`, would turn."""
    steps = [step["what"] for step in held.history or [] if bool(step.get("undone")) is undone]
    return (steps[0] if undone else steps[-1]) if steps else None


def _turn(held: models.PlanFile, steps: list[dict[str, Any]], at: int, *, undone: bool) -> What:
    there = patched(held.draft, steps[at]["patch"])
    steps[at] = {"what": steps[at]["what"], "patch": difference(there, held.draft), "undone": undone}
    held.history, held.draft = steps, there
    what: What = steps[at]["what"]
    return what


def _bounded(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = steps[-MOST_STEPS:]
    room = MOST_CHARACTERS
    for n in range(len(kept) - 1, -1, -1):
        room -= len(json.dumps(kept[n], ensure_ascii=False))
        if room < 0:
            return kept[min(n + 1, len(kept) - 1) :]
    return kept


# -- differences -------------------------------------------------------------------------------------------------------


def difference(here: Document, there: Document) -> dict[str, Any]:
    """What leads from one draft's document to another's: lists by the stretch that differs, questions apart."""
    patch: dict[str, Any] = {}
    for key in here.keys() | there.keys():
        ours, theirs = here.get(key), there.get(key)
        if ours == theirs:
            continue
        if key == "questions":
            patch[key] = _questions(ours or [], theirs or [])
        elif isinstance(ours, list) and isinstance(theirs, list):
            patch[key] = {"splice": _stretch(ours, theirs)}
        else:
            patch[key] = {"value": theirs}
    return patch


def patched(here: Document, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The document that a difference leads to."""
    there = dict(here)
    for key, part in patch.items():
        if "value" in part:
            there[key] = part["value"]
        elif "splice" in part:
            start, count, items = part["splice"]
            there[key] = [*here[key][:start], *items, *here[key][start + count :]]
        else:
            there[key] = _asked(here[key], part)
    return there


def _stretch(ours: Sequence[Any], theirs: Sequence[Any]) -> tuple[int, int, list[Any]]:
    """(start, count, items): `items` in place of `count` of ours."""
    shorter = min(len(ours), len(theirs))
    start = next((n for n in range(shorter) if ours[n] != theirs[n]), shorter)
    tail = next((n for n in range(shorter - start) if ours[-1 - n] != theirs[-1 - n]), shorter - start)
    return start, len(ours) - start - tail, list(theirs[start : len(theirs) - tail])


def _questions(ours: Sequence[Document], theirs: Sequence[Document]) -> dict[str, Any]:
    """A change moves the places of all later questions: those are kept as three numbers each."""
    had = {question["id"]: question for question in ours}
    same = [_apart(q) == _apart(had[q["id"]]) if q["id"] in had else False for q in theirs]
    kept = {question["id"] for question, is_same in zip(theirs, same, strict=True) if is_same}
    part = {
        "gone": [question["id"] for question in ours if question["id"] not in kept],
        "new": [[n, dict(q)] for n, (q, is_same) in enumerate(zip(theirs, same, strict=True)) if not is_same],
        "moved": [
            [n, q["issue"], q["measure"]]
            for n, (q, is_same) in enumerate(zip(theirs, same, strict=True))
            if is_same and _place(q) != _place(had[q["id"]])
        ],
    }
    return part if _asked(ours, part) == list(theirs) else {"value": list(theirs)}


def _asked(ours: Sequence[Document], part: Mapping[str, Any]) -> list[dict[str, Any]]:
    gone = set(part["gone"])
    there = [dict(question) for question in ours if question["id"] not in gone]
    for n, question in part["new"]:
        there.insert(n, dict(question))
    for n, issue, measure in part["moved"]:
        there[n] |= {"issue": issue, "measure": measure}
    return there


def _place(question: Document) -> tuple[Any, Any]:
    return question["issue"], question["measure"]


def _apart(question: Document) -> dict[str, Any]:
    return {key: value for key, value in question.items() if key not in ("issue", "measure")}


# -- answers -----------------------------------------------------------------------------------------------------------

Own = tuple[IssueDraft | MeasureDraft, str, str, str]
"""A question of the ledger itself: the item, the topic, what it is about there, and its id."""


def _own(draft: PlanDraft, as_of: dt.date | None) -> list[Own]:
    """The ledger's own questions are asked afresh each time, under ids made of the text they are about."""
    found: list[Own] = []
    for question in questions(draft, as_of=as_of)[len(draft.questions) :]:
        assert question.issue is not None
        issue = draft.issues[question.issue]
        item = issue if question.measure is None else issue.measures[question.measure]
        found.append((item, question.topic, question.raw, question.id))
    return found


def _carry(held: models.PlanFile, before: Sequence[Own], after: Sequence[Own]) -> None:
    """The answer to a question of the ledger goes over to the same question under its new id.

    The old one stays too: it is heeded again when the change is undone.
    """
    answers = dict(held.answers.get("questions") or {})
    old = {(id(item), topic, raw): key for item, topic, raw, key in before}
    for item, topic, raw, key in after:
        was = old.get((id(item), topic, raw))
        if was in answers and key not in answers:
            answers[key] = answers[was]
    if answers != held.answers.get("questions"):
        held.answers = dict(held.answers) | {"questions": answers}
