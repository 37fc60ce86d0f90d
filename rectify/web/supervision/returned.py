"""A unit's report of a running round, returned for correction with a reason."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from rectify import access, models, progress
from rectify.models import db
from rectify.web import parts
from rectify.web.supervision import pages
from rectify.web.units import show, words


class ReturnForm(parts.Form):
    """Why it is returned."""

    reason = TextAreaField(
        _l("退回原因"),
        validators=[
            InputRequired(_l("请写明退回的原因，让填报单位知道要更正什么。")),
            Length(max=progress.LONGEST_TEXT, message=_l("不能超过5000字，请精简。")),
        ],
        render_kw={"rows": 4},
    )


@pages.route("/progress/<int:report_id>/return", methods=["GET", "POST"])
@parts.enter("supervisor", "office")
def return_report(report_id: int) -> str | Response:
    """The report beside the reason; returned, the unit finds it on top of its work."""
    form = ReturnForm()
    report, head, unit = _open(report_id)
    if form.validate_on_submit():
        try:
            progress.return_report(
                db.session(),
                report,
                by=parts.person(),
                unit_id=unit.id,
                reason=form.reason.data or "",
                day=parts.today(),
                at=parts.now(),
            )
            db.session.commit()
            flash(_("措施%(number)s的填报已退回，填报单位更正前视为未填报。", number=head.number))
            return redirect(url_for("units.show", measure_id=head.measure.id))
        except progress.Refused as refused:
            db.session.rollback()
            form.form_errors.append(parts.told(refused))
            report, head, unit = _open(report_id)
    told = show.story(db.session(), head)
    return render_template(
        "supervision/return_report.html",
        report=report,
        head=head,
        form=form,
        unit=unit,
        said=next(event for event in told.events if event.report is not None and event.id == report.id),
        earlier=told.of_rounds[1],
        words=words,
        day=parts.today(),
    )


def _open(report_id: int) -> tuple[models.ProgressReport, show.Head, models.Unit]:
    """The report of a measure this person sees and the unit in whose name he returns it; foreign and missing look the
    same, one that is not his to return is forbidden."""
    report = parts.found(db.session.get(models.ProgressReport, report_id) if 0 < report_id < 2**31 else None)
    head = parts.found(show.head(db.session(), parts.person(), report.measure_id, parts.today()))
    unit_id = access.may_return(db.session(), parts.person(), report, parts.today())
    if unit_id is None:
        abort(403)
    return report, head, db.session.get_one(models.Unit, unit_id)
