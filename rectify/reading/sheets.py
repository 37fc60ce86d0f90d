"""Spreadsheets and pasted tables → grids: .xlsx and .xls by calamine, tab, comma and pipe separated text.
What the columns mean is `tables`."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from rectify.reading import oldsheets
from rectify.reading.columns import is_head
from rectify.reading.draft import SheetDraft
from rectify.reading.grid import Cell, Grid
from rectify.reading.labels import classify_head
from rectify.reading.opening import Opened, Unreadable

MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 300
MOST_CELLS: Final = 2_000_000
MOST_ANNOUNCED: Final = 65_536 * 256  # cells that an .xls may say it has: as many as one sheet holds
MOST_SHEETS: Final = 100
_CELL: Final = re.compile(rb"<c\s[^>]*?\br=[\"']([A-Za-z]{1,9})(\d{1,10})[\"'][^>]*?(/?)>")
# A cell in the 50,000th row or further down, or to the right of the 40th column: the cells in between are too many.
_FAR: Final = re.compile(
    rb"r=[\"'](?:[A-Za-z]{1,2}(?:[5-9]\d{4}|\d{6})|(?:[A-Za-z]{3,9}|[B-Zb-z][A-Za-z]|[Aa][O-Zo-z])\d)"
)
_HIDDEN_ROW: Final = re.compile(rb"<row\s[^>]*\bhidden=\"(?:1|true)\"")


@dataclass(slots=True)
class Sheet:
    grid: Grid
    lines: list[str]
    about: SheetDraft

    @property
    def name(self) -> str:
        return self.about.name


def read_sheets(opened: Opened, notes: list[str], chosen: Sequence[str] = ()) -> list[Sheet]:
    """The chosen sheets in order, each with its merged cells; every cell as it is displayed. Without a choice: those that
    are not hidden. `opened.sheets` is told of all; one that is chosen and not there is Unreadable."""
    if opened.kind == "xlsx":
        _count_cells(opened)
    else:
        _refuse_far_cells(opened)
    month_styles = _month_styles(opened.parts.get("xl/styles.xml", b""))
    old_months = oldsheets.month_cells(opened.data, _month_only) if opened.kind == "xls" else []
    old_hidden = oldsheets.hidden_rows(opened.data) if opened.kind == "xls" else []
    sheets: list[Sheet] = []
    hidden = 0
    with _Calamine():
        book: Any = CalamineWorkbook.from_filelike(io.BytesIO(opened.data))
        metadata = list(book.sheets_metadata)
        if len(metadata) > MOST_SHEETS:
            raise Unreadable("工作表超过%(most)s个，请只保留台账所在的工作表后再上传。", most=MOST_SHEETS)
        _refuse_unknown(chosen, [meta.name for meta in metadata])
        first = 1
        for at, meta in enumerate(metadata):
            about = SheetDraft(meta.name, 0, meta.visible != SheetVisibleEnum.Visible)
            about.chosen = about.name in chosen if chosen else not about.hidden
            opened.sheets.append(about)
            sheet = book.get_sheet_by_index(at)
            if sheet.end is None:
                continue
            rows, columns = sheet.end[0] + 1, sheet.end[1] + 1
            _refuse_large(rows, columns)
            values = sheet.to_python(skip_empty_area=False, nrows=rows)
            about.rows = sum(any(row) or any(value not in ("", None) for value in row) for row in values)
            if not about.chosen:
                continue
            hidden += old_hidden[at] if at < len(old_hidden) else len(_HIDDEN_ROW.findall(_part(opened, at)))
            months = _month_cells(_part(opened, at), month_styles) if month_styles else set()
            months |= old_months[at] if at < len(old_months) else set()
            grid, lines = _grid(values, sheet.merged_cell_ranges or [], meta.name, first, columns, months)
            first += len(lines)
            sheets.append(Sheet(grid, lines, about))
    if hidden:
        notes.append(f"有{hidden}行是隐藏的，已一并读取。")
    return sheets


def _refuse_unknown(chosen: Sequence[str], names: list[str]) -> None:
    unknown = [name for name in chosen if name not in names]
    if unknown:
        raise Unreadable(
            "工作簿里没有工作表%(unknown)s，现有的工作表是%(there)s，请从中选择。",
            unknown=quoted(unknown),
            there=quoted(names),
        )


def quoted(names: Sequence[str]) -> str:
    """The names of sheets as a sentence has them: “台账”“说明”."""
    return f"“{'”“'.join(names)}”"


class _Calamine:
    """Around calls of the Rust reader: whatever it raises, a panic of its own kind included, is a broken file."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None or issubclass(kind, Unreadable | KeyboardInterrupt | SystemExit | MemoryError):
            return
        if "password" in str(error).lower():
            raise Unreadable("文件设有打开密码，无法读取，请取消密码后再上传。") from error
        raise Unreadable("Excel文件已损坏，无法打开，请重新另存后再上传。") from error


def _refuse_large(rows: int, columns: int) -> None:
    if rows > MOST_ROWS:
        raise Unreadable("工作表有%(rows)s行，超过%(most)s行，请只保留台账内容后再上传。", rows=rows, most=MOST_ROWS)
    if columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        raise Unreadable("工作表有%(columns)s列，内容范围过大，请删去多余的列后再上传。", columns=columns)


def _count_cells(opened: Opened) -> None:
    """Refuses sheets whose cells lie too far out, before a reader makes room for all in between."""
    for name, part in opened.parts.items():
        if not name.startswith("xl/worksheets/") or part.count(b"<c") <= MOST_CELLS and not _FAR.search(part):
            continue
        count, rows, columns = 0, set(), set()
        for letters, number, empty in map(re.Match.groups, _CELL.finditer(part)):
            if not empty:
                count += 1
                rows.add(number)
                columns.add(letters)
        if count > MOST_CELLS:
            raise Unreadable("工作表内容过多，请拆成几个文件后再上传。")
        _refuse_large(max(map(int, rows), default=0), max(map(_column, columns), default=0))


def _refuse_far_cells(opened: Opened) -> None:
    """The same for an .xls, whose sheets also announce how large they are."""
    try:
        rows, columns, announced = oldsheets.extent(opened.data)
    except ValueError:
        announced, rows, columns = MOST_ANNOUNCED + 1, 0, 0
    _refuse_large(rows, columns)
    if announced > MOST_ANNOUNCED:
        raise Unreadable("Excel文件已损坏，无法打开，请重新另存后再上传。")


def _column(letters: bytes) -> int:
    value = 0
    for letter in letters.upper():
        value = value * 26 + letter - 64
    return value


# Built-in formats that show year and month only (17, and 55 and 57 in Chinese workbooks).
_MONTH_BUILTIN: Final = frozenset({17, 55, 57})


def _month_styles(styles: bytes) -> set[int]:
    """The cell styles whose date shows no day (2024年6月)."""
    custom: dict[int, str] = {}
    for match in re.finditer(rb"<numFmt\s[^>]{0,400}/?>", styles):
        identifier, code = (
            re.search(rb'numFmtId="(\d{1,6})"', match[0]),
            re.search(rb'formatCode="([^"]{0,200})"', match[0]),
        )
        if identifier and code:
            custom[int(identifier[1])] = code[1].decode("utf-8", "replace")
    found: set[int] = set()
    block = re.search(rb"<cellXfs\b.*?</cellXfs>", styles, re.DOTALL)
    for at, match in enumerate(re.finditer(rb"<xf\s[^>]*", block[0] if block else b"")):
        identifier = re.search(rb'numFmtId="(\d{1,6})"', match[0])
        number = int(identifier[1]) if identifier else 0
        if _month_only(number, custom.get(number, "")):
            found.add(at)
    return found


def _month_only(number: int, code: str) -> bool:
    """Whether a number format shows year and month, and no day."""
    letters = re.sub(r'"[^"]*"|&quot;.*?&quot;|\[[^\]]*\]|\\.', "", code).lower()
    return number in _MONTH_BUILTIN or "y" in letters and "m" in letters and "d" not in letters


def _part(opened: Opened, index: int) -> bytes:
    """The part of an .xlsx in which a sheet stands; empty where there is none."""
    names = sorted((name for name in opened.parts if name.startswith("xl/worksheets/sheet")), key=lambda n: (len(n), n))
    return opened.parts[names[index]] if index < len(names) else b""


def _month_cells(part: bytes, styles: set[int]) -> set[tuple[int, int]]:
    cells: set[tuple[int, int]] = set()
    for match in _CELL.finditer(part):
        style = re.search(rb'\bs="(\d{1,6})"', match[0])
        if style and int(style[1]) in styles:
            cells.add((int(match[2]) - 1, _column(match[1]) - 1))
    return cells


def _shown(value: object, month_only: bool) -> str:
    """A cell's value as an office reads it."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime | dt.date):
        return f"{value.year}年{value.month}月" if month_only else f"{value.year}-{value.month:02d}-{value.day:02d}"
    return str(value).strip()


def _grid(
    values: list[list[object]],
    merges: list[tuple[tuple[int, int], tuple[int, int]]],
    name: str,
    first: int,
    width: int,
    months: set[tuple[int, int]],
) -> tuple[Grid, list[str]]:
    rows: list[list[Cell]] = []
    lines: list[str] = []
    for at, row in enumerate(values):
        texts = [
            value.strip() if isinstance(value, str) and "\r" not in value else _shown(value, (at, column) in months)
            for column, value in enumerate(row[:width])
        ]
        texts += [""] * (width - len(texts))
        rows.append([Cell(text, first + at, (at, column)) for column, text in enumerate(texts)])
        lines.append("\t".join(texts).replace("\n", " ").rstrip())
    for (top, left), (bottom, right) in merges:
        if top >= len(rows) or left >= width:
            continue
        master = rows[top][left]
        for row_at in range(top, min(bottom, len(rows) - 1) + 1):
            for column in range(left, min(right, width - 1) + 1):
                rows[row_at][column] = master
    return Grid(rows, name=name), lines


# ---------------------------------------------------------------- separated text
def separated(text: str, name: str) -> Grid | None:
    """Pasted or exported tables in text: tabs, pipes, or commas where a header says so. None: no table."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2:
        return None
    delimiter = _delimiter(lines, name)
    if delimiter is None:
        return None
    rows = _records(text, delimiter)
    width = max((len(fields) for fields, _ in rows), default=0)
    if width < 2 or width > MOST_COLUMNS or len(rows) > MOST_ROWS:
        if width > MOST_COLUMNS or len(rows) > MOST_ROWS:
            _refuse_large(len(rows), width)
        return None
    grid = [
        [Cell(fields[at].strip() if at < len(fields) else "", line, (number, at)) for at in range(width)]
        for number, (fields, line) in enumerate(rows)
    ]
    return Grid(grid, implied=True)


def cells_by_line(lines: list[str], kind: str, name: str = "") -> dict[int, list[str]]:
    """The source lines of a draft as the cells of their rows, by the line that a row begins on; plain text has one cell.

    `kind` and `name` are the file's, as `PlanDraft.file_kind` and at the upload.
    """
    if kind in ("xlsx", "xls"):
        return {n: line.split("\t") for n, line in enumerate(lines, 1)}
    delimiter = _delimiter([line for line in lines if line.strip()], name)
    if delimiter is None:
        return {n: [line] for n, line in enumerate(lines, 1)}
    return {line: fields for fields, line in _records("\n".join(lines), delimiter)}


_CELL_OPENS: Final = re.compile(r'(?:^|\t)"[^"\t]*$')  # a cell of several lines, as a spreadsheet copies it


def _delimiter(lines: list[str], name: str) -> str | None:
    tabs = sum(1 for line in lines if line.count("\t") >= 2)
    if tabs >= 2 and tabs >= len(lines) * 0.4 or tabs >= 2 and _has_header(lines, "\t"):
        return "\t"
    if _has_header(lines[:4], "\t") or tabs >= 2 and sum(map(bool, map(_CELL_OPENS.search, lines))) >= 2:
        return "\t"
    pipes = sum(1 for line in lines if len(re.split(r"[|｜]", line.strip(" |｜"))) >= 3)
    if pipes >= 2 and _has_header(lines, "|"):
        return "|"
    if (
        _has_header(lines, ",")
        or name.lower().endswith(".csv")
        and sum(1 for line in lines if "," in line) >= len(lines) * 0.4
    ):
        return ","
    if _has_header(lines, ";"):
        return ";"
    return "  " if _has_header([re.sub(r"[ \u3000]{2,}|\u3000", "\t", line.strip()) for line in lines], "\t") else None


def _has_header(lines: list[str], delimiter: str) -> bool:
    for line in lines[:30]:
        fields = [part.strip(' "\ufeff') for part in line.replace("｜", "|").split(delimiter)]
        filled = [part for part in fields if part]
        labels = [classify_head(part) for part in filled if len(part) <= 20]
        if len(filled) == 2 and all(labels) and any(label and label.field == "issue" for label in labels):
            same = sum(1 for other in lines if other.replace("｜", "|").count(delimiter) == line.count(delimiter))
            return same >= max(2, len(lines) * 0.6)
        if len(filled) >= 3 and all(len(part) <= 40 for part in filled) and is_head(filled):
            return True
    return False


def _records(text: str, delimiter: str) -> list[tuple[list[str], int]]:
    records: list[tuple[list[str], int]] = []
    if delimiter == "|":
        bodies = [(line.strip().replace("｜", "|"), number) for number, line in enumerate(text.split("\n"), 1)]
        bodies = [
            (body, number)
            for body, number in bodies
            if not re.fullmatch(r"[\s:\-—=+]*|[\s|:\-—=+]*[:\-—=+][\s|:\-—=+]*", body)
        ]
        drawn = [body for body, _ in bodies if "|" in body]
        # A bar at every line's edge is the frame; at some lines' only, it stands beside an empty cell.
        left, right = all(body[0] == "|" for body in drawn), all(body[-1] == "|" for body in drawn)
        for body, number in bodies:
            cells = body.removeprefix("|") if left else body
            records.append(((cells.removesuffix("|") if right else cells).split("|"), number))
        return [(fields, number) for fields, number in records if any(field.strip() for field in fields)]
    if delimiter == "  ":  # columns drawn with spaces
        split = [(re.split(r"[ \u3000]{2,}|\u3000", line.strip()), at) for at, line in enumerate(text.split("\n"), 1)]
        return [(fields, at) for fields, at in split if any(fields)]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    before = 0
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                records.append((fields, before + 1))
            before = reader.line_num
    except csv.Error:  # an unclosed quote or a huge field: take the lines as they are
        return [(line.split(delimiter), number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    return records
