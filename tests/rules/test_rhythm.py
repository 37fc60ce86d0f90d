"""Which round follows on which day."""

from __future__ import annotations

import datetime as dt

import pytest

from rectify.rules import rhythm

D = dt.date.fromisoformat


@pytest.mark.parametrize(
    ("kind", "day", "name", "opens", "cut_off"),
    [
        ("weekly", "2026-06-15", "2026年第25周调度", "2026-06-15", "2026-06-19"),
        ("weekly", "2026-06-21", "2026年第25周调度", "2026-06-15", "2026-06-19"),
        ("weekly", "2027-01-01", "2026年第53周调度", "2026-12-28", "2027-01-01"),
        ("ten_day", "2026-06-10", "2026年6月上旬调度", "2026-06-01", "2026-06-10"),
        ("ten_day", "2026-06-11", "2026年6月中旬调度", "2026-06-11", "2026-06-20"),
        ("ten_day", "2026-01-31", "2026年1月下旬调度", "2026-01-21", "2026-01-31"),
        ("monthly", "2026-06-15", "2026年6月调度", "2026-06-01", "2026-06-30"),
        ("monthly", "2028-02-01", "2028年2月调度", "2028-02-01", "2028-02-29"),
        ("monthly", "2026-12-31", "2026年12月调度", "2026-12-01", "2026-12-31"),
        ("quarterly", "2026-06-15", "2026年第二季度调度", "2026-04-01", "2026-06-30"),
        ("quarterly", "2026-12-31", "2026年第四季度调度", "2026-10-01", "2026-12-31"),
    ],
)
def test_a_day_lies_in_the_period_of_its_rhythm(kind: str, day: str, name: str, opens: str, cut_off: str) -> None:
    assert rhythm.span_of(kind, D(day)) == rhythm.Span(name, D(opens), D(cut_off))


@pytest.mark.parametrize(
    ("kind", "from_on", "opens", "cut_off"),
    [
        ("monthly", "2026-06-01", "2026-06-01", "2026-06-30"),
        ("monthly", "2026-06-21", "2026-06-21", "2026-06-30"),  # ten days are left: still asked
        ("monthly", "2026-06-22", "2026-07-01", "2026-07-31"),  # nine: the next month
        ("monthly", "2026-12-31", "2027-01-01", "2027-01-31"),
        ("ten_day", "2026-06-16", "2026-06-16", "2026-06-20"),
        ("ten_day", "2026-06-17", "2026-06-21", "2026-06-30"),
        ("quarterly", "2026-06-12", "2026-07-01", "2026-09-30"),
        ("weekly", "2026-06-17", "2026-06-17", "2026-06-19"),
        ("weekly", "2026-06-18", "2026-06-22", "2026-06-26"),
        ("weekly", "2026-06-20", "2026-06-22", "2026-06-26"),  # a Saturday, behind the cut-off
        ("weekly", "2026-06-22", "2026-06-22", "2026-06-26"),
    ],
)
def test_the_next_round_is_the_period_begun_while_enough_of_it_is_left(
    kind: str, from_on: str, opens: str, cut_off: str
) -> None:
    span = rhythm.next_span(kind, D(from_on))

    assert (span.opens_on, span.cut_off_on) == (D(opens), D(cut_off))


def test_rounds_that_follow_each_other_never_overlap_over_ten_years() -> None:
    for kind in rhythm.LEAST_DAYS:
        day = D("2020-01-01")
        while day.year < 2030:
            span = rhythm.next_span(kind, day)
            assert day <= span.opens_on <= span.cut_off_on, kind
            day = span.cut_off_on + rhythm.ONE_DAY


def test_without_a_rhythm_there_is_no_period() -> None:
    with pytest.raises(KeyError):
        rhythm.span_of("none", D("2026-06-15"))
