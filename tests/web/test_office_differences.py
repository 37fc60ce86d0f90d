"""The page of differences: three columns, the way to confirm, what has run out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models, standing
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
Browser = Callable[..., FlaskClient]


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: Any) -> str:
    return " ".join(page(answer).main.get_text(" ").split())


@pytest.fixture
def ids(session: Session, cast: Cast) -> dict[str, int]:
    """unit_a claims to be on schedule past a milestone; unit_b's confirmation has run out; a third agrees."""
    inspection = factories.make_inspection(session, name="督察甲")
    issue = factories.make_issue(session, inspection)
    made = {}
    for n, (name, unit) in enumerate((("claims", "unit_a"), ("ended", "unit_b"), ("agrees", "unit_b"))):
        measure = factories.make_measure(
            session,
            issue,
            text=f"第{n}条措施",
            lead=cast.units[unit],
            supervising=[cast.units["supervisor"]] if name == "claims" else [],
        )
        session.add(models.Milestone(measure_id=measure.id, due_on=D("2026-04-30"), text="开工"))
        made[name] = measure.id
    at = factories.AT
    session.add(
        models.ProgressReport(
            measure_id=made["claims"],
            reported_on=D("2026-05-10"),
            at=at,
            state="in_progress",
            text="在建。",
            said="on_schedule",
            forecast="hard",
            expected_on=D("2026-09-30"),
        )
    )
    session.add(
        models.Confirmation(
            measure_id=made["ended"],
            verdict="on_schedule",
            confirmed_on=D("2026-05-05"),
            last_on=D("2026-05-31"),
            at=at,
            reason="现场已核",
        )
    )
    standing.write(session, list(made.values()), day=D("2026-05-10"), at=at)
    session.commit()
    return made


def test_differences_are_counted_by_the_word_of_the_inspection(
    client: Browser, session: Session, ids: dict[str, int]
) -> None:
    for inspection in session.scalars(select(models.Inspection)):
        inspection.measure_word = "个"
    session.commit()

    assert "未完成措施，共2个。" in words(client("office").get("/differences"))


def test_the_office_sees_who_says_what_and_goes_to_confirm(client: Browser, ids: dict[str, int]) -> None:
    answer = client("office").get("/differences")

    said = words(answer)
    assert "共2条" in said
    assert "正在推进，达到序时进度，难以按期完成，预计2026-09-30" in said and "未达到序时进度" in said
    assert "已于2026-05-31到期" in said and "现场已核" in said
    assert "第2条措施" not in said
    assert {f"/measures/{ids[name]}/confirm" for name in ("claims", "ended")} <= {
        a["href"] for a in page(answer).select("main td a")
    }


def test_a_supervisor_sees_his_own_and_confirms_nothing(client: Browser, ids: dict[str, int]) -> None:
    answer = client("supervisor").get("/differences")

    assert "第0条措施" in words(answer) and "第1条措施" not in words(answer)
    assert not [a for a in page(answer).select("main a") if "confirm" in a["href"]]


def test_filters_and_the_day_in_view(client: Browser, cast: Cast, session: Session, ids: dict[str, int]) -> None:
    other = factories.make_inspection(session, name="督察乙").id
    session.commit()
    browser = client("office")

    of_b = words(browser.get(f"/differences?unit={cast.units['unit_b']}"))
    assert "第1条措施" in of_b and "第0条措施" not in of_b
    assert "没有说法不一致的措施" in words(browser.get(f"/differences?inspection={other}"))
    assert browser.get("/differences?inspection=987654").status_code == 404
    in_may = browser.get("/differences?as_of=2026-05-20")
    assert "第0条措施" in words(in_may) and "第1条措施" not in words(in_may)
    assert not [a for a in page(in_may).select("main a") if "confirm" in a["href"]]


def test_the_office_home_counts_them(client: Browser, ids: dict[str, int]) -> None:
    row = next(row for row in page(client("office").get("/office")).select("tr") if "说法不一致" in row.get_text())

    assert row.select_one("td.num").get_text(strip=True) == "2"
    assert row.select_one("a")["href"] == "/differences"


def test_the_measures_page_says_that_a_confirmation_has_run_out(client: Browser, ids: dict[str, int]) -> None:
    said = words(client("office").get(f"/measures/{ids['ended']}"))

    assert "各方说法 不一致" in said and "已于2026-05-31到期" in said
    assert "各方说法" not in words(client("office").get(f"/measures/{ids['agrees']}"))
