"""All that happened to a measure, newest first: one statement over the rows of its acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, String, cast, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from rectify import models


@dataclass(frozen=True)
class Event:
    """One thing that happened. `kind` says which; the other fields mean what that kind needs, else they are empty.

    `word` is a state, claim or verdict; `text` what was written; `more` a second text (difficulty, document number);
    `from_on` and `to_on` two days (old and new deadline, due and last day); `number` a quantity or a yes (1).
    """

    kind: str
    id: int
    on: dt.date
    at: dt.datetime
    who: str
    unit: str
    on_behalf: bool
    imported: bool
    word: str
    text: str
    more: str
    from_on: dt.date | None
    to_on: dt.date | None
    number: int | None


def of_measure(session: Session, measure_id: int, issue_ids: Sequence[int], day: dt.date) -> list[Event]:
    """What happened to a measure up to `day`, newest first; extensions and corrections of its issues are among it."""
    user, unit = models.User, models.Unit
    parts = [
        _report(measure_id),
        _submission(measure_id),
        _decision(measure_id),
        _milestone(measure_id, issue_ids),
        _deadline(models.Extension, "extension", models.Extension.approved_on, measure_id, issue_ids),
        _deadline(models.Correction, "correction", models.Correction.corrected_on, measure_id, issue_ids),
        _confirmation(measure_id),
        _withdrawn_confirmation(measure_id),
        _reopening(measure_id),
        _sign_off(measure_id),
        _claim(measure_id),
    ]
    happened = union_all(*parts).subquery("happened")
    query = (
        select(happened, user.full_name, user.name, unit.name)
        .outerjoin(user, user.id == happened.c.by_id)
        .outerjoin(unit, unit.id == happened.c.unit_id)
        .where(happened.c.on_day <= day)
    )
    events = [
        Event(
            kind=row.kind,
            id=row.id,
            on=row.on_day,
            at=row.at,
            who=full_name or name or "",
            unit=unit_name or "",
            on_behalf=bool(row.on_behalf),
            imported=bool(row.imported),
            word=row.word or "",
            text=row.text or "",
            more=row.more or "",
            from_on=row.from_on,
            to_on=row.to_on,
            number=row.number,
        )
        for row, full_name, name, unit_name in ((r, r[-3], r[-2], r[-1]) for r in session.execute(query).all())
    ]
    said = {(e.at, e.text) for e in events if e.kind == "submission"}  # a submission is also its round's report
    events = [e for e in events if e.kind != "report" or (e.at, e.text) not in said]
    order = {"import": 0, "report": 1, "milestone": 2, "submission": 3}
    events.sort(key=lambda e: (e.on, e.at, order.get(e.kind, 4), e.id), reverse=True)
    return events


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
        number=t.quantity,
    ).where(t.measure_id == measure_id)


def _submission(measure_id: int) -> Select[Any]:
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
        more=t.state,
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


def _milestone(measure_id: int, issue_ids: Sequence[int]) -> Select[Any]:
    t, m = models.MilestoneMark, models.Milestone
    return (
        _row(
            "milestone",
            t.id,
            t.marked_on,
            t.at,
            t.by_id,
            text=t.reason,
            more=m.text,
            from_on=m.due_on,
            number=cast(t.reached, Integer),
        )
        .join(m, m.id == t.milestone_id)
        .where(or_(m.measure_id == measure_id, m.issue_id.in_(issue_ids)))
    )


def _deadline(table: Any, kind: str, on: Any, measure_id: int, issue_ids: Sequence[int]) -> Select[Any]:
    more = table.document_number if kind == "extension" else cast(null(), String)
    return _row(
        kind,
        table.id,
        on,
        table.at,
        table.by_id,
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
    t = models.SignOffMark
    return _row("sign_off", t.id, t.signed_off_on, t.at, t.by_id, imported=t.imported).where(t.measure_id == measure_id)


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
