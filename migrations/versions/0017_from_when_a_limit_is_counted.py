"""from which day, how many and of what a relative time limit was counted"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WHOLE = "(counted_from_on IS NULL) = (counted_unit IS NULL) AND (counted_amount IS NULL) = (counted_unit IS NULL)"


def upgrade() -> None:
    for table in ("issue", "measure"):
        op.add_column(table, sa.Column("counted_from_on", sa.Date()))
        op.add_column(table, sa.Column("counted_amount", sa.Integer()))
        # In one statement with its check, which SQLite cannot add to a table afterwards.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN counted_unit VARCHAR(8)"
            f" CONSTRAINT ck_{table}_counted_whole CHECK ({WHOLE})"
        )


def downgrade() -> None:
    for table in ("measure", "issue"):
        for column in ("counted_unit", "counted_amount", "counted_from_on"):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
