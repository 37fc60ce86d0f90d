"""The days in which a round takes reports, and which reports come late (S8)."""

from __future__ import annotations

import datetime as dt

import pytest

from rectify.rules import windows
from rectify.rules.schedule import RoundFact

D = dt.date.fromisoformat
JUNE = RoundFact(D("2026-06-01"), D("2026-06-30"), grace_days=3, name="六月")
JULY = RoundFact(D("2026-07-01"), D("2026-07-31"), name="七月")
AUGUST_20 = RoundFact(D("2026-08-20"), D("2026-08-31"), name="八月")


@pytest.mark.parametrize(
    ("what", "rounds", "last_on"),
    [
        ("no later round: it takes reports without an end", [JUNE], None),
        ("the next opens the day after: through its own grace", [JUNE, JULY], "2026-07-03"),
        ("the next opens later: until the day before", [JUNE, AUGUST_20], "2026-08-19"),
        ("in whatever order they are told", [AUGUST_20, JUNE], "2026-08-19"),
    ],
)
def test_a_round_takes_reports_until_the_next_one_opens_or_its_grace_ends(
    what: str, rounds: list[RoundFact], last_on: str | None
) -> None:
    found = {this.name: window for this, window in windows.windows(rounds)}

    assert found["六月"].last_on == (D(last_on) if last_on else None)
    assert found["六月"].grace_on == D("2026-07-03")


@pytest.mark.parametrize(
    ("what", "said", "day", "since"),
    [
        ("the day it opens, on that day", "2026-06-01", "2026-06-01", "2026-06-01"),
        ("before the opening it answers nothing", "2026-05-31", "2026-06-10", None),
        ("through the last day of grace", "2026-06-30", "2026-07-03", "2026-06-01"),
        ("after grace the next one runs", "2026-06-30", "2026-07-04", None),
        ("in grace it answers both: the later counts", "2026-07-02", "2026-07-03", "2026-07-01"),
        ("and goes on in that", "2026-07-02", "2026-07-31", "2026-07-01"),
    ],
)
def test_the_round_of_a_report_runs_while_it_takes_another(what: str, said: str, day: str, since: str | None) -> None:
    found = windows.running_since([JUNE, JULY, AUGUST_20], D(said), D(day))

    assert found == (D(since) if since else None)


@pytest.mark.parametrize(
    ("what", "rounds", "said", "late"),
    [
        ("the day of the cut-off is in time", [JUNE], ["2026-06-30"], {}),
        ("the day after is late, in grace too", [JUNE], ["2026-07-01"], {"2026-07-01": "六月"}),
        ("long after, while no other round opened", [JUNE, AUGUST_20], ["2026-08-19"], {"2026-08-19": "六月"}),
        ("when another has opened, it is that one's", [JUNE, AUGUST_20], ["2026-08-20"], {}),
        ("a second word after one in time is not late", [JUNE], ["2026-06-30", "2026-07-02"], {}),
        ("only the first late word is", [JUNE], ["2026-07-01", "2026-07-02"], {"2026-07-01": "六月"}),
        (
            "in grace, with the next open, it is late for the first",
            [JUNE, JULY],
            ["2026-07-02"],
            {"2026-07-02": "六月"},
        ),
        ("after grace, with the next open, it is in time for that", [JUNE, JULY], ["2026-07-04"], {}),
        ("before the opening it answers nothing", [JUNE], ["2026-05-31"], {}),
    ],
)
def test_late_is_the_first_word_in_a_round_after_its_cut_off(
    what: str, rounds: list[RoundFact], said: list[str], late: dict[str, str]
) -> None:
    found = windows.late_on(rounds, [D(on) for on in said])

    assert {on.isoformat(): this.name for on, this in found.items()} == late
