"""Inspections and what they found: sources, issues, measures and their links, assignments, milestones, plan files.

A date column ends in `_on` (civil day), an instant in `_at` (UTC).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Instant, Quantity
from .places import Unit

LEVELS = ("central", "provincial", "city", "county")
FIELDS = ("environment", "poverty", "party", "other")
KINDS = ("inspection", "xunshi", "assessment", "checks", "notice")
"""督察、巡视（巡察）、成效考核、监督检查、通报."""
ASSIGNMENT_ROLES = ("lead", "responsible", "cooperating", "supervising", "acceptance")
DEADLINE_KINDS = ("date", "range", "immediate", "long_term", "relative", "none", "ask")


class Inspection(Base):
    """One inspection, assessment or series of checks (批次), with the rules by which its measures are judged."""

    __tablename__ = "inspection"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    level: Mapped[str] = mapped_column(String(16), default="central")
    field: Mapped[str] = mapped_column(String(16), default="environment")
    kind: Mapped[str] = mapped_column(String(16), default="inspection")
    team: Mapped[str] = mapped_column(String(200), default="")
    plan_name: Mapped[str] = mapped_column(String(300), default="")  # 《…整改方案》, as the report sentence cites it
    feedback_on: Mapped[dt.date | None]
    issued_on: Mapped[dt.date | None]
    issue_word: Mapped[str] = mapped_column(String(4), default="项")
    measure_word: Mapped[str] = mapped_column(String(4), default="条")
    judged_by: Mapped[str] = mapped_column(String(16), default="both")  # both, milestones, line
    tolerance_percent: Mapped[int] = mapped_column(default=5)
    basically_counts_as_done: Mapped[bool] = mapped_column(default=False)
    long_term_counts_as_done: Mapped[bool] = mapped_column(default=False)
    starts_on_issue_date: Mapped[bool] = mapped_column(default=False)  # S9: the plan's date is the planned start
    immediate_days: Mapped[int] = mapped_column(
        default=30
    )  # S11: 立行立改 is internally due so many days after the plan
    near_due_days: Mapped[int] = mapped_column(default=30)
    grace_days: Mapped[int] = mapped_column(default=0)
    grace_unit: Mapped[str] = mapped_column(String(8), default="days")  # what they are: days, workdays
    rhythm: Mapped[str] = mapped_column(
        String(16), default="monthly"
    )  # of rounds: weekly, ten_day, monthly, quarterly, none
    decides: Mapped[str] = mapped_column(String(16), default="acceptance")  # first: acceptance, supervising, office
    confidential: Mapped[bool] = mapped_column(default=False)
    sort: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("level IN ('central', 'provincial', 'city', 'county')", name="level_known"),
        CheckConstraint("field IN ('environment', 'poverty', 'party', 'other')", name="field_known"),
        CheckConstraint("kind IN ('inspection', 'xunshi', 'assessment', 'checks', 'notice')", name="kind_known"),
        CheckConstraint("rhythm IN ('weekly', 'ten_day', 'monthly', 'quarterly', 'none')", name="rhythm_known"),
        CheckConstraint("decides IN ('acceptance', 'supervising', 'office')", name="decides_known"),
        CheckConstraint("judged_by IN ('both', 'milestones', 'line')", name="judged_by_known"),
        CheckConstraint("grace_unit IN ('days', 'workdays')", name="grace_unit_known"),
        CheckConstraint("tolerance_percent BETWEEN 0 AND 100", name="tolerance_range"),
    )
    __mapper_args__ = {"version_id_col": version}


class Source(Base):
    """Where an issue of an inspection comes from; many small checks make one inspection with many sources."""

    __tablename__ = "source"

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))

    __table_args__ = (UniqueConstraint("inspection_id", "name"),)


class PlanFile(Base):
    """A plan that was uploaded: its draft while questions are answered, and what became of it."""

    __tablename__ = "plan_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    draft: Mapped[dict[str, Any]] = mapped_column(JSON)  # reading.draft.PlanDraft.as_json(), as corrected so far
    answers: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict
    )  # question id → answer; printed unit name → unit id
    form: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # the inspection's fields as typed so far
    history: Mapped[list[dict[str, Any]] | None] = mapped_column(
        JSON
    )  # the draft before each change by hand, latest last
    applied: Mapped[dict[str, Any] | None] = mapped_column(
        JSON
    )  # what was done to an inspection that was there already
    inspection_id: Mapped[int | None] = mapped_column(ForeignKey("inspection.id"), index=True)
    as_of_on: Mapped[dt.date | None]
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    uploaded_at: Mapped[dt.datetime] = mapped_column(Instant)
    imported_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    inspection: Mapped[Inspection | None] = relationship()

    __table_args__ = (
        # The same file is imported once; it may be uploaded, abandoned and uploaded again.
        Index(
            "uq_plan_file_imported",
            "sha256",
            unique=True,
            sqlite_where=sql("imported_at IS NOT NULL"),
            postgresql_where=sql("imported_at IS NOT NULL"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}


class HasDeadline:
    """The time limit printed on an issue or a measure. `deadline_on` is its own date in force, `original_` never changes."""

    deadline_raw: Mapped[str] = mapped_column(String(300), default="")
    deadline_kind: Mapped[str] = mapped_column(String(16), default="none")
    deadline_on: Mapped[dt.date | None]
    original_deadline_on: Mapped[dt.date | None]
    start_on: Mapped[dt.date | None]
    long_term: Mapped[bool] = mapped_column(default=False)
    deadline_inferred: Mapped[bool] = mapped_column(default=False)
    deadline_corrected: Mapped[bool] = mapped_column(default=False)  # an audited correction set the one in force (S2)
    counted_from_on: Mapped[dt.date | None]  # the day from which the one in force was counted: 10 workdays, 3 months
    counted_amount: Mapped[int | None]
    counted_unit: Mapped[str | None] = mapped_column(String(8))


def _counted_whole() -> CheckConstraint:
    """A time limit that was counted says from when, how many and of what; another says nothing of it."""
    return CheckConstraint(
        "(counted_from_on IS NULL) = (counted_unit IS NULL) AND (counted_amount IS NULL) = (counted_unit IS NULL)",
        name="counted_whole",
    )


class Issue(HasDeadline, Base):
    """A finding (反馈问题). `number` as printed in its own plan, `upper_number` the superior level's."""

    __tablename__ = "issue"

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"), index=True)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"), index=True)
    plan_file_id: Mapped[int | None] = mapped_column(ForeignKey("plan_file.id"), index=True)
    seq: Mapped[int]  # order in the plan
    number: Mapped[str] = mapped_column(String(40), default="")
    upper_number: Mapped[str] = mapped_column(String(40), default="")
    category: Mapped[str] = mapped_column(String(300), default="")
    text: Mapped[str] = mapped_column(Text)
    goal: Mapped[str] = mapped_column(Text, default="")
    question: Mapped[str] = mapped_column(Text, default="")  # what is still to be answered about it (待确认)
    begins_on: Mapped[dt.date]  # since when the ledger counts it
    withdrawn_on: Mapped[dt.date | None]  # leaves the totals from that day (S14)
    created_at: Mapped[dt.datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    inspection: Mapped[Inspection] = relationship()
    source: Mapped[Source | None] = relationship()

    __table_args__ = (UniqueConstraint("inspection_id", "seq"), _counted_whole())
    __mapper_args__ = {"version_id_col": version}


class Measure(HasDeadline, Base):
    """A step of rectification (整改措施). An issue without measures has one that is `implied`: judged, not counted in 条."""

    __tablename__ = "measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    implied: Mapped[bool] = mapped_column(default=False)
    target_quantity: Mapped[Decimal | None] = mapped_column(Quantity)
    target_unit: Mapped[str] = mapped_column(String(20), default="")
    question: Mapped[str] = mapped_column(Text, default="")
    begins_on: Mapped[dt.date]
    withdrawn_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    links: Mapped[list[MeasureLink]] = relationship(back_populates="measure", order_by="MeasureLink.id")

    __table_args__ = (_counted_whole(),)
    __mapper_args__ = {"version_id_col": version}


class MeasureLink(Base):
    """A measure answers an issue. Exactly one link is home and gives the number; one per inspection is counted there."""

    __tablename__ = "measure_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"))  # the issue's, kept here for grouping
    home: Mapped[bool] = mapped_column(default=True)
    counted: Mapped[bool] = mapped_column(default=True)  # counted once in each inspection, however many issues there
    seq: Mapped[int]  # order within the issue
    number: Mapped[str] = mapped_column(String(40), default="")  # as printed; shown after the issue's number
    since_on: Mapped[dt.date | None]  # None: as long as the measure itself
    counted_since_on: Mapped[dt.date | None]  # likewise; a link made later leaves the past counts as they were (S2)
    counted_until_on: Mapped[dt.date | None]  # the first day on which it no longer counts (S14)

    measure: Mapped[Measure] = relationship(back_populates="links")
    issue: Mapped[Issue] = relationship()

    __table_args__ = (
        UniqueConstraint("issue_id", "measure_id"),
        UniqueConstraint("issue_id", "seq"),
        Index(
            "uq_measure_link_home",
            "measure_id",
            unique=True,
            sqlite_where=sql("home = 1"),
            postgresql_where=sql("home"),
        ),
        Index(
            "uq_measure_link_counted",
            "inspection_id",
            "measure_id",
            unique=True,
            sqlite_where=sql("counted = 1 AND counted_until_on IS NULL"),
            postgresql_where=sql("counted AND counted_until_on IS NULL"),
        ),
        Index("ix_measure_link_measure", "measure_id", "issue_id", "home"),
        # The few measures that answer a second issue: what is shared is found among them. SQLite takes the index for
        # this only where it holds `home` too.
        Index(
            "ix_measure_link_guest",
            "measure_id",
            "home",
            sqlite_where=sql("home = 0"),
            postgresql_where=sql("NOT home"),
        ),
    )


def _of_those_with(name: str, column: str, *further: str) -> Index:
    """An index of the rows that have a value in its first column, for tables whose rows stand on one item or another."""
    where = sql(f"{column} IS NOT NULL")
    return Index(name, column, *further, sqlite_where=where, postgresql_where=where)


class Assignment(Base):
    """A unit's part in an issue or a measure, from `since` until the day before `until`.

    Units stand on the issue; each measure without own units of that family carries a copy marked `inherited`, so that
    every question about a measure is asked of its own rows. `answers` marks the units that rankings count: the lead
    units, or the responsible ones where no lead is named.
    """

    __tablename__ = "assignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"))
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str] = mapped_column(String(16))
    inherited: Mapped[bool] = mapped_column(default=False)
    answers: Mapped[bool] = mapped_column(default=False)
    since_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None]

    unit: Mapped[Unit] = relationship()

    __table_args__ = (
        CheckConstraint(
            "role IN ('lead', 'responsible', 'cooperating', 'supervising', 'acceptance')", name="role_known"
        ),
        CheckConstraint("(issue_id IS NULL) <> (measure_id IS NULL)", name="on_one_item"),
        _of_those_with("ix_assignment_measure", "measure_id", "role", "unit_id"),
        _of_those_with("ix_assignment_issue", "issue_id", "role", "unit_id"),
        Index("ix_assignment_unit", "unit_id", "role", "measure_id", "issue_id"),
    )


class NamedPerson(Base):
    """A leader or person printed in the plan (责任领导、责任人): text, not an account."""

    __tablename__ = "named_person"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"))
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"))
    role: Mapped[str] = mapped_column(String(16))  # leader | person
    name: Mapped[str] = mapped_column(String(200))

    __table_args__ = (
        _of_those_with("ix_named_person_issue_id", "issue_id"),
        _of_those_with("ix_named_person_measure_id", "measure_id"),
    )


class Milestone(Base):
    """A dated intermediate state (阶段性目标). On a measure, or on the issue while nobody said whose it is (S10)."""

    __tablename__ = "milestone"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    due_on: Mapped[dt.date]
    text: Mapped[str] = mapped_column(Text, default="")
    target_state: Mapped[str] = mapped_column(String(24), default="")  # what is to be reported by then
    since_on: Mapped[dt.date | None]  # since when the ledger knows it; None: as long as its measure or issue
    withdrawn_on: Mapped[dt.date | None]

    __table_args__ = (
        CheckConstraint("(issue_id IS NULL) <> (measure_id IS NULL)", name="on_one_item"),
        CheckConstraint(
            "target_state IN ('', 'in_progress', 'basically_completed', 'completed')", name="target_state_known"
        ),
    )


class PlannedPoint(Base):
    """A dated figure of a countable target; a later approval replaces the points after its day (S7)."""

    __tablename__ = "planned_point"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    due_on: Mapped[dt.date]
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    approved_on: Mapped[dt.date]
