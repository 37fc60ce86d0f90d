"""How the office writes each kind of letter: text with named places, the form of its numbers, its days."""

from __future__ import annotations

import datetime as dt

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from rectify import letters, models, writing
from rectify.models import db
from rectify.rules import letters as rule
from rectify.web import parts
from rectify.web.letters import pages, words
from rectify.web.office import fields

WHOLE = _l("请填写整数。")


class TemplateForm(fields.VersionForm):
    """A kind of letter."""

    sender = StringField(_l("发文机关"), description=_l("留空用整改办的单位名称。"), validators=[Length(max=50)])
    title = TextAreaField(_l("标题"), validators=[InputRequired(_l("请填写标题。"))], render_kw={"rows": 2})
    body = TextAreaField(_l("正文"), validators=[InputRequired(_l("请填写正文。"))], render_kw={"rows": 12})
    demand = TextAreaField(_l("要求"), description=_l("拟函时的初始内容，每份函件可再改。"), render_kw={"rows": 4})
    number_form = StringField(
        _l("文号"),
        description=_l("{年}和{号}由系统代入，其余照写，例如“X整改办提〔{年}〕{号}号”。"),
        validators=[InputRequired(_l("请填写文号的写法。")), Length(max=60)],
    )
    receipt_days = IntegerField(
        _l("签收时限（工作日）"), validators=[InputRequired(WHOLE), NumberRange(1, letters.MOST_DAYS, WHOLE)]
    )
    reply_days = IntegerField(
        _l("回复时限（工作日）"),
        description=_l("留空则不要求回复。"),
        validators=[Optional(), NumberRange(1, letters.MOST_DAYS, WHOLE)],
    )
    first_number = IntegerField(
        _l("今年的起始号"),
        description=_l("今年已在系统外发过几份的，填下一份的号；留空从1号起。"),
        validators=[Optional(), NumberRange(1, 99_999, WHOLE)],
    )

    def template(self, kind: str) -> rule.Template:
        return rule.Template(
            kind,
            self.title.data or "",
            self.body.data or "",
            self.demand.data or "",
            self.number_form.data or "",
            self.reply_days.data,
            self.receipt_days.data or 0,
            self.sender.data or "",
        )


@pages.get("/letters/templates")
@parts.enter("office")
def templates() -> str:
    """The four kinds."""
    found = [letters.template(db.session(), kind) for kind in rule.KINDS]
    return render_template("letters/templates.html", found=found, words=words)


@pages.route("/letters/templates/<kind>", methods=["GET", "POST"])
@parts.enter("office")
def template(kind: str) -> tuple[str, int] | Response:
    """One kind, with a preview of what was typed; saved, it is checked."""
    kind = parts.found(kind if kind in rule.KINDS else None)
    session, year = db.session(), parts.today().year
    row, stands = session.get(models.LetterTemplate, kind), letters.template(session, kind)
    first = row.first_number if row is not None and row.first_year == year else None
    values = {
        **{name: getattr(stands, name) for name in stands.__dataclass_fields__ if name != "kind"},
        "first_number": first,
    }
    form = TemplateForm(version=row.version if row is not None else 0, **values)
    wants_preview = "preview" in request.form
    if form.validate_on_submit() and not wants_preview and (row is None or form.is_current(row, values)):
        number = form.first_number.data
        if words.tried(
            form,
            lambda: letters.save_template(
                session,
                form.template(kind),
                by=parts.person(),
                first=(year, number) if number else None,
                at=parts.now(),
            ),
        ):
            flash(_("“%(kind)s”模板已保存；已发出的函件不变。", kind=words.KINDS[kind]))
            return redirect(url_for("letters.templates"))
    page = render_template(
        "letters/template.html",
        form=form,
        kind=kind,
        words=words,
        places=rule.PLACES,
        own_line=rule.OWN_LINE,
        in_title=rule.IN_TITLE,
        paper=_example(form.template(kind)),
    )
    return page, form.status


def _example(how: rule.Template) -> writing.Paper:
    """What a template makes of an invented item."""
    day = parts.today()
    number = rule.numbered(how.number_form, day.year, 1) if rule.fits_number(how.number_form) else ""
    sender = how.sender or letters.own_name(db.session())
    values = rule.values(
        units=[rule.EXAMPLE_UNIT],
        items=[rule.EXAMPLE],
        demand=how.demand,
        reply_on=day + dt.timedelta(days=7),
        receipt_on=day + dt.timedelta(days=2),
        number=number,
        sender=sender,
        day=day,
        signer=rule.EXAMPLE_SIGNER,
    )
    title = "".join(rule.fill(how.title, values))
    return writing.Paper(sender, number, title, rule.EXAMPLE_UNIT, tuple(rule.fill(how.body, values)), day)
