"""The settings that are changed in the browser; each is obeyed somewhere, else it would not stand here (R25)."""

from __future__ import annotations

import re
from dataclasses import asdict

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as Answer
from wtforms import Field, IntegerField, SelectChoice, SelectField
from wtforms.validators import InputRequired
from wtforms.widgets import TimeInput

from rectify import records
from rectify.access import preferences
from rectify.access.sentences import Refused
from rectify.models import db
from rectify.web import parts
from rectify.web.admin import pages


class Clock(Field):
    """A time of day as minutes since midnight, typed as 08:30."""

    widget = TimeInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(parts.clean(self.raw_data[0]))
        return "" if self.data is None else f"{self.data // 60:02d}:{self.data % 60:02d}"

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])(:00)?", valuelist[0] if valuelist else "", re.ASCII)
        self.data = int(typed[1]) * 60 + int(typed[2]) if typed else None
        if typed is None:
            raise ValueError(gettext("请填写时间，例如08:30。"))


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
    mail_begins = Clock(_("每天几点开始发信"), description=_("只在工作日发；其余时间列入的邮件等到下一个工作日。"))
    mail_ends = Clock(_("每天几点停止发信"), description=_("重设密码和测试邮件不受此限，随时发出。"))


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
