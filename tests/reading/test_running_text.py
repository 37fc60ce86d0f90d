"""Running text of plans, lists and notices, each class told by a small document of its own words."""

from __future__ import annotations

import pytest

from rectify.reading import read
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft


def text(*lines: str) -> PlanDraft:
    return read("\n".join(lines).encode("utf-8"), "a.txt")


def units(item: IssueDraft | MeasureDraft) -> set[tuple[str, str]]:
    return {(unit.name, unit.role) for unit in item.units}


def limit(item: IssueDraft | MeasureDraft) -> str | None:
    """The day or the kind of a deadline; + where it goes on for ever."""
    if item.deadline is None:
        return None
    return f"{item.deadline.date or item.deadline.kind}{'+' if item.deadline.long_term else ''}"


def measures(draft: PlanDraft) -> list[list[str]]:
    return [[measure.text for measure in issue.measures] for issue in draft.issues]


# ---------------------------------------------------------------- facts told in sentences
@pytest.mark.parametrize(
    ("sentence", "named", "due"),
    [
        (
            "责任主体是东岭镇人民政府，督办单位为县林业局，应于2023年10月底前完成整改。",
            {("东岭镇人民政府", "responsible"), ("县林业局", "supervising")},
            "2023-10-31",
        ),
        (
            "牵头单位为县交通运输局，协办单位为县公安局、各乡镇人民政府；整改期限为立行立改、长期坚持。",
            {("县交通运输局", "lead"), ("县公安局", "cooperating"), ("各乡镇人民政府", "cooperating")},
            "immediate+",
        ),
        ("整改实施主体为高塘乡人民政府，完成时限是2022年第四季度。", {("高塘乡人民政府", "responsible")}, "2022-12-31"),
    ],
)
@pytest.mark.parametrize("apart", ["\n", ""])
def test_units_and_time_limit_may_be_told_in_a_sentence(
    sentence: str, named: set[tuple[str, str]], due: str, apart: str
) -> None:
    draft = text("某县整改情况", f"反馈问题：林场道路损毁林木。{apart}{sentence}", "整改措施：补植林木。")
    (issue,) = draft.issues
    assert issue.text == "林场道路损毁林木。"
    assert units(issue) == named
    assert limit(issue) == due


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("由县水利局牵头，县财政局配合。", {("县水利局", "lead"), ("县财政局", "cooperating")}),
        ("由县水利局会同县财政局落实。", {("县水利局", "lead"), ("县财政局", "cooperating")}),
        ("由县水利局负责。", {("县水利局", "responsible")}),
        ("由县水利局牵头，各乡镇具体落实。", {("县水利局", "lead"), ("各乡镇", "responsible")}),
    ],
)
def test_a_division_of_work_may_be_a_sentence(sentence: str, named: set[tuple[str, str]]) -> None:
    draft = text("某县任务清单", "任务内容　山塘淤积。", "整改措施　清淤三处。", f"责任分工　{sentence}")
    assert units(draft.issues[0]) == named


@pytest.mark.parametrize(
    ("head", "number", "upper"),
    [
        ("任务3（督察反馈情况第八条）", "3", "八"),
        ("任务3（反馈意见第十、十一项）", "3", "十、十一"),
        ("（三）清环督〔2020〕12号第9项", "三", "9"),
        ("三、青督反馈〔2022〕1号第四条", "三", "四"),
        ("任务3（县级自查发现）", "3", None),
    ],
)
def test_a_line_may_only_number_the_issue_below_it(head: str, number: str, upper: str | None) -> None:
    draft = text(
        "某县任务清单",
        head.replace("三", "二").replace("3", "2"),
        "反馈意见指出：河滩堆放建筑垃圾。",
        "整改措施：清运。",
        head,
        "反馈意见指出：屠宰点无证经营。",
        "整改措施：取缔。",
    )
    assert [issue.text for issue in draft.issues] == ["河滩堆放建筑垃圾。", "屠宰点无证经营。"]
    assert (draft.issues[1].number, draft.issues[1].upper_number) == (number, upper)


# ---------------------------------------------------------------- parentheses behind lists
def test_a_parenthesis_only_behind_the_last_measure_of_each_list_tells_of_the_issue() -> None:
    draft = text(
        "某县考核反馈问题整改清单",
        "问题1：档案混乱。",
        "整改措施：（1）清点档案；（2）建立目录。（牵头单位：县档案馆；完成时限：2022年5月底前）",
        "问题2：交接不清。",
        "整改措施：补办交接手续。（牵头单位：县委办；完成时限：立行立改）",
    )
    assert [limit(issue) for issue in draft.issues] == ["2022-05-31", "immediate"]
    assert [units(issue) for issue in draft.issues] == [{("县档案馆", "lead")}, {("县委办", "lead")}]
    assert measures(draft) == [["清点档案", "建立目录。"], ["补办交接手续。"]]
    assert all(measure.deadline is None for issue in draft.issues for measure in issue.measures)


def test_a_parenthesis_that_measures_in_the_middle_have_too_is_the_measures_own() -> None:
    draft = text(
        "某县考核反馈问题整改清单",
        "问题1：档案混乱。",
        "整改措施：（1）清点档案（2022年3月底前）；（2）建立目录（2022年5月底前）。",
        "问题2：交接不清。",
        "整改措施：（1）补办交接手续；（2）公示（2022年6月底前）。",
    )
    assert [[limit(measure) for measure in issue.measures] for issue in draft.issues] == [
        ["2022-03-31", "2022-05-31"],
        [None, "2022-06-30"],
    ]


# ---------------------------------------------------------------- what a page leaves
def test_a_flattened_page_is_cleared_of_its_own_words_and_put_together() -> None:
    draft = text(
        "您现在的位置：首页 > 信息公开 > 督察整改 某区督察反馈问题整改清单 发布时间：2023-02-03 09:10 浏览次数：88次 字号：[大] [中] [小]",
        "一、监管方面 问题1：餐饮油烟直排,群众多次投诉,街道没有及时处置,同一路段半年内被投诉十七次。整改目标:油烟净化设施全覆盖。整改措施:(1)逐户排查,"
        "建立台账;(2)督促安装油烟净化设施,按季度清洗,并将清洗记录留存备查;(3)对拒不安装的依法立案,公开曝光典型案例;(4)把油烟治理纳入网格员日常巡",
        "查内容。责任单位:区城管局。完成时限:2023年6月底前 问题2：渣土车带泥上路。整改目标:路面见本色。整改措施:出口设置洗车台。责任单位:区住建局。完成时限:立行立改",
        "扫一扫分享本页 【打印】 【关闭】",
    )
    assert draft.title == "某区督察反馈问题整改清单"
    assert [(issue.number, limit(issue)) for issue in draft.issues] == [("1", "2023-06-30"), ("2", "immediate")]
    assert measures(draft)[0][-1] == "把油烟治理纳入网格员日常巡查内容。"
    assert measures(draft)[1] == ["出口设置洗车台。"]


# ---------------------------------------------------------------- dates that are none
@pytest.mark.parametrize("measure", ["修订“十五五”供水规划。", "全面摸底，建立清单。", "彻底清理，一查到底。"])
def test_a_plans_name_and_words_with_an_end_are_no_milestones(measure: str) -> None:
    draft = text("某县2024年整改方案", "一、供水不稳。", f"整改措施：一是{measure}二是巡查。", "整改时限：2024年9月底")
    assert draft.issues[0].milestones == []


@pytest.mark.parametrize("phrase", ["2025年“五一”假期前", "2024年“十一”黄金周前", "2024年秋季学期开学前全部到位"])
def test_a_holiday_of_a_year_has_to_be_asked(phrase: str) -> None:
    (issue,) = text("某县整改方案", "一、沟渠淤塞。", "整改措施：清淤。", f"整改时限：{phrase}").issues
    assert limit(issue) == "ask"


# ---------------------------------------------------------------- notices
NOTICE = [
    "一、整改任务",
    "反馈意见第七项：码头无雨污分流设施。",
    "二、整改主体",
    "东港区人民政府、市港务局",
    "三、整改措施",
    "1.建设雨水沟。",
    "2.建设沉淀池。",
    "四、整改落实情况",
    "（一）雨水沟建成3公里，2021年5月投用。",
    "（二）沉淀池建成。",
]
END = ["公示期间如有异议，请联系：0000-7654321", "联系人：李某"]


@pytest.mark.parametrize(
    ("title", "more", "state"),
    [
        ("某市督察反馈问题整改情况公示", [], None),
        (
            "某市督察反馈问题整改情况公示",
            ["五、验收情况", "2021年8月，市交通局组织现场验收，同意通过验收。"],
            "completed",
        ),
        ("某市督察反馈问题整改情况公示", ["五、核查意见", "该任务已完成整改。"], "completed"),
        ("某市督察反馈问题整改情况公示", ["五、验收结论：未通过验收。"], "in_progress"),
        ("某市督察反馈问题验收销号公示", [], "completed"),
    ],
)
def test_a_notice_of_headings_is_one_issue_with_the_state_that_it_tells(
    title: str, more: list[str], state: str | None
) -> None:
    (issue,) = text(title, *NOTICE, *more, *END).issues
    assert (issue.number, issue.text, issue.state) == ("七", "码头无雨污分流设施。", state)
    assert [measure.text for measure in issue.measures] == ["建设雨水沟。", "建设沉淀池。"]
    assert units(issue) == {("东港区人民政府", "responsible"), ("市港务局", "responsible")}
    assert (issue.progress or "").startswith("（一）雨水沟建成3公里") and issue.deadline is None


@pytest.mark.parametrize(
    ("opening", "state"),
    [
        ("下列问题经核查均已完成整改，现予公示。", "completed"),
        ("下列问题已通过市级验收，现向社会公示。", "completed"),
        ("现将下列问题整改情况予以公示。", None),
    ],
)
def test_the_opening_of_a_notice_may_state_that_all_is_done(opening: str, state: str | None) -> None:
    draft = text("某区督察整改情况公示", opening, "整改任务：餐馆油烟扰民。", "整改情况：安装净化器40台。")
    assert [issue.state for issue in draft.issues] == [state]


# ---------------------------------------------------------------- measures that nothing calls so
@pytest.mark.parametrize("sign", ["①②③", ["1)", "2)", "3)"], ["（a", "", ""]])
@pytest.mark.parametrize("behind", ["labels", "parenthesis"])
def test_steps_under_a_problem_that_share_the_labels_behind_them_are_its_measures(sign: list[str], behind: str) -> None:
    if sign[0] == "（a":
        sign = ["一是", "二是", "三是"]
    first = "责任领导：何某；责任部门：办公室；完成时限：2022年3月底"
    second = "责任领导：何某；责任部门：宣传科；完成时限：长期坚持"
    lines = [
        "某局党组巡察整改台账",
        "（一）理论武装方面",
        "1.学习不深入。",
        "（1）集中学习记录雷同，走过场。",
        f"{sign[0]}修订学习制度。",
        f"{sign[1]}开展交流研讨。",
        first,
        "（2）调研成果转化不够。",
        f"{sign[0]}确定调研题目。",
        f"{sign[1]}每年评选优秀成果。",
        second,
    ]
    if behind == "parenthesis":
        lines = [*lines[:5], f"{lines[5]}（{first}）", *lines[7:9], f"{lines[9]}（{second}）"]
    draft = text(*lines)
    assert [(issue.number, issue.text) for issue in draft.issues] == [
        ("1", "集中学习记录雷同，走过场。"),
        ("2", "调研成果转化不够。"),
    ]
    assert measures(draft) == [["修订学习制度。", "开展交流研讨。"], ["确定调研题目。", "每年评选优秀成果。"]]
    assert [limit(issue) for issue in draft.issues] == ["2022-03-31", "long_term+"]
    assert units(draft.issues[0]) == {("何某", "leader"), ("办公室", "responsible")}
