"""Counting working days: holidays, make-up days, overrides, and years nobody has published yet."""

from __future__ import annotations

import datetime as dt

import pytest

from rectify import calendar
from rectify.rules.workdays import Calendar, add_workdays, last_of, next_workday, previous_workday, week_of

PUBLISHED = calendar.published()


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-06-15", True),  # an ordinary Monday
        ("2026-06-13", False),  # an ordinary Saturday
        ("2026-06-19", False),  # Dragon Boat, a Friday
        ("2026-10-01", False),  # National Day
        ("2026-10-10", True),  # a Saturday made up for it
        ("2026-02-14", True),  # a Saturday made up for the Spring Festival
        ("2027-10-01", True),  # not published yet: a Friday like any other
    ],
)
def test_a_day_is_worked_as_the_published_calendar_says(day: str, worked: bool) -> None:
    """R26."""
    assert PUBLISHED.is_workday(d(day)) is worked


@pytest.mark.parametrize(("day", "open_"), [("2026-12-31", False), ("2027-01-01", True), ("2003-12-31", True)])
def test_a_day_beyond_the_published_years_is_provisional(day: str, open_: bool) -> None:
    assert PUBLISHED.provisional(d(day)) is open_


def test_what_the_office_declares_goes_before_what_is_published() -> None:
    own = Calendar(
        PUBLISHED.first,
        PUBLISHED.last,
        PUBLISHED.holidays,
        PUBLISHED.made_up,
        declared_work=frozenset({d("2026-10-01")}),
        declared_off=frozenset({d("2026-06-15"), d("2026-10-10"), d("2027-10-01")}),
    )

    assert own.is_workday(d("2026-10-01"))
    assert not own.is_workday(d("2026-06-15"))
    assert not own.is_workday(d("2026-10-10"))
    assert not own.provisional(d("2027-10-01"))


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-09-28", 15, "2026-10-23"),  # over National Day with its make-up Saturday
        ("2026-06-15", 0, "2026-06-15"),
        ("2026-06-13", 0, "2026-06-15"),
        ("2026-06-12", 1, "2026-06-15"),
        ("2026-06-15", -1, "2026-06-12"),
        ("2026-10-08", -1, "2026-09-30"),
    ],
)
def test_working_days_are_counted_without_the_day_itself(day: str, count: int, expected: str) -> None:
    assert add_workdays(PUBLISHED, d(day), count) == d(expected)


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        ("2026-06-15", "2026-06-15", "2026-06-15"),
        ("2026-06-14", "2026-06-12", "2026-06-15"),
        ("2026-10-04", "2026-09-30", "2026-10-08"),
    ],
)
def test_a_day_off_lies_between_two_working_days(day: str, before: str, after: str) -> None:
    assert previous_workday(PUBLISHED, d(day)) == d(before)
    assert next_workday(PUBLISHED, d(day)) == d(after)


@pytest.mark.parametrize(
    ("count", "unit", "expected"),
    [
        (0, "days", "2026-09-30"),
        (3, "days", "2026-10-03"),
        (0, "workdays", "2026-09-30"),
        (1, "workdays", "2026-10-08"),
        (3, "workdays", "2026-10-10"),
    ],
)
def test_so_many_days_are_calendar_days_or_working_days_and_none_is_the_day_itself(
    count: int, unit: str, expected: str
) -> None:
    assert last_of(PUBLISHED, d("2026-09-30"), count, unit) == d(expected)


def test_a_week_runs_from_monday_to_sunday_over_the_turn_of_the_year() -> None:
    assert week_of(d("2026-06-15")) == week_of(d("2026-06-21")) == "2026-W25"
    assert week_of(d("2026-06-14")) == "2026-W24"
    assert week_of(d("2027-01-01")) == "2026-W53"


def test_a_calendar_without_a_working_day_is_refused_instead_of_searched_for_ever() -> None:
    every_day = frozenset(d("2026-01-01") + dt.timedelta(days=n) for n in range(800))

    with pytest.raises(ValueError, match="no working day"):
        next_workday(Calendar(declared_off=every_day), d("2026-02-01"))
