"""The numbered migrations make exactly the tables that the models describe, both ways (DD-08)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import delete, inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from rectify import access, figures, ledger, models, progress
from rectify.models import Base, db
from rectify.upkeep import schema
from tests import factories


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


def test_days_of_a_cancelled_round_are_free_and_going_back_keeps_the_one_that_binds(
    app: Flask, session: Session
) -> None:
    """0018: SQLite writes the table anew, with rows that refer to it."""
    inspection = factories.make_inspection(session)
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    days = {"inspection_id": inspection.id, "opens_on": dt.date(2026, 6, 1), "cut_off_on": dt.date(2026, 6, 30)}
    cancelled = models.Round(name="取消的", cancelled_on=dt.date(2026, 6, 5), **days)
    held = models.Round(name="有效的", **days)
    session.add_all([cancelled, held])
    session.flush()
    session.add(
        models.ProgressReport(
            measure_id=measure.id,
            round_id=cancelled.id,
            reported_on=dt.date(2026, 6, 3),
            at=factories.AT,
            state="in_progress",
        )
    )
    session.commit()
    held_id = held.id
    session.add(models.Round(name="又一个", **days))
    with pytest.raises(DatabaseError):
        session.flush()
    session.rollback()
    session.close()

    with app.app_context():
        flask_migrate.downgrade(revision="0017")
        with db.engine.begin() as connection:
            assert connection.execute(text("SELECT id FROM round")).scalars().all() == [held_id]
            assert connection.execute(text("SELECT round_id FROM progress_report")).scalars().all() == [held_id]
        flask_migrate.upgrade()
        with pytest.raises(DatabaseError), db.engine.begin() as connection:  # what refers to it still does
            connection.execute(text("DELETE FROM round"))


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


def test_limits_of_a_ledger_from_before_0013_are_judged_as_they_were_on_every_day(app: Flask, session: Session) -> None:
    """An extension, a correction, an answered question and a new deadline after a reopening: going down to the tables of
    then and up again, each day is still recomputed from what was kept."""
    acting: dict[str, Any] = {"by": access.SYSTEM}

    def on(day: str) -> dict[str, Any]:
        found = dt.date.fromisoformat(day)
        return {"day": found, "at": dt.datetime.combine(found, dt.time(2), dt.UTC), **acting}

    inspection = factories.make_inspection(session)
    issue = factories.make_issue(session, inspection, deadline_raw="2026年12月底前")
    unit = factories.make_unit(session, "某局")
    own, inheriting, asked = (
        factories.make_measure(
            session, issue, lead=unit, deadline_on=factories.DEADLINE, kind="date", deadline_raw="年底"
        ),
        factories.make_measure(session, issue, text="建成污泥处置设施。"),
        factories.make_measure(session, issue, text="完成河道清淤。", kind="ask"),
    )
    later = factories.DEADLINE + dt.timedelta(days=60)
    papers: dict[str, Any] = {"approved_on": dt.date(2026, 3, 2), "document_number": "3号", "reason": "汛期"}
    ledger.extend(session, inheriting, new_deadline_on=later, **papers, **on("2026-03-02"))
    ledger.extend(session, own, new_deadline_on=later, **papers, **on("2026-03-03"))
    ledger.correct_deadline(
        session,
        own,
        new_deadline_on=dt.date(2026, 5, 31),
        effect_on=dt.date(2026, 3, 20),
        reason="录错",
        **on("2026-04-02"),
    )
    ledger.answer_question(session, asked, "2026-06-30", **on("2026-04-10"))
    done = progress.submit(
        session, own, unit_id=unit.id, on_behalf=False, claim="completed", text="完成", **on("2026-04-28")
    )
    progress.accept(session, done, unit_id=None, **on("2026-05-01"))
    progress.reopen(session, own, reason="反弹", new_deadline_on=later, **on("2026-05-08"))
    session.commit()
    query = select(models.FormerValues).order_by(models.FormerValues.at, models.FormerValues.id)

    def kept() -> list[tuple[Any, ...]]:
        return [(row.measure_id, row.until_on, row.at, row.values) for row in session.scalars(query)]

    before = kept()
    corrected = dict(session.execute(select(models.Measure.id, models.Measure.deadline_corrected)).tuples().all())
    assert len(before) == 5
    session.close()
    with app.app_context():
        flask_migrate.downgrade(revision="0012")
        with db.engine.begin() as connection:  # of then: only what the correction found
            row = models.FormerValues
            connection.execute(delete(row).where(row.until_on != dt.date(2026, 3, 20)))
        flask_migrate.upgrade()

    assert kept() == before
    assert corrected == dict(
        session.execute(select(models.Measure.id, models.Measure.deadline_corrected)).tuples().all()
    )
    for day in ("2026-03-01", "2026-03-02", "2026-03-19", "2026-03-20", "2026-04-09", "2026-04-10", "2026-05-08"):
        notes: list[str] = []
        assert (figures.check(session, dt.date.fromisoformat(day), notes), notes) == ([], []), day


def test_quantities_keep_their_value_both_ways_and_lose_only_their_places_going_back(
    app: Flask, session: Session
) -> None:
    """0020."""
    issue = factories.make_issue(session, factories.make_inspection(session))
    for quantity in (Decimal(12), Decimal("3.6"), Decimal(2_000_000_000), None):
        factories.make_measure(session, issue, target_quantity=quantity)
    session.commit()
    session.close()
    kept = text("SELECT target_quantity FROM measure ORDER BY id")
    with app.app_context():
        db.session.remove()
        flask_migrate.downgrade(revision="0019")
        with db.engine.connect() as connection:
            whole = connection.execute(kept).scalars().all()
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            again = (
                connection.execute(select(models.Measure.target_quantity).order_by(models.Measure.id)).scalars().all()
            )

    assert whole == [12, 4, 2_000_000_000, None]
    assert again == [12, 4, 2_000_000_000, None]


def test_a_quantity_is_kept_to_the_thousandth_and_compared_as_a_number(session: Session) -> None:
    issue = factories.make_issue(session, factories.make_inspection(session))
    for quantity in ("0.001", "0.1", "0.3", "10", "9.999", "1999999999.999"):
        factories.make_measure(session, issue, target_quantity=Decimal(quantity))
    session.commit()
    column = models.Measure.target_quantity

    assert [str(one) for one in session.scalars(select(column).order_by(column))] == [
        *("0.001", "0.1", "0.3", "9.999", "10", "1999999999.999")
    ]
    between = select(column).where(column >= Decimal("9.999"), column < 11).order_by(column)
    assert session.scalars(between).all() == [Decimal("9.999"), 10]
