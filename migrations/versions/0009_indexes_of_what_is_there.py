"""indexes of parts and persons leave out the rows that have nothing to find"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_assignment_measure", "assignment", ["measure_id", "role", "unit_id"]),
    ("ix_assignment_issue", "assignment", ["issue_id", "role", "unit_id"]),
    ("ix_named_person_measure_id", "named_person", ["measure_id"]),
    ("ix_named_person_issue_id", "named_person", ["issue_id"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        where = sa.text(f"{columns[0]} IS NOT NULL")
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, columns in INDEXES:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
