"""The bench measures every mark and fails loudly where it cannot; times are never asserted here."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import python_calamine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import access, figures, models, reading, standing
from rectify.factory import create_app
from rectify.models import db
from rectify.upkeep import bench, synthetic
from tests.conftest import on_postgres
from tests.support import postgres

MARKS = (
    "day's judgement of 40 turns at 400 / at 100 measures",
    "day's judgement of 40 turns / the bare SQL of the same turns",
    "judgement of the day after a cut-off / the bare SQL of the same turns",
    "board page at 400 measures / its bare grouped SQL",
    "list page 7 / page 1",
    "list page 1 at 400 / at 100 measures",
    "list page of 50 rows / its statements by SQLAlchemy Core and its template alone",
    "statements of a measure's page",
    "statements of a list page",
    "each of 2000 digests of 30 lines and # KB / prebuilt bytes over one reused connection",
    "memory after 2000 digests / after 100",
    "peak memory of judge at 400 / at 100 measures",
    "peak memory of remind at 400 / at 100 measures",
    "peak memory of export at 400 / at 100 measures",
    "ledger export of 400 rows, .xlsx / XlsxWriter constant_memory alone",
    "submit over the bare commit",
    "import of a 400-row .xlsx / reading it with calamine",
)


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece of work is done once: what it takes does not matter here."""
    monkeypatch.setattr(bench, "_medians", lambda _times, first, second: (first() + 1e-9, second() + 1e-9))


@pytest.fixture
def database() -> Iterator[str | None]:
    if not on_postgres():
        yield None
        return
    with postgres.server() as admin_url:
        url = postgres.fresh_database(admin_url)
        yield url
        postgres.drop_database(admin_url, url)


def test_every_mark_is_measured_and_printed(once: None, database: str | None) -> None:
    out = io.StringIO()

    all_met = bench.run(400, database, out, create_app)

    lines = out.getvalue().splitlines()
    found = [line for line in lines if re.match(r"(met|missed) +[\d.]+( ms)? +\(at most ", line)]
    assert [re.sub(r"\d+ KB", "# KB", re.split(r"  +", line)[3]) for line in found] == list(MARKS)
    assert all(line.endswith("]") for line in found)
    met = sum(line.startswith("met") for line in found)
    assert f"{met} of {len(MARKS)} marks met" in lines
    assert all_met is (met == len(MARKS))
    assert sum(line.startswith("missed: ") for line in lines) == len(MARKS) - met
    if database is not None:
        with psycopg.connect(database.replace("+psycopg", "")) as connection:
            schemas = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rectify_bench%'")
            assert schemas.fetchall() == [], "somebody's PostgreSQL is left as it was"


def test_a_mark_that_cannot_be_measured_is_not_left_out(once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: Any, **_more: Any) -> Any:
        raise LookupError("no such room")

    monkeypatch.setattr(bench.post, "compose", gone)

    with pytest.raises(LookupError, match="no such room"):
        bench.run(400, None, io.StringIO(), create_app)


@pytest.mark.parametrize(("value", "met"), [(1.49, True), (1.5, True), (1.51, False)])
def test_a_mark_is_met_up_to_its_bound(value: float, met: bool) -> None:
    mark = bench.Mark("name", value, 1.5)

    assert mark.met is met
    assert str(mark).startswith("met" if met else "missed")


@pytest.fixture
def filled(app: Flask, today: dt.date, at: dt.datetime) -> Callable[[int], Flask]:
    """The application over a synthetic ledger instead of the cast's."""

    def fill(measures: int) -> Flask:
        with app.app_context(), db.engine.connect() as connection:
            for table in reversed(db.metadata.sorted_tables):
                connection.execute(table.delete())
            connection.commit()
            synthetic.fill(connection, measures, today, at)
        return app

    return fill


def test_a_synthetic_ledger_stands_as_the_rule_says(filled: Callable[[int], Flask], today: dt.date) -> None:
    app = filled(1000)

    with app.app_context(), Session(db.engine) as session:
        assert figures.check(session, today) == []
        counted = figures.count(session, figures.Scope(access.SYSTEM), today)
        assert counted.total == 1000
        assert 0.55 < counted.done / counted.total < 0.65
        assert min(counted.overdue, counted.behind, counted.unreported, counted.long_term, counted.signed_off) > 0
        lengths = session.execute(select(func.avg(func.length(models.Measure.text)))).scalar_one()
        assert 85 < float(lengths) < 115


def test_on_the_next_day_as_many_measures_turn_in_a_small_ledger_as_in_a_large_one(
    filled: Callable[[int], Flask], today: dt.date
) -> None:
    turned = []
    for measures in (400, 2000):
        with filled(measures).app_context(), Session(db.engine) as session:
            turned.append(standing.turn(session, today + dt.timedelta(days=1))["measures"])
            session.rollback()

    assert turned == [synthetic.EVEN_TURNS, synthetic.EVEN_TURNS]


def test_one_mark_can_be_measured_alone(once: None) -> None:
    out = io.StringIO()

    bench.run(400, None, out, create_app, only=["import"])

    found = [line for line in out.getvalue().splitlines() if re.match(r"(met|missed) ", line)]
    assert len(found) == 1
    assert "import of a 400-row .xlsx" in found[0]


def test_the_ledger_that_is_imported_is_one_that_an_office_would_keep(today: dt.date) -> None:
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(bench.plan_workbook(1000, today)))
    cells = rows.get_sheet_by_index(0).to_python()[4:]

    assert len(cells) == 1000
    assert {len(row) for row in cells} == {len(bench.LEDGER_HEADS)}
    for head in ("反馈问题", "整改目标", "整改措施", "目前进展情况"):
        texts = [row[bench.LEDGER_HEADS.index(head)] for row in cells if row[bench.LEDGER_HEADS.index(head)]]
        assert len(set(texts)) == len(texts) > 100, "every sentence is of its own"
        assert all(35 <= len(text) <= 120 for text in texts)


def test_the_ledger_that_is_imported_is_read_as_it_was_written(today: dt.date) -> None:
    draft = reading.read(bench.plan_workbook(50, today), "plan.xlsx")

    assert (len(draft.issues), sum(len(issue.measures) for issue in draft.issues)) == (10, 50)
    assert draft.as_of == today
    first = draft.issues[0]
    assert first.number == "1" and first.goal
    assert {(unit.role, unit.name) for unit in first.units} == {
        ("supervising", synthetic.unit_name(synthetic.supervising_of(1))),
        ("acceptance", synthetic.unit_name(synthetic.supervising_of(2))),
    }
    assert [measure.state for measure in draft.issues[1].measures] == [
        *("completed", "behind", "on_schedule", "on_schedule", "on_schedule")
    ]
    own = draft.issues[1].measures[1]
    assert own.deadline is not None and own.deadline.date is not None and own.deadline.date > today
    assert own.progress and own.difficulty and own.next_step
    assert [unit.role for unit in own.units] == ["lead", "cooperating", "cooperating", "leader", "person"]
    assert [question.topic for question in draft.questions] == ["state"], "hindered, and yet on schedule"
