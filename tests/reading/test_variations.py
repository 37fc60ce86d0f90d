"""The same plan, typed otherwise: spaces in labels, other colons, page residue, no breaks, as a Word file."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import docx
import pytest

from rectify.reading import read
from tests.reading.labels_of import PLANS

PLAIN = {
    name: (PLANS / name).read_bytes().decode(encoding).removeprefix("\ufeff")
    for name, encoding in {
        "plan_with_general_part.txt": "utf-8",
        "measures_with_parentheses.txt": "utf-8",
        "numbered_labels_utf16.txt": "utf-16",
        "two_notices_with_numbers.txt": "utf-8",
        "total_counts_the_headings.txt": "utf-8",
        "measures_without_issues.txt": "utf-8",
        "notice_number_in_title.txt": "utf-8",
        "brackets_for_numbers.txt": "utf-8",
    }.items()
}
LABELS = "责任单位|整改目标|整改措施|整改时限|完成时限|责任领导|牵头单位|督导单位|督办单位|责任部门|牵头领导"
AT_START = re.compile(rf"(?m)^({LABELS})：")


def as_word(text: str) -> bytes:
    document = docx.Document()
    for line in text.split("\n"):
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def with_residue(text: str) -> str:
    lines = [f"{line}\n— {number // 7} —" if number % 7 == 6 else line for number, line in enumerate(text.split("\n"))]
    return "\n".join(["【打印】【关闭】", "发布时间：2022-01-05", *lines, "责任编辑：某某"])


VARIATIONS: dict[str, Callable[[str], str]] = {
    "windows line ends": lambda text: text.replace("\n", "\r\n"),
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "indented": lambda text: "\n".join("　　" + line for line in text.split("\n")),
    "ascii colons": lambda text: text.replace("：", ": "),
    "spaces inside labels": lambda text: AT_START.sub(lambda match: " ".join(match[1]) + "：", text),
    "labels in brackets": lambda text: AT_START.sub(lambda match: f"【{match[1]}】", text),
    "a full stop for a colon": lambda text: AT_START.sub(
        lambda match: match[1] + ("：" if "措施" in match[1] or "领导" in match[1] else "。"), text
    ),
    "page residue": with_residue,
}


# Where nothing but the line break tells a title from the text behind it, or a measure from a heading.
CANNOT = {
    "notice_number_in_title.txt",
    "measures_without_issues.txt",
    "brackets_for_numbers.txt",
    "two_notices_with_numbers.txt",
}


def gist(data: bytes, name: str) -> list[Any]:
    """What a draft says, without positions and raw texts."""
    draft = read(data, name)
    return [
        (
            issue.number,
            issue.upper_number,
            issue.text,
            issue.goal,
            issue.deadline and (issue.deadline.kind, issue.deadline.date, issue.deadline.long_term),
            issue.units,
            [stone.date for stone in issue.milestones],
            issue.state,
            [(m.number, m.text, m.deadline and m.deadline.date, m.units) for m in issue.measures],
        )
        for issue in draft.issues
    ]


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("variation", VARIATIONS)
def test_a_plan_typed_otherwise_is_the_same_plan(name: str, variation: str) -> None:
    text = PLAIN[name]
    assert gist(VARIATIONS[variation](text).encode("utf-8"), "a.txt") == gist(text.encode("utf-8"), "a.txt")


@pytest.mark.parametrize("name", PLAIN)
def test_a_plan_typed_in_word_is_the_same_plan(name: str) -> None:
    assert gist(as_word(PLAIN[name]), "a.docx") == gist(PLAIN[name].encode("utf-8"), "a.txt")


@pytest.mark.parametrize("name", sorted(set(PLAIN) - CANNOT))
def test_a_plan_without_line_breaks_has_the_same_issues(name: str) -> None:
    def issues(text: str) -> list[Any]:
        return [(row[0], row[2], row[4], row[5]) for row in gist(text.encode("utf-8"), "a.txt")]

    assert issues("".join(line.strip() for line in PLAIN[name].split("\n"))) == issues(PLAIN[name])
