"""What was chosen of a comparison, done by the acts that each change is, all or nothing (S14).

The past stays: a later deadline extends, an item that is gone is withdrawn, and what a ledger reports is a report of its
cut-off day. What was done is kept with the file, so that it can be undone (`undoing`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from rectify import access, models, progress, records, rounds, standing
from rectify.access import Person
from rectify.reading.draft import IssueDraft, MeasureDraft, MilestoneDraft, PlanDraft, Target, UnitDraft
from rectify.rules import numerals
from rectify.rules.deadlines import Deadline

from .assignments import assign
from .claims import Claim, claimed
from .common import CHUNK, Refused, clean, office_only, required
from .comparing import Comparison, Entry, Held, limit_of, said_stone
from .drafts import facts_of, holder_of, measures_of, refuse_imported, says
from .importing import import_part
from .items import (
    IssueForm,
    MeasureForm,
    add_measure,
    amend_issue,
    amend_measure,
    withdraw_issue,
    withdraw_measure,
)
from .limits import renew_deadline
from .names import Choice, parts_of, resolve_units
from .questions import open_asks
from .rejecting import Place, plain, without
from .revising import Approval
from .undoing import Journal

CLAIMS_DONE = ("completed", "signed_off")


@dataclass(frozen=True)
class Basis:
    """What withdrawals and later deadlines rest on: the number of the document (文号), and the day of its approval."""

    document: str = ""
    approved_on: dt.date | None = None


@dataclass(frozen=True)
class Report:
    """What is said of a measure, and of which day."""

    measure_id: int
    number: str
    claim: Claim
    on: dt.date


@dataclass(frozen=True)
class Applied:
    """How much of a comparison was done."""

    added_issues: int = 0
    added_measures: int = 0
    changed: int = 0
    withdrawn: int = 0
    reported: int = 0
    submitted: int = 0
    rejected: int = 0


def apply_comparison(
    session: Session,
    found: Comparison,
    chosen: Set[str],
    basis: Basis,
    *,
    units: Mapping[str, Choice],
    plan_file: models.PlanFile,
    leave_out: bool = False,
    submit: bool = False,
    by: Person,
    day: dt.date,
    at: dt.datetime,
) -> Applied:
    """Do what was chosen (`Entry.key`) of a comparison made in this transaction; a savepoint takes back all of it where
    anything is refused.

    `leave_out`: what cannot go in is left out; else nothing goes in. `submit`: what a ledger claims to be completed is
    also submitted in the unit's name; it still waits for whoever decides.
    """
    office_only(by)
    if plan_file.imported_at is not None:
        raise Refused("这份方案已经导入过，不能再次导入。")
    refuse_imported(session, plan_file.sha256)
    entries = [entry for entry in found.entries if entry.key in chosen]
    stopping = sum(one.stops for one in found.rejected)
    if stopping and not leave_out:
        raise Refused("有%(count)s项不能导入，请先改正，或勾选“其余先导入”。", count=stopping)
    if not entries:
        raise Refused("没有选中任何一项，没有导入任何内容。")
    if any(entry.needs_basis for entry in entries):
        required(basis.document, "撤销和延期的依据（文号）")
    if basis.approved_on is not None and basis.approved_on > day:
        raise Refused("批准日期不能晚于今天（%(day)s）。", day=day)
    with session.begin_nested():
        done = _Applying(session, found, basis, units, plan_file, by, day, at).run(entries, submit)
    return done


class _Applying:
    def __init__(
        self,
        session: Session,
        found: Comparison,
        basis: Basis,
        units: Mapping[str, Choice],
        plan_file: models.PlanFile,
        by: Person,
        day: dt.date,
        at: dt.datetime,
    ) -> None:
        self.session, self.found, self.basis, self.chosen_units = session, found, basis, units
        self.plan_file, self.by, self.day, self.at = plan_file, by, day, at
        self.acting: dict[str, Any] = {"by": by, "day": day, "at": at}
        self.reason = f"依据新版方案《{plan_file.name}》"
        approval = Approval(self.reason, basis.document, basis.approved_on)
        self.revising: dict[str, Any] = {"approval": approval, **self.acting}
        self.asks = open_asks(found.draft, found.said)
        self.made: dict[Place, int] = {}

    def run(self, entries: Sequence[Entry], submit: bool) -> Applied:
        journal = Journal(self.session, self.found.inspection.id, self._touched(entries))
        self.units = self._resolved(entries)
        by_kind: dict[tuple[str, str], list[Entry]] = {}
        for entry in entries:
            by_kind.setdefault((entry.kind, entry.item), []).append(entry)
        with standing.together(self.session):
            for entry in (*by_kind.get(("gone", "measure"), ()), *by_kind.get(("gone", "issue"), ())):
                with self._naming(entry):
                    self._withdraw(entry)
            added = self._add_issues(by_kind.get(("added", "issue"), ()))
            for entry in by_kind.get(("added", "measure"), ()):
                with self._naming(entry):
                    self._add_measure(entry)
            for entry in (*by_kind.get(("changed", "issue"), ()), *by_kind.get(("changed", "measure"), ())):
                with self._naming(entry):
                    self._change(entry)
        reports = [*self._first_reports(), *self._reports(by_kind.get(("report", "measure"), ()))]
        for on in {report.on for report in reports}:
            self._report([report for report in reports if report.on == on], on)
        submitted = self._submit(reports) if submit else 0
        done = Applied(
            added_issues=len(by_kind.get(("added", "issue"), ())),
            added_measures=added + len(by_kind.get(("added", "measure"), ())),
            changed=sum(len(by_kind.get(("changed", item), ())) for item in ("issue", "measure")),
            withdrawn=sum(len(by_kind.get(("gone", item), ())) for item in ("issue", "measure")),
            reported=len(reports),
            submitted=submitted,
            rejected=sum(one.stops for one in self.found.rejected),
        )
        self._finish(journal, done)
        return done

    def _finish(self, journal: Journal, done: Applied) -> None:
        found, file = self.found, self.plan_file
        file.inspection_id, file.imported_at = found.inspection.id, self.at
        file.as_of_on = found.as_of if found.is_ledger or done.reported else None
        self.session.flush()
        file.applied = journal.closed(file) | {"rejected": plain(found.rejected)}
        records.write(
            self.session,
            self.by,
            self.at,
            "plan.compare",
            "inspection",
            found.inspection.id,
            name=found.inspection.name,
            issues=done.added_issues,
            measures=done.added_measures,
            changed=done.changed,
            withdrawn=done.withdrawn,
            reports=done.reported,
            submissions=done.submitted,
            rejected=done.rejected,
            document=self.basis.document,
            as_of=file.as_of_on,
            file=file.name,
            sha256=file.sha256,
        )

    @contextmanager
    def _naming(self, entry: Entry) -> Any:
        """A refusal of one of many acts says whose it is."""
        try:
            yield
        except rounds.Refused as refused:
            sentence = "“%(number)s %(text)s”：%(why)s"
            raise Refused(sentence, number=entry.number, text=entry.text[:20], why=refused) from refused

    def _touched(self, entries: Iterable[Entry]) -> set[int]:
        """The issues that what is chosen may change, themselves or through a measure."""
        home = {measure.id: issue.id for issue in self.found.issues.values() for measure in issue.measures}
        home |= {i.implied.id: i.id for i in self.found.issues.values() if i.implied is not None}
        touched = set()
        for entry in entries:
            if entry.item_id is not None:
                touched.add(entry.item_id if entry.item == "issue" else home[entry.item_id])
            elif entry.item == "measure" and entry.place is not None:
                touched.add(self.found.pairs[entry.place[0], None])
        return touched

    # -- items -----------------------------------------------------------------------------------------------------

    def _withdraw(self, entry: Entry) -> None:
        reason = f"{self.basis.document}：{self.reason}，不再列入"
        if entry.item == "issue":
            issue = self.session.get_one(models.Issue, entry.item_id)
            withdraw_issue(self.session, issue, reason=reason, **self.acting)
        else:
            measure = self.session.get_one(models.Measure, entry.item_id)
            withdraw_measure(self.session, measure, reason=reason, **self.acting)

    def _add_issues(self, entries: Sequence[Entry]) -> int:
        """The new issues, by the same way as a first import; how many measures they have."""
        places = {entry.place for entry in entries}
        if not places:
            return 0
        draft = self.found.draft
        refused = {one.place for one in self.found.rejected if one.place is not None}
        others = {(i, None) for i in range(len(draft.issues)) if (i, None) not in places}
        part = without(draft, others | refused)
        done = import_part(
            self.session,
            part,
            self.found.inspection,
            self.found.form,
            self.found.answers,
            self.chosen_units,
            self.plan_file,
            **self.acting,
        )
        kept = [i for i in range(len(draft.issues)) if (i, None) not in others | refused]
        for i, ids in zip(kept, done.measure_ids, strict=True):
            own = [m for m, _ in measures_of(draft.issues[i]) if (i, m) not in refused] or [None]
            self.made |= {(i, m): measure_id for m, measure_id in zip(own, ids, strict=True)}
        return done.measures

    def _add_measure(self, entry: Entry) -> None:
        i, m = self._place(entry)
        assert m is not None
        wanted = self.found.draft.issues[i].measures[m]
        issue = self.session.get_one(models.Issue, self.found.pairs[i, None])
        limit = self.found.said.deadlines.get((i, m), wanted.deadline)
        form = MeasureForm(
            text=wanted.text,
            number=self._number(i, m),
            deadline=limit if limit is not None else Deadline(""),
            units=self._by_role(wanted.units),
            leaders=_persons(wanted.units, "leader"),
            persons=_persons(wanted.units, "person"),
            question="\n".join(self.asks.get((i, m), [])),
            **_counted(wanted.target),
        )
        self.made[i, m] = add_measure(self.session, issue, form, **self.acting).id

    def _change(self, entry: Entry) -> None:
        i, m = self._place(entry)
        assert entry.item_id is not None
        changed = {change.field for change in entry.changes}
        wanted: IssueDraft | MeasureDraft = self.found.draft.issues[i]
        if m is not None:
            wanted = self.found.draft.issues[i].measures[m]
        item: models.Issue | models.Measure
        if m is None:
            item = self.session.get_one(models.Issue, entry.item_id)
            self._amend_issue(i, item, self.found.issues[item.id], changed)
        else:
            item = self.session.get_one(models.Measure, entry.item_id)
            self._amend_measure(i, m, item, self.found.measures[item.id], changed)
        for role, ids in self._by_role(wanted.units, models.ASSIGNMENT_ROLES).items():
            if f"unit.{role}" in changed:
                assign(self.session, item, role, ids, **self.acting)
        if "deadline" in changed:
            limit = limit_of(self.found.draft, self.found.said, i, m)
            assert limit is not None, "what changes is said"
            renew_deadline(
                self.session,
                item,
                limit,
                approved_on=self.basis.approved_on or self.day,
                document_number=self.basis.document,
                reason=self.reason,
                **self.acting,
            )

    def _amend_issue(self, i: int, item: models.Issue, held: Held, changed: set[str]) -> None:
        wanted = self.found.draft.issues[i]
        stones = self._milestones(i, held) if "milestones" in changed else {}
        home = held.implied or held
        texts: dict[str, Any] = {
            name: (getattr(wanted, name) or "") if name in changed else old for name, old in held.facts.items()
        }
        form = IssueForm(
            text=wanted.text if "text" in changed else held.text,
            number=self._number(i, None) if "number" in changed else held.number,
            **texts,
            **_named(wanted.units, held, changed),
            milestones=stones.get(home.id if home is not held else None, sorted(home.milestones)),
        )
        amend_issue(self.session, item, form, **self.revising)
        if "target" in changed:
            self._give_target(held.implied, wanted.target, stones)
        for measure_id, wanted_stones in stones.items():
            one = self.found.measures.get(measure_id) if measure_id is not None else None
            if one is None or one is held.implied or sorted(one.milestones) == wanted_stones:
                continue
            one.milestones = wanted_stones  # a later change of the measure itself starts from these
            measure = self.session.get_one(models.Measure, one.id)
            amend_measure(self.session, measure, self._form_of(measure, one, None, set(), -1, -1), **self.revising)

    def _give_target(
        self, held: Held | None, target: Target | None, stones: Mapping[int | None, list[tuple[dt.date, str, str]]]
    ) -> None:
        assert held is not None, "an issue's target is that of its implied measure"
        implied = self.session.get_one(models.Measure, held.id)
        held.text, held.target = implied.text, target
        held.milestones = stones.get(held.id, held.milestones)
        amend_measure(self.session, implied, self._form_of(implied, held, None, set(), -1, -1), **self.revising)

    def _milestones(self, i: int, held: Held) -> dict[int | None, list[tuple[dt.date, str, str]]]:
        """The milestones of an issue (None) and of its measures as the file has them, each where it belongs (S10)."""
        draft = self.found.draft.issues[i]
        homes: dict[int | None, Held] = {None: held}
        homes |= {m.id: m for m in (*held.measures, *([held.implied] if held.implied else []))}
        known = [stone for one in homes.values() for stone in one.milestones]

        def said(stone: MilestoneDraft) -> tuple[dt.date, str, str]:
            return said_stone(self.found.draft, stone, known)

        wanted: dict[tuple[dt.date, str], tuple[str, int | None]] = {}
        for n, stone in enumerate(draft.milestones):
            on, text, state = said(stone)
            home = holder_of(draft, text) if draft.measures else None
            wanted[on, text] = state, self.found.said.milestones.get((i, n), home)
        for m, measure in enumerate(draft.measures):
            wanted |= {(on, text): (state, m) for on, text, state in map(said, measure.milestones)}
        placed = {
            key: [(on, text, wanted[on, text][0]) for on, text, _ in one.milestones if (on, text) in wanted]
            for key, one in homes.items()
        }
        there = {(on, text) for stones in placed.values() for on, text, _ in stones}
        for (on, text), (state, at) in wanted.items():
            if (on, text) not in there:
                owner = self.found.pairs.get((i, at)) if at is not None else held.implied.id if held.implied else None
                placed[owner if owner in homes else None].append((on, text, state))
        return {key: sorted(stones) for key, stones in placed.items()}

    def _amend_measure(self, i: int, m: int, item: models.Measure, held: Held, changed: set[str]) -> None:
        wanted = self.found.draft.issues[i].measures[m]
        amend_measure(self.session, item, self._form_of(item, held, wanted, changed, i, m), **self.revising)

    def _form_of(
        self, item: models.Measure, held: Held, wanted: MeasureDraft | None, changed: set[str], i: int, m: int
    ) -> MeasureForm:
        return MeasureForm(
            text=wanted.text if wanted is not None and "text" in changed else held.text,
            number=self._number(i, m) if "number" in changed else held.number,
            start_on=item.start_on,
            **_named(wanted.units if wanted is not None else (), held, changed),
            milestones=sorted(held.milestones),
            **_counted(wanted.target if wanted is not None and "target" in changed else held.target),
        )

    def _place(self, entry: Entry) -> Place:
        assert entry.place is not None, "an entry about the file has its place there"
        return entry.place

    def _number(self, i: int, m: int | None) -> str:
        issue = self.found.draft.issues[i]
        printed = issue.number if m is None else issue.measures[m].number
        return self.found.said.numbers.get((i, m), clean(printed or "")[:40])

    def _resolved(self, entries: Iterable[Entry]) -> dict[str, list[int]]:
        """The units named by what is chosen; those that are new are made."""
        items = []
        for entry in entries:
            if entry.kind in ("added", "changed") and (entry.kind, entry.item) != ("added", "issue"):
                i, m = self._place(entry)
                issue = self.found.draft.issues[i]
                items.append(IssueDraft(units=list(issue.units if m is None else issue.measures[m].units)))
        named = PlanDraft(issues=items)
        return resolve_units(self.session, named, self.chosen_units, self.found.said.units)

    def _by_role(self, units: Iterable[UnitDraft], roles: Iterable[str] = ()) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {role: [] for role in roles}
        for unit_id, role in parts_of(units, self.units):
            found.setdefault(role, []).append(unit_id)
        return found

    # -- reports ---------------------------------------------------------------------------------------------------

    def _reports(self, entries: Iterable[Entry]) -> Iterator[Report]:
        """What is said of measures that the ledger held: of the cut-off day."""
        for entry in entries:
            assert entry.claim is not None and entry.item_id is not None, (
                "a report is of a measure, and claims something"
            )
            yield Report(entry.item_id, entry.number, entry.claim, self.found.as_of)

    def _first_reports(self) -> Iterator[Report]:
        """What is said of measures that were added: of today, for the ledger knew nothing of them before."""
        found = self.found
        for (i, m), measure_id in self.made.items():
            issue = found.draft.issues[i]
            if says(facts_of(issue, m)):
                claim = claimed(found.said, issue, i, m, limit_of(found.draft, found.said, i, m), self.day)
                number = self._number(i, None)
                yield Report(
                    measure_id, numerals.cite(number, self._number(i, m)) if m is not None else number, claim, self.day
                )

    def _report(self, reports: Sequence[Report], on: dt.date) -> None:
        """Reports of one day, in the round that was open then; what was said of later days is restated (S2)."""
        this = rounds.open_round_of(self.session, self.found.inspection.id, on)
        rows = []
        for report in reports:
            state, text = report.claim.report
            rows.append(
                {
                    "measure_id": report.measure_id,
                    "round_id": this.id if this is not None else None,
                    "reported_on": on,
                    "at": self.at,
                    "by_id": self.by.user_id,
                    "imported": True,
                    "recorded_on": self.day if on < self.day else None,
                    "state": state,
                    "text": text,
                    "difficulty": report.claim.difficulty,
                    "next_step": report.claim.next_step,
                }
            )
        for start in range(0, len(rows), CHUNK):
            self.session.execute(insert(models.ProgressReport), rows[start : start + CHUNK])
        ids = [report.measure_id for report in reports]
        standing.write(self.session, ids, day=self.day, at=self.at, effect_on=on if on < self.day else None)

    def _submit(self, reports: Iterable[Report]) -> int:
        """What is claimed to be completed, submitted today in the name of the unit that answers; how many."""
        submitted = 0
        for report in reports:
            claim, measure_id = report.claim, report.measure_id
            if claim.state not in CLAIMS_DONE or progress.open_submission(self.session, measure_id):
                continue
            unit = access.may_report(self.session, self.by, measure_id, self.day)
            try:
                progress.submit(
                    self.session,
                    self.session.get_one(models.Measure, measure_id),
                    unit_id=unit.id if unit is not None else None,
                    on_behalf=self.by.role == "office",
                    claim="completed",
                    text=claim.report[1][: progress.LONGEST_TEXT],
                    **self.acting,
                )
            except progress.Refused as refused:
                raise Refused("%(number)s：%(why)s", number=report.number, why=refused) from refused
            submitted += 1
        return submitted


def _persons(units: Iterable[UnitDraft], role: str) -> str:
    return "、".join(clean(unit.name) for unit in units if unit.role == role)


def _counted(target: Target | None) -> dict[str, Any]:
    if target is None:
        return {}
    return {"target_quantity": target.quantity, "target_unit": target.unit, "points": target.points}


def _named(units: Iterable[UnitDraft], held: Held, changed: set[str]) -> dict[str, Any]:
    """The leaders and persons of a form: as the file has them where they changed, else as they stand."""
    names = {}
    for role, name in (("leader", "leaders"), ("person", "persons")):
        names[name] = _persons(units, role) if f"unit.{role}" in changed else "、".join(held.persons[role])
    return names
