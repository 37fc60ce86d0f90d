"""What an old workbook (.xls) says of how it is shown: 2024年6月 is a month there, though a day is stored; a row is hidden.
Read from the records themselves ([MS-CFB], [MS-XLS]); the values of the cells are `sheets`."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final

_FREE: Final = 0xFFFFFFFA  # this and higher: no sector
_SMALL: Final = 4096  # streams shorter than this stand in the mini stream
_FORMAT, _XF, _SHEET, _EOF = 0x041E, 0x00E0, 0x0085, 0x000A
_ROW, _ROW_HIDDEN = 0x0208, 0x0020
_NUMBER, _RK, _FORMULA, _ROW_OF_RK = 0x0203, 0x027E, 0x0006, 0x00BD

_DIMENSIONS: Final = 0x0200
_VALUES: Final = frozenset({_NUMBER, _RK, _FORMULA, _ROW_OF_RK, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0204, 0x0205})
_SEVERAL: Final = (_ROW_OF_RK, 0x00BE)  # cells of one row, the last column at the end

Cells = set[tuple[int, int]]


def month_cells(data: bytes, month_only: Callable[[int, str], bool]) -> list[Cells]:
    """For each sheet of an .xls, in order, the cells (row, column from 0) with a format for which
    `month_only(number, code)` holds. [] where the records cannot be followed: a date is then read as its day."""
    try:
        stream = _workbook(data)
        styles = _styles(stream, month_only)
        if not any(styles):
            return []
        return [_cells(stream, start, styles) for start in _sheets(stream)]
    except (struct.error, IndexError, ValueError, UnicodeDecodeError):
        return []


def hidden_rows(data: bytes) -> list[int]:
    """How many rows of each sheet of an .xls are hidden; [] where the records cannot be followed."""
    try:
        stream = _workbook(data)
        rows = [[body for kind, body in _records(stream, start) if kind == _ROW] for start in _sheets(stream)]
        return [sum(1 for body in of if struct.unpack_from("<H", body, 12)[0] & _ROW_HIDDEN) for of in rows]
    except (struct.error, IndexError, ValueError):
        return []


def extent(data: bytes) -> tuple[int, int, int]:
    """(rows, columns, most cells that a sheet announces) of an .xls. ValueError where the records cannot be followed."""
    rows = columns = announced = 0
    try:
        stream = _workbook(data)
        for kind, body in (record for start in _sheets(stream) for record in _records(stream, start)):
            if kind == _DIMENSIONS:
                top, bottom, left, right = struct.unpack_from("<IIHH" if len(body) >= 14 else "<HHHH", body)
                if bottom and right and (top >= bottom or left >= right):
                    raise ValueError("a sheet ends before it begins")
                announced = max(announced, bottom * right)
            elif kind in _VALUES:
                row, column = struct.unpack_from("<HH", body)
                last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind in _SEVERAL else column
                rows, columns = max(rows, row + 1), max(columns, column + 1, last + 1)
    except (struct.error, IndexError) as error:
        raise ValueError("the records of the workbook cannot be followed") from error
    return rows, columns, announced


# ---------------------------------------------------------------- records
def _records(stream: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """The records from `start` to the end of their part."""
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        yield kind, stream[start + 4 : start + 4 + length]
        if kind == _EOF:
            return
        start += 4 + length


def _styles(stream: bytes, month_only: Callable[[int, str], bool]) -> list[bool]:
    """For each cell style in order, whether it shows no day."""
    codes: dict[int, str] = {}
    numbers: list[int] = []
    for kind, body in _records(stream):
        if kind == _FORMAT:
            number, count, wide = struct.unpack_from("<HHB", body)
            codes[number] = (
                body[5 : 5 + count * 2].decode("utf-16-le") if wide & 1 else body[5 : 5 + count].decode("latin-1")
            )
        elif kind == _XF:
            numbers.append(struct.unpack_from("<H", body, 2)[0])
    return [month_only(number, codes.get(number, "")) for number in numbers]


def _sheets(stream: bytes) -> list[int]:
    return [struct.unpack_from("<I", body)[0] for kind, body in _records(stream) if kind == _SHEET]


def _cells(stream: bytes, start: int, styles: list[bool]) -> Cells:
    months = {at for at, month in enumerate(styles) if month}
    found: Cells = set()
    for kind, body in _records(stream, start):
        if kind in (_NUMBER, _RK, _FORMULA):
            row, column, style = struct.unpack_from("<HHH", body)
            if style in months:
                found.add((row, column))
        elif kind == _ROW_OF_RK:
            row, first = struct.unpack_from("<HH", body)
            for at in range((len(body) - 6) // 6):
                if struct.unpack_from("<H", body, 4 + at * 6)[0] in months:
                    found.add((row, first + at))
    return found


# ---------------------------------------------------------------- the file around them
def _workbook(data: bytes) -> bytes:
    """The stream named Workbook (or Book) of a compound file. ValueError: there is none, or its chains are broken."""
    sector = 1 << min(struct.unpack_from("<H", data, 30)[0], 12)
    directory, small_table = struct.unpack_from("<I", data, 48)[0], struct.unpack_from("<I", data, 60)[0]
    table = _table(data, sector)
    entries = _chain(data, table, directory, sector, sector)
    root = entries[:128]
    for at in range(0, len(entries) - 127, 128):
        entry = entries[at : at + 128]
        name = entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)].decode("utf-16-le", "replace")
        if name not in ("Workbook", "Book"):
            continue
        start, size = struct.unpack_from("<II", entry, 116)
        if size >= _SMALL:
            return _chain(data, table, start, sector, sector)[:size]
        small = _numbers(_chain(data, table, small_table, sector, sector))
        inside = _chain(data, table, struct.unpack_from("<I", root, 116)[0], sector, sector)
        return _chain(inside, small, start, 64, 0)[:size]
    raise ValueError("no workbook in the file")


def _table(data: bytes, sector: int) -> list[int]:
    """Which sector follows which: the table's own sectors are named in the header and in a chain behind it."""
    named = list(struct.unpack_from("<109I", data, 76))
    following = struct.unpack_from("<I", data, 68)[0]
    for _ in range(len(data) // sector):
        if following >= _FREE:
            break
        more = _numbers(data[sector * (following + 1) : sector * (following + 2)])
        named += more[:-1]
        following = more[-1]
    return [number for at in named if at < _FREE for number in _numbers(data[sector * (at + 1) : sector * (at + 2)])]


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _chain(data: bytes, table: list[int], at: int, size: int, first: int) -> bytes:
    """The sectors from `at` on; sector 0 begins at `first`."""
    parts: list[bytes] = []
    while at < _FREE:
        if len(parts) > len(table):
            raise ValueError("a chain of sectors runs in a circle")
        parts.append(data[first + at * size : first + (at + 1) * size])
        at = table[at]
    return b"".join(parts)
