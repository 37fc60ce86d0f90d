"""The ladder of reminders: which step is owed to whom on a day, at, below and above each edge."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from rectify import calendar
from rectify.rules import ladder
from rectify.rules.ladder import (
    DEFAULTS,
    Audience,
    Colour,
    CutOff,
    Every,
    Situation,
    Step,
    When,
    as_json,
    defaults,
    faults,
    held,
    is_near,
    of,
    of_json,
    owed,
    products,
)

PUBLISHED = calendar.published()
DEADLINE = dt.date(2026, 6, 30)  # a Tuesday
LEAD = (Audience.LEAD,)
ROUNDS = tuple(CutOff(on, on) for on in (dt.date(2026, 3, 31), dt.date(2026, 4, 30), dt.date(2026, 5, 31)))


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def asked(situation: Situation, day: str) -> set[tuple[str, str, str]]:
    """(audience, step, period) by the defaults."""
    return {(one.audience.value, one.step, one.period) for one in owed(situation, defaults(30), PUBLISHED, d(day))}


def hangs(step: Step, situation: Situation, day: str) -> str | None:
    """The date that one step hangs on, None where it is not owed."""
    found = held(situation, [step], PUBLISHED, d(day))
    return found[0].hangs_on.isoformat() if found else None


def due_step(deadline_on: dt.date, day: str) -> str | None:
    return next((one.step for one in owed(Situation(deadline_on), defaults(30), PUBLISHED, d(day))), None)


@pytest.mark.parametrize(
    ("day", "step"),
    [
        ("2026-05-28", None),
        ("2026-05-29", "due_30"),  # 31 May is a Sunday: the Friday before it
        ("2026-06-14", "due_30"),
        ("2026-06-15", "due_15"),
        ("2026-06-22", "due_15"),
        ("2026-06-23", "due_7"),
        ("2026-06-25", "due_7"),
        ("2026-06-26", "due_3"),  # 27 June is a Saturday
        ("2026-06-28", "due_3"),
        ("2026-06-29", "due_1"),
        ("2026-06-30", "due_0"),
        ("2026-07-01", None),
    ],
)
def test_the_nearest_step_that_has_come_is_owed(day: str, step: str | None) -> None:
    assert due_step(DEADLINE, day) == step


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
    assert due_step(d("2026-10-05"), "2026-09-30") == "due_0"
    assert due_step(d("2026-10-05"), "2026-09-29") == "due_7"


@pytest.mark.parametrize(
    ("day", "audiences"),
    [
        ("2026-06-10", {"lead"}),
        ("2026-06-16", {"lead", "responsible"}),
        ("2026-06-24", {"lead", "responsible", "supervising"}),
        ("2026-06-26", {"lead", "responsible", "supervising", "leader"}),
        ("2026-06-29", {"lead", "responsible", "supervising"}),
    ],
)
def test_the_nearer_the_deadline_the_more_hear_of_it(day: str, audiences: set[str]) -> None:
    assert {who for who, _step, _period in asked(Situation(DEADLINE), day)} == audiences


@pytest.mark.parametrize(
    ("began", "day", "step"),
    [
        ("2025-06-30", "2026-05-01", "due_60"),  # the fiftieth day after, but a run of a year
        ("2025-07-01", "2026-05-01", None),
        ("2025-06-30", "2026-04-30", "due_60"),  # 1 May is a holiday
        ("2025-06-30", "2026-04-29", None),
    ],
)
def test_sixty_days_ahead_only_an_item_of_a_year_or_more_is_reminded_of(began: str, day: str, step: str | None) -> None:
    long = Situation(DEADLINE, run_from_on=d(began))

    assert next((one.step for one in owed(long, defaults(30), PUBLISHED, d(day))), None) == step


@pytest.mark.parametrize(
    ("day", "owed_on"),
    [("2026-09-17", None), ("2026-09-18", "2026-10-09"), ("2026-10-09", "2026-10-09")],
)
def test_working_days_before_a_deadline_skip_the_holidays(day: str, owed_on: str | None) -> None:
    """Ten working days before 2026-10-09, over mid-autumn, National Day and a make-up Sunday (R26)."""
    assert hangs(Step(When.DUE, 10, LEAD, workdays=True), Situation(d("2026-10-09")), day) == owed_on


def test_overdue_is_said_weekly_to_the_units_and_to_whoever_is_told() -> None:
    """R22: the supervisor is a recipient by role; R21: never quiet."""
    late = Situation(DEADLINE, overdue=True)

    first = asked(late, "2026-07-01")

    assert first == {(who, "overdue", "2026-W27") for who in ("lead", "responsible", "told")}
    assert asked(late, "2026-07-03") == first
    assert asked(late, "2026-07-06") == {(who, "overdue", "2026-W28") for who in ("lead", "responsible", "told")}


@pytest.mark.parametrize(
    ("step", "day", "came"),
    [
        (Step(When.OVERDUE, 15, LEAD), "2026-07-14", False),
        (Step(When.OVERDUE, 15, LEAD), "2026-07-15", True),
        (Step(When.OVERDUE, 15, LEAD, grace=2), "2026-07-16", False),
        (Step(When.OVERDUE, 15, LEAD, grace=2), "2026-07-17", True),
        (Step(When.OVERDUE, 5, LEAD, workdays=True), "2026-07-06", False),
        (Step(When.OVERDUE, 5, LEAD, workdays=True), "2026-07-07", True),
        (Step(When.OVERDUE, 0, LEAD, grace=1), "2026-06-30", False),
        (Step(When.OVERDUE, 0, LEAD, grace=1), "2026-07-01", True),
    ],
)
def test_after_a_deadline_each_step_has_its_own_days_and_grace(step: Step, day: str, came: bool) -> None:
    """R28."""
    assert (hangs(step, Situation(DEADLINE, overdue=True), day) == DEADLINE.isoformat()) is came


def test_fifteen_days_over_the_leaders_hear_once_and_the_units_go_on_weekly() -> None:
    found = asked(Situation(DEADLINE, overdue=True), "2026-07-20")

    assert {(who, "overdue_15", "") for who in ("leader", "leaders", "office")} <= found
    assert ("lead", "overdue", "2026-W30") in found


@pytest.mark.parametrize(
    ("every", "periods"),
    [
        (Every.ONCE, ["", "", "", ""]),
        (Every.WEEK, ["2026-W27", "2026-W27", "2026-W28", "2026-W31"]),
        (Every.MONTH, ["2026-07", "2026-07", "2026-07", "2026-07"]),
    ],
)
def test_the_cool_down_says_how_often_a_step_that_holds_comes_again(every: Every, periods: list[str]) -> None:
    step = Step(When.OVERDUE, 0, LEAD, every=every)
    days = ("2026-07-01", "2026-07-03", "2026-07-06", "2026-07-31")

    found = [held(Situation(DEADLINE, overdue=True), [step], PUBLISHED, d(day))[0].period for day in days]

    assert found == periods
    assert all(period in ladder.periods(d(day)) for period, day in zip(periods, days, strict=True))


@pytest.mark.parametrize(
    ("number", "since", "day", "owed_on"),
    [
        (1, "2026-06-01", "2026-06-01", "2026-05-31"),  # only the last round
        (2, "2026-06-01", "2026-06-01", None),
        (2, "2026-05-01", "2026-05-31", None),  # the second round still takes reports
        (2, "2026-05-01", "2026-06-01", "2026-05-31"),
        (2, "2026-04-01", "2026-05-01", "2026-04-30"),
        (2, "2026-04-01", "2026-06-01", "2026-05-31"),  # a third round missed: the second step comes again
        (3, "2026-04-01", "2026-06-01", "2026-05-31"),
        (4, "2026-04-01", "2026-06-01", None),
    ],
)
def test_rounds_without_a_report_are_counted_in_a_row(number: int, since: str, day: str, owed_on: str | None) -> None:
    rounds = tuple(one for one in ROUNDS if one.on < d(day))

    assert (
        hangs(Step(When.UNREPORTED, number, LEAD), Situation(None, unreported_from=d(since), cut_offs=rounds), day)
        == owed_on
    )


def test_a_round_is_missed_only_when_its_grace_is_over() -> None:
    graced = (CutOff(d("2026-05-31"), d("2026-06-03")),)
    missed = Situation(None, unreported_from=d("2026-06-04"), cut_offs=graced)
    step = Step(When.UNREPORTED, 1, LEAD)

    assert hangs(step, missed, "2026-06-03") is None
    assert hangs(step, missed, "2026-06-04") == "2026-05-31"
    assert hangs(replace(step, grace=2), missed, "2026-06-05") is None
    assert hangs(replace(step, grace=2), missed, "2026-06-08") == "2026-05-31"


@pytest.mark.parametrize(
    ("number", "since", "owed_on"),
    [
        (0, "2026-05-31", "2026-05-31"),
        (1, "2026-05-31", "2026-05-31"),
        (1, "2026-06-01", None),  # behind only after the round was cut off
        (2, "2026-05-01", None),
        (2, "2026-04-30", "2026-05-31"),
        (3, "2026-04-01", None),
        (3, "2026-03-31", "2026-05-31"),
    ],
)
def test_rounds_cut_off_while_behind_are_counted(number: int, since: str, owed_on: str | None) -> None:
    lagging = Situation(DEADLINE, behind_from=d(since), cut_offs=ROUNDS)

    assert hangs(Step(When.BEHIND, number, LEAD), lagging, "2026-06-02") == owed_on


@pytest.mark.parametrize(
    ("step", "day", "came"),
    [
        (Step(When.RETURNED, 5, LEAD, workdays=True), "2026-06-16", False),
        (Step(When.RETURNED, 5, LEAD, workdays=True), "2026-06-17", True),
        (Step(When.RETURNED, 7, LEAD, workdays=True), "2026-06-21", False),  # the 19th is the Dragon Boat festival
        (Step(When.RETURNED, 7, LEAD, workdays=True), "2026-06-22", True),
        (Step(When.RETURNED, 7, LEAD), "2026-06-16", False),
        (Step(When.RETURNED, 7, LEAD), "2026-06-17", True),
    ],
)
def test_what_was_returned_and_not_sent_again_is_asked_for(step: Step, day: str, came: bool) -> None:
    """Returned on Wednesday, 10 June."""
    assert (hangs(step, Situation(DEADLINE, returned_on=d("2026-06-10")), day) is not None) is came
    assert hangs(step, Situation(DEADLINE), day) is None


@pytest.mark.parametrize(
    ("day", "steps"),
    [
        ("2026-06-01", {"decide"}),
        ("2026-06-12", {"decide"}),
        ("2026-06-15", {"decide", "decide_10w"}),
    ],
)
def test_a_decision_that_waits_ten_working_days_is_told_to_the_office(day: str, steps: set[str]) -> None:
    found = owed(Situation(DEADLINE, submitted_on=d("2026-06-01")), defaults(30), PUBLISHED, d(day))

    assert {one.step for one in found} == steps
    assert {one.audience.value for one in found} == {"decides"} | ({"office"} if "decide_10w" in steps else set())


def test_an_extension_about_to_expire_is_told_to_whoever_oversees() -> None:
    extended = Situation(DEADLINE, original_deadline_on=d("2026-03-31"))

    assert ("told", "extension_15", "") in asked(extended, "2026-06-15")
    assert not any(step == "extension_15" for _who, step, _period in asked(extended, "2026-06-10"))
    assert not any(who == "told" for who, _step, _period in asked(Situation(DEADLINE), "2026-06-15"))


@pytest.mark.parametrize(
    ("day", "reported", "owed_on"),
    [
        ("2026-02-27", None, None),
        ("2026-02-28", None, "2026-02-28"),  # half a year after 31 August
        ("2026-08-30", None, "2026-02-28"),
        ("2026-08-31", None, "2026-08-31"),
        ("2026-08-31", "2026-08-30", "2026-08-31"),
        ("2026-09-01", "2026-08-31", None),
    ],
)
def test_a_long_term_item_is_checked_every_half_year_until_reported(
    day: str, reported: str | None, owed_on: str | None
) -> None:
    item = Situation(None, long_term_since=d("2025-08-31"), reported_on=d(reported) if reported else None)

    assert hangs(Step(When.LONG_TERM, 6, LEAD), item, day) == owed_on


def test_a_scheduler_that_slept_ten_days_owes_todays_state_once() -> None:
    """R14: `<=`, never `=`."""
    assert {step for _who, step, _period in asked(Situation(DEADLINE), "2026-06-26")} == {"due_3"}
    assert {step for _who, step, _period in asked(Situation(DEADLINE, overdue=True), "2026-07-11")} == {"overdue"}


def test_while_a_submission_waits_the_unit_is_left_alone_and_the_decider_is_reminded() -> None:
    waiting = Situation(DEADLINE, submitted_on=d("2026-06-25"))

    assert asked(waiting, "2026-06-29") == {("decides", "decide", "2026-W27")}
    assert owed(waiting, DEFAULTS, PUBLISHED, d("2026-06-29"))[0].hangs_on == d("2026-06-25")


def test_a_late_submission_holds_nothing_back_from_whoever_is_told() -> None:
    waiting = Situation(DEADLINE, overdue=True, submitted_on=d("2026-07-02"))

    assert asked(waiting, "2026-07-03") == {("decides", "decide", "2026-W27"), ("told", "overdue", "2026-W27")}


def test_escalation_rests_while_a_submission_waits_and_stands_where_it_would_have_on_its_return() -> None:
    """Issue 5: fifteen days over, but a decision is due first; returned, the leaders hear at once."""
    late = Situation(DEADLINE, overdue=True, unreported_from=d("2026-04-01"), cut_offs=ROUNDS)
    waiting = replace(late, submitted_on=d("2026-07-14"))

    assert not {"leader", "leaders", "office"} & {who for who, _step, _period in asked(waiting, "2026-07-20")}
    assert products(waiting, DEFAULTS, PUBLISHED, d("2026-07-20")) == []
    assert ("leaders", "overdue_15", "") in asked(late, "2026-07-20")
    assert {one.step.code for one in products(late, DEFAULTS, PUBLISHED, d("2026-07-20"))} == {
        "overdue_15",
        "unreported_3",
    }


@pytest.mark.parametrize(
    ("missed", "letter"),
    [(1, None), (2, "urging"), (3, "summons")],
)
def test_the_second_missed_round_asks_for_an_urging_letter_and_the_third_for_a_summons(
    missed: int, letter: str | None
) -> None:
    """domain.md e; of several steps that have come only the furthest asks for its letter."""
    item = Situation(None, unreported_from=ROUNDS[-missed].on, cut_offs=ROUNDS)

    found = products(item, defaults(30), PUBLISHED, d("2026-06-02"))

    assert [one.step.letter for one in found] == ([letter] if letter else [])
    assert [one.step.meeting for one in found] == ([letter == "summons"] if letter else [])


def test_nothing_is_owed_of_what_is_finished_or_has_no_date() -> None:
    assert asked(Situation(DEADLINE, finished=True, overdue=True), "2026-07-03") == set()
    assert asked(Situation(None), "2026-07-03") == set()


def test_a_new_deadline_starts_the_ladder_again() -> None:
    """R21: what a changed deadline cancels. An approved extension stops what was said of the old one."""
    before = owed(Situation(DEADLINE), defaults(30), PUBLISHED, d("2026-06-29"))
    after = owed(Situation(d("2026-07-14")), defaults(30), PUBLISHED, d("2026-06-29"))

    assert {one.hangs_on for one in before} == {DEADLINE}
    assert {(one.step, one.hangs_on) for one in after} == {("due_15", d("2026-07-14"))}


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        (30, [60, 30, 15, 7, 3, 1, 0]),
        (10, [10, 7, 3, 1, 0]),
        (45, [60, 45, 30, 15, 7, 3, 1, 0]),
        (90, [90, 60, 30, 15, 7, 3, 1, 0]),
        (1, [1, 0]),
    ],
)
def test_an_inspection_says_how_early_it_reminds(near: int, expected: list[int]) -> None:
    """R25: a setting that does nothing is a failing test."""
    steps = [step for step in defaults(near) if step.when is When.DUE]

    assert [step.number for step in steps] == expected
    assert [step.number for step in steps if step.long_run] == ([60] if near >= 30 else [])
    assert faults(defaults(near)) == []


def test_a_ladder_is_kept_and_read_back_equal_and_none_means_the_defaults() -> None:
    assert of_json(as_json(DEFAULTS)) == DEFAULTS
    assert of(None, 30) == defaults(30)
    assert of([], 30) == ()


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step(When.UNREPORTED, 0, LEAD), "数字应在1到12之间"),
        (Step(When.DUE, 366, LEAD), "数字应在0到365之间"),
        (Step(When.BEHIND, 2, LEAD, workdays=True), "不能按工作日计"),
        (Step(When.OVERDUE, 3, LEAD, grace=31), "宽限应在0到30"),
        (Step(When.DUE, 3, LEAD, grace=1), "到期前的梯级不能宽限"),
        (Step(When.OVERDUE, 3, LEAD, long_run=True), "仅一年以上"),
        (Step(When.OVERDUE, 3, (Audience.DECIDES,)), "认定单位"),
        (Step(When.OVERDUE, 3, LEAD, letter="fine"), "没有这种函件"),
        (Step(When.OVERDUE, 3, ()), "没有提醒对象"),
        (DEFAULTS[0], "条件和数字相同"),
    ],
)
def test_a_step_that_cannot_be_is_refused_in_one_sentence(step: Step, said: str) -> None:
    found = faults([DEFAULTS[0], step])

    assert [(place, said in sentence) for place, sentence in found] == [(1, True)]


def test_a_code_tells_steps_apart_and_changes_with_what_the_step_waits_for_alone() -> None:
    assert len({step.code for step in DEFAULTS}) == len(DEFAULTS)
    assert Step(When.OVERDUE, 0, LEAD).code == "overdue"
    assert Step(When.OVERDUE, 5, LEAD, workdays=True).code != Step(When.OVERDUE, 5, LEAD).code
    assert Step(When.OVERDUE, 5, LEAD, Colour.RED).code == Step(When.OVERDUE, 5, ()).code
