"""Signing in: who is this, how often may he try, and how long does it last; resets and the first administrator.

What a password must look like is passwords.py's, what a person may see rows.py's, making accounts accounts.py's.
Tokens are 256 random bits; only their SHA-256 is stored. Nothing here commits, except `touch` (see there).
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Delete,
    Select,
    Update,
    and_,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from rectify import models, records
from rectify.access import passwords, preferences
from rectify.access.passwords import PolicyError, hash_password

__all__ = ["PolicyError", "hash_password"]

ABSOLUTE = dt.timedelta(hours=12)
TOUCH_EVERY = dt.timedelta(seconds=60)
LOCK_AFTER = 5
LOCK_FOR = dt.timedelta(minutes=15)
SOURCE_LIMIT = 100
"""Failures from one address in 15 minutes, over all names: an office behind one address makes some, a guesser more."""
RESETS_FOR_A_NAME = 3
RESETS_FROM_A_SOURCE = 20
RESET_WINDOW = dt.timedelta(hours=1)
RESET_LASTS = dt.timedelta(minutes=30)
FIRST_LASTS = dt.timedelta(hours=24)


def name_key(name: str) -> str:
    """What two spellings of a user's name share: NFKC, case-folded, without blanks and invisible characters."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(c for c in folded if unicodedata.category(c) not in ("Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Cn"))[:64]


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _changed(session: Session, statement: Update | Delete) -> int:
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount


# --- trying to sign in ---


class TooManyTries(Exception):
    """One address has failed too often, whatever the names: it must wait."""


@dataclass(frozen=True)
class Try:
    """A counted try. `stored` is the hash to compare with: nobody's, where the answer will be no in any case."""

    id: int
    name_key: str
    user_id: int | None
    stored: str
    locked: bool


def count_try(session: Session, name: str, at: dt.datetime, address: str) -> Try:
    """Counts a try before its password is looked at, as a failure until `conclude` says otherwise.

    The caller commits at once, so that tries made at the same moment in all processes count each other: of twelve, five
    are looked at. A name that failed five times within 15 minutes is locked for 15 minutes from the fifth; tries
    meanwhile do not prolong it. Raises TooManyTries where the address has used up its own limit.
    """
    key, address = name_key(name), address[:64]
    _one_at_a_time(session, f"name:{key}")
    if _failures_from(session, address, at - LOCK_FOR, "sign_in", "locked") >= SOURCE_LIMIT:
        raise TooManyTries
    locked = _is_locked(session, key, at)
    attempt = models.SignInAttempt(kind="locked" if locked else "sign_in", name_key=key, address=address, at=at)
    session.add(attempt)
    session.flush()
    user = session.scalars(select(models.User).where(models.User.name_key == key)).one_or_none() if key else None
    may = user is not None and user.active and not locked
    return Try(
        id=attempt.id,
        name_key=key,
        user_id=user.id if user else None,
        stored=user.password_hash if user and may else passwords.nobody(),
        locked=locked,
    )


def conclude(
    session: Session,
    tried: Try,
    right: bool,
    password: str,
    at: dt.datetime,
    address: str,
    *,
    request_id: str = "",
    act: str = "sign_in",
) -> models.User | None:
    """What a counted try leads to: the user, or None. `right`: the password fits `tried.stored`.

    Between `count_try` and this the password is compared outside any transaction, since that takes its time.
    """
    user = session.get(models.User, tried.user_id, populate_existing=True) if tried.user_id else None
    # Changed or disabled while the password was compared: no.
    if not right or user is None or not user.active or user.password_hash != tried.stored:
        why = "locked" if tried.locked else "unknown" if user is None else "wrong" if user.active else "disabled"
        _record(session, user, at, act, address, request_id, ok=False, why=why)
        return None
    session.execute(
        update(models.SignInAttempt)
        .where(models.SignInAttempt.name_key == tried.name_key, models.SignInAttempt.kind == "sign_in")
        .where(models.SignInAttempt.cleared.is_(False))
        .values(cleared=True)
    )
    session.execute(update(models.SignInAttempt).where(models.SignInAttempt.id == tried.id).values(succeeded=True))
    change_days = preferences.load(session).password_change_days
    if change_days and user.password_changed_at <= at - dt.timedelta(days=change_days):
        session.execute(update(models.User).where(models.User.id == user.id).values(must_change_password=True))
    if passwords.needs_rehash(tried.stored):
        # Not through the object: a sign-in is no edit of the account and takes no version.
        session.execute(
            update(models.User)
            .where(models.User.id == user.id, models.User.password_hash == tried.stored)
            .values(password_hash=hash_password(password))
        )
    _record(session, user, at, act, address, request_id)
    return user


def check(session: Session, name: str, password: str, at: dt.datetime, address: str) -> models.User | None:
    """The user whose name and password these are, else None: a whole try in one transaction.

    Pages take the three steps apart (see `count_try`). Raises TooManyTries.
    """
    tried = count_try(session, name, at, address)
    return conclude(session, tried, passwords.verify(tried.stored, password), password, at, address)


def _is_locked(session: Session, key: str, at: dt.datetime) -> bool:
    last = session.scalars(
        select(models.SignInAttempt.at)
        .where(models.SignInAttempt.name_key == key, models.SignInAttempt.at > at - 2 * LOCK_FOR)
        .where(models.SignInAttempt.kind == "sign_in", models.SignInAttempt.succeeded.is_(False))
        .where(models.SignInAttempt.cleared.is_(False))
        .order_by(models.SignInAttempt.at.desc(), models.SignInAttempt.id.desc())
        .limit(LOCK_AFTER)
    ).all()
    return len(last) == LOCK_AFTER and last[0] - last[-1] <= LOCK_FOR and at < last[0] + LOCK_FOR


def _failures_from(session: Session, address: str, since: dt.datetime, *kinds: str) -> int:
    query = (
        select(func.count())
        .select_from(models.SignInAttempt)
        .where(models.SignInAttempt.address == address, models.SignInAttempt.at > since)
        .where(models.SignInAttempt.kind.in_(kinds), models.SignInAttempt.succeeded.is_(False))
    )
    return session.scalar(query) or 0


def _one_at_a_time(session: Session, what: str) -> None:
    """Tries of one name queue up: on SQLite a writing transaction is alone anyway, PostgreSQL is asked for a lock."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(what.encode("utf-8", "replace")).digest()[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def _record(
    session: Session,
    user: models.User | None,
    at: dt.datetime,
    act: str,
    address: str,
    request_id: str = "",
    *,
    ok: bool = True,
    **details: object,
) -> None:
    """A line of the trail about somebody not signed in. A name that nobody has is not written: it may be a password."""
    by = records.Actor(
        user_id=user.id if user else None,
        user_name=user.name if user else "",
        role=user.role if user else "",
        address=address[:64],
        request_id=request_id,
    )
    records.write(session, by, at, act, "user", user.id if user else None, ok=ok, **details)


# --- sessions ---

_SEEN = "rectify.seen:"


def begin(session: Session, user: models.User, at: dt.datetime, address: str, agent: str) -> str:
    """Opens a session; returns its token, which only the browser keeps. Beyond the limit of sessions the oldest end."""
    token = secrets.token_urlsafe(32)
    session.add(
        models.UserSession(
            user_id=user.id,
            token_hash=token_hash(token),
            began_at=at,
            seen_at=at,
            address=address[:64],
            agent="".join(c for c in agent if c.isprintable())[:200],
        )
    )
    session.flush()
    session.execute(update(models.User).where(models.User.id == user.id).values(last_signed_in_at=at))
    open_ = sessions_of(session, user.id, at)
    for row in open_[preferences.load(session).sessions_each :]:
        row.ended_at = at
    session.flush()
    return token


@dataclass(frozen=True)
class Visit:
    """A live session at one request: the account behind it, and how many notices it has not read."""

    account: models.User
    unread: int


def session_user(session: Session, token: str, at: dt.datetime) -> Visit | None:
    """Whose live session the token is: not ended, not idle, not too old, the account active. One statement."""
    hashed = token_hash(token)
    row = session.execute(_live_session(), {"hashed": hashed, "after": at - ABSOLUTE}).one_or_none()
    if row is None:
        return None
    idle = preferences.of({"idle_minutes": row.idle, "password_preset": row.preset}).idle_minutes
    if row.seen_at <= at - dt.timedelta(minutes=idle):
        return None
    session.info[_SEEN + hashed] = row.seen_at
    return Visit(row.User, row.unread)


@functools.cache
def _live_session() -> Select[Any]:
    """Asked with every request, so put together once."""
    live, notice = models.UserSession, models.Notice
    unread = select(func.count()).where(notice.user_id == models.User.id, notice.read_at.is_(None))
    return (
        select(
            models.User,
            unread.correlate(models.User).scalar_subquery().label("unread"),
            live.seen_at,
            preferences.stored("idle_minutes").label("idle"),
            preferences.stored("password_preset").label("preset"),
        )
        .join(live, live.user_id == models.User.id)
        .where(live.token_hash == bindparam("hashed"), live.ended_at.is_(None))
        .where(live.began_at > bindparam("after"), models.User.active)
    )


def touch(session: Session, token: str, at: dt.datetime) -> None:
    """Notes that a session was used, at most once a minute.

    A request that only reads does it in a short transaction of its own, and goes on where that cannot be written (disk
    full, database busy): a note of use never breaks a read. A request that writes carries it in its own transaction,
    since a second writer beside it would wait for it. A session that was ended meanwhile stays ended.
    """
    hashed = token_hash(token)
    if (seen_at := session.info.pop(_SEEN + hashed, None)) and seen_at > at - TOUCH_EVERY:
        return  # as `session_user` read it in this request
    due = and_(
        models.UserSession.token_hash == hashed,
        models.UserSession.seen_at <= at - TOUCH_EVERY,
        models.UserSession.ended_at.is_(None),
    )
    note = update(models.UserSession).where(due).values(seen_at=at)
    own = session.connection()
    if not own.get_execution_options().get("read_only", False):
        session.execute(note, execution_options={"synchronize_session": False})
        return
    try:
        with own.engine.connect() as connection, _impatient(connection), connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL lock_timeout = '250ms'"))
            connection.execute(note)
    except OperationalError:
        return


@contextmanager
def _impatient(connection: Connection) -> Iterator[None]:
    """Waits a quarter of a second for another writer, not ten seconds: the reader behind this is waiting."""
    raw = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite" or raw is None:
        yield
        return
    cursor = raw.cursor()
    cursor.execute("PRAGMA busy_timeout=250")
    try:
        yield
    finally:
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.close()


def renew(session: Session, token: str) -> str:
    """Gives a live session a new token, as its rights rise (SE-02), and returns it; the old one is worth nothing."""
    fresh = secrets.token_urlsafe(32)
    session.execute(
        update(models.UserSession)
        .where(models.UserSession.token_hash == token_hash(token), models.UserSession.ended_at.is_(None))
        .values(token_hash=token_hash(fresh))
    )
    return fresh


def end(session: Session, token: str, at: dt.datetime) -> None:
    """Signs out: the token is worth nothing from now on."""
    session.execute(
        update(models.UserSession)
        .where(models.UserSession.token_hash == token_hash(token), models.UserSession.ended_at.is_(None))
        .values(ended_at=at)
    )


def end_all(session: Session, user_id: int, at: dt.datetime, but: str | None = None) -> int:
    """Ends all sessions of a user, but the one of the token `but`; returns how many."""
    statement = update(models.UserSession).where(
        models.UserSession.user_id == user_id, models.UserSession.ended_at.is_(None)
    )
    if but is not None:
        statement = statement.where(models.UserSession.token_hash != token_hash(but))
    return _changed(session, statement.values(ended_at=at))


def end_one(session: Session, user_id: int, session_id: int, at: dt.datetime) -> bool:
    """Ends one session of a user; False where it is not his or ended already."""
    statement = (
        update(models.UserSession)
        .where(models.UserSession.id == session_id, models.UserSession.user_id == user_id)
        .where(models.UserSession.ended_at.is_(None))
    )
    return _changed(session, statement.values(ended_at=at)) == 1


def sessions_of(session: Session, user_id: int, at: dt.datetime) -> list[models.UserSession]:
    """A user's live sessions, the newest first."""
    query = (
        select(models.UserSession)
        .where(models.UserSession.user_id == user_id, *_live(at, preferences.load(session).idle_minutes))
        .order_by(models.UserSession.began_at.desc(), models.UserSession.id.desc())
    )
    return list(session.scalars(query))


@dataclass(frozen=True)
class LastTime:
    """What a user is told of his account: the sign-in before this one, and the failed tries since."""

    at: dt.datetime | None
    address: str
    failed: int


def last_time(session: Session, user: models.User, token: str) -> LastTime:
    """The sign-in before the session of this token, and how many tries failed between the two and since (AU-11)."""
    mine = session.scalar(select(models.UserSession.began_at).where(models.UserSession.token_hash == token_hash(token)))
    before = session.execute(
        select(models.UserSession.began_at, models.UserSession.address)
        .where(models.UserSession.user_id == user.id, models.UserSession.token_hash != token_hash(token))
        .where(models.UserSession.began_at <= mine if mine is not None else models.UserSession.id.is_not(None))
        .order_by(models.UserSession.began_at.desc(), models.UserSession.id.desc())
        .limit(1)
    ).first()
    failed: Select[tuple[int]] = (
        select(func.count())
        .select_from(models.SignInAttempt)
        .where(models.SignInAttempt.name_key == user.name_key, models.SignInAttempt.succeeded.is_(False))
        .where(models.SignInAttempt.kind.in_(("sign_in", "locked")))
    )
    if before is not None:
        failed = failed.where(models.SignInAttempt.at >= before.began_at)
    return LastTime(before.began_at if before else None, before.address if before else "", session.scalar(failed) or 0)


def _live(at: dt.datetime, idle_minutes: int) -> tuple[ColumnElement[bool], ...]:
    return (
        models.UserSession.ended_at.is_(None),
        models.UserSession.seen_at > at - dt.timedelta(minutes=idle_minutes),
        models.UserSession.began_at > at - ABSOLUTE,
    )


# --- a forgotten password ---


def begin_reset(
    session: Session, name: str, at: dt.datetime, address: str, *, request_id: str = ""
) -> tuple[models.User, str] | None:
    """A token to mail where the name (or mail address) belongs to an active account with an address, else None.

    The page says the same in both cases. An earlier token ends. Three an hour for a name; raises TooManyTries where the
    address has asked too often.
    """
    key, address = name_key(name), address[:64]
    _one_at_a_time(session, f"reset:{key}")
    since = at - RESET_WINDOW
    if _failures_from(session, address, since, "reset") >= RESETS_FROM_A_SOURCE:
        raise TooManyTries
    asked = select(func.count()).select_from(models.SignInAttempt)
    asked = asked.where(models.SignInAttempt.name_key == key, models.SignInAttempt.kind == "reset")
    often = (session.scalar(asked.where(models.SignInAttempt.at > since)) or 0) >= RESETS_FOR_A_NAME
    session.add(models.SignInAttempt(kind="reset", name_key=key, address=address, at=at))
    session.flush()
    user = _by_name_or_mail(session, name) if key else None
    if often or user is None or not user.active or not user.email:
        _record(session, user, at, "user.ask_reset", address, request_id, ok=False)
        return None
    token = _new_token(session, user.id, "reset", at, RESET_LASTS)
    _record(session, user, at, "user.ask_reset", address, request_id)
    return user, token


def _by_name_or_mail(session: Session, name: str) -> models.User | None:
    user = session.scalars(select(models.User).where(models.User.name_key == name_key(name))).one_or_none()
    if user is not None or "@" not in name:
        return user
    # Two accounts may share a mail address; then the name is needed.
    query = select(models.User).where(func.lower(models.User.email) == name.strip().lower()[:254])
    users = session.scalars(query.limit(2)).all()
    return users[0] if len(users) == 1 else None


def reset_user(session: Session, token: str, at: dt.datetime) -> models.User | None:
    """Whose reset the token is, while it may still be used."""
    query = (
        select(models.User)
        .join(models.ResetToken, models.ResetToken.user_id == models.User.id)
        .where(*_usable(token, "reset", at), models.User.active)
    )
    return session.scalars(query).one_or_none()


def reset(
    session: Session, token: str, password: str, at: dt.datetime, address: str, *, request_id: str = ""
) -> models.User | None:
    """Sets a new password with a mailed token, once; all sessions end. None: the token is not, or no longer, worth it.

    Raises PolicyError; the token is then still good.
    """
    user = reset_user(session, token, at)
    if user is None or not _use(session, token, "reset", at):
        return None
    set_password(session, user, password, at)
    _record(session, user, at, "user.reset_password", address, request_id)
    return user


def end_resets(session: Session, user_id: int, at: dt.datetime) -> None:
    """Open reset tokens of a user are worth nothing from now on."""
    session.execute(
        update(models.ResetToken)
        .where(models.ResetToken.user_id == user_id, models.ResetToken.used_at.is_(None))
        .values(used_at=at)
    )


def _new_token(session: Session, user_id: int | None, purpose: str, at: dt.datetime, lasts: dt.timedelta) -> str:
    token = secrets.token_urlsafe(32)
    whose = models.ResetToken.user_id.is_(None) if user_id is None else models.ResetToken.user_id == user_id
    session.execute(
        update(models.ResetToken)
        .where(whose, models.ResetToken.purpose == purpose, models.ResetToken.used_at.is_(None))
        .values(used_at=at)
    )
    session.add(
        models.ResetToken(
            user_id=user_id, purpose=purpose, token_hash=token_hash(token), made_at=at, expires_at=at + lasts
        )
    )
    session.flush()
    return token


def _usable(token: str, purpose: str, at: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        models.ResetToken.token_hash == token_hash(token),
        models.ResetToken.purpose == purpose,
        models.ResetToken.used_at.is_(None),
        models.ResetToken.expires_at > at,
    )


def _use(session: Session, token: str, purpose: str, at: dt.datetime) -> bool:
    """Uses up a token; of two requests with the same one, one is told yes."""
    return _changed(session, update(models.ResetToken).where(*_usable(token, purpose, at)).values(used_at=at)) == 1


# --- setting a password ---


def set_password(
    session: Session, user: models.User, password: str, at: dt.datetime, *, but: str | None = None
) -> None:
    """Gives a user the password he chose: the policy in force, his last five refused; other sessions and resets end.

    `but` is the token of the session that goes on. Raises PolicyError before anything is changed.
    """
    before = session.scalars(
        select(models.PastPassword)
        .where(models.PastPassword.user_id == user.id)
        .order_by(models.PastPassword.id.desc())
        .limit(passwords.REMEMBERED)
    ).all()
    passwords.check(
        password,
        preset=preferences.load(session).password_preset,
        words=[user.name, *(unit.name for unit in user.units)],
        earlier=[user.password_hash, *(row.password_hash for row in before)],
    )
    _store(session, user, hash_password(password), at)
    user.must_change_password = False
    session.add(models.PastPassword(user_id=user.id, password_hash=user.password_hash, at=at))
    session.flush()
    for row in before[passwords.REMEMBERED - 1 :]:
        session.delete(row)
    end_all(session, user.id, at, but=but)
    end_resets(session, user.id, at)
    session.flush()


def set_temporary_password(session: Session, user: models.User, at: dt.datetime) -> str:
    """Gives a user a random password that he must change at first use, and returns it, to be shown once (AU-08)."""
    password = passwords.temporary()
    _store(session, user, hash_password(password), at)
    user.must_change_password = True
    end_all(session, user.id, at)
    end_resets(session, user.id, at)
    unlock(session, user)
    session.flush()
    return password


def unlock(session: Session, user: models.User) -> None:
    """Failed tries of a name count no longer."""
    session.execute(
        update(models.SignInAttempt).where(models.SignInAttempt.name_key == user.name_key).values(cleared=True)
    )


def _store(session: Session, user: models.User, stored: str, at: dt.datetime) -> None:
    user.password_hash = stored
    user.password_changed_at = at


# --- the first administrator ---


def first_admin_token(session: Session, at: dt.datetime) -> str | None:
    """A one-time token for making the first administrator, None where there is an active one. Earlier ones end."""
    if _has_admin(session):
        return None
    return _new_token(session, None, "first", at, FIRST_LASTS)


def first_is_open(session: Session, token: str, at: dt.datetime) -> bool:
    """Whether the token still makes the first administrator."""
    usable = session.scalar(select(models.ResetToken.id).where(*_usable(token, "first", at)))
    return usable is not None and not _has_admin(session)


def use_first(session: Session, token: str, at: dt.datetime) -> bool:
    """Uses up the token of the first administrator; the caller makes the account in the same transaction."""
    return not _has_admin(session) and _use(session, token, "first", at)


def _has_admin(session: Session) -> bool:
    query = select(models.User.id).where(models.User.role == "admin", models.User.active).limit(1)
    return session.scalar(query) is not None
