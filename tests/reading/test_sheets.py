"""What spreadsheets hide: dates and serials, months, several sheets, summary and hidden sheets, unmerged rows."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import pytest
import xlsxwriter

from rectify.reading import Unreadable, read, read_apart
from rectify.reading.draft import PlanDraft

HEAD = ["序号", "反馈问题", "整改措施", "牵头单位", "整改时限", "完成时间", "是否达到序时进度", "是否销号"]


def book(*sheets: tuple[str, Sequence[Any]], hidden: tuple[str, ...] = (), chosen: Sequence[str] = ()) -> PlanDraft:
    """The draft of a workbook with these sheets, or the chosen of them; dates are written as true dates."""
    return read(workbook(*sheets, hidden=hidden), "a.xlsx", chosen)


def workbook(*sheets: tuple[str, Sequence[Any]], hidden: tuple[str, ...] = ()) -> bytes:
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target, {"in_memory": True})
    day = made.add_format({"num_format": "yyyy-mm-dd"})
    month = made.add_format({"num_format": 'yyyy"年"m"月";@'})
    for name, rows in sheets:
        sheet = made.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        else:
            sheet.activate()  # the active sheet is the one that cannot be hidden
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, dt.datetime):
                    sheet.write_datetime(at, column, value, month)
                elif isinstance(value, dt.date):
                    sheet.write_datetime(at, column, dt.datetime(value.year, value.month, value.day), day)
                elif value != "":
                    sheet.write(at, column, value)
    made.close()
    return target.getvalue()


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
        "工作表“旧稿”是隐藏的，没有读取；如属于本方案，请选择读取它。",
        "工作表“汇总”里没有问题清单，没有读取。",
    ]


def row(text: str) -> list[Any]:
    return [1, text, "截污。", "市水务局", "2022年底前", "", "是", "否"]


SEVERAL = (
    ("说明", [["填报说明"], ["请于每月5日前报送。"]]),
    ("中央督察", [TITLE, HEAD, row("污水直排。")]),
    ("省督察", [TITLE, HEAD, row("露天焚烧。"), ["合计", "1个问题", "1条措施"]]),
    ("旧稿", [TITLE, HEAD, row("扬尘。")]),
    ("空表", []),
)


@pytest.mark.parametrize(
    ("chosen", "read_from", "read_sheets"),
    [
        ((), [("中央督察", "污水直排。"), ("省督察", "露天焚烧。")], ["中央督察", "省督察"]),
        (("省督察",), [(None, "露天焚烧。")], ["省督察"]),
        (("旧稿",), [(None, "扬尘。")], ["旧稿"]),
        (("旧稿", "中央督察"), [("中央督察", "污水直排。"), ("旧稿", "扬尘。")], ["中央督察", "旧稿"]),
        (("说明", "省督察"), [("省督察", "露天焚烧。")], ["省督察"]),
        (("空表", "省督察"), [(None, "露天焚烧。")], ["省督察"]),
    ],
)
def test_the_chosen_sheets_are_read_and_without_a_choice_those_that_are_not_hidden(
    chosen: Sequence[str], read_from: list[tuple[str | None, str]], read_sheets: list[str]
) -> None:
    draft = book(*SEVERAL, hidden=("旧稿",), chosen=chosen)

    if len(read_from) > 1:
        assert [(issue.part, issue.text) for issue in draft.issues] == read_from
    else:
        assert [issue.text for issue in draft.issues] == [text for _, text in read_from]
    assert [sheet.name for sheet in draft.sheets if sheet.read] == read_sheets
    assert {sheet.name for sheet in draft.sheets if sheet.chosen} == set(chosen or dict(SEVERAL)) - (
        set() if chosen else {"旧稿"}
    )
    assert [(sheet.name, sheet.rows, sheet.hidden) for sheet in draft.sheets] == [
        ("说明", 2, False),
        ("中央督察", 3, False),
        ("省督察", 4, False),
        ("旧稿", 3, True),
        ("空表", 0, False),
    ]


def test_a_hidden_sheet_leaves_nothing_but_its_name_unless_it_is_chosen() -> None:
    draft = book(*SEVERAL, hidden=("旧稿",))

    assert "工作表“旧稿”是隐藏的，没有读取；如属于本方案，请选择读取它。" in draft.notes
    assert "扬尘" not in "".join(draft.source_lines)

    draft = book(*SEVERAL, hidden=("旧稿",), chosen=("旧稿",))

    assert draft.notes == []
    assert draft.issues[0].line == 3 and "扬尘" in draft.source_lines[2]


@pytest.mark.parametrize(
    ("chosen", "hidden", "sentence"),
    [
        (
            ("省督查", "中央督察"),
            (),
            "工作簿里没有工作表“省督查”，现有的工作表是“说明”“中央督察”“省督察”“旧稿”“空表”，请从中选择。",
        ),
        (("空表",), (), "所选的工作表“空表”里没有内容，请另选。"),
        (
            (),
            ("说明", "中央督察", "省督察", "旧稿"),
            "工作簿里看得见的工作表都是空的，内容在隐藏的工作表“说明”“中央督察”“省督察”“旧稿”里，请取消隐藏后再上传。",
        ),
    ],
)
def test_a_choice_that_gives_nothing_to_read_is_one_sentence(
    chosen: Sequence[str], hidden: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        book(*SEVERAL, hidden=hidden, chosen=chosen)
    assert str(refused.value) == sentence


def test_a_text_has_no_sheets_to_choose_from() -> None:
    with pytest.raises(Unreadable, match="只有Excel工作簿可以选择工作表"):
        read("一、污水直排。".encode(), "a.txt", ["台账"])


def test_a_choice_reads_apart_as_in_this_process() -> None:
    data = workbook(*SEVERAL, hidden=("旧稿",))
    assert read_apart(data, "a.xlsx", ["旧稿"]) == read(data, "a.xlsx", ["旧稿"])
    with pytest.raises(Unreadable, match="没有工作表“省督查”"):
        read_apart(data, "a.xlsx", ["省督查"])


def test_hidden_rows_are_told_of_the_sheets_that_are_read_only() -> None:
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target, {"in_memory": True})
    for name, hides in (("甲", True), ("乙", False)):
        sheet = made.add_worksheet(name)
        for at, cells in enumerate([TITLE, HEAD, row("污水直排。"), [2, *row("扬尘。")[1:]]]):
            sheet.write_row(at, 0, cells)
        if hides:
            sheet.set_row(3, None, None, {"hidden": True})
    made.close()

    assert read(target.getvalue(), "a.xlsx", ["甲"]).notes == ["有1行是隐藏的，已一并读取。"]
    assert read(target.getvalue(), "a.xlsx", ["乙"]).notes == []


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
