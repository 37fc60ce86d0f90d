"""Several processes at once: what one saved, no other takes back unseen (IN-08, DD-04); what one owes, no other sends."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import models
from tests import factories
from tests.support import mailserver

PROCESSES = 4
CHANGES = 200
ROOT = Path(__file__).resolve().parent.parent


def test_four_processes_lose_no_update(session: Session, database_url: str, tmp_path: Path) -> None:
    """R12's ground: BEGIN IMMEDIATE on SQLite, the version column on PostgreSQL."""
    issue = factories.make_issue(session, factories.make_inspection(session))
    measure_id = factories.make_measure(session, issue, target_quantity=0).id
    session.commit()

    command = [
        sys.executable,
        "-m",
        "tests.support.adder",
        database_url,
        str(tmp_path / "data"),
        str(measure_id),
        str(CHANGES),
    ]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    told = [process.communicate(timeout=300) for process in running]

    assert [process.returncode for process in running] == [0] * PROCESSES, told
    session.expire_all()
    measure = session.get_one(models.Measure, measure_id)
    print(f"stale reads told and tried again: {sum(int(out) for out, _ in told)}")
    assert measure.target_quantity == PROCESSES * CHANGES


def test_reminders_run_ten_times_by_two_processes_at_once_make_one_digest_each(
    session: Session, database_url: str, tmp_path: Path
) -> None:
    """R12, F04: no lease keeps them apart, as jobs run by hand have none; what is written is unique."""
    units = 8
    issue = factories.make_issue(session, factories.make_inspection(session))
    for n in range(units):
        unit = factories.make_unit(session, f"第{n:02d}单位")
        factories.make_user(session, f"clerk{n:02d}", "clerk", unit=unit)
        for m in range(2):
            factories.make_measure(session, issue, lead=unit, deadline_on=dt.date(2026, 6, 1), text=f"第{n}-{m}条措施")
    session.commit()

    with mailserver.serve() as server:
        did = at_once(tmp_path, 5, "remind", "post", database_url=database_url, port=server.port)
        received = Counter(mail.to for mail in server.received)

    people = {f"clerk{n:02d}@example.cn" for n in range(units)} | {"office@example.cn"}
    assert received == dict.fromkeys(people, 1)
    runs = [run for run in did if run["job"] == "remind"]
    assert len(runs) == 10
    assert sum(run["digests"] for run in runs) == len(people)
    # What two wrote at the same moment both count as queued: the rows say what is owed.
    owed = units * 2 * 2  # each measure to its unit and to the office
    assert all(run["owed"] == run["queued"] + run["already"] + run["later"] + run["suppressed"] == owed for run in runs)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(models.Reminder)) == owed
    states = select(models.Outbox.state, func.count()).group_by(models.Outbox.state)
    assert dict(session.execute(states).tuples().all()) == {"sent": len(people)}


def at_once(folder: Path, times: int, *names: str, database_url: str, port: int) -> list[dict[str, Any]]:
    """Let two processes run these jobs so many times, beginning at the same moment; what each run did."""
    go = folder / "go"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RECTIFY_DATABASE_URL": database_url,
        "RECTIFY_DATA_DIR": str(folder / "data"),
        "RECTIFY_MAIL_URL": f"smtp://127.0.0.1:{port}?tls=off",
    }
    command = [sys.executable, "-m", "tests.support.reminder", str(go), str(times), *names]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate(timeout=60)
    go.touch()
    told = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    return [json.loads(line) for out, _ in told for line in out.splitlines()]
