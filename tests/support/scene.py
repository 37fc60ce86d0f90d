"""A ledger in which every verdict is held, for the pages and files that show figures. The day is 2026-06-15."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from rectify import models, standing
from tests import factories

AT = dt.datetime(2026, 6, 1, 2, 0, tzinfo=dt.UTC)


def day(month: int, of: int, year: int = 2026) -> dt.date:
    return dt.date(year, month, of)


def report(session: Session, measure: models.Measure, on: dt.date, text: str = "正在施工。") -> None:
    session.add(models.ProgressReport(measure_id=measure.id, reported_on=on, at=AT, state="in_progress", text=text))
    session.flush()
    standing.write(session, [measure.id], day=on, at=AT)


def accepted(session: Session, measure: models.Measure, on: dt.date, claim: str = "completed") -> None:
    session.add(
        models.Submission(
            measure_id=measure.id, claim=claim, submitted_on=on, at=AT, state="accepted", decided_on=on, decided_at=AT
        )
    )
    session.flush()
    standing.write(session, [measure.id], day=on, at=AT)


def every_verdict(session: Session, lead: int, *, name: str = "中央环保督察", **values: Any) -> models.Inspection:
    """An inspection of eleven issues with a measure each: every verdict at least once, two of them overdue."""
    inspection = factories.make_inspection(session, name, **values)

    def measure(text: str, deadline_on: dt.date | None, kind: str = "date", **more: Any) -> models.Measure:
        issue = factories.make_issue(session, inspection, deadline_on=None, kind="none", text=f"问题：{text}")
        return factories.make_measure(session, issue, lead=lead, text=text, deadline_on=deadline_on, kind=kind, **more)

    accepted(session, measure("按期完成的措施", day(5, 31)), day(3, 1))
    accepted(session, measure("提前完成的措施", day(6, 30, 2027)), day(4, 1))
    accepted(session, measure("基本完成的措施", day(12, 31)), day(4, 1), "basically_completed")
    signed = measure("已销号的措施", day(5, 31))
    accepted(session, signed, day(3, 1))
    session.add(models.SignOffMark(measure_id=signed.id, signed_off_on=day(3, 20), at=AT))
    session.flush()
    standing.write(session, [signed.id], day=day(3, 20), at=AT)
    measure("今年超期的措施", day(5, 31))
    measure("往年超期的措施", day(12, 31, 2025))
    behind = measure("阶段目标未完成的措施", day(12, 31))
    session.add(models.Milestone(measure_id=behind.id, due_on=day(4, 30), text="主体工程完工"))
    session.flush()
    report(session, behind, day(4, 10))
    measure("尚未启动的措施", day(12, 31), start_on=day(3, 1))
    measure("时限待确认的措施", None, kind="none")
    measure("长期坚持的措施", None, kind="long_term", long_term=True)
    report(session, measure("即将到期的措施", day(7, 10)), day(5, 20), '=HYPERLINK("x")已完成七成。')
    measure("从未填报的措施", day(8, 1))
    session.commit()
    return inspection
