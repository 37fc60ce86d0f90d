"""Who is told what by which act, what a reader sees of it, and how long it is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rectify import access, inbox, jobs, ledger, models, progress
from tests import factories
from tests.conftest import AT, TODAY

if TYPE_CHECKING:
    from tests.conftest import Cast

Person = Callable[[str], access.Person]
DAY = dt.timedelta(days=1)


@pytest.fixture
def measure(session: Session, cast: Cast) -> models.Measure:
    """A measure of unit_a that the supervisor accepts; unit_b has nothing to do with it."""
    issue = factories.make_issue(session, factories.make_inspection(session), number="3", text="污水直排。")
    units = cast.units
    made = factories.make_measure(
        session, issue, text="建成管网。", lead=units["unit_a"], supervising=[units["supervisor"]]
    )
    session.execute(update(models.MeasureLink).values(number="2"))
    factories.make_user(session, "lead_a", "lead", unit=session.get(models.Unit, units["unit_a"]))
    session.commit()
    return made


def submitted(session: Session, measure: models.Measure, by: access.Person) -> models.Submission:
    return progress.submit(
        session,
        measure,
        by=by,
        unit_id=by.unit_id,
        on_behalf=False,
        claim="completed",
        text="12公里全部建成。",
        day=TODAY,
        at=AT,
    )


def told(session: Session) -> set[tuple[str, str, bool]]:
    """(who, what kind, whether read) of all notices."""
    query = select(models.User.name, models.Notice.kind, models.Notice.read_at).join(models.User)
    return {(name, kind, read_at is not None) for name, kind, read_at in session.execute(query)}


def test_whoever_decides_is_told_of_a_submission_and_nobody_else(
    session: Session, measure: models.Measure, person: Person
) -> None:
    submission = submitted(session, measure, person("unit_a"))

    assert told(session) == {("supervisor", "waiting", False)}
    only = session.scalars(select(models.Notice)).one()
    assert only.path == f"/queue/{submission.id}"
    assert only.said == {"unit": "甲县人民政府", "claim": "completed"}


def test_the_office_is_told_where_nobody_else_decides(session: Session, cast: Cast, person: Person) -> None:
    issue = factories.make_issue(session, factories.make_inspection(session))
    alone = factories.make_measure(session, issue, lead=cast.units["unit_a"])
    session.commit()

    submitted(session, alone, person("unit_a"))

    assert told(session) == {("office", "waiting", False)}


def test_those_told_of_a_submission_are_those_who_may_decide_it(
    session: Session, measure: models.Measure, cast: Cast, person: Person
) -> None:
    submission = submitted(session, measure, person("unit_a"))
    submission.unit_id = cast.units["supervisor"]  # what the supervising unit sent itself goes to the office
    session.flush()

    asked = set(session.scalars(access.deciding_users(session, submission, TODAY)))

    people = {user_id: access.person_of(session, session.get_one(models.User, user_id)) for user_id in asked}
    assert asked == {cast.users["office"]}
    assert all(access.may_decide(session, one, submission, TODAY) for one in people.values())


@pytest.mark.parametrize("outcome", ["accepted", "returned"])
def test_all_who_act_for_the_unit_learn_what_became_of_a_submission(
    session: Session, measure: models.Measure, person: Person, outcome: str
) -> None:
    supervisor = person("supervisor")
    submission = submitted(session, measure, person("unit_a"))

    act = {"by": supervisor, "unit_id": supervisor.unit_id, "day": TODAY, "at": AT}
    if outcome == "accepted":
        progress.accept(session, submission, **act)  # type: ignore[arg-type]
    else:
        progress.return_(session, submission, reason="缺验收单。", **act)  # type: ignore[arg-type]

    assert told(session) == {
        ("supervisor", "waiting", True),  # what waited waits no longer, for none of those who were asked
        ("unit_a", outcome, False),
        ("lead_a", outcome, False),
    }


def test_a_returned_report_and_an_extension_are_told_to_those_who_work_on_it(
    session: Session, measure: models.Measure, person: Person
) -> None:
    office = person("office")
    session.add(
        models.Round(
            inspection_id=session.scalars(select(models.Inspection.id)).one(),
            name="六月",
            opens_on=TODAY - DAY,
            cut_off_on=TODAY + DAY,
            opened_at=AT,
        )
    )
    session.commit()
    report = progress.report(
        session,
        measure,
        by=person("unit_a"),
        unit_id=person("unit_a").unit_id,
        on_behalf=False,
        state="in_progress",
        text="已开工。",
        day=TODAY,
        at=AT,
    )
    progress.return_report(session, report, by=office, unit_id=office.unit_id, reason="数字有误。", day=TODAY, at=AT)
    ledger.extend(
        session,
        measure,
        new_deadline_on=dt.date(2027, 3, 1),
        approved_on=TODAY,
        document_number="市整改办〔2026〕1号",
        reason="汛期停工。",
        by=office,
        day=TODAY,
        at=AT,
    )

    assert told(session) == {
        (who, kind, False) for who in ("unit_a", "lead_a") for kind in ("report_returned", "extended")
    }


def test_a_reopening_is_told_with_the_limit_in_force(session: Session, measure: models.Measure, person: Person) -> None:
    supervisor, office = person("supervisor"), person("office")
    submission = submitted(session, measure, person("unit_a"))
    progress.accept(session, submission, by=supervisor, unit_id=supervisor.unit_id, day=TODAY, at=AT)
    later = TODAY + 30 * DAY

    progress.reopen(
        session, measure, by=office, reason="管网破损。", new_deadline_on=later + DAY, day=later, at=AT + 30 * DAY
    )

    assert {who for who, kind, _read in told(session) if kind == "reopened"} == {"unit_a", "lead_a"}
    said = session.scalars(select(models.Notice.said).where(models.Notice.kind == "reopened")).first()
    assert said == {"limit_on": "2026-07-16", "reason": "管网破损。"}


def test_a_unit_is_told_once_that_an_item_is_its_own_now(
    session: Session, measure: models.Measure, cast: Cast, person: Person
) -> None:
    for _ in range(2):
        ledger.assign(
            session,
            measure,
            "cooperating",
            [cast.units["unit_b"]],
            by=person("office"),
            day=TODAY,
            at=AT,
        )

    assert told(session) == {("unit_b", "assigned", False)}
    assert session.scalar(select(func.count()).select_from(models.Notice)) == 1


def test_a_notice_of_an_act_that_is_rolled_back_is_not_there(
    session: Session, measure: models.Measure, person: Person
) -> None:
    submitted(session, measure, person("unit_a"))
    session.rollback()

    assert told(session) == set()


def test_whoever_may_not_see_a_confidential_inspection_is_not_told(
    session: Session, measure: models.Measure, cast: Cast, person: Person
) -> None:
    session.execute(update(models.Inspection).values(confidential=True))
    session.commit()
    who = [cast.users["unit_a"], cast.users["supervisor"]]

    inbox.tell(session, who, "reopened", {}, "/measures/1", AT, measure_id=measure.id)
    assert told(session) == set()
    session.add(
        models.InspectionReader(
            inspection_id=session.scalars(select(models.Inspection.id)).one(), user_id=cast.users["supervisor"]
        )
    )
    session.flush()
    inbox.tell(session, who, "reopened", {}, "/measures/1", AT, measure_id=measure.id)

    assert told(session) == {("supervisor", "reopened", False)}


def test_a_notice_shows_nothing_of_an_item_that_its_reader_may_no_longer_see(
    session: Session, measure: models.Measure, cast: Cast, person: Person
) -> None:
    """R24: rights are checked when it is read, not when it was told."""
    inbox.tell(
        session, [cast.users["unit_a"]], "returned", {"reason": "缺验收单。"}, "/measures/1", AT, measure_id=measure.id
    )
    session.commit()
    (seen,) = inbox.listed(session, person("unit_a"), TODAY, limit=10)

    session.execute(update(models.Assignment).values(until_on=TODAY))
    session.commit()
    (hidden,) = inbox.listed(session, person("unit_a"), TODAY, limit=10)

    assert (seen.text, seen.issue_number, seen.measure_number) == ("建成管网。", "3", "2")
    assert (seen.kind, seen.values, seen.path) == (inbox.KINDS["returned"], {"reason": "缺验收单。"}, "/measures/1")
    assert (hidden.kind, hidden.values, hidden.path, hidden.text) == (inbox.GONE, {}, "", "")
    assert hidden.inspection == hidden.issue_number == hidden.measure_number == ""


def test_notices_are_read_by_their_owner_alone_and_only_as_far_as_he_saw(session: Session, cast: Cast) -> None:
    mine, other = cast.users["unit_a"], cast.users["unit_b"]
    for _ in range(3):
        inbox.tell(session, [mine, other], "reminded", {"count": 3, "overdue": 1}, "/work", AT)
    ids = session.scalars(
        select(models.Notice.id).where(models.Notice.user_id == mine).order_by(models.Notice.id)
    ).all()
    foreign = session.scalars(select(models.Notice.id).where(models.Notice.user_id == other)).all()

    assert inbox.read(session, mine, AT, notice_id=foreign[0]) == 0
    assert inbox.read(session, mine, AT, up_to=ids[1]) == 2
    assert inbox.read(session, mine, AT, up_to=ids[1]) == 0

    unread = select(models.Notice.user_id, func.count()).where(models.Notice.read_at.is_(None))
    assert dict(session.execute(unread.group_by(models.Notice.user_id)).tuples().all()) == {mine: 1, other: 3}


def test_old_notices_that_were_read_are_swept_and_unread_ones_kept_for_a_year(
    app: Flask, session: Session, cast: Cast
) -> None:
    def made(age: int, read: int | None) -> None:
        session.add(
            models.Notice(
                user_id=cast.users["unit_a"],
                kind="reminded",
                said={},
                path="/",
                at=AT - age * DAY,
                read_at=None if read is None else AT - read * DAY,
            )
        )

    for age, read in ((91, 91), (91, 90), (91, 89), (399, None), (401, None), (401, 1)):
        made(age, read)
    session.commit()

    assert jobs.run_job(app, "housekeeping")["notices"] == 3

    left = session.execute(select(models.Notice.at, models.Notice.read_at)).tuples()
    ages = {((AT - at).days, None if read is None else (AT - read).days) for at, read in left}
    assert ages == {(91, 90), (91, 89), (399, None)}


def test_a_long_reason_is_cut_in_the_notice_and_whole_on_its_page(session: Session, cast: Cast) -> None:
    inbox.tell(session, [cast.users["unit_a"]], "returned", {"reason": "缺" * 900}, "/work", AT)

    assert session.scalars(select(models.Notice.said)).one() == {"reason": "缺" * 300 + "…"}
