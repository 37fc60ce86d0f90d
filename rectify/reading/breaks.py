"""Lines as they were written: what a page prints between them goes, and a sentence broken at the page's edge is joined."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Final

from rectify.reading.labels import Label, classify
from rectify.reading.lines import is_residue, label_spots, of_pages, without_bullet
from rectify.reading.raw import Line, RawPlan
from rectify.rules.numerals import marker

_ENDS: Final = tuple("。；;：:！!？?）)”》】|｜")
_SENTENCE_ENDS: Final = tuple("。；;：:！!？?|｜")


_SENTENCES: Final = re.compile(r"(?=[\s\S]{120})(?:[^。；;]{1,400}[。；;]){2}")


def _width(text: str) -> int:
    """Columns that a line takes on paper: a Chinese character takes two."""
    return sum(1 if char.isascii() else 2 for char in text)


def unwrapped(lines: list[Line], plan: RawPlan) -> list[Line]:
    """Paragraphs broken at the edge of a page (copied from a PDF or a mail) put together again: many lines end without
    punctuation just where the longest end, and the next one begins with neither number nor label. What the page itself
    prints may stand between them."""
    printed = of_pages([line.text if line.label is None else "" for line in lines])
    plan.unread.extend((lines[at].number, lines[at].text.strip()) for at in sorted(printed))
    for at, line in enumerate(lines):
        if {at - 1, at + 1} & printed and not line.text.strip() and line.label is None:
            printed.add(at)  # the space between a page and what it prints
    lines = [line for at, line in enumerate(lines) if at not in printed]
    if not lines:
        return []
    texts = [line.text.strip() for line in lines]
    runs_on = [line.label is None and _runs_on(after) for line, after in zip(lines, [*lines[1:], None], strict=True)]
    ends_open = [goes_on and _is_open(text) for goes_on, text in zip(runs_on, texts, strict=True)]
    full = _full(lines)
    if sum(full) >= max(8, 0.8 * sum(map(bool, texts))) and all(line.label is None for line in lines):
        # Without any break of its own, and then broken at the edge.
        return [replace(lines[0], text="".join(texts))]
    if sum(open_end and whole for open_end, whole in zip(ends_open, full, strict=True)) >= 2:
        broken = _broken(lines, runs_on, full)
    else:
        # A page that lost its breaks may have kept some in the middle of a sentence.
        broken = [
            open_end and _SENTENCES.match(text) is not None for open_end, text in zip(ends_open, texts, strict=True)
        ]
    joined: list[Line] = []
    open_end = False
    for line, goes_on in zip(lines, broken, strict=True):
        if open_end:
            joined[-1] = replace(joined[-1], text=joined[-1].text.rstrip() + line.text.strip())
        else:
            joined.append(line)
        open_end = goes_on
    return joined


def _broken(lines: list[Line], runs_on: list[bool], full: list[bool]) -> list[bool]:
    """Which lines of a text known to be broken at its edge go on in the next one. In such a text a bracket that closes at
    the edge ends nothing, what stands in an open bracket goes on whatever its words are, and no bracket begins a line."""
    begins = Counter(_bare_label(line) for line in lines)
    broken: list[bool] = []
    depth, first = 0, True  # of brackets open at the end of the line; nothing but the title so far
    for at, line in enumerate(lines):
        text = line.text.strip()
        depth = _open_brackets(text, depth if broken and broken[-1] else 0)
        after = lines[at + 1] if at + 1 < len(lines) else Line("", 0)
        follows = after.text.strip()
        if line.label is not None or after.label is not None or not full[at] or not follows:
            broken.append(False)
        elif marker(follows) is None and (depth or follows[0] in "（(" and not first):
            broken.append(True)
        elif begins[words := _bare_label(after)] == 1 and words:
            # 明确9项 | 整改任务。 are words that only chance put there; a label comes again, or stands alone.
            broken.append(not text.endswith(_ENDS) and (words != follows or first))
        else:
            broken.append(runs_on[at] and not text.endswith(_SENTENCE_ENDS))
        first = first and (broken[-1] or not text)
    return broken


def _bare_label(line: Line) -> str:
    """The label without a colon that a line begins with: 整改时限 of 整改时限。2024年底."""
    text = line.text.strip()[:40]
    spots = label_spots(text) if line.label is None else []
    return (
        text[: spots[0][1]].strip("。 ") if spots and spots[0][0] == 0 and text[spots[0][1] - 1] not in ":：】" else ""
    )


def _open_brackets(text: str, depth: int) -> int:
    for char in text:
        depth = depth + 1 if char in "（(" else max(0, depth - 1) if char in "）)" else depth
    return depth


def _full(lines: list[Line]) -> list[bool]:
    """Which lines reach the edge of the page, where the text has one: counted in columns, or in characters. A line
    may fall short of it by what must not begin the next (a comma), and two lines by the way may be longer."""
    texts = [line.text.strip() if line.label is None else "" for line in lines]
    widths = sorted(_width(text) for text in texts if text)
    if len(widths) < 8:
        return [False] * len(lines)
    edge = next((width for width in widths[:-4:-1] if widths.count(width) > 1), widths[-1])
    if not 30 <= edge <= 120:
        return [False] * len(lines)
    most = max(len(text) for text in texts if _width(text) <= edge)
    return [_width(text) >= edge - 4 or len(text) >= most - 1 for text in texts]


def _is_open(text: str) -> bool:
    """Whether a sentence goes on behind the line: nothing ends it, or a parenthesis is open (…；责任单位：)."""
    opened = text.count("（") + text.count("(") > text.count("）") + text.count(")")
    return opened or not text.endswith(_ENDS)


def _runs_on(line: Line | None) -> bool:
    if line is None or line.label is not None or not line.text.strip():
        return False
    text = without_bullet(line.text.strip())
    return marker(text) is None and all(start > 0 for start, _, _ in label_spots(text[:40]))


_BARE: Final = re.compile(r"(?:(?<=[\s。；])|^)(?P<label>[\u4e00-\u9fff（）()]{2,10})[ \u3000](?=\S)")


def labels_apart(lines: list[Line]) -> list[Line]:
    """… 主责单位 市水务集团 协办单位 北城区人民政府 办结时限 2024年9月 …: a page that lost its breaks and colons. Where labels
    stand between single spaces all through a text, each begins a line, with its colon."""
    found = [label for line in lines for _, label in _bare_labels(line)]
    if len(found) < 12 or len({label.field for label in found}) < 4:
        return lines
    apart: list[Line] = []
    printed: list[Line] = []  # by the page
    for line in lines:
        spots = _bare_labels(line)
        starts = [0, *(match.start() for match, _ in spots), len(line.text)]
        ends = {match.start(): match for match, _ in spots}
        parts = []
        for start, stop in pairwise(starts):
            match = ends.get(start)
            text = f"{match['label']}：{line.text[match.end() : stop]}" if match else line.text[start:stop]
            parts.append(text.strip())
        parts = [part for part in parts if part]
        if is_residue(line.text.strip()):
            printed.append(line)
            continue
        if apart and parts and spots and ends.get(0) is None and not apart[-1].text.endswith(_SENTENCE_ENDS):
            apart[-1] = replace(apart[-1], text=apart[-1].text + parts.pop(0))  # a page ended inside the sentence
        apart += [replace(line, text=part) for part in parts]
    return [*apart, *printed]


def _bare_labels(line: Line) -> list[tuple[re.Match[str], Label]]:
    if line.label is not None:
        return []
    matches = [(match, classify(match["label"])) for match in _BARE.finditer(line.text)]
    return [(match, label) for match, label in matches if label is not None and label.state is None]
