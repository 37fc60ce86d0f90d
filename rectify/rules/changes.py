"""What changed between two sets of frozen rows: newly done, newly behind, reopened, moved … and whether it adds up.

Plain values in, plain values out. Which reports are compared, and how rows are kept, is `releases`'.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from .verdicts import Verdict


@dataclass(frozen=True)
class Item:
    """What is compared of a row. `key` is the same in both sets: what is counted, the inspection, the issue or measure."""

    key: tuple[str, int, int]
    verdict: str
    done: bool
    deadline_on: date | None = None
    corrected: bool = False


@dataclass(frozen=True)
class Change:
    """One row of one kind of change; `before` or `after` is None where the row was added or withdrawn."""

    kind: str
    before: Item | None
    after: Item | None

    @property
    def key(self) -> tuple[str, int, int]:
        item = self.after or self.before
        assert item is not None
        return item.key


KINDS = (
    "newly_done",
    "reopened",
    "newly_overdue",
    "newly_behind",
    "newly_unreported",
    "moved",
    "added",
    "withdrawn",
    "corrected",
)
"""The kinds of change in the order in which they are told. A row may be told under several: overdue by a moved date."""

_NEWLY = {
    "newly_overdue": Verdict.OVERDUE,
    "newly_behind": Verdict.BEHIND,
    "newly_unreported": Verdict.UNREPORTED,
}


def compare(before: Iterable[Item], after: Iterable[Item]) -> list[Change]:
    """The changes from one set to the other, by kind, within a kind in the order of the later set (withdrawn ones: of the
    earlier). Empty where nothing changed."""
    old = {item.key: item for item in before}
    new = {item.key: item for item in after}
    found: dict[str, list[Change]] = {kind: [] for kind in KINDS}
    for key, item in new.items():
        for kind in _kinds(old.get(key), item):
            found[kind].append(Change(kind, old.get(key), item))
    found["withdrawn"] = [Change("withdrawn", item, None) for key, item in old.items() if key not in new]
    return [change for kind in KINDS for change in found[kind]]


def _kinds(was: Item | None, item: Item) -> list[str]:
    if was is None:
        return ["added"]
    kinds = []
    if item.done != was.done:
        kinds.append("newly_done" if item.done else "reopened")
    kinds += [kind for kind, verdict in _NEWLY.items() if item.verdict == verdict != was.verdict]
    if item.deadline_on != was.deadline_on:
        kinds.append("moved")
    # What was marked then, and reads the same since, was told then.
    if item.corrected and (not was.corrected or item != was):
        kinds.append("corrected")
    return kinds


@dataclass(frozen=True)
class Balance:
    """How the count of done comes from the earlier one: before + newly done − reopened + added done − withdrawn done."""

    before: int
    newly_done: int
    reopened: int
    added: int
    withdrawn: int

    @property
    def after(self) -> int:
        return self.before + self.newly_done - self.reopened + self.added - self.withdrawn


def balance(done_before: int, changes: Iterable[Change]) -> Balance:
    """The bridge from the earlier count of done to the later one."""
    tally: dict[str, int] = dict.fromkeys(("newly_done", "reopened", "added", "withdrawn"), 0)
    for change in changes:
        item = change.after or change.before
        if change.kind in ("newly_done", "reopened") or (change.kind in ("added", "withdrawn") and item and item.done):
            tally[change.kind] += 1
    return Balance(done_before, **tally)


def differing(before: Mapping[str, int], after: Mapping[str, int], names: Iterable[str]) -> list[tuple[str, int, int]]:
    """(figure, earlier, later) of the figures that two reports of the same cut-off tell differently."""
    return [(name, before[name], after[name]) for name in names if before.get(name, 0) != after[name]]
