"""The check queue: submissions that wait for this person, the longest waiting first, and what was decided lately."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from rectify import access, models, standing
from rectify.models import db
from rectify.rules import numerals, schedule
from rectify.web import parts
from rectify.web.supervision import pages
from rectify.web.units import words

MOST = 200
LATELY = 20


@dataclass(frozen=True)
class Waiting:
    """A submission as a row of the queue."""

    row: Any
    number: str
    verdict: str
    why: tuple[str, dict[str, Any]]
    days: int


@pages.route("/queue")
@parts.enter("supervisor", "office")
def index() -> str:
    """What waits for a decision of mine, and what I or my units decided."""
    person, day = parts.person(), parts.today()
    rows = waiting(db.session(), person, day)
    return render_template(
        "supervision/index.html",
        waiting=[_waiting(row, day) for row in rows[:MOST]],
        more=len(rows) > MOST,
        decided=_decided(db.session(), person, day),
        day=day,
        words=words,
    )


def waiting(session: Session, person: access.Person, day: dt.date, limit: int = MOST + 1) -> Sequence[Any]:
    """The open submissions that this person may decide, the earliest first."""
    s, link, sub = models.MeasureStanding, models.MeasureLink, models.Submission
    report, said = models.ProgressReport, aliased(models.ProgressReport)
    before = (  # the last word before the submission, which may have been that day's report itself
        select(said.id)
        .where(said.measure_id == sub.measure_id, said.counted_on(day), said.reported_on < sub.submitted_on)
        .order_by(said.reported_on.desc(), said.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    proof = (
        select(func.count())
        .select_from(models.Evidence)
        .where(models.Evidence.submission_id == sub.id)
        .scalar_subquery()
    )
    query = (
        select(
            sub.id,
            sub.submitted_on,
            sub.claim,
            sub.on_behalf,
            sub.text.label("words"),
            report.text.label("earlier"),
            report.reported_on.label("earlier_on"),
            models.Measure.text,
            models.Unit.name.label("unit"),
            models.Inspection.name.label("inspection"),
            models.Issue.number.label("issue_number"),
            link.number.label("measure_number"),
            proof.label("proof"),
            *(getattr(s, name) for name in standing.TURN_FIELDS),
        )
        .join(models.Measure, models.Measure.id == sub.measure_id)
        .join(link, access.named_by(person, link, sub.measure_id))
        .join(models.Issue, models.Issue.id == link.issue_id)
        .join(models.Inspection, models.Inspection.id == link.inspection_id)
        .join(s, and_(s.measure_id == sub.measure_id, standing.on(s, day)))
        .outerjoin(models.Unit, models.Unit.id == sub.unit_id)
        .outerjoin(report, report.id == before)
        .where(access.decides_submissions(person, day))
        .order_by(sub.submitted_on, sub.id)
        .limit(limit)
    )
    return session.execute(query).all()


def _waiting(row: Any, day: dt.date) -> Waiting:
    return Waiting(
        row=row,
        number=numerals.cite(row.issue_number, row.measure_number),
        verdict=schedule.verdict(row, day).value,
        why=schedule.why(row, day),
        days=(day - row.submitted_on).days,
    )


def _decided(session: Session, person: access.Person, day: dt.date) -> Sequence[Any]:
    """The latest decisions of this person or in the name of his units, as far as he sees the measures."""
    sub, link = models.Submission, models.MeasureLink
    return session.execute(
        select(
            sub.id,
            sub.state,
            sub.claim,
            sub.decided_on,
            sub.reason,
            models.Measure.text,
            models.Unit.name.label("unit"),
            models.Issue.number.label("issue_number"),
            link.number.label("measure_number"),
        )
        .join(models.Measure, models.Measure.id == sub.measure_id)
        .join(link, access.named_by(person, link, sub.measure_id))
        .join(models.Issue, models.Issue.id == link.issue_id)
        .outerjoin(models.Unit, models.Unit.id == sub.unit_id)
        .where(
            sub.state.in_(("accepted", "returned")),
            or_(sub.decided_by_id == person.user_id, sub.decided_for_id.in_(person.unit_ids)),
            access.sees_measures(person, day),
        )
        .order_by(sub.decided_at.desc(), sub.id.desc())
        .limit(LATELY)
    ).all()
