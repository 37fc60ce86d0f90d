"""Time limits: extended, corrected, answered (S2, S11; R9, R50). The original one is never overwritten."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import former, inbox, models, records, standing
from rectify.reading.draft import Question
from rectify.records import Actor
from rectify.rules import deadlines
from rectify.rules.deadlines import Counted, Deadline

from .common import (
    Item,
    Refused,
    about,
    clean,
    columns_of,
    counted_columns,
    issue_of,
    kind_of,
    limit_columns,
    limit_of,
    measure_ids,
    office_only,
    path_of,
    required,
    sensible,
    set_fields,
    standing_still,
    unfinished,
    write_standings,
)
from .inspections import InspectionForm
from .questions import KEEP, Calendar, answer_deadline


def extend(
    session: Session,
    item: Item,
    *,
    new_deadline_on: dt.date,
    approved_on: dt.date,
    document_number: str,
    reason: str,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> models.Extension:
    """A later deadline, approved with a document (延期); the original one is never overwritten (R50).

    In force from `day`: an approval printed with an earlier day is kept and shown, but moves nothing back (S2).
    """
    office_only(by)
    standing_still(item)
    number = required(document_number, "批准延期的文号")[:100]
    reason = required(reason, "延期的原因")
    sensible(new_deadline_on, "延期后的时限")
    sensible(approved_on, "批准日期")
    old_on, original_on = _deadline_in_force(session, item)
    if old_on is None:
        raise Refused("还没有确定的整改时限，不能延期；请先答复待确认的时限。")
    if new_deadline_on <= old_on:
        raise Refused("延期后的时限必须晚于现行时限%(old)s，请改正。", old=old_on)
    if approved_on > day:
        raise Refused("批准日期不能晚于今天（%(day)s）。", day=day)
    unfinished(session, item, day, "延期")
    made = models.Extension(
        **columns_of(item),
        old_deadline_on=old_on,
        new_deadline_on=new_deadline_on,
        approved_on=approved_on,
        recorded_on=day,
        at=at,
        by_id=by.user_id,
        document_number=number,
        reason=reason,
    )
    session.add(made)
    former.keep_limit(session, item, day, at)
    _give_deadline(session, item, new_deadline_on, original_on)
    session.flush()
    write_standings(session, item, day, at)
    records.write(
        session,
        by,
        at,
        f"{kind_of(item)}.extend",
        kind_of(item),
        item.id,
        old=old_on,
        new=new_deadline_on,
        document=number,
        approved_on=approved_on,
    )
    told = {"old_on": old_on, "new_on": new_deadline_on, "document": number}
    workers = inbox.working_on(day, **columns_of(item))
    inbox.tell(session, workers, "extended", told, path_of(item), at, **columns_of(item), but=by.user_id)
    return made


def correct_deadline(
    session: Session,
    item: Item,
    *,
    new_deadline_on: dt.date | None,
    effect_on: dt.date,
    reason: str,
    long_term: bool | None = None,
    counted: Counted | None = None,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> models.Correction:
    """A mistaken date put right with effect from an earlier day; every reading that rests on it is marked 更正 (S2).

    Without a new date the item must be long-term. The original deadline follows unless an extension came between.
    `counted`: the new date is the same time limit counted anew, and may be so again.
    """
    office_only(by)
    standing_still(item)
    reason = required(reason, "更正的原因")
    sensible(new_deadline_on, "整改时限")
    sensible(effect_on, "生效日期")
    if effect_on > day:
        raise Refused("更正的生效日期不能晚于今天（%(day)s）。", day=day)
    long_term = item.long_term if long_term is None else long_term
    if new_deadline_on is None and not long_term:
        raise Refused("请填写正确的整改时限；没有截止日期的须注明长期坚持。")
    old_on, original_on = _deadline_in_force(session, item)
    if (old_on, item.long_term) == (new_deadline_on, long_term):
        raise Refused("更正后的时限与现行时限相同，没有需要更正的内容。")
    in_force = func.max(func.coalesce(models.Extension.recorded_on, models.Extension.approved_on))
    extended = session.scalar(select(in_force).where(about(models.Extension, item)))
    if extended is not None and effect_on < extended:
        raise Refused("该时限已于%(on)s获批延期，更正只能从那一天或之后生效。", on=extended)
    made = models.Correction(
        **columns_of(item),
        old_deadline_on=old_on,
        new_deadline_on=new_deadline_on,
        effect_on=max(effect_on, item.begins_on),
        corrected_on=day,
        at=at,
        by_id=by.user_id,
        reason=reason,
    )
    session.add(made)
    former.keep_limit(session, item, made.effect_on, at)
    _give_deadline(session, item, new_deadline_on, new_deadline_on if extended is None else original_on)
    item.long_term, item.deadline_corrected = long_term, True
    if counted is not None:
        set_fields(item, {"deadline_kind": "relative", **counted_columns(counted)})
    item.question = ""
    session.flush()
    standing.write(session, measure_ids(session, item), day=day, at=at, effect_on=made.effect_on)
    records.write(
        session,
        by,
        at,
        f"{kind_of(item)}.correct",
        kind_of(item),
        item.id,
        old=old_on,
        new=new_deadline_on,
        effect_on=made.effect_on,
        reason=reason,
    )
    return made


def renew_deadline(
    session: Session,
    item: Item,
    limit: Deadline,
    *,
    approved_on: dt.date,
    document_number: str,
    reason: str,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> None:
    """The time limit that a newer version of the plan gives an item, by the act that such a change is.

    A later date extends; any other change of a date corrects it from `day` on; where there was none it is answered.
    A date cannot become 立行立改: Refused.
    """
    old_on, _original_on = _deadline_in_force(session, item)
    acting: dict[str, Any] = {"by": by, "day": day, "at": at}
    if old_on is None:
        answer_question(session, item, _phrase(limit), **acting)
        old_on = limit.date
    elif limit.date is None and not limit.long_term:
        raise Refused("该项有截止日期，不能改为立行立改。")
    if limit.date is not None and old_on is not None and limit.date > old_on:
        extend(
            session,
            item,
            new_deadline_on=limit.date,
            approved_on=approved_on,
            document_number=document_number,
            reason=reason,
            **acting,
        )
        old_on = limit.date
    if old_on is not None and (old_on, _is_long_term(session, item)) != (limit.date, limit.long_term):
        correct_deadline(
            session,
            item,
            new_deadline_on=limit.date,
            effect_on=day,
            reason=reason,
            long_term=limit.long_term,
            **acting,
        )


def _phrase(limit: Deadline) -> str:
    """A time limit in words that read back as the same."""
    flag = "长期坚持" if limit.long_term else "立行立改"
    if limit.date is None:
        return flag
    return f"{limit.date}，{flag}" if limit.long_term else limit.date.isoformat()


def _is_long_term(session: Session, item: Item) -> bool:
    """Whether the flag holds for an item, of its own or, without a limit of its own, of its issue."""
    return item.long_term or item.deadline_kind == "none" and issue_of(session, item).long_term


def answer_question(session: Session, item: Item, answer: str, *, by: Actor, day: dt.date, at: dt.datetime) -> None:
    """Answer what is asked about an item (待确认), from `day` on: a date or phrase, or "keep" to let it stand.

    "feedback" and "issued" count a relative deadline (三个月内) from those days of the inspection.
    """
    office_only(by)
    standing_still(item)
    asked = item.question
    issue = issue_of(session, item)
    inspection = session.get_one(models.Inspection, issue.inspection_id)
    old = Deadline(
        item.deadline_raw,
        item.deadline_on,
        item.start_on,
        next(kind for kind in deadlines.KINDS if kind == item.deadline_kind),
        item.long_term,
        item.deadline_inferred,
    )
    answer = clean(answer)
    if not answer:
        raise Refused("请填写答复：截止日期、长期坚持，或选择按现有内容处理。")
    if not asked and old.date is not None:
        raise Refused("这里没有待确认的问题；变动时限请办理延期或更正。")
    if answer not in KEEP:
        form = InspectionForm(inspection.name, feedback_on=inspection.feedback_on, issued_on=inspection.issued_on)
        question = Question(where="整改时限", ask=asked)
        limit = answer_deadline(answer, old, question, form, Calendar(session))
        former.keep_limit(session, item, day, at)
        for name, value in limit_columns(limit, None).items():
            if name != "start_on" or value is not None:
                setattr(item, name, value)
        if item.start_on != old.start:
            former.keep(session, item, {"start_on": old.start}, day, at)
        item.deadline_corrected = False
    elif old.kind in ("ask", "relative"):
        raise Refused("这里需要一个截止日期，请填写日期，或注明长期坚持。")
    item.question = ""
    session.flush()
    write_standings(session, item, day, at)
    records.write(
        session,
        by,
        at,
        f"{kind_of(item)}.answer",
        kind_of(item),
        item.id,
        asked=asked,
        answer=answer,
        deadline_on=item.deadline_on,
    )


def _deadline_in_force(session: Session, item: Item) -> tuple[dt.date | None, dt.date | None]:
    """(deadline in force, original deadline) of an item, resolved against its issue (S1)."""
    limit = limit_of(session, item)
    return limit.deadline_on, limit.original_deadline_on or limit.deadline_on


def _give_deadline(session: Session, item: Item, new_deadline_on: dt.date | None, original_on: dt.date | None) -> None:
    if item.deadline_kind == "none" and isinstance(item, models.Measure):
        issue = issue_of(session, item)
        item.deadline_raw, item.long_term = issue.deadline_raw, item.long_term or issue.long_term
    item.deadline_kind = "date" if new_deadline_on is not None else "long_term"
    item.deadline_on, item.original_deadline_on = new_deadline_on, original_on
    item.deadline_inferred = item.deadline_corrected = False
    set_fields(item, counted_columns(None))
