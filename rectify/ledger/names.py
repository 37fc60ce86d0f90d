"""The unit names that a draft prints, matched to the units that are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import models
from rectify.reading.draft import PlanDraft

from .common import PERSONS, Refused, clean, insert_rows, key_of, short


@dataclass(frozen=True)
class Match:
    """What is known of a printed unit name: the unit, and by its `name`, an `alias`, or "" where it is new."""

    printed: str
    unit_id: int | None = None
    unit_name: str = ""
    by: str = ""


def printed_units(draft: PlanDraft) -> list[str]:
    """The unit names of a draft in their printed order, each once; leaders and persons are no units."""
    names: dict[str, None] = {}
    for issue in draft.issues:
        for unit in (*issue.units, *(unit for measure in issue.measures for unit in measure.units)):
            if unit.role not in PERSONS and clean(unit.name):
                names.setdefault(clean(unit.name))
    return list(names)


def match_units(session: Session, printed: Iterable[str]) -> list[Match]:
    """Printed names against the known ones, by exact name and then by alias. Two statements."""
    known, by_alias = _known_units(session)
    matches = []
    for name in printed:
        key = key_of(name)
        found = known.get(key) or by_alias.get(key)
        by = "name" if key in known else "alias" if found else ""
        matches.append(Match(name, found[0], found[1], by) if found else Match(name))
    return matches


def _known_units(session: Session) -> tuple[dict[str, tuple[int, str]], dict[str, tuple[int, str]]]:
    rows = session.execute(select(models.Unit.id, models.Unit.name)).all()
    names = {row.id: row.name for row in rows}
    known = {key_of(row.name): (row.id, row.name) for row in rows}
    aliases = session.execute(select(models.UnitAlias.unit_id, models.UnitAlias.name)).all()
    return known, {key_of(row.name): (row.unit_id, names[row.unit_id]) for row in aliases}


def resolve_units(
    session: Session, draft: PlanDraft, mapping: Mapping[str, int | str | None], renamed: Mapping[str, str]
) -> dict[str, int]:
    """Every printed name's unit: the one a person chose, else by exact name, by alias, else a new unit.

    A choice is remembered as an alias. Names that differ only in blanks or width are one.
    """
    chosen = {key_of(name): int(unit_id) for name, unit_id in mapping.items() if unit_id}
    known, by_alias = _known_units(session)
    ids = {unit_id for unit_id, _ in known.values()}
    resolved: dict[str, int] = {}
    wanted: dict[str, list[str]] = {}
    aliases: dict[str, int] = {}
    for printed in printed_units(draft):
        name = renamed.get(printed, printed)
        key = key_of(printed)
        if key in chosen:
            if chosen[key] not in ids:
                raise Refused("为“%(name)s”选择的单位已不存在，请重新选择。", name=short(printed))
            resolved[printed] = chosen[key]
            if known.get(key, (None,))[0] != chosen[key] and len(printed) <= 200:
                aliases[printed] = chosen[key]
            continue
        found = known.get(key_of(name)) or by_alias.get(key_of(name)) or known.get(key) or by_alias.get(key)
        if found:
            resolved[printed] = found[0]
            continue
        if len(name) > 200:
            raise Refused("单位名称“%(name)s”超过200字，请在预览中为它选择一个已有单位。", name=short(name))
        wanted.setdefault(key_of(name), []).append(printed)
    names = {key: renamed.get(printed[0], printed[0]) for key, printed in wanted.items()}
    last = session.scalar(select(func.max(models.Unit.sort))) or 0
    rows = [{"name": name, "sort": last + n} for n, name in enumerate(names.values(), 1)]
    for key, unit_id in zip(names, insert_rows(session, models.Unit, rows), strict=True):
        resolved |= {printed: unit_id for printed in wanted[key]}
    _remember_aliases(session, aliases, by_alias)
    return resolved


def _remember_aliases(session: Session, aliases: Mapping[str, int], by_alias: Mapping[str, tuple[int, str]]) -> None:
    new = {}
    for name, unit_id in aliases.items():
        had = by_alias.get(key_of(name))
        if had is None:
            new[key_of(name)] = {"name": name, "unit_id": unit_id}
        elif had[0] != unit_id:
            moved = [row for row in session.scalars(select(models.UnitAlias)) if key_of(row.name) == key_of(name)]
            for row in moved:
                row.unit_id = unit_id
    insert_rows(session, models.UnitAlias, list(new.values()))
