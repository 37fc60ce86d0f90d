"""every change of a time limit kept as a former value, and whether a correction set the one in force"""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LIMIT = ("deadline_kind", "deadline_on", "original_deadline_on", "long_term", "deadline_corrected")
OWNERS = ("inspection_id", "issue_id", "measure_id")

former = sa.table(
    "former_values",
    sa.column("id", sa.Integer),
    *(sa.column(name, sa.Integer) for name in OWNERS),
    sa.column("until_on", sa.Date),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("values", sa.JSON(none_as_null=True)),
)


def _table(name: str, **columns: Any) -> Any:
    return sa.table(name, *(sa.column(column, kind) for column, kind in columns.items()))


ON_ITEM = {"issue_id": sa.Integer, "measure_id": sa.Integer, "at": sa.DateTime(timezone=True)}
LIMITED = {
    "id": sa.Integer,
    "deadline_raw": sa.String,
    "deadline_kind": sa.String,
    "deadline_on": sa.Date,
    "original_deadline_on": sa.Date,
    "long_term": sa.Boolean,
    "deadline_corrected": sa.Boolean,
}
items = {"issue_id": _table("issue", **LIMITED), "measure_id": _table("measure", **LIMITED)}
extension = _table(
    "extension", **ON_ITEM, recorded_on=sa.Date, approved_on=sa.Date, old_deadline_on=sa.Date, new_deadline_on=sa.Date
)
correction = _table("correction", **ON_ITEM, effect_on=sa.Date, old_deadline_on=sa.Date, new_deadline_on=sa.Date)
reopening = _table(
    "reopening",
    measure_id=sa.Integer,
    at=sa.DateTime(timezone=True),
    reopened_on=sa.Date,
    old_deadline_on=sa.Date,
    new_deadline_on=sa.Date,
)
former_limit = _table(
    "former_limit",
    **ON_ITEM,
    id=sa.Integer,
    until_on=sa.Date,
    by_id=sa.Integer,
    kind=sa.String,
    deadline_on=sa.Date,
    long_term=sa.Boolean,
)


def upgrade() -> None:
    for name in ("issue", "measure"):
        op.add_column(name, sa.Column("deadline_corrected", sa.Boolean(), nullable=False, server_default=sa.false()))
    _fill()
    op.drop_table("former_limit")


def _fill() -> None:
    """Walk back from each item's present limit through the acts that set it, keeping what each found."""
    connection = op.get_bind()
    acts = _acts(connection)
    if not acts:
        return
    rows = [dict(row) for row in connection.execute(sa.select(former).order_by(former.c.id)).mappings()]
    told = {(name, row[name], row["at"]): row for row in rows for name in items if row[name] is not None}
    homes = dict(connection.execute(sa.text("SELECT measure_id, issue_id FROM measure_link WHERE home")).tuples().all())
    raw = dict(connection.execute(sa.select(items["issue_id"].c.id, items["issue_id"].c.deadline_raw)).tuples().all())
    made = []
    for (name, item_id), done in acts.items():
        table = items[name]
        limit = dict(connection.execute(sa.select(table).where(table.c.id == item_id)).mappings().one())
        limit["deadline_corrected"] = done[-1]["corrected"]
        if limit["deadline_corrected"]:
            connection.execute(sa.update(table).where(table.c.id == item_id).values(deadline_corrected=True))
        for i in range(len(done) - 1, -1, -1):
            act = done[i]
            kept = told.get((name, item_id, act["at"]))
            before = {**limit, "deadline_corrected": i > 0 and done[i - 1]["corrected"]}
            if kept is not None and "deadline_kind" in (kept["values"] or {}):  # a correction kept by 0006
                before |= {field: kept["values"][field] for field in LIMIT if field in kept["values"]}
            elif act["limit"] is not None:
                before |= dict(zip(LIMIT, act["limit"], strict=False))
            elif i == 0 and name == "measure_id" and limit["deadline_raw"] in {raw[homes[item_id]]} - {""}:
                # Its first own date came with the words of its issue: until then it had that one's limit.
                before |= {"deadline_kind": "none", "deadline_on": None, "original_deadline_on": None}
            else:
                before |= {"deadline_kind": "date" if act["old"] else limit["deadline_kind"], "deadline_on": act["old"]}
                if act["corrected"] and limit["original_deadline_on"] == limit["deadline_on"]:
                    before["original_deadline_on"] = act["old"]
            values = {field: _plain(before[field]) for field in LIMIT}
            if kept is not None and kept["values"] is not None:
                kept["values"] = kept["values"] | values
            else:
                made.append(
                    dict.fromkeys(OWNERS)
                    | {name: item_id, "until_on": act["until_on"], "at": act["at"], "values": values}
                )
            limit = {**before, **{f: _day(f, before[f]) for f in LIMIT}}
    connection.execute(sa.delete(former))
    both = sorted([*rows, *made], key=lambda row: row["at"])  # the order of the acts is the order of the rows
    for number, row in enumerate(both, 1):
        connection.execute(sa.insert(former).values(**row | {"id": number}))
    if connection.dialect.name == "postgresql":
        connection.execute(
            sa.text("SELECT setval(pg_get_serial_sequence('former_values', 'id'), (SELECT max(id) FROM former_values))")
        )


def _acts(connection: Any) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """What set the limits of items, by item, in the order of the acts."""
    found: dict[tuple[str, int], dict[Any, dict[str, Any]]] = {}

    def add(row: Any, until_on: dt.date, **values: Any) -> None:
        name = "measure_id" if row.measure_id is not None else "issue_id"
        act = found.setdefault((name, getattr(row, name)), {}).setdefault(row.at, {"limit": None, "corrected": False})
        act |= {"at": row.at, "until_on": until_on, **values}

    for row in connection.execute(sa.select(extension)):
        add(row, row.recorded_on or row.approved_on, old=row.old_deadline_on)
    for row in connection.execute(sa.select(correction)):
        add(row, row.effect_on, old=row.old_deadline_on, corrected=True)
    for row in connection.execute(sa.select(reopening).where(reopening.c.new_deadline_on.is_not(None))):
        add(row, row.reopened_on, old=row.old_deadline_on)
    for row in connection.execute(sa.select(former_limit)):
        add(row, row.until_on, limit=(row.kind, row.deadline_on, row.deadline_on, row.long_term))
    return {key: [mine[at] for at in sorted(mine)] for key, mine in found.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _day(name: str, value: Any) -> Any:
    return dt.date.fromisoformat(value) if name.endswith("_on") and isinstance(value, str) else value


def downgrade() -> None:
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
    connection = op.get_bind()
    for row in connection.execute(sa.select(former).order_by(former.c.id)).mappings().all():
        values = row["values"] or {}
        kind = values.get("deadline_kind", "date")
        if kind != "date" and (kind != "none" or row["issue_id"] is not None):  # the limits that were of another kind
            connection.execute(
                sa.insert(former_limit).values(
                    **{name: row[name] for name in ("issue_id", "measure_id", "until_on", "at")},
                    kind=values["deadline_kind"],
                    deadline_on=_day("deadline_on", values["deadline_on"]),
                    long_term=values["long_term"],
                )
            )
    for name in ("issue", "measure"):
        op.drop_column(name, "deadline_corrected")
