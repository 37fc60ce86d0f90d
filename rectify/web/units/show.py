"""A measure: its facts, what this person can do now, and all that happened to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from rectify import access, clock, instructions, ledger, models, progress, standing
from rectify.models import db
from rectify.rules import numerals, schedule
from rectify.rules import voices as rule
from rectify.rules.verdicts import GOOD, Verdict
from rectify.web import parts
from rectify.web.units import history, pages, planned, words


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
    home: tuple[models.Issue, models.Inspection]
    """The issue and the inspection it is at home in, whose rounds and rules judge it; maybe hidden from who looks."""
    instructed: bool = False
    """Whether leaders instructed anything on it; most measures have no instruction, and cost no statement for one."""
    provisional: bool = False
    """Whether the deadline was counted in working days through days that nobody has published yet."""

    @property
    def judged_by(self) -> int:
        return self.home[1].id

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
        select(
            models.Measure,
            models.Issue,
            models.Inspection,
            s,
            link.number,
            link.since_on,
            exists().where(models.Instruction.measure_id == models.Measure.id),
        )
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
    measure, issue, inspection, row, number, _since, instructed = shown[0]
    others = tuple((other, of) for _m, other, of, _s, _n, since, _i in shown[1:] if since is None or since <= day)
    home = (rows[0][1], rows[0][2])  # the home link stands first
    limit = home[0] if measure.deadline_kind == "none" else measure
    open_ = ledger.is_provisional(session, limit, row.deadline_on if row is not None else None)
    cited = numerals.cite(issue.number, number)
    return Head(measure, issue, inspection, cited, others, row, day, home, instructed=instructed, provisional=open_)


def story(session: Session, head_: Head) -> history.Story:
    """What happened to it, its milestones, its proof, its round: one statement."""
    round_name = _("本期") if head_.judged_by != head_.inspection.id else None
    return history.read(session, head_.measure.id, head_.issue_ids, head_.judged_by, head_.day, round_name)


def by_role(units: Sequence[tuple[models.Unit, str, bool]]) -> dict[str, list[str]]:
    """The names of units by their role, in the order of the plan."""
    return {
        role: names
        for role in models.ASSIGNMENT_ROLES
        if (names := [unit.name for unit, held, _answers in units if held == role])
    }


@pages.route("/measures/<int:measure_id>")
@parts.enter(*parts.BUSINESS)
def show(measure_id: int) -> str:
    """Left the facts, right what this person can do now, below the timeline."""
    person, day = parts.person(), parts.day()
    found = parts.found(head(db.session(), person, measure_id, day))
    told = story(db.session(), found)
    units = access.parts_of(db.session(), measure_id, day)
    current = day == parts.today()
    open_one = next((e for e in told.events if e.kind == "submission" and e.more == "open"), None) if current else None
    waiting = _submission(open_one, measure_id) if open_one is not None else None
    works = person.role in _WORKS
    proof = [item for item in told.proof if clock.day_of(item.at, parts.config().timezone) <= day]
    return render_template(
        "units/show.html",
        head=found,
        units=by_role(units),
        stages=told.stages,
        line=_line(found, told.stages, day),
        planned=planned.of(db.session(), found.measure, found.home, found.standing, told, day, current=current),
        events=told.events,
        evidence=proof,
        proof_of=_by_owner(proof),
        acts=_acts(db.session(), person, found, waiting, told.returnable, units) if current else [],
        waiting=open_one,
        may_withdraw=works and waiting is not None and progress.may_withdraw(person, waiting),
        round=told.round if works else None,
        unreported=told.round is not None and not _reported_since(told.events, told.round.opens_on),
        voices=voices(found, told.events),
        instructed=instructions.on(db.session(), person, day, measure_id=measure_id) if found.instructed else [],
        refuses=current and person.role in access.rows.DECIDES,
        day=day,
        words=words,
    )


_WORKS = ("lead", "clerk", "office")


def _submission(open_one: history.Event, measure_id: int) -> models.Submission:
    """The open submission as far as rights ask about it, without asking the database again."""
    return models.Submission(
        id=open_one.id,
        measure_id=measure_id,
        state="open",
        by_id=open_one.by_id,
        unit_id=open_one.unit_id,
        on_behalf=open_one.on_behalf,
    )


def _report(event: history.Event, measure_id: int) -> models.ProgressReport:
    """A report as far as rights ask about it, without asking the database again."""
    return models.ProgressReport(id=event.id, measure_id=measure_id, by_id=event.by_id, unit_id=event.unit_id)


def _reported_since(events: Sequence[history.Event], opens_on: dt.date) -> bool:
    """A submission counts where it was also the round's report, which the timeline does not show twice."""
    return any(e.kind in ("report", "submission") and e.on >= opens_on and e.counts for e in events)


def _by_owner(proof: Sequence[history.Proof]) -> dict[tuple[str, int | None], list[history.Proof]]:
    found: dict[tuple[str, int | None], list[history.Proof]] = {}
    for item in proof:
        found.setdefault(item.owner, []).append(item)
    return found


def _line(found: Head, marks: Sequence[history.Stage], day: dt.date) -> dict[str, Any] | None:
    """The milestones and the deadline on a line from the start to the last of them, with the day's mark."""
    due = found.standing.deadline_on if found.standing is not None else None
    if not marks and due is None:
        return None
    points = [(stage.due_on, stage.text, stage.reached, "") for stage in marks]
    if due is not None:
        points.append((due, _("整改时限"), found.verdict in GOOD, ""))
    days = [point[0] for point in points]
    first = min([found.measure.start_on or found.measure.begins_on, *days])
    return {"points": points, "first": min(first, day), "last": max([*days, day])}


@dataclass(frozen=True)
class Voices:
    """What each says of a measure: the unit's last report, the system, the office's last confirmation."""

    claim: history.Event | None
    word: history.Event | None
    holds: bool  # the confirmation is in force, else it has run out
    differ: bool


def voices(found: Head, events: Sequence[history.Event]) -> Voices | None:
    """The three voices of the day in view, None where there is nothing to set side by side."""
    if found.standing is None or found.verdict is None or found.verdict in GOOD:
        return None
    claim = next((e for e in events if e.report is not None and e.counts), None)
    word = next((e for e in events if e.kind == "confirmation"), None)
    if word is not None and word.from_on is not None and word.from_on <= found.day:  # withdrawn
        word = None
    said = rule.Claim(claim.word, claim.report.said) if claim is not None and claim.report is not None else None
    confirmed = rule.Word(word.word, word.to_on) if word is not None else None
    differ = rule.differ(said, found.verdict, confirmed, pending=found.standing.pending, day=found.day)
    if confirmed is None and not differ:
        return None
    return Voices(claim, word, confirmed is not None and confirmed.holds(found.day), differ)


def _acts(
    session: Session,
    person: access.Person,
    found: Head,
    waiting: models.Submission | None,
    reported: history.Event | None,
    units: Sequence[tuple[models.Unit, str, bool]],
) -> list[Act]:
    """What this person can do with the measure today, the one to do first on top."""
    measure, day, acts = found.measure, found.day, []
    unfinished = found.verdict is not None and found.verdict not in GOOD
    works = (
        person.role in _WORKS and unfinished and access.may_report(session, person, measure.id, day, units) is not None
    )
    decides = waiting is not None and person.role in access.rows.DECIDES
    if waiting is not None and decides and access.may_decide(session, person, waiting, day) is not None:
        acts.append(Act(_("核查认定"), url_for("supervision.show", submission_id=waiting.id), primary=True))
    if reported is not None and unfinished and person.role in access.rows.DECIDES:
        report = _report(reported, measure.id)
        if access.may_return(session, person, report, day, (found.home[1].decides, units)) is not None:
            acts.append(Act(_("退回本期填报"), url_for("supervision.return_report", report_id=report.id)))
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
    if person.role in instructions.GIVES:
        acts.append(Act(_("登记批示"), url_for("instructions.on_measure", measure_id=measure.id)))
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
        ("office.revise_measure", _("阶段目标和计划进度"), True),
        ("office.assign", _("调整单位"), True),
        ("office.sign_off", _("记录销号"), found.verdict is Verdict.COMPLETED),
        ("office.link", _("关联其他问题"), True),
        ("office.reopen", _("反弹重启"), done),
        ("office.withdraw_measure", _("撤销措施"), True),
    ]
    known = current_app.view_functions
    acts = [
        Act(label, url_for(endpoint, measure_id=found.measure.id))
        for endpoint, label, offered in wanted
        if offered and endpoint in known
    ]
    letter = Act(_("拟函"), url_for("letters.new", measure=found.measure.id))
    return [*acts, letter] if unfinished else acts


def open_measure(measure_id: int) -> tuple[Head, models.Unit]:
    """The measure that a form of a unit is about and the unit it is filled in for; 404 or 403 where it may not be."""
    person, day = parts.person(), parts.today()
    found = parts.found(head(db.session(), person, measure_id, day))
    unit = access.may_report(db.session(), person, measure_id, day)
    if unit is None:
        abort(403)
    return found, unit
