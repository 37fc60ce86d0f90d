"""what was near its deadline in a release

The window of each inspection is kept with its figures. Releases of before did not keep it, and are not changed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("release_subject", sa.Column("near_due_days", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("release_subject", "near_due_days")
