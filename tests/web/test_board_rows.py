"""The ledger: searched, filtered, paged by keyset, exported; what each sees is his."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import openpyxl
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models, standing
from rectify.web.board import rows as ledger_page
from tests import factories
from tests.conftest import Cast
from tests.support import scene

Client = Callable[..., FlaskClient]


@pytest.fixture
def inspection(session: Session, cast: Cast) -> int:
    made = scene.every_verdict(session, cast.units["unit_a"])
    made_id = made.id
    session.commit()
    return made_id


def _texts(browser: FlaskClient, address: str) -> list[str]:
    answer = browser.get(address)
    assert answer.status_code == 200
    page = BeautifulSoup(answer.text, "html.parser")
    return [tag.get_text(strip=True) for tag in page.select("main tbody .clamp")]


def test_the_ledger_lists_all_by_deadline_and_those_without_one_last(client: Client, inspection: int) -> None:
    texts = _texts(client("office"), "/ledger")

    assert len(texts) == 12
    assert texts[0] == "往年超期的措施"
    assert set(texts[-2:]) == {"时限待确认的措施", "长期坚持的措施"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("figure=overdue", ["往年超期的措施", "今年超期的措施"]),
        ("figure=due_30", ["即将到期的措施"]),
        ("q=阶段目标", ["阶段目标未完成的措施"]),
        ("q=7-1", ["阶段目标未完成的措施"]),
        ("q=省7号", ["阶段目标未完成的措施"]),
        ("q=100%25", []),
        ("figure=unreported&counted=issues", ["问题：时限待确认的措施"]),
    ],
)
def test_the_ledger_is_found_by_figure_number_and_text(
    client: Client, session: Session, inspection: int, query: str, found: list[str]
) -> None:
    issue = session.scalars(select(models.Issue).where(models.Issue.number == "7")).one()
    issue.upper_number = "省7号"
    session.commit()

    assert _texts(client("office"), f"/ledger?{query}") == found


def test_the_ledger_is_narrowed_to_a_unit_or_a_region(client: Client, cast: Cast, inspection: int) -> None:
    office = client("office")

    assert len(_texts(office, f"/ledger?unit={cast.units['unit_a']}")) == 12
    assert _texts(office, f"/ledger?unit={cast.units['unit_b']}") == []
    assert "没有符合条件的事项" in office.get(f"/ledger?unit={cast.units['unit_b']}").text


@pytest.mark.parametrize("counted", ["measures", "issues"])
def test_pages_follow_each_other_without_gap_or_repetition(
    client: Client, session: Session, inspection: int, monkeypatch: pytest.MonkeyPatch, counted: str
) -> None:
    """Also where a measure that answers issues of two inspections stands in the list twice."""
    other = factories.make_issue(session, factories.make_inspection(session, "省督察"), text="省里的问题")
    shared = session.scalars(select(models.Measure.id).where(models.Measure.text == "今年超期的措施")).one()
    session.add(
        models.MeasureLink(measure_id=shared, issue_id=other.id, inspection_id=other.inspection_id, home=False, seq=1)
    )
    session.flush()
    standing.write(session, [shared], day=scene.day(6, 1), at=scene.AT)
    session.commit()
    browser, address, seen = client("office"), f"/ledger?counted={counted}", []
    whole = _texts(browser, address)

    monkeypatch.setattr(ledger_page, "PAGE", 1)
    while address:
        page = BeautifulSoup(browser.get(address).text, "html.parser")
        seen += [tag.get_text(strip=True) for tag in page.select("main tbody .clamp")]
        onward = page.select_one("nav.pager a[rel=next]")
        address = onward["href"] if onward else ""

    assert len(whole) == 13
    assert seen == whole


@pytest.mark.parametrize("query", ["after=x", "after=2026-13-01_1", "figure=nonsense", "unit=9999999999", "counted=x"])
def test_an_address_that_makes_no_sense_shows_the_ledger(client: Client, inspection: int, query: str) -> None:
    assert len(_texts(client("office"), f"/ledger?{query}")) == 12


def test_a_unit_sees_and_exports_its_own_rows_alone(
    client: Client, session: Session, cast: Cast, inspection: int
) -> None:
    issue = factories.make_issue(session, factories.make_inspection(session, "省督察"), text="乙县的问题")
    factories.make_measure(session, issue, lead=cast.units["unit_b"], text="乙县的措施")
    session.commit()

    assert _texts(client("unit_b"), "/ledger") == ["乙县的措施"]
    assert [row["整改措施"] for row in _workbook(client("unit_b").get("/ledger/export").data)] == ["乙县的措施"]


def test_the_export_holds_the_same_rows_whole_and_harmless(client: Client, inspection: int) -> None:
    answer = client("office").get("/ledger/export?figure=lagging")
    rows = _workbook(answer.data)

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert [row["整改措施"] for row in rows] == _texts(client("office"), "/ledger?figure=lagging")
    assert rows[0]["状态"] == "超期" and rows[0]["超期天数"] == 166
    assert rows[0]["整改时限"] == dt.datetime(2025, 12, 31)
    assert rows[0]["牵头单位"] == "甲县人民政府"
    assert rows[2]["状态依据"] == "应于2026-04-30完成的阶段目标“主体工程完工”未报完成。"


def test_a_text_that_looks_like_a_formula_is_exported_as_text(client: Client, inspection: int) -> None:
    data = client("office").get("/ledger/export?figure=due_30").data
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=HYPERLINK")]

    assert [cell.data_type for cell in cells] == ["s"]
    assert cells[0].quotePrefix


def test_a_large_export_goes_through_a_file(client: Client, inspection: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_page, "IN_MEMORY", 0)

    with client("office").get("/ledger/export") as answer:
        assert len(_workbook(answer.data)) == 12


def test_an_export_is_in_the_trail(client: Client, session: Session, inspection: int) -> None:
    client("leader").get("/ledger/export?figure=overdue")

    entry = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "export")).one()
    assert (entry.user_name, entry.item, entry.details["figure"]) == ("leader", "ledger", "overdue")


def _workbook(data: bytes) -> list[dict[str, object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    return [dict(zip(map(str, rows[2]), row, strict=True)) for row in rows[3:]]
