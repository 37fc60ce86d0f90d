"""Inspections: the list, one with its issues, and its fields and rules entered and changed by hand."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from werkzeug.wrappers import Response
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from rectify import access, figures, ledger, models, standing
from rectify.access import sign_in
from rectify.models import db
from rectify.rules import schedule
from rectify.web import criteria, parts
from rectify.web.office import fields, pages, rules
from rectify.web.units import words

PAGE = 100
CONFIDENTIAL_KINDS = ("xunshi",)
"""Kinds of inspection that usually only named persons may see."""


class InspectionFields:
    """The fields of an inspection, shared by this page and the preview of a plan."""

    name = StringField(_l("批次名称"), validators=[InputRequired(_l("请填写批次名称。")), Length(max=200)])
    level = SelectField(_l("级别"), choices=words.choices(fields.LEVELS))
    field = SelectField(_l("领域"), choices=words.choices(fields.FIELDS))
    kind = SelectField(_l("类别"), choices=words.choices(fields.KINDS))
    team = StringField(_l("督察（巡视）组"), validators=[Length(max=200)])
    plan_name = StringField(_l("整改方案名称"), validators=[Length(max=300)])
    feedback_on = DateField(_l("反馈日期"), validators=[Optional()])
    issued_on = DateField(_l("方案印发日期"), validators=[Optional()])
    basically_counts_as_done = BooleanField(_l("“基本完成”计入完成"))


class InspectionForm(InspectionFields, fields.VersionForm):
    """What an inspection is called and how it is shown; its rules have a page of their own."""

    issue_word = StringField(_l("问题量词"), validators=[InputRequired(_l("请填写量词。")), Length(max=4)])
    measure_word = StringField(_l("措施量词"), validators=[InputRequired(_l("请填写量词。")), Length(max=4)])
    confidential = BooleanField(_l("限制知悉范围（只有指定人员可见）"))
    sort = IntegerField(_l("排列顺序"), validators=[Optional(), NumberRange(0, 9999)], default=0)

    def values(self, held: models.Inspection | None = None) -> ledger.InspectionForm:
        """The act's form; what is not on the page stays as it is held."""
        values = {}
        for f in fields_of(ledger.InspectionForm):
            if f.name in self:
                typed = self[f.name].data
                values[f.name] = "" if typed is None and isinstance(self[f.name], StringField) else typed
            elif held is not None:
                values[f.name] = getattr(held, f.name)
        return ledger.InspectionForm(**values | {"sort": self.sort.data or 0})


class ReadersField(TextAreaField):
    """Accounts by their names, one a line."""

    def user_ids(self) -> list[int]:
        """The ids of the accounts named; a name that nobody has is a fault of the field."""
        names = [line.strip() for line in (self.data or "").split("\n") if line.strip()]
        query = select(models.User.name_key, models.User.id).where(
            models.User.name_key.in_([sign_in.name_key(name) for name in names]),
            models.User.role.in_(parts.BUSINESS),
        )
        known = dict(db.session.execute(query).tuples().all())
        unknown = [name for name in names if sign_in.name_key(name) not in known]
        if unknown:
            raise ValidationError(_("没有名为“%(names)s”的业务用户，请核对用户名。", names="、".join(unknown)))
        return [known[sign_in.name_key(name)] for name in names]

    def pre_validate(self, form: object) -> None:
        self.user_ids()


class EditInspectionForm(InspectionForm, rules.TrialForm):
    """An inspection's fields, and who may see a confidential one. Its rules are changed on their own page."""

    basically_counts_as_done = None
    move = SelectMultipleField(validate_choice=False)
    readers = ReadersField(_l("可见人员"), validators=[fields.LONG], render_kw={"rows": 3})


class NewInspectionForm(criteria.RulesFields, InspectionForm, parts.OnceForm):
    """A new inspection, with the rules by which its measures will be judged."""

    suggested = HiddenField()

    def suggests(self) -> bool:
        """Tick, once, that few may see it, where its kind is usually so (domain.md b.5); the office may untick that."""
        if self.kind.data not in CONFIDENTIAL_KINDS or self.confidential.data or self.suggested.data == self.kind.data:
            return False
        self.confidential.data, self.suggested.data = True, self.kind.data
        self.form_errors.append(
            _(
                "巡视（巡察）批次一般限制知悉范围，已为您勾选；保存后可在“修改批次”中指定可见人员，不需要限制的请取消勾选。"
            )
        )
        return True


@pages.get("/inspections")
@parts.enter("office", "leader")
def inspections() -> str:
    """All inspections with what they hold."""
    person, day = parts.person(), parts.day()
    inspection, issue, link, measure = models.Inspection, models.Issue, models.MeasureLink, models.Measure
    found = db.session.scalars(
        select(inspection).where(access.sees_inspections(person, day)).order_by(inspection.sort, inspection.id)
    ).all()
    issues = _counts(
        select(issue.inspection_id, func.count())
        .where(issue.begins_on <= day, (issue.withdrawn_on.is_(None)) | (issue.withdrawn_on > day))
        .group_by(issue.inspection_id)
    )
    measures = _counts(
        select(link.inspection_id, func.count())
        .join(measure, measure.id == link.measure_id)
        .where(*figures.links_counted(day), ~measure.implied, measure.begins_on <= day)
        .where((measure.withdrawn_on.is_(None)) | (measure.withdrawn_on > day))
        .group_by(link.inspection_id)
    )
    asked = _counts(
        select(issue.inspection_id, func.count())
        .where(issue.question != "", issue.withdrawn_on.is_(None))
        .group_by(issue.inspection_id)
    )
    return render_template(
        "office/inspections.html", found=found, issues=issues, measures=measures, asked=asked, words=fields
    )


def _counts(query: Any) -> dict[int, int]:
    return dict(db.session.execute(query).tuples().all())


@pages.route("/inspections/new", methods=["GET", "POST"])
@parts.enter("office")
def new_inspection() -> str | Response:
    """An inspection entered by hand."""
    form = NewInspectionForm(obj=None if request.method == "POST" else ledger.InspectionForm(""))
    led = form.is_submitted() and parts.made_before(form.once.data or "")
    if led:
        return redirect(led)
    if form.validate_on_submit() and not form.suggests():
        made: list[models.Inspection] = []

        def act() -> None:
            made.append(
                ledger.add_inspection(db.session(), form.values(), by=parts.person(), day=parts.today(), at=parts.now())
            )
            parts.once(form.once.data or "", url_for("office.inspection", inspection_id=made[0].id))

        if fields.attempt(form, act):
            flash(_("已新建批次“%(name)s”，可以录入问题和措施了。", name=made[0].name))
            return redirect(url_for("office.inspection", inspection_id=made[0].id))
    return render_template("office/inspection_form.html", form=form, inspection=None)


@pages.get("/inspections/<int:inspection_id>")
@parts.enter("office", "leader")
def inspection(inspection_id: int) -> str:
    """One inspection: its fields, its rules, its issues."""
    person, day = parts.person(), parts.day()
    found = parts.found(access.visible_inspection(db.session(), person, inspection_id, day))
    after = parts.number(request.args.get("after"), 0) or 0
    issue, row = models.Issue, models.IssueStanding
    rows = db.session.execute(
        select(issue.id, issue.seq, issue.number, issue.upper_number, issue.text, issue.question, row)
        .join(row, row.issue_id == issue.id)
        .where(issue.inspection_id == found.id, issue.seq > after, standing.on(row, day))
        .where(access.sees_issues(person, day))
        .order_by(issue.seq)
        .limit(PAGE + 1)
    ).all()
    shown = [
        {
            "id": r.id,
            "number": r.number,
            "upper_number": r.upper_number,
            "text": r.text,
            "question": r.question,
            "standing": r[-1],
            "verdict": schedule.verdict(r[-1], day).value,
            "why": schedule.why(r[-1], day),
        }
        for r in rows[:PAGE]
    ]
    measures = _counts(
        select(models.MeasureLink.issue_id, func.count())
        .join(models.Measure, models.Measure.id == models.MeasureLink.measure_id)
        .where(models.MeasureLink.issue_id.in_([r["id"] for r in shown]), ~models.Measure.implied)
        .where(models.Measure.begins_on <= day)
        .where((models.Measure.withdrawn_on.is_(None)) | (models.Measure.withdrawn_on > day))
        .group_by(models.MeasureLink.issue_id)
    )
    files = db.session.scalars(
        select(models.PlanFile)
        .where(models.PlanFile.inspection_id == found.id, models.PlanFile.imported_at.is_not(None))
        .order_by(models.PlanFile.imported_at)
    ).all()
    more = parts.link(after=rows[PAGE - 1].seq) if len(rows) > PAGE else None
    return render_template(
        "office/inspection.html",
        inspection=found,
        rows=shown,
        measures=measures,
        files=[(f.id, f.name, f.imported_at, f.as_of_on) for f in files],
        next_url=more,
        first_url=parts.link(after=None) if after else None,
        words=fields,
        day=day,
        rules=criteria.told(db.session(), found, day),
        readers=_readers(found.id, models.User.full_name) if found.confidential else [],
        may_change=person.role == "office" and day == parts.today(),
    )


@pages.route("/inspections/<int:inspection_id>/edit", methods=["GET", "POST"])
@parts.enter("office")
def edit_inspection(inspection_id: int) -> tuple[str, int] | Response:
    """The fields of an inspection, changed from today on."""
    found = parts.found(access.visible_inspection(db.session(), parts.person(), inspection_id, parts.today()))
    form = EditInspectionForm(obj=found)
    if request.method == "GET":
        form.readers.data = "\n".join(_readers(found.id))
    if form.validate_on_submit() and form.is_current(found):

        def act() -> None:
            acting: dict[str, Any] = {"by": parts.person(), "day": parts.today(), "at": parts.now()}
            dates = form.feedback_on.data, form.issued_on.data
            form.limits = tuple(ledger.rebased_limits(db.session(), parts.person(), found, *dates, parts.today()))
            chosen = [one for one in form.limits if one.key in (form.move.data or ())]
            ledger.change_inspection(db.session(), found, form.values(found), **acting)
            ledger.move_limits(db.session(), chosen, **acting)
            if found.confidential:
                ledger.name_readers(db.session(), found, form.readers.user_ids(), **acting)

        if form.saves(act, inspection_id):
            flash(_("批次“%(name)s”已修改。", name=found.name))
            return redirect(url_for("office.inspection", inspection_id=found.id))
    found = parts.found(access.visible_inspection(db.session(), parts.person(), inspection_id, parts.today()))
    return render_template("office/inspection_form.html", form=form, inspection=found), form.status


def _readers(inspection_id: int, named: Any = models.User.name) -> list[str]:
    query = (
        select(named)
        .join(models.InspectionReader, models.InspectionReader.user_id == models.User.id)
        .where(models.InspectionReader.inspection_id == inspection_id)
        .order_by(models.User.name)
    )
    return list(db.session.scalars(query))
