"""The timetable, each job as a function of the day, and the lease that whoever schedules must hold (design.md 5, 6).

Jobs know the hour and commit; what they do is done by the rooms below. The one broad `except` of the house lives here.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import CursorResult, delete, insert, literal, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from rectify import access, clock, inbox, models, notices, post, records, rounds, standing
from rectify.models import db
from rectify.rules.mailhours import Hours
from rectify.settings import Settings

T = TypeVar("T")
log = logging.getLogger("rectify.jobs")

LEASE = "scheduler"
ASKED = "job.asked."
LONGEST_STOP = 25.0
"""Seconds within which a scheduler that is told to end has ended, with or without its jobs."""
CATCH_UP_EVERY = 300
TRY_AGAIN_AFTER = dt.timedelta(minutes=15)
KEPT_DAYS = 400
BATCH = 20
STAMP_CHANCES = 3


@dataclass(frozen=True)
class Slot:
    """When a job runs by itself: daily at an hour of the office's clock, or every so many seconds."""

    job: str
    at: dt.time | None = None
    every: int = 0


TIMETABLE = (
    Slot("judge", dt.time(0, 5)),
    Slot("rounds", dt.time(0, 10)),
    Slot("housekeeping", dt.time(3, 30)),
    Slot("remind", dt.time(8, 30)),
    Slot("post", every=60),
)


class JobFailed(Exception):
    """A job ended with an error, which is written in its run; the text is for whoever started it."""


class LeaseLost(Exception):
    """Somebody else leads by now: what this process was about to commit must not be."""


# -- the lease -------------------------------------------------------------------------------------------------------


@dataclass
class Hold:
    """A lease held: by whom, under which epoch. The epoch fences whoever sleeps through its end."""

    holder: str
    epoch: int
    beaten: float = field(default_factory=time.monotonic)  # when the lease was last lengthened
    stopping: threading.Event = field(default_factory=threading.Event)
    aborts: set[Callable[[], None]] = field(default_factory=set)


def database_now(session: Session) -> dt.datetime:
    """The database's clock: one for all hosts (F48)."""
    if session.get_bind().dialect.name == "sqlite":
        told = session.execute(text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")).scalar_one()
        return dt.datetime.fromisoformat(told).replace(tzinfo=dt.UTC)
    moment: dt.datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment.astimezone(dt.UTC)


def take_lease(session: Session, holder: str, seconds: int) -> int | None:
    """Take the lease where nobody holds it; gives the new epoch, None where another one leads. Commits."""
    session.execute(
        insert(models.Lease).from_select(
            ["name", "holder", "epoch"],
            select(literal(LEASE), literal(""), literal(0)).where(
                ~select(models.Lease.name).where(models.Lease.name == LEASE).exists()
            ),
        )
    )
    now, lease = database_now(session), models.Lease
    taken = session.execute(
        update(lease)
        .where(
            lease.name == LEASE,
            # Further ahead than any lease lasts is the mark of a clock that was wrong: it binds nobody.
            (lease.holder == "")
            | lease.until_at.is_(None)
            | (lease.until_at < now)
            | (lease.until_at > now + dt.timedelta(seconds=2 * seconds + 3600)),
        )
        .values(holder=holder, epoch=lease.epoch + 1, since_at=now, until_at=now + dt.timedelta(seconds=seconds))
        .execution_options(synchronize_session=False)
    )
    epoch = session.execute(select(lease.epoch).where(lease.name == LEASE, lease.holder == holder)).scalar()
    session.commit()
    return epoch if _count(taken) == 1 else None


def lengthen(session: Session, hold: Hold, seconds: int) -> bool:
    """Lengthen the lease, in the transaction at hand; False where it is another's by now."""
    until = database_now(session) + dt.timedelta(seconds=seconds)
    kept = session.execute(_own(hold).values(until_at=until).execution_options(synchronize_session=False))
    return _count(kept) == 1


def beat(session: Session, hold: Hold, seconds: int) -> bool:
    """Lengthen the lease and commit; False, with all rolled back, where it is another's by now."""
    if not lengthen(session, hold, seconds):
        session.rollback()
        return False
    session.commit()
    hold.beaten = time.monotonic()
    return True


def give_up_lease(session: Session, hold: Hold) -> None:
    """Let the standby take over at once. Commits."""
    session.execute(_own(hold).values(holder="", until_at=None).execution_options(synchronize_session=False))
    session.commit()


def check_fence(session: Session, hold: Hold) -> None:
    """Make sure, inside the transaction about to be committed, that this process still leads.

    Raises LeaseLost. The row stays locked until the commit, so that nobody takes over in between.
    """
    lease = models.Lease
    query = select(lease.name).where(lease.name == LEASE, lease.holder == hold.holder, lease.epoch == hold.epoch)
    if session.execute(query.with_for_update(read=True)).scalar() is None:
        raise LeaseLost(f"the lease of epoch {hold.epoch} is over")


def _own(hold: Hold) -> Any:
    lease = models.Lease
    return update(lease).where(lease.name == LEASE, lease.holder == hold.holder, lease.epoch == hold.epoch)


def _count(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount


# -- what a job is handed --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """A run of a job: its day and instant, the session, and, where the scheduler runs it, the lease it runs under."""

    app: Flask
    day: dt.date
    at: dt.datetime
    hold: Hold | None = None

    @property
    def session(self) -> Session:
        return cast(Session, db.session)

    @property
    def settings(self) -> Settings:
        found: Settings = self.app.config["SETTINGS"]
        return found

    def commit(self) -> None:
        """Commit what was done, unless another scheduler leads by now.

        Lengthens the lease on the way: a job of many small transactions can keep the beat from getting a turn.
        """
        hold, seconds = self.hold, self.settings.lease_seconds
        if hold is None:
            self.session.commit()
        elif time.monotonic() - hold.beaten < seconds / 4:
            check_fence(self.session, hold)
            self.session.commit()
        elif not beat(self.session, hold, seconds):
            raise LeaseLost(f"the lease of epoch {hold.epoch} is over")

    @property
    def stopping(self) -> bool:
        return self.hold is not None and self.hold.stopping.is_set()


def attempt(doing: str, step: Callable[[], T]) -> tuple[T | None, Exception | None]:
    """Do one step of a job; what it raises is logged and given back, so that one bad row does not stop the night.

    The only broad `except`: here is known what a failed step means, and its transaction is rolled back. Losing the
    lease is no failure of a step and rises.
    """
    try:
        return step(), None
    except LeaseLost:
        db.session.rollback()
        raise
    except Exception as error:
        log.exception("%s failed", doing)
        db.session.rollback()
        return None, error


# -- the jobs --------------------------------------------------------------------------------------------------------


def judge(work: Work) -> dict[str, Any]:
    """The day turns: count what turned, move the next turning days ahead."""
    return dict(standing.turn(work.session, work.day))


def open_and_close_rounds(work: Work) -> dict[str, Any]:
    """Open and close the reporting rounds whose day has come, and plan the next."""
    did: dict[str, Any] = dict(rounds.open_due(work.session, work.day, work.at))
    did |= rounds.close_due(work.session, work.day, work.at)
    return did


def remind(work: Work) -> dict[str, Any]:
    """Write the reminders owed and queue the digests, some people a transaction.

    Where one of them fails they are done again one by one: a bad row costs one digest, no more (SC-05). The digests may be
    sent when all are written: of a run cut short none goes out before the next one has ended.
    """
    session, day = work.session, work.day
    ground = notices.ground(session, day)
    if not ground.calendar.is_workday(day):
        return {"workday": False}
    domain = work.settings.mail_from.rpartition("@")[2]
    total, failed = notices.Tally(), []
    users = notices.recipients(session)
    work.commit()
    batches = [users[start : start + BATCH] for start in range(0, len(users), BATCH)]
    while batches:
        if work.stopping:  # unfinished, so that the next one who leads does it again
            raise LeaseLost("told to stop")
        some = batches.pop(0)
        tally, error = attempt(f"reminding users {some}", lambda some=some: _remind(work, some, ground, domain))  # type: ignore[misc]
        if tally is not None:
            total.add(tally)
        elif len(some) > 1:
            batches = [[user_id] for user_id in some] + batches
        else:
            failed.append({"user": some[0], "error": _short(error)})
    did: dict[str, Any] = {"workday": True, **total.as_numbers(), **notices.let_go(session, day)}
    did["measures_of_nobody"] = notices.of_nobody(session, day)
    work.commit()
    if ground.calendar.provisional(day):
        did["calendar_provisional"] = True
    if failed:
        did |= {"failed": len(failed), "failures": failed[:20]}
    return did


def _remind(work: Work, users: list[int], ground: notices.Ground, domain: str) -> notices.Tally:
    tally = notices.Tally()
    for user_id in users:
        tally.add(notices.remind_person(work.session, user_id, work.day, work.at, ground, domain=domain))
    work.commit()
    work.session.expunge_all()
    return tally


def send_post(work: Work) -> dict[str, Any]:
    """One round of the outbox: claim, render, send, stamp, each its own transaction. Trouble of the server ends it."""
    session, mail = work.session, work.settings.mail
    hours, now = post.hours(session), database_now(session)
    within = hours.open(clock.local(clock.now(), work.settings.timezone))
    waiting = post.waiting(session, work.at, now, within_hours=within)
    held = 0 if within or waiting else post.waiting(session, work.at, now)
    trouble = post.trouble(session)
    session.rollback()
    if not waiting:
        return {"outside_hours": True, "waiting": held} if held else {}
    if mail.kind == "none":
        return {"not_configured": True, "waiting": waiting}
    if work.app.config.get("DEMO") and not mail.is_loopback:
        return {"demonstration": True, "waiting": waiting}  # its people are invented: nothing leaves this machine
    if trouble is not None and work.hold is not None and post.pauses(trouble, work.at):
        return {"paused": True, "waiting": waiting}
    limit = post.limits(work.settings.lease_seconds)
    did = {"sent": 0, "dropped": 0, "put_off": 0, "dead": 0, "failed": 0, "let_go": 0}
    way = post.way(mail, limit, work.settings.mail_from.rpartition("@")[2])
    if work.hold is not None:
        work.hold.aborts.add(way.abort)
    try:
        with way:
            began = time.monotonic()
            claimed = _commit_and_claim(work, limit, hours)
            while claimed is not None:
                outcome = _send_one(work, way, limit, claimed)
                did[outcome] += 1
                if outcome == "sent" and trouble is not None:
                    post.clear_trouble(session)
                    trouble = None
                in_time = time.monotonic() - began < limit.round and not work.stopping
                claimed = _commit_and_claim(work, limit, hours, more=in_time)
    except post.ServerTrouble as error:
        session.rollback()
        post.note_trouble(session, str(error), clock.now())
        post.keep_dialogue(session, [*way.dialogue, str(error)])
        work.commit()
        log.warning("mail round ended: %s", error)
        return {**did, "trouble": str(error)}
    finally:
        if work.hold is not None:
            work.hold.aborts.discard(way.abort)
    return did


@dataclass(frozen=True)
class Claimed:
    """A message claimed, and since when by this machine's steady clock, which runs on while the process is frozen."""

    outbox_id: int
    since: float
    holder: str


def _commit_and_claim(work: Work, limit: post.Limits, hours: Hours, more: bool = True) -> Claimed | None:
    """Commit what became of the last message and the claim of the next in one transaction; None where none is due.

    What the server has taken is stamped even where the lease was lost meanwhile, or it would be sent once more.
    """
    session, hold, found = work.session, work.hold, None
    since = time.monotonic()
    holder = (hold.holder if hold is not None else f"by hand {os.getpid()}:{threading.get_ident()}")[:64]
    if more:
        try:
            if hold is not None:
                check_fence(session, hold)
        except LeaseLost:
            session.commit()
            raise
        at = clock.now()  # a round that began within the hours may run beyond them
        within = hours.open(clock.local(at, work.settings.timezone))
        found = post.claim(session, holder, at, database_now(session), limit.claim, within_hours=within)
    session.commit()
    return Claimed(found, since, holder) if found is not None else None


def _send_one(work: Work, way: post.Server | post.Folder, limit: post.Limits, claimed: Claimed) -> str:
    """Take one claimed message to its stamp, which the caller commits; gives what became of it.

    Raises post.ServerTrouble, the message given back.
    """
    session, settings, outbox_id = work.session, work.settings, claimed.outbox_id

    def render() -> tuple[notices.Message, models.Outbox, bytes] | notices.Dropped:
        session.connection(execution_options={"read_only": True})
        row = session.get_one(models.Outbox, outbox_id)
        found = notices.render(session, row, work.day, base_url=settings.base_url)
        if isinstance(found, notices.Dropped):
            return found
        data = post.compose(
            sender=settings.mail_from,
            to=found.to,
            subject=found.subject,
            text=found.text,
            html=found.html,
            message_id=row.message_id,
            at=clock.local(clock.now(), settings.timezone),
        )
        session.expunge(row)
        return found, row, data

    rendered, error = attempt(f"rendering mail {outbox_id}", render)
    session.rollback()
    if error is not None or rendered is None:
        post.put_off(session, outbox_id, clock.now(), f"邮件无法生成：{_short(error)}")
        return "failed"
    if isinstance(rendered, notices.Dropped):
        post.stamp_dropped(session, outbox_id, rendered.reason)
        return "dropped"
    message, row, data = rendered
    # Slept through its claim (F06): another may have sent it by now, and will have stamped it.
    if time.monotonic() - claimed.since > limit.claim / 5:
        post.let_go(session, outbox_id, claimed.holder)
        return "let_go"
    try:
        answer = way.send(settings.mail_from, message.to, row.message_id, data)
    except post.Refused as refused:
        if row.kind == "test":
            post.keep_dialogue(session, way.dialogue, outbox_id)
        if refused.final:
            post.stamp_dead(session, outbox_id, str(refused), to=message.to)
            return "dead"
        return "dead" if post.put_off(session, outbox_id, clock.now(), str(refused)) == "dead" else "put_off"
    except post.ServerTrouble as trouble:
        post.give_back(session, outbox_id, clock.now(), str(trouble))
        session.commit()
        raise
    _stamp_sent(session, outbox_id, message, answer)
    if row.kind == "test":
        post.keep_dialogue(session, way.dialogue, outbox_id)
    return "sent"


def _stamp_sent(session: Session, outbox_id: int, message: notices.Message, answer: str) -> None:
    """Stamp what the server has taken. Tried again where the database is busy or was restarted: else a copy is sent."""
    for chance in range(STAMP_CHANCES):
        try:
            post.stamp_sent(
                session,
                outbox_id,
                clock.now(),
                to=message.to,
                subject=message.subject,
                text=message.kept_text,
                html=message.kept_html,
                answer=answer,
            )
            return
        except OperationalError:
            session.rollback()
            if chance == STAMP_CHANCES - 1:
                raise


def housekeeping(work: Work) -> dict[str, Any]:
    """Remove what nobody needs any more: ended sessions, spent tokens and keys, old tries, runs and notices."""
    session, at = work.session, work.at
    month, week = at - dt.timedelta(days=30), at - dt.timedelta(days=7)
    seen, reset, run = models.UserSession, models.ResetToken, models.JobRun
    old = {
        "sessions": delete(seen).where((seen.seen_at < month) | (seen.ended_at < month)),
        "reset_tokens": delete(reset).where(reset.expires_at < week),
        "once_keys": delete(models.OnceKey).where(models.OnceKey.at < week),
        "sign_in_attempts": delete(models.SignInAttempt).where(models.SignInAttempt.at < month),
        "job_runs": delete(run).where(run.began_at < at - dt.timedelta(days=KEPT_DAYS)),
    }
    did = {
        name: _count(session.execute(statement.execution_options(synchronize_session=False)))
        for name, statement in old.items()
    }
    return {**did, "resets_spent": post.drop_spent_resets(session, at), "notices": inbox.sweep(session, at)}


JOBS: dict[str, Callable[[Work], dict[str, Any]]] = {
    "judge": judge,
    "rounds": open_and_close_rounds,
    "remind": remind,
    "post": send_post,
    "housekeeping": housekeeping,
}


# -- running a job ---------------------------------------------------------------------------------------------------


def run_job(app: Flask, name: str, day: dt.date | None = None, *, hold: Hold | None = None) -> dict[str, Any]:
    """Run one job for a day (default: today) and write what it did; gives its numbers.

    Can be run at any time, any number of times, beside a scheduler. Raises JobFailed, the error being written.
    """
    with app.app_context():
        at = clock.now()
        work = Work(app, day or clock.day_of(at, app.config["SETTINGS"].timezone), at, hold)
        quiet = name == "post"  # runs every minute: a round that did nothing writes no row of its own
        run_id = None if quiet else _begin(work, name)

        def whole() -> dict[str, Any]:
            did = JOBS[name](work)
            if not quiet:
                _end(work, run_id, name, did)
            work.commit()
            return did

        did, error = attempt(f"job {name}", whole)
        if error is not None:
            run_id = run_id or _begin(work, name)
            _end(work, run_id, name, {}, error)
            work.session.commit()
            raise JobFailed(f"{name} 未完成：{_short(error)}")
        assert did is not None
        if quiet:
            _note_round(work, did)
        log.info("%s for %s did %s", name, work.day, did)
        return did


def _begin(work: Work, name: str) -> int:
    """Write that a run began; one without an end was killed."""
    run = models.JobRun(job=name, day_on=work.day, began_at=work.at, epoch=work.hold.epoch if work.hold else 0)
    work.session.add(run)
    work.session.flush()
    run_id = run.id
    work.commit()
    return run_id


def _end(work: Work, run_id: int | None, name: str, did: dict[str, Any], error: Exception | None = None) -> None:
    run = work.session.get_one(models.JobRun, run_id)
    run.ended_at, run.ok = clock.now(), error is None
    run.did, run.error = did, _short(error) if error else ""
    numbers = {key: value for key, value in did.items() if isinstance(value, int)}
    records.write(
        work.session, access.SYSTEM, run.ended_at, f"job.{name}", "job_run", run.id, ok=error is None, **numbers
    )


def _note_round(work: Work, did: dict[str, Any]) -> None:
    """Write a round of the outbox that did something; one that did nothing only moves the last idle row ahead."""
    session, run = work.session, models.JobRun
    busy = any(did.get(key) for key in ("sent", "dropped", "put_off", "dead", "failed", "let_go", "trouble"))
    last = session.scalars(select(run).where(run.job == "post").order_by(run.began_at.desc(), run.id.desc())).first()
    if busy or last is None or not last.ok or last.did != did or last.day_on != work.day:
        last = run(job="post", day_on=work.day, began_at=work.at, epoch=work.hold.epoch if work.hold else 0)
        session.add(last)
    last.began_at, last.ended_at, last.ok, last.did = work.at, clock.now(), True, did
    session.flush()
    if busy:
        numbers = {key: value for key, value in did.items() if value}
        records.write(session, access.SYSTEM, last.ended_at, "job.post", "job_run", last.id, **numbers)
    session.commit()


def _short(error: Exception | None) -> str:
    return f"{type(error).__name__}: {error}"[:500]


# -- what is missing, what was asked for -----------------------------------------------------------------------------


def missed(session: Session, at: dt.datetime, timezone: str) -> list[str]:
    """The daily jobs whose hour has passed today without a good run, in the order of the timetable (R14).

    One that failed less than 15 minutes ago waits.
    """
    local = clock.local(at, timezone)
    run = models.JobRun
    found = []
    for slot in TIMETABLE:
        if slot.at is None or local.time() < slot.at:
            continue
        runs = session.execute(
            select(run.ok, run.began_at, run.ended_at).where(run.job == slot.job, run.day_on == local.date())
        ).all()
        just_failed = any(r.ok is False and at - TRY_AGAIN_AFTER < r.began_at <= at for r in runs)
        if not any(r.ok for r in runs) and not just_failed:
            found.append(slot.job)
    return found


def next_run(slot: Slot, at: dt.datetime, timezone: str) -> dt.datetime | None:
    """When a daily job is due next, as an instant; None for one that runs at short intervals."""
    if slot.at is None:
        return None
    zone, local = ZoneInfo(timezone), clock.local(at, timezone)
    day = local.date() if local.time() < slot.at else local.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, slot.at, zone).astimezone(dt.UTC)


def ask(session: Session, name: str, at: dt.datetime) -> None:
    """Ask whoever schedules to run a job now: a page waits for no job and no mail server (MA-06). Flushes."""
    assert name in JOBS, name
    session.merge(models.StoredSetting(key=ASKED + name, value=at.isoformat()))
    session.flush()


def asked(session: Session) -> list[str]:
    """Which jobs were asked for and have not begun."""
    row = models.StoredSetting
    query = select(row.key).where(row.key.in_([ASKED + name for name in JOBS]), row.value != "").order_by(row.key)
    return [key.removeprefix(ASKED) for key in session.scalars(query)]


def leader(session: Session) -> models.Lease | None:
    """The lease as it stands, None where nobody ever led."""
    return session.get(models.Lease, LEASE, populate_existing=True)


def is_led(session: Session) -> bool:
    """Whether somebody schedules at this moment, by the database's clock."""
    lease = leader(session)
    return bool(lease and lease.holder and lease.until_at and lease.until_at > database_now(session))


# -- the scheduler ---------------------------------------------------------------------------------------------------


class Runner:
    """One who wants to schedule: stands by for the lease, runs the timetable while holding it, ends when told."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._settings: Settings = app.config["SETTINGS"]
        self._name = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._hold: Hold | None = None
        self._scheduler: BackgroundScheduler | None = None

    @property
    def leads(self) -> bool:
        """Whether this process runs the timetable at this moment."""
        return self._hold is not None

    def start(self) -> None:
        """Start to stand by, in a thread of its own."""
        self._thread = threading.Thread(target=self.loop, name="rectify-scheduler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End within LONGEST_STOP seconds: running jobs end or are cut at a safe place, and the standby takes over."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(LONGEST_STOP + 2)

    def loop(self) -> None:
        """Stand by and lead until told to stop."""
        pause = max(0.5, self._settings.lease_seconds / 3)
        wall, steady = clock.now(), time.monotonic()
        try:
            while not self._stop.is_set():
                self._turn()
                self._stop.wait(pause)
                moved = (clock.now() - wall).total_seconds() - (time.monotonic() - steady)
                if abs(moved) > 3600:
                    log.warning("the clock was set by %d s; nothing is undone and nothing sent again", moved)
                wall, steady = clock.now(), time.monotonic()
        finally:
            self._step_down(give_up=True)

    def _turn(self) -> None:
        """One look at the lease: take it, lengthen it, or find that it is another's."""
        seconds = self._settings.lease_seconds
        if self._hold is None:
            epoch, _ = attempt("taking the lease", lambda: self._in_app(lambda s: take_lease(s, self._name, seconds)))
            if epoch is not None:
                self._lead(Hold(self._name, epoch))
            return
        hold = self._hold
        kept, error = attempt("keeping the lease", lambda: self._in_app(lambda s: beat(s, hold, seconds)))
        if kept:
            attempt("looking for jobs asked for", self._run_asked)
        elif error is None or time.monotonic() - hold.beaten > seconds:
            self._step_down(give_up=False)

    def _in_app(self, step: Callable[[Session], T]) -> T:
        with self._app.app_context():
            return step(cast(Session, db.session))

    def _lead(self, hold: Hold) -> None:
        zone = ZoneInfo(self._settings.timezone)
        scheduler = BackgroundScheduler(
            timezone=zone,
            executors={"default": ThreadPoolExecutor(1), "mail": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": 3600, "coalesce": True, "max_instances": 1},
        )
        for slot in TIMETABLE:
            if slot.at is not None:
                trigger: Any = CronTrigger(hour=slot.at.hour, minute=slot.at.minute, timezone=zone)
            else:
                trigger = IntervalTrigger(seconds=slot.every, timezone=zone)
            executor = "mail" if slot.job == "post" else "default"
            scheduler.add_job(self._run, trigger, (slot.job,), id=slot.job, executor=executor)
        every = IntervalTrigger(seconds=CATCH_UP_EVERY, timezone=zone)
        soon = clock.now() + dt.timedelta(milliseconds=200)
        scheduler.add_job(self._catch_up, every, id="catch_up", next_run_time=soon)
        scheduler.modify_job("post", next_run_time=soon + dt.timedelta(seconds=1))
        self._hold, self._scheduler = hold, scheduler
        scheduler.start()
        log.info("%s leads, epoch %d", hold.holder, hold.epoch)

    def _step_down(self, *, give_up: bool) -> None:
        hold, scheduler = self._hold, self._scheduler
        self._hold = self._scheduler = None
        if hold is None or scheduler is None:
            return
        hold.stopping.set()
        if give_up:
            ending = threading.Thread(target=scheduler.shutdown, name="rectify-shutdown", daemon=True)
            ending.start()
            ending.join(LONGEST_STOP / 2)
            for abort in list(hold.aborts):
                abort()
            ending.join(LONGEST_STOP / 2)
            attempt("giving up the lease", lambda: self._in_app(lambda s: give_up_lease(s, hold)))
        else:
            for abort in list(hold.aborts):
                abort()
            scheduler.shutdown(wait=False)
        log.info("%s stepped down, epoch %d", hold.holder, hold.epoch)

    def _run(self, name: str) -> None:
        hold = self._hold
        if hold is None or hold.stopping.is_set():
            return
        try:
            run_job(self._app, name, hold=hold)
        except JobFailed as error:
            log.error("%s", error)
        except LeaseLost as error:
            log.warning("%s dropped: %s", name, error)

    def _catch_up(self) -> None:
        timezone = self._settings.timezone
        for name in self._in_app(lambda s: missed(s, clock.now(), timezone)):
            self._run(name)

    def _run_asked(self) -> None:
        scheduler = self._scheduler
        for name in self._in_app(asked):
            self._in_app(lambda s, name=name: _answer(s, name))  # type: ignore[misc]
            if scheduler is not None:
                scheduler.modify_job(name, next_run_time=clock.now())


def _answer(session: Session, name: str) -> None:
    session.execute(
        update(models.StoredSetting)
        .where(models.StoredSetting.key == ASKED + name)
        .values(value="")
        .execution_options(synchronize_session=False)
    )
    session.commit()


def run_forever(app: Flask) -> None:
    """`rectify jobs run`: schedule until SIGTERM or Ctrl-C, then end within 30 seconds. For the main thread."""
    runner = Runner(app)
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    runner.start()
    while not told.wait(1.0):
        continue
    runner.stop()
    if runner.leads or threading.active_count() > 1:
        # A job that does not end within the time must not keep the process: what it did not commit is rolled back.
        logging.shutdown()
        os._exit(0)


def end_on_signal() -> None:
    """Makes SIGTERM end the main thread as Ctrl-C does, so that what stands in `finally` gives the lease back."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
