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
