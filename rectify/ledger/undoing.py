"""An import taken back while nothing rests on it: what it made goes, what it changed becomes what it was.

A first import is found again by its file: all that hangs on its issues is its own. An import into an inspection that was
there already keeps a journal with the file: the rows it made, what the rows it changed were, and a mark of each row as it
left them, so that whatever came later is seen to stand in the way. The trail of both stays.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Table, delete, exists, func, insert, or_, select, true, update
from sqlalchemy.orm import Session

from rectify import inbox, models, records, standing
from rectify.models import Base, Instant, Quantity, bulk
from rectify.records import Actor
from rectify.rules import quantities

from .common import CHUNK, Refused, office_only

Row = dict[str, Any]
Tables = dict[str, dict[int, Row]]

TABLES = Base.metadata.tables
ORDER = [table.name for table in Base.metadata.sorted_tables]
HANGING = [
    name
    for name in ORDER
    if {"issue_id", "measure_id"} & set(TABLES[name].c.keys()) and name not in ("reminder", "release_row", "notice")
]
"""The tables whose rows hang on an issue or a measure and may go with it; a released report never does, and a notice
goes by itself."""
REFERRED = {key.column.table.name for table in TABLES.values() for key in table.foreign_keys}
"""Tables that others point at: their rows are put back in place, the others by deleting and inserting."""
DERIVED = {"measure_standing", "issue_standing", "source", "unit", "unit_alias"}
"""Rows that are written anew by themselves, or that others change for their own reasons: they stand in nobody's way."""

WORDS = {
    "progress_report": "进展填报",
    "milestone_mark": "阶段目标填报",
    "submission": "完成申报",
    "evidence": "佐证材料",
    "sign_off_mark": "销号",
    "reopening": "反弹重启",
    "extension": "延期",
    "correction": "时限更正",
    "plan_revision": "阶段性目标和计划进度的修订",
    "confirmation": "进度确认",
    "measure_link": "措施的增减或关联",
    "reminder": "已发出的提醒",
    "release_row": "已发布的报告",
    "letter_item": "函件",
    "instruction": "领导批示",
}
BY_HAND = "手工修改"


@dataclass(frozen=True)
class Undone:
    """What an undoing takes back: issues and measures that leave the ledger, those that become what they were, how many
    of the former were changed by hand since, and whether the inspection goes too."""

    issues: int
    measures: int
    restored: int = 0
    by_hand: int = 0
    inspection: bool = False


class Journal:
    """What an import does to rows that were there before: opened before it, closed after it."""

    def __init__(self, session: Session, inspection_id: int | None = None, issue_ids: Collection[int] = ()) -> None:
        self.session, self.inspection_id, self.issue_ids = session, inspection_id, set(issue_ids)
        session.flush()
        self.before = self._rows()

    def closed(self, plan_file: models.PlanFile | None = None) -> dict[str, Any]:
        """The journal as it is kept with the file (models.PlanFile.applied)."""
        self.session.flush()
        if plan_file is not None:
            own = select(models.Issue.id).where(models.Issue.plan_file_id == plan_file.id)
            self.issue_ids |= set(self.session.scalars(own))
        after = self._rows()
        made = {name: sorted(set(rows) - set(self.before[name])) for name, rows in after.items()}
        was = {
            name: {str(key): _plain(row) for key, row in rows.items() if after[name].get(key) != row}
            for name, rows in self.before.items()
        }
        journal: dict[str, Any] = {
            "made": {name: ids for name, ids in made.items() if ids},
            "was": {name: rows for name, rows in was.items() if rows},
        }
        if self.issue_ids:
            journal |= {"issues": sorted(self.issue_ids), "marks": _marks(after)}
        return journal

    def _rows(self) -> Tables:
        rows: Tables = {name: {} for name in ("unit", "unit_alias", "source", "issue", "measure", "milestone_mark")}
        rows |= {name: {} for name in HANGING}
        for name in ("unit", "unit_alias"):
            rows[name] = _where(self.session, TABLES[name])
        if self.inspection_id is not None:
            source = TABLES["source"]
            rows["source"] = _where(self.session, source, source.c.inspection_id == self.inspection_id)
        if self.issue_ids:
            rows |= _hanging(self.session, self.issue_ids)
        return rows


def hindrances(session: Session, plan_file: models.PlanFile) -> list[str]:
    """What came after an import and stands in the way of undoing it, in words; empty where nothing does."""
    session.flush()
    journal = plan_file.applied or {}
    if "marks" in journal:
        now = _marks(_hanging(session, journal["issues"]))
        found = {name for name in {*now, *journal["marks"]} if now.get(name, {}) != journal["marks"].get(name, {})}
        measure_ids = journal["made"].get("measure", [])
    else:
        issue_ids, measure_ids = _own(session, plan_file)
        found = _facts_since(session, plan_file, issue_ids, measure_ids)
    if _reminded(session, measure_ids):
        found.add("reminder")
    if _released(session, plan_file):
        found.add("release_row")
    words = [word for name, word in WORDS.items() if name in found]
    return [*words, BY_HAND] if found - set(WORDS) else words


def outlook(session: Session, plan_file: models.PlanFile) -> Undone:
    """What undoing an import would take back."""
    journal = plan_file.applied or {}
    if "marks" in journal:
        made, was = journal["made"], journal["was"]
        restored = len(was.get("issue", {})) + len(was.get("measure", {}))
        return Undone(len(made.get("issue", ())), len(made.get("measure", ())), restored)
    issue_ids, measure_ids = _own(session, plan_file)
    real = 0
    by_hand = _count(session, TABLES["issue"], issue_ids, models.Issue.version > 1)
    for ids in _chunks(measure_ids):
        query = select(models.Measure.implied, models.Measure.version).where(models.Measure.id.in_(ids))
        for implied, version in session.execute(query):
            real += not implied
            by_hand += version > 1
    return Undone(len(issue_ids), real, by_hand=by_hand, inspection=_made_inspection(session, plan_file, issue_ids))


def undo_import(session: Session, plan_file: models.PlanFile, *, by: Actor, day: dt.date, at: dt.datetime) -> Undone:
    """Take an import back, all or nothing; the file waits again, as it was corrected and answered.

    Refused while anything came after it that rests on it. Units that it made go too, unless they are used elsewhere or
    were changed; an inspection that it made and that holds nothing else goes with its rounds.
    """
    office_only(by)
    if plan_file.imported_at is None or plan_file.inspection_id is None:
        raise Refused("这份方案还没有导入，不需要撤销。")
    found = hindrances(session, plan_file)
    if found:
        raise Refused("不能撤销导入：导入以后已有%(what)s，请在台账中逐项更正。", what="、".join(found))
    done = outlook(session, plan_file)
    inspection = session.get_one(models.Inspection, plan_file.inspection_id)
    journal = plan_file.applied or {}
    with session.begin_nested():
        if "marks" in journal:
            made = journal["made"]
        else:
            hanging = _hanging(session, *_own(session, plan_file))
            made = {name: list(rows) for name, rows in hanging.items()}
            made["unit_alias"] = journal.get("made", {}).get("unit_alias", [])
            made["round"] = _ledger_round(session, plan_file)
        inbox.untell(session, plan_file.imported_at, plan_file.inspection_id)
        _revert(session, made, journal.get("was", {}))
        plan_file.inspection_id = plan_file.imported_at = plan_file.as_of_on = plan_file.applied = None
        session.flush()
        session.expire_all()
        if done.inspection:
            _drop_inspection(session, inspection.id)
        elif "marks" in journal or made["round"]:
            _settle(session, inspection, journal.get("issues"), day, at)
        _drop_unused(session, inspection.id, journal.get("made", {}).get("unit", []))
        records.write(
            session,
            by,
            at,
            "plan.undo",
            "plan_file",
            plan_file.id,
            name=plan_file.name,
            inspection=inspection.name if not done.inspection else None,
            issues=done.issues,
            measures=done.measures,
            changed=done.restored,
            sha256=plan_file.sha256,
        )
    return done


# -- rows ------------------------------------------------------------------------------------------------------------


def _own(session: Session, plan_file: models.PlanFile) -> tuple[list[int], list[int]]:
    """The issues of a first import, and the measures at home in them, implied ones too."""
    issues = select(models.Issue.id).where(models.Issue.plan_file_id == plan_file.id)
    link = models.MeasureLink
    measures = select(link.measure_id).where(link.issue_id.in_(issues), link.home)
    return list(session.scalars(issues)), list(session.scalars(measures))


def _hanging(session: Session, issue_ids: Iterable[int], measure_ids: Collection[int] | None = None) -> Tables:
    """All rows that hang on these issues and measures, themselves included.

    Without `measure_ids`: on all measures that answer the issues, and on the issues that those answer besides, whose
    standings and units may follow.
    """
    issues = set(issue_ids)
    if measure_ids is None:
        link = models.MeasureLink
        for _step in range(2):
            measures = _those(session, link.measure_id, link.issue_id, issues)
            issues |= _those(session, link.issue_id, link.measure_id, measures)
        measure_ids = _those(session, link.measure_id, link.issue_id, issues)
    rows: Tables = {}
    for name, ids in (("issue", issues), ("measure", measure_ids)):
        rows[name] = _by_ids(session, TABLES[name], "id", ids)
    for name in HANGING:
        rows[name] = {}
        for column, ids in (("issue_id", issues), ("measure_id", measure_ids)):
            if column in TABLES[name].c:
                rows[name] |= _by_ids(session, TABLES[name], column, ids)
    rows["milestone_mark"] = _by_ids(session, TABLES["milestone_mark"], "milestone_id", rows["milestone"])
    return rows


def _those(session: Session, wanted: Any, column: Any, ids: Iterable[int]) -> set[int]:
    return {found for some in _chunks(ids) for found in session.scalars(select(wanted).where(column.in_(some)))}


def _by_ids(session: Session, table: Table, column: str, ids: Iterable[int]) -> dict[int, Row]:
    found: dict[int, Row] = {}
    for some in _chunks(ids):
        found |= _where(session, table, table.c[column].in_(some))
    return found


def _where(session: Session, table: Table, *conditions: Any) -> dict[int, Row]:
    query = select(table).where(*conditions)
    return {row.id: dict(row._mapping) for row in session.execute(query)}


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def _plain(row: Row) -> Row:
    return {name: _json(value) for name, value in row.items()}


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return quantities.plain(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _typed(table: Table, row: Row) -> Row:
    """The row that `_plain` came from."""
    values = dict(row)
    for name, value in row.items():
        kind = table.c[name].type
        if value is not None and isinstance(kind, Instant):
            values[name] = dt.datetime.fromisoformat(value)
        elif value is not None and isinstance(kind, Date):
            values[name] = dt.date.fromisoformat(value)
        elif value is not None and isinstance(kind, Quantity):
            values[name] = quantities.of(value)
    return values


def _marks(rows: Tables) -> dict[str, dict[str, int]]:
    """A mark of each row, by which a later look knows whether it is still the same."""
    marks = {
        name: {str(key): _mark(row) for key, row in found.items()}
        for name, found in rows.items()
        if name not in DERIVED
    }
    return {name: found for name, found in marks.items() if found}


def _mark(row: Row) -> int:
    return zlib.crc32(json.dumps(_plain(row), sort_keys=True, ensure_ascii=False).encode("utf-8", "replace"))


# -- what stands in the way ------------------------------------------------------------------------------------------


def _facts_since(
    session: Session, plan_file: models.PlanFile, issue_ids: Collection[int], measure_ids: Collection[int]
) -> set[str]:
    """The tables that hold something about a first import's items which that import did not write itself."""
    at = plan_file.imported_at
    found = set()
    for name, word in WORDS.items():
        table = TABLES[name]
        if word and "at" in table.c and "measure_id" in table.c:
            later = table.c["at"] != at
            if any(
                _count(session, table, ids, later, column) for column, ids in _owners(table, issue_ids, measure_ids)
            ):
                found.add(name)
    stones = _those(session, models.Milestone.id, models.Milestone.measure_id, measure_ids)
    stones |= _those(session, models.Milestone.id, models.Milestone.issue_id, issue_ids)
    if _count(session, TABLES["milestone_mark"], stones, models.MilestoneMark.at != at, "milestone_id"):
        found.add("milestone_mark")
    letter = TABLES["letter_item"]  # without an instant of its own: an import writes none
    if any(_count(session, letter, ids, true(), column) for column, ids in _owners(letter, issue_ids, measure_ids)):
        found.add("letter_item")
    link = TABLES["measure_link"]
    made_later = exists().where(models.Measure.id == link.c.measure_id, models.Measure.created_at != at)
    foreign = or_(~link.c.home, link.c.since_on.is_not(None), made_later)
    if any(_count(session, link, ids, foreign, column) for column, ids in _owners(link, issue_ids, measure_ids)):
        found.add("measure_link")
    return found


def _owners(
    table: Table, issue_ids: Collection[int], measure_ids: Collection[int]
) -> list[tuple[str, Collection[int]]]:
    owners = (("issue_id", issue_ids), ("measure_id", measure_ids))
    return [(column, ids) for column, ids in owners if column in table.c]


def _count(session: Session, table: Table, ids: Iterable[int], condition: Any, column: str = "id") -> int:
    query = select(func.count()).select_from(table)
    return sum(session.scalar(query.where(table.c[column].in_(some), condition)) or 0 for some in _chunks(ids))


def _reminded(session: Session, measure_ids: Iterable[int]) -> bool:
    """Whether anybody was reminded of these measures, or is being reminded at this moment."""
    reminder, outbox = models.Reminder, models.Outbox
    out = exists().where(
        outbox.id == reminder.outbox_id, or_(outbox.state.in_(("sent", "dead")), outbox.claimed_until.is_not(None))
    )
    return bool(_count(session, TABLES["reminder"], measure_ids, out, "measure_id"))


def _released(session: Session, plan_file: models.PlanFile) -> bool:
    """Whether a report released since an import holds rows of it: they stay as they are, and so must what they name."""
    issue_ids = (plan_file.applied or {}).get("issues") or _own(session, plan_file)[0]
    release, row = models.Release, models.ReleaseRow
    query = (
        select(row.id)
        .join(release, release.id == row.release_id)
        .where(release.released_at >= plan_file.imported_at, bulk.among(row.issue_id, issue_ids))
        .limit(1)
    )
    return session.scalar(query) is not None


def _made_inspection(session: Session, plan_file: models.PlanFile, issue_ids: Collection[int]) -> bool:
    """Whether the import made its inspection, and nothing else has come into it since."""
    inspection = session.get_one(models.Inspection, plan_file.inspection_id)
    issues = select(func.count()).where(models.Issue.inspection_id == inspection.id)
    links = select(func.count()).where(
        models.MeasureLink.inspection_id == inspection.id,
        models.MeasureLink.issue_id.not_in(select(models.Issue.id).where(models.Issue.plan_file_id == plan_file.id)),
    )
    files = select(func.count()).where(
        models.PlanFile.inspection_id == inspection.id, models.PlanFile.id != plan_file.id
    )
    made = inspection.created_at == plan_file.imported_at
    return made and session.scalar(issues) == len(issue_ids) and not session.scalar(links) and not session.scalar(files)


# -- taking back -----------------------------------------------------------------------------------------------------


def _revert(session: Session, made: dict[str, list[int]], was: dict[str, dict[str, Row]]) -> None:
    """Delete the rows that were made, and put back what the others were; who points goes first, who is pointed at last."""
    for ids in _chunks(made.get("measure", ())):
        session.execute(delete(models.Reminder).where(models.Reminder.measure_id.in_(ids)))
    for name in reversed(ORDER):
        table = TABLES[name]
        gone = [] if name == "unit" else list(made.get(name, ()))
        if name not in REFERRED:  # rows that replace each other under a unique key cannot be changed one by one
            gone += [int(key) for key in was.get(name, ())]
        for ids in _chunks(gone):
            session.execute(delete(table).where(table.c.id.in_(ids)))
    for name in ORDER:
        table = TABLES[name]
        rows = [_typed(table, row) for row in was.get(name, {}).values()]
        if rows and name not in REFERRED:
            session.execute(insert(table), rows)
        elif name in REFERRED:
            for row in rows:
                session.execute(update(table).where(table.c.id == row["id"]).values(row))


def _ledger_round(session: Session, plan_file: models.PlanFile) -> list[int]:
    """The round that an imported ledger stands for, while nothing else was reported in it."""
    this, report = models.Round, models.ProgressReport
    others = exists().where(
        report.round_id == this.id,
        report.measure_id.not_in(
            select(models.MeasureLink.measure_id)
            .join(models.Issue, models.Issue.id == models.MeasureLink.issue_id)
            .where(models.Issue.plan_file_id == plan_file.id)
        ),
    )
    query = select(this.id).where(
        this.inspection_id == plan_file.inspection_id,
        this.imported,
        this.opened_at == plan_file.imported_at,
        ~others,
    )
    return list(session.scalars(query))


def _settle(
    session: Session, inspection: models.Inspection, issue_ids: Collection[int] | None, day: dt.date, at: dt.datetime
) -> None:
    """Bring what stays up to what the ledger knows today: rounds may have opened since."""
    if issue_ids is None:
        standing.write_inspection(session, inspection.id, day=day, at=at)
        return
    link = models.MeasureLink
    standing.write(session, sorted(_those(session, link.measure_id, link.issue_id, issue_ids)), day=day, at=at)


def _drop_inspection(session: Session, inspection_id: int) -> None:
    for table in (models.Round, models.Source, models.InspectionReader, models.FormerValues):
        session.execute(delete(table).where(table.inspection_id == inspection_id))
    session.execute(delete(models.Inspection).where(models.Inspection.id == inspection_id))
    session.expire_all()


def _drop_unused(session: Session, inspection_id: int, unit_ids: Iterable[int]) -> None:
    """Sources of no issue, and units that the import made and that are neither used nor changed."""
    issue = models.Issue
    session.execute(
        delete(models.Source).where(
            models.Source.inspection_id == inspection_id, ~exists().where(issue.source_id == models.Source.id)
        )
    )
    unit = TABLES["unit"]
    uses = [
        exists().where(key.parent == unit.c.id) if key.parent.table is not unit else _is_parent(unit)
        for table in TABLES.values()
        for key in table.foreign_keys
        if key.column.table is unit
    ]
    for ids in _chunks(unit_ids):
        session.execute(delete(unit).where(unit.c.id.in_(ids), unit.c.version == 1, *(~use for use in uses)))
    session.expire_all()


def _is_parent(unit: Table) -> Any:
    child = unit.alias()
    return exists().where(child.c.parent_id == unit.c.id)
