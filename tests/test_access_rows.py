"""Who decides what is sent on a measure, by the rule of its inspection: said in Python and in SQL alike."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, models, progress, rounds
from rectify.access import Person
from tests import factories
from tests.conftest import Cast

DAY = factories.DAY
ROLES = ("acceptance", "supervising", "office")


@pytest.fixture
def people(session: Session, cast: Cast) -> dict[str, Person]:
    """One who decides for each role; the office; one who is entered for all three."""
    units = {name: factories.make_unit(session, name) for name in ("acceptance", "supervising")}
    units["office"] = session.get_one(models.Unit, cast.units["office"])
    users = {name: factories.make_user(session, f"{name}人", "supervisor", unit=units[name]) for name in units}
    users["everywhere"] = factories.make_user(session, "各处", "supervisor")
    users["everywhere"].units = list(units.values())
    users["office"] = session.get_one(models.User, cast.users["office"])
    session.flush()
    return {name: access.person_of(session, user) for name, user in users.items()}


def sent(
    session: Session, people: dict[str, Person], rule: str, roles: tuple[str, ...], sender: int
) -> models.Submission:
    """A submission in the name of a unit, on a measure whose acceptance and supervising units are as asked."""
    inspection = factories.make_inspection(session, f"批次{rule}{roles}{sender}", decides=rule)
    given = {role: [min(people[role].unit_ids)] for role in roles}
    measure = factories.make_measure(session, factories.make_issue(session, inspection), lead=sender, **given)
    return progress.submit(
        session, measure, by=access.SYSTEM, unit_id=sender, on_behalf=False, claim="completed", text="完成。",
        day=DAY, at=factories.AT,
    )  # fmt: skip


def deciding(session: Session, people: dict[str, Person], submission: models.Submission) -> set[str]:
    """Whom the rule lets decide, the two forms of it having agreed for everyone."""
    told = {name for name, one in people.items() if access.may_decide(session, one, submission, DAY) is not None}
    waits = {
        name
        for name, one in people.items()
        if submission.id in session.scalars(select(models.Submission.id).where(access.decides_submissions(one, DAY)))
    }
    assert told == waits
    return told - {"everywhere"}


ALL = ("acceptance", "supervising")
CASES = [
    ("acceptance", ALL, "unit", {"acceptance"}),
    ("acceptance", ("supervising",), "unit", {"supervising"}),
    ("acceptance", (), "unit", {"office"}),
    ("supervising", ALL, "unit", {"supervising"}),
    ("supervising", ("acceptance",), "unit", {"acceptance"}),
    ("supervising", (), "unit", {"office"}),
    ("office", ALL, "unit", {"office"}),
    ("office", (), "unit", {"office"}),
    # what whoever should decide sent himself
    ("acceptance", ALL, "acceptance", {"office"}),
    ("supervising", ALL, "supervising", {"office"}),
    ("acceptance", ALL, "supervising", {"acceptance"}),
    ("office", ALL, "office", {"acceptance"}),
    ("office", ("supervising",), "office", {"supervising"}),
    ("office", (), "office", set()),
    ("acceptance", ALL, "office", {"acceptance"}),
]


@pytest.mark.parametrize(("rule", "roles", "sender", "expected"), CASES)
def test_the_inspection_says_who_decides(
    session: Session,
    cast: Cast,
    people: dict[str, Person],
    rule: str,
    roles: tuple[str, ...],
    sender: str,
    expected: set[str],
) -> None:
    unit_id = cast.units["unit_a"] if sender == "unit" else min(people[sender].unit_ids)

    assert deciding(session, people, sent(session, people, rule, roles, unit_id)) == expected


def test_nobody_decides_for_his_own_unit_by_any_rule(session: Session, people: dict[str, Person]) -> None:
    """Every rule, every choice of units, every sender; by the person himself too."""
    for rule, count, sender in itertools.product(access.rows.DECIDERS, range(3), ROLES):
        for roles in itertools.combinations(ALL, count):
            submission = sent(session, people, rule, roles, min(people[sender].unit_ids))
            assert sender not in deciding(session, people, submission), (rule, roles, sender)
            submission.by_id = people["everywhere"].user_id
            session.flush()
            assert access.may_decide(session, people["everywhere"], submission, DAY) is None
            deciding(session, people, submission)


def test_whoever_decides_is_asked_of_the_inspection_in_which_the_measure_is_at_home(
    session: Session, cast: Cast, people: dict[str, Person]
) -> None:
    submission = sent(session, people, "supervising", ALL, cast.units["unit_a"])
    other = factories.make_issue(session, factories.make_inspection(session, "省督察", decides="office"))
    session.add(
        models.MeasureLink(
            measure_id=submission.measure_id, issue_id=other.id, inspection_id=other.inspection_id, home=False, seq=1
        )
    )
    session.flush()

    assert deciding(session, people, submission) == {"supervising"}
    units = access.decider_units(session, submission.measure_id, DAY)
    assert [unit.name for unit in units] == ["supervising"]


def test_a_changed_rule_hands_what_waits_to_whoever_decides_now(
    session: Session, cast: Cast, people: dict[str, Person]
) -> None:
    submission = sent(session, people, "acceptance", ALL, cast.units["unit_a"])
    inspection = session.scalars(select(models.Inspection)).one()
    by = people["office"]

    rounds.change_rules(session, inspection, {"decides": "office"}, by=by, day=DAY, at=factories.AT)

    assert deciding(session, people, submission) == {"office"}
    old, unit_id = people["acceptance"], min(people["acceptance"].unit_ids)
    with pytest.raises(progress.Refused, match="不负责这项申报"):
        progress.accept(session, submission, by=old, unit_id=unit_id, day=DAY, at=factories.AT)
    progress.accept(session, submission, by=by, unit_id=cast.units["office"], day=DAY, at=factories.AT)
    assert submission.state == "accepted"
