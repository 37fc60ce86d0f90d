"""Rounds of reporting, the office's confirmations, refused milestones and the rules of an inspection.

Which round follows which is `rules.rhythm`'s; reports and submissions are `progress`'. Nothing here commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from rectify import access, calendar, former, models, records, standing
from rectify.records import Actor
from rectify.rules import ladder, rhythm, schedule, verdicts, workdays
from rectify.rules.workdays import Calendar

ONE_DAY = dt.timedelta(days=1)

RULES = {
    "rhythm": ("weekly", "ten_day", "monthly", "quarterly", "none"),
    "grace_days": range(0, 31),
    "grace_unit": ("days", "workdays"),
    "decides": tuple(access.rows.DECIDERS),
    "judged_by": schedule.JUDGED_BY,
    "tolerance_percent": range(0, 101),
    "near_due_days": range(1, ladder.LONGEST_WINDOW + 1),
    "immediate_days": range(1, 366),
    "basically_counts_as_done": (False, True),
    "long_term_counts_as_done": (False, True),
    "starts_on_issue_date": (False, True),
}
"""The rules of an inspection that the office may change, and what each may be."""


class Refused(ValueError):
    """An act that may not be. `sentence` is Chinese, its values in %(name)s; str() gives it filled in.

    A refusal among the values stays one, so that a page can tell it in its own language.
    """

    def __init__(self, sentence: str, **values: Any) -> None:
        self.sentence = sentence
        self.values = {name: value if isinstance(value, ValueError) else str(value) for name, value in values.items()}
        super().__init__(sentence % self.values if values else sentence)


# -- rounds ----------------------------------------------------------------------------------------------------------


def open_round_of(session: Session, inspection_id: int, day: dt.date) -> models.Round | None:
    """The round that a report of this day belongs to: the last one opened. After its cut-off a report is late, but
    counts, until the next one opens (S8)."""
    query = (
        select(models.Round)
        .where(
            models.Round.inspection_id == inspection_id,
            models.Round.opened_at.is_not(None),
            models.Round.cancelled_on.is_(None),
            models.Round.opens_on <= day,
        )
        .order_by(models.Round.opens_on.desc(), models.Round.id.desc())
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def next_cut_off(session: Session, inspection_id: int, day: dt.date) -> dt.date | None:
    """The first cut-off after this day; None where no round is planned."""
    query = select(func.min(models.Round.cut_off_on)).where(
        models.Round.inspection_id == inspection_id,
        models.Round.cancelled_on.is_(None),
        models.Round.cut_off_on > day,
    )
    return session.execute(query).scalar_one_or_none()


def plan_next(
    session: Session,
    inspection: models.Inspection,
    day: dt.date,
    at: dt.datetime,
    *,
    write_standings: bool = True,
    is_new: bool = False,
) -> list[models.Round]:
    """Make sure that one round lies ahead of `day`, as the inspection's rhythm asks; the rounds added, often none.

    A new inspection gets the round of the present period too, opened at once, while enough of it is left. An import
    that writes the standings of its measures afterwards anyway says `write_standings=False`. One that `is_new` was never
    judged by other rounds, whatever past day its ledger counts from: there is nothing to keep.
    """
    added: list[models.Round] = []
    if inspection.rhythm == "none":
        return added
    session.flush()
    if not is_new and not _one_ahead(session, inspection.id, day):
        former.keep_rounds(session, inspection, day, at)
    while not _one_ahead(session, inspection.id, day):
        last_on = session.execute(
            select(func.max(models.Round.cut_off_on)).where(models.Round.inspection_id == inspection.id)
        ).scalar_one()
        span = rhythm.next_span(inspection.rhythm, max(day, last_on + ONE_DAY) if last_on else day)
        made = models.Round(
            inspection_id=inspection.id,
            name=span.name,
            opens_on=span.opens_on,
            cut_off_on=span.cut_off_on,
            opened_at=at if span.opens_on <= day else None,
            **_grace(calendar.load(session), span.cut_off_on, inspection.grace_days, inspection.grace_unit),
        )
        session.add(made)
        session.flush()
        added.append(made)
    if added and write_standings:
        standing.write_inspection(session, inspection.id, day=day, at=at)
    return added


def _one_ahead(session: Session, inspection_id: int, day: dt.date) -> bool:
    query = exists().where(
        models.Round.inspection_id == inspection_id,
        models.Round.cancelled_on.is_(None),
        models.Round.opens_on > day,
    )
    return bool(session.execute(select(query)).scalar_one())


def open_due(session: Session, day: dt.date, at: dt.datetime, by: Actor = access.SYSTEM) -> dict[str, int]:
    """Open every round whose day has come, and plan the one after it. Run twice, it does nothing the second time.

    A round opened late (the scheduler slept) moves as a whole: opening and cut-off by as many days. Of several that
    were missed only the last is opened, the others are cancelled: what is owed is today's state, once. Counts:
    `opened`, `late`, `missed`, `planned`.
    """
    did = {"opened": 0, "late": 0, "missed": 0, "planned": 0}
    due = session.scalars(
        select(models.Round)
        .where(models.Round.opened_at.is_(None), models.Round.cancelled_on.is_(None), models.Round.opens_on <= day)
        .order_by(models.Round.inspection_id, models.Round.opens_on, models.Round.id)
    ).all()
    last_of = {this.inspection_id: this for this in due}
    known = calendar.load(session) if due else Calendar()
    for inspection_id in last_of:
        former.keep_rounds(session, session.get_one(models.Inspection, inspection_id), day, at)
    for this in due:
        if this is not last_of[this.inspection_id]:
            this.cancelled_on = day
            did["missed"] += 1
            records.write(session, by, at, "round.missed", "round", this.id, opens_on=this.opens_on)
            continue
        late = day - this.opens_on
        planned: dict[str, Any] = {"opens_on": this.opens_on, "cut_off_on": this.cut_off_on}
        this.opens_on += late
        this.cut_off_on += late
        _grant(this, known, this.grace, this.grace_unit)
        this.opened_at = at
        did["opened"] += 1
        did["late"] += late > dt.timedelta(0)
        records.write(session, by, at, "round.open", "round", this.id, days_late=late.days, **planned)
    session.flush()
    touched = set(last_of)
    for inspection in session.scalars(
        select(models.Inspection)
        .where(
            models.Inspection.rhythm != "none",
            ~exists().where(
                models.Round.inspection_id == models.Inspection.id,
                models.Round.cancelled_on.is_(None),
                models.Round.opens_on > day,
            ),
        )
        .order_by(models.Inspection.id)
    ).all():
        did["planned"] += len(plan_next(session, inspection, day, at, write_standings=False))
        touched.add(inspection.id)
    for inspection_id in sorted(touched):
        standing.write_inspection(session, inspection_id, day=day, at=at)
    return did


def close_due(session: Session, day: dt.date, at: dt.datetime, by: Actor = access.SYSTEM) -> dict[str, int]:
    """Close every open round whose cut-off and grace are over. No verdict rests on it: its turning days were known."""
    closed = 0
    for this in session.scalars(
        select(models.Round)
        .where(
            models.Round.opened_at.is_not(None),
            models.Round.closed_at.is_(None),
            models.Round.cancelled_on.is_(None),
            models.Round.cut_off_on < day,
        )
        .order_by(models.Round.id)
    ).all():
        if this.cut_off_on + this.grace_days * ONE_DAY < day:
            this.closed_at = at
            closed += 1
            records.write(session, by, at, "round.close", "round", this.id, cut_off_on=this.cut_off_on)
    return {"closed": closed}


def add_round(
    session: Session,
    inspection: models.Inspection,
    *,
    name: str,
    opens_on: dt.date,
    cut_off_on: dt.date,
    grace_days: int | None = None,
    grace_unit: str = "days",
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> models.Round:
    """A round beside the rhythm, planned or opened at once. Rounds that a rhythm planned ahead give way to it by being
    cancelled first; two that overlap are refused. Without `grace_days` it has the grace of the inspection."""
    _office_only(by)
    name = _fitting(session, inspection.id, None, name, opens_on, cut_off_on, day)
    former.keep_rounds(session, inspection, day, at)
    if grace_days is None:
        grace_days, grace_unit = inspection.grace_days, inspection.grace_unit
    made = models.Round(
        inspection_id=inspection.id,
        name=name,
        opens_on=opens_on,
        cut_off_on=cut_off_on,
        opened_at=at if opens_on <= day else None,
        **_grace(calendar.load(session), cut_off_on, grace_days, grace_unit),
    )
    session.add(made)
    session.flush()
    plan_next(session, inspection, day, at, write_standings=False)
    standing.write_inspection(session, inspection.id, day=day, at=at)
    records.write(session, by, at, "round.add", "round", made.id, name=name, opens_on=opens_on, cut_off_on=cut_off_on)
    return made


def change_round(
    session: Session,
    this: models.Round,
    *,
    name: str,
    opens_on: dt.date,
    cut_off_on: dt.date,
    grace_days: int,
    grace_unit: str = "days",
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> bool:
    """Change a round that is planned and not yet opened, from `day` on; whether anything changed. One that now begins on
    `day` is opened at once."""
    _office_only(by)
    _still_planned(this, day)
    name = _fitting(session, this.inspection_id, this.id, name, opens_on, cut_off_on, day)
    granted = _grace(calendar.load(session), cut_off_on, grace_days, grace_unit)
    new = {"name": name, "opens_on": opens_on, "cut_off_on": cut_off_on, **granted}
    old = {field: getattr(this, field) for field in new if getattr(this, field) != new[field]}
    if not old:
        return False
    inspection = session.get_one(models.Inspection, this.inspection_id)
    former.keep_rounds(session, inspection, day, at)
    for field in old:
        setattr(this, field, new[field])
    if opens_on <= day:
        this.opened_at = at
    try:
        session.flush()
    except StaleDataError:
        raise Refused("“%(name)s”刚刚已由他人更改，请刷新后再改。", name=name) from None
    plan_next(session, inspection, day, at, write_standings=False)
    standing.write_inspection(session, this.inspection_id, day=day, at=at)
    records.write(session, by, at, "round.change", "round", this.id, old=old, new={field: new[field] for field in old})
    return True


def _grace(known: Calendar, cut_off_on: dt.date, amount: int, unit: str) -> dict[str, int | None]:
    """The grace of a round as its row has it: the calendar days that the rule reads, and the working days they are."""
    last_on = workdays.last_of(known, cut_off_on, amount, unit)
    return {
        "grace_days": (last_on - cut_off_on).days,
        "grace_workdays": amount if amount and unit == "workdays" else None,
    }


def _grant(this: models.Round, known: Calendar, amount: int, unit: str) -> None:
    """Give a round its grace, counted by the calendar from its cut-off."""
    for field, value in _grace(known, this.cut_off_on, amount, unit).items():
        setattr(this, field, value)


@dataclass(frozen=True)
class MovedGrace:
    """A round whose grace in working days ends on another day by another calendar."""

    round_id: int
    inspection: str
    name: str
    workdays: int
    cut_off_on: dt.date
    was_on: dt.date
    becomes_on: dt.date


def recount_grace(session: Session, *, by: Actor, day: dt.date, at: dt.datetime) -> list[MovedGrace]:
    """Count the grace of the rounds not yet opened anew, from `day` on, where it is in working days; those that end on
    another day. Part of a declaration, which asks who may: a round once opened keeps its days."""
    known, row = calendar.load(session), models.Round
    query = (
        select(row, models.Inspection)
        .join(models.Inspection, models.Inspection.id == row.inspection_id)
        .where(row.grace_workdays.is_not(None), row.opened_at.is_(None), row.cancelled_on.is_(None))
        .where(row.opens_on > day)
        .order_by(models.Inspection.sort, models.Inspection.id, row.opens_on)
    )
    moved: list[MovedGrace] = []
    inspections: set[int] = set()
    for this, inspection in session.execute(query).tuples().all():
        was_on, becomes_on = this.grace_on, workdays.last_of(known, this.cut_off_on, this.grace, this.grace_unit)
        if was_on == becomes_on:
            continue
        if inspection.id not in inspections:
            former.keep_rounds(session, inspection, day, at)
            inspections.add(inspection.id)
        _grant(this, known, this.grace, this.grace_unit)
        moved.append(MovedGrace(this.id, inspection.name, this.name, this.grace, this.cut_off_on, was_on, becomes_on))
        old, new = {"grace_on": was_on}, {"grace_on": becomes_on}
        records.write(session, by, at, "round.change", "round", this.id, old=old, new=new)
    session.flush()
    for inspection_id in sorted(inspections):
        standing.write_inspection(session, inspection_id, day=day, at=at)
    return moved


def _still_planned(this: models.Round, day: dt.date) -> None:
    if this.cancelled_on is not None:
        raise Refused("“%(name)s”已于%(on)s取消，不能再改；需要时请另安排一期。", name=this.name, on=this.cancelled_on)
    if this.opened_at is not None or this.opens_on <= day:
        raise Refused("“%(name)s”已于%(on)s开放，单位已按原日期填报，不能再改。", name=this.name, on=this.opens_on)


def _fitting(
    session: Session,
    inspection_id: int,
    round_id: int | None,
    name: str,
    opens_on: dt.date,
    cut_off_on: dt.date,
    day: dt.date,
) -> str:
    """The name of a round as it is kept, after its days were looked at: they are its own among the rounds that bind, and
    none of them lies behind. `round_id` is the round itself, None for a new one."""
    name = name.strip()
    if not name:
        raise Refused("请填写调度期的名称，例如“2026年6月调度”。")
    if cut_off_on < opens_on:
        raise Refused("截止日不能早于开放日，请改正日期。")
    if opens_on < day:
        raise Refused("开放日不能早于今天（%(day)s），已过去的日子不能再要求填报。", day=day)
    row = models.Round
    other = session.scalars(
        select(row)
        .where(
            row.inspection_id == inspection_id,
            row.id.is_distinct_from(round_id),
            row.cancelled_on.is_(None),
            row.opens_on <= cut_off_on,
            row.cut_off_on >= opens_on,
        )
        .limit(1)
    ).first()
    if other is not None:
        raise Refused(
            "与“%(name)s”（%(opens)s至%(cut_off)s）的日期重叠，请改日期，或先取消那一期。",
            name=other.name,
            opens=other.opens_on,
            cut_off=other.cut_off_on,
        )
    return name


def cancel_round(
    session: Session, this: models.Round, *, reason: str, by: Actor, day: dt.date, at: dt.datetime
) -> None:
    """A cancelled round binds nobody (S8). What units reported in it stays. One that was cut off bound everybody by then:
    who did not report stands as unreported, and is not let off afterwards."""
    _office_only(by)
    if this.cancelled_on is not None:
        raise Refused("“%(name)s”已于%(on)s取消。", name=this.name, on=this.cancelled_on)
    if this.imported:
        raise Refused("“%(name)s”是导入台账时的调度期，不能取消。", name=this.name)
    if this.cut_off_on < day:
        raise Refused(
            "“%(name)s”已于%(on)s截止，不能再取消；已填报和未填报的情况保持不变。", name=this.name, on=this.cut_off_on
        )
    if not reason.strip():
        raise Refused("请写明取消的原因。")
    this.cancelled_on = day
    inspection = session.get_one(models.Inspection, this.inspection_id)
    plan_next(session, inspection, day, at, write_standings=False)
    standing.write_inspection(session, this.inspection_id, day=day, at=at)
    records.write(session, by, at, "round.cancel", "round", this.id, name=this.name, reason=reason.strip())


# -- the rules of an inspection --------------------------------------------------------------------------------------


def change_rules(
    session: Session,
    inspection: models.Inspection,
    changes: Mapping[str, Any],
    *,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> bool:
    """Change the rules by which an inspection's measures are judged (`RULES`), from `day` on; whether any changed.

    Rounds not yet opened follow a new rhythm or grace; those open or over stay as units knew them. What waits to be
    decided moves at once with a new rule of who decides; the trail counts it.
    """
    _office_only(by)
    for name, value in changes.items():
        if name not in RULES or value not in RULES[name]:
            raise Refused("规则“%(name)s”不能设为“%(value)s”，请改正。", name=name, value=value)
    old = {name: getattr(inspection, name) for name in changes if getattr(inspection, name) != changes[name]}
    if not old:
        return False
    former.keep(session, inspection, old, day, at)
    former.keep_rounds(session, inspection, day, at)
    turns = access.turns(session, inspection.id, day) if "decides" in old else {}
    for name in old:
        setattr(inspection, name, changes[name])
    session.flush()
    ahead = session.scalars(
        select(models.Round).where(
            models.Round.inspection_id == inspection.id,
            models.Round.opened_at.is_(None),
            models.Round.cancelled_on.is_(None),
            models.Round.opens_on > day,
        )
    ).all()
    if "rhythm" in old:
        for this in ahead:  # never opened, so nothing rests on it; the trail names it
            session.delete(this)
        session.flush()
        plan_next(session, inspection, day, at, write_standings=False)
    elif {"grace_days", "grace_unit"} & old.keys():
        known = calendar.load(session)
        for this in ahead:
            _grant(this, known, inspection.grace_days, inspection.grace_unit)
    standing.write_inspection(session, inspection.id, day=day, at=at)
    said: dict[str, Any] = {"old": old, "new": {name: changes[name] for name in old}}
    if "decides" in old:
        now = access.turns(session, inspection.id, day)
        said["moved_submissions"] = sum(now[submission_id] != turn for submission_id, turn in turns.items())
    records.write(session, by, at, "inspection.rules", "inspection", inspection.id, **said)
    return True


# -- the office's word -----------------------------------------------------------------------------------------------


def confirm(
    session: Session,
    measure: models.Measure,
    verdict: str,
    reason: str,
    last_on: dt.date | None,
    *,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> models.Confirmation:
    """The office confirms a measure as on schedule or behind, with a reason (S6); it replaces an earlier word.

    On schedule holds through `last_on`, by default the next cut-off; behind holds until withdrawn or replaced.
    """
    _office_only(by)
    if verdict not in ("on_schedule", "behind"):
        raise Refused("请选择确认为“达到序时进度”或“未达到序时进度”。")
    if not reason.strip():
        raise Refused("请写明确认的理由。")
    now = standing.of(session, measure.id, day)
    if now is None:
        raise Refused("该措施已不在台账中，不能确认。")
    found = schedule.verdict(now, day)
    if found in verdicts.GOOD or found in (verdicts.Verdict.BASICALLY_COMPLETED, verdicts.Verdict.OVERDUE):
        raise Refused("该措施目前为“%(verdict)s”，不再判断序时进度，不能确认。", verdict=verdicts.word(found))
    if verdict == "behind":
        last_on = None
    else:
        last_on = last_on or next_cut_off(session, _home_inspection_id(session, measure.id), day)
        if last_on is None:
            raise Refused("没有已安排的调度期，请填写确认的截止日期。")
        if last_on < day:
            raise Refused("确认的截止日期不能早于今天（%(day)s）。", day=day)
    made = models.Confirmation(
        measure_id=measure.id,
        verdict=verdict,
        confirmed_on=day,
        last_on=last_on,
        at=at,
        by_id=by.user_id,
        reason=reason.strip(),
    )
    session.add(made)
    session.flush()
    standing.write(session, [measure.id], day=day, at=at)
    records.write(session, by, at, "measure.confirm", "measure", measure.id, verdict=verdict, last_on=last_on)
    return made


def withdraw_confirmation(
    session: Session, confirmation: models.Confirmation, *, by: Actor, day: dt.date, at: dt.datetime
) -> None:
    """Take a confirmation back from `day` on; the measure is judged by its dates again."""
    _office_only(by)
    if confirmation.withdrawn_on is not None:
        raise Refused("这项确认已于%(on)s撤回。", on=confirmation.withdrawn_on)
    if confirmation.last_on is not None and confirmation.last_on < day:
        raise Refused("这项确认已于%(on)s到期，不需要撤回。", on=confirmation.last_on)
    confirmation.withdrawn_on = day
    session.flush()
    standing.write(session, [confirmation.measure_id], day=day, at=at)
    records.write(
        session,
        by,
        at,
        "measure.confirm_withdrawn",
        "measure",
        confirmation.measure_id,
        confirmation=confirmation.id,
        verdict=confirmation.verdict,
    )


def may_refuse_milestone(session: Session, person: access.Person, measure_id: int, day: dt.date) -> bool:
    """Whoever decides a measure's submissions may refuse its milestones, and the office (S5)."""
    if person.role == "office":
        return True
    if person.role not in access.rows.DECIDES:
        return False
    return any(unit.id in person.unit_ids for unit in access.decider_units(session, measure_id, day))


def refuse_milestone(
    session: Session,
    measure: models.Measure,
    milestone: models.Milestone,
    *,
    reason: str,
    by: access.Person,
    day: dt.date,
    at: dt.datetime,
) -> models.MilestoneMark:
    """Refuse a milestone that was reported as reached: it is unreached again from `day` (S5)."""
    mark = session.execute(
        select(models.MilestoneMark, models.ProgressReport.unit_id)
        .outerjoin(models.ProgressReport, models.ProgressReport.id == models.MilestoneMark.report_id)
        .where(models.MilestoneMark.milestone_id == milestone.id)
        .order_by(models.MilestoneMark.marked_on.desc(), models.MilestoneMark.id.desc())
        .limit(1)
    ).first()
    if mark is None or not mark[0].reached:
        raise Refused("这个阶段目标没有报告为已达到，不需要退回。")
    if not reason.strip():
        raise Refused("请写明不认可的理由。")
    if by.user_id is not None:
        if not may_refuse_milestone(session, by, measure.id, day):
            raise Refused("您不负责这条措施的核查认定，不能退回阶段目标。")
        if mark[0].by_id == by.user_id or (by.role != "office" and mark[1] in by.unit_ids):
            raise Refused("不能核查本人或本单位填报的内容，请由其他核查单位或整改办办理。")
    made = models.MilestoneMark(
        milestone_id=milestone.id,
        reached=False,
        marked_on=day,
        at=at,
        by_id=by.user_id,
        reason=reason.strip(),
    )
    session.add(made)
    session.flush()
    if milestone.issue_id is not None:
        standing.write_issue(session, milestone.issue_id, day=day, at=at)
    else:
        standing.write(session, [measure.id], day=day, at=at)
    records.write(
        session, by, at, "milestone.refuse", "measure", measure.id, milestone=milestone.id, reason=made.reason
    )
    return made


def _home_inspection_id(session: Session, measure_id: int) -> int:
    query = select(models.MeasureLink.inspection_id).where(
        models.MeasureLink.measure_id == measure_id, models.MeasureLink.home
    )
    return session.execute(query).scalar_one()


def _office_only(by: Actor) -> None:
    """The office, or the system itself; the check stands in the act's own transaction (AC-10)."""
    if by.user_id is not None and by.role != "office":
        raise Refused("只有整改办可以办理这一项。")
