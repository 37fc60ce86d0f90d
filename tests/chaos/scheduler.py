"""A scheduler process for the chaos test: `rectify jobs run` with a clock set to a working morning and short intervals.

Each is forked from a process that has imported this, which would take most of its life: dozens are started.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import os
from pathlib import Path

import time_machine

from rectify import jobs, notices
from rectify.factory import create_app


def main(moved_seconds: float, environment: dict[str, str], log: Path) -> None:
    """Schedule until told to end, with the clock moved; all else comes from the environment, as for the command."""
    with log.open("ab") as told:
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)
    os.environ.update(environment)
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(name)s %(message)s")
    jobs.TIMETABLE = tuple(dataclasses.replace(slot, every=2) if slot.every else slot for slot in jobs.TIMETABLE)
    notices.MOST_NEW = 10**6  # the morning's ledger is new to everybody; nobody is there to release it
    app = create_app()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=moved_seconds), tick=True):
        jobs.run_forever(app)
