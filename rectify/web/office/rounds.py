"""Rounds of inspections, and the office's word on a measure: confirm, withdraw it, refuse a milestone,
record a sign-off, reopen."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from rectify import access, models, progress, rounds, turnout
from rectify.models import db
from rectify.web import criteria, parts
from rectify.web.office import fields, pages, round, rules
from rectify.web.units import show, words

VERDICTS = {"on_schedule": _l("达到序时进度"), "behind": _l("未达到序时进度")}
LATELY = 6
"""So many rounds of an inspection are shown, the last ones and those ahead."""


class RoundFields:
    """What a round is called and which days it takes."""

    name = StringField(_l("名称"), validators=[InputRequired(_l("请填写调度期的名称。")), Length(max=100)])
    opens_on = parts.Day(_l("开放日"), validators=[InputRequired(parts.BAD_DATE)])
    cut_off_on = parts.Day(_l("截止日"), validators=[InputRequired(parts.BAD_DATE)])
    grace = IntegerField(
        _l("宽限天数"), default=0, validators=[NumberRange(0, 30, _l("请填写0到30的整数。"))], render_kw={"size": 4}
    )
    grace_unit = SelectField(_l("宽限天数怎样计算"), choices=words.choices(criteria.GRACE_UNITS), default="days")

    def typed(self) -> dict[str, Any]:
        """What is typed, as the acts take it."""
        return {
            "name": self.name.data or "",
            "opens_on": self.opens_on.data,
            "cut_off_on": self.cut_off_on.data,
            "grace_days": self.grace.data,
            "grace_unit": self.grace_unit.data,
        }


class RoundForm(RoundFields, rules.TrialForm, parts.OnceForm):
    """A round beside the rhythm."""


class PlannedForm(RoundFields, rules.TrialForm, fields.VersionForm):
    """A round that is planned and not yet open."""


class ReasonForm(parts.Form):
    """One reason."""

    reason = TextAreaField(
        _l("原因"), validators=[InputRequired(_l("请写明原因。")), Length(max=2000)], render_kw={"rows": 3}
    )


class CancelForm(ReasonForm, rules.TrialForm):
    """Why a round is cancelled."""


class ConfirmForm(parts.Form):
    """The office's word on whether a measure is on schedule."""

    verdict = RadioField(_l("确认为"), choices=words.choices(VERDICTS), validators=[InputRequired(_l("请选择一项。"))])
    reason = TextAreaField(
        _l("理由"), validators=[InputRequired(_l("请写明确认的理由。")), Length(max=2000)], render_kw={"rows": 3}
    )
    last_on = parts.Day(_l("有效至"), validators=[Optional()])


class SignOffForm(parts.Form):
    """The day on which a completed measure was signed off."""

    signed_off_on = parts.Day(_l("销号日期"), validators=[InputRequired(parts.BAD_DATE)])


class ReopenForm(parts.Form):
    """A finished measure is back; a new deadline is asked for, and may be left open."""

    reason = TextAreaField(
        _l("反弹或重启的原因"),
        validators=[InputRequired(_l("请写明反弹或重启的原因。")), Length(max=progress.LONGEST_TEXT)],
        render_kw={"rows": 3},
    )
    new_deadline_on = parts.Day(_l("新的整改时限"), validators=[Optional()])


@pages.route("/rounds", endpoint="rounds")
@parts.enter("office", "supervisor", "leader")
def index() -> str:
    """The rounds of every inspection: open, over and ahead, and how many have reported in each."""
    person, day = parts.person(), parts.day()
    inspections = db.session.scalars(
        select(models.Inspection)
        .where(access.sees_inspections(person, day))
        .order_by(models.Inspection.sort, models.Inspection.id)
    ).all()
    return render_template(
        "office/rounds.html",
        inspections=inspections,
        rounds=_rounds(db.session(), person, [i.id for i in inspections], day),
        rhythms=criteria.RHYTHMS,
        address=round.address,
    )


def _rounds(
    session: Session, person: access.Person, inspection_ids: list[int], day: dt.date
) -> dict[int, list[dict[str, Any]]]:
    """By inspection its last rounds and those ahead, as known on the day, the newest first, each with its tally once it is
    open. `there`: it has a page of its own."""
    shown = {
        inspection_id: sorted(known, key=lambda one: (one.was.opens_on, one.was.id), reverse=True)[:LATELY]
        for inspection_id, known in turnout.known(session, inspection_ids, day).items()
    }
    ids = {one.was.id for known in shown.values() for one in known}
    spans = [one for these in turnout.spans(session, inspection_ids, day).values() for one in these if one.id in ids]
    counts = turnout.tallies(session, person, spans, day) if spans else {}
    return {
        inspection_id: [
            {
                "round": one.was,
                "grace": one.grace,
                "provisional": turnout.is_provisional(session, one),
                "imported": one.imported,
                "there": one.row is not None,
                "state": one.state(day),
                "tally": counts.get(one.was.id),
            }
            for one in known
        ]
        for inspection_id, known in shown.items()
    }


@pages.route("/inspections/<int:inspection_id>/rounds/new", methods=["GET", "POST"])
@parts.enter("office")
def add_round(inspection_id: int) -> str | Response:
    """A round beside the rhythm, now or later; what it would move is shown before it is saved."""
    inspection = _inspection(inspection_id)
    form = RoundForm(data={"grace": inspection.grace_days, "grace_unit": inspection.grace_unit})
    led = form.is_submitted() and parts.made_before(form.once.data or "")
    if led:
        return redirect(led)
    if form.validate_on_submit():

        def act() -> None:
            rounds.add_round(db.session(), inspection, **form.typed(), **_acting())
            parts.once(form.once.data or "", url_for("office.rounds"))

        if form.saves(act, inspection_id):
            flash(_("已安排“%(name)s”，截止%(on)s。", name=form.name.data, on=form.cut_off_on.data))
            return redirect(url_for("office.rounds"))
    return render_template("office/rounds_add.html", inspection=_inspection(inspection_id), form=form)


@pages.route("/rounds/<int:round_id>/edit", methods=["GET", "POST"])
@parts.enter("office")
def change_round(round_id: int) -> tuple[str, int] | Response:
    """The days of a round still ahead; what they would move is shown before it is saved."""
    this = _round(round_id)
    form = PlannedForm(obj=this)
    if form.validate_on_submit() and form.is_current(this):
        changed: list[bool] = []

        def act() -> None:
            changed.append(rounds.change_round(db.session(), this, **form.typed(), **_acting()))

        if form.saves(act, this.inspection_id):
            done = _("“%(name)s”已更改，截止%(on)s。", name=this.name, on=this.cut_off_on)
            flash(done if changed[0] else _("调度期没有变化。"))
            return redirect(url_for("office.rounds"))
    this = _round(round_id)
    inspection = _inspection(this.inspection_id)
    return render_template("office/rounds_change.html", round=this, inspection=inspection, form=form), form.status


@pages.route("/rounds/<int:round_id>/cancel", methods=["GET", "POST"])
@parts.enter("office")
def cancel_round(round_id: int) -> str | Response:
    """Ask once, with a reason, and show what that would move; then the round binds nobody."""
    this = _round(round_id)
    form = CancelForm()
    if form.validate_on_submit():

        def act() -> None:
            rounds.cancel_round(db.session(), this, reason=form.reason.data or "", **_acting())

        if form.saves(act, this.inspection_id):
            flash(_("“%(name)s”已取消，不再要求填报。", name=this.name))
            return redirect(url_for("office.rounds"))
    return render_template("office/rounds_cancel.html", round=_round(round_id), form=form)


@pages.route("/measures/<int:measure_id>/confirm", methods=["GET", "POST"])
@parts.enter("office")
def confirm(measure_id: int) -> str | Response:
    """The office confirms on schedule or behind, with a reason and a last day."""
    head, form = _measure(measure_id), ConfirmForm()
    if form.validate_on_submit():
        try:
            rounds.confirm(
                db.session(),
                head.measure,
                form.verdict.data,
                form.reason.data or "",
                form.last_on.data,
                by=parts.person(),
                day=parts.today(),
                at=parts.now(),
            )
            db.session.commit()
            flash(_("已确认措施%(number)s。", number=head.number))
            return redirect(url_for("units.show", measure_id=measure_id))
        except rounds.Refused as refused:
            _undo(form, refused)
            head = _measure(measure_id)
    return render_template(
        "office/confirm.html",
        head=head,
        form=form,
        holds=_confirmation_in_force(db.session(), measure_id, parts.today()),
        next_cut_off=rounds.next_cut_off(db.session(), head.inspection.id, parts.today()),
        verdicts=VERDICTS,
        day=parts.today(),
    )


@pages.route("/measures/<int:measure_id>/confirm/withdraw", methods=["POST"])
@parts.enter("office")
def withdraw_confirmation(measure_id: int) -> Response:
    """Take back the confirmation that is in force."""
    head = _measure(measure_id)
    holds = _confirmation_in_force(db.session(), measure_id, parts.today())
    if holds is None:
        flash(_("该措施目前没有生效的确认。"), "warning")
    else:
        try:
            rounds.withdraw_confirmation(db.session(), holds, by=parts.person(), day=parts.today(), at=parts.now())
            db.session.commit()
            flash(_("已撤回对措施%(number)s的确认。", number=head.number))
        except rounds.Refused as refused:
            db.session.rollback()
            flash(parts.told(refused), "error")
    return redirect(url_for("units.show", measure_id=measure_id))


@pages.route("/measures/<int:measure_id>/milestones/<int:milestone_id>/refuse", methods=["GET", "POST"])
@parts.enter("office", "supervisor")
def refuse_milestone(measure_id: int, milestone_id: int) -> str | Response:
    """Whoever decides does not accept that a milestone is reached."""
    head, milestone = _milestone(measure_id, milestone_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            rounds.refuse_milestone(
                db.session(),
                head.measure,
                milestone,
                reason=form.reason.data or "",
                by=parts.person(),
                day=parts.today(),
                at=parts.now(),
            )
            db.session.commit()
            flash(_("已记录：阶段目标“%(text)s”未达到。", text=milestone.text))
            return redirect(url_for("units.show", measure_id=measure_id))
        except rounds.Refused as refused:
            _undo(form, refused)
            head, milestone = _milestone(measure_id, milestone_id)
    return render_template("office/confirm_milestone.html", head=head, milestone=milestone, form=form)


@pages.route("/measures/<int:measure_id>/sign-off", methods=["GET", "POST"])
@parts.enter("office")
def sign_off(measure_id: int) -> str | Response:
    """The office records the day on which a completed measure was signed off."""
    head, form = _measure(measure_id), SignOffForm()
    if form.validate_on_submit():
        try:
            progress.sign_off(
                db.session(),
                head.measure,
                by=parts.person(),
                signed_off_on=form.signed_off_on.data,
                day=parts.today(),
                at=parts.now(),
            )
            db.session.commit()
            flash(_("措施%(number)s已记录销号。", number=head.number))
            return redirect(url_for("units.show", measure_id=measure_id))
        except progress.Refused as refused:
            _undo(form, refused)
            head = _measure(measure_id)
    if not form.is_submitted():
        form.signed_off_on.data = parts.today()
    return render_template("office/confirm_sign_off.html", head=head, form=form, day=parts.today())


@pages.route("/measures/<int:measure_id>/reopen", methods=["GET", "POST"])
@parts.enter("office")
def reopen(measure_id: int) -> str | Response:
    """A finished measure starts a new cycle."""
    head, form = _measure(measure_id), ReopenForm()
    if form.validate_on_submit():
        try:
            progress.reopen(
                db.session(),
                head.measure,
                by=parts.person(),
                reason=form.reason.data or "",
                new_deadline_on=form.new_deadline_on.data,
                day=parts.today(),
                at=parts.now(),
            )
            db.session.commit()
            flash(_("措施%(number)s已重启整改。", number=head.number))
            return redirect(url_for("units.show", measure_id=measure_id))
        except progress.Refused as refused:
            _undo(form, refused)
            head = _measure(measure_id)
    return render_template("office/confirm_reopen.html", head=head, form=form, day=parts.today())


# -- finding ---------------------------------------------------------------------------------------------------------


def _inspection(inspection_id: int) -> models.Inspection:
    return parts.found(access.visible_inspection(db.session(), parts.person(), inspection_id, parts.today()))


def _round(round_id: int) -> models.Round:
    this = parts.found(db.session.get(models.Round, round_id) if 0 < round_id < 2**31 else None)
    _inspection(this.inspection_id)
    return this


def _measure(measure_id: int) -> show.Head:
    return parts.found(show.head(db.session(), parts.person(), measure_id, parts.today()))


def _milestone(measure_id: int, milestone_id: int) -> tuple[show.Head, models.Milestone]:
    """The milestone must belong to the measure in the address, or to the issue it answers (AC-05)."""
    head = _measure(measure_id)
    offered = progress.milestones_of(db.session(), head.measure, parts.today())
    milestone = parts.found(next((m for m in offered if m.id == milestone_id), None))
    if not rounds.may_refuse_milestone(db.session(), parts.person(), measure_id, parts.today()):
        abort(403)
    return head, milestone


def _confirmation_in_force(session: Session, measure_id: int, day: dt.date) -> models.Confirmation | None:
    last = session.scalars(
        select(models.Confirmation)
        .where(models.Confirmation.measure_id == measure_id)
        .order_by(models.Confirmation.confirmed_on.desc(), models.Confirmation.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.withdrawn_on is not None or (last.last_on is not None and last.last_on < day):
        return None
    return last


def _acting() -> dict[str, Any]:
    """Who acts, on which day and when, as every act asks."""
    return {"by": parts.person(), "day": parts.today(), "at": parts.now()}


def _undo(form: parts.Form, refused: rounds.Refused | progress.Refused) -> None:
    db.session.rollback()
    form.form_errors.append(parts.told(refused))
