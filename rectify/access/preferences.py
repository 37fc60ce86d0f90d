"""Settings of the installation that are changed in the browser: what they are, their limits, their defaults.

What the environment decides is settings.py's. A setting stands here only if something obeys it, and a test says what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from rectify import models
from rectify.access.sentences import Refused, _

PRESETS = ("dengbao", "asvs")


@dataclass(frozen=True)
class Preferences:
    """All stored settings, with their defaults. Numbers are whole; minutes and days as the names say."""

    password_preset: str = "dengbao"
    password_change_days: int = 0
    """A password older than this must be changed at the next sign-in; 0 is off."""
    idle_minutes: int = 30
    """A session ends after so long without a request. The preset 等保 allows no more than 30."""
    sessions_each: int = 10
    """So many browsers may be signed in to one account; the oldest is ended for the next."""
    unused_days: int = 90
    """An account not used for so long is marked in the list of users; 0 is off."""
    mail_begins: int = 8 * 60 + 30
    mail_ends: int = 18 * 60
    """Mails that can wait go out between these minutes of a working day, counted from midnight by the office's clock."""


LIMITS = {
    "password_change_days": (0, 3650),
    "idle_minutes": (5, 480),
    "sessions_each": (1, 100),
    "unused_days": (0, 3650),
    "mail_begins": (0, 22 * 60),
    "mail_ends": (60, 23 * 60 + 59),
}
SHORTEST_MAIL_HOURS = 60
IDLE_IN_DENGBAO = 30


def load(session: Session) -> Preferences:
    """The settings in force. What is not stored, or cannot be read, has its default."""
    known = {field.name for field in fields(Preferences)}
    query = select(models.StoredSetting.key, models.StoredSetting.value).where(models.StoredSetting.key.in_(known))
    return of({row.key: row.value for row in session.execute(query)})


def of(texts: Mapping[str, str | None]) -> Preferences:
    """The settings that stored texts mean."""
    known = {field.name: field.default for field in fields(Preferences)}
    read: dict[str, object] = {}
    for key, value in texts.items():
        if value is None:
            continue
        if key in LIMITS:
            least, most = LIMITS[key]
            if re.fullmatch(r"[0-9]{1,6}", value, re.ASCII) and least <= int(value) <= most:
                read[key] = int(value)
        elif value in PRESETS:
            read[key] = value
    return _kept_together(Preferences(**{**known, **read}))  # type: ignore[arg-type]


def stored(key: str) -> ScalarSelect[str]:
    """The stored text of a setting as part of another statement."""
    return select(models.StoredSetting.value).where(models.StoredSetting.key == key).scalar_subquery()


def save(session: Session, wanted: Preferences) -> dict[str, Any]:
    """Stores what differs from today; returns {key: (old, new)} for the trail. Raises Refused."""
    for key, (least, most) in LIMITS.items():
        if not least <= getattr(wanted, key) <= most:
            raise Refused(key, _("这个数超出了允许的范围，请按说明填写。"))
    if wanted.password_preset not in PRESETS:
        raise Refused("password_preset", _("请选择一种密码规则。"))
    if wanted.mail_ends - wanted.mail_begins < SHORTEST_MAIL_HOURS:
        raise Refused("mail_ends", _("停止发信的时间至少要比开始发信的时间晚一小时。"))
    if _kept_together(wanted) != wanted:
        raise Refused("idle_minutes", _("等保规则下，无操作退出的时间不能超过30分钟。"))
    old, new = asdict(load(session)), asdict(wanted)
    changed: dict[str, Any] = {key: (old[key], new[key]) for key in new if old[key] != new[key]}
    for key, (_before, value) in changed.items():
        row = session.get(models.StoredSetting, key)
        if row is None:
            session.add(models.StoredSetting(key=key, value=str(value)))
        else:
            row.value = str(value)
    session.flush()
    return changed


def _kept_together(wanted: Preferences) -> Preferences:
    if wanted.mail_ends - wanted.mail_begins < SHORTEST_MAIL_HOURS:
        usual = Preferences()
        wanted = replace(wanted, mail_begins=usual.mail_begins, mail_ends=usual.mail_ends)
    if wanted.password_preset == "dengbao" and wanted.idle_minutes > IDLE_IN_DENGBAO:
        return replace(wanted, idle_minutes=IDLE_IN_DENGBAO)
    return wanted
