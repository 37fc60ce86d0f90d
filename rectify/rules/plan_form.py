"""Our own form of a plan: which columns it has, and how each value is written in a cell so that it reads back as it was.
Pure: handed the attributes of a draft. The files are `writing`'s, reading the cells back is `reading.form`'s.

Content is what is written: the title, the declared totals, the cut-off, every issue and measure with all its fields, and
the open questions (topic, sentence, phrase, item). Not content: line numbers, the kind and encoding of a file, what
reading noted or could not read, how often a unit stands in one role, and the order of units of different roles.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from rectify.rules import quantities
from rectify.rules.deadlines import Deadline, parse
from rectify.rules.verdicts import Verdict, word

How = Literal["text", "deadline", "settled", "units", "stones", "target", "state", "yes_no", "day", "asked"]
Level = Literal["issue", "measure"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the form. `field` is the attribute of the issue or measure (for units: the role)."""

    heading: str
    level: Level
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
PERSONS: Final = ("leader", "person")
STATES: Final = {
    **{v.value: word(v) for v in Verdict if v not in (Verdict.UNREPORTED, Verdict.LONG_TERM)},
    "in_progress": "正在推进",
}
TOPICS: Final = {
    "deadline": "时限",
    "split": "拆分",
    "state": "状态",
    "unit": "单位",
    "number": "编号",
    "total": "总数",
    "milestone": "节点",
    "other": "其他",
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
    ("questions", "待确认", "asked", 24),
)


def _limits(level: Level, prefix: str, limit: str) -> list[Column]:
    return [
        Column(limit, level, "deadline", "deadline", 18),
        Column(f"{limit}认定", level, "deadline", "settled", 18),
        Column(f"{prefix}原时限", level, "original_deadline", "deadline", 18),
        Column(f"{prefix}原时限认定", level, "original_deadline", "settled", 18),
        *(Column(prefix + heading, level, role, "units", 18) for role, heading in ROLES),
        Column(f"{prefix}阶段节点", level, "milestones", "stones", 26),
        Column(f"{prefix}量化目标", level, "target", "target", 16),
    ]


COLUMNS: Final = (
    Column("问题序号", "issue", "number", "text", 10),
    Column("上级序号", "issue", "upper_number", "text", 10),
    Column("所在部分", "issue", "part", "text", 14),
    Column("类别", "issue", "category", "text", 16),
    Column("问题来源", "issue", "source", "text", 16),
    Column("反馈问题", "issue", "text", "text", 40),
    Column("整改目标", "issue", "goal", "text", 30),
    *_limits("issue", "", "整改时限"),
    *(Column("问题" + name, "issue", field, how, width) for field, name, how, width in _FACTS),
    Column("措施序号", "measure", "number", "text", 10),
    Column("整改措施", "measure", "text", "text", 40),
    *_limits("measure", "措施", "措施时限"),
    *(Column("措施" + name, "measure", field, how, width) for field, name, how, width in _FACTS),
)
BY_HEADING: Final = {column.heading: column for column in COLUMNS}
NEEDED: Final = ("问题序号", "反馈问题", "措施序号", "整改措施")
"""What tells our form from any other ledger; always there."""
ASKED: Final = ("问题待确认", "措施待确认")
"""A form with one of these, or with a line about it over the table, says itself what is open; one without is asked
about like any plan."""
NOTHING_OPEN: Final = "无"
TEMPLATE: Final = (
    "问题序号", "类别", "反馈问题", "整改目标", "整改时限", "牵头单位", "责任单位", "配合单位", "督导单位", "验收单位",
    "责任领导", "责任人", "阶段节点", "措施序号", "整改措施", "措施时限", "措施责任单位", "措施状态", "措施进展情况",
)  # fmt: skip
NO_TEXT: Final = "——"  # an issue, measure, title or cut-off without text, where an empty cell would mean none
MORE: Final = "（续）"  # in the first column: the row goes on with the cells above
TITLE: Final = "（请填写方案名称）"  # of the blank form
BLANK: Final = "\u200b"  # in a document: an empty line inside a cell
EXAMPLE: Final = "填写示例"  # a sheet, or a paragraph over tables, that is not read
HOW_TO: Final = "填写说明"
CELL: Final = 16_000  # characters; a spreadsheet's cell takes 32,767, some characters counting twice
META: Final = (
    ("as_of_text", "截至"),
    ("as_of", "截止日期"),
    ("declared_issues", "写明问题数"),
    ("declared_measures", "写明措施数"),
    ("question", "待确认"),
)
META_LINE: Final = re.compile(rf"(?P<word>{'|'.join(printed for _, printed in META)})[：:]\s*(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Written:
    """A draft in cells. `meta` are the lines under the title; the rows are as long as `columns`."""

    title: str
    meta: list[str]
    columns: list[Column]
    rows: list[list[str]]


def written(draft: Any, always: Sequence[str] = (), *, says_what_is_open: bool = True) -> Written:
    """The cells of a draft (reading.PlanDraft): a row a measure, only the columns that hold anything, or are in
    `always`. Cells are at most CELL characters; what is longer goes on in rows that begin with MORE.

    `says_what_is_open`: where nothing is, that too is said, so that reading it back asks nothing.
    """
    asked: dict[tuple[int | None, int | None], list[str]] = defaultdict(list)
    for question in draft.questions:
        asked[question.issue, question.measure].append(question_cell(question, _phrase_at(draft, question)))
    rows: list[dict[str, str]] = []
    for i, issue in enumerate(draft.issues):
        of_issue = _cells(issue, "issue", asked[i, None])
        measures = [_cells(measure, "measure", asked[i, m]) for m, measure in enumerate(issue.measures)]
        rows.append(of_issue | (measures[0] if measures else {}))
        rows += measures[1:]
    used = {heading for row in rows for heading, value in row.items() if value}
    beside = {
        f"{'措施' if h.startswith('措施') else '问题'}状态" for h in used if BY_HEADING[h].how in ("yes_no", "day")
    }
    columns = [column for column in COLUMNS if column.heading in used | beside | {*always, *NEEDED}]
    cut = [piece for row in rows for piece in _cut([row.get(column.heading, "") for column in columns])]
    meta = _meta(draft, asked[None, None])
    if says_what_is_open and not draft.questions:
        meta.append(f"{dict(META)['question']}：{NOTHING_OPEN}")
    return Written(_title(draft.title), meta, columns, cut)


def _title(title: str | None) -> str:
    line = _line(title or "")
    own = META_LINE.fullmatch(line) or line.startswith(HOW_TO) or line == TITLE
    return f"〖{line}〗" if own else quoted(line) or NO_TEXT


def _meta(draft: Any, asked: Sequence[str]) -> list[str]:
    words = dict(META)
    said = _line(draft.as_of_text or "")
    lines = [f"{words['as_of_text']}：{quoted(said)}"] if said else []
    if draft.as_of != parse(said).deadline.date:
        lines.append(f"{words['as_of']}：{_day(draft.as_of) or NO_TEXT}")
    for name in ("declared_issues", "declared_measures"):
        if getattr(draft, name) is not None:
            lines.append(f"{words[name]}：{getattr(draft, name)}")
    return [*lines, *(f"{words['question']}：{line}" for line in asked)]


def _cut(row: list[str]) -> list[list[str]]:
    if max(map(len, row), default=0) <= CELL:
        return [row]
    parts = [_parts(value) for value in row]
    pieces = [[part[at] if at < len(part) else "" for part in parts] for at in range(max(map(len, parts)))]
    for piece in pieces[1:]:
        piece[0] = MORE
    return pieces


def _parts(value: str) -> list[str]:
    """Cut where no blank is lost when a reader trims the cells."""
    parts: list[str] = []
    while len(value) > CELL:
        at = CELL
        while at > CELL // 2 and (value[at - 1].isspace() or value[at].isspace()):
            at -= 1
        parts.append(value[:at])
        value = value[at:]
    return [*parts, value]


def _cells(item: Any, level: Level, asked: Sequence[str]) -> dict[str, str]:
    return {column.heading: _cell(item, column, asked) for column in COLUMNS if column.level == level}


def _cell(item: Any, column: Column, asked: Sequence[str]) -> str:
    if column.how == "units":
        return "\n".join(unit_cell(unit.name, column.field) for unit in item.units if unit.role == column.field)
    if column.how == "asked":
        return "\n".join(asked)
    value = getattr(item, column.field)
    match column.how:
        case "deadline":
            return quoted(value.raw) if value is not None else ""
        case "settled":
            return settled(value)
        case "stones":
            lines = (f"{stone.date.isoformat()} {stone_words(stone.text, stone.target_state)}" for stone in value)
            return entries_cell(line.strip() for line in lines)
        case "target":
            return target_cell(value.quantity, value.unit, value.points) if value is not None else ""
        case "state":
            return STATES[value] if value else ""
        case "yes_no":
            return "" if value is None else "是" if value else "否"
        case "day":
            return _day(value)
    return quoted(value or "") or (NO_TEXT if column.field == "text" else "")


def _line(text: str) -> str:
    return " ".join(text.split())


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


# ---------------------------------------------------------------- texts, and lists in a cell
def quoted(text: str) -> str:
    """A text as a cell: in 〖〗 where a reader would trim it or take it for one of the form's own words."""
    own = text in (NO_TEXT, MORE) or text.startswith("〖") and text.endswith("〗")
    return f"〖{text}〗" if own or text != text.strip() else text


def unquoted(cell: str) -> str:
    """The text that `quoted` wrote."""
    if len(cell) > 1 and cell.startswith("〖") and cell.endswith("〗"):
        return cell[1:-1]
    return "" if cell == NO_TEXT else cell


def entries_cell(entries: Iterable[str]) -> str:
    """Entries one a line; the further lines of one begin with a wide blank."""
    return "\n".join(entry.replace("\n", "\n\u3000") for entry in entries)


def entries_of(cell: str) -> list[str]:
    """The entries of a cell that `entries_cell` wrote."""
    return [entry.replace("\n\u3000", "\n").strip() for entry in re.split(r"\n(?!\u3000)", cell) if entry.strip()]


# ---------------------------------------------------------------- what a milestone asks for
TARGET_STATES: Final = {state: STATES[state] for state in ("in_progress", "basically_completed", "completed")}
_STATED: Final = re.compile(rf"【(?P<word>{'|'.join(TARGET_STATES.values())})】\s*")


def stone_words(text: str, target_state: str) -> str:
    """A milestone behind its day: 【基本完成】主体完工, where a state is to be reported by then; else the text alone."""
    said = quoted(text)
    said = f"〖{said}〗" if _STATED.match(said) else said
    return f"【{TARGET_STATES[target_state]}】{said}" if target_state else said


def stone_of(words: str) -> tuple[str, str]:
    """(text, target state) that `stone_words` or a hand wrote; "" where none is asked for."""
    stated = _STATED.match(words)
    if stated is None:
        return unquoted(words), ""
    state = next(state for state, word in TARGET_STATES.items() if word == stated["word"])
    return unquoted(words[stated.end() :]), state


# ---------------------------------------------------------------- a target and its planned figures
_COUNTED: Final = re.compile(r"(?P<quantity>\d{1,9}(?:\.\d{1,3})?)(?:\s+(?P<unit>\S.*)|(?P<glued>[^\s\d.．,，].*))?")


def target_cell(quantity: Decimal | int, unit: str, points: Iterable[tuple[dt.date, Decimal | int]]) -> str:
    """A target as 12 公里, and in the lines below it the planned figures: 2026-06-30 6."""
    return "\n".join([f"{quantity} {_line(unit)}".strip(), *(f"{day.isoformat()} {count}" for day, count in points)])


def target_of(cell: str) -> tuple[Decimal, str, list[tuple[dt.date, Decimal]]]:
    """(quantity, unit, points) of a cell that `target_cell` or a hand wrote; ValueError where it cannot be understood."""
    first, *lines = [line.strip() for line in cell.strip().split("\n")]
    counted = _COUNTED.fullmatch(first)
    quantity = quantities.parse(counted["quantity"]) if counted is not None else None
    if counted is None or not quantity:
        raise ValueError(first)
    points = [_point(line) for line in lines if line]
    if any(not 0 <= count <= quantity for _, count in points) or len(dict(points)) < len(points):
        raise ValueError(cell)
    return quantity, counted["unit"] or counted["glued"] or "", sorted(points)


def _point(line: str) -> tuple[dt.date, Decimal]:
    printed, _, typed = line.rpartition(" ")
    count = quantities.parse(typed)
    day = parse(printed.strip()).deadline.date
    if day is None or count is None:
        raise ValueError(line)
    return day, count


# ---------------------------------------------------------------- units
_PLAIN_NAME: Final = re.compile(
    r"(?![一二三四五六七八九十第各无暂])[\u4e00-\u9fff]{1,24}[局委办厅府部会院队站所社处科股室镇乡某心司]"
)
_PLAIN_PERSON: Final = re.compile(r"(?![一二三四五六七八九十第各无暂])[\u4e00-\u9fff]{2,4}")
_NOT_ALONE: Final = re.compile(
    r"和|与|及|等|由|牵|配合|负责|落实|督|验收|同志|领导|责任|共同|分别|按|具体|主要|分管|协办|承办"
)


def unit_cell(name: str, role: str) -> str:
    """A unit's line: its name, in 〖〗 where a reader might divide or shorten it (各县（市、区）党委、政府)."""
    name = re.sub(r"\s*\n\s*", " ", name)
    plain = _PLAIN_PERSON if role in PERSONS else _PLAIN_NAME
    return name if plain.fullmatch(name) and not _NOT_ALONE.search(name) else f"〖{name}〗"


# ---------------------------------------------------------------- questions
_QUESTION: Final = re.compile(
    rf"(?:【(?P<topic>{'|'.join(TOPICS.values())})】)?(?P<ask>.*?)(?:〖(?P<raw>[^〖〗]*)〗)?", re.DOTALL
)


def question_cell(question: Any, phrase: str) -> str:
    """【时限】看不懂…〖汛期前〗; the phrase it is about only where that is not `phrase`, which stands in the item's own cell."""
    ask, raw, known = _line(question.ask), *(_line(re.sub(r"[〖〗]", "", text)) for text in (question.raw, phrase))
    shown = raw != known or ask.endswith("〗")
    return f"【{TOPICS[question.topic]}】{ask}" + (f"〖{raw}〗" if shown else "")


def question_of(line: str) -> tuple[str, str, str | None]:
    """(topic, sentence, phrase) of a question's line, None for the phrase of the item's own cell."""
    match = _QUESTION.fullmatch(line.strip())
    assert match is not None  # it takes any text
    topic = next((topic for topic, printed in TOPICS.items() if printed == match["topic"]), "other")
    return topic, match["ask"].strip(), match["raw"]


def phrase_of(item: Any, topic: str) -> str:
    """The phrase that a question of a topic is about where its line names none."""
    return item.deadline.raw if topic == "deadline" and item.deadline is not None else ""


def _phrase_at(draft: Any, question: Any) -> str:
    if question.issue is None:
        return ""
    issue = draft.issues[question.issue]
    return phrase_of(issue if question.measure is None else issue.measures[question.measure], question.topic)


# ---------------------------------------------------------------- deadlines
_KINDS: Final = {
    "date": "定期",
    "range": "区间",
    "immediate": "立行立改",
    "long_term": "不设期限",
    "relative": "相对时限",
    "ask": "待定",
    "none": "无",
}
_LONG: Final = "长期坚持"
_INFERRED: Final = "推定"
_DAYS: Final = re.compile(r"(?:(?P<start>\d{4}-\d\d-\d\d)至)?(?P<date>\d{4}-\d\d-\d\d)|(?P<since>\d{4}-\d\d-\d\d)起")


def settled(deadline: Deadline | None) -> str:
    """What a deadline was understood as, where its words alone do not say it: 2022-12-31，长期坚持，推定; else ""."""
    if deadline is None or deadline.raw and parse(deadline.raw).deadline == deadline:
        return ""
    words = []
    if deadline.kind == "range" and deadline.start and deadline.date:
        words = [f"{deadline.start.isoformat()}至{deadline.date.isoformat()}"]
    else:
        words += [f"{deadline.start.isoformat()}起"] if deadline.start else []
        words += [deadline.date.isoformat()] if deadline.date else []
    is_range = "至" in "".join(words)
    if deadline.kind != _usual_kind(deadline.start, deadline.date, deadline.long_term, is_range):
        words.append(_KINDS[deadline.kind])
    words += [_LONG] if deadline.long_term else []
    words += [_INFERRED] if deadline.inferred else []
    return "，".join(words)


def _usual_kind(start: dt.date | None, date: dt.date | None, long_term: bool, is_range: bool) -> str | None:
    if date:
        return "range" if is_range else "date"
    return "long_term" if long_term and not start else None


def deadline_of(raw: str, words: str) -> Deadline | None:
    """The deadline of two cells, the second of `settled` or a phrase; ValueError where that cannot be understood."""
    raw, words = unquoted(raw.strip()), "".join(words.split())
    if not words:
        return parse(raw).deadline if raw else None
    start = date = kind = None
    said = set()
    for part in re.split(r"[，,]", words):
        days = _DAYS.fullmatch(part)
        if days:
            date = dt.date.fromisoformat(days["date"]) if days["date"] else date
            first = days["start"] or days["since"]
            start = dt.date.fromisoformat(first) if first else start
            kind = "range" if days["start"] else kind
        elif part in (_LONG, _INFERRED):
            said.add(part)
        elif part in _KINDS.values():
            kind = next(name for name, printed in _KINDS.items() if printed == part)
        else:
            return _typed(raw, words)
    kind = kind or _usual_kind(start, date, _LONG in said, False)
    if kind is None:
        raise ValueError(words)
    return Deadline(raw, date, start, kind, _LONG in said, _INFERRED in said)  # type: ignore[arg-type]


def _typed(raw: str, words: str) -> Deadline:
    """What a hand wrote instead: 2026年6月底前."""
    found = parse(words)
    if found.needs_question or found.deadline.kind == "none":
        raise ValueError(words)
    return Deadline(
        raw or words, found.deadline.date, found.deadline.start, found.deadline.kind, found.deadline.long_term
    )
