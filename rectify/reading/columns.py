"""Which rows of a grid are its header, and what each column holds: by its header texts, by the other columns, by its
cells."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from rectify.reading.draft import Role
from rectify.reading.grid import Cell, filled, unique
from rectify.reading.labels import (
    Field,
    Label,
    classify,
    classify_column,
    classify_head,
    classify_start,
    kinds_of,
    squeeze,
    state_of,
)
from rectify.reading.lines import tells_a_problem
from rectify.reading.pairs import is_form, is_label
from rectify.rules import deadlines
from rectify.rules.numerals import normalise, order, to_int


@dataclass(slots=True)
class Column:
    """`guessed`: taken from its cells or a part of its header, so that a person is asked."""

    label: Label
    printed: str
    guessed: bool = False
    marks: bool = False  # the header names a unit, the cells mark what it does (●, ○, √)


def _labels_of(row: list[Cell]) -> tuple[list[Label], int]:
    cells = filled(row)
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
    return (
        len(labels) >= max(2, count * 0.6) and len(fields) >= 2 and "number" in fields and bool(facts) and not problems
    )


def header_row(rows: list[list[Cell]]) -> int | None:
    """The first row that is made of labels, with an issue or a measure among them."""
    for at, row in enumerate(rows[:60]):
        labels, count = _labels_of(row)
        fields = {label.field for label in labels}
        if len(labels) < 2 or len(fields) < 2 or not is_head([cell.text for cell in filled(row)]):
            continue
        if not fields & {"issue", "measure", "measure_progress"} and not ("group" in fields and at + 1 < len(rows)):
            continue
        if len(unique(row)) >= 3 or len(rows) > at + 1 and not is_form(rows[at:]):
            return at
    return None


def is_head(texts: list[str]) -> bool:
    """Whether these filled cells are a header: most are known by all their words or their last (属地责任单位), or some
    are and all the others are as short as headers."""
    strict = [text for text in texts if len(text) <= 40 and classify_head(text)]
    if len(strict) >= len(texts) * 0.6:
        return True
    loose = [text for text in texts if text in strict or classify_column(text) or kinds_of(text)]
    fields = {label.field for text in strict if (label := classify_head(text))}
    short = all(len(squeeze(text)) <= 12 and not re.search(r"[\d。；，：:]", text) for text in texts)
    least = 0.4 if "number" in fields and fields & {"issue", "measure"} else 0.6
    return short and len(strict) >= 3 and len(loose) >= len(texts) * least


def header_end(rows: list[list[Cell]], start: int, implied: bool) -> int:
    end = start + 1
    while end < len(rows) and end - start < 4:
        above, row = rows[end - 1], rows[end]
        new = [cell for cell, over in zip(row, above, strict=True) if cell.origin != over.origin and cell.text]
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
        covered = sum(1 for cell, over in zip(row, above, strict=True) if cell.origin == over.origin and cell.text)
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
    r"|主责|协同|协办单位|起|止|起始|开始|结束|完成|截止"
)
_PART_OF_DAY: Final = re.compile(
    r"20\d{2}年度?|\d{1,2}月(?:\d{1,2}日|份|底|末)?前?|[一二三四]季度末?|上半年|下半年|年底"
)
_FROM: Final = re.compile(r"起|起始|开始|启动|(?:计划|预计|整改)?(?:起始|开始)(?:时间|日期)")
_UNTIL: Final = re.compile(r"止|截止|结束|完成|至|(?:计划|预计|整改)?(?:终止|结束)(?:时间|日期)")


def _child(text: str) -> bool:
    plain = squeeze(text)
    known = _CHILDREN.fullmatch(plain) or _HINT.fullmatch(plain) or _PART_OF_DAY.fullmatch(plain)
    return bool(known or kinds_of(text) or _is_day(text))


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
            if cell.origin not in seen and cell.text and not _HINT.fullmatch(squeeze(cell.text)):
                chain.append(cell.text)
            seen.add(cell.origin)
        top = header[0][at].text
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
    for day in (child, "".join(chain[-2:])):
        if _is_day(day):
            return Column(Label("stage"), f"{'/'.join(chain[:-1])}/{day}")
    if kinds_of(child):
        return Column(Label("deadline_kind"), printed)
    if above and above.field in ("deadline", "completion") and (side := _side(child)):
        return Column(side, printed)
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
    if label is None and (start := classify_start(child)):
        return Column(start, printed, guessed=True)
    return Column(label, printed) if label else None


def _is_day(text: str) -> bool:
    """2025年6月底 as a header: what is due then stands below it."""
    plain = squeeze(text)
    return bool(re.match(r"20\d{2}年", plain)) and len(plain) <= 12 and _is_limit(plain)


def _side(child: str) -> Label | None:
    """起 | 止 under one header of time: where the time begins, and the deadline."""
    if _FROM.fullmatch(squeeze(child)):
        return Label("deadline_start")
    return Label("deadline") if _UNTIL.fullmatch(squeeze(child)) else None


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
    _by_content(columns, header, data)
    _ranges(columns)
    _ticks_of_state(columns)
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
            cells = [row[at].text for row in data if row[at].text]
            words = [text for text in cells if len(text) <= 10 and state_of(text)]
            if cells and len(words) >= len(cells) * 0.6:
                columns[at] = Column(Label("state"), column.printed)
    fields = [c.label.field if c else None for c in columns]
    issue_at = max((at for at, name in enumerate(fields) if name == "issue"), default=None)
    for at, column in enumerate(columns):
        if column is not None:
            continue
        cells = [row[at].text for row in data if row[at].text]
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
            columns[at] = Column(Label("remark"), header[-1][at].text)
    return columns


def _ranges(columns: list[Column | None]) -> None:
    """开始时间 | 完成时间 beside each other are the two ends of one time."""
    for at, column in enumerate(columns[:-1]):
        after = columns[at + 1]
        if column is None or after is None or re.search("实际|启动|已", column.printed + after.printed):
            continue
        if column.label.field == "started_on" and after.label.field in ("deadline", "completion"):
            columns[at] = Column(Label("deadline_start"), column.printed)


def _ticks_of_state(columns: list[Column | None]) -> None:
    """已完成 | 基本完成 | 持续推进: among states, 持续推进 is one too and 长期坚持 says nothing of the deadline."""
    for at, column in enumerate(columns):
        if column is None or column.label.field != "deadline_kind":
            continue
        above, _, word = column.printed.rpartition("/")
        beside = [other for other in columns[max(0, at - 3) : at + 4] if other and other.label.state]
        if any(other.printed.rpartition("/")[0] == above for other in beside):
            columns[at] = Column(classify(word) or Label("remark"), column.printed)


def _by_content(columns: list[Column | None], header: list[list[Cell]], data: list[list[Cell]]) -> None:
    """What the cells say of a column whose header is unknown or may mean several things: the first 500 rows."""
    data = data[:500]
    for at, column in enumerate(columns):
        cells = [cell.text for cell in unique([row[at] for row in data]) if cell.text]
        if not cells or column and column.label.field not in ("category", "measure", "remark", "goal"):
            continue
        printed = column.printed if column else header[-1][at].text
        if column is None and _are_units(printed) and _mostly(cells, lambda text: text in MARKS):
            columns[at] = Column(Label("unit", "responsible"), printed, marks=True)
            continue
        if _mostly(cells, lambda text: bool(kinds_of(text))):
            columns[at] = Column(Label("deadline_kind"), printed)
        elif column is None and squeeze(printed):
            columns[at] = _guess(columns, cells, printed)
    _issue_by_content(columns, header, data)


def _guess(columns: list[Column | None], cells: list[str], printed: str) -> Column | None:
    """Status words, dates or names of units in a column that nothing else in the table is: it is that."""
    fields = {column.label.field for column in columns if column}
    if not fields & _STATES and _mostly(cells, lambda text: len(text) <= 12 and state_of(text) is not None):
        return Column(Label("state"), printed, guessed=True)
    if not fields & _LIMITS and not _OF_THE_PAST.search(printed) and _mostly(cells, _is_limit):
        return Column(Label("deadline"), printed, guessed=True)
    if "unit" not in fields and _mostly(cells, _are_units):
        return Column(Label("unit", "responsible"), printed, guessed=True)
    return None


MARKS: Final[dict[str, Role]] = {
    **dict.fromkeys(("●", "★", "▲", "◆", "■", "牵头", "主办", "主"), "lead"),
    **dict.fromkeys(("○", "☆", "△", "◇", "□", "配合", "协办", "协"), "cooperating"),
    **dict.fromkeys(("√", "✓", "✔", "责任"), "responsible"),
}  # fmt: skip
_STATES: Final = frozenset({"state", "on_schedule", "is_completed", "is_signed_off"})
_LIMITS: Final = frozenset({"deadline", "completion", "original_deadline", "deadline_start", "deadline_kind"})
_OF_THE_PAST: Final = re.compile("自查|验收|销号|上报|申请|反馈|发现|检查|交办|转办|受理|公示|立案|填报|印发|更新")
_UNIT: Final = re.compile(
    r"[\u4e00-\u9fff（）()]{1,20}(?:局|委|办|政府|公司|中心|街道|办事处|党委|管委会|办公室|学院|医院|支队|大队)"
)


def _are_units(text: str) -> bool:
    """市水利局、市财政局: nothing but names of units."""
    names = re.split(r"[、，,\s]+", text.strip("、，, \n"))
    return all(_UNIT.fullmatch(name) for name in names)


def _mostly(cells: list[str], fits: Callable[[str], bool]) -> bool:
    """At least four of five of a column's cells, of at most 200 that are looked at."""
    some = cells[:200]
    return sum(1 for text in some if fits(text)) >= len(some) * 0.8


def _is_limit(text: str) -> bool:
    return len(text) <= 30 and deadlines.parse(text, year_hint=2000).deadline.kind not in ("ask", "none")


def _issue_by_content(columns: list[Column | None], header: list[list[Cell]], data: list[list[Cell]]) -> None:
    """Where no header names the issues: the unknown column of texts that tell problems is theirs."""
    if any(column and column.label.field == "issue" for column in columns):
        return
    for at, column in enumerate(columns):
        texts = [cell.text for cell in unique([row[at] for row in data]) if len(cell.text) >= 8]
        if column is not None or len(texts) < 2 or len(texts) < sum(1 for row in data if filled(row)) * 0.3:
            continue
        if sum(map(tells_a_problem, texts[:200])) >= len(texts[:200]) * 0.5:
            columns[at] = Column(Label("issue"), header[-1][at].text, guessed=True)
            return


def columns_by_content(rows: list[list[Cell]]) -> list[Column | None] | None:
    """The columns of a table without a header. None unless its cells tell problems, and numbers, units or time limits
    beside them."""
    if not rows or len(rows[0]) < 3:
        return None
    blank = [Cell("", cell.line, (-1, at)) for at, cell in enumerate(rows[0])]
    columns: list[Column | None] = [None] * len(rows[0])
    _issue_by_content(columns, [blank], rows)
    issue_at = next((at for at, column in enumerate(columns) if column), None)
    if issue_at is None:
        return None
    for at in range(len(columns)):
        cells = [text for row in rows[:500] if (text := row[at].text)]
        if not cells or columns[at]:
            continue
        numbers = at < issue_at and len(set(cells)) == len(cells)
        if numbers and _mostly(cells, lambda text: len(text) <= 8 and bool(order(normalise(text)))):
            columns[at] = Column(Label("number"), "")
        else:
            columns[at] = _guess(columns, cells, "")
    known = {column.label.field for column in columns if column} - {"issue"}
    free = [
        at
        for at in range(issue_at + 1, len(columns))
        if columns[at] is None and any(len(r[at].text) >= 6 for r in rows)
    ]
    if free:
        columns[free[0]] = Column(Label("measure"), "", guessed=True)
    for at in free[1:]:
        columns[at] = Column(Label("remark"), "", guessed=True)
    return columns if known else None


def repeated_at(header: list[Cell]) -> int:
    """Where a header begins again beside itself (序号 | 问题 | 序号 | 问题); 0 where it does not."""
    texts = [squeeze(cell.text) for cell in header]
    again = next((at for at in range(2, len(texts)) if texts[at] and texts[at] == texts[0]), 0)
    if not again or len([text for text in texts[:again] if text]) < 2:
        return 0
    parts = [[text for text in texts[at : at + again] if text] for at in range(0, len(texts), again)]
    return again if all(part == parts[0] for part in parts) else 0


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
    texts = [row[at].text for row in data if row[at].text]
    blocks = {row[at].origin for row in data if row[at].text}
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
    if not any((label := classify_head(row[0].text)) and label.field == "issue" for row in table):
        return None
    wide = [row for row in table if len(filled(row)) >= 3]
    fields = {label.field for row in wide if (label := classify_head(row[0].text))}
    if len(wide) < 3 or len(wide) < len(table) * 0.7 or "issue" not in fields or len(fields) < len(wide) * 0.6:
        return None
    values = (cell for row in wide if row is not table[0] for cell in row[1:] if cell.origin != row[0].origin)
    if any(is_label(cell.text) for cell in values):
        return None
    return rows[:start], [[row[at] for row in table] for at in range(len(rows[0]))]
