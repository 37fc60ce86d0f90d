"""Our own form: a draft written as .xlsx or .docx reads back equal; the blank form and its example are read; what a
hand fills in is understood or asked."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any, BinaryIO

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rectify.reading import read
from rectify.reading.draft import (
    ROLES,
    STATES,
    IssueDraft,
    MeasureDraft,
    MilestoneDraft,
    PlanDraft,
    UnitDraft,
)
from rectify.rules.deadlines import Deadline, parse
from rectify.writing.plan_document import plan_docx
from rectify.writing.plan_workbook import plan_template, plan_xlsx
from tests.reading.labels_of import PLANS, fixtures

WAYS: dict[str, Callable[[BinaryIO, Any], None]] = {"a.xlsx": plan_xlsx, "a.docx": plan_docx}


def said(draft: PlanDraft) -> dict[str, Any]:
    """What a draft says: without source lines, questions and what the reading noted; units in the order of roles."""
    document = draft.as_json()
    for name in ("questions", "unread", "file_kind", "encoding", "notes", "source_lines"):
        del document[name]
    for issue in document["issues"]:
        for item in (issue, *issue["measures"]):
            del item["line"]
            item["units"].sort(key=lambda unit: ROLES.index(unit["role"]))
    return document


def again(draft: PlanDraft, name: str) -> PlanDraft:
    stream = io.BytesIO()
    WAYS[name](stream, draft)
    return read(stream.getvalue(), name)


# ---------------------------------------------------------------- generated drafts
ALPHABET = st.one_of(
    st.sampled_from("一二三整改措施责任单位、，。；：（）()①1.是=+-@\"'<>&|　 年月日前底"),
    st.characters(blacklist_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp"), max_codepoint=0xFFFD),
)
LINE = st.text(ALPHABET, min_size=1, max_size=30).map(lambda text: " ".join(text.split())).filter(bool)
TEXT = st.lists(LINE, min_size=1, max_size=3).map("\n".join)
MAYBE = st.none() | TEXT
DAY = st.dates(dt.date(2015, 1, 1), dt.date(2035, 12, 31))
PHRASE = st.sampled_from(
    [
        "2026年6月底前",
        "2025年3月至2026年12月",
        "立行立改，长期坚持",
        "长期坚持",
        "汛期前",
        "三个月内",
        "年底前",
        "——",
        "2022年前",
    ]
)
YES_NO = st.none() | st.booleans()


@st.composite
def deadline(draw: st.DrawFn) -> Deadline | None:
    """Of a phrase, or settled otherwise than the phrase says."""
    if draw(st.booleans()):
        return draw(st.none() | PHRASE.map(lambda phrase: parse(phrase).deadline))
    raw, inferred, day = draw(PHRASE | LINE), draw(st.booleans()), draw(DAY)
    kind = draw(st.sampled_from(["date", "range", "immediate", "long_term", "relative", "none", "ask"]))
    start = day - dt.timedelta(days=30) if kind == "range" else None
    dated = kind in ("date", "range") or kind == "relative" and draw(st.booleans())
    long_term = kind == "long_term" or kind != "none" and draw(st.booleans())
    return Deadline(raw, day if dated else None, start, kind, long_term, inferred)


UNITS = st.lists(
    st.builds(
        UnitDraft,
        LINE | st.sampled_from(["县水利局", "各县（市、区）党委、政府", "李某", "等单位"]),
        st.sampled_from(ROLES),
    ),
    max_size=4,
    unique_by=lambda unit: (unit.name, unit.role),
)


def facts() -> dict[str, Any]:
    return {
        "state": st.sampled_from(STATES),
        "progress": MAYBE,
        "completed_on": st.none() | DAY,
        "started": YES_NO,
        "signed_off": YES_NO,
        "claims_completed": YES_NO,
        "claims_on_schedule": YES_NO,
        "original_deadline": deadline(),
        "difficulty": MAYBE,
        "next_step": MAYBE,
        "remark": MAYBE,
    }


MEASURES = st.builds(MeasureDraft, number=st.none() | LINE, text=TEXT, deadline=deadline(), units=UNITS, **facts())
STONES = st.builds(MilestoneDraft, DAY, LINE)
ISSUES = st.builds(
    IssueDraft,
    number=st.none() | LINE,
    upper_number=st.none() | LINE,
    category=MAYBE,
    text=TEXT,
    goal=MAYBE,
    deadline=deadline(),
    units=UNITS,
    measures=st.lists(MEASURES, max_size=3),
    milestones=st.lists(STONES, max_size=2),
    source=MAYBE,
    part=st.none() | LINE,
    **facts(),
)
DRAFTS = st.builds(
    PlanDraft,
    title=st.none() | st.text("甲县督察整改方案清单（）2026", min_size=1, max_size=30),
    declared_issues=st.none() | st.integers(1, 900),
    declared_measures=st.none() | st.integers(1, 900),
    as_of=st.none(),
    issues=st.lists(ISSUES, min_size=1, max_size=3),
)


@pytest.mark.parametrize("name", WAYS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(draft=DRAFTS)
def test_a_draft_that_is_written_reads_back_equal(name: str, draft: PlanDraft) -> None:
    assert said(again(draft, name)) == said(draft)


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("plan", fixtures())
def test_what_was_read_from_a_plan_survives_being_written(plan: str, name: str) -> None:
    draft = read((PLANS / plan).read_bytes(), plan)
    assert said(again(draft, name)) == said(draft)


# ---------------------------------------------------------------- the blank form
def filled(rows: list[dict[str, Any]], *, drop: tuple[str, ...] = ()) -> PlanDraft:
    """The blank form filled in as by hand: values by heading."""
    book = openpyxl.load_workbook(io.BytesIO(plan_template()))
    sheet = book["整改方案"]
    sheet["A1"] = "乙县整改方案"
    headings = [cell.value for cell in sheet[2]]
    for number, row in enumerate(rows, 3):
        for heading, value in row.items():
            sheet.cell(number, headings.index(heading) + 1, value)
    for heading in drop:
        sheet.delete_cols([cell.value for cell in sheet[2]].index(heading) + 1)
    stream = io.BytesIO()
    book.save(stream)
    return read(stream.getvalue(), "乙县.xlsx")


def test_the_example_of_the_blank_form_is_read() -> None:
    book = openpyxl.load_workbook(io.BytesIO(plan_template()))
    del book["整改方案"]
    stream = io.BytesIO()
    book.save(stream)
    draft = read(stream.getvalue(), "a.xlsx")
    assert draft.title == "甲县生态环境保护督察反馈问题整改方案（示例）" and not draft.questions
    assert [[m.text for m in issue.measures] for issue in draft.issues] == [
        ["完成全县砂石料场排查，建立问题台账。", "对37处废弃料堆覆土复绿。"],
        ["每半年开展一次履职检查。"],
    ]
    first = draft.issues[0]
    assert [(unit.name, unit.role) for unit in first.units] == [
        ("县自然资源局", "lead"), ("县林业局", "cooperating"), ("县水利局", "cooperating"), ("市自然资源局", "acceptance"),
        ("李某", "leader"),
    ]  # fmt: skip
    assert first.measures[1].state == "on_schedule" and first.milestones[0].date == dt.date(2026, 3, 31)


def test_the_blank_form_itself_holds_nothing_and_says_so() -> None:
    draft = read(plan_template(), "a.xlsx")
    assert draft.issues == [] and [question.ask for question in draft.questions] == [
        "表里没有填写问题，请填好后再上传。"
    ]


def test_a_form_filled_in_by_hand_is_understood() -> None:
    draft = filled(
        [
            {
                "问题序号": 1, "反馈问题": "河道采砂监管不严。", "整改时限": dt.datetime(2026, 9, 30), "牵头单位": "县水利局、县公安局",
                "整改措施": "开展联合执法。", "措施时限": "2026年6月底前", "措施状态": "推进中", "阶段节点": "2026年3月底前完成排查",
            },
            {"整改措施": "安装视频监控。", "措施序号": "2"},
        ],
        drop=("验收单位", "类别"),
    )  # fmt: skip
    (issue,) = draft.issues
    assert draft.title == "乙县整改方案" and issue.number == "1"
    assert issue.deadline is not None and issue.deadline.date == dt.date(2026, 9, 30)
    assert [unit.name for unit in issue.units] == ["县水利局", "县公安局"]
    assert [measure.text for measure in issue.measures] == ["开展联合执法。", "安装视频监控。"]
    assert issue.measures[0].state == "in_progress" and issue.milestones[0].date == dt.date(2026, 3, 31)
    assert draft.questions == []


@pytest.mark.parametrize(
    ("row", "ask"),
    [
        ({"整改时限": "汛期前"}, "没有具体日期"),
        ({"整改时限": "2024年6月底前、年底前"}, "阶段节点"),
        ({"整改措施": "1.排查。\n2.整治。"}, "一格中有2条措施"),
        ({"整改措施": "排查。", "措施状态": "某种"}, "看不懂状态"),
        ({"阶段节点": "完成排查"}, "没有日期"),
    ],
)
def test_what_a_filled_form_leaves_open_is_asked(row: dict[str, str], ask: str) -> None:
    draft = filled([{"反馈问题": "河道采砂监管不严。"} | row])
    assert [ask in question.ask for question in draft.questions] == [True]
    assert draft.questions[0].issue == 0


def test_a_measure_without_an_issue_above_it_is_not_lost() -> None:
    draft = filled([{"整改措施": "开展联合执法。"}, {"反馈问题": "河道采砂监管不严。"}])
    assert [unread.text for unread in draft.unread] == ["开展联合执法。"]


def test_a_text_longer_than_a_cell_goes_on_in_the_next_row() -> None:
    draft = PlanDraft(
        title="长文", issues=[IssueDraft(text="很长的 问题。\n" * 9_000 + "完", measures=[MeasureDraft(text="短。")])]
    )
    for name in WAYS:
        assert said(again(draft, name)) == said(draft)
