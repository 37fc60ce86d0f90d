"""The working calendar of an installation."""

from __future__ import annotations

import datetime as dt

import pytest
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


D = dt.date.fromisoformat
THROUGH = [
    ("within the published years", "2026-12-30", "2026-12-31", False),
    ("into a year that nobody has published", "2026-12-31", "2027-01-01", True),
    ("within such a year", "2031-06-01", "2031-06-03", True),
    ("from a year before the published ones", "2003-12-31", "2004-01-02", True),
]


@pytest.mark.parametrize(("from_on", "to_on", "open_"), [row[1:] for row in THROUGH], ids=[row[0] for row in THROUGH])
def test_a_date_counted_through_days_nobody_has_published_is_provisional(
    session: Session, from_on: str, to_on: str, open_: bool
) -> None:
    assert calendar.provisional(session, D(from_on), D(to_on)) is open_


def test_a_date_counted_through_a_year_that_the_office_declared_is_not_provisional(session: Session) -> None:
    session.add(models.WorkdayOverride(day_on=D("2027-01-01"), is_workday=False, note="元旦"))
    session.flush()

    assert not calendar.provisional(session, D("2026-12-31"), D("2027-02-01"))
    assert calendar.provisional(session, D("2026-12-31"), D("2028-01-04"))
