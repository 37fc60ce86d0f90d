"""The outbox against a real SMTP server: what each answer means for the message and for the round."""

from __future__ import annotations

import base64
import datetime as dt
import email
import email.header
import email.policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models, post
from rectify.settings import MailServer
from tests.support import mailserver
from tests.support.mailserver import CUT, SILENT, TAKE_AND_CUT

AT = dt.datetime(2026, 6, 15, 0, 30, tzinfo=dt.UTC)
DAY = dt.date(2026, 6, 15)
QUICK = post.Limits(claim=10, step=0.4, round=5, connection=8)
FROM = "rectify@example.cn"


def smtp(port: int, **more: Any) -> MailServer:
    return MailServer("smtp", host="127.0.0.1", port=port, **{"tls": "off", **more})


def data(to: str = "a@example.cn", message_id: str = "<one@rectify>", **more: str) -> bytes:
    values = {"subject": "【整改提醒】1条措施超期", "text": "张三，您好", "html": "<p>张三，您好</p>", **more}
    return post.compose(sender=FROM, to=to, message_id=message_id, at=AT, **values)


def send(port: int, to: str = "a@example.cn", limit: post.Limits = QUICK, **more: Any) -> str:
    with post.Server(smtp(port, **more), limit) as server:
        return server.send(FROM, to, "<one@rectify>", data(to))


def queue(session: Session, n: int = 1) -> list[int]:
    rows = [
        models.Outbox(
            kind="test", day_on=DAY, message_id=f"<{i}@rectify>", payload={"to": "a@x.cn"}, queued_at=AT, next_try_at=AT
        )
        for i in range(n)
    ]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def box(session: Session, outbox_id: int) -> models.Outbox:
    return session.get_one(models.Outbox, outbox_id, populate_existing=True)


# -- composing -------------------------------------------------------------------------------------------------------


def test_a_mail_has_the_headers_of_an_automatic_mail_and_both_parts() -> None:
    """MA-09."""
    mail = email.message_from_bytes(data(text="第一行\n第二行"), policy=email.policy.default)

    assert mail["Message-ID"] == "<one@rectify>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == AT
    assert mail["Subject"] == "【整改提醒】1条措施超期"
    assert (mail["To"], mail["From"].addresses[0].addr_spec) == ("a@example.cn", FROM)
    assert mail.get_body(("plain",)).get_content() == "第一行\r\n第二行"
    assert mail.get_body(("html",)).get_content() == "<p>张三，您好</p>"
    assert not mail.defects


def test_every_line_of_a_mail_ends_in_crlf_and_is_short_ascii() -> None:
    lines = data(text="长" * 5000, html="<p>" + "长" * 5000).split(b"\r\n")

    assert all(len(line) <= 998 and b"\n" not in line and line.isascii() for line in lines)


@pytest.mark.parametrize(
    "bad",
    [
        {"subject": "提醒\r\nBcc: b@example.cn"},
        {"subject": "提醒\n"},
        {"subject": "提醒\x00"},
        {"to": "a@example.cn\r\nBcc: b@example.cn"},
        {"to": "a@example.cn, b@example.cn"},
        {"to": "张三 <a@example.cn>"},
        {"message_id": "<one@rectify>\r\nX: y"},
    ],
)
def test_line_breaks_in_headers_and_second_addresses_are_refused(bad: dict[str, str]) -> None:
    """MA-07."""
    with pytest.raises(ValueError, match="header|address"):
        data(**bad)


def test_no_name_subject_or_text_of_the_ledger_adds_a_header() -> None:
    """MA-07: what may stand in a subject is one header, whatever it holds; what may stand in a body stays there."""
    hostile = [chr(code) for code in (*range(1, 10), 0x0B, 0x0C, *range(14, 32), 0x7F, 0x85, 0x2028, 0x2029)]
    words = "".join(f"甲{sign}Bcc: b@example.cn" for sign in hostile) + "=?utf-8?Q?=0D=0ABcc:_b?=" + "：" * 200

    mail = email.message_from_bytes(data(subject=words, text=f"{words}\r\n.\r\nBcc: b", html=words))

    assert sorted(mail.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )
    assert str(email.header.make_header(email.header.decode_header(mail["Subject"]))) == words
    assert [part.get_content_type() for part in mail.get_payload()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("sign", ["\r", "\n", "\x00", "\r\n "])
@pytest.mark.parametrize("header", ["to", "subject", "message_id", "sender"])
def test_no_header_takes_a_line_break(header: str, sign: str) -> None:
    values = {"to": "a@example.cn", "subject": "提醒", "message_id": "<one@rectify>", "sender": FROM}
    values[header] += f"{sign}Bcc: b@example.cn"

    with pytest.raises(ValueError, match="header"):
        post.compose(text="", html="", at=AT, **values)


# -- answers of a server ---------------------------------------------------------------------------------------------


def test_the_dialogue_is_kept_without_what_signs_in() -> None:
    """R16, MA-10."""
    with mailserver.serve(refuse_login=True) as server:
        line = post.Server(smtp(server.port, user="zgb", password="Secret-2026"), QUICK)
        with pytest.raises(post.ServerTrouble, match="拒绝登录"), line:
            raise AssertionError("the login is refused")

    said = "\n".join(line.dialogue)
    assert "C: AUTH" in said and "***" in said and "S: 535" in said
    clear = (b"Secret-2026", b"zgb", b"\0zgb\0Secret-2026")
    assert not any(form in said for one in clear for form in (one.decode(), base64.b64encode(one).decode()))


def test_the_dialogue_of_a_mail_is_that_of_the_connection_and_of_this_mail_alone() -> None:
    with mailserver.serve() as server, post.Server(smtp(server.port), QUICK) as line:
        for to in ("a@example.cn", "c@example.cn"):
            line.send(FROM, to, "<one@rectify>", data(to))
        said = line.dialogue

    assert said[0].startswith("S: 220") and said[1].startswith("C: ehlo")
    assert [words for words in said if "rcpt" in words] == ["C: rcpt TO:<c@example.cn>"]
    assert said[-1] == "S: 250 taken"


def test_a_mail_is_taken_over_a_connection_that_is_used_again() -> None:
    with mailserver.serve() as server:
        with post.Server(smtp(server.port), QUICK) as line:
            for n in range(3):
                answer = line.send(
                    FROM, f"u{n}@example.cn", f"<{n}@rectify>", data(f"u{n}@example.cn", f"<{n}@rectify>")
                )

        assert answer == "250 taken"
        assert [mail.message_id for mail in server.received] == ["<0@rectify>", "<1@rectify>", "<2@rectify>"]
        assert server.connections == 1


@pytest.mark.parametrize(
    ("step", "answer", "final"),
    [
        ("RCPT", "450 4.2.0 greylisted", False),
        ("RCPT", "451 later", False),
        ("RCPT", "452 4.2.2 mailbox full", False),
        ("RCPT", "550 no such user", True),
        ("DATA", "451 try again", False),
        ("DATA", "552 too big", True),
        ("DATA", "554 spam", True),
        ("MAIL", "552 too big", True),
    ],
)
def test_an_answer_about_one_message_leaves_the_line_open_for_the_next(step: str, answer: str, final: bool) -> None:
    """MA-04."""

    def plan(asked: str, who: str) -> str | None:
        return answer if asked == step and (asked, who) not in server.steps[:-1] else None

    with mailserver.serve(plan) as server, post.Server(smtp(server.port), QUICK) as line:
        with pytest.raises(post.Refused) as refused:
            line.send(FROM, "a@example.cn", "<1@rectify>", data())
        assert line.send(FROM, "a@example.cn", "<1@rectify>", data()) == "250 taken"

    assert (str(refused.value), refused.value.final) == (answer, final)


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("MAIL", "421 closing"),
        ("MAIL", "530 authenticate first"),
        ("MAIL", "550 sender unknown"),
        ("RCPT", "421 busy"),
        ("RCPT", "452 disk full"),
        ("DATA", "452 4.3.1 disk full"),
        ("DATA", "421 closing"),
        ("MAIL", CUT),
        ("RCPT", CUT),
        ("DATA", CUT),
        ("DATA", TAKE_AND_CUT),
        ("MAIL", SILENT),
        ("DATA", SILENT),
    ],
)
def test_trouble_of_the_server_is_told_from_trouble_of_a_message(step: str, answer: str) -> None:
    """MA-05, F08, F10, F13, F15."""
    with (
        mailserver.serve(lambda asked, _who: answer if asked == step else None) as server,
        pytest.raises(post.ServerTrouble),
    ):
        send(server.port)


def test_a_server_that_is_down_is_trouble_of_the_server() -> None:
    """F07."""
    with pytest.raises(post.ServerTrouble, match="连接 127.0.0.1:"):
        send(mailserver.free_port())


@pytest.mark.parametrize(
    "banner", [b"", b"554 go away\r\n", b"421 busy\r\n", b"\x00\xff garbage\r\n", b"220 hello\r\n"]
)
def test_what_a_server_says_or_does_not_say_first_is_trouble_within_its_time(banner: bytes) -> None:
    """F08."""
    with mailserver.raw(banner) as port, pytest.raises(post.ServerTrouble):
        send(port)


@pytest.mark.real_clock
def test_a_server_that_drips_is_cut_off_though_no_step_is_too_slow() -> None:
    limit = post.Limits(claim=10, step=2.0, round=1, connection=0.8)

    with mailserver.raw(drip=b"2") as port, pytest.raises(post.ServerTrouble):
        send(port, limit=limit)


def test_a_refused_login_is_trouble_of_the_server_and_never_shows_the_password() -> None:
    with mailserver.serve(refuse_login=True) as server, pytest.raises(post.ServerTrouble) as trouble:
        send(server.port, user="mailer", password="pa55word")

    assert "535" in str(trouble.value)
    assert "pa55word" not in str(trouble.value)


def test_a_server_without_tls_is_refused_where_tls_is_required() -> None:
    """MA-10."""
    with mailserver.serve() as server:
        with pytest.raises(post.ServerTrouble, match="加密"):
            send(server.port, tls="required")

        assert server.received == []


# -- a folder --------------------------------------------------------------------------------------------------------


def test_mail_files_are_named_by_message_id_so_that_a_repeat_lies_there_once(tmp_path: Path) -> None:
    for _ in range(2):
        with post.Folder(tmp_path / "mail") as folder:
            folder.send(FROM, "a@example.cn", "<one/../two@rectify>", data())

    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["one_.._two@rectify.eml"]


def test_a_folder_that_cannot_be_made_is_trouble_of_the_server(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(post.ServerTrouble), post.Folder(tmp_path / "file" / "mail"):
        raise AssertionError("the folder cannot be there")


# -- claiming and stamping -------------------------------------------------------------------------------------------


def test_a_message_is_claimed_by_one(session: Session) -> None:
    """MA-03."""
    (first,) = queue(session)

    assert post.claim(session, "a", AT, AT, 60) == first
    assert post.claim(session, "b", AT, AT, 60) is None


def test_a_claim_ends_by_itself(session: Session) -> None:
    """R17, F02."""
    (first,) = queue(session)
    post.claim(session, "a", AT, AT, 60)

    assert post.claim(session, "b", AT, AT + dt.timedelta(seconds=59), 60) is None
    assert post.claim(session, "b", AT, AT + dt.timedelta(seconds=60), 60) == first


def test_the_claim_goes_by_the_clock_of_the_database_the_due_time_by_ours(session: Session) -> None:
    """F48."""
    (first,) = queue(session)

    assert post.claim(session, "a", AT - dt.timedelta(minutes=1), AT + dt.timedelta(minutes=10), 60) is None
    assert post.claim(session, "a", AT, AT - dt.timedelta(minutes=10), 60) == first


@pytest.mark.parametrize("state", ["sent", "dropped", "dead", "held"])
def test_only_what_is_queued_is_claimed(session: Session, state: str) -> None:
    (first,) = queue(session)
    box(session, first).state = state
    session.flush()

    assert post.claim(session, "a", AT, AT, 60) is None


def test_waits_grow_from_a_minute_to_an_hour_and_end_after_three_days(session: Session) -> None:
    """MA-04: ≥ 1 min, first hour a few, then hourly, for ≥ 72 h."""
    (first,) = queue(session)
    at, waits = AT, []
    while post.put_off(session, first, at, "451 later") == "queued":
        waits.append((box(session, first).next_try_at - at).total_seconds())
        at = box(session, first).next_try_at

    assert waits[:6] == [60, 300, 900, 1800, 3600, 3600]
    assert set(waits[4:]) == {3600}
    assert at - AT >= dt.timedelta(hours=72)
    assert (box(session, first).state, box(session, first).answer) == ("dead", "451 later")


def test_trouble_of_the_server_counts_against_no_message(session: Session) -> None:
    first, second = queue(session, 2)
    post.claim(session, "a", AT, AT, 60)

    post.give_back(session, first, AT, "连接中断")

    assert (box(session, first).tries, box(session, first).state) == (0, "queued")
    assert post.claim(session, "a", AT, AT, 60) == second, "others go before it"


def test_a_dead_message_can_be_sent_again(session: Session) -> None:
    (first,) = queue(session)
    post.stamp_dead(session, first, "550 no such user")

    assert post.requeue(session, first, AT)

    assert post.claim(session, "a", AT, AT, 60) == first
    assert not post.requeue(session, first, AT)


def test_what_a_secret_needed_leaves_the_database_with_the_mail(session: Session) -> None:
    (first,) = queue(session)

    post.stamp_sent(session, first, AT, to="a@x.cn", subject="s", text="t", html="h", answer="250 ok")

    sent = box(session, first)
    assert (sent.state, sent.payload, sent.sent_at, sent.answer) == ("sent", {}, AT, "250 ok")


def test_a_sent_message_is_stamped_once(session: Session) -> None:
    (first,) = queue(session)
    values: dict[str, str] = {"to": "a@x.cn", "subject": "s", "text": "t", "html": "h"}

    assert post.stamp_sent(session, first, AT, answer="250 first", **values)
    assert not post.stamp_sent(session, first, AT, answer="250 second", **values)
    assert not post.stamp_dead(session, first, "550")
    assert box(session, first).answer == "250 first"


def test_what_was_held_after_a_restore_waits_until_released(session: Session) -> None:
    for outbox_id in queue(session, 2):
        box(session, outbox_id).state = "held"
    session.flush()

    assert post.release_held(session, AT) == 2

    assert {row.state for row in session.scalars(select(models.Outbox))} == {"queued"}


def test_rounds_pause_longer_while_trouble_lasts_and_end_with_it(session: Session) -> None:
    pauses = []
    for _ in range(6):
        noted = post.note_trouble(session, "连接失败", AT)
        pauses.append((noted.until_at - AT).total_seconds())

    assert pauses == [60, 120, 240, 480, 600, 600]
    assert post.pauses(noted, AT)
    assert not post.pauses(noted, noted.until_at)
    post.clear_trouble(session)
    assert post.trouble(session) is None


@pytest.mark.parametrize(
    "shift", [dt.timedelta(days=365), dt.timedelta(days=-2)], ids=["clock forth a year and back", "clock back two days"]
)
def test_a_clock_that_was_wrong_leaves_no_message_behind(session: Session, shift: dt.timedelta, today: dt.date) -> None:
    """F20."""
    (first,) = queue(session)
    wrong = AT + abs(shift)
    post.claim(session, "a", wrong, wrong, 60)
    post.give_back(session, first, wrong, "")

    assert post.claim(session, "b", AT, AT, 60) == first


@pytest.mark.parametrize(("lease", "claim"), [(2, 10.0), (30, 75.0), (3600, 75.0)])
def test_no_message_is_in_flight_when_its_claim_ends(lease: int, claim: float) -> None:
    limit = post.limits(lease)

    assert limit.claim == claim
    assert limit.round < limit.connection < limit.claim
