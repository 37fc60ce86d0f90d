"""Where both databases are tested, which of the two has a test of a page, or a case of many, in the short form.

A page asks what the rooms below it ask, and these are tested on both; so it is enough that the pages have their turn on
one of the two. A test's name decides, so that the two runs agree and between them leave nothing out.
"""

from __future__ import annotations

import zlib
from collections.abc import Container

DATABASES = ("sqlite", "postgres")
PAGES = "tests/web/"


def is_elsewhere(name: str, marks: Container[str], database: str) -> bool:
    """Whether the other database has this test: its node id, the names of its marks, and this run's database."""
    if not (name.startswith(PAGES) or "by_turns" in marks) or "postgres" in marks:
        return False
    return DATABASES[zlib.crc32(name.encode()) % 2] != database
