"""What the buttons of a plan's preview do to its draft, in words and in deeds. The acts themselves are `ledger.editing`'s.

A button sends `edit`: the name of an act and the positions that it is about, as in join-3-1 for the second measure of the
fourth issue.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from rectify import ledger, models
from rectify.ledger import editing, history
from rectify.ledger.editing import Place
from rectify.reading.draft import PlanDraft
from rectify.web.office.plan_questions import cut_off

WORDS: Final[dict[str, Any]] = {
    "amend": _l("修改%(item)s"),
    "split": _l("拆开%(item)s"),
    "drop": _l("删去%(item)s"),
    "join": _l("%(item)s并入前一项"),
    "demote": _l("%(item)s改为前一问题的措施"),
    "lift": _l("%(item)s改为单独的问题"),
    "follow": _l("从%(item)s起另立问题"),
    "part": _l("在%(item)s前拆成两个问题"),
    "up": _l("%(item)s移到前一问题"),
    "down": _l("%(item)s移到后一问题"),
    "issue": _l("原文第%(line)s行作为新问题"),
    "measure": _l("原文第%(line)s行作为%(item)s的措施"),
    "text": _l("原文第%(line)s行补入%(item)s"),
    "dismiss": _l("原文第%(line)s行不用"),
    "rename": _l("改正单位名称“%(name)s”"),
    history.REREAD: _l("改为读取工作表“%(name)s”"),
}
"""What was done, as it is told and as it is taken back."""


@dataclass(frozen=True)
class Wanted:
    """An act that a button asked for."""

    name: str
    numbers: tuple[int, ...] = ()

    @property
    def place(self) -> Place:
        """The item that it is about: an act on an unread line names the line first."""
        numbers = self.numbers[1:] if self.name in UNREAD else self.numbers
        return numbers[0] if numbers else -1, numbers[1] if len(numbers) > 1 else None


PAGES: Final = ("open", "sheets")
"""What is done on a page of its own: what was typed on this one is kept before it opens."""

UNREAD: Final = ("issue", "measure", "text", "dismiss")
TURNS: Final[dict[str, Callable[[models.PlanFile], history.What | None]]] = {
    "undo": history.undo,
    "redo": history.redo,
}


def wanted(sent: str | None) -> Wanted | None:
    """The act that a form asked for, None where it asked for none that there is."""
    found = re.fullmatch(r"([a-z]+)((?:-[0-9]{1,6}){0,3})", sent or "")
    if found is None or found[1] not in (*ACTS, *TURNS, *PAGES):
        return None
    return Wanted(found[1], tuple(int(number) for number in found[2].split("-")[1:]))


def do(held: models.PlanFile, draft: PlanDraft, act: Wanted) -> tuple[str, Place | None]:
    """Do an act to a plan's draft: what was done in words, and the item to go on with, None where there is none.

    Raises `ledger.Refused` where it cannot be done.
    """
    if act.name in TURNS:
        what = TURNS[act.name](held)
        if what is None:
            raise ledger.Refused("没有可以撤销或重做的修改。")
        if what["act"] == history.REREAD:
            follow_cut_off(held, draft, PlanDraft.from_json(held.draft))
        word = _("已撤销：%(what)s。") if act.name == "undo" else _("已重做：%(what)s。")
        return word % {"what": told(what)}, near(PlanDraft.from_json(held.draft), what.get("at"))
    gone_on: list[Place | None] = []
    what = what_of(draft, act.name, act.place, act.numbers[0] if act.name in UNREAD and act.numbers else None)
    history.change(held, draft, what, lambda: gone_on.append(ACTS[act.name](draft, act)), as_of=as_of(held, draft))
    return _("%(what)s。如不合适，可以撤销。", what=told(what)), near(draft, gone_on[0])


def what_of(draft: PlanDraft, name: str, place: Place, unread: int | None = None) -> dict[str, Any]:
    """An act as it is kept with its way back: numbers as the page shows them, and the place to return to."""
    i, m = place
    what: dict[str, Any] = {"act": name, "at": [i, m]}
    if 0 <= i < len(draft.issues):
        what |= {"issue": draft.issues[i].number or str(i + 1), "measure": None if m is None else m + 1}
    if unread is not None and unread < len(draft.unread):
        what["line"] = draft.unread[unread].line
    return what


def told(what: history.What) -> str:
    """What an act did, as a phrase."""
    item = ""
    if what.get("issue"):
        item = item_name(what["issue"], what.get("measure"))
    return str(WORDS[what["act"]]) % {"item": item, "line": what.get("line"), "name": what.get("name")}


def item_name(issue: str, measure: int | None) -> str:
    """An issue by its number, a measure by its place in it."""
    if measure is None:
        return _("问题%(number)s", number=issue)
    return _("问题%(number)s第%(measure)s条措施", number=issue, measure=measure)


def printed_cut_off(draft: PlanDraft) -> str | None:
    """The cut-off day that a ledger prints, as a plan's form keeps it."""
    return draft.as_of.isoformat() if draft.as_of and ledger.states_progress(draft) else None


def follow_cut_off(held: models.PlanFile, before: PlanDraft, after: PlanDraft) -> None:
    """Another reading has another cut-off day; one that was typed stays."""
    if held.form.get("as_of") == printed_cut_off(before):
        held.form = {**held.form, "as_of": printed_cut_off(after)}


def as_of(held: models.PlanFile, draft: PlanDraft) -> dt.date | None:
    """The cut-off day of a ledger, as far as it was typed."""
    day = held.form.get("as_of")
    return cut_off(draft, dt.date.fromisoformat(day) if day else None)


def anchor(place: Place | None) -> str:
    """The id of an item on the page."""
    if place is None:
        return "contents"
    return f"item-{place[0]}" if place[1] is None else f"item-{place[0]}-{place[1]}"


def near(draft: PlanDraft, place: Any) -> Place | None:
    """The item at a place, or the nearest to it that is there."""
    if place is None or not draft.issues:
        return None
    i = min(max(place[0], 0), len(draft.issues) - 1)
    last = len(draft.issues[i].measures) - 1
    m = place[1] if i == place[0] else None
    return i, None if m is None or last < 0 else min(m, last)


# -- the acts: each does it and gives the place to go on with ----------------------------------------------------------


def _drop(draft: PlanDraft, act: Wanted) -> Place:
    editing.drop(draft, act.place)
    return act.place


def _join(draft: PlanDraft, act: Wanted) -> Place:
    editing.join(draft, act.place)
    i, m = act.place
    return (i - 1, None) if m is None else (i, m - 1)


def _demote(draft: PlanDraft, act: Wanted) -> Place:
    i = act.place[0]
    before = len(draft.issues[i - 1].measures) if 0 < i <= len(draft.issues) else 0
    editing.demote(draft, i)
    return i - 1, before


def _lift(draft: PlanDraft, act: Wanted) -> Place:
    i, m = _measure(act)
    editing.lift(draft, i, m, rest=act.name == "follow")
    return i + 1, None


def _part(draft: PlanDraft, act: Wanted) -> Place:
    i, m = _measure(act)
    editing.part(draft, i, m)
    return i + 1, None


def _move(draft: PlanDraft, act: Wanted) -> Place:
    i, m = _measure(act)
    step = -1 if act.name == "up" else 1
    editing.move(draft, i, m, step)
    return i + step, 0 if step > 0 else len(draft.issues[i + step].measures) - 1


def _take_issue(draft: PlanDraft, act: Wanted) -> Place:
    return editing.take_as_issue(draft, _line(act)), None


def _take_measure(draft: PlanDraft, act: Wanted) -> Place:
    i = act.place[0]
    return i, editing.take_as_measure(draft, _line(act), i)


def _take_text(draft: PlanDraft, act: Wanted) -> Place:
    editing.take_as_text(draft, _line(act), act.place)
    return act.place


def _dismiss(draft: PlanDraft, act: Wanted) -> None:
    editing.dismiss(draft, _line(act))


def _measure(act: Wanted) -> tuple[int, int]:
    i, m = act.place
    return i, -1 if m is None else m


def _line(act: Wanted) -> int:
    return act.numbers[0] if act.numbers else -1


ACTS: Final[dict[str, Callable[[PlanDraft, Wanted], Place | None]]] = {
    "drop": _drop,
    "join": _join,
    "demote": _demote,
    "lift": _lift,
    "follow": _lift,
    "part": _part,
    "up": _move,
    "down": _move,
    "issue": _take_issue,
    "measure": _take_measure,
    "text": _take_text,
    "dismiss": _dismiss,
}
