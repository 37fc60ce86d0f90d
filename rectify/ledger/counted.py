"""Time limits that were counted in working days (30个工作日内), what another calendar makes of them, and moving them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from rectify import access, calendar, models, standing
from rectify.records import Actor
from rectify.rules import deadlines, numerals
from rectify.rules.deadlines import Counted
from rectify.rules.workdays import Calendar, add_workdays

from .common import Item
from .limits import correct_deadline


@dataclass(frozen=True)
class CountedLimit:
    """An issue or measure whose limit counts working days, as it stands and as the other calendar counts it."""

    kind: str
    item_id: int
    number: str
    raw: str
    from_on: dt.date
    amount: int
    deadline_on: dt.date
    would_be_on: dt.date
    provisional: bool

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
    for kind, item_id, number, raw, deadline_on, from_on, amount, *bases in _counted(session, person, day):
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


def is_provisional(session: Session, limit: Item, deadline_on: dt.date | None) -> bool:
    """Whether a deadline is the one that was counted in working days of `limit`, whose own it is, through days that
    nobody has published yet."""
    if limit.counted_unit != "workdays" or limit.counted_from_on is None or deadline_on is None:
        return False
    return limit.deadline_on == deadline_on and calendar.provisional(session, limit.counted_from_on, deadline_on)


def move_limits(
    session: Session, limits: Sequence[CountedLimit], document: str, *, by: Actor, day: dt.date, at: dt.datetime
) -> None:
    """Move limits counted in working days to where the other calendar puts them, from `day` on.

    Each is an audited correction that rests on the document which changed the calendar; it stays a counted limit.
    """
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
            reason=f"工作日历变动（{document}），自{one.from_on}起{one.amount}个工作日重新推算。",
            counted=Counted(one.from_on, one.amount, "workdays"),
            by=by,
            day=day,
            at=at,
        )


def _counted(session: Session, person: access.Person, day: dt.date) -> list[Any]:
    """(kind, id, number, raw, deadline, counted from, how many, feedback and issue of the plan) of what counts working
    days, stands as it was counted and is not finished; one statement for issues and one for measures."""
    issue, measure, inspection, link = models.Issue, models.Measure, models.Inspection, models.MeasureLink

    def columns(item: Any) -> tuple[Any, ...]:
        kept = item.counted_from_on, item.counted_amount
        return (item.deadline_raw, item.deadline_on, *kept, inspection.feedback_on, inspection.issued_on)

    def open_limits(item: Any, stands: Any) -> tuple[Any, ...]:
        return (
            item.deadline_kind == "relative",
            or_(
                item.counted_unit == "workdays",
                and_(item.counted_unit.is_(None), item.deadline_raw.contains("工作日")),
            ),
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
