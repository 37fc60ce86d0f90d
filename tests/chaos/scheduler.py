"""A scheduler process for the chaos test: `rectify jobs run` with a clock set to a working morning and short intervals.

Its argument is how many seconds the clock is moved. Everything else comes from the environment, as for the command.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import sys

import time_machine

from rectify import jobs
from rectify.factory import create_app


def main(moved_seconds: float) -> None:
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(name)s %(message)s")
    jobs.TIMETABLE = tuple(dataclasses.replace(slot, every=2) if slot.every else slot for slot in jobs.TIMETABLE)
    app = create_app()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=moved_seconds), tick=True):
        jobs.run_forever(app)


if __name__ == "__main__":
    main(float(sys.argv[1]))
