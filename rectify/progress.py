"""What units and those who decide do to a measure: report, submit, accept, return, withdraw, sign off, reopen.

Each act checks that it may be, writes its rows, the standing, the trail and, last, tells whom it concerns (`inbox`);
none commits. A unit's acts set
nothing but progress, milestones reached, quantities, forecast, difficulty, next step, text and evidence (AC-06).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from rectify import access, files, former, inbox, models, records, standing
from rectify.access import Person
from rectify.rules import quantities, schedule, verdicts, windows
from rectify.rules.verdicts import Verdict

STATE_WORDS = {
    "not_started": "尚未启动",
    "in_progress": "正在推进",
    "basically_completed": "基本完成",
    "completed": "已完成",
}
FORECAST_WORDS = {"": "未填写", "able": "能按期完成", "hopeful": "有望按期完成", "hard": "难以按期完成"}
LONGEST_TEXT = 5000  # characters of a report, a submission or a reason


class Refused(ValueError):
    """An act that may not be. `sentence` is Chinese, its values in %(name)s; str() gives it filled in."""

    def __init__(self, sentence: str, **values: Any) -> None:
        self.sentence = sentence
        self.values = {name: str(value) for name, value in values.items()}
        super().__init__(sentence % self.values if values else sentence)


class Fewer(Refused):
    """A quantity below the last one reported, which nobody said is meant."""


@dataclass(frozen=True)
class CatchUp:
    """Why a measure lags and how it will catch up: 主观 (own) or 客观 (outside) reason, 补救计划, the day expected."""

    reason_kind: str = ""
    reason: str = ""
    plan: str = ""
    expected_on: dt.date | None = None

    @property
    def is_whole(self) -> bool:
        return bool(self.reason_kind and self.reason.strip() and self.plan.strip() and self.expected_on)


# -- a unit's acts ---------------------------------------------------------------------------------------------------


def report(
    session: Session,
    measure: models.Measure,
    *,
    by: Person,
    unit_id: int | None,
    on_behalf: bool,
    state: str,
    text: str,
    difficulty: str = "",
    next_step: str = "",
    forecast: str = "",
    quantity: Decimal | int | None = None,
    fewer: bool = False,
    reached: Sequence[int] = (),
    said: str = "",
    catch_up: CatchUp | None = None,
    day: dt.date,
    at: dt.datetime,
) -> models.ProgressReport:
    """A report on a measure, for the open round if there is one. `reached` are ids of milestones; `said` is the unit's
    own tick, on_schedule or behind.

    The last report of a day counts: a milestone marked earlier the same day and left out now is unreached again (S5).
    A quantity below the last one reported is refused (`Fewer`) until the person says that it is meant (`fewer`).
    A person who reports on a measure that is behind or overdue after it, or says so himself, tells why and how it will
    catch up.
    """
    if state not in models.REPORT_STATES:
        raise Refused("请选择目前状态。")
    if forecast not in models.FORECASTS:
        raise Refused("请选择能否按期完成。")
    catch_up = catch_up or CatchUp()
    if said not in models.SAID:
        raise Refused("请选择“达到序时进度”或“未达到序时进度”。")
    for words, what in (
        *((text, "进展情况"), (difficulty, "存在困难"), (next_step, "下步打算")),
        *((catch_up.reason, "滞后原因"), (catch_up.plan, "补救计划")),
    ):
        _check_length(words, what)
    _check_catch_up(catch_up, day)
    if not text.strip():
        raise Refused("请填写进展情况，写明做了什么、到什么程度。")
    if quantity is not None and measure.target_quantity is None:
        raise Refused("该措施没有量化目标，不能填写完成数量。")
    if quantity is not None and not 0 <= quantity <= quantities.MOST:
        raise Refused("完成数量应为不小于0的数，最多三位小数，例如3.5。")
    _check_worker(session, measure, by, unit_id, on_behalf, day)
    _unfinished(session, measure, day)
    milestones = milestones_for(session, measure, by, unit_id, day)
    if set(reached) - {m.id for m in milestones}:
        raise Refused("所选的阶段目标不属于这条措施，或不由您的单位填报，请重新选择。")
    last = _last_quantity(session, measure.id)
    less: dict[str, Any] = {}
    if quantity is not None and last is not None and quantity < last:
        less = {"fewer_than": quantities.plain(last)}
        if by.user_id is not None and not fewer:
            raise Fewer(
                "累计完成数量%(now)s少于此前填报的%(last)s，确属核减的，请勾选“确认数量减少”后再次提交。",
                now=quantities.text(quantity),
                last=quantities.text(last),
            )
    _check_target_states([m for m in milestones if m.id in set(reached)], state)
    made = _file_report(
        session,
        measure,
        *(by, unit_id, on_behalf, day, at),
        state=state,
        text=text.strip(),
        difficulty=difficulty.strip(),
        next_step=next_step.strip(),
        forecast=forecast,
        quantity=quantity,
        said=said,
        reason_kind=catch_up.reason_kind,
        reason=catch_up.reason.strip(),
        catch_up=catch_up.plan.strip(),
        expected_on=catch_up.expected_on,
    )
    on_issue = _mark_milestones(session, milestones, set(reached), made)
    standing.write(session, [measure.id], day=day, at=at)
    if by.user_id is not None and not catch_up.is_whole and lags(standing.of(session, measure.id, day), made, day):
        raise Refused(
            "该措施进度滞后（超期、未达到序时进度或难以按期完成），请写明滞后原因（主观或客观）、补救计划和预计完成日期。"
        )
    for issue_id in sorted(on_issue):
        standing.write_issue(session, issue_id, day=day, at=at)
    records.write(
        session,
        by,
        at,
        "measure.report",
        "measure",
        measure.id,
        report=made.id,
        state=state,
        said=said,
        unit_id=unit_id,
        on_behalf=on_behalf,
        reached=sorted(reached),
        **less,
    )
    return made


def _last_quantity(session: Session, measure_id: int) -> Decimal | None:
    """The quantity last reported, None where there is none; what was returned counts for nothing."""
    t = models.ProgressReport
    query = select(t.quantity).where(t.measure_id == measure_id, t.quantity.is_not(None), t.returned_on.is_(None))
    return session.scalar(query.order_by(t.reported_on.desc(), t.id.desc()).limit(1))


def _check_target_states(reached: Sequence[models.Milestone], state: str) -> None:
    """A milestone that asks for a state by its day is not reached by a report that says less."""
    so_far = models.REPORT_STATES.index(state)
    for stone in reached:
        if stone.target_state and models.REPORT_STATES.index(stone.target_state) > so_far:
            raise Refused(
                "阶段目标“%(text)s”要求的状态高于所报的目前状态，请核对目前状态，或不勾选该目标。", text=stone.text
            )


def submit(
    session: Session,
    measure: models.Measure,
    *,
    by: Person,
    unit_id: int | None,
    on_behalf: bool,
    claim: str,
    text: str,
    day: dt.date,
    at: dt.datetime,
) -> models.Submission:
    """Submit a measure as done (申报完成), or as basically done. At most one submission of a measure is open.

    A unit that has not reported in the open round reports by submitting: it is not asked the same thing twice.
    """
    if claim not in ("completed", "basically_completed"):
        raise Refused("请选择申报“已完成”或“基本完成”。")
    _check_length(text, "完成情况说明")
    if not text.strip():
        raise Refused("请填写完成情况说明，写明如何完成、有何佐证。")
    _check_worker(session, measure, by, unit_id, on_behalf, day)
    now = _unfinished(session, measure, day)
    if claim == "basically_completed" and schedule.verdict(now, day) is Verdict.BASICALLY_COMPLETED:
        raise Refused("该措施已认定为基本完成，全部完成后请申报“已完成”。")
    waiting = open_submission(session, measure.id)
    if waiting is not None:
        raise Refused("该措施已于%(on)s申报，正待认定，不能重复申报。", on=waiting.submitted_on)
    made = models.Submission(
        measure_id=measure.id,
        claim=claim,
        submitted_on=day,
        at=at,
        by_id=by.user_id,
        unit_id=unit_id,
        on_behalf=on_behalf,
        text=text.strip(),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # another submission came between the look and the flush: the index keeps one
        raise Refused("该措施刚刚已由他人申报，正待认定，不能重复申报。") from None
    this = _round_of(session, measure.id, day)
    if this is not None and not _reported_since(session, measure.id, this.opens_on):
        _file_report(session, measure, by, unit_id, on_behalf, day, at, state=claim, text=text.strip())
    standing.write(session, [measure.id], day=day, at=at)
    records.write(
        session,
        by,
        at,
        "measure.submit",
        "measure",
        measure.id,
        submission=made.id,
        claim=claim,
        unit_id=unit_id,
        on_behalf=on_behalf,
    )
    unit = session.get(models.Unit, unit_id) if unit_id is not None else None
    inbox.tell(
        session,
        access.deciding_users(session, made, day),
        "waiting",
        {"unit": unit.name if unit is not None else by.user_name, "claim": claim},
        f"/queue/{made.id}",
        at,
        measure_id=measure.id,
        but=by.user_id,
    )
    return made


def withdraw(session: Session, submission: models.Submission, *, by: Person, day: dt.date, at: dt.datetime) -> None:
    """The unit takes its submission back before it is decided; the office does so where it recorded it."""
    if submission.state != "open":
        raise Refused("该申报已有结论，不能撤回。")
    if by.user_id is not None and not may_withdraw(by, submission):
        raise Refused("只有申报单位可以撤回申报。")
    _decide(session, submission, "withdrawn", by, None, "", day, at)
    standing.write(session, [submission.measure_id], day=day, at=at)
    records.write(
        session, by, at, "measure.submission_withdrawn", "measure", submission.measure_id, submission=submission.id
    )


def may_withdraw(person: Person, submission: models.Submission) -> bool:
    """Whether a person may take an open submission back: one of its unit, or the office that recorded it."""
    if submission.state != "open":
        return False
    if person.role == "office":
        return submission.on_behalf
    return person.role in access.rows.REPORTS and submission.unit_id in person.unit_ids


def attach(
    session: Session,
    measure: models.Measure,
    *,
    name: str,
    stored: files.Stored,
    by: Person,
    unit_id: int | None,
    at: dt.datetime,
    submission: models.Submission | None = None,
    report: models.ProgressReport | None = None,
) -> models.Evidence:
    """A file of proof for a measure, a submission or a report. The file is on disk already (FI-09).

    The same content attached twice to the same thing is one row (F34); nothing is ever replaced (R47).
    """
    if by.user_id is not None and by.role != "office" and (unit_id is None or unit_id not in by.unit_ids):
        raise Refused("您不能为这条措施上传佐证材料。")
    for row in (submission, report):
        assert row is None or row.measure_id == measure.id, "evidence of one measure, hung on another's row"
    place = (
        models.Evidence.measure_id == measure.id,
        models.Evidence.submission_id == submission.id
        if submission is not None
        else models.Evidence.submission_id.is_(None),
        models.Evidence.report_id == report.id if report is not None else models.Evidence.report_id.is_(None),
    )
    session.flush()
    same = session.execute(
        select(models.Evidence).where(*place, models.Evidence.sha256 == stored.sha256).limit(1)
    ).scalar_one_or_none()
    if same is not None:
        return same
    count = session.execute(select(func.count()).select_from(models.Evidence).where(*place)).scalar_one()
    if count >= files.MAX_FILES:
        raise Refused("一次最多上传%(most)s个佐证材料，请合并或分次上传。", most=files.MAX_FILES)
    made = models.Evidence(
        measure_id=measure.id,
        submission_id=submission.id if submission is not None else None,
        report_id=report.id if report is not None else None,
        name=files.clean_name(name),
        media_type=stored.media_type,
        sha256=stored.sha256,
        size=stored.size,
        unit_id=unit_id,
        by_id=by.user_id,
        at=at,
    )
    session.add(made)
    session.flush()
    details: dict[str, Any] = {"evidence": made.id, "sha256": stored.sha256, "size": stored.size, "name": made.name}
    records.write(session, by, at, "evidence.add", "measure", measure.id, **details)
    return made


# -- who decides -----------------------------------------------------------------------------------------------------


def accept(
    session: Session,
    submission: models.Submission,
    *,
    by: Person,
    unit_id: int | None,
    day: dt.date,
    at: dt.datetime,
    reason: str = "",
) -> None:
    """Accept a submission: the measure counts as what it claims, from the day it was submitted (S3)."""
    _check_length(reason, "认定意见")
    _check_decider(session, submission, by, unit_id, day)
    _decide(session, submission, "accepted", by, unit_id, reason, day, at)
    standing.write(session, [submission.measure_id], day=day, at=at)
    records.write(
        session,
        by,
        at,
        "measure.accept",
        "measure",
        submission.measure_id,
        submission=submission.id,
        claim=submission.claim,
        unit_id=unit_id,
    )
    _tell_sender(session, submission, "accepted", {"claim": submission.claim}, by, at)


def return_(
    session: Session,
    submission: models.Submission,
    *,
    by: Person,
    unit_id: int | None,
    reason: str,
    day: dt.date,
    at: dt.datetime,
) -> None:
    """Return a submission with a reason; the unit mends it and submits again (S3)."""
    _check_length(reason, "退回原因")
    if not reason.strip():
        raise Refused("请写明退回的原因，让申报单位知道要补什么。")
    _check_decider(session, submission, by, unit_id, day)
    _decide(session, submission, "returned", by, unit_id, reason, day, at)
    standing.write(session, [submission.measure_id], day=day, at=at)
    records.write(
        session,
        by,
        at,
        "measure.return",
        "measure",
        submission.measure_id,
        submission=submission.id,
        reason=reason.strip(),
        unit_id=unit_id,
    )
    _tell_sender(session, submission, "returned", {"reason": reason.strip()}, by, at)


def return_report(
    session: Session,
    report: models.ProgressReport,
    *,
    by: Person,
    unit_id: int | None,
    reason: str,
    day: dt.date,
    at: dt.datetime,
) -> list[models.ProgressReport]:
    """Return a unit's report of a running round for correction; answers with the reports that count no more.

    All that the unit said of the measure in the round goes with its last report: what that one replaced does not come
    back. From `day` on none of it counts as reported, gives a figure or reaches a milestone; until then it did (S8).
    """
    _check_length(reason, "退回原因")
    if not reason.strip():
        raise Refused("请写明退回的原因，让填报单位知道要更正什么。")
    if report.returned_on is not None:
        raise Refused("这次填报已于%(on)s退回，等待填报单位更正。", on=report.returned_on)
    if report.imported:
        raise Refused("这次填报来自导入的台账，不能退回；台账有误的，请重新导入或由单位填报。")
    if by.user_id is not None:
        allowed = access.may_return(session, by, report, day)
        if allowed is None or unit_id != allowed:
            raise Refused("您不负责这条措施的核查认定，或填报来自您本人、本单位，请由其他核查单位或整改办退回。")
    _unfinished(session, session.get_one(models.Measure, report.measure_id), day)
    since = _running_since(session, report, day)
    if since is None:
        raise Refused("这次填报不在正在进行的调度期内，不能退回；请在本期填报后再核对。")
    said = _said_with(session, report, since)
    if said[-1].id != report.id:
        raise Refused("该单位已重新填报，请刷新后查看最新的一次。")
    if session.scalar(select(_filed_by_submission(report))):
        raise Refused("这次填报是申报完成时一并报送的，请在核查列表中办理那项申报。")
    for one in said:
        one.returned_on, one.returned_at, one.returned_by_id, one.return_reason = day, at, by.user_id, reason.strip()
    on_issue = _take_marks_back(session, {one.id for one in said}, by, reason.strip(), day, at)
    standing.write(session, [report.measure_id], day=day, at=at)
    for issue_id in sorted(on_issue):
        standing.write_issue(session, issue_id, day=day, at=at)
    records.write(
        session,
        by,
        at,
        "measure.report_return",
        "measure",
        report.measure_id,
        report=report.id,
        reports=[one.id for one in said],
        reason=reason.strip(),
        unit_id=unit_id,
    )
    _tell_sender(session, report, "report_returned", {"reason": reason.strip()}, by, at)
    return said


def sign_off(
    session: Session,
    measure: models.Measure,
    *,
    by: Person,
    signed_off_on: dt.date,
    day: dt.date,
    at: dt.datetime,
) -> models.SignOffMark:
    """The office records that a completed measure was signed off (销号); nothing else can be (AC-07)."""
    _office_only(by)
    now = standing.of(session, measure.id, day)
    found = schedule.verdict(now, day) if now is not None else None
    if found is Verdict.SIGNED_OFF:
        raise Refused("该措施已经销号。")
    if now is None or found is not Verdict.COMPLETED:
        raise Refused("只有已认定完成的措施才能销号，请先认定完成。")
    if signed_off_on > day:
        raise Refused("销号日期不能晚于今天（%(day)s）。", day=day)
    if now.completed_on is not None and signed_off_on < now.completed_on:
        raise Refused("销号日期不能早于完成日期（%(on)s）。", on=now.completed_on)
    made = models.SignOffMark(
        measure_id=measure.id, signed_off_on=signed_off_on, recorded_on=day, at=at, by_id=by.user_id
    )
    session.add(made)
    session.flush()
    standing.write(session, [measure.id], day=day, at=at)
    records.write(session, by, at, "measure.sign_off", "measure", measure.id, signed_off_on=signed_off_on)
    return made


def reopen(
    session: Session,
    measure: models.Measure,
    *,
    by: Person,
    reason: str,
    new_deadline_on: dt.date | None,
    day: dt.date,
    at: dt.datetime,
) -> models.Reopening:
    """A finished measure is back (反弹重启): a new cycle from `day` (S12).

    Without a new deadline it is overdue from that day if the old one has passed.
    """
    _office_only(by)
    _check_length(reason, "重启原因")
    if not reason.strip():
        raise Refused("请写明反弹或重启的原因。")
    now = standing.of(session, measure.id, day)
    found = schedule.verdict(now, day) if now is not None else None
    if now is None or (found not in verdicts.GOOD and now.basically_completed_on is None):
        raise Refused("只有已完成、基本完成或已销号的措施才能重启。")
    if new_deadline_on is not None and new_deadline_on < day:
        raise Refused("新的整改时限不能早于今天（%(day)s）。", day=day)
    if open_submission(session, measure.id) is not None:
        raise Refused("该措施有一项申报正待认定，请先认定或退回。")
    made = models.Reopening(
        measure_id=measure.id,
        reopened_on=day,
        at=at,
        by_id=by.user_id,
        reason=reason.strip(),
        old_deadline_on=now.deadline_on,
        new_deadline_on=new_deadline_on,
    )
    session.add(made)
    if new_deadline_on is not None:
        former.keep_limit(session, measure, day, at)
        _set_deadline(measure, now, new_deadline_on)
    session.flush()
    standing.write(session, [measure.id], day=day, at=at)
    after = standing.of(session, measure.id, day)
    if after is None or schedule.verdict(after, day) in verdicts.GOOD:
        # A cycle has days, not hours: what was submitted or signed off today would belong to the new one as well.
        raise Refused("该措施的申报或销号就在今天，请于明天办理重启。")
    records.write(
        session, by, at, "measure.reopen", "measure", measure.id, reason=made.reason, new_deadline_on=new_deadline_on
    )
    inbox.tell(
        session,
        inbox.working_on(day, measure_id=measure.id),
        "reopened",
        {"limit_on": after.deadline_on, "reason": made.reason},
        f"/measures/{measure.id}",
        at,
        measure_id=measure.id,
        but=by.user_id,
    )
    return made


# -- shared ----------------------------------------------------------------------------------------------------------


def open_submission(session: Session, measure_id: int) -> models.Submission | None:
    """The submission of a measure that waits for a decision, None where there is none."""
    query = select(models.Submission).where(
        models.Submission.measure_id == measure_id, models.Submission.state == "open"
    )
    return session.execute(query).scalar_one_or_none()


def sent_back(
    session: Session, measure_id: int, unit_id: int | None
) -> tuple[models.ProgressReport, frozenset[int]] | None:
    """The last report of a unit on a measure, if it was returned and the unit has not reported again; with it the
    milestones that it marked as reached. None where nothing waits for correction."""
    report, mark = models.ProgressReport, models.MilestoneMark
    last = session.scalars(
        select(report)
        .where(report.measure_id == measure_id, report.unit_id == unit_id)
        .order_by(report.reported_on.desc(), report.id.desc())
        .limit(1)
    ).first()
    if last is None or last.returned_on is None:
        return None
    reached = session.scalars(
        select(mark.milestone_id)
        .join(report, report.id == mark.report_id)
        .where(
            report.measure_id == measure_id,
            report.unit_id == unit_id,
            report.returned_at == last.returned_at,
            mark.reached,
        )
    )
    return last, frozenset(reached)


def milestones_of(session: Session, measure: models.Measure, day: dt.date) -> list[models.Milestone]:
    """The milestones that bind a measure on `day`: its own, and those left on the issues it answers (S10)."""
    link, stone = models.MeasureLink, models.Milestone
    issues = (
        select(link.issue_id)
        .join(models.Issue, models.Issue.id == link.issue_id)
        .where(
            link.measure_id == measure.id,
            or_(link.since_on.is_(None), link.since_on <= day),
            or_(models.Issue.withdrawn_on.is_(None), models.Issue.withdrawn_on > day),
        )
    )
    query = (
        select(stone)
        .where(
            or_(stone.measure_id == measure.id, stone.issue_id.in_(issues)),
            or_(stone.since_on.is_(None), stone.since_on <= day),
            or_(stone.withdrawn_on.is_(None), stone.withdrawn_on > day),
        )
        .order_by(stone.due_on, stone.id)
    )
    return list(session.scalars(query))


def milestones_for(
    session: Session, measure: models.Measure, by: Person, unit_id: int | None, day: dt.date
) -> list[models.Milestone]:
    """The milestones that a report on a measure, in the name of this unit, may mark as reached.

    A milestone left on an issue is everybody's there: only a unit that works on the issue itself marks it or, where
    the issue names none, a unit of a measure at home in it. The office may, whoever it records for.
    """
    offered = milestones_of(session, measure, day)
    if by.role not in access.rows.REPORTS:
        return offered
    part, issue, link = models.Assignment, models.Issue, models.MeasureLink
    working = (
        part.issue_id == issue.id,
        part.role.in_(access.rows.DOING),
        part.since_on <= day,
        or_(part.until_on.is_(None), part.until_on > day),
    )
    at_home = exists().where(link.issue_id == issue.id, link.measure_id == measure.id, link.home)
    own = set(
        session.scalars(
            select(issue.id).where(
                issue.id.in_({stone.issue_id for stone in offered if stone.issue_id is not None}),
                issue.inspection_id.not_in(by.hidden_ids),
                or_(exists().where(*working, part.unit_id == unit_id), and_(~exists().where(*working), at_home)),
            )
        )
    )
    return [stone for stone in offered if stone.measure_id is not None or stone.issue_id in own]


def last_marks(session: Session, milestone_ids: Sequence[int]) -> dict[int, models.MilestoneMark]:
    """The last mark of each milestone, by milestone id; those never marked are missing."""
    query = (
        select(models.MilestoneMark)
        .where(models.MilestoneMark.milestone_id.in_(milestone_ids))
        .order_by(models.MilestoneMark.marked_on, models.MilestoneMark.id)
    )
    return {mark.milestone_id: mark for mark in session.scalars(query)}


def lags(now: Any, said: Any, day: dt.date) -> bool:
    """Whether a report must tell why the measure lags: by its dates (`now`, its standing), or by the unit's own word
    (`said`, a report or None). What the unit calls completed has nothing left to catch up."""
    if said is not None and said.state == "completed":
        return False
    if said is not None and (said.said == "behind" or said.forecast == "hard"):
        return True
    return now is not None and schedule.verdict(now, day) in (Verdict.BEHIND, Verdict.OVERDUE)


def _running_since(session: Session, report: models.ProgressReport, day: dt.date) -> dt.date | None:
    """Since when the round runs that a report answered and that still takes reports; None where there is none."""
    held = session.scalars(
        select(models.Round)
        .join(models.MeasureLink, models.MeasureLink.inspection_id == models.Round.inspection_id)
        .where(
            models.MeasureLink.measure_id == report.measure_id,
            models.MeasureLink.home,
            models.Round.cancelled_on.is_(None),
        )
    )
    return windows.running_since(held, report.reported_on, day)


def _said_with(session: Session, report: models.ProgressReport, since: dt.date) -> list[models.ProgressReport]:
    """What the unit of a report said of the measure since a day and still stands, in order; held until the end."""
    table = models.ProgressReport
    query = (
        select(table)
        .where(
            table.measure_id == report.measure_id,
            table.unit_id.is_not_distinct_from(report.unit_id),
            table.reported_on >= since,
            table.returned_on.is_(None),
            ~table.imported,
            or_(table.id == report.id, ~_filed_by_submission(table)),
        )
        .order_by(table.reported_on, table.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _filed_by_submission(report: Any) -> ColumnElement[bool]:
    """The condition under which a report was filed by a submission, whose instant and words it has."""
    sub = models.Submission
    return exists().where(sub.measure_id == report.measure_id, sub.at == report.at, sub.text == report.text)


def _take_marks_back(
    session: Session, report_ids: set[int], by: Person, reason: str, day: dt.date, at: dt.datetime
) -> set[int]:
    """Milestones that stand reached by these reports are unreached from `day`; the issues whose own these are."""
    stone, mark = models.Milestone, models.MilestoneMark
    touched = session.scalars(
        select(stone).where(exists().where(mark.milestone_id == stone.id, mark.report_id.in_(report_ids)))
    ).all()
    last = last_marks(session, [one.id for one in touched])
    on_issue: set[int] = set()
    for one in touched:
        if not last[one.id].reached or last[one.id].report_id not in report_ids:
            continue
        session.add(mark(milestone_id=one.id, reached=False, marked_on=day, at=at, by_id=by.user_id, reason=reason))
        if one.issue_id is not None:
            on_issue.add(one.issue_id)
    session.flush()
    return on_issue


def _check_catch_up(catch_up: CatchUp, day: dt.date) -> None:
    if catch_up.reason_kind not in models.REASON_KINDS:
        raise Refused("请选择滞后原因是主观还是客观。")
    if catch_up.expected_on is not None and catch_up.expected_on < day:
        raise Refused("预计完成日期不能早于今天（%(day)s）。", day=day)


def _file_report(
    session: Session,
    measure: models.Measure,
    by: Person,
    unit_id: int | None,
    on_behalf: bool,
    day: dt.date,
    at: dt.datetime,
    **said: Any,
) -> models.ProgressReport:
    """The report's row, in the round of its day; `said` are its other columns."""
    this = _round_of(session, measure.id, day)
    made = models.ProgressReport(
        measure_id=measure.id,
        round_id=this.id if this is not None else None,
        reported_on=day,
        at=at,
        by_id=by.user_id,
        unit_id=unit_id,
        on_behalf=on_behalf,
        **said,
    )
    session.add(made)
    session.flush()
    return made


def _mark_milestones(
    session: Session, milestones: Sequence[models.Milestone], reached: set[int], made: models.ProgressReport
) -> set[int]:
    """Write the marks a report makes; the issues whose own milestones it touched."""
    marks = last_marks(session, [m.id for m in milestones])
    said_today = set(
        session.scalars(
            select(models.ProgressReport.id).where(
                models.ProgressReport.measure_id == made.measure_id,
                models.ProgressReport.reported_on == made.reported_on,
            )
        )
    )
    on_issue: set[int] = set()
    for milestone in milestones:
        last = marks.get(milestone.id)
        stands = last is not None and last.reached
        says = milestone.id in reached
        today = last is not None and last.report_id in said_today  # of an issue's, another measure's word stands
        if says == stands or (not says and not today):
            continue
        session.add(
            models.MilestoneMark(
                milestone_id=milestone.id,
                reached=says,
                marked_on=made.reported_on,
                at=made.at,
                by_id=made.by_id,
                report_id=made.id,
            )
        )
        if milestone.issue_id is not None:
            on_issue.add(milestone.issue_id)
    session.flush()
    return on_issue


def _round_of(session: Session, measure_id: int, day: dt.date) -> models.Round | None:
    """The round that a report of `day` belongs to: the last one opened by the inspection the measure is at home in."""
    query = (
        select(models.Round)
        .join(models.MeasureLink, models.MeasureLink.inspection_id == models.Round.inspection_id)
        .where(
            models.MeasureLink.measure_id == measure_id,
            models.MeasureLink.home,
            models.Round.opened_at.is_not(None),
            models.Round.cancelled_on.is_(None),
            models.Round.opens_on <= day,
        )
        .order_by(models.Round.opens_on.desc(), models.Round.id.desc())
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def _reported_since(session: Session, measure_id: int, since_on: dt.date) -> bool:
    query = (
        select(models.ProgressReport.id)
        .where(
            models.ProgressReport.measure_id == measure_id,
            models.ProgressReport.reported_on >= since_on,
            models.ProgressReport.returned_on.is_(None),
        )
        .limit(1)
    )
    return session.execute(query).first() is not None


def _unfinished(session: Session, measure: models.Measure, day: dt.date) -> models.MeasureStanding:
    now = standing.of(session, measure.id, day)
    if now is None:
        raise Refused("该措施已不在台账中（已撤销、合并或尚未开始），不能填报。")
    found = schedule.verdict(now, day)
    if found in verdicts.GOOD:
        raise Refused("该措施%(verdict)s，不需要再填报；如问题反弹，请由整改办重启。", verdict=verdicts.word(found))
    return now


def _set_deadline(measure: models.Measure, now: models.MeasureStanding, new_deadline_on: dt.date) -> None:
    """Give a measure a deadline of its own; the original one, inherited or not, never changes (S1)."""
    if measure.deadline_kind == "none":
        measure.original_deadline_on = now.original_deadline_on or now.deadline_on
        measure.long_term = measure.long_term or now.long_term
    elif measure.original_deadline_on is None:
        measure.original_deadline_on = measure.deadline_on
    measure.deadline_kind = "date"
    measure.deadline_on, measure.deadline_corrected = new_deadline_on, False
    measure.counted_from_on = measure.counted_amount = measure.counted_unit = None


def _check_worker(
    session: Session, measure: models.Measure, by: Person, unit_id: int | None, on_behalf: bool, day: dt.date
) -> None:
    """Who reports must be entered for a unit of the measure, or be the office on behalf of one (AC-10: in the act)."""
    if by.user_id is None:
        return
    if on_behalf != (by.role == "office"):
        raise Refused("只有整改办可以代责任单位录入。")
    allowed = access.may_report(session, by, measure.id, day)
    if allowed is None or unit_id != allowed.id:
        raise Refused("您的单位不承担这条措施，不能填报。")


def _check_decider(
    session: Session, submission: models.Submission, by: Person, unit_id: int | None, day: dt.date
) -> None:
    if submission.state != "open":
        raise Refused("该申报已有结论，不需要再次认定。")
    if by.user_id is None:
        return
    if submission.by_id == by.user_id:
        raise Refused("不能认定本人提交的申报，请由其他人员办理。")
    allowed = access.may_decide(session, by, submission, day)
    if allowed is None or unit_id not in by.unit_ids or unit_id == submission.unit_id:
        raise Refused("您不负责这项申报的认定，或申报来自您本单位，请由其他核查单位办理。")


def _decide(
    session: Session,
    submission: models.Submission,
    state: str,
    by: Person,
    unit_id: int | None,
    reason: str,
    day: dt.date,
    at: dt.datetime,
) -> None:
    submission.state = state
    submission.decided_on = day
    submission.decided_at = at
    submission.decided_by_id = by.user_id
    submission.decided_for_id = unit_id
    submission.reason = reason.strip()
    try:
        session.flush()
    except StaleDataError:
        raise Refused("该申报刚刚已由他人处理，请刷新后查看结论。") from None
    inbox.settle(session, "waiting", submission.measure_id, at)


def _tell_sender(
    session: Session,
    sent: models.Submission | models.ProgressReport,
    kind: str,
    values: dict[str, Any],
    by: Person,
    at: dt.datetime,
) -> None:
    """Tell whoever sent it, and all who act for his unit, what became of it."""
    inbox.tell(
        session,
        inbox.acting_for(sent.unit_id, sent.by_id),
        kind,
        values,
        f"/measures/{sent.measure_id}",
        at,
        measure_id=sent.measure_id,
        but=by.user_id,
    )


def _check_length(words: str, what: str) -> None:
    if len(words) > LONGEST_TEXT:
        raise Refused("%(what)s不能超过%(most)s字，请精简。", what=what, most=LONGEST_TEXT)


def _office_only(by: Person) -> None:
    """The office, or the system itself; the check stands in the act's own transaction (AC-10)."""
    if by.user_id is not None and by.role != "office":
        raise Refused("只有整改办可以办理这一项。")
