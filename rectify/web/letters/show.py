"""A letter: a draft as it would be issued, an issued one with what each unit did; its file."""

from __future__ import annotations

import io

from flask import flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from rectify import answers, calendar, files, letters, models, writing
from rectify.models import db
from rectify.rules import letters as rule
from rectify.web import parts
from rectify.web.letters import pages, words
from rectify.web.letters.draft import IssueForm

DOCX = files.MEDIA["docx"]


@pages.get("/letters/<int:letter_id>")
@parts.enter(*parts.BUSINESS)
def show(letter_id: int) -> str:
    """What it says, to whom, and where it stands."""
    session, person, day = db.session(), parts.person(), parts.today()
    letter = words.found(letter_id)
    units = letters.units_of(person, letter)
    state = letters.state(letter, units, day)
    shown = letters.preview(session, letter, person, day) if state == "draft" else None
    form = IssueForm(seen=shown.seen if shown else "")
    known = calendar.load(session)
    return render_template(
        "letters/show.html",
        letter=letter,
        state=state,
        units=[_Unit(unit, rule.state_of(unit, letter.receipt_on, day)) for unit in units],
        may_act={unit.id for unit in units if words.may_act(unit)},
        shown=shown,
        faults=[parts.told(fault) for fault in shown.faults] if shown else [],
        form=form,
        over=lambda due_on, at: rule.workdays_over(known, due_on, at) if due_on else 0,
        day=day,
        words=words,
    )


class _Unit:
    """A unit of a letter with its state, its sendings and its answers."""

    def __init__(self, row: models.LetterUnit, state: str) -> None:
        self.row, self.state = row, state
        self.sendings = (
            db.session.query(models.LetterSending)
            .filter_by(letter_unit_id=row.id)
            .order_by(models.LetterSending.id)
            .all()
        )
        self.answers = answers.of(db.session(), row)


@pages.get("/letters/<int:letter_id>.docx")
@parts.enter(*parts.BUSINESS)
def file(letter_id: int) -> Response:
    """The letter as it was issued, checked against its hash; a draft as it would be, without a number."""
    letter = words.found(letter_id)
    if letter.sha256 is None:
        shown = letters.preview(db.session(), letter, parts.person(), parts.today())
        content = io.BytesIO(writing.letter_docx(shown.paper, parts.now()))
        name = _("%(title)s（草稿）.docx", title=shown.paper.title)
    else:
        try:
            with files.open_checked(parts.config().data_dir, letter.sha256) as kept:
                content = io.BytesIO(kept.read())
        except files.Broken:
            parts.record_read("letter.broken", "letter", letter.id, ok=False, sha256=letter.sha256)
            flash(_("这份函件的文件已丢失或被改动，请联系系统管理员从备份中恢复。正文文字仍可查看。"), "error")
            return redirect(url_for("letters.show", letter_id=letter_id))
        name = f"{letter.number_text} {letter.title}.docx"
    parts.record_read("letter.download", "letter", letter.id, sha256=letter.sha256 or "")
    return send_file(content, mimetype=DOCX, as_attachment=True, download_name=files.clean_name(name))
