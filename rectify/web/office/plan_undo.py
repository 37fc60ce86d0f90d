"""An import taken back: what would go, what stands in the way, and the one question before it happens."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from rectify import ledger
from rectify.models import db
from rectify.web import board, parts
from rectify.web.office import fields, pages
from rectify.web.office.plans import in_view


@pages.route("/plans/<int:plan_id>/undo", methods=["GET", "POST"])
@parts.enter("office")
def plan_undo(plan_id: int) -> str | Response:
    """An imported plan goes back to waiting; the ledger is as it was before it."""
    held = in_view(plan_id)
    if held.imported_at is None:
        return redirect(url_for("office.plan", plan_id=plan_id))
    form = parts.Form()
    name = held.name

    def act() -> None:
        ledger.undo_import(db.session(), held, by=parts.person(), day=parts.today(), at=parts.now())

    if form.validate_on_submit() and fields.attempt(form, act):
        flash(_("已撤销《%(name)s》的导入，台账恢复到导入以前；文件仍在这里，可以更正后再次导入。", name=name))
        return redirect(url_for("office.plan", plan_id=plan_id))
    held = in_view(plan_id)
    return render_template(
        "office/plan_undo.html",
        plan=held,
        form=form,
        back=url_for("office.inspection", inspection_id=held.inspection_id),
        counted=board.counting_words(filter(None, [held.inspection])),
        outlook=ledger.outlook(db.session(), held),
        hindrances=ledger.hindrances(db.session(), held),
    )
