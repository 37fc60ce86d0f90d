"""The list of differences: its count, its rows and the rule told in Python say the same of any day."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from rectify import access, models, standing, voices
from rectify.rules import schedule
from rectify.rules import voices as rule
from tests import factories

if TYPE_CHECKING:
    from tests.conftest import Cast

ONE_DAY = dt.timedelta(days=1)
BEGIN = factories.DAY
ALL = voices.Scope(access.SYSTEM)


def instant(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(2), dt.UTC)


def plus(days: int) -> dt.date:
    return BEGIN + days * ONE_DAY


def listed(session: Session, day: dt.date, scope: voices.Scope = ALL) -> list[int]:
    found = [row.measure_id for row in voices.rows(session, scope, day, limit=500)]
    assert voices.count(session, scope, day) == len(found)
    return found


def add(session: Session, row: object, measure: models.Measure, day: dt.date) -> None:
    session.add(row)
    standing.write(session, [measure.id], day=day, at=instant(day))


def report(measure: models.Measure, day: dt.date, said: str = "", state: str = "in_progress") -> models.ProgressReport:
    return models.ProgressReport(
        measure_id=measure.id, reported_on=day, at=instant(day), state=state, text="在建。", said=said
    )


def confirmation(measure: models.Measure, day: dt.date, verdict: str, last_on: dt.date | None) -> models.Confirmation:
    return models.Confirmation(
        measure_id=measure.id, verdict=verdict, confirmed_on=day, last_on=last_on, at=instant(day), reason="已核"
    )


@pytest.mark.parametrize("seed", range(5))
def test_count_and_list_are_what_the_rule_says_of_every_day(session: Session, seed: int) -> None:
    rng = random.Random(seed)
    issue = factories.make_issue(session, factories.make_inspection(session), deadline_on=plus(70))
    measures, reports, words = [], {}, {}
    for _ in range(12):
        measure = factories.make_measure(session, issue, start_on=rng.choice([None, plus(20)]))
        session.add(models.Milestone(measure_id=measure.id, due_on=plus(rng.randint(10, 60)), text="完工"))
        measures.append(measure)
        reports[measure.id], words[measure.id] = [], []
        for day in sorted(rng.sample(range(1, 90), rng.randint(0, 4))):
            states = ("not_started", "in_progress", "in_progress", "basically_completed", "completed")
            row = report(measure, plus(day), rng.choice(["", "on_schedule", "behind"]), rng.choice(states))
            add(session, row, measure, plus(day))
            reports[measure.id].append(row)
        for day in sorted(rng.sample(range(1, 80), rng.randint(0, 2))):
            kind = rng.choice(["on_schedule", "on_schedule", "behind"])
            word = confirmation(measure, plus(day), kind, plus(day + 10) if kind == "on_schedule" else None)
            if rng.random() < 0.2:
                word.withdrawn_on = plus(day + 5)
            add(session, word, measure, plus(day))
            if word.withdrawn_on:
                standing.write(session, [measure.id], day=word.withdrawn_on, at=instant(word.withdrawn_on))
            words[measure.id].append(word)
        if rng.random() < 0.4:
            day = rng.randint(5, 80)
            made = models.Submission(measure_id=measure.id, submitted_on=plus(day), at=instant(plus(day)))
            add(session, made, measure, plus(day))
    seen = 0
    for day in (plus(n) for n in range(0, 95, 7)):
        expected = set()
        for measure in measures:
            row = standing.of(session, measure.id, day)
            assert row is not None
            said = [r for r in reports[measure.id] if r.reported_on <= day]
            spoken = [w for w in words[measure.id] if w.confirmed_on <= day]
            last = spoken[-1] if spoken else None
            if last is not None and last.withdrawn_on is not None and last.withdrawn_on <= day:
                last = None
            claim = rule.Claim(said[-1].state, said[-1].said) if said else None
            word = rule.Word(last.verdict, last.last_on) if last else None
            if rule.differ(claim, schedule.verdict(row, day), word, pending=row.pending, day=day):
                expected.add(measure.id)
        assert set(listed(session, day)) == expected, day
        some = [measure.id for measure in measures[::2]]
        assert set(voices.among(session, access.SYSTEM, some, day)) == expected & set(some), day
        seen += len(expected)
    assert seen > 10


def test_the_list_keeps_to_inspection_unit_and_eyes(session: Session, cast: Cast) -> None:
    found = {}
    for name, unit in (("甲", "unit_a"), ("乙", "unit_b")):
        inspection = factories.make_inspection(session, name=name)
        measure = factories.make_measure(
            session,
            factories.make_issue(session, inspection),
            lead=cast.units[unit],
            supervising=[cast.units["supervisor"]] if unit == "unit_a" else [],
        )
        add(session, report(measure, plus(5), "behind"), measure, plus(5))
        found[unit] = (inspection.id, measure.id)
    supervisor = access.person_of(session, session.get_one(models.User, cast.users["supervisor"]))
    inspection_b, measure_b = found["unit_b"]
    day = plus(6)

    assert listed(session, day) == [found["unit_a"][1], measure_b]
    assert listed(session, day, voices.Scope(access.SYSTEM, inspection_id=inspection_b)) == [measure_b]
    assert listed(session, day, voices.Scope(access.SYSTEM, unit_id=cast.units["unit_b"])) == [measure_b]
    assert listed(session, day, voices.Scope(supervisor)) == [found["unit_a"][1]]
    assert listed(session, plus(4)) == []


def test_pages_of_the_list_follow_one_another(session: Session) -> None:
    inspection = factories.make_inspection(session)
    made = []
    for n in range(7):
        issue = factories.make_issue(session, inspection, deadline_on=plus(200 + n // 3))
        measure = factories.make_measure(session, issue)
        add(session, report(measure, plus(5), "behind"), measure, plus(5))
        made.append(measure.id)
    first = voices.rows(session, ALL, plus(6), limit=4)

    sort_on, _, last = first[-1].key.partition("_")
    rest = voices.rows(session, ALL, plus(6), after=(dt.date.fromisoformat(sort_on), int(last)), limit=9)

    assert [row.measure_id for row in [*first, *rest]] == made
