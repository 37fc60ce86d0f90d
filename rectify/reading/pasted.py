"""A table whose cells were pasted one a line → a grid; cells are given to columns by what they look like."""

from __future__ import annotations

from rectify.reading.grid import Cell, Grid
from rectify.reading.labels import Label, classify, has_boxes, yes_no
from rectify.rules.deadlines import parse
from rectify.rules.numerals import normalise, to_int


def unflatten(lines: list[tuple[str, int]]) -> tuple[list[tuple[str, int]], Grid] | None:
    """A table pasted so that every cell stands on its own line: the lines before it, and its grid."""
    filled = [(text.strip(), number) for text, number in lines if text.strip()]
    start = next(
        (at for at, (text, _) in enumerate(filled) if _is(text, "number") and _labels_in_row(filled, at) >= 4), None
    )
    if start is None:
        return None
    width = _labels_in_row(filled, start)
    head = filled[start : start + width]
    labels = [classify(text) or Label("ignore") for text, _ in head]
    if not {label.field for label in labels} & {"issue", "measure"}:
        return None
    rows = [[Cell(text, number, (0, at)) for at, (text, number) in enumerate(head)]]
    expected = None
    block: list[tuple[str, int]] = []
    blocks: list[list[tuple[str, int]]] = []
    for text, number in filled[start + width :]:
        value = to_int(normalise(text)) if len(text) <= 4 else None
        if value is not None and (expected is None or value == expected):
            if block:
                blocks.append(block)
            block = [(text, number)]
            expected = value + 1
        elif block:
            block.append((text, number))
        else:
            return None
    if block:
        blocks.append(block)
    for at, cells in enumerate(blocks, 1):
        texts = _placed(_boxes_together(cells[1:]), labels[1:])
        row = [cells[0], *texts]
        rows.append([Cell(text, number or cells[0][1], (at, column)) for column, (text, number) in enumerate(row)])
    return filled[:start], Grid(rows, implied=False)


def _is(text: str, name: str) -> bool:
    label = classify(text)
    return label is not None and label.field == name


def _labels_in_row(filled: list[tuple[str, int]], start: int) -> int:
    count = 0
    while start + count < len(filled) and len(filled[start + count][0]) <= 20 and classify(filled[start + count][0]):
        count += 1
    return count


def _boxes_together(cells: list[tuple[str, int]]) -> list[tuple[str, int]]:
    joined: list[tuple[str, int]] = []
    for text, number in cells:
        if joined and has_boxes(text) and has_boxes(joined[-1][0]):
            joined[-1] = (joined[-1][0] + "\n" + text, joined[-1][1])
        else:
            joined.append((text, number))
    return joined


def _placed(cells: list[tuple[str, int]], labels: list[Label]) -> list[tuple[str, int]]:
    """Gives the cells to the columns in order, so that dates fall under time limits and boxes under the state."""
    n, m = len(cells), len(labels)
    far = float("inf")
    cost = [[far] * (m + 1) for _ in range(n + 1)]
    step: dict[tuple[int, int], str] = {}
    cost[0][0] = 0.0
    for i in range(n + 1):
        for j in range(m + 1):
            here = cost[i][j]
            if here == far:
                continue
            if j < m and here + 0.6 < cost[i][j + 1]:
                cost[i][j + 1], step[(i, j + 1)] = here + 0.6, "skip"
            if i < n and j < m:
                taken = here + _misfit(cells[i][0], labels[j])
                if taken < cost[i + 1][j + 1]:
                    cost[i + 1][j + 1], step[(i + 1, j + 1)] = taken, "take"
            if i < n and j > 0:
                joined = here + 0.5 + _misfit(cells[i][0], labels[j - 1])
                if joined < cost[i + 1][j]:
                    cost[i + 1][j], step[(i + 1, j)] = joined, "join"
    placed: list[tuple[str, int]] = [("", 0)] * m
    i, j = n, m
    while (i or j) and (i, j) in step:
        move = step[(i, j)]
        if move == "skip":
            j -= 1
        elif move == "take":
            before = placed[j - 1]
            placed[j - 1] = (cells[i - 1][0] + ("\n" + before[0] if before[0] else ""), cells[i - 1][1])
            i, j = i - 1, j - 1
        else:
            before = placed[j - 1]
            placed[j - 1] = (cells[i - 1][0] + ("\n" + before[0] if before[0] else ""), cells[i - 1][1])
            i -= 1
    return placed


def _misfit(text: str, label: Label) -> float:
    is_date = len(text) <= 30 and parse(text, year_hint=2000).deadline.kind not in ("ask", "none")
    boxes, answer = has_boxes(text), len(text) <= 4 and (yes_no(text) is not None or text.strip("—-") == "")
    if label.field in ("deadline", "completion", "completed_on", "original_deadline"):
        return 0.0 if is_date or text.strip("—-/") == "" else 1.5
    if label.field in ("state", "on_schedule", "is_completed", "is_signed_off"):
        return 0.0 if boxes or answer else 0.8
    if boxes:
        return 2.0
    if label.field == "unit":
        return 0.2 if len(text) <= 60 and not text.endswith("。") else 1.0
    if label.field == "remark":
        return 0.3
    return 0.8 if is_date and len(text) <= 14 else 0.1 if len(text) > 6 else 0.4
