"""Backup and restore: whole or absent, old or new, never a mixture; on both databases, and from one to the other."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import errno
import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from rectify import access, answers, files, letters, models, notices, releases
from rectify.factory import create_app
from rectify.models import db
from rectify.upkeep import backup, doctor, schema
from rectify.web.reports.releases import render
from tests import factories
from tests.conftest import Cast, on_postgres, settings_for
from tests.support import postgres

PHOTO = b"\xff\xd8\xff" + b"proof " * 1000


@pytest.fixture
def ledger(app: Flask, cast: Cast, at: dt.datetime, today: dt.date) -> Flask:
    """An installation in use: measures, evidence, a session, a reset token, mails in every state."""
    config = app.config["SETTINGS"]
    sha256, size = files.store(config.data_dir, io.BytesIO(PHOTO))
    with app.app_context(), Session(db.engine) as session:
        issue = factories.make_issue(session, factories.make_inspection(session))
        measure = factories.make_measure(
            session, issue, lead=cast.units["unit_a"], target_quantity=Decimal("3.125"), target_unit="公里"
        )
        user = cast.users["unit_a"]
        session.add_all(
            [
                models.Evidence(
                    measure_id=measure.id, name="现场.jpg", media_type="image/jpeg", sha256=sha256, size=size, at=at
                ),
                models.UserSession(user_id=user, token_hash="a" * 64, began_at=at, seen_at=at),
                models.ResetToken(
                    user_id=user, token_hash="b" * 64, made_at=at, expires_at=at + dt.timedelta(minutes=30)
                ),
                models.Lease(name="scheduler", holder="old", epoch=7, until_at=at - dt.timedelta(hours=1)),
                _mail(user, today, at, "queued", "digest"),
                _mail(user, today - dt.timedelta(days=1), at, "sent", "digest"),
                _mail(user, today, at, "queued", "reset", {"link": "https://example.cn/reset/secret"}),
            ]
        )
        session.commit()
    _dispose(app)
    return app


def _mail(user_id: int, day: dt.date, at: dt.datetime, state: str, kind: str, payload: Any = None) -> models.Outbox:
    return models.Outbox(
        user_id=user_id,
        day_on=day,
        message_id=f"<{kind}-{day}@example.cn>",
        queued_at=at,
        next_try_at=at,
        state=state,
        kind=kind,
        payload=payload or {},
    )


def _dispose(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _scalars(app: Flask, query: Any) -> list[Any]:
    with app.app_context(), Session(db.engine) as session:
        found = list(session.execute(query).scalars())
    _dispose(app)
    return found


def _texts(app: Flask) -> list[str]:
    return _scalars(app, select(models.Measure.text).order_by(models.Measure.id))


def _change(app: Flask, text: str) -> None:
    with app.app_context(), Session(db.engine) as session:
        session.execute(update(models.Measure).values(text=text))
        session.commit()
    _dispose(app)


def _all_rows(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    with app.app_context(), Session(db.engine) as session:
        rows = {
            name: sorted(tuple(map(repr, row)) for row in session.execute(select(table)))
            for name, table in db.metadata.tables.items()
        }
    _dispose(app)
    return rows


CHANGED_BY_RESTORE = {"user_session", "reset_token", "outbox", "lease", "audit_entry"}


def test_a_backup_is_one_private_file_that_checks_itself(ledger: Flask, tmp_path: Path) -> None:
    path = tmp_path / "backups" / "rectify.zip"

    made = backup.create(ledger, path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["rectify.zip"]
    manifest = backup.verify(path)
    assert manifest == made.manifest
    assert manifest.revision == schema.newest(ledger)
    assert manifest.tables["measure"] == 1 and manifest.tables["user"] == 7
    assert sum(name.startswith("evidence/") for name in manifest.parts) == 1
    assert not any("secret" in name for name in zipfile.ZipFile(path).namelist())


def test_a_folder_gets_a_backup_named_by_the_time(ledger: Flask, tmp_path: Path) -> None:
    made = backup.create(ledger, tmp_path)

    assert made.path == tmp_path / "rectify-20260615-100000.zip"


def test_a_backup_is_written_in_the_trail(ledger: Flask, tmp_path: Path) -> None:
    backup.create(ledger, tmp_path / "b.zip")

    acts = _scalars(ledger, select(models.AuditEntry.act))
    assert acts == ["backup"]


def test_what_was_changed_after_the_backup_is_undone_by_a_restore(ledger: Flask, tmp_path: Path) -> None:
    before = _texts(ledger)
    backup.create(ledger, tmp_path / "b.zip")
    rows = _all_rows(ledger)
    _change(ledger, "后来的修改")

    backup.restore(ledger, tmp_path / "b.zip")

    assert _texts(ledger) == before
    after = _all_rows(ledger)
    assert {n: r for n, r in after.items() if n not in CHANGED_BY_RESTORE} == {
        n: r for n, r in rows.items() if n not in CHANGED_BY_RESTORE
    }
    assert doctor.refuse_start(ledger) is None or on_postgres()


def test_sessions_and_reset_tokens_end_and_mails_wait_for_release(
    ledger: Flask, tmp_path: Path, at: dt.datetime
) -> None:
    backup.create(ledger, tmp_path / "b.zip")

    done = backup.restore(ledger, tmp_path / "b.zip")

    assert (done.sessions, done.held) == (1, 1)
    assert _scalars(ledger, select(models.UserSession.ended_at)) == [at]
    assert _scalars(ledger, select(models.ResetToken.used_at)) == [at]
    box = models.Outbox
    assert _scalars(ledger, select(box.state).where(box.kind == "digest").order_by(box.day_on)) == ["sent", "held"]
    assert _scalars(ledger, select(box.state).where(box.kind == "reset")) == ["dropped"]
    assert _scalars(ledger, select(box.payload).where(box.kind == "reset")) == [{}]
    assert _scalars(ledger, select(models.AuditEntry.act).order_by(models.AuditEntry.id)) == ["backup", "restore"]


def test_what_was_sent_after_the_backup_is_not_sent_again(
    ledger: Flask, tmp_path: Path, cast: Cast, today: dt.date, at: dt.datetime
) -> None:
    """The backup does not know of the digest that went out after it: what is owed by now is written, and held."""
    with ledger.app_context(), Session(db.engine) as session:
        issue = session.scalars(select(models.Issue)).one()
        overdue = today - dt.timedelta(days=40)
        factories.make_measure(session, issue, lead=cast.units["unit_b"], deadline_on=overdue)
        session.commit()
    _dispose(ledger)
    backup.create(ledger, tmp_path / "b.zip")

    done = backup.restore(ledger, tmp_path / "b.zip")

    mine = select(models.Outbox.state).where(models.Outbox.user_id == cast.users["unit_b"])
    assert _scalars(ledger, mine) == ["held"]
    assert done.held >= 2
    with ledger.app_context(), Session(db.engine) as session:
        assert notices.remind(session, today, at)["digests"] == 0
        session.rollback()
    _dispose(ledger)


def test_what_a_person_reads_of_a_backup_and_a_restore_names_the_places(ledger: Flask, tmp_path: Path) -> None:
    made = backup.create(ledger, tmp_path / "b.zip")
    done = backup.restore(ledger, tmp_path / "b.zip")

    assert str(tmp_path / "b.zip") in str(made) and "1 个佐证文件" in str(made)
    assert done.kept in str(done) and "1 封邮件" in str(done)


def test_no_scheduler_of_the_time_before_can_go_on(ledger: Flask, tmp_path: Path) -> None:
    backup.create(ledger, tmp_path / "b.zip")
    with ledger.app_context(), Session(db.engine) as session:
        session.execute(update(models.Lease).values(epoch=40))
        session.commit()
    _dispose(ledger)

    backup.restore(ledger, tmp_path / "b.zip")

    assert _scalars(ledger, select(models.Lease.epoch))[0] > 40
    assert _scalars(ledger, select(models.Lease.holder)) == [""]


def test_rows_go_on_being_numbered_after_a_restore(ledger: Flask, tmp_path: Path) -> None:
    backup.create(ledger, tmp_path / "b.zip")
    backup.restore(ledger, tmp_path / "b.zip")

    with ledger.app_context(), Session(db.engine) as session:
        issue = session.scalars(select(models.Issue)).one()
        made = factories.make_measure(session, issue, text="恢复后新增")
        session.commit()
        assert made.id == 2
    _dispose(ledger)


def test_the_trail_stays_append_only_after_a_restore(ledger: Flask, tmp_path: Path) -> None:
    backup.create(ledger, tmp_path / "b.zip")
    backup.restore(ledger, tmp_path / "b.zip")

    with ledger.app_context(), Session(db.engine) as session, pytest.raises(Exception, match="append-only"):
        session.execute(update(models.AuditEntry).values(act="nothing"))
    _dispose(ledger)


def test_a_release_comes_back_whole_and_still_refuses_to_be_changed(
    ledger: Flask, tmp_path: Path, at: dt.datetime, today: dt.date
) -> None:
    def files() -> list[bytes]:
        with ledger.app_context(), Session(db.engine) as session:
            made = releases.numbered(session, today.year, 1)
            assert made is not None and releases.check(session) == []
            return [render(session, made, "text"), *(str(row.line).encode() for row in releases.rows(session, made))]

    with ledger.app_context(), Session(db.engine) as session:
        releases.release(session, access.SYSTEM, today, today=today, at=at)
        session.commit()
    before = files()
    assert len(before) > 1
    backup.create(ledger, tmp_path / "b.zip")
    _change(ledger, "后来的修改")

    backup.restore(ledger, tmp_path / "b.zip")

    assert files() == before
    for table in (models.Release, models.ReleaseSubject, models.ReleaseRow):
        with ledger.app_context(), Session(db.engine) as session, pytest.raises(DatabaseError):
            session.execute(delete(table))
        _dispose(ledger)
    with ledger.app_context(), Session(db.engine) as session:
        second = releases.release(session, access.SYSTEM, today, today=today, at=at, note="恢复以后。")
        assert (second.number, second.previous_id is not None) == (2, True)
    _dispose(ledger)


def test_letters_with_their_files_and_answers_come_back_and_stay_as_issued(
    ledger: Flask, tmp_path: Path, at: dt.datetime, today: dt.date
) -> None:
    data_dir = ledger.config["SETTINGS"].data_dir
    office = access.Person(role="office", sees_everything=True)
    with ledger.app_context(), Session(db.engine) as session:
        unit_id = session.scalars(select(models.Unit.id)).first()
        measure_id = session.scalars(select(models.Measure.id)).one()
        assert unit_id is not None
        letter = letters.draft(session, office, "reminder", [unit_id], [measure_id], signer="甲", day=today, at=at)
        letters.issue(session, letter, by=office, data_dir=data_dir, day=today, at=at)
        (unit,) = letter.units
        letters.receive(session, unit, by=office, name="乙", on=today, day=today, at=at)
        answer = answers.give(session, unit, by=office, text="已办", on=today, since=today, day=today, at=at)
        stored = files.keep(data_dir, "回复.txt", io.BytesIO("回复".encode()))
        answers.attach(session, answer, name="回复.txt", stored=stored, by=office, at=at)
        sha256 = letter.sha256 or ""
        session.commit()
    _dispose(ledger)
    backup.create(ledger, tmp_path / "b.zip")
    shutil.rmtree(data_dir / files.EVIDENCE)

    backup.restore(ledger, tmp_path / "b.zip")

    for kept in (sha256, stored.sha256):
        files.open_checked(data_dir, kept).close()
    assert _scalars(ledger, select(models.AnswerFile.name)) == ["回复.txt"]
    for statement in (update(models.Letter).values(text="改"), delete(models.Answer), delete(models.LetterUnit)):
        with ledger.app_context(), Session(db.engine) as session, pytest.raises(DatabaseError):
            session.execute(statement)
        _dispose(ledger)


def test_the_data_before_a_restore_is_kept_and_named(ledger: Flask, tmp_path: Path) -> None:
    backup.create(ledger, tmp_path / "b.zip")
    _change(ledger, "恢复前的最后状态")

    done = backup.restore(ledger, tmp_path / "b.zip")

    if on_postgres():
        assert done.kept == "schema before_restore_20260615_100000"
        query = "SELECT text FROM before_restore_20260615_100000.measure"
        with ledger.app_context(), db.engine.connect() as connection:
            assert connection.exec_driver_sql(query).scalars().all() == ["恢复前的最后状态"]
        return
    kept = Path(done.kept)
    assert kept.name == "rectify.sqlite.before-restore-20260615-100000"
    old = create_app(settings_for(tmp_path / "old", f"sqlite:///{kept}"))
    assert _texts(old) == ["恢复前的最后状态"]


def test_evidence_comes_back_and_a_damaged_file_is_kept_aside(ledger: Flask, tmp_path: Path) -> None:
    data_dir = ledger.config["SETTINGS"].data_dir
    backup.create(ledger, tmp_path / "b.zip")
    [sha256] = _scalars(ledger, select(models.Evidence.sha256))
    place = files.path_of(data_dir, sha256)
    place.write_bytes(b"changed")

    done = backup.restore(ledger, tmp_path / "b.zip")

    assert done.files == 1
    with files.open_checked(data_dir, sha256) as kept:
        assert kept.read() == PHOTO
    assert [p.read_bytes() for p in place.parent.glob("*.damaged-*")] == [b"changed"]


def test_evidence_that_is_gone_is_named_and_does_not_stop_a_backup(ledger: Flask, tmp_path: Path) -> None:
    [sha256] = _scalars(ledger, select(models.Evidence.sha256))
    files.path_of(ledger.config["SETTINGS"].data_dir, sha256).unlink()

    made = backup.create(ledger, tmp_path / "b.zip")

    assert made.manifest.missing == (sha256,)
    assert backup.restore(ledger, tmp_path / "b.zip").files == 0


def test_a_restore_fills_an_empty_place(ledger: Flask, tmp_path: Path) -> None:
    """On SQLite whatever the backup came from: another machine needs no PostgreSQL to look into one."""
    backup.create(ledger, tmp_path / "b.zip")
    other = create_app(settings_for(tmp_path / "new", f"sqlite:///{tmp_path / 'new' / 'rectify.sqlite'}"))

    done = backup.restore(other, tmp_path / "b.zip")

    assert done.kept == ""
    assert _texts(other) == _texts(ledger)
    assert doctor.refuse_start(other) is None
    [evidence] = [check for check in doctor.run(other) if check.name == "佐证材料"]
    assert evidence.ok and evidence.sentence.startswith("1 个")


def test_data_of_the_demonstration_stays_marked_wherever_it_goes(ledger: Flask, tmp_path: Path) -> None:
    data_dir = ledger.config["SETTINGS"].data_dir
    (data_dir / "demo").touch()
    backup.create(ledger, tmp_path / "b.zip")
    (data_dir / "demo").unlink()

    backup.restore(ledger, tmp_path / "b.zip")

    assert (data_dir / "demo").exists()


# -- what is refused -------------------------------------------------------------------------------------------------


def _rewrite(path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts.pop("manifest.json"))
    change(manifest, parts)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.comment = b"0" * backup.SEAL
    backup._seal(path)


def _newer(manifest: dict[str, Any], _parts: dict[str, bytes]) -> None:
    manifest["revision"] = "9999"


def _newer_format(manifest: dict[str, Any], _parts: dict[str, bytes]) -> None:
    manifest["format"] = 99


def _one_part_changed(_manifest: dict[str, Any], parts: dict[str, bytes]) -> None:
    name = next(name for name in parts if name.startswith("evidence/"))
    parts[name] = parts[name][:-1] + b"!"


def _one_part_gone(_manifest: dict[str, Any], parts: dict[str, bytes]) -> None:
    parts.popitem()


def _one_part_more(_manifest: dict[str, Any], parts: dict[str, bytes]) -> None:
    parts["../../escape"] = b"x"


def _a_part_outside(manifest: dict[str, Any], parts: dict[str, bytes]) -> None:
    parts["../../escape"] = b""
    manifest["parts"]["../../escape"] = {
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "size": 0,
    }


def _rows_missing(manifest: dict[str, Any], _parts: dict[str, bytes]) -> None:
    manifest["tables"]["measure"] = 2


def _no_manifest_of_ours(manifest: dict[str, Any], _parts: dict[str, bytes]) -> None:
    manifest.clear()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_newer, "比本程序新"),
        (_newer_format, "更新版本的程序"),
        (_one_part_changed, "已损坏"),
        (_one_part_gone, "已损坏"),
        (_one_part_more, "已损坏"),
        (_a_part_outside, "不是完整的备份文件"),
        (_rows_missing, "应有 2 行，实有 1 行"),
        (_no_manifest_of_ours, "不是完整的备份文件"),
    ],
)
def test_a_bad_archive_is_refused_and_changes_nothing(
    ledger: Flask, tmp_path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None], says: str
) -> None:
    backup.create(ledger, tmp_path / "b.zip")
    _rewrite(tmp_path / "b.zip", change)
    before = _all_rows(ledger)

    with pytest.raises(backup.Refused, match=says):
        backup.restore(ledger, tmp_path / "b.zip")

    assert _all_rows(ledger) == before
    assert not (tmp_path.parent / "escape").exists()


def test_flipped_and_missing_bytes_are_refused_wherever_they_fall(ledger: Flask, tmp_path: Path) -> None:
    backup.create(ledger, tmp_path / "b.zip")
    whole = (tmp_path / "b.zip").read_bytes()
    before = _texts(ledger)
    bad = tmp_path / "bad.zip"

    for step in range(1, 12):
        at = len(whole) * step // 12
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]):
            bad.write_bytes(damaged)
            with pytest.raises(backup.Refused):
                backup.restore(ledger, bad)

    assert _texts(ledger) == before


@pytest.mark.parametrize(("name", "says"), [("missing.zip", "没有找到"), ("text.zip", "不是完整的备份文件")])
def test_what_is_no_backup_is_refused_in_a_sentence(ledger: Flask, tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "text.zip").write_text("这不是备份")

    with pytest.raises(backup.Refused, match=says):
        backup.restore(ledger, tmp_path / name)


def test_a_restore_is_refused_while_the_scheduler_runs(ledger: Flask, tmp_path: Path, at: dt.datetime) -> None:
    backup.create(ledger, tmp_path / "b.zip")
    with ledger.app_context(), Session(db.engine) as session:
        session.execute(update(models.Lease).values(until_at=at + dt.timedelta(seconds=20)))
        session.commit()
    _dispose(ledger)

    with pytest.raises(backup.Refused, match="请先停止"):
        backup.restore(ledger, tmp_path / "b.zip")


def test_a_file_that_another_process_has_open_is_not_replaced_and_open_tables_are(
    ledger: Flask, tmp_path: Path
) -> None:
    """A SQLite file cannot be swapped under a reader; PostgreSQL swaps in a transaction, and the reader goes on."""
    before = _texts(ledger)
    backup.create(ledger, tmp_path / "b.zip")
    _change(ledger, "仍在使用")
    other = create_app(ledger.config["SETTINGS"])
    with other.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT text FROM measure").scalar() == "仍在使用"
        connection.commit()

        if on_postgres():
            backup.restore(ledger, tmp_path / "b.zip")
            assert connection.exec_driver_sql("SELECT text FROM measure").scalars().all() == before
        else:
            with pytest.raises(backup.Refused, match="正被使用"):
                backup.restore(ledger, tmp_path / "b.zip")

    _dispose(other)
    assert _texts(ledger) == (before if on_postgres() else ["仍在使用"])


def test_an_empty_database_is_not_backed_up(tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path, f"sqlite:///{tmp_path / 'rectify.sqlite'}"))

    with pytest.raises(backup.Refused, match="尚不存在"):
        backup.create(app, tmp_path / "b.zip")

    assert not (tmp_path / "b.zip").exists()


# -- what is cut short -----------------------------------------------------------------------------------------------


def test_a_full_disk_during_a_backup_keeps_the_older_one(
    ledger: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    backup.create(ledger, folder / "b.zip")
    before = (folder / "b.zip").read_bytes()

    def full(*_args: Any, **_more: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(backup, "_put", full)
    with pytest.raises(backup.Refused, match="剩余空间"):
        backup.create(ledger, folder / "b.zip")

    assert (folder / "b.zip").read_bytes() == before
    assert [p.name for p in folder.iterdir()] == ["b.zip"]


SLOW_BACKUP = """
import sys, time
from decimal import Decimal
from pathlib import Path
from rectify import settings
from rectify.factory import create_app
from rectify.upkeep import backup

put = backup._put
def slow(*args, **more):
    done = put(*args, **more)
    print("written", flush=True)
    time.sleep(60)
    return done
backup._put = slow
config = settings.Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2], scheduler=False)
backup.create(create_app(config), Path(sys.argv[3]))
"""


def test_a_backup_killed_half_way_leaves_no_file_and_the_next_one_sweeps_up(ledger: Flask, tmp_path: Path) -> None:
    config, folder = ledger.config["SETTINGS"], tmp_path / "backups"
    folder.mkdir()
    command = [sys.executable, "-c", SLOW_BACKUP, str(config.data_dir), config.database_url, str(folder / "b.zip")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
        process.wait()

    left = list(folder.iterdir())
    assert len(left) == 1 and left[0].name.startswith(".rectify-backup-")
    backup.create(ledger, folder / "b.zip")
    assert [p.name for p in folder.iterdir()] == ["b.zip"]


@pytest.mark.parametrize("cut", range(1, 9))
def test_a_restore_cut_short_leaves_the_old_data_or_the_new(
    ledger: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    """A kill is played by an exception nobody answers, at each of the steps that touch the disk."""
    [new] = _texts(ledger)
    backup.create(ledger, tmp_path / "b.zip")
    _change(ledger, "旧数据")
    [sha256] = _scalars(ledger, select(models.Evidence.sha256))
    files.path_of(ledger.config["SETTINGS"].data_dir, sha256).unlink()
    steps = 0

    class Killed(BaseException):
        pass

    def step(real: Callable[..., Any]) -> Callable[..., Any]:
        def count(*args: Any, **more: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == cut:
                raise Killed
            return real(*args, **more)

        return count

    for module, name in [(os, "replace"), (os, "link"), (backup, "_settle"), (backup, "_move"), (backup, "_pour")]:
        monkeypatch.setattr(module, name, step(getattr(module, name)))
    with contextlib.suppress(Killed):
        backup.restore(ledger, tmp_path / "b.zip")
    monkeypatch.undo()
    _dispose(ledger)

    assert _texts(ledger) in ([new], ["旧数据"])
    held = _scalars(ledger, select(func.count()).select_from(models.Outbox).where(models.Outbox.state == "held"))
    assert held == [1 if _texts(ledger) == [new] else 0]


def test_a_backup_under_writing_holds_one_moment(ledger: Flask, tmp_path: Path, cast: Cast) -> None:
    """A writer adds a region and a unit of the same name in each transaction: a backup has as many of both."""
    stop, wrote = threading.Event(), threading.Event()

    def write() -> None:
        for n in range(100_000):
            if stop.is_set():
                return
            with ledger.app_context(), Session(db.engine) as session:
                session.add(models.Region(name=f"新区{n}"))
                session.flush()
                session.add(models.Unit(name=f"新区{n}人民政府"))
                session.commit()
            wrote.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert wrote.wait(30)
        made = [backup.create(ledger, tmp_path / f"b{n}.zip") for n in range(3)]
    finally:
        stop.set()
        writer.join()

    regions = [m.manifest.tables["region"] for m in made]
    assert [m.manifest.tables["unit"] - 4 for m in made] == [n - 2 for n in regions]
    assert regions[0] < regions[-1]


# -- from one database to the other ----------------------------------------------------------------------------------


@pytest.fixture
def empty_postgres(tmp_path: Path) -> Iterator[Flask]:
    with postgres.server() as admin_url:
        url = postgres.fresh_database(admin_url)
        made = create_app(settings_for(tmp_path / "pg", url))
        yield made
        _dispose(made)
        postgres.drop_database(admin_url, url)


@pytest.mark.postgres
def test_a_backup_moves_to_postgresql_and_back_without_loss(
    ledger: Flask, empty_postgres: Flask, tmp_path: Path
) -> None:
    backup.create(ledger, tmp_path / "there.zip")
    rows = _all_rows(ledger)

    backup.restore(empty_postgres, tmp_path / "there.zip")
    backup.create(empty_postgres, tmp_path / "back.zip")
    home = create_app(settings_for(tmp_path / "home", f"sqlite:///{tmp_path / 'home' / 'rectify.sqlite'}"))
    backup.restore(home, tmp_path / "back.zip")

    for app in (empty_postgres, home):
        found = _all_rows(app)
        assert {n for n in rows if found[n] != rows[n]} <= CHANGED_BY_RESTORE
        assert {n: len(r) for n, r in found.items() if n != "audit_entry"} == {
            n: len(r) for n, r in rows.items() if n != "audit_entry"
        }


@pytest.mark.postgres
def test_a_second_restore_into_postgresql_keeps_both_earlier_states(
    ledger: Flask, empty_postgres: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.create(ledger, tmp_path / "b.zip")
    backup.restore(empty_postgres, tmp_path / "b.zip")
    later = backup.clock.now() + dt.timedelta(minutes=1)
    monkeypatch.setattr(backup.clock, "now", lambda: later)

    done = backup.restore(empty_postgres, tmp_path / "b.zip")

    assert done.kept == "schema before_restore_20260615_100100"
    assert _texts(empty_postgres) == _texts(ledger)


def test_an_older_backup_is_brought_up_to_date(ledger: Flask, tmp_path: Path) -> None:
    """A backup taken before a migration: the trail was not yet guarded by triggers at revision 0001."""
    made = backup.create(ledger, tmp_path / "b.zip")
    assert made.manifest.revision != "0001"
    old = create_app(settings_for(tmp_path / "old", f"sqlite:///{tmp_path / 'old.sqlite'}"))
    with old.app_context():
        flask_migrate.upgrade(revision="0001")
        with Session(db.engine) as session:
            session.add(models.Region(name="旧版里的县"))
            session.commit()
    _dispose(old)
    made = backup.create(old, tmp_path / "old.zip")
    assert made.manifest.revision == "0001"

    backup.restore(ledger, tmp_path / "old.zip")

    assert schema.current(ledger) == schema.newest(ledger)
    assert _scalars(ledger, select(models.Region.name)) == ["旧版里的县"]


def test_settings_of_another_place_do_not_matter(ledger: Flask, tmp_path: Path) -> None:
    """A backup carries no path: the same archive goes into a data folder of another name."""
    backup.create(ledger, tmp_path / "b.zip")
    config = dataclasses.replace(ledger.config["SETTINGS"], data_dir=tmp_path / "moved")
    moved = create_app(config)
    _dispose(ledger)

    done = backup.restore(moved, tmp_path / "b.zip")

    assert done.files == 1
    _dispose(moved)
