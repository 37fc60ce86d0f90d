"""The rows of a file that did not go into the ledger, as a workbook: their cells as they were, the line, and why.

It can be mended and uploaded again: the heads of the columns stand above the rows, and what is added stands behind them,
where no reader takes it for a number or a heading. Which rows there are is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from .workbook import Book, clean

_FORBIDDEN_IN_NAMES = str.maketrans("", "", "[]:*?/\\'")


def rejected_xlsx(stream: BinaryIO, sheets: Iterable[Any], *, english: bool = False) -> int:
    """One worksheet for each part, with `heads` and `rows` (line, cells, reason); how many rows it holds."""
    book = Book(stream, english)
    words = ("As in the file", "Line", "Why not imported") if english else ("原文", "原文行号", "未导入原因")
    written = 0
    for n, part in enumerate(sheets, 1):
        sheet = book.file.add_worksheet(_name(part.name, n, english))
        width = max([1, *(len(cells) for cells in part.heads), *(len(row.cells) for row in part.rows)])
        sheet.set_column(0, width - 1, 20 if width > 1 else 90, book.text)
        sheet.set_column(width, width, 9, book.text)
        sheet.set_column(width + 1, width + 1, 40, book.text)
        heads = part.heads or [[words[0]]]
        for at, cells in enumerate(heads):
            for column, text in enumerate([*cells, *[""] * (width - len(cells)), *words[1:]]):
                sheet.write_string(at, column, book.fitted(sheet, at, column, clean(text)), book.head)
        sheet.freeze_panes(len(heads), 0)
        for at, row in enumerate(part.rows, len(heads)):
            for column, value in enumerate([*row.cells, *[""] * (width - len(row.cells)), row.line, row.reason]):
                book.write(sheet, at, column, value)
            written += 1
    book.close()
    return written


def _name(part: str, n: int, english: bool) -> str:
    """A name that a worksheet may have: short, without signs that formulas use, and each once."""
    rest = "Rejected" if english else "未导入"
    return f"{n} {clean(part).translate(_FORBIDDEN_IN_NAMES).strip()[:24] or rest}"
