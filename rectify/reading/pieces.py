"""The pieces of a running text put in order before they are read: measures with facts of their own, lists that no label
names, headings that only group labels, sections that hold no issues."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Final

from rectify.reading.labels import Label, squeeze
from rectify.reading.lines import Piece, tells_a_problem, trailing_brackets
from rectify.reading.raw import RawMeasure, RawPlan, Value
from rectify.rules.numerals import marker

FOLLOWS_LIST: Final = frozenset({"unit", "deadline", "completion", "progress", "state", "original_deadline"})


def in_order(pieces: list[Piece], plan: RawPlan) -> list[Piece]:
    """The pieces that tell of issues, each label where it belongs; what stands around them goes to the plan."""
    return _own_facts(_with_measures(_drop_groups(_without_general(pieces, plan))))


def is_task(piece: Piece) -> bool:
    if piece.label is None or piece.label.field != "issue":
        return False
    return "任务" in piece.label_text and "问题" not in piece.label_text


def _own_facts(pieces: list[Piece]) -> list[Piece]:
    """措施一：…, 责任单位：…, 措施二：…, 责任单位：…: where measures come again and again under one issue, each with facts
    of its own behind it, these are the measure's."""
    problems = any(p.label and p.label.field == "issue" and "问题" in p.label_text for p in pieces)
    made: list[Piece] = []
    at = 0
    while at < len(pieces):
        runs, size = _run_of_measures(pieces, at, problems)
        if len(runs) < 2:
            runs, size = _list_with_facts(pieces, at)
        if len(runs) < 2:
            made.append(pieces[at])
            at += 1
            continue
        usual = {(p.label.field, p.label.role) for run in runs[:-1] for p in run[1:] if p.label}
        for run in runs:
            head = run[0]
            kept = [p for p in run[1:] if p.label and (p.label.field, p.label.role) in usual]
            number = head.label.number if head.label else None
            values = [Value(p.label, p.text, p.line, p.label_text) for p in kept if p.label]
            measure = RawMeasure(head.text, head.line, number, values)
            made.append(Piece(head.line, "", Label("measure"), head.marker, "", head.label_text, measures=[measure]))
            made.extend(p for p in run[1:] if p not in kept)
        at += size
    return made


def _run_of_measures(pieces: list[Piece], at: int, problems: bool) -> tuple[list[list[Piece]], int]:
    """From `at` on, measures that each stand at once before labels that may be their own, [measure, label, label …]; and
    how many pieces they take."""
    runs: list[list[Piece]] = []
    first = at
    while at < len(pieces):
        head = pieces[at]
        label = head.label
        measure = label is not None and (label.field == "measure" or problems and is_task(head))
        if not measure or not head.text or head.measures:
            break
        end = _past_facts(pieces, at + 1)
        if end == at + 1:
            break
        runs.append(pieces[at:end])
        at = end
    return runs, at - first


def _past_facts(pieces: list[Piece], at: int) -> int:
    while at < len(pieces) and (label := pieces[at].label) and label.field in FOLLOWS_LIST:
        at += 1
    return at


def _list_with_facts(pieces: list[Piece], at: int) -> tuple[list[list[Piece]], int]:
    """整改措施：1.…, 责任单位：…, 2.…, 责任单位：…: the same of a numbered list under one label."""
    label, first = pieces[at].label, at
    if label is None or label.field != "measure" or pieces[at].measures or at + 2 >= len(pieces):
        return [], 0
    begun = marker(pieces[at].text) if pieces[at].text else pieces[at + 1].marker
    if begun is None or begun.value[-1] != 1 or not pieces[at].text and pieces[at + 1].label is not None:
        return [], 0
    at += 0 if pieces[at].text else 1
    runs: list[list[Piece]] = []
    while at < len(pieces):
        item = pieces[at]
        found = begun if not runs else item.marker
        number = begun.value[-1] + len(runs)
        if found is None or runs and item.label is not None or (found.style, found.value[-1]) != (begun.style, number):
            break
        end = _past_facts(pieces, at + 1)
        if end == at + 1 or item.brackets:
            break
        text = item.text[found.end :] if item.label is not None else item.text
        own = Label("measure", number=found.printed)
        runs.append([Piece(item.line, text.strip(), own, found, "", pieces[first].label_text), *pieces[at + 1 : end]])
        at = end
    return runs, at - first


def _with_measures(pieces: list[Piece]) -> list[Piece]:
    """（一）an issue, 整改目标：…, 1.…, 责任领导：…, 2.…: where no label names the measures anywhere, the numbered paragraphs
    behind an issue's goal are its measures; a label is put before the first."""
    if any(piece.label is not None and piece.label.field in ("measure", "measure_progress") for piece in pieces):
        return pieces
    heads = {
        piece.marker.style
        for piece, follower in pairwise(pieces)
        if piece.label is None and piece.marker and follower.label and follower.label.field == "goal"
    }
    put: list[Piece] = []
    last: Piece | None = None  # the label since the last head, once it is the goal
    for piece in pieces:
        if piece.label is not None:
            last = piece if piece.label.field == "goal" or last is not None else None
        elif piece.marker is not None and last is not None:
            goal = marker(last.text)
            if piece.marker.style in heads:
                last = None
            elif piece.marker.value[-1] == 1 and last.text and (goal is None or goal.style != piece.marker.style):
                put.append(Piece(piece.line, "", Label("measure")))
                last = None
        put.append(piece)
    return put if put != pieces else _lists_before_labels(pieces)


def _lists_before_labels(pieces: list[Piece]) -> list[Piece]:
    """（1）a problem, ①…, ②…, 责任领导：…: where nothing calls the measures so, the deepest numbered paragraphs, several of
    which share the labels behind them and stand under a problem each, are the measures; a label is put before the first."""
    runs: list[
        tuple[int, int]
    ] = []  # [first, end) of paragraphs of one numbering, counted up from 1, facts behind the last
    at = 0
    while at < len(pieces):
        first = pieces[at]
        end = at + 1
        if first.label is None and first.marker is not None and first.marker.value[-1] == 1:
            while end < len(pieces) and not pieces[end - 1].brackets and _counts_on(pieces[end - 1], pieces[end]):
                end += 1
            above = pieces[at - 1] if at else None
            under = above is not None and above.label is None and above.marker is not None
            facts = bool(pieces[end - 1].brackets) or end < len(pieces) and pieces[end].label is not None
            if under and facts and not (above and above.brackets):
                runs.append((at, end))
        at = end
    styles = {pieces[at].marker.style for at, _ in runs if pieces[at].marker is not None}  # type: ignore[union-attr]
    heads = {pieces[at - 1].marker.style for at, _ in runs if pieces[at - 1].marker is not None}  # type: ignore[union-attr]
    if len(styles) != 1 or len(heads) != 1 or max(end - at for at, end in runs) < 2:
        return pieces
    problems = [tells_a_problem(pieces[at - 1].text) for at, _ in runs]
    steps = [tells_a_problem(piece.text) for at, end in runs for piece in pieces[at:end]]
    if sum(problems) * len(steps) <= sum(steps) * len(problems) or sum(steps) * 2 >= len(steps):
        return pieces
    firsts = {at for at, _ in runs}
    put: list[Piece] = []
    for at, piece in enumerate(pieces):
        if at in firsts:
            put.append(Piece(piece.line, "", Label("measure")))
        put.append(piece)
    return put


def _counts_on(before: Piece, piece: Piece) -> bool:
    if piece.label is not None or before.marker is None or piece.marker is None:
        return False
    return piece.marker.style == before.marker.style and piece.marker.value[-1] == before.marker.value[-1] + 1


def _drop_groups(pieces: list[Piece]) -> list[Piece]:
    """Headings that only group labels (一、整改任务 before （一）反馈问题：) go; 二、整改时限 before its text stays."""
    kept: list[Piece] = []
    issues = False  # whether one may have begun
    times = Counter(piece.label_text for piece in pieces if piece.label is not None)
    for at, piece in enumerate(pieces):
        after = pieces[at + 1] if at + 1 < len(pieces) else None
        paragraph = after is not None and after.label is None and after.marker is None
        issues = issues or piece.label is not None and (bool(piece.text) or paragraph) or bool(piece.brackets)
        if piece.label is not None and not piece.text and not piece.measures:
            if piece.label.number and after is not None and after.label is not None:
                printed = squeeze(piece.label_text)
                _, brackets = trailing_brackets(piece.label_text, piece.line)
                kept.append(Piece(piece.line, "", None, marker(printed), printed, brackets=brackets))  # 任务一, alone
                continue
            if after is None or piece.label.field in ("group", "contact", "number") and after.label is not None:
                continue
            if after.label is not None and (piece.heading or piece.label.field in ("issue", "progress", "group")):
                continue
            above = pieces[at - 1] if at else None
            under = issues or above is not None and above.label is None and above.marker is not None
            again = under and piece.label.field == "measure" and times[piece.label_text] > 1  # 2.整改措施 of each issue
            told = not issues and piece.label.field in ("progress", "state", "difficulty", "next_step", "remark")
            if piece.heading and after.marker and not again and (told or _labels_follow(pieces, at + 1)):
                # 一、整改任务 over issues that are numbered themselves, 一、整改进展 before any issue: a heading.
                kept.append(Piece(piece.line, piece.label_text, None, piece.marker, piece.label_text))
                continue
        kept.append(piece)
    return kept


def _labels_follow(pieces: list[Piece], at: int) -> bool:
    """Whether issues begin below the numbered paragraph at `at`: labels or parentheses come before its sibling."""
    first = pieces[at].marker
    for piece in pieces[at : at + 8]:
        if piece.brackets:
            return True
        if piece.label is not None:
            return not piece.heading or bool(piece.text)
        if piece is not pieces[at] and (
            piece.marker is None or first is not None and piece.marker.style == first.style
        ):
            return False
    return False


_GENERAL: Final = re.compile(
    r"(?:总体|指导|基本|工作|组织|保障|有关|主要|整改)*(?:指导思想|总体要求|总体目标|总体思路|基本原则|工作原则|工作目标|组织领导|组织保障"
    r"|保障措施|工作要求|工作保障|加强领导|加强组织领导|工作安排|方法步骤|实施步骤|工作步骤|有关要求|严格(?:督查|问责|督导|责任追究)|强化(?:督导|保障|宣传).{0,6})"
    r"(?=$|[。，,：:\s])"
)


def _holds_issues(pieces: list[Piece], ends: list[str]) -> bool:
    """Whether the section that begins here names units or time limits before its next sibling."""
    for piece in pieces:
        if piece.marker is not None and piece.marker.style in ends:
            return False
        if any(value.label.field in ("unit", "deadline") for value in piece.brackets):
            return True
        if piece.label is not None and piece.label.field in ("unit", "deadline", "completion"):
            return True
    return False


def _without_general(pieces: list[Piece], plan: RawPlan) -> list[Piece]:
    """Sections on principles, leadership and safeguards hold no issues: they stand around the plan."""
    kept: list[Piece] = []
    styles: list[str] = []  # the numbering styles met so far, outermost first
    skip_until: set[str] = set()
    labels = Counter(piece.label_text for piece in pieces if piece.label is not None)
    for at, piece in enumerate(pieces):
        style = piece.marker.style if piece.marker else None
        if skip_until:
            if style is None or style not in skip_until:
                plan.around.append((piece.printed or piece.text, piece.line))
                continue
            skip_until = set()
        if style is not None and style not in styles:
            styles.append(style)
        words = piece.label_text if piece.label is not None else piece.text
        if (
            style is not None
            and _GENERAL.match(words)
            and (piece.label is None or len(piece.text) <= 20 and labels[piece.label_text] == 1)
            and not _holds_issues(pieces[at + 1 :], styles[: styles.index(style) + 1])
        ):
            skip_until = set(styles[: styles.index(style) + 1])
            plan.around.append((piece.printed or piece.label_text, piece.line))
            continue
        kept.append(piece)
    return kept
