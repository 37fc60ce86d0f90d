"""A newer version of a plan through the browser: compared, chosen from, applied, taken back, its rest handed back."""

from __future__ import annotations

import copy
import datetime as dt
import io

import openpyxl
import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select

from rectify import access, ledger, models, reading
from rectify.reading.draft import Unread
from tests.conftest import AT, TODAY

NAME = "省级督察"
ONE = """甲市贯彻落实省生态环境保护督察反馈意见整改方案

一、城区污水直排问题突出。
责任单位：甲县人民政府
整改目标：消除直排。
整改时限：2026年12月底前
整改措施：
1.建设管网12公里。
2.改造泵站2座。

二、河道淤积严重。
责任单位：乙县人民政府
整改时限：2026年10月底前
整改措施：
1.清淤5公里。
2.建立巡查制度。
"""
TWO = (
    ONE.replace("12公里", "15公里").replace("2026年12月底前", "2027年3月底前").replace("2.建立巡查制度。\n", "")
    + """
三、扬尘管控不到位。
责任单位：乙县人民政府
整改时限：2026年底
整改措施：
1.安装喷淋。
"""
)
LEDGER = """序号,反馈问题,整改措施,责任单位,整改时限,目前进展情况,是否达到序时进度,是否完成
一,城区污水直排问题突出。,建设管网12公里。,甲县人民政府,2026年12月底前,已建成8公里。,是,否
一,城区污水直排问题突出。,改造泵站2座。,甲县人民政府,2026年12月底前,全部完工。,是,是
九,矿山未复绿。,边坡治理。,甲县人民政府,2026年12月底前,已开工。,否,否
"""


@pytest.fixture
def office(client):
    return client("office")


@pytest.fixture
def inspection_id(session):
    draft = reading.read(ONE.encode(), "方案.txt")
    seen = ledger.FileSeen.of("方案.txt", ONE.encode())
    day, at = TODAY - dt.timedelta(days=30), AT - dt.timedelta(days=30)
    form = ledger.InspectionForm(NAME, level="provincial")
    done = ledger.import_plan(session, draft, form, {}, {}, by=access.SYSTEM, day=day, at=at, file=seen)
    session.commit()
    return done.inspection_id


def waiting(session, text: str, name: str = "方案（修订）.txt", **form: str) -> str:
    """A plan that waits for its import into the inspection; the address of its preview."""
    seen = ledger.FileSeen.of(name, text.encode())
    draft = reading.read(text.encode(), name)
    kept = ledger.keep_plan(
        session, name=name, sha256=seen.sha256, size=seen.size, draft=draft, by=access.SYSTEM, at=AT
    )
    kept.form = {"name": NAME, "level": "provincial", "field": "environment", "kind": "inspection", **form}
    address = f"/plans/{kept.id}"
    session.commit()
    return address


@pytest.fixture
def newer(session, inspection_id):
    return waiting(session, TWO)


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.data, "html.parser")


def filled(page: BeautifulSoup, form: str = "#compare-form", **changes: object) -> dict[str, object]:
    """What the form would send, with some fields changed; `take` of several boxes is a list."""
    values: dict[str, object] = {"take": [], "shown": []}
    for one in page.select(f"{form} input, {form} select"):
        if not one.get("name") or one.get("type") in ("checkbox", "radio") and one.get("checked") is None:
            continue
        if one.name == "select":
            values[one["name"]] = (one.select_one("option[selected]") or one.select_one("option"))["value"]
        elif one["name"] in ("take", "shown"):
            values[one["name"]].append(one["value"])
        else:
            values[one["name"]] = one.get("value", "")
    return values | changes


def box(page: BeautifulSoup, text: str) -> str:
    """The key of the entry that speaks of this."""
    (found,) = [one for one in page.select(".compared") if text in one.select_one(".compared-head").get_text()]
    return found.select_one("[name=take]")["value"]


def test_an_import_into_a_batch_that_has_some_of_it_leads_to_the_comparison(office, newer, session):
    page = soup(office.get(newer))
    button = page.select_one("button[value=import]")
    answer = office.post(newer, data=filled(page, "#plan-form", action="import"))

    assert button.get_text() == "与台账比对" and not button.has_attr("data-confirm")
    assert answer.location == f"{newer}/compare"
    assert session.scalar(select(func.count()).select_from(models.Issue)) == 2
    bar = soup(office.get(answer.location)).select_one(".plan-bar").get_text(" ", strip=True)
    assert bar.startswith("新增1 · 变化2 · 不再出现1 · 不变3")


def test_a_plan_that_shares_nothing_with_its_batch_is_added_as_before(office, session, inspection_id):
    other = waiting(session, ONE.replace("污水直排问题突出", "噪声扰民").replace("河道淤积", "危废台账缺失"))

    page = soup(office.get(other))
    answer = office.post(other, data=filled(page, "#plan-form", action="import"))

    assert page.select_one("button[value=import]").get_text() == "导入台账"

    assert answer.location == f"/inspections/{inspection_id}"
    assert session.scalar(select(func.count()).select_from(models.Issue)) == 4


def test_what_differs_is_marked_in_both_texts_and_only_what_is_gone_waits_for_a_tick(office, newer):
    page = soup(office.get(f"{newer}/compare"))

    changed = page.select_one("#changed")
    assert [one.get_text() for one in changed.select("del")] == ["2026-12-31", "2"]
    assert [one.get_text() for one in changed.select("ins")] == ["2027-03-31", "5"]
    assert all(one.get("checked") is not None for one in page.select("#changed [name=take], #added [name=take]"))
    assert [one.get("checked") for one in page.select("#gone [name=take]")] == [None]
    assert "建立巡查制度" in page.select_one("#gone").get_text()


def test_a_unit_that_joins_others_is_marked_alone(office, session, inspection_id):
    joined = waiting(session, ONE.replace("责任单位：甲县人民政府", "责任单位：甲县人民政府、乙县人民政府"))

    changed = soup(office.get(f"{joined}/compare")).select_one("#changed")

    assert changed.select("del") == []
    assert [one.get_text() for one in changed.select("ins")] == ["乙县人民政府"]


def test_a_comparison_is_told_by_the_counting_words_of_the_inspection(office, newer, session, inspection_id):
    inspection = session.get_one(models.Inspection, inspection_id)
    inspection.issue_word, inspection.measure_word = "个", "项"
    session.commit()
    page = soup(office.get(f"{newer}/compare"))

    answer = office.post(f"{newer}/compare", data=filled(page, action="apply", document="号", approved_on="2026-06-01"))

    assert "新增1个问题、1项措施" in office.get(answer.location).text


def test_what_was_chosen_is_applied_and_told(office, newer, session, inspection_id):
    page = soup(office.get(f"{newer}/compare"))
    gone = box(page, "建立巡查制度")
    values = filled(page, action="apply", document="省督改办〔2026〕12号", approved_on="2026-06-01")

    answer = office.post(f"{newer}/compare", data=values | {"take": [*values["take"], gone]})

    assert answer.location == f"/inspections/{inspection_id}", soup(answer).select_one(".error-summary")
    told = "已按新版更新：新增1项问题、1条措施，修改2项，撤销1项，填报0条。"
    assert told in office.get(answer.location).text
    extension = session.scalars(select(models.Extension)).one()
    assert (extension.document_number, str(extension.approved_on)) == ("省督改办〔2026〕12号", "2026-06-01")
    assert office.get(f"{newer}/compare").location == answer.location


def test_without_a_basis_nothing_is_applied_and_what_was_ticked_stays(office, newer, session):
    page = soup(office.get(f"{newer}/compare"))
    gone, added = box(page, "建立巡查制度"), box(page, "扬尘管控")
    values = filled(page, action="apply")

    answer = office.post(f"{newer}/compare", data=values | {"take": [gone]})

    assert "请填写撤销和延期的依据（文号）" in soup(answer).select_one(".error-summary").get_text()
    for again in (soup(answer), soup(office.get(f"{newer}/compare"))):
        assert again.select_one(f"[value={gone}][checked]") and not again.select_one(f"[value={added}][checked]")
    assert (
        session.scalar(
            select(func.count()).select_from(models.AuditEntry).where(models.AuditEntry.act == "plan.compare")
        )
        == 0
    )


def test_a_ledger_that_changed_meanwhile_is_compared_again_and_nothing_is_lost(office, newer, session):
    page = soup(office.get(f"{newer}/compare"))
    added = box(page, "扬尘管控")
    values = filled(page, action="apply", document="1号")
    issue = session.scalars(select(models.Issue).where(models.Issue.number == "一")).one()
    form = ledger.IssueForm("城区污水直排问题非常突出。", "一")
    ledger.amend_issue(session, issue, form, by=access.SYSTEM, day=TODAY, at=AT)
    session.commit()

    answer = office.post(f"{newer}/compare", data=values | {"take": [added]})

    assert answer.status_code == 409
    again = soup(answer)
    assert "有了变动" in again.select_one(".error-summary").get_text()
    assert "非常" in "".join(one.get_text() for one in again.select("#changed del"))
    assert [one["value"] for one in again.select("[name=take][checked]")] == [added]
    assert again.select_one("[name=document]")["value"] == "1号"
    assert office.post(f"{newer}/compare", data=filled(again, action="apply")).status_code == 302
    assert session.scalar(select(func.count()).select_from(models.Issue)) == 3


def test_the_same_version_again_has_nothing_to_do(office, session, inspection_id):
    same = waiting(session, ONE + "\n", "同一方案.txt")

    page = soup(office.get(f"{same}/compare"))

    assert "没有需要办理的变化" in page.get_text() and page.select("[name=take]") == []


def test_many_entries_stand_on_pages_and_what_is_not_seen_is_done_by_default(
    office, session, inspection_id, monkeypatch
):
    from rectify.web.office import plan_compare

    monkeypatch.setattr(plan_compare, "ENTRIES_A_PAGE", 2)
    newer = waiting(session, TWO)
    first = soup(office.get(f"{newer}/compare"))
    assert len(first.select("[name=take]")) == 2 and "另有2项在其他页" in first.get_text()
    refused = box(first, "城区污水直排")
    values = filled(first)

    moved = office.post(
        f"{newer}/compare", data=values | {"take": [t for t in values["take"] if t != refused], "next": "2"}
    )
    second = soup(office.get(moved.location))
    assert "扬尘" in second.select_one("#added").get_text()
    done = office.post(f"{newer}/compare?page=2", data=filled(second, action="apply"))

    assert done.status_code == 302
    assert session.scalar(select(func.count()).select_from(models.Extension)) == 0
    assert session.scalars(select(models.Measure.text).where(models.Measure.text.contains("15公里"))).one()
    assert session.scalar(select(func.count()).select_from(models.Issue)) == 3


# -- a ledger of progress --------------------------------------------------------------------------------------------


@pytest.fixture
def progress(session, inspection_id):
    return waiting(session, LEDGER, "县级台账.csv", as_of="2026-06-10")


def test_a_ledger_reports_on_what_it_matches_and_says_what_becomes_of_its_claims(office, progress):
    page = soup(office.get(f"{progress}/compare"))

    assert "截至2026-06-10" in page.get_text() and "没有列出的" in page.get_text()
    reports = page.select_one("#report").get_text(" ", strip=True)
    assert "已建成8公里" in reports and "称已完成：记为填报，仍须申报、认定。" in reports
    assert page.select_one("#gone") is None
    assert "该批次中没有与之对应的问题" in page.select_one("#rejected").get_text()


def test_rows_that_match_nothing_stop_it_until_the_rest_may_go_in_without_them(
    office, progress, session, inspection_id
):
    page = soup(office.get(f"{progress}/compare"))

    refused = office.post(f"{progress}/compare", data=filled(page, action="apply"))

    assert "有1项不能导入" in soup(refused).select_one(".error-summary").get_text()
    done = office.post(f"{progress}/compare", data=filled(page, action="apply", leave_out="y"))
    assert done.location == f"/inspections/{inspection_id}"
    assert "填报2条。1项没有导入" in office.get(done.location).text
    rows = session.execute(
        select(models.ProgressReport.reported_on, models.ProgressReport.state, models.ProgressReport.text).order_by(
            models.ProgressReport.id
        )
    ).all()
    assert rows == [
        (dt.date(2026, 6, 10), "in_progress", "已建成8公里。\n台账填报：达到序时进度。"),
        (dt.date(2026, 6, 10), "completed", "全部完工。\n台账填报：已完成。"),
    ]
    assert session.scalar(select(func.count()).select_from(models.Submission)) == 0


def test_what_is_claimed_done_is_submitted_in_the_units_name_where_that_was_asked(office, progress, session, cast):
    page = soup(office.get(f"{progress}/compare"))

    done = office.post(f"{progress}/compare", data=filled(page, action="apply", leave_out="y", submit_done="y"))

    assert "代申报完成1条，等待认定" in office.get(done.location).text
    (made,) = session.scalars(select(models.Submission)).all()
    assert (made.state, made.on_behalf, made.unit_id, made.submitted_on) == ("open", True, cast.units["unit_a"], TODAY)


def test_rejected_rows_come_back_with_their_reason_and_can_be_mended(office, progress, session, inspection_id):
    answer = office.get(f"{progress}/rejected.xlsx")

    assert answer.headers["Content-Disposition"].endswith(".xlsx")
    draft = reading.read(answer.data, "未导入.xlsx")
    assert [(i.number, i.text, i.measures[0].text, i.measures[0].progress) for i in draft.issues] == [
        ("九", "矿山未复绿。", "边坡治理。", "已开工。")
    ]
    assert "该批次中没有与之对应的问题" in "".join(draft.source_lines)
    again = office.post(
        "/plans",
        data={"file": (io.BytesIO(answer.data), "未导入.xlsx"), "once": "ab"},
        content_type="multipart/form-data",
    )
    assert again.status_code == 302


def test_after_an_import_without_them_the_rejected_rows_are_still_to_be_had(office, progress, session):
    page = soup(office.get(f"{progress}/compare"))
    office.post(f"{progress}/compare", data=filled(page, action="apply", leave_out="y"))

    answer = office.get(f"{progress}/rejected.xlsx")

    assert [issue.number for issue in reading.read(answer.data, "x.xlsx").issues] == ["九"]


def test_the_list_of_plans_offers_what_was_left_out_only_where_something_was(office, progress, session, inspection_id):
    page = soup(office.get(f"{progress}/compare"))
    office.post(f"{progress}/compare", data=filled(page, action="apply", leave_out="y"))
    seen = ledger.FileSeen.of("其他.txt", b"1")
    draft = reading.read(ONE.encode(), "其他.txt")
    draft.unread.append(Unread(3, "（此件公开发布）"))
    form = ledger.InspectionForm("另一批次")
    ledger.import_plan(session, draft, form, {}, {}, by=access.SYSTEM, day=TODAY, at=AT, file=seen)
    session.commit()

    rows = soup(office.get("/plans")).select("table")[-1].select("tbody tr")

    offered = {row.select_one("th").get_text(): "未导入的内容" in row.get_text() for row in rows}
    assert offered == {"方案.txt": False, "县级台账.csv": True, "其他.txt": True}


def test_a_file_that_went_in_whole_has_no_rejected_rows(office, session, inspection_id):
    first = session.scalars(select(models.PlanFile.id)).one()
    session.rollback()

    answer = office.get(f"/plans/{first}/rejected.xlsx", follow_redirects=True)

    assert "没有未导入的内容" in answer.text


# -- an export that was edited ---------------------------------------------------------------------------------------


@pytest.fixture
def export(office, session, inspection_id):
    """An export of the inspection, a measure of which was reported on, changed in four places; its comparison."""
    measure = session.scalars(select(models.Measure).where(models.Measure.text.contains("清淤"))).one()
    row = models.ProgressReport(measure_id=measure.id, reported_on=dt.date(2026, 6, 10), at=AT, state="in_progress")
    row.text, row.difficulty, row.next_step = "已清淤2公里。", "", ""
    session.add(row)
    session.commit()
    session.rollback()
    book = openpyxl.load_workbook(io.BytesIO(office.get(f"/inspections/{inspection_id}/plan.xlsx").data))
    sheet = book.active
    head = next(row[0].row for row in sheet.iter_rows() if row[0].value == "问题序号")
    at = {cell.value: cell.column for cell in sheet[head]}
    for row in sheet.iter_rows(min_row=head + 1):
        for cell in row:
            if cell.value == "建设管网12公里。":
                cell.value = "建设管网15公里。"
            if cell.value == "已清淤2公里。":
                cell.value = "已清淤3公里。"
    last = sheet.max_row + 1
    for name, value in (
        ("问题序号", "三"),
        ("反馈问题", "扬尘管控不到位。"),
        ("措施序号", "1"),
        ("整改措施", "安装喷淋。"),
    ):
        sheet.cell(last, at[name], value)
    made = io.BytesIO()
    book.save(made)
    sent = {"file": (io.BytesIO(made.getvalue()), "导出后修改.xlsx"), "once": "ab"}
    address = office.post("/plans", data=sent, content_type="multipart/form-data").location
    preview = soup(office.get(address))
    answer = office.post(address, data=filled(preview, "#plan-form", action="import", name=NAME))
    assert answer.location == f"{address}/compare"
    return answer.location


def test_an_edited_export_is_a_newer_version_in_which_only_what_was_edited_is_ticked(office, export, session):
    page = soup(office.get(export))

    assert page.select_one("#file-kind input[checked]")["value"] == "version"
    assert page.select_one("#rejected") is None
    assert page.select_one(".plan-bar").get_text(" ", strip=True).startswith("新增1 · 变化1 · 填报1 · 不再出现0")
    assert all(one.has_attr("checked") for one in page.select("[name=take]"))
    state, text = page.select("#report tbody tr")
    assert state.select("ins, del") == [] and [one.get_text() for one in text.select("ins, del")] == ["2", "3"]
    done = office.post(export, data=filled(page, action="apply"))
    assert "新增1项问题、1条措施，修改1项，撤销0项，填报1条" in office.get(done.location).text
    assert session.scalars(select(models.ProgressReport.text).order_by(models.ProgressReport.id)).all() == [
        "已清淤2公里。",
        "已清淤3公里。",
    ]


def test_the_office_says_what_the_file_is_and_nothing_is_done_before_that_is_shown(office, export, session):
    page = soup(office.get(export))

    answer = office.post(export, data=filled(page, kind="ledger", document="省发〔2026〕1号", action="apply"))

    assert answer.status_code == 302 and answer.location.startswith(export)
    assert session.scalars(select(models.Issue.text).where(models.Issue.text.contains("扬尘"))).all() == []
    session.rollback()
    page = soup(office.get(export))
    assert page.select_one("#file-kind input[checked]")["value"] == "ledger"
    assert page.select_one("[name=document]")["value"] == "省发〔2026〕1号"
    assert not page.select_one("#changed [name=take]").has_attr("checked")
    assert "该批次中没有与之对应的问题" in page.select_one("#rejected").get_text()
    back = office.post(export, data=filled(page, kind="version", action="save"))
    page = soup(office.get(back.location))
    assert page.select_one("#changed [name=take]").has_attr("checked") and page.select_one("#rejected") is None


def test_a_plan_without_progress_is_not_asked_what_it_is(office, newer):
    assert soup(office.get(f"{newer}/compare")).select_one("#file-kind") is None


# -- undoing ---------------------------------------------------------------------------------------------------------


def test_an_import_is_undone_from_the_page_of_its_batch(office, session, inspection_id):
    page = soup(office.get(f"/inspections/{inspection_id}"))
    address = next(a["href"] for a in page.select("a") if a.get_text() == "撤销导入")
    told = soup(office.get(address)).get_text()
    assert "2项问题、4条措施" in told and "批次“省级督察”是这次导入新建的" in told

    answer = office.post(address)

    assert answer.status_code == 302 and "已撤销《方案.txt》的导入" in office.get(answer.location).text
    assert session.scalar(select(func.count()).select_from(models.Inspection)) == 0
    assert session.scalars(select(models.PlanFile.imported_at)).all() == [None]


def test_what_stands_in_the_way_of_undoing_is_named_instead_of_the_button(office, session, inspection_id):
    measure = session.scalars(select(models.Measure)).first()
    session.add(
        models.Evidence(measure_id=measure.id, name="a.png", media_type="image/png", sha256="0" * 64, size=1, at=AT)
    )
    address = f"/plans/{session.scalars(select(models.PlanFile.id)).one()}/undo"
    session.commit()

    page = soup(office.get(address))

    assert "佐证材料" in page.get_text() and page.select_one("main form button") is None
    assert "不能撤销导入：导入以后已有佐证材料" in soup(office.post(address)).select_one(".error-summary").get_text()


def test_items_without_a_text_are_left_out_only_when_that_is_said(office, session):
    address = waiting(session, ONE)
    held = session.scalars(select(models.PlanFile)).one()
    draft = copy.deepcopy(held.draft)
    draft["issues"][1]["measures"][1]["text"] = " "
    held.draft = draft
    session.commit()
    page = soup(office.get(address))
    assert "措施没有内容" in page.select_one("#rejected").get_text()

    refused = office.post(address, data=filled(page, "#plan-form", action="import"))
    assert "没有内容" in soup(refused).select_one(".error-summary").get_text()
    done = office.post(address, data=filled(soup(refused), "#plan-form", action="import", leave_out="y"))

    assert done.location.startswith("/inspections/"), soup(done).select_one(".error-summary")
    assert session.scalar(select(func.count()).select_from(models.Measure)) == 3
    session.rollback()  # on SQLite a page records its export in a transaction of its own
    assert "措施没有内容" in "".join(reading.read(office.get(f"{address}/rejected.xlsx").data, "x.xlsx").source_lines)


@pytest.mark.parametrize("name", ["supervisor", "unit_a", "leader", "admin", "auditor"])
def test_only_the_office_compares_and_undoes(client, newer, name):
    browser = client(name)

    for address in (f"{newer}/compare", f"{newer}/undo"):
        assert browser.get(address).status_code == 403 and browser.post(address).status_code == 403
    assert browser.get(f"{newer}/rejected.xlsx").status_code == 403


@pytest.mark.parametrize("junk", ["①", "\x00", "\ud800", "9" * 40, "2026-02-30", "%s%%", "<b>x</b>", "一" * 3000])
def test_no_input_breaks_the_comparison(office, newer, junk):
    raw = junk.encode("utf-8", "surrogatepass")
    page = soup(office.get(f"{newer}/compare"))
    every = {name: raw for name in ("seen", "document", "approved_on", "take", "shown", "next", "leave_out", "kind")}

    for action in ("save", "apply"):
        assert office.post(f"{newer}/compare", data={**every, "action": action}).status_code < 500
    assert office.get(f"{newer}/compare", query_string={"page": raw}).status_code in (200, 400)
    assert office.post(f"{newer}/compare", data=filled(page, document=raw, action="apply")).status_code < 500
    assert "<b>x</b>" not in office.get(f"{newer}/compare").text


def test_why_one_of_many_is_refused_is_told_in_the_language_of_the_page(office, newer):
    office.post("/language", data={"locale": "en", "next": "/plans"})
    page = soup(office.get(f"{newer}/compare"))

    sent = filled(page, action="apply", document="1", approved_on="1900-01-01")
    refused = soup(office.post(f"{newer}/compare", data=sent))

    said = refused.select_one(".error-summary").get_text()
    assert "城区污水直排问题突出" in said and "date" in said, said
