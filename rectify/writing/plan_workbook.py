"""A plan's draft as .xlsx in our own form, and the blank form for download with a filled example.

What stands in which cell is `rules.plan_form`'s, reading it back is `reading.form`'s; the draft is the caller's.
"""

from __future__ import annotations

import datetime as dt
import io
from types import SimpleNamespace
from typing import Any, BinaryIO

import xlsxwriter

from rectify.rules.deadlines import Deadline, parse
from rectify.rules.plan_form import COLUMNS, STATES, TEMPLATE, Written, written

from .workbook import clean

BLANK_ROWS = 300
"""Rows of the blank form that offer the words for a state."""


def plan_xlsx(stream: BinaryIO, draft: Any) -> None:
    """Writes a draft (reading.PlanDraft) so that reading the file gives an equal draft."""
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        _sheet(book, "整改方案", written(draft))


def plan_template() -> bytes:
    """The blank form, a filled example of it, and how to fill it in, as one workbook; only the first sheet is read."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        columns = [column for column in COLUMNS if column.heading in TEMPLATE]
        blank = _sheet(book, "整改方案", Written("请填写方案名称", [], columns, []))
        for at, column in enumerate(columns):
            if column.how == "state":
                blank.data_validation(
                    2, at, BLANK_ROWS, at, {"validate": "list", "source": list(STATES.values()), "ignore_blank": True}
                )
        _sheet(book, "示例", written(example(), TEMPLATE))
        notes = book.add_worksheet("填写说明")
        notes.set_column(0, 0, 90, book.add_format({"text_wrap": True, "valign": "top"}))
        for at, text in enumerate(_HOW_TO):
            notes.write_string(at, 0, text)
    return stream.getvalue()


_HOW_TO = (
    "只读取第一张工作表“整改方案”；“示例”供参考。表头不要改动，用不到的列可以删去。",
    "每条措施一行。一个问题有几条措施的，问题的各列只填第一行，以下各行留空，不要合并单元格。",
    "整改时限照原文填写，例如：2026年6月底前；2026年6月30日；2025年3月至2026年12月；立行立改；长期坚持；2026年底前，长期坚持。",
    "单位一格有多个的，用顿号或换行分开；“各县（市、区）党委、政府”这样的集合名称可写作〖各县（市、区）党委、政府〗。",
    "阶段节点每行一个，先写日期，再写内容，例如：2026-03-31 完成排查建档。",
    "措施状态可填：" + "、".join(STATES.values()) + "；不填表示没有说明。",
)


def _sheet(book: Any, name: str, form: Written) -> Any:
    """Title, the lines under it, the head, the rows; every cell a text cell."""
    sheet = book.add_worksheet(name)
    title = book.add_format({"bold": True, "font_size": 16})
    head = book.add_format({"bold": True, "text_wrap": True, "border": 1, "bg_color": "#EEF2F7", "valign": "vcenter"})
    body = book.add_format({"text_wrap": True, "border": 1, "valign": "top", "num_format": "@"})
    sheet.write_string(0, 0, clean(form.title), title)
    for at, text in enumerate(form.meta, 1):
        sheet.write_string(at, 0, clean(text))
    top = len(form.meta) + 1
    for at, column in enumerate(form.columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(top, at, column.heading, head)
    for number, row in enumerate(form.rows, top + 1):
        for at, value in enumerate(row):
            if value:
                sheet.write_string(number, at, clean(value), body)
            else:
                sheet.write_blank(number, at, None, body)
    sheet.freeze_panes(top + 1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    return sheet


def example() -> Any:
    """The example of the blank form: two invented issues, three measures."""

    def units(**roles: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(role=role, name=name) for role, names in roles.items() for name in names.split("|")]

    def limit(raw: str) -> Deadline:
        return parse(raw).deadline

    nothing = dict.fromkeys(
        ("state", "progress", "completed_on", "started", "claims_completed", "claims_on_schedule", "signed_off",
         "difficulty", "next_step", "remark", "original_deadline", "deadline", "number", "upper_number", "part",
         "category", "source", "goal")
    )  # fmt: skip
    measures = [
        SimpleNamespace(
            **nothing | {"number": "1", "text": "完成全县砂石料场排查，建立问题台账。", "deadline": limit("2026年3月底前"),
                         "state": "completed", "progress": "已排查37处，台账已建立。"},
            units=units(responsible="县自然资源局"),
        ),
        SimpleNamespace(
            **nothing | {"number": "2", "text": "对37处废弃料堆覆土复绿。", "deadline": limit("2026年6月底前"),
                         "state": "on_schedule", "progress": "已完成21处。"},
            units=units(responsible="县林业局"),
        ),
        SimpleNamespace(
            **nothing | {"number": "1", "text": "每半年开展一次履职检查。"}, units=[],
        ),
    ]  # fmt: skip
    return SimpleNamespace(
        title="甲县生态环境保护督察反馈问题整改方案（示例）",
        as_of=None,
        as_of_text=None,
        declared_issues=None,
        declared_measures=None,
        issues=[
            SimpleNamespace(
                **nothing | {"number": "1", "category": "生态保护方面", "text": "部分砂石料场开采后生态修复不到位。",
                             "goal": "37处废弃料场全部修复。", "deadline": limit("2026年6月底前")},
                units=units(lead="县自然资源局", cooperating="县林业局|县水利局", acceptance="市自然资源局", leader="李某"),
                milestones=[SimpleNamespace(date=dt.date(2026, 3, 31), text="完成排查建档")],
                measures=measures[:2],
            ),
            SimpleNamespace(
                **nothing | {"number": "2", "category": "责任落实方面", "text": "有的部门对责任清单不熟悉，履职不主动。",
                             "goal": "各级责任进一步压实。", "deadline": limit("立行立改，长期坚持")},
                units=units(lead="县生态环境分局"),
                milestones=[],
                measures=measures[2:],
            ),
        ],
    )  # fmt: skip
