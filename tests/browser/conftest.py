"""A live server in this process, whose clock the test moves, and windows that tell on every fault of a page.

What a test does in a window is not here; which browser and how it is kept offline is tests/support/browser.py.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize
from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from rectify import models, settings
from rectify.access import sign_in
from rectify.factory import create_app
from rectify.models import db
from rectify.settings import MailServer
from rectify.upkeep import schema
from tests.conftest import PASSWORD, Stage, settings_for
from tests.support import browser as chromium
from tests.support import postgres
from tests.support.mailserver import free_port

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder needs the browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Clock:
    """What this process takes for now; it goes on by itself, and the test may set it."""

    def __init__(self, at: dt.datetime) -> None:
        self._travel: time_machine.travel | None = None
        self.set(at)

    def set(self, at: dt.datetime) -> None:
        self.stop()
        self._travel = time_machine.travel(at, tick=True)
        self._travel.start()

    def stop(self) -> None:
        if self._travel is not None:
            self._travel.stop()
            self._travel = None


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


@dataclasses.dataclass
class Site:
    """The running installation: where it listens and what it is made of."""

    app: Flask
    url: str

    def open_session(self, user_id: int, at: dt.datetime) -> dict[str, str]:
        """A cookie with which a browser is signed in, for pages whose test is not about signing in."""
        with self.app.app_context():
            user = db.session.get(models.User, user_id)
            assert user is not None
            token = sign_in.begin(db.session, user, at, "127.0.0.1", "test")
            db.session.commit()
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        name = self.app.config["SESSION_COOKIE_NAME"]
        kept = client.get_cookie(name)
        assert kept is not None
        return {"name": name, "value": kept.value, "url": self.url}

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """A session of the test's own, closed before pages write."""
        with self.app.app_context():
            engine = db.engine
        with Session(engine) as own:
            yield own


@contextlib.contextmanager
def fresh(stage: Stage, folder: Path) -> Iterator[str]:
    """The address of an empty, migrated database in the folder or on the run's server."""
    url = postgres.fresh_database(stage.admin_url) if stage.admin_url else f"sqlite:///{folder / 'rectify.sqlite'}"
    app = create_app(settings_for(folder / "data", url))
    schema.upgrade(app)
    with app.app_context():
        db.engine.dispose()
    yield url


@contextlib.contextmanager
def serving(database_url: str, data_dir: Path, mail: MailServer | None = None) -> Iterator[Site]:
    """The application as it is installed, CSRF and all, on a free port of loopback until the block ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    config: settings.Settings = dataclasses.replace(
        settings_for(data_dir, database_url), port=port, base_url=url, mail=mail or MailServer("none")
    )
    app = create_app(config)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Site(app, url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@dataclasses.dataclass
class Windows:
    """Opens windows on a site and keeps what went wrong in any of them."""

    browser: Browser
    faults: list[str] = dataclasses.field(default_factory=list)
    contexts: list[BrowserContext] = dataclasses.field(default_factory=list)

    def open(self, site: Site, size: ViewportSize, **more: object) -> Page:
        """A window of its own, with its own cookies. `cookie` signs it in; the rest is Playwright's."""
        cookie = more.pop("cookie", None)
        phone = {"has_touch": True, "is_mobile": True} if size == chromium.PHONE else {}
        context = self.browser.new_context(
            viewport=size,
            base_url=site.url,
            locale="zh-CN",
            **{**phone, **more},  # type: ignore[arg-type]
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        if cookie:
            context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.on("console", lambda message: self._heard(page, message))
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("requestfailed", lambda request: self._failed(page, request))
        return page

    def _heard(self, page: Page, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{page.url}: {message.type}: {message.text}")

    def _failed(self, page: Page, request: Request) -> None:
        # A page left while a picture still loads is no fault of the page.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"{page.url}: {request.url}: {request.failure}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.contexts.clear()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium.browser() as running:
        yield running


@pytest.fixture
def windows(chrome: Browser) -> Iterator[Windows]:
    """Windows whose every console message, script error and failed request fails the test."""
    opened = Windows(chrome)
    yield opened
    opened.close()
    assert opened.faults == []


@pytest.fixture
def sign_in_as() -> Callable[..., None]:
    """Signs in through the page, as a person does."""

    def go(page: Page, name: str, password: str = PASSWORD) -> None:
        page.goto("/login")
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码", exact=True).fill(password)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(lambda url: "/login" not in url)

    return go
