"""The page of one's own notices and the bell in the frame: what is new, opened, read, in either language."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from rectify import inbox, models
from rectify.models import db
from tests import factories
from tests.conftest import AT, TODAY

if TYPE_CHECKING:
    from tests.conftest import Cast

Browser = Callable[..., FlaskClient]


@pytest.fixture
def tell(session: Session, cast: Cast) -> Callable[..., int]:
    """Tells unit_a that a submission of its measure was returned; gives the notice's id."""
    inspection = factories.make_inspection(session)

    def tell_once(reason: str = "缺验收单。", who: str = "unit_a") -> int:
        issue = factories.make_issue(session, inspection, number="3")
        measure = factories.make_measure(session, issue, text="建成管网。", lead=cast.units["unit_a"])
        session.execute(update(models.MeasureLink).values(number="2"))
        path = f"/measures/{measure.id}"
        inbox.tell(session, [cast.users[who]], "returned", {"reason": reason}, path, AT, measure_id=measure.id)
        made = session.scalars(select(models.Notice.id).order_by(models.Notice.id.desc())).first() or 0
        session.commit()
        return made

    return tell_once


def bell(page: BeautifulSoup) -> str:
    found = page.select_one("a.bell")
    assert found is not None
    return str(found["aria-label"])


def look(browser: FlaskClient, address: str = "/notices") -> BeautifulSoup:
    answer = browser.get(address)
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def test_a_notice_says_what_happened_to_what_and_is_marked_until_it_is_read(
    client: Browser, tell: Callable[..., int]
) -> None:
    tell("缺<b>验收单</b>。")
    browser = client("unit_a")

    page = look(browser)
    row = page.select_one("tr.notice-unread")

    assert row is not None
    words = row.get_text(" ", strip=True)
    assert "申报被退回 未读 退回原因：缺<b>验收单</b>。" in words
    assert "问题3 · 措施2" in words and "建成管网。" in words
    assert bell(page) == "通知，1条未读"

    field = row.select_one("[name=notice]")
    assert field is not None
    browser.post("/notices/read", data={"notice": field["value"]})
    page = look(browser)
    assert page.select_one("tr.notice-unread") is None and "申报被退回" in page.text
    assert bell(page) == "通知"


def test_opening_a_notice_marks_it_read_and_leads_to_its_item(
    client: Browser, tell: Callable[..., int], session: Session
) -> None:
    first, second = tell(), tell()
    browser = client("unit_a")

    answer = browser.post(f"/notices/{second}/open")

    assert bell(look(browser)) == "通知，1条未读"
    assert answer.status_code == 302 and answer.location == session.get_one(models.Notice, second).path
    assert session.get_one(models.Notice, first).read_at is None


def test_a_notice_of_another_is_not_there_to_open_or_to_read(
    client: Browser, tell: Callable[..., int], session: Session
) -> None:
    foreign = tell()
    stranger = client("unit_b")

    assert stranger.post(f"/notices/{foreign}/open").status_code == 404
    stranger.post("/notices/read", data={"notice": foreign})
    stranger.post("/notices/read", data={"newest": foreign})

    assert "没有通知" in look(stranger).text
    session.expire_all()
    assert session.get_one(models.Notice, foreign).read_at is None


def test_what_one_may_no_longer_see_is_not_shown_and_leads_nowhere(
    client: Browser, tell: Callable[..., int], session: Session
) -> None:
    gone = tell("缺验收单。")
    session.execute(update(models.Assignment).values(until_on=TODAY))
    session.commit()
    browser = client("unit_a")

    page = look(browser)

    assert "您已无权查看的事项" in page.text
    assert not any(words in page.text for words in ("缺验收单", "建成管网", "措施2"))
    answer = browser.post(f"/notices/{gone}/open")
    assert answer.location == "/notices"
    assert bell(look(browser)) == "通知"


def test_all_are_marked_read_at_once_but_not_what_came_after_the_page_was_shown(
    client: Browser, tell: Callable[..., int]
) -> None:
    for _ in range(3):
        tell()
    browser = client("unit_a")
    newest = look(browser).select_one("[name=newest]")
    assert newest is not None

    tell()
    answer = browser.post("/notices/read", data={"newest": newest["value"]}, follow_redirects=True)

    assert "已将3条通知标为已读" in answer.text
    assert bell(BeautifulSoup(answer.text, "html.parser")) == "通知，1条未读"


def test_notices_are_paged_newest_first_without_a_gap(client: Browser, tell: Callable[..., int]) -> None:
    for number in range(1, 54):
        tell(f"第{number:02d}次")
    browser = client("unit_a")

    first = look(browser)
    on_first = [row.text for row in first.select("tbody tr")]
    way_on = first.select_one("a[rel=next]")
    assert way_on is not None
    on_second = [row.text for row in look(browser, str(way_on["href"])).select("tbody tr")]

    numbers = [text[text.index("第") + 1 :][:2] for text in on_first + on_second]
    assert (len(on_first), len(on_second)) == (50, 3)
    assert numbers == [f"{number:02d}" for number in range(53, 0, -1)]


def test_the_text_is_made_when_it_is_read_in_the_language_of_the_reader(
    client: Browser, session: Session, cast: Cast
) -> None:
    inspection = factories.make_inspection(session)
    measure = factories.make_measure(session, factories.make_issue(session, inspection), lead=cast.units["unit_a"])
    values = {"old_on": TODAY, "new_on": TODAY.replace(month=9), "document": "〔2026〕1号"}
    inbox.tell(session, [cast.users["unit_a"]], "extended", values, "/work", AT, measure_id=measure.id)
    session.commit()
    browser = client("unit_a")

    chinese = look(browser).text
    session.execute(update(models.User).values(locale="en"))
    session.commit()
    english = look(browser).text

    assert "整改时限由2026年6月15日延至2026年9月15日，依据〔2026〕1号。" in chinese
    assert "15 June 2026" in english and "15 September 2026" in english


def test_the_bell_costs_no_statement_of_its_own(app: Flask, client: Browser) -> None:
    browser = client("admin")
    said: list[str] = []

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    assert bell(look(browser, "/account")) == "通知"

    assert sum("notice" in statement for statement in said) == 1
    assert all("user_session" in statement for statement in said if "notice" in statement)
