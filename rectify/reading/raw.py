"""What the readers of text, tables, Word and sheets find, before it is understood: labelled values and numbered lines.
`assemble` turns it into a PlanDraft."""

from __future__ import annotations

from dataclasses import dataclass, field

from rectify.reading.labels import Label


@dataclass(slots=True)
class Value:
    """One labelled value with the line it stands on."""

    label: Label
    text: str
    line: int
    printed: str = ""  # the label as printed


@dataclass(slots=True)
class RawMeasure:
    text: str
    line: int
    number: str | None = None
    values: list[Value] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """A line of text, or one label with its value (a form's row)."""

    text: str
    number: int
    label: Label | None = None
    label_text: str = ""
    measures: list[RawMeasure] = field(default_factory=list)  # rows of a table of measures, its label `measure`


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading above issues, with its numbering style and printed number; `brackets` hold for each issue below it."""

    style: str
    text: str
    number: str | None = None
    line: int = 0
    brackets: tuple[Value, ...] = field(default=(), compare=False)


@dataclass(slots=True)
class RawIssue:
    """`brackets` are values in a parenthesis behind the text; `paragraphs` the lines under 整改措施, not yet split."""

    text: str = ""
    line: int = 0
    number: str | None = None
    upper_number: str | None = None
    categories: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    brackets: list[Value] = field(default_factory=list)
    paragraphs: list[tuple[str, int]] = field(default_factory=list)
    measures: list[RawMeasure] = field(default_factory=list)
    part: str | None = None
    title: str | None = None
    in_table: bool = False
    is_target: bool = False  # its text is a goal (目标名称), so that the dates in it are stages
    banded: bool = False  # a text over the width of a table whose rows are its measures
    one_row: bool = False  # a table's row: its facts are the issue's and its only measure's alike


@dataclass(slots=True)
class RawPlan:
    """`values` hold for the whole plan; `around` is text outside the issues, where totals and the cut-off are named."""

    title: str | None = None
    issues: list[RawIssue] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    around: list[tuple[str, int]] = field(default_factory=list)
    totals: list[str] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)
    questions: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
