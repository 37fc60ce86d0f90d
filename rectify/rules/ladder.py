"""Which reminder is owed to whom on a day, for one measure: the steps of a ladder, and what each asks (domain.md e).

Pure: handed plain values, the steps, the calendar and the day. Who the people behind an audience are, and whether a
reminder went out already, is `notices`'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from .workdays import Calendar, add_workdays, previous_workday, week_of

ONE_DAY = dt.timedelta(days=1)
LONGEST_WINDOW = 365
"""So many days before a deadline at most an inspection counts as near, and a step reminds."""
LONG_RUN = 365
"""From so many days between the plan and the deadline on, an item is a long one (年度事项): it has a step of its own."""
MOST_STEPS = 40


class When(StrEnum):
    """What a step waits for; `Step.number` counts what stands behind it."""

    DUE = "due"  # days before the deadline
    EXTENSION = "extension"  # days before a deadline that an extension gave
    OVERDUE = "overdue"  # days after the deadline
    RETURNED = "returned"  # days since a submission or a report was returned, and nothing sent since
    UNREPORTED = "unreported"  # rounds in a row that were cut off without a report
    BEHIND = "behind"  # rounds cut off while it stood behind; 0: as soon as it does
    DECIDE = "decide"  # days that a submission waits for its decision
    LONG_TERM = "long_term"  # months between two checks of a long-term item


IN_DAYS = (When.DUE, When.EXTENSION, When.OVERDUE, When.RETURNED, When.DECIDE)
"""Their number is of days, calendar or working ones."""
AHEAD = (When.DUE, When.EXTENSION)
"""Before a deadline: of several steps that have come only the nearest is owed."""
NUMBERS = {
    When.DUE: range(0, LONGEST_WINDOW + 1),
    When.EXTENSION: range(0, LONGEST_WINDOW + 1),
    When.OVERDUE: range(0, 731),
    When.RETURNED: range(0, 181),
    When.UNREPORTED: range(1, 13),
    When.BEHIND: range(0, 13),
    When.DECIDE: range(0, 181),
    When.LONG_TERM: range(1, 25),
}
"""What the number of a step may be."""


class Audience(StrEnum):
    """To whom a reminder is owed, by what he or his unit is for the measure."""

    LEAD = "lead"  # the units that answer for it: lead, or responsible where no lead is named
    RESPONSIBLE = "responsible"  # the other responsible units
    SUPERVISING = "supervising"  # the supervising units
    TOLD = "told"  # whoever is told of overdue: supervising, else acceptance, else the office
    DECIDES = "decides"  # whoever decides its submission, by the rule of its inspection
    SUPERIOR = "superior"  # the unit above the one that answers
    OFFICE = "office"
    LEADER = "leader"  # 责任领导: a leader's account that bears a name printed as such
    LEADERS = "leaders"  # all leaders with an account


class Colour(StrEnum):
    """蓝、黄、橙、红: how grave a step is; `PALETTE` has words and colours."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


GRAVEST_FIRST = (Colour.RED, Colour.ORANGE, Colour.YELLOW, Colour.BLUE)
PALETTE = {
    Colour.RED: ("红", "Red", "#a40e26", "#ffe9e9"),
    Colour.ORANGE: ("橙", "Orange", "#953800", "#ffeee0"),
    Colour.YELLOW: ("黄", "Yellow", "#7a5200", "#fff6d6"),
    Colour.BLUE: ("蓝", "Blue", "#0b5cad", "#e8f1fb"),
}
"""Word (Chinese, English), text and ground colour of each; each pair is read by all (WCAG AA)."""


class Every(StrEnum):
    """The cool-down: how soon a step that still holds is said again. Counted by the calendar, not from the last mail, so
    that whoever slept says today's state once."""

    ONCE = "once"
    WEEK = "week"
    MONTH = "month"


LETTERS = ("", "reminder", "urging", "circular", "summons")
"""提醒函、督办单、通报、约谈通知: the letter that a step proposes to the office; "" none."""


@dataclass(frozen=True)
class Step:
    """A step of a ladder. With its inspection's other steps it is told apart by `code`.

    `workdays`: a number of days counts working days. `grace`: working days that pass after the condition holds.
    `long_run`: only for items that run for a year or more. `letter` and `meeting`: what the office is asked for beside
    the line in the digests: a letter, an entry for the leaders' meeting.
    """

    when: When
    number: int
    to: tuple[Audience, ...]
    colour: Colour = Colour.YELLOW
    workdays: bool = False
    grace: int = 0
    every: Every = Every.ONCE
    letter: str = ""
    meeting: bool = False
    long_run: bool = False

    @property
    def code(self) -> str:
        """due_30, overdue, overdue_15, decide_10w: what the ledger of reminders knows the step by. It changes with what
        the step waits for, and with nothing else: another colour or recipient reminds nobody anew."""
        number = f"_{self.number}{'w' if self.workdays and self.number else ''}" if self._counts else ""
        return f"{self.when.value}{number}"

    @property
    def _counts(self) -> bool:
        return bool(self.number) or self.when in AHEAD


_UNITS = (Audience.LEAD, Audience.RESPONSIBLE)

DEFAULTS = (
    Step(When.DUE, 60, (Audience.LEAD,), Colour.BLUE, long_run=True),
    Step(When.DUE, 30, (Audience.LEAD,), Colour.BLUE),
    Step(When.DUE, 15, _UNITS, Colour.BLUE),
    Step(When.DUE, 7, (*_UNITS, Audience.SUPERVISING), Colour.YELLOW),
    Step(When.DUE, 3, (*_UNITS, Audience.SUPERVISING, Audience.LEADER), Colour.YELLOW),
    Step(When.DUE, 1, (*_UNITS, Audience.SUPERVISING), Colour.ORANGE),
    Step(When.DUE, 0, (*_UNITS, Audience.SUPERVISING), Colour.ORANGE),
    Step(When.EXTENSION, 15, (Audience.LEAD, Audience.TOLD), Colour.YELLOW),
    Step(When.OVERDUE, 0, (*_UNITS, Audience.TOLD), Colour.RED, every=Every.WEEK),
    Step(When.OVERDUE, 15, (Audience.LEADER, Audience.LEADERS, Audience.OFFICE), Colour.RED, meeting=True),
    Step(When.RETURNED, 5, (*_UNITS, Audience.TOLD), Colour.ORANGE, workdays=True, every=Every.WEEK),
    Step(When.UNREPORTED, 1, _UNITS, Colour.YELLOW),
    Step(When.UNREPORTED, 2, (*_UNITS, Audience.TOLD), Colour.ORANGE, letter="urging"),
    Step(When.UNREPORTED, 3, (*_UNITS, Audience.TOLD, Audience.LEADER), Colour.RED, letter="summons", meeting=True),
    Step(When.BEHIND, 0, _UNITS, Colour.YELLOW),
    Step(When.BEHIND, 2, (*_UNITS, Audience.TOLD), Colour.ORANGE, letter="urging"),
    Step(When.BEHIND, 3, (*_UNITS, Audience.TOLD, Audience.LEADER), Colour.RED, letter="summons", meeting=True),
    Step(When.DECIDE, 0, (Audience.DECIDES,), Colour.BLUE, every=Every.WEEK),
    Step(When.DECIDE, 10, (Audience.OFFICE,), Colour.ORANGE, workdays=True, every=Every.WEEK),
    Step(When.LONG_TERM, 6, (Audience.LEAD,), Colour.BLUE),
)
"""The ladder of an inspection that has none of its own. No official number exists: these are the proposal of domain.md e.

The office hears of overdue as `TOLD` where nobody else oversees an item, and of each after fifteen days: a digest of all
that is overdue everywhere is the board.
"""


def defaults(near_due_days: int) -> tuple[Step, ...]:
    """The ladder of an inspection by its own number of days from which a deadline is near: the first step before a
    deadline, nothing earlier; a long item's own step stays where near is a month or more."""
    first = min(
        (s for s in DEFAULTS if s.when is When.DUE and s.number >= near_due_days), key=_number, default=DEFAULTS[0]
    )
    kept = [
        s
        for s in DEFAULTS
        if s.when is not When.DUE or s.number < near_due_days or (s.long_run and near_due_days >= 30)
    ]
    return tuple(sorted((*kept, replace(first, number=near_due_days, long_run=False)), key=_order))


def _number(step: Step) -> int:
    return step.number


def _order(step: Step) -> tuple[int, int]:
    """By kind; of those before a deadline the earliest day first, of the others the least number."""
    return list(When).index(step.when), -step.number if step.when in AHEAD else step.number


def in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Steps as a person reads a ladder."""
    return tuple(sorted(steps, key=_order))


# -- what a ladder is kept as ----------------------------------------------------------------------------------------


def as_json(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The steps as the row of an inspection keeps them; `of_json` reads them back equal."""
    return [
        {
            "when": step.when.value,
            "number": step.number,
            "to": [who.value for who in step.to],
            "colour": step.colour.value,
            "workdays": step.workdays,
            "grace": step.grace,
            "every": step.every.value,
            "letter": step.letter,
            "meeting": step.meeting,
            "long_run": step.long_run,
        }
        for step in steps
    ]


def of_json(kept: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps that a row keeps. Raises ValueError or KeyError for what `as_json` never wrote."""
    return tuple(
        Step(
            When(one["when"]),
            int(one["number"]),
            tuple(Audience(who) for who in one["to"]),
            Colour(one["colour"]),
            workdays=bool(one["workdays"]),
            grace=int(one["grace"]),
            every=Every(one["every"]),
            letter=str(one["letter"]),
            meeting=bool(one["meeting"]),
            long_run=bool(one["long_run"]),
        )
        for one in kept
    )


def of(kept: Sequence[Mapping[str, Any]] | None, near_due_days: int) -> tuple[Step, ...]:
    """The ladder in force: the inspection's own, or the defaults where it has none."""
    return defaults(near_due_days) if kept is None else of_json(kept)


def faults(steps: Sequence[Step]) -> list[tuple[int, str]]:
    """What is wrong with a ladder: (place of the step, one Chinese sentence)."""
    found: list[tuple[int, str]] = []
    seen: set[str] = set()
    for place, step in enumerate(steps):
        if step.number not in NUMBERS[step.when]:
            allowed = NUMBERS[step.when]
            found.append((place, f"数字应在{allowed[0]}到{allowed[-1]}之间，请改正。"))
        if step.workdays and step.when not in IN_DAYS:
            found.append((place, "按期数或月数的梯级不能按工作日计，请改为自然日。"))
        if not 0 <= step.grace <= 30:
            found.append((place, "宽限应在0到30个工作日之间，请改正。"))
        if step.grace and step.when in AHEAD:
            found.append((place, "到期前的梯级不能宽限，请改天数。"))
        if step.long_run and step.when not in AHEAD:
            found.append((place, "“仅一年以上事项”只用于到期前的梯级，请取消。"))
        if Audience.DECIDES in step.to and step.when is not When.DECIDE:
            found.append((place, "“认定单位”只用于待认定的梯级，请另选对象。"))
        if step.letter not in LETTERS:
            found.append((place, "没有这种函件，请重新选择。"))
        if not (step.to or step.letter or step.meeting):
            found.append((place, "这一梯级没有提醒对象，也不提出函件或议题，请补选或删除。"))
        if step.code in seen:
            found.append((place, "已有条件和数字相同的梯级，请合并或改数字。"))
        seen.add(step.code)
    if len(steps) > MOST_STEPS:
        found.append((MOST_STEPS, f"一个批次最多{MOST_STEPS}个梯级，请删减。"))
    return found


# -- what is owed ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CutOff:
    """A round that was cut off: its last day in time, and the last day of its grace."""

    on: dt.date
    grace_on: dt.date


@dataclass(frozen=True)
class Situation:
    """What the ladder needs of a measure on a day.

    `finished`: it stands as signed off, completed, or basically completed where that leaves nothing to remind of.
    `overdue`: its verdict on the day. `submitted_on`: the day of the submission that waits for a decision, else None.
    `behind_from`, `unreported_from`: since when, None where it does not stand so, or no round asked for the report.
    `cut_offs`: the rounds of its inspection that were cut off, in order. `returned_on`: when what it sent was returned,
    None where something was sent since. `long_term_since`: since when an open long-term item is in the ledger, else None;
    `reported_on`: its last report. `run_from_on`: the day from which its run counts.
    """

    deadline_on: dt.date | None
    overdue: bool = False
    finished: bool = False
    submitted_on: dt.date | None = None
    original_deadline_on: dt.date | None = None
    behind_from: dt.date | None = None
    unreported_from: dt.date | None = None
    cut_offs: tuple[CutOff, ...] = ()
    returned_on: dt.date | None = None
    long_term_since: dt.date | None = None
    reported_on: dt.date | None = None
    run_from_on: dt.date | None = None


@dataclass(frozen=True)
class Owed:
    """A reminder: its step, the date it hangs on and its period, which with person and measure make it unique (R12)."""

    audience: Audience
    rule: Step
    hangs_on: dt.date
    period: str = ""

    @property
    def step(self) -> str:
        return self.rule.code


@dataclass(frozen=True)
class Held:
    """A step whose condition has come: the date it hangs on, its period."""

    step: Step
    hangs_on: dt.date
    period: str = ""


def owed(situation: Situation, steps: Sequence[Step], calendar: Calendar, day: dt.date) -> list[Owed]:
    """The reminders that are due of a measure by `day`: today's state once, however many days nobody looked.

    Each is `<=`, never `=`: of several steps before a deadline that passed in a sleep only the nearest is owed. While a
    submission waits (待认定) the unit is left alone and escalation rests: whoever decides is reminded, and whoever is told
    of overdue hears that it is; on a return the ladder stands where it would have stood. A later deadline starts it anew.
    """
    waiting = situation.submitted_on is not None
    found = [
        Owed(who, one.step, one.hangs_on, one.period)
        for one in held(situation, steps, calendar, day)
        for who in one.step.to
        if not waiting or one.step.when is When.DECIDE or (who is Audience.TOLD and one.step.number == 0)
    ]
    return [one for one in found if one.rule.when not in AHEAD or _is_nearest(one, found)]


def products(situation: Situation, steps: Sequence[Step], calendar: Calendar, day: dt.date) -> list[Held]:
    """The steps that ask the office for a letter or an entry for the leaders' meeting: of each kind the furthest that
    has come, so that a third missed round asks for a summons and not for an urging letter as well. Resting while a
    submission waits."""
    if situation.submitted_on is not None:
        return []
    furthest: dict[When, Held] = {}
    for one in held(situation, steps, calendar, day):
        if one.step.letter or one.step.meeting:
            furthest[one.step.when] = max(furthest.get(one.step.when, one), one, key=lambda each: _order(each.step))
    return list(furthest.values())


def _is_nearest(one: Owed, found: Iterable[Owed]) -> bool:
    """Whether no later step before the same deadline has come too, whoever it speaks to."""
    return not any(other.rule.when is one.rule.when and other.rule.number < one.rule.number for other in found)


def held(situation: Situation, steps: Sequence[Step], calendar: Calendar, day: dt.date) -> list[Held]:
    """The steps whose condition has come by `day` and still holds."""
    if situation.finished:
        return []
    found = []
    for step in steps:
        hangs_on = _since(step, situation, calendar, day)
        if hangs_on is not None:
            found.append(Held(step, hangs_on, _period(step.every, day)))
    return found


def _period(every: Every, day: dt.date) -> str:
    return {Every.ONCE: "", Every.WEEK: week_of(day), Every.MONTH: f"{day:%Y-%m}"}[every]


def periods(day: dt.date) -> list[str]:
    """All that a reminder's period can be on a day."""
    return [_period(every, day) for every in Every]


def _since(step: Step, at: Situation, calendar: Calendar, day: dt.date) -> dt.date | None:
    """The date that a step hangs on, where its condition and its grace have come by `day`; else None."""
    when = step.when
    if when in AHEAD:
        return at.deadline_on if _comes_ahead(step, at, calendar, day) else None
    if when is When.UNREPORTED:
        return _nth_round(step, at.unreported_from, [(c.grace_on, c.on) for c in at.cut_offs], calendar, day)
    if when is When.BEHIND and step.number:
        behind_from = None if at.behind_from is None else at.behind_from + ONE_DAY
        return _nth_round(step, behind_from, [(c.on, c.on) for c in at.cut_offs], calendar, day)
    if when is When.LONG_TERM:
        return _check_on(step, at, calendar, day)
    began_on = {
        When.OVERDUE: at.deadline_on if at.overdue else None,
        When.RETURNED: at.returned_on,
        When.BEHIND: at.behind_from,
        When.DECIDE: at.submitted_on,
    }[when]
    if began_on is None or _after(began_on, step, calendar) > day:
        return None
    return began_on


def _comes_ahead(step: Step, at: Situation, calendar: Calendar, day: dt.date) -> bool:
    if at.deadline_on is None or at.overdue or day > at.deadline_on:
        return False
    if step.when is When.EXTENSION and not (at.original_deadline_on and at.deadline_on > at.original_deadline_on):
        return False
    if step.long_run and (at.run_from_on is None or (at.deadline_on - at.run_from_on).days < LONG_RUN):
        return False
    return step_on(at.deadline_on, step, calendar) <= day


def step_on(deadline_on: dt.date, step: Step, calendar: Calendar) -> dt.date:
    """The working day on which a step before a deadline is due. One that falls on a holiday is due on the working day
    before it: after the holiday may be too late."""
    if step.workdays and step.number:
        return add_workdays(calendar, deadline_on, -step.number)
    return previous_workday(calendar, deadline_on - step.number * ONE_DAY)


def _after(began_on: dt.date, step: Step, calendar: Calendar) -> dt.date:
    """The day on which a step that waits so many days after a date has come, its grace over."""
    if step.when not in IN_DAYS or not step.number:
        on = began_on
    elif step.workdays:
        on = add_workdays(calendar, began_on, step.number)
    else:
        on = began_on + step.number * ONE_DAY
    return _graced(on, step, calendar)


def _graced(on: dt.date, step: Step, calendar: Calendar) -> dt.date:
    return add_workdays(calendar, on, step.grace) if step.grace else on


def _nth_round(
    step: Step, since: dt.date | None, rounds: Sequence[tuple[dt.date, dt.date]], calendar: Calendar, day: dt.date
) -> dt.date | None:
    """The cut-off of the last round over by `day` among those since a day, where they are as many as the step says; a
    further round makes the step come again. `rounds`: (the last day that could still mend it, the cut-off)."""
    if since is None:
        return None
    over = [(last_on, cut_off) for last_on, cut_off in rounds if last_on + ONE_DAY >= since]
    come = [
        cut_off for last_on, cut_off in over[step.number - 1 :] if _graced(last_on + ONE_DAY, step, calendar) <= day
    ]
    return max(come, default=None)


def _check_on(step: Step, at: Situation, calendar: Calendar, day: dt.date) -> dt.date | None:
    """The last day on which a long-term item was to be checked, while nothing was reported since."""
    if at.long_term_since is None:
        return None
    months = (day.year - at.long_term_since.year) * 12 + day.month - at.long_term_since.month
    for turn in range(months // step.number, 0, -1):
        on = _months_after(at.long_term_since, turn * step.number)
        if _graced(on, step, calendar) <= day:
            return None if at.reported_on is not None and at.reported_on >= on else on
    return None


def _months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(dt.date(year, month + 1, 1) + (day.day - 1) * ONE_DAY, following - ONE_DAY)


# -- days before a deadline, for other rooms -------------------------------------------------------------------------


def is_near(deadline_on: dt.date | None, near_due_days: int, day: dt.date) -> bool:
    """Whether a deadline still ahead is near (临近到期): within the days that the inspection gives, the last one too."""
    return deadline_on is not None and 0 <= (deadline_on - day).days <= near_due_days


def furthest(steps: Iterable[Step]) -> int:
    """How many days before a deadline its first step can come: a working day is at most two days, and a break more."""
    return max((s.number * (2 if s.workdays else 1) for s in steps if s.when in AHEAD), default=0)
