"""The jobs page and the outbox page, as the administrator reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rectify import jobs, models, post

AT = dt.datetime(2026, 6, 15, 2, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 6, 15)
Client = Callable[..., FlaskClient]


def add_mail(session: Session, state: str, **values: Any) -> int:
    row = models.Outbox(
        **{
            "kind": "test",
            "day_on": DAY,
            "message_id": f"<{state}@rectify>",
            "queued_at": AT,
            "next_try_at": AT,
            "state": state,
            "payload": {"to": "a@example.cn"},
            **values,
        }
    )
    session.add(row)
    session.flush()
    mail_id = row.id
    session.commit()
    return mail_id


@pytest.mark.parametrize("name", ["office", "supervisor", "unit_a", "leader", "auditor"])
@pytest.mark.parametrize("path", ["/admin/jobs", "/admin/outbox"])
def test_only_the_administrator_sees_jobs_and_outbox(client: Client, name: str, path: str) -> None:
    assert client(name).get(path).status_code == 403


def test_the_jobs_page_tells_what_runs_did_in_numbers(client: Client, session: Session) -> None:
    """R15: rows judged and mails queued, not "ok"; R6: the zone and the day."""
    session.add(
        models.JobRun(
            job="remind",
            day_on=DAY,
            began_at=AT,
            ended_at=AT + dt.timedelta(seconds=2.5),
            ok=True,
            did={"workday": True, "owed": 42, "queued": 40, "suppressed": 2, "digests": 7},
        )
    )
    session.add(models.JobRun(job="judge", day_on=DAY, began_at=AT, ended_at=AT, ok=False, error="OSError: disk full"))
    session.add(models.JobRun(job="rounds", day_on=DAY, began_at=AT - dt.timedelta(hours=3)))
    session.commit()

    page = client("admin").get("/admin/jobs").get_data(as_text=True)

    for words in ("应提醒 42", "日汇总 7", "2.5", "OSError: disk full", "中断", "Asia/Shanghai", "2026年6月15日"):
        assert words in page
    assert "调度程序没有运行" in page


def test_the_page_says_who_schedules_since_when(client: Client, session: Session) -> None:
    """The database's clock gives the moment, which in a test is the real one."""
    browser = client("admin")
    jobs.take_lease(session, "host:1:abc", 30)
    taken = session.scalars(select(models.Lease.since_at)).one()
    session.execute(update(models.Lease).values(since_at=AT))
    session.commit()

    page = browser.get("/admin/jobs").text

    assert taken is not None and abs(taken - jobs.database_now(session)) < dt.timedelta(minutes=1)
    assert "host:1:abc（第1任，自2026-06-15 10:00起）" in page


def test_the_history_is_read_by_job_or_by_what_went_wrong_and_page_by_page(client: Client, session: Session) -> None:
    def ran(job: str, minute: int, **values: Any) -> None:
        began = AT - dt.timedelta(days=9) + dt.timedelta(minutes=minute)
        session.add(models.JobRun(job=job, day_on=DAY, began_at=began, did={}, **values))

    for minute in range(60):
        ran("judge", minute, ok=True, ended_at=AT)
    ran("remind", 61, ok=False, ended_at=AT, error="OSError: disk full")
    ran("remind", 62)  # killed: it has no end
    ran("post", 63, ok=True, ended_at=AT)
    session.commit()
    browser = client("admin")

    def rows(address: str) -> list[str]:
        table = BeautifulSoup(browser.get(address).text, "html.parser").find_all("table")[1]
        return [row.find_all("td")[1].text for row in table.select("tbody tr")]

    wrong = browser.get("/admin/jobs?failed=1")
    way_on = BeautifulSoup(browser.get("/admin/jobs?job=judge").text, "html.parser").select_one("a[rel=next]")
    assert way_on is not None
    assert rows("/admin/jobs?failed=1") == ["提醒与日汇总"] * 2
    assert "disk full" in wrong.text and "中断" in wrong.text
    assert rows("/admin/jobs?job=judge") == ["每日判定"] * 50
    assert rows(str(way_on["href"])) == ["每日判定"] * 10
    assert len(rows("/admin/jobs?job=nonsense")) == 50


def test_a_round_that_the_mail_server_ended_does_not_read_as_done(client: Client, session: Session) -> None:
    """R42: an error never looks like nothing to do."""
    did = {"sent": 0, "trouble": "连接 mail.example.cn:25 失败"}
    session.add(models.JobRun(job="post", day_on=DAY, began_at=AT, ended_at=AT, ok=True, did=did))
    session.commit()

    page = client("admin").get("/admin/jobs").get_data(as_text=True)

    assert "未发出" in page
    assert "连接 mail.example.cn:25 失败" in page
    assert "完成" not in page


def test_a_job_is_asked_of_whoever_schedules(client: Client, session: Session) -> None:
    """MA-06: no mail is sent within a web request."""
    assert jobs.take_lease(session, "host:1", 30) == 1

    answer = client("admin").post("/admin/jobs/post/run", follow_redirects=True).get_data(as_text=True)

    assert "已要求运行" in answer
    assert jobs.asked(session) == ["post"]
    assert session.scalars(select(models.AuditEntry.act)).all()[-1] == "job.ask"


def test_without_a_scheduler_a_job_is_not_asked_for(client: Client, session: Session) -> None:
    answer = client("admin").post("/admin/jobs/judge/run", follow_redirects=True).get_data(as_text=True)

    assert "调度程序没有运行，任务无法执行" in answer
    assert jobs.asked(session) == []


def test_a_job_that_does_not_exist_is_not_found(client: Client) -> None:
    assert client("admin").post("/admin/jobs/nothing/run").status_code == 404


def test_the_outbox_says_that_no_mail_server_is_set_up(client: Client) -> None:
    assert "尚未配置邮件服务器" in client("admin").get("/admin/outbox").get_data(as_text=True)


def test_a_refused_mail_is_shown_with_the_servers_words_and_sent_again(client: Client, session: Session) -> None:
    """MA-04."""
    mail_id = add_mail(session, "dead", answer="550 no such user", address="gone@example.cn", tries=1)
    browser = client("admin")

    page = browser.get("/admin/outbox").get_data(as_text=True)
    answer = browser.post(f"/admin/outbox/{mail_id}/resend", follow_redirects=True).get_data(as_text=True)

    assert "550 no such user" in page
    assert "gone@example.cn" in page
    assert "已重新列入待发送" in answer
    session.expire_all()
    mail = session.get_one(models.Outbox, mail_id)
    assert (mail.state, mail.tries) == ("queued", 0)


@pytest.mark.parametrize(("state", "kind"), [("sent", "test"), ("queued", "test"), ("dead", "reset")])
def test_only_a_refused_mail_that_still_says_something_is_sent_again(
    client: Client, session: Session, state: str, kind: str
) -> None:
    mail_id = add_mail(session, state, kind=kind)

    answer = client("admin").post(f"/admin/outbox/{mail_id}/resend", follow_redirects=True).get_data(as_text=True)

    assert "不能重新发送" in answer
    session.expire_all()
    assert session.get_one(models.Outbox, mail_id).state == state


@pytest.mark.parametrize("mail_id", [999, 2**31, 2**63])
def test_a_mail_that_does_not_exist_harms_nothing(client: Client, mail_id: int) -> None:
    assert client("admin").post(f"/admin/outbox/{mail_id}/resend").status_code in (302, 404)


def test_what_is_held_after_a_restore_is_released_by_hand(client: Client, session: Session) -> None:
    mail_id = add_mail(session, "held")
    browser = client("admin")

    page = browser.get("/admin/outbox").get_data(as_text=True)
    answer = browser.post("/admin/outbox/release", follow_redirects=True).get_data(as_text=True)

    assert "恢复备份之前列入" in page
    assert "已放行1封邮件" in answer
    session.expire_all()
    assert session.get_one(models.Outbox, mail_id).state == "queued"


def test_a_test_mail_is_queued_like_any_other(client: Client, session: Session) -> None:
    """R16."""
    answer = client("admin").post("/admin/outbox/test", data={"to": "me@example.cn"}, follow_redirects=True)

    assert "测试邮件已列入待发送" in answer.get_data(as_text=True)
    mail = session.scalars(select(models.Outbox)).one()
    assert (mail.kind, mail.payload, mail.state) == ("test", {"to": "me@example.cn"}, "queued")


@pytest.mark.parametrize("to", ["", "张三", "a@b.cn, c@d.cn", "a@b.cn\r\nBcc: c@d.cn"])
def test_a_test_mail_needs_one_address_and_what_was_typed_is_kept(client: Client, session: Session, to: str) -> None:
    answer = client("admin").post("/admin/outbox/test", data={"to": to})

    assert answer.status_code == 422
    assert "请填写一个完整的邮箱地址" in answer.get_data(as_text=True)
    assert session.scalars(select(models.Outbox)).all() == []


def test_the_outbox_tells_of_trouble_and_never_shows_what_mails_say(client: Client, session: Session) -> None:
    post.note_trouble(session, "连接 mail.example.cn:25 失败：等待答复超时", AT)
    add_mail(session, "sent", sent_at=AT, answer="250 taken", text="机密措施", html="<p>机密措施</p>", subject="机密")

    page = client("admin").get("/admin/outbox?state=sent").get_data(as_text=True)

    assert "250 taken" in page
    assert "机密" not in page
