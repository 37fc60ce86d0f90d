"""An issue: its text and goal, its units, its measures with their verdicts, the milestones left on it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import current_app, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from rectify import access, instructions, ledger, models, standing, voices
from rectify.models import db
from rectify.rules import numerals, schedule
from rectify.web import criteria, parts
from rectify.web.units import history, pages, words
from rectify.web.units.show import Act


@pages.route("/issues/<int:issue_id>")
@parts.enter(*parts.BUSINESS)
def issue(issue_id: int) -> str:
    """The issue and those of its measures that this person may see."""
    person, day = parts.person(), parts.day()
    found = parts.found(access.visible_issue(db.session(), person, issue_id, day))
    row = standing.of_issue(db.session(), found.id, day)
    measures = _measures(db.session(), person, found, day)
    return render_template(
        "units/issue.html",
        issue=found,
        inspection=found.inspection,
        source=found.source,
        standing=row,
        is_provisional=row is not None and ledger.is_provisional(db.session(), found, row.deadline_on),
        verdict=schedule.verdict(row, day) if row is not None else None,
        why=schedule.why(row, day) if row is not None else None,
        units=_units(db.session(), found.id, day),
        measures=measures,
        voices=voices.among(db.session(), person, [measure["row"].id for measure in measures], day),
        stages=history.stages_of_issue(db.session(), found.id, day),
        acts=_acts(found, person) if day == parts.today() else [],
        instructed=instructions.on(db.session(), person, day, issue_id=found.id),
        rules=criteria.told(db.session(), found.inspection, day),
        words=words,
        day=day,
    )


def _measures(session: Session, person: access.Person, found: models.Issue, day: dt.date) -> list[dict[str, Any]]:
    """The measures that answer the issue and are this person's to see; one statement."""
    s, link = models.MeasureStanding, models.MeasureLink
    rows = session.execute(
        select(
            models.Measure.id,
            models.Measure.text,
            models.Measure.implied,
            link.number,
            *(getattr(s, name) for name in standing.TURN_FIELDS),
        )
        .join(link, link.measure_id == models.Measure.id)
        .join(s, and_(s.measure_id == models.Measure.id, standing.on(s, day)))
        .where(
            link.issue_id == found.id,
            or_(link.since_on.is_(None), link.since_on <= day),
            access.sees_measures(person, day),
        )
        .order_by(link.seq)
    ).all()
    return [
        {
            "row": row,
            "number": numerals.cite(found.number, row.number),
            "verdict": schedule.verdict(row, day).value,
            "why": schedule.why(row, day),
        }
        for row in rows
    ]


def _units(session: Session, issue_id: int, day: dt.date) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for role, name in session.execute(
        select(models.Assignment.role, models.Unit.name)
        .join(models.Unit, models.Unit.id == models.Assignment.unit_id)
        .where(
            models.Assignment.issue_id == issue_id,
            models.Assignment.since_on <= day,
            or_(models.Assignment.until_on.is_(None), models.Assignment.until_on > day),
        )
        .order_by(models.Assignment.id)
    ):
        found.setdefault(role, []).append(name)
    return {role: found[role] for role in models.ASSIGNMENT_ROLES if role in found}


def _acts(found: models.Issue, person: access.Person) -> list[Act]:
    """The acts of the office on this issue, as far as their pages exist; leaders instruct."""
    instruct = Act(_("登记批示"), url_for("instructions.on_issue", issue_id=found.id))
    if person.role != "office":
        return [instruct] if person.role in instructions.GIVES else []
    wanted = [
        ("office.edit_issue", _("修改问题")),
        ("office.revise_issue", _("调整阶段性目标")),
        ("office.new_measure", _("新增措施")),
        ("office.extend_issue", _("延期")),
        ("office.correct_issue", _("更正时限")),
        ("office.assign_issue", _("调整单位")),
        ("office.withdraw_issue", _("撤销问题")),
    ]
    if found.question:
        wanted.insert(0, ("office.answer_issue", _("答复待确认事项")))
    known = current_app.view_functions
    acts = [Act(label, url_for(endpoint, issue_id=found.id)) for endpoint, label in wanted if endpoint in known]
    return [*acts, instruct]
