"""The rule of design.md 3 once more, slowly: asked for one day at a time, of the raw events that had happened by then.

Shares nothing with rectify.rules: no turning days, no standings. `tests/test_oracle.py` compares the two.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction

GOOD = ("signed_off", "completed")


@dataclass
class Event:
    """Something that happened: `kind` and its values; `refused` acts never become events."""

    day: dt.date
    kind: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass
class History:
    """One measure as its plan printed it, and all that happened since."""

    begins: dt.date
    deadline: dt.date | None
    kind: str
    long_term: bool
    start: dt.date | None
    internal: dt.date | None
    milestones: dict[int, dt.date]
    target: int | None
    tolerance: int
    basically_counts: bool
    rounds: list[tuple[dt.date, dt.date, int]]  # opens, cut-off, grace
    events: list[Event] = field(default_factory=list)

    def by(self, day: dt.date, *kinds: str) -> list[Event]:
        return [e for e in self.events if e.day <= day and e.kind in kinds]


def verdict(h: History, day: dt.date) -> str:
    """What the ledger says of the measure on `day`."""
    reopened = [e.day for e in h.by(day, "reopen")]
    cycle = reopened[-1] if reopened else h.begins
    submissions = [e for e in h.by(day, "submit") if e.day >= cycle or not reopened]
    decisions = {e.values["of"]: e for e in h.by(day, "accept", "return", "withdraw")}
    accepted = [s for s in submissions if id(s) in decisions and decisions[id(s)].kind == "accept"]
    if any(e.day >= cycle for e in h.by(day, "sign_off")):
        return "signed_off"
    if any(s.values["claim"] == "completed" for s in accepted):
        return "completed"
    basically = any(s.values["claim"] == "basically_completed" for s in accepted)
    limit = _deadline(h, day)
    if _overdue(h, day, limit, cycle, submissions, decisions) and not (basically and h.basically_counts):
        return "overdue"
    if basically:
        return "basically_completed"
    if _behind(h, day, limit):
        return "behind"
    if _not_started(h, day, cycle, bool(reopened), submissions):
        return "not_started"
    if _unreported(h, day, limit, cycle):
        return "unreported"
    return "long_term" if limit is None and h.long_term else "on_schedule"


def open_deadline(h: History, day: dt.date) -> dt.date | None:
    return _deadline(h, day)


def issue_verdict(histories: list[History], day: dt.date) -> str:
    """An issue is as good as all of its measures and as bad as any (S10)."""
    found = [(verdict(h, day), h) for h in histories]
    words = [word for word, _ in found]
    if all(w == "signed_off" for w in words):
        return "signed_off"
    if all(w in GOOD for w in words):
        return "completed"
    if "overdue" in words:
        return "overdue"
    if all(w in (*GOOD, "basically_completed") for w in words):
        return "basically_completed"
    for bad in ("behind", "not_started", "unreported"):
        if bad in words:
            return bad
    unfinished = [(w, h) for w, h in found if w not in GOOD]
    dated = any(_deadline(h, day) is not None for _, h in unfinished)
    return "long_term" if "long_term" in words and not dated else "on_schedule"


def _deadline(h: History, day: dt.date) -> dt.date | None:
    limit = h.deadline
    for event in h.by(day, "extend", "reopen"):
        new = event.values.get("deadline")
        if isinstance(new, dt.date):
            limit = new
    return limit


def _overdue(
    h: History,
    day: dt.date,
    limit: dt.date | None,
    cycle: dt.date,
    submissions: list[Event],
    decisions: dict[object, Event],
) -> bool:
    if limit is None or day <= limit or day < cycle:
        return False
    for sent in submissions:
        if sent.day <= limit:
            decision = decisions.get(id(sent))
            if decision is None:
                return False  # waits for a decision
            if decision.kind == "return" and day < decision.day:
                return False
    return True


def _reopened(h: History, day: dt.date) -> dt.date | None:
    return max((e.day for e in h.by(day, "reopen")), default=None)


def _in_cycle(h: History, events: list[Event], day: dt.date) -> list[Event]:
    """Those of the events that are of the cycle which `day` lies in (S12)."""
    since = _reopened(h, day)
    return [e for e in events if since is None or e.day >= since]


def _marks(h: History, milestone: int, day: dt.date) -> list[Event]:
    """The events that changed whether a milestone is reached: a report that says so, its being left out later the same
    day, a refusal."""
    said, changed, by_report = False, [], None
    for event in h.by(day, "report", "refuse"):
        if event.kind == "report":
            now = milestone in event.values["reached"]  # type: ignore[operator]
            if not now and (not said or by_report != event.day):
                continue
        elif event.values["milestone"] == milestone:
            now = False
        else:
            continue
        if now != said:
            changed.append(event)
            said, by_report = now, event.day if event.kind == "report" else None
    return changed


def _reached(h: History, milestone: int, day: dt.date) -> bool:
    marks = _marks(h, milestone, day)
    return bool(marks) and marks[-1].kind == "report" and milestone in marks[-1].values["reached"]  # type: ignore[operator]


def _behind(h: History, day: dt.date, limit: dt.date | None) -> bool:
    word: Event | None = None
    for event in _in_cycle(h, h.by(day, "confirm", "unconfirm"), day):
        word = event if event.kind == "confirm" else None
    if word is not None and word.values["verdict"] == "behind":
        return True
    excused_to = word.day if word is not None else None
    last = word.values["last"] if word is not None else None
    for milestone, due in h.milestones.items():
        if due < (_reopened(h, day) or due) and not _in_cycle(h, _marks(h, milestone, day), day):
            continue  # that date was met by the acceptance of the cycle before
        if day > due and not _reached(h, milestone, day):
            if excused_to is not None and due <= excused_to and isinstance(last, dt.date) and day <= last:
                continue
            return True
    below = _below_line_since(h, day, limit)
    if below is not None and not (
        excused_to is not None and below <= excused_to and isinstance(last, dt.date) and day <= last
    ):
        return True
    if limit is None and h.internal is not None and day > h.internal:
        excused = excused_to is not None and h.internal <= excused_to and isinstance(last, dt.date) and day <= last
        return not excused
    return False


def _below_line_since(h: History, day: dt.date, limit: dt.date | None) -> dt.date | None:
    if h.target is None or h.start is None or limit is None or limit <= h.start:
        return None
    figure = 0
    for event in h.by(day, "report"):
        if event.values.get("quantity") is not None:
            figure = int(event.values["quantity"])  # type: ignore[call-overload]
    looked = h.start
    while looked <= min(day, limit):
        planned = Fraction(h.target * (looked - h.start).days, (limit - h.start).days)
        if planned - Fraction(h.target * h.tolerance, 100) > figure:
            return looked
        looked += dt.timedelta(days=1)
    return None


def _not_started(h: History, day: dt.date, cycle: dt.date, reopened: bool, submissions: list[Event]) -> bool:
    reports = [e for e in h.by(day, "report") if not reopened or e.day >= cycle]
    last_of_day = {e.day: e for e in reports}
    if submissions or any(e.values["state"] != "not_started" for e in last_of_day.values()):
        return False
    if any(_reached_in_cycle(h, m, day) for m in h.milestones):
        return False
    return bool(reports) or (h.start is not None and day > h.start)


def _reached_in_cycle(h: History, milestone: int, day: dt.date) -> bool:
    return any(
        _reached(h, milestone, e.day) and e.kind == "report" for e in _in_cycle(h, _marks(h, milestone, day), day)
    )


def _unreported(h: History, day: dt.date, limit: dt.date | None, cycle: dt.date) -> bool:
    if limit is None and not h.long_term and h.kind != "immediate":
        return True
    said = [e.day for e in _in_cycle(h, h.by(day, "report", "submit"), day)]
    last = -1
    for i, (opens, _, _) in enumerate(h.rounds):
        following = h.rounds[i + 1][0] if i + 1 < len(h.rounds) else dt.date.max
        if any(opens <= d < following for d in said):
            last = i
    for opens, cut_off, grace in h.rounds[last + 1 :]:
        del opens
        if cut_off >= cycle and day > cut_off + dt.timedelta(days=grace):
            return True
    return False
