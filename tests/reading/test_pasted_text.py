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


# ---------------------------------------------------------------- petitions handed over in batches
def petition(**facts: str) -> list[str]:
    return [f"{label}：{value}" for label, value in facts.items()]


def test_petition_cards_keep_their_own_numbers_and_what_was_found_stands_in_the_remark() -> None:
    draft = text(
        "某市环境信访问题交办清单（第三批）",
        "截至9月30日，本批转办群众举报件3件",
        "第1件",
        *petition(
            信访编号="XF-0301",
            所在区域="河口区",
            投诉内容="河口区某砖厂粉尘污染，夜间生产。",
            是否属实="属实",
            查处情况="责令停产整治。",
            整改措施="1.建设封闭料棚；2.安装喷淋设施。",
            责任单位="河口区人民政府",
            办理时限="2023年10月底前",
            是否办结="阶段性办结",
            问责情况="无",
        ),
        "第2件",
        *petition(
            信访编号="XF-0302",
            所在区域="湖滨区",
            投诉内容="湖滨区某饭店油烟直排。",
            是否属实="不属实",
            查处情况="该店油烟净化设施正常运行。",
            责任单位="湖滨区人民政府",
            办理时限="立行立改",
            是否办结="已办结",
            问责情况="无",
        ),
        "第3件",
        *petition(
            信访编号="XF-0303",
            所在区域="河口区",
            投诉内容="河口区某养殖场臭气扰民。",
            是否属实="基本属实",
            查处情况="限期清运粪污。",
            责任单位="河口区人民政府、市农业农村局",
            办理时限="2023年12月31日前",
            是否办结="未办结",
            问责情况="批评教育1人",
        ),
        "说明：办结与否由各区填报。",
    )
    assert draft.declared_issues == 3
    assert [issue.number for issue in draft.issues] == ["XF-0301", "XF-0302", "XF-0303"]
    assert [issue.text for issue in draft.issues] == [
        "河口区某砖厂粉尘污染，夜间生产。",
        "湖滨区某饭店油烟直排。",
        "河口区某养殖场臭气扰民。",
    ]
    assert [day(issue) for issue in draft.issues] == ["2023-10-31", "None", "2023-12-31"]
    assert measures(draft) == [["建设封闭料棚", "安装喷淋设施。"], [], []]
    assert [issue.state for issue in draft.issues] == ["basically_completed", "completed", None]  # 未办结 denies only
    assert draft.issues[2].remark == "是否属实：基本属实\n问责情况：批评教育1人"
    assert draft.issues[2].progress == "限期清运粪污。"


def test_petition_cards_may_begin_with_two_numbers_or_end_with_one() -> None:
    first = text(
        "信访件办理情况公开",
        *petition(序号="1", 受理编号="甲001", 受理时间="2024年5月6日", 反映问题="甲厂夜间偷排。", 责任单位="甲区政府"),
        *petition(序号="2", 受理编号="乙002", 受理时间="2024年5月7日", 反映问题="乙厂夜间偷排。", 责任单位="乙区政府"),
    )
    assert [(issue.number, issue.text) for issue in first.issues] == [("1", "甲厂夜间偷排。"), ("2", "乙厂夜间偷排。")]
    assert [issue.deadline for issue in first.issues] == [None, None]
    last = text(
        "信访件办理情况公开",
        *petition(反映问题="甲厂夜间偷排。", 责任单位="甲区政府", 受理编号="甲001"),
        *petition(反映问题="乙厂夜间偷排。", 责任单位="乙区政府", 受理编号="乙002"),
    )
    assert [(issue.number, issue.text) for issue in last.issues] == [
        ("甲001", "甲厂夜间偷排。"),
        ("乙002", "乙厂夜间偷排。"),
    ]


def test_petitions_numbered_by_words_with_labels_in_one_line() -> None:
    draft = text(
        "群众信访举报件边督边改情况",
        "一、受理编号：D0001；污染要素：水；举报内容：某镇污水直排。",
        "属实情况：属实。办理情况：已接入管网。办结情况：已办结。",
        "二、受理编号：D0002；污染要素：大气；举报内容：某厂冒黑烟。",
        "属实情况：部分属实。办理情况：正在更换除尘器。办结情况：未办结。",
    )
    assert [issue.text.rstrip("。") for issue in draft.issues] == ["某镇污水直排", "某厂冒黑烟"]
    assert [issue.number for issue in draft.issues] == ["D0001", "D0002"]
    assert [issue.state for issue in draft.issues] == ["completed", "in_progress"]


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("受理编号", "number"),
        ("信访件编号", "number"),
        ("交办单号", "number"),
        ("举报内容", "issue"),
        ("交办问题基本情况", "issue"),
        ("群众诉求", "issue"),
        ("问题整改情况", "progress"),
        ("处理和整改情况", "progress"),
        ("核查情况", "progress"),
        ("调查核实情况", "noted"),
        ("是否属实", "noted"),
        ("责任人被处理情况", "noted"),
        ("追责问责情况", "noted"),
        ("被举报单位", "noted"),
        ("交办时间", "noted"),
        ("办结情况", "state"),
        ("办结时限", "deadline"),
        ("行政区域", "category"),
        ("污染类型", "category"),
    ],
)
def test_what_the_labels_of_a_petition_mean(label: str, field: str) -> None:
    found = classify(label)
    assert found is not None and found.field == field


# ---------------------------------------------------------------- one cell a line
HEADS = ["编号", "存在问题", "整改举措", "责任单位", "整改期限", "完成情况", "备注"]
FIRST = [
    "1",
    "某水库管理范围内存在违建。",
    "（1）拆除违建3处。",
    "（2）恢复岸线植被。",
    "县水务局、某镇人民政府",
    "2023年6月底前",
]
SECOND = ["2", "河长巡河流于形式，记录雷同", "重新核定巡河频次并抽查。", "县河长办", "长期坚持", "正在推进"]
THIRD = ["3", "部分农村饮水工程水质不稳定", "1.更换净化设备5套。", "2.每月检测。", "县水务局（牵头）、县卫健局"]


def check_three(draft: PlanDraft) -> None:
    assert [issue.number for issue in draft.issues] == ["1", "2", "3"]
    assert [issue.text.rstrip("。") for issue in draft.issues] == [
        "某水库管理范围内存在违建",
        "河长巡河流于形式，记录雷同",
        "部分农村饮水工程水质不稳定",
    ]
    assert measures(draft) == [
        ["拆除违建3处。", "恢复岸线植被。"],
        ["重新核定巡河频次并抽查。"],
        ["更换净化设备5套。", "每月检测。"],
    ]
    assert [units(issue) for issue in draft.issues] == [
        {("县水务局", "responsible"), ("某镇人民政府", "responsible")},
        {("县河长办", "responsible")},
        {("县水务局", "lead"), ("县卫健局", "responsible")},
    ]
    assert [day(issue) for issue in draft.issues] == ["2023-06-30", "None", "2023-09-30"]


@pytest.mark.parametrize(
    "bands",
    [
        ([], [], []),
        (["一、水利工程管理方面"], ["二、河湖管护方面"], []),
        (["（一）水利"], ["（二）河湖"], ["（三）饮水"]),
        (["水利工程方面"], ["河湖管护方面"], []),
        (["第一部分 水利", "一、水利工程"], ["二、河湖管护"], []),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_a_table_with_one_cell_a_line_is_put_together_again(bands: tuple[list[str], ...], apart: bool) -> None:
    cells = [
        *HEADS,
        *bands[0],
        *FIRST,
        "已完成",
        "现场已验收",
        *bands[1],
        *SECOND,
        *bands[2],
        *THIRD,
        "2023年第三季度",
        "尚未启动",
    ]
    if apart:  # a blank line behind every cell, none within a cell
        cells = [part for cell in cells for part in ([cell] if cell.startswith(("（1）", "1.")) else [cell, ""])]
    draft = text(
        "某县水利专项巡察整改台账",
        "索引号：000　发布日期：2023-02-01　【打印】【关闭】",
        *cells,
        "返回顶部",
        "上一篇：公告",
    )
    check_three(draft)
    assert [issue.state for issue in draft.issues] == ["completed", "in_progress", "not_started"]
    assert draft.issues[0].remark == "现场已验收"
    found = [(issue.category or "").rsplit(" / ", 1)[-1] for issue in draft.issues]
    own = [*bands[0][-1:], *bands[1][-1:], *bands[2][-1:]]
    expected = [] if not own else [own[0], own[1], own[-1]]
    assert [name[-2:] for name in found if name] == [name[-2:] for name in expected]
    assert [q.topic for q in draft.questions] == []
    assert any("一格一行" in note for note in draft.notes)


def test_notes_and_totals_below_a_pasted_table_are_no_cells() -> None:
    cells = [*HEADS[:6], *FIRST, "已完成", *SECOND, *THIRD, "2023年9月底前", "正在推进", "合计", "问题3个，措施5条"]
    draft = text("某县水利专项巡察整改台账", *cells, "备注：本表由县水务局填报。", "联系电话：0000-1234567")
    check_three(draft)
    assert (draft.declared_issues, draft.declared_measures) == (3, 5)
    assert draft.issues[2].state == "in_progress"
    assert [line.text for line in draft.unread] == ["备注：本表由县水务局填报。", "联系电话：0000-1234567"]


def test_an_issue_pasted_with_several_rows_of_measures() -> None:
    draft = text(
        "整改任务清单",
        *["序号", "反馈问题", "整改目标", "整改措施", "责任单位", "完成时限"],
        *["1", "某园区污水处理厂长期闲置。", "2025年底前稳定运行。"],
        *["完成设备检修和调试。", "某园区管委会", "2025年3月底前"],
        *["接入园区企业污水，保证进水量。", "县住建局", "2025年6月底前"],
        *["2", "某矿山扬尘污染严重。", "扬尘得到控制。", "建设喷淋和冲洗设施。", "县自然资源局", "2025年5月底前"],
        *["3", "某垃圾填埋场渗滤液积存。", "渗滤液清零。"],
        *["应急处理存量渗滤液。", "县城管局", "2025年4月底前"],
        *["完成雨污分流改造。", "县城管局、某镇人民政府", "2025年9月底前"],
        *["完善监测井。", "县生态环境分局", "2025年12月底前"],
    )
    assert [issue.text for issue in draft.issues] == [
        "某园区污水处理厂长期闲置。",
        "某矿山扬尘污染严重。",
        "某垃圾填埋场渗滤液积存。",
    ]
    assert [len(issue.measures) for issue in draft.issues] == [2, 1, 3]
    assert [
        [str(m.deadline.date) for m in issue.measures if m.deadline] for issue in (draft.issues[0], draft.issues[2])
    ] == [
        ["2025-03-31", "2025-06-30"],
        ["2025-04-30", "2025-09-30", "2025-12-31"],
    ]
    assert [unit.name for unit in draft.issues[2].measures[1].units] == ["县城管局", "某镇人民政府"]


def test_a_row_whose_cells_fit_no_columns_is_asked_about() -> None:
    draft = text(
        "整改任务清单",
        *["序号", "反馈问题", "整改时限", "责任单位", "整改状态"],
        *["1", "甲河水质超标。", "2024年底", "市水务局", "已完成"],
        *["2", "乙河断流。", "视上级安排另行确定并报批。", "待机构改革后明确责任主体。", "另见附表。"],
    )
    assert [issue.number for issue in draft.issues] == ["1", "2"]
    assert [question.where for question in draft.questions if "对不齐" in question.ask] == ["序号2"]


@pytest.mark.parametrize("width", range(36, 60, 3))
def test_labels_in_an_open_bracket_and_words_that_look_like_labels_may_begin_a_broken_line(width: int) -> None:
    plan = [
        "某某县落实市委第三巡察组巡察反馈意见整改情况通报暨整改任务分解方案",
        "按照市委要求，经县委常委会研究，对照反馈意见梳理出2个方面的具体问题并明确4项整改任务。",
        "一、学习教育抓得不实，理论中心组学习计划落实不到位。",
        "整改措施：",
        "1.修订理论学习中心组学习制度，建立学习档案。（牵头单位：县委宣传部；配合单位：县委组织部、县委党校；完成时限：2024年6月底前）",
        "2.每半年通报学习情况，通报结果纳入领导班子考核。（牵头单位：县委组织部；配合单位：县委督查室；完成时限：长期坚持）",
        "二、项目资金使用缓慢，部分资金滞留在乡镇账户超过两年。",
        "整改措施：",
        "1.清理滞留资金并分类盘活，对确需继续使用的限期拨付。（牵头单位：县财政局；配合单位：县审计局、各乡镇人民政府；完成时限：2024年9月底前）",
        "2.建立资金支出进度月调度制度。（牵头单位：县财政局；配合单位：县发展和改革局；完成时限：2024年12月底前）",
    ]
    draft = text(*wrapped(plan, width, by_columns=True))
    assert draft.title == plan[0]
    assert [issue.text for issue in draft.issues] == [plan[2][2:], plan[6][2:]]
    assert [[str(m.deadline.date) for m in issue.measures if m.deadline] for issue in draft.issues] == [
        ["2024-06-30", "None"],
        ["2024-09-30", "2024-12-31"],
    ]
    assert [[len(m.units) for m in issue.measures] for issue in draft.issues] == [[3, 2], [3, 2]]
