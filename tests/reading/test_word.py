"""What Word hides: automatic numbers, tracked changes, merged cells, controls, tables that go on after a break."""

from __future__ import annotations

import io
import zipfile

import pytest

from rectify.reading import read
from rectify.reading.word import printed_number

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)


def word_file(body: str, **parts: str) -> bytes:
    """A Word file with nothing but a body (and further parts by name)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>")
        for name, content in parts.items():
            archive.writestr(f"word/{name}.xml", f"<w:{name} {NAMESPACES}>{content}</w:{name}>")
    return target.getvalue()


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{run(text)}</w:p>"


def numbered(text: str, number: int, level: int = 0) -> str:
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def row(*cells: str) -> str:
    return "<w:tr>" + "".join(c if c.startswith("<w:tc>") else cell(c) for c in cells) + "</w:tr>"


def level(at: int, style: str, text: str, start: int = 1) -> str:
    inner = f'<w:start w:val="{start}"/><w:numFmt w:val="{style}"/><w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{at}">{inner}</w:lvl>'


BELOW = '<w:vMerge w:val="restart"/>'
GOES_ON = "<w:vMerge/>"
HEAD = row("序号", "反馈问题", "整改措施", "责任单位", "整改时限")


def test_tracked_changes_are_read_as_accepted() -> None:
    body = (
        f"<w:p>{run('一、河道')}<w:ins>{run('污染')}</w:ins><w:del><w:r><w:delText>淤积</w:delText></w:r></w:del>"
        f"<w:moveFrom>{run('旧')}</w:moveFrom><w:moveTo>{run('严重')}</w:moveTo>{run('。')}</w:p>"
        + paragraph("整改时限：2021年6月底前")
        + paragraph("责任单位：市水务局")
    )
    draft = read(word_file(body), "a.docx")
    assert [issue.text for issue in draft.issues] == ["河道污染严重。"]


def test_content_controls_and_hyperlinks_are_read_and_text_boxes_of_old_word_are_not_read_twice() -> None:
    body = (
        f"<w:sdt><w:sdtContent>{paragraph('一、河道污染。')}</w:sdtContent></w:sdt>"
        + f"<w:p>{run('责任单位：')}<w:hyperlink>{run('市水务局')}</w:hyperlink>"
        + f"<mc:AlternateContent><mc:Choice/><mc:Fallback>{run('市财政局')}</mc:Fallback></mc:AlternateContent></w:p>"
    )
    (issue,) = read(word_file(body), "a.docx").issues
    assert issue.text == "河道污染。"
    assert [unit.name for unit in issue.units] == ["市水务局"]


def test_line_breaks_inside_a_paragraph_are_lines() -> None:
    line = "<w:r><w:br/></w:r>"
    body = f"<w:p>{run('一、河道污染。')}{line}{run('责任单位：市水务局')}{line}{run('整改时限：2021年')}</w:p>"
    (issue,) = read(word_file(body), "a.docx").issues
    assert issue.deadline is not None and issue.deadline.raw == "2021年"


LISTS = (
    '<w:abstractNum w:abstractNumId="5">'
    + level(0, "chineseCountingThousand", "%1、", start=6)
    + level(1, "chineseCounting", "（%2）")
    + level(2, "bullet", "●")
    + "</w:abstractNum>"
    + '<w:abstractNum w:abstractNumId="6">'
    + level(0, "decimalEnclosedCircle", "%1")
    + "</w:abstractNum>"
    + '<w:num w:numId="1"><w:abstractNumId w:val="5"/></w:num>'
    + '<w:num w:numId="2"><w:abstractNumId w:val="6"/></w:num>'
    + '<w:num w:numId="3"><w:abstractNumId w:val="6"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
    + "</w:lvlOverride></w:num>"
)


def test_automatic_numbers_count_with_starts_levels_and_restarts() -> None:
    body = (
        numbered("水环境方面", 1)
        + numbered("河道污染。", 1, 1)
        + paragraph("整改措施：")
        + numbered("清淤。", 2)
        + numbered("截污。", 2)
        + paragraph("整改时限：2021年6月底前")
        + numbered("湖泊富营养化。", 1, 1)
        + paragraph("整改措施：")
        + numbered("控磷。", 3)
        + paragraph("整改时限：2021年9月底前")
        + numbered("大气环境方面", 1)
        + numbered("扬尘污染。", 1, 1)
        + paragraph("整改措施：")
        + numbered("洒水。", 3)
        + paragraph("整改时限：2021年12月底前")
    )
    draft = read(word_file(body, numbering=LISTS), "a.docx")
    assert [(issue.number, issue.text) for issue in draft.issues] == [
        ("一", "河道污染。"),
        ("二", "湖泊富营养化。"),
        ("一", "扬尘污染。"),
    ]
    assert [measure.number for _, measure in draft.measures()] == ["①", "②", "①", "②"]
    assert draft.source_lines[0] == "六、水环境方面"
    assert draft.source_lines[10] == "七、大气环境方面"


def test_numbers_that_hang_on_a_style_are_printed() -> None:
    styles = (
        '<w:style w:styleId="A"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="B"><w:basedOn w:val="A"/></w:style>'
    )
    body = (
        paragraph("河道污染。", '<w:pStyle w:val="B"/>')
        + paragraph("整改时限：2021年")
        + paragraph("扬尘。", '<w:pStyle w:val="B"/>')
        + paragraph("整改时限：2022年")
    )
    draft = read(word_file(body, numbering=LISTS, styles=styles), "a.docx")
    assert [issue.number for issue in draft.issues] == ["六", "七"]


@pytest.mark.parametrize(
    ("value", "style", "printed"),
    [
        (1, "decimal", "1"), (12, "chineseCounting", "十二"), (20, "chineseCountingThousand", "二十"),
        (105, "chineseCountingThousand", "一百零五"), (3, "decimalEnclosedCircle", "③"),
        (21, "decimalEnclosedCircle", "(21)"),
        (4, "upperRoman", "IV"), (28, "lowerLetter", "b"), (7, "decimalZero", "07"), (5, "japaneseCounting", "五"),
    ],
)  # fmt: skip
def test_a_counter_is_printed_in_its_format(value: int, style: str, printed: str) -> None:
    assert printed_number(value, style) == printed


def test_cells_merged_downwards_belong_to_every_row() -> None:
    table = (
        HEAD
        + row(cell("1", BELOW), cell("河道污染。", BELOW), "清淤。", cell("市水务局", BELOW), "2021年6月底前")
        + row(cell("", GOES_ON), cell("", GOES_ON), "截污。", cell("", GOES_ON), "2021年12月底前")
        + row("2", "扬尘。", "洒水。", "市城管局", "立行立改")
    )
    first, second = read(word_file(f"<w:tbl>{table}</w:tbl>"), "a.docx").issues
    assert [(m.text, str(m.deadline and m.deadline.date)) for m in first.measures] == [
        ("清淤。", "2021-06-30"),
        ("截污。", "2021-12-31"),
    ]
    assert [unit.name for unit in first.units] == ["市水务局"] and first.deadline is None
    assert second.deadline is not None and second.deadline.kind == "immediate"


def test_a_table_goes_on_after_a_break_without_its_header() -> None:
    body = (
        f"<w:tbl>{HEAD}{row('1', '河道污染。', '清淤。', '市水务局', '2021年6月底前')}</w:tbl>"
        + paragraph("")
        + f"<w:tbl>{row('2', '扬尘。', '洒水。', '市城管局', '立行立改')}</w:tbl>"
    )
    assert [issue.number for issue in read(word_file(body), "a.docx").issues] == ["1", "2"]


def test_text_and_tables_keep_their_order() -> None:
    table = f"<w:tbl>{HEAD}{row('1', '扬尘。', '洒水。', '市城管局', '立行立改')}</w:tbl>"
    body = paragraph("一、河道污染。") + paragraph("整改时限：2021年") + paragraph("责任单位：市水务局") + table
    assert [issue.text for issue in read(word_file(body), "a.docx").issues] == ["河道污染。", "扬尘。"]


def test_ticks_drawn_as_symbols_are_read() -> None:
    box = '<w:r><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>'
    tick = '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
    state = f"<w:tc><w:tcPr/><w:p>{box}{run('已完成')}</w:p><w:p>{tick}{run('未达序时进度')}</w:p></w:tc>"
    table = row("序号", "反馈问题", "整改措施", "完成进度") + row("1", "扬尘。", "洒水。", state)
    (issue,) = read(word_file(f"<w:tbl>{table}</w:tbl>"), "a.docx").issues
    assert issue.state == "behind"


def test_a_table_inside_a_cell_is_its_text() -> None:
    inner = f"<w:tbl>{row('1.清淤。')}{row('2.截污。')}</w:tbl>"
    measures = f"<w:tc><w:tcPr/>{inner}<w:p/></w:tc>"
    table = row("反馈问题", "整改措施", "责任单位") + row("河道污染。", measures, "市水务局")
    (issue,) = read(word_file(f"<w:tbl>{table}</w:tbl>"), "a.docx").issues
    assert [measure.text for measure in issue.measures] == ["清淤。", "截污。"]


def test_headers_footers_and_comments_are_left_out() -> None:
    body = paragraph("一、河道污染。") + paragraph("整改时限：2021年")
    data = word_file(body, header1=paragraph("页眉"), footer1=paragraph("- 1 -"), comments=paragraph("批注"))
    draft = read(data, "a.docx")
    assert draft.source_lines == ["一、河道污染。", "整改时限：2021年"]
