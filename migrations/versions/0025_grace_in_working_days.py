"""the grace of a round may be granted in working days"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Each in one statement with its check, which SQLite cannot add to a table afterwards.
    op.execute(
        "ALTER TABLE inspection ADD COLUMN grace_unit VARCHAR(8) DEFAULT 'days' NOT NULL"
        " CONSTRAINT ck_inspection_grace_unit_known CHECK (grace_unit IN ('days', 'workdays'))"
    )
    op.execute(
        "ALTER TABLE round ADD COLUMN grace_workdays INTEGER"
        " CONSTRAINT ck_round_grace_workdays_range CHECK (grace_workdays BETWEEN 1 AND 30)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE round DROP COLUMN grace_workdays")
    op.execute("ALTER TABLE inspection DROP COLUMN grace_unit")
