"""The work report as .docx in the form of official papers: text, figures, what lags.

What may be said is `rules.sentence`'s; which rows there are is the caller's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor

from rectify.rules import schedule, sentence, verdicts

from .workbook import ASIDE_HEADINGS, FIGURE_HEADINGS, RATIO_HEADINGS, Released, clean, rates

TITLE_FONT = "方正小标宋简体"
HEAD_FONT = "黑体"
BODY_FONT = "仿宋_GB2312"
LATIN_FONT = "Times New Roman"


def report_docx(
    stream: BinaryIO,
    report: sentence.Report,
    subjects: Sequence[sentence.Subject],
    lagging: Iterable[Any],
    *,
    day: dt.date,
    by: str,
    title: str = "整改工作情况报告",
    silent: Iterable[Any] = (),
    released: Released | None = None,
) -> None:
    """The report as a document: its sentences, the figures of every inspection, the overdue and those behind.

    `lagging` are lines of the ledger, `silent` those that have not reported. A report that was refused holds its reasons
    instead of sentences; a released one its number, the figures of the units and what changed since the one before.
    """
    document = docx.Document()
    _page(document, by)
    heading = _paragraph(document, title, TITLE_FONT, 22, indent=False)
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if released is not None:
        number = _paragraph(document, released.title, BODY_FONT, 16, indent=False)
        number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    under = _paragraph(document, f"（截至{day.year}年{day.month}月{day.day}日）", BODY_FONT, 16, indent=False)
    under.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _paragraph(document, "", BODY_FONT, 16)
    if report.refused:
        _paragraph(document, "本报告未通过数据检查，不能生成报告文字。原因如下：", BODY_FONT, 16)
        for reason in report.reasons:
            _paragraph(document, reason.text(), BODY_FONT, 16)
    for said in report.sentences:
        _lines(document, "".join(segment.text for segment in said))
    if released is not None and released.note:
        _lines(document, f"说明：{released.note}")
    _annexes(document, subjects, lagging, day)
    if released is not None:
        _more_annexes(document, silent, released, day)
    document.save(stream)


def _lines(document: Document, text: str) -> None:
    """A paragraph for every line, as the office wrote them."""
    for line in text.splitlines():
        _paragraph(document, line, BODY_FONT, 16)


def _more_annexes(document: Document, silent: Iterable[Any], released: Released, day: dt.date) -> None:
    """What only a released report carries: who has not reported, what changed, the figures of the units."""
    _paragraph(document, "", BODY_FONT, 10.5)
    _paragraph(document, "附件3　未报送事项", HEAD_FONT, 16, indent=False)
    _items(document, silent, day)
    _paragraph(document, "", BODY_FONT, 10.5)
    _paragraph(document, "附件4　较上期变化", HEAD_FONT, 16, indent=False)
    if released.changed:
        headings = ["变化", "编号", "事项", "上期", "本期"]
        _table(document, headings, released.changed, [40, 18, 115, 35, 35])
    else:
        _paragraph(document, "无。", BODY_FONT, 10.5)
    _paragraph(document, "", BODY_FONT, 10.5)
    _paragraph(document, "附件5　责任单位情况", HEAD_FONT, 16, indent=False)
    if released.units:
        shown = [h for h in FIGURE_HEADINGS if any(found[h[0]] for _, found in released.units)]
        rows = [[name, *(str(found[key]) for key, _, _ in shown)] for name, found in released.units]
        _table(document, ["责任单位", *(h[1] for h in shown)], rows, [45, *[int(198 / len(shown))] * len(shown)])
        _paragraph(
            document,
            "注：一条措施有几个责任单位的，各单位分别计入；对应多个批次的共同措施，在一个单位只计一次。合计与措施总数可能不同。",
            BODY_FONT,
            10.5,
        )
    else:
        _paragraph(document, "无。", BODY_FONT, 10.5)


def _annexes(document: Document, subjects: Sequence[sentence.Subject], lagging: Iterable[Any], day: dt.date) -> None:
    section = document.add_section()
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    _paragraph(document, "附件1　整改情况汇总表", HEAD_FONT, 16, indent=False)
    every = [counts for subject in subjects for counts in (subject.issues, subject.measures)]
    shown = [h for h in (*FIGURE_HEADINGS, *ASIDE_HEADINGS) if any(getattr(counts, h[0]) for counts in every)]
    headings = ["批次", "口径", *(chinese for _, chinese, _ in shown), *(chinese for chinese, _ in RATIO_HEADINGS)]
    rows = [
        [subject.name, word, *(str(getattr(counts, name)) for name, _, _ in shown), *map(str, rates(counts))]
        for subject in subjects
        for word, counts in (("问题", subject.issues), ("措施", subject.measures))
    ]
    _table(document, headings, rows, [34, 11, *[int(198 / (len(headings) - 2))] * (len(headings) - 2)])
    _paragraph(
        document,
        "注：完成率＝完成÷总数；今年完成率＝今年已完成÷今年应完成；销号率＝已销号÷完成；"
        "按期完成率＝按时限完成÷完成时间明确的。"
        + ("共同措施在对应的各批次分别计数，各批次之和多于不重复的措施数。" if any(c.shared for c in every) else "")
        + ("更正是指依据事后更正的情况计算。" if any(c.corrected for c in every) else ""),
        BODY_FONT,
        10.5,
    )
    _paragraph(document, "", BODY_FONT, 10.5)
    _paragraph(document, "附件2　超期和未达到序时进度事项", HEAD_FONT, 16, indent=False)
    _items(document, lagging, day)


def _items(document: Document, lines: Iterable[Any], day: dt.date) -> None:
    """A table of lines of the ledger, each with its verdict and why."""
    rows = [
        [
            line.row.number,
            line.row.inspection,
            line.row.text,
            "、".join(name for role, name in line.units if role in ("lead", "responsible")),
            line.row.deadline_on.isoformat() if line.row.deadline_on else line.deadline_raw or "——",
            verdicts.word(schedule.verdict(line.row, day)),
            verdicts.explain(*schedule.why(line.row, day)),
        ]
        for line in lines
    ]
    if rows:
        headings = ["编号", "批次", "整改措施", "牵头（责任）单位", "整改时限", "状态", "依据"]
        _table(document, headings, rows, [14, 30, 80, 34, 24, 22, 39])
    else:
        _paragraph(document, "无。", BODY_FONT, 10.5)


def _page(document: Document, by: str) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(30)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    document.core_properties.author = clean(by)
    document.core_properties.title = ""
    _set_fonts(document.styles["Normal"], BODY_FONT, 16)
    number_pages(section)


def number_pages(section: Section) -> None:
    """The page number between dashes, as official papers have it."""
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("— ")
    _field(foot.add_run(), "PAGE")
    foot.add_run(" —")


def _field(run: Any, code: str) -> None:
    """A field that the reader's program fills in: the page number."""
    for kind, text in (("begin", None), (None, code), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def _set_fonts(styled: Any, font: str, points: float) -> None:
    """Latin and East Asian fonts both: font.name alone leaves Chinese to the program's default."""
    styled.font.name = LATIN_FONT
    styled.font.size = Pt(points)
    styled.font.color.rgb = RGBColor(0, 0, 0)
    fonts = styled.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), font)


def _paragraph(document: Document, text: str, font: str, points: float, indent: bool = True) -> Any:
    paragraph = document.add_paragraph()
    _set_fonts(paragraph.add_run(clean(text)), font, points)
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    shape.line_spacing = Pt(max(28.0, points * 1.5)) if points >= 16 else Pt(points * 1.6)
    if indent:
        shape.first_line_indent = Pt(points * 2)
    return paragraph


def _table(document: Document, headings: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    """A table with a head that repeats on every page; widths in millimetres."""
    table = document.add_table(rows=0, cols=len(headings))
    table.style = "Table Grid"
    table.autofit = False
    for at, values in enumerate([headings, *rows]):
        row = table.add_row()
        for cell, value, width in zip(row.cells, values, widths, strict=True):
            cell.width = Mm(width)
            run = cell.paragraphs[0].add_run(clean(value))
            _set_fonts(run, HEAD_FONT if at == 0 else BODY_FONT, 9)
        mark = OxmlElement("w:tblHeader" if at == 0 else "w:cantSplit")
        row._tr.get_or_add_trPr().append(mark)
