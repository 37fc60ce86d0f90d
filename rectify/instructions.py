"""Leaders' instructions (批示) on an issue or a measure: given, answered by units, withdrawn; never changed.

Answers are `answers`'. Each act checks the right, writes its rows and, last, the trail; none commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal, select, true
from sqlalchemy.orm import Session, aliased

from rectify import access, answers, models, records
from rectify.access.sentences import Refused
from rectify.rules import letters as rule

GIVES = ("leader", "office")
STATES = ("overdue", "unanswered", "answered", "closed", "void")
"""逾期未答复、待答复、已答复（待认定）、已办结、已撤回; the first three are open."""
OPEN = STATES[:3]
MOST_UNITS = 50


def give(
    session: Session,
    by: access.Person,
    *,
    issue_id: int,
    measure_id: int | None,
    unit_ids: Sequence[int],
    text: str,
    reply_on: dt.date | None,
    leader_name: str = "",
    on: dt.date | None = None,
    day: dt.date,
    at: dt.datetime,
) -> models.Instruction:
    """A leader's word on an item, and which units are to answer it by when; without a measure it is on the issue.

    The office records it for a leader, with his name and the day on which he gave it.
    """
    if by.role not in GIVES:
        raise Refused("", "只有领导和整改办可以登记批示。")
    inspection_id, confidential = _visible_item(session, by, issue_id, measure_id, day)
    if not text.strip():
        raise Refused("text", "请填写批示内容。")
    answers.check_length("text", text)
    office = by.role == "office"
    if office and not leader_name.strip():
        raise Refused("leader_name", "请填写作出批示的领导。")
    answers.check_length("leader_name", leader_name, 50)
    instructed_on = answers.check_past(on, dt.date(day.year - 5, 1, 1), day) if office else day
    if reply_on is None:
        raise Refused("reply_on", "请填写答复时限。")
    answers.check_due(session, "reply_on", reply_on, day)
    names = _units(session, unit_ids)
    if confidential:
        for unit_id in answers.without_part(session, [(issue_id, measure_id)], list(names), day)[:1]:
            raise Refused("units", "这一事项属于保密批次，“%(unit)s”没有承担它，不能批给它。", unit=names[unit_id])
    made = models.Instruction(
        inspection_id=inspection_id,
        issue_id=issue_id,
        measure_id=measure_id,
        leader_name=leader_name.strip() if office else (by.full_name or by.user_name),
        leader_id=None if office else by.user_id,
        text=text.strip(),
        instructed_on=instructed_on,
        reply_on=reply_on,
        at=at,
        by_id=by.user_id,
        units=[models.InstructionUnit(unit_id=unit_id, name=name, due_on=reply_on) for unit_id, name in names.items()],
    )
    session.add(made)
    session.flush()
    records.write(
        session,
        by,
        at,
        "instruction.give",
        "instruction",
        made.id,
        measure=measure_id,
        issue=issue_id,
        units=list(names.values()),
        due=reply_on,
        behalf=office,
    )
    return made


def _visible_item(
    session: Session, by: access.Person, issue_id: int, measure_id: int | None, day: dt.date
) -> tuple[int, bool]:
    """The inspection in which the person sees the item, and whether that is confidential."""
    of = models.Inspection
    if measure_id is None:
        query = select(of.id, of.confidential).join(models.Issue, models.Issue.inspection_id == of.id)
        query = query.where(models.Issue.id == issue_id, access.sees_issues(by, day))
    else:
        link = models.MeasureLink
        query = select(of.id, of.confidential).select_from(models.Measure)
        query = query.join(link, access.named_by(by, link)).join(of, of.id == link.inspection_id)
        query = query.where(models.Measure.id == measure_id, link.issue_id == issue_id, access.sees_measures(by, day))
    found = session.execute(query).tuples().one_or_none()
    if found is None:
        raise Refused("", "这一事项已不在台账中。")
    return found


def _units(session: Session, unit_ids: Sequence[int]) -> dict[int, str]:
    wanted = list(dict.fromkeys(unit_ids))
    if not 1 <= len(wanted) <= MOST_UNITS:
        raise Refused("units", "请填写1到%(most)s个办理单位。", most=MOST_UNITS)
    unit = models.Unit
    found = dict(session.execute(select(unit.id, unit.name).where(unit.id.in_(wanted))).tuples().all())
    if len(found) != len(wanted):
        raise Refused("units", "有办理单位已不存在，请重新填写。")
    return {unit_id: found[unit_id] for unit_id in wanted}


def withdraw(
    session: Session, made: models.Instruction, *, by: access.Person, reason: str, day: dt.date, at: dt.datetime
) -> None:
    """Take an instruction back, by whoever gave it or the office; its words stay, nothing more is asked."""
    if not may_withdraw(by, made):
        raise Refused("", "只有整改办和作出批示的领导可以撤回。")
    session.refresh(made, with_for_update=True)
    if made.withdrawn_on is not None:
        raise Refused("", "这条批示已经撤回。")
    if not reason.strip():
        raise Refused("reason", "请写明撤回的原因。")
    answers.check_length("reason", reason)
    made.withdrawn_on, made.withdrawn_at, made.withdrawn_by_id = day, at, by.user_id
    made.withdraw_reason = reason.strip()
    session.flush()
    records.write(session, by, at, "instruction.withdraw", "instruction", made.id, reason=reason.strip())


def may_withdraw(by: access.Person, made: models.Instruction) -> bool:
    return by.role == "office" or (by.role == "leader" and by.user_id == made.leader_id)


def check_answerable(unit: models.InstructionUnit) -> dt.date:
    """Whether an instruction still asks its unit for an answer; its day, before which none can have come."""
    if unit.instruction.withdrawn_on is not None:
        raise Refused("", "这条批示已撤回，不需要答复。")
    return unit.instruction.instructed_on


# -- who sees it, and where it stands --------------------------------------------------------------------------------

_made, _unit = models.Instruction, models.InstructionUnit


def sees(person: access.Person) -> ColumnElement[bool]:
    """The condition on Instruction under which a person sees it: office and leaders all but what is hidden from them,
    units what is given to them or to a unit below them."""
    if person.sees_everything:
        return true()
    open_to_him = _made.inspection_id.not_in(sorted(person.hidden_ids)) if person.hidden_ids else true()
    if person.role in access.rows.READS_ALL:
        return open_to_him
    if person.role in answers.ANSWERS:
        mine = aliased(_unit)
        given = exists().where(mine.instruction_id == _made.id, mine.unit_id.in_(sorted(person.tree_ids)))
        return and_(open_to_him, given)
    return false()


def visible(session: Session, person: access.Person, instruction_id: int) -> models.Instruction | None:
    """The instruction, None where it does not exist or is not his to see."""
    if not 0 < instruction_id < 2**31:
        return None
    return session.scalars(select(_made).where(_made.id == instruction_id, sees(person))).one_or_none()


def units_of(person: access.Person, made: models.Instruction) -> list[models.InstructionUnit]:
    """The units of an instruction that a person may see: all, or for a unit those of its own tree."""
    if person.sees_everything or person.role in access.rows.READS_ALL:
        return list(made.units)
    return [unit for unit in made.units if unit.unit_id in person.tree_ids]


def state(made: models.Instruction, units: Sequence[models.InstructionUnit], day: dt.date) -> str:
    """Where an instruction stands with these of its units."""
    return rule.state(units, None, day, issued=True, void=made.withdrawn_on is not None)


def _state(person: access.Person, day: dt.date) -> ColumnElement[str]:
    """`state` in SQL, over the units that the person may see."""
    unit = aliased(_unit)
    all_ = person.sees_everything or person.role in access.rows.READS_ALL
    own = true() if all_ else unit.unit_id.in_(sorted(person.tree_ids))
    waits = (unit.instruction_id == _made.id, own, unit.closed_on.is_(None))
    silent = (*waits, unit.answered_on.is_(None))
    return case(
        (_made.withdrawn_on.is_not(None), literal("void")),
        (exists().where(*silent, unit.due_on < day), literal("overdue")),
        (exists().where(*silent), literal("unanswered")),
        (exists().where(*waits), literal("answered")),
        else_=literal("closed"),
    )


def counts(session: Session, person: access.Person, day: dt.date) -> dict[str, int]:
    """How many instructions the person sees in each state; the rows behind each are `rows`'."""
    states = select(_state(person, day).label("state")).where(sees(person)).subquery()
    found = dict(session.execute(select(states.c.state, func.count()).group_by(states.c.state)).tuples().all())
    return {name: found.get(name, 0) for name in STATES}


def rows(
    session: Session,
    person: access.Person,
    day: dt.date,
    *,
    states: Sequence[str] = STATES,
    before: int | None = None,
    limit: int,
) -> list[tuple[models.Instruction, str]]:
    """The instructions a person sees in these states, each with its state: overdue first, the last given first among
    equals. `before` goes on within one state."""
    now = _state(person, day)
    query = select(_made, now).where(sees(person), now.in_(states))
    if before is not None:
        query = query.where(_made.id < before)
    rank = case({name: place for place, name in enumerate(STATES)}, value=now)
    return list(session.execute(query.order_by(rank, _made.id.desc()).limit(limit)).tuples())


def on(
    session: Session,
    person: access.Person,
    day: dt.date,
    *,
    issue_id: int | None = None,
    measure_id: int | None = None,
) -> list[models.Instruction]:
    """The instructions given by a day on a measure, or on an issue itself, that the person sees; the last one first."""
    if measure_id is not None:
        here = _made.measure_id == measure_id
    else:
        here = and_(_made.issue_id == issue_id, _made.measure_id.is_(None))
    query = select(_made).where(here, _made.instructed_on <= day, sees(person))
    return list(session.scalars(query.order_by(_made.id.desc())))


@dataclass(frozen=True)
class Owed:
    """A unit that owes an answer; `due_on` is the last day in time."""

    instruction_id: int
    leader: str
    unit_id: int
    issue_id: int
    measure_id: int | None
    inspection_id: int
    since_on: dt.date
    due_on: dt.date
    state: str


def owed(session: Session, day: dt.date) -> list[Owed]:
    """All answers that units owe to instructions on a day, the earliest due first."""
    query = (
        select(_unit, _made)
        .join(_made, _made.id == _unit.instruction_id)
        .where(
            _made.instructed_on <= day,
            _made.withdrawn_on.is_(None),
            _unit.closed_on.is_(None),
            _unit.answered_on.is_(None),
        )
        .order_by(_unit.due_on, _unit.id)
    )
    return [
        Owed(
            made.id,
            made.leader_name,
            unit.unit_id,
            made.issue_id,
            made.measure_id,
            made.inspection_id,
            made.instructed_on,
            unit.due_on or made.reply_on,
            rule.state_of(unit, None, day),
        )
        for unit, made in session.execute(query).tuples()
    ]
