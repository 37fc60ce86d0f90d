"""A unit's answer to an instruction, the decision on it, and the files that came with it."""

from __future__ import annotations

from functools import partial

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from rectify import answers, instructions
from rectify.models import db
from rectify.web import parts
from rectify.web.instructions import pages
from rectify.web.instructions.show import found, unit_of
from rectify.web.letters import answer as of_letters
from rectify.web.letters import words
from rectify.web.units import uploads


@pages.route("/instructions/<int:instruction_id>/units/<int:unit_id>/reply", methods=["GET", "POST"])
@parts.enter("office", "lead", "clerk", "supervisor")
def reply(instruction_id: int, unit_id: int) -> str | Response:
    """The unit's answer with its files; the office records one that came on paper."""
    unit, form = unit_of(instruction_id, unit_id), of_letters.ReplyForm()
    if parts.person().role != "office" and not answers.acts_for(parts.person(), unit):
        abort(403)
    to = url_for("instructions.show", instruction_id=instruction_id)
    if request.method == "GET":
        form.on.data = parts.today()
    if form.is_submitted():
        if before := parts.made_before(form.once.data or ""):
            return redirect(before)
        valid = form.validate()
        db.session.rollback()  # no lock is held while files are written
        if uploads.take_in(form, f"instruction {instruction_id} {unit_id}") and valid:
            unit = unit_of(instruction_id, unit_id)
            if words.tried(
                form,
                lambda: of_letters.give(unit, form, instructions.check_answerable(unit)),
                once=form.once.data or "",
                to=to,
            ):
                flash(_("已答复，等待认定。"))
                return redirect(to)
        unit = unit_of(instruction_id, unit_id)
    return render_template("instructions/reply.html", form=form, unit=unit, made=unit.instruction, back=to)


@pages.route("/instructions/<int:instruction_id>/units/<int:unit_id>/decide", methods=["GET", "POST"])
@parts.enter("office", "leader")
def decide(instruction_id: int, unit_id: int) -> str | Response:
    """The answer beside the decision, of the office or of the leader who instructed."""
    unit, form = unit_of(instruction_id, unit_id), of_letters.DecideForm()
    if not answers.decides(parts.person(), unit):
        abort(403)
    to = url_for("instructions.show", instruction_id=instruction_id)
    waiting = answers.open_answer(db.session(), unit)
    if waiting is None:
        flash(_("没有等待认定的答复。"), "warning")
        return redirect(to)
    if form.validate_on_submit() and words.tried(form, partial(of_letters.decide_on, waiting, form)):
        flash(_("已认可，予以办结。") if form.decision.data == "accept" else _("已退回，单位需重新答复。"))
        return redirect(to)
    unit = unit_of(instruction_id, unit_id)
    answer = answers.open_answer(db.session(), unit)
    return render_template("instructions/decide.html", form=form, unit=unit, answer=answer, back=to)


@pages.get("/instructions/<int:instruction_id>/files/<int:file_id>")
@parts.enter(*parts.BUSINESS)
def answer_file(instruction_id: int, file_id: int) -> Response:
    """A file that came with an answer."""
    units = {unit.id for unit in instructions.units_of(parts.person(), found(instruction_id))}
    row = of_letters.file_of(file_id, lambda answer: answer.instruction_unit_id in units)
    parts.record_read("instruction.download", "instruction", instruction_id, sha256=row.sha256)
    return of_letters.sent(row, url_for("instructions.show", instruction_id=instruction_id))
