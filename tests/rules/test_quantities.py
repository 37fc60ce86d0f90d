"""Quantities: what is one, and that none ever passes through floating point."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rectify.rules import quantities


@pytest.mark.parametrize(
    ("typed", "quantity"),
    [
        ("12", "12"), ("0", "0"), (" 3.5 ", "3.5"), ("3.500", "3.5"), ("0.001", "0.001"), ("007", "7"), ("３．５", "3.5"),
        ("2000000000", "2000000000"), ("100000", "100000"),
        ("", None), ("-1", None), ("+1", None), ("1e3", None), ("3.1234", None), ("3.", None), (".5", None), ("1,200", None),
        ("nan", None), ("Infinity", None), ("三", None), ("1_0", None), ("12公里", None), ("9" * 40, None), ("١٢", None), ("①", None), ("½", None),
    ],
)  # fmt: skip
def test_a_quantity_as_typed(typed: str, quantity: str | None) -> None:
    found = quantities.parse(typed)

    assert (None if found is None else str(found)) == quantity


@given(st.integers(0, quantities.MOST * quantities.SCALE))
def test_what_is_kept_is_what_was_typed(count: int) -> None:
    quantity = quantities.exact(count)

    assert quantities.thousandths(quantity) == count
    assert quantities.of(quantities.plain(quantity)) == quantity
    assert quantities.parse(str(quantity)) == quantity
    assert "E" not in str(quantity) and not ("." in str(quantity) and str(quantity).endswith("0"))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (12, "12"), (1200, "1,200"), (Decimal("12000.5"), "12,000.5"), (Fraction(7, 2), "3.5"), (Fraction(45, 7), "6.429"), (Fraction(1, 8000), "0"), (Fraction(-1, 2), "-0.5"), (Fraction(100), "100")],
)  # fmt: skip
def test_a_quantity_has_three_places_at_most_and_no_zeros_at_its_end(
    value: Fraction | Decimal | int, shown: str
) -> None:
    assert quantities.text(value) == shown


def test_a_fourth_place_is_never_kept() -> None:
    with pytest.raises(ValueError, match="three places"):
        quantities.thousandths(Decimal("1.0005"))
