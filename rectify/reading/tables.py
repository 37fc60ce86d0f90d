"""Tables with header rows → issues: rows by kind, merged cells, continuation rows, totals, notes, tick boxes.
What a column holds is `columns`; forms drawn as label | value are `pairs`."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Final

from rectify.reading.columns import (
    MARKS,
    Column,
    columns_by_content,
    columns_of,
    further_header,
    header_end,
    header_row,
    measure_header,
    repeated_at,
    upright,
)
from rectify.reading.grid import Cell, Grid, filled, spans, unique
from rectify.reading.labels import Label, classify, classify_head, squeeze
from rectify.reading.lines import inner_values
from rectify.reading.pairs import fact_lines, fact_row, form_lines, forms_of, is_form, without_groups
from rectify.reading.raw import Line, RawIssue, RawMeasure, RawPlan, Value
from rectify.reading.text import TITLE_WORDS
from rectify.rules.numerals import marker, normalise, order, to_int

_TOTAL: Final = re.compile(r"^(?:合计|总计|小计|共计|总数|合\s*计|总\s*计|小\s*计)")
_NOTE: Final = re.compile(
    r"^(?:注|备注|说明|填表说明|填报说明|填表人|填报人|制表|审核人|联系人|联系电话|单位负责人)\s*[:：1-9]|^注[:：]?"
)
_TAKEN: Final = {"difficulty": "存在困难", "measure": "整改措施", "goal": "整改目标", "remark": "备注"}
_GUESSED: Final = {
    "issue": "反馈问题", "measure": "整改措施", "goal": "整改目标", "unit": "责任单位", "deadline": "整改时限",
    "state": "整改状态",
}  # fmt: skip
_ISSUE_LEVEL: Final = frozenset({"issue", "goal", "category", "source", "upper_number"})


def is_note(text: str) -> bool:
    """A line that explains or signs the table (备注：…, 填报人：…), not one of its rows."""
    return _NOTE.match(text) is not None


@dataclass(slots=True)
class TableReader:
    """Reads grids into a plan; remembers the last header for a table that goes on after a page break."""

    plan: RawPlan
    columns: list[Column | None] = field(default_factory=list)
    above: dict[int, Cell] = field(default_factory=dict)  # the last category of a column, for the rows below it
    parts: bool = False  # several sheets: each issue says which it stands in
    told: list[RawIssue] = field(default_factory=list)  # issues of the sheets before
    further: bool = False  # the last grid told more of them
    begun: int = 0  # issues of the plan when the last grid began
    section: list[Value] = field(default_factory=list)  # facts over the width, of the issues below them

    def read(self, grid: Grid, *, under_text: bool = False) -> list[Line] | None:
        """Adds the grid's issues to the plan. None: done. Lines: it is a form or a layout table, to be read as text.

        `under_text`: an issue may be told in the text above, so that a table of measures alone is that issue's.
        """
        self.begun, self.section = len(self.plan.issues), []
        grid = replace(grid, rows=without_groups(grid.rows))
        blocks = self._blocks(grid.rows, under_text)
        if blocks:
            return blocks
        if self._forms(grid):
            return None
        if self._further_list(grid):
            return None
        turned = upright(grid.rows)
        if turned is not None:
            above, rows = turned
            self._above(above)
            grid = Grid(rows, name=grid.name)
        rows = grid.rows
        start = header_row(rows)
        if start is None:
            if self.columns and rows and len(rows[0]) == len(self.columns) and not is_form(rows):
                self._data(grid, 0, 0)
                return None
            return self._without_header(rows)
        again = repeated_at(rows[start])
        if again:
            grid = Grid(_below_each_other(rows, start, again), grid.implied, grid.name)
            rows = grid.rows
        self._above(rows[:start])
        end = header_end(rows, start, grid.implied)
        columns = columns_of(rows[start:end], rows[end:])
        if not any(c and c.label.field in ("issue", "measure", "measure_progress") for c in columns):
            return form_lines(rows)
        self.columns, self.above = columns, {}
        self._say_how_taken(columns)
        self._data(grid, start, end)
        return None

    def _forms(self, grid: Grid) -> bool:
        """Forms beside each other, each of one issue: read one by one, row of forms by row of forms."""
        found = forms_of(grid.rows)
        if found is None:
            return False
        forms, rest = found
        for form in forms:
            issue = RawIssue("", form[0].line, values=form, in_table=True)
            issue.part = grid.name if self.parts else None
            self.plan.issues.append(issue)
        self._above([row for row in grid.rows if row[0].line < forms[0][0].line])
        self.plan.unread.extend(rest)
        return True

    def _further_list(self, grid: Grid) -> bool:
        """任务清单, 责任清单 behind a 问题清单: a table without problems, whose numbers are exactly those of the issues told
        before, says more of these."""
        known = {issue.number: issue for issue in (self.told or self.plan.issues) if issue.number and issue.in_table}
        head = next((at for at, row in enumerate(grid.rows[:20]) if further_header(row)), None)
        if head is None or len(known) < 2:
            return False
        end = header_end(grid.rows, head, grid.implied)
        self.columns = columns_of(grid.rows[head:end], grid.rows[end:])
        if self._column("measure") is None and (task := self._issue_column()) is not None:
            self.columns[task] = Column(Label("measure"), (self.columns[task] or Column(Label("measure"), "")).printed)
        self._days_of_completion(known.values())
        number_at, measure_at = self._reference(), self._column("measure")
        groups: dict[str, list[list[Cell]]] = {}
        number = ""
        for row in grid.rows[end:]:
            texts = [cell.text for cell in filled(row)]
            if not texts or number_at is None or _TOTAL.match(squeeze(texts[0])) or is_note(texts[0]):
                continue
            number = normalise(row[number_at].text) if row[number_at].text else number
            groups.setdefault(number, []).append(row)
        refers = number_at is not None and "问题" in (self.columns[number_at] or Column(Label("number"), "")).printed
        if set(groups) != set(known) and not (refers and set(groups) <= set(known)):
            self.columns = []
            return False
        self.above = {}
        for number, rows in groups.items():
            self._tell_more(known[number], rows, measure_at, grid.implied)
        self.further = True
        return True

    def _days_of_completion(self, issues: Collection[RawIssue]) -> None:
        """销号时间, 上报时间 beside issues whose time limits were told before are days on which something was done."""
        told = [value for issue in issues for value in issue.values]
        told += [value for issue in issues for measure in issue.measures for value in measure.values]
        if not any(value.label.field == "deadline" for value in told):
            return
        for at, column in enumerate(self.columns):
            if column and column.label.field == "deadline":
                own = classify(column.printed.rsplit("/", 1)[-1])
                if own is None or own.field != "deadline":
                    self.columns[at] = Column(Label("completed_on"), column.printed)

    def _reference(self) -> int | None:
        """The column of the issues' numbers: 问题序号 rather than 任务编号."""
        found = [at for at, c in enumerate(self.columns) if c and c.label.field == "number"]
        return next(
            (at for at in found if "问题" in (self.columns[at] or Column(Label("number"), "")).printed),
            next(iter(found), None),
        )

    def _tell_more(self, issue: RawIssue, rows: list[list[Cell]], measure_at: int | None, implied: bool) -> None:
        measures = self._rows_of(rows, measure_at)
        for at, column in enumerate(self.columns):
            if column and at != measure_at and column.label.field not in ("number", "issue", "measure_number"):
                self._cells(issue, measures, rows, at, column, implied)
        for measure, _ in measures:
            measure.number = None  # the list's number is the issue's
        issue.measures.extend(measure for measure, _ in measures)
        issue.one_row = len(issue.measures) <= 1

    def _say_how_taken(self, columns: list[Column | None]) -> None:
        """存在问题 and 整改任务 mean one thing in this table and another in that: how they were taken is asked."""
        issue = next((c.printed for c in columns if c and c.label.field == "issue"), None)
        asked: set[str] = set()
        for column in columns:
            taken = _TAKEN.get(column.label.field) if column else None
            label = classify(column.printed) if column else None
            if column and column.marks and "marks" not in asked:
                asked.add("marks")
                ask = "表中以符号标出单位，实心的（●）按牵头单位、空心的（○）按配合单位、√按责任单位读取，对吗？"
                self.plan.questions.append(("表头", ask))
            if column and column.guessed:
                what = _GUESSED[column.label.field]
                ask = f"看不懂表头“{squeeze(column.printed)}”，按其内容作为{what}读取，对吗？"
                self.plan.questions.append(("表头", ask))
            if column and issue and taken and label and label.field == "issue":
                ask = f"表头“{issue}”按反馈问题读取，“{squeeze(column.printed)}”按{taken}读取，对吗？"
                self.plan.questions.append(("表头", ask))

    def _without_header(self, rows: list[list[Cell]]) -> list[Line] | None:
        """A form, or a table drawn only for the layout, is read as text; a wide one without labels is unread."""
        facts = fact_lines(rows)
        if facts:
            return facts
        wide = sum(1 for row in rows if len(filled(row)) >= 3)
        columns = columns_by_content(rows) if not is_form(rows) and wide * 2 > len(rows) else None
        if columns is not None:
            self.columns, self.above = columns, {}
            names = [
                f"第{at}列作为{_GUESSED[c.label.field]}"
                for at, c in enumerate(columns, 1)
                if c and c.label.field in _GUESSED
            ]
            self.plan.questions.append(("表头", f"表格没有表头，按内容把{'、'.join(names)}读取，对吗？"))
            self._data(Grid(rows), 0, 0)
            return None
        if is_form(rows) or wide * 2 <= len(rows):
            return form_lines(rows)
        for row in rows:
            texts = [cell.text for cell in unique(row) if cell.text]
            if texts:
                self.plan.unread.append((row[0].line, " ".join(texts)))
        return None

    def _blocks(self, rows: list[list[Cell]], under_text: bool) -> list[Line]:
        """Facts of an issue (label | value over the width) and below them its measures under a header of their own, as
        lines; [] where the table is not drawn so."""
        heads = [at for at, row in enumerate(rows[:500]) if measure_header(row)]
        told = any(fact_row(row, "issue") for row in rows[: heads[-1]]) if heads else False
        if not heads or not told and not (under_text and heads[0] == 0 and header_row(rows[1:]) is None):
            return []
        lines: list[Line] = []
        at = 0
        while at < len(rows):
            if at not in heads:
                lines.extend(form_lines([rows[at]], form=True))
                at += 1
                continue
            end = at + header_end(rows[at:], 0, False)
            stop = end
            while stop < len(rows) and stop not in heads and not fact_row(rows[stop]):
                stop += 1
            data = [row for row in rows[end:stop] if any(cell.text for cell in row)]
            data = [row for row in data if not _TOTAL.match(squeeze(filled(row)[0].text))]
            self.columns = columns_of(rows[at:end], data)
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
            for cell in unique(row):
                if cell.text:
                    texts.append((cell.text, cell.line))
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
        begins = {next((text for text in texts if text), "") for texts in header}
        group: list[list[Cell]] = []
        category: str | None = None
        issue_at = self._issue_column()
        for number in range(start, len(rows)):
            row = rows[number]
            distinct = filled(row)
            if not distinct:
                continue
            first, opening = distinct[0].text, squeeze(distinct[0].text)
            if opening in begins and tuple(squeeze(cell.text) for cell in row) in header:
                continue
            if _TOTAL.match(opening):
                self.plan.totals.append(" ".join(self._total(row)))
                continue
            if is_note(first) and len(distinct) <= 2:
                self._finish(group, category, grid)
                group = []
                self.plan.unread.append((row[0].line, first))
                self.plan.around.append((first, row[0].line))
                continue
            if len(distinct) == 1 and len(row) > 2 and self._is_heading(row, distinct[0], first_of_issue=not group):
                self._finish(group, category, grid)
                group = []
                if self._band(distinct[0], grid, number, category):
                    continue
                if len(first) <= 60 and not first.endswith("。"):
                    category = re.sub(r"^[（(]?[一二三四五六七八九十\d]+[)）]?[、.．]?\s*", "", first)
                    self.plan.around.append((first, row[0].line))
                else:
                    self.plan.unread.append((row[0].line, first))
                continue
            if number + 1 < len(rows) and sum(map(_is_head, distinct)) >= 2 and self._begins_again(row):
                self._finish(group, category, grid)
                rest = Grid(rows[number:], grid.implied, grid.name)
                end = header_end(rest.rows, 0, grid.implied)
                self.columns = columns_of(rest.rows[:end], rest.rows[end:])
                self._data(rest, 0, end)
                return
            if group and self._same_issue(group, row, issue_at):
                group.append(row)
                continue
            self._finish(group, category, grid)
            group = [row]
        self._finish(group, category, grid)

    def _begins_again(self, row: list[Cell]) -> bool:
        """Whether a row among the data is a header: another table, or the same one over a page."""
        return sum(1 for cell in row if cell.text) >= 3 and header_row([row]) is not None

    def _band(self, cell: Cell, grid: Grid, at: int, category: str | None) -> bool:
        """A text over the width that is more than a heading: facts of the issue above it (责任领导：…), or, in a table
        without a column of issues, the issue whose measures are the rows below."""
        text = cell.text
        facts = inner_values(text, cell.line)
        first = len(self.plan.issues) == self.begun
        named = facts is not None and facts[0].label.field == "issue"
        if facts and not named:
            if first or self.section:
                self.section = facts  # of all the issues below it, up to the next
            elif self.plan.issues:
                self.plan.issues[-1].values.extend(facts)
            return True
        under = next((cells for below in range(at + 1, len(grid.rows)) if (cells := filled(grid.rows[below]))), None)
        deeper = under is not None and len(under) == 1 and inner_values(under[0].text, 0) is None
        if self._issue_column() is not None or deeper or under is None:
            return False
        issue = RawIssue("" if named else text, cell.line, categories=[category] if category else [])
        issue.values.extend(facts or [])
        issue.number = facts[0].label.number if facts else None
        issue.part = grid.name if self.parts else None
        issue.in_table = issue.banded = True
        self.plan.issues.append(issue)
        return True

    def _total(self, row: list[Cell]) -> list[str]:
        """A total row's texts; a bare number under the issues or the measures counts these."""
        units = {"issue": "个问题", "measure": "条措施"}
        texts: list[str] = []
        for at, cell in enumerate(row):
            text, column = cell.text, self.columns[at]
            unit = units.get(column.label.field) if column and text.isdigit() else None
            texts.append(text + unit if unit else text)
        return list(dict.fromkeys(text for text in texts if text))

    def _is_heading(self, row: list[Cell], only: Cell, *, first_of_issue: bool) -> bool:
        """A row of one text across the table, or words where numbers stand."""
        if spans(row, only):
            return True
        label = self.columns[0].label.field if self.columns[0] else None
        words = only.text
        section = len(words) <= 30 and marker(words) is not None and not words.endswith("。")  # 二、作风建设方面
        if not row[0].text or label not in ("number", None) and not (first_of_issue or section):
            return False
        if self._issue_column() is None and row[0] is only and len(words) >= 8:
            return True  # the issue of the measures below, in pasted text
        return to_int(normalise(words)) is None and bool(re.search(r"[\u4e00-\u9fff]{2}$", words))

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
        if not here.text:
            if number_at is not None and row[number_at].text and here.origin != there.origin:
                # A row with a number of its own but no text: a sub-number goes on, a new number is a new issue.
                own, before = order(normalise(row[number_at].text)), order(normalise(last[number_at].text))
                return (
                    len(own) > 1
                    or row[number_at].origin == last[number_at].origin
                    or not before
                    or _has_measure(self.columns, row)
                )
            return True
        if here.text == group[0][issue_at].text:
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
        text = next((row[issue_at].text for row in group if row[issue_at].text), "")
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
        issue.values.extend(self.section)
        issue.measures = [measure for measure, _ in measures if measure.text or measure.values]
        if not text and not issue.measures:
            self.plan.unread.append((issue.line, " ".join(cell.text for cell in group[0] if cell.text)))
            return
        self.plan.issues.append(issue)

    def _measure_column(self) -> int | None:
        found = self._column("measure")
        return found if found is not None else self._column("measure_progress")

    def _measure_row(self, group: list[list[Cell]], category: str | None, grid: Grid, measure_at: int | None) -> None:
        """A ledger of measures without issues: the heading row, or the title, is what they answer."""
        name = category or self.plan.title or ""
        last = self.plan.issues[-1] if self.plan.issues else None
        if last is not None and last.banded and last.part == (grid.name if self.parts else None):
            last.measures.extend(self._measures_of(group, measure_at))
            return
        if last is None or last.text != name or last.part != (grid.name if self.parts else None):
            last = RawIssue(name, group[0][0].line, part=grid.name if self.parts else None)
            self.plan.issues.append(last)
        last.measures.extend(self._measures_of(group, measure_at))

    def _measures_of(self, rows: list[list[Cell]], measure_at: int | None) -> list[RawMeasure]:
        """One measure per row that has a text, with the row's other cells as its values."""
        number_at = self._column("number")
        measures: list[RawMeasure] = []
        for row in rows:
            text = row[measure_at].text if measure_at is not None else ""
            if not text:
                self.plan.unread.append((row[0].line, " ".join(cell.text for cell in row if cell.text)))
                continue
            measure = RawMeasure(
                text,
                row[0].line,
                normalise(row[number_at].text) if number_at is not None and row[number_at].text else None,
            )
            for at, column in enumerate(self.columns):
                if column and at != measure_at and column.label.field != "number" and row[at].text:
                    measure.values.append(_value(column, row[at]))
            measures.append(measure)
        return measures

    def _rows_of(self, group: list[list[Cell]], measure_at: int | None) -> list[tuple[RawMeasure, list[int]]]:
        """One measure per row; rows under one merged measure cell are one."""
        measures: list[tuple[RawMeasure, list[int]]] = []
        number_at, own_at = self._column("number"), self._column("measure_number")
        origin: tuple[int, int] | None = None
        numbers = {normalise(row[number_at].text) for row in group if number_at is not None and row[number_at].text}
        if measure_at is None:
            return []
        for at, row in enumerate(group):
            cell = row[measure_at]
            if measures and cell.origin == origin or measures and not cell.text:
                measures[-1][1].append(at)
                continue
            origin = cell.origin
            number = None
            if own_at is not None and row[own_at].text:
                number = normalise(row[own_at].text)
            elif len(numbers) > 1 and number_at is not None and row[number_at].text:
                number = normalise(row[number_at].text)
            measures.append((RawMeasure(cell.text, cell.line, number), [at]))
        return measures

    def _number(self, issue: RawIssue, group: list[list[Cell]]) -> None:
        at = self._column("number")
        if at is None:
            return
        printed = list(dict.fromkeys(row[at].text for row in group if row[at].text))
        if not printed:
            return
        numbers = [normalise(text) for text in printed]
        if len(numbers) == 1:
            issue.number = numbers[0]
            return
        heads = {re.split(r"[-.]", number)[0] for number in numbers}
        issue.number = heads.pop() if len(heads) == 1 else None

    def _told_in_each(self, group: list[list[Cell]]) -> bool:
        """Whether every row tells the issue again."""
        at = self._issue_column()
        return at is not None and len(group) > 1 and all(row[at].text for row in group)

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
        if implied and self._told_in_each(group):
            implied = False  # nothing was merged, an empty cell is empty
        field_name = column.label.field
        filled = [cell for cell in cells if cell.text]
        if field_name in ("issue", "category"):
            if filled:
                self.above[at] = filled[-1]
            elif at in self.above and (field_name == "issue" or len(self.above[at].text) <= 40):
                filled = [self.above[at]]
        if not filled:
            return
        block = cells[0].origin
        one_block = cells[-1].origin == block and all(cell.origin == block for cell in cells)
        continued = (
            len(filled) == 1
            and cells[0].text
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
            for cell in unique(filled):
                issue.values.append(_value(column, cell, label))
            return
        last: Cell | None = None
        spread = implied and field_name in ("unit", "deadline", "original_deadline")
        for measure, rows in measures:
            for cell in unique([cells[row] for row in rows]) if len(rows) > 1 else (cells[rows[0]],):
                if not cell.text and spread and last is not None:
                    cell = last
                if cell.text:
                    measure.values.append(_value(column, cell))
                    last = cell


def _is_head(cell: Cell) -> bool:
    return len(cell.text) <= 40 and classify_head(cell.text) is not None


def _value(column: Column, cell: Cell, label: Label | None = None) -> Value:
    """A cell under its column's label; a mark under the name of a unit is that unit in the mark's role."""
    text = cell.text
    if column.marks and text in MARKS:
        return Value(Label("unit", MARKS[text]), column.printed, cell.line, column.printed)
    return Value(label or column.label, text, cell.line, column.printed)


def _below_each_other(rows: list[list[Cell]], start: int, width: int) -> list[list[Cell]]:
    """A table drawn in halves beside each other, put below each other under one header."""
    parts = [rows[start:]] + [rows[start + 1 :]] * ((len(rows[0]) - 1) // width)
    wanted = (width * at for at in range(len(parts)))
    stacked = [row[left : left + width] for left, part in zip(wanted, parts, strict=True) for row in part]
    whole = [
        row + [Cell("", row[0].line, (row[0].origin[0], -1 - at)) for at in range(width - len(row))]
        for row in stacked
        if row
    ]
    return [*(row[:width] for row in rows[:start]), *whole]


def _unmerged(group: list[list[Cell]], issue_at: int | None) -> bool:
    return issue_at is not None and len(group) > 1 and all(not row[issue_at].text for row in group[1:])


def _has_measure(columns: list[Column | None], row: list[Cell]) -> bool:
    return any(c and c.label.field == "measure" and row[at].text for at, c in enumerate(columns))
