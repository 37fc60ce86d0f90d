"""an index of the measures that answer a second issue"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_measure_link_guest",
        "measure_link",
        ["measure_id"],
        sqlite_where=sa.text("home = 0"),
        postgresql_where=sa.text("NOT home"),
    )


def downgrade() -> None:
    op.drop_index("ix_measure_link_guest", table_name="measure_link")
