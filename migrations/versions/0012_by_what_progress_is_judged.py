"""an inspection says by what it judges progress: milestones, the planned line, or both"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In one statement with its check, which SQLite cannot add to a table afterwards.
    op.execute(
        "ALTER TABLE inspection ADD COLUMN judged_by VARCHAR(16) DEFAULT 'both' NOT NULL"
        " CONSTRAINT ck_inspection_judged_by_known CHECK (judged_by IN ('both', 'milestones', 'line'))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE inspection DROP COLUMN judged_by")
