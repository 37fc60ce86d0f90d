"""The settings that are changed in the browser; each is obeyed somewhere, else it would not stand here (R25)."""

from __future__ import annotations

from dataclasses import asdict

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as Answer
from wtforms import IntegerField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from rectify import records
from rectify.access import preferences
from rectify.access.sentences import Refused
from rectify.models import db
from rectify.web import parts
from rectify.web.admin import pages

WHOLE = InputRequired(_("请填写一个整数。"))


class SettingsForm(parts.Form):
    """Field by field the same names as `preferences.Preferences`."""

    password_preset = SelectField(
        _("密码规则"),
        choices=[
            SelectChoice("dengbao", _("等保：至少10个字符、四类中三类、最近五次不重复")),
            SelectChoice("asvs", _("ASVS：至少12个字符，不用常见的词")),
        ],
    )
    password_change_days = IntegerField(
        _("密码多少天须更换"),
        validators=[WHOLE],
        description=_("0为不要求；等保常用90。到期的人下次登录时须先改密码。"),
    )
    idle_minutes = IntegerField(
        _("无操作多少分钟退出"), validators=[WHOLE], description=_("5到480；等保规则下不超过30。")
    )
    sessions_each = IntegerField(
        _("一个账号最多同时登录几处"), validators=[WHOLE], description=_("1到100；超出时最早的一处自动退出。")
    )
    unused_days = IntegerField(
        _("多少天未登录的账号标为闲置"), validators=[WHOLE], description=_("0为不标；用户列表中据此提示停用。")
    )


@pages.route("/admin/settings", methods=["GET", "POST"])
@parts.enter("admin")
def settings() -> str | Answer:
    """All stored settings on one page."""
    stored = preferences.load(db.session())
    form = SettingsForm(data=asdict(stored) if request.method == "GET" else None)
    if form.validate_on_submit():
        wanted = preferences.Preferences(**{key: form[key].data for key in asdict(stored)})
        try:
            changed = preferences.save(db.session(), wanted)
        except Refused as refused:
            db.session.rollback()
            parts.refuse(form, refused)
        else:
            if changed:
                records.write(db.session(), parts.person(), parts.now(), "setting.change", "setting", **changed)
            db.session.commit()
            flash(gettext("已保存。"))
            return redirect(url_for("admin.settings"))
    return render_template("admin/settings.html", form=form)
