"""Units and regions, one by one and from a sheet."""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale, gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, models
from rectify.access import places
from rectify.access.places import UnitLine
from rectify.web.admin import sheet
from tests import factories
from tests.conftest import AT, Cast

Client = Callable[..., FlaskClient]


def book(rows: Sequence[Sequence[str]], head: Sequence[str] = ("名称", "上级单位", "地区", "别名")) -> io.BytesIO:
    made = io.BytesIO()
    written = xlsxwriter.Workbook(made, {"in_memory": True})
    page = written.add_worksheet()
    for at, row in enumerate([head, *rows]):
        for column, text in enumerate(row):
            page.write_string(at, column, text)
    written.close()
    made.seek(0)
    return made


def send(browser: FlaskClient, file: io.BytesIO, name: str = "单位.xlsx") -> Any:
    return browser.post("/admin/units/sheet", data={"file": (file, name)})


def names(session: Session) -> set[str]:
    found = set(session.scalars(select(models.Unit.name)))
    session.rollback()
    return found


def unit_named(session: Session, name: str) -> models.Unit:
    session.rollback()
    return session.scalars(select(models.Unit).where(models.Unit.name == name)).one()


def fields_of(unit: models.Unit, **changes: Any) -> dict[str, Any]:
    fields = {
        "name": unit.name,
        "parent": str(unit.parent_id or 0),
        "region": str(unit.region_id or 0),
        "aliases": "",
        "sort": str(unit.sort),
        "version": str(unit.version),
        **({"is_office": "y"} if unit.is_office else {}),
        **({"active": "y"} if unit.active else {}),
        **changes,
    }
    return {key: value for key, value in fields.items() if value is not None}


@pytest.mark.parametrize("who", ["admin", "office"])
def test_a_unit_is_added_with_its_other_names(client: Client, session: Session, cast: Cast, who: str) -> None:
    answer = client(who).post(
        "/admin/units/new",
        data={
            "name": " 甲县 水利局 ",
            "parent": cast.units["unit_a"],
            "region": "0",
            "aliases": "县水利局、水利局\n水务局",
            "active": "y",
            "sort": "5",
        },
    )

    assert answer.location == "/admin/units"
    unit = unit_named(session, "甲县 水利局")
    assert unit.parent_id == cast.units["unit_a"]
    assert places.aliases_of(session, [unit.id])[unit.id] == ["县水利局", "水利局", "水务局"]
    session.rollback()
    page = client(who).get("/admin/units").get_data(as_text=True)
    assert page.index("甲县人民政府") < page.index("甲县 水利局") < page.index("乙县人民政府")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "请填写单位名称"),
        ({"name": "\u200b "}, "请填写单位名称"),
        ({"name": "甲县人民政府"}, "已是单位“甲县人民政府”的名称或别名"),
        ({"aliases": "乙县人民政府"}, "已是单位“乙县人民政府”的名称或别名"),
        ({"parent": "999999"}, "所选上级单位不存在"),
        ({"parent": str(2**63)}, "所选上级单位不存在"),
        ({"region": "999999"}, "所选地区不存在"),
        ({"name": "长" * 201}, "不超过200个字"),
        ({"sort": "①"}, "序号"),
        ({"sort": "-1"}, "序号应为0到999999"),
    ],
)
def test_a_refused_unit_says_why_and_makes_nothing(
    client: Client, session: Session, fields: dict[str, str], sentence: str
) -> None:
    before = names(session)
    typed = {"name": "丙县人民政府", "parent": "0", "region": "0", "aliases": "", "active": "y", "sort": "0", **fields}

    answer = client("admin").post("/admin/units/new", data=typed)

    assert answer.status_code == 200 and sentence in answer.get_data(as_text=True)
    assert names(session) == before


def test_a_unit_cannot_be_below_itself(client: Client, session: Session, cast: Cast) -> None:
    child = factories.make_unit(session, "甲县水利局", parent=session.get(models.Unit, cast.units["unit_a"]))
    session.commit()
    child_id = child.id
    above = unit_named(session, "甲县人民政府")
    fields = fields_of(above, parent=str(child_id))
    session.rollback()

    page = client("admin").post(f"/admin/units/{cast.units['unit_a']}", data=fields).get_data(as_text=True)

    assert "不能是它自己或它的下级单位" in page


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("甲县人民政府", {"active": None}, "还有在用的账号"),
        ("市整改办", {"is_office": None}, "须保留一个整改办"),
        ("市整改办", {"active": None}, "须保留一个整改办"),
    ],
)
def test_what_would_leave_people_or_decisions_without_a_unit_is_refused(
    client: Client, session: Session, name: str, changes: dict[str, Any], sentence: str
) -> None:
    unit = unit_named(session, name)
    fields, unit_id = fields_of(unit, **changes), unit.id
    session.rollback()

    assert sentence in client("admin").post(f"/admin/units/{unit_id}", data=fields).get_data(as_text=True)


def test_moving_a_unit_moves_what_its_new_superior_sees_at_once(
    client: Client, session: Session, cast: Cast, person: Callable[[str], access.Person]
) -> None:
    unit = unit_named(session, "乙县人民政府")
    fields = fields_of(unit, parent=str(cast.units["unit_a"]))
    session.rollback()

    client("office").post(f"/admin/units/{cast.units['unit_b']}", data=fields)

    assert person("unit_a").tree_ids == {cast.units["unit_a"], cast.units["unit_b"]}
    assert person("unit_a").unit_ids == {cast.units["unit_a"]}


def test_an_overtaken_form_of_a_unit_answers_409(client: Client, session: Session, cast: Cast) -> None:
    path, unit = f"/admin/units/{cast.units['unit_a']}", unit_named(session, "甲县人民政府")
    first, second = fields_of(unit, aliases="甲县政府"), fields_of(unit, aliases="甲县府")
    first["sort"] = "7"
    session.rollback()
    admin = client("admin")

    assert admin.post(path, data=first).status_code == 302
    overtaken = admin.post(path, data=second)

    assert overtaken.status_code == 409 and "甲县府" in overtaken.get_data(as_text=True)


# --- the sheet ---


def test_a_sheet_brings_units_in_any_order_with_regions_and_other_names(client: Client, session: Session) -> None:
    rows = [
        ["丙县水利局", "丙县人民政府", "丙县", "水利局、水务局"],
        ["丙县人民政府", "", "丙县", "丙县政府"],
        ["甲县人民政府", "", "", "甲县政府"],
    ]

    answer = send(client("admin"), book(rows))

    assert answer.location == "/admin/units"
    below, above = unit_named(session, "丙县水利局"), unit_named(session, "丙县人民政府")
    assert below.parent_id == above.id and below.region is not None and below.region.name == "丙县"
    aliases = places.aliases_of(session)
    assert aliases[below.id] == ["水利局", "水务局"]
    assert aliases[unit_named(session, "甲县人民政府").id] == ["甲县政府"]


def test_the_same_sheet_twice_makes_nothing_twice(client: Client, session: Session) -> None:
    rows = [["丙县人民政府", "", "丙县", "丙县政府"], ["丙县水利局", "丙县政府", "丙县", ""]]
    browser = client("office")
    send(browser, book(rows))
    before = names(session)

    send(browser, book(rows))

    assert names(session) == before
    page = browser.get("/admin/units").get_data(as_text=True)
    assert "新增0个单位，补充0个，未变2个；新增0个地区" in page


@pytest.mark.parametrize(
    ("rows", "row", "sentence"),
    [
        ([["", "甲县人民政府", "", ""]], 2, "缺少单位名称"),
        ([["丙局", "丁局", "", ""]], 2, "找不到上级单位“丁局”"),
        ([["丙局", "", "", ""], ["丙局", "", "", ""]], 3, "“丙局”在第2行已经出现"),
        ([["丙局", "", "", "丁"], ["丁", "", "", ""]], 3, "“丁”在第2行已经出现"),
        ([["丙局", "", "", "乙县人民政府"]], 2, "已是单位“乙县人民政府”的名称或别名"),
        ([["丙局", "丁局", "", ""], ["丁局", "丙局", "", ""]], 2, "绕回到了它自己"),
        ([["长" * 201, "", "", ""]], 2, "不要超过200个字"),
        ([["丙局", "", "长" * 101, ""]], 2, "不要超过100个字"),
    ],
)
def test_a_sheet_with_a_fault_is_not_taken_and_each_fault_names_its_row(
    client: Client, session: Session, rows: list[list[str]], row: int, sentence: str
) -> None:
    before = names(session)

    page = send(client("admin"), book([*rows, ["戊局", "", "戊县", ""]])).get_data(as_text=True)

    assert sentence in page and f'<td class="num">{row}</td>' in page
    assert names(session) == before
    assert "戊县" not in set(session.scalars(select(models.Region.name)))


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "a.xlsx", "空的"),
        (b"PK\x03\x04 broken", "a.xlsx", "损坏"),
        ("名称\n丙局".encode(), "a.csv", "请上传.xlsx文件"),
        (b"%PDF-1.7", "a.pdf", "PDF"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_in_one_sentence(
    client: Client, data: bytes, name: str, sentence: str
) -> None:
    answer = send(client("admin"), io.BytesIO(data), name)

    assert answer.status_code == 200 and sentence in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"%PDF-1.7", "a.pdf", "不能读取PDF文件，请上传原来的Word或Excel文件，或把文字粘贴为.txt文件。"),
        ("名称\n丙局".encode(), "a.csv", "请上传.xlsx文件，可先下载模板填写。"),
    ],
)
def test_why_a_sheet_is_not_read_is_told_in_the_language_of_the_page(
    app: Flask, client: Client, data: bytes, name: str, sentence: str
) -> None:
    browser = client("admin")
    browser.post("/language", data={"locale": "en", "next": "/admin/units"})

    answer = send(browser, io.BytesIO(data), name)

    with app.test_request_context(), force_locale("en"):
        assert gettext(sentence) in answer.get_data(as_text=True)


def test_a_file_too_large_for_a_list_of_units_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "LARGEST", 1000)

    assert "超过2 MB" in send(client("admin"), io.BytesIO(b"x" * 1001)).get_data(as_text=True)


def test_a_sheet_without_the_header_is_refused(client: Client) -> None:
    page = send(client("admin"), book([["丙局", "", "", ""]], head=("甲", "乙", "丙", "丁"))).get_data(as_text=True)

    assert "没有找到“名称”一列" in page


def test_without_a_file_the_page_says_so(client: Client) -> None:
    assert "请选择文件" in client("admin").post("/admin/units/sheet", data={}).get_data(as_text=True)


def test_the_template_can_be_filled_and_sent_back(client: Client, session: Session) -> None:
    browser = client("admin")
    template = openpyxl.load_workbook(io.BytesIO(browser.get("/admin/units/template.xlsx").data))
    assert [cell.value for cell in template.worksheets[0][1]] == ["名称", "上级单位", "地区", "别名"]
    template.worksheets[0].append(["丙县人民政府", None, "丙县", None])
    filled = io.BytesIO()
    template.save(filled)
    filled.seek(0)

    assert send(browser, filled).location == "/admin/units"
    assert "丙县人民政府" in names(session)


# --- regions ---


def test_a_region_is_added_renamed_and_removed_only_while_it_is_empty(client: Client, session: Session) -> None:
    browser = client("office")
    browser.post("/admin/regions", data={"name": "丙县", "sort": "3"})
    made = session.scalars(select(models.Region).where(models.Region.name == "丙县")).one().id
    full = session.scalars(select(models.Region).where(models.Region.name == "甲县")).one().id
    session.rollback()

    browser.post(f"/admin/regions/{made}", data={"name": "丙区", "sort": "3"})
    assert "丙区" in browser.get("/admin/regions").get_data(as_text=True)
    browser.post(f"/admin/regions/{made}/remove")
    browser.post(f"/admin/regions/{full}/remove")

    assert set(session.scalars(select(models.Region.name))) == {"甲县", "乙县"}
    acts = session.scalars(select(models.AuditEntry.act).order_by(models.AuditEntry.id)).all()
    assert acts == ["region.add", "region.change", "region.remove"]


@pytest.mark.parametrize(
    ("name", "sentence"), [("甲县", "已有同名的地区"), ("", "请填写地区名称"), ("长" * 101, "100个字")]
)
def test_a_refused_region_says_why(client: Client, name: str, sentence: str) -> None:
    assert sentence in client("admin").post("/admin/regions", data={"name": name}).get_data(as_text=True)


def test_units_are_found_by_name_and_other_name(client: Client, session: Session, cast: Cast) -> None:
    session.add(models.UnitAlias(unit_id=cast.units["unit_b"], name="乙县政府"))
    session.commit()

    page = client("admin").get("/admin/units?q=乙县政府").get_data(as_text=True)

    assert re.findall(r'<a href="/admin/units/\d+">([^<]+)</a>', page) == ["乙县人民政府"]


COUNTIES = "各县（市、区）人民政府"


@pytest.fixture
def shared(session: Session, cast: Cast) -> None:
    """A name that stands for both counties."""
    session.add_all(models.UnitAlias(unit_id=cast.units[unit], name=COUNTIES) for unit in ("unit_a", "unit_b"))
    session.commit()


def test_a_name_shared_by_several_units_is_told_on_each_and_kept_when_one_is_saved(
    client: Client, session: Session, cast: Cast, shared: None
) -> None:
    browser, address = client("admin"), f"/admin/units/{cast.units['unit_a']}"
    page = browser.get(address).get_data(as_text=True)
    assert f"“{COUNTIES}”是统称，同时指乙县人民政府" in page
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None

    data = {"name": "甲县人民政府", "aliases": f"{COUNTIES}\n甲县", "active": "y", "version": version[1]}
    saved = browser.post(address, data=data | {"parent": "0", "region": "0"})

    assert saved.status_code == 302
    rows = session.execute(select(models.UnitAlias.name, models.UnitAlias.unit_id)).tuples().all()
    both = {(COUNTIES, cast.units["unit_a"]), (COUNTIES, cast.units["unit_b"])}
    assert set(rows) == both | {("甲县", cast.units["unit_a"])}


def test_a_new_unit_joins_a_collective_name_but_takes_no_single_units_name(
    client: Client, session: Session, cast: Cast, shared: None
) -> None:
    session.add(models.UnitAlias(unit_id=cast.units["unit_a"], name="甲县"))
    session.commit()
    browser = client("admin")

    refused = browser.post("/admin/units/new", data={"name": "丙县人民政府", "aliases": "甲县", "once": "a1"})
    browser.post("/admin/units/new", data={"name": "丙县人民政府", "aliases": COUNTIES, "active": "y", "once": "a2"})

    assert "“甲县”已是单位“甲县人民政府”的名称或别名" in refused.get_data(as_text=True)
    query = select(models.Unit.name).join(models.UnitAlias, models.UnitAlias.unit_id == models.Unit.id)
    named = session.scalars(query.where(models.UnitAlias.name == COUNTIES).order_by(models.Unit.id)).all()
    assert named == ["甲县人民政府", "乙县人民政府", "丙县人民政府"]


def test_a_name_of_several_units_names_no_single_one(session: Session, shared: None) -> None:
    assert places.unit_named(session, COUNTIES) is None


def test_a_sheet_may_give_several_units_one_collective_name(session: Session, shared: None) -> None:
    lines = [
        UnitLine(2, "甲县人民政府", aliases=(COUNTIES,)),
        UnitLine(3, "丙县人民政府", aliases=(COUNTIES, "丙县")),
        UnitLine(4, "丁县人民政府", aliases=(COUNTIES,)),
    ]
    taken = places.take_sheet(session, lines, by=access.SYSTEM, at=AT)

    assert (taken.added, taken.changed) == (2, 0)
    query = select(models.Unit.name).join(models.UnitAlias, models.UnitAlias.unit_id == models.Unit.id)
    named = session.scalars(query.where(models.UnitAlias.name == COUNTIES)).all()
    assert set(named) == {"甲县人民政府", "乙县人民政府", "丙县人民政府", "丁县人民政府"}


@pytest.mark.parametrize(
    ("typed", "aliases"),
    [
        ("甲县、甲县政府，县府", ("甲县", "甲县政府", "县府")),
        ("各县（市、区）人民政府、甲县", ("各县（市、区）人民政府", "甲县")),
        ("甲县党委、政府、甲县", ("甲县党委、政府", "甲县")),
        ("各县（市、区）党委、政府\n甲县", ("各县（市、区）党委、政府", "甲县")),
        ("甲县县委、县政府\n甲县", ("甲县县委、县政府", "甲县")),  # one that the unit has already
        ("甲县、、\n 甲县 \n", ("甲县",)),
    ],
)
def test_other_names_are_parted_but_not_within_one(typed: str, aliases: tuple[str, ...]) -> None:
    assert places.split_aliases(typed, ["甲县县委、县政府"]) == aliases
