"""How the name of a unit is put together (place or level, then organ), and how like two printed names are.

Pure text: which units there are is the ledger's business. Names of many units at once are `collectives`'.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

SURE: Final = 0.75
"""From here on a likeness may be proposed to a person; below it is a hint."""
FAINT: Final = 0.5

GOVERNMENT, PARTY, BOTH, ZONE, WHOLE = "政府", "委", "委政府", "管委会", ""
STANDING: Final = frozenset((GOVERNMENT, PARTY, BOTH, ZONE, WHOLE))
"""Organs that stand for a place as such; BOTH is 党委和政府 in one name, WHOLE a place named alone."""


@dataclass(frozen=True)
class UnitName:
    """A name taken apart: 云岭市青禾县住建局 → places (青禾县,), organ 住建局; 市住建局 → level 市.

    The installation's own city is the level, not a place. `organ` is shortened (人民政府 to 政府, 委员会 to 委).
    """

    level: str
    places: tuple[str, ...]
    organ: str


def plain(name: str) -> str:
    """A name without width, blanks and what it adds in brackets: what names are read by."""
    bare = "".join(unicodedata.normalize("NFKC", name).split())
    return re.sub(r"(?<=.)[(\[【][^()\[\]】]*[)\]】]", "", bare)


def split_names(line: str) -> list[str]:
    """Names in one line parted by 、，；, but not within brackets, nor the 党委、政府 of one place."""
    return re.split(r"[、，,；;](?![^（(]*[）)])(?!(?:人民)?政府(?:[、，,；;]|$))", line)


# --- a name taken apart ---

LEVELS: Final = "省市州盟县区旗镇乡"

_PARTY_PREFIX: Final = re.compile(r"^(?:中国共产党|中共)")
_PLACE: Final = re.compile(
    r"[^和与及、]{1,12}?(?:自治[州县旗]|开发区|产业园区|高新区|经开区|示范区|管理区|工业园|园区|新区|林区|街道(?!办)|街道(?=办事处|办)"
    r"|[省市州盟县区旗镇乡])"
)
_NO_PLACE: Final = re.compile(
    r"(?:城市|都市|城乡|城镇|村镇|乡镇|集镇|社区|地区|保护区|风景区|景区|山区|校区|牧区|库区|灾区|辖区|片区|城区|省市|市县|县市|市区|县区|区县)$"
)
_LEVEL: Final = re.compile(rf"^(?:全)?([{LEVELS}])(?![场村域容民县区直]|政(?!府|协|法))(?:级)?")
_DIRECT: Final = re.compile(r"^([省市州县区])直(?=机关|属)")
_ZONES: Final = (
    (re.compile(r"高新技术产业(?:开发区|园区)|高新技术(?:开发区|园区)"), "高新区"),
    (re.compile(r"经济技术开发区|经济开发区"), "经开区"),
)


def parse(name: str, home: str = "", regions: Sequence[str] = ()) -> UnitName:
    """Take a name apart. `home` is the installation's own city (云岭市), `regions` the places it knows by name."""
    return _parse(plain(name), home, tuple(regions))


@lru_cache(maxsize=16384)
def _parse(rest: str, home: str, regions: tuple[str, ...]) -> UnitName:
    rest = _PARTY_PREFIX.sub("", rest)
    level, rest = _level(rest, home, regions)
    places: list[str] = []
    while place := _place(rest, regions):
        places.append(place)
        rest = rest[len(place) :]
        if rest.startswith(place[-1]) and re.match(r".(?:委|人民政府|政府|人大|政协|纪委)", rest):
            rest = rest[1:]  # 甲县县委
    kept = tuple(_zone(place) for place in places)
    return UnitName("" if kept else level, kept, _organ(rest))


def _level(rest: str, home: str, regions: tuple[str, ...]) -> tuple[str, str]:
    if home and rest.startswith(home):
        return home[-1], _own_level(rest[len(home) :], home[-1])
    short = home[:-1]
    if len(short) > 1 and rest.startswith(short) and rest[len(short) : len(short) + 1] not in LEVELS:
        return home[-1], rest[len(short) :]
    if any(rest.startswith(region) for region in regions):
        return "", rest
    found = _DIRECT.match(rest) or _LEVEL.match(rest)
    return (found[1], rest[found.end(1 if "直" in found[0] else 0) :]) if found else ("", rest)


def _own_level(rest: str, level: str) -> str:
    return rest[1:] if re.match(rf"{level}(?:委|人民政府|政府|人大|政协|纪委)", rest) else rest


def _place(rest: str, regions: tuple[str, ...]) -> str:
    known = max((region for region in regions if rest.startswith(region)), key=len, default="")
    if known:
        return known
    found = _PLACE.match(rest)
    if (
        not found
        or _NO_PLACE.search(found[0])
        or len(found[0]) > 7
        and not found[0].endswith(("区", "园", "州", "县", "旗"))
    ):
        return ""
    return found[0]


def _zone(place: str) -> str:
    for pattern, short in _ZONES:
        place = pattern.sub(short, place)
    return place


def _organ(rest: str) -> str:
    rest = re.sub(r"管理委员会$", "管委会", rest)
    rest = re.sub(r"(?:有限责任|股份有限|有限)?公司$", "", rest) or rest
    rest = rest.replace("人民政府", "政府").replace("街道办事处", "街道办")
    rest = (
        re.sub(r"(?:党委|党工委|(?<!纪)工委|委员会)(?=$|[、和与及]|政府|管委会)", "委", rest)
        if rest != "管委会"
        else rest
    )
    rest = re.sub(r"办公室$", "办", rest)
    if re.fullmatch(r"委[、和与及,]?[省市州县区旗镇乡]?(?:政府|管委会|办事处)", rest):
        return BOTH
    if rest in ("街道办", "办事处"):
        return GOVERNMENT
    rest = re.sub(r"^委(?=.+[部办室委局院校会]$)", "", rest)  # 市委组织部
    return re.sub(r"(?<=.)[和与及、](?=.)", "", rest)


# --- offices that go by several names ---

_OFFICES: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    # (names in use, without 局 委 办 厅 at the end), (names before the reforms of 2018 and 2023)
    (("发展改革", "发改", "发展"), ("计划", "物价")),
    (("工业信息化", "工信", "经济信息化", "经信"), ("经济贸易", "经贸")),
    (("住房城乡建设", "住建", "住房建设"), ("城乡建设", "建设", "规划建设")),
    (("自然资源规划", "规划自然资源", "自然资源", "自规", "资规"), ("国土资源", "国土", "国土资源规划")),
    (("生态环境",), ("环境保护", "环保", "环境")),
    (
        (
            "城市管理",
            "城管",
            "城市管理综合执法",
            "城市管理综合行政执法",
            "城市管理行政执法",
            "综合行政执法",
            "城市管理执法",
        ),
        ("市容环境卫生管理",),
    ),
    (("交通运输", "交通"), ()),
    (("水利", "水务"), ()),
    (("农业农村",), ("农业", "农", "农牧", "农业畜牧")),
    (("林业草原", "林草", "林业"), ()),
    (("乡村振兴",), ("扶贫", "扶贫开发", "扶贫开发领导小组", "扶贫工作")),
    (("卫生健康", "卫健"), ("卫生计生", "卫计", "卫生计划生育", "卫生")),
    (("人力资源社会保障", "人社"), ("人事", "劳动社会保障")),
    (("医疗保障", "医保"), ()),
    (
        ("市场监督管理", "市场监管", "市监"),
        ("工商行政管理", "工商", "质量技术监督", "质监", "食品药品监督管理", "食药监"),
    ),
    (("应急管理", "应急"), ("安全生产监督管理", "安全监管", "安监")),
    (("文化旅游", "文旅", "文化广电旅游", "文广旅", "文化体育旅游", "文化广电体育旅游"), ("旅游", "文化", "文化广电")),
    (("教育", "教育体育", "教体"), ()),
    (("科学技术", "科技"), ()),
    (("国有资产监督管理", "国资", "国资监管"), ()),
    (("退役军人事务", "退役军人"), ()),
    (("民族宗教事务", "民族宗教", "民宗"), ()),
    (("机关事务管理", "机关事务", "机关事务服务"), ("机关事务管理服务",)),
    (("地方金融监督管理", "地方金融监管", "金融工作", "金融", "地方金融管理"), ()),
    (("政务服务数据管理", "政务服务管理", "政务服务", "政务数据"), ()),
    (("机构编制委员会", "编", "机构编制"), ()),
    (("督察整改工作领导小组", "整改工作领导小组", "整改领导小组", "整改"), ()),
    (("人大常委会", "人大", "人民代表大会常务委员会"), ()),
    (("政府",), ()),
)
_KEYS: Final[dict[str, tuple[int, bool]]] = {
    stem: (number, former)
    for number, (now, before) in enumerate(_OFFICES)
    for former, stems in ((False, now), (True, before))
    for stem in stems
}
_KIND: Final = re.compile(
    r"(?:局|厅|委|办|署|部|室|院|中心|总队|支队|大队|集团|协会|联合会|会|社|站|所|处|科|股|队|台|馆|校|学院|医院)$"
)
_BUREAUS: Final = frozenset("局厅委办署")
_DISCIPLINE: Final = re.compile(r"纪委监委|纪委|监委|纪律检查委员会|纪律检查委|监察委|监察委员会")


def likeness(one: UnitName, other: UnitName) -> float:
    """How surely two names mean one unit: from SURE on worth proposing, from FAINT on worth a hint, else 0.

    Units of different places or levels are never more than a hint.
    """
    where = _same_place(one, other)
    return where and round(where * _same_organ(one.organ, other.organ), 3)


def office_of(organ: str) -> str:
    """The same word for all the names that an office goes by: 环保局, 环境保护局 and 生态环境局."""
    stem, kind = _split(organ)
    return _OFFICES[_KEYS[stem][0]][0][0] if kind in _BUREAUS and stem in _KEYS else organ


def _same_place(one: UnitName, other: UnitName) -> float:
    if one.places and other.places:
        short, long = sorted((one.places, other.places), key=len)
        if long[-len(short) :] == short:
            return 1.0 if len(short) == len(long) else 0.95
        return 0.6 if len(short) == len(long) and long[:-1] == short[:-1] and _near(short[-1], long[-1]) else 0.0
    if one.places or other.places:
        placed, level = (one, other.level) if one.places else (other, one.level)
        return 0.6 if level in ("", placed.places[-1][-1]) else 0.0
    if one.level == other.level:
        return 1.0
    return 0.9 if "" in (one.level, other.level) else 0.0


def _near(one: str, other: str) -> bool:
    """青河县 and 青禾县: one may be a slip of the pen for the other; 甲县 and 乙县 are not."""
    if len(one) != len(other) or one[-1] != other[-1] or len(one) < 3:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _same_organ(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if one in STANDING or other in STANDING:
        return _same_standing(one, other) if one in STANDING and other in STANDING else 0.0
    if _DISCIPLINE.fullmatch(one) and _DISCIPLINE.fullmatch(other):
        return 0.95
    (stem, kind), (other_stem, other_kind) = _split(one), _split(other)
    alike_kind = kind == other_kind or kind in _BUREAUS and other_kind in _BUREAUS
    key, other_key = _KEYS.get(stem), _KEYS.get(other_stem)
    if alike_kind and kind in _BUREAUS and key and other_key and key[0] == other_key[0]:
        return 0.85 if key[1] or other_key[1] else 1.0
    if alike_kind and stem and other_stem:
        short, long = sorted((stem, other_stem), key=len)
        if stem == other_stem:
            return 0.9
        if key is None or other_key is None:
            if _abbreviates(short, long):
                return 0.8
            if len(short) > 1 and long.startswith(short):
                return 0.6
        else:
            return 0.0  # both well known, and two different offices
    return 0.6 if difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() >= 0.75 else 0.0


def _same_standing(one: str, other: str) -> float:
    pair = {one, other}
    if BOTH in pair or pair == {GOVERNMENT, ZONE}:
        return 0.85
    if WHOLE in pair:
        return 0.9 if PARTY not in pair else 0.8
    return 0.0


def _split(organ: str) -> tuple[str, str]:
    found = _KIND.search(organ)
    return (organ[: found.start()], found[0]) if found and found.start() else (organ, "")


def _abbreviates(short: str, long: str) -> bool:
    """发改 of 发展改革: the first character, the others in order, and not merely its beginning (农业 of 农业机械管理)."""
    if len(short) < 2 or short[0] != long[0] or long.startswith(short):
        return False
    rest = iter(long)
    return all(char in rest for char in short)


# --- names that are none ---

_SURNAMES: Final = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖"
    "邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_ORGANISED: Final = re.compile(
    r"(?:局|委|办|厅|府|部|会|心|司|院|队|站|所|社|处|科|股|室|镇|乡|道|县|市|区|州|校|团|组|行|厂|旗|盟|村|庭|关|台|馆|园|署|场|矿|办公室"
    r"|集团|单位|部门|机构|企业|支部|政协|人大|省|中学|小学|公安|法院|公司|银行|工会|层|线|班|专班|库|港|中队|铁路|电网|电力)$"
)
_POST: Final = re.compile(
    r"(?:负责同志|负责人|责任人|同志|书记|局长|厅长|主任|县长|区长|市长|省长|镇长|乡长|部长|处长|科长|股长|院长|经理|董事长|组长|队长|站长|所长|校长|主席"
    r"|秘书长|调研员|专员)(?:$|[(、:])|^(?:书记|局长|主任|县长|区长|市长|镇长|副\w长)|1[3-9]\d{9}"
)
_STOPS: Final = re.compile(r"[。！？；;!?]|\d{4}年|\d+月")
_CLAUSE: Final = re.compile(
    r"^(?:并|且|及|和|以及|对|将|按|按照|根据|由于|通过|加快|加强|推进|完成|落实|开展|建立|督促|严格|进一步|确保|全面|组织|负责|制定)"
    r"|(?:的|前|后|并|了|等工作|到位|完成|落实|整改|制度|机制|工作)$"
)


def doubt(name: str) -> str:
    """ "person" or "fragment" where a printed unit name reads like a person or like a piece of a sentence, else ""."""
    bare = "".join(unicodedata.normalize("NFKC", name).split())
    without = plain(bare)
    if _POST.search(bare):
        return "person"
    if 2 <= len(without) <= 3 and without[0] in _SURNAMES and not _ORGANISED.search(without):
        return "person"
    if re.fullmatch(r"[一-龥](?:某|某某|××|xx|XX)", without):
        return "person"
    organised = _ORGANISED.search(without) is not None
    longest = max(map(len, re.split(r"[、,]", without)))
    broken = sum(map(str.isalpha, without)) < 2 or bare.count("(") != bare.count(")") or _STOPS.search(without)
    clause = _CLAUSE.search(without) and not (organised and longest <= 12)  # 组织部
    return "fragment" if broken or clause or longest > (30 if organised else 16) else ""
