"""the deadline that a reopening replaced"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reopening", sa.Column("old_deadline_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("reopening", "old_deadline_on")
