"""Time limits that were counted from a day (三个月内, 30个工作日内), what another calendar or another day of the inspection
makes of them, and moving them."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from rectify import access, calendar, models, standing
from rectify.records import Actor
from rectify.rules import deadlines, numerals
from rectify.rules.deadlines import Counted
from rectify.rules.workdays import Calendar, add_workdays

from .common import Item
from .limits import correct_deadline

UNITS: dict[deadlines.Unit, str] = {"workdays": "个工作日", "months": "个月", "days": "天"}


@dataclass(frozen=True)
class CountedLimit:
    """An issue or measure whose limit was counted, as it stands and as it is counted anew from `from_on`."""

    kind: str
    item_id: int
    number: str
    raw: str
    from_on: dt.date
    amount: int
    deadline_on: dt.date
    would_be_on: dt.date
    provisional: bool
    unit: deadlines.Unit = "workdays"

    @property
    def key(self) -> str:
        """By what a page names it."""
        return f"{self.kind}-{self.item_id}"


def moved_limits(
    session: Session, person: access.Person, before: Calendar, after: Calendar, day: dt.date
) -> list[CountedLimit]:
    """The unfinished limits a person sees that `after` would count to another day than they stand at.

    A limit is counted once, when it is imported or answered, and stays until somebody moves it: these are to be looked
    at. What was extended or corrected since stands by its document and is left out. Where nobody kept from which of the
    two dates of the inspection an older one was counted, it is told by the calendar of then: `before`, or the published
    one without the office's days.
    """
    found = []
    for kind, item_id, number, raw, deadline_on, from_on, amount, _unit, *bases in _counted(
        session, person, day, _in_workdays
    ):
        if amount is None:
            said = deadlines.relative_amount(raw)
            if said is None or said[1] != "workdays" or said[0] > deadlines.MOST_WORKDAYS:
                continue
            amount = said[0]
            from_on = _counted_from(bases, amount, deadline_on, (before, calendar.published()))
        if from_on is None:
            continue
        would_be_on = add_workdays(after, from_on, amount)
        if would_be_on != deadline_on:
            open_ = after.provisional_through(from_on, would_be_on)
            found.append(CountedLimit(kind, item_id, number, raw, from_on, amount, deadline_on, would_be_on, open_))
    return found


def rebased_limits(
    session: Session,
    person: access.Person,
    inspection: models.Inspection,
    feedback_on: dt.date | None,
    issued_on: dt.date | None,
    day: dt.date,
) -> list[CountedLimit]:
    """The unfinished limits a person sees that were counted from a date of the inspection and would stand on another day,
    were they counted from these dates instead.

    What was extended or corrected by its own document is left out, and so is an older one of which nobody kept from when
    it was counted.
    """
    pairs = (inspection.feedback_on, feedback_on), (inspection.issued_on, issued_on)
    moved = {was: now for was, now in pairs if was is not None and now is not None and was != now}
    if not moved:
        return []

    def counts(item: Any) -> ColumnElement[bool]:
        return and_(models.Inspection.id == inspection.id, item.counted_from_on.in_(moved))

    known, found = calendar.load(session), []
    for kind, item_id, number, raw, deadline_on, was_on, amount, unit, *_bases in _counted(
        session, person, day, counts
    ):
        from_on = moved[was_on]
        would_be_on = deadlines.last_of(Counted(from_on, amount, unit), functools.partial(add_workdays, known))
        if would_be_on is not None and would_be_on != deadline_on:
            open_ = unit == "workdays" and known.provisional_through(from_on, would_be_on)
            found.append(
                CountedLimit(kind, item_id, number, raw, from_on, amount, deadline_on, would_be_on, open_, unit)
            )
    return found


def is_provisional(session: Session, limit: Item, deadline_on: dt.date | None) -> bool:
    """Whether a deadline is the one that was counted in working days of `limit`, whose own it is, through days that
    nobody has published yet."""
    if limit.counted_unit != "workdays" or limit.counted_from_on is None or deadline_on is None:
        return False
    return limit.deadline_on == deadline_on and calendar.provisional(session, limit.counted_from_on, deadline_on)


def move_limits(
    session: Session,
    limits: Sequence[CountedLimit],
    document: str | None = None,
    *,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> None:
    """Move counted limits to where they are counted anew, from `day` on: by another calendar, whose `document` is named,
    or by another day of feedback or of issue.

    Each is an audited correction that names the cause; it stays a counted limit.
    """
    cause = "批次的反馈或印发日期更改" if document is None else f"工作日历变动（{document}）"
    for one in limits:
        item: Item
        if one.kind == "issue":
            item = session.get_one(models.Issue, one.item_id)
        else:
            item = session.get_one(models.Measure, one.item_id)
        correct_deadline(
            session,
            item,
            new_deadline_on=one.would_be_on,
            effect_on=day,
            reason=f"{cause}，自{one.from_on}起{one.amount}{UNITS[one.unit]}重新推算。",
            counted=Counted(one.from_on, one.amount, one.unit),
            by=by,
            day=day,
            at=at,
        )


def _in_workdays(item: Any) -> ColumnElement[bool]:
    """The condition under which a limit counts working days, kept or told by its words."""
    told = and_(item.counted_unit.is_(None), item.deadline_raw.contains("工作日"))
    return or_(item.counted_unit == "workdays", told)


def _counted(
    session: Session, person: access.Person, day: dt.date, counts: Callable[[Any], ColumnElement[bool]]
) -> list[Any]:
    """(kind, id, number, raw, deadline, counted from, how many, of what, feedback and issue of the plan) of what was
    counted as asked for, stands as it was counted and is not finished; one statement for issues and one for measures."""
    issue, measure, inspection, link = models.Issue, models.Measure, models.Inspection, models.MeasureLink

    def columns(item: Any) -> tuple[Any, ...]:
        kept = item.counted_from_on, item.counted_amount, item.counted_unit
        return (item.deadline_raw, item.deadline_on, *kept, inspection.feedback_on, inspection.issued_on)

    def open_limits(item: Any, stands: Any) -> tuple[Any, ...]:
        return (
            item.deadline_kind == "relative",
            counts(item),
            item.deadline_on == item.original_deadline_on,
            item.withdrawn_on.is_(None),
            standing.on(stands, day),
            stands.completed_on.is_(None),
            stands.signed_off_on.is_(None),
        )

    of_issue, of_measure = models.IssueStanding, models.MeasureStanding
    issues = session.execute(
        select(issue.id, issue.number, *columns(issue))
        .join(inspection, inspection.id == issue.inspection_id)
        .join(of_issue, of_issue.issue_id == issue.id)
        .where(access.sees_issues(person, day), *open_limits(issue, of_issue))
        .order_by(inspection.sort, inspection.id, issue.seq)
    )
    measures = session.execute(
        select(measure.id, issue.number, link.number, *columns(measure))
        .select_from(measure)
        .join(link, access.named_by(person, link))
        .join(issue, issue.id == link.issue_id)
        .join(inspection, inspection.id == issue.inspection_id)
        .join(of_measure, of_measure.measure_id == measure.id)
        .where(access.sees_measures(person, day), *open_limits(measure, of_measure))
        .order_by(inspection.sort, inspection.id, issue.seq, link.seq)
    )
    rows: list[Any] = [("issue", *row) for row in issues]
    return rows + [("measure", row[0], numerals.cite(row[1], row[2]), *row[3:]) for row in measures]


def _counted_from(
    bases: Iterable[dt.date | None], amount: int, deadline_on: dt.date, calendars: Iterable[Calendar]
) -> dt.date | None:
    """The one of `bases` from which a calendar gives this deadline, None where none does."""
    return next(
        (
            base
            for base in bases
            if base is not None and any(add_workdays(known, base, amount) == deadline_on for known in calendars)
        ),
        None,
    )
