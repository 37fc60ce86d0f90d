"""Unit, system and office: when they say the same of a measure, and when not."""

from __future__ import annotations

import datetime as dt

import pytest

from rectify.rules import voices
from rectify.rules.verdicts import Verdict
from rectify.rules.voices import Claim, Word

DAY = dt.date(2026, 6, 15)
YESTERDAY = dt.date(2026, 6, 14)
V = Verdict

TABLE = [
    ("nobody but the system has spoken", None, V.BEHIND, None, False),
    ("at work says nothing of the schedule", Claim("in_progress"), V.BEHIND, None, False),
    ("at work says nothing of the deadline", Claim("in_progress"), V.OVERDUE, None, False),
    ("the unit ticks 达到, the system says 未达到", Claim("in_progress", "on_schedule"), V.BEHIND, None, True),
    ("the unit ticks 达到, the deadline has passed", Claim("in_progress", "on_schedule"), V.OVERDUE, None, True),
    ("both say 未达到", Claim("in_progress", "behind"), V.BEHIND, None, False),
    ("the unit ticks 未达到, the system says 达到", Claim("in_progress", "behind"), V.ON_SCHEDULE, None, True),
    ("both say 达到", Claim("in_progress", "on_schedule"), V.ON_SCHEDULE, None, False),
    ("an old claim while the last round has no report", Claim("in_progress", "on_schedule"), V.UNREPORTED, None, False),
    ("both say 尚未启动", Claim("not_started"), V.NOT_STARTED, None, False),
    ("not started, yet on schedule", Claim("not_started"), V.ON_SCHEDULE, None, True),
    ("done by its own word only", Claim("completed"), V.ON_SCHEDULE, None, True),
    ("done by its own word, overdue by its date", Claim("completed"), V.OVERDUE, None, True),
    ("done by its own word, basically by the decision", Claim("completed"), V.BASICALLY_COMPLETED, None, True),
    ("basically done by both", Claim("basically_completed"), V.BASICALLY_COMPLETED, None, False),
    ("done and accepted", Claim("completed"), V.COMPLETED, None, False),
    ("finished: nothing left to differ about", Claim("in_progress", "behind"), V.SIGNED_OFF, None, False),
    ("confirmed 达到, and so it is", None, V.ON_SCHEDULE, Word("on_schedule", DAY), False),
    ("confirmed 达到, but a later milestone is missed", None, V.BEHIND, Word("on_schedule", DAY), True),
    ("confirmed 达到, but overdue", None, V.OVERDUE, Word("on_schedule", DAY), True),
    ("confirmed 达到, but not reported", None, V.UNREPORTED, Word("on_schedule", DAY), True),
    ("confirmed 未达到, and so it is", None, V.BEHIND, Word("behind"), False),
    ("confirmed 未达到 is no doubt about overdue", None, V.OVERDUE, Word("behind"), False),
    ("达到 has run out, behind again", None, V.BEHIND, Word("on_schedule", YESTERDAY), True),
    ("达到 has run out, on schedule without it", None, V.ON_SCHEDULE, Word("on_schedule", YESTERDAY), False),
    ("达到 has run out, overdue meanwhile", None, V.OVERDUE, Word("on_schedule", YESTERDAY), False),
    ("the unit against the office", Claim("in_progress", "on_schedule"), V.BEHIND, Word("behind"), True),
]


@pytest.mark.parametrize(("what", "claim", "verdict", "word", "differ"), TABLE, ids=[row[0] for row in TABLE])
def test_three_voices(what: str, claim: Claim | None, verdict: Verdict, word: Word | None, differ: bool) -> None:
    assert voices.differ(claim, verdict, word, pending=False, day=DAY) is differ


@pytest.mark.parametrize("state", voices.DONE_STATES)
def test_a_claim_of_done_that_waits_for_a_decision_is_no_difference(state: str) -> None:
    claim = Claim(state)

    assert voices.differ(claim, V.ON_SCHEDULE, None, pending=False, day=DAY)
    assert not voices.differ(claim, V.ON_SCHEDULE, None, pending=True, day=DAY)
    assert voices.differ(Claim(state, "on_schedule"), V.BEHIND, None, pending=True, day=DAY)
