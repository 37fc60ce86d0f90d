"""Backup and restore: database and evidence in one checked archive, and back again without ever half overwriting.

The archive is a .zip: manifest.json (revision, counts, a SHA-256 of every part), the database, and every file that a
row names: of evidence, of letters and of answers. The database is SQLite's own file, or one JSON-lines part a table where it is PostgreSQL;
either restores into either. The secret key stays behind: a restore ends all sessions anyway.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import io
import json
import os
import re
import shutil
import socket
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import flask_migrate
from flask import Flask
from flask_migrate import Migrate
from sqlalchemy import JSON, Connection, Date, DateTime, MetaData, Table, func, inspect, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from rectify import access, calendar, clock, files, models, notices, records
from rectify.models import db
from rectify.rules import quantities
from rectify.rules.workdays import previous_workday
from rectify.settings import Settings
from rectify.upkeep import doctor, schema

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database/rectify.sqlite"
REMINDED_AT = dt.time(8, 30)  # as in the timetable of jobs
NAMING_FILES = ("evidence", "letter", "answer_file")
"""The tables whose rows name a file that is kept under its hash."""
CHUNK = 1024 * 1024
ROWS = 2000
DAMAGE = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError),
    *(ValueError, KeyError, TypeError, AttributeError),  # a manifest that says something else than ours
)
_TABLE = re.compile(r"[a-z_]{1,63}")
_PART = re.compile(r"database/rectify\.sqlite|database/tables/[a-z_]{1,63}\.jsonl|evidence/[0-9a-f]{2}/[0-9a-f]{64}")


class Refused(Exception):
    """A backup or a restore that was not made; the text is one Chinese sentence: what is wrong, what to do."""


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. `parts` are {name: (sha256, size)}, `tables` {table: rows}."""

    made_at: dt.datetime
    database: str  # "sqlite" | "postgresql"
    revision: str
    tables: dict[str, int]
    parts: dict[str, tuple[str, int]]
    missing: tuple[str, ...] = ()  # hashes of evidence that was gone or changed when the backup was made
    demonstration: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "made_at": self.made_at.isoformat(),
            "database": self.database,
            "revision": self.revision,
            "tables": self.tables,
            "parts": {name: {"sha256": sha256, "size": size} for name, (sha256, size) in self.parts.items()},
            "missing": list(self.missing),
            "demonstration": self.demonstration,
        }


@dataclass(frozen=True)
class Made:
    """A backup that was written and checked."""

    path: Path
    size: int
    sha256: str
    manifest: Manifest

    def __str__(self) -> str:
        evidence = sum(name.startswith("evidence/") for name in self.manifest.parts)
        said = (
            f"已备份到 {self.path}（{self.size / 1024**2:.1f} MB，{sum(self.manifest.tables.values())} 行，"
            f"{evidence} 个佐证文件，SHA-256 {self.sha256}），并已重新读取核对。"
        )
        if self.manifest.missing:
            said += f"有 {len(self.manifest.missing)} 个佐证文件缺失或已被改动，未能备份，请执行 rectify doctor 查看。"
        return said


@dataclass(frozen=True)
class Restored:
    """What a restore did. `kept` says where the data that was there before lies, "" where there was none."""

    manifest: Manifest
    kept: str
    held: int
    sessions: int
    files: int

    def __str__(self) -> str:
        said = f"已恢复到 {self.manifest.made_at:%Y-%m-%d %H:%M}（UTC）的备份，所有人须重新登录。"
        if self.kept:
            said += f"恢复前的数据另存在 {self.kept}，确认无误后可自行删除。"
        if self.held:
            said += f"有 {self.held} 封邮件暂不发送，请管理员在发件箱中查看后放行。"
        if self.manifest.missing:
            said += f"备份时已缺少 {len(self.manifest.missing)} 个佐证文件。"
        return said


# -- making one ------------------------------------------------------------------------------------------------------


def create(app: Flask, path: Path) -> Made:
    """Write database and evidence as they are at this moment to `path`, while the service runs on.

    `path` may be a folder: the archive is then named by the time. Written beside its place, checked by reading it
    again, synced, and only then renamed over it: whole or absent, and an older backup survives a failure (F28, F32).
    Mode 0600. Raises Refused.
    """
    config: Settings = app.config["SETTINGS"]
    at = clock.now()
    if path.is_dir():
        path = path / f"rectify-{clock.local(at, config.timezone):%Y%m%d-%H%M%S}.zip"
    trouble = doctor.reach(app)
    if trouble is not None:
        raise Refused(trouble.sentence)
    try:
        if not schema.current(app):
            raise Refused("数据库还是空的，没有可备份的内容。")
        with _workshop(path.parent, "backup") as folder:
            _record(app, at, path)
            draft = folder / "draft.zip"
            draft.touch(mode=0o600)
            manifest = _write(app, draft, folder, at)
            verify(draft, newest_of=app)
            with open(draft, "rb+") as written:
                os.fsync(written.fileno())
            size, sha256 = draft.stat().st_size, _sha256(draft)
            os.replace(draft, path)
            _sync_folder(path.parent)
    except OSError as error:
        raise Refused(
            f"备份未能写入 {path}（{error.strerror or error}）。请检查文件夹、权限和剩余空间后重试。"
        ) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise Refused(f"备份时数据库出错（{_first_line(error)}）。请执行 rectify doctor 查看原因。") from error
    return Made(path, size, sha256, manifest)


def _record(app: Flask, at: dt.datetime, path: Path) -> None:
    """The trail says who took the data out. A disk too full to write must not keep anyone from a backup."""
    with app.app_context(), contextlib.suppress(SQLAlchemyError), Session(db.engine) as session:
        records.write(session, access.SYSTEM, at, "backup", "installation", file=path.name)
        session.commit()


def _write(app: Flask, draft: Path, folder: Path, at: dt.datetime) -> Manifest:
    config: Settings = app.config["SETTINGS"]
    parts: dict[str, tuple[str, int]] = {}
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        if config.is_sqlite:
            copy = folder / "copy.sqlite"
            _copy_sqlite(doctor.sqlite_path(config), copy)
            revision, tables, wanted = _look_into(copy)
            with open(copy, "rb") as opened:
                parts[DATABASE] = _put(archive, DATABASE, opened)
            copy.unlink()
        else:
            revision, tables, wanted = _dump(app, archive, parts)
        # The database first: whatever row the copy holds, its file was on the disk before the row was committed.
        missing = list(_put_evidence(archive, config.data_dir, wanted, parts))
        manifest = Manifest(
            made_at=at,
            database="sqlite" if config.is_sqlite else "postgresql",
            revision=revision,
            tables=tables,
            parts=parts,
            missing=tuple(missing),
            demonstration=(config.data_dir / "demo").exists(),
        )
        archive.writestr(MANIFEST, json.dumps(manifest.as_json(), ensure_ascii=False, indent=1))
        archive.comment = b"0" * SEAL
    _seal(draft)
    return manifest


SEAL = 64
"""The archive's comment, its last bytes: the SHA-256 of all before it, so that not one byte changes unseen."""


def _seal(draft: Path) -> None:
    with open(draft, "rb+") as archive:
        archive.seek(-SEAL, os.SEEK_END)
        place = archive.tell()
        archive.write(_digest(draft, place).encode("ascii"))


def _digest(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as archive:
        while size > 0 and (piece := archive.read(min(CHUNK, size))):
            digest.update(piece)
            size -= len(piece)
    return digest.hexdigest()


def _copy_sqlite(source: Path, copy: Path) -> None:
    """SQLite's online backup in one step: a reader in WAL mode, so that writers go on, and one moment for the whole."""
    copy.touch(mode=0o600)
    reader, writer = sqlite3.connect(source, timeout=10), sqlite3.connect(copy)
    try:
        reader.backup(writer, pages=-1)
        writer.execute("PRAGMA journal_mode=DELETE")
    finally:
        writer.close()
        reader.close()


def _look_into(copy: Path) -> tuple[str, dict[str, int], list[str]]:
    """(revision, rows of each table, hashes of its evidence) of a SQLite file, after checking its pages."""
    connection = sqlite3.connect(copy)
    try:
        said = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
        if said != ["ok"]:
            raise sqlite3.DatabaseError(str(said[0]).splitlines()[-1])
        names = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' "
                "ORDER BY name"
            )
        ]
        counts = {n: connection.execute(f'SELECT count(*) FROM "{n}"').fetchone()[0] for n in names}
        at = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        hashes = connection.execute(_hashes(names)).fetchall()
    finally:
        connection.close()
    counts.pop("alembic_version", None)
    return (at[0] if at else ""), counts, [row[0] for row in hashes]


def _hashes(tables: Collection[str]) -> str:
    """What names the files that belong to the rows of these tables, as SQL; an older database has not all of them."""
    named = (f"SELECT sha256 FROM {table} WHERE sha256 IS NOT NULL" for table in NAMING_FILES if table in tables)
    return " UNION ".join(named) + " ORDER BY 1"


def _dump(
    app: Flask, archive: zipfile.ZipFile, parts: dict[str, tuple[str, int]]
) -> tuple[str, dict[str, int], list[str]]:
    """Every table of a PostgreSQL as JSON lines, all as of one moment; no pg_dump, whose version would matter.

    The first line names the columns, each further line is a row. Tables are read as they are, not as our models say, so
    that a backup can be taken before a migration.
    """
    counts: dict[str, int] = {}
    with app.app_context(), db.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        meta = MetaData()
        meta.reflect(connection)
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""
        for table in sorted(meta.tables.values(), key=lambda t: t.name):
            if table.name == "alembic_version":
                continue
            name = f"database/tables/{table.name}.jsonl"
            rows = _Lines(connection, table)
            parts[name] = _put(archive, name, rows)
            counts[table.name] = rows.count
        hashes = list(connection.exec_driver_sql(_hashes(meta.tables)).scalars())
        connection.rollback()
    return revision, counts, hashes


class _Lines(io.RawIOBase):
    """A table's rows as a stream of JSON lines: what the archive writes is never all in memory."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self.count = 0
        self._rows = self._read(connection, table)

    def _read(self, connection: Connection, table: Table) -> Iterator[bytes]:
        yield _line([column.name for column in table.columns])
        order = list(table.primary_key.columns)
        for row in connection.execute(select(table).order_by(*order), execution_options={"yield_per": ROWS}):
            self.count += 1
            yield _line([_plain(value) for value in row])

    def read(self, _size: int = -1) -> bytes:
        lines: list[bytes] = []
        length = 0
        for line in self._rows:
            lines.append(line)
            length += len(line)
            if length >= CHUNK:
                break
        return b"".join(lines)


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, Decimal):  # as the column keeps it: an archive is read at its own revision, without our types
        return quantities.thousandths(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _put(archive: zipfile.ZipFile, name: str, stream: Any, *, stored: bool = False) -> tuple[str, int]:
    """Copy a stream into the archive; (sha256, size) of what went in."""
    digest, size = hashlib.sha256(), 0
    part = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    part.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    part.external_attr = 0o600 << 16
    with archive.open(part, "w", force_zip64=True) as out:
        while piece := stream.read(CHUNK):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
    return digest.hexdigest(), size


def _put_evidence(
    archive: zipfile.ZipFile, data_dir: Path, hashes: Iterable[str], parts: dict[str, tuple[str, int]]
) -> Iterator[str]:
    """Put each file in, checked against its hash; yields the hashes of those that are gone or changed (F49)."""
    for sha256 in hashes:
        try:
            with files.open_checked(data_dir, sha256) as kept:
                name = f"evidence/{sha256[:2]}/{sha256}"
                parts[name] = _put(archive, name, kept, stored=True)  # photos do not get smaller
        except files.Broken:
            yield sha256


# -- checking one ----------------------------------------------------------------------------------------------------


def verify(path: Path, newest_of: Flask | None = None) -> Manifest:
    """Read an archive from end to end and compare every part with its hash. Touches nothing.

    Raises Refused where it is damaged, not ours, or newer than this program (with `newest_of`, an app that knows).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive)
            if archive.comment != _digest(path, path.stat().st_size - SEAL).encode("ascii"):
                raise Refused(f"备份文件 {path} 已损坏（与封存时的内容不符）。请换用另一份备份。")
            if set(archive.namelist()) != {MANIFEST, *manifest.parts}:
                raise Refused(f"备份文件 {path} 已损坏（内容与清单不符）。请换用另一份备份。")
            for name, (sha256, size) in manifest.parts.items():
                with archive.open(name) as part:
                    found, length = hashlib.sha256(), 0
                    while piece := part.read(CHUNK):
                        found.update(piece)
                        length += len(piece)
                if (found.hexdigest(), length) != (sha256, size):
                    raise Refused(f"备份文件 {path} 已损坏（{name} 与清单不符）。请换用另一份备份。")
    except FileNotFoundError as error:
        raise Refused(f"没有找到备份文件 {path}。请检查路径。") from error
    except DAMAGE as error:
        raise Refused(f"{path} 不是完整的备份文件（{_first_line(error)}）。请换用另一份备份。") from error
    except OSError as error:
        raise Refused(f"备份文件 {path} 无法读取（{error.strerror or error}）。请检查路径和权限。") from error
    if newest_of is not None and not schema.knows(newest_of, manifest.revision):
        raise Refused(
            f"备份的数据版本 {manifest.revision or '未知'} 比本程序新，不能恢复。请先安装与之相配的新版程序。"
        )
    return manifest


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    raw = json.loads(archive.read(MANIFEST))
    if raw["format"] != FORMAT:
        raise Refused("这份备份由更新版本的程序制作，不能恢复。请先安装新版程序。")
    parts = {name: (part["sha256"], part["size"]) for name, part in raw["parts"].items()}
    if not all(_PART.fullmatch(name) for name in parts) or not all(_TABLE.fullmatch(name) for name in raw["tables"]):
        raise ValueError("清单中有不明内容")
    return Manifest(
        made_at=dt.datetime.fromisoformat(raw["made_at"]),
        database=raw["database"],
        revision=raw["revision"],
        tables=raw["tables"],
        parts=parts,
        missing=tuple(raw["missing"]),
        demonstration=raw["demonstration"],
    )


# -- restoring -------------------------------------------------------------------------------------------------------


def restore(app: Flask, path: Path) -> Restored:
    """Put the archive's data in the place of this installation's.

    Everything is checked, then built aside in full, then swapped in one step; whatever cuts it short leaves the old
    data or the new, never a mixture (F32). The old data is kept under a dated name. Sessions and reset tokens end, and
    what was still to be sent waits for release (OPS-04). Raises Refused, and has then changed nothing.
    """
    config: Settings = app.config["SETTINGS"]
    at = clock.now()
    manifest = verify(path, newest_of=app)
    old = _old_state(app)
    if old.scheduler_alive:
        raise Refused("系统还在运行。请先停止 rectify serve 和 rectify jobs run，等一分钟后再恢复。")
    target = doctor.sqlite_path(config) if config.is_sqlite else config.data_dir / "rectify.sqlite"
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with _workshop(target.parent, "restore") as folder:
            _room_for(folder, manifest)
            staged = folder / "staged.sqlite"
            with zipfile.ZipFile(path) as archive:
                _build(app, archive, manifest, staged)
                held, sessions = _settle(app, staged, manifest, at, path, old.epoch)
                count = _bring_evidence(archive, config.data_dir, manifest, at)
            _mark_demonstration(config.data_dir, manifest.demonstration, before=True)
            kept = _swap_file(app, staged, target, at) if config.is_sqlite else _swap_tables(app, staged, at)
            _mark_demonstration(config.data_dir, manifest.demonstration, before=False)
    except files.NotAllowed as error:
        raise Refused(f"恢复未能完成：{error}现有数据没有改动。") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Refused(f"备份文件 {path} 在读取中损坏（{error}）。现有数据没有改动。") from error
    except OSError as error:
        raise Refused(
            f"恢复未能完成（{error.strerror or error}），现有数据没有改动。请检查权限和剩余空间后重试。"
        ) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise Refused(f"恢复未能完成（{_first_line(error)}），现有数据没有改动。") from error
    return Restored(manifest, kept, held, sessions, count)


@dataclass(frozen=True)
class _Old:
    """What of the present database a restore must know. A damaged or empty one knows nothing."""

    scheduler_alive: bool = False
    epoch: int = 0


def _old_state(app: Flask) -> _Old:
    config: Settings = app.config["SETTINGS"]
    if config.is_sqlite and not doctor.sqlite_path(config).exists():
        return _Old()
    try:
        with app.app_context(), Session(db.engine) as session:
            session.connection(execution_options={"read_only": True})
            leases = session.execute(select(models.Lease.until_at, models.Lease.epoch)).all()
    except (SQLAlchemyError, sqlite3.Error):
        return _Old()
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    now = clock.now()
    # Further ahead than any lease lasts is the mark of a clock that was wrong: it binds nobody.
    longest = now + dt.timedelta(seconds=2 * config.lease_seconds + 3600)
    alive = any(row.until_at is not None and now < row.until_at <= longest for row in leases)
    return _Old(alive, max((row.epoch for row in leases), default=0))


def _room_for(folder: Path, manifest: Manifest) -> None:
    needed = sum(size for _, size in manifest.parts.values()) * 2
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Refused(
            f"磁盘剩余 {free // 1024**2} MB，恢复约需 {needed // 1024**2 + 1} MB。请清理磁盘后重试，现有数据没有改动。"
        )


def _bare(app: Flask, url: str, engine_options: dict[str, Any] | None = None) -> Flask:
    """An application with nothing but this database, for migrating it; the pages stay with the real one."""
    config: Settings = app.config["SETTINGS"]
    bare = Flask("rectify")
    bare.config["SETTINGS"] = dataclasses.replace(config, database_url=url)
    bare.config["SQLALCHEMY_DATABASE_URI"] = url
    bare.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options or {}
    bare.config["MIGRATIONS"] = app.config["MIGRATIONS"]
    db.init_app(bare)
    Migrate(bare, db, directory=str(app.config["MIGRATIONS"]), render_as_batch=True)
    return bare


def _build(app: Flask, archive: zipfile.ZipFile, manifest: Manifest, staged: Path) -> None:
    """The archive's database as a SQLite file at this program's revision, with every row it should hold."""
    staged.touch(mode=0o600)
    bare = _bare(app, f"sqlite:///{staged}")
    try:
        if DATABASE in manifest.parts:
            with archive.open(DATABASE) as part, open(staged, "wb") as out:
                shutil.copyfileobj(part, out, CHUNK)
        else:
            with bare.app_context(), contextlib.redirect_stdout(io.StringIO()):
                flask_migrate.upgrade(revision=manifest.revision)
                db.session.remove()
            with bare.app_context(), db.engine.connect() as connection:
                _load(connection, archive, manifest)
        _count_again(bare, manifest)
        schema.upgrade(bare)
    finally:
        _close(bare)


def _load(connection: Connection, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Fill the tables of an empty SQLite at the dump's own revision, all in one transaction."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")  # order within a tree does not matter; checked at the end
    meta = MetaData()
    meta.reflect(connection)
    for name in sorted(manifest.tables):
        table = meta.tables[name]
        with archive.open(f"database/tables/{name}.jsonl") as part:
            columns = json.loads(part.readline())
            readers = [_reader(table.columns[column].type) for column in columns]
            for lines in _batches(part):
                rows = [
                    {c: read(v) for c, read, v in zip(columns, readers, json.loads(line), strict=True)}
                    for line in lines
                ]
                connection.execute(table.insert(), rows)
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if dangling is not None:
        raise Refused(f"备份中的数据表 {dangling[0]} 有记录指向不存在的 {dangling[2]}，不能恢复。现有数据没有改动。")
    connection.commit()


def _reader(kind: Any) -> Any:
    def instant(value: str | None) -> dt.datetime | None:
        if value is None:
            return None
        found = dt.datetime.fromisoformat(value)
        return found.astimezone(dt.UTC).replace(tzinfo=None) if found.tzinfo else found

    def day(value: str | None) -> dt.date | None:
        return None if value is None else dt.date.fromisoformat(value)

    if isinstance(kind, DateTime):
        return instant
    return day if isinstance(kind, Date) else lambda value: value


def _batches(part: IO[bytes]) -> Iterator[list[bytes]]:
    lines: list[bytes] = []
    for line in part:
        lines.append(line)
        if len(lines) == ROWS:
            yield lines
            lines = []
    if lines:
        yield lines


def _count_again(bare: Flask, manifest: Manifest) -> None:
    with bare.app_context(), db.engine.connect() as connection:
        for name, count in manifest.tables.items():
            found = connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()
            if found != count:
                raise Refused(f"备份中的数据表 {name} 应有 {count} 行，实有 {found} 行，不能恢复。现有数据没有改动。")


def _settle(app: Flask, staged: Path, manifest: Manifest, at: dt.datetime, path: Path, epoch: int) -> tuple[int, int]:
    """What a restore changes in the data, aside, before anyone sees it: (mails held, sessions ended).

    Links in reset mails are dead with their tokens, so those mails are dropped; all else that was queued is held. The
    lease is free, and its epoch is beyond that of any scheduler that may still sleep somewhere.
    """
    bare = _bare(app, f"sqlite:///{staged}")
    try:
        with bare.app_context(), Session(db.engine) as session:
            box, ended = models.Outbox, models.UserSession
            sessions = _changed(session, update(ended).where(ended.ended_at.is_(None)).values(ended_at=at))
            token = models.ResetToken
            _changed(session, update(token).where(token.used_at.is_(None)).values(used_at=at))
            free = {"claimed_by": "", "claimed_until": None}
            _changed(
                session,
                update(box)
                .where(box.state == "queued", box.kind == "reset")
                .values(state="dropped", dropped_because="恢复备份后链接已失效", payload={}, **free),
            )
            _remind(session, app.config["SETTINGS"], at)
            held = _changed(session, update(box).where(box.state == "queued").values(state="held", **free))
            beyond = models.Lease.epoch + epoch + 1
            _changed(session, update(models.Lease).values(holder="", until_at=None, epoch=beyond))
            records.write(
                session,
                access.SYSTEM,
                at,
                "restore",
                "installation",
                file=path.name,
                made_at=manifest.made_at,
                revision=manifest.revision,
                held=held,
                sessions=sessions,
                missing=len(manifest.missing),
            )
            session.commit()
    finally:
        _close(bare)
    connection = sqlite3.connect(staged)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")  # one file, without companions, that can be renamed
    finally:
        connection.close()
    return held, sessions


def _remind(session: Session, config: Settings, at: dt.datetime) -> None:
    """Write what is owed by now, so that it is held too: what was sent after the backup was made is not known any more.

    Of the last working day on which the reminders' hour has come; what becomes owed later goes out as always.
    """
    local = clock.local(at, config.timezone)
    day = local.date() if local.time() >= REMINDED_AT else local.date() - dt.timedelta(days=1)
    day = previous_workday(calendar.load(session), day)
    notices.remind(session, day, at, domain=config.mail_from.rpartition("@")[2])


def _changed(session: Session, statement: Any) -> int:
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)


def _bring_evidence(archive: zipfile.ZipFile, data_dir: Path, manifest: Manifest, at: dt.datetime) -> int:
    """Put the files that are not there yet in their places; (how many).

    They are named by their content, so what lies there already is the same or damaged; a damaged one is kept aside. The
    old database still finds all of its own.
    """
    count = 0
    for name in manifest.parts:
        if not name.startswith("evidence/"):
            continue
        sha256 = name.rsplit("/", 1)[1]
        place = files.path_of(data_dir, sha256)
        try:
            files.open_checked(data_dir, sha256).close()
            continue
        except files.Broken:
            if place.exists():
                os.replace(place, place.with_name(f"{sha256}.damaged-{at:%Y%m%d%H%M%S}"))
        with archive.open(name) as part:
            files.store(data_dir, part)
        count += 1
    return count


def _mark_demonstration(data_dir: Path, demonstration: bool, *, before: bool) -> None:
    """Data of the demonstration stays marked as such, wherever it is restored; marked before, unmarked after."""
    mark = data_dir / "demo"
    if demonstration and before:
        mark.touch()
    if not demonstration and not before:
        mark.unlink(missing_ok=True)


def _swap_file(app: Flask, staged: Path, target: Path, at: dt.datetime) -> str:
    """Put the staged file in the place of the old one by one rename; the old one keeps its bytes under a dated name."""
    config: Settings = app.config["SETTINGS"]
    with open(staged, "rb+") as built:
        os.fsync(built.fileno())
    if not target.exists():
        os.replace(staged, target)
        _sync_folder(target.parent)
        return ""
    kept = _free_name(target.parent, f"{target.name}.before-restore-{clock.local(at, config.timezone):%Y%m%d-%H%M%S}")
    if not _fold_in(target):
        # Damaged: it keeps its companions, whatever they are worth. A WAL left would be played into the new file.
        for ending in ("-wal", "-shm"):
            companion = target.with_name(target.name + ending)
            if companion.exists():
                os.replace(companion, kept.with_name(kept.name + ending))
    try:
        os.link(target, kept)
    except OSError:  # a file system without links
        shutil.copy2(target, kept)
        with open(kept, "rb+") as copied:
            os.fsync(copied.fileno())
    os.replace(staged, target)
    _sync_folder(target.parent)
    return str(kept)


def _fold_in(target: Path) -> bool:
    """Fold a database's WAL into its file, which also tells whether anyone has it open. False: it is damaged."""
    connection = sqlite3.connect(target, timeout=2)
    try:
        mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise Refused("数据库正被使用，现有数据没有改动。请先停止 rectify serve 等所有进程再恢复。") from error
        return False
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()
    return str(mode) == "delete"


def _free_name(folder: Path, name: str) -> Path:
    found, number = folder / name, 1
    while found.exists():
        number += 1
        found = folder / f"{name}-{number}"
    return found


# -- restoring into PostgreSQL ---------------------------------------------------------------------------------------


def _swap_tables(app: Flask, staged: Path, at: dt.datetime) -> str:
    """Build the tables in a schema of their own, then exchange the two sets of tables in one transaction.

    The old tables are kept in a dated schema. The account needs the right to create schemas in the database.
    """
    config: Settings = app.config["SETTINGS"]
    stamp = f"{clock.local(at, config.timezone):%Y%m%d_%H%M%S}"
    aside, kept = f"restoring_{stamp}", f"before_restore_{stamp}"
    with app.app_context():
        db.engine.dispose()
        with db.engine.connect() as connection:
            home = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
            names = inspect(connection).get_schema_names()
            for stale in [n for n in names if n.startswith("restoring_")]:
                connection.exec_driver_sql(f'DROP SCHEMA "{stale}" CASCADE')
            connection.exec_driver_sql(f'CREATE SCHEMA "{aside}"')
            connection.commit()
    url = make_url(config.database_url).update_query_dict({"options": f"-csearch_path={aside}"})
    bare = _bare(app, url.render_as_string(hide_password=False))
    try:
        schema.upgrade(bare)
        source = _bare(app, f"sqlite:///{staged}")
        try:
            with source.app_context(), db.engine.connect() as reader:
                reader = reader.execution_options(read_only=True)
                with bare.app_context(), db.engine.connect() as writer:
                    _pour(reader, writer, aside)
        finally:
            _close(source)
    finally:
        _close(bare)
    with app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        old = _tables_in(connection, home)
        if old:
            connection.exec_driver_sql(f'CREATE SCHEMA "{kept}"')
            _move(connection, old, home, kept)
        _move(connection, _tables_in(connection, aside), aside, home)
        connection.exec_driver_sql(f'DROP SCHEMA "{aside}" CASCADE')
        connection.commit()
    return f"schema {kept}" if old else ""


def _pour(reader: Connection, writer: Connection, aside: str) -> None:
    """Copy every table from the staged file; foreign keys are taken off first and put back, checked, at the end."""
    keys = writer.execute(
        text(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = CAST(:aside AS regnamespace)"
        ),
        {"aside": aside},
    ).all()
    for table, name, _ in keys:
        writer.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    driver: Any = writer.connection.driver_connection
    for table in sorted(db.metadata.tables.values(), key=lambda t: t.name):
        quoted = ", ".join(f'"{column.name}"' for column in table.columns)
        as_json = [isinstance(column.type, JSON) for column in table.columns]
        with driver.cursor().copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy:
            for row in reader.execute(select(table), execution_options={"yield_per": ROWS}):
                copy.write_row([_copied(value, is_json) for value, is_json in zip(row, as_json, strict=True)])
        for column in table.primary_key.columns:
            sequence = writer.execute(
                text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": f'"{table.name}"', "c": column.name}
            ).scalar()
            if sequence:
                last = writer.execute(select(func.max(column))).scalar()
                writer.execute(
                    text("SELECT setval(:s, :n, :called)"), {"s": sequence, "n": last or 1, "called": bool(last)}
                )
    for table, name, definition in keys:
        writer.exec_driver_sql(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    writer.commit()


def _copied(value: Any, is_json: bool) -> Any:
    """A value as COPY takes it."""
    if is_json:
        return json.dumps(value, ensure_ascii=False)
    return quantities.thousandths(value) if isinstance(value, Decimal) else value


def _tables_in(connection: Connection, name: str) -> list[str]:
    return sorted(set(inspect(connection).get_table_names(schema=name)) & {*db.metadata.tables, "alembic_version"})


def _move(connection: Connection, tables: list[str], from_schema: str, to_schema: str) -> None:
    """Move tables, with their indexes, sequences and triggers, and the functions that the triggers call."""
    called = connection.execute(
        text(
            "SELECT DISTINCT p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE NOT t.tgisinternal AND n.nspname = :home AND p.pronamespace = n.oid AND c.relname = ANY(:tables)"
        ),
        {"home": from_schema, "tables": tables},
    ).scalars()
    for function in list(called):
        connection.exec_driver_sql(f'ALTER FUNCTION "{from_schema}"."{function}"() SET SCHEMA "{to_schema}"')
    for table in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{from_schema}"."{table}" SET SCHEMA "{to_schema}"')


# -- small things ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _workshop(parent: Path, kind: str) -> Iterator[Path]:
    """A folder beside the place that is to be filled, gone afterwards; those of processes that were killed go too."""
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    host = re.sub(r"[^A-Za-z0-9-]", "", socket.gethostname()) or "host"
    prefix = f".rectify-{kind}-{host}-"
    for left in parent.glob(f"{prefix}*"):
        found = re.match(r"(\d+)-", left.name.removeprefix(prefix))
        if found and not _runs(int(found.group(1))):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _close(bare: Flask) -> None:
    with bare.app_context():
        db.session.remove()
        db.engine.dispose()


def _sha256(path: Path) -> str:
    with open(path, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _first_line(error: Exception) -> str:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return said[0][:300] if said else type(error).__name__
