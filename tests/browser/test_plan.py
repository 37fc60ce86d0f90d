"""The preview of a plan as a work place, in a browser: answered, put right in its place, divided, joined, taken back,
imported; with the keyboard, without scripts, and when the line or the session breaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Clock, Site, Windows, serving
from tests.browser.test_pages import barriers, widest
from tests.conftest import Cast
from tests.reading.test_sheets import SEVERAL, workbook
from tests.support.browser import DESK, PHONE

NOW = dt.datetime(2026, 6, 15, 2, tzinfo=dt.UTC)

PLAN = """甲市贯彻落实督察反馈意见整改方案

一、城区污水直排问题突出。
责任单位：甲县人民政府
整改时限：2026年12月底前
整改措施：
1.建设管网12公里。改造泵站2座。
2.建立巡查制度。

二、河道淤积严重。
责任单位：乙县人民政府
整改时限：汛期前
整改措施：
1.清淤5公里。

三、沿岸垃圾堆放。
责任单位：乙县人民政府
整改时限：三个月内
整改措施：
1.清运垃圾。
"""


@pytest.fixture
def clock() -> Iterator[Clock]:
    made = Clock(NOW)
    yield made
    made.stop()


@pytest.fixture
def site(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Site]:
    with serving(database_url, tmp_path / "data") as made:
        yield made


Upload = Callable[..., Page]


@pytest.fixture
def preview(site: Site, windows: Windows, cast: Cast, tmp_path: Path) -> Upload:
    """Opens a window on the preview of the plan."""
    path = tmp_path / "方案.txt"
    path.write_text(PLAN, encoding="utf-8")

    def open_one(size: dict[str, int] = DESK, **more: object) -> Page:
        page = windows.open(site, size, cookie=site.open_session(cast.users["office"], NOW), **more)  # type: ignore[arg-type]
        page.goto("/plans")
        page.get_by_label("方案或台账文件").set_input_files(path)
        page.get_by_role("button", name="上传并预览").click()
        expect(page.locator(".plan-bar")).to_contain_text("3 项问题 · 4 条措施 · 2 处待确认")
        return page

    return open_one


def texts(page: Page) -> list[str]:
    """The measures on the right, in order."""
    return [one.split("修改")[0] for one in page.locator(".draft-measures .draft-item > p").all_inner_texts()]


def said(page: Page) -> list[str]:
    return [one.split("\n")[0].lstrip("0123456789 ").rstrip("0123456789 ") for one in texts(page)]


def test_a_plan_is_answered_put_right_in_its_place_divided_joined_taken_back_and_imported(preview: Upload) -> None:
    page = preview()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    answer = page.locator(".question", has_text="三个月内").get_by_label("或填写")
    answer.fill("2026-09-30")  # typed, not saved

    page.get_by_role("button", name="修改问题二", exact=True).click()
    form = page.get_by_role("form", name="修改问题二")
    form.get_by_label("整改时限").fill("2026年8月底前")
    form.get_by_label("单位").fill("乙县人民政府；甲县人民政府（配合）")
    form.get_by_role("button", name="保存修改").click()
    expect(page.locator("#item-1")).to_contain_text("2026-08-31")
    expect(page.locator("#item-1")).to_contain_text("甲县人民政府（配合单位）")
    expect(page.locator(".plan-bar")).to_contain_text("1 处待确认")
    expect(page.get_by_role("button", name="修改问题二", exact=True)).to_be_focused()
    expect(answer).to_have_value("2026-09-30")

    page.get_by_role("button", name="修改问题一第1条措施").click()
    text = page.get_by_role("form", name="修改问题一第1条措施").get_by_label("内容")
    text.evaluate("field => field.setSelectionRange(9, 9)")
    page.get_by_role("button", name="在光标处拆开").click()
    expect(page.locator(".plan-bar")).to_contain_text("5 条措施")
    assert said(page) == ["建设管网12公里。", "改造泵站2座。", "建立巡查制度。", "清淤5公里。", "清运垃圾。"]

    page.locator("#item-2").get_by_text("调整").click()
    page.get_by_role("button", name="改为前一问题的措施").click()
    expect(page.locator(".plan-bar")).to_contain_text("2 项问题 · 6 条措施")
    expect(answer).to_have_value("2026-09-30")
    page.get_by_role("button", name="撤销：问题三改为前一问题的措施").click()
    expect(page.locator(".plan-bar")).to_contain_text("3 项问题 · 5 条措施")
    expect(page.get_by_role("button", name="重做：问题三改为前一问题的措施")).to_be_visible()
    expect(page.get_by_role("button", name="撤销：拆开问题一第1条措施")).to_be_visible()
    expect(answer).to_have_value("2026-09-30")

    assert barriers(page) == [] and widest(page) <= 0
    page.get_by_label("批次名称").fill("省级督察")
    page.get_by_role("button", name="导入台账").click()
    expect(page.get_by_role("status")).to_contain_text("已导入：3项问题、5条措施。")
    assert (
        asked[-1] == "导入3项问题、5条措施？所填批次已有其中内容的，先比对，不导入。"
    )  # of what stands now, not of what the page was opened with


def test_the_keyboard_alone_is_enough(preview: Upload) -> None:
    page = preview()
    page.locator("main").focus()

    page.keyboard.press("n")
    page.keyboard.press("n")
    page.keyboard.press("Tab")
    page.keyboard.type("2026-09-30")
    expect(page.locator(".question").nth(1).get_by_label("或填写")).to_have_value("2026-09-30")
    page.locator("main").focus()
    for _ in range(2):
        page.keyboard.press("j")
    expect(page.locator("#item-0-0 [data-open]")).to_be_focused()
    page.keyboard.press("e")
    field = page.get_by_role("form").get_by_label("内容")
    expect(field).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type("年底前完工。")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#item-0-0 > p")).to_contain_text("改造泵站2座。年底前完工。")
    expect(page.locator("#item-0-0 [data-open]")).to_be_focused()

    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(page.locator("#item-0-0 [data-open]")).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator("#item-0-0 > p")).not_to_contain_text("年底前完工")


def test_a_fault_a_lost_line_and_an_ended_session_lose_nothing_typed(preview: Upload, windows: Windows) -> None:
    page = preview()
    page.get_by_role("button", name="修改问题二", exact=True).click()
    form = page.get_by_role("form", name="修改问题二")
    form.get_by_label("整改目标").fill("恢复行洪能力。")
    form.get_by_label("整改时限").fill("秋收前")
    form.get_by_role("button", name="保存修改").click()
    expect(form.get_by_role("alert")).to_contain_text("整改时限")
    expect(form.get_by_label("整改目标")).to_have_value("恢复行洪能力。")

    form.get_by_label("整改时限").fill("2026年8月底前")
    page.context.set_offline(True)
    form.get_by_role("button", name="保存修改").click()
    expect(page.locator("#plan-said")).to_contain_text("没有保存，填写的内容仍在这里")
    page.context.set_offline(False)

    kept = page.context.cookies()
    page.context.clear_cookies()
    form.get_by_role("button", name="保存修改").click()
    expect(page.locator("#plan-said")).to_contain_text("登录已失效，没有保存")
    expect(form.get_by_label("整改时限")).to_have_value("2026年8月底前")

    page.context.add_cookies(kept)  # signed in again, in another window
    form.get_by_role("button", name="保存修改").click()
    expect(page.locator("#item-1")).to_contain_text("2026-08-31")
    expect(page.locator("#item-1")).to_contain_text("恢复行洪能力")
    assert all("ERR_INTERNET_DISCONNECTED" in one or "400" in one for one in windows.faults), windows.faults
    windows.faults.clear()  # the browser itself speaks of the line that was cut and the session that ended


def test_a_line_number_lights_its_line(preview: Upload) -> None:
    page = preview()

    page.locator("#item-1 dd", has_text="乙县人民政府").get_by_role("link", name="原文第11行").click()

    line = page.locator("#line-1-11")
    expect(line).to_have_text("责任单位：乙县人民政府")
    expect(line).to_have_class("lit")
    expect(line).to_be_in_viewport()


def test_every_act_works_without_scripts_and_saves_what_was_typed(preview: Upload) -> None:
    page = preview(PHONE, java_script_enabled=False)
    page.locator(".question", has_text="三个月内").get_by_label("或填写").fill("2026-09-30")

    page.get_by_role("button", name="修改问题一第1条措施").click()
    page.get_by_role("textbox", name="内容", exact=True).fill("建设管网12公里。\n\n改造泵站2座。")
    page.get_by_role("button", name="按空行拆成几条措施").click()
    expect(page.locator(".plan-bar")).to_contain_text("3 项问题 · 5 条措施 · 1 处待确认")
    page.locator("#item-0-1").get_by_text("调整").click()
    page.locator("#item-0-1").get_by_role("button", name="并入前一条措施").click()
    expect(page.locator(".plan-bar")).to_contain_text("4 条措施")
    page.get_by_role("button", name="撤销：问题一第2条措施并入前一项").click()

    expect(page.locator(".plan-bar")).to_contain_text("3 项问题 · 5 条措施 · 1 处待确认")
    assert said(page)[:2] == ["建设管网12公里。", "改造泵站2座。"]
    expect(page.locator(".question", has_text="三个月内").get_by_label("或填写")).to_have_value("2026-09-30")


@pytest.mark.parametrize("javascript", [True, False])
def test_other_sheets_of_a_workbook_are_chosen_and_taken_back(
    site: Site, windows: Windows, cast: Cast, tmp_path: Path, javascript: bool
) -> None:
    path = tmp_path / "台账.xlsx"
    path.write_bytes(workbook(*SEVERAL, hidden=("旧稿",)))
    cookie = site.open_session(cast.users["office"], NOW)
    page = windows.open(site, PHONE, cookie=cookie, java_script_enabled=javascript)
    page.goto("/plans")
    page.get_by_label("方案或台账文件").set_input_files(path)
    page.get_by_role("button", name="上传并预览").click()
    expect(page.locator("#sheets")).to_contain_text("旧稿 隐藏 3行 · 没有选，没有读取")
    page.get_by_label("批次名称").fill("市级督察")

    page.get_by_role("button", name="选择要读取的工作表").click()
    page.get_by_label("中央督察").uncheck()
    page.get_by_label("旧稿").check()
    if javascript:  # both run in the page
        assert barriers(page) == [] and widest(page) <= 0
    page.get_by_role("button", name="重新读取").click()

    expect(page.locator(".draft-piece")).to_have_count(2)
    expect(page.locator("#contents")).to_contain_text("扬尘。")
    expect(page.get_by_label("批次名称")).to_have_value("市级督察")

    page.get_by_role("button", name="撤销：改为读取工作表").click()

    expect(page.locator("#contents")).to_contain_text("污水直排。")
    expect(page.locator("#sheets")).to_contain_text("旧稿 隐藏 3行 · 没有选，没有读取")


def test_a_printed_preview_has_no_bar_over_its_text(preview: Upload) -> None:
    page = preview()

    page.emulate_media(media="print")

    expect(page.locator(".plan-buttons")).to_be_hidden()
    expect(page.locator("div.plan-bar, p.plan-bar").first).to_have_css("position", "static")
    expect(page.locator("#item-0")).to_be_visible()
