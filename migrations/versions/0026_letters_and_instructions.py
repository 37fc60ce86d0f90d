"""letters, leaders' instructions, and what is answered to either"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLES = (
    *("letter_template", "letter", "letter_item", "letter_unit", "letter_sending"),
    *("instruction", "instruction_unit", "answer", "answer_file"),
)
ISSUED = (
    "kind, title, body, demand, signer, reply_on, made_for, drafted_on, drafted_at, drafted_by_id, year, number, "
    "number_text, sender, text, sha256, size, receipt_on, issued_on, issued_at, issued_by_id"
)
VOID = "voided_on, voided_at, voided_by_id, void_reason"
RECEIVED = "received_on, received_at, received_by_id, received_name, received_on_paper"
INSTRUCTED = "inspection_id, issue_id, measure_id, leader_name, leader_id, text, instructed_on, reply_on, at, by_id"
WITHDRAWN = "withdrawn_on, withdrawn_at, withdrawn_by_id, withdraw_reason"
ANSWERED = "letter_unit_id, instruction_unit_id, text, answered_on, at, by_id, on_behalf, due_on"
DECIDED = "state, decided_on, decided_at, decided_by_id, reason, next_due_on"

KEPT = (
    # table, name, event, and the state of the row in which it is refused ("" always)
    ("letter", "issued", f"UPDATE OF {ISSUED}", "OLD.issued_on IS NOT NULL"),
    ("letter", "void", f"UPDATE OF {VOID}", "OLD.voided_on IS NOT NULL"),
    ("letter", "stays", "DELETE", "OLD.issued_on IS NOT NULL"),
    ("letter_unit", "received", f"UPDATE OF {RECEIVED}", "OLD.received_on IS NOT NULL"),
    ("letter_sending", "kept", "UPDATE", ""),
    ("letter_sending", "stays", "DELETE", ""),
    ("instruction", "kept", f"UPDATE OF {INSTRUCTED}", ""),
    ("instruction", "withdrawn", f"UPDATE OF {WITHDRAWN}", "OLD.withdrawn_on IS NOT NULL"),
    ("instruction", "stays", "DELETE", ""),
    ("instruction_unit", "kept", "UPDATE OF instruction_id, unit_id, name", ""),
    ("instruction_unit", "stays", "DELETE", ""),
    ("answer", "kept", f"UPDATE OF {ANSWERED}", ""),
    ("answer", "decided", f"UPDATE OF {DECIDED}", "OLD.state <> 'open'"),
    ("answer", "stays", "DELETE", ""),
    ("answer_file", "kept", "UPDATE", ""),
    ("answer_file", "stays", "DELETE", ""),
)
PARTS = (
    # of a letter: refused once it is issued
    ("letter_item", "issued", "UPDATE"),
    ("letter_item", "stays", "DELETE"),
    ("letter_unit", "issued", "UPDATE OF letter_id, unit_id, name"),
    ("letter_unit", "stays", "DELETE"),
)
SAID = "what was issued is never changed"
OF_ISSUED = "EXISTS (SELECT 1 FROM letter WHERE letter.id = OLD.letter_id AND letter.issued_on IS NOT NULL)"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "letter_template",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sender", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("demand", sa.Text(), nullable=False),
        sa.Column("number_form", sa.String(length=60), nullable=False),
        sa.Column("reply_days", sa.Integer(), nullable=True),
        sa.Column("receipt_days", sa.Integer(), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=True),
        sa.Column("first_number", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(first_year IS NULL) = (first_number IS NULL)", name=op.f("ck_letter_template_first_whole")
        ),
        sa.CheckConstraint(
            "kind IN ('reminder', 'supervision', 'circular', 'summons')", name=op.f("ck_letter_template_kind_known")
        ),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_letter_template")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("demand", sa.Text(), nullable=False),
        sa.Column("signer", sa.String(length=100), nullable=False),
        sa.Column("reply_on", sa.Date(), nullable=True),
        sa.Column("made_for", sa.String(length=200), nullable=True),
        sa.Column("drafted_on", sa.Date(), nullable=False),
        sa.Column("drafted_at", instant, nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("number_text", sa.String(length=80), nullable=True),
        sa.Column("sender", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("receipt_on", sa.Date(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_at", instant, nullable=True),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_on", sa.Date(), nullable=True),
        sa.Column("voided_at", instant, nullable=True),
        sa.Column("voided_by_id", sa.Integer(), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(issued_on IS NULL) = (number IS NULL) AND (issued_on IS NULL) = (year IS NULL) AND (issued_on IS NULL) = (sha256 IS NULL) AND (issued_on IS NULL) = (number_text IS NULL)",
            name=op.f("ck_letter_issued_whole"),
        ),
        sa.CheckConstraint(
            "kind IN ('reminder', 'supervision', 'circular', 'summons')", name=op.f("ck_letter_kind_known")
        ),
        sa.CheckConstraint("(voided_on IS NULL) = (voided_at IS NULL)", name=op.f("ck_letter_void_whole")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["user.id"], name=op.f("fk_letter_drafted_by_id")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["user.id"], name=op.f("fk_letter_issued_by_id")),
        sa.ForeignKeyConstraint(["voided_by_id"], ["user.id"], name=op.f("fk_letter_voided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("kind", "year", "number", name=op.f("uq_letter_kind_year_number")),
        sa.UniqueConstraint("made_for", name=op.f("uq_letter_made_for")),
        sa.UniqueConstraint("number_text", name=op.f("uq_letter_number_text")),
    )
    op.create_index(op.f("ix_letter_sha256"), "letter", ["sha256"])
    op.create_table(
        "letter_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("inspection_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("inspection", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("original_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_letter_item_inspection_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_letter_item_issue_id")),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_letter_item_letter_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_letter_item_measure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_item")),
        sa.UniqueConstraint(
            "letter_id", "issue_id", "measure_id", name=op.f("uq_letter_item_letter_id_issue_id_measure_id")
        ),
    )
    op.create_index(op.f("ix_letter_item_inspection_id"), "letter_item", ["inspection_id"])
    op.create_index(op.f("ix_letter_item_issue_id"), "letter_item", ["issue_id"])
    op.create_index(op.f("ix_letter_item_letter_id"), "letter_item", ["letter_id"])
    op.create_index(op.f("ix_letter_item_measure_id"), "letter_item", ["measure_id"])
    op.create_table(
        "letter_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("received_at", instant, nullable=True),
        sa.Column("received_by_id", sa.Integer(), nullable=True),
        sa.Column("received_name", sa.String(length=100), nullable=False),
        sa.Column("received_on_paper", sa.Boolean(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(received_on IS NULL) = (received_at IS NULL)", name=op.f("ck_letter_unit_received_whole")),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_letter_unit_letter_id")),
        sa.ForeignKeyConstraint(["received_by_id"], ["user.id"], name=op.f("fk_letter_unit_received_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_letter_unit_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_unit")),
        sa.UniqueConstraint("letter_id", "unit_id", name=op.f("uq_letter_unit_letter_id_unit_id")),
    )
    op.create_index(op.f("ix_letter_unit_unit_id"), "letter_unit", ["unit_id"])
    op.create_table(
        "letter_sending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_unit_id", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("sent_by", sa.String(length=100), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "how IN ('confidential', 'messenger', 'post', 'fax', 'other')", name=op.f("ck_letter_sending_how_known")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_letter_sending_by_id")),
        sa.ForeignKeyConstraint(["letter_unit_id"], ["letter_unit.id"], name=op.f("fk_letter_sending_letter_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_sending")),
    )
    op.create_index(op.f("ix_letter_sending_letter_unit_id"), "letter_sending", ["letter_unit_id"])
    op.create_table(
        "instruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inspection_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("leader_name", sa.String(length=100), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("instructed_on", sa.Date(), nullable=False),
        sa.Column("reply_on", sa.Date(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", instant, nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdraw_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_on IS NULL) = (withdrawn_at IS NULL)", name=op.f("ck_instruction_withdrawn_whole")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_instruction_by_id")),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_instruction_inspection_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_instruction_issue_id")),
        sa.ForeignKeyConstraint(["leader_id"], ["user.id"], name=op.f("fk_instruction_leader_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_instruction_measure_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["user.id"], name=op.f("fk_instruction_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction")),
    )
    op.create_index(op.f("ix_instruction_inspection_id"), "instruction", ["inspection_id"])
    op.create_index(op.f("ix_instruction_issue_id"), "instruction", ["issue_id"])
    op.create_index(op.f("ix_instruction_measure_id"), "instruction", ["measure_id"])
    op.create_table(
        "instruction_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instruction_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["instruction.id"], name=op.f("fk_instruction_unit_instruction_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_instruction_unit_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction_unit")),
        sa.UniqueConstraint("instruction_id", "unit_id", name=op.f("uq_instruction_unit_instruction_id_unit_id")),
    )
    op.create_index(op.f("ix_instruction_unit_unit_id"), "instruction_unit", ["unit_id"])
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_unit_id", sa.Integer(), nullable=True),
        sa.Column("instruction_unit_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_at", instant, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("next_due_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (decided_on IS NULL)", name=op.f("ck_answer_decided_or_open")),
        sa.CheckConstraint("state IN ('open', 'accepted', 'returned')", name=op.f("ck_answer_state_known")),
        sa.CheckConstraint("(letter_unit_id IS NULL) <> (instruction_unit_id IS NULL)", name=op.f("ck_answer_to_one")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_answer_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_answer_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["instruction_unit_id"], ["instruction_unit.id"], name=op.f("fk_answer_instruction_unit_id")
        ),
        sa.ForeignKeyConstraint(["letter_unit_id"], ["letter_unit.id"], name=op.f("fk_answer_letter_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    op.create_index(op.f("ix_answer_instruction_unit_id"), "answer", ["instruction_unit_id"])
    op.create_index(op.f("ix_answer_letter_unit_id"), "answer", ["letter_unit_id"])
    op.create_table(
        "answer_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", instant, nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_answer_file_answer_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_answer_file_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_file")),
        sa.UniqueConstraint("answer_id", "sha256", name=op.f("uq_answer_file_answer_id_sha256")),
    )
    op.create_index(op.f("ix_answer_file_answer_id"), "answer_file", ["answer_id"])
    op.create_index(op.f("ix_answer_file_sha256"), "answer_file", ["sha256"])
    if op.get_bind().dialect.name == "sqlite":
        _keep_sqlite()
    else:
        _keep_postgresql()


def _keep_sqlite() -> None:
    """Nobody changes what was issued, as nobody changes the trail (0002)."""
    for table, name, event, when in (*KEPT, *((*part, OF_ISSUED) for part in PARTS)):
        held = f"WHEN {when} " if when else ""
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} {held}BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
        )


def _keep_postgresql() -> None:
    op.execute(
        f"CREATE FUNCTION letter_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{SAID}'; END $$"
    )
    op.execute(
        "CREATE FUNCTION letter_part_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {OF_ISSUED} THEN RAISE EXCEPTION '{SAID}'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    for table, name, event, when in KEPT:
        held = f"WHEN ({when}) " if when else ""
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH ROW {held}"
            "EXECUTE FUNCTION letter_refuse()"
        )
    for table, name, event in PARTS:
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION letter_part_refuse()"
        )
    for table in TABLES[1:]:
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION letter_refuse()"
        )


def downgrade() -> None:
    for table in reversed(TABLES):  # its triggers go with a table
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION letter_refuse()")
        op.execute("DROP FUNCTION letter_part_refuse()")
