"""A plan's draft as .xlsx in our own form, and the blank form with a filled example.

What stands in which cell is `rules.plan_form`'s, reading it back is `reading.form`'s; the draft is the caller's.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import xlsxwriter

from rectify.rules.plan_form import EXAMPLE, HOW_TO, STATES, Written, written

from .plan_example import HOW, SHEET, blank, example
from .workbook import clean

BLANK_ROWS = 300
"""Rows of the blank form that offer the words for a state."""


def plan_xlsx(stream: BinaryIO, draft: Any) -> None:
    """Writes a draft (reading.PlanDraft) so that reading the file gives an equal draft."""
    with _book(stream) as book:
        _sheet(book, SHEET, written(draft))


def template_xlsx() -> bytes:
    """The blank form, a filled example of it, and how to fill it in; only the first sheet is read."""
    stream = io.BytesIO()
    with _book(stream) as book:
        form = blank()
        sheet = _sheet(book, SHEET, form)
        for at, column in enumerate(form.columns):
            if column.how == "state":
                sheet.data_validation(2, at, BLANK_ROWS, at, {"validate": "list", "source": list(STATES.values())})
        _sheet(book, EXAMPLE, example())
        notes = book.add_worksheet(HOW_TO)
        notes.set_column(0, 0, 90, book.add_format({"text_wrap": True, "valign": "top", "font_name": "宋体"}))
        for at, text in enumerate(HOW):
            notes.write_string(at, 0, text)
    return stream.getvalue()


def _book(stream: BinaryIO) -> Any:
    return xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})


def _sheet(book: Any, name: str, form: Written) -> Any:
    """Title, the lines under it, the head, the rows; every cell a text cell, whatever it begins with (OU-03)."""
    font = {"font_name": "宋体", "font_size": 10, "border": 1, "border_color": "#B6BEC8", "text_wrap": True}
    title = book.add_format({"font_name": "黑体", "font_size": 18, "quote_prefix": True, "align": "center_across"})
    note = book.add_format({"font_name": "宋体", "font_size": 10, "quote_prefix": True})
    head = book.add_format({**font, "bold": True, "align": "center", "valign": "vcenter", "bg_color": "#EEF1F4"})
    body = book.add_format({**font, "valign": "top", "num_format": "@", "quote_prefix": True})
    sheet = book.add_worksheet(name)
    top = len(form.meta) + 1
    for at, column in enumerate(form.columns):
        sheet.set_column(at, at, column.width, body)
        sheet.write_string(top, at, column.heading, head)
        sheet.write_blank(0, at, None, title)  # over the whole table, without merging
        for line in range(1, top):
            sheet.write_blank(line, at, None, note)  # no rules of the table above its head
    sheet.write_string(0, 0, clean(form.title), title)
    for line, text in enumerate(form.meta, 1):
        sheet.write_string(line, 0, clean(text), note)
    for number, row in enumerate(form.rows, top + 1):
        for at, value in enumerate(row):
            if value:
                sheet.write_string(number, at, clean(value), body)
            else:
                sheet.write_blank(number, at, None, body)
    sheet.freeze_panes(top + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3: a plan's columns do not fit on less
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    sheet.set_footer("&R&P / &N")
    return sheet
