"""Rows for tests; the defaults are the ordinary case, a test states only what matters to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import models, progress, standing

AT = dt.datetime(2026, 1, 5, 2, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 1, 5)
DEADLINE = dt.date(2026, 12, 31)
CATCH_UP = progress.CatchUp("outside", "汛期停工二十天。", "增加作业班组，倒排工期。", dt.date(2027, 12, 31))
"""What a report on a measure that lags must say."""


def make_region(session: Session, name: str) -> models.Region:
    region = models.Region(name=name)
    session.add(region)
    session.flush()
    return region


def make_unit(
    session: Session,
    name: str,
    *,
    parent: models.Unit | None = None,
    region: models.Region | None = None,
    is_office: bool = False,
) -> models.Unit:
    unit = models.Unit(name=name, parent=parent, region=region, is_office=is_office)
    session.add(unit)
    session.flush()
    return unit


def make_user(
    session: Session,
    name: str,
    role: str,
    *,
    unit: models.Unit | None = None,
    email: str | None = "",
    password_hash: str = "!",
) -> models.User:
    user = models.User(
        name=name,
        name_key=name.casefold(),
        full_name=name,
        email=f"{name}@example.cn" if email == "" else email,
        role=role,
        password_hash=password_hash,
        password_changed_at=AT,
        created_at=AT,
        units=[unit] if unit is not None else [],
    )
    session.add(user)
    session.flush()
    return user


def make_inspection(session: Session, name: str = "第二轮中央生态环境保护督察", **values: object) -> models.Inspection:
    inspection = models.Inspection(
        **{"name": name, "issued_on": DAY, "feedback_on": DAY, "created_at": AT, "rhythm": "none", **values}
    )
    session.add(inspection)
    session.flush()
    return inspection


def make_issue(
    session: Session,
    inspection: models.Inspection,
    *,
    text: str = "县城污水管网覆盖不足，雨季溢流。",
    deadline_on: dt.date | None = DEADLINE,
    kind: str = "date",
    day: dt.date = DAY,
    **values: object,
) -> models.Issue:
    """An issue without assignments; `make_measure` gives it measures and units."""
    seq = session.scalar(select(func.count()).where(models.Issue.inspection_id == inspection.id)) or 0
    issue = models.Issue(
        **{
            "inspection_id": inspection.id,
            "seq": seq + 1,
            "number": str(seq + 1),
            "text": text,
            "deadline_on": deadline_on,
            "original_deadline_on": deadline_on,
            "deadline_kind": kind,
            "begins_on": day,
            "created_at": AT,
            **values,
        }
    )
    session.add(issue)
    session.flush()
    return issue


def make_measure(
    session: Session,
    issue: models.Issue,
    *,
    text: str = "新建污水管网12公里，完成雨污分流改造。",
    lead: models.Unit | int | None = None,
    cooperating: Sequence[models.Unit | int] = (),
    supervising: Sequence[models.Unit | int] = (),
    acceptance: Sequence[models.Unit | int] = (),
    deadline_on: dt.date | None = None,
    kind: str | None = None,
    day: dt.date = DAY,
    at: dt.datetime = AT,
    **values: object,
) -> models.Measure:
    """A measure at home in the issue, with its units, judged from `day` on. Without `deadline_on` it has the issue's."""
    seq = session.scalar(select(func.count()).where(models.MeasureLink.issue_id == issue.id)) or 0
    measure = models.Measure(
        **{
            "text": text,
            "deadline_on": deadline_on,
            "original_deadline_on": deadline_on,
            "deadline_kind": kind or ("date" if deadline_on else "none"),
            "begins_on": day,
            "created_at": at,
            **values,
        }
    )
    session.add(measure)
    session.flush()
    session.add(
        models.MeasureLink(
            measure_id=measure.id,
            issue_id=issue.id,
            inspection_id=issue.inspection_id,
            seq=seq + 1,
            number=str(seq + 1),
        )
    )
    parts: list[tuple[str, models.Unit | int]] = [("lead", lead)] if lead is not None else []
    parts += [("cooperating", unit) for unit in cooperating]
    parts += [("supervising", unit) for unit in supervising]
    parts += [("acceptance", unit) for unit in acceptance]
    for role, unit in parts:
        session.add(
            models.Assignment(
                measure_id=measure.id,
                unit_id=unit if isinstance(unit, int) else unit.id,
                role=role,
                answers=role == "lead",
                since_on=day,
            )
        )
    standing.write(session, [measure.id], day=day, at=at)
    return measure
