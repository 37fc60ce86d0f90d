"""What units answer to letters and instructions: given, with files, then accepted or returned.

Whether a unit was asked at all is `letters`' and `instructions`'. Each act checks the right, writes its rows and, last,
the trail; none commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from rectify import access, calendar, files, models, records
from rectify.access.sentences import Refused
from rectify.rules.workdays import next_workday

ANSWERS = ("lead", "clerk", "supervisor")
"""Whose accounts answer for their units."""
LONGEST = 5000
Asked = models.LetterUnit | models.InstructionUnit


def what(asked: Asked) -> tuple[str, int]:
    """What the unit was asked by, as the trail names it."""
    if isinstance(asked, models.LetterUnit):
        return "letter", asked.letter_id
    return "instruction", asked.instruction_id


def asked_of(answer: models.Answer, session: Session) -> Asked:
    """Whose answer it is: the unit of a letter or of an instruction."""
    if answer.letter_unit_id is not None:
        return session.get_one(models.LetterUnit, answer.letter_unit_id)
    return session.get_one(models.InstructionUnit, answer.instruction_unit_id)


def acts_for(by: access.Person, asked: Asked) -> bool:
    """Whether a person acts for the unit asked: one of its accounts. A superior unit sees it and does not act."""
    return by.role in ANSWERS and asked.unit_id in by.unit_ids


def decides(by: access.Person, asked: Asked) -> bool:
    """Whether a person accepts or returns the unit's answer: the office, or the leader who instructed."""
    if by.role == "office":
        return True
    return (
        isinstance(asked, models.InstructionUnit) and by.role == "leader" and asked.instruction.leader_id == by.user_id
    )


def open_answer(session: Session, asked: Asked) -> models.Answer | None:
    """The answer that waits for a decision, None where there is none."""
    query = select(models.Answer).where(_of(asked), models.Answer.state == "open")
    return session.scalars(query.order_by(models.Answer.id.desc()).limit(1)).one_or_none()


def of(session: Session, asked: Asked) -> list[models.Answer]:
    """All answers of a unit, the first one first."""
    return list(session.scalars(select(models.Answer).where(_of(asked)).order_by(models.Answer.id)))


def give(
    session: Session,
    asked: Asked,
    *,
    by: access.Person,
    text: str,
    on: dt.date | None = None,
    since: dt.date,
    day: dt.date,
    at: dt.datetime,
) -> models.Answer:
    """A unit's answer; the office records one that came on paper with the day it came, `on`, not before `since`."""
    behalf = by.role == "office"
    if not behalf and not acts_for(by, asked):
        raise Refused("", "只有收文单位的账号可以回复。")
    alone(session, asked)
    if asked.closed_on is not None:
        raise Refused("", "已办结，不需要再回复。")
    if asked.answered_on is not None:
        raise Refused("", "已有一份回复在等待认定，请等认定后再回复。")
    if not text.strip():
        raise Refused("text", "请填写回复内容，写明办理结果。")
    check_length("text", text)
    answered_on = check_past(on, since, day) if behalf else day
    answer = models.Answer(
        text=text.strip(),
        answered_on=answered_on,
        at=at,
        by_id=by.user_id,
        on_behalf=behalf,
        due_on=asked.due_on,
    )
    if isinstance(asked, models.LetterUnit):
        answer.letter_unit_id = asked.id
    else:
        answer.instruction_unit_id = asked.id
    asked.answered_on = answered_on
    session.add(answer)
    session.flush()
    item, item_id = what(asked)
    records.write(
        session,
        by,
        at,
        f"{item}.answer",
        item,
        item_id,
        unit=asked.name,
        on=answered_on,
        due=asked.due_on,
        behalf=behalf,
    )
    return answer


def attach(
    session: Session, answer: models.Answer, *, name: str, stored: files.Stored, by: access.Person, at: dt.datetime
) -> None:
    """A file that came with an answer; it is on disk already (FI-09). The same content twice is one row (F34)."""
    held = select(models.AnswerFile.sha256).where(models.AnswerFile.answer_id == answer.id)
    already = set(session.scalars(held))
    if stored.sha256 in already:
        return
    if len(already) >= files.MAX_FILES:
        raise Refused("files", "一次最多上传%(most)s个佐证材料，请合并或分次上传。", most=files.MAX_FILES)
    session.add(
        models.AnswerFile(
            answer_id=answer.id,
            name=files.clean_name(name),
            media_type=stored.media_type,
            sha256=stored.sha256,
            size=stored.size,
            by_id=by.user_id,
            at=at,
        )
    )
    item, item_id = what(asked_of(answer, session))
    records.write(session, by, at, f"{item}.attach", item, item_id, sha256=stored.sha256, size=stored.size)


def accept(
    session: Session, answer: models.Answer, *, by: access.Person, reason: str = "", day: dt.date, at: dt.datetime
) -> None:
    """The answer will do: what was asked of the unit is closed."""
    asked = _decide(session, answer, by, reason, "accepted", day, at)
    asked.closed_on = day
    _write(session, answer, asked, by, at, "accept")


def return_(
    session: Session,
    answer: models.Answer,
    *,
    by: access.Person,
    reason: str,
    due_on: dt.date | None,
    day: dt.date,
    at: dt.datetime,
) -> None:
    """The answer will not do: it is asked for again until `due_on`, or until the day that stood (None)."""
    if not reason.strip():
        raise Refused("reason", "请写明退回的原因，让单位知道要补充什么。")
    if due_on is not None:
        check_due(session, "due_on", due_on, day)
    asked = _decide(session, answer, by, reason, "returned", day, at)
    asked.due_on = answer.next_due_on = due_on or asked.due_on
    asked.answered_on = None
    _write(session, answer, asked, by, at, "return")


def _decide(
    session: Session, answer: models.Answer, by: access.Person, reason: str, state: str, day: dt.date, at: dt.datetime
) -> Asked:
    asked = asked_of(answer, session)
    if not decides(by, asked):
        raise Refused("", "只有整改办和作出批示的领导可以认定回复。")
    alone(session, asked)
    session.refresh(answer)
    if answer.state != "open":
        raise Refused("", "这份回复已经认定过，请刷新后查看。")
    check_length("reason", reason)
    answer.state, answer.reason = state, reason.strip()
    answer.decided_on, answer.decided_at, answer.decided_by_id = day, at, by.user_id
    return asked


def _write(session: Session, answer: models.Answer, asked: Asked, by: access.Person, at: dt.datetime, act: str) -> None:
    item, item_id = what(asked)
    session.flush()
    records.write(
        session, by, at, f"{item}.{act}_answer", item, item_id, unit=asked.name, reason=answer.reason, due=asked.due_on
    )


def alone(session: Session, asked: Asked) -> None:
    """Read a unit's row anew and hold it to the end of the transaction: of two acts at once one sees the other's."""
    session.flush()
    session.refresh(asked, with_for_update=True)


def check_due(session: Session, field: str, due_on: dt.date, day: dt.date) -> None:
    """A day by which something is asked: after the day on which it is asked, and worked (R27)."""
    if due_on <= day:
        raise Refused(field, "%(day)s不晚于今天，请改为今天以后的工作日。", day=due_on)
    if due_on.year > day.year + 5:
        raise Refused(field, "%(day)s的年份不对，请改正。", day=due_on)
    worked = next_workday(calendar.load(session), due_on)
    if worked != due_on:
        raise Refused(field, "%(day)s不是工作日，可改为%(next)s。", day=due_on, next=worked)


def check_past(on: dt.date | None, since: dt.date, day: dt.date) -> dt.date:
    """The day of something that happened on paper: not before it could, not in the future."""
    if on is None:
        raise Refused("on", "请填写日期。")
    if not since <= on <= day:
        raise Refused("on", "日期应在%(since)s和今天之间，请核对。", since=since)
    return on


def check_length(field: str, text: str, most: int = LONGEST) -> None:
    if len(text) > most:
        raise Refused(field, "不能超过%(most)s字，请精简。", most=most)


Item = tuple[int, int | None]
"""The ids of an issue and of its measure; None where the issue itself is meant."""


def part_in(about: Sequence[Item], day: dt.date) -> ColumnElement[bool]:
    """The condition on Assignment under which it gives its unit a part in one of the items on a day."""
    part, link = models.Assignment, models.MeasureLink
    measures = [measure_id for _, measure_id in about if measure_id is not None]
    issues = [issue_id for issue_id, measure_id in about if measure_id is None]
    of_issue = select(link.measure_id).where(link.issue_id.in_(issues))
    holds = and_(part.since_on <= day, or_(part.until_on.is_(None), part.until_on > day))
    mine = or_(part.measure_id.in_(measures), part.issue_id.in_(issues), part.measure_id.in_(of_issue))
    return and_(holds, mine)


def without_part(session: Session, about: Sequence[Item], unit_ids: Sequence[int], day: dt.date) -> list[int]:
    """Those units that neither have a part in every one of the items nor stand above a unit that has."""
    above = dict(session.execute(select(models.Unit.id, models.Unit.parent_id)).tuples().all())
    allowed = set(unit_ids)
    for one in about:
        mine: set[int] = set()
        for unit_id in session.scalars(select(models.Assignment.unit_id).where(part_in([one], day))):
            at: int | None = unit_id
            while at is not None and at not in mine:
                mine.add(at)
                at = above.get(at)
        allowed &= mine
    return [unit_id for unit_id in unit_ids if unit_id not in allowed]


def _of(asked: Asked) -> ColumnElement[bool]:
    if isinstance(asked, models.LetterUnit):
        return models.Answer.letter_unit_id == asked.id
    return models.Answer.instruction_unit_id == asked.id
