"""a cancelled round leaves its days free; a round has a version"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

HELD = sa.text("cancelled_on IS NULL")
DAYS = ["inspection_id", "opens_on", "cut_off_on"]


def upgrade() -> None:
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_round_inspection_id_opens_on_cut_off_on"), type_="unique")
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("uq_round_held", "round", DAYS, unique=True, sqlite_where=HELD, postgresql_where=HELD)


def downgrade() -> None:
    # Of several rounds with the same days the one that binds is kept, with the reports of all.
    kept = """(
        SELECT kept.id FROM round AS kept
        WHERE kept.inspection_id = this.inspection_id AND kept.opens_on = this.opens_on AND kept.cut_off_on = this.cut_off_on
        ORDER BY kept.cancelled_on IS NOT NULL, kept.id LIMIT 1
    )"""
    op.execute(
        f"UPDATE progress_report SET round_id = (SELECT {kept} FROM round AS this WHERE this.id = progress_report.round_id)"
    )
    op.execute(f"DELETE FROM round WHERE id IN (SELECT this.id FROM round AS this WHERE this.id <> {kept})")
    op.drop_index("uq_round_held", table_name="round")
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.drop_column("version")
        batch_op.create_unique_constraint(op.f("uq_round_inspection_id_opens_on_cut_off_on"), DAYS)
