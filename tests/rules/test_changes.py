"""What changed between two reports, as a table; and the bridge of the count of done."""

from __future__ import annotations

import datetime as dt

import pytest

from rectify.rules import changes
from rectify.rules.changes import Item

DAY, LATER = dt.date(2026, 6, 30), dt.date(2026, 9, 30)


def item(verdict: str, done: bool = False, deadline_on: dt.date | None = DAY, corrected: bool = False) -> Item:
    return Item(("measures", 1, 7), verdict, done, deadline_on, corrected)


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (item("on_schedule"), item("on_schedule"), []),
        (item("on_schedule"), item("completed", True), ["newly_done"]),
        (item("completed", True), item("signed_off", True), []),
        (item("signed_off", True), item("on_schedule"), ["reopened"]),
        (item("completed", True), item("overdue"), ["reopened", "newly_overdue"]),
        (item("on_schedule"), item("behind"), ["newly_behind"]),
        (item("behind"), item("behind"), []),
        (item("behind"), item("overdue"), ["newly_overdue"]),
        (item("overdue"), item("behind", deadline_on=LATER), ["newly_behind", "moved"]),
        (item("on_schedule"), item("unreported"), ["newly_unreported"]),
        (item("on_schedule"), item("on_schedule", deadline_on=None), ["moved"]),
        (item("on_schedule", deadline_on=None), item("on_schedule"), ["moved"]),
        (item("behind"), item("behind", corrected=True), ["corrected"]),
        (item("behind", corrected=True), item("behind", corrected=True), []),
        (item("behind", corrected=True), item("overdue", corrected=True), ["newly_overdue", "corrected"]),
        (item("behind", corrected=True), item("behind"), []),
        # 基本完成 counts as done in the later report only: the rule was changed
        (item("basically_completed"), item("basically_completed", True), ["newly_done"]),
        (None, item("completed", True), ["added"]),
        (item("overdue"), None, ["withdrawn"]),
    ],
)
def test_what_is_told_of_a_row(before: Item | None, after: Item | None, kinds: list[str]) -> None:
    found = changes.compare([before] if before else [], [after] if after else [])

    assert [change.kind for change in found] == kinds
    assert {(change.before, change.after) for change in found} <= {(before, after)}


def test_the_same_number_in_another_inspection_or_of_an_issue_is_another_row() -> None:
    before = [Item(("measures", 1, 7), "behind", False), Item(("issues", 1, 7), "behind", False)]
    after = [Item(("measures", 2, 7), "behind", False), Item(("issues", 1, 7), "completed", True)]

    found = changes.compare(before, after)

    assert [(c.kind, c.key) for c in found] == [
        ("newly_done", ("issues", 1, 7)),
        ("added", ("measures", 2, 7)),
        ("withdrawn", ("measures", 1, 7)),
    ]


def test_the_count_of_done_is_bridged_from_report_to_report() -> None:
    def of(key: int, verdict: str, done: bool) -> Item:
        return Item(("measures", 1, key), verdict, done)

    before = [of(1, "completed", True), of(2, "completed", True), of(3, "behind", False), of(4, "signed_off", True)]
    after = [of(1, "signed_off", True), of(2, "behind", False), of(3, "completed", True), of(5, "completed", True)]

    found = changes.balance(3, changes.compare(before, after))

    assert (found.newly_done, found.reopened, found.added, found.withdrawn) == (1, 1, 1, 1)
    assert found.after == sum(one.done for one in after) == 3


def test_figures_that_differ_are_named_with_both_values() -> None:
    assert changes.differing(
        {"done": 3, "total": 9}, {"done": 4, "total": 9, "behind": 0}, ("total", "done", "behind")
    ) == [("done", 3, 4)]
