"""Plans in layouts drawn at random (`generated`) are read as they were made up, to the letter."""

from __future__ import annotations

import pytest

from rectify.reading import read
from tests.reading.generated import found, sample, told
from tests.support import LONG

SEEDS = 20_000 if LONG else 300
GROUP = 1000 if LONG else 50
MISREAD = 2 if LONG else 0
"""Of each thousand of the long form, where a rare combination (a short page without breaks, say) is still misread."""


@pytest.mark.parametrize("first", range(0, SEEDS, GROUP))
def test_a_plan_in_a_random_layout_is_read_as_it_was_made_up(first: int) -> None:
    wrong = []
    for seed in range(first, first + GROUP):
        made = sample(seed)
        if found(read(made.data, made.name)) != told(made.problems):
            wrong.append(made.seen)
    assert len(wrong) <= MISREAD, "\n".join(wrong)
