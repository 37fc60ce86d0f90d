"""What is owed to whom by mail, written once, and how the digest reads."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import models, notices, post, standing
from rectify.rules import ladder
from rectify.rules.ladder import Audience, When
from tests import factories

TODAY = dt.date(2026, 6, 15)  # a Monday
AT = dt.datetime(2026, 6, 15, 0, 30, tzinfo=dt.UTC)
BASE = "https://zgb.example.gov.cn"
LATE = dt.date(2026, 6, 1)


@pytest.fixture
def units(cast: Any) -> dict[str, int]:
    found: dict[str, int] = cast.units
    return found


def add_measure(session: Session, units: dict[str, int], deadline_on: dt.date, **values: Any) -> models.Measure:
    """A measure of unit_a, supervised, in an inspection of its own unless one is given."""
    inspection = values.pop("inspection", None) or factories.make_inspection(
        session, f"督察{session.scalar(select(func.count(models.Inspection.id))) or 0}"
    )
    values = {"lead": units["unit_a"], "supervising": [units["supervisor"]], **values}
    return factories.make_measure(session, factories.make_issue(session, inspection), deadline_on=deadline_on, **values)


def boxes(session: Session, day: dt.date | None = None) -> dict[str, models.Outbox]:
    query = select(models.Outbox)
    if day is not None:
        query = query.where(models.Outbox.day_on == day)
    return {row.user.name: row for row in session.scalars(query) if row.user is not None}


def said(session: Session, name: str, day: dt.date = TODAY) -> notices.Message | notices.Dropped:
    return notices.render(session, boxes(session)[name], day, base_url=BASE)


def message(session: Session, name: str, day: dt.date = TODAY) -> notices.Message:
    found = said(session, name, day)
    assert isinstance(found, notices.Message), found
    return found


def rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(models.Reminder)) or 0


def test_overdue_is_told_to_the_unit_and_to_whoever_supervises(session: Session, units: dict[str, int]) -> None:
    """R22, R19."""
    add_measure(session, units, LATE)

    did = notices.remind(session, TODAY, AT)

    assert set(boxes(session)) == {"unit_a", "supervisor"}
    assert (did["owed"], did["queued"], did["suppressed"], did["digests"]) == (2, 2, 0, 2)


def test_a_second_and_a_tenth_run_change_nothing(session: Session, units: dict[str, int]) -> None:
    """R12."""
    add_measure(session, units, LATE)
    first = notices.remind(session, TODAY, AT)
    before = {name: row.message_id for name, row in boxes(session).items()}

    again = [notices.remind(session, TODAY, AT) for _ in range(10)]

    assert first["queued"] == 2
    assert all(did["queued"] == 0 and did["already"] == 2 and did["digests"] == 0 for did in again)
    assert {name: row.message_id for name, row in boxes(session).items()} == before
    assert rows(session) == 2


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"supervising": ["supervisor"], "acceptance": ["unit_b"]}, "supervisor"),
        ({"supervising": [], "acceptance": ["supervisor"]}, "supervisor"),
        ({"supervising": [], "acceptance": []}, "office"),
        ({"supervising": ["unit_b"], "acceptance": []}, "office"),  # no account there oversees: the office is told
    ],
)
def test_whoever_is_told_is_the_supervising_unit_else_acceptance_else_the_office(
    session: Session, units: dict[str, int], told: dict[str, list[str]], expected: str
) -> None:
    add_measure(session, units, LATE, **{role: [units[name] for name in names] for role, names in told.items()})

    notices.remind(session, TODAY, AT)

    assert set(boxes(session)) == {"unit_a", expected}


def test_another_unit_hears_nothing(session: Session, units: dict[str, int]) -> None:
    add_measure(session, units, LATE, cooperating=[units["unit_b"]])

    notices.remind(session, TODAY, AT)

    assert "unit_b" not in boxes(session)


@pytest.mark.parametrize(
    ("deadline", "queued"),
    [
        (dt.date(2026, 6, 15), 2),
        (dt.date(2026, 6, 22), 2),
        (dt.date(2026, 6, 24), 1),
        (dt.date(2026, 6, 30), 1),
        (dt.date(2026, 7, 15), 1),
        (dt.date(2026, 7, 16), 0),
        (dt.date(2026, 6, 14), 2),
    ],
)
def test_the_unit_is_reminded_before_the_deadline_and_the_supervisor_from_seven_days_on(
    session: Session, units: dict[str, int], deadline: dt.date, queued: int
) -> None:
    add_measure(session, units, deadline)

    assert notices.remind(session, TODAY, AT)["queued"] == queued


def test_nothing_goes_out_on_a_day_off(session: Session, units: dict[str, int]) -> None:
    """R23."""
    add_measure(session, units, LATE)

    assert notices.remind(session, dt.date(2026, 6, 14), AT) == {"workday": False}
    assert boxes(session) == {}


def test_a_week_has_one_digest_unless_something_new_is_owed(session: Session, units: dict[str, int]) -> None:
    """design.md 5: on each working day on which something new is owed, and every Monday while anything is overdue."""
    add_measure(session, units, LATE)
    add_measure(session, units, dt.date(2026, 6, 17))  # overdue on Thursday
    queued = {}
    for n in range(9):
        day = TODAY + dt.timedelta(days=n)
        queued[day.isoformat()] = notices.remind(session, day, AT + dt.timedelta(days=n)).get("digests", 0)

    assert queued == {
        "2026-06-15": 2,  # Monday: the overdue one to both, the other in two days to the unit
        "2026-06-16": 4,  # one day left; fifteen days over: the leader and the office
        "2026-06-17": 2,  # the day itself
        "2026-06-18": 2,  # overdue from today
        "2026-06-19": 0,  # Dragon Boat
        "2026-06-20": 0,
        "2026-06-21": 0,
        "2026-06-22": 2,  # Monday: all that is overdue
        "2026-06-23": 0,
    }


def test_the_first_working_day_after_a_holiday_stands_for_monday(session: Session, units: dict[str, int]) -> None:
    add_measure(session, units, LATE)
    notices.remind(session, dt.date(2026, 9, 30), AT)

    assert notices.remind(session, dt.date(2026, 10, 5), AT) == {"workday": False}
    assert notices.remind(session, dt.date(2026, 10, 8), AT)["digests"] == 2


def test_ten_days_asleep_owe_todays_state_once(session: Session, units: dict[str, int]) -> None:
    """R14, F18."""
    add_measure(session, units, dt.date(2026, 6, 30))
    notices.remind(session, dt.date(2026, 6, 12), AT)

    did = notices.remind(session, dt.date(2026, 6, 26), AT)

    assert did["owed"] == did["queued"] == 2
    steps = session.scalars(select(models.Reminder.step).order_by(models.Reminder.id)).all()
    assert steps == ["due_30", "due_3", "due_3"]


@pytest.mark.parametrize("address", [None, "", "张三", "a@example.cn, b@example.cn", "a@example.cn\nBcc: b@example.cn"])
def test_without_a_usable_address_the_reminder_is_suppressed_and_said_so(
    session: Session, units: dict[str, int], cast: Any, address: str | None
) -> None:
    """R19: owed = queued + suppressed."""
    user = session.get_one(models.User, cast.users["unit_a"])
    user.email = address
    add_measure(session, units, LATE)

    did = notices.remind(session, TODAY, AT)

    assert (did["owed"], did["queued"], did["suppressed_no_address"]) == (2, 1, 1)
    assert set(boxes(session)) == {"supervisor"}
    assert session.scalars(select(models.Reminder.suppressed).order_by(models.Reminder.suppressed)).all() == [
        "",
        "no_address",
    ]


def test_a_suppressed_reminder_goes_out_once_an_address_is_there(
    session: Session, units: dict[str, int], cast: Any
) -> None:
    user = session.get_one(models.User, cast.users["unit_a"])
    user.email = None
    add_measure(session, units, LATE)
    notices.remind(session, TODAY, AT)
    user.email = "a@example.cn"
    session.flush()

    did = notices.remind(session, TODAY, AT)

    assert did["queued"] == 1
    assert set(boxes(session)) == {"supervisor", "unit_a"}
    assert rows(session) == 2


def test_a_confidential_inspection_is_not_mailed_to_whom_it_is_hidden_from(
    session: Session, units: dict[str, int]
) -> None:
    """R24, R44."""
    hidden = factories.make_inspection(session, "巡视", kind="xunshi", confidential=True)
    add_measure(session, units, LATE, inspection=hidden)

    did = notices.remind(session, TODAY, AT)

    assert (did["owed"], did["queued"], did["suppressed_no_right"]) == (2, 0, 2)
    assert boxes(session) == {}


def test_a_measure_seen_by_an_open_inspection_is_not_named_by_the_hidden_one(
    session: Session, units: dict[str, int]
) -> None:
    """R44."""
    hidden = factories.make_inspection(session, "机密巡视", kind="xunshi", confidential=True)
    measure = add_measure(session, units, LATE, inspection=hidden)
    issue = factories.make_issue(session, factories.make_inspection(session, "公开督察"), number="十二")
    session.add(
        models.MeasureLink(
            measure_id=measure.id, issue_id=issue.id, inspection_id=issue.inspection_id, home=False, seq=1, number="9"
        )
    )
    session.flush()
    notices.remind(session, TODAY, AT)

    mail = message(session, "unit_a")

    assert "公开督察 问题十二·措施9" in mail.text
    assert "机密巡视" not in mail.text + mail.html


def test_one_whose_account_ended_is_owed_nothing(session: Session, units: dict[str, int], cast: Any) -> None:
    session.get_one(models.User, cast.users["unit_a"]).active = False
    add_measure(session, units, LATE)

    did = notices.remind(session, TODAY, AT)

    assert set(boxes(session)) == {"supervisor"}
    assert did["measures_of_nobody"] == 1


def submit(session: Session, measure: models.Measure, day: dt.date, unit_id: int) -> models.Submission:
    row = models.Submission(measure_id=measure.id, submitted_on=day, at=AT, unit_id=unit_id)
    session.add(row)
    standing.write(session, [measure.id], day=day, at=AT)
    return row


def test_while_a_submission_waits_only_whoever_decides_is_reminded(session: Session, units: dict[str, int]) -> None:
    """S3."""
    measure = add_measure(session, units, dt.date(2026, 6, 16))
    submit(session, measure, dt.date(2026, 6, 12), units["unit_a"])

    notices.remind(session, dt.date(2026, 6, 17), AT)

    assert set(boxes(session)) == {"supervisor"}
    mail = message(session, "supervisor", dt.date(2026, 6, 17))
    assert mail.subject == "【整改提醒】1条待认定（2026年6月17日）"
    assert "2026-06-12申报完成，已等待认定5天。" in mail.text
    assert f"{BASE}/queue/" in mail.text


def test_nothing_is_owed_of_what_is_completed_or_withdrawn(session: Session, units: dict[str, int]) -> None:
    done = add_measure(session, units, LATE)
    row = submit(session, done, dt.date(2026, 6, 10), units["unit_a"])
    row.state, row.decided_on, row.decided_at = "accepted", dt.date(2026, 6, 11), AT
    gone = add_measure(session, units, LATE)
    gone.withdrawn_on = dt.date(2026, 6, 10)
    standing.write(session, [done.id, gone.id], day=dt.date(2026, 6, 11), at=AT)

    did = notices.remind(session, TODAY, AT)

    assert did["owed"] == 0
    assert boxes(session) == {}


def test_the_digest_reads_red_first_with_number_unit_deadlines_days_why_and_link(
    session: Session, units: dict[str, int]
) -> None:
    """R7, R9: the mail names the rule and the dates, original and current deadline side by side."""
    inspection = factories.make_inspection(session)
    late = add_measure(session, units, LATE, inspection=inspection, text="完成<污水>管网改造")
    late.original_deadline_on = dt.date(2025, 12, 31)
    standing.write(session, [late.id], day=TODAY, at=AT)
    soon = add_measure(session, units, dt.date(2026, 6, 20), inspection=inspection, text="建立台账")
    notices.remind(session, TODAY, AT)

    mail = message(session, "unit_a")

    assert mail.subject == "【整改提醒】1条措施超期、1条即将到期（2026年6月15日）"
    assert mail.to == "unit_a@example.cn"
    for part in ("超期14天", "完成<污水>管网改造", "甲县人民政府", "2026-06-01（原时限：2025-12-31）", "已超期14天"):
        assert part in mail.text
    for part in (f"{BASE}/measures/{late.id}", f"{BASE}/measures/{soon.id}", inspection.name, "还有5天", "建立台账"):
        assert part in mail.text
    assert mail.text.index("完成<污水>管网改造") < mail.text.index("建立台账")
    assert "完成&lt;污水&gt;管网改造" in mail.html
    assert mail.html.index("超期未完成") < mail.html.index("即将到期（1条）")
    assert f'href="{BASE}/measures/{late.id}"' in mail.html
    assert "<style" not in mail.html


def test_the_digest_lists_all_that_is_overdue_even_what_was_said_before(
    session: Session, units: dict[str, int]
) -> None:
    """R19: never only part of the overdue items."""
    for n in range(30):
        add_measure(session, units, LATE, text=f"措施甲{n:02d}号")
    notices.remind(session, TODAY, AT)
    add_measure(session, units, TODAY, text="新到期")
    notices.remind(session, TODAY + dt.timedelta(days=1), AT)

    box = boxes(session, TODAY + dt.timedelta(days=1))["unit_a"]
    mail = notices.render(session, box, TODAY + dt.timedelta(days=1), base_url=BASE)

    assert isinstance(mail, notices.Message)
    assert mail.subject.startswith("【整改提醒】31条措施超期（")
    assert all(f"措施甲{n:02d}号" in mail.text for n in range(30))


def test_what_is_no_longer_true_is_dropped_not_sent_late(session: Session, units: dict[str, int]) -> None:
    """F17, R20: an empty digest is never sent."""
    measure = add_measure(session, units, LATE)
    notices.remind(session, TODAY, AT)
    row = submit(session, measure, TODAY, units["unit_a"])
    row.state, row.decided_on, row.decided_at = "accepted", TODAY, AT
    standing.write(session, [measure.id], day=TODAY, at=AT)

    assert said(session, "unit_a") == notices.Dropped("no_longer_true")
    assert said(session, "supervisor") == notices.Dropped("no_longer_true")


def test_rights_and_address_are_checked_when_it_is_sent(session: Session, units: dict[str, int], cast: Any) -> None:
    """R24."""
    add_measure(session, units, LATE)
    notices.remind(session, TODAY, AT)
    session.get_one(models.User, cast.users["supervisor"]).email = None
    assert said(session, "supervisor") == notices.Dropped("no_address")
    clerk = session.get_one(models.User, cast.users["unit_a"])

    clerk.units = [session.get_one(models.Unit, units["unit_b"])]
    session.flush()
    assert said(session, "unit_a") == notices.Dropped("no_longer_true")

    clerk.active = False
    session.flush()
    assert said(session, "unit_a") == notices.Dropped("inactive")


def test_a_digest_that_waited_for_days_gives_way_to_the_newer_one(session: Session, units: dict[str, int]) -> None:
    add_measure(session, units, LATE)
    notices.remind(session, TODAY, AT)
    old = boxes(session)["unit_a"]
    later = TODAY + dt.timedelta(days=7)
    notices.remind(session, later, AT)

    assert notices.render(session, old, later, base_url=BASE) == notices.Dropped("superseded")
    assert isinstance(notices.render(session, boxes(session, later)["unit_a"], later, base_url=BASE), notices.Message)


def test_a_digest_sent_today_is_not_followed_by_another(session: Session, units: dict[str, int]) -> None:
    add_measure(session, units, dt.date(2026, 6, 8))
    notices.remind(session, TODAY, AT)
    for box in boxes(session).values():
        box.state = "sent"
    add_measure(session, units, dt.date(2026, 6, 8))

    same_day = notices.remind(session, TODAY, AT)
    next_day = notices.remind(session, TODAY + dt.timedelta(days=1), AT)

    assert (same_day["later"], same_day["digests"]) == (2, 0)
    assert (next_day["queued"], next_day["digests"]) == (2, 2)


def test_the_office_hears_only_of_what_nobody_else_oversees(session: Session, units: dict[str, int]) -> None:
    add_measure(session, units, LATE, text="有督导单位")
    add_measure(session, units, LATE, text="无督导单位", supervising=[])
    notices.remind(session, TODAY, AT)

    mail = message(session, "office")

    assert "无督导单位" in mail.text
    assert "有督导单位" not in mail.text


def test_an_issue_without_measures_is_reminded_of_by_its_own_text(session: Session, units: dict[str, int]) -> None:
    issue = factories.make_issue(session, factories.make_inspection(session), text="河道非法采砂", deadline_on=LATE)
    factories.make_measure(session, issue, text="", implied=True, lead=units["unit_a"])
    notices.remind(session, TODAY, AT)

    assert "措施：河道非法采砂" in message(session, "unit_a").text


def test_the_reset_mail_carries_its_link_and_what_is_kept_does_not(session: Session, cast: Any) -> None:
    user = session.get_one(models.User, cast.users["unit_a"])
    box = notices.queue_reset(session, user, f"{BASE}/reset/s3cret", AT)

    mail = notices.render(session, box, TODAY, base_url=BASE)

    assert isinstance(mail, notices.Message)
    assert f"{BASE}/reset/s3cret" in mail.text
    assert f'href="{BASE}/reset/s3cret"' in mail.html
    assert "s3cret" not in mail.kept_text + mail.kept_html
    assert mail.to == user.email


def test_a_test_mail_goes_where_it_was_asked_to(session: Session) -> None:
    box = notices.queue_test(session, None, "admin@example.cn", BASE, AT)

    mail = notices.render(session, box, TODAY, base_url=BASE)

    assert isinstance(mail, notices.Message)
    assert (mail.to, mail.subject) == ("admin@example.cn", "【整改台账】测试邮件")
    assert BASE in mail.text


# -- the further steps -----------------------------------------------------------------------------------------------


def steps_of(session: Session) -> dict[str, set[str]]:
    """By user the steps that are in a mail of his."""
    found: dict[str, set[str]] = {}
    row = models.Reminder
    query = select(models.User.name, row.step).join(models.User, models.User.id == row.user_id)
    for name, step in session.execute(query.where(row.suppressed == "")):
        found.setdefault(name, set()).add(step)
    return found


def add_rounds(session: Session, inspection: models.Inspection, *cut_offs: dt.date) -> None:
    for on in cut_offs:
        row = models.Round(inspection_id=inspection.id, name=f"{on:%Y年%m月}调度", opens_on=on.replace(day=1))
        row.cut_off_on, row.opened_at = on, AT
        session.add(row)
    session.flush()


def test_rounds_missed_are_told_to_more_and_more(session: Session, units: dict[str, int], cast: Any) -> None:
    """domain.md e: not reported by cut-off. Whoever reported is not named."""
    leader = session.get_one(models.User, cast.users["leader"])
    leader.full_name = "王建国"
    inspection = factories.make_inspection(session)
    add_rounds(session, inspection, dt.date(2026, 3, 31), dt.date(2026, 4, 30), dt.date(2026, 5, 31))
    far = dt.date(2027, 12, 31)
    silent = add_measure(session, units, far, inspection=inspection, text="一直没有填报")
    session.add(models.NamedPerson(measure_id=silent.id, role="leader", name="王建国（副市长）"))
    good = add_measure(session, units, far, inspection=inspection, text="每期都报")
    session.add(
        models.ProgressReport(
            measure_id=good.id, reported_on=dt.date(2026, 5, 20), at=AT, state="in_progress", text="在建。"
        )
    )
    session.flush()
    standing.write(session, [silent.id, good.id], day=TODAY, at=AT)

    notices.remind(session, TODAY, AT)

    assert steps_of(session) == {
        "unit_a": {"unreported_1", "unreported_2", "unreported_3"},
        "supervisor": {"unreported_2", "unreported_3"},
        "leader": {"unreported_3"},
    }
    mail = message(session, "leader")
    assert mail.subject == "【整改提醒】1条未填报（2026年6月15日）"
    assert "红 · 未报送" in mail.text and "请督促责任单位补报本期进展。" in mail.text
    assert "“2026年03月调度”于2026-03-31截止，截止后仍未填报。" in mail.text
    assert "每期都报" not in mail.text


def test_a_leader_who_is_not_named_does_not_hear_of_a_single_item(session: Session, units: dict[str, int]) -> None:
    add_measure(session, units, dt.date(2026, 6, 18))

    notices.remind(session, TODAY, AT)

    assert set(boxes(session)) == {"unit_a", "supervisor"}


def test_what_is_overdue_for_fifteen_days_is_told_to_leaders_and_to_the_office(
    session: Session, units: dict[str, int]
) -> None:
    add_measure(session, units, dt.date(2026, 5, 31))

    notices.remind(session, TODAY, AT)

    assert steps_of(session)["leader"] == steps_of(session)["office"] == {"overdue_15"}
    assert "请督促责任单位尽快完成。" in message(session, "leader").text


def test_a_leader_hears_nothing_of_a_confidential_inspection(session: Session, units: dict[str, int]) -> None:
    """R24, R44."""
    hidden = factories.make_inspection(session, "巡视", kind="xunshi", confidential=True)
    add_measure(session, units, dt.date(2026, 5, 31), inspection=hidden)

    did = notices.remind(session, TODAY, AT)

    assert did["suppressed_no_right"] == did["owed"] == 4
    assert boxes(session) == {}


def test_a_returned_submission_is_asked_for_until_it_is_sent_again(session: Session, units: dict[str, int]) -> None:
    measure = add_measure(session, units, dt.date(2027, 12, 31))
    row = submit(session, measure, dt.date(2026, 6, 1), units["unit_a"])
    row.state, row.decided_on, row.decided_at, row.reason = "returned", dt.date(2026, 6, 8), AT, "缺照片"
    session.flush()
    standing.write(session, [measure.id], day=TODAY, at=AT)

    before = notices.remind(session, dt.date(2026, 6, 12), AT)
    notices.remind(session, TODAY, AT)

    assert before["owed"] == 0
    assert steps_of(session) == {"unit_a": {"returned_5w"}, "supervisor": {"returned_5w"}}
    assert "2026-06-08被退回，至今未重新报送。" in message(session, "unit_a").text

    submit(session, measure, TODAY, units["unit_a"])
    assert said(session, "unit_a") == notices.Dropped("no_longer_true")


def test_a_returned_report_is_asked_for_too(session: Session, units: dict[str, int]) -> None:
    measure = add_measure(session, units, dt.date(2027, 12, 31))
    report = models.ProgressReport(
        measure_id=measure.id, reported_on=dt.date(2026, 6, 1), at=AT, state="in_progress", text="在建。"
    )
    report.returned_on, report.return_reason = dt.date(2026, 6, 8), "请写明数量"
    session.add(report)
    session.flush()

    notices.remind(session, TODAY, AT)

    assert steps_of(session)["unit_a"] == {"returned_5w"}


def test_a_decision_that_waits_too_long_is_told_to_the_office_as_well(session: Session, units: dict[str, int]) -> None:
    measure = add_measure(session, units, dt.date(2027, 12, 31))
    submit(session, measure, dt.date(2026, 6, 1), units["unit_a"])

    notices.remind(session, TODAY, AT)

    assert steps_of(session) == {"supervisor": {"decide"}, "office": {"decide_10w"}}
    assert "2026-06-01申报完成，已等待认定14天。" in message(session, "office").text


def test_the_unit_above_is_told_where_the_ladder_says_so(session: Session, units: dict[str, int], cast: Any) -> None:
    above = factories.make_unit(session, "甲市人民政府")
    session.get_one(models.Unit, units["unit_a"]).parent_id = above.id
    user = factories.make_user(session, "mayor", "lead", unit=above)
    measure = add_measure(session, units, LATE)
    step = ladder.Step(When.OVERDUE, 0, (Audience.SUPERIOR,), ladder.Colour.RED)
    resting = notices.ground(session, TODAY)
    only = notices.Ground(resting.calendar, dict.fromkeys(resting.ladders, (step,)), resting.cut_offs)

    tally = notices.remind_person(session, user.id, TODAY, AT, only, domain="example.cn")
    other = notices.remind_person(session, cast.users["unit_a"], TODAY, AT, only, domain="example.cn")

    assert (tally.owed, tally.queued, other.owed) == (1, 1, 0)
    assert session.scalars(select(models.Reminder.measure_id)).all() == [measure.id]


def test_an_extended_deadline_about_to_end_is_told_to_whoever_oversees(session: Session, units: dict[str, int]) -> None:
    measure = add_measure(session, units, dt.date(2026, 6, 29))
    measure.original_deadline_on = dt.date(2026, 3, 31)
    standing.write(session, [measure.id], day=TODAY, at=AT)

    notices.remind(session, TODAY, AT)

    assert steps_of(session) == {"unit_a": {"due_15", "extension_15"}, "supervisor": {"extension_15"}}
    assert "经批准延期至2026-06-29（原时限2026-03-31），还有14天。" in message(session, "supervisor").text


def test_a_long_term_item_is_to_be_checked_every_half_year(session: Session, units: dict[str, int]) -> None:
    inspection = factories.make_inspection(session)
    issue = factories.make_issue(session, inspection, deadline_on=None, kind="long_term", long_term=True)
    factories.make_measure(
        session, issue, lead=units["unit_a"], kind="long_term", long_term=True, day=dt.date(2025, 12, 10)
    )
    day = dt.date(2026, 6, 10)

    before = notices.remind(session, day - dt.timedelta(days=1), AT)
    notices.remind(session, day, AT)

    assert before["owed"] == 0
    assert steps_of(session) == {"unit_a": {"long_term_6"}}
    assert "长期坚持事项，应于2026-06-10检查落实情况。" in message(session, "unit_a", day).text


def test_what_a_person_is_told_comes_in_his_own_language(session: Session, units: dict[str, int], cast: Any) -> None:
    session.get_one(models.User, cast.users["unit_a"]).locale = "en"
    add_measure(session, units, LATE)
    notices.remind(session, TODAY, AT)

    mail = message(session, "unit_a")

    assert mail.subject == "[Rectification] 1 overdue (2026-06-15)"
    for part in ("Red · 14 days overdue", "Due on 2026-06-01; 14 days overdue", "Finish it and submit it as done"):
        assert part in mail.text and part in mail.html
    assert "超期" not in mail.text.replace("督察", "")


def test_a_digest_says_the_same_as_text_and_as_html(session: Session, units: dict[str, int]) -> None:
    """Issue 5: whoever reads the plain text misses nothing."""
    inspection = factories.make_inspection(session)
    for n, deadline_on in enumerate((LATE, dt.date(2026, 6, 17), dt.date(2026, 6, 30))):
        add_measure(session, units, deadline_on, inspection=inspection, text=f"措施“{n}”")
    notices.remind(session, TODAY, AT)

    mail = message(session, "unit_a")

    page = BeautifulSoup(mail.html, "html.parser")
    links = [link["href"] for link in page.select("a")]
    for link in page.select("a"):
        link.string = f"{link.text}：{link['href']}"
    for heading in page.select("h2"):
        heading.string = f"■{heading.text}"
    for block in page.select("title"):
        block.decompose()
    plain = re.sub(r"(?m)^\d+\. ", "", mail.text).replace("[", "").replace("]", "").replace("   措施：", "")
    assert "".join(page.get_text().split()) == "".join(plain.split())
    assert len(links) == len(set(links)) == 3


def test_the_product_tells_of_a_digest_once_and_those_without_an_address_too(
    session: Session, units: dict[str, int], cast: Any
) -> None:
    session.get_one(models.User, cast.users["unit_a"]).email = None
    add_measure(session, units, LATE)
    add_measure(session, units, dt.date(2026, 6, 20))
    for _ in range(3):
        notices.remind(session, TODAY, AT)

    told = session.execute(select(models.User.name, models.Notice.said, models.Notice.kind).join(models.User)).all()

    assert {(name, said["count"], said["overdue"], kind) for name, said, kind in told} == {
        ("unit_a", 2, 1, "reminded"),
        ("supervisor", 2, 1, "reminded"),
    }
    assert len(told) == 2


# -- a flood is held -------------------------------------------------------------------------------------------------


def held(session: Session) -> list[str]:
    return [box.state for box in session.scalars(select(models.Outbox).order_by(models.Outbox.id))]


@pytest.mark.parametrize(("most", "state"), [(3, "held"), (4, "queued")])
def test_an_old_ledger_is_not_mailed_before_a_person_lets_it_go(
    session: Session, units: dict[str, int], monkeypatch: pytest.MonkeyPatch, most: int, state: str
) -> None:
    """R11: two measures, each told to two people."""
    monkeypatch.setattr(notices, "MOST_NEW", most)
    add_measure(session, units, LATE)
    add_measure(session, units, LATE)

    runs = [notices.remind(session, TODAY, AT) for _ in range(3)]

    assert held(session) == [state, state]
    expected = (2, 4) if state == "held" else (None, None)
    assert {(did.get("held"), did.get("held_new")) for did in runs} == {expected}
    assert runs[0]["owed"] == runs[0]["queued"] == 4


def test_what_a_person_let_go_is_sent_and_the_weekly_word_on_it_is_never_held(
    session: Session, units: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "MOST_NEW", 3)
    for _ in range(2):
        add_measure(session, units, dt.date(2026, 6, 12))
    notices.remind(session, TODAY, AT)
    assert post.release_held(session, AT) == 2

    same_day = notices.remind(session, TODAY, AT)
    week_later = notices.remind(session, TODAY + dt.timedelta(days=7), AT)

    assert held(session) == ["queued"] * 4
    assert (same_day["queued"], week_later["queued"], week_later.get("held")) == (0, 4, None)


def test_an_old_ledger_imported_later_is_held_too(
    session: Session, units: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "MOST_NEW", 3)
    add_measure(session, units, dt.date(2026, 6, 12))
    notices.remind(session, TODAY, AT)
    for _ in range(2):
        add_measure(session, units, dt.date(2026, 6, 11))

    did = notices.remind(session, TODAY + dt.timedelta(days=1), AT)

    assert held(session) == ["queued", "queued", "held", "held"]
    assert (did["held"], did["held_new"]) == (2, 4)


def test_digests_restored_from_a_backup_are_not_let_go_by_a_run(session: Session, units: dict[str, int]) -> None:
    add_measure(session, units, LATE)
    notices.remind(session, TODAY, AT)
    for box in session.scalars(select(models.Outbox)):
        box.state = "held"
    session.flush()

    notices.remind(session, TODAY, AT)

    assert held(session) == ["held", "held"]
