"""Time limits that were counted in working days (30个工作日内), and what another calendar would make of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, calendar, models
from rectify.rules import deadlines, numerals
from rectify.rules.workdays import Calendar, add_workdays


@dataclass(frozen=True)
class CountedLimit:
    """An issue or measure whose limit counts working days, as it stands and as the other calendar counts it."""

    kind: str
    item_id: int
    number: str
    raw: str
    deadline_on: dt.date
    would_be_on: dt.date


def moved_limits(
    session: Session, person: access.Person, before: Calendar, after: Calendar, day: dt.date
) -> list[CountedLimit]:
    """The limits a person sees that `after` would count to another day than they stand at.

    A limit is resolved once, when it is imported or answered, and stays until somebody corrects it: these are to be
    looked at. What was extended or corrected since stands by its document and is left out. From which of the two dates
    it was counted is told by the calendar of then: `before`, or the published one without the office's days.
    """
    issue, measure, inspection, link = models.Issue, models.Measure, models.Inspection, models.MeasureLink

    def limits(item: Any) -> tuple[Any, ...]:
        return (
            item.deadline_kind == "relative",
            item.deadline_raw.contains("工作日"),
            item.deadline_on == item.original_deadline_on,
            item.withdrawn_on.is_(None),
        )

    issues = session.execute(
        select(
            issue.id, issue.number, issue.deadline_raw, issue.deadline_on, inspection.feedback_on, inspection.issued_on
        )
        .join(inspection, inspection.id == issue.inspection_id)
        .where(access.sees_issues(person, day), *limits(issue))
        .order_by(inspection.sort, inspection.id, issue.seq)
    )
    measures = session.execute(
        select(
            measure.id, issue.number, link.number, measure.deadline_raw, measure.deadline_on, inspection.feedback_on,
            inspection.issued_on,
        )
        .select_from(measure)
        .join(link, access.named_by(person, link))
        .join(issue, issue.id == link.issue_id)
        .join(inspection, inspection.id == issue.inspection_id)
        .where(access.sees_measures(person, day), *limits(measure))
        .order_by(inspection.sort, inspection.id, issue.seq, link.seq)
    )  # fmt: skip
    rows = [("issue", *row) for row in issues]
    rows += [("measure", row[0], numerals.cite(row[1], row[2]), *row[3:]) for row in measures]
    calendars = before, calendar.published()
    found = []
    for kind, item_id, number, raw, deadline_on, *bases in rows:
        amount = deadlines.relative_amount(raw)
        if amount is None or amount[1] != "workdays" or amount[0] > deadlines.MOST_WORKDAYS:
            continue
        counted = [
            add_workdays(after, base, amount[0])
            for base in bases
            if base is not None and any(add_workdays(known, base, amount[0]) == deadline_on for known in calendars)
        ]
        if counted and deadline_on not in counted:
            found.append(CountedLimit(kind, item_id, number, raw, deadline_on, counted[0]))
    return found
