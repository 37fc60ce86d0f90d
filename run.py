#!/usr/bin/env python3
"""One command on a fresh machine: makes the environment, then serves, or runs every check. Standard library only.

    python3 run.py                the demonstration city, in its own folder data-demo
    python3 run.py --office       an empty installation, in the folder data
    python3 run.py test [--long] [pytest arguments]

How pages are served, databases migrated and cities invented is the `rectify` command's; here is what comes before it.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NEWEST_REFUSED = (3, 10)
RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"
MARK_OF_A_DEMONSTRATION = ".demonstration"
# What never asks for the run's database, by pages or otherwise (test_run.py holds it to that).
WITHOUT_A_DATABASE = (
    "tests/rules",
    "tests/reading",
    "tests/test_commands.py",
    "tests/test_files.py",
    "tests/test_packaging.py",
    "tests/test_run.py",
    "tests/test_writing.py",
    "tests/upkeep/test_city.py",
    "tests/upkeep/test_demo.py",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Stop(Exception):
    """What ends the start: one sentence that says what is wrong and what to do."""


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        refuse_an_old_python()
        if arguments[:1] == ["test"]:
            return run_checks(arguments[1:])
        return serve(arguments)
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n已停止 (stopped)", file=sys.stderr)
        return 130


# --- serving ---


def serve(arguments: list[str]) -> int:
    """Makes the environment, fills a new demonstration, and becomes `rectify serve`."""
    parser = argparse.ArgumentParser(
        prog="run.py", description="启动整改台账 (start rectify)", epilog="python3 run.py test"
    )
    parser.add_argument(
        "--office", action="store_true", help="正式使用，从空的系统开始 (a real office, starting empty)"
    )
    chosen = parser.parse_args(arguments)
    environment = Environment(RUNTIME)
    environment.make()
    settings = dict(os.environ)
    rectify = str(environment.program("rectify"))
    if not chosen.office:
        folder = Path(settings.setdefault("RECTIFY_DATA_DIR", str(HERE / "data-demo"))).expanduser()
        settings["RECTIFY_DATA_DIR"] = str(folder.absolute())
        if settings.pop("RECTIFY_DATABASE_URL", ""):
            print("演示不使用 RECTIFY_DATABASE_URL (the demonstration keeps to its own folder)", file=sys.stderr)
        fill_the_demonstration(rectify, folder, settings)
    elif not settings.get("RECTIFY_DATA_DIR"):
        settings["RECTIFY_DATA_DIR"] = str(HERE / "data")
    say("启动 · starting")
    end_progress()
    if os.name == "posix":
        # The same process, so that whoever stops run.py stops the server.
        os.execve(rectify, [rectify, "serve"], settings)
    return subprocess.call([rectify, "serve"], env=settings)


def fill_the_demonstration(rectify: str, folder: Path, settings: dict[str, str]) -> None:
    """Runs `rectify demo` once for a folder; its mark is left at the end, so that a start cut short is repeated."""
    mark = folder / MARK_OF_A_DEMONSTRATION
    if mark.exists():
        return
    say("生成演示城市 · inventing the demonstration city")
    end_progress()
    if subprocess.call([rectify, "demo"], env=settings, stdin=subprocess.DEVNULL):
        raise Stop(
            f"演示数据未能写入 {folder}：若其中是正式数据，请用 python3 run.py --office 启动；若是未完成的演示，"
            "请删除该文件夹后重试 (the demonstration could not be made there: start a real office with --office, "
            "or remove the folder and start again)"
        )
    mark.write_text("rectify demo\n", encoding="utf-8")


# --- the environment ---


def refuse_an_old_python() -> None:
    if sys.version_info[:2] <= NEWEST_REFUSED:
        raise Stop(
            "需要 Python 3.11 或更高版本，当前为 {}.{}，请安装后再运行 (Python 3.11 or newer is needed)".format(
                *sys.version_info[:2]
            )
        )


class Environment:
    """The folder .venv with what one lock names and the project itself, each installed only when it changed."""

    def __init__(self, lock: str) -> None:
        self.lock = lock
        self.folder = HERE / ".venv"
        self.stamp = self.folder / "rectify-installed.json"
        self.uv = shutil.which("uv")

    def program(self, name: str) -> Path:
        windows = os.name == "nt"
        return self.folder / ("Scripts" if windows else "bin") / (name + ".exe" if windows else name)

    def make(self) -> None:
        """Brings the environment up to date. Raises Stop with one sentence where that is impossible."""
        there = self.read_stamp()
        if not self.python() or there.get("folder", str(self.folder)) != str(self.folder):
            self.create()
            there = {}
        if there.get("python") != self.python():
            there = {"python": self.python(), "folder": str(self.folder)}
        # The development lock holds all of the other, at the same versions; so it serves for both.
        locks = [RUNTIME, DEVELOPMENT] if self.lock == DEVELOPMENT else [RUNTIME]
        libraries = {name: digest(HERE / name) for name in locks}
        if not libraries.items() <= there.items():
            count = sum("==" in line for line in (HERE / self.lock).read_text(encoding="utf-8").splitlines())
            self.install(f"安装 {count} 个程序库 · installing {count} libraries", "--require-hashes", "-r", self.lock)
            there = self.write_stamp({**there, **libraries})
        project = {"project": digest(HERE / "pyproject.toml", HERE / "hatch_build.py", *catalogues())}
        if not project.items() <= there.items() or not self.program("rectify").exists():
            self.install("安装本程序 · installing rectify", "--no-deps", "--no-build-isolation", "-e", ".")
            self.write_stamp({**there, **project})

    def write_stamp(self, stamp: dict[str, str]) -> dict[str, str]:
        self.stamp.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
        return stamp

    def read_stamp(self) -> dict[str, str]:
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def python(self) -> str:
        """The version of the environment's Python; empty where it does not run or cannot be installed into."""
        probe = "import sys; print(sys.version_info >= (3, 11) and sys.version)" + ("" if self.uv else "; import pip")
        try:
            done = subprocess.run(
                [str(self.program("python")), "-c", probe],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except OSError:
            return ""
        said = done.stdout.decode(errors="replace").strip()
        return "" if done.returncode or said == "False" else said

    def create(self) -> None:
        say("建立运行环境 · making the environment")
        if can_make_environments():
            command = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
        elif self.uv:
            command = [self.uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(self.folder)]
        else:
            raise Stop(
                "这个 Python 缺少 venv：请安装系统软件包 python3-venv（例如 apt install python3-venv）后再运行 "
                "(this Python lacks venv: install the package python3-venv)"
            )
        failed, said = quietly(command)
        if failed:
            raise Stop(
                f"{said}\n运行环境未能建立，请检查 {self.folder} 可否写入 (the environment could not be made there)"
            )

    def install(self, what: str, *arguments: str) -> None:
        """Installs with uv where it is found, else with pip; with pip too where uv does not reach its index."""
        say(what)
        python = str(self.program("python"))
        pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        installers = [[self.uv, "pip", "install", "--python", python], pip] if self.uv else [pip]
        said = ""
        for installer in installers:
            failed, said = quietly([*installer, *arguments])
            if not failed:
                return
        raise Stop(
            f"{said}\n安装未成功，请检查网络或软件包源后重试 (not installed: check the network or package index)"
        )


def can_make_environments() -> bool:
    """Debian ships venv without ensurepip, and then a venv cannot be finished."""
    try:
        import ensurepip
        import venv
    except ImportError:
        return False
    return bool(ensurepip and venv)


def catalogues() -> list[Path]:
    return sorted((HERE / "rectify" / "translations").glob("*/LC_MESSAGES/*.po"))


def digest(*files: Path) -> str:
    summary = hashlib.sha256()
    for file in files:
        summary.update(file.read_bytes() + b"\0")
    return summary.hexdigest()


def quietly(command: list[str]) -> tuple[bool, str]:
    """Runs a command whose output nobody needs unless it fails: whether it failed, and how its output ends."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(command, cwd=HERE, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as job:
            while True:
                try:
                    job.wait(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    tick(started)
        output.seek(0)
        lines = output.read().decode(errors="replace").strip().splitlines()
    if job.returncode:
        end_progress()
    return bool(job.returncode), "\n".join(lines[-20:])


# --- the progress line ---

_line = ""


def say(what: str) -> None:
    """Says what is being done: over the same line on a terminal, on a line of its own elsewhere."""
    global _line
    if sys.stdout.isatty():
        print(f"\r\033[K{what} …", end="", flush=True)
    else:
        print(f"{what} …", flush=True)
    _line = what


def tick(started: float) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K{_line} … {time.monotonic() - started:.0f} s", end="", flush=True)


def end_progress() -> None:
    if sys.stdout.isatty():
        print(flush=True)


# --- the checks ---


def run_checks(arguments: list[str]) -> int:
    """Every check, all of them even where one fails; 0 only when all passed and, with CI=true, nothing was left out."""
    long_form = "--long" in arguments
    for_pytest = [argument for argument in arguments if argument != "--long"]
    environment = Environment(DEVELOPMENT)
    environment.make()
    end_progress()
    fetch_what_debian_has()
    checks = Checks(environment, long_form)
    checks.run("ruff", ["ruff", "check", "."])
    checks.run("mypy", ["mypy"])
    checks.run("import-linter", ["lint-imports"])
    checks.score_the_plans()
    checks.run_pytest("sqlite", for_pytest)
    checks.run_pytest("postgres", for_pytest)
    return checks.conclude()


class Checks:
    """Runs each check, keeps what came of it, and says so at the end."""

    def __init__(self, environment: Environment, long_form: bool) -> None:
        self.environment = environment
        self.long_form = long_form
        self.results: list[tuple[str, bool, str]] = []
        self.left_out: list[str] = []
        self.variables = {name: value for name, value in os.environ.items() if not name.startswith("RECTIFY_")}
        self.variables["PATH"] = f"{environment.program('python').parent}{os.pathsep}{os.environ.get('PATH', '')}"
        self.variables["PYTHONUTF8"] = "1"
        if long_form:
            self.variables["RECTIFY_LONG"] = "1"

    @property
    def by_turns(self) -> bool:
        return not self.long_form and has_postgres()

    def run(self, name: str, command: list[str], fine: tuple[int, ...] = (0,), **variables: str) -> None:
        """Runs one of the environment's programs before the reader's eyes; its last line is kept for the summary."""
        print(f"\n=== {name}", flush=True)
        last = b""
        program = [str(self.environment.program(command[0])), *command[1:]]
        with subprocess.Popen(
            program,
            cwd=HERE,
            env={**self.variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as job:
            assert job.stdout is not None
            while piece := os.read(job.stdout.fileno(), 65536):
                sys.stdout.flush()
                sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
                last = (last + piece)[-2000:]
        lines = [line for line in last.decode(errors="replace").splitlines() if line.strip()]
        self.results.append((name, job.returncode in fine, lines[-1].strip() if lines else ""))

    def score_the_plans(self) -> None:
        """The labelled plans stand beside the project's own checkout; a user's clone has none."""
        scorer = HERE.parent / "shared" / "plans" / "score.py"
        if scorer.exists():
            self.run("plans", ["python", str(scorer), "--min", "85"])

    def run_pytest(self, database: str, arguments: list[str]) -> None:
        """On SQLite all but what needs PostgreSQL; on PostgreSQL what has a database and no browser.

        In the short form each has every other test of pages, and every other of many cases (tests/support/turns.py).
        """
        choice = [] if self.long_form else ["not long"]
        if self.by_turns:
            choice.append("not elsewhere")
        if database == "postgres":
            choice.append("not browser")
            if not has_postgres():
                self.left_out.append("PostgreSQL 上的测试：未安装 PostgreSQL (the tests on PostgreSQL: not installed)")
                return
        else:
            choice.append("not postgres")
            if not has_chromium():
                choice.append("not browser")
                self.left_out.append(
                    "浏览器测试：未安装 Chromium 或中文字体 (browser tests: no Chromium or no Chinese font)"
                )
        command = ["python", "-m", "pytest", "-q", "-n", str(workers())]
        command += ["-m", " and ".join(choice)]
        if database == "postgres":
            # These know no database, or one of their own, and have been run.
            command += [f"--ignore={path}" for path in WITHOUT_A_DATABASE]
        # Whoever names tests may name some that only one of the two runs has.
        fine = (0, 5) if arguments else (0,)
        self.run(f"pytest, {database}", command + arguments, fine, RECTIFY_TEST_DATABASE=database)

    def conclude(self) -> int:
        print("\n=== 结果 · summary")
        for name, passed, last in self.results:
            print(f"{'通过 ok  ' if passed else '失败 FAIL'} {name}: {last}")
        if self.by_turns:
            print("页面测试和成批的情形由两种数据库分担，--long 时各自全部运行 (shared out between the two databases)")
        for what in self.left_out:
            print(f"未运行 left out: {what}")
        failed = not all(passed for _, passed, _ in self.results)
        incomplete = bool(self.left_out) and os.environ.get("CI") == "true"
        if incomplete:
            print("CI=true: 不允许有未运行的测试 (nothing may be left out)")
        for name, _, last in self.results:
            if name.startswith("pytest"):
                print(last)
        sys.stdout.flush()
        return 1 if failed or incomplete else 0


def workers() -> int:
    return min(os.cpu_count() or 1, 8)


def has_chromium() -> bool:
    """Whether the browser tests have what they need; tests/support/browser.py looks for the same programs."""
    return any(map(shutil.which, BROWSERS)) and has_font()


def has_font() -> bool:
    """Whether a page can show Chinese. Where fontconfig is not used (macOS, Windows), the system brings its own."""
    if sys.platform != "linux":
        return True
    lister = shutil.which("fc-list")
    return bool(lister and subprocess.run([lister, ":lang=zh-cn"], stdout=subprocess.PIPE, check=False).stdout.strip())


def has_postgres() -> bool:
    return bool(shutil.which("pg_ctl")) or any(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))


def fetch_what_debian_has() -> None:
    """As root on Debian, installs the browser, a Chinese font and PostgreSQL where missing; elsewhere nothing."""
    missing = [] if has_chromium() else ["chromium", "fontconfig", "fonts-noto-cjk"]
    missing += [] if has_postgres() else ["postgresql"]
    apt = shutil.which("apt-get")
    if not missing or not apt or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    say(f"安装系统软件包 · installing {' '.join(missing)}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    for command in ([apt, "update"], [apt, "install", "-y", "--no-install-recommends", *missing]):
        failed, said = quietly(command)
        if failed:
            print(said, file=sys.stderr)
    end_progress()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
