"""label | value: forms, facts of an issue over or beside a table, as labelled lines for `text`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from rectify.reading.grid import Cell, filled, unique
from rectify.reading.labels import classify, squeeze
from rectify.reading.raw import Line, RawMeasure, Value
from rectify.rules.numerals import normalise, order


def is_form(rows: list[list[Cell]]) -> bool:
    """label | value, one or two pairs a row."""
    pairs = 0
    used = 0
    for row in rows:
        cells = filled(row)
        if not cells:
            continue
        used += 1
        first = classify(cells[0].text)
        if first and (
            len(cells) == 1 or classify(cells[1].text) is None or len(cells) == 4 and classify(cells[2].text)
        ):
            pairs += 1
    return pairs >= 2 and pairs >= used * 0.4


def without_groups(rows: list[list[Cell]]) -> list[list[Cell]]:
    """责任体系 | 责任领导 | 副市长: a first column that only groups the labels beside it, merged down over them, goes."""
    width = min(map(len, rows), default=0)
    if width < 3 or len(rows) < 4:
        return rows
    over = [at for at in range(1, len(rows)) if rows[at][0].origin == rows[at - 1][0].origin]
    beside = sum(1 for row in rows if row[1].origin != row[0].origin and is_label(row[1].text))
    values = sum(1 for row in rows if row[2].origin != row[1].origin and not is_label(row[2].text))
    if len(over) * 2 < len(rows) or min(beside, values) < len(rows) * 0.8:
        return rows
    return [row[1:] for row in rows]


def is_label(text: str) -> bool:
    """A label and not a value that happens to be a status word (已完成整改)."""
    label = classify(text) if len(text) <= 40 else None
    if label is None or label.state is not None or len(squeeze(text)) <= 2 or text.strip().endswith("。"):
        return False
    return re.search("单位主要负责(?:人|同志)$", text.strip()) is None  # who is responsible, not a label of such


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
    two = [row for row in rows if any(cell.text for cell in row)]
    if len(two) != 2 or len(unique(two[0])) < 2:
        return []
    labels = [classify(cell.text) if len(cell.text) <= 40 else None for cell in two[0]]
    if any(label is None or label.state is not None for label in labels):
        return []
    if not any(label and label.field in ("unit", "deadline", "completion") for label in labels):
        return []
    if sum(1 for cell in unique(two[1]) if is_label(cell.text)) > 1:
        return []
    pairs = zip(unique(two[0]), two[1], strict=False) if len(unique(two[0])) == len(two[1]) else []
    return [
        Line(value.text, value.line, label, head.text)
        for head, value in pairs
        if value.text and (label := classify(head.text)) is not None
    ]


def form_lines(rows: list[list[Cell]], *, form: bool | None = None) -> list[Line]:
    """A form's rows as labelled lines; any other row as plain lines, cell by cell."""
    lines: list[Line] = []
    seen: set[tuple[int, int]] = set()
    told: dict[tuple[int, int], Line] = {}  # by the label's cell
    form = is_form(rows) if form is None else form
    for row in rows:
        cells = [cell for cell in unique(row) if cell.text and cell.origin not in seen]
        seen.update(cell.origin for cell in cells)
        over = told.get(row[0].origin) if row else None
        if over is not None and len(cells) == 1:
            _add_row(over, cells[0])
            continue
        at = 0
        while at < len(cells):
            cell = cells[at]
            label = classify(cell.text) if len(cell.text) <= 40 else None
            after = cells[at + 1] if at + 1 < len(cells) else None
            if form and label and after is not None and not is_label(after.text):
                told[cell.origin] = Line(after.text, after.line, label, cell.text)
                lines.append(told[cell.origin])
                at += 2
                continue
            if (
                after is not None
                and len(cell.text) <= 8
                and order(normalise(cell.text))
                and label is None
                and at == 0
                and not form
            ):
                number = cell.text.rstrip("、.．")
                lines.append(
                    Line(
                        f"{number}、{after.text}" if not re.search(r"[）)]$", number) else number + after.text,
                        cell.line,
                    )
                )
                at += 2
                continue
            lines.extend(Line(text, cell.line) for text in cell.text.split("\n"))
            at += 1
    return lines


def _add_row(line: Line, cell: Cell) -> None:
    """A further row beside a label that is merged over several: of 整改措施 each row is a measure."""
    if line.label is None or line.label.field != "measure":
        line.text = f"{line.text}\n{cell.text}"
        return
    if not line.measures:
        line.text, line.measures = "", [RawMeasure(line.text, line.number)]
    line.measures.append(RawMeasure(cell.text, cell.line))


# ---------------------------------------------------------------- forms beside each other
@dataclass(frozen=True, slots=True)
class _Pair:
    name: str
    row: int
    value: Value


def forms_of(rows: list[list[Cell]]) -> tuple[list[list[Value]], list[tuple[int, str]]] | None:
    """Forms drawn beside each other (and below each other), each the labelled values of one issue, and what in them no
    label explains. None where the same labels do not stand twice in the rows, at one distance."""
    first, shift = _distance(rows)
    if not shift:
        return None
    forms: list[list[_Pair]] = []
    unread: list[tuple[int, str]] = []
    for left in range(first, len(rows[0]), shift):
        right = left + shift if left + 2 * shift <= len(rows[0]) + shift - 1 else len(rows[0])
        form: list[_Pair] = []
        for at, row in enumerate(rows):
            pairs, rest = _pairs_in(filled(row[left:right]), at)
            unread.extend(rest)
            for pair in pairs:
                if form and pair.name == form[0].name:
                    forms.append(form)
                    form = []
                form.append(pair)
        forms.append(form)
    whole = [form for form in forms if any(pair.value.label.field == "issue" for pair in form)]
    if len(whole) < 2:
        return None
    unread.extend((pair.value.line, pair.value.text) for form in forms if form not in whole for pair in form)
    whole.sort(key=lambda form: form[0].row)  # stable: those beside each other stay from left to right
    return [[pair.value for pair in form] for form in whole], unread


def _distance(rows: list[list[Cell]]) -> tuple[int, int]:
    """(first column of labels, columns from a form to the one beside it); a distance of 0 where there is one form."""
    shifts: Counter[int] = Counter()
    first = len(rows[0]) if rows else 0
    for row in rows[:500]:
        seen: dict[str, int] = {}
        for at, cell in enumerate(row):
            if at and cell.origin == row[at - 1].origin or not is_pair_label(cell.text):
                continue
            name = squeeze(cell.text)
            if name in seen:
                shifts[at - seen[name]] += 1
                first = min(first, seen[name])
            seen[name] = at
    best = shifts.most_common(1)
    return (first, best[0][0]) if best and best[0][1] >= 3 and best[0][0] >= 2 else (first, 0)


def is_pair_label(text: str) -> bool:
    """`is_label`, and the short ones (编号) too."""
    label = classify(text) if len(text) <= 40 else None
    return label is not None and label.state is None and not text.strip().endswith("。")


def _pairs_in(cells: list[Cell], row: int) -> tuple[list[_Pair], list[tuple[int, str]]]:
    """The label | value pairs of one row of one form, and the cells that are none."""
    pairs: list[_Pair] = []
    rest: list[tuple[int, str]] = []
    at = 0
    while at < len(cells):
        label = classify(cells[at].text) if is_pair_label(cells[at].text) else None
        after = cells[at + 1] if at + 1 < len(cells) else None
        if label is None:
            rest.append((cells[at].line, cells[at].text))
        elif after is not None and not is_label(after.text):
            name = squeeze(cells[at].text)
            pairs.append(_Pair(name, row, Value(label, after.text, after.line, cells[at].text)))
            at += 1
        at += 1
    return pairs, rest
