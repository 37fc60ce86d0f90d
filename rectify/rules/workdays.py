"""Counting working days with a Calendar: public holidays, make-up days (调休), and what an office declared itself.

Where the data comes from is `rectify.calendar`'s; this module only counts with the value it is handed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

ONE_DAY = dt.timedelta(days=1)
LONGEST_BREAK = 366
"""Days after which a search gives up: a calendar without any working day in a year is a mistake, not a holiday."""


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. From `first` to `last` the published calendar is known, elsewhere Monday to Friday holds.

    `holidays` are weekdays off, `made_up` are weekend days worked; `declared_work` and `declared_off` are the office's
    own word and go before both.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    holidays: frozenset[dt.date] = frozenset()
    made_up: frozenset[dt.date] = frozenset()
    declared_work: frozenset[dt.date] = frozenset()
    declared_off: frozenset[dt.date] = frozenset()

    def is_workday(self, day: dt.date) -> bool:
        """Whether `day` is worked."""
        if day in self.declared_work:
            return True
        if day in self.declared_off:
            return False
        if day in self.made_up:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def provisional(self, day: dt.date) -> bool:
        """Whether the answer for `day` may still change: its year is not published, and the office declared neither the
        day nor the year, which it does by declaring the first of January, a holiday in every notice."""
        declared = self.declared_work | self.declared_off
        if day in declared or day.replace(month=1, day=1) in declared:
            return False
        return self.first is None or self.last is None or not self.first <= day <= self.last

    def provisional_through(self, from_on: dt.date, to_on: dt.date) -> bool:
        """Whether a day counted from one to the other may still come out otherwise: any of those days is provisional."""
        return any(self.provisional(from_on + n * ONE_DAY) for n in range((to_on - from_on).days + 1))


def next_workday(calendar: Calendar, day: dt.date) -> dt.date:
    """The first working day on or after `day`."""
    return _search(calendar, day, ONE_DAY)


def previous_workday(calendar: Calendar, day: dt.date) -> dt.date:
    """The last working day on or before `day`: what falls on a holiday is done before it."""
    return _search(calendar, day, -ONE_DAY)


def add_workdays(calendar: Calendar, day: dt.date, count: int) -> dt.date:
    """The `count`-th working day after `day`, the day itself not counted; before it where `count` is negative.

    0 gives `day` itself where it is worked, else the next working day.
    """
    if count == 0:
        return next_workday(calendar, day)
    step = ONE_DAY if count > 0 else -ONE_DAY
    for _ in range(abs(count)):
        day = _search(calendar, day + step, step)
    return day


def last_of(calendar: Calendar, day: dt.date, count: int, unit: str) -> dt.date:
    """The last of `count` days after `day`, calendar days (`days`) or working days (`workdays`); of none `day` itself."""
    if unit == "workdays" and count:
        return add_workdays(calendar, day, count)
    return day + count * ONE_DAY


def week_of(day: dt.date) -> str:
    """The key of the week that `day` belongs to, Monday to Sunday, as "2026-W25"; a make-up Sunday ends its week."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _search(calendar: Calendar, day: dt.date, step: dt.timedelta) -> dt.date:
    for _ in range(LONGEST_BREAK):
        if calendar.is_workday(day):
            return day
        day += step
    raise ValueError(f"no working day within a year of {day}")
