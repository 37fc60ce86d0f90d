"""what rules, targets and rounds were until a day, so that the days before can be recomputed"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OFFICE_ZONE = dt.timezone(dt.timedelta(hours=8))  # that an installation has unless it says otherwise
MEASURE_FIELDS = ("target_quantity", "start_on")

trail = sa.table(
    "audit_entry",
    sa.column("id", sa.Integer),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("act", sa.String),
    sa.column("item_id", sa.Integer),
    sa.column("ok", sa.Boolean),
    sa.column("details", sa.JSON),
)
former = sa.table(
    "former_values",
    *(sa.column(name, sa.Integer) for name in ("inspection_id", "issue_id", "measure_id")),
    sa.column("until_on", sa.Date),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("values", sa.JSON(none_as_null=True)),
)


def upgrade() -> None:
    op.create_table(
        "former_values",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inspection_id", sa.Integer(), nullable=True),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("values", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN inspection_id IS NULL THEN 0 ELSE 1 END + CASE WHEN issue_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN measure_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_former_values_of_one_item"),
        ),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_former_values_inspection_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_former_values_issue_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_former_values_measure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_values")),
    )
    for column in ("inspection_id", "issue_id", "measure_id"):
        op.create_index(op.f(f"ix_former_values_{column}"), "former_values", [column])
    _fill()


def _fill() -> None:
    """What the trail of earlier acts has: the old values, or only that something was otherwise."""
    connection = op.get_bind()
    there = {
        f"{name}_id": {row[0] for row in connection.execute(sa.text(f"SELECT id FROM {name}"))}
        for name in ("inspection", "issue", "measure")
    }
    rounds = dict(connection.execute(sa.text("SELECT id, inspection_id FROM round")).tuples().all())
    shared = sa.text("SELECT measure_id FROM measure_link WHERE issue_id = :issue AND counted_until_on IS NOT NULL")
    acts = ("inspection.rules", "inspection.change", "measure.amend", "milestone.place", "issue.withdraw")
    acts += ("round.add", "round.open", "round.missed")
    query = sa.select(trail).where(trail.c.act.in_(acts), trail.c.ok).order_by(trail.c.id)
    rows = []
    for entry in connection.execute(query).mappings().all():
        details, item_id = entry["details"], entry["item_id"]
        old = details.get("old") or {}
        told: list[tuple[str, int, dict[str, object] | None]] = []
        if entry["act"].startswith("inspection."):
            known = not {"rhythm", "grace_days"} & set(old)  # rounds were dropped or changed: which, nobody kept
            told = [("inspection_id", item_id, old if known else None)]
        elif entry["act"] == "measure.amend":
            values = {name: old[name] for name in MEASURE_FIELDS if name in old}
            told = [("measure_id", item_id, values)] if values else []
        elif entry["act"] == "milestone.place":
            told = [("measure_id", item_id, None), ("issue_id", details["issue"], None)]
        elif entry["act"] == "issue.withdraw":
            moved = connection.execute(shared, {"issue": item_id}).scalars()
            told = [("measure_id", measure_id, None) for measure_id in moved]
        elif details.get("days_late", 1):
            told = [("inspection_id", rounds.get(item_id, 0), None)]
        at = entry["at"] if entry["at"].tzinfo else entry["at"].replace(tzinfo=dt.UTC)
        rows += [
            {"inspection_id": None, "issue_id": None, "measure_id": None, column: key, "values": values}
            | {"until_on": at.astimezone(OFFICE_ZONE).date(), "at": entry["at"]}
            for column, key, values in told
            if key in there[column]
        ]
    if rows:
        op.bulk_insert(former, rows)


def downgrade() -> None:
    op.drop_table("former_values")
