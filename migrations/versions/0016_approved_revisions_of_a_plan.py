"""what a revision of milestones and planned figures rests on, and the state that a milestone asks for"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("document_number", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.CheckConstraint("(issue_id IS NULL) <> (measure_id IS NULL)", name=op.f("ck_plan_revision_on_one_item")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_plan_revision_issue_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_plan_revision_measure_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_plan_revision_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_revision")),
    )
    for column in ("issue_id", "measure_id"):
        op.create_index(op.f(f"ix_plan_revision_{column}"), "plan_revision", [column])
    # In one statement with its check, which SQLite cannot add to a table afterwards.
    op.execute(
        "ALTER TABLE milestone ADD COLUMN target_state VARCHAR(24) DEFAULT '' NOT NULL"
        " CONSTRAINT ck_milestone_target_state_known"
        " CHECK (target_state IN ('', 'in_progress', 'basically_completed', 'completed'))"
    )
    # Nothing ever wrote these: the approval of a revision is kept once, for all that it changed.
    op.drop_column("former_milestone", "document_number")
    op.drop_column("former_milestone", "reason")


def downgrade() -> None:
    op.add_column(
        "former_milestone", sa.Column("document_number", sa.String(length=100), nullable=False, server_default="")
    )
    op.add_column("former_milestone", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.execute("ALTER TABLE milestone DROP COLUMN target_state")
    op.drop_table("plan_revision")
