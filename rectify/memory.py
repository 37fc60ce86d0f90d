"""The memory of this process."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """While much is made that lives on to the end, nothing is gone through again and again in search of garbage.

    For work that is bounded otherwise. Where two threads do so at once, the first to end lets the collector go on.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
