"""Instructions: given on a measure or an issue, listed with the overdue first, shown with their answers, withdrawn."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from rectify import access, answers, calendar, instructions, models
from rectify.models import db
from rectify.rules import letters as rule
from rectify.rules import numerals
from rectify.web import parts
from rectify.web.instructions import pages
from rectify.web.letters import words
from rectify.web.office import fields
from rectify.web.units import show as measures

PAGE = 50
STATES = {
    "overdue": _l("逾期未答复"),
    "unanswered": _l("待答复"),
    "answered": _l("已答复，待认定"),
    "closed": _l("已办结"),
    "void": _l("已撤回"),
}
TOO_LONG = _l("不能超过5000字，请精简。")


class GiveForm(parts.OnceForm):
    """A leader's word; the office says whose it is and of which day."""

    leader_name = StringField(_l("作出批示的领导"), validators=[Length(max=50)])
    on = parts.Day(_l("批示日期"), validators=[Optional()])
    text = TextAreaField(
        _l("批示内容"),
        validators=[InputRequired(_l("请填写批示内容。")), Length(max=5000, message=TOO_LONG)],
        render_kw={"rows": 4},
    )
    units = fields.UnitsField(
        _l("办理单位"),
        description=_l("每行一个单位，可写别名。"),
        validators=[InputRequired(_l("请填写办理单位。")), fields.LONG],
        render_kw={"rows": 3},
    )
    reply_on = parts.Day(_l("答复时限"), validators=[InputRequired(_l("请填写答复时限。"))])


class WithdrawForm(parts.Form):
    """Why an instruction is taken back."""

    reason = TextAreaField(
        _l("撤回原因"),
        validators=[InputRequired(_l("请写明撤回的原因。")), Length(max=5000, message=TOO_LONG)],
        render_kw={"rows": 3},
    )


@pages.get("/instructions")
@parts.enter(*parts.BUSINESS)
def index() -> str:
    """What is open, overdue first; another state by choice."""
    session, person, day = db.session(), parts.person(), parts.today()
    chosen = request.args.get("state", "")
    states = (chosen,) if chosen in STATES else instructions.OPEN
    before = parts.number(request.args.get("before")) if chosen in STATES else None
    limit = PAGE if chosen in STATES else 200
    rows = instructions.rows(session, person, day, states=states, before=before, limit=limit + 1)
    return render_template(
        "instructions/index.html",
        rows=[(made, now, instructions.units_of(person, made)) for made, now in rows[:limit]],
        counts=instructions.counts(session, person, day),
        state=chosen if chosen in STATES else "",
        words=STATES,
        next_url=parts.link(before=rows[limit - 1][0].id) if len(rows) > limit and chosen in STATES else None,
        first_url=parts.link(before=None) if before is not None else None,
    )


@pages.route("/measures/<int:measure_id>/instruct", methods=["GET", "POST"])
@parts.enter("office", "leader")
def on_measure(measure_id: int) -> str | Response:
    """An instruction on a measure."""
    head = parts.found(measures.head(db.session(), parts.person(), measure_id, parts.today()))
    to = [unit.name for unit, _role, answering in access.parts_of(db.session(), measure_id, parts.today()) if answering]
    title, said = _("批示：措施%(number)s", number=head.number), head.measure.text
    back = url_for("units.show", measure_id=measure_id)
    return _give(head.issue.id, measure_id, to, title, said, back)


@pages.route("/issues/<int:issue_id>/instruct", methods=["GET", "POST"])
@parts.enter("office", "leader")
def on_issue(issue_id: int) -> str | Response:
    """An instruction on an issue."""
    session, day = db.session(), parts.today()
    issue = parts.found(access.visible_issue(session, parts.person(), issue_id, day))
    part, unit = models.Assignment, models.Unit
    query = select(unit.name).join(part, part.unit_id == unit.id)
    query = query.where(answers.part_in([(issue_id, None)], day), part.role.in_(("lead", "responsible"))).distinct()
    to = list(session.scalars(query))
    title, said = _("批示：问题%(number)s", number=issue.number), issue.text
    return _give(issue_id, None, to, title, said, url_for("units.issue", issue_id=issue_id))


def _give(issue_id: int, measure_id: int | None, to: list[str], title: str, said: str, back: str) -> str | Response:
    form, office = GiveForm(), parts.person().role == "office"
    if request.method == "GET":
        form.units.data, form.on.data = "\n".join(to), parts.today()
    if form.validate_on_submit():
        if before := parts.made_before(form.once.data or ""):
            return redirect(before)
        if words.tried(
            form,
            lambda: instructions.give(
                db.session(),
                parts.person(),
                issue_id=issue_id,
                measure_id=measure_id,
                unit_ids=form.units.unit_ids(),
                text=form.text.data or "",
                reply_on=form.reply_on.data,
                leader_name=form.leader_name.data or "",
                on=form.on.data,
                day=parts.today(),
                at=parts.now(),
            ),
            once=form.once.data or "",
            to=back,
        ):
            flash(_("批示已登记，办理单位可以看到。"))
            return redirect(back)
    return render_template("instructions/give.html", form=form, title=title, said=said, back=back, office=office)


@pages.get("/instructions/<int:instruction_id>")
@parts.enter(*parts.BUSINESS)
def show(instruction_id: int) -> str:
    """What was instructed, and what each unit answered."""
    session, person, day = db.session(), parts.person(), parts.today()
    made = found(instruction_id)
    units = instructions.units_of(person, made)
    known = calendar.load(session)
    measure = session.get(models.Measure, made.measure_id) if made.measure_id is not None else None
    return render_template(
        "instructions/show.html",
        made=made,
        number=_number(made),
        item=measure or session.get_one(models.Issue, made.issue_id),
        state=instructions.state(made, units, day),
        units=[(unit, rule.state_of(unit, None, day), answers.of(session, unit)) for unit in units],
        may_answer={unit.id for unit in units if person.role == "office" or answers.acts_for(person, unit)},
        may_decide={unit.id for unit in units if answers.decides(person, unit)},
        may_withdraw=instructions.may_withdraw(person, made) and made.withdrawn_on is None,
        over=lambda due_on, at: rule.workdays_over(known, due_on, at),
        day=day,
        words=STATES,
        answer_states=words.ANSWER_STATES,
    )


def _number(made: models.Instruction) -> str:
    link = models.MeasureLink
    query = select(models.Issue.number, link.number).select_from(models.Issue)
    query = query.outerjoin(link, (link.issue_id == models.Issue.id) & (link.measure_id == made.measure_id))
    issue, measure = db.session.execute(query.where(models.Issue.id == made.issue_id)).tuples().one()
    return numerals.cite(issue, measure or "")


@pages.route("/instructions/<int:instruction_id>/withdraw", methods=["GET", "POST"])
@parts.enter("office", "leader")
def withdraw(instruction_id: int) -> str | Response:
    """An instruction taken back."""
    made, form = found(instruction_id), WithdrawForm()
    if not instructions.may_withdraw(parts.person(), made):
        abort(403)
    to = url_for("instructions.show", instruction_id=instruction_id)
    if form.validate_on_submit() and words.tried(
        form,
        lambda: instructions.withdraw(
            db.session(), made, by=parts.person(), reason=form.reason.data or "", day=parts.today(), at=parts.now()
        ),
    ):
        flash(_("批示已撤回，内容保留。"))
        return redirect(to)
    return render_template("instructions/withdraw.html", form=form, made=found(instruction_id), back=to)


def found(instruction_id: int) -> models.Instruction:
    """The instruction as this person may see it; foreign and missing look the same."""
    return parts.found(instructions.visible(db.session(), parts.person(), instruction_id))


def unit_of(instruction_id: int, unit_id: int) -> models.InstructionUnit:
    """One of its units that this person may see."""
    units = instructions.units_of(parts.person(), found(instruction_id))
    return parts.found(next((unit for unit in units if unit.id == unit_id), None))
