"""Word files: paragraphs and tables in document order, merged cells, automatic numbering, tracked changes as accepted.
Headers, footers, comments and deleted text are left out. What the lines mean is `text` and `tables`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from rectify.reading.grid import Cell, Grid
from rectify.reading.opening import Opened, Unreadable

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT: Final = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_SKIPPED: Final = frozenset(
    {_W + "del", _W + "moveFrom", _W + "rPrChange", _W + "pPrChange", _W + "footnoteReference", _W + "instrText",
     "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback", _W + "txbxContent"}
)  # fmt: skip
_DEEPEST: Final = 30
_WIDEST: Final = 200
_MOST_ROWS: Final = 20_000


Block = str | tuple[list[list[Cell]], list[str]]


@dataclass(slots=True)
class Level:
    format: str = "decimal"
    text: str = "%1."
    start: int = 1


@dataclass(slots=True)
class _Numbering:
    """Counters of automatic numbering: per abstract list, restarted below whenever a higher level counts on."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)  # numId → level → how it prints
    abstract: dict[str, str] = field(default_factory=dict)
    restarts: dict[str, dict[int, int]] = field(default_factory=dict)
    styles: dict[str, tuple[str, int]] = field(default_factory=dict)
    counters: dict[str, dict[int, int]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def render(self, number_id: str, level: int) -> str:
        """The printed number of the next paragraph of a list's level; "" for bullets and unknown lists."""
        levels = self.levels.get(number_id)
        if levels is None or level not in levels:
            return ""
        key = self.abstract.get(number_id, number_id)
        counter = self.counters.setdefault(key, {})
        if number_id not in self.used:
            self.used.add(number_id)
            for at, start in self.restarts.get(number_id, {}).items():
                counter[at] = start - 1
                for below in [other for other in counter if other > at]:
                    del counter[below]
        counter[level] = counter.get(level, levels[level].start - 1) + 1
        for below in [other for other in counter if other > level]:
            del counter[below]
        if levels[level].format in ("bullet", "none"):
            return ""

        def one(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            if at not in levels:
                return ""
            return printed_number(counter.get(at, levels[at].start), levels[at].format)

        return re.sub(r"%([1-9])", one, levels[level].text)


def printed_number(value: int, style: str) -> str:
    """A counter in one of Word's number formats: 12, chineseCounting → 十二; decimalEnclosedCircle → ⑫."""
    if (
        style.startswith(("chinese", "ideograph", "japanese", "taiwanese"))
        and "Zodiac" not in style
        and "Traditional" not in style
    ):
        return _han(value)
    if style == "decimalEnclosedCircle" or style == "decimalEnclosedCircleChinese":
        return chr(0x2460 + value - 1) if 1 <= value <= 20 else f"({value})"
    if style == "decimalEnclosedParen":
        return f"({value})"
    if style == "decimalEnclosedFullstop":
        return f"{value}."
    if style in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (value - 1) % 26)
        return letter if style == "lowerLetter" else letter.upper()
    if style in ("lowerRoman", "upperRoman"):
        roman = _roman(value)
        return roman.lower() if style == "lowerRoman" else roman
    return f"{value:02d}" if style == "decimalZero" else str(value)


def _han(value: int) -> str:
    if not 0 < value < 1000:
        return str(value)
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = digits[hundreds] + "百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else digits[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (digits[ones] if ones else "")


def _roman(value: int) -> str:
    text = ""
    for amount, letters in (
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ):
        while value >= amount:
            text, value = text + letters, value - amount
    return text


def read_word(opened: Opened) -> Iterator[str | tuple[list[list[Cell]], list[str]]]:
    """Paragraph texts and tables in order. A table comes as rows of cells (its lines counted from 0) with the text of
    each of its rows."""
    body = _parse(opened.parts["word/document.xml"]).find(_W + "body")
    if body is None:
        raise Unreadable("Word文件里没有正文，请重新另存为.docx后再上传。")
    numbering = _numbering(opened)
    yield from _blocks(body, numbering, 0)


def _parse(content: bytes) -> Any:
    if _STRICT in content[:20000]:
        content = content.replace(_STRICT, _W[1:-1].encode())
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("Word文件已损坏，无法打开，请重新另存后再上传。") from error
    if root is None:
        raise Unreadable("Word文件已损坏，无法打开，请重新另存后再上传。")
    return root


def _blocks(parent: Any, numbering: _Numbering, depth: int) -> Iterator[str | tuple[list[list[Cell]], list[str]]]:
    if depth > _DEEPEST:
        return
    for child in parent:
        if child.tag == _W + "p":
            yield from _paragraph(child, numbering).split("\n")
        elif child.tag == _W + "tbl":
            yield _table(child, numbering, depth)
        elif child.tag in (_W + "sdt", _W + "sdtContent", _W + "ins", _W + "moveTo", _W + "customXml", _W + "smartTag"):
            yield from _blocks(child, numbering, depth + 1)


def _paragraph(paragraph: Any, numbering: _Numbering) -> str:
    text = _text(paragraph)
    if not text.strip():
        return ""
    number = _number_of(paragraph, numbering)
    return number + text.strip() if number else text


def _number_of(paragraph: Any, numbering: _Numbering) -> str:
    properties = paragraph.find(_W + "pPr")
    if properties is None:
        return ""
    number_id, level = None, 0
    style = properties.find(_W + "pStyle")
    if style is not None:
        number_id, level = numbering.styles.get(style.get(_W + "val", ""), (None, 0))
    own = properties.find(_W + "numPr")
    if own is not None:
        identifier, depth = own.find(_W + "numId"), own.find(_W + "ilvl")
        if identifier is not None:
            number_id = identifier.get(_W + "val")
        if depth is not None:
            level = _int(depth.get(_W + "val"), 0)
    if number_id is None or number_id == "0":
        return ""
    return numbering.render(number_id, level)


def _text(element: Any) -> str:
    """The text of a paragraph with tracked changes accepted."""
    parts: list[str] = []
    stack: list[Any] = [element]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        tag = node.tag
        if tag in _SKIPPED:
            continue
        if tag == _W + "t":
            parts.append(node.text or "")
        elif tag == _W + "tab":
            if node.getparent() is not None and node.getparent().tag == _W + "r":
                parts.append("\t")
        elif tag in (_W + "br", _W + "cr"):
            parts.append("\n")
        elif tag == _W + "noBreakHyphen":
            parts.append("-")
        elif tag == _W + "sym":
            parts.append(_symbol(node))
        else:
            stack.extend(reversed(node))
    return "".join(parts)


_SYMBOLS: Final = {
    "F0FE": "☑",
    "F0FC": "√",
    "F052": "☑",
    "F0A8": "□",
    "F0A3": "□",
    "F06F": "□",
    "F071": "□",
    "F050": "√",
    "F0FD": "☒",
    "F0A2": "□",
}


def _symbol(node: Any) -> str:
    code = (node.get(_W + "char") or "").upper()
    return _SYMBOLS.get(code, "")


def _int(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else default


# ---------------------------------------------------------------- tables
def _table(table: Any, numbering: _Numbering, depth: int) -> tuple[list[list[Cell]], list[str]]:
    rows: list[list[Cell]] = []
    lines: list[str] = []
    for row in _children(table, _W + "tr", 0):
        properties = row.find(_W + "trPr")
        if properties is not None and properties.find(_W + "del") is not None:
            continue
        number = len(rows)
        if number >= _MOST_ROWS:
            raise Unreadable("表格超过%(most)s行，请拆成几个文件后再上传。", most=_MOST_ROWS)
        cells: list[Cell] = []
        if properties is not None:
            before = properties.find(_W + "gridBefore")
            for _ in range(min(_int(before.get(_W + "val"), 0), _WIDEST) if before is not None else 0):
                cells.append(Cell("", number, (number, len(cells))))
        for cell in _children(row, _W + "tc", 0):
            at = len(cells)
            if at >= _WIDEST:
                break
            span, merged = _cell_shape(cell)
            above = rows[-1][at] if rows and at < len(rows[-1]) else None
            if merged and above is not None:
                made = above
            else:
                made = Cell(_cell_text(cell, numbering, depth), number, (number, at))
            cells.extend([made] * min(span, _WIDEST - at))
        rows.append(cells)
        lines.append(
            " | ".join(
                cell.text.replace("\n", " ") for at, cell in enumerate(cells) if not at or cell is not cells[at - 1]
            )
        )
    width = max((len(row) for row in rows), default=0)
    for number, cells in enumerate(rows):
        while len(cells) < width:
            cells.append(Cell("", number, (number, len(cells))))
    return rows, lines


def _children(parent: Any, tag: str, depth: int) -> Iterator[Any]:
    for child in parent:
        if child.tag == tag:
            yield child
        elif depth < _DEEPEST and child.tag in (
            _W + "sdt",
            _W + "sdtContent",
            _W + "ins",
            _W + "moveTo",
            _W + "customXml",
        ):
            yield from _children(child, tag, depth + 1)


def _cell_shape(cell: Any) -> tuple[int, bool]:
    """(columns that it spans, whether it goes on the cell above)."""
    properties = cell.find(_W + "tcPr")
    if properties is None:
        return 1, False
    span = properties.find(_W + "gridSpan")
    merge = properties.find(_W + "vMerge")
    merged = merge is not None and merge.get(_W + "val", "continue") == "continue"
    return max(1, min(_int(span.get(_W + "val"), 1), _WIDEST)) if span is not None else 1, merged


def _cell_text(cell: Any, numbering: _Numbering, depth: int) -> str:
    texts: list[str] = []
    for block in _blocks(cell, numbering, depth + 1):
        if isinstance(block, str):
            texts.append(block)
        else:
            texts.extend(block[1])
    return "\n".join(text for text in texts if text.strip()).strip()


def grid_of(rows: list[list[Cell]], first_line: int) -> Grid:
    """A table as a grid whose lines are counted in the whole document."""
    moved: dict[int, Cell] = {}
    grid: list[list[Cell]] = []
    for row in rows:
        cells = []
        for cell in row:
            if id(cell) not in moved:
                moved[id(cell)] = Cell(cell.text, cell.line + first_line, cell.origin)
            cells.append(moved[id(cell)])
        grid.append(cells)
    return Grid(grid)


# ---------------------------------------------------------------- numbering
def _numbering(opened: Opened) -> _Numbering:
    numbering = _Numbering()
    if "word/numbering.xml" in opened.parts:
        _read_lists(_parse(opened.parts["word/numbering.xml"]), numbering)
    if "word/styles.xml" in opened.parts:
        _read_styles(_parse(opened.parts["word/styles.xml"]), numbering)
    return numbering


def _levels(parent: Any) -> dict[int, Level]:
    levels: dict[int, Level] = {}
    for node in parent.findall(_W + "lvl"):
        level = Level()
        for tag, name in (("numFmt", "format"), ("lvlText", "text"), ("start", "start")):
            found = node.find(_W + tag)
            if found is None:
                continue
            value = found.get(_W + "val") or ""
            if name == "start":
                level.start = _int(value, 1)
            elif name == "format":
                level.format = value
            else:
                level.text = value[:40]
        levels[_int(node.get(_W + "ilvl"), 0)] = level
    return levels


def _read_lists(root: Any, numbering: _Numbering) -> None:
    abstracts = {node.get(_W + "abstractNumId"): _levels(node) for node in root.findall(_W + "abstractNum")}
    for node in root.findall(_W + "num"):
        number_id = node.get(_W + "numId") or ""
        link = node.find(_W + "abstractNumId")
        abstract = link.get(_W + "val") if link is not None else None
        levels = dict(abstracts.get(abstract, {}))
        for override in node.findall(_W + "lvlOverride"):
            at = _int(override.get(_W + "ilvl"), 0)
            levels.update(_levels(override))
            start = override.find(_W + "startOverride")
            if start is not None:
                numbering.restarts.setdefault(number_id, {})[at] = _int(start.get(_W + "val"), 1)
        numbering.levels[number_id] = levels
        numbering.abstract[number_id] = abstract or number_id


def _read_styles(root: Any, numbering: _Numbering) -> None:
    """Lists that hang on a paragraph style, its own or of the style it is based on."""
    own: dict[str, tuple[str | None, int | None]] = {}
    based: dict[str, str] = {}
    for style in root.findall(_W + "style"):
        name = style.get(_W + "styleId") or ""
        base = style.find(_W + "basedOn")
        if base is not None:
            based[name] = base.get(_W + "val") or ""
        properties = style.find(_W + "pPr")
        list_properties = properties.find(_W + "numPr") if properties is not None else None
        if list_properties is not None:
            identifier, level = list_properties.find(_W + "numId"), list_properties.find(_W + "ilvl")
            own[name] = (
                identifier.get(_W + "val") if identifier is not None else None,
                _int(level.get(_W + "val"), 0) if level is not None else None,
            )
    for name in set(own) | set(based):
        identifier_value: str | None = None
        depth: int | None = None
        at: str | None = name
        for _ in range(20):
            if at is None:
                break
            found = own.get(at)
            if found:
                identifier_value = identifier_value or found[0]
                depth = depth if depth is not None else found[1]
            at = based.get(at)
        if identifier_value and identifier_value != "0":
            numbering.styles[name] = (identifier_value, depth or 0)
