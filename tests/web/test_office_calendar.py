"""The workday calendar before the office: the year, a day declared and taken back, a notice imported, what it moves."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, calendar, figures, ledger, models, progress, rounds, standing
from rectify.rules import schedule
from tests import factories
from tests.conftest import TODAY

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
Browser = Callable[..., FlaskClient]


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: Any) -> str:
    return " ".join(page(answer).main.get_text(" ").split())


def shown(answer: Any) -> str:
    found = page(answer).select_one(".effect")
    return " ".join(found.get_text(" ").split()) if found else ""


def send(browser: FlaskClient, answer: Any, address: str = "/calendar", **typed: Any) -> Any:
    """Send the form of a page as a browser would, with what is typed over it."""
    form = page(answer).select_one("main form[method=post]")
    sent = {i["name"]: i.get("value", "") for i in form.select("input[name]") if i.get("type") not in ("radio", "file")}
    sent |= {i["name"]: i["value"] for i in form.select("input[type=radio][checked]")}
    sent |= {one["name"]: one.get_text() for one in form.select("textarea[name]")}
    return browser.post(address, data={**sent, **typed}, follow_redirects=True)


def declared(session: Session) -> dict[str, tuple[bool, str]]:
    found = {
        str(row.day_on): (row.is_workday, row.note)
        for row in session.scalars(select(models.WorkdayOverride).order_by(models.WorkdayOverride.day_on))
    }
    session.rollback()
    return found


@pytest.fixture
def due(session: Session, cast: Cast) -> int:
    """A measure of unit_a due on Monday 2026-09-07: its steps of 30, 15, 7 and 3 days are 08-07, 08-21, 08-31, 09-04."""
    inspection = factories.make_inspection(session, near_due_days=30)
    issue = factories.make_issue(session, inspection)
    found = factories.make_measure(session, issue, lead=cast.units["unit_a"], deadline_on=D("2026-09-07")).id
    session.commit()
    return found


def test_the_year_shows_what_is_unlike_an_ordinary_week(client: Browser) -> None:
    found = page(client("office").get("/calendar?year=2026"))

    october = found.select("table.month")[9]
    days = {cell.contents[0].strip(): cell for cell in october.select("td") if cell.get_text(strip=True)}
    assert days["1"].small.get_text() == "休" and "off" in days["1"]["class"]
    assert days["10"].small.get_text() == "班" and "worked" in days["10"]["class"]
    assert days["17"].small is None and "off" in days["17"]["class"]
    assert "国庆节" in found.main.get_text() and "暂行" not in found.main.get_text()


def test_a_year_not_published_is_provisional_until_its_notice_is_declared(client: Browser, session: Session) -> None:
    browser = client("office")
    assert "暂行" in words(browser.get("/calendar?year=2031"))

    session.add(models.WorkdayOverride(day_on=D("2031-01-01"), is_workday=False, note="元旦"))
    session.commit()

    assert "暂行" not in words(browser.get("/calendar?year=2031"))
    assert not calendar.load(session).provisional(D("2031-06-16"))
    assert calendar.load(session).provisional(D("2032-06-16"))


@pytest.mark.parametrize("name", ["office", "admin"])
def test_a_declared_day_shows_what_it_moves_and_is_saved_when_that_was_seen(
    client: Browser, session: Session, due: int, name: str
) -> None:
    """R10: the step of 15 days falls on Friday 2026-08-21 (from Sunday 08-23)."""
    browser = client(name)
    typed = {"day_on": "2026-08-21", "kind": "off", "note": "市庆放假"}

    first = send(browser, browser.get("/calendar"), **typed)

    assert "2026年8月21日由上班变为放假。" in shown(first) and "2026-08-21 2026-08-20 1" in shown(first)
    assert declared(session) == {}

    said = words(send(browser, first))

    assert "工作日历已更改。" in said and "市庆放假" in said
    assert declared(session) == {"2026-08-21": (False, "市庆放假")}
    line = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "calendar.declare")).one()
    assert line.details == {"old": {"2026-08-21": ""}, "new": {"2026-08-21": "放假：市庆放假"}}


def test_a_declaration_is_taken_back_the_same_way(client: Browser, session: Session, due: int) -> None:
    session.add(models.WorkdayOverride(day_on=D("2026-08-21"), is_workday=False, note="市庆放假"))
    session.commit()
    browser = client("office")
    (link,) = [a["href"] for a in page(browser.get("/calendar?year=2026")).select("a") if a.get_text() == "撤回"]

    first = send(browser, browser.get(link))
    assert "2026-08-20 2026-08-21 1" in shown(first) and len(declared(session)) == 1
    send(browser, first)

    assert declared(session) == {}


def test_a_new_reason_moves_nothing_and_is_saved_at_once(client: Browser, session: Session) -> None:
    session.add(models.WorkdayOverride(day_on=D("2026-08-21"), is_workday=False, note="市庆"))
    session.commit()
    browser = client("office")

    said = send(browser, browser.get("/calendar"), day_on="2026-08-21", kind="off", note="市庆放假，市政办〔2026〕8号")

    assert "工作日历已更改。" in words(said)
    assert declared(session) == {"2026-08-21": (False, "市庆放假，市政办〔2026〕8号")}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"note": ""}, "请写明2026-08-21放假或上班的依据"),
        ({"day_on": "下周五"}, "请填写日期"),
        ({"day_on": "0206-08-21"}, "年份不对"),
        ({"kind": "maybe"}, "放假或上班"),
    ],
)
def test_a_day_that_cannot_be_is_told_and_what_was_typed_stays(
    client: Browser, session: Session, typed: dict[str, str], sentence: str
) -> None:
    browser = client("office")

    answer = send(browser, browser.get("/calendar"), **{"day_on": "2026-08-21", "kind": "off", "note": "市庆", **typed})

    assert sentence in page(answer).select_one(".error-summary").get_text()
    assert page(answer).select_one("[name=note]")["value"] == typed.get("note", "市庆")
    assert declared(session) == {}


NOTICE = '日期,类型,依据\n2027-01-01,放假,元旦\n2027年1月2日，放假，元旦\n2027/1/3,上班,"元旦，调休"\n'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_notice_is_imported_whole(client: Browser, session: Session, encoding: str) -> None:
    browser, address = client("office"), "/calendar/import"

    first = send(browser, browser.get(address), address, file=(io.BytesIO(NOTICE.encode(encoding)), "2027.csv"))
    assert "2027年1月1日由上班变为放假" in shown(first) and "2027年1月3日由放假变为上班" in shown(first)
    assert declared(session) == {}
    said = words(send(browser, first, address))

    assert "已导入3天的安排。" in said
    assert declared(session) == {
        "2027-01-01": (False, "元旦"),
        "2027-01-02": (False, "元旦"),
        "2027-01-03": (True, "元旦，调休"),
    }


def test_a_notice_with_a_bad_line_imports_nothing_and_names_each(client: Browser, session: Session) -> None:
    browser, address = client("office"), "/calendar/import"
    text = "2027-01-01,放假,元旦\n2027-02-30,放假,春节\n2027-01-04,半天,元旦\n\n2027-01-05,放假\n2027-01-06,放假,\n2027-01-01,上班,元旦"

    answer = send(browser, browser.get(address), address, lines=text)

    faults = page(answer).select_one(".error-summary").get_text()
    for sentence in (
        "第2行：“2027-02-30”不是日期",
        "第3行：“半天”应为",
        "第5行：应有日期、放假或上班、依据三栏",
        "第6行：请写明2027-01-06放假或上班的依据",
        "第7行：2027-01-01写了两次",
    ):
        assert sentence in faults
    assert page(answer).select_one("textarea").get_text().strip() == text
    assert declared(session) == {}


def test_no_year_is_left_without_a_working_day(client: Browser, session: Session) -> None:
    start = D("2027-01-01")
    off = [start + dt.timedelta(days=n) for n in range(800)]
    session.add_all(
        models.WorkdayOverride(day_on=day, is_workday=False, note="误") for day in off if day != D("2027-06-15")
    )
    session.commit()
    browser = client("office")

    answer = send(browser, browser.get("/calendar"), day_on="2027-06-15", kind="off", note="误")

    assert "连续一年没有工作日" in words(answer)


def limit_in_working_days(session: Session, cast: Cast, name: str = "督察", **values: Any) -> int:
    """An issue whose limit counts ten working days from Monday 2026-06-01, to 06-15; a day off on 06-10 makes it 06-16."""
    inspection = factories.make_inspection(session, name, feedback_on=D("2026-06-01"), issued_on=None)
    issue = factories.make_issue(
        session, inspection, deadline_on=D("2026-06-15"), kind="relative", deadline_raw="10个工作日内", **values
    )
    factories.make_measure(session, issue, lead=cast.units["unit_a"])
    found = issue.id
    session.commit()
    return found


DAY_OFF = {"day_on": "2026-06-10", "kind": "off", "note": "市庆放假，市政办〔2026〕8号"}


def marked(browser: FlaskClient, address: str) -> bool:
    return "暂行" in [one.get_text() for one in page(browser.get(address)).select("main .mark")]


@pytest.mark.parametrize("last", ["2026-12-31", "2027-01-04"])
def test_a_limit_counted_through_a_year_nobody_has_published_is_marked_until_its_notice_comes(
    client: Browser, session: Session, cast: Cast, last: str
) -> None:
    counted = {"counted_from_on": D("2026-12-01"), "counted_amount": 23, "counted_unit": "workdays"}
    inspection = factories.make_inspection(session, feedback_on=D("2026-12-01"), issued_on=None)
    issue = factories.make_issue(session, inspection, deadline_on=D(last), kind="relative", **counted)
    own = factories.make_measure(session, issue, lead=cast.units["unit_a"], deadline_on=D("2026-09-30")).id
    same = factories.make_measure(session, issue, lead=cast.units["unit_a"]).id
    issue_id = issue.id
    session.commit()
    browser = client("office")
    pages = [f"/issues/{issue_id}", f"/measures/{same}", f"/issues/{issue_id}/extend", f"/measures/{same}/report"]

    is_open = last > "2026-12-31"
    assert [marked(browser, address) for address in pages] == [is_open] * 4
    assert not marked(browser, f"/measures/{own}")
    session.add(models.WorkdayOverride(day_on=D("2027-01-01"), is_workday=False, note="元旦"))
    session.commit()
    assert [marked(browser, address) for address in pages] == [False] * 4


def test_a_limit_that_was_extended_is_counted_no_more_and_not_marked(
    client: Browser, session: Session, cast: Cast
) -> None:
    counted = {"counted_from_on": D("2026-12-01"), "counted_amount": 23, "counted_unit": "workdays"}
    inspection = factories.make_inspection(session, feedback_on=D("2026-12-01"), issued_on=None)
    issue = factories.make_issue(session, inspection, deadline_on=D("2027-01-04"), kind="relative", **counted)
    factories.make_measure(session, issue, lead=cast.units["unit_a"])
    ledger.extend(
        session, issue, new_deadline_on=D("2027-03-01"), approved_on=TODAY, document_number="云整改〔2026〕1号",
        reason="汛期", by=access.SYSTEM, day=TODAY, at=factories.AT,
    )  # fmt: skip
    issue_id = issue.id
    session.commit()

    assert not marked(client("office"), f"/issues/{issue_id}")


@pytest.mark.parametrize(("unit", "is_open"), [("workdays", True), ("days", False)])
def test_grace_in_working_days_of_a_year_nobody_has_published_is_marked(
    client: Browser, session: Session, unit: str, is_open: bool
) -> None:
    inspection = factories.make_inspection(session)
    days = {"opens_on": D("2026-12-01"), "cut_off_on": D("2026-12-31"), "grace_days": 3, "grace_unit": unit}
    held = rounds.add_round(
        session, inspection, name="年底调度", **days, by=access.SYSTEM, day=TODAY, at=factories.AT
    ).id
    session.commit()
    browser = client("office")

    assert [marked(browser, address) for address in ("/rounds", f"/rounds/{held}")] == [is_open] * 2


def test_grace_in_working_days_moves_with_the_calendar_once_that_was_seen(
    client: Browser, session: Session, cast: Cast
) -> None:
    """July is cut off on Friday the 31st, with two working days: through Tuesday, 4 August."""
    inspection = factories.make_inspection(session, rhythm="monthly", grace_days=2, grace_unit="workdays")
    measure = factories.make_measure(session, factories.make_issue(session, inspection), lead=cast.units["unit_a"])
    rounds.plan_next(session, inspection, TODAY, factories.AT)
    session.add(
        models.ProgressReport(
            measure_id=measure.id, reported_on=TODAY, at=factories.AT, state="in_progress", text="在建。"
        )
    )
    session.flush()
    standing.write(session, [measure.id], day=TODAY, at=factories.AT)
    session.commit()
    browser = client("admin")

    first = send(browser, browser.get("/calendar"), day_on="2026-08-03", kind="off", note="市庆放假")
    unsaved = session.scalars(select(models.Round).order_by(models.Round.opens_on.desc())).first().grace_on
    session.rollback()
    send(browser, first)

    assert "2026年7月调度 宽限2个工作日" in shown(first) and "2026-08-04 2026-08-05" in shown(first)
    assert "措施1条、问题1项今天的判断不变，以后的判断会不同，最早从2026年8月5日起" in shown(first)
    july = session.scalars(select(models.Round).order_by(models.Round.opens_on.desc())).first()
    assert (unsaved, july.grace_on) == (D("2026-08-04"), D("2026-08-05"))
    row = standing.of(session, measure.id, TODAY)
    verdicts = [schedule.verdict(row, D(day)).value for day in ("2026-08-05", "2026-08-06")]
    assert verdicts == ["on_schedule", "unreported"]


def test_a_limit_counted_in_working_days_is_named_where_the_calendar_moves_it_and_stays_unless_ticked(
    client: Browser, session: Session, cast: Cast
) -> None:
    issue_id = limit_in_working_days(session, cast)  # of an older ledger: from when it was counted was not kept
    browser = client("office")
    assert "更正时限" not in words(browser.get("/calendar"))

    first = send(browser, browser.get("/calendar"), **DAY_OFF)
    assert "10个工作日内 2026-06-01 2026-06-15 2026-06-16" in shown(first)
    (box,) = page(first).select(".effect input[name=move]")
    assert (box["value"], box["form"], box.has_attr("checked")) == (f"issue-{issue_id}", "calendar-form", False)
    saved = send(browser, first)

    assert "10个工作日内 2026-06-01 2026-06-15 2026-06-16" in words(saved)
    assert f"/issues/{issue_id}/correct" in [a["href"] for a in page(saved).select("main table.cards a")]
    assert session.scalars(select(models.Issue.deadline_on)).one() == D("2026-06-15")


def test_a_limit_that_is_ticked_moves_with_the_calendar_once_its_verdicts_were_seen(
    client: Browser, session: Session, cast: Cast
) -> None:
    """R10, R26: an audited correction that rests on the document; taken back, the limit is counted anew."""
    kept = {"counted_from_on": D("2026-06-01"), "counted_amount": 10, "counted_unit": "workdays"}
    issue_id = limit_in_working_days(session, cast, **kept)
    browser = client("office")

    first = send(browser, browser.get("/calendar"), **DAY_OFF)
    second = send(browser, first, move=f"issue-{issue_id}")
    assert "更正所选的1项时限后" in shown(second) and "最早从2026年6月16日起" in shown(second)
    assert page(second).select_one(".effect input[name=move]").has_attr("checked")
    assert declared(session) == {} and session.scalars(select(models.Correction)).all() == []
    session.rollback()
    said = words(send(browser, second, move=f"issue-{issue_id}"))

    assert "工作日历已更改。" in said and "10个工作日内" not in said
    issue = session.get_one(models.Issue, issue_id)
    assert (issue.deadline_on, issue.deadline_kind, issue.deadline_raw) == (D("2026-06-16"), "relative", "10个工作日内")
    assert {name: getattr(issue, name) for name in kept} == kept
    made = session.scalars(select(models.Correction)).one()
    assert (made.old_deadline_on, made.new_deadline_on, made.effect_on) == (D("2026-06-15"), D("2026-06-16"), TODAY)
    assert made.reason == "工作日历变动（市庆放假，市政办〔2026〕8号），自2026-06-01起10个工作日重新推算。"
    acts = session.scalars(select(models.AuditEntry.act).order_by(models.AuditEntry.id)).all()
    assert [act for act in acts if act in ("calendar.declare", "issue.correct")] == [
        "calendar.declare",
        "issue.correct",
    ]
    row = standing.of_issue(session, issue_id, TODAY)
    assert row is not None and (row.overdue_from, row.corrected) == (D("2026-06-17"), True)
    assert figures.check(session, TODAY) == [] and figures.check(session, D("2026-06-14")) == []
    session.rollback()

    back = send(browser, browser.get("/calendar"), day_on="2026-06-10", kind="published", note="")
    assert "10个工作日内 2026-06-01 2026-06-16 2026-06-15" in shown(back)


def test_a_limit_that_was_met_or_extended_does_not_follow_the_calendar(
    client: Browser, session: Session, cast: Cast
) -> None:
    kept = {"counted_from_on": D("2026-06-01"), "counted_amount": 10, "counted_unit": "workdays"}
    met, extended = (limit_in_working_days(session, cast, name, **kept) for name in ("一", "二"))
    measure = session.scalars(
        select(models.Measure).join(models.MeasureLink).where(models.MeasureLink.issue_id == met)
    ).one()
    acting = {"by": access.SYSTEM, "day": D("2026-06-12"), "at": factories.AT}
    sent = progress.submit(
        session, measure, unit_id=cast.units["unit_a"], on_behalf=False, claim="completed", text="已完成。", **acting
    )
    progress.accept(session, sent, unit_id=None, **acting)
    issue = session.get_one(models.Issue, extended)
    ledger.extend(
        session, issue, new_deadline_on=D("2026-06-30"), approved_on=D("2026-06-12"), document_number="1号",
        reason="汛期停工。", **acting,
    )  # fmt: skip
    session.commit()

    first = send(client("office"), client("office").get("/calendar"), **DAY_OFF)

    assert "2026年6月10日" in shown(first) and "10个工作日内" not in shown(first)
    session.refresh(issue)
    assert (issue.counted_from_on, issue.counted_amount, issue.counted_unit) == (None, None, None)


def test_the_administrator_sees_no_items_of_the_ledger(client: Browser, session: Session, cast: Cast) -> None:
    limit_in_working_days(session, cast)
    browser = client("admin")

    first = send(browser, browser.get("/calendar"), day_on="2026-06-10", kind="off", note="市庆放假")

    assert "2026年6月10日" in shown(first) and "10个工作日内" not in words(first)


@pytest.mark.parametrize("name", ["unit_a", "supervisor", "leader", "auditor"])
def test_the_calendar_is_kept_by_the_office_and_the_administrator(client: Browser, name: str) -> None:
    for address in ("/calendar", "/calendar/import"):
        assert client(name).get(address).status_code == 403
