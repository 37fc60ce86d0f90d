"""The workday calendar: a year with its holidays and make-up days, what the office declares over it, and what that moves."""

from __future__ import annotations

import calendar as months_of
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from rectify import calendar, ledger, models, notices, rounds, standing
from rectify.models import db
from rectify.rules import deadlines
from rectify.rules.workdays import Calendar
from rectify.web import parts
from rectify.web.office import fields, pages
from rectify.web.parts import BAD_DATE, Day
from rectify.web.units import words

KINDS = {"off": _l("放假"), "work": _l("上班"), "published": _l("撤回，按公布的安排")}
HOLIDAYS = {
    "New Year's Day": _l("元旦"),
    "Spring Festival": _l("春节"),
    "Tomb-sweeping Day": _l("清明节"),
    "Labour Day": _l("劳动节"),
    "Dragon Boat Festival": _l("端午节"),
    "Mid-autumn Festival": _l("中秋节"),
    "National Day": _l("国庆节"),
    "Anti-Fascist 70th Day": _l("抗战胜利70周年纪念日"),
}
"""The holidays by the names of the published data."""
IS_WORKDAY = {"off": False, "work": True, "published": None}
NO_DOCUMENT = "撤回自定，按公布的安排"
"""What a limit's correction rests on where the office takes its own word back without naming a document."""


@dataclass(frozen=True)
class Shift:
    """What a declaration moves: days that become worked or off, reminders before deadlines, the grace of rounds not yet
    opened, limits in working days; and what it does to verdicts, with those limits moved that were chosen."""

    days: tuple[tuple[dt.date, bool], ...]
    reminders: tuple[tuple[dt.date, dt.date, int], ...]
    rounds: tuple[rounds.MovedGrace, ...]
    limits: tuple[ledger.CountedLimit, ...]
    chosen: tuple[str, ...]
    effect: standing.Effect


class ShiftForm(fields.SeenForm):
    """Days to be declared, and which of the limits counted in working days are to move with them."""

    move = SelectMultipleField(validate_choice=False)
    shift: Shift | None = None

    def declares(self, days: Sequence[calendar.Declared]) -> int | None:
        """Declare the days and commit that: how many changed. None where it is refused, or moves what nobody has seen
        yet: then nothing of it remains, and the form has why, or the shift."""
        session, person, today, at = db.session(), parts.person(), parts.today(), parts.now()
        before = calendar.load(session)
        try:
            changed = calendar.declare(session, days, by=person, at=at)
            after = calendar.load(session)
            moved = sorted(day.day_on for day in days if before.is_workday(day.day_on) != after.is_workday(day.day_on))
            reminders = notices.moved(session, before, after, today)
            limits = ledger.moved_limits(session, person, before, after, today)
            chosen = [one for one in limits if one.key in (self.move.data or ())]
            document = "；".join(dict.fromkeys(day.note for day in days if day.note)) or NO_DOCUMENT
            graces: list[rounds.MovedGrace] = []

            def act() -> None:
                graces.extend(rounds.recount_grace(session, by=person, day=today, at=at))
                ledger.move_limits(session, chosen, document, by=person, day=today, at=at)

            effect = standing.effect(session, act, today)
        except (calendar.Refused, ledger.Refused) as refused:
            session.rollback()
            self.form_errors.append(parts.told(refused))
            return None
        shift = Shift(
            tuple((on, after.is_workday(on)) for on in moved),
            tuple((*pair, count) for pair, count in reminders.items()),
            tuple(graces),
            tuple(limits),
            tuple(one.key for one in chosen),
            effect,
        )
        if self.keeps(shift if moved else None):
            return changed
        self.shift = shift
        return None


class DeclareForm(ShiftForm):
    """The office's word on one day, or its withdrawal."""

    day_on = Day(_l("日期"), validators=[InputRequired(BAD_DATE)])
    kind = RadioField(_l("放假或上班"), choices=words.choices(KINDS), validators=[InputRequired(_l("请选择一项。"))])
    note = StringField(
        _l("依据"),
        validators=[Length(max=calendar.LONGEST_NOTE)],
        description=_l("例如文件名称和文号；撤回时可以不填。"),
    )

    def days(self) -> list[calendar.Declared]:
        assert self.day_on.data is not None
        return [calendar.Declared(self.day_on.data, IS_WORKDAY[self.kind.data], self.note.data or "")]


class NoticeForm(ShiftForm):
    """A notice of a year, as lines or as a CSV file."""

    lines = TextAreaField(
        _l("放假和上班的日子"),
        validators=[fields.LONG],
        render_kw={"rows": 12},
        description=_l("每行一天：日期,放假或上班,依据。例如“2027-01-01,放假,元旦”；也可以选择CSV文件。"),
    )
    file = FileField(_l("CSV文件"), render_kw={"accept": ".csv,.txt"})

    def days(self) -> list[calendar.Declared]:
        """The days of the notice; what is wrong stands at the field, line by line, and then there are none."""
        if self.file.data:
            self.lines.data = parts.clean(_decoded(self.file.data.read()))
        found, faults = calendar.read_notice(self.lines.data or "")
        for fault in faults:
            fields.fault(self.lines, _("第%(line)s行：%(fault)s", line=fault.line, fault=parts.told(fault.refused)))
        if not found and not faults:
            fields.fault(self.lines, _("请填写放假和上班的日子，或选择CSV文件。"))
        return [] if faults else found


def _decoded(data: bytes) -> str:
    """Excel writes CSV in UTF-8 or in the code page of a Chinese Windows."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


# -- the pages -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A day of the year's view. `mark` says what is unlike an ordinary week: 休 on a weekday, 班 at a weekend."""

    day_on: dt.date
    off: bool
    mark: str
    declared: bool


@dataclass(frozen=True)
class Month:
    """A month of the year's view in weeks of seven, None beyond its ends."""

    name: str
    workdays: int
    weeks: tuple[tuple[Cell | None, ...], ...]


def _months(known: Calendar, year: int) -> list[Month]:
    made = []
    for month in range(1, 13):
        weeks = tuple(
            tuple(_cell(known, day) if day.month == month else None for day in week)
            for week in months_of.Calendar().monthdatescalendar(year, month)
        )
        workdays = sum(cell is not None and not cell.off for week in weeks for cell in week)
        made.append(Month(format_date(dt.date(year, month, 1), "LLL"), workdays, weeks))
    return made


def _cell(known: Calendar, day: dt.date) -> Cell:
    off, weekend = not known.is_workday(day), day.weekday() >= 5
    mark = _("休") if off and not weekend else _("班") if weekend and not off else ""
    return Cell(day, off, mark, day in known.declared_work or day in known.declared_off)


@dataclass(frozen=True)
class Break:
    """A published holiday of a year: its days off, and the weekend days worked for it."""

    name: str
    off: tuple[dt.date, ...]
    made_up: tuple[dt.date, ...]


def _breaks(year: int) -> list[Break]:
    base, names = calendar.published(), calendar.holiday_names()
    days = sorted(day for day in names if day.year == year)
    made = [
        Break(
            str(HOLIDAYS.get(name, name)),
            tuple(day for day in days if names[day] == name and day not in base.made_up),
            tuple(day for day in days if names[day] == name and day in base.made_up),
        )
        for name in {names[day] for day in days}
    ]
    return sorted(made, key=lambda one: one.off or one.made_up)


@pages.route("/calendar", methods=["GET", "POST"], endpoint="calendar")
@parts.enter("office", "admin")
def index() -> str | Response:
    """A year's days, what the office declared of them, and one more declaration."""
    session, person, today = db.session(), parts.person(), parts.today()
    form = DeclareForm(data={"day_on": _typed_day(), "kind": request.args.get("kind")})
    if form.validate_on_submit():
        changed = form.declares(form.days())
        if changed is not None:
            flash(_("工作日历已更改。") if changed else _("工作日历没有变化。"))
            assert form.day_on.data is not None
            return redirect(url_for("office.calendar", year=form.day_on.data.year))
    known = calendar.load(session)
    year = parts.number(request.args.get("year")) or (form.day_on.data or today).year
    year = min(max(year, deadlines.FIRST_YEAR), deadlines.LAST_YEAR)
    row = models.WorkdayOverride
    declared = session.scalars(
        select(row).where(row.day_on.between(dt.date(year, 1, 1), dt.date(year, 12, 31))).order_by(row.day_on)
    ).all()
    return render_template(
        "office/calendar.html",
        form=form,
        shift=form.shift,
        year=year,
        years=(deadlines.FIRST_YEAR, deadlines.LAST_YEAR),
        months=_months(known, year),
        breaks=_breaks(year),
        declared=declared,
        is_provisional=known.provisional(dt.date(year, 1, 1)),
        known=known,
        limits=ledger.moved_limits(session, person, known, known, today),
        today=today,
    )


def _typed_day() -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None


@pages.route("/calendar/import", methods=["GET", "POST"])
@parts.enter("office", "admin")
def import_calendar() -> str | Response:
    """The notice of a year at once: all its days, or none where a line is wrong."""
    form = NoticeForm()
    if form.validate_on_submit() and (days := form.days()):
        changed = form.declares(days)
        if changed is not None:
            flash(_("已导入%(count)s天的安排。", count=changed))
            return redirect(url_for("office.calendar", year=min(day.day_on for day in days).year))
    return render_template(
        "office/calendar_import.html",
        form=form,
        shift=form.shift,
        known=calendar.load(db.session()),
        today=parts.today(),
    )
