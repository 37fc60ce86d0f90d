"""A measure's page: facts, what this person can do now, the timeline; and whose it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from rectify import access, former, models, progress, rounds, standing
from rectify.models import db
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
Browser = Callable[..., FlaskClient]


def words(answer) -> str:
    """What a reader sees of the page, blanks folded."""
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    return " ".join(page.main.get_text(" ").split())


def links(answer) -> set[str]:
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    return {a["href"] for a in page.main.find_all("a")}


@pytest.fixture
def measure_id(session: Session, cast: Cast) -> int:
    """unit_a's measure, due on the last of June, extended; a milestone in May; the supervisor decides."""
    inspection = factories.make_inspection(session, rhythm="monthly")
    issue = factories.make_issue(
        session, inspection, number="六", deadline_on=D("2026-06-30"), goal="县城污水全收集、全处理。"
    )
    measure = factories.make_measure(
        session,
        issue,
        lead=cast.units["unit_a"],
        supervising=[cast.units["supervisor"]],
        target_quantity=12,
        target_unit="公里",
    )
    session.add(models.Milestone(measure_id=measure.id, due_on=D("2026-05-31"), text="主体工程完工"))
    standing.write(session, [measure.id], day=factories.DAY, at=factories.AT)
    rounds.plan_next(session, inspection, D("2026-06-01"), factories.AT)
    found = measure.id
    session.commit()
    return found


def act(session: Session, name: str, measure_id: int, **values) -> int:
    """An act of the system on the measure, committed; the id of what it made."""
    measure = session.get_one(models.Measure, measure_id)
    usual = {"by": access.SYSTEM, "day": D("2026-06-10"), "at": factories.AT}
    made_id: int = getattr(progress, name)(session, measure, **{**usual, **values}).id
    session.commit()
    return made_id


def test_the_page_shows_the_facts_and_why_the_verdict_is_what_it_is(client: Browser, measure_id: int) -> None:
    said = words(client("unit_a").get(f"/measures/{measure_id}"))

    assert "整改措施六-1" in said
    for piece in ("新建污水管网12公里", "县城污水管网覆盖不足", "县城污水全收集", "甲县人民政府", "市生态环境局"):
        assert piece in said
    assert "应于2026-05-31完成的阶段目标“主体工程完工”未报完成。" in said
    assert "2026-06-30" in said and "还有15天" in said


def test_both_deadlines_stand_side_by_side_once_extended(client: Browser, session: Session, measure_id: int) -> None:
    issue = session.scalars(select(models.Issue)).one()
    issue.deadline_on = D("2026-09-30")
    session.add(
        models.Extension(
            issue_id=issue.id,
            old_deadline_on=D("2026-06-30"),
            new_deadline_on=D("2026-09-30"),
            approved_on=D("2026-06-12"),
            at=factories.AT,
            document_number="整改办〔2026〕8号",
            reason="雨季停工",
        )
    )
    standing.write(session, [measure_id], day=D("2026-06-12"), at=factories.AT)
    session.commit()

    answer = client("unit_a").get(f"/measures/{measure_id}")

    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert page.select_one(".deadline s").get_text().endswith("2026-06-30")
    assert "延期：2026-06-30 → 2026-09-30" in words(answer) and "整改办〔2026〕8号" in words(answer)


@pytest.mark.parametrize(
    ("name", "offered", "kept"),
    [
        ("unit_a", {"report", "submit"}, {"confirm"}),
        ("office", {"report", "submit", "confirm"}, {"sign-off"}),
        ("supervisor", set(), {"report", "submit", "confirm"}),
        ("leader", set(), {"report", "submit", "confirm"}),
    ],
)
def test_the_page_offers_what_this_person_can_do_now(
    client: Browser, measure_id: int, name: str, offered: set[str], kept: set[str]
) -> None:
    found = links(client(name).get(f"/measures/{measure_id}"))

    assert {f"/measures/{measure_id}/{act}" for act in offered} <= found
    assert not {f"/measures/{measure_id}/{act}" for act in kept} & found


def test_who_decides_is_led_to_the_submission_and_the_unit_may_take_it_back(
    client: Browser, session: Session, cast: Cast, measure_id: int
) -> None:
    made = act(
        session,
        "submit",
        measure_id,
        unit_id=cast.units["unit_a"],
        on_behalf=False,
        claim="completed",
        text="已全部建成。",
    )

    assert f"/queue/{made}" in links(client("supervisor").get(f"/measures/{measure_id}"))
    clerk = client("unit_a")
    assert "撤回申报" in words(clerk.get(f"/measures/{measure_id}"))
    said = words(clerk.post(f"/measures/{measure_id}/withdraw-submission", follow_redirects=True))
    assert "申报已撤回" in said and "撤回申报" in said.split("办理过程")[1]
    assert "没有待认定的申报" in words(clerk.post(f"/measures/{measure_id}/withdraw-submission", follow_redirects=True))


def test_another_units_measure_looks_exactly_like_a_missing_one(client: Browser, measure_id: int) -> None:
    browser = client("unit_b")

    for tail in ("", "/report", "/submit"):
        foreign, missing = browser.get(f"/measures/{measure_id}{tail}"), browser.get(f"/measures/999999{tail}")
        assert foreign.status_code == missing.status_code == 404
        assert words(foreign) == words(missing)
    assert browser.post(f"/measures/{measure_id}/withdraw-submission").status_code == 404
    assert browser.get(f"/measures/{2**70}").status_code == 404


@pytest.mark.parametrize("name", ["admin", "auditor"])
def test_who_has_no_business_here_is_refused(client: Browser, measure_id: int, name: str) -> None:
    assert client(name).get(f"/measures/{measure_id}").status_code == 403


def test_the_timeline_tells_who_did_what_newest_first_and_what_the_office_recorded(
    client: Browser, session: Session, cast: Cast, measure_id: int
) -> None:
    unit_id = cast.units["unit_a"]
    act(
        session,
        "report",
        measure_id,
        unit_id=unit_id,
        on_behalf=True,
        state="in_progress",
        text="完成7公里。",
        difficulty="征地未批。",
        quantity=7,
        day=D("2026-06-02"),
    )
    act(
        session,
        "submit",
        measure_id,
        unit_id=unit_id,
        on_behalf=False,
        claim="completed",
        text="12公里全部建成。",
        day=D("2026-06-08"),
    )
    submission = session.scalars(select(models.Submission)).one()
    progress.return_(
        session,
        submission,
        by=access.SYSTEM,
        unit_id=cast.units["supervisor"],
        reason="缺竣工图",
        day=D("2026-06-09"),
        at=factories.AT,
    )
    session.commit()

    said = words(client("unit_a").get(f"/measures/{measure_id}")).split("办理过程")[1]

    assert said.index("退回申报") < said.index("申报已完成") < said.index("填报进展：正在推进")
    for piece in ("缺竣工图", "市生态环境局", "整改办代录", "累计完成7", "征地未批"):
        assert piece in said


def test_claim_verdict_and_confirmation_stand_together_where_they_differ(
    client: Browser, session: Session, cast: Cast, measure_id: int
) -> None:
    before = words(client("unit_a").get(f"/measures/{measure_id}"))
    act(
        session,
        "report",
        measure_id,
        unit_id=cast.units["unit_a"],
        on_behalf=False,
        state="completed",
        text="已完成。",
    )
    measure = session.get_one(models.Measure, measure_id)
    rounds.confirm(
        session, measure, "on_schedule", "现场已核", None, by=access.SYSTEM, day=D("2026-06-12"), at=factories.AT
    )
    session.commit()

    said = words(client("unit_a").get(f"/measures/{measure_id}"))

    assert "各方说法" not in before
    assert "单位自报 已完成" in said and "系统判断 达到序时进度" in said
    assert "整改办确认 达到序时进度 现场已核" in said and "至2026-06-30止" in said


def test_a_past_day_shows_what_the_ledger_said_then_and_offers_nothing(
    client: Browser, session: Session, cast: Cast, measure_id: int
) -> None:
    act(
        session, "report", measure_id, unit_id=cast.units["unit_a"], on_behalf=False, state="in_progress", text="在建。"
    )

    answer = client("unit_a").get(f"/measures/{measure_id}?as_of=2026-05-20")

    said = words(answer)
    assert "达到序时进度" in said and "在建。" not in said
    assert f"/measures/{measure_id}/report" not in links(answer)


def test_a_measure_that_answers_two_inspections_names_the_other(
    client: Browser, session: Session, measure_id: int
) -> None:
    other = factories.make_inspection(session, name="省级督察")
    issue = factories.make_issue(session, other, text="管网老化。")
    secret = factories.make_inspection(session, name="巡视", confidential=True)
    hidden = factories.make_issue(session, secret, text="不得外传的问题。")
    for of in (issue, hidden):
        session.add(
            models.MeasureLink(
                measure_id=measure_id, issue_id=of.id, inspection_id=of.inspection_id, home=False, seq=1, number="1"
            )
        )
    session.commit()

    said = words(client("unit_a").get(f"/measures/{measure_id}"))

    assert "省级督察" in said and "管网老化" in said
    assert "巡视" not in said and "不得外传" not in said


@pytest.mark.parametrize("name", ["unit_a", "supervisor", "office"])
def test_the_page_asks_the_database_no_more_for_a_long_history(
    app, client: Browser, session: Session, cast: Cast, measure_id: int, name: str
) -> None:
    browser = client(name)

    def statements() -> int:
        asked: list[str] = []

        def note(_connection, _cursor, statement: str, *_more) -> None:
            asked.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        browser.get(f"/measures/{measure_id}")
        event.remove(engine, "before_cursor_execute", note)
        return len([s for s in asked if s.lstrip().upper().startswith(("SELECT", "WITH"))])

    short = statements()
    for day in range(1, 11):
        act(
            session,
            "report",
            measure_id,
            unit_id=cast.units["unit_a"],
            on_behalf=False,
            state="in_progress",
            text=f"第{day}次。",
            day=D(f"2026-06-{day:02}"),
        )

    assert statements() == short <= 8


@pytest.fixture
def counted_id(session: Session, cast: Cast) -> int:
    """unit_a's measure of 12 公里 from the first of January to the last of December; 3 by the end of March, 2 reported."""
    inspection = factories.make_inspection(session, "省生态环境保护督察", tolerance_percent=10)
    issue = factories.make_issue(session, inspection, deadline_on=D("2026-12-31"), start_on=D("2026-01-01"))
    measure = factories.make_measure(
        session, issue, lead=cast.units["unit_a"], target_quantity=12, target_unit="公里", day=D("2026-01-05")
    )
    point = {"measure_id": measure.id, "due_on": D("2026-03-31"), "approved_on": D("2026-01-05")}
    session.add(models.PlannedPoint(**point, quantity=3))
    standing.write(session, [measure.id], day=factories.DAY, at=factories.AT)
    found = measure.id
    session.commit()
    return found


def table_of(answer) -> list[list[str]]:
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    rows = page.select_one("#planned").find_next("table").tbody.find_all("tr")
    return [[cell.get_text(" ", strip=True) for cell in row.find_all("td")] for row in rows]


def test_the_planned_line_stands_as_a_picture_and_as_a_table_of_the_same_figures(
    client: Browser, session: Session, cast: Cast, counted_id: int
) -> None:
    usual = {"unit_id": cast.units["unit_a"], "on_behalf": False, "state": "in_progress", "text": "推进。"}
    act(session, "report", counted_id, **usual, day=D("2026-02-10"), quantity=2)

    answer = client("unit_a").get(f"/measures/{counted_id}")

    assert table_of(answer) == [
        ["2026-01-01", "0", "0", "0", "计划启动"],
        ["2026-02-10", "1.348", "0.148", "2", "填报"],
        ["2026-03-31", "3", "1.8", "2", "计划节点"],
        ["2026-06-15", "5.487", "4.287", "2", "查看当日"],
        ["2026-12-31", "12", "10.8", "—", "整改时限"],
    ]
    picture = BeautifulSoup(answer.get_data(as_text=True), "html.parser").select_one("svg.curve")
    assert len(picture.select(".point")) == 3 and len(picture.select(".report")) == 1
    assert "目标12公里" in picture.get_text()
    assert not picture.select("[style]") and "低于计划超过目标的10%" in words(answer)


LARGEST = 18
"""Pixels of the pictures' type, on a phone; of figures none hangs below its line."""


@pytest.mark.parametrize("day", ["2026-01-06", "2026-06-15"])
def test_the_days_mark_runs_through_no_words_of_a_picture(client: Browser, counted_id: int, day: str) -> None:
    answer = client("unit_a").get(f"/measures/{counted_id}?as_of={day}")
    found = BeautifulSoup(answer.get_data(as_text=True), "html.parser").select("main svg[viewbox], main svg[viewBox]")

    for picture in found:
        mark = picture.select_one("line.today")
        top, bottom = sorted(int(mark[name]) for name in ("y1", "y2"))
        for words_at in (int(one["y"]) for one in picture.select("text")):
            assert words_at <= top or words_at - LARGEST >= bottom - 1, (picture["class"], words_at, top, bottom)
    assert len(found) == 2


def test_a_past_day_shows_the_line_and_the_reports_of_then(
    client: Browser, session: Session, cast: Cast, counted_id: int
) -> None:
    usual = {"unit_id": cast.units["unit_a"], "on_behalf": False, "state": "in_progress", "text": "推进。"}
    act(session, "report", counted_id, **usual, day=D("2026-02-10"), quantity=2)
    session.add(
        models.PlannedPoint(measure_id=counted_id, due_on=D("2026-03-31"), quantity=1, approved_on=D("2026-03-01"))
    )
    measure = session.get_one(models.Measure, counted_id)
    former.keep(session, measure, {"target_quantity": 12}, D("2026-05-01"), factories.AT)
    measure.target_quantity = 20
    standing.write(session, [counted_id], day=D("2026-05-01"), at=factories.AT)
    session.commit()
    browser = client("unit_a")

    before, between, now = (
        table_of(browser.get(f"/measures/{counted_id}?as_of={day}"))
        for day in ("2026-02-01", "2026-04-01", "2026-06-15")
    )

    assert [row[:2] for row in before if row[4] == "计划节点"] == [["2026-03-31", "3"]]
    assert "填报" not in [row[4] for row in before]
    assert [row[:2] for row in between if row[4] == "计划节点"] == [["2026-03-31", "1"]]
    assert (between[-1][1], now[-1][1]) == ("12", "20")


@pytest.mark.parametrize(("name", "asked"), [("office", True), ("unit_a", False)])
def test_a_target_without_a_start_asks_the_office_for_one_instead_of_drawing_a_line(
    client: Browser, session: Session, measure_id: int, name: str, asked: bool
) -> None:
    answer = client(name).get(f"/measures/{measure_id}")

    assert "缺少计划启动日期" in words(answer)
    assert BeautifulSoup(answer.get_data(as_text=True), "html.parser").select_one("svg.curve") is None
    assert (f"/measures/{measure_id}/edit" in links(answer)) == asked
    if asked:
        assert "有量化目标，缺少计划启动日期" in words(client(name).get("/office"))


def test_where_only_milestones_judge_the_line_is_shown_and_no_start_is_asked_for(
    client: Browser, session: Session, measure_id: int, counted_id: int
) -> None:
    for inspection in session.scalars(select(models.Inspection)):
        inspection.judged_by = "milestones"
    session.commit()
    browser = client("office")

    assert "只按阶段性目标判断" in words(browser.get(f"/measures/{counted_id}"))
    assert "缺少计划启动日期" not in words(browser.get(f"/measures/{measure_id}"))
    assert "缺少计划启动日期" not in words(browser.get("/office"))
