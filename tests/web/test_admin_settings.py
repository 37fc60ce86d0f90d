"""The settings page and the status page."""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import rectify
from rectify import models, settings
from rectify.access import preferences
from rectify.web.admin.settings import SettingsForm
from tests.conftest import AT

Client = Callable[..., FlaskClient]
GOOD = {
    "password_preset": "dengbao",
    "password_change_days": "90",
    "idle_minutes": "15",
    "sessions_each": "3",
    "unused_days": "60",
    "mail_begins": "09:15",
    "mail_ends": "17:00",
}


def test_settings_are_kept_and_the_trail_tells_old_and_new(client: Client, session: Session) -> None:
    answer = client("admin").post("/admin/settings", data=GOOD)

    assert answer.status_code == 302
    assert preferences.load(session) == preferences.Preferences("dengbao", 90, 15, 3, 60, 9 * 60 + 15, 17 * 60)
    entry = session.query(models.AuditEntry).filter_by(act="setting.change").one()
    assert entry.details["idle_minutes"] == [30, 15]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"idle_minutes": "31"}, "不能超过30分钟"),
        ({"idle_minutes": "①"}, "无操作多少分钟退出"),
        ({"idle_minutes": "99999999999999999999"}, "超出了允许的范围"),
        ({"sessions_each": "0"}, "超出了允许的范围"),
        ({"password_change_days": ""}, "请填写一个整数"),
        ({"password_preset": "none"}, "密码规则"),
        ({"mail_begins": "24:00"}, "请填写时间，例如08:30"),
        ({"mail_begins": ""}, "请填写时间，例如08:30"),
        ({"mail_begins": "09:00", "mail_ends": "09:59"}, "至少要比开始发信的时间晚一小时"),
    ],
)
def test_a_refused_setting_says_why_and_changes_nothing(
    client: Client, session: Session, fields: dict[str, str], sentence: str
) -> None:
    page = client("admin").post("/admin/settings", data={**GOOD, **fields}).get_data(as_text=True)

    assert sentence in page and "请先修改以下内容" in page
    assert preferences.load(session) == preferences.Preferences()


def test_every_setting_stands_on_the_page_and_is_obeyed_somewhere() -> None:
    """R25: a setting that does nothing is a failing test. What each does is tested where it is obeyed."""
    names = {field.name for field in dataclasses.fields(preferences.Preferences)}
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in Path(rectify.__file__ or "").parent.rglob("*.py")
        if path.name not in ("preferences.py", "settings.py")
    )

    assert names == {name for name in vars(SettingsForm) if not name.startswith("_")} - {"offer", "details"}
    assert {name for name in names if not re.search(rf"\.{name}\b", source)} == set()


def test_the_status_page_shows_the_zone_and_the_day_in_it(client: Client) -> None:
    page = client("admin").get("/admin/status").get_data(as_text=True)

    assert "Asia/Shanghai" in page and "2026-06-15" in page and "10:00:00 +0800" in page


def test_the_status_page_tells_the_last_run_of_each_job(client: Client, session: Session) -> None:
    for day, ok in ((14, True), (15, False)):
        session.add(models.JobRun(job="judge", day_on=dt.date(2026, 6, day), began_at=AT, ended_at=AT, ok=ok))
    session.commit()

    page = client("admin").get("/admin/status").get_data(as_text=True)

    assert page.count("2026-06-14") == 0 and "未成功" in page


def status_with(app: Flask, client: Client, **changes: object) -> str:
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], **changes)
    return client("admin").get("/admin/status").get_data(as_text=True)


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({}, False),
        ({"base_url": "http://zgb.example.cn"}, True),
        ({"host": "0.0.0.0"}, True),
        ({"base_url": "https://zgb.example.cn", "host": "0.0.0.0"}, False),
    ],
)
def test_plain_http_from_other_machines_is_warned_of(
    app: Flask, client: Client, changes: dict[str, object], warned: bool
) -> None:
    assert ("未加密的 HTTP" in status_with(app, client, **changes)) == warned


def test_the_mail_setting_is_shown_without_its_password(app: Flask, client: Client) -> None:
    server = settings.MailServer("smtps", host="mail.example.cn", port=465, user="zgb", password="geheim")

    page = status_with(app, client, mail=server)

    assert "smtps://zgb:***@mail.example.cn:465" in page and "geheim" not in page


def test_the_password_of_the_database_is_not_shown(app: Flask, client: Client) -> None:
    page = status_with(app, client, database_url="postgresql+psycopg://rectify:geheim@db/rectify")

    assert "db/rectify" in page and "geheim" not in page
