"""The source line that each field of a draft's item was read from, found again by its words.

A field that was inherited, counted out or typed by hand stands in no line: it has none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from rectify.reading.draft import IssueDraft, MeasureDraft, Role, UnitDraft

from .common import bare

MOST_LINES: Final = 2000
"""How far from its own line a field of an issue is looked for."""


@dataclass
class Origins:
    """Line numbers, from 1, of the fields of one item; None or absent where the source does not hold one."""

    text: int | None = None
    goal: int | None = None
    deadline: int | None = None
    units: dict[Role, int] = field(default_factory=dict)
    milestones: list[int | None] = field(default_factory=list)
    measures: list[Origins] = field(default_factory=list)


def origins(issue: IssueDraft, lines: Sequence[str], end: int) -> Origins:
    """Where an issue and its measures come from. `end` is the first line that is another issue's.

    Everything is None where the issue's own line is not known.
    """
    if issue.line is None:
        return Origins(
            milestones=[None] * len(issue.milestones),
            measures=[Origins(milestones=[None] * len(m.milestones)) for m in issue.measures],
        )
    stretch = Stretch(lines, issue.line, min(end, issue.line + MOST_LINES))
    found = _of_item(issue, stretch)
    found.goal = stretch.line_of(issue.goal or "")
    starts = sorted({measure.line for measure in issue.measures if measure.line})
    for measure in issue.measures:
        behind = bisect_right(starts, measure.line or 0)
        until = starts[behind] if measure.line and behind < len(starts) else stretch.end
        own = Stretch(lines, measure.line, until) if measure.line else stretch
        found.measures.append(_of_item(measure, own))
    return found


def _of_item(item: IssueDraft | MeasureDraft, stretch: Stretch) -> Origins:
    found = Origins(text=stretch.line_of(item.text))
    found.deadline = stretch.line_of(item.deadline.raw) if item.deadline is not None else None
    found.milestones = [stretch.line_of(stone.text) for stone in item.milestones]
    roles = dict.fromkeys(unit.role for unit in item.units)
    for role in roles:
        line = stretch.line_of_units(unit for unit in item.units if unit.role == role)
        if line is not None:
            found.units[role] = line
    return found


class Stretch:
    """Some lines of a source, from `first` up to but not including `end`, as letters and digits alone."""

    def __init__(self, lines: Sequence[str], first: int, end: int) -> None:
        self.end = max(min(end, len(lines) + 1), first)
        self.numbers = [n for n in range(first, self.end) if n <= len(lines)]
        self.texts = [bare(lines[n - 1]) for n in self.numbers]
        self.starts = [0, *accumulate(len(text) for text in self.texts)]
        self.whole = "".join(self.texts)

    def line_of(self, text: str) -> int | None:
        """The line that holds a text: of several the one of which it is the most; else where a wrapped one begins."""
        wanted = bare(text)
        if not wanted:
            return None
        holding = [n for n, line in enumerate(self.texts) if wanted in line]
        if holding:
            return self.numbers[min(holding, key=lambda n: len(self.texts[n]))]
        at = self.whole.find(wanted)
        return self.numbers[bisect_right(self.starts, at) - 1] if at >= 0 else None

    def line_of_units(self, units: Iterable[UnitDraft]) -> int | None:
        """The line that names most of these units, and of such the one that says least else."""
        names = [bare(unit.name) for unit in units]
        counts = [sum(name in text for name in names if name) for text in self.texts]
        most = max(counts, default=0)
        if most == 0:
            return None
        return self.numbers[min((n for n, c in enumerate(counts) if c == most), key=lambda n: len(self.texts[n]))]
