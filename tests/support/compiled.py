"""What the application of every test would compile anew, though it is the same for all: routes, statements, templates.

About half of what the tests of pages cost would go into these. Kept for the worker's life; nothing else is shared.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from rectify.models import db

STATEMENTS = 2000
"""How many statements are kept; SQLAlchemy itself keeps 500 an engine."""


class Compiled:
    """Statements and templates, lent to one application after another."""

    def __init__(self, folder: Path) -> None:
        self._templates = FileSystemBytecodeCache(str(folder))
        self._statements: LRUCache[Any, Any] = LRUCache(STATEMENTS)
        self._dialect: Dialect | None = None

    def lend(self, app: Flask) -> None:
        app.jinja_env.bytecode_cache = self._templates
        with app.app_context():
            engine = db.engine
        if self._dialect is None:
            engine.connect().close()  # so that it has learnt what its server can do
            engine.dispose()
            self._dialect = engine.dialect
        # A compiled statement is found again by the dialect it was compiled for, and every engine brings its own.
        engine.dialect = self._dialect
        engine.update_execution_options(compiled_cache=self._statements)


@contextlib.contextmanager
def routes_once() -> Iterator[None]:
    """While it lasts, the code that builds the addresses of a route is made once, whatever application has the route."""
    make = Rule._compile_builder
    made: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}

    def find(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, rule.host, rule.subdomain, repr(rule.defaults), append_unknown)
        if key not in made:
            made[key] = make(rule, append_unknown)
        return made[key]

    Rule._compile_builder = find  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Rule._compile_builder = make  # type: ignore[method-assign]
