"""Our own form of a plan (rules.plan_form) read back literally: a cell is one value, nothing is divided or inferred.
Any other layout is `tables`' and `text`'s."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final, cast

from rectify.reading import units as unit_names
from rectify.reading.draft import (
    Facts,
    IssueDraft,
    MeasureDraft,
    MilestoneDraft,
    PlanDraft,
    Question,
    Role,
    State,
    Target,
    Topic,
    UnitDraft,
    Unread,
)
from rectify.reading.grid import Cell, Grid
from rectify.reading.labels import squeeze, state_of, status_header, yes_no
from rectify.reading.lines import split_list
from rectify.rules import deadlines, plan_form
from rectify.rules.plan_form import ASKED, BY_HEADING, MORE, NEEDED, NOTHING_OPEN, STATES, Column, Level, unquoted

_WORDS: Final[dict[str, Any]] = {word: state for state, word in STATES.items()}
_NOTHING: Final = re.compile(r"[\s\-—－–―_/／\\.。*]*")
_HEAD_WITHIN: Final = 40  # rows: over the head stand the title, the totals and what is asked of the whole


def draft_of(grid: Grid, above: list[str]) -> PlanDraft | None:
    """The draft in a grid that is our form, or None. `above` are the lines over it; its own rows over the head count
    as such too."""
    head = next((at for at, row in enumerate(grid.rows[:_HEAD_WITHIN]) if _is_head(row)), None)
    if head is None:
        return None
    draft = PlanDraft(own_form=True)
    lines = list(above)
    for row in grid.rows[:head]:
        lines += dict.fromkeys(cell.text for cell in row if cell.text)
    open_said = _top(
        draft, [line for line in lines if line != plan_form.TITLE and not line.startswith(plan_form.HOW_TO)]
    )
    columns = [BY_HEADING.get(squeeze(cell.text)) for cell in grid.rows[head]]
    _Rows(draft, columns, open_said).read(grid.rows[head + 1 :])
    draft.ask_totals()
    if not draft.issues and not draft.questions:
        draft.ask(Question("全文", "表里没有填写问题，请填好后再上传。", "other"))
    return draft


def _is_head(row: list[Cell]) -> bool:
    headings = [squeeze(cell.text) for cell in row if cell.text]
    known = set(headings)
    return known.issuperset(NEEDED) and known <= set(BY_HEADING) and len(known) == len(headings)


def _top(draft: PlanDraft, lines: list[str]) -> bool:
    """Reads the lines over the table; whether one of them says what is open."""
    open_said = False
    for line in lines:
        match = plan_form.META_LINE.fullmatch(line)
        if match is None:
            draft.title = draft.title or unquoted(line) or None
            continue
        value = unquoted(match["value"].strip())
        match next(name for name, word in plan_form.META if word == match["word"]):
            case "as_of_text":
                draft.as_of_text = value or None
                draft.as_of = deadlines.parse(value).deadline.date
            case "as_of":
                draft.as_of = deadlines.parse(value).deadline.date
            case "question":
                open_said = True
                if value == NOTHING_OPEN:
                    continue
                topic, ask, raw = plan_form.question_of(value)
                draft.ask(Question("全文", ask, _topic(topic), raw or ""))
            case name if value.isascii() and value.isdigit() and len(value) <= 6:
                setattr(draft, name, int(value))
    return open_said


def _topic(name: str) -> Topic:
    return cast(Topic, name)


class _Rows:
    """The rows under the head on their way into the draft; `at` is the item that is being filled."""

    def __init__(self, draft: PlanDraft, columns: list[Column | None], open_said: bool) -> None:
        self.draft, self.columns = draft, columns
        self.headings = {column.heading for column in columns if column is not None}
        self.says_what_is_open = open_said or bool(self.headings & set(ASKED))
        self.issue_column = next(at for at, c in enumerate(columns) if c is not None and c.heading == "反馈问题")
        self.of_issue: dict[str, str] = {}  # the cells of the issue above
        self.at: tuple[int, int | None] = (0, None)
        self.where = ""
        self.line = 0

    def read(self, rows: list[list[Cell]]) -> None:
        before: list[Cell] | None = None
        for row, cells in self._whole(rows):
            if not any(cells.values()):
                continue
            self.line = next(cell for cell in row if cell.text).line
            own, at = _of(cells, "issue"), self.issue_column
            if before is not None and row[at].origin == before[at].origin:
                own = {}  # merged with the row above
            before = row
            self._row(own, _of(cells, "measure"))

    def _row(self, issue: dict[str, str], measure: dict[str, str]) -> None:
        if issue.get("反馈问题") and not self._repeats(issue, measure):
            self._issue(issue)
        else:
            known = self.of_issue.items()
            self._unread({name: text for name, text in issue.items() if (name, text) not in known})
        if measure.get("整改措施") and self.draft.issues:
            self._measure(measure)
        else:
            self._unread(measure)

    def _repeats(self, issue: dict[str, str], measure: dict[str, str]) -> bool:
        """Whether a hand repeated the issue in each of its measures' rows; in a file of ours a row is what it says."""
        same = all(issue.get(name) == self.of_issue.get(name) for name in ("问题序号", "反馈问题"))
        return same and bool(measure.get("整改措施")) and not self.says_what_is_open

    def _whole(self, rows: list[list[Cell]]) -> list[tuple[list[Cell], dict[str, str]]]:
        """Each row's cells by heading, rows that go on with the row above joined to it."""
        whole: list[tuple[list[Cell], dict[str, str]]] = []
        for row in rows:
            texts = {c.heading: _text(cell.text) for c, cell in zip(self.columns, row, strict=False) if c is not None}
            if row[0].text == MORE and whole:
                for name, text in texts.items():
                    whole[-1][1][name] += "" if text == MORE else text
            else:
                whole.append((row, texts))
        return whole

    def _unread(self, cells: dict[str, str]) -> None:
        if cells:
            self.draft.unread.append(Unread(self.line, " ".join(cells.values())))

    # ------------------------------------------------------------ one item
    def _issue(self, cells: dict[str, str]) -> None:
        issue = IssueDraft(line=self.line)
        self.draft.issues.append(issue)
        self.at, self.of_issue = (len(self.draft.issues) - 1, None), cells
        number = unquoted(cells.get("问题序号", ""))
        self.where = f"问题{number}" if number else f"第{len(self.draft.issues)}个问题"
        self._fill(issue, cells, "issue")

    def _measure(self, cells: dict[str, str]) -> None:
        issue = self.draft.issues[-1]
        measure = MeasureDraft(line=self.line)
        issue.measures.append(measure)
        self.at = (len(self.draft.issues) - 1, len(issue.measures) - 1)
        self._fill(measure, cells, "measure")
        _, items = split_list([(measure.text, self.line)])
        if measure.number is None and len(items) > 1 and not self.says_what_is_open:
            self._ask(f"一格中有{len(items)}条措施，现按1条读入，是否拆分？", "split", measure.text[:40])

    def _ask(self, ask: str, topic: Topic, raw: str) -> None:
        issue, measure = self.at
        where = self.where if measure is None else f"{self.where}第{measure + 1}条措施"
        self.draft.ask(Question(where, " ".join(ask.split()), topic, raw, issue, measure, self.line))

    def _fill(self, item: IssueDraft | MeasureDraft, cells: dict[str, str], level: Level) -> None:
        for heading, text in cells.items():
            self._value(item, BY_HEADING[heading], text)
        for name in ("deadline", "original_deadline"):
            self._deadline(item, name, cells, level)
        state_heading = next(c.heading for c in BY_HEADING.values() if (c.level, c.how) == (level, "state"))
        if state_heading not in self.headings:
            item.state = _state(item)
        self._open(item, cells, level)

    def _value(self, item: IssueDraft | MeasureDraft, column: Column, text: str) -> None:
        match column.how:
            case "text":
                setattr(item, column.field, unquoted(text) or ("" if column.field == "text" else None))
            case "units":
                role: Any = column.field
                item.units += [unit for unit in _units(text, role) if unit not in item.units]
            case "stones":
                self._stones(item, text)
            case "target":
                self._target(item, text)
            case "state":
                item.state = _WORDS.get(text) or status_header(squeeze(text)) or state_of(text)
                if item.state is None and not _NOTHING.fullmatch(text):
                    self._ask(f"看不懂状态“{text[:20]}”，请选择。", "state", text[:40])
            case "yes_no":
                said = yes_no(text)
                setattr(item, column.field, said)
                if said is None and not _NOTHING.fullmatch(text):
                    self._ask(f"看不懂“{column.heading}”一栏的“{text[:20]}”，请填写是或否。", "state", text[:40])
            case "day":
                setattr(item, column.field, self._day(text))

    def _deadline(self, item: IssueDraft | MeasureDraft, name: str, cells: dict[str, str], level: Level) -> None:
        own = {c.how: c.heading for c in BY_HEADING.values() if (c.level, c.field) == (level, name)}
        raw, words = cells.get(own["deadline"], ""), cells.get(own["settled"], "")
        try:
            setattr(item, name, plan_form.deadline_of(raw, words))
        except ValueError:
            setattr(item, name, plan_form.deadline_of(raw, "待定"))
            ask = f"看不懂“{own['settled']}”一栏的“{words[:30]}”，请填写日期（如2026-06-30）、长期坚持或立行立改。"
            self._ask(ask, "deadline", unquoted(raw))
            return
        if name == "deadline" and raw and not words and not self.says_what_is_open:
            parsed = deadlines.parse(unquoted(raw))
            if parsed.needs_question:
                self._ask(parsed.needs_question, "deadline", unquoted(raw))
            known = {stone.date for stone in item.milestones}
            missing = [stage.date.isoformat() for stage in parsed.stages if stage.date not in known]
            if missing:
                self._ask(f"时限里还有阶段日期{'、'.join(missing)}，是否作为阶段节点？", "milestone", unquoted(raw))

    def _open(self, item: IssueDraft | MeasureDraft, cells: dict[str, str], level: Level) -> None:
        """What the item's own cell says is open; and whatever has no day must be asked, said or not."""
        heading = next(c.heading for c in BY_HEADING.values() if (c.level, c.how) == (level, "asked"))
        for line in cells.get(heading, "").split("\n"):
            topic, ask, raw = plan_form.question_of(line)
            if ask:
                self._ask(ask, _topic(topic), plan_form.phrase_of(item, topic) if raw is None else raw)
        limit = item.deadline
        if limit is None or limit.date is not None or limit.kind not in ("ask", "relative"):
            return
        if not any(q.topic == "deadline" and (q.issue, q.measure) == self.at for q in self.draft.questions):
            ask = deadlines.parse(limit.raw).needs_question or "没有具体日期，请给出截止日期。"
            self._ask(ask, "deadline", limit.raw)

    def _stones(self, item: IssueDraft | MeasureDraft, text: str) -> None:
        for entry in plan_form.entries_of(text):
            match = re.fullmatch(r"(\d{4}-\d{1,2}-\d{1,2})\s*(.*)", entry, re.DOTALL)
            day = deadlines.parse(match[1]).deadline.date if match else None
            if match and day:
                stones = [MilestoneDraft(day, *plan_form.stone_of(match[2].strip()))]
            else:
                stones = [
                    MilestoneDraft(stage.date, stage.text) for stage in deadlines.stages(entry, limits_only=False)
                ]
            if not stones:
                self._ask(f"阶段节点“{entry[:30]}”里没有日期，请补上。", "milestone", entry[:40])
            item.milestones += stones

    def _target(self, item: IssueDraft | MeasureDraft, text: str) -> None:
        try:
            quantity, unit, points = plan_form.target_of(text)
            item.target = Target(quantity, unit, tuple(points))
        except ValueError:
            ask = f"看不懂量化目标“{text[:30]}”，没有读入；应为数量、空格、单位，下面各行为日期、空格、计划数量。"
            self._ask(ask, "other", text[:40])

    def _day(self, text: str) -> dt.date | None:
        day = deadlines.parse(text).deadline.date
        if day is None and not _NOTHING.fullmatch(text):
            self._ask(f"看不懂完成日期“{text[:20]}”，请给出日期。", "state", text[:40])
        return day


def _text(cell: str) -> str:
    """A cell's text; a document marks the empty lines in it."""
    lines = cell.split("\n") if plan_form.BLANK in cell else [cell]
    bare = [line.replace(plan_form.BLANK, "") for line in lines]
    return "\n".join(line if own.strip() else own for line, own in zip(lines, bare, strict=True)).strip()


def _of(cells: dict[str, str], level: Level) -> dict[str, str]:
    return {heading: text for heading, text in cells.items() if text and BY_HEADING[heading].level == level}


def _units(text: str, role: Role) -> list[UnitDraft]:
    units: list[UnitDraft] = []
    for line in text.split("\n"):
        name = line.strip()
        if name.startswith("〖") and name.endswith("〗"):
            units.append(UnitDraft(unquoted(name), role))
        elif name:
            units += unit_names.split(name, role)
    return units


def _state(item: Facts) -> State | None:
    """The state where only the facts behind it were filled in, in the order of a ledger's columns."""
    if item.signed_off:
        return "signed_off"
    if item.completed_on or item.claims_completed:
        return "completed"
    if item.claims_on_schedule is not None:
        return "on_schedule" if item.claims_on_schedule else "behind"
    return None
