"""The sheet of units: its template, and an uploaded one read into lines. What the lines mean is access.places's."""

from __future__ import annotations

import io

import xlsxwriter

from rectify.access.places import UnitLine, split_aliases
from rectify.access.sentences import _
from rectify.reading.opening import Unreadable, open_file
from rectify.reading.sheets import read_sheets

LARGEST = 2 * 1024 * 1024
LARGEST_UNPACKED = 24 * 1024 * 1024
MOST_ROWS = 5000
COLUMNS = ("名称", "上级单位", "地区", "别名")
NAMES = {
    "名称": ("名称", "单位名称", "单位"),
    "上级单位": ("上级单位", "上级", "主管单位"),
    "地区": ("地区", "县区", "所在地区"),
    "别名": ("别名", "简称", "其他名称"),
}


def template() -> bytes:
    """An empty sheet with the four headers, and beside it what they mean."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#EEF1F4", "border": 1})
    sheet = book.add_worksheet("单位")
    for at, name in enumerate(COLUMNS):
        sheet.write_string(0, at, name, head)
    sheet.set_column(0, 1, 32)
    sheet.set_column(2, 2, 14)
    sheet.set_column(3, 3, 40)
    sheet.freeze_panes(1, 0)
    notes = book.add_worksheet("说明")
    notes.set_column(0, 0, 90)
    for at, line in enumerate(
        (
            "名称：必填，单位全称，不能重复。",
            "上级单位：可空；须是本表中的单位或系统中已有的单位。",
            "地区：可空；系统中没有的地区会自动建立。",
            "别名：可空；文件中对该单位的其他叫法，多个之间用顿号隔开。",
            "已有的单位按本表补充上级单位、地区和别名；空白的格子不改动。",
            "有一行错误，整张表都不导入；按提示改好后重新上传。",
        )
    ):
        notes.write_string(at, 0, line)
    book.close()
    return made.getvalue()


def read(data: bytes, name: str) -> list[UnitLine]:
    """The lines of the first sheet that has the headers. Raises Unreadable with one sentence."""
    if len(data) > LARGEST:
        raise Unreadable(_("文件超过2 MB，请只保留单位名单后再上传。"))
    opened = open_file(data, name)
    if opened.kind != "xlsx":
        raise Unreadable(_("请上传.xlsx文件，可先下载模板填写。"))
    if sum(map(len, opened.parts.values())) > LARGEST_UNPACKED:
        raise Unreadable(_("工作表内容过多，请只保留单位名单后再上传。"))
    for found in read_sheets(opened, []):
        rows = [[cell.text.strip() for cell in row] for row in found.grid.rows]
        for at, row in enumerate(rows[:10]):
            places = {column: _place(row, names) for column, names in NAMES.items()}
            if places["名称"] is None:
                continue
            if len(rows) - at > MOST_ROWS + 1:
                raise Unreadable(_("一张表里的单位过多，请分成几张表上传。"))
            return _lines(rows, at, places)
    raise Unreadable(_("没有找到“名称”一列，请下载模板，按模板的表头填写后再上传。"))


def _place(row: list[str], names: tuple[str, ...]) -> int | None:
    return next((at for at, text in enumerate(row) if text in names), None)


def _lines(rows: list[list[str]], head: int, places: dict[str, int | None]) -> list[UnitLine]:
    def cell(row: list[str], column: str) -> str:
        place = places[column]
        return row[place] if place is not None and place < len(row) else ""

    lines = [
        UnitLine(
            row=at + 1,
            name=cell(row, "名称"),
            parent=cell(row, "上级单位"),
            region=cell(row, "地区"),
            aliases=split_aliases(cell(row, "别名")),
        )
        for at, row in enumerate(rows)
        if at > head and any(cell(row, column) for column in COLUMNS)
    ]
    if not lines:
        raise Unreadable(_("表头下面没有内容，请填写后再上传。"))
    return lines
