"""Small plans and ledgers composed from a known content, in every form an office sends, and what must be read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any, Final

import docx
import xlsxwriter

from rectify.reading import read
from rectify.reading.draft import IssueDraft, PlanDraft

Rows = Sequence[Sequence[str]]
Merge = tuple[int, int, int, int]  # top, left, bottom, right, all inclusive

# Three issues; what a column or label of each meaning says of them.
CONTENT: Final[dict[str, list[str]]] = {
    "number": ["1", "2", "3"],
    "text": ["城区雨污管网混接，雨天污水直排青河。", "某石料厂未落实扬尘治理措施。", "生活垃圾填埋场渗滤液积存。"],
    "goal": ["实现雨污分流，水质稳定达标。", "扬尘治理设施全部到位。", "渗滤液日产日清。"],
    "measure": ["完成三处混接点改造并移交养护单位。", "责令该厂安装喷淋设施，完善抑尘措施。", "新建应急处理设备。"],
    "lead": ["市住建局", "市生态环境局", "市城管局"],
    "responsible": ["甲县政府", "乙县政府", "丙区政府"],
    "cooperating": ["市水利局", "市自然资源局", "市财政局"],
    "supervising": ["省住建厅", "省生态环境厅", "省城管局"],
    "acceptance": ["市整改办", "市督查室", "市验收办"],
    "leader": ["赵某某", "钱某某", "孙某某"],
    "person": ["李某某", "周某某", "吴某某"],
    "deadline": ["2022年12月底前", "2023年6月30日前", "2024年9月底"],
    "progress": ["已完成两处混接点的测绘和招标。", "喷淋设备正在采购。", "设备已进场安装。"],
    "difficulty": ["征地进度慢。", "设备到货晚。", "资金尚有缺口。"],
    "next_step": ["加快施工。", "尽快安装。", "督促调试。"],
    "boxes": [
        "□已销号\n☑已完成\n□达到序时进度\n□未达序时进度\n□尚未启动",
        "□已销号\n□已完成\n☑达到序时进度\n□未达序时进度\n□尚未启动",
        "□已销号\n□已完成\n□达到序时进度\n☑未达序时进度\n□尚未启动",
    ],
    "on_schedule": ["是", "否", "是"],
    "is_completed": ["否", "否", "否"],
    "is_signed_off": ["否", "否", "否"],
    "state": ["已完成", "基本完成", "持续推进"],
    "phone": ["0000-0001", "0000-0002", "0000-0003"],
    "project": ["水环境治理", "大气治理", "固废治理"],
    "class": ["水", "大气", "固废"],
    "period": ["第三期", "第三期", "第三期"],
    "nothing": ["", "", ""],
}
DATES: Final = ["2022-12-31", "2023-06-30", "2024-09-30"]
STATES: Final[dict[str, list[str]]] = {
    "boxes": ["completed", "on_schedule", "behind"],
    "state": ["completed", "basically_completed", "in_progress"],
    "on_schedule": ["on_schedule", "behind", "on_schedule"],
}
ROLES: Final = ("lead", "responsible", "cooperating", "supervising", "acceptance", "leader", "person")


def table(heads: Sequence[str], fields: Sequence[str]) -> list[list[str]]:
    """A header row and the content's three rows."""
    return [list(heads), *([CONTENT[field][at] for field in fields] for at in range(3))]


# ---------------------------------------------------------------- forms
def workbook(rows: Rows, merges: Sequence[Merge] = ()) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("台账")
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            if text:
                sheet.write(at, column, text)
    for top, left, bottom, right in merges:
        sheet.merge_range(top, left, bottom, right, rows[top][left])
    book.close()
    return target.getvalue()


def word(blocks: Sequence[str | tuple[Rows, Sequence[Merge]]]) -> bytes:
    """Paragraphs and tables (rows with merges) in order."""
    document = docx.Document()
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
            continue
        rows, merges = block
        grid = document.add_table(len(rows), max(len(row) for row in rows))
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                grid.cell(at, column).text = text
        for top, left, bottom, right in merges:
            merged = grid.cell(top, left).merge(grid.cell(bottom, right))
            merged.text = rows[top][left]
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def separated(rows: Rows, delimiter: str) -> str:
    return "\n".join(delimiter.join(text.replace("\n", " ") for text in row) for row in rows)


def _comma(rows: Rows) -> bytes:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue().encode("gb18030")


FORMS: Final[dict[str, tuple[str, Callable[[Rows], bytes]]]] = {
    "workbook": ("a.xlsx", workbook),
    "word table": ("a.docx", lambda rows: word([(rows, ())])),
    "pasted from a sheet": ("a.txt", lambda rows: separated(rows, "\t").encode("utf-8")),
    "drawn with bars": ("a.txt", lambda rows: separated(rows, " | ").encode("utf-16")),
    "csv": ("a.csv", _comma),
}


def read_form(form: str, rows: Rows) -> PlanDraft:
    name, make = FORMS[form]
    return read(make(rows), name)


# ---------------------------------------------------------------- what must be read back
def misread(draft: PlanDraft, fields: Sequence[str]) -> list[str]:
    """What of the three issues was not read as it was written, in words; [] where all was."""
    if len(draft.issues) != 3:
        return [f"{len(draft.issues)} issues: {[issue.text for issue in draft.issues]}"]
    return [fault for at, issue in enumerate(draft.issues) for fault in _faults(issue, at, fields)]


def _faults(issue: IssueDraft, at: int, fields: Sequence[str]) -> list[str]:
    state = next((STATES[field][at] for field in STATES if field in fields), None)
    wanted: dict[str, Any] = {field: CONTENT[field][at] if field in fields else None for field in ("text", "goal")}
    wanted |= {
        "measures": [CONTENT["measure"][at]] if "measure" in fields else [],
        "units": {(CONTENT[role][at], role) for role in ROLES if role in fields},
        "deadline": DATES[at] if "deadline" in fields else None,
        "state": state,
    }
    found: dict[str, Any] = {
        "text": issue.text,
        "goal": issue.goal,
        "measures": [measure.text for measure in issue.measures],
        "units": {(unit.name, unit.role) for unit in issue.units},
        "deadline": issue.deadline.date.isoformat() if issue.deadline and issue.deadline.date else None,
        "state": issue.state,
    }
    for field in ("number", "progress", "difficulty", "next_step"):
        if field in fields:
            wanted[field], found[field] = CONTENT[field][at], getattr(issue, field)
    return [f"{key}: {found[key]!r}, not {value!r}" for key, value in wanted.items() if found[key] != value]
