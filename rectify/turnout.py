"""Who was asked in a reporting round, who reported, who late, who not: as of any day, counted and listed (S8).

Asked is what stood unfinished in the ledger on the round's own day, so that its numbers do not move afterwards. Which
days a round takes is `rules.windows`'; opening and closing rounds is `rounds`'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    values,
)
from sqlalchemy.orm import Session

from rectify import access, calendar, former, models, standing
from rectify.models import bulk
from rectify.rules import numerals
from rectify.rules.verdicts import GOOD
from rectify.rules.windows import Window, windows

STATES = ("missing", "returned", "late", "reported", "asked")
"""The lists of a round: not reported, of these returned for correction, reported late, reported at all, all asked."""


@dataclass(frozen=True)
class Known:
    """A round as it was known on a day, and its row now; None where it was planned then and is no more."""

    was: former.Round
    row: models.Round | None

    @property
    def imported(self) -> bool:
        return self.row is not None and self.row.imported

    @property
    def grace(self) -> tuple[int, str]:
        """How many days of grace and of which unit: as they were granted, or, where it had other ones then, as calendar
        days."""
        if self.row is not None and self.row.grace_days == self.was.grace_days:
            return self.row.grace, self.row.grace_unit
        return self.was.grace_days, "days"

    def state(self, day: dt.date) -> str:
        """What it was on that day: cancelled, ahead, open, in its grace or over."""
        if self.was.cancelled_on is not None and self.was.cancelled_on <= day:
            return "cancelled"
        if self.row is None or self.row.opened_at is None or self.row.opens_on > day:
            return "ahead"
        if day <= self.was.cut_off_on:
            return "open"
        return "grace" if day <= self.was.grace_on else "over"


def is_provisional(session: Session, known: Known) -> bool:
    """Whether its grace was counted in working days that nobody has published yet."""
    in_workdays = known.grace[1] == "workdays"
    return in_workdays and calendar.provisional(session, known.was.cut_off_on, known.was.grace_on)


@dataclass(frozen=True)
class Span:
    """A round that was opened by the day in view, and the days of it that lie behind.

    `asked_on`: its cut-off, or the day in view while that is still to come; what was unfinished then was asked.
    `last_on`: the last day of its window that has come.
    """

    round: models.Round
    window: Window
    asked_on: dt.date
    last_on: dt.date

    @property
    def id(self) -> int:
        return self.round.id


@dataclass(frozen=True)
class Tally:
    """How many measures were asked, reported (late ones included), reported late, and had their report returned and none
    since."""

    asked: int = 0
    reported: int = 0
    late: int = 0
    returned: int = 0

    @property
    def missing(self) -> int:
        return self.asked - self.reported


@dataclass(frozen=True)
class OfUnit:
    """The tally of one unit in one round; `unit_id` is None for measures that no unit answers for."""

    round_id: int
    unit_id: int | None
    unit: str
    tally: Tally


@dataclass(frozen=True)
class Row:
    """One measure of a round: on which day it first reported, None where it did not, and when it did afterwards; when and
    why its report was returned, as long as it did not report again."""

    measure_id: int
    number: str
    text: str
    first_on: dt.date | None
    after_on: dt.date | None
    returned_on: dt.date | None
    return_reason: str
    key: str


# -- which rounds ----------------------------------------------------------------------------------------------------


def held_on(row: Any, day: dt.date) -> ColumnElement[bool]:
    """The condition on Round under which it was not cancelled by the end of a day."""
    return or_(row.cancelled_on.is_(None), row.cancelled_on > day)


def known(session: Session, inspection_ids: Sequence[int], day: dt.date) -> dict[int, list[Known]]:
    """By inspection its rounds as they were known at the end of `day`, in the order of their days; two statements."""
    row = models.Round
    rows = session.scalars(
        select(row).where(bulk.among(row.inspection_id, "ids")).order_by(row.opens_on, row.id), {"ids": inspection_ids}
    ).all()
    by_id, past = {this.id: this for this in rows}, former.past(session, models.Inspection, inspection_ids)
    found = {}
    for inspection_id in inspection_ids:
        now = [former.Round.of(this) for this in rows if this.inspection_id == inspection_id]
        then = former.rounds_then(now, past.on(inspection_id, day) or {})
        found[inspection_id] = [Known(one, by_id.get(one.id)) for one in then]
    return found


def spans(session: Session, inspection_ids: Iterable[int], day: dt.date) -> dict[int, list[Span]]:
    """By inspection the rounds opened by `day` and not cancelled by then, in order."""
    of: dict[int, list[models.Round]] = {inspection_id: [] for inspection_id in inspection_ids}
    for this in session.scalars(
        select(models.Round).where(models.Round.inspection_id.in_(list(of)), held_on(models.Round, day))
    ):
        of[this.inspection_id].append(this)
    return {
        inspection_id: [
            Span(this, window, min(day, this.cut_off_on), min(day, window.last_on or day))
            for this, window in windows(held)
            if this.opened_at is not None and this.opens_on <= day
        ]
        for inspection_id, held in of.items()
    }


def current(found: Sequence[Span], day: dt.date) -> list[Span]:
    """Of one inspection's rounds those that still take reports: the last one opened, and any whose grace runs."""
    return [one for one in found if not one.round.imported and (one is found[-1] or one.window.grace_on >= day)]


# -- counting --------------------------------------------------------------------------------------------------------


def tallies(session: Session, person: access.Person, found: Sequence[Span], day: dt.date) -> dict[int, Tally]:
    """By round what `person` may see of it as of `day`; one statement."""
    seen = _seen(person, found, day)
    query = select(seen.c.round_id, *_sums(seen)).where(_asked(seen)).group_by(seen.c.round_id)
    counted = {row[0]: Tally(*row[1:]) for row in session.execute(query)}
    return {one.id: counted.get(one.id, Tally()) for one in found}


def by_unit(session: Session, person: access.Person, found: Sequence[Span], day: dt.date) -> list[OfUnit]:
    """By round and unit that answered for the measures on the round's day, those with most missing first. A measure for
    which several units answer counts under each. One statement."""
    seen = _seen(person, found, day)
    assigned, unit = models.Assignment, models.Unit
    missing = func.count().filter(seen.c.first_on.is_(None))
    query = (
        select(seen.c.round_id, unit.id, unit.name, *_sums(seen))
        .select_from(seen)
        .outerjoin(assigned, and_(assigned.measure_id == seen.c.measure_id, *_answered(assigned, seen.c.asked_on)))
        .outerjoin(unit, unit.id == assigned.unit_id)
        .where(_asked(seen))
        .group_by(seen.c.round_id, unit.id, unit.name, unit.sort)
        .order_by(missing.desc(), unit.sort, unit.id, seen.c.round_id)
    )
    return [OfUnit(row[0], row[1], row[2] or "", Tally(*row[3:])) for row in session.execute(query)]


def rows(
    session: Session,
    person: access.Person,
    span: Span,
    day: dt.date,
    state: str,
    *,
    unit_id: int | None = None,
    after: tuple[int, int] | None = None,
    limit: int,
) -> list[Row]:
    """The measures behind a count of one round, in the order of the plan, from the one behind `after` on."""
    seen = _seen(person, [span], day)
    issue, measure, report = models.Issue, models.Measure, models.ProgressReport
    later = (
        select(func.min(report.reported_on))
        .where(report.measure_id == seen.c.measure_id, report.reported_on > span.last_on, report.counted_on(day))
        .scalar_subquery()
    )
    why = (
        select(report.return_reason)
        .where(report.measure_id == seen.c.measure_id, report.returned_on == seen.c.returned_on)
        .order_by(report.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(
            seen.c.measure_id,
            issue.number.label("issue_number"),
            seen.c.number,
            measure.text,
            seen.c.first_on,
            case((seen.c.first_on.is_(None), later)).label("after_on"),
            case((_is(seen, "returned"), seen.c.returned_on)).label("returned_on"),
            case((_is(seen, "returned"), why)).label("return_reason"),
            issue.seq.label("issue_seq"),
            seen.c.seq,
        )
        .join(measure, measure.id == seen.c.measure_id)
        .join(issue, issue.id == seen.c.issue_id)
        .where(_asked(seen), _is(seen, state))
        .order_by(issue.seq, seen.c.seq)
        .limit(limit)
    )
    if unit_id is not None:
        assigned = models.Assignment
        query = query.where(
            exists().where(
                assigned.measure_id == seen.c.measure_id,
                assigned.unit_id == unit_id,
                *_answered(assigned, span.asked_on),
            )
        )
    if after is not None:
        query = query.where(tuple_(issue.seq, seen.c.seq) > tuple_(literal(after[0]), literal(after[1])))
    return [
        Row(
            row.measure_id,
            numerals.cite(row.issue_number, row.number),
            row.text,
            row.first_on,
            row.after_on,
            row.returned_on,
            row.return_reason or "",
            f"{row.issue_seq}-{row.seq}",
        )
        for row in session.execute(query)
    ]


def texts(
    session: Session, span: Span, day: dt.date, measure_ids: Sequence[int]
) -> tuple[dict[int, Any], dict[int, Any]]:
    """By measure its last report in the round, and its last one before the round opened, as of a day: state, text,
    difficulty, next_step, quantity, reported_on, and the unit's own word (said, forecast, expected_on). One statement."""
    report = models.ProgressReport
    inside = case((report.reported_on >= span.window.opens_on, True), else_=False).label("inside")
    names = ("measure_id", "state", "text", "difficulty", "next_step", "quantity", "reported_on", "said", "forecast")
    newest = (report.reported_on.desc(), report.id.desc())
    ranked = (
        select(
            *(getattr(report, name) for name in (*names, "expected_on")),
            inside,
            func.row_number().over(partition_by=(report.measure_id, inside), order_by=newest).label("nth"),
        )
        .where(
            bulk.among(report.measure_id, measure_ids),
            report.counted_on(day),
            report.reported_on <= span.last_on,
        )
        .subquery()
    )
    found: tuple[dict[int, Any], dict[int, Any]] = ({}, {})
    for row in session.execute(select(ranked).where(ranked.c.nth == 1)):
        found[0 if row.inside else 1][row.measure_id] = row
    return found


def said(
    session: Session, person: access.Person, found: Sequence[Span], day: dt.date, measure_ids: Sequence[int]
) -> dict[int, list[tuple[Span, dt.date | None]]]:
    """By measure the rounds among these that asked it, in their order, each with the day of its first report in it."""
    if not found or not measure_ids:
        return {}
    seen = _seen(person, found, day)
    query = select(seen.c.measure_id, seen.c.round_id, seen.c.first_on).where(
        _asked(seen), bulk.among(seen.c.measure_id, measure_ids)
    )
    first = {(row.measure_id, row.round_id): row.first_on for row in session.execute(query)}
    return {
        measure_id: [(one, first[measure_id, one.id]) for one in found if (measure_id, one.id) in first]
        for measure_id in measure_ids
    }


def _is(seen: Subquery, state: str) -> ColumnElement[bool]:
    """The condition of a list, the same that its count is made of."""
    return {
        "missing": seen.c.first_on.is_(None),
        "returned": and_(seen.c.first_on.is_(None), seen.c.returned_on.is_not(None)),
        "late": seen.c.first_on > seen.c.cut_off_on,
        "reported": seen.c.first_on.is_not(None),
        "asked": true(),
    }[state]


def _sums(seen: Subquery) -> list[ColumnElement[int]]:
    """The fields of a Tally in order."""
    return [func.count().filter(_is(seen, state)) for state in ("asked", "reported", "late", "returned")]


def _asked(seen: Subquery) -> ColumnElement[bool]:
    """Unfinished on the round's day, or finished by then after a report in it: whoever answered stays counted."""
    return or_(seen.c.verdict.not_in([good.value for good in GOOD]), seen.c.first_on.is_not(None))


def _answered(assigned: Any, day: Any) -> tuple[ColumnElement[bool], ...]:
    return (
        assigned.answers,
        assigned.since_on <= day,
        or_(assigned.until_on.is_(None), assigned.until_on > day),
    )


def _seen(person: access.Person, found: Sequence[Span], day: dt.date) -> Subquery:
    """Every measure at home in the inspections of these rounds that the ledger counted on their days: its verdict then,
    and the day of its first report or submission in the window."""
    days = _table(found)
    s, link, measure = models.MeasureStanding, models.MeasureLink, models.Measure
    report, sub = models.ProgressReport, models.Submission
    said = (
        select(
            days.c.round_id,
            days.c.asked_on,
            days.c.cut_off_on,
            link.measure_id,
            link.issue_id,
            link.number,
            link.seq,
            standing.verdict_case(s, days.c.asked_on).label("verdict"),
            _within(func.min(report.reported_on), report.reported_on, days, report.counted_on(day)).label(
                "reported_on"
            ),
            _within(func.min(sub.submitted_on), sub.submitted_on, days).label("submitted_on"),
            _within(func.max(report.returned_on), report.reported_on, days, report.returned_on <= day).label(
                "returned_on"
            ),
        )
        .select_from(days)
        .join(link, and_(link.inspection_id == days.c.inspection_id, link.home))
        .join(measure, measure.id == link.measure_id)
        .join(s, and_(s.measure_id == link.measure_id, standing.on(s, days.c.asked_on)))
        .where(access.sees_measures(person, day))
        .subquery("said")
    )
    earlier = case(
        (said.c.submitted_on.is_(None), said.c.reported_on),
        (said.c.reported_on.is_(None), said.c.submitted_on),
        (said.c.reported_on <= said.c.submitted_on, said.c.reported_on),
        else_=said.c.submitted_on,
    )
    return select(said, earlier.label("first_on")).subquery("seen")


def _table(found: Sequence[Span]) -> Any:
    """The days of rounds as a table to join with."""
    names = ("opens_on", "cut_off_on", "last_on", "asked_on")
    columns: list[ColumnElement[Any]] = [
        column("round_id", Integer),
        column("inspection_id", Integer),
        *(column(name, Date) for name in names),
    ]
    data = [
        (one.id, one.round.inspection_id, one.window.opens_on, one.window.cut_off_on, one.last_on, one.asked_on)
        for one in found
    ]
    return values(*columns, name="spans").data(data).cte("spans")


def _within(what: Any, on: Any, days: Any, *conditions: ColumnElement[bool]) -> Any:
    """`what` of a measure's rows of a table whose day `on` lies within a round's window."""
    query: Select[Any] = select(what).where(
        on.class_.measure_id == models.MeasureLink.measure_id, on >= days.c.opens_on, on <= days.c.last_on, *conditions
    )
    return query.scalar_subquery()
