"""A plan is downloaded from its inspection's page and reads back the same; the blank form is offered where plans come in."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import ledger, models
from rectify.reading import read
from tests import factories
from tests.reading.labels_of import content


@pytest.fixture
def inspection_id(session: Session, cast) -> int:
    made = factories.make_inspection(session, "第一轮省督察/一", plan_name="甲市整改方案")
    issue = factories.make_issue(session, made, text='=HYPERLINK("http://a")', number="一")
    factories.make_measure(session, issue, text="建管网。", lead=cast.units["unit_a"])
    factories.make_measure(session, issue, text="建泵站。", deadline_on=dt.date(2026, 9, 30))
    session.commit()
    made_id = made.id
    session.rollback()
    return made_id


@pytest.mark.parametrize("kind", ["xlsx", "docx"])
@pytest.mark.parametrize("role", ["office", "leader"])
def test_the_plan_of_an_inspection_is_downloaded_and_reads_back(
    client: Callable[..., FlaskClient],
    session: Session,
    inspection_id: int,
    role: str,
    kind: str,
    today: dt.date,
) -> None:
    browser = client(role)
    page = browser.get(f"/inspections/{inspection_id}").text
    address = f"/inspections/{inspection_id}/plan.{kind}"
    assert f'href="{address}"' in page

    answer = browser.get(address)

    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment")
    assert "/" not in answer.headers["Content-Disposition"] and "%2F" not in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    draft = read(answer.data, f"a.{kind}")
    assert content(draft) == content(ledger.plan_of(session, session.get_one(models.Inspection, inspection_id), today))
    assert [measure.text for _, measure in draft.measures()] == ["建管网。", "建泵站。"]
    entry = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "export")).one()
    assert (entry.item, entry.item_id, entry.details["kind"]) == ("inspection", inspection_id, kind)


def test_a_confidential_inspection_is_not_there_for_others(
    client: Callable[..., FlaskClient], session: Session, inspection_id: int
) -> None:
    session.get_one(models.Inspection, inspection_id).confidential = True
    session.commit()
    assert client("office").get(f"/inspections/{inspection_id}/plan.xlsx").status_code == 404
    assert session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "export")).all() == []


def test_what_was_exported_may_be_uploaded_and_is_the_same_plan(
    client: Callable[..., FlaskClient], session: Session, inspection_id: int, today: dt.date
) -> None:
    browser = client("office")
    data = browser.get(f"/inspections/{inspection_id}/plan.docx").data
    browser.post("/plans", data={"file": (io.BytesIO(data), "方案.docx")})
    kept = session.scalars(select(models.PlanFile)).one()
    assert kept.draft["issues"][0]["text"] == '=HYPERLINK("http://a")'
    assert kept.draft["questions"] == []


@pytest.mark.parametrize("kind", ["xlsx", "docx"])
def test_the_blank_form_is_linked_and_holds_nothing(client: Callable[..., FlaskClient], kind: str) -> None:
    browser = client("office")
    assert f'href="/plans/template.{kind}"' in browser.get("/plans").text
    draft = read(browser.get(f"/plans/template.{kind}").data, f"a.{kind}")
    assert draft.issues == [] and draft.title is None
