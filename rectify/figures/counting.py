"""All that is counted, as of any day: one grouped statement over disjoint verdicts, and the rows behind each figure.

A figure and the list behind it are built from the same scope and the same predicate, so that they cannot differ (R2).
Ratios are `rules.ratios`', sentences `rules.sentence`'s.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from rectify import access, former, memory, models, standing
from rectify.models import bulk
from rectify.models.base import days_between
from rectify.rules import ladder, numerals, sentence, verdicts
from rectify.rules.ratios import OnTime
from rectify.rules.sentence import FIGURES, Figures
from rectify.rules.verdicts import GOOD, Verdict

VERDICTS = tuple(v.value for v in Verdict)


HORIZONS = (30, 60, 90)
LEFT = tuple(f"left_{name}" for name in (*VERDICTS, "on_schedule_unreported", "on_schedule_reported"))
ASIDE = ("shared", "corrected")
MORE = ("open", "lagging", "on_schedule_reported", "near_due", *(f"due_{days}" for days in HORIZONS), *LEFT, *ASIDE)
"""Figures that boards and sentences need beside F: not done; overdue or behind (the red list); on schedule and reported;
open and due within the days that the inspection calls near, or within so many; what `due_this_year_left` is made of;
measures that count in another inspection too (共同措施); what rests on a correction (更正, S2). Each opens its rows like
those."""


@dataclass(frozen=True)
class Scope:
    """What is counted: whose eyes, which inspections (None: all), which unit or region, measures or issues.

    A unit or region means where it answers: the lead units, or the responsible ones where no lead is named. There, and
    `once` anywhere, a measure that counts in several inspections is counted in the first of them alone.
    """

    person: access.Person
    inspection_ids: tuple[int, ...] | None = None
    unit_id: int | None = None
    region_id: int | None = None
    counted: str = "measures"
    once: bool = False

    def over(self, **changes: Any) -> Scope:
        return replace(self, **changes)


@dataclass(frozen=True)
class _Tables:
    """The tables one scope reads: the standing, the row that is counted, how an assignment reaches it, whose it is."""

    standing: Any
    row_id: Any
    inspection_id: Any
    item_id: Any
    assigned: Any
    judged_id: Any


def _tables(scope: Scope) -> _Tables:
    if scope.counted == "issues":
        return _Tables(
            models.IssueStanding,
            models.Issue.id,
            models.Issue.inspection_id,
            models.Issue.id,
            models.Assignment.issue_id,
            models.IssueStanding.issue_id,
        )
    assert scope.counted == "measures", scope.counted
    return _Tables(
        models.MeasureStanding,
        models.MeasureLink.id,
        models.MeasureLink.inspection_id,
        models.Measure.id,
        models.Assignment.measure_id,
        models.MeasureStanding.measure_id,
    )


def _from(query: Select[Any], scope: Scope, day: dt.date) -> Select[Any]:
    """The joins and conditions of a scope on a day; every count and every list goes through here."""
    t = _tables(scope)
    if scope.counted == "issues":
        query = (
            query.select_from(models.IssueStanding)
            .join(models.Issue, models.Issue.id == models.IssueStanding.issue_id)
            .where(access.sees_issues(scope.person, day))
        )
    else:
        query = (
            query.select_from(models.MeasureStanding)
            .join(
                models.MeasureLink,
                and_(models.MeasureLink.measure_id == models.MeasureStanding.measure_id, *links_counted(day)),
            )
            .join(models.Measure, models.Measure.id == models.MeasureStanding.measure_id)
            .where(~models.Measure.implied, access.sees_measures(scope.person, day))
        )
    query = query.join(models.Inspection, models.Inspection.id == t.inspection_id).where(standing.on(t.standing, day))
    if scope.inspection_ids is not None:
        query = query.where(t.inspection_id.in_(scope.inspection_ids))
    if scope.person.hidden_ids:
        query = query.where(t.inspection_id.not_in(scope.person.hidden_ids))
    if scope.counted == "measures" and (scope.once or scope.unit_id is not None or scope.region_id is not None):
        query = query.where(~_counts_before(scope, day))
    # Lists, not a question for each row: a unit has few items, whatever the size of the ledger.
    answering = select(t.assigned).where(t.assigned.is_not(None), *_in_force(day))
    if scope.unit_id is not None:
        query = query.where(t.item_id.in_(answering.where(models.Assignment.unit_id == scope.unit_id)))
    if scope.region_id is not None:
        of_region = select(models.Unit.id).where(models.Unit.region_id == scope.region_id)
        query = query.where(t.item_id.in_(answering.where(models.Assignment.unit_id.in_(of_region))))
    return query


def links_counted(day: dt.date, link: Any = models.MeasureLink) -> tuple[ColumnElement[bool], ...]:
    """The links that count in their inspection on a day: one made later, or ended before, leaves its total alone."""
    return (
        link.counted.is_(True),
        or_(link.counted_since_on.is_(None), link.counted_since_on <= day),
        or_(link.counted_until_on.is_(None), link.counted_until_on > day),
    )


_OTHER, _GUEST = aliased(models.MeasureLink, name="other"), aliased(models.MeasureLink, name="guest")


def _is_shared(scope: Scope, day: dt.date) -> ColumnElement[bool]:
    """Whether a row is a measure that counts in another inspection too, be it outside the scope (共同措施)."""
    return false() if scope.counted == "issues" else _shared_on(day, scope.person.hidden_ids)


@functools.lru_cache(maxsize=64)
def _shared_on(day: dt.date, hidden_ids: frozenset[int]) -> ColumnElement[bool]:
    """Asked with every page of a list, so put together once."""
    return _has_other(_OTHER.inspection_id != models.MeasureLink.inspection_id, day, hidden_ids)


def _counts_before(scope: Scope, day: dt.date) -> ColumnElement[bool]:
    """Whether the measure of a row counts by an earlier link, in another inspection of the scope."""
    earlier = _OTHER.id < models.MeasureLink.id
    if scope.inspection_ids is not None:
        earlier = and_(earlier, _OTHER.inspection_id.in_(scope.inspection_ids))
    return _has_other(earlier, day, scope.person.hidden_ids)


def _has_other(which: ColumnElement[bool], day: dt.date, hidden_ids: frozenset[int]) -> ColumnElement[bool]:
    """Whether the measure of a row has another link, which counts on the day and is not hidden from who looks.

    Few measures have a link that is not their home: an index holds these alone, so that no other row is looked at twice.
    """
    link = models.MeasureLink
    there = exists().where(_OTHER.measure_id == link.measure_id, which, *links_counted(day, _OTHER))
    if hidden_ids:
        there = there.where(_OTHER.inspection_id.not_in(hidden_ids))
    return and_(link.measure_id.in_(select(_GUEST.measure_id).where(~_GUEST.home)), there.correlate(link))


def _answers(t: _Tables, day: dt.date) -> tuple[ColumnElement[bool], ...]:
    return (t.assigned == t.item_id, *_in_force(day))


def _in_force(day: dt.date) -> tuple[ColumnElement[bool], ...]:
    return (
        models.Assignment.answers.is_(True),
        models.Assignment.since_on <= day,
        or_(models.Assignment.until_on.is_(None), models.Assignment.until_on > day),
    )


def _condition(figure: str, scope: Scope, day: dt.date) -> ColumnElement[bool]:
    """The predicate of one figure in a scope: what a tile counts and what its list shows."""
    s = _tables(scope).standing
    verdict = standing.verdict_case(s, day)
    shared = _is_shared(scope, day) if figure == "shared" else false()  # asked of every list, needed by one
    return condition(figure, day, s, verdict, is_done(verdict, day), shared, _near(s, day))


def _near(s: Any, day: dt.date) -> ColumnElement[bool]:
    """`ladder.is_near` in SQL: within the window that the inspection in which the row counts had on the day."""
    furthest = day + dt.timedelta(days=ladder.LONGEST_WINDOW)
    left = days_between(literal(day, Date()), s.deadline_on)
    return and_(s.deadline_on.between(day, furthest), left <= former.rule_on("near_due_days", day))


def is_done(verdict: ColumnElement[str], day: dt.date) -> ColumnElement[bool]:
    """Whether a verdict counts as done in its inspection by the rules of the day."""
    also = (and_(verdict == v.value, former.rule_on(rule, day)) for rule, v in verdicts.ALSO_DONE.items())
    return or_(verdict.in_([v.value for v in GOOD]), *also)


def condition(
    figure: str,
    day: dt.date,
    s: Any,
    verdict: ColumnElement[str],
    done: ColumnElement[bool],
    shared: ColumnElement[bool],
    near: ColumnElement[bool],
) -> ColumnElement[bool]:
    """The predicate of one figure on rows `s` that carry deadline_on, reported, long_term and corrected: standings, or the
    frozen rows of a release. `near`: whether the deadline lies within the window of the inspection."""
    first, last = dt.date(day.year, 1, 1), dt.date(day.year, 12, 31)
    this_year = s.deadline_on.between(first, last)
    if figure in VERDICTS:
        return verdict == figure
    conditions: dict[str, ColumnElement[bool]] = {
        "total": s.id.is_not(None),
        "done": done,
        "due_this_year": this_year,
        "due_this_year_done": and_(this_year, done),
        "due_this_year_left": and_(this_year, ~done),
        "overdue_earlier_years": and_(s.deadline_on < first, ~done),
        "on_schedule_unreported": and_(verdict == Verdict.ON_SCHEDULE.value, ~s.reported),
        "long_term_flag": s.long_term,
        "open": ~done,
        "lagging": verdict.in_([Verdict.OVERDUE.value, Verdict.BEHIND.value]),
        "on_schedule_reported": and_(verdict == Verdict.ON_SCHEDULE.value, s.reported),
        "near_due": and_(near, ~done),
        "shared": shared,
        "corrected": s.corrected,
    }
    for days in HORIZONS:
        conditions[f"due_{days}"] = and_(s.deadline_on.between(day, day + dt.timedelta(days=days)), ~done)
    for name in VERDICTS:
        conditions[f"left_{name}"] = and_(this_year, ~done, verdict == name)
    conditions["left_on_schedule_unreported"] = and_(conditions["left_on_schedule"], ~s.reported)
    conditions["left_on_schedule_reported"] = and_(conditions["left_on_schedule"], s.reported)
    return conditions.get(figure, false())


def count(session: Session, scope: Scope, day: dt.date) -> Figures:
    """The figures of a scope on a day. A measure that answers issues of several inspections counts once in each."""
    return Figures(**listed(session, scope, day, FIGURES))


def listed(session: Session, scope: Scope, day: dt.date, names: Sequence[str] = (*FIGURES, *MORE)) -> dict[str, int]:
    """How many rows the list behind each of these figures has: by the predicates of the lists, in one statement."""
    sums = [
        func.count()
        if name == "total"
        else func.coalesce(func.sum(case((_condition(name, scope, day), 1), else_=0)), 0)
        for name in names
    ]
    row = session.execute(_from(select(*sums), scope, day)).one()
    return {name: int(value) for name, value in zip(names, row, strict=True)}


@dataclass(frozen=True)
class InspectionRow:
    """An inspection as boards and reports name it."""

    id: int
    name: str
    level: str
    field: str
    kind: str
    plan_name: str
    team: str
    issue_word: str
    measure_word: str
    basically_counts_as_done: bool
    long_term_counts_as_done: bool
    near_due_days: int

    @property
    def also_done(self) -> tuple[Verdict, ...]:
        """What counts as done in it beside what always does."""
        return verdicts.also_done(self)


def inspections(
    session: Session, person: access.Person, day: dt.date, ids: Iterable[int] | None = None
) -> list[InspectionRow]:
    """The inspections a person sees on a day, in the office's order."""
    query = _inspections(_whoever(person), day)
    if ids is not None:
        query = query.where(models.Inspection.id.in_(list(ids)))
    return [InspectionRow(*row) for row in bulk.read(session, query)]


@functools.lru_cache(maxsize=64)
def _inspections(person: access.Person, day: dt.date) -> Select[Any]:
    """Asked with nearly every page, so put together once."""
    i = models.Inspection
    return (
        select(
            i.id, i.name, i.level, i.field, i.kind, i.plan_name, i.team, i.issue_word, i.measure_word,
            former.rule_on("basically_counts_as_done", day), former.rule_on("long_term_counts_as_done", day),
            former.rule_on("near_due_days", day),
        )
        .where(access.sees_inspections(person, day))
        .order_by(i.sort, i.id)
    )  # fmt: skip


def _whoever(person: access.Person) -> access.Person:
    """The person without what is of one request, by whom a statement can be kept."""
    return replace(person, address="", request_id="")


def by_inspection(
    session: Session, person: access.Person, day: dt.date, counted: str = "measures", ids: Iterable[int] | None = None
) -> list[tuple[InspectionRow, Figures]]:
    """The figures of each inspection a person sees; one without rows on that day counts 0. Two statements."""
    rows = inspections(session, person, day, ids)
    scope = Scope(person, None if ids is None else tuple(row.id for row in rows), counted=counted)
    found = tallies(session, scope, day)
    return [(row, found.get(row.id, Tally()).figures) for row in rows]


@dataclass(frozen=True)
class Tally:
    """The figures of an inspection and those of MORE, from one grouped statement."""

    figures: Figures = Figures()
    more: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MORE, 0))

    def __getitem__(self, name: str) -> int:
        return self.more[name] if name in self.more else int(getattr(self.figures, name))

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.figures + other.figures, {name: n + other.more[name] for name, n in self.more.items()})


def tallies(session: Session, scope: Scope, day: dt.date) -> dict[int, Tally]:
    """The tally of each inspection that has rows on a day, by its id: one statement, each row judged once."""
    judged = _judged(scope, day, _tables(scope).inspection_id).subquery()
    return _folded(session.execute(select(*judged.c, func.count()).group_by(*judged.c)))


def _judged(scope: Scope, day: dt.date, key: Any, *, more: bool = True) -> Select[Any]:
    """One row for each row of a scope: `key`, and all that decides which figures it counts in; without `more` not which
    of MORE, for asking each row about the rules of its inspection takes as long as all else."""
    s = _tables(scope).standing
    first, last = dt.date(day.year, 1, 1), dt.date(day.year, 12, 31)
    verdict = standing.verdict_case(s, day)
    columns = (
        key.label("key"),
        verdict.label("verdict"),
        is_done(verdict, day).label("done"),
        case((s.deadline_on < first, -1), (s.deadline_on <= last, 0), else_=1).label("year"),
        s.reported.label("reported"),
        s.long_term.label("long_term"),
        (_horizon(s, day) if more else literal(0)).label("near"),
        (case((_near(s, day), True), else_=False) if more else false()).label("near_due"),
        (s.corrected if more else false()).label("corrected"),
        (_is_shared(scope, day) if more else false()).label("shared"),
    )
    return _from(select(*columns), scope, day)


def _horizon(s: Any, day: dt.date) -> ColumnElement[int]:
    """The first of HORIZONS within which a row is due, 0 where it is past or further off."""
    within = ((s.deadline_on <= day + dt.timedelta(days=days), days) for days in HORIZONS)
    return case((s.deadline_on < day, 0), *within, else_=0)


def _folded(groups: Iterable[Any]) -> dict[int, Tally]:
    """Groups of judged rows with their counts → the tally of each key, in the order in which the keys come."""
    found: dict[int, dict[str, int]] = {}
    for key, verdict, done, year, reported, long_term, near, near_due, corrected, shared, n in groups:
        sums = found.setdefault(key, dict.fromkeys((*FIGURES, *MORE), 0))
        on_schedule = ["on_schedule_reported" if reported else "on_schedule_unreported"]
        on_schedule = on_schedule if verdict == Verdict.ON_SCHEDULE else []
        left = year == 0 and not done
        counted = ["total", verdict, "done" if done else "open"]
        counted += ["long_term_flag"] if long_term else []
        counted += ["due_this_year", "due_this_year_left" if left else "due_this_year_done"] if year == 0 else []
        counted += ["overdue_earlier_years"] if year < 0 and not done else []
        counted += on_schedule
        counted += ["lagging"] if verdict in (Verdict.OVERDUE, Verdict.BEHIND) else []
        counted += ["near_due"] if near_due and not done else []
        counted += [f"due_{days}" for days in HORIZONS if near and near <= days and not done]
        counted += [f"left_{name}" for name in (verdict, *on_schedule)] if left else []
        counted += [name for name, holds in zip(ASIDE, (shared, corrected), strict=True) if holds]
        for name in counted:
            sums[name] += n
    return {
        key: Tally(Figures(**{name: sums[name] for name in FIGURES}), {name: sums[name] for name in MORE})
        for key, sums in found.items()
    }


FOUND_WORDS = {"assessment": "发现问题", "checks": "发现问题", "notice": "通报问题"}


def subjects(
    session: Session, person: access.Person, day: dt.date, ids: Iterable[int] | None = None, form: str = ""
) -> list[sentence.Subject]:
    """The inspections as the report sentence speaks of them, with their counts on a day. Five statements.

    `form` full, short or tail for all of them; without it, central environmental ones are told in full, other
    environmental ones in short, the rest together at the end (the half-year report of domain.md c.2).
    """
    found = inspections(session, person, day, ids)
    scope = Scope(person, None if ids is None else tuple(row.id for row in found))
    measures = tallies(session, scope, day)
    issues = tallies(session, scope.over(counted="issues"), day)
    in_time = {counted: on_times(session, scope.over(counted=counted), day) for counted in ("issues", "measures")}
    return [
        sentence.Subject(
            key=row.id,
            name=row.name,
            issues=counts_of(issues.get(row.id, Tally()), in_time["issues"].get(row.id, OnTime())),
            measures=counts_of(measures.get(row.id, Tally()), in_time["measures"].get(row.id, OnTime())),
            form=form or _form_of(row),
            plan_name=row.plan_name,
            found_word=FOUND_WORDS.get(row.kind, "反馈问题"),
            issue_word=row.issue_word,
            measure_word=row.measure_word,
            basically_counts_as_done=row.basically_counts_as_done,
            long_term_counts_as_done=row.long_term_counts_as_done,
        )
        for row in found
    ]


def counts_of(tally: Tally, in_time: OnTime) -> sentence.Counts:
    """A tally as the report sentence reads it."""
    left = {name: tally[f"left_{name}"] for name in (*VERDICTS, "on_schedule_unreported")}
    aside = {name: tally[name] for name in ASIDE}
    return sentence.Counts(**tally.figures.as_dict(), **aside, left=left, on_time=in_time)


def _form_of(row: InspectionRow) -> str:
    if row.field != "environment":
        return "tail"
    return "full" if row.level == "central" else "short"


def by_unit(session: Session, scope: Scope, day: dt.date) -> list[tuple[int, str, Figures]]:
    """The figures of each unit that answers for something, by name. What several units answer for counts in each, what
    counts in several inspections once in a unit: their sum may be more or less than the total."""
    scope, t = scope.over(once=True), _tables(scope)
    judged = _judged(scope, day, models.Assignment.unit_id, more=False).join(models.Assignment, and_(*_answers(t, day)))
    return _named(session, models.Unit, judged)


def by_region(session: Session, scope: Scope, day: dt.date) -> list[tuple[int, str, Figures]]:
    """The figures of each region whose units answer for something; an item counts once in a region."""
    scope, t = scope.over(once=True), _tables(scope)
    here = (
        select(t.assigned.label("item_id"), models.Unit.region_id)
        .join(models.Unit, models.Unit.id == models.Assignment.unit_id)
        .where(
            t.assigned.is_not(None),
            models.Unit.region_id.is_not(None),
            models.Assignment.answers,
            models.Assignment.since_on <= day,
            or_(models.Assignment.until_on.is_(None), models.Assignment.until_on > day),
        )
        .distinct()
        .subquery()
    )
    judged = _judged(scope, day, here.c.region_id, more=False).join(here, here.c.item_id == t.item_id)
    return _named(session, models.Region, judged)


def _named(session: Session, table: Any, judged: Select[Any]) -> list[tuple[int, str, Figures]]:
    """The figures of each unit or region that the judged rows name as their key, in the office's order."""
    rows = judged.subquery()
    groups = select(*rows.c, func.count().label("n")).group_by(*rows.c).subquery()
    query = select(table.name, *groups.c).join(groups, groups.c.key == table.id).order_by(table.sort, table.id)
    found = session.execute(query).all()
    names = {row[1]: row[0] for row in found}
    return [(key, names[key], tally.figures) for key, tally in _folded(row[1:] for row in found).items()]


def different_shared(session: Session, scope: Scope, day: dt.date) -> int:
    """How many different measures are behind the figure `shared`, which has a row for each inspection they count in."""
    query = _from(select(func.count(models.Measure.id.distinct())), scope, day).where(_is_shared(scope, day))
    return int(session.execute(query).scalar_one())


def on_times(session: Session, scope: Scope, day: dt.date) -> dict[int, OnTime]:
    """How many finished in time in each inspection that has rows on a day, by the day of the submission that was
    accepted. Without a deadline: not counted. One statement."""
    t = _tables(scope)
    s = t.standing
    sums = on_time_sums(s, _condition("done", scope, day))
    query = _from(select(t.inspection_id, *sums), scope, day).group_by(t.inspection_id)
    return {key: OnTime(*map(int, counts)) for key, *counts in session.execute(query)}


def on_time_sums(s: Any, done: ColumnElement[bool]) -> list[ColumnElement[int]]:
    """The columns of OnTime over rows `s` like those of `condition`, with done_on and lateness_known."""
    known = and_(done, s.lateness_known, s.done_on.is_not(None), s.deadline_on.is_not(None))
    original = func.coalesce(s.original_deadline_on, s.deadline_on)
    return [
        func.coalesce(func.sum(case((condition_, 1), else_=0)), 0)
        for condition_ in (known, and_(known, s.done_on <= original), and_(known, s.done_on <= s.deadline_on))
    ]


@dataclass(frozen=True)
class Line:
    """A row of the ledger as it is exported: nothing left out, nothing cut."""

    row: Row
    issue_text: str
    goal: str
    category: str
    source: str
    deadline_raw: str
    units: tuple[tuple[str, str], ...]
    progress: str
    progress_on: dt.date | None
    difficulty: str
    next_step: str


def lines(
    session: Session, scope: Scope, figure: str, day: dt.date, *, search: str = "", chunk: int = 2000
) -> Iterator[Line]:
    """All rows behind a figure with what a ledger shows beside them, in chunks, so that memory stays flat (R37)."""
    after: tuple[dt.date, int] | None = None
    while True:
        with memory.uncollected():
            page = rows(session, scope, figure, day, after=after, limit=chunk, search=search)
            made = list(_lines(session, scope, page, day)) if page else []
        yield from made
        if len(page) < chunk:
            return
        after = (page[-1].sort_on, page[-1].row_id)


def _lines(session: Session, scope: Scope, page: Sequence[Row], day: dt.date) -> Iterator[Line]:
    i, m = models.Issue, models.Measure
    query = (
        select(i.id, i.text, i.goal, i.category, models.Source.name, i.deadline_raw)
        .outerjoin(models.Source, models.Source.id == i.source_id)
        .where(bulk.among(i.id, {row.issue_id for row in page}))
    )
    issues = {row[0]: row[1:] for row in bulk.read(session, query)}
    measure_ids = {row.measure_id for row in page if row.measure_id is not None}
    raw = dict(bulk.read(session, select(m.id, m.deadline_raw).where(bulk.among(m.id, measure_ids))))
    last = {row.measure_id: row for row in last_reports(session, list(measure_ids), day)}
    item_ids = [row.issue_id if row.measure_id is None else row.measure_id for row in page]
    units = units_of(session, scope.counted, item_ids, day, models.ASSIGNMENT_ROLES)
    for row, item_id in zip(page, item_ids, strict=True):
        text, goal, category, source, issue_raw = issues[row.issue_id]
        report = last.get(row.measure_id or 0)
        yield Line(
            row=row,
            issue_text=text,
            goal=goal,
            category=category,
            source=source or "",
            deadline_raw=raw.get(row.measure_id or 0) or issue_raw,
            units=tuple((role, name) for role, name, _ in units.get(item_id, ())),
            progress=report.text if report else "",
            progress_on=report.reported_on if report else None,
            difficulty=report.difficulty if report else "",
            next_step=report.next_step if report else "",
        )


def last_reports(session: Session, measure_ids: Sequence[int], day: dt.date) -> Sequence[Any]:
    """The last report of each measure by a day, of those not returned: measure_id, state, text, reported_on, difficulty,
    next_step, whether it was imported, and the unit's own word on the schedule (said, forecast, reason, expected_on); one
    statement."""
    p = models.ProgressReport
    ranked = (
        select(
            p.measure_id, p.state, p.text, p.reported_on, p.difficulty, p.next_step, p.imported,
            p.said, p.forecast, p.reason, p.expected_on,
            func.row_number().over(partition_by=p.measure_id, order_by=(p.reported_on.desc(), p.id.desc()))
            .label("nth"),
        )
        .where(bulk.among(p.measure_id, measure_ids), p.counted_on(day))
        .subquery()
    )  # fmt: skip
    return bulk.read(session, select(ranked).where(ranked.c.nth == 1))


@dataclass(frozen=True)
class Row:
    """One line of a list: a measure in its inspection, or an issue (then `measure_id` and `measure_number` are empty).

    Carries the turning days, so that verdict and why are read from it like from a standing.
    """

    row_id: int
    sort_on: dt.date
    measure_id: int | None
    issue_id: int
    inspection_id: int
    inspection: str
    issue_number: str
    upper_number: str
    measure_number: str
    text: str
    shared: bool
    corrected: bool
    signed_off_on: dt.date | None
    completed_on: dt.date | None
    basically_completed_on: dt.date | None
    overdue_from: dt.date | None
    behind_from: dt.date | None
    not_started_from: dt.date | None
    unreported_from: dt.date | None
    deadline_on: dt.date | None
    original_deadline_on: dt.date | None
    long_term_open: bool
    long_term: bool
    pending: bool
    reported: bool
    lateness_known: bool
    done_on: dt.date | None
    why: dict[str, dict[str, Any]]

    @property
    def key(self) -> str:
        """Where the next page begins."""
        return f"{self.sort_on.isoformat()}_{self.row_id}"

    @property
    def number(self) -> str:
        """The number as people cite it: 六-2 for the second measure under issue 六."""
        return numerals.cite(self.issue_number, self.measure_number)


def _row_columns(scope: Scope, day: dt.date) -> list[Any]:
    t = _tables(scope)
    s = t.standing
    issues = scope.counted == "issues"
    return [
        t.row_id.label("row_id"),
        s.sort_on,
        literal(None).label("measure_id") if issues else models.Measure.id.label("measure_id"),
        models.Issue.id.label("issue_id"),
        t.inspection_id,
        models.Inspection.name,
        models.Issue.number,
        models.Issue.upper_number,
        literal("").label("measure_number") if issues else models.MeasureLink.number,
        models.Issue.text if issues else models.Measure.text,
        _is_shared(scope, day),
        *(getattr(s, name) for name in standing.TURN_FIELDS),
    ]


def rows(
    session: Session,
    scope: Scope,
    figure: str,
    day: dt.date,
    *,
    after: tuple[dt.date, int] | None = None,
    limit: int | None = 50,
    search: str = "",
) -> list[Row]:
    """The rows behind a figure, by deadline (those without one last), `limit` of them behind `after` (sort_on, row_id).

    `search` finds a number (own or the superior level's) or a part of the text of the issue or the measure.
    """
    query = _page(scope.over(person=_whoever(scope.person)), figure, day, limit, bool(search), after is not None)
    values: dict[str, Any] = {"search": search, "needle": f"%{_like(search)}%"} if search else {}
    if after is not None:
        values |= {"after_on": after[0], "after_id": after[1]}
    return [Row(*row) for row in bulk.read(session, query, values)]


@functools.lru_cache(maxsize=128)
def _page(scope: Scope, figure: str, day: dt.date, limit: int | None, searched: bool, continued: bool) -> Select[Any]:
    """The statement of `rows`, put together once for each kind of list that somebody turns the pages of."""
    t = _tables(scope)
    s = t.standing
    inner = _from(select(s.id.label("standing_id"), t.row_id.label("row_id")), scope, day)
    if figure != "total":
        inner = inner.where(_condition(figure, scope, day))
    if searched:
        needle, search = bindparam("needle", type_=String), bindparam("search", type_=String)
        texts = [models.Issue.text.like(needle, escape="\\")]
        numbers = [models.Issue.number == search, models.Issue.upper_number == search]
        if scope.counted == "measures":
            inner = inner.join(models.Issue, models.Issue.id == models.MeasureLink.issue_id)
            texts.append(models.Measure.text.like(needle, escape="\\"))
            numbers += [models.MeasureLink.number == search]
            numbers += [models.Issue.number + "-" + models.MeasureLink.number == search]
        inner = inner.where(or_(*texts, *numbers))
    order = (s.sort_on, t.judged_id, t.row_id)  # as the index has it; a measure counted in two inspections has two rows
    # A range on the first column makes SQLite, too, walk the index in its order and stop at the limit.
    after_on = bindparam("after_on", type_=Date) if continued else dt.date.min
    inner = inner.where(s.sort_on >= after_on)
    if continued:
        inner = inner.where(or_(s.sort_on > after_on, _behind(t, bindparam("after_id", type_=Integer))))
    inner = inner.order_by(*order)
    if limit is not None:
        inner = inner.limit(limit)
    page = inner.subquery()
    query = select(*_row_columns(scope, day)).select_from(page).join(s, s.id == page.c.standing_id)
    if scope.counted == "issues":
        query = query.join(models.Issue, models.Issue.id == page.c.row_id)
    else:
        query = (
            query.join(models.MeasureLink, models.MeasureLink.id == page.c.row_id)
            .join(models.Measure, models.Measure.id == models.MeasureLink.measure_id)
            .join(models.Issue, models.Issue.id == models.MeasureLink.issue_id)
        )
    return query.join(models.Inspection, models.Inspection.id == t.inspection_id).order_by(*order)


def _behind(t: _Tables, row_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The rows of the same day behind this one."""
    if t.standing is models.IssueStanding:
        return and_(t.row_id > row_id)
    last = select(models.MeasureLink.measure_id).where(models.MeasureLink.id == row_id).scalar_subquery()
    return or_(t.judged_id > last, and_(t.judged_id == last, t.row_id > row_id))


def after_key(raw: str) -> tuple[dt.date, int] | None:
    """The place that `Row.key` names, None where it is not one."""
    day, _, row_id = raw.partition("_")
    if not re.fullmatch("[0-9]{1,9}", row_id):  # a longer number fits no database
        return None
    try:
        return dt.date.fromisoformat(day), int(row_id)
    except ValueError:
        return None


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def units_of(
    session: Session, counted: str, ids: Sequence[int], day: dt.date, roles: Sequence[str] | None = None
) -> dict[int, list[tuple[str, str, int]]]:
    """(role, unit's name, unit's id) of measures or issues on a day, in the order they were assigned; one statement."""
    found: dict[int, list[tuple[str, str, int]]] = {}
    asked = {"ids": list(ids), "day": day}
    query = _units_of(counted, None if roles is None else tuple(roles))
    for item_id, role, name, unit_id in bulk.read(session, query, asked):
        found.setdefault(item_id, []).append((role, name, unit_id))
    return found


@functools.cache
def _units_of(counted: str, roles: tuple[str, ...] | None) -> Select[Any]:
    """Asked with every page of a list, so put together once."""
    a, day = models.Assignment, bindparam("day", type_=Date)
    item = a.measure_id if counted == "measures" else a.issue_id
    return (
        select(item, a.role, models.Unit.name, models.Unit.id)
        .join(models.Unit, models.Unit.id == a.unit_id)
        .where(bulk.among(item, "ids"), a.since_on <= day, or_(a.until_on.is_(None), a.until_on > day))
        .where(a.answers if roles is None else a.role.in_(roles))
        .order_by(a.id)
    )


def document(session: Session, names: Sequence[str] | None, day: dt.date) -> dict[str, Any]:
    """The JSON object of `rectify figures` (design.md 8), and beside F: how many measures count in other inspections too,
    what rests on a correction, and how many measures there are in the inspections named together: their sum, those of
    them that several share, and all of them counted once. Raises LookupError naming an inspection that is not there."""
    known = dict(session.execute(select(models.Inspection.name, models.Inspection.id)).tuples().all())
    for name in names or ():
        if name not in known:
            raise LookupError(name)
    ids = None if not names else [known[name] for name in names]
    scope = Scope(access.SYSTEM, None if ids is None else tuple(ids))
    found = {c: tallies(session, scope.over(counted=c), day) for c in ("issues", "measures")}
    told = []
    for row in inspections(session, access.SYSTEM, day, ids):
        mine = {counted: each.get(row.id, Tally()) for counted, each in found.items()}
        told.append(
            {
                "name": row.name,
                **{counted: tally.figures.as_dict() for counted, tally in mine.items()},
                "shared": mine["measures"]["shared"],
                "corrected": {counted: tally["corrected"] for counted, tally in mine.items()},
            }
        )
    whole = sum(found["measures"].values(), Tally())
    shared = different_shared(session, scope, day)
    return {
        "as_of": day.isoformat(),
        "inspections": told,
        "together": {
            "measures": whole["total"],
            "shared": shared,
            "different": whole["total"] - whole["shared"] + shared,
        },
    }
