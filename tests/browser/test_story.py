"""The story of a plan in a browser: uploaded, matched, imported, worked on, returned, accepted, late, mailed, counted."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import jobs, models
from rectify.settings import MailServer
from tests import factories
from tests.browser.conftest import Clock, Site, Windows, serving
from tests.conftest import Cast
from tests.support import mailserver, scene
from tests.support.browser import DESK, PHONE

OWN_PASSWORD = "Bluebird-Morning-77"
PLAN = Path(__file__).parent.parent / "fixtures" / "plans" / "province_label_per_line.docx"


def beijing(month: int, day: int, hour: int) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=dt.UTC) - dt.timedelta(hours=8)


@pytest.fixture
def mailbox() -> Iterator[mailserver.MailServer]:
    with mailserver.serve() as server:
        yield server


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The story begins on a Monday, 2026-06-15, at ten in the morning."""
    made = Clock(beijing(6, 15, 10))
    yield made
    made.stop()


@pytest.fixture
def site(database_url: str, tmp_path: Path, clock: Clock, mailbox: mailserver.MailServer) -> Iterator[Site]:
    mail = MailServer("smtp", host="127.0.0.1", port=mailbox.port, tls="off")
    with serving(database_url, tmp_path / "data", mail) as made:
        yield made


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo as a phone takes it."""
    path = tmp_path / "现场.jpg"
    made = io.BytesIO()
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(made, "JPEG")
    path.write_bytes(made.getvalue())
    return path


SignIn = Callable[..., None]


def the_office_imports_the_plan(office: Page) -> None:
    office.get_by_role("navigation").get_by_role("link", name="方案导入").click()
    office.get_by_label("方案或台账文件").set_input_files(PLAN)
    office.get_by_role("button", name="上传并预览").click()
    expect(office.get_by_role("heading", name="核对方案")).to_be_visible()
    expect(office.locator(".plan-bar")).to_contain_text("3 项问题 · 7 条措施 · 1 处待确认")

    question = office.locator(".question", has_text="完成排查建档")
    question.get_by_label("答复").select_option(label="1. 对全省砂石料场逐处核查，建立问题台账。")
    office.get_by_label("批次名称").fill("省级生态环境保护督察")
    office.get_by_label("“南屏县党委和人民政府”对应的单位").fill("甲县人民政府")
    office.on("dialog", lambda dialog: dialog.accept())
    office.get_by_role("button", name="导入台账").click()

    expect(office.get_by_role("heading", name="省级生态环境保护督察")).to_be_visible()
    expect(office.get_by_role("status")).to_contain_text("已导入：3项问题、7条措施。")


def the_administrator_gives_an_account(admin: Page, name: str, role: str, unit: str) -> str:
    """The temporary password, which the page shows once."""
    admin.goto("/admin/users")
    admin.get_by_role("link", name="新建账号").click()
    admin.get_by_label("用户名").fill(name)
    admin.get_by_label("角色").select_option(label=role)
    admin.get_by_label("单位", exact=False).and_(admin.locator("select[multiple]")).select_option(label=unit)
    admin.get_by_label("工作邮箱").fill(f"{name}@example.cn")
    admin.get_by_role("button", name="保存").click()
    expect(admin.get_by_role("heading", name="临时密码")).to_be_visible()
    return admin.locator("#secret").inner_text()


def comes_in_for_the_first_time(page: Page, sign_in_as: SignIn, name: str, temporary: str) -> None:
    sign_in_as(page, name, temporary)
    expect(page.get_by_role("heading", name="修改密码")).to_be_visible()
    page.get_by_label("原密码").fill(temporary)
    page.get_by_label("新密码", exact=True).fill(OWN_PASSWORD)
    page.get_by_label("再输入一次").fill(OWN_PASSWORD)
    page.get_by_role("button", name="修改密码").click()
    page.wait_for_url(lambda url: "password" not in url)


def the_clerk_submits(phone: Page, text: str, photo: Path | None) -> None:
    phone.get_by_label("完成情况说明").fill(text)
    if photo is not None:
        phone.get_by_label("现场拍照").set_input_files(photo)
    phone.get_by_role("button", name="提交申报").click()
    expect(phone.get_by_role("status")).to_contain_text("已申报完成，等待认定。")


def test_a_plan_is_imported_worked_on_returned_accepted_mailed_about_and_counted(
    site: Site, windows: Windows, sign_in_as: SignIn, clock: Clock, mailbox: mailserver.MailServer, photo: Path
) -> None:
    office = windows.open(site, DESK)
    sign_in_as(office, "office")
    the_office_imports_the_plan(office)

    admin = windows.open(site, DESK)
    sign_in_as(admin, "admin")
    for_clerk = the_administrator_gives_an_account(admin, "shenghj", "单位填报员", "省生态环境厅")
    for_decider = the_administrator_gives_an_account(admin, "shengzr", "督导验收", "省自然资源厅")

    phone = windows.open(site, PHONE)
    comes_in_for_the_first_time(phone, sign_in_as, "shenghj", for_clerk)
    phone.goto("/my")
    phone.get_by_role("link", name="对全省砂石料场逐处核查").click()
    phone.get_by_role("link", name="申报完成").click()
    the_clerk_submits(phone, "已逐处核查，建成台账。", photo)

    decider = windows.open(site, DESK)
    comes_in_for_the_first_time(decider, sign_in_as, "shengzr", for_decider)
    decider.goto("/queue")
    decider.get_by_role("table", name="待认定").get_by_role("link", name="对全省砂石料场逐处核查").click()
    picture = decider.get_by_role("img", name="现场.jpg")
    picture.scroll_into_view_if_needed()
    decider.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
    decider.get_by_label("原因").fill("缺少西岭市的核查记录，请补充。")
    decider.get_by_role("button", name="退回").click()
    expect(decider.get_by_role("status")).to_contain_text("措施十一-1的申报已退回。")

    phone.goto("/my")
    expect(phone.get_by_text("缺少西岭市的核查记录，请补充。")).to_be_visible()
    phone.get_by_role("link", name="重新申报").click()
    expect(phone.get_by_text("缺少西岭市的核查记录，请补充。")).to_be_visible()
    the_clerk_submits(phone, "已补充西岭市的核查记录。", None)

    clock.set(beijing(6, 16, 9))
    sign_in_as(decider, "shengzr", OWN_PASSWORD)  # a night ends a session
    decider.goto("/queue")
    decider.get_by_role("table", name="待认定").get_by_role("link", name="对全省砂石料场逐处核查").click()
    decider.get_by_role("button", name="认定为已完成").click()
    expect(decider.get_by_role("status")).to_contain_text("措施十一-1已认定为已完成。")

    clock.set(beijing(7, 1, 9))  # the deadline of the other two, 2026-06-30, has passed
    for job in ("judge", "remind", "post"):
        jobs.run_job(site.app, job)

    letters = {received.to: received.message for received in mailbox.received}
    letter = letters["shenghj@example.cn"]
    assert letter["Subject"].startswith("【整改提醒】2条措施超期")
    assert letter["Subject"].endswith("（2026年7月1日）")
    text = letter.get_body(("plain",)).get_content()
    assert "对废弃料堆覆土复绿" in text and "超期1天]" in text and "整改时限：2026-06-30" in text
    assert "对全省砂石料场逐处核查" not in text, "what is done is not spoken of"
    assert letters["shengzr@example.cn"]["Subject"].startswith("【整改提醒】2条措施超期"), "whoever accepts is told"

    link = re.search(r"对废弃料堆覆土复绿.*?(http\S+)", text, re.DOTALL)
    assert link is not None and link[1].startswith(site.url)
    sign_in_as(phone, "shenghj", OWN_PASSWORD)
    phone.goto(link[1])
    expect(phone.get_by_text("超期1天").first).to_be_visible()

    leader = windows.open(site, DESK)
    sign_in_as(leader, "leader")
    sums = leader.locator(".sums", has_text="条措施")
    expect(sums).to_contain_text("7 条措施，完成 1，完成率 14.3%")
    sums.get_by_role("link", name="完成 1", exact=True).click()
    expect(leader.get_by_role("heading", name="台账")).to_be_visible()
    rows = leader.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("对全省砂石料场逐处核查")


def test_the_main_acts_work_without_scripts(site: Site, windows: Windows, session: Session, cast: Cast) -> None:
    issue = factories.make_issue(session, factories.make_inspection(session))
    units = cast.units
    factories.make_measure(session, issue, lead=units["unit_a"], supervising=[units["supervisor"]])
    session.commit()
    now = beijing(6, 15, 10)
    clerk = windows.open(site, PHONE, java_script_enabled=False, cookie=site.open_session(cast.users["unit_a"], now))
    clerk.goto("/my")
    clerk.get_by_role("link", name="新建污水管网").click()
    clerk.get_by_role("link", name="填报进展").click()
    clerk.get_by_label("正在推进").check()
    clerk.get_by_role("textbox", name="进展情况").fill("已敷设管网3公里。")
    clerk.get_by_role("button", name="提交填报").click()
    expect(clerk.get_by_role("status")).to_contain_text("进展已填报。")
    expect(clerk.get_by_text("已敷设管网3公里。")).to_be_visible()

    clerk.get_by_role("link", name="申报完成").click()
    clerk.get_by_role("button", name="提交申报").click()
    expect(clerk.get_by_role("alert")).to_contain_text("请填写完成情况说明。")
    clerk.get_by_role("textbox", name="完成情况说明").fill("12公里全部完工。")
    clerk.get_by_role("button", name="提交申报").click()
    expect(clerk.get_by_role("status")).to_contain_text("已申报完成，等待认定。")

    clerk.get_by_text("导航").click()
    clerk.get_by_role("navigation", name="主导航").get_by_role("link", name="台账").click()
    clerk.get_by_label("范围").select_option(label="未完成")
    clerk.get_by_role("button", name="筛选").click()
    expect(clerk.locator("tbody tr")).to_have_count(1)

    cookie = site.open_session(cast.users["supervisor"], now)
    decider = windows.open(site, DESK, java_script_enabled=False, cookie=cookie)
    decider.goto("/queue")
    decider.get_by_role("link", name="新建污水管网").click()
    decider.get_by_role("button", name="认定为已完成").click()
    expect(decider.get_by_role("status")).to_contain_text("已认定为已完成。")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_report_is_released_stays_as_it_was_and_the_next_tells_the_difference(
    site: Site, windows: Windows, session: Session, cast: Cast, size: ViewportSize
) -> None:
    scene.every_verdict(session, cast.units["unit_a"])
    late_id = session.scalars(select(models.Measure.id).where(models.Measure.text == "今年超期的措施")).one()
    session.commit()
    office = windows.open(site, size, cookie=site.open_session(cast.users["office"], beijing(6, 15, 10)))
    office.goto("/reports")
    office.get_by_role("link", name="核对并发布").click()
    expect(office.get_by_text("发布前检查已通过")).to_be_visible()
    office.get_by_label("补充文字").fill("下一步，压实责任。\n请各单位抓紧整改。")
    office.get_by_role("button", name="发布").click()
    expect(office.get_by_role("heading", name="整改工作情况报告 2026年第1期")).to_be_visible()
    office.wait_for_load_state()  # with its style, by which the text has its lines
    first, text = office.url, office.locator(".printed").inner_text()
    assert "超期的2条为：" in text and "下一步，压实责任。\n请各单位抓紧整改。" in text
    assert office.evaluate("document.documentElement.scrollWidth") == size["width"]

    scene.accepted(session, session.get_one(models.Measure, late_id), dt.date(2026, 6, 15))
    session.commit()
    office.goto("/reports/release")
    expect(office.get_by_role("heading", name="与同一截止日已发布的报告不同的数字")).to_be_visible()
    office.get_by_role("button", name="发布").click()
    expect(office.get_by_role("alert").first).to_contain_text("请在“说明”中写明原因")
    office.get_by_label("说明", exact=False).last.fill("当日认定一条。")
    office.get_by_role("button", name="发布").click()
    expect(office.get_by_role("heading", name="整改工作情况报告 2026年第2期")).to_be_visible()
    changed = office.locator("main table", has_text="今年超期的措施").last
    expect(changed).to_contain_text("已完成")
    assert office.evaluate("document.documentElement.scrollWidth") == size["width"]

    office.goto(first)
    assert office.locator(".printed").inner_text() == text
