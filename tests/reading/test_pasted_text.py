"""Text that lost its shape on the way: copied out of a PDF, out of a web page, out of a list of petitions. Each layout
is told by small documents of other words, order and breaks than the fixture that first showed it."""

from __future__ import annotations

import pytest

from rectify.reading import read
from rectify.reading.draft import IssueDraft, PlanDraft
from rectify.reading.labels import classify, state_of_heading


def text(*lines: str) -> PlanDraft:
    return read("\n".join(lines).encode("utf-8"), "a.txt")


def measures(draft: PlanDraft) -> list[list[str]]:
    return [[measure.text for measure in issue.measures] for issue in draft.issues]


def units(issue: IssueDraft) -> set[tuple[str, str]]:
    return {(unit.name, unit.role) for unit in issue.units}


def day(issue: IssueDraft) -> str:
    return str(issue.deadline.date if issue.deadline else None)


# ---------------------------------------------------------------- lines broken at the edge of a page
def wrapped(paragraphs: list[str], width: int, by_columns: bool = False) -> list[str]:
    """Paragraphs as a PDF breaks them: at so many characters or columns, no line beginning with a comma or a stop."""
    lines: list[str] = []
    for paragraph in paragraphs:
        line = ""
        for char in paragraph:
            size = sum(2 if by_columns and not one.isascii() else 1 for one in line + char)
            if size > width:
                back = 1 if char in "，。；：、）”%" else 0
                lines.append(line[: len(line) - back])
                line = line[len(line) - back :]
            line += char
        lines.append(line)
    return lines


BROKEN = [
    "某某县落实市督察反馈意见整改任务清单",
    "一、城区雨污管网混错接点多面广，老城片区（含河东、河西）污水直排南门河的现象长期存在，群众反映强烈。",
    "上级清单编号：7",
    "整改目标：2025年底前老城片区消除污水直排口，南门河断面水质达到Ⅳ类。",
    "整改期限：2025年12月底前",
    "牵头单位：县住房和城乡建设局；配合单位：县水务局、县综合行政执法局、城关镇人民政府、河东街道办事处",
    "整改措施：",
    "1.对老城片区136公里管网开展普查检测，建立混错接点问题台账，逐一明确改造时序。",
    "2.分批改造混错接点412处，同步建设截污干管9.6公里，年度投资不少于1.2亿元（含专项债）。",
    "二、畜禽养殖粪污资源化利用水平不高，部分规模养殖场粪污处理设施长期闲置，雨季粪污外溢。",
    "上级清单编号：11",
    "整改目标：规模养殖场粪污处理设施配套率和正常运行率均达到100%。",
    "整改期限：2024年10月底前",
    "牵头单位：县农业农村局；配合单位：市生态环境局某某分局、各乡镇（街道）",
    "整改措施：",
    "1.对全县54家规模养殖场逐场核查设施运行情况，闲置的限期恢复运行，逾期不改的依法处罚。",
    "2.推行粪污还田利用，建设田间贮存池80座。",
]


def in_pages(lines: list[str], each: int, printed: tuple[str, ...]) -> list[str]:
    """The lines with what the page prints after each page, {n} its number."""
    paged: list[str] = []
    for at, line in enumerate(lines):
        if at and at % each == 0:
            paged += [text.replace("{n}", str(at // each)) for text in printed]
        paged.append(line)
    return paged


@pytest.mark.parametrize(("width", "by_columns"), [(22, False), (26, False), (44, True), (39, True)])
@pytest.mark.parametrize(
    "printed",
    [
        (),
        ("- {n} -",),
        ("第{n}页 共9页", "某某县整改任务清单（送审稿）"),
        ("某某县人民政府公报 2024年第3期", "— {n} —"),
        ("", "· {n} ·", "", "内部资料 注意保存", ""),
    ],
)
@pytest.mark.parametrize("each", [5, 8])
def test_broken_lines_are_joined_whatever_stands_between_the_pages(
    width: int, by_columns: bool, printed: tuple[str, ...], each: int
) -> None:
    draft = text(*in_pages(wrapped(BROKEN, width, by_columns), each, printed))
    assert [(issue.number, issue.upper_number) for issue in draft.issues] == [("一", "7"), ("二", "11")]
    assert [issue.text for issue in draft.issues] == [BROKEN[1][2:], BROKEN[9][2:]]
    assert [issue.goal for issue in draft.issues] == [BROKEN[3][5:], BROKEN[11][5:]]
    assert [day(issue) for issue in draft.issues] == ["2025-12-31", "2024-10-31"]
    assert measures(draft) == [[BROKEN[7][2:], BROKEN[8][2:]], [BROKEN[15][2:], BROKEN[16][2:]]]
    assert ("河东街道办事处", "cooperating") in units(draft.issues[0])
    assert ("各乡镇（街道）", "cooperating") in units(draft.issues[1])
    said = " ".join(line.text for line in draft.unread)
    assert all(line.replace("{n}", "1") in said for line in printed if line)


def test_a_value_that_comes_again_beside_page_numbers_is_kept_where_it_is_numbered_or_labelled() -> None:
    draft = text(
        "整改清单",
        "一、甲河水质超标。",
        "整改时限：立行立改",
        "- 1 -",
        "责任单位：市水务局",
        "二、乙河水质超标。",
        "整改时限：长期坚持",
        "- 2 -",
        "责任单位：市水务局",
    )
    assert [units(issue) for issue in draft.issues] == [{("市水务局", "responsible")}] * 2


@pytest.mark.parametrize(
    "label",
    ["对应省清单序号", "对应中央督察反馈问题编号", "对应省整改方案序号", "上级清单编号", "省级任务清单序号"],
)
def test_a_number_in_the_superiors_list_is_no_number_of_the_issue(label: str) -> None:
    found = classify(label)
    assert found is not None and found.field == "upper_number"
    draft = text(
        "整改清单",
        "一、甲河水质超标。",
        f"{label}：31",
        "整改时限：2024年底",
        "二、乙河断流。",
        f"{label}：第40号",
        "整改时限：2025年底",
    )
    assert [(i.number, i.upper_number, i.text) for i in draft.issues] == [
        ("一", "31", "甲河水质超标。"),
        ("二", "40", "乙河断流。"),
    ]


# ---------------------------------------------------------------- groups by state
@pytest.mark.parametrize(
    ("heading", "state"),
    [
        ("已完成整改的问题（4个）", "completed"),
        ("二、已办结的信访件", "completed"),
        ("全部完成整改的任务5项", "completed"),
        ("基本完成整改的3个问题", "basically_completed"),
        ("（二）取得阶段性成效的问题", "basically_completed"),
        ("正在推进整改的问题（2个）", "in_progress"),
        ("正在加快推进的任务", "in_progress"),
        ("尚未完成整改的问题：2个", "in_progress"),
        ("达到序时进度的任务", "on_schedule"),
        ("整改进度滞后的问题（1个）", "behind"),
        ("尚未启动的事项", "not_started"),
        ("逾期未完成的任务", "overdue"),
        ("已销号的问题", "signed_off"),
        ("需长期坚持的问题（1个）", None),
        ("持续整改的问题", None),
        ("整改完成情况", None),
        ("存在问题", None),
        ("立行立改的问题", None),
    ],
)
def test_a_heading_states_what_it_says_of_all_below_it_and_nothing_else(heading: str, state: str | None) -> None:
    assert state_of_heading(heading) == state


@pytest.mark.parametrize("between", [[], ["（一）党的建设方面"]])
def test_the_state_of_a_group_holds_through_headings_below_it(between: list[str]) -> None:
    one = ["整改措施：修订办法。", "责任单位：县委办公室。", "整改时限：2023年底。"]
    numbers = ("1.", "2.") if between else ("（一）", "（二）")
    draft = text(
        "某县关于市委巡察反馈意见整改进展情况的通报",
        "一、基本完成整改的问题",
        *between,
        f"{numbers[0]}学习不深入。",
        *one,
        f"{numbers[1]}调研不扎实。",
        *one,
        "二、尚未完成整改的问题",
        *between,
        f"{numbers[0]}会风不实。",
        *one,
        "三、需要长期坚持的问题",
        *between,
        f"{numbers[0]}文山会海。",
        *one,
    )
    assert [(issue.text, issue.state) for issue in draft.issues] == [
        ("学习不深入。", "basically_completed"),
        ("调研不扎实。", "basically_completed"),
        ("会风不实。", "in_progress"),
        ("文山会海。", None),
    ]


def test_what_an_issue_says_of_itself_goes_before_the_heading_above_it() -> None:
    draft = text(
        "整改进展通报",
        "一、正在推进整改的问题",
        "（一）学习不深入。",
        "整改措施：修订办法。",
        "整改情况：已完成整改。",
        "（二）会风不实。",
        "整改措施：精简会议。",
        "整改情况：精简会议12次。",
    )
    assert [issue.state for issue in draft.issues] == ["completed", "in_progress"]
