"""The rules of an inspection before the office: what a change would move is shown first, and saved when it was seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, figures, ledger, models, progress, rounds, standing
from rectify.rules import schedule
from rectify.web import criteria
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
TODAY = D("2026-06-15")
Browser = Callable[..., FlaskClient]
RULES = {
    "rhythm": "monthly",
    "grace_days": "0",
    "grace_unit": "days",
    "decides": "acceptance",
    "judged_by": "both",
    "tolerance_percent": "5",
    "near_due_days": "30",
    "immediate_days": "30",
}


@pytest.fixture
def held(session: Session, cast: Cast) -> dict[str, int]:
    """A monthly inspection: a countable measure with 50 of 100 planned by today and 44 reported, and one without target."""
    inspection = factories.make_inspection(session, rhythm="monthly", issued_on=D("2026-01-05"))
    issue = factories.make_issue(session, inspection)
    rounds.plan_next(session, inspection, D("2026-06-01"), factories.AT)
    countable = factories.make_measure(
        session, issue, lead=cast.units["unit_a"], target_quantity=100, target_unit="户", start_on=D("2026-01-05")
    )
    session.add(models.PlannedPoint(measure_id=countable.id, due_on=TODAY, quantity=50, approved_on=D("2026-01-05")))
    plain = factories.make_measure(session, issue, lead=cast.units["unit_b"])
    for measure, quantity in ((countable, 44), (plain, None)):
        progress.report(
            session,
            measure,
            by=access.SYSTEM,
            unit_id=cast.units["unit_a"],
            on_behalf=False,
            state="in_progress",
            text="在建。",
            quantity=quantity,
            day=D("2026-06-10"),
            at=factories.AT,
        )
    ids = {"inspection": inspection.id, "issue": issue.id, "countable": countable.id, "plain": plain.id}
    session.commit()
    return ids


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: Any) -> str:
    return " ".join(page(answer).main.get_text(" ").split())


def filled(answer: Any) -> dict[str, str]:
    """What a browser would send of the form on the page."""
    found = {}
    for one in page(answer).select("main form[method=post] [name]"):
        if one.name == "select":
            found[one["name"]] = (one.select_one("option[selected]") or one.select_one("option"))["value"]
        elif one.get("type") != "checkbox" or one.has_attr("checked"):
            found[one["name"]] = one.get_text() if one.name == "textarea" else one.get("value", "")
    return found


def send(browser: FlaskClient, address: str, **typed: Any) -> Any:
    return browser.post(address, data={**filled(browser.get(address)), **typed}, follow_redirects=True)


def verdict(session: Session, measure_id: int, day: dt.date = TODAY) -> str:
    now = standing.of(session, measure_id, day)
    assert now is not None
    found = schedule.verdict(now, day).value
    session.rollback()
    return found


def acts(session: Session) -> list[str]:
    found = list(session.scalars(select(models.AuditEntry.act)))
    session.rollback()
    return found


def test_what_a_rule_would_move_is_shown_and_nothing_is_saved_until_it_was_seen(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    browser, address = client("office"), f"/inspections/{held['inspection']}/rules"
    assert verdict(session, held["countable"]) == "behind"

    shown = send(browser, address, tolerance_percent="10")

    (row,) = page(shown).select(".effect tbody tr")
    assert [cell.get_text(" ", strip=True) for cell in row.select("td")[:4]] == [
        "未达到序时进度",
        "达到序时进度",
        "1",
        "1",
    ]
    assert [a["href"] for a in row.select("a")] == [f"/measures/{held['countable']}", f"/issues/{held['issue']}"]
    assert session.scalars(select(models.Inspection.tolerance_percent)).one() == 5
    session.rollback()
    assert verdict(session, held["countable"]) == "behind" and "inspection.rules" not in acts(session)

    saved = browser.post(address, data=filled(shown), follow_redirects=True)

    assert "规则已更改，自今天起生效。" in words(saved)
    assert session.scalars(select(models.Inspection.tolerance_percent)).one() == 10
    session.rollback()
    assert verdict(session, held["countable"]) == "on_schedule" and acts(session).count("inspection.rules") == 1


def test_a_countable_target_is_not_judged_where_only_milestones_are(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    browser, address = client("office"), f"/inspections/{held['inspection']}/rules"

    shown = send(browser, address, judged_by="milestones")
    saved = browser.post(address, data=filled(shown), follow_redirects=True)

    assert "未达到序时进度 达到序时进度 1 1" in words(shown) and "规则已更改，自今天起生效。" in words(saved)
    assert verdict(session, held["countable"]) == "on_schedule"
    assert verdict(session, held["countable"], TODAY - dt.timedelta(days=1)) == "behind"
    (entry,) = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "inspection.rules"))
    assert entry.details == {"old": {"judged_by": "both"}, "new": {"judged_by": "milestones"}}
    (was,) = session.scalars(select(models.FormerValues.values).where(models.FormerValues.until_on == TODAY).limit(1))
    assert was == {"judged_by": "both"}


def test_who_decides_is_a_rule_and_what_waits_moves_to_the_other_queue(
    client: Browser, session: Session, cast: Cast, held: dict[str, int]
) -> None:
    measure = factories.make_measure(
        session,
        session.get_one(models.Issue, held["issue"]),
        lead=cast.units["unit_a"],
        supervising=[cast.units["supervisor"]],
    )
    made = progress.submit(
        session, measure, by=access.SYSTEM, unit_id=cast.units["unit_a"], on_behalf=False, claim="completed",
        text="完成。", day=TODAY, at=factories.AT,
    )  # fmt: skip
    made_id = made.id
    session.commit()
    queues = [f'/queue/{made_id}"' in client(name).get("/queue").text for name in ("supervisor", "office")]

    browser, address = client("office"), f"/inspections/{held['inspection']}/rules"

    shown = send(browser, address, decides="office")
    unsaved = session.scalars(select(models.Inspection.decides)).one()
    session.rollback()
    said = words(browser.post(address, data=filled(shown), follow_redirects=True))

    assert queues == [True, False] and "规则已更改" in said and unsaved == "acceptance"
    assert "待认定的申报1件，由“" in words(shown) and "”改由“" in words(shown)
    assert [f'/queue/{made_id}"' in client(name).get("/queue").text for name in ("supervisor", "office")] == [
        False,
        True,
    ]
    (entry,) = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "inspection.rules"))
    assert entry.details == {
        "old": {"decides": "acceptance"}, "new": {"decides": "office"}, "moved_submissions": 1,
    }  # fmt: skip


def test_what_waits_for_the_same_units_under_the_other_rule_is_not_counted(
    client: Browser, session: Session, cast: Cast, held: dict[str, int]
) -> None:
    """One has both kinds of units, one only those that accept; the office decides what these sent themselves."""
    issue, accepts = session.get_one(models.Issue, held["issue"]), cast.units["unit_b"]
    for supervising, sender in (([cast.units["supervisor"]], "unit_a"), ([], "unit_a"), ([], "unit_b")):
        measure = factories.make_measure(
            session, issue, lead=cast.units["unit_a"], acceptance=[accepts], supervising=supervising
        )
        progress.submit(
            session, measure, by=access.SYSTEM, unit_id=cast.units[sender], on_behalf=False, claim="completed",
            text="完成。", day=TODAY, at=factories.AT,
        )  # fmt: skip
    session.commit()
    names = {name: session.get_one(models.Unit, cast.units[name]).name for name in ("unit_b", "supervisor")}
    session.rollback()

    said = words(send(client("office"), f"/inspections/{held['inspection']}/rules", decides="supervising"))

    assert f"待认定的申报1件，由“{names['unit_b']}”改由“{names['supervisor']}”认定。" in said
    assert said.count("改由“") == 1


RULES_READ = {
    "调度频次": "每月（月末截止）",
    "截止后宽限天数": "0",
    "宽限天数怎样计算": "自然日",
    "由谁认定": "验收单位，没有的由督导单位",
    "序时进度的判断依据": "阶段性目标和计划量都看",
    "计划线允许偏差（%）": "5",
    "临近到期的天数": "30",
    "立行立改的内部期限（天）": "30",
    "“基本完成”计入完成": "否",
    "“长期坚持”计入完成": "否",
    "以方案印发日期为计划启动日期": "否",
}


def told(answer: Any) -> dict[str, str]:
    found = page(answer).select_one("#rules dl.facts")
    return {dt.get_text(strip=True): dt.find_next_sibling("dd").get_text(strip=True) for dt in found.select("dt")}


def test_whoever_may_see_the_inspection_reads_its_rules_as_they_were_on_the_day(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    inspection = session.get_one(models.Inspection, held["inspection"])
    changes = {"decides": "office", "long_term_counts_as_done": True, "tolerance_percent": 8}
    rounds.change_rules(session, inspection, changes, by=access.SYSTEM, day=D("2026-06-12"), at=factories.AT)
    session.commit()
    now = RULES_READ | {"由谁认定": "整改办", "“长期坚持”计入完成": "是", "计划线允许偏差（%）": "8"}

    for role, address in (
        ("unit_a", f"/issues/{held['issue']}"),
        ("leader", f"/issues/{held['issue']}"),
        ("leader", f"/inspections/{held['inspection']}"),
        ("office", f"/inspections/{held['inspection']}"),
    ):
        assert told(client(role).get(address)) == now, (role, address)
    assert told(client("unit_a").get(f"/issues/{held['issue']}?as_of=2026-06-11")) == RULES_READ
    assert client("supervisor").get(f"/issues/{held['issue']}").status_code == 404


def test_every_rule_is_told_and_has_a_field() -> None:
    assert list(criteria.RulesFields.NAMES) == list(rounds.RULES)
    assert all(hasattr(criteria.RulesFields, name) for name in rounds.RULES)


def test_what_was_seen_is_saved_and_nothing_else(client: Browser, session: Session, held: dict[str, int]) -> None:
    browser, address = client("office"), f"/inspections/{held['inspection']}/rules"
    shown = filled(send(browser, address, tolerance_percent="10"))

    again = browser.post(address, data={**shown, "grace_days": "9"})

    assert again.status_code == 200 and "尚未保存" in words(again)
    assert session.scalars(select(models.Inspection.tolerance_percent)).one() == 5


def test_a_rule_that_moves_nothing_is_saved_at_once(client: Browser, session: Session, held: dict[str, int]) -> None:
    said = words(send(client("office"), f"/inspections/{held['inspection']}/rules", near_due_days="15"))

    assert "规则已更改，自今天起生效。" in said
    assert session.scalars(select(models.Inspection.near_due_days)).one() == 15


def test_a_rule_that_moves_only_later_days_says_from_when(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    said = words(send(client("office"), f"/inspections/{held['inspection']}/rules", grace_days="9"))

    assert "另有措施1条、问题0项今天的判断不变" in said and "最早从2026年8月1日起" in said
    assert session.scalars(select(models.Inspection.grace_days)).one() == 0


def test_grace_in_working_days_says_from_when_it_is_judged_otherwise(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    inspection = session.get_one(models.Inspection, held["inspection"])
    rounds.change_rules(session, inspection, {"grace_days": 4}, by=access.SYSTEM, day=TODAY, at=factories.AT)
    session.commit()
    browser, address = client("office"), f"/inspections/{held['inspection']}/rules"

    first = send(browser, address, grace_days="4", grace_unit="workdays")
    browser.post(address, data=filled(first))

    assert "另有措施1条、问题0项今天的判断不变" in words(first) and "最早从2026年8月5日起" in words(first)
    assert session.scalars(select(models.Inspection.grace_unit)).one() == "workdays"
    ahead = session.scalars(select(models.Round).order_by(models.Round.opens_on.desc())).first()
    assert (ahead.grace, ahead.grace_on) == (4, D("2026-08-06"))
    assert "宽限4个工作日" in words(browser.get("/rounds"))


def test_what_counts_as_done_is_told_before_and_after(client: Browser, session: Session, held: dict[str, int]) -> None:
    measure = session.get_one(models.Measure, held["plain"])
    made = progress.submit(
        session, measure, by=access.SYSTEM, unit_id=1, on_behalf=False, claim="basically_completed", text="基本完成。",
        day=D("2026-06-11"), at=factories.AT,
    )  # fmt: skip
    progress.accept(session, made, by=access.SYSTEM, unit_id=1, day=D("2026-06-12"), at=factories.AT, reason="")
    session.commit()

    said = words(send(client("office"), f"/inspections/{held['inspection']}/rules", basically_counts_as_done="y"))

    assert "计入完成的措施由0条变为1条" in said
    assert "计入完成的问题" not in said


def test_a_long_term_measure_counts_as_done_from_the_rule_on_and_stays_in_its_own_bucket(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    measure = factories.make_measure(
        session, session.get_one(models.Issue, held["issue"]), kind="long_term", long_term=True
    )
    progress.report(
        session, measure, by=access.SYSTEM, unit_id=1, on_behalf=False, state="in_progress", text="常态巡查。",
        day=D("2026-06-10"), at=factories.AT,
    )  # fmt: skip
    session.commit()
    browser, address = client("office"), f"/inspections/{held['inspection']}/rules"

    shown = send(browser, address, long_term_counts_as_done="y")
    assert "计入完成的措施由0条变为1条" in words(shown) and "尚未保存" in words(shown)
    browser.post(address, data=filled(shown))

    assert verdict(session, measure.id) == "long_term"
    count = figures.count(session, figures.Scope(access.SYSTEM), TODAY)
    assert (count.done, count.long_term, count.total) == (1, 1, 3)
    (entry,) = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "inspection.rules"))
    assert entry.details["new"] == {"long_term_counts_as_done": True}


def test_the_day_of_issue_moves_verdicts_too(client: Browser, session: Session, held: dict[str, int]) -> None:
    session.get_one(models.Inspection, held["inspection"]).starts_on_issue_date = True
    late = factories.make_measure(session, session.get_one(models.Issue, held["issue"]))
    standing.write_inspection(session, held["inspection"], day=TODAY, at=factories.AT)
    session.commit()
    browser, address = client("office"), f"/inspections/{held['inspection']}/edit"
    assert verdict(session, late.id) == "not_started"

    shown = send(browser, address, issued_on="2026-06-20")

    assert "尚未启动" in words(shown) and page(shown).select_one("[name=issued_on]")["value"] == "2026-06-20"
    assert session.scalars(select(models.Inspection.issued_on)).one() == D("2026-01-05")
    session.rollback()
    assert "已修改" in words(browser.post(address, data=filled(shown), follow_redirects=True))
    assert verdict(session, late.id) != "not_started"


@pytest.fixture
def counted(session: Session, held: dict[str, int]) -> dict[str, int]:
    """Two measures due three months and ten working days after the day of issue, the fifth of January, and one whose own
    document gave it another day since."""
    issue = session.get_one(models.Issue, held["issue"])
    made = {}
    for name, raw, amount, unit, due in (
        ("months", "印发后三个月内", 3, "months", "2026-04-05"),
        ("workdays", "印发后10个工作日内", 10, "workdays", "2026-01-19"),
        ("extended", "印发后三个月内", 3, "months", "2026-04-05"),
    ):
        made[name] = factories.make_measure(
            session, issue, kind="relative", deadline_on=D(due), deadline_raw=raw,
            counted_from_on=D("2026-01-05"), counted_amount=amount, counted_unit=unit,
        ).id  # fmt: skip
    ledger.extend(
        session, session.get_one(models.Measure, made["extended"]), new_deadline_on=D("2026-12-01"),
        approved_on=D("2026-06-10"), document_number="整改办〔2026〕5号", reason="汛期", by=access.SYSTEM, day=D("2026-06-10"),
        at=factories.AT,
    )  # fmt: skip
    session.commit()
    return made


def limits(session: Session, ids: dict[str, int]) -> dict[str, tuple[str, str, bool]]:
    """By name: the deadline, from when it was counted, whether it was corrected."""
    rows = {name: session.get_one(models.Measure, measure_id) for name, measure_id in ids.items()}
    found = {name: (str(m.deadline_on), str(m.counted_from_on), m.deadline_corrected) for name, m in rows.items()}
    session.rollback()
    return found


def test_limits_counted_from_a_changed_day_of_issue_move_where_they_are_ticked(
    client: Browser, session: Session, held: dict[str, int], counted: dict[str, int]
) -> None:
    browser, address = client("office"), f"/inspections/{held['inspection']}/edit"
    before = limits(session, counted)

    first = send(browser, address, issued_on="2026-04-01")
    table = [
        [cell.get_text(" ", strip=True) for cell in row.select("td")][1:5]
        for row in page(first).select(".effect tbody tr")
    ]
    unsaved = limits(session, counted)
    key = f"measure-{counted['months']}"
    second = browser.post(address, data=filled(first) | {"move": key})
    third = browser.post(address, data=filled(second) | {"move": key}, follow_redirects=True)

    assert ["印发后三个月内", "2026-04-01", "2026-04-05", "2026-07-01"] in table
    assert ["印发后10个工作日内", "2026-04-01", "2026-01-19", "2026-04-16"] in table and len(table) == 2
    assert unsaved == before
    assert page(second).select_one(f".effect input[value='{key}']").has_attr("checked")
    assert {"超期", "达到序时进度"} & set(words(second).split()) and "尚未保存" in words(second)
    assert "已修改" in words(third)
    assert limits(session, counted) == before | {"months": ("2026-07-01", "2026-04-01", True)}
    (correction,) = session.scalars(select(models.Correction))
    assert correction.reason == "批次的反馈或印发日期更改，自2026-04-01起3个月重新推算。"
    assert (correction.old_deadline_on, correction.effect_on) == (D("2026-04-05"), TODAY)


def test_limits_that_are_not_ticked_stay_when_the_day_of_issue_changes(
    client: Browser, session: Session, held: dict[str, int], counted: dict[str, int]
) -> None:
    browser, address = client("office"), f"/inspections/{held['inspection']}/edit"
    before = limits(session, counted)

    said = words(
        browser.post(address, data=filled(send(browser, address, issued_on="2026-04-01")), follow_redirects=True)
    )

    assert "已修改" in said and limits(session, counted) == before
    assert session.scalars(select(models.Inspection.issued_on)).one() == D("2026-04-01")


def test_a_day_of_feedback_from_which_nothing_was_counted_moves_no_limit(
    client: Browser, session: Session, held: dict[str, int], counted: dict[str, int]
) -> None:
    session.get_one(models.Inspection, held["inspection"]).feedback_on = D("2025-12-20")
    session.commit()

    said = words(send(client("office"), f"/inspections/{held['inspection']}/edit", feedback_on="2026-02-01"))

    assert "已修改" in said and limits(session, counted)["months"][:2] == ("2026-04-05", "2026-01-05")


def test_a_changed_rhythm_replans_what_is_not_open(client: Browser, session: Session, held: dict[str, int]) -> None:
    browser, address = client("office"), f"/inspections/{held['inspection']}/rules"

    browser.post(address, data=filled(send(browser, address, rhythm="ten_day")))

    last = session.scalars(select(models.Round).order_by(models.Round.opens_on.desc())).first()
    assert last is not None and (last.name, last.cut_off_on) == ("2026年7月上旬调度", D("2026-07-10"))


def test_rules_out_of_range_are_told(client: Browser, held: dict[str, int]) -> None:
    answer = send(client("office"), f"/inspections/{held['inspection']}/rules", tolerance_percent="101")

    assert "请填写0到100之间的整数。" in words(answer)


def test_who_saves_second_sees_what_the_first_one_saved(
    client: Browser, session: Session, held: dict[str, int]
) -> None:
    browser, address = client("office"), f"/inspections/{held['inspection']}/rules"
    mine = filled(browser.get(address))
    send(browser, address, near_due_days="15")

    answer = browser.post(address, data={**mine, "near_due_days": "60"})

    assert answer.status_code == 409
    assert "他人已修改过这一项" in words(answer) and "现在保存的是：15" in words(answer)
    assert page(answer).select_one("input[name=near_due_days]")["value"] == "60"
    assert session.scalars(select(models.Inspection.near_due_days)).one() == 15
