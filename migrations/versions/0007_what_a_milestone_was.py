"""what a milestone was until it was moved, and since when a report read from a later ledger is known"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("document_number", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("(issue_id IS NULL) <> (measure_id IS NULL)", name=op.f("ck_former_milestone_on_one_item")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_former_milestone_milestone_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_former_milestone_issue_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_former_milestone_measure_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_former_milestone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_milestone")),
    )
    for column in ("milestone_id", "issue_id", "measure_id"):
        op.create_index(op.f(f"ix_former_milestone_{column}"), "former_milestone", [column])
    op.add_column("progress_report", sa.Column("recorded_on", sa.Date(), nullable=True))
    # The civil day of the act, in the zone that an installation has unless it says otherwise. What a plan's own ledger
    # said on the day since which a measure counts was never said otherwise.
    sqlite = op.get_bind().dialect.name == "sqlite"
    day = "date(at, '+8 hours')" if sqlite else "(at + interval '8 hours')::date"
    began = "(SELECT begins_on FROM measure WHERE measure.id = progress_report.measure_id)"
    op.execute(
        f"UPDATE progress_report SET recorded_on = {day} WHERE imported AND reported_on < {day} AND reported_on > {began}"
    )


def downgrade() -> None:
    op.drop_column("progress_report", "recorded_on")
    op.drop_table("former_milestone")
