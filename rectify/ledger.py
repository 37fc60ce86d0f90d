"""Acts on plans: a draft comes in; inspections, issues and measures are entered, amended, extended, withdrawn.

How a file is read is `reading`'s, what units and those who decide do is `progress`', rounds are `rounds`'. Nothing here
commits; every act ends in standings and one line of the trail.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from rectify import calendar, models, records, rounds, standing
from rectify.reading.draft import Facts, IssueDraft, MeasureDraft, PlanDraft, Question, UnitDraft
from rectify.records import Actor
from rectify.rules import deadlines, workdays
from rectify.rules.deadlines import Deadline

CHUNK = 2000
PERSONS = ("leader", "person")
FAMILIES = (("lead", "responsible"), ("cooperating",), ("supervising",), ("acceptance",))
"""A measure with an own unit of a family inherits nobody of that family from its issue."""
NO_DEADLINE = "没有整改时限，请给出截止日期，或注明长期坚持。"
STATE_WORDS = {
    "已销号": "signed_off",
    "已完成": "completed",
    "基本完成": "basically_completed",
    "达到序时进度": "on_schedule",
    "未达到序时进度": "behind",
    "尚未启动": "not_started",
    "正在推进": "in_progress",
}


class Refused(rounds.Refused):
    """An act on a plan that may not be; one Chinese sentence says what is wrong and what to do."""


# -- an inspection and its rules -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class InspectionForm:
    """The fields of an inspection as typed. An import into an inspection that exists leaves all but the name aside."""

    name: str
    level: str = "central"
    field: str = "environment"
    kind: str = "inspection"
    team: str = ""
    plan_name: str = ""
    feedback_on: dt.date | None = None
    issued_on: dt.date | None = None
    basically_counts_as_done: bool = False
    starts_on_issue_date: bool = False
    issue_word: str = "项"
    measure_word: str = "条"
    tolerance_percent: int = 5
    immediate_days: int = 30
    near_due_days: int = 30
    grace_days: int = 0
    rhythm: str = "monthly"
    confidential: bool = False
    sort: int = 0

    def checked(self) -> InspectionForm:
        """The form with its texts trimmed; Refused where a field cannot be."""
        name = _clean(self.name)
        if not name:
            raise Refused("请填写督察（巡视、考核）批次的名称。")
        if len(name) > 200:
            raise Refused("批次名称超过200字，请缩短。")
        known = {"level": models.LEVELS, "field": models.FIELDS, "kind": models.KINDS}
        for what, values in known.items():
            if getattr(self, what) not in values:
                raise Refused(
                    "“%(value)s”不是可用的%(what)s，可用的有：%(values)s。",
                    value=getattr(self, what),
                    what={"level": "级别", "field": "领域", "kind": "类别"}[what],
                    values="、".join(values),
                )
        if not _clean(self.issue_word) or not _clean(self.measure_word):
            raise Refused("请填写反馈问题和整改措施的量词，例如“项”和“条”。")
        return replace(
            self,
            name=name,
            team=_clean(self.team)[:200],
            plan_name=_clean(self.plan_name)[:300],
            issue_word=_clean(self.issue_word)[:4],
            measure_word=_clean(self.measure_word)[:4],
        )


def add_inspection(
    session: Session, form: InspectionForm, *, by: Actor, day: dt.date, at: dt.datetime
) -> models.Inspection:
    """A new inspection with its rules; its first reporting round is planned at once."""
    form = form.checked()
    if session.scalar(select(models.Inspection.id).where(models.Inspection.name == form.name)):
        raise Refused("已有名为“%(name)s”的批次，请换一个名称，或到该批次中录入。", name=form.name)
    made = _new_inspection(session, form, at)
    rounds.plan_next(session, made, day, at, write_standings=False)
    records.write(session, by, at, "inspection.add", "inspection", made.id, name=made.name)
    return made


def change_inspection(
    session: Session, inspection: models.Inspection, form: InspectionForm, *, by: Actor, day: dt.date, at: dt.datetime
) -> bool:
    """Change the fields and rules of an inspection from `day` on; whether anything changed.

    Rules go through `rounds.change_rules`; a new date of issue moves what hangs on it (立行立改, planned start).
    """
    form = form.checked()
    taken = select(models.Inspection.id).where(
        models.Inspection.name == form.name, models.Inspection.id != inspection.id
    )
    if session.scalar(taken):
        raise Refused("已有名为“%(name)s”的批次，请换一个名称。", name=form.name)
    values = {f.name: getattr(form, f.name) for f in fields(form)}
    rules = {name: values.pop(name) for name in rounds.RULES}
    try:
        changed = rounds.change_rules(session, inspection, rules, by=by, day=day, at=at)
    except rounds.Refused as refused:
        raise Refused(refused.sentence, **refused.values) from refused
    old = {name: getattr(inspection, name) for name, value in values.items() if getattr(inspection, name) != value}
    if not old:
        return changed
    for name in old:
        setattr(inspection, name, values[name])
    session.flush()
    if {"issued_on", "feedback_on"} & set(old):
        standing.write_inspection(session, inspection.id, day=day, at=at)
    new = {name: values[name] for name in old}
    records.write(session, by, at, "inspection.change", "inspection", inspection.id, old=old, new=new)
    return True


def _new_inspection(session: Session, form: InspectionForm, at: dt.datetime) -> models.Inspection:
    made = models.Inspection(**{f.name: getattr(form, f.name) for f in fields(form)}, created_at=at)
    session.add(made)
    session.flush()
    return made


# -- a plan that was uploaded ----------------------------------------------------------------------------------------


def keep_plan(
    session: Session, *, name: str, sha256: str, size: int, draft: PlanDraft, by: Actor, at: dt.datetime
) -> models.PlanFile:
    """Keep an uploaded file's draft while its questions are answered. A file that was imported is refused."""
    refuse_imported(session, sha256)
    made = models.PlanFile(
        name=_clean(name)[:300] or "未命名",
        sha256=sha256,
        size=size,
        draft=draft.as_json(),
        answers={"questions": {}, "units": {}},
        form={},
        uploaded_by=by.user_id,
        uploaded_at=at,
    )
    session.add(made)
    session.flush()
    records.write(
        session, by, at, "plan.upload", "plan_file", made.id, name=made.name, sha256=sha256, issues=len(draft.issues)
    )
    return made


def refuse_imported(session: Session, sha256: str) -> None:
    """Refused, naming the plan that has it, where the same file was imported before."""
    had = session.execute(
        select(models.PlanFile.name, models.Inspection.name, models.PlanFile.imported_at)
        .outerjoin(models.Inspection, models.Inspection.id == models.PlanFile.inspection_id)
        .where(models.PlanFile.sha256 == sha256, models.PlanFile.imported_at.is_not(None))
    ).first()
    if had is not None:
        raise Refused(
            "这个文件已经导入过：它是批次“%(inspection)s”的《%(name)s》。如需补充或更正，请在该批次中直接修改。",
            inspection=had[1] or "",
            name=had[0],
        )


# -- questions -------------------------------------------------------------------------------------------------------


def questions(draft: PlanDraft, *, as_of: dt.date | None = None) -> list[Question]:
    """All that a person should decide about a draft: what reading asks, and what only the ledger needs to know.

    The ledger asks for a deadline where an unfinished item has none (S11), whose a milestone is where no measure's text
    holds it (S10), and about claims that contradict the cut-off day (S13). Ids are the same on every reading.
    """
    asked = list(draft.questions)
    about = {(q.issue, q.measure) for q in asked if q.topic == "deadline"}
    doubted: set[tuple[int, int | None]] = set()
    for i, issue in enumerate(draft.issues):
        where = _where(issue, i)
        lacking = [m for m, _ in _measures(issue) if not _limited(issue, m) and not _good(_facts(issue, m))]
        own = any((i, m) in about for m in [None, *range(len(issue.measures))])
        if lacking and not own:
            asked.append(_question("deadline", i, None, where, f"{where}{NO_DEADLINE}", line=issue.line))
        for n, stone in enumerate(issue.milestones):
            if len(issue.measures) > 1 and _holder(issue, stone.text) is None:
                ask = f"{where}的阶段性目标“{_short(stone.text)}”（{stone.date}）属于第几条措施？不答则约束整个问题。"
                asked.append(_question("milestone", i, None, where, ask, raw=f"{n}|{stone.date}", line=issue.line))
        for m, measure in _measures(issue):
            facts = _facts(issue, m)
            position = m if facts is measure else None
            spot = where if position is None else f"{where}第{m + 1 if m is not None else 1}条措施"
            doubt = _doubted_claim(facts, measure.deadline or issue.deadline, as_of)
            if doubt and (i, position) not in doubted:
                doubted.add((i, position))
                asked.append(_question("state", i, position, spot, f"{spot}{doubt}", raw=doubt, line=measure.line))
    return asked


def states_progress(draft: PlanDraft) -> bool:
    """Whether a draft says how far anything is: then it is a ledger, and what it claims counts from its cut-off day."""
    return any(_says(issue) or any(_says(measure) for measure in issue.measures) for issue in draft.issues)


def _measures(issue: IssueDraft) -> Iterator[tuple[int | None, MeasureDraft | IssueDraft]]:
    """The issue's measures with their positions, or the issue itself (None) where it has none."""
    if not issue.measures:
        yield None, issue
    yield from enumerate(issue.measures)


def _facts(issue: IssueDraft, m: int | None) -> Facts:
    """What a ledger says of a measure: its own cells, else those of its issue."""
    measure = issue.measures[m] if m is not None else issue
    return measure if _says(measure) else issue


def _says(item: Facts) -> bool:
    said = (item.state, item.progress, item.completed_on, item.started, item.signed_off)
    return any(value is not None for value in (*said, item.claims_completed, item.claims_on_schedule))


def _good(facts: Facts) -> bool:
    return facts.state in ("signed_off", "completed")


def _limited(issue: IssueDraft, m: int | None) -> bool:
    """Whether the item has a time limit, a flag or a question about one, of its own or from its issue."""
    own = issue.measures[m].deadline if m is not None else None
    limit = own if own is not None and own.kind != "none" else issue.deadline
    return limit is not None and limit.kind != "none"


def _doubted_claim(facts: Facts, limit: Deadline | None, as_of: dt.date | None) -> str | None:
    if facts.state in ("completed", "signed_off") and as_of and _after(facts.completed_on, as_of):
        return f"的完成日期{facts.completed_on}晚于台账截止日{as_of}，请填写实际完成日期；不答则不算完成。"
    if facts.state == "overdue" and as_of and (limit is None or limit.date is None or limit.date >= as_of):
        return "在台账中写为逾期，但整改时限并未超过，请核对整改时限；不答则按未报送处理。"
    return None


def _after(completed_on: dt.date | None, as_of: dt.date) -> bool:
    """A month means its last day, but never later than the cut-off (S13): that one is no contradiction."""
    if completed_on is None or completed_on <= as_of:
        return False
    month_end = deadlines.last_day(as_of.year, as_of.month)
    return completed_on != month_end


def _holder(issue: IssueDraft, text: str) -> int | None:
    """The position of the only measure whose text holds a milestone's, 0 where there is but one measure."""
    if len(issue.measures) == 1:
        return 0
    wanted = _bare(text)
    if len(wanted) < 4:
        return None
    holders = [m for m, measure in enumerate(issue.measures) if wanted in _bare(measure.text)]
    return holders[0] if len(holders) == 1 else None


def _question(
    topic: Literal["deadline", "milestone", "state"],
    issue: int,
    measure: int | None,
    where: str,
    ask: str,
    *,
    raw: str = "",
    line: int | None = None,
) -> Question:
    key = _question_id(topic, issue, measure, raw)
    return Question(where=where, ask=ask, topic=topic, raw=raw, issue=issue, measure=measure, line=line, id=key)


def _question_id(topic: str, issue: int, measure: int | None, raw: str) -> str:
    key = f"ledger|{topic}|{issue}|{measure}|{raw}"
    return "l-" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:10]


def _where(issue: IssueDraft, position: int) -> str:
    return f"问题{issue.number or position + 1}"


@dataclass
class _Answered:
    """What the answers say, by the place in the draft; `left` are the questions still open."""

    deadlines: dict[tuple[int, int | None], Deadline] = field(default_factory=dict)
    states: dict[tuple[int, int | None], tuple[str, dt.date | None]] = field(default_factory=dict)
    milestones: dict[tuple[int, int], int] = field(default_factory=dict)
    numbers: dict[tuple[int, int | None], str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    left: list[Question] = field(default_factory=list)


def check_answer(
    session: Session,
    draft: PlanDraft,
    question: Question,
    answer: str,
    form: InspectionForm,
    *,
    as_of: dt.date | None = None,
) -> None:
    """Refused with the reason where an answer cannot be used; for showing it at the question, before any import."""
    _apply(_Answered(), draft, question, answer, form, as_of, _Calendar(session))


def _answered(
    session: Session,
    draft: PlanDraft,
    answers: Mapping[str, str],
    form: InspectionForm,
    as_of: dt.date | None,
) -> _Answered:
    asked = questions(draft, as_of=as_of)
    given = {str(key): _clean(str(value)) for key, value in answers.items() if value is not None}
    unknown = set(given) - {q.id for q in asked}
    if unknown:
        raise Refused("答复中的问题编号%(ids)s不在这份文件的待确认问题里，请核对。", ids="、".join(sorted(unknown)[:5]))
    result = _Answered()
    working = _Calendar(session)
    for question in asked:
        answer = given.get(question.id, "")
        if answer:
            _apply(result, draft, question, answer, form, as_of, working)
        else:
            result.left.append(question)
    return result


class _Calendar:
    """The working calendar, loaded only when a deadline counts working days."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.loaded: workdays.Calendar | None = None

    def after(self, base: dt.date, count: int) -> dt.date:
        if self.loaded is None:
            self.loaded = calendar.load(self.session)
        return workdays.add_workdays(self.loaded, base, count)


def _apply(
    result: _Answered,
    draft: PlanDraft,
    question: Question,
    answer: str,
    form: InspectionForm,
    as_of: dt.date | None,
    working: _Calendar,
) -> None:
    answer = _clean(answer)
    if question.topic == "deadline":
        for place in _places(draft, question):
            old = result.deadlines.get(place) or _deadline_at(draft, place)
            result.deadlines[place] = _answer_deadline(answer, old, question, form, working)
    elif question.topic == "state" and question.issue is not None:
        state = _answer_state(answer, question, as_of)
        if state is not None:
            result.states[question.issue, question.measure] = state
    elif question.topic == "milestone" and question.issue is not None:
        measure = _answer_measure(draft.issues[question.issue], answer, question)
        stone = question.raw.split("|")[0]
        if measure is not None and stone.isdigit():
            result.milestones[question.issue, int(stone)] = measure
    elif question.topic == "number" and question.issue is not None and answer not in KEEP:
        result.numbers[question.issue, question.measure] = answer[:40]
    elif question.topic == "unit" and question.raw and answer not in KEEP:
        result.units[question.raw] = answer[:200]


KEEP = ("keep", "确认", "是", "按此处理", "无误")
"""An answer that lets stand what was read."""
FROM_FEEDBACK = ("feedback", "feedback_on", "自反馈之日", "反馈之日", "反馈日期")
FROM_ISSUE = ("issued", "issued_on", "自印发之日", "印发之日", "印发日期")


def _places(draft: PlanDraft, question: Question) -> list[tuple[int, int | None]]:
    """The items a deadline question is about; one without a place is about all that print the phrase."""
    if question.issue is not None:
        return [(question.issue, question.measure)]
    same = []
    for i, issue in enumerate(draft.issues):
        items: list[tuple[int | None, IssueDraft | MeasureDraft]] = [(None, issue), *enumerate(issue.measures)]
        same += [(i, m) for m, item in items if item.deadline is not None and item.deadline.raw == question.raw]
    return same


def _deadline_at(draft: PlanDraft, place: tuple[int, int | None]) -> Deadline | None:
    issue = draft.issues[place[0]]
    return issue.deadline if place[1] is None else issue.measures[place[1]].deadline


def _answer_deadline(
    answer: str, old: Deadline | None, question: Question, form: InspectionForm, working: _Calendar
) -> Deadline:
    raw = old.raw if old is not None else ""
    if answer in KEEP and old is not None and old.kind not in ("ask", "relative"):
        return old
    if answer in FROM_FEEDBACK + FROM_ISSUE:
        base, word = (form.feedback_on, "反馈日期") if answer in FROM_FEEDBACK else (form.issued_on, "印发日期")
        if base is None:
            raise Refused("“%(raw)s”要从%(word)s算起，请先填写批次的%(word)s。", raw=raw, word=word)
        phrase = old if old is not None and old.kind == "relative" else Deadline(raw, kind="relative")
        return _counted(phrase, base, working)
    parsed = deadlines.parse(answer, year_hint=(form.issued_on or form.feedback_on or dt.date(1, 1, 1)).year)
    found = parsed.deadline
    if parsed.needs_question or found.kind in ("ask", "relative", "none"):
        raise Refused(
            "%(where)s：“%(answer)s”不是可用的时限，请填写日期（如2026-06-30）、长期坚持或立行立改。",
            where=question.where,
            answer=_short(answer),
        )
    long_term = found.long_term or bool(old and old.long_term)
    return replace(found, raw=raw or answer, long_term=long_term)


def _counted(phrase: Deadline, base: dt.date, working: _Calendar) -> Deadline:
    amount = deadlines.relative_amount(phrase.raw)
    if amount is None:
        raise Refused("看不出“%(raw)s”是多久，请直接填写截止日期。", raw=phrase.raw)
    if amount[1] == "workdays":
        if amount[0] > 1000:
            raise Refused("“%(raw)s”过长，请直接填写截止日期。", raw=phrase.raw)
        return replace(phrase, date=working.after(base, amount[0]), inferred=True)
    return deadlines.resolve(phrase, base)


def _answer_state(answer: str, question: Question, as_of: dt.date | None) -> tuple[str, dt.date | None] | None:
    """(state, completion day) of an answer: a word, a code, or the day of completion; None lets stand what was read."""
    if answer in KEEP:
        return None
    state = STATE_WORDS.get(answer, answer)
    if state in STATE_WORDS.values():
        return state, None
    found = deadlines.parse(answer).deadline.date
    if found is None or (as_of and found > as_of):
        raise Refused(
            "%(where)s：“%(answer)s”不能用作答复，请填写状态（%(states)s）或不晚于台账截止日的完成日期。",
            where=question.where,
            answer=_short(answer),
            states="、".join(STATE_WORDS),
        )
    return "completed", found


def _answer_measure(issue: IssueDraft, answer: str, question: Question) -> int | None:
    """The position of the measure that an answer names by its number or its place; None: the issue keeps it."""
    if answer in (*KEEP, "issue", "问题", "0"):
        return None
    for m, measure in enumerate(issue.measures):
        if measure.number and _key(measure.number) == _key(answer):
            return m
    plain = answer.strip("第条项 ")
    if plain.isascii() and plain.isdigit() and 1 <= int(plain[:6]) <= len(issue.measures):
        return int(plain) - 1
    raise Refused(
        "%(where)s没有第“%(answer)s”条措施，请填写1到%(count)s，或填“问题”由整个问题承担。",
        where=question.where,
        answer=_short(answer),
        count=len(issue.measures),
    )


# -- units by their printed names ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Match:
    """What is known of a printed unit name: the unit, and by its `name`, an `alias`, or "" where it is new."""

    printed: str
    unit_id: int | None = None
    unit_name: str = ""
    by: str = ""


def printed_units(draft: PlanDraft) -> list[str]:
    """The unit names of a draft in their printed order, each once; leaders and persons are no units."""
    names: dict[str, None] = {}
    for issue in draft.issues:
        for unit in (*issue.units, *(unit for measure in issue.measures for unit in measure.units)):
            if unit.role not in PERSONS and _clean(unit.name):
                names.setdefault(_clean(unit.name))
    return list(names)


def match_units(session: Session, printed: Iterable[str]) -> list[Match]:
    """Printed names against the known ones, by exact name and then by alias. Two statements."""
    known, by_alias = _known_units(session)
    matches = []
    for name in printed:
        key = _key(name)
        found = known.get(key) or by_alias.get(key)
        by = "name" if key in known else "alias" if found else ""
        matches.append(Match(name, found[0], found[1], by) if found else Match(name))
    return matches


def _known_units(session: Session) -> tuple[dict[str, tuple[int, str]], dict[str, tuple[int, str]]]:
    rows = session.execute(select(models.Unit.id, models.Unit.name)).all()
    names = {row.id: row.name for row in rows}
    known = {_key(row.name): (row.id, row.name) for row in rows}
    aliases = session.execute(select(models.UnitAlias.unit_id, models.UnitAlias.name)).all()
    return known, {_key(row.name): (row.unit_id, names[row.unit_id]) for row in aliases}


def _resolve_units(
    session: Session, draft: PlanDraft, mapping: Mapping[str, int | str | None], renamed: Mapping[str, str]
) -> dict[str, int]:
    """Every printed name's unit: the one a person chose, else by exact name, by alias, else a new unit.

    A choice is remembered as an alias. Names that differ only in blanks or width are one.
    """
    chosen = {_key(name): int(unit_id) for name, unit_id in mapping.items() if unit_id}
    known, by_alias = _known_units(session)
    ids = {unit_id for unit_id, _ in known.values()}
    resolved: dict[str, int] = {}
    wanted: dict[str, list[str]] = {}
    aliases: dict[str, int] = {}
    for printed in printed_units(draft):
        name = renamed.get(printed, printed)
        key = _key(printed)
        if key in chosen:
            if chosen[key] not in ids:
                raise Refused("为“%(name)s”选择的单位已不存在，请重新选择。", name=_short(printed))
            resolved[printed] = chosen[key]
            if known.get(key, (None,))[0] != chosen[key] and len(printed) <= 200:
                aliases[printed] = chosen[key]
            continue
        found = known.get(_key(name)) or by_alias.get(_key(name)) or known.get(key) or by_alias.get(key)
        if found:
            resolved[printed] = found[0]
            continue
        if len(name) > 200:
            raise Refused("单位名称“%(name)s”超过200字，请在预览中为它选择一个已有单位。", name=_short(name))
        wanted.setdefault(_key(name), []).append(printed)
    names = {key: renamed.get(printed[0], printed[0]) for key, printed in wanted.items()}
    last = session.scalar(select(func.max(models.Unit.sort))) or 0
    rows = [{"name": name, "sort": last + n} for n, name in enumerate(names.values(), 1)]
    for key, unit_id in zip(names, _insert(session, models.Unit, rows), strict=True):
        resolved |= {printed: unit_id for printed in wanted[key]}
    _remember_aliases(session, aliases, by_alias)
    return resolved


def _remember_aliases(session: Session, aliases: Mapping[str, int], by_alias: Mapping[str, tuple[int, str]]) -> None:
    new = {}
    for name, unit_id in aliases.items():
        had = by_alias.get(_key(name))
        if had is None:
            new[_key(name)] = {"name": name, "unit_id": unit_id}
        elif had[0] != unit_id:
            moved = [row for row in session.scalars(select(models.UnitAlias)) if _key(row.name) == _key(name)]
            for row in moved:
                row.unit_id = unit_id
    _insert(session, models.UnitAlias, list(new.values()))


# -- import ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Imported:
    """What an import made; `questions` are those still open, whose items stay marked."""

    inspection_id: int
    issues: int
    measures: int
    questions: list[Question]


def import_plan(
    session: Session,
    draft: PlanDraft,
    inspection: InspectionForm,
    answers: Mapping[str, str],
    units: Mapping[str, int | str | None],
    *,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
    as_of: dt.date | None = None,
    plan_file: models.PlanFile | None = None,
) -> Imported:
    """Bring a draft into the ledger, all or nothing: a savepoint takes back every row where anything is refused.

    `answers` are by question id (`questions`), `units` printed name → id of a known unit. An inspection of that name is
    added to; an issue that it already has is refused. A draft that states progress is a ledger: what it claims counts
    from `as_of`, or from `day` where no cut-off is given (S13). A plan without any claims begins on that day.
    """
    if as_of is not None and as_of > day:
        raise Refused("台账截止日%(as_of)s晚于今天，请改正。", as_of=as_of)
    form = inspection.checked()
    if not draft.issues:
        raise Refused("这份文件中没有读出任何反馈问题，请检查文件内容，或改用手工录入。")
    if plan_file is not None:
        if plan_file.imported_at is not None:
            raise Refused("这份方案已经导入过，不能再次导入。")
        refuse_imported(session, plan_file.sha256)
    with session.begin_nested():
        done = _Import(session, draft, form, by, day, at, as_of).run(answers, units, plan_file)
    return done


class _Import:
    """One import on its way: rows are made in memory and go to the database in one statement a table and thousand."""

    def __init__(
        self,
        session: Session,
        draft: PlanDraft,
        form: InspectionForm,
        by: Actor,
        day: dt.date,
        at: dt.datetime,
        as_of: dt.date | None,
    ) -> None:
        self.session, self.draft, self.form = session, draft, form
        self.by, self.day, self.at, self.as_of = by, day, at, as_of
        self.begins_on = as_of or day
        self.is_ledger = states_progress(draft)
        self.rows: dict[Any, list[dict[str, Any]]] = defaultdict(list)

    def run(
        self,
        answers: Mapping[str, str],
        units: Mapping[str, int | str | None],
        plan_file: models.PlanFile | None,
    ) -> Imported:
        cut_off_on = self.begins_on if self.is_ledger else None
        self.said = _answered(self.session, self.draft, answers, self.form, cut_off_on)
        self._check_texts()
        self.open: dict[tuple[int, int | None], list[str]] = defaultdict(list)
        for question in self.said.left:
            for place in _marked(self.draft, question):
                self.open[place].append(question.ask)
        self.units = _resolve_units(self.session, self.draft, units, self.said.units)
        inspection, existed = self._inspection()
        issue_ids = self._issues(inspection, plan_file)
        measure_ids = self._measures(inspection, issue_ids)
        self._milestones(issue_ids, measure_ids)
        added = self._rounds(inspection)
        self._claims(inspection, measure_ids)
        for table, rows in self.rows.items():
            self._write(table, rows)
        if plan_file is not None:
            plan_file.inspection_id, plan_file.imported_at, plan_file.as_of_on = inspection.id, self.at, self.as_of
        flat = [measure_id for ids in measure_ids for measure_id in ids]
        standing.write(self.session, flat, day=self.begins_on, at=self.at)
        if existed and added:
            standing.write_inspection(self.session, inspection.id, day=self.day, at=self.at)
        counted = sum(len(issue.measures) for issue in self.draft.issues)
        records.write(
            self.session,
            self.by,
            self.at,
            "plan.import",
            "inspection",
            inspection.id,
            name=inspection.name,
            issues=len(issue_ids),
            measures=counted,
            questions=len(self.said.left),
            as_of=self.as_of,
            file=plan_file.name if plan_file is not None else None,
            sha256=plan_file.sha256 if plan_file is not None else None,
        )
        return Imported(inspection.id, len(issue_ids), counted, self.said.left)

    def _check_texts(self) -> None:
        for i, issue in enumerate(self.draft.issues):
            line = f"（第{issue.line}行）" if issue.line else ""
            if not _clean(issue.text):
                raise Refused("第%(n)s个问题%(line)s没有内容，请在预览中补上后再导入。", n=i + 1, line=line)
            for m, measure in enumerate(issue.measures):
                if not _clean(measure.text):
                    raise Refused(
                        "%(where)s%(line)s的第%(m)s条措施没有内容，请在预览中补上后再导入。",
                        where=_where(issue, i),
                        line=line,
                        m=m + 1,
                    )

    def _inspection(self) -> tuple[models.Inspection, bool]:
        found = self.session.scalar(select(models.Inspection).where(models.Inspection.name == self.form.name))
        if found is None:
            return _new_inspection(self.session, self.form, self.at), False
        had = {
            (_key(number), _bare(text))
            for number, text in self.session.execute(
                select(models.Issue.number, models.Issue.text).where(
                    models.Issue.inspection_id == found.id, models.Issue.withdrawn_on.is_(None)
                )
            )
        }
        for i, issue in enumerate(self.draft.issues):
            if (_key(issue.number or ""), _bare(_clean(issue.text))) in had:
                raise Refused(
                    "批次“%(name)s”中已有%(where)s“%(text)s”，没有导入任何内容；请换一个批次名称，或从文件中去掉它。",
                    name=found.name,
                    where=_where(issue, i),
                    text=_short(issue.text),
                )
        return found, True

    def _issues(self, inspection: models.Inspection, plan_file: models.PlanFile | None) -> list[int]:
        sources = self._sources(inspection)
        seq = self.session.scalar(select(func.max(models.Issue.seq)).where(models.Issue.inspection_id == inspection.id))
        rows = []
        for i, issue in enumerate(self.draft.issues):
            rows.append(
                {
                    "inspection_id": inspection.id,
                    "source_id": sources.get(_clean(issue.source or "")[:200]),
                    "plan_file_id": plan_file.id if plan_file is not None else None,
                    "seq": (seq or 0) + i + 1,
                    "number": self.said.numbers.get((i, None), _clean(issue.number or "")[:40]),
                    "upper_number": _clean(issue.upper_number or "")[:40],
                    "category": _clean(issue.category or "")[:300],
                    "text": _clean(issue.text),
                    "goal": _clean(issue.goal or ""),
                    "question": "\n".join(self.open.get((i, None), [])),
                    "begins_on": self.begins_on,
                    "created_at": self.at,
                    **_limit_columns(self._deadline(i, None, issue), issue.original_deadline),
                }
            )
        return _insert(self.session, models.Issue, rows)

    def _sources(self, inspection: models.Inspection) -> dict[str, int]:
        names = dict.fromkeys(_clean(issue.source or "")[:200] for issue in self.draft.issues)
        names.pop("", None)
        had = self.session.execute(
            select(models.Source.name, models.Source.id).where(models.Source.inspection_id == inspection.id)
        ).tuples()
        found = dict(had.all())
        new = [name for name in names if name not in found]
        rows = [{"inspection_id": inspection.id, "name": name} for name in new]
        return found | dict(zip(new, _insert(self.session, models.Source, rows), strict=True))

    def _deadline(self, i: int, m: int | None, item: IssueDraft | MeasureDraft) -> Deadline | None:
        return self.said.deadlines.get((i, m), item.deadline)

    def _measures(self, inspection: models.Inspection, issue_ids: Sequence[int]) -> list[list[int]]:
        """Measures, their links, assignments and named persons; the ids by issue."""
        rows = []
        for i, issue in enumerate(self.draft.issues):
            for m, item in _measures(issue):
                limit = self._deadline(i, m, item) if m is not None else None
                rows.append(
                    {
                        "text": _clean(item.text),
                        "implied": m is None,
                        "question": "\n".join(self.open.get((i, m), [])) if m is not None else "",
                        "begins_on": self.begins_on,
                        "created_at": self.at,
                        **_limit_columns(limit, item.original_deadline if m is not None else None),
                    }
                )
        ids = iter(_insert(self.session, models.Measure, rows))
        by_issue: list[list[int]] = []
        for i, issue in enumerate(self.draft.issues):
            own = [next(ids) for _ in _measures(issue)]
            by_issue.append(own)
            for (m, item), measure_id in zip(_measures(issue), own, strict=True):
                number = self.said.numbers.get((i, m), _clean(item.number or "")[:40]) if m is not None else ""
                self.rows[models.MeasureLink].append(
                    {
                        "measure_id": measure_id,
                        "issue_id": issue_ids[i],
                        "inspection_id": inspection.id,
                        "home": True,
                        "counted": True,
                        "seq": (m or 0) + 1,
                        "number": number,
                    }
                )
            self._assignments(issue, issue_ids[i], own)
        return by_issue

    def _assignments(self, issue: IssueDraft, issue_id: int, measure_ids: Sequence[int]) -> None:
        on_issue = self._parts(issue.units)
        on_measures = [self._parts(measure.units) for measure in issue.measures] or [[]]
        copies = spread(on_issue, on_measures)
        for column, item_id, parts in (
            ("issue_id", issue_id, copies[0]),
            *(("measure_id", m, parts) for m, parts in zip(measure_ids, copies[1], strict=True)),
        ):
            for part in parts:
                row = {"issue_id": None, "measure_id": None, "since_on": self.begins_on, **part.columns()}
                self.rows[models.Assignment].append(row | {column: item_id})
        for column, item_id, units in (
            ("issue_id", issue_id, issue.units),
            *(("measure_id", m, measure.units) for m, measure in zip(measure_ids, issue.measures, strict=False)),
        ):
            for unit in units:
                if unit.role in PERSONS and _clean(unit.name):
                    row = {"issue_id": None, "measure_id": None, "role": unit.role, "name": _clean(unit.name)[:200]}
                    self.rows[models.NamedPerson].append(row | {column: item_id})

    def _parts(self, units: Iterable[UnitDraft]) -> list[Part]:
        found = {
            Part(self.units[_clean(unit.name)], unit.role): None
            for unit in units
            if unit.role not in PERSONS and _clean(unit.name)
        }
        return list(found)

    def _milestones(self, issue_ids: Sequence[int], measure_ids: Sequence[Sequence[int]]) -> None:
        for i, issue in enumerate(self.draft.issues):
            for n, stone in enumerate(issue.milestones):
                row: dict[str, Any] = {"issue_id": None, "measure_id": None, "due_on": stone.date}
                row["text"] = _clean(stone.text)
                held = self.said.milestones.get((i, n), _holder(issue, stone.text) if issue.measures else 0)
                if held is None:
                    row["issue_id"] = issue_ids[i]
                else:
                    row["measure_id"] = measure_ids[i][held]
                self.rows[models.Milestone].append(row)

    def _rounds(self, inspection: models.Inspection) -> bool:
        """The round a ledger stands for, closed on its day without grace (S13); and one round ahead."""
        self.round_id: int | None = None
        if self.is_ledger:
            on = self.begins_on
            had = self.session.scalar(
                select(models.Round).where(
                    models.Round.inspection_id == inspection.id,
                    models.Round.opens_on == on,
                    models.Round.cut_off_on == on,
                )
            )
            if had is None:
                had = models.Round(
                    inspection_id=inspection.id,
                    name=f"{on.year}年{on.month}月{on.day}日台账",
                    opens_on=on,
                    cut_off_on=on,
                    grace_days=0,
                    opened_at=self.at,
                    closed_at=self.at,
                    imported=True,
                )
                self.session.add(had)
                self.session.flush()
            self.round_id = had.id
        return bool(rounds.plan_next(self.session, inspection, self.day, self.at, write_standings=False))

    def _claims(self, inspection: models.Inspection, measure_ids: Sequence[Sequence[int]]) -> None:
        if not self.is_ledger:
            return
        on = self.begins_on
        last_on = rounds.next_cut_off(self.session, inspection.id, on)
        for i, issue in enumerate(self.draft.issues):
            for (m, item), measure_id in zip(_measures(issue), measure_ids[i], strict=True):
                facts = _facts(issue, m)
                limit = self._deadline(i, m, item) or self._deadline(i, None, issue)
                state, completed_on = self._claimed(i, m, facts, limit)
                self.rows[models.LedgerClaim].append(
                    {
                        "measure_id": measure_id,
                        "as_of_on": on,
                        "state": state,
                        "completed_on": completed_on,
                        "completed_on_known": completed_on is not None,
                        "progress": _clean(facts.progress or ""),
                    }
                )
                if state == "signed_off":
                    self.rows[models.SignOffMark].append(
                        {"measure_id": measure_id, "signed_off_on": on, "at": self.at, "imported": True}
                    )
                if state in ("on_schedule", "behind"):
                    self._confirmation(measure_id, state, last_on if state == "on_schedule" else None)
                if state not in ("", "in_progress"):
                    self._report(measure_id, state, facts)

    def _claimed(self, i: int, m: int | None, facts: Facts, limit: Deadline | None) -> tuple[str, dt.date | None]:
        """(state, completion day) that count on the cut-off day; "" where the ledger claims nothing."""
        on = self.begins_on
        own = facts is not self.draft.issues[i]
        answered = self.said.states.get((i, m if own else None))
        if answered is not None:
            return answered
        state, completed_on = facts.state or "", facts.completed_on
        if state in ("completed", "signed_off") and _after(completed_on, on):
            return ("signed_off", None) if state == "signed_off" else ("in_progress", None)
        if state == "overdue" and (limit is None or limit.date is None or limit.date >= on):
            return "in_progress", None
        if state == "overdue":  # the date itself says so
            return "", None
        if state not in ("completed", "signed_off"):
            return state, None
        return state, min(completed_on, on) if completed_on else None

    def _confirmation(self, measure_id: int, verdict: str, last_on: dt.date | None) -> None:
        reason = "导入台账填报为达到序时进度" if verdict == "on_schedule" else "导入台账填报为未达到序时进度"
        self.rows[models.Confirmation].append(
            {
                "measure_id": measure_id,
                "verdict": verdict,
                "confirmed_on": self.begins_on,
                "last_on": last_on,
                "at": self.at,
                "by_id": self.by.user_id,
                "reason": reason,
                "imported": True,
            }
        )

    def _report(self, measure_id: int, state: str, facts: Facts) -> None:
        said = {"signed_off": "completed", "on_schedule": "in_progress", "behind": "in_progress"}.get(state, state)
        self.rows[models.ProgressReport].append(
            {
                "measure_id": measure_id,
                "round_id": self.round_id,
                "reported_on": self.begins_on,
                "at": self.at,
                "by_id": self.by.user_id,
                "imported": True,
                "state": said,
                "text": _clean(facts.progress or ""),
                "difficulty": _clean(facts.difficulty or ""),
                "next_step": _clean(facts.next_step or ""),
            }
        )

    def _write(self, table: Any, rows: list[dict[str, Any]]) -> None:
        for start in range(0, len(rows), CHUNK):
            self.session.execute(insert(table.__table__), rows[start : start + CHUNK])


def _marked(draft: PlanDraft, question: Question) -> list[tuple[int, int | None]]:
    """The items that stay marked while a question is open; a question about the whole document marks none."""
    if question.issue is not None or question.topic == "deadline":
        return _places(draft, question)
    return []


def _limit_columns(limit: Deadline | None, original: Deadline | None) -> dict[str, Any]:
    """The columns of HasDeadline; 原时限 where the ledger has it, else the deadline itself."""
    if limit is None:
        limit = Deadline("")
    return {
        "deadline_raw": _clean(limit.raw)[:300],
        "deadline_kind": limit.kind,
        "deadline_on": limit.date,
        "original_deadline_on": (original.date if original is not None else None) or limit.date,
        "start_on": limit.start,
        "long_term": limit.long_term,
        "deadline_inferred": limit.inferred,
    }


def _insert(session: Session, table: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Insert rows, their ids in the order given; one statement for each thousand.

    SQLite gives ids back in no certain order; but nobody writes while we do, and it too counts on from the largest.
    """
    core = table.__table__
    ids: list[int] = []
    if rows and session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(core.c.id))) or 0
        ids = list(range(last + 1, last + 1 + len(rows)))
        session.execute(insert(core), [{"id": made, **row} for made, row in zip(ids, rows, strict=True)])
        return ids
    for start in range(0, len(rows), CHUNK):
        statement = insert(core).returning(core.c.id, sort_by_parameter_order=True)
        ids += session.execute(statement, rows[start : start + CHUNK]).scalars().all()
    return ids


# -- assignments -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A unit's part in an item; `inherited` and `answers` as in models.Assignment."""

    unit_id: int
    role: str
    inherited: bool = False
    answers: bool = False

    def columns(self) -> dict[str, Any]:
        return {"unit_id": self.unit_id, "role": self.role, "inherited": self.inherited, "answers": self.answers}


def spread(on_issue: Sequence[Part], on_measures: Sequence[Sequence[Part]]) -> tuple[list[Part], list[list[Part]]]:
    """All parts in an issue and in its measures, from the own ones of each: copies added, `answers` set.

    A measure takes the issue's units of every family of which it has none itself. An issue that names no unit that
    answers carries those of its measures, so that rankings by issue find it.
    """
    measures = []
    for own in on_measures:
        families = {_family(part.role) for part in own}
        copies = [replace(part, inherited=True) for part in on_issue if _family(part.role) not in families]
        measures.append(_answering([*own, *copies]))
    issue = list(on_issue)
    if not any(_family(part.role) == 0 for part in issue):
        raised = {Part(p.unit_id, p.role, inherited=True): None for parts in measures for p in parts if p.answers}
        issue += list(raised)
    return _answering(issue), measures


def _family(role: str) -> int:
    return next(n for n, roles in enumerate(FAMILIES) if role in roles)


def _answering(parts: Sequence[Part]) -> list[Part]:
    word = "lead" if any(part.role == "lead" for part in parts) else "responsible"
    return [replace(part, answers=part.role == word) for part in parts]


# -- texts -----------------------------------------------------------------------------------------------------------


def _clean(text: str) -> str:
    """A text as the database can keep it: trimmed, without NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()


def _key(name: str) -> str:
    """What names and numbers are compared by: width and blanks make no difference (IN-10)."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def _bare(text: str) -> str:
    """The letters and digits of a text, for asking whether one text holds another."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 30 else text[:29] + "…"
