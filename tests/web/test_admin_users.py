"""Accounts as the administrator keeps them."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models
from rectify.access import passwords, sign_in
from tests import factories
from tests.conftest import AT, PASSWORD, Cast

Client = Callable[..., FlaskClient]
NEW = "Fluss-Bruecke-77"


def user_named(session: Session, name: str) -> models.User | None:
    session.rollback()
    user = session.scalars(select(models.User).where(models.User.name == name)).one_or_none()
    if user is not None:
        session.refresh(user)
        _ = user.units
    session.rollback()
    return user


def fields_of(session: Session, cast: Cast, name: str, **changes: Any) -> dict[str, Any]:
    """The edit form of an account as its page gives it."""
    user = session.get(models.User, cast.users[name])
    assert user is not None
    fields = {
        "name": user.name,
        "full_name": user.full_name,
        "role": user.role,
        "units": [str(unit.id) for unit in user.units],
        "email": user.email or "",
        "version": str(user.version),
    }
    session.rollback()
    return {**fields, **changes}


def shown_secret(page: str) -> str:
    found = re.search(r'<code id="secret"[^>]*>([^<]+)</code>', page)
    assert found is not None
    return found[1]


def test_a_new_account_gets_a_temporary_password_that_is_shown_once_and_must_be_changed(
    client: Client, session: Session, cast: Cast
) -> None:
    admin = client("admin")

    page = admin.post(
        "/admin/users/new",
        data={"name": "zhang", "full_name": "张某", "role": "clerk", "units": [cast.units["unit_a"]], "email": ""},
    ).get_data(as_text=True)

    secret = shown_secret(page)
    browser = client()
    assert browser.post("/login", data={"name": "zhang", "password": secret}).location == "/"
    assert browser.get("/account").location == "/account/password"
    user = session.scalars(select(models.User).where(models.User.name == "zhang")).one()
    assert secret not in repr([vars(row) for row in session.scalars(select(models.AuditEntry))])
    assert secret not in admin.get(f"/admin/users/{user.id}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "ＵＮＩＴ_A"}, "已有用户叫这个名字"),
        ({"name": ""}, "请填写用户名"),
        ({"name": "x" * 65}, "不超过64个字"),
        ({"units": []}, "须至少选择一个单位"),
        ({"units": [str(2**40)]}, "所选单位不存在"),
        ({"units": ["①"]}, "单位"),
        ({"email": "a b@c"}, "邮箱地址有误"),
        ({"email": "a@b.cn,c@d.cn"}, "邮箱地址有误"),
        ({"full_name": "长" * 101}, "不要超过100个字"),
        ({"role": "king"}, "角色"),
    ],
)
def test_a_refused_account_says_why_keeps_what_was_typed_and_makes_nothing(
    client: Client, session: Session, cast: Cast, fields: dict[str, Any], sentence: str
) -> None:
    typed = {"name": "zhang", "full_name": "张某某", "role": "clerk", "units": [str(cast.units["unit_a"])], **fields}

    answer = client("admin").post("/admin/users/new", data=typed)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200 and sentence in page and "请先修改以下内容" in page
    assert typed["full_name"] in page
    assert user_named(session, "zhang") is None


def test_sending_the_form_of_a_new_account_twice_makes_one(client: Client, session: Session) -> None:
    admin = client("admin")
    once = re.search(r'name="once"[^>]*value="([0-9a-f]+)"', admin.get("/admin/users/new").get_data(as_text=True))
    assert once is not None
    fields = {"name": "zhang", "role": "leader", "once": once[1]}

    admin.post("/admin/users/new", data=fields)
    second = admin.post("/admin/users/new", data=fields)

    user = user_named(session, "zhang")
    assert user is not None and second.location == f"/admin/users/{user.id}"


def test_no_form_of_the_administrator_takes_a_password(client: Client, session: Session, cast: Cast) -> None:
    admin = client("admin")

    admin.post(f"/admin/users/{cast.users['unit_a']}", data=fields_of(session, cast, "unit_a", password=NEW))

    assert 'type="password"' not in admin.get(f"/admin/users/{cast.users['unit_a']}").get_data(as_text=True)
    assert client().post("/login", data={"name": "unit_a", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        (lambda cast: {"role": "lead"}, True),
        (lambda cast: {"units": [str(cast.units["unit_b"])]}, True),
        (lambda cast: {"full_name": "另一个人"}, False),
    ],
)
def test_a_change_of_rights_ends_the_sessions_of_the_account(
    client: Client, session: Session, cast: Cast, changes: Callable[[Cast], dict[str, Any]], ends: bool
) -> None:
    browser = client("unit_a")

    fields = fields_of(session, cast, "unit_a", **changes(cast))
    answer = client("admin").post(f"/admin/users/{cast.users['unit_a']}", data=fields)

    assert answer.status_code == 302
    assert (browser.get("/account").status_code == 302) == ends
    entry = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "user.change")).one()
    assert entry.item_id == cast.users["unit_a"] and len(entry.details) == 1


def test_nobody_changes_his_own_role_or_closes_his_own_account(client: Client, session: Session, cast: Cast) -> None:
    admin, me = client("admin"), cast.users["admin"]
    factories.make_user(session, "second", "admin")
    session.commit()

    page = admin.post(f"/admin/users/{me}", data=fields_of(session, cast, "admin", role="auditor"))
    admin.post(f"/admin/users/{me}/disable")
    admin.post(f"/admin/users/{me}/temporary-password")

    assert "不能更改自己的角色和单位" in page.get_data(as_text=True)
    user = user_named(session, "admin")
    assert user is not None and user.role == "admin" and user.active
    assert admin.get("/admin/users").status_code == 200


@pytest.mark.parametrize("name", ["admin", "auditor"])
def test_the_last_administrator_and_the_last_auditor_remain(
    client: Client, session: Session, cast: Cast, name: str
) -> None:
    """By another administrator, where it is the administrator: the only way is a second one, then disabled himself."""
    second = factories.make_user(session, "second", "admin").id
    session.commit()
    other = client(user_id=second)
    if name == "admin":
        client("admin").post(f"/admin/users/{second}/disable")
        other = client("admin")

    target = cast.users[name]
    other.post(f"/admin/users/{target}/disable")
    other.post(f"/admin/users/{target}", data=fields_of(session, cast, name, role="leader"))

    user = user_named(session, name)
    assert user is not None and user.active and user.role == name


def test_an_auditor_may_go_when_there_is_another(client: Client, session: Session, cast: Cast) -> None:
    factories.make_user(session, "second", "auditor")
    session.commit()

    client("admin").post(f"/admin/users/{cast.users['auditor']}/disable")

    user = user_named(session, "auditor")
    assert user is not None and not user.active


def test_a_disabled_account_is_out_and_comes_back_with_a_new_password(
    client: Client, session: Session, cast: Cast
) -> None:
    browser, admin, user_id = client("unit_a"), client("admin"), cast.users["unit_a"]

    admin.post(f"/admin/users/{user_id}/disable")
    assert browser.get("/account").status_code == 302
    assert client().post("/login", data={"name": "unit_a", "password": PASSWORD}).status_code == 200

    secret = shown_secret(admin.post(f"/admin/users/{user_id}/enable").get_data(as_text=True))
    assert client().post("/login", data={"name": "unit_a", "password": PASSWORD}).status_code == 200
    assert client().post("/login", data={"name": "unit_a", "password": secret}).status_code == 302


def test_a_temporary_password_opens_a_locked_name_and_ends_the_old_one(
    client: Client, session: Session, cast: Cast
) -> None:
    browser = client("unit_a")
    for _time in range(5):
        sign_in.check(session, "unit_a", "wrong", AT, "198.51.100.7")
    session.commit()

    answer = client("admin").post(f"/admin/users/{cast.users['unit_a']}/temporary-password")

    secret = shown_secret(answer.get_data(as_text=True))
    passwords.check(secret)
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.get("/account").status_code == 302
    assert client().post("/login", data={"name": "unit_a", "password": secret}).status_code == 302


def test_an_administrator_signs_somebody_out_everywhere(client: Client, cast: Cast) -> None:
    browsers = [client("unit_a"), client("unit_a")]

    client("admin").post(f"/admin/users/{cast.users['unit_a']}/end-sessions")

    assert [browser.get("/account").status_code for browser in browsers] == [302, 302]


def test_a_form_that_was_overtaken_answers_409_keeps_what_was_typed_and_may_be_sent_again(
    client: Client, session: Session, cast: Cast
) -> None:
    admin, path = client("admin"), f"/admin/users/{cast.users['unit_a']}"
    mine = fields_of(session, cast, "unit_a", full_name="我写的<b>")
    admin.post(path, data=fields_of(session, cast, "unit_a", full_name="别人写的"))

    overtaken = admin.post(path, data=mine)

    page = overtaken.get_data(as_text=True)
    assert overtaken.status_code == 409 and "我写的&lt;b&gt;" in page and "有人已经修改" in page
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    assert admin.post(path, data={**mine, "version": version[1]}).status_code == 302
    user = user_named(session, "unit_a")
    assert user is not None and user.full_name == "我写的<b>"


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=UNIT", {"unit_a", "unit_b"}), ("q=甲县", {"unit_a"}), ("q=%25", set()), ("q=_", {"unit_a", "unit_b"}),
     ("role=admin", {"admin"}), ("q=leader@EXAMPLE", {"leader"}), ("role=king&q=office", {"office"})],
)  # fmt: skip
def test_accounts_are_found_by_name_unit_address_and_role(client: Client, query: str, found: set[str]) -> None:
    page = client("admin").get(f"/admin/users?{query}").get_data(as_text=True)

    assert set(re.findall(r'<a href="/admin/users/\d+">([^<]+)</a>', page)) == found


def test_the_list_goes_on_page_by_page(client: Client, session: Session) -> None:
    for number in range(60):
        factories.make_user(session, f"more{number:02}", "leader")
    session.commit()
    admin, seen, url = client("admin"), [], "/admin/users"

    while url:
        page = admin.get(url).get_data(as_text=True)
        seen += re.findall(r'<a href="/admin/users/\d+">([^<]+)</a>', page)
        following = re.search(r'<a href="([^"]+)" rel="next"', page)
        url = following[1].replace("&amp;", "&") if following else ""

    assert len(seen) == len(set(seen)) == 67


@pytest.mark.parametrize(("days", "marked"), [(89, False), (91, True)])
def test_an_account_unused_for_ninety_days_is_marked(
    client: Client, session: Session, cast: Cast, days: int, marked: bool
) -> None:
    for user in session.scalars(select(models.User)):
        user.created_at = user.last_signed_in_at = AT
    unused = session.get(models.User, cast.users["unit_b"])
    assert unused is not None
    unused.last_signed_in_at = AT - dt.timedelta(days=days)
    session.commit()

    page = client("admin").get("/admin/users").get_data(as_text=True)

    assert (page.count("超过90天未登录") == 1) == marked


@pytest.mark.parametrize("user_id", [999999, 2**31, 2**64])
@pytest.mark.parametrize("act", ["", "/disable", "/enable", "/temporary-password", "/end-sessions"])
def test_an_account_that_there_is_not_is_not_found(client: Client, user_id: int, act: str) -> None:
    assert client("admin").post(f"/admin/users/{user_id}{act}").status_code == 404
