"""Releases on their pages: checked before, frozen after, every figure opening the rows of then, files written again."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import docx
import openpyxl
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import models
from tests.conftest import TODAY, Cast
from tests.support import scene

Client = Callable[..., FlaskClient]


@pytest.fixture
def inspection(session: Session, cast: Cast) -> int:
    made_id = scene.every_verdict(session, cast.units["unit_a"], plan_name="中央督察反馈意见整改方案").id
    session.commit()
    return made_id


def read(browser: FlaskClient, address: str) -> BeautifulSoup:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return BeautifulSoup(answer.text, "html.parser")


def release(browser: FlaskClient, address: str = "/reports/release", **typed: str):
    form = read(browser, address).select_one("main form")
    fields = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    return browser.post(form["action"], data={**fields, **typed}, follow_redirects=True)


def finish(session: Session, text: str) -> None:
    measure = session.scalars(select(models.Measure).where(models.Measure.text == text)).one()
    scene.accepted(session, measure, TODAY)
    session.commit()


def printed(page: BeautifulSoup) -> str:
    return re.sub(r"\s+", "", page.select_one(".printed").text)


def test_the_office_releases_what_it_has_read(client: Client, session: Session, inspection: int) -> None:
    browser = client("office")
    report = read(browser, "/reports")
    assert report.find("a", string="核对并发布")["href"].startswith("/reports/release")
    shown = printed(read(browser, "/reports/release"))

    answer = release(browser, addition="下一步将压实责任。")

    page = BeautifulSoup(answer.text, "html.parser")
    assert "已发布2026年第1期。" in answer.text
    assert printed(page) == shown + "下一步将压实责任。"
    assert printed(page).startswith("截至2026年6月15日，对照《中央督察反馈意见整改方案》")
    assert "2026年第1期" in read(browser, "/reports/releases").select_one("tbody").text


def test_every_figure_of_a_release_opens_as_many_rows(client: Client, session: Session, inspection: int) -> None:
    browser = client("office")
    page = BeautifulSoup(release(browser).text, "html.parser")

    links = page.select("main a.figure")
    assert len(links) > 30
    for link in links:
        rows = read(browser, link["href"]).select("main tbody tr")
        assert len(rows) == int(link.text), link["href"]


def test_the_release_stays_while_the_day_goes_on_and_the_next_lists_the_change(
    client: Client, session: Session, inspection: int
) -> None:
    """S2: an act of the same day moves the ledger, never what was released."""
    browser = client("office")
    before = printed(BeautifulSoup(release(browser).text, "html.parser"))
    session.expire_all()
    made = session.scalars(select(models.Release.id)).one()
    session.commit()

    finish(session, "今年超期的措施")

    first = read(browser, f"/reports/releases/{made}")
    assert printed(first) == before
    overdue = read(browser, f"/reports/releases/{made}/rows?figure=overdue")
    assert "今年超期的措施" in overdue.text
    assert "今年超期的措施" not in read(browser, "/ledger?figure=overdue").text

    refused = release(browser)
    assert "已发布同一截止日的报告" in refused.text and "请在“说明”中写明原因" in refused.text
    assert session.scalar(select(func.count()).select_from(models.Release)) == 1
    session.commit()
    second = BeautifulSoup(release(browser, note="当日认定一条。").text, "html.parser")
    assert "当日认定一条。" in second.text
    heading = second.find("h3", string="新增完成")
    texts = [cell.text for cell in heading.find_next("table").select("td .clamp")]
    assert texts == ["问题：今年超期的措施", "今年超期的措施"] or texts == ["今年超期的措施", "问题：今年超期的措施"]
    assert (
        "措施完成：上期3，加新增完成1，减变为未完成0，加新增事项中已完成0，减撤出事项中已完成0，等于本期4。"
        in second.text
    )


def test_what_is_refused_says_what_to_do_and_loses_nothing(client: Client, session: Session, inspection: int) -> None:
    answer = release(client("office"), addition="各项整改全部完成。", note="年中报告")

    assert "补充文字写了“全部完成”，但“中央环保督察”有9条不是这样，请删去或改写。" in answer.text
    page = BeautifulSoup(answer.text, "html.parser")
    assert [field.text.strip() for field in page.select("main textarea")] == ["各项整改全部完成。", "年中报告"]
    assert session.scalar(select(func.count()).select_from(models.Release)) == 0


def test_a_report_that_changed_since_it_was_read_is_shown_again(
    client: Client, session: Session, inspection: int
) -> None:
    browser = client("office")
    form = read(browser, "/reports/release").select_one("main form")
    fields = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    finish(session, "今年超期的措施")

    answer = browser.post("/reports/release", data=fields)

    assert "打开本页以后数据有变动，没有发布。" in answer.text
    page = BeautifulSoup(answer.text, "html.parser")
    again = {field["name"]: field.get("value", "") for field in page.select("main form input[name]")}
    assert again["seen"] != fields["seen"]
    assert "已发布2026年第1期。" in browser.post("/reports/release", data=again, follow_redirects=True).text


def test_a_form_sent_twice_releases_once(client: Client, session: Session, inspection: int) -> None:
    browser = client("office")
    form = read(browser, "/reports/release").select_one("main form")
    fields = {field["name"]: field.get("value", "") for field in form.select("input[name]")}

    places = [browser.post("/reports/release", data=fields).location for _ in range(2)]

    assert places[0] == places[1]
    assert session.scalar(select(func.count()).select_from(models.Release)) == 1


def test_the_files_are_written_from_the_frozen_rows(client: Client, session: Session, inspection: int) -> None:
    browser = client("office")
    release(browser)
    made = session.scalars(select(models.Release.id)).one()
    session.commit()
    finish(session, "今年超期的措施")
    release(browser, note="当日认定一条。")

    document = docx.Document(io.BytesIO(browser.get(f"/reports/releases/{made}/docx").data))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "2026年第1期" in text and "未报送的1条为：9-1（甲县人民政府）。" in text
    tables = ["\n".join(cell.text for row in table.rows for cell in row.cells) for table in document.tables]
    assert "今年超期的措施" in tables[1] and "时限待确认的措施" in tables[2] and "甲县人民政府" in tables[3]

    book = openpyxl.load_workbook(io.BytesIO(browser.get(f"/reports/releases/{made}/xlsx").data))
    assert book.sheetnames == ["报告文字", "数据汇总", "责任单位", "较上期变化", "台账"]
    ledger = list(book["台账"].iter_rows(min_row=3, values_only=True))
    state = {row[ledger[0].index("整改措施")]: row[ledger[0].index("状态")] for row in ledger[1:]}
    assert state["今年超期的措施"] == "超期"
    headings, issues, measures = list(book["数据汇总"].iter_rows(min_row=2, values_only=True))
    told = dict(zip(headings, measures, strict=True))
    # the one that was only basically completed is not done here; what is done came in time by both deadlines
    assert (told["完成时间明确的"], told["按期完成率（原时限）"], told["按期完成率（现时限）"]) == (
        3,
        "100.0%",
        "100.0%",
    )

    book = openpyxl.load_workbook(io.BytesIO(browser.get(f"/reports/releases/{made + 1}/xlsx").data))
    changed = list(book["较上期变化"].iter_rows(min_row=3, values_only=True))
    assert ("新增完成", "5-1", "今年超期的措施", "超期", "已完成") in changed
    acts = session.scalars(select(models.AuditEntry.item).where(models.AuditEntry.act == "export")).all()
    assert list(acts) == ["release"] * 3


def test_a_release_of_a_confidential_inspection_is_not_there_for_others(
    client: Client, session: Session, inspection: int
) -> None:
    release(client("office"))
    made = session.scalars(select(models.Release.id)).one()
    session.commit()
    assert "2026年第1期" in client("leader").get("/reports/releases").text
    session.get_one(models.Inspection, inspection).confidential = True
    session.commit()

    leader = client("leader")
    assert "2026年第1期" not in leader.get("/reports/releases").text
    for address in ("", "/rows", "/docx", "/xlsx"):
        hidden, missing = (leader.get(f"/reports/releases/{key}{address}").status_code for key in (made, 999))
        assert hidden == missing == 404, address


def test_the_report_shows_who_finished_in_time_by_both_deadlines(
    client: Client, session: Session, inspection: int
) -> None:
    late = session.scalars(select(models.Measure).where(models.Measure.text == "按期完成的措施")).one()
    late.original_deadline_on = scene.day(2, 1)
    session.flush()
    scene.report(session, late, scene.day(6, 1))
    session.commit()

    page = re.sub(r"\s+", "", read(client("leader"), "/reports").text)

    assert "原时限66.7%2/3现时限100.0%3/3" in page
