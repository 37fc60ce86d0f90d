"""What was read from a plan, issue by issue beside its lines, and the lines that went nowhere.

It only shows; all lines in one list are `plan_source`'s, changes are `plan_item`'s and `plan_acts'`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from rectify.ledger.editing import Place, item_at
from rectify.ledger.origins import Origins, Stretch, origins
from rectify.reading.draft import IssueDraft, PlanDraft, Question, Role, UnitDraft

ISSUES_A_PAGE = 20
LINES_AN_ISSUE = 80
UNREAD_A_PAGE = 200
LINES_A_PAGE = 500


@dataclass
class Piece:
    """An issue of the draft beside the lines that it was read from."""

    position: int
    issue: IssueDraft
    lines: list[tuple[int, str]]
    asked: set[int | None]
    origins: Origins
    more: int = 0
    """How many lines of the issue are not shown here."""

    @property
    def numbers(self) -> set[int]:
        """The numbers of the lines that are shown."""
        return {number for number, _text in self.lines}

    @property
    def spans(self) -> list[tuple[int, int] | None]:
        """For each measure its first and last line among those shown, None where it has no line there."""
        last = self.lines[-1][0] if self.lines else 0
        starts = [measure.line for measure in self.issue.measures]
        ahead = [
            min((n for n in starts[i + 1 :] if n is not None and start and n > start), default=last + 1)
            for i, start in enumerate(starts)
        ]
        return [
            (start, max(start, end - 1)) if start is not None and self.lines and start <= last else None
            for start, end in zip(starts, ahead, strict=True)
        ]


def pieces(draft: PlanDraft, page: int, asked: dict[int, set[int | None]]) -> list[Piece]:
    """The issues of a page, each with the lines from its own to the next issue's."""
    starts = _starts(draft)
    first = (page - 1) * ISSUES_A_PAGE
    shown = []
    for position, issue in enumerate(draft.issues[first : first + ISSUES_A_PAGE], first):
        end = _end(draft, starts, issue.line)
        lines = _written(draft, issue.line or end, end)
        found = origins(issue, draft.source_lines, end)
        more = max(0, len(lines) - LINES_AN_ISSUE)
        shown.append(Piece(position, issue, lines[:LINES_AN_ISSUE], asked.get(position, set()), found, more))
    return shown


def _starts(draft: PlanDraft) -> list[int]:
    return sorted({issue.line for issue in draft.issues if issue.line})


def _end(draft: PlanDraft, starts: list[int], line: int | None) -> int:
    """The first line behind an issue's own: the next issue's, or the end of the source."""
    behind = bisect_right(starts, line or 0)
    return starts[behind] if behind < len(starts) else len(draft.source_lines) + 1


def lines_of(draft: PlanDraft, place: Place) -> list[tuple[int, str]]:
    """The lines from an item's own to the end of its issue, as many as a page takes."""
    item = item_at(draft, place)
    if item is None or item.line is None:
        return []
    end = _end(draft, _starts(draft), max(item.line, draft.issues[place[0]].line or 0))
    return _written(draft, item.line, end)[:LINES_AN_ISSUE]


def _written(draft: PlanDraft, first: int, end: int) -> list[tuple[int, str]]:
    """The lines of a stretch that hold something, with their numbers."""
    return [(n, text) for n, text in enumerate(draft.source_lines[first - 1 : end - 1], first) if text.strip()]


def page_of(place: Place) -> int:
    """The page of the preview on which an item stands."""
    return place[0] // ISSUES_A_PAGE + 1


def question_lines(draft: PlanDraft, questions: Iterable[Question]) -> dict[str, int]:
    """The line that each question is about, by its id: where its phrase stands in its issue, else its item's own."""
    starts = _starts(draft)
    found = {}
    for question in questions:
        line = question.line
        if line is not None and question.issue is not None and question.raw:
            end = _end(draft, starts, max(line, draft.issues[question.issue].line or 0))
            line = Stretch(draft.source_lines, line, end).line_of(question.raw) or line
        if line is not None and line <= len(draft.source_lines):
            found[question.id] = line
    return found


def by_role(units: Iterable[UnitDraft]) -> list[tuple[Role, list[UnitDraft]]]:
    """Units in groups of one role, in the order in which the roles are first named."""
    groups: dict[Role, list[UnitDraft]] = {}
    for unit in units:
        groups.setdefault(unit.role, []).append(unit)
    return list(groups.items())


def source_page(line: int) -> int:
    """The page of the source on which a line stands."""
    return (line - 1) // LINES_A_PAGE + 1


@dataclass
class UnreadLine:
    """A line that went nowhere, and the items before it that it may belong to."""

    position: int
    line: int
    text: str
    issue: int | None = None
    number: str = ""
    measure: int | None = None


def unread(draft: PlanDraft) -> list[UnreadLine]:
    """Each unread line with the last issue that begins before it, and that issue's last measure before it."""
    starts = sorted((issue.line, i) for i, issue in enumerate(draft.issues) if issue.line)
    rows = []
    for n, line in enumerate(draft.unread[:UNREAD_A_PAGE]):
        row = UnreadLine(n, line.line, line.text)
        behind = bisect_right(starts, (line.line, len(draft.issues)))
        if behind:
            row.issue = starts[behind - 1][1]
            issue = draft.issues[row.issue]
            row.number = issue.number or str(row.issue + 1)
            measures = [m for m, measure in enumerate(issue.measures) if (measure.line or 0) <= line.line]
            row.measure = measures[-1] if measures else None
        rows.append(row)
    return rows
