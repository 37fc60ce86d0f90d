"""A letter as .docx in the form of official papers (GB/T 9704-2012), as far as the reader's fonts go.

A4 with margins of 37, 35, 28 and 26 mm; 22 lines a page of 28 characters in 仿宋 of size 3 (16 pt); sender and line in
red; title in 小标宋 of size 2 (22 pt); page numbers outside. What a letter says is its caller's.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import unicodedata
from dataclasses import dataclass
from typing import Any

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from . import document as form
from .workbook import clean

RED = RGBColor(0xD0, 0x10, 0x10)
LINE = 28.95
"""Points from line to line: 225 mm of text hold 22 lines."""
CHARACTER = 16.0
TITLE = 22.0
LINE_WIDTH = 156 / 25.4 * 72  # points of a line of text
CLOSER = -5
"""Twentieths of a point between characters, so that 28 of them fill a line of 156 mm. A grid of characters would say the
same, but programs other than Word read it otherwise."""


@dataclass(frozen=True)
class Paper:
    """What a letter says, each part as it is printed; `paragraphs` are those of the body, `number` is empty in a draft."""

    sender: str
    number: str
    title: str
    to: str
    paragraphs: tuple[str, ...]
    day: dt.date

    @property
    def day_words(self) -> str:
        return f"{self.day.year}年{self.day.month}月{self.day.day}日"

    @property
    def text(self) -> str:
        """All of it as plain text, in the order of the paper."""
        return "\n".join(
            (self.sender, self.number, self.title, f"{self.to}：", *self.paragraphs, self.sender, self.day_words)
        )


def letter_docx(paper: Paper, at: dt.datetime) -> bytes:
    """The letter as a document; made twice at the same instant it says the same."""
    document = docx.Document()
    _page(document, paper, at)
    head = _line(document, paper.sender, form.TITLE_FONT, _head_size(paper.sender), centred=True)
    head.runs[0].font.color.rgb = RED
    head.paragraph_format.line_spacing = Pt(LINE * 2)
    _line(document, "")
    _under_ruled(_line(document, paper.number, centred=True))
    _line(document, "")
    _title(document, paper.title)
    _line(document, "")
    _line(document, f"{paper.to}：")
    for said in paper.paragraphs:
        _line(document, said).paragraph_format.first_line_indent = Pt(CHARACTER * 2)
    _line(document, "")
    _sign(document, paper)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page(document: Document, paper: Paper, at: dt.datetime) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(35 - 7 - 5)  # the number stands 7 mm below the text
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(round(LINE * 20)))
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(grid)
    form._set_fonts(document.styles["Normal"], form.BODY_FONT, CHARACTER)
    document.settings.odd_and_even_pages_header_footer = True
    for foot, side in ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)):
        _page_number(foot.paragraphs[0], side)
    about = document.core_properties
    about.author, about.title, about.comments = clean(paper.sender)[:200], clean(paper.title)[:200], ""
    about.created = about.modified = at.replace(tzinfo=None)


def _page_number(foot: Paragraph, side: Any) -> None:
    """— 1 — in 宋体 of size 4, one character in from the outer edge."""
    foot.alignment = side
    if side == WD_ALIGN_PARAGRAPH.RIGHT:
        foot.paragraph_format.right_indent = Pt(14)
    else:
        foot.paragraph_format.left_indent = Pt(14)
    for part in ("— ", None, " —"):
        run = foot.add_run(part or "")
        form._set_fonts(run, "宋体", 14)
        if part is None:
            form._field(run, "PAGE")


def _head_size(sender: str) -> float:
    """The sender's name as large as one line takes, at most 26 mm high."""
    return min(40.0, LINE_WIDTH * 0.9 / max(_width(sender), 1))


def _under_ruled(paragraph: Paragraph) -> None:
    """The red line, 4 mm below the number and as wide as the text."""
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "11"), ("color", str(RED))):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _title(document: Document, title: str) -> None:
    """In 小标宋 of size 2, lines of nearly the same length: none of a few characters alone."""
    line = _line(document, title, form.TITLE_FONT, TITLE, centred=True)
    line.paragraph_format.line_spacing = Pt(32)
    width = _width(title)
    lines = math.ceil(width * TITLE / LINE_WIDTH) or 1
    aside = (LINE_WIDTH - (math.ceil(width / lines) + 0.5) * TITLE) / 2
    if lines > 1 and aside > 0:
        line.paragraph_format.left_indent = line.paragraph_format.right_indent = Pt(aside)


def _sign(document: Document, paper: Paper) -> None:
    """Sender above day: the day four characters in from the right for the seal, the sender centred above it; a sender
    longer than the day stands two characters in, the day centred below it."""
    sender, day = _width(paper.sender) * CHARACTER, _width(paper.day_words) * CHARACTER
    if sender <= day:
        of_day = CHARACTER * 4
        of_sender = of_day + (day - sender) / 2
    else:
        of_sender = CHARACTER * 2
        of_day = of_sender + (sender - day) / 2
    for text, indent in ((paper.sender, of_sender), (paper.day_words, of_day)):
        line = _line(document, text)
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        line.paragraph_format.right_indent = Pt(indent)
        line.paragraph_format.keep_with_next = text == paper.sender


def _line(
    document: Document, text: str, font: str = form.BODY_FONT, points: float = CHARACTER, centred: bool = False
) -> Any:
    paragraph = form._paragraph(document, text, font, points, indent=False)
    paragraph.paragraph_format.line_spacing = Pt(LINE)
    paragraph.paragraph_format.widow_control = False  # else a page ends a line early
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif points == CHARACTER:
        closer = OxmlElement("w:spacing")
        closer.set(qn("w:val"), str(CLOSER))
        marks = paragraph.runs[0]._r.get_or_add_rPr()
        marks.insert_element_before(closer, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u")
    return paragraph


def _width(text: str) -> float:
    """How wide a text is in characters of full width."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5 for char in text)
