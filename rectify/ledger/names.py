"""The unit names that a draft prints, matched to the units that are known: by name, by alias, by a person's choice.

How names are compared is `rules.unit_names`', which are collective `rules.collectives`'. A person's choice of units is a
list of ids: one, several for a collective name, none where the name is to be a unit of its own as printed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from rectify import models
from rectify.reading.draft import PlanDraft, Role, UnitDraft
from rectify.rules import collectives, unit_names

from .common import PERSONS, Refused, clean, insert_rows, key_of, short

LONGEST_NAME = 200
MOST_SUGGESTED = 4
DOING = ("lead", "responsible", "cooperating")

Choice = int | str | Sequence[int] | None
"""What was chosen for a printed name: units by id, [] for one of its own, nothing at all where nobody chose."""


@dataclass(frozen=True)
class Match:
    """What is known of a printed unit name: the units, and by its `name`, an `alias`, or "" where it is new."""

    printed: str
    units: Mapping[int, str]
    by: str = ""

    @property
    def unit_id(self) -> int | None:
        """The unit, None where there are none or several."""
        return next(iter(self.units)) if len(self.units) == 1 else None

    @property
    def unit_name(self) -> str:
        return "；".join(self.units.values())


@dataclass(frozen=True)
class Suggestion:
    """Units that a new name may mean; `sure` enough to be adopted at one stroke, else a hint."""

    units: Mapping[int, str]
    sure: bool

    @property
    def text(self) -> str:
        return "；".join(self.units.values())


class Register:
    """The units that are known, read once: their names, their aliases, the places they stand for."""

    def __init__(self, session: Session) -> None:
        unit, region = models.Unit, models.Region
        query = select(unit.id, unit.name, unit.active, unit.is_office, unit.parent_id, region.name.label("region"))
        rows = session.execute(query.outerjoin(region, region.id == unit.region_id).order_by(unit.sort, unit.id)).all()
        alias = models.UnitAlias
        self.names: dict[int, str] = {row.id: row.name for row in rows}
        self.by_name = {key_of(row.name): row.id for row in rows}
        self.by_alias: dict[str, list[int]] = defaultdict(list)
        self.aliases: dict[int, list[str]] = defaultdict(list)
        for unit_id, name in session.execute(select(alias.unit_id, alias.name).order_by(alias.id)):
            self.by_alias[key_of(name)].append(unit_id)
            self.aliases[unit_id].append(name)
        self.home: str = next((row.region for row in rows if row.is_office and row.region), "")
        self.regions = tuple(session.scalars(select(region.name).order_by(region.id)))
        self.in_use = [
            collectives.Known(row.id, row.name, "" if row.region in (None, self.home) else row.region, row.parent_id)
            for row in rows
            if row.active
        ]
        self._pools: dict[str, list[tuple[unit_names.UnitName, int]]] | None = None

    def match(self, name: str) -> Match:
        """By exact name, then by alias; width and blanks make no difference."""
        key = key_of(name)
        if key in self.by_name:
            return Match(name, self.told([self.by_name[key]]), "name")
        return Match(name, self.told(self.by_alias[key]), "alias") if key in self.by_alias else Match(name, {})

    def told(self, unit_ids: Iterable[int]) -> dict[int, str]:
        """Units with their names; one that is no more is left out."""
        return {unit_id: self.names[unit_id] for unit_id in unit_ids if unit_id in self.names}

    def members(self, collective: collectives.Collective) -> dict[int, str]:
        """The units in use that a collective name covers."""
        return self.told(collectives.members(collective, self.in_use, self.home, self.regions))

    def suggest(self, name: str) -> list[Suggestion]:
        """What a name that is not known may mean, several where they are equally like; never a unit out of use.

        党委、政府 of one place means both where both are units.
        """
        read = self._read(name)
        best: dict[int, float] = {}
        for known, unit_id in self._alike(read):
            score = unit_names.likeness(read, known)
            if score >= unit_names.FAINT and score > best.get(unit_id, 0.0):
                best[unit_id] = score
        most = max(best.values(), default=0.0)
        like = self.told(unit_id for unit_id in self.names if best.get(unit_id) == most)
        sure = most >= unit_names.SURE
        if not like or len(like) > MOST_SUGGESTED:
            return []
        if sure and read.organ == unit_names.BOTH and len({self._read(unit).places for unit in like.values()}) == 1:
            return [Suggestion(like, sure)]
        return [Suggestion({unit_id: unit}, sure) for unit_id, unit in like.items()]

    def _read(self, name: str) -> unit_names.UnitName:
        return unit_names.parse(name, self.home, self.regions)

    def _alike(self, read: unit_names.UnitName) -> Iterator[tuple[unit_names.UnitName, int]]:
        """The known names worth comparing: of the same place or level, or of the same organ somewhere else."""
        if self._pools is None:
            self._pools = defaultdict(list)
            for unit in self.in_use:
                for known in {self._read(name) for name in (unit.name, *self.aliases[unit.id])}:
                    for pool in self._pools_of(known):
                        self._pools[pool].append((known, unit.id))
        wanted = self._pools_of(read)
        if not read.places:
            wanted |= {"", *unit_names.LEVELS} if not read.level else {""}
        for pool in wanted:
            yield from self._pools.get(pool, ())

    @staticmethod
    def _pools_of(read: unit_names.UnitName) -> set[str]:
        return {read.places[-1] if read.places else read.level, f"={unit_names.office_of(read.organ)}"}


def printed_units(draft: PlanDraft) -> list[str]:
    """The unit names of a draft in their printed order, each once; leaders and persons are no units."""
    names: dict[str, None] = {}
    for unit in _units(draft):
        if unit.role not in PERSONS and clean(unit.name):
            names.setdefault(clean(unit.name))
    return list(names)


def _units(draft: PlanDraft) -> Iterator[UnitDraft]:
    for issue in draft.issues:
        yield from issue.units
        for measure in issue.measures:
            yield from measure.units


def match_units(session: Session, printed: Iterable[str]) -> list[Match]:
    """Printed names against the known ones, by exact name and then by alias. Three statements."""
    register = Register(session)
    return [register.match(name) for name in printed]


def chosen_ids(choice: Choice) -> list[int] | None:
    """The ids of a choice, None where nobody chose."""
    if choice is None or choice == "":
        return None
    return [int(choice)] if isinstance(choice, int | str) else [int(unit_id) for unit_id in choice]


def find_units(
    register: Register, printed: Iterable[str], mapping: Mapping[str, Choice], renamed: Mapping[str, str]
) -> dict[str, dict[int, str]]:
    """Every printed name's known units: those a person chose, else by exact name, by alias; none where it is new.

    Names that differ only in blanks or width are one. `renamed` are names that answers put right.
    """
    choices = {key_of(name): chosen_ids(choice) for name, choice in mapping.items()}
    found: dict[str, dict[int, str]] = {}
    for name in printed:
        chosen = choices.get(key_of(name))
        if chosen:
            found[name] = register.told(chosen)
            if len(found[name]) < len(set(chosen)):
                raise Refused("为“%(name)s”选择的单位已不存在，请重新选择。", name=short(name))
            continue
        matches = [register.match(spelled) for spelled in (renamed.get(name, name), name)]
        if chosen is not None:
            matches = [match for match in matches if match.by == "name"]
        found[name] = dict(next((match.units for match in matches if match.units), {}))
    return found


def resolve_units(
    session: Session, draft: PlanDraft, mapping: Mapping[str, Choice], renamed: Mapping[str, str]
) -> dict[str, list[int]]:
    """Every printed name's units as `find_units` finds them, new ones made; what a person chose becomes an alias."""
    register = Register(session)
    found = find_units(register, printed_units(draft), mapping, renamed)
    wanted: dict[str, list[str]] = defaultdict(list)
    for printed in (name for name, units in found.items() if not units):
        name = renamed.get(printed, printed)
        if len(name) > LONGEST_NAME:
            raise Refused("单位名称“%(name)s”超过200字，请在预览中为它选择一个已有单位。", name=short(name))
        wanted[key_of(name)].append(printed)
    names = [renamed.get(printed[0], printed[0]) for printed in wanted.values()]
    last = session.scalar(select(func.max(models.Unit.sort))) or 0
    rows = [{"name": name, "sort": last + n} for n, name in enumerate(names, 1)]
    made = dict(zip(wanted, insert_rows(session, models.Unit, rows), strict=True))
    _remember(session, register, found, mapping)
    resolved = {name: list(units) for name, units in found.items()}
    return resolved | {name: [made[key]] for key, printed in wanted.items() for name in printed}


def _remember(
    session: Session, register: Register, found: Mapping[str, Mapping[int, str]], mapping: Mapping[str, Choice]
) -> None:
    """A choice is a name's alias from now on. 有关县（市、区） means other units in the next plan, and is none."""
    choices = {key_of(name): chosen_ids(choice) for name, choice in mapping.items()}
    new: dict[tuple[str, int], dict[str, str | int]] = {}
    dropped: list[tuple[str, int]] = []
    for printed, units in found.items():
        key = key_of(printed)
        chosen = choices.get(key)
        collective = collectives.recognise(printed)
        if chosen is None or len(printed) > LONGEST_NAME or collective is not None and collective.some:
            continue
        wanted = [] if not chosen or list(units) == [register.by_name.get(key)] else list(units)
        had = register.by_alias.get(key, [])
        dropped += [(key, unit_id) for unit_id in had if unit_id not in wanted]
        new |= {(key, unit_id): {"name": printed, "unit_id": unit_id} for unit_id in wanted if unit_id not in had}
    _forget(session, set(dropped))
    insert_rows(session, models.UnitAlias, list(new.values()))


def _forget(session: Session, dropped: set[tuple[str, int]]) -> None:
    if dropped:
        alias = models.UnitAlias
        query = select(alias.id, alias.name, alias.unit_id).where(alias.unit_id.in_({unit for _, unit in dropped}))
        ids = [row.id for row in session.execute(query) if (key_of(row.name), row.unit_id) in dropped]
        session.execute(delete(alias).where(alias.id.in_(ids)))


def parts_of(units: Iterable[UnitDraft], resolved: Mapping[str, Sequence[int]]) -> list[tuple[int, str]]:
    """(unit, role) of an item's own units, a name of several units spread over them, each pair once.

    A unit that the item names by itself takes no second part in the work through a collective name. 各县（市、区）…（牵头）
    makes each of them lead only where no unit is named lead by itself; beside one they are responsible, so that an item
    has one lead and rankings count the units that the plan means.
    """
    printed = [
        (resolved[clean(unit.name)], unit.role) for unit in units if unit.role not in PERSONS and clean(unit.name)
    ]
    alone = {ids[0]: role for ids, role in printed if len(ids) == 1 and role in DOING}
    parts: dict[tuple[int, str], None] = {}
    for ids, role in printed:
        spread = len(ids) > 1
        given = "responsible" if spread and role == "lead" and "lead" in alone.values() else role
        for unit_id in ids:
            if not (spread and given in DOING and unit_id in alone):
                parts.setdefault((unit_id, given))
    return list(parts)


def rename_in_draft(draft: PlanDraft, printed: str, names: Sequence[str], role: Role | None = None) -> None:
    """A unit name that was misread, put right wherever it stands: other names, none, or another role (a person).

    Refused where the draft has no such name.
    """
    if printed not in printed_units(draft):
        raise Refused("文件中已没有“%(name)s”这个名称，请刷新页面。", name=short(printed))
    for issue in draft.issues:
        issue.units = _renamed(issue.units, printed, names, role)
        for measure in issue.measures:
            measure.units = _renamed(measure.units, printed, names, role)


def _renamed(units: Sequence[UnitDraft], printed: str, names: Sequence[str], role: Role | None) -> list[UnitDraft]:
    put: dict[tuple[str, Role], UnitDraft] = {}
    for unit in units:
        meant = unit.role not in PERSONS and clean(unit.name) == printed
        for new in [UnitDraft(name, role or unit.role) for name in names] if meant else [unit]:
            put.setdefault((clean(new.name), new.role), new)
    return list(put.values())
