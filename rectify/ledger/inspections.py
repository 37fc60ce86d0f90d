"""Inspections entered and changed by hand. Their rounds and rules are `rounds`'."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rectify import former, models, records, rounds, standing
from rectify.records import Actor

from .common import Refused, clean, office_only, sensible


@dataclass(frozen=True)
class InspectionForm:
    """The fields of an inspection as typed. An import into an inspection that exists leaves all but the name aside."""

    name: str
    level: str = "central"
    field: str = "environment"
    kind: str = "inspection"
    team: str = ""
    plan_name: str = ""
    feedback_on: dt.date | None = None
    issued_on: dt.date | None = None
    basically_counts_as_done: bool = False
    long_term_counts_as_done: bool = False
    starts_on_issue_date: bool = False
    issue_word: str = "项"
    measure_word: str = "条"
    decides: str = "acceptance"
    judged_by: str = "both"
    tolerance_percent: int = 5
    immediate_days: int = 30
    near_due_days: int = 30
    grace_days: int = 0
    grace_unit: str = "days"
    rhythm: str = "monthly"
    confidential: bool = False
    sort: int = 0

    def checked(self) -> InspectionForm:
        """The form with its texts trimmed; Refused where a field cannot be."""
        name = clean(self.name)
        if not name:
            raise Refused("请填写督察（巡视、考核）批次的名称。")
        if len(name) > 200:
            raise Refused("批次名称超过200字，请缩短。")
        sensible(self.feedback_on, "反馈日期")
        sensible(self.issued_on, "方案印发日期")
        known = {"level": models.LEVELS, "field": models.FIELDS, "kind": models.KINDS}
        for what, values in known.items():
            if getattr(self, what) not in values:
                raise Refused(
                    "“%(value)s”不是可用的%(what)s，可用的有：%(values)s。",
                    value=getattr(self, what),
                    what={"level": "级别", "field": "领域", "kind": "类别"}[what],
                    values="、".join(values),
                )
        if not clean(self.issue_word) or not clean(self.measure_word):
            raise Refused("请填写反馈问题和整改措施的量词，例如“项”和“条”。")
        return replace(
            self,
            name=name,
            team=clean(self.team)[:200],
            plan_name=clean(self.plan_name)[:300],
            issue_word=clean(self.issue_word)[:4],
            measure_word=clean(self.measure_word)[:4],
        )


def add_inspection(
    session: Session, form: InspectionForm, *, by: Actor, day: dt.date, at: dt.datetime
) -> models.Inspection:
    """A new inspection with its rules; its first reporting round is planned at once."""
    office_only(by)
    form = form.checked()
    if session.scalar(select(models.Inspection.id).where(models.Inspection.name == form.name)):
        raise Refused("已有名为“%(name)s”的批次，请换一个名称，或到该批次中录入。", name=form.name)
    made = new_inspection(session, form, at)
    rounds.plan_next(session, made, day, at, write_standings=False)
    if made.confidential:
        name_readers(session, made, (), by=by, day=day, at=at)
    records.write(session, by, at, "inspection.add", "inspection", made.id, name=made.name)
    return made


def change_inspection(
    session: Session, inspection: models.Inspection, form: InspectionForm, *, by: Actor, day: dt.date, at: dt.datetime
) -> bool:
    """Change the fields and rules of an inspection from `day` on; whether anything changed.

    Rules go through `rounds.change_rules`; a new date of issue moves what hangs on it (立行立改, planned start).
    """
    office_only(by)
    form = form.checked()
    taken = select(models.Inspection.id).where(
        models.Inspection.name == form.name, models.Inspection.id != inspection.id
    )
    if session.scalar(taken):
        raise Refused("已有名为“%(name)s”的批次，请换一个名称。", name=form.name)
    values = {f.name: getattr(form, f.name) for f in fields(form)}
    rules = {name: values.pop(name) for name in rounds.RULES}
    try:
        changed = rounds.change_rules(session, inspection, rules, by=by, day=day, at=at)
    except rounds.Refused as refused:
        raise Refused(refused.sentence, **refused.values) from refused
    old = {name: getattr(inspection, name) for name, value in values.items() if getattr(inspection, name) != value}
    if not old:
        return changed
    former.keep(session, inspection, old, day, at)
    for name in old:
        setattr(inspection, name, values[name])
    session.flush()
    if {"issued_on", "feedback_on"} & set(old):
        standing.write_inspection(session, inspection.id, day=day, at=at)
    new = {name: values[name] for name in old}
    records.write(session, by, at, "inspection.change", "inspection", inspection.id, old=old, new=new)
    return True


def name_readers(
    session: Session,
    inspection: models.Inspection,
    user_ids: Iterable[int],
    *,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> bool:
    """Who sees a confidential inspection: these users and whoever says so; whether anything changed."""
    office_only(by)
    wanted = set(user_ids) | ({by.user_id} if by.user_id is not None else set())
    reader = models.InspectionReader
    had = set(session.scalars(select(reader.user_id).where(reader.inspection_id == inspection.id)))
    if wanted == had:
        return False
    session.execute(delete(reader).where(reader.inspection_id == inspection.id, reader.user_id.in_(had - wanted)))
    session.add_all(reader(inspection_id=inspection.id, user_id=user_id) for user_id in sorted(wanted - had))
    records.write(
        session, by, at, "inspection.readers", "inspection", inspection.id, old=sorted(had), new=sorted(wanted)
    )
    return True


def new_inspection(session: Session, form: InspectionForm, at: dt.datetime) -> models.Inspection:
    made = models.Inspection(**{f.name: getattr(form, f.name) for f in fields(form)}, created_at=at)
    session.add(made)
    session.flush()
    return made
