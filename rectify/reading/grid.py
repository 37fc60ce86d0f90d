"""A table as a grid of cells, whatever it was drawn in; cells of one merged block are known as one.
What its rows and columns mean is `columns`, `pairs` and `tables`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Cell:
    """A cell; `text` has no blanks around it, `origin` is where its merged block begins, so that cells of one block are
    known as one."""

    text: str
    line: int
    origin: tuple[int, int]


@dataclass(slots=True)
class Grid:
    """Rows of equal length. `implied`: pasted text, where an empty cell is a merged one."""

    rows: list[list[Cell]]
    implied: bool = False
    name: str | None = None


def unique(cells: list[Cell]) -> list[Cell]:
    """The cells, each merged block once."""
    if len(cells) < 2:
        return cells
    seen: set[tuple[int, int]] = set()
    add = seen.add
    return [cell for cell in cells if cell.origin not in seen and add(cell.origin) is None]


def filled(row: list[Cell]) -> list[Cell]:
    """The cells that say something, each merged block once."""
    seen: set[tuple[int, int]] = set()
    add = seen.add
    return [cell for cell in row if cell.text and cell.origin not in seen and add(cell.origin) is None]


def spans(row: list[Cell], cell: Cell) -> bool:
    """Whether one block covers the row, or all but one of its columns."""
    return sum(1 for other in row if other.origin == cell.origin) >= max(2, len(row) - 1)
