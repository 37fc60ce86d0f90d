"""What of a file does not go in, handed back: every cell, the line, the reason; and it can come back."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from rectify import ledger, reading
from rectify.ledger import rejecting
from rectify.ledger.rejecting import Rejected, RejectedRow, RejectedSheet
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft, Question, Unread
from rectify.writing.rejected import rejected_xlsx

FIXTURES = Path(__file__).parent / "fixtures"
TABLES = (
    "plans/county_ledger.xlsx",
    "plans/ticks_under_status.xlsx",
    "plans/comma_separated.csv",
    "plans/ledger_with_completion_dates.csv",
    "plans/pipe_table.txt",
    "blind/b02_county_two_sheets.xlsx",
    "blind/b04_district_gb18030.csv",
)


def written(sheets) -> bytes:
    made = io.BytesIO()
    rejected_xlsx(made, sheets)
    return made.getvalue()


def in_effect(draft: PlanDraft) -> list[tuple]:
    """What a draft says of each measure, whether by itself or through its issue: a row alone says it all by itself."""
    said = []
    for issue in draft.issues:
        for measure in issue.measures:
            limit = measure.deadline or issue.deadline
            facts = measure if measure.state or measure.progress else issue
            units = {(unit.name, unit.role) for unit in (*issue.units, *measure.units)}
            said.append(
                (
                    issue.number,
                    issue.text,
                    issue.goal,
                    measure.text,
                    limit and limit.date,
                    facts.state,
                    facts.progress,
                    units,
                )
            )
    return said


@pytest.mark.parametrize("name", TABLES)
def test_rejected_rows_of_a_table_come_back_as_they_were(name):
    path = FIXTURES / name
    draft = reading.read(path.read_bytes(), path.name)
    every = [Rejected("没有对应的问题。", (i, None)) for i in range(len(draft.issues))]

    again = reading.read(written(ledger.sheets(draft, every, path.name)), "未导入.xlsx")

    assert in_effect(again) == in_effect(draft) and in_effect(draft)


def test_one_measure_of_a_merged_issue_comes_back_with_what_it_shares():
    path = FIXTURES / "plans" / "county_ledger.xlsx"
    draft = reading.read(path.read_bytes(), path.name)

    (sheet,) = ledger.sheets(draft, [Rejected("没有对应的措施。", (0, 1))], path.name)

    assert [row.line for row in sheet.rows] == [6] and sheet.rows[0].reason == "没有对应的措施。"
    again = reading.read(written([sheet]), "未导入.xlsx")
    assert [(i.text, [m.text for m in i.measures]) for i in again.issues] == [
        ("城南片区雨污混流。", ["新建管网9公里。"])
    ]
    assert "县住建局" in {unit.name for _issue, m in again.measures() for unit in m.units} | {
        unit.name for issue in again.issues for unit in issue.units
    }


def test_a_plan_in_words_gives_its_lines_up_to_the_next_item():
    text = "整改方案\n\n一、城区污水直排。\n整改目标：消除直排。\n整改措施：\n1.建管网。\n二、河道淤积。\n整改措施：\n1.清淤。\n"
    draft = reading.read(text.encode(), "方案.txt")

    (sheet,) = ledger.sheets(draft, [Rejected("没有对应的问题。", (1, None))])

    assert sheet.heads == []
    assert [(row.line, row.cells) for row in sheet.rows] == [
        (7, ["二、河道淤积。"]),
        (8, ["整改措施："]),
        (9, ["1.清淤。"]),
    ]


def test_lines_that_were_not_understood_are_listed_and_stop_nothing():
    draft = PlanDraft(unread=[Unread(2, "联系人：张某"), Unread(3, "  ")], source_lines=["题", "联系人：张某", "  "])

    rejected = ledger.unread(draft)

    assert [(one.line, one.stops) for one in rejected] == [(2, False)]
    assert ledger.sheets(draft, rejected) == [
        RejectedSheet("", [], [RejectedRow(2, ["联系人：张某"], rejecting.NOT_READ)])
    ]


def test_an_item_typed_in_the_preview_has_no_line_but_its_text():
    draft = PlanDraft(issues=[IssueDraft(text="手工补录的问题。", measures=[MeasureDraft(text="措施。")])])

    (sheet,) = ledger.sheets(draft, [Rejected("没有对应的措施。", (0, 0))])

    assert [(row.line, row.cells) for row in sheet.rows] == [(None, ["手工补录的问题。", "措施。"])]


def test_items_without_a_text_are_found_and_taken_out_with_their_questions():
    draft = PlanDraft(
        issues=[
            IssueDraft(text=" ", measures=[MeasureDraft(text="甲。")]),
            IssueDraft(text="问题乙。", measures=[MeasureDraft(text=""), MeasureDraft(text="乙二。")]),
        ],
        questions=[
            Question("问题1", "？", issue=0, id="a"),
            Question("问题2", "？", issue=1, measure=0, id="b"),
            Question("问题2", "？", issue=1, measure=1, id="c"),
            Question("全文", "？", id="d"),
        ],
    )

    rejected, places = ledger.faulty(draft)
    left = ledger.without(draft, places)

    assert [(one.place, one.reason) for one in rejected] == [
        ((0, None), rejecting.NO_TEXT),
        ((1, 0), rejecting.NO_MEASURE_TEXT),
    ]
    assert [(i.text, [m.text for m in i.measures]) for i in left.issues] == [("问题乙。", ["乙二。"])]
    assert [(q.id, q.issue, q.measure) for q in left.questions] == [("c", 0, 0), ("d", None, None)]
    assert len(draft.issues) == 2 and len(draft.issues[1].measures) == 2


def test_what_was_left_out_is_remembered_with_the_file():
    rejected = [Rejected(rejecting.NO_TEXT, (3, None)), Rejected(rejecting.NOT_READ, line=7)]

    assert ledger.left_out({"rejected": rejecting.plain(rejected)}) == rejected
    assert ledger.left_out(None) == []


def test_no_cell_is_a_formula_and_no_text_is_cut():
    cells = ['=HYPERLINK("http://x")', "+1", "@SUM(A1)", "-2", "长" * 40_000, "\x00\x0b控制"]
    sheet = RejectedSheet("表/1:*", [["甲", "乙", "丙", "丁", "戊", "己"]], [RejectedRow(5, cells, "=原因")])

    book = openpyxl.load_workbook(io.BytesIO(written([sheet, sheet])))

    first = book.worksheets[0]
    row = [cell for cell in first[2]]
    assert all(cell.data_type != "f" for line in first for cell in line)
    assert [cell.value for cell in row[:4]] == cells[:4] and row[5].value == "控制"
    assert (row[6].value, row[7].value) == (5, "=原因")
    assert (
        row[4].value.startswith("长" * 100)
        and sum(str(cell.value).count("长") for one in book.worksheets for line in one for cell in line) >= 80_000
    )
    assert len({one.title for one in book.worksheets}) == 3
