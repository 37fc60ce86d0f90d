"""A measure: its facts, what this person can do now, and all that happened to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from rectify import access, clock, files, models, progress, rounds, standing
from rectify.models import db
from rectify.rules import schedule
from rectify.rules.verdicts import GOOD, Verdict
from rectify.web import parts
from rectify.web.units import history, pages, words


@dataclass(frozen=True)
class Head:
    """A measure with the issue that gives it its number, the other issues it answers, and its standing of the day."""

    measure: models.Measure
    issue: models.Issue
    inspection: models.Inspection
    number: str
    others: tuple[tuple[models.Issue, models.Inspection], ...]
    standing: models.MeasureStanding | None
    day: dt.date

    @property
    def issue_ids(self) -> list[int]:
        return [self.issue.id, *(issue.id for issue, _ in self.others)]

    @property
    def verdict(self) -> Verdict | None:
        return schedule.verdict(self.standing, self.day) if self.standing is not None else None

    @property
    def why(self) -> tuple[str, dict[str, Any]] | None:
        return schedule.why(self.standing, self.day) if self.standing is not None else None


@dataclass(frozen=True)
class Stage:
    """A milestone as it stands: reached since a day, refused, or neither."""

    milestone: models.Milestone
    mark: models.MilestoneMark | None

    @property
    def reached(self) -> bool:
        return self.mark is not None and self.mark.reached


@dataclass(frozen=True)
class Act:
    """Something this person can do now, and where."""

    label: str
    url: str
    primary: bool = False


def head(session: Session, person: access.Person, measure_id: int, day: dt.date) -> Head | None:
    """The measure as `person` may see it on a day, None where it is missing or not his: one statement."""
    if not 0 < measure_id < 2**31:
        return None
    s, link = models.MeasureStanding, models.MeasureLink
    rows = session.execute(
        select(models.Measure, models.Issue, models.Inspection, s, link.number, link.home)
        .join(link, link.measure_id == models.Measure.id)
        .join(models.Issue, models.Issue.id == link.issue_id)
        .join(models.Inspection, models.Inspection.id == link.inspection_id)
        .outerjoin(s, and_(s.measure_id == models.Measure.id, standing.on(s, day)))
        .where(models.Measure.id == measure_id, access.sees_measures(person, day))
        .order_by(link.home.desc(), link.id)
    ).all()
    shown = [row for row in rows if row[2].id not in person.hidden_ids]
    if not shown:
        return None
    measure, issue, inspection, row, number, _home = shown[0]
    others = tuple((other, of) for _m, other, of, _s, _n, _h in shown[1:])
    return Head(measure, issue, inspection, words.numbered(issue.number, number), others, row, day)


def units_of(session: Session, measure_id: int, day: dt.date) -> dict[str, list[str]]:
    """The names of a measure's units by role, in the order of the plan."""
    found: dict[str, list[str]] = {}
    for role, name in session.execute(
        select(models.Assignment.role, models.Unit.name)
        .join(models.Unit, models.Unit.id == models.Assignment.unit_id)
        .where(
            models.Assignment.measure_id == measure_id,
            models.Assignment.since_on <= day,
            or_(models.Assignment.until_on.is_(None), models.Assignment.until_on > day),
        )
        .order_by(models.Assignment.id)
    ):
        found.setdefault(role, []).append(name)
    return {role: found[role] for role in models.ASSIGNMENT_ROLES if role in found}


def stages(session: Session, head_: Head) -> list[Stage]:
    """The milestones of a measure and those left on its issue, each with its last mark up to the day: one statement."""
    rows = session.execute(
        select(models.Milestone, models.MilestoneMark)
        .outerjoin(
            models.MilestoneMark,
            and_(models.MilestoneMark.milestone_id == models.Milestone.id, models.MilestoneMark.marked_on <= head_.day),
        )
        .where(
            or_(models.Milestone.measure_id == head_.measure.id, models.Milestone.issue_id.in_(head_.issue_ids)),
            models.Milestone.withdrawn_on.is_(None),
        )
        .order_by(models.Milestone.due_on, models.Milestone.id, models.MilestoneMark.marked_on, models.MilestoneMark.id)
    ).all()
    last = {milestone.id: Stage(milestone, mark) for milestone, mark in rows}
    return list(last.values())


def evidence_of(session: Session, measure_id: int, upto: dt.datetime) -> Sequence[models.Evidence]:
    """The proof of a measure, the newest first."""
    return session.scalars(
        select(models.Evidence)
        .where(models.Evidence.measure_id == measure_id, models.Evidence.at <= upto)
        .order_by(models.Evidence.id.desc())
    ).all()


@pages.route("/measures/<int:measure_id>")
@parts.enter(*parts.BUSINESS)
def show(measure_id: int) -> str:
    """Left the facts, right what this person can do now, below the timeline."""
    person, day = parts.person(), parts.day()
    found = parts.found(head(db.session(), person, measure_id, day))
    events = history.of_measure(db.session(), measure_id, found.issue_ids, day)
    marks = stages(db.session(), found)
    current = day == parts.today()
    waiting = next((e for e in events if e.kind == "submission" and e.more == "open"), None) if current else None
    this = rounds.open_round_of(db.session(), found.inspection.id, day) if person.role in _WORKS else None
    proof = [
        e
        for e in evidence_of(db.session(), measure_id, parts.now())
        if clock.day_of(e.at, parts.config().timezone) <= day
    ]
    return render_template(
        "units/show.html",
        head=found,
        units=units_of(db.session(), measure_id, day),
        stages=marks,
        line=_line(found, marks, day),
        events=events,
        evidence=proof,
        proof_of=_by_owner(proof),
        acts=_acts(db.session(), person, found, waiting, day) if current else [],
        waiting=waiting,
        may_withdraw=_may_withdraw(db.session(), person, waiting),
        round=this,
        unreported=this is not None and not any(e.kind == "report" and e.on >= this.opens_on for e in events),
        claims=_claims(found, events),
        confirmation=_confirmation(events, day),
        refuses=current
        and person.role in access.rows.DECIDES
        and "office.refuse_milestone" in current_app.view_functions,
        day=day,
        words=words,
        shown=files.SHOWN,
    )


_WORKS = ("lead", "clerk", "office")


def _by_owner(proof: Sequence[models.Evidence]) -> dict[tuple[str, int], list[models.Evidence]]:
    found: dict[tuple[str, int], list[models.Evidence]] = {}
    for item in proof:
        if item.submission_id is not None:
            found.setdefault(("submission", item.submission_id), []).append(item)
        elif item.report_id is not None:
            found.setdefault(("report", item.report_id), []).append(item)
    return found


def _line(found: Head, marks: Sequence[Stage], day: dt.date) -> dict[str, Any] | None:
    """The milestones and the deadline on a line from the start to the last of them, with the day's mark."""
    due = found.standing.deadline_on if found.standing is not None else None
    if not marks and due is None:
        return None
    points = [(stage.milestone.due_on, stage.milestone.text, stage.reached, "") for stage in marks]
    if due is not None:
        points.append((due, _("整改时限"), found.verdict in GOOD, ""))
    days = [point[0] for point in points]
    first = min([found.measure.start_on or found.measure.begins_on, *days])
    return {"points": points, "first": min(first, day), "last": max([*days, day])}


def _claims(found: Head, events: Sequence[history.Event]) -> dict[str, Any] | None:
    """What the unit says of itself, where it differs from the verdict: its open submission, else its last report."""
    last = next((e for e in events if e.kind in ("report", "submission") and e.more != "withdrawn"), None)
    if last is None or found.verdict is None:
        return None
    same = {
        "not_started": (Verdict.NOT_STARTED,),
        "basically_completed": (Verdict.BASICALLY_COMPLETED, *GOOD),
        "completed": GOOD,
        "in_progress": tuple(v for v in Verdict if v is not Verdict.NOT_STARTED),
    }[last.word]
    return {"event": last, "differs": found.verdict not in same}


def _confirmation(events: Sequence[history.Event], day: dt.date) -> history.Event | None:
    """The office's word that holds on the day, None where there is none."""
    last = next((e for e in events if e.kind == "confirmation"), None)
    if last is None or (last.from_on is not None and last.from_on <= day):
        return None
    return last if last.to_on is None or last.to_on >= day else None


def _may_withdraw(session: Session, person: access.Person, waiting: history.Event | None) -> bool:
    if waiting is None or person.role not in _WORKS:
        return False
    submission = session.get(models.Submission, waiting.id)
    return submission is not None and progress.may_withdraw(person, submission)


def _acts(
    session: Session, person: access.Person, found: Head, waiting: history.Event | None, day: dt.date
) -> list[Act]:
    """What this person can do with the measure today, the one to do first on top."""
    measure, acts = found.measure, []
    unfinished = found.verdict is not None and found.verdict not in GOOD
    works = person.role in _WORKS and unfinished and access.may_report(session, person, measure.id, day) is not None
    if waiting is not None and person.role in access.rows.DECIDES:
        submission = session.get(models.Submission, waiting.id)
        if submission is not None and access.may_decide(session, person, submission, day) is not None:
            acts.append(Act(_("核查认定"), url_for("supervision.show", submission_id=waiting.id), primary=True))
    if works:
        behalf = person.role == "office"
        acts.append(
            Act(
                _("代录进展") if behalf else _("填报进展"),
                url_for("units.report", measure_id=measure.id),
                primary=not behalf and waiting is None,
            )
        )
        if waiting is None:
            acts.append(
                Act(_("代录申报完成") if behalf else _("申报完成"), url_for("units.submit", measure_id=measure.id))
            )
    if person.role == "office":
        acts += _office_acts(found, unfinished)
    return acts


def _office_acts(found: Head, unfinished: bool) -> list[Act]:
    """The acts of the office on this measure, as far as their pages exist."""
    done = found.verdict in GOOD or found.verdict is Verdict.BASICALLY_COMPLETED
    wanted = [
        ("office.confirm", _("确认序时进度"), unfinished and found.verdict is not Verdict.OVERDUE and not done),
        ("office.answer", _("答复待确认事项"), bool(found.measure.question)),
        ("office.extend", _("延期"), unfinished),
        ("office.correct", _("更正时限"), True),
        ("office.edit_measure", _("修改措施"), True),
        ("office.assign", _("调整单位"), True),
        ("office.sign_off", _("记录销号"), found.verdict is Verdict.COMPLETED),
        ("office.link", _("关联其他问题"), True),
        ("office.reopen", _("反弹重启"), done),
        ("office.withdraw_measure", _("撤销措施"), True),
    ]
    known = current_app.view_functions
    return [
        Act(label, url_for(endpoint, measure_id=found.measure.id))
        for endpoint, label, offered in wanted
        if offered and endpoint in known
    ]


def open_measure(measure_id: int) -> tuple[Head, models.Unit]:
    """The measure that a form of a unit is about and the unit it is filled in for; 404 or 403 where it may not be."""
    person, day = parts.person(), parts.today()
    found = parts.found(head(db.session(), person, measure_id, day))
    unit = access.may_report(db.session(), person, measure_id, day)
    if unit is None:
        abort(403)
    return found, unit
