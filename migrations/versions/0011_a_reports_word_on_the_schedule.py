"""a report says whether it is on schedule, and where not, why and how it will catch up"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXTS = (("said", 16), ("reason_kind", 16), ("reason", None), ("catch_up", None))


def upgrade() -> None:
    for name, length in TEXTS:
        kind = sa.String(length) if length else sa.Text()
        op.add_column("progress_report", sa.Column(name, kind, nullable=False, server_default=""))
    op.add_column("progress_report", sa.Column("expected_on", sa.Date(), nullable=True))


def downgrade() -> None:
    for name in ("expected_on", "catch_up", "reason", "reason_kind", "said"):
        op.drop_column("progress_report", name)
