"""What an act would change: the verdicts of a day before and after it (R10)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models
from rectify.models import bulk
from rectify.rules import schedule
from rectify.rules.verdicts import Verdict

from . import writing
from .writing import WATCHED, Watched


@dataclass(frozen=True)
class Move:
    """The measures and the issues, by id, whose verdict an act changes from one to another."""

    was: Verdict
    becomes: Verdict
    measure_ids: tuple[int, ...]
    issue_ids: tuple[int, ...]


@dataclass(frozen=True)
class Effect:
    """What an act does to the verdicts of a day. `later_measures` and `later_issues` count those judged the same on that
    day and otherwise on a later one, the first of which is `later_on`."""

    moves: tuple[Move, ...] = ()
    later_measures: int = 0
    later_issues: int = 0
    later_on: dt.date | None = None

    def __bool__(self) -> bool:
        return bool(self.moves) or self.later_on is not None


def effect(session: Session, act: Callable[[], object], day: dt.date) -> Effect:
    """Do an act of `day`, and say which verdicts it changes (R10). Whoever asks keeps the act, or rolls it back.

    What enters or leaves the ledger by the act changes no verdict; implied measures are not counted (S10).
    """
    assert WATCHED not in session.info, "one act is watched at a time"
    watched: Watched = {}
    session.info[WATCHED] = watched
    try:
        act()
        session.flush()
        writing.write_held(session)
    finally:
        session.info.pop(WATCHED)
    measure_ids = sorted(item_id for table, item_id in watched if table is models.MeasureStanding)
    implied = set(
        session.scalars(
            select(models.Measure.id).where(models.Measure.implied, bulk.among(models.Measure.id, measure_ids))
        )
    )
    moves: dict[tuple[Verdict, Verdict], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    later: list[tuple[int, dt.date]] = []
    for (table, item_id), (held, turns) in watched.items():
        kind = (models.MeasureStanding, models.IssueStanding).index(table)
        if kind == 0 and item_id in implied:
            continue
        pair = schedule.verdict(held, day), schedule.verdict(turns, day)
        if pair[0] != pair[1]:
            moves[pair][kind].append(item_id)
        elif on := _differ_on(held, turns, day):
            later.append((kind, on))
    order = list(Verdict).index
    return Effect(
        tuple(
            Move(was, becomes, tuple(sorted(measures)), tuple(sorted(issues)))
            for (was, becomes), (measures, issues) in sorted(
                moves.items(), key=lambda one: (order(one[0][0]), order(one[0][1]))
            )
        ),
        sum(kind == 0 for kind, _ in later),
        sum(kind == 1 for kind, _ in later),
        min((on for _, on in later), default=None),
    )


def _differ_on(held: schedule.Turns, turns: schedule.Turns, day: dt.date) -> dt.date | None:
    """The first day after `day` on which two standings give different verdicts, None where there is none."""
    days = {getattr(one, name) for one in (held, turns) for name in schedule.TURNING} - {None}
    ahead = sorted(on for on in days if on > day)
    return next((on for on in ahead if schedule.verdict(held, on) != schedule.verdict(turns, on)), None)
