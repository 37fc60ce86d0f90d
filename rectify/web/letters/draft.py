"""Writing a letter: drafted from ticked items, changed, shown as it would be issued, issued, thrown away, declared void."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, SelectChoice, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from rectify import letters, models
from rectify.access.sentences import Refused
from rectify.models import db
from rectify.rules import letters as rule
from rectify.web import parts
from rectify.web.letters import pages, words
from rectify.web.office import fields
from rectify.web.units.words import choices

TOO_LONG = _l("不能超过5000字，请精简。")


class Items(SelectMultipleField):
    """Measures and issues to tick, as m12 and i5."""

    widget, option_widget = ListWidget(prefix_label=False), CheckboxInput()

    def ids(self, mark: str) -> list[int]:
        """The numbers of those ticked of one sort: "m" measures, "i" issues."""
        return [int(value[1:]) for value in self.data or [] if value[:1] == mark]

    def offer(self, cited: Sequence[letters.Cited]) -> None:
        self.choices = [
            SelectChoice(f"m{one.measure_id}" if one.measure_id is not None else f"i{one.issue_id}", _said(one))
            for one in cited
        ]


def _said(one: letters.Cited) -> str:
    state = f"（{parts.show_verdict_word(one.verdict.value)}）" if one.verdict is not None else ""
    return f"{one.item.number} {one.item.text}{state}"


class Addressed:
    """To whom, about what, what is asked and until when."""

    units = fields.UnitsField(
        _l("收文单位"),
        description=_l("每行一个单位，可写别名。"),
        validators=[InputRequired(_l("请填写收文单位。")), fields.LONG],
        render_kw={"rows": 3},
    )
    items = Items(_l("事项"), validators=[InputRequired(_l("请至少勾选一项问题或措施。"))])
    demand = TextAreaField(
        _l("要求"),
        description=_l("代入正文中的{要求}。"),
        validators=[Length(max=5000, message=TOO_LONG)],
        render_kw={"rows": 4},
    )
    reply_on = parts.Day(_l("回复时限"), validators=[Optional()])
    signer = StringField(_l("签发人"), validators=[Length(max=50)])


class NewForm(Addressed, parts.OnceForm):
    """A letter to be drafted."""

    kind = RadioField(_l("种类"), choices=choices(words.KINDS), validators=[InputRequired(_l("请选择函件的种类。"))])


class EditForm(Addressed, fields.VersionForm):
    """A draft to be changed."""

    title = TextAreaField(_l("标题"), validators=[InputRequired(_l("请填写标题。"))], render_kw={"rows": 2})
    body = TextAreaField(_l("正文"), validators=[InputRequired(_l("请填写正文。"))], render_kw={"rows": 12})


class IssueForm(parts.Form):
    """The preview that was read."""

    seen = HiddenField(validators=[Length(max=64)])


class VoidForm(parts.Form):
    """Why a letter is void."""

    reason = TextAreaField(
        _l("作废原因"),
        validators=[InputRequired(_l("请写明作废的原因。")), Length(max=5000, message=TOO_LONG)],
        render_kw={"rows": 3},
    )


def _acting() -> dict[str, Any]:
    return {"by": parts.person(), "day": parts.today(), "at": parts.now()}


def _numbers(name: str) -> list[int]:
    found = (parts.number(raw) for raw in request.args.getlist(name)[: letters.MOST_ITEMS])
    return [one for one in found if one]


@pages.route("/letters/new", methods=["GET", "POST"])
@parts.enter("office")
def new() -> str | Response:
    """A letter about the items ticked on another page; without any, where to tick them."""
    session, person, day = db.session(), parts.person(), parts.today()
    try:
        cited = letters.cite(session, person, _numbers("measure"), _numbers("issue"), day)
    except Refused as refused:
        some = _numbers("measure") or _numbers("issue")
        return render_template("letters/new.html", form=None, fault=parts.told(refused) if some else None)
    form = NewForm()
    form.items.offer(cited)
    if request.method == "GET":
        form.kind.data = "reminder"
        form.items.data = [choice.value for choice in form.items.choices]
        form.units.data = "\n".join(unit.name for unit in letters.answering(session, cited, day))
    if form.validate_on_submit():
        key = form.once.data or ""
        if before := parts.made_before(key):
            return redirect(before)
        made: list[models.Letter] = []

        def act() -> None:
            made.append(
                letters.draft(
                    session,
                    person,
                    form.kind.data,
                    form.units.unit_ids(),
                    form.items.ids("m"),
                    form.items.ids("i"),
                    demand=form.demand.data or "",
                    signer=form.signer.data or "",
                    reply_on=form.reply_on.data,
                    day=day,
                    at=parts.now(),
                )
            )
            parts.once(key, url_for("letters.show", letter_id=made[0].id))

        if words.tried(form, act):
            flash(_("草稿已拟好，核对预览后即可发出。"))
            return redirect(url_for("letters.show", letter_id=made[0].id))
    return render_template("letters/new.html", form=form, fault=None)


@pages.route("/letters/<int:letter_id>/edit", methods=["GET", "POST"])
@parts.enter("office")
def edit(letter_id: int) -> tuple[str, int] | Response:
    """A draft changed: for this letter alone, the template stays."""
    letter = words.found(letter_id)
    to = url_for("letters.show", letter_id=letter_id)
    if letter.issued_on is not None or letter.voided_on is not None:
        flash(_("已发出或不采用的函件不能再改。"), "warning")
        return redirect(to)
    stands = {
        "units": "\n".join(unit.name for unit in letter.units),
        "items": [
            f"m{item.measure_id}" if item.measure_id is not None else f"i{item.issue_id}" for item in letter.items
        ],
        **{name: getattr(letter, name) for name in ("title", "body", "demand", "reply_on", "signer")},
    }
    form = EditForm(version=letter.version, **stands)
    form.items.offer(letters.preview(db.session(), letter, parts.person(), parts.today()).cited)
    if form.validate_on_submit() and form.is_current(letter, stands):

        def act() -> None:
            letters.change(
                db.session(),
                letter,
                unit_ids=form.units.unit_ids(),
                measure_ids=form.items.ids("m"),
                issue_ids=form.items.ids("i"),
                title=form.title.data,
                body=form.body.data,
                demand=form.demand.data or "",
                signer=form.signer.data or "",
                reply_on=form.reply_on.data,
                **_acting(),
            )

        if words.tried(form, act):
            flash(_("草稿已保存。"))
            return redirect(to)
        letter = words.found(letter_id)
    page = render_template("letters/edit.html", form=form, letter=letter, words=words, places=rule.PLACES)
    return page, form.status


@pages.post("/letters/<int:letter_id>/issue")
@parts.enter("office")
def issue(letter_id: int) -> Response:
    """The draft gets its number and stays as it is from now on."""
    letter, form = words.found(letter_id), IssueForm()

    def act() -> None:
        letters.issue(db.session(), letter, data_dir=parts.config().data_dir, seen=form.seen.data or "", **_acting())

    return _told(form, act, letter_id, lambda: _("已发出，文号%(number)s。", number=words.found(letter_id).number_text))


@pages.post("/letters/<int:letter_id>/discard")
@parts.enter("office")
def discard(letter_id: int) -> Response:
    """A draft thrown away."""
    letter, form = words.found(letter_id), parts.Form()
    return _told(form, lambda: letters.discard(db.session(), letter, **_acting()), None, lambda: _("草稿已删除。"))


def _told(form: parts.Form, act: Any, letter_id: int | None, done: Any) -> Response:
    """Do an act of one button and say on the next page what became of it."""
    if form.validate_on_submit() and words.tried(form, act):
        flash(done())
        return redirect(url_for("letters.show", letter_id=letter_id) if letter_id else url_for("letters.index"))
    faults = [*form.form_errors, *(str(error) for errors in form.errors.values() for error in errors)]
    flash(next(iter(faults), _("没有办成，请重试。")), "error")
    return redirect(url_for("letters.show", letter_id=letter_id) if letter_id else url_for("letters.index"))


@pages.route("/letters/<int:letter_id>/void", methods=["GET", "POST"])
@parts.enter("office")
def void(letter_id: int) -> str | Response:
    """An issued letter declared void: it keeps its number."""
    letter, form = words.found(letter_id), VoidForm()
    to = url_for("letters.show", letter_id=letter_id)
    if form.validate_on_submit() and words.tried(
        form, lambda: letters.void(db.session(), letter, reason=form.reason.data or "", **_acting())
    ):
        flash(_("已作废，文号保留。"))
        return redirect(to)
    return render_template("letters/void.html", form=form, letter=words.found(letter_id), words=words)
