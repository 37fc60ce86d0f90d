"""Letters (提醒函、督办单、通报、约谈通知), leaders' instructions (批示), and what units answer to either.

Triggers in the database keep what was issued as it was; only `letters`, `instructions` and `answers` write here.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Instant
from .people import User
from .places import Unit


class LetterTemplate(Base):
    """How the office writes a kind of letter, where it differs from `rules.letters.DEFAULTS`."""

    __tablename__ = "letter_template"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    sender: Mapped[str] = mapped_column(String(100), default="")
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    demand: Mapped[str] = mapped_column(Text, default="")
    number_form: Mapped[str] = mapped_column(String(60))
    reply_days: Mapped[int | None]
    receipt_days: Mapped[int]
    first_year: Mapped[int | None]  # the year whose numbers begin at first_number: the rest was issued before we came
    first_number: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("kind IN ('reminder', 'supervision', 'circular', 'summons')", name="kind_known"),
        CheckConstraint("(first_year IS NULL) = (first_number IS NULL)", name="first_whole"),
    )
    __mapper_args__ = {"version_id_col": version}


class Letter(Base):
    """A letter: a draft without a number; issued, what it says stays; void, it keeps its number. A draft that the ladder
    made and the office does not want is void without ever having had one.

    While it is a draft, title and body name places; issued, `text` and the file under `sha256` are what was issued.
    """

    __tablename__ = "letter"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    demand: Mapped[str] = mapped_column(Text, default="")
    signer: Mapped[str] = mapped_column(String(100), default="")
    reply_on: Mapped[dt.date | None]
    made_for: Mapped[str | None] = mapped_column(String(200), unique=True)  # what the ladder made it for, once
    drafted_on: Mapped[dt.date]
    drafted_at: Mapped[dt.datetime] = mapped_column(Instant)
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    year: Mapped[int | None]
    number: Mapped[int | None]
    number_text: Mapped[str | None] = mapped_column(String(80), unique=True)
    sender: Mapped[str] = mapped_column(String(100), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    size: Mapped[int | None]
    receipt_on: Mapped[dt.date | None]  # the last day for receipt
    issued_on: Mapped[dt.date | None]
    issued_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    voided_on: Mapped[dt.date | None]
    voided_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    voided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    void_reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    units: Mapped[list[LetterUnit]] = relationship(back_populates="letter", order_by="LetterUnit.id")
    items: Mapped[list[LetterItem]] = relationship(order_by="LetterItem.id")
    drafted_by: Mapped[User | None] = relationship(foreign_keys=[drafted_by_id])
    issued_by: Mapped[User | None] = relationship(foreign_keys=[issued_by_id])

    __table_args__ = (
        CheckConstraint("kind IN ('reminder', 'supervision', 'circular', 'summons')", name="kind_known"),
        CheckConstraint(
            "(issued_on IS NULL) = (number IS NULL) AND (issued_on IS NULL) = (year IS NULL)"
            " AND (issued_on IS NULL) = (sha256 IS NULL) AND (issued_on IS NULL) = (number_text IS NULL)",
            name="issued_whole",
        ),
        CheckConstraint("(voided_on IS NULL) = (voided_at IS NULL)", name="void_whole"),
        UniqueConstraint("kind", "year", "number"),
    )
    __mapper_args__ = {"version_id_col": version}


class LetterItem(Base):
    """An issue (then without `measure_id`) or a measure as a letter cites it; kept as it was printed."""

    __tablename__ = "letter_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"), index=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"), index=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    number: Mapped[str] = mapped_column(String(100))
    inspection: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    deadline_on: Mapped[dt.date | None]
    original_on: Mapped[dt.date | None]

    __table_args__ = (UniqueConstraint("letter_id", "issue_id", "measure_id"),)


class Asked:
    """A unit of which an answer is asked: by when, and what came of it. `due_on` None asks for none."""

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[dt.date | None]
    answered_on: Mapped[dt.date | None]  # stands while an answer does; returned, it is empty again
    closed_on: Mapped[dt.date | None]


class LetterUnit(Asked, Base):
    """A unit that a letter is addressed to: its receipt (签收), and where its reply stands."""

    __tablename__ = "letter_unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"))
    received_on: Mapped[dt.date | None]
    received_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who pressed or who recorded it
    received_name: Mapped[str] = mapped_column(String(100), default="")  # who received it
    received_on_paper: Mapped[bool] = mapped_column(default=False)

    letter: Mapped[Letter] = relationship(back_populates="units")
    unit: Mapped[Unit] = relationship()

    __table_args__ = (
        UniqueConstraint("letter_id", "unit_id"),
        CheckConstraint("(received_on IS NULL) = (received_at IS NULL)", name="received_whole"),
    )


class LetterSending(Base):
    """A letter sent on paper to one of its units: recorded by the office, never changed."""

    __tablename__ = "letter_sending"

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_unit_id: Mapped[int] = mapped_column(ForeignKey("letter_unit.id"), index=True)
    sent_on: Mapped[dt.date]
    how: Mapped[str] = mapped_column(String(16))
    sent_by: Mapped[str] = mapped_column(String(100), default="")  # who carried it or handed it in
    note: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    __table_args__ = (
        CheckConstraint("how IN ('confidential', 'messenger', 'post', 'fax', 'other')", name="how_known"),
    )


class Instruction(Base):
    """What a leader instructed (批示) on an issue (then without `measure_id`) or a measure; it is never changed, but may be
    withdrawn with a reason."""

    __tablename__ = "instruction"

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"), index=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id"), index=True)
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    leader_name: Mapped[str] = mapped_column(String(100))
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # None: the office recorded it for him
    text: Mapped[str] = mapped_column(Text)
    instructed_on: Mapped[dt.date]
    reply_on: Mapped[dt.date]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_on: Mapped[dt.date | None]
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdraw_reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    units: Mapped[list[InstructionUnit]] = relationship(back_populates="instruction", order_by="InstructionUnit.id")
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])

    __table_args__ = (CheckConstraint("(withdrawn_on IS NULL) = (withdrawn_at IS NULL)", name="withdrawn_whole"),)
    __mapper_args__ = {"version_id_col": version}


class InstructionUnit(Asked, Base):
    """A unit to which an instruction is given, and where its answer stands."""

    __tablename__ = "instruction_unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    instruction_id: Mapped[int] = mapped_column(ForeignKey("instruction.id"))

    instruction: Mapped[Instruction] = relationship(back_populates="units")
    unit: Mapped[Unit] = relationship()

    @property
    def received_on(self) -> dt.date:
        """Nobody signs for an instruction: it is there on its day."""
        return self.instruction.instructed_on

    __table_args__ = (UniqueConstraint("instruction_id", "unit_id"),)


class Answer(Base):
    """What a unit answered to a letter or an instruction, and what was decided of it. At most one is open at a time."""

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_unit_id: Mapped[int | None] = mapped_column(ForeignKey("letter_unit.id"), index=True)
    instruction_unit_id: Mapped[int | None] = mapped_column(ForeignKey("instruction_unit.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    answered_on: Mapped[dt.date]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    on_behalf: Mapped[bool] = mapped_column(default=False)  # the office recorded what came on paper
    due_on: Mapped[dt.date | None]  # by when it had been asked for
    state: Mapped[str] = mapped_column(String(16), default="open")  # open | accepted | returned
    decided_on: Mapped[dt.date | None]
    decided_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    next_due_on: Mapped[dt.date | None]  # returned: by when it is asked for again
    version: Mapped[int] = mapped_column(default=1)

    by: Mapped[User | None] = relationship(foreign_keys=[by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    files: Mapped[list[AnswerFile]] = relationship(order_by="AnswerFile.id")

    __table_args__ = (
        CheckConstraint("state IN ('open', 'accepted', 'returned')", name="state_known"),
        CheckConstraint("(state = 'open') = (decided_on IS NULL)", name="decided_or_open"),
        CheckConstraint("(letter_unit_id IS NULL) <> (instruction_unit_id IS NULL)", name="to_one"),
    )
    __mapper_args__ = {"version_id_col": version}


class AnswerFile(Base):
    """A file that came with an answer, kept under its content hash beside the files of proof; never replaced."""

    __tablename__ = "answer_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[dt.datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("answer_id", "sha256"),)
