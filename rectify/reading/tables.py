"""Tables with header rows → issues: columns by meaning, merged cells, continuation rows, totals, notes, tick boxes.
Also forms drawn as label | value, which become lines for `text`, and tables whose cells were pasted one a line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from rectify.reading.labels import (
    Field,
    Label,
    classify,
    classify_column,
    classify_head,
    has_boxes,
    squeeze,
    state_of,
    yes_no,
)
from rectify.reading.raw import RawIssue, RawMeasure, RawPlan, Value
from rectify.reading.text import TITLE_WORDS, Line
from rectify.rules.deadlines import parse
from rectify.rules.numerals import normalise, order, to_int

_TOTAL: Final = re.compile(r"^(?:合计|总计|小计|共计|总数|合\s*计|总\s*计|小\s*计)")
_NOTE: Final = re.compile(
    r"^(?:注|备注|说明|填表说明|填报说明|填表人|填报人|制表|审核人|联系人|联系电话|单位负责人)\s*[:：1-9]|^注[:：]?"
)
_TAKEN: Final = {"difficulty": "存在困难", "measure": "整改措施", "goal": "整改目标", "remark": "备注"}
_ISSUE_LEVEL: Final = frozenset({"issue", "goal", "category", "source", "upper_number"})


@dataclass(slots=True)
class Cell:
    """A cell; `origin` is where its merged block begins, so that cells of one block are known as one."""

    text: str
    line: int
    origin: tuple[int, int]


@dataclass(slots=True)
class Grid:
    """Rows of equal length. `implied`: pasted text, where an empty cell is a merged one."""

    rows: list[list[Cell]]
    implied: bool = False
    name: str | None = None


@dataclass(slots=True)
class Column:
    label: Label
    printed: str


@dataclass(slots=True)
class TableReader:
    """Reads grids into a plan; remembers the last header for a table that goes on after a page break."""

    plan: RawPlan
    columns: list[Column | None] = field(default_factory=list)
    above: dict[int, Cell] = field(default_factory=dict)  # the last category of a column, for the rows below it
    parts: bool = False  # several sheets: each issue says which it stands in
    told: list[RawIssue] = field(default_factory=list)  # issues of the sheets before
    further: bool = False  # the last grid told more of them

    def read(self, grid: Grid, *, under_text: bool = False) -> list[Line] | None:
        """Adds the grid's issues to the plan. None: done. Lines: it is a form or a layout table, to be read as text.

        `under_text`: an issue may be told in the text above, so that a table of measures alone is that issue's.
        """
        blocks = self._blocks(grid.rows, under_text)
        if blocks:
            return blocks
        if self._further_list(grid):
            return None
        turned = _upright(grid.rows)
        if turned is not None:
            above, rows = turned
            self._above(above)
            grid = Grid(rows, name=grid.name)
        rows = grid.rows
        start = _header_row(rows)
        if start is None:
            if self.columns and rows and len(rows[0]) == len(self.columns) and not _is_form(rows):
                self._data(grid, 0, 0)
                return None
            return self._without_header(rows)
        self._above(rows[:start])
        end = _header_end(rows, start, grid.implied)
        columns = _columns(rows[start:end], rows[end:])
        if not any(c and c.label.field in ("issue", "measure", "measure_progress") for c in columns):
            return form_lines(rows)
        self.columns = columns
        self._say_how_taken(columns)
        self._data(grid, start, end)
        return None

    def _further_list(self, grid: Grid) -> bool:
        """任务清单, 责任清单 behind a 问题清单: a table without problems, whose numbers are exactly those of the issues told
        before, says more of these."""
        known = {issue.number: issue for issue in (self.told or self.plan.issues) if issue.number and issue.in_table}
        head = next((at for at, row in enumerate(grid.rows[:20]) if _further_header(row)), None)
        if head is None or len(known) < 2:
            return False
        end = _header_end(grid.rows, head, grid.implied)
        self.columns = _columns(grid.rows[head:end], grid.rows[end:])
        if self._column("measure") is None and (task := self._issue_column()) is not None:
            self.columns[task] = Column(Label("measure"), (self.columns[task] or Column(Label("measure"), "")).printed)
        number_at, measure_at = self._column("number"), self._column("measure")
        groups: dict[str, list[list[Cell]]] = {}
        number = ""
        for row in grid.rows[end:]:
            texts = [cell.text.strip() for cell in _filled(row)]
            if not texts or number_at is None or _TOTAL.match(squeeze(texts[0])) or _NOTE.match(texts[0]):
                continue
            number = normalise(row[number_at].text) if row[number_at].text.strip() else number
            groups.setdefault(number, []).append(row)
        if set(groups) != set(known):
            self.columns = []
            return False
        for number, rows in groups.items():
            self._tell_more(known[number], rows, measure_at)
        self.further = True
        return True

    def _tell_more(self, issue: RawIssue, rows: list[list[Cell]], measure_at: int | None) -> None:
        found = self._measures_of(rows, measure_at) if measure_at is not None else []
        for measure in found:
            measure.number = None  # the list's number is the issue's
        if len(found) > 1:
            issue.measures.extend(found)
        else:
            issue.measures.extend(RawMeasure(measure.text, measure.line) for measure in found)
            for at, column in enumerate(self.columns):
                if column is None or at == measure_at or column.label.field in ("number", "issue"):
                    continue
                for cell in _unique([row[at] for row in rows if row[at].text.strip()]):
                    issue.values.append(Value(column.label, cell.text.strip(), cell.line, column.printed))
        issue.one_row = len(issue.measures) <= 1

    def _say_how_taken(self, columns: list[Column | None]) -> None:
        """存在问题 and 整改任务 mean one thing in this table and another in that: how they were taken is asked."""
        issue = next((c.printed for c in columns if c and c.label.field == "issue"), None)
        for column in columns:
            taken = _TAKEN.get(column.label.field) if column else None
            label = classify(column.printed) if column else None
            if column and issue and taken and label and label.field == "issue":
                ask = f"表头“{issue}”按反馈问题读取，“{squeeze(column.printed)}”按{taken}读取，对吗？"
                self.plan.questions.append(("表头", ask))

    def _without_header(self, rows: list[list[Cell]]) -> list[Line] | None:
        """A form, or a table drawn only for the layout, is read as text; a wide one without labels is unread."""
        facts = _fact_lines(rows)
        if facts:
            return facts
        wide = sum(1 for row in rows if len([cell for cell in _distinct(row) if cell.text.strip()]) >= 3)
        if _is_form(rows) or wide * 2 <= len(rows):
            return form_lines(rows)
        for row in rows:
            texts = [cell.text.strip() for cell in _distinct(row) if cell.text.strip()]
            if texts:
                self.plan.unread.append((row[0].line, " ".join(texts)))
        return None

    def _blocks(self, rows: list[list[Cell]], under_text: bool) -> list[Line]:
        """Facts of an issue (label | value over the width) and below them its measures under a header of their own, as
        lines; [] where the table is not drawn so."""
        heads = [at for at, row in enumerate(rows[:500]) if _measure_header(row)]
        told = any(_fact_row(row, "issue") for row in rows[: heads[-1]]) if heads else False
        if not heads or not told and not (under_text and heads[0] == 0 and _header_row(rows[1:]) is None):
            return []
        lines: list[Line] = []
        at = 0
        while at < len(rows):
            if at not in heads:
                lines.extend(form_lines([rows[at]], form=True))
                at += 1
                continue
            end = at + _header_end(rows[at:], 0, False)
            stop = end
            while stop < len(rows) and stop not in heads and not _fact_row(rows[stop]):
                stop += 1
            data = [row for row in rows[end:stop] if any(cell.text.strip() for cell in row)]
            data = [row for row in data if not _TOTAL.match(squeeze(_filled(row)[0].text))]
            self.columns = _columns(rows[at:end], data)
            found = self._measures_of(data, self._measure_column())
            if found:
                lines.append(Line("", rows[at][0].line, Label("measure"), "", found))
            at = stop
        self.columns = []
        return lines

    def _above(self, rows: list[list[Cell]]) -> None:
        """Title rows, the office that reports, the cut-off: everything over the header."""
        texts: list[tuple[str, int]] = []
        for row in rows:
            for cell in _distinct(row):
                if cell.text.strip():
                    texts.append((cell.text.strip(), cell.line))
        self.plan.around.extend(texts)
        if self.plan.title is None:
            words: list[str] = []
            for text, _ in texts:
                if re.match(r"^附[件表]", text) and len(text) < 8 or re.match(r"^(?:填报|制表|单位|报送|填表)", text):
                    continue
                if re.match(r"^[（(]", text) or words and TITLE_WORDS.search(words[-1]) or len(text) > 90:
                    break
                words.append(text.replace("\n", ""))
            self.plan.title = "".join(words) or None

    # ------------------------------------------------------------ rows
    def _data(self, grid: Grid, head: int, start: int) -> None:
        rows = grid.rows
        header = {tuple(squeeze(cell.text) for cell in row) for row in rows[head:start]}
        group: list[list[Cell]] = []
        category: str | None = None
        issue_at = self._issue_column()
        for number in range(start, len(rows)):
            row = rows[number]
            texts = [cell.text.strip() for cell in row]
            filled = [text for text in texts if text]
            if not filled or tuple(squeeze(text) for text in texts) in header:
                continue
            first = filled[0]
            distinct = [cell for cell in _distinct(row) if cell.text.strip()]
            if _TOTAL.match(squeeze(first)):
                self.plan.totals.append(" ".join(self._total(row)))
                continue
            if _NOTE.match(first) and len(distinct) <= 2:
                self._finish(group, category, grid)
                group = []
                self.plan.unread.append((row[0].line, first))
                self.plan.around.append((first, row[0].line))
                continue
            if len(distinct) == 1 and len(row) > 2 and self._is_heading(row, distinct[0], first_of_issue=not group):
                self._finish(group, category, grid)
                group = []
                if len(first) <= 60 and not first.endswith("。"):
                    category = re.sub(r"^[（(]?[一二三四五六七八九十\d]+[)）]?[、.．]?\s*", "", first)
                    self.plan.around.append((first, row[0].line))
                else:
                    self.plan.unread.append((row[0].line, first))
                continue
            again = _header_row(rows[number : number + 1])
            if again is not None and number + 1 < len(rows) and len(filled) >= 3:
                self._finish(group, category, grid)
                rest = Grid(rows[number:], grid.implied, grid.name)
                end = _header_end(rest.rows, 0, grid.implied)
                self.columns = _columns(rest.rows[:end], rest.rows[end:])
                self._data(rest, 0, end)
                return
            if group and self._same_issue(group, row, issue_at):
                group.append(row)
                continue
            self._finish(group, category, grid)
            group = [row]
        self._finish(group, category, grid)

    def _total(self, row: list[Cell]) -> list[str]:
        """A total row's texts; a bare number under the issues or the measures counts these."""
        units = {"issue": "个问题", "measure": "条措施"}
        texts: list[str] = []
        for at, cell in enumerate(row):
            text, column = cell.text.strip(), self.columns[at]
            unit = units.get(column.label.field) if column and text.isdigit() else None
            texts.append(text + unit if unit else text)
        return list(dict.fromkeys(text for text in texts if text))

    def _is_heading(self, row: list[Cell], only: Cell, *, first_of_issue: bool) -> bool:
        """A row of one text across the table, or words where numbers stand."""
        if _spans(row, only):
            return True
        label = self.columns[0].label.field if self.columns[0] else None
        if not row[0].text.strip() or label not in ("number", None) and not first_of_issue:
            return False
        return to_int(normalise(only.text)) is None and bool(re.search(r"[\u4e00-\u9fff]{2}$", only.text.strip()))

    def _issue_column(self) -> int | None:
        found = [(c.label.level, at) for at, c in enumerate(self.columns) if c and c.label.field == "issue"]
        return max(found)[1] if found else None

    def _column(self, name: str) -> int | None:
        return next((at for at, c in enumerate(self.columns) if c and c.label.field == name), None)

    def _same_issue(self, group: list[list[Cell]], row: list[Cell], issue_at: int | None) -> bool:
        last = group[-1]
        number_at = self._column("number")
        if issue_at is None:
            return False
        here, there = row[issue_at], last[issue_at]
        if here.origin == there.origin:
            return True
        if not here.text.strip():
            if number_at is not None and row[number_at].text.strip() and here.origin != there.origin:
                # A row with a number of its own but no text: a sub-number goes on, a new number is a new issue.
                own, before = order(normalise(row[number_at].text)), order(normalise(last[number_at].text))
                return (
                    len(own) > 1
                    or row[number_at].origin == last[number_at].origin
                    or not before
                    or _has_measure(self.columns, row)
                )
            return True
        if here.text.strip() == group[0][issue_at].text.strip():
            if number_at is None:
                return True
            own, before = order(normalise(row[number_at].text)), order(normalise(last[number_at].text))
            return own == before or not own or len(own) > 1 and own[:1] == before[:1]
        return False

    def _finish(self, group: list[list[Cell]], category: str | None, grid: Grid) -> None:
        if not group:
            return
        issue_at, measure_at = self._issue_column(), self._measure_column()
        if issue_at is None:
            self._measure_row(group, category, grid, measure_at)
            return
        text = next((row[issue_at].text.strip() for row in group if row[issue_at].text.strip()), "")
        issue = RawIssue(text, group[0][0].line, categories=[category] if category else [])
        issue.part = grid.name if self.parts else None
        issue.in_table = True
        issue.is_target = "目标" in squeeze((self.columns[issue_at] or Column(Label("issue"), "")).printed)
        self._number(issue, group)
        measures = self._rows_of(group, measure_at)
        issue.one_row = len(measures) <= 1
        for at, column in enumerate(self.columns):
            if column is None or at in (issue_at, measure_at) or column.label.field in ("number", "measure_number"):
                continue
            self._cells(issue, measures, group, at, column, grid.implied)
        issue.measures = [measure for measure, _ in measures if measure.text or measure.values]
        if not text and not issue.measures:
            self.plan.unread.append((issue.line, " ".join(cell.text.strip() for cell in group[0] if cell.text.strip())))
            return
        self.plan.issues.append(issue)

    def _measure_column(self) -> int | None:
        found = self._column("measure")
        return found if found is not None else self._column("measure_progress")

    def _measure_row(self, group: list[list[Cell]], category: str | None, grid: Grid, measure_at: int | None) -> None:
        """A ledger of measures without issues: the heading row, or the title, is what they answer."""
        name = category or self.plan.title or ""
        last = self.plan.issues[-1] if self.plan.issues else None
        if last is None or last.text != name or last.part != (grid.name if self.parts else None):
            last = RawIssue(name, group[0][0].line, part=grid.name if self.parts else None)
            self.plan.issues.append(last)
        last.measures.extend(self._measures_of(group, measure_at))

    def _measures_of(self, rows: list[list[Cell]], measure_at: int | None) -> list[RawMeasure]:
        """One measure per row that has a text, with the row's other cells as its values."""
        number_at = self._column("number")
        measures: list[RawMeasure] = []
        for row in rows:
            text = row[measure_at].text.strip() if measure_at is not None else ""
            if not text:
                self.plan.unread.append((row[0].line, " ".join(cell.text.strip() for cell in row if cell.text.strip())))
                continue
            measure = RawMeasure(
                text,
                row[0].line,
                normalise(row[number_at].text) if number_at is not None and row[number_at].text.strip() else None,
            )
            for at, column in enumerate(self.columns):
                if column and at != measure_at and column.label.field != "number" and row[at].text.strip():
                    measure.values.append(Value(column.label, row[at].text.strip(), row[at].line, column.printed))
            measures.append(measure)
        return measures

    def _rows_of(self, group: list[list[Cell]], measure_at: int | None) -> list[tuple[RawMeasure, list[int]]]:
        """One measure per row; rows under one merged measure cell are one."""
        measures: list[tuple[RawMeasure, list[int]]] = []
        number_at, own_at = self._column("number"), self._column("measure_number")
        origin: tuple[int, int] | None = None
        numbers = {
            normalise(row[number_at].text) for row in group if number_at is not None and row[number_at].text.strip()
        }
        if measure_at is None:
            return []
        for at, row in enumerate(group):
            cell = row[measure_at]
            if measures and cell.origin == origin or measures and not cell.text.strip():
                measures[-1][1].append(at)
                continue
            origin = cell.origin
            number = None
            if own_at is not None and row[own_at].text.strip():
                number = normalise(row[own_at].text)
            elif len(numbers) > 1 and number_at is not None and row[number_at].text.strip():
                number = normalise(row[number_at].text)
            measures.append((RawMeasure(cell.text.strip(), cell.line, number), [at]))
        return measures

    def _number(self, issue: RawIssue, group: list[list[Cell]]) -> None:
        at = self._column("number")
        if at is None:
            return
        printed = list(dict.fromkeys(row[at].text.strip() for row in group if row[at].text.strip()))
        if not printed:
            return
        numbers = [normalise(text) for text in printed]
        if len(numbers) == 1:
            issue.number = numbers[0]
            return
        heads = {re.split(r"[-.]", number)[0] for number in numbers}
        issue.number = heads.pop() if len(heads) == 1 else None

    def _cells(
        self,
        issue: RawIssue,
        measures: list[tuple[RawMeasure, list[int]]],
        group: list[list[Cell]],
        at: int,
        column: Column,
        implied: bool,
    ) -> None:
        """A column's cells: on the issue where one cell covers all its rows, else on the measures of the rows."""
        cells = [row[at] for row in group]
        field_name = column.label.field
        filled = [cell for cell in cells if cell.text.strip()]
        if field_name in ("issue", "category"):
            if filled:
                self.above[at] = filled[-1]
            elif at in self.above and (field_name == "issue" or len(self.above[at].text) <= 40):
                filled = [self.above[at]]
        if not filled:
            return
        one_block = len({cell.origin for cell in cells}) == 1
        continued = (
            len(filled) == 1
            and cells[0].text.strip()
            and (implied or field_name == "unit" and _unmerged(group, self._issue_column()))
        )
        whole = (
            one_block
            or len(measures) <= 1
            or field_name in _ISSUE_LEVEL
            or (continued and field_name in ("unit", "deadline", "original_deadline"))
        )
        if whole:
            label = Label("category") if field_name == "issue" else column.label
            for cell in _unique(filled):
                issue.values.append(Value(label, cell.text.strip(), cell.line, column.printed))
            return
        last: Cell | None = None
        spread = implied and field_name in ("unit", "deadline", "original_deadline")
        for measure, rows in measures:
            for cell in _unique([cells[row] for row in rows]):
                if not cell.text.strip() and spread and last is not None:
                    cell = last
                if cell.text.strip():
                    measure.values.append(Value(column.label, cell.text.strip(), cell.line, column.printed))
                    last = cell


def _unmerged(group: list[list[Cell]], issue_at: int | None) -> bool:
    return issue_at is not None and len(group) > 1 and all(not row[issue_at].text.strip() for row in group[1:])


def _has_measure(columns: list[Column | None], row: list[Cell]) -> bool:
    return any(c and c.label.field == "measure" and row[at].text.strip() for at, c in enumerate(columns))


def _unique(cells: list[Cell]) -> list[Cell]:
    kept: dict[tuple[int, int], Cell] = {}
    for cell in cells:
        kept.setdefault(cell.origin, cell)
    return list(kept.values())


def _distinct(row: list[Cell]) -> list[Cell]:
    return _unique(row)


def _spans(row: list[Cell], cell: Cell) -> bool:
    return sum(1 for other in row if other.origin == cell.origin) >= max(2, len(row) - 1)


def _upright(rows: list[list[Cell]]) -> tuple[list[list[Cell]], list[list[Cell]]] | None:
    """A table whose field names stand in its first column, one issue a column: the rows above it, and the table turned
    so that the names stand on top. None: it stands upright already."""
    start = next((at for at, row in enumerate(rows) if row and classify_head(row[0].text)), None)
    if start is None:
        return None
    if start and all(len(cell.text) <= 8 and order(normalise(cell.text)) for cell in rows[start - 1][1:]):
        start -= 1  # 项目 | 问题一 | 问题二
        rows = [*rows[:start], [replace(rows[start][0], text="序号"), *rows[start][1:]], *rows[start + 1 :]]
    table = rows[start:]
    wide = [row for row in table if len([cell for cell in _distinct(row) if cell.text.strip()]) >= 3]
    fields = {label.field for row in wide if (label := classify_head(row[0].text))}
    if len(wide) < 3 or len(wide) < len(table) * 0.7 or "issue" not in fields or len(fields) < len(wide) * 0.6:
        return None
    values = (cell for row in wide if row is not table[0] for cell in row[1:] if cell.origin != row[0].origin)
    if any(_is_label(cell.text) for cell in values):
        return None
    return rows[:start], [[row[at] for row in table] for at in range(len(rows[0]))]


# ---------------------------------------------------------------- headers
def _labels_of(row: list[Cell]) -> tuple[list[Label], int]:
    cells = [cell for cell in _distinct(row) if cell.text.strip()]
    labels = [label for cell in cells if len(cell.text) <= 40 and (label := classify_head(cell.text))]
    return labels, len(cells)


def _filled(row: list[Cell]) -> list[Cell]:
    return [cell for cell in _distinct(row) if cell.text.strip()]


def _measure_header(row: list[Cell]) -> bool:
    """A row of labels with a measure and no issue among them."""
    labels, filled = _labels_of(row)
    fields = {label.field for label in labels}
    return len(fields) >= 2 and len(labels) == filled and "measure" in fields and "issue" not in fields


def _further_header(row: list[Cell]) -> bool:
    """A row of labels with a number and facts, but no problem: the head of a list that goes with a list of problems."""
    labels, filled = _labels_of(row)
    fields = {label.field for label in labels}
    problems = any(
        "问题" in cell.text for cell in _filled(row) if (found := classify_head(cell.text)) and found.field == "issue"
    )
    facts = fields & {"measure", "unit", "deadline", "completion", "goal", "issue"}
    return len(labels) == filled and len(fields) >= 2 and "number" in fields and bool(facts) and not problems


def _fact_row(row: list[Cell], name: str | None = None) -> bool:
    """label | value, the value over the rest of the width."""
    cells = _filled(row)
    if len(cells) not in (2, 4) or not _is_label(cells[0].text) or _is_label(cells[1].text):
        return False
    if len(cells) == 4 and not _is_label(cells[2].text):
        return False
    label = classify(cells[0].text)
    return name is None or label is not None and label.field == name


def _header_row(rows: list[list[Cell]]) -> int | None:
    """The first row that is made of labels, with an issue or a measure among them."""
    for at, row in enumerate(rows[:60]):
        labels, filled = _labels_of(row)
        fields = {label.field for label in labels}
        if len(labels) < 2 or len(fields) < 2 or len(labels) < filled * 0.6:
            continue
        if not fields & {"issue", "measure", "measure_progress"} and not ("group" in fields and at + 1 < len(rows)):
            continue
        if len(_distinct(row)) >= 3 or len(rows) > at + 1 and not _is_form(rows[at:]):
            return at
    return None


def _header_end(rows: list[list[Cell]], start: int, implied: bool) -> int:
    end = start + 1
    while end < len(rows) and end - start < 4:
        above, row = rows[end - 1], rows[end]
        new = [cell for cell, over in zip(row, above, strict=True) if cell.origin != over.origin and cell.text.strip()]
        new = _unique(new)
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
        cell.origin[0] == rows[start][column].origin[0] and cell is rows[start][column] and _is_label(cell.text)
        for column, cell in enumerate(rows[at])
    )


_HINT: Final = re.compile(r"[（(][^（()）]{1,20}[）)]")  # （在相应栏打√）
_CHILDREN: Final = re.compile(
    r"姓名|职务|单位|名称|市级|县级|省级|一级|二级|三级|原|现|调整后|牵头|配合|责任|主办|协办|电话|√|打√"
)


def _child(text: str) -> bool:
    return bool(_CHILDREN.fullmatch(squeeze(text)) or _HINT.fullmatch(squeeze(text)))


def _columns(header: list[list[Cell]], data: list[list[Cell]]) -> list[Column | None]:
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


# ---------------------------------------------------------------- forms
def _is_form(rows: list[list[Cell]]) -> bool:
    """label | value, one or two pairs a row."""
    pairs = 0
    filled = 0
    for row in rows:
        cells = [cell for cell in _distinct(row) if cell.text.strip()]
        if not cells:
            continue
        filled += 1
        first = classify(cells[0].text)
        if first and (
            len(cells) == 1 or classify(cells[1].text) is None or len(cells) == 4 and classify(cells[2].text)
        ):
            pairs += 1
    return pairs >= 2 and pairs >= filled * 0.4


def _fact_lines(rows: list[list[Cell]]) -> list[Line]:
    """责任领导 | 责任部门 | 完成时限 over one row of values: facts of the issue that the text around the table tells."""
    filled = [row for row in rows if any(cell.text.strip() for cell in row)]
    if len(filled) != 2 or len(_distinct(filled[0])) < 2:
        return []
    labels = [classify(cell.text) if len(cell.text) <= 40 else None for cell in filled[0]]
    if any(label is None or label.state is not None for label in labels):
        return []
    if not any(label and label.field in ("unit", "deadline", "completion") for label in labels):
        return []
    if sum(1 for cell in _distinct(filled[1]) if _is_label(cell.text)) > 1:
        return []
    pairs = zip(_distinct(filled[0]), filled[1], strict=False) if len(_distinct(filled[0])) == len(filled[1]) else []
    return [
        Line(value.text.strip(), value.line, label, head.text.strip())
        for head, value in pairs
        if value.text.strip() and (label := classify(head.text)) is not None
    ]


def _is_label(text: str) -> bool:
    """A label and not a value that happens to be a status word (已完成整改)."""
    label = classify(text) if len(text) <= 40 else None
    return label is not None and label.state is None and len(squeeze(text)) > 2 and not text.strip().endswith("。")


def form_lines(rows: list[list[Cell]], *, form: bool | None = None) -> list[Line]:
    """A form's rows as labelled lines; any other row as plain lines, cell by cell."""
    lines: list[Line] = []
    seen: set[tuple[int, int]] = set()
    form = _is_form(rows) if form is None else form
    for row in rows:
        cells = [cell for cell in _distinct(row) if cell.text.strip() and cell.origin not in seen]
        seen.update(cell.origin for cell in cells)
        at = 0
        while at < len(cells):
            cell = cells[at]
            label = classify(cell.text) if len(cell.text) <= 40 else None
            after = cells[at + 1] if at + 1 < len(cells) else None
            if form and label and after is not None and not _is_label(after.text):
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


# ---------------------------------------------------------------- pasted cells, one a line
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
