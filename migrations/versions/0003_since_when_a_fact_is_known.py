"""since when a fact is known: links, milestones, extensions, sign-offs, former limits"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = (
    ("measure_link", "since_on"),
    ("measure_link", "counted_since_on"),
    ("measure_link", "counted_until_on"),
    ("milestone", "since_on"),
    ("extension", "recorded_on"),
    ("sign_off_mark", "recorded_on"),
)


def _counted_index(condition_sqlite: str, condition: str) -> None:
    op.drop_index("uq_measure_link_counted", table_name="measure_link")
    op.create_index(
        "uq_measure_link_counted",
        "measure_link",
        ["inspection_id", "measure_id"],
        unique=True,
        sqlite_where=sa.text(condition_sqlite),
        postgresql_where=sa.text(condition),
    )


def upgrade() -> None:
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.Date(), nullable=True))
    _counted_index("counted = 1 AND counted_until_on IS NULL", "counted AND counted_until_on IS NULL")
    # The civil day of the act, in the zone that an installation has unless it says otherwise.
    day = "date(at, '+8 hours')" if op.get_bind().dialect.name == "sqlite" else "(at + interval '8 hours')::date"
    op.execute(f"UPDATE extension SET recorded_on = {day}")
    op.execute(f"UPDATE sign_off_mark SET recorded_on = {day} WHERE NOT imported")
    op.create_table(
        "former_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("long_term", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(issue_id IS NULL) <> (measure_id IS NULL)", name=op.f("ck_former_limit_on_one_item")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_former_limit_issue_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_former_limit_measure_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_former_limit_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_limit")),
    )
    op.create_index(op.f("ix_former_limit_issue_id"), "former_limit", ["issue_id"])
    op.create_index(op.f("ix_former_limit_measure_id"), "former_limit", ["measure_id"])


def downgrade() -> None:
    op.drop_table("former_limit")
    op.execute("UPDATE measure_link SET counted = (1 = 0) WHERE counted_until_on IS NOT NULL")
    _counted_index("counted = 1", "counted")
    for table, column in reversed(COLUMNS):
        op.drop_column(table, column)
