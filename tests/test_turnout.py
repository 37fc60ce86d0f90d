"""Who was asked in a round, who reported, late or not: against the rule told in Python, and as of every day."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from rectify import access, models, rounds, standing, turnout
from rectify.rules import schedule, windows
from rectify.rules.verdicts import GOOD
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

D = dt.date.fromisoformat
ONE_DAY = dt.timedelta(days=1)
AT = factories.AT


def instant(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(2), dt.UTC)


def add_round(
    session: Session, inspection: models.Inspection, opens: str, cut_off: str, grace: int = 0
) -> models.Round:
    made = models.Round(
        inspection_id=inspection.id,
        name=f"{opens[:7]}调度",
        opens_on=D(opens),
        cut_off_on=D(cut_off),
        grace_days=grace,
        opened_at=instant(D(opens)),
    )
    session.add(made)
    session.flush()
    standing.write_inspection(session, inspection.id, day=D(opens), at=instant(D(opens)))
    return made


def report(session: Session, measure: models.Measure, day: str) -> models.ProgressReport:
    made = models.ProgressReport(
        measure_id=measure.id, reported_on=D(day), at=instant(D(day)), state="in_progress", text="在建。"
    )
    session.add(made)
    standing.write(session, [measure.id], day=D(day), at=instant(D(day)))
    return made


def send_back(session: Session, made: models.ProgressReport, day: dt.date) -> dt.date:
    made.returned_on, made.returned_at, made.return_reason = day, instant(day), "数字不实"
    standing.write(session, [made.measure_id], day=day, at=instant(day))
    return day


def accept(session: Session, measure: models.Measure, submitted: str, decided: str) -> None:
    session.add(
        models.Submission(
            measure_id=measure.id,
            submitted_on=D(submitted),
            at=instant(D(submitted)),
            state="accepted",
            decided_on=D(decided),
            decided_at=instant(D(decided)),
        )
    )
    standing.write(session, [measure.id], day=D(decided), at=instant(D(decided)))


def span_of(session: Session, this: models.Round, day: str) -> turnout.Span:
    found = turnout.spans(session, [this.inspection_id], D(day))[this.inspection_id]
    return next(one for one in found if one.id == this.id)


def tally(session: Session, this: models.Round, day: str) -> tuple[int, int, int, int]:
    """(asked, reported, late, missing)"""
    found = turnout.tallies(session, access.SYSTEM, [span_of(session, this, day)], D(day))[this.id]
    assert found.returned == len(listed(session, this, day, "returned"))
    return found.asked, found.reported, found.late, found.missing


def listed(session: Session, this: models.Round, day: str, state: str, **more: object) -> list[int]:
    span = span_of(session, this, day)
    found = turnout.rows(session, access.SYSTEM, span, D(day), state, limit=100, **more)  # type: ignore[arg-type]
    return [row.measure_id for row in found]


@pytest.fixture
def inspection(session: Session) -> models.Inspection:
    return factories.make_inspection(session)


def test_a_round_keeps_its_numbers_after_its_cut_off(session: Session, inspection: models.Inspection) -> None:
    issue = factories.make_issue(session, inspection)
    silent, reports, done = (factories.make_measure(session, issue) for _ in range(3))
    june = add_round(session, inspection, "2026-06-01", "2026-06-30")
    report(session, reports, "2026-06-10")
    report(session, done, "2026-06-11")
    at_cut_off = tally(session, june, "2026-06-30")

    accept(session, done, "2026-07-05", "2026-07-10")  # finished after the round
    accept(session, silent, "2026-07-20", "2026-07-20")
    factories.make_measure(session, issue, day=D("2026-07-12"))  # entered after the round
    add_round(session, inspection, "2026-07-01", "2026-07-31")

    assert at_cut_off == (3, 2, 0, 1)
    assert tally(session, june, "2026-06-05") == (3, 0, 0, 3)
    assert tally(session, june, "2026-09-01") == at_cut_off
    assert listed(session, june, "2026-09-01", "missing") == [silent.id]


def test_who_reports_and_is_accepted_within_the_round_stays_counted(
    session: Session, inspection: models.Inspection
) -> None:
    issue = factories.make_issue(session, inspection)
    measure = factories.make_measure(session, issue)
    before = factories.make_measure(session, issue)
    accept(session, before, "2026-05-20", "2026-05-25")
    june = add_round(session, inspection, "2026-06-01", "2026-06-30")
    accept(session, measure, "2026-06-10", "2026-06-15")

    assert tally(session, june, "2026-06-20") == (1, 1, 0, 0)
    assert listed(session, june, "2026-06-20", "asked") == [measure.id]


def test_late_stays_late_for_ever_and_the_grace_is_told_apart(session: Session, inspection: models.Inspection) -> None:
    issue = factories.make_issue(session, inspection)
    in_grace, after_grace, missing = (factories.make_measure(session, issue) for _ in range(3))
    june = add_round(session, inspection, "2026-06-01", "2026-06-30", grace=3)
    add_round(session, inspection, "2026-08-01", "2026-08-31")
    report(session, in_grace, "2026-07-02")
    report(session, after_grace, "2026-07-20")
    report(session, missing, "2026-08-03")

    assert tally(session, june, "2026-07-01") == (3, 0, 0, 3)
    assert tally(session, june, "2026-07-02") == (3, 1, 1, 2)
    assert tally(session, june, "2026-10-01") == (3, 2, 2, 1)
    span = span_of(session, june, "2026-10-01")
    told = turnout.rows(session, access.SYSTEM, span, D("2026-10-01"), "asked", limit=10)
    assert [(row.first_on, row.after_on) for row in told] == [
        (D("2026-07-02"), None),
        (D("2026-07-20"), None),
        (None, D("2026-08-03")),
    ]
    assert span.window.grace_on == D("2026-07-03")


def test_a_round_counts_by_the_units_of_its_own_day(
    session: Session, cast: Cast, inspection: models.Inspection
) -> None:
    issue = factories.make_issue(session, inspection)
    measure = factories.make_measure(session, issue, lead=cast.units["unit_a"])
    factories.make_measure(session, issue)
    june = add_round(session, inspection, "2026-06-01", "2026-06-30")
    part = session.query(models.Assignment).filter_by(measure_id=measure.id).one()
    part.until_on = D("2026-07-05")
    session.add(
        models.Assignment(
            measure_id=measure.id, unit_id=cast.units["unit_b"], role="lead", answers=True, since_on=D("2026-07-05")
        )
    )
    session.flush()

    found = turnout.by_unit(session, access.SYSTEM, [span_of(session, june, "2026-09-01")], D("2026-09-01"))

    assert {(one.unit, one.tally.missing) for one in found} == {("甲县人民政府", 1), ("", 1)}
    assert listed(session, june, "2026-09-01", "missing", unit_id=cast.units["unit_a"]) == [measure.id]
    assert listed(session, june, "2026-09-01", "missing", unit_id=cast.units["unit_b"]) == []


def test_a_cancelled_round_asks_until_the_day_it_was_cancelled(session: Session, inspection: models.Inspection) -> None:
    factories.make_measure(session, factories.make_issue(session, inspection))
    june = add_round(session, inspection, "2026-06-01", "2026-06-30")
    rounds.cancel_round(session, june, reason="并入七月", by=access.SYSTEM, day=D("2026-06-20"), at=AT)

    assert tally(session, june, "2026-06-19") == (1, 0, 0, 1)
    assert turnout.spans(session, [inspection.id], D("2026-06-20"))[inspection.id] == []


def test_a_round_takes_reports_until_the_next_opens_and_through_its_grace(
    session: Session, inspection: models.Inspection
) -> None:
    june = add_round(session, inspection, "2026-06-01", "2026-06-30", grace=3)
    july = add_round(session, inspection, "2026-07-01", "2026-07-31")

    def current(day: str) -> list[int]:
        return [
            one.id for one in turnout.current(turnout.spans(session, [inspection.id], D(day))[inspection.id], D(day))
        ]

    assert current("2026-06-30") == [june.id]
    assert current("2026-07-03") == [june.id, july.id]
    assert current("2026-07-04") == [july.id]
    assert current("2026-09-30") == [july.id]


def test_pages_of_a_list_follow_one_another(session: Session, inspection: models.Inspection) -> None:
    made = [
        factories.make_measure(session, issue).id
        for issue in [factories.make_issue(session, inspection) for _ in range(3)]
        for _ in range(4)
    ]
    june = add_round(session, inspection, "2026-06-01", "2026-06-30")
    span, day, after, found = span_of(session, june, "2026-06-10"), D("2026-06-10"), None, []
    while page := turnout.rows(session, access.SYSTEM, span, day, "missing", after=after, limit=5):
        found += [row.measure_id for row in page]
        issue_seq, seq = page[-1].key.split("-")
        after = (int(issue_seq), int(seq))

    assert found == made


@pytest.mark.parametrize("seed", range(4))
def test_counts_lists_and_units_say_what_the_rule_says(
    session: Session, cast: Cast, inspection: models.Inspection, seed: int
) -> None:
    rng = random.Random(seed)
    begin = D("2026-01-01")

    def some_day(first: int, last: int) -> str:
        return (begin + rng.randint(first, last) * ONE_DAY).isoformat()

    issue = factories.make_issue(session, inspection)
    measures = [
        factories.make_measure(session, issue, lead=cast.units["unit_a"], day=begin + rng.choice([0, 0, 40]) * ONE_DAY)
        for _ in range(8)
    ]
    held = []
    for month in range(4):
        opens = begin + 30 * month * ONE_DAY
        cut_off = opens + rng.choice([20, 29]) * ONE_DAY
        held.append(add_round(session, inspection, opens.isoformat(), cut_off.isoformat(), rng.choice([0, 3])))
    said: dict[int, list[dt.date]] = {measure.id: [] for measure in measures}
    back: dict[int, tuple[int, dt.date, dt.date]] = {}  # report: measure, its day, the day of its return
    for measure in measures:
        days = sorted({some_day(45, 130) for _ in range(rng.randint(0, 4))})
        for day in days:
            made = report(session, measure, day)
            if rng.random() < 0.3:
                back[made.id] = (measure.id, D(day), send_back(session, made, D(day) + rng.randint(0, 9) * ONE_DAY))
        said[measure.id] = [D(day) for day in days]
        if rng.random() < 0.3:
            submitted = some_day(60, 130)
            accept(session, measure, submitted, submitted)
            said[measure.id].append(D(submitted))
    for day in sorted(some_day(0, 140) for _ in range(6)):
        for this, window in windows.windows(held):
            if this.opens_on > D(day):
                continue
            asked, reported, late, returned = [], [], [], []
            for measure in measures:
                row = standing.of(session, measure.id, min(D(day), window.cut_off_on))
                void = [on for of_id, on, until in back.values() if of_id == measure.id and until <= D(day)]
                words = [on for on in said[measure.id] if window.takes(on) and on <= D(day) and on not in void]
                if row is None or (not words and schedule.verdict(row, min(D(day), window.cut_off_on)) in GOOD):
                    continue
                asked.append(measure.id)
                reported += [measure.id] if words else []
                late += [measure.id] if words and min(words) > window.cut_off_on else []
                returned += [measure.id] if not words and any(window.takes(on) for on in void) else []
            missing = [measure_id for measure_id in asked if measure_id not in reported]
            counts = (len(asked), len(reported), len(late), len(missing))
            assert tally(session, this, day) == counts
            lists = {"asked": asked, "reported": reported, "late": late, "missing": missing, "returned": returned}
            assert {state: listed(session, this, day, state) for state in turnout.STATES} == lists
            of_unit = turnout.by_unit(session, access.SYSTEM, [span_of(session, this, day)], D(day))
            assert sum(one.tally.asked for one in of_unit) == len(asked)


def test_a_supervisor_sees_his_part(session: Session, cast: Cast, inspection: models.Inspection) -> None:
    issue = factories.make_issue(session, inspection)
    mine = factories.make_measure(session, issue, lead=cast.units["unit_a"], supervising=[cast.units["supervisor"]])
    factories.make_measure(session, issue, lead=cast.units["unit_b"])
    june = add_round(session, inspection, "2026-06-01", "2026-06-30")
    person = access.person_of(session, session.get_one(models.User, cast.users["supervisor"]))
    span, day = span_of(session, june, "2026-06-10"), D("2026-06-10")

    assert turnout.tallies(session, person, [span], day)[june.id].asked == 1
    assert [row.measure_id for row in turnout.rows(session, person, span, day, "asked", limit=9)] == [mine.id]
    assert [one.unit_id for one in turnout.by_unit(session, person, [span], day)] == [cast.units["unit_a"]]
