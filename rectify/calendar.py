"""The working calendar of this installation: the published holidays and make-up days, and the overrides of the office.

Gives the Calendar value that rules are handed; counting with it is `rules.workdays`'.
"""

from __future__ import annotations

import datetime as dt
import functools

from chinese_calendar.constants import holidays, workdays
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models
from rectify.rules.workdays import Calendar


@functools.cache
def published() -> Calendar:
    """The calendar as published by the State Council, for the whole years that the installed data holds.

    Beyond them Monday to Friday is assumed and every day is provisional: the library itself raises there.
    """
    return Calendar(
        first=dt.date(min(holidays).year, 1, 1),
        last=dt.date(max(holidays).year, 12, 31),
        holidays=frozenset(day for day in holidays if day.weekday() < 5),
        made_up=frozenset(workdays),
    )


def load(session: Session) -> Calendar:
    """The published calendar with the office's overrides on top."""
    overrides = session.execute(select(models.WorkdayOverride.day_on, models.WorkdayOverride.is_workday)).all()
    base = published()
    return Calendar(
        first=base.first,
        last=base.last,
        holidays=base.holidays,
        made_up=base.made_up,
        declared_work=frozenset(row.day_on for row in overrides if row.is_workday),
        declared_off=frozenset(row.day_on for row in overrides if not row.is_workday),
    )
