"""What is owed to people by mail, reminders and the outbox of digests that carry them; and what they are told here."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Instant
from .people import User


class Outbox(Base):
    """A mail owed to one person. Its Message-ID is fixed when the row is written; the text sent is kept."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), default="digest")  # digest | reset | test
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    day_on: Mapped[dt.date]
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    address: Mapped[str] = mapped_column(String(254), default="")  # as sent to
    payload: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict
    )  # what a reset or a test mail needs; never a secret in clear after sending
    queued_at: Mapped[dt.datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(16), default="queued")  # queued | sent | dropped | dead | held
    next_try_at: Mapped[dt.datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(String(64), default="")
    claimed_until: Mapped[dt.datetime | None] = mapped_column(Instant)
    sent_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    subject: Mapped[str] = mapped_column(String(300), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")  # the server's last words
    dropped_because: Mapped[str] = mapped_column(String(100), default="")

    user: Mapped[User | None] = relationship()

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sent', 'dropped', 'dead', 'held')", name="state_known"),
        Index(
            "uq_outbox_digest",
            "user_id",
            "day_on",
            unique=True,
            sqlite_where=sql("kind = 'digest'"),
            postgresql_where=sql("kind = 'digest'"),
        ),
        Index("ix_outbox_state", "state", "next_try_at"),
    )


class Reminder(Base):
    """A reminder owed: one person, one measure, one step of the ladder, one deadline, one period. Never twice (R12)."""

    __tablename__ = "reminder"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    step: Mapped[str] = mapped_column(String(40))
    deadline_on: Mapped[dt.date]
    period: Mapped[str] = mapped_column(String(16), default="")  # the working week of weekly steps, else empty
    day_on: Mapped[dt.date]
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"))
    suppressed: Mapped[str] = mapped_column(String(40), default="")  # why no mail carries it

    __table_args__ = (
        UniqueConstraint("user_id", "measure_id", "step", "deadline_on", "period"),
        Index("ix_reminder_outbox", "outbox_id"),
        Index("ix_reminder_measure", "measure_id"),
    )


class Notice(Base):
    """What a person is told in the product, with his read mark. Of the item it keeps the id alone: see `inbox`."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(24))  # of inbox.KINDS
    said: Mapped[dict[str, Any]] = mapped_column(JSON)  # the values of its sentence
    path: Mapped[str] = mapped_column(String(300))
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id", ondelete="CASCADE"))
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id", ondelete="CASCADE"))
    at: Mapped[dt.datetime] = mapped_column(Instant)
    read_at: Mapped[dt.datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_notice_user", "user_id", "id"),
        Index(
            "ix_notice_unread",
            "user_id",
            sqlite_where=sql("read_at IS NULL"),
            postgresql_where=sql("read_at IS NULL"),
        ),
        Index("ix_notice_measure", "measure_id"),
        Index("ix_notice_issue", "issue_id"),
    )
