"""What a report may claim beside its figures: sentences that people write are held against them, and who has not
reported is named (domain.md c.3 pattern 6, c.4). What the generated sentences claim is `sentence`'s.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import verdicts
from .sentence import ISSUES, MEASURES, Segment, Subject
from .verdicts import Verdict

NAMED = 10
"""So many items are named in the text itself; more are counted there and named in the annex."""
LONGEST_REASON = 60
"""Characters of a reason in the text; the annex and the item's page have the whole."""

_CLAIMS = {
    "all_done": re.compile("全部(?:整改)?(?:完成|到位|销号)|(?:均|都|全部)已(?:整改)?(?:完成|到位)"),
    "orderly": re.compile("有序推进|按(?:照)?(?:时间节点|序时|时序)(?:进度)?(?:有序)?(?:加快)?推进"),
    "on_schedule": re.compile("(?:均|都|全部)(?:已)?达到(?:序时|时序)进度"),
}
_NOT_YET = re.compile("未|没有|力争|确保|争取|预计|计划|将|拟|要求|推动")
"""Whoever writes so speaks of what is not, or is to be."""


@dataclass(frozen=True)
class Untrue:
    """A claim that does not hold: its words, the inspection of which it is not true, and how many items say so."""

    words: str
    name: str
    count: int
    word: str


def untrue(text: str, subjects: Sequence[Subject]) -> list[Untrue]:
    """The claims 全部完成, 有序推进 and 均达到序时进度 in a text that are not true of the inspections it names in the same
    sentence, or of all in the report where it names none."""
    found: list[Untrue] = []
    for said in re.split("[。；;！!\n]", text):
        about = [subject for subject in subjects if subject.name in said] or subjects
        for code, pattern in _CLAIMS.items():
            for match in pattern.finditer(said):
                clause = re.split("[，,：:]", said[: match.start()])[-1]
                if _NOT_YET.search(clause):
                    continue
                for subject in about:
                    count, word = _against(code, subject)
                    if count:
                        found.append(Untrue(match.group(), subject.name, count, word))
    return list(dict.fromkeys(found))


def _against(code: str, subject: Subject) -> tuple[int, str]:
    """How many items speak against a claim, of the measures or else of the issues, and their counting word."""
    for counts, word in ((subject.measures, subject.measure_word), (subject.issues, subject.issue_word)):
        against = {
            "all_done": counts.open,
            "orderly": counts.adverse or counts.overdue_earlier_years,
            "on_schedule": counts.open - (counts.on_schedule - counts.on_schedule_unreported),
        }[code]
        if against:
            return against, word
    return 0, ""


@dataclass(frozen=True)
class Silent:
    """A measure or an issue that has not reported, as it is cited, with the units that answer for it."""

    key: int
    counted: str
    number: str
    units: tuple[str, ...]


@dataclass(frozen=True)
class Lagging:
    """A measure or an issue that is overdue or behind, as it is cited, with the units that answer for it, and why and
    until when as its unit last said: empty and None where it did not."""

    key: int
    counted: str
    verdict: Verdict
    number: str
    units: tuple[str, ...]
    reason: str = ""
    expected_on: dt.date | None = None


def naming(subjects: Sequence[Subject], silent: Sequence[Silent]) -> list[tuple[Segment, ...]]:
    """未报送的2条为：1-1（甲县人民政府）、1-2（乙县人民政府）。 A sentence for each inspection; many are left to the annex."""
    return [
        _named(subject, counted, Verdict.UNREPORTED, verdicts.word(Verdict.UNREPORTED), mine)
        for subject in subjects
        for counted in (MEASURES, ISSUES)
        if (mine := [one for one in silent if (one.key, one.counted) == (subject.key, counted)])
    ]


def lagging(
    subjects: Sequence[Subject], laggards: Sequence[Lagging], schedule: str = "序时"
) -> list[tuple[Segment, ...]]:
    """未达到序时进度的1条为：1-1（甲县人民政府，原因：汛期停工，预计2026年9月30日完成）。 Pattern 6 of domain.md c.3, likewise."""
    return [
        _named(subject, counted, verdict, verdicts.word(verdict).replace("序时", schedule), mine)
        for subject in subjects
        for counted in (MEASURES, ISSUES)
        for verdict in (Verdict.OVERDUE, Verdict.BEHIND)
        if (mine := [o for o in laggards if (o.key, o.counted, o.verdict) == (subject.key, counted, verdict)])
    ]


def _named(
    subject: Subject, counted: str, verdict: Verdict, said_so: str, mine: Sequence[Silent | Lagging]
) -> tuple[Segment, ...]:
    counts, word = (
        (subject.measures, subject.measure_word)
        if counted == MEASURES
        else (subject.issues, f"{subject.issue_word}问题")
    )
    # Issues that a named measure stands for are left out: then the number opens no list that is as long.
    whole = len(mine) == counts.of(verdict)
    size = Segment(str(len(mine)), verdict.value, len(mine), subject.key, counted) if whole else Segment(str(len(mine)))
    if len(mine) > NAMED:
        units = len({unit for one in mine for unit in one.units})
        rest = f"{word}（涉及{units}个单位）名单见附件。"
    else:
        rest = f"{word}为：{'、'.join(map(_cited, mine))}。"
    return Segment(f"{subject.name}{said_so}的"), size, Segment(rest)


def _cited(one: Silent | Lagging) -> str:
    told = ["、".join(one.units)] if one.units else []
    if isinstance(one, Lagging):
        reason = one.reason.strip("。；，;, \n").replace("\n", "")
        reason = reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}……"
        told.append(f"原因：{reason}" if reason else "未说明原因")
        if one.expected_on:
            told.append(f"预计{one.expected_on.year}年{one.expected_on.month}月{one.expected_on.day}日完成")
    return f"{one.number}（{'，'.join(told)}）"


def nameless(silent: Sequence[Silent]) -> list[Silent]:
    """Those for which nobody can be named."""
    return [one for one in silent if not one.units]
