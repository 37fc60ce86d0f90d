"""A plan's draft as .docx in our own form, one table with a row a measure; and the blank form with a filled example.

What stands in which cell is `rules.plan_form`'s, reading it back is `reading.form`'s; the draft is the caller's.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from rectify.rules.plan_form import BLANK, EXAMPLE, HOW_TO, Written, written

from .document import BODY_FONT, HEAD_FONT, LATIN_FONT, TITLE_FONT, number_pages
from .plan_example import HOW, blank, example
from .workbook import clean

_PAPER = (420, 297)  # A3 across, in millimetres: a plan's columns do not fit on less
_MARGIN = 15
_EMPTY_ROWS = 8


def plan_docx(stream: BinaryIO, draft: Any) -> None:
    """Writes a draft (reading.PlanDraft) so that reading the file gives an equal draft."""
    document = _document()
    _form(document, written(draft))
    document.save(stream)


def template_docx() -> bytes:
    """The blank form, and on the pages behind it an example and how to fill it in, which are not read."""
    document, form = _document(), blank()
    _form(document, Written(form.title, form.meta, form.columns, [[""] * len(form.columns)] * _EMPTY_ROWS))
    document.add_page_break()
    _line(document, f"{EXAMPLE}（本页及以后不会被读取）", HEAD_FONT, 14)
    _form(document, example())
    _line(document, HOW_TO, HEAD_FONT, 14)
    for number, text in enumerate(HOW, 1):
        _line(document, f"{number}.{text}", BODY_FONT, 10.5)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _document() -> Document:
    document = docx.Document()
    document.core_properties.author = ""
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(_PAPER[0]), Mm(_PAPER[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(_MARGIN)
    number_pages(section)
    return document


def _form(document: Document, form: Written) -> None:
    _line(document, form.title, TITLE_FONT, 22).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text in form.meta:
        _line(document, text, BODY_FONT, 10.5)
    table = document.add_table(rows=0, cols=len(form.columns))
    table.style = "Table Grid"
    table.autofit = False
    share = (_PAPER[0] - 2 * _MARGIN) / sum(column.width for column in form.columns)
    widths = [Mm(column.width * share) for column in form.columns]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for at, row in enumerate([[column.heading for column in form.columns], *form.rows]):
        table._tbl.append(_row(row, [int(width.twips) for width in widths], head=at == 0))


def _line(document: Document, text: str, font: str, points: float) -> Paragraph:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(clean(text).replace("\n", " "))
    run.font.size, run.font.name = Pt(points), LATIN_FONT
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return paragraph


def _row(values: list[str], widths: list[int], *, head: bool) -> Any:
    """A table row, built by hand: the library's cell access takes minutes over a few hundred rows."""
    row, properties = OxmlElement("w:tr"), OxmlElement("w:trPr")
    properties.append(OxmlElement("w:tblHeader" if head else "w:cantSplit"))
    row.append(properties)
    for value, width in zip(values, widths, strict=True):
        cell, shape, size = OxmlElement("w:tc"), OxmlElement("w:tcPr"), OxmlElement("w:tcW")
        size.set(qn("w:w"), str(width))
        size.set(qn("w:type"), "dxa")
        shape.append(size)
        cell.append(shape)
        for line in clean(value).split("\n"):
            cell.append(_paragraph(line if line.strip() or not value else line + BLANK, head))
        row.append(cell)
    return row


def _paragraph(line: str, head: bool) -> Any:
    paragraph, run, style = OxmlElement("w:p"), OxmlElement("w:r"), OxmlElement("w:rPr")
    paragraph.append(_shape(centred=head))
    fonts, size = OxmlElement("w:rFonts"), OxmlElement("w:sz")
    for script, font in (("ascii", LATIN_FONT), ("hAnsi", LATIN_FONT), ("eastAsia", HEAD_FONT if head else BODY_FONT)):
        fonts.set(qn(f"w:{script}"), font)
    size.set(qn("w:val"), "18")
    style.append(fonts)
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


def _shape(*, centred: bool) -> Any:
    """A line of a cell stands off the rules above and below it; a heading stands in the middle."""
    shape, spacing = OxmlElement("w:pPr"), OxmlElement("w:spacing")
    spacing.set(qn("w:before"), "40")
    spacing.set(qn("w:after"), "40")
    shape.append(spacing)
    if centred:
        middle = OxmlElement("w:jc")
        middle.set(qn("w:val"), "center")
        shape.append(middle)
    return shape
