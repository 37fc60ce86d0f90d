"""Conditions on as many ids, and rows past the session: `models.bulk`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models
from rectify.models import bulk
from tests.conftest import Cast


def names(session: Session, condition: object) -> list[str]:
    unit = models.Unit
    return [row.name for row in bulk.read(session, select(unit.name).where(condition).order_by(unit.id))]


def test_ids_are_one_parameter_however_many_they_are(session: Session, cast: Cast) -> None:
    wanted = cast.units["unit_a"], cast.units["office"]

    assert names(session, bulk.among(models.Unit.id, [*wanted, *range(10**6, 10**6 + 70_000)])) == [
        "市整改办",
        "甲县人民政府",
    ]
    assert names(session, bulk.among(models.Unit.id, [])) == []
    assert "甲县人民政府" not in names(session, ~bulk.among(models.Unit.id, wanted))


def test_ids_find_their_rows_by_the_index(session: Session) -> None:
    query = select(models.Unit.name).where(bulk.among(models.Unit.id, [1]))

    if session.get_bind().dialect.name == "sqlite":
        said = str(query.compile(session.get_bind()))
        steps = [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", ("[1]",))]
        assert steps[0] == "SEARCH unit USING INTEGER PRIMARY KEY (rowid=?)"
    else:
        assert "unit.id = ANY (" in str(query.compile(session.get_bind()))


def test_what_the_session_has_not_written_yet_is_read_too(session: Session) -> None:
    session.add(models.Unit(name="丙县人民政府"))

    assert "丙县人民政府" in names(session, models.Unit.id.is_not(None))
