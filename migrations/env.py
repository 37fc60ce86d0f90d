"""How Alembic reaches the database of the application; the migrations themselves import none of our code."""

from typing import Any

from alembic import context
from flask import current_app

db = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Our own column type is written as what it is in the database."""
    if kind == "type" and type(item).__name__ == "Instant":
        return "sa.DateTime(timezone=True)"
    return False


with db.engine.connect() as connection:
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
