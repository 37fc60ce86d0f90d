"""What people may write beside the figures of a report, and how those that have not reported are named."""

from __future__ import annotations

import datetime as dt

import pytest

from rectify.rules import claims
from rectify.rules.claims import Lagging, Silent
from rectify.rules.sentence import Counts, Subject
from rectify.rules.verdicts import Verdict

DONE = Subject(1, "甲督察", Counts(total=1, completed=1, done=1), Counts(total=2, completed=2, done=2))
GOING = Subject(2, "乙考核", Counts(total=1, on_schedule=1), Counts(total=2, on_schedule=2))
LATE = Subject(3, "丙巡视", Counts(total=1, overdue=1), Counts(total=3, overdue=1, behind=1, on_schedule=1))
FRESH = Subject(4, "丁通报", Counts(), Counts(total=2, on_schedule=2, on_schedule_unreported=1))


@pytest.mark.parametrize(
    ("text", "subjects", "against"),
    [
        ("全部整改完成。", [DONE], []),
        ("全部整改完成。", [DONE, GOING], [("全部整改完成", "乙考核", 2)]),
        ("甲督察反馈问题全部完成，乙考核另报。", [DONE, LATE], []),
        ("甲督察反馈问题全部完成；丙巡视均已完成。", [DONE, LATE], [("均已完成", "丙巡视", 3)]),
        ("各项工作有序推进。", [DONE, GOING], []),
        ("各项工作有序推进。", [GOING, LATE], [("有序推进", "丙巡视", 2)]),
        ("均达到序时进度。", [GOING, DONE], []),
        ("均达到时序进度。", [LATE], [("均达到时序进度", "丙巡视", 2)]),
        ("均达到序时进度。", [FRESH], [("均达到序时进度", "丁通报", 1)]),
        ("力争年底前全部完成。", [LATE], []),
        ("尚未全部完成，下一步继续督办。", [LATE], []),
        ("下一步将压实责任，各项整改按照时间节点推进。", [LATE], [("按照时间节点推进", "丙巡视", 2)]),
        ("请各单位抓紧。", [LATE], []),
    ],
)
def test_a_claim_that_is_not_true_is_named(text: str, subjects: list[Subject], against: list[tuple]) -> None:
    assert [(found.words, found.name, found.count) for found in claims.untrue(text, subjects)] == against


def test_who_has_not_reported_is_named_with_number_and_unit() -> None:
    subject = Subject(1, "甲督察", Counts(total=2, unreported=2), Counts(total=2, unreported=2))
    silent = [
        Silent(1, "measures", "1-1", ("甲县人民政府", "市水务局")),
        Silent(1, "measures", "1-2", ("乙县人民政府",)),
        Silent(1, "issues", "2", ("乙县人民政府",)),
    ]

    said = ["".join(segment.text for segment in one) for one in claims.naming([subject], silent)]

    assert said == [
        "甲督察未报送的2条为：1-1（甲县人民政府、市水务局）、1-2（乙县人民政府）。",
        "甲督察未报送的1项问题为：2（乙县人民政府）。",
    ]


@pytest.mark.parametrize(("count", "in_the_text"), [(claims.NAMED, True), (claims.NAMED + 1, False)])
def test_many_are_counted_in_the_text_and_named_in_the_annex(count: int, in_the_text: bool) -> None:
    subject = Subject(1, "甲督察", Counts(), Counts(total=count, unreported=count))
    silent = [Silent(1, "measures", str(n), (f"单位{n % 2}",)) for n in range(count)]

    (said,) = claims.naming([subject], silent)

    text = "".join(segment.text for segment in said)
    assert (f"未报送的{count}条为：0（单位0）" in text) is in_the_text
    assert ("（涉及2个单位）名单见附件。" in text) is not in_the_text
    assert [(segment.figure, segment.value) for segment in said if segment.figure] == [("unreported", count)]


def test_what_is_overdue_or_behind_is_named_with_unit_reason_and_the_day_expected() -> None:
    """Domain c.3, pattern 6."""
    subject = Subject(1, "甲督察", Counts(total=3, overdue=1, behind=1), Counts(total=4, overdue=1, behind=2))
    end = dt.date(2026, 9, 30)
    laggards = [
        Lagging(1, "measures", Verdict.BEHIND, "1-1", ("甲县人民政府", "市水务局"), "汛期停工二十天。\n已复工。", end),
        Lagging(1, "measures", Verdict.OVERDUE, "2-1", ("乙县人民政府",)),
        Lagging(1, "measures", Verdict.BEHIND, "3-1", (), "长" * (claims.LONGEST_REASON + 1)),
        Lagging(1, "issues", Verdict.BEHIND, "4", ("丙县人民政府",), "资金未到位"),
    ]

    said = claims.lagging([subject], laggards, "时序")

    assert ["".join(segment.text for segment in one) for one in said] == [
        "甲督察超期的1条为：2-1（乙县人民政府，未说明原因）。",
        "甲督察未达到时序进度的2条为：1-1（甲县人民政府、市水务局，原因：汛期停工二十天。已复工，预计2026年9月30日完成）、"
        f"3-1（原因：{'长' * claims.LONGEST_REASON}……）。",
        "甲督察未达到时序进度的1项问题为：4（丙县人民政府，原因：资金未到位）。",
    ]
    assert [[(s.figure, s.value) for s in one if s.figure] for one in said] == [
        [("overdue", 1)], [("behind", 2)], [("behind", 1)]
    ]  # fmt: skip


def test_an_item_without_a_unit_can_name_nobody() -> None:
    named, nameless = Silent(1, "measures", "1", ("甲县",)), Silent(1, "measures", "2", ())

    assert claims.nameless([named, nameless]) == [nameless]
