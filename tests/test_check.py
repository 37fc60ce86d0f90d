"""`figures --check` names every fault: each column of a standing and each count, spoilt one at a time (design.md 8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from rectify import access, figures, ledger, models, progress, rounds, standing
from rectify.figures import counting
from tests import factories

BY = access.SYSTEM
D = dt.date.fromisoformat
DAY = D("2026-06-15")


def acts(day: str | dt.date) -> dict[str, Any]:
    on = D(day) if isinstance(day, str) else day
    return {"by": BY, "day": on, "at": dt.datetime.combine(on, dt.time(2), dt.UTC)}


@pytest.fixture
def measure(session: Session) -> models.Measure:
    """One of two measures, with a report and an extension behind it, so that it has a past."""
    inspection = factories.make_inspection(session)
    region = factories.make_region(session, "东岸区")
    unit = factories.make_unit(session, "东岸区水务局", region=region)
    issue = factories.make_issue(session, inspection, deadline_on=D("2026-05-31"))
    session.add(
        models.Assignment(issue_id=issue.id, unit_id=unit.id, role="lead", answers=True, since_on=factories.DAY)
    )
    made = factories.make_measure(session, issue, lead=unit)
    factories.make_measure(session, issue, lead=unit)
    progress.report(
        session, made, unit_id=unit.id, on_behalf=False, state="in_progress", text="正在施工。", **acts("2026-02-02")
    )
    ledger.extend(
        session,
        made,
        new_deadline_on=D("2026-09-30"),
        approved_on=D("2026-05-20"),
        document_number="1号",
        reason="汛期",
        **acts("2026-05-20"),
    )
    assert figures.check(session, DAY) == []
    return made


SPOILT: dict[str, Any] = {
    "signed_off_on": D("2026-02-02"),
    "completed_on": D("2026-02-02"),
    "basically_completed_on": D("2026-02-02"),
    "overdue_from": D("2026-02-02"),
    "behind_from": D("2026-02-02"),
    "not_started_from": D("2026-02-02"),
    "unreported_from": D("2026-02-02"),
    "next_turn_on": D("2027-02-02"),
    "deadline_on": D("2025-12-31"),
    "sort_on": D("2025-12-31"),
    "original_deadline_on": D("2025-12-31"),
    "long_term_open": True,
    "long_term": True,
    "pending": True,
    "reported": None,  # the other of the two
    "lateness_known": False,
    "done_on": D("2026-02-02"),
    "why": {"behind": {"code": "behind_confirmed", "on": "2026-02-02"}},
    "since_on": D("2026-05-25"),
    "until_on": D("2026-12-31"),
    "superseded_at": factories.AT,
}
NEUTRAL = {"id", "measure_id", "issue_id", "written_at", "corrected"}


@pytest.mark.parametrize("table", [models.MeasureStanding, models.IssueStanding])
@pytest.mark.parametrize("column", SPOILT)
def test_a_spoilt_column_is_named(session: Session, measure: models.Measure, table: Any, column: str) -> None:
    word = "measure" if table is models.MeasureStanding else "issue"
    row = session.scalars(select(table).where(standing.on(table, DAY)).order_by(table.id.desc())).first()
    assert row is not None
    item_id = getattr(row, f"{word}_id")
    value = SPOILT[column] if SPOILT[column] is not None else not getattr(row, column)
    session.execute(update(table).where(table.id == row.id).values({column: value}))
    session.expire_all()

    found = figures.check(session, DAY)

    named = {"since_on": "standings from", "until_on": "standings from", "superseded_at": "no standing on"}
    assert any(s.startswith(f"{word} {item_id}") and named.get(column, column) in s for s in found), found


def test_every_column_of_a_standing_is_spoilt_by_the_table_above() -> None:
    columns = {c.name for table in (models.MeasureStanding, models.IssueStanding) for c in table.__table__.columns}

    assert columns - set(SPOILT) == NEUTRAL


def test_a_turning_day_still_ahead_is_named_too(session: Session, measure: models.Measure) -> None:
    """Today's verdict is right, that of a day to come would not be."""
    s = models.MeasureStanding
    session.execute(
        update(s).where(s.measure_id == measure.id, standing.on(s, DAY)).values(overdue_from=D("2026-12-01"))
    )

    assert f"measure {measure.id}: overdue_from stored 2026-12-01, recomputed 2026-10-01" in figures.check(session, DAY)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"until_on": D("2026-05-10")}, "standings from"),
        ({"until_on": D("2026-05-25")}, "two standings on 2026-05-20"),
        ({"until_on": D("2026-02-02")}, "is not after since_on"),
        ({"next_turn_on": D("2027-02-02")}, "next_turn_on 2027-02-02"),
        ({"sort_on": D("2027-02-02")}, "sort_on 2027-02-02"),
        ({"superseded_at": factories.AT - dt.timedelta(days=9)}, "superseded_at"),
    ],
)
def test_a_row_that_is_over_is_checked_too(
    session: Session, measure: models.Measure, change: dict[str, Any], word: str
) -> None:
    s = models.MeasureStanding
    row_id = session.scalars(
        select(s.id).where(s.measure_id == measure.id, s.until_on == D("2026-05-20"), s.superseded_at.is_(None))
    ).one()
    session.execute(update(s).where(s.id == row_id).values(change))

    assert [sentence for sentence in figures.check(session, DAY) if word in sentence]


@pytest.mark.parametrize("table", [models.MeasureStanding, models.IssueStanding])
def test_a_lost_standing_is_named(session: Session, measure: models.Measure, table: Any) -> None:
    session.execute(delete(table))

    found = figures.check(session, DAY)

    word = "measure" if table is models.MeasureStanding else "issue"
    assert [s for s in found if s.startswith(f"{word} ") and s.endswith(f"no standing on {DAY}")]


def test_a_measure_without_a_home_is_named(session: Session, measure: models.Measure) -> None:
    session.execute(update(models.MeasureLink).values(home=False))

    assert f"measure {measure.id}: at home in no issue" in figures.check(session, DAY)


# -- counts ----------------------------------------------------------------------------------------------------------


def _one_more(tally: figures.Tally, name: str) -> figures.Tally:
    values = tally.figures.as_dict()
    if name in values:
        return figures.Tally(figures.Figures(**values | {name: values[name] + 1}), tally.more)
    return figures.Tally(tally.figures, tally.more | {name: tally.more[name] + 1})


@pytest.mark.parametrize("counted", ["measures", "issues"])
@pytest.mark.parametrize("name", (*figures.FIGURES, *figures.MORE))
def test_a_count_that_is_one_too_many_is_named(
    session: Session, measure: models.Measure, monkeypatch: pytest.MonkeyPatch, name: str, counted: str
) -> None:
    real = counting.tallies

    def tallies(session: Session, scope: figures.Scope, day: dt.date) -> dict[int, figures.Tally]:
        found = real(session, scope, day)
        return {key: _one_more(t, name) for key, t in found.items()} if scope.counted == counted else found

    monkeypatch.setattr(counting, "tallies", tallies)

    assert [s.split(" counted ")[0] for s in figures.check(session, DAY)] == [
        f"第二轮中央生态环境保护督察, {counted}: {name}"
    ]


@pytest.mark.parametrize("counted", ["measures", "issues"])
@pytest.mark.parametrize("name", (*figures.FIGURES, *figures.MORE))
def test_a_list_that_leaves_a_row_out_is_named(
    session: Session, measure: models.Measure, monkeypatch: pytest.MonkeyPatch, name: str, counted: str
) -> None:
    real = counting.listed

    def listed(session: Session, scope: figures.Scope, day: dt.date, *names: Any) -> dict[str, int]:
        found = real(session, scope, day, *names)
        return found | {name: found[name] - 1} if scope.counted == counted else found

    monkeypatch.setattr(counting, "listed", listed)

    assert [s.split(" listed ")[0] for s in figures.check(session, DAY)] == [f"all, {counted}: {name}"]


@pytest.mark.parametrize("counted", ["measures", "issues"])
def test_a_page_that_leaves_a_row_out_is_named(
    session: Session, measure: models.Measure, monkeypatch: pytest.MonkeyPatch, counted: str
) -> None:
    real = counting.rows

    def rows(session: Session, scope: figures.Scope, *args: Any, **kwargs: Any) -> list[figures.Row]:
        found = real(session, scope, *args, **kwargs)
        return found[1:] if scope.counted == counted else found

    monkeypatch.setattr(counting, "rows", rows)

    assert [s for s in figures.check(session, DAY) if f"list of {counted}: total" in s]


@pytest.mark.parametrize("grouped", ["by_unit", "by_region"])
@pytest.mark.parametrize("name", figures.FIGURES)
def test_a_count_of_a_unit_or_a_region_that_is_one_too_many_is_named(
    session: Session, measure: models.Measure, monkeypatch: pytest.MonkeyPatch, grouped: str, name: str
) -> None:
    real: Callable[..., Any] = getattr(counting, grouped)

    def spoilt(*args: Any) -> Iterator[tuple[int, str, figures.Figures]]:
        for key, word, found in real(*args):
            values = found.as_dict()
            yield key, word, figures.Figures(**values | {name: values[name] + 1})

    monkeypatch.setattr(counting, grouped, spoilt)

    word = {"by_unit": "东岸区水务局", "by_region": "东岸区"}[grouped]
    assert [s.split(" counted ")[0] for s in figures.check(session, DAY)] == [
        f"{word}, {counted}: {name}" for counted in ("measures", "issues")
    ]


# -- days before a rule changed --------------------------------------------------------------------------------------


def assert_exact(session: Session, *days: str) -> None:
    for day in days:
        notes: list[str] = []
        assert (figures.check(session, D(day), notes), notes) == ([], []), day


def test_the_days_before_a_change_of_rules_are_recomputed_by_the_former_rules(session: Session) -> None:
    inspection = factories.make_inspection(session)
    issue = factories.make_issue(session, inspection, deadline_on=None, kind="immediate")
    factories.make_measure(session, issue)
    counted = factories.make_measure(
        session, issue, deadline_on=D("2026-12-31"), target_quantity=100, start_on=factories.DAY
    )
    change = acts("2026-03-02")

    rounds.change_rules(session, inspection, {"immediate_days": 60, "tolerance_percent": 40}, **change)

    s = models.MeasureStanding
    said = session.execute(
        select(s.since_on, s.behind_from).where(s.measure_id == counted.id, s.superseded_at.is_(None))
    ).all()
    assert [since for since, _ in said] == [factories.DAY, D("2026-03-02")] and said[0][1] != said[1][1]
    assert_exact(session, "2026-01-05", "2026-03-01", "2026-03-02", "2026-08-01")
    session.execute(update(s).where(s.until_on == D("2026-03-02")).values(behind_from=D("2026-01-06")))
    assert figures.check(session, D("2026-02-01")), "a spoilt standing of a day before the change passed unnoticed"


def test_the_days_before_another_judgement_are_recomputed_by_the_former_one(session: Session) -> None:
    """A measure behind its line, an issue behind its own milestone; then only the one, then only the other is judged."""
    inspection = factories.make_inspection(session)
    issue = factories.make_issue(session, inspection)
    session.add(models.Milestone(issue_id=issue.id, due_on=D("2026-02-28"), text="完成立项"))
    measure = factories.make_measure(session, issue, target_quantity=100, start_on=factories.DAY)
    standing.write_issue(session, issue.id, day=factories.DAY, at=factories.AT)
    for day, judged_by in (("2026-03-10", "line"), ("2026-03-20", "milestones"), ("2026-03-30", "both")):
        rounds.change_rules(session, inspection, {"judged_by": judged_by}, **acts(day))

    said = {
        day: (standing.of(session, measure.id, D(day)).behind_from, standing.of_issue(session, issue.id, D(day)).behind_from)
        for day in ("2026-03-01", "2026-03-15", "2026-03-25", "2026-04-01")
    }  # fmt: skip
    line = said["2026-03-01"][0]
    assert line is not None and line < D("2026-03-01")
    assert said == {
        "2026-03-01": (line, line),
        "2026-03-15": (line, line),
        "2026-03-25": (None, D("2026-03-01")),
        "2026-04-01": (line, line),
    }
    assert_exact(session, *said)


def test_the_days_before_another_window_count_as_near_what_was_near_then(session: Session) -> None:
    inspection = factories.make_inspection(session, near_due_days=30)
    factories.make_measure(session, factories.make_issue(session, inspection, deadline_on=D("2026-03-21")))

    rounds.change_rules(session, inspection, {"near_due_days": 10}, **acts("2026-03-02"))
    rounds.change_rules(session, inspection, {"near_due_days": 15}, **acts("2026-03-08"))

    days = {"2026-02-18": 0, "2026-02-19": 1, "2026-03-01": 1, "2026-03-02": 0, "2026-03-07": 0, "2026-03-08": 1}
    scope = figures.Scope(access.SYSTEM)
    assert {day: sum(t["near_due"] for t in figures.tallies(session, scope, D(day)).values()) for day in days} == days
    assert {day: len(figures.rows(session, scope, "near_due", D(day))) for day in days} == days
    assert_exact(session, *days)


def test_the_days_before_rounds_were_added_moved_or_dropped_are_recomputed_with_the_rounds_of_then(
    session: Session,
) -> None:
    inspection = factories.make_inspection(session, rhythm="monthly")
    rounds.plan_next(session, inspection, factories.DAY, factories.AT)
    factories.make_measure(session, factories.make_issue(session, inspection))
    for day in ("2026-02-10", "2026-03-01"):  # opened nine days late, then in time
        rounds.open_due(session, D(day), acts(day)["at"])
    rounds.change_rules(session, inspection, {"rhythm": "weekly"}, **acts("2026-03-10"))
    rounds.change_rules(session, inspection, {"grace_days": 3}, **acts("2026-03-12"))
    rounds.change_rules(session, inspection, {"rhythm": "none"}, **acts("2026-03-20"))
    rounds.add_round(
        session, inspection, name="专项调度", opens_on=D("2026-05-04"), cut_off_on=D("2026-05-08"), **acts("2026-04-20")
    )

    days = [factories.DAY + dt.timedelta(days=n) for n in range(0, 150, 3)]
    assert_exact(session, *(day.isoformat() for day in days))
    assert session.scalars(select(models.FormerValues.id)).all()


def test_the_days_before_a_target_or_a_date_of_issue_was_changed_are_recomputed(session: Session) -> None:
    inspection = factories.make_inspection(session, starts_on_issue_date=True)
    issue = factories.make_issue(session, inspection)
    measure = factories.make_measure(session, issue, target_quantity=100)
    form = ledger.MeasureForm(
        measure.text, number="1", target_quantity=60, target_unit="公里", start_on=D("2026-02-01")
    )
    ledger.amend_measure(session, measure, form, **acts("2026-03-02"))
    changed = ledger.InspectionForm(
        inspection.name, issued_on=D("2026-01-20"), starts_on_issue_date=True, rhythm="none"
    )
    ledger.change_inspection(session, inspection, changed, **acts("2026-04-01"))

    assert_exact(session, "2026-01-05", "2026-02-20", "2026-03-01", "2026-03-02", "2026-03-31", "2026-04-01")


def test_the_days_before_a_correction_have_the_original_deadline_of_then(session: Session) -> None:
    issue = factories.make_issue(session, factories.make_inspection(session), deadline_on=D("2026-03-31"))
    measure = factories.make_measure(session, issue)
    ledger.correct_deadline(
        session,
        measure,
        new_deadline_on=D("2026-06-30"),
        effect_on=D("2026-04-10"),
        reason="印错",
        **acts("2026-05-06"),
    )

    assert_exact(session, "2026-01-05", "2026-04-09", "2026-04-10", "2026-05-06")
    s = models.MeasureStanding
    on = session.scalars(
        select(s.original_deadline_on).where(s.superseded_at.is_(None), s.measure_id == measure.id).order_by(s.since_on)
    )
    assert list(on) == [D("2026-03-31"), D("2026-06-30")]
