"""The jobs by hand and by scheduler: the lease, catch-up, and the outbox's rounds against a real SMTP server."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rectify import clock, jobs, models, notices, post, standing
from rectify.access import preferences
from rectify.models import db
from rectify.settings import MailServer
from tests import factories
from tests.support import mailserver
from tests.support.mailserver import CUT, SILENT, TAKE_AND_CUT

TODAY = dt.date(2026, 6, 15)
AT = dt.datetime(2026, 6, 15, 2, 0, tzinfo=dt.UTC)
LATE = dt.date(2026, 6, 1)


@pytest.fixture
def mail_to(app: Flask) -> Callable[..., None]:
    """Let the application send to a server on loopback: mail_to(port)."""

    def use(port: int, **more: Any) -> None:
        server = MailServer("smtp", host="127.0.0.1", port=port, tls="off", **more)
        app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], mail=server, lease_seconds=2)

    return use


@pytest.fixture
def overdue(session: Session, cast: Any) -> models.Measure:
    """A measure of unit_a's, overdue since two weeks, supervised."""
    issue = factories.make_issue(session, factories.make_inspection(session))
    measure = factories.make_measure(
        session, issue, lead=cast.units["unit_a"], supervising=[cast.units["supervisor"]], deadline_on=LATE
    )
    session.expire_on_commit = False  # reading its id again would hold the database against the job
    session.commit()
    return measure


def box_states(session: Session) -> dict[str, int]:
    session.rollback()
    query = select(models.Outbox.state, func.count()).group_by(models.Outbox.state)
    found = dict(session.execute(query).tuples().all())
    session.rollback()
    return found


def queue_tests(session: Session, n: int) -> None:
    for i in range(n):
        notices.queue_test(session, None, f"u{i}@example.cn", "https://zgb.example.cn", AT, TODAY)
    session.commit()


# -- a job by hand ---------------------------------------------------------------------------------------------------


def test_reminders_go_out_by_a_real_server_once(
    app: Flask, session: Session, overdue: models.Measure, mail_to: Callable[..., None]
) -> None:
    with mailserver.serve() as server:
        mail_to(server.port)
        first = jobs.run_job(app, "remind", TODAY)
        sent = jobs.run_job(app, "post", TODAY)

        assert first["digests"] == sent["sent"] == 2
        assert {mail.to for mail in server.received} == {"unit_a@example.cn", "supervisor@example.cn"}
        assert all("1条措施超期" in mail.message["Subject"] for mail in server.received)
    assert box_states(session) == {"sent": 2}


def test_run_twice_and_ten_times_they_are_sent_once(
    app: Flask, session: Session, overdue: models.Measure, mail_to: Callable[..., None]
) -> None:
    """R12."""
    with mailserver.serve() as server:
        mail_to(server.port)
        for _ in range(10):
            jobs.run_job(app, "remind", TODAY)
            jobs.run_job(app, "post", TODAY)

        assert len(server.received) == 2


def test_what_was_sent_is_kept_with_the_servers_answer(
    app: Flask, session: Session, overdue: models.Measure, mail_to: Callable[..., None]
) -> None:
    with mailserver.serve() as server:
        mail_to(server.port)
        jobs.run_job(app, "remind", TODAY)
        jobs.run_job(app, "post", TODAY)
        taken = {mail.message_id: mail for mail in server.received}

    for row in session.scalars(select(models.Outbox)):
        body = taken[row.message_id].message.get_body(("plain",))
        assert body is not None
        assert body.get_content().replace("\r\n", "\n") == row.text
        assert (row.answer, row.address) == ("250 taken", taken[row.message_id].to)


def test_a_reset_link_is_sent_and_leaves_the_database(
    app: Flask, session: Session, cast: Any, mail_to: Callable[..., None]
) -> None:
    notices.queue_reset(session, session.get_one(models.User, cast.users["unit_a"]), "https://x.cn/reset/s3cret", AT)
    session.commit()
    with mailserver.serve() as server:
        mail_to(server.port)
        jobs.run_job(app, "post", TODAY)

        body = server.received[0].message.get_body(("plain",))
        assert body is not None
        assert "https://x.cn/reset/s3cret" in body.get_content()
    row = session.scalars(select(models.Outbox)).one()
    assert "s3cret" not in repr((row.payload, row.text, row.html, row.subject, row.answer))


EVENING = dt.datetime(2026, 6, 15, 10, 0, tzinfo=dt.UTC)  # 18:00 in Beijing, when mails stop going out


def test_outside_the_hours_digests_wait_and_mails_of_accounts_go(
    app: Flask, session: Session, overdue: models.Measure, mail_to: Callable[..., None]
) -> None:
    """R23: nothing in the evening, on a Sunday or before the office opens; all of it once on the next working morning."""
    queue_tests(session, 1)
    with mailserver.serve() as server:
        mail_to(server.port)
        jobs.run_job(app, "remind", TODAY)
        moments = (EVENING, EVENING + dt.timedelta(days=6), EVENING + dt.timedelta(hours=14, minutes=29))
        for moment in moments:
            with time_machine.travel(moment, tick=False):
                did = jobs.run_job(app, "post")
        at_night = [mail.to for mail in server.received]
        with time_machine.travel(EVENING + dt.timedelta(hours=14, minutes=30), tick=False):
            jobs.run_job(app, "post")

        assert at_night == ["u0@example.cn"]
        assert did == {"outside_hours": True, "waiting": 2}
        assert sorted(mail.to for mail in server.received[1:]) == ["supervisor@example.cn", "unit_a@example.cn"]


def test_a_round_that_runs_into_the_evening_stops_at_its_edge(
    app: Flask, session: Session, overdue: models.Measure, mail_to: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with mailserver.serve() as server, time_machine.travel(EVENING - dt.timedelta(seconds=1), tick=False) as clock_:
        mail_to(server.port)
        jobs.run_job(app, "remind", TODAY)
        send = post.Server.send

        def slow(*given: Any) -> str:
            answer = send(*given)
            clock_.shift(dt.timedelta(seconds=2))
            return answer

        monkeypatch.setattr(post.Server, "send", slow)
        assert jobs.run_job(app, "post", TODAY)["sent"] == 1

        assert len(server.received) == 1
    assert box_states(session) == {"queued": 1, "sent": 1}


def test_the_hours_are_those_that_the_administrator_set(
    app: Flask, session: Session, overdue: models.Measure, mail_to: Callable[..., None]
) -> None:
    """R25."""
    preferences.save(session, preferences.Preferences(mail_begins=18 * 60, mail_ends=19 * 60))
    session.commit()
    with mailserver.serve() as server:
        mail_to(server.port)
        jobs.run_job(app, "remind", TODAY)
        assert jobs.run_job(app, "post", TODAY) == {"outside_hours": True, "waiting": 2}
        with time_machine.travel(EVENING, tick=False):
            assert jobs.run_job(app, "post", TODAY)["sent"] == 2

        assert len(server.received) == 2


@pytest.mark.parametrize(
    ("kind", "queued", "now", "is_late"),
    [
        ("digest", "2026-06-15T02:00", "2026-06-15T03:00", False),
        ("digest", "2026-06-15T02:00", "2026-06-15T03:01", True),
        ("digest", "2026-06-15T09:30", "2026-06-16T00:59", False),  # half an hour in the evening, 29 minutes since
        ("digest", "2026-06-15T09:30", "2026-06-16T01:01", True),
        ("digest", "2026-06-15T11:00", "2026-06-16T01:00", False),
        ("test", "2026-06-15T11:00", "2026-06-15T12:01", True),
    ],
)
def test_a_mail_is_late_after_an_hour_in_which_it_could_have_gone_out(
    client: Callable[..., Any], session: Session, cast: Any, kind: str, queued: str, now: str, is_late: bool
) -> None:
    """R17: an alarm at /readyz, on the administrator's page of the system and on that of mails."""
    at = dt.datetime.fromisoformat(queued + "+00:00")
    box = models.Outbox(kind=kind, day_on=TODAY, message_id="<a@b>", queued_at=at, next_try_at=at)
    session.add(box)
    session.commit()
    with time_machine.travel(AT, tick=False):
        browser = client("admin")

    with time_machine.travel(dt.datetime.fromisoformat(now + "+00:00"), tick=False):
        session.execute(update(models.UserSession).values(seen_at=clock.now(), began_at=clock.now()))
        session.commit()
        assert browser.get("/readyz").json["outbox"] == ("old" if is_late else "ok")
        assert ("等了一小时以上" in browser.get("/admin/status").text) == is_late
        assert ("等了一小时以上" in browser.get("/admin/outbox").text) == is_late


def test_without_a_mail_server_mails_wait(app: Flask, session: Session, overdue: models.Measure) -> None:
    jobs.run_job(app, "remind", TODAY)

    assert jobs.run_job(app, "post", TODAY) == {"not_configured": True, "waiting": 2}
    assert box_states(session) == {"queued": 2}


def test_the_demonstration_sends_to_this_machine_only(
    app: Flask, session: Session, overdue: models.Measure, mail_to: Callable[..., None]
) -> None:
    jobs.run_job(app, "remind", TODAY)
    app.config["DEMO"] = True
    away = MailServer("smtp", host="mail.example.cn", port=25)
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], mail=away)

    assert jobs.run_job(app, "post", TODAY) == {"demonstration": True, "waiting": 2}
    with mailserver.serve() as server:
        mail_to(server.port)
        assert jobs.run_job(app, "post", TODAY)["sent"] == 2


def test_a_job_writes_what_it_did(app: Flask, session: Session, overdue: models.Measure) -> None:
    """R15, SC-07."""
    jobs.run_job(app, "judge", TODAY)
    jobs.run_job(app, "rounds", TODAY)
    did = jobs.run_job(app, "remind", TODAY)
    jobs.run_job(app, "housekeeping", TODAY)

    runs = {run.job: run for run in session.scalars(select(models.JobRun))}
    assert set(runs) == {"judge", "rounds", "remind", "housekeeping"}
    assert all(run.ok and run.ended_at for run in runs.values())
    assert runs["remind"].did == did
    assert (did["owed"], did["queued"]) == (2, 2)
    acts = session.scalars(select(models.AuditEntry.act)).all()
    assert {"job.judge", "job.rounds", "job.remind", "job.housekeeping"} <= set(acts)


def test_the_day_turns_right_though_no_night_was_judged(app: Flask, session: Session, overdue: models.Measure) -> None:
    """SC-02, F18."""
    jobs.run_job(app, "judge", dt.date(2026, 7, 1))

    with app.app_context():
        row = standing.of(db.session(), overdue.id, dt.date(2026, 6, 2))
        assert row is not None
    assert jobs.run_job(app, "judge", dt.date(2026, 7, 1))["measures"] == 0


def test_a_job_that_fails_says_so_and_commits_nothing(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_session: Session, _day: dt.date) -> dict[str, int]:
        _session.add(models.StoredSetting(key="half", value="done"))
        _session.flush()
        raise OSError("disk full")

    monkeypatch.setattr(standing, "turn", fail)

    with pytest.raises(jobs.JobFailed, match="disk full"):
        jobs.run_job(app, "judge", TODAY)

    run = session.scalars(select(models.JobRun)).one()
    assert (run.ok, run.error) == (False, "OSError: disk full")
    assert session.get(models.StoredSetting, "half") is None


def test_one_bad_row_costs_one_digest_and_is_not_hidden(
    app: Flask, session: Session, overdue: models.Measure, cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SC-05."""
    whole = notices.remind_person

    def poisoned(session: Session, user_id: int, *args: Any, **more: Any) -> notices.Tally:
        if user_id == cast.users["unit_a"]:
            raise ValueError("bad row")
        return whole(session, user_id, *args, **more)

    monkeypatch.setattr(notices, "remind_person", poisoned)

    did = jobs.run_job(app, "remind", TODAY)

    assert did["digests"] == 1
    assert did["failures"] == [{"user": cast.users["unit_a"], "error": "ValueError: bad row"}]


def test_a_mail_that_cannot_be_made_is_put_off_and_the_others_go_out(
    app: Flask, session: Session, mail_to: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    queue_tests(session, 3)
    whole = notices.render

    def poisoned(session: Session, outbox: models.Outbox, *args: Any, **more: Any) -> Any:
        if outbox.payload["to"] == "u1@example.cn":
            raise KeyError("bad row")
        return whole(session, outbox, *args, **more)

    monkeypatch.setattr(notices, "render", poisoned)
    with mailserver.serve() as server:
        mail_to(server.port)
        did = jobs.run_job(app, "post", TODAY)

    assert (did["sent"], did["failed"]) == (2, 1)
    assert box_states(session) == {"sent": 2, "queued": 1}


# -- a round against a server's faults -------------------------------------------------------------------------------


def heal(app: Flask, session: Session, server: mailserver.MailServer, after: dt.timedelta) -> dict[str, Any]:
    """The server is well again and some time has passed."""
    server.plan = lambda _step, _who: None
    session.execute(update(models.Outbox).values(claimed_until=None))
    session.commit()
    with time_machine.travel(AT + after, tick=False):
        return jobs.run_job(app, "post", TODAY)


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("MAIL", "421 closing"),
        ("RCPT", "452 disk full"),
        ("DATA", "421 closing"),
        ("MAIL", CUT),
        ("DATA", CUT),
        ("DATA", SILENT),
    ],
)
def test_trouble_of_the_server_ends_the_round_and_all_arrive_once_after_it_heals(
    app: Flask, session: Session, mail_to: Callable[..., None], step: str, answer: str
) -> None:
    """MA-05, F07, F08, F10: one time-out a round, not one a message."""
    queue_tests(session, 5)
    with mailserver.serve(lambda asked, _who: answer if asked == step else None) as server:
        mail_to(server.port)
        did = jobs.run_job(app, "post", TODAY)
        asked = [one for one in server.steps if one[0] == step]

        assert did["trouble"]
        assert len(asked) == 1
        assert session.scalars(select(models.Outbox.tries)).all() == [0] * 5
        session.rollback()
        assert heal(app, session, server, dt.timedelta(minutes=2))["sent"] == 5
        assert Counter(mail.to for mail in server.received) == {f"u{n}@example.cn": 1 for n in range(5)}
    assert post.trouble(session) is None


def test_a_server_that_is_down_costs_one_try_and_rounds_wait_longer(
    app: Flask, session: Session, mail_to: Callable[..., None]
) -> None:
    queue_tests(session, 3)
    mail_to(mailserver.free_port())
    hold = jobs.Hold("host:1", jobs.take_lease(session, "host:1", 300) or 0)

    first = jobs.run_job(app, "post", TODAY, hold=hold)
    second = jobs.run_job(app, "post", TODAY, hold=hold)

    assert "trouble" in first
    assert second == {"paused": True, "waiting": 3}
    assert box_states(session) == {"queued": 3}


def test_a_cut_after_the_mail_was_taken_costs_one_copy_with_the_same_message_id(
    app: Flask, session: Session, mail_to: Callable[..., None]
) -> None:
    """F13: at most one copy more a cut, not one for each hot retry."""
    queue_tests(session, 3)
    cuts = iter([TAKE_AND_CUT])
    with mailserver.serve(lambda step, _who: next(cuts, None) if step == "DATA" else None) as server:
        mail_to(server.port)
        jobs.run_job(app, "post", TODAY)
        assert len(server.received) == 1
        heal(app, session, server, dt.timedelta(minutes=2))

        copies = Counter(mail.message_id for mail in server.received)
    assert sorted(copies.values()) == [1, 1, 2]
    assert box_states(session) == {"sent": 3}


def test_a_refusal_is_final_for_that_mail_alone(app: Flask, session: Session, mail_to: Callable[..., None]) -> None:
    """F14, F16."""
    queue_tests(session, 20)
    with mailserver.serve(
        lambda step, who: "550 no such user" if (step, who) == ("RCPT", "u7@example.cn") else None
    ) as server:
        mail_to(server.port)
        did = jobs.run_job(app, "post", TODAY)
        jobs.run_job(app, "post", TODAY)

        assert (did["sent"], did["dead"]) == (19, 1)
        assert len(server.received) == 19
        assert server.steps.count(("RCPT", "u7@example.cn")) == 1
    dead = session.scalars(select(models.Outbox).where(models.Outbox.state == "dead")).one()
    assert dead.answer == "550 no such user"


def test_greylisting_puts_off_and_is_taken_later_once(
    app: Flask, session: Session, mail_to: Callable[..., None]
) -> None:
    """F11."""
    queue_tests(session, 3)
    with mailserver.serve(lambda step, _who: "450 greylisted" if step == "RCPT" else None) as server:
        mail_to(server.port)
        did = jobs.run_job(app, "post", TODAY)
        soon = jobs.run_job(app, "post", TODAY)

        assert (did["put_off"], soon) == (3, {})
        assert heal(app, session, server, dt.timedelta(minutes=2))["sent"] == 3
        assert len(server.received) == 3


def test_half_of_the_answers_bad_and_each_arrives_once_in_the_end(
    app: Flask, session: Session, mail_to: Callable[..., None]
) -> None:
    """F12."""
    queue_tests(session, 20)
    flips = iter(bool(n * 7 % 3) for n in range(10_000))
    with mailserver.serve(lambda step, _who: "451 flaky" if step == "DATA" and next(flips) else None) as server:
        mail_to(server.port)
        for hour in range(12):
            with time_machine.travel(AT + dt.timedelta(hours=hour), tick=False):
                jobs.run_job(app, "post", TODAY)

        assert Counter(mail.to for mail in server.received) == {f"u{n}@example.cn": 1 for n in range(20)}
    assert box_states(session) == {"sent": 20}


def test_what_became_true_meanwhile_is_not_sent(
    app: Flask, session: Session, overdue: models.Measure, mail_to: Callable[..., None]
) -> None:
    """F17, F35."""
    jobs.run_job(app, "remind", TODAY)
    session.add(
        models.Submission(
            measure_id=overdue.id, submitted_on=TODAY, at=AT, state="accepted", decided_on=TODAY, decided_at=AT
        )
    )
    standing.write(session, [overdue.id], day=TODAY, at=AT)
    session.commit()
    with mailserver.serve() as server:
        mail_to(server.port)
        did = jobs.run_job(app, "post", TODAY)

        assert (did["sent"], did["dropped"], server.received) == (0, 2, [])


def test_two_rounds_at_once_send_each_mail_once(app: Flask, session: Session, mail_to: Callable[..., None]) -> None:
    """F04."""
    queue_tests(session, 30)
    with mailserver.serve() as server:
        mail_to(server.port)
        threads = [threading.Thread(target=jobs.run_job, args=(app, "post", TODAY)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert Counter(mail.to for mail in server.received) == {f"u{n}@example.cn": 1 for n in range(30)}


def test_three_runs_of_reminders_at_once_queue_each_digest_once(
    app: Flask, session: Session, overdue: models.Measure
) -> None:
    """F04."""
    threads = [threading.Thread(target=jobs.run_job, args=(app, "remind", TODAY)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert box_states(session) == {"queued": 2}
    assert session.scalar(select(func.count()).select_from(models.Reminder)) == 2
    assert all(session.scalars(select(models.JobRun.ok)))


def test_rounds_that_did_nothing_leave_one_row(app: Flask, session: Session) -> None:
    for minute in range(5):
        with time_machine.travel(AT + dt.timedelta(minutes=minute), tick=False):
            jobs.run_job(app, "post")

    run = session.scalars(select(models.JobRun)).one()
    assert run.ended_at == AT + dt.timedelta(minutes=4)


# -- the lease -------------------------------------------------------------------------------------------------------


def end_lease(session: Session) -> None:
    past = jobs.database_now(session) - dt.timedelta(seconds=1)
    session.execute(update(models.Lease).values(until_at=past))
    session.commit()


def test_one_leads_and_the_other_stands_by(session: Session) -> None:
    """SC-01."""
    assert jobs.take_lease(session, "a", 30) == 1
    assert jobs.take_lease(session, "b", 30) is None
    assert jobs.is_led(session)


def test_a_standby_takes_over_when_the_lease_ends_and_the_sleeper_is_fenced(session: Session) -> None:
    """F05, F06."""
    sleeper = jobs.Hold("a", jobs.take_lease(session, "a", 30) or 0)
    end_lease(session)

    epoch = jobs.take_lease(session, "b", 30)

    assert epoch == 2
    assert not jobs.beat(session, sleeper, 30)
    with pytest.raises(jobs.LeaseLost):
        jobs.check_fence(session, sleeper)
    jobs.check_fence(session, jobs.Hold("b", 2))


def test_one_who_leads_keeps_the_lease_by_beating(session: Session) -> None:
    hold = jobs.Hold("a", jobs.take_lease(session, "a", 30) or 0)
    end_lease(session)

    assert jobs.beat(session, hold, 30)
    assert jobs.take_lease(session, "b", 30) is None


def test_a_lease_given_up_is_free_at_once(session: Session) -> None:
    jobs.give_up_lease(session, jobs.Hold("a", jobs.take_lease(session, "a", 30) or 0))

    assert not jobs.is_led(session)
    assert jobs.take_lease(session, "b", 30) == 2


def test_a_job_of_a_fenced_scheduler_commits_nothing(app: Flask, session: Session, overdue: models.Measure) -> None:
    """F06."""
    sleeper = jobs.Hold("a", jobs.take_lease(session, "a", 30) or 0)
    end_lease(session)
    jobs.take_lease(session, "b", 30)

    with pytest.raises(jobs.LeaseLost):
        jobs.run_job(app, "remind", TODAY, hold=sleeper)

    assert box_states(session) == {}
    assert session.scalars(select(models.JobRun)).all() == []


def test_a_round_whose_lease_is_lost_amid_sends_nothing_more(
    app: Flask, session: Session, mail_to: Callable[..., None]
) -> None:
    queue_tests(session, 5)
    hold = jobs.Hold("a", jobs.take_lease(session, "a", 300) or 0)

    def lose(step: str, _who: str) -> None:
        if step == "DATA":
            with app.app_context():
                db.session.execute(update(models.Lease).values(epoch=9, holder="b"))
                db.session.commit()

    with mailserver.serve(lose) as server:
        mail_to(server.port)
        with pytest.raises(jobs.LeaseLost):
            jobs.run_job(app, "post", TODAY, hold=hold)

        assert len(server.received) == 1
    assert box_states(session) == {"sent": 1, "queued": 4}


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_the_zone_of_the_machine_changes_nothing(
    app: Flask, session: Session, overdue: models.Measure, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    """F19, R3: half past midnight in Beijing is that day, wherever the machine believes to be."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        with time_machine.travel(dt.datetime(2026, 6, 14, 16, 30, tzinfo=dt.UTC), tick=False):
            jobs.run_job(app, "judge")
            did = jobs.run_job(app, "remind")
    finally:
        monkeypatch.undo()
        time.tzset()

    assert did["queued"] == 2
    assert set(session.scalars(select(models.JobRun.day_on))) == {TODAY}
    assert set(session.scalars(select(models.Outbox.day_on))) == {TODAY}


# -- the timetable ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock_", "expected"),
    [
        ("2026-06-14T16:04:00", []),  # 00:04 in Beijing
        ("2026-06-14T16:05:00", ["judge"]),
        ("2026-06-14T16:10:00", ["judge", "rounds"]),
        ("2026-06-15T00:29:59", ["judge", "rounds", "housekeeping"]),  # not before 08:30
        ("2026-06-15T00:30:00", ["judge", "rounds", "housekeeping", "remind"]),
    ],
)
def test_what_was_missed_today_is_caught_up_once_its_hour_has_come(
    session: Session, clock_: str, expected: list[str]
) -> None:
    """R14, R23."""
    at = dt.datetime.fromisoformat(clock_).replace(tzinfo=dt.UTC)

    assert jobs.missed(session, at, "Asia/Shanghai") == expected


def test_what_ran_well_today_is_not_missed_and_what_failed_waits_a_little(session: Session) -> None:
    for job, ok, minutes in (("judge", True, 60), ("rounds", False, 60), ("housekeeping", False, 5)):
        began = AT - dt.timedelta(minutes=minutes)
        session.add(models.JobRun(job=job, day_on=TODAY, began_at=began, ended_at=began, ok=ok))
    session.add(models.JobRun(job="remind", day_on=TODAY, began_at=AT))  # killed: no end
    session.flush()

    assert jobs.missed(session, AT, "Asia/Shanghai") == ["rounds", "remind"]


def test_the_next_run_is_today_or_tomorrow_by_the_offices_clock() -> None:
    remind = next(slot for slot in jobs.TIMETABLE if slot.job == "remind")

    assert jobs.next_run(remind, AT, "Asia/Shanghai") == dt.datetime(2026, 6, 16, 0, 30, tzinfo=dt.UTC)
    assert jobs.next_run(remind, AT - dt.timedelta(hours=3), "Asia/Shanghai") == dt.datetime(
        2026, 6, 15, 0, 30, tzinfo=dt.UTC
    )


@pytest.fixture
def hurried(app: Flask) -> Iterator[Flask]:
    """The application with a lease of two seconds."""
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], lease_seconds=2)
    yield app


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def ran_well(app: Flask) -> set[str]:
    with app.app_context():
        found = set(db.session.scalars(select(models.JobRun.job).where(models.JobRun.ok)))
        db.session.rollback()
        return found


@pytest.mark.real_clock
def test_a_scheduler_catches_up_when_it_begins_to_lead_and_another_takes_over_at_once(
    hurried: Flask, session: Session
) -> None:
    """R14, F05."""
    first, second = jobs.Runner(hurried), jobs.Runner(hurried)
    local = clock.local(clock.now(), "Asia/Shanghai")
    past = {slot.job for slot in jobs.TIMETABLE if slot.at is not None and slot.at <= local.time()}
    first.start()
    try:
        wait_for(lambda: past <= ran_well(hurried))
        second.start()
        time.sleep(1)
        assert (first.leads, second.leads) == (True, False)

        first.stop()

        wait_for(lambda: second.leads, 5)
        assert not first.leads
    finally:
        first.stop()
        second.stop()
    assert not jobs.is_led(session)


@pytest.mark.real_clock
def test_a_scheduler_runs_what_a_page_asked_for(hurried: Flask, session: Session) -> None:
    def ran(job: str) -> int:
        with hurried.app_context():
            query = select(func.count()).where(models.JobRun.job == job, models.JobRun.ok)
            found = db.session.execute(query).scalar_one()
            db.session.rollback()
            return found

    def still_asked() -> list[str]:
        found = jobs.asked(session)
        session.rollback()
        return found

    runner = jobs.Runner(hurried)
    runner.start()
    try:
        wait_for(lambda: runner.leads)
        before = ran("judge")
        jobs.ask(session, "judge", clock.now())
        session.commit()
        wait_for(lambda: ran("judge") > before and not still_asked())
    finally:
        runner.stop()


@pytest.mark.real_clock
def test_a_scheduler_steps_down_when_another_took_its_lease(hurried: Flask, session: Session) -> None:
    runner = jobs.Runner(hurried)
    runner.start()
    try:
        wait_for(lambda: runner.leads)
        session.execute(update(models.Lease).values(holder="other", epoch=models.Lease.epoch + 1))
        session.commit()
        wait_for(lambda: not runner.leads, 5)
    finally:
        runner.stop()
