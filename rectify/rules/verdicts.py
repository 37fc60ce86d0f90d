"""A verdict's words, colours and icon, and the families verdicts belong to.

The only place that names them: pages, mails, workbooks and pictures read it. How a verdict is reached is `schedule`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The disjoint states of a measure or an issue on a day, in the order in which the first that holds is taken."""

    SIGNED_OFF = "signed_off"
    COMPLETED = "completed"
    OVERDUE = "overdue"
    BASICALLY_COMPLETED = "basically_completed"
    BEHIND = "behind"
    NOT_STARTED = "not_started"
    UNREPORTED = "unreported"
    LONG_TERM = "long_term"
    ON_SCHEDULE = "on_schedule"


@dataclass(frozen=True)
class Look:
    """How a verdict is shown: word (Chinese, English), text and ground colour (#rrggbb), Bootstrap icon name."""

    word: str
    english: str
    ink: str
    ground: str
    icon: str


LOOKS: dict[Verdict, Look] = {
    Verdict.SIGNED_OFF: Look("已销号", "Signed off", "#59636e", "#eff2f5", "check2-all"),
    Verdict.COMPLETED: Look("已完成", "Completed", "#0b5cad", "#e8f1fb", "check2"),
    Verdict.OVERDUE: Look("超期", "Overdue", "#a40e26", "#ffe9e9", "exclamation-circle-fill"),
    Verdict.BASICALLY_COMPLETED: Look("基本完成", "Basically completed", "#0b5cad", "#e8f1fb", "circle-half"),
    Verdict.BEHIND: Look("未达到序时进度", "Behind schedule", "#8a4b00", "#fff3d6", "arrow-down"),
    Verdict.NOT_STARTED: Look("尚未启动", "Not started", "#44505c", "#eef1f4", "circle"),
    Verdict.UNREPORTED: Look("未报送", "Not reported", "#6b3fa0", "#f2ebfb", "question-circle"),
    Verdict.LONG_TERM: Look("长期坚持", "Long-term", "#0b6470", "#e3f4f6", "arrow-repeat"),
    Verdict.ON_SCHEDULE: Look("达到序时进度", "On schedule", "#1a6b3c", "#e6f4ea", "arrow-right"),
}

GOOD = (Verdict.SIGNED_OFF, Verdict.COMPLETED)
"""Always counted as done; basically completed joins them where the inspection says so."""

ADVERSE = (Verdict.OVERDUE, Verdict.BEHIND, Verdict.NOT_STARTED, Verdict.UNREPORTED)
"""What somebody has to act upon."""

PENDING_WORD = ("待认定", "Awaiting decision")
CORRECTED_WORD = ("更正", "Corrected")
NEVER_REPORTED_WORD = ("未经填报", "Not yet reported")


def word(verdict: Verdict | str, english: bool = False) -> str:
    """The office's word for a verdict, or its English."""
    look = LOOKS[Verdict(verdict)]
    return look.english if english else look.word


def is_done(verdict: Verdict | str, basically_counts_as_done: bool = False) -> bool:
    """Whether a verdict counts as done (完成); 基本完成 only where the inspection says so (domain.md h)."""
    verdict = Verdict(verdict)
    return verdict in GOOD or (basically_counts_as_done and verdict is Verdict.BASICALLY_COMPLETED)
