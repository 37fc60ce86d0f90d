"""Accounts made by command, and two administrators at the same moment."""

import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import commands, models
from rectify.access import accounts, sign_in
from rectify.access.sentences import Refused
from rectify.models import db
from rectify.records import Actor
from tests import factories
from tests.conftest import AT, Cast

Client = Callable[..., FlaskClient]
PASSWORD = "Fluss-Bruecke-77"


@pytest.fixture
def command(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`rectify user add …` on the database of the test."""
    monkeypatch.setattr(commands, "open_app", lambda *args, **kwargs: app)

    def run(*arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(commands.cli, ["user", "add", *arguments], input=typed)

    return run


def test_an_account_made_by_command_signs_in_with_the_password_given(
    command: Callable[..., Result], client: Client
) -> None:
    done = command("zhang", "--role", "clerk", "--unit", "甲县人民政府", "--password-stdin", typed=PASSWORD + "\n")

    assert done.exit_code == 0 and PASSWORD not in done.output
    browser = client()
    assert browser.post("/login", data={"name": "zhang", "password": PASSWORD}).location == "/"
    assert browser.get("/account").status_code == 200


def test_without_a_password_a_temporary_one_is_printed_and_must_be_changed(
    command: Callable[..., Result], client: Client
) -> None:
    done = command("pruefer", "--role", "auditor")

    secret = done.stdout.strip().rpartition("：")[2]
    browser = client()
    assert browser.post("/login", data={"name": "pruefer", "password": secret}).location == "/"
    assert browser.get("/").location == "/account/password"


@pytest.mark.parametrize(
    "arguments",
    [
        ("zhang", "--role", "clerk"),
        ("zhang", "--role", "clerk", "--unit", "无此单位"),
        ("zhang", "--role", "king"),
        ("UNIT_A", "--role", "leader"),
        ("zhang", "--role", "leader", "--email", "no-address"),
    ],
)
def test_a_command_that_cannot_be_done_says_why_and_makes_nothing(
    command: Callable[..., Result], session: Session, arguments: tuple[str, ...]
) -> None:
    done = command(*arguments)

    assert done.exit_code != 0
    assert session.scalars(select(models.User.id).where(models.User.name == "zhang")).all() == []


def test_two_administrators_cannot_remove_each_other_at_the_same_moment(
    app: Flask, session: Session, cast: Cast
) -> None:
    second = factories.make_user(session, "second", "admin").id
    session.commit()
    start, refused = threading.Barrier(2), []

    def disable(who: int, by: int) -> None:
        with app.app_context():
            start.wait()
            user = db.session.get(models.User, who)
            assert user is not None
            try:
                accounts.disable_user(db.session(), user, by=Actor(user_id=by), at=AT)
                db.session.commit()
            except Refused as no:
                refused.append(no.sentence)

    pairs = ((cast.users["admin"], second), (second, cast.users["admin"]))
    threads = [threading.Thread(target=disable, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    active = session.scalars(select(models.User.id).where(models.User.role == "admin", models.User.active)).all()
    assert len(active) == 1 and len(refused) == 1 and "最后一个" in refused[0]


def test_a_mail_address_that_changes_ends_a_reset_on_its_way_to_the_old_one(session: Session, cast: Cast) -> None:
    begun = sign_in.begin_reset(session, "unit_a", AT, "192.0.2.1")
    assert begun is not None
    user, token = begun

    units = frozenset({cast.units["unit_a"]})
    details = accounts.Details("unit_a", "clerk", user.full_name, "new@example.cn", units)
    accounts.change_user(session, user, details, by=Actor(user_id=cast.users["admin"]), at=AT)

    assert sign_in.reset_user(session, token, AT) is None
