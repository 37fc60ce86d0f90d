"""What the house promises (design.md 1, style.md 36): read from the source, not from memory."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest
from flask import Flask

from rectify import settings
from rectify.web import parts

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "rectify"
TEMPLATES = ROOT / "templates"
COMMITS = ("web", "jobs.py", "commands.py", "upkeep")
ASKS_THE_CLOCK = ("web", "jobs.py", "commands.py", "upkeep")


@functools.cache
def sources() -> list[tuple[str, ast.Module]]:
    return [
        (path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    ]


@functools.cache
def calls(tree: ast.Module) -> list[str]:
    """Every call, written out: `db.session.commit`."""
    return [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def under(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(room + "/") for room in rooms)


def test_the_package_is_an_empty_room() -> None:
    assert (PACKAGE / "__init__.py").read_text(encoding="utf-8").strip() == ""


def test_every_route_says_who_may_enter(app: Flask) -> None:
    """AC-01: closed by default."""
    silent = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in ("static", "bootstrap.static")
        and not getattr(app.view_functions[rule.endpoint], "enter", None)
    }

    assert silent == set()


def test_a_view_that_does_not_say_answers_403(app: Flask) -> None:
    app.add_url_rule("/silent", "silent", lambda: "secret")

    answer = app.test_client().get("/silent")

    assert answer.status_code == 403
    assert b"secret" not in answer.data


def test_only_where_work_begins_is_it_committed() -> None:
    guilty = [
        name
        for name, tree in sources()
        if not under(name, COMMITS) and any(call.endswith(".commit") for call in calls(tree))
    ]

    assert guilty == []


def test_only_the_clock_asks_the_time() -> None:
    asking = re.compile(r"(datetime|dt\.datetime|date|dt\.date)\.(now|today|utcnow)$|^time\.(time|localtime|strftime)$")
    guilty = [
        name for name, tree in sources() if name != "clock.py" and any(asking.search(call) for call in calls(tree))
    ]

    assert guilty == []


def test_only_pages_jobs_commands_and_upkeep_ask_the_clock() -> None:
    guilty = [
        name
        for name, tree in sources()
        if name != "clock.py"
        and not under(name, ASKS_THE_CLOCK)
        and any(call in ("clock.now", "clock.today", "now", "today") for call in calls(tree))
    ]

    assert guilty == []


def test_only_settings_reads_the_environment() -> None:
    guilty = [
        name
        for name, tree in sources()
        if name != "settings.py"
        and any(
            ast.unparse(node) in ("os.environ", "os.getenv")
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
        )
    ]

    assert set(guilty) <= {"reading/__init__.py", "reading/apart.py"}  # a child process is given a bare environment


def test_every_module_opens_by_saying_what_lives_there() -> None:
    silent = [name for name, tree in sources() if name != "__init__.py" and not ast.get_docstring(tree)]

    assert silent == []


def test_a_broad_except_has_few_homes() -> None:
    homes = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    }

    # jobs: one bad job does not stop the night; commands: says it in one sentence or lets it rise.
    assert homes <= {"jobs.py", "commands.py"}


def test_every_setting_is_documented() -> None:
    described = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert [name for name in settings.NAMES if name not in described] == []


def test_every_template_belongs_to_a_page() -> None:
    """A template is rendered by a view, a mail, or used by another template; a part begins with an underscore."""
    named = "\n".join(path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))
    named += "\n".join(path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.rglob("*.html")))
    orphans = []
    for path in sorted(TEMPLATES.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(TEMPLATES).as_posix()
        if name.startswith("errors/"):
            assert int(path.stem) in (*parts.PAGES_FOR, 500), name
        elif name not in named and f"{path.stem}" not in named:
            orphans.append(name)

    assert orphans == []


@pytest.mark.parametrize("bad", [r"\sstyle=", r"\son[a-z]+=", r"<style", r"<script(?![^>]*\ssrc=)", r"javascript:"])
def test_no_template_of_a_page_holds_anything_inline(bad: str) -> None:
    """The policy is default-src 'none' with nothing inline (HD-01); mails are not pages."""
    guilty = [
        path.relative_to(TEMPLATES).as_posix()
        for path in sorted(TEMPLATES.rglob("*.html"))
        if not path.is_relative_to(TEMPLATES / "mail") and re.search(bad, path.read_text(encoding="utf-8"))
    ]

    assert guilty == []


def test_markup_is_trusted_only_where_it_is_made() -> None:
    """OU-01: `|safe` and Markup( only in a few listed places."""
    safe = [
        path.relative_to(TEMPLATES).as_posix()
        for path in sorted(TEMPLATES.rglob("*.html"))
        if re.search(r"\|\s*safe\b", path.read_text(encoding="utf-8"))
    ]
    makers = {name for name, tree in sources() if any(call.split(".")[-1] == "Markup" for call in calls(tree))}

    assert safe == []
    assert makers <= {"web/parts.py", "web/looks.py"}


def test_no_committed_file_names_this_machine_or_a_registry() -> None:
    forbidden = re.compile(r"(/work/|/root/|/home/[a-z]|pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian)")
    kinds = {".py", ".md", ".toml", ".lock", ".html", ".txt", ".css", ".js", ".po", ".ini", ".mako", ".yml", ""}
    skipped = {".git", ".venv", "__pycache__", "data", "data-demo", "fixtures"}
    guilty = [
        path.relative_to(ROOT).as_posix()
        for path in sorted(ROOT.rglob("*"))
        if path.is_file()
        and path.suffix in kinds
        and not skipped & set(path.relative_to(ROOT).parts)
        and not any(part.startswith(".") and part != ".ci" for part in path.relative_to(ROOT).parts)
        and path != Path(__file__).resolve()
        and forbidden.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]

    assert guilty == []
