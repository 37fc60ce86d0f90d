"""Schedulers killed and frozen at random moments while a morning's digests go out: nothing lost, nothing sent anew."""

from __future__ import annotations

import contextlib
import datetime as dt
import multiprocessing
import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import models
from tests import factories
from tests.chaos import scheduler
from tests.support import mailserver

MORNING = dt.datetime(2026, 6, 15, 0, 31, tzinfo=dt.UTC)  # 08:31 on a Monday in Beijing
LATE = dt.date(2026, 6, 1)

pytestmark = pytest.mark.real_clock


def add_people(session: Session, digests: int) -> None:
    """As many units, each with a clerk and one overdue measure that nobody with an account oversees."""
    inspection = factories.make_inspection(session)
    issue = factories.make_issue(session, inspection)
    for n in range(digests - 1):  # the last digest is the office's
        unit = factories.make_unit(session, f"第{n:04d}单位")
        factories.make_user(session, f"clerk{n:04d}", "clerk", unit=unit)
        factories.make_measure(session, issue, lead=unit, deadline_on=LATE, text=f"第{n}条措施")
    session.commit()


class Schedulers:
    """Two scheduler processes on one database, that can be killed, frozen and started again."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self._began = time.time()
        self._forking = multiprocessing.get_context("forkserver")
        self._forking.set_forkserver_preload([scheduler.__name__])
        self.running: list[ForkServerProcess] = []

    def start(self) -> None:
        moved = MORNING.timestamp() - self._began
        process = self._forking.Process(target=scheduler.main, args=(moved, self._environment, self._log))
        process.start()
        self.running.append(process)

    def kill(self, process: ForkServerProcess) -> None:
        self.running.remove(process)
        process.kill()
        process.join()

    def freeze(self, process: ForkServerProcess, seconds: float) -> None:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGCONT)

    def end(self) -> list[int | None]:
        """Tell all to end, as a service manager does; their exit codes."""
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.join(timeout=30)
        return [process.exitcode for process in self.running]


@contextlib.contextmanager
def schedulers(environment: dict[str, str], log: Path) -> Iterator[Schedulers]:
    two = Schedulers(environment, log)
    try:
        yield two
    finally:
        for process in list(two.running):
            two.kill(process)


def wait(condition: Callable[[], bool], seconds: float, log: Path) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, log.read_text(errors="replace")[-4000:]
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("digests", "kills", "seed"),
    [(120, 8, 20260615), pytest.param(1000, 60, 20201231, marks=pytest.mark.long)],
)
def test_each_digest_arrives_once_or_twice_with_the_same_message_id(
    session: Session, database_url: str, tmp_path: Path, capsys: Any, digests: int, kills: int, seed: int
) -> None:
    """F01, F02, F03, F05, F06; the copies are those whose kill fell between the 250 and the stamp."""
    add_people(session, digests)
    dice, log, frozen = random.Random(seed), tmp_path / "schedulers.log", 0
    with mailserver.serve(delay=0.002) as server:
        environment = {
            "RECTIFY_DATABASE_URL": database_url,
            "RECTIFY_DATA_DIR": str(tmp_path / "data"),
            "RECTIFY_MAIL_URL": f"smtp://127.0.0.1:{server.port}?tls=off",
            "RECTIFY_LEASE_SECONDS": "2",
        }
        with schedulers(environment, log) as two:
            two.start()
            two.start()
            for n in range(kills):
                if n < kills // 4:  # while reminders are being written
                    mark = reminders(session) + dice.randint(1, digests // 4)
                    wait(lambda mark=mark: reminders(session) >= min(mark, 2 * (digests - 1)), 60, log)  # type: ignore[misc]
                    time.sleep(dice.uniform(0, 0.2))
                else:  # amid the mails, wherever that is in a mail's life
                    mark = len(server.received) + dice.randint(1, max(2, digests // kills))
                    wait(lambda mark=mark: len(server.received) >= min(mark, digests - 5), 60, log)  # type: ignore[misc]
                    time.sleep(dice.uniform(0, 0.05))
                victim = leading(session, two) if dice.random() < 0.85 else None
                victim = victim or dice.choice(two.running)
                if n % 4 == 1:  # both while reminders are being written and amid the mails
                    two.freeze(victim, 2.5)
                    frozen += 1
                else:
                    two.kill(victim)
                    two.start()
            wait(lambda: settled(session, digests), 120, log)
            codes = two.end()

        copies: dict[str, Counter[str]] = defaultdict(Counter)
        for mail in server.received:
            copies[mail.to][mail.message_id] += 1
    once = sum(1 for ids in copies.values() if sum(ids.values()) == 1)
    twice = sum(1 for ids in copies.values() if list(ids.values()) == [2])
    with capsys.disabled():
        print(
            f"\n{digests} digests, {kills - frozen} kills, {frozen} freezes: {once} arrived once, "
            f"{twice} twice with the same Message-ID, {digests - len(copies)} never, "
            f"{len(copies) - once - twice} otherwise"
        )
    assert len(copies) == digests
    assert once + twice == digests
    assert twice <= kills
    assert codes == [0, 0]
    assert reminders(session) == 2 * (digests - 1), "each measure's unit and the office, once"


def looked_up(session: Session, query: Any) -> Any:
    """One value, read without keeping the schedulers from writing."""
    session.rollback()
    session.connection(execution_options={"read_only": True})
    found = session.execute(query).scalar()
    session.rollback()
    return found


def leading(session: Session, two: Schedulers) -> ForkServerProcess | None:
    """The process that holds the lease."""
    holder = looked_up(session, select(models.Lease.holder)) or ""
    return next((process for process in two.running if f":{process.pid}:" in holder), None)


def reminders(session: Session) -> int:
    """How many reminders are written."""
    return int(looked_up(session, select(func.count()).select_from(models.Reminder)))


def settled(session: Session, digests: int) -> bool:
    """Every digest is written and stamped."""
    sent = looked_up(session, select(func.count()).select_from(models.Outbox).where(models.Outbox.state == "sent"))
    return bool(sent == digests)
