"""What a report may claim beside its figures: sentences that people write are held against them, and who has not
reported is named (domain.md c.3 pattern 6, c.4). What the generated sentences claim is `sentence`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .sentence import MEASURES, Segment, Subject

NAMED = 10
"""So many items are named in the text itself; more are counted there and named in the annex."""

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


def naming(subjects: Sequence[Subject], silent: Sequence[Silent]) -> list[tuple[Segment, ...]]:
    """未报送的2条为：1-1（甲县人民政府）、1-2（乙县人民政府）。 A sentence for each inspection; many are left to the annex."""
    told: list[tuple[Segment, ...]] = []
    for subject in subjects:
        for counted, counts, word in (
            (MEASURES, subject.measures, subject.measure_word),
            ("issues", subject.issues, f"{subject.issue_word}问题"),
        ):
            mine = [one for one in silent if one.key == subject.key and one.counted == counted]
            if not mine:
                continue
            whole = len(mine) == counts.unreported
            size = Segment(str(len(mine)), "unreported", len(mine), subject.key, counted)
            said = [Segment(f"{subject.name}未报送的"), size if whole else Segment(str(len(mine)))]
            if len(mine) > NAMED:
                units = len({unit for one in mine for unit in one.units})
                said.append(Segment(f"{word}（涉及{units}个单位）名单见附件。"))
            else:
                named = "、".join(f"{one.number}（{'、'.join(one.units)}）" for one in mine)
                said.append(Segment(f"{word}为：{named}。"))
            told.append(tuple(said))
    return told


def nameless(silent: Sequence[Silent]) -> list[Silent]:
    """Those for which nobody can be named."""
    return [one for one in silent if not one.units]
