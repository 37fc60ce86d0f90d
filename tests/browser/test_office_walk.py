"""The office in a browser: a day declared and taken back, a notice imported, a difference opened and settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from rectify import models, standing
from tests import factories
from tests.browser.conftest import Site, Windows, serving
from tests.conftest import AT, Cast
from tests.support.browser import DESK, PHONE

D = dt.date.fromisoformat
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
LONG = "雨污分流改造工程" * 60 + "https://zgb.example.cn/" + "a" * 300
NOTICE = """日期,安排,依据
2027-01-01,放假,元旦
2027-02-08,放假,春节
2027-02-30,放假,春节
2027-02-14,上班,春节调休"""


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with serving(database_url, tmp_path / "data") as made:
        yield made


def office_window(site: Site, windows: Windows, cast: Cast, size: ViewportSize) -> Page:
    return windows.open(site, size, cookie=site.open_session(cast.users["office"], AT))


def expect_to_fit(page: Page) -> None:
    wide = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.tagName + '.' + e.className + ': ' + e.textContent.trim().slice(0, 40))"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), wide[:6]


def a_measure(site: Site, cast: Cast, **values: object) -> int:
    """unit_a's measure, due on Monday 2026-09-07: its step of 15 days falls on Friday 2026-08-21."""
    with site.session() as session:
        issue = factories.make_issue(session, factories.make_inspection(session, near_due_days=15))
        found = factories.make_measure(
            session, issue, lead=cast.units["unit_a"], deadline_on=D("2026-09-07"), **values
        ).id
        session.commit()
    return found


@SIZES
def test_a_day_is_declared_once_its_effect_was_seen_and_taken_back(
    site: Site, windows: Windows, cast: Cast, size: ViewportSize
) -> None:
    a_measure(site, cast)
    page = office_window(site, windows, cast, size)
    page.goto("/calendar")
    if size == PHONE:
        page.get_by_role("link", name="自定一天").click()
    form = page.locator("#declare")
    expect(form).to_be_in_viewport()
    form.get_by_label("日期").fill("2026-08-21")
    form.get_by_label("放假", exact=True).check()
    form.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("请写明2026-08-21放假或上班的依据")
    form.get_by_label("依据").fill("市庆放假" + "N" * 90)
    form.get_by_role("button", name="保存").click()

    effect = page.locator(".effect")
    expect(effect).to_be_focused()
    expect(effect).to_contain_text("2026年8月21日由上班变为放假。 这一天不发送提醒邮件。")
    expect(effect.locator("tbody td")).to_have_text(["2026-08-21", "2026-08-20", "1"])
    expect_to_fit(page)
    page.get_by_role("button", name="确认保存").click()
    expect(page.get_by_role("status")).to_contain_text("工作日历已更改。")
    expect(page.locator("td.declared")).to_have_text("21休")
    expect_to_fit(page)

    page.get_by_role("link", name="撤回").click()
    form.get_by_role("button", name="保存").click()
    expect(effect).to_contain_text("2026年8月21日由放假变为上班。")
    page.get_by_role("button", name="确认保存").click()
    expect(page.locator("td.declared")).to_have_count(0)
    expect(page.get_by_text("这一年没有自定的日子。")).to_be_visible()


@SIZES
def test_a_limit_in_working_days_moves_with_the_calendar_where_it_is_ticked(
    site: Site, windows: Windows, cast: Cast, size: ViewportSize
) -> None:
    """Ten working days from Monday 2026-06-01 end on 06-15, today; with a day off between on 06-16."""
    with site.session() as session:
        inspection = factories.make_inspection(session, feedback_on=D("2026-06-01"))
        for number in ("1", "2"):
            issue = factories.make_issue(
                session, inspection, number=number, deadline_on=D("2026-06-15"), kind="relative",
                deadline_raw="自反馈之日起10个工作日内" + LONG[:200], counted_from_on=D("2026-06-01"),
                counted_amount=10, counted_unit="workdays",
            )  # fmt: skip
            factories.make_measure(session, issue, lead=cast.units["unit_a"])
        session.commit()
    page = office_window(site, windows, cast, size)
    page.goto("/calendar?day=2026-06-10&kind=off#declare")
    page.get_by_label("依据").fill("市庆放假")
    page.get_by_role("button", name="保存").click()
    effect = page.locator(".effect")
    expect(effect.locator("tbody tr")).to_have_count(2)
    effect.get_by_label("更正1的时限").check()
    expect_to_fit(page)
    page.get_by_role("button", name="确认保存").click()

    expect(effect).to_contain_text("更正所选的1项时限后，判断会有这些变化：")
    expect(effect).to_contain_text("最早从2026年6月16日起")
    expect(effect.get_by_label("更正1的时限")).to_be_checked()
    expect(effect.get_by_label("更正2的时限")).not_to_be_checked()
    expect_to_fit(page)
    page.get_by_role("button", name="确认保存").click()

    expect(page.get_by_role("status")).to_contain_text("工作日历已更改。")
    expect(page.locator("main table.cards tbody tr")).to_have_count(1)
    expect_to_fit(page)
    page.goto("/issues/1")
    expect(page.get_by_text("更正", exact=True).first).to_be_visible()
    expect(page.get_by_text("2026-06-16").first).to_be_visible()


@SIZES
def test_a_notice_is_imported_after_its_bad_line_is_mended(
    site: Site, windows: Windows, cast: Cast, size: ViewportSize
) -> None:
    page = office_window(site, windows, cast, size)
    page.goto("/calendar?year=2027")
    expect(page.get_by_text("这一年的节假日安排尚未公布")).to_be_visible()
    page.get_by_role("link", name="导入一年的安排").click()
    lines = page.get_by_label("放假和上班的日子")
    lines.fill(NOTICE)
    page.get_by_role("button", name="导入").click()

    expect(page.get_by_role("alert")).to_contain_text("第4行：“2027-02-30”不是日期")
    expect(lines).to_have_value(NOTICE)
    lines.fill(NOTICE.replace("2027-02-30", "2027-02-09"))
    page.get_by_role("button", name="导入").click()
    effect = page.locator(".effect")
    expect(effect).to_contain_text("3天由上班变为放假：2027-01-01、2027-02-08、2027-02-09。")
    expect(effect).to_contain_text("2027年2月14日由放假变为上班。")
    expect_to_fit(page)
    page.get_by_role("button", name="确认保存").click()

    expect(page.get_by_role("status")).to_contain_text("已导入4天的安排。")
    expect(page.get_by_text("这一年的节假日安排尚未公布")).to_have_count(0)
    expect(page.locator("td.declared")).to_have_count(4)


@SIZES
def test_a_difference_is_opened_and_settled_by_the_offices_word(
    site: Site, windows: Windows, cast: Cast, size: ViewportSize
) -> None:
    """The unit says on schedule, past a stage nobody reported."""
    measure_id = a_measure(site, cast, text=LONG)
    page = office_window(site, windows, cast, size)
    page.goto("/differences")
    expect(page.get_by_text("没有说法不一致的措施。")).to_be_visible()
    with site.session() as session:
        session.add(models.Milestone(measure_id=measure_id, due_on=D("2026-04-30"), text="主体工程完工"))
        session.add(
            models.ProgressReport(
                measure_id=measure_id, reported_on=D("2026-06-10"), at=AT, state="in_progress", text=LONG,
                said="on_schedule", forecast="hopeful", expected_on=D("2026-08-31"), reason_kind="outside", reason=LONG,
                catch_up=LONG,
            )
        )  # fmt: skip
        session.flush()
        standing.write(session, [measure_id], day=D("2026-06-10"), at=AT)
        session.commit()

    page.reload()
    (row,) = page.locator("tbody tr").all()
    expect(row).to_contain_text("正在推进，达到序时进度，有望按期完成，预计2026-08-31")
    expect(row).to_contain_text("未达到序时进度")
    expect_to_fit(page)
    row.get_by_role("rowheader").get_by_role("link").click()
    expect(page.get_by_role("heading", name="各方说法 不一致")).to_be_visible()
    expect_to_fit(page)

    page.goto("/differences")
    page.get_by_role("link", name="确认序时进度").click()
    page.get_by_label("达到序时进度", exact=True).check()
    page.get_by_label("理由").fill("现场核实，主体工程已完工。")
    page.get_by_label("有效至").fill("2026-06-30")
    page.get_by_role("button", name="确认").click()
    page.goto("/differences")
    expect(page.get_by_text("没有说法不一致的措施。")).to_be_visible()

    page.goto("/differences?as_of=2026-06-14")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_text("历史时点")).to_be_visible()
    expect_to_fit(page)
