"""A plan comes in through the browser: uploaded, looked through, answered, matched, imported."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select

from rectify import access, ledger, models, reading
from rectify.models import PlanFile
from tests import factories
from tests.conftest import AT

PLAN = """甲市贯彻落实省生态环境保护督察反馈意见整改方案

一、城区污水直排问题突出。
责任单位：甲县人民政府、市住建局
整改目标：消除直排。
整改时限：2026年12月底前
整改措施：
1.建设管网12公里。
2.改造泵站2座。

二、河道淤积严重。
责任单位：乙县政府
整改时限：三个月内
整改措施：
1.清淤5公里。
2.建立巡查制度。
"""


def upload(browser, text: str = PLAN, name: str = "整改方案.txt", **more):
    data = {"file": (io.BytesIO(text.encode() if isinstance(text, str) else text), name), "once": "ab12", **more}
    return browser.post("/plans", data=data, content_type="multipart/form-data")


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.data, "html.parser")


def filled(page: BeautifulSoup, **changes: str) -> dict[str, str]:
    """What the form would send, with some fields changed."""
    values = {}
    for one in page.select("#plan-form input, #plan-form select, #plan-form textarea"):
        if not one.get("name") or one.get("type") == "checkbox" and one.get("checked") is None:
            continue
        if one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            values[one["name"]] = chosen["value"]
        else:
            values[one["name"]] = one.get("value", "")
    return values | changes


@pytest.fixture
def office(client):
    return client("office")


@pytest.fixture
def preview(session):
    """A plan that waits for its import, and the address of its preview."""
    seen = ledger.FileSeen.of("整改方案.txt", PLAN.encode())
    draft = reading.read(PLAN.encode(), seen.name)
    kept = ledger.keep_plan(
        session, name=seen.name, sha256=seen.sha256, size=seen.size, draft=draft, by=access.SYSTEM, at=AT
    )
    kept.form = {"name": "省级督察", "level": "provincial", "field": "environment", "kind": "inspection"}
    address = f"/plans/{kept.id}"
    session.commit()
    return address


def test_an_upload_leads_to_a_preview_of_what_was_read_beside_its_source(office):
    answer = upload(office)
    assert answer.status_code == 302

    page = soup(office.get(answer.location))

    assert page.select_one("#name")["value"] == "甲市贯彻落实省生态环境保护督察反馈意见整改方案"
    assert page.select_one("#level option[selected]")["value"] == "provincial"

    bar = page.select_one(".plan-bar").get_text(" ", strip=True)
    assert "2 项问题" in bar and "4 条措施" in bar and "1 处待确认" in bar
    pieces = page.select(".draft-piece")
    assert len(pieces) == 2
    assert "城区污水直排问题突出" in pieces[0].select_one(".source").get_text()
    assert "建设管网12公里" in pieces[0].select_one(".draft-measures").get_text()
    assert "2026-12-31" in pieces[0].get_text()
    assert "三个月内" in page.select_one("#questions").get_text()


def test_questions_are_answered_units_matched_and_the_plan_imported(office, session, preview, cast):
    page = soup(office.get(preview))
    unit = next(row.input["name"] for row in page.select("#units tbody tr") if row.th.get_text() == "乙县政府")
    question = page.select_one("#questions select")["name"]
    values = filled(
        page, **{unit: "乙县人民政府", question: "自反馈之日", "feedback_on": "2026-05-10", "name": "省级督察"}
    )

    answer = office.post(preview, data=values | {"action": "import"})

    assert answer.status_code == 302, soup(answer).select_one(".error-summary, .field-error")
    said = soup(office.get(answer.location)).select_one("[role=status]").get_text(strip=True)
    assert said == "已导入：2项问题、4条措施。"
    inspection = session.scalars(select(models.Inspection)).one()
    assert inspection.name == "省级督察" and answer.location == f"/inspections/{inspection.id}"
    second = session.scalars(select(models.Issue).where(models.Issue.number == "二")).one()
    assert second.deadline_on == dt.date(2026, 8, 10) and second.question == ""
    assert session.scalars(select(models.UnitAlias.name)).all() == ["乙县政府"]
    assert session.scalar(select(func.count()).select_from(models.Unit).where(models.Unit.name == "市住建局")) == 1
    assert session.scalars(select(models.AuditEntry.act).order_by(models.AuditEntry.id)).all()[-1] == "plan.import"


def test_what_was_typed_is_saved_for_later(office, session, preview):
    page = soup(office.get(preview))
    question = page.select_one("#questions select")["name"].replace("choice", "text")

    answer = office.post(
        preview, data=filled(page, **{question: "2026年8月底前", "team": "第三督察组"}) | {"action": "save"}
    )

    again = soup(office.get(answer.location))
    assert again.select_one("#team")["value"] == "第三督察组"
    assert again.select_one(f"[name={question}]")["value"] == "2026年8月底前"
    assert "0 处待确认" in again.select_one(".plan-bar").get_text(" ", strip=True)
    assert session.scalars(select(models.Inspection)).all() == []


def test_an_answer_that_cannot_be_used_comes_back_with_its_fault_and_nothing_else_is_lost(office, preview):
    page = soup(office.get(preview))
    question = page.select_one("#questions select")["name"].replace("choice", "text")
    typed = filled(page, **{question: "下雪以前", "team": "第三督察组"})

    answer = office.post(preview, data=typed | {"action": "import"})

    again = soup(answer)
    assert "不是可用的时限" in again.select_one(".question .field-error").get_text()
    assert again.select_one(f"[name={question}]")["value"] == "下雪以前"
    assert again.select_one("#team")["value"] == "第三督察组"


def test_questions_left_open_do_not_stop_the_import(office, session, preview):
    office.post(preview, data=filled(soup(office.get(preview))) | {"action": "import"})

    marked = session.scalars(select(models.Issue).where(models.Issue.question != "")).one()
    assert marked.number == "二" and marked.deadline_on is None


def test_the_same_file_again_is_refused_naming_the_plan_that_has_it(office, preview):
    office.post(preview, data=filled(soup(office.get(preview)), name="省级督察") | {"action": "import"})

    answer = upload(office, once="cd34")

    assert answer.status_code == 200
    assert "已经导入过：它是批次“省级督察”的《整改方案.txt》" in soup(answer).select_one(".field-error").get_text()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"0" * 64, "图.docx", "。"),
        (b"PK\x03\x04broken", "方案.docx", "。"),
        (b"", "空.txt", "。"),
    ],
)
def test_a_file_that_cannot_be_read_gives_one_sentence_and_keeps_nothing(office, session, content, name, sentence):
    answer = upload(office, content, name)

    fault = soup(answer).select_one(".field-error").get_text(strip=True)
    assert answer.status_code == 200 and fault.endswith(sentence) and len(fault) < 120
    assert re.search(r"[\u4e00-\u9fff]", fault)
    assert session.scalars(select(PlanFile)).all() == []


def test_an_upload_without_a_file_is_asked_for_one(office):
    answer = office.post("/plans", data={"once": "ab"}, content_type="multipart/form-data")

    assert "请选择一个文件" in answer.text


def test_a_double_click_on_upload_keeps_one_plan(office, session):
    first, second = upload(office), upload(office)

    assert first.location == second.location
    assert session.scalar(select(func.count()).select_from(PlanFile)) == 1


def test_an_item_is_put_right_in_place(office, session, preview):
    address = f"{preview}/issues/1"
    page = soup(office.get(address))
    version = page.select_one("[name=version]")["value"]

    answer = office.post(
        address,
        data={"version": version, "number": "二", "text": "河道淤积严重，行洪不畅。", "deadline": "2026年9月底前"},
    )

    assert answer.status_code == 302
    again = soup(office.get(preview))
    assert "行洪不畅" in again.select("#issue-1 .panel p")[0].get_text()
    assert "2026-09-30" in again.select_one("#issue-1").get_text()
    assert "0 处待确认" in again.select_one(".plan-bar").get_text(" ", strip=True)
    refused = office.post(address, data={"number": "二", "text": "河道淤积。", "deadline": "汛期前"})
    assert "没有具体日期" in refused.text


def test_an_item_is_taken_out_and_the_questions_of_the_others_stay(office, preview):
    office.post(f"{preview}/issues/0", data={"action": "drop"})

    page = soup(office.get(preview))
    assert len(page.select(".draft-piece")) == 1
    assert "三个月内" in page.select_one("#questions").get_text()


def test_a_stale_form_comes_back_with_both_texts_and_is_saved_by_sending_it_again(office, preview):
    page = soup(office.get(preview))
    question = page.select_one("#questions select")["name"].replace("choice", "text")
    old = filled(page)
    office.post(preview, data=old | {"action": "save", "team": "一组", question: "2026-08-31"})

    answer = office.post(preview, data=old | {"action": "save", "team": "二组", question: "2026-09-30"})

    assert answer.status_code == 409
    page = soup(answer)
    assert page.select_one("#team")["value"] == "二组" and "现在保存的是：一组" in page.get_text()
    assert page.select_one(f"[name={question}]")["value"] == "2026-09-30"
    assert "现在保存的是：2026-08-31" in page.get_text()
    assert office.post(preview, data=filled(page) | {"action": "save"}).status_code == 302
    assert soup(office.get(preview)).select_one(f"[name={question}]")["value"] == "2026-09-30"


def test_a_plan_is_given_up_and_may_be_uploaded_again(office, session, preview):
    assert office.post(f"{preview}/drop").status_code == 302

    assert session.scalars(select(PlanFile)).all() == []
    session.rollback()
    assert upload(office).status_code == 302


def test_an_imported_plan_leads_to_its_inspection(office, preview):
    done = office.post(preview, data=filled(soup(office.get(preview))) | {"action": "import"})

    assert office.get(preview).location == done.location
    assert office.get(f"{preview}/issues/0").status_code == 404
    assert office.post(f"{preview}/drop").status_code == 404


@pytest.mark.parametrize("name", ["supervisor", "unit_a", "leader", "admin", "auditor"])
def test_only_the_office_imports(client, preview, name):
    browser = client(name)

    for address in ("/plans", preview, f"{preview}/issues/0"):
        assert browser.get(address).status_code == 403
        assert browser.post(address).status_code == 403
    assert browser.post(f"{preview}/drop").status_code == 403


@pytest.mark.parametrize(
    "address", ["/plans/999", "/plans/99999999999999999999", "/plans/1/issues/99", "/plans/1/issues/0/measures/9"]
)
def test_what_is_not_there_is_404(office, preview, address):
    assert office.get(address).status_code == 404


THREE = """关于整改的方案

一、问题甲。
整改时限：三个月内
整改措施：
1.措施甲。

二、问题乙。
整改时限：三个月内
整改措施：
1.措施乙。

三、问题丙。
整改时限：三个月内
整改措施：
1.措施丙。
"""


@pytest.fixture
def same_phrase(session):
    """A plan whose three issues all ask the same."""
    draft = reading.read(THREE.encode(), "三个月.txt")
    kept = ledger.keep_plan(session, name="三个月.txt", sha256="3" * 64, size=9, draft=draft, by=access.SYSTEM, at=AT)
    kept.form = {"name": "市级检查", "level": "city", "field": "other", "kind": "checks", "issued_on": "2026-03-31"}
    address = f"/plans/{kept.id}"
    session.commit()
    return address


def test_the_same_phrase_is_asked_once_and_answered_for_all_or_one_by_one(office, session, same_phrase):
    page = soup(office.get(same_phrase))
    (group,) = page.select(".question")
    assert "3处同样的问题" in group.get_text()
    common = group.select_one("select")["name"]
    singles = [one["name"] for one in group.select("details input")]
    office.post(same_phrase, data=filled(page, **{common: "自印发之日", singles[1]: "2026-12-31"}) | {"action": "save"})

    again = soup(office.get(same_phrase))
    assert [one["value"] for one in again.select(".question details input")] == [
        "自印发之日",
        "2026-12-31",
        "自印发之日",
    ]
    answer = office.post(same_phrase, data=filled(again) | {"action": "import"})

    assert answer.status_code == 302, soup(answer).select(".field-error")
    due = session.scalars(select(models.Issue.deadline_on).order_by(models.Issue.seq)).all()
    assert due == [dt.date(2026, 6, 30), dt.date(2026, 12, 31), dt.date(2026, 6, 30)]


def test_a_file_that_is_too_large_is_refused_with_the_limit(office, session, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_FILE", 2048)

    answer = upload(office, "一" * 2000)

    assert "文件超过2 KB，请删去图片或拆成几个文件后再上传。" in answer.text
    assert session.scalars(select(PlanFile)).all() == []


def test_a_hidden_batch_of_the_same_name_is_not_joined(office, session, preview):
    factories.make_inspection(session, "省级督察", confidential=True)
    session.commit()

    answer = office.post(preview, data=filled(soup(office.get(preview))) | {"action": "import"})

    assert "不能加入，请换一个名称" in answer.text
    assert session.scalars(select(models.Issue)).all() == []


@pytest.mark.parametrize("junk", ["①", "\x00", "\ud800", "9" * 40, "2026-02-30", "%s%%", "<b>x</b>", "一" * 30_000])
def test_no_input_breaks_the_preview(office, preview, junk):
    raw = junk.encode("utf-8", "surrogatepass")
    page = soup(office.get(preview))
    every = {name: raw for name in filled(page) if name != "version"}

    assert office.post(preview, data=every | {"action": "save", "next": raw}).status_code < 500
    assert office.post(preview, data=filled(page) | every | {"name": "一批", "action": "import"}).status_code < 500
    assert (
        office.post(f"{preview}/issues/0", data={name: raw for name in ("number", "text", "deadline")}).status_code
        < 500
    )
    assert office.get(preview, query_string={"page": raw}).status_code in (200, 302, 400)
    assert "<b>x</b>" not in office.get(preview).text


def test_a_plan_of_which_nothing_was_read_offers_no_import(office):
    nothing = soup(
        office.get(upload(office, "序号,反馈问题,整改措施,责任单位,整改时限\n", "台账.csv", once="cd34").location)
    )
    something = soup(office.get(upload(office).location))

    assert [one["value"] for one in nothing.select(".plan-buttons button")] == ["save"]
    assert [one["value"] for one in something.select(".plan-buttons button")] == ["save", "import"]
