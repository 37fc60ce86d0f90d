"""The first administrator of an empty installation, made with the one-time address printed at start."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as Answer
from wtforms import StringField
from wtforms.validators import InputRequired

from rectify import records
from rectify.access import accounts, sign_in
from rectify.access.sentences import Refused
from rectify.models import db
from rectify.web import parts
from rectify.web.account import pages
from rectify.web.account.password import ChosenPassword, rules


class FirstForm(ChosenPassword):
    """Who the first administrator is."""

    name = StringField(
        _("用户名"),
        validators=[InputRequired(_("请填写用户名。"))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "maxlength": 64},
    )
    full_name = StringField(_("姓名"), render_kw={"autocomplete": "name", "maxlength": 100})
    email = StringField(_("邮箱"), render_kw={"autocomplete": "email", "maxlength": 254})


@pages.route("/first/<token>", methods=["GET", "POST"])
@parts.enter(parts.ANYONE)
def first(token: str) -> str | Answer:
    """The page is there only while there is no administrator, and only at the address last printed."""
    at = parts.now()
    if not sign_in.first_is_open(db.session(), token, at):
        abort(404)
    form = FirstForm()
    if form.validate_on_submit():
        address = request.remote_addr or ""
        by = records.Actor(user_name=form.name.data[:64], role="admin", address=address, request_id=parts.request_id())
        details = accounts.Details(form.name.data, "admin", form.full_name.data or "", form.email.data or "")
        if not sign_in.use_first(db.session(), token, at):
            abort(404)
        try:
            user, _password = accounts.add_user(db.session(), details, by=by, at=at, password=form.password.data)
        except Refused as refused:
            db.session.rollback()
            parts.refuse(form, refused)
        else:
            session_token = sign_in.begin(db.session(), user, at, address, request.user_agent.string)
            db.session.commit()
            parts.welcome(session_token, user)
            flash(gettext("管理员账号已建立。接下来请录入地区和单位，再为各单位建立账号。"))
            return redirect(url_for("admin.units"))
    return render_template("account/first.html", form=form, rules=rules())
