"""One plan before its import: its source beside what was read, questions, unit names, the inspection it goes into.

Saved and left at any time; imported all or nothing, which is `ledger`'s.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import DateField
from wtforms.validators import Optional

from rectify import ledger, models
from rectify.models import db
from rectify.reading.draft import IssueDraft, PlanDraft
from rectify.web import parts
from rectify.web.office import fields, pages, plan_questions, plan_rejected, plan_units
from rectify.web.office.inspections import InspectionFields
from rectify.web.office.plan_questions import cut_off
from rectify.web.office.plans import in_view

ISSUES_A_PAGE = 20
QUESTIONS_A_PAGE = 60
"""With `plan_questions.SINGLES_A_PAGE` and `plan_units.UNITS_A_PAGE` below the number of fields that a form may have."""
LINES_AN_ISSUE = 80


class PlanForm(InspectionFields, fields.VersionForm):
    """The inspection that a plan goes into, and the cut-off day of a ledger."""

    as_of = DateField(_l("台账截止日"), validators=[Optional()])


@dataclass
class Piece:
    """An issue of the draft beside the lines that it was read from."""

    position: int
    issue: IssueDraft
    lines: list[tuple[int, str]]
    asked: set[int | None]

    @property
    def spans(self) -> list[tuple[int, int] | None]:
        """For each measure its first and last line among those shown, None where it has no line there."""
        last = self.lines[-1][0] if self.lines else 0
        starts = [measure.line for measure in self.issue.measures]
        ahead = [
            min((n for n in starts[i + 1 :] if n is not None and start and n > start), default=last + 1)
            for i, start in enumerate(starts)
        ]
        return [
            (start, max(start, end - 1)) if start is not None and self.lines and start <= last else None
            for start, end in zip(starts, ahead, strict=True)
        ]


@pages.route("/plans/<int:plan_id>", methods=["GET", "POST"])
@parts.enter("office")
def plan(plan_id: int) -> tuple[str, int] | Response:
    """One plan before its import: save and come back later, or import."""
    held = in_view(plan_id)
    if held.imported_at is not None:
        return redirect(url_for("office.inspection", inspection_id=held.inspection_id))
    draft = PlanDraft.from_json(held.draft)
    form = PlanForm(**_form_values(held)) if request.method == "GET" else PlanForm()
    faults: dict[str, tuple[str, str]] = {}
    if request.method == "GET":
        form.version.data = str(held.version)
    elif form.validate() and _is_current(held, draft, form, faults):
        done = _save(held, draft, form, faults)
        if done is not None:
            return done
        held = in_view(plan_id)
        form.version.data = str(held.version)
    return _preview(held, draft, form, faults), form.status


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
    held.form = {name: _plain(form[name].data) for name in FORM_FIELDS}
    held.answers = {**held.answers, "questions": answers, "units": units}
    if faults:
        # What was understood is kept; what was not comes back with its fault beside it.
        form.form_errors.append(_("有%(count)s处填写不能使用，请按提示修改；其余内容已保存。", count=len(faults)))
        db.session.commit()
        return None
    if request.form.get("action") != "import":
        db.session.commit()
        if to := plan_units.asked_page(held):
            return redirect(to)
        flash(_("已保存，可以稍后继续。"))
        page = parts.number(request.form.get("next"), parts.number(request.args.get("page")))
        return redirect(url_for("office.plan", plan_id=held.id, page=page))
    db.session.commit()
    return _import(held, draft, form, filled)


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
    flash(
        _(
            "已导入：%(issues)s项问题、%(measures)s条措施；还有%(questions)s处待确认。",
            issues=made.issues,
            measures=made.measures,
            questions=len(made.questions),
        )
    )
    return redirect(url_for("office.inspection", inspection_id=made.inspection_id))


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
    pages_count = max(1, -(-len(draft.issues) // ISSUES_A_PAGE))
    page = min(page, pages_count)
    as_of = cut_off(draft, form.as_of.data)
    groups = plan_questions.shown_groups(draft, as_of, held.answers.get("questions") or {}, faults)
    asked: dict[int, set[int | None]] = {}
    for group in groups:
        for question in group.questions:
            if question.issue is not None and question.id not in (held.answers.get("questions") or {}):
                asked.setdefault(question.issue, set()).add(question.measure)
    left = sum(len(group.questions) - group.answered for group in groups)
    return render_template(
        "office/plan.html",
        plan=held,
        draft=draft,
        form=form,
        pieces=_pieces(draft, page, asked),
        page=page,
        pages_count=pages_count,
        groups=groups[:QUESTIONS_A_PAGE],
        more_groups=max(0, len(groups) - QUESTIONS_A_PAGE),
        open_count=left,
        found_issues=len(draft.issues),
        found_measures=sum(len(issue.measures) for issue in draft.issues),
        unit_groups=plan_units.groups(plan_units.named(held, draft, faults)),
        known_units=fields.all_units(),
        known_inspections=[name for _id, name in parts.person().inspections],
        is_ledger=ledger.states_progress(draft),
        rejected=plan_rejected.told(held, draft, [*ledger.faulty(draft)[0], *ledger.unread(draft)]),
        words=fields,
    )


def _pieces(draft: PlanDraft, page: int, asked: dict[int, set[int | None]]) -> list[Piece]:
    """The issues of a page, each with the lines from its own to the next issue's."""
    starts = sorted({issue.line for issue in draft.issues if issue.line})
    first = (page - 1) * ISSUES_A_PAGE
    return [
        Piece(position, issue, _lines(draft.source_lines, starts, issue.line), asked.get(position, set()))
        for position, issue in enumerate(draft.issues[first : first + ISSUES_A_PAGE], first)
    ]


def _lines(source: Sequence[str], starts: list[int], line: int | None) -> list[tuple[int, str]]:
    if line is None:
        return []
    end = next((start for start in starts if start > line), len(source) + 1)
    end = min(end, line + LINES_AN_ISSUE)
    return [(n, source[n - 1]) for n in range(line, end) if n <= len(source) and source[n - 1].strip()]
