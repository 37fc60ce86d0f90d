"""Workbooks: the ledger and the figures as .xlsx, streamed row by row with flat memory.

Text is always a text cell, never a formula; what no workbook can carry is cut; no text is shortened (R36). One list of
columns stands behind every format (R35). Which rows there are is the caller's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import xlsxwriter

from rectify.rules import ratios, schedule, sentence, verdicts
from rectify.rules.verdicts import Verdict

CELL = 32_000
"""Characters a cell takes (the format's limit is 32,767); a longer text goes on in the sheet 续文."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def clean(text: str) -> str:
    """Text without the characters that would break a workbook or a document (OU-03)."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTABLE.sub("", text)


@dataclass(frozen=True)
class Column:
    """A column of the ledger: its key, its headings, its width in characters, and the value of a line on a day."""

    key: str
    heading: str
    english: str
    width: int
    value: Callable[[Any, dt.date, bool], Any]


def _units(*roles: str) -> Callable[[Any, dt.date, bool], str]:
    return lambda line, day, english: "、".join(name for role, name in line.units if role in roles)


def _verdict(line: Any, day: dt.date, english: bool) -> str:
    return verdicts.word(schedule.verdict(line.row, day), english)


def _why(line: Any, day: dt.date, english: bool) -> str:
    return verdicts.explain(*schedule.why(line.row, day), english)


def _marks(line: Any, day: dt.date, english: bool) -> str:
    """What is to be known of a row beside its state: it counts in other inspections too, it rests on a correction."""
    marks = ((line.row.shared, ("共同", "Shared")), (line.row.corrected, ("更正", "Corrected")))
    return ("; " if english else "、").join(words[english] for holds, words in marks if holds)


def _on_schedule(line: Any, day: dt.date, english: bool) -> str:
    """The tick box of official forms: only unfinished items have one, and only a report fills it."""
    verdict = schedule.verdict(line.row, day)
    if verdict is Verdict.ON_SCHEDULE and line.row.reported:
        return "Yes" if english else "是"
    return {
        Verdict.BEHIND: "No" if english else "否",
        Verdict.NOT_STARTED: "Not started" if english else "尚未启动",
    }.get(verdict, "——")


def _completed(line: Any, day: dt.date, english: bool) -> str:
    verdict = schedule.verdict(line.row, day)
    if verdict in verdicts.GOOD:
        return "Yes" if english else "是"
    if verdict is Verdict.BASICALLY_COMPLETED:
        return verdicts.word(verdict, english)
    return "No" if english else "否"


def _signed_off(line: Any, day: dt.date, english: bool) -> str:
    signed = schedule.verdict(line.row, day) is Verdict.SIGNED_OFF
    return ("Yes" if signed else "No") if english else ("是" if signed else "否")


def _done_on(line: Any, day: dt.date, english: bool) -> dt.date | None:
    done = schedule.verdict(line.row, day) in verdicts.GOOD and line.row.lateness_known
    return line.row.done_on if done else None


def _days_overdue(line: Any, day: dt.date, english: bool) -> int | None:
    overdue = schedule.verdict(line.row, day) is Verdict.OVERDUE
    return schedule.days_overdue(line.row, day) if overdue else None


COLUMNS: tuple[Column, ...] = (
    Column("inspection", "批次", "Inspection", 18, lambda line, day, english: line.row.inspection),
    Column("number", "序号", "No.", 8, lambda line, day, english: line.row.issue_number),
    Column("upper_number", "上级编号", "Superior no.", 8, lambda line, day, english: line.row.upper_number),
    Column("source", "来源", "Source", 12, lambda line, day, english: line.source),
    Column("issue", "反馈问题", "Issue", 36, lambda line, day, english: line.issue_text),
    Column("goal", "整改目标", "Goal", 24, lambda line, day, english: line.goal),
    Column("measure_number", "措施编号", "Measure no.", 9, lambda line, day, english: line.row.measure_number),
    Column(
        "measure", "整改措施", "Measure", 40, lambda line, day, english: line.row.text if line.row.measure_id else ""
    ),
    Column("lead", "牵头单位", "Lead", 16, _units("lead")),
    Column("responsible", "责任单位", "Responsible", 18, _units("responsible")),
    Column("cooperating", "配合单位", "Cooperating", 16, _units("cooperating")),
    Column("supervising", "督导单位", "Supervising", 16, _units("supervising")),
    Column("acceptance", "验收单位", "Acceptance", 16, _units("acceptance")),
    Column("deadline_raw", "时限原文", "Time limit as printed", 16, lambda line, day, english: line.deadline_raw),
    Column(
        "original_deadline", "原时限", "Original deadline", 11, lambda line, day, english: line.row.original_deadline_on
    ),
    Column("deadline", "整改时限", "Deadline", 11, lambda line, day, english: line.row.deadline_on),
    Column("verdict", "状态", "State", 14, _verdict),
    Column("days_overdue", "超期天数", "Days overdue", 9, _days_overdue),
    Column("why", "状态依据", "Why", 32, _why),
    Column("marks", "标记", "Marks", 8, _marks),
    Column("on_schedule", "是否达到序时进度", "On schedule?", 9, _on_schedule),
    Column("completed", "是否完成", "Completed?", 9, _completed),
    Column("done_on", "完成时间", "Completed on", 11, _done_on),
    Column("signed_off", "是否销号", "Signed off?", 9, _signed_off),
    Column("progress", "目前进展情况", "Progress", 40, lambda line, day, english: line.progress),
    Column("progress_on", "填报日期", "Reported on", 11, lambda line, day, english: line.progress_on),
    Column("difficulty", "存在困难和问题", "Difficulties", 24, lambda line, day, english: line.difficulty),
    Column("next_step", "下步打算", "Next steps", 24, lambda line, day, english: line.next_step),
)
"""The ledger's columns in their order; headings that the reader of ledgers knows again (R34)."""


class Book:
    """A workbook being written: its formats, and where texts too long for a cell go on."""

    def __init__(self, stream: BinaryIO, english: bool = False) -> None:
        self.english = english
        self.file = xlsxwriter.Workbook(stream, {"constant_memory": True, "strings_to_urls": False})
        font = {"font_name": "宋体", "font_size": 10, "valign": "top", "border": 1, "border_color": "#B6BEC8"}
        self.text = self.file.add_format({**font, "text_wrap": True, "quote_prefix": True})
        self.day = self.file.add_format({**font, "num_format": "yyyy-mm-dd", "align": "left"})
        self.count = self.file.add_format({**font, "num_format": "#,##0"})
        self.head = self.file.add_format(
            {**font, "bold": True, "text_wrap": True, "align": "center", "valign": "vcenter", "bg_color": "#EEF1F4"}
        )
        self.title = self.file.add_format({"font_name": "黑体", "font_size": 16, "quote_prefix": True})
        self.note = self.file.add_format({"font_name": "宋体", "font_size": 10, "quote_prefix": True})
        self.verdicts = {
            verdict: self.file.add_format(
                {**font, "font_color": look.ink.upper(), "bg_color": look.ground.upper(), "quote_prefix": True}
            )
            for verdict, look in verdicts.LOOKS.items()
        }
        self.long: list[tuple[str, str]] = []

    def write(self, sheet: Any, row: int, column: int, value: Any, text_format: Any = None) -> None:
        """A value into a cell: dates as dates, counts as numbers, all else as text; nothing is left to its column."""
        if value is None or value == "":
            return
        if isinstance(value, dt.date):
            sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), self.day)
        elif isinstance(value, int):
            sheet.write_number(row, column, value, self.count)
        else:
            sheet.write_string(
                row, column, self.fitted(sheet, row, column, clean(str(value))), text_format or self.text
            )

    def fitted(self, sheet: Any, row: int, column: int, text: str) -> str:
        """The text where it fits a cell; else its beginning and the place where it goes on."""
        if len(text) <= CELL:
            return text
        place = f"{sheet.get_name()}!{xlsxwriter.utility.xl_rowcol_to_cell(row, column)}"
        self.long.append((place, text))
        note = "continued in the sheet" if self.english else "全文续见工作表"
        return f"{text[:CELL]}\n（{note}“{self.rest_name}”：{place}）"

    @property
    def rest_name(self) -> str:
        return "Continued" if self.english else "续文"

    def close(self) -> None:
        """Write what did not fit, then the file."""
        if self.long:
            sheet = self.file.add_worksheet(self.rest_name)
            sheet.set_column(0, 0, 16)
            sheet.set_column(1, 1, 100)
            row = 0
            for place, text in self.long:
                for start in range(0, len(text), CELL):
                    sheet.write_string(row, 0, place, self.text)
                    sheet.write_string(row, 1, text[start : start + CELL], self.text)
                    row += 1
        self.file.close()


def ledger_xlsx(
    stream: BinaryIO, lines: Iterable[Any], *, day: dt.date, title: str, by: str, english: bool = False
) -> int:
    """The ledger of these lines as of `day`, in a workbook; how many lines it holds. `by` is who exports."""
    book = Book(stream, english)
    written = _ledger_sheet(book, lines, day, title, by)
    book.close()
    return written


def _ledger_sheet(book: Book, lines: Iterable[Any], day: dt.date, title: str, by: str) -> int:
    english = book.english
    sheet = book.file.add_worksheet("Ledger" if english else "台账")
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, column.width, book.text)
    _page(sheet, day, by, english, repeat=2)
    sheet.freeze_panes(3, 2)
    sheet.set_row(0, 26, book.note)
    sheet.set_row(1, None, book.note)
    sheet.write_string(0, 0, clean(title), book.title)
    sheet.write_string(1, 0, _stamp(day, by, english), book.note)
    for at, column in enumerate(COLUMNS):
        sheet.write_string(2, at, column.english if english else column.heading, book.head)
    row = 3
    for line in lines:
        look = book.verdicts[schedule.verdict(line.row, day)]
        for at, column in enumerate(COLUMNS):
            book.write(sheet, row, at, column.value(line, day, english), look if column.key == "verdict" else None)
        row += 1
    sheet.autofilter(2, 0, max(row - 1, 2), len(COLUMNS) - 1)
    sheet.print_area(0, 0, max(row - 1, 2), len(COLUMNS) - 1)
    return row - 3


FIGURE_HEADINGS: tuple[tuple[str, str, str], ...] = (
    ("total", "总数", "Total"),
    ("done", "完成", "Done"),
    ("signed_off", "已销号", "Signed off"),
    ("completed", "已完成（未销号）", "Completed, not signed off"),
    ("basically_completed", "基本完成", "Basically completed"),
    ("on_schedule", "达到序时进度", "On schedule"),
    ("on_schedule_unreported", "其中未经填报", "Of these never reported"),
    ("behind", "未达到序时进度", "Behind schedule"),
    ("overdue", "超期", "Overdue"),
    ("not_started", "尚未启动", "Not started"),
    ("unreported", "未报送", "Not reported"),
    ("long_term", "长期坚持（未完成）", "Long-term, open"),
    ("due_this_year", "今年应完成", "Due this year"),
    ("due_this_year_done", "今年已完成", "Of these done"),
    ("due_this_year_left", "今年剩余", "Of these left"),
    ("overdue_earlier_years", "以前年度到期未完成", "Due in earlier years, open"),
    ("long_term_flag", "长期坚持标记", "Flagged long-term"),
)
"""The figures of the annex in their order; the nine verdicts among them add up to the total."""

ASIDE_HEADINGS: tuple[tuple[str, str, str], ...] = (
    ("shared", "其中共同措施", "Of these shared with other inspections"),
    ("corrected", "其中更正", "Of these corrected"),
)
"""What is to be known of the figures: how many count in other inspections too, how many rest on a correction."""

RATIO_HEADINGS = (
    ("完成率", "Completion rate"),
    ("今年完成率", "Rate of this year"),
    ("销号率", "Sign-off rate"),
    ("完成时间明确的", "Finished on a known day"),
    ("按期完成率（原时限）", "On-time rate, original deadline"),
    ("按期完成率（现时限）", "On-time rate, deadline in force"),
)


def rates(counts: sentence.Counts) -> tuple[str | int, ...]:
    """The values under RATIO_HEADINGS; the denominator of each is among the figures, that of the last two before them."""
    return (
        ratios.percent(ratios.Ratio(counts.done, counts.total)),
        ratios.percent(ratios.Ratio(counts.due_this_year_done, counts.due_this_year)),
        ratios.percent(ratios.Ratio(counts.signed_off, counts.done)),
        counts.on_time.known,
        ratios.percent(counts.on_time.original),
        ratios.percent(counts.on_time.current),
    )


@dataclass(frozen=True)
class Released:
    """What a released report carries beside its figures: its number, the note, what changed since the one before (kind,
    number, text, was, is), and the figures of the units that answer for measures."""

    title: str
    note: str
    changed: tuple[tuple[str, str, str, str, str], ...]
    units: tuple[tuple[str, dict[str, int]], ...]


def report_xlsx(
    stream: BinaryIO,
    report: sentence.Report,
    subjects: Sequence[sentence.Subject],
    lines: Iterable[Any],
    *,
    day: dt.date,
    by: str,
    english: bool = False,
    released: Released | None = None,
) -> None:
    """The annexes of a report: its text and reasons, the figures of every inspection, the ledger behind them; of a
    released one its number, the figures of the units and what changed too."""
    book = Book(stream, english)
    text = book.file.add_worksheet("Report" if english else "报告文字")
    text.set_column(0, 0, 110)
    text.write_string(0, 0, _stamp(day, by, english), book.note)
    said = [report.text, *(reason.text(english) for reason in report.reasons)]
    if released is not None:
        said = [released.title, *said, *([released.note] if released.note else [])]
    for at, words in enumerate(said, start=1):
        book.write(text, at, 0, words)
    sheet = book.file.add_worksheet("Figures" if english else "数据汇总")
    _page(sheet, day, by, english, repeat=1)
    sheet.freeze_panes(2, 2)
    sheet.set_column(0, 0, 32)
    sheet.write_string(0, 0, _stamp(day, by, english), book.note)
    headings = ["Inspection" if english else "批次", "Counted" if english else "口径"]
    counted = (*FIGURE_HEADINGS, *ASIDE_HEADINGS)
    headings += [h[2 if english else 1] for h in counted] + [h[1 if english else 0] for h in RATIO_HEADINGS]
    for at, heading in enumerate(headings):
        sheet.write_string(1, at, heading, book.head)
    row = 2
    for subject in subjects:
        for counts, chinese, other in ((subject.issues, "问题", "Issues"), (subject.measures, "措施", "Measures")):
            values = [subject.name, (other if english else chinese) + _including(subject, english)]
            values += [getattr(counts, name) for name, _, _ in counted] + list(rates(counts))
            for at, value in enumerate(values):
                book.write(sheet, row, at, value)
            row += 1
    if released is not None:
        _released_sheets(book, released, day, by)
    _ledger_sheet(book, lines, day, "Ledger" if english else "整改台账", by)
    book.close()


def _including(subject: sentence.Subject, english: bool) -> str:
    """（完成含基本完成、长期坚持）, where the figure of what is done holds them by the rules of the inspection."""
    words = [verdicts.word(verdict, english) for verdict in verdicts.also_done(subject)]
    if not words:
        return ""
    return f" (done includes {', '.join(words).lower()})" if english else f"（完成含{'、'.join(words)}）"


def _released_sheets(book: Book, released: Released, day: dt.date, by: str) -> None:
    english = book.english
    shown = [heading for heading in FIGURE_HEADINGS if any(found[heading[0]] for _, found in released.units)]
    headings = ["Unit" if english else "责任单位", *(other if english else chinese for _, chinese, other in shown)]
    units = [[name, *(found[key] for key, _, _ in shown)] for name, found in released.units]
    _table_sheet(book, "Units" if english else "责任单位", headings, [32], units, day, by)
    headings = ["Change", "No.", "Item", "Was", "Is"] if english else ["变化", "编号", "事项", "上期", "本期"]
    _table_sheet(
        book, "Changes" if english else "较上期变化", headings, [18, 10, 60, 16, 16], released.changed, day, by
    )


def _table_sheet(
    book: Book,
    name: str,
    headings: Sequence[str],
    widths: Sequence[int],
    rows: Iterable[Sequence[Any]],
    day: dt.date,
    by: str,
) -> None:
    sheet = book.file.add_worksheet(name)
    _page(sheet, day, by, book.english, repeat=1)
    sheet.freeze_panes(2, 1)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    sheet.write_string(0, 0, _stamp(day, by, book.english), book.note)
    for at, heading in enumerate(headings):
        sheet.write_string(1, at, heading, book.head)
    for at, values in enumerate(rows, start=2):
        for column, value in enumerate(values):
            book.write(sheet, at, column, value)


def _page(sheet: Any, day: dt.date, by: str, english: bool, repeat: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(repeat)
    sheet.set_footer(f"&L{_stamp(day, by, english).replace('&', '&&')}&R&P / &N")


def _stamp(day: dt.date, by: str, english: bool) -> str:
    by = clean(by)[:100]
    if english:
        return f"As of {day.isoformat()}" + (f" · exported by {by}" if by else "")
    return f"截至{day.year}年{day.month}月{day.day}日" + (f" · 导出人：{by}" if by else "")
