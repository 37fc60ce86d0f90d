"""The sheets of a workbook chosen before its import: told, read again from the kept file, and taken back."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from flask_babel import force_locale, gettext
from sqlalchemy import select

from rectify import models
from tests.reading.test_sheets import HEAD, SEVERAL, TITLE, row, workbook
from tests.web.test_office_plan_edits import act
from tests.web.test_office_plans import filled, soup

BOOK = workbook(*SEVERAL, ("乡镇稿", [["乡镇整改台账"], HEAD[:5], row("露天堆放。")[:5]]), hidden=("旧稿",))
BOXES = {"说明": "0", "中央督察": "1", "省督察": "2", "旧稿": "3", "乡镇稿": "5"}


@pytest.fixture
def office(client):
    return client("office")


@pytest.fixture
def preview(office):
    """The address of the preview of the uploaded workbook."""
    data = {"file": (io.BytesIO(BOOK), "台账.xlsx"), "once": "ab12"}
    return office.post("/plans", data=data, content_type="multipart/form-data").location


@pytest.fixture
def kept(app) -> Path:
    """Where workbooks are kept."""
    return app.config["SETTINGS"].data_dir / "plans"


def choose(office, preview, *names, **more):
    """Tick these sheets alone, on the page as it stands."""
    form = soup(office.get(f"{preview}/sheets"))
    hidden = {one["name"]: one.get("value", "") for one in form.select("main form input[type=hidden]")}
    return office.post(f"{preview}/sheets", data=hidden | {"sheets": [BOXES[name] for name in names]} | more)


def issues(office, preview) -> list[str]:
    pieces = soup(office.get(preview)).select(".draft-piece")
    return [piece.select_one(".draft-item > p").find(string=True).strip() for piece in pieces]


def told(office, preview) -> list[str]:
    rows = soup(office.get(f"{preview}/sheets")).select("#sheets tbody tr")
    return [" ".join(one.get_text(" ", strip=True).split()) for one in rows]


def test_the_preview_names_every_sheet_and_says_which_were_read(office, preview):
    said = [one.get_text(" ", strip=True) for one in soup(office.get(preview)).select("#sheets li")]

    assert said == [
        "说明 2行 · 没有读取",
        "中央督察 3行 · 已读取",
        "省督察 4行 · 已读取",
        "旧稿 隐藏 3行 · 没有选，没有读取",
        "空表 0行 · 没有内容",
        "乡镇稿 3行 · 已读取",
    ]
    assert issues(office, preview) == ["污水直排。", "露天焚烧。", "露天堆放。"]
    assert "扬尘" not in office.get(f"{preview}/source").text


def test_the_chosen_sheets_are_read_and_the_earlier_reading_comes_back(office, preview):
    answer = choose(office, preview, "旧稿", "省督察")

    assert answer.status_code == 302
    assert "已按所选工作表重新读取：2项问题。如不合适，可以撤销。" in office.get(answer.location).text
    assert issues(office, preview) == ["露天焚烧。", "扬尘。"]
    assert told(office, preview)[1] == "中央督察 3 没有选，没有读取"
    assert "撤销：改为读取工作表“省督察、旧稿”" in soup(office.get(preview)).select_one("#plan-bar").get_text()

    act(office, preview, "undo")

    assert issues(office, preview) == ["污水直排。", "露天焚烧。", "露天堆放。"]
    assert told(office, preview)[3] == "旧稿 隐藏 3 没有选，没有读取"

    act(office, preview, "redo")

    assert issues(office, preview) == ["露天焚烧。", "扬尘。"]


def test_changes_by_hand_are_asked_about_first_and_come_back_with_the_draft(office, preview):
    act(office, preview, "drop-0")

    asked = soup(choose(office, preview, "中央督察", "省督察"))

    assert "已手工更正1处" in asked.select_one("#lost").get_text()
    assert [one["value"] for one in asked.select("#sheets input[checked]")] == ["1", "2"]
    assert asked.select_one("button[name=sure]").get_text() == "仍然重新读取"
    assert issues(office, preview) == ["露天焚烧。", "露天堆放。"]  # not read yet

    assert choose(office, preview, "中央督察", "省督察", sure="y").status_code == 302
    assert issues(office, preview) == ["污水直排。", "露天焚烧。"]
    assert not soup(office.get(f"{preview}/sheets")).select("#lost")  # nothing was changed since

    act(office, preview, "undo")
    assert issues(office, preview) == ["露天焚烧。", "露天堆放。"]
    act(office, preview, "undo")
    assert issues(office, preview) == ["污水直排。", "露天焚烧。", "露天堆放。"]


def test_what_was_typed_is_kept_when_the_sheets_are_opened(office, session, preview):
    answer = office.post(preview, data=filled(soup(office.get(preview)), name="省级督察") | {"edit": "sheets"})

    assert answer.location == f"{preview}/sheets"
    choose(office, preview, "省督察")
    assert soup(office.get(preview)).select_one("#name")["value"] == "省级督察"


def test_the_cut_off_day_follows_the_sheets_that_are_read_unless_it_was_typed(office, preview):
    def cut_off() -> str:
        return soup(office.get(preview)).select_one("#as_of")["value"]

    assert cut_off() == "2022-06-30"
    choose(office, preview, "乡镇稿")
    assert cut_off() == ""
    act(office, preview, "undo")
    assert cut_off() == "2022-06-30"

    office.post(preview, data=filled(soup(office.get(preview)), as_of="2022-05-31") | {"action": "save"})
    choose(office, preview, "乡镇稿")
    assert cut_off() == "2022-05-31"


@pytest.mark.parametrize(
    ("names", "sentence"),
    [((), "请至少选择一个工作表。"), (("说明", "中央督察", "省督察", "乡镇稿"), "选择没有变化，没有重新读取。")],
)
def test_a_choice_of_nothing_or_of_the_same_reads_nothing(office, preview, names, sentence):
    answer = choose(office, preview, *names)
    page = office.get(answer.location) if answer.status_code == 302 else answer

    assert sentence in page.text
    assert issues(office, preview) == ["污水直排。", "露天焚烧。", "露天堆放。"]


def test_two_who_choose_at_once_are_told(office, session, preview):
    form = soup(office.get(f"{preview}/sheets"))
    hidden = {one["name"]: one.get("value", "") for one in form.select("main form input[type=hidden]")}
    choose(office, preview, "省督察")

    answer = office.post(f"{preview}/sheets", data=hidden | {"sheets": ["3"]})

    assert answer.status_code == 409 and "他人已修改过这一项" in answer.text
    assert issues(office, preview) == ["露天焚烧。"]


def test_a_file_that_is_gone_is_said_and_nothing_changes(office, preview, kept):
    shutil.rmtree(kept)

    assert "服务器上已没有原文件，不能重新读取。请放弃这份方案，再上传一次。" in choose(office, preview, "省督察").text
    assert issues(office, preview) == ["污水直排。", "露天焚烧。", "露天堆放。"]


def test_the_workbook_is_kept_while_a_plan_waits_and_forgotten_with_the_last_one(office, session, preview, kept):
    def workbooks() -> int:
        return sum(1 for one in kept.rglob("*") if one.is_file())

    again = {"file": (io.BytesIO(BOOK), "再来.xlsx"), "once": "cd34"}
    second = office.post("/plans", data=again, content_type="multipart/form-data").location
    assert workbooks() == 1

    office.post(f"{preview}/drop")
    assert workbooks() == 1
    office.post(f"{second}/drop")
    assert workbooks() == 0


def test_a_workbook_of_one_sheet_is_neither_kept_nor_has_anything_to_choose(office, kept):
    one = workbook(("台账", [TITLE, HEAD, row("污水直排。")]))
    preview = office.post(
        "/plans", data={"file": (io.BytesIO(one), "台账.xlsx"), "once": "ef56"}, content_type="multipart/form-data"
    ).location

    assert not soup(office.get(preview)).select("#sheets")
    assert office.get(f"{preview}/sheets").location == preview
    assert not kept.exists()


def test_the_choice_is_in_the_trail(office, session, preview):
    choose(office, preview, "省督察")

    (entry,) = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "plan.sheets"))
    assert "省督察" in str(entry.details)


def test_why_the_chosen_sheets_are_not_read_is_told_in_the_language_of_the_page(app, office, preview):
    office.post("/language", data={"locale": "en", "next": preview})
    form = soup(office.get(f"{preview}/sheets"))
    hidden = {one["name"]: one.get("value", "") for one in form.select("main form input[type=hidden]")}

    answer = office.post(f"{preview}/sheets", data=hidden | {"sheets": ["4"]})

    with app.test_request_context(), force_locale("en"):
        english = gettext("所选的工作表%(chosen)s里没有内容，请另选。", chosen="“空表”")
    assert english in soup(answer).select_one(".error-summary").get_text()
    assert issues(office, preview) == ["污水直排。", "露天焚烧。", "露天堆放。"]
