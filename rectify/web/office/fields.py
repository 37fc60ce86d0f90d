"""What the forms of the office share: words for choices, units typed by name, dated lines, an act tried and told."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import Field, HiddenField, SelectField, TextAreaField
from wtforms.validators import Length, Optional, Regexp, ValidationError

from rectify import ledger, models, rounds
from rectify.models import db
from rectify.reading.draft import MilestoneDraft
from rectify.rules import deadlines, plan_form, quantities
from rectify.web import parts
from rectify.web.units import words

LEVELS = {"central": _l("中央"), "provincial": _l("省级"), "city": _l("市级"), "county": _l("县级")}
FIELDS = {"environment": _l("生态环境"), "poverty": _l("脱贫攻坚"), "party": _l("党建"), "other": _l("其他")}
KINDS = {
    "inspection": _l("督察"),
    "xunshi": _l("巡视（巡察）"),
    "assessment": _l("成效考核"),
    "checks": _l("监督检查"),
    "notice": _l("通报"),
}
RHYTHMS = {
    "weekly": _l("每周"),
    "ten_day": _l("每旬"),
    "monthly": _l("每月"),
    "quarterly": _l("每季度"),
    "none": _l("不定期"),
}
ROLES = words.UNIT_ROLES
PERSON_ROLES = {"leader": _l("责任领导"), "person": _l("责任人")}
DEADLINE_KINDS = {
    "date": "",
    "range": _l("起止时间"),
    "immediate": _l("立行立改"),
    "long_term": _l("长期坚持"),
    "relative": _l("待定起算日"),
    "none": _l("未注明"),
    "ask": _l("待确认"),
}
STATES = {
    "signed_off": _l("已销号"),
    "completed": _l("已完成"),
    "basically_completed": _l("基本完成"),
    "on_schedule": _l("达到序时进度"),
    "behind": _l("未达到序时进度"),
    "overdue": _l("逾期"),
    "not_started": _l("尚未启动"),
    "in_progress": _l("正在推进"),
}
LONG = Length(max=20_000, message=_l("不能超过20000字，请精简。"))


class VersionForm(parts.Form):
    """An edit form: it carries the version of the row that it was filled in from (IN-08)."""

    version = HiddenField(
        filters=[lambda value: "" if value is None else str(value)], validators=[Optional(), Regexp(r"^[0-9]{1,9}$")]
    )

    status = 200

    def is_current(self, item: Any, stands: Mapping[str, Any] | None = None) -> bool:
        """Whether the row is still the one that the form was filled in from.

        Else (409) what was typed stays, each field that differs says what stands there now, and sending the form once
        more saves it. `stands` are the present values where they are not the row's own attributes.
        """
        if parts.number(self.version.data) in (None, item.version):
            return True
        self.status = 409
        self.version.data = str(item.version)
        self.form_errors.append(_("您打开后，他人已修改过这一项。您填写的内容仍在下面，请核对后再次保存，或返回查看。"))
        for one in self:
            if one.name == "version" or (stands is None and not hasattr(item, one.name)):
                continue
            now = getattr(item, one.name) if stands is None else stands.get(one.name, one.data)
            if (now or "") != (one.data or ""):
                fault(one, _("现在保存的是：%(value)s", value=_shown(one, now)))
        return False


class SeenForm(parts.Form):
    """A form whose saving may move more than what was typed: that is shown before it is saved (R10).

    `seen` names what was shown; where saving would by now move something else, that is shown first.
    """

    seen = HiddenField(validators=[Optional(), Length(max=64)])

    def keeps(self, moved: object) -> bool:
        """Commit what was done, if it moved nothing (None) or what the person has seen; else nothing of it remains."""
        key = "" if moved is None else hashlib.sha256(repr(moved).encode()).hexdigest()
        if key in ("", self.seen.data):
            db.session.commit()
            return True
        db.session.rollback()
        self.seen.data = key
        return False


def _shown(one: Field, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if isinstance(one, SelectField):
        return next((str(label) for key, label, *_rest in one.iter_choices() if key == value), str(value))
    return str(value) if value not in (None, "") else str(_("（空）"))


class UnitsField(TextAreaField):
    """Units by their names or other names, one a line: collective names hold 、 themselves, and stand for several."""

    def unit_ids(self) -> list[int]:
        """The ids of the units named; a name that nobody knows is a fault of the field."""
        names = [line.strip() for line in (self.data or "").split("\n") if line.strip()]
        matches = ledger.match_units(db.session(), names)
        unknown = [match.printed for match in matches if not match.units]
        if unknown:
            raise ValidationError(
                _("没有名为“%(names)s”的单位，请核对名称，或先在“单位”中新增。", names="、".join(unknown))
            )
        return list(dict.fromkeys(unit_id for match in matches for unit_id in match.units))

    def pre_validate(self, form: object) -> None:
        self.unit_ids()


def units_by_role(form: parts.Form) -> dict[str, list[int]]:
    """The units of all the roles of a form whose fields are named as the roles."""
    return {role: form[role].unit_ids() for role in models.ASSIGNMENT_ROLES if role in form}


def unit_names(item: models.Issue | models.Measure, *, inherited: bool = False) -> dict[str, list[str]]:
    """The names of an item's present units by role, own or inherited ones."""
    column = models.Assignment.issue_id if isinstance(item, models.Issue) else models.Assignment.measure_id
    found: dict[str, list[str]] = {role: [] for role in models.ASSIGNMENT_ROLES}
    for role, name in db.session.execute(
        select(models.Assignment.role, models.Unit.name)
        .join(models.Unit, models.Unit.id == models.Assignment.unit_id)
        .where(column == item.id, models.Assignment.until_on.is_(None), models.Assignment.inherited == inherited)
        .order_by(models.Assignment.id)
    ):
        found[role].append(name)
    return found


def all_units() -> list[str]:
    """The names of all active units, for the list beside a form."""
    query = select(models.Unit.name).where(models.Unit.active).order_by(models.Unit.sort, models.Unit.name)
    return list(db.session.scalars(query))


def named_persons(item: models.Issue | models.Measure, role: str) -> str:
    column = models.NamedPerson.issue_id if isinstance(item, models.Issue) else models.NamedPerson.measure_id
    query = select(models.NamedPerson.name).where(column == item.id, models.NamedPerson.role == role)
    return "、".join(db.session.scalars(query.order_by(models.NamedPerson.id)))


class DatedLinesField(TextAreaField):
    """Lines that begin with a date: "2026-06-30 完成主体工程"."""

    def lines(self) -> list[tuple[dt.date, str]]:
        """(day, the rest of the line) of each line; a line without a date is a fault of the field."""
        found = []
        for line in (self.data or "").split("\n"):
            if not line.strip():
                continue
            first, _space, rest = line.strip().partition(" ")
            day = deadlines.parse(first).deadline.date
            if day is None or not rest.strip():
                raise ValidationError(
                    _("“%(line)s”应为日期、空格、内容，例如“2026-06-30 完成主体工程”。", line=line[:40])
                )
            found.append((day, rest.strip()))
        return found

    def pre_validate(self, form: object) -> None:
        self.lines()


class StonesField(DatedLinesField):
    """Lines of milestones as a plan file has them: "2026-06-30 【基本完成】主体工程", the state only where one is asked for."""

    def stones(self) -> list[MilestoneDraft]:
        return [MilestoneDraft(day, *plan_form.stone_of(rest)) for day, rest in self.lines()]


class PlannedPointsField(DatedLinesField):
    """Lines of planned figures: "2026-06-30 6"."""

    def points(self) -> list[tuple[dt.date, Decimal]]:
        found = []
        for day, rest in self.lines():
            count = quantities.parse(rest)
            if count is None:
                raise ValidationError(_("“%(rest)s”应为数量，最多三位小数，例如“2026-06-30 6”。", rest=rest[:40]))
            found.append((day, count))
        return found

    def pre_validate(self, form: object) -> None:
        self.points()


def typed_lines(pairs: Iterable[tuple[dt.date, object]]) -> str:
    """Dated pairs as they are typed."""
    return "\n".join(f"{day} {rest}" for day, rest in pairs)


def milestones_of(item: models.Issue | models.Measure) -> Sequence[models.Milestone]:
    """The milestones of an item that still hold."""
    column = models.Milestone.issue_id if isinstance(item, models.Issue) else models.Milestone.measure_id
    query = select(models.Milestone).where(column == item.id, models.Milestone.withdrawn_on.is_(None))
    return db.session.scalars(query.order_by(models.Milestone.due_on, models.Milestone.id)).all()


def implied_measure(issue: models.Issue) -> models.Measure | None:
    """The measure implied by an issue that has none, which carries its plan (S10)."""
    query = (
        select(models.Measure)
        .join(models.MeasureLink, models.MeasureLink.measure_id == models.Measure.id)
        .where(models.MeasureLink.issue_id == issue.id, models.Measure.implied, models.Measure.withdrawn_on.is_(None))
    )
    return db.session.scalars(query).first()


def attempt(form: parts.Form, act: Callable[[], object], *, once: str = "", to: str = "") -> bool:
    """Do an act and commit it; where it is refused nothing remains of it and the form says why."""
    try:
        act()
        if once:
            parts.once(once, to)
        db.session.commit()
    except rounds.Refused as refused:
        db.session.rollback()
        form.form_errors.append(parts.told(refused))
        return False
    return True


def fault(field: Field, sentence: str) -> None:
    """A fault found after validation, shown at its field."""
    field.errors = [*field.errors, sentence]
