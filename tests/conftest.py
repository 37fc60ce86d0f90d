"""The cast and the stage: an application on a fresh, migrated database a test, the day given, the network off.

`RECTIFY_TEST_DATABASE` chooses sqlite (default) or postgres. Commit the `session` before a client makes a request: on
SQLite an open transaction of the test keeps the page from writing.
"""

from __future__ import annotations

import datetime as dt
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from rectify import access, models, settings
from rectify.access import passwords, sign_in
from rectify.factory import create_app
from rectify.models import db
from rectify.upkeep import schema
from tests import factories
from tests.support import postgres, turns
from tests.support.compiled import Compiled, routes_once

if TYPE_CHECKING:
    from xdist.remote import Producer

    from tests.support.together import Together

TODAY = dt.date(2026, 6, 15)
AT = dt.datetime(2026, 6, 15, 2, 0, tzinfo=dt.UTC)  # 10:00 in Beijing
PASSWORD = "Correct-Horse-2026"
CAST = ("office", "supervisor", "unit_a", "unit_b", "leader", "admin", "auditor")


def database_of_the_run() -> str:
    return os.environ.get("RECTIFY_TEST_DATABASE", "sqlite")


def on_postgres() -> bool:
    return database_of_the_run() == "postgres"


def pytest_configure(config: pytest.Config) -> None:
    if on_postgres() and not hasattr(config, "workerinput"):
        postgres.share_one_server(config.add_cleanup)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    from tests.support.together import Together  # there is no xdist where nobody calls this

    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in turns.elsewhere(items, database_of_the_run()):
        item.add_marker(pytest.mark.elsewhere)


def pytest_collection_finish() -> None:
    """What is loaded and collected stays to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


@dataclass(frozen=True)
class Cast:
    """The ids of the fixed cast: seven users, and the units they act for. unit_b must never see what is unit_a's."""

    users: dict[str, int]
    units: dict[str, int]


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Hashing that guards real passwords takes a quarter of a second; the tests do not need it."""
    costly, passwords.hasher = passwords.hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords.hasher = costly


@pytest.fixture(scope="session", autouse=True)
def _routes_once() -> Iterator[None]:
    with routes_once():
        yield


def settings_for(data_dir: Path, database_url: str) -> settings.Settings:
    return settings.Settings(data_dir=data_dir, database_url=database_url, scheduler=False)


@dataclass(frozen=True)
class Stage:
    """A migrated database with the cast in it, to be copied for each test."""

    url: str
    cast: Cast
    admin_url: str = ""


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    if not on_postgres():
        url = f"sqlite:///{folder / 'stage.sqlite'}"
        yield Stage(url, _set(settings_for(folder, url)))
        return
    with postgres.server() as admin_url:
        url = postgres.fresh_database(admin_url)
        yield Stage(url, _set(settings_for(folder, url)), admin_url)


def _set(config: settings.Settings) -> Cast:
    app = create_app(config)
    schema.upgrade(app)
    with app.app_context(), Session(db.engine) as session:
        county_a = factories.make_region(session, "甲县")
        county_b = factories.make_region(session, "乙县")
        units = {
            "office": factories.make_unit(session, "市整改办", is_office=True),
            "supervisor": factories.make_unit(session, "市生态环境局"),
            "unit_a": factories.make_unit(session, "甲县人民政府", region=county_a),
            "unit_b": factories.make_unit(session, "乙县人民政府", region=county_b),
        }
        hashed = sign_in.hash_password(PASSWORD)
        roles = {"unit_a": "clerk", "unit_b": "clerk"}
        users = {
            name: factories.make_user(session, name, roles.get(name, name), unit=units.get(name), password_hash=hashed)
            for name in CAST
        }
        session.commit()
        cast = Cast({n: u.id for n, u in users.items()}, {n: u.id for n, u in units.items()})
    with app.app_context():
        db.engine.dispose()  # the last connection folds the write-ahead log in, so that the file alone can be copied
    return cast


@pytest.fixture
def today() -> dt.date:
    """The day of the test, a Monday."""
    return TODAY


@pytest.fixture
def at() -> dt.datetime:
    """The instant of the test: 10:00 in Beijing on its day."""
    return AT


@pytest.fixture(autouse=True)
def _clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """The clock stands still at `at`, unless the test is marked `real_clock`."""
    if request.node.get_closest_marker("real_clock"):
        yield
        return
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def database_url(stage: Stage, tmp_path: Path) -> Iterator[str]:
    """A copy of the stage's database."""
    if stage.admin_url:
        url = postgres.fresh_database(stage.admin_url, template=stage.url)
        yield url
        postgres.drop_database(stage.admin_url, url)
        return
    copy = tmp_path / "rectify.sqlite"
    shutil.copyfile(stage.url.removeprefix("sqlite:///"), copy)
    yield f"sqlite:///{copy}"


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return Compiled(tmp_path_factory.mktemp("compiled"))


@pytest.fixture
def app(database_url: str, tmp_path: Path, compiled: Compiled) -> Iterator[Flask]:
    """The application on its own database; forms need no CSRF token (test_security asks for one)."""
    made = create_app(settings_for(tmp_path / "data", database_url))
    compiled.lend(made)
    made.config.update(TESTING=False, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session of the test's own; what it wrote is seen by others after `session.commit()`."""
    with app.app_context():
        engine = db.engine
    with Session(engine) as own:
        yield own


@pytest.fixture
def cast(stage: Stage) -> Cast:
    return stage.cast


@pytest.fixture
def person(session: Session, cast: Cast) -> Callable[[str], access.Person]:
    """One of the cast as acts are handed him: person("unit_a")."""

    def find(name: str) -> access.Person:
        user = session.get(models.User, cast.users[name])
        assert user is not None
        found = access.person_of(session, user)
        session.rollback()
        return found

    return find


@pytest.fixture
def client(app: Flask, cast: Cast) -> Callable[..., FlaskClient]:
    """A browser of one of the cast, signed in: client("unit_a"); client() is signed out."""

    def open_as(name: str | None = None, user_id: int | None = None) -> FlaskClient:
        browser = app.test_client()
        user_id = cast.users[name] if name else user_id
        if user_id is None:
            return browser
        with app.app_context():
            user = db.session.get(models.User, user_id)
            assert user is not None
            token = sign_in.begin(db.session, user, AT, "127.0.0.1", "test")
            db.session.commit()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return browser

    return open_as
