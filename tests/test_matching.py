"""Which item of a newer version is which of the older one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rectify.ledger import matching
from rectify.ledger.matching import Mark

PIPES = "新建污水管网12公里，完成老城区雨污分流改造。"
PUMPS = "改造提升泵站2座，汛期前投入运行。"
RIVER = "开展河道清淤5公里，建立巡河制度并定期公布结果。"


def paired(new, old):
    found = matching.pair([Mark(*mark) for mark in new], [Mark(*mark) for mark in old])
    return found.pairs, found.doubts


@pytest.mark.parametrize(
    ("new", "old", "pairs", "doubts"),
    [
        ([("一", PIPES)], [("一", PIPES)], {0: 0}, {}),
        # The number is written in another way, the text with other signs and widths.
        ([("1.", "新建污水管网12公里,完成老城区雨污分流改造")], [("（一）", PIPES)], {0: 0}, {}),
        # A new item in front renumbers what follows.
        ([("一", RIVER), ("二", PIPES), ("三", PUMPS)], [("一", PIPES), ("二", PUMPS)], {1: 0, 2: 1}, {}),
        # The text changed under its number.
        ([("1", "新建污水管网15公里，完成老城区雨污分流改造。")], [("1", PIPES)], {0: 0}, {}),
        ([("1", "新建污水管网12公里。")], [("1", PIPES)], {0: 0}, {}),
        # The number stayed, but it is another item.
        ([("1", RIVER)], [("1", PIPES)], {}, {}),
        # Number and wording changed, but it is plainly the same.
        ([("7", "新建污水管网12公里，完成老城区雨污分流改造任务。")], [("1", PUMPS), ("2", PIPES)], {0: 1}, {}),
        # Half alike under another number is not enough.
        ([("7", "新建污水管网，保障供水。")], [("1", PIPES)], {}, {}),
        # The same sentence twice on both sides: in their order; by number where that tells.
        ([("1", PIPES), ("2", PIPES)], [("1", PIPES), ("2", PIPES)], {0: 0, 1: 1}, {}),
        ([("2", PIPES), ("1", PIPES)], [("1", PIPES), ("2", PIPES)], {0: 1, 1: 0}, {}),
        # One of two that are equal is gone: nobody can tell which.
        ([("3", PIPES)], [("1", PIPES), ("2", PIPES)], {}, {0: [0, 1]}),
        # Its number says which of the two it is.
        ([("2", PIPES)], [("1", PIPES), ("2", PIPES)], {0: 1}, {}),
        # Two new ones are equally like the only old one.
        (
            [
                ("", "新建污水管网12公里，完成老城区雨污分流改造甲。"),
                ("", "新建污水管网12公里，完成老城区雨污分流改造乙。"),
            ],
            [("", PIPES)],
            {},
            {0: [0], 1: [0]},
        ),
        # Numbers begin anew in every part of a document.
        (
            [("1", PIPES + "甲", "省"), ("1", PIPES + "乙", "市")],
            [("1", PIPES + "丙", "市"), ("1", PIPES + "丁", "省")],
            {0: 1, 1: 0},
            {},
        ),
        ([], [("1", PIPES)], {}, {}),
        ([("1", PIPES)], [], {}, {}),
        ([("1", "——")], [("1", "——")], {}, {}),
    ],
)
def test_items_are_found_again_by_number_and_text(new, old, pairs, doubts):
    assert paired(new, old) == (pairs, doubts)


WORDS = st.text("甲乙丙丁管网河道清淤改造建设", max_size=12)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=12), st.lists(st.tuples(WORDS, WORDS), max_size=12))
def test_each_item_is_used_at_most_once_and_no_pair_is_in_doubt(new, old):
    found = matching.pair([Mark(*mark) for mark in new], [Mark(*mark) for mark in old])

    assert len(set(found.pairs.values())) == len(found.pairs)
    assert not set(found.doubts) & set(found.pairs)
    assert all(matching.bare(new[n][1]) and matching.bare(old[o][1]) for n, o in found.pairs.items())


@given(st.lists(st.tuples(WORDS, WORDS), max_size=15))
def test_a_list_beside_itself_is_the_same_throughout(items):
    found = matching.pair([Mark(*mark) for mark in items], [Mark(*mark) for mark in items])

    readable = [n for n, (_number, text) in enumerate(items) if matching.bare(text)]
    assert sorted(found.pairs) == readable and not found.doubts
    assert all(items[n][1] == items[o][1] for n, o in found.pairs.items())


@pytest.mark.real_clock
def test_time_grows_with_the_length_of_the_lists_not_with_their_product():
    def seconds(count: int) -> float:
        old = [Mark(str(n), f"第{n}号点位污水管网建设{n * 7919 % 10007}米并完成验收", "来源") for n in range(count)]
        new = [Mark("1", f"{mark.text}，另行公示{n % 97}天", "来源") for n, mark in enumerate(old)]
        began = time.perf_counter()
        matching.pair(new, old)
        return time.perf_counter() - began

    seconds(200)

    assert seconds(4000) < 40 * seconds(500)  # eight times as long; the product would be 64 times
