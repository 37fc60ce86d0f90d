"""A part over a whole, its rounding and its words.

Every ratio carries its denominator. What is counted is `figures`'; how a page shows it is the template's.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

WORDS: dict[str, tuple[str, str]] = {
    "completion": ("完成率", "Completion rate"),
    "completion_this_year": ("今年应完成的完成率", "Completion rate of those due this year"),
    "on_time": ("按期完成率", "On-time rate"),
    "sign_off": ("销号率", "Sign-off rate"),
}
"""The office's word and the English of each: done / total; done of those due this year / due this year; completed by
the deadline / completed on a known day; signed off / done (design.md 4)."""

NO_RATIO = "—"
"""What stands where there is nothing to be a share of."""


@dataclass(frozen=True)
class Ratio:
    """A part of a whole, both whole counts. The part may exceed the whole: more completed early than was due."""

    part: int
    whole: int

    @property
    def value(self) -> Fraction | None:
        """The ratio, None where the whole is nothing."""
        return Fraction(self.part, self.whole) if self.whole else None

    @property
    def is_complete(self) -> bool:
        return self.whole > 0 and self.part == self.whole


@dataclass(frozen=True)
class OnTime:
    """Finished by the deadline, the original one and the one in force, and all that finished on a known day."""

    known: int = 0
    by_original: int = 0
    by_current: int = 0

    def __add__(self, other: OnTime) -> OnTime:
        return OnTime(
            self.known + other.known, self.by_original + other.by_original, self.by_current + other.by_current
        )

    @property
    def original(self) -> Ratio:
        return Ratio(self.by_original, self.known)

    @property
    def current(self) -> Ratio:
        return Ratio(self.by_current, self.known)


def percent(ratio: Ratio, decimals: int = 1) -> str:
    """ "85.1%": half a last digit goes up; — without a whole; what is short of all never reads 100 (domain.md f)."""
    value = ratio.value
    if value is None:
        return NO_RATIO
    scale = 10**decimals
    tenths = (value * 100 * scale * 2 + 1) // 2  # half up, in units of the last digit
    if value < 1:
        tenths = min(tenths, 100 * scale - 1)
    whole, rest = divmod(tenths, scale)
    return f"{whole}.{rest:0{decimals}}%" if decimals else f"{whole}%"


def word(name: str, english: bool = False) -> str:
    """The office's word for a ratio, or its English."""
    return WORDS[name][1 if english else 0]
