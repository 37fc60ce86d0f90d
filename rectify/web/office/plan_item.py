"""One issue or measure of a plan before its import, put right or taken out."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from rectify import ledger
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft
from rectify.web import parts
from rectify.web.office import fields, pages
from rectify.web.office.plan import ISSUES_A_PAGE
from rectify.web.office.plans import waiting


class ItemForm(fields.VersionForm):
    """One item of a draft put right."""

    number = StringField(_l("编号"), validators=[Length(max=40)])
    text = TextAreaField(_l("内容"), validators=[InputRequired(_l("请填写内容。")), fields.LONG], render_kw={"rows": 5})
    goal = TextAreaField(_l("整改目标"), validators=[fields.LONG], render_kw={"rows": 3})
    deadline = StringField(_l("整改时限"), validators=[Length(max=300)])


@pages.route("/plans/<int:plan_id>/issues/<int:issue>", methods=["GET", "POST"])
@pages.route("/plans/<int:plan_id>/issues/<int:issue>/measures/<int:measure>", methods=["GET", "POST"])
@parts.enter("office")
def plan_item(plan_id: int, issue: int, measure: int | None = None) -> tuple[str, int] | Response:
    """One issue or measure of a draft: its number, text and time limit put right, or the whole taken out."""
    held = waiting(plan_id)
    draft = PlanDraft.from_json(held.draft)
    if issue >= len(draft.issues) or (measure is not None and measure >= len(draft.issues[issue].measures)):
        parts.found(None)
    item: IssueDraft | MeasureDraft = draft.issues[issue]
    if measure is not None:
        item = draft.issues[issue].measures[measure]
    form = ItemForm()
    if request.method == "GET":
        form.version.data = str(held.version)
        form.number.data, form.text.data = item.number, item.text
        form.goal.data = item.goal if isinstance(item, IssueDraft) else ""
        form.deadline.data = item.deadline.raw if item.deadline is not None else ""
    drop = request.form.get("action") == "drop"
    back = url_for("office.plan", plan_id=plan_id, page=issue // ISSUES_A_PAGE + 1, _anchor=f"issue-{issue}")
    standing = {"number": item.number, "text": item.text, "deadline": item.deadline.raw if item.deadline else ""}
    if request.method == "POST" and (drop or form.validate()) and form.is_current(held, standing):

        def act() -> None:
            if drop:
                ledger.drop_from_draft(draft, issue, measure)
            else:
                ledger.amend_draft(
                    draft,
                    issue,
                    measure,
                    number=form.number.data or "",
                    text=form.text.data or "",
                    goal=form.goal.data or "",
                    deadline=form.deadline.data or "",
                )
            held.draft = draft.as_json()

        if fields.attempt(form, act):
            flash(_("已从待导入的内容中删去。") if drop else _("已修改。"))
            return redirect(back)
        held = waiting(plan_id)
    page = render_template(
        "office/plan_item.html", form=form, plan=held, draft=draft, item=item, issue=issue, measure=measure, back=back
    )
    return page, form.status
