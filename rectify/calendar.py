"""The working calendar of this installation: the published holidays and make-up days, and what the office declared.

Gives the Calendar value that rules are handed, and keeps the declared days; counting with it is `rules.workdays`'.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chinese_calendar.constants import holidays, workdays
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models, records
from rectify.records import Actor
from rectify.rules import deadlines
from rectify.rules.workdays import Calendar, next_workday

KEEPERS = ("office", "admin")
MOST_ROWS = 400
"""A notice of a year has some forty days."""
LONGEST_NOTE = 100


class Refused(ValueError):
    """A declaration that may not be. `sentence` is Chinese, its values in %(name)s; str() gives it filled in."""

    def __init__(self, sentence: str, **values: Any) -> None:
        self.sentence = sentence
        self.values = {name: str(value) for name, value in values.items()}
        super().__init__(sentence % self.values if values else sentence)


@functools.cache
def published() -> Calendar:
    """The calendar as published by the State Council, for the whole years that the installed data holds.

    Beyond them Monday to Friday is assumed and every day is provisional: the library itself raises there.
    """
    return Calendar(
        first=dt.date(min(holidays).year, 1, 1),
        last=dt.date(max(holidays).year, 12, 31),
        holidays=frozenset(day for day in holidays if day.weekday() < 5),
        made_up=frozenset(workdays),
    )


def load(session: Session) -> Calendar:
    """The published calendar with the office's overrides on top."""
    overrides = session.execute(select(models.WorkdayOverride.day_on, models.WorkdayOverride.is_workday)).all()
    base = published()
    return Calendar(
        first=base.first,
        last=base.last,
        holidays=base.holidays,
        made_up=base.made_up,
        declared_work=frozenset(row.day_on for row in overrides if row.is_workday),
        declared_off=frozenset(row.day_on for row in overrides if not row.is_workday),
    )


def provisional(session: Session, from_on: dt.date, to_on: dt.date) -> bool:
    """Whether a date counted in working days from one day to another rests on days that nobody has published yet (暂行).

    One statement where it does not lie within the published years.
    """
    base = published()
    assert base.first is not None and base.last is not None
    if base.first <= from_on and to_on <= base.last:
        return False
    return load(session).provisional_through(from_on, to_on)


def holiday_names() -> dict[dt.date, str]:
    """The published days off and make-up days by the library's English name of their holiday, National Day."""
    return {day: name for days in (holidays, workdays) for day, name in days.items()}


# -- what the office declares ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Declared:
    """The office's word on a day: worked, off, or None, as published."""

    day_on: dt.date
    is_workday: bool | None
    note: str = ""


def declare(session: Session, days: Sequence[Declared], *, by: Actor, at: dt.datetime) -> int:
    """Declare days worked or off over the published calendar, or take the word back; how many days changed.

    All of them or none: Refused where a day has no reason, lies beyond the years that plans speak of, or would leave a
    year without a working day.
    """
    if by.user_id is not None and by.role not in KEEPERS:
        raise Refused("只有整改办和系统管理员可以维护工作日历。")
    held = {
        row.day_on: row
        for row in session.scalars(
            select(models.WorkdayOverride).where(models.WorkdayOverride.day_on.in_([day.day_on for day in days]))
        )
    }
    old: dict[str, str] = {}
    new: dict[str, str] = {}
    for day in days:
        _check(day)
        row = held.get(day.day_on)
        before = None if row is None else Declared(row.day_on, row.is_workday, row.note)
        after = None if day.is_workday is None else day
        if before == after:
            continue
        old[str(day.day_on)], new[str(day.day_on)] = _said(before), _said(after)
        if row is not None and after is None:
            session.delete(row)
        elif row is None:
            session.add(models.WorkdayOverride(day_on=day.day_on, is_workday=day.is_workday, note=day.note))
        else:
            row.is_workday, row.note = bool(day.is_workday), day.note
    if not old:
        return 0
    session.flush()
    known = load(session)
    try:
        for day in days:
            next_workday(known, day.day_on)
    except ValueError:
        raise Refused("这样会使连续一年没有工作日，请核对日期。") from None
    records.write(session, by, at, "calendar.declare", "calendar", None, old=old, new=new)
    return len(old)


def _check(day: Declared) -> None:
    if not deadlines.FIRST_YEAR <= day.day_on.year <= deadlines.LAST_YEAR:
        raise Refused("%(day)s的年份不对，请改正。", day=day.day_on)
    if day.is_workday is not None and not day.note.strip():
        raise Refused("请写明%(day)s放假或上班的依据，例如文件名称和文号。", day=day.day_on)
    if len(day.note) > LONGEST_NOTE:
        raise Refused("%(day)s的依据超过%(most)s字，请缩短。", day=day.day_on, most=LONGEST_NOTE)


def _said(day: Declared | None) -> str:
    return "" if day is None else f"{'上班' if day.is_workday else '放假'}：{day.note}"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line of a notice, counted from 1; the sentence as in Refused."""

    line: int
    refused: Refused


DATE = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})\D?", re.ASCII)
WORDS = {"放假": False, "休息": False, "休": False, "上班": True, "补班": True, "调休上班": True, "班": True}


def read_notice(text: str) -> tuple[list[Declared], list[Fault]]:
    """The days of a notice as CSV lines 日期,放假或上班,依据, and what is wrong, line by line. A heading is passed over."""
    found: dict[dt.date, Declared] = {}
    faults: list[Fault] = []
    lines = [(number, line.strip()) for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line.strip(",，\t;； ")]
    if lines and "日期" in lines[0][1]:
        del lines[0]
    for number, line in lines[:MOST_ROWS]:
        try:
            day = _line(line)
            if day.day_on in found:
                raise Refused("%(day)s写了两次，请只留一行。", day=day.day_on)
            found[day.day_on] = day
        except Refused as refused:
            faults.append(Fault(number, refused))
    if len(lines) > MOST_ROWS:
        faults.append(Fault(lines[MOST_ROWS][0], Refused("一次最多导入%(most)s行，请分次导入。", most=MOST_ROWS)))
    return list(found.values()), faults


def _line(line: str) -> Declared:
    cells = [cell.strip(' "“”') for cell in re.split(r"[,，\t;；]", line, maxsplit=2)]
    if len(cells) < 3:
        raise Refused("应有日期、放假或上班、依据三栏，用逗号分开，例如“2027-01-01,放假,元旦”。")
    typed = DATE.fullmatch(cells[0])
    try:
        day_on = dt.date(*map(int, typed.groups())) if typed else None
    except ValueError:
        day_on = None
    if day_on is None:
        raise Refused("“%(cell)s”不是日期，请写成2027-01-01这样。", cell=cells[0][:20])
    if cells[1] not in WORDS:
        raise Refused("“%(cell)s”应为“放假”或“上班”。", cell=cells[1][:20])
    day = Declared(day_on, WORDS[cells[1]], cells[2])
    _check(day)
    return day
