"""since when whoever schedules holds the lease"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lease") as table:
        table.add_column(sa.Column("since_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("lease") as table:
        table.drop_column("since_at")
