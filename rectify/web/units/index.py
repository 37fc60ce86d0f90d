"""My work: what a unit has to do, most urgent first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from rectify import access, letters, models, standing, turnout
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
    return_reason: str  # why its last submission was returned, "" where it was not
    to_correct: str  # why its last report was returned, "" where none waits for correction
    round: models.Round | None  # the round it still has to report in
    round_name: str
    late: tuple[tuple[str, dt.date], ...]  # rounds it reported late in, and when
    is_late: bool  # the round has been cut off: a report is late by now, but counts

    @property
    def act(self) -> str:
        """The one thing to do next: correct, report, submit, again, or show."""
        if self.to_correct:
            return "correct"
        if self.row.pending:
            return "show"
        if self.return_reason:
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
    answered = _answered(db.session(), person, found[:MOST], day)
    groups = _grouped([_item(row, answered.get(row.id, []), person, day) for row in found[:MOST]], day)
    waiting = sum(len(group.items) for group in groups if group.key != "other")
    return render_template(
        "units/index.html",
        groups=groups,
        waiting=waiting,
        more=len(found) > MOST,
        next_due=None if waiting else _next_due(db.session(), found, day),
        asked=_asked(db.session(), person),
        day=day,
    )


def _asked(session: Session, person: access.Person) -> int:
    """How many letters wait for the person's receipt or reply today."""
    found = letters.counts(session, person, parts.today())
    return sum(found[name] for name in ("overdue", "late_receipt", "unreceived", "unanswered"))


def _own_rows(session: Session, person: access.Person, day: dt.date) -> Sequence[Any]:
    """The unfinished measures that the person's own units have to do, the earliest deadline first."""
    s, m, link = models.MeasureStanding, models.Measure, models.MeasureLink
    home, earlier, sent = aliased(link), aliased(models.Submission), models.Submission
    last = select(func.max(earlier.id)).where(earlier.measure_id == m.id, earlier.submitted_on <= day).scalar_subquery()
    report, said = models.ProgressReport, aliased(models.ProgressReport)
    last_report = (
        select(said.id)
        .where(said.measure_id == m.id, said.unit_id.in_(person.unit_ids), said.reported_on <= day)
        .order_by(said.reported_on.desc(), said.id.desc())
        .limit(1)
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
            home.inspection_id.label("judged_by"),  # whose rounds ask it, even where that one is hidden from the person
            models.Inspection.name.label("inspection"),
            case((and_(sent.state == "returned", sent.decided_on <= day), sent.reason)).label("return_reason"),
            report.return_reason.label("to_correct"),
            *(getattr(s, name) for name in standing.TURN_FIELDS),
        )
        .select_from(m)
        .join(s, and_(s.measure_id == m.id, standing.on(s, day)))
        .join(home, and_(home.measure_id == m.id, home.home))
        .join(link, access.named_by(person, link))
        .join(models.Issue, models.Issue.id == link.issue_id)
        .join(models.Inspection, models.Inspection.id == link.inspection_id)
        .outerjoin(sent, sent.id == last)
        .outerjoin(report, and_(report.id == last_report, report.returned_on <= day))
        .where(
            access.sees_measures(person, day), own, standing.verdict_case(s, day).not_in([good.value for good in GOOD])
        )
        .order_by(s.deadline_on.is_(None), s.deadline_on, m.id)
        .limit(MOST + 1)
    )
    return session.execute(query).all()


def _answered(
    session: Session, person: access.Person, found: Sequence[Any], day: dt.date
) -> dict[int, list[tuple[turnout.Span, dt.date | None]]]:
    """By measure the rounds that still take its report, and when it first reported in each. Two statements."""
    spans = turnout.spans(session, {row.judged_by for row in found}, day)
    open_now = [one for these in spans.values() for one in turnout.current(these, day)]
    return turnout.said(session, person, open_now, day, [row.id for row in found])


def _item(row: Any, answered: list[tuple[turnout.Span, dt.date | None]], person: access.Person, day: dt.date) -> Item:
    def name(span: turnout.Span) -> str:
        return _("本期") if row.judged_by in person.hidden_ids else span.round.name

    missing = next((span for span, first_on in answered if first_on is None), None)
    return Item(
        id=row.id,
        number=numerals.cite(row.issue_number, row.measure_number),
        text=row.text,
        inspection=row.inspection,
        row=row,
        verdict=schedule.verdict(row, day),
        why=schedule.why(row, day),
        return_reason=row.return_reason or "",
        to_correct=row.to_correct or "",
        round=missing.round if missing is not None else None,
        round_name=name(missing) if missing is not None else "",
        late=tuple((name(span), on) for span, on in answered if on is not None and on > span.window.cut_off_on),
        is_late=missing is not None and missing.window.cut_off_on < day,
    )


def _grouped(items: list[Item], day: dt.date) -> list[Group]:
    """A measure stands in the first group it belongs to."""
    groups = [
        Group("to_correct", _("填报被退回，待更正")),
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
        if item.to_correct:
            key = "to_correct"
        elif item.verdict is Verdict.OVERDUE:
            key = "overdue"
        elif due is not None and day <= due <= sunday and not item.row.pending:
            key = "this_week"
        elif item.round is not None:
            key = "to_report"
        elif item.return_reason:
            key = "returned"
        else:
            key = "other"
        by_key[key].append(item)
    return groups


def _next_due(session: Session, found: Sequence[Any], day: dt.date) -> tuple[str, dt.date] | None:
    """What comes next and when: a deadline or the cut-off of a round still ahead."""
    ahead = [("deadline", row.deadline_on) for row in found if row.deadline_on is not None and row.deadline_on >= day]
    cut_off_on = session.scalar(
        select(func.min(models.Round.cut_off_on)).where(
            models.Round.inspection_id.in_({row.judged_by for row in found}),
            turnout.held_on(models.Round, day),
            models.Round.opens_on > day,
        )
    )
    ahead += [("round", cut_off_on)] if cut_off_on is not None else []
    return min(ahead, key=lambda pair: pair[1], default=None)
