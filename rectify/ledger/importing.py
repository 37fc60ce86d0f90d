"""A draft becomes rows of the ledger, all or nothing (design.md 2, S13).

What is asked before is `questions`'; what is entered by hand is `items`'.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import memory, models, records, rounds, standing
from rectify.models import bulk
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft, UnitDraft
from rectify.records import Actor
from rectify.rules.deadlines import Deadline

from .assignments import Part, spread
from .claims import REPORTED, Claim, claimed
from .common import (
    PERSONS,
    Refused,
    clean,
    insert_rows,
    limit_columns,
    office_only,
    sensible,
    short,
)
from .comparing import first_match
from .drafts import (
    FileSeen,
    holder_of,
    keep_plan,
    measures_of,
    refuse_imported,
    states_progress,
    where_of,
)
from .inspections import InspectionForm, new_inspection
from .names import Choice, parts_of, resolve_units
from .questions import answered, open_asks, questions
from .rejecting import faulty, plain, without
from .undoing import Journal


@dataclass(frozen=True)
class Imported:
    """What an import made; `questions` (id, where, ask) are those still open, whose items stay marked. `measure_ids` are by
    issue, in the order of the draft; an issue without measures has its implied one."""

    inspection_id: int
    issues: int
    measures: int
    questions: list[dict[str, str]]
    measure_ids: list[list[int]]


def import_plan(
    session: Session,
    draft: PlanDraft,
    inspection: InspectionForm,
    answers: Mapping[str, str],
    units: Mapping[str, Choice],
    *,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
    as_of: dt.date | None = None,
    plan_file: models.PlanFile | None = None,
    file: FileSeen | None = None,
    leave_out: bool = False,
) -> Imported:
    """Bring a draft into the ledger, all or nothing: a savepoint takes back every row where anything is refused.

    `answers` are by question id (`questions`), `units` printed name → the known units it means (`names.Choice`). An
    inspection of that name is added to; an issue that it already has is refused. A draft that states progress is a
    ledger: what it claims counts from `as_of`, or from `day` where no cut-off is given (S13). A plan without any claims
    begins on that day. The file it came from is `plan_file`, kept while its questions were answered, or `file`, seen
    just now.
    """
    office_only(by)
    if as_of is not None and as_of > day:
        raise Refused("台账截止日%(as_of)s晚于今天，请改正。", as_of=as_of)
    sensible(as_of, "台账截止日")
    form = inspection.checked()
    rejected, places = faulty(draft) if leave_out else ([], set())
    part = without(draft, places) if places else draft
    if not part.issues:
        raise Refused("这份文件中没有读出任何反馈问题，请检查文件内容，或改用手工录入。")
    if places:
        known = {question.id for question in questions(part, as_of=(as_of or day) if states_progress(part) else None)}
        answers = {key: value for key, value in answers.items() if key in known}
    if plan_file is not None:
        if plan_file.imported_at is not None:
            raise Refused("这份方案已经导入过，不能再次导入。")
        refuse_imported(session, plan_file.sha256)
    if file is not None:
        refuse_imported(session, file.sha256)
    _refuse_known(session, part, form.name)
    with memory.uncollected(), session.begin_nested():
        if file is not None:
            plan_file = keep_plan(
                session, name=file.name, sha256=file.sha256, size=file.size, draft=draft, by=by, at=at
            )
        done = _Import(session, part, form, by, day, at, as_of, is_ledger=states_progress(part)).run(
            answers, units, plan_file
        )
        if plan_file is not None and rejected:
            plan_file.applied = {**(plan_file.applied or {}), "rejected": plain(rejected)}
    return done


def _refuse_known(session: Session, draft: PlanDraft, name: str) -> None:
    """What an inspection has already, be it in other words, is compared with it and never added a second time."""
    there = session.scalar(select(models.Inspection.id).where(models.Inspection.name == name))
    known = first_match(session, draft, there) if there is not None else None
    if known is not None:
        raise Refused(
            "批次“%(name)s”中已有%(where)s“%(text)s”，没有导入任何内容；新版方案请在网页的“方案导入”中上传，"
            "与台账比对后导入，也可换一个批次名称。",
            name=name,
            where=where_of(draft.issues[known], known),
            text=short(draft.issues[known].text),
        )


def import_part(
    session: Session,
    part: PlanDraft,
    inspection: models.Inspection,
    form: InspectionForm,
    answers: Mapping[str, str],
    units: Mapping[str, Choice],
    plan_file: models.PlanFile,
    *,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> Imported:
    """Bring the new issues of a plan into the inspection whose others it compares with; they begin on `day`.

    What it says of their progress is left to the caller: only an inspection's first ledger is taken at its word (S13).
    """
    known = {question.id for question in questions(part)}
    kept = {key: value for key, value in answers.items() if key in known}
    form = replace(form, name=inspection.name)
    return _Import(session, part, form, by, day, at, None, is_ledger=False).run(kept, units, plan_file)


class _Import:
    """One import on its way: rows are made in memory and go to the database in one statement a table and thousand."""

    def __init__(
        self,
        session: Session,
        draft: PlanDraft,
        form: InspectionForm,
        by: Actor,
        day: dt.date,
        at: dt.datetime,
        as_of: dt.date | None,
        *,
        is_ledger: bool,
    ) -> None:
        self.session, self.draft, self.form = session, draft, form
        self.by, self.day, self.at, self.as_of = by, day, at, as_of
        self.begins_on = as_of or day
        self.is_ledger = is_ledger
        self.rows: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        self.assignments: list[tuple[Any, ...]] = []
        self.persons: list[tuple[Any, ...]] = []

    def run(
        self,
        answers: Mapping[str, str],
        units: Mapping[str, Choice],
        plan_file: models.PlanFile | None,
    ) -> Imported:
        cut_off_on = self.begins_on if self.is_ledger else None
        self.said = answered(self.session, self.draft, answers, self.form, cut_off_on)
        self._check_texts()
        self.open = open_asks(self.draft, self.said)
        journal = Journal(self.session)
        self.units = resolve_units(self.session, self.draft, units, self.said.units)
        inspection, existed = self._inspection()
        issue_ids = self._issues(inspection, plan_file)
        measure_ids = self._measures(inspection, issue_ids)
        self._milestones(issue_ids, measure_ids)
        added = self._rounds(inspection, is_new=not existed)
        self._claims(inspection, measure_ids)
        connection = self.session.connection()
        for table, rows in self.rows.items():
            bulk.insert(connection, table, rows)
        columns = ("issue_id", "measure_id", "since_on", *Part._fields)
        bulk.insert_tuples(connection, models.Assignment, columns, self.assignments)
        bulk.insert_tuples(connection, models.NamedPerson, ("issue_id", "measure_id", "role", "name"), self.persons)
        if plan_file is not None:
            plan_file.inspection_id, plan_file.imported_at, plan_file.as_of_on = inspection.id, self.at, self.as_of
            plan_file.applied = journal.closed()
        flat = [measure_id for ids in measure_ids for measure_id in ids]
        standing.write(self.session, flat, day=self.begins_on, at=self.at)
        if existed and added:
            standing.write_inspection(self.session, inspection.id, day=self.day, at=self.at)
        counted = sum(len(issue.measures) for issue in self.draft.issues)
        records.write(
            self.session,
            self.by,
            self.at,
            "plan.import",
            "inspection",
            inspection.id,
            name=inspection.name,
            issues=len(issue_ids),
            measures=counted,
            questions=len(self.said.left),
            as_of=self.as_of,
            file=plan_file.name if plan_file is not None else None,
            sha256=plan_file.sha256 if plan_file is not None else None,
        )
        left = [{"id": question.id, "where": question.where, "ask": question.ask} for question in self.said.left]
        return Imported(inspection.id, len(issue_ids), counted, left, measure_ids)

    def _check_texts(self) -> None:
        for i, issue in enumerate(self.draft.issues):
            line = f"（第{issue.line}行）" if issue.line else ""
            if not clean(issue.text):
                raise Refused("第%(n)s个问题%(line)s没有内容，请在预览中补上后再导入。", n=i + 1, line=line)
            for m, measure in enumerate(issue.measures):
                if not clean(measure.text):
                    raise Refused(
                        "%(where)s%(line)s的第%(m)s条措施没有内容，请在预览中补上后再导入。",
                        where=where_of(issue, i),
                        line=line,
                        m=m + 1,
                    )

    def _inspection(self) -> tuple[models.Inspection, bool]:
        found = self.session.scalar(select(models.Inspection).where(models.Inspection.name == self.form.name))
        if found is None:
            return new_inspection(self.session, self.form, self.at), False
        return found, True

    def _issues(self, inspection: models.Inspection, plan_file: models.PlanFile | None) -> list[int]:
        sources = self._sources(inspection)
        seq = self.session.scalar(select(func.max(models.Issue.seq)).where(models.Issue.inspection_id == inspection.id))
        rows = []
        for i, issue in enumerate(self.draft.issues):
            rows.append(
                {
                    "inspection_id": inspection.id,
                    "source_id": sources.get(clean(issue.source or "")[:200]),
                    "plan_file_id": plan_file.id if plan_file is not None else None,
                    "seq": (seq or 0) + i + 1,
                    "number": self.said.numbers.get((i, None), clean(issue.number or "")[:40]),
                    "upper_number": clean(issue.upper_number or "")[:40],
                    "category": clean(issue.category or "")[:300],
                    "text": clean(issue.text),
                    "goal": clean(issue.goal or ""),
                    "question": "\n".join(self.open.get((i, None), [])),
                    "begins_on": self.begins_on,
                    "created_at": self.at,
                    **limit_columns(self._deadline(i, None, issue), issue.original_deadline),
                }
            )
        return insert_rows(self.session, models.Issue, rows)

    def _sources(self, inspection: models.Inspection) -> dict[str, int]:
        names = dict.fromkeys(clean(issue.source or "")[:200] for issue in self.draft.issues)
        names.pop("", None)
        had = self.session.execute(
            select(models.Source.name, models.Source.id).where(models.Source.inspection_id == inspection.id)
        ).tuples()
        found = dict(had.all())
        new = [name for name in names if name not in found]
        rows = [{"inspection_id": inspection.id, "name": name} for name in new]
        return found | dict(zip(new, insert_rows(self.session, models.Source, rows), strict=True))

    def _deadline(self, i: int, m: int | None, item: IssueDraft | MeasureDraft) -> Deadline | None:
        return self.said.deadlines.get((i, m), item.deadline)

    def _measures(self, inspection: models.Inspection, issue_ids: Sequence[int]) -> list[list[int]]:
        """Measures, their links, assignments and named persons; the ids by issue."""
        rows = []
        for i, issue in enumerate(self.draft.issues):
            for m, item in measures_of(issue):
                limit = self._deadline(i, m, item) if m is not None else None
                rows.append(
                    {
                        "text": clean(item.text),
                        "implied": m is None,
                        "question": "\n".join(self.open.get((i, m), [])) if m is not None else "",
                        "target_quantity": item.target.quantity if item.target is not None else None,
                        "target_unit": item.target.unit[:20] if item.target is not None else "",
                        "begins_on": self.begins_on,
                        "created_at": self.at,
                        **limit_columns(limit, item.original_deadline if m is not None else None),
                    }
                )
        ids = iter(insert_rows(self.session, models.Measure, rows))
        by_issue: list[list[int]] = []
        for i, issue in enumerate(self.draft.issues):
            own = [next(ids) for _ in measures_of(issue)]
            by_issue.append(own)
            for (m, item), measure_id in zip(measures_of(issue), own, strict=True):
                self._points(item, measure_id)
                number = self.said.numbers.get((i, m), clean(item.number or "")[:40]) if m is not None else ""
                self.rows[models.MeasureLink].append(
                    {
                        "measure_id": measure_id,
                        "issue_id": issue_ids[i],
                        "inspection_id": inspection.id,
                        "home": True,
                        "counted": True,
                        "seq": (m or 0) + 1,
                        "number": number,
                    }
                )
            self._assignments(issue, issue_ids[i], own)
        return by_issue

    def _points(self, item: IssueDraft | MeasureDraft, measure_id: int) -> None:
        if item.target is not None:
            self.rows[models.PlannedPoint] += [
                {"measure_id": measure_id, "due_on": day, "quantity": quantity, "approved_on": self.begins_on}
                for day, quantity in item.target.points
            ]

    def _assignments(self, issue: IssueDraft, issue_id: int, measure_ids: Sequence[int]) -> None:
        units_of_measures = [measure.units for measure in issue.measures] or [[]]
        on_issue, on_measures = spread(self._parts(issue.units), [self._parts(units) for units in units_of_measures])
        self._people(issue_id, None, on_issue, issue.units)
        for measure_id, parts, units in zip(measure_ids, on_measures, units_of_measures, strict=True):
            self._people(None, measure_id, parts, units)

    def _people(
        self, issue_id: int | None, measure_id: int | None, parts: Iterable[Part], units: Iterable[UnitDraft]
    ) -> None:
        """Who has to do with an item: the units that have a part in it, and the persons that are named."""
        self.assignments += [(issue_id, measure_id, self.begins_on, *part) for part in parts]
        persons = ((unit.role, clean(unit.name)[:200]) for unit in units if unit.role in PERSONS)
        self.persons += [(issue_id, measure_id, role, name) for role, name in persons if name]

    def _parts(self, units: Iterable[UnitDraft]) -> list[Part]:
        return [Part(unit_id, role) for unit_id, role in parts_of(units, self.units)]

    def _milestones(self, issue_ids: Sequence[int], measure_ids: Sequence[Sequence[int]]) -> None:
        for i, issue in enumerate(self.draft.issues):
            held = [
                (stone, self.said.milestones.get((i, n), holder_of(issue, stone.text) if issue.measures else 0))
                for n, stone in enumerate(issue.milestones)
            ]
            held += [(stone, m) for m, measure in enumerate(issue.measures) for stone in measure.milestones]
            for stone, m in held:
                row: dict[str, Any] = {"issue_id": None, "measure_id": None, "due_on": stone.date}
                row |= {"text": clean(stone.text), "target_state": stone.target_state}
                if m is None:
                    row["issue_id"] = issue_ids[i]
                else:
                    row["measure_id"] = measure_ids[i][m]
                self.rows[models.Milestone].append(row)

    def _rounds(self, inspection: models.Inspection, is_new: bool) -> bool:
        """The round a ledger stands for, closed on its day without grace (S13); and one round ahead."""
        self.round_id: int | None = None
        if self.is_ledger:
            on = self.begins_on
            had = self.session.scalar(
                select(models.Round).where(
                    models.Round.inspection_id == inspection.id,
                    models.Round.opens_on == on,
                    models.Round.cut_off_on == on,
                )
            )
            if had is None:
                had = models.Round(
                    inspection_id=inspection.id,
                    name=f"{on.year}年{on.month}月{on.day}日台账",
                    opens_on=on,
                    cut_off_on=on,
                    grace_days=0,
                    opened_at=self.at,
                    closed_at=self.at,
                    imported=True,
                )
                self.session.add(had)
                self.session.flush()
            self.round_id = had.id
        added = rounds.plan_next(self.session, inspection, self.day, self.at, write_standings=False, is_new=is_new)
        return bool(added)

    def _claims(self, inspection: models.Inspection, measure_ids: Sequence[Sequence[int]]) -> None:
        if not self.is_ledger:
            return
        on = self.begins_on
        last_on = rounds.next_cut_off(self.session, inspection.id, on)
        for i, issue in enumerate(self.draft.issues):
            for (m, item), measure_id in zip(measures_of(issue), measure_ids[i], strict=True):
                limit = self._deadline(i, m, item) or self._deadline(i, None, issue)
                claim = claimed(self.said, issue, i, m, limit, on)
                self.rows[models.LedgerClaim].append(
                    {
                        "measure_id": measure_id,
                        "as_of_on": on,
                        "state": claim.state,
                        "completed_on": claim.completed_on,
                        "completed_on_known": claim.completed_on is not None,
                        "progress": claim.progress,
                    }
                )
                if claim.state == "signed_off":
                    self.rows[models.SignOffMark].append(
                        {"measure_id": measure_id, "signed_off_on": on, "at": self.at, "imported": True}
                    )
                if claim.state in ("on_schedule", "behind"):
                    self._confirmation(measure_id, claim.state, last_on if claim.state == "on_schedule" else None)
                if claim.state not in ("", "in_progress"):
                    self._report(measure_id, claim)

    def _confirmation(self, measure_id: int, verdict: str, last_on: dt.date | None) -> None:
        reason = "导入台账填报为达到序时进度" if verdict == "on_schedule" else "导入台账填报为未达到序时进度"
        self.rows[models.Confirmation].append(
            {
                "measure_id": measure_id,
                "verdict": verdict,
                "confirmed_on": self.begins_on,
                "last_on": last_on,
                "at": self.at,
                "by_id": self.by.user_id,
                "reason": reason,
                "imported": True,
            }
        )

    def _report(self, measure_id: int, claim: Claim) -> None:
        self.rows[models.ProgressReport].append(
            {
                "measure_id": measure_id,
                "round_id": self.round_id,
                "reported_on": self.begins_on,
                "at": self.at,
                "by_id": self.by.user_id,
                "imported": True,
                "state": REPORTED.get(claim.state, claim.state),
                "text": claim.progress,
                "difficulty": claim.difficulty,
                "next_step": claim.next_step,
            }
        )
