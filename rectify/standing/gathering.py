"""The facts that measures are judged by, from their tables: as they are, and as the ledger knew them on an earlier day."""

from __future__ import annotations

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from rectify import former, models
from rectify.models import bulk
from rectify.rules import schedule


class Limit(NamedTuple):
    """The time limit of an issue or a measure, as its own row has it."""

    deadline_on: dt.date | None
    original_deadline_on: dt.date | None
    deadline_kind: str
    long_term: bool
    deadline_corrected: bool
    start_on: dt.date | None


class Rules(NamedTuple):
    """What an inspection sets for judging the measures at home in it."""

    issued_on: dt.date | None
    immediate_days: int
    starts_on_issue_date: bool
    tolerance_percent: int
    judged_by: str
    basically_counts_as_done: bool


class Plan(NamedTuple):
    """What one measure is judged by besides what happened: its rows, its issue's and its inspection's."""

    begins_on: dt.date
    own: Limit
    issue: Limit
    target_quantity: Decimal | None
    rules: Rules
    rounds: Sequence[former.Round]

    def facts(self) -> dict[str, Any]:
        """The fields of MeasureFacts that rest on it, the deadline resolved against the issue's (S1)."""
        own, issue, rules = self.own, self.issue, self.rules
        has_own = own.deadline_kind != "none"
        limit = own if has_own else issue
        immediate = limit.deadline_kind == "immediate" and limit.deadline_on is None
        internal_on = (rules.issued_on or self.begins_on) + dt.timedelta(days=rules.immediate_days)
        return {
            "begins_on": self.begins_on,
            "deadline_on": limit.deadline_on,
            "original_deadline_on": limit.original_deadline_on or limit.deadline_on,
            "deadline_kind": limit.deadline_kind,
            "long_term": own.long_term or (not has_own and issue.long_term),
            "corrected": limit.deadline_corrected,
            "start_on": own.start_on or issue.start_on or (rules.issued_on if rules.starts_on_issue_date else None),
            "internal_due_on": internal_on if immediate else None,
            "target_quantity": self.target_quantity,
            "tolerance_percent": rules.tolerance_percent,
            "judged_by": rules.judged_by,
            "basically_counts_as_done": rules.basically_counts_as_done,
            "rounds": tuple(_round_fact(row) for row in self.rounds),
        }


Held = TypeVar("Held", Limit, Rules)


@dataclass(frozen=True)
class Gathered:
    """The facts of one measure, when it was reopened, and when it left the ledger."""

    facts: schedule.MeasureFacts
    reopenings: tuple[dt.date, ...]
    withdrawn_on: dt.date | None
    back: Back | None = None

    def known_on(self, day: dt.date) -> schedule.MeasureFacts | None:
        """The facts as the ledger knew them at the end of `day`, corrected since or not (S2).

        None where nobody kept what the plan or a rule was then. Only for what was gathered looking back.
        """
        assert self.back is not None, "gathered without what was before"
        then = self.back.plan_on(day)
        if then is None:
            return None
        return schedule.as_known_on(replace(self.facts, **then.facts()), self.reopenings, day)

    def learnt_on(self) -> set[dt.date]:
        """The days on which the ledger learnt something of the measure, or judged it by something else."""
        assert self.back is not None, "gathered without what was before"
        facts = self.facts
        days = {*self.reopenings, *self.back.days()}
        days |= {r.on for r in facts.reports} | {r.returned_on for r in facts.reports if r.returned_on}
        days |= {p.approved_on for p in facts.points}
        days |= {s.on for s in facts.submissions} | {s.decided_on for s in facts.submissions if s.decided_on}
        days |= {on for m in facts.milestones for on in m.known_days}
        days |= {c.on for c in facts.confirmations} | {c.withdrawn_on for c in facts.confirmations if c.withdrawn_on}
        days |= {known_on for _, known_on in facts.sign_offs}
        return days | ({self.withdrawn_on} if self.withdrawn_on is not None else set())


@dataclass(frozen=True)
class Back:
    """What a measure was judged by before: its own part of what `_Books` has of many."""

    measure_id: int
    issue_id: int
    plan: Plan
    books: _Books

    def plan_on(self, day: dt.date) -> Plan | None:
        """The plan, the rules and the rounds of a day; None where that was kept by nobody."""
        books = self.books
        mine = books.of_measures.on(self.measure_id, day)
        if mine is None:
            return None
        issue_id = mine.pop("issue_id", self.issue_id)
        inspection_id, issue_limit = books.issues[issue_id]
        issue, rules = books.of_issues.on(issue_id, day), books.of_inspections.on(inspection_id, day)
        if issue is None or rules is None:
            return None
        return Plan(
            self.plan.begins_on,
            _as_was(self.plan.own, mine),
            _as_was(issue_limit, issue),
            mine.get("target_quantity", self.plan.target_quantity),
            _as_was(books.rules[inspection_id], rules),
            former.rounds_then(books.rounds.get(inspection_id, ()), rules),
        )

    def days(self) -> set[dt.date]:
        """The days from which it was judged by something else."""
        books = self.books
        found = books.of_measures.days(self.measure_id)
        for issue_id in {self.issue_id} | books.of_measures.told("issue_id"):
            inspection_id, _ = books.issues[issue_id]
            found |= books.of_issues.days(issue_id) | books.of_inspections.days(inspection_id)
            found |= {row.cancelled_on for row in books.rounds.get(inspection_id, ()) if row.cancelled_on is not None}
        return found


@dataclass
class _Books:
    """The rows that many measures are judged by, and what those were."""

    issues: dict[int, tuple[int, Limit]]
    rules: dict[int, Rules]
    rounds: dict[int, list[former.Round]]
    of_measures: former.Past
    of_issues: former.Past
    of_inspections: former.Past


def _as_was(row: Held, was: dict[str, Any]) -> Held:
    return row._replace(**{name: value for name, value in was.items() if name in row._fields}) if was else row


def _columns(values: type[Any], row: Any) -> list[Any]:
    return [getattr(row, name) for name in values._fields]


def gather(session: Session, measure_ids: Sequence[int], *, looking_back: bool = False) -> dict[int, Gathered]:
    """The facts of measures, read from their tables in one statement a table, deadlines resolved (S1).

    `looking_back`: with what is needed to say what was known on an earlier day. Columns, never entities: what a page had
    loaded before it waited for its turn may have been changed meanwhile.
    """
    heads = bulk.read(session, _heads(), {"ids": measure_ids})
    issues: dict[int, tuple[int, Limit]] = {}
    rules: dict[int, Rules] = {}
    n = len(Limit._fields)
    plans: dict[int, tuple[int, Plan]] = {}
    left: dict[int, dt.date | None] = {}
    rounds = _rounds(session, {head[2] for head in heads})
    for measure_id, issue_id, inspection_id, begins_on, target, withdrawn_on, issue_withdrawn_on, *rest in heads:
        own, of_issue = Limit._make(rest[:n]), Limit._make(rest[n : 2 * n])
        issues[issue_id] = inspection_id, of_issue
        rules[inspection_id] = Rules._make(rest[2 * n :])
        plan = Plan(begins_on, own, of_issue, target, rules[inspection_id], rounds.get(inspection_id, ()))
        plans[measure_id] = issue_id, plan
        left[measure_id] = min((on for on in (withdrawn_on, issue_withdrawn_on) if on is not None), default=None)
    books = _books(session, measure_ids, issues, rules, rounds) if looking_back else None
    happened = _happened(session, measure_ids)
    gathered = {}
    for measure_id, (issue_id, plan) in plans.items():
        reopenings, facts = happened(measure_id)
        gathered[measure_id] = Gathered(
            schedule.MeasureFacts(**plan.facts(), **facts),
            reopenings,
            left[measure_id],
            Back(measure_id, issue_id, plan, books) if books is not None else None,
        )
    return gathered


@functools.cache
def _heads() -> Select[Any]:
    """Asked with every act, as are the statements below, so put together once."""
    measure, issue, inspection, link = models.Measure, models.Issue, models.Inspection, models.MeasureLink
    return (
        select(
            *(measure.id, issue.id, inspection.id),
            *(measure.begins_on, measure.target_quantity, measure.withdrawn_on, issue.withdrawn_on),
            *_columns(Limit, measure),
            *_columns(Limit, issue),
            *_columns(Rules, inspection),
        )
        .join(link, and_(link.measure_id == measure.id, link.home))
        .join(issue, issue.id == link.issue_id)
        .join(inspection, inspection.id == issue.inspection_id)
        .where(bulk.among(measure.id, "ids"))
    )


def _books(
    session: Session,
    measure_ids: Sequence[int],
    issues: dict[int, tuple[int, Limit]],
    rules: dict[int, Rules],
    rounds: dict[int, list[former.Round]],
) -> _Books:
    """What these rows were, and the issues where measures were at home before with their inspections."""
    issue, inspection = models.Issue, models.Inspection
    of_measures = former.past(session, models.Measure, measure_ids)
    homes = of_measures.told("issue_id") - set(issues)
    if homes:
        n = len(Limit._fields)
        for row in bulk.read(
            session,
            select(issue.id, inspection.id, *_columns(Limit, issue), *_columns(Rules, inspection))
            .join(inspection, inspection.id == issue.inspection_id)
            .where(bulk.among(issue.id, homes)),
        ):
            issues[row[0]] = row[1], Limit._make(row[2 : 2 + n])
            rules[row[1]] = Rules._make(row[2 + n :])
        rounds |= _rounds(session, set(rules) - set(rounds))
    return _Books(
        issues,
        rules,
        rounds,
        of_measures,
        former.past(session, issue, issues),
        former.past(session, inspection, rules),
    )


def _rounds(session: Session, inspection_ids: Iterable[int]) -> dict[int, list[former.Round]]:
    found: dict[int, list[former.Round]] = defaultdict(list)
    for inspection_id, *values in bulk.read(session, _rounds_of(), {"ids": list(inspection_ids)}):
        found[inspection_id].append(former.Round._make(values))
    return dict(found)


@functools.cache
def _rounds_of() -> Select[Any]:
    row = models.Round
    query = select(row.inspection_id, *former.Round.columns()).where(bulk.among(row.inspection_id, "ids"))
    return query.order_by(row.opens_on)


def _round_fact(row: former.Round) -> schedule.RoundFact:
    return schedule.RoundFact(
        row.opens_on, row.cut_off_on, row.grace_days, row.cancelled_on is not None, row.name, row.cancelled_on
    )


@functools.cache
def _acts() -> dict[str, tuple[Callable[..., Any], Select[Any]]]:
    """What can happen to a measure: what is made of a row, and the statement of these rows by the day of each."""
    report, submission, point = models.ProgressReport, models.Submission, models.PlannedPoint
    confirmation, reopening, sign_off, claim = (
        *(models.Confirmation, models.Reopening, models.SignOffMark, models.LedgerClaim),
    )

    def rows(on: Any, *columns: Any) -> Select[Any]:
        table = on.class_
        query = select(table.measure_id, on, *columns).where(bulk.among(table.measure_id, "ids"))
        return query.order_by(on, table.id)

    return {
        "reports": (
            schedule.ReportFact,
            rows(
                *(report.reported_on, report.state, report.quantity),
                *(report.recorded_on.is_not(None), report.returned_on),
            ),
        ),
        "submissions": (
            schedule.SubmissionFact,
            rows(submission.submitted_on, submission.state, submission.decided_on, submission.claim),
        ),
        "points": (schedule.PointFact, rows(point.due_on, point.quantity, point.approved_on)),
        "confirmations": (
            lambda on, verdict, last_on, withdrawn_on: schedule.ConfirmationFact(
                verdict, on, last_on, withdrawn_on is not None, withdrawn_on
            ),
            rows(confirmation.confirmed_on, confirmation.verdict, confirmation.last_on, confirmation.withdrawn_on),
        ),
        "reopenings": (lambda on: on, rows(reopening.reopened_on)),
        "sign_offs": (
            lambda on, known_on: (on, known_on or on),
            rows(sign_off.signed_off_on, sign_off.recorded_on),
        ),
        "claims": (schedule.ClaimFact, rows(claim.as_of_on, claim.state, claim.completed_on)),
    }


def _happened(
    session: Session, measure_ids: Sequence[int]
) -> Callable[[int], tuple[tuple[dt.date, ...], dict[str, Any]]]:
    """What happened to measures: a function giving one's reopenings and the fields of MeasureFacts that rest on acts."""
    found: dict[str, dict[int, tuple[Any, ...]]] = {}
    for name, (make, query) in _acts().items():
        made: dict[int, list[Any]] = defaultdict(list)
        for row in bulk.read(session, query, {"ids": measure_ids}):
            made[row[0]].append(make(*row[1:]))
        found[name] = {key: tuple(facts) for key, facts in made.items()}
    milestones = _milestones(session, "measure_id", measure_ids)

    def one(measure_id: int) -> tuple[tuple[dt.date, ...], dict[str, Any]]:
        mine = {name: facts.get(measure_id, ()) for name, facts in found.items()}
        reopened, signed, claimed = mine.pop("reopenings"), mine["sign_offs"], mine.pop("claims")
        marks = [on for on, _ in signed if not reopened or on >= reopened[-1]]
        return reopened, {
            **mine,
            "reopened_on": reopened[-1] if reopened else None,
            "signed_off_on": marks[-1] if marks else None,
            "claim": claimed[0] if claimed else None,
            "milestones": milestones.get(measure_id, ()),
        }

    return one


@functools.cache
def _milestones_of(owner: str) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """The statements of milestones whose owner is or was one of the ids, of what milestones were, and of their marks."""
    row, mark, past = models.Milestone, models.MilestoneMark, models.FormerMilestone
    report = models.ProgressReport
    now, then = getattr(row, owner), getattr(past, owner)
    moved = select(past.milestone_id).where(bulk.among(then, "ids"))
    return (
        select(row.id, now, row.due_on, row.text, row.since_on, row.withdrawn_on)
        .where(or_(bulk.among(now, "ids"), row.id.in_(moved)))
        .order_by(row.due_on, row.id),
        select(past.milestone_id, then, past.due_on, past.until_on)
        .where(bulk.among(past.milestone_id, "ids"))
        .order_by(past.until_on, past.id),
        select(mark.milestone_id, mark.marked_on, mark.reached, report.returned_on)
        .outerjoin(report, report.id == mark.report_id)
        .where(bulk.among(mark.milestone_id, "ids"))
        .order_by(mark.marked_on, mark.id),
    )


def _milestones(
    session: Session, owner: str, owner_ids: Sequence[int]
) -> dict[int, tuple[schedule.MilestoneFact, ...]]:
    """The milestones of measures or issues (`owner` measure_id or issue_id), by owner. One whose date or home was changed
    is a fact of its own for each of its pasts: known since the change before, withdrawn on the day of the change, with
    all the marks."""
    of_owners, that_were, with_marks = _milestones_of(owner)
    rows = bulk.read(session, of_owners, {"ids": owner_ids})
    if not rows:
        return defaultdict(tuple)
    ids = [row.id for row in rows]
    pasts: dict[int, list[Any]] = defaultdict(list)
    for milestone_id, *was in bulk.read(session, that_were, {"ids": ids}):
        pasts[milestone_id].append(was)
    marks: dict[int, list[schedule.Mark]] = defaultdict(list)
    for milestone_id, *said in bulk.read(session, with_marks, {"ids": ids}):
        marks[milestone_id].append(schedule.Mark(*said))
    found: dict[int, list[schedule.MilestoneFact]] = defaultdict(list)
    wanted = set(owner_ids)
    for milestone_id, owner_now, due_now, text, since_on, withdrawn_on in rows:
        for owner_id, due_on, until_on in (*pasts[milestone_id], (owner_now, due_now, withdrawn_on)):
            if owner_id in wanted:
                fact = schedule.MilestoneFact(due_on, text, tuple(marks[milestone_id]), since_on, until_on)
                found[owner_id].append(fact)
            since_on = until_on
    return defaultdict(tuple, {key: tuple(facts) for key, facts in found.items()})


@dataclass(frozen=True)
class GatheredIssue:
    """What an issue is judged by besides its measures: its own milestones (S10), its inspection's rule, how long it stays."""

    issue_id: int
    inspection_id: int
    begins_on: dt.date
    withdrawn_on: dt.date | None
    judged_by: str
    milestones: tuple[schedule.MilestoneFact, ...]
    of_issues: former.Past
    of_inspections: former.Past

    def turns(self, measures: Sequence[schedule.Turns]) -> schedule.Turns:
        """The turning days of the issue from those of its measures."""
        return schedule.issue_turns(measures, self.milestones, self.judged_by)

    def turns_known_on(self, day: dt.date, measures: Sequence[schedule.Turns]) -> schedule.Turns | None:
        """The same as the ledger knew it at the end of `day`; None where nobody kept what it rests on."""
        rules = self.of_inspections.on(self.inspection_id, day)
        if rules is None or self.of_issues.on(self.issue_id, day) is None:
            return None
        milestones = schedule.milestones_known_on(self.milestones, day)
        return schedule.issue_turns(measures, milestones, rules.get("judged_by", self.judged_by))

    def learnt_on(self) -> set[dt.date]:
        """The days on which the ledger learnt something of the issue itself, or judged it by something else."""
        days = {on for m in self.milestones for on in m.known_days} | self.of_issues.days(self.issue_id)
        days |= self.of_inspections.days(self.inspection_id)
        return days | ({self.withdrawn_on} if self.withdrawn_on is not None else set())


def gather_issues(
    session: Session, issue_ids: Sequence[int], *, looking_back: bool = False
) -> dict[int, GatheredIssue]:
    """What issues are judged by; `looking_back`: with what is needed to say what was known on an earlier day."""
    issue, inspection = models.Issue, models.Inspection
    heads = bulk.read(session, _issue_heads(), {"ids": issue_ids})
    milestones = _milestones(session, "issue_id", issue_ids)
    of_issues, of_inspections = former.Past(), former.Past()
    if looking_back:
        of_issues = former.past(session, issue, issue_ids)
        of_inspections = former.past(session, inspection, {head[1] for head in heads})
    return {
        issue_id: GatheredIssue(
            issue_id, inspection_id, begins_on, withdrawn_on, by, milestones[issue_id], of_issues, of_inspections
        )
        for issue_id, inspection_id, begins_on, withdrawn_on, by in heads
    }


@functools.cache
def _issue_heads() -> Select[Any]:
    issue, inspection = models.Issue, models.Inspection
    return (
        select(issue.id, inspection.id, issue.begins_on, issue.withdrawn_on, inspection.judged_by)
        .join(inspection, inspection.id == issue.inspection_id)
        .where(bulk.among(issue.id, "ids"))
    )
