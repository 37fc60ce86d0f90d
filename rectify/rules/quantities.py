"""Quantities as people write them: three places at most, no zeros at the end.

Inside they are whole numbers or fractions, never floating point.
"""

from __future__ import annotations

from fractions import Fraction

PLACES = 3


def text(value: Fraction | int) -> str:
    """12, 3.5, 6.429: to three places, thousands apart; a half goes to the even neighbour."""
    thousandths = round(Fraction(value) * 10**PLACES)
    whole, rest = divmod(abs(thousandths), 10**PLACES)
    sign = "-" if thousandths < 0 else ""
    return f"{sign}{whole:,}.{rest:0{PLACES}}".rstrip("0").rstrip(".")
