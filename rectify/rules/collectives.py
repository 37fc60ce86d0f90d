"""Names that stand for many units: 各县（市、区）党委、政府; 各园区、镇（街道）; 市直有关部门 (domain.md d.3).

Recognised by their words alone; `members` then says which of the units in use such a name covers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .unit_names import BOTH, GOVERNMENT, PARTY, STANDING, SURE, WHOLE, ZONE, UnitName, likeness, parse

COUNTIES, ZONES, TOWNS, DEPARTMENTS, ANY = "counties", "zones", "towns", "departments", "any"


@dataclass(frozen=True)
class Collective:
    """What a name covers: kinds of places, or departments, and the organ of each ("" the place as a whole).

    `kinds` are the endings of the counties meant (县, 市, 区), `level` that of departments: 市 of 市直各部门. `some`: 有关、相关, a mere 各单位: who is meant changes from item to item, so that nobody can be proposed, and what a
    person chooses holds for the one plan only.
    """

    scopes: tuple[str, ...]
    organ: str
    some: bool
    kinds: tuple[str, ...] = ()
    level: str = ""


@dataclass(frozen=True)
class Known:
    """A unit in use. `region` is its region's name, "" where it has none or that of the installation itself."""

    id: int
    name: str
    region: str = ""
    parent_id: int | None = None


_KINDS: Final = (
    (ZONES, r"(?:工业|产业)?园区|开发区|功能区|新区|高新区|经开区|管理区|示范区"),
    (TOWNS, r"乡镇|镇乡|乡(?!村)|镇|街道|苏木"),
    (ANY, r"行政村|村(?!镇)|社区"),
    (COUNTIES, r"直管市|林区|县|市(?!场|民|政(?!府|协))|区(?!域)|旗|州|盟"),
)
_PLACE: Final = "(?:" + "|".join(f"(?:{words})" for _, words in _KINDS) + ")"
_STANDING: Final = r"(?:党委|党工委|工委|党组|委员会|人民政府|政府|管委会|管理委员会|办事处|人大|政协|纪委监委|纪委|监委|两委|党支部|支部|委)"
_ORGAN: Final = rf"(?:{_STANDING}|[一-龥]{{1,12}}(?:局|办|办公室|部|中心))"
_AND: Final = r"(?:、|和|与|及|以及|或|,|;|/)?"
_EVERY: Final = r"(?:各有关|各相关|各级|各涉及|各|所有|全体|有关|相关|涉及|部分|其他有关|其他相关|其他|其它)"
_WHOSE: Final = r"(?:全?[省市州盟县区旗]|本[省市州县区])?"
_BODY: Final = r"(?:(?:职能|成员|责任|牵头|配合|帮扶|督导|主管|行业主管|业务主管|行业|直属|企事业)?(?:部门|单位)|机关|(?:国有)?企业|(?:内设|直属)机构|科室|股室|委办局|党组织)"
_DIRECT: Final = r"(?:[省市州盟县区旗](?:直属|直|级|属)(?:机关|单位)?)"
_OF_PLACES: Final = re.compile(
    rf"{_WHOSE}{_EVERY}(?P<places>{_PLACE}(?:{_AND}(?:各)?{_PLACE})*)(?P<organs>{_ORGAN}(?:{_AND}{_ORGAN})*)?"
)
_OF_KINDS: Final = re.compile(rf"(?P<places>{_PLACE}(?:{_AND}{_PLACE})+)(?P<organs>{_STANDING}(?:{_AND}{_STANDING})*)")
_OF_BODIES: Final = re.compile(rf"(?:{_DIRECT}{_EVERY}?|{_WHOSE}{_EVERY}){_EVERY}?{_BODY}(?:{_AND}{_EVERY}?{_BODY})*")
_OF_LEVELS: Final = re.compile(rf"{_WHOSE}各级(?:{_STANDING}(?:{_AND}{_STANDING})*|党政机关)")
_SOME: Final = re.compile(r"有关|相关|涉及|部分|其他|其它|责任|牵头|配合|帮扶|督导")


def recognise(name: str) -> Collective | None:
    """What a printed name covers where it stands for many units, None where it is the name of one (各界联合会)."""
    pieces = re.split(r"(?<=.)[、和与及](?=各|有关|相关|[省市县区州]直)", _flat(name))
    found = [_recognised(piece) for piece in pieces]
    whole = [one for one in found if one is not None]
    if len(whole) < len(pieces):
        return None
    scopes = tuple(dict.fromkeys(scope for one in whole for scope in one.scopes))
    organ = next((one.organ for one in reversed(whole) if one.organ), WHOLE)
    kinds = tuple(dict.fromkeys(kind for one in whole for kind in one.kinds))
    level = next((one.level for one in whole if one.level), "")
    return Collective(scopes, organ, any(one.some for one in whole) or ANY in scopes, kinds, level)


def _flat(name: str) -> str:
    """县（市、区） → 县市区: the brackets make no difference."""
    bare = "".join(unicodedata.normalize("NFKC", name).split())[:100]
    return re.sub(r"\(([^()]{1,12})\)", lambda found: re.sub("[、,/]", "", found[1]), bare)


def _recognised(piece: str) -> Collective | None:
    if found := _OF_PLACES.fullmatch(piece) or _OF_KINDS.fullmatch(piece):
        scopes, kinds = _scopes(found["places"])
        return Collective(scopes, _organ(found["organs"] or ""), bool(_SOME.search(piece)), kinds)
    if _OF_BODIES.fullmatch(piece):
        level = piece.removeprefix("全")[0]
        scope = DEPARTMENTS if level in "省市州盟县区旗" else ANY
        return Collective((scope,), WHOLE, bool(_SOME.search(piece)), level=level if scope == DEPARTMENTS else "")
    return Collective((ANY,), WHOLE, True) if _OF_LEVELS.fullmatch(piece) else None


def _scopes(places: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds of places, and the endings of the counties among them."""
    found: list[str] = []
    kinds: tuple[str, ...] = ()
    for scope, words in _KINDS:
        said = re.findall(words, places)
        places = re.sub(words, "|", places)
        found += [scope] * bool(said)
        if scope == COUNTIES:
            kinds = tuple(dict.fromkeys(word if word == "林区" else word[-1] for word in said))
    order = (COUNTIES, ZONES, TOWNS, ANY)
    return tuple(sorted(found, key=order.index)), kinds


def _organ(organs: str) -> str:
    """党委 and 政府 of a place, in whatever words, or the one office that each of them has."""
    organ = parse(organs).organ
    if re.fullmatch(r"(?:党委|党工委|工委|委|党组|党?支部|两委)", organs):
        return PARTY
    if re.fullmatch(rf"(?:{_STANDING}{_AND})+", organs) and re.search("政府|管委会|管理委员会|办事处", organs):
        return BOTH if re.search("党|工委|^委", organs) else GOVERNMENT
    return organ


# --- which units such a name covers ---


def members(collective: Collective, units: Iterable[Known], home: str = "", regions: Sequence[str] = ()) -> list[int]:
    """The ids of the units in use that a collective name covers, in the order of `units`; of ANY scope none.

    党委、政府 takes both of a place where both are units, else the one there is; a place as a whole is its government.
    A department of the installation stands in no region but its own, and below no other.
    """
    read = [(unit, parse(unit.name, home, regions)) for unit in units]
    organs = {unit.id: name.organ for unit, name in read}
    found = []
    for unit, name in read:
        scope = _scope(unit, name, organs.get(unit.parent_id or 0, GOVERNMENT))
        if scope in collective.scopes and _has_part(collective, scope, name):
            found.append((unit.id, name))
    if collective.organ != WHOLE:
        return [unit_id for unit_id, _ in found]
    governed = {name.places for _, name in found if name.organ != PARTY}
    return [unit_id for unit_id, name in found if name.organ != PARTY or name.places not in governed]


def _scope(unit: Known, name: UnitName, above: str) -> str:
    if not name.places:
        own = not unit.region and above in STANDING and name.organ not in STANDING
        return DEPARTMENTS if own and not unit.name.endswith("公司") else ""
    place = name.places[-1]
    if place.endswith(("镇", "乡", "街道", "苏木")):
        return TOWNS
    if place.endswith(("园", "园区", "开发区", "高新区", "经开区", "新区", "示范区", "管理区")) or name.organ == ZONE:
        # 浦东新区人民政府, and a zone that is a region of its own, rank as counties
        return COUNTIES if place == unit.region or name.organ == GOVERNMENT else ZONES
    return COUNTIES if unit.region or name.organ in STANDING else ""


def _has_part(collective: Collective, scope: str, name: UnitName) -> bool:
    if scope == DEPARTMENTS:
        return name.level in ("", collective.level)
    if scope == COUNTIES and not name.places[-1].endswith(collective.kinds):
        return False
    if collective.organ in STANDING:
        parts = {
            GOVERNMENT: (GOVERNMENT, ZONE, BOTH, WHOLE),
            PARTY: (PARTY, BOTH, WHOLE),
        }.get(collective.organ, tuple(STANDING))
        return name.organ in parts
    return likeness(UnitName("", name.places, collective.organ), name) >= SURE
