"""Coming in and going out, as a browser sees it."""

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
from rectify.web.account.entrance import FIRST_PAGE, local_path
from tests.conftest import AT, CAST, PASSWORD, Cast

Client = Callable[..., FlaskClient]
WRONG = "用户名或密码不正确"


def enter(browser: FlaskClient, name: str, password: str = PASSWORD, **more: str) -> object:
    return browser.post("/login", data={"name": name, "password": password, **more})


def test_the_sign_in_page_asks_for_name_and_password_and_nothing_else(client: Client) -> None:
    page = client().get("/login").get_data(as_text=True)

    shown = re.findall(r'<input(?![^>]*type="hidden")[^>]*name="(\w+)"', page)
    assert shown == ["name", "password"]


@pytest.mark.parametrize("name", CAST)
def test_each_role_comes_to_its_own_first_page(app: Flask, client: Client, name: str) -> None:
    browser = client()

    answer = enter(browser, name)

    assert answer.status_code == 302 and answer.location == "/"
    role = {"unit_a": "clerk", "unit_b": "clerk"}.get(name, name)
    with app.test_request_context():
        expected = app.url_for(FIRST_PAGE[role])
    assert browser.get("/").location == expected


def test_after_signing_in_comes_the_page_one_came_for(client: Client) -> None:
    browser = client()
    asked = browser.get("/account?x=1")
    assert asked.location == "/login?next=/account?x%3D1"

    page = browser.get(asked.location).get_data(as_text=True)
    assert 'value="/account?x=1"' in page
    assert enter(browser, "unit_a", next="/account?x=1").location == "/account?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "/%5Cevil.example",
        "/%2F/evil.example",
        "/%252F/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "///evil.example",
        "evil.example",
        "/javascript:alert(1)",
        " //evil.example",
        "/a\nb",
        "/\x00",
        "/login?next=/login",
        "/logout",
        "",
    ],
)
def test_no_target_leads_away(client: Client, target: str) -> None:
    assert local_path(target) is None

    assert enter(client(), "unit_a", next=target).location == "/"


@pytest.mark.parametrize("target", ["/", "/measures/5", "/ledger?q=%E6%B1%A1%E6%B0%B4&after=2026-06-30:5", "/my#x"])
def test_targets_within_the_system_are_kept(target: str) -> None:
    assert local_path(target) == target


def test_the_answer_is_the_same_for_unknown_wrong_locked_and_disabled(
    client: Client, session: Session, cast: Cast
) -> None:
    disabled = session.get(models.User, cast.users["leader"])
    assert disabled is not None
    disabled.active = False
    for _time in range(5):
        sign_in.check(session, "admin", "wrong", AT, "198.51.100.7")
    session.commit()

    answers = [enter(client(), name, password) for name, password in [
        ("nobod", "wrong"), ("admin", PASSWORD), ("leade", "wrong"), ("leader", PASSWORD)[:2], ("offic", ""),
    ]][:3]  # fmt: skip
    answers.append(enter(client(), "leader"))
    bodies = {re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True)) for answer in answers}

    assert {answer.status_code for answer in answers} == {200}
    assert len(bodies) == 1 and WRONG in bodies.pop()


def test_what_was_typed_as_name_is_kept_and_the_password_is_not(client: Client) -> None:
    page = enter(client(), "unit_a", "geheim-geheim").get_data(as_text=True)

    assert 'value="unit_a"' in page and "geheim" not in page


def test_a_browser_gets_a_new_token_and_a_chosen_one_is_never_signed_in(app: Flask, client: Client) -> None:
    browser = client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = "chosen-by-a-stranger"

    enter(browser, "unit_a")

    with browser.session_transaction() as cookie:
        assert cookie["_user_id"] != "chosen-by-a-stranger"
        assert set(cookie) <= {"_user_id", "_fresh", "_id", "_permanent", "csrf_token"}


def test_signing_in_again_ends_the_session_before(client: Client, session: Session) -> None:
    browser = client()
    enter(browser, "unit_a")
    enter(browser, "unit_b")

    rows = session.scalars(select(models.UserSession).order_by(models.UserSession.id)).all()
    assert [row.ended_at is None for row in rows] == [False, True]


def test_signing_out_ends_the_session_on_the_server(client: Client, session: Session) -> None:
    browser, thief = client("unit_a"), client()
    with browser.session_transaction() as cookie, thief.session_transaction() as stolen:
        stolen.update(cookie)
    assert thief.get("/account").status_code == 200

    assert browser.post("/logout").location == "/login"

    assert thief.get("/account").status_code == 302
    acts = session.scalars(select(models.AuditEntry.act)).all()
    assert acts == ["sign_out"]


@pytest.mark.parametrize("minutes", [29, 30])
def test_a_session_left_alone_for_thirty_minutes_must_sign_in_again(client: Client, minutes: int) -> None:
    browser = client("unit_a")

    with time_machine.travel(AT + dt.timedelta(minutes=minutes), tick=False):
        assert browser.get("/account").status_code == (200 if minutes < 30 else 302)


def test_a_session_in_use_lives_on(client: Client) -> None:
    browser = client("unit_a")

    for minutes in range(20, 200, 20):
        with time_machine.travel(AT + dt.timedelta(minutes=minutes), tick=False):
            assert browser.get("/account").status_code == 200
            assert browser.post("/language", data={"locale": "zh_Hans_CN"}).status_code == 302


@pytest.mark.parametrize("path", ["/account", "/"])
def test_a_disabled_account_is_out_at_its_next_request(client: Client, session: Session, cast: Cast, path: str) -> None:
    browser = client("unit_a")
    user = session.get(models.User, cast.users["unit_a"])
    assert user is not None
    user.active = False
    session.commit()

    assert browser.get(path).location.startswith("/login")


def test_too_many_failures_from_one_address_are_told_to_wait(client: Client, session: Session) -> None:
    for number in range(sign_in.SOURCE_LIMIT):
        sign_in.check(session, f"nobody{number}", "wrong", AT, "127.0.0.1")
    session.commit()

    answer = enter(client(), "unit_a")

    assert answer.status_code == 429 and answer.headers["Retry-After"] == "900"


def test_a_browser_may_choose_its_language_before_signing_in(client: Client) -> None:
    browser = client()
    assert 'lang="zh-Hans-CN"' in browser.get("/login").get_data(as_text=True)

    browser.post("/language", data={"locale": "en", "next": "/login"})

    assert '<html lang="en">' in browser.get("/login").get_data(as_text=True)


def test_an_account_keeps_its_language(client: Client, session: Session, cast: Cast) -> None:
    browser = client("unit_a")

    answer = browser.post("/language", data={"locale": "en", "next": "/account"})

    assert answer.location == "/account"
    assert session.scalar(select(models.User.locale).where(models.User.id == cast.users["unit_a"])) == "en"
    assert '<html lang="en">' in browser.get("/account").get_data(as_text=True)


@pytest.mark.parametrize("locale", ["fr", "", "en; path=/"])
def test_a_language_that_there_is_not_changes_nothing(client: Client, locale: str) -> None:
    answer = client().post("/language", data={"locale": locale, "next": "//evil.example"})

    assert answer.location == "/login" and "lang=" not in answer.headers.get("Set-Cookie", "")
