"""Ratios: their rounding at the edges, their denominators, their words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rectify.rules import ratios
from rectify.rules.ratios import Ratio, percent


@pytest.mark.parametrize(
    ("part", "whole", "decimals", "text"),
    [
        (80, 94, 1, "85.1%"),
        (80, 94, 0, "85%"),
        (80, 94, 2, "85.11%"),
        (1, 8, 1, "12.5%"),
        (1, 16, 1, "6.3%"),  # 6.25 goes up
        (1, 2000, 1, "0.1%"),  # 0.05 goes up
        (1, 2001, 1, "0.0%"),
        (0, 5, 1, "0.0%"),
        (5, 5, 1, "100.0%"),
        (5, 5, 0, "100%"),
        (2499, 2500, 1, "99.9%"),  # 99.96 is not all
        (2499, 2500, 2, "99.96%"),
        (199, 200, 0, "99%"),  # 99.5 is not all either
        (32, 25, 1, "128.0%"),  # more completed early than was due
        (0, 0, 1, "—"),
        (3, 0, 1, "—"),
    ],
)
def test_a_percentage_is_rounded_half_up_and_reads_100_only_if_complete(
    part: int, whole: int, decimals: int, text: str
) -> None:
    assert percent(Ratio(part, whole), decimals) == text


def test_a_ratio_is_a_fraction_and_nothing_of_nothing_is_none() -> None:
    assert Ratio(80, 94).value == Fraction(40, 47)
    assert Ratio(0, 0).value is None
    assert not Ratio(0, 0).is_complete


def test_ratios_have_the_office_s_words() -> None:
    assert [ratios.word(name) for name in ("completion", "on_time", "sign_off")] == ["完成率", "按期完成率", "销号率"]
    assert ratios.word("sign_off", english=True) == "Sign-off rate"
