"""The ladder of reminders: which step is owed to whom on a day, at, below and above each edge."""

from __future__ import annotations

import datetime as dt

import pytest

from rectify import calendar
from rectify.rules.ladder import Situation, due_step, is_near, owed, steps

PUBLISHED = calendar.published()
DEADLINE = dt.date(2026, 6, 30)  # a Tuesday


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def asked(situation: Situation, day: str) -> set[tuple[str, str, str]]:
    return {(one.audience.value, one.step, one.period) for one in owed(situation, PUBLISHED, d(day))}


@pytest.mark.parametrize(
    ("day", "step"),
    [
        ("2026-05-28", None),
        ("2026-05-29", 30),  # 31 May is a Sunday: the Friday before it
        ("2026-06-14", 30),
        ("2026-06-15", 15),
        ("2026-06-22", 15),
        ("2026-06-23", 7),
        ("2026-06-25", 7),
        ("2026-06-26", 3),  # 27 June is a Saturday
        ("2026-06-28", 3),
        ("2026-06-29", 1),
        ("2026-06-30", 0),
        ("2026-07-01", None),
    ],
)
def test_the_nearest_step_that_has_come_is_owed(day: str, step: int | None) -> None:
    assert due_step(DEADLINE, 30, PUBLISHED, d(day)) == step


@pytest.mark.parametrize(
    ("window", "day", "near"),
    [
        (10, "2026-06-19", False),
        (10, "2026-06-20", True),
        (10, "2026-06-30", True),
        (10, "2026-07-01", False),
        (1, "2026-06-28", False),
        (1, "2026-06-29", True),
        (365, "2025-06-29", False),
        (365, "2025-06-30", True),
    ],
)
def test_a_deadline_is_near_from_the_first_day_of_the_window_through_its_own(window: int, day: str, near: bool) -> None:
    """R25."""
    assert is_near(d("2026-06-30"), window, d(day)) is near
    assert not is_near(None, window, d(day))


def test_a_deadline_within_a_holiday_is_reminded_of_on_the_last_working_day_before_it() -> None:
    """R27: one calendar for due, near due and sending."""
    assert due_step(d("2026-10-05"), 30, PUBLISHED, d("2026-09-30")) == 0
    assert due_step(d("2026-10-05"), 30, PUBLISHED, d("2026-09-29")) == 7


def test_the_early_step_goes_to_the_lead_alone_and_later_ones_to_all_responsible() -> None:
    assert asked(Situation(DEADLINE), "2026-06-10") == {("lead", "due_30", "")}
    assert asked(Situation(DEADLINE), "2026-06-16") == {("lead", "due_15", ""), ("responsible", "due_15", "")}


def test_overdue_is_said_weekly_to_the_units_and_to_whoever_is_told() -> None:
    """R22: the supervisor is a recipient by role; R21: never quiet."""
    late = Situation(DEADLINE, overdue=True)

    first = asked(late, "2026-07-01")

    assert first == {(who, "overdue", "2026-W27") for who in ("lead", "responsible", "told")}
    assert asked(late, "2026-07-03") == first
    assert asked(late, "2026-07-06") == {(who, "overdue", "2026-W28") for who in ("lead", "responsible", "told")}


def test_a_scheduler_that_slept_ten_days_owes_todays_state_once() -> None:
    """R14: `<=`, never `=`."""
    assert asked(Situation(DEADLINE), "2026-06-26") == {("lead", "due_3", ""), ("responsible", "due_3", "")}
    assert len(owed(Situation(DEADLINE, overdue=True), PUBLISHED, d("2026-07-11"))) == 3


def test_while_a_submission_waits_the_unit_is_left_alone_and_the_decider_is_reminded() -> None:
    waiting = Situation(DEADLINE, submitted_on=d("2026-06-25"))

    assert asked(waiting, "2026-06-29") == {("decides", "decide", "2026-W27")}
    assert owed(waiting, PUBLISHED, d("2026-06-29"))[0].hangs_on == d("2026-06-25")


def test_a_late_submission_holds_nothing_back_from_whoever_is_told() -> None:
    waiting = Situation(DEADLINE, overdue=True, submitted_on=d("2026-07-02"))

    assert asked(waiting, "2026-07-03") == {("decides", "decide", "2026-W27"), ("told", "overdue", "2026-W27")}


def test_nothing_is_owed_of_what_is_finished_or_has_no_date() -> None:
    assert owed(Situation(DEADLINE, finished=True, overdue=True), PUBLISHED, d("2026-07-03")) == []
    assert owed(Situation(None), PUBLISHED, d("2026-07-03")) == []


def test_a_new_deadline_starts_the_ladder_again() -> None:
    before = owed(Situation(DEADLINE), PUBLISHED, d("2026-06-29"))
    after = owed(Situation(d("2026-07-14")), PUBLISHED, d("2026-06-29"))

    assert {one.hangs_on for one in before} == {DEADLINE}
    assert {(one.step, one.hangs_on) for one in after} == {("due_15", d("2026-07-14"))}


@pytest.mark.parametrize(
    ("near", "expected"),
    [(30, (30, 15, 7, 3, 1, 0)), (10, (10, 7, 3, 1, 0)), (45, (45, 30, 15, 7, 3, 1, 0)), (0, (0,))],
)
def test_an_inspection_says_how_early_it_reminds(near: int, expected: tuple[int, ...]) -> None:
    """R25: a setting that does nothing is a failing test."""
    assert steps(near) == expected
