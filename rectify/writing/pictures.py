"""The geometry of pictures: counts and days → places in pixels, for the SVG macros of components/pictures.html.

What a picture means, its words and its colours stand elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

MARGIN = 8
"""Pixels left free at both ends of a line of days."""
HEAD, FOOT = 22, 42
"""Pixels left free above and below a curve, for the words that stand there."""


@dataclass(frozen=True)
class Piece:
    """One piece of a stacked bar: the verdict's name, its count, its address, left edge and width in pixels."""

    name: str
    count: int
    url: str
    x: int
    width: int


def stack(parts: Iterable[tuple[str, int, str]], width: int) -> list[Piece]:
    """Pieces of (name, count, url) side by side over `width` pixels; none that counts something is invisible.

    Every piece gets at least 3 pixels; the widest ones give what that costs, so that the sum is `width` exactly.
    """
    shown = [part for part in parts if part[1] > 0]
    total = sum(count for _, count, _ in shown)
    if not total:
        return []
    least = min(3, width // len(shown))
    widths = [max(least, width * count // total) for _, count, _ in shown]
    widths[widths.index(max(widths))] += width - sum(widths)
    pieces, x = [], 0
    for (name, count, url), wide in zip(shown, widths, strict=True):
        pieces.append(Piece(name, count, url, x, wide))
        x += wide
    return pieces


def share(part: int, whole: int, width: int) -> int:
    """Pixels of a part of a whole; full only if complete, empty only if nothing."""
    if whole <= 0 or part <= 0:
        return 0
    if part >= whole:
        return width
    return min(max(width * part // whole, 1), width - 1)


def place(day: dt.date, first: dt.date, last: dt.date, width: int) -> int:
    """Where a day stands on a line that runs from `first` to `last`; days outside stand at its ends."""
    span = max((last - first).days, 1)
    passed = min(max((day - first).days, 0), span)
    return MARGIN + (width - 2 * MARGIN) * passed // span


def anchor(day: dt.date, first: dt.date, last: dt.date) -> str:
    """How text at a day is anchored so that it stays inside the picture: start, middle or end."""
    span = max((last - first).days, 1)
    passed = min(max((day - first).days, 0), span)
    if passed * 8 < span:
        return "start"
    return "end" if passed * 8 > span * 7 else "middle"


@dataclass(frozen=True)
class Curve:
    """A planned line and what was reached, in pixels: corners as an SVG polygon or polyline has them ("8,178 280,100"),
    dots at the planned points and at the reports, and where the top, the target, nothing and the day stand."""

    width: int
    height: int
    first: dt.date
    last: dt.date
    band: str
    plan: str
    reached: str
    points: tuple[tuple[int, int], ...]
    reports: tuple[tuple[int, int], ...]
    head: int
    target: int
    base: int
    day: int
    anchor: str


def curve(
    line: Sequence[tuple[dt.date, Fraction]],
    slack: Fraction,
    figures: Sequence[tuple[dt.date, Fraction]],
    target: Fraction,
    day: dt.date,
    width: int,
    height: int,
) -> Curve:
    """A planned line of two points or more, the band of `slack` below it, and the figures reached up to `day`.

    A figure holds until the next one is reported, as the rule reads it; before the first there is nothing.
    """
    first = min(line[0][0], *(on for on, _ in figures), day)
    last = max(line[-1][0], day)
    most = max(target, *(quantity for _, quantity in (*line, *figures)))

    def at(on: dt.date, quantity: Fraction) -> tuple[int, int]:
        return place(on, first, last, width), height - FOOT - round((height - HEAD - FOOT) * quantity / most)

    plan = [at(on, quantity) for on, quantity in line]
    floor = [at(on, max(quantity - slack, Fraction(0))) for on, quantity in _cut(line, slack)]
    steps, level = [at(first, Fraction(0))], Fraction(0)
    for on, quantity in figures:
        steps += [at(on, level), at(on, quantity)]
        level = quantity
    steps.append(at(day, level))
    return Curve(
        width,
        height,
        first,
        last,
        band=_corners([*plan, *reversed(floor)]),
        plan=_corners(plan),
        reached=_corners(steps),
        points=tuple(plan),
        reports=tuple(at(on, quantity) for on, quantity in figures),
        head=HEAD,
        target=at(first, target)[1],
        base=at(first, Fraction(0))[1],
        day=at(day, Fraction(0))[0],
        anchor=anchor(day, first, last),
    )


def _cut(line: Sequence[tuple[dt.date, Fraction]], slack: Fraction) -> list[tuple[dt.date, Fraction]]:
    """The line with a point more on each stretch that leaves the band's own floor, nothing."""
    found = [line[0]]
    for (from_on, low), (to_on, high) in zip(line, line[1:], strict=False):
        if min(low, high) < slack < max(low, high):
            days = round((to_on - from_on).days * (slack - low) / (high - low))
            found.append((from_on + dt.timedelta(days=days), slack))
        found.append((to_on, high))
    return found


def _corners(corners: Iterable[tuple[int, int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in corners)
