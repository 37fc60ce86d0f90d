"""A draft put right by hand before its import: an item amended, divided, joined, moved or taken out, an unread line
taken in.

Only `drop` and `dismiss` lose any text; where two items that become one contradict each other, that is asked. Questions
keep to their item. How to go back is `history`'s.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeVar, cast

from rectify.reading import units as unit_texts
from rectify.reading.draft import (
    Facts,
    IssueDraft,
    MeasureDraft,
    MilestoneDraft,
    PlanDraft,
    Question,
    Role,
    State,
    Topic,
    UnitDraft,
    Unread,
)
from rectify.rules import deadlines, numerals

from .common import Refused, bare, clean, required
from .drafts import says, where_of

Place = tuple[int, int | None]
"""An item of a draft: the position of the issue, and of the measure within it, None for the issue itself."""

Item = IssueDraft | MeasureDraft
Either = TypeVar("Either", IssueDraft, MeasureDraft)

ROLE_WORDS: Final[dict[Role, str]] = {
    "lead": "牵头",
    "responsible": "责任",
    "cooperating": "配合",
    "supervising": "督导",
    "acceptance": "验收",
    "leader": "责任领导",
    "person": "责任人",
}
"""How a line of units says what each does; one without a word is responsible."""

RESPONSIBLE: Final[Role] = "responsible"


@dataclass(frozen=True)
class Fields:
    """The fields of an item as they are typed: `deadline` is a phrase, `units` a line of `units_line`'s form."""

    text: str
    number: str = ""
    deadline: str = ""
    units: str = ""
    state: str = ""
    completed_on: dt.date | None = None
    upper_number: str = ""
    category: str = ""
    goal: str = ""
    milestones: Sequence[MilestoneDraft] = field(default_factory=list)


def item_at(draft: PlanDraft, place: Place) -> Item | None:
    """The item at a place, None where there is none."""
    i, m = place
    if not 0 <= i < len(draft.issues):
        return None
    measures = draft.issues[i].measures
    return draft.issues[i] if m is None else measures[m] if 0 <= m < len(measures) else None


def fields_of(item: Item) -> Fields:
    """An item as its form shows it; `amend` with these changes nothing."""
    shown = Fields(
        text=item.text,
        number=item.number or "",
        deadline=_raw(item),
        units=units_line(item.units),
        state=item.state or "",
        completed_on=item.completed_on,
        milestones=list(item.milestones),
    )
    if isinstance(item, IssueDraft):
        words = (item.upper_number or "", item.category or "", item.goal or "")
        shown = replace(shown, upper_number=words[0], category=words[1], goal=words[2])
    return shown


def units_line(units: Iterable[UnitDraft]) -> str:
    """Units by role as one line: 甲局（牵头）；乙局（配合）；丙县政府."""
    return "；".join(
        unit.name if unit.role == RESPONSIBLE else f"{unit.name}（{ROLE_WORDS[unit.role]}）" for unit in units
    )


def units_typed(line: str, known: Iterable[str] = ()) -> list[UnitDraft]:
    """The units of such a line. A name that is `known` stays whole; another is divided as a plan's text would be."""
    roles = {word: role for role, word in ROLE_WORDS.items()}
    whole = set(known)
    found: list[UnitDraft] = []
    for piece in re.split(r"[；;\n]", clean(line)):
        name, role = piece.strip(), RESPONSIBLE
        noted = re.fullmatch(r"(?P<name>.+?)[（(](?P<word>[^（()）]+)[)）]", name)
        if noted is not None and noted["word"] in roles:
            name, role = noted["name"].strip(), roles[noted["word"]]
        units = [UnitDraft(name, role)] if name in whole else unit_texts.split(name, role)
        found += [unit for unit in units if unit not in found]
    return found


# -- the acts ----------------------------------------------------------------------------------------------------------


def amend(draft: PlanDraft, place: Place, typed: Fields) -> None:
    """Put an item right by hand; what was asked about a field that is changed is settled.

    Refused, and nothing changed, where the text is empty or the deadline's phrase cannot be dated.
    """
    item = _at(draft, place)
    before = fields_of(item)
    text = required(typed.text, "反馈问题的内容" if isinstance(item, IssueDraft) else "整改措施的内容")
    phrase = clean(typed.deadline)
    if phrase != before.deadline:
        parsed = deadlines.parse(phrase, year_hint=_year_of(draft))
        if parsed.needs_question:
            raise Refused("整改时限：%(why)s", why=parsed.needs_question)
        item.deadline = parsed.deadline if phrase else None
        _settle(draft, place, "deadline")
    if clean(typed.units) != before.units:
        item.units = units_typed(typed.units, [unit.name for unit in item.units])
        _settle(draft, place, "unit")
    if (typed.state, typed.completed_on) != (before.state, before.completed_on):
        item.state = cast(State, typed.state) if typed.state else None
        item.completed_on = typed.completed_on
        _settle(draft, place, "state")
    if clean(typed.number) != before.number:
        item.number = clean(typed.number)[:40] or None
        _settle(draft, place, "number")
    item.text = text
    item.milestones = [replace(stone, text=clean(stone.text)) for stone in typed.milestones]
    if isinstance(item, IssueDraft):
        item.upper_number = clean(typed.upper_number)[:40] or None
        item.category = clean(typed.category)[:300] or None
        item.goal = clean(typed.goal) or None


def drop(draft: PlanDraft, place: Place) -> None:
    """Take an item out of a draft, an issue with its measures; the questions about it go too."""
    _at(draft, place)
    i, m = place
    with _followed(draft):
        if m is None:
            del draft.issues[i]
        else:
            del draft.issues[i].measures[m]


def join(draft: PlanDraft, place: Place) -> None:
    """The item's text goes on that of the item before it, and the rest of it goes there too.

    What they say differently of limit or state is asked.
    """
    i, m = place
    second = _at(draft, place)
    first: Item
    if (i if m is None else m) == 0:
        raise Refused("前面没有可以合并的内容。")
    differing: list[tuple[Topic, str]] = []
    with _followed(draft) as heirs:
        if isinstance(second, IssueDraft):
            first = draft.issues[i - 1]
            _take_over(draft.issues[i - 1], second)
            del draft.issues[i]
        else:
            assert m is not None
            first = draft.issues[i].measures[m - 1]
            del draft.issues[i].measures[m]
        first.text = _run_on(first.text, _labelled(draft, second))
        first.milestones += [stone for stone in second.milestones if stone not in first.milestones]
        differing = _absorb(first, second)
        heirs[id(second)] = first
    _ask(draft, first, differing)


def demote(draft: PlanDraft, i: int) -> None:
    """The issue becomes the last measure of the issue before it; its own measures follow it there."""
    issue = _at(draft, (i, None))
    assert isinstance(issue, IssueDraft)
    if i == 0:
        raise Refused("前面没有可以归入的问题。")
    above = draft.issues[i - 1]
    with _followed(draft) as heirs:
        made = MeasureDraft(
            number=issue.number,
            text=issue.text,
            deadline=issue.deadline,
            units=list(issue.units),
            milestones=issue.milestones,
            target=issue.target,
            line=issue.line,
            **_facts(issue),
        )
        _hand_down(issue.measures, issue, above)
        above.measures += [made, *issue.measures]
        issue.milestones = []
        _take_words(above, issue)
        del draft.issues[i]
        heirs[id(issue)] = made


def lift(draft: PlanDraft, i: int, m: int, *, rest: bool = False) -> None:
    """The measure becomes an issue of its own behind its issue; with `rest` the measures behind it become its own.

    Limit, units and state that it had from its issue it now has itself.
    """
    measure, issue = _measure_at(draft, i, m), draft.issues[i]
    with _followed(draft) as heirs:
        taken = issue.measures[m + 1 :] if rest else []
        made = IssueDraft(
            number=measure.number,
            category=issue.category,
            text=measure.text,
            deadline=measure.deadline or issue.deadline,
            units=_with_inherited(measure.units, issue.units),
            measures=taken,
            milestones=measure.milestones + _stones_of(issue, [measure, *taken]),
            target=measure.target,
            source=issue.source,
            part=issue.part,
            line=measure.line,
            **_facts(measure if says(measure) else issue),
        )
        _hand_down(taken, issue, made)
        del issue.measures[m : m + 1 + len(taken)]
        draft.issues.insert(i + 1, made)
        heirs[id(measure)] = made


def part(draft: PlanDraft, i: int, m: int) -> None:
    """Divide an issue in front of a measure: it and those behind it go to a new issue that says the same otherwise."""
    first, issue = _measure_at(draft, i, m), draft.issues[i]
    if m == 0:
        raise Refused("第一条措施前面没有可以留下的措施，请直接修改问题的内容。")
    with _followed(draft):
        taken = issue.measures[m:]
        made = replace(
            issue,
            number=None,
            units=list(issue.units),
            measures=taken,
            milestones=_stones_of(issue, taken),
            line=first.line or issue.line,
        )
        del issue.measures[m:]
        draft.issues.insert(i + 1, made)
    _ask_again(draft, issue, [made])


def move(draft: PlanDraft, i: int, m: int, step: int) -> None:
    """Move a measure to the end of the issue before its own (`step` -1) or to the beginning of the next (1)."""
    measure = _measure_at(draft, i, m)
    if not 0 <= i + step < len(draft.issues):
        raise Refused("那一边没有别的问题可以移去。")
    issue, other = draft.issues[i], draft.issues[i + step]
    with _followed(draft):
        stones = _stones_of(issue, [measure])
        del issue.measures[m]
        other.measures.insert(0 if step > 0 else len(other.measures), measure)
        other.milestones += stones


def split(draft: PlanDraft, place: Place, *, into_measures: bool = False) -> None:
    """Divide an item at the blank lines in its text; a piece that begins with a number gets it.

    Measures, and issues on demand, become several of their kind with the same limit, units and state; an issue's
    measures, goal and milestones stand behind its text and go with the last piece. Else the further pieces of an issue
    become its first measures. The pieces together have the text of the whole.
    """
    item = _at(draft, place)
    pieces = [piece.strip() for piece in re.split(r"\n[ \t\u3000]*\n", item.text) if piece.strip()]
    if len(pieces) < 2:
        raise Refused("没有可以拆开的地方：请在要拆开的地方空一行，再按“拆开”。")
    i, m = place
    made: Sequence[Item] = []
    with _followed(draft):
        item.text = pieces[0]
        if isinstance(item, MeasureDraft):
            made = _split_measure(draft.issues[i].measures, item, m, pieces[1:])
        elif into_measures:
            item.measures[:0] = [_numbered(MeasureDraft(line=item.line), piece) for piece in pieces[1:]]
        else:
            made = _split_issue(draft, item, i, pieces[1:])
    _settle(draft, place, "split")
    _ask_again(draft, item, made)


def _split_measure(
    measures: list[MeasureDraft], measure: MeasureDraft, m: int | None, pieces: Iterable[str]
) -> list[MeasureDraft]:
    assert m is not None
    alone = replace(measure, milestones=[], target=None)
    made = [_numbered(replace(alone, units=list(measure.units), milestones=[]), piece) for piece in pieces]
    for one in made:
        one.milestones = _stones_of(measure, [one])
    measures[m + 1 : m + 1] = made
    return made


def _split_issue(draft: PlanDraft, issue: IssueDraft, i: int, pieces: Iterable[str]) -> list[IssueDraft]:
    alone = replace(issue, upper_number=None, goal=None, measures=[], milestones=[], target=None)
    made = [_numbered(replace(alone, units=list(issue.units), measures=[], milestones=[]), piece) for piece in pieces]
    made[-1].measures, made[-1].milestones, made[-1].goal = issue.measures, issue.milestones, issue.goal
    issue.measures, issue.milestones, issue.goal = [], [], None
    draft.issues[i + 1 : i + 1] = made
    return made


def take_as_issue(draft: PlanDraft, n: int) -> int:
    """An unread line becomes an issue, in the order of the source; its position."""
    unread = _unread(draft, n)
    at = next((i for i, issue in enumerate(draft.issues) if (issue.line or 0) > unread.line), len(draft.issues))
    with _followed(draft):
        draft.issues.insert(at, _numbered(IssueDraft(line=unread.line), unread.text))
        del draft.unread[n]
    return at


def take_as_measure(draft: PlanDraft, n: int, i: int) -> int:
    """An unread line becomes a measure of an issue, in the order of the source; its position there."""
    unread = _unread(draft, n)
    _at(draft, (i, None))
    measures = draft.issues[i].measures
    at = next((m for m, measure in enumerate(measures) if (measure.line or 0) > unread.line), len(measures))
    with _followed(draft):
        measures.insert(at, _numbered(MeasureDraft(line=unread.line), unread.text))
        del draft.unread[n]
    return at


def take_as_text(draft: PlanDraft, n: int, place: Place) -> None:
    """An unread line goes on the text of an item, in front where it stands before it."""
    unread = _unread(draft, n)
    item = _at(draft, place)
    before = item.line is not None and unread.line < item.line
    item.text = _run_on(*((unread.text, item.text) if before else (item.text, unread.text)))
    del draft.unread[n]


def dismiss(draft: PlanDraft, n: int) -> None:
    """An unread line is of no use to the ledger."""
    _unread(draft, n)
    del draft.unread[n]


# -- places and questions ----------------------------------------------------------------------------------------------


def _at(draft: PlanDraft, place: Place) -> Item:
    item = item_at(draft, place)
    if item is None:
        raise Refused("这一项已不在方案中，请刷新后再试。")
    return item


def _measure_at(draft: PlanDraft, i: int, m: int) -> MeasureDraft:
    measure = _at(draft, (i, m))
    assert isinstance(measure, MeasureDraft)
    return measure


def _unread(draft: PlanDraft, n: int) -> Unread:
    if not 0 <= n < len(draft.unread):
        raise Refused("这一行已经处理过，请刷新后再试。")
    return draft.unread[n]


def _items(draft: PlanDraft) -> Iterator[tuple[Place, Item]]:
    for i, issue in enumerate(draft.issues):
        yield (i, None), issue
        for m, measure in enumerate(issue.measures):
            yield (i, m), measure


@contextmanager
def _followed(draft: PlanDraft) -> Iterator[dict[int, Item]]:
    """While items change their places, the questions about them keep to them.

    Yields the heirs: for the `id` of an item that goes, the item that takes it over. Without one its questions go.
    """
    held = dict(_items(draft))  # keeps every item alive, so that no id is given twice
    heirs: dict[int, Item] = {}
    yield heirs
    places = {id(item): place for place, item in _items(draft)}
    kept = []
    for question in draft.questions:
        if question.issue is not None:
            item = held.get((question.issue, question.measure))
            place = places.get(id(heirs.get(id(item), item)))
            if place is None:
                continue
            question.issue, question.measure = place
        kept.append(question)
    draft.questions, draft.asked = kept, {}


def _settle(draft: PlanDraft, place: Place, topic: Topic) -> None:
    draft.questions = [q for q in draft.questions if q.topic != topic or (q.issue, q.measure) != place]
    draft.asked = {}


def _place_of(draft: PlanDraft, item: Item) -> Place:
    return next(place for place, one in _items(draft) if one is item)


def _ask(draft: PlanDraft, item: Item, differing: Iterable[tuple[Topic, str]]) -> None:
    """What the two items said that have become this one."""
    i, m = _place_of(draft, item)
    where = where_of(draft.issues[i], i) + (f"第{m + 1}条措施" if m is not None else "")
    for topic, said in differing:
        draft.ask(Question(where, f"合并的两项{said}，请确认。", topic, said, i, m, item.line))


def _ask_again(draft: PlanDraft, item: Item, copies: Iterable[Item]) -> None:
    """What was asked of an item's limit or state is asked of each that now has the same."""
    i, m = _place_of(draft, item)
    asked = [q for q in draft.questions if (q.issue, q.measure) == (i, m) and q.topic in ("deadline", "state")]
    for copy in copies:
        place = _place_of(draft, copy)
        for question in asked:
            draft.ask(replace(question, issue=place[0], measure=place[1], id=""))


# -- what goes over ----------------------------------------------------------------------------------------------------


def _take_over(first: IssueDraft, second: IssueDraft) -> None:
    """The measures and words of an issue go to the one before it; each measure keeps what it had from its own issue."""
    if not first.measures:  # all that stands under it is the second's
        first.deadline = first.deadline if _limits(first) else second.deadline
        first.units = first.units or list(second.units)
        if not says(first):
            _set_facts(first, second)
    _hand_down(second.measures, second, first)
    handed = [unit for measure in second.measures for unit in measure.units]
    left = [unit for unit in second.units if unit not in first.units and unit not in handed]
    if (
        left and second.measures
    ):  # every measure had others: they stay the issue's, and bind none of the first's measures
        before = replace(first)
        first.units = [*first.units, *left]
        _hand_down(first.measures, before, first)
    first.measures += second.measures
    _take_words(first, second)


def _take_words(first: IssueDraft, second: IssueDraft) -> None:
    if second.goal and second.goal not in (first.goal or ""):
        first.goal = _run_on(first.goal or "", second.goal)
    numbers = (first.upper_number, second.upper_number)
    first.upper_number = "、".join(dict.fromkeys(number for number in numbers if number)) or None


def _hand_down(measures: Iterable[MeasureDraft], issue: IssueDraft, to: IssueDraft) -> None:
    """What measures have from their issue becomes their own where the issue that they go to says otherwise."""
    for measure in measures:
        if not _limits(measure) and _limits(issue) and issue.deadline != to.deadline:
            measure.deadline = issue.deadline
        if issue.units != to.units:
            measure.units = _with_inherited(measure.units, issue.units)
        if says(issue) and not says(measure) and _facts(issue) != _facts(to):
            _set_facts(measure, issue)


def _absorb(first: Item, second: Item) -> list[tuple[Topic, str]]:
    """Limit, units and the ledger's facts of an item go to the one it became part of; what they say differently.

    Those of an issue with measures have been handed down to these.
    """
    for name in ("progress", "difficulty", "next_step", "remark"):
        ours, theirs = getattr(first, name), getattr(second, name)
        if theirs and theirs not in (ours or ""):
            setattr(first, name, _run_on(ours or "", theirs))
    differing: list[tuple[Topic, str]] = []
    if first.target is not None and second.target not in (None, first.target):
        differing.append(("other", f"量化目标不同（“{_target(first)}”与“{_target(second)}”）"))
    first.target = first.target or second.target
    limits = f"时限不同（“{_raw(first)}”与“{_raw(second)}”）"
    if isinstance(second, IssueDraft) and second.measures:
        kept = [first.deadline, *(measure.deadline for measure in second.measures)]
        return [*differing, ("deadline", limits)] if _limits(second) and second.deadline not in kept else differing
    first.units += [unit for unit in second.units if unit not in first.units]
    if not _limits(first):
        first.deadline = second.deadline or first.deadline
    elif _limits(second) and first.deadline != second.deadline:
        differing.append(("deadline", limits))
    first.original_deadline = first.original_deadline or second.original_deadline
    if first.state is None:
        first.state, first.completed_on = second.state, second.completed_on
    elif second.state and (first.state, first.completed_on) != (second.state, second.completed_on):
        differing.append(("state", "填报的状态或完成日期不同"))
    return differing


def _target(item: Item) -> str:
    return f"{item.target.quantity}{item.target.unit}" if item.target is not None else ""


def _raw(item: Item) -> str:
    return item.deadline.raw if item.deadline is not None else ""


def _limits(item: Item) -> bool:
    return item.deadline is not None and item.deadline.kind != "none"


def _facts(item: Facts) -> dict[str, Any]:
    return {one.name: getattr(item, one.name) for one in fields(Facts)}


def _set_facts(item: Facts, source: Facts) -> None:
    for name, value in _facts(source).items():
        setattr(item, name, value)


def _with_inherited(own: Sequence[UnitDraft], inherited: Sequence[UnitDraft]) -> list[UnitDraft]:
    """An item's units and, for the roles it names none for, those of its issue."""
    named = {unit.role for unit in own}
    return [*own, *(unit for unit in inherited if unit.role not in named)]


def _stones_of(holder: Item, measures: Iterable[MeasureDraft]) -> list[MilestoneDraft]:
    """The milestones that stand in the text of these measures, taken from the item that held them."""
    texts = [bare(measure.text) for measure in measures]
    wanted = [(stone, bare(stone.text)) for stone in holder.milestones]
    held = [stone for stone, said in wanted if len(said) >= 4 and any(said in text for text in texts)]
    holder.milestones = [stone for stone in holder.milestones if stone not in held]
    return held


# -- texts and numbers -------------------------------------------------------------------------------------------------


def _run_on(first: str, second: str) -> str:
    """Two texts as one: Chinese runs on, a space keeps two Latin words or figures apart."""
    apart = " " if first[-1:].isascii() and second[:1].isascii() and first[-1:].isalnum() else ""
    return first + apart + second


def _numbered(item: Either, text: str) -> Either:
    """The item with a text of its own, and the number that the text begins with; words of a label stay in the text."""
    found = numerals.marker(text)
    label, rest = (text[: found.end], text[found.end :].strip()) if found is not None else ("", text)
    if found is not None and rest and bare(label) == bare(found.printed):
        item.number, item.text = found.printed, rest
    else:
        item.number, item.text = None, text
    return item


def _labelled(draft: PlanDraft, item: Item) -> str:
    """An item's text behind its number, as the source prints it where its line is found."""
    if not item.number:
        return item.text
    line = draft.source_lines[item.line - 1] if item.line and item.line <= len(draft.source_lines) else ""
    before = line[: max(line.find(item.text[:12]), 0)].strip()
    found = numerals.marker(before)
    printed = before if found is not None and found.end == len(before) else f"{item.number}、"
    return printed + item.text


def _year_of(draft: PlanDraft) -> int | None:
    """The year that phrases without one mean: that of most deadlines that have one, else of the cut-off."""
    years = [i.deadline.date.year for i in draft.issues if i.deadline is not None and i.deadline.date is not None]
    return max(set(years), key=years.count) if years else draft.as_of.year if draft.as_of else None
