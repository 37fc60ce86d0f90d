"""Plans made up at random, in layouts made up at random: what is in them is known, so reading can be judged without labels.

A layout is a choice in each of the ways in which published plans and ledgers differ: the words of labels and headers,
their order and marks, the numbering of each level, where units and time limits stand, what is merged, the kind of file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

import docx
import xlsxwriter

from rectify.reading.draft import PlanDraft
from rectify.rules.deadlines import Deadline

Unit = tuple[str, str]
Limit = tuple[str, str | None, str, bool]  # printed, last day, kind, long-term


@dataclass
class Step:
    text: str
    units: list[Unit] = field(default_factory=list)
    limit: Limit | None = None
    state: str | None = None


@dataclass
class Problem:
    text: str
    goal: str | None
    units: list[Unit]
    limit: Limit | None
    steps: list[Step]
    number: str | None = None
    state: str | None = None


@dataclass
class Sample:
    """`seen` says how the plan was laid out, for the message of a failure."""

    name: str
    data: bytes
    problems: list[Problem]
    seen: str


PLACES: Final = [
    "青石县",
    "云溪区",
    "白水镇",
    "柳河片区",
    "高新区",
    "东山工业园",
    "南湖流域",
    "江口港区",
    "龙门乡",
    "北关街道",
]
FAULTS: Final = [
    "污水管网建设滞后，部分生活污水直排入河",
    "垃圾填埋场渗滤液处理不达标",
    "砂石企业扬尘管控不严，道路积尘严重",
    "畜禽养殖粪污资源化利用率低",
    "饮用水水源保护区内仍有违章建筑未拆除",
    "建筑垃圾随意倾倒，历史存量长期未清理",
    "落实生态环境保护责任有差距，压力传导层层递减",
    "矿山生态修复进展缓慢，应修复面积仅完成三成",
    "危险废物贮存不规范，台账记录不全",
    "党委会议研究环保工作少，以文件落实文件",
]
GOALS: Final = [
    "建立长效机制，杜绝类似问题再次发生",
    "生活污水收集率达到90%以上",
    "渗滤液全部稳定达标排放",
    "存量垃圾全部清零，场地完成复绿",
    "粪污资源化利用率稳定在85%以上",
    "违章建筑全部拆除，水质稳定达标",
]
STEPS: Final = [
    "开展全面排查，建立问题清单",
    "新建污水管网12公里，改造泵站3座",
    "组织对辖区企业逐一检查，依法查处违法行为",
    "修订完善管理制度，明确岗位职责",
    "清运存量垃圾4万吨，同步完成覆土绿化",
    "加强日常巡查，发现问题及时处置",
    "聘请第三方机构开展评估，形成评估报告",
    "开展专题培训，提高执法人员业务能力",
    "对责任落实不到位的单位予以通报",
    "加快推进污水处理厂提标改造工程",
]
UNITS: Final = [
    "市生态环境局",
    "市水利局",
    "市住房城乡建设局",
    "青石县人民政府",
    "云溪区委、区政府",
    "市农业农村局",
    "市自然资源和规划局",
    "高新区管委会",
    "市城市管理局",
    "市委组织部",
    "市交通运输局",
]
LIMITS: Final[list[Limit]] = [
    ("2026年12月底前", "2026-12-31", "date", False),
    ("2026年6月30日前", "2026-06-30", "date", False),
    ("2027年底前", "2027-12-31", "date", False),
    ("2026年9月", "2026-09-30", "date", False),
    ("2027年3月底前完成，长期坚持", "2027-03-31", "date", True),
    ("立行立改，长期坚持", None, "immediate", True),
    ("长期坚持", None, "long_term", True),
    ("2026年1月至2026年10月", "2026-10-31", "range", False),
    ("2026年11月底", "2026-11-30", "date", False),
    ("立行立改", None, "immediate", False),
]
DATED: Final = [limit for limit in LIMITS if limit[2] == "date" and not limit[3]]
WORDS: Final[dict[str, list[str]]] = {
    "issue": ["反馈问题", "问题描述", "具体问题", "整改任务概述", "督察反馈问题", "问题表现", "整改问题"],
    "goal": ["整改目标", "整改标准", "目标要求", "预期目标"],
    "measure": ["整改措施", "主要措施", "具体措施", "整改举措", "工作内容及要求"],
    "responsible": ["责任单位", "整改责任单位", "整改实施主体", "整改主体", "责任部门", "承办单位", "主责单位"],
    "lead": ["牵头单位", "市级牵头单位", "主办单位"],
    "cooperating": ["配合单位", "协办单位", "协助单位", "参与单位"],
    "supervising": ["督导单位", "督办单位", "督促指导单位", "行业主管部门"],
    "acceptance": ["验收单位", "销号单位"],
    "leader": ["责任领导", "包保领导", "牵头领导", "分管领导"],
    "person": ["责任人", "整改责任人"],
    "limit": ["整改时限", "整改期限", "完成时限", "完成期限", "完成时间", "整改时间", "办结时限"],
}
STATES: Final = {
    "已完成": "completed",
    "基本完成": "basically_completed",
    "达到序时进度": "on_schedule",
    "未达到序时进度": "behind",
    "未启动": "not_started",
    "正在推进": "in_progress",
}
PERSONS: Final = {"leader": ["张某某", "李某"], "person": ["王某某", "赵某", "周某某"]}
HAN: Final = "〇一二三四五六七八九十"


def han(number: int) -> str:
    return HAN[number] if number <= 10 else f"十{HAN[number - 10]}"


NUMBERINGS: Final[dict[str, Callable[[int], str]]] = {
    "一、": lambda n: f"{han(n)}、",
    "（一）": lambda n: f"（{han(n)}）",
    "1.": lambda n: f"{n}.",
    "1、": lambda n: f"{n}、",
    "1．": lambda n: f"{n}．",
    "（1）": lambda n: f"（{n}）",
    "(1)": lambda n: f"({n})",
    "①": lambda n: "①②③④⑤⑥⑦⑧⑨⑩"[n - 1],
    "一是": lambda n: f"{han(n)}是",
}
PRINTED: Final[dict[str, Callable[[int], str]]] = {"一、": han, "（一）": han, "①": lambda n: "①②③④⑤⑥⑦⑧⑨⑩"[n - 1]}


def _printed(style: str, number: int) -> str:
    return PRINTED.get(style, str)(number)


def plan(rng: Random, roles: list[str], *, own: bool, goals: bool, states: bool, most: int = 4) -> list[Problem]:
    """Problems with steps. `own`: units and time limits are the steps', else the problems'."""
    faults = rng.sample(FAULTS, rng.randint(2, 6))

    def parts() -> list[Unit]:
        names = rng.sample(UNITS, len(UNITS))
        found: list[Unit] = []
        for role in roles:
            if role in PERSONS:
                found.append((rng.choice(PERSONS[role]), role))
            else:
                found += [(names.pop(), role) for _ in range(rng.choice([1, 1, 2, 3]) if role != "lead" else 1)]
        return found

    problems = []
    for fault in faults:
        steps = [Step(f"{text}。") for text in rng.sample(STEPS, rng.choice([1, 1, 2, 3, most]))]
        for step in steps:
            if own:
                step.units, step.limit = parts(), rng.choice(LIMITS)
            if states:
                step.state = rng.choice(list(STATES))
        mine = None if own else rng.choice(LIMITS)
        goal = f"{rng.choice(GOALS)}。" if goals else None
        problems.append(Problem(f"{rng.choice(PLACES)}{fault}。", goal, [] if own else parts(), mine, steps))
    return problems


def _names(units: list[Unit], role: str, rng: Random) -> str:
    names = [name for name, given in units if given == role]
    if any("、" in name for name in names):
        return "；".join(names) if len(names) > 1 else names[0]
    return rng.choice(["、", "、", "，", "；"]).join(names)


# -- running text ----------------------------------------------------------------------------------------------------


@dataclass
class Style:
    """How a running text is laid out."""

    words: dict[str, str]
    head: str  # numbering of the problems: a key of NUMBERINGS, 问题一： or none
    under: str  # numbering of the steps
    where: str  # where units and time limits stand: labels, one line, parenthesis, steps (in parentheses), step labels
    between: str  # what stands between a label and its value
    numbered: bool  # labels carry numbers of their own
    inline: bool  # the steps in one paragraph
    order: list[str]
    headings: str  # above the problems: none, restart, continue
    flat: bool  # the breaks were lost
    end: bool  # who signs, and when


TITLES: Final = [
    "某市贯彻落实省生态环境保护督察反馈意见整改方案",
    "关于巡察反馈问题整改方案",
    "青石县巩固拓展脱贫攻坚成果考核评估反馈问题整改工作方案",
    "中共某市委关于巡视反馈意见整改进展情况的通报",
]
HEADINGS: Final = ["思想认识方面", "工作落实方面", "作风建设方面"]


def _style(rng: Random, roles: list[str], goals: bool, where: str) -> Style:
    head = rng.choice(["一、", "（一）", "1.", "1、", "问题一：", "none"])
    under = rng.choice([s for s in ("1.", "1、", "（1）", "①", "一是", "(1)") if s != head])
    between = rng.choice(["：", ":", "：", "】", "own line"]) if where != "one line" else "："
    numbered = head in ("一、", "（一）") and between == "：" and under in ("（1）", "①", "一是") and rng.random() < 0.3
    headings = "none"
    if head == "（一）":
        headings = rng.choice(["none", "restart", "restart", "continue"])
    elif head in ("1.", "1、"):
        headings = rng.choice(["none", "none", "restart", "continue"])
    facts = {"labels": [*roles, "limit"], "one line": ["facts"]}.get(where, [])
    order = [*(["goal"] if goals else []), "measure", *facts]
    if rng.random() < 0.4 and not numbered and where != "step labels":
        rng.shuffle(order)
    words = {name: rng.choice(options) for name, options in WORDS.items()}
    inline = where != "step labels" and rng.random() < 0.35
    flat = between == "：" and head in ("一、", "（一）") and where in ("labels", "parenthesis") and rng.random() < 0.25
    end = not flat and rng.random() < 0.3
    return Style(words, head, under, where, between, numbered, inline, order, headings, flat, end)


def text_lines(rng: Random) -> tuple[list[str], list[Problem], str]:
    """Labels or parentheses under numbered problems, line by line."""
    roles = rng.choice(
        [["responsible"], ["lead", "cooperating"], ["responsible", "supervising"], ["responsible", "leader"]]
    )
    where = rng.choice(["labels", "labels", "one line", "parenthesis", "steps", "step labels"])
    if where not in ("labels", "one line"):
        roles = ["responsible"]
    goals = rng.random() < 0.6
    problems = plan(rng, roles, own=where.startswith("step"), goals=goals, states=False)
    style = _style(rng, roles, goals, where)
    lines = [rng.choice(TITLES)]
    if rng.random() < 0.5:
        lines.append("为切实抓好反馈问题整改，结合我市实际，制定本方案。")
    count = 0
    for at, problem in enumerate(problems):
        if style.headings != "none" and at % 2 == 0:
            mark = f"{han(at // 2 + 1)}、" if style.head == "（一）" else f"（{han(at // 2 + 1)}）"
            lines.append(mark + HEADINGS[at // 2])
            count = 0 if style.headings == "restart" else count
        count += 1
        lines += _problem(problem, count, style, rng)
    if style.end:
        lines += ["某市整改工作领导小组办公室", "2026年3月5日"]
    lines = [line for part in lines for line in part.split("\n") if line]
    if style.flat:
        lines = ["".join(line if line.endswith("。") else f"{line}。" for line in lines)]
    return lines, problems, f"text {style}"


def _problem(problem: Problem, count: int, style: Style, rng: Random) -> list[str]:
    behind = f"（{_facts(problem, ['responsible'], style, rng)}）" if style.where == "parenthesis" else ""
    if style.head == "none":
        lines = [f"{style.words['issue']}：{problem.text}{behind}"]
    elif style.head == "问题一：":
        lines = [f"问题{han(count)}：{problem.text}{behind}"]
        problem.number = han(count)
    else:
        lines = [f"{NUMBERINGS[style.head](count)}{problem.text}{behind}"]
        problem.number = _printed(style.head, count)
    for place, name in enumerate(style.order, 1):
        if name == "facts":
            lines.append(_facts(problem, list(dict.fromkeys(role for _, role in problem.units)), style, rng))
        elif name == "goal":
            lines += _labelled("goal", problem.goal or "", place, style)
        elif name == "limit":
            lines += _labelled("limit", problem.limit[0] if problem.limit else "", place, style)
        elif name == "measure":
            lines += _labelled("measure", _steps(problem, style, rng), place, style)
        else:
            lines += _labelled(name, _names(problem.units, name, rng), place, style)
    return lines


def _labelled(name: str, value: str, place: int, style: Style) -> list[str]:
    word = style.words[name]
    if style.between == "】":
        return [f"【{word}】{value}"]
    if style.between == "own line":
        return [f"{word}：", *value.split("\n")]
    return [f"{f'{place}.' if style.numbered else ''}{word}{style.between}{value}"]


def _facts(item: Problem | Step, roles: list[str], style: Style, rng: Random) -> str:
    """责任单位：…；整改时限：…, in one line or parenthesis."""
    told = [f"{style.words[role]}：{_names(item.units, role, rng)}" for role in roles]
    assert item.limit is not None
    return "；".join([*told, f"{style.words['limit']}：{item.limit[0]}"])


def _steps(problem: Problem, style: Style, rng: Random) -> str:
    told = []
    for at, step in enumerate(problem.steps, 1):
        number = NUMBERINGS[style.under](at) if len(problem.steps) > 1 else ""
        behind = ""
        if style.where == "steps":
            behind = f"（{_facts(step, ['responsible'], style, rng)}）"
        elif style.where == "step labels":
            assert step.limit is not None
            behind = f"\n{style.words['responsible']}：{_names(step.units, 'responsible', rng)}\n{style.words['limit']}：{step.limit[0]}"
        told.append(f"{number}{step.text}{behind}")
    if len(told) == 1 or style.inline:
        return "".join(told)
    return "\n".join(["", *told]) if rng.random() < 0.5 else "\n".join(told)


# -- tables ----------------------------------------------------------------------------------------------------------


def table(rng: Random) -> tuple[list[list[str]], list[tuple[int, int, int, int]], int, list[Problem], str]:
    """(rows, merged blocks as (top, left, bottom, right), header's first row, problems, how it is laid out)."""
    roles = rng.choice(
        [
            ["responsible"],
            ["lead", "cooperating"],
            ["responsible", "supervising", "acceptance"],
            ["leader", "responsible", "person"],
            ["lead", "cooperating", "supervising"],
            ["lead", "responsible"],
        ]
    )
    beside = roles == ["lead", "responsible"]  # 甲局（牵头）、乙局 in one column
    shape = rng.choice(["row a measure", "row a measure", "row an issue"])
    own = shape == "row a measure" and rng.random() < 0.5
    goals, states = rng.random() < 0.6, rng.random() < 0.5
    problems = plan(rng, roles, own=own, goals=goals, states=states and shape == "row a measure")
    if states and shape == "row an issue":
        for problem in problems:
            problem.state = rng.choice(list(STATES))
    words = {field: rng.choice(options) for field, options in WORDS.items()}
    columns = [
        *(["number"] if rng.random() < 0.9 else []),
        "issue",
        *(["goal"] if goals else []),
        *(["step number"] if shape == "row a measure" and rng.random() < 0.2 else []),
        "measure",
        *(roles[1:] if beside else roles),
        "limit",
        *(["state"] if states else []),
    ]
    if rng.random() < 0.4 and "step number" not in columns:
        kept = columns.index("issue") + 1
        middle = columns[kept:]
        rng.shuffle(middle)
        columns = columns[:kept] + middle
    if rng.random() < 0.3:
        columns.append("remark")
    two_rows = "lead" in roles and "cooperating" in roles and rng.random() < 0.6
    if two_rows:  # the parts of a heading stand beside each other
        columns = [c for c in columns if c != "cooperating"]
        columns.insert(columns.index("lead") + 1, "cooperating")
    spaced = rng.random() < 0.3
    ticks = states and rng.random() < 0.4  # ☑已完成□基本完成…
    bands, total = rng.random() < 0.25, rng.random() < 0.25
    printed = {
        **words,
        "number": rng.choice(["序号", "编号", "问题编号"]),
        "state": rng.choice(["完成情况", "整改状态", "完成进度"]),
        "remark": "备注",
        "step number": rng.choice(["措施序号", "措施编号"]),
    }

    def header(column: str) -> str:
        word = printed[column]
        return f"{word[:2]}{rng.choice([' ', chr(10)])}{word[2:]}" if spaced and len(word) == 4 else word

    rows: list[list[str]] = []
    merges: list[tuple[int, int, int, int]] = []
    width = len(columns)
    if rng.random() < 0.7:
        rows.append(["某市督察反馈问题整改台账", *[""] * (width - 1)])
        merges.append((0, 0, 0, width - 1))
        if rng.random() < 0.4:
            rows.append([f"填报单位：市整改办{'　' * 4}填报日期：2026年3月5日", *[""] * (width - 1)])
            merges.append((1, 0, 1, width - 1))
    start = len(rows)
    if two_rows:
        at = columns.index("lead")
        top = ["责任单位" if c == "lead" else "" if c == "cooperating" else header(c) for c in columns]
        below = [
            {"lead": "牵头", "cooperating": "配合"}.get(c, "")
            + rng.choice(["", "单位"]) * (c in ("lead", "cooperating"))
            for c in columns
        ]
        merges.append((start, at, start, at + 1))
        merges += [(start, c, start + 1, c) for c in range(width) if c not in (at, at + 1)]
        rows += [top, below]
    else:
        rows.append([header(c) for c in columns])
    under = rng.choice(["1.", "（1）", "①", "1、"])
    merged = rng.choice(["merged", "merged", "repeated"])

    def cell(column: str, problem: Problem, number: int, step: Step | None) -> str:
        if column == "number":
            return str(number)
        if column == "issue":
            return problem.text
        if column == "goal":
            return problem.goal or ""
        if column == "measure":
            if step is not None:
                return step.text
            told = [f"{NUMBERINGS[under](at)}{s.text}" for at, s in enumerate(problem.steps, 1)]
            return problem.steps[0].text if len(told) == 1 else "\n".join(told)
        if column == "limit":
            limit = step.limit if own and step else problem.limit
            return limit[0] if limit else ""
        if column == "state":
            state = (step.state if step else problem.state) or ""
            return "".join(f"{'☑' if word == state else '□'}{word}" for word in STATES) if ticks else state
        if column == "step number":
            assert step is not None
            return f"{number}-{problem.steps.index(step) + 1}"
        if column == "remark":
            return ""
        units = step.units if own and step else problem.units
        if beside:
            return "、".join(f"{name}（牵头）" if role == "lead" else name for name, role in units)
        return _names(units, column, rng)

    of_step = {"measure", "state", "remark", "step number", *(["limit", *roles] if own else [])}
    for number, problem in enumerate(problems, 1):
        problem.number = str(number) if "number" in columns else None
        if bands and number % 2 == 1:
            rows.append([f"{han(number // 2 + 1)}、{HEADINGS[number // 2]}", *[""] * (width - 1)])
            merges.append((len(rows) - 1, 0, len(rows) - 1, width - 1))
        top = len(rows)
        if shape == "row an issue":
            rows.append([cell(c, problem, number, None) for c in columns])
            continue
        first: list[str] = []
        for step in problem.steps:
            row = [cell(c, problem, number, step) for c in columns]
            first = first or row
            rows.append([first[n] if c not in of_step else row[n] for n, c in enumerate(columns)])
        if merged == "merged" and len(problem.steps) > 1:
            for n, c in enumerate(columns):
                if c not in of_step:
                    merges.append((top, n, len(rows) - 1, n))
                    for below in range(top + 1, len(rows)):
                        rows[below][n] = ""
    if total:
        rows.append(["合计", f"{len(problems)}个问题", *[""] * (width - 2)])
    if rng.random() < 0.3:
        rows.append(["注：本台账每月更新一次。", *[""] * (width - 1)])
        merges.append((len(rows) - 1, 0, len(rows) - 1, width - 1))
    seen = f"table {shape=} {own=} {columns=} {two_rows=} {spaced=} {merged=} {under=} {bands=} {total=} {ticks=} header={rows[start : start + 1 + two_rows]}"
    return rows, merges, start, problems, seen


def forms(rng: Random) -> tuple[list[list[list[str]]], list[Problem], str]:
    """A form for each problem, label beside value, in two or four columns."""
    roles = rng.choice([["responsible"], ["lead", "cooperating"], ["responsible", "supervising", "leader"]])
    problems = plan(rng, roles, own=False, goals=rng.random() < 0.6, states=False)
    words = {name: rng.choice(options) for name, options in WORDS.items()}
    number = rng.choice([None, "序号", "问题编号"])
    under, four = rng.choice(["1.", "（1）", "①", "一是"]), rng.random() < 0.4
    made = []
    for at, problem in enumerate(problems, 1):
        problem.number = str(at) if number else None
        told = [f"{NUMBERINGS[under](n)}{step.text}" for n, step in enumerate(problem.steps, 1)]
        rows = [[number, str(at)]] if number else []
        rows.append([words["issue"], problem.text])
        rows += [[words["goal"], problem.goal]] if problem.goal else []
        rows.append([words["measure"], problem.steps[0].text if len(told) == 1 else "\n".join(told)])
        facts = [[words[role], _names(problem.units, role, rng)] for role in roles]
        facts.append([words["limit"], problem.limit[0] if problem.limit else ""])
        if four:
            rows = [[label, value, value, value] for label, value in rows]
            facts += [["备注", ""]] if len(facts) % 2 else []
            facts = [[*left, *right] for left, right in zip(facts[::2], facts[1::2], strict=True)]
        made.append([*rows, *facts])
    return made, problems, f"forms {roles=} {words=} {number=} {under=} {four=}"


# -- files -----------------------------------------------------------------------------------------------------------


def as_text(lines: list[str], rng: Random) -> tuple[str, bytes]:
    encoding = rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    return "plan.txt", rng.choice(["\n", "\r\n"]).join(lines).encode(encoding)


def as_paragraphs(lines: list[str]) -> tuple[str, bytes]:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return "plan.docx", out.getvalue()


def as_workbook(rows: list[list[str]], merges: list[tuple[int, int, int, int]]) -> tuple[str, bytes]:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("台账")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if value:
                sheet.write_string(at, column, value)
    for top, left, bottom, right in merges:
        if (top, left) != (bottom, right):
            sheet.merge_range(top, left, bottom, right, rows[top][left])
    book.close()
    return "plan.xlsx", out.getvalue()


def as_word_table(rows: list[list[str]], merges: list[tuple[int, int, int, int]], start: int) -> tuple[str, bytes]:
    document = docx.Document()
    for row in rows[:start]:
        document.add_paragraph(row[0])
    made = document.add_table(rows=len(rows) - start, cols=len(rows[0]))
    for at, row in enumerate(rows[start:]):
        for cell, value in zip(made.rows[at].cells, row, strict=True):
            cell.text = value
    for top, left, bottom, right in merges:
        if top >= start:
            kept = rows[top][left]
            made.cell(top - start, left).merge(made.cell(bottom - start, right)).text = kept
    out = io.BytesIO()
    document.save(out)
    return "plan.docx", out.getvalue()


def as_forms(made: list[list[list[str]]], rng: Random) -> tuple[str, bytes]:
    document = docx.Document()
    document.add_paragraph("某市督察反馈问题整改任务单")
    for at, rows in enumerate(made, 1):
        if rng.random() < 0.5:
            document.add_paragraph(f"表{at}")
        drawn = document.add_table(rows=len(rows), cols=len(rows[0]))
        for cells, row in zip(drawn.rows, rows, strict=True):
            if len(row) == 4 and row[1] == row[3]:
                cells.cells[1].merge(cells.cells[3])
                row = row[:2]
            for cell, value in zip(cells.cells, row, strict=False):
                cell.text = value
    out = io.BytesIO()
    document.save(out)
    return "plan.docx", out.getvalue()


def as_commas(rows: list[list[str]], rng: Random) -> tuple[str, bytes]:
    out = io.StringIO()
    csv.writer(out, lineterminator=rng.choice(["\n", "\r\n"])).writerows(rows)
    return "plan.csv", out.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "gb18030"]))


def as_tabs(rows: list[list[str]]) -> tuple[str, bytes]:
    quoted = [[f'"{value}"' if "\n" in value else value for value in row] for row in rows]
    return "plan.tsv", "\n".join("\t".join(row) for row in quoted).encode()


def sample(seed: int) -> Sample:
    """The plan of a seed, the same every time."""
    rng = Random(seed)
    drawn = rng.random()
    if drawn < 0.1:
        made, problems, seen = forms(rng)
        name, data = as_forms(made, rng)
    elif drawn < 0.5:
        lines, problems, seen = text_lines(rng)
        name, data = as_text(lines, rng) if rng.random() < 0.6 else as_paragraphs(lines)
    else:
        rows, merges, start, problems, seen = table(rng)
        kind = rng.choice(["workbook", "workbook", "word", "tabs", "commas"])
        if kind == "workbook":
            name, data = as_workbook(rows, merges)
        elif kind == "word":
            name, data = as_word_table(rows, merges, start)
        elif kind == "commas":
            name, data = as_commas(rows, rng)
        else:
            name, data = as_tabs(rows)
    return Sample(name, data, problems, f"seed {seed} {name} {seen}")


# -- judging ---------------------------------------------------------------------------------------------------------


def _limit(limit: Limit | None) -> tuple[str | None, str, bool] | None:
    return limit[1:] if limit else None


def told(problems: list[Problem]) -> list[object]:
    """What a reader must find, in a form that is compared: what holds for each step, wherever it is kept."""
    return [
        (
            problem.number,
            _bare(problem.text),
            _bare(problem.goal or ""),
            [
                (
                    _bare(step.text),
                    set(step.units or problem.units),
                    _limit(step.limit or problem.limit),
                    STATES.get(step.state or problem.state or ""),
                )
                for step in problem.steps
            ],
        )
        for problem in problems
    ]


def found(draft: PlanDraft) -> list[object]:
    """The same of what was read."""
    return [
        (
            issue.number,
            _bare(issue.text),
            _bare(issue.goal or ""),
            [
                (
                    _bare(measure.text),
                    {(unit.name, unit.role) for unit in measure.units or issue.units},
                    _day(measure.deadline) or _day(issue.deadline),
                    measure.state or issue.state,
                )
                for measure in issue.measures
            ],
        )
        for issue in draft.issues
    ]


def _day(limit: Deadline | None) -> tuple[str | None, str, bool] | None:
    if limit is None or limit.kind == "none":
        return None
    return limit.date.isoformat() if limit.date else None, limit.kind, limit.long_term


def _bare(text: str) -> str:
    return text.strip().rstrip("。；;")
