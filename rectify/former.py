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
    settled: set[tuple[int, str]] = set()
    query = select(owner, row.until_on, row.values).where(bulk.among(session, owner, ids))
    for item_id, until_on, values in session.execute(query.order_by(row.id.desc())):  # from the last act back
        was = {"unknown": True} if values is None else dict(values)
        if until_on <= day:
            # What this act made of it held on the day, whatever an earlier one with a later effect says.
            settled |= {(item_id, name) for name in was}
            continue
        if "rounds" in was:
            was["rounds_until"] = until_on.isoformat()
        kept = {name: value for name, value in was.items() if (item_id, name) not in settled}
        found[item_id] = found.get(item_id, {}) | kept
    return {item_id: was for item_id, was in found.items() if was}


def column(item: Item) -> str:
    return f"{item.__tablename__}_id"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
