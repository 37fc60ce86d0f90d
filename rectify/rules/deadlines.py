"""Deadline phrases of Chinese plans and their meaning: "2022年12月底前，长期坚持" → Deadline.
Pure: the year that a phrase leaves out is handed in. Where a deadline stands in a file is `reading`'s business; which
deadline is in force on a day is the ledger's."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from rectify.rules.numerals import to_int

Kind = Literal["date", "range", "immediate", "long_term", "relative", "none", "ask"]
Unit = Literal["days", "months", "workdays"]
AddWorkdays = Callable[[dt.date, int], dt.date]
KINDS: tuple[Kind, ...] = ("date", "range", "immediate", "long_term", "relative", "none", "ask")
LONGEST: Final = 2000  # characters of a phrase that are looked at
FIRST_YEAR, LAST_YEAR = 1990, 2100


class Counted(NamedTuple):
    """How a time limit was counted: from which day (not counted itself), how many, and of what."""

    from_on: dt.date
    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Deadline:
    """One time limit as printed (`raw`) and as understood.

    `date` is the last day that is in time; `start` only for a range. kind `ask` and `relative` have no date until a
    person or a base date gives one; `long_term` says that the work goes on after the date (长期坚持); `inferred` says
    that something was taken from elsewhere than the phrase's own place or words; `counted` how a relative one was counted.
    """

    raw: str
    date: dt.date | None = None
    start: dt.date | None = None
    kind: Kind = "none"
    long_term: bool = False
    inferred: bool = False
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A date inside a sentence and the clause that says what is due on it; `end` is the date's end in the text."""

    date: dt.date
    text: str
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """`stages` are the earlier dates of the phrase; `needs_question` is a Chinese sentence for a person, or None."""

    deadline: Deadline
    stages: tuple[Stage, ...] = ()
    needs_question: str | None = None
    original: Deadline | None = None  # 原时限 named inside the phrase


@dataclass(frozen=True, slots=True)
class _Found:
    """One date expression: [start, end) in the plain text."""

    at: int
    end: int
    date: dt.date | None  # None: no such day, or the year is not known
    first: dt.date | None = None  # the first day of the expression (a month's first)
    is_range: bool = False
    limited: bool = False  # says 前, 底, 末, 内, 到 …: a time limit, not a mere mention
    inferred: bool = False
    doubt: str | None = None


_NOTHING: Final = re.compile(r"[\s\-—－–―_/／\\.。*·…]*(?:无|暂无|没有|不涉及|空)?[\s\-—－–―_/／\\.。*·…]*")
_LONG_TERM: Final = re.compile(
    r"长期|持续(?![\d到至时])|常态|巩固(?:成效|成果|提升|深化|拓展)|坚持不懈|久久为功|一以贯之|常抓不懈|经常性|不间断|永久"
)
_CONDITIONAL_LONG_TERM: Final = re.compile(r"需要?(?:长期|持续)[^，。；]{0,8}的")
_IMMEDIATE: Final = re.compile(
    r"立行立改|立整立改|立查立改|即知即改|立知立改|即行即改|即查即改|立即|马上|即刻|边督边改|边查边改|即时"
)
_EVENT: Final = re.compile(
    r"集中整改期|整改期|汛期|采暖季|供暖季|取暖季|供暖期|采暖期|国庆|春节|中秋|元旦|五一|雨季|冬季|夏季|开学|休渔期|禁渔期"
    r"|[本当下]月|下一?(?:次|轮)|督察组?(?:进驻|下沉)|回头看[”\"]?(?:前|之前)|验收(?:前|之前)|农忙|收割|换届|考核(?:前|之前)"
)
_HAN_AMOUNT: Final = "一二两三四五六七八九十半廿卅百"
_RELATIVE: Final = re.compile(
    rf"(?P<n>\d{{1,3}}|[{_HAN_AMOUNT}]{{1,4}})\s?(?P<half>个半)?个?(?P<unit>工作日|个?月|日|天|周|星期|年|季度)(?P<half2>半)?"
    rf"(?:时间)?(?P<within>以内|之内|内|期限)?"
)
_HAN_YEAR: Final = re.compile(r"[一二三四五六七八九〇○零Ｏ]{4}(?=年)")
_HAN_MONTH_DAY: Final = re.compile(r"(?<![\d一二三四五六七八九十])([一二三四五六七八九十]{1,3})(?=[月日](?!内))")
_HAN_BEFORE: Final = re.compile(r"[一二三四五六七八九十][月日]")
_SERIAL: Final = re.compile(r"\s*(\d{5})(?:\.\d{1,12})?\s*")
_EIGHT: Final = re.compile(r"(?<!\d)((?:19|20)\d{2})([01]\d)([0-3]\d)(?!\d)")

_PLAN: Final = {"十一": 2010, "十二": 2015, "十三": 2020, "十四": 2025, "十五": 2030, "十六": 2035}
_QUARTER: Final = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_YEAR: Final = (
    r"(?:(?P<y>(?<!\d)\d{4})\s?(?:年度?|[./-](?=\s?\d))\s?|(?P<y2>(?<!\d)\d{2})年|(?P<rel>今年|明年"
    r"|后年|本年度?|当年|同年|次年|翌年|去年|上年)的?)"
)
_TAIL: Final = (
    r"(?P<tail>\s?(?:底之?前|底以前|末之?前|底|末|前|之前|以前|内|以内|之内|止|份|初|上旬|中旬|下旬"
    r"|下旬前|中旬前|上旬前|初前)?(?:前)?)"
)
_EXPRESSION: Final = re.compile(
    rf"""
    (?P<plan>[“"'‘]?(?P<planno>十[一二三四五六])五[”"'’]?\s?(?:规划)?(?P<planpart>中期|期间|时期|期末|末期|末|期内|收官|内|前)?)
    | {_YEAR}?(?:
        (?P<m>(?<!\d)\d{{1,2}})\s?(?:月份?|[./-](?=\s?\d{{1,2}}(?!\d)))\s?(?P<d>\d{{1,2}})\s?(?:日|号)?(?!\d)(?P<dtail>之?前|以前|止|内)?
      | (?P<m2>(?<![\d])\d{{1,2}})\s?月{_TAIL}
      | 第?(?P<q>[一二三四1-4])季度(?P<qtail>末|底|前|内|结束前)*
      | 前(?P<fq>[一二三])(?:个)?季度
      | (?P<half>[上下])半年(?P<htail>末|底|前|内)*
      | (?P<yend>(?<![每半一两二三四五六七八九十个月周旬度\d])年?(?:底|末)之?(?:以?前)?
        |(?<![半一两二三四五六七八九十个\d])年内|全年|内)
    )
    | (?P<to>到|至|截至|于)?\s?(?P<yy>(?<!\d)\d{{4}})\s?年
      (?!\s?(?:\d|第?[一二三四]季|[上下]半年|年?[底末]|前[一二三]个?季))
      (?P<ytail>以?前|之前|度|内|以内|期间|全年)?
    | (?P<ym>(?<!\d)\d{{4}})[./-](?P<ymm>\d{{1,2}})(?!\d|[./-](?!(?:19|20)\d{{2}}))(?P<ymtail>\s?(?:底前?|末|前|月底前?))?
    """,
    re.VERBOSE,
)
# What every expression begins with; the first class only lets most places be passed quickly.
_CANDIDATE: Final = re.compile(
    r"(?=[\d今明后本当同次翌去上下全年第一二三四前十到至截于内底末“\"'‘\s])(?:\d|年?[底末内]|[今明后本当同次翌去上]年|[上下]半年|全年|第?[一二三四]季度|前[一二三]|[“\"'‘]?十[一二三四五六]五"
    r"|[到至截于\s][至\s]{0,2}\d)"
)
_DASHES: Final = "-‐‑‒–—－−~～―"
_BETWEEN: Final = re.compile(rf"\s?(?:起|开始|启动)?[，,]?\s?(?:[{_DASHES}]{{1,2}}|至|到|直至|直到)\s?")
_SHORT_RANGE: Final = re.compile(
    rf"(?<!\d)(?P<a>\d{{4}})\s?年?\s?(?:[{_DASHES}]{{1,2}}|至|到)\s?(?P<b>\d{{4}})\s?年(?:年?底|末|度)?(?:之?前)?(?!\s?\d)"
)
_MONTH_RANGE: Final = re.compile(
    rf"(?:(?P<y>(?<!\d)\d{{4}})\s?年)?\s?(?P<a>(?<!\d)\d{{1,2}})\s?月?\s?(?:[{_DASHES}]{{1,2}}|至|到)\s?(?P<b>\d{{1,2}})\s?月(?:份)?(?:底|末)?(?:之?前)?(?!\s?\d)"
)
_DAY_RANGE: Final = re.compile(
    rf"(?P<y>(?<!\d)\d{{4}})\s?年\s?(?P<m>\d{{1,2}})\s?月\s?(?P<a>\d{{1,2}})\s?日?\s?(?:[{_DASHES}]{{1,2}}|至|到)\s?(?P<b>\d{{1,2}})\s?日(?:之?前)?"
)
# Without one of these no expression, no range can be there: most sentences are done with at a glance.
_ANY_DATE: Final = re.compile(
    r"(?=[底末内\d今明后本当同次翌去上全半一二三四十])"
    r"(?:[底末内]|\d\s?[年月]|[今明后本当同次翌去上全半]年|[一二三四1-4]\s?个?季|\d\s?[./-]\s?\d|十[一二三四五六]五|\d{8})"
)
_ANY_SPECIAL: Final = re.compile(rf"\d\s?[年月日]?\s?(?:[{_DASHES}]{{1,2}}|至|到)\s?\d|\d{{8}}")
_SINCE: Final = re.compile(
    r"\s?(?:以来|起(?!点)|开始|之后|以后|后(?!期)|印发|出台|发布|颁布|施行|下达|批复|建成投[产运]后|已|[^，。；]{0,4}(?:建成|完成|投产|形成|查处)的)"
)
_EVERY: Final = re.compile(r"(?:每|逐|历|各个?|自|从|较|比|同比|超过|应于|应在|原定|原计划)[一]?(?:年度?)?\s?$")
_FULL_WIDTH: Final = dict(zip("０１２３４５６７８９．／－～", "0123456789./-~", strict=True))
_WIDE: Final = re.compile("[" + "".join(_FULL_WIDTH) + "]")


def plain(text: str) -> str:
    """`text` with ASCII digits: full-width digits and 二〇二二年十二月 written out; nothing else changes."""
    text = _WIDE.sub(lambda m: _FULL_WIDTH[m[0]], unicodedata.normalize("NFC", text[:LONGEST]))
    if "年" in text:
        text = _HAN_YEAR.sub(lambda m: str(to_int(m[0]) or m[0]), text)
    if _HAN_BEFORE.search(text):
        text = _HAN_MONTH_DAY.sub(lambda m: str(to_int(m[1]) or m[1]), text)
    return text


@lru_cache(maxsize=4096)
def parse(text: str | None, *, year_hint: int | None = None) -> Parsed:
    """The time limit in `text`, one cell, label or parenthesis of a plan. Never raises on any text.

    A bare month, quarter, half-year or year means its last day; 底 the last day of the month or year; 前 includes the
    day itself. Several dates: the latest is the deadline, the earlier are stages. `year_hint` is the year of the
    plan, for phrases without one (6月底前, 今年底); they come back `inferred`. What only a person can settle (汛期前,
    2022年前, 三个月内, 2月30日) comes back with a question and no date.
    """
    raw = (text or "").strip()
    if _NOTHING.fullmatch(raw[:LONGEST]):
        return Parsed(Deadline(raw))
    serial = _SERIAL.fullmatch(raw[:40])
    if serial and 20_000 <= int(serial[1]) <= 73_000:
        return Parsed(Deadline(raw, from_serial(int(serial[1])), None, "date"))
    body = plain(raw)
    if re.fullmatch(r"(?:19|20)\d{2}(?:\.0)?", body):
        body = body[:4] + "年"
    body = re.sub(r"^((?:19|20)\d{2})(0[1-9]|1[0-2])(?:\.0)?$", r"\1年\2月", body)
    body, original = _without_original(body, year_hint)
    found = _find(body, year_hint)
    event_year = next((piece for piece in found if not piece.limited and _event_behind(body, piece)), None)
    if event_year:  # 2021年汛期前: the year only says which flood season
        found = [piece for piece in found if piece is not event_year]
    conditional = _CONDITIONAL_LONG_TERM.search(body)
    rest = body
    for piece in reversed(found):
        rest = rest[: piece.at] + "＃" + rest[piece.end :]
    long_term = bool(_LONG_TERM.search(_CONDITIONAL_LONG_TERM.sub("", body) if conditional else body))
    if conditional and long_term:
        long_term = bool(_LONG_TERM.search(body[: conditional.start()]))
    questions = [piece.doubt for piece in found if piece.doubt]
    if conditional:
        questions.append(f"“{_short(raw)}”只对需长期坚持的问题要求持续推进，请指出是哪些问题。")
    dated = [piece for piece in found if piece.date is not None]
    event, relative = _EVENT.search(rest), _relative(rest, bool(found) or bool(_IMMEDIATE.search(rest)))
    if dated:
        last = max(dated, key=lambda piece: (piece.date or dt.date.min, piece.at))
        if event:
            questions.append(f"“{_short(raw)}”除日期外还有“{event[0]}”的要求，请确认以哪个日期为准。")
        elif relative:
            questions.append(f"“{_short(raw)}”除日期外还有“{relative[0]}”的要求，请确认以哪个日期为准。")
        stages = tuple(stage for stage in _stages(body, dated) if stage.date != last.date)
        deadline = Deadline(
            raw,
            last.date,
            last.first if last.is_range else None,
            "range" if last.is_range else "date",
            long_term,
            last.inferred,
        )
        return Parsed(deadline, stages, questions[0] if questions else None, original)
    ask = Deadline(raw, None, None, "ask", long_term)
    if questions and found:
        return Parsed(ask, (), questions[0])
    if event:
        return Parsed(ask, (), f"“{_short(raw)}”没有具体日期，请给出截止日期。")
    if relative:
        deadline = Deadline(raw, None, None, "relative", long_term)
        return Parsed(deadline, (), f"“{_short(raw)}”从哪一天算起？请给出起算日期或截止日期。")
    immediate = _IMMEDIATE.search(body)
    if immediate:
        return Parsed(Deadline(raw, None, None, "immediate", long_term))
    if long_term:
        return Parsed(Deadline(raw, None, None, "long_term", True))
    return Parsed(ask, (), f"看不懂整改时限“{_short(raw)}”，请给出截止日期，或注明长期坚持。")


_SOME_EVENT: Final = re.compile(
    r"[\u4e00-\u9fff“”]{2,10}?(?:之?前|以前|之?后|期间|结束)(?=完成|全部|全面|基本|取得|实现|达|建|整改|$|[，。；、）)（(\s])"
)


def _event_behind(body: str, piece: _Found) -> bool:
    """2025年春耕前: the year only says which spring."""
    if _EVENT.match(body, piece.end):
        return True
    named = body[piece.at : piece.end].rstrip().endswith("年")
    return named and bool(_SOME_EVENT.match(body, piece.end))


_ORIGINAL: Final = re.compile(
    r"[（(]?原(?:整改|完成)?(?:时限|期限|时间|定于?|计划)?[为是:：]?(?P<was>[^（()）；;，,]{4,30})[)）]?"
)


def _without_original(body: str, year_hint: int | None) -> tuple[str, Deadline | None]:
    """2020年底（原时限2019年底前）: the present phrase, and the original deadline where one is named."""
    match = _ORIGINAL.search(body)
    if match is None:
        return body, None
    rest = body[: match.start()] + body[match.end() :]
    was = _find(match["was"], year_hint)
    if not was or was[-1].date is None or not _find(rest, year_hint):
        return body, None
    return rest, Deadline(match["was"].strip(), was[-1].date, None, "date", False, was[-1].inferred)


@lru_cache(maxsize=4096)
def stages(
    text: str, *, year_hint: int | None = None, limits_only: bool = True, opening: bool = False
) -> tuple[Stage, ...]:
    """The time limits inside a goal or measure, each with its clause, in the order of the text.

    Mentions that limit nothing are left out: 2018年以来, 每年6月底前, 较2020年; so are bare dates without an action
    behind them, unless `limits_only` is false; a date that opens a clause (2022年修复100公顷，2023年…) counts if `opening`.
    """
    body = plain(text)
    found = [
        piece for piece in _find(body, year_hint) if piece.date and not piece.doubt and not _frequency(body, piece)
    ]
    if limits_only:
        found = [
            piece
            for piece in found
            if piece.limited or _DUE_BEHIND.match(body, piece.end) or opening and _opens(body, piece)
        ]
    return _stages(body, found)


def _frequency(body: str, piece: _Found) -> bool:
    """全年不少于2轮: how often, not until when."""
    return body[piece.at : piece.end].strip() == "全年" and not _DUE_BEHIND.match(body, piece.end)


def _opens(body: str, piece: _Found) -> bool:
    """Whether a clause begins with the date and goes on: 2022年修复100公顷."""
    before = body[: piece.at].rstrip()
    return (not before or before[-1] in "。；;，,：:\n、") and bool(
        re.match(r"[，,]?[\u4e00-\u9fff]{2}", body[piece.end :])
    )


def from_serial(serial: int) -> dt.date:
    """The day of a spreadsheet's serial number (1900 system)."""
    return dt.date(1899, 12, 30) + dt.timedelta(days=serial)


MOST_WORKDAYS: Final = 1000


def resolve(deadline: Deadline, base: dt.date, add_workdays: AddWorkdays | None = None) -> Deadline:
    """A relative deadline counted from `base`, marked inferred. 三个月内 from 2021-11-30 is 2022-02-28.

    `add_workdays(day, count)` is the count-th working day after `day` in the office's calendar; without it, beyond
    MOST_WORKDAYS, or where the calendar has no such day (ValueError), a deadline in working days comes back unchanged,
    as does one that is not relative.
    """
    amount = relative_amount(deadline.raw) if deadline.kind == "relative" else None
    if amount is None:
        return deadline
    counted = Counted(base, *amount)
    day = last_of(counted, add_workdays)
    return deadline if day is None else replace(deadline, date=day, inferred=True, counted=counted)


def last_of(counted: Counted, add_workdays: AddWorkdays | None = None) -> dt.date | None:
    """The last day of what was counted, None where working days cannot be counted as `resolve` says."""
    base, number, unit = counted
    if unit == "days":
        return base + dt.timedelta(days=number)
    if unit == "months":
        month = base.month - 1 + number
        year, month = base.year + month // 12, month % 12 + 1
        return dt.date(year, month, min(base.day, calendar.monthrange(year, month)[1]))
    if add_workdays is None or number > MOST_WORKDAYS:
        return None
    try:
        return add_workdays(base, number)
    except (ValueError, OverflowError):
        return None


def relative_amount(text: str) -> tuple[int, Unit] | None:
    """三个月内 → (3, months), 30个工作日内 → (30, workdays), 半年内 → (6, months), 两周内 → (14, days)."""
    match = _relative(plain(text), False)
    if match is None:
        return None
    half = match["n"] == "半"
    number = 0 if half else to_int(match["n"])
    if number is None:
        return None
    unit = match["unit"].removeprefix("个")
    extra = bool(match["half"] or match["half2"])
    if unit == "工作日":
        return number, "workdays"
    if unit in ("日", "天"):
        return number, "days"
    if unit in ("周", "星期"):
        return number * 7, "days"
    if unit == "月":
        return (None if half or extra else (number, "months")) or (15 + 30 * number, "days")
    per = 3 if unit == "季度" else 12
    return number * per + (per // 2 if half or extra else 0), "months"


def last_day(year: int, month: int) -> dt.date:
    """The last day of a month; December for a year's last day."""
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _relative(text: str, beside_others: bool) -> re.Match[str] | None:
    for match in _RELATIVE.finditer(text):
        if match["within"] or (not beside_others and match.start() == 0 and match["unit"] not in ("季度", "日")):
            if match.start() and text[match.start() - 1] in "每第各":
                continue
            return match
    return None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _day(year: int, month: int, day: int) -> dt.date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _find(body: str, year_hint: int | None) -> list[_Found]:
    """The date expressions in order; neighbours joined by 至 are one range."""
    if not _ANY_DATE.search(body):
        return []
    singles: list[_Found] = []
    year: int | None = None
    at = 0
    special = _specials(body, year_hint)
    while at < len(body):
        if at in special:
            piece = special[at]
            singles.append(piece)
            year = (piece.date or dt.date(year or FIRST_YEAR, 1, 1)).year
            at = piece.end
            continue
        candidate = _CANDIDATE.search(body, at)
        if candidate is None:
            break
        if candidate.start() > at:
            at = candidate.start()
            continue
        match = _EXPRESSION.match(body, at)
        if match is None or match.end() == at:
            at += 1
            continue
        made = _expression(match, body, year, year_hint)
        if made is None:
            at += 1
            continue
        if made.date is not None:
            year = made.date.year
        singles.append(made)
        at = made.end
    return _joined(body, singles)


def _specials(body: str, year_hint: int | None) -> dict[int, _Found]:
    """Ranges that share a year or month (2018—2020年, 2020年6至12月) and 20221231, by where they begin."""
    found: dict[int, _Found] = {}
    if not _ANY_SPECIAL.search(body):
        return found
    for match in _EIGHT.finditer(body):
        day = _day(int(match[1]), int(match[2]), int(match[3]))
        if day:
            found[match.start()] = _Found(match.start(), match.end(), day, day, limited=True)
    for match in _SHORT_RANGE.finditer(body):
        first, last = _day(int(match["a"]), 1, 1), _day(int(match["b"]), 12, 31)
        if first and last and first < last:
            found[match.start()] = _Found(match.start(), match.end(), last, first, True, True)
    for match in _DAY_RANGE.finditer(body):
        first, last = (_day(int(match["y"]), int(match["m"]), int(match[side])) for side in "ab")
        if first and last and first < last:
            found[match.start()] = _Found(match.start(), match.end(), last, first, True, True)
    for match in _MONTH_RANGE.finditer(body):
        year = int(match["y"]) if match["y"] else year_hint
        first = _day(year, int(match["a"]), 1) if year else None
        if year and first and int(match["a"]) < int(match["b"]) <= 12 and match.start() not in found:
            last = last_day(year, int(match["b"]))
            found[match.start()] = _Found(match.start(), match.end(), last, first, True, True, inferred=not match["y"])
    return found


def _joined(body: str, singles: list[_Found]) -> list[_Found]:
    joined: list[_Found] = []
    for piece in singles:
        before = joined[-1] if joined else None
        between = body[before.end : piece.at] if before else ""
        if (
            before
            and piece.date
            and before.first
            and not before.is_range
            and before.first <= piece.date
            and _BETWEEN.fullmatch(between)
        ):
            joined[-1] = _Found(
                before.at, piece.end, piece.date, before.first, True, True, before.inferred or piece.inferred
            )
        else:
            joined.append(piece)
    return [piece for piece in joined if not _only_mentions(body, piece)]


_DUE_BEHIND: Final = re.compile(
    r"[，,]?(?:要|应|须|将|全面|基本|全部|力争|确保|率先){0,3}"
    r"(?:完成|建成|实现|达到|取得|投入|投产|竣工|通过|消除|解决|整改|退出|关停|拆除|销号|启动|开工)(?!的|了)"
)


def _only_mentions(body: str, piece: _Found) -> bool:
    """每年6月底, 2018年以来, 较2020年, 2021年起: dates that set no limit."""
    before = body[max(0, piece.at - 6) : piece.at]
    if re.search(r"(?:每|逐|历|各)(?:一|个)?年?度?\s?$", before) or re.search(
        r"(?:较|比|同比|应于|应在|原定于?|原计划于?)\s?$", before
    ):
        return True
    return not piece.is_range and bool(_SINCE.match(body, piece.end))


def _expression(match: re.Match[str], body: str, year: int | None, year_hint: int | None) -> _Found | None:
    at, end, text = match.start(), match.end(), match[0]
    if match["plan"]:
        if not match["planpart"] and not ("“" in text or '"' in text):
            return None
        if match["planpart"] in ("中期", "前"):
            return _Found(at, end, None, doubt=f"“{text}”没有具体日期，请给出截止日期。")
        last = _PLAN[match["planno"]]
        named = not match["planpart"]  # 修订“十四五”规划: the plan's name limits nothing
        return _Found(at, end, dt.date(last, 12, 31), dt.date(last - 4, 1, 1), limited=not named, inferred=True)
    if match["yy"]:
        return _bare_year(match, body)
    if match["ym"]:
        number, month = int(match["ym"]), int(match["ymm"])
        if not FIRST_YEAR <= number <= LAST_YEAR or not 1 <= month <= 12:
            return None
        limited = bool(match["ymtail"])
        return _Found(at, end, last_day(number, month), dt.date(number, month, 1), limited=limited)
    own, inferred, known = _year_of(match, year, year_hint)
    if match["yend"] and not known and not match["yend"].startswith(("年", "全")):  # 摸底, 期内: no year is meant
        return None
    if own is None:
        return _Found(at, end, None, doubt=f"“{_short(text)}”没有写明年份，请给出完整的截止日期。")
    if not FIRST_YEAR <= own <= LAST_YEAR:
        return _Found(at, end, None, doubt=f"“{_short(text)}”的年份不对，请给出正确的截止日期。")
    if match["m"]:
        day = _day(own, int(match["m"]), int(match["d"]))
        if day is None:
            return _Found(at, end, None, doubt=f"没有“{_short(text)}”这一天，请给出正确的截止日期。")
        return _Found(at, end, day, day, limited=bool(match["dtail"]), inferred=inferred)
    if match["m2"]:
        return _month(match, own, inferred)
    if match["q"] or match["fq"]:
        quarter = _QUARTER[match["q"] or match["fq"]]
        first = dt.date(own, 1 if match["fq"] else quarter * 3 - 2, 1)
        return _Found(at, end, last_day(own, quarter * 3), first, limited=True, inferred=inferred)
    if match["half"]:
        upper = match["half"] == "上"
        first = dt.date(own, 1 if upper else 7, 1)
        return _Found(at, end, last_day(own, 6 if upper else 12), first, limited=True, inferred=inferred)
    return _Found(at, end, dt.date(own, 12, 31), dt.date(own, 1, 1), limited=True, inferred=inferred)


def _month(match: re.Match[str], year: int, inferred: bool) -> _Found:
    at, end, text = match.start(), match.end(), match[0]
    month, tail = int(match["m2"]), (match["tail"] or "").strip()
    if not 1 <= month <= 12:
        return _Found(at, end, None, doubt=f"没有“{_short(text)}”这个月份，请给出正确的截止日期。")
    first, last = dt.date(year, month, 1), last_day(year, month)
    if "上旬" in tail or "初" in tail or "中旬" in tail:
        day = dt.date(year, month, 20 if "中旬" in tail else 10)
        return _Found(at, end, day, first, limited=True, inferred=True)
    doubt = None
    if tail in ("前", "之前", "以前"):
        # Read as the month's last day, and asked: some offices mean the day before the month begins.
        doubt = f"“{_short(text)}”是否含当月？现按{last.isoformat()}处理，请确认。"
        inferred = True
    return _Found(at, end, last, first, limited=bool(tail) and tail != "份", inferred=inferred, doubt=doubt)


def _bare_year(match: re.Match[str], body: str) -> _Found | None:
    at, end, text = match.start(), match.end(), match[0]
    year, tail = int(match["yy"]), match["ytail"] or ""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    if tail in ("前", "以前", "之前"):
        return _Found(at, end, None, doubt=f"“{_short(text)}”是指{year - 1}年底还是{year}年底？请给出截止日期。")
    limited = bool(match["to"]) or tail in ("内", "以内", "期间", "全年")
    return _Found(at, end, dt.date(year, 12, 31), dt.date(year, 1, 1), limited=limited, inferred=True)


_REFERENCE: Final = {"今年": 0, "本年": 0, "本年度": 0, "明年": 1, "后年": 2, "去年": -1, "上年": -1}


def _year_of(match: re.Match[str], year: int | None, year_hint: int | None) -> tuple[int | None, bool, bool]:
    """The year of an expression, whether it was inferred, and whether the expression says anything of a year."""
    if match["y"]:
        return int(match["y"]), False, True
    if match["y2"]:
        return 2000 + int(match["y2"]), True, True
    word = match["rel"]
    if word in _REFERENCE:
        return (year_hint + _REFERENCE[word] if year_hint else None), True, True
    if word:  # 当年, 同年, 次年: of the date before
        base = year or year_hint
        return (base + (1 if word in ("次年", "翌年") else 0) if base else None), True, True
    if year is not None:
        return year, False, False
    return year_hint, True, False


_CLAUSE_END: Final = re.compile(r"[。；;\n]")


def _stages(body: str, found: list[_Found]) -> tuple[Stage, ...]:
    return tuple(_each_stage(body, found))


def _each_stage(body: str, found: list[_Found]) -> Iterator[Stage]:
    for number, piece in enumerate(found):
        if piece.date is None:
            continue
        stop = _CLAUSE_END.search(body, piece.end)
        end = min(stop.start() if stop else len(body), found[number + 1].at if number + 1 < len(found) else len(body))
        clause = body[piece.end : end].strip(" ，,、：:（）()前")
        if len(clause) < 2:  # "建成泵站，2021年底前。": the clause stands before its date
            begin = max((m.end() for m in re.finditer(r"[。；;\n]", body[: piece.at])), default=0)
            clause = body[begin : piece.end].strip(" ，,、：:")
        yield Stage(piece.date, clause, piece.inferred)
