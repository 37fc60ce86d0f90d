"""Our own form of a plan (rules.plan_form) read back literally: a cell is one value, nothing is divided or inferred.
Any other layout is `tables`' and `text`'s."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from rectify.reading import units as unit_names
from rectify.reading.draft import (
    Facts,
    IssueDraft,
    MeasureDraft,
    MilestoneDraft,
    PlanDraft,
    Question,
    Topic,
    UnitDraft,
    Unread,
)
from rectify.reading.labels import squeeze, state_of, status_header, yes_no
from rectify.reading.lines import split_list
from rectify.reading.tables import Cell, Grid
from rectify.rules import deadlines
from rectify.rules.plan_form import BY_HEADING, META, MORE, NEEDED, NO_TEXT, STATES, Column, deadline_of

_META: Final = re.compile(rf"(?P<word>{'|'.join(word for _, word in META)})[：:]\s*(?P<value>.+)", re.DOTALL)
_WORDS: Final[dict[str, Any]] = {word: state for state, word in STATES.items()}
_NOTES: Final = re.compile(r"^(?:填写说明|填表说明|说明)[：:]")


def draft_of(grid: Grid, above: list[str]) -> PlanDraft | None:
    """The draft in a grid that is our form, or None. `above` are the lines over it; its own rows over the head count
    as such too."""
    head = next((at for at, row in enumerate(grid.rows[:12]) if _is_head(row)), None)
    if head is None:
        return None
    draft = PlanDraft()
    lines = list(above)
    for row in grid.rows[:head]:
        lines += list(dict.fromkeys(cell.text.strip() for cell in row if cell.text.strip()))
    _top(draft, [line for line in lines if not _NOTES.match(line)])
    columns = [BY_HEADING.get(squeeze(cell.text)) for cell in grid.rows[head]]
    _Rows(draft, columns).read(grid.rows[head + 1 :])
    if not draft.issues:
        draft.ask(Question("全文", "表里没有填写问题，请填好后再上传。", "other"))
    return draft


def _is_head(row: list[Cell]) -> bool:
    headings = [squeeze(cell.text) for cell in row if cell.text.strip()]
    known = set(headings)
    return known.issuperset(NEEDED) and known <= set(BY_HEADING) and len(known) == len(headings)


def _top(draft: PlanDraft, lines: list[str]) -> None:
    for line in lines:
        match = _META.fullmatch(line)
        if match is None:
            if draft.title is None:
                draft.title = line
            continue
        name = next(name for name, word in META if word == match["word"])
        value = match["value"].strip()
        if name == "as_of_text":
            draft.as_of_text = value
        elif name == "as_of":
            draft.as_of = deadlines.parse(value).deadline.date
        elif value.isascii() and value.isdigit() and len(value) <= 6:
            setattr(draft, f"declared_{name}", int(value))
    if draft.title == NO_TEXT:
        draft.title = None
    if draft.as_of is None and draft.as_of_text:
        draft.as_of = deadlines.parse(draft.as_of_text).deadline.date


class _Rows:
    def __init__(self, draft: PlanDraft, columns: list[Column | None]) -> None:
        self.draft, self.columns = draft, columns
        self.where = ""
        self.at: tuple[int, int | None] = (0, None)
        self.line = 0

    def read(self, rows: list[list[Cell]]) -> None:
        before: list[Cell] | None = None
        for row, cells in self._whole(rows):
            if not any(cells.values()):
                continue
            first = next(cell for cell in row if cell.text.strip())
            self.line = first.line
            if before is not None and (issue_at := self._index("反馈问题")) is not None:
                merged = row[issue_at].origin == before[issue_at].origin
                cells = {name: "" if merged and _level(name) == "issue" else text for name, text in cells.items()}
            before = row
            if cells.get("反馈问题"):
                self._issue(cells)
            elif any(text for name, text in cells.items() if _level(name) == "issue"):
                self.draft.unread.append(Unread(self.line, " ".join(filter(None, cells.values()))))
                continue
            if cells.get("整改措施") and self.draft.issues:
                self._measure(cells)
            elif any(text for name, text in cells.items() if _level(name) == "measure"):
                self.draft.unread.append(Unread(self.line, " ".join(filter(None, cells.values()))))

    def _whole(self, rows: list[list[Cell]]) -> list[tuple[list[Cell], dict[str, str]]]:
        """Each row's cells by heading, rows that go on with the row above joined to it."""
        whole: list[tuple[list[Cell], dict[str, str]]] = []
        for row in rows:
            texts = {c.heading: cell.text.strip() for c, cell in zip(self.columns, row, strict=False) if c is not None}
            if row and row[0].text.strip() == MORE and whole:
                last = whole[-1][1]
                for name, text in texts.items():
                    last[name] += "" if text == MORE else text
                continue
            whole.append((row, texts))
        return whole

    def _index(self, heading: str) -> int | None:
        return next((at for at, c in enumerate(self.columns) if c is not None and c.heading == heading), None)

    def _issue(self, cells: dict[str, str]) -> None:
        issue = IssueDraft(line=self.line)
        self.draft.issues.append(issue)
        self.at = (len(self.draft.issues) - 1, None)
        number = cells.get("问题序号")
        self.where = f"问题{number}" if number else f"第{len(self.draft.issues)}个问题"
        self._fill(issue, cells, "issue")

    def _measure(self, cells: dict[str, str]) -> None:
        issue = self.draft.issues[-1]
        measure = MeasureDraft(line=self.line)
        issue.measures.append(measure)
        self.at = (len(self.draft.issues) - 1, len(issue.measures) - 1)
        self._fill(measure, cells, "measure")
        _, items = split_list([(measure.text, self.line)])
        if measure.number is None and len(items) > 1:
            self._ask(f"一格中有{len(items)}条措施，现按1条读入，是否拆分？", "split", measure.text[:40])

    def _ask(self, ask: str, topic: Topic, raw: str) -> None:
        issue, measure = self.at
        where = self.where if measure is None else f"{self.where}第{measure + 1}条措施"
        self.draft.ask(Question(where, ask, topic, raw, issue, measure, self.line))

    def _fill(self, item: IssueDraft | MeasureDraft, cells: dict[str, str], level: str) -> None:
        for heading, text in cells.items():
            column = BY_HEADING[heading]
            if column.level != level or not text:
                continue
            match column.how:
                case "text":
                    setattr(item, column.field, "" if text == NO_TEXT and column.field == "text" else text)
                case "units":
                    role: Any = column.field
                    item.units += [unit for unit in _units(text, role) if unit not in item.units]
                case "stones":
                    self._stones(item, text)
                case "state":
                    item.state = _WORDS.get(text) or status_header(squeeze(text)) or state_of(text)
                    if item.state is None:
                        self._ask(f"看不懂状态“{text[:20]}”，请选择。", "state", text[:40])
                case "yes_no":
                    setattr(item, column.field, yes_no(text))
                case "day":
                    setattr(item, column.field, self._day(text))
        for name in ("deadline", "original_deadline"):
            self._deadline(item, name, cells, level)
        item.state = item.state or _state(item)

    def _deadline(self, item: IssueDraft | MeasureDraft, name: str, cells: dict[str, str], level: str) -> None:
        own = [c for c in BY_HEADING.values() if c.level == level and c.field == name]
        raw, words = (
            next((cells.get(c.heading, "") for c in own if c.how == how), "") for how in ("deadline", "settled")
        )
        if not raw and not words:
            return
        try:
            setattr(item, name, deadline_of(raw, words))
        except ValueError:
            setattr(item, name, deadline_of(raw, ""))
            self._ask(
                f"看不懂时限认定“{words[:30]}”，请填写日期（如2026-06-30）、长期坚持或立行立改。", "deadline", raw
            )
            return
        parsed = deadlines.parse(raw)
        if name == "deadline" and parsed.needs_question and (not words or words.startswith(("待定", "相对时限"))):
            self._ask(parsed.needs_question, "deadline", raw)
        elif name == "deadline" and not words and isinstance(item, IssueDraft):
            known = {stone.date for stone in item.milestones}
            missing = [stage.date.isoformat() for stage in parsed.stages if stage.date not in known]
            if missing:
                self._ask(f"时限里还有阶段日期{'、'.join(missing)}，是否作为阶段节点？", "milestone", raw)

    def _stones(self, item: IssueDraft | MeasureDraft, text: str) -> None:
        assert isinstance(item, IssueDraft)
        for line in text.split("\n"):
            match = re.fullmatch(r"(\d{4}-\d{1,2}-\d{1,2})\s*(.*)", line.strip())
            if match:
                day, words = deadlines.parse(match[1]).deadline.date, match[2].strip()
                stones = [(day, words)] if day else []
            else:
                stones = [(stage.date, stage.text) for stage in deadlines.stages(line, limits_only=False)]
            if line.strip() and not stones:
                self._ask(f"阶段节点“{line.strip()[:30]}”里没有日期，请补上。", "milestone", line.strip()[:40])
            item.milestones += [MilestoneDraft(day, words) for day, words in stones if day]

    def _day(self, text: str) -> dt.date | None:
        day = deadlines.parse(text).deadline.date
        if day is None:
            self._ask(f"看不懂完成日期“{text[:20]}”，请给出日期。", "state", text[:40])
        return day


def _level(heading: str) -> str:
    return BY_HEADING[heading].level


def _units(text: str, role: Any) -> list[UnitDraft]:
    units: list[UnitDraft] = []
    for line in text.split("\n"):
        name = line.strip()
        if name.startswith("〖") and name.endswith("〗"):
            units.append(UnitDraft(name[1:-1], role))
        elif name:
            units += unit_names.split(name, role)
    return units


def _state(item: Facts) -> Any:
    """The state where only the facts behind it were filled in, in the order of a ledger's columns."""
    if item.signed_off:
        return "signed_off"
    if item.completed_on or item.claims_completed:
        return "completed"
    if item.claims_on_schedule is not None:
        return "on_schedule" if item.claims_on_schedule else "behind"
    return None
