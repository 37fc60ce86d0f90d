"""The blank form of a plan: its columns, how it is filled in, and an invented example. The files are the neighbours'."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from rectify.rules.deadlines import parse
from rectify.rules.plan_form import BY_HEADING, STATES, TEMPLATE, TITLE, Written, written

SHEET = "整改方案"
HOW = (
    "表头的文字不要改动；“问题序号、反馈问题、措施序号、整改措施”四列须保留，其他用不到的列可以删去。",
    "第一行写方案名称。每条措施一行；一个问题有几条措施的，问题的各列只填第一行，以下各行留空。",
    "整改时限照原文填写，例如：2026年3月底前；2026年6月30日；2025年3月至2026年12月；立行立改；长期坚持；2026年底前，长期坚持。",
    "单位一格有多个的，用顿号或换行分开；“各县（市、区）党委、政府”这样不可拆开的名称，可写作〖各县（市、区）党委、政府〗。",
    "阶段节点每行一个，先写日期，再写内容，例如：2026-03-31 完成排查建档；届时应报到某一状态的，内容前写【正在推进】【基本完成】或【已完成】。",
    "措施状态可填：" + "、".join(STATES.values()) + "；不填表示没有说明。",
    "示例和说明不会被读取，可以保留，也可以删去。",
)
_FIELDS = dict.fromkeys(column.field for column in BY_HEADING.values()) | {"milestones": ()}


def blank() -> Written:
    """The form without any issue."""
    return Written(TITLE, [], [column for column in BY_HEADING.values() if column.heading in TEMPLATE], [])


def example() -> Written:
    """Two invented issues with three measures."""
    issues = [
        _item(
            number="1", category="生态保护方面", text="部分砂石料场开采后生态修复不到位。", goal="37处废弃料场全部修复。",
            deadline=_limit("2026年6月底前"), milestones=[_stone("2026-03-31", "完成排查建档")],
            units=_units(lead="县自然资源局", cooperating="县林业局 县水利局", acceptance="市自然资源局", leader="李某"),
            measures=[
                _item(
                    number="1", text="完成全县砂石料场排查，建立问题台账。", deadline=_limit("2026年3月底前"),
                    state="completed", progress="已排查37处，台账已建立。", units=_units(responsible="县自然资源局"),
                ),
                _item(
                    number="2", text="对37处废弃料堆覆土复绿。", deadline=_limit("2026年6月底前"),
                    state="on_schedule", progress="已完成21处。", units=_units(responsible="县林业局"),
                ),
            ],
        ),
        _item(
            number="2", category="责任落实方面", text="有的部门对责任清单不熟悉，履职不主动。", goal="各级责任进一步压实。",
            deadline=_limit("立行立改，长期坚持"), units=_units(lead="县生态环境局"),
            measures=[_item(number="1", text="每半年开展一次履职检查。")],
        ),
    ]  # fmt: skip
    title = "甲县生态环境保护督察反馈问题整改方案（示例）"
    nothing = dict.fromkeys(("as_of", "as_of_text", "declared_issues", "declared_measures"))
    return written(
        SimpleNamespace(title=title, **nothing, issues=issues, questions=[]), TEMPLATE, says_what_is_open=False
    )


def _stone(day: str, text: str) -> SimpleNamespace:
    return SimpleNamespace(date=dt.date.fromisoformat(day), text=text, target_state="")


def _item(**values: Any) -> SimpleNamespace:
    return SimpleNamespace(**{**_FIELDS, "units": [], "measures": [], **values})


def _limit(phrase: str) -> Any:
    return parse(phrase).deadline


def _units(**roles: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(role=role, name=name) for role, names in roles.items() for name in names.split()]
