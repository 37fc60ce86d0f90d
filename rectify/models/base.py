"""`db`, the base of all tables, the column types they share, and how a connection to SQLite is opened.

No table lives here.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Integer, MetaData, event
from sqlalchemy.engine import Engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from rectify.rules import quantities

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table: constraints get names, so that a migration can speak of them."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base)


class Instant(TypeDecorator[dt.datetime]):
    """An instant, aware and in UTC on both databases; SQLite itself keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "an instant carries its zone"
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class days_between(FunctionElement[int]):  # noqa: N801 - named as it is called in SQL
    """`days_between(first, last)`: whole days from one date to another, in the SQL of either database."""

    type = Integer()
    inherit_cache = True


@compiles(days_between)
def _days_between(element: Any, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({last} - {first})"


@compiles(days_between, "sqlite")
def _days_between_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(julianday({last}) - julianday({first}) AS INTEGER)"


class Quantity(TypeDecorator[Decimal]):
    """A quantity with three places, kept as whole thousandths: SQLite has no decimals but floating point."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Any) -> int | None:
        return None if value is None else quantities.thousandths(value)

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        return None if value is None else quantities.exact(value)


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: Any) -> None:
    """What each new connection is told before its first work; on SQLite the driver's own BEGIN is switched off (see
    `_begin`)."""
    cursor = connection.cursor()
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        for pragma in SQLITE_SETTINGS:
            cursor.execute(f"PRAGMA {pragma}")
    else:
        connection.autocommit = True  # else it would be taken back with the first work that is
        cursor.execute(POSTGRESQL_SETTING)
        connection.autocommit = False
    cursor.close()


SQLITE_SETTINGS = (
    "busy_timeout=10000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-32768",  # KiB: each connection of each thread fills it; the system keeps the file's pages too
)

POSTGRESQL_SETTING = "SELECT set_config('jit', 'off', false) FROM pg_settings WHERE name = 'jit'"
"""PostgreSQL compiles a statement that it thinks dear, anew each time, which takes longer than the board's statements."""


@event.listens_for(Engine, "begin")
def _begin(connection: Any) -> None:
    """A transaction that will write begins IMMEDIATE: a deferred one that reads first loses updates or fails late.

    A reader asks for a deferred one with execution_options(read_only=True).
    """
    if connection.dialect.name != "sqlite":
        return
    reading = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
