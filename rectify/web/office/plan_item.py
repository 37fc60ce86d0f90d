"""One issue or measure of a plan before its import: its fields put right, its text divided, or the whole taken out.

What a button of the preview does without a form of its own is `plan_acts'`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from rectify import ledger, models
from rectify.ledger import editing, history
from rectify.ledger.editing import Place
from rectify.reading.draft import IssueDraft, PlanDraft
from rectify.rules import plan_form
from rectify.web import parts
from rectify.web.office import fields, pages, plan_acts, plan_contents
from rectify.web.office.plans import waiting
from rectify.web.units import words


class ItemForm(fields.VersionForm):
    """One item of a draft put right. `version` is the item's own: answers saved meanwhile do not touch it."""

    number = StringField(_l("编号"), validators=[Length(max=40)])
    text = TextAreaField(_l("内容"), validators=[InputRequired(_l("请填写内容。")), fields.LONG], render_kw={"rows": 4})
    deadline = StringField(_l("整改时限"), validators=[Length(max=300)])
    units = StringField(_l("单位"), validators=[Length(max=2000)])
    milestones = fields.StonesField(_l("阶段性目标"), validators=[fields.LONG], render_kw={"rows": 2})
    state = SelectField(
        _l("填报状态"), choices=words.choices({"": _l("（未填报）")} | fields.STATES), validators=[Optional()]
    )
    completed_on = DateField(_l("完成日期"), validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in self:  # it is also put into the preview's page, which has ids of its own
            one.id = one.label.field_id = f"field-{one.short_name}"


class IssueItemForm(ItemForm):
    """An issue has more to it."""

    upper_number = StringField(_l("上级编号"), validators=[Length(max=40)])
    category = StringField(_l("类别"), validators=[Length(max=300)])
    goal = TextAreaField(_l("整改目标"), validators=[fields.LONG], render_kw={"rows": 2})


@dataclass(frozen=True)
class Stamp:
    """The version of an item: any change of it gives another."""

    version: int


@pages.route("/plans/<int:plan_id>/issues/<int:issue>", methods=["GET", "POST"])
@pages.route("/plans/<int:plan_id>/issues/<int:issue>/measures/<int:measure>", methods=["GET", "POST"])
@parts.enter("office")
def plan_item(plan_id: int, issue: int, measure: int | None = None) -> tuple[str, int] | Response:
    """One issue or measure of a draft: its fields put right, divided at blank lines of its text, or taken out."""
    held = waiting(plan_id)
    draft = PlanDraft.from_json(held.draft)
    place = (issue, measure)
    item = editing.item_at(draft, place)
    if item is None:
        abort(404)
    kind = IssueItemForm if isinstance(item, IssueDraft) else ItemForm
    form = kind(data=_shown(item)) if request.method == "GET" else kind()
    if not form.version.data:
        form.version.data = str(_stamp(item).version)
    act = request.form.get("action", "")
    if request.method == "POST" and (act == "drop" or form.validate()) and form.is_current(_stamp(item), _shown(item)):
        done = _save(held, draft, form, place, act)
        if done is not None:
            return done
        held = waiting(plan_id)
    page = render_template(
        "office/plan_item.html",
        form=form,
        plan=held,
        draft=draft,
        item=item,
        issue=issue,
        measure=measure,
        name=plan_acts.item_name(
            draft.issues[issue].number or str(issue + 1), None if measure is None else measure + 1
        ),
        back=_back(held, place),
        lines=plan_contents.lines_of(draft, place),
        is_ledger=ledger.states_progress(draft),
    )
    return page, form.status


def _save(held: models.PlanFile, draft: PlanDraft, form: ItemForm, place: Place, act: str) -> Response | None:
    """Keep what was typed and divide or drop where that was asked; None where it is refused, the form says why."""
    name = {"drop": "drop", "split": "split", "measures": "split"}.get(act, "amend")
    what = plan_acts.what_of(draft, name, place)

    def change() -> None:
        if act == "drop":
            editing.drop(draft, place)
            return
        editing.amend(draft, place, _typed(form))
        if name == "split":
            editing.split(draft, place, into_measures=act == "measures")

    def keep() -> None:
        history.change(held, draft, what, change, as_of=plan_acts.as_of(held, draft))

    if not fields.attempt(form, keep):
        return None
    flash(_("%(what)s。如不合适，可以撤销。", what=plan_acts.told(what)))
    return redirect(_back(held, plan_acts.near(draft, place)))


def _back(held: models.PlanFile, place: Place | None) -> str:
    at = plan_acts.anchor(place)
    return url_for("office.plan", plan_id=held.id, page=plan_contents.page_of(place or (0, None)), at=at, _anchor=at)


def _stamp(item: editing.Item) -> Stamp:
    kept = asdict(item)
    kept.pop("measures", None)
    said = json.dumps(kept, ensure_ascii=False, sort_keys=True, default=str)
    return Stamp(int(hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:8], 16) % 10**9)


def _shown(item: editing.Item) -> dict[str, Any]:
    """An item as the fields of its form show it."""
    shown = asdict(editing.fields_of(item))
    stones = ((stone.date, plan_form.stone_words(stone.text, stone.target_state)) for stone in item.milestones)
    return shown | {"milestones": fields.typed_lines(stones)}


def _typed(form: ItemForm) -> editing.Fields:
    values: dict[str, Any] = {
        one.name: one.data or "" for one in form if one.name in editing.Fields.__dataclass_fields__
    }
    values["completed_on"] = form.completed_on.data
    values["milestones"] = form.milestones.stones()
    return editing.Fields(**values)
