"""A plan comes in: uploaded, looked through beside its source, its questions answered, its units matched, imported.

How a file is read is `reading`'s, what an import makes of it is `ledger`'s.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from rectify import access, ledger, models, reading
from rectify.models import db
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft, Question
from rectify.web import parts
from rectify.web.office import fields, pages
from rectify.web.office.inspections import InspectionFields
from rectify.web.units import words

ISSUES_A_PAGE = 20
QUESTIONS_A_PAGE = 60
SINGLES_A_PAGE = 300
UNITS_A_PAGE = 600
"""Together they stay below the number of fields that a form may have."""
LINES_AN_ISSUE = 80
UNITS_FOR_HINTS = 600


class UploadForm(parts.OnceForm):
    """A file to read."""

    file = FileField(_l("方案或台账文件"), render_kw={"accept": ".docx,.doc,.wps,.xlsx,.xls,.txt,.csv,.tsv"})


class PlanForm(InspectionFields, fields.VersionForm):
    """The inspection that a plan goes into, and the cut-off day of a ledger."""

    as_of = DateField(_l("台账截止日"), validators=[Optional()])


class ItemForm(fields.VersionForm):
    """One item of a draft put right."""

    number = StringField(_l("编号"), validators=[Length(max=40)])
    text = TextAreaField(_l("内容"), validators=[InputRequired(_l("请填写内容。")), fields.LONG], render_kw={"rows": 5})
    goal = TextAreaField(_l("整改目标"), validators=[fields.LONG], render_kw={"rows": 3})
    deadline = StringField(_l("整改时限"), validators=[Length(max=300)])


# -- the list and the upload -----------------------------------------------------------------------------------------


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
        largest=words.size(reading.LARGEST_FILE),
        word_kinds=".docx、.doc、.wps" if reading.legacy.program() else ".docx",
    )


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
    except ledger.Refused as refused:
        db.session.rollback()
        fields.fault(form.file, parts.told(refused))
        return None
    except reading.Unreadable as unreadable:
        fields.fault(form.file, str(unreadable))
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
        "as_of": draft.as_of.isoformat() if draft.as_of and ledger.states_progress(draft) else None,
    }


# -- the preview -----------------------------------------------------------------------------------------------------


@dataclass
class Group:
    """Questions that one answer may settle: the same phrase, or the same lack. `key` names its fields in the form."""

    key: str
    topic: str
    ask: str
    questions: list[Question]
    raw: str = ""
    answer: str = ""
    typed: str = ""
    fault: str = ""
    choices: list[tuple[str, Any]] = field(default_factory=list)
    answered: int = 0
    singles: list[tuple[Question, str]] = field(default_factory=list)


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
    held = _plan(plan_id)
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
        held = _plan(plan_id)
        form.version.data = str(held.version)
    return _preview(held, draft, form, faults), form.status


def _is_current(held: models.PlanFile, draft: PlanDraft, form: PlanForm, faults: dict[str, tuple[str, str]]) -> bool:
    """Whether nobody saved meanwhile; else what was typed comes back, answers and units too, beside what stands now."""
    if form.is_current(held, _form_values(held)):
        return True
    answers = held.answers.get("questions") or {}
    for question, answer in _typed_answers(draft, _cut_off(draft, form.as_of.data), answers):
        stands = answers.get(question.id, "")
        if answer and answer != stands:
            faults[question.id] = (answer, _("现在保存的是：%(value)s", value=stands or _("（空）")))
    taken = {row.key: row.taken_for for row in _named(held, draft, {})}
    for key, stands in taken.items():
        typed = parts.clean(request.form.get(key, stands))[:200]
        if typed != stands:
            faults[key] = (typed, _("现在保存的是：%(value)s", value=stands or _("（空）")))
    return False


def _plan(plan_id: int) -> models.PlanFile:
    """The plan, or 404; one that went into an inspection is seen with that inspection."""
    query = select(models.PlanFile).where(models.PlanFile.id == min(plan_id, 2**31 - 1))
    held = parts.found(db.session.execute(query).scalar_one_or_none())
    if held.inspection_id is not None:
        parts.found(access.visible_inspection(db.session(), parts.person(), held.inspection_id, parts.today()))
    return held


def _save(
    held: models.PlanFile, draft: PlanDraft, form: PlanForm, faults: dict[str, tuple[str, str]]
) -> Response | None:
    """Keep what was typed and answered; import where that was asked. None where something is to be mended first."""
    filled = _filled(form)
    as_of = _cut_off(draft, form.as_of.data)
    answers = dict(held.answers.get("questions") or {})
    for question, answer in _typed_answers(draft, as_of, answers):
        if not answer:
            answers.pop(question.id, None)
            continue
        try:
            ledger.check_answer(db.session(), draft, question, answer, filled, as_of=as_of)
            answers[question.id] = answer
        except ledger.Refused as refused:
            faults[question.id] = (answer, parts.told(refused))
    units = _typed_units(held, draft, faults)
    held.form = {name: _plain(form[name].data) for name in FORM_FIELDS}
    held.answers = {"questions": answers, "units": units}
    if faults:
        # What was understood is kept; what was not comes back with its fault beside it.
        form.form_errors.append(_("有%(count)s处填写不能使用，请按提示修改；其余内容已保存。", count=len(faults)))
        db.session.commit()
        return None
    if request.form.get("action") != "import":
        db.session.commit()
        flash(_("已保存，可以稍后继续。"))
        page = parts.number(request.form.get("next"), parts.number(request.args.get("page")))
        return redirect(url_for("office.plan", plan_id=held.id, page=page))
    db.session.commit()
    return _import(held, draft, form, filled)


def _import(held: models.PlanFile, draft: PlanDraft, form: PlanForm, filled: ledger.InspectionForm) -> Response | None:
    known = {question.id for question in ledger.questions(draft, as_of=_cut_off(draft, form.as_of.data))}
    answers = {key: value for key, value in held.answers["questions"].items() if key in known}
    done: list[ledger.Imported] = []
    there = select(models.Inspection).where(models.Inspection.name == filled.name.strip())
    into = db.session.scalars(there).first()
    if into is not None and into.id not in {inspection_id for inspection_id, _name in parts.person().inspections}:
        form.form_errors.append(_("批次“%(name)s”不能加入，请换一个名称。", name=filled.name))
        return None

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


def _cut_off(draft: PlanDraft, as_of: dt.date | None) -> dt.date | None:
    """The day on which a ledger's claims count; None for a plan without any."""
    return (as_of or parts.today()) if ledger.states_progress(draft) else None


# -- questions -------------------------------------------------------------------------------------------------------


def _groups(draft: PlanDraft, as_of: dt.date | None) -> list[Group]:
    """The questions in the order of their weight: deadlines, states, what was read in doubt; milestones may stay open.

    Deadlines of the same phrase, or lacking altogether, make one group.
    """
    order = ("deadline", "state", "split", "number", "unit", "total", "other", "milestone")
    groups: dict[str, Group] = {}
    for question in ledger.questions(draft, as_of=as_of):
        shared = question.topic == "deadline"
        name = f"{question.topic}|{question.raw}" if shared else question.id
        key = "g-" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:10]
        ask = question.ask
        if key in groups:
            groups[key].questions.append(question)
            continue
        groups[key] = Group(key, question.topic, ask, [question], question.raw if shared else "")
    return sorted(groups.values(), key=lambda group: order.index(group.topic))


def _typed_answers(draft: PlanDraft, as_of: dt.date | None, answers: Mapping[str, str]) -> list[tuple[Question, str]]:
    """What was typed for the questions that the form showed. One's own answer goes before the one for its group; a
    question of a group that had no field of its own keeps its answer unless the group was given one."""
    typed = []
    for group in _groups(draft, as_of):
        if f"{group.key}-choice" not in request.form and f"{group.key}-text" not in request.form:
            continue
        common = _typed(group.key)
        for question in group.questions:
            own = _typed(question.id)
            alone = len(group.questions) == 1 or f"{question.id}-text" in request.form
            typed.append((question, own or common or ("" if alone else answers.get(question.id, ""))))
    return typed


def _typed(key: str) -> str:
    text = parts.clean(request.form.get(f"{key}-text", ""))[:300]
    return text or parts.clean(request.form.get(f"{key}-choice", ""))[:300]


def _choices(group: Group, draft: PlanDraft) -> list[tuple[str, Any]]:
    """The answers offered for a group; besides them a text where its topic takes one."""
    keep = ("确认", _("已核对，按现有内容处理"))
    if group.topic == "deadline":
        offered: list[tuple[str, Any]] = [
            ("长期坚持", _("长期坚持，没有截止日期")),
            ("立行立改", _("立行立改")),
        ]
        kinds = {_deadline_kind(draft, question) for question in group.questions}
        if "relative" in kinds:
            offered = [("自反馈之日", _("自反馈之日起算")), ("自印发之日", _("自印发之日起算")), *offered]
        if kinds <= {"date", "range", "immediate", "long_term"}:
            offered = [keep, *offered]
        return offered
    if group.topic == "state":
        return [keep, *((word, fields.STATES[state]) for word, state in ledger.STATE_WORDS.items())]
    if group.topic == "milestone" and group.questions[0].issue is not None:
        measures = draft.issues[group.questions[0].issue].measures
        return [
            ("问题", _("整个问题")),
            *((str(m + 1), f"{m + 1}. {measure.text[:40]}") for m, measure in enumerate(measures)),
        ]
    return [keep]


def _deadline_kind(draft: PlanDraft, question: Question) -> str:
    if question.issue is None:
        return "ask"
    issue = draft.issues[question.issue]
    item: IssueDraft | MeasureDraft = issue if question.measure is None else issue.measures[question.measure]
    return item.deadline.kind if item.deadline is not None else "none"


def _shown_groups(
    draft: PlanDraft, as_of: dt.date | None, answers: dict[str, str], faults: dict[str, tuple[str, str]]
) -> list[Group]:
    groups = _groups(draft, as_of)
    room = SINGLES_A_PAGE
    for group in groups:
        group.choices = _choices(group, draft)
        given = {answers.get(question.id, "") for question in group.questions}
        group.answered = sum(bool(answers.get(question.id)) for question in group.questions)
        wrong = next((faults[question.id] for question in group.questions if question.id in faults), None)
        common = wrong[0] if wrong else given.pop() if len(given) == 1 else ""
        offered = {value for value, _word in group.choices}
        group.answer, group.typed = (common, "") if common in offered else ("", common)
        group.fault = wrong[1] if wrong else ""
        if len(group.questions) > 1:
            shown = group.questions[: max(room, 0)]
            room -= len(shown)
            group.singles = [(q, "" if answers.get(q.id, "") == common else answers.get(q.id, "")) for q in shown]
    open_first = sorted(groups, key=lambda group: group.answered == len(group.questions) and not group.fault)
    return open_first


# -- units -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Named:
    """A printed unit name in the form: what it is taken for, how often it stands, what else it may mean."""

    key: str
    printed: str
    count: int
    by: str
    taken_for: str
    hint: str = ""
    fault: str = ""


def _unit_key(printed: str) -> str:
    return "u-" + hashlib.sha256(printed.encode("utf-8", "replace")).hexdigest()[:12]


def _typed_units(held: models.PlanFile, draft: PlanDraft, faults: dict[str, tuple[str, str]]) -> dict[str, int | None]:
    """Printed name → the unit chosen for it, None for a new one; unknown names are faults."""
    known = dict(db.session.execute(select(models.Unit.id, models.Unit.name)).tuples().all())
    units = dict(held.answers.get("units") or {})
    printed = [name for name in ledger.printed_units(draft) if _unit_key(name) in request.form]
    typed = {name: parts.clean(request.form[_unit_key(name)])[:200] for name in printed}
    matches = {match.printed: match for match in ledger.match_units(db.session(), set(typed.values()) - {""})}
    for name, choice in typed.items():
        units.pop(name, None)
        if not choice:
            continue
        match = matches[choice]
        if match.unit_id is None or match.unit_id not in known:
            sentence = _("没有名为“%(name)s”的单位；留空则新建“%(printed)s”。", name=choice, printed=name)
            faults[_unit_key(name)] = (choice, sentence)
        else:
            units[name] = match.unit_id
    return units


def _named(held: models.PlanFile, draft: PlanDraft, faults: dict[str, tuple[str, str]]) -> list[Named]:
    chosen: dict[str, int] = held.answers.get("units") or {}
    names = dict(db.session.execute(select(models.Unit.id, models.Unit.name)).tuples().all())
    counts: dict[str, int] = {}
    for issue in draft.issues:
        for unit in (*issue.units, *(unit for measure in issue.measures for unit in measure.units)):
            counts[unit.name.strip()] = counts.get(unit.name.strip(), 0) + 1
    known = list(names.values()) if len(names) <= UNITS_FOR_HINTS else []
    rows = []
    for match in ledger.match_units(db.session(), ledger.printed_units(draft)):
        key = _unit_key(match.printed)
        taken_for, by = match.unit_name, match.by
        if chosen.get(match.printed) in names:
            taken_for, by = names[chosen[match.printed]], match.by if taken_for == match.unit_name else "chosen"
            by = match.by if taken_for == match.unit_name else "chosen"
        hint = "" if taken_for else next(iter(difflib.get_close_matches(match.printed, known, 1, 0.6)), "")
        wrong = faults.get(key)
        rows.append(
            Named(
                key,
                match.printed,
                counts.get(match.printed, 0),
                by,
                wrong[0] if wrong else taken_for,
                hint,
                wrong[1] if wrong else "",
            )
        )
    return sorted(rows, key=lambda row: (not row.fault, row.by != "", row.printed))[:UNITS_A_PAGE]


# -- the page --------------------------------------------------------------------------------------------------------


def _preview(held: models.PlanFile, draft: PlanDraft, form: PlanForm, faults: dict[str, tuple[str, str]]) -> str:
    page = max(parts.number(request.args.get("page"), 1) or 1, 1)
    pages_count = max(1, -(-len(draft.issues) // ISSUES_A_PAGE))
    page = min(page, pages_count)
    as_of = _cut_off(draft, form.as_of.data)
    groups = _shown_groups(draft, as_of, held.answers.get("questions") or {}, faults)
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
        units=_named(held, draft, faults),
        known_units=fields.all_units(),
        known_inspections=[name for _id, name in parts.person().inspections],
        is_ledger=ledger.states_progress(draft),
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


# -- one item put right, one taken out, a plan given up ---------------------------------------------------------------


@pages.route("/plans/<int:plan_id>/issues/<int:issue>", methods=["GET", "POST"])
@pages.route("/plans/<int:plan_id>/issues/<int:issue>/measures/<int:measure>", methods=["GET", "POST"])
@parts.enter("office")
def plan_item(plan_id: int, issue: int, measure: int | None = None) -> tuple[str, int] | Response:
    """One issue or measure of a draft: its number, text and time limit put right, or the whole taken out."""
    held = _waiting(plan_id)
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
        held = _waiting(plan_id)
    page = render_template(
        "office/plan_item.html", form=form, plan=held, draft=draft, item=item, issue=issue, measure=measure, back=back
    )
    return page, form.status


@pages.post("/plans/<int:plan_id>/drop")
@parts.enter("office")
def drop_plan(plan_id: int) -> Response:
    """A plan that is not to be imported is given up; the ledger knew nothing of it."""
    held = _waiting(plan_id)
    name = held.name
    ledger.drop_plan(db.session(), held, by=parts.person(), at=parts.now())
    db.session.commit()
    flash(_("已放弃《%(name)s》，没有导入任何内容。", name=name))
    return redirect(url_for("office.plans"))


def _waiting(plan_id: int) -> models.PlanFile:
    held = _plan(plan_id)
    return parts.found(held if held.imported_at is None else None)
