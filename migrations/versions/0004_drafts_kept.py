"""what a draft was before each change, and what an import into a known inspection did"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = ("history", "applied")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("plan_file", sa.Column(column, sa.JSON(), nullable=True))


def downgrade() -> None:
    for column in reversed(COLUMNS):
        op.drop_column("plan_file", column)
