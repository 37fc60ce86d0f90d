"""Rows by the thousand, beside the unit of work: many a statement on SQLite, COPY on PostgreSQL; and conditions on as
many ids.

What the rows refer to must have been flushed. Rows that somebody goes on working with are the session's.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    String,
    TypeDecorator,
    bindparam,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

BATCH = 5000


def insert(connection: Connection, model: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows that have the same columns; a column that they leave out gets its default, where that is a value.

    IntegrityError where the database refuses one.
    """
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        _insert(connection, model, {name: [row[name] for row in batch] for name in batch[0]}, len(batch))


def insert_tuples(connection: Connection, model: Any, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """`insert`, for rows that have the values of these columns in their order: of the tables with the most rows."""
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        _insert(connection, model, dict(zip(names, zip(*batch, strict=True), strict=True)), len(batch))


def _insert(connection: Connection, model: Any, given: Mapping[str, Sequence[Any]], count: int) -> None:
    columns = [column for column in model.__table__.columns if column.name in given or _has_default(column)]
    values = [
        _values(connection, column, given[column.name]) if column.name in given else [column.default.arg] * count
        for column in columns
    ]
    names = [column.name for column in columns]
    _write(connection, model.__tablename__, names, list(zip(*values, strict=True)))


def new_ids(connection: Connection, model: Any, count: int) -> list[int]:
    """Ids for that many rows to come, rising; nobody else gets them."""
    if connection.dialect.name == "sqlite":  # nobody writes while we do, and it too counts on from the largest
        last = connection.scalar(select(func.max(model.id))) or 0
        return list(range(last + 1, last + 1 + count))
    statement = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
    return list(connection.scalars(statement, {"table": f'"{model.__tablename__}"', "count": count}))


class _Ids(TypeDecorator[list[int]]):
    """Any number of ids as one parameter: an array, on SQLite a list in JSON."""

    impl = ARRAY(Integer)
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else ARRAY(Integer))

    def process_bind_param(self, value: Iterable[int] | None, dialect: Any) -> Any:
        ids = list(value or ())
        return json.dumps(ids) if dialect.name == "sqlite" else ids


class _Among(FunctionElement[bool]):
    """`among`, which each database says in its own way."""

    type = Boolean()
    name = "among"
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """A condition as it is: compared with 1, as SQLAlchemy would on SQLite, it would find no index."""
        return self


@compiles(_Among)
def _among(element: _Among, compiler: Any, **more: Any) -> str:
    column, ids = (compiler.process(part, **more) for part in element.clauses)
    return f"{column} = ANY ({ids})"


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: _Among, compiler: Any, **more: Any) -> str:
    column, ids = (compiler.process(part, **more) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"


def among(column: Any, ids: Iterable[int] | str) -> ColumnElement[bool]:
    """Whether a column is one of these ids; however many they are, they are one parameter of one statement. Of a statement
    that is put together once `ids` is the name of that parameter."""
    given = bindparam(ids, type_=_Ids()) if isinstance(ids, str) else literal(list(ids), _Ids())
    return _Among(column, given)


def read(session: Session, statement: Any, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
    """The rows of a statement of columns, past the session's own loading, which takes as long as the reading itself.

    What the session has not written yet is written first, as it does before its own statements.
    """
    if session.autoflush:
        session.flush()
    return session.connection().execute(statement, values).all()


def _has_default(column: Any) -> bool:
    return column.default is not None and column.default.is_scalar


def _values(connection: Connection, column: Any, values: Sequence[Any]) -> Iterable[Any]:
    """A column's values as the driver takes them."""
    write = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    if write is None:
        return values
    if isinstance(column.type, JSON):
        return map(write, values)
    written = {value: write(value) for value in set(values)}  # of days and flags a column has few
    return [written[value] for value in values]


def _write(connection: Connection, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    into = f'"{table}" ({listed})'
    if connection.dialect.name == "sqlite":
        # As many rows a statement as it has places: what SQLite sets up for a statement's conditions it does once.
        driver: Any = connection.connection.driver_connection
        most = max(driver.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // len(names), 1)
        marks = f"({', '.join('?' * len(names))})"
        for first in range(0, len(rows), most):
            part = rows[first : first + most]
            values = tuple(chain.from_iterable(part))
            connection.exec_driver_sql(f"INSERT INTO {into} VALUES {', '.join([marks] * len(part))}", values)
        return
    statement = f"COPY {into} FROM STDIN"
    driver = connection.connection.driver_connection
    dialect: Any = connection.dialect
    try:
        with driver.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except dialect.loaded_dbapi.IntegrityError as error:
        raise IntegrityError(statement, None, error) from error
