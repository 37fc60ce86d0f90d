"""What a ledger claims of a measure on its cut-off day (S13).

The rows that a first import makes of claims are `importing`'s, the reports of a later ledger `applying`'s.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from rectify.reading.draft import IssueDraft
from rectify.rules.deadlines import Deadline

from .common import clean
from .drafts import after_cut_off, facts_of
from .questions import STATE_WORDS, Answered

REPORTED = {"signed_off": "completed", "on_schedule": "in_progress", "behind": "in_progress"}
"""The state of a report for what a ledger claims, where they differ."""

PLEADED = {code: word for word, code in STATE_WORDS.items()} | {"overdue": "逾期"}


@dataclass(frozen=True)
class Claim:
    """What counts of a row: `state` "" claims nothing, `completed_on` None means a day that is not known.

    `printed` and `printed_on` are the state and the completion day that the row itself gives, whatever counts of them.
    """

    state: str
    completed_on: dt.date | None
    progress: str = ""
    difficulty: str = ""
    next_step: str = ""
    printed: str = ""
    printed_on: dt.date | None = None

    @property
    def report(self) -> tuple[str, str]:
        """(state, text) of a report on a measure that the ledger knows already: what the state of a report cannot say
        (是否达到序时进度, 已销号, a completion day) stands in its text, so that whoever decides reads it."""
        state = REPORTED.get(self.state, self.state)
        lost = self.printed and (self.printed not in ("in_progress", "not_started") or not self.progress)
        words = PLEADED[self.printed] if lost else ""
        if words and self.printed_on is not None:
            words += f"（{self.printed_on}）"
        note = f"台账填报：{words}。" if words else ""
        return state or "in_progress", "\n".join(line for line in (self.progress, note) if line)


def claimed(said: Answered, issue: IssueDraft, i: int, m: int | None, limit: Deadline | None, on: dt.date) -> Claim:
    """What counts on the cut-off day `on` of measure `m` of issue `i`; `limit` is its time limit as read and answered."""
    facts = facts_of(issue, m)
    own = facts is not issue
    texts = (clean(facts.progress or ""), clean(facts.difficulty or ""), clean(facts.next_step or ""))
    answer = said.states.get((i, m if own else None))
    if answer is not None:
        return Claim(*answer, *texts, printed=answer[0], printed_on=answer[1])
    state, completed_on = _counts(facts.state or "", facts.completed_on, limit, on)
    return Claim(state, completed_on, *texts, printed=facts.state or "", printed_on=facts.completed_on)


def _counts(
    state: str, completed_on: dt.date | None, limit: Deadline | None, on: dt.date
) -> tuple[str, dt.date | None]:
    if state in ("completed", "signed_off") and after_cut_off(completed_on, on):
        return ("signed_off", None) if state == "signed_off" else ("in_progress", None)
    if state == "overdue" and (limit is None or limit.date is None or limit.date >= on):
        return "in_progress", None
    if state == "overdue":  # the date itself says so
        return "", None
    if state not in ("completed", "signed_off"):
        return state, None
    return state, min(completed_on, on) if completed_on else None
