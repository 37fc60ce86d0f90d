"""Accounts as the administrator keeps them: made, changed, disabled, given a temporary password; who must remain.

Signing in is sign_in.py's. Each act here writes its line of the trail, and ends the sessions of whom it changes.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models, records
from rectify.access import passwords, preferences, sign_in
from rectify.access.rows import BY_ASSIGNMENT
from rectify.access.sentences import Refused, _

NEED_A_UNIT = BY_ASSIGNMENT
MUST_REMAIN = ("admin", "auditor")
"""One active account of each must remain: nobody else could put it right (AC-09)."""
WITHOUT_UNITS = ("admin", "auditor")
EMAIL = re.compile(r"[^\s@<>,;:\"\\()\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)*[A-Za-z0-9-]{1,63}", re.ASCII)


@dataclass(frozen=True)
class Details:
    """What an account is, as typed into its form."""

    name: str
    role: str
    full_name: str = ""
    email: str = ""
    unit_ids: frozenset[int] = frozenset()


def add_user(
    session: Session,
    details: Details,
    *,
    by: records.Actor,
    at: dt.datetime,
    password: str | None = None,
    must_change: bool = False,
) -> tuple[models.User, str]:
    """Makes an account; returns it with its password. Without a given one that is a temporary one, to be shown once.

    Raises Refused, PolicyError (a Refused) for the password.
    """
    units = _checked(session, details, None)
    if password is not None:
        preset = preferences.load(session).password_preset
        passwords.check(password, preset=preset, words=[details.name, *(unit.name for unit in units)])
    temporary = password is None
    secret = password if password is not None else passwords.temporary()
    user = models.User(
        name=details.name.strip(),
        name_key=sign_in.name_key(details.name),
        full_name=details.full_name.strip(),
        email=details.email.strip() or None,
        role=details.role,
        password_hash=passwords.hash_password(secret),
        must_change_password=temporary or must_change,
        password_changed_at=at,
        created_at=at,
        units=units,
    )
    session.add(user)
    session.flush()
    if not temporary:
        session.add(models.PastPassword(user_id=user.id, password_hash=user.password_hash, at=at))
    records.write(session, by, at, "user.add", "user", user.id, **_told(user))
    return user, secret


def change_user(
    session: Session, user: models.User, details: Details, *, by: records.Actor, at: dt.datetime
) -> dict[str, Any]:
    """Changes an account; returns what changed as {field: (old, new)}. A change of rights ends its sessions.

    Nobody changes his own role or units; the last administrator and the last auditor stay. Raises Refused.
    """
    units = _checked(session, details, user)
    before = _told(user)
    rights = details.role != user.role or {unit.id for unit in units} != {unit.id for unit in user.units}
    if rights and user.id == by.user_id:
        raise Refused("role", _("不能更改自己的角色和单位，请由另一位管理员办理。"))
    if details.role != user.role:
        _someone_remains(session, user)
    user.name, user.name_key = details.name.strip(), sign_in.name_key(details.name)
    user.full_name, user.email = details.full_name.strip(), details.email.strip() or None
    user.role, user.units = details.role, units
    session.flush()
    after = _told(user)
    changed: dict[str, Any] = {key: (before[key], after[key]) for key in after if before[key] != after[key]}
    if rights:
        sign_in.end_all(session, user.id, at)
    if "email" in changed:
        sign_in.end_resets(session, user.id, at)  # a link on its way to the old address
    if changed:
        records.write(session, by, at, "user.change", "user", user.id, **changed)
    return changed


def disable_user(session: Session, user: models.User, *, by: records.Actor, at: dt.datetime) -> None:
    """Closes an account: its sessions and resets end at once. Raises Refused for oneself and for who must remain."""
    if user.id == by.user_id:
        raise Refused("", _("不能停用自己的账号，请由另一位管理员办理。"))
    _someone_remains(session, user)
    user.active = False
    session.flush()
    sign_in.end_all(session, user.id, at)
    sign_in.end_resets(session, user.id, at)
    records.write(session, by, at, "user.disable", "user", user.id, name=user.name)


def enable_user(session: Session, user: models.User, *, by: records.Actor, at: dt.datetime) -> str:
    """Opens a disabled account again, with a temporary password to be shown once: the old one is not trusted."""
    user.active = True
    session.flush()
    secret = sign_in.set_temporary_password(session, user, at)
    records.write(session, by, at, "user.enable", "user", user.id, name=user.name)
    return secret


def give_temporary_password(session: Session, user: models.User, *, by: records.Actor, at: dt.datetime) -> str:
    """A random password that must be changed at first use, to be shown once (AU-08). Raises Refused for oneself."""
    if user.id == by.user_id:
        raise Refused("", _("请在“我的账号”中修改自己的密码。"))
    secret = sign_in.set_temporary_password(session, user, at)
    records.write(session, by, at, "user.temporary_password", "user", user.id, name=user.name)
    return secret


def end_sessions(session: Session, user: models.User, *, by: records.Actor, at: dt.datetime) -> int:
    """Signs a user out everywhere; returns how many sessions that were."""
    ended = sign_in.end_all(session, user.id, at)
    records.write(session, by, at, "user.end_sessions", "user", user.id, name=user.name, ended=ended)
    return ended


def units_by_id(session: Session, ids: Collection[int]) -> list[models.Unit]:
    """The active units of these ids. Raises Refused where one does not exist or is no longer used."""
    if not ids:
        return []
    units = list(session.scalars(select(models.Unit).where(models.Unit.id.in_(ids)).order_by(models.Unit.sort)))
    if len(units) != len(set(ids)):
        raise Refused("units", _("所选单位不存在，请重新选择。"))
    return units


def _checked(session: Session, details: Details, user: models.User | None) -> list[models.Unit]:
    name = details.name.strip()
    key = sign_in.name_key(name)
    if not key or len(name) > 64 or any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in name):
        raise Refused("name", _("请填写用户名，不超过64个字，不能含有看不见的字符。"))
    other = session.scalar(select(models.User.id).where(models.User.name_key == key))
    if other is not None and (user is None or other != user.id):
        raise Refused("name", _("已有用户叫这个名字（不分大小写、全角半角），请换一个。"))
    if len(details.full_name) > 100:
        raise Refused("full_name", _("姓名过长，请不要超过100个字。"))
    email = details.email.strip()
    if email and (len(email) > 254 or not EMAIL.fullmatch(email)):
        raise Refused("email", _("邮箱地址有误，应如 name@example.gov.cn。"))
    if details.role not in models.ROLES:
        raise Refused("role", _("请选择一个角色。"))
    units = [] if details.role in WITHOUT_UNITS else units_by_id(session, details.unit_ids)
    for unit in units:
        if not unit.active and (user is None or unit not in user.units):
            raise Refused("units", _("单位“%(unit)s”已停用，请选择其他单位。"), unit=unit.name)
    if details.role in NEED_A_UNIT and not units:
        raise Refused("units", _("这个角色须至少选择一个单位。"))
    return units


def _someone_remains(session: Session, user: models.User) -> None:
    if user.role not in MUST_REMAIN or not user.active:
        return
    # Locked, so that two administrators cannot remove each other at the same moment.
    holders = select(models.User.id).where(models.User.role == user.role, models.User.active).order_by(models.User.id)
    if set(session.scalars(holders.with_for_update())) <= {user.id}:
        word = _("系统管理员") if user.role == "admin" else _("审计员")
        raise Refused("role", _("这是最后一个在用的%(role)s账号，不能停用或改作他用；请先另建一个。"), role=word)


def _told(user: models.User) -> dict[str, Any]:
    return {
        "name": user.name,
        "full_name": user.full_name,
        "email": user.email or "",
        "role": user.role,
        "units": [unit.name for unit in user.units],
    }
