"""The board: its figures are those of the ledger, each opens exactly its rows, in few statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from rectify import access, figures, models, standing
from rectify.models import db
from rectify.rules.ratios import OnTime
from tests import factories
from tests.conftest import AT, TODAY, Cast
from tests.support import scene

Client = Callable[..., FlaskClient]


@pytest.fixture
def inspection(session: Session, cast: Cast) -> int:
    made = scene.every_verdict(session, cast.units["unit_a"], basically_counts_as_done=False)
    other = factories.make_inspection(session, "省级环保督察", level="provincial")
    scene.report(
        session,
        factories.make_measure(session, factories.make_issue(session, other), lead=cast.units["unit_b"]),
        scene.day(5, 1),
    )
    made_id = made.id
    session.commit()
    return made_id


def test_each_figure_of_the_tally_equals_the_rows_it_opens(session: Session, inspection: int) -> None:
    """R2: one predicate for tile and list."""
    for counted in ("measures", "issues"):
        scope = figures.Scope(access.SYSTEM, (inspection,), counted=counted)
        tally = figures.tallies(session, scope, TODAY)[inspection]
        for figure in (*figures.FIGURES, *figures.MORE):
            listed = figures.rows(session, scope, figure, TODAY, limit=None)
            assert tally[figure] == len(listed), (counted, figure)


def test_the_tally_equals_the_count(session: Session, inspection: int) -> None:
    for counted in ("measures", "issues"):
        scope = figures.Scope(access.SYSTEM, counted=counted)
        together = sum(figures.tallies(session, scope, TODAY).values(), figures.Tally())
        assert together.figures == figures.count(session, scope, TODAY)
        assert all(getattr(together.figures, name) for name in ("overdue", "behind", "completed", "on_schedule"))


RULES = [
    ((), ""),
    (("basically_completed",), "（完成含基本完成）"),
    (("long_term",), "（完成含长期坚持）"),
    (("basically_completed", "long_term"), "（完成含基本完成、长期坚持）"),
]
RULE_OF = {"basically_completed": "basically_counts_as_done", "long_term": "long_term_counts_as_done"}


@pytest.mark.parametrize(("also", "note"), RULES)
def test_what_else_counts_as_done_is_a_rule_of_the_inspection_and_no_sum_opens(
    client: Client, session: Session, cast: Cast, also: tuple[str, ...], note: str
) -> None:
    rules = {RULE_OF[name]: True for name in also}
    made = scene.every_verdict(session, cast.units["unit_a"], **rules).id
    session.commit()

    for counted in ("measures", "issues"):
        scope = figures.Scope(access.SYSTEM, (made,), counted=counted)
        tally = figures.tallies(session, scope, TODAY)[made]
        assert tally["done"] == sum(tally[name] for name in ("signed_off", "completed", *also)), counted
        assert tally["done"] + tally["open"] == tally["total"] == sum(tally[name] for name in figures.VERDICTS)
        assert tally["due_this_year_left"] == sum(tally[f"left_{name}"] for name in figures.VERDICTS)
        listed = {name: figures.rows(session, scope, name, TODAY, limit=None) for name in ("done", "open")}
        assert {name: len(rows) for name, rows in listed.items()} == {n: tally[n] for n in listed}
    assert figures.check(session, TODAY) == []
    session.rollback()
    report = client("leader").get("/reports").text
    notes = re.findall("（完成含[^）]*）", client("leader").get("/board").text)
    assert notes == ([note] * 2 if note else []) and (not note or note.replace("完成", "", 1) in report)


@pytest.mark.parametrize(
    ("windows", "near"),
    [((30, 30), 2), ((10, 30), 2), ((9, 30), 1), ((9, 24), 0), ((10, 24), 1), ((365, 365), 3)],
)
def test_what_is_near_is_told_by_the_window_of_each_inspection(
    client: Client, session: Session, cast: Cast, windows: tuple[int, int], near: int
) -> None:
    """R25: due on 25 June and 10 July, 15 June being today; and a finished one, an overdue one, one without a date."""
    for window, due in zip(windows, (scene.day(6, 25), scene.day(7, 10)), strict=True):
        made = factories.make_inspection(session, f"督察{due}", near_due_days=window)
        issue = factories.make_issue(session, made, deadline_on=due)
        factories.make_measure(session, issue, lead=cast.units["unit_a"])
        factories.make_measure(session, issue, lead=cast.units["unit_a"], deadline_on=scene.day(6, 14))
        scene.accepted(session, factories.make_measure(session, issue, lead=cast.units["unit_a"]), scene.day(6, 1))
        factories.make_measure(session, issue, kind="long_term", long_term=True)
    next_year = factories.make_measure(session, issue, lead=cast.units["unit_a"], deadline_on=scene.day(6, 15, 2027))
    assert next_year.id
    session.commit()

    tally = sum(figures.tallies(session, figures.Scope(access.SYSTEM), TODAY).values(), figures.Tally())
    assert tally["near_due"] == near
    assert len(figures.rows(session, figures.Scope(access.SYSTEM), "near_due", TODAY, limit=None)) == near
    assert figures.check(session, TODAY) == []
    session.rollback()
    page = BeautifulSoup(client("leader").get("/board").text, "html.parser")
    (link,) = page.select('main a.figure[href*="figure=near_due"]')
    rows = BeautifulSoup(client("leader").get(link["href"]).text, "html.parser").select("main tbody tr")
    assert (int(link.text), len(rows)) == (near, near)
    home = BeautifulSoup(client("office").get("/office").text, "html.parser")
    told = [row.strong.text for row in home.select(".worklist tbody tr") if "临近到期的措施" in row.th.text]
    assert told == ([str(near)] if near else [])


def test_board_and_ledger_count_by_the_words_of_the_inspection(
    client: Client, session: Session, inspection: int
) -> None:
    """项/条/个 are the inspection's; where those in view differ, the usual ones."""
    made = session.get_one(models.Inspection, inspection)
    made.issue_word, made.measure_word = "个", "项"
    session.commit()

    def said(address: str) -> str:
        return " ".join(BeautifulSoup(client("leader").get(address).text, "html.parser").main.get_text(" ").split())

    alone, both = said(f"/board?inspection={inspection}"), said("/board")
    assert "12 个问题，完成" in alone and "12 项措施，完成" in alone
    assert "13 项问题，完成" in both and "13 条措施，完成" in both
    panels = BeautifulSoup(client("leader").get("/board").text, "html.parser").select(".board-inspections section")
    assert [[th.get_text(strip=True) for th in panel.select("tbody th")] for panel in panels] == [
        ["问题（个）", "措施（项）"],
        ["问题（项）", "措施（条）"],
    ]
    assert "共12项" in said(f"/ledger?inspection={inspection}")
    assert "共12个" in said(f"/ledger?inspection={inspection}&counted=issues")
    assert "共13条" in said("/ledger")


def test_every_figure_on_the_board_opens_a_list_of_just_so_many_rows(client: Client, inspection: int) -> None:
    browser = client("leader")
    page = BeautifulSoup(browser.get("/board").text, "html.parser")
    links = {(a["href"], int(a.text)) for a in page.select("main a.figure")}
    links |= {(a["href"], int(a.text)) for a in page.select(".ranking td a") if a.text.isdigit()}
    assert len(links) > 30

    for href, number in links:
        listed = BeautifulSoup(browser.get(href).text, "html.parser")
        assert len(listed.select("main table tbody tr")) == number, href


def test_the_board_says_totals_and_rates_with_their_denominators(client: Client, inspection: int) -> None:
    text = _words(client("office").get("/board").text)

    assert "13条措施，完成3，完成率23.1%" in text
    assert "今年应完成9，已完成2，剩余7；以前年度到期未完成1" in text


def test_the_red_list_names_unit_days_and_reason(client: Client, inspection: int) -> None:
    page = BeautifulSoup(client("leader").get("/board").text, "html.parser")
    rows = [_words(str(row)) for row in page.select("#red ~ table")[0].select("tbody tr")]

    assert len(rows) == 3
    assert "往年超期的措施" in rows[0] and "甲县人民政府" in rows[0] and "超期166天" in rows[0]
    assert "应于2026-04-30完成的阶段目标“主体工程完工”未报完成。" in rows[2]


def test_the_board_of_one_inspection_counts_that_one_alone(client: Client, inspection: int) -> None:
    text = _words(client("leader").get(f"/board?inspection={inspection}").text)

    assert "12条措施，完成3" in text
    assert "省级环保督察" not in _words(
        str(BeautifulSoup(client("leader").get(f"/board?inspection={inspection}").text, "html.parser").main)
    )


def test_the_board_of_a_past_day_shows_that_day_and_carries_it_into_its_links(client: Client, inspection: int) -> None:
    page = BeautifulSoup(client("leader").get("/board?as_of=2026-02-01").text, "html.parser")

    assert "完成0，完成率0.0%" in _words(str(page.main))
    assert "past" in page.body["class"]
    assert all(parse_qs(urlsplit(a["href"]).query)["as_of"] == ["2026-02-01"] for a in page.select("main a.figure"))


def test_the_board_says_who_finished_in_time_by_the_original_deadline_and_by_the_one_in_force(
    client: Client, session: Session, inspection: int
) -> None:
    """Domain h: two rates, both over those finished on a known day; an extension helps only the second."""
    late = session.scalars(select(models.Measure).where(models.Measure.text == "按期完成的措施")).one()
    late.original_deadline_on = scene.day(1, 31)
    standing.write(session, [late.id], day=TODAY, at=AT)
    session.commit()
    found = figures.on_times(session, figures.Scope(access.SYSTEM), TODAY)[inspection]
    session.rollback()

    page = BeautifulSoup(client("leader").get("/board").text, "html.parser")

    assert found == OnTime(known=3, by_original=2, by_current=3)
    said = "完成时间明确的3条措施，按原时限按期完成2条（66.7%），按现时限按期完成3条（100.0%）。"
    assert said in "".join(str(page.main.text).split())
    panel = page.select_one(f"section[aria-labelledby=inspection-{inspection}] .on-time")
    assert "".join(panel.text.split()) == "按期完成率原时限66.7%2/3现时限100.0%3/3"


def test_a_unit_s_board_counts_its_own_measures_alone(client: Client, inspection: int) -> None:
    text = _words(client("unit_b").get("/board").text)

    assert "1条措施" in text
    assert "中央环保督察" not in text


def test_a_confidential_inspection_is_counted_for_those_it_names_alone(
    client: Client, session: Session, cast: Cast, inspection: int
) -> None:
    secret = scene.every_verdict(session, cast.units["unit_a"], name="市委巡察", confidential=True)
    session.add(models.InspectionReader(inspection_id=secret.id, user_id=cast.users["office"]))
    session.commit()

    assert "25条措施" in _words(client("office").get("/board").text)
    leader = _words(client("leader").get("/board").text)
    assert "13条措施" in leader and "市委巡察" not in leader
    assert "市委巡察" not in client("unit_a").get("/ledger").text


def test_an_inspection_that_is_not_his_is_not_found(client: Client, inspection: int) -> None:
    assert client("unit_b").get(f"/board?inspection={inspection}").status_code == 404
    assert client("unit_b").get("/board?inspection=999").status_code == 404


def test_the_red_list_says_where_the_unit_claims_otherwise_on_the_day_in_view(
    client: Client, session: Session, inspection: int
) -> None:
    claiming = session.scalars(select(models.Measure.id).where(models.Measure.text == "今年超期的措施")).one()
    session.add(
        models.ProgressReport(
            measure_id=claiming,
            reported_on=scene.day(6, 3),
            at=AT,
            state="completed",
            text="完工。",
            said="on_schedule",
        )
    )
    session.flush()
    standing.write(session, [claiming], day=scene.day(6, 3), at=AT)
    session.commit()
    browser = client("leader")

    def spoken(path: str) -> list[tuple[str, str]]:
        rows = BeautifulSoup(browser.get(path).text, "html.parser").select("#red ~ table tr:has(.voices)")
        return [
            (row.select_one(".clamp").text, " ".join(row.select_one(".voices").get_text(" ").split())) for row in rows
        ]

    assert spoken("/board") == [
        ("今年超期的措施", "单位自报 已完成，达到序时进度 2026-06-03 系统判断 超期 整改办确认 —")
    ]
    assert spoken("/board?as_of=2026-06-02") == []


def test_an_empty_ledger_says_so(client: Client) -> None:
    assert "还没有可以统计的问题和措施" in client("leader").get("/board").text


def test_the_board_asks_at_most_ten_statements_of_its_own(app: Flask, client: Client, inspection: int) -> None:
    """R41, not counting what every page asks: session, person, what waits."""
    browser = client("leader")
    asked = {path: _statements(app, browser, path) for path in ("/board", "/account")}
    rows = {path: _statements(app, browser, path) for path in ("/ledger", "/board/units", "/board/regions")}

    assert asked["/board"] - asked["/account"] <= 10
    assert max(rows.values()) - asked["/account"] <= 6


def test_places_share_a_rank_where_their_rates_are_equal(client: Client, inspection: int) -> None:
    page = BeautifulSoup(client("leader").get("/board/units").text, "html.parser")
    rows = [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in page.select("main tbody tr")]

    assert rows[0][:5] == ["1", "甲县人民政府", "12", "3", "25.0%"]
    assert rows[1][:5] == ["2", "乙县人民政府", "1", "0", "0.0%"]
    assert "甲县" in client("leader").get("/board/regions").text


def _statements(app: Flask, browser: FlaskClient, path: str) -> int:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert browser.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def _words(html: str) -> str:
    return re.sub(r"\s+", "", BeautifulSoup(html, "html.parser").get_text())
