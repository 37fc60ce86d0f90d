"""How the system is: zone and day, database, mail, address, disk, jobs. It looks and mends nothing."""

from __future__ import annotations

import importlib.metadata
import shutil
from dataclasses import dataclass

from flask import current_app, render_template
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from rectify import clock, models, post
from rectify.models import db
from rectify.settings import Settings
from rectify.upkeep import schema
from rectify.web import parts
from rectify.web.admin import pages
from rectify.web.admin.jobs import job_word

LOW_DISK = 1024**3


@dataclass(frozen=True)
class Line:
    """One thing the page tells; `warning` says what to do about it."""

    name: str
    value: str
    warning: str = ""


@pages.route("/admin/status")
@parts.enter("admin")
def status() -> str:
    """The page an administrator looks at first when something seems wrong."""
    config = parts.config()
    lines = [*_time(config), *_database(config), *_mail(config), *_address(config), *_disk(config), *_people()]
    return render_template("admin/status.html", lines=lines, runs=_last_runs(), job_word=job_word, version=_version())


def _version() -> str:
    try:
        return importlib.metadata.version("rectify")
    except importlib.metadata.PackageNotFoundError:
        return gettext("未安装，从源代码运行")


def _time(config: Settings) -> list[Line]:
    local = clock.local(parts.now(), config.timezone)
    return [
        Line(gettext("时区"), config.timezone),
        Line(gettext("今天"), parts.today().isoformat()),
        Line(gettext("现在"), local.strftime("%Y-%m-%d %H:%M:%S %z")),
    ]


def _database(config: Settings) -> list[Line]:
    url = make_url(config.database_url).render_as_string(hide_password=True)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    at, newest = schema.current(app), schema.newest(app)
    behind = "" if at == newest else gettext("数据库不是最新版本，请运行 rectify migrate。")
    return [Line(gettext("数据库"), url), Line(gettext("数据库版本"), at or "—", behind)]


def _mail(config: Settings) -> list[Line]:
    late = post.late(db.session(), parts.now(), config.timezone)
    lines = _mail_server(config)
    if late is not None:
        said = gettext("最早的一封自%(since)s起等待", since=parts.show_instant(late))
        warning = gettext("有邮件已在发信时间内等了一小时以上没有发出，请在“发件箱”和“定时任务”中查明原因。")
        lines.append(Line(gettext("待发邮件"), said, warning))
    return lines


def _mail_server(config: Settings) -> list[Line]:
    mail = config.mail
    if mail.kind == "none":
        warning = gettext("尚未设置发信服务器，邮件都留在发件箱里。请设置 RECTIFY_MAIL_URL 后重新启动。")
        return [Line(gettext("发信服务器"), "—", warning)]
    if mail.kind == "file":
        where = gettext("写入文件夹 %(folder)s", folder=str(mail.folder))
        return [Line(gettext("发信服务器"), where), Line(gettext("发信地址"), config.mail_from)]
    where = f"{mail.kind}://{mail.user + ':***@' if mail.user else ''}{mail.host}:{mail.port}"
    bare = mail.tls == "off" and not mail.is_loopback
    warning = gettext("与发信服务器的连接没有加密，密码和邮件会以明文传输。") if bare else ""
    return [Line(gettext("发信服务器"), where, warning), Line(gettext("发信地址"), config.mail_from)]


def _address(config: Settings) -> list[Line]:
    """AU-13: over plain HTTP from other machines passwords can be read on the way."""
    public = config.base_url.split("://", 1)[-1].split("/", 1)[0]
    here = public.startswith(("127.", "localhost", "[::1]")) and config.host in ("127.0.0.1", "::1", "localhost")
    warning = ""
    if not config.is_https and not here:
        warning = gettext(
            "其他机器经未加密的 HTTP 访问，密码会以明文传输。请用 HTTPS 反向代理，并相应设置 RECTIFY_BASE_URL。"
        )
    return [Line(gettext("访问地址"), config.base_url, warning)]


def _disk(config: Settings) -> list[Line]:
    try:
        free = shutil.disk_usage(config.data_dir).free
    except OSError:
        return [Line(gettext("数据文件夹"), str(config.data_dir), gettext("数据文件夹读不到，请检查磁盘和权限。"))]
    warning = gettext("磁盘空间不足1 GB，请尽快清理或扩容。") if free < LOW_DISK else ""
    left = gettext("%(folder)s，剩余 %(free)s GB", folder=str(config.data_dir), free=f"{free / 1024**3:.1f}")
    return [Line(gettext("数据文件夹"), left, warning)]


def _people() -> list[Line]:
    counts = select(models.User.role, func.count()).where(models.User.active).group_by(models.User.role)
    by_role = {row[0]: row[1] for row in db.session.execute(counts)}
    said = "，".join(f"{gettext(parts.ROLE_WORDS[role])} {by_role[role]}" for role in models.ROLES if role in by_role)
    lacking = [gettext(parts.ROLE_WORDS[role]) for role in ("office", "auditor") if role not in by_role]
    warning = gettext("还没有这些角色的账号：%(roles)s", roles="、".join(lacking)) if lacking else ""
    lines = [Line(gettext("在用账号"), said or "—", warning)]
    if db.session.scalar(select(models.Unit.id).where(models.Unit.is_office, models.Unit.active).limit(1)) is None:
        lines.append(Line(gettext("整改办"), "—", gettext("还没有标明哪个单位是整改办，请在“单位”中设置。")))
    return lines


def _last_runs() -> list[models.JobRun]:
    newest = select(func.max(models.JobRun.id)).group_by(models.JobRun.job)
    return list(
        db.session.scalars(select(models.JobRun).where(models.JobRun.id.in_(newest)).order_by(models.JobRun.job))
    )
