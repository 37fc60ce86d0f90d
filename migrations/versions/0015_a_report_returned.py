"""a report may be returned for correction, with a reason"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Constraints of a column itself: SQLite adds and drops them with it, without writing anew a table that others refer to.
GUARDED = (
    'returned_by_id INTEGER CONSTRAINT fk_progress_report_returned_by_id REFERENCES "user" (id)',
    "return_reason TEXT DEFAULT '' NOT NULL CONSTRAINT ck_progress_report_returned_with_reason"
    " CHECK ((returned_on IS NULL) = (return_reason = ''))",
)


def upgrade() -> None:
    op.add_column("progress_report", sa.Column("returned_on", sa.Date(), nullable=True))
    op.add_column("progress_report", sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True))
    for column in GUARDED:
        op.execute(f"ALTER TABLE progress_report ADD COLUMN {column}")


def downgrade() -> None:
    for name in ("return_reason", "returned_by_id", "returned_at", "returned_on"):
        op.drop_column("progress_report", name)
