"""Inspections, issues and measures by hand, and the changes that leave their past as it was."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from rectify import models, standing
from tests import factories

DAY = dt.date(2026, 6, 15)


@pytest.fixture
def office(client):
    return client("office")


@pytest.fixture
def held(session, cast):
    """An issue with one measure of unit_a; their ids and versions."""
    inspection = factories.make_inspection(session)
    issue = factories.make_issue(session, inspection)
    session.add(models.Assignment(issue_id=issue.id, unit_id=cast.units["unit_a"], role="lead", since_on=factories.DAY))
    measure = factories.make_measure(session, issue, lead=cast.units["unit_a"])
    ids = {"inspection": inspection.id, "issue": issue.id, "measure": measure.id}
    session.commit()
    return ids


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.data, "html.parser")


def fault(answer) -> str:
    found = soup(answer).select_one(".error-summary")
    return found.get_text(" ", strip=True) if found else ""


def version(browser, address: str) -> str:
    return soup(browser.get(address)).select_one("[name=version]")["value"]


NEW = {
    "name": "2016年以来各类监督检查",
    "level": "city",
    "field": "poverty",
    "kind": "checks",
    "rhythm": "monthly",
    "grace_days": "0",
    "grace_unit": "days",
    "decides": "acceptance",
    "judged_by": "both",
    "tolerance_percent": "5",
    "near_due_days": "30",
    "immediate_days": "30",
    "issue_word": "项",
    "measure_word": "条",
    "sort": "0",
    "once": "aa11",
}


def test_few_may_see_a_party_inspection_unless_the_office_says_otherwise(office, session, cast):
    """domain.md b.5: suggested once, never forced; its page names who may see it."""
    asked = office.post("/inspections/new", data=NEW | {"kind": "xunshi"})
    form = soup(asked).select_one("main form[method=post]")

    assert asked.status_code == 200 and "已为您勾选" in fault(asked)
    assert form.select_one("[name=confidential]").has_attr("checked")
    assert form.select_one("[name=suggested]")["value"] == "xunshi"
    assert session.scalars(select(models.Inspection)).all() == []

    session.rollback()
    plain = NEW | {"kind": "xunshi", "suggested": "xunshi"}
    kept = office.post("/inspections/new", data=plain | {"confidential": "y"})
    freed = office.post("/inspections/new", data=plain | {"once": "aa12", "name": "县委巡察"})

    assert (kept.status_code, freed.status_code) == (302, 302)
    assert session.scalars(select(models.Inspection.confidential).order_by(models.Inspection.id)).all() == [True, False]
    session.rollback()
    said = [" ".join(soup(office.get(made.location)).main.get_text(" ").split()) for made in (kept, freed)]
    assert "知悉范围 只有指定人员可见：office" in said[0] and "知悉范围" not in said[1]


def test_a_batch_an_issue_and_a_measure_are_entered_by_hand(office, session, cast):
    made = office.post("/inspections/new", data=NEW)
    assert made.status_code == 302, fault(made)
    issue = office.post(
        f"{made.location}/issues/new",
        data={
            "once": "bb22",
            "number": "1",
            "text": "扶贫资金滞留。",
            "source": "2019年审计",
            "deadline": "2026年12月底前",
            "lead": "甲县人民政府",
            "acceptance": "市生态环境局",
        },
    )
    assert issue.status_code == 302, fault(issue)
    measure = office.post(
        f"{issue.location}/measures/new",
        data={
            "once": "cc33",
            "number": "1",
            "text": "清理滞留资金。",
            "target_quantity": "12",
            "target_unit": "户",
            "start_on": "2026-06-15",
            "points": "2026-09-30 6",
            "milestones": "2026-08-31 完成核查",
        },
    )
    assert measure.status_code == 302, fault(measure)

    row = session.scalars(select(models.Measure).where(~models.Measure.implied)).one()
    assert row.target_quantity == 12
    now = standing.of(session, row.id, DAY)
    assert now is not None and now.deadline_on == dt.date(2026, 12, 31)
    units = session.scalars(
        select(models.Assignment.unit_id).where(models.Assignment.measure_id == row.id).order_by(models.Assignment.role)
    ).all()
    assert set(units) == {cast.units["unit_a"], cast.units["supervisor"]}
    assert session.scalars(select(models.Milestone.text)).all() == ["完成核查"]
    page = office.get(made.location).text
    assert "扶贫资金滞留" in page


def test_a_create_form_sent_twice_makes_one(office, session):
    first = office.post("/inspections/new", data=NEW)
    second = office.post("/inspections/new", data=NEW)

    assert first.location == second.location
    assert len(session.scalars(select(models.Inspection)).all()) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": ""}, "请填写反馈问题的内容"),
        ({"deadline": "汛期前"}, "没有具体日期"),
        ({"lead": "不存在的单位"}, "没有名为“不存在的单位”的单位"),
        ({"milestones": "完成核查"}, "应为日期、空格、内容"),
    ],
)
def test_a_fault_stands_in_the_form_and_what_was_typed_stays(office, held, change, sentence):
    typed = {"once": "dd44", "number": "9", "text": "新问题。", "goal": "见底清零。"} | change

    answer = office.post(f"/inspections/{held['inspection']}/issues/new", data=typed)

    assert answer.status_code == 200
    assert sentence in fault(answer)
    assert "见底清零" in soup(answer).select_one("#goal").get_text()


@pytest.mark.parametrize("kind", ["issue", "measure"])
def test_a_text_is_amended_and_the_trail_has_both(office, session, held, kind):
    address = f"/{kind}s/{held[kind]}/edit"

    answer = office.post(address, data={"version": version(office, address), "number": "7", "text": "改过的内容。"})

    assert answer.status_code == 302, fault(answer)
    line = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == f"{kind}.amend")).one()
    assert line.details["new"]["text"] == "改过的内容。" and line.details["old"]["text"] != "改过的内容。"


@pytest.mark.parametrize(
    "address", ["/issues/{issue}/edit", "/measures/{measure}/edit", "/inspections/{inspection}/edit"]
)
def test_a_stale_edit_gets_the_conflict_page(office, held, address):
    address = address.format(**held)
    old = version(office, address)
    page = soup(office.get(address))
    values = {
        one["name"]: (one.select_one("option[selected]") or one.select_one("option"))["value"]
        if one.name == "select"
        else one.get_text().strip()
        if one.name == "textarea"
        else one.get("value", "")
        for one in page.select("main form[method=post] [name]")
        if one.get("type") != "checkbox"
    }
    key = "plan_name" if "inspections" in address else "text"
    first = office.post(address, data=values | {key: "第一次修改"})
    assert first.status_code == 302, fault(first)

    second = office.post(address, data=values | {key: "第二次修改", "version": old})

    assert second.status_code == 409
    page = soup(second)
    assert "现在保存的是：第一次修改" in page.get_text()
    kept = page.select_one(f"[name={key}]")
    assert (kept.get_text().strip() or kept.get("value")) == "第二次修改"
    values["version"] = page.select_one("[name=version]")["value"]
    assert office.post(address, data=values | {key: "第二次修改"}).status_code == 302


@pytest.mark.parametrize("kind", ["issue", "measure"])
def test_an_extension_needs_a_document_and_keeps_the_original(office, session, held, kind):
    address = f"/{kind}s/{held[kind]}/extend"
    typed = {
        "version": version(office, address),
        "new_deadline_on": "2027-06-30",
        "approved_on": "2026-06-10",
        "document_number": "",
        "reason": "征地未完成",
    }
    refused = office.post(address, data=typed)
    assert "文号" in fault(refused) and soup(refused).select_one("#reason").get_text().strip() == "征地未完成"

    answer = office.post(address, data=typed | {"document_number": "市整改办〔2026〕3号"})

    assert answer.status_code == 302, fault(answer)
    now = standing.of(session, held["measure"], DAY)
    assert now is not None
    assert (now.deadline_on, now.original_deadline_on) == (dt.date(2027, 6, 30), factories.DEADLINE)


def test_a_deadline_that_does_not_move_back_is_said_in_a_sentence(office, held):
    address = f"/issues/{held['issue']}/extend"

    answer = office.post(
        address,
        data={"new_deadline_on": "2026-01-31", "approved_on": "2026-06-10", "document_number": "3号", "reason": "征地"},
    )

    assert "必须晚于现行时限2026-12-31" in fault(answer)


@pytest.mark.parametrize("kind", ["issue", "measure"])
def test_a_correction_marks_what_rests_on_it(office, session, held, kind):
    address = f"/{kind}s/{held[kind]}/correct"

    answer = office.post(
        address, data={"new_deadline_on": "2026-11-30", "effect_on": "2026-02-01", "reason": "看错了月份"}
    )

    assert answer.status_code == 302, fault(answer)
    now = standing.of(session, held["measure"], DAY)
    assert now is not None and now.corrected and now.deadline_on == dt.date(2026, 11, 30)


def test_units_are_assigned_by_name(office, session, held, cast):
    address = f"/measures/{held['measure']}/assign"
    assert soup(office.get(address)).select_one("#lead").get_text().strip() == "甲县人民政府"

    answer = office.post(address, data={"lead": "乙县人民政府", "acceptance": "市生态环境局"})

    assert answer.status_code == 302, fault(answer)
    rows = session.execute(
        select(models.Assignment.unit_id, models.Assignment.role, models.Assignment.until_on).where(
            models.Assignment.measure_id == held["measure"]
        )
    ).all()
    assert (cast.units["unit_b"], "lead", None) in [tuple(row) for row in rows]
    assert (cast.units["unit_a"], "lead", DAY) in [tuple(row) for row in rows]


def test_an_open_question_is_answered_from_the_offices_own_page(office, session):
    inspection = factories.make_inspection(session)
    issue = factories.make_issue(
        session, inspection, deadline_on=None, kind="relative", question="从哪一天算起？", deadline_raw="三个月内"
    )
    factories.make_measure(session, issue)
    issue_id = issue.id
    session.commit()
    assert "从哪一天算起" in office.get("/office").text

    answer = office.post(f"/issues/{issue_id}/answer", data={"answer": "feedback"})

    assert answer.status_code == 302, fault(answer)
    assert session.get(models.Issue, issue_id).deadline_on == dt.date(2026, 4, 5)
    session.rollback()
    assert "从哪一天算起" not in office.get("/office").text


def test_a_measure_is_linked_to_an_issue_found_by_its_text(office, session, held):
    second = factories.make_inspection(session, "省级督察")
    other = factories.make_issue(session, second, text="100%的河道淤积")
    factories.make_measure(session, other)
    other_id = other.id
    session.commit()
    address = f"/measures/{held['measure']}/link"
    found = soup(office.get(f"{address}?q=100%25的"))
    assert [one["value"] for one in found.select("[name=issue_id]")] == [str(other_id)]

    answer = office.post(address, data={"issue_id": str(other_id), "number": "3"})

    assert answer.status_code == 302, fault(answer)
    links = session.scalars(select(models.MeasureLink).where(models.MeasureLink.measure_id == held["measure"])).all()
    assert [(link.issue_id, link.home) for link in links] == [(held["issue"], True), (other_id, False)]


@pytest.mark.parametrize("kind", ["issue", "measure"])
def test_a_withdrawn_item_leaves_the_list_with_its_reason_in_the_trail(office, session, held, kind):
    address = f"/{kind}s/{held[kind]}/withdraw"
    assert "写明依据和原因" in fault(office.post(address, data={"reason": ""}))

    answer = office.post(address, data={"reason": "方案调整，市政府批复"})

    assert answer.status_code == 302, fault(answer)
    assert office.get(answer.location).status_code == 200
    assert standing.of(session, held["measure"], DAY) is None
    line = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == f"{kind}.withdraw")).one()
    assert line.details["reason"] == "方案调整，市政府批复"


def test_an_issues_milestone_is_given_to_a_measure(office, session, held):
    stone = models.Milestone(issue_id=held["issue"], due_on=dt.date(2026, 5, 31), text="水质好转")
    session.add(stone)
    session.flush()
    stone_id = stone.id
    session.commit()

    answer = office.post(f"/issues/{held['issue']}/milestones/{stone_id}", data={"measure_id": held["measure"]})

    assert answer.status_code == 302, fault(answer)
    assert session.get(models.Milestone, stone_id).measure_id == held["measure"]


def test_a_new_office_is_shown_its_first_steps(office):
    page = soup(office.get("/office"))

    steps = [step.get_text(strip=True) for step in page.select(".steps h2")]
    assert [step[:4] for step in steps] == ["录入单位", "建立用户", "导入第一", "明确由谁"]
    assert page.select_one(".page-actions a")["href"] == "/plans"


def test_the_office_sees_what_waits_and_where_each_is_worked_off(office, session, held, cast):
    session.add(
        models.Round(
            inspection_id=held["inspection"],
            name="2026年6月调度",
            opens_on=dt.date(2026, 6, 1),
            cut_off_on=dt.date(2026, 6, 30),
            opened_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC),
        )
    )
    session.commit()

    page = soup(office.get("/office"))

    lines = {row.th.get_text(strip=True): row for row in page.select(".worklist tbody tr")}
    assert lines["本期尚未填报的单位"].select_one(".num").get_text(strip=True) == "1"
    assert [cell.get_text(strip=True) for cell in page.select("#silent tbody tr td.num")] == ["1"]
    there = page.select_one("#silent tbody a")["href"]
    assert re.fullmatch(rf"/rounds/\d+\?unit={cast.units['unit_a']}", there) and office.get(there).status_code == 200
    assert all(row.a["href"] for row in lines.values())
    assert "待整改办认定的完成申报" not in lines


def test_a_leader_sees_inspections_but_changes_nothing(client, held):
    leader = client("leader")

    listed = leader.get("/inspections")
    shown = leader.get(f"/inspections/{held['inspection']}")

    assert "第二轮中央生态环境保护督察" in listed.text and "县城污水管网" in shown.text
    assert "录入问题" not in shown.text and "手工新建批次" not in listed.text
    assert leader.get(f"/inspections/{held['inspection']}/edit").status_code == 403


def test_a_confidential_inspection_is_404_to_those_it_does_not_name(office, client, session, cast):
    hidden = factories.make_inspection(session, "市委巡察", confidential=True)
    hidden_issue = factories.make_issue(session, hidden)
    factories.make_measure(session, hidden_issue)
    ids = hidden.id, hidden_issue.id
    session.commit()

    assert "市委巡察" not in office.get("/inspections").text
    for address in (f"/inspections/{ids[0]}", f"/issues/{ids[1]}/edit", f"/issues/{ids[1]}/withdraw"):
        assert office.get(address).status_code == 404


def test_a_confidential_inspection_is_seen_by_whoever_entered_it_and_whom_he_names(office, client, session):
    made = office.post("/inspections/new", data=NEW | {"name": "市委巡察", "confidential": "y"})
    leader = client("leader")
    assert office.get(made.location).status_code == 200
    assert leader.get(made.location).status_code == 404
    address = f"{made.location}/edit"
    values = NEW | {"name": "市委巡察", "confidential": "y", "version": version(office, address)}
    assert "没有名为“nobody”的业务用户" in fault(office.post(address, data=values | {"readers": "nobody"}))

    answer = office.post(address, data=values | {"readers": "office\nleader"})

    assert answer.status_code == 302, fault(answer)
    assert leader.get(made.location).status_code == 200
    assert session.scalars(select(models.AuditEntry.act)).all().count("inspection.readers") == 2


PAGES = [
    "/inspections/new",
    "/inspections/{inspection}/edit",
    "/inspections/{inspection}/issues/new",
    "/issues/{issue}/edit",
    "/issues/{issue}/measures/new",
    "/issues/{issue}/extend",
    "/issues/{issue}/correct",
    "/issues/{issue}/answer",
    "/issues/{issue}/assign",
    "/issues/{issue}/withdraw",
    "/measures/{measure}/edit",
    "/measures/{measure}/extend",
    "/measures/{measure}/correct",
    "/measures/{measure}/answer",
    "/measures/{measure}/assign",
    "/measures/{measure}/link",
    "/measures/{measure}/withdraw",
]


def test_every_page_opens_for_the_office_and_is_closed_to_all_others(office, client, held):
    for address in PAGES:
        assert office.get(address.format(**held)).status_code == 200, address
    for name in ("supervisor", "unit_a", "unit_b", "leader", "admin", "auditor"):
        browser = client(name)
        for address in PAGES:
            assert browser.get(address.format(**held)).status_code == 403, (name, address)
            assert browser.post(address.format(**held), data={"text": "x"}).status_code == 403, (name, address)


@pytest.mark.parametrize("number", ["999", "99999999999999999999"])
def test_what_is_missing_is_404(office, number):
    for address in PAGES[1:]:
        missing = address.format(inspection=number, issue=number, measure=number)
        assert office.get(missing).status_code == 404, missing


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "0206-06-30"])
def test_a_year_that_is_a_slip_of_the_keyboard_is_refused(office, held, day):
    extension = {"approved_on": "2026-06-10", "document_number": "3号", "reason": "征地", "new_deadline_on": day}

    sent = [
        office.post(f"/issues/{held['issue']}/extend", data=extension),
        office.post(
            f"/measures/{held['measure']}/correct", data={"new_deadline_on": day, "effect_on": day, "reason": "误"}
        ),
        office.post(f"/measures/{held['measure']}/plan", data={"start_on": day}),
        office.post("/inspections/new", data=NEW | {"issued_on": day}),
    ]

    for answer in sent:
        assert answer.status_code == 200 and "年份不对" in fault(answer)


JUNK = ["①", "\x00", "\ud800", "9" * 40, "-1", "2026-02-30", "' OR 1=1 --", "<b>x</b>", "%s%%", "x" * 90_000]


@pytest.mark.parametrize("junk", JUNK)
def test_no_input_breaks_a_page_of_the_office(office, held, junk):
    fields = ("text", "number", "deadline", "milestones", "points", "lead", "start_on", "target_quantity", "reason")
    more = ("new_deadline_on", "approved_on", "document_number", "effect_on", "answer", "phrase", "issue_id", "name")
    raw = junk.encode("utf-8", "surrogatepass")

    for address in PAGES:
        answer = office.post(
            address.format(**held), data={name: raw for name in (*fields, *more, "version", "once", "q")}
        )
        assert answer.status_code < 500, address
