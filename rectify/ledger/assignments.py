"""Which unit has which part in an issue or a measure, and how measures inherit it (S1).

Whose rows a person sees by that is `access`'.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from rectify import access, inbox, models, records
from rectify.records import Actor

from .common import Item, Refused, about, columns_of, issue_of, kind_of, office_only, path_of, standing_still

FAMILIES = (("lead", "responsible"), ("cooperating",), ("supervising",), ("acceptance",))
"""A measure with an own unit of a family inherits nobody of that family from its issue."""

_FAMILY = {role: number for number, roles in enumerate(FAMILIES) for role in roles}


class Part(NamedTuple):
    """A unit's part in an item: columns of models.Assignment."""

    unit_id: int
    role: str
    inherited: bool = False
    answers: bool = False


def spread(on_issue: Sequence[Part], on_measures: Sequence[Sequence[Part]]) -> tuple[list[Part], list[list[Part]]]:
    """All parts in an issue and in its measures, from the own ones of each: copies added, `answers` set.

    A measure takes the issue's units of every family of which it has none itself. An issue that names no unit that
    answers carries those of its measures, so that rankings by issue find it.
    """
    measures = []
    for own in on_measures:
        families = {_FAMILY[part.role] for part in own}
        copies = [Part(p.unit_id, p.role, True, p.answers) for p in on_issue if _FAMILY[p.role] not in families]
        measures.append(_answering([*own, *copies]))
    issue = list(on_issue)
    if not any(_FAMILY[part.role] == 0 for part in issue):
        raised = {Part(p.unit_id, p.role, inherited=True): None for parts in measures for p in parts if p.answers}
        issue += list(raised)
    return _answering(issue), measures


def _answering(parts: Sequence[Part]) -> list[Part]:
    word = "lead" if any(part.role == "lead" for part in parts) else "responsible"
    return [Part(p.unit_id, p.role, p.inherited, p.role == word) for p in parts]


def spread_assignments(session: Session, issue_id: int, day: dt.date) -> None:
    """Bring the inherited copies and `answers` of an issue and of the measures at home in it in line, from `day` on.

    Rows that no longer hold end on `day`; the past stays. Three statements to read, whatever the issue holds.
    """
    session.flush()
    link, measure, row = models.MeasureLink, models.Measure, models.Assignment
    measure_ids = list(
        session.scalars(
            select(link.measure_id)
            .join(measure, measure.id == link.measure_id)
            .where(link.issue_id == issue_id, link.home, measure.withdrawn_on.is_(None))
            .order_by(link.seq)
        )
    )
    held = session.scalars(
        select(row)
        .where(or_(row.issue_id == issue_id, row.measure_id.in_(measure_ids)), row.until_on.is_(None))
        .order_by(row.id)
    ).all()
    of_item: dict[int | None, list[models.Assignment]] = defaultdict(list)
    for one in held:
        of_item[one.measure_id].append(one)
    own = {key: [Part(r.unit_id, r.role) for r in of_item[key] if not r.inherited] for key in (None, *measure_ids)}
    on_issue, on_measures = spread(own[None], [own[key] for key in measure_ids])
    for key, parts in zip((None, *measure_ids), (on_issue, *on_measures), strict=True):
        _hold(session, of_item[key], parts, issue_id if key is None else None, key, day)
    session.flush()


def _hold(
    session: Session,
    held: Sequence[models.Assignment],
    parts: Sequence[Part],
    issue_id: int | None,
    measure_id: int | None,
    day: dt.date,
) -> None:
    wanted = dict.fromkeys(parts)
    for row in held:
        part = Part(row.unit_id, row.role, row.inherited, row.answers)
        if part in wanted:
            wanted.pop(part)
        else:
            _end(session, row, day)
    for part in wanted:
        session.add(
            models.Assignment(issue_id=issue_id, measure_id=measure_id, since_on=day, until_on=None, **part._asdict())
        )


def _end(session: Session, row: models.Assignment, day: dt.date) -> None:
    if row.since_on >= day:  # it never held for a whole day
        session.delete(row)
    else:
        row.until_on = day


def assign(
    session: Session,
    item: Item,
    role: str,
    unit_ids: Iterable[int],
    *,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> bool:
    """The units that have this part in an issue or measure from `day` on, instead of those it had; whether any changed.

    On a measure an empty list gives it back to its issue's units.
    """
    office_only(by)
    standing_still(item)
    if role not in models.ASSIGNMENT_ROLES:
        raise Refused("请选择牵头、责任、配合、督导或验收。")
    wanted = list(dict.fromkeys(unit_ids))
    known = set(session.scalars(select(models.Unit.id).where(models.Unit.id.in_(wanted), models.Unit.active)))
    if set(wanted) - known:
        raise Refused("所选的单位不存在或已停用，请重新选择。")
    session.flush()
    rows = session.scalars(
        select(models.Assignment)
        .where(about(models.Assignment, item), models.Assignment.role == role, ~models.Assignment.inherited)
        .where(models.Assignment.until_on.is_(None))
        .order_by(models.Assignment.id)
    ).all()
    had = [row.unit_id for row in rows]
    if set(had) == set(wanted):
        return False
    for row in rows:
        if row.unit_id not in wanted:
            _end(session, row, day)
    for unit_id in wanted:
        if unit_id not in had:
            session.add(models.Assignment(**columns_of(item), unit_id=unit_id, role=role, since_on=day))
    spread_assignments(session, issue_of(session, item).id, day)
    records.write(session, by, at, f"{kind_of(item)}.assign", kind_of(item), item.id, part=role, old=had, new=wanted)
    tell_assigned(session, item, role, [unit_id for unit_id in wanted if unit_id not in had], by, at)
    return True


def tell_assigned(session: Session, item: Item, role: str, unit_ids: Iterable[int], by: Actor, at: dt.datetime) -> None:
    """Tell those who act for these units that an item is theirs now, and in which part."""
    for unit in session.scalars(select(models.Unit).where(models.Unit.id.in_(list(unit_ids)))):
        people = inbox.acting_for(unit.id, roles=access.rows.BY_ASSIGNMENT)
        told = {"unit": unit.name, "part": role}
        inbox.tell(session, people, "assigned", told, path_of(item), at, **columns_of(item), but=by.user_id)


def first_units(session: Session, item: Item, units: Mapping[str, Sequence[int]], day: dt.date) -> None:
    wanted = {unit_id for ids in units.values() for unit_id in ids}
    known = set(session.scalars(select(models.Unit.id).where(models.Unit.id.in_(wanted), models.Unit.active)))
    if wanted - known or set(units) - set(models.ASSIGNMENT_ROLES):
        raise Refused("所选的单位不存在或已停用，请重新选择。")
    for role, ids in units.items():
        for unit_id in dict.fromkeys(ids):
            session.add(models.Assignment(**columns_of(item), unit_id=unit_id, role=role, since_on=day))
