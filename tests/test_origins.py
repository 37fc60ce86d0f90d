"""Each field of what was read leads to the line it stands in."""

from __future__ import annotations

import datetime as dt

import pytest

from rectify import reading
from rectify.ledger.origins import Origins, Stretch, origins
from rectify.reading.draft import IssueDraft, MeasureDraft, MilestoneDraft, UnitDraft
from rectify.rules import deadlines

LINES = [
    "某市整改方案",  # 1
    "一、甲县污水直排，2026年6月底前应建成管网而未建成，",  # 2
    "群众反映强烈。",
    "责任单位：甲县人民政府、市住建局",
    "督导单位：市生态环境局",
    "整改目标：消除直排。",  # 6
    "整改时限：2026年6月底前",
    "整改措施：",
    "1.建设管网12公里，2026年3月底前完成主体工程。（市住建局；2026年5月底前）",
    "2.改造泵站。",  # 10
    "二、乙县人民政府监管不力。",
]


def limit(text: str) -> deadlines.Deadline:
    return deadlines.parse(text).deadline


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("甲县污水直排，2026年6月底前应建成管网而未建成，群众反映强烈。", 2),  # wrapped over two lines
        ("消除直排", 6),
        ("2026年6月底前", 7),  # the shorter of two lines that hold it
        ("改造 泵站", 10),  # blanks and punctuation make no difference
        ("监管不力", None),  # behind the end
        ("从未写过的话", None),
        ("", None),
        ("。；", None),
    ],
)
def test_a_text_is_found_in_the_line_of_which_it_is_the_most(text: str, line: int | None) -> None:
    assert Stretch(LINES, 2, 11).line_of(text) == line


def test_every_field_of_an_issue_and_its_measures_is_found() -> None:
    issue = IssueDraft(
        text="甲县污水直排，2026年6月底前应建成管网而未建成，群众反映强烈。",
        goal="消除直排。",
        deadline=limit("2026年6月底前"),
        units=[
            UnitDraft("甲县人民政府", "responsible"),
            UnitDraft("市住建局", "responsible"),
            UnitDraft("市生态环境局", "supervising"),
        ],
        measures=[
            MeasureDraft(
                text="建设管网12公里，2026年3月底前完成主体工程。",
                deadline=limit("2026年5月底前"),
                units=[UnitDraft("市住建局", "responsible")],
                line=9,
            ),
            MeasureDraft(text="改造泵站。", deadline=limit("2026年6月底前"), line=10),
        ],
        milestones=[MilestoneDraft(dt.date(2026, 3, 31), "完成主体工程"), MilestoneDraft(dt.date(2026, 4, 1), "无处")],
        line=2,
    )

    assert origins(issue, LINES, 11) == Origins(
        text=2,
        goal=6,
        deadline=7,
        units={"responsible": 4, "supervising": 5},
        milestones=[9, None],
        measures=[
            Origins(text=9, deadline=9, units={"responsible": 9}),
            Origins(text=10),  # its limit is the issue's: no line of its own says it
        ],
    )


def test_the_fields_of_a_table_row_all_lead_to_the_row() -> None:
    table = "序号\t问题\t措施\t责任单位\t时限\n1\t甲乱象。\t整治甲。\t甲局\t2026年6月底前\n2\t乙乱象。\t整治乙。\t乙局\t2026年9月底前\n"
    draft = reading.read(table.encode(), "表.txt")

    found = [origins(issue, draft.source_lines, (2, 3, 4)[n + 1]) for n, issue in enumerate(draft.issues)]

    assert [one.text for one in found] == [2, 3]
    assert [set(one.units.values()) for one in found] == [{2}, {3}]
    assert [[measure.text for measure in one.measures] for one in found] == [[2], [3]]


def test_an_issue_without_a_line_of_its_own_leads_nowhere() -> None:
    issue = IssueDraft(text="消除直排。", measures=[MeasureDraft(text="改造泵站。")])

    assert origins(issue, LINES, 11) == Origins(measures=[Origins()])
