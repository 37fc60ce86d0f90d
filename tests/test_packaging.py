"""What is handed out: the locks, the wheel and the source archive. What runs from a wheel is asked of a real server."""

import email
import os
import re
import socket
import subprocess
import sys
import tarfile
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.real_clock

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(lock: str) -> dict[str, list[str]]:
    """Name → the versions a lock pins it to; more than one where platforms or Pythons differ."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([a-z0-9-]+)==([^ ;]+)", line):
            found.setdefault(match[1], []).append(match[2])
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_no_folder(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert "://" not in text
    assert not re.search(r"^-|file:|(^| )/", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_pinned_and_hashed(lock: str) -> None:
    requirements = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()

    assert requirements
    assert [line for line in requirements if "==" not in line or "--hash=sha256:" not in line] == []


def test_the_development_lock_holds_the_other_at_the_same_versions() -> None:
    runtime, development = (pins(lock) for lock in LOCKS)

    assert {name: development.get(name) for name in runtime} == runtime


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    wanted = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["postgres"]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[<>=~! ;]", requirement)[0] for requirement in requirements}

    assert names(wanted + groups["build"]) <= set(pins("requirements.lock"))
    assert names(groups["dev"]) <= set(pins("requirements-dev.lock"))
    assert names(project["build-system"]["requires"]) <= names(groups["build"])


# --- the wheel and the source archive ---


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=ROOT, check=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(built.glob("*.whl")))


def tracked_files(*folders: str) -> list[Path]:
    """The files of a folder of the checkout, without what running leaves in it."""
    return [
        path.relative_to(ROOT)
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def test_the_wheel_carries_templates_migrations_static_files_and_catalogues(wheel: zipfile.ZipFile) -> None:
    inside = set(wheel.namelist())
    beside_the_package = [f"rectify/{path.as_posix()}" for path in tracked_files("templates", "migrations")]
    static = [path.as_posix() for path in tracked_files("rectify/static")]
    catalogues = [path.with_suffix(".mo").as_posix() for path in (ROOT / "rectify").rglob("*.po")]

    assert beside_the_package and static and catalogues
    assert set(beside_the_package + static) <= inside
    assert {str(Path(path).relative_to(ROOT).as_posix()) for path in catalogues} <= inside


def test_the_wheel_carries_nothing_but_the_package(wheel: zipfile.ZipFile) -> None:
    roots = {name.split("/")[0] for name in wheel.namelist()}

    assert roots == {"rectify", f"{Path(str(wheel.filename)).name.split('-py3')[0]}.dist-info"}


def test_the_wheel_gives_the_command_and_names_its_licence(wheel: zipfile.ZipFile) -> None:
    def read(name: str) -> str:
        return wheel.read(next(path for path in wheel.namelist() if path.endswith(f".dist-info/{name}"))).decode()

    assert "rectify = rectify.commands:main" in read("entry_points.txt")
    assert email.message_from_string(read("METADATA"))["License-Expression"] == "Apache-2.0"
    assert "Apache License" in read("licenses/LICENSE")


def test_the_source_archive_can_build_the_wheel(built: Path, wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    source = next(tmp_path.iterdir())

    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=source, check=True
    )

    again = zipfile.ZipFile(next(tmp_path.glob("*.whl")))
    assert sorted(again.namelist()) == sorted(wheel.namelist())


def test_the_wheel_serves_from_any_folder(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    wheel.extractall(site)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RECTIFY_")}
    environment |= {"PYTHONPATH": str(site), "RECTIFY_DATA_DIR": str(tmp_path / "data"), "RECTIFY_PORT": str(port)}
    start = f"import rectify; assert rectify.__file__.startswith({str(site)!r}); import rectify.commands as c; c.main()"

    with (tmp_path / "said").open("w+b") as said:
        server = subprocess.Popen(
            [sys.executable, "-c", start, "serve"], cwd=elsewhere, env=environment, stdout=said, stderr=said
        )
        try:
            page = wait_for(f"http://127.0.0.1:{port}/login", server)
            script_or_style = re.search(r'(?:href|src)="(/static/[^"]+)"', page)
            assert script_or_style, page
            assert wait_for(f"http://127.0.0.1:{port}{script_or_style[1]}", server)
        except AssertionError:
            said.seek(0)
            pytest.fail(said.read().decode(errors="replace"))
        finally:
            server.terminate()
            server.wait()

    assert list(elsewhere.iterdir()) == []


def wait_for(address: str, server: subprocess.Popen[bytes]) -> str:
    """The page at an address, as soon as the server answers; AssertionError where it ends instead."""
    while True:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{address}: {refused.code}") from refused
        except OSError:
            time.sleep(0.1)
