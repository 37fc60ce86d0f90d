"""Report, submit, accept, return, withdraw, sign off, reopen: as acts, without pages."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import access, files, models, progress, rounds, standing
from rectify.access import SYSTEM, Person
from rectify.rules import schedule
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
DAY = D("2026-06-15")
AT = factories.AT


@pytest.fixture
def person(session: Session, cast: Cast) -> Callable[[str], Person]:
    """One of the cast, within the test's open transaction."""
    return lambda name: access.person_of(session, session.get_one(models.User, cast.users[name]))


@pytest.fixture
def measure(session: Session, cast: Cast) -> models.Measure:
    """unit_a's measure, due on the last of June 2026; the supervisor decides."""
    issue = factories.make_issue(session, factories.make_inspection(session), deadline_on=D("2026-06-30"))
    return factories.make_measure(
        session, issue, lead=cast.units["unit_a"], supervising=[cast.units["supervisor"]], target_quantity=100
    )


def verdict(session: Session, measure: models.Measure, day: str | dt.date) -> str:
    day = D(day) if isinstance(day, str) else day
    row = standing.of(session, measure.id, day)
    assert row is not None
    return schedule.verdict(row, day).value


def count(session: Session, table: type) -> int:
    return session.execute(select(func.count()).select_from(table)).scalar_one()


def report(session: Session, measure: models.Measure, by: Person, **values: Any) -> models.ProgressReport:
    usual = {
        "unit_id": by.unit_id,
        "on_behalf": False,
        "state": "in_progress",
        "text": "已铺设管网3公里。",
        "day": DAY,
        "at": AT,
        "catch_up": factories.CATCH_UP,
    }
    return progress.report(session, measure, by=by, **{**usual, **values})


def submit(session: Session, measure: models.Measure, by: Person, **values: Any) -> models.Submission:
    usual = {
        "unit_id": by.unit_id,
        "on_behalf": False,
        "claim": "completed",
        "text": "12公里管网全部建成通水。",
        "day": DAY,
        "at": AT,
    }
    return progress.submit(session, measure, by=by, **{**usual, **values})


# -- reports ---------------------------------------------------------------------------------------------------------


def test_a_clerk_reports_and_the_trail_names_him(session: Session, person: Callable, measure: models.Measure) -> None:
    made = report(session, measure, person("unit_a"), quantity=30, forecast="able")

    entry = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "measure.report")).one()
    assert (made.state, made.quantity, made.forecast, made.on_behalf) == ("in_progress", 30, "able", False)
    assert (entry.user_name, entry.item, entry.item_id) == ("unit_a", "measure", measure.id)


def test_a_report_belongs_to_the_round_last_opened(session: Session, person: Callable, measure: models.Measure) -> None:
    inspection = session.scalars(select(models.Inspection)).one()
    inspection.rhythm = "monthly"
    this = rounds.plan_next(session, inspection, DAY, AT)[0]

    made = report(session, measure, person("unit_a"))

    assert made.round_id == this.id


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"state": "done"}, "请选择目前状态"),
        ({"text": "  "}, "请填写进展情况"),
        ({"text": "字" * 5001}, "不能超过5000字"),
        ({"difficulty": "字" * 5001}, "存在困难不能超过5000字"),
        ({"forecast": "maybe"}, "请选择能否按期完成"),
        ({"quantity": -1}, "应为不小于0的数"),
        ({"quantity": 2**31}, "应为不小于0的数"),
        ({"reached": [999]}, "不属于这条措施"),
        ({"on_behalf": True}, "只有整改办可以代"),
        ({"day": D("2026-01-04")}, "不承担这条措施"),  # before it began
    ],
)
def test_a_report_that_may_not_be_says_why_and_leaves_nothing(
    session: Session, person: Callable, measure: models.Measure, values: dict, sentence: str
) -> None:
    with pytest.raises(progress.Refused, match=sentence):
        report(session, measure, person("unit_a"), **values)

    assert count(session, models.ProgressReport) == 0


def test_a_quantity_is_taken_only_where_there_is_a_target(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    measure.target_quantity = None

    with pytest.raises(progress.Refused, match="没有量化目标"):
        report(session, measure, person("unit_a"), quantity=3)


@pytest.mark.parametrize("name", ["unit_b", "supervisor", "leader", "admin", "auditor"])
def test_nobody_reports_on_what_is_not_his(
    session: Session, person: Callable, measure: models.Measure, name: str
) -> None:
    by = person(name)

    with pytest.raises(progress.Refused, match="不承担这条措施"):
        report(session, measure, by)
    with pytest.raises(progress.Refused, match="不承担这条措施"):
        submit(session, measure, by)


def test_the_office_records_on_behalf_and_it_is_marked(
    session: Session, person: Callable, cast: Cast, measure: models.Measure
) -> None:
    made = report(session, measure, person("office"), unit_id=cast.units["unit_a"], on_behalf=True)

    assert made.on_behalf and made.unit_id == cast.units["unit_a"] and made.by_id == cast.users["office"]
    with pytest.raises(progress.Refused, match="不承担这条措施"):
        report(session, measure, person("office"), unit_id=cast.units["unit_b"], on_behalf=True)


def test_a_report_marks_a_milestone_reached_from_its_day(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    milestone = models.Milestone(measure_id=measure.id, due_on=D("2026-05-31"), text="主体工程完工")
    session.add(milestone)
    standing.write(session, [measure.id], day=D("2026-01-05"), at=AT)
    assert verdict(session, measure, DAY) == "behind"

    report(session, measure, person("unit_a"), reached=[milestone.id])

    assert verdict(session, measure, DAY) == "on_schedule"
    assert verdict(session, measure, D("2026-06-14")) == "behind"


def test_the_last_report_of_a_day_decides_whether_a_milestone_is_reached(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    milestone = models.Milestone(measure_id=measure.id, due_on=D("2026-05-31"), text="主体工程完工")
    session.add(milestone)
    session.flush()
    by = person("unit_a")

    report(session, measure, by, reached=[milestone.id])
    report(session, measure, by, reached=[])

    assert verdict(session, measure, DAY) == "behind"


def test_a_later_report_that_does_not_name_a_milestone_leaves_it_reached(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    milestone = models.Milestone(measure_id=measure.id, due_on=D("2026-05-31"), text="主体工程完工")
    session.add(milestone)
    session.flush()

    report(session, measure, person("unit_a"), reached=[milestone.id])
    report(session, measure, person("unit_a"), day=D("2026-06-16"))

    assert verdict(session, measure, D("2026-06-16")) == "on_schedule"


def test_a_milestone_left_on_the_issue_is_reached_by_a_report_on_its_measure(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    issue = session.scalars(select(models.Issue)).one()
    milestone = models.Milestone(issue_id=issue.id, due_on=D("2026-05-31"), text="完成排查")
    session.add(milestone)
    standing.write_issue(session, issue.id, day=D("2026-01-05"), at=AT)

    report(session, measure, person("unit_a"), reached=[milestone.id])

    row = standing.of_issue(session, issue.id, DAY)
    assert row is not None and schedule.verdict(row, DAY) == "on_schedule"


# -- submissions and decisions ---------------------------------------------------------------------------------------


def test_a_submission_in_time_holds_overdue_back_until_it_is_decided(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    submit(session, measure, person("unit_a"), day=D("2026-06-30"))

    row = standing.of(session, measure.id, D("2026-07-10"))
    assert row is not None and row.pending
    assert verdict(session, measure, D("2026-07-10")) == "on_schedule"


def test_submitting_twice_gives_one_row_and_a_sentence(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    by = person("unit_a")
    submit(session, measure, by)

    with pytest.raises(progress.Refused, match="已于2026-06-15申报，正待认定"):
        submit(session, measure, by)

    assert count(session, models.Submission) == 1


def test_a_submission_that_slips_in_between_is_refused_by_the_index(
    session: Session, person: Callable, measure: models.Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = person("unit_a")
    submit(session, measure, by)
    monkeypatch.setattr(progress, "open_submission", lambda *_: None)  # what a parallel send would have seen

    with pytest.raises(progress.Refused, match="刚刚已由他人申报"):
        submit(session, measure, by)

    assert count(session, models.Submission) == 1


def test_a_submission_is_also_the_report_of_its_round_but_only_where_there_was_none(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    inspection = session.scalars(select(models.Inspection)).one()
    inspection.rhythm = "monthly"
    rounds.plan_next(session, inspection, DAY, AT)
    by = person("unit_a")

    made = submit(session, measure, by)
    assert count(session, models.ProgressReport) == 1

    progress.withdraw(session, made, by=by, day=DAY, at=AT)
    submit(session, measure, by)
    assert count(session, models.ProgressReport) == 1


def test_a_measure_withdrawn_from_the_ledger_takes_no_report(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    measure.withdrawn_on = D("2026-06-10")
    standing.write(session, [measure.id], day=D("2026-06-10"), at=AT)

    with pytest.raises(progress.Refused, match="已不在台账中"):
        report(session, measure, person("unit_a"))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"claim": "signed_off"}, "请选择申报"),
        ({"text": " \n "}, "请填写完成情况说明"),
        ({"text": "字" * 5001}, "不能超过5000字"),
        ({"on_behalf": True}, "只有整改办可以代"),
    ],
)
def test_a_submission_that_may_not_be_says_why(
    session: Session, person: Callable, measure: models.Measure, values: dict, sentence: str
) -> None:
    with pytest.raises(progress.Refused, match=sentence):
        submit(session, measure, person("unit_a"), **values)


def test_accepted_it_is_completed_on_the_day_it_was_submitted_and_counts_from_the_decision(
    session: Session, person: Callable, measure: models.Measure, cast: Cast
) -> None:
    made = submit(session, measure, person("unit_a"))

    progress.accept(
        session, made, by=person("supervisor"), unit_id=cast.units["supervisor"], day=D("2026-07-05"), at=AT
    )

    row = standing.of(session, measure.id, D("2026-07-05"))
    assert row is not None and row.completed_on == DAY and row.done_on == DAY
    assert verdict(session, measure, D("2026-07-05")) == "completed"
    assert verdict(session, measure, D("2026-07-04")) == "on_schedule"
    with pytest.raises(progress.Refused, match="该措施已完成，不需要再填报"):
        report(session, measure, person("unit_a"), day=D("2026-07-06"))
    with pytest.raises(progress.Refused, match="该措施已完成"):
        submit(session, measure, person("unit_a"), day=D("2026-07-06"))


def test_returned_late_it_is_overdue_from_the_day_of_the_return(
    session: Session, person: Callable, measure: models.Measure, cast: Cast
) -> None:
    made = submit(session, measure, person("unit_a"))

    progress.return_(
        session,
        made,
        by=person("supervisor"),
        unit_id=cast.units["supervisor"],
        reason="缺少竣工验收材料",
        day=D("2026-07-05"),
        at=AT,
    )

    assert verdict(session, measure, D("2026-07-04")) == "on_schedule"
    assert verdict(session, measure, D("2026-07-05")) == "overdue"
    submit(session, measure, person("unit_a"), day=D("2026-07-06"))  # mended and sent again
    assert verdict(session, measure, D("2026-07-06")) == "overdue"


def test_basically_completed_is_accepted_as_such_and_the_rest_is_submitted_later(
    session: Session, person: Callable, measure: models.Measure, cast: Cast
) -> None:
    by, decider, unit_id = person("unit_a"), person("supervisor"), cast.units["supervisor"]
    made = submit(session, measure, by, claim="basically_completed")
    progress.accept(session, made, by=decider, unit_id=unit_id, day=DAY, at=AT)
    assert verdict(session, measure, DAY) == "basically_completed"

    with pytest.raises(progress.Refused, match="已认定为基本完成"):
        submit(session, measure, by, claim="basically_completed")
    report(session, measure, by)
    again = submit(session, measure, by, day=D("2026-06-20"))
    progress.accept(session, again, by=decider, unit_id=unit_id, day=D("2026-06-21"), at=AT)

    assert verdict(session, measure, D("2026-06-21")) == "completed"


@pytest.mark.parametrize("name", ["unit_a", "unit_b", "office", "leader", "admin", "auditor"])
def test_only_whoever_decides_accepts_or_returns(
    session: Session, person: Callable, measure: models.Measure, cast: Cast, name: str
) -> None:
    made = submit(session, measure, person("unit_a"))
    by = person(name)

    with pytest.raises(progress.Refused, match="不负责这项申报|不能认定本人"):
        progress.accept(session, made, by=by, unit_id=by.unit_id, day=DAY, at=AT)
    with pytest.raises(progress.Refused, match="不负责这项申报|不能认定本人"):
        progress.return_(session, made, by=by, unit_id=by.unit_id, reason="理由", day=DAY, at=AT)

    assert made.state == "open"


def test_nobody_decides_what_his_own_unit_submitted_the_office_does(
    session: Session, person: Callable, cast: Cast
) -> None:
    """The supervisor's unit leads the measure it supervises: only the office is left."""
    own = cast.units["supervisor"]
    issue = factories.make_issue(session, factories.make_inspection(session))
    measure = factories.make_measure(session, issue, lead=own, supervising=[own])
    made = submit(session, measure, SYSTEM, unit_id=own)

    with pytest.raises(progress.Refused, match="您本单位"):
        progress.accept(session, made, by=person("supervisor"), unit_id=own, day=DAY, at=AT)
    progress.accept(session, made, by=person("office"), unit_id=cast.units["office"], day=DAY, at=AT)

    assert verdict(session, measure, DAY) == "completed"


def test_the_office_does_not_decide_what_it_recorded_itself_on_behalf(
    session: Session, person: Callable, cast: Cast
) -> None:
    issue = factories.make_issue(session, factories.make_inspection(session))
    measure = factories.make_measure(session, issue, lead=cast.units["unit_a"])
    made = submit(session, measure, person("office"), unit_id=cast.units["unit_a"], on_behalf=True)

    with pytest.raises(progress.Refused, match="不能认定本人提交的申报"):
        progress.accept(session, made, by=person("office"), unit_id=cast.units["office"], day=DAY, at=AT)


def test_a_decision_is_made_once(session: Session, person: Callable, measure: models.Measure, cast: Cast) -> None:
    made = submit(session, measure, person("unit_a"))
    decider, unit_id = person("supervisor"), cast.units["supervisor"]
    progress.return_(session, made, by=decider, unit_id=unit_id, reason="缺材料", day=DAY, at=AT)

    with pytest.raises(progress.Refused, match="已有结论"):
        progress.accept(session, made, by=decider, unit_id=unit_id, day=DAY, at=AT)
    with pytest.raises(progress.Refused, match="已有结论"):
        progress.withdraw(session, made, by=person("unit_a"), day=DAY, at=AT)


def test_two_who_decide_at_once_give_one_decision(
    session: Session, person: Callable, measure: models.Measure, cast: Cast
) -> None:
    submission_id = submit(session, measure, person("unit_a")).id
    decider, unit_id = person("supervisor"), cast.units["supervisor"]
    session.commit()
    with Session(session.get_bind(), expire_on_commit=False) as late:
        stale = late.get_one(models.Submission, submission_id)
        late.commit()
        made = session.get_one(models.Submission, submission_id)
        progress.accept(session, made, by=decider, unit_id=unit_id, day=DAY, at=AT)
        session.commit()

        with pytest.raises(progress.Refused, match="刚刚已由他人处理"):
            progress.return_(late, stale, by=decider, unit_id=unit_id, reason="缺材料", day=DAY, at=AT)
        late.rollback()

    session.expire_all()
    assert session.get_one(models.Submission, submission_id).state == "accepted"


def test_a_return_needs_a_reason(session: Session, person: Callable, measure: models.Measure, cast: Cast) -> None:
    made = submit(session, measure, person("unit_a"))

    with pytest.raises(progress.Refused, match="请写明退回的原因"):
        progress.return_(
            session, made, by=person("supervisor"), unit_id=cast.units["supervisor"], reason=" ", day=DAY, at=AT
        )


def test_a_unit_takes_its_submission_back_and_others_do_not(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    made = submit(session, measure, person("unit_a"))

    for name in ("unit_b", "supervisor", "office"):
        with pytest.raises(progress.Refused, match="只有申报单位"):
            progress.withdraw(session, made, by=person(name), day=DAY, at=AT)
    progress.withdraw(session, made, by=person("unit_a"), day=DAY, at=AT)

    assert made.state == "withdrawn" and made.decided_on == DAY
    assert verdict(session, measure, D("2026-07-01")) == "overdue"


# -- sign-off and reopening ------------------------------------------------------------------------------------------


@pytest.fixture
def completed(session: Session, measure: models.Measure) -> models.Measure:
    """Submitted on 1 June, accepted on 5 June."""
    made = submit(session, measure, SYSTEM, day=D("2026-06-01"))
    progress.accept(session, made, by=SYSTEM, unit_id=None, day=D("2026-06-05"), at=AT)
    return measure


def test_the_office_records_that_a_completed_measure_is_signed_off(
    session: Session, person: Callable, completed: models.Measure
) -> None:
    progress.sign_off(session, completed, by=person("office"), signed_off_on=D("2026-06-10"), day=DAY, at=AT)

    assert verdict(session, completed, DAY) == "signed_off"
    assert verdict(session, completed, D("2026-06-14")) == "completed"
    with pytest.raises(progress.Refused, match="已经销号"):
        progress.sign_off(session, completed, by=person("office"), signed_off_on=DAY, day=DAY, at=AT)


def test_nothing_but_a_completed_measure_is_signed_off(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    with pytest.raises(progress.Refused, match="只有已认定完成的措施"):
        progress.sign_off(session, measure, by=person("office"), signed_off_on=DAY, day=DAY, at=AT)


@pytest.mark.parametrize(
    ("name", "on", "sentence"),
    [
        ("office", "2026-06-16", "不能晚于今天"),
        ("office", "2026-05-31", "不能早于完成日期"),
        ("supervisor", "2026-06-10", "只有整改办"),
        ("unit_a", "2026-06-10", "只有整改办"),
    ],
)
def test_a_sign_off_that_may_not_be_says_why(
    session: Session, person: Callable, completed: models.Measure, name: str, on: str, sentence: str
) -> None:
    with pytest.raises(progress.Refused, match=sentence):
        progress.sign_off(session, completed, by=person(name), signed_off_on=D(on), day=DAY, at=AT)


def test_reopened_without_a_new_deadline_it_is_overdue_from_that_day_where_the_old_one_has_passed(
    session: Session, person: Callable, completed: models.Measure
) -> None:
    day = D("2026-08-03")

    progress.reopen(session, completed, by=person("office"), reason="反弹", new_deadline_on=None, day=day, at=AT)

    assert verdict(session, completed, D("2026-08-02")) == "completed"
    assert verdict(session, completed, day) == "overdue"


def test_reopened_with_a_new_deadline_it_has_until_then_and_keeps_the_original(
    session: Session, person: Callable, completed: models.Measure
) -> None:
    day = D("2026-08-03")

    progress.reopen(
        session, completed, by=person("office"), reason="反弹", new_deadline_on=D("2026-09-30"), day=day, at=AT
    )

    row = standing.of(session, completed.id, day)
    assert row is not None
    assert (row.deadline_on, row.original_deadline_on) == (D("2026-09-30"), D("2026-06-30"))
    assert verdict(session, completed, D("2026-09-30")) == "on_schedule"
    assert verdict(session, completed, D("2026-10-01")) == "overdue"
    report(session, completed, person("unit_a"), day=D("2026-08-04"))


@pytest.mark.parametrize(
    ("name", "reason", "deadline", "day", "sentence"),
    [
        ("supervisor", "反弹", None, "2026-08-03", "只有整改办"),
        ("office", " ", None, "2026-08-03", "请写明反弹"),
        ("office", "反弹", "2026-08-02", "2026-08-03", "不能早于今天"),
        ("office", "反弹", None, "2026-06-01", "只有已完成"),
    ],
)
def test_a_reopening_that_may_not_be_says_why(
    session: Session,
    person: Callable,
    completed: models.Measure,
    name: str,
    reason: str,
    deadline: str | None,
    day: str,
    sentence: str,
) -> None:
    with pytest.raises(progress.Refused, match=sentence):
        progress.reopen(
            session,
            completed,
            by=person(name),
            reason=reason,
            new_deadline_on=D(deadline) if deadline else None,
            day=D(day),
            at=AT,
        )


def test_what_was_submitted_today_is_reopened_tomorrow_at_the_earliest(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    made = submit(session, measure, SYSTEM)
    progress.accept(session, made, by=SYSTEM, unit_id=None, day=DAY, at=AT)

    with pytest.raises(progress.Refused, match="请于明天办理"):
        progress.reopen(session, measure, by=person("office"), reason="反弹", new_deadline_on=None, day=DAY, at=AT)


# -- at the same instant ---------------------------------------------------------------------------------------------


def at_once(session: Session, *acts: Callable[[Session], object]) -> list[BaseException | None]:
    """Run acts in sessions of their own at the same instant, each committed; what each raised."""
    engine, ready = session.get_bind(), threading.Barrier(len(acts))
    raised: list[BaseException | None] = [None] * len(acts)

    def run(place: int, act: Callable[[Session], object]) -> None:
        with Session(engine) as own:
            ready.wait()
            try:
                act(own)
                own.commit()
            except Exception as error:
                raised[place] = error
                own.rollback()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


def test_units_of_one_issue_that_report_at_the_same_instant_are_both_heard(
    session: Session, cast: Cast, measure: models.Measure
) -> None:
    """Their measures share the issue's standing: one waits for the other, none gets an error page."""
    issue = session.scalars(select(models.Issue)).one()
    others = [factories.make_measure(session, issue, lead=cast.units["unit_b"]).id for _ in range(5)]
    ids, issue_id = [measure.id, *others], issue.id
    session.commit()

    def reports(measure_id: int) -> Callable[[Session], object]:
        return lambda own: report(own, own.get_one(models.Measure, measure_id), SYSTEM, state="not_started")

    raised = at_once(session, *map(reports, ids))

    assert raised == [None] * 6
    assert count(session, models.ProgressReport) == 6
    row = standing.of_issue(session, issue_id, DAY)
    assert row is not None and row.reported and row.not_started_from == DAY


def test_an_act_that_waited_for_an_extension_judges_by_the_new_deadline(
    session: Session, measure: models.Measure
) -> None:
    """The report loaded the measure before the extension was committed; the old day must not come back."""
    measure.deadline_kind, measure.deadline_on, measure.original_deadline_on = "date", D("2026-06-30"), D("2026-06-30")
    standing.write(session, [measure.id], day=DAY, at=AT)
    measure_id = measure.id
    session.commit()
    with Session(session.get_bind(), expire_on_commit=False) as late:
        stale = late.get_one(models.Measure, measure_id)
        late.commit()
        session.get_one(models.Measure, measure_id).deadline_on = D("2026-09-30")
        standing.write(session, [measure_id], day=DAY, at=AT)
        session.commit()

        report(late, stale, SYSTEM)
        late.commit()

    row = standing.of(session, measure_id, DAY)
    assert row is not None and row.deadline_on == D("2026-09-30")


def test_submissions_of_the_same_instant_leave_one_row(session: Session, measure: models.Measure) -> None:
    measure_id = measure.id
    session.commit()

    raised = at_once(
        session, *[lambda own: submit(own, own.get_one(models.Measure, measure_id), SYSTEM) for _ in range(4)]
    )

    assert [type(error) for error in raised if error] == [progress.Refused] * 3
    assert count(session, models.Submission) == 1


def test_a_decision_and_the_night_at_the_same_instant_leave_a_legal_state(
    session: Session, measure: models.Measure
) -> None:
    """F35: whichever comes first, the measure is completed and the round of July is open."""
    inspection = session.scalars(select(models.Inspection)).one()
    inspection.rhythm = "monthly"
    rounds.plan_next(session, inspection, D("2026-06-01"), AT)
    submission_id = submit(session, measure, SYSTEM).id
    measure_id, night = measure.id, D("2026-07-01")
    session.commit()

    raised = at_once(
        session,
        lambda own: progress.accept(
            own, own.get_one(models.Submission, submission_id), by=SYSTEM, unit_id=None, day=night, at=AT
        ),
        lambda own: rounds.open_due(own, night, AT),
    )

    assert raised == [None, None]
    session.expire_all()
    assert verdict(session, session.get_one(models.Measure, measure_id), night) == "completed"
    assert session.scalars(select(models.Round.opened_at).where(models.Round.opens_on == night)).one() is not None


# -- evidence --------------------------------------------------------------------------------------------------------


def stored(letter: str = "a") -> files.Stored:
    return files.Stored(letter * 64, 1000, "image/jpeg")


def test_the_same_file_attached_twice_is_one_row_and_another_never_replaces_it(
    session: Session, person: Callable, measure: models.Measure
) -> None:
    by = person("unit_a")
    made = submit(session, measure, by)

    def attach(letter: str) -> models.Evidence:
        return progress.attach(
            session, measure, name="现场.jpg", stored=stored(letter), by=by, unit_id=by.unit_id, at=AT, submission=made
        )

    first, again, other = attach("a"), attach("a"), attach("b")

    assert first is again and other is not first
    assert count(session, models.Evidence) == 2


def test_a_submission_carries_at_most_twenty_files(session: Session, person: Callable, measure: models.Measure) -> None:
    by = person("unit_a")
    made = submit(session, measure, by)
    for i in range(20):
        content = files.Stored(f"{i:064x}", 10, "image/jpeg")
        progress.attach(
            session, measure, name="照片.jpg", stored=content, by=by, unit_id=by.unit_id, at=AT, submission=made
        )

    with pytest.raises(progress.Refused, match="最多上传20个"):
        progress.attach(
            session, measure, name="照片.jpg", stored=stored(), by=by, unit_id=by.unit_id, at=AT, submission=made
        )


def test_nobody_attaches_for_a_unit_that_is_not_his(
    session: Session, person: Callable, cast: Cast, measure: models.Measure
) -> None:
    with pytest.raises(progress.Refused, match="不能为这条措施上传"):
        progress.attach(
            session, measure, name="照片.jpg", stored=stored(), by=person("unit_b"), unit_id=cast.units["unit_a"], at=AT
        )
