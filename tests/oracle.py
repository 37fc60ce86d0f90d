"""The rule of design.md 3 once more, slowly: asked for one day at a time, of the raw events that had happened by then.

Shares nothing with rectify.rules: no turning days, no standings. `tests/test_oracle.py` compares the two.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import chinese_calendar

GOOD = ("signed_off", "completed")
ONE_DAY = dt.timedelta(days=1)
_numbers = itertools.count()


@dataclass
class Event:
    """Something that happened: `kind` and its values; `refused` acts never become events.

    `day` is the day from which it counts: that of the act, but of a correction the day of its effect.
    """

    day: dt.date
    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    number: int = field(default_factory=lambda: next(_numbers))


def granted(cut_off: dt.date, count: int, unit: str) -> int:
    """The calendar days that a grace of so many days or working days takes, counted day by day as published."""
    last = cut_off
    while count:
        last += ONE_DAY
        count -= unit == "days" or chinese_calendar.is_workday(last)
    return (last - cut_off).days


@dataclass
class Round:
    opens: dt.date
    cut_off: dt.date
    grace: int
    known: dt.date
    ended: dt.date | None = None  # cancelled, or made another one

    def binds(self, day: dt.date) -> bool:
        return self.known <= day and (self.ended is None or self.ended > day)


@dataclass
class Batch:
    """An inspection: `rules` are (from, values), `rounds` all that were ever planned."""

    issued: dt.date
    rules: list[tuple[dt.date, dict[str, Any]]]
    rounds: list[Round] = field(default_factory=list)

    def rule(self, name: str, day: dt.date) -> Any:
        return [values for since, values in self.rules if since <= day][-1][name]


@dataclass
class Limited:
    """What has a time limit and a life in the ledger."""

    begins: dt.date
    deadline: dt.date | None = None
    kind: str = "none"
    long_term: bool = False
    withdrawn: dt.date | None = None
    events: list[Event] = field(default_factory=list)

    def by(self, day: dt.date, *kinds: str) -> list[Event]:
        """What had happened by a day. A report that was returned by then was never made, but what it did to a milestone,
        and that its return undid it, is told in `_marks`."""
        happened = [e for e in self.events if e.day <= day]
        void = {sent for e in happened if e.kind == "send_back" for sent in e.values["sent"]}
        return [e for e in happened if e.kind in kinds and not (e.kind == "report" and e.values["sent"] in void)]

    def marking(self, day: dt.date) -> list[Event]:
        """All that ever changed a milestone by a day, in the order of the acts."""
        kinds = ("report", "refuse", "send_back")
        return sorted((e for e in self.events if e.day <= day and e.kind in kinds), key=lambda e: e.number)

    def there(self, day: dt.date) -> bool:
        return self.begins <= day and (self.withdrawn is None or self.withdrawn > day)

    def stones(self, day: dt.date) -> dict[str, dt.date]:
        """Its milestones on a day: text → due."""
        plans = self.by(day, "stones")
        return plans[-1].values["stones"] if plans else {}


@dataclass
class Issue(Limited):
    batch: Batch = None  # type: ignore[assignment]
    answered: list[tuple[dt.date, History]] = field(default_factory=list)

    def measures(self, day: dt.date) -> list[History]:
        return [h for since, h in self.answered if since <= day and h.there(day)]


@dataclass
class History(Limited):
    """One measure as its plan printed it, and all that happened since; `kind` none: it has its issue's limit."""

    homes: list[tuple[dt.date, Issue]] = field(default_factory=list)  # since when, in order
    claim: tuple[dt.date, str] | None = None  # of a ledger, and what it claims

    def home(self, day: dt.date) -> Issue:
        return [issue for since, issue in self.homes if since <= day][-1]

    def plan(self, day: dt.date) -> dict[str, Any]:
        """start, target and points as planned on a day."""
        return self.by(day, "plan")[-1].values

    def start(self, day: dt.date) -> dt.date | None:
        own: dt.date | None = self.plan(day)["start"]
        batch = self.home(day).batch
        return own or (batch.issued if batch.rule("starts_on_issue_date", day) else None)


def limit(h: History, day: dt.date) -> tuple[dt.date | None, str, bool]:
    """(deadline, kind, long-term) in force on a day: its own, or its issue's (S1)."""
    own = [e for e in h.by(day, "extend", "reopen", "correct") if e.values["deadline"] is not None]
    issues = [e for e in h.home(day).by(day, "extend", "correct")]
    inherited = (h.home(day).deadline, h.home(day).kind, h.home(day).long_term)
    if issues:
        inherited = (issues[-1].values["deadline"], "date", h.home(day).long_term)
    if own:
        return own[-1].values["deadline"], "date", h.long_term or (h.kind == "none" and h.home(day).long_term)
    return inherited if h.kind == "none" else (h.deadline, h.kind, h.long_term)


def verdict(h: History, day: dt.date) -> str:
    """What the ledger says of the measure on `day`."""
    reopened = _reopened(h, day)
    cycle = reopened or h.begins
    submissions = _in_cycle(h, h.by(day, "submit"), day)
    decisions = {e.values["of"]: e for e in h.by(day, "accept", "return", "withdraw")}
    accepted = [s for s in submissions if s.number in decisions and decisions[s.number].kind == "accept"]
    claimed = h.claim[1] if h.claim is not None and reopened is None else ""
    if any(e.day >= cycle for e in h.by(day, "sign_off")):
        return "signed_off"
    if claimed == "completed" or any(s.values["claim"] == "completed" for s in accepted):
        return "completed"
    basically = claimed == "basically_completed" or any(s.values["claim"] == "basically_completed" for s in accepted)
    counts = basically and h.home(day).batch.rule("basically_counts_as_done", day)
    if not counts and _overdue(h, day, submissions, decisions):
        return "overdue"
    if basically:
        return "basically_completed"
    if _behind(h, day):
        return "behind"
    if _not_started(h, day, submissions):
        return "not_started"
    if _unreported(h, day, cycle):
        return "unreported"
    due, _, long_term = limit(h, day)
    return "long_term" if due is None and long_term else "on_schedule"


def corrected(h: History, day: dt.date) -> bool:
    """Whether the deadline in force on a day was set by a correction (S2)."""
    own = [e for e in h.by(day, "extend", "reopen", "correct") if e.values["deadline"] is not None]
    inherited = h.home(day).by(day, "extend", "correct") if h.kind == "none" else []
    last = own or inherited
    return bool(last) and last[-1].kind == "correct"


def issue_verdict(issue: Issue, day: dt.date) -> str:
    """An issue is as good as all of its measures and as bad as any, or as its own milestones (S10)."""
    found = [(verdict(h, day), h) for h in issue.measures(day)]
    words = [word for word, _ in found]
    if all(w == "signed_off" for w in words):
        return "signed_off"
    if all(w in GOOD for w in words):
        return "completed"
    if "overdue" in words:
        return "overdue"
    if all(w in (*GOOD, "basically_completed") for w in words):
        return "basically_completed"
    stones = issue.stones(day) if issue.batch.rule("judged_by", day) != "line" else {}
    if any(day > due and not _reached(issue, text, day) for text, due in stones.items()):
        return "behind"
    for bad in ("behind", "not_started", "unreported"):
        if bad in words:
            return bad
    unfinished = [h for w, h in found if w not in GOOD]
    dated = any(limit(h, day)[0] is not None for h in unfinished)
    return "long_term" if "long_term" in words and not dated else "on_schedule"


def _overdue(h: History, day: dt.date, submissions: list[Event], decisions: dict[int, Event]) -> bool:
    due, _, _ = limit(h, day)
    if due is None or day <= due:
        return False
    for sent in submissions:
        if sent.day <= due:
            decision = decisions.get(sent.number)
            if decision is None:
                return False  # waits for a decision
            if decision.kind == "return" and day < decision.day:
                return False
    return True


def _reopened(h: Limited, day: dt.date) -> dt.date | None:
    return max((e.day for e in h.by(day, "reopen")), default=None)


def _in_cycle(h: Limited, events: list[Event], day: dt.date) -> list[Event]:
    """Those of the events that are of the cycle which `day` lies in (S12); an issue has but one."""
    since = _reopened(h, day)
    return [e for e in events if since is None or e.day >= since]


def _marks(item: Limited, stone: str, day: dt.date) -> list[Event]:
    """The events that changed whether a milestone is reached: a report that says so, its being left out by the same
    measure later the same day, a refusal, the return of the report that said so."""
    said, changed, source, sent = False, [], None, None
    for event in item.marking(day):
        if event.kind == "report":
            now, by = stone in event.values["reached"], (event.values["who"], event.day)
            if not now and source != by:
                continue
        elif event.kind == "send_back":
            now, by = said and sent not in event.values["sent"], source
        elif event.values["stone"] == stone:
            now, by = False, None
        else:
            continue
        if now != said:
            changed.append(event)
            said, source = now, by if now else None
            sent = event.values["sent"] if event.kind == "report" else None
    return changed


def _reached(item: Limited, stone: str, day: dt.date) -> bool:
    marks = _marks(item, stone, day)
    return bool(marks) and marks[-1].kind == "report" and stone in marks[-1].values["reached"]


def _behind(h: History, day: dt.date) -> bool:
    word: Event | None = None
    for event in _in_cycle(h, h.by(day, "confirm", "unconfirm"), day):
        word = event if event.kind == "confirm" else None
    if word is not None and word.values["verdict"] == "behind":
        return True

    def excused(due: dt.date) -> bool:
        return word is not None and due <= word.day and day <= word.values["last"]

    since, judged_by = _reopened(h, day), h.home(day).batch.rule("judged_by", day)
    for stone, due in h.stones(day).items() if judged_by != "line" else ():
        if since is not None and due < since and not _in_cycle(h, _marks(h, stone, day), day):
            continue  # that date was met by the acceptance of the cycle before
        if day > due and not _reached(h, stone, day) and not excused(due):
            return True
    below = _below_line_since(h, day) if judged_by != "milestones" else None
    if below is not None and not excused(below):
        return True
    deadline, kind, _ = limit(h, day)
    internal = h.home(day).batch.issued + dt.timedelta(days=h.home(day).batch.rule("immediate_days", day))
    return deadline is None and kind == "immediate" and day > internal and not excused(internal)


def _below_line_since(h: History, day: dt.date) -> dt.date | None:
    plan, start, (due, _, _) = h.plan(day), h.start(day), limit(h, day)
    target = plan["target"]
    if target is None or start is None:
        return None
    figure = 0
    for event in h.by(day, "report"):
        if event.values.get("quantity") is not None:
            figure = event.values["quantity"]
    points = {on: q for on, q in plan["points"] if on > start and (due is None or on < due)}
    if due is not None and due > start:
        points[due] = target
    line = [(start, 0), *sorted(points.items())]
    for (low_on, low), (high_on, high) in zip(line, line[1:], strict=False):
        looked = low_on
        while looked <= min(day, high_on):
            planned = Fraction(low) + Fraction(high - low) * Fraction((looked - low_on).days, (high_on - low_on).days)
            if planned - Fraction(target) * h.home(day).batch.rule("tolerance_percent", day) / 100 > Fraction(figure):
                return looked
            looked += ONE_DAY
    return None


def _not_started(h: History, day: dt.date, submissions: list[Event]) -> bool:
    reports = _in_cycle(h, h.by(day, "report"), day)
    last_of_day = {e.day: e for e in reports}
    if submissions or any(e.values["state"] != "not_started" for e in last_of_day.values()):
        return False
    for stone in h.stones(day):
        standing = h.by(day, "report")
        marks = [e for e in _in_cycle(h, _marks(h, stone, day), day) if e.kind != "report" or e in standing]
        last_marks = {e.day: e for e in marks}
        if any(e.kind == "report" and stone in e.values["reached"] for e in last_marks.values()):
            return False
    start = h.start(day)
    return bool(reports) or (start is not None and day > start)


def _unreported(h: History, day: dt.date, cycle: dt.date) -> bool:
    due, kind, long_term = limit(h, day)
    if due is None and not long_term and kind != "immediate":
        return True
    said = [e.day for e in _in_cycle(h, h.by(day, "report", "submit"), day)]
    first = cycle
    if h.claim is not None and _reopened(h, day) is None:
        if h.claim[1] in ("", "in_progress") and not said:
            return True
        first = h.claim[0] + ONE_DAY  # its own round closed on that day
    rounds = sorted((r for r in h.home(day).batch.rounds if r.binds(day)), key=lambda r: (r.opens, r.cut_off))
    last = -1
    for i, this in enumerate(rounds):
        following = rounds[i + 1].opens if i + 1 < len(rounds) else dt.date.max
        if any(this.opens <= d < following for d in said):
            last = i
    return any(this.cut_off >= first and day > this.cut_off + this.grace * ONE_DAY for this in rounds[last + 1 :])
