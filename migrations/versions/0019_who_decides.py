"""an inspection says who decides what is submitted: acceptance units, supervising units or the office"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In one statement with its check, which SQLite cannot add to a table afterwards.
    op.execute(
        "ALTER TABLE inspection ADD COLUMN decides VARCHAR(16) DEFAULT 'acceptance' NOT NULL"
        " CONSTRAINT ck_inspection_decides_known CHECK (decides IN ('acceptance', 'supervising', 'office'))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE inspection DROP COLUMN decides")
