"""The numbered migrations make exactly the tables that the models describe, both ways (DD-08)."""

from __future__ import annotations

from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from rectify import models
from rectify.models import Base, db
from rectify.upkeep import schema


def test_the_migrations_make_what_the_models_describe(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        found = compare_metadata(context, Base.metadata)

    assert [change for change in found if "alembic_version" not in str(change)] == []


def test_every_constraint_has_a_name() -> None:
    """R12 and style.md 12: what a migration may one day have to speak of."""
    nameless = [
        f"{table.name}: {c}" for table in Base.metadata.tables.values() for c in table.constraints if not c.name
    ]

    assert nameless == []


def test_a_database_goes_back_to_nothing_and_up_again(app: Flask) -> None:
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        db.session.remove()
        with db.engine.connect() as connection:
            left = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
        assert left == []

    assert schema.upgrade(app) == schema.newest(app)


def test_migrations_import_none_of_our_code() -> None:
    folder = Path(__file__).resolve().parent.parent / "migrations" / "versions"

    assert [path.name for path in sorted(folder.glob("*.py")) if "rectify" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET act = 'nothing'", "DELETE FROM audit_entry"])
def test_the_trail_refuses_to_be_changed(session: Session, at: object, change: str) -> None:
    """AD-02."""
    session.add(models.AuditEntry(at=at, act="test"))
    session.commit()

    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(change))
    session.rollback()
    assert session.scalar(select(models.AuditEntry.act).where(models.AuditEntry.act == "test")) == "test"
