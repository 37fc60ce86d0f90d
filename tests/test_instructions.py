"""Leaders' instructions: given by leaders or recorded for them, answered in time or not, never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from rectify import access, answers, instructions, models
from rectify.access.sentences import Refused
from tests import factories
from tests.conftest import AT, TODAY, Cast

People = Callable[[str], access.Person]
DUE = dt.date(2026, 6, 22)


@pytest.fixture
def measure(session: Session, cast: Cast) -> models.Measure:
    issue = factories.make_issue(session, factories.make_inspection(session))
    made = factories.make_measure(session, issue, lead=cast.units["unit_a"])
    session.commit()
    return made


def given(
    session: Session, by: access.Person, measure: models.Measure, units: list[int], **more: Any
) -> models.Instruction:
    return instructions.give(
        session,
        by,
        **{
            "issue_id": measure.links[0].issue_id,
            "measure_id": measure.id,
            "unit_ids": units,
            "text": "请主要负责同志亲自抓。",
            "reply_on": DUE,
            "day": TODAY,
            "at": AT,
            **more,
        },
    )


def test_a_leader_instructs_and_decides_on_the_answer(
    session: Session, person: People, cast: Cast, measure: models.Measure
) -> None:
    leader, clerk = person("leader"), person("unit_a")
    made = given(session, leader, measure, [cast.units["unit_a"]])
    (unit,) = made.units

    def stands(day: dt.date) -> str:
        assert instructions.counts(session, leader, day)[instructions.state(made, made.units, day)] == 1
        return instructions.state(made, made.units, day)

    assert (made.leader_name, made.instructed_on) == ("leader", TODAY)
    assert [stands(day) for day in (TODAY, DUE, DUE + dt.timedelta(days=1))] == ["unanswered", "unanswered", "overdue"]
    assert [(one.unit_id, one.due_on, one.state) for one in instructions.owed(session, dt.date(2026, 6, 23))] == [
        (cast.units["unit_a"], DUE, "overdue")
    ]
    first = answers.give(session, unit, by=clerk, text="正在办。", since=TODAY, day=TODAY, at=AT)
    assert stands(DUE) == "answered"
    answers.return_(session, first, by=leader, reason="要有时间表", due_on=dt.date(2026, 6, 30), day=TODAY, at=AT)
    assert stands(dt.date(2026, 6, 30)) == "unanswered" and stands(dt.date(2026, 7, 1)) == "overdue"
    second = answers.give(session, unit, by=clerk, text="时间表附后。", since=TODAY, day=TODAY, at=AT)
    answers.accept(session, second, by=leader, day=TODAY, at=AT)
    assert stands(dt.date(2026, 7, 9)) == "closed" and instructions.owed(session, dt.date(2026, 7, 9)) == []


def test_the_office_records_for_a_leader_by_name_and_day(
    session: Session, person: People, cast: Cast, measure: models.Measure
) -> None:
    office, to = person("office"), [cast.units["unit_a"]]
    with pytest.raises(Refused, match="作出批示的领导"):
        given(session, office, measure, to, on=TODAY)
    with pytest.raises(Refused, match="日期"):
        given(session, office, measure, to, leader_name="某领导", on=DUE)

    made = given(session, office, measure, to, leader_name="某领导", on=dt.date(2026, 6, 12))

    assert (made.leader_name, made.leader_id, made.instructed_on) == ("某领导", None, dt.date(2026, 6, 12))
    assert instructions.on(session, office, TODAY, measure_id=measure.id) == [made]
    assert instructions.on(session, office, dt.date(2026, 6, 11), measure_id=measure.id) == []


@pytest.mark.parametrize("name", ["unit_a", "unit_b", "supervisor", "admin", "auditor"])
def test_nobody_else_instructs_or_decides(
    session: Session, person: People, cast: Cast, measure: models.Measure, name: str
) -> None:
    leader, other, clerk = person("leader"), person(name), person("unit_a")
    made = given(session, leader, measure, [cast.units["unit_a"]])
    answer = answers.give(session, made.units[0], by=clerk, text="答", since=TODAY, day=TODAY, at=AT)

    with pytest.raises(Refused, match="只有"):
        given(session, other, measure, [cast.units["unit_a"]])
    with pytest.raises(Refused, match="只有"):
        answers.accept(session, answer, by=other, day=TODAY, at=AT)
    with pytest.raises(Refused, match="只有"):
        instructions.withdraw(session, made, by=other, reason="误", day=TODAY, at=AT)
    assert bool(instructions.visible(session, other, made.id)) == (name == "unit_a")


def test_what_is_confidential_is_hidden_and_given_to_its_own_units_alone(
    session: Session, person: People, cast: Cast
) -> None:
    secret = factories.make_inspection(session, "巡视", confidential=True)
    hidden = factories.make_measure(session, factories.make_issue(session, secret), lead=cast.units["unit_a"])
    session.add(models.InspectionReader(inspection_id=secret.id, user_id=cast.users["leader"]))
    session.commit()
    leader, office, clerk = person("leader"), person("office"), person("unit_a")

    with pytest.raises(Refused, match="不在台账中"):
        given(session, office, hidden, [cast.units["unit_a"]], leader_name="某", on=TODAY)
    with pytest.raises(Refused, match="保密"):
        given(session, leader, hidden, [cast.units["unit_b"]])
    made = given(session, leader, hidden, [cast.units["unit_a"]])

    assert instructions.visible(session, leader, made.id) is made
    assert (
        instructions.visible(session, office, made.id) is None and instructions.visible(session, clerk, made.id) is None
    )


def test_overdue_ones_stand_first_and_withdrawn_ones_ask_for_nothing(
    session: Session, person: People, cast: Cast, measure: models.Measure
) -> None:
    leader, to = person("leader"), [cast.units["unit_a"]]
    late = given(session, leader, measure, to, reply_on=dt.date(2026, 6, 16))
    open_ = given(session, leader, measure, to)
    gone = given(session, leader, measure, to)
    instructions.withdraw(session, gone, by=leader, reason="重复", day=TODAY, at=AT)

    found = instructions.rows(session, leader, dt.date(2026, 6, 18), limit=9)

    assert [(made.id, state) for made, state in found] == [
        *((late.id, "overdue"), (open_.id, "unanswered"), (gone.id, "void"))
    ]
    assert {one.instruction_id for one in instructions.owed(session, TODAY)} == {late.id, open_.id}
    with pytest.raises(Refused, match="已撤回"):
        instructions.check_answerable(gone.units[0])


def test_the_words_of_a_leader_are_never_changed(
    session: Session, person: People, cast: Cast, measure: models.Measure
) -> None:
    given(session, person("leader"), measure, [cast.units["unit_a"]])
    session.commit()

    for statement in (
        update(models.Instruction).values(text="别的"),
        update(models.InstructionUnit).values(unit_id=cast.units["unit_b"]),
        delete(models.Instruction),
        delete(models.InstructionUnit),
    ):
        with pytest.raises(DatabaseError, match="never changed"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()


def test_it_stands_on_the_page_of_its_item(
    session: Session, person: People, cast: Cast, measure: models.Measure, client: Callable[..., FlaskClient]
) -> None:
    pages = [f"/measures/{measure.id}", f"/issues/{measure.links[0].issue_id}"]
    leader = person("leader")
    of_measure = given(session, leader, measure, [cast.units["unit_a"]])
    given(session, leader, measure, [cast.units["unit_a"]], measure_id=None, text="请通盘考虑。")
    href = f'href="/instructions/{of_measure.id}"'
    session.commit()

    shown = [client("unit_a").get(page).get_data(as_text=True) for page in pages]

    assert href in shown[0] and "请主要负责同志亲自抓。" in shown[0]
    assert "请通盘考虑。" in shown[1]
