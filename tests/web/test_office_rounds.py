"""Rounds and rules before the office: what is open, planned, cancelled, and how many have reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, models, progress, rounds
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
TODAY = D("2026-06-15")
Browser = Callable[..., FlaskClient]


@pytest.fixture
def inspection_id(session: Session, cast: Cast) -> int:
    """A monthly inspection with two measures, one of which has reported in June."""
    inspection = factories.make_inspection(session, rhythm="monthly")
    issue = factories.make_issue(session, inspection)
    rounds.plan_next(session, inspection, D("2026-06-01"), factories.AT)
    for unit in ("unit_a", "unit_b"):
        measure = factories.make_measure(session, issue, lead=cast.units[unit])
    progress.report(
        session,
        measure,
        by=access.SYSTEM,
        unit_id=cast.units["unit_b"],
        on_behalf=False,
        state="in_progress",
        text="在建。",
        day=D("2026-06-10"),
        at=factories.AT,
    )
    found = inspection.id
    session.commit()
    return found


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: Any) -> str:
    return " ".join(page(answer).main.get_text(" ").split())


def send(browser: FlaskClient, address: str, **typed: Any) -> Any:
    hidden = page(browser.get(address)).select("main form input[type=hidden]")
    return browser.post(
        address, data={**{i["name"]: i.get("value", "") for i in hidden}, **typed}, follow_redirects=True
    )


@pytest.fixture
def by_hand_id(session: Session, inspection_id: int) -> int:
    """The inspection, whose rounds are from now on planned by hand: none lies ahead."""
    inspection = session.get_one(models.Inspection, inspection_id)
    rounds.change_rules(session, inspection, {"rhythm": "none"}, by=access.SYSTEM, day=TODAY, at=factories.AT)
    session.commit()
    return inspection_id


FLOOD = {"name": "汛期专项", "opens_on": "2026-07-05", "cut_off_on": "2026-07-10", "grace": "2"}
"""A round as it is typed that whoever reported in June misses, with its grace, on the thirteenth of July."""


def stood(answer: Any) -> dict[str, str]:
    """The form of a page as it came."""
    return {i["name"]: i.get("value", i.text.strip()) for i in page(answer).select("main form :is(input, textarea)")}


def buttons(answer: Any) -> list[str]:
    return [one.text.strip() for one in page(answer).select("main form button[type=submit]")]


def rounds_of(session: Session) -> list[tuple[str, str, bool]]:
    found = [
        (r.name, r.cut_off_on.isoformat(), r.cancelled_on is not None)
        for r in session.scalars(select(models.Round).order_by(models.Round.opens_on))
    ]
    session.rollback()
    return found


def test_the_page_shows_rounds_open_and_ahead_and_how_many_reported(client: Browser, inspection_id: int) -> None:
    said = words(client("office").get("/rounds"))

    for piece in ("2026年6月调度", "正在填报", "1／2", "2026年7月调度", "已排定", "每月（月末截止）"):
        assert piece in said


def test_a_round_is_planned_after_its_effect_was_seen_and_once_however_often_it_is_sent(
    client: Browser, session: Session, by_hand_id: int
) -> None:
    browser, address = client("office"), f"/inspections/{by_hand_id}/rounds/new"

    first = send(browser, address, **FLOOD)
    unsaved, typed = rounds_of(session), stood(first)
    for _ in range(2):
        assert browser.post(address, data=typed).status_code == 302

    assert "另有措施1条、问题0项今天的判断不变，以后的判断会不同，最早从2026年7月13日起" in words(first)
    assert "按“确认安排”" in words(first) and buttons(first) == ["确认安排"]
    assert FLOOD.items() <= typed.items() and len(unsaved) == 1
    assert rounds_of(session)[1:] == [("汛期专项", "2026-07-10", False)]


def test_a_round_that_moves_no_verdict_is_planned_at_once(
    client: Browser, session: Session, inspection_id: int
) -> None:
    typed = FLOOD | {"opens_on": "2026-08-01", "cut_off_on": "2026-08-10"}

    said = words(send(client("office"), f"/inspections/{inspection_id}/rounds/new", **typed))

    assert "已安排“汛期专项”，截止2026-08-10。" in said and len(rounds_of(session)) == 3


def test_what_a_round_moves_is_counted_in_the_words_of_its_inspection(
    client: Browser, session: Session, by_hand_id: int
) -> None:
    inspection = session.get_one(models.Inspection, by_hand_id)
    inspection.issue_word, inspection.measure_word = "个", "项"
    session.commit()

    said = words(send(client("office"), f"/inspections/{by_hand_id}/rounds/new", **FLOOD))

    assert "另有措施1项、问题0个今天的判断不变" in said


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"opens_on": "2026-06-20"}, "与“2026年6月调度”"),
        ({"opens_on": "昨天"}, "请填写日期"),
        ({"name": ""}, "请填写调度期的名称"),
        ({"cut_off_on": "2026-07-01"}, "截止日不能早于开放日"),
    ],
)
def test_a_round_that_cannot_be_is_told_and_what_was_typed_stays(
    client: Browser, session: Session, inspection_id: int, typed: dict[str, str], sentence: str
) -> None:
    usual = {"name": "汛期专项", "opens_on": "2026-08-01", "cut_off_on": "2026-08-10", "grace": "7"}

    answer = send(client("office"), f"/inspections/{inspection_id}/rounds/new", **{**usual, **typed})

    assert answer.status_code == 200 and sentence in words(answer)
    assert page(answer).select_one("input[name=grace]")["value"] == "7"
    assert len(rounds_of(session)) == 2


def test_cancelling_asks_for_a_reason_shows_its_effect_and_plans_the_next(
    client: Browser, session: Session, inspection_id: int
) -> None:
    july = session.scalars(select(models.Round.id).order_by(models.Round.opens_on.desc())).first()
    session.rollback()
    browser = client("office")

    assert "请写明原因。" in words(send(browser, f"/rounds/{july}/cancel", reason=""))
    first = send(browser, f"/rounds/{july}/cancel", reason="七月不调度")
    unsaved = rounds_of(session)
    said = words(browser.post(f"/rounds/{july}/cancel", data=stood(first), follow_redirects=True))

    assert "另有措施1条、问题0项今天的判断不变，以后的判断会不同，最早从2026年8月1日起" in words(first)
    assert "确认取消" in buttons(first) and stood(first)["reason"] == "七月不调度"
    assert unsaved[1:] == [("2026年7月调度", "2026-07-31", False)]
    assert "“2026年7月调度”已取消" in said
    assert rounds_of(session)[1:] == [("2026年7月调度", "2026-07-31", True), ("2026年8月调度", "2026-08-31", False)]


def edit(browser: FlaskClient, round_id: int, **typed: str) -> Any:
    """The form as it came, with what is typed over it."""
    address = f"/rounds/{round_id}/edit"
    stood = {i["name"]: i.get("value", "") for i in page(browser.get(address)).select("main form input")}
    return browser.post(address, data={**stood, **typed}, follow_redirects=True)


def planned(session: Session) -> int:
    found = session.scalars(select(models.Round.id).where(models.Round.name == "2026年7月调度")).one()
    session.rollback()
    return found


def test_a_planned_round_is_changed_after_its_effect_was_seen(
    client: Browser, session: Session, inspection_id: int
) -> None:
    round_id, browser = planned(session), client("office")
    assert page(browser.get("/rounds")).select_one(f"a[href='/rounds/{round_id}/edit']")

    first = edit(browser, round_id, cut_off_on="2026-07-20", grace="2")
    unsaved = rounds_of(session)[1]
    typed = {i["name"]: i.get("value", "") for i in page(first).select("main form input")}
    second = browser.post(f"/rounds/{round_id}/edit", data=typed, follow_redirects=True)

    assert "另有措施1条、问题0项今天的判断不变，以后的判断会不同，最早从2026年7月23日起" in words(first)
    assert unsaved == ("2026年7月调度", "2026-07-31", False) and typed["cut_off_on"] == "2026-07-20"
    assert "“2026年7月调度”已更改，截止2026-07-20。" in words(second)
    assert rounds_of(session)[1] == ("2026年7月调度", "2026-07-20", False)


def listed(browser: FlaskClient, day: str) -> list[list[str]]:
    """Name, first and last day of the rounds as the page has them on a day, the newest first."""
    rows = page(browser.get(f"/rounds?as_of={day}")).select("main tbody tr")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")[:3]] for row in rows]


def test_a_past_day_shows_planned_rounds_as_they_were_known_then(
    client: Browser, session: Session, inspection_id: int
) -> None:
    """July's round was moved on the twelfth, one of August added on the thirteenth, all ahead dropped on the fourteenth."""
    acting: dict[str, Any] = {"by": access.SYSTEM, "at": factories.AT}
    inspection, july_id = session.get_one(models.Inspection, inspection_id), planned(session)
    july = session.get_one(models.Round, july_id)
    rounds.change_round(
        session, july, name="七月", opens_on=D("2026-07-05"), cut_off_on=D("2026-07-20"), grace_days=2,
        day=D("2026-06-12"), **acting,
    )  # fmt: skip
    rounds.add_round(
        session,
        inspection,
        name="八月",
        opens_on=D("2026-08-01"),
        cut_off_on=D("2026-08-20"),
        day=D("2026-06-13"),
        **acting,
    )
    rounds.change_rules(session, inspection, {"rhythm": "none"}, day=D("2026-06-14"), **acting)
    session.commit()
    browser = client("office")
    june = ["2026年6月调度", "2026-06-01", "2026-06-30"]
    moved = ["七月", "2026-07-05", "2026-07-20 宽限2天"]

    assert listed(browser, "2026-06-11") == [["2026年7月调度", "2026-07-01", "2026-07-31"], june]
    assert listed(browser, "2026-06-12") == [moved, june]
    assert listed(browser, "2026-06-13") == [["八月", "2026-08-01", "2026-08-20"], moved, june]
    assert listed(browser, "2026-06-15") == [june]
    assert page(browser.get("/rounds?as_of=2026-06-11")).select(f"main a[href*='/rounds/{july_id}']") == []


def test_the_page_of_a_planned_round_shows_on_a_past_day_its_days_of_then(
    client: Browser, session: Session, inspection_id: int
) -> None:
    july_id = planned(session)
    rounds.change_round(
        session, session.get_one(models.Round, july_id), name="七月", opens_on=D("2026-07-05"),
        cut_off_on=D("2026-07-20"), grace_days=2, by=access.SYSTEM, day=D("2026-06-12"), at=factories.AT,
    )  # fmt: skip
    session.commit()
    browser = client("office")

    then, now = (words(browser.get(f"/rounds/{july_id}?as_of={day}")) for day in ("2026-06-11", "2026-06-15"))

    assert "2026年7月调度" in then and "2026-07-01开放，2026-07-31截止" in then and "宽限" not in then
    assert "七月" in now and "2026-07-05开放，2026-07-20截止" in now and "宽限至2026-07-22" in now


def test_a_new_name_moves_no_verdict_and_is_saved_at_once(
    client: Browser, session: Session, inspection_id: int
) -> None:
    said = words(edit(client("office"), planned(session), name="七月调度"))

    assert "“七月调度”已更改" in said
    assert rounds_of(session)[1] == ("七月调度", "2026-07-31", False)


def test_a_round_open_by_now_is_refused_and_what_was_typed_stays(
    client: Browser, session: Session, inspection_id: int
) -> None:
    june = session.scalars(select(models.Round.id).order_by(models.Round.opens_on)).first()
    session.rollback()
    browser = client("office")

    answer = edit(browser, june, opens_on="2026-06-20", cut_off_on="2026-06-25")

    assert "“2026年6月调度”已于2026-06-01开放" in words(answer)
    assert page(answer).select_one("input[name=cut_off_on]")["value"] == "2026-06-25"
    assert f"/rounds/{june}/edit" not in browser.get("/rounds").get_data(as_text=True)
    assert rounds_of(session)[0] == ("2026年6月调度", "2026-06-30", False)


def test_who_saves_second_sees_what_the_first_one_saved(client: Browser, session: Session, inspection_id: int) -> None:
    round_id = planned(session)
    late = client("office")
    opened = {
        i["name"]: i.get("value", "") for i in page(late.get(f"/rounds/{round_id}/edit")).select("main form input")
    }
    edit(client("office"), round_id, name="七月专项")

    answer = late.post(f"/rounds/{round_id}/edit", data={**opened, "name": "七月督办"})

    assert answer.status_code == 409 and "现在保存的是：七月专项" in words(answer)
    assert rounds_of(session)[1][0] == "七月专项"


def test_a_round_that_was_cut_off_is_not_cancelled_by_an_old_page(
    client: Browser, session: Session, inspection_id: int
) -> None:
    june = session.scalars(select(models.Round).order_by(models.Round.opens_on)).first()
    june.cut_off_on = D("2026-06-14")
    june_id = june.id
    session.commit()

    said = words(send(client("office"), f"/rounds/{june_id}/cancel", reason="防汛"))

    assert "已于2026-06-14截止，不能再取消" in said
    assert rounds_of(session)[0][2] is False


@pytest.mark.parametrize("name", ["unit_a", "supervisor", "leader", "admin", "auditor"])
def test_rounds_are_the_offices(client: Browser, session: Session, inspection_id: int, name: str) -> None:
    round_id = session.scalars(select(models.Round.id)).first()
    session.rollback()
    browser = client(name)

    for address in (
        f"/inspections/{inspection_id}/rounds/new",
        f"/inspections/{inspection_id}/rules",
        f"/rounds/{round_id}/cancel",
        f"/rounds/{round_id}/edit",
    ):
        assert browser.get(address).status_code == 403


@pytest.mark.parametrize(("name", "status"), [("unit_a", 403), ("admin", 403), ("leader", 200), ("supervisor", 200)])
def test_leaders_and_supervisors_look_at_rounds_and_change_none(
    client: Browser, inspection_id: int, name: str, status: int
) -> None:
    answer = client(name).get("/rounds")

    assert answer.status_code == status
    assert not [a for a in page(answer).select("main a") if "cancel" in a["href"] or "rules" in a["href"]]


def test_a_hidden_inspection_is_missing(client: Browser, session: Session, inspection_id: int) -> None:
    secret = factories.make_inspection(session, name="巡视", rhythm="monthly", confidential=True)
    (hidden, *_) = rounds.plan_next(session, secret, D("2026-06-01"), factories.AT)
    secret_id, round_id = secret.id, hidden.id
    session.commit()
    browser = client("office")

    assert "巡视" not in words(browser.get("/rounds"))
    for address in (
        f"/inspections/{secret_id}/rounds/new",
        f"/inspections/{secret_id}/rules",
        f"/rounds/{round_id}/cancel",
        f"/rounds/{round_id}/edit",
    ):
        assert browser.get(address).status_code == 404
