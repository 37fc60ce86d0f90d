"""My work: groups in the order of urgency, one button a row, only the unit's own, and when the next thing is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from rectify import access, models, progress, rounds, standing
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
Browser = Callable[..., FlaskClient]


@pytest.fixture
def make(session: Session, cast: Cast) -> Callable[..., int]:
    """A measure of unit_a in an inspection without rounds, unless one is given."""
    inspection = factories.make_inspection(session)
    session.commit()

    def made(text: str, deadline: str, *, of: models.Inspection | None = None, **values: Any) -> int:
        issue = factories.make_issue(session, of or inspection, deadline_on=D(deadline))
        return factories.make_measure(session, issue, text=text, **{"lead": cast.units["unit_a"], **values}).id

    return made


def my(client: Browser, name: str = "unit_a") -> BeautifulSoup:
    return BeautifulSoup(client(name).get("/my").get_data(as_text=True), "html.parser")


def groups(page: BeautifulSoup) -> dict[str, list[Tag]]:
    """The rows under each heading."""
    return {
        str(section.h2.contents[0]).strip(): section.select("tbody tr")
        for section in page.main.select("section")
        if section.h2 is not None
    }


def submitted(session: Session, measure_id: int, day: str, state: str = "") -> None:
    measure = session.get_one(models.Measure, measure_id)
    made = progress.submit(
        session,
        measure,
        by=access.SYSTEM,
        unit_id=None,
        on_behalf=False,
        claim="completed",
        text="完成。",
        day=D(day),
        at=factories.AT,
    )
    if state == "returned":
        progress.return_(session, made, by=access.SYSTEM, unit_id=None, reason="缺竣工图", day=D(day), at=factories.AT)
    if state == "accepted":
        progress.accept(session, made, by=access.SYSTEM, unit_id=None, day=D(day), at=factories.AT)


def test_measures_stand_in_their_groups_the_most_urgent_first(
    client: Browser, session: Session, make: Callable
) -> None:
    monthly = factories.make_inspection(session, name="省级督察", rhythm="monthly")
    make("其他的事", "2026-12-31")
    make("早已超期", "2026-03-31")
    make("刚刚超期", "2026-06-14")
    make("今天到期", "2026-06-15")
    make("周日到期", "2026-06-21")
    make("下周一到期", "2026-06-22")
    make("还没填报", "2026-12-31", of=monthly)
    submitted(session, make("退回来的", "2026-11-30"), "2026-06-10", "returned")
    submitted(session, make("已经认定", "2026-06-30"), "2026-06-10", "accepted")
    rounds.plan_next(session, monthly, D("2026-06-01"), factories.AT)
    session.commit()

    found = groups(my(client))

    assert {title: [row.a.get_text() for row in rows] for title, rows in found.items()} == {
        "已超期": ["早已超期", "刚刚超期"],
        "本周到期": ["今天到期", "周日到期"],
        "待填报": ["还没填报"],
        "被退回": ["退回来的"],
        "其他": ["下周一到期", "其他的事"],
    }


@pytest.mark.parametrize(
    ("prepare", "button", "target"),
    [
        ("overdue", "申报完成", "submit"),
        ("unreported", "填报进展", "report"),
        ("returned", "重新申报", "submit"),
        ("pending", "查看", ""),
        ("quiet", "查看", ""),
    ],
)
def test_each_row_has_one_button_for_what_comes_next(
    client: Browser, session: Session, make: Callable, prepare: str, button: str, target: str
) -> None:
    monthly = factories.make_inspection(session, name="省级督察", rhythm="monthly")
    measure_id = make(
        "一件事",
        "2026-06-01" if prepare == "overdue" else "2026-12-31",
        of=monthly if prepare == "unreported" else None,
    )
    if prepare in ("returned", "pending"):
        submitted(session, measure_id, "2026-06-10", prepare)
    rounds.plan_next(session, monthly, D("2026-06-01"), factories.AT)
    session.commit()

    (buttons,) = [row.select("a.btn") for rows in groups(my(client)).values() for row in rows]

    (only,) = buttons
    assert only.get_text() == button
    assert only["href"] == f"/measures/{measure_id}" + (f"/{target}" if target else "")


def test_a_row_says_the_deadline_the_days_the_verdict_and_why(
    client: Browser, session: Session, make: Callable
) -> None:
    measure_id = make("超期的事", "2026-06-05")
    measure = session.get_one(models.Measure, measure_id)
    measure.deadline_kind, measure.deadline_on, measure.original_deadline_on = "date", D("2026-06-05"), D("2026-04-30")
    standing.write(session, [measure_id], day=D("2026-05-01"), at=factories.AT)
    session.commit()

    (row,) = groups(my(client))["已超期"]

    said = " ".join(row.get_text(" ").split())
    assert row.select_one(".deadline s").get_text().endswith("2026-04-30")
    assert "超期10天" in said and "超期" in row.select_one(".verdict").get_text()
    assert "整改时限为2026-06-05，已超期10天，未报完成或未经认定。" in said


def test_a_returned_submission_shows_why_in_its_row(client: Browser, session: Session, make: Callable) -> None:
    submitted(session, make("退回来的", "2026-11-30"), "2026-06-10", "returned")
    session.commit()

    (row,) = groups(my(client))["被退回"]

    assert "缺竣工图" in row.get_text()


def test_only_the_units_own_work_is_listed(client: Browser, session: Session, make: Callable, cast: Cast) -> None:
    make("甲县的事", "2026-06-05")
    make("乙县的事", "2026-06-05", lead=cast.units["unit_b"])
    make("只是督导", "2026-06-05", lead=cast.units["unit_b"], supervising=[cast.units["unit_a"]])
    make("一起配合", "2026-06-05", lead=cast.units["unit_b"], cooperating=[cast.units["unit_a"]])
    session.commit()

    said = my(client).main.get_text()

    assert "甲县的事" in said and "一起配合" in said
    assert "乙县的事" not in said and "只是督导" not in said


def test_a_unit_handed_over_is_listed_no_more(client: Browser, session: Session, make: Callable) -> None:
    measure_id = make("移交的事", "2026-12-31")
    session.query(models.Assignment).filter_by(measure_id=measure_id).update({"until_on": D("2026-06-15")})
    session.commit()

    assert "移交的事" not in my(client).main.get_text()


def test_nothing_to_do_says_so_and_when_the_next_thing_is_due(
    client: Browser, session: Session, make: Callable
) -> None:
    assert "本期没有待办" in my(client).main.get_text()
    make("年底的事", "2026-12-31")
    session.commit()

    said = my(client).main.get_text()

    assert "本期没有待办" in said and "下一项整改时限为2026年12月31日。" in said


def test_the_next_cut_off_is_named_where_it_comes_first(
    client: Browser, session: Session, make: Callable, cast: Cast
) -> None:
    monthly = factories.make_inspection(session, name="省级督察", rhythm="monthly")
    measure = session.get_one(models.Measure, make("年底的事", "2026-12-31", of=monthly))
    rounds.plan_next(session, monthly, D("2026-06-01"), factories.AT)
    progress.report(
        session,
        measure,
        by=access.SYSTEM,
        unit_id=cast.units["unit_a"],
        on_behalf=False,
        state="in_progress",
        text="在建。",
        day=D("2026-06-10"),
        at=factories.AT,
    )
    session.commit()

    assert "下一期填报截止日为2026年7月31日。" in my(client).main.get_text()


@pytest.mark.parametrize("name", ["office", "supervisor", "leader", "admin", "auditor"])
def test_my_work_is_a_page_of_units(client: Browser, name: str) -> None:
    assert client(name).get("/my").status_code == 403


def test_a_page_offers_no_choice_of_inspection_that_would_change_nothing(
    client: Any, session: Session, cast: Any
) -> None:
    """R25."""
    issue = factories.make_issue(session, factories.make_inspection(session))
    factories.make_measure(session, issue, lead=cast.units["unit_a"])
    session.commit()
    unit = client("unit_a")

    assert 'id="frame-inspection"' not in unit.get("/my").get_data(as_text=True)
    assert 'id="frame-inspection"' in unit.get("/board").get_data(as_text=True)
