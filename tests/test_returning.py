"""A unit's report returned for correction: what it counted for until that day, what from then on, and who may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, figures, ledger, models, progress, standing, turnout
from rectify.access import SYSTEM, Person
from rectify.rules import schedule
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
MINUTES = iter(range(10_000))


def instant(day: str) -> dt.datetime:
    """An instant of a Beijing day, each later than the last."""
    return dt.datetime.combine(D(day), dt.time(1), dt.UTC) + dt.timedelta(minutes=next(MINUTES) % 600)


@pytest.fixture
def person(session: Session, cast: Cast) -> Callable[[str], Person]:
    return lambda name: access.person_of(session, session.get_one(models.User, cast.users[name]))


@pytest.fixture
def inspection(session: Session) -> models.Inspection:
    """June's round has three days of grace, then July's is open."""
    made = factories.make_inspection(session, rhythm="none")
    for name, opens, cut_off in (("六月", "2026-06-01", "2026-06-30"), ("七月", "2026-07-01", "2026-07-31")):
        session.add(
            models.Round(
                inspection_id=made.id,
                name=name,
                opens_on=D(opens),
                cut_off_on=D(cut_off),
                grace_days=3,
                opened_at=instant(opens),
            )
        )
    session.flush()
    return made


@pytest.fixture
def measure(session: Session, cast: Cast, inspection: models.Inspection) -> models.Measure:
    """unit_a's measure of 100, to be reached evenly within the year; a milestone on the tenth of June."""
    made = factories.make_measure(
        session,
        factories.make_issue(session, inspection),
        lead=cast.units["unit_a"],
        supervising=[cast.units["supervisor"]],
        start_on=D("2026-01-01"),
        target_quantity=100,
    )
    session.add(models.Milestone(measure_id=made.id, due_on=D("2026-06-10"), text="主体完工"))
    session.flush()
    standing.write(session, [made.id], day=factories.DAY, at=factories.AT)
    return made


def report(
    session: Session, measure: models.Measure, day: str, by: Person = SYSTEM, **values: Any
) -> models.ProgressReport:
    usual = {"unit_id": by.unit_id, "on_behalf": False, "state": "in_progress", "text": "已铺设管网。"}
    return progress.report(
        session,
        measure,
        by=by,
        day=D(day),
        at=instant(day),
        catch_up=factories.CATCH_UP,
        **{**usual, **values},
    )


def send_back(
    session: Session, made: models.ProgressReport, day: str, by: Person = SYSTEM, **values: Any
) -> list[models.ProgressReport]:
    usual = {"unit_id": by.unit_id, "reason": "数字与现场不符"}
    return progress.return_report(session, made, by=by, day=D(day), at=instant(day), **{**usual, **values})


def stone(session: Session) -> models.Milestone:
    return session.scalars(select(models.Milestone)).one()


def verdicts(session: Session, measure: models.Measure, *days: str) -> list[str]:
    found = []
    for day in days:
        row = standing.of(session, measure.id, D(day))
        assert row is not None
        found.append(schedule.verdict(row, D(day)).value)
    return found


def refused(session: Session, made: models.ProgressReport, day: str, by: Person = SYSTEM, **values: Any) -> str:
    with pytest.raises(progress.Refused) as caught:
        send_back(session, made, day, by, **values)
    return str(caught.value)


# -- what it means ---------------------------------------------------------------------------------------------------


def test_from_the_day_of_its_return_nothing_that_a_report_said_counts_and_until_then_it_did(
    session: Session, measure: models.Measure
) -> None:
    made = report(session, measure, "2026-06-08", quantity=60, reached=[stone(session).id])

    send_back(session, made, "2026-06-20")

    now, before = standing.of(session, measure.id, D("2026-06-20")), standing.of(session, measure.id, D("2026-06-19"))
    assert now is not None and before is not None
    assert (before.reported, now.reported) == (True, False)
    assert verdicts(session, measure, "2026-06-19", "2026-06-20") == ["on_schedule", "behind"]
    assert now.behind_from == D("2026-01-20")  # no figure stands any more: 5 % of the target above nothing
    assert not progress.last_marks(session, [stone(session).id])[stone(session).id].reached
    assert [row.text for row in figures.last_reports(session, [measure.id], D("2026-06-19"))] == ["已铺设管网。"]
    assert figures.last_reports(session, [measure.id], D("2026-06-20")) == []
    notes: list[str] = []
    for day in ("2026-06-08", "2026-06-19", "2026-06-20", "2026-07-15"):
        assert (figures.check(session, D(day), notes), notes) == ([], []), day


def test_a_measure_whose_only_word_was_returned_has_not_started(
    session: Session, cast: Cast, inspection: models.Inspection
) -> None:
    issue = factories.make_issue(session, inspection)
    measure = factories.make_measure(session, issue, start_on=D("2026-06-01"))
    session.add(models.Milestone(measure_id=measure.id, due_on=D("2026-09-30"), text="主体完工"))
    session.flush()
    made = report(session, measure, "2026-06-05", state="not_started", reached=[stone(session).id])

    send_back(session, made, "2026-06-20")

    assert verdicts(session, measure, "2026-06-05", "2026-06-19", "2026-06-20") == [
        "on_schedule",
        "on_schedule",
        "not_started",
    ]


@pytest.mark.parametrize(
    ("what", "again", "days", "first_on"),
    [
        ("corrected in time", "2026-06-30", {"2026-06-30": "on_schedule", "2026-07-04": "on_schedule"}, "2026-06-30"),
        ("corrected in grace: late, and no lack", "2026-07-03", {"2026-07-03": "on_schedule"}, "2026-07-03"),
        ("not corrected: the lack counts after grace", None, {"2026-07-03": "on_schedule", "2026-07-04": "unreported"}, None),
        (
            "corrected after grace, for July: until then unreported",
            "2026-07-10",
            {"2026-07-09": "unreported", "2026-07-10": "on_schedule"},
            None,
        ),
    ],
)  # fmt: skip
def test_late_or_not_is_judged_by_the_report_sent_again(
    session: Session,
    inspection: models.Inspection,
    what: str,
    again: str | None,
    days: dict[str, str],
    first_on: str | None,
) -> None:
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    send_back(session, report(session, measure, "2026-06-10"), "2026-06-25")
    if again is not None:
        report(session, measure, again)

    june = turnout.spans(session, [inspection.id], D("2026-07-20"))[inspection.id][0]
    (row,) = turnout.rows(session, SYSTEM, june, D("2026-07-20"), "asked", limit=9)
    assert {day: verdicts(session, measure, day)[0] for day in days} == days
    assert row.first_on == (D(first_on) if first_on else None)
    assert (row.returned_on, row.return_reason) == ((None, "") if first_on else (D("2026-06-25"), "数字与现场不符"))


def test_all_that_the_unit_said_in_the_round_goes_and_what_others_said_or_it_said_before_stays(
    session: Session, cast: Cast, measure: models.Measure, person: Callable[[str], Person]
) -> None:
    before = report(session, measure, "2026-06-29", unit_id=cast.units["unit_a"], quantity=90)
    other = report(session, measure, "2026-07-02", unit_id=cast.units["unit_b"])
    ledgers = report(session, measure, "2026-07-04", unit_id=cast.units["unit_a"])
    ledgers.imported = True
    first = report(session, measure, "2026-07-05", unit_id=cast.units["unit_a"], reached=[stone(session).id])
    last = report(session, measure, "2026-07-06", unit_id=cast.units["unit_a"])

    returned = send_back(session, last, "2026-07-08")

    assert [one.id for one in returned] == [first.id, last.id]
    assert (before.returned_on, other.returned_on, ledgers.returned_on) == (None, None, None)
    assert verdicts(session, measure, "2026-07-07", "2026-07-08") == ["on_schedule", "behind"]  # the first reached it


def test_a_milestone_that_another_unit_reached_stays_reached(
    session: Session, cast: Cast, measure: models.Measure
) -> None:
    report(session, measure, "2026-06-05", unit_id=cast.units["unit_b"], reached=[stone(session).id], quantity=90)
    mine = report(session, measure, "2026-06-06", unit_id=cast.units["unit_a"], reached=[stone(session).id])

    send_back(session, mine, "2026-06-20")

    assert verdicts(session, measure, "2026-06-20") == ["on_schedule"]


def test_a_milestone_of_the_issue_is_unreached_for_the_issue_too(
    session: Session, cast: Cast, inspection: models.Inspection
) -> None:
    issue = factories.make_issue(session, inspection)
    measure = factories.make_measure(session, issue, lead=cast.units["unit_a"])
    session.add(models.Milestone(issue_id=issue.id, due_on=D("2026-06-10"), text="全部完工"))
    session.flush()
    made = report(session, measure, "2026-06-05", reached=[stone(session).id])

    send_back(session, made, "2026-06-20")

    found = {day: standing.of_issue(session, issue.id, D(day)) for day in ("2026-06-19", "2026-06-20")}
    assert [schedule.verdict(row, D(day)).value for day, row in found.items()] == ["on_schedule", "behind"]


def test_sent_again_on_the_day_of_the_return_it_counts_and_reaches_anew(
    session: Session, measure: models.Measure
) -> None:
    send_back(session, report(session, measure, "2026-06-08", quantity=60, reached=[stone(session).id]), "2026-06-20")

    report(session, measure, "2026-06-20", quantity=55, reached=[stone(session).id])

    row = standing.of(session, measure.id, D("2026-06-20"))
    assert row is not None and row.reported
    assert verdicts(session, measure, "2026-06-20") == ["on_schedule"]
    assert progress.sent_back(session, measure.id, None) is None


def test_what_is_returned_a_second_time_keeps_the_first_reason_where_it_was_given(
    session: Session, measure: models.Measure
) -> None:
    first = report(session, measure, "2026-06-08")
    send_back(session, first, "2026-06-10")
    second = report(session, measure, "2026-06-12")

    returned = send_back(session, second, "2026-06-20", reason="仍不相符")

    assert returned == [second]
    assert (first.returned_on, first.return_reason) == (D("2026-06-10"), "数字与现场不符")


def test_days_told_anew_by_a_correction_know_the_day_of_the_return(
    session: Session, inspection: models.Inspection
) -> None:
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    send_back(session, report(session, measure, "2026-06-08"), "2026-06-20")

    ledger.correct_deadline(
        session,
        measure,
        new_deadline_on=D("2027-06-30"),
        effect_on=D("2026-06-01"),
        reason="录错",
        by=SYSTEM,
        day=D("2026-06-25"),
        at=instant("2026-06-25"),
    )

    rows = [standing.of(session, measure.id, D(day)) for day in ("2026-06-19", "2026-06-20")]
    assert [row.reported for row in rows if row is not None] == [True, False]


def test_what_was_returned_waits_with_what_it_had_marked(session: Session, measure: models.Measure) -> None:
    report(session, measure, "2026-06-08", reached=[stone(session).id])
    last = report(session, measure, "2026-06-09", text="第二次")
    assert progress.sent_back(session, measure.id, None) is None

    send_back(session, last, "2026-06-20")

    assert progress.sent_back(session, measure.id, None) == (last, frozenset({stone(session).id}))


def test_a_unit_that_submits_after_the_return_has_reported_by_that(session: Session, measure: models.Measure) -> None:
    send_back(session, report(session, measure, "2026-06-08"), "2026-06-20")

    progress.submit(
        session,
        measure,
        by=SYSTEM,
        unit_id=None,
        on_behalf=False,
        claim="completed",
        text="全部建成。",
        day=D("2026-06-21"),
        at=instant("2026-06-21"),
    )

    filed = session.scalars(select(models.ProgressReport).order_by(models.ProgressReport.id.desc())).first()
    assert filed is not None and (filed.state, filed.reported_on) == ("completed", D("2026-06-21"))
    assert "申报完成时一并报送" in refused(session, filed, "2026-06-22")


def test_a_correction_of_the_deadline_tells_the_days_before_and_after_the_return_apart(
    session: Session, measure: models.Measure
) -> None:
    send_back(session, report(session, measure, "2026-06-08", quantity=60, reached=[stone(session).id]), "2026-06-20")

    ledger.correct_deadline(
        session,
        measure,
        new_deadline_on=D("2027-06-30"),
        effect_on=D("2026-06-01"),
        reason="录错",
        by=SYSTEM,
        day=D("2026-06-25"),
        at=instant("2026-06-25"),
    )

    assert verdicts(session, measure, "2026-06-19", "2026-06-20") == ["on_schedule", "behind"]


def test_the_trail_names_what_was_returned_and_why(
    session: Session, measure: models.Measure, person: Callable[[str], Person]
) -> None:
    made = report(session, measure, "2026-06-08")

    send_back(session, made, "2026-06-20", person("supervisor"))

    entry = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "measure.report_return")).one()
    assert (entry.user_name, entry.item, entry.item_id) == ("supervisor", "measure", measure.id)
    assert entry.details["report"] == made.id and entry.details["reason"] == "数字与现场不符"
    assert (made.returned_by_id, made.return_reason) == (person("supervisor").user_id, "数字与现场不符")


# -- what may not be -------------------------------------------------------------------------------------------------


def test_only_a_report_of_a_running_round_is_returned(session: Session, inspection: models.Inspection) -> None:
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    may, june = report(session, measure, "2026-05-20"), report(session, measure, "2026-06-10")

    assert "不在正在进行的调度期内" in refused(session, may, "2026-06-12")
    assert "不在正在进行的调度期内" in refused(session, june, "2026-07-04")  # its grace has ended
    assert send_back(session, june, "2026-07-03") == [june]


def test_a_report_is_returned_once_with_a_reason_and_only_the_last_one(
    session: Session, measure: models.Measure
) -> None:
    first = report(session, measure, "2026-06-08")

    assert "请写明退回的原因" in refused(session, first, "2026-06-10", reason="  ")
    assert "不能超过5000字" in refused(session, first, "2026-06-10", reason="字" * 5001)
    again = report(session, measure, "2026-06-09")
    assert "已重新填报" in refused(session, first, "2026-06-10")
    send_back(session, again, "2026-06-10")
    assert "已于2026-06-10退回" in refused(session, again, "2026-06-11")


def test_what_stood_in_a_ledger_and_what_is_finished_is_not_returned(session: Session, measure: models.Measure) -> None:
    made = report(session, measure, "2026-06-08")
    made.imported = True
    assert "来自导入的台账" in refused(session, made, "2026-06-10")
    made.imported = False
    session.add(
        models.Submission(
            measure_id=measure.id,
            submitted_on=D("2026-06-09"),
            at=instant("2026-06-09"),
            state="accepted",
            decided_on=D("2026-06-09"),
            decided_at=instant("2026-06-09"),
        )
    )
    standing.write(session, [measure.id], day=D("2026-06-09"), at=instant("2026-06-09"))

    assert "已完成" in refused(session, made, "2026-06-10")


@pytest.mark.parametrize(
    ("by", "of", "roles", "may"),
    [
        ("supervisor", "unit_a", ("supervising",), True),
        ("office", "unit_a", ("supervising",), True),  # it calls for the reports, whoever decides the measure
        ("unit_a", "unit_a", ("supervising",), False),
        ("unit_b", "unit_a", ("supervising",), False),
        ("leader", "unit_a", ("supervising",), False),
        ("admin", "unit_a", ("supervising",), False),
        ("supervisor", "unit_a", (), False),  # he has no part in it
        ("supervisor", "supervisor", ("supervising",), False),  # his own unit's
        ("office", "office", (), False),
    ],
)
def test_who_may_return(
    session: Session,
    cast: Cast,
    inspection: models.Inspection,
    person: Callable[[str], Person],
    by: str,
    of: str,
    roles: tuple[str, ...],
    may: bool,
) -> None:
    measure = factories.make_measure(
        session,
        factories.make_issue(session, inspection),
        lead=cast.units[of],
        supervising=[cast.units["supervisor"]] if roles else [],
    )
    made = report(session, measure, "2026-06-08", unit_id=cast.units[of])

    if may:
        assert send_back(session, made, "2026-06-10", person(by)) == [made]
    else:
        assert "您不负责" in refused(session, made, "2026-06-10", person(by))
        assert made.returned_on is None


def test_nobody_returns_what_he_recorded_himself(
    session: Session, measure: models.Measure, person: Callable[[str], Person], cast: Cast
) -> None:
    made = report(session, measure, "2026-06-08", person("office"), unit_id=cast.units["unit_a"], on_behalf=True)

    assert "您本人" in refused(session, made, "2026-06-10", person("office"))


def test_a_return_in_the_name_of_a_unit_that_is_not_his_is_refused(
    session: Session, measure: models.Measure, person: Callable[[str], Person], cast: Cast
) -> None:
    made = report(session, measure, "2026-06-08")

    assert "您不负责" in refused(session, made, "2026-06-10", person("supervisor"), unit_id=cast.units["unit_b"])
