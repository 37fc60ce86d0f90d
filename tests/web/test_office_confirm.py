"""The office's word on a measure through the pages: confirm, withdraw, refuse a milestone, record a sign-off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, models, progress, rounds, standing
from rectify.rules import schedule
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
TODAY = D("2026-06-15")
Browser = Callable[..., FlaskClient]


@pytest.fixture
def ids(session: Session, cast: Cast) -> tuple[int, int]:
    """unit_a's measure with a milestone of May, reported as reached; the supervisor decides. (measure, milestone)"""
    inspection = factories.make_inspection(session, rhythm="monthly")
    measure = factories.make_measure(
        session,
        factories.make_issue(session, inspection),
        lead=cast.units["unit_a"],
        supervising=[cast.units["supervisor"]],
    )
    milestone = models.Milestone(measure_id=measure.id, due_on=D("2026-05-31"), text="主体工程完工")
    session.add(milestone)
    rounds.plan_next(session, inspection, D("2026-06-01"), factories.AT)
    progress.report(
        session,
        measure,
        by=access.SYSTEM,
        unit_id=cast.units["unit_a"],
        on_behalf=False,
        state="in_progress",
        text="主体完工。",
        reached=[milestone.id],
        day=D("2026-06-02"),
        at=factories.AT,
    )
    found = measure.id, milestone.id
    session.commit()
    return found


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: Any) -> str:
    return " ".join(page(answer).main.get_text(" ").split())


def verdict(session: Session, measure_id: int) -> str:
    row = standing.of(session, measure_id, TODAY)
    assert row is not None
    found = schedule.verdict(row, TODAY).value
    session.rollback()
    return found


def test_a_milestone_refused_puts_the_measure_behind_and_a_confirmation_excuses_it_until_the_cut_off(
    client: Browser, session: Session, ids: tuple[int, int]
) -> None:
    measure_id, milestone_id = ids
    supervisor, office = client("supervisor"), client("office")

    told = supervisor.post(
        f"/measures/{measure_id}/milestones/{milestone_id}/refuse", data={"reason": "现场未封顶"}, follow_redirects=True
    )
    assert "已记录：阶段目标“主体工程完工”未达到。" in words(told) and "现场未封顶" in words(told)
    assert verdict(session, measure_id) == "behind"

    told = office.post(
        f"/measures/{measure_id}/confirm",
        data={"verdict": "on_schedule", "reason": "已批复顺延", "last_on": ""},
        follow_redirects=True,
    )
    assert "已确认措施" in words(told) and "至2026-06-30止" in words(told)
    assert verdict(session, measure_id) == "on_schedule"

    told = office.post(f"/measures/{measure_id}/confirm/withdraw", follow_redirects=True)
    assert "已撤回对措施" in words(told)
    assert verdict(session, measure_id) == "behind"
    assert "目前没有生效的确认" in words(office.post(f"/measures/{measure_id}/confirm/withdraw", follow_redirects=True))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"verdict": ""}, "请选择一项。"),
        ({"reason": ""}, "请写明确认的理由。"),
        ({"last_on": "2026-06-01"}, "不能早于今天"),
    ],
)
def test_a_confirmation_that_may_not_be_keeps_what_was_typed(
    client: Browser, session: Session, ids: tuple[int, int], typed: dict[str, str], sentence: str
) -> None:
    usual = {"verdict": "behind" if "last_on" not in typed else "on_schedule", "reason": "现场停工", "last_on": ""}

    answer = client("office").post(f"/measures/{ids[0]}/confirm", data={**usual, **typed})

    assert answer.status_code == 200 and sentence in words(answer)
    assert page(answer).select_one("textarea[name=reason]").get_text().strip() == {**usual, **typed}["reason"]
    assert session.scalars(select(models.Confirmation)).all() == []


def test_the_page_names_the_day_through_which_a_confirmation_holds(client: Browser, ids: tuple[int, int]) -> None:
    assert "不填则到下一个填报截止日（2026-06-30）" in words(client("office").get(f"/measures/{ids[0]}/confirm"))


def test_a_milestone_belongs_to_the_measure_in_the_address(
    client: Browser, session: Session, ids: tuple[int, int], cast: Cast
) -> None:
    issue = session.scalars(select(models.Issue)).one()
    other = factories.make_measure(session, issue, lead=cast.units["unit_a"], supervising=[cast.units["supervisor"]])
    other_id = other.id
    session.commit()

    answer = client("supervisor").post(
        f"/measures/{other_id}/milestones/{ids[1]}/refuse", data={"reason": "现场未封顶"}
    )

    assert answer.status_code == 404


def complete(session: Session, measure_id: int) -> None:
    """Submitted on 8 June, accepted on 9 June."""
    measure = session.get_one(models.Measure, measure_id)
    made = progress.submit(
        session,
        measure,
        by=access.SYSTEM,
        unit_id=None,
        on_behalf=False,
        claim="completed",
        text="完成。",
        day=D("2026-06-08"),
        at=factories.AT,
    )
    progress.accept(session, made, by=access.SYSTEM, unit_id=None, day=D("2026-06-09"), at=factories.AT)
    session.commit()


def test_a_completed_measure_is_signed_off_on_its_day(client: Browser, session: Session, ids: tuple[int, int]) -> None:
    complete(session, ids[0])
    browser = client("office")
    assert page(browser.get(f"/measures/{ids[0]}/sign-off")).select_one("input[name=signed_off_on]")["value"] == str(
        TODAY
    )

    early = browser.post(f"/measures/{ids[0]}/sign-off", data={"signed_off_on": "2026-06-01"})
    assert "销号日期不能早于完成日期" in words(early)
    told = browser.post(f"/measures/{ids[0]}/sign-off", data={"signed_off_on": "2026-06-12"}, follow_redirects=True)

    assert "已记录销号" in words(told) and "验收销号" in words(told)
    assert verdict(session, ids[0]) == "signed_off"


def test_a_finished_measure_is_reopened_with_a_new_deadline(
    client: Browser, session: Session, ids: tuple[int, int]
) -> None:
    complete(session, ids[0])
    browser, address = client("office"), f"/measures/{ids[0]}/reopen"
    assert address in {a["href"] for a in page(browser.get(f"/measures/{ids[0]}")).main.find_all("a")}

    early = browser.post(address, data={"reason": "排口复现黑臭", "new_deadline_on": "2026-06-01"})
    assert "新的整改时限不能早于今天" in words(early)
    told = browser.post(
        address, data={"reason": "排口复现黑臭", "new_deadline_on": "2026-09-30"}, follow_redirects=True
    )

    assert "已重启整改" in words(told) and "反弹重启，新的整改时限2026-09-30" in words(told)
    assert "排口复现黑臭" in words(told) and "2026-09-30" in words(told)
    assert verdict(session, ids[0]) == "on_schedule"


def test_an_unfinished_measure_is_not_reopened(client: Browser, session: Session, ids: tuple[int, int]) -> None:
    answer = client("office").post(f"/measures/{ids[0]}/reopen", data={"reason": "反弹"})

    assert "只有已完成、基本完成或已销号的措施才能重启" in words(answer)
    assert session.scalars(select(models.Reopening)).all() == []


def test_an_unfinished_measure_is_not_signed_off(client: Browser, session: Session, ids: tuple[int, int]) -> None:
    answer = client("office").post(f"/measures/{ids[0]}/sign-off", data={"signed_off_on": "2026-06-12"})

    assert "只有已认定完成的措施才能销号" in words(answer)
    assert session.scalars(select(models.SignOffMark)).all() == []


@pytest.mark.parametrize("name", ["unit_a", "unit_b", "supervisor", "leader", "admin", "auditor"])
def test_the_offices_word_is_the_offices(client: Browser, ids: tuple[int, int], name: str) -> None:
    browser = client(name)

    for tail in ("confirm", "sign-off", "reopen"):
        assert browser.get(f"/measures/{ids[0]}/{tail}").status_code == 403
    assert browser.post(f"/measures/{ids[0]}/confirm/withdraw").status_code == 403
    if name != "supervisor":
        assert browser.get(f"/measures/{ids[0]}/milestones/{ids[1]}/refuse").status_code == 403


def test_a_supervisor_of_other_measures_refuses_no_milestone_of_this_one(
    client: Browser, session: Session, ids: tuple[int, int]
) -> None:
    stranger = factories.make_user(session, "stranger", "supervisor", unit=factories.make_unit(session, "市水利局"))
    stranger_id = stranger.id
    session.commit()

    answer = client(user_id=stranger_id).post(
        f"/measures/{ids[0]}/milestones/{ids[1]}/refuse", data={"reason": "现场未封顶"}
    )

    assert answer.status_code == 404
