"""The words of real plans and ledgers: header rows, synonyms, ways to set off a label, kinds of numbering.
Each test composes small documents from tables of words, so that a word is learnt for all forms at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from rectify.reading import read
from tests.reading.documents import CONTENT, FORMS, ROLES, misread, read_form, table

# Header rows of real ledgers, each column with its meaning.
ROWS: Final = {
    "water department": (
        "序号|整改任务|整改时限|整改措施|目前进展情况及存在问题|完成进度|备注",
        "number text deadline measure progress boxes nothing",
    ),
    "notice table": ("序号|整改任务|整改目标|整改措施|整改完成情况", "number text goal measure progress"),
    "form of a municipality": (
        "整改任务概述|整改责任单位|整改目标|整改措施及成效|整改时间|社会监督联系人及电话",
        "text responsible goal measure deadline phone",
    ),
    "later form": ("整改实施主体|公示日期|整改任务概述|整改情况", "responsible period text progress"),
    "fields of a system": (
        "期数|项目|问题描述|整改任务具体要求|目前进展情况及存在问题|完成情况|归类|整改时限|责任人|责任人电话|责任部门|涉及部门|牵头单位",
        "period project text measure progress state class deadline person phone responsible cooperating lead",
    ),
    "monthly targets": ("序号|目标名称|目标进展情况|存在问题|推进措施", "number text progress difficulty next_step"),
    "task breakdown": (
        "任务内容|标准或要求|工作内容及要求|责任单位或牵头单位|协助单位|完成期限",
        "text goal measure responsible cooperating deadline",
    ),
    "short": ("反馈问题|整改目标|整改措施", "text goal measure"),
    "city ledger": (
        "序号|反馈问题|整改目标|整改措施|牵头单位|配合单位|责任领导|责任人|整改时限|督导单位|验收单位|目前进展情况"
        "|是否达到序时进度|存在困难和问题|下步打算|是否完成|是否销号|备注",
        "number text goal measure lead cooperating leader person deadline supervising acceptance progress"
        " on_schedule difficulty next_step is_completed is_signed_off nothing",
    ),
    "party inspection": (
        "序号|反馈问题|整改措施|责任领导|责任部门|责任人|整改时限|整改进展|完成情况|佐证材料",
        "number text measure leader responsible person deadline progress state nothing",
    ),
    "task and problem": (
        "序号|整改任务|整改措施|进展情况|存在问题|责任单位|完成时限",
        "number text measure progress difficulty responsible deadline",
    ),
    "problem and task": ("序号|存在问题|整改任务|责任单位|完成时限", "number text measure responsible deadline"),
}
SPELLINGS: Final[dict[str, Callable[[int, str], str]]] = {
    "plain": lambda at, head: head,
    "spaced": lambda at, head: f"{head[:2]}  {head[2:]}".strip(),
    "broken": lambda at, head: f"{head[: len(head) // 2]}\n{head[len(head) // 2 :]}",
    "numbered": lambda at, head: f"{at + 1}.{head}",
    "starred": lambda at, head: f"*{head}",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ROWS)
def test_a_real_header_row_is_read_in_every_form_and_spelling(name: str, form: str) -> None:
    heads, fields = ROWS[name][0].split("|"), ROWS[name][1].split()
    for spelling, spell in SPELLINGS.items():
        rows = table([spell(at, head) for at, head in enumerate(heads)], fields)
        assert misread(read_form(form, rows), fields) == [], spelling
    title = ["某市督察整改台账（截至2022年6月30日）"]
    assert misread(read_form(form, [title, *table(heads, fields)]), fields) == []


def test_how_an_ambiguous_header_was_taken_is_asked() -> None:
    heads, fields = ROWS["task and problem"][0].split("|"), ROWS["task and problem"][1].split()
    (question,) = read_form("workbook", table(heads, fields)).questions
    assert question.ask == "表头“整改任务”按反馈问题读取，“存在问题”按存在困难读取，对吗？"


SYNONYMS: Final = {
    "number": "序号 编号 问题编号 任务序号 清单编号 项号 问题序号",
    "text": "反馈问题 问题 问题描述 具体问题 存在问题 整改任务 整改任务概述 督察反馈问题 反馈意见建议 问题表现 整改问题 反馈意见"
    " 督察发现问题 主要问题 反馈问题及具体表现 问题清单 反馈的问题 督察反馈意见指出的问题 审计发现问题 整改事项 任务名称",
    "goal": "整改目标 整改标准 标准或要求 目标要求 预期目标 整改要求 工作目标 目标任务 整改目标及要求 完成标准 预期成效",
    "measure": "整改措施 主要措施 具体措施 整改任务具体要求 工作内容及要求 整改举措 措施清单 整改办法 整改方式 治理措施 解决措施",
    "responsible": "责任单位 整改责任单位 整改实施主体 整改主体 责任部门 责任科室 承办单位 主责单位 责任单位（市级） 责任主体"
    " 落实单位 整改单位 （市级）责任单位 属地责任单位 责任党组织",
    "lead": "牵头单位 市级牵头单位 省级牵头部门 主办单位 牵头责任单位 责任单位（牵头） 总牵头单位 牵头单位（市直）",
    "cooperating": "配合单位 协办单位 协助单位 参与单位 涉及部门 协同配合单位 责任单位（配合） 参加单位",
    "supervising": "督导单位 督办单位 督促指导单位 监管单位 行业主管部门 主管部门 市级督导单位 监督单位",
    "acceptance": "验收单位 牵头验收单位 配合验收单位 销号单位 验收组织单位 认定单位",
    "leader": "责任领导 包保领导 包案领导 牵头领导 分管领导 责任领导及职务 市级责任领导 挂钩领导",
    "person": "责任人 整改责任人 牵头人 第一责任人 具体负责人 经办人",
    "deadline": "整改时限 整改期限 完成时限 完成期限 完成时间 整改时间 销号时间 办结时限 时间节点 计划完成时间 限期 应完成时间"
    " 拟完成时间 完成日期 整改完成期限",
    "progress": "目前进展情况 进展情况 整改进展情况 整改情况 目前进展情况及存在问题 整改完成情况 整改措施落实情况 整改进展"
    " 最新进展情况 整改成效 推进情况 办理情况",
    "state": "整改状态 完成状态 目前状态 整改验收情况 完成进度 销号状态",
    "on_schedule": "是否达到序时进度 是否达序时进度 是否达到时序进度 是否按序时推进 序时进度",
    "is_completed": "是否完成 是否完成整改 是否整改到位 是否办结 完成与否",
    "is_signed_off": "是否销号 是否验收销号 销号情况",
    "difficulty": "存在困难 推进困难 存在困难和问题 滞后原因 未完成原因 存在问题和困难",
    "next_step": "下步打算 下一步工作 下月安排 下一步持续深化整改措施 后续安排 推进措施 下一步整改措施",
}
USUAL: Final = {
    "number": "序号", "text": "反馈问题", "goal": "整改目标", "measure": "整改措施", "responsible": "责任单位",
    "deadline": "整改时限", "progress": "进展情况",
}  # fmt: skip
HEADS: Final[dict[str, Callable[[str], str]]] = {
    "plain": str,
    "spaced": " ".join,
    "broken": lambda head: f"{head[: len(head) // 2]}\n{head[len(head) // 2 :]}",
    "numbered": lambda head: f"3.{head}",
}


@pytest.mark.parametrize("meaning", SYNONYMS)
def test_every_synonym_heads_a_column(meaning: str) -> None:
    fields = [*USUAL, *([] if meaning in USUAL else [meaning])]
    for word in SYNONYMS[meaning].split():
        spellings = [spell(word) for spell in HEADS.values()]
        if meaning in ROLES:
            spellings += [f"{word}（县级）", f"（县级）{word}"]
        for spelled in spellings:
            heads = [spelled if field == meaning else USUAL[field] for field in fields]
            assert misread(read_form("workbook", table(heads, fields)), fields) == [], spelled


SET_OFF: Final[dict[str, Callable[[str, str], str]]] = {
    "colon": lambda label, text: f"{label}：{text}",
    "ascii colon": lambda label, text: f"{label} : {text}",
    "full stop": lambda label, text: f"{label}。{text}",
    "wide space": lambda label, text: f"{label}\u3000{text}",
    "own line": lambda label, text: f"{label}\n{text}",
    "brackets": lambda label, text: f"【{label}】{text}",
    "brackets, own line": lambda label, text: f"【{label}】\n{text}",
    "numbered": lambda label, text: f"（三）{label}：{text}",
    "spaced": lambda label, text: f"{' '.join(label)}：{text}",
}


@pytest.mark.parametrize("way", SET_OFF)
@pytest.mark.parametrize("meaning", [meaning for meaning in SYNONYMS if meaning != "number"])
def test_every_synonym_labels_a_text(meaning: str, way: str) -> None:
    usual = [field for field in USUAL if field != "number"]
    fields = [*usual, *([] if meaning in USUAL else [meaning])]
    for word in SYNONYMS[meaning].split():
        if len(word) < 4 and way in ("full stop", "wide space") and meaning not in (*ROLES, "deadline"):
            continue  # 问题。… may begin a sentence
        lines = ["某市督察反馈意见整改方案"]
        for at in range(3):
            for field in fields:
                text = CONTENT[field][at]
                if field == meaning:
                    lines.append(SET_OFF[way](word, text))
                elif field == "text":
                    lines.append(f"{'一二三'[at]}、{text}")
                else:
                    lines.append(f"{USUAL[field]}：{text}")
        assert misread(read("\n".join(lines).encode("utf-8"), "a.txt"), fields) == [], word


# ---------------------------------------------------------------- numbering
def han(number: int) -> str:
    return "一二三四五六七八九十"[number - 1]


def circled(number: int) -> str:
    return chr(0x245F + number)


OF_ISSUES: Final[dict[str, Callable[[int], str]]] = {
    "一、": lambda n: f"{han(n)}、",
    "（一）": lambda n: f"（{han(n)}）",
    "1.": lambda n: f"{n}.",
    "1、": lambda n: f"{n}、",
    "1．": lambda n: f"{n}．",
    "（1）": lambda n: f"（{n}）",
    "〔1〕": lambda n: f"〔{n}〕",
    "1)": lambda n: f"{n})",
    "1.1": lambda n: f"1.{n} ",
    "1-（2）": lambda n: f"1-（{n}）",
    "1-2号": lambda n: f"1-{n}号 ",
    "第十三项": lambda n: f"第{han(n)}项 ",
    "【第3项】": lambda n: f"【第{n}项】",
    "问题一": lambda n: f"问题{han(n)}：",
    "反馈问题1": lambda n: f"反馈问题{n}：",
    "整改任务一": lambda n: f"整改任务{han(n)}：",
    "序号十": lambda n: f"序号{han(n)}：",
    "任务序号1": lambda n: f"任务序号{n}：",
    "2016年督察整改十四": lambda n: f"2016年督察整改{han(n)}：",
}
OF_MEASURES: Final[dict[str, Callable[[int], str]]] = {
    "1.": lambda n: f"{n}.",
    "1、": lambda n: f"{n}、",
    "（1）": lambda n: f"（{n}）",
    "（一）": lambda n: f"（{han(n)}）",
    "①": circled,
    "一是": lambda n: f"{han(n)}是",
    "第一，": lambda n: f"第{han(n)}，",
    "措施1": lambda n: f"措施{n}：",
}
PROBLEMS: Final = [*CONTENT["text"], "农村饮水工程管护不到位。"]
STEPS: Final = ["制定改造计划，逐点排查。", "完成管网改造并移交养护。", "建立巡查台账，定期通报。"]
COUNTS: Final = [3, 2, 1, 2]  # measures of each issue: one has one only
HEADINGS: Final = ["水环境方面", "固体废物方面"]


def numbered_plan(
    issue: Callable[[int], str],
    measure: Callable[[int], str],
    layout: str,
    heading: Callable[[int], str] | None,
    *,
    restarts: bool,
    measures_last: bool,
) -> str:
    lines, number = ["某市督察反馈意见整改方案"], 0
    for at, problem in enumerate(PROBLEMS):
        if heading and at % 2 == 0:
            lines.append(heading(at // 2 + 1) + HEADINGS[at // 2])
            number = 0 if restarts else number
        number += 1
        steps = [f"{measure(n + 1)}{STEPS[n]}" for n in range(COUNTS[at])]
        between = {"in one line": "", "a line each": "\n", "first in line": "\n"}[layout]
        first = "整改措施：\n" if layout == "a line each" else "整改措施："
        others = ["责任单位：市水利局", "整改时限：2022年底前"]
        measures = [first + between.join(steps)]
        lines += [issue(number) + problem, *(others + measures if measures_last else measures + others)]
    return "\n".join(lines)


@pytest.mark.parametrize("layout", ["in one line", "a line each", "first in line"])
@pytest.mark.parametrize("of_issues", OF_ISSUES)
def test_issues_and_measures_are_told_apart_by_their_numbering(of_issues: str, layout: str) -> None:
    headings = [None, "一、", "（一）"][: 1 if of_issues == "一、" else 2 if of_issues == "（一）" else 3]
    for of_measures, measure in OF_MEASURES.items():
        for heading in headings:
            if of_measures in (of_issues, heading, of_issues.replace("．", ".")):
                continue
            for restarts, last in ((False, False), (False, True), (True, True)):
                text = numbered_plan(
                    OF_ISSUES[of_issues],
                    measure,
                    layout,
                    OF_ISSUES[heading] if heading else None,
                    restarts=restarts,
                    measures_last=last,
                )
                draft = read(text.encode("utf-8"), "a.txt")
                assert [issue.text.rstrip("。") for issue in draft.issues] == [p.rstrip("。") for p in PROBLEMS], text
                assert all(issue.number for issue in draft.issues), text
                got = [[one.text.rstrip("。") for one in issue.measures] for issue in draft.issues]
                assert got == [[step.rstrip("。") for step in STEPS[:count]] for count in COUNTS], text
                if heading:
                    assert [issue.category for issue in draft.issues] == [HEADINGS[0]] * 2 + [HEADINGS[1]] * 2, text
