"""The working calendar of an installation."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from rectify import calendar, models


def test_the_office_declares_days_over_the_published_calendar(session: Session) -> None:
    session.add(models.WorkdayOverride(day_on=dt.date(2026, 6, 15), is_workday=False, note="市庆放假"))
    session.add(models.WorkdayOverride(day_on=dt.date(2026, 6, 20), is_workday=True, note="补班"))
    session.flush()

    working = calendar.load(session)

    assert not working.is_workday(dt.date(2026, 6, 15))
    assert working.is_workday(dt.date(2026, 6, 20))
    assert working.is_workday(dt.date(2026, 6, 16))
    assert not working.is_workday(dt.date(2026, 10, 1))


def test_a_year_without_published_days_is_marked_provisional(session: Session) -> None:
    working = calendar.load(session)

    assert working.is_workday(dt.date(2031, 6, 16))
    assert working.provisional(dt.date(2031, 6, 16))
    assert not working.provisional(dt.date(2026, 6, 16))
