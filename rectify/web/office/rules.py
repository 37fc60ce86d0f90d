"""The rules of an inspection: how its measures are judged; and what a change of them would move, shown before it is saved.

The fields stand here once, for this page and for a new inspection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, select
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from rectify import access, figures, models, rounds, standing
from rectify.models import db
from rectify.rules import ladder, numerals
from rectify.rules.verdicts import Verdict
from rectify.web import parts
from rectify.web.office import fields, pages
from rectify.web.units import words

SHOWN = 20
"""So many measures and issues of a move are named; the rest are counted."""

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


class RulesFields:
    """The rules by which the measures of an inspection are judged; one field for each of `rounds.RULES`."""

    rhythm = SelectField(
        _l("调度频次"),
        choices=words.choices(RHYTHMS),
        default="monthly",
        description=_l("尚未开放的调度期按新频次重排，已开放的不变。"),
    )
    grace_days = whole(_l("截止后宽限天数"), 0, 30, _l("截止日后再过这些天仍没有填报，才判为未报送。"))
    decides = SelectField(
        _l("由谁认定"),
        choices=words.choices(DECIDES),
        default="acceptance",
        description=_l(
            "两类单位都没有的，由整改办认定；谁也不认定本单位的申报。更改后，待认定的申报随即改由新的单位认定。"
        ),
    )
    judged_by = SelectField(
        _l("序时进度的判断依据"),
        choices=words.choices(JUDGED_BY),
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


# -- what saving would change ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """One line of what saving would change: how many go from one verdict to another, the first of them to open."""

    was: Verdict
    becomes: Verdict
    measures: int
    issues: int
    named: tuple[dict[str, Any], ...]
    unnamed: int


@dataclass(frozen=True)
class Shown:
    """What saving would change, as the page shows it; the counts of what is done only where they change."""

    moves: tuple[Moved, ...]
    effect: standing.Effect
    done: tuple[tuple[str, int, int], ...]


class TrialForm(fields.SeenForm, fields.VersionForm):
    """An edit form whose saving may change verdicts."""

    shown: Shown | None = None

    def saves(self, act: Callable[[], object], inspection_id: int) -> bool:
        """Do the act and commit it. Where it is refused, or would change what nobody has seen yet, nothing of it
        remains, and the form says why."""
        person, day, session = parts.person(), parts.today(), db.session()
        scope = figures.Scope(person, (inspection_id,))
        try:
            before = _done(scope)
            found = standing.effect(session, act, day)
            after = _done(scope)
        except rounds.Refused as refused:
            session.rollback()
            self.form_errors.append(parts.told(refused))
            return False
        if self.keeps((found, before, after) if found or before != after else None):
            return True
        done = tuple((counted, was, after[counted]) for counted, was in before.items() if was != after[counted])
        self.shown = Shown(tuple(_moved(move) for move in found.moves), found, done)
        return False


def _done(scope: figures.Scope) -> dict[str, int]:
    """How many issues and measures of a scope count as done today."""
    return {
        counted: figures.count(db.session(), scope.over(counted=counted), parts.today()).done
        for counted in ("issues", "measures")
    }


def _moved(move: standing.Move) -> Moved:
    person, day = parts.person(), parts.today()
    issue, link, measure = models.Issue, models.MeasureLink, models.Measure
    measures = db.session.execute(
        select(measure.id, issue.number, link.number, measure.text)
        .select_from(measure)
        .join(link, access.named_by(person, link))
        .join(issue, issue.id == link.issue_id)
        .where(and_(measure.id.in_(move.measure_ids[:SHOWN]), access.sees_measures(person, day)))
        .order_by(issue.seq, link.seq)
    )
    named = [
        {"url": url_for("units.show", measure_id=id_), "number": numerals.cite(number, own), "text": text}
        for id_, number, own, text in measures
    ]
    issues = db.session.execute(
        select(issue.id, issue.number, issue.text)
        .where(issue.id.in_(move.issue_ids[: SHOWN - len(named)]), access.sees_issues(person, day))
        .order_by(issue.seq)
    )
    named += [
        {"url": url_for("units.issue", issue_id=id_), "number": number, "text": text} for id_, number, text in issues
    ]
    total = len(move.measure_ids) + len(move.issue_ids)
    return Moved(move.was, move.becomes, len(move.measure_ids), len(move.issue_ids), tuple(named), total - len(named))


# -- the page --------------------------------------------------------------------------------------------------------


class RulesForm(RulesFields, TrialForm):
    """The rules of an inspection that exists."""


@pages.route("/inspections/<int:inspection_id>/rules", methods=["GET", "POST"])
@parts.enter("office")
def rules(inspection_id: int) -> tuple[str, int] | Response:
    """The rules of an inspection; a change counts from today. Whoever saves second sees what the first one changed."""
    found = _inspection(inspection_id)
    form = RulesForm(obj=found)
    if form.validate_on_submit() and form.is_current(found):
        changed: list[bool] = []

        def act() -> None:
            values = {name: form[name].data for name in rounds.RULES}
            acting: dict[str, Any] = {"by": parts.person(), "day": parts.today(), "at": parts.now()}
            changed.append(rounds.change_rules(db.session(), found, values, **acting))

        if form.saves(act, inspection_id):
            flash(_("规则已更改，自今天起生效。") if changed[0] else _("规则没有变化。"))
            return redirect(url_for("office.inspection", inspection_id=inspection_id))
    return render_template("office/rules.html", inspection=_inspection(inspection_id), form=form), form.status


def _inspection(inspection_id: int) -> models.Inspection:
    return parts.found(access.visible_inspection(db.session(), parts.person(), inspection_id, parts.today()))
