"""The hand-labelled documents in another dress: text as Word, indented, with blank lines, broken at the width of a page; a
workbook as tables in Word. What they say must be read all the same."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest

from rectify.reading import read
from tests.reading.documents import word
from tests.reading.test_labels_of_fixtures import decoded, shown
from tests.reading.test_unseen import FIXTURES, NAMES, differ

WIDTH = 80
_CLING = "，。；、：！？）)】》”%．.－-—…"


def broken(line: str) -> Iterator[str]:
    """A line as a page breaks it: neither before punctuation nor inside a number."""
    kept, width = "", 0
    for char, after in zip(line, [*line[1:], ""], strict=False):
        kept += char
        width += 1 if char.isascii() else 2
        if width >= WIDTH - 1 and after not in _CLING and not (char.isascii() and after.isascii()):
            yield kept
            kept, width = "", 0
    if kept or not line:
        yield kept


def tables(data: bytes) -> bytes:
    """Each visible sheet as a table in Word, merged as it is."""
    blocks = []
    for sheet in openpyxl.load_workbook(io.BytesIO(data)).worksheets:
        if sheet.sheet_state == "visible" and sheet.max_row > 1:
            rows = [[shown(cell) for cell in row] for row in sheet.iter_rows()]
            spans = [(m.min_row - 1, m.min_col - 1, m.max_row - 1, m.max_col - 1) for m in sheet.merged_cells.ranges]
            blocks += [(rows, spans), ""]
    return word(blocks)


def plain_text(name: str) -> list[str] | None:
    """The lines of a running text; None of a table, of a page without breaks, and of numbering that Word makes."""
    data = (FIXTURES / name).read_bytes()
    if name.endswith(".txt"):
        lines = decoded(data).replace("\r\n", "\n").split("\n")
    elif name.endswith(".docx"):
        document = docx.Document(io.BytesIO(data))
        if document.tables or "w:numPr" in document.element.xml:
            return None
        lines = [line for paragraph in document.paragraphs for line in paragraph.text.split("\n")]
    else:
        return None
    table = any(sign in line for line in lines for sign in "\t|｜")
    return None if table or max(map(len, lines)) > 300 else lines


TEXTS = [name for name in NAMES if plain_text(name)]
BOOKS = [name for name in NAMES if name.endswith(".xlsx")]


def same(name: str, data: bytes, suffix: str) -> None:
    folder, file = name.split("/")
    label = json.loads((Path(FIXTURES) / folder / "expected" / f"{file}.json").read_text(encoding="utf-8"))
    assert differ(label, read(data, f"other.{suffix}").as_json()) == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_reads_the_same_in_word(name: str) -> None:
    same(name, word(plain_text(name) or []), "docx")


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_reads_the_same_indented_and_with_blank_lines(name: str) -> None:
    lines = plain_text(name) or []
    same(name, "\r\n".join(f"　　{line}" for line in lines).encode("gb18030", "replace"), "txt")
    same(name, "".join(f"{line}\n\n" if line.endswith("。") else f"{line}\n" for line in lines).encode(), "txt")


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_reads_the_same_broken_at_the_width_of_a_page(name: str) -> None:
    same(name, "\n".join(part for line in plain_text(name) or [] for part in broken(line)).encode(), "txt")


@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_reads_the_same_as_tables_in_word(name: str) -> None:
    same(name, tables((FIXTURES / name).read_bytes()), "docx")
