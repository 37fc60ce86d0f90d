"""Quantities as people write them: three places at most, no zeros at the end.

Inside they are decimals that came from whole thousandths, or fractions; never floating point.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

SCALE = 1000
MOST = 2_000_000_000
"""More than anything that is counted in a plan."""
_TYPED = re.compile(r"\d{1,12}(?:\.\d{1,3})?", re.ASCII)
_WIDE = str.maketrans("０１２３４５６７８９．", "0123456789.")


def parse(typed: str) -> Decimal | None:
    """A quantity as typed (12, 3.5, ３．５), None where it is none: no sign, no exponent, three places at most."""
    typed = typed.translate(_WIDE).strip()
    return of(typed) if _TYPED.fullmatch(typed) else None


def of(value: Decimal | int | str) -> Decimal:
    """The quantity that `plain` wrote, or an equal one; never one of more than three places."""
    return exact(thousandths(Decimal(value)))


def exact(count: int) -> Decimal:
    """So many thousandths as a decimal that prints without zeros at its end."""
    return Decimal(count) / SCALE


def thousandths(value: Decimal | int) -> int:
    """A quantity in whole thousandths; ValueError where it has more than three places."""
    scaled = Decimal(value) * SCALE
    if scaled != scaled.to_integral_value():
        raise ValueError(f"more than three places: {value}")
    return int(scaled)


def rounded(value: Fraction | Decimal | int) -> Decimal:
    """To three places; a half goes to the even neighbour."""
    return exact(round(Fraction(value) * SCALE))


def plain(value: Decimal | int) -> int | str:
    """A quantity as JSON keeps it: a whole number, else its digits."""
    return int(value) if value == int(value) else str(value)


def text(value: Fraction | Decimal | int) -> str:
    """12, 3.5, 6.429: to three places, thousands apart."""
    return f"{rounded(value):,f}"
