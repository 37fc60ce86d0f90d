"""The doctor names what is wrong and what to do; what would harm the data stops the start."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from rectify import calendar, clock, files, models, settings
from rectify.factory import create_app
from rectify.models import db
from rectify.rules.workdays import Calendar
from rectify.settings import MailServer
from rectify.upkeep import doctor, schema
from tests import factories
from tests.conftest import Cast, on_postgres, settings_for


@pytest.fixture
def healthy(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An installation without a fault. The tests' PostgreSQL syncs nothing and its clock does not stand still."""
    app.config["SETTINGS"].data_dir.chmod(0o700)
    if on_postgres():
        monkeypatch.setattr(doctor, "POSTGRES_GUARDS", {})
        monkeypatch.setattr(clock, "now", lambda: _database_clock(app))
    return app


def _database_clock(app: Flask) -> dt.datetime:
    with app.app_context(), db.engine.connect() as connection:
        found: dt.datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return found


def _check(app: Flask, name: str) -> doctor.Check:
    [found] = [check for check in doctor.run(app) if check.name == name]
    return found


def _with(app: Flask, **values: Any) -> None:
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], **values)


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _execute(app: Flask, *statements: str) -> None:
    with app.app_context(), db.engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


def _embedded(folder: Path) -> Flask:
    """An embedded database of its own, migrated: these tests are about SQLite whatever the run is on."""
    made = create_app(settings_for(folder, f"sqlite:///{folder / 'rectify.sqlite'}"))
    schema.upgrade(made)
    _close(made)
    return made


def test_a_healthy_installation_has_nothing_wrong(healthy: Flask) -> None:
    found = doctor.run(healthy)

    assert [check.sentence for check in found if not check.ok] == []
    assert [check.name for check in found] == [
        *("设置", "数据库", "数据库版本", "写入保障", "数据完整性", "时钟与时区", "工作日历", "佐证材料"),
        *("邮件服务器", "数据文件夹", "磁盘空间", "中文字体", "加密访问"),
    ]
    assert doctor.refuse_start(healthy) is None


def test_every_sentence_is_whole(healthy: Flask) -> None:
    assert all(check.sentence.endswith("。") for check in doctor.run(healthy))


# -- the database ----------------------------------------------------------------------------------------------------


def test_an_older_database_is_migrated_by_the_start_or_names_the_command(healthy: Flask) -> None:
    with healthy.app_context():
        flask_migrate.downgrade(revision="0001")
    assert "rectify migrate" in _check(healthy, "数据库版本").sentence

    refused = doctor.refuse_start(healthy)

    if on_postgres():
        assert refused is not None and "rectify migrate" in refused
    else:
        assert refused is None


def test_a_database_newer_than_the_program_stops_the_start(healthy: Flask) -> None:
    _execute(healthy, "UPDATE alembic_version SET version_num = '9999'")

    refused = doctor.refuse_start(healthy)

    assert refused is not None and "比本程序新" in refused and "9999" in refused
    assert not _check(healthy, "数据库版本").ok


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("CREATE TABLE _alembic_tmp_measure (id INTEGER)", "留有临时表 _alembic_tmp_measure"),
        ("DELETE FROM alembic_version", "有数据表而没有版本记录"),
        ("DROP TABLE sign_in_attempt", "缺少数据表 sign_in_attempt"),
    ],
)
def test_a_half_migrated_database_stops_the_start(healthy: Flask, statement: str, says: str) -> None:
    _execute(healthy, statement)

    refused = doctor.refuse_start(healthy)

    assert refused is not None and says in refused and "rectify migrate" in refused


def test_an_embedded_database_that_does_not_exist_yet_may_start(tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path, f"sqlite:///{tmp_path / 'rectify.sqlite'}"))

    assert doctor.refuse_start(app) is None
    assert "尚不存在" in _check(app, "数据库").sentence


def test_an_unreachable_postgresql_is_told_without_its_password(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create_app(settings_for(tmp_path, f"postgresql+psycopg://rectify:geheim@127.0.0.1:{port}/rectify"))

    found = _check(app, "数据库")

    assert not found.ok and "RECTIFY_DATABASE_URL" in found.sentence and "geheim" not in found.sentence
    assert doctor.refuse_start(app) == found.sentence


def _half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _empty(path: Path) -> None:
    os.truncate(path, 0)


def _garbage(path: Path) -> None:
    path.write_bytes(b"no database at all " * 1000)


def _one_page(path: Path) -> None:
    """Overwrite a page in the middle, which the header does not tell."""
    with open(path, "rb+") as opened:
        opened.seek(4096 * (path.stat().st_size // 4096 // 2))
        opened.write(b"\xa5" * 4096)


@pytest.mark.parametrize("damage", [_half, _empty, _garbage, _one_page])
def test_a_damaged_file_stops_the_start_and_names_restore(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    app = _embedded(tmp_path)
    damage(tmp_path / "rectify.sqlite")

    refused = doctor.refuse_start(app)

    assert refused is not None and "rectify restore" in refused
    assert any(not check.ok and "rectify restore" in check.sentence for check in doctor.run(app))


def test_a_row_that_points_nowhere_is_found(tmp_path: Path) -> None:
    app = _embedded(tmp_path)
    with app.app_context(), db.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO unit_alias (unit_id, name) VALUES (99, '没有的单位')")

    found = _check(app, "数据完整性")

    assert not found.ok and "unit_alias" in found.sentence
    _close(app)


def test_a_postgresql_that_does_not_sync_stops_the_start(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own server is such a one; SQLite is asked for a stronger sync than it has."""
    if not on_postgres():
        monkeypatch.setattr(doctor, "SQLITE_GUARDS", {"synchronous": (3,)})

    refused = doctor.refuse_start(app)

    assert refused is not None and "断电可能丢失" in refused
    assert not _check(app, "写入保障").ok


MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:50 / /srv/share rw,relatime shared:1 - nfs4 server:/export rw
41 27 0:51 / /srv/share/local rw,relatime - xfs /dev/sdb rw
42 27 0:52 / /mnt/my\\040disk rw,relatime - cifs //server/disk rw
43 27 0:53 / /mnt/ssh rw,relatime - fuse.sshfs user@host: rw
44 27 0:54 / /mnt/ntfs rw,relatime - fuseblk /dev/sdc rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/rectify/rectify.sqlite", None),
        ("/srv/share/rectify.sqlite", "nfs4"),
        ("/srv/share", "nfs4"),
        ("/srv/shared/rectify.sqlite", None),
        ("/srv/share/local/rectify.sqlite", None),
        ("/mnt/my disk/rectify.sqlite", "cifs"),
        ("/mnt/ssh/rectify.sqlite", "sshfs"),
        ("/mnt/ntfs/rectify.sqlite", None),
        ("//server/disk/rectify.sqlite", "UNC"),
    ],
)
def test_a_network_file_system_is_told_by_the_innermost_mount(path: str, kind: str | None) -> None:
    assert doctor.file_system(Path(path), MOUNTS) == kind


def test_sqlite_on_a_network_file_system_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _embedded(tmp_path)
    monkeypatch.setattr(doctor, "file_system", lambda _path: "nfs4")

    refused = doctor.refuse_start(app)

    assert refused is not None and "网络文件系统（nfs4）" in refused and "PostgreSQL" in refused


# -- time ------------------------------------------------------------------------------------------------------------


def test_a_clock_before_the_last_entry_of_the_trail_is_named(healthy: Flask) -> None:
    with healthy.app_context(), Session(db.engine) as session:
        session.add(models.AuditEntry(at=clock.now() + dt.timedelta(days=2), act="sign_in"))
        session.commit()

    found = _check(healthy, "时钟与时区")

    assert not found.ok and "时钟可能被拨回" in found.sentence


@pytest.mark.parametrize(("minutes", "ok"), [(0, True), (9, True), (-9, True), (11, False), (-11, False)])
def test_clocks_may_differ_by_ten_minutes(
    healthy: Flask, monkeypatch: pytest.MonkeyPatch, minutes: int, ok: bool
) -> None:
    """Against the database's clock on PostgreSQL; an embedded one has this machine's, there the trail is asked."""
    now = clock.now()
    with healthy.app_context(), Session(db.engine) as session:
        session.add(models.AuditEntry(at=now, act="sign_in"))
        session.commit()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(minutes=minutes))

    found = _check(healthy, "时钟与时区")

    assert found.ok is (ok or (not on_postgres() and minutes > 0))


def test_a_year_without_published_holidays_is_a_warning(healthy: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    this = clock.today("Asia/Shanghai").year
    known = Calendar(first=dt.date(2004, 1, 1), last=dt.date(this, 12, 31))
    monkeypatch.setattr(calendar, "load", lambda _session: known)

    found = _check(healthy, "工作日历")

    assert found.ok and found.warning and str(this + 1) in found.sentence and str(this) + "、" not in found.sentence


def test_both_years_published_is_well(healthy: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    this = clock.today("Asia/Shanghai").year
    known = Calendar(first=dt.date(2004, 1, 1), last=dt.date(this + 1, 12, 31))
    monkeypatch.setattr(calendar, "load", lambda _session: known)

    found = _check(healthy, "工作日历")

    assert found.ok and not found.warning


# -- the surroundings ------------------------------------------------------------------------------------------------


class Mailbox:
    """A mail server of three lines, on a port of its own."""

    def __init__(self, greeting: bytes) -> None:
        self.greeting = greeting
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        try:
            line, _ = self.socket.accept()
        except OSError:
            return
        with line, line.makefile("rb") as asked:
            line.sendall(self.greeting + b"\r\n")
            for said in asked:
                word = said[:4].upper().strip()
                answers = {b"QUIT": b"221 bye", b"AUTH": b"535 no", b"EHLO": b"250-here\r\n250 AUTH PLAIN"}
                line.sendall(answers.get(word, b"250 well") + b"\r\n")
                if word == b"QUIT":
                    return

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


@pytest.fixture
def mailbox() -> Iterator[Callable[[bytes], Mailbox]]:
    opened: list[Mailbox] = []

    def open_one(greeting: bytes = b"220 ready") -> Mailbox:
        opened.append(Mailbox(greeting))
        return opened[-1]

    yield open_one
    for box in opened:
        box.close()


def test_a_mail_server_that_answers_is_well(healthy: Flask, mailbox: Callable[..., Mailbox]) -> None:
    _with(healthy, mail=MailServer("smtp", "127.0.0.1", mailbox().port, tls="off"))

    found = _check(healthy, "邮件服务器")

    assert found.ok and not found.warning


@pytest.mark.parametrize(
    ("greeting", "user", "says"),
    [(b"421 busy", "", "421"), (b"220 ready", "rectify", "拒绝登录"), (b"220 ready", None, "加密")],
)
def test_a_mail_server_that_refuses_is_told_without_the_password(
    healthy: Flask, mailbox: Callable[..., Mailbox], greeting: bytes, user: str | None, says: str
) -> None:
    tls = "required" if user is None else "off"
    port = mailbox(greeting).port
    _with(healthy, mail=MailServer("smtp", "127.0.0.1", port, user=user or "", password="geheim", tls=tls))

    found = _check(healthy, "邮件服务器")

    assert not found.ok and says in found.sentence and "RECTIFY_MAIL_URL" in found.sentence
    assert "geheim" not in found.sentence


def test_a_mail_server_that_is_down_is_a_failure_and_none_a_warning(healthy: Flask) -> None:
    assert _check(healthy, "邮件服务器").warning

    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # bound and not listening: whoever connects is refused
        _with(healthy, mail=MailServer("smtp", "127.0.0.1", deaf.getsockname()[1], tls="off"))

        assert not _check(healthy, "邮件服务器").ok


@pytest.mark.parametrize(("mode", "ok"), [(0o700, True), (0o750, False), (0o701, False)])
def test_the_data_folder_is_nobody_elses(healthy: Flask, mode: int, ok: bool) -> None:
    healthy.config["SETTINGS"].data_dir.chmod(mode)

    found = _check(healthy, "数据文件夹")

    assert found.ok is ok
    assert ok or "chmod 700" in found.sentence


def test_a_data_folder_that_cannot_be_written_is_named(healthy: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)

    found = _check(healthy, "数据文件夹")

    assert not found.ok and "No space left" in found.sentence


@pytest.mark.parametrize(
    ("free", "ok", "warning"), [(10 * 1024**3, True, False), (600 * 1024**2, True, True), (100, False, False)]
)
def test_free_space_is_watched(
    healthy: Flask, monkeypatch: pytest.MonkeyPatch, free: int, ok: bool, warning: bool
) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _path: doctor.shutil._ntuple_diskusage(0, 0, free))

    found = _check(healthy, "磁盘空间")

    assert (found.ok, found.warning) == (ok, warning)


def test_evidence_that_is_gone_or_changed_is_named(healthy: Flask, cast: Cast) -> None:
    data_dir, at = healthy.config["SETTINGS"].data_dir, clock.now()
    with healthy.app_context(), Session(db.engine) as session:
        measure = factories.make_measure(session, factories.make_issue(session, factories.make_inspection(session)))
        for name, data in (("完好.txt", b"whole"), ("改动.txt", b"before"), ("缺失.txt", b"gone")):
            sha256, size = files.store(data_dir, io.BytesIO(data))
            session.add(
                models.Evidence(
                    measure_id=measure.id, name=name, media_type="text/plain", sha256=sha256, size=size, at=at
                )
            )
            if data == b"before":
                files.path_of(data_dir, sha256).write_bytes(b"after")
            if data == b"gone":
                files.path_of(data_dir, sha256).unlink()
        session.commit()

    found = _check(healthy, "佐证材料")

    assert not found.ok
    assert "2 个" in found.sentence and "改动.txt" in found.sentence and "缺失.txt" in found.sentence
    assert "完好.txt" not in found.sentence


@pytest.mark.parametrize(
    ("program", "said", "warning", "says"),
    [
        (None, b"", True, "没有 fc-list"),
        ("fc-list", b"", True, "fonts-noto-cjk"),
        ("fc-list", b"Noto Sans CJK SC,Noto Sans CJK SC Regular\n", False, "Noto Sans CJK SC"),
    ],
)
def test_missing_chinese_fonts_are_named(
    healthy: Flask, monkeypatch: pytest.MonkeyPatch, program: str | None, said: bytes, warning: bool, says: str
) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _name: program)
    monkeypatch.setattr(doctor.sys, "platform", "linux")
    answer = subprocess.CompletedProcess([], 0, stdout=said)
    monkeypatch.setattr(doctor.subprocess, "run", lambda *_args, **_more: answer)

    found = _check(healthy, "中文字体")

    assert found.ok and found.warning is warning and says in found.sentence


@pytest.mark.parametrize(
    ("host", "base_url", "warning"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", False),
        ("127.0.0.1", "https://zgtz.example.gov.cn", False),
        ("0.0.0.0", "http://127.0.0.1:8000", True),
        ("127.0.0.1", "http://zgtz.example.gov.cn", True),
    ],
)
def test_plain_http_from_another_machine_is_warned_of(healthy: Flask, host: str, base_url: str, warning: bool) -> None:
    _with(healthy, host=host, base_url=base_url)

    assert _check(healthy, "加密访问").warning is warning


def test_settings_name_the_place_of_the_data(healthy: Flask) -> None:
    config: settings.Settings = healthy.config["SETTINGS"]

    assert str(config.data_dir) in _check(healthy, "设置").sentence
