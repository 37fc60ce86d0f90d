"""The one command: what it makes, what it refuses, what it says. Checks and server are not run here."""

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import run
from tests.support import browser, postgres, turns

pytestmark = pytest.mark.real_clock

ROOT = Path(run.__file__).parent
SOURCE = (ROOT / "run.py").read_text(encoding="utf-8")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project beside which an environment may be made."""
    monkeypatch.setattr(run, "HERE", tmp_path)
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml", "hatch_build.py"):
        (tmp_path / name).write_text(f"{name}==1\n")
    (tmp_path / "rectify/translations/en/LC_MESSAGES").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def commands(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run, in order; making an environment leaves a program rectify and a Python."""
    ran: list[list[str]] = []

    def pretend(command: list[str]) -> tuple[bool, str]:
        ran.append(command)
        (checkout / ".venv/bin").mkdir(parents=True, exist_ok=True)
        (checkout / ".venv/bin/rectify").touch()
        return False, ""

    monkeypatch.setattr(run, "quietly", pretend)
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    monkeypatch.setattr(run.Environment, "python", lambda self: "3.11.9" if ran else "")
    return ran


def installs(commands: list[list[str]]) -> list[str]:
    """What each installing command installs, by its last argument: a lock, or the project itself."""
    return [command[-1] for command in commands if "install" in command]


def test_run_py_imports_nothing_but_the_standard_library() -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SOURCE))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported <= set(sys.stdlib_module_names)


def test_a_python_too_old_gets_far_enough_to_say_so() -> None:
    # 3.8 is the oldest whose grammar the sentence still has to survive.
    assert ast.parse(SOURCE, feature_version=(3, 8))


@pytest.mark.parametrize(("version", "refused"), [((3, 8), True), ((3, 10), True), ((3, 11), False), ((3, 14), False)])
def test_python_before_3_11_is_refused_in_one_sentence(
    version: tuple[int, int], refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run.sys, "version_info", (*version, 0, "final", 0))

    if refused:
        with pytest.raises(run.Stop, match=r"3\.11.*{}\.{}".format(*version)):
            run.refuse_an_old_python()
    else:
        run.refuse_an_old_python()


def test_a_python_without_venv_is_told_which_package_to_install(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "can_make_environments", lambda: False)

    status = run.main([])

    assert status == 1
    assert commands == []
    said = capsys.readouterr().err
    assert "python3-venv" in said
    assert said.count("\n") == 1


def test_the_environment_is_made_from_the_hashed_lock_and_the_project_is_installed_alone(
    commands: list[list[str]],
) -> None:
    run.Environment(run.RUNTIME).make()

    made, libraries, project = commands
    assert made[1:3] == ["-m", "venv"]
    assert libraries[-3:] == ["--require-hashes", "-r", "requirements.lock"]
    assert project[-4:] == ["--no-deps", "--no-build-isolation", "-e", "."]


def test_a_second_start_installs_nothing(commands: list[list[str]]) -> None:
    run.Environment(run.RUNTIME).make()
    commands[:] = [["before"]]

    run.Environment(run.RUNTIME).make()

    assert commands == [["before"]]


@pytest.mark.parametrize(
    ("changed", "installed"),
    [
        ("requirements.lock", ["requirements.lock"]),
        ("pyproject.toml", ["."]),
        ("rectify/translations/en/LC_MESSAGES/messages.po", ["."]),
        ("requirements-dev.lock", []),
    ],
)
def test_a_start_after_a_change_installs_what_changed(
    changed: str, installed: list[str], checkout: Path, commands: list[list[str]]
) -> None:
    run.Environment(run.RUNTIME).make()
    commands[:] = [["before"]]
    (checkout / changed).write_text("another==2\n")

    run.Environment(run.RUNTIME).make()

    assert installs(commands) == installed


def test_the_test_environment_serves_for_serving_too(commands: list[list[str]]) -> None:
    run.Environment(run.DEVELOPMENT).make()
    commands[:] = [["before"]]

    run.Environment(run.RUNTIME).make()

    assert installs(commands) == []


def test_a_checkout_that_was_moved_gets_a_new_environment(
    checkout: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run.Environment(run.RUNTIME).make()
    stamp = checkout / ".venv/rectify-installed.json"
    stamp.write_text(stamp.read_text().replace(str(checkout), "/elsewhere"))
    commands[:] = [["before"]]

    run.Environment(run.RUNTIME).make()

    assert "venv" in commands[1]
    assert installs(commands) == ["requirements.lock", "."]


def test_where_uv_does_not_reach_its_index_pip_is_tried(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def only_pip_works(command: list[str]) -> tuple[bool, str]:
        tried.append("uv" if command[0] == "/opt/uv" else command[2])
        return command[0] == "/opt/uv", "no route"

    monkeypatch.setattr(run, "quietly", only_pip_works)
    environment = run.Environment(run.RUNTIME)
    environment.uv = "/opt/uv"

    environment.install("libraries", "-r", "requirements.lock")

    assert tried == ["uv", "pip"]


def test_an_install_that_fails_says_what_to_check(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "quietly", lambda command: (True, "no route to host"))

    with pytest.raises(run.Stop, match="no route to host\n.*网络"):
        run.Environment(run.RUNTIME).install("libraries", "-r", "requirements.lock")


# --- the demonstration ---


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[list[str]]]:
    """Makes `rectify demo` end with a status; gives the list of the calls made."""

    def ends_with(status: int) -> list[list[str]]:
        calls: list[list[str]] = []

        def call(command: list[str], env: dict[str, str], **_: Any) -> int:
            calls.append(command)
            Path(env["RECTIFY_DATA_DIR"]).mkdir(exist_ok=True)
            return status

        monkeypatch.setattr(run.subprocess, "call", call)
        return calls

    return ends_with


def test_the_demonstration_is_made_at_the_first_start_only(
    tmp_path: Path, demo: Callable[[int], list[list[str]]]
) -> None:
    calls = demo(0)
    folder = tmp_path / "data-demo"

    for _ in range(2):
        run.fill_the_demonstration("rectify", folder, {"RECTIFY_DATA_DIR": str(folder)})

    assert calls == [["rectify", "demo"]]


def test_a_demonstration_that_was_not_finished_is_not_taken_for_one(
    tmp_path: Path, demo: Callable[[int], list[list[str]]]
) -> None:
    folder = tmp_path / "data-demo"
    demo(1)
    with pytest.raises(run.Stop, match="--office"):
        run.fill_the_demonstration("rectify", folder, {"RECTIFY_DATA_DIR": str(folder)})
    calls = demo(0)

    run.fill_the_demonstration("rectify", folder, {"RECTIFY_DATA_DIR": str(folder)})

    assert calls == [["rectify", "demo"]]


@pytest.mark.parametrize(
    ("arguments", "given", "folder", "database"),
    [
        ([], {}, "data-demo", None),
        ([], {"RECTIFY_DATABASE_URL": "postgresql://office"}, "data-demo", None),
        ([], {"RECTIFY_DATA_DIR": "{here}/elsewhere"}, "elsewhere", None),
        (["--office"], {}, "data", None),
        (["--office"], {"RECTIFY_DATABASE_URL": "postgresql://office"}, "data", "postgresql://office"),
        (["--office"], {"RECTIFY_DATA_DIR": "{here}/elsewhere"}, "elsewhere", None),
    ],
)
def test_the_demonstration_and_the_office_keep_apart(
    arguments: list[str],
    given: dict[str, str],
    folder: str,
    database: str | None,
    checkout: Path,
    demo: Callable[[int], list[list[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = demo(0)
    for name in ("RECTIFY_DATA_DIR", "RECTIFY_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value.format(here=checkout))
    served: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(run.Environment, "make", lambda self: None)
    monkeypatch.setattr(run.os, "execve", lambda program, command, settings: served.append((command, settings)))
    monkeypatch.setattr(run.os, "name", "posix")

    run.serve(arguments)

    command, settings = served[0]
    assert command[1:] == ["serve"]
    assert settings["RECTIFY_DATA_DIR"] == str(checkout / folder)
    assert settings.get("RECTIFY_DATABASE_URL") == database
    assert [call[1] for call in calls if call[1] == "demo"] == ([] if arguments else ["demo"])


# --- the checks ---


@pytest.fixture
def checks(checkout: Path) -> run.Checks:
    return run.Checks(run.Environment(run.DEVELOPMENT), long_form=False)


@pytest.mark.parametrize(
    ("passed", "left_out", "ci", "status"),
    [
        (True, [], "true", 0),
        (True, [], "", 0),
        (False, [], "", 1),
        (True, ["browser tests"], "", 0),
        (True, ["browser tests"], "true", 1),
    ],
)
def test_a_run_passes_only_with_every_check_and_in_ci_only_with_nothing_left_out(
    passed: bool,
    left_out: list[str],
    ci: str,
    status: int,
    checks: run.Checks,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CI", ci)
    checks.results = [("ruff", passed, "All checks passed!"), ("pytest, sqlite", True, "12 passed in 3.00s")]
    checks.left_out = left_out

    assert checks.conclude() == status

    said = capsys.readouterr().out
    assert said.splitlines()[-1] == "12 passed in 3.00s"
    assert all(what in said for what in left_out)


@pytest.mark.parametrize(
    ("chromium", "server", "sqlite", "on_postgres"),
    [
        (True, True, "not long and not elsewhere and not postgres", "not long and not elsewhere and not browser"),
        (
            False,
            True,
            "not long and not elsewhere and not postgres and not browser",
            "not long and not elsewhere and not browser",
        ),
        (True, False, "not long and not postgres", None),
    ],
)
def test_what_the_machine_lacks_is_left_out_and_named(
    chromium: bool,
    server: bool,
    sqlite: str,
    on_postgres: str | None,
    checks: run.Checks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "has_chromium", lambda: chromium)
    monkeypatch.setattr(run, "has_postgres", lambda: server)
    ran: dict[str, str] = {}

    def note(name: str, command: list[str], fine: tuple[int, ...], **variables: str) -> None:
        ran[variables["RECTIFY_TEST_DATABASE"]] = command[command.index("-m", 2) + 1]

    monkeypatch.setattr(checks, "run", note)
    for database in ("sqlite", "postgres"):
        checks.run_pytest(database, [])

    assert ran.get("sqlite") == sqlite
    assert ran.get("postgres") == on_postgres
    assert len(checks.left_out) == (not chromium) + (not server)


def test_a_check_is_shown_as_it_runs_and_its_last_line_is_kept(
    checks: run.Checks, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(run.Environment, "program", lambda self, name: Path(sys.executable))

    checks.run("good", ["python", "-c", "print('第一行'); print('2 passed in 1s')"])
    checks.run("bad", ["python", "-c", "import os; print(os.environ['CHOSEN']); raise SystemExit(3)"], CHOSEN="x")

    assert checks.results == [("good", True, "2 passed in 1s"), ("bad", False, "x")]
    assert "第一行".encode() in capfdbinary.readouterr().out


def test_run_py_looks_for_the_same_browser_and_server_as_the_tests() -> None:
    assert run.BROWSERS == browser.NAMES
    assert run.has_postgres() == (postgres.find_programs() is not None)


def test_ci_runs_the_command_that_both_readmes_give() -> None:
    commands = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line and not line.startswith("#")]

    assert commands[-1].startswith("exec python3 run.py test")
    for readme in ("README.md", "README.zh-CN.md"):
        assert "\n    python3 run.py test\n" in (ROOT / readme).read_text(encoding="utf-8")


# --- what is run once, whatever databases there are ---


def test_what_is_not_run_again_on_postgres_never_asks_for_the_database_of_a_run() -> None:
    of_the_run = {"stage", "database_url", "app", "session", "client", "person", "cast"}
    asking = []
    for place in run.WITHOUT_A_DATABASE:
        path = ROOT / place
        for file in sorted(path.rglob("test_*.py")) if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                pytests = isinstance(node, ast.FunctionDef) and (node.name.startswith("test_") or node.decorator_list)
                if pytests and of_the_run & {argument.arg for argument in node.args.args}:
                    asking.append(f"{file.name}: {node.name}")
                if isinstance(node, ast.alias) and node.name == "on_postgres":
                    asking.append(f"{file.name}: {node.name}")

    assert asking == []


def collected(name: str, cases: int, *marks: str, asks: str = "stage", module: object = None) -> list[Any]:
    """A test of so many cases as pytest collects it."""
    held = [SimpleNamespace(name=mark) for mark in marks]
    return [
        SimpleNamespace(nodeid=f"{name}[{n}]", fixturenames=[asks], iter_markers=lambda: held, module=module)
        for n in range(cases)
    ]


def runs(tests: list[Any]) -> dict[str, list[str]]:
    """{node id: the databases that have it}."""
    away = {database: [item.nodeid for item in turns.elsewhere(tests, database)] for database in turns.DATABASES}
    return {item.nodeid: [d for d in turns.DATABASES if item.nodeid not in away[d]] for item in tests}


@pytest.mark.parametrize("name", ["tests/web/test_look.py::test_one", "tests/test_ledger.py::test_many"])
def test_pages_and_many_cases_are_shared_out_evenly_and_none_is_left_out(name: str) -> None:
    found = list(runs(collected(name, 10)).values())

    assert found.count(["sqlite"]) == found.count(["postgres"]) == 5


def test_single_tests_of_pages_are_shared_out_about_evenly() -> None:
    single = [item for n in range(1000) for item in collected(f"tests/web/test_look.py::test_{n}", 1)]

    found = list(runs(single).values())

    assert found.count(["sqlite"]) + found.count(["postgres"]) == 1000
    assert 400 < found.count(["sqlite"]) < 600


@pytest.mark.parametrize(
    "tests",
    [
        collected("tests/test_ledger.py::test_few", turns.MANY - 1),
        collected("tests/rules/test_windows.py::test_many", 10, asks="calendar"),  # not run on PostgreSQL at all
        collected("tests/browser/test_pages.py::test_many", 10, "browser"),
        collected("tests/upkeep/test_backup.py::test_many", 10, "postgres"),
        collected("tests/upkeep/test_doctor.py::test_many", 10, module=SimpleNamespace(on_postgres=bool)),
    ],
    ids=["few", "without the database", "browser", "postgres", "tells them apart"],
)
def test_what_is_not_for_either_is_not_shared_out(tests: list[Any]) -> None:
    assert set(map(tuple, runs(tests).values())) == {turns.DATABASES}


def test_no_test_skips_itself() -> None:
    """One that did so on one of the databases might, by its turn, run on neither."""
    skipping = re.compile(r"pytest\.(mark\.)?(skip|importorskip)")
    files = [file for file in (ROOT / "tests").rglob("*.py") if file != Path(__file__)]

    assert [file.name for file in files if skipping.search(file.read_text(encoding="utf-8"))] == []
