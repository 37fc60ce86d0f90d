"""A plan's draft as .docx in our own form: title, totals, one table with a row a measure.

What stands in which cell is `rules.plan_form`'s, reading it back is `reading.form`'s; the draft is the caller's.
"""

from __future__ import annotations

from typing import Any, BinaryIO

import docx
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from rectify.rules.plan_form import written

from .workbook import clean

_FONT = "仿宋_GB2312"
_PAPER = (420, 297)  # A3 across: a ledger's columns do not fit on less


def plan_docx(stream: BinaryIO, draft: Any) -> None:
    """Writes a draft (reading.PlanDraft) so that reading the file gives an equal draft."""
    form = written(draft)
    document = docx.Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(_PAPER[0]), Mm(_PAPER[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(15)
    document.core_properties.author = ""
    for text, points in ((form.title, 16), *((line, 10.5) for line in form.meta)):
        run = document.add_paragraph().add_run(_whole(text))
        run.font.size = Pt(points)
        run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FONT)
    table = document.add_table(rows=0, cols=len(form.columns))
    table.style = "Table Grid"
    wide = (_PAPER[0] - 30) / sum(column.width for column in form.columns)
    widths = [int(column.width * wide * 56.7) for column in form.columns]  # twentieths of a point
    for at, row in enumerate([[column.heading for column in form.columns], *form.rows]):
        table._tbl.append(_row(row, widths, head=at == 0))
    document.save(stream)


def _row(values: list[str], widths: list[int], *, head: bool) -> Any:
    """A table row, built by hand: the library's cell access takes minutes over a few hundred rows."""
    row = OxmlElement("w:tr")
    properties = OxmlElement("w:trPr")
    properties.append(OxmlElement("w:tblHeader" if head else "w:cantSplit"))
    row.append(properties)
    for value, width in zip(values, widths, strict=True):
        cell = OxmlElement("w:tc")
        shape, size = OxmlElement("w:tcPr"), OxmlElement("w:tcW")
        size.set(qn("w:w"), str(width))
        size.set(qn("w:type"), "dxa")
        shape.append(size)
        cell.append(shape)
        for line in clean(value).split("\n"):
            cell.append(_paragraph(line, head))
        row.append(cell)
    return row


def _paragraph(line: str, bold: bool) -> Any:
    paragraph, run, style = OxmlElement("w:p"), OxmlElement("w:r"), OxmlElement("w:rPr")
    fonts, size = OxmlElement("w:rFonts"), OxmlElement("w:sz")
    fonts.set(qn("w:eastAsia"), _FONT)
    size.set(qn("w:val"), "18")
    style.append(fonts)
    if bold:
        style.append(OxmlElement("w:b"))
    style.append(size)
    run.append(style)
    for at, part in enumerate(line.split("\t")):
        if at:
            run.append(OxmlElement("w:tab"))
        text = OxmlElement("w:t")
        text.text = part
        text.set(qn("xml:space"), "preserve")
        run.append(text)
    paragraph.append(run)
    return paragraph


def _whole(text: str) -> str:
    return clean(text).replace("\n", " ")
