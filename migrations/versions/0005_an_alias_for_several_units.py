"""an alias may stand for several units: 各县（市、区）党委、政府"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("unit_alias", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_unit_alias_name"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_unit_alias_name_unit_id"), ["name", "unit_id"])


def downgrade() -> None:
    # A name that stood for several units keeps the first of them.
    op.execute(sa.text("DELETE FROM unit_alias WHERE id NOT IN (SELECT min(id) FROM unit_alias GROUP BY name)"))
    with op.batch_alter_table("unit_alias", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_unit_alias_name_unit_id"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_unit_alias_name"), ["name"])
