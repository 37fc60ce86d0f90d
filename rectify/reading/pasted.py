"""A table whose cells were pasted one a line → a grid; cells are given to columns by what they look like."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from rectify.reading.grid import Cell, Grid
from rectify.reading.labels import Label, classify, classify_column, has_boxes, state_of, yes_no
from rectify.reading.lines import is_leftover, names_units
from rectify.rules.deadlines import parse
from rectify.rules.numerals import marker, normalise, to_int

_Line = tuple[str, int]  # a cell's text and the line that it begins on
_FEWEST: Final = 4  # labels in a row that make a header
_MOST: Final = 24
_LONGEST_HEADER: Final = 20
_LONGEST_BAND: Final = 40
_FAR: Final = float("inf")
_AFTER: Final = re.compile(
    r"(?:备注|注|说明|填表说明|填报人|填表人|审核人|联系人|联系电话|监督电话|举报电话|附)[:：]|(?:备注|注)\d"
)
_TOTAL: Final = re.compile(r"(?:合|总|小)\s*计")
_SENTENCE: Final = re.compile(r"[。；;！，,]|\d[.、]")


@dataclass(slots=True)
class Pasted:
    """What a pasted table was: `above` stands before it, `left` belongs to neither (page's own words, notes below)."""

    above: list[_Line]
    grid: Grid
    left: list[_Line] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)  # the serial numbers of rows whose cells fit no columns well


def unflatten(lines: list[_Line]) -> Pasted | None:
    """A table pasted so that every cell stands on its own line or lines:

    序号 / 反馈问题 / 整改措施 / 责任单位 / 一、责任落实 / 1 / 一个问题。 / 1.甲措施。 / 2.乙措施。 / 县水利局 / 2 / …
    """
    cells = [(text.strip(), number) for text, number in lines]
    left = [cell for cell in cells if is_leftover(cell[0])]
    cells = [cell for cell in cells if not is_leftover(cell[0])]
    start = next((at for at, (text, _) in enumerate(cells) if _is(text, "number") and _labels_from(cells, at)), None)
    if start is None:
        return None
    above = [cell for cell in cells[:start] if cell[0]]
    cells = _blank_lines_divide(cells[start:])
    first = next((at for at, (text, _) in enumerate(cells) if at >= _FEWEST and _serial(text) is not None), None)
    if first is None or first > _MOST:
        return None
    blocks, left_below = _blocks(cells[first:])
    # A line over the first row may be a header still, or a band over the table: as the rows fit better.
    tables = [
        _Table(cells[: first - bands], cells[first - bands : first], blocks)
        for bands in range(min(2, first - _FEWEST) + 1)
        if all(len(text) <= _LONGEST_HEADER for text, _ in cells[: first - bands])
    ]
    if not tables:
        return None
    table = min(tables, key=lambda one: one.cost)
    if not {label.field for label in table.labels} & {"issue", "measure"}:
        return None
    return Pasted(above, table.grid(), [*left, *left_below], table.doubtful)


def _is(text: str, name: str) -> bool:
    label = classify(text)
    return label is not None and label.field == name


def _labels_from(cells: list[_Line], start: int) -> bool:
    """Whether a header begins here: one label a line."""
    texts = [text for text, _ in cells[start : start + 3 * _FEWEST] if text][:_FEWEST]
    return len(texts) == _FEWEST and all(len(text) <= _LONGEST_HEADER and classify(text) for text in texts)


def _blank_lines_divide(cells: list[_Line]) -> list[_Line]:
    """Where a blank line stands behind every header, it stands behind every cell, and a cell may take several lines."""
    divided = all(not cells[at][0] for at in range(1, 2 * _FEWEST, 2) if at < len(cells))
    joined: list[_Line] = []
    inside = False
    for text, number in cells:
        if text and inside and divided:
            joined[-1] = (joined[-1][0] + "\n" + text, joined[-1][1])
        elif text:
            joined.append((text, number))
        inside = bool(text)
    return joined


def _serial(text: str) -> int | None:
    return to_int(normalise(text)) if len(text) <= 4 else None


def _blocks(cells: list[_Line]) -> tuple[list[list[_Line]], list[_Line]]:
    """The cells from one serial number to the next; and what stands below the table."""
    blocks: list[list[_Line]] = []
    expected = None
    for at, (text, number) in enumerate(cells):
        if blocks and _AFTER.match(text):
            return blocks, cells[at:]
        value = _serial(text)
        if value is not None and expected in (None, value):
            blocks.append([(text, number)])
            expected = value + 1
        elif _TOTAL.fullmatch(text):
            blocks.append([(text, number)])
        else:
            blocks[-1].append((text, number))
    return blocks, []


class _Table:
    """A header, the bands over the first row, and blocks of cells, given to the columns. `cost` tells how badly."""

    def __init__(self, head: list[_Line], bands: list[_Line], blocks: list[list[_Line]]) -> None:
        self.head = head
        self.labels = [classify_column(text) or Label("ignore") for text, _ in head]
        self.styles = {found.style for text, _ in bands if (found := marker(text))}
        self.unnumbered = any(marker(text) is None for text, _ in bands)
        self.doubtful: list[str] = []
        # A band may be called as a column is (责任落实), but a header that no row fills is one still.
        self.cost = sum(0.4 * len(blocks) for text, _ in bands if classify(text))
        self.rows: list[list[list[_Line | None]] | list[_Line]] = [[band] for band in bands]
        for at, block in enumerate(blocks):
            self._block(block, last=at == len(blocks) - 1)

    def _block(self, block: list[_Line], *, last: bool) -> None:
        if _TOTAL.fullmatch(block[0][0]):
            self.rows.append([("　".join(text for text, _ in block), block[0][1])])
            return
        cells = _boxes_together(block[1:])
        placed, cost = _placed(cells, self.labels[1:])
        bands: list[_Line] = []
        while not last and len(bands) < 2 and len(cells) > 1 and self._may_be_band(cells[-1][0]):
            shorter, less = _placed(cells[:-1], self.labels[1:])
            if less > cost - (0.1 if marker(cells[-1][0]) else 0.3):
                if less < cost and not bands:
                    self.doubtful.append(block[0][0])  # a remark, or the heading of the next rows?
                break
            bands.insert(0, cells[-1])
            cells, placed, cost = cells[:-1], shorter, less
        if cost > 1.5:
            self.doubtful.append(block[0][0])
        self.cost += cost
        self.rows.append([[block[0], *row] if not at else [None, *row] for at, row in enumerate(placed)])
        self.rows.extend([band] for band in bands)

    def _may_be_band(self, text: str) -> bool:
        """二、政策落实, numbered as a heading; without a number where such a line stands over the first row too."""
        found = marker(text)
        if len(text) > _LONGEST_BAND or text.endswith(("。", "；", "，")):
            return False
        return found.style in self.styles | {"han、", "(han)"} if found else self.unnumbered and len(text) <= 20

    def grid(self) -> Grid:
        """The header and the rows. What a row further down in a block does not fill belongs to the row above too."""
        width = len(self.head)
        rows = [[_cell(line, 0, at) for at, line in enumerate(self.head)]]
        for block in self.rows:
            if isinstance(block[0], tuple):
                rows.append([_cell(block[0], len(rows), 0)] * width)
                continue
            for place, row in enumerate(block):
                line = next(cell[1] for cell in block[0] if cell)
                rows.append(
                    [
                        rows[-1][column] if cell is None and place else _cell(cell or ("", line), len(rows), column)
                        for column, cell in enumerate(row)
                    ]
                )
        return Grid(rows, implied=False)


def _cell(line: _Line, row: int, column: int) -> Cell:
    return Cell(line[0].strip(), line[1], (row, column))


def _boxes_together(cells: list[_Line]) -> list[_Line]:
    joined: list[_Line] = []
    for text, number in cells:
        if joined and has_boxes(text) and has_boxes(joined[-1][0]):
            joined[-1] = (joined[-1][0] + "\n" + text, joined[-1][1])
        else:
            joined.append((text, number))
    return joined


def _placed(cells: list[_Line], labels: list[Label]) -> tuple[list[list[_Line | None]], float]:
    """Gives the cells to the columns in order, so that dates fall under time limits and boxes under the state; and how
    badly they fit. A cell may be missing or take several lines, and an issue may have several rows of measures."""
    n, m = len(cells), len(labels)
    again = next((at for at, label in enumerate(labels) if label.field == "measure"), None)
    cost = [[_FAR] * (m + 1) for _ in range(n + 1)]
    step: dict[tuple[int, int], tuple[str, int]] = {}

    def reach(i: int, j: int, price: float, move: str, before: int) -> None:
        if price < cost[i][j]:
            cost[i][j], step[(i, j)] = price, (move, before)

    cost[0][0] = 0.0
    for i in range(n + 1):
        for _ in range(2):
            for j in range(m):
                reach(i, j + 1, cost[i][j] + (0.1 if labels[j].field == "remark" else 0.6), "skip", j)
            if again is not None and 0 < i < n:
                best = min(range(again + 1, m + 1), key=lambda j: cost[i][j])
                reach(i, again, cost[i][best] + 0.9, "row", best)
        if i == n:
            break
        text = cells[i][0]
        goes_on = i > 0 and _counts_on(cells[i - 1][0], text)
        for j in range(m):
            reach(i + 1, j + 1, cost[i][j] + _misfit(text, labels[j]) + (0.5 if goes_on else 0.0), "take", j)
        for j in range(1, m + 1):
            reach(i + 1, j, cost[i][j] + (0.1 if goes_on else 0.5) + _misfit(text, labels[j - 1]), "join", j)
    rows: list[list[_Line | None]] = [[None] * m]
    i, j = n, m
    while (i, j) in step:
        move, before = step[(i, j)]
        if move == "row":
            rows.insert(0, [None] * m)
        elif move != "skip":
            i -= 1
            below = rows[0][j - 1]
            rows[0][j - 1] = (cells[i][0] + ("\n" + below[0] if below else ""), cells[i][1])
        j = before
    return rows, cost[n][m]


def _counts_on(before: str, text: str) -> bool:
    """2.规范审核。 behind 1.建立台账。: the next line of the same cell."""
    one, other = marker(before), marker(text)
    if one is None or other is None or one.style != other.style:
        return False
    return other.value[-1] == one.value[-1] + 1


def _misfit(text: str, label: Label) -> float:
    is_date = len(text) <= 30 and parse(text, year_hint=2000).deadline.kind not in ("ask", "none")
    blank = text.strip("—-/无") == ""
    boxes = has_boxes(text)
    state = len(text) <= 14 and not _SENTENCE.search(text) and (state_of(text) or yes_no(text) is not None)
    if label.field in ("deadline", "completion", "completed_on", "original_deadline"):
        return 0.0 if is_date or blank else 1.5
    if label.field in ("state", "on_schedule", "is_completed", "is_signed_off"):
        return 0.0 if boxes or state or blank else 0.8
    if boxes:
        return 2.0
    if label.field == "unit":
        if names_units(text.replace("（牵头）", "")):
            return 0.0 if label.role not in ("leader", "person") else 0.4
        short = len(text) <= 12 and not _SENTENCE.search(text)
        return 0.1 if short and not is_date and not state else 1.0 if text.endswith("。") or len(text) > 60 else 0.5
    if label.field == "remark":
        return 0.3
    if label.field == "progress" and state:
        return 0.1
    if is_date and len(text) <= 14 or state:
        return 0.8
    return 0.1 if len(text) > 6 and not names_units(text) else 0.4
