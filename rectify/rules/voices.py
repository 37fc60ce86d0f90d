"""Where the unit's claim, the system's verdict and the office's word on a measure differ (design.md 3).

Plain values; `voices` asks the database by the same table. Which verdict holds is `schedule`'s.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from .verdicts import GOOD, Verdict

STATE_AGAINST: dict[str, tuple[Verdict, ...]] = {
    "not_started": (Verdict.ON_SCHEDULE,),
    "in_progress": (Verdict.NOT_STARTED,),
    "basically_completed": tuple(v for v in Verdict if v not in (*GOOD, Verdict.BASICALLY_COMPLETED)),
    "completed": tuple(v for v in Verdict if v not in GOOD),
}
"""The verdicts that a reported state contradicts: 正在推进 says nothing of the schedule, 已完成 denies all that is open."""

DONE_STATES = ("basically_completed", "completed")
"""States that an open submission is about: it has its own queue, and is no difference while it waits there."""

SAID_AGAINST: dict[str, tuple[Verdict, ...]] = {
    "": (),
    "on_schedule": (Verdict.BEHIND, Verdict.OVERDUE, Verdict.NOT_STARTED),
    "behind": (Verdict.ON_SCHEDULE,),
}
"""The verdicts that a unit's own tick of 达到 or 未达到序时进度 contradicts."""

WORD_AGAINST: dict[str, tuple[Verdict, ...]] = {
    "on_schedule": (Verdict.BEHIND, Verdict.OVERDUE, Verdict.NOT_STARTED, Verdict.UNREPORTED),
    "behind": (Verdict.ON_SCHEDULE, Verdict.NOT_STARTED, Verdict.UNREPORTED),
}
"""The verdicts that the office's confirmation in force contradicts."""

ENDED_AGAINST = (Verdict.BEHIND,)
"""What a confirmation of 达到序时进度 that has run out leaves: the measure is behind again, and the office may renew it."""


@dataclass(frozen=True)
class Claim:
    """What the unit said of itself in its last report: a state, and 达到 (on_schedule), 未达到 (behind) or nothing."""

    state: str
    said: str = ""


@dataclass(frozen=True)
class Word:
    """The office's last confirmation that was not withdrawn; it holds through `last_on`, or until further notice."""

    verdict: str
    last_on: dt.date | None = None

    def holds(self, day: dt.date) -> bool:
        return self.last_on is None or self.last_on >= day


def differ(claim: Claim | None, verdict: Verdict, word: Word | None, *, pending: bool, day: dt.date) -> bool:
    """Whether the three do not say the same of an unfinished measure on a day; where two are silent, they agree."""
    if verdict in GOOD:
        return False
    if claim is not None:
        waits = pending and claim.state in DONE_STATES
        if verdict in SAID_AGAINST[claim.said] or (verdict in STATE_AGAINST[claim.state] and not waits):
            return True
    if word is None:
        return False
    if word.holds(day):
        return verdict in WORD_AGAINST[word.verdict]
    return word.verdict == "on_schedule" and verdict in ENDED_AGAINST
