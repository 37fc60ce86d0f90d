"""Deadline phrases of Chinese plans and their meaning: "2022年12月底前，长期坚持" → Deadline.
Pure: the year that a phrase leaves out is handed in. Where a deadline stands in a file is `reading`'s business; which
deadline is in force on a day is the ledger's."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from typing import Literal

Kind = Literal["date", "range", "immediate", "long_term", "relative", "none", "ask"]
KINDS: tuple[Kind, ...] = ("date", "range", "immediate", "long_term", "relative", "none", "ask")


@dataclass(frozen=True, slots=True)
class Deadline:
    """One time limit as printed (`raw`) and as understood.

    `date` is the last day that is in time; `start` only for a range. kind `ask` and `relative` have no date until a
    person or a base date gives one; `long_term` says that the work goes on after the date (长期坚持); `inferred` says
    that something was taken from elsewhere than the phrase's own place or words.
    """

    raw: str
    date: dt.date | None = None
    start: dt.date | None = None
    kind: Kind = "none"
    long_term: bool = False
    inferred: bool = False
