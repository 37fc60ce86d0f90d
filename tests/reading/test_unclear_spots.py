"""What the contract of the reader expects at its unclear spots, sentence by sentence, in texts of other words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.reading.test_running_text import limit, measures, text, units

BOTH_WIDTHS: list[Callable[[str], str]] = [
    str,
    lambda line: line.replace("：", ":").replace("；", ";").replace("（", "(").replace("）", ")"),
]


@pytest.mark.parametrize("printed", BOTH_WIDTHS)
@pytest.mark.parametrize(
    ("lines", "due", "inferred"),
    [
        (["整改时限：2021年9月底", "整改目标：2022年底前全部接管。"], "2021-09-30", False),
        (["整改目标：2020年6月底前完成勘察，2022年底前全部接管。"], "2022-12-31", True),
        (["整改目标：全部接管。"], "2020-10-31", True),
        (["整改时限：——", "整改目标：2022年底前全部接管。"], "2022-12-31", True),
    ],
)
def test_a_deadline_comes_from_its_label_the_goal_or_the_whole_plan(
    printed: Callable[[str], str], lines: list[str], due: str, inferred: bool
) -> None:
    body = ["一、污水散排。", *lines, "整改措施：接管。"]
    draft = text("某区整改方案", "所有问题要在2020年10月底前完成整改。", *(printed(line) for line in body))
    (issue,) = draft.issues
    assert limit(issue) == due
    assert issue.deadline is not None and issue.deadline.inferred is inferred


@pytest.mark.parametrize(
    ("phrase", "due", "asked"),
    [
        ("立行立改", "immediate", False),
        ("立行立改，持续推进", "immediate+", False),
        ("常态化推进", "long_term+", False),
        ("2021年5月底前，长期坚持", "2021-05-31+", False),
        ("2020年3月至2021年5月", "2021-05-31", False),
        ("两个月内", "relative", True),
        ("集中整改期内", "ask", True),
        ("集中整改期内拿出方案，2021年底前见效", "2021-12-31", True),
        ("到2023年", "2023-12-31", False),
        ("2022年第三季度", "2022-09-30", False),
        ("“十四五”末", "2025-12-31", False),
        ("无", None, False),
    ],
)
@pytest.mark.parametrize("form", ["label", "parenthesis", "measure"])
def test_a_time_limit_in_words(phrase: str, due: str | None, asked: bool, form: str) -> None:
    if form == "label":
        lines = ["1．值班制度不落实。", "整改举措：排班。", f"办结时限：{phrase}"]
    elif form == "parenthesis":
        lines = [f"1．值班制度不落实。（责任科室：办公室；办结时限：{phrase}）", "整改举措：排班。"]
    else:
        lines = [
            "1．值班制度不落实。",
            f"整改举措：（1）排班（完成时限：{phrase}）；（2）抽查（完成时限：2021年1月底）。",
        ]
    draft = text("某局整改清单", *lines)
    (issue,) = draft.issues
    item = issue.measures[0] if form == "measure" else issue
    assert (None if limit(item) == "none" else limit(item)) == due
    assert any(question.topic == "deadline" for question in draft.questions) is asked


def test_dates_in_the_problem_and_in_the_progress_are_neither_deadline_nor_milestone() -> None:
    draft = text(
        "某县整改情况",
        "一、应于2019年6月底前建成的调蓄池至今未开工。",
        "整改目标：建成调蓄池。",
        "整改措施：2021年3月底前开工，加快建设。",
        "整改情况：2021年8月完成主体，预计2021年底前完成调试。",
    )
    (issue,) = draft.issues
    assert issue.deadline is None
    assert [str(stone.date) for stone in issue.milestones] == ["2021-03-31"]
    assert any("预计" in question.ask for question in draft.questions)


@pytest.mark.parametrize(
    "steps",
    [
        ["①排查。", "②整治。"],
        ["1.排查。", "2.整治。"],
        ["（一）排查。", "（二）整治。"],
        ["一是排查。", "二是整治。"],
        ["⑴排查。", "⑵整治。"],
    ],
)
@pytest.mark.parametrize("apart", ["", "\n"])
def test_signs_of_steps_are_measures_behind_measures_and_progress_behind_progress(steps: list[str], apart: str) -> None:
    listed = apart + apart.join(steps)
    draft = text(
        "某县整改情况",
        "问题3：泵站漏油。",
        f"整改措施：采取以下措施。{listed}",
        f"完成情况：该问题已完成整改。{listed}",
        "责任单位：县水务局",
    )
    (issue,) = draft.issues
    assert measures(draft) == [["排查。", "整治。"]]
    assert issue.state == "completed" and "整治" in (issue.progress or "")
    assert units(issue) == {("县水务局", "responsible")}


@pytest.mark.parametrize(
    ("label", "printed", "named"),
    [
        ("责任单位", "各县（市、区）党委、政府", {("各县（市、区）党委、政府", "responsible")}),
        ("责任单位", "东县、西市党委和政府", {("东县党委和政府", "responsible"), ("西市党委和政府", "responsible")}),
        (
            "责任人",
            "县住建局、县水务局主要负责人",
            {("县住建局主要负责人", "person"), ("县水务局主要负责人", "person")},
        ),
        ("责任单位", "县水务局（牵头），县住建局", {("县水务局", "lead"), ("县住建局", "responsible")}),
        ("整改实施主体", "东湖街道办事处", {("东湖街道办事处", "responsible")}),
        ("行业主管部门", "市水务局", {("市水务局", "supervising")}),
        ("督办单位", "市委督查室", {("市委督查室", "supervising")}),
        ("配合验收单位", "市财政局", {("市财政局", "acceptance")}),
        ("协助单位", "市财政局", {("市财政局", "cooperating")}),
        ("责任单位或牵头单位", "市财政局", {("市财政局", "responsible")}),
        ("整改责任人", "秦某", {("秦某", "person")}),
        ("责任领导", "秦某", {("秦某", "leader")}),
        ("社会监督联系人", "秦某 0000-1234567", set()),
    ],
)
@pytest.mark.parametrize("form", ["{}：{}", "{}　　{}", "（三）{}：{}", "【{}】{}", "{}。{}"])
def test_who_does_what(label: str, printed: str, named: set[tuple[str, str]], form: str) -> None:
    draft = text("某县整改情况", "反馈问题：泵站漏油。", "整改措施：换泵。", form.format(label, printed))
    assert units(draft.issues[0]) == named


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("已整改到位。", "completed"),
        ("该项任务已完成整改。", "completed"),
        ("正在整改。", "in_progress"),
        ("未整改到位。", "in_progress"),
        ("部分整改到位。", "in_progress"),
        ("逾期。", "overdue"),
        ("基本完成整改。", "basically_completed"),
        ("达到序时进度。", "on_schedule"),
        ("完成立项，招标已开始。", None),
        ("换泵两台，已完成。", None),
        ("一是换泵两台。二是建立巡查制度。整改完成。", "completed"),
    ],
)
def test_a_state_is_what_the_document_states(words: str, state: str | None) -> None:
    draft = text("某县整改情况", "问题一：泵站漏油。", "整改措施：换泵。", f"整改进展情况：{words}")
    assert draft.issues[0].state == state


@pytest.mark.parametrize(
    ("lines", "number", "upper", "words"),
    [
        (["问题2描述：泵站漏油。", "整改措施：换泵。"], "2", None, "泵站漏油。"),
        (["任务序号：12", "整改任务：泵站漏油。", "整改措施：换泵。"], "12", None, "泵站漏油。"),
        (["第十五项", "整改任务：泵站漏油。", "整改措施：换泵。"], "十五", None, "泵站漏油。"),
        (["1-（2）泵站漏油。", "整改措施：换泵。"], "1-2", None, "泵站漏油。"),
        (["六、（省序号31）泵站漏油。", "整改措施：换泵。"], "六", "31", "泵站漏油。"),
        (["六、泵站漏油。（省编号第31号）", "整改措施：换泵。"], "六", "31", "泵站漏油。"),
        (["4.关于“泵站漏油”的问题", "整改措施：换泵。"], "4", None, "泵站漏油"),
    ],
)
def test_numbers_and_texts_of_issues(lines: list[str], number: str, upper: str | None, words: str) -> None:
    (issue,) = text("某县整改清单", *lines, "责任单位：县水务局").issues
    assert (issue.number, issue.upper_number, issue.text) == (number, upper, words)


def test_what_the_plan_is_said_to_demand_is_the_deadline() -> None:
    draft = text(
        "某区整改公示表",
        "任务序号：7",
        "整改任务概述：泵站漏油。整改方案明确，2022年6月底前完成泵站改造。",
        "整改实施主体：某区水利局",
        "整改情况：泵站已改造。",
    )
    (issue,) = draft.issues
    assert (limit(issue), issue.deadline and issue.deadline.inferred) == ("2022-06-30", True)


def test_stages_by_quarter_in_a_goal_are_milestones_and_the_last_is_the_deadline() -> None:
    draft = text(
        "某市2022年整改方案",
        "一、泵站漏油。",
        "整改目标：一季度完成设计，二季度完成招标，四季度投用。",
        "整改措施：改造泵站。",
    )
    (issue,) = draft.issues
    assert limit(issue) == "2022-12-31"
    assert [str(stone.date) for stone in issue.milestones] == ["2022-03-31", "2022-06-30"]
    assert measures(draft) == [["改造泵站。"]]


@pytest.mark.parametrize(
    ("tick", "word", "state"),
    [
        ("是", "正在整改", "on_schedule"),
        ("否", "正在整改", "behind"),
        ("——", "正在整改", "in_progress"),
        ("是", "基本完成", "basically_completed"),
        ("是", "已完成", "completed"),
    ],
)
def test_the_tick_for_the_schedule_says_more_than_that_work_goes_on(tick: str, word: str, state: str) -> None:
    draft = text(
        "序号\t整改任务\t整改时限\t是否达到序时进度\t完成情况", f"1\t污水散排。\t2020年12月底前\t{tick}\t{word}"
    )
    assert [issue.state for issue in draft.issues] == [state]
