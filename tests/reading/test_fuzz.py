"""Files broken in every way we know, of every kind: whatever they hold, reading ends soon and only ever says why not.

The long form reads 20,000 of each kind. The bounds are those of processor time and memory, never of the clock on the wall.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.reading import fuzz
from tests.support import LONG

COUNT = 20_000 if LONG else 100
PROCESSES = 2 if LONG else 1
MEBIBYTES = 700
"""Half of what the child may have that reads uploads."""
ROOT = Path(__file__).parents[2]


@dataclass
class Seen:
    """What became of the files of one kind."""

    told: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)
    peak: int = 0

    def take(self, line: dict[str, object]) -> None:
        self.told[str(line["told"]) or "read"] += 1
        if line["wrong"]:
            self.wrong.append(f"{line['ends']}: {line['wrong']}")
        self.slowest = max(self.slowest, (float(str(line["seconds"])), int(str(line["ends"]))))
        self.peak = max(self.peak, int(str(line["peak"])))

    def add(self, other: Seen) -> None:
        self.told += other.told
        self.wrong += other.wrong
        self.slowest, self.peak = max(self.slowest, other.slowest), max(self.peak, other.peak)


def through(kind: str, first: int, last: int) -> Seen:
    """Reads the files in one process after another: one that dies of a file is followed by one that begins behind it."""
    seen = Seen()
    while first < last:
        command = [sys.executable, "-m", "tests.reading.fuzz", kind, str(first), str(last)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=4 * 3600, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        for line in lines:
            if "ends" in line:
                seen.take(line)
        if done.returncode == 0:
            break
        first = (lines[-1]["begins"] if lines else first) + 1
        why = done.stderr[-800:].decode("utf-8", "replace")
        seen.wrong.append(f"{first - 1}: ended with {done.returncode} {why}")
        seen.told["ended"] += 1
    return seen


@pytest.mark.parametrize("kind", fuzz.KINDS)
def test_broken_files_are_read_or_refused_with_a_sentence(kind: str) -> None:
    step = COUNT // PROCESSES
    seen = Seen()
    with ThreadPoolExecutor(PROCESSES) as pool:
        for part in pool.map(lambda at: through(kind, at, at + step), range(0, COUNT, step)):
            seen.add(part)

    if LONG:
        print(f"\n{kind}: slowest {seen.slowest}, peak {seen.peak} MiB")
        print(json.dumps(dict(seen.told.most_common()), ensure_ascii=False, indent=1))
    assert seen.wrong == []
    assert seen.told.total() == COUNT
    assert seen.slowest[0] < fuzz.SECONDS and seen.peak < MEBIBYTES
    assert seen.told["read"] > COUNT / 6 or kind == "doc"  # else the changes would only ever hit the wrapping


def test_a_broken_file_can_be_made_again() -> None:
    whole = fuzz.seeds("docx")
    assert fuzz.broken("docx", 7, whole) == fuzz.broken("docx", 7, whole) != fuzz.broken("docx", 8, whole)
