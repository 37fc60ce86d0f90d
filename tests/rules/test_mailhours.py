"""When mails go out, at the edges of the day, the week and a holiday."""

from __future__ import annotations

import datetime as dt

import pytest

from rectify.rules.mailhours import Hours
from rectify.rules.workdays import Calendar

T = dt.datetime.fromisoformat
HOUR = dt.timedelta(hours=1)
# 2026-06-15 is a Monday; Friday the 19th is off (端午), Saturday the 27th is worked.
HOURS = Hours(
    dt.time(8, 30),
    dt.time(18),
    Calendar(
        first=dt.date(2026, 1, 1),
        last=dt.date(2026, 12, 31),
        holidays=frozenset({dt.date(2026, 6, 19)}),
        made_up=frozenset({dt.date(2026, 6, 27)}),
    ),
)


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        ("2026-06-15 08:29:59", False, "2026-06-15 08:30"),
        ("2026-06-15 08:30", True, "2026-06-15 08:30"),
        ("2026-06-15 17:59:59", True, "2026-06-15 17:59:59"),
        ("2026-06-15 18:00", False, "2026-06-16 08:30"),
        ("2026-06-18 18:00", False, "2026-06-22 08:30"),
        ("2026-06-19 10:00", False, "2026-06-22 08:30"),
        ("2026-06-20 10:00", False, "2026-06-22 08:30"),
        ("2026-06-27 10:00", True, "2026-06-27 10:00"),
        ("2026-06-28 10:00", False, "2026-06-29 08:30"),
    ],
)
def test_mails_go_out_within_the_hours_of_working_days(moment: str, is_open: bool, opens: str) -> None:
    assert HOURS.open(T(moment)) is is_open
    assert HOURS.next_open(T(moment)) == T(opens)


@pytest.mark.parametrize(
    ("moment", "since"),
    [
        ("2026-06-16 12:00", "2026-06-16 11:00"),
        ("2026-06-16 09:30", "2026-06-16 08:30"),
        ("2026-06-16 09:10", "2026-06-15 17:40"),
        ("2026-06-16 08:00", "2026-06-15 17:00"),
        ("2026-06-15 18:00", "2026-06-15 17:00"),
        ("2026-06-15 23:00", "2026-06-15 17:00"),
        ("2026-06-22 08:40", "2026-06-18 17:10"),
    ],
)
def test_an_hour_of_sending_is_counted_over_nights_and_holidays(moment: str, since: str) -> None:
    assert HOURS.before(T(moment), HOUR) == T(since)


def test_a_calendar_without_a_working_day_ends_the_search() -> None:
    never = Hours(dt.time(8), dt.time(9), Calendar(dt.date(2026, 1, 1), dt.date(2026, 12, 31), ALL, frozenset()))

    assert never.next_open(T("2026-06-15 10:00")) == T("2026-08-14 10:00")
    assert never.before(T("2026-06-15 10:00"), HOUR) == T("2026-04-16 10:00")


ALL = frozenset(dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(365))
