"""The planned line of a measure with a countable target: what was to be reached by when, and what was reported.

The line, its tolerance and its limit are the rule's own (S7); here they become rows of a table and a picture.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from rectify import models, standing
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
    reported: int | None
    what: str


@dataclass(frozen=True)
class Planned:
    """A countable target as of a day; `judges`: its line is one of the things by which its inspection judges progress.

    Without `rows` there is no line: `missing` says what it lacks, start or end; "" where nothing is to be asked.
    """

    target: int
    unit: str
    tolerance_percent: int
    judges: bool
    rows: tuple[Row, ...] = ()
    curve: pictures.Curve | None = None
    missing: str = ""


def of(
    session: Session,
    measure: models.Measure,
    standing_then: models.MeasureStanding | None,
    told: history.Story,
    day: dt.date,
    *,
    current: bool,
) -> Planned | None:
    """The planned line of a measure as known on `day`; None without a countable target, or where nobody kept it.

    `current`: the day is today, so that nothing was otherwise then.
    """
    if standing_then is None or (current and measure.target_quantity is None):
        return None
    facts = standing.gather(session, [measure.id], looking_back=True)[measure.id].known_on(day)
    if facts is None or facts.target_quantity is None:
        return None
    judges = facts.judged_by != "milestones"
    line = schedule.planned_line(facts)
    if not line:
        asks = judges and schedule.verdict(standing_then, day) not in GOOD
        missing = "" if not asks else "end" if facts.start_on is not None else "start"
        return Planned(facts.target_quantity, measure.target_unit, facts.tolerance_percent, judges, missing=missing)
    slack = schedule.tolerated(facts)
    return Planned(
        facts.target_quantity,
        measure.target_unit,
        facts.tolerance_percent,
        judges,
        rows=_rows(line, slack, told.figures, facts.deadline_on, day),
        curve=pictures.curve(line, slack, told.figures, facts.target_quantity, day, WIDTH, HEIGHT),
    )


def _rows(
    line: list[tuple[dt.date, int]],
    slack: Fraction,
    figures: tuple[tuple[dt.date, int], ...],
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
            next((quantity for told_on, quantity in reversed(figures) if told_on <= on), 0) if on <= day else None,
            "、".join(words),
        )
        for on, words in sorted(what.items())
    )
