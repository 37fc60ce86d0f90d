"""My work: what a unit has to do, most urgent first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from rectify import access, models, standing
from rectify.models import db
from rectify.rules import numerals, schedule
from rectify.rules.verdicts import GOOD, Verdict
from rectify.web import parts
from rectify.web.units import pages

MOST = 500
"""So many measures are shown at most; a unit that has more finds the rest in the ledger."""


@dataclass(frozen=True)
class Item:
    """One measure as a row of my work."""

    id: int
    number: str
    text: str
    inspection: str
    row: Any  # the columns of its standing
    verdict: Verdict
    why: tuple[str, dict[str, Any]]
    returned: bool
    return_reason: str
    round: models.Round | None  # the round it still has to report in

    @property
    def act(self) -> str:
        """The one thing to do next: report, submit, again, or show."""
        if self.row.pending:
            return "show"
        if self.returned:
            return "again"
        if self.round is not None:
            return "report"
        return "submit" if self.verdict is Verdict.OVERDUE else "show"


@dataclass
class Group:
    """A heading of my work and its rows."""

    key: str
    title: str
    items: list[Item] = field(default_factory=list)


@pages.route("/my")
@parts.enter("lead", "clerk")
def index() -> str:
    """What is overdue, due this week, to be reported, returned, and the rest."""
    person, day = parts.person(), parts.day()
    found = _own_rows(db.session(), person, day)
    rounds = _rounds(db.session(), {row.inspection_id for row in found}, day)
    groups = _grouped([_item(row, rounds, day) for row in found[:MOST]], day)
    waiting = sum(len(group.items) for group in groups if group.key != "other")
    return render_template(
        "units/index.html",
        groups=groups,
        waiting=waiting,
        more=len(found) > MOST,
        next_due=None if waiting else _next_due(found, rounds, day),
        day=day,
    )


def _own_rows(session: Session, person: access.Person, day: dt.date) -> Sequence[Any]:
    """The unfinished measures that the person's own units have to do, the earliest deadline first."""
    s, m, link = models.MeasureStanding, models.Measure, models.MeasureLink
    earlier = aliased(models.Submission)
    last = select(func.max(earlier.id)).where(earlier.measure_id == m.id).scalar_subquery()
    reported = (
        select(func.max(models.ProgressReport.reported_on))
        .where(models.ProgressReport.measure_id == m.id, models.ProgressReport.reported_on <= day)
        .scalar_subquery()
    )
    own = exists().where(
        models.Assignment.measure_id == m.id,
        models.Assignment.unit_id.in_(person.unit_ids),
        models.Assignment.role.in_(access.rows.DOING),
        models.Assignment.since_on <= day,
        or_(models.Assignment.until_on.is_(None), models.Assignment.until_on > day),
    )
    query = (
        select(
            m.id,
            m.text,
            link.number.label("measure_number"),
            models.Issue.number.label("issue_number"),
            link.inspection_id,
            models.Inspection.name.label("inspection"),
            reported.label("last_reported_on"),
            models.Submission.state.label("submission_state"),
            models.Submission.reason.label("return_reason"),
            s.corrected,
            *(getattr(s, name) for name in standing.TURN_FIELDS),
        )
        .select_from(m)
        .join(s, and_(s.measure_id == m.id, standing.on(s, day)))
        .join(link, access.named_by(person, link))
        .join(models.Issue, models.Issue.id == link.issue_id)
        .join(models.Inspection, models.Inspection.id == link.inspection_id)
        .outerjoin(models.Submission, models.Submission.id == last)
        .where(
            access.sees_measures(person, day), own, standing.verdict_case(s, day).not_in([good.value for good in GOOD])
        )
        .order_by(s.deadline_on.is_(None), s.deadline_on, m.id)
        .limit(MOST + 1)
    )
    return session.execute(query).all()


def _rounds(session: Session, inspection_ids: set[int], day: dt.date) -> dict[int, list[models.Round]]:
    """By inspection: the round last opened, and those still ahead."""
    query = (
        select(models.Round)
        .where(
            models.Round.inspection_id.in_(inspection_ids),
            models.Round.cancelled_on.is_(None),
            models.Round.cut_off_on >= day - dt.timedelta(days=120),
        )
        .order_by(models.Round.opens_on)
    )
    found: dict[int, list[models.Round]] = {}
    for this in session.scalars(query):
        kept = found.setdefault(this.inspection_id, [])
        if this.opened_at is not None and this.opens_on <= day:
            kept.clear()  # only the last one opened still takes reports
        kept.append(this)
    return found


def _item(row: Any, rounds: dict[int, list[models.Round]], day: dt.date) -> Item:
    open_now = next(
        (r for r in rounds.get(row.inspection_id, []) if r.opened_at is not None and r.opens_on <= day), None
    )
    unreported = open_now is not None and (row.last_reported_on is None or row.last_reported_on < open_now.opens_on)
    returned = row.submission_state == "returned"
    return Item(
        id=row.id,
        number=numerals.cite(row.issue_number, row.measure_number),
        text=row.text,
        inspection=row.inspection,
        row=row,
        verdict=schedule.verdict(row, day),
        why=schedule.why(row, day),
        returned=returned,
        return_reason=row.return_reason or "" if returned else "",
        round=open_now if unreported else None,
    )


def _grouped(items: list[Item], day: dt.date) -> list[Group]:
    """A measure stands in the first group it belongs to."""
    groups = [
        Group("overdue", _("已超期")),
        Group("this_week", _("本周到期")),
        Group("to_report", _("待填报")),
        Group("returned", _("被退回")),
        Group("other", _("其他")),
    ]
    by_key = {group.key: group.items for group in groups}
    sunday = day + dt.timedelta(days=6 - day.weekday())
    for item in items:
        due = item.row.deadline_on
        if item.verdict is Verdict.OVERDUE:
            key = "overdue"
        elif due is not None and day <= due <= sunday and not item.row.pending:
            key = "this_week"
        elif item.round is not None:
            key = "to_report"
        elif item.returned:
            key = "returned"
        else:
            key = "other"
        by_key[key].append(item)
    return groups


def _next_due(found: Sequence[Any], rounds: dict[int, list[models.Round]], day: dt.date) -> tuple[str, dt.date] | None:
    """What comes next and when: a deadline or a cut-off still ahead."""
    ahead = [("deadline", row.deadline_on) for row in found if row.deadline_on is not None and row.deadline_on >= day]
    ahead += [("round", r.cut_off_on) for these in rounds.values() for r in these if r.opens_on > day]
    return min(ahead, key=lambda pair: pair[1], default=None)
