"""Chinese and printed numbers: 二十三, 卅, 〇, ①, 1-（2）, 第十三项 → ordered values and one normalised spelling.
Pure. What a numbered line means (heading, issue, measure) is decided in `reading`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_DIGITS: Final = {
    "零": 0, "〇": 0, "○": 0, "Ｏ": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8,
    "九": 9,
    "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_TENS: Final = {"廿": 20, "卄": 20, "卅": 30, "卌": 40}
_SCALES: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
HAN_SIGNS: Final = "".join(_DIGITS) + "".join(_TENS) + "".join(_SCALES)
HAN_NUMBER: Final = f"[{HAN_SIGNS}]{{1,9}}"
_LONGEST: Final = 9  # digits; a longer number is no number of an item


def to_int(text: str) -> int | None:
    """The value of one number as printed: 23, ２３, 二十三, 廿三, 二〇二二, ㉓, ⑵, Ⅳ. None where it is not a number."""
    text = "".join(text.split())
    if not text or len(text) > _LONGEST + 6:
        return None
    if len(text) == 1:
        value = unicodedata.numeric(text, -1.0)
        if text in _DIGITS or text in _TENS or text in _SCALES:
            return _DIGITS.get(text, _TENS.get(text, _SCALES.get(text)))
        return int(value) if value >= 0 and value == int(value) else None
    plain = unicodedata.normalize("NFKC", text)
    if plain.isascii() and plain.isdigit():
        return int(plain) if len(plain) <= _LONGEST else None
    return _han_int(text)


def _han_int(text: str) -> int | None:
    if all(char in _DIGITS for char in text):  # 二〇二二: digit by digit
        return int("".join(str(_DIGITS[char]) for char in text)) if len(text) <= _LONGEST else None
    total, digit, last_scale = 0, None, 10_000
    for char in text:
        if char in _DIGITS:
            if digit is not None and digit != 0:
                return None
            digit = _DIGITS[char]
        elif char in _TENS:
            if digit or last_scale <= 10:
                return None
            total, digit, last_scale = total + _TENS[char], None, 10
        elif char in _SCALES:
            scale = _SCALES[char]
            if scale >= last_scale or digit == 0:
                return None
            total, digit, last_scale = total + (1 if digit is None else digit) * scale, None, scale
        else:
            return None
    return total + (digit or 0)


@dataclass(frozen=True, slots=True)
class Marker:
    """The number at the beginning of a line or sentence.

    `style` tells levels apart (一、 and （一） and 1. are three styles); `value` orders; `printed` is the number
    without brackets and end punctuation; `end` is where the text behind it begins.
    """

    style: str
    value: tuple[int, ...]
    printed: str
    end: int


_H: Final = HAN_NUMBER
_A: Final = r"[0-9０-９]{1,3}"
_DASH: Final = r"[-‐‑‒–—－−]"
_OPEN, _CLOSE = r"[（(〔【]", r"[）)〕】]"
# A digit behind 1. would make it a decimal (1.5万吨) or a date (2020.6): those are no markers.
_UNITS_BEHIND: Final = r"(?![万亿吨米千公亩个倍元百年月日℃％%平立小])"
_PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("dash", re.compile(rf"(?P<n>{_A}\s?(?:{_DASH}\s?{_OPEN}?\s?{_A}\s?{_CLOSE}?){{1,3}})\s?(?:号"
    rf"|[、.．:：])?(?!\s?[年月日\d./-])")),
    ("dash", re.compile(rf"(?P<n>{_H}\s?{_DASH}\s?{_OPEN}\s?(?:{_H}|{_A})\s?{_CLOSE})\s?[、.．:：]?")),
    ("dotted", re.compile(rf"(?P<n>{_A}(?:[.．]{_A}){{1,3}})(?:[.．、]|(?=\s|[^\d.．\s])){_UNITS_BEHIND}")),
    ("han、", re.compile(rf"(?P<n>{_H})\s?[、]")),
    ("han.", re.compile(rf"(?P<n>{_H})\s?[.．:：]")),
    ("(han)", re.compile(rf"{_OPEN}\s?(?P<n>{_H})\s?{_CLOSE}\s?[、.．]?")),
    ("1.", re.compile(rf"(?P<n>{_A})\s?[.．](?:(?![0-9０-９])|(?=\d{{4}}\s?年|\d{{1,2}}\s?月))")),
    ("1、", re.compile(rf"(?P<n>{_A})\s?[、]")),
    ("(1)", re.compile(rf"{_OPEN}\s?(?P<n>{_A})\s?{_CLOSE}\s?[、.．]?")),
    ("1)", re.compile(rf"(?P<n>{_A})\s?[）)]\s?[、.．]?")),
    ("①", re.compile(r"(?P<n>[①-⑳㉑-㉟㊱-㊿❶-❿⓵-⓾➀-➓])\s?[、.．]?")),
    ("⑴", re.compile(r"(?P<n>[⑴-⒇])\s?[、.．]?")),
    ("⒈", re.compile(r"(?P<n>[⒈-⒛])")),
    ("㈠", re.compile(r"(?P<n>[㈠-㈩])")),
    ("Ⅰ", re.compile(r"(?P<n>[Ⅰ-Ⅻ])\s?[、.．]?")),
    ("一是", re.compile(rf"(?P<n>{_H})(?:是|要)[，,:：]?")),
    ("第一项", re.compile(rf"[【\[〔]\s?第\s?(?P<n>{_H}|{_A})\s?(?:项|条|号|款|个|类)(?:整改)?(?:任务|问题|措施)?\s?[】\]〕]"
    r"[、.．:：，,]?")),
    ("第一项", re.compile(rf"第\s?(?P<n>{_H}|{_A})\s?(?:项|条|号|款|[个类](?=[、.．:：，,]|整改|任务"
    rf"|问题))(?:整改)?(?:任务|问题|措施)?[、.．:：，,]?")),
    ("第一，", re.compile(rf"第(?P<n>{_H}|{_A})[，,、:：]")),
    ("word", re.compile(
        rf"(?:反馈|具体|整改)?(?P<w>问题|任务|措施|事项|项目|专栏|清单)\s?(?P<n>{_H}|{_A})\s?(?:[:：、.．]|(?=[\s（(]|$))")),
    ("word", re.compile(rf"(?:问题|任务|整改|清单|事项)*(?P<w>序号|编号)\s?[:：]?\s?第?(?P<n>{_H}|{_A})\s?[号项]?\s?[:：、.．，,]")),
    ("word", re.compile(
        rf"(?:\d{{4}}年)?(?:第[一二三]轮)?(?:中央|省)?(?:生态)?(?:环境保护|环保)?(?P<w>督察|巡视|巡察)(?:反馈|整改|问题|任务){{1,3}}第?(?P<n>{_H}|{_A})"
        r"\s?[号项]?\s?[:：、.．]")),
    ("号", re.compile(rf"(?P<n>{_A})\s?号(?:问题|任务)?[、.．:：]?")),
    ("1 ", re.compile(r"(?P<n>[0-9０-９]{1,3})\s+(?=[^\d\s年月日.、])")),
)  # fmt: skip
_CIRCLED: Final = frozenset({"①", "⑴", "⒈", "㈠", "Ⅰ"})
_BRACKETS_AND_SPACE: Final = re.compile(r"[\s()（）\[\]【】〔〕《》]")


def marker(text: str, start: int = 0) -> Marker | None:
    """The number that stands at `start` of a line, or None. Dates and decimals are not numbers of items."""
    if start >= len(text) or not (
        text[start] in "（(〔【[第反具整问任措事项专清序编督巡中" or _starts_number(text[start])
    ):
        return None
    for style, pattern in _PATTERNS:
        match = pattern.match(text, start)
        if match is None:
            continue
        printed = normalise(match["n"])
        value = order(printed)
        if not value:
            continue
        if style == "word":
            style = "word:" + match["w"]
        elif text[start] in "〔【[" and style in ("(1)", "(han)"):
            style = style.replace("(", "[").replace(")", "]")
        return Marker(style, value, printed, match.end())
    return None


def _starts_number(char: str) -> bool:
    return char in HAN_SIGNS or unicodedata.numeric(char, -1.0) >= 0


_AROUND: Final = re.compile(
    r"^(?:省|市|县|区|州|国家|中央|督察|上级|任务|问题|整改|措施|反馈|清单|台账|方案|附件|年度|原)*"
    r"(?:序号|编号|清单|项号|任务|问题|措施|第)*\s*[:：]?\s*第?\s*(?P<n>.*?)\s*(?:[项条号个]|号问题|号任务|项任务|项问题)?\s*[、.．,，。:：;；]*$"
)


def normalise(number: str) -> str:
    """A printed number in one spelling: （二） → 二, 1-（2） → 1-2, 第十三项 → 十三, 省编号第41号 → 41."""
    text = _BRACKETS_AND_SPACE.sub("", number[:60])
    text = "".join(unicodedata.normalize("NFKC", char) if char in "０１２３４５６７８９．－" else char for char in text)
    for dash in "‐‑‒–—−":
        text = text.replace(dash, "-")
    match = _AROUND.match(text)
    inner = match["n"] if match else text
    if inner.endswith(".0") and inner[:-2].isdigit():  # a spreadsheet's 1.0
        inner = inner[:-2]
    return inner.strip("-.、") or text


_PIECES: Final = re.compile(r"[0-9]{1,9}|[①-⑳㉑-㉟㊱-㊿❶-❿⓵-⓾➀-➓⑴-⒇⒈-⒛㈠-㈩Ⅰ-Ⅻ]|" + HAN_NUMBER)


def order(number: str) -> tuple[int, ...]:
    """The values in a printed number, for sorting and for "is this the next": 1-（2） → (1, 2); () without number."""
    values = (to_int(piece) for piece in _PIECES.findall(number[:60]))
    return tuple(value for value in values if value is not None)


def cite(issue_number: str, measure_number: str) -> str:
    """A measure's number as people cite it: 六-2 for the second under issue 六; 1-2 stays 1-2 under issue 1."""
    if not measure_number:
        return issue_number
    if not issue_number or measure_number.startswith(issue_number + "-"):
        return measure_number
    return f"{issue_number}-{measure_number}"
