"""Changing and resetting one's password, and the first administrator."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models
from rectify.access import sign_in
from tests.conftest import AT, PASSWORD, Cast

Client = Callable[..., FlaskClient]
NEW = "Fluss-Bruecke-77"


def change(browser: FlaskClient, old: str = PASSWORD, new: str = NEW, repeat: str | None = None) -> object:
    return browser.post(
        "/account/password", data={"old": old, "password": new, "repeat": new if repeat is None else repeat}
    )


def can_enter(client: Client, password: str, name: str = "unit_a") -> bool:
    return client().post("/login", data={"name": name, "password": password}).status_code == 302


def test_a_password_is_changed_with_the_old_one_and_all_other_sessions_end(client: Client) -> None:
    browser, other = client("unit_a"), client("unit_a")

    answer = change(browser)

    assert answer.location == "/account"
    assert browser.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert can_enter(client, NEW) and not can_enter(client, PASSWORD)


def test_the_token_changes_with_the_password(client: Client) -> None:
    browser, before = client("unit_a"), client()
    with browser.session_transaction() as cookie, before.session_transaction() as copied:
        copied.update(cookie)

    change(browser)

    assert before.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"old": "wrong"}, "原密码不正确"),
        ({"new": "kurz"}, "至少使用10个字符"),
        ({"repeat": "anders"}, "两次输入的密码不一致"),
        ({"new": PASSWORD}, "最近五次用过"),
        ({"new": "甲县人民政府-Strasse9"}, "不能含有用户名"),
        ({"old": ""}, "请填写原密码"),
        ({"new": "Strasse-9" * 20}, "不要超过128个字符"),
    ],
)
def test_a_refused_change_says_why_and_changes_nothing(client: Client, fields: dict[str, str], sentence: str) -> None:
    page = change(client("unit_a"), **fields).get_data(as_text=True)

    assert sentence in page
    assert can_enter(client, PASSWORD)


def test_the_old_password_cannot_be_guessed_without_end(client: Client) -> None:
    browser = client("unit_a")
    for _time in range(5):
        change(browser, old="wrong")

    assert "原密码不正确" in change(browser).get_data(as_text=True)


def test_a_temporary_password_leads_nowhere_but_to_its_change(client: Client, session: Session, cast: Cast) -> None:
    user = session.get(models.User, cast.users["unit_a"])
    assert user is not None
    temporary = sign_in.set_temporary_password(session, user, AT)
    session.commit()
    browser = client()
    browser.post("/login", data={"name": "unit_a", "password": temporary})

    assert browser.get("/account").location == "/account/password"
    assert "临时密码" in browser.get("/account/password").get_data(as_text=True)
    assert change(browser, old=temporary).location == "/"
    assert browser.get("/account").status_code == 200


def test_a_user_sees_and_ends_his_own_sessions_and_nobody_elses(client: Client, session: Session, cast: Cast) -> None:
    browser, second, foreign = client("unit_a"), client("unit_a"), client("unit_b")
    rows = {row.user_id: row for row in session.scalars(select(models.UserSession).order_by(models.UserSession.id))}
    mine, theirs = rows[cast.users["unit_a"]].id, rows[cast.users["unit_b"]].id
    session.rollback()

    assert browser.get("/account").get_data(as_text=True).count('/end"') == 2
    assert browser.post(f"/account/sessions/{theirs}/end").status_code == 404
    assert browser.post(f"/account/sessions/{2**64}/end").status_code == 404
    assert browser.post(f"/account/sessions/{mine}/end").status_code == 302

    assert second.get("/account").status_code == 302
    assert foreign.get("/account").status_code == 200


def test_a_user_ends_all_other_sessions_at_once(client: Client) -> None:
    browser, second, third = client("unit_a"), client("unit_a"), client("unit_a")

    browser.post("/account/sessions/end-others")

    assert [b.get("/account").status_code for b in (browser, second, third)] == [200, 302, 302]


def test_the_account_page_tells_of_failed_tries(client: Client) -> None:
    client("unit_a")
    for _time in range(3):
        client().post("/login", data={"name": "unit_a", "password": "wrong"})
    browser = client()
    browser.post("/login", data={"name": "unit_a", "password": PASSWORD})

    assert "3次失败的登录尝试" in browser.get("/account").get_data(as_text=True)


# --- reset by mail ---


def ask(client: Client, name: str, host: str = "localhost") -> str:
    browser = client()
    answer = browser.post("/reset", data={"name": name}, headers={"Host": host})
    assert answer.status_code == 302
    return browser.get(answer.location, headers={"Host": host}).get_data(as_text=True)


def mailed_link(session: Session) -> str:
    link = str(session.scalars(select(models.Outbox).where(models.Outbox.kind == "reset")).one().payload["link"])
    session.rollback()  # a page cannot write while the test holds the database
    return link


def test_a_reset_is_mailed_to_the_account_and_works_once(client: Client, session: Session, cast: Cast) -> None:
    signed_in = client("unit_a")
    page = ask(client, "unit_a")
    link = mailed_link(session)
    path = link.removeprefix("http://127.0.0.1:8000")

    assert "邮件已发往" in page and link.startswith("http://127.0.0.1:8000/reset/")
    assert client().get(path).status_code == 200
    assert client().post(path, data={"password": NEW, "repeat": NEW}).location == "/login"
    assert can_enter(client, NEW)
    assert signed_in.get("/account").status_code == 302
    assert client().get(path).status_code == 404
    assert client().post(path, data={"password": PASSWORD, "repeat": PASSWORD}).status_code == 404


def test_the_page_says_the_same_for_an_account_that_there_is_not(client: Client, session: Session) -> None:
    assert ask(client, "unit_a") == ask(client, "nobody")

    assert len(session.scalars(select(models.Outbox)).all()) == 1


def test_the_link_has_the_configured_address_whatever_host_was_asked(client: Client, session: Session) -> None:
    ask(client, "unit_a", host="127.0.0.1:9999")

    assert mailed_link(session).startswith("http://127.0.0.1:8000/")


def test_no_secret_of_a_reset_stands_in_the_trail(client: Client, session: Session) -> None:
    ask(client, "unit_a")
    token = mailed_link(session).rpartition("/")[2]

    rows = session.scalars(select(models.AuditEntry)).all()
    assert rows and token not in repr([vars(row) for row in rows])
    assert session.scalars(select(models.ResetToken.token_hash)).one() == sign_in.token_hash(token)


def test_a_refused_password_leaves_the_link_good(client: Client, session: Session) -> None:
    ask(client, "unit_a")
    path = mailed_link(session).removeprefix("http://127.0.0.1:8000")

    assert "至少使用10个字符" in client().post(path, data={"password": "kurz", "repeat": "kurz"}).get_data(as_text=True)
    assert client().post(path, data={"password": NEW, "repeat": NEW}).location == "/login"


def test_asking_for_resets_without_end_is_stopped(client: Client) -> None:
    codes = [client().post("/reset", data={"name": f"nobody{n}"}).status_code for n in range(21)]

    assert codes == [302] * 20 + [429]


# --- the first administrator ---


@pytest.fixture
def first_path(app: Flask, session: Session, cast: Cast) -> str:
    admin = session.get(models.User, cast.users["admin"])
    assert admin is not None
    admin.active = False
    session.flush()
    token = sign_in.first_admin_token(session, AT)
    session.commit()
    return f"/first/{token}"


def make_first(browser: FlaskClient, path: str, **fields: str) -> object:
    values = {"name": "chief", "full_name": "管理员", "email": "", "password": NEW, "repeat": NEW, **fields}
    return browser.post(path, data=values)


def test_the_one_time_address_makes_the_first_administrator_and_signs_him_in(
    client: Client, session: Session, first_path: str
) -> None:
    browser = client()
    assert browser.get(first_path).status_code == 200

    answer = make_first(browser, first_path)

    assert answer.status_code == 302
    made = session.scalars(select(models.User).where(models.User.name == "chief")).one()
    assert (made.role, made.must_change_password) == ("admin", False)
    session.rollback()
    assert browser.get("/account").status_code == 200
    assert client().get(first_path).status_code == 404
    assert make_first(client(), first_path, name="second").status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "UNIT_A"}, "已有用户叫这个名字"),
        ({"name": " \u200b"}, "请填写用户名"),
        ({"email": "no-address"}, "邮箱地址有误"),
        ({"password": "kurz", "repeat": "kurz"}, "至少使用10个字符"),
        ({"repeat": "other"}, "两次输入的密码不一致"),
    ],
)
def test_a_refused_first_administrator_leaves_the_address_good(
    client: Client, first_path: str, fields: dict[str, str], sentence: str
) -> None:
    assert sentence in make_first(client(), first_path, **fields).get_data(as_text=True)

    assert make_first(client(), first_path).status_code == 302


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "..%2F", "①"])
def test_a_guessed_address_makes_nobody(client: Client, first_path: str, token: str) -> None:
    assert make_first(client(), f"/first/{token}").status_code == 404


def test_the_address_is_worth_nothing_after_a_day(client: Client, first_path: str) -> None:
    with time_machine.travel(AT + dt.timedelta(hours=24), tick=False):
        assert client().get(first_path).status_code == 404


def test_no_page_of_the_account_shows_a_password(client: Client) -> None:
    page = change(client("unit_a"), old="geheim-geheim", new="auch-geheim", repeat="auch-geheim")

    assert not re.search("geheim", page.get_data(as_text=True))
