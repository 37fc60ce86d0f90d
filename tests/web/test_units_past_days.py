"""Pages of a past day: what came later is not on them, whatever it did since; today it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, ledger, models, progress, rounds, standing
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
Browser = Callable[..., FlaskClient]
PAST = "2026-04-01"


def acting(day: str) -> dict[str, Any]:
    return {"by": access.SYSTEM, "day": D(day), "at": dt.datetime.combine(D(day), dt.time(2), dt.UTC)}


@pytest.fixture
def measure(session: Session, cast: Cast) -> models.Measure:
    """unit_a's measure of an issue, both of January; nothing has happened to them."""
    issue = factories.make_issue(session, factories.make_inspection(session), deadline_on=D("2026-06-30"))
    return factories.make_measure(
        session, issue, lead=cast.units["unit_a"], supervising=[cast.units["supervisor"]], text="铺设管网。"
    )


def submitted(session: Session, cast: Cast, measure: models.Measure, day: str) -> models.Submission:
    return progress.submit(
        session,
        measure,
        unit_id=cast.units["unit_a"],
        on_behalf=False,
        claim="completed",
        text="全部建成。",
        **acting(day),
    )


def read(client: Browser, session: Session, address: str, name: str = "unit_a") -> tuple[str, str]:
    """(what the page says of the past day, what it says today)"""
    session.commit()
    browser = client(name)
    found = []
    for query in (f"?as_of={PAST}", ""):
        main = BeautifulSoup(browser.get(address + query).get_data(as_text=True), "html.parser").main
        assert main is not None
        found.append(" ".join(main.get_text(" ").split()))
    return found[0], found[1]


def amend(session: Session, measure: models.Measure, day: str, *milestones: tuple[str, str]) -> None:
    form = ledger.MeasureForm(
        measure.text, number=measure.links[0].number, milestones=[(D(due), text) for due, text in milestones]
    )
    ledger.amend_measure(session, measure, form, **acting(day))


def test_a_milestone_added_later_is_not_there_yet(client: Browser, session: Session, measure: models.Measure) -> None:
    amend(session, measure, "2026-05-01", ("2026-03-15", "主体完工"))

    past, now = read(client, session, f"/measures/{measure.id}")

    assert "主体完工" in now and "主体完工" not in past


def test_a_milestone_dropped_later_still_stands(client: Browser, session: Session, measure: models.Measure) -> None:
    amend(session, measure, "2026-02-01", ("2026-03-15", "主体完工"))
    amend(session, measure, "2026-05-01")

    past, now = read(client, session, f"/measures/{measure.id}")

    assert "2026-03-15 主体完工 未报达到，已过期" in past and "未报达到" not in now


def test_a_milestone_moved_later_has_its_date_of_then(
    client: Browser, session: Session, cast: Cast, measure: models.Measure
) -> None:
    amend(session, measure, "2026-02-01", ("2026-03-15", "主体完工"))
    stone = session.scalars(select(models.Milestone.id)).one()
    progress.report(
        session,
        measure,
        unit_id=cast.units["unit_a"],
        on_behalf=False,
        state="in_progress",
        text="已完工。",
        reached=[stone],
        **acting("2026-03-10"),
    )
    amend(session, measure, "2026-05-01", ("2026-05-20", "主体完工"))

    past, now = read(client, session, f"/measures/{measure.id}")

    assert "2026-03-15 主体完工 已达到" in past and "“主体完工”（2026-03-15）报为已达到" in past
    assert "2026-05-20 主体完工 已达到" in now and "2026-05-20" not in past


def test_a_milestone_placed_later_stood_on_the_issue(
    client: Browser, session: Session, measure: models.Measure
) -> None:
    link = session.scalars(select(models.MeasureLink)).one()
    other = factories.make_measure(session, session.get_one(models.Issue, link.issue_id), text="另一条。")
    stone = models.Milestone(issue_id=link.issue_id, due_on=D("2026-03-15"), text="全部完工")
    session.add(stone)
    session.flush()
    standing.write_issue(session, link.issue_id, day=factories.DAY, at=factories.AT)
    ledger.place_milestone(session, stone, other, **acting("2026-05-01"))

    past, now = read(client, session, f"/issues/{link.issue_id}", "office")
    mine, mine_now = read(client, session, f"/measures/{measure.id}")

    assert "2026-03-15 全部完工 未报达到，已过期" in past and "问题的阶段性目标" not in now
    assert "全部完工" in mine and "全部完工" not in mine_now


def test_an_issues_milestones_are_those_of_the_day(client: Browser, session: Session, measure: models.Measure) -> None:
    issue_id = session.scalars(select(models.MeasureLink.issue_id)).one()
    session.add_all(
        [
            models.Milestone(issue_id=issue_id, due_on=D("2026-03-01"), text="早先的", withdrawn_on=D("2026-05-01")),
            models.Milestone(issue_id=issue_id, due_on=D("2026-03-02"), text="后来的", since_on=D("2026-05-01")),
        ]
    )

    other = factories.make_issue(session, session.get_one(models.Issue, issue_id).inspection)
    session.add(models.Milestone(issue_id=other.id, due_on=D("2026-03-01"), text="别的问题的"))

    past, now = read(client, session, f"/issues/{issue_id}", "office")

    assert "别的问题的" not in past + now
    assert "早先的" in past and "后来的" not in past
    assert "早先的" not in now and "后来的" in now


def test_an_extension_with_an_old_paper_is_told_on_the_day_it_was_recorded(
    client: Browser, session: Session, measure: models.Measure
) -> None:
    ledger.extend(
        session,
        measure,
        new_deadline_on=D("2026-12-31"),
        approved_on=D("2026-03-20"),
        document_number="某政函〔2026〕5号",
        reason="汛期停工",
        **acting("2026-06-01"),
    )

    past, now = read(client, session, f"/measures/{measure.id}")

    assert "延期" not in past and "汛期停工" not in past
    assert "2026-06-01" in now and "批准日期2026-03-20" in now and "汛期停工" in now


@pytest.mark.parametrize("decision", ["accept", "return"])
def test_a_submission_decided_later_waits_for_its_decision(
    client: Browser, session: Session, cast: Cast, measure: models.Measure, decision: str
) -> None:
    made = submitted(session, cast, measure, "2026-03-20")
    if decision == "accept":
        progress.accept(session, made, unit_id=None, reason="核实无误", **acting("2026-05-01"))
    else:
        progress.return_(session, made, unit_id=None, reason="缺竣工图", **acting("2026-05-01"))

    past, now = read(client, session, f"/measures/{measure.id}")

    assert "申报已完成 待认定" in past
    assert "核实无误" not in past and "缺竣工图" not in past
    assert "申报已完成 待认定" not in now and ("核实无误" in now or "缺竣工图" in now)


def test_my_work_knows_no_return_that_came_later(
    client: Browser, session: Session, cast: Cast, measure: models.Measure
) -> None:
    made = submitted(session, cast, measure, "2026-03-20")
    progress.return_(session, made, unit_id=None, reason="缺竣工图", **acting("2026-05-01"))

    past, now = read(client, session, "/my")

    assert "铺设管网。" in past and "被退回" not in past and "缺竣工图" not in past
    assert "缺竣工图" in now


def test_my_work_knows_the_return_of_then_after_it_was_submitted_again(
    client: Browser, session: Session, cast: Cast, measure: models.Measure
) -> None:
    progress.return_(
        session,
        submitted(session, cast, measure, "2026-03-10"),
        unit_id=None,
        reason="缺竣工图",
        **acting("2026-03-15"),
    )
    submitted(session, cast, measure, "2026-05-01")

    past, now = read(client, session, "/my")

    assert "缺竣工图" in past and "缺竣工图" not in now


def test_my_work_knows_the_report_that_was_returned_by_then(
    client: Browser, session: Session, cast: Cast, measure: models.Measure
) -> None:
    session.add(
        models.Round(
            inspection_id=session.scalars(select(models.MeasureLink.inspection_id)).one(),
            name="春季",
            opens_on=D("2026-03-01"),
            cut_off_on=D("2026-05-31"),
            opened_at=factories.AT,
        )
    )
    session.flush()
    for sent, back in (("2026-03-10", "2026-03-20"), ("2026-04-10", None)):
        made = progress.report(
            session,
            measure,
            unit_id=cast.units["unit_a"],
            on_behalf=False,
            state="in_progress",
            text="在建。",
            **acting(sent),
        )
        if back:
            progress.return_report(session, made, unit_id=None, reason="数字不实", **acting(back))

    past, now = read(client, session, "/my")

    assert "填报被退回 数字不实" in past and "数字不实" not in now


def test_a_sign_off_is_told_on_the_day_it_was_recorded(
    client: Browser, session: Session, cast: Cast, measure: models.Measure
) -> None:
    made = submitted(session, cast, measure, "2026-03-10")
    progress.accept(session, made, unit_id=None, **acting("2026-03-12"))
    progress.sign_off(session, measure, signed_off_on=D("2026-03-25"), **acting("2026-05-01"))

    past, now = read(client, session, f"/measures/{measure.id}")

    assert "验收销号" not in past
    assert "验收销号 ，销号日期2026-03-25" in now or "验收销号，销号日期2026-03-25" in now


def test_an_issue_answered_later_is_not_named_yet_and_does_not_list_the_measure(
    client: Browser, session: Session, measure: models.Measure
) -> None:
    other = factories.make_issue(session, factories.make_inspection(session, name="省级督察"), text="管网老化。")
    factories.make_measure(session, other, text="省里的一条。")
    ledger.link_measure(session, measure, other, number="9", **acting("2026-05-01"))

    past, now = read(client, session, f"/measures/{measure.id}", "office")
    of_issue, of_issue_now = read(client, session, f"/issues/{other.id}", "office")

    assert "管网老化。" in now and "管网老化。" not in past
    assert "铺设管网。" in of_issue_now and "铺设管网。" not in of_issue


def test_a_round_cancelled_later_still_asked(client: Browser, session: Session, measure: models.Measure) -> None:
    inspection_id = session.scalars(select(models.MeasureLink.inspection_id)).one()
    this = models.Round(
        inspection_id=inspection_id,
        name="春季调度",
        opens_on=D("2026-03-01"),
        cut_off_on=D("2026-06-30"),
        opened_at=factories.AT,
    )
    session.add(this)
    session.flush()
    rounds.cancel_round(session, this, reason="防汛", **acting("2026-05-01"))

    past, now = read(client, session, "/my")

    assert "春季调度待填报" in past and "春季调度" not in now
