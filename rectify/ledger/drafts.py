"""A draft before it is imported: kept while a person works on it, and what it says of its items.

How a file is read is `reading`'s; what is asked about it is `questions`'; rows of the ledger are made in `importing`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import models, records
from rectify.reading.draft import Facts, IssueDraft, MeasureDraft, PlanDraft
from rectify.records import Actor
from rectify.rules import deadlines

from .common import Refused, bare, clean, office_only


@dataclass(frozen=True)
class FileSeen:
    """A file by what makes it the same file again."""

    name: str
    sha256: str
    size: int

    @classmethod
    def of(cls, name: str, data: bytes) -> FileSeen:
        return cls(name, hashlib.sha256(data).hexdigest(), len(data))


def keep_plan(
    session: Session, *, name: str, sha256: str, size: int, draft: PlanDraft, by: Actor, at: dt.datetime
) -> models.PlanFile:
    """Keep an uploaded file's draft while its questions are answered. A file that was imported is refused."""
    office_only(by)
    refuse_imported(session, sha256)
    made = models.PlanFile(
        name=clean(name)[:300] or "未命名",
        sha256=sha256,
        size=size,
        draft=draft.as_json(),
        answers={"questions": {}, "units": {}},
        form={},
        uploaded_by=by.user_id,
        uploaded_at=at,
    )
    session.add(made)
    session.flush()
    records.write(
        session, by, at, "plan.upload", "plan_file", made.id, name=made.name, sha256=sha256, issues=len(draft.issues)
    )
    return made


def drop_plan(session: Session, plan_file: models.PlanFile, *, by: Actor, at: dt.datetime) -> None:
    """Give up a plan that waits for its import; one that was imported stays."""
    office_only(by)
    if plan_file.imported_at is not None:
        raise Refused("这份方案已经导入，不能放弃。")
    records.write(session, by, at, "plan.drop", "plan_file", plan_file.id, name=plan_file.name)
    session.delete(plan_file)
    session.flush()


def refuse_imported(session: Session, sha256: str) -> None:
    """Refused, naming the plan that has it, where the same file was imported before."""
    had = session.execute(
        select(models.PlanFile.name, models.Inspection.name, models.PlanFile.imported_at)
        .outerjoin(models.Inspection, models.Inspection.id == models.PlanFile.inspection_id)
        .where(models.PlanFile.sha256 == sha256, models.PlanFile.imported_at.is_not(None))
    ).first()
    if had is not None:
        raise Refused(
            "这个文件已经导入过：它是批次“%(inspection)s”的《%(name)s》。如需补充或更正，请在该批次中直接修改。",
            inspection=had[1] or "",
            name=had[0],
        )


def states_progress(draft: PlanDraft) -> bool:
    """Whether a draft says how far anything is: then it is a ledger, and what it claims counts from its cut-off day."""
    return any(says(issue) or any(says(measure) for measure in issue.measures) for issue in draft.issues)


def measures_of(issue: IssueDraft) -> Iterator[tuple[int | None, MeasureDraft | IssueDraft]]:
    """The issue's measures with their positions, or the issue itself (None) where it has none."""
    if not issue.measures:
        yield None, issue
    yield from enumerate(issue.measures)


def facts_of(issue: IssueDraft, m: int | None) -> Facts:
    """What a ledger says of a measure: its own cells, else those of its issue."""
    measure = issue.measures[m] if m is not None else issue
    return measure if says(measure) else issue


def says(item: Facts) -> bool:
    said = (item.state, item.progress, item.completed_on, item.started, item.signed_off)
    return any(value is not None for value in (*said, item.claims_completed, item.claims_on_schedule))


def good(facts: Facts) -> bool:
    return facts.state in ("signed_off", "completed")


def limited(issue: IssueDraft, m: int | None) -> bool:
    """Whether the item has a time limit, a flag or a question about one, of its own or from its issue."""
    own = issue.measures[m].deadline if m is not None else None
    limit = own if own is not None and own.kind != "none" else issue.deadline
    return limit is not None and limit.kind != "none"


def after_cut_off(completed_on: dt.date | None, as_of: dt.date) -> bool:
    """A month means its last day, but never later than the cut-off (S13): that one is no contradiction."""
    if completed_on is None or completed_on <= as_of:
        return False
    month_end = deadlines.last_day(as_of.year, as_of.month)
    return completed_on != month_end


def holder_of(issue: IssueDraft, text: str) -> int | None:
    """The position of the only measure whose text holds a milestone's, 0 where there is but one measure."""
    if len(issue.measures) == 1:
        return 0
    wanted = bare(text)
    if len(wanted) < 4:
        return None
    holders = [m for m, measure in enumerate(issue.measures) if wanted in bare(measure.text)]
    return holders[0] if len(holders) == 1 else None


def where_of(issue: IssueDraft, position: int) -> str:
    return f"问题{issue.number or position + 1}"
