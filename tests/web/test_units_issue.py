"""An issue's page: what was found, its goal, its measures with their verdicts, only those that are one's own to see."""

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


@pytest.fixture
def issue_id(session: Session, cast: Cast) -> int:
    """An issue with a measure of unit_a, overdue, and one of unit_b; a milestone left on the issue."""
    issue = factories.make_issue(
        session, factories.make_inspection(session), number="六", upper_number="十三", goal="全收集、全处理。"
    )
    session.add(models.Milestone(issue_id=issue.id, due_on=D("2026-05-31"), text="完成排查"))
    factories.make_measure(session, issue, text="甲县建管网。", lead=cast.units["unit_a"], deadline_on=D("2026-06-01"))
    factories.make_measure(session, issue, text="乙县建管网。", lead=cast.units["unit_b"])
    standing.write_issue(session, issue.id, day=factories.DAY, at=factories.AT)
    found = issue.id
    session.commit()
    return found


def words(answer: Any) -> str:
    return " ".join(BeautifulSoup(answer.get_data(as_text=True), "html.parser").main.get_text(" ").split())


def test_the_page_shows_goal_numbers_measures_verdicts_and_milestones(client: Browser, issue_id: int) -> None:
    said = words(client("office").get(f"/issues/{issue_id}"))

    for piece in ("反馈问题六", "十三", "全收集、全处理。", "六-1", "甲县建管网。", "六-2", "乙县建管网。", "完成排查"):
        assert piece in said
    assert "未报达到，已过期" in said
    assert "其中最早到期的措施整改时限为2026-06-01" in said


def test_a_unit_sees_only_its_own_measures_there(client: Browser, issue_id: int) -> None:
    said = words(client("unit_a").get(f"/issues/{issue_id}"))

    assert "甲县建管网。" in said and "乙县建管网。" not in said


def test_a_foreign_issue_looks_like_a_missing_one(client: Browser, session: Session, cast: Cast) -> None:
    issue = factories.make_issue(session, factories.make_inspection(session))
    factories.make_measure(session, issue, lead=cast.units["unit_a"])
    issue_id = issue.id
    session.commit()
    browser = client("unit_b")

    foreign, missing = browser.get(f"/issues/{issue_id}"), browser.get("/issues/999999")

    assert foreign.status_code == missing.status_code == 404
    assert words(foreign) == words(missing)


def test_a_past_day_shows_the_verdict_of_that_day(client: Browser, issue_id: int) -> None:
    assert "超期" not in words(client("unit_a").get(f"/issues/{issue_id}?as_of=2026-05-01"))
    assert "超期" in words(client("unit_a").get(f"/issues/{issue_id}"))


def test_where_unit_system_and_office_differ_the_page_lets_each_speak(
    client: Browser, session: Session, issue_id: int
) -> None:
    """The confirmation given on 2 June ran out on the tenth; on the fifth unit, system and office said the same."""
    told, silent = session.scalars(select(models.Measure.id).order_by(models.Measure.id))
    session.add(models.Milestone(measure_id=silent, due_on=D("2026-04-30"), text="开工"))
    at = factories.AT
    session.add(
        models.ProgressReport(
            measure_id=silent,
            reported_on=D("2026-05-20"),
            at=at,
            state="in_progress",
            text="在建。",
            said="on_schedule",
        )
    )
    session.flush()
    standing.write(session, [told, silent], day=D("2026-05-20"), at=at)
    word = {"verdict": "on_schedule", "confirmed_on": D("2026-06-02"), "last_on": D("2026-06-10"), "at": at}
    session.add(models.Confirmation(measure_id=silent, reason="现场已核", **word))
    standing.write(session, [told, silent], day=D("2026-06-02"), at=at)
    session.commit()
    browser = client("office")

    voices = spoken(browser.get(f"/issues/{issue_id}"))

    assert list(voices) == ["乙县建管网。"]
    assert voices["乙县建管网。"] == [
        "单位自报 正在推进，达到序时进度 2026-05-20",
        "系统判断 未达到序时进度",
        "整改办确认 达到序时进度 已于2026-06-10到期 2026-06-02 现场已核",
    ]
    assert spoken(browser.get(f"/issues/{issue_id}?as_of=2026-06-05")) == {}
    assert [last for *_, last in spoken(browser.get(f"/issues/{issue_id}?as_of=2026-05-25")).values()] == [
        "整改办确认 —"
    ]
    assert spoken(client("unit_a").get(f"/issues/{issue_id}")) == {}
    assert len(spoken(client("unit_b").get(f"/issues/{issue_id}"))) == 1


def spoken(answer: Any) -> dict[str, list[str]]:
    """What each says of a measure, by its text, where the three stand beside it."""
    rows = BeautifulSoup(answer.get_data(as_text=True), "html.parser").select("main tr:has(.voices)")
    return {
        row.find("a").get_text(): [" ".join(div.get_text(" ").split()) for div in row.select(".voices > div")]
        for row in rows
    }


@pytest.mark.parametrize("name", ["admin", "auditor"])
def test_who_has_no_business_here_is_refused(client: Browser, issue_id: int, name: str) -> None:
    assert client(name).get(f"/issues/{issue_id}").status_code == 403
