"""A cell or label of units → the units in it, with their roles: 甲市、乙市党委和人民政府；省水务厅（牵头）.
Matching the names to known units is the ledger's business; which label means which role is in `labels`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rectify.reading.draft import Role, UnitDraft
from rectify.rules.numerals import marker

_NOTHING: Final = re.compile(r"[\s\-—－–―/／\\.。*]*(?:无|暂无|/)?[\s\-—－–―/／\\.。*]*")
_ORGAN: Final = (
    r"(?:党委|党工委|党组|党支部|党总支|人民政府|政府|管委会|管理委员会|人大|政协|纪委监委|纪委|监委"
    r"|办事处|村委会|居委会|指挥部)"
)
_JOIN: Final = r"(?:、|和|与|及|，)"
_SUFFIX: Final = re.compile(rf"(?P<organ>{_ORGAN}(?:{_JOIN}?{_ORGAN})*)$")
_ORGAN_ALONE: Final = re.compile(rf"{_ORGAN}(?:(?:和|与|及)?{_ORGAN})*")
_PERSON_SUFFIX: Final = re.compile(
    r"(?:党政|单位|部门)?(?:党委)?(?:主要|分管|有关|相关)*(?:负责同志|负责人|领导同志|领导|责任人)$|(?:主要|分管)(?:局长|主任|县长|区长|镇长)$"
)
_BARE_PLACE: Final = re.compile(
    r"[^各相有市直省县]?.{0,9}(?:市|县|区|州|旗|盟|镇|乡|街道|村|社区|林区|园区|新区|开发区|高新区|经开区|示范区|管理区)"
)
_GENERIC: Final = re.compile(
    r"(?:各)?(?:省|市|州|县|区|旗|盟|直管市|林区|园区|乡|镇|街道|乡镇|县市|县区|市区|县市区|市州|开发区|功能区|管委会|部门|单位|村|社区)"
    r"(?:[（(][^（()）]{1,12}[)）])?"
)
_LEVEL_GOVERNMENT: Final = re.compile(r"(?P<level>[省市县区州旗])(?:委)?(?:、|和)?(?P=level)?(?:人民)?政府")
_ROLE_NOTE: Final = re.compile(
    r"[（(](?P<note>(?:总)?牵头(?:单位|部门|负责|责任单位)?|主办(?:单位)?|主责(?:单位)?|责任单位|配合(?:单位|部门)?|协办(?:单位)?|协助(?:单位)?"
    r"|督导(?:单位)?|督办(?:单位)?|验收(?:单位)?)[)）]"
)
_NOTE_ROLES: Final[tuple[tuple[str, Role], ...]] = (
    ("牵头", "lead"),
    ("主办", "lead"),
    ("配合", "cooperating"),
    ("协", "cooperating"),
    ("督", "supervising"),
    ("验收", "acceptance"),
    ("责", "responsible"),
)
_TAIL: Final = re.compile(
    r"(?:等(?:单位|部门|有关单位|有关部门|相关单位|相关部门)?)?(?:，)?(?:按照?(?:各自)?职责(?:分工)?|按分工|分别|共同|具体)(?:分工)?(?:负责|落实|配合)?$"
)
_ORGANISATION_END: Final = re.compile(
    r"(?:局|委|办|厅|府|部|会|心|司|院|队|站|所|社|处|科|股|室|镇|乡|道|县|市|区|州|校|团|组|行|厂|旗|盟|村|庭|中队|分局|关|台|馆)$"
)
_PEOPLE: Final = frozenset({"person", "leader"})
_TELEPHONE: Final = re.compile(r"[（(]?(?:(?:联系)?电话|手机)?[:：]?\s?(?<!\d)\+?\d[\d\-—－]{5,16}\d(?!\d)[）)]?")
# 市委常委、副市长: one person of two posts.
_TWO_POSTS: Final = re.compile(
    r"((?:^|(?<=[，,；;。、\s]))[省市县区州]?委?(?:常委|副书记|书记|党组书记|党组副书记|党组成员))、"
    r"([^、，；;\s某]{1,12}(?:长|主任|主席|书记)(?:$|(?=[、，,；;\s])))"
)
_OWN: Final = re.compile(r"(?:牵头单位|责任单位|配合单位|主办单位)?[:：]")


def split(text: str, role: Role) -> list[UnitDraft]:
    """The units in `text`, each as printed, a suffix shared by several names given to each.

    （牵头） behind a name makes its role lead and is taken off; 甲局牵头，乙局配合 gives the roles it says.
    各县（市、区）党委、政府 stays one unit.
    """
    return list(_split(text[:4000], role))


_PERSON: Final = re.compile(r"(?:^|(?<=[\s、，,；;/／（(]))([\u4e00-\u9fff]{2,3})(?=$|[\s、，,；;/／）)。])")


def split_people(text: str, role: Role, people: Role) -> list[UnitDraft]:
    """A cell of units and the people in them: 县水利局 王某某; 县环保局（李某）."""
    named = [name for name in _PERSON.findall(text[:4000]) if not _ORGANISATION_END.search(name)]
    rest = re.sub(r"[（(][\s、，,]*[)）]", "", _PERSON.sub(lambda m: "" if m[1] in named else m[0], text))
    return [*split(rest.strip(" 、，,；;/／\n"), role), *(UnitDraft(name, people) for name in dict.fromkeys(named))]


@lru_cache(maxsize=4096)
def _split(text: str, role: Role) -> tuple[UnitDraft, ...]:
    units: list[tuple[str, Role]] = []
    if role in _PEOPLE:
        text = _TWO_POSTS.sub("\\1\x01\\2", _TELEPHONE.sub(" ", text))
    text = _BY.sub("", text)
    for piece, piece_role in _by_verb(text, role):
        for group in _groups(piece, piece_role):
            for name, own in _group(group, piece_role):
                name = name.strip(" 　:：。.；;，,、/／*★☆▲△●").replace("\x01", "、")
                if name and not _NOTHING.fullmatch(name) and (name, own) not in units:
                    units.append((name, own))
    return tuple(UnitDraft(name, own) for name, own in units)


_BY: Final = re.compile(r"(?:^|(?<=[，。；;\n]))\s*由(?=[\u4e00-\u9fff]{2})")
_TOGETHER: Final = re.compile(
    r"(?P<who>[^，。；;\n]{2,40}?)(?:会同|联合|商)(?P<others>[^，。；;\n]{2,80}?)(?:按照?职责(?:分工)?)?(?:共同)?(?:负责|落实|办理|承办|组织|实施|推进)*[。；;]?\s*"
)
_VERB: Final = re.compile(
    r"(?:由)?(?P<who>[^，。；;\n:：]{2,120}?)(?P<verb>(?:按照?(?:各自)?职责(?:分工)?)?(?:分别|共同)?(?:牵头|主办)(?:负责|落实|组织实施)?|(?:配合|协办|协助)(?:落实|做好)?|督导|督办|验收|具体负责|负责落实|负总责)(?=[，、。；;\n]|$)"
)
_VERB_ROLES: Final[tuple[tuple[str, Role], ...]] = (
    ("牵头", "lead"),
    ("主办", "lead"),
    ("配合", "cooperating"),
    ("协", "cooperating"),
    ("督", "supervising"),
    ("验收", "acceptance"),
)


def _by_verb(text: str, role: Role) -> list[tuple[str, Role]]:
    """市水利局牵头，市财政局、各县区政府配合 → parts with their roles; anything else is one part."""
    together = _TOGETHER.fullmatch(text)
    if together and role not in _PEOPLE and _ORGANISATION_END.search(together["who"]):
        return [(together["who"], "lead"), (together["others"], "cooperating")]
    matches = [match for match in _VERB.finditer(text) if not match["who"].endswith(("（", "("))]
    if role in _PEOPLE or not matches:
        return [(text, role)]
    parts: list[tuple[str, Role]] = []
    at = 0
    for match in matches:
        before = text[at : match.start()].strip("，、。；; \n")
        if before:
            parts.append((before, role))
        own = next((r for word, r in _VERB_ROLES if word in match["verb"]), role)
        parts.append((match["who"].removeprefix("由").lstrip("，、 "), own))
        at = match.end()
    rest = text[at:].strip("，、。；; \n")
    return [*parts, (rest, role)] if rest else parts


def _split_outside(text: str, separators: str) -> list[str]:
    """Splits at `separators` that stand outside brackets."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char in "（([【":
            depth += 1
        elif char in "）)]】":
            depth = max(0, depth - 1)
        elif char in separators and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


# 市水利局/市财政局; 1.市水利局2.市财政局; a note on who of them leads.
_SLASH: Final = re.compile(r"(?<=[局委办厅府会部院队心])\s?[/／]\s?(?=[\u4e00-\u9fff]{2})")
_NUMBERED: Final = re.compile(r"(?<=[局委办厅府会部院队心])(?=\d{1,2}[.．、][\u4e00-\u9fff]{2})")
_FIRST_LEADS: Final = re.compile(
    r"[（(](?:注[:：])?[^（()）]{0,8}(?:第一|首位|排名|打[*★])[^（()）]{0,12}牵头[^（()）]{0,6}[)）]"
)


def _groups(text: str, role: Role) -> list[str]:
    groups: list[str] = []
    text = _FIRST_LEADS.sub("", text)
    text = _SLASH.sub("、", _NUMBERED.sub("；", text))
    for line in _split_outside(text, "，,；;。\n\t\r"):
        found = marker(line.strip())
        line = line.strip()[found.end :] if found else line.strip()
        groups.extend(_at_spaces(line, role))
    joined: list[str] = []
    for group in groups:
        if joined and _ORGAN_ALONE.fullmatch(group):  # 各乡（镇）党委，政府
            joined[-1] += "、" + group
        elif group:
            joined.append(group)
    return joined


def _at_spaces(line: str, role: Role) -> list[str]:
    """A space divides units only where an organisation's name could end before it, people where names are whole."""
    words = line.replace("\u3000", " ").split()
    if len(words) < 2:
        return words
    if role in _PEOPLE:
        if all(len(word) == 1 for word in words[:2]):  # 刘　某: one name, spaced out
            return ["".join(words)]
        return words if all(2 <= len(word) <= 4 for word in words) else [" ".join(words)]
    parts = [words[0]]
    for word in words[1:]:
        note = _ROLE_NOTE.fullmatch(word)
        if (
            not note
            and _ORGANISATION_END.search(_ROLE_NOTE.sub("", parts[-1]))
            and len(parts[-1]) > 1
            and len(word) > 2
        ):
            parts.append(word)
        else:
            parts[-1] += word
    return parts


def _group(group: str, role: Role) -> list[tuple[str, Role]]:
    """The units of one group (between ， or ；), where 、 divides and a last suffix may be shared."""
    group = _TAIL.sub("", group)
    if role not in _PEOPLE:
        group = re.sub(r"(?<=[局委办厅府会队站所院部校室团])(?:负责|承办|落实)$", "", group)
    group = re.sub(r"(?<=[局委办厅会府中心])等(?:\d+个)?(?:有关|相关)?(?:单位|部门)?$", "", group)
    prefix = re.match(r"(牵头|主办|配合|责任|协办|督导|验收)(?:单位|部门)?[:：]", group)
    if prefix:
        role = next((r for key, r in _NOTE_ROLES if prefix[1].startswith(key)), role)
        group = group[prefix.end() :]
    tokens = [token.strip() for token in _split_outside(group, "、") if token.strip()]
    tokens = [part for token in tokens for part in _at_and(token)]
    merged: list[str] = []
    for token in tokens:
        bare = _ROLE_NOTE.sub("", token)
        before = merged[-1] if merged else ""
        person = _PERSON_SUFFIX.search(bare)
        organ = bare[: person.start()] if person else bare
        if before and _ORGAN_ALONE.fullmatch(organ) and not _ROLE_NOTE.search(before):
            merged[-1] = f"{before}、{token}"  # 党委、政府
        elif before and _same_level(before, organ) or _all_generic(before) and _generic_tail(organ):
            merged[-1] = f"{before}、{token}"  # 甲县县委、县政府; 各市、州、林区党委和人民政府
        else:
            merged.append(token)
    noted = [_noted(token, role) for token in merged]
    return _shared(noted) if len(noted) > 1 else noted


def _all_generic(names: str) -> bool:
    return names.startswith("各") and all(_GENERIC.fullmatch(name) for name in _split_outside(names, "、"))


def _generic_tail(token: str) -> bool:
    organ = _SUFFIX.search(token)
    stem = token[: organ.start()] if organ else token
    return bool(stem) and bool(_GENERIC.fullmatch(stem)) and not stem.startswith("各")


def _same_level(before: str, token: str) -> bool:
    """甲县县委 + 县政府, 市委 + 市政府: the two halves of one pair."""
    match = re.fullmatch(r"([省市县区州旗])(?:人民)?政府", token)
    return bool(match) and bool(re.search(rf"{match[1] if match else ''}委$", before)) and len(before) <= 8


_AND: Final = re.compile(r"(?<=[局厅办会司心府室院队])(?:和|与|及|以及)(?=[省市县区州各甲-癸].{2,})")


def _at_and(token: str) -> list[str]:
    if _SUFFIX.search(token) and not re.search(r"(?:局|厅|办|中心|政府)(?:和|与|及)[^政党人管]", token):
        return [token]
    return [part for part in _AND.split(token) if part]


def _noted(token: str, role: Role) -> tuple[str, Role]:
    note = _ROLE_NOTE.search(token)
    if note is None:
        return token, role
    name = (token[: note.start()] + token[note.end() :]).strip()
    if role not in ("responsible", "lead", "cooperating"):
        return name, role
    return name, next((r for key, r in _NOTE_ROLES if key in note["note"]), role)


def _shared(units: list[tuple[str, Role]]) -> list[tuple[str, Role]]:
    """Gives the suffix of the last name to the names before it that lack one."""
    last, _ = units[-1]
    person = _PERSON_SUFFIX.search(last)
    ending = person[0] if person and person.start() else ""
    stems = [name[: -len(ending)] if ending and name.endswith(ending) else name for name, _ in units]
    for end in range(len(stems) - 1, 0, -1):
        organ = _SUFFIX.search(stems[end])
        place = stems[end][: organ.start()] if organ else ""
        if organ is None or not _BARE_PLACE.fullmatch(place) or place.startswith(("各", "相关", "有关")):
            continue
        for at in range(end - 1, -1, -1):
            if not _BARE_PLACE.fullmatch(stems[at]) or stems[at].startswith("各"):
                break
            stems[at] += organ["organ"]
    named = []
    for (name, role), stem in zip(units, stems, strict=True):
        own = _PERSON_SUFFIX.search(name)
        named.append(
            (
                stem
                if own and name == stem and not ending
                else stem + ("" if own and not name.endswith(ending) else ending),
                role,
            )
        )
    return named
