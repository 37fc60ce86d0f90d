"""The jobs page: when each job ran last and runs next, what it did in numbers, who schedules; asking for a run now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import and_, or_, select
from werkzeug.wrappers import Response

from rectify import clock, models, records
from rectify import jobs as scheduling
from rectify.models import db
from rectify.rules import verdicts
from rectify.web import looks, parts
from rectify.web.admin import pages

PAGE = 50
CUT_AFTER = dt.timedelta(hours=1)
"""A run without an end that began so long ago was killed."""


@dataclass(frozen=True)
class Ran:
    """One run as a page shows it."""

    id: int
    job: str
    word: str
    day_on: dt.date
    began_at: dt.datetime
    seconds: float | None
    state: str  # ok | trouble | failed | running | cut
    numbers: tuple[tuple[str, str], ...]
    error: str


def job_word(name: str) -> str:
    """What the office calls a job."""
    words = {
        "judge": _("每日判定"),
        "rounds": _("调度期开启与截止"),
        "remind": _("提醒与日汇总"),
        "post": _("发送邮件"),
        "housekeeping": _("清理过期数据"),
    }
    return words.get(name, name)


def number_words() -> dict[str, str]:
    """What the numbers of the runs are called."""
    words = {
        "measures": _("状态变化的措施"),
        "issues": _("状态变化的问题"),
        "opened": _("开启调度期"),
        "late": _("迟开"),
        "missed": _("错过"),
        "planned": _("预排"),
        "closed": _("截止"),
        "workday": _("工作日"),
        "people": _("收件人"),
        "owed": _("应提醒"),
        "queued": _("列入邮件"),
        "already": _("此前已提醒"),
        "later": _("留待下一工作日"),
        "suppressed": _("未发"),
        "suppressed_no_address": _("未发：无可用邮箱"),
        "suppressed_no_right": _("未发：无权查看"),
        "digests": _("日汇总"),
        "held": _("待放行的日汇总（新增过多）"),
        "held_new": _("其中首次提醒的事项"),
        "measures_of_nobody": _("超期而责任单位无账号的措施"),
        "calendar_provisional": _("当年节假日尚未公布"),
        "failed": _("出错"),
        "sent": _("已发送"),
        "dropped": _("已撤回"),
        "put_off": _("暂缓"),
        "let_go": _("交回"),
        "dead": _("被拒收"),
        "waiting": _("等待发送"),
        "not_configured": _("未配置邮件服务器"),
        "outside_hours": _("不在发信时间"),
        "paused": _("邮件服务器故障，暂停"),
        "demonstration": _("演示数据，只发往本机"),
        "trouble": _("邮件服务器故障"),
        "sessions": _("会话"),
        "reset_tokens": _("重设链接"),
        "once_keys": _("表单标记"),
        "sign_in_attempts": _("登录记录"),
        "job_runs": _("任务记录"),
        "resets_spent": _("过期的重设邮件"),
        "notices": _("旧通知"),
    }
    return words | {
        f"measures_{verdict.value}": verdicts.word(verdict, looks.english()) for verdict in verdicts.Verdict
    }


def _numbers(did: dict[str, Any], words: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """What a run did, in numbers that are not nothing; rows judged and mails queued, not "ok" (R15)."""
    found = []
    for key, value in did.items():
        if value is True:
            shown = _("是")
        elif value is False and key == "workday":
            shown = _("否")
        elif isinstance(value, list | dict) or not value:
            continue
        else:
            shown = str(value)
        found.append((words.get(key, key), shown))
    return tuple(found)


def _ran(run: models.JobRun, words: dict[str, str], at: dt.datetime) -> Ran:
    if run.ended_at is not None:
        state = "failed" if not run.ok else "trouble" if run.did.get("trouble") else "ok"
    else:
        state = "running" if run.began_at > at - CUT_AFTER else "cut"
    seconds = (run.ended_at - run.began_at).total_seconds() if run.ended_at is not None else None
    numbers = _numbers(run.did, words)
    return Ran(run.id, run.job, job_word(run.job), run.day_on, run.began_at, seconds, state, numbers, run.error)


@pages.route("/admin/jobs")
@parts.enter("admin")
def jobs() -> str:
    """The timetable and the runs, newest first."""
    words, at = number_words(), parts.now()
    before = parts.number(request.args.get("before"))
    run = models.JobRun
    job = request.args.get("job", "")
    job, only_failed = job if job in scheduling.JOBS else "", bool(request.args.get("failed"))
    query = select(run).order_by(run.id.desc()).limit(PAGE + 1)
    if job:
        query = query.where(run.job == job)
    if only_failed:
        cut = and_(run.ended_at.is_(None), run.began_at < at - CUT_AFTER)
        query = query.where(or_(run.ok.is_(False), cut))
    runs = db.session.scalars(query.where(run.id < before) if before else query).all()
    last: dict[str, Ran] = {}
    for slot in scheduling.TIMETABLE:
        newest = select(run).where(run.job == slot.job).order_by(run.began_at.desc(), run.id.desc()).limit(1)
        found = db.session.scalars(newest).first()
        if found is not None:
            last[slot.job] = _ran(found, words, at)
    timezone = parts.config().timezone
    slots = [
        (slot, job_word(slot.job), last.get(slot.job), scheduling.next_run(slot, at, timezone))
        for slot in scheduling.TIMETABLE
    ]
    return render_template(
        "admin/jobs.html",
        slots=slots,
        runs=[_ran(one, words, at) for one in runs[:PAGE]],
        next_before=runs[PAGE - 1].id if len(runs) > PAGE else None,
        choices=[("", _("全部")), *((slot.job, job_word(slot.job)) for slot in scheduling.TIMETABLE)],
        job=job,
        only_failed=only_failed,
        kept_days=scheduling.KEPT_DAYS,
        lease=scheduling.leader(db.session()),
        led=scheduling.is_led(db.session()),
        asked=scheduling.asked(db.session()),
        timezone=timezone,
        local=clock.local(at, timezone),
        today=parts.today(),
        form=parts.Form(),
    )


@pages.post("/admin/jobs/<name>/run")
@parts.enter("admin")
def run_job(name: str) -> Response:
    """Ask whoever schedules to run a job now."""
    if name not in scheduling.JOBS:
        abort(404)
    at = parts.now()
    if not scheduling.is_led(db.session()):
        flash(_("调度程序没有运行，任务无法执行。请启动 rectify serve 或 rectify jobs run。"), "error")
        return redirect(url_for("admin.jobs"))
    scheduling.ask(db.session(), name, at)
    records.write(db.session(), parts.person(), at, "job.ask", "job", job=name)
    db.session.commit()
    flash(_("已要求运行“%(job)s”，稍后刷新本页查看结果。", job=job_word(name)))
    return redirect(url_for("admin.jobs"))
