"""A released report: checked, numbered once, frozen on both databases, compared with the one before."""

from __future__ import annotations

import datetime as dt
import io
import threading
from typing import Any

import docx
import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from rectify import access, figures, models, releases, rounds, standing
from rectify.models import db
from rectify.rounds import Refused
from rectify.rules import changes, sentence
from rectify.web.reports.releases import render
from tests import factories
from tests.conftest import AT, TODAY, Cast
from tests.support import scene

LATER = TODAY + dt.timedelta(days=30)


@pytest.fixture
def inspection(session: Session, cast: Cast) -> int:
    made_id = scene.every_verdict(session, cast.units["unit_a"]).id
    session.commit()
    return made_id


def office(session: Session, cast: Cast) -> access.Person:
    return access.person_of(session, session.get_one(models.User, cast.users["office"]))


def release(session: Session, cast: Cast, day: dt.date = TODAY, ids: Any = None, **more: Any) -> models.Release:
    today = more.pop("today", max(day, TODAY))
    return releases.release(session, office(session, cast), day, ids, today=today, at=AT, **more)


def measure(session: Session, text: str) -> models.Measure:
    return session.scalars(select(models.Measure).where(models.Measure.text == text)).one()


def told(session: Session, changed: list[changes.Change], counted: str = "measures") -> dict[str, list[str]]:
    """The texts of what changed, by kind."""
    texts = dict(session.execute(select(models.Measure.id, models.Measure.text)).tuples().all())
    found: dict[str, list[str]] = {}
    for change in changed:
        if change.key[0] == counted:
            found.setdefault(change.kind, []).append(texts.get(change.key[2], str(change.key[2])))
    return found


def test_a_release_keeps_text_figures_and_rows_that_sum_to_them(session, cast, inspection):
    made = release(session, cast)

    assert (releases.title(made), made.day_on, made.released_by) == ("2026年第1期", TODAY, "office")
    counted = figures.count(session, figures.Scope(access.SYSTEM), TODAY).as_dict()
    (subject,) = releases.subjects(made)
    assert {name: getattr(subject.measures, name) for name in counted} == counted
    for name in releases.FROZEN:
        for kind in releases.COUNTED:
            live = figures.rows(session, figures.Scope(access.SYSTEM, counted=kind), name, TODAY, limit=None)
            frozen = releases.rows(session, made, name, kind)
            assert [row.measure_id or row.issue_id for row in frozen] == [r.measure_id or r.issue_id for r in live], (
                name
            )
    assert releases.check(session) == []
    entry = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "report.release")).one()
    assert (entry.item_id, entry.details["number"]) == (made.id, "2026年第1期")


def test_what_was_near_stays_so_when_the_inspection_calls_something_else_near(session, cast, inspection):
    made = release(session, cast)
    session.commit()
    near = [row.text for row in releases.rows(session, made, "near_due")]
    assert near and releases.near(made)["measures"] == len(near)

    rounds.change_rules(
        session,
        session.get_one(models.Inspection, inspection),
        {"near_due_days": 1},
        by=access.SYSTEM,
        day=TODAY,
        at=AT,
    )

    assert figures.rows(session, figures.Scope(access.SYSTEM), "near_due", TODAY, limit=None) == []
    assert [row.text for row in releases.rows(session, made, "near_due")] == near
    assert releases.check(session) == []


def test_a_release_that_did_not_keep_what_is_near_says_nothing_of_it(session, cast, inspection):
    """As those of before 0023: no window, no figure."""
    made = release(session, cast)
    with session.no_autoflush:
        for held in made.subjects:
            held.near_due_days = None

        assert releases.near(made) is None and releases.rows(session, made, "near_due") == []
        session.rollback()


def test_a_frozen_row_reads_like_the_line_of_the_ledger_it_was(session, cast, inspection):
    live = list(figures.lines(session, figures.Scope(access.SYSTEM), "total", TODAY))

    made = release(session, cast)

    assert list(releases.lines(session, made, "total")) == live


def test_what_happens_the_same_day_changes_no_release_and_is_told_by_the_next(session, cast, inspection):
    """S2: the standing of the day moves, the frozen rows do not."""
    first = release(session, cast)
    session.commit()
    late = measure(session, "今年超期的措施")
    scene.accepted(session, late, TODAY)
    session.commit()

    assert figures.count(session, figures.Scope(access.SYSTEM), TODAY).overdue == 1
    frozen = {row.measure_id: row.verdict for row in releases.rows(session, first)}
    assert frozen[late.id] == "overdue" and releases.subjects(first)[0].measures.overdue == 2
    assert releases.check(session) == []

    second = release(session, cast, note="当日认定一条。")

    assert second.previous_id == first.id and second.number == 2
    assert told(session, releases.compared(session, second)) == {"newly_done": ["今年超期的措施"]}
    assert "较上期（2026年第1期）新增完成1条。" in second.text


def test_the_next_release_lists_every_kind_of_change(session, cast, inspection):
    first = release(session, cast)
    done, moved = measure(session, "按期完成的措施"), measure(session, "从未填报的措施")
    session.add(models.Reopening(measure_id=done.id, reopened_on=LATER, at=AT, reason="问题反弹。"))
    moved.deadline_on = dt.date(2026, 12, 31)
    measure(session, "长期坚持的措施").withdrawn_on = LATER
    issue_id = session.scalars(select(models.Issue.id).order_by(models.Issue.id)).first()
    factories.make_measure(
        session, session.get_one(models.Issue, issue_id), text="新增的措施", lead=cast.units["unit_a"],
        deadline_on=dt.date(2026, 12, 1), day=LATER,
    )  # fmt: skip
    session.flush()
    standing.write_inspection(session, inspection, day=LATER, at=AT)

    second = release(session, cast, LATER)

    found = told(session, releases.compared(session, second))
    assert found["reopened"] == ["按期完成的措施"] == found.get("newly_overdue", [])[:1]
    assert (found["added"], found["withdrawn"]) == (["新增的措施"], ["长期坚持的措施"])
    assert "从未填报的措施" in found["moved"]
    assert "即将到期的措施" in found["newly_overdue"]
    mine = [change for change in releases.compared(session, second) if change.key[0] == "measures"]
    before, after = (releases.subjects(made)[0].measures.done for made in (first, second))
    assert changes.balance(before, mine).after == after
    assert "由完成重新启动1条" in second.text


def test_the_same_cut_off_with_other_figures_demands_a_note(session, cast, inspection):
    release(session, cast)
    release(session, cast)  # the same figures again: nothing to explain
    scene.accepted(session, measure(session, "今年超期的措施"), TODAY)

    with pytest.raises(Refused, match="2026年第2期已发布同一截止日的报告，有.*个数字与本次不同，请在“说明”中写明原因"):
        release(session, cast)

    assert release(session, cast, note="当日认定一条。").note == "当日认定一条。"


def test_what_is_not_true_may_not_be_added(session, cast, inspection):
    with pytest.raises(Refused, match="补充文字写了“有序推进”，但“中央环保督察”有5条不是这样，请删去或改写"):
        release(session, cast, addition="各项整改有序推进。")

    made = release(session, cast, addition="下一步将压实责任。")
    assert made.text.endswith("下一步将压实责任。") and releases.report(made).text == made.text


def test_who_has_not_reported_is_named_and_somebody_must_be(session, cast, inspection):
    assert "未报送的1条为：9-1（甲县人民政府）。" in release(session, cast).text

    session.execute(text("UPDATE assignment SET until_on = :day WHERE measure_id = :id"),
                    {"day": TODAY, "id": measure(session, "时限待确认的措施").id})  # fmt: skip
    session.expire_all()
    with pytest.raises(Refused, match="“中央环保督察”的9-1未报送，但没有牵头或责任单位可以点名"):
        release(session, cast, LATER)


def test_what_is_overdue_or_behind_is_named_with_the_reason_and_forecast_its_unit_gave(session, cast, inspection):
    """Domain c.3, pattern 6; the words are those of the last report by the day, a later one changes no release."""
    behind = measure(session, "阶段目标未完成的措施")
    for on, reason, expected_on in ((TODAY, "汛期停工二十天。", dt.date(2026, 9, 30)), (LATER, "设备未到。", LATER)):
        session.add(
            models.ProgressReport(
                measure_id=behind.id, reported_on=on, at=AT, state="in_progress", text="正在施工。", said="behind",
                reason_kind="outside", reason=reason, catch_up="增加班组。", expected_on=expected_on,
            )
        )  # fmt: skip
    session.flush()
    standing.write(session, [behind.id], day=TODAY, at=AT)

    made = release(session, cast)

    number = next(row.number for row in releases.rows(session, made, "behind"))
    told = f"中央环保督察未达到序时进度的1条为：{number}（甲县人民政府，原因：汛期停工二十天，预计2026年9月30日完成）。"
    assert told in made.text
    late = "、".join(f"{row.number}（甲县人民政府，未说明原因）" for row in releases.rows(session, made, "overdue"))
    assert f"中央环保督察超期的2条为：{late}。" in made.text
    assert "项问题为：" not in made.text.split("超期的2条为")[1].split("未报送")[0], "no issue beside its own measure"
    assert releases.check(session) == []


def test_what_the_office_adds_keeps_its_lines(session, cast, inspection):
    made = release(session, cast, addition="  下一步压实责任。\r\n\r\n 请各单位抓紧。\n")

    assert made.addition == "下一步压实责任。\n请各单位抓紧。"
    document = docx.Document(io.BytesIO(render(session, made, "docx")))
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert "请各单位抓紧。" in lines and "下一步压实责任。" in lines
    assert releases.check(session) == []


def test_sums_that_do_not_close_are_not_released(session, cast, inspection, monkeypatch):
    wrong = sentence.Counts(total=5, on_schedule=4)
    monkeypatch.setattr(
        figures, "subjects", lambda *_a, **_m: [sentence.Subject(inspection, "中央环保督察", wrong, wrong)]
    )

    with pytest.raises(Refused, match="数字没有通过核对：.*各类状态合计4，与总数5不符"):
        release(session, cast)
    assert session.scalar(select(func.count()).select_from(models.Release)) == 0


def test_rows_that_do_not_sum_to_the_figures_are_not_released(session, cast, inspection, monkeypatch):
    told = figures.subjects(session, access.SYSTEM, TODAY)
    scene.accepted(session, measure(session, "今年超期的措施"), TODAY)
    monkeypatch.setattr(figures, "subjects", lambda *_a, **_m: told)  # read a moment before the fact came

    with pytest.raises(Refused, match="冻结的事项与报告的数字不一致"):
        release(session, cast)
    assert session.scalar(select(func.count()).select_from(models.ReleaseRow)) == 0


def test_what_was_read_is_what_is_released(session, cast, inspection):
    seen = releases.draft(session, office(session, cast), TODAY).seen
    scene.accepted(session, measure(session, "今年超期的措施"), TODAY)

    with pytest.raises(Refused, match="打开本页以后数据有变动，没有发布"):
        release(session, cast, seen=seen)
    assert release(session, cast, seen=releases.draft(session, office(session, cast), TODAY).seen).number == 1


@pytest.mark.parametrize("who", ["leader", "unit_a", "supervisor", "admin", "auditor"])
def test_only_the_office_releases(session, cast, inspection, who):
    person = access.person_of(session, session.get_one(models.User, cast.users[who]))

    with pytest.raises(Refused, match="只有整改办可以发布报告"):
        releases.release(session, person, TODAY, today=TODAY, at=AT)


def test_a_day_that_has_not_come_is_not_reported_on(session, cast, inspection):
    with pytest.raises(Refused, match="还没有到"):
        release(session, cast, LATER, today=TODAY)


def test_numbers_begin_again_with_the_year(session, cast, inspection):
    release(session, cast)
    release(session, cast)
    january = dt.date(2027, 1, 4)

    made = release(session, cast, dt.date(2026, 12, 31), today=january)

    assert (made.year, made.number) == (2027, 1)


def test_two_releases_at_once_get_two_numbers(app: Flask, session: Session, cast: Cast, inspection: int) -> None:
    """Both begin together; whoever comes second waits for the first."""
    gate, numbers, faults = threading.Barrier(4), [], []

    def act() -> None:
        with app.app_context(), Session(db.engine) as own:
            try:
                gate.wait(30)
                numbers.append(release(own, cast).number)
                own.commit()
            except Exception as fault:
                faults.append(fault)

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert (faults, sorted(numbers)) == ([], [1, 2, 3, 4])


@pytest.mark.parametrize("table", ["release", "release_subject", "release_row"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_a_release_refuses_to_be_changed(session, cast, inspection, table, change):
    release(session, cast)
    session.commit()

    with pytest.raises(DatabaseError, match="a released report is never changed"):
        session.execute(text(change.format(table)))
    session.rollback()


def test_a_release_that_was_tampered_with_is_told(session, cast, inspection):
    made = release(session, cast)
    row = releases.rows(session, made, "overdue")[0]
    trigger = (
        "release_row_no_update" if session.get_bind().dialect.name == "sqlite" else "release_row_frozen ON release_row"
    )
    session.execute(text(f"DROP TRIGGER {trigger}"))

    session.execute(text("UPDATE release_row SET verdict = 'on_schedule' WHERE id = :id"), {"id": row.id})

    wrong = releases.check(session)
    assert "release 2026-1: 中央环保督察, measures: overdue told 2, rows give 1" in wrong


def test_who_may_not_see_an_inspection_sees_no_release_of_it(session, cast, inspection):
    made = release(session, cast)
    leader = access.person_of(session, session.get_one(models.User, cast.users["leader"]))
    assert releases.visible(session, leader, made.id) is made

    session.get_one(models.Inspection, inspection).confidential = True
    session.flush()

    leader = access.person_of(session, session.get_one(models.User, cast.users["leader"]))
    assert releases.visible(session, leader, made.id) is None
    assert releases.visible(session, office(session, cast), made.id) is None
    assert releases.visible(session, access.SYSTEM, made.id) is made
    clerk = access.person_of(session, session.get_one(models.User, cast.users["unit_a"]))
    assert releases.visible(session, clerk, made.id) is None


def test_the_release_before_is_the_last_about_most_of_the_same(session, cast, inspection):
    other = factories.make_inspection(session, "省级督察")
    factories.make_measure(session, factories.make_issue(session, other), lead=cast.units["unit_b"])
    both, one = release(session, cast), release(session, cast, ids=[inspection])

    assert release(session, cast).previous_id == both.id
    assert release(session, cast, ids=[inspection]).previous_id > one.id
    assert release(session, cast, TODAY - dt.timedelta(days=1)).previous_id is None


def test_a_shared_measure_is_marked_in_each_inspection(session, cast, inspection):
    other = factories.make_inspection(session, "省级督察")
    issue = factories.make_issue(session, other)
    factories.make_measure(session, issue, lead=cast.units["unit_a"])
    shared = measure(session, "即将到期的措施")
    session.add(
        models.MeasureLink(
            measure_id=shared.id, issue_id=issue.id, inspection_id=other.id, seq=9, number="9", home=False, counted=True
        )
    )
    session.flush()
    standing.write(session, [shared.id], day=TODAY, at=AT)

    made = release(session, cast)

    assert {(row.inspection_id, row.measure_id) for row in releases.rows(session, made, "shared")} == {
        (inspection, shared.id), (other.id, shared.id)
    }  # fmt: skip
    assert releases.check(session) == []
