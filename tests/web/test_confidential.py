"""A measure that answers two inspections, one of them kept from a person: he knows it by the other alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from rectify import models, standing
from tests import factories
from tests.conftest import Cast

Client = Callable[..., FlaskClient]
SECRET, SECRET_ISSUE, OPEN_ISSUE = "市委巡察一组巡察", "某局党组选人用人不规范。", "河道排口未整治。"
OFFICE = (
    *("/measures/{}/" + act for act in ["answer", "assign", "confirm", "correct", "edit", "extend", "link"]),
    *("/measures/{}/" + act for act in ["reopen", "report", "sign-off", "submit", "withdraw"]),
)


@pytest.fixture
def shared(session: Session, cast: Cast, today: dt.date, at: dt.datetime) -> int:
    """At home in a confidential inspection that names nobody, linked to an open one; asked about and submitted."""
    secret = factories.make_inspection(session, SECRET, confidential=True)
    hidden = factories.make_issue(session, secret, text=SECRET_ISSUE)
    measure = factories.make_measure(session, hidden, lead=cast.units["unit_a"], supervising=[cast.units["supervisor"]])
    other = factories.make_issue(session, factories.make_inspection(session), text=OPEN_ISSUE)
    session.add(
        models.MeasureLink(
            measure_id=measure.id,
            issue_id=other.id,
            inspection_id=other.inspection_id,
            number="甲一",
            home=False,
            seq=1,
        )
    )
    measure.question = "时限写法不明确"
    session.add(
        models.Submission(
            measure_id=measure.id,
            claim="completed",
            text="已完成。",
            submitted_on=today,
            at=at,
            by_id=cast.users["unit_a"],
            unit_id=cast.units["unit_a"],
            state="open",
        )
    )
    session.flush()
    standing.write(session, [measure.id], day=today, at=at)
    made = measure.id
    session.commit()
    return made


@pytest.mark.parametrize(
    ("who", "path"),
    [
        *(("office", path) for path in (*OFFICE, "/office", "/queue", "/rounds", "/ledger", "/measures/{}")),
        ("supervisor", "/queue"),
        ("supervisor", "/ledger"),
        ("unit_a", "/my"),
        ("unit_a", "/ledger"),
        ("unit_a", "/measures/{}"),
        ("unit_a", "/measures/{}/report"),
        ("leader", "/measures/{}"),
        ("leader", "/ledger"),
    ],
)
def test_a_page_about_a_shared_measure_names_the_inspection_that_is_open_to_him(
    client: Client, shared: int, who: str, path: str
) -> None:
    answer = client(who).get(path.format(shared))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert SECRET not in page and SECRET_ISSUE not in page


@pytest.mark.parametrize(("who", "path"), [("office", "/office"), ("supervisor", "/queue"), ("unit_a", "/my")])
def test_a_shared_measure_still_waits_for_those_from_whom_its_home_is_kept(
    client: Client, shared: int, who: str, path: str
) -> None:
    assert "新建污水管网12公里" in client(who).get(path).get_data(as_text=True)


@pytest.mark.parametrize("named", [True, False])
def test_who_has_not_reported_is_told_of_those_inspections_alone_that_are_open_to_him(
    client: Client, session: Session, cast: Cast, today: dt.date, at: dt.datetime, named: bool
) -> None:
    secret = factories.make_inspection(session, SECRET, confidential=True)
    if named:
        session.add(models.InspectionReader(inspection_id=secret.id, user_id=cast.users["office"]))
    unit = factories.make_unit(session, "沉默县人民政府")
    factories.make_measure(session, factories.make_issue(session, secret), lead=unit)
    factories.make_measure(
        session, factories.make_issue(session, factories.make_inspection(session)), lead=cast.units["unit_a"]
    )
    session.add(
        models.Round(
            inspection_id=secret.id,
            name="6月调度",
            opens_on=today,
            cut_off_on=today + dt.timedelta(days=5),
            grace_days=0,
            opened_at=at,
        )
    )
    session.commit()

    page = client("office").get("/office").get_data(as_text=True)

    silent = page.partition('id="silent"')[2].partition("</table>")[0]
    assert ("沉默县人民政府" in silent) is named
