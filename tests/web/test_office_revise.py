"""The plan of a measure or an issue, a row each: entered, revised with its approval, shown beforehand, kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, figures, ledger, models, progress, standing
from rectify.rules import schedule
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
TODAY = D("2026-06-15")
Browser = Callable[..., FlaskClient]
APPROVED = {"reason": "征地滞后", "document_number": "整改办〔2026〕8号", "approved_on": "2026-06-01"}


@pytest.fixture
def held(session: Session, cast: Cast) -> dict[str, int]:
    """unit_a's measure of 100 户 since January: 50 by today of which 44 are reported, a milestone missed in May and one
    ahead; beside it a measure without a plan, and a milestone left on their issue."""
    inspection = factories.make_inspection(session)
    issue = factories.make_issue(session, inspection)
    measure = factories.make_measure(
        session, issue, lead=cast.units["unit_a"], target_quantity=100, target_unit="户", start_on=D("2026-01-05")
    )
    bare = factories.make_measure(session, issue, lead=cast.units["unit_b"])
    missed = models.Milestone(measure_id=measure.id, due_on=D("2026-05-31"), text="主体完工")
    ahead = models.Milestone(measure_id=measure.id, due_on=D("2026-09-30"), text="全部入住")
    session.add_all([missed, ahead, models.Milestone(issue_id=issue.id, due_on=D("2026-10-31"), text="水质好转")])
    session.add(models.PlannedPoint(measure_id=measure.id, due_on=TODAY, quantity=46, approved_on=D("2026-01-05")))
    progress.report(
        session,
        measure,
        by=access.SYSTEM,
        unit_id=cast.units["unit_a"],
        on_behalf=False,
        state="in_progress",
        text="在建。",
        quantity=44,
        day=D("2026-06-10"),
        at=factories.AT,
    )
    found = {"issue": issue.id, "measure": measure.id, "bare": bare.id, "missed": missed.id, "ahead": ahead.id}
    session.commit()
    return found


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: Any) -> str:
    return " ".join(page(answer).main.get_text(" ").split())


def filled(answer: Any) -> dict[str, str]:
    """What a browser would send of the form on the page."""
    found = {}
    for one in page(answer).select("main form[method=post] [name]:not(button)"):
        if one.name == "select":
            found[one["name"]] = (one.select_one("option[selected]") or one.select_one("option"))["value"]
        elif one.get("type") != "checkbox" or one.has_attr("checked"):
            found[one["name"]] = one.get_text().strip() if one.name == "textarea" else one.get("value", "")
    return found


def send(browser: FlaskClient, address: str, **typed: str) -> Any:
    """The form as a person sends it; where it first shows what would change, sent once more."""
    values = {**filled(browser.get(address)), **typed}
    answer = browser.post(address, data=values, follow_redirects=True)
    seen = filled(answer).get("seen")
    return browser.post(address, data={**values, "seen": seen}, follow_redirects=True) if seen else answer


def row_of(browser: FlaskClient, address: str, stone_id: int) -> str:
    """Where the form has a milestone: "milestones-0-"."""
    found = filled(browser.get(address))
    return next(
        name.removesuffix("id") for name, value in found.items() if name[-2:] == "id" and value == str(stone_id)
    )


def verdict(session: Session, measure_id: int, day: dt.date = TODAY) -> str:
    now = standing.of(session, measure_id, day)
    assert now is not None
    found = schedule.verdict(now, day).value
    session.rollback()
    return found


def test_a_plan_is_entered_row_by_row_without_an_approval(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    answer = send(
        client("office"),
        f"/measures/{held['bare']}/plan",
        **{
            "start_on": "2026-06-20",
            "target_quantity": "12.50",
            "target_unit": "公里",
            "points-0-due_on": "2026-09-30",
            "points-0-quantity": "6.125",
            "milestones-1-due_on": "2026-08-31",
            "milestones-1-text": "完成设计",
            "milestones-1-target_state": "basically_completed",
        },
    )

    assert "计划已保存" in answer.get_data(as_text=True)
    measure = session.get_one(models.Measure, held["bare"])
    assert (measure.start_on, measure.target_quantity, measure.target_unit) == (
        D("2026-06-20"),
        Decimal("12.5"),
        "公里",
    )
    assert ledger.planned_points(session, [measure.id])[measure.id] == [(D("2026-09-30"), Decimal("6.125"))]
    (stone,) = session.scalars(select(models.Milestone).where(models.Milestone.measure_id == measure.id))
    assert (stone.due_on, stone.text, stone.target_state) == (D("2026-08-31"), "完成设计", "basically_completed")
    assert "届时应为基本完成" in words(answer) and "12.5 公里" in words(answer) and "6.125" in words(answer)
    assert session.scalars(select(models.PlanRevision)).all() == []
    session.rollback()
    assert filled(client("office").get(f"/measures/{held['bare']}/plan"))["points-0-quantity"] == "6.125"


@pytest.mark.parametrize("due_on", ["2026-12-31", "2027-01-31", "2026-06-19"])
def test_a_planned_figure_that_the_line_would_leave_out_is_refused_and_stays_typed(
    client: Browser, session: Session, held: dict[str, int], due_on: str
) -> None:
    """From the twentieth of June to the last of December; on that day the line stands at the target, not at 6."""
    typed = {"start_on": "2026-06-20", "target_quantity": "12", "points-0-due_on": due_on, "points-0-quantity": "6"}

    answer = send(client("office"), f"/measures/{held['bare']}/plan", **typed)

    sentence = f"计划进度{due_on}不在计划启动日期（2026-06-20）与整改时限（2026-12-31）之间，不计入计划线，没有保存"
    assert sentence in words(answer)
    assert typed.items() <= filled(answer).items()
    assert (
        session.scalars(select(models.PlannedPoint.id).where(models.PlannedPoint.measure_id == held["bare"])).all()
        == []
    )


def test_a_planned_figure_that_the_deadline_has_left_behind_is_marked_and_stops_nothing_else(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    measure = session.get_one(models.Measure, held["measure"])
    late = models.PlannedPoint(measure_id=measure.id, due_on=D("2026-11-30"), quantity=90, approved_on=D("2026-01-05"))
    session.add(late)
    session.flush()
    ledger.correct_deadline(
        session, measure, new_deadline_on=D("2026-10-31"), effect_on=TODAY, reason="笔误", by=access.SYSTEM, day=TODAY,
        at=factories.AT,
    )  # fmt: skip
    session.commit()
    browser, address = client("office"), f"/measures/{held['measure']}/plan"

    rows = page(browser.get(address)).select("#points tbody tr")
    shown = words(browser.get(f"/measures/{held['measure']}"))
    said = words(send(browser, address, **{"target_unit": "间"}))

    assert ["不计入" in row.get_text() for row in rows[:3]] == [False, True, False]
    assert "不计入计划线的计划进度： 2026-11-30 90户" in shown
    assert "计划已保存" in said


def test_more_rows_come_at_a_press_of_a_button_and_nothing_typed_is_lost(client: Browser, held: dict[str, int]) -> None:
    browser, address = client("office"), f"/measures/{held['bare']}/plan"
    typed = {**filled(browser.get(address)), "milestones-2-text": "写了一半", "target_quantity": "12"}

    answer = browser.post(address, data={**typed, "more": "milestones"})

    again = filled(answer)
    assert {name for name in again if name.startswith("milestones-")} > {
        name for name in typed if name.startswith("milestones-")
    }
    assert (again["milestones-2-text"], again["target_quantity"]) == ("写了一半", "12")
    assert page(answer).select_one(".error-summary") is None


@pytest.mark.parametrize("typed", ["due_on", "gone"])
def test_moving_or_removing_a_milestone_asks_for_its_approval(
    client: Browser, session: Session, held: dict[str, int], typed: str
) -> None:
    browser, address = client("office"), f"/measures/{held['measure']}/plan"
    change = {row_of(browser, address, held["ahead"]) + typed: "2026-11-30" if typed == "due_on" else "y"}

    for missing in APPROVED:
        given = {name: value for name, value in APPROVED.items() if name != missing}
        assert "请填写调整原因、批准文号和批准日期" in words(send(browser, address, **change, **given))
    assert "计划已保存" in send(browser, address, **change, **APPROVED).get_data(as_text=True)

    stone = session.get_one(models.Milestone, held["ahead"])
    moved = stone.due_on == D("2026-11-30") and stone.withdrawn_on is None
    assert moved if typed == "due_on" else stone.withdrawn_on == TODAY
    revision = session.scalars(select(models.PlanRevision)).one()
    assert (revision.reason, revision.document_number) == ("征地滞后", "整改办〔2026〕8号")
    assert (revision.recorded_on, revision.approved_on) == (TODAY, D("2026-06-01"))
    entry = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "measure.revise")).one()
    assert entry.details["changes"] == [
        "2026-09-30 全部入住 → 2026-11-30 全部入住" if typed == "due_on" else "2026-09-30 全部入住 → —"
    ]


def test_the_day_of_the_approval_lies_not_ahead(client: Browser, session: Session, held: dict[str, int]) -> None:
    browser, address = client("office"), f"/measures/{held['measure']}/plan"
    change = {row_of(browser, address, held["ahead"]) + "due_on": "2026-11-30"}

    answer = send(browser, address, **change, **{**APPROVED, "approved_on": "2026-06-16"})

    assert "批准日期不能晚于今天" in words(answer)
    assert session.get_one(models.Milestone, held["ahead"]).due_on == D("2026-09-30")


def test_a_text_put_right_or_what_was_typed_today_needs_no_approval(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    browser, address = client("office"), f"/measures/{held['measure']}/plan"
    send(browser, address, **{row_of(browser, address, held["ahead"]) + "text": "全部搬迁入住"})
    send(browser, address, **{"milestones-2-due_on": "2026-07-31", "milestones-2-text": "水电接通"})
    new = session.scalars(select(models.Milestone.id).where(models.Milestone.text == "水电接通")).one()
    session.rollback()

    send(browser, address, **{row_of(browser, address, new) + "due_on": "2026-08-31"})

    told = {stone.text: stone.due_on for stone in session.scalars(select(models.Milestone))}
    assert told["全部搬迁入住"] == D("2026-09-30") and told["水电接通"] == D("2026-08-31")
    assert session.scalars(select(models.PlanRevision)).all() == []


def test_what_a_revision_would_move_is_shown_before_it_is_saved(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    browser, address = client("office"), f"/measures/{held['measure']}/plan"
    assert verdict(session, held["measure"]) == "behind"
    change = {row_of(browser, address, held["missed"]) + "due_on": "2026-07-31"}

    shown = browser.post(address, data={**filled(browser.get(address)), **change, **APPROVED})

    first = page(shown).select(".effect tbody tr")[0]
    assert [cell.get_text(" ", strip=True) for cell in first.select("td")[:3]] == [
        "未达到序时进度",
        "达到序时进度",
        "1",
    ]
    assert session.get_one(models.Milestone, held["missed"]).due_on == D("2026-05-31")
    session.rollback()
    send(browser, address, **change, **APPROVED)
    assert verdict(session, held["measure"]) == "on_schedule"
    assert verdict(session, held["measure"], D("2026-06-14")) == "behind"


def test_a_milestone_moved_keeps_what_was_reported_of_it(
    client: Browser, session: Session, cast: Cast, held: dict[str, int]
) -> None:
    measure = session.get_one(models.Measure, held["measure"])
    usual = {"by": access.SYSTEM, "unit_id": cast.units["unit_a"], "on_behalf": False, "state": "in_progress"}
    progress.report(
        session, measure, **usual, text="完工。", reached=[held["missed"]], day=D("2026-06-12"), at=factories.AT
    )
    session.commit()
    browser, address = client("office"), f"/measures/{held['measure']}/plan"

    send(browser, address, **{row_of(browser, address, held["missed"]) + "due_on": "2026-05-20"}, **APPROVED)

    assert "已达到（2026-06-12填报）" in words(browser.get(f"/measures/{held['measure']}"))


def test_a_past_day_shows_the_milestones_of_then(client: Browser, held: dict[str, int]) -> None:
    browser, address = client("office"), f"/measures/{held['measure']}/plan"
    change = {
        row_of(browser, address, held["missed"]) + "gone": "y",
        row_of(browser, address, held["ahead"]) + "due_on": "2026-11-30",
    }
    send(
        browser, address, **change, **APPROVED, **{"milestones-2-due_on": "2026-07-31", "milestones-2-text": "水电接通"}
    )

    def shown(day: str) -> list[tuple[str, str]]:
        answer = page(browser.get(f"/measures/{held['measure']}?as_of={day}"))
        cells = [
            row.select("td")
            for row in answer.select('td[data-label="时间节点"]') and answer.select("table.cards tbody tr")
        ]
        return [(row[0].get_text(strip=True), row[1].get_text(strip=True)) for row in cells]

    stood = ("2026-10-31", "水质好转")
    assert shown("2026-06-14") == [("2026-05-31", "主体完工"), ("2026-09-30", "全部入住"), stood]
    assert shown("2026-06-15") == [("2026-07-31", "水电接通"), stood, ("2026-11-30", "全部入住")]


def test_a_planned_figure_revised_counts_from_today_and_what_it_was_stays_listed(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    browser, address = client("office"), f"/measures/{held['measure']}/plan"
    assert "请填写调整原因" in words(send(browser, address, **{"points-0-quantity": "40"}))

    send(
        browser,
        address,
        **{"points-0-quantity": "40", "points-1-due_on": "2026-10-31", "points-1-quantity": "80"},
        **APPROVED,
    )

    measure_id = held["measure"]
    assert ledger.planned_points(session, [measure_id])[measure_id] == [(TODAY, 40), (D("2026-10-31"), 80)]
    assert ledger.planned_points(session, [measure_id], D("2026-06-14"))[measure_id] == [(TODAY, 46)]
    session.rollback()
    for place in (address, f"/measures/{measure_id}"):
        said = words(browser.get(place))
        assert "2026-06-15原定累计46，改为40" in said and "新增计划：2026-10-31累计80" in said
        assert "2026-06-01批准" in said and "整改办〔2026〕8号" in said and "征地滞后" in said


def test_the_target_itself_is_revised_with_an_approval(client: Browser, session: Session, held: dict[str, int]) -> None:
    browser, address = client("office"), f"/measures/{held['measure']}/plan"
    assert "请填写调整原因" in words(send(browser, address, target_quantity="60"))
    assert "应在0与量化目标之间" in words(send(browser, address, target_quantity="40", **APPROVED))

    send(browser, address, target_quantity="60", **APPROVED)

    assert "量化目标原定100户，改为60户" in words(browser.get(address))
    assert session.get_one(models.Measure, held["measure"]).target_quantity == 60


def test_half_a_row_is_told_at_its_cell_and_an_empty_one_is_nothing(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    browser, address = client("office"), f"/measures/{held['bare']}/plan"

    answer = send(
        browser, address, **{"milestones-0-text": "没有日期", "target_quantity": "12", "points-1-due_on": "2026-09-30"}
    )

    faults = page(answer).select(".field-error")
    assert [one["id"] for one in faults] == ["points-1-quantity-error", "milestones-0-due_on-error"]
    assert "计划没有变化" in send(browser, address).get_data(as_text=True)


def test_whoever_saves_second_is_told_and_removes_nothing_of_the_first(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    browser, address = client("office"), f"/measures/{held['measure']}/plan"
    opened = filled(browser.get(address))
    send(browser, address, **{"milestones-2-due_on": "2026-07-31", "milestones-2-text": "水电接通"})

    answer = browser.post(address, data={**opened, "milestones-2-due_on": "2026-08-31", "milestones-2-text": "绿化"})

    assert answer.status_code == 409 and "他人已修改过" in words(answer)
    browser.post(address, data=filled(answer))
    left = session.scalars(select(models.Milestone.text).where(models.Milestone.withdrawn_on.is_(None))).all()
    assert {"水电接通", "绿化"} <= set(left)


def test_a_milestone_of_another_measure_cannot_be_named(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    browser, address = client("office"), f"/measures/{held['bare']}/plan"

    answer = send(browser, address, **{"milestones-0-id": str(held["ahead"]), "milestones-0-gone": "y"}, **APPROVED)

    assert "已被他人删除或移走" in words(answer)
    assert session.get_one(models.Milestone, held["ahead"]).withdrawn_on is None


def test_an_issue_has_milestones_of_its_own(client: Browser, session: Session, held: dict[str, int]) -> None:
    browser, address = client("office"), f"/issues/{held['issue']}/plan"

    send(browser, address, **{"milestones-0-due_on": "2026-12-15"}, **APPROVED)

    stone = session.scalars(select(models.Milestone).where(models.Milestone.issue_id == held["issue"])).one()
    assert stone.due_on == D("2026-12-15")
    session.rollback()
    assert "阶段目标“水质好转”原定2026-10-31，改为2026-12-15" in words(browser.get(address))
    assert page(browser.get(address)).select_one("#points") is None


def test_an_issue_without_measures_leads_to_the_plan_of_the_measure_implied(
    client: Browser, session: Session, cast: Cast
) -> None:
    issue = ledger.add_issue(
        session,
        factories.make_inspection(session),
        ledger.IssueForm("河道垃圾未清。", deadline="2026年12月底前"),
        by=access.SYSTEM,
        day=TODAY,
        at=factories.AT,
    )
    implied = session.scalars(select(models.MeasureLink.measure_id)).one()
    issue_id = issue.id
    session.commit()

    answer = client("office").get(f"/issues/{issue_id}/plan")

    assert answer.location == f"/measures/{implied}/plan"


@pytest.mark.parametrize(("state", "taken"), [("in_progress", False), ("basically_completed", True)])
def test_a_milestone_that_asks_for_a_state_is_reached_only_by_a_report_that_says_it(
    session: Session, cast: Cast, held: dict[str, int], state: str, taken: bool
) -> None:
    session.get_one(models.Milestone, held["missed"]).target_state = "basically_completed"
    measure = session.get_one(models.Measure, held["measure"])

    def report() -> None:
        progress.report(
            session,
            measure,
            by=access.SYSTEM,
            unit_id=cast.units["unit_a"],
            on_behalf=False,
            state=state,
            text="完工。",
            reached=[held["missed"]],
            day=TODAY,
            at=factories.AT,
        )

    if taken:
        report()
    else:
        with pytest.raises(progress.Refused, match="要求的状态高于所报的目前状态"):
            report()


def test_only_the_office_opens_the_plan(client: Browser, held: dict[str, int]) -> None:
    for name in ("unit_a", "supervisor", "leader", "admin", "auditor"):
        assert client(name).get(f"/measures/{held['measure']}/plan").status_code in (403, 404)


@pytest.mark.parametrize("typed", ["3.1234", "-1", "1e3", "很多"])
def test_what_is_no_quantity_is_told_at_its_field_and_kept(client: Browser, held: dict[str, int], typed: str) -> None:
    browser, address = client("office"), f"/measures/{held['bare']}/plan"

    answer = send(
        browser, address, **{"target_quantity": typed, "points-0-due_on": "2026-09-30", "points-0-quantity": typed}
    )

    assert words(answer).count("请填写不小于0的数，最多三位小数") >= 2
    assert {filled(answer)[name] for name in ("target_quantity", "points-0-quantity")} == {typed}


def test_a_target_with_places_is_revised_and_judged_by_its_former_value_on_the_days_before(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    browser, address = client("office"), f"/measures/{held['measure']}/plan"

    send(browser, address, target_quantity="46.5", **APPROVED)

    assert "量化目标原定100户，改为46.5户" in words(browser.get(address))
    assert not figures.check(session, TODAY) and not figures.check(session, D("2026-06-14"))
    was = session.scalars(select(models.FormerValues)).one()
    assert was.values == {"target_quantity": 100}
    session.rollback()
    send(browser, address, target_quantity="60", **APPROVED)
    assert not figures.check(session, TODAY) and not figures.check(session, D("2026-06-14"))
