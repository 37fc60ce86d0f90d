"""The one place that asks what time it is: the instant in UTC and the civil day in the office's zone.

Only web, jobs, commands and upkeep call it; everything below is handed `day` and `at`.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def now() -> dt.datetime:
    """This instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def today(timezone: str) -> dt.date:
    """The civil day at this instant in the office's zone, whatever zone the machine is set to."""
    return day_of(now(), timezone)


def day_of(at: dt.datetime, timezone: str) -> dt.date:
    """The civil day on which an instant falls in the office's zone."""
    return at.astimezone(ZoneInfo(timezone)).date()


def local(at: dt.datetime, timezone: str) -> dt.datetime:
    """An instant on the office's wall clock, for showing."""
    return at.astimezone(ZoneInfo(timezone))
