"""The rules of an inspection as pages have them: the fields by which the office sets them, once for every form, and how they
read to anyone who may see the inspection. What each may be is `rounds`'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import BooleanField, Form, IntegerField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange

from rectify import former, models, rounds
from rectify.rules import ladder

RHYTHMS = {
    "weekly": _l("每周（周五截止）"),
    "ten_day": _l("每旬（旬末截止）"),
    "monthly": _l("每月（月末截止）"),
    "quarterly": _l("每季度（季末截止）"),
    "none": _l("不定期（由整改办逐期安排）"),
}
DECIDES = {
    "acceptance": _l("验收单位，没有的由督导单位"),
    "supervising": _l("督导单位，没有的由验收单位"),
    "office": _l("整改办"),
}
GRACE_UNITS = {"days": _l("自然日"), "workdays": _l("工作日（按工作日历）")}
JUDGED_BY = {
    "both": _l("阶段性目标和计划量都看"),
    "milestones": _l("只看阶段性目标"),
    "line": _l("只看计划量"),
}


def whole(label: str, least: int, most: int, hint: str = "") -> IntegerField:
    """A field for a whole number within bounds."""
    sentence = _l("请填写%(least)s到%(most)s之间的整数。", least=least, most=most)
    return IntegerField(
        label, validators=[InputRequired(sentence), NumberRange(least, most, sentence)], description=hint
    )


def _choices(offered: Mapping[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in offered.items()]


class RulesFields:
    """The rules by which the measures of an inspection are judged; one field for each of `rounds.RULES`."""

    NAMES = tuple(rounds.RULES)

    rhythm = SelectField(
        _l("调度频次"),
        choices=_choices(RHYTHMS),
        default="monthly",
        description=_l("尚未开放的调度期按新频次重排，已开放的不变。"),
    )
    grace_days = whole(_l("截止后宽限天数"), 0, 30, _l("截止日后再过这些天仍没有填报，才判为未报送。"))
    grace_unit = SelectField(
        _l("宽限天数怎样计算"),
        choices=_choices(GRACE_UNITS),
        default="days",
        description=_l("更改后，尚未开放的调度期随之改变，已开放的不变。"),
    )
    decides = SelectField(
        _l("由谁认定"),
        choices=_choices(DECIDES),
        default="acceptance",
        description=_l(
            "两类单位都没有的，由整改办认定；谁也不认定本单位的申报。更改后，待认定的申报随即改由新的单位认定。"
        ),
    )
    judged_by = SelectField(
        _l("序时进度的判断依据"),
        choices=_choices(JUDGED_BY),
        default="both",
        description=_l("计划量指量化目标的计划线。只看其中一种时，另一种照常填报和展示，但不据以判为未达到序时进度。"),
    )
    tolerance_percent = whole(
        _l("计划线允许偏差（%）"), 0, 100, _l("量化目标低于计划线超过目标总数的这一比例，判为未达到序时进度。")
    )
    near_due_days = whole(
        _l("临近到期的天数"),
        1,
        ladder.LONGEST_WINDOW,
        _l("到期前这些天起列为临近到期，并提醒责任单位，不改变判断。"),
    )
    immediate_days = whole(
        _l("立行立改的内部期限（天）"), 1, 365, _l("立行立改事项自方案印发起的内部期限，只用于提醒和序时判断。")
    )
    basically_counts_as_done = BooleanField(_l("“基本完成”计入完成"))
    long_term_counts_as_done = BooleanField(
        _l("“长期坚持”计入完成"),
        description=_l(
            "没有时限、仍在坚持的措施。计入时仍单列一类，看板和报告注明“含长期坚持”；未报送、落后的不计入。"
        ),
    )
    starts_on_issue_date = BooleanField(_l("以方案印发日期为计划启动日期"))


class _Told(RulesFields, Form):
    """The rules read, not changed."""


def told(session: Session, inspection: models.Inspection, day: dt.date) -> list[tuple[str, str]]:
    """(rule, what it is) of an inspection as it was on a day, in the language of the page; one statement."""
    past = former.past(session, models.Inspection, [inspection.id])
    form = _Told(
        data={name: past.was(inspection.id, name, day, getattr(inspection, name)) for name in RulesFields.NAMES}
    )
    return [(str(form[name].label.text), _said(form[name])) for name in RulesFields.NAMES]


def _said(field: Any) -> str:
    if isinstance(field, SelectField):
        return str(next(choice.label for choice in field.choices if choice.value == field.data))
    if isinstance(field, BooleanField):
        return _("是") if field.data else _("否")
    return str(field.data)
