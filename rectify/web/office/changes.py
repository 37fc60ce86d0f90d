"""Changes of an issue or a measure that leave its past as it was: time limits, units, answers, links, withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from rectify import access, ledger, models
from rectify.models import db
from rectify.rules import numerals
from rectify.web import parts
from rectify.web.office import fields, pages
from rectify.web.office.items import UnitFields, issue_in_view, measure_in_view, named_by
from rectify.web.units import words

Item = models.Issue | models.Measure


def reason(label: str) -> TextAreaField:
    required = InputRequired(_l("请写明依据和原因。"))
    return TextAreaField(label, validators=[required, fields.LONG], render_kw={"rows": 3})


class ExtendForm(fields.VersionForm):
    """A later deadline, approved with a document."""

    new_deadline_on = DateField(_l("延期后的时限"), validators=[InputRequired(_l("请填写延期后的时限。"))])
    approved_on = DateField(_l("批准日期"), validators=[InputRequired(_l("请填写批准日期。"))])
    document_number = StringField(
        _l("批准文号"), validators=[InputRequired(_l("请填写批准延期的文号。")), Length(max=100)]
    )
    reason = reason(_l("延期原因"))


class CorrectForm(fields.VersionForm):
    """A mistaken date put right."""

    new_deadline_on = DateField(_l("正确的整改时限"), validators=[Optional()])
    long_term = BooleanField(_l("长期坚持"))
    effect_on = DateField(_l("自哪一天起更正"), validators=[InputRequired(_l("请填写更正的生效日期。"))])
    reason = reason(_l("更正原因"))


class WithdrawForm(fields.VersionForm):
    """An item leaves the ledger."""

    reason = reason(_l("撤销的依据和原因"))


class AssignForm(UnitFields, parts.Form):
    """The units of an item by role, one a line."""


class AnswerForm(fields.VersionForm):
    """The answer to what is asked about an item."""

    answer = SelectField(
        _l("答复"),
        choices=words.choices(
            {
                "": _l("填写时限"),
                "feedback": _l("自反馈之日起算"),
                "issued": _l("自印发之日起算"),
                "长期坚持": _l("长期坚持，没有截止日期"),
                "立行立改": _l("立行立改"),
                "keep": _l("已核对，按现有内容处理"),
            }
        ),
    )
    phrase = StringField(_l("整改时限"), validators=[Length(max=300)])


class LinkForm(parts.Form):
    """Another issue that a measure answers too."""

    issue_id = IntegerField(_l("问题"), validators=[InputRequired(_l("请选择要关联的问题。"))])
    number = StringField(_l("在该问题下的编号"), validators=[Length(max=40)])


class MilestoneForm(parts.Form):
    """Whose an issue's milestone is."""

    measure_id = SelectField(_l("属于哪条措施"), coerce=int)


# -- time limits -----------------------------------------------------------------------------------------------------


@pages.route("/measures/<int:measure_id>/extend", methods=["GET", "POST"])
@parts.enter("office")
def extend(measure_id: int) -> tuple[str, int] | Response:
    """A measure's deadline extended."""
    return _extend(lambda: measure_in_view(measure_id))


@pages.route("/issues/<int:issue_id>/extend", methods=["GET", "POST"])
@parts.enter("office")
def extend_issue(issue_id: int) -> tuple[str, int] | Response:
    """An issue's deadline extended, for all measures that have none of their own."""
    return _extend(lambda: issue_in_view(issue_id))


def _extend(find: Callable[[], Item]) -> tuple[str, int] | Response:
    item = find()
    form = ExtendForm(version=item.version)

    def act() -> None:
        ledger.extend(
            db.session(),
            item,
            new_deadline_on=form.new_deadline_on.data,
            approved_on=form.approved_on.data,
            document_number=form.document_number.data,
            reason=form.reason.data,
            **_acting(),
        )

    if _tried(form, item, act):
        flash(_("延期已登记，今天起按新的时限判断，原时限继续保留。"))
        return redirect(_page_of(item))
    return _page("office/extend.html", form, find())


@pages.route("/measures/<int:measure_id>/correct", methods=["GET", "POST"])
@parts.enter("office")
def correct(measure_id: int) -> tuple[str, int] | Response:
    """A measure's mistaken deadline put right."""
    return _correct(lambda: measure_in_view(measure_id))


@pages.route("/issues/<int:issue_id>/correct", methods=["GET", "POST"])
@parts.enter("office")
def correct_issue(issue_id: int) -> tuple[str, int] | Response:
    """An issue's mistaken deadline put right."""
    return _correct(lambda: issue_in_view(issue_id))


def _correct(find: Callable[[], Item]) -> tuple[str, int] | Response:
    item = find()
    form = CorrectForm(version=item.version, long_term=item.long_term, effect_on=item.begins_on)

    def act() -> None:
        ledger.correct_deadline(
            db.session(),
            item,
            new_deadline_on=form.new_deadline_on.data,
            long_term=form.long_term.data,
            effect_on=form.effect_on.data,
            reason=form.reason.data,
            **_acting(),
        )

    if _tried(form, item, act):
        flash(_("时限已更正，受影响的历史数据都标明“更正”。"))
        return redirect(_page_of(item))
    return _page("office/correct.html", form, find())


@pages.route("/measures/<int:measure_id>/answer", methods=["GET", "POST"])
@parts.enter("office")
def answer(measure_id: int) -> tuple[str, int] | Response:
    """What is asked about a measure, answered."""
    return _answer(lambda: measure_in_view(measure_id))


@pages.route("/issues/<int:issue_id>/answer", methods=["GET", "POST"])
@parts.enter("office")
def answer_issue(issue_id: int) -> tuple[str, int] | Response:
    """What is asked about an issue, answered."""
    return _answer(lambda: issue_in_view(issue_id))


def _answer(find: Callable[[], Item]) -> tuple[str, int] | Response:
    item = find()
    form = AnswerForm(version=item.version)

    def act() -> None:
        ledger.answer_question(db.session(), item, form.phrase.data or form.answer.data or "", **_acting())

    if _tried(form, item, act):
        flash(_("已答复，今天起按此判断。"))
        return redirect(_page_of(item))
    item = find()
    stones = fields.milestones_of(item) if isinstance(item, models.Issue) else []
    return _page("office/answer.html", form, item, stones=stones)


@pages.route("/issues/<int:issue_id>/milestones/<int:milestone_id>", methods=["GET", "POST"])
@parts.enter("office")
def place_milestone(issue_id: int, milestone_id: int) -> tuple[str, int] | Response:
    """An issue's milestone given to the measure that it binds."""
    held = issue_in_view(issue_id)
    query = select(models.Milestone).where(models.Milestone.id == milestone_id, models.Milestone.issue_id == held.id)
    stone = parts.found(db.session.scalars(query).first())
    form = MilestoneForm()
    form.measure_id.choices = [SelectChoice(m.id, f"{number} {m.text}"[:80]) for number, m in _measures(held)]
    if form.validate_on_submit():
        measure = measure_in_view(form.measure_id.data)
        if fields.attempt(form, lambda: ledger.place_milestone(db.session(), stone, measure, **_acting())):
            flash(_("阶段性目标已归到这条措施。"))
            return redirect(_page_of(held))
    return render_template("office/milestone.html", form=form, issue=held, stone=stone), 200


def _measures(held: models.Issue) -> list[tuple[str, models.Measure]]:
    query = (
        select(models.MeasureLink.number, models.Measure)
        .join(models.Measure, models.Measure.id == models.MeasureLink.measure_id)
        .where(models.MeasureLink.issue_id == held.id, models.Measure.withdrawn_on.is_(None))
        .order_by(models.MeasureLink.seq)
    )
    return [(number, measure) for number, measure in db.session.execute(query)]


# -- units -----------------------------------------------------------------------------------------------------------


@pages.route("/measures/<int:measure_id>/assign", methods=["GET", "POST"])
@parts.enter("office")
def assign(measure_id: int) -> tuple[str, int] | Response:
    """The units of a measure; without any of its own it has its issue's."""
    return _assign(lambda: measure_in_view(measure_id))


@pages.route("/issues/<int:issue_id>/assign", methods=["GET", "POST"])
@parts.enter("office")
def assign_issue(issue_id: int) -> tuple[str, int] | Response:
    """The units of an issue, inherited by its measures."""
    return _assign(lambda: issue_in_view(issue_id))


def _assign(find: Callable[[], Item]) -> tuple[str, int] | Response:
    item = find()
    form = AssignForm()
    if request.method == "GET":
        for role, names in fields.unit_names(item).items():
            form[role].data = "\n".join(names)
    if form.validate_on_submit():
        wanted = fields.units_by_role(form)

        def act() -> None:
            for role, unit_ids in wanted.items():
                ledger.assign(db.session(), item, role, unit_ids, **_acting())

        if fields.attempt(form, act):
            flash(_("单位已调整，从今天起生效，以前的责任关系继续保留。"))
            return redirect(_page_of(item))
    item = find()
    inherited = {role: names for role, names in fields.unit_names(item, inherited=True).items() if names}
    return _page(
        "office/assign.html", form, item, inherited=inherited, units=fields.all_units(), words_of_roles=fields.ROLES
    )


# -- links and withdrawal --------------------------------------------------------------------------------------------


@pages.route("/measures/<int:measure_id>/link", methods=["GET", "POST"])
@parts.enter("office")
def link(measure_id: int) -> tuple[str, int] | Response:
    """A measure answers another issue too."""
    held = measure_in_view(measure_id)
    form = LinkForm()
    wanted = parts.clean(request.values.get("q") or "")[:100]
    if form.validate_on_submit():
        other = access.visible_issue(db.session(), parts.person(), form.issue_id.data, parts.today())
        if other is None:
            form.form_errors.append(_("没有这个问题，请重新选择。"))
        else:
            number = form.number.data or ""
            if fields.attempt(form, lambda: ledger.link_measure(db.session(), held, other, number=number, **_acting())):
                flash(_("措施已关联，只填报一次，在各批次中各计一次。"))
                return redirect(url_for("units.show", measure_id=measure_id))
    held = measure_in_view(measure_id)
    return _page("office/link.html", form, held, found=_issues_like(wanted), wanted=wanted)


def _issues_like(wanted: str) -> list[Any]:
    """Up to thirty issues whose number or text holds the words; wild cards in them stand for themselves (IN-02)."""
    if not wanted:
        return []
    issue = models.Issue
    query = (
        select(issue.id, issue.number, issue.text, models.Inspection.name.label("inspection"))
        .join(models.Inspection, models.Inspection.id == issue.inspection_id)
        .where(issue.withdrawn_on.is_(None), access.sees_issues(parts.person(), parts.today()))
        .where(issue.text.contains(wanted, autoescape=True) | (issue.number == wanted) | (issue.upper_number == wanted))
        .order_by(models.Inspection.sort, issue.inspection_id, issue.seq)
        .limit(30)
    )
    return list(db.session.execute(query).all())


@pages.route("/measures/<int:measure_id>/withdraw", methods=["GET", "POST"])
@parts.enter("office")
def withdraw_measure(measure_id: int) -> tuple[str, int] | Response:
    """A measure leaves the totals from today."""
    item = measure_in_view(measure_id)
    form = WithdrawForm(version=item.version)

    def act() -> None:
        ledger.withdraw_measure(db.session(), item, reason=form.reason.data, **_acting())

    to = url_for("units.issue", issue_id=named_by(item).issue_id)
    if _tried(form, item, act):
        flash(_("措施已撤销，从今天起不再计入总数，以前的数据不变。"))
        return redirect(to)
    return _page("office/withdraw.html", form, measure_in_view(measure_id))


@pages.route("/issues/<int:issue_id>/withdraw", methods=["GET", "POST"])
@parts.enter("office")
def withdraw_issue(issue_id: int) -> tuple[str, int] | Response:
    """An issue leaves the totals from today, with the measures that answer no other."""
    item = issue_in_view(issue_id)
    form = WithdrawForm(version=item.version)

    def act() -> None:
        ledger.withdraw_issue(db.session(), item, reason=form.reason.data, **_acting())

    to = url_for("office.inspection", inspection_id=item.inspection_id)
    if _tried(form, item, act):
        flash(_("问题已撤销，从今天起不再计入总数，以前的数据不变。"))
        return redirect(to)
    return _page("office/withdraw.html", form, issue_in_view(issue_id))


# -- what they share -------------------------------------------------------------------------------------------------


def _acting() -> dict[str, Any]:
    return {"by": parts.person(), "day": parts.today(), "at": parts.now()}


def _tried(form: fields.VersionForm, item: Item, act: Callable[[], None]) -> bool:
    return form.validate_on_submit() and form.is_current(item) and fields.attempt(form, act)


def _page_of(item: Item) -> str:
    if isinstance(item, models.Issue):
        return url_for("units.issue", issue_id=item.id)
    return url_for("units.show", measure_id=item.id)


def _page(template: str, form: parts.Form, item: Item, **more: Any) -> tuple[str, int]:
    """A page that shows the item beside the form; 409 where somebody changed the item meanwhile."""
    is_issue = isinstance(item, models.Issue)
    issue = item if isinstance(item, models.Issue) else named_by(item).issue
    number = issue.number if is_issue else numerals.cite(issue.number, named_by(item).number)  # type: ignore[arg-type]
    limit = issue if item.deadline_kind == "none" else item
    page = render_template(
        template,
        form=form,
        item=item,
        is_issue=is_issue,
        issue=issue,
        number=number,
        limit=limit,
        is_provisional=ledger.is_provisional(db.session(), limit, limit.deadline_on),
        back=_page_of(item),
        **more,
    )
    return page, getattr(form, "status", 200)
