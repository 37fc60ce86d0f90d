"""A process that runs jobs again and again as soon as it is told to go, and prints what each run did as a line of JSON.

`python -m tests.support.reminder GO TIMES JOB…`: it begins when the file GO is there. Its clock stands in a working
morning; everything else comes from the environment, as for the command.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import time_machine

from rectify import jobs
from rectify.factory import create_app
from tests.conftest import AT, TODAY


def main(go: str, times: int, names: list[str]) -> None:
    app = create_app()
    with time_machine.travel(AT, tick=True):
        print("ready", flush=True)
        while not Path(go).exists():
            time.sleep(0.005)
        for _ in range(times):
            for name in names:
                print(json.dumps({"job": name, **jobs.run_job(app, name, TODAY)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
