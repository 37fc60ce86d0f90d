"""A unit reports progress, submits a measure as done, or takes its submission back; the office does so on behalf."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from rectify import models, progress
from rectify.models import db
from rectify.web import parts
from rectify.web.units import history, pages, show, uploads, words

TOO_LONG = _l("不能超过5000字，请精简。")


class Checkboxes(SelectMultipleField):
    """Several choices as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ReportForm(uploads.FilesForm):
    """What a unit may say of a measure, and nothing else (AC-06)."""

    state = RadioField(
        _l("目前状态"), choices=words.choices(words.STATES), validators=[InputRequired(_l("请选择目前状态。"))]
    )
    text = TextAreaField(
        _l("进展情况"),
        validators=[InputRequired(_l("请填写进展情况。")), Length(max=progress.LONGEST_TEXT, message=TOO_LONG)],
        render_kw={"rows": 6},
    )
    quantity = parts.Quantity(_l("累计完成数量"), validators=[Optional()])
    fewer = BooleanField(_l("确认数量减少"))
    reached = Checkboxes(_l("已达到的阶段目标"), coerce=int, validators=[Optional()])
    difficulty = TextAreaField(
        _l("存在困难"), validators=[Length(max=progress.LONGEST_TEXT, message=TOO_LONG)], render_kw={"rows": 2}
    )
    next_step = TextAreaField(
        _l("下步打算"), validators=[Length(max=progress.LONGEST_TEXT, message=TOO_LONG)], render_kw={"rows": 2}
    )
    said = RadioField(_l("是否达到序时进度"), choices=words.choices(words.SAID), default="")
    forecast = SelectField(_l("能否按期完成"), choices=words.choices(words.FORECASTS), default="")
    reason_kind = SelectField(_l("原因类别"), choices=words.choices(words.REASON_KINDS), default="")
    reason = TextAreaField(
        _l("滞后原因"), validators=[Length(max=progress.LONGEST_TEXT, message=TOO_LONG)], render_kw={"rows": 2}
    )
    catch_up = TextAreaField(
        _l("补救计划"), validators=[Length(max=progress.LONGEST_TEXT, message=TOO_LONG)], render_kw={"rows": 2}
    )
    expected_on = parts.Day(_l("预计完成日期"), validators=[Optional()])


class SubmitForm(uploads.FilesForm):
    """A measure submitted as done."""

    claim = RadioField(
        _l("申报为"),
        choices=words.choices(words.CLAIMS),
        default="completed",
        validators=[InputRequired(_l("请选择申报“已完成”或“基本完成”。"))],
    )
    text = TextAreaField(
        _l("完成情况说明"),
        validators=[InputRequired(_l("请填写完成情况说明。")), Length(max=progress.LONGEST_TEXT, message=TOO_LONG)],
        render_kw={"rows": 6},
    )


@pages.route("/measures/<int:measure_id>/report", methods=["GET", "POST"])
@parts.enter("office", "lead", "clerk")
def report(measure_id: int) -> str | Response:
    """One report on a measure."""
    found, unit = show.open_measure(measure_id)
    form = ReportForm()
    if led := _led(form):
        return redirect(led)
    told = show.story(db.session(), found)
    stages = told.stages
    back = progress.sent_back(db.session(), measure_id, unit.id)
    own = progress.milestones_for(db.session(), found.measure, parts.person(), unit.id, parts.today())
    _offer_stages(form, stages, {m.id for m in own})
    if back is not None and request.method == "GET":
        _fill_in(form, *back)
    if found.measure.target_quantity is None:
        del form.quantity
    asks_fewer = bool(form.fewer.data)
    if form.is_submitted() and _ready(form, f"report {measure_id}"):
        found, unit = show.open_measure(measure_id)
        if led := _led(form):  # a second click that waited while the first one's files were written
            return redirect(led)
        try:
            made = progress.report(
                db.session(),
                found.measure,
                by=parts.person(),
                unit_id=unit.id,
                on_behalf=parts.person().role == "office",
                state=form.state.data,
                text=form.text.data,
                difficulty=form.difficulty.data or "",
                next_step=form.next_step.data or "",
                forecast=form.forecast.data,
                quantity=form.quantity.data if form.quantity else None,
                fewer=form.fewer.data,
                reached=form.reached.data,
                said=form.said.data,
                catch_up=progress.CatchUp(
                    form.reason_kind.data,
                    form.reason.data or "",
                    form.catch_up.data or "",
                    form.expected_on.data,
                ),
                day=parts.today(),
                at=parts.now(),
            )
            return _done(form, found.measure, unit, _("进展已填报。"), report=made)
        except progress.Refused as refused:
            db.session.rollback()
            if led := _led(form):
                return redirect(led)
            form.form_errors.append(parts.told(refused))
            asks_fewer = asks_fewer or isinstance(refused, progress.Fewer)
            found, unit = show.open_measure(measure_id)
    elif form.is_submitted():
        found, unit = show.open_measure(measure_id)
    return render_template(
        "units/report.html",
        head=found,
        unit=unit,
        form=form,
        stages=stages,
        reports=told.of_rounds,
        asks_fewer=asks_fewer,
        back=back[0] if back is not None else None,
        lags=progress.lags(found.standing, None, parts.today()),
        words=words,
        day=parts.today(),
    )


@pages.route("/measures/<int:measure_id>/submit", methods=["GET", "POST"])
@parts.enter("office", "lead", "clerk")
def submit(measure_id: int) -> str | Response:
    """A measure submitted as done, with its proof."""
    found, unit = show.open_measure(measure_id)
    form = SubmitForm()
    if led := _led(form):
        return redirect(led)
    if form.is_submitted() and _ready(form, f"submit {measure_id}"):
        found, unit = show.open_measure(measure_id)
        if led := _led(form):  # a second click that waited while the first one's files were written
            return redirect(led)
        try:
            made = progress.submit(
                db.session(),
                found.measure,
                by=parts.person(),
                unit_id=unit.id,
                on_behalf=parts.person().role == "office",
                claim=form.claim.data,
                text=form.text.data,
                day=parts.today(),
                at=parts.now(),
            )
            return _done(form, found.measure, unit, _("已申报完成，等待认定。"), submission=made)
        except progress.Refused as refused:
            db.session.rollback()
            if led := _led(form):
                return redirect(led)
            form.form_errors.append(parts.told(refused))
            found, unit = show.open_measure(measure_id)
    elif form.is_submitted():
        found, unit = show.open_measure(measure_id)
    return render_template(
        "units/submit.html",
        head=found,
        unit=unit,
        form=form,
        last=_last_submission(measure_id),
        words=words,
        day=parts.today(),
    )


@pages.route("/measures/<int:measure_id>/withdraw-submission", methods=["POST"])
@parts.enter("office", "lead", "clerk")
def withdraw_submission(measure_id: int) -> Response:
    """The unit takes its open submission back."""
    found = parts.found(show.head(db.session(), parts.person(), measure_id, parts.today()))
    submission = progress.open_submission(db.session(), found.measure.id)
    to = url_for("units.show", measure_id=measure_id)
    if submission is None:
        flash(_("该措施没有待认定的申报。"), "warning")
        return redirect(to)
    try:
        progress.withdraw(db.session(), submission, by=parts.person(), day=parts.today(), at=parts.now())
        db.session.commit()
        flash(_("申报已撤回，可修改后重新申报。"))
    except progress.Refused as refused:
        db.session.rollback()
        flash(parts.told(refused), "error")
    return redirect(to)


def _ready(form: uploads.FilesForm, place: str) -> bool:
    """Check the form and take its files in. The transaction is ended first: no lock is held while files are written."""
    valid = form.validate()
    db.session.rollback()
    return uploads.take_in(form, place) and valid


def _done(form: uploads.FilesForm, measure: models.Measure, unit: models.Unit, sentence: str, **row: Any) -> Response:
    """Hang the files on what was made, remember the form's key, commit, and say so on the measure's page."""
    person, to = parts.person(), url_for("units.show", measure_id=measure.id)
    count = uploads.attach(db.session(), form, measure, by=person, unit_id=unit.id, at=parts.now(), **row)
    parts.once(form.once.data or "", to)
    db.session.commit()
    if count:
        sentence += ngettext("附佐证材料%(num)s个。", "附佐证材料%(num)s个。", count)
    flash(sentence)
    return redirect(to)


def _led(form: uploads.FilesForm) -> str | None:
    """Where an earlier sending of this form led: the same answer for a double click, a retry, the back button."""
    return parts.made_before(form.once.data or "") if form.is_submitted() else None


def _offer_stages(form: ReportForm, stages: list[history.Stage], own: set[int]) -> None:
    """Milestones to mark: those of `own` not reached, and those marked by a report today, which a later one may take
    back."""
    today = parts.today()
    offered = [s for s in stages if s.id in own and (not s.reached or s.marked_on == today)]
    form.reached.choices = [SelectChoice(s.id, f"{s.due_on} {s.text}{_asked_state(s)}") for s in offered]
    if request.method == "GET":
        form.reached.data = [s.id for s in offered if s.reached]


def _fill_in(form: ReportForm, report: models.ProgressReport, reached: frozenset[int]) -> None:
    """What was returned stands in the form again, to be corrected and sent once more."""
    for name in (
        *("state", "text", "difficulty", "next_step", "forecast", "said", "reason_kind", "reason"),
        *("catch_up", "expected_on", "quantity"),
    ):
        form[name].data = getattr(report, name)
    offered = {choice.value for choice in form.reached.choices or []}
    form.reached.data = sorted({*(form.reached.data or []), *(reached & offered)})


def _asked_state(stage: history.Stage) -> str:
    if not stage.target_state:
        return ""
    return _("（届时应为%(state)s）", state=words.STATES[stage.target_state])


def _last_submission(measure_id: int) -> models.Submission | None:
    return (
        db.session.query(models.Submission)
        .filter_by(measure_id=measure_id)
        .order_by(models.Submission.id.desc())
        .first()
    )
