"""Our own form of a plan: which columns it has and how each value is written in a cell, so that it reads back as it was.
Pure: handed the attributes of a draft. The files are `writing`'s, reading the cells back is `reading.form`'s."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from rectify.rules.deadlines import Deadline, parse

How = Literal["text", "deadline", "settled", "units", "stones", "state", "yes_no", "day"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the form. `field` is the attribute of the issue or measure (for units: the role)."""

    heading: str
    level: Literal["issue", "measure"]
    field: str
    how: How
    width: int


ROLES: Final = (
    ("lead", "牵头单位"),
    ("responsible", "责任单位"),
    ("cooperating", "配合单位"),
    ("supervising", "督导单位"),
    ("acceptance", "验收单位"),
    ("leader", "责任领导"),
    ("person", "责任人"),
)
STATES: Final = {
    "signed_off": "已销号",
    "completed": "已完成",
    "basically_completed": "基本完成",
    "on_schedule": "达到序时进度",
    "behind": "未达到序时进度",
    "overdue": "已逾期",
    "not_started": "未启动",
    "in_progress": "正在整改",
}
_FACTS: Final[tuple[tuple[str, str, How, int], ...]] = (
    ("state", "状态", "state", 14),
    ("progress", "进展情况", "text", 30),
    ("completed_on", "完成日期", "day", 12),
    ("started", "是否启动", "yes_no", 10),
    ("claims_completed", "是否完成", "yes_no", 10),
    ("claims_on_schedule", "是否达到序时进度", "yes_no", 10),
    ("signed_off", "是否销号", "yes_no", 10),
    ("difficulty", "存在困难", "text", 24),
    ("next_step", "下步打算", "text", 24),
    ("remark", "备注", "text", 20),
)


def _columns() -> tuple[Column, ...]:
    columns = [
        Column("问题序号", "issue", "number", "text", 10),
        Column("上级序号", "issue", "upper_number", "text", 10),
        Column("所在部分", "issue", "part", "text", 14),
        Column("类别", "issue", "category", "text", 16),
        Column("问题来源", "issue", "source", "text", 16),
        Column("反馈问题", "issue", "text", "text", 40),
        Column("整改目标", "issue", "goal", "text", 30),
    ]
    for level, prefix in (("issue", ""), ("measure", "措施")):
        kind: Literal["issue", "measure"] = "issue" if level == "issue" else "measure"
        if prefix:
            columns.append(Column("措施序号", kind, "number", "text", 10))
            columns.append(Column("整改措施", kind, "text", "text", 40))
        limit = prefix + "时限" if prefix else "整改时限"
        columns.append(Column(limit, kind, "deadline", "deadline", 18))
        columns.append(Column(f"{limit}认定", kind, "deadline", "settled", 18))
        columns.append(Column(f"{prefix}原时限", kind, "original_deadline", "deadline", 18))
        columns.append(Column(f"{prefix}原时限认定", kind, "original_deadline", "settled", 18))
        columns += [Column(prefix + heading, kind, role, "units", 18) for role, heading in ROLES]
        if not prefix:
            columns.append(Column("阶段节点", kind, "milestones", "stones", 26))
        columns += [Column((prefix or "问题") + name, kind, field, how, width) for field, name, how, width in _FACTS]
    return tuple(columns)


COLUMNS: Final = _columns()
BY_HEADING: Final = {column.heading: column for column in COLUMNS}
NEEDED: Final = ("反馈问题", "措施序号", "整改措施")  # what tells our form from any other ledger
TEMPLATE: Final = (
    "问题序号", "类别", "反馈问题", "整改目标", "整改时限", "牵头单位", "责任单位", "配合单位", "督导单位", "验收单位",
    "责任领导", "责任人", "阶段节点", "措施序号", "整改措施", "措施时限", "措施责任单位", "措施状态", "措施进展情况",
)  # fmt: skip
NO_TEXT: Final = "——"  # an issue, measure or title without text, where an empty cell would mean none
MORE: Final = "（续）"  # in the first column: the row goes on with the cells above
CELL: Final = 32_000
META: Final = (("as_of_text", "截至"), ("as_of", "截止日期"), ("issues", "写明问题数"), ("measures", "写明措施数"))


@dataclass(frozen=True, slots=True)
class Written:
    """A draft in cells. `meta` are the lines under the title; the rows are as long as `columns`."""

    title: str
    meta: list[str]
    columns: list[Column]
    rows: list[list[str]]


def written(draft: Any, always: Sequence[str] = NEEDED) -> Written:
    """The cells of a draft (reading.PlanDraft): a row a measure, only the columns that hold anything, or are in
    `always`. Cells are at most CELL characters; what is longer goes on in rows that begin with MORE."""
    rows: list[dict[str, str]] = []
    for issue in draft.issues:
        of_issue = _cells(issue, "issue")
        measures = [_cells(measure, "measure") for measure in issue.measures]
        rows.append(of_issue | (measures[0] if measures else {}))
        rows += measures[1:]
    used = {heading for row in rows for heading, value in row.items() if value} | {"问题序号", *always, *NEEDED}
    columns = [column for column in COLUMNS if column.heading in used]
    values = {
        "as_of_text": draft.as_of_text,
        "as_of": _day(draft.as_of),
        "issues": draft.declared_issues,
        "measures": draft.declared_measures,
    }
    meta = [f"{word}：{values[name]}" for name, word in META if values[name] not in (None, "")]
    cut = [piece for row in rows for piece in _cut([row.get(column.heading, "") for column in columns])]
    return Written(_text(draft.title) or NO_TEXT, meta, columns, cut)


def _cut(row: list[str]) -> list[list[str]]:
    if max(map(len, row), default=0) <= CELL:
        return [row]
    parts = [_parts(value) for value in row]
    pieces = [[part[at] if at < len(part) else "" for part in parts] for at in range(max(map(len, parts)))]
    for piece in pieces[1:]:
        piece[0] = MORE
    return pieces


def _parts(value: str) -> list[str]:
    """Cut where no space is lost when a reader trims the cells."""
    parts: list[str] = []
    while len(value) > CELL:
        at = CELL
        while at > CELL // 2 and (value[at - 1].isspace() or value[at].isspace()):
            at -= 1
        parts.append(value[:at])
        value = value[at:]
    return [*parts, value]


def _cells(item: Any, level: str) -> dict[str, str]:
    cells: dict[str, str] = {}
    for column in COLUMNS:
        if column.level == level:
            cells[column.heading] = _cell(item, column)
    return cells


def _cell(item: Any, column: Column) -> str:
    if column.how == "units":
        return "\n".join(unit_cell(unit.name) for unit in item.units if unit.role == column.field)
    value = getattr(item, column.field)
    match column.how:
        case "deadline":
            return value.raw if value is not None else ""
        case "settled":
            return settled(value)
        case "stones":
            return "\n".join(f"{stone.date.isoformat()} {_line(stone.text)}".strip() for stone in value)
        case "state":
            return STATES[value] if value else ""
        case "yes_no":
            return "" if value is None else "是" if value else "否"
        case "day":
            return _day(value)
    text = _text(value)
    return text or (NO_TEXT if column.field == "text" else "")


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _line(text: str) -> str:
    return " ".join(text.split())


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


# ---------------------------------------------------------------- units
_PLAIN_NAME: Final = re.compile(
    r"(?![一二三四五六七八九十第各无暂])[\u4e00-\u9fff]{1,24}[局委办厅府部会院队站所社处科股室镇乡某]"
)
_NOT_ALONE: Final = re.compile(r"和|与|及|等|牵|配合|负责|落实|督|验收|由|同志|领导|责任|共同|分别")


def unit_cell(name: str) -> str:
    """A unit's line: its name, in 〖〗 where a reader might divide or shorten it (各县（市、区）党委、政府)."""
    name = _line(name)
    return name if _PLAIN_NAME.fullmatch(name) and not _NOT_ALONE.search(name) else f"〖{name}〗"


# ---------------------------------------------------------------- deadlines
_SETTLED: Final = re.compile(
    r"(?:(?P<start>\d{4}-\d\d-\d\d)至)?(?P<date>\d{4}-\d\d-\d\d)?"
    r"(?P<kind>立行立改|相对时限|待定|无)?(?P<long>[，,]?长期坚持)?(?P<inferred>（推定）)?"
)
_KINDS: Final = {"immediate": "立行立改", "relative": "相对时限", "ask": "待定", "none": "无"}


def settled(deadline: Deadline | None) -> str:
    """What a deadline was understood as, where its words alone do not say it: 2022-12-31，长期坚持（推定）; else ""."""
    if deadline is None or deadline.raw and parse(deadline.raw).deadline == deadline:
        return ""
    text = f"{deadline.start.isoformat()}至" if deadline.start else ""
    text += _day(deadline.date) + _KINDS.get(deadline.kind, "")
    if deadline.long_term:
        text += "，长期坚持" if text else "长期坚持"
    return text + ("（推定）" if deadline.inferred else "")


def deadline_of(raw: str, words: str) -> Deadline | None:
    """The deadline of two cells, the second of `settled`; ValueError where that is none of its forms."""
    raw, words = raw.strip(), "".join(words.split())
    if not words:
        return parse(raw).deadline if raw else None
    match = _SETTLED.fullmatch(words.replace("(", "（").replace(")", "）"))
    if match is None:
        raise ValueError(words)
    day, start = (dt.date.fromisoformat(match[name]) if match[name] else None for name in ("date", "start"))
    word = match["kind"]
    kind = next((kind for kind, printed in _KINDS.items() if printed == word), None)
    if kind is None:
        kind = "range" if start else "date" if day else "long_term"
    return Deadline(raw, day, start, kind, bool(match["long"]), bool(match["inferred"]))  # type: ignore[arg-type]
