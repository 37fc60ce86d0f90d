"""What is to be reached by when, a row each: milestones, a countable target and its planned figures.

Moving or removing what is held asks for the approval it rests on; what saving would change is shown before it is saved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional, Regexp

from rectify import ledger, models
from rectify.models import db
from rectify.web import parts
from rectify.web.office import fields, pages
from rectify.web.office.items import issue_in_view, measure_in_view, named_by
from rectify.web.office.rules import TrialForm
from rectify.web.units import words

SPARE = 3
"""Empty rows to write in, at first and each time more are asked for."""
MOST = 200
"""Rows of a table; a plan has a dozen."""
TARGET_STATES = {"": _l("不限")} | {state: words.STATES[state] for state in models.TARGET_STATES if state}


class Row(parts.Form):
    """A row of a table in a form; the form around it carries the CSRF token."""

    class Meta(parts.Form.Meta):
        csrf = False

    gone = BooleanField(_l("删除"))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written in it."""
        return not any(one.data for one in self)


class MilestoneRow(Row):
    """A milestone; `id` is that of the one held that it is."""

    id = HiddenField(validators=[Optional(), Regexp(r"^[0-9]{1,9}$")])
    due_on = parts.Day(_l("日期"), validators=[Optional()])
    text = TextAreaField(_l("目标"), validators=[fields.LONG], render_kw={"rows": 2})
    target_state = SelectField(_l("届时状态"), choices=words.choices(TARGET_STATES), default="")

    @property
    def lacks(self) -> str:
        """The cell that must be filled and is not, "" where none."""
        return "due_on" if self.due_on.data is None else "text" if not self.text.data else ""


class PointRow(Row):
    """A planned figure: so much in all by a day."""

    due_on = parts.Day(_l("日期"), validators=[Optional()])
    quantity = parts.Quantity(_l("累计数量"), validators=[Optional()])

    @property
    def is_empty(self) -> bool:
        return self.due_on.data is None and self.quantity.data is None and not self.errors

    @property
    def lacks(self) -> str:
        return "due_on" if self.due_on.data is None else "quantity" if self.quantity.data is None else ""


class ReviseForm(TrialForm, fields.VersionForm):
    """The plan of an issue: its milestones, and what a revision rests on."""

    milestones = FieldList(FormField(MilestoneRow), _l("阶段性目标"), max_entries=MOST)
    reason = TextAreaField(_l("调整原因"), validators=[fields.LONG], render_kw={"rows": 2})
    document_number = StringField(_l("批准文号"), validators=[Length(max=100)])
    approved_on = parts.Day(_l("批准日期"), validators=[Optional()])

    def rows(self, name: str) -> Iterator[Any]:
        """The rows of a table that are written in, those to be removed among them."""
        return (entry.form for entry in self[name] if not entry.form.is_empty)

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        for name in ("milestones", "points"):
            for row in self.rows(name) if name in self else ():
                if row.lacks and not row.gone.data and not row[row.lacks].errors:
                    fields.fault(row[row.lacks], _("请填写这一格；要删除这一行，请勾选“删除”。"))
                    valid = False
        return valid

    def add_rows(self, name: str) -> None:
        """Empty rows at the end of a table."""
        for _row in range(min(SPARE, MOST - len(self[name]))):
            self[name].append_entry()

    def show_milestones(self, held: Sequence[models.Milestone]) -> None:
        for stone in held:
            values = {"id": stone.id, "due_on": stone.due_on, "text": stone.text, "target_state": stone.target_state}
            self.milestones.append_entry(values)
        self.add_rows("milestones")

    def plan(self) -> ledger.PlanForm:
        """What is typed, as the act takes it."""
        kept, gone = [], []
        for row in self.rows("milestones"):
            stone_id = parts.number(row.id.data)
            if not row.gone.data:
                kept.append(ledger.Stone(row.due_on.data, row.text.data, row.target_state.data, stone_id))
            elif stone_id is not None:
                gone.append(stone_id)
        return ledger.PlanForm(kept, gone)

    def approval(self) -> ledger.Approval:
        return ledger.Approval(self.reason.data or "", self.document_number.data or "", self.approved_on.data)


class ReviseMeasureForm(ReviseForm):
    """The plan of a measure: a countable target too."""

    start_on = parts.Day(_l("计划启动日期"), validators=[Optional()])
    target_quantity = parts.Quantity(_l("量化目标"), validators=[Optional()])
    target_unit = StringField(_l("目标单位"), validators=[Length(max=20)])
    points = FieldList(FormField(PointRow), _l("计划进度"), max_entries=MOST)

    def show_points(self, held: models.Measure) -> None:
        for due_on, quantity in ledger.planned_points(db.session(), [held.id])[held.id]:
            self.points.append_entry({"due_on": due_on, "quantity": quantity})
        self.add_rows("points")

    def plan(self) -> ledger.PlanForm:
        milestones = super().plan()
        return ledger.PlanForm(
            milestones.milestones,
            milestones.gone,
            start_on=self.start_on.data,
            target_quantity=self.target_quantity.data,
            target_unit=self.target_unit.data or "",
            points=[(row.due_on.data, row.quantity.data) for row in self.rows("points") if not row.gone.data],
        )


@pages.route("/measures/<int:measure_id>/plan", methods=["GET", "POST"])
@parts.enter("office")
def revise_measure(measure_id: int) -> tuple[str, int] | Response:
    """The milestones, the target and the planned figures of a measure."""
    held = measure_in_view(measure_id)
    form = ReviseMeasureForm(obj=None if request.method == "POST" else _Shown(held))
    if request.method == "GET":
        form.show_milestones(fields.milestones_of(held))
        form.show_points(held)
    return _revise(form, held, lambda: measure_in_view(measure_id))


@pages.route("/issues/<int:issue_id>/plan", methods=["GET", "POST"])
@parts.enter("office")
def revise_issue(issue_id: int) -> tuple[str, int] | Response:
    """The milestones left on an issue; of one without measures, the plan of the measure implied."""
    held = issue_in_view(issue_id)
    implied = fields.implied_measure(held)
    if implied is not None:
        return redirect(url_for("office.revise_measure", measure_id=implied.id))
    form = ReviseForm(obj=None if request.method == "POST" else _Shown(held))
    if request.method == "GET":
        form.show_milestones(fields.milestones_of(held))
    return _revise(form, held, lambda: issue_in_view(issue_id))


class _Shown:
    """The values of an item that a form shows; its rows are put in one by one."""

    def __init__(self, item: ledger.Item) -> None:
        names = ("version", "start_on", "target_quantity", "target_unit")
        self.__dict__ = {name: getattr(item, name, None) for name in names}


def _revise(form: ReviseForm, held: ledger.Item, find: Any) -> tuple[str, int] | Response:
    more = request.form.get("more", "")
    if more in ("milestones", "points") and more in form:
        form.add_rows(more)
    elif form.validate_on_submit() and form.is_current(held):
        changed: list[bool] = []

        def act() -> None:
            acting: dict[str, Any] = {"by": parts.person(), "day": parts.today(), "at": parts.now()}
            changed.append(ledger.revise_plan(db.session(), held, form.plan(), form.approval(), **acting))

        if form.saves(act, _inspection_id(held)):
            flash(_("计划已保存，自今天起生效。") if changed[0] else _("计划没有变化。"))
            if isinstance(held, models.Issue):
                return redirect(url_for("units.issue", issue_id=held.id))
            return redirect(url_for("units.show", measure_id=held.id))
    held = find()
    issue = held if isinstance(held, models.Issue) else named_by(held).issue
    page = render_template(
        "office/revise.html",
        form=form,
        measure=held if isinstance(held, models.Measure) else None,
        issue=issue,
        revisions=_revisions(held),
        left_out=_left_out(held),
    )
    return page, form.status


def _left_out(held: ledger.Item) -> list[dt.date]:
    """The days of the planned figures held that the planned line leaves out."""
    if isinstance(held, models.Issue):
        return []
    return ledger.points_left_out(db.session(), held, ledger.planned_points(db.session(), [held.id])[held.id])


def _inspection_id(held: ledger.Item) -> int:
    return held.inspection_id if isinstance(held, models.Issue) else named_by(held).inspection_id


def _revisions(held: ledger.Item) -> Sequence[models.PlanRevision]:
    """What was revised before, the last first."""
    row = models.PlanRevision
    owner = row.issue_id if isinstance(held, models.Issue) else row.measure_id
    return db.session.scalars(select(row).where(owner == held.id).order_by(row.id.desc())).all()
