"""Bringing a database up to date by the numbered migrations, and telling whether it is.

Used by `rectify migrate`, `serve`, the doctor and the tests.
"""

from __future__ import annotations

import contextlib
import io
import logging

import flask_migrate
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect

from rectify.models import db


def upgrade(app: Flask) -> str:
    """Run the migrations that are missing; answers with the revision reached. Safe to run twice."""
    config = app.config["SETTINGS"]
    if config.is_sqlite:
        config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context(), contextlib.redirect_stdout(io.StringIO()):
        flask_migrate.upgrade()
        db.session.remove()
        return current(app)


def current(app: Flask) -> str:
    """The revision the database is at, "" where it is empty."""
    with app.app_context(), db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def newest(app: Flask) -> str:
    """The revision this program knows as its newest."""
    return ScriptDirectory(str(app.config["MIGRATIONS"])).get_current_head() or ""


def is_empty(app: Flask) -> bool:
    """Whether the database holds no table yet."""
    with app.app_context(), db.engine.connect() as connection:
        return not inspect(connection).get_table_names()


def knows(app: Flask, revision: str) -> bool:
    """Whether this program knows a revision: a database newer than the program is refused (F47)."""
    return revision in {script.revision for script in ScriptDirectory(str(app.config["MIGRATIONS"])).walk_revisions()}
