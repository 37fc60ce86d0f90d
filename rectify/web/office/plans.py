"""What is brought in: the plans that were uploaded, the field for another, and giving one up.

How a file is read is `reading`'s; a plan before its import is `plan`'s.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from sqlalchemy import select
from werkzeug.wrappers import Response

from rectify import access, files, ledger, models, reading
from rectify.models import db
from rectify.reading.draft import PlanDraft
from rectify.web import parts
from rectify.web.office import fields, pages, plan_acts
from rectify.web.units import words


class UploadForm(parts.OnceForm):
    """A file to read."""

    file = FileField(_l("方案或台账文件"), render_kw={"accept": ".docx,.doc,.wps,.xlsx,.xls,.txt,.csv,.tsv"})


@pages.route("/plans", methods=["GET", "POST"])
@parts.enter("office")
def plans() -> str | Response:
    """The plans that were uploaded, and the field for another."""
    form = UploadForm()
    if form.is_submitted():
        led = parts.made_before(form.once.data or "")
        if led:
            return redirect(led)
        if form.validate():
            to = _upload(form)
            if to is not None:
                return redirect(to)
    plan = models.PlanFile
    rows = db.session.execute(
        select(
            plan.id,
            plan.name,
            plan.uploaded_at,
            plan.imported_at,
            plan.as_of_on,
            models.User.full_name.label("by"),
            models.Inspection.name.label("inspection"),
            models.Inspection.id.label("inspection_id"),
        )
        .outerjoin(models.User, models.User.id == plan.uploaded_by)
        .outerjoin(models.Inspection, models.Inspection.id == plan.inspection_id)
        .where(plan.inspection_id.is_(None) | access.sees_inspections(parts.person(), parts.today()))
        .order_by(plan.imported_at.is_not(None), plan.id.desc())
        .limit(200)
    ).all()
    return render_template(
        "office/plans.html",
        form=form,
        waiting=[row for row in rows if row.imported_at is None],
        imported=[row for row in rows if row.imported_at is not None],
        left_out=_left_out([row.id for row in rows if row.imported_at is not None]),
        largest=words.size(reading.LARGEST_FILE),
        word_kinds=".docx、.doc、.wps" if reading.legacy.program() else ".docx",
    )


def _left_out(plan_ids: Sequence[int]) -> set[int]:
    """Which of these plans went in without some of their items or lines."""
    plan = models.PlanFile
    rows = db.session.execute(
        select(plan.id, plan.applied["rejected"], plan.draft["unread"]).where(plan.id.in_(plan_ids))
    )
    return {
        plan_id for plan_id, rejected, unread in rows if rejected or any(one["text"].strip() for one in unread or ())
    }


def _upload(form: UploadForm) -> str | None:
    """Read the file apart, outside any transaction, and keep its draft; None where it cannot be, the form says why."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        fields.fault(form.file, _("请选择一个文件。"))
        return None
    data = sent.stream.read(reading.LARGEST_FILE + 1)
    name = parts.clean(sent.filename)[-300:]
    person = parts.person()
    db.session.rollback()
    if len(data) > reading.LARGEST_FILE:
        largest = words.size(reading.LARGEST_FILE)
        fields.fault(form.file, _("文件超过%(largest)s，请删去图片或拆成几个文件后再上传。", largest=largest))
        return None
    seen = ledger.FileSeen.of(name, data)
    try:
        ledger.refuse_imported(db.session(), seen.sha256)
        db.session.rollback()
        draft = reading.read_apart(data, name)
        _keep_workbook(draft, data)
    except (ledger.Refused, files.NotAllowed, reading.Unreadable) as refused:
        db.session.rollback()
        fields.fault(form.file, parts.told(refused))
        return None
    made: list[models.PlanFile] = []

    def act() -> None:
        kept = ledger.keep_plan(
            db.session(), name=seen.name, sha256=seen.sha256, size=seen.size, draft=draft, by=person, at=parts.now()
        )
        kept.form = _first_guess(draft, name)
        db.session.flush()
        made.append(kept)
        parts.once(form.once.data or "", url_for("office.plan", plan_id=kept.id))

    if not fields.attempt(form, act):
        return None
    count = len(draft.issues)
    flash(_("文件已读取：%(count)s项问题。请核对后导入，没有导入前不影响台账。", count=count))
    return url_for("office.plan", plan_id=made[0].id)


def _keep_workbook(draft: PlanDraft, data: bytes) -> None:
    """Keep the file of a draft whose sheets can be chosen. Raises files.NotAllowed where there is no room for it."""
    if len(draft.sheets) > 1:
        files.store(parts.config().data_dir, io.BytesIO(data), files.PLANS)


def _forget_workbook(sha256: str) -> None:
    """Remove the kept file of a plan that was given up, unless it was uploaded once more."""
    if db.session.scalars(select(models.PlanFile.id).where(models.PlanFile.sha256 == sha256)).first() is None:
        files.forget(parts.config().data_dir, sha256, files.PLANS)


def _first_guess(draft: PlanDraft, name: str) -> dict[str, Any]:
    """The inspection's form as the document itself suggests it; the person sees and changes it."""
    title = (draft.title or name.rsplit(".", 1)[0]).strip()
    said = title + " " + "".join(draft.source_lines[:20])
    return {
        "name": title[:200],
        "plan_name": title[:300],
        "level": "central" if "中央" in said else "provincial" if "省" in said[:400] else "city",
        "field": "poverty" if "扶贫" in said or "脱贫" in said else "environment" if "环境" in said else "other",
        "kind": "xunshi" if "巡视" in said or "巡察" in said else "assessment" if "考核" in title else "inspection",
        "as_of": plan_acts.printed_cut_off(draft),
    }


def waiting(plan_id: int) -> models.PlanFile:
    held = in_view(plan_id)
    return parts.found(held if held.imported_at is None else None)


def in_view(plan_id: int) -> models.PlanFile:
    """The plan, or 404; one that went into an inspection is seen with that inspection."""
    query = select(models.PlanFile).where(models.PlanFile.id == min(plan_id, 2**31 - 1))
    held = parts.found(db.session.execute(query).scalar_one_or_none())
    if held.inspection_id is not None:
        parts.found(access.visible_inspection(db.session(), parts.person(), held.inspection_id, parts.today()))
    return held


@pages.post("/plans/<int:plan_id>/drop")
@parts.enter("office")
def drop_plan(plan_id: int) -> Response:
    """A plan that is not to be imported is given up; the ledger knew nothing of it."""
    held = waiting(plan_id)
    name, sha256 = held.name, held.sha256
    ledger.drop_plan(db.session(), held, by=parts.person(), at=parts.now())
    db.session.commit()
    _forget_workbook(sha256)
    flash(_("已放弃《%(name)s》，没有导入任何内容。", name=name))
    return redirect(url_for("office.plans"))
