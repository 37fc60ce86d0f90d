"""Which rows of a grid are its header, and what each column holds: by its header texts, by the other columns, by its
cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from rectify.reading.grid import Cell, filled, unique
from rectify.reading.labels import Field, Label, classify, classify_column, classify_head, squeeze, state_of
from rectify.reading.pairs import is_form, is_label
from rectify.rules.numerals import normalise, order, to_int


@dataclass(slots=True)
class Column:
    label: Label
    printed: str


def _labels_of(row: list[Cell]) -> tuple[list[Label], int]:
    cells = [cell for cell in unique(row) if cell.text.strip()]
    labels = [label for cell in cells if len(cell.text) <= 40 and (label := classify_head(cell.text))]
    return labels, len(cells)


def measure_header(row: list[Cell]) -> bool:
    """A row of labels with a measure and no issue among them."""
    labels, count = _labels_of(row)
    fields = {label.field for label in labels}
    return len(fields) >= 2 and len(labels) == count and "measure" in fields and "issue" not in fields


def further_header(row: list[Cell]) -> bool:
    """A row of labels with a number and facts, but no problem: the head of a list that goes with a list of problems."""
    labels, count = _labels_of(row)
    fields = {label.field for label in labels}
    problems = any(
        "问题" in cell.text for cell in filled(row) if (found := classify_head(cell.text)) and found.field == "issue"
    )
    facts = fields & {"measure", "unit", "deadline", "completion", "goal", "issue"}
    return len(labels) == count and len(fields) >= 2 and "number" in fields and bool(facts) and not problems


def header_row(rows: list[list[Cell]]) -> int | None:
    """The first row that is made of labels, with an issue or a measure among them."""
    for at, row in enumerate(rows[:60]):
        labels, count = _labels_of(row)
        fields = {label.field for label in labels}
        if len(labels) < 2 or len(fields) < 2 or len(labels) < count * 0.6:
            continue
        if not fields & {"issue", "measure", "measure_progress"} and not ("group" in fields and at + 1 < len(rows)):
            continue
        if len(unique(row)) >= 3 or len(rows) > at + 1 and not is_form(rows[at:]):
            return at
    return None


def header_end(rows: list[list[Cell]], start: int, implied: bool) -> int:
    end = start + 1
    while end < len(rows) and end - start < 4:
        above, row = rows[end - 1], rows[end]
        new = [cell for cell, over in zip(row, above, strict=True) if cell.origin != over.origin and cell.text.strip()]
        new = unique(new)
        if new and _runs_down(rows, start, end):
            end += 1
            continue
        if not new or not all(len(cell.text) <= 30 and (classify(cell.text) or _child(cell.text)) for cell in new):
            break
        if not any(classify(cell.text) for cell in new) and len(new) < 2:
            break
        if any(classify(cell.text) is None and to_int(squeeze(cell.text)) is not None for cell in new):
            break
        covered = sum(
            1 for cell, over in zip(row, above, strict=True) if cell.origin == over.origin and cell.text.strip()
        )
        if not implied and not covered and len(new) < 2:
            break
        if (
            all(
                classify(cell.text) is not None and (classify(cell.text) or Label("ignore")).field == "state"
                for cell in new
            )
            and not covered
            and len(new) < 2
        ):
            break
        end += 1
    return end


def _runs_down(rows: list[list[Cell]], start: int, at: int) -> bool:
    """Whether a label of the header is merged down into this row: then it is a row of the header, whatever it says."""
    return any(
        cell.origin[0] == rows[start][column].origin[0] and cell is rows[start][column] and is_label(cell.text)
        for column, cell in enumerate(rows[at])
    )


_HINT: Final = re.compile(r"[（(][^（()）]{1,20}[）)]")  # （在相应栏打√）
_CHILDREN: Final = re.compile(
    r"姓名|职务|单位|名称|市级|县级|省级|一级|二级|三级|原|现|调整后|牵头|配合|责任|主办|协办|电话|√|打√"
)


def _child(text: str) -> bool:
    return bool(_CHILDREN.fullmatch(squeeze(text)) or _HINT.fullmatch(squeeze(text)))


def columns_of(header: list[list[Cell]], data: list[list[Cell]]) -> list[Column | None]:
    """What each column holds, by its header texts from top to bottom."""
    width = len(header[0]) if header else 0
    columns: list[Column | None] = []
    parents: list[str] = []
    for at in range(width):
        chain: list[str] = []
        seen: set[tuple[int, int]] = set()
        for row in header:
            cell = row[at]
            if cell.origin not in seen and cell.text.strip() and not _HINT.fullmatch(squeeze(cell.text)):
                chain.append(cell.text.strip())
            seen.add(cell.origin)
        top = header[0][at].text.strip()
        if not top and len(header) > 1 and at and chain and parents:
            chain.insert(0, parents[-1])  # pasted text: the parent stands only over its first column
        parents.append(top or (parents[-1] if parents and len(header) > 1 else ""))
        columns.append(_meaning(chain))
    return _settled(columns, header, data)


def _meaning(chain: list[str]) -> Column | None:
    if not chain:
        return None
    child = chain[-1]
    parent = chain[-2] if len(chain) > 1 else ""
    label, above = classify_column(child), classify_column(parent) if parent else None
    printed = "/".join(chain)
    if above and above.field == "unit" and label and label.field == "unit":
        if above.role in ("acceptance", "supervising", "leader", "person") and label.role in (
            "lead",
            "cooperating",
            "responsible",
        ):
            return Column(above, printed)
        return Column(label, printed)
    if above and above.field in ("deadline", "issue", "original_deadline") or above and label is None:
        for joined in (child + parent, parent + child):
            both = classify(joined)
            if both and (
                label is None or both.field != label.field and label.field in ("group", "issue") or both.level
            ):
                return Column(both, printed)
    if label is None:
        label = above
    return Column(label, printed) if label else None


def _settled(columns: list[Column | None], header: list[list[Cell]], data: list[list[Cell]]) -> list[Column | None]:
    """The meanings that depend on the other columns."""
    fields = [c.label.field if c else None for c in columns]
    issues = [at for at, name in enumerate(fields) if name == "issue"]
    others = [at for at in issues if "存在" not in (columns[at] or Column(Label("issue"), "")).printed]
    if issues and not others:
        # 目标名称 | 存在问题: what the row is about is the other column.
        named = [at for at, c in enumerate(columns) if c and c.label.field == "goal" and "名称" in squeeze(c.printed)]
        if named:
            columns[named[0]] = Column(Label("issue"), header[-1][named[0]].text)
            others = named[:1]
    for at in issues:
        column = columns[at]
        assert column is not None
        if "存在" in column.printed and any(not _is_task(columns[o]) or o < at for o in others):
            columns[at] = Column(Label("difficulty"), column.printed)
    told = [at for at in issues if (columns[at] or Column(Label("issue"), "")).label.field == "issue"]
    for at in told:
        column = columns[at]
        assert column is not None
        if "任务" in column.printed and any(
            "问题" in (columns[o] or column).printed and not (o < at and _only_names(data, o)) for o in told if o != at
        ):
            columns[at] = Column(
                Label("measure" if "measure" not in fields else "goal" if "goal" not in fields else "remark"),
                column.printed,
            )
    fields = [c.label.field if c else None for c in columns]
    _lowest_number(columns, fields)
    _measure_numbers(columns, fields)
    if "deadline" in fields:
        for at, column in enumerate(columns):
            if column and column.label.field == "completion":
                columns[at] = Column(Label("completed_on"), column.printed)
    elif "completion" in fields:
        first = fields.index("completion")
        column = columns[first]
        if column:
            columns[first] = Column(Label("deadline"), column.printed)
        for at in range(first + 1, len(columns)):
            other = columns[at]
            if other and other.label.field == "completion":
                columns[at] = Column(Label("completed_on"), other.printed)
    for at, column in enumerate(columns):
        if (
            column
            and column.label.field == "progress"
            and squeeze(column.printed).endswith(("完成情况", "整改情况", "落实情况", "成效"))
        ):
            cells = [row[at].text.strip() for row in data if row[at].text.strip()]
            words = [text for text in cells if len(text) <= 10 and state_of(text)]
            if cells and len(words) >= len(cells) * 0.6:
                columns[at] = Column(Label("state"), column.printed)
    fields = [c.label.field if c else None for c in columns]
    issue_at = max((at for at, name in enumerate(fields) if name == "issue"), default=None)
    for at, column in enumerate(columns):
        if column is not None:
            continue
        cells = [row[at].text.strip() for row in data if row[at].text.strip()]
        if not cells:
            continue
        if (
            "number" not in fields
            and sum(1 for text in cells if len(text) <= 8 and order(normalise(text))) >= len(cells) * 0.8
            and len(set(cells)) > len(cells) * 0.5
            and not any(re.search(r"[期批轮年月]", text) for text in cells)
            and (issue_at is None or at < issue_at)
        ):
            columns[at] = Column(Label("number"), "")
            fields[at] = "number"
        elif issue_at is not None and at < issue_at and max(map(len, cells)) <= 40:
            columns[at] = Column(Label("category"), header[-1][at].text)
        else:
            columns[at] = Column(Label("remark"), header[-1][at].text.strip())
    return columns


def _lowest_number(columns: list[Column | None], fields: list[Field | None]) -> None:
    """省序号 beside 市序号, or 市序号 alone: the number of the lowest level is the issue's own."""
    found = [at for at, name in enumerate(fields) if name == "upper_number"]
    if not found or "number" in fields:
        return
    lowest = max(found, key=lambda at: (_level((columns[at] or Column(Label("number"), "")).printed), at))
    column = columns[lowest]
    if column and (len(found) > 1 or _level(column.printed) > _level("省")):
        columns[lowest], fields[lowest] = Column(Label("number"), column.printed), "number"


def _level(printed: str) -> int:
    """How far down 国家, 省, 市, 县 stands; 0 where no level is named."""
    return max(
        ("国省市县".find(char) + 1 for char in squeeze(printed).replace("区", "县").replace("州", "市")), default=0
    )


def _measure_numbers(columns: list[Column | None], fields: list[Field | None]) -> None:
    """措施序号, or a second 序号 between the issue and its measures, numbers the measures."""
    if "issue" not in fields or "measure" not in fields:
        return
    issue_at, measure_at = fields.index("issue"), fields.index("measure")
    for at, column in enumerate(columns):
        if column and fields[at] == "number" and ("措施" in column.printed or issue_at < at < measure_at):
            columns[at], fields[at] = Column(Label("measure_number"), column.printed), "measure_number"


def _is_task(column: Column | None) -> bool:
    """整改任务 behind 存在问题 says what is to be done about it."""
    return column is not None and "任务" in column.printed and "问题" not in column.printed


def _only_names(data: list[list[Cell]], at: int) -> bool:
    """A column of short names, each over several rows: it names fields (水污染防治), it tells no problem."""
    texts = [row[at].text.strip() for row in data if row[at].text.strip()]
    blocks = {row[at].origin for row in data if row[at].text.strip()}
    return bool(texts) and max(map(len, texts)) <= 14 and len(blocks) < len(data) and not any("。" in t for t in texts)


def upright(rows: list[list[Cell]]) -> tuple[list[list[Cell]], list[list[Cell]]] | None:
    """A table whose field names stand in its first column, one issue a column: the rows above it, and the table turned
    so that the names stand on top. None: it stands upright already."""
    start = next((at for at, row in enumerate(rows) if row and classify_head(row[0].text)), None)
    if start is None:
        return None
    if start and all(len(cell.text) <= 8 and order(normalise(cell.text)) for cell in rows[start - 1][1:]):
        start -= 1  # 项目 | 问题一 | 问题二
        rows = [*rows[:start], [replace(rows[start][0], text="序号"), *rows[start][1:]], *rows[start + 1 :]]
    table = rows[start:]
    wide = [row for row in table if len([cell for cell in unique(row) if cell.text.strip()]) >= 3]
    fields = {label.field for row in wide if (label := classify_head(row[0].text))}
    if len(wide) < 3 or len(wide) < len(table) * 0.7 or "issue" not in fields or len(fields) < len(wide) * 0.6:
        return None
    values = (cell for row in wide if row is not table[0] for cell in row[1:] if cell.origin != row[0].origin)
    if any(is_label(cell.text) for cell in values):
        return None
    return rows[:start], [[row[at] for row in table] for at in range(len(rows[0]))]
