"""Classes of tables, each as a small grid of its own words in every form it may come in: workbook, Word table, comma
separated, tabs, pipes. Merged blocks are merged where the form can merge, and empty cells where it cannot."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
import xlsxwriter

from rectify.reading import read
from rectify.reading.draft import IssueDraft, PlanDraft
from tests.reading.documents import FORMS, Merge, Rows, read_form, word, workbook

Reader = Callable[[Rows, Sequence[Merge]], PlanDraft]


def as_workbook(rows: Rows, merges: Sequence[Merge]) -> PlanDraft:
    return read(workbook(rows, merges), "a.xlsx")


def as_word(rows: Rows, merges: Sequence[Merge]) -> PlanDraft:
    return read(word([(rows, merges)]), "a.docx")


def as_text(form: str) -> Reader:
    return lambda rows, merges: read_form(form, rows)


def sheets(*parts: tuple[str, Rows, Sequence[Merge]]) -> PlanDraft:
    """The draft of a workbook of several sheets."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    for name, rows, merges in parts:
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, [text or None for text in row])
        for top, left, bottom, right in merges:
            sheet.merge_range(top, left, bottom, right, rows[top][left])
    book.close()
    return read(target.getvalue(), "a.xlsx")


MERGING = {"workbook": as_workbook, "word table": as_word}
CARRIERS = MERGING | {form: as_text(form) for form in FORMS if form not in MERGING}
every_carrier = pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
merging = pytest.mark.parametrize("carrier", MERGING.values(), ids=MERGING)


def units(issue: IssueDraft) -> list[tuple[str, str]]:
    return [(unit.name, unit.role) for unit in issue.units]


def limit(issue: IssueDraft) -> tuple[str | None, str | None, str, bool]:
    deadline = issue.deadline
    assert deadline is not None
    start, end = (day.isoformat() if day else None for day in (deadline.start, deadline.date))
    return start, end, deadline.kind, deadline.long_term


# ---------------------------------------------------------------- headers and columns
@every_carrier
def test_a_column_of_problems_is_known_though_its_header_is_not(carrier: Reader) -> None:
    rows = [
        ["编号", "短板梳理", "整改举措", "承办单位", "完成期限"],
        ["1", "学校周边占道经营问题严重。", "划定疏导点两处。", "县城管局", "2025年3月底前"],
        ["2", "老旧电梯没有按期检验。", "逐台检验并公示。", "县市场监管局", "2025年4月底前"],
        ["3", "消防通道长期堵塞，隐患突出。", "拆除障碍物。", "县消防救援大队", "2025年5月底前"],
    ]

    draft = carrier(rows, [])

    assert [(issue.number, issue.text) for issue in draft.issues] == [(row[0], row[1]) for row in rows[1:]]
    assert [issue.measures[0].text for issue in draft.issues] == [row[2] for row in rows[1:]]
    assert [question.ask for question in draft.questions] == ["看不懂表头“短板梳理”，按其内容作为反馈问题读取，对吗？"]


@every_carrier
def test_a_column_is_known_by_units_or_days_or_states_in_it(carrier: Reader) -> None:
    rows = [
        ["序号", "存在问题", "整改措施", "谁来改", "改到哪天", "眼下如何"],
        ["1", "雨水口堵塞。", "清掏雨水口。", "市排水公司", "2025年6月底前", "已完成"],
        ["2", "井盖缺失。", "补装井盖。", "市住建局、市城管局", "2025年7月底前", "正在整改"],
    ]

    draft = carrier(rows, [])

    first, second = draft.issues
    assert units(second) == [("市住建局", "responsible"), ("市城管局", "responsible")]
    assert limit(first) == (None, "2025-06-30", "date", False)
    assert [issue.state for issue in draft.issues] == ["completed", "in_progress"]
    assert len([question for question in draft.questions if question.where == "表头"]) == 3


def test_a_header_that_says_more_than_it_must_is_known_by_its_first_words() -> None:
    rows = [["序号", "问题", "整改措施", "责任单位盖章"], ["1", "水质超标。", "控源截污。", "县水利局"]]

    draft = read_form("csv", rows)

    assert units(draft.issues[0]) == [("县水利局", "responsible")]
    assert "责任单位盖章" in draft.questions[0].ask


# ---------------------------------------------------------------- deadlines in several columns
RANGES = [
    (["整改时限", ""], ["开始", "结束"]),
    (["完成时间", ""], ["起", "止"]),
]


@every_carrier
@pytest.mark.parametrize(("top", "below"), RANGES)
def test_two_columns_of_one_time_are_its_ends(top: list[str], below: list[str], carrier: Reader) -> None:
    rows = [
        ["序号", "问题描述", "主要措施", *top, "备注"],
        ["", "", "", *below, ""],
        ["1", "山塘病险未除。", "除险加固。", "2025年2月", "2025年11月底", ""],
        ["2", "沟渠淤塞。", "清淤疏浚。", "2025-03-01", "2025-05-20", ""],
    ]
    merges = [(0, column, 1, column) for column in (0, 1, 2, 5)]

    draft = carrier(rows, [*merges, (0, 3, 0, 4)])

    assert limit(draft.issues[0]) == ("2025-02-01", "2025-11-30", "range", False)
    assert limit(draft.issues[1]) == ("2025-03-01", "2025-05-20", "range", False)


def test_a_planned_beginning_beside_the_end_is_a_range() -> None:
    rows = [
        ["序号", "问题描述", "主要措施", "计划开始时间", "计划完成时间"],
        ["1", "台账缺页。", "补齐台账。", "2025年2月10日", "2025年3月10日"],
    ]

    assert limit(read_form("csv", rows).issues[0]) == ("2025-02-10", "2025-03-10", "range", False)


@every_carrier
def test_ticks_under_kinds_of_deadline_are_the_deadline(carrier: Reader) -> None:
    rows = [
        ["序号", "问题表现", "整改举措", "整改方式", "", "", "办结时限"],
        ["", "", "", "即知即改", "限时整改", "持续坚持", ""],
        ["1", "公示栏未更新。", "更新公示栏。", "√", "", "", ""],
        ["2", "合同未备案。", "补办备案。", "", "√", "", "2025年8月底"],
        ["3", "家访流于形式。", "每学期家访。", "", "", "√", ""],
        ["4", "账实不符。", "清查资产。", "", "√", "√", "2025年9月底"],
    ]
    merges = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (0, 3, 0, 5), (0, 6, 1, 6)]

    draft = carrier(rows, merges)

    assert [limit(issue)[1:] for issue in draft.issues] == [
        (None, "immediate", False),
        ("2025-08-31", "date", False),
        (None, "long_term", True),
        ("2025-09-30", "date", True),
    ]


@every_carrier
def test_a_column_of_kinds_speaks_where_the_deadline_is_empty(carrier: Reader) -> None:
    rows = [
        ["序号", "问题", "措施", "类别", "完成时限"],
        ["1", "垃圾清运不及时。", "增加班次。", "立行立改", ""],
        ["2", "管网破损。", "更换管网。", "限期整改", "2025年10月底前"],
        ["3", "巡查不到位。", "每周巡查。", "长期坚持", ""],
    ]

    draft = carrier(rows, [])

    assert [limit(issue)[1:3] for issue in draft.issues] == [
        (None, "immediate"),
        ("2025-10-31", "date"),
        (None, "long_term"),
    ]


@every_carrier
def test_among_states_persisting_is_a_state(carrier: Reader) -> None:
    rows = [
        ["序号", "问题", "措施", "完成时限", "完成情况", "", ""],
        ["", "", "", "", "已完成", "基本完成", "持续推进"],
        ["1", "票据遗失。", "补办票据。", "2025年1月底", "√", "", ""],
        ["2", "台账混乱。", "重建台账。", "2025年2月底", "", "", "√"],
    ]

    draft = carrier(rows, [*((0, at, 1, at) for at in range(4)), (0, 4, 0, 6)])

    assert [issue.state for issue in draft.issues] == ["completed", "in_progress"]
    assert [limit(issue)[3] for issue in draft.issues] == [False, False]


def test_an_item_of_a_paper_is_the_superiors_number() -> None:
    rows = [
        ["序号", "来文文号", "问题", "措施"],
        ["1", "云督函〔2024〕8号第14项", "泵站停运。", "恢复运行。"],
        ["2", "市级自查", "闸门锈蚀。", "除锈防腐。"],
    ]

    assert [issue.upper_number for issue in read_form("csv", rows).issues] == ["14", None]


# ---------------------------------------------------------------- bands
@every_carrier
def test_an_issue_may_be_a_band_over_its_measures(carrier: Reader) -> None:
    rows = [
        ["序号", "整改措施", "完成时限", "责任部门", "完成情况"],
        ["问题1：食堂采购没有公开招标，验收记录缺失。", "", "", "", ""],
        ["牵头领导：甘某　整改目标：采购全部公开。", "", "", "", ""],
        ["1", "修订采购办法。", "2025年3月底前", "后勤处", "已完成"],
        ["2", "补齐验收记录。", "2025年4月底前", "财务处", "正在推进"],
        ["问题2：实验室危险化学品台账不全。", "", "", "", ""],
        ["1", "逐柜清点登记。", "2025年5月10日前", "设备处", "未启动"],
    ]

    draft = carrier(rows, [(at, 0, at, 4) for at in (1, 2, 5)])

    first, second = draft.issues
    assert (first.number, first.text) == ("1", "食堂采购没有公开招标，验收记录缺失。")
    assert first.goal == "采购全部公开。" and units(first) == [("甘某", "leader")]
    assert [measure.text for measure in first.measures] == ["修订采购办法。", "补齐验收记录。"]
    assert [measure.state for measure in first.measures] == ["completed", "in_progress"]
    assert (second.number, len(second.measures)) == ("2", 1)
    assert draft.unread == []


@every_carrier
def test_a_band_over_a_band_is_the_category(carrier: Reader) -> None:
    rows = [
        ["序号", "具体措施", "责任单位", "整改期限"],
        ["一、能源领域", "", "", ""],
        ["（一）两家电厂煤场没有封闭，扬尘明显。", "", "", ""],
        ["1", "建成封闭煤棚。", "市能源局", "2025年6月底前"],
        ["（二）热电联产管网漏损率偏高。", "", "", ""],
        ["2", "改造老旧管网。", "市住建局", "2025年9月底前"],
        ["二、交通领域", "", "", ""],
        ["（一）港口岸电使用率不足两成。", "", "", ""],
        ["3", "推行靠港必接。", "市交通运输局", "2025年12月底前"],
    ]

    draft = carrier(rows, [(at, 0, at, 3) for at in (1, 2, 4, 6, 7)])

    assert [(issue.category, issue.number) for issue in draft.issues] == [
        ("能源领域", "一"),
        ("能源领域", "二"),
        ("交通领域", "一"),
    ]
    assert [len(issue.measures) for issue in draft.issues] == [1, 1, 1]


@every_carrier
def test_facts_over_the_width_belong_to_the_issue_above_them(carrier: Reader) -> None:
    rows = [
        ["序号", "反馈问题", "整改措施", "责任单位"],
        ["1", "公交站台破损。", "更换站台。", "市公交公司"],
        ["整改时限：2025年7月底前", "", "", ""],
        ["2", "路灯亮灯率低。", "更换灯具。", "市城管局"],
        ["整改时限：2025年8月底前", "", "", ""],
    ]

    draft = carrier(rows, [(at, 0, at, 3) for at in (2, 4)])

    assert [limit(issue)[1] for issue in draft.issues] == ["2025-07-31", "2025-08-31"]


# ---------------------------------------------------------------- merged over several issues
@merging
def test_a_measure_merged_over_several_issues_belongs_to_each(carrier: Reader) -> None:
    rows = [
        ["编号", "问题描述", "整改措施", "主责部门", "完成时限"],
        ["1", "药品过期未处置。", "开展药房专项检查。", "卫健局", "2025年3月底前"],
        ["2", "病历书写不规范。", "", "", "2025年4月底前"],
        ["3", "救护车设备缺失。", "补配车载设备。", "急救中心", "2025年5月底前"],
    ]

    draft = carrier(rows, [(1, 2, 2, 2), (1, 3, 2, 3)])

    assert [[measure.text for measure in issue.measures] for issue in draft.issues] == [
        ["开展药房专项检查。"],
        ["开展药房专项检查。"],
        ["补配车载设备。"],
    ]
    assert units(draft.issues[1]) == [("卫健局", "responsible")]
    assert [limit(issue)[1] for issue in draft.issues] == ["2025-03-31", "2025-04-30", "2025-05-31"]


# ---------------------------------------------------------------- lists joined by their numbers
PROBLEMS = [["序号", "问题"], ["1", "围墙倾斜。"], ["2", "档案室漏水。"], ["3", "操场积水。"]]
TASKS = [
    ["问题序号", "整改目标", "整改任务", "佐证形式"],
    ["1", "围墙安全。", "重砌围墙。", "照片"],
    ["2", "档案无损。", "翻修屋面。", "照片"],
    ["", "", "转移受潮档案。", "清单"],
    ["3", "排水畅通。", "铺设暗管。", "照片"],
]
DUTIES = [
    ["问题编号", "牵头单位", "完成期限"],
    ["1", "教育局", "2025年7月"],
    ["2", "档案馆", "立行立改"],
    ["3", "住建局", "2025年8月"],
]
OVER_TWO_ROWS = [(2, 0, 3, 0), (2, 1, 3, 1)]
THREE = ["问题清单", (PROBLEMS, []), "任务清单", (TASKS, OVER_TWO_ROWS), "责任清单", (DUTIES, []), "备注：编号一致。"]


@pytest.mark.parametrize("form", ["word", "workbook"])
def test_lists_with_the_same_numbers_are_one(form: str) -> None:
    if form == "word":
        draft = read(word(THREE), "a.docx")
    else:
        draft = sheets(("问题清单", PROBLEMS, []), ("任务清单", TASKS, OVER_TWO_ROWS), ("责任清单", DUTIES, []))

    assert [issue.text for issue in draft.issues] == ["围墙倾斜。", "档案室漏水。", "操场积水。"]
    assert [issue.goal for issue in draft.issues] == ["围墙安全。", "档案无损。", "排水畅通。"]
    assert [len(issue.measures) for issue in draft.issues] == [1, 2, 1]
    assert [units(issue) for issue in draft.issues] == [[(name, "lead")] for name in ("教育局", "档案馆", "住建局")]
    assert [limit(issue)[2] for issue in draft.issues] == ["date", "immediate", "date"]


def test_another_list_of_other_issues_is_not_joined() -> None:
    others = [["序号", "问题"], ["1", "路面塌陷。"], ["2", "护栏缺失。"], ["3", "标线模糊。"]]

    draft = read(word([(PROBLEMS, []), (others, [])]), "a.docx")

    assert len(draft.issues) == 6


# ---------------------------------------------------------------- forms beside each other
def slip(number: str, text: str, unit: str, day: str) -> list[list[str]]:
    return [
        ["问题编号", number, "交办人", "办公室"],
        ["反馈问题", text, "", ""],
        ["整改措施", "1.核实情况；\n2.落实整改。", "", ""],
        ["责任单位", unit, "整改时限", day],
    ]


@merging
@pytest.mark.parametrize("gap", [[], [""]], ids=["touching", "with a gap"])
def test_forms_beside_and_below_each_other_are_one_issue_each(gap: list[str], carrier: Reader) -> None:
    slips = [
        slip(f"A{at}", f"第{at}处围挡破损。", f"{name}局", f"2025年{at}月底前") for at, name in enumerate("甲乙丙丁", 1)
    ]
    rows = [[*left, *gap, *right] for pair in (slips[:2], slips[2:]) for left, right in zip(*pair, strict=True)]
    wide = len(gap) + 4
    merges = [(row, side + 1, row, side + 3) for row in (1, 2, 5, 6) for side in (0, wide)]

    draft = carrier(rows, merges)

    assert [issue.number for issue in draft.issues] == ["A1", "A2", "A3", "A4"]
    assert [issue.text for issue in draft.issues] == [f"第{at}处围挡破损。" for at in (1, 2, 3, 4)]
    assert [units(issue) for issue in draft.issues] == [[(f"{name}局", "responsible")] for name in "甲乙丙丁"]
    assert [limit(issue)[1] for issue in draft.issues] == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]
    assert [len(issue.measures) for issue in draft.issues] == [2, 2, 2, 2]


# ---------------------------------------------------------------- columns of units, columns of days
@every_carrier
def test_marks_under_names_of_units_are_their_roles(carrier: Reader) -> None:
    rows = [
        ["序号", "问题", "整改措施", "完成时限", "市审计局", "市财政局"],
        ["1", "预算执行率偏低。", "按月通报。", "2025年8月底前", "○", "●"],
        ["2", "工程结算超期未审。", "清理积案。", "2025年5月底前", "●", ""],
    ]

    draft = carrier(rows, [])

    assert [units(issue) for issue in draft.issues] == [
        [("市审计局", "cooperating"), ("市财政局", "lead")],
        [("市审计局", "lead")],
    ]
    assert ["以符号标出单位" in question.ask for question in draft.questions] == [True]


@every_carrier
def test_columns_headed_by_days_are_stages(carrier: Reader) -> None:
    rows = [
        ["序号", "突出问题", "整改目标", "阶段任务", "", "牵头单位"],
        ["", "", "", "2025年3月", "2025年9月底", ""],
        ["1", "尾矿库没有闭库。", "安全闭库。", "完成设计", "通过验收", "县应急局"],
        ["2", "矿山边坡裸露。", "全面复绿。", "完成覆土", "", "县自然资源局"],
    ]

    draft = carrier(rows, [*((0, at, 1, at) for at in (0, 1, 2, 5)), (0, 3, 0, 4)])

    first, second = draft.issues
    assert limit(first)[1] == "2025-09-30" and limit(second)[1] == "2025-03-31"
    assert [(stone.date.isoformat(), stone.text) for stone in first.milestones] == [("2025-03-31", "完成设计")]
    assert first.measures == [] and units(first) == [("县应急局", "lead")]
    assert first.deadline is not None and first.deadline.inferred


# ---------------------------------------------------------------- sections, no header, halves
@every_carrier
def test_facts_over_the_width_before_any_issue_are_of_those_below(carrier: Reader) -> None:
    rows = [
        ["序号", "反馈问题", "整改措施", "整改时限"],
        ["责任部门：教务处", "", "", ""],
        ["1", "调课手续缺失。", "规范审批。", "2025年4月底前"],
        ["2", "试卷保管不严。", "专柜保管。", "2025年6月底前"],
        ["责任部门：基建处", "", "", ""],
        ["3", "宿舍屋面渗漏。", "翻修屋面。", "2025年9月底前"],
    ]

    draft = carrier(rows, [(at, 0, at, 3) for at in (1, 4)])

    assert [units(issue)[0][0] for issue in draft.issues] == ["教务处", "教务处", "基建处"]


@pytest.mark.parametrize("carrier", [as_workbook, as_word, as_text("pasted from a sheet"), as_text("csv")])
def test_a_table_without_a_header_is_read_by_its_cells_and_asked(carrier: Reader) -> None:
    rows = [
        ["1", "村道破损，未及时修复。", "修复村道三公里。", "镇政府、县交通局", "2025年6月底前"],
        ["2", "沼气池管护缺失。", "落实管护人员。", "县农业农村局", "长期坚持"],
        ["3", "饮水管网漏损严重。", "更换老旧管网。", "县水务局", "2025年11月底前"],
    ]

    draft = carrier(rows, [])

    assert [(issue.number, issue.text) for issue in draft.issues] == [(row[0], row[1]) for row in rows]
    assert [issue.measures[0].text for issue in draft.issues] == [row[2] for row in rows]
    assert units(draft.issues[0]) == [("镇政府", "responsible"), ("县交通局", "responsible")]
    assert [limit(issue)[2] for issue in draft.issues] == ["date", "long_term", "date"]
    assert [question.ask[:7] for question in draft.questions] == ["表格没有表头，"]


def test_a_table_that_tells_no_problem_stays_unread() -> None:
    rows = [["张某", "科员", "10楼", "8801"], ["王某", "主任", "11楼", "8802"], ["赵某", "科长", "12楼", "8803"]]

    draft = as_workbook(rows, [])

    assert draft.issues == []
    assert [unread.text for unread in draft.unread] == [" ".join(row) for row in rows]


@every_carrier
@pytest.mark.parametrize("gap", [[], [""]], ids=["touching", "with a gap"])
def test_a_table_in_halves_beside_each_other_is_one(gap: list[str], carrier: Reader) -> None:
    head = ["序号", "问题", "责任单位", "是否销号"]
    rows = [
        [*head, *gap, *head],
        ["1", "粉尘外逸。", "港务局", "是", *gap, "3", "雨污混流。", "住建局", "否"],
        ["2", "噪声扰民。", "公安局", "否", *gap, "4", "危废堆存。", "环保局", "是"],
    ]

    draft = carrier(rows, [])

    assert [issue.number for issue in draft.issues] == ["1", "2", "3", "4"]
    assert [units(issue)[0][0] for issue in draft.issues] == ["港务局", "公安局", "住建局", "环保局"]
    assert [issue.state for issue in draft.issues] == ["signed_off", None, None, "signed_off"]


@merging
def test_the_parts_of_a_day_stand_below_each_other(carrier: Reader) -> None:
    draft = carrier(
        [
            ["序号", "具体问题", "整改措施", "责任单位", "阶段性目标", "", "完成时限"],
            ["", "", "", "", "2025年", "", ""],
            ["", "", "", "", "3月底", "6月底", ""],
            ["1", "甲厂污水直排。", "建设管网。", "甲县政府", "完成一半", "全部完成", "2025年12月底前"],
            ["2", "乙矿没有复绿。", "开展复绿。", "乙县政府", "", "复绿20亩", "长期坚持"],
        ],
        [(0, 4, 0, 5), (1, 4, 1, 5), *((0, at, 2, at) for at in (0, 1, 2, 3, 6))],
    )
    assert [[(m.date.isoformat(), m.text) for m in issue.milestones] for issue in draft.issues] == [
        [("2025-03-31", "完成一半"), ("2025-06-30", "全部完成")],
        [("2025-06-30", "复绿20亩")],
    ]
    assert [limit(issue)[1:] for issue in draft.issues] == [("2025-12-31", "date", False), (None, "long_term", True)]


@every_carrier
def test_where_each_row_tells_the_issue_an_empty_cell_is_empty(carrier: Reader) -> None:
    draft = carrier(
        [
            ["编号", "问题描述", "措施内容", "主办单位", "协办单位", "完成期限"],
            ["1", "甲厂污水直排。", "建设管网。", "市住建局", "市财政局", "2025年6月底前"],
            ["1", "甲厂污水直排。", "加强监测。", "市环境局", "", "2025年9月底前"],
            ["2", "乙矿没有复绿。", "开展复绿。", "乙县政府", "", "2025年12月底前"],
        ],
        [],
    )
    first, second = draft.issues[0].measures
    assert [(unit.name, unit.role) for unit in first.units] == [("市住建局", "lead"), ("市财政局", "cooperating")]
    assert [(unit.name, unit.role) for unit in second.units] == [("市环境局", "lead")]


@pytest.mark.parametrize("header", ["自查时间", "自查日期", "申请销号时间", "上报时间"])
def test_a_day_of_the_past_in_a_further_list_is_no_time_limit(header: str) -> None:
    plan = [
        ["序号", "问题描述", "整改措施", "整改时限"],
        ["1", "甲厂污水直排。", "建设管网。", "2025年6月底前"],
        ["2", "乙矿没有复绿。", "开展复绿。", "立行立改"],
    ]
    closed = [
        ["序号", header, "验收单位", "是否销号"],
        ["1", "2025年7月2日", "市住建局", "是"],
        ["2", "2025年3月20日", "市林业局", "是"],
    ]
    draft = sheets(("方案", plan, []), ("销号", closed, []))
    assert [limit(issue)[1:3] for issue in draft.issues] == [("2025-06-30", "date"), (None, "immediate")]
    assert [issue.milestones for issue in draft.issues] == [[], []]
    assert [units(issue) for issue in draft.issues] == [[("市住建局", "acceptance")], [("市林业局", "acceptance")]]
