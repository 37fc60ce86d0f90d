"""The check queue: what waits for this person, the longest first, and what was decided lately."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from rectify import access, models, progress
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
Browser = Callable[..., FlaskClient]


@pytest.fixture
def submit(session: Session, cast: Cast) -> Callable[..., int]:
    """A measure of unit_a submitted on a day; the supervisor decides unless other units are given."""
    inspection = factories.make_inspection(session)

    def made(text: str, day: str, by: str = "unit_a", **units: Any) -> int:
        parts = {"lead": cast.units["unit_a"], "supervising": [cast.units["supervisor"]], **units}
        measure = factories.make_measure(session, factories.make_issue(session, inspection), text=text, **parts)
        submission = progress.submit(
            session,
            measure,
            by=access.SYSTEM,
            unit_id=cast.units["unit_a"],
            on_behalf=False,
            claim="completed",
            text="已完成。",
            day=D(day),
            at=factories.AT,
        )
        submission.by_id = cast.users[by]
        found = submission.id
        session.commit()
        return found

    return made


def queue(client: Browser, name: str) -> list[str]:
    page = BeautifulSoup(client(name).get("/queue").get_data(as_text=True), "html.parser")
    return [row.a.get_text() for row in page.select("table[data-queue] tbody tr")]


def test_the_longest_waiting_stands_first(client: Browser, submit: Callable) -> None:
    submit("后来的", "2026-06-14")
    submit("早先的", "2026-06-01")

    assert queue(client, "supervisor") == ["早先的", "后来的"]


def test_each_waits_only_for_whoever_decides_it(client: Browser, submit: Callable, cast: Cast) -> None:
    submit("督导的", "2026-06-01")
    submit("没有督导的", "2026-06-02", supervising=[])
    submit("验收优先的", "2026-06-03", acceptance=[cast.units["office"]])
    submit("整改办自己录的", "2026-06-04", by="office", supervising=[])

    assert queue(client, "supervisor") == ["督导的"]
    assert queue(client, "office") == ["没有督导的", "验收优先的"]


def test_a_row_says_unit_days_waiting_deadline_and_how_much_proof(client: Browser, submit: Callable) -> None:
    submit("管网", "2026-06-05")

    said = " ".join(
        BeautifulSoup(client("supervisor").get("/queue").get_data(as_text=True), "html.parser")
        .main.get_text(" ")
        .split()
    )

    for piece in ("甲县人民政府", "已等10天", "2026-12-31", "待认定", "第二轮中央生态环境保护督察"):
        assert piece in said


def test_an_empty_queue_says_so(client: Browser) -> None:
    assert "目前没有等待您认定的申报。" in client("supervisor").get("/queue").get_data(as_text=True)


def test_what_was_decided_is_listed_below(client: Browser, session: Session, submit: Callable, cast: Cast) -> None:
    submission = session.get_one(models.Submission, submit("退回过的", "2026-06-01"))
    progress.return_(
        session,
        submission,
        by=access.SYSTEM,
        unit_id=cast.units["supervisor"],
        reason="缺竣工图",
        day=D("2026-06-03"),
        at=factories.AT,
    )
    session.commit()

    said = client("supervisor").get("/queue").get_data(as_text=True)

    assert "最近办结" in said and "缺竣工图" in said
    assert "缺竣工图" not in client("office").get("/queue").get_data(as_text=True)


@pytest.mark.parametrize("name", ["unit_a", "unit_b", "leader", "admin", "auditor"])
def test_the_queue_is_of_those_who_decide(client: Browser, name: str) -> None:
    assert client(name).get("/queue").status_code == 403


def test_the_words_of_the_submission_stand_beside_the_last_report_before_it(
    client: Browser, session: Session, submit: Callable
) -> None:
    submission = session.get_one(models.Submission, submit("管网", "2026-06-05"))
    returned = {"returned_on": D("2026-06-01"), "returned_at": factories.AT, "return_reason": "不实"}
    for day, text, more in (
        ("2026-04-10", "四月的话。", {}),
        ("2026-05-10", "五月的话。", {}),
        ("2026-05-20", "退回的话。", returned),
        ("2026-06-05", "当天的话。", {}),
    ):
        report = {
            "measure_id": submission.measure_id,
            "reported_on": D(day),
            "at": factories.AT,
            "state": "in_progress",
        }
        session.add(models.ProgressReport(**report, text=text, **more))
    session.commit()

    page = BeautifulSoup(client("supervisor").get("/queue").get_data(as_text=True), "html.parser")
    said = " ".join(page.select_one("table[data-queue] tbody").get_text(" ").split())  # type: ignore[union-attr]

    assert "完成情况说明： 已完成。" in said and "上次填报（2026-05-10）： 五月的话。" in said
    for absent in ("四月的话。", "退回的话。", "当天的话。"):
        assert absent not in said
