"""The verdict: facts → the days on which a measure turns; turning days and a day → verdict and why.

The rule of design.md 3, S1 to S14, written once. `standing` gathers the facts and stores the days; the SQL form of the
verdict is built there from the same columns. How verdicts are called and coloured is `verdicts`'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from . import quantities
from .verdicts import Verdict

ONE_DAY = dt.timedelta(days=1)
JUDGED_BY = ("both", "milestones", "line")
"""By what an inspection judges behind: milestones missed and the planned line, or one of them alone (S5, S7)."""
Why = tuple[str, dict[str, Any]]
"""A code of `verdicts.WHY` and the values its sentence needs; dates as ISO strings."""


@dataclass(frozen=True)
class RoundFact:
    """A reporting round as planned; a cancelled one binds nobody (S8)."""

    opens_on: dt.date
    cut_off_on: dt.date
    grace_days: int = 0
    cancelled: bool = False
    name: str = ""
    cancelled_on: dt.date | None = None


@dataclass(frozen=True)
class ReportFact:
    """A report: its day and what the unit says. `quantity` only for countable targets.

    `set_back`: a ledger told of it later, as of its day; what was said of the days since was corrected (S2).
    `returned_on`: sent back for correction; from that day on it was never made (S8).
    """

    on: dt.date
    state: str = "in_progress"
    quantity: Decimal | int | None = None
    set_back: bool = False
    returned_on: dt.date | None = None

    def as_known_on(self, day: dt.date) -> ReportFact:
        """This report as the ledger knew it at the end of `day`."""
        if self.returned_on is None or self.returned_on <= day:
            return self
        return replace(self, returned_on=None)


@dataclass(frozen=True)
class SubmissionFact:
    """A submission as done; `state` open, accepted, returned or withdrawn; `decided_on` where it is not open."""

    on: dt.date
    state: str = "open"
    decided_on: dt.date | None = None
    claim: str = "completed"


class Mark(NamedTuple):
    """That a milestone stands reached, or not, from a day on; `returned_on`: the report that said so was returned."""

    on: dt.date
    reached: bool
    returned_on: dt.date | None = None

    def as_known_on(self, day: dt.date) -> Mark:
        """This mark as the ledger knew it at the end of `day`."""
        return self if self.returned_on is None or self.returned_on <= day else self._replace(returned_on=None)


@dataclass(frozen=True)
class MilestoneFact:
    """A milestone and its marks in the order they were made. A withdrawn one binds nobody.

    `since_on`: since when the ledger knows it, None as long as its measure or issue.
    """

    due_on: dt.date
    text: str = ""
    marks: tuple[Mark, ...] = ()
    since_on: dt.date | None = None
    withdrawn_on: dt.date | None = None

    def as_known_on(self, day: dt.date) -> MilestoneFact:
        """This milestone as the ledger knew it at the end of `day`."""
        withdrawn_on = self.withdrawn_on if self.withdrawn_on is not None and self.withdrawn_on <= day else None
        marks = tuple(mark.as_known_on(day) for mark in self.marks if mark.on <= day)
        return replace(self, marks=marks, withdrawn_on=withdrawn_on)

    @property
    def missed_from(self) -> dt.date | None:
        """The first day on which it stands missed, None while it is reached; the last mark of a day counts (S5)."""
        if self.withdrawn_on is not None:
            return None
        if not self.marks:
            return self.due_on + ONE_DAY
        last = self.marks[-1]
        if last.reached:
            return None
        return max(self.due_on + ONE_DAY, last.on)

    @property
    def known_days(self) -> set[dt.date]:
        """The days on which the ledger learnt something of it."""
        return {mark.on for mark in self.marks} | {on for on in (self.since_on, self.withdrawn_on) if on is not None}

    def binds_since(self, cycle_on: dt.date | None) -> bool:
        """Whether it binds the cycle begun on that day, None being the first: one due before it does only once it is
        marked in it, since what that date asked for was accepted with the earlier cycle (S12)."""
        return cycle_on is None or self.due_on >= cycle_on or any(m.on >= cycle_on for m in self.marks)

    def reached_since(self, cycle_on: dt.date | None) -> bool:
        """Whether it stood reached, at the end of a day, by a mark made in the cycle begun on that day (S9, S12). What a
        report said that was returned since does not count."""
        by_day = {mark.on: mark.reached for mark in self.marks if mark.returned_on is None}
        return self.withdrawn_on is None and any(
            reached for on, reached in by_day.items() if cycle_on is None or on >= cycle_on
        )


@dataclass(frozen=True)
class PointFact:
    """A planned figure: `quantity` reached by `due_on`, approved on `approved_on` (S7)."""

    due_on: dt.date
    quantity: Decimal | int
    approved_on: dt.date


@dataclass(frozen=True)
class ConfirmationFact:
    """The office's word: on_schedule or behind, from its own day through `last_on`, unless withdrawn (S6)."""

    verdict: str
    on: dt.date
    last_on: dt.date | None = None
    withdrawn: bool = False
    withdrawn_on: dt.date | None = None


@dataclass(frozen=True)
class ClaimFact:
    """What a ledger imported as of `as_of` claims; `completed_on` may be unknown (S13)."""

    as_of: dt.date
    state: str = ""
    completed_on: dt.date | None = None


@dataclass(frozen=True)
class MeasureFacts:
    """All that judges one measure, in all its cycles, deadlines already resolved against its issue (S1).

    What still rules after a reopening `measure_turns` tells apart (S12).
    """

    begins_on: dt.date
    deadline_on: dt.date | None = None
    original_deadline_on: dt.date | None = None
    deadline_kind: str = "date"
    long_term: bool = False
    start_on: dt.date | None = None
    internal_due_on: dt.date | None = None
    reopened_on: dt.date | None = None
    signed_off_on: dt.date | None = None
    claim: ClaimFact | None = None
    rounds: tuple[RoundFact, ...] = ()
    reports: tuple[ReportFact, ...] = ()
    submissions: tuple[SubmissionFact, ...] = ()
    milestones: tuple[MilestoneFact, ...] = ()
    points: tuple[PointFact, ...] = ()
    target_quantity: Decimal | int | None = None
    confirmations: tuple[ConfirmationFact, ...] = ()
    tolerance_percent: int = 5
    judged_by: str = "both"
    basically_counts_as_done: bool = False
    corrected: bool = False
    """Whether the deadline in force was set by a correction (S2)."""
    sign_offs: tuple[tuple[dt.date, dt.date], ...] = ()
    """(signed off on, known from) of every cycle; for looking back only."""


def as_known_on(facts: MeasureFacts, reopenings: Sequence[dt.date], day: dt.date) -> MeasureFacts:
    """The facts without what happened after `day`: as the ledger knew them at its end, where plan and rules are those
    of that day (S2).

    `reopenings` are all days on which the measure was reopened, in order.
    """
    submissions = tuple(
        s if s.decided_on is None or s.decided_on <= day else replace(s, state="open", decided_on=None)
        for s in facts.submissions
        if s.on <= day
    )
    confirmations = tuple(
        replace(c, withdrawn=c.withdrawn_on is not None and c.withdrawn_on <= day)
        for c in facts.confirmations
        if c.on <= day
    )
    reopened_on = max((on for on in reopenings if on <= day), default=None)
    signed = facts.signed_off_on
    if facts.sign_offs:
        known_marks = [on for on, known_on in facts.sign_offs if known_on <= day]
        signed = max((on for on in known_marks if reopened_on is None or on >= reopened_on), default=None)
    rounds = tuple(
        replace(r, cancelled=False) if r.cancelled_on is not None and r.cancelled_on > day else r for r in facts.rounds
    )
    return replace(
        facts,
        rounds=rounds,
        reports=tuple(r.as_known_on(day) for r in facts.reports if r.on <= day),
        submissions=submissions,
        milestones=milestones_known_on(facts.milestones, day),
        confirmations=confirmations,
        points=tuple(p for p in facts.points if p.approved_on <= day),
        reopened_on=reopened_on,
        signed_off_on=signed,
    )


def milestones_known_on(milestones: Iterable[MilestoneFact], day: dt.date) -> tuple[MilestoneFact, ...]:
    """The milestones that the ledger knew at the end of `day`, with their marks by then."""
    return tuple(m.as_known_on(day) for m in milestones if m.since_on is None or m.since_on <= day)


@dataclass(frozen=True)
class Turns:
    """The days on which a measure or an issue turns; the columns of a Standing (design.md 3).

    `corrected`: what it says rests on a correction (更正, S2): one set the deadline in force, or the last report of an
    unfinished measure was read from a later ledger as of its day; of an issue, any of its measures is. An extension, a
    new deadline or the next report ends that.
    """

    corrected: bool = False
    signed_off_on: dt.date | None = None
    completed_on: dt.date | None = None
    basically_completed_on: dt.date | None = None
    overdue_from: dt.date | None = None
    behind_from: dt.date | None = None
    not_started_from: dt.date | None = None
    unreported_from: dt.date | None = None
    deadline_on: dt.date | None = None
    original_deadline_on: dt.date | None = None
    long_term_open: bool = False
    long_term: bool = False
    pending: bool = False
    reported: bool = False
    lateness_known: bool = True
    done_on: dt.date | None = None
    why: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        return self.signed_off_on is not None or self.completed_on is not None

    def next_turn_after(self, day: dt.date) -> dt.date | None:
        """The least turning day later than `day`; nothing turns between."""
        days = [on for name in TURNING if (on := getattr(self, name)) is not None and on > day]
        return min(days, default=None)


TURNING = (
    "signed_off_on",
    "completed_on",
    "overdue_from",
    "basically_completed_on",
    "behind_from",
    "not_started_from",
    "unreported_from",
)
"""The turning days in the order of the verdict: the first one that has come decides."""

VERDICT_OF = {
    "signed_off_on": Verdict.SIGNED_OFF,
    "completed_on": Verdict.COMPLETED,
    "overdue_from": Verdict.OVERDUE,
    "basically_completed_on": Verdict.BASICALLY_COMPLETED,
    "behind_from": Verdict.BEHIND,
    "not_started_from": Verdict.NOT_STARTED,
    "unreported_from": Verdict.UNREPORTED,
}


def verdict(turns: Any, day: dt.date) -> Verdict:
    """The verdict on `day`: a comparison of dates, nothing else. `turns` is a Turns or a standing's row."""
    for name in TURNING:
        turned = getattr(turns, name)
        if turned is not None and turned <= day:
            return VERDICT_OF[name]
    return Verdict.LONG_TERM if turns.long_term_open else Verdict.ON_SCHEDULE


def why(turns: Any, day: dt.date) -> Why:
    """Why the verdict on `day` is what it is: a code of `verdicts.WHY` and its values, dates as ISO strings."""
    found = verdict(turns, day)
    values: dict[str, Any] = dict(turns.why.get(found.value, {}))
    if found is Verdict.OVERDUE and turns.deadline_on is not None:
        values |= {"deadline": turns.deadline_on.isoformat(), "days": days_overdue(turns, day)}
    elif found is Verdict.ON_SCHEDULE:
        if turns.pending:
            return "pending", values | _iso(deadline=turns.deadline_on)
        if not turns.reported:
            values["code"] = "on_schedule_unreported"
        if turns.deadline_on is not None:
            values |= _iso(deadline=turns.deadline_on)
        else:
            values.setdefault("code", "on_schedule_no_date")
    elif found is Verdict.COMPLETED:
        values |= _iso(on=turns.completed_on)
    elif found is Verdict.SIGNED_OFF:
        values |= _iso(on=turns.signed_off_on)
    elif found is Verdict.BASICALLY_COMPLETED:
        values |= _iso(on=turns.basically_completed_on)
    return str(values.pop("code", found.value)), values


def days_overdue(turns: Any, day: dt.date) -> int:
    """Whole days since the deadline in force, 0 where it is not overdue; a return in between changes nothing (S3)."""
    if turns.deadline_on is None or turns.overdue_from is None or turns.overdue_from > day:
        return 0
    return int((day - turns.deadline_on).days)


def measure_turns(facts: MeasureFacts) -> Turns:
    """The turning days of a measure from its facts; S1 to S9 and S11 to S13 of design.md 3.

    Reopened, it is in a new cycle (S12). Of what came before that day, submissions, reports, the office's word, a
    sign-off and a ledger's claim rule no more: it has not reported and not started until somebody says so again, and a
    round still to be cut off asks it anew. A milestone due before binds it only once a mark is made in the new cycle
    (the earlier one ended in an acceptance); one due later binds, and if it was reached it stays so unless refused,
    as the last figure reported stays: both say what stands built, not who said it when. No adverse day lies before the
    reopening. A report that was returned is no report: what it says counts for nothing, its day not either (S8).
    """
    if any(r.returned_on is not None for r in facts.reports):
        facts = replace(facts, reports=tuple(r for r in facts.reports if r.returned_on is None))
    line = below_line_from(facts) if facts.judged_by != "milestones" else None
    facts = _present_cycle(facts)
    submissions, claim = facts.submissions, facts.claim
    signed_off_on = facts.signed_off_on
    completed_on, basically_on, lateness_known = _good_days(submissions, claim)
    if signed_off_on is None and claim is not None and claim.state == "signed_off":
        signed_off_on = claim.as_of
    known: dict[str, Any] = {
        "signed_off_on": signed_off_on,
        "completed_on": completed_on,
        "basically_completed_on": basically_on,
        "deadline_on": facts.deadline_on,
        "original_deadline_on": facts.original_deadline_on,
        "long_term": facts.long_term,
        "reported": bool(facts.reports or submissions),  # submitting as done is reporting too
        "lateness_known": lateness_known,
    }
    if signed_off_on is not None or completed_on is not None:  # S4
        return Turns(**known, corrected=facts.corrected, done_on=completed_on or signed_off_on)
    pending = any(s.state == "open" for s in submissions)
    known["corrected"] = facts.corrected or any(r.set_back for r in facts.reports[-1:])
    overdue_from = _overdue_from(facts)
    if basically_on is not None:  # S4: keeps only overdue, and not even that where it counts as done
        return Turns(**known, pending=pending, overdue_from=None if facts.basically_counts_as_done else overdue_from)
    behind_from, behind_why = _behind_from(facts, line)
    not_started_from, not_started_why = _not_started_from(facts)
    unreported_from, unreported_why = _unreported_from(facts)
    reasons = {"behind": behind_why, "not_started": not_started_why, "unreported": unreported_why}
    return Turns(
        **known,
        pending=pending,
        overdue_from=overdue_from,
        behind_from=behind_from,
        not_started_from=not_started_from,
        unreported_from=unreported_from,
        long_term_open=facts.deadline_on is None and facts.long_term,
        why={name: reason for name, reason in reasons.items() if reason},
    )


def _present_cycle(facts: MeasureFacts) -> MeasureFacts:
    """The facts without what a reopening left behind (S12)."""
    since = facts.reopened_on
    if since is None:
        return facts
    return replace(
        facts,
        claim=None,
        reports=tuple(r for r in facts.reports if r.on >= since),
        submissions=tuple(s for s in facts.submissions if s.on >= since),
        confirmations=tuple(c for c in facts.confirmations if c.on >= since),
        milestones=tuple(m for m in facts.milestones if m.binds_since(since)),
    )


def issue_turns(measures: Sequence[Turns], milestones: Iterable[MilestoneFact] = (), judged_by: str = "both") -> Turns:
    """The turning days of an issue from those of all its measures and its own milestones (S10), these unless its
    inspection judges by the planned line alone.

    `measures` is not empty: an issue without measures has one that is implied. Only measures have cycles: a milestone
    of the issue itself binds it whenever any measure is unfinished, reopened or not.
    """
    assert measures, "an issue has at least one measure, if only the implied one"
    signed = _latest([m.signed_off_on for m in measures])
    completed = _latest([m.completed_on or m.signed_off_on for m in measures])
    basically = _latest([m.basically_completed_on or m.completed_on or m.signed_off_on for m in measures])
    deadline_on = max((m.deadline_on for m in measures if m.deadline_on), default=None)
    original_on = max((m.original_deadline_on for m in measures if m.original_deadline_on), default=None)
    unfinished = [m for m in measures if not m.is_done]
    known: dict[str, Any] = {
        "corrected": any(m.corrected for m in measures),
        "signed_off_on": signed,
        "completed_on": completed,
        "basically_completed_on": basically,
        "deadline_on": deadline_on,
        "original_deadline_on": original_on,
        "long_term": any(m.long_term for m in measures),
        "reported": all(m.reported for m in unfinished),
        "lateness_known": all(m.lateness_known for m in measures),
    }
    if completed is not None or signed is not None:
        return Turns(**known, done_on=_latest([m.done_on for m in measures]))
    adverse: dict[str, Any] = {}
    reasons: dict[str, dict[str, Any]] = {}
    for name in ("overdue_from", "behind_from", "not_started_from", "unreported_from"):
        worst = min((m for m in unfinished if getattr(m, name)), key=lambda m: getattr(m, name), default=None)
        adverse[name] = getattr(worst, name) if worst else None
        word = VERDICT_OF[name].value
        if worst and word in worst.why:
            reasons[word] = worst.why[word]
    missed_from, missed_why = _first_missed(milestones if judged_by != "line" else ())
    if missed_from is not None and (adverse["behind_from"] is None or missed_from < adverse["behind_from"]):
        adverse["behind_from"], reasons["behind"] = missed_from, missed_why
    overdue = adverse["overdue_from"]
    if overdue is not None:
        due = min((m.deadline_on for m in unfinished if m.overdue_from == overdue and m.deadline_on), default=None)
        if due != deadline_on:
            # The issue falls due with its last measure, but is overdue with its first: the why names that one's date.
            reasons["overdue"] = {"code": "overdue_measure"} | _iso(measure_deadline=due)
    return Turns(
        **known,
        **adverse,
        pending=any(m.pending for m in unfinished),
        long_term_open=any(m.long_term_open for m in unfinished) and not any(m.deadline_on for m in unfinished),
        why=reasons,
    )


def _latest(days: Sequence[dt.date | None]) -> dt.date | None:
    known = [d for d in days if d is not None]
    return max(known) if len(known) == len(days) else None


def _good_days(
    submissions: Sequence[SubmissionFact], claim: ClaimFact | None
) -> tuple[dt.date | None, dt.date | None, bool]:
    """(completed on, basically completed on, whether the day is known that decides lateness)."""
    completed = next((s.on for s in submissions if s.state == "accepted" and s.claim == "completed"), None)
    basically = next((s.on for s in submissions if s.state == "accepted" and s.claim == "basically_completed"), None)
    known = True
    if claim is not None and claim.state in ("completed", "signed_off") and completed is None:
        known = claim.completed_on is not None
        completed = min(claim.completed_on, claim.as_of) if claim.completed_on else claim.as_of
    if claim is not None and claim.state == "basically_completed" and basically is None:
        basically = claim.as_of
    return completed, basically, known


def _overdue_from(facts: MeasureFacts) -> dt.date | None:
    due = facts.deadline_on
    if due is None:
        return None
    in_time = [s for s in facts.submissions if s.on <= due]
    if any(s.state == "open" for s in in_time):  # S3: held back until it is decided
        return None
    days = [due + ONE_DAY]
    days += [s.decided_on for s in in_time if s.state == "returned" and s.decided_on]
    if facts.reopened_on is not None:  # S12
        days.append(facts.reopened_on)
    return max(days)


def _first_missed(milestones: Iterable[MilestoneFact]) -> tuple[dt.date | None, dict[str, Any]]:
    missed = [(m.missed_from, m) for m in milestones if m.missed_from is not None]
    if not missed:
        return None, {}
    day, milestone = min(missed, key=lambda pair: (pair[0], pair[1].due_on))
    return day, {"code": "behind_milestone", "text": milestone.text} | _iso(due=milestone.due_on)


def _behind_from(
    facts: MeasureFacts, line: tuple[dt.date, Fraction, Fraction] | None
) -> tuple[dt.date | None, dict[str, Any]]:
    confirmation = facts.confirmations[-1] if facts.confirmations else None
    if confirmation is not None and confirmation.withdrawn:
        confirmation = None
    if confirmation is not None and confirmation.verdict == "behind":
        return confirmation.on, {"code": "behind_confirmed"} | _iso(on=confirmation.on)
    found: list[tuple[dt.date, dt.date, dict[str, Any]]] = []  # (behind from, what was due when, why)
    for milestone in facts.milestones if facts.judged_by != "line" else ():
        if milestone.missed_from is not None:
            reason = {"code": "behind_milestone", "text": milestone.text} | _iso(due=milestone.due_on)
            found.append((milestone.missed_from, milestone.due_on, reason))
    if line is not None:
        day, planned, reported = line
        told = {
            name: quantities.plain(quantities.rounded(v)) for name, v in (("planned", planned), ("reported", reported))
        }
        reason = {"code": "behind_quantity"} | told | _iso(on=day)
        found.append((day, day, reason))
    if facts.deadline_on is None and facts.internal_due_on is not None:  # S11: 立行立改
        reason = {"code": "behind_internal"} | _iso(due=facts.internal_due_on)
        found.append((facts.internal_due_on + ONE_DAY, facts.internal_due_on, reason))
    if confirmation is not None:  # S6: excuses what was due by its own day, through its last day
        last_on = confirmation.last_on or confirmation.on
        found = [
            (
                (max(day, last_on + ONE_DAY), due, {"code": "behind_confirmation_ended"} | _iso(last=last_on))
                if due <= confirmation.on
                else (day, due, reason)
            )
            for day, due, reason in found
        ]
    if not found:
        return None, {}
    day, _, reason = min(found, key=lambda triple: triple[:2])
    return max(day, facts.reopened_on or day), reason


def planned_line(facts: MeasureFacts) -> list[tuple[dt.date, Fraction]]:
    """The dated points of the planned line from (planned start, 0) to the target on the deadline; [] where there is none.

    A planned figure on or before the start, or on or after the deadline, is none of them: `left_out` tells which.
    """
    if facts.target_quantity is None or facts.start_on is None:
        return []
    points = dict(points_in_force(facts.points))
    if facts.deadline_on is not None:
        points = {due: quantity for due, quantity in points.items() if due < facts.deadline_on}
        points[facts.deadline_on] = Fraction(facts.target_quantity)
    line = [(facts.start_on, Fraction(0))] + sorted((d, q) for d, q in points.items() if d > facts.start_on)
    return line if len(line) > 1 else []


def points_in_force(points: Sequence[PointFact]) -> list[tuple[dt.date, Fraction]]:
    """The planned figures that hold, by day: a revised one replaces the later ones approved before it (S7)."""
    found: dict[dt.date, Fraction] = {}
    for approved_on in sorted({point.approved_on for point in points}):
        revised = {p.due_on: Fraction(p.quantity) for p in points if p.approved_on == approved_on}
        found = {due: quantity for due, quantity in found.items() if due < min(revised)} | revised
    return sorted(found.items())


def left_out(
    points: Iterable[tuple[dt.date, Fraction | Decimal | int]],
    start_on: dt.date | None,
    deadline_on: dt.date | None,
    target: Fraction | Decimal | int,
) -> list[dt.date]:
    """The days of planned figures that no line from nothing on its start to the target on its deadline can hold: before its
    start, after its end, or on one of both and otherwise than the line says."""
    return [
        on
        for on, quantity in points
        if (start_on is not None and (on < start_on or on == start_on and quantity != 0))
        or (deadline_on is not None and (on > deadline_on or on == deadline_on and quantity != target))
    ]


def planned_on(line: Sequence[tuple[dt.date, Fraction]], day: dt.date) -> Fraction:
    """What a planned line asks for by a day: nothing before it begins, its last figure from its end on."""
    if day < line[0][0]:
        return Fraction(0)
    for (from_on, low), (to_on, high) in zip(line, line[1:], strict=False):
        if day < to_on:
            return low + (high - low) * Fraction((day - from_on).days, (to_on - from_on).days)
    return line[-1][1]


def tolerated(facts: MeasureFacts) -> Fraction:
    """How far the figure reported may lie below the planned line, in the target's own unit (S7)."""
    return Fraction(facts.target_quantity or 0) * Fraction(facts.tolerance_percent, 100)


def below_line_from(facts: MeasureFacts) -> tuple[dt.date, Fraction, Fraction] | None:
    """(first whole day on which the planned line minus tolerance exceeds the reported figure, planned then, reported)."""
    line = planned_line(facts)
    if not line:
        return None
    reported = Fraction(next((r.quantity for r in reversed(facts.reports) if r.quantity is not None), 0))
    bound = reported + tolerated(facts)
    for (from_on, low), (to_on, high) in zip(line, line[1:], strict=False):
        span = (to_on - from_on).days
        if low > bound:
            return from_on, low, reported
        if high <= bound:
            continue
        passed = (bound - low) * span / (high - low)
        day = from_on + (int(passed) + 1) * ONE_DAY
        return day, planned_on(line, day), reported
    return None


def _not_started_from(facts: MeasureFacts) -> tuple[dt.date | None, dict[str, Any]]:
    since = facts.reopened_on
    reports = {r.on: r for r in facts.reports}  # the last report of a day counts
    started = any(r.state != "not_started" for r in reports.values()) or bool(facts.submissions)
    if started or any(m.reached_since(since) for m in facts.milestones):  # S9
        return None, {}
    found: list[tuple[dt.date, dict[str, Any]]] = []
    if facts.start_on is not None:
        planned = facts.start_on + ONE_DAY
        found.append((max(planned, since or planned), {"code": "not_started_planned"} | _iso(start=facts.start_on)))
    if reports:
        first = min(reports)
        found.append((first, {"code": "not_started_reported"} | _iso(on=first)))
    return min(found, key=lambda pair: pair[0]) if found else (None, {})


def _unreported_from(facts: MeasureFacts) -> tuple[dt.date | None, dict[str, Any]]:
    claim = facts.claim
    if facts.deadline_on is None and not facts.long_term and facts.deadline_kind != "immediate":  # S11
        return facts.reopened_on or facts.begins_on, {"code": "unreported_deadline"}
    since = facts.reopened_on or facts.begins_on
    said_on = [r.on for r in facts.reports] + [s.on for s in facts.submissions]
    rounds = sorted((r for r in facts.rounds if not r.cancelled), key=lambda r: (r.opens_on, r.cut_off_on))
    last_reported = -1
    for i, this in enumerate(rounds):
        until = rounds[i + 1].opens_on if i + 1 < len(rounds) else None
        if any(on >= this.opens_on and (until is None or on < until) for on in said_on):
            last_reported = i
    if claim is not None and claim.state in ("", "in_progress") and not said_on:  # S13: claims no verdict
        return claim.as_of, {"code": "unreported_ledger"} | _iso(on=claim.as_of)
    if claim is not None:  # its round closed on that day; what ended by then binds nobody
        since = max(since, claim.as_of + ONE_DAY)
    waiting = [r for i, r in enumerate(rounds) if i > last_reported and r.cut_off_on >= since]
    if last_reported >= 0:
        waiting = [r for r in waiting if r.cut_off_on > rounds[last_reported].cut_off_on]
    if not waiting:
        return None, {}
    first = min(waiting, key=lambda r: r.cut_off_on + r.grace_days * ONE_DAY)
    reason = {"code": "unreported_round", "round": first.name} | _iso(cut_off=first.cut_off_on)
    return first.cut_off_on + (first.grace_days + 1) * ONE_DAY, reason


def _iso(**days: dt.date | None) -> dict[str, Any]:
    return {name: day.isoformat() for name, day in days.items() if day is not None}
