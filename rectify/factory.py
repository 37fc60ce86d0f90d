"""create_app(): which parts exist, nothing else."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from rectify import models, settings
from rectify.web import account, admin, board, instructions, letters, looks, office, parts, reports, supervision, units

PACKAGE = Path(__file__).resolve().parent


def beside_or_inside(name: str) -> Path:
    """A folder that travels inside the package in a wheel, and stands beside it in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def create_app(config: settings.Settings | None = None) -> Flask:
    """The application, for Flask, any WSGI server, the commands and the tests.

    Raises settings.BadSetting where the environment holds a setting that cannot be used.
    """
    config = config or settings.read()
    app = Flask("rectify", root_path=str(PACKAGE), template_folder=str(beside_or_inside("templates")))
    app.config["SETTINGS"] = config
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(config)
    app.config["MIGRATIONS"] = beside_or_inside("migrations")
    models.db.init_app(app)
    Migrate(app, models.db, directory=str(app.config["MIGRATIONS"]), render_as_batch=True, compare_type=True)
    parts.init_app(app, config)
    looks.init_app(app)
    for audience in (account, office, units, supervision, board, reports, letters, instructions, admin):
        app.register_blueprint(audience.pages)
    return app


def engine_options(config: settings.Settings) -> dict[str, object]:
    """How the pool behaves: a cut connection is noticed, a full pool waits ten seconds (DD-05, F24)."""
    if config.is_sqlite:
        return {"connect_args": {"timeout": 10}}
    return {
        "pool_pre_ping": True,
        "pool_timeout": 10,
        "connect_args": {"connect_timeout": 10, "prepare_threshold": None},
    }
