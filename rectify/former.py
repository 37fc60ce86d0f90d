"""What the row of an inspection, an issue or a measure was until a day, for judging the days before as they were judged.

An act that changes what the rule reads says what that was, beside its line in the trail. Deadlines, milestones, planned
figures and all that happened have days of their own and need none of this.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models
from rectify.models import bulk

Item = models.Inspection | models.Issue | models.Measure
ROUND = ("id", "opens_on", "cut_off_on", "grace_days", "name", "cancelled_on")


def keep(session: Session, item: Item, old: Mapping[str, Any], day: dt.date, at: dt.datetime) -> None:
    """Keep what fields of an item were before `day`, the civil day from which it is otherwise. Nothing changed: nothing."""
    if old:
        values = {name: _plain(value) for name, value in old.items()}
        session.add(models.FormerValues(**{column(item): item.id}, until_on=day, at=at, values=values))


def forget(session: Session, item: Item, day: dt.date, at: dt.datetime) -> None:
    """Say that what an item was before `day` cannot be told in values: those days are counted as they were stored."""
    session.add(models.FormerValues(**{column(item): item.id}, until_on=day, at=at, values=None))


def keep_rounds(session: Session, inspection: models.Inspection, day: dt.date, at: dt.datetime) -> None:
    """Keep the rounds of an inspection that are not over, before one is added, moved or dropped."""
    row = models.Round
    rounds = session.execute(
        select(*(getattr(row, name) for name in ROUND))
        .where(row.inspection_id == inspection.id, (row.cut_off_on >= day) | row.opened_at.is_(None))
        .order_by(row.opens_on)
    ).all()
    keep(session, inspection, {"rounds": [[_plain(value) for value in found] for found in rounds]}, day, at)


def on(session: Session, table: type[Item], ids: Iterable[int], day: dt.date) -> dict[int, dict[str, Any]]:
    """What changed after `day` of the items that changed, as it was on that day: ISO strings for days.

    `unknown` where something changed that nobody kept. `rounds_until` is the day on which `rounds` ceased to be so.
    """
    row = models.FormerValues
    owner = getattr(row, f"{table.__tablename__}_id")
    found: dict[int, dict[str, Any]] = {}
    query = select(owner, row.until_on, row.values).where(bulk.among(session, owner, ids), row.until_on > day)
    for item_id, until_on, values in session.execute(query.order_by(row.until_on, row.id)):
        was = {"unknown": True} if values is None else dict(values)
        if "rounds" in was:
            was["rounds_until"] = until_on.isoformat()
        found[item_id] = was | found.get(item_id, {})  # the first change after the day tells what it was
    return found


def column(item: Item) -> str:
    return f"{item.__tablename__}_id"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
