"""A verdict's words, colours and icon, and the families verdicts belong to.

The only place that names them: pages, mails, workbooks and pictures read it. How a verdict is reached is `schedule`'s.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


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
"""Always counted as done."""

ALSO_DONE = {
    "basically_counts_as_done": Verdict.BASICALLY_COMPLETED,
    "long_term_counts_as_done": Verdict.LONG_TERM,
}
"""The rules of an inspection by which more counts as done, each with the verdict it adds (domain.md h)."""

ADVERSE = (Verdict.OVERDUE, Verdict.BEHIND, Verdict.NOT_STARTED, Verdict.UNREPORTED)
"""What somebody has to act upon."""

PENDING_WORD = ("待认定", "Awaiting decision")
CORRECTED_WORD = ("更正", "Corrected")
NEVER_REPORTED_WORD = ("未经填报", "Not yet reported")


def word(verdict: Verdict | str, english: bool = False) -> str:
    """The office's word for a verdict, or its English."""
    look = LOOKS[Verdict(verdict)]
    return look.english if english else look.word


def also_done(rules: Any) -> tuple[Verdict, ...]:
    """What counts as done beside GOOD by the rules of an inspection: its row, or whatever has the fields of ALSO_DONE."""
    return tuple(verdict for name, verdict in ALSO_DONE.items() if getattr(rules, name))


def is_done(verdict: Verdict | str, also: Collection[Verdict]) -> bool:
    """Whether a verdict counts as done (完成) in an inspection in which those of `also_done` do."""
    return Verdict(verdict) in (*GOOD, *also)


WHY: dict[str, tuple[str, str]] = {
    "signed_off": ("已于{on}验收销号。", "Signed off on {on}."),
    "completed": ("已于{on}完成并经认定。", "Completed on {on} and accepted."),
    "basically_completed": ("已于{on}基本完成，尚有扫尾工作。", "Basically completed on {on}; a tail of work is left."),
    "overdue": (
        "整改时限为{deadline}，已超期{days}天，未报完成或未经认定。",
        "Due on {deadline}; {days} days overdue without an accepted completion.",
    ),
    "overdue_measure": (
        "其中最早到期的措施整改时限为{measure_deadline}，已超期未完成。",
        "Its earliest measure was due on {measure_deadline} and is not completed.",
    ),
    "behind": ("未达到序时进度。", "Behind schedule."),
    "behind_milestone": (
        "应于{due}完成的阶段目标“{text}”未报完成。",
        "The milestone “{text}”, due on {due}, is not reported as reached.",
    ),
    "behind_quantity": (
        "至{on}按计划应完成{planned}，填报为{reported}，低于计划线和允许偏差。",
        "By {on} the plan asks for {planned}; {reported} is reported, below the line and its tolerance.",
    ),
    "behind_internal": (
        "立行立改事项的内部期限为{due}，未报完成。",
        "To be rectified at once, internally due on {due}; not reported as done.",
    ),
    "behind_confirmed": ("整改办于{on}确认未达到序时进度。", "Confirmed as behind by the office on {on}."),
    "behind_confirmation_ended": (
        "整改办的达到序时进度确认至{last}止，此前到期的目标仍未报完成。",
        "The office's confirmation ended on {last}; what was due before is still not reached.",
    ),
    "not_started": ("尚未启动。", "Not started."),
    "not_started_planned": (
        "应于{start}启动，尚无启动的填报。",
        "Was to start on {start}; no report says that it has.",
    ),
    "not_started_reported": ("责任单位{on}填报尚未启动。", "The unit reported on {on} that it has not started."),
    "unreported": ("未报送。", "Not reported."),
    "unreported_round": (
        "“{round}”于{cut_off}截止，截止后仍未填报。",
        "“{round}” was cut off on {cut_off}; no report has come.",
    ),
    "unreported_ledger": (
        "{on}的台账未载明进展，其后也未填报。",
        "The ledger of {on} states no progress, and nothing was reported since.",
    ),
    "unreported_deadline": ("整改时限待确认，确认前不作判断。", "The deadline is still to be confirmed."),
    "long_term": ("长期坚持事项，无明确完成日期。", "To be kept up for good; no date of completion."),
    "on_schedule": (
        "整改时限为{deadline}，已到期的目标和填报均已完成。",
        "Due on {deadline}; all that was due so far is done and reported.",
    ),
    "on_schedule_no_date": ("已到期的目标和填报均已完成。", "All that was due so far is done and reported."),
    "on_schedule_unreported": (
        "尚未到首次填报截止日，未经填报。",
        "Its first reporting cut-off has not come; nothing has been reported yet.",
    ),
    "pending": ("已申报完成，待认定。", "Submitted as done; awaiting decision."),
}
"""Why a verdict is what it is, by the code that `schedule.why` gives: Chinese, English. Dates are filled in as 2026-06-30."""


def explain(code: str, values: dict[str, object], english: bool = False) -> str:
    """The one sentence that says why, with its dates. `values` come with the code from `schedule.why`."""
    sentence = WHY[code][1 if english else 0]
    return sentence.format(**values)
