"""shared measures are found in their index alone

SQLite reads the few rows of this partial index only where it need not look at the table for `home`; else it scans the
whole index of all links once a page.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make("measure_id", "home")


def downgrade() -> None:
    _make("measure_id")


def _make(*columns: str) -> None:
    op.drop_index("ix_measure_link_guest", table_name="measure_link")
    op.create_index(
        "ix_measure_link_guest",
        "measure_link",
        columns,
        sqlite_where=sa.text("home = 0"),
        postgresql_where=sa.text("NOT home"),
    )
