"""Workbooks, documents and pictures, tested against files that one can open."""

from __future__ import annotations

import datetime as dt
import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn

from rectify import figures, writing
from rectify.rules import sentence
from rectify.writing import pictures, workbook

DAY = dt.date(2026, 6, 15)


def make_row(**values: Any) -> figures.Row:
    """A row of a ledger: overdue since the last of May, its deadline extended once."""
    given: dict[str, Any] = {
        "row_id": 1, "sort_on": DAY, "measure_id": 7, "issue_id": 3, "inspection_id": 1, "inspection": "中央环保督察",
        "issue_number": "六", "upper_number": "省41", "measure_number": "2", "text": "新建管网。", "shared": False, "corrected": False,
        "signed_off_on": None, "completed_on": None, "basically_completed_on": None,
        "overdue_from": dt.date(2026, 6, 1), "behind_from": None, "not_started_from": None, "unreported_from": None,
        "deadline_on": dt.date(2026, 5, 31), "original_deadline_on": dt.date(2025, 12, 31), "long_term_open": False,
        "long_term": False, "pending": False, "reported": True, "lateness_known": True, "done_on": None, "why": {},
    }  # fmt: skip
    return figures.Row(**(given | values))


def make_line(row: figures.Row | None = None, **values: Any) -> figures.Line:
    given: dict[str, Any] = {
        "row": row or make_row(), "issue_text": "污水溢流。", "goal": "消除溢流。", "category": "", "source": "",
        "units": (("lead", "甲县人民政府"), ("cooperating", "乙局"), ("cooperating", "丙局")),
        "deadline_raw": "2025年底前",
        "progress": "已完成七成。", "progress_on": dt.date(2026, 5, 20), "difficulty": "", "next_step": "",
    }  # fmt: skip
    return figures.Line(**(given | values))


def opened(lines: list[figures.Line], **more: Any) -> openpyxl.Workbook:
    stream = io.BytesIO()
    writing.ledger_xlsx(stream, lines, day=DAY, title="整改台账", by="张三", **more)
    return openpyxl.load_workbook(stream)


def cells(book: openpyxl.Workbook, row: int = 4) -> dict[str, Any]:
    sheet = book.worksheets[0]
    return {sheet.cell(3, at).value: sheet.cell(row, at).value for at in range(1, sheet.max_column + 1)}


def test_each_value_stands_under_its_own_heading() -> None:
    """R35, R9: original and current deadline side by side."""
    found = cells(opened([make_line()]))

    assert list(found) == [column.heading for column in writing.COLUMNS]
    assert found["序号"] == "六" and found["上级编号"] == "省41" and found["措施编号"] == "2"
    assert found["牵头单位"] == "甲县人民政府" and found["配合单位"] == "乙局、丙局" and found["责任单位"] is None
    assert (found["原时限"], found["整改时限"]) == (dt.datetime(2025, 12, 31), dt.datetime(2026, 5, 31))
    assert (found["状态"], found["超期天数"]) == ("超期", 15)
    assert found["状态依据"] == "整改时限为2026-05-31，已超期15天，未报完成或未经认定。"
    assert (found["是否完成"], found["是否销号"], found["是否达到序时进度"]) == ("否", "否", "——")


@pytest.mark.parametrize(
    ("shared", "corrected", "marks"),
    [(False, False, None), (True, False, "共同"), (False, True, "更正"), (True, True, "共同、更正")],
)
def test_a_row_that_is_shared_or_corrected_is_marked(shared: bool, corrected: bool, marks: str | None) -> None:
    row = make_row(shared=shared, corrected=corrected)

    assert cells(opened([make_line(row)]))["标记"] == marks


@pytest.mark.parametrize(
    ("changes", "on_schedule", "completed", "signed_off", "done_on"),
    [
        ({"overdue_from": None}, "是", "否", "否", None),
        ({"overdue_from": None, "reported": False}, "——", "否", "否", None),
        ({"overdue_from": None, "behind_from": dt.date(2026, 5, 1)}, "否", "否", "否", None),
        ({"overdue_from": None, "not_started_from": dt.date(2026, 5, 1)}, "尚未启动", "否", "否", None),
        ({"overdue_from": None, "basically_completed_on": dt.date(2026, 5, 1)}, "——", "基本完成", "否", None),
        (
            {"completed_on": dt.date(2026, 5, 1), "done_on": dt.date(2026, 5, 1)},
            "——",
            "是",
            "否",
            dt.datetime(2026, 5, 1),
        ),
        ({"signed_off_on": dt.date(2026, 5, 1), "lateness_known": False}, "——", "是", "是", None),
    ],
)
def test_the_tick_boxes_of_official_forms_are_filled(
    changes: dict[str, Any], on_schedule: str, completed: str, signed_off: str, done_on: dt.datetime | None
) -> None:
    found = cells(opened([make_line(make_row(**changes))]))

    assert (found["是否达到序时进度"], found["是否完成"], found["是否销号"]) == (on_schedule, completed, signed_off)
    assert found["完成时间"] == done_on


@pytest.mark.parametrize("poison", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "{=1}"])
def test_text_stays_text_whatever_it_begins_with(poison: str) -> None:
    sheet = opened([make_line(progress=poison)]).worksheets[0]
    cell = next(cell for cell in sheet[4] if cell.value == poison)

    assert cell.data_type == "s" and cell.quotePrefix


def test_what_no_workbook_can_carry_is_cut_and_the_rest_kept() -> None:
    found = cells(opened([make_line(progress="甲\x00\x0b\ud800\ufffe乙\r\n丙")]))

    assert found["目前进展情况"] == "甲乙\n丙"


def test_a_text_too_long_for_a_cell_goes_on_in_a_sheet_of_its_own() -> None:
    """R36, F42: nothing is cut silently."""
    text = "字" * 70_000

    book = opened([make_line(progress=text)])

    begun = cells(book)["目前进展情况"]
    assert begun.startswith("字" * 32_000) and begun.endswith("（全文续见工作表“续文”：台账!Y4）")
    assert "".join(row[1] for row in book["续文"].iter_rows(values_only=True)) == text
    assert {row[0] for row in book["续文"].iter_rows(values_only=True)} == {"台账!Y4"}


def test_a_sheet_prints_with_its_heads_repeated_its_day_and_who_exported() -> None:
    sheet = opened([make_line()]).worksheets[0]

    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.orientation == "landscape" and sheet.freeze_panes == "C4"
    assert sheet["A2"].value == "截至2026年6月15日 · 导出人：张三"
    assert "截至2026年6月15日" in sheet.oddFooter.left.text and "&P" in sheet.oddFooter.right.text


def test_a_workbook_can_be_in_english() -> None:
    book = opened([make_line()], english=True)

    assert book.worksheets[0]["A3"].value == "Inspection"
    assert cells(book)["State"] == "Overdue"


def test_a_long_ledger_is_written_with_flat_memory() -> None:
    """R37: twenty times the rows take hardly more memory."""

    def peak(rows: int) -> int:
        def lines() -> Iterator[figures.Line]:
            for number in range(rows):
                yield make_line(make_row(row_id=number, text=f"措施{number}" * 10))

        tracemalloc.start()
        writing.ledger_xlsx(_Sink(), lines(), day=DAY, title="台账", by="")
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)
    assert peak(4000) < 1.5 * peak(200)


class _Sink(io.RawIOBase):
    """A stream that keeps nothing: what is measured is the writer."""

    def __init__(self) -> None:
        self.at = self.size = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: Any) -> int:
        self.at += len(data)
        return len(data)

    def tell(self) -> int:
        return self.at


@dataclass(frozen=True)
class Said:
    """A report with its subjects, as the page hands them over."""

    report: sentence.Report
    subjects: list[sentence.Subject]


@pytest.fixture
def said() -> Said:
    measures = sentence.Counts(
        total=94, completed=80, done=80, on_schedule=14, due_this_year=20, due_this_year_done=12, due_this_year_left=8
    )
    issues = sentence.Counts(total=36, completed=28, done=28, on_schedule=8)
    subject = sentence.Subject(1, "中央环保督察", issues, measures, plan_name="整改方案")
    return Said(sentence.write([subject], DAY), [subject])


def test_the_report_as_text_is_one_paragraph(said: Said) -> None:
    text = writing.report_text(said.report)

    assert text.endswith("剩余8条达到序时进度。\n") and text.count("\n") == 1


def test_the_report_as_a_document_has_its_text_its_tables_and_fonts_for_chinese(said: Said) -> None:
    stream = io.BytesIO()
    writing.report_docx(stream, said.report, said.subjects, [make_line()], day=DAY, by="张三\x00")
    document = docx.Document(stream)

    body = next(p for p in document.paragraphs if "剩余8条" in p.text)
    assert body.runs[0]._r.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    sums, lagging = document.tables
    assert [cell.text for cell in sums.rows[2].cells][:4] == ["中央环保督察", "措施", "94", "80"]
    assert "85.1%" in [cell.text for cell in sums.rows[2].cells]
    assert [cell.text for cell in lagging.rows[1].cells][:6] == [
        "六-2", "中央环保督察", "新建管网。", "甲县人民政府", "2026-05-31", "超期",
    ]  # fmt: skip
    assert lagging.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert "PAGE" in document.sections[0].footer._element.xml
    assert document.core_properties.author == "张三"


def test_a_refused_report_s_document_holds_the_reasons_instead(said: Said) -> None:
    wrong = replace(said.subjects[0], measures=replace(said.subjects[0].measures, total=95))
    report = sentence.write([wrong], DAY)
    stream = io.BytesIO()

    writing.report_docx(stream, report, [wrong], [], day=DAY, by="")

    text = "\n".join(paragraph.text for paragraph in docx.Document(stream).paragraphs)
    assert "各类状态合计94，与总数95不符" in text
    assert writing.report_text(report) == ""


def test_the_annexes_as_a_workbook_hold_the_figures_with_their_rates(said: Said) -> None:
    stream = io.BytesIO()
    writing.report_xlsx(stream, said.report, said.subjects, [make_line()], day=DAY, by="张三")
    rows = list(openpyxl.load_workbook(stream)["数据汇总"].iter_rows(min_row=2, values_only=True))

    measures = dict(zip(rows[0], rows[2], strict=True))
    assert (measures["口径"], measures["总数"], measures["今年剩余"]) == ("措施", 94, 8)
    assert (measures["完成率"], measures["今年完成率"], measures["销号率"]) == ("85.1%", "60.0%", "0.0%")


def test_the_headings_of_the_figures_are_all_the_figures() -> None:
    assert {name for name, _, _ in workbook.FIGURE_HEADINGS} == set(figures.FIGURES)


def test_a_stacked_bar_fills_its_width_and_hides_nobody() -> None:
    pieces = pictures.stack([("completed", 980, "/a"), ("behind", 0, "/b"), ("overdue", 1, "/c")], 500)

    assert [(piece.name, piece.x, piece.width) for piece in pieces] == [("completed", 0, 497), ("overdue", 497, 3)]
    assert pictures.stack([("overdue", 0, "/")], 500) == []


@pytest.mark.parametrize(("part", "whole", "pixels"), [(0, 0, 0), (0, 9, 0), (1, 999, 1), (998, 999, 99), (9, 9, 100)])
def test_a_share_is_full_only_if_complete(part: int, whole: int, pixels: int) -> None:
    assert pictures.share(part, whole, 100) == pixels


@pytest.mark.parametrize(
    ("day", "place", "anchor"),
    [
        (dt.date(2025, 1, 1), 8, "start"),
        (dt.date(2026, 1, 1), 8, "start"),
        (dt.date(2026, 7, 2), 99, "middle"),
        (dt.date(2026, 12, 31), 192, "end"),
        (dt.date(2027, 5, 1), 192, "end"),
    ],
)
def test_a_day_stands_within_its_line(day: dt.date, place: int, anchor: str) -> None:
    first, last = dt.date(2026, 1, 1), dt.date(2026, 12, 31)

    assert abs(pictures.place(day, first, last, 200) - place) <= 1
    assert pictures.anchor(day, first, last) == anchor


def test_a_planned_line_and_its_band_stand_where_their_figures_are() -> None:
    """100 days on 160 pixels, 10 units on 100: the band of 2 leaves the floor where the line has reached 2."""
    first = dt.date(2026, 1, 1)
    line = [(first + dt.timedelta(days), Fraction(count)) for days, count in ((0, 0), (50, 5), (100, 10))]
    figures = [(first + dt.timedelta(days), Fraction(count)) for days, count in ((25, 2), (75, 6))]

    drawn = pictures.curve(line, Fraction(2), figures, Fraction(10), first + dt.timedelta(80), 176, 164)

    assert (drawn.base, drawn.target, drawn.day) == (122, 22, 136)
    assert drawn.plan == "8,122 88,72 168,22"
    assert drawn.band == "8,122 88,72 168,22 168,42 88,92 40,122 8,122"
    assert drawn.reached == "8,122 48,122 48,102 128,102 128,62 136,62"
    assert drawn.reports == ((48, 102), (128, 62))


def test_a_figure_above_the_target_stays_in_the_picture() -> None:
    line = [(dt.date(2026, 1, 1), Fraction(0)), (dt.date(2026, 12, 31), Fraction(10))]

    drawn = pictures.curve(
        line, Fraction(1, 2), [(dt.date(2026, 6, 1), Fraction(20))], Fraction(10), dt.date(2027, 3, 1), 176, 164
    )

    assert drawn.reports[0][1] == 22 and drawn.target == 72
    assert drawn.day == 168
