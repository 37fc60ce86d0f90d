"""One plan before its import: its source beside what was read, questions, unit names, the inspection it goes into.

Saved and left at any time; put right by the buttons of `plan_acts` and the form of `plan_item`; imported all or nothing,
which is `ledger`'s.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import DateField
from wtforms.validators import Optional

from rectify import access, ledger, models
from rectify.ledger import editing, history
from rectify.ledger.editing import Place
from rectify.models import db
from rectify.reading.draft import PlanDraft, Question
from rectify.web import board, parts
from rectify.web.office import fields, pages, plan_acts, plan_contents, plan_questions, plan_rejected, plan_units
from rectify.web.office.inspections import InspectionFields
from rectify.web.office.plan_questions import cut_off
from rectify.web.office.plan_sheets import sheet_said
from rectify.web.office.plan_target import known_to
from rectify.web.office.plans import in_view

QUESTIONS_A_PAGE = 60
"""With `plan_questions.SINGLES_A_PAGE` and `plan_units.UNITS_A_PAGE` below the number of fields that a form may have."""


class PlanForm(InspectionFields, fields.VersionForm):
    """The inspection that a plan goes into, and the cut-off day of a ledger."""

    as_of = DateField(_l("台账截止日"), validators=[Optional()])


@pages.route("/plans/<int:plan_id>", methods=["GET", "POST"])
@parts.enter("office")
def plan(plan_id: int) -> tuple[str, int] | Response:
    """One plan before its import: put right, saved to come back later, or imported."""
    held = in_view(plan_id)
    if held.imported_at is not None:
        return redirect(url_for("office.inspection", inspection_id=held.inspection_id))
    draft = PlanDraft.from_json(held.draft)
    act = plan_acts.wanted(request.form.get("edit"))
    # A script sends a button's act alone and keeps what is typed where it stands; a plain form sends all of it.
    typed = request.method == "POST" and not (act and "name" not in request.form)
    form = PlanForm() if typed else PlanForm(formdata=None, **_form_values(held))
    faults: dict[str, tuple[str, str]] = {}
    if request.method == "GET":
        form.version.data = str(held.version)
    elif act is not None:
        form.version.data = form.version.data if typed else request.form.get("version")
        done = _act(held, draft, form, faults, act, typed=typed)
        if done is not None:
            return done
    elif form.validate() and _is_current(held, draft, form, faults):
        done = _save(held, draft, form, faults)
        if done is not None:
            return done
    if request.method == "POST" and form.status == 200:
        held = in_view(plan_id)
        draft = PlanDraft.from_json(held.draft)
        form.version.data = str(held.version)
    return _preview(held, draft, form, faults), form.status


def _act(
    held: models.PlanFile,
    draft: PlanDraft,
    form: PlanForm,
    faults: dict[str, tuple[str, str]],
    act: plan_acts.Wanted,
    *,
    typed: bool,
) -> Response | None:
    """Keep what else was typed, then do what a button asked for; None where something is to be mended first."""
    if not _is_current(held, draft, form, faults):
        return None
    if typed:
        form.validate()
        _keep(held, draft, form, faults)
        db.session.commit()
    if act.name == "sheets":
        to = url_for("office.plan_sheets", plan_id=held.id)
    elif act.name == "open":
        parts.found(editing.item_at(draft, act.place))
        i, m = act.place
        to = url_for("office.plan_item", plan_id=held.id, issue=i, measure=m)
    else:
        outcome: list[tuple[str, Place | None]] = []
        if not fields.attempt(form, lambda: outcome.append(plan_acts.do(held, draft, act))):
            return None
        ((said, place),) = outcome
        flash(said)
        at = "unread" if act.name == "dismiss" else plan_acts.anchor(place)
        to = url_for("office.plan", plan_id=held.id, page=plan_contents.page_of(place or (0, None)), at=at, _anchor=at)
    return None if faults or form.errors else redirect(to)


def _is_current(held: models.PlanFile, draft: PlanDraft, form: PlanForm, faults: dict[str, tuple[str, str]]) -> bool:
    """Whether nobody saved meanwhile; else what was typed comes back, answers and units too, beside what stands now."""
    if form.is_current(held, _form_values(held)):
        return True
    answers = held.answers.get("questions") or {}
    for question, answer in plan_questions.typed_answers(draft, cut_off(draft, form.as_of.data), answers):
        stands = answers.get(question.id, "")
        if answer and answer != stands:
            faults[question.id] = (answer, _("现在保存的是：%(value)s", value=stands or _("（空）")))
    taken = {row.key: row.taken_for for row in plan_units.named(held, draft, {})}
    for key, stands in taken.items():
        typed = parts.clean(request.form.get(key, stands))[: plan_units.LONGEST_TYPED]
        if typed != stands:
            faults[key] = (typed, _("现在保存的是：%(value)s", value=stands or _("（空）")))
    return False


def _save(
    held: models.PlanFile, draft: PlanDraft, form: PlanForm, faults: dict[str, tuple[str, str]]
) -> Response | None:
    """Keep what was typed and answered; import where that was asked. None where something is to be mended first."""
    _keep(held, draft, form, faults)
    db.session.commit()
    if faults:
        return None
    if request.form.get("action") != "import":
        if to := plan_units.asked_page(held):
            return redirect(to)
        flash(_("已保存，可以稍后继续。"))
        page = parts.number(request.form.get("next"), parts.number(request.args.get("page")))
        return redirect(url_for("office.plan", plan_id=held.id, page=page))
    return _import(held, draft, form, _filled(form))


def _keep(held: models.PlanFile, draft: PlanDraft, form: PlanForm, faults: dict[str, tuple[str, str]]) -> None:
    """Put into the plan what was typed, as far as it can be used; the rest are faults."""
    filled = _filled(form)
    as_of = cut_off(draft, form.as_of.data)
    answers = dict(held.answers.get("questions") or {})
    for question, answer in plan_questions.typed_answers(draft, as_of, answers):
        if not answer:
            answers.pop(question.id, None)
            continue
        try:
            ledger.check_answer(db.session(), draft, question, answer, filled, as_of=as_of)
            answers[question.id] = answer
        except ledger.Refused as refused:
            faults[question.id] = (answer, parts.told(refused))
    units = plan_units.typed_units(held, draft, faults)
    held.form = dict(held.form) | {name: _plain(form[name].data) for name in FORM_FIELDS if not form[name].errors}
    held.answers = {**held.answers, "questions": answers, "units": units}
    if faults:
        # What was understood is kept; what was not comes back with its fault beside it.
        form.form_errors.append(_("有%(count)s处填写不能使用，请按提示修改；其余内容已保存。", count=len(faults)))


def _import(held: models.PlanFile, draft: PlanDraft, form: PlanForm, filled: ledger.InspectionForm) -> Response | None:
    known = {question.id for question in ledger.questions(draft, as_of=cut_off(draft, form.as_of.data))}
    answers = {key: value for key, value in held.answers["questions"].items() if key in known}
    done: list[ledger.Imported] = []
    there = select(models.Inspection).where(models.Inspection.name == filled.name.strip())
    into = db.session.scalars(there).first()
    if into is not None and into.id not in {inspection_id for inspection_id, _name in parts.person().inspections}:
        form.form_errors.append(_("批次“%(name)s”不能加入，请换一个名称。", name=filled.name))
        return None
    if into is not None and ledger.first_match(db.session(), draft, into.id) is not None:
        return redirect(url_for("office.plan_compare", plan_id=held.id))

    def act() -> None:
        done.append(
            ledger.import_plan(
                db.session(),
                draft,
                filled,
                answers,
                held.answers["units"],
                by=parts.person(),
                day=parts.today(),
                at=parts.now(),
                as_of=form.as_of.data,
                plan_file=held,
                leave_out="leave_out" in request.form,
            )
        )

    if not fields.attempt(form, act):
        return None
    made = done[0]
    said = _(
        "已导入：%(issues)s%(issue_word)s问题、%(measures)s%(word)s措施。",
        issues=made.issues,
        measures=made.measures,
        **_counted_by(filled.name),
    )
    if made.questions:
        said += ngettext("还有%(num)s处待确认。", "还有%(num)s处待确认。", len(made.questions))
    flash(said)
    return redirect(url_for("office.inspection", inspection_id=made.inspection_id))


def _counted_by(name: str) -> dict[str, str]:
    """The words by which the inspection of this name counts, the usual ones where there is none yet."""
    row = models.Inspection
    seen = access.sees_inspections(parts.person(), parts.today())
    counted = board.counting_words(db.session.scalars(select(row).where(row.name == name.strip(), seen)))
    return {"issue_word": counted["issues"], "word": counted["measures"]}


FORM_FIELDS = (
    "name",
    "level",
    "field",
    "kind",
    "team",
    "plan_name",
    "feedback_on",
    "issued_on",
    "basically_counts_as_done",
    "as_of",
)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _form_values(held: models.PlanFile) -> dict[str, Any]:
    values = dict(held.form)
    for name in ("feedback_on", "issued_on", "as_of"):
        values[name] = dt.date.fromisoformat(values[name]) if values.get(name) else None
    return values


def _filled(form: PlanForm) -> ledger.InspectionForm:
    values = {name: form[name].data for name in FORM_FIELDS if name != "as_of"}
    return ledger.InspectionForm(**values | {"team": form.team.data or "", "plan_name": form.plan_name.data or ""})


def _preview(held: models.PlanFile, draft: PlanDraft, form: PlanForm, faults: dict[str, tuple[str, str]]) -> str:
    page = max(parts.number(request.args.get("page"), 1) or 1, 1)
    pages_count = plan_contents.page_of((max(len(draft.issues) - 1, 0), None))
    page = min(page, pages_count)
    as_of = cut_off(draft, form.as_of.data)
    answers = held.answers.get("questions") or {}
    groups = plan_questions.shown_groups(draft, as_of, answers, faults)
    asked: dict[int, set[int | None]] = {}
    for group in groups:
        for question in group.questions:
            if question.issue is not None and question.id not in answers:
                asked.setdefault(question.issue, set()).add(question.measure)
    answered = sum(group.answered for group in groups)
    undo, redo = history.last(held), history.last(held, undone=True)
    return render_template(
        "office/plan.html",
        plan=held,
        draft=draft,
        form=form,
        pieces=plan_contents.pieces(draft, page, asked),
        page=page,
        pages_count=pages_count,
        groups=groups[:QUESTIONS_A_PAGE],
        more_groups=max(0, len(groups) - QUESTIONS_A_PAGE),
        answered_count=answered,
        open_count=sum(len(group.questions) for group in groups) - answered,
        counted=_counted_by(form.name.data or ""),
        found_issues=len(draft.issues),
        found_measures=sum(len(issue.measures) for issue in draft.issues),
        unit_groups=plan_units.groups(plan_units.named(held, draft, faults)),
        known_units=fields.all_units(),
        known_inspections=[name for _id, name in parts.person().inspections],
        is_ledger=ledger.states_progress(draft),
        is_known=known_to(held, draft) is not None,
        rejected=plan_rejected.told(held, draft, ledger.faulty(draft)[0]),
        words=fields,
        undo=plan_acts.told(undo) if undo else "",
        redo=plan_acts.told(redo) if redo else "",
        unread=plan_contents.unread(draft),
        page_of=plan_contents.page_of,
        anchor=plan_acts.anchor,
        item_name=plan_acts.item_name,
        source_page=plan_contents.source_page,
        question_lines=plan_contents.question_lines(draft, _shown_alone(groups[:QUESTIONS_A_PAGE])),
        by_role=plan_contents.by_role,
        sheet_said=sheet_said,
    )


def _shown_alone(groups: Iterable[plan_questions.Group]) -> Iterator[Question]:
    """The questions that have a field of their own on the page."""
    for group in groups:
        yield from group.questions if len(group.questions) == 1 else (question for question, _answer in group.singles)
