"""The doctor: looks at every part an installation rests on, and says in one sentence each what is wrong and what to do.

Also what must stop a start (`refuse_start`). It reads and probes; it mends nothing.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from rectify import calendar, clock, files, models, post
from rectify.models import db
from rectify.settings import Settings
from rectify.upkeep import schema

MOST_SKEW = dt.timedelta(minutes=10)
LOW_SPACE = 1024**3
NETWORK = frozenset(
    (
        *("nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "coda", "ceph", "lustre"),
        *("gpfs", "beegfs", "glusterfs", "pvfs2", "orangefs", "davfs", "davfs2", "sshfs", "s3fs", "ocfs2", "gfs2"),
    )
)
"""Kinds of file systems that other machines share: SQLite's locks and its -shm file do not hold there (DD-10)."""
SQLITE_GUARDS: dict[str, tuple[object, ...]] = {"journal_mode": ("wal",), "synchronous": (2, 3), "foreign_keys": (1,)}
POSTGRES_GUARDS: dict[str, tuple[object, ...]] = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    # `local` waits for this machine's disk, the stronger ones for a standby's too; only `off` loses what was said.
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
}
RESTORE = "请停止服务，用最近一份备份执行 rectify restore 备份文件 恢复（现有数据会另存，不会删除）。"


@dataclass(frozen=True)
class Check:
    """One thing looked at. `sentence` says what is wrong and what to do, or in a few words that it is well.

    A warning is not a failure: `ok` holds, and the sentence tells what to mind.
    """

    name: str
    ok: bool
    sentence: str
    warning: bool = False


def run(app: Flask) -> list[Check]:
    """Look at everything, in the order in which one would mend it; what cannot be reached fails its own check only."""
    config: Settings = app.config["SETTINGS"]
    found = [_settings(config)]
    trouble = reach(app)
    found.append(trouble or Check("数据库", True, "可以连接。"))
    if trouble is None:
        looks = {
            "数据库版本": _migrations,
            "写入保障": _guarding,
            "数据完整性": _integrity,
            "时钟与时区": _clock,
            "工作日历": _calendar_years,
            "佐证材料": _evidence,
        }
        found += [_guarded(name, look, app) for name, look in looks.items()]
    return [*found, _mail(config), _folder(config), _space(config), _fonts(), _plain_http(config)]


def refuse_start(app: Flask) -> str | None:
    """Why this installation must not serve, as one sentence with what to do; None where nothing stands against it.

    `serve` asks before it migrates: an embedded database that is merely older is no reason, it will be migrated.
    """
    config: Settings = app.config["SETTINGS"]
    if config.is_sqlite:
        path = sqlite_path(config)
        wrong = _on_network(path) or _file_damage(path)
        if wrong:
            return wrong
        if not path.exists():
            return None
    trouble = reach(app)
    if trouble is not None:
        return trouble.sentence
    try:
        return _unfit(app, config)
    except (SQLAlchemyError, sqlite3.Error) as error:
        return _database_trouble(error)


def _unfit(app: Flask, config: Settings) -> str | None:
    """What is wrong with a database that can be reached: its revision, or how it writes."""
    migrations = _migrations(app)
    at = schema.current(app)
    # An embedded database that is empty or merely older is migrated by the start itself.
    migrates = config.is_sqlite and not _half(app) and (not at or schema.knows(app, at))
    if not migrations.ok and not migrates:
        return migrations.sentence
    guarding = _guarding(app)
    return None if guarding.ok else guarding.sentence


def sqlite_path(config: Settings) -> Path:
    """The file of an embedded database."""
    assert config.is_sqlite
    return Path(config.database_url.removeprefix("sqlite:///").split("?")[0])


# -- settings and the database ---------------------------------------------------------------------------------------


def _settings(config: Settings) -> Check:
    where = "SQLite" if config.is_sqlite else "PostgreSQL"
    return Check("设置", True, f"设置可用：数据库 {where}，数据文件夹 {config.data_dir}，时区 {config.timezone}。")


def _guarded(name: str, look: Callable[[Flask], Check], app: Flask) -> Check:
    """A database that gives way half-way through fails that one check, in a sentence, not in a traceback."""
    try:
        return look(app)
    except (SQLAlchemyError, sqlite3.Error) as error:
        return Check(name, False, _database_trouble(error))


def _database_trouble(error: Exception) -> str:
    said = _first_line(error)
    advice = "数据库正被长时间占用，请稍后再试。" if "locked" in said else RESTORE
    return f"检查时数据库出错（{said}）。{advice}"


def reach(app: Flask) -> Check | None:
    """The failed check where the database cannot be used at all."""
    config: Settings = app.config["SETTINGS"]
    if config.is_sqlite:
        path = sqlite_path(config)
        wrong = _on_network(path) or _file_damage(path, thorough=False)
        if wrong:
            return Check("数据库", False, wrong)
        if not path.exists():
            return Check(
                "数据库",
                False,
                f"数据库文件 {path} 尚不存在。请执行 rectify migrate 建立，或用 rectify restore 恢复备份。",
            )
    try:
        with app.app_context(), db.engine.connect().execution_options(read_only=True) as connection:
            connection.exec_driver_sql("SELECT 1")
    except (SQLAlchemyError, sqlite3.Error) as error:
        advice = (
            RESTORE if config.is_sqlite else "请确认数据库服务已启动，RECTIFY_DATABASE_URL 的地址、用户和密码正确。"
        )
        return Check("数据库", False, f"数据库无法连接（{_first_line(error)}）。{advice}")
    return None


def _first_line(error: Exception) -> str:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return re.sub(r"://[^@\s]*@", "://…@", said[0])[:300] if said else type(error).__name__


def _file_damage(path: Path, *, thorough: bool = True) -> str | None:
    """What is wrong with a SQLite file: empty, cut short, no database, damaged pages (F31). None where it is whole.

    Opens the file by itself, so that a damaged one never reaches the pool.
    """
    if not path.exists():
        return None
    size = path.stat().st_size
    if size == 0:
        return f"数据库文件 {path} 是空的。若尚未使用过，请删除该空文件后重新启动；否则{RESTORE}"
    try:
        with open(path, "rb") as opened:
            head = opened.read(100)
    except OSError as error:
        return f"数据库文件 {path} 无法读取（{error.strerror}）。请检查文件的所有者和权限。"
    if head[:16] != b"SQLite format 3\x00" or len(head) < 100:
        return f"数据库文件 {path} 已损坏（不是 SQLite 数据库）。{RESTORE}"
    if not thorough:
        return None
    try:
        connection = sqlite3.connect(path, timeout=10)
        try:
            said = [row[0] for row in connection.execute("PRAGMA quick_check(5)")]
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):  # a long writer is no damage
            return None
        return f"数据库文件 {path} 无法打开（{error}）。请检查权限和磁盘；若文件已损坏，{RESTORE}"
    except sqlite3.DatabaseError as error:
        return f"数据库文件 {path} 已损坏（{error}）。{RESTORE}"
    if said != ["ok"]:
        return f"数据库文件 {path} 已损坏（{str(said[0]).splitlines()[-1]}）。{RESTORE}"
    return None


def _on_network(path: Path) -> str | None:
    kind = file_system(path)
    if kind is None:
        return None
    return (
        f"数据库文件所在的 {path.parent} 是网络文件系统（{kind}），SQLite 在其上会损坏数据。"
        "请把 RECTIFY_DATA_DIR 改到本机磁盘，或用 RECTIFY_DATABASE_URL 改用 PostgreSQL。"
    )


def file_system(path: Path, mounts: str | None = None) -> str | None:
    """The kind of network file system that `path` lies on, None where it is local or cannot be told.

    `mounts` is the text of Linux's /proc/self/mountinfo; by default this machine's.
    """
    if str(path).startswith(("\\\\", "//")):
        return "UNC"
    if mounts is None:
        table = Path("/proc/self/mountinfo")
        if not table.exists():
            return None
        mounts = table.read_text(encoding="utf-8", errors="replace")
    real = os.path.realpath(path)
    best, kind = "", ""
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        if not rest or len(fields.split()) < 5:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m.group(1), 8)), fields.split()[4])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # of two mounts on one point, the later one is seen
            best, kind = point, rest.split()[0]
    kind = kind.removeprefix("fuse.")
    return kind if kind in NETWORK else None


def _migrations(app: Flask) -> Check:
    name = "数据库版本"
    at, newest = schema.current(app), schema.newest(app)
    if at and not schema.knows(app, at):
        return Check(
            name,
            False,
            f"数据库的版本 {at} 比本程序新，本程序不会改动它。请安装与之相配的新版程序，或用 rectify restore "
            "恢复旧版的备份。",
        )
    half = _half(app)
    if half:
        return Check(name, False, f"数据库升级到一半（{half}）。请执行 rectify migrate；若仍不成功，{RESTORE}")
    if at != newest:
        was = f"版本为 {at}" if at else "还是空的"
        return Check(name, False, f"数据库{was}，本程序需要 {newest}。请先备份，再执行 rectify migrate。")
    return Check(name, True, f"已是最新版本 {newest}。")


def _half(app: Flask) -> str:
    """What shows that a migration was cut short: "" where nothing does."""
    with app.app_context(), db.engine.connect().execution_options(read_only=True) as connection:
        tables = set(inspect(connection).get_table_names())
    at = schema.current(app)
    left = sorted(table for table in tables if table.startswith("_alembic_tmp_"))
    if left:
        return f"留有临时表 {left[0]}"
    if not at and tables - {"alembic_version"}:
        return "有数据表而没有版本记录"
    missing = sorted(set(db.metadata.tables) - tables) if at == schema.newest(app) else []
    return f"缺少数据表 {missing[0]}" if missing else ""


def _guarding(app: Flask) -> Check:
    """That "saved" means committed and synced (DD-01), on this very connection."""
    name = "写入保障"
    config: Settings = app.config["SETTINGS"]
    with app.app_context(), db.engine.connect().execution_options(read_only=True) as connection:
        if config.is_sqlite:
            wanted, asked = SQLITE_GUARDS, "PRAGMA {}"
        else:
            wanted, asked = POSTGRES_GUARDS, "SHOW {}"
        is_now = {key: connection.exec_driver_sql(asked.format(key)).scalar() for key in wanted}
    wrong = [f"{key}={is_now[key]}" for key, allowed in wanted.items() if is_now[key] not in allowed]
    if not wrong:
        return Check(name, True, "已提交的内容断电也不会丢失。")
    if config.is_sqlite:
        return Check(
            name,
            False,
            f"SQLite 的 {'、'.join(wrong)} 不符合要求，断电可能丢失已保存的内容。请检查文件夹是否可写、磁盘是否支持。",
        )
    return Check(
        name,
        False,
        f"PostgreSQL 的 {'、'.join(wrong)}，断电可能丢失已保存的内容。请在 postgresql.conf 中改为 on "
        "并重新加载数据库。",
    )


def _integrity(app: Flask) -> Check:
    name = "数据完整性"
    config: Settings = app.config["SETTINGS"]
    if not config.is_sqlite:
        return Check(name, True, "由 PostgreSQL 自行校验。")
    wrong = _file_damage(sqlite_path(config))
    if wrong:
        return Check(name, False, wrong)
    with app.app_context(), db.engine.connect().execution_options(read_only=True) as connection:
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if dangling is not None:
        return Check(name, False, f"数据表 {dangling[0]} 中有记录指向不存在的 {dangling[2]}。{RESTORE}")
    return Check(name, True, "PRAGMA quick_check 与外键检查通过。")


# -- time ------------------------------------------------------------------------------------------------------------


def _clock(app: Flask) -> Check:
    name = "时钟与时区"
    config: Settings = app.config["SETTINGS"]
    now = clock.now()
    with app.app_context(), Session(db.engine) as session:
        session.connection(execution_options={"read_only": True})
        if not config.is_sqlite:
            theirs = session.connection().exec_driver_sql("SELECT clock_timestamp()").scalar_one()
            if abs(theirs - now) > MOST_SKEW:
                minutes = int(abs(theirs - now).total_seconds() // 60)
                return Check(
                    name,
                    False,
                    f"本机时钟与数据库主机的时钟相差 {minutes} 分钟。请在两台机器上启用时间同步（NTP）后再检查。",
                )
        last = None
        if inspect(session.connection()).has_table("audit_entry"):
            last = session.execute(select(func.max(models.AuditEntry.at))).scalar_one()
    if last is not None and last - now > MOST_SKEW:
        at = clock.local(last, config.timezone)
        return Check(
            name,
            False,
            f"本机时钟比台账最后一条记录（{at:%Y-%m-%d %H:%M}）还早，时钟可能被拨回。请校准本机时间，"
            "启用时间同步（NTP）。",
        )
    return Check(name, True, f"现在是 {clock.local(now, config.timezone):%Y-%m-%d %H:%M}（{config.timezone}）。")


def _calendar_years(app: Flask) -> Check:
    name = "工作日历"
    config: Settings = app.config["SETTINGS"]
    today = clock.today(config.timezone)
    with app.app_context(), Session(db.engine) as session:
        session.connection(execution_options={"read_only": True})
        has = inspect(session.connection()).has_table("workday_override")
        known = calendar.load(session) if has else calendar.published()
    # An office that declared the first of January declared the year: its own word counts as published.
    missing = [year for year in (today.year, today.year + 1) if known.provisional(dt.date(year, 1, 1))]
    if not missing:
        return Check(name, True, f"已有 {today.year}、{today.year + 1} 年的节假日安排。")
    years = "、".join(str(year) for year in missing)
    return Check(
        name,
        True,
        f"还没有 {years} 年的节假日安排，暂按周一至周五为工作日推算（日历上标为暂行）。"
        "国务院公布后请升级程序，或在“工作日历”中录入或导入调休与放假日。",
        warning=True,
    )


# -- the surroundings ------------------------------------------------------------------------------------------------


def _mail(config: Settings) -> Check:
    name, mail = "邮件服务器", config.mail
    if mail.kind == "none":
        return Check(
            name,
            True,
            "尚未设置，邮件留在发件箱。请设置 RECTIFY_MAIL_URL，例如 smtp://用户:密码@mail.example.cn:25。",
            warning=True,
        )
    try:
        with post.way(mail, post.limits(config.lease_seconds)):
            pass
    except post.ServerTrouble as error:
        return Check(
            name, False, f"{error}。请检查 RECTIFY_MAIL_URL 的地址、端口、加密方式和账号，并确认本机能访问该服务器。"
        )
    if mail.kind == "file":
        return Check(name, True, f"邮件写入文件夹 {mail.folder}，不会真正发出。", warning=True)
    if mail.tls == "off" and not mail.is_loopback:
        return Check(name, True, "可以连接，但未加密，密码和邮件内容以明文传输。请改用 tls=required。", warning=True)
    return Check(name, True, f"{mail.host}:{mail.port} 可以连接{'并登录' if mail.user else ''}。")


def _folder(config: Settings) -> Check:
    name, folder = "数据文件夹", config.data_dir
    if not folder.is_dir():
        return Check(name, False, f"{folder} 不存在。请建立该文件夹，并只允许运行本程序的用户访问（chmod 700）。")
    probe = folder / f".doctor-{os.getpid()}"
    try:
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError as error:
        probe.unlink(missing_ok=True) if os.access(folder, os.W_OK) else None
        return Check(
            name, False, f"{folder} 无法写入（{error.strerror}）。请检查磁盘是否已满或只读、文件夹的所有者和权限。"
        )
    mode = stat.S_IMODE(folder.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        return Check(name, False, f"{folder} 可被本机其他用户访问（权限 {mode:o}）。请执行 chmod 700 {folder}。")
    key = folder / "secret.key"
    if os.name == "posix" and key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        return Check(name, False, f"密钥 {key} 可被本机其他用户读取。请执行 chmod 600 {key}。")
    return Check(name, True, f"{folder} 可写，只对运行本程序的用户开放。")


def _space(config: Settings) -> Check:
    name = "磁盘空间"
    if not config.data_dir.is_dir():
        return Check(name, False, f"{config.data_dir} 不存在，无法查看剩余空间。")
    free = shutil.disk_usage(config.data_dir).free
    shown = f"{free / 1024**3:.1f} GB" if free >= 1024**3 else f"{free // 1024**2} MB"
    if free < files.FREE_RESERVE:
        return Check(name, False, f"数据文件夹所在磁盘只剩 {shown}，已不能上传佐证材料。请清理磁盘或扩容。")
    if free < LOW_SPACE:
        return Check(name, True, f"数据文件夹所在磁盘只剩 {shown}，请尽快清理或扩容。", warning=True)
    return Check(name, True, f"剩余 {shown}。")


def _evidence(app: Flask) -> Check:
    """Every row's file is there and unchanged (F49): reads each file once, a minute for some ten gigabytes."""
    name = "佐证材料"
    config: Settings = app.config["SETTINGS"]
    with app.app_context(), db.engine.connect().execution_options(read_only=True) as connection:
        if not inspect(connection).has_table("evidence"):
            return Check(name, True, "还没有佐证材料。")
        rows = connection.execute(
            select(models.Evidence.sha256, func.min(models.Evidence.name), func.min(models.Evidence.measure_id))
            .group_by(models.Evidence.sha256)
            .order_by(func.min(models.Evidence.id))
        ).all()
        wanted = [(row[0], f"“{row[1]}”（措施 {row[2]}）") for row in rows]
        if inspect(connection).has_table("letter"):
            letters = select(models.Letter.sha256, models.Letter.number_text).where(models.Letter.sha256.is_not(None))
            wanted += [(sha256, f"函件 {number}") for sha256, number in connection.execute(letters)]
            answered = select(models.AnswerFile.sha256, func.min(models.AnswerFile.name))
            answered = answered.group_by(models.AnswerFile.sha256)
            wanted += [(sha256, f"回复附件“{called}”") for sha256, called in connection.execute(answered)]
    broken = list(_broken(config.data_dir, wanted))
    if broken:
        shown = "、".join(broken[:5]) + ("等" if len(broken) > 5 else "")
        return Check(
            name,
            False,
            f"{len(broken)} 个佐证文件缺失或已被改动：{shown}。请从备份中取回 {config.data_dir / 'evidence'} "
            "下的同名文件，或请单位重新上传。",
        )
    return Check(name, True, f"{len({sha256 for sha256, _ in wanted})} 个文件齐全，内容未变。")


def _broken(data_dir: Path, wanted: list[tuple[str, str]]) -> Iterator[str]:
    for sha256, called in wanted:
        try:
            files.open_checked(data_dir, sha256).close()
        except files.Broken:
            yield called


def _fonts() -> Check:
    """Pages use the reader's own fonts; the server's matter where documents are turned into pictures or print."""
    name = "中文字体"
    program = shutil.which("fc-list")
    if sys.platform in ("win32", "darwin"):
        return Check(name, True, "由操作系统自带。")
    if program is None:
        return Check(
            name, True, "本机没有 fc-list，未检查；需要在本机打印或转换文档时请安装 fonts-noto-cjk。", warning=True
        )
    try:
        said = subprocess.run([program, ":lang=zh", "family"], capture_output=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return Check(name, True, "fc-list 没有答复，未检查。", warning=True)
    families = sorted({line.split(",")[0] for line in said.decode("utf-8", "replace").splitlines() if line.strip()})
    if not families:
        return Check(
            name,
            True,
            "本机没有中文字体，在本机打印或转换文档时汉字会变成方框。请安装，例如 apt-get install fonts-noto-cjk。",
            warning=True,
        )
    return Check(name, True, f"{families[0]} 等 {len(families)} 种。")


def _plain_http(config: Settings) -> Check:
    name = "加密访问"
    address = urlsplit(config.base_url).hostname or ""
    if config.is_https:
        return Check(name, True, "通过 HTTPS 访问。")
    if _is_loopback(address) and _is_loopback(config.host):
        return Check(name, True, "只在本机访问。")
    return Check(
        name,
        True,
        "其他机器以未加密的 HTTP 访问，密码会以明文传输。请在前面设置 HTTPS 反向代理，并把 RECTIFY_BASE_URL "
        "改为 https:// 开头。",
        warning=True,
    )


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
