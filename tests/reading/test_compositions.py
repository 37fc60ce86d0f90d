"""A known plan, laid out at random: names and orders of columns and labels, numbering, merged cells, forms. Whatever the
layout, the reader must give the plan back. A failure names the seed, and the document is printed with it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from rectify.reading import read
from rectify.reading.draft import IssueDraft
from tests.reading.documents import Merge, separated, word, workbook
from tests.reading.test_words import OF_ISSUES, OF_MEASURES, SYNONYMS

SEEDS: Final = range(40)

PROBLEMS: Final = (
    "城区雨污管网混接，雨天污水直排青河。", "某石料厂未落实扬尘治理措施", "生活垃圾填埋场渗滤液积存，存在环境风险。",
    "部分乡镇秸秆焚烧屡禁不止", "理论学习中心组学习不够深入", "专项资金拨付不及时，2021年有3笔资金沉淀。",
    "自然保护区内仍有12处违规建筑没有拆除。", "危险废物管理台账不完整", "干部轮岗交流不够", "农村饮水工程管护不到位。",
)  # fmt: skip
GOALS: Final = (
    "实现雨污分流，水质稳定达标。", "扬尘治理设施全部到位。", "台账完整，管理规范。", "违规建筑全部拆除，生态得到恢复。",
    "制度健全，落实到位。",
)  # fmt: skip
STEPS: Final = (
    "制定专项方案，明确任务分工。", "开展全面排查，建立问题台账。", "完成管网改造并移交养护单位。", "对责任人进行约谈提醒。",
    "修订管理办法，完善长效机制。", "安装在线监测设备并联网。", "每季度通报一次进展情况。", "组织业务培训，提高监管能力。",
)  # fmt: skip
UNITS: Final = (
    "市住建局", "市水利局", "甲县人民政府", "乙区人民政府", "市生态环境局", "市财政局", "市委组织部", "丙镇人民政府",
    "市城市管理局", "办公室", "各县（市、区）人民政府", "市自然资源和规划局",
)  # fmt: skip
PEOPLE: Final = ("王某某", "李某", "张某某", "赵某", "陈某某")
LIMITS: Final = {
    "2022年12月底前": ("2022-12-31", "date", False), "2023年6月30日前": ("2023-06-30", "date", False),
    "2021年9月": ("2021-09-30", "date", False), "立行立改": (None, "immediate", False),
    "立行立改，长期坚持": (None, "immediate", True), "长期坚持": (None, "long_term", True),
    "2022年底前完成，并长期坚持": ("2022-12-31", "date", True), "2024年一季度": ("2024-03-31", "date", False),
    "2020年6月至2021年12月": ("2021-12-31", "range", False),
}  # fmt: skip
FIELDS: Final = ("深化改革方面", "水环境方面", "大气环境方面", "作风建设方面")


@dataclass(slots=True)
class Plan:
    """One issue of the known plan."""

    text: str
    goal: str
    measures: list[str]
    units: dict[str, list[str]]
    limit: str
    category: str | None = None
    own: list[tuple[str, str]] = field(default_factory=list)  # unit and limit of each measure, where it has its own


def plan(pick: random.Random, *, own: bool = False) -> list[Plan]:
    issues = []
    for text in pick.sample(PROBLEMS, pick.randint(2, 5)):
        names = pick.sample(UNITS, 6)
        units = {"responsible": names[: pick.randint(1, 2)]}
        if pick.random() < 0.5:
            units["cooperating"] = names[2 : pick.randint(3, 4)]
        measures = pick.sample(STEPS, pick.randint(1, 3))
        made = Plan(text, pick.choice(GOALS), measures, units, pick.choice(list(LIMITS)))
        if own:
            made.own = [(pick.choice(UNITS), pick.choice(list(LIMITS))) for _ in measures]
        issues.append(made)
    if pick.random() < 0.5:
        cut = pick.randint(1, len(issues) - 1)
        first, second = pick.sample(FIELDS, 2)
        for at, issue in enumerate(issues):
            issue.category = first if at < cut else second
    return issues


def said(issue: IssueDraft, *, goals: bool, own: bool) -> dict[str, Any]:
    """A draft's issue in the words of the plan; what stands on its only measure counts as the issue's."""
    deadline = issue.deadline
    units = {(unit.name, unit.role) for unit in issue.units}
    made: dict[str, Any] = {
        "text": issue.text.rstrip("。"),
        "measures": [measure.text.rstrip("。") for measure in issue.measures],
    }
    if goals:
        made["goal"] = issue.goal
    if own:
        limits = [measure.deadline or deadline for measure in issue.measures]
        made["own"] = [(str(one.date) if one and one.date else None, one and one.kind) for one in limits]
        made["own units"] = [sorted(unit.name for unit in (measure.units or issue.units)) for measure in issue.measures]
        return made
    made["limit"] = deadline and (str(deadline.date) if deadline.date else None, deadline.kind, deadline.long_term)
    made["units"] = units
    return made


def wanted(issue: Plan, *, goals: bool, own: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "text": issue.text.rstrip("。"),
        "measures": [step.rstrip("。") for step in issue.measures],
    }
    if goals:
        made["goal"] = issue.goal
    if own:
        made["own"] = [LIMITS[limit][:2] for _, limit in issue.own]
        made["own units"] = [[unit] for unit, _ in issue.own]
        return made
    made["limit"] = LIMITS[issue.limit]
    made["units"] = {(name, role) for role, names in issue.units.items() for name in names}
    return made


def check(data: bytes, name: str, issues: list[Plan], shown: str, *, goals: bool, own: bool = False) -> None:
    draft = read(data, name)
    got = [said(issue, goals=goals, own=own) for issue in draft.issues]
    assert got == [wanted(issue, goals=goals, own=own) for issue in issues], shown
    if issues[0].category:
        ends = [(issue.category or "").rsplit(" / ", 1)[-1] for issue in draft.issues]
        assert ends == [issue.category for issue in issues], shown
    assert not [unread for unread in draft.unread if len(unread.text) > 30], shown


def word_for(pick: random.Random, meaning: str, *, without: str = "") -> str:
    words = [word for word in SYNONYMS[meaning].split() if not (without and without in word)]
    return pick.choice(words)


# ---------------------------------------------------------------- tables
def ledger(pick: random.Random, issues: list[Plan], *, own: bool) -> tuple[list[list[str]], list[Merge]]:
    """A table of random columns: one row a measure with merged cells, or one row an issue with numbered measures."""
    by_row = own or pick.random() < 0.5
    columns = ["text", "measure", "responsible", "limit"]
    goals = pick.random() < 0.7
    columns += ["goal"] if goals else []
    columns += ["cooperating"] if any("cooperating" in issue.units for issue in issues) and not own else []
    pick.shuffle(columns)
    if pick.random() < 0.8:
        columns.insert(0, "number")
    category = bool(issues[0].category)
    as_column = category and pick.random() < 0.5
    if as_column:
        columns.insert(pick.choice([0, columns.index("text")]), "category")
    meaning = {"limit": "deadline"}
    heads = ["领域" if name == "category" else word_for(pick, meaning.get(name, name)) for name in columns]
    if "存在问题" in heads or "整改任务" in heads:
        heads[columns.index("text")] = "反馈问题"
    rows: list[list[str]] = []
    merges: list[Merge] = []
    if pick.random() < 0.7:
        rows.append(["某市反馈意见整改台账", *[""] * (len(columns) - 1)])
        merges.append((0, 0, 0, len(columns) - 1))
    spell = pick.choice([str, " ".join, lambda head: f"{head[:2]}\n{head[2:]}" if len(head) > 3 else head])
    rows.append([spell(head) for head in heads])
    last: str | None = None
    begin = len(rows)
    style = pick.choice(["1.", "①", "（1）", "一是"])
    for number, issue in enumerate(issues, 1):
        if category and not as_column and issue.category != last:
            merges.append((len(rows), 0, len(rows), len(columns) - 1))
            rows.append([issue.category or "", *[""] * (len(columns) - 1)])
        if as_column and issue.category != last:
            begin = len(rows)
        last = issue.category
        steps = issue.measures if by_row else [_in_one_cell(issue.measures, style, pick)]
        top = len(rows)
        for at, step in enumerate(steps):
            cells = {
                "number": str(number), "text": issue.text, "goal": issue.goal, "measure": step,
                "category": issue.category or "",
                "responsible": issue.own[at][0] if own else _joined(issue.units["responsible"], pick),
                "cooperating": _joined(issue.units.get("cooperating", []), pick),
                "limit": issue.own[at][1] if own else issue.limit,
            }  # fmt: skip
            varies = ("measure", "responsible", "limit") if own else ("measure",)
            rows.append([cells[name] if not at or name in varies else "" for name in columns])
        if len(steps) > 1:
            keep = ("measure", "responsible", "limit", "category") if own else ("measure", "category")
            merges += [(top, at, len(rows) - 1, at) for at, name in enumerate(columns) if name not in keep]
        ends = number == len(issues) or issues[number].category != issue.category
        if as_column and ends:
            at = columns.index("category")
            for row in rows[begin + 1 :]:
                row[at] = ""
            if len(rows) - begin > 1:
                merges.append((begin, at, len(rows) - 1, at))
    return rows, merges


def _in_one_cell(measures: list[str], style: str, pick: random.Random) -> str:
    if len(measures) == 1:
        return measures[0]
    between = pick.choice(["\n", ""])
    return between.join(f"{OF_MEASURES[style](at)}{step}" for at, step in enumerate(measures, 1))


def _joined(names: list[str], pick: random.Random) -> str:
    return pick.choice(["、", "，", "\n"]).join(names)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("own", [False, True])
def test_a_ledger_is_read_whatever_its_columns(seed: int, own: bool) -> None:
    pick = random.Random(f"ledger {seed} {own}")
    issues = plan(pick, own=own)
    rows, merges = ledger(pick, issues, own=own)
    flat = [cell for row in rows for cell in row]
    goals = all(issue.goal in flat for issue in issues)
    shown = separated(rows, " | ")
    check(workbook(rows, merges), "a.xlsx", issues, shown, goals=goals, own=own)
    check(word([(rows, merges)]), "a.docx", issues, shown, goals=goals, own=own)


# ---------------------------------------------------------------- running text
def written(pick: random.Random, issues: list[Plan]) -> tuple[str, bool]:
    """The plan as text: random labels in a random order, set off in one random way, numbered at random."""
    goals = pick.random() < 0.6
    order = ["responsible", "limit", "measure", *(["goal"] if goals else [])]
    order += ["cooperating"] if any("cooperating" in issue.units for issue in issues) else []
    pick.shuffle(order)
    labels = {
        name: word_for(pick, {"limit": "deadline"}.get(name, name), without="（")
        for name in ("responsible", "goal", "measure", "limit", "cooperating")
    }
    problem = word_for(pick, "text") if pick.random() < 0.3 else None
    heading = pick.choice(["一、", "（一）", "第十三项"])
    alike = {heading, "1．", "1.1", "【第3项】" if heading == "第十三项" else ""}
    numbering = pick.choice([style for style in OF_ISSUES if style not in alike])
    listing = pick.choice([style for style in OF_MEASURES if style not in (heading, numbering, numbering[:1] + ".")])
    set_off = pick.choice(["：", ": ", "own line", "【】"])
    one_line = pick.random() < 0.5
    restarts = pick.random() < 0.5
    lines, number, last, headings = ["某市督察反馈意见整改方案", ""], 0, None, 0
    for issue in issues:
        if issue.category and issue.category != last:
            headings += 1
            lines.append(OF_ISSUES[heading](headings) + issue.category)
            number = 0 if restarts else number
        last = issue.category
        number += 1
        text = issue.text.rstrip("。") + "。"
        lines.append(f"{problem}：{text}" if problem else OF_ISSUES[numbering](number) + text)
        for name in order:
            if name == "measure":
                steps = [f"{OF_MEASURES[listing](at)}{step}" for at, step in enumerate(issue.measures, 1)]
                steps = issue.measures if len(steps) == 1 and pick.random() < 0.5 else steps
                value = "".join(steps) if one_line else "\n".join(steps)
                if not one_line:
                    lines += [f"{labels[name]}：", value]
                    continue
            elif name in ("responsible", "cooperating"):
                if name not in issue.units:
                    continue
                value = "、".join(issue.units[name])
            else:
                value = issue.goal if name == "goal" else issue.limit
            lines.append(_set_off(labels[name], value, set_off))
    return "\n".join(lines), goals


def _set_off(label: str, value: str, way: str) -> str:
    if way == "own line":
        return f"{label}\n{value}"
    return f"【{label}】{value}" if way == "【】" else f"{label}{way}{value}"


@pytest.mark.parametrize("seed", range(80))
def test_a_plan_is_read_whatever_its_labels(seed: int) -> None:
    pick = random.Random(f"text {seed}")
    issues = plan(pick)
    text, goals = written(pick, issues)
    check(text.encode("utf-8"), "a.txt", issues, text, goals=goals)
    check(word(text.split("\n")), "a.docx", issues, text, goals=goals)


# ---------------------------------------------------------------- forms
@pytest.mark.parametrize("seed", SEEDS)
def test_a_form_an_issue_is_read_whatever_its_rows(seed: int) -> None:
    pick = random.Random(f"form {seed}")
    issues = plan(pick)
    for issue in issues:
        issue.category = None
    order = ["text", "responsible", "limit", "measure", "goal", "cooperating"]
    labels = {name: word_for(pick, {"limit": "deadline"}.get(name, name), without="（") for name in order}
    rest = order[1:]
    pick.shuffle(rest)
    pairs = pick.random() < 0.5  # two labels with short values in one row
    style = pick.choice(["1.", "①", "（1）", "一是"])
    blocks: list[Any] = ["某市整改任务公示表"]
    for issue in issues:
        rows: list[list[str]] = []
        merges: list[Merge] = []
        waiting: list[str] = []
        values = {
            "text": issue.text, "goal": issue.goal, "limit": issue.limit,
            "measure": _in_one_cell(issue.measures, style, pick),
            "responsible": "、".join(issue.units["responsible"]),
            "cooperating": "、".join(issue.units.get("cooperating", [])) or "无",
        }  # fmt: skip
        for name in ["text", *rest]:
            if pairs and name in ("limit", "responsible", "cooperating"):
                waiting += [labels[name], values[name]]
                if len(waiting) == 4:
                    rows.append(waiting)
                    waiting = []
                continue
            merges.append((len(rows), 1, len(rows), 3))
            rows.append([labels[name], values[name], "", ""])
        if waiting:
            merges.append((len(rows), 1, len(rows), 3))
            rows.append([*waiting, "", ""])
        blocks += [(rows, merges), ""]
    shown = "\n\n".join(separated(block[0], " | ") for block in blocks if isinstance(block, tuple))
    check(word(blocks), "a.docx", issues, shown, goals=True)
