"""Released reports (发布的报告): the text, the figures and the rows behind them, as they were when it was released.

Triggers in the database refuse to change or delete them; only `releases` writes them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Instant


class Release(Base):
    """One released report: its number in the year in which it was released, its cut-off day, what it says."""

    __tablename__ = "release"

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    day_on: Mapped[dt.date]
    wording: Mapped[dict[str, Any]] = mapped_column(JSON)  # rules.sentence.Wording, and the form it was written in
    sentences: Mapped[list[list[dict[str, Any]]]] = mapped_column(JSON)  # rules.sentence.Segment, sentence by sentence
    text: Mapped[str] = mapped_column(Text)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # rules.sentence.Reason: what was not claimed, and why
    units: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # measures by unit: {unit, name, figures}
    addition: Mapped[str] = mapped_column(Text, default="")  # what the office wrote behind the sentences
    note: Mapped[str] = mapped_column(Text, default="")  # why the same cut-off has other figures than before
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("release.id"))
    released_at: Mapped[dt.datetime] = mapped_column(Instant)
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    released_by: Mapped[str] = mapped_column(String(100), default="")

    subjects: Mapped[list[ReleaseSubject]] = relationship(order_by="ReleaseSubject.id", viewonly=True)
    previous: Mapped[Release | None] = relationship(remote_side=[id], viewonly=True)

    __table_args__ = (UniqueConstraint("year", "number"),)


class ReleaseSubject(Base):
    """An inspection in a release: as the report speaks of it, with its figures."""

    __tablename__ = "release_subject"

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    spoken: Mapped[dict[str, Any]] = mapped_column(JSON)  # the other words of rules.sentence.Subject
    issues: Mapped[dict[str, Any]] = mapped_column(JSON)  # F and MORE of `figures`, on_time [known, original, current]
    measures: Mapped[dict[str, Any]] = mapped_column(JSON)
    near_due_days: Mapped[int | None]  # the window of near_due; None in releases that did not keep it

    __table_args__ = (UniqueConstraint("release_id", "inspection_id"),)


class ReleaseRow(Base):
    """A measure in its inspection, or an issue (then without `measure_id`), as a release counted it; ids rise in the
    order of the ledger. Carries what figures are counted by; `line` holds the rest of a line of the ledger."""

    __tablename__ = "release_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    counted: Mapped[str] = mapped_column(String(8))  # measures | issues
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"))
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"))
    number: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    units: Mapped[list[list[Any]]] = mapped_column(JSON)  # [role, name, unit id], those that answer first
    verdict: Mapped[str] = mapped_column(String(24))
    done: Mapped[bool]
    deadline_on: Mapped[dt.date | None]
    original_deadline_on: Mapped[dt.date | None]
    done_on: Mapped[dt.date | None]
    lateness_known: Mapped[bool]
    long_term: Mapped[bool]
    reported: Mapped[bool]
    corrected: Mapped[bool]
    shared: Mapped[bool]  # counted in several inspections
    why: Mapped[list[Any]] = mapped_column(JSON)  # [code, values] of rules.verdicts.explain
    line: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (Index("ix_release_row_release", "release_id", "counted", "inspection_id"),)
