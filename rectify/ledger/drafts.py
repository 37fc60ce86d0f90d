"""A draft before it is imported: kept while its questions are answered, its questions and answers, its unit names.

How a file is read is `reading`'s; rows of the ledger are made in `importing`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import calendar, models, records
from rectify.reading.draft import Facts, IssueDraft, MeasureDraft, PlanDraft, Question, Topic
from rectify.records import Actor
from rectify.rules import deadlines, workdays
from rectify.rules.deadlines import Deadline

from .common import PERSONS, Refused, bare, clean, insert_rows, key_of, office_only, required, short
from .inspections import InspectionForm

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


@dataclass(frozen=True)
class FileSeen:
    """A file by what makes it the same file again."""

    name: str
    sha256: str
    size: int

    @classmethod
    def of(cls, name: str, data: bytes) -> FileSeen:
        return cls(name, hashlib.sha256(data).hexdigest(), len(data))


def keep_plan(
    session: Session, *, name: str, sha256: str, size: int, draft: PlanDraft, by: Actor, at: dt.datetime
) -> models.PlanFile:
    """Keep an uploaded file's draft while its questions are answered. A file that was imported is refused."""
    office_only(by)
    refuse_imported(session, sha256)
    made = models.PlanFile(
        name=clean(name)[:300] or "未命名",
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


def drop_plan(session: Session, plan_file: models.PlanFile, *, by: Actor, at: dt.datetime) -> None:
    """Give up a plan that waits for its import; one that was imported stays."""
    office_only(by)
    if plan_file.imported_at is not None:
        raise Refused("这份方案已经导入，不能放弃。")
    records.write(session, by, at, "plan.drop", "plan_file", plan_file.id, name=plan_file.name)
    session.delete(plan_file)
    session.flush()


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


def questions(draft: PlanDraft, *, as_of: dt.date | None = None) -> list[Question]:
    """All that a person should decide about a draft: what reading asks, and what only the ledger needs to know.

    The ledger asks for a deadline where an unfinished item has none (S11), whose a milestone is where no measure's text
    holds it (S10), and about claims that contradict the cut-off day (S13). Ids are the same on every reading, and stay
    when another item of the draft is taken out.
    """
    asked = list(draft.questions)
    taken = {question.id for question in asked}
    about = {(q.issue, q.measure) for q in asked if q.topic == "deadline"}
    for i, issue in enumerate(draft.issues):
        for question in _own_questions(issue, i, about, as_of):
            while question.id in taken:
                question.id += "+"
            taken.add(question.id)
            asked.append(question)
    return asked


def _own_questions(
    issue: IssueDraft, i: int, about: Set[tuple[int | None, int | None]], as_of: dt.date | None
) -> Iterator[Question]:
    where = where_of(issue, i)
    lacking = any(not _limited(issue, m) and not _good(facts_of(issue, m)) for m, _ in measures_of(issue))
    if lacking and not any((i, m) in about for m in (None, *range(len(issue.measures)))):
        yield _question("deadline", issue, i, None, where, f"{where}{NO_DEADLINE}")
    for n, stone in enumerate(issue.milestones):
        if len(issue.measures) > 1 and holder_of(issue, stone.text) is None:
            ask = f"{where}的阶段性目标“{short(stone.text)}”（{stone.date}）属于第几条措施？不答则约束整个问题。"
            yield _question("milestone", issue, i, None, where, ask, raw=f"{n}|{stone.date}")
    doubted: set[int | None] = set()
    for m, measure in measures_of(issue):
        facts = facts_of(issue, m)
        position = m if facts is measure else None
        doubt = _doubted_claim(facts, measure.deadline or issue.deadline, as_of)
        if doubt and position not in doubted:
            doubted.add(position)
            spot = where if position is None else f"{where}第{position + 1}条措施"
            yield _question("state", issue, i, position, spot, f"{spot}{doubt}", raw=doubt)


def states_progress(draft: PlanDraft) -> bool:
    """Whether a draft says how far anything is: then it is a ledger, and what it claims counts from its cut-off day."""
    return any(_says(issue) or any(_says(measure) for measure in issue.measures) for issue in draft.issues)


def measures_of(issue: IssueDraft) -> Iterator[tuple[int | None, MeasureDraft | IssueDraft]]:
    """The issue's measures with their positions, or the issue itself (None) where it has none."""
    if not issue.measures:
        yield None, issue
    yield from enumerate(issue.measures)


def facts_of(issue: IssueDraft, m: int | None) -> Facts:
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
    if facts.state in ("completed", "signed_off") and as_of and after_cut_off(facts.completed_on, as_of):
        return f"的完成日期{facts.completed_on}晚于台账截止日{as_of}，请填写实际完成日期；不答则不算完成。"
    if facts.state == "overdue" and as_of and (limit is None or limit.date is None or limit.date >= as_of):
        return "在台账中写为逾期，但整改时限并未超过，请核对整改时限；不答则按未报送处理。"
    return None


def after_cut_off(completed_on: dt.date | None, as_of: dt.date) -> bool:
    """A month means its last day, but never later than the cut-off (S13): that one is no contradiction."""
    if completed_on is None or completed_on <= as_of:
        return False
    month_end = deadlines.last_day(as_of.year, as_of.month)
    return completed_on != month_end


def holder_of(issue: IssueDraft, text: str) -> int | None:
    """The position of the only measure whose text holds a milestone's, 0 where there is but one measure."""
    if len(issue.measures) == 1:
        return 0
    wanted = bare(text)
    if len(wanted) < 4:
        return None
    holders = [m for m, measure in enumerate(issue.measures) if wanted in bare(measure.text)]
    return holders[0] if len(holders) == 1 else None


def _question(
    topic: Topic, issue: IssueDraft, i: int, m: int | None, where: str, ask: str, *, raw: str = ""
) -> Question:
    key = f"ledger|{topic}|{issue.number}|{issue.text[:200]}|{m}|{raw}"
    made = "l-" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:10]
    line = issue.line if m is None else issue.measures[m].line
    return Question(where=where, ask=ask, topic=topic, raw=raw, issue=i, measure=m, line=line, id=made)


def where_of(issue: IssueDraft, position: int) -> str:
    return f"问题{issue.number or position + 1}"


def amend_draft(
    draft: PlanDraft, issue: int, measure: int | None, *, number: str, text: str, goal: str, deadline: str
) -> None:
    """Put one item of a draft right by hand. `deadline` is a phrase; what was asked about it is settled.

    Refused, and nothing changed, where the phrase cannot be dated or the text is empty.
    """
    held = draft.issues[issue]
    item: IssueDraft | MeasureDraft = held if measure is None else held.measures[measure]
    text = required(text, "反馈问题的内容" if measure is None else "整改措施的内容")
    phrase = clean(deadline)
    if phrase != (item.deadline.raw if item.deadline is not None else ""):
        parsed = deadlines.parse(phrase, year_hint=_year_of(draft))
        if parsed.needs_question:
            raise Refused("整改时限：%(why)s", why=parsed.needs_question)
        item.deadline = parsed.deadline if phrase else None
        draft.questions = [
            q for q in draft.questions if q.topic != "deadline" or (q.issue, q.measure) != (issue, measure)
        ]
    item.number, item.text = clean(number)[:40] or None, text
    if measure is None:
        held.goal = clean(goal) or None


def drop_from_draft(draft: PlanDraft, issue: int, measure: int | None) -> None:
    """Take an item out of a draft, with the questions about it; those about later items follow their new places."""
    if measure is None:
        del draft.issues[issue]
    else:
        del draft.issues[issue].measures[measure]
    kept = []
    for question in draft.questions:
        if question.issue == issue and measure in (None, question.measure):
            continue
        if measure is None and question.issue is not None and question.issue > issue:
            question.issue -= 1
        if measure is not None and question.issue == issue and (question.measure or 0) > measure:
            question.measure = (question.measure or 0) - 1
        kept.append(question)
    draft.questions = kept


def _year_of(draft: PlanDraft) -> int | None:
    """The year that phrases without one mean: that of most deadlines that have one, else of the cut-off."""
    years = [i.deadline.date.year for i in draft.issues if i.deadline is not None and i.deadline.date is not None]
    return max(set(years), key=years.count) if years else draft.as_of.year if draft.as_of else None


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
    _apply(_Answered(), draft, question, answer, form, as_of, Calendar(session))


def answered(
    session: Session,
    draft: PlanDraft,
    answers: Mapping[str, str],
    form: InspectionForm,
    as_of: dt.date | None,
) -> _Answered:
    asked = questions(draft, as_of=as_of)
    given = {str(key): clean(str(value)) for key, value in answers.items() if value is not None}
    unknown = set(given) - {q.id for q in asked}
    if unknown:
        raise Refused("答复中的问题编号%(ids)s不在这份文件的待确认问题里，请核对。", ids="、".join(sorted(unknown)[:5]))
    result = _Answered()
    working = Calendar(session)
    for question in asked:
        answer = given.get(question.id, "")
        if answer:
            _apply(result, draft, question, answer, form, as_of, working)
        else:
            result.left.append(question)
    return result


class Calendar:
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
    working: Calendar,
) -> None:
    answer = clean(answer)
    if question.topic == "deadline":
        for place in _places(draft, question):
            old = result.deadlines.get(place) or _deadline_at(draft, place)
            result.deadlines[place] = answer_deadline(answer, old, question, form, working)
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


def answer_deadline(
    answer: str, old: Deadline | None, question: Question, form: InspectionForm, working: Calendar
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
            answer=short(answer),
        )
    long_term = found.long_term or bool(old and old.long_term)
    return replace(found, raw=raw or answer, long_term=long_term)


def _counted(phrase: Deadline, base: dt.date, working: Calendar) -> Deadline:
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
            answer=short(answer),
            states="、".join(STATE_WORDS),
        )
    return "completed", found


def _answer_measure(issue: IssueDraft, answer: str, question: Question) -> int | None:
    """The position of the measure that an answer names by its number or its place; None: the issue keeps it."""
    if answer in (*KEEP, "issue", "问题", "0"):
        return None
    for m, measure in enumerate(issue.measures):
        if measure.number and key_of(measure.number) == key_of(answer):
            return m
    plain = answer.strip("第条项 ")
    if plain.isascii() and plain.isdigit() and 1 <= int(plain[:6]) <= len(issue.measures):
        return int(plain) - 1
    raise Refused(
        "%(where)s没有第“%(answer)s”条措施，请填写1到%(count)s，或填“问题”由整个问题承担。",
        where=question.where,
        answer=short(answer),
        count=len(issue.measures),
    )


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
            if unit.role not in PERSONS and clean(unit.name):
                names.setdefault(clean(unit.name))
    return list(names)


def match_units(session: Session, printed: Iterable[str]) -> list[Match]:
    """Printed names against the known ones, by exact name and then by alias. Two statements."""
    known, by_alias = _known_units(session)
    matches = []
    for name in printed:
        key = key_of(name)
        found = known.get(key) or by_alias.get(key)
        by = "name" if key in known else "alias" if found else ""
        matches.append(Match(name, found[0], found[1], by) if found else Match(name))
    return matches


def _known_units(session: Session) -> tuple[dict[str, tuple[int, str]], dict[str, tuple[int, str]]]:
    rows = session.execute(select(models.Unit.id, models.Unit.name)).all()
    names = {row.id: row.name for row in rows}
    known = {key_of(row.name): (row.id, row.name) for row in rows}
    aliases = session.execute(select(models.UnitAlias.unit_id, models.UnitAlias.name)).all()
    return known, {key_of(row.name): (row.unit_id, names[row.unit_id]) for row in aliases}


def resolve_units(
    session: Session, draft: PlanDraft, mapping: Mapping[str, int | str | None], renamed: Mapping[str, str]
) -> dict[str, int]:
    """Every printed name's unit: the one a person chose, else by exact name, by alias, else a new unit.

    A choice is remembered as an alias. Names that differ only in blanks or width are one.
    """
    chosen = {key_of(name): int(unit_id) for name, unit_id in mapping.items() if unit_id}
    known, by_alias = _known_units(session)
    ids = {unit_id for unit_id, _ in known.values()}
    resolved: dict[str, int] = {}
    wanted: dict[str, list[str]] = {}
    aliases: dict[str, int] = {}
    for printed in printed_units(draft):
        name = renamed.get(printed, printed)
        key = key_of(printed)
        if key in chosen:
            if chosen[key] not in ids:
                raise Refused("为“%(name)s”选择的单位已不存在，请重新选择。", name=short(printed))
            resolved[printed] = chosen[key]
            if known.get(key, (None,))[0] != chosen[key] and len(printed) <= 200:
                aliases[printed] = chosen[key]
            continue
        found = known.get(key_of(name)) or by_alias.get(key_of(name)) or known.get(key) or by_alias.get(key)
        if found:
            resolved[printed] = found[0]
            continue
        if len(name) > 200:
            raise Refused("单位名称“%(name)s”超过200字，请在预览中为它选择一个已有单位。", name=short(name))
        wanted.setdefault(key_of(name), []).append(printed)
    names = {key: renamed.get(printed[0], printed[0]) for key, printed in wanted.items()}
    last = session.scalar(select(func.max(models.Unit.sort))) or 0
    rows = [{"name": name, "sort": last + n} for n, name in enumerate(names.values(), 1)]
    for key, unit_id in zip(names, insert_rows(session, models.Unit, rows), strict=True):
        resolved |= {printed: unit_id for printed in wanted[key]}
    _remember_aliases(session, aliases, by_alias)
    return resolved


def _remember_aliases(session: Session, aliases: Mapping[str, int], by_alias: Mapping[str, tuple[int, str]]) -> None:
    new = {}
    for name, unit_id in aliases.items():
        had = by_alias.get(key_of(name))
        if had is None:
            new[key_of(name)] = {"name": name, "unit_id": unit_id}
        elif had[0] != unit_id:
            moved = [row for row in session.scalars(select(models.UnitAlias)) if key_of(row.name) == key_of(name)]
            for row in moved:
                row.unit_id = unit_id
    insert_rows(session, models.UnitAlias, list(new.values()))


def marked(draft: PlanDraft, question: Question) -> list[tuple[int, int | None]]:
    """The items that stay marked while a question is open; a question about the whole document marks none."""
    if question.issue is not None or question.topic == "deadline":
        return _places(draft, question)
    return []
