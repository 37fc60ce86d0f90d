"""Cutting lines: labels in running text, numbered items, trailing parentheses, page residue.
What the pieces mean together is decided in `text` and `assemble`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from rectify.reading.draft import Role
from rectify.reading.labels import CORE, Label, classify, squeeze
from rectify.reading.raw import RawMeasure, Value
from rectify.rules.deadlines import parse
from rectify.rules.numerals import HAN_NUMBER, HAN_SIGNS, Marker, marker, normalise

LONGEST_LINE: Final = 100_000
OUTLINE: Final = frozenset({"han、", "(han)", "[han]", "1.", "1、", "(1)", "[1]", "dash", "第一项", "①"})
_PAGE: Final = re.compile(
    r"[\s\-—－–·]*(?:第\s?)?\d{1,4}\s?(?:页)?[\s/／共]*(?:\d{1,4}\s?页)?[\s\-—－–·]*|-?\s?\d{1,4}\s?-|—\s?\d{1,4}\s?—"
)
_RULE: Final = re.compile(r"[-—－=＝*_~·.…#]{3,200}")  # a line drawn across
_LEADING_PAGE: Final = re.compile(r"[-—–－]\s?\d{1,4}\s?[-—–－](?=[（(一二三四五六七八九十1-9①第整责])")
_RESIDUE: Final = re.compile(
    r"^(?:扫一扫[^。；]{0,16}$|【?(?:打印|关闭|字体|分享|收藏|返回|扫一扫|上一篇|下一篇|首页|当前位置|您的位置|发布时间|发布日期|浏览次数|点击(?:数|量)|访问量|责任编辑|编辑|版权所有|主办单位?[:：].*ICP|网站地图|来源[:：]\S{0,20}(?:网|报|社|办)\s*$)"
    r"(?:[:：\s】>|本页窗口到字号大中小]|$))"
)


_PAGE_NUMBER: Final = re.compile(
    r"[-—－–·]{1,2}\s?\d{1,4}\s?[-—－–·]{1,2}|第\s?\d{1,4}\s?页(?:[\s,，/]*共\s?\d{1,4}\s?页)?|\d{1,4}\s?[/／]\s?\d{1,4}"
)
# 湟水市人民政府公报 2023年第9期: a gazette's name with its issue, at the top of a page.
_MASTHEAD: Final = re.compile(
    r"[^，。；：:、]{2,30}(?:公报|简报|通讯|文件汇编)?\s*20\d{2}\s?年\s?(?:第\s?\d{1,3}\s?[期号]|\d{1,2}月\s?第\s?\d{1,3}\s?期)"
)


@dataclass(slots=True)
class Piece:
    """A labelled value (`label`) or a paragraph. `text` is without marker, label and trailing parenthesis; `printed`
    with its marker; `heading` says that a label stood alone or carried a number of its own."""

    line: int
    text: str
    label: Label | None = None
    marker: Marker | None = None
    printed: str = ""
    label_text: str = ""
    heading: bool = False
    brackets: list[Value] = field(default_factory=list)
    measures: list[RawMeasure] = field(default_factory=list)


def is_residue(line: str) -> bool:
    """Page numbers and what a web page leaves around its text."""
    return bool(_PAGE.fullmatch(line) or _RULE.fullmatch(line) or _RESIDUE.match(line))


def is_leftover(line: str) -> bool:
    """What a page leaves around its text and no cell of a table says: 打印本页, 上一篇：…, — 3 —; not 3, not ——."""
    return bool(_RESIDUE.match(line)) or line[:1] in "-—－–·" and bool(_PAGE_NUMBER.fullmatch(line))


def of_pages(lines: list[str]) -> set[int]:
    """Where the lines stand that a paper prints on every page: page numbers, and beside at least two of them the same
    line but for its digits (湟水市人民政府公报 2023年第9期), also where the page's number is in that line."""
    texts = [" ".join(line.split()) for line in lines]
    filled = [at for at, text in enumerate(texts) if text]
    numbers = {at for at in filled if _PAGE_NUMBER.fullmatch(texts[at])}
    found = numbers | {at for at in filled if _MASTHEAD.fullmatch(texts[at])}
    beside: dict[str, set[int]] = {}
    for place, at in enumerate(filled):
        near = filled[max(0, place - 2) : place + 3]
        whole = texts[at]
        if at in numbers or marker(whole) is not None or whole.endswith(("。", "；", "：", ":")) or label_spots(whole):
            continue
        if numbers & set(near):
            beside.setdefault(re.sub(r"\d+", "0", whole), set()).add(at)
    for places in beside.values():
        if len(places) > 1:
            found |= places
    return found


_PAGE_FACT: Final = (
    r"(?:信息来源|文章来源|来源|作者|发布时间|发布日期|发稿时间|时间|日期|浏览次数|浏览量|点击数|阅读次数|访问量|字体|字号"
    r"|责任编辑|编辑)\s?[:：]\s?(?:(?:【[^】\n]{1,16}】|\[[^\]\n]{1,16}\])(?:\s?(?:【[^】\n]{1,16}】|\[[^\]\n]{1,16}\]))*|\d{4}[-年/.]\d{1,2}[-月/.]\d{1,2}日?(?:\s\d{1,2}:\d{2}(?::\d{2})?)?"
    r"|[^\s:：]{1,24}(?=\s|$))"
)
_PAGE_FACTS: Final = re.compile(rf"(?<![^\s]){_PAGE_FACT}(?:[\s|｜]{{1,4}}{_PAGE_FACT}){{1,7}}")
_OF_A_PAGE: Final = re.compile(r"字体|字号|浏览|点击|阅读|访问|发布|发稿|\d:\d{2}")
_CRUMBS: Final = re.compile(
    r"(?<!\S)(?:您|你)?(?:现在|当前|目前)?(?:所在|所处)?的?位置\s?[:：]\s?[^\s>＞]{1,30}(?:\s?[>＞»›→]{1,2}\s?[^\s>＞»›→]{1,30})+"
)
_BUTTONS: Final = re.compile(r"(?:[【\[]\s?(?:打印|关闭|返回|收藏|分享|复制链接|字体|纠错)[^】\]\n]{0,6}[】\]]\s?)+")


def apart_from_page(line: str) -> list[tuple[str, bool]]:
    """A line cut where a web page's own words stand in it (来源：… 时间：… 字体：…, 【打印】【关闭】): (text, is page's)."""
    spots = [match.span() for match in _PAGE_FACTS.finditer(line) if _OF_A_PAGE.search(match[0])]
    spots += [match.span() for pattern in (_CRUMBS, _BUTTONS) for match in pattern.finditer(line)]
    parts: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(spots):
        if start < at:
            continue
        parts += [(line[at:start].strip(), False), (line[start:end].strip(), True)]
        at = end
    parts.append((line[at:].strip(), False))
    return [part for part in parts if part[0]]


def cut(line: str, number: int) -> Iterator[Piece]:
    """The labelled values and paragraphs of one line, in order."""
    line = line.strip(" \t\u3000|｜").strip()[:LONGEST_LINE]
    spots = label_spots(line)
    before = line[: spots[0][0]] if spots else line
    before, lead = _marker_before_label(before, bool(spots))
    if before.strip(" 　；;，,"):
        found = marker(before.strip())
        text = before.strip()
        body, brackets = trailing_brackets(text[found.end :] if found else text, number)
        yield Piece(number, body.strip(), None, found, text, brackets=brackets)
    for at, (start, end, label) in enumerate(spots):
        stop = spots[at + 1][0] if at + 1 < len(spots) else len(line)
        value, next_lead = _marker_before_label(line[end:stop], at + 1 < len(spots))
        value = value.strip(" \t\u3000|｜").rstrip("；;，,、 \u3000" if stop < len(line) else " \u3000|｜")
        label_text = line[start:end].strip(" :：。\u3000【】[]")
        yield Piece(number, value, label, lead, value, label_text, heading=lead is not None)
        lead = next_lead


def unflattened(line: str) -> list[str]:
    """The lines of a text that lost its breaks: before labels, before the next number of a level, before a notice's
    title. A line that is not flattened comes back as it is."""
    if len(line) < 120:
        return [line]
    line = line[:LONGEST_LINE]
    spots = label_spots(line)
    numbers = _next_numbers(line)
    if len(spots) < 3 and len(numbers) < 5:
        return [line]
    starts: set[int] = {0}
    begun = marker(line)
    for at, _, _ in spots:
        if begun is not None and begun.end == at:
            continue  # 2.整改措施：… begins the line
        lead = _MARKER_AT_END.search(line[max(0, at - 12) : at])
        starts.add(at - len(lead[0]) if lead else at)
    inside = {at for start, end, _ in spots for at in range(start + 1, end)}
    starts.update(at for at in numbers if at not in inside)
    starts.update(match.start(1) for match in _NOTICE_INSIDE.finditer(line))
    for match in _PAGE_INSIDE.finditer(line):
        starts -= set(range(match.start(), match.end()))
        starts.update((match.start(), match.end()))
    order_of = sorted(starts)
    parts = [line[a:b].strip() for a, b in zip(order_of, [*order_of[1:], len(line)], strict=True)]
    return [part for part in parts if part]


_PAGE_INSIDE: Final = re.compile(r"(?<=[。；;])\s{0,4}[-—–－]\s?\d{1,4}\s?[-—–－]\s{0,4}(?=[^\d\s-])")
_MARKER_AT_END: Final = re.compile(
    rf"(?:[（(](?:{HAN_NUMBER}|\d{{1,2}})[）)]|(?<=[。；;])(?:{HAN_NUMBER}|\d{{1,2}})[、.．])\s*$"
)
_NOTICE_INSIDE: Final = re.compile(
    r"(?<=[。！])([^。；：:！]{6,60}?(?:公示|公告)(?:——|--|－－)?[^。；：:！]{0,24}?)(?=一、)"
)
_NUMBER_START: Final = re.compile(
    rf"[（(](?={HAN_NUMBER}[）)]|\d{{1,2}}[）)])|(?<![\d第])\d{{1,3}}(?:[、.．]|\s?[-－—]\s?[（(])|(?:{HAN_NUMBER})[、.．]|第(?=[一二三四五六七八九十])|[①-⑳]"
)


def _next_numbers(line: str) -> list[int]:
    """Where numbered lines begin in flattened text: a number behind a full stop, or the next one of its level."""
    last: dict[str, tuple[int, ...]] = {}
    found: list[int] = []
    for match in _NUMBER_START.finditer(line):
        at = match.start()
        item = marker(line, at)
        if match[0][-1] in "、" and (item is None or item.style == "han、" and item.value != (1,)):
            glued = marker(line, match.end() - 2)  # …督察整改二十一一、: the title's number runs into the first
            expected = last.get("han、", (0,))[-1] + 1
            if glued and glued.value == (1,) and (item is None or item.value[-1] != expected) and match.end() - 2 > at:
                at, item = match.end() - 2, glued
        if item is None or item.style not in OUTLINE:
            continue
        before = line[max(0, at - 40) : at].rstrip()
        follows = item.style not in last or _next(last[item.style], item.value)
        first = item.value[-1] == 1
        if not (first or follows):
            continue
        strong = not before or before[-1] in '。；;！!？?：:”"）)'
        if strong or _stands_weakly(item, before, first, item.style in last and follows):
            found.append(at)
            last[item.style] = item.value
    return found


def _stands_weakly(item: Marker, before: str, first: bool, expected: bool) -> bool:
    """A number that follows a word without punctuation (…理念1.把…, …底前2.产业…)."""
    if before[-1] in "、，,至到" or before[-1].isascii() and before[-1].isalnum():
        return False
    if before[-1] in "第表图附件案单条款项" and item.style != "han、":
        return False
    if item.style in ("①", "dash"):
        return True
    if item.style in ("(han)", "(1)", "1."):
        return first or expected
    if item.style == "han、":
        return (
            expected
            or first
            and bool(_TITLE_END.search(before) or re.search(rf"(?:{HAN_NUMBER}|[项号条）)])$", before))
        )
    return expected


def _marker_before_label(text: str, label_follows: bool) -> tuple[str, Marker | None]:
    """（二）责任单位：… : the number belongs to the label, not to the text before it."""
    if not label_follows:
        return text, None
    match = re.search(
        rf"(?:^|(?<=[\s。；;！”）)]))(?:[（(](?:{HAN_NUMBER}|\d{{1,2}})[）)]|(?:{HAN_NUMBER}|\d{{1,2}})[、.．]|[①-⑳])\s*$",
        text,
    )
    found = marker(text, match.start()) if match else None
    if match is None or found is None or text[found.end :].strip():
        return text, None
    return text[: match.start()], found


def label_spots(line: str, *, colon_only: bool = False) -> list[tuple[int, int, Label]]:
    """Where labels begin and where their values begin; `colon_only` leaves out labels that merely stand in front."""
    spots: list[tuple[int, int, Label]] = []
    first = None if colon_only else _label_at_start(line)
    if first:
        spots.append(first)
    at = first[1] if first else 0
    depth = 0
    for position in range(at, len(line)):
        char = line[position]
        if char in "（(":
            depth += 1
        elif char in "）)":
            depth = max(0, depth - 1)
        elif char in ":：" and depth == 0:
            found = _label_before(line, spots[-1][1] if spots else 0, position)
            if found:
                spots.append(found)
        elif char == "【" and depth == 0:
            close = line.find("】", position, position + 18)
            label = classify(line[position + 1 : close]) if close > 0 else None
            if label and label.field not in ("group", "ignore"):
                end = close + 1 + (1 if line[close + 1 : close + 2] in (":", "：") else 0)
                spots.append((position, end, label))
    told = _told_spots(line)
    return sorted([*spots, *told], key=lambda spot: spot[:2]) if told else spots


_TELLS: Final = re.compile(r"(?P<label>[\u4e00-\u9fff]{4,10}?)(?:为|是)(?=[^，。；,;])")
_TELLS_ALSO: Final = re.compile(
    r"[，,；;。]\s?(?:(?P<label>[\u4e00-\u9fff]{4,10}?)(?:为|是)|(?P<due>(?:应|须|要|计划|拟|确保)?于)(?=[^，,。；;]{4,24}完成))(?=[^，。；,;])"
)


def _told_spots(line: str) -> list[tuple[int, int, Label]]:
    """整改主体为甲镇，督导单位为乙局，应于2022年底前完成整改。: a sentence that tells units and time limits by their names."""
    spots: list[tuple[int, int, Label]] = []
    at = 0
    while at < len(line):
        stop = line.find("。", at) + 1 or len(line)
        first = _TELLS.match(line, at)
        label = classify(first["label"]) if first else None
        if first and label and label.field in ("unit", "deadline", "completion"):
            spots.append((at, first.end(), label))
            for match in _TELLS_ALSO.finditer(line, first.end(), stop):
                label = classify(match["label"]) if match["label"] else Label("deadline")
                if label and label.field in ("unit", "deadline", "completion"):
                    spots.append((match.start() + 1, match.end(), label))
        at = stop
        while at < len(line) and line[at] in " \u3000\n":
            at += 1
    return spots


_START: Final = re.compile(r"[。；;，,！!？?\s　】）)|｜]")


_RUNS_ON: Final = re.compile(r"持续|长期|完成|推进|落实|负责|达标|整改(?=责任|牵头|配合)")
_ABOVE: Final = re.compile(r"\S{2,16}(?:方面|领域|部分|类)\s+\S")  # 监管方面 问题1：…, a heading and the label below it
_BRACKET_INSIDE: Final = re.compile(r"[)）】].|^[（(【].*[)）】]$")


def _label_before(line: str, floor: int, colon: int) -> tuple[int, int, Label] | None:
    """The label that ends at a colon: back to the last break, else the longest known core (…政府责任人：)."""
    begin = max(floor, colon - 26)
    starts = [begin if begin == floor else begin + 1]
    starts += [match.end() + begin for match in _START.finditer(line[begin:colon])]
    for start in starts:
        if start == begin and begin != floor:
            continue
        text = line[start:colon]
        found = marker(text.lstrip())
        if found and not (found.style.startswith("word") or found.style == "1 "):
            start += len(text) - len(text.lstrip()) + found.end
            text = line[start:colon]
        whole = bool(text.strip()) and not _BRACKET_INSIDE.search(text.strip()) and not _ABOVE.match(text.strip())
        label = classify(text) if whole else None
        if label and label.field not in ("ignore",) and not (len(squeeze(text)) < 2):
            core = _core_before(line, start, colon) if start > 0 and _RUNS_ON.match(text.strip()) else None
            return core or (start, colon + 1, label)
    return _core_before(line, begin, colon)


def _core_before(line: str, begin: int, colon: int) -> tuple[int, int, Label] | None:
    for match in CORE.finditer(line, begin, colon + 1):
        if match.end() == colon + 1:
            label = classify(line[match.start() : colon])
            if label:
                return (match.start(), colon + 1, label)
    return None


_STANDALONE: Final = frozenset(
    {
        "issue", "goal", "measure", "measure_progress", "unit", "deadline", "completion", "progress", "next_step",
        "group", "contact", "number", "difficulty", "state", "on_schedule", "is_completed", "is_signed_off",
    }
)  # fmt: skip


def _label_at_start(line: str) -> tuple[int, int, Label] | None:
    """A label at the beginning of a line with a colon, a full stop, brackets, a space or nothing behind it."""
    found = marker(line)
    start = found.end if found and not found.style.startswith("word") and found.style != "一是" else 0
    body = line[start:]
    lead = len(body) - len(body.lstrip())
    start, body = start + lead, body.lstrip()
    match = re.match(r"[【\[〔]([^】\]〕]{2,16})[】\]〕]\s?[:：]?", body)
    if match:
        label = _standing(match[1])
        if label:
            return (start, start + match.end(), label)
    colon = re.search(r"[:：]", body[:40])
    if colon:
        label = classify(body[: colon.start()]) if not _ABOVE.match(body) else None
        if label:
            return (start, start + colon.end(), label)
    stop = re.match(r"([^。，；\s]{2,12})[。．](?=.)", body)
    if stop:
        label = _standing(stop[1])
        if label and (len(stop[1]) >= 4 or _names(label)):
            return (start, start + stop.end(), label)
    space = re.match(r"(\S{2,14})(?:[\t\u3000]|\s{1,8})\s*(?=\S)", body)
    if space:
        label = _standing(space[1])
        wide = re.search(r"\t|\u3000|\s{2}", body[len(space[1]) : space.end()])
        usual = label is not None and label.field in ("goal", "measure", "unit", "deadline", "completion")
        if label and (usual and len(space[1]) >= 4 or wide and (len(space[1]) >= 4 or _names(label))):
            return (start, start + space.end(), label)
    if 2 <= len(squeeze(body)) <= 16:
        label = _standing(body)
        if label:
            return (start, len(line), label)
    return None


def _standing(text: str) -> Label | None:
    """A label that is known without a colon: the name of a field, never a status word (已完成整改)."""
    label = classify(text)
    return label if label and label.field in _STANDALONE and label.state is None else None


def _names(label: Label) -> bool:
    """责任人, 时限: short, and still no beginning of a sentence."""
    return label.field in ("unit", "deadline")


_TITLE_END: Final = re.compile(r"(?:方案|清单|台账|报告|公示|措施|计划|表|内容|情况)$")


_OPENERS: Final = {"）": "（(", ")": "（(", "】": "【", "］": "［", "]": "["}


def _last_bracket(text: str) -> tuple[int, int] | None:
    """[start, end) of the bracket that ends `text`, closing punctuation aside."""
    body = text.rstrip(" 。；;，,\u3000")
    if not body or body[-1] not in _OPENERS:
        return None
    depth = 0
    for at in range(len(body) - 1, max(-1, len(body) - 1500), -1):
        if body[at] in "）)】]］":
            depth += 1
        elif body[at] in "（(【[［":
            depth -= 1
            if depth == 0:
                return at, len(body)
    return None


def trailing_brackets(text: str, number: int) -> tuple[str, list[Value]]:
    """Takes parentheses behind a text off it: （牵头单位：…；完成时限：…）, （2018年底前完成）, （省序号16）."""
    values: list[Value] = []
    for _ in range(4):
        spot = _last_bracket(text)
        if spot is None:
            break
        inside = text[spot[0] + 1 : spot[1] - 1]
        found = bracket_values(inside, number)
        if not found:
            break
        values = found + values
        rest = text[spot[1] :].strip()
        text = text[: spot[0]].rstrip() + (
            rest if rest and not text[: spot[0]].rstrip().endswith(tuple("。；")) else ""
        )
    return text, values


_ITEM_OF_PAPER: Final = re.compile(
    rf"(?:中央|省|市|督察|巡视|巡察|反馈|考核|整改|生态|环境|保护)*(?:意见|报告|方案|清单|问题|任务|情况)(?:中)?(?:的)?第\s?(?P<n>{HAN_NUMBER}|\d{{1,3}})\s?(?:项|条|个)"
    r"(?:整改)?(?:问题|任务)?\s?[:：、，,]\s?(?=\S)"
)


def leading_number(text: str, number: int) -> tuple[str, list[Value]]:
    """Takes （序号12）, （省序号16） or 反馈意见第十三项： off the front of an issue's text."""
    paper = _ITEM_OF_PAPER.match(text)
    if paper:
        return text[paper.end() :], [Value(Label("number"), normalise(paper["n"]), number)]
    match = re.match(r"[（(【\[]([^（()）】\]]{3,20})[）)】\]]\s?(?=\S)", text)
    values = bracket_values(match[1], number) if match else []
    if match is None or not values or any(value.label.field not in ("number", "upper_number") for value in values):
        return text, []
    return text[match.end() :], values


_NUMBERS: Final = rf"(?:\d{{1,4}}|{HAN_NUMBER})(?:[、和](?:\d{{1,4}}|{HAN_NUMBER}))*"
# 督察反馈情况第三、四条; 某环督〔2021〕3号第5项: an item of the superior's paper.
_CITED: Final = re.compile(
    r"(?:对应)?(?:[^，。；:：]{0,20}?(?:督察|巡视|巡察|考核|反馈|巡查|审计)[^，。；:：]{0,6}(?:情况|意见|报告|问题|清单)|[^，。；:：]{0,24}?[〔\[（(]\d{4}[〕\]）)]\s?\d{1,4}\s?号(?:文件?)?)"
    rf"(?:的)?第(?P<n>{_NUMBERS})\s?(?:项|条|个|点)(?:反馈|整改)?(?:问题|任务|意见)?"
)


def cited(text: str) -> str | None:
    """The item of a superior's paper that `text` names and nothing else: 督察反馈情况第三、四条 → 三、四."""
    match = _CITED.fullmatch(text.strip(" 。：:"))
    return match["n"] if match else None


_UPPER: Final = re.compile(
    r"(?:对应|即|见)?(?:省|中央|国家|上级|原|[市州县区](?=级?(?:清单|方案|序号|编号)))(?:级|委)?[^，。；（）()\d]{0,14}?(?:序号|编号|清单|方案|问题|任务|第)+\s?(?:第)?\s?[:：]?\s?"
    rf"(?P<n>\d{{1,4}}(?:-\d{{1,3}})?|{HAN_NUMBER})\s?(?:号|项|条|个问题)?(?:问题|任务)?"
)
_OWN: Final = re.compile(
    rf"(?:任务|问题|整改|清单|本)*(?:序号|编号)\s?[:：]?\s?第?(?P<n>\d{{1,4}}(?:-\d{{1,3}})?|{HAN_NUMBER})\s?(?:号|项)?"
)


def bracket_values(inside: str, number: int) -> list[Value]:
    """What a parenthesis says: labelled values, a time limit, units with 牵头/配合, a number; [] for mere words."""
    spots = label_spots(inside, colon_only=True)
    if spots and spots[0][0] <= 4:
        values = []
        for at, (start, end, label) in enumerate(spots):
            stop = spots[at + 1][0] if at + 1 < len(spots) else len(inside)
            text = inside[end:stop].strip(" ；;，,、。\u3000")
            values.append(Value(label, text, number, inside[start:end]))
        return values if all(value.label.field != "contact" for value in values) else []
    whole = inside.strip()
    upper = _UPPER.fullmatch(whole)
    if upper:
        return [Value(Label("upper_number"), normalise(upper["n"]), number)]
    paper = cited(whole)
    if paper:
        return [Value(Label("upper_number"), paper, number)]
    own = _OWN.fullmatch(whole)
    if own:
        return [Value(Label("number"), normalise(own["n"]), number)]
    return _clauses(whole, number)


_DOES: Final = re.compile(r"(?:牵头|配合|负责|主办|协办|落实|督导|验收)(?:落实|实施|完成)?$")


def _clauses(whole: str, number: int) -> list[Value]:
    """市水利局牵头，各县区配合，2021年底前完成: units and a time limit without labels; else []."""
    dates: list[str] = []
    others: list[str] = []
    if len(whole) > 200:
        return []
    for clause in re.split(r"[，,；;。]", whole):
        text = clause.strip()
        if text and len(text) <= 40 and _is_limit(text):
            dates.append(text)
        elif text:
            others.append(text)
    if others and not _DOES.search(others[-1]) and not (dates and all(map(names_units, others))):
        return []
    values = [Value(Label("unit", "responsible"), "，".join(others), number)] if others else []
    if dates:
        values.append(Value(Label("deadline"), "，".join(dates), number))
    return values


def limits_apart(text: str, number: int, role: Role | None) -> list[Value]:
    """A cell of units and their time limit, taken apart: 县水利局；2022年6月底前."""
    parts = [part.strip() for part in re.split(r"[，,；;\n]", text) if part.strip()]
    dates = [part for part in parts if len(part) <= 40 and _is_limit(re.sub(r"^\S{2,6}[:：]", "", part))]
    units = "；".join(part for part in parts if part not in dates)
    limit = "，".join(re.sub(r"^\S{2,6}[:：]", "", part) for part in dates)
    return [Value(Label("unit", role), units, number), *([Value(Label("deadline"), limit, number)] if limit else [])]


def names_units(text: str) -> bool:
    """县住建局、各乡镇: nothing but names of units."""
    return all(
        len(name) <= 16
        and re.search(r"(?:局|委|办|厅|府|部|会|中心|公司|院|队|站|所|社|处|科|股|室|镇|乡|街道|县|市|区|州)$", name)
        for name in re.split(r"、", text)
    )


def _is_limit(text: str) -> bool:
    if re.search(r"以来|年度$|印发|号$|^截[至止]", text):
        return False
    if parse(text).deadline.kind not in ("date", "range", "immediate", "long_term", "relative"):
        return False
    return bool(
        re.search(r"前|底|末|内|完成|立行|长期|持续|整改|常态|全年", text) or re.fullmatch(r"[\d年月日.\-/至—]+", text)
    )


def upper_number(text: str) -> tuple[str | None, str]:
    """（省序号16） or （省编号第41号） anywhere in a text: the number, and the text without it."""
    for match in re.finditer(r"[（(【\[]([^（()）】\]]{3,30})[）)】\]]", text[:2000]):
        upper = _UPPER.fullmatch(match[1].strip())
        if upper:
            return normalise(upper["n"]), text[: match.start()] + text[match.end() :]
    begins = re.match(
        r"(?:省|中央|上级)(?:级)?(?:反馈|督察|整改)?(?:序号|编号)\s?[:：]?\s?第?(\d{1,4}|"
        + HAN_NUMBER
        + r")\s?号?[：:，、\s]+",
        text,
    )
    if begins:
        return normalise(begins[1]), text[begins.end() :]
    return None, text


def title_number(title: str) -> tuple[str | None, str | None]:
    """The (own, upper) number that a notice's title gives: …销号公示——2018年督察整改二十一, （任务清单第4项）."""
    upper = None
    text = title[:200]
    match = re.search(
        rf"(?:省|中央|国家)(?:级|委)?[^，。；（）()\d]{{0,12}}?(?:序号|编号)\s?[:：]?\s?第?\s?(?P<n>\d{{1,4}}|{HAN_NUMBER})\s?号?",
        text,
    )
    if match:
        upper = normalise(match["n"])
        text = text[: match.start()] + text[match.end() :]
    number = rf"(?P<n>\d{{1,3}}\s?[-－—]\s?[（(]?\d{{1,3}}[）)]?|\d{{1,3}}|{HAN_NUMBER})"
    for pattern in (
        rf"(?:序号|编号)\s?[:：]?\s?第?\s?{number}\s?号?",
        rf"第\s?{number}\s?(?:项|条|号|个)",
        rf"(?<![\d〔（(年字发]){number}\s?号(?:问题|任务|整改)?",
        rf"(?:整改|任务|问题|清单)(?:任务|问题)?\s?[（(]?{number}[）)]?\s?(?:的)?(?:整改)?(?:情况|销号|验收|完成)*(?:的)?(?:公示|公告)?\s?$",
    ):
        match = re.search(pattern, text)
        if match:
            return normalise(match["n"]), upper
    return None, upper


# ---------------------------------------------------------------- lists of measures
BULLET: Final = re.compile(r"(?:[◆◇●○■□▲△★☆►▶➤➢❖✦※•·√✓✔☑→]|——|[-–—](?![\s—-]|\d{1,4}\s?(?:[-–—]|$)))\s?(?=[^\s√✓✔☑□])")


def without_bullet(line: str) -> str:
    """◆问题1, ●责任单位：…: the sign before a label or a number is ornament."""
    bullet = BULLET.match(line)
    if bullet is None:
        return line
    body = line[bullet.end() :].lstrip()
    return body if marker(body) or _label_at_start(body) else line


@dataclass(slots=True)
class Item:
    number: str | None
    text: str
    line: int


_SEPARATORS: Final = "。；;：:！!\n"
# The first class only lets most places be passed quickly.
_ITEM_START: Final = re.compile(
    rf"(?=[\d①-⑳㉑-㉟❶-❿⑴-⒇（(第措{HAN_SIGNS}])(?:(?:(?<=\n)|^)\d{{1,3}}\s?[-－—–.．]\s?[（(]?\d{{1,3}}|[①-⑳㉑-㉟❶-❿⑴-⒇]|(?:{HAN_NUMBER})(?:是|要)|[（(](?:{HAN_NUMBER}|\d{{1,2}})[）)]|(?:{HAN_NUMBER})[、.．]"
    r"|\d{1,3}(?:[、）)]|[.．](?:(?!\d)|(?=\d{4}\s?年|\d{1,2}\s?月)))|第(?=[一二三四五六七八九十])|措施\s?[\d一二三四五六七八九十])"
)


def split_list(paragraphs: list[tuple[str, int]]) -> tuple[str | None, list[Item]]:
    """The numbered items of one or more paragraphs, and the lead-in sentence before the first.

    The style of the first number is the level of the list; deeper numbers stay inside their item.
    """
    whole = "\n".join(text for text, _ in paragraphs)
    ends: list[int] = []
    total = 0
    for text, _ in paragraphs:
        total += len(text) + 1
        ends.append(total)
    found: list[tuple[int, Marker, bool]] = []
    for match in _ITEM_START.finditer(whole):
        at = match.start()
        before = whole[:at].rstrip(" \t\u3000")
        own_line = not before or before[-1] == "\n"
        item = marker(whole, at)
        if item is None or item.style in ("dotted", "dash") and not own_line or item.style == "号":
            continue
        loose = item.style in ("①", "⑴") or item.style == "一是" and before[-1:] in "，,、"
        if (
            own_line
            or before[-1] in _SEPARATORS
            or loose
            or (before[-1] in "）)”" and item.style in ("一是", "1.", "1、", "(1)", "(han)"))
        ):
            found.append((at, item, own_line))
    if not found:
        marked = _bulleted(paragraphs)
        if marked:
            return marked
        return None, [Item(None, text, line) for text, line in [(whole.strip(), _line_at(0, paragraphs, ends))] if text]
    style = next((item.style for _, item, own in found if own or item.value == (1,)), None)
    if style is None:
        return None, [Item(None, whole.strip(), _line_at(0, paragraphs, ends))]
    cuts: list[tuple[int, Marker]] = []
    for at, item, own_line in found:
        if item.style != style:
            continue
        last = cuts[-1][1].value if cuts else None
        if (
            last is None
            and (own_line or item.value == (1,))
            or last is not None
            and (_next(last, item.value) or own_line and item.value >= last)
        ):
            cuts.append((at, item))
    if not cuts:
        return None, [Item(None, whole.strip(), _line_at(0, paragraphs, ends))]
    lead = whole[: cuts[0][0]].strip() or None
    items = []
    for number, (at, item) in enumerate(cuts):
        stop = cuts[number + 1][0] if number + 1 < len(cuts) else len(whole)
        text = whole[item.end : stop].strip().rstrip("；;，,").strip()
        if text:
            items.append(Item(item.printed, text, _line_at(at, paragraphs, ends)))
    return lead, items


def _bulleted(paragraphs: list[tuple[str, int]]) -> tuple[str | None, list[Item]] | None:
    """Lines that each begin with the same sign (✔ …) are items without numbers."""
    lines = [(line.strip(), number) for text, number in paragraphs for line in text.split("\n") if line.strip()]
    signs = [match[0].strip() if (match := BULLET.match(line)) else "" for line, _ in lines]
    first = next((sign for sign in signs if sign), "")
    if not first or signs.count(first) < 2 and not signs[0]:
        return None
    lead: list[str] = []
    items: list[Item] = []
    for (line, number), sign in zip(lines, signs, strict=True):
        if sign == first:
            items.append(Item(None, line[len(sign) :].strip().rstrip("；;，,"), number))
        elif items:
            items[-1].text += "\n" + line
        else:
            lead.append(line)
    return "\n".join(lead) or None, items


def _next(last: tuple[int, ...], value: tuple[int, ...]) -> bool:
    return value[:-1] == last[:-1] and value[-1] == last[-1] + 1


def _line_at(position: int, paragraphs: list[tuple[str, int]], ends: list[int]) -> int:
    for (_, line), end in zip(paragraphs, ends, strict=True):
        if position < end:
            return line
    return paragraphs[-1][1] if paragraphs else 0


def inner_values(text: str, number: int) -> list[Value] | None:
    """A value that holds labels of its own (整改措施：… 整改成效：…), or None."""
    if ":" not in text and "：" not in text and "【" not in text:
        return None
    spots = []
    offset = 0
    for line in text.split("\n"):
        spots += [(start + offset, end + offset, label) for start, end, label in label_spots(line, colon_only=True)]
        offset += len(line) + 1
    spots = [spot for spot in spots if spot[2].field not in ("group", "number")]
    if not spots or text[: spots[0][0]].strip(" 　\n0123456789.、（）()一二三"):
        return None
    values = []
    for at, (start, end, label) in enumerate(spots):
        stop = spots[at + 1][0] if at + 1 < len(spots) else len(text)
        values.append(Value(label, text[end:stop].strip(" \n\u3000").rstrip("，,、"), number, text[start:end]))
    return values


def strip_leading_page(line: str) -> tuple[str, str | None]:
    """-1-（二）…: the page number glued to the next line, and the rest."""
    match = _LEADING_PAGE.match(line)
    return (line[match.end() :], match[0]) if match else (line, None)


_PROBLEM_WORDS: Final = re.compile(
    r"不(?!断|少于|低于|得|超过|定期|留)|未|没有|滞后|薄弱|缺乏|缺失|问题|隐患|差距|弱化|违规|违法|超标|偏|空白|形式主义|较差|严重|缓慢|简单|乱|不足|缺位|走过场|淡化|欠"
)


def tells_a_problem(text: str) -> bool:
    """Whether a sentence tells what is wrong rather than what to do."""
    return bool(_PROBLEM_WORDS.search(text))
