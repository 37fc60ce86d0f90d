"""The trail as the auditor reads it."""

import ast
import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

import rectify
from rectify import models, records
from rectify.web.admin import words
from tests.conftest import AT

Client = Callable[..., FlaskClient]


def write(session: Session, name: str = "somebody", act: str = "user.add", item: str = "user", item_id: int = 7,
          **details: object) -> None:  # fmt: skip
    records.write(session, records.Actor(user_name=name, role="admin", address="192.0.2.1"), AT, act, item, item_id,
                  **details)  # fmt: skip


def ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<th scope="row" class="num"[^>]*>(\d+)</th>', page)]


def test_looking_is_itself_recorded(client: Client, session: Session) -> None:
    client("auditor").get("/audit?person=zhang")

    entry = session.scalars(select(models.AuditEntry)).one()
    assert (entry.act, entry.user_name, entry.details["by_person"]) == ("audit.look", "auditor", "zhang")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("person=alpha", [1, 3]),
        ("person=%25", []),
        ("act=unit.add", [2]),
        ("act=nonsense", [1, 2, 3]),
        ("item=user&item_id=8", [3]),
        ("item_id=99999999999", [1, 2, 3]),
        ("since=2026-06-15&until=2026-06-15", [1, 2, 3]),
        ("since=2026-06-16", []),
        ("until=2026-06-14", []),
        ("since=①&until=2026-13-45", [1, 2, 3]),
        ("ok=no", [3]),
    ],
)
def test_the_trail_is_searched_by_person_act_item_day_and_outcome(
    client: Client, session: Session, query: str, found: list[int]
) -> None:
    write(session, "alpha")
    write(session, "beta", "unit.add", "unit")
    write(session, "alpha", "user.change", item_id=8, ok=False)
    session.commit()

    page = client("auditor").get(f"/audit?{query}").get_data(as_text=True)

    assert sorted(number for number in ids(page) if number <= 3) == found


def test_the_trail_goes_on_page_by_page_without_gaps(client: Client, session: Session) -> None:
    for _time in range(120):
        write(session)
    session.commit()
    auditor, seen, url = client("auditor"), [], "/audit?act=user.add"

    while url:
        page = auditor.get(url).get_data(as_text=True)
        seen += ids(page)
        following = re.search(r'<a href="([^"]+)" rel="next"', page)
        url = following[1].replace("&amp;", "&") if following else ""

    assert seen == list(range(120, 0, -1))


def exported(client: Client, query: str = "") -> list[list[str]]:
    answer = client("auditor").get(f"/audit/export.csv{query}")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff") and text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text[1:])))


@pytest.mark.parametrize("poison", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_cell_of_the_export_is_a_formula(client: Client, session: Session, poison: str) -> None:
    write(session, poison)
    session.commit()

    row = exported(client, "?act=user.add")[1]

    assert row[2] == "'" + poison


def test_the_export_holds_what_the_page_shows_and_is_recorded_before(client: Client, session: Session) -> None:
    for number in range(3):
        write(session, name=f"name,{number}", text='with "quotes"\nand a line end')
    session.commit()

    rows = exported(client)

    assert [row[0] for row in rows[1:]] == ["1", "2", "3", "4"]
    assert rows[1][2] == "name,0" and rows[1][6] == "新建账号" and rows[4][6] == "导出"
    assert {len(row) for row in rows} == {12}


def test_a_text_cannot_forge_a_line_or_run(client: Client, session: Session) -> None:
    write(session, note="a\r\n2026-06-15 admin <script>alert(1)</script>\u202e", active=[True, False])
    session.commit()

    page = client("auditor").get("/audit?act=user.add").get_data(as_text=True)

    assert "<script>alert" not in page and "&lt;script&gt;" in page and "\u202e" not in page
    assert "在用: 是 → 否" in page


@pytest.mark.parametrize("name", ["admin", "office", "leader", "unit_a", "supervisor"])
def test_nobody_but_the_auditor_reads_the_trail(client: Client, session: Session, name: str) -> None:
    browser = client(name)

    assert browser.get("/audit").status_code == 403
    assert browser.get("/audit/export.csv").status_code == 403
    refused = session.scalars(select(models.AuditEntry)).all()
    assert [(entry.act, entry.user_name, entry.ok) for entry in refused] == [("denied", name, False)] * 2


def test_every_act_and_thing_in_the_trail_has_its_word() -> None:
    """Read from the source: what is handed to the trail as an act, and as a kind of thing."""
    acts, things = set(), set()
    for path in sorted(Path(rectify.__file__ or "").parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called.endswith("records.write"):
                handed = node.args[3:5]
            elif called.endswith("record_read"):
                handed = node.args[:2]
            else:
                continue
            for argument, told in zip(handed, (acts, things), strict=False):
                if isinstance(argument, ast.Constant) and argument.value:
                    told.add(argument.value)

    assert len(acts) > 20
    assert acts - set(words.ACTS) == set()
    assert things - set(words.ITEMS) == set()
