"""What of a file does not go into the ledger, with the reason for each line; and a draft without it (R32).

How the rows are written into a workbook is `writing.rejected`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from typing import Any

from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft
from rectify.reading.sheets import cells_by_line

from .common import clean

Place = tuple[int, int | None]
"""The position of an issue in a draft and of a measure in the issue; None is the issue itself."""

NO_TEXT = "问题没有内容。"
NO_MEASURE_TEXT = "措施没有内容。"
MOST_HEADS = 4

NOT_READ = "未读懂，没有归入任何问题或措施。"


@dataclass(frozen=True)
class Rejected:
    """An item of the draft by its `place`, or a `line` that was not understood. `stops`: nothing is imported unless
    the person says that the rest may go in without it."""

    reason: str
    place: Place | None = None
    line: int | None = None

    @property
    def stops(self) -> bool:
        return self.place is not None


@dataclass(frozen=True)
class RejectedRow:
    """Lines of a file that do not go in: the first one's number, their cells, the reason."""

    line: int | None
    cells: list[str]
    reason: str


@dataclass(frozen=True)
class RejectedSheet:
    """Rejected rows of one part of a file below the heads of its columns, none where it is plain text."""

    name: str
    heads: list[list[str]]
    rows: list[RejectedRow]


def unread(draft: PlanDraft) -> list[Rejected]:
    """The lines that belong to no issue and no measure."""
    return [Rejected(NOT_READ, line=one.line) for one in draft.unread if one.text.strip()]


def faulty(draft: PlanDraft) -> tuple[list[Rejected], set[Place]]:
    """Items without a text, and all places that fall out with them."""
    found: list[Rejected] = []
    for i, issue in enumerate(draft.issues):
        if not clean(issue.text):
            found.append(Rejected(NO_TEXT, (i, None)))
            continue
        found += [Rejected(NO_MEASURE_TEXT, (i, m)) for m, one in enumerate(issue.measures) if not clean(one.text)]
    return found, {one.place for one in found if one.place is not None}


def without(draft: PlanDraft, dropped: Set[Place]) -> PlanDraft:
    """The draft without these items and the questions about them; the others follow their new places."""
    kept: list[IssueDraft] = []
    moved: dict[Place, Place] = {}
    for i, issue in enumerate(draft.issues):
        if (i, None) in dropped:
            continue
        measures = [(m, one) for m, one in enumerate(issue.measures) if (i, m) not in dropped]
        moved[i, None] = (len(kept), None)
        moved |= {(i, m): (len(kept), place) for place, (m, _one) in enumerate(measures)}
        kept.append(replace(issue, measures=[one for _m, one in measures]))
    questions = []
    for question in draft.questions:
        if question.issue is None:
            questions.append(question)
        elif (question.issue, question.measure) in moved:
            at, measure = moved[question.issue, question.measure]
            questions.append(replace(question, issue=at, measure=measure))
    return replace(draft, issues=kept, questions=questions, asked={})


def sheets(draft: PlanDraft, rejected: Iterable[Rejected], name: str = "") -> list[RejectedSheet]:
    """The rejected lines as rows with the cells of the file `name`, by the part (sheet, notice) they stand in.

    Cells that a row shares with its issue's first one (merged, or left blank below it) are repeated, so that each row
    can be read alone when the file comes back.
    """
    return _Rejecting(draft, name).sheets(rejected)


class _Rejecting:
    def __init__(self, draft: PlanDraft, name: str) -> None:
        self.draft = draft
        self.cells = {
            line: [cell.strip() for cell in cells]
            for line, cells in cells_by_line(draft.source_lines, draft.file_kind, name).items()
        }
        self.ends = _ends(draft)

    def sheets(self, rejected: Iterable[Rejected]) -> list[RejectedSheet]:
        by_part: dict[str, dict[tuple[int | None, str], RejectedRow]] = {}
        for one in sorted(rejected, key=lambda one: _first_line(self.draft, one) or 0):
            part = self.draft.issues[one.place[0]].part if one.place is not None else None
            rows = by_part.setdefault(part or "", {})
            rows |= {(row.line, "" if row.line else row.cells[-1]): row for row in self._rows(one)}
        return [RejectedSheet(part, self._heads(part), list(rows.values())) for part, rows in by_part.items()]

    def _rows(self, one: Rejected) -> list[RejectedRow]:
        if one.place is None:
            cells = self.cells.get(one.line or 0)
            return [RejectedRow(one.line, cells, one.reason)] if cells else []
        issue, item = self.draft.issues[one.place[0]], _item(self.draft, one.place)
        items: list[IssueDraft | MeasureDraft] = [issue, *issue.measures] if one.place[1] is None else [item]
        lines: dict[int, None] = {}
        for line in (each.line for each in items if each.line):
            in_table = len(self.cells.get(line, ())) > 1
            lines |= dict.fromkeys([line] if in_table else range(line, self.ends[line] + 1))
        rows = [
            RejectedRow(line, self._filled(issue, line, self.cells[line]), one.reason)
            for line in lines
            if any(self.cells.get(line, ()))
        ]
        if not rows:  # typed in the preview: no line of the file holds it
            rows = [RejectedRow(None, [issue.text] if item is issue else [issue.text, item.text], one.reason)]
        return rows

    def _filled(self, issue: IssueDraft, line: int, cells: list[str]) -> list[str]:
        """The row with what it shares with its issue's first one, where its own cells are blank."""
        if len(cells) == 1 or not issue.line or issue.line >= line:
            return cells
        above = self.cells[issue.line]
        cells = [*cells, *[""] * (len(above) - len(cells))]
        shared = [issue.text, issue.goal, issue.category, issue.source, *(unit.name for unit in issue.units)]
        shared += [issue.deadline.raw] if issue.deadline is not None else []
        texts = [text for text in shared if text]
        return [
            cell or (up if any(text in up for text in texts) else "")
            for cell, up in zip_longest(cells, above, fillvalue="")
        ]

    def _heads(self, part: str) -> list[list[str]]:
        """The rows of headers over the items of a part, merged cells repeated, none where there are no columns."""
        lines = [issue.line for issue in self.draft.issues if issue.line and (issue.part or "") == part]
        first = min(lines, default=0)
        heads: list[list[str]] = []
        for line in range(first - 1, 0, -1):
            if line not in self.cells:  # a rule between head and rows
                continue
            if len(self.cells[line]) < 2 or len(heads) == MOST_HEADS:
                break
            heads.insert(0, self.cells[line])
        if len(self.cells.get(first, ())) < 2:
            return []
        return _unmerged(heads)


def _unmerged(heads: list[list[str]]) -> list[list[str]]:
    """Header rows with what merged cells hold in each of their columns."""
    width = max((len(cells) for cells in heads), default=0)
    rows = [[*cells, *[""] * (width - len(cells))] for cells in heads]
    for row, below in pairwise(rows):
        for at in range(1, width):
            row[at] = row[at] or (row[at - 1] if below[at] else "")
        for at in range(width):
            below[at] = below[at] or row[at]
    return rows


def _first_line(draft: PlanDraft, one: Rejected) -> int | None:
    return one.line if one.place is None else _item(draft, one.place).line or draft.issues[one.place[0]].line


def _item(draft: PlanDraft, place: Place) -> IssueDraft | MeasureDraft:
    issue = draft.issues[place[0]]
    return issue if place[1] is None else issue.measures[place[1]]


def _ends(draft: PlanDraft) -> dict[int, int]:
    """Where something begins → the line before the next thing does."""
    lines = {issue.line for issue in draft.issues} | {measure.line for _issue, measure in draft.measures()}
    lines |= {one.line for one in draft.unread}
    ordered = sorted(line for line in lines if line)
    return {start: after - 1 for start, after in pairwise([*ordered, len(draft.source_lines) + 1])}


def plain(rejected: Iterable[Rejected]) -> list[Any]:
    """What was left out, as it is kept with the file (models.PlanFile.applied)."""
    return [[one.reason, one.place, one.line] for one in rejected]


def left_out(applied: dict[str, Any] | None) -> list[Rejected]:
    """What an import left out, from what was kept with its file."""
    kept = (applied or {}).get("rejected", [])
    return [Rejected(reason, tuple(place) if place else None, line) for reason, place, line in kept]
