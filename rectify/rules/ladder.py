"""Which reminder is owed to whom on a day, for one measure (design.md 5; steps after domain.md e).

Pure: handed plain values, the calendar and the day. Who the people behind an audience are, and whether a reminder went
out already, is `notices`'.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from .workdays import Calendar, previous_workday, week_of

STEPS = (30, 15, 7, 3, 1, 0)
"""Days before the deadline; no official number exists, these are the proposal of domain.md e. 0 is the day itself."""

LONGEST_WINDOW = 365
"""So many days before a deadline at most an inspection counts as near."""

LEAD_ONLY_BEFORE = 15
"""Steps further ahead than this go to the lead units alone: early notice is for whoever plans the work."""


class Audience(StrEnum):
    """To whom a reminder is owed, by what a unit is for the measure."""

    LEAD = "lead"  # the units that answer for it: lead, or responsible where no lead is named
    RESPONSIBLE = "responsible"  # the other responsible units
    TOLD = "told"  # whoever is told of overdue: supervising, else acceptance, else the office
    DECIDES = "decides"  # whoever decides its submission, by the rule of its inspection


@dataclass(frozen=True)
class Situation:
    """What the ladder needs of a measure on a day.

    `finished`: it stands as signed off, completed, or basically completed where that leaves nothing to remind of.
    `overdue`: its verdict on the day. `submitted_on`: the day of the submission that waits for a decision, else None.
    """

    deadline_on: dt.date | None
    overdue: bool = False
    finished: bool = False
    submitted_on: dt.date | None = None
    near_due_days: int = 30


@dataclass(frozen=True)
class Owed:
    """A reminder: its step, the date it hangs on and its period, which with person and measure make it unique (R12)."""

    audience: Audience
    step: str  # due_30 … due_0 | overdue | decide
    hangs_on: dt.date
    period: str = ""


def owed(situation: Situation, calendar: Calendar, day: dt.date) -> list[Owed]:
    """The reminders that are due of a measure by `day`: today's state once, however many days nobody looked.

    Each is `<=`, never `=`: of several steps passed in a sleep only the nearest to the deadline is owed. While a
    submission waits (待认定) the unit is left alone and whoever decides is reminded weekly; overdue is said weekly.
    """
    if situation.finished:
        return []
    found: list[Owed] = []
    week = week_of(day)
    if situation.submitted_on is not None:
        found.append(Owed(Audience.DECIDES, "decide", situation.submitted_on, week))
    if situation.deadline_on is None:
        return found
    if situation.overdue:
        audiences = [Audience.TOLD]
        if situation.submitted_on is None:
            audiences += [Audience.LEAD, Audience.RESPONSIBLE]
        return found + [Owed(audience, "overdue", situation.deadline_on, week) for audience in audiences]
    if situation.submitted_on is None:
        step = due_step(situation.deadline_on, situation.near_due_days, calendar, day)
        if step is not None:
            audiences = [Audience.LEAD] if step > LEAD_ONLY_BEFORE else [Audience.LEAD, Audience.RESPONSIBLE]
            found += [Owed(audience, f"due_{step}", situation.deadline_on) for audience in audiences]
    return found


def is_near(deadline_on: dt.date | None, near_due_days: int, day: dt.date) -> bool:
    """Whether a deadline still ahead is near (临近到期): within the days that the inspection gives, the last one too."""
    return deadline_on is not None and 0 <= (deadline_on - day).days <= near_due_days


def due_step(deadline_on: dt.date, near_due_days: int, calendar: Calendar, day: dt.date) -> int | None:
    """The step nearest to the deadline that has come by `day`; None where none has, or the deadline is past.

    A step that falls on a holiday is due on the working day before it: after the holiday may be too late.
    """
    if day > deadline_on:
        return None
    for step in sorted(steps(near_due_days)):
        if step_on(deadline_on, step, calendar) <= day:
            return step
    return None


def step_on(deadline_on: dt.date, step: int, calendar: Calendar) -> dt.date:
    """The working day on which a step before a deadline is due."""
    return previous_workday(calendar, deadline_on - dt.timedelta(days=step))


def steps(near_due_days: int) -> tuple[int, ...]:
    """The steps of an inspection: from its own `near_due_days` on, nothing earlier."""
    return tuple(sorted({near_due_days, *(step for step in STEPS if step < near_due_days)}, reverse=True))
