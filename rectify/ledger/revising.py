"""What is to be reached by when: milestones, a countable target and its planned figures, entered and revised (S5, S7).

A milestone stays the same one, with its marks, when its date or text changes. Moving or removing what the ledger held
before today is a revision: it rests on an approval, and what stood before is kept with it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from rectify import former, models, records, standing
from rectify.records import Actor
from rectify.rules import quantities, schedule

from .common import (
    Item,
    Refused,
    about,
    clean,
    columns_of,
    issue_of,
    kind_of,
    limit_of,
    office_only,
    required,
    sensible,
    set_fields,
    standing_still,
    write_standings,
)

SAME_MILESTONE: tuple[Callable[[dt.date, str], object], ...] = (
    lambda due_on, text: (due_on, text),
    lambda due_on, text: text,
    lambda due_on, text: due_on,
)
"""By what a milestone typed is known for one that is held: the first that fits."""


@dataclass(frozen=True)
class Approval:
    """What a revision rests on: why, the number of the document, and the day printed on it."""

    reason: str = ""
    document_number: str = ""
    approved_on: dt.date | None = None


@dataclass(frozen=True)
class Stone:
    """A milestone as typed; `id` is that of the one held which it is, None for a new one; `target_state` of
    models.TARGET_STATES."""

    due_on: dt.date
    text: str
    target_state: str = ""
    id: int | None = None


@dataclass(frozen=True)
class PlanForm:
    """The plan of a measure or an issue as typed; an issue has milestones alone. `gone` are ids of milestones to be
    removed; one that is in neither list stays as it is. `points` are all planned figures by day."""

    milestones: Sequence[Stone] = ()
    gone: Collection[int] = ()
    start_on: dt.date | None = None
    target_quantity: Decimal | int | None = None
    target_unit: str = ""
    points: Sequence[tuple[dt.date, Decimal | int]] = ()


class Changed(NamedTuple):
    """One thing that changed: `what` is milestone, point, target or start; None: it was not there, or is no more.

    `revises`: it moves or removes what was held before that day.
    """

    what: str
    was: dict[str, Any] | None
    now: dict[str, Any] | None
    revises: bool = False

    def __str__(self) -> str:
        said = [" ".join(str(value) for value in one.values() if value) if one else "—" for one in (self.was, self.now)]
        return " → ".join(said)


def revise_plan(
    session: Session, item: Item, form: PlanForm, approval: Approval, *, by: Actor, day: dt.date, at: dt.datetime
) -> bool:
    """Enter or revise what is to be reached by when, in force from `day`; whether anything changed.

    The day printed on the approval is kept and moves nothing back (S2).
    """
    office_only(by)
    standing_still(item)
    changes: list[Changed] = []
    if isinstance(item, models.Measure):
        check_target(form.start_on, form.target_quantity, form.points)
        held = set(planned_points(session, [item.id])[item.id])
        changes += retarget(session, item, form.start_on, form.target_quantity, form.target_unit, day, at)
        check_line(session, item, [pair for pair in form.points if pair not in held])
        changes += set_points(session, item, form.points, day)
    changes += _revise_milestones(session, item, form, by, day, at)
    if not changes:
        return False
    if any(change.revises for change in changes):
        approval = _whole(approval, day)
    flag_modified(item, "begins_on")  # whoever opened the form before sees that it was changed since
    keep_revision(session, item, changes, approval, by, day, at)
    session.flush()
    write_standings(session, item, day, at)
    records.write(
        session,
        by,
        at,
        f"{kind_of(item)}.revise",
        kind_of(item),
        item.id,
        changes=[str(change) for change in changes],
        reason=approval.reason,
        document=approval.document_number,
        approved_on=approval.approved_on,
    )
    return True


def keep_revision(
    session: Session,
    item: Item,
    changes: Sequence[Changed],
    approval: Approval,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> None:
    """Keep what a revision changed, with what it rests on; a first entry or a text put right is none."""
    if not any(change.revises for change in changes):
        return
    session.add(
        models.PlanRevision(
            **columns_of(item),
            recorded_on=day,
            approved_on=approval.approved_on or day,
            at=at,
            by_id=by.user_id,
            document_number=clean(approval.document_number)[:100],
            reason=clean(approval.reason),
            changes=[{"what": change.what, "was": change.was, "now": change.now} for change in changes],
        )
    )


def _whole(approval: Approval, day: dt.date) -> Approval:
    """The approval of a revision, nothing of it missing."""
    number, reason, approved_on = clean(approval.document_number), clean(approval.reason), approval.approved_on
    if not (number and reason and approved_on):
        raise Refused("移动或删除原有的阶段性目标、计划进度或量化目标，请填写调整原因、批准文号和批准日期。")
    sensible(approved_on, "批准日期")
    if approved_on > day:
        raise Refused("批准日期不能晚于今天（%(day)s）。", day=day)
    if len(number) > 100:
        raise Refused("批准文号不能超过100字，请改正。")
    return Approval(required(reason, "调整原因"), number, approved_on)


# -- the target and its planned figures ------------------------------------------------------------------------------


def check_target(
    start_on: dt.date | None, quantity: Decimal | int | None, points: Sequence[tuple[dt.date, Decimal | int]]
) -> None:
    """Refuse a target and planned figures that cannot be."""
    sensible(start_on, "计划启动日期")
    if quantity is not None and quantity <= 0:
        raise Refused("量化目标应为大于0的数，最多三位小数，例如3.5。")
    if points and quantity is None:
        raise Refused("填写了计划进度，请同时填写量化目标。")
    if any(count < 0 or count > (quantity or 0) for _, count in points):
        raise Refused("计划进度的数量应在0与量化目标之间，请改正。")
    for on, _count in points:
        sensible(on, "计划进度的日期")


def check_line(session: Session, measure: models.Measure, points: Sequence[tuple[dt.date, Decimal | int]]) -> None:
    """Refuse planned figures that the planned line of the measure, as its start, target and deadline are, leaves out."""
    out = points_left_out(session, measure, points)
    if out:
        start_on, deadline_on = _ends(session, measure)
        raise Refused(
            "计划进度%(on)s不在计划启动日期（%(start)s）与整改时限（%(deadline)s）之间，不计入计划线，没有保存；"
            "请改正这一行的日期，或删除这一行。",
            on=out[0],
            start=start_on or "—",
            deadline=deadline_on or "—",
        )


def points_left_out(
    session: Session, measure: models.Measure, points: Sequence[tuple[dt.date, Decimal | int]]
) -> list[dt.date]:
    """The days of those planned figures that the planned line of a measure leaves out."""
    if measure.target_quantity is None or not points:
        return []
    return schedule.left_out(points, *_ends(session, measure), measure.target_quantity)


def _ends(session: Session, measure: models.Measure) -> tuple[dt.date | None, dt.date | None]:
    """From when to when the planned line of a measure runs: its start and its deadline, None where there is none."""
    issue = issue_of(session, measure)
    inspection = session.get_one(models.Inspection, issue.inspection_id)
    by_rule = inspection.issued_on if inspection.starts_on_issue_date else None
    return measure.start_on or issue.start_on or by_rule, limit_of(session, measure).deadline_on


def retarget(
    session: Session,
    measure: models.Measure,
    start_on: dt.date | None,
    quantity: Decimal | int | None,
    unit: str,
    day: dt.date,
    at: dt.datetime,
) -> list[Changed]:
    """Set a measure's planned start, its target and the unit; what changed."""
    was = _target(measure)
    values = {"target_quantity": quantity, "target_unit": clean(unit)[:20], "start_on": start_on}
    old = set_fields(measure, values)
    former.keep(session, measure, {name: old[name] for name in ("target_quantity", "start_on") if name in old}, day, at)
    held = measure.begins_on < day
    changes = []
    if {"target_quantity", "target_unit"} & set(old):
        changes.append(Changed("target", was, _target(measure), held and "target_quantity" in old and was is not None))
    if "start_on" in old:
        started, starts = ({"on": on.isoformat()} if on else None for on in (old["start_on"], start_on))
        changes.append(Changed("start", started, starts, held and started is not None))
    return changes


def _target(measure: models.Measure) -> dict[str, Any] | None:
    if measure.target_quantity is None:
        return None
    return {"quantity": quantities.plain(measure.target_quantity), "unit": measure.target_unit}


def set_points(
    session: Session, measure: models.Measure, typed: Sequence[tuple[dt.date, Decimal | int]], day: dt.date
) -> list[Changed]:
    """Revise the planned figures: a revised point replaces the later ones from the day of its approval (S7)."""
    wanted = sorted(dict(typed).items())
    stood = planned_points(session, [measure.id])[measure.id]
    if wanted == stood:
        return []
    rows = session.scalars(select(models.PlannedPoint).where(models.PlannedPoint.measure_id == measure.id)).all()
    for row in rows:
        if row.approved_on >= day:
            session.delete(row)
    session.flush()
    held = planned_points(session, [measure.id])[measure.id]
    common = next((n for n, pair in enumerate(zip(wanted, held, strict=False)) if pair[0] != pair[1]), None)
    common = min(len(wanted), len(held)) if common is None else common
    revised = wanted[common:]
    if held[common:] and (not revised or revised[0][0] > held[common][0]):
        if common == 0:
            raise Refused("最早的计划时间点%(on)s不能删除，可以改它的数量。", on=held[0][0])
        revised = [wanted[common - 1], *revised]  # approved again, so that what came after it is replaced
    for due_on, quantity in revised:
        session.add(models.PlannedPoint(measure_id=measure.id, due_on=due_on, quantity=quantity, approved_on=day))
    was, now, before = dict(stood), dict(wanted), dict(held)
    return [
        Changed("point", _point(on, was), _point(on, now), on in before and before[on] != now.get(on))
        for on in sorted({*was, *now})
        if was.get(on) != now.get(on)
    ]


def _point(on: dt.date, points: Mapping[dt.date, Decimal | int]) -> dict[str, Any] | None:
    return {"on": on.isoformat(), "quantity": quantities.plain(points[on])} if on in points else None


def planned_points(
    session: Session, measure_ids: Sequence[int], day: dt.date = dt.date.max
) -> Mapping[int, list[tuple[dt.date, Decimal]]]:
    """The planned figures of measures in force on `day`, (day, quantity) in order of their days."""
    row = models.PlannedPoint
    revisions: dict[int, dict[dt.date, dict[dt.date, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    for start in range(0, len(measure_ids), standing.CHUNK):
        query = select(row).where(
            row.measure_id.in_(measure_ids[start : start + standing.CHUNK]), row.approved_on <= day
        )
        for found in session.scalars(query.order_by(row.approved_on, row.id)):
            revisions[found.measure_id][found.approved_on][found.due_on] = found.quantity
    points: dict[int, list[tuple[dt.date, Decimal]]] = defaultdict(list)
    for measure_id, approved in revisions.items():
        for revised in approved.values():
            kept = [pair for pair in points[measure_id] if pair[0] < min(revised)]
            points[measure_id] = kept + sorted(revised.items())
    return points


# -- milestones ------------------------------------------------------------------------------------------------------


Said = tuple[dt.date, str] | tuple[dt.date, str, str]
"""A milestone as a text or a file says it: day, text and, where states are said at all, the one to be reported by then."""


def milestones_of(said: Sequence[Said]) -> list[Said]:
    """Milestones as said, none without a text."""
    return [(due_on, required(text, "阶段性目标的内容"), *state) for due_on, text, *state in said]  # type: ignore[misc]


def first_milestones(session: Session, item: Item, said: Sequence[Said]) -> None:
    """The milestones of an item that is entered by hand, known from its first day."""
    for stone in (Stone(*one) for one in milestones_of(said)):
        session.add(
            models.Milestone(**columns_of(item), due_on=stone.due_on, text=stone.text, target_state=stone.target_state)
        )


def set_milestones(
    session: Session, item: Item, said: Sequence[Said], by: Actor, day: dt.date, at: dt.datetime
) -> list[Changed]:
    """Bring milestones in line with a text or a newer file: those gone are removed, new ones added; what changed.

    One of the same text on another day was moved, one of the same day with another text was corrected.
    """
    wanted = list(dict.fromkeys(milestones_of(said)))
    held = _held(session, item)
    changes: list[Changed] = []
    for key in SAME_MILESTONE:
        for stone in list(held):
            match = next((one for one in wanted if key(*one[:2]) == key(stone.due_on, stone.text)), None)
            if match is None:
                continue
            held.remove(stone)
            wanted.remove(match)
            changes += _alter(
                session, item, stone, Stone(*match[:2], *(match[2:] or (stone.target_state,))), by, day, at
            )
    changes += [_remove(item, stone, day) for stone in held]
    return changes + [_add(session, item, Stone(*one), day) for one in wanted]


def _revise_milestones(
    session: Session, item: Item, form: PlanForm, by: Actor, day: dt.date, at: dt.datetime
) -> list[Changed]:
    """Bring milestones in line with a form whose rows name those that are held."""
    held = {stone.id: stone for stone in _held(session, item)}
    if not {one.id for one in form.milestones if one.id is not None} | set(form.gone) <= set(held):
        raise Refused("有一个阶段性目标已被他人删除或移走，请重新打开本页再修改。")
    changes: list[Changed] = []
    for typed in form.milestones:
        if typed.target_state not in models.TARGET_STATES:
            raise Refused("请选择届时应达到的状态。")
        sensible(typed.due_on, "阶段性目标的日期")
        typed = Stone(typed.due_on, required(typed.text, "阶段性目标的内容"), typed.target_state, typed.id)
        if typed.id is None:
            changes.append(_add(session, item, typed, day))
        else:
            changes += _alter(session, item, held[typed.id], typed, by, day, at)
    return changes + [_remove(item, held[stone_id], day) for stone_id in sorted(set(form.gone))]


def _held(session: Session, item: Item) -> list[models.Milestone]:
    query = select(models.Milestone).where(about(models.Milestone, item), models.Milestone.withdrawn_on.is_(None))
    return list(session.scalars(query.order_by(models.Milestone.due_on, models.Milestone.id)))


def _alter(
    session: Session,
    item: Item,
    stone: models.Milestone,
    typed: Stone,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> list[Changed]:
    was, moved = _told(stone), stone.due_on != typed.due_on
    if moved:
        remember(session, stone, by, day, at)
    stone.due_on, stone.text, stone.target_state = typed.due_on, typed.text, typed.target_state
    now = _told(stone)
    return [Changed("milestone", was, now, moved and _held_before(item, stone, day))] if was != now else []


def _remove(item: Item, stone: models.Milestone, day: dt.date) -> Changed:
    stone.withdrawn_on = day
    return Changed("milestone", _told(stone), None, _held_before(item, stone, day))


def _add(session: Session, item: Item, typed: Stone, day: dt.date) -> Changed:
    made = models.Milestone(
        **columns_of(item), due_on=typed.due_on, text=typed.text, target_state=typed.target_state, since_on=day
    )
    session.add(made)
    return Changed("milestone", None, _told(made))


def _held_before(item: Item, stone: models.Milestone, day: dt.date) -> bool:
    """Whether the ledger held it before that day; what was typed today may be put right today."""
    return (stone.since_on or item.begins_on) < day


def _told(stone: models.Milestone) -> dict[str, Any]:
    return {"on": stone.due_on.isoformat(), "text": stone.text, "state": stone.target_state}


def remember(session: Session, stone: models.Milestone, by: Actor, day: dt.date, at: dt.datetime) -> None:
    """Keep what a milestone is before its date or its home changes on `day`."""
    session.add(
        models.FormerMilestone(
            milestone_id=stone.id,
            issue_id=stone.issue_id,
            measure_id=stone.measure_id,
            until_on=day,
            at=at,
            by_id=by.user_id,
            due_on=stone.due_on,
        )
    )
