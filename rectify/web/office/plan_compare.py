"""A newer version of a plan, or a ledger of progress, beside the inspection it goes into: what of it is to be done.

What it finds and what is done of it are `ledger`'s. The choices are kept with the file until they are applied.
"""

from __future__ import annotations

import datetime as dt
import difflib
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, HiddenField, RadioField, StringField
from wtforms.validators import Length, Optional

from rectify import ledger, models
from rectify.models import db
from rectify.reading.draft import PlanDraft
from rectify.web import board, parts
from rectify.web.office import fields, pages, plan_rejected
from rectify.web.office.plan_target import TAKEN_FOR, comparison_of
from rectify.web.office.plans import in_view
from rectify.web.units import words

ENTRIES_A_PAGE = 100
LONGEST_DIFFERENCE = 1500
"""Characters of two texts within which differing words are marked; longer ones stand beside each other as they are."""

KINDS = ("changed", "report", "added", "gone")
FIELDS = {
    "number": _l("编号"),
    "text": _l("内容"),
    "goal": _l("整改目标"),
    "category": _l("类别"),
    "upper_number": _l("上级编号"),
    "source": _l("来源"),
    "deadline": _l("整改时限"),
    "milestones": _l("阶段性目标"),
    "target": _l("量化目标"),
    "state": _l("目前状态"),
    "progress": _l("进展情况"),
}
NOTES = {
    "finished": _l("已完成，整改时限不再变动。"),
    "immediate": _l("现有截止日期不能改为立行立改，时限不变。"),
    "open": _l("含待确认的内容，导入后标明“待确认”。"),
    "reported_since": _l("截止日之后单位已有填报，这一条只作历史记录。"),
    "completed": _l("称已完成：记为填报，仍须申报、认定。"),
    "signed_off": _l("称已销号：记为填报，仍须申报、认定和验收销号。"),
    "basically_completed": _l("称基本完成：记为填报，仍须申报、认定。"),
    "on_schedule": _l("称达到序时进度：记入填报文字，是否达到由系统按阶段目标判断，可另行确认。"),
    "behind": _l("称未达到序时进度：记入填报文字，是否达到由系统按阶段目标判断，可另行确认。"),
}


FILE_KINDS = {"version": _l("整改方案新版"), "ledger": _l("进度台账")}


class CompareForm(parts.Form):
    """What is done of a comparison, beside the boxes of its entries. `seen` is the comparison that the page showed."""

    seen = HiddenField()
    kind = RadioField(_l("这份文件是"), choices=words.choices(FILE_KINDS), validators=[Optional()])
    document = StringField(_l("依据（文号）"), validators=[Length(max=100)])
    approved_on = DateField(_l("批准日期"), validators=[Optional()])
    submit_done = BooleanField(_l("称已完成、已销号的，同时代责任单位申报完成（今天申报，仍须认定）"))
    leave_out = BooleanField(_l("其余先导入，不能导入的先留下"))


@pages.route("/plans/<int:plan_id>/compare", methods=["GET", "POST"])
@parts.enter("office")
def plan_compare(plan_id: int) -> tuple[str, int] | Response:
    """What a plan says beside the ledger, and what of it is to be done."""
    held = in_view(plan_id)
    if held.imported_at is not None:
        return redirect(url_for("office.inspection", inspection_id=held.inspection_id))
    draft = PlanDraft.from_json(held.draft)
    try:
        found = comparison_of(held, draft)
    except ledger.Refused as refused:
        flash(parts.told(refused), "error")
        found = None
    if found is None:
        return redirect(url_for("office.plan", plan_id=plan_id))
    kept: dict[str, Any] = held.answers.get("compare") or {}
    form = CompareForm(data=_typed_before(kept)) if request.method == "GET" else CompareForm()
    status = 200
    if request.method == "POST" and form.validate():
        is_other = TAKEN_FOR.get(form.kind.data, found.is_ledger) != found.is_ledger
        kept = _keep(held, form, kept, anew=is_other)
        if is_other or request.form.get("action") != "apply":
            db.session.commit()
            return redirect(
                url_for("office.plan_compare", plan_id=plan_id, page=parts.number(request.form.get("next")))
            )
        if form.seen.data == found.digest:
            done = _apply(held, found, form, kept)
            if done is not None:
                return done
            held = in_view(plan_id)
            kept = _keep(held, form, kept)  # the refusal took the choices back with everything else
        else:
            form.form_errors.append(
                _("您打开本页后，台账或这份文件有了变动，下面是现在的比对结果。您的选择仍在，请核对后再次提交。")
            )
            status = 409
        db.session.commit()
    form.seen.data = found.digest
    form.kind.data = form.kind.data or ("ledger" if found.is_ledger else "version")
    return _page(held, draft, found, form, kept.get("chosen") or {}), status


def _typed_before(kept: dict[str, Any]) -> dict[str, Any]:
    day = kept.get("approved_on")
    return {"document": kept.get("document"), "approved_on": dt.date.fromisoformat(day) if day else None}


def _keep(held: models.PlanFile, form: CompareForm, kept: dict[str, Any], *, anew: bool = False) -> dict[str, Any]:
    """Remember what was ticked and typed on this page, beside what other pages of it were given. `anew`: the file is
    taken for something else, which has its own ticks."""
    taken = set(request.form.getlist("take"))
    chosen = {**(kept.get("chosen") or {}), **{key: key in taken for key in request.form.getlist("shown")}}
    day = form.approved_on.data
    kept = {
        "chosen": {} if anew else chosen,
        "document": form.document.data or "",
        "approved_on": day.isoformat() if day else None,
        "kind": form.kind.data or kept.get("kind", ""),
    }
    held.answers = {**held.answers, "compare": kept}
    return kept


def _apply(held: models.PlanFile, found: ledger.Comparison, form: CompareForm, kept: dict[str, Any]) -> Response | None:
    done: list[ledger.Applied] = []
    inspection_id = found.inspection.id
    chosen = {entry.key for entry in found.entries if kept["chosen"].get(entry.key, entry.by_default)}

    def act() -> None:
        done.append(
            ledger.apply_comparison(
                db.session(),
                found,
                chosen,
                ledger.Basis(form.document.data or "", form.approved_on.data),
                units=held.answers.get("units") or {},
                plan_file=held,
                leave_out=form.leave_out.data,
                submit=form.submit_done.data,
                by=parts.person(),
                day=parts.today(),
                at=parts.now(),
            )
        )

    if not fields.attempt(form, act):
        return None
    flash(_told(done[0], board.counting_words([found.inspection])))
    return redirect(url_for("office.inspection", inspection_id=inspection_id))


def _told(done: ledger.Applied, counted: dict[str, str]) -> str:
    said = _(
        "已按新版更新：新增%(issues)s%(issue_word)s问题、%(measures)s%(word)s措施，修改%(changed)s项，撤销%(withdrawn)s项，"
        "填报%(reported)s%(word)s。",
        issues=done.added_issues,
        measures=done.added_measures,
        changed=done.changed,
        withdrawn=done.withdrawn,
        reported=done.reported,
        issue_word=counted["issues"],
        word=counted["measures"],
    )
    if done.submitted:
        said += _("代申报完成%(count)s%(word)s，等待认定。", count=done.submitted, word=counted["measures"])
    if done.rejected:
        said += _("%(count)s项没有导入，可在“方案导入”中下载。", count=done.rejected)
    return str(said)


def _page(
    held: models.PlanFile,
    draft: PlanDraft,
    found: ledger.Comparison,
    form: CompareForm,
    chosen: dict[str, bool],
) -> str:
    entries = sorted(found.entries, key=lambda entry: KINDS.index(entry.kind))
    pages_count = max(1, -(-len(entries) // ENTRIES_A_PAGE))
    page = min(max(parts.number(request.args.get("page"), 1) or 1, 1), pages_count)
    shown = entries[(page - 1) * ENTRIES_A_PAGE : page * ENTRIES_A_PAGE]
    return render_template(
        "office/plan_compare.html",
        plan=held,
        found=found,
        form=form,
        groups=[(kind, [entry for entry in shown if entry.kind == kind]) for kind in KINDS],
        taken={entry.key: chosen.get(entry.key, entry.by_default) for entry in entries},
        page=page,
        pages_count=pages_count,
        elsewhere=len(entries) - len(shown),
        rejected=plan_rejected.told(held, draft, [*found.rejected, *ledger.unread(draft)]),
        claims_done=sum(entry.claim is not None and entry.claim.state in ledger.CLAIMS_DONE for entry in entries),
        words=fields,
        field_words=FIELDS,
        counted=board.counting_words([found.inspection]),
        notes=NOTES,
        marked=marked,
    )


def marked(old: str, new: str) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    """Two texts in pieces, (whether it differs, piece): what is only in the one, what is only in the other."""
    if len(old) + len(new) > 2 * LONGEST_DIFFERENCE or not old or not new:
        return [(bool(old and not new), old)], [(bool(new and not old), new)]
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    ours: list[tuple[bool, str]] = []
    theirs: list[tuple[bool, str]] = []
    a = b = 0
    for block in blocks:
        if 0 < block.size < 2 and block.a > a and block.b > b:
            continue  # one sign in common between two differing words is chance
        _put(ours, old[a : block.a], old[block.a : block.a + block.size])
        _put(theirs, new[b : block.b], new[block.b : block.b + block.size])
        a, b = block.a + block.size, block.b + block.size
    return ours, theirs


def _put(pieces: list[tuple[bool, str]], differing: str, common: str) -> None:
    pieces += [(differs, text) for differs, text in ((True, differing), (False, common)) if text]
