"""Headers and labels by what they mean, status words by what they claim."""

from __future__ import annotations

import pytest

from rectify.reading.labels import classify, state_of, state_of_progress, ticked_state, yes_no


@pytest.mark.parametrize(
    ("meaning", "printed"),
    [
        ("number", "序号 编号 问题编号 任务序号 清单编号 项号"),
        ("upper_number", "省序号 省编号 中央序号"),
        (
            "issue",
            "反馈问题 问题 问题描述 具体问题 整改任务 整改任务概述 督察反馈问题 反馈意见建议 问题表现 "
            "整改问题 任务内容",
        ),
        ("goal", "整改目标 整改标准 标准或要求 目标要求 预期目标"),
        ("measure", "整改措施 主要措施 具体措施 整改任务具体要求 工作内容及要求 整改举措 整改措施及分工"),
        (
            "unit responsible",
            "责任单位 整改责任单位 整改实施主体 整改主体 责任部门 责任科室 承办单位 主责单位 "
            "责任单位（市级） 责任单位或牵头单位",
        ),
        ("unit lead", "牵头单位 市级牵头单位 省级牵头部门 主办单位 责任单位（牵头） 牵头"),
        ("unit cooperating", "配合单位 协办单位 协助单位 参与单位 涉及部门 配合"),
        ("unit supervising", "督导单位 督办单位 督促指导单位 监管单位 行业主管部门"),
        ("unit acceptance", "验收单位 牵头验收单位 配合验收单位 销号单位"),
        ("unit leader", "责任领导 包保领导 包案领导 牵头领导 分管领导 市级责任领导"),
        ("unit person", "责任人 整改责任人 牵头人 具体责任人"),
        ("contact", "联系人 责任人电话 社会监督联系人及电话 填报单位"),
        ("deadline", "整改时限 整改期限 完成时限 完成期限 办结时限 现时限"),
        ("original_deadline", "原时限 原整改时限"),
        ("completion", "完成时间 整改完成时间 完成日期 销号时间"),
        ("completed_on", "实际完成时间 整改完成日期 办结日期"),
        (
            "progress",
            "目前进展情况 进展情况 整改进展情况 整改情况 目前进展情况及存在问题 整改完成情况 整改措施落实情况 完成情况",
        ),
        ("measure_progress", "整改措施及成效 整改措施及完成情况"),
        ("state", "完成进度 整改状态 整改验收情况"),
        ("on_schedule", "是否达到序时进度 是否达到时序进度"),
        ("is_completed", "是否完成"),
        ("is_signed_off", "是否销号"),
        ("difficulty", "存在困难 存在困难和问题"),
        ("next_step", "下步打算 下一步工作 下月安排 推进措施"),
        ("source", "来源 问题来源"),
        ("category", "类别 领域 问题类型 归类"),
    ],
)
def test_a_header_means(meaning: str, printed: str) -> None:
    for text in printed.split():
        label = classify(text)
        assert label is not None, text
        assert (f"{label.field} {label.role}" if label.role else label.field) == meaning, text


@pytest.mark.parametrize("printed", ["整 改 目 标", "整改\n目标", "【整改目标】", "整改目标：", "整改目标（市级）"])
def test_spaces_breaks_and_brackets_do_not_hide_a_label(printed: str) -> None:
    label = classify(printed)
    assert label is not None and label.field == "goal"


@pytest.mark.parametrize(("printed", "number"), [("问题1描述", "1"), ("问题（二）", "二"), ("问题3", "3")])
def test_a_label_may_carry_the_number(printed: str, number: str) -> None:
    label = classify(printed)
    assert label is not None and (label.field, label.number) == ("issue", number)


@pytest.mark.parametrize(
    "text", ["市住建局", "问题数", "完成率", "各县市党委和政府责任人", "部分企业违法排污", "", "整改" * 30]
)
def test_other_words_are_no_labels(text: str) -> None:
    assert classify(text) is None


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("已验收销号", "signed_off"), ("已完成销号", "signed_off"), ("已完成", "completed"),
        ("已整改到位", "completed"),
        ("提前完成", "completed"), ("基本完成", "basically_completed"), ("达到序时进度", "on_schedule"),
        ("按序时推进", "on_schedule"), ("未达到序时进度", "behind"), ("滞后序时进度", "behind"),
        ("尚未启动", "not_started"),
        ("未启动", "not_started"), ("逾期", "overdue"), ("超期未完成", "overdue"), ("正在整改", "in_progress"),
        ("部分整改到位", "in_progress"), ("未整改到位", "in_progress"), ("持续推进", "in_progress"),
        ("", None), ("更新", None),
    ],
)  # fmt: skip
def test_a_status_cell_names_a_state(text: str, state: str | None) -> None:
    assert state_of(text) == state


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("已完成整改，并组织开展验收销号工作。", "completed"),
        ("该问题已完成整改。", "completed"),
        ("整改任务全部完成。", "completed"),
        ("2019年11月已完成整改", "completed"),
        ("建成管网12公里，该问题已整改到位。", "completed"),
        ("已完成整改并通过市级验收销号。", "signed_off"),
        ("正在整改，预计2020年完成。", "in_progress"),
        ("土建完成70%，达到序时进度。", "on_schedule"),
        ("未启动。", "not_started"),
        ("已完成立项。", None),
        ("已整改问题32个。", None),
        ("已完成65%的年度任务。", None),
        ("一期工程，已完成；二期正在招标。", None),
        ("仍有1座未拆除。", None),
        ("长期坚持，巩固成效。", None),
    ],
)
def test_a_progress_text_gives_a_state_only_where_it_states_one(text: str, state: str | None) -> None:
    assert state_of_progress(text) == state


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("□已验收销号\n☑已完成\n□达到时序进度", "completed"),
        ("□已完成 □正在整改 ☑未启动", "not_started"),
        ("☑已验收销号 ☑已完成", "signed_off"),
        ("√达到序时进度 □未达到", "on_schedule"),
        ("□已完成□未完成", None),
    ],
)
def test_the_ticked_box_is_the_state(cell: str, state: str | None) -> None:
    assert ticked_state(cell) == state


@pytest.mark.parametrize(
    ("cell", "answer"),
    [("是", True), ("达到", True), ("√", True), ("是（长期坚持）", True),
     ("否", False), ("未达到", False), ("×", False),
     ("", None), ("——", None), ("推进中", None)],
)  # fmt: skip
def test_a_cell_answers_yes_or_no_or_nothing(cell: str, answer: bool | None) -> None:
    assert yes_no(cell) is answer
