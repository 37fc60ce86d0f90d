"""What the ledger says of a past day stays what it said (S2, S14), and `figures.check` recomputes it from the facts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rectify import access, figures, former, ledger, models, progress, standing
from rectify.rules import schedule
from tests import factories

BY = access.SYSTEM
D = dt.date.fromisoformat
START = factories.DAY  # 2026-01-05


def acts(day: str | dt.date) -> dict[str, Any]:
    on = D(day) if isinstance(day, str) else day
    return {"by": BY, "day": on, "at": dt.datetime.combine(on, dt.time(2), dt.UTC)}


def word(session: Session, item: models.Measure | models.Issue, day: str) -> str | None:
    row: Any = (standing.of if isinstance(item, models.Measure) else standing.of_issue)(session, item.id, D(day))
    return schedule.verdict(row, D(day)).value if row is not None else None


def turns_known_on(gathered: standing.Gathered, day: str) -> schedule.Turns:
    facts = gathered.known_on(D(day))
    assert facts is not None
    return schedule.measure_turns(facts)


def total(session: Session, inspection: models.Inspection, day: str, counted: str = "measures") -> int:
    scope = figures.Scope(BY, (inspection.id,), counted=counted)
    n = figures.count(session, scope, D(day)).total
    assert len(figures.rows(session, scope, "total", D(day))) == n
    return n


def assert_checked(session: Session, *days: str) -> None:
    """Every day is recomputed from the facts, none counted as stored."""
    for day in days:
        notes: list[str] = []
        assert (figures.check(session, D(day), notes), notes) == ([], []), day


@pytest.fixture
def inspection(session: Session) -> models.Inspection:
    return factories.make_inspection(session)


def extend(session: Session, item: Any, to: str, day: str, approved: str = "") -> models.Extension:
    return ledger.extend(
        session,
        item,
        new_deadline_on=D(to),
        approved_on=D(approved or day),
        document_number="市整改〔2026〕1号",
        reason="汛期延长",
        **acts(day),
    )


def test_s1_a_measure_without_its_own_deadline_moves_with_its_issues_and_one_with_its_own_does_not(
    session: Session, inspection: models.Inspection
) -> None:
    issue = factories.make_issue(session, inspection, deadline_on=D("2026-03-31"))
    inheriting = factories.make_measure(session, issue)
    own = factories.make_measure(session, issue, deadline_on=D("2026-03-31"))

    extend(session, issue, "2026-09-30", "2026-03-20")

    assert (word(session, inheriting, "2026-04-01"), word(session, own, "2026-04-01")) == ("on_schedule", "overdue")
    assert word(session, issue, "2026-04-01") == "overdue"
    assert_checked(session, "2026-03-19", "2026-03-20", "2026-04-01")


def test_s2_an_extension_recorded_late_leaves_the_days_before_overdue(
    session: Session, inspection: models.Inspection
) -> None:
    issue = factories.make_issue(session, inspection, deadline_on=D("2026-03-31"))
    measure = factories.make_measure(session, issue)

    extend(session, measure, "2026-09-30", "2026-04-20", approved="2026-03-25")

    assert word(session, measure, "2026-04-10") == "overdue"
    assert word(session, measure, "2026-04-20") == "on_schedule"
    assert_checked(session, "2026-03-26", "2026-04-10", "2026-04-20")


def test_s2_a_correction_in_the_past_leaves_an_extension_recorded_later_where_it_was(
    session: Session, inspection: models.Inspection
) -> None:
    issue = factories.make_issue(session, inspection, deadline_on=D("2026-03-31"))
    measure = factories.make_measure(session, issue)
    extend(session, issue, "2026-06-30", "2026-04-10", approved="2026-03-25")
    with pytest.raises(ledger.Refused, match="2026-04-10"):
        ledger.correct_deadline(
            session,
            issue,
            new_deadline_on=D("2026-07-31"),
            effect_on=D("2026-04-01"),
            reason="录错",
            **acts("2026-05-01"),
        )

    ledger.correct_deadline(
        session, issue, new_deadline_on=D("2026-04-15"), effect_on=D("2026-04-12"), reason="录错", **acts("2026-05-01")
    )

    said = [
        word(session, measure, day) for day in ("2026-03-31", "2026-04-05", "2026-04-11", "2026-04-15", "2026-04-16")
    ]
    assert said == ["on_schedule", "overdue", "on_schedule", "on_schedule", "overdue"]
    assert_checked(session, "2026-04-05", "2026-04-11", "2026-04-16", "2026-05-01")


def test_s2_an_inherited_extension_is_remembered_after_the_measure_got_its_own(
    session: Session, inspection: models.Inspection
) -> None:
    issue = factories.make_issue(session, inspection, deadline_on=D("2026-03-31"))
    measure = factories.make_measure(session, issue)
    extend(session, issue, "2026-06-30", "2026-03-20")
    extend(session, measure, "2026-09-30", "2026-06-20")

    assert_checked(session, "2026-03-10", "2026-04-10", "2026-06-19", "2026-07-10")


def test_s11_a_day_before_the_answer_stays_to_be_confirmed(session: Session, inspection: models.Inspection) -> None:
    issue = factories.make_issue(session, inspection, deadline_on=None, kind="ask")
    issue.question = "整改时限是哪一天？"
    measure = factories.make_measure(session, issue)

    ledger.answer_question(session, issue, "2026年9月底前", **acts("2026-03-02"))

    assert (word(session, measure, "2026-03-01"), word(session, measure, "2026-03-02")) == ("unreported", "on_schedule")
    assert_checked(session, "2026-03-01", "2026-03-02", "2026-10-01")


@pytest.mark.parametrize(
    ("what", "deadline", "new", "before", "after"),
    [
        ("another date", "2026-03-31", "2026-06-30", "overdue", "on_schedule"),
        ("a date instead of none", None, "2026-03-31", "long_term", "overdue"),
        ("none instead of a date", "2026-03-31", None, "overdue", "long_term"),
    ],
)
def test_s2_a_correction_leaves_the_days_before_its_effect_alone(
    session: Session,
    inspection: models.Inspection,
    what: str,
    deadline: str | None,
    new: str | None,
    before: str,
    after: str,
) -> None:
    on = D(deadline) if deadline else None
    kind = "date" if on else "long_term"
    issue = factories.make_issue(session, inspection, deadline_on=on, kind=kind, long_term=on is None)
    measure = factories.make_measure(session, issue)

    ledger.correct_deadline(
        session,
        issue,
        new_deadline_on=D(new) if new else None,
        long_term=new is None,
        effect_on=D("2026-04-10"),
        reason="方案印刷有误",
        **acts("2026-05-06"),
    )

    assert [word(session, measure, day) for day in ("2026-04-09", "2026-04-10", "2026-05-06")] == [before, after, after]
    assert_checked(session, "2026-02-02", "2026-04-09", "2026-04-10", "2026-05-06")


def test_s12_the_sign_off_of_an_earlier_cycle_is_remembered(session: Session, inspection: models.Inspection) -> None:
    issue = factories.make_issue(session, inspection)
    unit = factories.make_unit(session, "某县人民政府")
    measure = factories.make_measure(session, issue, lead=unit)
    sent = progress.submit(
        session, measure, unit_id=unit.id, on_behalf=False, claim="completed", text="已完成。", **acts("2026-02-02")
    )
    progress.accept(session, sent, unit_id=None, **acts("2026-02-03"))
    progress.sign_off(session, measure, signed_off_on=D("2026-02-10"), **acts("2026-03-02"))
    progress.reopen(session, measure, reason="反弹", new_deadline_on=D("2026-08-31"), **acts("2026-05-06"))

    said = [word(session, measure, day) for day in ("2026-02-20", "2026-03-02", "2026-05-06", "2026-09-01")]
    assert said == ["completed", "signed_off", "on_schedule", "overdue"]
    assert_checked(session, "2026-02-02", "2026-02-20", "2026-03-02", "2026-05-05", "2026-05-06", "2026-09-01")


def test_a_milestone_added_later_does_not_bind_the_days_before(session: Session, inspection: models.Inspection) -> None:
    issue = factories.make_issue(session, inspection)
    measure = factories.make_measure(session, issue)
    form = ledger.MeasureForm(measure.text, number="1", milestones=[(D("2026-02-28"), "主体工程完工")])
    ledger.amend_measure(session, measure, form, **acts("2026-04-01"))
    gathered = standing.gather(session, [measure.id], looking_back=True)[measure.id]

    before, after = (turns_known_on(gathered, day) for day in ("2026-03-31", "2026-04-01"))

    assert (before.behind_from, after.behind_from) == (None, D("2026-03-01"))
    assert (word(session, measure, "2026-03-31"), word(session, measure, "2026-04-01")) == ("on_schedule", "behind")


def test_s14_a_link_made_later_leaves_the_past_counts_of_the_second_inspection(
    session: Session, inspection: models.Inspection
) -> None:
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    second = factories.make_inspection(session, "省级督察")
    other = factories.make_issue(session, second)
    factories.make_measure(session, other)

    ledger.link_measure(session, measure, other, **acts("2026-04-01"))

    assert [total(session, second, day) for day in ("2026-03-31", "2026-04-01")] == [1, 2]
    assert [total(session, inspection, day) for day in ("2026-03-31", "2026-04-01")] == [1, 1]
    assert_checked(session, "2026-03-31", "2026-04-01")


def test_s14_a_withdrawn_issue_takes_a_shared_measure_out_of_its_own_inspection_only(
    session: Session, inspection: models.Inspection
) -> None:
    issue = factories.make_issue(session, inspection)
    shared = factories.make_measure(session, issue)
    second = factories.make_inspection(session, "省级督察")
    other = factories.make_issue(session, second)
    ledger.link_measure(session, shared, other, **acts("2026-02-02"))

    ledger.withdraw_issue(session, issue, reason="并入省级督察", **acts("2026-04-01"))

    assert [total(session, inspection, day) for day in ("2026-03-31", "2026-04-01")] == [1, 0]
    assert [total(session, second, day) for day in ("2026-01-10", "2026-03-31", "2026-04-01")] == [0, 1, 1]
    assert [total(session, inspection, day, "issues") for day in ("2026-03-31", "2026-04-01")] == [1, 0]
    for day in ("2026-01-10", "2026-03-31", "2026-04-01"):
        assert figures.check(session, D(day)) == []


def test_the_check_tells_a_standing_that_the_facts_do_not_bear_out(
    session: Session, inspection: models.Inspection
) -> None:
    issue = factories.make_issue(session, inspection)
    measure = factories.make_measure(session, issue)
    session.execute(update(models.IssueStanding).values(behind_from=START))

    found = figures.check(session, D("2026-02-02"))

    assert [sentence for sentence in found if sentence.startswith(f"issue {issue.id}")]
    session.execute(update(models.MeasureStanding).values(overdue_from=START))
    assert f"measure {measure.id}: stored overdue, recomputed on_schedule" in figures.check(session, D("2026-02-02"))


def test_the_check_says_how_many_it_could_not_recompute(session: Session, inspection: models.Inspection) -> None:
    """Nobody kept what these were before: rows from before the ledger kept it."""
    issue = factories.make_issue(session, inspection)
    measure = factories.make_measure(session, issue)
    for item in (measure, issue):
        values = {former.column(item): item.id, "values": None}
        session.add(models.FormerValues(**values, until_on=D("2026-04-01"), at=factories.AT))
    notes: list[str] = []

    assert (figures.check(session, D("2026-03-15"), notes), len(notes)) == ([], 1)
    assert "1 measure" in notes[0] and "1 issue" in notes[0]
    assert_checked(session, "2026-04-01")


def milestone_of(session: Session, measure: models.Measure) -> models.Milestone:
    return session.scalars(
        select(models.Milestone).where(
            models.Milestone.measure_id == measure.id, models.Milestone.withdrawn_on.is_(None)
        )
    ).one()


def amended(session: Session, measure: models.Measure, stones: list[tuple[str, str]], day: str) -> None:
    form = ledger.MeasureForm(measure.text, number="1", milestones=[(D(due), text) for due, text in stones])
    ledger.amend_measure(session, measure, form, **acts(day))


@pytest.fixture
def staged(session: Session, inspection: models.Inspection) -> models.Measure:
    """A measure whose milestone of 2026-02-28 was reported as reached on 02-10."""
    unit = factories.make_unit(session, "某县人民政府")
    measure = factories.make_measure(session, factories.make_issue(session, inspection), lead=unit)
    amended(session, measure, [("2026-02-28", "主体工成完工")], "2026-01-06")
    progress.report(
        session,
        measure,
        unit_id=unit.id,
        on_behalf=False,
        state="in_progress",
        text="推进",
        reached=[milestone_of(session, measure).id],
        **acts("2026-02-10"),
    )
    return measure


def test_s5_a_typo_put_right_in_a_milestone_keeps_it_reached(session: Session, staged: models.Measure) -> None:
    before = milestone_of(session, staged).id

    amended(session, staged, [("2026-02-28", "主体工程完工")], "2026-04-01")

    assert (milestone_of(session, staged).id, milestone_of(session, staged).text) == (before, "主体工程完工")
    assert word(session, staged, "2026-04-01") == "on_schedule"


def test_s5_a_milestone_moved_keeps_its_marks_and_the_day_it_had(session: Session, staged: models.Measure) -> None:
    before = milestone_of(session, staged).id

    amended(session, staged, [("2026-05-31", "主体工成完工")], "2026-04-01")

    was = session.scalars(select(models.FormerMilestone)).one()
    assert (was.milestone_id, was.due_on, was.until_on) == (before, D("2026-02-28"), D("2026-04-01"))
    assert word(session, staged, "2026-06-01") == "on_schedule"  # it stays reached


def test_s2_a_milestone_moved_binds_on_each_day_by_the_date_it_had_then(
    session: Session, inspection: models.Inspection
) -> None:
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    amended(session, measure, [("2026-02-28", "完成立项"), ("2026-05-31", "开工")], "2026-01-06")
    amended(session, measure, [("2026-04-30", "完成立项"), ("2026-05-31", "开工")], "2026-03-10")
    gathered = standing.gather(session, [measure.id], looking_back=True)[measure.id]

    days = ("2026-02-28", "2026-03-01", "2026-03-09", "2026-03-10", "2026-04-30", "2026-05-01")
    again = [schedule.verdict(turns_known_on(gathered, day), D(day)).value for day in days]

    said = ["on_schedule", "behind", "behind", "on_schedule", "on_schedule", "behind"]
    assert [word(session, measure, day) for day in days] == said
    assert again == said


def test_s10_a_milestone_placed_on_a_measure_bound_its_issue_until_then(
    session: Session, inspection: models.Inspection
) -> None:
    issue = factories.make_issue(session, inspection)
    measure = factories.make_measure(session, issue)
    stone = models.Milestone(issue_id=issue.id, due_on=D("2026-02-28"), text="完成立项")
    session.add(stone)
    session.flush()
    standing.write_issue(session, issue.id, day=START, at=factories.AT)

    ledger.place_milestone(session, stone, measure, **acts("2026-03-10"))

    own = standing.gather(session, [measure.id])[measure.id].facts.milestones
    left = standing.gather_issues(session, [issue.id])[issue.id].milestones
    for day, bound in (("2026-03-09", (1, 0)), ("2026-03-10", (0, 1))):
        known = [schedule.milestones_known_on(stones, D(day)) for stones in (left, own)]
        assert tuple(sum(m.withdrawn_on is None for m in stones) for stones in known) == bound, day
    assert (word(session, measure, "2026-03-09"), word(session, issue, "2026-03-09")) == ("on_schedule", "behind")
    assert (word(session, measure, "2026-03-10"), word(session, issue, "2026-03-10")) == ("behind", "behind")
    assert_checked(session, "2026-03-09", "2026-03-10")


def marks(session: Session, measure: models.Measure, *days: str) -> list[bool]:
    found = [standing.of(session, measure.id, D(day)) for day in days]
    return [row is not None and row.corrected for row in found]


def test_s2_a_second_correction_leaves_the_mark_of_the_first_and_an_extension_ends_it(
    session: Session, inspection: models.Inspection
) -> None:
    measure = factories.make_measure(session, factories.make_issue(session, inspection))
    for new, effect, day in (("2026-10-31", "2026-02-01", "2026-03-01"), ("2026-11-30", "2026-04-01", "2026-05-01")):
        ledger.correct_deadline(
            session, measure, new_deadline_on=D(new), effect_on=D(effect), reason="印刷有误", **acts(day)
        )

    assert marks(session, measure, "2026-01-31", "2026-02-01", "2026-03-31", "2026-04-01", "2026-05-01") == [
        *(False, True, True, True, True)
    ]
    extend(session, measure, "2027-03-31", "2026-06-01")
    assert marks(session, measure, "2026-03-31", "2026-05-31", "2026-06-01") == [True, True, False]


def test_s10_only_units_of_an_issue_mark_what_is_left_on_it(session: Session, inspection: models.Inspection) -> None:
    issue = factories.make_issue(session, inspection)
    lead, other = (factories.make_unit(session, name) for name in ("某县人民政府", "某局"))
    mine, others = (factories.make_measure(session, issue, lead=unit) for unit in (lead, other))
    stone = models.Milestone(issue_id=issue.id, due_on=D("2026-02-28"), text="完成立项", since_on=D("2026-01-10"))
    session.add(stone)
    second = factories.make_inspection(session, "省级督察")
    shared = factories.make_measure(session, factories.make_issue(session, second), lead=other)
    ledger.link_measure(session, shared, issue, **acts("2026-01-20"))
    people = {
        unit.id: access.person_of(session, factories.make_user(session, unit.name, "clerk", unit=unit))
        for unit in (lead, other)
    }

    def may(measure: models.Measure, unit: models.Unit, day: str = "2026-02-01") -> bool:
        return stone in progress.milestones_for(session, measure, people[unit.id], unit.id, D(day))

    assert (may(mine, lead), may(others, other), may(shared, other)) == (True, True, False)  # the issue names nobody
    assert (may(mine, lead, "2026-01-09"), may(mine, lead, "2026-01-10")) == (False, True)
    session.add(models.Assignment(issue_id=issue.id, unit_id=lead.id, role="lead", answers=True, since_on=START))
    session.flush()
    assert (may(mine, lead), may(others, other), may(shared, other)) == (True, False, False)
    with pytest.raises(progress.Refused, match="不由您的单位填报"):
        progress.report(
            session,
            others,
            unit_id=other.id,
            on_behalf=False,
            state="in_progress",
            text="推进",
            reached=[stone.id],
            **{**acts("2026-02-01"), "by": people[other.id]},
        )
