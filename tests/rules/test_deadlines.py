"""Deadline phrases and what they mean: each phrase that offices are known to use, and the edges beside it."""

from __future__ import annotations

import datetime as dt
import random
import time
from functools import partial

import pytest

from rectify.rules import deadlines
from rectify.rules.deadlines import Deadline
from rectify.rules.workdays import Calendar, add_workdays


def said(text: str, year: int | None = None) -> str:
    """A phrase's meaning in one word: kind, start~date, + long-term, ~ inferred, ? asked."""
    parsed = deadlines.parse(text, year_hint=year)
    deadline = parsed.deadline
    span = f" {deadline.start}~{deadline.date}" if deadline.start else f" {deadline.date}" if deadline.date else ""
    marks = (" +" if deadline.long_term else "") + (" ~" if deadline.inferred else "")
    return f"{deadline.kind}{span}{marks}{' ?' if parsed.needs_question else ''}"


@pytest.mark.parametrize(
    ("phrase", "meaning"),
    [
        # a month's or a year's end
        ("2022年12月底前", "date 2022-12-31"),
        ("2022年12月底", "date 2022-12-31"),
        ("2022年12月31日前完成", "date 2022-12-31"),
        ("2024年2月底前", "date 2024-02-29"),
        ("2023年2月底前", "date 2023-02-28"),
        ("2022年底前", "date 2022-12-31"),
        ("2022年年底前", "date 2022-12-31"),
        ("2018年年底", "date 2018-12-31"),
        ("2022年底", "date 2022-12-31"),
        ("2022年末", "date 2022-12-31"),
        ("2022 年 12 月底前", "date 2022-12-31"),
        ("２０２２年１２月底前", "date 2022-12-31"),
        ("二〇二二年十二月底前", "date 2022-12-31"),
        # a day, inclusive
        ("2018年6月30日前完成", "date 2018-06-30"),
        ("2010年9月20日前", "date 2010-09-20"),
        ("2022-12-31", "date 2022-12-31"),
        ("2022.12.31", "date 2022-12-31"),
        ("2022/12/31", "date 2022-12-31"),
        ("20221231", "date 2022-12-31"),
        # bare: the last day
        ("2021年10月底", "date 2021-10-31"),
        ("2021年9月", "date 2021-09-30"),
        ("2022.6", "date 2022-06-30"),
        ("2022/6", "date 2022-06-30"),
        ("2025年上半年", "date 2025-06-30"),
        ("2025年下半年", "date 2025-12-31"),
        ("2025年一季度", "date 2025-03-31"),
        ("2025年第三季度末", "date 2025-09-30"),
        ("2025年前三季度", "date 2025-09-30"),
        ("2022年全年", "date 2022-12-31"),
        ("到2020年", "date 2020-12-31 ~"),
        ("2022", "date 2022-12-31 ~"),
        ("“十四五”期间", "date 2025-12-31 ~"),
        ("“十四五”末", "date 2025-12-31 ~"),
        ("十四五末", "date 2025-12-31 ~"),
        ("“十三五”末", "date 2020-12-31 ~"),
        ("2022年6月中旬", "date 2022-06-20 ~"),
        # split and staged: the latest counts
        ("2024年6月底前、年底前", "date 2024-12-31"),
        ("2018年8月底前完成方案，2019年12月底前完成", "date 2019-12-31"),
        ("2018年底前完成阶段性任务，并长期坚持", "date 2018-12-31 +"),
        # ranges
        ("2020年6月至2021年12月", "range 2020-06-01~2021-12-31"),
        ("2018—2020年", "range 2018-01-01~2020-12-31"),
        ("2018-2020年", "range 2018-01-01~2020-12-31"),
        ("2022年6—12月", "range 2022-06-01~2022-12-31"),
        ("2022年3月1日-30日", "range 2022-03-01~2022-03-30"),
        ("2021年一季度至2022年三季度", "range 2021-01-01~2022-09-30"),
        ("自2020年6月起至2021年底", "range 2020-06-01~2021-12-31"),
        # with long-term work behind it
        ("2019年6月底，立行立改，持续整改", "date 2019-06-30 +"),
        ("2019年3月底前，长期坚持", "date 2019-03-31 +"),
        ("2021年5月31日前完成并长期坚持", "date 2021-05-31 +"),
        ("持续到2022年底", "date 2022-12-31"),
        # without a date
        ("立行立改", "immediate"),
        ("立行立改，长期坚持", "immediate +"),
        ("立行立改并持续整改", "immediate +"),
        ("立即整改", "immediate"),
        ("即知即改", "immediate"),
        ("长期坚持", "long_term +"),
        ("持续推进", "long_term +"),
        ("持续整改", "long_term +"),
        ("常态化", "long_term +"),
        ("巩固成效", "long_term +"),
        ("2021年起，长期坚持", "long_term +"),
        # counted from a day that must be asked
        ("三个月内", "relative ?"),
        ("反馈后2个月内", "relative ?"),
        ("30个工作日内", "relative ?"),
        ("半年内", "relative ?"),
        ("一年内", "relative ?"),
        ("两周内", "relative ?"),
        # only a person knows
        ("集中整改期内", "ask ?"),
        ("汛期前", "ask ?"),
        ("采暖季前", "ask ?"),
        ("2021年采暖季前完成，长期坚持", "ask + ?"),
        ("国庆前", "ask ?"),
        ("2021年春节前", "ask ?"),
        ("2022年前", "ask ?"),
        ("按上级要求", "ask ?"),
        ("2021年2月30日前", "ask ?"),
        ("2021年13月底前", "ask ?"),
        ("9999年12月底前", "ask ?"),
        # several conditions: the last explicit date counts, the rest is asked
        ("集中整改期内完成方案制定，2021年底前取得阶段性成效，持续推进", "date 2021-12-31 + ?"),
        ("2018年9月底前完成整改；需长期坚持的，持续推进。", "date 2018-09-30 ?"),
        ("2022年6月前", "date 2022-06-30 ~ ?"),
        # nothing
        ("", "none"),
        ("——", "none"),
        ("无", "none"),
        ("/", "none"),
        ("  ", "none"),
        # a spreadsheet's serial numbers
        ("44926", "date 2022-12-31"),
        ("45291.0", "date 2023-12-31"),
        ("45473.5", "date 2024-06-30"),
    ],
)
def test_a_phrase_means(phrase: str, meaning: str) -> None:
    assert said(phrase) == meaning


@pytest.mark.parametrize(
    ("phrase", "meaning"),
    [
        ("6月底前", "date 2021-06-30 ~"),
        ("12月31日前", "date 2021-12-31 ~"),
        ("今年底前", "date 2021-12-31 ~"),
        ("年内", "date 2021-12-31 ~"),
        ("年底前", "date 2021-12-31 ~"),
        ("全年", "date 2021-12-31 ~"),
        ("一季度", "date 2021-03-31 ~"),
        ("三季度末", "date 2021-09-30 ~"),
        ("上半年", "date 2021-06-30 ~"),
        ("明年6月底", "date 2022-06-30 ~"),
        ("2月30日", "ask ?"),
    ],
)
def test_a_missing_year_is_the_plans(phrase: str, meaning: str) -> None:
    assert said(phrase, 2021) == meaning


@pytest.mark.parametrize("phrase", ["6月底前", "今年底前", "一季度", "年底前"])
def test_a_missing_year_is_asked_where_the_plan_has_none(phrase: str) -> None:
    assert said(phrase) == "ask ?"
    assert "年份" in (deadlines.parse(phrase).needs_question or "")


def test_earlier_dates_of_a_phrase_are_its_stages() -> None:
    parsed = deadlines.parse("2018年8月底前完成方案，2019年12月底前完成")
    assert [(stage.date, stage.text) for stage in parsed.stages] == [(dt.date(2018, 8, 31), "完成方案")]


@pytest.mark.parametrize("phrase", ["2020年12月31日（原时限2019年12月31日）", "原定2019年12月31日，2020年12月31日"])
def test_an_original_deadline_in_the_phrase_is_kept_apart(phrase: str) -> None:
    parsed = deadlines.parse(phrase)
    assert parsed.deadline.date == dt.date(2020, 12, 31)
    assert parsed.original is not None and parsed.original.date == dt.date(2019, 12, 31)
    assert parsed.stages == ()


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("2020年底前完成扩容，2022年底前达标。", ["2020-12-31", "2022-12-31"]),
        ("到2025年，全部消除。", ["2025-12-31"]),
        ("2021年9月完成。", ["2021-09-30"]),
        ("一季度完成招标，二季度开工，年底前建成。", ["2021-03-31", "2021-06-30", "2021-12-31"]),
        ("2018年以来开展排查。", []),
        ("每年6月底前报送。", []),
        ("较2020年下降10%。", []),
        ("2020年度目标任务。", []),
        ("2019年3月印发的方案。", []),
        ("应于2014年10月底前建成，至今未建。", []),
    ],
)
def test_a_sentence_holds_these_time_limits(sentence: str, days: list[str]) -> None:
    assert [stage.date.isoformat() for stage in deadlines.stages(sentence, year_hint=2021)] == days


@pytest.mark.parametrize(
    ("phrase", "base", "day"),
    [
        ("三个月内", dt.date(2021, 11, 30), dt.date(2022, 2, 28)),
        ("反馈后2个月内", dt.date(2021, 1, 15), dt.date(2021, 3, 15)),
        ("半年内", dt.date(2021, 8, 31), dt.date(2022, 2, 28)),
        ("一年内", dt.date(2020, 2, 29), dt.date(2021, 2, 28)),
        ("15日内", dt.date(2021, 12, 20), dt.date(2022, 1, 4)),
        ("两周内", dt.date(2021, 1, 1), dt.date(2021, 1, 15)),
        ("30个工作日内", dt.date(2021, 1, 1), None),
    ],
)
def test_a_relative_deadline_is_counted_from_a_day(phrase: str, base: dt.date, day: dt.date | None) -> None:
    resolved = deadlines.resolve(deadlines.parse(phrase).deadline, base)
    assert (resolved.date, resolved.kind) == (day, "relative")
    assert resolved.inferred is (day is not None)


def test_only_relative_deadlines_are_resolved() -> None:
    fixed = Deadline("2021年底", dt.date(2021, 12, 31), None, "date")
    assert deadlines.resolve(fixed, dt.date(2020, 1, 1)) == fixed


def test_no_text_makes_it_raise_or_hang() -> None:
    chance = random.Random(20_260_615)
    letters = (
        "0123456789年月日底前末至-—年内季度上下半十四五一二三〇，。；（）长期坚持立行立改持续推进个工作日"
        + "“”原时限今明到 \n"
    )
    began = time.perf_counter()
    for _ in range(3000):
        text = "".join(chance.choice(letters) for _ in range(chance.randrange(1, 40)))
        parsed = deadlines.parse(text, year_hint=chance.choice([None, 2021]))
        assert parsed.deadline.raw == text.strip()
        assert (parsed.deadline.date is not None) == (parsed.deadline.kind in ("date", "range"))
        deadlines.stages(text, year_hint=2021)
    for text in ("2020年" * 20_000, "9" * 100_000, "（" * 50_000, "2020年6月至" * 10_000, "个月内" * 30_000):
        deadlines.parse(text)
        deadlines.stages(text)
    assert time.perf_counter() - began < 20


def test_working_days_are_counted_in_the_calendar_that_is_handed_in() -> None:
    thirty = deadlines.parse("收到反馈后30个工作日内").deadline
    holidays = Calendar(holidays=frozenset({dt.date(2026, 6, 19)}))  # 端午节
    counted = deadlines.resolve(thirty, dt.date(2026, 6, 1), partial(add_workdays, holidays))
    assert (counted.date, counted.kind, counted.inferred) == (dt.date(2026, 7, 14), "relative", True)
    without = deadlines.resolve(thirty, dt.date(2026, 6, 1), partial(add_workdays, Calendar()))
    assert without.date == dt.date(2026, 7, 13)


def test_working_days_that_no_calendar_has_stay_open() -> None:
    def never(day: dt.date, count: int) -> dt.date:
        raise ValueError("no working day")

    thirty = deadlines.parse("30个工作日内").deadline
    assert deadlines.resolve(thirty, dt.date(2026, 6, 1), never) == thirty
    assert deadlines.resolve(Deadline("9999个工作日内", kind="relative"), dt.date(2026, 6, 1)).date is None
