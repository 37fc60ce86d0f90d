"""The planned line of a measure with a countable target: what was to be reached by when, and what was reported.

The line, its tolerance and its limit are the rule's own (S7); here they become rows of a table and a picture.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from rectify import former, models
from rectify.rules import schedule
from rectify.rules.verdicts import GOOD
from rectify.web.units import history
from rectify.writing import pictures

WIDTH, HEIGHT = 560, 220


@dataclass(frozen=True)
class Row:
    """A day of the planned line: planned by then, the least that the rule allows, the last figure reported (None: the
    day is still to come), and what the day is."""

    on: dt.date
    planned: Fraction
    least: Fraction
    reported: Fraction | None
    what: str


@dataclass(frozen=True)
class Planned:
    """A countable target as of a day; `judges`: its line is one of the things by which its inspection judges progress.

    `left_out` are the planned figures that the line cannot hold. Without `rows` there is no line: `missing` says what it
    lacks, start or end; "" where nothing is to be asked.
    """

    target: Fraction
    unit: str
    tolerance_percent: int
    judges: bool
    rows: tuple[Row, ...] = ()
    left_out: tuple[tuple[dt.date, Fraction], ...] = ()
    curve: pictures.Curve | None = None
    missing: str = ""


def of(
    session: Session,
    measure: models.Measure,
    home: tuple[models.Issue, models.Inspection],
    standing: models.MeasureStanding | None,
    told: history.Story,
    day: dt.date,
    *,
    current: bool,
) -> Planned | None:
    """The planned line of a measure as known on `day`; None without a countable target, or where nobody kept it.

    `current`: the day is today, so that nothing was otherwise then.
    """
    issue, inspection = home
    was: list[Mapping[str, Any]] = [{}, {}, {}]
    if not current:
        kept = [former.past(session, type(item), [item.id]).on(item.id, day) for item in (measure, issue, inspection)]
        was = [one for one in kept if one is not None]
        if len(was) < len(kept):
            return None
    quantity = _then(measure, was[0], "target_quantity")
    tolerance = _then(inspection, was[2], "tolerance_percent")
    start_on = _then(measure, was[0], "start_on") or _then(issue, was[1], "start_on")
    judges = _then(inspection, was[2], "judged_by") != "milestones"
    if start_on is None and _then(inspection, was[2], "starts_on_issue_date"):
        start_on = _then(inspection, was[2], "issued_on")
    if quantity is None or standing is None:
        return None
    target, figures = Fraction(quantity), [(on, Fraction(count)) for on, count in told.figures]
    facts = schedule.MeasureFacts(
        begins_on=measure.begins_on,
        deadline_on=standing.deadline_on,
        start_on=start_on,
        target_quantity=quantity,
        points=told.points,
        tolerance_percent=tolerance,
    )
    line = schedule.planned_line(facts)
    if not line:
        asks = judges and schedule.verdict(standing, day) not in GOOD
        missing = "" if not asks else "end" if start_on is not None else "start"
        return Planned(target, measure.target_unit, tolerance, judges, missing=missing)
    slack, points = schedule.tolerated(facts), schedule.points_in_force(told.points)
    out = schedule.left_out(points, start_on, standing.deadline_on, target)
    return Planned(
        target,
        measure.target_unit,
        tolerance,
        judges,
        rows=_rows(line, slack, figures, standing.deadline_on, day),
        left_out=tuple((on, quantity) for on, quantity in points if on in out),
        curve=pictures.curve(line, slack, figures, target, day, WIDTH, HEIGHT),
    )


def _then(item: former.Item, was: Mapping[str, Any], name: str) -> Any:
    """A value of an item as it was, where it was another."""
    return was.get(name, getattr(item, name))


def _rows(
    line: list[tuple[dt.date, Fraction]],
    slack: Fraction,
    figures: list[tuple[dt.date, Fraction]],
    deadline_on: dt.date | None,
    day: dt.date,
) -> tuple[Row, ...]:
    what: dict[dt.date, list[str]] = {}
    for on, _quantity in line:
        word = _("计划启动") if on == line[0][0] else _("整改时限") if on == deadline_on else _("计划节点")
        what.setdefault(on, []).append(word)
    for on in dict(figures):
        what.setdefault(on, []).append(_("填报"))
    what.setdefault(day, []).append(_("查看当日"))
    return tuple(
        Row(
            on,
            planned := schedule.planned_on(line, on),
            max(planned - slack, Fraction(0)),
            next((quantity for told_on, quantity in reversed(figures) if told_on <= on), Fraction(0))
            if on <= day
            else None,
            "、".join(words),
        )
        for on, words in sorted(what.items())
    )
