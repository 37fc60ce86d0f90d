"""Beside every figure: what several inspections share (共同措施) and what rests on a correction (更正), wherever figures are."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import openpyxl
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from rectify import access, figures, ledger, models, releases
from rectify.figures import counting
from rectify.web import reports
from tests import factories
from tests.conftest import AT, TODAY, Cast

Client = Callable[..., FlaskClient]
LINKED = dt.date(2026, 3, 2)
FIXED = dt.date(2026, 4, 1)


@dataclass
class Two:
    """Two inspections, unit_a answering for all: the central one with two measures, one of which the provincial shares;
    the provincial one with one of its own, whose deadline was corrected."""

    central: int
    provincial: int
    both: int
    corrected: int


@pytest.fixture
def two(session: Session, cast: Cast) -> Two:
    unit = cast.units["unit_a"]
    central = factories.make_inspection(session, "中央环保督察")
    provincial = factories.make_inspection(session, "省级环保督察", level="provincial")
    first, second = (factories.make_issue(session, each) for each in (central, provincial))
    both = factories.make_measure(session, first, text="共用的管网工程", lead=unit)
    factories.make_measure(session, first, text="中央督察自己的措施", lead=unit)
    own = factories.make_measure(session, second, text="省督察自己的措施", lead=unit, deadline_on=dt.date(2026, 5, 31))
    acts: dict[str, Any] = {"by": access.SYSTEM, "at": AT}
    ledger.link_measure(session, both, second, number="2", day=LINKED, **acts)
    ledger.correct_deadline(
        session, own, new_deadline_on=dt.date(2026, 8, 31), effect_on=FIXED, reason="录入有误", day=TODAY, **acts
    )
    made = Two(central.id, provincial.id, both.id, own.id)
    session.commit()
    return made


def scope(person: access.Person = access.SYSTEM, *ids: int, **more: Any) -> figures.Scope:
    return figures.Scope(person, ids or None, **more)


def listed(session: Session, figure: str, asked: figures.Scope, day: dt.date = TODAY) -> list[int | None]:
    return [row.measure_id for row in figures.rows(session, asked, figure, day, limit=None)]


def test_a_shared_measure_counts_in_each_inspection_and_is_told_apart(session: Session, two: Two) -> None:
    found = figures.tallies(session, scope(), TODAY)

    assert [(found[i]["total"], found[i]["shared"]) for i in (two.central, two.provincial)] == [(2, 1), (2, 1)]
    assert listed(session, "shared", scope()) == [two.both, two.both]
    assert figures.different_shared(session, scope(), TODAY) == 1
    assert figures.document(session, None, TODAY)["together"] == {"measures": 4, "shared": 1, "different": 3}
    assert [row.shared for row in figures.rows(session, scope(), "total", TODAY)].count(True) == 2
    assert figures.check(session, TODAY) == []


@pytest.mark.parametrize(
    ("day", "shared", "total"),
    [(LINKED - dt.timedelta(days=1), 0, 3), (LINKED, 1, 4), (LINKED + dt.timedelta(days=1), 1, 4)],
)
def test_before_it_was_linked_nothing_was_shared(
    session: Session, two: Two, day: dt.date, shared: int, total: int
) -> None:
    assert figures.document(session, None, day)["together"] == {"measures": total, "shared": shared, "different": 3}
    assert figures.check(session, day) == []


def test_a_unit_and_a_region_have_a_shared_measure_once_and_their_lists_too(
    session: Session, cast: Cast, two: Two
) -> None:
    unit, region = cast.units["unit_a"], session.get_one(models.Unit, cast.units["unit_a"]).region_id
    assert region is not None

    ((_, _, by_unit),) = figures.by_unit(session, scope(), TODAY)
    ((_, _, by_region),) = figures.by_region(session, scope(), TODAY)

    assert by_unit == by_region and by_unit.total == 3
    for asked in (scope(unit_id=unit), scope(region_id=region)):
        assert figures.count(session, asked, TODAY) == by_unit
        for name in figures.FIGURES:
            assert len(listed(session, name, asked)) == getattr(by_unit, name), name
    ((_, _, of_one),) = figures.by_unit(session, scope(access.SYSTEM, two.provincial), TODAY)
    assert of_one.total == 2, "within one inspection it counts there, wherever else"
    assert sorted(listed(session, "total", scope(access.SYSTEM, two.provincial, unit_id=unit))) == [
        two.both, two.corrected
    ]  # fmt: skip


def test_what_an_inspection_shares_with_one_that_is_hidden_is_not_told(session: Session, cast: Cast, two: Two) -> None:
    session.get_one(models.Inspection, two.provincial).confidential = True
    session.flush()
    leader = access.person_of(session, session.get_one(models.User, cast.users["leader"]))

    found = figures.tallies(session, scope(leader), TODAY)

    assert [(key, tally["total"], tally["shared"]) for key, tally in found.items()] == [(two.central, 2, 0)]
    assert listed(session, "shared", scope(leader)) == []


@pytest.mark.parametrize(("day", "rows"), [(FIXED - dt.timedelta(days=1), 0), (FIXED, 1), (TODAY, 1)])
def test_what_rests_on_a_correction_is_counted_and_listed(session: Session, two: Two, day: dt.date, rows: int) -> None:
    """S2: with effect from 1 April, known since today; its issue rests on it too."""
    own = figures.document(session, ["省级环保督察"], day)["inspections"][0]

    assert own["corrected"] == {"issues": rows, "measures": rows}
    assert listed(session, "corrected", scope(), day) == [two.corrected] * rows
    assert len(figures.rows(session, scope(counted="issues"), "corrected", day)) == rows
    assert figures.check(session, day) == []


def test_the_check_finds_a_measure_that_a_unit_has_twice(
    session: Session, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_counts_before", lambda *_: figures.counting.false())

    wrong = figures.check(session, TODAY)

    assert [sentence for sentence in wrong if "甲县人民政府, measures: total counted 4, rows give 3" in sentence]
    assert [sentence for sentence in wrong if "甲县, measures: total counted 4, rows give 3" in sentence]


def test_the_check_finds_a_wrong_number_of_shared_measures(
    session: Session, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "different_shared", lambda *_: 2)

    assert figures.check(session, TODAY) == ["all, measures: 2 different ones shared, rows give 1"]


def test_a_release_keeps_what_was_shared_and_corrected(session: Session, cast: Cast, two: Two) -> None:
    office = access.person_of(session, session.get_one(models.User, cast.users["office"]))

    made = releases.release(session, office, TODAY, note="", today=TODAY, at=AT)

    assert releases.check(session) == []
    told = {subject.key: subject.measures for subject in releases.subjects(made)}
    assert [(told[i].shared, told[i].corrected) for i in (two.central, two.provincial)] == [(1, 0), (1, 1)]
    assert [row.measure_id for row in releases.rows(session, made, "corrected")] == [two.corrected]
    assert releases.different(session, made) == 3
    (unit,) = made.units
    assert unit["figures"]["total"] == 3
    assert len(releases.rows(session, made, "total", unit_id=cast.units["unit_a"])) == 3


def words(page: BeautifulSoup) -> str:
    return "".join(page.main.text.split())  # type: ignore[union-attr]


def test_the_board_says_it_and_every_number_opens_its_rows(client: Client, two: Two) -> None:
    browser = client("office")
    page = BeautifulSoup(browser.get("/board").text, "html.parser")

    assert "各批次措施合计中，共同措施2条次，实为1条，在对应的各批次分别计数；不重复计，共有措施3条。" in words(page)
    assert "以上数字中，1项问题、1条措施依据更正后的情况计算" in words(page)
    assert "对应多个批次的共同措施在一个单位只计一次" in words(page)
    for link in page.select("main a.figure"):
        rows = BeautifulSoup(browser.get(link["href"]).text, "html.parser").select("main tbody tr")
        assert len(rows) == int(link.text.strip()), link["href"]


def test_the_board_of_one_inspection_names_what_it_shares(client: Client, two: Two) -> None:
    page = BeautifulSoup(client("office").get(f"/board?inspection={two.provincial}").text, "html.parser")

    assert "其中1条为与其他批次共有的共同措施，在各批次分别计数。" in words(page)


def test_the_ledger_marks_its_rows(client: Client, two: Two) -> None:
    rows = BeautifulSoup(client("office").get("/ledger").text, "html.parser").select("main tbody tr")

    marked = {row.select_one(".clamp").text: [mark.text for mark in row.select(".mark")] for row in rows}
    assert "共同" in marked["共用的管网工程"] and "更正" in marked["省督察自己的措施"]
    assert "共同" not in marked["中央督察自己的措施"] + marked["省督察自己的措施"]


def test_the_files_carry_marks_and_notes(session: Session, two: Two) -> None:
    made = reports.compose(session, access.SYSTEM, TODAY)

    book = openpyxl.load_workbook(io.BytesIO(reports.render(made, "xlsx")))

    heads, *rows = book["数据汇总"].iter_rows(min_row=2, values_only=True)
    aside = [(row[0], row[1], *(row[heads.index(word)] for word in ("其中共同措施", "其中更正"))) for row in rows]
    assert aside == [
        ("中央环保督察", "问题", 0, 0), ("中央环保督察", "措施", 1, 0),
        ("省级环保督察", "问题", 0, 1), ("省级环保督察", "措施", 1, 1),
    ]  # fmt: skip
    _, _, names, *lines = book["台账"].iter_rows(values_only=True)
    marks = sorted(str(line[names.index("标记")]) for line in lines)
    assert marks == ["None", "共同", "共同", "更正"]
    said = " ".join(str(row[0]) for row in book["报告文字"].iter_rows(values_only=True))
    assert "1条是与其他批次共有的共同措施" in said and "1项问题、1条措施依据更正后的情况计算" in said


def test_a_page_of_rows_looks_for_shared_ones_in_the_index_of_these_alone(session: Session, two: Two) -> None:
    if session.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL chooses by the sizes of the tables, which are nothing here
    asked: list[tuple[str, Any]] = []
    engine = session.get_bind()

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    listed(session, "total", scope())
    event.remove(engine, "before_cursor_execute", note)

    cursor = session.connection().connection.cursor()
    steps = [row[3] for one, values in asked for row in cursor.execute(f"EXPLAIN QUERY PLAN {one}", values)]
    assert [step for step in steps if "guest" in step] == ["SCAN guest USING COVERING INDEX ix_measure_link_guest"]
