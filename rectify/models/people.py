"""Users, the units they act for, their sessions, and what is counted against guessing."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Instant
from .places import Unit

ROLES = ("office", "supervisor", "lead", "clerk", "leader", "admin", "auditor")
"""office 整改办, supervisor 督导/验收, lead 单位负责人, clerk 填报员, leader 领导（只读）, admin 系统管理员, auditor 审计员."""


class User(Base):
    """An account. One role says what kind of pages; `units` say which rows (design.md 1)."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    name_key: Mapped[str] = mapped_column(
        String(64), unique=True
    )  # NFKC, case-folded, no blanks: what sign-in compares
    full_name: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str | None] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(255))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    password_changed_at: Mapped[dt.datetime] = mapped_column(Instant)
    locale: Mapped[str] = mapped_column(String(16), default="zh_Hans_CN")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column(Instant)
    last_signed_in_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    units: Mapped[list[Unit]] = relationship(secondary="user_unit", order_by="Unit.sort")

    __table_args__ = (
        CheckConstraint(
            "role IN ('office', 'supervisor', 'lead', 'clerk', 'leader', 'admin', 'auditor')", name="role_known"
        ),
    )
    __mapper_args__ = {"version_id_col": version}


class UserUnit(Base):
    """A unit that a user is entered for: he acts for it, and sees its subtree."""

    __tablename__ = "user_unit"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True, index=True)


class PastPassword(Base):
    """Hashes of a user's earlier passwords; the last five are refused."""

    __tablename__ = "past_password"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    at: Mapped[dt.datetime] = mapped_column(Instant)


class UserSession(Base):
    """A signed-in browser. Only the hash of its token is kept."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    began_at: Mapped[dt.datetime] = mapped_column(Instant)
    seen_at: Mapped[dt.datetime] = mapped_column(Instant)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")


class SignInAttempt(Base):
    """A try to sign in or to reset, by name and by source: what lock-out counts, in the database for all workers."""

    __tablename__ = "sign_in_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), default="sign_in")
    name_key: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime] = mapped_column(Instant)
    succeeded: Mapped[bool] = mapped_column(default=False)
    cleared: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        Index("ix_sign_in_attempt_name", "name_key", "at"),
        Index("ix_sign_in_attempt_address", "address", "at"),
    )


class ResetToken(Base):
    """A password reset asked for by mail, or the first administrator's one-time address; hashed, used once."""

    __tablename__ = "reset_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(16), default="reset")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[dt.datetime] = mapped_column(Instant)
    expires_at: Mapped[dt.datetime] = mapped_column(Instant)
    used_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class InspectionReader(Base):
    """A user named for a confidential inspection (巡视): nobody else sees it."""

    __tablename__ = "inspection_reader"

    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True)


class OnceKey(Base):
    """The key of a create form that has been used: a double click or a retry finds it and makes nothing new."""

    __tablename__ = "once_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    location: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[dt.datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("user_id", "key"),)
