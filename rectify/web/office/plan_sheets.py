"""Which sheets of a workbook make up its plan: chosen, and the kept file read once more, apart and under limits.

What a sheet means is `reading`'s; the way back from a reading is `ledger.history`'s.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectMultipleField

from rectify import files, models, reading
from rectify.ledger import history
from rectify.models import db
from rectify.reading.draft import PlanDraft, SheetDraft
from rectify.web import parts
from rectify.web.office import fields, pages, plan_acts
from rectify.web.office.plans import waiting


class SheetsForm(fields.VersionForm):
    """The sheets by their places, and whether changes by hand may be left behind."""

    sheets = SelectMultipleField(coerce=int)
    sure = BooleanField()


@pages.route("/plans/<int:plan_id>/sheets", methods=["GET", "POST"])
@parts.enter("office")
def plan_sheets(plan_id: int) -> tuple[str, int] | Response:
    """The sheets of a plan's workbook, with a box for each; reading again asks first where changes by hand would go."""
    held = waiting(plan_id)
    draft = PlanDraft.from_json(held.draft)
    if len(draft.sheets) < 2:
        return redirect(url_for("office.plan", plan_id=plan_id))
    present = [n for n, sheet in enumerate(draft.sheets) if sheet.chosen and sheet.rows]
    form = SheetsForm(sheets=present)
    form.sheets.label.text = _("工作表")
    form.sheets.choices = [(n, sheet.name) for n, sheet in enumerate(draft.sheets)]
    form.version.data = form.version.data or str(held.version)
    asked = False
    if form.validate_on_submit() and form.is_current(held, {}):
        chosen = form.sheets.data or []
        if not chosen:
            fields.fault(form.sheets, _("请至少选择一个工作表。"))
        elif sorted(chosen) == present:
            flash(_("选择没有变化，没有重新读取。"))
            return redirect(url_for("office.plan", plan_id=plan_id))
        elif history.changes(held) and not form.sure.data:
            asked = True
        elif done := _read_again(held, [draft.sheets[n].name for n in chosen], form):
            return done
        held = waiting(plan_id)
    page = render_template(
        "office/plan_sheets.html",
        plan=held,
        draft=draft,
        form=form,
        chosen=form.sheets.data or [],
        changes=history.changes(held),
        asked=asked,
        sheet_said=sheet_said,
    )
    return page, form.status


def _read_again(held: models.PlanFile, chosen: Sequence[str], form: SheetsForm) -> Response | None:
    """Read the chosen sheets, outside any transaction, and keep the draft; None where it cannot be, the form says why."""
    plan_id, name, sha256 = held.id, held.name, held.sha256
    db.session.rollback()
    try:
        with files.open_checked(parts.config().data_dir, sha256, files.PLANS) as kept:
            again = reading.read_apart(kept.read(), name, chosen)
    except files.Broken:
        form.form_errors.append(_("服务器上已没有原文件，不能重新读取。请放弃这份方案，再上传一次。"))
        return None
    except reading.Unreadable as unreadable:
        fields.fault(form.sheets, parts.told(unreadable))
        return None
    held = waiting(plan_id)
    if not form.is_current(held, {}):
        return None
    draft = PlanDraft.from_json(held.draft)

    def act() -> None:
        as_of = plan_acts.as_of(held, draft)
        plan_acts.follow_cut_off(held, draft, again)
        history.read_again(db.session(), held, draft, again, by=parts.person(), at=parts.now(), as_of=as_of)

    if not fields.attempt(form, act):
        return None
    flash(_("已按所选工作表重新读取：%(count)s项问题。如不合适，可以撤销。", count=len(again.issues)))
    return redirect(url_for("office.plan", plan_id=plan_id))


def sheet_said(sheet: SheetDraft) -> str:
    """What became of a sheet."""
    if not sheet.rows:
        return _("没有内容")
    if not sheet.chosen:
        return _("没有选，没有读取")
    return _("已读取") if sheet.read else _("没有读取")
