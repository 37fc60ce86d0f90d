"""Letters (提醒函、督办单、通报、约谈通知): their kinds, places and numbers, and where one stands on a day.

Plain values only. What an office has changed of the templates, and the letters themselves, are `rectify.letters`'.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .workdays import ONE_DAY, Calendar, add_workdays, next_workday

KINDS = {"reminder": "提醒函", "supervision": "督办单", "circular": "通报", "summons": "约谈通知"}

STATES = ("overdue", "late_receipt", "unreceived", "unanswered", "answered", "closed", "draft", "void")
"""Of an issued letter the first that holds for any of its units: 逾期未回复、逾期未签收、待签收、待回复、已回复（待认定）、已办结."""

OPEN = ("overdue", "late_receipt", "unreceived", "unanswered", "answered")

PLACES = (
    *("收文单位", "批次", "事项", "事项数", "时限", "要求"),
    *("回复日期", "签收日期", "文号", "发文机关", "发文日期", "签发人"),
)
"""What a template may name in braces: {收文单位}."""
IN_TITLE = ("收文单位", "批次", "事项数")
OWN_LINE = ("事项", "要求")
"""They fill paragraphs of their own."""

_PLACE = re.compile(r"\{([^{}\n]*)\}")
_WIDE = re.compile(r"｛([^{}｛｝\n]*)｝")


# -- templates -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Template:
    """How a kind of letter is written. `number_form` has {年} and {号} once each; days are working days.

    `reply_days` is None where no reply is asked for. `sender` is empty where the office's own name stands.
    """

    kind: str
    title: str
    body: str
    demand: str
    number_form: str
    reply_days: int | None
    receipt_days: int
    sender: str = ""


DEFAULTS = {
    one.kind: one
    for one in (
        Template(
            "reminder",
            "关于{批次}整改事项的提醒函",
            "经核查，贵单位承担的下列整改事项需引起重视：\n{事项}\n{要求}\n"
            "请于{签收日期}前签收本函，并于{回复日期}前将办理情况书面回复我办。\n特此函告。",
            "请对照整改方案倒排工期，落实责任，确保在整改时限前完成整改任务。",
            "整改办提〔{年}〕{号}号",
            5,
            2,
        ),
        Template(
            "supervision",
            "整改事项督办单",
            "{收文单位}承担的下列整改事项进展滞后，现予督办：\n{事项}\n督办要求：\n{要求}\n"
            "请于{签收日期}前签收，并于{回复日期}前书面回复办理结果，附佐证材料。\n签发人：{签发人}",
            "请主要负责同志亲自研究，逐项查明滞后原因，制定补救措施，明确完成时间和责任人。",
            "整改办督〔{年}〕{号}号",
            5,
            1,
        ),
        Template(
            "circular",
            "关于{批次}整改进展情况的通报",
            "截至{发文日期}，下列整改事项进展滞后，现予通报：\n{事项}\n{要求}",
            "请有关单位认真对照检查，举一反三，加快整改，并在下一次调度时专题报告整改进展。",
            "整改办通〔{年}〕{号}号",
            None,
            2,
        ),
        Template(
            "summons",
            "关于对{收文单位}进行约谈的通知",
            "因下列整改事项多次滞后，决定对贵单位主要负责同志进行约谈：\n{事项}\n约谈安排：\n{要求}\n"
            "请于{签收日期}前签收并确认参加人员，于{回复日期}前书面报送整改情况和下一步措施。",
            "约谈时间、地点另行通知。请准备书面材料，说明滞后原因、补救措施和完成时间。",
            "整改办约〔{年}〕{号}号",
            5,
            1,
        ),
    )
}


def places(text: str) -> list[str]:
    """The places that a text names, each once, as they are written."""
    return list(dict.fromkeys(match[1] for match in _PLACE.finditer(text)))


def unknown(text: str, known: Sequence[str] = PLACES) -> list[str]:
    """What stands in braces, plain or wide, and is no place; a brace without its pair is given as it stands."""
    found = [f"{{{name}}}" for name in places(text) if name not in known]
    found += [match[0] for match in _WIDE.finditer(text)]
    left = _WIDE.sub("", _PLACE.sub("", text))
    return found + list(dict.fromkeys(brace for brace in left if brace in "{}｛｝"))


def crowded(text: str) -> list[str]:
    """The places of OWN_LINE that share their line with other words."""
    lines = [line.strip() for line in text.splitlines()]
    return [name for name in OWN_LINE if any(f"{{{name}}}" in line and line != f"{{{name}}}" for line in lines)]


def fill(text: str, values: Mapping[str, str]) -> list[str]:
    """The paragraphs of a text with its places filled in, without empty ones.

    What is filled in is not looked through for places again: a measure may speak of {年}.
    """
    filled = _PLACE.sub(lambda match: values[match[1]] if match[1] in values else match[0], text)
    return [line.strip() for line in filled.splitlines() if line.strip()]


# -- numbers ---------------------------------------------------------------------------------------------------------


def fits_number(form: str) -> bool:
    """Whether a form of numbers tells years and numbers apart: {年} and {号}, once each and nothing else in braces."""
    return sorted(_PLACE.findall(form)) == sorted(("年", "号")) and not unknown(form, ("年", "号"))


def numbered(form: str, year: int, number: int) -> str:
    """整改办提〔2026〕3号."""
    return " ".join(fill(form, {"年": str(year), "号": str(number)}))


# -- where it stands -------------------------------------------------------------------------------------------------


class Asked(Protocol):
    """What one unit was asked and did: `due_on` None asks for no reply, `answered_on` stands while an answer does."""

    @property
    def received_on(self) -> dt.date | None: ...
    @property
    def due_on(self) -> dt.date | None: ...
    @property
    def answered_on(self) -> dt.date | None: ...
    @property
    def closed_on(self) -> dt.date | None: ...


def state_of(unit: Asked, receipt_due_on: dt.date | None, day: dt.date) -> str:
    """Where one unit stands on a day; both due days are still in time. Receipt has its own clock (R29)."""
    if unit.closed_on is not None:
        return "closed"
    if unit.answered_on is not None:
        return "answered"
    if unit.due_on is not None and day > unit.due_on:
        return "overdue"
    if unit.received_on is None:
        return "late_receipt" if receipt_due_on is not None and day > receipt_due_on else "unreceived"
    return "closed" if unit.due_on is None else "unanswered"


def state(units: Iterable[Asked], receipt_due_on: dt.date | None, day: dt.date, *, issued: bool, void: bool) -> str:
    """Where a letter stands on a day: void and draft by itself, else as the furthest behind of its units."""
    if void:
        return "void"
    if not issued:
        return "draft"
    return min((state_of(unit, receipt_due_on, day) for unit in units), key=STATES.index, default="closed")


def due(calendar: Calendar, day: dt.date, workdays: int | None) -> dt.date | None:
    """The last day for what is asked on `day`: so many working days after it, None where nothing is asked."""
    return None if workdays is None else add_workdays(calendar, day, workdays)


def workdays_over(calendar: Calendar, due_on: dt.date, day: dt.date) -> int:
    """How many working days have passed since the due day, the day itself counted where it is one; 0 while in time."""
    count, at = 0, next_workday(calendar, due_on + ONE_DAY)
    while at <= day:
        count, at = count + 1, next_workday(calendar, at + ONE_DAY)
    return count


# -- what it says ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """A measure or issue as a letter cites it."""

    number: str
    inspection: str
    text: str
    deadline_on: dt.date | None
    original_on: dt.date | None


EXAMPLE = Item("六-2", "示例批次", "新建污水管网12公里，完成雨污分流改造。", dt.date(2026, 6, 30), dt.date(2026, 3, 31))
EXAMPLE_UNIT, EXAMPLE_SIGNER = "示例单位", "（签发人）"
"""What a template is shown with before there is a letter."""


def said(day: dt.date | None) -> str:
    """2026年6月30日."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def time_limit(item: Item) -> str:
    """2026年6月30日（原时限2026年3月31日）; the original is never left out (R9)."""
    if item.deadline_on is None:
        return "未明确时限"
    moved = item.original_on is not None and item.original_on != item.deadline_on
    return said(item.deadline_on) + (f"（原时限{said(item.original_on)}）" if moved else "")


def lines(items: Sequence[Item]) -> list[str]:
    """The items of a letter, a paragraph each, numbered where there are several."""
    several = len(items) > 1
    return [
        (f"{at}．" if several else "")
        + f"《{item.inspection}》{f'第{item.number}项' if item.number else ''}：{_flat(item.text)}"
        + f"整改时限：{time_limit(item)}。"
        for at, item in enumerate(items, 1)
    ]


def _flat(text: str) -> str:
    """A text as one paragraph that ends like a sentence."""
    flat = "".join(line.strip() for line in text.splitlines())
    return flat if flat.endswith(("。", "！", "？", "；")) else f"{flat}。"


def values(
    *,
    units: Sequence[str],
    items: Sequence[Item],
    demand: str,
    reply_on: dt.date | None,
    receipt_on: dt.date | None,
    number: str,
    sender: str,
    day: dt.date,
    signer: str,
) -> dict[str, str]:
    """What each place stands for."""
    return {
        "收文单位": "、".join(units),
        "批次": "、".join(dict.fromkeys(f"“{item.inspection}”" for item in items)),
        "事项": "\n".join(lines(items)),
        "事项数": str(len(items)),
        "时限": "、".join(dict.fromkeys(time_limit(item) for item in items)),
        "要求": demand,
        "回复日期": said(reply_on),
        "签收日期": said(receipt_on),
        "文号": number,
        "发文机关": sender,
        "发文日期": said(day),
        "签发人": signer,
    }
