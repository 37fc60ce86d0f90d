"""The measures on which the unit's claim, the system's verdict and the office's word differ, as of any day.

One predicate for the count, the list and the rows of other pages; what contradicts what is `rules.voices`'. Confirming is `rounds`'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from rectify import access, models, standing
from rectify.rules import numerals
from rectify.rules import voices as rule
from rectify.rules.verdicts import GOOD, Verdict


@dataclass(frozen=True)
class Scope:
    """Whose eyes, which inspection (None: all), which answering unit (None: all)."""

    person: access.Person
    inspection_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True)
class Row:
    """A measure and what each says of it: the unit in its last report, the system, the office in its last confirmation
    (`word` is None without one; `holds` is false once it has run out)."""

    measure_id: int
    number: str
    text: str
    inspection: str
    standing: Any
    state: str | None
    said: str
    forecast: str
    expected_on: dt.date | None
    reported_on: dt.date | None
    word: str | None
    word_reason: str
    confirmed_on: dt.date | None
    last_on: dt.date | None
    holds: bool
    key: str


def count(session: Session, scope: Scope, day: dt.date) -> int:
    """How many measures are listed."""
    return session.scalar(_from(select(func.count()), scope, day)) or 0


def rows(
    session: Session, scope: Scope, day: dt.date, *, after: tuple[dt.date, int] | None = None, limit: int
) -> list[Row]:
    """The measures on which the three differ, the earliest deadline first, from the one behind `after` on."""
    s, measure = models.MeasureStanding, models.Measure
    query = _rows(scope, day)
    if after is not None:
        query = query.where(tuple_(s.sort_on, measure.id) > after)
    return [_row(found, day) for found in session.execute(query.order_by(s.sort_on, measure.id).limit(limit))]


def among(session: Session, person: access.Person, measure_ids: Sequence[int], day: dt.date) -> dict[int, Row]:
    """Of these measures those on which the three differ, by their id: what a page that lists them shows beside each."""
    if not measure_ids:
        return {}
    query = _rows(Scope(person), day).where(models.Measure.id.in_(measure_ids))
    return {found.id: _row(found, day) for found in session.execute(query)}


def _rows(scope: Scope, day: dt.date) -> Select[Any]:
    s, measure, report, word = models.MeasureStanding, models.Measure, models.ProgressReport, models.Confirmation
    return _from(
        select(
            measure.id,
            measure.text,
            models.Issue.number.label("issue_number"),
            models.MeasureLink.number,
            models.Inspection.name.label("inspection"),
            s.sort_on,
            s.corrected,
            *(getattr(s, name) for name in standing.TURN_FIELDS),
            report.state,
            report.said,
            report.forecast,
            report.expected_on,
            report.reported_on,
            word.verdict.label("word"),
            word.reason.label("word_reason"),
            word.confirmed_on,
            word.last_on,
        ),
        scope,
        day,
    )


def _row(found: Any, day: dt.date) -> Row:
    word = rule.Word(found.word, found.last_on) if found.word else None
    return Row(
        measure_id=found.id,
        number=numerals.cite(found.issue_number, found.number),
        text=found.text,
        inspection=found.inspection,
        standing=found,
        state=found.state,
        said=found.said or "",
        forecast=found.forecast or "",
        expected_on=found.expected_on,
        reported_on=found.reported_on,
        word=found.word,
        word_reason=found.word_reason or "",
        confirmed_on=found.confirmed_on,
        last_on=found.last_on,
        holds=word is not None and word.holds(day),
        key=f"{found.sort_on.isoformat()}_{found.id}",
    )


def _from(query: Select[Any], scope: Scope, day: dt.date) -> Select[Any]:
    """The measures a person sees of the scope, each with its standing, last report and last confirmation of the day."""
    s, measure, link = models.MeasureStanding, models.Measure, models.MeasureLink
    report, word = models.ProgressReport, models.Confirmation
    query = (
        query.select_from(measure)
        .join(s, and_(s.measure_id == measure.id, standing.on(s, day)))
        .join(link, access.named_by(scope.person, link))
        .join(models.Issue, models.Issue.id == link.issue_id)
        .join(models.Inspection, models.Inspection.id == link.inspection_id)
        .outerjoin(report, report.id == last_report(measure.id, day))
        .outerjoin(word, and_(word.id == _last_word(day), not_(_withdrawn(word, day))))
        .where(access.sees_measures(scope.person, day), _differ(s, report, word, day))
    )
    if scope.inspection_id is not None:
        inside = models.MeasureLink.__table__.alias("inside")
        query = query.where(
            exists().where(inside.c.measure_id == measure.id, inside.c.inspection_id == scope.inspection_id)
        )
    if scope.unit_id is not None:
        part = models.Assignment
        query = query.where(
            exists().where(
                part.measure_id == measure.id,
                part.unit_id == scope.unit_id,
                part.answers,
                part.since_on <= day,
                or_(part.until_on.is_(None), part.until_on > day),
            )
        )
    return query


def last_report(measure_id: Any, day: dt.date) -> Any:
    """The id of the last report on a measure by a day, of those not returned."""
    report = aliased(models.ProgressReport)
    return (
        select(report.id)
        .where(report.measure_id == measure_id, report.counted_on(day))
        .order_by(report.reported_on.desc(), report.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _last_word(day: dt.date) -> Any:
    """The id of the last confirmation by a day; a withdrawn one is not followed by those before it (S6)."""
    word = models.Confirmation.__table__.alias("last_word")
    return (
        select(word.c.id)
        .where(word.c.measure_id == models.Measure.id, word.c.confirmed_on <= day)
        .order_by(word.c.confirmed_on.desc(), word.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _withdrawn(word: Any, day: dt.date) -> ColumnElement[bool]:
    return and_(word.withdrawn_on.is_not(None), word.withdrawn_on <= day)


def _differ(s: Any, report: Any, word: Any, day: dt.date) -> ColumnElement[bool]:
    """`rules.voices.differ` in SQL, built from the same tables of contradictions."""
    verdict = standing.verdict_case(s, day)
    waits = and_(s.pending, report.state.in_(rule.DONE_STATES))
    ended = and_(word.verdict == "on_schedule", word.last_on < day, verdict.in_(_names(rule.ENDED_AGAINST)))
    holds = or_(word.last_on.is_(None), word.last_on >= day)
    return and_(
        verdict.not_in(_names(GOOD)),
        or_(
            _against(report.said, rule.SAID_AGAINST, verdict),
            and_(_against(report.state, rule.STATE_AGAINST, verdict), not_(waits)),
            and_(holds, _against(word.verdict, rule.WORD_AGAINST, verdict)),
            ended,
        ),
    )


def _against(column: Any, table: Mapping[str, Sequence[Verdict]], verdict: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(*(and_(column == said, verdict.in_(_names(against))) for said, against in table.items() if against))


def _names(verdicts: Sequence[Verdict]) -> list[str]:
    return [verdict.value for verdict in verdicts]
