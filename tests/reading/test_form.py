"""Our own form: a draft written as .xlsx or .docx reads back equal; the blank form and its example are read; what a
hand fills in is understood or asked."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any, BinaryIO

import docx
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rectify import writing
from rectify.reading import read
from rectify.reading.draft import (
    ROLES,
    STATES,
    IssueDraft,
    MeasureDraft,
    MilestoneDraft,
    PlanDraft,
    Question,
    Target,
    UnitDraft,
)
from rectify.rules import plan_form, quantities
from rectify.rules.deadlines import KINDS, Deadline, parse
from tests.reading.labels_of import PLANS, asked, content, fixtures
from tests.reading.test_sheets import workbook
from tests.support import LONG

WAYS: dict[str, Callable[[BinaryIO, Any], None]] = {"a.xlsx": writing.plan_xlsx, "a.docx": writing.plan_docx}


def again(draft: PlanDraft, name: str) -> PlanDraft:
    stream = io.BytesIO()
    WAYS[name](stream, draft)
    return read(stream.getvalue(), name)


# ---------------------------------------------------------------- generated drafts
def printable(char: str) -> bool:
    """What a workbook can carry; a line of zero width is no content."""
    return not ("\ufdd0" <= char <= "\ufdef" or char in "\ufffe\uffff\u200b")


ALPHABET = st.one_of(
    st.sampled_from("一二三整改措施责任单位、，。；：（）()①1.是=+-@\"'<>&|\t　 年月日前底〖〗—【】"),
    st.characters(exclude_categories=("Cs", "Cc")).filter(printable),
)
TRICKY = st.sampled_from(
    [
        "——",
        "（续）",
        "〖甲〗",
        "〖",
        "_x000D_",
        "_x0041_",
        "=1+1",
        "@甲",
        "\t甲",
        " 甲 ",
        "1.排查。\n2.整治。",
        "甲\n\n　乙",
        "整改时限：汛期前",
        "【基本完成】甲",
        "【已完成】",
    ]
)
LINE = st.text(ALPHABET, min_size=1, max_size=30).map(lambda text: " ".join(text.split())).filter(bool)
TEXT = TRICKY | st.text(ALPHABET | st.just("\n"), min_size=1, max_size=60).filter(bool)
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
        "2026年6月前",
    ]
)
YES_NO = st.none() | st.booleans()
DEADLINE = st.none() | st.one_of(
    PHRASE.map(lambda phrase: parse(phrase).deadline),
    st.builds(
        Deadline,
        st.just("") | PHRASE | TEXT,
        st.none() | DAY,
        st.none() | DAY,
        st.sampled_from(KINDS),
        st.booleans(),
        st.booleans(),
    ),
)
UNITS = st.lists(
    st.builds(
        UnitDraft,
        LINE
        | st.sampled_from(["县水利局", "各县（市、区）党委、政府", "李某", "等单位", "市局和县局", "三江局", " 甲局 "]),
        st.sampled_from(ROLES),
    ),
    max_size=4,
    unique_by=lambda unit: (unit.name, unit.role),
)
STATE_BY = st.sampled_from(["", *plan_form.TARGET_STATES])
STONES = st.lists(st.builds(MilestoneDraft, DAY, st.just("") | TEXT, STATE_BY), max_size=2)


POINTS = st.lists(
    st.tuples(DAY, st.integers(0, 3_000).map(quantities.exact)), max_size=3, unique_by=lambda point: point[0]
)
TARGETS = st.none() | st.builds(
    lambda quantity, unit, points: Target(quantity, " ".join(unit.split())[:20].strip(), tuple(sorted(points))),
    st.integers(3, 999_999_999) | st.integers(3_000, 999_999_999_999).map(quantities.exact),
    st.just("") | LINE | st.sampled_from(["公里", "户", "万吨", "2号机组", "(台)"]),
    POINTS,
)


def facts() -> dict[str, Any]:
    return {
        "state": st.none() | st.sampled_from(STATES),
        "progress": MAYBE,
        "completed_on": st.none() | DAY,
        "started": YES_NO,
        "signed_off": YES_NO,
        "claims_completed": YES_NO,
        "claims_on_schedule": YES_NO,
        "original_deadline": DEADLINE,
        "difficulty": MAYBE,
        "next_step": MAYBE,
        "remark": MAYBE,
    }


MEASURES = st.builds(
    MeasureDraft,
    number=MAYBE,
    text=st.just("") | TEXT,
    deadline=DEADLINE,
    units=UNITS,
    milestones=STONES,
    target=TARGETS,
    **facts(),
)
ISSUES = st.builds(
    IssueDraft,
    number=MAYBE,
    upper_number=MAYBE,
    category=MAYBE,
    text=st.just("") | TEXT,
    goal=MAYBE,
    deadline=DEADLINE,
    units=UNITS,
    measures=st.lists(MEASURES, max_size=3),
    milestones=STONES,
    target=TARGETS,
    source=MAYBE,
    part=MAYBE,
    **facts(),
)


@st.composite
def drafts(draw: st.DrawFn) -> PlanDraft:
    """A whole draft, open questions included."""
    draft = draw(
        st.builds(
            PlanDraft,
            title=st.none() | LINE | st.sampled_from(["截至：今天", "填写说明", "——", "〖甲〗"]),
            declared_issues=st.none() | st.integers(1, 9),
            declared_measures=st.none() | st.integers(1, 9),
            as_of=st.none() | DAY,
            as_of_text=st.none() | LINE | st.just("2026年6月底"),
            issues=st.lists(ISSUES, min_size=1, max_size=3),
        )
    )
    raw = LINE.map(lambda text: " ".join(text.replace("〖", "").replace("〗", "").split()))
    for _ in range(draw(st.integers(0, 3))):
        i = draw(st.none() | st.integers(0, len(draft.issues) - 1))
        m = (
            draw(st.none() | st.integers(0, len(draft.issues[i].measures) - 1))
            if i is not None and draft.issues[i].measures
            else None
        )
        topic = draw(st.sampled_from(list(plan_form.TOPICS)))
        draft.ask(Question(f"{i}/{m}", draw(LINE), topic, draw(st.just("") | raw), i, m))
    return draft


@pytest.mark.parametrize("name", WAYS)
@settings(max_examples=2000 if LONG else 60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(draft=drafts())
def test_a_draft_that_is_written_reads_back_equal(name: str, draft: PlanDraft) -> None:
    once = again(draft, name)

    assert content(once) == content(draft)
    more = Counter(asked(once)) - Counter(asked(draft))
    assert not Counter(asked(draft)) - Counter(asked(once))
    assert {topic for topic, *_ in more} <= {"total", "deadline"}  # a total that is not right, a limit without a day
    assert (content(again(once, name)), sorted(asked(again(once, name)), key=str)) == (
        content(once),
        sorted(asked(once), key=str),
    )


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("plan", fixtures())
def test_what_was_read_from_a_plan_survives_being_written(plan: str, name: str) -> None:
    draft = read((PLANS / plan).read_bytes(), plan)
    once = again(draft, name)
    assert content(once) == content(draft)
    assert sorted(asked(once), key=str) == sorted(asked(draft), key=str)


@pytest.mark.parametrize(
    ("typed", "text", "state"),
    [
        ("2026-06-30 主体完工", "主体完工", ""),
        ("2026-06-30 【基本完成】主体完工", "主体完工", "basically_completed"),
        ("2026-06-30【已完成】 主体完工", "主体完工", "completed"),
        ("2026-06-30 【正在推进】", "", "in_progress"),
        ("2026-06-30 【首批】主体完工", "【首批】主体完工", ""),
    ],
)
def test_a_milestone_is_typed_with_the_state_to_be_reported_by_then(typed: str, text: str, state: str) -> None:
    row = {"问题序号": "一", "反馈问题": "污水直排。", "整改时限": "2026年底前", "阶段节点": typed}

    (stone,) = filled([row]).issues[0].milestones

    assert stone == MilestoneDraft(dt.date(2026, 6, 30), text, state)


# ---------------------------------------------------------------- the blank form
def filled(rows: list[dict[str, Any]], *, drop: tuple[str, ...] = ()) -> PlanDraft:
    """The blank form filled in as by hand: values by heading."""
    book = openpyxl.load_workbook(io.BytesIO(writing.template_xlsx()))
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
    book = openpyxl.load_workbook(io.BytesIO(writing.template_xlsx()))
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


@pytest.mark.parametrize(("name", "blank"), [("a.xlsx", writing.template_xlsx), ("a.docx", writing.template_docx)])
def test_the_blank_form_itself_holds_nothing_and_says_so(name: str, blank: Callable[[], bytes]) -> None:
    draft = read(blank(), name)
    assert draft.issues == [] and draft.title is None and draft.unread == [] and draft.notes == []
    assert [question.ask for question in draft.questions] == ["表里没有填写问题，请填好后再上传。"]


def test_a_blank_document_filled_in_by_hand_is_read_without_its_example() -> None:
    document = docx.Document(io.BytesIO(writing.template_docx()))
    document.paragraphs[0].text = "乙县整改方案"
    table = document.tables[0]
    headings = [cell.text for cell in table.rows[0].cells]
    for heading, text in (
        ("反馈问题", "河道采砂监管不严。"),
        ("牵头单位", "县水利局、县公安局"),
        ("整改时限", "2026年9月底前"),
    ):
        table.rows[1].cells[headings.index(heading)].text = text
    stream = io.BytesIO()
    document.save(stream)

    draft = read(stream.getvalue(), "a.docx")

    (issue,) = draft.issues
    assert (draft.title, issue.text) == ("乙县整改方案", "河道采砂监管不严。")
    assert [unit.name for unit in issue.units] == ["县水利局", "县公安局"]
    assert issue.deadline is not None and issue.deadline.date == dt.date(2026, 9, 30)
    assert draft.unread == [] and draft.questions == []


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


def test_an_issue_repeated_in_the_rows_of_its_measures_is_one() -> None:
    same = {"问题序号": "1", "反馈问题": "河道采砂监管不严。", "牵头单位": "县水利局"}
    draft = filled(
        [same | {"整改措施": "开展联合执法。"}, same | {"整改措施": "安装视频监控。", "牵头单位": "县公安局"}]
    )
    (issue,) = draft.issues
    assert [measure.text for measure in issue.measures] == ["开展联合执法。", "安装视频监控。"]
    assert [(unread.line, unread.text) for unread in draft.unread] == [(4, "县公安局")]


def test_issue_cells_merged_over_its_measures_are_one() -> None:
    draft = PlanDraft(
        issues=[IssueDraft(number="1", text="甲。", measures=[MeasureDraft(text="一。"), MeasureDraft(text="二。")])]
    )
    stream = io.BytesIO()
    writing.plan_xlsx(stream, draft)
    book = openpyxl.load_workbook(stream)
    for letter in "AB":
        book.active.merge_cells(f"{letter}4:{letter}5")  # under the title, what is open, and the head
    changed = io.BytesIO()
    book.save(changed)
    assert content(read(changed.getvalue(), "a.xlsx")) == content(draft)


def test_a_limit_changed_to_one_without_a_day_in_a_written_file_is_asked_about() -> None:
    draft = PlanDraft(issues=[IssueDraft(text="甲。", deadline=parse("2026年6月底前").deadline)])
    draft.ask(Question("问题1", "与市局核对", issue=0))
    stream = io.BytesIO()
    writing.plan_xlsx(stream, draft)
    book = openpyxl.load_workbook(stream)
    headings = [cell.value for cell in book.active[2]]
    book.active.cell(3, headings.index("整改时限") + 1, "汛期前")
    changed = io.BytesIO()
    book.save(changed)
    asked_now = [(q.topic, q.ask) for q in read(changed.getvalue(), "a.xlsx").questions]
    assert asked_now == [("other", "与市局核对"), ("deadline", "“汛期前”没有具体日期，请给出截止日期。")]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@甲", "\t甲", "=cmd|' /C calc'!A0"])
def test_nothing_written_is_a_formula(text: str) -> None:
    issue = IssueDraft(text=text, number=text, category=text, units=[UnitDraft(text, "lead")], remark=text)
    stream = io.BytesIO()
    writing.plan_xlsx(stream, PlanDraft(title=text, issues=[issue]))
    cells = [cell for row in openpyxl.load_workbook(stream).active.iter_rows() for cell in row if cell.value]
    assert sum(cell.value in (text, f"〖{text}〗") for cell in cells) >= 3
    assert all(cell.data_type == "s" for cell in cells)
    assert all(cell.quotePrefix for cell in cells if str(cell.value)[:1] in "=+-@\t")


def test_a_measure_without_an_issue_above_it_is_not_lost() -> None:
    draft = filled([{"整改措施": "开展联合执法。"}, {"反馈问题": "河道采砂监管不严。"}])
    assert [unread.text for unread in draft.unread] == ["开展联合执法。"]


def test_a_text_longer_than_a_cell_goes_on_in_the_next_row() -> None:
    draft = PlanDraft(
        title="长文", issues=[IssueDraft(text="很长的 问题。\n" * 9_000 + "完", measures=[MeasureDraft(text="短。")])]
    )
    for name in WAYS:
        assert content(again(draft, name)) == content(draft)


@pytest.mark.parametrize(
    ("cell", "target"),
    [
        ("12公里", Target(12, "公里")),
        ("12 公里\n2026年3月底 5", Target(12, "公里", ((dt.date(2026, 3, 31), 5),))),
        ("300", Target(300)),
        ("约12公里", None),
        ("0 户", None),
        ("1.5公里", Target(Decimal("1.5"), "公里")),
        ("3.125 公里\n2026-03-31 0.5", Target(Decimal("3.125"), "公里", ((dt.date(2026, 3, 31), Decimal("0.5")),))),
        ("1.2345公里", None),
        ("0.000 公里", None),
        ("1,200 户", None),
        ("3 公里\n2026-03-31 1e0", None),
        ("12 公里\n2026-06-30 13", None),
        ("12 公里\n完成5", None),
    ],
)
def test_a_target_typed_by_hand_is_read_or_asked_about(cell: str, target: Target | None) -> None:
    heads = ["问题序号", "反馈问题", "措施序号", "整改措施", "措施量化目标"]
    draft = read(workbook(("方案", [["甲市方案"], heads, ["1", "污水直排。", "1", "改造管网。", cell]])), "a.xlsx")

    assert draft.issues[0].measures[0].target == target
    asks = [question.ask for question in draft.questions if question.ask.startswith("看不懂量化目标")]
    assert len(asks) == (target is None)


def test_several_sheets_in_our_form_are_parts_of_one_plan_and_can_be_chosen() -> None:
    heads = ["问题序号", "反馈问题", "整改时限", "措施序号", "整改措施"]
    data = workbook(
        ("水", [["甲市方案"], heads, ["1", "污水直排。", "汛期前", "1", "改造管网。"]]),
        ("说明", [["请逐项填写。"]]),
        ("气", [["乙方案"], ["写明问题数：1"], heads, ["1", "扬尘。", "采暖季前", "1", "洒水。"]]),
        (plan_form.EXAMPLE, [["例"], heads, ["9", "示例。", "2026-12-31", "1", "示例。"]]),
    )

    whole, one = read(data, "a.xlsx"), read(data, "a.xlsx", ["气"])

    assert [(issue.part, issue.text) for issue in whole.issues] == [("水", "污水直排。"), ("气", "扬尘。")]
    assert [(q.topic, q.raw, q.issue) for q in whole.questions if q.topic == "deadline"] == [
        ("deadline", "汛期前", 0),
        ("deadline", "采暖季前", 1),
    ]
    assert whole.source_lines[(whole.issues[1].line or 0) - 1].startswith("1\t扬尘。")
    assert [sheet.name for sheet in whole.sheets if sheet.read] == ["水", "气"]
    assert whole.notes == ["工作表“说明”没有读取。"]
    assert [(issue.part, issue.text) for issue in one.issues] == [(None, "扬尘。")]
