"""quantities to three places: targets, planned figures and reports are kept in whole thousandths"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEPT = (("measure", "target_quantity"), ("planned_point", "quantity"), ("progress_report", "quantity"))


def upgrade() -> None:
    # SQLite's own INTEGER holds them already.
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, column in KEPT:
        if sqlite:
            op.execute(f"UPDATE {table} SET {column} = {column} * 1000 WHERE {column} IS NOT NULL")
        else:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE BIGINT USING {column}::bigint * 1000")


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, column in KEPT:
        if sqlite:
            op.execute(f"UPDATE {table} SET {column} = ({column} + 500) / 1000 WHERE {column} IS NOT NULL")
        else:
            op.execute(
                f"ALTER TABLE {table} ALTER COLUMN {column} TYPE INTEGER USING (({column} + 500) / 1000)::integer"
            )
