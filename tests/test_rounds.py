"""Rounds by the rhythm, the office's confirmations, refused milestones and changed rules: as acts, without pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, figures, models, rounds, standing
from rectify.access import Person
from rectify.rules import schedule
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
AT = factories.AT


def instant(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(2), dt.UTC)


def rounds_of(session: Session, inspection: models.Inspection) -> list[models.Round]:
    query = select(models.Round).where(models.Round.inspection_id == inspection.id).order_by(models.Round.opens_on)
    return list(session.scalars(query))


def days(some: list[models.Round]) -> list[tuple[str, str]]:
    return [(r.opens_on.isoformat(), r.cut_off_on.isoformat()) for r in some]


def verdict(session: Session, measure: models.Measure, day: str) -> str:
    row = standing.of(session, measure.id, D(day))
    assert row is not None
    return schedule.verdict(row, D(day)).value


def report(session: Session, measure: models.Measure, day: str, state: str = "in_progress") -> models.ProgressReport:
    made = models.ProgressReport(
        measure_id=measure.id, reported_on=D(day), at=instant(D(day)), state=state, text="管网已开工。"
    )
    session.add(made)
    standing.write(session, [measure.id], day=D(day), at=instant(D(day)))
    return made


@pytest.fixture
def person(session: Session, cast: Cast) -> Callable[[str], Person]:
    """One of the cast, within the test's open transaction."""
    return lambda name: access.person_of(session, session.get_one(models.User, cast.users[name]))


# -- rounds ----------------------------------------------------------------------------------------------------------


def test_a_new_inspection_gets_this_months_round_and_the_next_one_ahead(session: Session) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly", grace_days=3)

    rounds.plan_next(session, inspection, D("2026-06-15"), AT)

    now, ahead = rounds_of(session, inspection)
    assert days([now, ahead]) == [("2026-06-15", "2026-06-30"), ("2026-07-01", "2026-07-31")]
    assert now.opened_at is not None and ahead.opened_at is None
    assert now.grace_days == 3


def test_an_inspection_entered_at_the_end_of_a_month_is_first_asked_in_the_next(session: Session) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")

    rounds.plan_next(session, inspection, D("2026-06-25"), AT)

    assert days(rounds_of(session, inspection)) == [("2026-07-01", "2026-07-31")]


def test_without_a_rhythm_nothing_is_planned(session: Session) -> None:
    inspection = factories.make_inspection(session, rhythm="none")

    assert rounds.plan_next(session, inspection, D("2026-06-15"), AT) == []


def test_opening_what_is_due_plans_the_next_and_does_nothing_the_second_time(session: Session) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    day = D("2026-07-01")

    first = rounds.open_due(session, day, instant(day))
    second = rounds.open_due(session, day, instant(day))

    assert first == {"opened": 1, "late": 0, "missed": 0, "planned": 1}
    assert second == {"opened": 0, "late": 0, "missed": 0, "planned": 0}
    assert days(rounds_of(session, inspection))[-1] == ("2026-08-01", "2026-08-31")


def test_a_round_opened_ten_days_late_is_cut_off_ten_days_later(session: Session) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    day = D("2026-07-11")

    did = rounds.open_due(session, day, instant(day))

    assert (did["opened"], did["late"]) == (1, 1)
    assert days(rounds_of(session, inspection)) == [
        ("2026-06-15", "2026-06-30"),
        ("2026-07-11", "2026-08-10"),
        ("2026-08-11", "2026-08-31"),
    ]


def test_of_several_rounds_that_were_missed_only_the_last_is_opened(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session, rhythm="none")
    for name, opens, cut_off in (("一期", "2026-06-20", "2026-06-25"), ("二期", "2026-06-26", "2026-06-30")):
        rounds.add_round(
            session,
            inspection,
            name=name,
            opens_on=D(opens),
            cut_off_on=D(cut_off),
            by=person("office"),
            day=D("2026-06-15"),
            at=AT,
        )

    did = rounds.open_due(session, D("2026-06-28"), instant(D("2026-06-28")))

    one, two = rounds_of(session, inspection)
    assert did == {"opened": 1, "late": 1, "missed": 1, "planned": 0}
    assert one.cancelled_on == D("2026-06-28") and one.opened_at is None
    assert two.cut_off_on == D("2026-07-02")


@pytest.mark.parametrize(
    ("day", "closed"), [("2026-06-30", False), ("2026-07-03", False), ("2026-07-04", True), ("2026-09-01", True)]
)
def test_a_round_closes_the_day_after_cut_off_and_grace(session: Session, day: str, closed: bool) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly", grace_days=3)
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)

    did = rounds.close_due(session, D(day), instant(D(day)))
    again = rounds.close_due(session, D(day), instant(D(day)))

    assert did == {"closed": int(closed)} and again == {"closed": 0}
    assert (rounds_of(session, inspection)[0].closed_at is not None) is closed


NATIONAL_DAY = [
    ("calendar days: through a holiday all the same", 3, "days", "2026-10-03"),
    ("working days: after the week off and on the make-up Saturday", 3, "workdays", "2026-10-10"),
    ("one working day", 1, "workdays", "2026-10-08"),
    ("no grace is none, whatever it is counted in", 0, "workdays", "2026-09-30"),
]
"""A month that ends before 1 to 7 October off and Saturday the tenth worked: grace, its last day."""


@pytest.mark.parametrize(
    ("amount", "unit", "last"), [row[1:] for row in NATIONAL_DAY], ids=[r[0] for r in NATIONAL_DAY]
)
def test_grace_ends_after_its_last_day_counted_as_the_inspection_says(
    session: Session, amount: int, unit: str, last: str
) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly", grace_days=amount, grace_unit=unit)
    measure = factories.make_measure(session, factories.make_issue(session, inspection))

    (september, _) = rounds.plan_next(session, inspection, D("2026-09-10"), AT)

    assert (september.grace, september.grace_on) == (amount, D(last))
    after = (D(last) + dt.timedelta(days=1)).isoformat()
    assert [verdict(session, measure, day) for day in (last, after)] == ["on_schedule", "unreported"]


def test_a_round_opened_late_counts_its_grace_anew(session: Session) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly", grace_days=2, grace_unit="workdays")
    rounds.plan_next(session, inspection, D("2026-08-20"), AT)

    rounds.open_due(session, D("2026-09-02"), AT)

    september = rounds_of(session, inspection)[1]
    assert (september.cut_off_on, september.grace_on) == (D("2026-10-01"), D("2026-10-09"))


def test_a_rule_of_working_days_is_followed_by_rounds_not_yet_open_and_leaves_the_days_before(
    session: Session, person: Callable
) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly", grace_days=3)
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    rounds.plan_next(session, inspection, D("2026-08-20"), AT)
    report(session, measure, "2026-08-21")
    assert verdict(session, measure, "2026-10-04") == "unreported"

    office, day = person("office"), D("2026-08-25")
    rounds.change_rules(session, inspection, {"grace_unit": "workdays"}, by=office, day=day, at=instant(day))

    august, september = rounds_of(session, inspection)
    assert (august.grace_on, september.grace_on) == (D("2026-09-03"), D("2026-10-10"))
    assert [verdict(session, measure, day) for day in ("2026-10-10", "2026-10-11")] == ["on_schedule", "unreported"]
    kept = session.scalars(select(models.FormerValues).where(models.FormerValues.inspection_id == inspection.id)).all()
    assert {"grace_unit": "days"} in [row.values for row in kept]
    assert figures.check(session, D("2026-10-11")) == []


def test_a_day_declared_off_moves_the_grace_of_rounds_ahead_and_not_of_one_that_is_open(session: Session) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly", grace_days=2, grace_unit="workdays")
    factories.make_measure(session, factories.make_issue(session, inspection))
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    for day in ("2026-07-02", "2026-08-03"):
        session.add(models.WorkdayOverride(day_on=D(day), is_workday=False, note="防汛"))
    session.flush()

    day = D("2026-06-20")
    moved = rounds.recount_grace(session, by=access.SYSTEM, day=day, at=instant(day))
    again = rounds.recount_grace(session, by=access.SYSTEM, day=day, at=instant(day))

    june, july = rounds_of(session, inspection)
    assert (june.grace_on, july.grace_on) == (D("2026-07-02"), D("2026-08-05"))
    assert [(one.name, one.was_on, one.becomes_on) for one in moved] == [
        ("2026年7月调度", D("2026-08-04"), D("2026-08-05"))
    ]
    assert again == []


def test_a_measure_that_does_not_report_is_unreported_the_day_after_cut_off_without_any_job(session: Session) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    measure = factories.make_measure(session, factories.make_issue(session, inspection))

    rounds.plan_next(session, inspection, D("2026-06-15"), AT)

    assert verdict(session, measure, "2026-06-30") == "on_schedule"
    assert verdict(session, measure, "2026-07-01") == "unreported"


def test_a_report_moves_the_lack_of_one_to_the_round_planned_ahead(session: Session) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)

    report(session, measure, "2026-06-20")

    assert verdict(session, measure, "2026-07-31") == "on_schedule"
    assert verdict(session, measure, "2026-08-01") == "unreported"


def test_a_report_made_before_the_round_was_opened_on_its_first_day_is_not_asked_for_again(session: Session) -> None:
    """The job of the first of July ran after the unit's report: only then is August planned, and it must bind."""
    inspection = factories.make_inspection(session, rhythm="monthly")
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    report(session, measure, "2026-07-01")

    rounds.open_due(session, D("2026-07-01"), instant(D("2026-07-01")))

    assert verdict(session, measure, "2026-08-31") == "on_schedule"
    assert verdict(session, measure, "2026-09-01") == "unreported"


def test_a_cancelled_round_binds_nobody(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    june = rounds_of(session, inspection)[0]

    rounds.cancel_round(session, june, reason="国庆调休", by=person("office"), day=D("2026-06-16"), at=AT)

    assert verdict(session, measure, "2026-07-31") == "on_schedule"
    assert verdict(session, measure, "2026-08-01") == "unreported"
    with pytest.raises(rounds.Refused, match="已于2026-06-16取消"):
        rounds.cancel_round(session, june, reason="再次", by=person("office"), day=D("2026-06-17"), at=AT)


def test_cancelling_the_round_ahead_plans_the_one_after_it(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    july = rounds_of(session, inspection)[1]

    rounds.cancel_round(session, july, reason="七月不调度", by=person("office"), day=D("2026-06-16"), at=AT)

    assert days(rounds_of(session, inspection))[-1] == ("2026-08-01", "2026-08-31")


@pytest.mark.parametrize(("day", "may"), [("2026-06-30", True), ("2026-07-01", False), ("2026-07-04", False)])
def test_a_round_is_cancelled_until_its_cut_off_and_not_after(
    session: Session, person: Callable, day: str, may: bool
) -> None:
    """After that who did not report in it stands as he stands, in its grace too."""
    inspection = factories.make_inspection(session, rhythm="monthly", grace_days=3)
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    june = rounds_of(session, inspection)[0]
    acting = {"by": person("office"), "day": D(day), "at": instant(D(day))}

    if may:
        rounds.cancel_round(session, june, reason="防汛", **acting)
    else:
        with pytest.raises(rounds.Refused, match="“2026年6月调度”已于2026-06-30截止，不能再取消"):
            rounds.cancel_round(session, june, reason="防汛", **acting)

    assert verdict(session, measure, "2026-07-04") == ("on_schedule" if may else "unreported")


def test_the_days_of_a_cancelled_round_can_be_planned_again_and_bind_again(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    july = rounds_of(session, inspection)[1]
    rounds.cancel_round(session, july, reason="防汛", by=person("office"), day=D("2026-06-16"), at=AT)
    assert verdict(session, measure, "2026-08-01") == "unreported"  # for June, whose cut-off is the thirtieth
    report(session, measure, "2026-06-20")
    assert verdict(session, measure, "2026-08-01") == "on_schedule"

    again = {"name": july.name, "opens_on": july.opens_on, "cut_off_on": july.cut_off_on}
    made = rounds.add_round(session, inspection, **again, by=person("office"), day=D("2026-06-21"), at=AT)

    assert made.id != july.id and july.cancelled_on == D("2026-06-16")
    assert verdict(session, measure, "2026-08-01") == "unreported"
    with pytest.raises(rounds.Refused, match="日期重叠，请改日期，或先取消那一期"):
        rounds.add_round(session, inspection, **again, by=person("office"), day=D("2026-06-22"), at=AT)


def change(session: Session, this: models.Round, by: Person, day: str = "2026-06-16", **values: object) -> bool:
    usual = {name: getattr(this, name) for name in ("name", "opens_on", "cut_off_on", "grace_days")}
    return rounds.change_round(session, this, **{**usual, **values}, by=by, day=D(day), at=instant(D(day)))  # type: ignore[arg-type]


def test_a_round_still_ahead_takes_other_days_and_grace_from_that_day_on(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    report(session, measure, "2026-06-15")
    july = rounds_of(session, inspection)[1]

    changed = change(session, july, person("office"), name="七月调度", cut_off_on=D("2026-07-25"), grace_days=2)

    entry = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "round.change")).one()
    assert changed
    assert [verdict(session, measure, day) for day in ("2026-07-27", "2026-07-28")] == ["on_schedule", "unreported"]
    assert entry.details["old"] == {"name": "2026年7月调度", "cut_off_on": "2026-07-31", "grace_days": 0}
    assert entry.details["new"] == {"name": "七月调度", "cut_off_on": "2026-07-25", "grace_days": 2}
    notes: list[str] = []
    for day in ("2026-06-15", "2026-06-16", "2026-07-28"):  # the day before is judged by the round of then
        assert (figures.check(session, D(day), notes), notes) == ([], []), day


def test_a_round_moved_to_today_is_open_at_once_and_the_next_one_is_planned(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly", grace_days=1)
    rounds.plan_next(session, inspection, D("2026-06-29"), AT)
    july = rounds_of(session, inspection)[0]
    assert days([july]) == [("2026-07-01", "2026-07-31")]

    change(session, july, person("office"), "2026-06-29", opens_on=D("2026-06-29"))

    assert july.opened_at == instant(D("2026-06-29"))
    assert days(rounds_of(session, inspection)) == [("2026-06-29", "2026-07-31"), ("2026-08-01", "2026-08-31")]


def test_a_round_that_stays_as_it_is_leaves_no_trace(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)

    assert not change(session, rounds_of(session, inspection)[1], person("office"))
    assert session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "round.change")).all() == []


@pytest.mark.parametrize(
    ("which", "values", "sentence"),
    [
        (1, {"name": " "}, "请填写调度期的名称"),
        (1, {"cut_off_on": D("2026-06-30")}, "截止日不能早于开放日"),
        (1, {"opens_on": D("2026-06-14")}, "开放日不能早于今天"),
        (1, {"opens_on": D("2026-06-30")}, "与“2026年6月调度”"),
        (0, {"cut_off_on": D("2026-06-28")}, "“2026年6月调度”已于2026-06-15开放"),
        (2, {"cut_off_on": D("2026-09-09")}, "“取消的”已于2026-06-15取消，不能再改"),
    ],
)
def test_a_round_that_may_not_be_changed_so_says_why(
    session: Session, person: Callable, which: int, values: dict, sentence: str
) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    cancelled = {"opens_on": D("2026-09-01"), "cut_off_on": D("2026-09-10"), "cancelled_on": D("2026-06-15")}
    session.add(models.Round(inspection_id=inspection.id, name="取消的", **cancelled))
    session.flush()

    with pytest.raises(rounds.Refused, match=sentence):
        change(session, rounds_of(session, inspection)[which], person("office"), **values)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": " "}, "请填写调度期的名称"),
        ({"cut_off_on": D("2026-08-31")}, "截止日不能早于开放日"),
        ({"opens_on": D("2026-06-14")}, "开放日不能早于今天"),
        ({"opens_on": D("2026-07-20"), "cut_off_on": D("2026-09-20")}, "与“2026年7月调度”"),
    ],
)
def test_a_round_that_cannot_be_is_refused_with_what_to_do(
    session: Session, person: Callable, values: dict, sentence: str
) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    wanted = {"name": "专项调度", "opens_on": D("2026-09-01"), "cut_off_on": D("2026-09-10"), **values}

    with pytest.raises(rounds.Refused, match=sentence):
        rounds.add_round(session, inspection, **wanted, by=person("office"), day=D("2026-06-15"), at=AT)


def test_the_round_of_a_day_is_the_last_one_opened_even_after_its_cut_off(session: Session) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    june = rounds_of(session, inspection)[0]

    assert rounds.open_round_of(session, inspection.id, D("2026-06-14")) is None
    assert rounds.open_round_of(session, inspection.id, D("2026-06-15")) is june
    assert rounds.open_round_of(session, inspection.id, D("2026-07-05")) is june


# -- the rules of an inspection --------------------------------------------------------------------------------------


def test_a_new_rhythm_replaces_the_rounds_not_yet_opened_and_keeps_the_open_one(
    session: Session, person: Callable
) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)

    rounds.change_rules(session, inspection, {"rhythm": "ten_day"}, by=person("office"), day=D("2026-06-16"), at=AT)

    assert days(rounds_of(session, inspection)) == [("2026-06-15", "2026-06-30"), ("2026-07-01", "2026-07-10")]


def test_a_changed_rhythm_can_be_changed_back(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    rounds.plan_next(session, inspection, D("2026-06-15"), AT)
    before = days(rounds_of(session, inspection))

    for rhythm in ("none", "monthly"):
        rounds.change_rules(session, inspection, {"rhythm": rhythm}, by=person("office"), day=D("2026-06-16"), at=AT)

    assert days(rounds_of(session, inspection)) == before


def test_basically_completed_counts_as_the_changed_rule_says_at_once(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session)
    issue = factories.make_issue(session, inspection, deadline_on=D("2026-06-01"))
    measure = factories.make_measure(session, issue)
    session.add(
        models.Submission(
            measure_id=measure.id,
            claim="basically_completed",
            submitted_on=D("2026-05-20"),
            at=AT,
            state="accepted",
            decided_on=D("2026-05-21"),
            decided_at=AT,
        )
    )
    standing.write(session, [measure.id], day=D("2026-05-21"), at=AT)
    assert verdict(session, measure, "2026-06-15") == "overdue"

    rounds.change_rules(
        session, inspection, {"basically_counts_as_done": True}, by=person("office"), day=D("2026-06-15"), at=AT
    )

    assert verdict(session, measure, "2026-06-15") == "basically_completed"
    assert verdict(session, measure, "2026-06-14") == "overdue"


@pytest.mark.parametrize(
    "change",
    [
        {"judged_by": "line and milestones"},
        {"decides": "lead"},
        {"rhythm": "daily"},
        {"tolerance_percent": 101},
        {"grace_days": -1},
        {"name": "改名"},
        {"near_due_days": 0},
    ],
)
def test_a_rule_takes_only_what_it_may_be(session: Session, person: Callable, change: dict) -> None:
    inspection = factories.make_inspection(session)

    with pytest.raises(rounds.Refused, match="不能设为"):
        rounds.change_rules(session, inspection, change, by=person("office"), day=D("2026-06-15"), at=AT)


def test_rules_that_stay_as_they_are_leave_no_trace(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")

    assert not rounds.change_rules(
        session, inspection, {"rhythm": "monthly"}, by=person("office"), day=D("2026-06-15"), at=AT
    )
    assert session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "inspection.rules")).all() == []


# -- the office's word -----------------------------------------------------------------------------------------------


@pytest.fixture
def behind(session: Session) -> models.Measure:
    """A measure whose milestone of the end of May was missed."""
    inspection = factories.make_inspection(session, rhythm="monthly")
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    session.add(models.Milestone(measure_id=measure.id, due_on=D("2026-05-31"), text="主体工程完工"))
    rounds.plan_next(session, inspection, D("2026-05-04"), AT)
    rounds.open_due(session, D("2026-06-01"), instant(D("2026-06-01")))
    report(session, measure, "2026-06-02")
    assert verdict(session, measure, "2026-06-15") == "behind"
    return measure


def test_on_schedule_confirmed_excuses_the_milestone_until_the_next_cut_off(
    session: Session, person: Callable, behind: models.Measure
) -> None:
    made = rounds.confirm(
        session, behind, "on_schedule", "雨季停工，已批复顺延", None, by=person("office"), day=D("2026-06-15"), at=AT
    )

    assert made.last_on == D("2026-06-30")
    assert verdict(session, behind, "2026-06-30") == "on_schedule"
    assert verdict(session, behind, "2026-07-01") == "behind"
    assert verdict(session, behind, "2026-06-14") == "behind"


def test_a_confirmation_withdrawn_lets_the_dates_judge_again(
    session: Session, person: Callable, behind: models.Measure
) -> None:
    made = rounds.confirm(
        session, behind, "on_schedule", "已核实", None, by=person("office"), day=D("2026-06-15"), at=AT
    )

    rounds.withdraw_confirmation(session, made, by=person("office"), day=D("2026-06-20"), at=instant(D("2026-06-20")))

    assert verdict(session, behind, "2026-06-19") == "on_schedule"
    assert verdict(session, behind, "2026-06-20") == "behind"
    with pytest.raises(rounds.Refused, match="已于2026-06-20撤回"):
        rounds.withdraw_confirmation(session, made, by=person("office"), day=D("2026-06-21"), at=AT)


def test_behind_confirmed_holds_without_an_end(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session, rhythm="none")
    measure = factories.make_measure(session, factories.make_issue(session, inspection))

    made = rounds.confirm(
        session, measure, "behind", "现场未开工", D("2026-06-30"), by=person("office"), day=D("2026-06-15"), at=AT
    )

    assert made.last_on is None
    assert verdict(session, measure, "2026-12-31") == "behind"


@pytest.mark.parametrize(
    ("words", "day", "sentence"),
    [
        (("maybe", "理由", None), "2026-06-15", "请选择确认为"),
        (("on_schedule", " ", None), "2026-06-15", "请写明确认的理由"),
        (("on_schedule", "理由", D("2026-06-14")), "2026-06-15", "不能早于今天"),
        (("on_schedule", "理由", None), "2027-01-01", "目前为“超期”"),
        (("on_schedule", "理由", None), "2026-01-04", "已不在台账中"),
    ],
)
def test_a_confirmation_that_may_not_be_says_why(
    session: Session, person: Callable, behind: models.Measure, words: tuple, day: str, sentence: str
) -> None:
    with pytest.raises(rounds.Refused, match=sentence):
        rounds.confirm(session, behind, *words, by=person("office"), day=D(day), at=AT)


def test_without_planned_rounds_the_last_day_must_be_given(session: Session, person: Callable) -> None:
    inspection = factories.make_inspection(session, rhythm="none")
    measure = factories.make_measure(session, factories.make_issue(session, inspection))

    with pytest.raises(rounds.Refused, match="请填写确认的截止日期"):
        rounds.confirm(session, measure, "on_schedule", "理由", None, by=person("office"), day=D("2026-06-15"), at=AT)


def test_only_the_office_confirms_cancels_and_changes_rules(
    session: Session, person: Callable, behind: models.Measure
) -> None:
    inspection = session.scalars(select(models.Inspection)).one()
    june = rounds_of(session, inspection)[-1]
    for name in ("unit_a", "supervisor", "leader"):
        by: Person = person(name)
        acts: list[Callable[[], object]] = [
            lambda by=by: rounds.confirm(session, behind, "behind", "理由", None, by=by, day=D("2026-06-15"), at=AT),
            lambda by=by: rounds.cancel_round(session, june, reason="理由", by=by, day=D("2026-06-15"), at=AT),
            lambda by=by: change(session, june, by, "2026-05-15"),
            lambda by=by: rounds.change_rules(
                session, inspection, {"grace_days": 5}, by=by, day=D("2026-06-15"), at=AT
            ),
        ]
        for act in acts:
            with pytest.raises(rounds.Refused, match="只有整改办"):
                act()


# -- refused milestones ----------------------------------------------------------------------------------------------


@pytest.fixture
def reached(session: Session, cast: Cast) -> tuple[models.Measure, models.Milestone]:
    """A milestone that unit_a reported as reached; the supervisor decides."""
    inspection = factories.make_inspection(session)
    measure = factories.make_measure(
        session,
        factories.make_issue(session, inspection),
        lead=cast.units["unit_a"],
        supervising=[cast.units["supervisor"]],
    )
    milestone = models.Milestone(measure_id=measure.id, due_on=D("2026-05-31"), text="主体工程完工")
    session.add(milestone)
    made = report(session, measure, "2026-05-20")
    made.unit_id, made.by_id = cast.units["unit_a"], cast.users["unit_a"]
    session.add(
        models.MilestoneMark(
            milestone_id=milestone.id,
            reached=True,
            marked_on=D("2026-05-20"),
            at=AT,
            by_id=made.by_id,
            report_id=made.id,
        )
    )
    standing.write(session, [measure.id], day=D("2026-05-20"), at=AT)
    session.commit()
    return measure, milestone


@pytest.mark.parametrize("name", ["supervisor", "office"])
def test_a_refused_milestone_is_unreached_again_from_that_day(
    session: Session, person: Callable, reached: tuple, name: str
) -> None:
    measure, milestone = reached
    assert verdict(session, measure, "2026-06-15") == "on_schedule"

    rounds.refuse_milestone(
        session, measure, milestone, reason="现场未完工", by=person(name), day=D("2026-06-15"), at=AT
    )

    assert verdict(session, measure, "2026-06-14") == "on_schedule"
    assert verdict(session, measure, "2026-06-15") == "behind"
    with pytest.raises(rounds.Refused, match="没有报告为已达到"):
        rounds.refuse_milestone(session, measure, milestone, reason="再次", by=person(name), day=D("2026-06-15"), at=AT)


def test_a_milestone_is_not_refused_without_a_reason_nor_by_its_own_unit(
    session: Session, person: Callable, reached: tuple
) -> None:
    measure, milestone = reached

    with pytest.raises(rounds.Refused, match="请写明不认可的理由"):
        rounds.refuse_milestone(
            session, measure, milestone, reason=" ", by=person("supervisor"), day=D("2026-06-15"), at=AT
        )
    with pytest.raises(rounds.Refused, match="您不负责"):
        rounds.refuse_milestone(
            session, measure, milestone, reason="理由", by=person("unit_a"), day=D("2026-06-15"), at=AT
        )


def test_a_milestone_left_on_the_issue_turns_the_issue_when_it_is_refused(session: Session) -> None:
    inspection = factories.make_inspection(session)
    issue = factories.make_issue(session, inspection)
    milestone = models.Milestone(issue_id=issue.id, due_on=D("2026-05-31"), text="完成排查")
    session.add(milestone)
    measure = factories.make_measure(session, issue)
    session.add(models.MilestoneMark(milestone_id=milestone.id, reached=True, marked_on=D("2026-05-20"), at=AT))
    standing.write_issue(session, issue.id, day=D("2026-05-20"), at=AT)

    rounds.refuse_milestone(
        session, measure, milestone, reason="未见清单", by=access.SYSTEM, day=D("2026-06-15"), at=AT
    )

    row = standing.of_issue(session, issue.id, D("2026-06-15"))
    assert row is not None and schedule.verdict(row, D("2026-06-15")) == "behind"
