"""Standings (时点状态): what the ledger knows of a measure or an issue from one day until another, as turning days.

Only `standing` writes these rows; everybody who judges reads them (design.md 3).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Instant


class TurningColumns:
    """The columns both kinds share. `until_on` is the first day on which the row no longer holds."""

    since_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None]
    written_at: Mapped[dt.datetime] = mapped_column(Instant)
    superseded_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    corrected: Mapped[bool] = mapped_column(default=False)  # what it says rests on a correction (更正, S2)

    signed_off_on: Mapped[dt.date | None]
    completed_on: Mapped[dt.date | None]
    basically_completed_on: Mapped[dt.date | None]
    overdue_from: Mapped[dt.date | None]
    behind_from: Mapped[dt.date | None]
    not_started_from: Mapped[dt.date | None]
    unreported_from: Mapped[dt.date | None]
    next_turn_on: Mapped[dt.date | None]

    deadline_on: Mapped[dt.date | None]
    sort_on: Mapped[dt.date]  # the deadline, or the end of time: what lists are ordered and paged by
    original_deadline_on: Mapped[dt.date | None]
    long_term_open: Mapped[bool] = mapped_column(default=False)  # long_term is its verdict while nothing else holds
    long_term: Mapped[bool] = mapped_column(default=False)  # carries the flag, done or not
    pending: Mapped[bool] = mapped_column(default=False)  # a submission waits for a decision (待认定)
    reported: Mapped[bool] = mapped_column(default=False)  # has reported in this cycle; else on_schedule is 未经填报
    lateness_known: Mapped[bool] = mapped_column(default=True)  # completed on a day that is known
    done_on: Mapped[dt.date | None]  # for on-time rates: the day that decides lateness
    why: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class MeasureStanding(TurningColumns, Base):
    """What the ledger knows of a measure over a span of days."""

    __tablename__ = "measure_standing"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))

    __table_args__ = (
        Index("ix_measure_standing_measure", "measure_id", "since_on"),
        Index(
            "ix_measure_standing_sort",
            "sort_on",
            "measure_id",
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index(
            "uq_measure_standing_current",
            "measure_id",
            unique=True,
            sqlite_where=text("until_on IS NULL AND superseded_at IS NULL"),
            postgresql_where=text("until_on IS NULL AND superseded_at IS NULL"),
        ),
        Index(
            "ix_measure_standing_next_turn",
            "next_turn_on",
            sqlite_where=text("until_on IS NULL AND superseded_at IS NULL AND next_turn_on IS NOT NULL"),
            postgresql_where=text("until_on IS NULL AND superseded_at IS NULL AND next_turn_on IS NOT NULL"),
        ),
    )


class IssueStanding(TurningColumns, Base):
    """What the ledger knows of an issue over a span of days."""

    __tablename__ = "issue_standing"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"))

    __table_args__ = (
        Index("ix_issue_standing_issue", "issue_id", "since_on"),
        Index(
            "ix_issue_standing_sort",
            "sort_on",
            "issue_id",
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index(
            "uq_issue_standing_current",
            "issue_id",
            unique=True,
            sqlite_where=text("until_on IS NULL AND superseded_at IS NULL"),
            postgresql_where=text("until_on IS NULL AND superseded_at IS NULL"),
        ),
        Index(
            "ix_issue_standing_next_turn",
            "next_turn_on",
            sqlite_where=text("until_on IS NULL AND superseded_at IS NULL AND next_turn_on IS NOT NULL"),
            postgresql_where=text("until_on IS NULL AND superseded_at IS NULL AND next_turn_on IS NOT NULL"),
        ),
    )
