"""Turning days and their history: facts from the tables → `rules.schedule` → Standing rows, and how those are read.

`writing` is the only writer; `gathering` reads the facts, as they are or as they were known on a day; `reading` has the SQL
form of the verdict, built from the same columns that the rule fills; `effects` says what an act would change. Counting is
`figures`'.
"""

from .effects import Effect, Move, effect
from .gathering import Gathered, GatheredIssue, gather, gather_issues
from .reading import FAR, TURN_FIELDS, on, turn, verdict_case
from .writing import CHUNK, of, of_issue, together, write, write_inspection, write_issue

__all__ = [
    "CHUNK",
    "FAR",
    "TURN_FIELDS",
    "Effect",
    "Gathered",
    "GatheredIssue",
    "Move",
    "effect",
    "gather",
    "gather_issues",
    "of",
    "of_issue",
    "on",
    "together",
    "turn",
    "verdict_case",
    "write",
    "write_inspection",
    "write_issue",
]
