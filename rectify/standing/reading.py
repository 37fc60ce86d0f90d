"""Standings as they are read: which row says what the ledger says of a day, the verdict in SQL, and what a day brought."""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter
from dataclasses import fields
from typing import Any, cast

from sqlalchemy import ColumnElement, Date, and_, bindparam, case, func, literal, or_, update
from sqlalchemy.orm import Session

from rectify import models
from rectify.rules import schedule
from rectify.rules.verdicts import Verdict

FAR = dt.date(9999, 12, 31)
TURN_FIELDS = tuple(f.name for f in fields(schedule.Turns))
Standing = type[models.MeasureStanding] | type[models.IssueStanding]


def on(standing: Any, day: dt.date) -> ColumnElement[bool]:
    """The condition under which a standing's row says what the ledger says of `day`."""
    return and_(
        standing.superseded_at.is_(None),
        standing.since_on <= day,
        or_(standing.until_on.is_(None), standing.until_on > day),
    )


def verdict_case(standing: Any, day: Any) -> ColumnElement[str]:
    """The verdict on `day` in SQL: the same comparison of dates as `schedule.verdict`, in the same order."""
    whens = [(getattr(standing, name) <= day, literal(schedule.VERDICT_OF[name].value)) for name in schedule.TURNING]
    whens.append((standing.long_term_open, literal(Verdict.LONG_TERM.value)))
    return case(*whens, else_=literal(Verdict.ON_SCHEDULE.value))


def turn(session: Session, day: dt.date) -> dict[str, int]:
    """Count the measures and issues that turned by `day` since the last look, and move their next turning day ahead.

    Pages never need it: a verdict is a comparison of dates. It tells what the day brought, for the jobs page. Keys:
    `measures`, `issues`, and `measures_<verdict>` for what they turned into.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    did: dict[str, int] = {}
    session.flush()
    connection = session.connection()
    for word, standing in (("measures", models.MeasureStanding), ("issues", models.IssueStanding)):
        turned = Counter(connection.execute(_turning(standing, is_sqlite), {"day": day}).scalars())
        did[word] = turned.total()
        if word == "measures":
            did |= {f"measures_{name}": count for name, count in sorted(turned.items())}
    return did


@functools.cache
def _turning(standing: Standing, is_sqlite: bool) -> Any:
    """The one statement of a day's turns, put together once: moves the next turning day, answers with the verdicts."""
    day, table = bindparam("day", type_=Date), cast(Any, standing.__table__)
    least = func.min if is_sqlite else func.least
    columns = [getattr(standing, name) for name in schedule.TURNING]
    ahead = [case((column > day, column), else_=literal(FAR)) for column in columns]
    return (
        update(table)
        .where(
            standing.until_on.is_(None),
            standing.superseded_at.is_(None),
            standing.next_turn_on.is_not(None),
            standing.next_turn_on <= day,
        )
        .values(next_turn_on=func.nullif(least(*ahead), literal(FAR)))
        .returning(verdict_case(standing, day))
    )
