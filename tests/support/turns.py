"""Which of the two databases has a test in the short form, where one of them will do; the long form has all on both.

A page asks what the rooms below it ask, and these are tested on both: a test of a page has its turn on one. Of a test
with many cases each database has every other one. What decides is the name and the place of the case, so that the two
runs agree and between them leave nothing out.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator

import pytest

DATABASES = ("sqlite", "postgres")
PAGES = "tests/web/"
MANY = 4


def elsewhere(collected: Iterable[pytest.Item], database: str) -> Iterator[pytest.Item]:
    """The tests of a run on `database` that the run on the other one has."""
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in collected:
        if _runs_on_both(item):
            cases[item.nodeid.split("[", 1)[0]].append(item)
    for name, of_this in cases.items():
        if name.startswith(PAGES) or len(of_this) >= MANY:
            first = zlib.crc32(name.encode())
            yield from (case for n, case in enumerate(of_this, first) if DATABASES[n % 2] != database)


def _runs_on_both(item: pytest.Item) -> bool:
    """It asks for the run's database, no mark keeps it to one, and it does not say by itself what each must do."""
    return (
        "stage" in getattr(item, "fixturenames", ())
        and not {mark.name for mark in item.iter_markers()} & {"browser", "postgres"}
        and (item.nodeid.startswith(PAGES) or not hasattr(getattr(item, "module", None), "on_postgres"))
    )
