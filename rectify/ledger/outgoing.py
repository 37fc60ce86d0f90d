"""An inspection as the draft of a plan, so that what goes out comes in again without change (design.md 2).

How a draft becomes a file is `writing`'s, what an import makes of one `importing`'s.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from rectify import figures, models, standing
from rectify.reading.draft import Facts, IssueDraft, MeasureDraft, MilestoneDraft, PlanDraft, Question, Role, Target
from rectify.reading.draft import UnitDraft as Unit
from rectify.rules import deadlines, schedule
from rectify.rules.deadlines import Deadline, Kind
from rectify.rules.verdicts import GOOD, Verdict

from .common import Item
from .drafts import holder_of, states_progress, where_of
from .questions import questions
from .revising import planned_points


def plan_of(session: Session, inspection: models.Inspection, day: dt.date) -> PlanDraft:
    """The plan as it stands on `day`: every issue and measure in force, each measure once, with its own units, time
    limits, milestones and what is open about it.

    What was reported, accepted or signed off is stated as of `day`; a plan on which nothing was reported states
    nothing, and is a plan again.
    """
    found = _Found(session, inspection, day)
    draft = PlanDraft(title=inspection.plan_name or inspection.name)
    for issue, source in found.issues:
        draft.issues.append(found.issue(issue, source))
    if states_progress(draft):
        draft.as_of, draft.as_of_text = day, f"{day.year}年{day.month}月{day.day}日"
    found.ask(draft)
    return draft


@dataclass
class _Own:
    """What belongs to one issue or measure itself."""

    units: list[Unit] = field(default_factory=list)
    milestones: list[models.Milestone] = field(default_factory=list)


class _Found:
    """The rows of an inspection on a day, a statement for each table."""

    def __init__(self, session: Session, inspection: models.Inspection, day: dt.date) -> None:
        self.session, self.day = session, day
        query = (
            select(models.Issue, models.Source.name)
            .outerjoin(models.Source, models.Source.id == models.Issue.source_id)
            .where(models.Issue.inspection_id == inspection.id, *self._in_force(models.Issue))
            .order_by(models.Issue.seq)
        )
        self.issues = session.execute(query).tuples().all()
        self.by_issue = self._measures(inspection.id, {issue.id for issue, _ in self.issues})
        measure_ids = [measure.id for pairs in self.by_issue.values() for measure, _ in pairs]
        self.of_issue = self._own("issue_id", [issue.id for issue, _ in self.issues])
        self.of_measure = self._own("measure_id", measure_ids)
        self.facts = facts_on(session, measure_ids, day)
        self.points = planned_points(session, measure_ids, day)

    def _in_force(self, table: Any) -> tuple[ColumnElement[bool], ...]:
        return (table.begins_on <= self.day, or_(table.withdrawn_on.is_(None), table.withdrawn_on > self.day))

    def _measures(
        self, inspection_id: int, issue_ids: set[int]
    ) -> dict[int, list[tuple[models.Measure, models.MeasureLink]]]:
        """The measures by issue, in their order; one that answers several of them stands where it is at home, else
        under the first."""
        link, measure = models.MeasureLink, models.Measure
        query = (
            select(measure, link)
            .join(link, link.measure_id == measure.id)
            .where(link.inspection_id == inspection_id, or_(link.since_on.is_(None), link.since_on <= self.day))
            .where(*self._in_force(measure))
            .order_by(link.home.desc(), link.id)
        )
        first: dict[int, tuple[models.Measure, models.MeasureLink]] = {}
        for found, its_link in self.session.execute(query).tuples():
            if its_link.issue_id in issue_ids:
                first.setdefault(found.id, (found, its_link))
        by_issue: dict[int, list[tuple[models.Measure, models.MeasureLink]]] = defaultdict(list)
        for pair in sorted(first.values(), key=lambda pair: pair[1].seq):
            by_issue[pair[1].issue_id].append(pair)
        return by_issue

    def _own(self, column: str, ids: Sequence[int]) -> Mapping[int, _Own]:
        own: dict[int, _Own] = defaultdict(_Own)
        part, person, stone = models.Assignment, models.NamedPerson, models.Milestone
        for start in range(0, len(ids), standing.CHUNK):
            some = ids[start : start + standing.CHUNK]
            parts = (
                select(getattr(part, column), part.role, models.Unit.name)
                .join(models.Unit, models.Unit.id == part.unit_id)
                .where(getattr(part, column).in_(some), ~part.inherited, part.since_on <= self.day)
                .where(or_(part.until_on.is_(None), part.until_on > self.day))
                .order_by(part.id)
            )
            persons = select(getattr(person, column), person.role, person.name).where(getattr(person, column).in_(some))
            for query in (parts, persons.order_by(person.id)):
                for item_id, role, name in self.session.execute(query).tuples():
                    own[item_id].units.append(Unit(name, cast(Role, role)))
            stones = (
                select(stone)
                .where(getattr(stone, column).in_(some), or_(stone.since_on.is_(None), stone.since_on <= self.day))
                .where(or_(stone.withdrawn_on.is_(None), stone.withdrawn_on > self.day))
                .order_by(stone.id)
            )
            for found in self.session.scalars(stones):
                own[getattr(found, column)].milestones.append(found)
        return own

    # ------------------------------------------------------------ the items
    def issue(self, issue: models.Issue, source: str | None) -> IssueDraft:
        pairs = self.by_issue.get(issue.id, [])
        implied = [measure for measure, _ in pairs if measure.implied]
        own = self.of_issue[issue.id]
        made = IssueDraft(
            number=issue.number or None,
            upper_number=issue.upper_number or None,
            category=issue.category or None,
            text=issue.text,
            goal=issue.goal or None,
            source=source,
            units=own.units,
            measures=[self._measure(measure, link) for measure, link in pairs if not measure.implied],
        )
        made.deadline, made.original_deadline = _limits(issue)
        if implied and not made.measures:
            made.target = self._target(implied[0])
            _state_facts(made, self.facts[implied[0].id])
        stones = [*own.milestones, *(stone for measure in implied for stone in self.of_measure[measure.id].milestones)]
        for m, measure in enumerate(measure for measure, _ in pairs if not measure.implied):
            for stone in self.of_measure[measure.id].milestones:
                if holder_of(made, stone.text) == m:  # an import finds it by itself
                    stones.append(stone)
                else:
                    made.measures[m].milestones.append(_stone(stone))
        stones.sort(key=lambda stone: stone.id)
        made.milestones = [_stone(stone) for stone in stones]
        return made

    def _measure(self, measure: models.Measure, link: models.MeasureLink) -> MeasureDraft:
        made = MeasureDraft(number=link.number or None, text=measure.text, units=self.of_measure[measure.id].units)
        made.deadline, made.original_deadline = _limits(measure)
        made.target = self._target(measure)
        _state_facts(made, self.facts[measure.id])
        return made

    def _target(self, measure: models.Measure) -> Target | None:
        if measure.target_quantity is None:
            return None
        return Target(measure.target_quantity, measure.target_unit, tuple(self.points[measure.id]))

    def ask(self, draft: PlanDraft) -> None:
        """What is open about the items, but for what an import asks by itself."""
        anew = {(q.issue, q.ask) for q in questions(draft, as_of=draft.as_of)}
        for i, (issue, _) in enumerate(self.issues):
            real = [measure for measure, _ in self.by_issue.get(issue.id, []) if not measure.implied]
            items: list[tuple[int | None, Item]] = [(None, issue), *enumerate(real)]
            for m, item in items:
                limit = draft.issues[i].deadline if m is None else draft.issues[i].measures[m].deadline
                for ask in filter(None, item.question.split("\n")):
                    if (i, ask) not in anew:
                        draft.ask(_question(where_of(draft.issues[i], i), ask, limit, i, m))


def facts_on(session: Session, measure_ids: Sequence[int], day: dt.date) -> Mapping[int, dict[str, Any]]:
    """What people said of how far each measure is, by the names of `Facts`; what only follows from a date is the dates'
    own."""
    row, claim = models.MeasureStanding, models.LedgerClaim
    facts: dict[int, dict[str, Any]] = defaultdict(dict)
    for start in range(0, len(measure_ids), standing.CHUNK):
        some = measure_ids[start : start + standing.CHUNK]
        claims = select(claim).where(claim.measure_id.in_(some), claim.as_of_on <= day)
        for claimed in session.scalars(claims):
            facts[claimed.measure_id] = {"state": claimed.state or None, "progress": claimed.progress or None}
        for report in figures.last_reports(session, some, day):
            said = {"progress": report.text, "difficulty": report.difficulty, "next_step": report.next_step}
            facts[report.measure_id] |= {name: text for name, text in said.items() if text}
            if not report.imported:  # what a ledger said is its claim
                facts[report.measure_id]["state"] = report.state
        for stands in session.scalars(select(row).where(row.measure_id.in_(some), standing.on(row, day))):
            facts[stands.measure_id] |= _decided(stands, facts[stands.measure_id].get("state"), day)
    return facts


def _decided(stands: models.MeasureStanding, said: str | None, day: dt.date) -> dict[str, Any]:
    """What was accepted or signed off goes before what was said; nothing is finished by being called so."""
    verdict = schedule.verdict(stands, day)
    if verdict in GOOD:
        return {"state": verdict.value, "completed_on": stands.done_on if stands.lateness_known else None}
    if verdict is Verdict.BASICALLY_COMPLETED:
        return {"state": "basically_completed"}
    return {"state": "in_progress"} if said in ("signed_off", "completed", "basically_completed") else {}


def _question(where: str, ask: str, limit: Deadline | None, i: int, m: int | None) -> Question:
    about_limit = limit is not None and (limit.kind in ("ask", "relative") or limit.inferred)
    raw = limit.raw if about_limit and limit is not None else ""
    return Question(where, ask, "deadline" if about_limit else "other", raw, i, m)


def _stone(stone: models.Milestone) -> MilestoneDraft:
    return MilestoneDraft(stone.due_on, stone.text, stone.target_state)


def _limits(item: Item) -> tuple[Deadline | None, Deadline | None]:
    """(the time limit in force, the original one where it is another)."""
    limit = Deadline(
        item.deadline_raw,
        item.deadline_on,
        item.start_on,
        cast(Kind, item.deadline_kind),
        item.long_term,
        item.deadline_inferred,
    )
    was = item.original_deadline_on
    moved = was is not None and was != item.deadline_on
    return limit if limit != Deadline("") else None, deadlines.parse(
        was.isoformat()
    ).deadline if was and moved else None


def _state_facts(item: Facts, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        setattr(item, name, value)
