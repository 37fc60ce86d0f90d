"""The demonstration city, filled once and looked at: what a first-time visitor is shown must hold."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from rectify import access, figures, ledger, models, releases, turnout, writing
from rectify.factory import create_app
from rectify.models import db
from rectify.reading import read
from rectify.rules.verdicts import Verdict
from rectify.settings import Settings
from rectify.upkeep import city, demo, schema
from tests.reading.labels_of import asked, content

TODAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, list[tuple[str, ...]]]]:
    folder: Path = tmp_path_factory.mktemp("demo")
    url = f"sqlite:///{folder / 'rectify.sqlite'}"
    app = create_app(Settings(data_dir=folder, database_url=url, demo_password="Yunling-2026-city"))
    schema.upgrade(app)
    told = demo.fill(app, TODAY)
    yield app, told
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_every_verdict_is_there_more_than_once(filled: tuple[Flask, list[tuple[str, ...]]]) -> None:
    app, _ = filled
    with app.app_context():
        found: Counter[str] = Counter()
        for _row, counted in figures.by_inspection(db.session, access.SYSTEM, TODAY):
            found.update({name: getattr(counted, name) for name in figures.VERDICTS})

    assert {verdict.value for verdict in Verdict if found[verdict.value] < 2} == set()


def test_the_central_inspection_reads_like_the_report_sentence(filled: tuple[Flask, list[tuple[str, ...]]]) -> None:
    app, _ = filled
    with app.app_context():
        name = city.INSPECTIONS[0].name
        found = figures.document(db.session, [name], TODAY)["inspections"][0]

    assert (found["issues"]["total"], found["measures"]["total"]) == (36, 94)
    assert (found["issues"]["done"], found["measures"]["done"]) == (28, 78)
    assert (found["measures"]["due_this_year"], found["measures"]["due_this_year_done"]) == (20, 12)


def test_a_report_was_released_and_the_next_has_something_to_tell(
    filled: tuple[Flask, list[tuple[str, ...]]],
) -> None:
    app, _ = filled
    with app.app_context():
        (made,) = db.session.scalars(select(models.Release)).all()
        office = access.person_of(db.session, db.session.scalars(select(models.User).filter_by(role="office")).first())
        following = releases.draft(db.session, office, TODAY)

    assert releases.title(made) and made.day_on < TODAY and "超期" in made.text
    assert (following.previous.id, following.faults) == (made.id, [])
    assert {"newly_done"} <= {change.kind for change in following.changed}


def test_a_report_waits_to_be_sent_again_and_a_measure_is_shared(filled: tuple[Flask, list[tuple[str, ...]]]) -> None:
    app, _ = filled
    with app.app_context():
        session = db.session()
        (returned,) = session.scalars(
            select(models.ProgressReport).where(models.ProgressReport.returned_on.is_not(None))
        ).all()
        names = [one.name for one in city.INSPECTIONS[:2]]
        found = figures.document(session, names, TODAY)
        (inspection_id,) = session.scalars(select(models.Inspection.id).where(models.Inspection.name == names[1]))
        span = turnout.spans(session, [inspection_id], TODAY)[inspection_id][-1]
        waiting = turnout.tallies(session, access.SYSTEM, [span], TODAY)[span.id].returned

    assert returned.return_reason in city.REPORT_RETURN_REASONS and waiting == 1
    assert [one["shared"] for one in found["inspections"]] == [1, 1]
    assert found["together"]["measures"] - found["together"]["different"] == 1


def test_every_standing_is_what_the_facts_give(filled: tuple[Flask, list[tuple[str, ...]]]) -> None:
    app, _ = filled
    with app.app_context():
        assert figures.check(db.session, TODAY) == []


def test_what_counted_on_a_past_day_partitions_the_total(filled: tuple[Flask, list[tuple[str, ...]]]) -> None:
    app, _ = filled
    with app.app_context():
        for back in range(0, 720, 45):
            day = TODAY - dt.timedelta(days=back)
            for row, counted in figures.by_inspection(db.session, access.SYSTEM, day):
                assert sum(getattr(counted, name) for name in figures.VERDICTS) == counted.total, (row.name, day)


@pytest.mark.parametrize("name", ["a.xlsx", "a.docx"])
def test_each_plan_of_the_city_goes_out_and_reads_back(filled: tuple[Flask, list[tuple[str, ...]]], name: str) -> None:
    app, _ = filled
    write = writing.plan_xlsx if name == "a.xlsx" else writing.plan_docx
    with app.app_context():
        for inspection in db.session.scalars(select(models.Inspection)):
            draft = ledger.plan_of(db.session(), inspection, TODAY)
            stream = io.BytesIO()
            write(stream, draft)
            back = read(stream.getvalue(), name)

            assert content(back) == content(draft)
            assert sorted(asked(back), key=str) == sorted(asked(draft), key=str)
            form = ledger.InspectionForm(inspection.name)
            found = ledger.compare(db.session(), back, inspection, form, {}, {}, day=TODAY, as_of=TODAY)
            assert {entry.kind for entry in found.entries} <= {"report"} and found.rejected == []
            counted = figures.document(db.session, [inspection.name], TODAY)["inspections"][0]
            assert len(back.issues) == counted["issues"]["total"]
            assert sum(len(issue.measures) for issue in back.issues) == counted["measures"]["total"]
            states = Counter(measure.state for _, measure in back.measures())
            assert states["signed_off"] == counted["measures"]["signed_off"]


def test_somebody_has_something_to_decide(filled: tuple[Flask, list[tuple[str, ...]]]) -> None:
    app, _ = filled
    with app.app_context():
        waiting = db.session.scalar(select(func.count()).where(models.Submission.state == "open"))

    assert waiting and waiting >= 2


def test_people_have_read_what_they_were_told_long_ago(filled: tuple[Flask, list[tuple[str, ...]]]) -> None:
    app, _ = filled
    with app.app_context():
        unread = db.session.scalars(select(models.Notice.at).where(models.Notice.read_at.is_(None))).all()

    assert 0 < len(unread) < 100
    assert TODAY - min(unread).date() <= dt.timedelta(days=demo.UNREAD_DAYS)


def test_accounts_are_told_once_and_the_folder_says_what_it_is(
    filled: tuple[Flask, list[tuple[str, ...]]],
) -> None:
    app, told = filled

    assert len(told) == len(city.PEOPLE)
    assert {line[2] for line in told} == {"Yunling-2026-city"}
    assert (app.config["SETTINGS"].data_dir / demo.MARK).exists()


def test_a_database_that_holds_anything_is_refused(filled: tuple[Flask, list[tuple[str, ...]]]) -> None:
    app, _ = filled

    with pytest.raises(demo.Refused, match="已有数据"):
        demo.fill(app, TODAY)
