"""Accounts: the list, a new one, changing, disabling, a temporary password, signing somebody out.

What may be done to an account is access.accounts's.
"""

from __future__ import annotations

import datetime as dt

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as Answer
from wtforms import HiddenField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired

from rectify import models
from rectify.access import accounts, preferences, sign_in
from rectify.access.sentences import Refused
from rectify.models import db
from rectify.web import parts
from rectify.web.admin import pages

PAGE = 50


class UserForm(parts.OnceForm):
    """An account. Its password is never typed here (AU-08)."""

    name = StringField(
        _("用户名"),
        validators=[InputRequired(_("请填写用户名。"))],
        render_kw={"maxlength": 64, "autocomplete": "off", "autocapitalize": "none"},
    )
    full_name = StringField(_("姓名"), render_kw={"maxlength": 100, "autocomplete": "off"})
    role = SelectField(_("角色"))
    units = SelectMultipleField(
        _("单位"),
        coerce=int,
        validate_choice=False,
        description=_("督导验收、单位负责人、填报员须至少选一个；按住Ctrl可以多选。"),
        render_kw={"size": 8},
    )
    email = StringField(
        _("工作邮箱"),
        description=_("用于接收提醒和重置密码；没有邮箱的账号收不到提醒。"),
        render_kw={"maxlength": 254, "autocomplete": "off"},
    )
    version = HiddenField()

    def offer(self, kept: set[int]) -> None:
        """The roles, and the units in use besides those `kept` that the account has already."""
        self.role.choices = [
            SelectChoice(role, gettext(word)) for role, word in parts.ROLE_WORDS.items() if role in models.ROLES
        ]
        query = select(models.Unit.id, models.Unit.name).where(or_(models.Unit.active, models.Unit.id.in_(kept)))
        rows = db.session.execute(query.order_by(models.Unit.sort, models.Unit.id)).all()
        self.units.choices = [SelectChoice(str(row.id), row.name) for row in rows]

    def details(self) -> accounts.Details:
        return accounts.Details(
            name=self.name.data or "",
            role=self.role.data or "",
            full_name=self.full_name.data or "",
            email=self.email.data or "",
            unit_ids=frozenset(unit if 0 < unit < 2**31 else -1 for unit in self.units.data or []),
        )


@pages.route("/admin/users")
@parts.enter("admin")
def users() -> str:
    """All accounts, searched by name, full name, mail address or unit."""
    asked, role = str(parts.clean(request.args.get("q", "")))[:100], request.args.get("role", "")
    after = sign_in.name_key(request.args.get("after", ""))
    query = select(models.User).options(selectinload(models.User.units)).order_by(models.User.name_key)
    if asked:
        of_unit = exists().where(
            models.UserUnit.user_id == models.User.id,
            models.UserUnit.unit_id == models.Unit.id,
            models.Unit.name.contains(asked, autoescape=True),
        )
        query = query.where(
            or_(
                models.User.name_key.contains(sign_in.name_key(asked), autoescape=True),
                models.User.full_name.contains(asked, autoescape=True),
                models.User.email.icontains(asked, autoescape=True),
                of_unit,
            )
        )
    if role in models.ROLES:
        query = query.where(models.User.role == role)
    if after:
        query = query.where(models.User.name_key > after)
    found = list(db.session.scalars(query.limit(PAGE + 1)))
    shown = found[:PAGE]
    days = preferences.load(db.session()).unused_days
    return render_template(
        "admin/users.html",
        users=shown,
        unused={user.id for user in shown if _is_unused(user, days)},
        unused_days=days,
        role_words={role: gettext(word) for role, word in parts.ROLE_WORDS.items()},
        q=asked,
        role=role,
        next_url=parts.link(after=shown[-1].name_key) if len(found) > PAGE else None,
        first_url=parts.link(after=None) if after else None,
        no_units=not db.session.scalar(select(func.count()).select_from(models.Unit)),
    )


def _is_unused(user: models.User, days: int) -> bool:
    used = user.last_signed_in_at or user.created_at
    return bool(days) and user.active and used < parts.now() - dt.timedelta(days=days)


@pages.route("/admin/users/new", methods=["GET", "POST"])
@parts.enter("admin")
def new_user() -> str | Answer:
    """A new account; its temporary password is shown once."""
    form = UserForm()
    form.offer(set())
    if form.validate_on_submit():
        if led := parts.made_before(form.once.data):
            return redirect(led)
        try:
            user, secret = accounts.add_user(db.session(), form.details(), by=parts.person(), at=parts.now())
        except Refused as refused:
            db.session.rollback()
            parts.refuse(form, refused)
        else:
            parts.once(form.once.data, url_for("admin.user", user_id=user.id))
            return _show_once(user, secret)
    return render_template("admin/user.html", form=form, user=None)


@pages.route("/admin/users/<int:user_id>", methods=["GET", "POST"])
@parts.enter("admin")
def user(user_id: int) -> str | Answer | tuple[str, int]:
    """An account and what can be changed of it."""
    who = _find(user_id)
    have = {unit.id for unit in who.units}
    form = UserForm(obj=who if request.method == "GET" else None)
    form.offer(have)
    code = 200
    if request.method == "GET":
        form.units.data, form.version.data = sorted(have), str(who.version)
    elif form.validate():
        if form.version.data != str(who.version):
            form.form_errors.append(
                gettext("在您填写期间，有人已经修改了这个账号。下面是您填写的内容；核对后再次保存即以您的为准。")
            )
            form.version.data, form.version.raw_data, code = str(who.version), None, 409
        else:
            try:
                accounts.change_user(db.session(), who, form.details(), by=parts.person(), at=parts.now())
            except Refused as refused:
                db.session.rollback()
                parts.refuse(form, refused)
            else:
                db.session.commit()
                flash(gettext("已保存。"))
                return redirect(url_for("admin.user", user_id=user_id))
    page = render_template(
        "admin/user.html",
        form=form,
        user=_find(user_id),
        sessions=sign_in.sessions_of(db.session(), user_id, parts.now()),
        plain=parts.Form(),
    )
    return page, code


@pages.route("/admin/users/<int:user_id>/disable", methods=["POST"])
@parts.enter("admin")
def disable_user(user_id: int) -> Answer:
    """Closes an account."""
    who = _find(user_id)
    try:
        accounts.disable_user(db.session(), who, by=parts.person(), at=parts.now())
    except Refused as refused:
        return _said_no(user_id, refused)
    db.session.commit()
    flash(gettext("账号“%(name)s”已停用，其登录已全部退出。", name=who.name))
    return redirect(url_for("admin.user", user_id=user_id))


@pages.route("/admin/users/<int:user_id>/enable", methods=["POST"])
@parts.enter("admin")
def enable_user(user_id: int) -> str | Answer:
    """Opens a disabled account again."""
    who = _find(user_id)
    secret = accounts.enable_user(db.session(), who, by=parts.person(), at=parts.now())
    return _show_once(who, secret)


@pages.route("/admin/users/<int:user_id>/temporary-password", methods=["POST"])
@parts.enter("admin")
def temporary_password(user_id: int) -> str | Answer:
    """A temporary password, shown once."""
    who = _find(user_id)
    try:
        secret = accounts.give_temporary_password(db.session(), who, by=parts.person(), at=parts.now())
    except Refused as refused:
        return _said_no(user_id, refused)
    return _show_once(who, secret)


@pages.route("/admin/users/<int:user_id>/end-sessions", methods=["POST"])
@parts.enter("admin")
def end_sessions(user_id: int) -> Answer:
    """Signs a user out everywhere."""
    ended = accounts.end_sessions(db.session(), _find(user_id), by=parts.person(), at=parts.now())
    db.session.commit()
    flash(gettext("已退出%(count)s处登录。", count=ended))
    return redirect(url_for("admin.user", user_id=user_id))


def _find(user_id: int) -> models.User:
    return parts.found(db.session.get(models.User, user_id) if user_id < 2**31 else None)


def _show_once(who: models.User, secret: str) -> str:
    """The page that alone shows a temporary password; it is in no address, message or store."""
    name, user_id = who.name, who.id
    db.session.commit()
    return render_template("admin/secret.html", name=name, user_id=user_id, secret=secret)


def _said_no(user_id: int, refused: Refused) -> Answer:
    db.session.rollback()
    flash(parts.told(refused), "error")
    return redirect(url_for("admin.user", user_id=user_id))
