"""The report sentence: what it says, what it may claim, and why it is refused (domain.md c.2 to c.4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from rectify.rules import sentence
from rectify.rules.sentence import Counts, Report, Subject, Wording

DAY = dt.date(2026, 6, 15)


def counts(total: int, done: int = 0, **others: Any) -> Counts:
    """Counts whose sums close: what is not named is on schedule; done ones are completed."""
    given = {"completed": done} | others
    left = total - sum(
        given.get(name, 0)
        for name in (
            "completed",
            "signed_off",
            "overdue",
            "basically_completed",
            "behind",
            "not_started",
            "unreported",
            "long_term",
        )
    )
    given.setdefault("on_schedule", left)
    given.setdefault("done", given["completed"] + given.get("signed_off", 0))
    given.setdefault("long_term_flag", given.get("long_term", 0))
    given.setdefault("due_this_year_left", given.get("due_this_year", 0) - given.get("due_this_year_done", 0))
    return Counts(total=total, **given)


def central(measures: Counts, issues: Counts | None = None, **others: Any) -> Subject:
    """The central environmental inspection of the report sentence: 36 issues, 28 of them done."""
    plan = "贯彻落实中央第五环境保护督察组督察反馈意见整改方案"
    return Subject(1, "中央环保督察", issues or counts(36, 28), measures, plan_name=plan, **others)


def poverty(name: str, measures: Counts, issues: Counts | None = None, **others: Any) -> Subject:
    return Subject(9, name, issues or replace(measures, left=None), measures, form="tail", **others)


def written(*subjects: Subject, **wording: Any) -> Report:
    return sentence.write(subjects, DAY, Wording(**wording))


GOOD = counts(94, 80, due_this_year=20, due_this_year_done=12)


def test_the_sentence_of_the_half_year_report_is_printed_word_for_word() -> None:
    report = written(central(GOOD))

    assert report.text == (
        "截至2026年6月15日，对照《贯彻落实中央第五环境保护督察组督察反馈意见整改方案》涉及我市的36项问题94条整改措施，"
        "目前完成28项问题80条，今年应完成20条，已完成12条，剩余8条达到序时进度。"
    )
    assert report.reasons == ()


def test_each_figure_of_the_sentence_names_the_rows_it_counts() -> None:
    figures = [(s.figure, s.value, s.counted) for s in written(central(GOOD)).sentences[0] if s.value is not None]

    assert figures == [
        ("total", 36, "issues"),
        ("total", 94, "measures"),
        ("done", 28, "issues"),
        ("done", 80, "measures"),
        ("due_this_year", 20, "measures"),
        ("due_this_year_done", 12, "measures"),
        ("due_this_year_left", 8, "measures"),
    ]


@pytest.mark.parametrize(
    ("others", "said", "why"),
    [
        ({"behind": 1}, "未达到序时进度1条", "未达到序时进度1条"),
        ({"overdue": 2}, "超期2条", "超期2条"),
        ({"not_started": 3}, "尚未启动3条", "尚未启动3条"),
        ({"unreported": 4}, "未报送4条", "未报送4条"),
        ({"basically_completed": 1}, "基本完成1条", "基本完成1条"),
        ({"on_schedule_unreported": 14}, "未经填报14条", "未经填报14条"),
    ],
)
def test_remaining_on_schedule_is_claimed_only_if_every_one_is(others: dict[str, int], said: str, why: str) -> None:
    report = written(central(counts(94, 80, due_this_year=20, due_this_year_done=12, **others)))

    assert "达到序时进度。" not in report.text
    assert "剩余8条达到" not in report.text
    assert said in report.text
    assert [r.code for r in report.reasons] == ["on_schedule"]
    assert why in report.reasons[0].text()


def test_zero_slots_drop_out_of_the_split_form() -> None:
    report = written(central(counts(94, 80, due_this_year=20, due_this_year_done=12, behind=3, overdue=2)))

    assert report.text.endswith("剩余8条；未完成的14条中，达到序时进度9条、未达到序时进度3条、超期2条。")


def test_what_was_never_reported_is_not_said_to_be_on_schedule() -> None:
    report = written(central(counts(94, 80, due_this_year=20, due_this_year_done=12, on_schedule_unreported=5)))

    assert "达到序时进度9条、未经填报5条" in report.text


def test_a_breakdown_of_this_years_rest_lets_the_claim_hold_beside_others_that_lag() -> None:
    lagging_later = counts(94, 80, due_this_year=20, due_this_year_done=12, behind=2, left={"on_schedule": 8})

    report = written(central(lagging_later))

    assert "剩余8条达到序时进度；未完成的14条中，达到序时进度12条、未达到序时进度2条。" in report.text


def test_a_breakdown_of_this_years_rest_is_printed_where_the_claim_does_not_hold() -> None:
    left = {"on_schedule": 5, "behind": 2, "overdue": 1, "on_schedule_unreported": 0}
    report = written(central(counts(94, 80, due_this_year=20, due_this_year_done=12, behind=2, overdue=1, left=left)))

    assert report.text.endswith("剩余8条中，达到序时进度5条、未达到序时进度2条、超期1条。")
    assert [(s.figure, s.value) for s in report.sentences[0] if s.figure.startswith("left_")] == [
        ("left_on_schedule", 5),
        ("left_behind", 2),
        ("left_overdue", 1),
    ]


def test_what_was_due_in_earlier_years_and_is_open_is_always_named() -> None:
    report = written(
        central(counts(94, 80, due_this_year=20, due_this_year_done=12, overdue=3, overdue_earlier_years=3))
    )

    assert report.text.endswith("；应于以前年度完成而未完成的3条。")
    assert "earlier_years" in [r.code for r in report.reasons]


def test_the_year_is_left_out_where_nothing_is_due_and_named_done_where_all_is() -> None:
    assert "今年" not in written(central(counts(94, 80))).text
    done = written(central(counts(94, 80, due_this_year=20, due_this_year_done=20)))
    assert "今年应完成20条，已全部完成；未完成的14条中，达到序时进度14条。" in done.text


def test_all_is_said_to_be_done_only_if_nothing_is_open() -> None:
    assert written(central(counts(94, 94), counts(36, 36))).text.endswith(
        "涉及我市的36项问题94条整改措施，目前已全部完成。"
    )
    assert "全部" not in written(central(counts(94, 94), counts(36, 35))).text


def test_an_inspection_without_plan_or_measures_speaks_of_its_issues() -> None:
    of_issues = Subject(2, "2018年脱贫攻坚成效考核", counts(7, 3, due_this_year=4), Counts(), found_word="发现问题")

    assert written(of_issues).text == (
        "截至2026年6月15日，2018年脱贫攻坚成效考核发现涉及我市的7项问题，目前完成3项问题，今年应完成4项，剩余4项达到序时进度。"
    )


def test_the_short_form_names_what_lags_and_claims_nothing_else() -> None:
    calm = Subject(2, "省督察", counts(10, 4), counts(30, 12, due_this_year=9), form="short")
    assert written(calm).text == "截至2026年6月15日，省督察反馈涉及我市的10项问题30条整改措施，目前完成4项问题12条。"

    lagging = replace(calm, measures=counts(30, 12, behind=2))
    assert written(lagging).text.endswith("目前完成4项问题12条；未完成的18条中，达到序时进度16条、未达到序时进度2条。")


def test_inspections_all_done_and_those_by_their_time_points_share_the_last_sentence() -> None:
    report = written(
        poverty("中央第三巡视组脱贫攻坚专项巡视", counts(12, 12)),
        poverty("十届省委脱贫攻坚专项巡视", counts(8, 8)),
        poverty("2018年脱贫攻坚成效考核", counts(9, 5), found_word="发现问题"),
    )

    assert report.text == (
        "截至2026年6月15日，中央第三巡视组脱贫攻坚专项巡视反馈问题、十届省委脱贫攻坚专项巡视反馈问题全部整改完成，"
        "2018年脱贫攻坚成效考核发现问题整改工作按照时间节点有序推进。"
    )
    assert [r.code for r in report.reasons] == ["all_done"]


@pytest.mark.parametrize("others", [{"overdue": 1}, {"behind": 1}, {"not_started": 1}, {"unreported": 1}])
def test_by_its_time_points_is_refused_and_the_exception_named(others: dict[str, int]) -> None:
    report = written(poverty("成效考核", counts(9, 5, **others), issues=counts(4, 2)))

    assert "有序推进" not in report.text
    assert "全部整改完成" not in report.text
    assert [r.code for r in report.reasons] == ["orderly"]
    assert "1条" in report.reasons[0].text()
    assert "成效考核反馈的4项问题9条整改措施，目前完成2项问题5条；未完成的4条中，" in report.text


def test_an_issue_behind_by_its_own_milestone_keeps_an_inspection_from_proceeding_by_its_time_points() -> None:
    report = written(poverty("成效考核", counts(9, 5), issues=counts(4, 2, behind=1)))

    assert "有序推进" not in report.text


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"on_schedule": 13}, "verdicts"),
        ({"done": 79}, "done"),
        ({"due_this_year_left": 7}, "year"),
        ({"due_this_year": 95, "due_this_year_left": 83}, "parts"),
        ({"overdue_earlier_years": 15}, "parts"),
        ({"on_schedule_unreported": 15}, "parts"),
        ({"left": {"on_schedule": 7}}, "verdicts"),
    ],
)
def test_no_sentence_is_printed_where_the_sums_do_not_close(wrong: dict[str, Any], code: str) -> None:
    report = written(central(replace(GOOD, **wrong)))

    assert report.refused
    assert report.text == ""
    assert code in [r.code for r in report.reasons]
    assert "中央环保督察" in report.reasons[0].text()
    assert "No report" not in report.reasons[0].text(english=True)
    assert "no report" in report.reasons[0].text(english=True)


def test_basically_completed_counts_only_where_the_inspection_says_so_and_is_then_printed() -> None:
    held = counts(94, 70, basically_completed=10, due_this_year=20, due_this_year_done=12)
    held = replace(held, done=80)

    report = written(central(held, basically_counts_as_done=True))

    assert "目前完成（含基本完成）28项问题80条" in report.text
    assert "剩余8条达到序时进度" in report.text
    assert written(central(held)).refused


def test_long_term_counts_only_where_the_inspection_says_so_and_is_then_printed() -> None:
    held = replace(counts(94, 70, long_term=10, long_term_flag=10, due_this_year=20, due_this_year_done=12), done=80)

    report = written(central(held, long_term_counts_as_done=True), rest="all")

    assert "目前完成（含长期坚持）28项问题80条" in report.text
    assert "长期坚持10条" not in report.text and "剩余14条达到序时进度" in report.text
    assert "与已销号、已完成之和" in written(central(held)).reasons[0].text()
    wrong = replace(held, done=79)
    assert (
        "与已销号、已完成、长期坚持之和80不符"
        in written(central(wrong, long_term_counts_as_done=True)).reasons[0].text()
    )


def test_what_counts_beside_the_completed_is_named_in_one_note() -> None:
    held = replace(
        counts(94, 84, long_term=7, long_term_flag=7, basically_completed=3, due_this_year=20, due_this_year_done=20),
        done=94,
    )
    issues = replace(counts(36, 36), done=36)
    both = {"basically_counts_as_done": True, "long_term_counts_as_done": True}

    assert "目前已全部完成（含基本完成、长期坚持）。" in written(central(held, issues=issues, **both)).text
    tail = central(held, issues=issues, form="tail", **both)
    assert "全部整改完成（含基本完成、长期坚持）" in written(tail).text


def test_the_words_of_the_place_can_be_chosen() -> None:
    subject = central(GOOD, issue_word="个", measure_word="项")
    report = written(subject, place="我县", schedule="时序", rate=True, decimals=2)

    assert "涉及我县的36个问题94项整改措施" in report.text
    assert "完成率85.11%" in report.text
    assert "剩余8项达到时序进度" in report.text


def test_the_rest_may_mean_all_that_is_not_done() -> None:
    report = written(central(GOOD), rest="all")
    assert report.text.endswith("今年应完成20条，已完成12条，剩余14条达到序时进度。")

    lasting = written(central(replace(GOOD, on_schedule=12, long_term=2, long_term_flag=2)), rest="all")
    assert lasting.text.endswith("未完成的14条中，达到序时进度12条、长期坚持2条。")
    assert [r.code for r in lasting.reasons] == ["on_schedule"]


def test_an_inspection_without_items_is_left_out_and_named_and_nothing_at_all_is_refused() -> None:
    empty = Subject(3, "新督察", Counts(), Counts())

    assert [r.code for r in written(central(GOOD), empty).reasons] == ["empty"]
    assert written(empty).refused
    assert written().refused


def test_what_is_shared_or_corrected_is_said_beside_the_figures() -> None:
    report = written(central(counts(4, shared=2, corrected=1), counts(3, corrected=1)))

    assert [reason.text() for reason in report.reasons] == [
        "“中央环保督察”的措施中，2条是与其他批次共有的共同措施，在各批次分别计数；各批次的措施数不宜直接相加。",
        "“中央环保督察”的数字中，1项问题、1条措施依据更正后的情况计算（台账中标有“更正”）。",
    ]
    assert (
        report.reasons[1].text(english=True).startswith("“中央环保督察”: 1 issue and 1 measure are counted by what was")
    )
    assert not report.refused


def test_every_reason_reads_in_both_languages() -> None:
    values = {
        "name": "甲", "what": "措施", "what_english": "measures", "sum": 1, "total": 2, "done": 1, "also": "",
        "due": 1, "due_done": 1, "due_left": 1, "part": 2, "whole": 1, "part_word": "完成", "whole_word": "总数",
        "part_name": "done", "whole_name": "total", "rest": 8, "word": "条", "schedule": "序时", "found": "超期1条",
        "found_english": "overdue 1", "open": 3, "count": 2,
    }  # fmt: skip
    for code in sentence.REASONS:
        reason = sentence.Reason(code, True, 1, values)
        assert reason.text().endswith("。")
        assert reason.text(english=True).endswith(".")
