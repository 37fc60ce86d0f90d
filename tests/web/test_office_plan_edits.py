"""A plan before its import as a work place: put right by buttons and in an item's form, taken back, led to its source."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from rectify import access, ledger, models, reading
from rectify.reading.draft import Unread
from tests.conftest import AT
from tests.web.test_office_plans import filled, soup

PLAN = """甲市贯彻落实督察反馈意见整改方案

一、城区污水直排问题突出。
责任单位：市住建局
整改目标：消除直排。
整改时限：2026年12月底前
整改措施：
1.建设管网12公里，2026年6月底前完成主体工程。
2.改造泵站2座。

二、河道淤积严重。
责任单位：乙县政府
整改时限：三个月内
整改措施：
1.清淤5公里。
2.建立巡查制度。
"""


@pytest.fixture
def office(client):
    return client("office")


@pytest.fixture
def preview(session):
    """A plan that waits for its import, one of its lines unread, and the address of its preview."""
    draft = reading.read(PLAN.encode(), "整改方案.txt")
    draft.source_lines[9] = "附件3"
    draft.unread = [Unread(10, "附件3")]
    kept = ledger.keep_plan(session, name="方案.txt", sha256="5" * 64, size=9, draft=draft, by=access.SYSTEM, at=AT)
    kept.form = {"name": "省级督察", "level": "provincial", "field": "environment", "kind": "inspection"}
    address = f"/plans/{kept.id}"
    session.commit()
    return address


def act(office, preview, name, **typed):
    """Press a button of the page, which sends the whole form."""
    return office.post(preview, data=filled(soup(office.get(preview)), **typed) | {"edit": name})


def read(office, preview) -> list[tuple[str, list[str]]]:
    """What stands on the right of the page."""
    pieces = soup(office.get(preview)).select(".draft-piece")
    numbers = ".from-line, .item-acts, .small-line, .mark, .muted"
    for piece in pieces:
        for one in piece.select(numbers):
            one.decompose()
    return [
        (
            piece.select_one(".draft-item p").get_text(strip=True),
            [measure.p.get_text(strip=True) for measure in piece.select(".draft-measures li")],
        )
        for piece in pieces
    ]


FIRST = ("城区污水直排问题突出。", ["建设管网12公里，2026年6月底前完成主体工程。", "改造泵站2座。"])
SECOND = ("河道淤积严重。", ["清淤5公里。", "建立巡查制度。"])


def test_a_button_changes_the_draft_and_says_what_it_did_and_how_to_go_back(office, preview):
    answer = act(office, preview, "join-1-1")

    assert answer.status_code == 302 and answer.location.endswith("#item-1-0")
    page = soup(office.get(answer.location))
    assert "问题二第2条措施并入前一项。如不合适，可以撤销。" in page.select_one(".flash").get_text()
    assert "撤销：问题二第2条措施并入前一项" in page.select_one("#plan-bar").get_text()
    assert read(office, preview) == [FIRST, (SECOND[0], ["清淤5公里。2.建立巡查制度。"])]


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("demote-1", [(FIRST[0], [*FIRST[1], SECOND[0], *SECOND[1]])]),
        ("lift-0-1", [(FIRST[0], FIRST[1][:1]), (FIRST[1][1], []), SECOND]),
        ("follow-0-0", [(FIRST[0], []), (FIRST[1][0], FIRST[1][1:]), SECOND]),
        ("part-0-1", [(FIRST[0], FIRST[1][:1]), (FIRST[0], FIRST[1][1:]), SECOND]),
        ("up-1-0", [(FIRST[0], [*FIRST[1], SECOND[1][0]]), (SECOND[0], SECOND[1][1:])]),
        ("down-0-1", [(FIRST[0], FIRST[1][:1]), (SECOND[0], [FIRST[1][1], *SECOND[1]])]),
        ("drop-0", [SECOND]),
        ("measure-0-0", [(FIRST[0], [*FIRST[1], "附件3"]), SECOND]),
        ("issue-0", [FIRST, ("附件3", []), SECOND]),
        ("text-0-0-1", [(FIRST[0], [FIRST[1][0], "改造泵站2座。附件3"]), SECOND]),
        ("dismiss-0", [FIRST, SECOND]),
    ],
)
def test_every_button_is_taken_back_and_done_again(office, session, preview, name, then):
    def draft():
        kept = session.scalars(select(models.PlanFile.draft)).one()
        session.rollback()
        return kept

    before = draft()

    assert act(office, preview, name).status_code == 302
    assert read(office, preview) == then

    act(office, preview, "undo")
    assert read(office, preview) == [FIRST, SECOND]
    assert draft() == before

    act(office, preview, "redo")
    assert read(office, preview) == then


def test_what_was_typed_elsewhere_is_kept_when_a_button_is_pressed(office, preview):
    question = soup(office.get(preview)).select_one("#questions select")["name"].replace("choice", "text")

    act(office, preview, "join-1", team="第三督察组", **{question: "2026年8月底前"})

    page = soup(office.get(preview))
    assert page.select_one("#team")["value"] == "第三督察组"
    assert page.select_one(f"[name={question}]")["value"] == "2026年8月底前", "the question went with its issue"
    act(office, preview, "undo")
    assert soup(office.get(preview)).select_one(f"[name={question}]")["value"] == "2026年8月底前"


def test_an_answer_that_cannot_be_used_does_not_stop_a_button_and_is_shown_at_its_question(office, preview):
    question = soup(office.get(preview)).select_one("#questions select")["name"].replace("choice", "text")

    answer = act(office, preview, "drop-0-1", **{question: "下雪以前"})

    page = soup(answer)
    assert "不是可用的时限" in page.select_one(".question .field-error").get_text()
    assert page.select_one(f"[name={question}]")["value"] == "下雪以前"
    assert read(office, preview)[0] == (FIRST[0], FIRST[1][:1])


def test_a_script_sends_the_act_alone_and_what_was_saved_before_stays(office, preview):
    act(office, preview, "dismiss-0", team="第三督察组")
    version = soup(office.get(preview)).select_one("#plan-form [name=version]")["value"]

    answer = office.post(preview, data={"edit": "join-1", "version": version})

    assert answer.status_code == 302
    assert soup(office.get(preview)).select_one("#team")["value"] == "第三督察组"


@pytest.mark.parametrize("script", [True, False])
def test_a_button_of_a_page_that_somebody_changed_meanwhile_does_nothing(office, preview, script):
    old = filled(soup(office.get(preview)))
    act(office, preview, "drop-0")

    sent = {"edit": "drop-0", "version": old["version"]} if script else old | {"edit": "drop-0"}
    answer = office.post(preview, data=sent)

    assert answer.status_code == 409 and "他人已修改过" in answer.text
    assert read(office, preview) == [SECOND]


def test_what_cannot_be_done_is_told_in_one_sentence(office, preview):
    answer = act(office, preview, "join-0")

    assert answer.status_code == 200
    assert "前面没有可以合并的内容" in soup(answer).select_one(".error-summary").get_text()
    assert "没有可以撤销或重做的修改" in act(office, preview, "undo").text
    assert read(office, preview) == [FIRST, SECOND]


@pytest.mark.parametrize(
    "name", ["join", "join-", "join-9", "join-0-9", "move-1", "open-9", "redo", "text-0", "①", "x" * 99]
)
def test_no_button_that_is_not_there_breaks_the_page(office, preview, name):
    assert act(office, preview, name).status_code in (200, 302, 404)
    assert read(office, preview) == [FIRST, SECOND]


def test_the_button_that_opens_an_item_saves_what_was_typed_first(office, preview):
    answer = act(office, preview, "open-1-0", team="第三督察组")

    assert answer.location == f"{preview}/issues/1/measures/0"
    assert soup(office.get(preview)).select_one("#team")["value"] == "第三督察组"


# -- an item's form ----------------------------------------------------------------------------------------------------


def fields(page) -> dict[str, str]:
    """What an item's form would send."""
    return {
        one["name"]: one.get("value", "") if one.name == "input" else (one.get_text() or "").removeprefix("\r\n")
        for one in page.select("[data-item-form] input, [data-item-form] textarea")
    }


def test_every_field_of_an_issue_is_put_right(office, preview):
    address = f"{preview}/issues/0"
    typed = fields(soup(office.get(address)))
    assert typed["units"] == "市住建局" and typed["milestones"] == "2026-06-30 完成主体工程"

    answer = office.post(
        address,
        data=typed
        | {
            "number": "1",
            "upper_number": "27",
            "category": "水污染防治",
            "goal": "全面消除直排。",
            "deadline": "2027年3月底前",
            "units": "市住建局（牵头）；甲县、丙县人民政府（配合）",
            "milestones": "2026-08-31 完成主体工程",
        },
    )

    assert answer.location.endswith("#item-0")
    said = soup(office.get(answer.location)).select_one("#issue-0 .panel").get_text(" ", strip=True)
    for part in ("上级编号27", "水污染防治", "全面消除直排", "2027-03-31", "2026-08-31 完成主体工程"):
        assert part in said
    assert "丙县人民政府" in said and "（牵头单位）" in said and "（配合单位）" in said
    assert "撤销：修改问题一" in soup(office.get(preview)).select_one("#plan-bar").get_text()


def test_the_state_that_a_milestone_asks_for_is_typed_shown_and_kept(office, preview):
    address = f"{preview}/issues/0"
    typed = fields(soup(office.get(address))) | {"milestones": "2026-06-30 【基本完成】完成主体工程"}

    answer = office.post(address, data=typed)
    said = soup(office.get(answer.location)).select_one("#issue-0 .panel").get_text(" ", strip=True)

    assert "2026-06-30 完成主体工程 届时应为基本完成" in said
    assert fields(soup(office.get(address)))["milestones"] == "2026-06-30 【基本完成】完成主体工程"


def test_a_text_is_divided_at_a_blank_line_in_the_form(office, preview):
    address = f"{preview}/issues/1/measures/0"
    typed = fields(soup(office.get(address))) | {"text": "清淤5公里。\r\n\r\n（2）修堤2公里。", "action": "split"}

    assert office.post(address, data=typed).status_code == 302

    assert read(office, preview) == [FIRST, (SECOND[0], ["清淤5公里。", "修堤2公里。", "建立巡查制度。"])]
    act(office, preview, "undo")
    assert read(office, preview) == [FIRST, SECOND], "text and division are one step"


def test_a_text_without_a_place_to_divide_comes_back_as_typed(office, preview):
    address = f"{preview}/issues/1"
    typed = fields(soup(office.get(address))) | {"text": "河道淤积，行洪不畅。", "action": "measures"}

    page = soup(office.post(address, data=typed))

    assert "请在要拆开的地方空一行" in page.select_one(".error-summary").get_text()
    assert fields(page)["text"] == "河道淤积，行洪不畅。"
    assert read(office, preview) == [FIRST, SECOND]


def test_two_who_change_the_same_item_are_told_and_nothing_typed_is_lost(office, preview):
    address = f"{preview}/issues/0"
    typed = fields(soup(office.get(address)))
    act(office, preview, "dismiss-0", team="一组")  # something else was saved meanwhile: no conflict
    office.post(address, data=typed | {"text": "污水直排。"})

    answer = office.post(address, data=typed | {"text": "生活污水直排。"})

    assert answer.status_code == 409
    page = soup(answer)
    assert fields(page)["text"] == "生活污水直排。" and "现在保存的是：污水直排。" in page.get_text()
    assert office.post(address, data=fields(page)).status_code == 302
    assert read(office, preview)[0][0] == "生活污水直排。"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("text", "", "请填写内容"),
        ("deadline", "汛期前", "没有具体日期"),
        ("milestones", "入冬前完工", "应为日期、空格、内容"),
    ],
)
def test_a_field_that_cannot_be_used_comes_back_with_all_that_was_typed(office, preview, field, value, sentence):
    address = f"{preview}/issues/0"
    typed = fields(soup(office.get(address))) | {"goal": "另一个目标。", field: value}

    page = soup(office.post(address, data=typed))

    assert sentence in page.select_one(".error-summary").get_text()
    assert fields(page)["goal"] == "另一个目标。" and fields(page)[field] == value
    assert read(office, preview) == [FIRST, SECOND]


# -- the source --------------------------------------------------------------------------------------------------------


def test_each_field_leads_to_the_line_it_was_read_from(office, preview):
    page = soup(office.get(preview))

    lines = {}
    for link in page.select("#issue-0 .from-line"):
        target = page.select_one(link["href"])
        lines[link.parent.get_text(" ", strip=True)[:4]] = target.get_text()
    assert lines == {
        "城区污水": "一、城区污水直排问题突出。",
        "消除直排": "整改目标：消除直排。",
        "2026": "整改时限：2026年12月底前",
        "市住建局": "责任单位：市住建局",
        "1 建设": "1.建设管网12公里，2026年6月底前完成主体工程。",
        "2 改造": "2.改造泵站2座。",
    } | {"2026": lines["2026"]}
    assert lines["2026"] in ("整改时限：2026年12月底前", "1.建设管网12公里，2026年6月底前完成主体工程。")


def test_the_whole_source_is_a_page_that_marks_what_became_of_its_lines(office, preview):
    page = soup(office.get(f"{preview}/source"))

    lines = {int(one["value"]): one for one in page.select(".whole-source li")}
    assert len(lines) == 15
    assert lines[3].a["href"].endswith("#item-0") and "问题一" in lines[3].get_text()
    assert "未读懂" in lines[10].get_text() and lines[4].a is None


def test_the_questions_say_how_many_are_left_and_show_their_line(office, preview):
    page = soup(office.get(preview))
    (question,) = page.select(".question")
    assert "已答复0处，共1处" in page.select_one(".question-progress").get_text()
    assert "整改时限：三个月内" in question.select_one(".question-source").get_text()

    act(office, preview, "dismiss-0", **{question.select_one("select")["name"]: "长期坚持"})

    page = soup(office.get(preview))
    assert "已答复1处，共1处" in page.select_one(".question-progress").get_text()
    assert page.select_one(".question.answered")


def test_the_undo_of_an_imported_plan_is_gone_with_its_preview(office, session, preview):
    act(office, preview, "join-1")

    done = office.post(preview, data=filled(soup(office.get(preview))) | {"action": "import"})

    assert done.status_code == 302
    assert session.scalars(select(models.Issue.text)).all() == ["城区污水直排问题突出。二、河道淤积严重。"]
    session.rollback()
    assert office.post(preview, data={"edit": "undo"}).location == done.location
    assert office.get(f"{preview}/source").status_code == 200
