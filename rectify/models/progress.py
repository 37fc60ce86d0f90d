"""What units and those who decide did: rounds, reports, submissions and decisions, evidence, extensions, confirmations."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    and_,
    or_,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rectify.rules import windows

from .base import Base, Instant, Quantity
from .people import User
from .places import Unit
from .plans import Measure

REPORT_STATES = ("not_started", "in_progress", "basically_completed", "completed")
"""尚未启动、正在推进、基本完成、已完成: what the unit says of itself; a claim, not a verdict."""
TARGET_STATES = ("", *REPORT_STATES[1:])
"""What is to be reported by the day of a milestone, "" nothing in particular."""
FORECASTS = ("", "able", "hopeful", "hard")
"""能按期、有望、难以."""
SAID = ("", "on_schedule", "behind")
"""达到序时进度、未达到序时进度: the unit's own tick; a claim, not a verdict."""
REASON_KINDS = ("", "own", "outside")
"""主观、客观: what kind of reason keeps a measure behind."""


class Round(Base):
    """A reporting round (调度期): opened, cut off, maybe cancelled. The next one is always planned ahead (S8)."""

    __tablename__ = "round"

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"))
    name: Mapped[str] = mapped_column(String(100))
    opens_on: Mapped[dt.date]
    cut_off_on: Mapped[dt.date]
    grace_days: Mapped[int] = mapped_column(default=0)  # calendar days, whatever they were granted as
    grace_workdays: Mapped[int | None]  # the working days that were granted; None: calendar days
    opened_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    closed_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    cancelled_on: Mapped[dt.date | None]
    imported: Mapped[bool] = mapped_column(
        default=False
    )  # the round that a ledger imported as of a day stands for (S13)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def grace_on(self) -> dt.date:
        return windows.grace_on(self)

    @property
    def grace(self) -> int:
        """How many days were granted, of `grace_unit`."""
        return self.grace_days if self.grace_workdays is None else self.grace_workdays

    @property
    def grace_unit(self) -> str:
        return "days" if self.grace_workdays is None else "workdays"

    __table_args__ = (
        Index(
            "uq_round_held",
            *("inspection_id", "opens_on", "cut_off_on"),
            unique=True,
            sqlite_where=sql("cancelled_on IS NULL"),
            postgresql_where=sql("cancelled_on IS NULL"),
        ),
        CheckConstraint("opens_on <= cut_off_on", name="opens_first"),
        CheckConstraint("grace_workdays BETWEEN 1 AND 30", name="grace_workdays_range"),
        Index("ix_round_inspection", "inspection_id", "cut_off_on"),
    )
    __mapper_args__ = {"version_id_col": version}


class ProgressReport(Base):
    """A report on a measure (进展填报). The last of a day counts."""

    __tablename__ = "progress_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    reported_on: Mapped[dt.date]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    on_behalf: Mapped[bool] = mapped_column(default=False)  # recorded by the office for a unit without accounts
    imported: Mapped[bool] = mapped_column(default=False)  # stood in a ledger (S13)
    recorded_on: Mapped[dt.date | None]  # when a ledger as of an earlier day told of it; None: on its own day
    state: Mapped[str] = mapped_column(String(24))
    text: Mapped[str] = mapped_column(Text, default="")
    difficulty: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    forecast: Mapped[str] = mapped_column(String(16), default="")
    quantity: Mapped[Decimal | None] = mapped_column(Quantity)  # in all so far
    said: Mapped[str] = mapped_column(String(16), default="")
    reason_kind: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    catch_up: Mapped[str] = mapped_column(Text, default="")  # 补救计划
    expected_on: Mapped[dt.date | None]  # when the unit expects to have caught up
    returned_on: Mapped[dt.date | None]  # sent back for correction: from that day on it does not count
    returned_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    return_reason: Mapped[str] = mapped_column(Text, default="")

    measure: Mapped[Measure] = relationship()
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])
    unit: Mapped[Unit | None] = relationship()

    @classmethod
    def counted_on(cls, day: Any) -> ColumnElement[bool]:
        """The condition under which a report counts at the end of a day: made by then, and not returned by then."""
        return and_(cls.reported_on <= day, or_(cls.returned_on.is_(None), cls.returned_on > day))

    __table_args__ = (
        CheckConstraint(
            "state IN ('not_started', 'in_progress', 'basically_completed', 'completed')", name="state_known"
        ),
        CheckConstraint("(returned_on IS NULL) = (return_reason = '')", name="returned_with_reason"),
        Index("ix_progress_report_measure", "measure_id", "reported_on", "id"),
    )


class MilestoneMark(Base):
    """A report says that a milestone is reached, or whoever decides refuses that (S5). The last of a day counts."""

    __tablename__ = "milestone_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestone.id"), index=True)
    reached: Mapped[bool]
    marked_on: Mapped[dt.date]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("progress_report.id"))
    reason: Mapped[str] = mapped_column(Text, default="")


class Submission(Base):
    """A measure submitted as done (申报完成), and, once decided, the outcome. At most one is open a measure."""

    __tablename__ = "submission"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    claim: Mapped[str] = mapped_column(String(24), default="completed")  # completed | basically_completed
    submitted_on: Mapped[dt.date]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    on_behalf: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16), default="open")  # open | accepted | returned | withdrawn
    decided_on: Mapped[dt.date | None]
    decided_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_for_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # the unit in whose name
    reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    measure: Mapped[Measure] = relationship()
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])
    decided_for: Mapped[Unit | None] = relationship(foreign_keys=[decided_for_id])

    __table_args__ = (
        CheckConstraint("claim IN ('completed', 'basically_completed')", name="claim_known"),
        CheckConstraint("state IN ('open', 'accepted', 'returned', 'withdrawn')", name="state_known"),
        CheckConstraint("(state = 'open') = (decided_on IS NULL)", name="decided_or_open"),
        Index(
            "uq_submission_open",
            "measure_id",
            unique=True,
            sqlite_where=sql("state = 'open'"),
            postgresql_where=sql("state = 'open'"),
        ),
        Index("ix_submission_measure", "measure_id", "id"),
        Index("ix_submission_state", "state", "submitted_on"),
    )
    __mapper_args__ = {"version_id_col": version}


class SignOffMark(Base):
    """A measure is signed off (销号): read from a ledger, or recorded by the office. The chain itself comes later."""

    __tablename__ = "sign_off_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    signed_off_on: Mapped[dt.date]
    recorded_on: Mapped[dt.date | None]  # None: on that day itself
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    imported: Mapped[bool] = mapped_column(default=False)


class LedgerClaim(Base):
    """What a ledger imported as of a day says of a measure (S13); it counts from that day like an accepted act."""

    __tablename__ = "ledger_claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), unique=True)
    as_of_on: Mapped[dt.date]
    state: Mapped[str] = mapped_column(
        String(24), default=""
    )  # a State of the plan contract, or "" where none is claimed
    completed_on: Mapped[dt.date | None]
    completed_on_known: Mapped[bool] = mapped_column(default=False)  # else lateness is unknown
    progress: Mapped[str] = mapped_column(Text, default="")


class Reopening(Base):
    """A finished measure is back (反弹重启): a new cycle from that day, with or without a new deadline (S12)."""

    __tablename__ = "reopening"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    reopened_on: Mapped[dt.date]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Text)
    old_deadline_on: Mapped[dt.date | None]  # None: there was none, or nobody kept it
    new_deadline_on: Mapped[dt.date | None]


class Extension(Base):
    """A later deadline approved with a document (延期), on an issue or a measure.

    In force from the day it is recorded; the day printed on the paper is kept and moves nothing back (S2).
    """

    __tablename__ = "extension"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    old_deadline_on: Mapped[dt.date | None]
    new_deadline_on: Mapped[dt.date]
    approved_on: Mapped[dt.date]
    recorded_on: Mapped[dt.date | None]  # None: on the day of approval
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    document_number: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)

    __table_args__ = (CheckConstraint("(issue_id IS NULL) <> (measure_id IS NULL)", name="on_one_item"),)


class Correction(Base):
    """A mistaken date put right, with effect from an earlier day; every reading that rests on it is marked 更正 (S2)."""

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    old_deadline_on: Mapped[dt.date | None]
    new_deadline_on: Mapped[dt.date | None]
    effect_on: Mapped[dt.date]
    corrected_on: Mapped[dt.date]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Text)

    __table_args__ = (CheckConstraint("(issue_id IS NULL) <> (measure_id IS NULL)", name="on_one_item"),)


class FormerMilestone(Base):
    """A milestone as it stood until its date was moved, or until it went from its issue to a measure or back (S10)."""

    __tablename__ = "former_milestone"

    id: Mapped[int] = mapped_column(primary_key=True)
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestone.id"), index=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    until_on: Mapped[dt.date]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    due_on: Mapped[dt.date]

    __table_args__ = (CheckConstraint("(issue_id IS NULL) <> (measure_id IS NULL)", name="on_one_item"),)


class PlanRevision(Base):
    """An approved change of what is to be reached by when: milestones, the target, planned figures (S7).

    In force from the day it is recorded; the day printed on the paper is kept and moves nothing back (S2). `changes`:
    {"what": "milestone" | "point" | "target" | "start", "was": values or null, "now": values or null}.
    """

    __tablename__ = "plan_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    recorded_on: Mapped[dt.date]
    approved_on: Mapped[dt.date]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    document_number: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    __table_args__ = (CheckConstraint("(issue_id IS NULL) <> (measure_id IS NULL)", name="on_one_item"),)


class FormerValues(Base):
    """What fields of an inspection, an issue or a measure were until a day (`former`); NULL: nobody kept it."""

    __tablename__ = "former_values"

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int | None] = mapped_column(ForeignKey("inspection.id"), index=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    until_on: Mapped[dt.date]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    values: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (
        CheckConstraint(
            "CASE WHEN inspection_id IS NULL THEN 0 ELSE 1 END + CASE WHEN issue_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN measure_id IS NULL THEN 0 ELSE 1 END = 1",
            name="of_one_item",
        ),
    )


class Confirmation(Base):
    """The office confirms on schedule or behind, with a reason and a last day (S6)."""

    __tablename__ = "confirmation"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(16))  # on_schedule | behind
    confirmed_on: Mapped[dt.date]
    last_on: Mapped[dt.date | None]
    withdrawn_on: Mapped[dt.date | None]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Text)
    imported: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (CheckConstraint("verdict IN ('on_schedule', 'behind')", name="verdict_known"),)


class Evidence(Base):
    """A file of proof (佐证材料), kept under its content hash; never replaced, never deleted."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("progress_report.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[dt.datetime] = mapped_column(Instant)
