"""The environment, read once into a value; a bad setting stops the start and names itself.

The only place that reads environment variables. What a setting is for stands in docs/settings.md.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NAMES = (
    "RECTIFY_DATABASE_URL",
    "RECTIFY_DATA_DIR",
    "RECTIFY_HOST",
    "RECTIFY_PORT",
    "RECTIFY_MAIL_URL",
    "RECTIFY_MAIL_FROM",
    "RECTIFY_BASE_URL",
    "RECTIFY_TRUSTED_HOSTS",
    "RECTIFY_PROXIES",
    "RECTIFY_TIMEZONE",
    "RECTIFY_SCHEDULER",
    "RECTIFY_LEASE_SECONDS",
    "RECTIFY_DEMO_PASSWORD",
)

FOR_THE_STARTER = ("RECTIFY_VENV", "RECTIFY_TEST_DATABASE", "RECTIFY_TEST_DATABASE_URL", "RECTIFY_LONG")
"""Read by run.py and the tests, not by the program; allowed to be set."""


class BadSetting(ValueError):
    """One or more settings cannot be used; the text names each and says what to do."""


@dataclass(frozen=True)
class MailServer:
    """Where mail goes: an SMTP server, a folder of .eml files, or nowhere yet (it waits in the outbox)."""

    kind: str  # "smtp" | "smtps" | "file" | "none"
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "required"  # "required" (STARTTLS with certificate check) | "off"
    folder: Path | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether mail stays on this machine."""
        return self.kind in ("file", "none") or self.host in ("localhost", "::1") or self.host.startswith("127.")


@dataclass(frozen=True)
class Settings:
    """All that the environment decides. `database_url` is in SQLAlchemy's form."""

    data_dir: Path
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8000
    mail: MailServer = MailServer("none")
    mail_from: str = "rectify@localhost.localdomain"
    base_url: str = "http://127.0.0.1:8000"
    trusted_hosts: tuple[str, ...] = ()
    proxies: int = 0
    timezone: str = "Asia/Shanghai"
    scheduler: bool = True
    lease_seconds: int = 30
    demo_password: str = field(default="", repr=False)

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")


def default_data_dir() -> Path:
    """`data` beside run.py in a checkout, else the user's own data folder."""
    checkout = Path(__file__).resolve().parent.parent
    if (checkout / "run.py").is_file():
        return checkout / "data"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "rectify"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "rectify"


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment.

    Raises BadSetting naming every bad or unknown RECTIFY_ variable at once.
    """
    env = os.environ if environment is None else environment
    wrong: list[str] = []
    for name in sorted(env):
        if name.startswith("RECTIFY_") and name not in NAMES and name not in FOR_THE_STARTER:
            wrong.append(f"{name} 不是本系统的设置，请检查拼写或删除它。")

    def number(name: str, default: int, least: int, most: int) -> int:
        raw = env.get(name, "").strip()
        if not raw:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", raw) or not least <= int(raw) <= most:
            wrong.append(f"{name}={raw!r} 应为 {least} 到 {most} 之间的整数。")
            return default
        return int(raw)

    data_dir = Path(env.get("RECTIFY_DATA_DIR", "").strip() or default_data_dir()).expanduser().absolute()
    database_url = _database_url(env.get("RECTIFY_DATABASE_URL", "").strip(), data_dir, wrong)
    timezone = env.get("RECTIFY_TIMEZONE", "").strip() or "Asia/Shanghai"
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong.append(f"RECTIFY_TIMEZONE={timezone!r} 不是已知的时区，例如 Asia/Shanghai。")
        timezone = "Asia/Shanghai"
    scheduler = (env.get("RECTIFY_SCHEDULER", "").strip() or "on").lower()
    if scheduler not in ("on", "off"):
        wrong.append(f"RECTIFY_SCHEDULER={scheduler!r} 应为 on 或 off。")
    host = env.get("RECTIFY_HOST", "").strip() or "127.0.0.1"
    port = number("RECTIFY_PORT", 8000, 1, 65535)
    base_url = (env.get("RECTIFY_BASE_URL", "").strip() or f"http://127.0.0.1:{port}").rstrip("/")
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        wrong.append(f"RECTIFY_BASE_URL={base_url!r} 应为完整的网址，例如 https://zgb.example.gov.cn。")
    mail_from = env.get("RECTIFY_MAIL_FROM", "").strip() or "rectify@localhost.localdomain"
    if not re.fullmatch(r"[^\s@<>,;\"\\]+@[^\s@<>,;\"\\]+", mail_from):
        wrong.append(f"RECTIFY_MAIL_FROM={mail_from!r} 应为一个邮箱地址。")
    hosts = tuple(h.strip() for h in env.get("RECTIFY_TRUSTED_HOSTS", "").split(",") if h.strip())
    settings = Settings(
        data_dir=data_dir,
        database_url=database_url,
        host=host,
        port=port,
        mail=_mail_server(env.get("RECTIFY_MAIL_URL", "").strip(), wrong),
        mail_from=mail_from,
        base_url=base_url,
        trusted_hosts=hosts,
        proxies=number("RECTIFY_PROXIES", 0, 0, 8),
        timezone=timezone,
        scheduler=scheduler == "on",
        lease_seconds=number("RECTIFY_LEASE_SECONDS", 30, 2, 3600),
        demo_password=env.get("RECTIFY_DEMO_PASSWORD", ""),
    )
    if wrong:
        raise BadSetting("设置有误：" + " ".join(wrong))
    return settings


def _database_url(raw: str, data_dir: Path, wrong: list[str]) -> str:
    if not raw:
        return f"sqlite:///{data_dir / 'rectify.sqlite'}"
    for prefix in ("postgresql://", "postgres://"):
        if raw.startswith(prefix):
            return "postgresql+psycopg://" + raw[len(prefix) :]
    if raw.startswith(("postgresql+psycopg://", "sqlite:///")):
        return raw
    wrong.append("RECTIFY_DATABASE_URL 应以 postgresql:// 或 sqlite:/// 开头。")
    return f"sqlite:///{data_dir / 'rectify.sqlite'}"


def _mail_server(raw: str, wrong: list[str]) -> MailServer:
    if not raw:
        return MailServer("none")
    try:
        parts = urlsplit(raw)
        port = parts.port
    except ValueError:
        wrong.append("RECTIFY_MAIL_URL 的端口有误。")
        return MailServer("none")
    if parts.scheme == "file":
        return MailServer("file", folder=Path(unquote(parts.path)))
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        wrong.append("RECTIFY_MAIL_URL 应以 smtp://、smtps:// 或 file:/// 开头，例如 smtp://mail.example.cn:25。")
        return MailServer("none")
    loopback = parts.hostname == "localhost" or parts.hostname == "::1" or parts.hostname.startswith("127.")
    tls = "off" if loopback and parts.scheme == "smtp" else "required"
    for pair in parts.query.split("&") if parts.query else []:
        key, _, value = pair.partition("=")
        if key != "tls" or value not in ("required", "off"):
            wrong.append(f"RECTIFY_MAIL_URL 的参数 {pair!r} 有误，只可用 tls=required 或 tls=off。")
        else:
            tls = value
    return MailServer(
        parts.scheme,
        host=parts.hostname,
        port=port or (465 if parts.scheme == "smtps" else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
    )
