"""The page of a round: who reported, who late, who not, by unit and by measure, on the day in view."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models, standing
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
Browser = Callable[..., FlaskClient]
FIRST, LAST = "2026-05-01", "2026-05-31"


def instant(day: str) -> dt.datetime:
    return dt.datetime.combine(D(day), dt.time(2), dt.UTC)


def words(answer: Any) -> str:
    main = BeautifulSoup(answer.get_data(as_text=True), "html.parser").main
    assert main is not None
    return " ".join(main.get_text(" ").split())


def report(session: Session, measure_id: int, day: str, text: str) -> None:
    session.add(
        models.ProgressReport(
            measure_id=measure_id, reported_on=D(day), at=instant(day), state="in_progress", text=text
        )
    )
    standing.write(session, [measure_id], day=D(day), at=instant(day))


@pytest.fixture
def may(session: Session, cast: Cast) -> int:
    """May's round with grace to 3 June, no later one: unit_a reported one in time and one late, unit_b not."""
    inspection = factories.make_inspection(session, name="督察甲")
    issue = factories.make_issue(session, inspection)
    supervising = [cast.units["supervisor"]]
    first = factories.make_measure(session, issue, text="在时", lead=cast.units["unit_a"], supervising=supervising)
    second = factories.make_measure(session, issue, text="已迟", lead=cast.units["unit_a"])
    factories.make_measure(session, issue, text="未报", lead=cast.units["unit_b"], supervising=supervising)
    this = models.Round(
        inspection_id=inspection.id,
        name="五月调度",
        opens_on=D(FIRST),
        cut_off_on=D(LAST),
        grace_days=3,
        opened_at=instant(FIRST),
    )
    session.add(this)
    session.flush()
    standing.write_inspection(session, inspection.id, day=D(FIRST), at=instant(FIRST))
    report(session, first.id, "2026-05-10", "管网已开工。")
    report(session, second.id, "2026-06-02", "管网补报。")
    found = this.id
    session.commit()
    return found


def test_a_round_counts_by_the_word_of_its_inspection(client: Browser, session: Session, may: int) -> None:
    for inspection in session.scalars(select(models.Inspection)):
        inspection.measure_word = "个"
    session.commit()

    said = words(client("office").get(f"/rounds/{may}")).replace(" ", "")

    assert "应填报3个，已填报2个（其中迟报1个），未填报1个" in said


def test_the_page_names_who_reported_who_late_and_who_not(client: Browser, may: int) -> None:
    said = words(client("office").get(f"/rounds/{may}"))

    assert "应填报3条，已填报2条（其中迟报1条），未填报1条" in said.replace(" ", "")
    assert "甲县人民政府 2 甲县人民政府应填报" in said and "未报" in said
    for absent in ("在时", "已迟"):  # the list below begins with those that have not reported
        assert absent not in said


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("state=late", ["已迟", "2026-06-02 迟报 在宽限期内", "管网补报。"], ["在时"]),
        ("state=reported", ["已迟", "在时", "2026-05-10"], []),
        ("state=asked", ["已迟", "在时", "未报"], []),
        ("state=nonsense&unit=x&after=y", ["未报"], ["在时"]),
        ("as_of=2026-06-01", ["已填报1条", "未填报2条", "已迟", "未报", "已截止，宽限至2026-06-03"], ["迟报1条"]),
        ("as_of=2026-04-30", ["还没有开放"], ["未填报"]),
    ],
)
def test_a_count_opens_its_measures_on_the_day_in_view(
    client: Browser, may: int, query: str, there: list[str], absent: list[str]
) -> None:
    said = words(client("office").get(f"/rounds/{may}?{query}"))

    for piece in there:
        assert piece in said
    for piece in absent:
        assert piece not in said


def test_a_unit_opens_its_own_measures(client: Browser, cast: Cast, may: int) -> None:
    said = words(client("office").get(f"/rounds/{may}?unit={cast.units['unit_b']}"))
    others = words(client("office").get(f"/rounds/{may}?unit={cast.units['unit_a']}"))

    assert "未填报：乙县人民政府" in said and "未报" in said
    assert "都已填报" in others


def test_a_supervisor_sees_the_part_that_is_his(client: Browser, may: int) -> None:
    said = words(client("supervisor").get(f"/rounds/{may}?state=asked"))

    assert "应填报2条" in said and "在时" in said and "未报" in said
    assert "已迟" not in said


def test_a_cancelled_round_says_so_and_lists_nothing(client: Browser, session: Session, may: int) -> None:
    session.get_one(models.Round, may).cancelled_on = D("2026-06-10")
    session.commit()
    browser = client("office")

    assert "这一期已取消" in words(browser.get(f"/rounds/{may}"))
    assert "未填报1条" in words(browser.get(f"/rounds/{may}?as_of=2026-06-09"))


def test_a_round_that_asked_nobody_has_an_empty_page(client: Browser, session: Session) -> None:
    inspection = factories.make_inspection(session, name="空批次")
    this = models.Round(
        inspection_id=inspection.id, name="空期", opens_on=D(FIRST), cut_off_on=D(LAST), opened_at=instant(FIRST)
    )
    session.add(this)
    session.flush()
    round_id = this.id
    session.commit()

    assert "这一期没有需要填报的措施。" in words(client("office").get(f"/rounds/{round_id}"))


def test_a_long_list_goes_on_on_the_next_page(client: Browser, session: Session, cast: Cast, may: int) -> None:
    inspection = session.query(models.Inspection).one()
    issue = factories.make_issue(session, inspection)
    for n in range(60):
        factories.make_measure(session, issue, text=f"新增第{n}条", lead=cast.units["unit_b"])
    session.commit()
    browser = client("office")
    first = browser.get(f"/rounds/{may}")
    address = BeautifulSoup(first.get_data(as_text=True), "html.parser").select_one("a[rel=next]")["href"]

    second = words(browser.get(address))

    assert "新增第48条" in words(first) and "新增第49条" not in words(first)
    assert "新增第49条" in second and "新增第59条" in second and "新增第48条" not in second


def test_the_office_home_names_the_silent_in_grace_and_after_it(client: Browser, cast: Cast, may: int) -> None:
    """The last round still takes reports: its cut-off was in May, today is in the middle of June."""
    page = BeautifulSoup(client("office").get("/office").get_data(as_text=True), "html.parser")

    silent = page.select("#silent tbody tr")
    assert [row.get_text(" ", strip=True).split()[:3] for row in silent] == [["乙县人民政府", "五月调度", "1"]]
    assert "已截止" in silent[0].get_text()
    assert silent[0].select_one("a")["href"] == f"/rounds/{may}?unit={cast.units['unit_b']}"


def test_late_stands_on_the_units_own_page_and_on_the_measures_timeline(
    client: Browser, session: Session, cast: Cast, may: int
) -> None:
    late = session.query(models.Measure).filter_by(text="已迟").one().id
    session.rollback()
    browser = client("unit_a")

    assert "迟报 五月调度于2026-06-02填报" in words(browser.get("/my"))
    assert "五月调度于" not in words(browser.get("/my?as_of=2026-06-01"))
    assert "五月调度迟报" in words(browser.get(f"/measures/{late}")).split("办理过程")[1]
    assert "五月调度已于2026-05-31截止，尚未填报；补报计为迟报" in words(client("unit_b").get("/my"))


def test_a_round_of_a_hidden_inspection_asks_without_its_name(
    client: Browser, session: Session, cast: Cast, may: int
) -> None:
    measure = session.query(models.Measure).filter_by(text="已迟").one()
    other = factories.make_inspection(session, name="督察乙")
    issue = factories.make_issue(session, other)
    session.add(
        models.MeasureLink(
            measure_id=measure.id, issue_id=issue.id, inspection_id=other.id, home=False, seq=1, number="1"
        )
    )
    session.get_one(models.Round, may).name = "不得外传"
    session.query(models.Inspection).filter_by(name="督察甲").one().confidential = True
    measure_id = measure.id
    session.commit()
    browser = client("unit_a")

    for said in (words(browser.get("/my")), words(browser.get(f"/measures/{measure_id}"))):
        assert "本期" in said and "迟报" in said and "不得外传" not in said


def test_the_words_of_the_round_stand_beside_those_of_the_last_one(client: Browser, session: Session, may: int) -> None:
    (measure_id,) = session.scalars(select(models.Measure.id).where(models.Measure.text == "在时"))
    june = {"opens_on": D("2026-06-01"), "cut_off_on": D("2026-06-30"), "opened_at": instant("2026-06-01")}
    inspection_id = session.get_one(models.Round, may).inspection_id
    session.add(models.Round(inspection_id=inspection_id, name="六月调度", **june))
    session.flush()
    for day, text in (("2026-06-05", "先说的。"), ("2026-06-10", "六月的话。")):
        report(session, measure_id, day, text)
    june_id = session.scalars(select(models.Round.id).where(models.Round.name == "六月调度")).one()
    session.commit()

    table = BeautifulSoup(
        client("office").get(f"/rounds/{june_id}?state=reported").get_data(as_text=True), "html.parser"
    )
    of_may = words(client("office").get(f"/rounds/{may}?state=asked"))
    row = next(row for row in table.select("table[data-queue] tbody tr") if "在时" in row.get_text())
    now, before = (row.select_one(f"td[data-label={name}]") for name in ("本期说明", "上次说明"))

    assert now is not None and before is not None
    assert "六月的话。" in now.get_text() and "先说的。" not in now.get_text()
    assert "管网已开工。" in before.get_text() and "2026-05-10" in before.get_text()
    assert "六月的话。" not in of_may and "没有填报过" in of_may
