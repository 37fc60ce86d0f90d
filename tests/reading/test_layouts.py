"""Classes of layouts, each told by a small document of other words than the fixture that first showed it."""

from __future__ import annotations

import pytest

from rectify.reading import read
from rectify.reading.breaks import unwrapped
from rectify.reading.draft import IssueDraft, PlanDraft
from rectify.reading.raw import RawPlan
from tests.reading.documents import read_form, word, workbook


def text(*lines: str) -> PlanDraft:
    return read("\n".join(lines).encode("utf-8"), "a.txt")


def units(issue: IssueDraft) -> set[tuple[str, str]]:
    return {(unit.name, unit.role) for unit in issue.units}


def day(issue: IssueDraft) -> str:
    return str(issue.deadline.date if issue.deadline else None)


def measures(draft: PlanDraft) -> list[list[str]]:
    return [[measure.text for measure in issue.measures] for issue in draft.issues]


# ---------------------------------------------------------------- tables
def test_what_a_merged_header_runs_down_into_is_header_too_whatever_it_says() -> None:
    rows = [
        ["编号", "审计指出问题", "", "整改举措", "落实情况", "", "办结时限"],
        ["", "大项", "细项", "", "甲栏", "填写说明见附件", ""],
        ["1", "预算执行", "三个项目资金沉淀。", "收回沉淀资金。", "已收回。", "", "2023年6月底前"],
        ["2", "", "两个项目超概算。", "履行调概手续。", "正在办理。", "", "2023年9月底前"],
    ]
    merges = [(0, 1, 0, 2), (0, 4, 0, 5), (2, 1, 3, 1), *((0, at, 1, at) for at in (0, 3, 6))]
    draft = read(workbook(rows, merges), "a.xlsx")
    assert [(issue.number, issue.text) for issue in draft.issues] == [
        ("1", "三个项目资金沉淀。"),
        ("2", "两个项目超概算。"),
    ]
    assert [issue.category for issue in draft.issues] == ["预算执行", "预算执行"]
    assert [day(issue) for issue in draft.issues] == ["2023-06-30", "2023-09-30"]


def test_a_hint_in_brackets_under_a_header_is_no_header() -> None:
    rows = [
        ["序号", "反馈问题", "整改状态", "", "", "整改时限"],
        ["", "", "（请打√）", "", "", ""],
        ["", "", "已完成", "达到序时进度", "尚未启动", ""],
        ["1", "甲厂超标排放。", "√", "", "", "2024年底"],
        ["2", "乙厂偷排。", "", "", "√", "2025年底"],
    ]
    merges = [(0, 2, 0, 4), (1, 2, 1, 4), (0, 0, 2, 0), (0, 1, 2, 1), (0, 5, 2, 5)]
    for draft in (read(workbook(rows, merges), "a.xlsx"), read(word([(rows, merges)]), "a.docx")):
        assert [(issue.text, issue.state) for issue in draft.issues] == [
            ("甲厂超标排放。", "completed"),
            ("乙厂偷排。", "not_started"),
        ]


def test_a_note_under_the_table_may_state_the_totals() -> None:
    rows = [
        ["序号", "问题", "整改措施"],
        ["1", "甲厂超标。", "停产。"],
        ["填表说明：本表共列问题2个、措施1条。", "", ""],
    ]
    draft = read_form("workbook", rows)
    assert (draft.declared_issues, draft.declared_measures) == (2, 1)
    assert [question.topic for question in draft.questions] == ["total"]


@pytest.mark.parametrize(
    ("heads", "numbers", "own", "upper"),
    [
        (["省编号", "县序号"], ["16", "3"], "3", "16"),
        (["国家序号", "省序号"], ["十二", "5"], "5", "十二"),
        (["序号", "省序号"], ["3", "16"], "3", "16"),
        (["市序号"], ["7"], "7", None),
        (["省序号"], ["16"], None, "16"),
    ],
)
def test_of_several_levels_of_numbers_the_lowest_is_the_issues_own(
    heads: list[str], numbers: list[str], own: str | None, upper: str | None
) -> None:
    rows = [[*heads, "整改任务", "整改时限"], [*numbers, "甲河水质不稳。", "2024年底"]]
    (issue,) = read_form("workbook", rows).issues
    assert (issue.number, issue.upper_number) == (own, upper)


def test_a_number_in_the_issues_cell_is_its_number_also_where_the_cell_is_merged() -> None:
    rows = [
        ["存在问题", "整改措施", "责任科室", "完成时限"],
        ["（一）窗口服务态度生硬", "开展培训。", "办公室", "立行立改"],
        ["", "设置意见箱。", "党办", "2023年5月底"],
        ["（二）档案缺失", "补齐档案。", "档案室", "2023年8月"],
    ]
    draft = read(workbook(rows, [(1, 0, 2, 0)]), "a.xlsx")
    assert [(issue.number, issue.text) for issue in draft.issues] == [("一", "窗口服务态度生硬"), ("二", "档案缺失")]
    assert [len(issue.measures) for issue in draft.issues] == [2, 1]


def test_a_column_of_persons_and_telephones_gives_the_persons() -> None:
    rows = [
        ["序号", "问题", "责任领导及联系方式"],
        ["1", "甲厂超标。", "高某 13900000000"],
        ["2", "乙厂偷排。", "何某某，0550-1234567"],
    ]
    first, second = read_form("csv", rows).issues
    assert units(first) == {("高某", "leader")}
    assert units(second) == {("何某某", "leader")}


def test_the_original_deadline_applies_where_no_other_was_set() -> None:
    rows = [
        ["序号", "问题", "原定时限", "调整后时限"],
        ["1", "甲厂超标。", "2023年6月底", "2024年6月底"],
        ["2", "乙厂偷排。", "2023年12月底", ""],
        ["3", "丙厂超标。", "2022年6月底", "——"],
    ]
    assert [day(issue) for issue in read_form("workbook", rows).issues] == ["2024-06-30", "2023-12-31", "2022-06-30"]


def test_a_second_number_column_numbers_the_measures() -> None:
    rows = [
        ["问题编号", "问题", "措施编号", "整改措施", "完成时限"],
        ["1", "甲河断流。", "1-1", "调水。", "2023年6月底"],
        ["", "", "1-2", "清淤。", "2023年9月底"],
        ["2", "乙湖富营养化。", "2-1", "截污。", "2024年底"],
    ]
    draft = read(workbook(rows, [(1, 0, 2, 0), (1, 1, 2, 1)]), "a.xlsx")
    assert [[measure.number for measure in issue.measures] for issue in draft.issues] == [["1-1", "1-2"], ["2-1"]]
    assert [issue.number for issue in draft.issues] == ["1", "2"]


def test_a_table_turned_on_its_side_is_read_column_by_column() -> None:
    rows = [
        ["某区整改情况表", "", ""],
        ["序号", "1", "2"],
        ["反馈意见", "甲河断流。", "乙湖富营养化。"],
        ["整改举措", "调水。", "截污。"],
        ["牵头部门", "区水利局", "区环保局"],
        ["办结时限", "2023年6月底", "长期坚持"],
    ]
    draft = read_form("workbook", rows)
    assert draft.title == "某区整改情况表"
    assert [(issue.number, issue.text, day(issue)) for issue in draft.issues] == [
        ("1", "甲河断流。", "2023-06-30"),
        ("2", "乙湖富营养化。", "None"),
    ]
    assert measures(draft) == [["调水。"], ["截污。"]]


MEASURES_ALONE = ["序号", "具体措施", "责任部门", "完成时间"]


def test_a_table_of_measures_belongs_to_the_issue_in_the_text_above_it() -> None:
    draft = read(
        word(
            [
                "某局整改方案",
                "1.食堂采购不公开。",
                "整改目标：采购全过程公开。",
                (
                    [
                        MEASURES_ALONE,
                        ["1", "公布供应商。", "后勤科", "立行立改"],
                        ["2", "轮换采购员。", "人事科", "2023年5月"],
                    ],
                    (),
                ),
                "2.公车台账不全。",
                "整改目标：一车一账。",
                ([MEASURES_ALONE, ["1", "补齐台账。", "后勤科", "2023年6月底"]], ()),
            ]
        ),
        "a.docx",
    )
    assert [(issue.number, issue.text) for issue in draft.issues] == [
        ("1", "食堂采购不公开。"),
        ("2", "公车台账不全。"),
    ]
    assert measures(draft) == [["公布供应商。", "轮换采购员。"], ["补齐台账。"]]
    assert draft.issues[0].measures[1].deadline is not None
    assert [unit.name for unit in draft.issues[0].measures[1].units] == ["人事科"]


def test_facts_over_a_table_of_measures_may_be_rows_of_that_table() -> None:
    rows = [
        ["反馈问题", "甲河断流。", "", ""],
        ["整改目标", "恢复生态流量。", "", ""],
        MEASURES_ALONE,
        ["1", "调水。", "县水利局", "2023年6月底"],
        ["2", "清淤。", "县住建局", "2023年9月底"],
        ["反馈问题", "乙湖富营养化。", "", ""],
        ["整改目标", "达到Ⅳ类。", "", ""],
        MEASURES_ALONE,
        ["1", "截污。", "县环保局", "长期坚持"],
    ]
    merges = [(at, 1, at, 3) for at in (0, 1, 5, 6)]
    for draft in (read(workbook(rows, merges), "a.xlsx"), read(word([(rows, merges)]), "a.docx")):
        assert [(issue.text, issue.goal) for issue in draft.issues] == [
            ("甲河断流。", "恢复生态流量。"),
            ("乙湖富营养化。", "达到Ⅳ类。"),
        ]
        assert measures(draft) == [["调水。", "清淤。"], ["截污。"]]


@pytest.mark.parametrize("form", ["pasted from a sheet", "csv", "workbook", "word table"])
def test_two_columns_and_one_row_are_a_table(form: str) -> None:
    draft = read_form(form, [["反馈问题", "责任单位"], ["甲河断流。", "县水利局"], ["乙湖富营养化。", "县环保局"]])
    assert [(issue.text, units(issue)) for issue in draft.issues] == [
        ("甲河断流。", {("县水利局", "responsible")}),
        ("乙湖富营养化。", {("县环保局", "responsible")}),
    ]
    (only,) = read_form(form, [["序号", "问题", "措施"], ["1", "甲河断流。", "调水。"]]).issues
    assert (only.number, only.text, [measure.text for measure in only.measures]) == ("1", "甲河断流。", ["调水。"])


# ---------------------------------------------------------------- running text
@pytest.mark.parametrize(("issue", "measure"), [("（{}）", "1."), ("{}、", "（1）"), ("问题{}：", "1、")])
def test_measures_without_a_label_behind_a_goal_may_carry_labels_of_their_own(issue: str, measure: str) -> None:
    labels = "牵头部门：县水利局　　办结时限："
    draft = text(
        "某县整改方案",
        issue.format("一") + "小水库除险加固滞后。",
        "整改标准：全部除险。",
        measure + "鉴定大坝。",
        labels + "2023年3月底前",
        measure.replace("1", "2") + "加固大坝。",
        labels + "2023年9月底前",
        issue.format("二") + "河道采砂失管。",
        "整改标准：秩序规范。",
        measure + "编制采砂规划。",
        labels + "长期坚持",
    )
    assert [issue.text for issue in draft.issues] == ["小水库除险加固滞后。", "河道采砂失管。"]
    assert measures(draft) == [["鉴定大坝。", "加固大坝。"], ["编制采砂规划。"]]
    limits = [str(one.deadline and one.deadline.date) for issue in draft.issues for one in issue.measures]
    assert limits[:2] == ["2023-03-31", "2023-09-30"]


@pytest.mark.parametrize(("issue", "label", "step"), [("■", "▲", "◇"), ("★", "•", "→"), ("◆", "●", "✔ ")])
def test_ornaments_before_issues_and_labels_are_no_text(issue: str, label: str, step: str) -> None:
    draft = text(
        "某区整改情况公开",
        f"{issue}问题1",
        "工地夜间施工扰民。",
        f"{label}责任单位：区住建局",
        f"{label}整改措施：",
        f"{step}核发夜间施工许可。",
        f"{step}公布投诉电话。",
        f"{label}整改情况：已完成整改。",
        f"{issue}问题2",
        "公厕保洁差。",
        f"{label}责任单位：区城管局",
        f"{label}整改措施：",
        f"{step}增加保洁频次。",
        f"{label}整改情况：正在整改。",
    )
    assert [(issue.number, issue.text, issue.state) for issue in draft.issues] == [
        ("1", "工地夜间施工扰民。", "completed"),
        ("2", "公厕保洁差。", "in_progress"),
    ]
    assert measures(draft) == [["核发夜间施工许可。", "公布投诉电话。"], ["增加保洁频次。"]]


def test_sections_around_the_issues_of_a_report_hold_none() -> None:
    draft = text(
        "某局党委关于巡察整改进展情况的通报",
        "一、整改工作推进情况",
        "（一）加强领导。成立专班。",
        "（二）压实责任。逐项分解。",
        "二、反馈问题整改落实情况",
        "（一）学习不深入。",
        "整改进展：已完成整改。",
        "（二）作风不实。",
        "整改进展：正在整改。",
        "三、后续工作打算",
        "（一）持续用力。",
        "（二）建章立制。",
    )
    assert [(issue.text, issue.state) for issue in draft.issues] == [
        ("学习不深入。", "completed"),
        ("作风不实。", "in_progress"),
    ]


def test_a_notice_whose_progress_is_a_section_tells_of_its_one_issue() -> None:
    draft = text(
        "某市督察整改任务完成情况公示",
        "一、基本信息",
        "（一）第21项：某矿山未履行治恢义务。",
        "（二）责任单位：甲县人民政府",
        "二、整改进展情况",
        "该问题已完成整改。",
        "三、公示期限",
        "2022年5月5日至5月11日",
    )
    (issue,) = draft.issues
    assert (issue.number, issue.text, issue.state) == ("21", "某矿山未履行治恢义务。", "completed")
    assert units(issue) == {("甲县人民政府", "responsible")} and issue.deadline is None


@pytest.mark.parametrize(
    ("bracket", "upper"), [("县清单第3项", "3"), ("省级清单第12项", "12"), ("市方案序号六", "六"), ("中央序号9", "9")]
)
def test_the_upper_levels_number_stands_in_brackets_behind_the_own(bracket: str, upper: str) -> None:
    draft = text(
        "某镇整改方案",
        f"任务2（{bracket}）：散养密集。",
        "整改目标：粪污全收集。",
        "整改措施：建收集池。",
        "整改时限：2024年底",
    )
    assert [(issue.number, issue.upper_number) for issue in draft.issues] == [("2", upper)]


@pytest.mark.parametrize(
    "phrase", ["2024年秋收前", "2023年冬修水利结束前", "2025年全国两会前", "2024年开学前", "2024年供暖季前"]
)
def test_a_year_before_an_event_says_only_which_event(phrase: str) -> None:
    draft = text("某县整改方案", "一、沟渠淤塞。", "整改措施：清淤。", f"整改时限：{phrase}")
    deadline = draft.issues[0].deadline
    assert deadline is not None and (deadline.kind, deadline.date) == ("ask", None)
    assert [question.topic for question in draft.questions] == ["deadline"]


def test_the_year_of_an_assessment_is_not_the_year_of_its_plan() -> None:
    head = ["某县2022年度考核反馈问题整改方案", "（2023年3月6日县委常委会会议审议通过）"]
    body = ["一、帮扶不实。", "整改措施：走访。", "整改时限：10月底前"]
    assert day(text(*head, *body).issues[0]) == "2023-10-31"
    assert day(text("某县2022年督察反馈问题整改方案", *body).issues[0]) == "2022-10-31"


def test_how_often_in_a_year_is_no_milestone() -> None:
    draft = text(
        "某县2023年整改方案",
        "一、巡查少。",
        "整改措施：1.巡查，全年不少于4次。2.全年开展2轮检查。",
        "整改时限：2023年底",
    )
    assert draft.issues[0].milestones == []


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        ("东村、西村党支部", ["东村党支部", "西村党支部"]),
        ("甲街道、乙街道办事处", ["甲街道办事处", "乙街道办事处"]),
        ("甲社区、乙社区居委会", ["甲社区居委会", "乙社区居委会"]),
        ("县水利局/县财政局", ["县水利局", "县财政局"]),
        ("1.县水利局2.县财政局", ["县水利局", "县财政局"]),
        ("县水利局、县财政局按职责分工负责", ["县水利局", "县财政局"]),
        ("各乡镇、县直各部门按职责分工负责", ["各乡镇", "县直各部门"]),
    ],
)
def test_units_are_told_apart(printed: str, names: list[str]) -> None:
    draft = text("某县整改方案", "一、沟渠淤塞。", f"责任单位：{printed}", "整改措施：清淤。")
    assert [unit.name for unit in draft.issues[0].units] == names


def test_a_bare_total_in_brackets_under_the_title_counts_the_issues() -> None:
    draft = text("某县整改清单", "（共2项）", "一、沟渠淤塞。", "整改措施：清淤。", "责任单位：县水利局")
    assert (draft.declared_issues, draft.declared_measures) == (2, None)
    assert [question.topic for question in draft.questions] == ["total"]


def test_paragraphs_broken_at_the_edge_of_a_page_are_put_together() -> None:
    draft = text(
        "某县整改方案",
        "一、城区三处泵站年久失修，雨季排涝能力不足，周边小区",
        "居民反映强烈。",
        "牵头单位：县住房和城乡建设局、县水利局、县城市管理局",
        "（县综合行政执法局）、甲街道办",
        "整改时限：2023年6月底前完成泵站大修，2023年12月底",
        "前完成管网清淤，长期坚持",
        "整改措施：",
        "1.制定泵站改造计划，逐座落实资金，明确责任人员和进度",
        "安排。",
        "2.清淤管网，建立台账。",
        "3.定期通报。",
    )
    (issue,) = draft.issues
    assert issue.text == "城区三处泵站年久失修，雨季排涝能力不足，周边小区居民反映强烈。"
    assert measures(draft) == [
        ["制定泵站改造计划，逐座落实资金，明确责任人员和进度安排。", "清淤管网，建立台账。", "定期通报。"]
    ]
    assert day(issue) == "2023-12-31" and [str(stone.date) for stone in issue.milestones] == ["2023-06-30"]


def test_lists_of_one_file_tell_of_the_same_issues_by_number() -> None:
    lists = [
        [["序号", "问题"], ["1", "甲河断流。"], ["2", "乙湖富营养化。"]],
        [["序号", "整改任务"], ["1", "调水。"], ["", "清淤。"], ["2", "截污。"]],
        [["序号", "责任单位", "完成时限"], ["1", "县水利局", "2023年底"], ["2", "县环保局", "长期坚持"]],
    ]
    titles = ["问题清单", "任务清单", "责任清单"]
    blocks = [block for title, rows in zip(titles, lists, strict=True) for block in (title, (rows, ()))]
    draft = read(word(blocks), "a.docx")
    assert [(issue.number, issue.text, day(issue)) for issue in draft.issues] == [
        ("1", "甲河断流。", "2023-12-31"),
        ("2", "乙湖富营养化。", "None"),
    ]
    assert measures(draft) == [["调水。", "清淤。"], ["截污。"]]
    assert [units(issue) for issue in draft.issues] == [{("县水利局", "responsible")}, {("县环保局", "responsible")}]


def test_a_list_with_other_numbers_stands_for_itself() -> None:
    first = [["序号", "问题"], ["1", "甲河断流。"], ["2", "乙湖富营养化。"]]
    other = [["序号", "整改任务", "完成时限"], ["1", "调水。", "2023年底"], ["3", "截污。", "2024年底"]]
    draft = read(word([(first, ()), (other, ())]), "a.docx")
    assert [issue.text for issue in draft.issues] == ["甲河断流。", "乙湖富营养化。", "调水。", "截污。"]


def test_stages_inside_the_name_of_a_target_are_its_milestones() -> None:
    target = "建成处理厂一座。一季度完成立项，上半年开工，年底前建成。"
    rows = [["2021年重点任务表"], ["序号", "目标名称", "目标进展情况", "存在问题"], ["1", target, "已立项。", "无"]]
    (issue,) = read_form("workbook", rows).issues
    assert day(issue) == "2021-12-31"
    assert [str(stone.date) for stone in issue.milestones] == ["2021-03-31", "2021-06-30"]


def test_the_sentence_that_opens_a_notice_is_neither_its_title_nor_a_heading() -> None:
    draft = text(
        "某县督察整改任务销号公示（任务清单第8项）",
        "根据验收销号办法，现将整改完成情况公示如下：",
        "一、反馈问题：（省序号31）尾矿库渗漏。",
        "二、整改目标：消除渗漏。",
    )
    (issue,) = draft.issues
    assert (issue.number, issue.upper_number, issue.text, issue.category) == ("8", "31", "尾矿库渗漏。", None)


def test_two_fields_under_one_header_are_taken_apart() -> None:
    rows = [
        ["序号", "问题及整改措施", "责任单位及责任人", "整改目标及时限", "牵头单位和完成时限"],
        [
            "1",
            "问题：甲河断流。措施：1.调水。2.清淤。",
            "县水利局 王某某",
            "2022年底前恢复流量。",
            "县环保局；2022年9月底前",
        ],
        ["2", "问题：乙湖超标。措施：截污。", "县住建局（李某）、甲镇政府", "达到Ⅳ类。", "县环保局，长期坚持"],
    ]
    first, second = read_form("workbook", rows).issues
    assert (first.text, first.goal, day(first)) == ("甲河断流。", "2022年底前恢复流量。", "2022-09-30")
    assert [measure.text for measure in first.measures] == ["调水。", "清淤。"]
    assert units(first) == {("县水利局", "responsible"), ("王某某", "person"), ("县环保局", "lead")}
    assert second.deadline is not None and second.deadline.kind == "long_term"
    assert units(second) == {
        ("县住建局", "responsible"), ("甲镇政府", "responsible"), ("李某", "person"), ("县环保局", "lead"),
    }  # fmt: skip


def test_a_bare_number_in_a_total_row_counts_what_its_column_holds() -> None:
    rows = [["序号", "问题", "整改措施"], ["1", "甲河断流。", "调水。"], ["合计", "3", "5"]]
    draft = read_form("csv", rows)
    assert (draft.declared_issues, draft.declared_measures) == (3, 5)


@pytest.mark.parametrize(
    ("problem", "step"),
    [
        ("反馈问题：", "整改任务{}："),
        ("存在问题：", "整改措施{}："),
        ("问题表现：", "整改举措："),
        ("反馈问题：", "措施（{}）："),
    ],
)
def test_measures_that_come_again_under_an_issue_keep_the_facts_behind_each(problem: str, step: str) -> None:
    draft = text(
        "某市整改方案",
        f"{problem}园区废气治理不到位。",
        f"{step.format(1)}完成企业治理。",
        "责任单位：市工信局",
        "完成时限：2022年6月底前",
        f"{step.format(2)}建立监测体系。",
        "责任单位：市生态环境局",
        "完成时限：2022年12月底前",
        f"{problem}污泥处置不规范。",
        f"{step.format(1)}建设处置设施。",
        "责任单位：市住建局",
        "完成时限：2023年6月底前",
    )
    assert measures(draft) == [["完成企业治理。", "建立监测体系。"], ["建设处置设施。"]]
    first, second = draft.issues
    assert [unit.name for measure in first.measures for unit in measure.units] == ["市工信局", "市生态环境局"]
    assert [str(one.deadline and one.deadline.date) for one in first.measures] == ["2022-06-30", "2022-12-31"]
    assert (day(second), units(second)) == ("2023-06-30", {("市住建局", "responsible")})


def test_a_heading_that_names_an_item_gives_the_number_of_the_one_issue_under_it() -> None:
    draft = text(
        "关于督察反馈问题（第13项、第21项）整改完成情况的公示",
        "一、第13项整改任务",
        "（一）整改任务：某湖水质下降。",
        "（二）整改情况：已完成整改。",
        "二、第21项整改任务",
        "（一）整改任务：非法码头未取缔。",
        "（二）整改情况：已完成整改。",
    )
    assert [(issue.number, issue.text) for issue in draft.issues] == [
        ("13", "某湖水质下降。"),
        ("21", "非法码头未取缔。"),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("已完成（√） 基本完成（ ） 正在推进（ ）", "已完成（ ） 基本完成（ ） 正在推进（√）"),
        ("已完成☑ 达到序时进度□ 正在推进□", "已完成□ 达到序时进度□ 正在推进☑"),
        ("☑已完成 □正在推进", "□已完成 ☑正在推进"),
    ],
)
def test_a_box_stands_before_its_word_or_behind_it(first: str, second: str) -> None:
    draft = text("问题一：甲河断流。", f"整改状态：{first}", "-----", "问题二：乙湖超标。", f"整改状态：{second}")
    assert [issue.state for issue in draft.issues] == ["completed", "in_progress"]
    assert [issue.category for issue in draft.issues] == [None, None]


def test_words_under_whether_completed_may_say_more_than_yes_or_no() -> None:
    answers = ["完成", "基本完成", "正在推进", "已完成并销号", "未完成", "否"]
    rows = [["序号", "问题", "是否完成"], *([str(at), f"第{at}条河断流。", said] for at, said in enumerate(answers, 1))]
    states = [issue.state for issue in read_form("workbook", rows).issues]
    assert states == ["completed", "basically_completed", "in_progress", "signed_off", None, None]


@pytest.mark.parametrize(("one", "two"), [("①", "②"), ("（一）", "（二）"), ("1.", "2.")])
def test_the_parts_of_a_problem_have_measures_of_their_own_and_its_parenthesis(one: str, two: str) -> None:
    draft = text(
        "某市整改方案",
        "一、污水处理设施建设滞后。（责任单位：市住建局；整改时限：2026年12月底前）",
        f"{one}江南管网未建成。",
        "整改措施：新建管网12公里。",
        f"{two}江北雨污不分。",
        "整改措施：（1）改造雨污分流；（2）封堵排口。",
        "责任单位：市水利局",
        "二、砂石企业扬尘严重。（责任单位：市交通局；整改时限：2026年6月底前）",
        "整改措施：安装喷淋。",
    )
    assert [issue.text for issue in draft.issues] == ["江南管网未建成。", "江北雨污不分。", "砂石企业扬尘严重。"]
    assert measures(draft) == [["新建管网12公里。"], ["改造雨污分流", "封堵排口。"], ["安装喷淋。"]]
    assert [units(issue) for issue in draft.issues] == [
        {("市住建局", "responsible")},
        {("市水利局", "responsible")},
        {("市交通局", "responsible")},
    ]
    assert [day(issue) for issue in draft.issues] == ["2026-12-31", "2026-12-31", "2026-06-30"]
    assert not draft.unread


@pytest.mark.parametrize("label", ["阶段安排", "进度安排", "节点计划", "分阶段安排"])
def test_the_stages_of_a_label_are_milestones_and_no_part_of_the_last_measure(label: str) -> None:
    draft = text(
        "某市整改方案",
        "一、甲库资金滞留。",
        "整改措施：1.清理项目。2.加快支出。",
        f"{label}：2023年10月底前完成清理，2024年6月底前全部支出。",
        "整改时限：2024年12月底前",
        "二、乙库没有验收。",
        "整改措施：组织验收。",
        "整改时限：2023年底前",
    )
    assert measures(draft) == [["清理项目。", "加快支出。"], ["组织验收。"]]
    assert [stone.date.isoformat() for stone in draft.issues[0].milestones] == ["2023-10-31", "2024-06-30"]
    assert [day(issue) for issue in draft.issues] == ["2024-12-31", "2023-12-31"]


@pytest.mark.parametrize("sign", ["——", "—", "-", "•", "◆"])
def test_steps_behind_signs_are_measures_each_the_last_one_too(sign: str) -> None:
    draft = text(
        "某市整改任务清单",
        "任务1：甲河断流。",
        "整改目标：恢复生态流量。",
        "整改举措：",
        f"{sign}核查取水口。",
        f"{sign}2024年6月底前完成补水。",
        f"{sign}建立通报制度。",
        "任务2：乙湖超标。",
        "整改目标：水质达标。",
        "整改举措：",
        f"{sign}关停排污口。",
        f"{sign}开展清淤。",
    )
    assert measures(draft) == [
        ["核查取水口。", "2024年6月底前完成补水。", "建立通报制度。"],
        ["关停排污口。", "开展清淤。"],
    ]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("市委常委、副市长", ["市委常委、副市长"]),
        ("市委副书记、市长；王某某", ["市委副书记、市长", "王某某"]),
        ("县委常委、组织部部长", ["县委常委、组织部部长"]),
        ("张某某、李某", ["张某某", "李某"]),
        ("市长、副市长", ["市长", "副市长"]),
    ],
)
def test_one_person_of_two_posts_is_one(said: str, names: list[str]) -> None:
    draft = text("某市整改方案", "一、甲河断流。", f"责任领导：{said}", "整改措施：补水。")
    assert [unit.name for unit in draft.issues[0].units] == names


@pytest.mark.parametrize(
    "cell",
    [
        "（　）已销号\n（√）已完成\n（　）正在推进",
        "（ ）已销号 （√）已完成 （ ）正在推进",
        "已销号（ ）已完成（√）正在推进（ ）",
    ],
)
def test_a_tick_in_round_brackets_belongs_to_the_word_on_its_side(cell: str) -> None:
    rows = [["序号", "反馈问题", "整改措施", "完成进度"], ["1", "甲河断流。", "补水。", cell]]
    assert [issue.state for issue in read_form("workbook", rows).issues] == ["completed"]


def test_labels_between_spaces_of_a_page_without_breaks_and_colons() -> None:
    told = [
        "序号 1 问题描述 甲河断流。 整改标准 恢复流量。 整改举措 1．核查取水口。 2．补水。 主责单位 市水利局",
        "协办单位 市环境局、甲县政府 办结时限 2024年6月底 当前状态 已完成 序号 2 问题描述 乙湖超标，",
        "第 1 页 共 2 页",
        "水质为劣五类。 整改标准 水质达标。 整改举措 关停排污口。 主责单位 乙县政府 办结时限 长期坚持 当前状态 正在整改",
    ]
    draft = text("某市整改清单", *told)
    assert [(issue.number, issue.text, issue.goal) for issue in draft.issues] == [
        ("1", "甲河断流。", "恢复流量。"),
        ("2", "乙湖超标，水质为劣五类。", "水质达标。"),
    ]
    assert measures(draft) == [["核查取水口。", "补水。"], ["关停排污口。"]]
    assert [issue.state for issue in draft.issues] == ["completed", "in_progress"]
    assert units(draft.issues[0]) == {
        ("市水利局", "responsible"),
        ("市环境局", "cooperating"),
        ("甲县政府", "cooperating"),
    }


def test_of_no_lines_none_are_joined() -> None:
    assert unwrapped([], RawPlan()) == []


def test_a_long_header_that_is_nearly_names_of_units_is_soon_read() -> None:
    """Trying every way to divide it into names took minutes."""
    rows = [
        ["编号", "反馈问题", "整改举措", "办理进度" * 60],
        ["1", "甲河断流。", "补水。", "☑已完成 □整改中"],
        ["2", "乙湖超标。", "清淤。", "□已完成 ☑整改中"],
    ]
    assert [issue.text for issue in read_form("workbook", rows).issues] == ["甲河断流。", "乙湖超标。"]
