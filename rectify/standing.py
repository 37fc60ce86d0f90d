"""The only writer of turning days and their history: facts from the tables → `rules.schedule` → Standing rows.

Every act calls `write` for the measures it touched; nothing is recomputed when the day turns. Also the SQL form of the
verdict, built from the same columns that the rule fills. Counting is `figures`'.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Date, Row, Select, and_, bindparam, case, func, literal, or_, select, update
from sqlalchemy.orm import Session

from rectify import models
from rectify.models import bulk
from rectify.rules import schedule
from rectify.rules.verdicts import Verdict

CHUNK = 2000
FAR = dt.date(9999, 12, 31)
TURN_FIELDS = tuple(f.name for f in fields(schedule.Turns))
Standing = type[models.MeasureStanding] | type[models.IssueStanding]


# -- reading ---------------------------------------------------------------------------------------------------------


def on(standing: Any, day: dt.date) -> ColumnElement[bool]:
    """The condition under which a standing's row says what the ledger says of `day`."""
    return and_(
        standing.superseded_at.is_(None),
        standing.since_on <= day,
        or_(standing.until_on.is_(None), standing.until_on > day),
    )


def verdict_case(standing: Any, day: Any) -> ColumnElement[str]:
    """The verdict on `day` in SQL: the same comparison of dates as `schedule.verdict`, in the same order."""
    whens = [(getattr(standing, name) <= day, literal(schedule.VERDICT_OF[name].value)) for name in schedule.TURNING]
    whens.append((standing.long_term_open, literal(Verdict.LONG_TERM.value)))
    return case(*whens, else_=literal(Verdict.ON_SCHEDULE.value))


def of(session: Session, measure_id: int, day: dt.date) -> models.MeasureStanding | None:
    """What the ledger says of a measure on a day; None before it counted or after it was withdrawn."""
    _write_held(session, measure_id)
    query = select(models.MeasureStanding).where(
        models.MeasureStanding.measure_id == measure_id, on(models.MeasureStanding, day)
    )
    return session.execute(query).scalars().first()


def of_issue(session: Session, issue_id: int, day: dt.date) -> models.IssueStanding | None:
    """What the ledger says of an issue on a day; None before it counted or after it was withdrawn."""
    _write_held(session)
    query = select(models.IssueStanding).where(models.IssueStanding.issue_id == issue_id, on(models.IssueStanding, day))
    return session.execute(query).scalars().first()


# -- gathering facts -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gathered:
    """The facts of one measure, when it was reopened, and when it left the ledger."""

    facts: schedule.MeasureFacts
    reopenings: tuple[dt.date, ...]
    withdrawn_on: dt.date | None


class Limit(NamedTuple):
    """The time limit of an issue or a measure, as its own row has it."""

    deadline_on: dt.date | None
    original_deadline_on: dt.date | None
    deadline_kind: str
    long_term: bool
    start_on: dt.date | None

    @classmethod
    def columns(cls, item: Any) -> list[Any]:
        return [getattr(item, name) for name in cls._fields]


def _read(session: Session, query: Select[Any]) -> Sequence[Row[Any]]:
    """The rows of columns past the unit of work, which would look at each of them for entities."""
    return session.connection().execute(query).all()


def gather(session: Session, measure_ids: Sequence[int]) -> dict[int, Gathered]:
    """The facts of measures, read from their tables in one statement a table, deadlines resolved (S1).

    Columns, never entities: what a page had loaded before it waited for its turn may have been changed meanwhile.
    """
    session.flush()
    measure, issue, inspection, link = models.Measure, models.Issue, models.Inspection, models.MeasureLink
    heads = _read(
        session,
        select(
            *(measure.id, issue.id, inspection.id),
            *Limit.columns(measure),
            *Limit.columns(issue),
            measure.begins_on,
            measure.deadline_raw,
            measure.target_quantity,
            measure.withdrawn_on,
            issue.withdrawn_on,
            inspection.issued_on,
            inspection.immediate_days,
            inspection.starts_on_issue_date,
            inspection.tolerance_percent,
            inspection.judged_by,
            inspection.basically_counts_as_done,
        )
        .join(link, and_(link.measure_id == measure.id, link.home))
        .join(issue, issue.id == link.issue_id)
        .join(inspection, inspection.id == issue.inspection_id)
        .where(bulk.among(session, measure.id, measure_ids)),
    )
    rounds = _rounds(session, {head[2] for head in heads})
    report, submission, point = models.ProgressReport, models.Submission, models.PlannedPoint
    confirmation, reopening, sign_off, claim = (
        *(models.Confirmation, models.Reopening, models.SignOffMark, models.LedgerClaim),
    )
    read = functools.partial(_by_measure, session, measure_ids)
    reports = read(
        schedule.ReportFact, report.reported_on, report.state, report.quantity, report.recorded_on.is_not(None)
    )
    submissions = read(
        schedule.SubmissionFact, submission.submitted_on, submission.state, submission.decided_on, submission.claim
    )
    points = read(schedule.PointFact, point.due_on, point.quantity, point.approved_on)
    confirmations = read(
        lambda on, verdict, last_on, withdrawn_on: schedule.ConfirmationFact(
            verdict, on, last_on, withdrawn_on is not None, withdrawn_on
        ),
        *(confirmation.confirmed_on, confirmation.verdict, confirmation.last_on, confirmation.withdrawn_on),
    )
    reopenings = read(
        lambda *row: row, *(reopening.reopened_on, reopening.new_deadline_on, reopening.old_deadline_on, reopening.at)
    )
    sign_offs = read(lambda on, known_on: (on, known_on or on), sign_off.signed_off_on, sign_off.recorded_on)
    claims = read(schedule.ClaimFact, claim.as_of_on, claim.state, claim.completed_on)
    milestones = _milestones(session, models.Milestone.measure_id, measure_ids)
    issue_ids = list({head[1] for head in heads})
    changes = _deadline_changes(session, measure_ids, issue_ids)
    former = _former_limits(session, measure_ids, issue_ids)
    gathered: dict[int, Gathered] = {}
    for head in heads:
        measure_id, issue_id, inspection_id = head[:3]
        own_limit, issue_limit = Limit._make(head[3:8]), Limit._make(head[8:13])
        begins_on, raw, target, withdrawn_on, issue_withdrawn_on = head[13:18]
        issued_on, immediate_days, starts_on_issue_date, tolerance, judged_by, basically_counts = head[18:]
        own = own_limit.deadline_kind != "none"
        limit = own_limit if own else issue_limit
        cycles = reopenings.get(measure_id, ())
        reopened = tuple(on for on, *_ in cycles)
        signed = sign_offs.get(measure_id, ())
        marks = [on for on, _ in signed if not reopened or on >= reopened[-1]]
        original = limit.original_deadline_on or limit.deadline_on
        mine = [
            Change(on, at, new_on, old_on, old_on is not None)
            for on, new_on, old_on, at in cycles
            if new_on is not None
        ]
        mine = sorted([*changes.get(("measure", measure_id), ()), *mine], key=Change.made)
        inherited = sorted(changes.get(("issue", issue_id), ()), key=Change.made)
        history = _inherited_until(inherited, mine, raw) + mine if own else inherited
        start_on = own_limit.start_on or issue_limit.start_on or (issued_on if starts_on_issue_date else None)
        internal_on = (issued_on or begins_on) + dt.timedelta(days=immediate_days)
        immediate = limit.deadline_kind == "immediate" and limit.deadline_on is None
        past = former.get(("measure", measure_id) if own else ("issue", issue_id), ())
        claimed = claims.get(measure_id, ())
        facts = schedule.MeasureFacts(
            begins_on=begins_on,
            deadline_on=limit.deadline_on,
            original_deadline_on=original,
            deadline_kind=limit.deadline_kind,
            long_term=own_limit.long_term or (not own and issue_limit.long_term),
            start_on=start_on,
            internal_due_on=internal_on if immediate else None,
            reopened_on=reopened[-1] if reopened else None,
            signed_off_on=marks[-1] if marks else None,
            sign_offs=signed,
            former_limits=tuple(
                _resolved(limit_then, issue_limit if own else None, internal_on) for limit_then in past
            ),
            claim=claimed[0] if claimed else None,
            rounds=rounds.get(inspection_id, ()),
            reports=reports.get(measure_id, ()),
            submissions=submissions.get(measure_id, ()),
            milestones=milestones.get(measure_id, ()),
            points=points.get(measure_id, ()),
            target_quantity=target,
            confirmations=confirmations.get(measure_id, ()),
            tolerance_percent=tolerance,
            judged_by=judged_by,
            basically_counts_as_done=basically_counts,
            corrected=bool(history) and history[-1].corrected,
            deadline_changes=_deadlines(begins_on, original, history),
        )
        withdrawn = [on for on in (withdrawn_on, issue_withdrawn_on) if on is not None]
        gathered[measure_id] = Gathered(facts, reopened, min(withdrawn, default=None))
    return gathered


def _rounds(session: Session, inspection_ids: Iterable[int]) -> dict[int, tuple[schedule.RoundFact, ...]]:
    row = models.Round
    found: dict[int, list[schedule.RoundFact]] = defaultdict(list)
    for inspection_id, opens_on, cut_off_on, grace_days, name, cancelled_on in _read(
        session,
        select(row.inspection_id, row.opens_on, row.cut_off_on, row.grace_days, row.name, row.cancelled_on)
        .where(bulk.among(session, row.inspection_id, inspection_ids))
        .order_by(row.opens_on),
    ):
        fact = schedule.RoundFact(opens_on, cut_off_on, grace_days, cancelled_on is not None, name, cancelled_on)
        found[inspection_id].append(fact)
    return defaultdict(tuple, {key: tuple(facts) for key, facts in found.items()})


def _by_measure(
    session: Session, measure_ids: Sequence[int], make: Callable[..., Any], on: Any, *columns: Any
) -> dict[int, tuple[Any, ...]]:
    """What `make` makes of these columns of a table's rows, by measure, in the order of `on`, the first of them."""
    table = on.class_
    found: dict[int, list[Any]] = defaultdict(list)
    query = (
        select(table.measure_id, on, *columns)
        .where(bulk.among(session, table.measure_id, measure_ids))
        .order_by(on, table.id)
    )
    for row in _read(session, query):
        found[row[0]].append(make(*row[1:]))
    return {key: tuple(facts) for key, facts in found.items()}


def _milestones(
    session: Session, owner: Any, owner_ids: Sequence[int]
) -> dict[int, tuple[schedule.MilestoneFact, ...]]:
    """The milestones of measures or issues, by owner. One whose date or home was changed is a fact of its own for each
    of its pasts: known since the change before, withdrawn on the day of the change, with all the marks."""
    row, mark, past = models.Milestone, models.MilestoneMark, models.FormerMilestone
    past_owner = getattr(past, owner.key)
    moved = select(past.milestone_id).where(bulk.among(session, past_owner, owner_ids))
    rows = session.execute(
        select(row.id, owner, row.due_on, row.text, row.since_on, row.withdrawn_on)
        .where(or_(bulk.among(session, owner, owner_ids), row.id.in_(moved)))
        .order_by(row.due_on, row.id)
    ).all()
    pasts: dict[int, list[Any]] = defaultdict(list)
    for milestone_id, *was in session.execute(
        select(past.milestone_id, past_owner, past.due_on, past.until_on)
        .where(bulk.among(session, past.milestone_id, [found.id for found in rows]))
        .order_by(past.until_on, past.id)
    ):
        pasts[milestone_id].append(was)
    marks: dict[int, list[tuple[dt.date, bool]]] = defaultdict(list)
    for milestone_id, marked_on, reached in _read(
        session,
        select(mark.milestone_id, mark.marked_on, mark.reached)
        .where(bulk.among(session, mark.milestone_id, [found.id for found in rows]))
        .order_by(mark.marked_on, mark.id),
    ):
        marks[milestone_id].append((marked_on, reached))
    found: dict[int, list[schedule.MilestoneFact]] = defaultdict(list)
    wanted = set(owner_ids)
    for milestone_id, owner_now, due_now, text, since_on, withdrawn_on in rows:
        for owner_id, due_on, until_on in (*pasts[milestone_id], (owner_now, due_now, withdrawn_on)):
            if owner_id in wanted:
                fact = schedule.MilestoneFact(due_on, text, tuple(marks[milestone_id]), since_on, until_on)
                found[owner_id].append(fact)
            since_on = until_on
    return defaultdict(tuple, {key: tuple(facts) for key, facts in found.items()})


def milestones_of_issues(session: Session, issue_ids: Sequence[int]) -> dict[int, tuple[schedule.MilestoneFact, ...]]:
    """The milestones that stand on issues themselves (S10), by issue; none for those without."""
    return _milestones(session, models.Milestone.issue_id, issue_ids)


@dataclass(frozen=True)
class Change:
    """A deadline in force from a day on; `old_on` is the one before, where the act kept it (`kept`).

    `corrected`: a correction set it.
    """

    since_on: dt.date
    at: dt.datetime
    new_on: dt.date | None
    old_on: dt.date | None = None
    kept: bool = False
    corrected: bool = False

    def made(self) -> tuple[dt.datetime, dt.date]:
        """In the order of the acts: a correction goes before nothing that was known when it was made."""
        return self.at, self.since_on


def _deadline_changes(
    session: Session, measure_ids: Sequence[int], issue_ids: Sequence[int]
) -> dict[tuple[str, int], list[Change]]:
    """Extensions from the day they were recorded, and corrections from their effect (S2)."""
    found: dict[tuple[str, int], list[Change]] = defaultdict(list)
    extension, correction = models.Extension, models.Correction
    recorded_on = func.coalesce(extension.recorded_on, extension.approved_on)
    sources: tuple[tuple[Any, Any], ...] = ((extension, recorded_on), (correction, correction.effect_on))
    for table, since_on in sources:
        query = select(
            table.measure_id, table.issue_id, since_on, table.at, table.new_deadline_on, table.old_deadline_on
        ).where(or_(bulk.among(session, table.measure_id, measure_ids), bulk.among(session, table.issue_id, issue_ids)))
        for measure_id, issue_id, since, at, new_on, old_on in _read(session, query):
            key = ("measure", measure_id) if measure_id else ("issue", issue_id)
            change = Change(since, at, new_on, old_on, True, table is correction)
            found[key].append(change)
    return found


def _inherited_until(inherited: Sequence[Change], mine: Sequence[Change], raw: str) -> list[Change]:
    """The issue's changes that held for a measure until its first own one; none where it had its own from the start."""
    if not mine:
        return []
    before = [change for change in inherited if change.made() < mine[0].made()]
    if not before:
        return []
    was_inherited = before[-1].new_on == mine[0].old_on if mine[0].kept else not raw
    return before if was_inherited else []


def _deadlines(
    begins_on: dt.date, original: dt.date | None, history: Sequence[Change]
) -> tuple[schedule.LimitChange, ...]:
    """The deadlines from the beginning on; () where it never changed. A correction renames the original."""
    if not history:
        return ()
    first = history[0].old_on if history[0].kept else original
    later = (schedule.LimitChange(change.since_on, change.new_on, change.corrected) for change in history)
    return (schedule.LimitChange(begins_on, first), *later)


def _former_limits(
    session: Session, measure_ids: Sequence[int], issue_ids: Sequence[int]
) -> dict[tuple[str, int], list[schedule.FormerLimit]]:
    """What time limits were until they became of another kind, in the order of the acts."""
    found: dict[tuple[str, int], list[schedule.FormerLimit]] = defaultdict(list)
    row = models.FormerLimit
    query = select(row.measure_id, row.issue_id, row.until_on, row.deadline_on, row.kind, row.long_term).where(
        or_(bulk.among(session, row.measure_id, measure_ids), bulk.among(session, row.issue_id, issue_ids))
    )
    for measure_id, issue_id, *limit in _read(session, query.order_by(row.id)):
        key = ("measure", measure_id) if measure_id else ("issue", issue_id)
        found[key].append(schedule.FormerLimit(*limit))
    return found


def _resolved(former: schedule.FormerLimit, issue: Limit | None, internal_on: dt.date) -> schedule.FormerLimit:
    """A measure that had no limit of its own until then had its issue's (S1), None where it is that which had none;
    立行立改 its internal date (S11)."""
    if former.deadline_kind == "none" and issue is not None:
        former = replace(
            former,
            deadline_on=issue.deadline_on,
            deadline_kind=issue.deadline_kind,
            long_term=former.long_term or issue.long_term,
        )
    immediate = former.deadline_kind == "immediate" and former.deadline_on is None
    return replace(former, internal_due_on=internal_on) if immediate else former


# -- writing ---------------------------------------------------------------------------------------------------------


def write(
    session: Session, measure_ids: Iterable[int], *, day: dt.date, at: dt.datetime, effect_on: dt.date | None = None
) -> None:
    """Write what the ledger knows of these measures, and of the issues they answer, from `day` on.

    `day` is the civil day of the act. An audited correction gives `effect_on`, an earlier day: the rows from then on are
    superseded, kept, and their replacements written as known now; what rests on a correction says so (S2). A measure that was withdrawn leaves from that day
    (S14). Flushes; commits nothing.
    """
    session.flush()
    held: Held | None = session.info.get(HELD)
    if held is not None:
        if effect_on is None:
            held.add(measure_ids, day, at)
            return
        _write_held(session)
    for ids in _chunks(measure_ids):
        known: dict[int, schedule.Turns] = {}
        _take_turns(session, ids)
        gathered = gather(session, ids)
        if effect_on is None:
            wanted = {
                measure_id: None
                if g.withdrawn_on is not None and g.withdrawn_on <= day
                else schedule.measure_turns(g.facts)
                for measure_id, g in gathered.items()
            }
            known = _store(session, models.MeasureStanding, "measure_id", wanted, day, at)
        else:
            for measure_id, g in gathered.items():
                _restate(
                    session,
                    models.MeasureStanding,
                    "measure_id",
                    measure_id,
                    _history(g, effect_on),
                    effect_on,
                    day,
                    at,
                )
        links = select(models.MeasureLink.issue_id).where(bulk.among(session, models.MeasureLink.measure_id, ids))
        _write_issues(session, sorted(set(session.scalars(links))), day, at, effect_on, known)


def write_inspection(session: Session, inspection_id: int, *, day: dt.date, at: dt.datetime) -> None:
    """Write the standings of all measures at home in an inspection, after its rounds or rules changed."""
    query = select(models.MeasureLink.measure_id).where(
        models.MeasureLink.inspection_id == inspection_id, models.MeasureLink.home
    )
    write(session, list(session.scalars(query)), day=day, at=at)


def write_issue(session: Session, issue_id: int, *, day: dt.date, at: dt.datetime) -> None:
    """Write the standings of an issue and of all its measures, after what they inherit changed."""
    query = select(models.MeasureLink.measure_id).where(models.MeasureLink.issue_id == issue_id)
    write(session, list(session.scalars(query)), day=day, at=at)
    held: Held | None = session.info.get(HELD)
    if held is None:
        _write_issues(session, [issue_id], day, at, None)
    else:
        held.issue_ids.add(issue_id)


def _take_turns(session: Session, measure_ids: Sequence[int]) -> None:
    """Hold the issues of these measures until the transaction ends.

    Two acts on one issue, or an act and the night, write its standings one after the other, each knowing what the
    earlier one did. On SQLite whoever writes is alone anyway.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    issues = select(models.MeasureLink.issue_id).where(bulk.among(session, models.MeasureLink.measure_id, measure_ids))
    session.execute(
        select(models.Issue.id)
        .where(models.Issue.id.in_(issues))
        .order_by(models.Issue.id)
        .with_for_update(key_share=True)
    ).all()


HELD = "standings held"


@dataclass
class Held:
    """What `together` still has to write: measures and issues, as of the last act's day."""

    measure_ids: set[int]
    issue_ids: set[int]
    day: dt.date | None = None
    at: dt.datetime | None = None

    def add(self, measure_ids: Iterable[int], day: dt.date, at: dt.datetime) -> None:
        assert self.day in (None, day), "acts written together are of one day"
        self.measure_ids |= set(measure_ids)
        self.day, self.at = day, at


@contextlib.contextmanager
def together(session: Session) -> Iterator[None]:
    """Many acts of one day write their standings once, at the end; whoever asks for one in between gets it written."""
    assert HELD not in session.info, "together does not nest"
    session.info[HELD] = Held(set(), set())
    try:
        yield
        _write_held(session)
    finally:
        session.info.pop(HELD, None)


def _write_held(session: Session, measure_id: int | None = None) -> None:
    """Write what is held, if it holds this measure (None: anything)."""
    held: Held | None = session.info.get(HELD)
    if held is None or held.day is None or held.at is None:
        return
    if measure_id is not None and measure_id not in held.measure_ids:
        return
    session.info.pop(HELD)
    write(session, sorted(held.measure_ids), day=held.day, at=held.at)
    _write_issues(session, sorted(held.issue_ids), held.day, held.at, None)
    session.info[HELD] = Held(set(), set())


def _write_issues(
    session: Session,
    issue_ids: Sequence[int],
    day: dt.date,
    at: dt.datetime,
    effect_on: dt.date | None,
    known: Mapping[int, schedule.Turns] | None = None,
) -> None:
    """`known` are turns of measures that hold on `day`, just written: they need not be read again."""
    for ids in _chunks(issue_ids):
        milestones = milestones_of_issues(session, ids)
        heads = _read(
            session,
            select(models.Issue.id, models.Issue.withdrawn_on, models.Inspection.judged_by)
            .join(models.Inspection, models.Inspection.id == models.Issue.inspection_id)
            .where(bulk.among(session, models.Issue.id, ids)),
        )
        withdrawn = {issue_id: on for issue_id, on, _ in heads}
        judged_by = {issue_id: by for issue_id, _, by in heads}
        if effect_on is None:
            turns = _measure_turns_of(session, ids, day, known or {})
            wanted = {
                issue_id: None
                if not turns[issue_id] or _gone(withdrawn[issue_id], day)
                else schedule.issue_turns(turns[issue_id], milestones[issue_id], judged_by[issue_id])
                for issue_id in ids
            }
            _store(session, models.IssueStanding, "issue_id", wanted, day, at)
            continue
        for issue_id in ids:
            days = _learnt(session, issue_id) | {on for m in milestones[issue_id] for on in m.known_days}
            history: list[tuple[dt.date, schedule.Turns | None]] = []
            for since in sorted({effect_on, *(on for on in days if on > effect_on)}):
                stones = schedule.milestones_known_on(milestones[issue_id], since)
                found = _measure_turns_of(session, [issue_id], since, {})[issue_id]
                gone = not found or _gone(withdrawn[issue_id], since)
                history.append((since, None if gone else schedule.issue_turns(found, stones, judged_by[issue_id])))
            _restate(session, models.IssueStanding, "issue_id", issue_id, history, effect_on, day, at)


def _learnt(session: Session, issue_id: int) -> set[dt.date]:
    """The days on which measures of an issue turned into something else, came to it or left."""
    standing, link, item = models.MeasureStanding, models.MeasureLink, models.Issue
    spans = select(standing.since_on, standing.until_on, link.since_on, item.withdrawn_on)
    rows = session.execute(
        spans.join(link, link.measure_id == standing.measure_id)
        .join(item, item.id == link.issue_id)
        .where(link.issue_id == issue_id, standing.superseded_at.is_(None))
    )
    return {on for row in rows for on in row if on is not None}


def _gone(withdrawn_on: dt.date | None, day: dt.date) -> bool:
    return withdrawn_on is not None and withdrawn_on <= day


def _measure_turns_of(
    session: Session, issue_ids: Sequence[int], day: dt.date, known: Mapping[int, schedule.Turns]
) -> dict[int, list[schedule.Turns]]:
    """The turns of each issue's measures on `day`, in their order; of those that are not `known` as the ledger has them."""
    standing, link = models.MeasureStanding, models.MeasureLink
    links = (
        session.execute(
            select(link.issue_id, link.measure_id)
            .where(bulk.among(session, link.issue_id, issue_ids), or_(link.since_on.is_(None), link.since_on <= day))
            .order_by(link.seq)
        )
        .tuples()
        .all()
    )
    other = {measure_id for _, measure_id in links if measure_id not in known}
    query = select(standing.measure_id, *(getattr(standing, name) for name in TURN_FIELDS)).where(
        bulk.among(session, standing.measure_id, other), on(standing, day)
    )
    turns = dict(known)
    if other:
        turns |= {row[0]: schedule.Turns(*row[1:]) for row in _read(session, query)}
    found: dict[int, list[schedule.Turns]] = defaultdict(list)
    for issue_id, measure_id in links:
        if measure_id in turns:
            found[issue_id].append(turns[measure_id])
    return found


def _history(gathered: Gathered, effect_on: dt.date) -> list[tuple[dt.date, schedule.Turns | None]]:
    """What is to be said of a measure from `effect_on` on: one entry for each day on which the ledger learnt something."""
    facts = gathered.facts
    days = {effect_on, *gathered.reopenings, *(change.on for change in facts.deadline_changes)}
    days |= {r.on for r in facts.reports} | {p.approved_on for p in facts.points}
    days |= {s.on for s in facts.submissions} | {s.decided_on for s in facts.submissions if s.decided_on}
    days |= {on for m in facts.milestones for on in m.known_days}
    days |= {c.on for c in facts.confirmations} | {c.withdrawn_on for c in facts.confirmations if c.withdrawn_on}
    days |= {known_on for _, known_on in facts.sign_offs} | {limit.until_on for limit in facts.former_limits}
    days |= {r.cancelled_on for r in facts.rounds if r.cancelled_on is not None}
    if gathered.withdrawn_on is not None:
        days.add(gathered.withdrawn_on)
    return [
        (
            since,
            None
            if _gone(gathered.withdrawn_on, since)
            else schedule.measure_turns(schedule.as_known_on(facts, gathered.reopenings, since)),
        )
        for since in sorted(d for d in days if d >= effect_on)
    ]


def _store(
    session: Session,
    standing: Standing,
    key: str,
    wanted: dict[int, schedule.Turns | None],
    day: dt.date,
    at: dt.datetime,
) -> dict[int, schedule.Turns]:
    """Close the current rows that no longer say what is wanted, and write the new ones since `day`.

    Gives the turns that hold on `day` now.
    """
    owner = getattr(standing, key)
    current = {
        getattr(row, key): row
        for row in session.execute(
            select(standing.id, owner, standing.since_on, *(getattr(standing, n) for n in TURN_FIELDS)).where(
                bulk.among(session, owner, list(wanted)), standing.until_on.is_(None), standing.superseded_at.is_(None)
            ),
        )
    }
    replaced: list[int] = []
    closed: list[int] = []
    new: list[dict[str, Any]] = []
    watched: Watched | None = session.info.get(WATCHED)
    hold: dict[int, schedule.Turns] = {}
    for item_id, turns in wanted.items():
        row = current.get(item_id)
        if turns is not None and (row is None or row.since_on <= day):
            hold[item_id] = turns
        if row is not None and turns is not None:
            held = schedule.Turns(*row[3:])
            if held == turns:
                continue
            if watched is not None:
                watched[standing, item_id] = watched.get((standing, item_id), (held,))[0], turns
        if row is not None:
            (replaced if row.since_on >= day else closed).append(row.id)
        if turns is not None:
            since = max(row.since_on, day) if row is not None else day
            new.append(_row(key, item_id, turns, since, at))
    _stamp(session, standing, replaced, superseded_at=at)
    _stamp(session, standing, closed, until_on=day)
    bulk.insert(session.connection(), standing, new)
    return hold


def _restate(
    session: Session,
    standing: Standing,
    key: str,
    item_id: int,
    history: Sequence[tuple[dt.date, schedule.Turns | None]],
    effect_on: dt.date,
    day: dt.date,
    at: dt.datetime,
) -> None:
    """Replace what was said of the days from `effect_on` on; the replaced rows stay, stamped superseded (S2)."""
    owner = getattr(standing, key)
    rows = session.execute(
        select(standing.id, standing.since_on, standing.until_on, *(getattr(standing, n) for n in TURN_FIELDS)).where(
            owner == item_id,
            standing.superseded_at.is_(None),
            or_(standing.until_on.is_(None), standing.until_on > effect_on),
        )
    ).all()
    if not rows:
        return
    begins = min(row.since_on for row in rows)
    new: list[dict[str, Any]] = []
    for row in rows:
        if row.since_on < effect_on:
            before = _row(key, item_id, schedule.Turns(*row[3:]), row.since_on, at)
            new.append(before | {"until_on": effect_on})
    entries = [entry for entry in history if entry[0] > begins] or []
    first = next((turns for since, turns in reversed(history) if since <= max(begins, effect_on)), None)
    entries = [(max(begins, effect_on), first)] + [e for e in entries if e[0] > max(begins, effect_on)]
    last: schedule.Turns | None = None
    for since, turns in entries:
        if turns == last:
            continue
        if last is not None:
            new[-1]["until_on"] = since
        if turns is not None:
            new.append(_row(key, item_id, turns, since, at))
        last = turns
    _stamp(session, standing, [row.id for row in rows], superseded_at=at)
    bulk.insert(session.connection(), standing, new)


def _row(key: str, item_id: int, turns: schedule.Turns, since: dt.date, at: dt.datetime) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(turns, name) for name in TURN_FIELDS}
    return values | {
        key: item_id,
        "since_on": since,
        "until_on": None,
        "written_at": at,
        "superseded_at": None,
        "sort_on": turns.deadline_on or FAR,
        "next_turn_on": turns.next_turn_after(since),
    }


def _stamp(session: Session, standing: Standing, ids: Sequence[int], **values: Any) -> None:
    for chunk in _chunks(ids):
        session.execute(
            update(standing).where(bulk.among(session, standing.id, chunk)).values(**values),
            execution_options={"synchronize_session": False},
        )


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]


# -- what an act would change ----------------------------------------------------------------------------------------

WATCHED = "standings watched"
Watched = dict[tuple[Standing, int], tuple[schedule.Turns, schedule.Turns]]


@dataclass(frozen=True)
class Move:
    """The measures and the issues, by id, whose verdict an act changes from one to another."""

    was: Verdict
    becomes: Verdict
    measure_ids: tuple[int, ...]
    issue_ids: tuple[int, ...]


@dataclass(frozen=True)
class Effect:
    """What an act does to the verdicts of a day. `later_measures` and `later_issues` count those judged the same on that
    day and otherwise on a later one, the first of which is `later_on`."""

    moves: tuple[Move, ...] = ()
    later_measures: int = 0
    later_issues: int = 0
    later_on: dt.date | None = None

    def __bool__(self) -> bool:
        return bool(self.moves) or self.later_on is not None


def effect(session: Session, act: Callable[[], object], day: dt.date) -> Effect:
    """Do an act of `day`, and say which verdicts it changes (R10). Whoever asks keeps the act, or rolls it back.

    What enters or leaves the ledger by the act changes no verdict; implied measures are not counted (S10).
    """
    assert WATCHED not in session.info, "one act is watched at a time"
    watched: Watched = {}
    session.info[WATCHED] = watched
    try:
        act()
        session.flush()
        _write_held(session)
    finally:
        session.info.pop(WATCHED)
    measure_ids = sorted(item_id for table, item_id in watched if table is models.MeasureStanding)
    implied = set(
        session.scalars(
            select(models.Measure.id).where(models.Measure.implied, bulk.among(session, models.Measure.id, measure_ids))
        )
    )
    moves: dict[tuple[Verdict, Verdict], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    later: list[tuple[int, dt.date]] = []
    for (table, item_id), (held, turns) in watched.items():
        kind = (models.MeasureStanding, models.IssueStanding).index(table)
        if kind == 0 and item_id in implied:
            continue
        pair = schedule.verdict(held, day), schedule.verdict(turns, day)
        if pair[0] != pair[1]:
            moves[pair][kind].append(item_id)
        elif on := _differ_on(held, turns, day):
            later.append((kind, on))
    order = list(Verdict).index
    return Effect(
        tuple(
            Move(was, becomes, tuple(sorted(measures)), tuple(sorted(issues)))
            for (was, becomes), (measures, issues) in sorted(
                moves.items(), key=lambda one: (order(one[0][0]), order(one[0][1]))
            )
        ),
        sum(kind == 0 for kind, _ in later),
        sum(kind == 1 for kind, _ in later),
        min((on for _, on in later), default=None),
    )


def _differ_on(held: schedule.Turns, turns: schedule.Turns, day: dt.date) -> dt.date | None:
    """The first day after `day` on which two standings give different verdicts, None where there is none."""
    days = {getattr(one, name) for one in (held, turns) for name in schedule.TURNING} - {None}
    ahead = sorted(on for on in days if on > day)
    return next((on for on in ahead if schedule.verdict(held, on) != schedule.verdict(turns, on)), None)


# -- the day turns ---------------------------------------------------------------------------------------------------


def turn(session: Session, day: dt.date) -> dict[str, int]:
    """Count the measures and issues that turned by `day` since the last look, and move their next turning day ahead.

    Pages never need it: a verdict is a comparison of dates. It tells what the day brought, for the jobs page. Keys:
    `measures`, `issues`, and `measures_<verdict>` for what they turned into.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    did: dict[str, int] = {}
    session.flush()
    connection = session.connection()
    for word, standing in (("measures", models.MeasureStanding), ("issues", models.IssueStanding)):
        turned = Counter(connection.execute(_turning(standing, is_sqlite), {"day": day}).scalars())
        did[word] = turned.total()
        if word == "measures":
            did |= {f"measures_{name}": count for name, count in sorted(turned.items())}
    return did


@functools.cache
def _turning(standing: Standing, is_sqlite: bool) -> Any:
    """The one statement of a day's turns, put together once: moves the next turning day, answers with the verdicts."""
    day, table = bindparam("day", type_=Date), cast(Any, standing.__table__)
    least = func.min if is_sqlite else func.least
    columns = [getattr(standing, name) for name in schedule.TURNING]
    ahead = [case((column > day, column), else_=literal(FAR)) for column in columns]
    return (
        update(table)
        .where(
            standing.until_on.is_(None),
            standing.superseded_at.is_(None),
            standing.next_turn_on.is_not(None),
            standing.next_turn_on <= day,
        )
        .values(next_turn_on=func.nullif(least(*ahead), literal(FAR)))
        .returning(verdict_case(standing, day))
    )
