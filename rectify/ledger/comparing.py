"""A newer version of a plan, or a ledger of progress, beside what an inspection holds: what it adds, changes and leaves
out, and what it reports (design.md 2, S14).

Nothing is written here; what is chosen of it is done by `applying`. Which item is which is `matching`'s.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from rectify import models, rounds, standing
from rectify.reading.draft import Facts, IssueDraft, MeasureDraft, MilestoneDraft, PlanDraft, Target, UnitDraft
from rectify.rules import numerals, plan_form, verdicts
from rectify.rules.deadlines import Deadline

from . import matching
from .claims import Claim, claimed
from .common import PERSONS, clean, key_of
from .drafts import facts_of, measures_of, says, states_progress
from .inspections import InspectionForm
from .items import names_in
from .matching import Mark
from .names import Choice, Register, find_units, parts_of, printed_units
from .outgoing import facts_on
from .questions import Answered, answered, open_asks, questions
from .rejecting import Place, Rejected, faulty
from .revising import planned_points

TEXTS = {"upper_number": 40, "category": 300, "goal": None, "source": 200}
"""The texts of an issue beside its own, and how long the ledger keeps them."""

SAID = ("state", "completed_on", "started", "claims_completed", "claims_on_schedule", "signed_off")
SAID_IN_WORDS = ("progress", "difficulty", "next_step")
"""What a file says of a measure's progress (reading.draft.Facts)."""

GOOD = tuple(verdict.value for verdict in verdicts.GOOD)
SAYS_WHEN = ("date", "range", "immediate", "long_term")
"""Kinds of time limits that say something; the others wait for an answer, and change nothing that is known."""

NO_ISSUE = "该批次中没有与之对应的问题。"
NO_MEASURE = "该问题下没有与之对应的措施。"
IN_DOUBT = "与台账中的多项同样相近，无法判定是哪一项，请修改编号或文字后再导入。"
FINISHED = "该措施在台账中已完成，不再填报；如有反弹，请先重启。"
TOO_EARLY = "台账截止日早于这条措施进入台账的日期，不能填报。"


@dataclass(frozen=True)
class Limit:
    """A time limit as it is in force: its date or kind, and the date that was printed first."""

    kind: str = "none"
    date: dt.date | None = None
    long_term: bool = False
    start: dt.date | None = None
    original: dt.date | None = None

    @classmethod
    def of(cls, item: Any) -> Limit:
        """The limit of a row of the ledger (models.HasDeadline)."""
        return cls(item.deadline_kind, item.deadline_on, item.long_term, item.start_on, item.original_deadline_on)

    @classmethod
    def read(cls, limit: Deadline) -> Limit:
        return cls(limit.kind, limit.date, limit.long_term, limit.start, limit.date)

    @property
    def code(self) -> str:
        """What the page shows: a date, a kind, or both ("2026-12-31 long_term")."""
        said = self.date.isoformat() if self.date else self.kind
        return f"{said} long_term" if self.long_term and said != "long_term" else said


@dataclass
class Held:
    """An issue or measure of the ledger as it stands. `limit` is its own; of a measure without one, kind "none"."""

    id: int
    version: int
    number: str
    text: str
    limit: Limit
    finished: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    units: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    persons: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    milestones: list[tuple[dt.date, str, str]] = field(default_factory=list)  # day, text, state to be reported
    target: Target | None = None
    measures: list[Held] = field(default_factory=list)
    guests: list[Mark] = field(default_factory=list)  # measures that answer it and are at home in another inspection
    implied: Held | None = None
    begins_on: dt.date = dt.date.max
    last: LastSaid | None = None
    claim: tuple[dt.date, str, str] | None = None  # (as of, state, progress) of the ledger it came with


@dataclass(frozen=True)
class LastSaid:
    """The last report of a measure."""

    on: dt.date
    state: str
    text: str


@dataclass(frozen=True)
class Change:
    """One field, as the ledger has it and as the file says: plain texts, several units or milestones one a line.

    `deadline` holds codes (`Limit.code`), `state` the state of a report; `unit.lead` and so on name the role.
    """

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """Something that may be done: `kind` is added, changed, gone or report. `key` names it on the page, whatever else
    changes; `version` is the row's. `needs_basis`: a later deadline or a withdrawal. `note` is a code for the page.
    `reports`: of how many measures an added one states the progress, which is reported with it."""

    key: str
    kind: str
    item: str
    number: str
    text: str
    place: Place | None = None
    item_id: int | None = None
    version: int = 0
    changes: tuple[Change, ...] = ()
    measures: int = 0
    by_default: bool = True
    needs_basis: bool = False
    note: str = ""
    claim: Claim | None = None
    last_on: dt.date | None = None
    reports: int = 0


@dataclass
class Comparison:
    """All that a file says beside an inspection. `rejected` is what cannot go in; `same` counts items left alone.

    `states`: it says how far anything is; `is_ledger`: it is taken for a ledger of progress, else for a newer version."""

    inspection: models.Inspection
    draft: PlanDraft
    form: InspectionForm
    answers: dict[str, str]
    said: Answered
    as_of: dt.date
    states: bool
    is_ledger: bool
    entries: list[Entry]
    rejected: list[Rejected]
    same: int
    absent: int  # rows of the ledger that a ledger of progress does not list: nothing happens to them
    issues: dict[int, Held]
    measures: dict[int, Held]
    pairs: dict[Place, int]

    def count(self, kind: str, item: str = "") -> int:
        return sum(entry.kind == kind and item in ("", entry.item) for entry in self.entries)

    @property
    def digest(self) -> str:
        """Changes with whatever the page showed: the rows of the ledger and the draft."""
        shown = [(e.key, e.version, e.changes, e.by_default, e.place, e.last_on) for e in self.entries]
        return hashlib.sha256(
            repr((shown, self.rejected, self.as_of, self.is_ledger)).encode("utf-8", "replace")
        ).hexdigest()[:32]


def first_match(session: Session, draft: PlanDraft, inspection_id: int) -> int | None:
    """The position of the first issue of a draft that the inspection has already, or that may be one of several it has;
    None where all are new to it."""
    rows = session.execute(
        select(models.Issue.number, models.Issue.text, models.Source.name)
        .outerjoin(models.Source, models.Source.id == models.Issue.source_id)
        .where(models.Issue.inspection_id == inspection_id, models.Issue.withdrawn_on.is_(None))
        .order_by(models.Issue.seq)
    ).all()
    found = matching.pair([_mark(issue) for issue in draft.issues], [Mark(n, t, s or "") for n, t, s in rows])
    return min({*found.pairs, *found.doubts}, default=None)


def compare(
    session: Session,
    draft: PlanDraft,
    inspection: models.Inspection,
    form: InspectionForm,
    answers: Mapping[str, str],
    units: Mapping[str, Choice],
    *,
    day: dt.date,
    as_of: dt.date | None = None,
    as_ledger: bool | None = None,
) -> Comparison:
    """What a draft says beside the inspection as it stands on `day`. `answers` and `units` as for an import.

    A draft that states progress is either of two, as `as_ledger` says. A ledger of progress reports as of its cut-off
    on what its rows match, and what they do not match is rejected; its texts and limits change nothing unless chosen,
    and what it leaves out stays. A newer version adds, changes and leaves out, and reports where it says something else
    than the ledger did on the day it is of. None: our own form is a newer version, any other file with progress a
    ledger. A draft that states none is a version whatever `as_ledger` is.
    """
    return _Comparing(session, draft, inspection, form, answers, units, day, as_of, as_ledger).run()


class _Comparing:
    def __init__(
        self,
        session: Session,
        draft: PlanDraft,
        inspection: models.Inspection,
        form: InspectionForm,
        answers: Mapping[str, str],
        units: Mapping[str, Choice],
        day: dt.date,
        as_of: dt.date | None,
        as_ledger: bool | None,
    ) -> None:
        self.session, self.draft, self.inspection, self.day = session, draft, inspection, day
        self.states = states_progress(draft)
        self.is_ledger = self.states and (as_ledger if as_ledger is not None else not draft.own_form)
        self.as_of = as_of or day
        cut_off = self.as_of if self.states else None
        known = {question.id for question in questions(draft, as_of=cut_off)}
        self.answers = {key: value for key, value in answers.items() if key in known}
        self.form = form
        self.said = answered(session, draft, self.answers, form, cut_off)
        self.asked = set(open_asks(draft, self.said))
        self.units, self.names = _known(session, draft, units, self.said.units)
        self.on_issues = _spoken(draft.issues)
        self.on_measures = _spoken([measure for issue in draft.issues for measure in issue.measures])
        self.entries: list[Entry] = []
        self.gone: list[Entry] = []
        self.same = self.absent = 0
        self.pairs: dict[Place, int] = {}

    def run(self) -> Comparison:
        self.held = held_items(self.session, self.inspection.id, self.day)
        self.rejected, refused = faulty(self.draft)
        if self.states:
            self._hear()
        found = matching.pair([_mark(issue) for issue in self.draft.issues], [_held_mark(issue) for issue in self.held])
        for i, issue in enumerate(self.draft.issues):
            if (i, None) in refused:
                continue
            if i in found.pairs:
                self._issue(i, issue, self.held[found.pairs[i]], refused)
            elif i in found.doubts:
                self._reject(i, None, IN_DOUBT)
            elif self.is_ledger:
                self._reject(i, None, NO_ISSUE)
            else:
                self._added(i, None, issue)
        taken = set(found.pairs.values()) | {o for options in found.doubts.values() for o in options}
        for o, held in enumerate(self.held):
            if o not in taken:
                self._gone(held, "issue", held.number)
        return Comparison(
            self.inspection,
            self.draft,
            self.form,
            self.answers,
            self.said,
            self.as_of,
            self.states,
            self.is_ledger,
            [*self.entries, *self.gone],
            self.rejected,
            self.same,
            self.absent,
            {held.id: held for held in self.held},
            {m.id: m for held in self.held for m in _all_measures(held)},
            self.pairs,
        )

    def _issue(self, i: int, issue: IssueDraft, held: Held, refused: set[Place]) -> None:
        self.pairs[i, None] = held.id
        changes, note = self._issue_changes(i, issue, held)
        self._changed("issue", i, None, issue, held, held.number, changes, note)
        found = matching.pair(
            [Mark(m.number or "", m.text) for m in issue.measures],
            [*(Mark(m.number, m.text) for m in held.measures), *held.guests],
        )
        for m, measure in enumerate(issue.measures):
            if (i, m) in refused:
                continue
            if m in found.pairs and found.pairs[m] < len(held.measures):
                self._measure(i, m, issue, held.measures[found.pairs[m]], held)
            elif m in found.pairs and not self.is_ledger:
                self.same += 1  # the plan of the inspection it is at home in changes it
            elif m in found.doubts:
                self._reject(i, m, IN_DOUBT)
            elif self.is_ledger:
                self._reject(i, m, NO_MEASURE)
            else:
                self._added(i, m, measure)
        if not issue.measures and held.implied is not None and self.states:
            self._report(i, None, issue, held.implied, held.number)
        taken = set(found.pairs.values()) | {o for options in found.doubts.values() for o in options}
        for o, measure_held in enumerate(held.measures):
            if o not in taken:
                self._gone(measure_held, "measure", numerals.cite(held.number, measure_held.number))

    def _measure(self, i: int, m: int, issue: IssueDraft, held: Held, above: Held) -> None:
        self.pairs[i, m] = held.id
        changes, note = self._measure_changes(i, m, issue, held, above)
        number = numerals.cite(above.number, held.number)
        self._changed("measure", i, m, issue.measures[m], held, number, changes, note)
        if self.states:
            self._report(i, m, issue, held, number)

    # -- entries ---------------------------------------------------------------------------------------------------

    def _changed(
        self,
        item: str,
        i: int,
        m: int | None,
        wanted: IssueDraft | MeasureDraft,
        held: Held,
        number: str,
        changes: list[Change],
        note: str,
    ) -> None:
        if not changes:
            self.same += 1
            return
        later = any(c.field == "deadline" and _later(c) for c in changes)
        self.entries.append(
            Entry(
                f"{item[0]}{held.id}",
                "changed",
                item,
                number,
                clean(wanted.text),
                (i, m),
                held.id,
                held.version,
                tuple(changes),
                by_default=not self.is_ledger,
                needs_basis=later,
                note=note,
            )
        )

    def _added(self, i: int, m: int | None, wanted: IssueDraft | MeasureDraft) -> None:
        issue = self.draft.issues[i]
        number = self.said.numbers.get((i, m), clean(wanted.number or ""))
        above = self.said.numbers.get((i, None), clean(issue.number or ""))
        key = hashlib.sha256(f"{issue.text}|{above}|{wanted.text}|{number}|{i}|{m}".encode("utf-8", "replace"))
        self.entries.append(
            Entry(
                f"n{key.hexdigest()[:16]}",
                "added",
                "issue" if m is None else "measure",
                number if m is None else numerals.cite(above, number),
                clean(wanted.text),
                (i, m),
                measures=len(wanted.measures) if isinstance(wanted, IssueDraft) else 0,
                reports=sum(says(facts_of(issue, one)) for one, _ in measures_of(issue) if m in (None, one)),
                note="open" if any(place == (i, m) or m is None and place[0] == i for place in self.asked) else "",
            )
        )

    def _gone(self, held: Held, item: str, number: str) -> None:
        if self.is_ledger:
            self.absent += 1
            return
        self.gone.append(
            Entry(
                f"g{item[0]}{held.id}",
                "gone",
                item,
                number,
                held.text,
                item_id=held.id,
                version=held.version,
                measures=len(held.measures),
                by_default=False,
                needs_basis=True,
            )
        )

    def _reject(self, i: int, m: int | None, reason: str) -> None:
        self.rejected.append(Rejected(reason, (i, m)))

    # -- fields ----------------------------------------------------------------------------------------------------

    def _issue_changes(self, i: int, issue: IssueDraft, held: Held) -> tuple[list[Change], str]:
        changes = list(self._texts(i, None, issue, held))
        for name, longest in TEXTS.items():
            new = clean(getattr(issue, name) or "")[:longest]
            if name in self.on_issues and key_of(new) != key_of(held.facts[name]):
                changes.append(Change(name, held.facts[name], new))
        changes += self._parts(issue.units, held, self.on_issues)
        stones = sorted({stone for one in (held, *_all_measures(held)) for stone in one.milestones})
        own = (stone for measure in issue.measures for stone in measure.milestones)
        wanted = sorted({said_stone(self.draft, stone, stones) for stone in (*issue.milestones, *own)})
        if "milestones" in self.on_issues | self.on_measures and stones != wanted:
            changes.append(Change("milestones", _lines(stones), _lines(wanted)))
        if held.implied is not None and not issue.measures:
            changes += self._target(issue.target, held.implied)
        return self._with_limit(changes, self._limit(i, None), held.limit, held.finished)

    def _measure_changes(self, i: int, m: int, issue: IssueDraft, held: Held, above: Held) -> tuple[list[Change], str]:
        measure = issue.measures[m]
        changes = list(self._texts(i, m, measure, held))
        changes += self._parts(measure.units, held, self.on_measures)
        changes += self._target(measure.target, held)
        in_force = held.limit if held.limit.kind != "none" else above.limit
        new = self._limit(i, m)
        if held.limit.kind == "none" and (new is None or new.code == (self._limit(i, None) or in_force).code):
            return changes, ""  # it has its issue's, before and after
        return self._with_limit(changes, new, in_force, held.finished)

    def _texts(self, i: int, m: int | None, wanted: IssueDraft | MeasureDraft, held: Held) -> Iterator[Change]:
        number = self.said.numbers.get((i, m), clean(wanted.number or "")[:40])
        if matching.number_key(number) != matching.number_key(held.number):
            yield Change("number", held.number, number)
        if key_of(clean(wanted.text)) != key_of(held.text):
            yield Change("text", held.text, clean(wanted.text))

    def _parts(self, units: Sequence[UnitDraft], held: Held, spoken: set[str]) -> Iterator[Change]:
        """Units and persons by role; a role that the whole file never names is left alone."""
        named: dict[str, dict[int, str]] = defaultdict(dict)
        for unit_id, role in parts_of(units, self.units):
            named[role][unit_id] = self.names[unit_id]
        persons: dict[str, list[str]] = defaultdict(list)
        for unit in units:
            persons[unit.role].append(clean(unit.name)[:200])
        for role in models.ASSIGNMENT_ROLES:
            if f"unit.{role}" in spoken and set(named[role]) != set(held.units[role]):
                yield Change(f"unit.{role}", "\n".join(held.units[role].values()), "\n".join(named[role].values()))
        for role in PERSONS:
            old, new = names_in("、".join(held.persons[role])), names_in("、".join(persons[role]))
            if f"unit.{role}" in spoken and sorted(old) != sorted(new):
                yield Change(f"unit.{role}", "\n".join(old), "\n".join(new))

    def _target(self, wanted: Target | None, held: Held) -> Iterator[Change]:
        """A file without a target has no word about it."""
        if wanted is not None and told_target(wanted) != told_target(held.target):
            yield Change("target", told_target(held.target), told_target(wanted))

    def _limit(self, i: int, m: int | None) -> Limit | None:
        """What the file says of an item, by itself or through its issue (S1); None: nothing, or nothing certain."""
        limit = limit_of(self.draft, self.said, i, m)
        return Limit.read(limit) if limit is not None and limit.kind in SAYS_WHEN else None

    def _with_limit(
        self, changes: list[Change], new: Limit | None, held: Limit, finished: bool
    ) -> tuple[list[Change], str]:
        """The changes with that of the time limit, or a note why it stays."""
        if new is None or new.code == held.code or new.date is held.date is None and new.kind == held.kind:
            return changes, ""
        if new.date is not None and (new.date, new.long_term) == (held.original, held.long_term):
            return changes, ""  # the paper prints what has been extended since
        if finished:
            return changes, "finished" if changes else ""
        if held.date is not None and new.kind == "immediate":
            return changes, "immediate" if changes else ""
        return [*changes, Change("deadline", held.code, new.code)], ""

    # -- what is reported ------------------------------------------------------------------------------------------

    def _hear(self) -> None:
        """What was said of the measures before this file: by their last reports, and by an export of its day."""
        _last_words(self.session, self.held)
        self.round_from = dt.date.min
        self.printed: Mapping[int, dict[str, Any]] = {}
        if self.is_ledger:
            this = rounds.open_round_of(self.session, self.inspection.id, self.as_of)
            self.round_from = this.opens_on if this is not None else self.as_of
        else:
            ids = [measure.id for held in self.held for measure in _all_measures(held)]
            self.printed = facts_on(self.session, ids, min(self.draft.as_of or self.as_of, self.day))

    def _is_printed(self, facts: Facts, held: Held) -> bool:
        """Whether a newer version only repeats what the ledger itself would have printed on the day it is of."""
        had = self.printed.get(held.id)
        return (
            had is not None
            and all(getattr(facts, name) == had.get(name) for name in SAID)
            and all(key_of(getattr(facts, name) or "") == key_of(had.get(name) or "") for name in SAID_IN_WORDS)
        )

    def _report(self, i: int, m: int | None, issue: IssueDraft, held: Held, number: str) -> None:
        facts = facts_of(issue, m)
        if not says(facts) or self._is_printed(facts, held):
            return
        claim = claimed(self.said, issue, i, m, limit_of(self.draft, self.said, i, m), self.as_of)
        if held.claim is not None and self._is_said(held.claim[0], held.claim[1:], claim.state, claim.progress):
            return
        if held.last is not None and self._is_said(held.last.on, (held.last.state, held.last.text), *claim.report):
            return
        if held.finished:
            if claim.state not in ("completed", "signed_off"):
                self._reject(i, m, FINISHED)
            return
        if self.as_of < held.begins_on:
            self._reject(i, m, TOO_EARLY)
            return
        state, text = claim.report
        last = held.last
        changes = (
            Change("state", last.state if last else "", state),
            Change("progress", last.text if last else "", text),
        )
        self.entries.append(
            Entry(
                f"r{held.id}",
                "report",
                "measure",
                number,
                held.text,
                (i, m),
                held.id,
                held.version,
                changes,
                by_default=last is None or last.on <= self.as_of,
                note="reported_since" if last is not None and last.on > self.as_of else claim.state,
                claim=claim,
                last_on=last.on if last else None,
            )
        )

    def _is_said(self, on: dt.date, had: tuple[str, str], state: str, text: str) -> bool:
        """Whether the same was said already; of a ledger, for the same round: a round asks for a word of its own (S8)."""
        return on >= self.round_from and (had[0], key_of(had[1])) == (state, key_of(text))


def limit_of(draft: PlanDraft, said: Answered, i: int, m: int | None) -> Deadline | None:
    """The time limit of an item as read and answered; that of its issue where it has none of its own (S1)."""
    issue = draft.issues[i]
    own = said.deadlines.get((i, m), issue.measures[m].deadline) if m is not None else None
    if own is not None and own.kind != "none":
        return own
    return said.deadlines.get((i, None), issue.deadline)


def held_items(session: Session, inspection_id: int, day: dt.date) -> list[Held]:
    """The issues of an inspection that are in force, with the measures at home in them, in the order of the plan."""
    issue, measure, link = models.Issue, models.Measure, models.MeasureLink
    limits = ("deadline_kind", "deadline_on", "long_term", "start_on", "original_deadline_on")
    issues: dict[int, Held] = {}
    for row in session.execute(
        select(
            issue.id, issue.version, issue.number, issue.text, issue.upper_number, issue.category, issue.goal,
            issue.begins_on, models.Source.name.label("source"), *(getattr(issue, name) for name in limits),
        )
        .outerjoin(models.Source, models.Source.id == issue.source_id)
        .where(issue.inspection_id == inspection_id, issue.withdrawn_on.is_(None))
        .order_by(issue.seq)
    ):  # fmt: skip
        held = Held(row.id, row.version, row.number, row.text, Limit.of(row), begins_on=row.begins_on)
        held.facts = {name: getattr(row, name) or "" for name in TEXTS}
        issues[row.id] = held
    measures: dict[int, Held] = {}
    for row in session.execute(
        select(
            measure.id, measure.version, link.number, measure.text, measure.implied, measure.begins_on,
            measure.target_quantity, measure.target_unit, link.issue_id,
            *(getattr(measure, name) for name in limits),
        )
        .join(link, and_(link.measure_id == measure.id, link.home))
        .where(link.inspection_id == inspection_id, measure.withdrawn_on.is_(None))
        .order_by(link.seq)
    ):  # fmt: skip
        if row.issue_id not in issues:
            continue
        held = Held(row.id, row.version, row.number, row.text, Limit.of(row), begins_on=row.begins_on)
        measures[row.id] = held
        if row.target_quantity is not None:
            held.target = Target(row.target_quantity, row.target_unit)
        if row.implied:
            issues[row.issue_id].implied = held
        else:
            issues[row.issue_id].measures.append(held)
    counted = {key: (one, one.target) for key, one in measures.items() if one.target is not None}
    points = planned_points(session, list(counted), day)
    for key, (one, target) in counted.items():
        one.target = replace(target, points=tuple(points[key]))
    _visit(session, inspection_id, day, issues, measures)
    _hang(session, inspection_id, issues, measures)
    _finished(session, inspection_id, day, issues, measures)
    return list(issues.values())


def _visit(
    session: Session, inspection_id: int, day: dt.date, issues: dict[int, Held], measures: dict[int, Held]
) -> None:
    """The measures of other inspections that answer an issue of this one too: its plan names them (`outgoing`)."""
    measure, link = models.Measure, models.MeasureLink
    query = (
        select(measure.id, measure.text, link.number, link.issue_id)
        .join(link, link.measure_id == measure.id)
        .where(link.inspection_id == inspection_id, ~link.home, measure.withdrawn_on.is_(None))
        .where(or_(link.since_on.is_(None), link.since_on <= day))
        .order_by(link.seq)
    )
    for row in session.execute(query):
        if row.id not in measures and row.issue_id in issues:
            issues[row.issue_id].guests.append(Mark(row.number, row.text))


def _hang(session: Session, inspection_id: int, issues: dict[int, Held], measures: dict[int, Held]) -> None:
    """Units of their own, persons and milestones."""

    def rows(table: Any, *columns: Any) -> Iterator[tuple[Held, Any]]:
        of_issue = select(models.Issue.id).where(models.Issue.inspection_id == inspection_id)
        of_measure = select(models.MeasureLink.measure_id).where(
            models.MeasureLink.inspection_id == inspection_id, models.MeasureLink.home
        )
        query = select(table.issue_id, table.measure_id, *columns).order_by(table.id)
        if table is models.Assignment:
            query = query.join(models.Unit, models.Unit.id == table.unit_id)
            query = query.where(table.until_on.is_(None), ~table.inherited)
        if table is models.Milestone:
            query = query.where(table.withdrawn_on.is_(None))
        for row in session.execute(query.where(table.issue_id.in_(of_issue) | table.measure_id.in_(of_measure))):
            held = issues.get(row.issue_id) if row.issue_id is not None else measures.get(row.measure_id)
            if held is not None:
                yield held, row

    for held, row in rows(models.Assignment, models.Assignment.role, models.Assignment.unit_id, models.Unit.name):
        held.units[row.role][row.unit_id] = row.name
    for held, row in rows(models.NamedPerson, models.NamedPerson.role, models.NamedPerson.name):
        held.persons[row.role].append(row.name)
    for held, row in rows(
        models.Milestone, *(getattr(models.Milestone, name) for name in ("due_on", "text", "target_state"))
    ):
        held.milestones.append((row.due_on, row.text, row.target_state))


def _finished(
    session: Session, inspection_id: int, day: dt.date, issues: dict[int, Held], measures: dict[int, Held]
) -> None:
    """Which are signed off or completed: their limits move no more."""
    found: Sequence[tuple[Any, Any, dict[int, Held]]] = (
        (models.IssueStanding, models.IssueStanding.issue_id, issues),
        (models.MeasureStanding, models.MeasureStanding.measure_id, measures),
    )
    for table, owner, held in found:
        link_column = models.MeasureLink.issue_id if table is models.IssueStanding else models.MeasureLink.measure_id
        inside = select(link_column).where(models.MeasureLink.inspection_id == inspection_id)
        query = select(owner).where(owner.in_(inside), standing.on(table, day))
        for item_id in session.scalars(query.where(standing.verdict_case(table, day).in_(GOOD))):
            if item_id in held:
                held[item_id].finished = True


def _last_words(session: Session, issues: Sequence[Held]) -> None:
    """The last report of each measure, and what the ledger that it came with said."""
    measures = {m.id: m for issue in issues for m in _all_measures(issue)}
    report, claim = models.ProgressReport, models.LedgerClaim
    ids = list(measures)
    for start in range(0, len(ids), 2000):
        some = ids[start : start + 2000]
        place = func.row_number().over(
            partition_by=report.measure_id, order_by=(report.reported_on.desc(), report.id.desc())
        )
        ranked = select(report.measure_id, report.reported_on, report.state, report.text, place.label("place"))
        last = ranked.where(report.measure_id.in_(some), report.returned_on.is_(None)).subquery()
        for row in session.execute(select(last).where(last.c.place == 1)):
            measures[row.measure_id].last = LastSaid(row.reported_on, row.state, row.text)
        query = select(claim.measure_id, claim.as_of_on, claim.state, claim.progress)
        for row in session.execute(query.where(claim.measure_id.in_(some))):
            measures[row.measure_id].claim = (row.as_of_on, row.state, row.progress)


def _all_measures(held: Held) -> list[Held]:
    return [*held.measures, *([held.implied] if held.implied is not None else [])]


def _known(
    session: Session, draft: PlanDraft, chosen: Mapping[str, Choice], renamed: Mapping[str, str]
) -> tuple[dict[str, list[int]], dict[int, str]]:
    """Every printed name's units as an import would find them, and the names of units; one that is new has an id below 0."""
    register = Register(session)
    found = find_units(register, printed_units(draft), chosen, renamed)
    names = dict(register.names)
    new: dict[str, int] = {}
    units: dict[str, list[int]] = {}
    for printed, known in found.items():
        spelled = renamed.get(printed, printed)
        units[printed] = list(known) or [new.setdefault(key_of(spelled), -1 - len(new))]
        names.setdefault(units[printed][0], spelled)
    return units, names


def _spoken(items: Sequence[IssueDraft] | Sequence[MeasureDraft]) -> set[str]:
    """The fields of which a file says anything at all: it has no word about the others, and they stay."""
    spoken = set()
    for item in items:
        spoken |= {f"unit.{unit.role}" for unit in item.units if clean(unit.name)}
        if isinstance(item, IssueDraft):
            spoken |= {name for name in TEXTS if getattr(item, name)}
        spoken |= {"milestones"} if item.milestones else set()
    return spoken


def _mark(issue: IssueDraft) -> Mark:
    return Mark(issue.number or "", issue.text, clean(issue.source or ""))


def _held_mark(issue: Held) -> Mark:
    return Mark(issue.number, issue.text, issue.facts["source"])


def told_target(target: Target | None) -> str:
    """A target in words of one line each; the unit as long as the ledger keeps it."""
    return plan_form.target_cell(target.quantity, target.unit[:20], target.points) if target is not None else ""


def said_stone(
    draft: PlanDraft, stone: MilestoneDraft, held: Iterable[tuple[dt.date, str, str]]
) -> tuple[dt.date, str, str]:
    """A milestone as a draft has it. Only our own form says states: of any other file one keeps that of the one held."""
    text = clean(stone.text)
    if draft.own_form:
        return stone.date, text, stone.target_state
    return stone.date, text, next((state for on, known, state in held if (on, known) == (stone.date, text)), "")


def _lines(stones: Iterable[tuple[dt.date, str, str]]) -> str:
    return "\n".join(f"{due_on} {plan_form.stone_words(text, state)}" for due_on, text, state in stones)


def _later(change: Change) -> bool:
    """Whether a date moves back: that is an extension, and needs a document."""
    old, new = change.old[:10], change.new[:10]
    return old[:1].isdigit() and new[:1].isdigit() and new > old
