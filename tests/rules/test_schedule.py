"""The verdict, S1 to S14 of design.md 3, each sentence a row that anyone in the office could read.

S1 (what a measure inherits) and S14 (withdrawal) are about rows, not days: tests/test_standing.py.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from rectify.rules import schedule as s
from rectify.rules.verdicts import Verdict as V
from rectify.rules.verdicts import explain


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


ROUND_1 = s.RoundFact(d("2026-01-01"), d("2026-01-31"), name="1月调度")
ROUND_2 = s.RoundFact(d("2026-02-01"), d("2026-02-28"), name="2月调度")
ROUND_3 = s.RoundFact(d("2026-03-01"), d("2026-03-31"), name="3月调度")
REPORT = s.ReportFact(d("2026-01-10"))

PLAIN = s.MeasureFacts(
    begins_on=d("2026-01-01"),
    deadline_on=d("2026-06-30"),
    original_deadline_on=d("2026-06-30"),
    reports=(REPORT,),
)
LONG_TERM = replace(PLAIN, deadline_on=None, original_deadline_on=None, deadline_kind="long_term", long_term=True)
IMMEDIATE = replace(
    PLAIN, deadline_on=None, original_deadline_on=None, deadline_kind="immediate", internal_due_on=d("2026-01-31")
)


def verdict(facts: s.MeasureFacts, day: str) -> V:
    return s.verdict(s.measure_turns(facts), d(day))


def submitted(on: str, state: str = "open", decided: str | None = None, claim: str = "completed") -> s.SubmissionFact:
    return s.SubmissionFact(d(on), state, d(decided) if decided else None, claim)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-06-29", V.ON_SCHEDULE),
        ("2026-06-30", V.ON_SCHEDULE),
        ("2026-07-01", V.OVERDUE),
        ("2027-07-01", V.OVERDUE),
    ],
)
def test_a_measure_is_in_time_on_its_deadline_day_and_overdue_the_day_after(day: str, expected: V) -> None:
    """R4."""
    assert verdict(PLAIN, day) is expected


def test_the_first_that_holds_decides_in_the_order_of_the_design() -> None:
    day = d("2026-01-01")
    all_turned = {name: day for name in s.TURNING}
    order = [
        V.SIGNED_OFF,
        V.COMPLETED,
        V.OVERDUE,
        V.BASICALLY_COMPLETED,
        V.BEHIND,
        V.NOT_STARTED,
        V.UNREPORTED,
    ]
    for i, name in enumerate(s.TURNING):
        turned = {other: on for j, (other, on) in enumerate(all_turned.items()) if j >= i}
        assert s.verdict(s.Turns(**turned, long_term_open=True), day) is order[i], name
    assert s.verdict(s.Turns(long_term_open=True), day) is V.LONG_TERM
    assert s.verdict(s.Turns(), day) is V.ON_SCHEDULE


S3 = [
    ("in time and undecided: overdue is held back", (submitted("2026-06-30"),), "2026-08-01", V.ON_SCHEDULE, None),
    ("late and undecided: nothing is held back", (submitted("2026-07-01"),), "2026-07-01", V.OVERDUE, "2026-07-01"),
    (
        "in time, returned before the deadline: overdue the day after the deadline",
        (submitted("2026-06-01", "returned", "2026-06-10"),),
        "2026-07-01",
        V.OVERDUE,
        "2026-07-01",
    ),
    (
        "in time, returned after the deadline: overdue from the day of the return",
        (submitted("2026-06-30", "returned", "2026-07-20"),),
        "2026-07-19",
        V.ON_SCHEDULE,
        "2026-07-20",
    ),
    (
        "returned, and submitted again in time: held back again",
        (submitted("2026-06-01", "returned", "2026-06-10"), submitted("2026-06-30")),
        "2026-07-05",
        V.ON_SCHEDULE,
        None,
    ),
    (
        "returned, and submitted again too late: overdue from the return",
        (submitted("2026-06-30", "returned", "2026-07-20"), submitted("2026-07-25")),
        "2026-07-25",
        V.OVERDUE,
        "2026-07-20",
    ),
    (
        "withdrawn by the unit itself: as if never submitted",
        (submitted("2026-06-30", "withdrawn", "2026-07-20"),),
        "2026-07-20",
        V.OVERDUE,
        "2026-07-01",
    ),
]


@pytest.mark.parametrize(("what", "submissions", "day", "expected", "overdue_from"), S3, ids=[row[0] for row in S3])
def test_s3_a_submission_in_time_holds_overdue_back_until_it_is_decided(
    what: str, submissions: tuple[s.SubmissionFact, ...], day: str, expected: V, overdue_from: str | None
) -> None:
    turns = s.measure_turns(replace(PLAIN, submissions=submissions))

    assert s.verdict(turns, d(day)) is expected
    assert turns.overdue_from == (d(overdue_from) if overdue_from else None)


def test_s3_what_waits_for_a_decision_is_marked_pending() -> None:
    turns = s.measure_turns(replace(PLAIN, submissions=(submitted("2026-06-30"),)))

    assert turns.pending
    assert s.why(turns, d("2026-07-15"))[0] == "pending"


def test_s3_days_overdue_count_from_the_deadline_although_it_was_returned_later() -> None:
    turns = s.measure_turns(replace(PLAIN, submissions=(submitted("2026-06-30", "returned", "2026-07-20"),)))

    assert s.days_overdue(turns, d("2026-07-19")) == 0
    assert s.days_overdue(turns, d("2026-07-20")) == 20


def test_s3_the_day_of_the_submission_decides_lateness_not_the_day_of_the_decision() -> None:
    turns = s.measure_turns(replace(PLAIN, submissions=(submitted("2026-06-30", "accepted", "2026-07-20"),)))

    assert turns.completed_on == d("2026-06-30")
    assert turns.done_on == d("2026-06-30")
    assert turns.lateness_known


def test_s4_signed_off_and_completed_have_no_adverse_days() -> None:
    missed = (s.MilestoneFact(d("2026-02-01"), "主体完工"),)
    facts = replace(PLAIN, milestones=missed, submissions=(submitted("2026-07-05", "accepted", "2026-07-06"),))
    turns = s.measure_turns(facts)
    signed = s.measure_turns(replace(facts, signed_off_on=d("2026-08-01")))

    assert (turns.overdue_from, turns.behind_from, turns.unreported_from) == (None, None, None)
    assert s.verdict(turns, d("2027-01-01")) is V.COMPLETED
    assert s.verdict(signed, d("2027-01-01")) is V.SIGNED_OFF


@pytest.mark.parametrize(
    ("counts_as_done", "day", "expected"),
    [
        (False, "2026-06-30", V.BASICALLY_COMPLETED),
        (False, "2026-07-01", V.OVERDUE),
        (True, "2026-07-01", V.BASICALLY_COMPLETED),
    ],
)
def test_s4_basically_completed_keeps_only_overdue_and_not_even_that_where_it_counts_as_done(
    counts_as_done: bool, day: str, expected: V
) -> None:
    facts = replace(
        PLAIN,
        milestones=(s.MilestoneFact(d("2026-02-01"), "主体完工"),),
        submissions=(submitted("2026-05-01", "accepted", "2026-05-02", "basically_completed"),),
        basically_counts_as_done=counts_as_done,
    )

    assert s.measure_turns(facts).behind_from is None
    assert verdict(facts, day) is expected


def reached(*marks: tuple[str, bool]) -> tuple[s.MilestoneFact, ...]:
    return (s.MilestoneFact(d("2026-03-31"), "主体工程完工", tuple(s.Mark(d(on), yes) for on, yes in marks)),)


S5 = [
    ("never reported: behind the day after", (), "2026-03-31", V.ON_SCHEDULE),
    ("never reported: behind the day after ", (), "2026-04-01", V.BEHIND),
    ("reached in time", (("2026-03-31", True),), "2026-12-01", V.OVERDUE),
    ("reached late: no longer behind", (("2026-05-01", True),), "2026-05-01", V.ON_SCHEDULE),
    ("refused: unreached again from that day", (("2026-03-20", True), ("2026-04-10", False)), "2026-04-10", V.BEHIND),
    ("refused later: not yet", (("2026-03-20", True), ("2026-04-10", False)), "2026-04-09", V.ON_SCHEDULE),
    (
        "refused before it is due: not behind yet",
        (("2026-03-01", True), ("2026-03-10", False)),
        "2026-03-31",
        V.ON_SCHEDULE,
    ),
    ("the last report of a day counts", (("2026-03-20", False), ("2026-03-20", True)), "2026-05-01", V.ON_SCHEDULE),
]


@pytest.mark.parametrize(("what", "marks", "day", "expected"), S5, ids=[row[0] for row in S5])
def test_s5_a_milestone_is_reached_from_the_report_that_says_so_until_it_is_refused(
    what: str, marks: tuple[tuple[str, bool], ...], day: str, expected: V
) -> None:
    assert verdict(replace(PLAIN, milestones=reached(*marks)), day) is expected


def test_why_names_the_milestone_and_its_day() -> None:
    turns = s.measure_turns(replace(PLAIN, milestones=reached()))

    assert explain(*s.why(turns, d("2026-04-01"))) == "应于2026-03-31完成的阶段目标“主体工程完工”未报完成。"


def confirmed(verdict_: str, on: str, last: str | None = None, withdrawn: bool = False) -> s.ConfirmationFact:
    return s.ConfirmationFact(verdict_, d(on), d(last) if last else None, withdrawn)


LATER = s.MilestoneFact(d("2026-05-31"), "投入运行")
S6 = [
    ("on schedule excuses what was due", [confirmed("on_schedule", "2026-04-05", "2026-05-05")], "2026-05-06"),
    ("… until a later milestone is missed", [confirmed("on_schedule", "2026-04-05", "2026-06-20")], "2026-06-01"),
    ("behind is behind from its own day", [confirmed("behind", "2026-02-01")], "2026-02-01"),
    ("behind, withdrawn", [confirmed("behind", "2026-02-01", withdrawn=True)], "2026-04-01"),
    (
        "behind, replaced by on schedule",
        [confirmed("behind", "2026-02-01"), confirmed("on_schedule", "2026-04-05", "2026-05-05")],
        "2026-05-06",
    ),
    ("on schedule said before anything was due", [confirmed("on_schedule", "2026-03-01", "2026-06-20")], "2026-04-01"),
]


@pytest.mark.parametrize(("what", "confirmations", "behind_from"), S6, ids=[row[0] for row in S6])
def test_s6_the_offices_confirmation_excuses_or_holds_behind(
    what: str, confirmations: list[s.ConfirmationFact], behind_from: str
) -> None:
    facts = replace(PLAIN, milestones=(*reached(), LATER), confirmations=tuple(confirmations))

    assert s.measure_turns(facts).behind_from == d(behind_from)


COUNTABLE = replace(
    PLAIN, start_on=d("2026-01-01"), deadline_on=d("2026-04-11"), target_quantity=100, tolerance_percent=5
)  # one a day over a hundred days
S7 = [
    ("nothing reported: more than 5 planned on the sixth day", COUNTABLE, "2026-01-07"),
    ("20 reported: more than 25 planned on the 26th day", replace(COUNTABLE, reports=(replace(REPORT, quantity=20),)), "2026-01-27"),
    ("the last figure counts", replace(COUNTABLE, reports=(replace(REPORT, quantity=50), replace(REPORT, quantity=20))), "2026-01-27"),
    ("95 are within the tolerance to the end", replace(COUNTABLE, reports=(replace(REPORT, quantity=95),)), None),
    ("a tenth more than the bound of the 26th day", replace(COUNTABLE, reports=(replace(REPORT, quantity=Decimal("20.1")),)), "2026-01-27"),
    ("a thousandth below the bound of the 26th day", replace(COUNTABLE, reports=(replace(REPORT, quantity=Decimal("19.999")),)), "2026-01-26"),
    (
        "3.6 公里 over the same days: 0.18 are tolerated",
        replace(COUNTABLE, target_quantity=Decimal("3.6"), reports=(replace(REPORT, quantity=Decimal("0.36")),)),
        "2026-01-17",
    ),
    ("no tolerance", replace(COUNTABLE, tolerance_percent=0), "2026-01-02"),
    ("without a start there is no line", replace(COUNTABLE, start_on=None), None),
    ("a point bends the line", replace(COUNTABLE, points=(s.PointFact(d("2026-02-20"), 0, d("2026-01-01")),)), "2026-02-23"),
    (
        "a revised point replaces the later ones",
        replace(
            COUNTABLE,
            points=(
                s.PointFact(d("2026-01-11"), 90, d("2026-01-01")),
                s.PointFact(d("2026-02-20"), 95, d("2026-01-01")),
                s.PointFact(d("2026-01-11"), 0, d("2026-01-05")),
            ),
        ),
        "2026-01-16",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("what", "facts", "behind_from"), S7, ids=[row[0] for row in S7])
def test_s7_behind_on_the_first_whole_day_on_which_the_line_less_tolerance_exceeds_the_figure(
    what: str, facts: s.MeasureFacts, behind_from: str | None
) -> None:
    assert s.measure_turns(facts).behind_from == (d(behind_from) if behind_from else None)


BOTH = replace(
    COUNTABLE,
    milestones=(s.MilestoneFact(d("2026-01-20"), "主体工程完工"), LATER),
    reports=(replace(REPORT, quantity=40),),
)
JUDGED_BY = [
    ("both: the earlier of the two", "both", 40, "2026-01-21"),
    ("both: the line where it comes first", "both", 5, "2026-01-12"),
    ("milestones alone: however little is reported", "milestones", 0, "2026-01-21"),
    ("the line alone: whatever is missed", "line", 40, "2026-02-16"),
    ("the line alone, and all of it reported", "line", 100, None),
]  # fmt: skip


@pytest.mark.parametrize(("what", "judged_by", "reported", "behind_from"), JUDGED_BY, ids=[row[0] for row in JUDGED_BY])
def test_behind_by_what_the_inspection_judges(
    what: str, judged_by: str, reported: int, behind_from: str | None
) -> None:
    facts = replace(BOTH, judged_by=judged_by, reports=(replace(REPORT, quantity=reported),))

    assert s.measure_turns(facts).behind_from == (d(behind_from) if behind_from else None)


@pytest.mark.parametrize("judged_by", s.JUDGED_BY)
def test_a_word_of_the_office_an_internal_date_and_a_start_hold_whatever_is_judged_by(judged_by: str) -> None:
    said = replace(PLAIN, judged_by=judged_by, confirmations=(confirmed("behind", "2026-02-01"),))
    begun = replace(
        PLAIN, judged_by=judged_by, start_on=d("2026-01-02"), reports=(), milestones=reached(("2026-02-01", True))
    )

    assert s.measure_turns(said).behind_from == d("2026-02-01")
    assert verdict(replace(IMMEDIATE, judged_by=judged_by), "2027-01-01") is V.BEHIND
    assert s.measure_turns(begun).not_started_from is None


@pytest.mark.parametrize(
    ("day", "planned"),
    [("2025-12-31", 0), ("2026-01-01", 0), ("2026-01-05", 2), ("2026-01-11", 5), ("2026-01-14", "20/3"), ("2026-01-20", 10), ("2026-02-01", 10)],
)  # fmt: skip
def test_s7_the_line_runs_straight_between_its_points_and_stays_at_its_last(day: str, planned: int | str) -> None:
    line = [(d(on), Fraction(count)) for on, count in (("2026-01-01", 0), ("2026-01-11", 5), ("2026-01-20", 10))]

    assert s.planned_on(line, d(day)) == Fraction(planned)


LEFT_OUT = [
    ("the day before the start", "2025-12-31", 0, True),
    ("the start itself, from nothing", "2026-01-01", 0, False),
    ("the start itself, from something", "2026-01-01", 1, True),
    ("the day after the start", "2026-01-02", 1, False),
    ("the day before the deadline", "2026-04-09", 99, False),
    ("the deadline, with the target", "2026-04-10", 100, False),
    ("the deadline, with less than the target", "2026-04-10", 99, True),
    ("the day after the deadline, with the target", "2026-04-11", 100, True),
]  # fmt: skip


@pytest.mark.parametrize(("what", "on", "quantity", "out"), LEFT_OUT, ids=[row[0] for row in LEFT_OUT])
def test_s7_what_the_line_leaves_out_changes_nothing_of_it(what: str, on: str, quantity: int, out: bool) -> None:
    """Told to be left out where the line would be the same without it, and its figure is not the line's own."""
    plain = replace(COUNTABLE, start_on=d("2026-01-01"), deadline_on=d("2026-04-10"), points=())
    point = s.PointFact(d(on), quantity, d("2026-01-01"))

    line = s.planned_line(replace(plain, points=(point,)))

    assert s.left_out([(d(on), quantity)], plain.start_on, plain.deadline_on, 100) == ([d(on)] if out else [])
    assert ((d(on), Fraction(quantity)) not in line) == out
    assert s.left_out([(d(on), quantity)], None, None, 100) == []


def test_s7_the_reason_names_what_was_planned_to_three_places() -> None:
    facts = replace(COUNTABLE, target_quantity=Decimal("3.5"), reports=(replace(REPORT, quantity=Decimal("0.5")),))

    reason = s.measure_turns(facts).why["behind"]

    assert (reason["planned"], reason["reported"], reason["on"]) == ("0.7", "0.5", "2026-01-21")
    assert s.measure_turns(replace(COUNTABLE, reports=())).why["behind"]["planned"] == 6


@pytest.mark.parametrize(("what", "facts", "behind_from"), S7, ids=[row[0] for row in S7])
def test_s7_the_line_and_the_tolerance_shown_are_those_that_judge(
    what: str, facts: s.MeasureFacts, behind_from: str | None
) -> None:
    line = s.planned_line(facts)
    reported = next((r.quantity for r in reversed(facts.reports) if r.quantity is not None), 0)
    days = [d("2026-01-01") + i * s.ONE_DAY for i in range(200)]

    below = [day for day in days if line and s.planned_on(line, day) - s.tolerated(facts) > reported]

    assert below[:1] == ([d(behind_from)] if behind_from else [])


NO_REPORT = replace(PLAIN, reports=(), rounds=(ROUND_1, ROUND_2))
S8 = [
    ("never reported: the day after the first cut-off", NO_REPORT, "2026-02-01"),
    ("grace", replace(NO_REPORT, rounds=(replace(ROUND_1, grace_days=3),)), "2026-02-04"),
    ("reported in the first: the second binds", replace(NO_REPORT, reports=(REPORT,)), "2026-03-01"),
    ("late, but before the next opened: it counts for the first", replace(NO_REPORT, rounds=(ROUND_1, ROUND_3), reports=(s.ReportFact(d("2026-02-15")),)), "2026-04-01"),
    ("a cancelled round binds nobody", replace(NO_REPORT, rounds=(replace(ROUND_1, cancelled=True), ROUND_2)), "2026-03-01"),
    ("no round is planned", replace(NO_REPORT, rounds=()), None),
    ("a round that ended before it counted", replace(NO_REPORT, begins_on=d("2026-02-10")), "2026-03-01"),
    ("skipped one, reported in the next", replace(NO_REPORT, rounds=(ROUND_1, ROUND_2, ROUND_3), reports=(s.ReportFact(d("2026-02-10")),)), "2026-04-01"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "facts", "unreported_from"), S8, ids=[row[0] for row in S8])
def test_s8_unreported_from_the_day_after_cut_off_and_grace_of_the_first_round_missed(
    what: str, facts: s.MeasureFacts, unreported_from: str | None
) -> None:
    assert s.measure_turns(facts).unreported_from == (d(unreported_from) if unreported_from else None)


def test_s8_on_schedule_before_the_first_report_is_marked_so() -> None:
    turns = s.measure_turns(NO_REPORT)

    assert not turns.reported
    assert s.why(turns, d("2026-01-15"))[0] == "on_schedule_unreported"


NOT_STARTED = s.ReportFact(d("2026-02-10"), "not_started")
S9 = [
    ("the day after the planned start", replace(PLAIN, reports=(), start_on=d("2026-03-01")), "2026-03-02"),
    ("a report that says so, earlier", replace(PLAIN, reports=(NOT_STARTED,), start_on=d("2026-03-01")), "2026-02-10"),
    ("a report that says so, later", replace(PLAIN, reports=(NOT_STARTED,), start_on=d("2026-01-20")), "2026-01-21"),
    ("a report that does not say so", replace(PLAIN, start_on=d("2026-03-01")), None),
    ("both: it has started", replace(PLAIN, reports=(NOT_STARTED, s.ReportFact(d("2026-03-05")))), None),
    ("two of one day: the last counts", replace(PLAIN, reports=(s.ReportFact(d("2026-02-10")), NOT_STARTED)), "2026-02-10"),
    ("a milestone reached", replace(PLAIN, reports=(NOT_STARTED,), milestones=reached(("2026-02-01", True))), None),
    ("no planned start, nothing said", replace(PLAIN, reports=()), None),
]  # fmt: skip


@pytest.mark.parametrize(("what", "facts", "not_started_from"), S9, ids=[row[0] for row in S9])
def test_s9_not_started_from_the_planned_start_or_the_report_that_says_so(
    what: str, facts: s.MeasureFacts, not_started_from: str | None
) -> None:
    assert s.measure_turns(facts).not_started_from == (d(not_started_from) if not_started_from else None)


ALL_DONE = s.Turns(completed_on=d("2026-03-01"), done_on=d("2026-03-01"), deadline_on=d("2026-06-30"), reported=True)
SIGNED = s.Turns(signed_off_on=d("2026-04-01"), completed_on=d("2026-02-01"), done_on=d("2026-02-01"), reported=True)
OPEN = s.Turns(overdue_from=d("2026-07-01"), deadline_on=d("2026-06-30"), reported=True)
BEHIND = s.Turns(behind_from=d("2026-05-01"), overdue_from=d("2026-10-01"), deadline_on=d("2026-09-30"), reported=True)
BASIC = s.Turns(basically_completed_on=d("2026-02-15"), deadline_on=d("2026-06-30"), overdue_from=d("2026-07-01"))
FOR_GOOD = s.Turns(long_term_open=True, long_term=True, reported=True)
S10 = [
    ("all completed: the latest day", [ALL_DONE, replace(ALL_DONE, completed_on=d("2026-03-09"))], "2026-03-09", V.COMPLETED),
    ("one open: not completed", [ALL_DONE, OPEN], "2026-06-01", V.ON_SCHEDULE),
    ("signed off counts as completed", [ALL_DONE, SIGNED], "2026-04-01", V.COMPLETED),
    ("all signed off", [SIGNED, SIGNED], "2026-04-01", V.SIGNED_OFF),
    ("completed counts as basically completed", [ALL_DONE, BASIC], "2026-06-01", V.BASICALLY_COMPLETED),
    ("basically completed keeps overdue", [ALL_DONE, BASIC], "2026-07-01", V.OVERDUE),
    ("one overdue measure makes it overdue", [BEHIND, OPEN, ALL_DONE], "2026-07-01", V.OVERDUE),
    ("one behind measure makes it behind", [BEHIND, OPEN, ALL_DONE], "2026-05-01", V.BEHIND),
    ("long-term if no open measure has a date", [ALL_DONE, FOR_GOOD], "2026-05-01", V.LONG_TERM),
    ("not long-term while one open measure has a date", [OPEN, FOR_GOOD], "2026-05-01", V.ON_SCHEDULE),
]  # fmt: skip


@pytest.mark.parametrize(("what", "measures", "day", "expected"), S10, ids=[row[0] for row in S10])
def test_s10_an_issue_is_as_good_as_all_and_as_bad_as_any_of_its_measures(
    what: str, measures: list[s.Turns], day: str, expected: V
) -> None:
    assert s.verdict(s.issue_turns(measures), d(day)) is expected


def test_s10_a_milestone_left_open_binds_the_issue_while_any_measure_is_unfinished() -> None:
    missed = (s.MilestoneFact(d("2026-03-31"), "完成立项"),)

    assert s.issue_turns([OPEN], missed).behind_from == d("2026-04-01")
    assert s.issue_turns([ALL_DONE], missed).behind_from is None


@pytest.mark.parametrize(
    ("judged_by", "behind_from"), [("both", "2026-04-01"), ("milestones", "2026-04-01"), ("line", None)]
)
def test_s10_a_milestone_of_the_issue_itself_binds_where_milestones_are_judged(
    judged_by: str, behind_from: str | None
) -> None:
    turns = s.issue_turns([OPEN], (s.MilestoneFact(d("2026-03-31"), "完成立项"),), judged_by)

    assert turns.behind_from == (d(behind_from) if behind_from else None)


def test_s10_an_issue_is_due_when_its_last_measure_is() -> None:
    assert s.issue_turns([OPEN, BEHIND]).deadline_on == d("2026-09-30")


S11 = [
    ("date and long-term: the date is the deadline", replace(PLAIN, long_term=True), "2026-07-01", V.OVERDUE),
    ("long-term without a date", LONG_TERM, "2030-01-01", V.LONG_TERM),
    ("long-term, its stage task accepted", replace(LONG_TERM, submissions=(submitted("2026-05-01", "accepted", "2026-05-02"),)), "2026-06-01", V.COMPLETED),
    ("a deadline to be asked", replace(PLAIN, deadline_on=None, deadline_kind="ask"), "2026-01-01", V.UNREPORTED),
    ("relative, nobody said from when", replace(PLAIN, deadline_on=None, deadline_kind="relative"), "2026-03-01", V.UNREPORTED),
    ("no deadline and no flag", replace(PLAIN, deadline_on=None, deadline_kind="none"), "2026-03-01", V.UNREPORTED),
    ("at once: on its internal date", IMMEDIATE, "2026-01-31", V.ON_SCHEDULE),
    ("at once: behind after it, never overdue", IMMEDIATE, "2027-01-01", V.BEHIND),
    ("at once, for good: long-term until then", replace(IMMEDIATE, long_term=True), "2026-01-31", V.LONG_TERM),
]  # fmt: skip


@pytest.mark.parametrize(("what", "facts", "day", "expected"), S11, ids=[row[0] for row in S11])
def test_s11_long_term_at_once_and_what_has_no_date(what: str, facts: s.MeasureFacts, day: str, expected: V) -> None:
    """R1: no deadline is a state of its own, never 0 days."""
    assert verdict(facts, day) is expected
    if facts.deadline_on is None:
        assert s.days_overdue(s.measure_turns(facts), d(day)) == 0


DONE_ONCE = replace(PLAIN, submissions=(submitted("2026-05-01", "accepted", "2026-05-02"),), signed_off_on=None)
S12 = [
    ("without a new deadline, the old one passed: overdue from that day", replace(DONE_ONCE, reopened_on=d("2026-08-01")), "2026-08-01", V.OVERDUE),
    ("without a new deadline, the old one ahead", replace(DONE_ONCE, reopened_on=d("2026-06-01")), "2026-06-30", V.ON_SCHEDULE),
    ("… and then it passes", replace(DONE_ONCE, reopened_on=d("2026-06-01")), "2026-07-01", V.OVERDUE),
    ("with a new deadline", replace(DONE_ONCE, reopened_on=d("2026-08-01"), deadline_on=d("2026-12-31")), "2026-12-31", V.ON_SCHEDULE),
    ("completed again in the new cycle", replace(DONE_ONCE, reopened_on=d("2026-08-01"), submissions=(*DONE_ONCE.submissions, submitted("2026-08-10", "accepted", "2026-08-11"))), "2026-08-11", V.COMPLETED),
]  # fmt: skip


@pytest.mark.parametrize(("what", "facts", "day", "expected"), S12, ids=[row[0] for row in S12])
def test_s12_reopening_starts_a_new_cycle(what: str, facts: s.MeasureFacts, day: str, expected: V) -> None:
    assert verdict(facts, day) is expected


AGAIN = replace(DONE_ONCE, reopened_on=d("2026-06-01"), deadline_on=d("2026-12-31"))
MAY = d("2026-05-10")
S12_KEPT = [
    ("a word of before, behind", replace(AGAIN, confirmations=(confirmed("behind", "2026-04-05"),)), "2026-06-01", V.ON_SCHEDULE),
    ("a word of before, on schedule, excuses nothing now", replace(IMMEDIATE, reopened_on=d("2026-06-01"), confirmations=(confirmed("on_schedule", "2026-04-05", "2026-12-31"),)), "2026-06-01", V.BEHIND),
    ("a word of that day itself", replace(AGAIN, confirmations=(confirmed("behind", "2026-06-01"),)), "2026-06-01", V.BEHIND),
    ("a stage due before and never reached was met by the acceptance", replace(AGAIN, milestones=reached()), "2026-06-02", V.ON_SCHEDULE),
    ("a stage due before and refused now", replace(AGAIN, milestones=reached(("2026-03-20", True), ("2026-06-10", False))), "2026-06-10", V.BEHIND),
    ("… on the day before the refusal", replace(AGAIN, milestones=reached(("2026-03-20", True))), "2026-06-09", V.ON_SCHEDULE),
    ("a stage due later and reached before stays reached", replace(AGAIN, milestones=(replace(reached(("2026-03-20", True))[0], due_on=d("2026-07-31")),)), "2026-08-01", V.ON_SCHEDULE),
    ("a stage due later and not reached", replace(AGAIN, milestones=(replace(LATER, due_on=d("2026-07-31")),)), "2026-08-01", V.BEHIND),
    ("a report of before is no start", replace(AGAIN, start_on=d("2026-01-10")), "2026-06-01", V.NOT_STARTED),
    ("a stage reached before is no start", replace(AGAIN, start_on=d("2026-01-10"), milestones=(replace(reached(("2026-03-20", True))[0], due_on=d("2026-07-31")),)), "2026-06-01", V.NOT_STARTED),
    ("a report of before answers no round of now", replace(AGAIN, reports=(s.ReportFact(MAY),), rounds=(s.RoundFact(d("2026-05-01"), d("2026-06-05")),)), "2026-06-06", V.UNREPORTED),
    ("… but a round cut off before the reopening asks nothing", replace(AGAIN, reports=(), rounds=(s.RoundFact(d("2026-05-01"), d("2026-05-31")),)), "2026-06-06", V.ON_SCHEDULE),
]  # fmt: skip


@pytest.mark.parametrize(("what", "facts", "day", "expected"), S12_KEPT, ids=[row[0] for row in S12_KEPT])
def test_s12_what_of_before_still_rules_a_new_cycle(what: str, facts: s.MeasureFacts, day: str, expected: V) -> None:
    assert verdict(facts, day) is expected


def test_s12_the_figure_last_reported_stands_and_no_adverse_day_lies_before_the_reopening() -> None:
    short = replace(COUNTABLE, reports=(replace(REPORT, quantity=20),), reopened_on=d("2026-02-20"))

    turns = s.measure_turns(short)
    enough = s.measure_turns(replace(short, reports=(replace(REPORT, quantity=95),)))

    assert (turns.behind_from, turns.not_started_from) == (d("2026-02-20"), d("2026-02-20"))
    assert turns.why["behind"]["reported"] == 20
    assert enough.behind_from is None


def test_s2_what_rests_on_a_correction_says_so_until_an_ordinary_act_takes_its_place() -> None:
    back, later = s.ReportFact(d("2026-02-10"), set_back=True), s.ReportFact(d("2026-03-10"))
    corrected = [
        s.measure_turns(facts).corrected
        for facts in (
            PLAIN,
            replace(PLAIN, corrected=True),
            replace(PLAIN, reports=(back,)),
            replace(PLAIN, reports=(back, later)),
            replace(PLAIN, reports=(back,), submissions=(submitted("2026-05-01", "accepted", "2026-05-02"),)),
        )
    ]

    assert corrected == [False, True, True, False, False]
    assert s.issue_turns([OPEN, replace(OPEN, corrected=True)]).corrected
    assert not s.issue_turns([OPEN, BEHIND]).corrected


AS_OF = d("2026-03-15")


def ledger(state: str, completed_on: str | None = None, **changes: object) -> s.MeasureFacts:
    claim = s.ClaimFact(AS_OF, state, d(completed_on) if completed_on else None)
    closed = s.RoundFact(AS_OF, AS_OF, name="导入")
    return replace(replace(PLAIN, begins_on=AS_OF, reports=(), claim=claim, rounds=(closed,)), **changes)  # type: ignore[arg-type]


SAID = (s.ReportFact(AS_OF),)
S13 = [
    ("on schedule: a report, confirmed", ledger("on_schedule", reports=SAID, confirmations=(s.ConfirmationFact("on_schedule", AS_OF),)), V.ON_SCHEDULE),
    ("behind from that day", ledger("behind", reports=SAID, confirmations=(s.ConfirmationFact("behind", AS_OF),)), V.BEHIND),
    ("not started from that day", ledger("not_started", reports=(s.ReportFact(AS_OF, "not_started"),)), V.NOT_STARTED),
    ("basically completed on that day", ledger("basically_completed", reports=SAID), V.BASICALLY_COMPLETED),
    ("a blank claims no verdict: unreported from that day", ledger(""), V.UNREPORTED),
    ("整改中 claims no verdict", ledger("in_progress"), V.UNREPORTED),
    ("a completion date", ledger("completed", "2026-02-10"), V.COMPLETED),
    ("completed without a date", ledger("completed"), V.COMPLETED),
    ("signed off", ledger("signed_off", "2026-02-10"), V.SIGNED_OFF),
    ("overdue by date beats any claim", ledger("on_schedule", reports=SAID, deadline_on=d("2026-02-28")), V.OVERDUE),
    ("… but not a completion", ledger("completed", deadline_on=d("2026-02-28")), V.COMPLETED),
]  # fmt: skip


@pytest.mark.parametrize(("what", "facts", "expected"), S13, ids=[row[0] for row in S13])
def test_s13_a_ledger_imported_as_of_a_day(what: str, facts: s.MeasureFacts, expected: V) -> None:
    assert s.verdict(s.measure_turns(facts), AS_OF) is expected


def test_s13_completed_without_a_date_counts_on_that_day_and_its_lateness_is_unknown() -> None:
    turns = s.measure_turns(ledger("completed"))

    assert turns.completed_on == AS_OF
    assert not turns.lateness_known


def test_s13_a_month_means_its_last_day_but_never_later_than_the_ledgers() -> None:
    assert s.measure_turns(ledger("completed", "2026-03-31")).completed_on == AS_OF


def test_s13_a_report_after_the_ledger_ends_its_unreported() -> None:
    facts = ledger("", reports=(s.ReportFact(d("2026-03-20")),))

    assert s.measure_turns(facts).unreported_from is None


def test_the_next_turn_is_the_least_of_the_days_still_ahead() -> None:
    assert BEHIND.next_turn_after(d("2026-04-30")) == d("2026-05-01")
    assert BEHIND.next_turn_after(d("2026-05-01")) == d("2026-10-01")
    assert BEHIND.next_turn_after(d("2026-10-01")) is None


@pytest.mark.parametrize("language", [False, True])
def test_every_reason_reads_as_a_sentence_in_both_languages(language: bool) -> None:
    samples = [PLAIN, NO_REPORT, IMMEDIATE, LONG_TERM, COUNTABLE, replace(PLAIN, deadline_on=None, deadline_kind="ask")]
    samples += [row[1] for row in S9 + S11 + S12 + S13] + [row[1] for row in S7]
    samples += [replace(PLAIN, milestones=reached()), replace(PLAIN, submissions=(submitted("2026-06-30"),))]
    samples += [replace(PLAIN, confirmations=tuple(row[1]), milestones=reached()) for row in S6]
    for facts in samples:
        turns = s.measure_turns(facts)
        for day in ("2026-01-15", "2026-03-15", "2026-07-02", "2027-07-02"):
            sentence = explain(*s.why(turns, d(day)), english=language)
            assert sentence.endswith("." if language else "。")
            assert "{" not in sentence
