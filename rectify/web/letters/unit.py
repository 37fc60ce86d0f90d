"""What happens to a letter at one of its units: sent on paper, received."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional

from rectify import letters
from rectify.models import db
from rectify.web import parts
from rectify.web.letters import pages, words
from rectify.web.units.words import choices


class SendForm(parts.OnceForm):
    """A letter that went on paper."""

    on = parts.Day(_l("送达日期"), validators=[InputRequired(_l("请填写日期。"))])
    how = RadioField(_l("送达方式"), choices=choices(words.HOW), validators=[InputRequired(_l("请选择送达方式。"))])
    sent_by = StringField(_l("经办人"), validators=[InputRequired(_l("请填写经办人。")), Length(max=50)])
    note = StringField(_l("备注"), validators=[Length(max=300)])


class ReceiveForm(parts.Form):
    """A receipt on paper."""

    on = parts.Day(_l("签收日期"), validators=[Optional()])
    name = StringField(_l("签收人"), validators=[Length(max=50)])


def _acting() -> dict[str, Any]:
    return {"by": parts.person(), "day": parts.today(), "at": parts.now()}


@pages.route("/letters/<int:letter_id>/units/<int:unit_id>/send", methods=["GET", "POST"])
@parts.enter("office")
def send(letter_id: int, unit_id: int) -> str | Response:
    """Record that it went on paper: which day, how, by whom."""
    unit, form = words.unit_of(letter_id, unit_id), SendForm()
    to = url_for("letters.show", letter_id=letter_id)
    if request.method == "GET":
        form.on.data = parts.today()
    if form.validate_on_submit():
        if before := parts.made_before(form.once.data or ""):
            return redirect(before)
        said: dict[str, Any] = {name: form[name].data or "" for name in ("how", "sent_by", "note")}
        if words.tried(
            form,
            lambda: letters.send(db.session(), unit, on=form.on.data, **said, **_acting()),
            once=form.once.data or "",
            to=to,
        ):
            flash(_("送达已登记。"))
            return redirect(to)
        unit = words.unit_of(letter_id, unit_id)
    return render_template("letters/send.html", form=form, unit=unit, letter=unit.letter, words=words)


@pages.route("/letters/<int:letter_id>/units/<int:unit_id>/receive", methods=["GET", "POST"])
@parts.enter("office", "lead", "clerk", "supervisor")
def receive(letter_id: int, unit_id: int) -> str | Response:
    """The unit receives it with one button; the office records day and name from the paper."""
    unit, form = words.unit_of(letter_id, unit_id), ReceiveForm()
    if not words.may_act(unit):
        abort(403)
    to = url_for("letters.show", letter_id=letter_id)
    if request.method == "GET":
        form.on.data = parts.today()
    if form.validate_on_submit() and words.tried(
        form,
        lambda: letters.receive(db.session(), unit, on=form.on.data, name=form.name.data or "", **_acting()),
    ):
        flash(_("已签收。"))
        return redirect(to)
    unit = words.unit_of(letter_id, unit_id)
    return render_template("letters/receive.html", form=form, unit=unit, letter=unit.letter, words=words)
