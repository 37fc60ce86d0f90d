"""The report's page and files: the sentence with its figures linked, the reasons in words, refused where sums fail."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import docx
import openpyxl
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, figures, models
from rectify.rules import sentence
from rectify.web import reports
from tests import factories
from tests.conftest import TODAY, Cast
from tests.support import scene

Client = Callable[..., FlaskClient]


@pytest.fixture
def inspection(session: Session, cast: Cast) -> int:
    made = scene.every_verdict(session, cast.units["unit_a"], plan_name="中央督察反馈意见整改方案")
    made_id = made.id
    done = factories.make_inspection(session, "脱贫攻坚专项巡视", field="poverty", kind="xunshi")
    scene.accepted(
        session, factories.make_measure(session, factories.make_issue(session, done), lead=1), scene.day(5, 1)
    )
    session.commit()
    return made_id


def test_the_page_prints_the_sentence_and_links_its_figures_to_their_rows(client: Client, inspection: int) -> None:
    browser = client("office")
    page = BeautifulSoup(browser.get("/reports").text, "html.parser")
    printed = re.sub(r"\s+", "", page.select_one(".printed").text)

    assert printed.startswith(
        "截至2026年6月15日，对照《中央督察反馈意见整改方案》涉及我市的12项问题12条整改措施，目前完成3项问题3条，"
        "今年应完成8条，已完成2条，剩余6条中，"
    )
    sentence, *named = printed.split("脱贫攻坚专项巡视反馈问题全部整改完成。")
    assert sentence and named == [
        "中央环保督察超期的2条为：6-1（甲县人民政府，未说明原因）、5-1（甲县人民政府，未说明原因）。"
        "中央环保督察未达到序时进度的1条为：7-1（甲县人民政府，未说明原因）。"
        "中央环保督察未报送的1条为：9-1（甲县人民政府）。"
    ]
    assert page.select_one("textarea").text.strip() == printed
    links = page.select(".printed a.figure")
    assert len(links) > 8
    for link in links:
        rows = BeautifulSoup(browser.get(link["href"]).text, "html.parser").select("main tbody tr")
        assert len(rows) == int(link.text), link["href"]


def test_what_is_not_claimed_is_said_above_the_text(client: Client, inspection: int) -> None:
    text = client("leader").get("/reports").text

    assert "未写“剩余6条达到序时进度”" in text
    assert "有1条应于以前年度完成，至今未完成，已在报告中写明。" in text


def test_inspections_day_and_words_can_be_chosen(client: Client, inspection: int) -> None:
    browser = client("office")
    text = browser.get(f"/reports?only={inspection}&place=我县&schedule=时序&rate=1&as_of=2026-02-01").text

    assert "截至2026年2月1日，对照" in text and "涉及我县的" in text and "时序进度" in text
    assert "脱贫攻坚专项巡视反馈问题" not in text
    assert browser.get("/reports?only=999").status_code == 404


def test_the_word_report_carries_text_tables_and_chinese_fonts(
    client: Client, session: Session, inspection: int
) -> None:
    answer = client("office").get("/reports/download/docx")
    document = docx.Document(io.BytesIO(answer.data))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)

    assert "今年应完成8条，已完成2条" in text
    assert "仿宋_GB2312" in document.element.xml
    assert [len(table.rows) for table in document.tables] == [5, 4]
    assert document.tables[1].rows[1].cells[2].text == "往年超期的措施"
    assert session.scalars(select(models.AuditEntry.act).where(models.AuditEntry.act == "export")).one()


def test_the_workbook_carries_text_figures_and_ledger(client: Client, inspection: int) -> None:
    book = openpyxl.load_workbook(io.BytesIO(client("office").get("/reports/download/xlsx").data))

    assert book.sheetnames == ["报告文字", "数据汇总", "台账"]
    figures_rows = list(book["数据汇总"].iter_rows(min_row=2, values_only=True))
    measures = dict(zip(figures_rows[0], figures_rows[2], strict=True))
    assert (measures["总数"], measures["完成"], measures["完成率"]) == (12, 3, "25.0%")
    assert book["台账"].max_row == 3 + 13


def test_a_report_whose_sums_do_not_close_is_refused_with_the_reason(
    client: Client, inspection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = sentence.Counts(total=5, on_schedule=4, done=0)
    subject = sentence.Subject(inspection, "中央环保督察", wrong, wrong)
    monkeypatch.setattr(figures, "subjects", lambda *_args, **_more: [subject])
    browser = client("office")

    text = browser.get("/reports").text

    assert "以下检查没有通过，不能生成报告" in text
    assert "各类状态合计4，与总数5不符" in text
    assert "<textarea" not in text
    refused = browser.get("/reports/download/docx", follow_redirects=True)
    assert "报告没有通过检查，不能下载，原因见下。" in refused.text and refused.request.path == "/reports"


@pytest.mark.parametrize("who", ["unit_a", "supervisor", "admin", "auditor"])
def test_only_who_sees_the_whole_ledger_reports_on_it(client: Client, who: str) -> None:
    assert client(who).get("/reports").status_code == 403


def test_the_command_s_report_is_the_page_s(session: Session, inspection: int) -> None:
    made = reports.compose(session, access.SYSTEM, TODAY, [inspection])

    text = reports.render(made, "text").decode()

    assert text == made.report.text + "\n"
    assert made.reasons == []
    assert any("未写“剩余6条达到序时进度”" in note for note in made.notes)
    assert reports.render(made, "docx").startswith(b"PK")
    assert reports.render(made, "xlsx").startswith(b"PK")
