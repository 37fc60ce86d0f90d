"""The unit names of a plan before its import: told apart, proposed, expanded, put right, each decided once."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy import select

from rectify import access, ledger, models, reading
from rectify.models import PlanFile
from rectify.web.office import plan_units
from tests import factories
from tests.conftest import AT

COUNTIES = "各县（市、区）党委、政府"
SOME = "有关县（市、区）"
PLAN = f"""甲市贯彻落实省生态环境保护督察反馈意见整改方案

一、城区污水直排问题突出。
牵头单位：市环保局
责任单位：甲县人民政府、{COUNTIES}
整改时限：2026年12月底前
整改措施：
1.建设管网12公里。

二、河道淤积严重。
责任单位：乙县政府、市粮储局、{SOME}
整改时限：2026年12月底前
整改措施：
1.清淤5公里。
"""


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.data, "html.parser")


def filled(page: BeautifulSoup) -> dict[str, str]:
    values = {}
    for one in page.select("#plan-form input, #plan-form select, #plan-form textarea"):
        if one.get("name") and (one.get("type") != "checkbox" or one.get("checked") is not None):
            chosen = one.select_one("option[selected]") or one.select_one("option") if one.name == "select" else one
            values[one["name"]] = chosen.get("value", "")
    return values


def key(printed: str) -> str:
    return plan_units.unit_key(printed)


def row(page: BeautifulSoup, printed: str) -> Tag:
    return next(one for one in page.select("#units tbody tr") if one.th.get_text() == printed)


def told(page: BeautifulSoup, printed: str) -> tuple[str, str]:
    """What the row of a name says: its status, and what it is taken for."""
    found = row(page, printed)
    return found.select("td")[1].get_text(" ", strip=True).split()[0], found.input["value"]


@pytest.fixture
def office(client):
    return client("office")


@pytest.fixture
def keep(session):
    """Puts a text before its import; the address of its preview."""

    def keep_(text: str, name: str = "整改方案.txt") -> str:
        seen = ledger.FileSeen.of(name, text.encode())
        draft = reading.read(text.encode(), name)
        kept = ledger.keep_plan(
            session, name=name, sha256=seen.sha256, size=seen.size, draft=draft, by=access.SYSTEM, at=AT
        )
        kept.form = {"name": name, "level": "provincial", "field": "environment", "kind": "inspection"}
        address = f"/plans/{kept.id}"
        session.commit()
        return address

    return keep_


@pytest.fixture
def preview(keep):
    return keep(PLAN)


def latest(session) -> PlanFile:
    """The plan kept last, read afresh; nothing of the reading stays open, else the next request could not write."""
    session.rollback()
    held = session.scalars(select(PlanFile).order_by(PlanFile.id.desc()).limit(1)).one()
    session.expunge(held)
    session.rollback()
    return held


def choices(session) -> dict[str, object]:
    return latest(session).answers.get("units") or {}


def import_(office, address: str) -> int:
    """Imports a plan as it stands; the id of its inspection."""
    answer = office.post(address, data=filled(soup(office.get(address))) | {"action": "import"})
    assert answer.status_code == 302, soup(answer).select_one(".error-summary, .field-error")
    return int(answer.location.rsplit("/", 1)[1])


def parts(session, inspection_id: int) -> set[tuple[str, str, str]]:
    """(issue, unit, role) of an inspection."""
    query = (
        select(models.Issue.number, models.Unit.name, models.Assignment.role)
        .join(models.Assignment, models.Assignment.issue_id == models.Issue.id)
        .join(models.Unit, models.Unit.id == models.Assignment.unit_id)
        .where(models.Issue.inspection_id == inspection_id)
    )
    found = set(session.execute(query).tuples())
    session.rollback()
    return found


# -- the list ----------------------------------------------------------------------------------------------------------


def test_the_names_are_listed_by_what_is_to_be_done_about_them(office, session, preview, cast):
    session.add(models.UnitAlias(unit_id=cast.units["unit_b"], name="乙县政府"))
    session.commit()

    page = soup(office.get(preview))

    assert told(page, "甲县人民政府") == ("同名", "甲县人民政府")
    assert told(page, "乙县政府") == ("别名", "乙县人民政府")
    assert told(page, "市粮储局") == ("新单位", "")
    assert told(page, COUNTIES) == ("统称", "")
    lists = {
        one.caption.get_text(): [line.th.get_text() for line in one.select("tbody tr")]
        for one in page.select("#units table")
    }
    assert lists == {
        "请核对（3个）": [COUNTIES, "市环保局", SOME],
        "导入时新建（1个）": ["市粮储局"],
        "已识别（2个）": ["乙县政府", "甲县人民政府"],
    }
    assert page.select_one("#units details summary").get_text() == "已识别2个名称"


def test_a_name_says_in_which_parts_it_stands_and_leads_to_the_first(office, keep):
    page = soup(
        office.get(keep("方案\n\n一、甲。\n责任单位：市粮储局\n\n二、乙。\n牵头单位：市粮储局\n责任单位：市民宗局\n"))
    )

    place = row(page, "市粮储局").select("td")[0]

    assert " ".join(place.get_text(" ", strip=True).split()) == "2处： 问题一 等 责任单位 1、牵头单位 1"
    assert place.a["href"].endswith("#item-0")
    assert page.select_one("#item-0") is not None


def test_a_suggestion_is_offered_and_never_taken_by_itself(office, session, preview):
    page = soup(office.get(preview))

    found = row(page, "市环保局")
    assert found.input["value"] == "" and "建议：市生态环境局" in found.get_text()
    inspection = import_(office, preview)

    assert ("一", "市环保局", "lead") in parts(session, inspection)


def test_one_button_adopts_a_suggestion_and_keeps_what_else_was_typed(office, session, preview, cast):
    page = soup(office.get(preview))
    button = row(page, "市环保局").select_one("button[name=adopt]")

    answer = office.post(preview, data=filled(page) | {"team": "一组", button["name"]: button["value"]})

    assert answer.location.endswith(f"{preview}#units")
    again = soup(office.get(preview))
    assert told(again, "市环保局") == ("已选定", "市生态环境局")
    assert again.select_one("#team")["value"] == "一组"
    assert choices(session) == {"市环保局": [cast.units["supervisor"]]}


def test_all_suggestions_that_are_sure_and_alone_are_adopted_at_one_stroke(office, session, keep, cast):
    region = factories.make_region(session, "云岭市")
    session.get_one(models.Unit, cast.units["office"]).region = region
    for name in ("市教育局", "市教育体育局"):
        factories.make_unit(session, name)
    address = keep("方案\n\n一、甲。\n责任单位：市环保局、云岭市生态环境局、市教体委、甲具人民政府、市粮储局\n")
    page = soup(office.get(address))
    assert "采用全部建议（2个）" in page.get_text()
    assert len(row(page, "市教体委").select("button[name=adopt]")) == 2  # equally like: both shown, neither taken

    office.post(address, data=filled(page) | {"adopt": "all"})

    supervisor = [cast.units["supervisor"]]
    assert choices(session) == {"市环保局": supervisor, "云岭市生态环境局": supervisor}


def test_a_name_chosen_once_is_an_alias_in_the_next_plan(office, session, keep, preview):
    office.post(preview, data=filled(soup(office.get(preview))) | {key("市环保局"): "市生态环境局", "action": "save"})
    import_(office, preview)

    page = soup(office.get(keep(PLAN.replace("城区", "老城区").replace("河道", "水库"), "第二份.txt")))

    assert told(page, "市环保局") == ("别名", "市生态环境局")
    assert told(page, "市粮储局") == ("同名", "市粮储局")  # made by the first import


def test_what_is_only_shown_is_no_choice(office, session, preview):
    office.post(preview, data=filled(soup(office.get(preview))) | {"action": "save"})

    assert choices(session) == {}


def test_an_emptied_field_makes_a_known_name_a_unit_of_its_own(office, session, preview, cast):
    session.add(models.UnitAlias(unit_id=cast.units["unit_b"], name="乙县政府"))
    session.commit()

    for _again in range(2):
        office.post(preview, data=filled(soup(office.get(preview))) | {key("乙县政府"): "", "action": "save"})
        assert told(soup(office.get(preview)), "乙县政府") == ("按原文", "")

    assert ("二", "乙县政府", "responsible") in parts(session, import_(office, preview))


def test_several_units_are_typed_with_a_semicolon_between(office, session, preview, cast):
    typed = {key(COUNTIES): "甲县人民政府；乙县人民政府", "action": "save"}
    office.post(preview, data=filled(soup(office.get(preview))) | typed)

    assert choices(session) == {COUNTIES: [cast.units["unit_a"], cast.units["unit_b"]]}
    assert told(soup(office.get(preview)), COUNTIES) == ("已选定", "甲县人民政府；乙县人民政府")


def test_a_unit_that_nobody_knows_is_refused_at_its_row(office, session, preview):
    typed = {key(COUNTIES): "甲县人民政府；无此单位", key("市环保局"): "市生态环境局", "action": "import"}
    page = soup(office.post(preview, data=filled(soup(office.get(preview))) | typed))

    first = page.select_one("#units tbody tr")
    assert first.th.get_text() == COUNTIES and first.input["value"] == "甲县人民政府；无此单位"
    assert "没有名为“无此单位”的单位" in first.select_one(".field-error").get_text()
    assert told(page, "市环保局") == ("已选定", "市生态环境局")  # what could be used is kept
    assert session.scalars(select(models.Inspection)).all() == []


def test_more_names_than_a_page_holds_are_counted_and_those_to_look_at_come_first(office, keep, monkeypatch):
    monkeypatch.setattr(plan_units, "UNITS_A_PAGE", 4)

    page = soup(office.get(keep(PLAN)))

    shown = [one.th.get_text() for one in page.select("#units tbody tr")]
    assert shown == ["乙县政府", COUNTIES, "市环保局", SOME]
    assert "还有2个名称没有列出" in page.select_one("#units").get_text()


# -- one name ----------------------------------------------------------------------------------------------------------


def opened(office, preview: str, printed: str) -> tuple[str, BeautifulSoup]:
    """The page of a name, reached by the button of its row."""
    page = soup(office.get(preview))
    button = row(page, printed).select_one("button[name=unit]")
    answer = office.post(preview, data=filled(page) | {button["name"]: button["value"]})
    assert answer.status_code == 302
    return answer.location, soup(office.get(answer.location))


def ticks(page: BeautifulSoup) -> dict[str, bool]:
    return {one.label.get_text(): one.input.get("checked") is not None for one in page.select("#members .form-check")}


def send(office, address: str, page: BeautifulSoup, action: str, **values: object):
    version = page.select_one("[name=version]")["value"]
    return office.post(address, data={"version": version, "action": action, **values})


def test_a_collective_name_is_expanded_over_the_regions_and_confirmed_once(office, session, keep, preview, cast):
    address, page = opened(office, preview, COUNTIES)
    assert ticks(page) == {"甲县人民政府": True, "乙县人民政府": True}
    both = [cast.units["unit_a"], cast.units["unit_b"]]

    answer = send(office, address, page, "choose", members=both)

    assert "对应2个单位：甲县人民政府、乙县人民政府" in office.get(answer.location).text
    assert "2个单位" in row(soup(office.get(preview)), COUNTIES).get_text()
    found = parts(session, import_(office, preview))
    assert {name for number, name, role in found if (number, role) == ("一", "responsible")} == {
        "甲县人民政府",
        "乙县人民政府",
    }
    again = soup(office.get(keep(PLAN.replace("城区", "老城区").replace("河道", "水库"), "第二份.txt")))
    assert told(again, COUNTIES) == ("别名", "甲县人民政府；乙县人民政府")


def test_members_are_unticked_and_others_named(office, session, preview, cast):
    session.add(models.UnitAlias(unit_id=cast.units["supervisor"], name="环保局"))
    session.commit()
    address, page = opened(office, preview, COUNTIES)

    refused = send(office, address, page, "choose", members=[cast.units["unit_a"]], others="无此单位")
    assert "没有名为“无此单位”的单位" in soup(refused).select_one(".error-summary").get_text()
    assert ticks(soup(refused)) == {"甲县人民政府": True, "乙县人民政府": False}
    assert soup(refused).select_one("#others").get_text(strip=True) == "无此单位"

    send(office, address, page, "choose", members=[cast.units["unit_a"]], others="环保局")
    assert choices(session) == {COUNTIES: [cast.units["unit_a"], cast.units["supervisor"]]}


def test_a_collective_name_may_stay_one_unit_as_printed(office, session, preview):
    address, page = opened(office, preview, COUNTIES)

    send(office, address, page, "own")

    assert choices(session) == {COUNTIES: []}
    assert told(soup(office.get(preview)), COUNTIES)[0] == "按原文"
    assert ("一", COUNTIES, "responsible") in parts(session, import_(office, preview))


def test_nothing_chosen_is_refused(office, session, preview):
    address, page = opened(office, preview, COUNTIES)

    refused = send(office, address, page, "choose")

    assert "请至少选择一个单位" in soup(refused).select_one(".error-summary").get_text()
    assert choices(session) == {}


def test_what_some_counties_are_is_asked_in_every_plan(office, session, keep, preview, cast):
    address, page = opened(office, preview, SOME)
    assert ticks(page) == {"甲县人民政府": False, "乙县人民政府": False}
    assert "只对本方案有效" in page.get_text()

    send(office, address, page, "choose", members=[cast.units["unit_b"]])
    found = parts(session, import_(office, preview))

    assert ("二", "乙县人民政府", "responsible") in found and session.scalars(select(models.UnitAlias)).all() == []
    again = soup(office.get(keep(PLAN.replace("城区", "老城区").replace("河道", "水库"), "第二份.txt")))
    assert told(again, SOME) == ("统称", "")


def test_the_page_of_a_name_shows_where_it_stands(office, preview):
    _address, page = opened(office, preview, "市粮储局")

    place = page.select_one(".plain-list li")
    assert "问题二" in place.a.get_text() and "河道淤积严重" in place.get_text()
    assert place.a["href"].endswith("#item-1")


def test_a_name_that_nobody_printed_is_not_there(office, preview):
    assert office.get(f"{preview}/units/u-000000000000").status_code == 404


def test_a_choice_made_from_an_old_page_is_not_taken(office, session, preview, cast):
    address, page = opened(office, preview, COUNTIES)
    office.post(preview, data=filled(soup(office.get(preview))) | {"team": "二组", "action": "save"})

    answer = send(office, address, page, "choose", members=[cast.units["unit_a"]])

    assert answer.status_code == 409 and "他人已修改过" in answer.text and choices(session) == {}


def test_a_county_that_came_later_is_told_of_at_the_name_that_was_confirmed(office, session, preview, cast):
    counties = [cast.units["unit_a"], cast.units["unit_b"]]
    session.add_all(models.UnitAlias(unit_id=unit_id, name=COUNTIES) for unit_id in counties)
    session.commit()
    assert "按现有地区为" not in row(soup(office.get(preview)), COUNTIES).get_text()

    factories.make_unit(session, "丙县人民政府", region=factories.make_region(session, "丙县"))
    session.commit()

    assert "按现有地区为3个" in row(soup(office.get(preview)), COUNTIES).get_text()
    _address, page = opened(office, preview, COUNTIES)
    assert ticks(page) == {"甲县人民政府": True, "乙县人民政府": True, "丙县人民政府": False}


# -- names that are none -----------------------------------------------------------------------------------------------

DOUBTFUL = """方案

一、城区污水直排。
责任单位：王建国、并建立长效机制、市水利局市财政局、甲县人民政府
"""


@pytest.fixture
def doubtful(keep):
    return keep(DOUBTFUL)


def names(session) -> list[tuple[str, str]]:
    draft = latest(session).draft
    return [(unit["name"], unit["role"]) for unit in draft["issues"][0]["units"]]


def test_a_person_and_a_piece_of_a_sentence_are_marked(office, doubtful):
    page = soup(office.get(doubtful))

    assert "像人名" in row(page, "王建国").get_text() and "改正" in row(page, "王建国").get_text()
    assert "不像单位名称" in row(page, "并建立长效机制").get_text()
    assert row(page, "市水利局市财政局").select(".doubt") == []


@pytest.mark.parametrize(
    ("printed", "action", "typed", "left"),
    [
        ("王建国", "person", "", ("王建国", "person")),
        ("并建立长效机制", "drop", "", None),
        ("市水利局市财政局", "rename", "市水利局\n市财政局", ("市财政局", "responsible")),
    ],
)
def test_a_misread_name_is_put_right(office, session, doubtful, printed, action, typed, left):
    address, page = opened(office, doubtful, printed)

    answer = send(office, address, page, action, names=typed)

    assert answer.status_code == 302
    found = names(session)
    assert (printed, "responsible") not in found and (left is None or left in found)
    assert len(found) == 4 + (action == "rename") - (action == "drop")


def test_a_name_is_put_right_only_where_it_was_written_anew(office, session, doubtful):
    address, page = opened(office, doubtful, "王建国")

    refused = send(office, address, page, "rename", names="王建国")

    assert "请写出“王建国”应为哪些单位" in soup(refused).select_one(".error-summary").get_text()
    assert ("王建国", "responsible") in names(session)


def test_a_name_put_right_is_taken_back_with_the_other_changes(office, session, doubtful):
    address, page = opened(office, doubtful, "并建立长效机制")
    send(office, address, page, "drop")
    page = soup(office.get(doubtful))
    button = page.select_one("button[data-undo]")
    assert "并建立长效机制" in button.get_text()

    office.post(doubtful, data=filled(page) | {button["name"]: button["value"]})

    assert ("并建立长效机制", "responsible") in names(session)
