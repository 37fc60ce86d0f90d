"""Printed numbers: what they are worth, how they are spelled, where a line begins with one."""

from __future__ import annotations

import time

import pytest

from rectify.rules import numerals


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("7", 7), ("２３", 23), ("23", 23), ("一", 1), ("十", 10), ("十二", 12), ("二十", 20),
        ("二十三", 23), ("廿", 20),
        ("廿三", 23), ("卅", 30), ("卅一", 31), ("卌二", 42), ("一百", 100), ("一百零二", 102),
        ("一百二十", 120), ("百", 100),
        ("两千零一", 2001), ("二〇二二", 2022), ("二○二二", 2022), ("二零二二", 2022), ("〇", 0), ("①", 1), ("⑳", 20),
        ("㉑", 21), ("❸", 3), ("⑵", 2), ("⒊", 3), ("㈣", 4), ("Ⅳ", 4), ("叁拾", 30), ("1 2", 12),
    ],
)  # fmt: skip
def test_a_number_has_its_value(printed: str, value: int) -> None:
    assert numerals.to_int(printed) == value


@pytest.mark.parametrize(
    "printed", ["", " ", "甲", "十十", "二十十", "一百一百", "-1", "1.5", "½", "12345678901", "一二甲", "x" * 10_000]
)
def test_what_is_no_number_has_no_value(printed: str) -> None:
    assert numerals.to_int(printed) is None


@pytest.mark.parametrize(
    ("printed", "spelled"),
    [
        ("（二）", "二"), ("1-（2）", "1-2"), ("1-(2)", "1-2"), ("１－（２）", "1-2"),
        ("1—2", "1-2"), ("1-20号", "1-20"),
        ("第十三项", "十三"), ("序号十", "十"), ("任务序号：九", "九"), ("省序号16", "16"), ("省编号第41号", "41"),
        ("任务清单第4项", "4"), ("25号", "25"), ("3.0", "3"), ("12、", "12"), ("①", "①"),
        ("问题1", "1"), ("1.2", "1.2"),
    ],
)  # fmt: skip
def test_a_printed_number_is_spelled_one_way(printed: str, spelled: str) -> None:
    assert numerals.normalise(printed) == spelled


@pytest.mark.parametrize(
    ("number", "values"),
    [
        ("1-2", (1, 2)),
        ("十三", (13,)),
        ("①", (1,)),
        ("卅", (30,)),
        ("甲", ()),
        ("", ()),
        ("1-20", (1, 20)),
        ("1.2.3", (1, 2, 3)),
    ],
)
def test_numbers_sort_by_their_values(number: str, values: tuple[int, ...]) -> None:
    assert numerals.order(number) == values


@pytest.mark.parametrize(
    ("line", "style", "printed", "rest"),
    [
        ("一、认识不深", "han、", "一", "认识不深"),
        ("（二十一）传导弱化", "(han)", "二十一", "传导弱化"),
        ("(三)缺位", "(han)", "三", "缺位"),
        ("1.排查", "1.", "1", "排查"),
        ("１．排查", "1.", "1", "排查"),
        ("2、整治", "1、", "2", "整治"),
        ("（3）验收", "(1)", "3", "验收"),
        ("4）公示", "1)", "4", "公示"),
        ("①制定", "①", "①", "制定"),
        ("一是加强", "一是", "一", "加强"),
        ("四要严格", "一是", "四", "严格"),
        ("1-（2）层层递减", "dash", "1-2", "层层递减"),
        ("1-20号 污水", "dash", "1-20", " 污水"),
        ("第十三项 供水", "第一项", "十三", " 供水"),
        ("第三个问题：供水", "第一项", "三", "供水"),
        ("问题1：供水", "word:问题", "1", "供水"),
        ("1.1新建", "dotted", "1.1", "新建"),
        ("2.2022年6月底前完成", "1.", "2", "2022年6月底前完成"),
        ("2.6月底前完成", "1.", "2", "6月底前完成"),
        ("25号 建设", "号", "25", " 建设"),
        ("3 建设", "1 ", "3", "建设"),
    ],
)
def test_a_line_begins_with_its_number(line: str, style: str, printed: str, rest: str) -> None:
    found = numerals.marker(line)
    assert found is not None
    assert (found.style, found.printed, line[found.end :]) == (style, printed, rest)


@pytest.mark.parametrize(
    "line",
    ["2020年6月底前", "2020.6.30前完成", "2018-2020年", "1.5万吨", "12.5%", "三个月内", "第二轮督察",
     "一些地方", "两个问题", "3家企业",
     "第1个湖泊", "十四五期间", "", "（甲）", "统一、规范"],
)  # fmt: skip
def test_dates_decimals_and_words_are_no_numbers_of_items(line: str) -> None:
    assert numerals.marker(line) is None


@pytest.mark.parametrize(
    "text", ["1-" * 50_000, "（" * 100_000, "一" * 100_000, "1." * 50_000, "第" * 100_000, "任务" * 50_000]
)
def test_long_nonsense_takes_no_time(text: str) -> None:
    began = time.perf_counter()
    numerals.marker(text)
    numerals.normalise(text)
    numerals.order(text)
    numerals.to_int(text)
    assert time.perf_counter() - began < 1
