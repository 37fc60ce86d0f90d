"""The geometry of pictures: counts and days → places in pixels, for the SVG macros of components/pictures.html.

What a picture means, its words and its colours stand elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

MARGIN = 8
"""Pixels left free at both ends of a line of days."""


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
