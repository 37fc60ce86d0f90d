"""What was read from a plan or ledger, before any of it is in the database: issues, measures, questions, unread lines.
Plain values and their JSON (the contract of `rectify plan read`), so that a draft can be stored while a person answers
its questions. How a file is read, and what the ledger makes of a draft, is elsewhere."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, cast

from rectify.rules import plan_form, quantities
from rectify.rules.deadlines import KINDS, Deadline, Kind

Role = Literal["lead", "responsible", "cooperating", "supervising", "acceptance", "leader", "person"]
State = Literal[
    "signed_off",
    "completed",
    "basically_completed",
    "on_schedule",
    "behind",
    "overdue",
    "not_started",
    "in_progress",
]
ROLES: tuple[Role, ...] = ("lead", "responsible", "cooperating", "supervising", "acceptance", "leader", "person")
STATES: tuple[State, ...] = (
    "signed_off",
    "completed",
    "basically_completed",
    "on_schedule",
    "behind",
    "overdue",
    "not_started",
    "in_progress",
)

# What a question is about; an answer is applied by topic.
Topic = Literal["deadline", "split", "state", "unit", "number", "total", "milestone", "other"]


@dataclass(frozen=True, slots=True)
class UnitDraft:
    """A unit (or person) as printed; matching to known units comes later."""

    name: str
    role: Role


@dataclass(slots=True)
class MilestoneDraft:
    """A dated stage of an issue or a measure; `text` is the sentence that holds the date, `target_state` what is to be
    reported by then, of plan_form.TARGET_STATES, "" nothing in particular."""

    date: dt.date
    text: str
    target_state: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be counted of a measure: how many of which unit (公里, 户), and the figures planned by day."""

    quantity: Decimal | int
    unit: str = ""
    points: tuple[tuple[dt.date, Decimal | int], ...] = ()


@dataclass(slots=True)
class Facts:
    """What a ledger says about one item on its cut-off day, each None where the ledger has no such column or cell.

    `state` follows from them (是否销号 before completion before 是否达到序时进度); `completed_on` is the printed
    completion date, None with state completed means: completed, day unknown.
    """

    state: State | None = None
    progress: str | None = None
    completed_on: dt.date | None = None
    started: bool | None = None
    signed_off: bool | None = None
    claims_completed: bool | None = None
    claims_on_schedule: bool | None = None
    original_deadline: Deadline | None = None
    difficulty: str | None = None
    next_step: str | None = None
    remark: str | None = None

    @property
    def completion_day_known(self) -> bool:
        return self.completed_on is not None


@dataclass(slots=True)
class MeasureDraft(Facts):
    number: str | None = None
    text: str = ""
    deadline: Deadline | None = None
    units: list[UnitDraft] = field(default_factory=list)
    milestones: list[MilestoneDraft] = field(default_factory=list)  # known to be its own; the issue's are S10's
    target: Target | None = None
    line: int | None = None


@dataclass(slots=True)
class IssueDraft(Facts):
    number: str | None = None
    upper_number: str | None = None
    category: str | None = None
    text: str = ""
    goal: str | None = None
    deadline: Deadline | None = None
    units: list[UnitDraft] = field(default_factory=list)
    measures: list[MeasureDraft] = field(default_factory=list)
    milestones: list[MilestoneDraft] = field(default_factory=list)
    target: Target | None = None  # of the measure that an issue without any is itself
    source: str | None = None
    part: str | None = None  # the sheet or notice it stands in, where a file has several
    line: int | None = None


@dataclass(slots=True)
class Question:
    """What a person must decide. `issue` and `measure` are positions in the draft (measure within the issue)."""

    where: str
    ask: str
    topic: Topic = "other"
    raw: str = ""
    issue: int | None = None
    measure: int | None = None
    line: int | None = None
    id: str = ""


@dataclass(slots=True)
class Unread:
    line: int
    text: str


@dataclass(slots=True)
class SheetDraft:
    """A sheet of the workbook: how many `rows` hold anything, whether it was to be read and whether anything came of it."""

    name: str
    rows: int
    hidden: bool = False
    chosen: bool = True
    read: bool = False


@dataclass(slots=True)
class PlanDraft:
    """A whole document as read. `source_lines[n - 1]` is line n, which `line` of the parts refers to."""

    title: str | None = None
    declared_issues: int | None = None
    declared_measures: int | None = None
    issues: list[IssueDraft] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    as_of: dt.date | None = None
    as_of_text: str | None = None
    file_kind: str = ""
    encoding: str | None = None
    notes: list[str] = field(default_factory=list)
    source_lines: list[str] = field(default_factory=list)
    sheets: list[SheetDraft] = field(default_factory=list)  # of a workbook, those that were not read too
    own_form: bool = False  # an export or the blank form (rules.plan_form)
    asked: dict[str, Question] = field(default_factory=dict, compare=False, repr=False)  # by id, rebuilt on demand

    def measures(self) -> Iterator[tuple[IssueDraft, MeasureDraft]]:
        """Every measure with the issue it stands under, in printed order."""
        for issue in self.issues:
            for measure in issue.measures:
                yield issue, measure

    def ask(self, question: Question) -> None:
        """Adds a question unless it is already there, under an id that another reading of the same text repeats."""
        key = f"{question.topic}|{question.where}|{question.raw or question.ask}"
        question.id = question.id or "q-" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:10]
        if len(self.asked) != len(self.questions):
            self.asked = {known.id: known for known in self.questions}
        number, base = 1, question.id
        while question.id in self.asked:
            known = self.asked[question.id]
            if known.issue == question.issue and known.measure == question.measure:
                return
            number += 1
            question.id = f"{base}-{number}"
        self.asked[question.id] = question
        self.questions.append(question)

    def take(self, part: PlanDraft) -> None:
        """Adds another draft behind this one, with its questions and totals; its title is left."""
        first = len(self.issues)
        self.issues += part.issues
        for question in part.questions:
            self.ask(replace(question, issue=None if question.issue is None else first + question.issue))
        self.unread += part.unread
        for name in ("declared_issues", "declared_measures"):
            theirs = getattr(part, name)
            if theirs is not None:
                setattr(self, name, (getattr(self, name) or 0) + theirs)
        if self.as_of is None:
            self.as_of, self.as_of_text = part.as_of, part.as_of_text

    def ask_totals(self) -> None:
        """Asks about a declared total that is not what was read."""
        issues, measures = len(self.issues), sum(len(issue.measures) for issue in self.issues)
        for what, declared, found in (
            ("问题", self.declared_issues, issues),
            ("措施", self.declared_measures, measures),
        ):
            if declared is not None and declared != found:
                ask = f"文件写明共{declared}项{what}，读出{found}项{what}，请核对是否有遗漏或多读。"
                self.ask(Question("全文", ask, "total", f"{what}{declared}/{found}"))

    def as_json(self) -> dict[str, Any]:
        """The contract's document; keys beyond the contract carry what a ledger needs."""
        return {
            "title": self.title,
            "declared": {"issues": self.declared_issues, "measures": self.declared_measures},
            "issues": [_issue_json(issue) for issue in self.issues],
            "questions": [_question_json(question) for question in self.questions],
            "unread": [{"line": unread.line, "text": unread.text} for unread in self.unread],
            "as_of": _day_json(self.as_of),
            "as_of_text": self.as_of_text,
            "file_kind": self.file_kind,
            "encoding": self.encoding,
            "notes": list(self.notes),
            "source_lines": list(self.source_lines),
            "sheets": [asdict(sheet) for sheet in self.sheets],
            "own_form": self.own_form,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PlanDraft:
        """The draft that `as_json` came from; missing keys count as empty. A malformed document: ValueError."""
        try:
            declared = data.get("declared") or {}
            return cls(
                title=data.get("title"),
                declared_issues=declared.get("issues"),
                declared_measures=declared.get("measures"),
                issues=[_issue_from(value) for value in data.get("issues") or []],
                questions=[_question_from(value) for value in data.get("questions") or []],
                unread=[Unread(int(value["line"]), str(value["text"])) for value in data.get("unread") or []],
                as_of=_day_from(data.get("as_of")),
                as_of_text=data.get("as_of_text"),
                file_kind=str(data.get("file_kind") or ""),
                encoding=data.get("encoding"),
                notes=[str(value) for value in data.get("notes") or []],
                source_lines=[str(value) for value in data.get("source_lines") or []],
                sheets=[SheetDraft(**value) for value in data.get("sheets") or []],
                own_form=bool(data.get("own_form")),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a plan draft: {error}") from error


def deadline_json(deadline: Deadline | None) -> dict[str, Any] | None:
    """A deadline as in the contract."""
    if deadline is None:
        return None
    return {
        "raw": deadline.raw,
        "date": _day_json(deadline.date),
        "start": _day_json(deadline.start),
        "kind": deadline.kind,
        "long_term": deadline.long_term,
        "inferred": deadline.inferred,
    }


def deadline_from(data: Mapping[str, Any] | None) -> Deadline | None:
    """The deadline that `deadline_json` came from."""
    if data is None:
        return None
    if data["kind"] not in KINDS:
        raise ValueError(f"not a kind of deadline: {data['kind']!r}")
    return Deadline(
        raw=str(data.get("raw") or ""),
        date=_day_from(data.get("date")),
        start=_day_from(data.get("start")),
        kind=cast(Kind, data["kind"]),
        long_term=bool(data.get("long_term")),
        inferred=bool(data.get("inferred")),
    )


def _day_json(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _day_from(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _facts_json(item: Facts) -> dict[str, Any]:
    return {
        "state": item.state,
        "progress": item.progress,
        "completed_on": _day_json(item.completed_on),
        "started": item.started,
        "signed_off": item.signed_off,
        "claims_completed": item.claims_completed,
        "claims_on_schedule": item.claims_on_schedule,
        "original_deadline": deadline_json(item.original_deadline),
        "difficulty": item.difficulty,
        "next_step": item.next_step,
        "remark": item.remark,
    }


def _facts_from(data: Mapping[str, Any]) -> dict[str, Any]:
    if data.get("state") not in (None, *STATES):
        raise ValueError(f"not a state: {data['state']!r}")
    plain = ("state", "progress", "started", "signed_off", "claims_completed", "claims_on_schedule")
    facts: dict[str, Any] = {name: data.get(name) for name in (*plain, "difficulty", "next_step", "remark")}
    facts["completed_on"] = _day_from(data.get("completed_on"))
    facts["original_deadline"] = deadline_from(data.get("original_deadline"))
    return facts


def _units_json(units: list[UnitDraft]) -> list[dict[str, str]]:
    return [{"name": unit.name, "role": unit.role} for unit in units]


def _units_from(values: Any) -> list[UnitDraft]:
    units = []
    for value in values or []:
        if value["role"] not in ROLES:
            raise ValueError(f"not a role: {value['role']!r}")
        units.append(UnitDraft(str(value["name"]), cast(Role, value["role"])))
    return units


def _stones_json(stones: list[MilestoneDraft]) -> list[dict[str, str]]:
    return [
        {"date": stone.date.isoformat(), "text": stone.text}
        | ({"target_state": stone.target_state} if stone.target_state else {})
        for stone in stones
    ]


def _stones_from(values: Any) -> list[MilestoneDraft]:
    stones = []
    for value in values or []:
        state = value.get("target_state") or ""
        if state not in ("", *plan_form.TARGET_STATES):
            raise ValueError(f"not a state to be reached: {state!r}")
        stones.append(MilestoneDraft(dt.date.fromisoformat(value["date"]), str(value.get("text") or ""), state))
    return stones


def _target_json(target: Target | None) -> dict[str, Any] | None:
    if target is None:
        return None
    points = [{"date": day.isoformat(), "quantity": quantities.plain(count)} for day, count in target.points]
    return {"quantity": quantities.plain(target.quantity), "unit": target.unit, "points": points}


def _target_from(data: Mapping[str, Any] | None) -> Target | None:
    if data is None:
        return None
    points = [
        (dt.date.fromisoformat(point["date"]), quantities.of(point["quantity"])) for point in data.get("points") or []
    ]
    return Target(quantities.of(data["quantity"]), str(data.get("unit") or ""), tuple(points))


def _measure_json(measure: MeasureDraft) -> dict[str, Any]:
    return {
        "number": measure.number,
        "text": measure.text,
        "deadline": deadline_json(measure.deadline),
        "units": _units_json(measure.units),
        "milestones": _stones_json(measure.milestones),
        "target": _target_json(measure.target),
        "line": measure.line,
        **_facts_json(measure),
    }


def _measure_from(data: Mapping[str, Any]) -> MeasureDraft:
    return MeasureDraft(
        number=data.get("number"),
        text=str(data.get("text") or ""),
        deadline=deadline_from(data.get("deadline")),
        units=_units_from(data.get("units")),
        milestones=_stones_from(data.get("milestones")),
        target=_target_from(data.get("target")),
        line=data.get("line"),
        **_facts_from(data),
    )


def _issue_json(issue: IssueDraft) -> dict[str, Any]:
    return {
        "number": issue.number,
        "upper_number": issue.upper_number,
        "category": issue.category,
        "text": issue.text,
        "goal": issue.goal,
        "deadline": deadline_json(issue.deadline),
        "units": _units_json(issue.units),
        "measures": [_measure_json(measure) for measure in issue.measures],
        "milestones": _stones_json(issue.milestones),
        "target": _target_json(issue.target),
        "source": issue.source,
        "part": issue.part,
        "line": issue.line,
        **_facts_json(issue),
    }


def _issue_from(data: Mapping[str, Any]) -> IssueDraft:
    return IssueDraft(
        number=data.get("number"),
        upper_number=data.get("upper_number"),
        category=data.get("category"),
        text=str(data.get("text") or ""),
        goal=data.get("goal"),
        deadline=deadline_from(data.get("deadline")),
        units=_units_from(data.get("units")),
        measures=[_measure_from(value) for value in data.get("measures") or []],
        milestones=_stones_from(data.get("milestones")),
        target=_target_from(data.get("target")),
        source=data.get("source"),
        part=data.get("part"),
        line=data.get("line"),
        **_facts_from(data),
    )


def _question_json(question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "where": question.where,
        "ask": question.ask,
        "topic": question.topic,
        "raw": question.raw,
        "issue": question.issue,
        "measure": question.measure,
        "line": question.line,
    }


def _question_from(data: Mapping[str, Any]) -> Question:
    return Question(
        where=str(data.get("where") or ""),
        ask=str(data.get("ask") or ""),
        topic=data.get("topic") or "other",
        raw=str(data.get("raw") or ""),
        issue=data.get("issue"),
        measure=data.get("measure"),
        line=data.get("line"),
        id=str(data.get("id") or ""),
    )
