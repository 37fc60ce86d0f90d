"""Changing one's own password: the old one is asked, all other sessions end (AU-09)."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as Answer
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired

from rectify import models, records
from rectify.access import passwords, preferences, sign_in
from rectify.models import db
from rectify.web import parts
from rectify.web.account import pages

RULES = {
    "dengbao": _("至少10个字符，大写字母、小写字母、数字、符号中至少三类；可以粘贴；最近五次用过的不能再用。"),
    "asvs": _("至少12个字符，不用常见的词；可以粘贴。"),
}


class ChosenPassword(parts.Form):
    """A new password, typed twice."""

    password = PasswordField(
        _("新密码"),
        validators=[InputRequired(_("请填写新密码。"))],
        render_kw={"autocomplete": "new-password"},
    )
    repeat = PasswordField(
        _("再输入一次"),
        validators=[InputRequired(_("请再输入一次新密码。")), EqualTo("password", _("两次输入的密码不一致。"))],
        render_kw={"autocomplete": "new-password"},
    )


class PasswordForm(ChosenPassword):
    """The old password first."""

    old = PasswordField(
        _("原密码"),
        validators=[InputRequired(_("请填写原密码。"))],
        render_kw={"autocomplete": "current-password"},
    )


def rules() -> str:
    """The rule of passwords in force, in one sentence."""
    return str(RULES[preferences.load(db.session()).password_preset])


@pages.route("/account/password", methods=["GET", "POST"], endpoint="password")
@parts.enter(parts.SIGNED_IN)
def change_password() -> str | Answer:
    """The page of the password; whoever has a temporary one comes nowhere else before."""
    form, who = PasswordForm(), parts.person()
    user = db.session.get(models.User, who.user_id)
    assert user is not None
    must = user.must_change_password
    if form.validate_on_submit():
        if not _is_his(user.name, form.old.data):
            form.old.errors = [gettext("原密码不正确，请重新输入；连续失败5次须等待15分钟。")]
        elif (token := _change(form)) is not None:
            parts.welcome(token, parts.found(db.session.get(models.User, who.user_id)))
            flash(gettext("密码已修改，其他设备上的登录已全部退出。"))
            return redirect(url_for("account.home") if must else url_for("account.show"))
    return render_template("account/password.html", form=form, must=must, rules=rules())


def _is_his(name: str, old: str) -> bool:
    """The old password, guessed no more often than at sign-in."""
    at, address = parts.now(), request.remote_addr or ""
    try:
        tried = sign_in.count_try(db.session(), name, at, address)
    except sign_in.TooManyTries:
        db.session.rollback()
        return False
    db.session.commit()
    right = passwords.verify(tried.stored, old)
    user = sign_in.conclude(
        db.session(), tried, right, old, at, address, request_id=parts.request_id(), act="user.check_password"
    )
    db.session.commit()
    return user is not None


def _change(form: PasswordForm) -> str | None:
    """The new token of this session, or None with the reason on the form."""
    who, at, token = parts.person(), parts.now(), parts.token()
    assert token is not None
    user = parts.found(db.session.get(models.User, who.user_id))
    try:
        sign_in.set_password(db.session(), user, form.password.data, at, but=token)
    except sign_in.PolicyError as error:
        db.session.rollback()
        form.password.errors = [gettext(error.sentence)]
        return None
    fresh = sign_in.renew(db.session(), token)
    records.write(db.session(), who, at, "user.change_password", "user", who.user_id)
    db.session.commit()
    return fresh
