"""Running text → issues: the label reader for .txt, Word paragraphs, pasted pages and forms drawn as label and value.
Tables with header rows are `tables`; what the values mean is `assemble`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from rectify.reading.breaks import labels_apart, unwrapped
from rectify.reading.labels import Label
from rectify.reading.lines import (
    BULLET,
    LONGEST_LINE,
    Piece,
    apart_from_page,
    cited,
    cut,
    is_residue,
    split_list,
    strip_leading_page,
    title_number,
    unflattened,
    upper_number,
    without_bullet,
)
from rectify.reading.pieces import FOLLOWS_LIST, in_order, is_task
from rectify.reading.raw import Heading, Line, RawIssue, RawMeasure, RawPlan, Value
from rectify.rules.numerals import Marker, marker

TITLE_WORDS: Final = re.compile(
    r"方案|清单|台账|台帐|公示|公告|通报|报告|情况表|汇总表|一览表|整改情况$|计划|措施表|销号|表(?:$|（)"
)
_NOTICE: Final = re.compile(r"公示|公告|销号|验收")
_NUMBERED_TITLE: Final = re.compile(_NOTICE.pattern + "|编号|序号")
_ATTACHMENT: Final = re.compile(r"^(?:附[件表]?|表)\s?[\d一二三四五六七八九十]*(?:[-—－]\d{1,2})?[:：]?\s*$")

_DATE_LINE: Final = re.compile(
    r"\s*(?:20\d{2}|二[〇○零]..)\s?年\s?[\d一二三四五六七八九十]{1,3}\s?月\s?[\d一二三四五六七八九十]{1,3}\s?日\s*"
)
_NOTE: Final = re.compile(r"(?:注|附注)\s?\d?\s?[:：]")  # below a list, of the whole plan
_STATES_TOTAL: Final = re.compile(r"共[^，。；]{0,12}\d+\s?[个项条件]")


def read_lines(lines: list[Line], plan: RawPlan) -> None:
    """Adds the issues found in `lines` to `plan`, and all that is not an issue to its unread lines."""
    pieces: list[Piece] = []
    for line in unwrapped(labels_apart(_without_signature(lines, plan)), plan):
        text = line.text.strip()
        if line.label is not None:
            pieces.append(Piece(line.number, text, line.label, None, text, line.label_text, measures=line.measures))
            continue
        if not text.strip(" |｜\u3000"):
            continue
        if is_residue(text.strip(" |｜")) or _NOTE.match(text):
            plan.unread.append((line.number, text))
            continue
        if len(text) > LONGEST_LINE:
            plan.notes.append(
                f"第{line.number}行超过{LONGEST_LINE // 10_000}万字，后面的内容没有读取，请分行后再上传。"
            )
            plan.unread.append((line.number, text[LONGEST_LINE : LONGEST_LINE + 200]))
            text = text[:LONGEST_LINE]
        text, page = strip_leading_page(text)
        if page:
            plan.unread.append((line.number, page))
        for chunk, of_page in apart_from_page(text):
            if of_page:
                plan.unread.append((line.number, chunk))
                continue
            for part in unflattened(without_bullet(chunk.strip(" \t\u3000|｜"))):
                if is_residue(part):
                    plan.unread.append((line.number, part))
                else:
                    pieces.extend(cut(part, line.number))
    _Reader(plan).read(_title(in_order(pieces, plan), plan))


def _without_signature(lines: list[Line], plan: RawPlan) -> list[Line]:
    """A date alone on its line, and the office's name over it, sign the document."""
    kept: list[Line] = []
    for line in lines:
        if line.label is None and _DATE_LINE.fullmatch(line.text):
            plan.around.append((line.text.strip(), line.number))
            before = next((other for other in reversed(kept) if other.text.strip()), None)
            if (
                before is not None
                and before.label is None
                and re.fullmatch(
                    r"\S{2,24}(?:政府|委员会|办公室|小组|局|党委|党组|县委|市委|省委|区委|厅|整改办)",
                    before.text.strip(),
                )
            ):
                kept.remove(before)
                plan.around.append((before.text.strip(), before.number))
            continue
        kept.append(line)
    return kept


def _title(pieces: list[Piece], plan: RawPlan) -> list[Piece]:
    """Takes the title off the front; attachment lines before it and the lines that only say 截至… go with it."""
    if plan.title is not None:
        return pieces
    words: list[str] = []
    at = 0
    while at < len(pieces) and len(words) < 4:
        piece = pieces[at]
        if piece.label is not None or piece.marker is not None or piece.brackets and not _numbers_only(piece):
            break
        if piece.brackets:
            piece = Piece(piece.line, piece.printed, printed=piece.printed)
        if _ATTACHMENT.match(piece.text):
            plan.around.append((piece.text, piece.line))
            at += 1
            continue
        if len(piece.text) > 90 or piece.text.endswith(("。", "：", ":", "；")):
            break
        if (
            words
            and TITLE_WORDS.search(words[-1])
            and (not re.match(r"[（(]", piece.text) or re.search(r"共\s?\d|截[至止]|\d{4}年\s?\d", piece.text))
        ):
            break
        words.append(piece.text)
        at += 1
    text = "".join(words)
    if words and (TITLE_WORDS.search(text) or at < len(pieces) and len(words) == 1 and len(text) >= 8):
        last_is_issue = at < len(pieces) and pieces[at].label is not None and not TITLE_WORDS.search(text)
        if not last_is_issue:
            plan.title = text
            plan.around.append((text, pieces[at - 1].line))
            while at < len(pieces) and _in_brackets(pieces[at]):
                plan.around.append((pieces[at].printed, pieces[at].line))  # （2024年4月2日审议通过）
                at += 1
            return pieces[at:]
    return pieces


def _in_brackets(piece: Piece) -> bool:
    """（2024年4月2日审议通过）, all of it; not （一）…（责任单位：…）."""
    return piece.label is None and piece.marker is None and re.fullmatch(r"[（(].*[）)]", piece.printed) is not None


def _numbers_only(piece: Piece) -> bool:
    """…情况公示（省序号16）: a number in the title is no parenthesis of an issue."""
    return bool(TITLE_WORDS.search(piece.text)) and all(
        v.label.field in ("number", "upper_number") for v in piece.brackets
    )


@dataclass(slots=True)
class _Reader:
    plan: RawPlan
    issue: RawIssue | None = None
    seen: list[tuple[str, str | None]] = field(default_factory=list)
    first_key: tuple[str, str | None] | None = None
    open: Value | None = None
    list_style: str | None = None
    list_last: int = 0
    pending: list[Piece] = field(default_factory=list)
    stack: list[Heading] = field(default_factory=list)  # the headings above, outermost first
    head: Marker | None = None
    head_styles: set[str] = field(default_factory=set)
    measure: RawMeasure | None = None
    measure_keys: set[tuple[str, str | None]] = field(default_factory=set)
    usual_keys: set[tuple[str, str | None]] = field(default_factory=set)  # the labels that measures carry themselves
    several_lines: bool = False  # the open label stood alone: its value may take several lines
    pieces: list[Piece] = field(default_factory=list)
    at: int = 0
    notice: str | None = None
    for_plan: bool = False
    task_is_measure: bool = False

    def read(self, pieces: list[Piece]) -> None:
        self.pieces = pieces
        self.task_is_measure = _tasks_answer_statements(pieces)
        for at, piece in enumerate(pieces):
            self.at = at
            if piece.label is None:
                self._paragraph(piece)
            else:
                self._label(piece)
        self._finish()
        for issue in self.plan.issues:
            _inherit(issue)

    # ------------------------------------------------------------ paragraphs
    def _paragraph(self, piece: Piece) -> None:
        if piece.brackets and _numbers_only(piece) and piece.marker is None:
            piece = Piece(piece.line, piece.printed, printed=piece.printed)
        if piece.brackets and not (self._in_list(piece) or self._has_parts(piece)):
            self.pending.append(piece)
            self._begin(None)
            assert self.issue is not None
            for value in piece.brackets:
                self._key(value)
            return
        first_of_value = self.open is not None and not self.open.text and not self.pending
        if first_of_value and self.open is not None and self.open.label.field not in ("measure", "measure_progress"):
            self.open.text = piece.printed
            return
        self.pending.append(piece)

    def _in_list(self, piece: Piece) -> bool:
        """Whether a paragraph with a parenthesis is a measure: the next of its list, or the one below 整改措施："""
        return self._continues_list(piece) or not self.pending and self._alone_in_list(piece)

    def _has_parts(self, piece: Piece) -> bool:
        """A problem whose parts below it, ① and ②, are each followed by measures of its own: these are the issues, and
        what its parenthesis says holds for each of them."""
        if piece.marker is None:
            return False
        style, parts = None, 0
        below = self.pieces[self.at + 1 : self.at + 60]
        for part, after in pairwise(below):
            if part.marker is None or part.label is not None:
                continue
            if part.marker.style == piece.marker.style or self._is_heading_style(part.marker):
                break
            style = style or part.marker.style
            led = after.label is not None and after.label.field in ("measure", "goal", "unit")
            if part.marker.style == style and led and part.marker.value[-1] == parts + 1:
                parts += 1
        return parts > 1

    def _continues_list(self, piece: Piece) -> bool:
        """The next item of the open list of measures (read through what is pending)."""
        if self.open is None or self.open.label.field not in ("measure", "measure_progress", "progress"):
            return False
        last, style = self.list_last, self.list_style
        for before in [*self.pending, piece]:
            if before.marker is None:
                if before is piece:
                    return False
                continue
            if style is None:
                style, last = before.marker.style, before.marker.value[-1]
                ok = not self._is_heading_style(before.marker)
            elif before.marker.style == style and before.marker.value[-1] == last + 1:
                last, ok = last + 1, True
            else:
                ok = before.marker.style != style and not self._is_heading_style(before.marker)
            if before is piece or not ok:
                return ok and before is piece
        return False

    def _is_heading_style(self, found: Marker) -> bool:
        if self.head is not None and found.style == self.head.style:
            return True
        return any(heading.style == found.style for heading in self.stack)

    # ------------------------------------------------------------ labels
    def _label(self, piece: Piece) -> None:
        label = piece.label
        assert label is not None
        key = (label.field, label.role)
        value = Value(label, piece.text, piece.line, piece.label_text)
        if piece.marker is not None and self._above_head(piece.marker) and not self._tells_of_one(label):
            self._flush(self.pending)
            self.pending = []
            self._close()
            self.for_plan = True
            self.plan.values.append(value)
            self.open = value
            return
        if label.field == "issue" and (self._issue_is_measure(piece) or self.task_is_measure and is_task(piece)):
            label = Label("measure")
            value = Value(label, piece.text, piece.line, piece.label_text)
            key = ("measure", None)
        if label.field == "contact" and self._contact(value):
            return
        if label.field == "remark" and self._note_on_all(piece):
            self._contact(value)
            return
        if (
            self.issue is None
            or label.field == "number"
            and self._number_begins(key)
            or label.field == "issue"
            and (key in self.seen or self.issue.text and self.pending)
        ):
            self._begin(value)
        elif self._own_label_of_measure(key):
            self._to_measure(value, key)
            return
        elif (
            key in self.seen
            and (self.pending and self._head_in_pending() or not self.pending and self._cycle_restarts(key))
            or self.pending
            and self._new_head_by_number()
        ):
            self._begin(value)
        else:
            self._flush(self.pending)
            self.pending = []
        self._add(value, key)
        assert self.issue is not None
        self.issue.measures.extend(piece.measures)

    def _number_begins(self, key: tuple[str, str | None]) -> bool:
        """受理编号：… begins the next issue, but not behind 序号：3 of the same one, nor where the issues of this file
        begin with their text."""
        if self.seen and self.seen == [key] and not self.pending:
            return False
        if key in self.seen:
            return True
        return ("issue", None) in self.seen and self.first_key != ("issue", None)

    def _note_on_all(self, piece: Piece) -> bool:
        """说明：… at the end, where no issue before the last has a remark: a note on the whole paper."""
        if piece.label_text not in ("说明", "注", "备注") or any(p.label for p in self.pieces[self.at + 1 :]):
            return False
        before = self.plan.issues[:-1]
        return bool(before) and not any(v.label.field == "remark" for issue in before for v in issue.values)

    def _contact(self, value: Value) -> bool:
        """Who reports and whom to ring belongs to no issue; between issues it may still follow a new issue's text."""
        if self.issue is not None and self.pending and self._new_head_by_number():
            return False
        self._flush(self.pending)
        self.pending = []
        if value.text:
            self.plan.around.append((f"{value.printed}：{value.text}", value.line))
        self.open = value
        return True

    def _add(self, value: Value, key: tuple[str, str | None]) -> None:
        assert self.issue is not None
        if key not in self.seen:
            self.seen.append(key)
        self.measure, self.measure_keys = None, set()
        self.several_lines = not value.text
        if value.label.field == "issue" and self.issue.upper_number is None:
            self.issue.upper_number, _ = upper_number(value.printed)
        if value.label.number and not self.issue.number:
            self.issue.number = value.label.number
        self.issue.values.append(value)
        self.open = value
        self.list_style, self.list_last = None, 0
        if value.label.field in ("measure", "measure_progress") and value.text:
            _, items = split_list([(value.text, value.line)])
            if items and items[-1].number is not None:
                found = _last_marker(value.text)
                if found is not None:
                    self.list_style, self.list_last = found.style, found.value[-1]

    def _key(self, value: Value) -> None:
        if (value.label.field, value.label.role) not in self.seen:
            self.seen.append((value.label.field, value.label.role))

    def _issue_is_measure(self, piece: Piece) -> bool:
        """整改任务 is the measure where 问题 is a label of its own."""
        if self.issue is None or "任务" not in piece.label_text:
            return False
        printed = [value.printed for value in self.issue.values if value.label.field == "issue"]
        return any("问题" in text for text in printed) and ("measure", None) not in self.seen

    def _above_head(self, found: Marker) -> bool:
        """A numbered label on the level of a heading above the issues: it belongs to the plan."""
        return any(heading.style == found.style for heading in self.stack)

    def _tells_of_one(self, label: Label) -> bool:
        """二、整改进展 behind the only issue of a notice tells of that issue, not of a plan."""
        top = self.stack[:1]
        return (
            label.field in ("progress", "state") and [issue.headings[:1] for issue in self.plan.issues].count(top) == 1
        )

    def _cycle_restarts(self, key: tuple[str, str | None]) -> bool:
        if key[0] == "issue":
            return True
        assert self.issue is not None
        labelled = ("issue", None) in self.seen
        headless = not self.issue.text and (not labelled or self.seen[0] == key)
        return headless and key == self.first_key and len(set(self.seen)) > 1

    def _own_label_of_measure(self, key: tuple[str, str | None]) -> bool:
        """A label behind one numbered measure: of that measure, where the list goes on after it or measures before it
        had the same label; else of the issue."""
        if key[0] not in FOLLOWS_LIST or self.open is None:
            return False
        if not self.pending:
            return (
                self.measure is not None
                and key not in self.measure_keys
                and (not self.usual_keys or key in self.usual_keys)
            )
        if self.measure is None and self.open.label.field not in ("measure", "measure_progress"):
            return False
        if not self._continues_list(self.pending[-1]):
            return False
        if self.measure is not None:
            return key in self.usual_keys or not self.usual_keys
        items = [piece for piece in self.pending if piece.marker]
        return len(items) == 1 and self.list_style is None and self._list_goes_on(items[0])

    def _list_goes_on(self, item: Piece) -> bool:
        for piece in self.pieces[self.at + 1 : self.at + 12]:
            if piece.label is None:
                return (
                    piece.marker is not None
                    and item.marker is not None
                    and piece.marker.style == item.marker.style
                    and piece.marker.value[-1] == item.marker.value[-1] + 1
                    and not (self.head is not None and piece.marker.style == self.head.style)
                )
            if piece.label.field not in FOLLOWS_LIST:
                return False
        return False

    def _to_measure(self, value: Value, key: tuple[str, str | None]) -> None:
        """Keeps a measure's own value beside the list, by line; the list itself is split later."""
        assert self.issue is not None
        if self.pending:
            self._flush(self.pending)
            self.pending = []
            if self.measure is not None:
                self.usual_keys |= self.measure_keys
            self.measure, self.measure_keys = RawMeasure("", value.line), set()
        self.measure_keys.add(key)
        line = self.issue.paragraphs[-1][1] if self.issue.paragraphs else value.line
        self.issue.measures.append(RawMeasure("", line, None, [value]))

    def _head_in_pending(self) -> bool:
        return not self._continues_list(self.pending[-1])

    def _new_head_by_number(self) -> bool:
        """The last pending paragraph is numbered as the next issue, or on a level above it."""
        last = next((piece for piece in reversed(self.pending) if piece.marker), None)
        if last is None or last.marker is None or self.head is None:
            return bool(self.pending) and self._is_notice(self.pending[-1])
        if last.marker.style == self.head.style:
            if self.list_style == last.marker.style and self._continues_list(last):
                return False
            return last.marker.value > self.head.value or last.marker.value[-1] == 1 and len(self.pending) > 1
        if any(heading.style == last.marker.style for heading in self.stack):
            return True
        return (
            last.marker.style in self.head_styles
            and last.marker.style != self.list_style
            and not self._continues_list(last)
        )

    @staticmethod
    def _is_notice(piece: Piece) -> bool:
        return (
            piece.marker is None
            and bool(_NOTICE.search(piece.text))
            and 8 <= len(piece.text) <= 90
            and not piece.text.endswith(("。", "：", ":", "；", "，"))
            and not re.search(r"异议|公示期间|向社会公示|予以公示|如有|欢迎|请(?!示)", piece.text)
        )

    # ------------------------------------------------------------ issues
    def _begin(self, value: Value | None) -> None:
        """A new issue: what is pending is the rest of the last one, headings, and its text."""
        labelled = value is not None and value.label.field in ("issue", "number")
        mine = before = self._rest_of_last(labelled)
        self._close()
        head: list[Piece] = []
        if not labelled and mine:
            at = len(mine) - 1
            while (
                at > 0
                and mine[at].marker is None
                and not _short_heading(mine[at - 1])
                and not self._is_notice(mine[at - 1])
            ):
                at -= 1
            if mine[at].marker is None and at < len(mine) - 1:
                at = len(mine) - 1
            if value is None or not self._is_notice(mine[at]):
                head, mine = mine[at:], mine[:at]
        elif labelled and mine and mine[-1].marker and _only_number(mine[-1]):
            head, mine = mine[-1:], mine[:-1]  # 第十三项, alone on its line
        issue = RawIssue(line=head[0].line if head else value.line if value else 0)
        self._headings(mine, head[0].marker if head else None, issue)
        if head:
            first = head[0]
            self._place(first.marker)
            if labelled:
                issue.upper_number = cited(first.text)
            else:
                issue.text = "\n".join([first.text, *(piece.printed for piece in head[1:])]).strip()
            issue.number = first.marker.printed if first.marker else None
            if value is not None and value.label.field == "number" and value.text and not first.text:
                issue.number = None  # 【3】 over 受理编号：…: only the place in the paper
            issue.brackets = [bracket for piece in head for bracket in piece.brackets]
            self.head = first.marker
            if first.marker:
                self.head_styles.add(first.marker.style)
        else:
            self.head = None
        issue.headings = list(self.stack)
        issue.categories = [heading.text for heading in self.stack]
        if self.notice:
            issue.title = self.notice
            number, upper = title_number(self.notice)
            issue.number = number or issue.number
            issue.upper_number = upper
        elif labelled and self.plan.title and not self.plan.issues and _NUMBERED_TITLE.search(self.plan.title):
            issue.title = self.plan.title
            number, issue.upper_number = title_number(self.plan.title)
            issue.number = issue.number or number
        if labelled and issue.number is None and value is not None and value.label.field == "issue":
            issue.number = self._number_of_label()
            above = before[-1] if before else None
            if issue.number is None and above is not None and above.marker is None and len(above.text) <= 30:
                issue.number, _ = title_number(above.text)
        self.issue = issue
        self.plan.issues.append(issue)
        self.seen = []
        self.first_key = None if value is None else self.first_key or (value.label.field, value.label.role)
        self.pending = []
        self.for_plan = False
        self.notice = None

    def _number_of_label(self) -> str | None:
        """1.反馈问题：… is issue 1, where its other labels carry no number of the same kind."""
        mine = self.pieces[self.at].marker
        after = next((piece for piece in self.pieces[self.at + 1 :] if piece.label is not None), None)
        if mine is None or after is None or after.marker is not None and after.marker.style == mine.style:
            return None
        return mine.printed

    def _place(self, found: Marker | None) -> None:
        """Headings of the issue's own style or below it are over when the next issue begins."""
        if found is None:
            return
        for at, heading in enumerate(self.stack):
            if heading.style == found.style:
                del self.stack[at:]
                return

    def _alone_in_list(self, piece: Piece) -> bool:
        """Behind 整改措施：, alone on its line, the next paragraph is a measure; the issue that follows has a label."""
        target = self.open
        if target is None or target.text or target.label.field not in ("measure", "measure_progress", "progress"):
            return False
        written = self.issue is not None and bool(self.issue.paragraphs)
        return not written and (piece.marker is None or not self._is_heading_style(piece.marker))

    def _rest_of_last(self, labelled: bool) -> list[Piece]:
        """Gives the front of what is pending to the open list of the last issue; returns what belongs to the next."""
        pending, taken = self.pending, 0
        if self.issue is not None or self.for_plan:
            style, last = self.list_style, self.list_last
            in_list = self.open is not None and self.open.label.field in (
                "measure",
                "measure_progress",
                "progress",
                "goal",
                "issue",
            )
            for at, piece in enumerate(pending):
                if at == 0 and labelled and self._alone_in_list(piece):
                    taken = 1
                    if piece.marker:
                        style, last = piece.marker.style, piece.marker.value[-1]
                elif piece.marker is None and in_list and BULLET.match(piece.printed):
                    taken = at + 1  # ——…, one of the list's
                elif piece.marker is None:
                    if at == len(pending) - 1 or not in_list or self._is_notice(piece) or _short_heading(piece):
                        break
                    taken = at + 1
                elif style is None and in_list and at < len(pending) - 1 and not self._is_heading_style(piece.marker):
                    style, last, taken = piece.marker.style, piece.marker.value[-1], at + 1
                elif style is not None and piece.marker.style == style and piece.marker.value[-1] == last + 1:
                    if at == len(pending) - 1 and self.head is not None and self.head.style == style:
                        break
                    last, taken = last + 1, at + 1
                elif (
                    style is not None
                    and not self._is_heading_style(piece.marker)
                    and piece.marker.style != style
                    and at < len(pending) - 1
                ):
                    taken = at + 1
                else:
                    break
        self._flush(pending[:taken])
        return pending[taken:]

    def _headings(self, pieces: list[Piece], head: Marker | None, issue: RawIssue) -> None:
        for at, piece in enumerate(pieces):
            follower = pieces[at + 1].marker if at + 1 < len(pieces) else head
            if piece.marker is None:
                if self._is_notice(piece):
                    self.notice = piece.text
                    self.stack = []
                elif (
                    _short_heading(piece)
                    or len(piece.text) <= 40
                    and not piece.text.endswith(("。", "：", ":", "，", "；"))
                    and not _STATES_TOTAL.search(piece.text)
                ):
                    self.stack = [] if _ATTACHMENT.match(piece.text) else [Heading("", piece.text, None, piece.line)]
                    self.plan.around.append((piece.printed, piece.line))
                else:
                    self._aside(piece)
                continue
            if (
                follower is not None
                and head is not None
                and follower.style == piece.marker.style == head.style
                and self._alone(piece, follower)
            ):
                self._place(piece.marker)
                lone = self._bare_issue(piece)
                self.plan.issues.append(lone)
                continue
            self._place(piece.marker)
            heading = Heading(piece.marker.style, piece.text, piece.marker.printed, piece.line, tuple(piece.brackets))
            self.stack.append(heading)
            self.plan.around.append((piece.printed, piece.line))

    def _bare_issue(self, piece: Piece) -> RawIssue:
        """An issue of which the file says nothing but its text."""
        number = piece.marker.printed if piece.marker else None
        categories = [heading.text for heading in self.stack]
        return RawIssue(piece.text, piece.line, number, None, categories, list(self.stack))

    def _alone(self, piece: Piece, follower: Marker) -> bool:
        """（一）A。 before （二）B: an issue without any field."""
        assert piece.marker is not None
        return (
            bool(self.plan.issues)
            and follower.value[-1] == piece.marker.value[-1] + 1
            and piece.marker.style in self.head_styles
        )

    def _aside(self, piece: Piece) -> None:
        self.plan.around.append((piece.printed, piece.line))

    # ------------------------------------------------------------ values and ends
    def _flush(self, pieces: list[Piece]) -> None:
        """Paragraphs behind a label belong to it where it takes several lines; else they are unread."""
        for piece in pieces:
            target = self.open
            if target is None:
                self._aside(piece)
                if self.issue is not None or not piece.marker and self.plan.issues:
                    self.plan.unread.append((piece.line, piece.printed))
                continue
            kind = target.label.field
            if self.issue is not None and kind in ("measure", "measure_progress"):
                self.issue.paragraphs.append((_with_brackets(piece), piece.line))
                if piece.marker and (self.list_style is None or piece.marker.style == self.list_style):
                    self.list_style, self.list_last = piece.marker.style, piece.marker.value[-1]
            elif (
                self.issue is not None
                and piece.marker
                and kind in ("unit", "deadline", "completion")
                and target.text
                and not self._has("measure")
            ):
                self.issue.paragraphs.append((_with_brackets(piece), piece.line))
            elif (
                not target.text
                or self.several_lines
                and not piece.marker
                or kind in ("goal", "issue", "progress", "difficulty", "next_step", "remark")
                or self.for_plan
            ):
                target.text = f"{target.text}\n{_with_brackets(piece)}".strip()
            else:
                self.plan.unread.append((piece.line, piece.printed))

    def _has(self, name: str) -> bool:
        return any(key[0] == name for key in self.seen)

    def _close(self) -> None:
        self.issue = None
        self.usual_keys, self.several_lines = set(), False
        self.open = None
        self.measure, self.measure_keys = None, set()
        self.list_style, self.list_last = None, 0

    def _finish(self) -> None:
        """At the end: the rest of the last list; numbered lines in the issues' style are issues without fields."""
        if not self.pending:
            return
        if self.issue is None and not self.for_plan:
            self._only_numbers()
            return
        if self.for_plan and self.open is not None and self.open.label.field not in ("deadline", "completion"):
            self._flush(self.pending)  # 三、下步打算, and what it lists
            return
        marked = [piece for piece in self.pending if piece.marker]
        tail: list[Piece] = []
        for at, piece in enumerate(self.pending):
            heading = (
                piece.marker and self._is_heading_style(piece.marker) and not self._continues(self.pending[:at], piece)
            )
            if heading or self._is_notice(piece):
                tail = self.pending[at:]
                self.pending = self.pending[:at]
                break
        self._flush(self.pending)
        for piece in tail:
            if (
                piece.marker
                and self.head
                and piece.marker.style == self.head.style
                and piece in marked
                and len(piece.text) > 4
            ):
                self.plan.issues.append(self._bare_issue(piece))
            else:
                self._aside(piece)
                self.plan.unread.append((piece.line, piece.printed))

    def _continues(self, before: list[Piece], piece: Piece) -> bool:
        self_pending, self.pending = self.pending, before
        try:
            return self._continues_list(piece)
        finally:
            self.pending = self_pending

    def _only_numbers(self) -> None:
        """No label anywhere: the deepest numbered level is the list, its headings stand above it."""
        marked = [piece for piece in self.pending if piece.marker]
        styles = [piece.marker.style for piece in marked if piece.marker]
        if not styles:
            for piece in self.pending:
                self._aside(piece)
                self.plan.unread.append((piece.line, piece.printed))
            return
        order = list(dict.fromkeys(styles))
        markers = [piece.marker for piece in self.pending]
        following: Marker | None = None
        followers: list[Marker | None] = []
        for found in reversed(markers):
            followers.append(following)
            following = found or following
        followers.reverse()
        for at, piece in enumerate(self.pending):
            if piece.marker is None:
                self._aside(piece)
                continue
            following = followers[at]
            deeper = following is not None and order.index(following.style) > order.index(piece.marker.style)
            self._place(piece.marker)
            if deeper:
                self.stack.append(Heading(piece.marker.style, piece.text, piece.marker.printed, piece.line))
                self._aside(piece)
            else:
                self.plan.issues.append(self._bare_issue(piece))


def _tasks_answer_statements(pieces: list[Piece]) -> bool:
    """第1项 物业资金监管不严。 | 整改任务：…: where numbered sentences stand before every 整改任务 and nothing else is
    called a measure, the sentences are the issues and the tasks their measures."""
    if any(piece.label is not None and piece.label.field in ("measure", "measure_progress") for piece in pieces):
        return False
    above = [pieces[at - 1] for at, piece in enumerate(pieces) if at and is_task(piece)]
    stated = [
        piece
        for piece in above
        if piece.label is None and piece.marker is not None and len(piece.text) >= 6 and piece.text.endswith("。")
    ]
    styles = {piece.marker.style for piece in stated if piece.marker}
    return len(stated) >= 2 and len(stated) == len(above) and len(styles) == 1


def _only_number(piece: Piece) -> bool:
    """第十三项; 任务6（自查发现）; （一）某环督〔2021〕3号第5项: a line that only numbers the issue below it."""
    text = piece.text.strip(" 。：:")
    return not text or cited(text) is not None or bool(re.fullmatch(r"[（(][^（()）]{1,20}[）)]", text))


def _short_heading(piece: Piece) -> bool:
    return (
        len(piece.text) <= 30
        and not piece.text.endswith(("。", "；", "！"))
        and bool(re.search(r"(?:方面|领域|问题|内容|任务|清单|部分|类)$", piece.text))
    )


def _with_brackets(piece: Piece) -> str:
    return piece.printed


def _last_marker(text: str) -> Marker | None:
    found = None
    for match in re.finditer(r"[。；;：:\n]\s*|^", text):
        found = marker(text, match.end()) or found
    return found


def _inherit(issue: RawIssue) -> None:
    """What the parenthesis of the heading above says, where the issue says nothing of the kind itself."""
    own = {value.label.field for value in [*issue.brackets, *issue.values]}
    for heading in reversed(issue.headings):
        if heading.brackets:
            issue.brackets = [*issue.brackets, *(v for v in heading.brackets if v.label.field not in own)]
            return
