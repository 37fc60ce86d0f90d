"""The units and regions of the installation: a tree on which rights rest, entered one by one or from a sheet.

Whose a row is, is rows.py's; which unit a plan means by a printed name is matched where plans are imported.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from rectify import models, records
from rectify.access.sentences import Refused, _
from rectify.rules import collectives, unit_names

LONGEST_NAME = 200
LONGEST_REGION = 100
DEEPEST = 12


@dataclass(frozen=True)
class UnitDetails:
    """What a unit is, as typed into its form."""

    name: str
    parent_id: int | None = None
    region_id: int | None = None
    is_office: bool = False
    active: bool = True
    sort: int = 0
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnitLine:
    """One line of a sheet of units; `row` is its number in the sheet, for people."""

    row: int
    name: str
    parent: str = ""
    region: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class LineError:
    """What is wrong in one line of a sheet."""

    row: int
    column: str
    sentence: str
    values: dict[str, object] = field(default_factory=dict)


class SheetRefused(Exception):
    """A sheet with faults: nothing was taken; `errors` lists them all."""

    def __init__(self, errors: list[LineError]) -> None:
        super().__init__(f"{len(errors)} faults")
        self.errors = errors


@dataclass(frozen=True)
class Taken:
    """What a sheet brought."""

    added: int
    changed: int
    unchanged: int
    regions: int


def plain(name: str) -> str:
    """A name as it is stored: NFC, blanks at the ends cut and those within made one, invisible characters gone."""
    shown = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) not in ("Cf", "Cs", "Co"))
    return " ".join("".join(c if unicodedata.category(c) != "Cc" else " " for c in shown).split())


def split_aliases(text: str, kept: Collection[str] = ()) -> tuple[str, ...]:
    """Other names typed into one field, parted by 、，；, or lines; a line that is one of `kept` is not parted."""
    lines = (plain(line) for line in text.split("\n"))
    names = (plain(name) for line in lines for name in ([line] if line in kept else unit_names.split_names(line)))
    return tuple(name for name in dict.fromkeys(names) if name)


# --- regions ---


def save_region(
    session: Session, region: models.Region | None, name: str, sort: int, *, by: records.Actor, at: dt.datetime
) -> models.Region:
    """Makes or renames a region. Raises Refused."""
    name = plain(name)
    if not name or len(name) > LONGEST_REGION:
        raise Refused("name", _("请填写地区名称，不超过100个字。"))
    other = session.scalar(select(models.Region.id).where(models.Region.name == name))
    if other is not None and (region is None or other != region.id):
        raise Refused("name", _("已有同名的地区。"))
    old = region.name if region else None
    if region is None:
        region = models.Region(name=name, sort=sort)
        session.add(region)
    region.name, region.sort = name, sort
    session.flush()
    act = "region.add" if old is None else "region.change"
    records.write(session, by, at, act, "region", region.id, name=name if old in (None, name) else [old, name])
    return region


def remove_region(session: Session, region: models.Region, *, by: records.Actor, at: dt.datetime) -> None:
    """Removes a region that no unit is in. Raises Refused."""
    if session.scalar(select(models.Unit.id).where(models.Unit.region_id == region.id).limit(1)) is not None:
        raise Refused("", _("还有单位属于这个地区，请先调整这些单位。"))
    records.write(session, by, at, "region.remove", "region", region.id, name=region.name)
    session.delete(region)
    session.flush()


# --- units ---


def add_unit(session: Session, details: UnitDetails, *, by: records.Actor, at: dt.datetime) -> models.Unit:
    """Makes a unit with its other names. Raises Refused."""
    unit = models.Unit(name=plain(details.name))
    _check_unit(session, unit, details)
    _fill(unit, details)
    session.add(unit)
    session.flush()
    _set_aliases(session, unit, details.aliases)
    records.write(session, by, at, "unit.add", "unit", unit.id, **_told(session, unit))
    return unit


def change_unit(
    session: Session, unit: models.Unit, details: UnitDetails, *, by: records.Actor, at: dt.datetime
) -> dict[str, Any]:
    """Changes a unit; returns what changed. Rights follow the tree at the next request of everybody. Raises Refused."""
    before = _told(session, unit)
    _check_unit(session, unit, details)
    _fill(unit, details)
    session.flush()
    _set_aliases(session, unit, details.aliases)
    after = _told(session, unit)
    changed: dict[str, Any] = {key: (before[key], after[key]) for key in after if before[key] != after[key]}
    if changed:
        records.write(session, by, at, "unit.change", "unit", unit.id, **changed)
    return changed


def aliases_of(session: Session, unit_ids: Iterable[int] | None = None) -> dict[int, list[str]]:
    """Other names by unit."""
    query = select(models.UnitAlias.unit_id, models.UnitAlias.name).order_by(models.UnitAlias.id)
    if unit_ids is not None:
        query = query.where(models.UnitAlias.unit_id.in_(list(unit_ids)))
    found: dict[int, list[str]] = {}
    for unit_id, name in session.execute(query):
        found.setdefault(unit_id, []).append(name)
    return found


def sharers(session: Session, unit_id: int) -> dict[str, list[str]]:
    """The other names of a unit that stand for several units, each with those it is shared with."""
    own, other = models.UnitAlias, aliased(models.UnitAlias)
    query = (
        select(own.name, models.Unit.name)
        .join(other, (other.name == own.name) & (other.unit_id != own.unit_id))
        .join(models.Unit, models.Unit.id == other.unit_id)
        .where(own.unit_id == unit_id)
        .order_by(own.id, models.Unit.sort, models.Unit.id)
    )
    found: dict[str, list[str]] = {}
    for alias, name in session.execute(query):
        found.setdefault(alias, []).append(name)
    return found


def _check_unit(session: Session, unit: models.Unit, details: UnitDetails) -> None:
    """Raises Refused. The unit may be new: then it has no id."""
    name = plain(details.name)
    if not name or len(name) > LONGEST_NAME:
        raise Refused("name", _("请填写单位名称，不超过200个字。"))
    if not 0 <= details.sort < 10**6:
        raise Refused("sort", _("序号应为0到999999之间的整数。"))
    held = aliases_of(session, [unit.id]).get(unit.id, []) if unit.id is not None else []
    for wanted, where in ((name, "name"), *((alias, "aliases") for alias in details.aliases if alias not in held)):
        if len(wanted) > LONGEST_NAME:
            raise Refused(where, _("名称过长，请不要超过200个字。"))
        owner = _other_holder(session, wanted, unit.id, shareable=where == "aliases" and _shareable(wanted))
        if owner is not None:
            raise Refused(where, _("“%(name)s”已是单位“%(unit)s”的名称或别名，请核对。"), name=wanted, unit=owner.name)
    if details.region_id is not None and session.get(models.Region, details.region_id) is None:
        raise Refused("region", _("所选地区不存在，请重新选择。"))
    _check_parent(session, unit, details.parent_id)
    if unit.id is None:
        return
    if unit.is_office and not (details.is_office and details.active):
        others = select(models.Unit.id).where(models.Unit.is_office, models.Unit.active, models.Unit.id != unit.id)
        if session.scalar(others.limit(1)) is None:
            raise Refused("is_office", _("须保留一个整改办；请先把另一个单位设为整改办。"))
    if unit.active and not details.active:
        below = select(models.Unit.id).where(models.Unit.parent_id == unit.id, models.Unit.active).limit(1)
        if session.scalar(below) is not None:
            raise Refused("active", _("该单位还有在用的下级单位，请先停用或调整下级单位。"))
        used = (
            select(models.User.id)
            .join(models.UserUnit, models.UserUnit.user_id == models.User.id)
            .where(models.UserUnit.unit_id == unit.id, models.User.active)
        )
        if session.scalar(used.limit(1)) is not None:
            raise Refused("active", _("该单位还有在用的账号，请先停用或调整这些账号。"))


def _check_parent(session: Session, unit: models.Unit, parent_id: int | None) -> None:
    if parent_id is None:
        return
    above: int | None = parent_id
    for _step in range(DEEPEST):
        if above == unit.id and unit.id is not None:
            raise Refused("parent", _("上级单位不能是它自己或它的下级单位。"))
        row = session.execute(select(models.Unit.parent_id).where(models.Unit.id == above)).first()
        if row is None:
            raise Refused("parent", _("所选上级单位不存在，请重新选择。"))
        above = row.parent_id
        if above is None:
            return
    raise Refused("parent", _("单位层级过深，最多12级。"))


def unit_named(session: Session, name: str) -> models.Unit | None:
    """The unit of this name, else the one of this other name; None where that stands for several units."""
    alias = models.UnitAlias
    with session.no_autoflush:
        found = session.scalars(select(models.Unit).where(models.Unit.name == name)).first()
        if found is not None:
            return found
        query = select(models.Unit).join(alias, alias.unit_id == models.Unit.id).where(alias.name == name)
        held = session.scalars(query.limit(2)).all()
    return held[0] if len(held) == 1 else None


def _shareable(name: str) -> bool:
    """Whether several units may have this other name: 各县（市、区）人民政府."""
    return collectives.recognise(name) is not None


def _other_holder(session: Session, name: str, unit_id: int | None, *, shareable: bool) -> models.Unit | None:
    """A unit other than this that has the name already, or has it as another name that is not for sharing."""
    by_alias = select(models.UnitAlias.unit_id).where(models.UnitAlias.name == name)
    held = models.Unit.name == name
    query = select(models.Unit).where(held if shareable else or_(held, models.Unit.id.in_(by_alias)))
    if unit_id is not None:
        query = query.where(models.Unit.id != unit_id)
    with session.no_autoflush:
        return session.scalars(query.order_by(models.Unit.id).limit(1)).first()


def _fill(unit: models.Unit, details: UnitDetails) -> None:
    unit.name = plain(details.name)
    unit.parent_id, unit.region_id = details.parent_id, details.region_id
    unit.is_office, unit.active, unit.sort = details.is_office, details.active, details.sort


def _set_aliases(session: Session, unit: models.Unit, wanted: Sequence[str]) -> None:
    have = {row.name: row for row in session.scalars(select(models.UnitAlias).filter_by(unit_id=unit.id))}
    keep = [name for name in dict.fromkeys(plain(alias) for alias in wanted) if name and name != unit.name]
    for name, row in have.items():
        if name not in keep:
            session.delete(row)
    for name in keep:
        if name not in have:
            session.add(models.UnitAlias(unit_id=unit.id, name=name))
    session.flush()


def _told(session: Session, unit: models.Unit) -> dict[str, Any]:
    parent = session.get(models.Unit, unit.parent_id) if unit.parent_id is not None else None
    region = session.get(models.Region, unit.region_id) if unit.region_id is not None else None
    return {
        "name": unit.name,
        "parent": parent.name if parent else "",
        "region": region.name if region else "",
        "is_office": unit.is_office,
        "active": unit.active,
        "sort": unit.sort,
        "aliases": aliases_of(session, [unit.id]).get(unit.id, []),
    }


# --- a sheet of units ---


def take_sheet(session: Session, lines: Sequence[UnitLine], *, by: records.Actor, at: dt.datetime) -> Taken:
    """Takes a sheet of units, all or nothing: unknown names become units, known ones get what the sheet says of them.

    A parent may stand in the sheet, before or after, or in the ledger. A region not known is made. The same sheet
    twice makes nothing twice. A collective other name may stand in several lines, and names nobody's parent. Raises
    SheetRefused with every fault.
    """
    units = {unit.name: unit for unit in session.scalars(select(models.Unit))}
    by_name: dict[str, models.Unit] = dict(units)
    others = aliases_of(session)
    shared = Counter(alias for aliases in others.values() for alias in aliases)
    for unit in units.values():
        own = [alias for alias in others.get(unit.id, []) if shared[alias] == 1 and not _shareable(alias)]
        by_name |= dict.fromkeys(own, unit)
    errors = _faults(lines, by_name)
    if errors:
        raise SheetRefused(errors)
    regions = {region.name: region for region in session.scalars(select(models.Region))}
    made_regions = 0
    last = session.scalar(select(func.max(models.Region.sort))) or 0
    for name in dict.fromkeys(plain(line.region) for line in lines if line.region):
        if name not in regions:
            made_regions += 1
            regions[name] = models.Region(name=name, sort=last + made_regions)
            session.add(regions[name])
    session.flush()
    sort = session.scalar(select(func.max(models.Unit.sort))) or 0
    fresh: set[str] = set()
    for line in lines:
        name = plain(line.name)
        if name not in by_name:
            sort += 1
            by_name[name] = models.Unit(name=name, sort=sort)
            session.add(by_name[name])
            fresh.add(name)
        by_name |= {alias: by_name[name] for alias in line.aliases if not _shareable(alias)}
    session.flush()
    changed = 0
    for line in lines:
        unit = by_name[plain(line.name)]
        before = (unit.parent_id, unit.region_id, tuple(others.get(unit.id, [])))
        if line.parent:
            unit.parent_id = by_name[plain(line.parent)].id
        if line.region:
            unit.region_id = regions[plain(line.region)].id
        more = [alias for alias in line.aliases if alias != unit.name and alias not in others.get(unit.id, [])]
        for alias in more:
            session.add(models.UnitAlias(unit_id=unit.id, name=alias))
        after = (unit.parent_id, unit.region_id, (*others.get(unit.id, []), *more))
        changed += after != before and plain(line.name) not in fresh
    session.flush()
    taken = Taken(len(fresh), changed, len(lines) - len(fresh) - changed, made_regions)
    details: dict[str, Any] = {"added": sorted(fresh), "changed": changed, "regions": made_regions}
    records.write(session, by, at, "unit.import", "unit", None, **details)
    return taken


def _faults(lines: Sequence[UnitLine], by_name: dict[str, models.Unit]) -> list[LineError]:
    errors: list[LineError] = []
    said: dict[str, UnitLine] = {}
    for line in lines:
        name = plain(line.name)
        if not name:
            errors.append(LineError(line.row, "名称", _("缺少单位名称。")))
            continue
        if len(name) > LONGEST_NAME or len(plain(line.parent)) > LONGEST_NAME:
            errors.append(LineError(line.row, "名称", _("名称过长，请不要超过200个字。")))
        if len(plain(line.region)) > LONGEST_REGION:
            errors.append(LineError(line.row, "地区", _("地区名称过长，请不要超过100个字。")))
        single = [alias for alias in line.aliases if not _shareable(alias)]
        for wanted, column in ((name, "名称"), *((alias, "别名") for alias in single)):
            first = said.setdefault(wanted, line)
            if first is not line:
                errors.append(
                    LineError(
                        line.row, column, _("“%(name)s”在第%(row)s行已经出现。"), {"name": wanted, "row": first.row}
                    )
                )
            owner, own = by_name.get(wanted), by_name.get(name)
            if column == "别名" and owner is not None and owner is not own:
                errors.append(
                    LineError(
                        line.row,
                        column,
                        _("“%(name)s”已是单位“%(unit)s”的名称或别名，请核对。"),
                        {"name": wanted, "unit": owner.name},
                    )
                )
            if len(wanted) > LONGEST_NAME:
                errors.append(LineError(line.row, column, _("名称过长，请不要超过200个字。")))
    for line in lines:
        parent = plain(line.parent)
        if parent and parent not in said and parent not in by_name:
            errors.append(
                LineError(line.row, "上级单位", _("找不到上级单位“%(name)s”，请核对名称。"), {"name": parent})
            )
    return errors or _circles(lines, by_name)


def _circles(lines: Sequence[UnitLine], by_name: dict[str, models.Unit]) -> list[LineError]:
    """A unit must not be above itself, over the parents of the sheet and those already there."""
    names = {unit.id: unit.name for unit in by_name.values()}
    above = {unit.name: names[unit.parent_id] for unit in by_name.values() if unit.parent_id is not None}

    in_sheet = {alias: plain(line.name) for line in lines for alias in line.aliases if not _shareable(alias)}

    def own_name(name: str) -> str:
        name = in_sheet.get(name, name)
        return by_name[name].name if name in by_name else name

    above |= {own_name(plain(line.name)): own_name(plain(line.parent)) for line in lines if line.parent}
    errors: list[LineError] = []
    for line in lines:
        name: str | None = own_name(plain(line.name))
        seen: set[str] = set()
        while name is not None and name not in seen and len(seen) <= DEEPEST:
            seen.add(name)
            name = above.get(name)
        if name is not None and name in seen:
            errors.append(LineError(line.row, "上级单位", _("上级单位绕回到了它自己，请核对。")))
        elif name is not None:
            errors.append(LineError(line.row, "上级单位", _("单位层级过深，最多12级。")))
    return errors
