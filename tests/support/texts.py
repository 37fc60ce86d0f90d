"""Every Chinese text that a page may show: found in templates and in the rooms that speak to people.

`python -m tests.support.texts` adds what is new to the English catalogue, with an empty translation for somebody to fill.
Plans, questions about plans, reports and mails are Chinese by nature and are not looked at; of the reading room only
why it refuses a file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = ROOT / "rectify" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
SPEAKING = (
    *("web", "access", "calendar.py", "ledger", "progress.py", "rounds.py", "files.py"),
    *("letters.py", "answers.py", "instructions.py"),
)
CJK = re.compile(r"[\u3400-\u9fff]")
SIGNS = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
"""Chinese, or a sign that only Chinese uses: ， between two texts is one itself."""
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}


def sources() -> Iterator[Path]:
    for room in SPEAKING:
        place = ROOT / "rectify" / room
        yield from sorted(place.rglob("*.py")) if place.is_dir() else [place]


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Chinese string literals of a source file, docstrings and pieces of f-strings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in skipped:
            continue
        if isinstance(node.value, str) and CJK.search(node.value):
            yield node.lineno, node.value


def refusals() -> Iterator[tuple[Path, ast.Call]]:
    """Where the reading room makes an `Unreadable`: the one thing of its own that a page shows."""
    for path in sorted((ROOT / "rectify" / "reading").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Unreadable":
                yield path, node


def in_templates() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """(template, text) of every text that a template marks; a plural is a pair."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        if "mail" in path.relative_to(ROOT / "templates").parts:
            continue
        for _line, text, _comments, _context in extract_from_file(
            "jinja2.ext:babel_extract", path, keywords=KEYWORDS, options={"trimmed": "true"}
        ):
            yield path.relative_to(ROOT).as_posix(), text


def all_texts() -> dict[str | tuple[str, ...], str]:
    """Every text, and one place where it stands."""
    found: dict[str | tuple[str, ...], str] = {}
    for place, text in in_templates():
        found.setdefault(tuple(text) if isinstance(text, (list, tuple)) else text, place)
    for path in sources():
        for line, text in literals(path):
            found.setdefault(text, f"{path.relative_to(ROOT).as_posix()}:{line}")
    for path, call in refusals():
        for sentence in call.args:
            if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str):
                found.setdefault(sentence.value, f"{path.relative_to(ROOT).as_posix()}:{call.lineno}")
    return {text: place for text, place in found.items() if SIGNS.search(text[0] if isinstance(text, tuple) else text)}


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def update() -> int:
    """Add what is new, drop what is gone; how many wait for their English."""
    kept = catalogue() if CATALOGUE.exists() else Catalog(locale="en")
    fresh = Catalog(
        locale="en",
        project="rectify",
        version="",
        charset="utf-8",
        fuzzy=False,
        last_translator="rectify",
        language_team="rectify",
        msgid_bugs_address="",
        creation_date=kept.creation_date,
        revision_date=kept.creation_date,
        header_comment="# English texts of rectify.",
    )
    for text in sorted(all_texts(), key=str):
        had = kept.get(text[0] if isinstance(text, tuple) else text)
        fresh.add(text, had.string if had is not None else None, flags=set(had.flags) if had is not None else ())
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, fresh, omit_header=False, sort_output=True, width=0)
    return sum(1 for message in fresh if message.id and not _said(message.string))


def _said(string: object) -> bool:
    return all(string) if isinstance(string, (list, tuple)) else bool(string)


if __name__ == "__main__":
    print(f"{update()} texts wait for their English")
