"""The outbox → a mail server or a folder of .eml files: claiming, composing, sending, and what each answer means.

What a mail says and whether it is still true is `notices`'; the round, its commits and its hour are `jobs`'.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
import json
import os
import re
import smtplib
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Update, and_, func, or_, select, true, update
from sqlalchemy.orm import Session

from rectify import calendar, clock, models
from rectify.access import preferences
from rectify.rules.addresses import is_mailable
from rectify.rules.mailhours import Hours
from rectify.settings import MailServer

SENDER_NAME = "整改台账"
WAITS = (60, 5 * 60, 15 * 60, 30 * 60, 3600)
"""Seconds until a message that was put off is tried again; the last one repeats."""
MOST_TRIES = 1 + 4 + 72
"""A message put off so often has been tried for more than 72 hours (RFC 5321 4.5.4.1); then it is dead."""
LONGEST_PAUSE = 600
ONE_HOUR = dt.timedelta(hours=1)
AT_ONCE = ("reset", "test")
"""Mails of accounts, which somebody waits for: they go out at any hour."""
TROUBLE_KEY = "mail.trouble"
LINE = 76
"""Characters of a line of base64 (RFC 2045 6.8)."""
_BREAKS = re.compile(r"[\r\n\x00]")


class ServerTrouble(Exception):
    """The server cannot be used now. Ends the round, counts against no message (MA-05); the text says what happened."""


class Refused(Exception):
    """The server refused one message: for now, or for good where `final`. The text is the server's own words."""

    def __init__(self, words: str, final: bool) -> None:
        super().__init__(words)
        self.final = final


@dataclass(frozen=True)
class Limits:
    """How long a round's parts may take, in seconds: no message is in flight when its claim ends."""

    claim: float
    step: float
    round: float
    connection: float


def limits(lease_seconds: int) -> Limits:
    """All limits follow the lease: 75 s of claim at the usual 30, never less than 10 s."""
    claim = max(10.0, min(75.0, 2.5 * lease_seconds))
    return Limits(claim=claim, step=claim / 5, round=claim * 0.6, connection=claim * 0.8)


# -- claiming and stamping -------------------------------------------------------------------------------------------


def hours(session: Session) -> Hours:
    """The hours at which mails go out, by the settings and the working calendar in force."""
    wanted = preferences.load(session)
    begins, ends = (dt.time(*divmod(minutes, 60)) for minutes in (wanted.mail_begins, wanted.mail_ends))
    return Hours(begins, ends, calendar.load(session))


def late(session: Session, at: dt.datetime, timezone: str) -> dt.datetime | None:
    """Since when the oldest mail waits that could have gone out for an hour and did not; None where there is none."""
    box, open_for = models.Outbox, hours(session).before(clock.local(at, timezone), ONE_HOUR)
    account = box.kind.in_(AT_ONCE)
    overdue = or_(and_(account, box.queued_at < at - ONE_HOUR), and_(~account, box.queued_at < open_for))
    return session.scalar(select(func.min(box.queued_at)).where(box.state == "queued", overdue))


def _due(at: dt.datetime, now: dt.datetime, within_hours: bool) -> ColumnElement[bool]:
    """To be sent now and claimed by nobody; an instant further ahead than any wait is a wrong clock's (F20)."""
    box = models.Outbox
    return and_(
        box.state == "queued",
        true() if within_hours else box.kind.in_(AT_ONCE),
        or_(box.next_try_at <= at, box.next_try_at > at + 2 * dt.timedelta(seconds=WAITS[-1])),
        or_(box.claimed_until.is_(None), box.claimed_until <= now, box.claimed_until > now + ONE_HOUR),
    )


def waiting(session: Session, at: dt.datetime, now: dt.datetime, *, within_hours: bool = True) -> int:
    """How many messages could be claimed at this moment. `now` is the clock of claims, the database's."""
    due = _due(at, now, within_hours)
    return session.execute(select(func.count()).select_from(models.Outbox).where(due)).scalar_one()


def claim(
    session: Session, holder: str, at: dt.datetime, now: dt.datetime, seconds: float, *, within_hours: bool = True
) -> int | None:
    """Claim the message that waits longest, by compare-and-set; None where none is due. The caller commits at once.

    `at` says what is due, `now`, the database's clock, what is claimed: hosts whose clocks differ agree on it (F48).
    Outside the hours only mails of accounts are.
    """
    box, due = models.Outbox, _due(at, now, within_hours)
    pick = select(box.id).where(due).order_by(box.next_try_at, box.id).limit(1)
    for _ in range(20):
        found = session.execute(pick.with_for_update(skip_locked=True)).scalar_one_or_none()
        if found is None:
            return None
        taken = session.execute(
            update(box)
            .where(box.id == found, due)
            .values(claimed_by=holder, claimed_until=now + dt.timedelta(seconds=seconds))
            .execution_options(synchronize_session=False)
        )
        if _count(taken) == 1:
            return found
    return None


def stamp_sent(
    session: Session, outbox_id: int, at: dt.datetime, *, to: str, subject: str, text: str, html: str, answer: str
) -> bool:
    """Stamp a message as sent after the 250, with the text that is kept; its payload is emptied. False: it was already.

    Whoever holds the claim by now: the server has the mail, so nobody else should send it.
    """
    return _settle(
        session,
        outbox_id,
        state="sent",
        sent_at=at,
        address=to,
        subject=subject,
        text=text,
        html=html,
        answer=answer,
        payload={},
    )


def stamp_dropped(session: Session, outbox_id: int, reason: str) -> bool:
    """Drop a message that has nothing left to say, with the reason; its payload is emptied."""
    return _settle(session, outbox_id, state="dropped", dropped_because=reason, payload={})


def stamp_dead(session: Session, outbox_id: int, words: str, *, to: str = "") -> bool:
    """End a message that was refused for good, with the server's words. It can be sent again by hand.

    The link of a reset does not wait for that: it would be worth nothing by then.
    """
    ended = _settle(session, outbox_id, state="dead", answer=words, address=to, tries=models.Outbox.tries + 1)
    if ended:
        session.execute(_resets(models.Outbox.id == outbox_id).values(payload={}))
    return ended


def drop_spent_resets(session: Session, at: dt.datetime) -> int:
    """Drop mails with reset links that waited so long that the links are worth nothing; gives how many."""
    old = (models.Outbox.state == "queued", models.Outbox.queued_at < at - ONE_HOUR)
    return _count(session.execute(_resets(*old).values(state="dropped", dropped_because="spent", payload={})))


def _resets(*conditions: ColumnElement[bool]) -> Update:
    statement = update(models.Outbox).where(models.Outbox.kind == "reset", *conditions)
    return statement.execution_options(synchronize_session=False)


def put_off(session: Session, outbox_id: int, at: dt.datetime, words: str) -> str:
    """Count a try that the server put off, and wait longer each time; after 72 hours of it the message is dead.

    Gives the state it has now.
    """
    tries = session.execute(select(models.Outbox.tries).where(models.Outbox.id == outbox_id)).scalar_one() + 1
    if tries >= MOST_TRIES:
        stamp_dead(session, outbox_id, words)
        return "dead"
    wait = dt.timedelta(seconds=WAITS[min(tries, len(WAITS)) - 1])
    _settle(session, outbox_id, tries=tries, answer=words, next_try_at=at + wait)
    return "queued"


def give_back(session: Session, outbox_id: int, at: dt.datetime, words: str) -> None:
    """Give a message back after trouble of the server: no try is counted, but others go before it next time."""
    _settle(session, outbox_id, answer=words, next_try_at=at + dt.timedelta(seconds=WAITS[0]))


def let_go(session: Session, outbox_id: int, holder: str) -> None:
    """Let go of a claim that nothing came of, unless it is another's by now."""
    session.execute(
        update(models.Outbox)
        .where(models.Outbox.id == outbox_id, models.Outbox.claimed_by == holder)
        .values(claimed_by="", claimed_until=None)
        .execution_options(synchronize_session=False)
    )


def keep_dialogue(session: Session, lines: Sequence[str], outbox_id: int | None = None) -> None:
    """Keep what was said with the server over a test mail, or over all that wait where it could not be reached (R16)."""
    box = models.Outbox
    which = box.id == outbox_id if outbox_id is not None else box.state == "queued"
    for row in session.scalars(select(box).where(box.kind == "test", which)):
        row.payload = {**row.payload, "dialogue": list(lines)}
    session.flush()


def requeue(session: Session, outbox_id: int, at: dt.datetime) -> bool:
    """Queue a dead message again as if it had never been tried; False where it is not dead, or was a reset."""
    changed = session.execute(
        update(models.Outbox)
        .where(models.Outbox.id == outbox_id, models.Outbox.state == "dead", models.Outbox.kind != "reset")
        .values(state="queued", tries=0, queued_at=at, next_try_at=at, claimed_by="", claimed_until=None)
        .execution_options(synchronize_session="fetch")
    )
    return _count(changed) == 1


def requeue_all(session: Session, at: dt.datetime) -> int:
    """Queue all dead messages again but the resets; gives how many."""
    dead = session.scalars(select(models.Outbox.id).where(models.Outbox.state == "dead"))
    return sum(requeue(session, outbox_id, at) for outbox_id in dead.all())


def release_held(session: Session, at: dt.datetime) -> int:
    """Let go of what waits for release since a restore; gives how many."""
    changed = session.execute(
        update(models.Outbox)
        .where(models.Outbox.state == "held")
        .values(state="queued", queued_at=at, next_try_at=at, claimed_by="", claimed_until=None)
        .execution_options(synchronize_session="fetch")
    )
    return _count(changed)


def _settle(session: Session, outbox_id: int, **values: Any) -> bool:
    changed = session.execute(
        update(models.Outbox)
        .where(models.Outbox.id == outbox_id, models.Outbox.state == "queued")
        .values(claimed_by="", claimed_until=None, **values)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    return _count(changed) == 1


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount


# -- trouble of the server -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the mail server: since when, how often in a row, until when rounds pause, in whose words."""

    since_at: dt.datetime
    until_at: dt.datetime
    count: int
    words: str


def trouble(session: Session) -> Trouble | None:
    """The trouble noted by the last round, None where the server answered it well."""
    stored = session.get(models.StoredSetting, TROUBLE_KEY, populate_existing=True)
    if stored is None or not stored.value:
        return None
    found = json.loads(stored.value)
    return Trouble(
        dt.datetime.fromisoformat(found["since_at"]),
        dt.datetime.fromisoformat(found["until_at"]),
        int(found["count"]),
        str(found["words"]),
    )


def note_trouble(session: Session, words: str, at: dt.datetime) -> Trouble:
    """Note that a round ended in trouble: the next ones wait 1, 2, 4 … at most 10 minutes."""
    before = trouble(session)
    count = before.count + 1 if before else 1
    pause = min(LONGEST_PAUSE, 60 * 2 ** min(count - 1, 10))
    noted = Trouble(before.since_at if before else at, at + dt.timedelta(seconds=pause), count, words[:500])
    value = json.dumps(
        {
            "since_at": noted.since_at.isoformat(),
            "until_at": noted.until_at.isoformat(),
            "count": noted.count,
            "words": noted.words,
        }
    )
    session.merge(models.StoredSetting(key=TROUBLE_KEY, value=value))
    session.flush()
    return noted


def pauses(found: Trouble, at: dt.datetime) -> bool:
    """Whether rounds still wait after trouble; a wait longer than any is a wrong clock's and holds nobody up."""
    return at < found.until_at <= at + 2 * dt.timedelta(seconds=LONGEST_PAUSE)


def clear_trouble(session: Session) -> None:
    """The server answers again."""
    stored = session.get(models.StoredSetting, TROUBLE_KEY)
    if stored is not None and stored.value:
        stored.value = ""
        session.flush()


# -- composing -------------------------------------------------------------------------------------------------------


def compose(*, sender: str, to: str, subject: str, text: str, html: str, message_id: str, at: dt.datetime) -> bytes:
    """The mail as bytes with CRLF line ends: one recipient, a text and an HTML part in base64.

    Raises ValueError for a line break or NUL in a header or an address that is not exactly one (MA-07). Headers and
    parts are put together here: EmailMessage takes six times as long over them as sending does.
    """
    for value in (sender, to, subject, message_id):
        if _BREAKS.search(value):
            raise ValueError("a header must not hold a line break")
    if not is_mailable(to):
        raise ValueError("not one mail address")
    boundary = "=_" + hashlib.sha256(message_id.encode()).hexdigest()[:32]
    head = _sender_line(sender) + _header("To", to)
    head += b"Subject: " + _encoded(subject) + b"\r\n"
    head += _header("Date", format_datetime(at)) + _header("Message-ID", message_id)
    head += b"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
    head += f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'.encode()
    parts = _part(boundary, "plain", text) + (_part(boundary, "html", html) if html else b"")
    return head + b"\r\n" + parts + f"--{boundary}--\r\n".encode()


@functools.lru_cache(maxsize=8)
def _sender_line(sender: str) -> bytes:
    head = EmailMessage(policy=SMTP)
    head["From"] = Address(display_name=SENDER_NAME, addr_spec=sender)
    return SMTP.fold_binary("From", head["From"])


def _header(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode("ascii")


def _encoded(words: str) -> bytes:
    """A header's words as encoded words of at most 75 characters, each of whole characters (RFC 2047 5)."""
    pieces, piece = [], b""
    for character in words:
        data = character.encode("utf-8", "replace")
        if len(piece) + len(data) > 45:
            pieces.append(piece)
            piece = b""
        piece += data
    return b"\r\n ".join(b"=?utf-8?B?" + base64.b64encode(part) + b"?=" for part in (*pieces, piece))


def _part(boundary: str, kind: str, body: str) -> bytes:
    head = (
        f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    ).encode()
    body = body.replace("\r\n", "\n").replace("\n", "\r\n")
    whole = base64.b64encode(body.encode("utf-8", "replace"))
    # Encoded in one go and cut into lines: base64.encodebytes, line by line, takes as long as sending does.
    return head + b"".join([whole[at : at + LINE] + b"\r\n" for at in range(0, len(whole), LINE)])


# -- sending ---------------------------------------------------------------------------------------------------------


class Folder:
    """A folder that takes mails as .eml files, named by Message-ID: one that comes twice lies there once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Folder:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ServerTrouble(f"邮件文件夹不可用：{error.strerror}") from error
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    dialogue: tuple[str, ...] = ()

    def abort(self) -> None:
        """Nothing to cut short: writing a file waits for nobody."""

    def send(self, sender: str, to: str, message_id: str, data: bytes) -> str:
        """Write the mail whole or not at all. Raises ServerTrouble where the disk refuses."""
        name = re.sub(r"[^A-Za-z0-9.@_-]", "_", message_id.strip("<>"))[:150]
        path = self.folder / f"{name}.eml"
        fresh = self.folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
        try:
            with open(fresh, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            os.replace(fresh, path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise ServerTrouble(f"邮件文件夹不可写：{error.strerror}") from error
        return f"written to {path.name}"


class _Heard:
    """What smtplib says to a server and hears from it, kept as lines; what signs in is not (MA-10)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.lines: list[str] = []
        self._signing_in = False
        super().__init__(*args, **kwargs)

    def putcmd(self, cmd: str, args: str = "") -> None:
        if cmd.upper() == "AUTH":
            self._signing_in = True
            self.lines.append(f"C: AUTH {args.split(' ', 1)[0]} ***")
        else:
            self.lines.append("C: ***" if self._signing_in else _plain(f"C: {cmd} {args}".rstrip()))
        super().putcmd(cmd, args)  # type: ignore[misc]

    def getreply(self) -> tuple[int, bytes]:
        code, words = super().getreply()  # type: ignore[misc]
        self._signing_in = self._signing_in and code == 334
        self.lines.append(f"S: {code}" if self._signing_in else f"S: {code} {_plain(words)}")
        return code, words


class _Plain(_Heard, smtplib.SMTP):
    pass


class _Secure(_Heard, smtplib.SMTP_SSL):
    pass


class Server:
    """One SMTP connection for a round, with a limit on every step and one on the whole.

    Entering connects, secures and signs in; each may raise ServerTrouble.
    """

    def __init__(self, server: MailServer, limit: Limits, own_name: str = "") -> None:
        self._server = server
        self._limit = limit
        self._own_name = own_name or None
        self._smtp: _Plain | _Secure | None = None
        self._opening: list[str] = []
        self._last: list[str] = []
        # A server that drips one byte at a time keeps every step within its limit: this ends the whole.
        self._watch = threading.Timer(limit.connection, self.abort)
        self._watch.daemon = True

    def __enter__(self) -> Server:
        self._watch.start()
        try:
            self._open()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._close()
            raise ServerTrouble(_words(error, f"连接 {self._server.host}:{self._server.port} 失败")) from error
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    @property
    def dialogue(self) -> list[str]:
        """What was said until the connection stood, and over the last message; C is this side, S the server."""
        return self._opening + self._last

    def abort(self) -> None:
        """Cut the connection from another thread: what waits for an answer gives up at once."""
        smtp = self._smtp
        sock = getattr(smtp, "sock", None)
        if sock is not None:
            try:
                sock.shutdown(2)
            except OSError:
                return

    def send(self, sender: str, to: str, message_id: str, data: bytes) -> str:
        """Hand over one mail; gives the server's words of taking it.

        Raises Refused for trouble of this message, ServerTrouble for trouble of the server or the line.
        """
        assert self._smtp is not None, "the connection is open"
        self._last = self._smtp.lines = []
        try:
            self._ask("MAIL", *self._smtp.mail(sender))
            self._ask("RCPT", *self._smtp.rcpt(to))
            try:
                code, words = self._smtp.data(data)
            except smtplib.SMTPDataError as error:
                code, words = error.smtp_code, _bytes(error.smtp_error)
            self._ask("DATA", code, words)
        except (OSError, smtplib.SMTPException) as error:
            raise ServerTrouble(_words(error, "发送中连接中断")) from error
        return f"{code} {_plain(words)}"

    def _open(self) -> None:
        server, step = self._server, self._limit.step
        secure = ssl.create_default_context() if server.kind == "smtps" or server.tls == "required" else None
        if server.kind == "smtps":
            assert secure is not None
            self._smtp = _Secure(timeout=step, context=secure, local_hostname=self._own_name)
        else:
            self._smtp = _Plain(timeout=step, local_hostname=self._own_name)
        self._opening = self._smtp.lines
        # connect() with a name given first: the certificate is checked against it.
        self._smtp._host = server.host  # type: ignore[union-attr]
        code, words = self._smtp.connect(server.host, server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        self._smtp.ehlo_or_helo_if_needed()
        if secure is not None and server.kind != "smtps":
            self._smtp.starttls(context=secure)
            self._opening.append("TLS: certificate and name checked")
            self._smtp.ehlo_or_helo_if_needed()
        if server.user:
            self._smtp.login(server.user, server.password)

    def _ask(self, step: str, code: int, words: bytes) -> None:
        if code in (250, 251):
            return
        said = f"{code} {_plain(words)}"
        if is_server_trouble(step, code, words):
            raise ServerTrouble(f"邮件服务器答复：{said}")
        refused = Refused(said, final=code >= 500)
        assert self._smtp is not None
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            raise refused from None  # the answer stands; that the line is gone, the next message finds
        raise refused

    def _close(self) -> None:
        self._watch.cancel()
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()


def is_server_trouble(step: str, code: int, words: bytes) -> bool:
    """Whether an answer tells of the server rather than of this message.

    452 says the server's disk is full, but 452 4.2.x the recipient's box. The sender is the same in every mail, so a
    5xx to MAIL concerns all of them, except that the message is too big (552).
    """
    if code < 400 or code > 599:
        return True
    if code == 452:
        return not words.startswith(b"4.2.")
    if step == "MAIL" and code >= 500:
        return code != 552
    return code in (421, 454, 530, 534, 535, 538)


def way(server: MailServer, limit: Limits, own_name: str = "") -> Folder | Server:
    """Where the mails of a round go, as a context manager. Not for a server that is not set up."""
    if server.kind == "file":
        assert server.folder is not None
        return Folder(server.folder)
    assert server.kind in ("smtp", "smtps"), server.kind
    return Server(server, limit, own_name)


def _bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode()


def _plain(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text)[:500]


def _words(error: Exception, doing: str) -> str:
    """What went wrong, for the outbox page; never a password."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"邮件服务器拒绝登录，请检查用户名和密码：{error.smtp_code} {_plain(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{doing}：{error.smtp_code} {_plain(error.smtp_error)}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"邮件服务器的证书未通过检查：{error.verify_message}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"{doing}：服务器不支持所需的加密或登录方式（{_plain(str(error))}）"
    if isinstance(error, TimeoutError):
        return f"{doing}：等待答复超时"
    return f"{doing}：{_plain(str(error)) or type(error).__name__}"
