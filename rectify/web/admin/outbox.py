"""The outbox page: what waits, what was sent, what was refused in the server's words; sending again, releasing, a test.

The text of mails is business data and is not shown here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import Length

from rectify import clock, models, notices, post, records
from rectify.access import accounts
from rectify.access.sentences import Refused
from rectify.models import db
from rectify.rules.addresses import is_mailable
from rectify.web import parts
from rectify.web.admin import pages

PAGE = 50
STATES = ("queued", "dead", "held", "sent", "dropped")


class TestMailForm(parts.Form):
    """Where a test mail goes."""

    __test__ = False  # not a test, whatever its name begins with

    to = StringField("", validators=[Length(max=254)])


def state_words() -> dict[str, str]:
    """What the office calls the states of a mail."""
    return {
        "queued": _("等待发送"),
        "dead": _("被拒收"),
        "held": _("待放行"),
        "sent": _("已发送"),
        "dropped": _("已撤回"),
    }


def kind_words() -> dict[str, str]:
    """What the office calls the kinds of mail."""
    return {"digest": _("日汇总"), "reset": _("重设密码"), "test": _("测试邮件")}


def dropped_words() -> dict[str, str]:
    """Why a mail was not sent."""
    return {
        "inactive": _("账号已停用或不存在"),
        "no_address": _("账号没有可用的邮箱地址"),
        "superseded": _("已有更新的日汇总代替"),
        "no_longer_true": _("所提醒的事项已不再成立"),
        "spent": _("链接已使用或已失效"),
    }


@pages.route("/admin/outbox")
@parts.enter("admin")
def outbox() -> str:
    """Mails by state, newest first."""
    return _page(TestMailForm())


@dataclass(frozen=True)
class Readdressed:
    """A new address for a refused mail that was not taken: which mail, what was typed, why not."""

    outbox_id: int
    typed: str
    sentence: str


def _page(form: TestMailForm, refused: Readdressed | None = None) -> str:
    box = models.Outbox
    counted = db.session.execute(select(box.state, func.count()).group_by(box.state)).tuples()
    counts = dict.fromkeys(STATES, 0) | dict(counted.all())
    state = request.args.get("state", "") if refused is None else "dead"
    if state not in STATES:
        state = next((name for name in ("held", "dead") if counts[name]), "queued")
    before = parts.number(request.args.get("before"))
    query = (
        select(
            box.id,
            box.kind,
            box.address,
            box.queued_at,
            box.next_try_at,
            box.sent_at,
            box.tries,
            box.answer,
            box.dropped_because,
            box.message_id,
            box.payload,
            models.User.name,
            models.User.email,
        )
        .outerjoin(models.User, models.User.id == box.user_id)
        .where(box.state == state)
        .order_by(box.id.desc())
        .limit(PAGE + 1)
    )
    rows = db.session.execute(query.where(box.id < before) if before else query).all()
    if not form.to.data:
        form.to.data = (
            db.session.scalar(select(models.User.email).where(models.User.id == parts.person().user_id)) or ""
        )
    form.to.label.text = _("收件地址")
    return render_template(
        "admin/outbox.html",
        rows=rows[:PAGE],
        next_before=rows[PAGE - 1].id if len(rows) > PAGE else None,
        counts=counts,
        state=state,
        states=state_words(),
        kinds=kind_words(),
        reasons=dropped_words(),
        mail=parts.config().mail,
        demo_keeps=bool(current_app.config.get("DEMO")) and not parts.config().mail.is_loopback,
        sender=parts.config().mail_from,
        trouble=post.trouble(db.session()),
        form=form,
        refused=refused,
        late=post.late(db.session(), parts.now(), parts.config().timezone),
        **_hours(),
    )


def _hours() -> dict[str, Any]:
    """When mails go out, and, outside the hours, when next; an instant."""
    hours, local = post.hours(db.session()), clock.local(parts.now(), parts.config().timezone)
    return {"hours": hours, "next_open": None if hours.open(local) else hours.next_open(local)}


@pages.post("/admin/outbox/<int:outbox_id>/resend")
@parts.enter("admin")
def resend_mail(outbox_id: int) -> Response:
    """Queue again what was refused."""
    parts.found(db.session.get(models.Outbox, outbox_id) if 0 < outbox_id < 2**31 else None)
    at = parts.now()
    if post.requeue(db.session(), outbox_id, at):
        records.write(db.session(), parts.person(), at, "outbox.resend", "outbox", outbox_id)
        db.session.commit()
        flash(_("已重新列入待发送，一分钟内发出。"))
    else:
        db.session.rollback()
        flash(_("这封邮件不能重新发送：它没有被拒收，或者是已失效的重设密码邮件。"), "error")
    return redirect(url_for("admin.outbox"))


@pages.post("/admin/outbox/resend")
@parts.enter("admin")
def resend_mails() -> Response:
    """Queue again all that was refused."""
    at = parts.now()
    count = post.requeue_all(db.session(), at)
    if count:
        records.write(db.session(), parts.person(), at, "outbox.resend", "outbox", count=count)
    db.session.commit()
    flash(_("已将%(count)s封邮件重新列入待发送；其中不再成立的不会发出。", count=count))
    return redirect(url_for("admin.outbox", state="queued"))


@pages.post("/admin/outbox/<int:outbox_id>/address")
@parts.enter("admin")
def readdress_mail(outbox_id: int) -> Response | tuple[str, int]:
    """Give the account behind a refused mail another address, and queue the mail again."""
    session, at, by = db.session(), parts.now(), parts.person()
    row = parts.found(session.get(models.Outbox, outbox_id) if 0 < outbox_id < 2**31 else None)
    user = parts.found(row.user if row.state == "dead" and row.kind not in post.AT_ONCE else None)
    typed = str(parts.clean(request.form.get("email", "")))[:254]
    details = accounts.Details(user.name, user.role, user.full_name, typed, frozenset(unit.id for unit in user.units))
    try:
        if not is_mailable(typed):
            raise Refused("email", _("请填写一个完整的邮箱地址，例如 name@example.cn。"))
        accounts.change_user(session, user, details, by=by, at=at)
    except Refused as refused:
        session.rollback()
        return _page(TestMailForm(), Readdressed(outbox_id, typed, parts.told(refused))), 422
    post.requeue(session, outbox_id, at)
    records.write(session, by, at, "outbox.resend", "outbox", outbox_id)
    db.session.commit()
    flash(_("已更改“%(name)s”的邮箱地址，邮件重新列入待发送。", name=user.name))
    return redirect(url_for("admin.outbox"))


@pages.post("/admin/outbox/release")
@parts.enter("admin")
def release_mails() -> Response:
    """Let go of what waits for release since a restore."""
    at = parts.now()
    count = post.release_held(db.session(), at)
    records.write(db.session(), parts.person(), at, "outbox.release", "outbox", count=count)
    db.session.commit()
    flash(_("已放行%(count)s封邮件；其中不再成立的不会发出。", count=count))
    return redirect(url_for("admin.outbox", state="queued"))


@pages.post("/admin/outbox/test")
@parts.enter("admin")
def send_test_mail() -> Response | tuple[str, int]:
    """Queue a test mail: the same way as any other, so that it shows what happens to them (R16)."""
    form = TestMailForm()
    form.to.label.text = _("收件地址")
    to = (form.to.data or "").strip()
    if not form.validate_on_submit() or not is_mailable(to):
        form.to.errors = [*form.to.errors, _("请填写一个完整的邮箱地址，例如 name@example.cn。")]
        return _page(form), 422
    at = parts.now()
    person = parts.person()
    row = notices.queue_test(db.session(), person.user_id, to, parts.config().base_url, at, parts.today())
    records.write(db.session(), person, at, "outbox.test", "outbox", row.id)
    db.session.commit()
    flash(_("测试邮件已列入待发送，一分钟内发出；发出后可在“已发送”或“被拒收”中看到服务器的答复。"))
    return redirect(url_for("admin.outbox", state="queued"))
