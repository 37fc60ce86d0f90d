"""What spreadsheets hide: dates and serials, months, several sheets, summary and hidden sheets, unmerged rows."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import pytest
import xlsxwriter

from rectify.reading import Unreadable, read
from rectify.reading.draft import PlanDraft

HEAD = ["序号", "反馈问题", "整改措施", "牵头单位", "整改时限", "完成时间", "是否达到序时进度", "是否销号"]


def book(*sheets: tuple[str, Sequence[Any]], hidden: tuple[str, ...] = ()) -> PlanDraft:
    """The draft of a workbook with these sheets; dates are written as true dates."""
    target = io.BytesIO()
    workbook = xlsxwriter.Workbook(target, {"in_memory": True})
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    month = workbook.add_format({"num_format": 'yyyy"年"m"月";@'})
    for name, rows in sheets:
        sheet = workbook.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, dt.datetime):
                    sheet.write_datetime(at, column, value, month)
                elif isinstance(value, dt.date):
                    sheet.write_datetime(at, column, dt.datetime(value.year, value.month, value.day), day)
                elif value != "":
                    sheet.write(at, column, value)
    workbook.close()
    return read(target.getvalue(), "a.xlsx")


TITLE = ["甲市整改台账（截至2022年6月30日）"]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (dt.date(2022, 3, 15), dt.date(2022, 3, 15)),
        (dt.datetime(2022, 2, 1), dt.date(2022, 2, 28)),  # shown as 2022年2月
        (44926, dt.date(2022, 12, 31)),
        ("44926", dt.date(2022, 12, 31)),
        ("2022年底前", dt.date(2022, 12, 31)),
        (2022, dt.date(2022, 12, 31)),
    ],
)
def test_a_date_counts_as_it_is_displayed(cell: Any, day: dt.date) -> None:
    draft = book(("台账", [TITLE, HEAD, [1, "污水直排。", "截污。", "市水务局", cell, "", "", ""]]))
    deadline = draft.issues[0].deadline
    assert deadline is not None and deadline.date == day


@pytest.mark.parametrize(
    ("completed", "on_schedule", "signed_off", "state", "day"),
    [
        (dt.date(2022, 5, 1), "是", "是", "signed_off", dt.date(2022, 5, 1)),
        (dt.date(2022, 5, 1), "——", "否", "completed", dt.date(2022, 5, 1)),
        ("2022年4月", "", "", "completed", dt.date(2022, 4, 30)),
        ("2022年6月", "", "", "completed", dt.date(2022, 6, 30)),
        ("", "是", "否", "on_schedule", None),
        ("", "达到", "否", "on_schedule", None),
        ("", "否", "否", "behind", None),
        ("", "未达到", "", "behind", None),
        ("", "尚未启动", "", "not_started", None),
        ("", "——", "否", None, None),
        ("", "", "", None, None),
    ],
)
def test_a_rows_state_follows_the_columns_in_their_order(
    completed: Any, on_schedule: str, signed_off: str, state: str | None, day: dt.date | None
) -> None:
    row = [1, "污水直排。", "截污。", "市水务局", "2022年底前", completed, on_schedule, signed_off]
    draft = book(("台账", [TITLE, HEAD, row]))
    (issue,) = draft.issues
    assert (issue.state, issue.completed_on) == (state, day)
    assert (issue.measures[0].state, issue.measures[0].completed_on) == (state, day)


def test_a_month_is_never_later_than_the_cut_off() -> None:
    rows = [
        ["甲市整改台账（截至2022年6月20日）"],
        HEAD,
        [1, "污水直排。", "截污。", "市水务局", "2022年底前", "2022年6月", "", ""],
    ]
    assert book(("台账", rows)).issues[0].completed_on == dt.date(2022, 6, 20)


def test_a_completion_after_the_cut_off_is_asked() -> None:
    row = [1, "污水直排。", "截污。", "市水务局", "2022年底前", dt.date(2022, 7, 5), "是", "否"]
    draft = book(("台账", [TITLE, HEAD, row]))
    assert draft.issues[0].completed_on is None
    assert draft.issues[0].state == "on_schedule"
    (question,) = draft.questions
    assert (question.topic, question.issue) == ("state", 0) and "2022-07-05" in question.ask


def test_every_sheet_with_issues_is_a_part_and_summaries_are_not() -> None:
    row = [1, "污水直排。", "截污。", "市水务局", "2022年底前", "", "是", "否"]
    draft = book(
        ("汇总", [["县区", "问题数", "完成数"], ["甲县", 3, 1]]),
        ("中央督察", [TITLE, HEAD, row, ["合计", "1个问题", "1条措施"]]),
        (
            "省督察",
            [
                TITLE,
                HEAD,
                [1, "扬尘。", "洒水。", "市城管局", "立行立改", "", "是", "否"],
                ["合计", "1个问题", "1条措施"],
            ],
        ),
        ("旧稿", [TITLE, HEAD, row]),
        hidden=("旧稿",),
    )
    assert [(issue.part, issue.number) for issue in draft.issues] == [("中央督察", "1"), ("省督察", "1")]
    assert (draft.declared_issues, draft.declared_measures) == (2, 2)
    assert draft.notes == [
        "隐藏的工作表“旧稿”与其他工作表的问题相同，没有读取。",
        "工作表“汇总”里没有问题清单，没有读取。",
    ]


def test_a_hidden_sheet_with_issues_of_its_own_is_read_and_asked_about() -> None:
    row = ["污水直排。", "截污。", "市水务局", "2022年底前", "", "是", "否"]
    other = ["露天焚烧。", *row[1:]]
    draft = book(("台账", [TITLE, HEAD, [1, *row]]), ("二", [TITLE, HEAD, [1, *other]]), hidden=("二",))
    assert [(issue.part, issue.text) for issue in draft.issues] == [("台账", "污水直排。"), ("二", "露天焚烧。")]
    assert draft.notes == ["工作表“二”是隐藏的，已一并读取。"]
    assert ["是否属于本方案" in question.ask for question in draft.questions] == [True]


def test_rows_without_number_and_text_go_on_the_issue_above() -> None:
    rows = [
        TITLE,
        HEAD,
        [1, "污水直排。", "截污。", "市水务局", "2021年底前", "", "是", "否"],
        ["", "", "建厂。", "", "2022年底前", "", "否", "否"],
        [2, "扬尘。", "洒水。", "市城管局", "立行立改", "", "是", "否"],
    ]
    first, second = book(("台账", rows)).issues
    assert [(m.text, m.state) for m in first.measures] == [("截污。", "on_schedule"), ("建厂。", "behind")]
    assert [str(m.deadline and m.deadline.date) for m in first.measures] == ["2021-12-31", "2022-12-31"]
    assert [unit.name for unit in first.units] == ["市水务局"]
    assert second.number == "2"


def test_blank_rows_repeated_headers_totals_and_notes_are_no_issues() -> None:
    row = [1, "污水直排。", "截污。", "市水务局", "2022年底前", "", "是", "否"]
    rows = [TITLE, HEAD, row, [], HEAD, [2, *row[1:]], ["合计", "2个问题"], ["注：每月报送。"]]
    draft = book(("台账", rows))
    assert [issue.number for issue in draft.issues] == ["1", "2"]
    assert draft.declared_issues == 2
    assert [unread.text for unread in draft.unread] == ["注：每月报送。"]


def test_a_row_across_the_table_is_the_category_of_the_rows_below_it() -> None:
    row = ["污水直排。", "截污。", "市水务局", "2022年底前", "", "是", "否"]
    draft = book(("台账", [TITLE, HEAD, ["一、水环境"], [1, *row], ["二、大气环境"], [2, *row]]))
    assert [issue.category for issue in draft.issues] == ["水环境", "大气环境"]


def test_a_total_that_does_not_fit_is_asked() -> None:
    row = [1, "污水直排。", "截污。", "市水务局", "2022年底前", "", "是", "否"]
    draft = book(("台账", [TITLE, HEAD, row, ["合计", "3个问题", "5条措施"]]))
    assert [question.topic for question in draft.questions] == ["total", "total"]


def test_an_empty_workbook_is_said_to_be_empty() -> None:
    with pytest.raises(Unreadable, match="没有内容"):
        book(("台账", []))
