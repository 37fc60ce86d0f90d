"""Issues and measures entered and amended by hand."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from rectify import access, ledger, models
from rectify.models import db
from rectify.web import parts
from rectify.web.office import fields, pages


def text(label: str, sentence: str, rows: int = 4) -> TextAreaField:
    return TextAreaField(label, validators=[InputRequired(sentence), fields.LONG], render_kw={"rows": rows})


def units_field(role: str) -> fields.UnitsField:
    return fields.UnitsField(fields.ROLES[role], validators=[fields.LONG], render_kw={"rows": 2})


class IssueFields:
    """What an issue says."""

    number = StringField(_l("编号"), validators=[Length(max=40)])
    upper_number = StringField(_l("上级编号"), validators=[Length(max=40)])
    category = StringField(_l("归类"), validators=[Length(max=300)])
    source = StringField(_l("问题来源"), validators=[Length(max=200)])
    text = text(_l("反馈问题"), _l("请填写反馈问题的内容。"))
    goal = TextAreaField(_l("整改目标"), validators=[fields.LONG], render_kw={"rows": 3})
    leaders = StringField(_l("责任领导"), validators=[Length(max=500)])
    persons = StringField(_l("责任人"), validators=[Length(max=500)])


class UnitFields:
    """The units of an item by role."""

    lead = units_field("lead")
    responsible = units_field("responsible")
    cooperating = units_field("cooperating")
    supervising = units_field("supervising")
    acceptance = units_field("acceptance")


class NewIssueForm(IssueFields, UnitFields, parts.OnceForm):
    """An issue that stands in no file."""

    deadline = StringField(_l("整改时限"), validators=[Length(max=300)])
    milestones = fields.DatedLinesField(_l("阶段性目标"), validators=[fields.LONG], render_kw={"rows": 3})


class EditIssueForm(IssueFields, fields.VersionForm):
    """An issue's texts; its time limit, units and milestones have acts of their own."""


class MeasureFields:
    """What a measure says."""

    number = StringField(_l("编号"), validators=[Length(max=40)])
    text = text(_l("整改措施"), _l("请填写整改措施的内容。"))
    leaders = StringField(_l("责任领导"), validators=[Length(max=500)])
    persons = StringField(_l("责任人"), validators=[Length(max=500)])


class NewMeasureForm(MeasureFields, UnitFields, parts.OnceForm):
    """A measure that stands in no file."""

    deadline = StringField(_l("整改时限"), validators=[Length(max=300)])
    start_on = DateField(_l("计划启动日期"), validators=[Optional()])
    target_quantity = parts.Quantity(_l("量化目标"), validators=[Optional()])
    target_unit = StringField(_l("目标单位"), validators=[Length(max=20)])
    points = fields.PlannedPointsField(_l("计划进度"), validators=[fields.LONG], render_kw={"rows": 3})
    milestones = fields.DatedLinesField(_l("阶段性目标"), validators=[fields.LONG], render_kw={"rows": 3})


class EditMeasureForm(MeasureFields, fields.VersionForm):
    """A measure's texts; its time limit, units, target and milestones have acts of their own."""


@pages.route("/inspections/<int:inspection_id>/issues/new", methods=["GET", "POST"])
@parts.enter("office")
def new_issue(inspection_id: int) -> str | Response:
    """An issue entered by hand."""
    held = parts.found(access.visible_inspection(db.session(), parts.person(), inspection_id, parts.today()))
    form = NewIssueForm()
    led = form.is_submitted() and parts.made_before(form.once.data or "")
    if led:
        return redirect(led)
    if form.validate_on_submit():
        made: list[models.Issue] = []

        def act() -> None:
            wanted = _issue_form(
                form,
                deadline=form.deadline.data or "",
                units=fields.units_by_role(form),
                milestones=form.milestones.lines(),
            )
            made.append(ledger.add_issue(db.session(), held, wanted, **_acting()))
            parts.once(form.once.data or "", url_for("units.issue", issue_id=made[0].id))

        if fields.attempt(form, act):
            flash(_("问题已录入，可以接着录入它的整改措施。"))
            return redirect(url_for("units.issue", issue_id=made[0].id))
    return render_template("office/issue_form.html", form=form, inspection=held, issue=None, units=fields.all_units())


@pages.route("/issues/<int:issue_id>/edit", methods=["GET", "POST"])
@parts.enter("office")
def edit_issue(issue_id: int) -> tuple[str, int] | Response:
    """An issue's texts put right."""
    held = issue_in_view(issue_id)
    form = EditIssueForm(obj=None if request.method == "POST" else held)
    if request.method == "GET":
        form.source.data = held.source.name if held.source is not None else ""
        form.leaders.data, form.persons.data = (fields.named_persons(held, role) for role in fields.PERSON_ROLES)

    def act() -> None:
        ledger.amend_issue(db.session(), held, _issue_form(form, milestones=None), **_acting())

    if form.validate_on_submit() and form.is_current(held) and fields.attempt(form, act):
        flash(_("问题已修改。"))
        return redirect(url_for("units.issue", issue_id=held.id))
    held = issue_in_view(issue_id)
    page = render_template("office/issue_form.html", form=form, inspection=held.inspection, issue=held, units=())
    return page, form.status


@pages.route("/issues/<int:issue_id>/measures/new", methods=["GET", "POST"])
@parts.enter("office")
def new_measure(issue_id: int) -> str | Response:
    """A measure entered by hand."""
    held = issue_in_view(issue_id)
    form = NewMeasureForm()
    led = form.is_submitted() and parts.made_before(form.once.data or "")
    if led:
        return redirect(led)
    if form.validate_on_submit():
        made: list[models.Measure] = []

        def act() -> None:
            wanted = _measure_form(
                form,
                deadline=form.deadline.data or "",
                units=fields.units_by_role(form),
                start_on=form.start_on.data,
                target_quantity=form.target_quantity.data,
                target_unit=form.target_unit.data or "",
                points=form.points.points(),
                milestones=form.milestones.lines(),
            )
            made.append(ledger.add_measure(db.session(), held, wanted, **_acting()))
            parts.once(form.once.data or "", url_for("units.issue", issue_id=held.id))

        if fields.attempt(form, act):
            flash(_("措施已录入。"))
            return redirect(url_for("units.issue", issue_id=held.id))
    held = issue_in_view(issue_id)
    return render_template("office/measure_form.html", form=form, issue=held, measure=None, units=fields.all_units())


@pages.route("/measures/<int:measure_id>/edit", methods=["GET", "POST"])
@parts.enter("office")
def edit_measure(measure_id: int) -> tuple[str, int] | Response:
    """A measure's texts put right."""
    held = measure_in_view(measure_id)
    link = home_of(held)
    form = EditMeasureForm(obj=None if request.method == "POST" else held)
    if request.method == "GET":
        form.number.data = link.number
        form.leaders.data, form.persons.data = (fields.named_persons(held, role) for role in fields.PERSON_ROLES)

    def act() -> None:
        ledger.amend_measure(db.session(), held, _measure_form(form, **_plan_of(held)), **_acting())

    if form.validate_on_submit() and form.is_current(held) and fields.attempt(form, act):
        flash(_("措施已修改。"))
        return redirect(url_for("units.show", measure_id=held.id))
    held = measure_in_view(measure_id)
    page = render_template("office/measure_form.html", form=form, issue=named_by(held).issue, measure=held, units=())
    return page, form.status


def issue_in_view(issue_id: int) -> models.Issue:
    """The issue, or 404 where it is missing or not for this person."""
    return parts.found(access.visible_issue(db.session(), parts.person(), issue_id, parts.today()))


def measure_in_view(measure_id: int) -> models.Measure:
    """The measure, or 404 where it is missing or not for this person."""
    return parts.found(access.visible_measure(db.session(), parts.person(), measure_id, parts.today()))


def home_of(measure: models.Measure) -> models.MeasureLink:
    """The link that gives a measure its number; not for showing its issue, see `named_by`."""
    query = select(models.MeasureLink).where(models.MeasureLink.measure_id == measure.id, models.MeasureLink.home)
    return db.session.execute(query).scalar_one()


def named_by(measure: models.Measure) -> models.MeasureLink:
    """The link to show a measure by: its home, unless that is hidden from this person."""
    link = models.MeasureLink
    query = select(link).join(models.Measure, link.measure_id == models.Measure.id)
    query = query.where(models.Measure.id == measure.id, access.named_by(parts.person(), link))
    return db.session.execute(query).scalar_one()


def _acting() -> dict[str, Any]:
    return {"by": parts.person(), "day": parts.today(), "at": parts.now()}


def _plan_of(held: models.Measure) -> dict[str, Any]:
    """What is to be reached by when, as it stands: a page of its own revises that."""
    return {
        "start_on": held.start_on,
        "target_quantity": held.target_quantity,
        "target_unit": held.target_unit,
        "points": ledger.planned_points(db.session(), [held.id])[held.id],
        "milestones": None,
    }


def _issue_form(form: Any, **more: Any) -> ledger.IssueForm:
    return ledger.IssueForm(
        text=form.text.data or "",
        number=form.number.data or "",
        upper_number=form.upper_number.data or "",
        category=form.category.data or "",
        goal=form.goal.data or "",
        source=form.source.data or "",
        leaders=form.leaders.data or "",
        persons=form.persons.data or "",
        **more,
    )


def _measure_form(form: Any, **more: Any) -> ledger.MeasureForm:
    return ledger.MeasureForm(
        text=form.text.data or "",
        number=form.number.data or "",
        leaders=form.leaders.data or "",
        persons=form.persons.data or "",
        **more,
    )
