"""A measure's story in two statements: all that happened to it, newest first, its milestones, its proof, its round."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from rectify import models, turnout
from rectify.rules import quantities, schedule, windows

NO_MEASURE = 0
SAID = ("report", "submission")
"""Kinds of events by which a unit answers a round."""
FACTS = ("stage", "evidence", "round", "point")
"""Kinds of rows that are read along with the events, but are none."""


@dataclass(frozen=True)
class Said:
    """What a report says beside its state, its text and its difficulty."""

    next_step: str
    forecast: str
    said: str
    reason_kind: str
    reason: str
    catch_up: str
    expected_on: dt.date | None
    returned_on: dt.date | None
    return_reason: str
    """Sent back for correction by the day in view, why; the report counts no more."""


@dataclass(frozen=True)
class Event:
    """One thing that happened. `kind` says which; the other fields mean what that kind needs, else they are empty.

    `word` is a state, claim or verdict; `text` what was written; `more` a second text (difficulty, document number);
    `from_on` and `to_on` two days (old and new deadline, due and last day); `number` a quantity or a yes (1);
    `of_id` the thing it is about (a milestone).
    """

    kind: str
    id: int
    on: dt.date
    at: dt.datetime
    by_id: int | None
    who: str
    unit_id: int | None
    unit: str
    on_behalf: bool
    imported: bool
    word: str
    text: str
    more: str
    from_on: dt.date | None
    to_on: dt.date | None
    number: Decimal | int | None
    of_id: int | None
    late_for: str = ""
    """The round for which it came after the cut-off; such a report stays late for ever."""
    report: Said | None = None
    """Where it is a report: the rest of it. A submission that was also its round's report has it too."""
    changes: tuple[Mapping[str, Any], ...] = ()
    """Where it is a revision of the plan: what it changed (models.PlanRevision)."""

    @property
    def counts(self) -> bool:
        """Whether the unit's word stands: it was not returned."""
        return self.report is None or self.report.returned_on is None


@dataclass(frozen=True)
class Stage:
    """A milestone as it stands: reached or refused on a day, or neither."""

    id: int
    due_on: dt.date
    text: str
    target_state: str = ""
    reached: bool = False
    marked_on: dt.date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Proof:
    """A file of proof and what it hangs on: ("submission", id), ("report", id) or ("", None)."""

    id: int
    name: str
    media_type: str
    size: int
    at: dt.datetime
    owner: tuple[str, int | None]


@dataclass(frozen=True)
class RoundOf:
    """A round that asks the measure."""

    name: str
    opens_on: dt.date
    cut_off_on: dt.date
    grace_days: int


@dataclass(frozen=True)
class Story:
    """What a page tells of a measure, up to a day. `round` is the one that takes reports: the last one opened.

    `points` are the planned figures approved by then, `figures` the quantities reported, in their order. `returnable` is
    the last report of a round that still takes one: it may be returned for correction.
    """

    events: list[Event]
    stages: list[Stage]
    proof: list[Proof]
    round: RoundOf | None
    points: tuple[schedule.PointFact, ...]
    figures: tuple[tuple[dt.date, Decimal], ...]
    returnable: Event | None

    @property
    def of_rounds(self) -> tuple[Event | None, Event | None]:
        """The last report of the present round, and the last one of an earlier round, to be read side by side; those
        returned are left out. Where no round was ever opened, every report is of earlier."""
        reports = [event for event in self.events if event.report is not None and event.counts]
        opens_on = self.round.opens_on if self.round is not None else dt.date.max
        present = next((event for event in reports if event.on >= opens_on), None)
        return present, next((event for event in reports if event.on < opens_on), None)


def read(
    session: Session,
    measure_id: int,
    issue_ids: Sequence[int],
    judged_by: int,
    day: dt.date,
    round_name: str | None = None,
) -> Story:
    """The story of a measure up to `day`, events and proof newest first; extensions, corrections and milestones of its
    issues are among it. Two statements. `judged_by` is the inspection whose rounds ask it; `round_name` stands for their
    names before those from whom that inspection is hidden."""
    parts = [
        _report(measure_id),
        _submission(measure_id, day),
        _decision(measure_id),
        _returned(measure_id),
        _milestone(measure_id, issue_ids, day),
        _deadline(models.Extension, "extension", _recorded_on(models.Extension), measure_id, issue_ids),
        _deadline(models.Correction, "correction", models.Correction.corrected_on, measure_id, issue_ids),
        _confirmation(measure_id),
        _withdrawn_confirmation(measure_id),
        _reopening(measure_id),
        _sign_off(measure_id),
        _claim(measure_id),
        _stage(measure_id, issue_ids, day),
        _evidence(measure_id),
        _point(measure_id),
        _revision(measure_id, issue_ids),
        _rounds(judged_by, day),
    ]
    rows = _told(session, parts, day)
    reports = _reports(session, measure_id, day)
    events = [_event(row, reports) for row in rows if row.kind not in FACTS]
    # A submission is also its round's report: told once, as the submission.
    filed = {(e.at, e.text): e.report for e in events if e.kind == "report"}
    events = [replace(e, report=filed.get((e.at, e.text))) if e.kind == "submission" else e for e in events]
    both = {(e.at, e.text) for e in events if e.kind == "submission"}
    events = [e for e in events if e.kind != "report" or (e.at, e.text) not in both]
    order = {"import": 0, "report": 1, "report_returned": 2, "milestone": 3, "submission": 4}
    events.sort(key=lambda e: (e.on, e.at, order.get(e.kind, 5), e.id), reverse=True)
    proof = [
        Proof(row.id, row.more, row.text, row.number, row.at, (row.word, row.of_id))
        for row in rows
        if row.kind == "evidence"
    ]
    rounds = [row for row in rows if row.kind == "round"]
    asking = [RoundOf(round_name or row.more, row.on_day, row.to_on, row.number) for row in rounds]
    opened = [this for row, this in zip(rounds, asking, strict=True) if row.of_id]
    reported = sorted(
        (row.on_day, row.id, row.number)
        for row in rows
        if row.kind == "report" and row.number is not None and reports[row.id].returned_on is None
    )
    return Story(
        events=_late(events, asking),
        stages=_stages([row for row in rows if row.kind == "stage"], events),
        proof=sorted(proof, key=lambda item: item.id, reverse=True),
        round=max(opened, key=lambda this: this.opens_on, default=None),
        points=tuple(
            schedule.PointFact(row.from_on, quantities.exact(row.number), row.on_day)
            for row in sorted((row for row in rows if row.kind == "point"), key=lambda row: (row.on_day, row.id))
        ),
        figures=tuple((on, quantities.exact(count)) for on, _id, count in reported),
        returnable=next((e for e in events if _may_be_returned(e, asking, day)), None),
    )


def stages_of_issue(session: Session, issue_id: int, day: dt.date) -> list[Stage]:
    """The milestones left on an issue itself, as they were known on a day. One statement."""
    rows = _told(session, [_stage(NO_MEASURE, [issue_id], day), _milestone(NO_MEASURE, [issue_id], day)], day)
    marks = [_event(row, {}) for row in rows if row.kind == "milestone"]
    return _stages([row for row in rows if row.kind == "stage"], marks)


def _told(session: Session, parts: Sequence[Select[Any]], day: dt.date) -> Sequence[Any]:
    """The rows of these parts that a reader of `day` may know of, each with who did it, and for which unit."""
    user, unit = models.User, models.Unit
    told = union_all(*parts).subquery("told")
    query = (
        select(told, user.full_name.label("full_name"), user.name.label("user_name"), unit.name.label("unit_name"))
        .outerjoin(user, user.id == told.c.by_id)
        .outerjoin(unit, unit.id == told.c.unit_id)
        .where(or_(told.c.on_day.is_(None), told.c.on_day <= day))
    )
    return session.execute(query).all()


def _may_be_returned(event: Event, rounds: Sequence[RoundOf], day: dt.date) -> bool:
    """As the act sees it: a unit's own report, still standing, of a round that runs on."""
    mine = event.kind == "report" and not event.imported and event.counts
    return mine and windows.running_since(rounds, event.on, day) is not None


def _late(events: Sequence[Event], rounds: Sequence[RoundOf]) -> list[Event]:
    """The events, the first word in a round that came after its cut-off marked with that round (S8)."""
    late = windows.late_on(rounds, [e.on for e in events if e.kind in SAID and e.counts])
    marked = []
    for event in reversed(events):  # the first of its day is the one that ended the lack
        this = late.pop(event.on, None) if event.kind in SAID and event.counts else None
        marked.append(replace(event, late_for=this.name) if this is not None else event)
    return marked[::-1]


def _reports(session: Session, measure_id: int, day: dt.date) -> dict[int, Said]:
    """The long part of the reports by a day, by their ids."""
    t = models.ProgressReport
    returned = t.returned_on <= day
    query = select(
        *(t.id, t.next_step, t.forecast, t.said, t.reason_kind, t.reason, t.catch_up, t.expected_on),
        case((returned, t.returned_on)),
        case((returned, t.return_reason), else_=""),
    )
    found = session.execute(query.where(t.measure_id == measure_id, t.reported_on <= day))
    return {row[0]: Said(*row[1:]) for row in found}


def _event(row: Any, reports: Mapping[int, Said]) -> Event:
    return Event(
        kind=row.kind,
        id=row.id,
        on=row.on_day,
        at=row.at,
        by_id=row.by_id,
        who=row.full_name or row.user_name or "",
        unit_id=row.unit_id,
        unit=row.unit_name or "",
        on_behalf=bool(row.on_behalf),
        imported=bool(row.imported),
        word=row.word or "" if row.kind != "revision" else "",
        text=row.text or "",
        more=row.more or "",
        from_on=row.from_on,
        to_on=row.to_on,
        number=_number(row),
        of_id=row.of_id,
        report=reports.get(row.id) if row.kind == "report" else None,
        changes=tuple(json.loads(row.word)) if row.kind == "revision" else (),
    )


def _number(row: Any) -> Decimal | int | None:
    """The number of a row; of a report it is its quantity."""
    if row.kind != "report" or row.number is None:
        return row.number  # type: ignore[no-any-return]
    return quantities.exact(row.number)


def _stages(rows: Sequence[Any], events: Sequence[Event]) -> list[Stage]:
    """The milestones by their day, each with its last mark: the last of a day counts (S5)."""
    marks: dict[int | None, Event] = {}
    for event in sorted((e for e in events if e.kind == "milestone"), key=lambda e: (e.on, e.id)):
        marks[event.of_id] = event
    found = []
    for row in sorted(rows, key=lambda r: (r.from_on, r.id)):
        mark = marks.get(row.id)
        found.append(
            Stage(
                row.id,
                row.from_on,
                row.more or "",
                row.word or "",
                reached=mark is not None and bool(mark.number),
                marked_on=mark.on if mark is not None else None,
                reason=mark.text if mark is not None else "",
            )
        )
    return found


def _row(kind: str, row_id: Any, on: Any, at: Any, by: Any, **more: Any) -> Select[Any]:
    """One act's rows in the common shape; what a kind does not name is null."""
    empty: dict[str, ColumnElement[Any]] = {
        "unit_id": cast(null(), Integer),
        "on_behalf": literal(False),
        "imported": literal(False),
        "word": cast(null(), String),
        "text": cast(null(), String),
        "more": cast(null(), String),
        "from_on": cast(null(), Date),
        "to_on": cast(null(), Date),
        "number": cast(null(), Integer),
        "of_id": cast(null(), Integer),
    }
    columns = {**empty, **more}
    return select(
        literal(kind).label("kind"),
        row_id.label("id"),
        on.label("on_day"),
        at.label("at"),
        by.label("by_id"),
        *(column.label(name) for name, column in columns.items()),
    )


def _report(measure_id: int) -> Select[Any]:
    t = models.ProgressReport
    return _row(
        "report",
        t.id,
        t.reported_on,
        t.at,
        t.by_id,
        unit_id=t.unit_id,
        on_behalf=t.on_behalf,
        imported=t.imported,
        word=t.state,
        text=t.text,
        more=t.difficulty,
        number=type_coerce(t.quantity, BigInteger),  # as it is kept: the column holds sizes and marks too
    ).where(t.measure_id == measure_id)


def _returned(measure_id: int) -> Select[Any]:
    """A return is told once: of the reports that went with it, the last one names it."""
    t = models.ProgressReport
    later = aliased(t)
    last = ~exists().where(later.measure_id == t.measure_id, later.returned_at == t.returned_at, later.id > t.id)
    row = _row("report_returned", t.id, t.returned_on, t.returned_at, t.returned_by_id, text=t.return_reason)
    return row.where(t.measure_id == measure_id, t.returned_on.is_not(None), last)


def _submission(measure_id: int, day: dt.date) -> Select[Any]:
    """A submission; `more` is its state on the day in view, open where it was decided later."""
    t = models.Submission
    return _row(
        "submission",
        t.id,
        t.submitted_on,
        t.at,
        t.by_id,
        unit_id=t.unit_id,
        on_behalf=t.on_behalf,
        word=t.claim,
        text=t.text,
        more=case((t.decided_on <= day, t.state), else_="open"),
    ).where(t.measure_id == measure_id)


def _decision(measure_id: int) -> Select[Any]:
    t = models.Submission
    return _row(
        "decision",
        t.id,
        t.decided_on,
        t.decided_at,
        t.decided_by_id,
        unit_id=t.decided_for_id,
        word=t.state,
        text=t.reason,
        more=t.claim,
    ).where(t.measure_id == measure_id, t.state != "open", t.decided_at.is_not(None))


def _milestone(measure_id: int, issue_ids: Sequence[int], day: dt.date) -> Select[Any]:
    t, m, was = models.MilestoneMark, models.Milestone, aliased(models.FormerMilestone)
    return (
        _row(
            "milestone",
            t.id,
            t.marked_on,
            t.at,
            t.by_id,
            text=t.reason,
            more=m.text,
            from_on=func.coalesce(was.due_on, m.due_on),
            number=cast(t.reached, Integer),
            of_id=t.milestone_id,
        )
        .join(m, m.id == t.milestone_id)
        .outerjoin(was, was.id == _former(day))
        .where(or_(m.measure_id == measure_id, m.issue_id.in_(issue_ids)))
    )


def _deadline(table: Any, kind: str, on: Any, measure_id: int, issue_ids: Sequence[int]) -> Select[Any]:
    """An extension is told on the day it was recorded, in force from then on (S2); `word` is the day on its paper."""
    extends = kind == "extension"
    more = table.document_number if extends else cast(null(), String)
    return _row(
        kind,
        table.id,
        on,
        table.at,
        table.by_id,
        word=cast(table.approved_on, String) if extends else cast(null(), String),
        text=table.reason,
        more=more,
        from_on=table.old_deadline_on,
        to_on=table.new_deadline_on,
    ).where(or_(table.measure_id == measure_id, table.issue_id.in_(issue_ids)))


def _confirmation(measure_id: int) -> Select[Any]:
    t = models.Confirmation
    return _row(
        "confirmation",
        t.id,
        t.confirmed_on,
        t.at,
        t.by_id,
        imported=t.imported,
        word=t.verdict,
        text=t.reason,
        from_on=t.withdrawn_on,
        to_on=t.last_on,
    ).where(t.measure_id == measure_id)


def _withdrawn_confirmation(measure_id: int) -> Select[Any]:
    """Who withdrew it stands in the trail; here its day is enough."""
    t = models.Confirmation
    return _row("confirmation_withdrawn", t.id, t.withdrawn_on, t.at, cast(null(), Integer), word=t.verdict).where(
        t.measure_id == measure_id, t.withdrawn_on.is_not(None)
    )


def _reopening(measure_id: int) -> Select[Any]:
    t = models.Reopening
    return _row("reopening", t.id, t.reopened_on, t.at, t.by_id, text=t.reason, to_on=t.new_deadline_on).where(
        t.measure_id == measure_id
    )


def _sign_off(measure_id: int) -> Select[Any]:
    """Told on the day it was recorded; `to_on` is the day of the sign-off itself."""
    t = models.SignOffMark
    on = func.coalesce(t.recorded_on, t.signed_off_on)
    row = _row("sign_off", t.id, on, t.at, t.by_id, imported=t.imported, to_on=t.signed_off_on)
    return row.where(t.measure_id == measure_id)


def _claim(measure_id: int) -> Select[Any]:
    """A ledger imported as of a day; the measure's own birth stands in for the instant."""
    t, m = models.LedgerClaim, models.Measure
    return (
        _row(
            "import",
            t.id,
            t.as_of_on,
            m.created_at,
            cast(null(), Integer),
            imported=literal(True),
            word=t.state,
            text=t.progress,
            to_on=t.completed_on,
        )
        .join(m, m.id == t.measure_id)
        .where(t.measure_id == measure_id)
    )


def _stage(measure_id: int, issue_ids: Sequence[int], day: dt.date) -> Select[Any]:
    """The milestones known on a day, each with its date and its home of then."""

    def here(row: Any) -> ColumnElement[bool]:
        return or_(row.measure_id == measure_id, row.issue_id.in_(issue_ids))

    t, nobody = models.Milestone, cast(null(), Integer)
    was, past = aliased(models.FormerMilestone), aliased(models.FormerMilestone)
    due_on = func.coalesce(was.due_on, t.due_on)
    ever = or_(here(t), t.id.in_(select(past.milestone_id).where(here(past))))  # found by index
    return (
        _row("stage", t.id, cast(null(), Date), _no_instant(), nobody, word=t.target_state, more=t.text, from_on=due_on)
        .select_from(t)
        .outerjoin(was, was.id == _former(day))
        .where(
            ever,
            case((was.id.is_(None), here(t)), else_=here(was)),
            or_(t.since_on.is_(None), t.since_on <= day),
            or_(t.withdrawn_on.is_(None), t.withdrawn_on > day),
        )
    )


def _revision(measure_id: int, issue_ids: Sequence[int]) -> Select[Any]:
    """Approved revisions of the plan; `word` is what they changed, as JSON, `from_on` the day printed on the paper."""
    t = models.PlanRevision
    return _row(
        "revision",
        t.id,
        t.recorded_on,
        t.at,
        t.by_id,
        word=cast(t.changes, String),
        text=t.reason,
        more=t.document_number,
        from_on=t.approved_on,
    ).where(or_(t.measure_id == measure_id, t.issue_id.in_(issue_ids)))


def _former(day: dt.date) -> Any:
    """The id of what a milestone was on a day, where its date or its home has changed since."""
    past = aliased(models.FormerMilestone)
    return (
        select(past.id)
        .where(past.milestone_id == models.Milestone.id, past.until_on > day)
        .order_by(past.until_on, past.id)
        .limit(1)
        .scalar_subquery()
    )


def _recorded_on(table: Any) -> ColumnElement[dt.date]:
    return func.coalesce(table.recorded_on, table.approved_on)


def _point(measure_id: int) -> Select[Any]:
    """The planned figures; each counts from the day of its approval."""
    t, nobody = models.PlannedPoint, cast(null(), Integer)
    return _row(
        "point",
        t.id,
        t.approved_on,
        _no_instant(),
        nobody,
        from_on=t.due_on,
        number=type_coerce(t.quantity, BigInteger),
    ).where(t.measure_id == measure_id)


def _evidence(measure_id: int) -> Select[Any]:
    t = models.Evidence
    owner = case((t.submission_id.is_not(None), "submission"), (t.report_id.is_not(None), "report"), else_="")
    return _row(
        "evidence",
        t.id,
        cast(null(), Date),
        t.at,
        t.by_id,
        unit_id=t.unit_id,
        word=cast(owner, String),
        text=t.media_type,
        more=t.name,
        number=t.size,
        of_id=func.coalesce(t.submission_id, t.report_id),
    ).where(t.measure_id == measure_id)


def _rounds(inspection_id: int, day: dt.date) -> Select[Any]:
    """The rounds begun by `day` and not cancelled by then; `of_id` is 1 for those that were opened."""
    t, nobody = models.Round, cast(null(), Integer)
    return _row(
        "round",
        t.id,
        t.opens_on,
        _no_instant(),
        nobody,
        more=t.name,
        to_on=t.cut_off_on,
        number=t.grace_days,
        of_id=case((t.opened_at.is_not(None), 1), else_=0),
    ).where(t.inspection_id == inspection_id, turnout.held_on(t, day), t.opens_on <= day)


def _no_instant() -> ColumnElement[Any]:
    return cast(null(), models.Instant())
