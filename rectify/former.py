"""What the row of an inspection, an issue or a measure was until a day, for judging the days before as they were judged.

An act that changes what the rule reads says what that was, beside its line in the trail. Milestones, planned figures and
all that happened have days of their own and need none of this.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Boolean, ColumnElement, func, select
from sqlalchemy.orm import Session

from rectify import models
from rectify.models import bulk
from rectify.rules import quantities, windows

Item = models.Inspection | models.Issue | models.Measure
LIMIT = ("deadline_kind", "deadline_on", "original_deadline_on", "long_term", "deadline_corrected")
"""An act that sets a time limit sets all of it: the fields of one that were."""


class Round(NamedTuple):
    """A round as its row has it."""

    id: int
    opens_on: dt.date
    cut_off_on: dt.date
    grace_days: int
    name: str
    cancelled_on: dt.date | None

    @classmethod
    def of(cls, row: models.Round) -> Round:
        return cls(*(getattr(row, name) for name in cls._fields))

    @property
    def grace_on(self) -> dt.date:
        return windows.grace_on(self)

    @classmethod
    def columns(cls) -> list[Any]:
        return [getattr(models.Round, name) for name in cls._fields]


def keep(session: Session, item: Item, old: Mapping[str, Any], day: dt.date, at: dt.datetime) -> None:
    """Keep what fields of an item were before `day`, the civil day from which it is otherwise. Nothing changed: nothing."""
    if old:
        values = {name: _plain(value) for name, value in old.items()}
        session.add(models.FormerValues(**{column(item): item.id}, until_on=day, at=at, values=values))


def keep_limit(session: Session, item: models.Issue | models.Measure, day: dt.date, at: dt.datetime) -> None:
    """Keep what an item's own time limit is, before an act sets another one from `day` on."""
    keep(session, item, {name: getattr(item, name) for name in LIMIT}, day, at)


def keep_home(session: Session, measure: models.Measure, issue: models.Issue, day: dt.date, at: dt.datetime) -> None:
    """Keep in which issue a measure was at home until `day`."""
    keep(session, measure, {"issue_id": issue.id}, day, at)


def keep_rounds(session: Session, inspection: models.Inspection, day: dt.date, at: dt.datetime) -> None:
    """Keep the rounds of an inspection that are not over, before one is added, moved or dropped."""
    row = models.Round
    rounds = session.execute(
        select(*Round.columns())
        .where(row.inspection_id == inspection.id, (row.cut_off_on >= day) | row.opened_at.is_(None))
        .order_by(row.opens_on)
    ).all()
    keep(session, inspection, {"rounds": [[_plain(value) for value in found] for found in rounds]}, day, at)


def rounds_then(rows: Sequence[Round], was: Mapping[str, Any]) -> Sequence[Round]:
    """The rounds of an inspection as they were, by what `Past.on` tells of it: where they were other ones, those kept, and
    those over by then."""
    if "rounds" not in was:
        return rows
    kept = {row.id for row in was["rounds"]}
    over = [row for row in rows if row.cut_off_on < was["rounds_until"] and row.id not in kept]
    return sorted([*over, *was["rounds"]], key=lambda row: row.opens_on)


class Past:
    """What rows of one table were, by their id; of those that never changed nothing."""

    def __init__(self) -> None:
        self._acts: dict[int, list[tuple[dt.date, dict[str, Any] | None]]] = defaultdict(list)

    def add(self, item_id: int, until_on: dt.date, values: Mapping[str, Any] | None) -> None:
        """What one act changed; the acts are added from the last one back."""
        self._acts[item_id].append((until_on, None if values is None else {n: _read(n, v) for n, v in values.items()}))

    def days(self, item_id: int) -> set[dt.date]:
        """The days from which it was otherwise."""
        return {until_on for until_on, _ in self._acts.get(item_id, ())}

    def told(self, name: str) -> set[Any]:
        """All that a field was, of any row."""
        return {values[name] for acts in self._acts.values() for _, values in acts if values and name in values}

    def on(self, item_id: int, day: dt.date) -> dict[str, Any] | None:
        """The fields that changed after `day`, as they were on that day; None where that was kept by nobody.

        `rounds` are told with `rounds_until`, the day on which they ceased to be so.
        """
        found: dict[str, Any] = {}
        settled: set[str] = set()
        for until_on, values in self._acts.get(item_id, ()):
            if until_on <= day:
                # What this act made of it held on the day, whatever an earlier one with a later effect says.
                settled |= set(values or ())
                continue
            if values is None:
                return None
            if "rounds" in values:
                values = values | {"rounds_until": until_on}
            found |= {name: value for name, value in values.items() if name not in settled}
        return found

    def was(self, item_id: int, name: str, day: dt.date, now: Any) -> Any:
        """One field on a day, by what was kept of it; `now` where it has not changed since."""
        for until_on, values in self._acts.get(item_id, ()):
            if until_on > day and values and name in values:
                now = values[name]
        return now


def past(session: Session, table: type[Item], ids: Iterable[int]) -> Past:
    """What rows of these ids were before."""
    row, found = models.FormerValues, Past()
    owner = getattr(row, f"{table.__tablename__}_id")
    query = select(owner, row.until_on, row.values).where(bulk.among(owner, ids)).order_by(row.id.desc())
    for item_id, until_on, values in session.execute(query):
        found.add(item_id, until_on, values)
    return found


@functools.lru_cache(maxsize=64)
def rule_on(name: str, day: dt.date) -> ColumnElement[Any]:
    """A yes or no or a number of an inspection as it was on a day, in SQL: what the first act after that day found."""
    row, now = models.FormerValues, models.Inspection
    kept = row.values[name]
    was = kept.as_boolean() if isinstance(getattr(now, name).type, Boolean) else kept.as_integer()
    first = (
        select(was)
        .where(row.inspection_id == now.id, row.until_on > day, was.is_not(None))
        .order_by(row.id)
        .limit(1)
        .correlate(now)
        .scalar_subquery()
    )
    return func.coalesce(first, getattr(now, name))


def column(item: Item) -> str:
    return f"{item.__tablename__}_id"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return quantities.plain(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _read(name: str, value: Any) -> Any:
    """A value as a row has it, of the JSON it was kept as."""
    if name == "rounds":
        return [Round(*(_read(field, one) for field, one in zip(Round._fields, row, strict=True))) for row in value]
    if name == "target_quantity" and value is not None:
        return quantities.of(value)
    return dt.date.fromisoformat(value) if name.endswith("_on") and value is not None else value
