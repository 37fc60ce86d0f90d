"""Coming in and going out: sign-in, sign-out, the way to the role's first page, the language of the pages.

What counts as a try and how long a session lasts is access.sign_in's.
"""

from __future__ import annotations

import re
from typing import NoReturn
from urllib.parse import unquote

from flask import Response, abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import update
from werkzeug.wrappers import Response as Answer
from wtforms import HiddenField, PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from rectify import models, records
from rectify.access import passwords, sign_in
from rectify.models import db
from rectify.web import parts
from rectify.web.account import pages

FIRST_PAGE = {
    "office": "office.index",
    "supervisor": "supervision.index",
    "lead": "units.index",
    "clerk": "units.index",
    "leader": "board.index",
    "admin": "admin.users",
    "auditor": "admin.audit",
}
SIGNED_OUT_ONLY = ("/login", "/logout", "/first/", "/reset")


class SignInForm(parts.Form):
    """Name and password, nothing else."""

    name = StringField(
        _("用户名"),
        validators=[InputRequired(_("请填写用户名。"))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    password = PasswordField(
        _("密码"),
        validators=[InputRequired(_("请填写密码。"))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class LanguageForm(parts.Form):
    """One of the languages there are, and the page one was on."""

    locale = SelectField(_("语言"), choices=[SelectChoice("zh_Hans_CN", "中文"), SelectChoice("en", "English")])
    next = HiddenField()


def local_path(target: str | None) -> str | None:
    """The target if it is an address within this system, else None (IN-05).

    `//host` and `/\\host` lead away, control characters hide where an address leads: none of them, encoded or not.
    """
    if not target or len(target) > 2000:
        return None
    for form in (target, unquote(target), unquote(unquote(target))):
        if not form.startswith("/") or form.startswith("//") or re.search(r"[\\\x00-\x20\x7f-\x9f]", form[:1000]):
            return None
        if re.match(r"/+[^/?#]*:", form) or form.startswith(SIGNED_OUT_ONLY):
            return None
    return target


@pages.route("/")
@parts.enter(parts.SIGNED_IN)
def home() -> Answer:
    """The first page of the role."""
    return redirect(url_for(FIRST_PAGE[parts.person().role]))


@pages.route("/login", methods=["GET", "POST"], endpoint="sign_in")
@parts.enter(parts.ANYONE)
def come_in() -> str | Answer:
    """The sign-in page; after it the page one came for."""
    form = SignInForm()
    target = local_path(form.next.data or request.args.get("next"))
    form.next.data = target or ""
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(target or url_for("account.home"))
    if form.validate_on_submit():
        if _enter(form.name.data, form.password.data):
            return redirect(target or url_for("account.home"))
        # The same sentence for unknown, wrong, locked and disabled (AU-04).
        form.form_errors.append(
            gettext("用户名或密码不正确，或者该用户名因多次失败已暂时锁定。请核对后再试；连续失败5次须等待15分钟。")
        )
    return render_template("account/sign_in.html", form=form, language=LanguageForm())


def _enter(name: str, password: str) -> bool:
    """A try in three steps: counted and committed, compared outside any transaction, concluded."""
    at, address = parts.now(), request.remote_addr or ""
    before = parts.token()
    try:
        tried = sign_in.count_try(db.session(), name, at, address)
    except sign_in.TooManyTries:
        db.session.rollback()
        wait(sign_in.LOCK_FOR.seconds)
    db.session.commit()
    right = passwords.verify(tried.stored, password)
    user = sign_in.conclude(db.session(), tried, right, password, at, address, request_id=parts.request_id())
    token = sign_in.begin(db.session(), user, at, address, request.user_agent.string) if user else None
    if token and before:
        sign_in.end(db.session(), before, at)
    db.session.commit()
    if user is None or token is None:
        return False
    parts.welcome(token, user)
    return True


def wait(seconds: int) -> NoReturn:
    """The page that says to come back later."""
    response = Response(render_template("errors/429.html"), 429)
    response.headers["Retry-After"] = str(seconds)
    abort(response)


@pages.route("/logout", methods=["POST"])
@parts.enter(parts.SIGNED_IN)
def sign_out() -> Answer:
    """Ends the session on the server, then in the browser."""
    token = parts.token()
    assert token is not None
    sign_in.end(db.session(), token, parts.now())
    records.write(db.session(), parts.person(), parts.now(), "sign_out", "user", parts.person().user_id)
    db.session.commit()
    session.clear()
    flash(gettext("已退出登录。"))
    return redirect(url_for("account.sign_in"))


@pages.route("/language", methods=["POST"])
@parts.enter(parts.ANYONE)
def language() -> Answer:
    """The language of the pages: kept with the account, before signing in with the browser."""
    form = LanguageForm()
    back = local_path(form.next.data) or url_for("account.show" if current_user.is_authenticated else "account.sign_in")
    answer = redirect(back)
    if not form.validate():
        return answer
    chosen = form.locale.data
    if current_user.is_authenticated:
        who = parts.person()
        # Not through the object: a language is no edit of the account that two people could collide in.
        db.session.execute(update(models.User).where(models.User.id == who.user_id).values(locale=chosen))
        records.write(db.session(), who, parts.now(), "user.language", "user", who.user_id, locale=chosen)
        db.session.commit()
    answer.set_cookie(
        "lang", chosen, max_age=31536000, httponly=True, samesite="Lax", secure=parts.config().is_https, path="/"
    )
    return answer
