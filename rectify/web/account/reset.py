"""A forgotten password: asked for by name or mail address, answered by mail, set with the link in it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as Answer
from wtforms import StringField
from wtforms.validators import InputRequired

from rectify import notices
from rectify.access import sign_in
from rectify.models import db
from rectify.web import parts
from rectify.web.account import pages
from rectify.web.account.entrance import wait
from rectify.web.account.password import ChosenPassword, rules


class AskForm(parts.Form):
    """Whose password it is."""

    name = StringField(
        _("用户名或邮箱"),
        validators=[InputRequired(_("请填写用户名或邮箱。"))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


@pages.route("/reset", methods=["GET", "POST"])
@parts.enter(parts.ANYONE)
def ask_reset() -> str | Answer:
    """Asks for the mail; the answer is the same whether there is such an account or not."""
    form = AskForm()
    if form.validate_on_submit():
        at = parts.now()
        try:
            begun = sign_in.begin_reset(
                db.session(), form.name.data, at, request.remote_addr or "", request_id=parts.request_id()
            )
        except sign_in.TooManyTries:
            db.session.rollback()
            wait(sign_in.RESET_WINDOW.seconds)
        if begun is not None:
            user, token = begun
            # From the configured public address, never from the request's Host (AU-07, MA-08).
            link = parts.config().base_url + url_for("account.reset", token=token)
            notices.queue_reset(db.session(), user, link, at, parts.today())
        db.session.commit()
        flash(gettext("如果有这个账号，重置密码的邮件已发往它登记的邮箱，30分钟内有效。"))
        return redirect(url_for("account.ask_reset"))
    return render_template("account/ask_reset.html", form=form, no_mail=parts.config().mail.kind == "none")


@pages.route("/reset/<token>", methods=["GET", "POST"])
@parts.enter(parts.ANYONE)
def reset(token: str) -> str | Answer | tuple[str, int]:
    """Sets a new password with the link of the mail, once."""
    form, at = ChosenPassword(), parts.now()
    if sign_in.reset_user(db.session(), token, at) is None:
        return render_template("account/reset.html", form=None, rules=""), 404
    if form.validate_on_submit():
        try:
            done = sign_in.reset(
                db.session(), token, form.password.data, at, request.remote_addr or "", request_id=parts.request_id()
            )
        except sign_in.PolicyError as error:
            db.session.rollback()
            form.password.errors = [gettext(error.sentence)]
        else:
            db.session.commit()
            if done is None:
                return render_template("account/reset.html", form=None, rules=""), 404
            flash(gettext("密码已修改，请用新密码登录。"))
            return redirect(url_for("account.sign_in"))
    return render_template("account/reset.html", form=form, rules=rules())
