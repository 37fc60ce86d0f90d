"""A file becomes a PlanDraft: what is in the plan or ledger, what must be asked, what was not understood.
`read` works in this process, `read_apart` in a child with limits. The database, the units it knows and the person who
answers are elsewhere."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rectify import memory
from rectify.reading import form, legacy, sheets, word
from rectify.reading.assemble import assemble
from rectify.reading.draft import PlanDraft, SheetDraft, Unread
from rectify.reading.grid import Cell
from rectify.reading.opening import LARGEST_FILE, OLE, Opened, Unreadable, open_file, refuse_many_lines
from rectify.reading.pasted import unflatten
from rectify.reading.raw import Line, RawIssue, RawPlan
from rectify.reading.tables import TableReader, is_note
from rectify.reading.text import read_lines
from rectify.rules import plan_form
from rectify.rules.numerals import marker

__all__ = ["LARGEST_FILE", "PlanDraft", "Unreadable", "read", "read_apart"]

log = logging.getLogger(__name__)

SECONDS: Final = 60
MEMORY: Final = 1536 * 1024 * 1024
UNREADABLE_STATUS: Final = 3
_OURS: Final = (plan_form.EXAMPLE, plan_form.HOW_TO)
_MOST_OUTPUT: Final = 200 * 1024 * 1024


def read(data: bytes, name: str, sheets: Sequence[str] = ()) -> PlanDraft:
    """Reads a plan or ledger (.txt .csv .tsv .docx .xlsx .xls, recognised by content; .doc and .wps where LibreOffice
    is installed), of a workbook the `sheets` of these names, by default all that are not hidden. Raises only
    Unreadable."""
    data, notes = _modern(data, name)
    opened = open_file(data, name)
    if sheets and opened.kind not in ("xlsx", "xls"):
        raise Unreadable("只有Excel工作簿可以选择工作表，这个文件请不选工作表再读取。")
    plan = RawPlan(notes=[*notes, *opened.notes])
    try:
        with memory.uncollected():
            lines, own = _read(opened, name, plan, sheets)
            draft = own or assemble(plan)
            del plan  # before the collector wakes up and goes through all that is there
    except RecursionError as error:
        raise Unreadable("文件的层次过深，无法读取，请重新另存后再上传。") from error
    except MemoryError as error:
        raise Unreadable("文件内容过多，读取时内存不足，请拆成几个文件后再上传。") from error
    if not any(line.strip() for line in lines):
        raise Unreadable("文件里没有文字，可能只有图片，请上传有文字的Word、Excel或文本文件。")
    draft.file_kind, draft.encoding, draft.source_lines = opened.kind, opened.encoding, lines
    draft.sheets = opened.sheets
    return draft


def _modern(data: bytes, name: str) -> tuple[bytes, list[str]]:
    """An old Word file as .docx with a note that says so; any other file as it is."""
    if not data.startswith(OLE) or open_file(data, name, old_word=True).kind != "doc":
        return data, []
    return legacy.to_docx(data), [legacy.NOTE]


def _read(opened: Opened, name: str, plan: RawPlan, chosen: Sequence[str]) -> tuple[list[str], PlanDraft | None]:
    """The source lines, and the draft where the file is our own form; else `plan` holds what was found."""
    if opened.kind == "text":
        return _read_text(opened.text, name, plan)
    if opened.kind == "docx":
        return _read_word(opened, plan)
    return _read_sheets(opened, plan, chosen)


_DOUBTFUL: Final = "这一行的格子与表头对不齐，归入各列可能有误，请对照原文核对。"


def _read_text(text: str, name: str, plan: RawPlan) -> tuple[list[str], PlanDraft | None]:
    source = text.split("\n")
    reader = TableReader(plan)
    grid = sheets.separated(text, name)
    if grid is not None:
        own = form.draft_of(grid, [])
        if own is not None:
            own.notes += plan.notes
            return source, own
        lines = reader.read(grid)
        if lines:
            read_lines(lines, plan)
        return source, None
    pasted = unflatten([(line, number) for number, line in enumerate(source, 1)])
    if pasted is not None:
        grid = pasted.grid
        plan.unread.extend((number, text) for text, number in pasted.left)
        plan.around.extend(pasted.left)
        plan.notes.append("表格是一格一行粘贴的，各格按内容归入各列，请核对。")
        plan.questions.extend((f"序号{row}", _DOUBTFUL) for row in pasted.doubtful)
        rows = [[Cell(text.strip(), number, (-1 - at, 0))] for at, (text, number) in enumerate(pasted.above)]
        width = len(grid.rows[0])
        rows = [[row[0]] * width for row in rows]
        grid.rows[:0] = rows
        lines = reader.read(grid)
        if lines:
            read_lines(lines, plan)
        return source, None
    read_lines([Line(line, number) for number, line in enumerate(source, 1)], plan)
    return source, None


def _form_in_word(blocks: list[word.Block], plan: RawPlan) -> tuple[list[str], PlanDraft] | None:
    """A document whose first table is our form, the title and totals over it; an example behind it is left out."""
    at, (rows, source) = next((at, block) for at, block in enumerate(blocks) if not isinstance(block, str))
    above = [block for block in blocks[:at] if isinstance(block, str)]
    own = form.draft_of(word.grid_of(rows, len(above) + 1), [line for line in above if line.strip()])
    if own is None:
        return None
    lines = [*above, *source]
    tables = 0
    for block in blocks[at + 1 :]:
        if isinstance(block, str) and block.startswith(plan_form.EXAMPLE):
            break
        if not isinstance(block, str):
            tables += 1
            continue
        lines.append(block)
        if block.strip():
            own.unread.append(Unread(len(lines), block.strip()))
    own.notes += [*plan.notes, *([f"文件里另有{tables}个表格没有读取，请核对。"] if tables else [])]
    return lines, own


def _read_word(opened: Opened, plan: RawPlan) -> tuple[list[str], PlanDraft | None]:
    blocks = list(word.read_word(opened))
    refuse_many_lines(len(blocks))
    if all(isinstance(block, str) for block in blocks):
        return _read_text("\n".join(block for block in blocks if isinstance(block, str)), "", plan)
    whole = _form_in_word(blocks, plan)
    if whole is not None:
        return whole
    source: list[str] = []
    reader = TableReader(plan)
    waiting: list[Line] = []
    for block in blocks:
        if isinstance(block, str):
            source.append(block)
            waiting.append(Line(block, len(source)))
            continue
        rows, texts = block
        grid = word.grid_of(rows, len(source) + 1)
        source.extend(texts)
        before = len(plan.issues)
        above = [line for line in waiting if line.text.strip()]
        lines = reader.read(grid, under_text=_may_tell_an_issue(above))
        if lines is not None:
            waiting.extend(lines)
        elif above:
            # The paragraphs over a table stand before its issues.
            made = plan.issues[before:]
            del plan.issues[before:]
            _above_table(above, plan, made)
            plan.issues.extend(made)
            waiting = []
    if any(issue.in_table for issue in plan.issues):
        notes = [line for line in waiting if line.label is None and is_note(line.text.strip())]
        plan.around.extend((line.text.strip(), line.number) for line in notes)
        plan.unread.extend((line.number, line.text.strip()) for line in notes)
        waiting = [line for line in waiting if line not in notes]
    if any(line.text.strip() for line in waiting):
        read_lines(waiting, plan)
    return source, None


def _may_tell_an_issue(lines: list[Line]) -> bool:
    """Whether a label or a number begins one of the lines above a table, other than a table of measures."""
    return any(line.label is not None and not line.measures or marker(line.text.strip()) for line in lines[-12:])


def _above_table(lines: list[Line], plan: RawPlan, made: list[RawIssue]) -> None:
    """Title, introduction and headings over a table; issues that stand there as text are read as such."""
    if any(line.label for line in lines) or len(lines) > 12:
        read_lines(lines, plan)
        return
    probe = RawPlan(title=plan.title)
    read_lines(lines, probe)
    if any(issue.values or issue.brackets or issue.paragraphs for issue in probe.issues):
        read_lines(lines, plan)
        return
    plan.title = plan.title or probe.title
    plan.around.extend((line.text.strip(), line.number) for line in lines)
    heading = lines[-1].text.strip()
    if len(heading) <= 40 and heading != plan.title and not heading.endswith(("。", "表", "清单", "：", "）")):
        for issue in made:
            issue.categories = issue.categories or [heading]


def _read_sheets(opened: Opened, plan: RawPlan, chosen: Sequence[str]) -> tuple[list[str], PlanDraft | None]:
    source: list[str] = []
    found = sheets.read_sheets(opened, plan.notes, chosen)
    if not found:
        raise _nothing_in(opened.sheets, chosen)
    if not chosen:
        hidden = [sheet.name for sheet in opened.sheets if sheet.hidden and sheet.rows]
        plan.notes += [f"工作表“{name}”是隐藏的，没有读取；如属于本方案，请选择读取它。" for name in hidden]
    own = _forms_in(found, plan, chosen)
    if own is not None:
        return [line for one in found for line in one.lines], own
    readers: list[tuple[sheets.Sheet, RawPlan, list[Line] | None]] = []
    further: set[str] = set()  # sheets that tell more of another sheet's issues
    for sheet in found:
        part = RawPlan()
        told = [issue for _, before, _ in readers for issue in before.issues]
        reader = TableReader(part, parts=len(found) > 1, told=told)
        lines = reader.read(sheet.grid)
        source.extend(sheet.lines)
        if reader.further:
            further.add(sheet.name)
        readers.append((sheet, part, lines))
    with_issues = [part for _, part, _ in readers if part.issues]
    for sheet, part, lines in readers:
        if not part.issues and lines is not None and not with_issues:
            read_lines(lines, part)
        sheet.about.read = bool(part.issues) or not with_issues or sheet.name in further
        if part.issues or not with_issues:
            _take(plan, part)
        elif not sheet.about.read:
            plan.notes.append(f"工作表“{sheet.name}”里没有问题清单，没有读取。")
            plan.around.extend(part.around)
    if len(with_issues) <= 1:
        for issue in plan.issues:
            issue.part = issue.part if len(with_issues) > 1 else None
    return source, None


def _forms_in(found: list[sheets.Sheet], plan: RawPlan, chosen: Sequence[str]) -> PlanDraft | None:
    """The draft of a workbook with sheets in our own form, which are its parts; the other sheets are left out, and said."""
    ours = [sheet for sheet in found if chosen or sheet.name not in _OURS]
    parts = [(sheet, part) for sheet in ours if (part := form.draft_of(sheet.grid, [])) is not None]
    if not parts:
        return None
    (_, own), *others = parts
    for sheet, part in parts:
        sheet.about.read = True
        for issue in part.issues if others else ():
            issue.part = issue.part or sheet.name
    for _, part in others:
        own.take(part)
    left = [sheet.name for sheet in found if not sheet.about.read and sheet.name not in _OURS]
    own.notes += [*plan.notes, *(f"工作表“{name}”没有读取。" for name in left)]
    return own


def _nothing_in(there: list[SheetDraft], chosen: Sequence[str]) -> Unreadable:
    """Why no sheet of a workbook can be read."""
    if chosen:
        return Unreadable("所选的工作表%(chosen)s里没有内容，请另选。", chosen=sheets.quoted(chosen))
    hidden = [sheet.name for sheet in there if sheet.hidden and sheet.rows]
    if hidden:
        return Unreadable(
            "工作簿里看得见的工作表都是空的，内容在隐藏的工作表%(hidden)s里，请取消隐藏后再上传。",
            hidden=sheets.quoted(hidden),
        )
    return Unreadable("工作簿里没有内容，请检查是否选错了文件。")


def _take(plan: RawPlan, part: RawPlan) -> None:
    plan.title = plan.title or part.title
    plan.issues.extend(part.issues)
    plan.values.extend(part.values)
    plan.around.extend(part.around)
    plan.totals.extend(part.totals)
    plan.unread.extend(part.unread)
    plan.questions.extend(part.questions)
    plan.notes.extend(part.notes)


def read_apart(data: bytes, name: str, sheets: Sequence[str] = ()) -> PlanDraft:
    """`read` in a child process with limits on memory and time; what happens there cannot harm this one."""
    if len(data) > LARGEST_FILE:
        open_file(data, name)
    data, notes = _modern(data, name)  # LibreOffice is apart already, and the child may start nothing
    package = str(Path(__file__).resolve().parents[2])
    command = [
        sys.executable,
        "-m",
        "rectify.reading",
        "--apart",
        name[-200:].replace("\0", "") or "plan",
        json.dumps(list(sheets)),
    ]
    environment = {"PYTHONPATH": package, "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module; the name is an argument, never a shell word
            command, input=data, capture_output=True, timeout=SECONDS, env=environment, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("读取超过%(most)s秒仍未完成，已停止，请拆成几个文件后再上传。", most=SECONDS) from error
    if len(done.stdout) <= _MOST_OUTPUT:
        try:
            answer = json.loads(done.stdout.decode("utf-8"))
            if done.returncode == UNREADABLE_STATUS:
                raise Unreadable.from_json(answer["unreadable"])
            if done.returncode == 0:
                draft = PlanDraft.from_json(answer)
                draft.notes[:0] = notes
                return draft
        except (ValueError, KeyError, TypeError):
            pass
    log.error(
        "a file could not be read, status %s: %s", done.returncode, done.stderr[-2000:].decode("utf-8", "replace")
    )
    raise Unreadable("读取文件时内存或时间超限，已停止，请删去多余内容、另存后再上传。")
