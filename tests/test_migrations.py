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


def test_an_alias_may_stand_for_several_units_and_going_back_keeps_the_first(app: Flask) -> None:
    """0005."""
    unit = text("INSERT INTO unit (id, name, is_office, active, sort, version) VALUES (:id, :name, :no, :yes, 0, 1)")
    alias = text("INSERT INTO unit_alias (unit_id, name) VALUES (:id, '各县（市、区）')")
    with app.app_context():
        flask_migrate.downgrade(revision="0005")
        with db.engine.begin() as connection:
            for unit_id in (901, 902):
                connection.execute(unit, {"id": unit_id, "name": f"{unit_id}县", "no": False, "yes": True})
                connection.execute(alias, {"id": unit_id})
        with pytest.raises(DatabaseError), db.engine.begin() as connection:
            connection.execute(alias, {"id": 901})

        flask_migrate.downgrade(revision="0004")

        with db.engine.begin() as connection:
            assert connection.execute(text("SELECT unit_id FROM unit_alias")).scalars().all() == [901]
            connection.execute(text("INSERT INTO unit_alias (unit_id, name) VALUES (902, '乙县')"))
        with pytest.raises(DatabaseError), db.engine.begin() as connection:
            connection.execute(text("INSERT INTO unit_alias (unit_id, name) VALUES (901, '乙县')"))
        flask_migrate.upgrade()
        with db.engine.begin() as connection:
            connection.execute(text("INSERT INTO unit_alias (unit_id, name) VALUES (901, '乙县')"))
