"""Returning a unit's report: its words beside the reason; the unit finds it first, corrects it and sends it again."""

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
Browser = Callable[..., FlaskClient]


@pytest.fixture
def report_id(session: Session, cast: Cast) -> int:
    """unit_a's report in June's round, of the tenth; the supervisor decides. Today is the fifteenth."""
    inspection = factories.make_inspection(session, rhythm="monthly")
    issue = factories.make_issue(session, inspection, number="七")
    measure = factories.make_measure(
        session,
        issue,
        text="铺设管网12公里。",
        lead=cast.units["unit_a"],
        supervising=[cast.units["supervisor"]],
        target_quantity=12,
        target_unit="公里",
    )
    session.add(models.Milestone(measure_id=measure.id, due_on=D("2026-06-12"), text="主体完工"))
    rounds.plan_next(session, inspection, D("2026-06-01"), factories.AT)
    by = access.person_of(session, session.get_one(models.User, cast.users["unit_a"]))
    for day, text, quantity in (("2026-05-20", "已进场。", 1), ("2026-06-10", "完成8公里。", 8)):
        made = progress.report(
            session,
            measure,
            by=by,
            unit_id=cast.units["unit_a"],
            on_behalf=False,
            state="in_progress",
            text=text,
            difficulty="征地未完成。",
            next_step="抢抓工期。",
            forecast="hopeful",
            said="on_schedule",
            quantity=quantity,
            reached=[stone.id for stone in session.scalars(select(models.Milestone))] if quantity == 8 else [],
            day=D(day),
            at=dt.datetime.combine(D(day), dt.time(2), dt.UTC),
        )
    found = made.id
    session.commit()
    return found


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: Any) -> str:
    main = page(answer).main
    assert main is not None
    return " ".join(main.get_text(" ").split())


def measure_of(session: Session, report_id: int) -> int:
    found = session.get_one(models.ProgressReport, report_id).measure_id
    session.rollback()
    return found


def returned(client: Browser, report_id: int, reason: str = "现场只有5公里，请核实。", by: str = "supervisor") -> Any:
    return client(by).post(f"/progress/{report_id}/return", data={"reason": reason}, follow_redirects=True)


def test_whoever_decides_reads_the_report_beside_the_last_one_and_returns_it(
    client: Browser, session: Session, report_id: int
) -> None:
    measure_id = measure_of(session, report_id)
    browser = client("supervisor")
    link = page(browser.get(f"/measures/{measure_id}")).select_one(f"a[href='/progress/{report_id}/return']")
    assert link is not None and link.get_text() == "退回本期填报"

    before = words(browser.get(str(link["href"])))
    after = words(returned(client, report_id))

    for piece in ("完成8公里。", "累计完成8", "征地未完成。", "抢抓工期。", "已进场。", "以市生态环境局的名义办理"):
        assert piece in before
    assert "措施七-1的填报已退回" in after and "退回填报，要求更正 现场只有5公里，请核实。" in after
    assert f"/progress/{report_id}/return" not in browser.get(f"/measures/{measure_id}").get_data(as_text=True)
    assert "待填报" in words(client("unit_a").get(f"/measures/{measure_id}"))
    assert "未达到：2026-06-15不予认可，现场只有5公里，请核实。" in after


def test_the_unit_finds_it_first_with_the_reason_and_all_that_it_had_typed(
    client: Browser, session: Session, cast: Cast, report_id: int
) -> None:
    overdue = factories.make_issue(
        session, session.scalars(select(models.Inspection)).one(), deadline_on=D("2026-06-01")
    )
    factories.make_measure(session, overdue, text="早已超期", lead=cast.units["unit_a"])
    session.commit()
    returned(client, report_id)
    unit, measure_id = client("unit_a"), measure_of(session, report_id)

    my = page(unit.get("/my"))
    first = my.select("main section")[0]
    button = first.select_one("a.btn")
    assert button is not None
    form = page(unit.get(str(button["href"])))

    assert "填报被退回，待更正" in first.get_text() and "现场只有5公里，请核实。" in first.get_text()
    assert (button.get_text(), button["href"]) == ("更正填报", f"/measures/{measure_id}/report")
    said = " ".join(form.select_one("#back").parent.get_text(" ").split())  # type: ignore[union-attr]
    assert "现场只有5公里，请核实。" in said and "2026年6月10日填报，2026年6月15日退回" in said
    values = {
        name: form.select_one(f"main textarea[name={name}]").get_text().strip()  # type: ignore[union-attr]
        for name in ("text", "difficulty", "next_step")
    }
    assert values == {"text": "完成8公里。", "difficulty": "征地未完成。", "next_step": "抢抓工期。"}
    checked = {str(box["name"]): box["value"] for box in form.select("main input[checked]")}
    stone = session.scalars(select(models.Milestone.id)).one()
    assert checked == {"state": "in_progress", "said": "on_schedule", "reached": str(stone)}
    assert form.select_one("main input[name=quantity]")["value"] == "8"  # type: ignore[index]
    assert form.select_one("main option[selected]")["value"] == "hopeful"  # type: ignore[index]


def test_sent_again_it_is_work_no_more_and_the_round_knows_both(
    client: Browser, session: Session, report_id: int
) -> None:
    round_id = session.scalars(select(models.Round.id).order_by(models.Round.opens_on)).first()
    stone = session.scalars(select(models.Milestone.id)).one()
    session.rollback()
    returned(client, report_id)
    between = words(client("office").get(f"/rounds/{round_id}?state=returned"))
    unit, measure_id = client("unit_a"), measure_of(session, report_id)

    answer = unit.post(
        f"/measures/{measure_id}/report",
        data={"state": "in_progress", "text": "核实为5公里。", "quantity": "5", "reached": [str(stone)]},
        follow_redirects=True,
    )

    assert "未填报1条（其中退回待更正1条）" in between.replace(" ", "")
    assert "退回待更正" in between and "2026-06-15退回：现场只有5公里，请核实。" in between
    assert "进展已填报。" in words(answer) and "已退回" in words(answer)
    assert "填报被退回" not in words(unit.get("/my"))
    assert "上次填报被退回" not in words(unit.get(f"/measures/{measure_id}/report"))
    after = words(client("office").get(f"/rounds/{round_id}?state=reported"))
    assert "已填报1条" in after and "核实为5公里。" in after and "退回待更正1条" not in after


def test_on_an_earlier_day_it_stands_as_it_was_sent(client: Browser, session: Session, report_id: int) -> None:
    round_id = session.scalars(select(models.Round.id).order_by(models.Round.opens_on)).first()
    session.rollback()
    returned(client, report_id)
    measure_id = measure_of(session, report_id)

    on_the_day = words(client("unit_a").get(f"/measures/{measure_id}?as_of=2026-06-14"))

    assert "完成8公里。" in on_the_day and "退回" not in on_the_day
    assert "退回" not in words(client("unit_a").get("/my?as_of=2026-06-14"))
    assert "已填报1条" in words(client("office").get(f"/rounds/{round_id}?as_of=2026-06-14"))


def test_without_a_reason_it_is_asked_for_and_nothing_is_returned(
    client: Browser, session: Session, report_id: int
) -> None:
    answer = client("supervisor").post(f"/progress/{report_id}/return", data={"reason": "  "})

    assert "请写明退回的原因" in words(answer)
    assert session.get_one(models.ProgressReport, report_id).returned_on is None


def test_a_second_return_says_that_it_was_returned_and_keeps_the_first_reason(
    client: Browser, session: Session, report_id: int
) -> None:
    returned(client, report_id)

    answer = returned(client, report_id, "另一个原因", by="office")

    assert "已于2026-06-15退回" in words(answer) and "另一个原因" in answer.get_data(as_text=True)
    assert session.get_one(models.ProgressReport, report_id).return_reason == "现场只有5公里，请核实。"


@pytest.mark.parametrize(("name", "status"), [("unit_a", 403), ("unit_b", 403), ("leader", 403), ("office", 200)])
def test_who_may_open_it(client: Browser, report_id: int, name: str, status: int) -> None:
    assert client(name).get(f"/progress/{report_id}/return").status_code == status


def test_a_supervisor_who_sees_the_measure_and_does_not_decide_it_is_forbidden(
    client: Browser, session: Session, cast: Cast, report_id: int
) -> None:
    measure_id = measure_of(session, report_id)
    session.add(
        models.Assignment(
            measure_id=measure_id, unit_id=cast.units["unit_b"], role="acceptance", since_on=D("2026-01-01")
        )
    )
    session.commit()

    assert client("supervisor").get(f"/progress/{report_id}/return").status_code == 403
    assert "退回本期填报" not in words(client("supervisor").get(f"/measures/{measure_id}"))
