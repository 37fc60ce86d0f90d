"""A unit's reply to a letter, the office's decision on it, and the files that came with it."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from rectify import answers, files, letters, models
from rectify.models import db
from rectify.web import parts
from rectify.web.letters import pages, words
from rectify.web.units import uploads
from rectify.web.units.evidence import sealed
from rectify.web.units.words import choices

TOO_LONG = _l("不能超过5000字，请精简。")


class ReplyForm(uploads.FilesForm):
    """What was done; the office gives the day on which it came on paper."""

    text = TextAreaField(
        _l("回复内容"),
        validators=[InputRequired(_l("请填写回复内容，写明办理结果。")), Length(max=5000, message=TOO_LONG)],
        render_kw={"rows": 6},
    )
    on = parts.Day(_l("收到回复的日期"), validators=[Optional()])


class DecideForm(parts.Form):
    """The office's word on a reply."""

    decision = RadioField(
        _l("认定"),
        choices=choices({"accept": _l("认可，予以办结"), "return": _l("退回，要求重新回复")}),
        validators=[InputRequired(_l("请选择认可或退回。"))],
    )
    reason = TextAreaField(_l("意见"), validators=[Length(max=5000, message=TOO_LONG)], render_kw={"rows": 3})
    due_on = parts.Day(_l("重新回复的时限"), description=_l("退回时填写；留空则原时限不变。"), validators=[Optional()])


def _acting() -> dict[str, Any]:
    return {"by": parts.person(), "day": parts.today(), "at": parts.now()}


@pages.route("/letters/<int:letter_id>/units/<int:unit_id>/reply", methods=["GET", "POST"])
@parts.enter("office", "lead", "clerk", "supervisor")
def reply(letter_id: int, unit_id: int) -> str | Response:
    """The unit's reply with its files; the office records one that came on paper."""
    unit, form = words.unit_of(letter_id, unit_id), ReplyForm()
    if not words.may_act(unit):
        abort(403)
    to = url_for("letters.show", letter_id=letter_id)
    if request.method == "GET":
        form.on.data = parts.today()
    if form.is_submitted():
        if before := parts.made_before(form.once.data or ""):
            return redirect(before)
        valid = form.validate()
        db.session.rollback()  # no lock is held while files are written
        if uploads.take_in(form, f"letter {letter_id} {unit_id}") and valid:
            unit = words.unit_of(letter_id, unit_id)
            if words.tried(
                form, lambda: give(unit, form, letters.check_answerable(unit)), once=form.once.data or "", to=to
            ):
                flash(_("已回复，等待整改办认定。"))
                return redirect(to)
        unit = words.unit_of(letter_id, unit_id)
    return render_template("letters/reply.html", form=form, unit=unit, letter=unit.letter, words=words)


def give(unit: answers.Asked, form: ReplyForm, since: dt.date) -> None:
    """The unit's answer with the files that were taken in."""
    answer = answers.give(db.session(), unit, text=form.text.data or "", on=form.on.data, since=since, **_acting())
    for item in form.taken:
        answers.attach(db.session(), answer, name=item.name, stored=item.stored, by=parts.person(), at=parts.now())


@pages.route("/letters/<int:letter_id>/units/<int:unit_id>/decide", methods=["GET", "POST"])
@parts.enter("office")
def decide(letter_id: int, unit_id: int) -> str | Response:
    """The reply beside the decision: it will do, or it is returned with a reason."""
    unit, form = words.unit_of(letter_id, unit_id), DecideForm()
    to = url_for("letters.show", letter_id=letter_id)
    waiting = answers.open_answer(db.session(), unit)
    if waiting is None:
        flash(_("没有等待认定的回复。"), "warning")
        return redirect(to)
    if form.validate_on_submit() and words.tried(form, lambda: decide_on(waiting, form)):
        flash(_("已认可，予以办结。") if form.decision.data == "accept" else _("已退回，单位需重新回复。"))
        return redirect(to)
    unit = words.unit_of(letter_id, unit_id)
    return render_template(
        "letters/decide.html",
        form=form,
        unit=unit,
        letter=unit.letter,
        answer=answers.open_answer(db.session(), unit),
        words=words,
    )


def decide_on(answer: models.Answer, form: DecideForm) -> None:
    """Accept the answer or return it, as the form says."""
    if form.decision.data == "accept":
        answers.accept(db.session(), answer, reason=form.reason.data or "", **_acting())
    else:
        answers.return_(db.session(), answer, reason=form.reason.data or "", due_on=form.due_on.data, **_acting())


@pages.get("/letters/<int:letter_id>/files/<int:file_id>")
@parts.enter(*parts.BUSINESS)
def answer_file(letter_id: int, file_id: int) -> Response:
    """A file that came with a reply, as a download, checked against its hash first."""
    units = {unit.id for unit in letters.units_of(parts.person(), words.found(letter_id))}
    row = file_of(file_id, lambda answer: answer.letter_unit_id in units)
    parts.record_read("letter.download", "letter", letter_id, sha256=row.sha256)
    return sent(row, url_for("letters.show", letter_id=letter_id))


def file_of(file_id: int, is_his: Callable[[models.Answer], bool]) -> models.AnswerFile:
    """The file of an answer that this person may see; foreign and missing look the same."""
    row = db.session.get(models.AnswerFile, file_id) if 0 < file_id < 2**31 else None
    if row is not None and not is_his(db.session.get_one(models.Answer, row.answer_id)):
        row = None
    return parts.found(row)


def sent(row: models.AnswerFile, back: str) -> Response:
    """The file as it came, checked against its hash first; where it is gone or changed, back with a word."""
    try:
        with files.open_checked(parts.config().data_dir, row.sha256) as kept:
            content = io.BytesIO(kept.read())
    except files.Broken:
        parts.record_read("letter.broken", "letter", None, ok=False, sha256=row.sha256)
        flash(_("这个附件已丢失或被改动，请联系系统管理员从备份中恢复。"), "error")
        return redirect(back)
    return sealed(send_file(content, mimetype=row.media_type, as_attachment=True, download_name=row.name))
