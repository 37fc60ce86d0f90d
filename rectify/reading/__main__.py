"""`python -m rectify.reading FILE` prints a plan's draft as JSON; `--apart NAME SHEETS` reads standard input under limits.
The command `rectify plan read` is in `commands`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rectify.reading import MEMORY, SECONDS, UNREADABLE_STATUS, Unreadable, read


def main(arguments: list[str]) -> int:
    """0: the draft is on standard output; 3: a sentence says why not; 2: wrong use."""
    apart = len(arguments) == 3 and arguments[0] == "--apart"
    if not apart and len(arguments) != 1:
        print("用法：python -m rectify.reading 文件", file=sys.stderr)
        return 2
    if apart:
        _limit()
    try:
        data = sys.stdin.buffer.read() if apart else Path(arguments[0]).read_bytes()
        document = (read(data, arguments[1], json.loads(arguments[2])) if apart else read(data, arguments[0])).as_json()
    except Unreadable as problem:
        if apart:
            _write({"unreadable": problem.as_json()})
        else:
            print(problem, file=sys.stderr)
        return UNREADABLE_STATUS
    except OSError as problem:
        print(f"打不开文件{arguments[-1]}：{problem.strerror or problem}。", file=sys.stderr)
        return 1
    _write(document)
    return 0


def _write(document: object) -> None:
    text = json.dumps(document, ensure_ascii=False)
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def _limit() -> None:
    """Memory, time and writing are bounded where the system can bound them."""
    try:
        import resource
    except ImportError:  # not a Unix: the parent's time limit remains
        return
    for kind, amount in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0)):
        try:
            resource.setrlimit(kind, (amount, amount))
        except (ValueError, OSError):
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
