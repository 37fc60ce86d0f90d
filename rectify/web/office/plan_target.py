"""The inspection that a waiting plan goes into, and the plan beside it where it holds some of it already."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import select

from rectify import ledger, models
from rectify.models import db
from rectify.reading.draft import PlanDraft
from rectify.web import parts
from rectify.web.office.plan_questions import cut_off

TAKEN_FOR: Final = {"version": False, "ledger": True}
"""What the office says a file is → whether it is a ledger; where nothing was said, the comparison has its default."""


def inspection_of(held: models.PlanFile) -> models.Inspection | None:
    """The inspection that a waiting plan names, where it is there and the person may see it."""
    name = str(held.form.get("name") or "").strip()
    found = db.session.scalars(select(models.Inspection).where(models.Inspection.name == name)).first()
    visible = {inspection_id for inspection_id, _name in parts.person().inspections}
    return found if found is not None and found.id in visible else None


def known_to(held: models.PlanFile, draft: PlanDraft) -> models.Inspection | None:
    """The inspection that a waiting plan names, where it holds some of the plan's issues already."""
    found = inspection_of(held)
    return found if found is not None and ledger.first_match(db.session(), draft, found.id) is not None else None


def comparison_of(held: models.PlanFile, draft: PlanDraft) -> ledger.Comparison | None:
    """The comparison of a waiting plan, None where it goes into an inspection that has none of its issues."""
    inspection = known_to(held, draft)
    if inspection is None:
        return None
    as_of = cut_off(draft, _day(held, "as_of"))
    if as_of is not None and as_of > parts.today():
        raise ledger.Refused("台账截止日%(as_of)s晚于今天，请改正。", as_of=as_of)
    return ledger.compare(
        db.session(),
        draft,
        inspection,
        ledger.InspectionForm(
            inspection.name, feedback_on=_day(held, "feedback_on"), issued_on=_day(held, "issued_on")
        ),
        held.answers.get("questions") or {},
        held.answers.get("units") or {},
        day=parts.today(),
        as_of=as_of,
        as_ledger=TAKEN_FOR.get((held.answers.get("compare") or {}).get("kind", "")),
    )


def _day(held: models.PlanFile, name: str) -> dt.date | None:
    typed = held.form.get(name)
    return dt.date.fromisoformat(typed) if typed else None
