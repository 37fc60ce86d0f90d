"""How Alembic reaches the database of the application; the migrations themselves import none of our code."""

import contextlib
from collections.abc import Iterator
from typing import Any

from alembic import context
from flask import current_app

db = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Our own column type is written as what it is in the database."""
    if kind == "type" and type(item).__name__ == "Instant":
        return "sa.DateTime(timezone=True)"
    return False


@contextlib.contextmanager
def references_unseen(connection: Any) -> Iterator[None]:
    """On SQLite a table that others refer to is written anew under its name: no reference is looked at until all are, at
    the end. SQLite takes this only outside of a transaction, so it is said to the driver."""
    if connection.dialect.name != "sqlite":
        yield
        return
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if lost := cursor.execute("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(f"rows refer to what is not there: {lost[:5]}")
    finally:
        cursor.execute("PRAGMA foreign_keys=ON")


with db.engine.connect() as connection, references_unseen(connection):
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
