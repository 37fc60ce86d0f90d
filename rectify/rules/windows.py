"""In which days a round takes reports, and which of them came late (S8).

Pure dates. Who was asked and who answered is `turnout`'s; what the lack of a report does to a verdict is `schedule`'s.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

ONE_DAY = dt.timedelta(days=1)


class Round(Protocol):
    """What a window needs of a round: a row of the table or a fact of the rule."""

    @property
    def opens_on(self) -> dt.date: ...
    @property
    def cut_off_on(self) -> dt.date: ...
    @property
    def grace_days(self) -> int: ...


R = TypeVar("R", bound=Round)


@dataclass(frozen=True)
class Window:
    """The days on which a report answers a round: in time through `cut_off_on`, late from then on through `last_on`.

    `grace_on` is the last day of grace; `last_on` is None while no later round is planned.
    """

    opens_on: dt.date
    cut_off_on: dt.date
    grace_on: dt.date
    last_on: dt.date | None

    def takes(self, on: dt.date) -> bool:
        """Whether a report of that day answers the round."""
        return self.opens_on <= on and (self.last_on is None or on <= self.last_on)


def grace_on(this: Round) -> dt.date:
    """The last day of a round's grace, its cut-off where it has none; the day after, the lack of a report counts."""
    return this.cut_off_on + this.grace_days * ONE_DAY


def windows(rounds: Iterable[R]) -> list[tuple[R, Window]]:
    """The rounds that bind somebody, in order, each with its window: until the next one opens (S8).

    Where the next opens within the grace, a report of those days answers both: it ends the lack of either.
    """
    held = sorted(rounds, key=lambda r: (r.opens_on, r.cut_off_on))
    found = []
    for place, this in enumerate(held):
        ends_on = grace_on(this)
        last_on = max(held[place + 1].opens_on - ONE_DAY, ends_on) if place + 1 < len(held) else None
        found.append((this, Window(this.opens_on, this.cut_off_on, ends_on, last_on)))
    return found


def running_since(rounds: Iterable[Round], said_on: dt.date, day: dt.date) -> dt.date | None:
    """Since when the round runs that a report of `said_on` answered and that still takes one on `day`; of two the later.
    None: there is none."""
    opened = [w.opens_on for _, w in windows(rounds) if w.takes(said_on) and w.takes(day)]
    return max(opened, default=None)


def late_on(rounds: Iterable[R], said_on: Iterable[dt.date]) -> dict[dt.date, R]:
    """The days on which the first word in a round came after its cut-off, each with that round; the earlier one wins."""
    days = sorted(set(said_on))
    late: dict[dt.date, R] = {}
    for this, window in windows(rounds):
        first = next((on for on in days if window.takes(on)), None)
        if first is not None and first > window.cut_off_on:
            late.setdefault(first, this)
    return late
