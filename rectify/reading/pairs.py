"""label | value: forms, facts of an issue over or beside a table, as labelled lines for `text`."""

from __future__ import annotations

import re

from rectify.reading.grid import Cell, filled, unique
from rectify.reading.labels import classify, squeeze
from rectify.reading.text import Line
from rectify.rules.numerals import normalise, order


def is_form(rows: list[list[Cell]]) -> bool:
    """label | value, one or two pairs a row."""
    pairs = 0
    filled = 0
    for row in rows:
        cells = [cell for cell in unique(row) if cell.text.strip()]
        if not cells:
            continue
        filled += 1
        first = classify(cells[0].text)
        if first and (
            len(cells) == 1 or classify(cells[1].text) is None or len(cells) == 4 and classify(cells[2].text)
        ):
            pairs += 1
    return pairs >= 2 and pairs >= filled * 0.4


def is_label(text: str) -> bool:
    """A label and not a value that happens to be a status word (已完成整改)."""
    label = classify(text) if len(text) <= 40 else None
    return label is not None and label.state is None and len(squeeze(text)) > 2 and not text.strip().endswith("。")


def fact_row(row: list[Cell], name: str | None = None) -> bool:
    """label | value, the value over the rest of the width."""
    cells = filled(row)
    if len(cells) not in (2, 4) or not is_label(cells[0].text) or is_label(cells[1].text):
        return False
    if len(cells) == 4 and not is_label(cells[2].text):
        return False
    label = classify(cells[0].text)
    return name is None or label is not None and label.field == name


def fact_lines(rows: list[list[Cell]]) -> list[Line]:
    """责任领导 | 责任部门 | 完成时限 over one row of values: facts of the issue that the text around the table tells."""
    filled = [row for row in rows if any(cell.text.strip() for cell in row)]
    if len(filled) != 2 or len(unique(filled[0])) < 2:
        return []
    labels = [classify(cell.text) if len(cell.text) <= 40 else None for cell in filled[0]]
    if any(label is None or label.state is not None for label in labels):
        return []
    if not any(label and label.field in ("unit", "deadline", "completion") for label in labels):
        return []
    if sum(1 for cell in unique(filled[1]) if is_label(cell.text)) > 1:
        return []
    pairs = zip(unique(filled[0]), filled[1], strict=False) if len(unique(filled[0])) == len(filled[1]) else []
    return [
        Line(value.text.strip(), value.line, label, head.text.strip())
        for head, value in pairs
        if value.text.strip() and (label := classify(head.text)) is not None
    ]


def form_lines(rows: list[list[Cell]], *, form: bool | None = None) -> list[Line]:
    """A form's rows as labelled lines; any other row as plain lines, cell by cell."""
    lines: list[Line] = []
    seen: set[tuple[int, int]] = set()
    form = is_form(rows) if form is None else form
    for row in rows:
        cells = [cell for cell in unique(row) if cell.text.strip() and cell.origin not in seen]
        seen.update(cell.origin for cell in cells)
        at = 0
        while at < len(cells):
            cell = cells[at]
            label = classify(cell.text) if len(cell.text) <= 40 else None
            after = cells[at + 1] if at + 1 < len(cells) else None
            if form and label and after is not None and not is_label(after.text):
                lines.append(Line(after.text.strip(), after.line, label, cell.text.strip()))
                at += 2
                continue
            if (
                after is not None
                and len(cell.text.strip()) <= 8
                and order(normalise(cell.text))
                and label is None
                and at == 0
                and not form
            ):
                number = cell.text.strip().rstrip("、.．")
                lines.append(
                    Line(
                        f"{number}、{after.text.strip()}"
                        if not re.search(r"[）)]$", number)
                        else number + after.text.strip(),
                        cell.line,
                    )
                )
                at += 2
                continue
            lines.extend(Line(text, cell.line) for text in cell.text.split("\n"))
            at += 1
    return lines
