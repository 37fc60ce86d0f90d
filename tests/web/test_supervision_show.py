"""A submission before whoever decides: proof large, the goal beside, accept or return; the next one opens by itself."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, files, models, progress
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
Browser = Callable[..., FlaskClient]


@pytest.fixture
def submit(app: Flask, session: Session, cast: Cast) -> Callable[..., int]:
    """A measure of unit_a submitted with a photo; the supervisor decides."""
    inspection = factories.make_inspection(session)

    def made(day: str = "2026-06-10", by: str = "unit_a", unit: str = "unit_a", **values: Any) -> int:
        issue = factories.make_issue(session, inspection, goal="县城污水全收集、全处理。", **values)
        measure = factories.make_measure(session, issue, lead=cast.units[unit], supervising=[cast.units["supervisor"]])
        submission = progress.submit(
            session,
            measure,
            by=access.SYSTEM,
            unit_id=cast.units[unit],
            on_behalf=False,
            claim="completed",
            text="12公里全部建成通水。",
            day=D(day),
            at=factories.AT,
        )
        submission.by_id = cast.users[by]
        out = io.BytesIO()
        Image.new("RGB", (30, 20), "red").save(out, "PNG")
        out.seek(0)
        progress.attach(
            session,
            measure,
            name="现场.png",
            stored=files.keep(app.config["SETTINGS"].data_dir, "现场.png", out),
            by=access.SYSTEM,
            unit_id=cast.units[unit],
            at=factories.AT,
            submission=submission,
        )
        found = submission.id
        session.commit()
        return found

    return made


def words(answer: Any) -> str:
    return " ".join(BeautifulSoup(answer.get_data(as_text=True), "html.parser").main.get_text(" ").split())


def state(session: Session, submission_id: int) -> str:
    session.expire_all()
    found = session.get_one(models.Submission, submission_id).state
    session.rollback()
    return found


def test_the_page_shows_words_proof_and_goal_side_by_side(client: Browser, submit: Callable) -> None:
    submission_id = submit()

    answer = client("supervisor").get(f"/queue/{submission_id}")

    said = words(answer)
    for piece in ("12公里全部建成通水。", "县城污水全收集、全处理。", "甲县人民政府", "以市生态环境局的名义办理"):
        assert piece in said
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    image = page.select_one("main img")
    assert image["alt"] == "现场.png" and image["src"].endswith("/picture")
    assert client("supervisor").get(image["src"]).status_code == 200


def test_accepted_the_next_one_opens_by_itself(client: Browser, session: Session, submit: Callable) -> None:
    first, second = submit("2026-06-01", number="六"), submit("2026-06-02")
    browser = client("supervisor")

    answer = browser.post(f"/queue/{first}/accept", data={"reason": ""})

    assert state(session, first) == "accepted"
    assert answer.location == f"/queue/{second}"
    assert "措施六-1已认定为已完成。" in words(browser.get(answer.location))


def test_the_last_one_leads_back_to_the_empty_queue(client: Browser, session: Session, submit: Callable) -> None:
    submission_id = submit()

    answer = client("supervisor").post(
        f"/queue/{submission_id}/return", data={"reason": "缺竣工图"}, follow_redirects=True
    )

    assert state(session, submission_id) == "returned"
    assert "的申报已退回。" in words(answer) and "目前没有等待您认定的申报。" in words(answer)


def test_a_return_without_a_reason_is_asked_for_one_and_nothing_is_decided(
    client: Browser, session: Session, submit: Callable
) -> None:
    submission_id = submit()

    answer = client("supervisor").post(f"/queue/{submission_id}/return", data={"reason": "  "})

    assert answer.status_code == 200 and "请写明退回的原因" in words(answer)
    assert state(session, submission_id) == "open"


def test_a_reason_too_long_is_kept_and_named(client: Browser, session: Session, submit: Callable) -> None:
    submission_id = submit()

    answer = client("supervisor").post(f"/queue/{submission_id}/return", data={"reason": "缺" * 5001})

    assert "不能超过5000字" in words(answer) and "缺" * 5001 in answer.get_data(as_text=True)
    assert state(session, submission_id) == "open"


def test_two_who_decide_one_after_the_other_give_one_decision(
    client: Browser, session: Session, submit: Callable
) -> None:
    submission_id = submit()
    browser = client("supervisor")

    browser.post(f"/queue/{submission_id}/accept", data={"reason": ""})
    answer = browser.post(f"/queue/{submission_id}/return", data={"reason": "缺竣工图"})

    assert "该申报已有结论" in words(answer) and "认定为已完成" in words(answer)
    assert state(session, submission_id) == "accepted"


@pytest.mark.parametrize(("name", "code"), [("unit_a", 403), ("unit_b", 403), ("leader", 403), ("auditor", 403)])
def test_units_and_leaders_do_not_decide(
    client: Browser, session: Session, submit: Callable, name: str, code: int
) -> None:
    submission_id = submit()
    browser = client(name)

    assert browser.get(f"/queue/{submission_id}").status_code == code
    assert browser.post(f"/queue/{submission_id}/accept").status_code == code
    assert browser.post(f"/queue/{submission_id}/return", data={"reason": "x"}).status_code == code
    assert state(session, submission_id) == "open"


def test_the_office_looks_on_where_another_unit_decides(client: Browser, session: Session, submit: Callable) -> None:
    submission_id = submit()
    browser = client("office")

    page = browser.get(f"/queue/{submission_id}")
    told = browser.post(f"/queue/{submission_id}/accept", data={"reason": ""})

    assert "由其他核查单位认定" in words(page)
    assert "不负责这项申报的认定" in words(told)
    assert state(session, submission_id) == "open"


def test_nobody_decides_what_his_own_unit_submitted(client: Browser, session: Session, submit: Callable) -> None:
    """The supervising unit leads the measure itself: it may look, the office decides."""
    submission_id = submit(unit="supervisor", by="unit_b")

    told = client("supervisor").post(f"/queue/{submission_id}/accept", data={"reason": ""})
    assert "您本单位" in words(told) and state(session, submission_id) == "open"

    client("office").post(f"/queue/{submission_id}/accept", data={"reason": ""})
    assert state(session, submission_id) == "accepted"


def test_a_submission_of_a_measure_one_does_not_see_is_missing(
    client: Browser, session: Session, submit: Callable
) -> None:
    submission_id = submit()
    stranger = factories.make_user(session, "stranger", "supervisor", unit=factories.make_unit(session, "市水利局"))
    stranger_id = stranger.id
    session.commit()
    browser = client(user_id=stranger_id)

    foreign, missing = browser.get(f"/queue/{submission_id}"), browser.get("/queue/999999")

    assert foreign.status_code == missing.status_code == 404
    assert words(foreign) == words(missing)
    assert browser.post(f"/queue/{submission_id}/accept").status_code == 404
    assert state(session, submission_id) == "open"


def test_deciding_by_a_link_is_not_possible(client: Browser, submit: Callable) -> None:
    submission_id = submit()

    assert client("supervisor").get(f"/queue/{submission_id}/accept").status_code == 405


def test_the_last_report_before_it_stands_beside_the_submission_which_is_not_told_twice(
    client: Browser, session: Session, submit: Callable
) -> None:
    submission_id = submit()
    submission = session.get_one(models.Submission, submission_id)
    inspection_id = session.scalars(select(models.MeasureLink.inspection_id)).one()
    june = {"opens_on": D("2026-06-01"), "cut_off_on": D("2026-06-30"), "opened_at": factories.AT}
    session.add(models.Round(inspection_id=inspection_id, name="六月", **june))
    for day, text in (("2026-05-10", "五月的话。"), ("2026-06-10", submission.text)):
        report = {"measure_id": submission.measure_id, "reported_on": D(day), "at": factories.AT, "state": "completed"}
        session.add(models.ProgressReport(**report, text=text, unit_id=submission.unit_id))
    session.commit()

    page = BeautifulSoup(client("supervisor").get(f"/queue/{submission_id}").get_data(as_text=True), "html.parser")
    earlier = page.select_one("section[aria-label=上次填报]")

    assert earlier is not None and "五月的话。" in earlier.get_text()
    assert page.select_one("section[aria-label=本期已填报]") is None
