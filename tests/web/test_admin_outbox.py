"""The outbox page: refused mails sent again, one, all or to a new address; what was said over a test mail; the hours."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rectify import jobs, models
from rectify.settings import MailServer
from tests.conftest import AT, TODAY
from tests.support import mailserver

if TYPE_CHECKING:
    from tests.conftest import Cast

Browser = Callable[..., FlaskClient]


@pytest.fixture
def refused(session: Session, cast: Cast) -> Callable[..., int]:
    """A mail to unit_a that the server refused for good."""

    def made(kind: str = "digest", day: dt.date = TODAY, who: str = "unit_a") -> int:
        row = models.Outbox(
            kind=kind,
            user_id=cast.users[who],
            day_on=day,
            message_id=f"<{kind}{day}{who}@x>",
            payload={"to": "a@example.cn"} if kind == "test" else {},
            queued_at=AT - dt.timedelta(days=9),
            next_try_at=AT,
            state="dead",
            tries=7,
            answer="550 5.1.1 <b>no such user</b>",
        )
        session.add(row)
        session.flush()
        made_id = row.id
        session.commit()
        return made_id

    return made


def box(session: Session, outbox_id: int) -> models.Outbox:
    session.rollback()
    return session.get_one(models.Outbox, outbox_id, populate_existing=True)


def test_a_refused_mail_stands_there_in_the_servers_words(client: Browser, refused: Callable[..., int]) -> None:
    refused()

    page = client("admin").get("/admin/outbox").text

    assert "550 5.1.1 &lt;b&gt;no such user&lt;/b&gt;" in page


def test_all_refused_mails_are_sent_again_but_links_that_are_worth_nothing(
    client: Browser, refused: Callable[..., int], session: Session
) -> None:
    ids = [refused(), refused(day=TODAY - dt.timedelta(days=1)), refused("test")]
    link = refused("reset")

    answer = client("admin").post("/admin/outbox/resend", follow_redirects=True)

    assert "已将3封邮件重新列入待发送" in answer.text
    rows = [box(session, one) for one in ids]
    assert [(row.state, row.tries, row.queued_at) for row in rows] == [("queued", 0, AT)] * 3
    assert box(session, link).state == "dead"
    entry = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "outbox.resend")).one()
    assert entry.details == {"count": 3}


def test_a_new_address_goes_to_the_account_and_into_the_trail_and_the_mail_is_sent_there(
    client: Browser, refused: Callable[..., int], session: Session, cast: Cast
) -> None:
    one = refused()

    answer = client("admin").post(f"/admin/outbox/{one}/address", data={"email": " new@example.cn "})

    assert answer.status_code == 302
    assert box(session, one).state == "queued"
    assert session.get_one(models.User, cast.users["unit_a"]).email == "new@example.cn"
    entry = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "user.change")).one()
    assert (entry.user_id, entry.item_id) == (cast.users["admin"], cast.users["unit_a"])
    assert entry.details == {"email": ["unit_a@example.cn", "new@example.cn"]}


@pytest.mark.parametrize("typed", ["", "nobody", "a@example.cn\r\nBcc: b@example.cn", "a@x.cn, b@x.cn", '"><b>@x.cn'])
def test_what_is_no_address_is_refused_and_stays_as_typed(
    client: Browser, refused: Callable[..., int], session: Session, cast: Cast, typed: str
) -> None:
    one = refused()

    answer = client("admin").post(f"/admin/outbox/{one}/address", data={"email": typed})

    page = BeautifulSoup(answer.text, "html.parser")
    field = page.select_one(f"#address-{one}")
    assert answer.status_code == 422 and "请填写一个完整的邮箱地址" in page.text
    assert field is not None and str(field["value"]).split() == typed.split()
    assert box(session, one).state == "dead"
    assert session.get_one(models.User, cast.users["unit_a"]).email == "unit_a@example.cn"


def test_only_a_refused_digest_is_readdressed(client: Browser, refused: Callable[..., int], session: Session) -> None:
    """A link in a mail of the account must not be led to another address this way."""
    waiting, link, test = refused(), refused("reset"), refused("test")
    box(session, waiting).state = "queued"
    session.commit()
    browser = client("admin")

    for one in (waiting, link, test, 987654, 2**40):
        assert browser.post(f"/admin/outbox/{one}/address", data={"email": "new@example.cn"}).status_code == 404


@pytest.mark.parametrize(
    ("answer", "state", "last"),
    [
        (None, "sent", "S: 250 taken"),
        ("550 5.1.1 no such user", "dead", "S: 250 OK"),
        ("450 later", "queued", "S: 250 OK"),
    ],
)
def test_a_test_mail_shows_what_was_said_with_the_server(
    app: Flask, client: Browser, session: Session, answer: str | None, state: str, last: str
) -> None:
    """R16: the whole dialogue, whatever became of the mail."""
    browser = client("admin")
    browser.post("/admin/outbox/test", data={"to": "someone@example.cn"})
    with mailserver.serve(lambda step, _who: answer if step == "RCPT" else None) as server:
        mail = MailServer("smtp", host="127.0.0.1", port=server.port, tls="off")
        app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], mail=mail, lease_seconds=2)
        jobs.run_job(app, "post", TODAY)

    page = BeautifulSoup(browser.get(f"/admin/outbox?state={state}").text, "html.parser")
    said = page.select_one("pre.dialogue")
    assert said is not None
    lines = said.text.splitlines()
    assert lines[0].startswith("S: 220") and lines[-1] == last
    assert "C: rcpt TO:<someone@example.cn>" in lines
    assert answer is None or f"S: {answer}" in lines


def test_a_test_mail_shows_why_the_server_could_not_be_reached(app: Flask, client: Browser) -> None:
    browser = client("admin")
    browser.post("/admin/outbox/test", data={"to": "someone@example.cn"})
    mail = MailServer("smtp", host="127.0.0.1", port=mailserver.free_port(), tls="off")
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], mail=mail, lease_seconds=2)

    jobs.run_job(app, "post", TODAY)

    said = BeautifulSoup(browser.get("/admin/outbox").text, "html.parser").select_one("pre.dialogue")
    assert said is not None and "失败" in said.text


def test_the_page_says_when_mails_go_out(client: Browser, session: Session) -> None:
    browser = client("admin")
    by_day = browser.get("/admin/outbox").text
    evening = AT + dt.timedelta(hours=8)  # 18:00 in Beijing
    session.execute(update(models.UserSession).values(seen_at=evening))
    session.commit()
    with time_machine.travel(evening, tick=False):
        in_the_evening = browser.get("/admin/outbox").text

    assert "工作日08:30至18:00发信" in by_day and "现在不在发信时间" not in by_day
    assert "其他邮件将于2026-06-16 08:30开始发出" in in_the_evening
