"""A submission: its words and proof beside the goal; accept it, or return it with a reason; the next one opens."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import Length

from rectify import access, files, models, progress
from rectify.models import db
from rectify.web import parts
from rectify.web.supervision import pages, queue
from rectify.web.units import show, words

LATELY = 6
"""So many of the last events stand beside a decision; all of them are on the measure's page."""


class DecisionForm(parts.Form):
    """Accept or return; the reason is asked for by the act that needs one."""

    reason = TextAreaField(
        _l("认定意见或退回原因"),
        validators=[Length(max=progress.LONGEST_TEXT, message=_l("不能超过5000字，请精简。"))],
        render_kw={"rows": 4},
    )


@pages.route("/queue/<int:submission_id>", endpoint="show")
@parts.enter("supervisor", "office")
def show_submission(submission_id: int) -> str:
    """The submission, its evidence large, the goal beside it."""
    submission, head = _visible(submission_id)
    return _page(submission, head, DecisionForm())


@pages.route("/queue/<int:submission_id>/accept", methods=["POST"])
@parts.enter("supervisor", "office")
def accept(submission_id: int) -> str | Response:
    """Accept it; the next one opens by itself."""

    def act(submission: models.Submission, number: str, unit_id: int | None, reason: str) -> str:
        progress.accept(
            db.session(),
            submission,
            by=parts.person(),
            unit_id=unit_id,
            day=parts.today(),
            at=parts.now(),
            reason=reason,
        )
        return _("措施%(number)s已认定为%(claim)s。", number=number, claim=words.CLAIMS[submission.claim])

    return _decide(submission_id, act)


@pages.route("/queue/<int:submission_id>/return", methods=["POST"])
@parts.enter("supervisor", "office")
def return_(submission_id: int) -> str | Response:
    """Return it with a reason; the next one opens by itself."""

    def act(submission: models.Submission, number: str, unit_id: int | None, reason: str) -> str:
        progress.return_(
            db.session(),
            submission,
            by=parts.person(),
            unit_id=unit_id,
            reason=reason,
            day=parts.today(),
            at=parts.now(),
        )
        return _("措施%(number)s的申报已退回。", number=number)

    return _decide(submission_id, act)


Decision = Callable[[models.Submission, str, int | None, str], str]


def _decide(submission_id: int, act: Decision) -> str | Response:
    submission, head = _visible(submission_id)
    form = DecisionForm()
    if form.validate():
        unit = access.may_decide(db.session(), parts.person(), submission, parts.today())
        try:
            done = act(submission, head.number, unit.id if unit is not None else None, form.reason.data or "")
            db.session.commit()
            flash(done)
            return redirect(_next())
        except progress.Refused as refused:
            db.session.rollback()
            form.form_errors.append(parts.told(refused))
            submission, head = _visible(submission_id)
    return _page(submission, head, form)


def _next() -> str:
    """The submission that waits longest, or the empty queue."""
    rows = queue.waiting(db.session(), parts.person(), parts.today(), limit=1)
    return url_for("supervision.show", submission_id=rows[0].id) if rows else url_for("supervision.index")


def _visible(submission_id: int) -> tuple[models.Submission, show.Head]:
    """The submission of a measure this person sees; foreign and missing look the same."""
    found = db.session.get(models.Submission, submission_id) if 0 < submission_id < 2**31 else None
    submission = parts.found(found)
    return submission, parts.found(show.head(db.session(), parts.person(), submission.measure_id, parts.today()))


def _page(submission: models.Submission, head: show.Head, form: DecisionForm) -> str:
    person, day = parts.person(), parts.today()
    unit = access.may_decide(db.session(), person, submission, day) if submission.state == "open" else None
    told = show.story(db.session(), head)
    present, earlier = told.of_rounds  # a submission that was also its round's report stands beside already
    return render_template(
        "supervision/show.html",
        submission=submission,
        head=head,
        form=form,
        unit=unit,
        proof=[item for item in told.proof if item.owner == ("submission", submission.id)],
        earlier_proof=[item for item in told.proof if item.owner != ("submission", submission.id)],
        stages=told.stages,
        reports=(None if present is not None and present.kind == "submission" else present, earlier),
        voices=show.voices(head, told.events),
        events=told.events[:LATELY],
        shown=files.SHOWN,
        words=words,
        day=day,
    )
