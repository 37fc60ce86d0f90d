"""How the installation runs: job runs and the lease, the audit trail, workday overrides, stored settings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Instant


class JobRun(Base):
    """One run of a job: for which day, when, and what it did in numbers."""

    __tablename__ = "job_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(32))
    day_on: Mapped[dt.date]
    began_at: Mapped[dt.datetime] = mapped_column(Instant)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    ok: Mapped[bool | None]
    did: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str] = mapped_column(Text, default="")
    epoch: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("ix_job_run_job", "job", "began_at"),)


class Lease(Base):
    """The one row that whoever schedules must hold; the epoch fences one that slept."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100), default="")
    epoch: Mapped[int] = mapped_column(default=0)
    since_at: Mapped[dt.datetime | None] = mapped_column(Instant)  # when this holder took it
    until_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class AuditEntry(Base):
    """One line of the trail. Written in the act's transaction; triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(Instant, index=True)
    user_id: Mapped[int | None]  # no foreign key: the trail outlives accounts
    user_name: Mapped[str] = mapped_column(String(100), default="")
    role: Mapped[str] = mapped_column(String(16), default="")
    unit_id: Mapped[int | None]
    address: Mapped[str] = mapped_column(String(64), default="")
    request_id: Mapped[str] = mapped_column(String(32), default="")
    act: Mapped[str] = mapped_column(String(48), index=True)
    item: Mapped[str] = mapped_column(String(32), default="")  # the kind of thing: measure, issue, user …
    item_id: Mapped[int | None]
    ok: Mapped[bool] = mapped_column(default=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    __table_args__ = (Index("ix_audit_entry_item", "item", "item_id"),)


class WorkdayOverride(Base):
    """A day declared a workday or a day off, over the published calendar."""

    __tablename__ = "workday_override"

    day_on: Mapped[dt.date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    note: Mapped[str] = mapped_column(String(100), default="")


class StoredSetting(Base):
    """A setting of the installation that is changed in the browser."""

    __tablename__ = "stored_setting"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (CheckConstraint("length(key) > 0", name="key_given"),)
