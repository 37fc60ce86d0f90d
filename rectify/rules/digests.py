"""How a digest groups, orders and words its lines, in both languages: what is asked of whom, until when, and why.

Pure words. Which lines there are is `notices`'; how a verdict is called and explained is `verdicts`'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .ladder import GRAVEST_FIRST, Owed, When

Both = tuple[str, str]
"""Chinese, English."""


@dataclass(frozen=True)
class Section:
    """A group of lines: its heading, its count in the subject, the mark of a line, and what is asked of those who do the
    work and of those who see to it, with what the link says to either (`go`, `look`)."""

    kinds: tuple[When, ...]
    heading: Both
    counted: Both
    mark: Both
    do: Both
    see_to: Both
    go: Both = ("查看措施", "Open the measure")
    look: Both = ("查看措施", "Open the measure")


SECTIONS: dict[str, Section] = {
    "overdue": Section(
        (When.OVERDUE,),
        ("超期未完成", "Overdue"),
        ("{n}条措施超期", "{n} overdue"),
        ("超期{days}天", "{days} days overdue"),
        (
            "请抓紧完成并申报；按期确有困难的，及时向整改办提出延期。",
            "Finish it and submit it as done; where that cannot be, ask the office for an extension.",
        ),
        ("请督促责任单位尽快完成。", "See that the responsible unit finishes it."),
    ),
    "returned": Section(
        (When.RETURNED,),
        ("退回后未重报", "Returned, not sent again"),
        ("{n}条退回未重报", "{n} returned"),
        ("退回{days}天", "returned {days} days ago"),
        ("请按退回意见补正后重新报送。", "Put right what was asked and send it again."),
        ("请督促责任单位补正后重新报送。", "See that the responsible unit sends it again."),
    ),
    "unreported": Section(
        (When.UNREPORTED,),
        ("未按期填报", "Not reported"),
        ("{n}条未填报", "{n} not reported"),
        ("未报送", "not reported"),
        ("请立即补报本期进展。", "Report its progress now."),
        ("请督促责任单位补报本期进展。", "See that the responsible unit reports."),
        ("去填报", "Report"),
    ),
    "behind": Section(
        (When.BEHIND,),
        ("未达到序时进度", "Behind schedule"),
        ("{n}条进度滞后", "{n} behind"),
        ("进度滞后", "behind"),
        ("请赶上计划进度，并在填报中写明补救措施。", "Catch up, and say in the next report how."),
        ("请督促责任单位赶上计划进度。", "See that the responsible unit catches up."),
    ),
    "decide": Section(
        (When.DECIDE,),
        ("待认定", "Waiting for a decision"),
        ("{n}条待认定", "{n} to decide"),
        ("等待{days}天", "waiting {days} days"),
        ("请核查后认定或退回。", "Check it, then accept or return it."),
        ("请核查后认定或退回。", "Check it, then accept or return it."),
        ("去认定", "Decide"),
        ("去认定", "Decide"),
    ),
    "due": Section(
        (When.DUE, When.EXTENSION),
        ("即将到期", "Due soon"),
        ("{n}条即将到期", "{n} due soon"),
        ("还有{days}天", "{days} days left"),
        ("请按期完成，并在时限前申报。", "Finish it and submit it before the deadline."),
        ("请提醒责任单位按期完成。", "Remind the responsible unit."),
    ),
    "check": Section(
        (When.LONG_TERM,),
        ("长期坚持事项例行检查", "Check of long-term items"),
        ("{n}条长期事项待检查", "{n} to check"),
        ("例行检查", "check"),
        ("请检查落实情况，并填报一次进展。", "Check how it stands, and report once."),
        ("请检查落实情况。", "Check how it stands."),
        ("去填报", "Report"),
    ),
}
"""In the order in which a digest has them: what is over first."""

TODAY: Both = ("今天到期", "due today")

REASONS: dict[str, Both] = {
    "due": ("整改时限为{deadline}，还有{days}天。", "Due on {deadline}, in {days} days."),
    "due_today": ("整改时限为{deadline}，今天到期。", "Due on {deadline}: today."),
    "extended": (
        "经批准延期至{deadline}（原时限{original}），还有{days}天。",
        "Extended to {deadline} (first {original}), in {days} days.",
    ),
    "decide": ("{on}申报完成，已等待认定{days}天。", "Submitted as done on {on}; waiting for {days} days."),
    "decide_today": ("{on}申报完成，等待认定。", "Submitted as done on {on}; waiting for a decision."),
    "returned": ("{on}被退回，至今未重新报送。", "Returned on {on}; nothing was sent since."),
    "check": ("长期坚持事项，应于{on}检查落实情况。", "A long-term item, to be checked on {on}."),
}
"""Why a line stands in a digest, beside the reasons of verdicts; dates as 2026-06-30."""


def of(kinds: Iterable[When]) -> str:
    """The section of a line for which steps of these kinds are owed: the first in the order of SECTIONS."""
    kinds = set(kinds)
    return next(name for name, section in SECTIONS.items() if kinds & set(section.kinds))


def gravity(owed: Iterable[Owed]) -> int:
    """0 for red, 3 for blue: the gravest colour among the steps owed of a line."""
    return min(GRAVEST_FIRST.index(one.rule.colour) for one in owed)


def mark(section: str, days: int, english: bool) -> str:
    """The few words before a line: 超期12天."""
    if section == "due" and not days:
        return TODAY[english]
    return SECTIONS[section].mark[english].format(days=days)


def subject(counts: Mapping[str, int], day: dt.date, english: bool = False) -> str:
    """【整改提醒】3条措施超期、2条即将到期（2026年6月15日）: what there is, the worst first."""
    said = [section.counted[english].format(n=counts[name]) for name, section in SECTIONS.items() if counts.get(name)]
    if english:
        return f"[Rectification] {', '.join(said)} ({day.isoformat()})"
    return f"【整改提醒】{'、'.join(said)}（{day.year}年{day.month}月{day.day}日）"
