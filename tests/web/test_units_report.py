"""Reporting and submitting through the pages: one row a click, nothing lost on an error, proof with it, fields kept."""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, files, models, progress, rounds, standing
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
Browser = Callable[..., FlaskClient]
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
PDF = b"%PDF-1.7\n"


@pytest.fixture
def measure_id(session: Session, cast: Cast) -> int:
    """unit_a's measure with a countable target, in the round of June; the supervisor decides."""
    inspection = factories.make_inspection(session, rhythm="monthly")
    measure = factories.make_measure(
        session,
        factories.make_issue(session, inspection),
        lead=cast.units["unit_a"],
        supervising=[cast.units["supervisor"]],
        target_quantity=12,
        target_unit="公里",
    )
    rounds.plan_next(session, inspection, D("2026-06-01"), factories.AT)
    found = measure.id
    session.commit()
    return found


def page(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def words(answer: Any) -> str:
    return " ".join(page(answer).main.get_text(" ").split())


def fields(browser: FlaskClient, address: str) -> dict[str, Any]:
    """What a browser would send back of a form as it came."""
    form = page(browser.get(address)).select_one("main form[method=post]")
    assert form is not None
    return {i["name"]: i.get("value", "") for i in form.select("input[type=hidden]")}


def send(browser: FlaskClient, address: str, **typed: Any) -> Any:
    """Open the form, fill it in, send it, follow to where it leads."""
    return browser.post(address, data={**fields(browser, address), **typed}, follow_redirects=True)


def rows(session: Session, table: type) -> list[Any]:
    session.rollback()
    found = list(session.scalars(select(table)))
    session.expunge_all()
    session.rollback()
    return found


CATCH_UP = {
    "reason_kind": "own",
    "reason": "招标晚了一个月。",
    "catch_up": "增加班组，倒排工期。",
    "expected_on": "2026-09-30",
}
REPORT = {"state": "in_progress", "text": "完成5公里。", "forecast": "able", "quantity": "5"}
SUBMIT = {"claim": "completed", "text": "12公里全部建成通水。"}


# -- reports ---------------------------------------------------------------------------------------------------------


def test_a_clerk_reports_and_is_led_back_to_the_measure(client: Browser, session: Session, measure_id: int) -> None:
    said = words(send(client("unit_a"), f"/measures/{measure_id}/report", **REPORT))

    (report,) = rows(session, models.ProgressReport)
    assert "进展已填报。" in said and "完成5公里。" in said
    assert (report.state, report.quantity, report.forecast, report.reported_on) == (
        "in_progress",
        5,
        "able",
        D("2026-06-15"),
    )
    assert report.round_id is not None and not report.on_behalf


def test_a_unit_sets_nothing_but_what_is_its_own(
    client: Browser, session: Session, measure_id: int, cast: Cast
) -> None:
    """Extra fields are ignored (AC-06)."""
    forged = {
        "deadline_on": "2030-01-01",
        "unit_id": str(cast.units["unit_b"]),
        "number": "九",
        "signed_off_on": "2026-06-15",
        "on_behalf": "1",
        "reported_on": "2020-01-01",
        "measure_id": "999",
        "round_id": "999",
    }

    send(client("unit_a"), f"/measures/{measure_id}/report", **REPORT, **forged)

    (report,) = rows(session, models.ProgressReport)
    (measure,) = rows(session, models.Measure)
    assert report.unit_id == cast.units["unit_a"] and not report.on_behalf
    assert report.reported_on == D("2026-06-15") and report.measure_id == measure_id
    assert measure.deadline_on is None
    assert rows(session, models.SignOffMark) == []


def test_a_double_click_gives_one_report(client: Browser, session: Session, measure_id: int) -> None:
    browser, address = client("unit_a"), f"/measures/{measure_id}/report"
    typed = {**fields(browser, address), **REPORT}

    first, second = browser.post(address, data=typed), browser.post(address, data=typed)

    assert first.status_code == second.status_code == 302
    assert first.location == second.location
    assert len(rows(session, models.ProgressReport)) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"text": ""}, "请填写进展情况。"),
        ({"text": "  "}, "请填写进展情况"),
        ({"text": "字" * 5001}, "不能超过5000字"),
        ({"state": ""}, "请选择目前状态。"),
        ({"quantity": "-3"}, "请填写不小于0的数，最多三位小数，例如3.5。"),
        ({"quantity": "3.1234"}, "请填写不小于0的数，最多三位小数，例如3.5。"),
        ({"quantity": "1e3"}, "请填写不小于0的数，最多三位小数，例如3.5。"),
        ({"quantity": "2000000000.001"}, "这个数太大"),
    ],
)
def test_a_faulty_report_keeps_what_was_typed_and_names_the_fault_at_its_field(
    client: Browser, session: Session, measure_id: int, typed: dict[str, str], sentence: str
) -> None:
    kept = {**REPORT, "difficulty": "征地手续未完，预计七月批复。", **typed}

    answer = send(client("unit_a"), f"/measures/{measure_id}/report", **kept)

    shown = page(answer)
    assert answer.status_code == 200
    assert sentence in words(answer)
    assert shown.select_one(".error-summary") is not None
    assert shown.select_one("textarea[name=difficulty]").get_text().strip() == kept["difficulty"]
    assert shown.select_one("textarea[name=text]").get_text().strip() == kept["text"].strip()
    assert rows(session, models.ProgressReport) == []


def test_words_that_are_no_number_or_foreign_milestones_are_told_and_never_an_error_page(
    client: Browser, session: Session, measure_id: int
) -> None:
    for typed in ({"quantity": "①"}, {"quantity": "9" * 40}, {"reached": "x"}, {"reached": "99999999999999999999"}):
        answer = send(client("unit_a"), f"/measures/{measure_id}/report", **{**REPORT, **typed})

        assert answer.status_code == 200, typed
        assert page(answer).select_one(".error-summary") is not None, typed
    assert rows(session, models.ProgressReport) == []


def test_milestones_are_marked_and_a_second_report_of_the_day_may_take_one_back(
    client: Browser, session: Session, measure_id: int
) -> None:
    milestone = models.Milestone(measure_id=measure_id, due_on=D("2026-05-31"), text="主体工程完工")
    session.add(milestone)
    standing.write(session, [measure_id], day=D("2026-05-01"), at=factories.AT)
    milestone_id = milestone.id
    session.commit()
    browser, address = client("unit_a"), f"/measures/{measure_id}/report"

    send(browser, address, **REPORT, reached=str(milestone_id))
    box = page(browser.get(address)).select_one("input[name=reached]")
    assert box is not None and box.has_attr("checked")
    send(browser, address, **REPORT, **CATCH_UP)

    assert [mark.reached for mark in rows(session, models.MilestoneMark)] == [True, False]


def test_the_office_records_on_behalf_and_says_so(
    client: Browser, session: Session, measure_id: int, cast: Cast
) -> None:
    browser, address = client("office"), f"/measures/{measure_id}/report"
    assert "以甲县人民政府的名义填报" in words(browser.get(address))

    said = words(send(browser, address, **REPORT))

    (report,) = rows(session, models.ProgressReport)
    assert report.on_behalf and report.unit_id == cast.units["unit_a"]
    assert "整改办代录" in said


@pytest.mark.parametrize(("name", "code"), [("unit_b", 404), ("supervisor", 403), ("leader", 403), ("admin", 403)])
def test_nobody_else_reports_or_submits(
    client: Browser, session: Session, measure_id: int, name: str, code: int
) -> None:
    browser = client(name)

    assert browser.post(f"/measures/{measure_id}/report", data=REPORT).status_code == code
    assert browser.post(f"/measures/{measure_id}/submit", data=SUBMIT).status_code == code
    assert rows(session, models.ProgressReport) == rows(session, models.Submission) == []


def test_a_finished_measure_takes_no_report_and_keeps_the_text(
    client: Browser, session: Session, measure_id: int
) -> None:
    measure = session.get_one(models.Measure, measure_id)
    made = progress.submit(
        session,
        measure,
        by=access.SYSTEM,
        unit_id=None,
        on_behalf=False,
        claim="completed",
        text="完成。",
        day=D("2026-06-02"),
        at=factories.AT,
    )
    progress.accept(session, made, by=access.SYSTEM, unit_id=None, day=D("2026-06-03"), at=factories.AT)
    session.commit()

    answer = send(client("unit_a"), f"/measures/{measure_id}/report", **REPORT)

    assert "该措施已完成，不需要再填报" in words(answer)
    assert page(answer).select_one("textarea[name=text]").get_text().strip() == "完成5公里。"


# -- submissions -----------------------------------------------------------------------------------------------------


def test_a_submission_carries_several_files_and_a_photo(
    client: Browser, session: Session, app: Any, measure_id: int
) -> None:
    said = words(
        send(
            client("unit_a"),
            f"/measures/{measure_id}/submit",
            **SUBMIT,
            files=[(io.BytesIO(PDF), "竣工验收.pdf"), (io.BytesIO(JPEG + b"1"), "现场.jpg")],
            photo=(io.BytesIO(JPEG + b"2"), "image.jpg"),
        )
    )

    (submission,) = rows(session, models.Submission)
    evidence = rows(session, models.Evidence)
    assert "已申报完成，等待认定。附佐证材料3个。" in said
    assert [(e.name, e.submission_id) for e in evidence] == [
        ("竣工验收.pdf", submission.id),
        ("现场.jpg", submission.id),
        ("image.jpg", submission.id),
    ]
    for e in evidence:
        assert files.path_of(app.config["SETTINGS"].data_dir, e.sha256).stat().st_size == e.size


def test_a_refused_file_loses_neither_the_text_nor_the_files_that_were_taken(
    client: Browser, session: Session, measure_id: int
) -> None:
    browser, address = client("unit_a"), f"/measures/{measure_id}/submit"
    answer = send(
        browser,
        address,
        **SUBMIT,
        files=[(io.BytesIO(PDF), "竣工验收.pdf"), (io.BytesIO(b"MZ\x90"), "程序.exe")],
    )
    shown = page(answer)
    assert "不接受“程序.exe”这种文件" in words(answer)
    assert "已上传，随本次一并提交" in words(answer) and "竣工验收.pdf" in words(answer)
    assert rows(session, models.Submission) == []

    again = {i["name"]: i.get("value", "") for i in shown.select("main form input[type=hidden]")}
    said = words(browser.post(address, data={**again, **SUBMIT}, follow_redirects=True))

    assert "附佐证材料1个" in said
    assert [e.name for e in rows(session, models.Evidence)] == ["竣工验收.pdf"]


def test_a_file_taken_in_can_be_dropped_before_sending_again(
    client: Browser, session: Session, measure_id: int
) -> None:
    browser, address = client("unit_a"), f"/measures/{measure_id}/submit"
    shown = page(send(browser, address, claim="completed", text="", files=[(io.BytesIO(PDF), "错的.pdf")]))
    again = {i["name"]: i.get("value", "") for i in shown.select("main form input[type=hidden]")}
    drop = shown.select_one("input[name=drop]")["value"]

    browser.post(address, data={**again, **SUBMIT, "drop": drop})

    assert len(rows(session, models.Submission)) == 1
    assert rows(session, models.Evidence) == []


@pytest.mark.parametrize("forged", ["x", "W10.abc", "[]", '[["a","b",1,"c"]]'])
def test_a_forged_list_of_files_is_ignored(client: Browser, session: Session, measure_id: int, forged: str) -> None:
    send(client("unit_a"), f"/measures/{measure_id}/submit", **SUBMIT, kept=forged)

    assert len(rows(session, models.Submission)) == 1
    assert rows(session, models.Evidence) == []


def test_files_kept_for_one_measure_are_not_good_for_another(
    client: Browser, session: Session, cast: Cast, measure_id: int
) -> None:
    other = factories.make_measure(session, session.scalars(select(models.Issue)).one(), lead=cast.units["unit_a"])
    other_id = other.id
    session.commit()
    browser = client("unit_a")
    shown = page(
        send(browser, f"/measures/{measure_id}/submit", claim="completed", text="", files=[(io.BytesIO(PDF), "甲.pdf")])
    )
    kept = shown.select_one("input[name=kept]")["value"]

    send(browser, f"/measures/{other_id}/submit", **SUBMIT, kept=kept)

    assert rows(session, models.Evidence) == []


def test_submitting_twice_gives_one_row_and_a_second_form_is_told(
    client: Browser, session: Session, measure_id: int
) -> None:
    browser, address = client("unit_a"), f"/measures/{measure_id}/submit"
    one, other = {**fields(browser, address), **SUBMIT}, {**fields(browser, address), **SUBMIT}

    assert browser.post(address, data=one).status_code == 302
    assert browser.post(address, data=one).status_code == 302  # a double click: the same answer
    told = browser.post(address, data=other)

    assert "该措施已于2026-06-15申报，正待认定" in words(told)
    assert len(rows(session, models.Submission)) == 1


def test_two_clicks_at_the_same_instant_lead_to_the_same_place(
    client: Browser, session: Session, measure_id: int
) -> None:
    browser, address = client("unit_a"), f"/measures/{measure_id}/submit"
    typed = {**fields(browser, address), **SUBMIT}
    browsers, ready, answers = [client("unit_a"), client("unit_a")], threading.Barrier(2), []

    def click(one: FlaskClient) -> None:
        ready.wait()
        answers.append(one.post(address, data=typed))

    threads = [threading.Thread(target=click, args=(one,)) for one in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert [(a.status_code, a.location) for a in answers] == [(302, f"/measures/{measure_id}")] * 2
    assert len(rows(session, models.Submission)) == 1


def test_the_form_suits_a_phone(client: Browser, measure_id: int) -> None:
    shown = page(client("unit_a").get(f"/measures/{measure_id}/submit"))

    photo, many = shown.select_one("input[name=photo]"), shown.select_one("input[name=files]")
    assert photo["accept"] == "image/*" and photo["capture"] == "environment"
    assert many.has_attr("multiple") and ".pdf" in many["accept"]
    assert shown.select_one("form[data-upload]")["enctype"] == "multipart/form-data"


def test_why_it_was_returned_stands_beside_the_new_submission(
    client: Browser, session: Session, measure_id: int
) -> None:
    measure = session.get_one(models.Measure, measure_id)
    made = progress.submit(
        session,
        measure,
        by=access.SYSTEM,
        unit_id=None,
        on_behalf=False,
        claim="completed",
        text="完成。",
        day=D("2026-06-02"),
        at=factories.AT,
    )
    progress.return_(
        session, made, by=access.SYSTEM, unit_id=None, reason="缺竣工图纸", day=D("2026-06-03"), at=factories.AT
    )
    session.commit()

    assert "缺竣工图纸" in words(client("unit_a").get(f"/measures/{measure_id}/submit"))


def test_what_lags_is_reported_with_its_reason_and_a_plan_and_nothing_typed_is_lost(
    client: Browser, session: Session, measure_id: int
) -> None:
    session.add(models.Milestone(measure_id=measure_id, due_on=D("2026-05-31"), text="主体工程完工"))
    standing.write(session, [measure_id], day=D("2026-05-01"), at=factories.AT)
    session.commit()
    browser, address = client("unit_a"), f"/measures/{measure_id}/report"

    refused = send(browser, address, **REPORT, said="behind", reason="招标晚了一个月。")
    assert "系统判断该措施为“未达到序时进度”，请填写以下各项。" in words(refused)
    assert "请写明滞后原因（主观或客观）、补救计划和预计完成日期" in words(refused)
    assert page(refused).select_one("textarea[name=reason]").get_text(strip=True) == "招标晚了一个月。"
    assert rows(session, models.ProgressReport) == []

    send(browser, address, **REPORT, said="behind", **CATCH_UP)
    [made] = rows(session, models.ProgressReport)
    assert (made.said, made.reason_kind, made.expected_on) == ("behind", "own", D("2026-09-30"))
    shown = words(browser.get(f"/measures/{measure_id}"))
    for piece in ("未达到序时进度，能按期完成", "主观原因，招标晚了一个月。", "增加班组，倒排工期。", "2026-09-30"):
        assert piece in shown


@pytest.mark.parametrize("typed", [{"said": "behind"}, {"forecast": "hard"}])
def test_a_unit_that_says_it_lags_tells_why(
    client: Browser, session: Session, measure_id: int, typed: dict[str, str]
) -> None:
    browser, address = client("unit_a"), f"/measures/{measure_id}/report"

    send(browser, address, **{**REPORT, **typed})
    assert rows(session, models.ProgressReport) == []
    send(browser, address, **{**REPORT, **typed, **CATCH_UP})
    assert len(rows(session, models.ProgressReport)) == 1


def test_the_report_of_this_round_and_the_last_one_of_an_earlier_round_stand_beside_the_form(
    client: Browser, session: Session, measure_id: int
) -> None:
    for day, text, more in (
        ("2026-04-10", "四月的话。", {}),
        ("2026-05-10", "五月的话。", {"difficulty": "征地未完成。", "next_step": "下步铺管。", "quantity": 3}),
        ("2026-06-02", "六月初的话。", {}),
        ("2026-06-09", "六月的话。", {}),
    ):
        report = {"measure_id": measure_id, "reported_on": D(day), "at": factories.AT, "state": "in_progress"}
        session.add(models.ProgressReport(**report, text=text, forecast="hopeful", **more))
    session.commit()

    form = page(client("unit_a").get(f"/measures/{measure_id}/report"))
    now, before = (panel(form, title) for title in ("本期已填报", "上次填报"))

    assert "六月的话。" in now and "六月初的话。" not in now
    for piece in ("2026-05-10", "正在推进", "五月的话。", "征地未完成。", "下步铺管。", "有望按期完成", "累计完成3"):
        assert piece in before
    assert "六月" not in before and "四月的话。" not in form.get_text()


def test_where_this_round_has_no_report_only_the_earlier_one_stands_there(
    client: Browser, session: Session, measure_id: int
) -> None:
    report = {"measure_id": measure_id, "reported_on": D("2026-05-10"), "at": factories.AT, "state": "in_progress"}
    session.add(models.ProgressReport(**report, text="五月的话。"))
    session.commit()

    form = page(client("unit_a").get(f"/measures/{measure_id}/report"))

    assert "五月的话。" in panel(form, "上次填报")
    assert "本期已填报" not in form.get_text()


def panel(form: BeautifulSoup, title: str) -> str:
    found = form.select_one(f"section[aria-label={title}]")
    assert found is not None
    return " ".join(found.get_text(" ").split())


def test_a_figure_with_places_is_shown_as_it_was_typed(client: Browser, session: Session, measure_id: int) -> None:
    said = words(send(client("unit_a"), f"/measures/{measure_id}/report", **{**REPORT, "quantity": "3.50"}))

    assert "累计完成3.5" in said
    assert str(rows(session, models.ProgressReport)[0].quantity) == "3.5"


def test_a_figure_below_the_last_one_is_asked_about_in_one_sentence_and_then_taken(
    client: Browser, session: Session, measure_id: int
) -> None:
    browser, address = client("unit_a"), f"/measures/{measure_id}/report"
    send(browser, address, **{**REPORT, "quantity": "5.5"})
    assert page(browser.get(address)).select_one("[name=fewer]") is None

    asked = send(browser, address, **{**REPORT, "quantity": "5.499", "text": "返工核减。"})

    assert "累计完成数量5.499少于此前填报的5.5，确属核减的" in words(asked)
    assert page(asked).select_one("[name=fewer]") is not None and "返工核减。" in asked.get_data(as_text=True)
    assert len(rows(session, models.ProgressReport)) == 1
    send(browser, address, **{**REPORT, "quantity": "5.499", "text": "返工核减。", "fewer": "y"})
    assert [str(report.quantity) for report in rows(session, models.ProgressReport)] == ["5.5", "5.499"]
    entry = rows(session, models.AuditEntry)[-1]
    assert entry.details["fewer_than"] == "5.5"


def test_the_same_figure_again_is_not_asked_about(client: Browser, session: Session, measure_id: int) -> None:
    for _time in range(2):
        assert "进展已填报。" in words(
            send(client("unit_a"), f"/measures/{measure_id}/report", **{**REPORT, "quantity": "5"})
        )
