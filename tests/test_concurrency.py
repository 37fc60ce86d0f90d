"""Several processes at one row: what one saved, no other takes back unseen (IN-08, DD-04)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy.orm import Session

from rectify import models
from tests import factories

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
