"""What a person should decide about a draft, and what the answers say.

What reading itself asks stands in the draft; which unit a name means is `names'`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from rectify import calendar
from rectify.reading.draft import Facts, IssueDraft, MeasureDraft, PlanDraft, Question, Topic
from rectify.rules import deadlines, schedule, workdays
from rectify.rules.deadlines import Deadline

from .common import Refused, clean, key_of, short
from .drafts import after_cut_off, facts_of, good, holder_of, limited, measures_of, where_of
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


def questions(draft: PlanDraft, *, as_of: dt.date | None = None) -> list[Question]:
    """All that a person should decide about a draft: what reading asks, and what only the ledger needs to know.

    The ledger asks for a deadline where an unfinished item has none (S11), whose a milestone is where no measure's text
    holds it (S10), about planned figures that no planned line holds (S7), and about claims that contradict the cut-off
    day (S13). Ids are the same on every reading, and stay
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
    lacking = any(not limited(issue, m) and not good(facts_of(issue, m)) for m, _ in measures_of(issue))
    if lacking and not any((i, m) in about for m in (None, *range(len(issue.measures)))):
        yield _question("deadline", issue, i, None, where, f"{where}{NO_DEADLINE}")
    for n, stone in enumerate(issue.milestones):
        if len(issue.measures) > 1 and holder_of(issue, stone.text) is None:
            ask = f"{where}的阶段性目标“{short(stone.text)}”（{stone.date}）属于第几条措施？不答则约束整个问题。"
            yield _question("milestone", issue, i, None, where, ask, raw=f"{n}|{stone.date}")
    for m, measure in measures_of(issue):
        for on in _left_out(issue, measure):
            spot = where if m is None else f"{where}第{m + 1}条措施"
            ask = f"{spot}的计划进度{on}不在计划启动日期与整改时限之间，不计入计划线，请核对日期和时限；不答则照录。"
            yield _question("other", issue, i, m, spot, ask, raw=on.isoformat())
    doubted: set[int | None] = set()
    for m, measure in measures_of(issue):
        facts = facts_of(issue, m)
        position = m if facts is measure else None
        doubt = _doubted_claim(facts, measure.deadline or issue.deadline, as_of)
        if doubt and position not in doubted:
            doubted.add(position)
            spot = where if position is None else f"{where}第{position + 1}条措施"
            yield _question("state", issue, i, position, spot, f"{spot}{doubt}", raw=doubt)


def _left_out(issue: IssueDraft, measure: MeasureDraft | IssueDraft) -> list[dt.date]:
    """The days of planned figures that the planned line of a measure will leave out."""
    if measure.target is None:
        return []
    own, of_issue = measure.deadline or Deadline(""), issue.deadline or Deadline("")
    ends = own.start or of_issue.start, (own if own.kind != "none" else of_issue).date
    return schedule.left_out(measure.target.points, *ends, measure.target.quantity)


def _doubted_claim(facts: Facts, limit: Deadline | None, as_of: dt.date | None) -> str | None:
    if facts.state in ("completed", "signed_off") and as_of and after_cut_off(facts.completed_on, as_of):
        return f"的完成日期{facts.completed_on}晚于台账截止日{as_of}，请填写实际完成日期；不答则不算完成。"
    if facts.state == "overdue" and as_of and (limit is None or limit.date is None or limit.date >= as_of):
        return "在台账中写为逾期，但整改时限并未超过，请核对整改时限；不答则按未报送处理。"
    return None


def _question(
    topic: Topic, issue: IssueDraft, i: int, m: int | None, where: str, ask: str, *, raw: str = ""
) -> Question:
    key = f"ledger|{topic}|{issue.number}|{issue.text[:200]}|{m}|{raw}"
    made = "l-" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:10]
    line = issue.line if m is None else issue.measures[m].line
    return Question(where=where, ask=ask, topic=topic, raw=raw, issue=i, measure=m, line=line, id=made)


@dataclass
class Answered:
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
    _apply(Answered(), draft, question, answer, form, as_of, Calendar(session))


def answered(
    session: Session,
    draft: PlanDraft,
    answers: Mapping[str, str],
    form: InspectionForm,
    as_of: dt.date | None,
) -> Answered:
    asked = questions(draft, as_of=as_of)
    given = {str(key): clean(str(value)) for key, value in answers.items() if value is not None}
    unknown = set(given) - {q.id for q in asked}
    if unknown:
        raise Refused("答复中的问题编号%(ids)s不在这份文件的待确认问题里，请核对。", ids="、".join(sorted(unknown)[:5]))
    result = Answered()
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
    result: Answered,
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
    if deadlines.relative_amount(phrase.raw) is None:
        raise Refused("看不出“%(raw)s”是多久，请直接填写截止日期。", raw=phrase.raw)
    found = deadlines.resolve(phrase, base, working.after)
    if found.date is None:
        raise Refused("“%(raw)s”过长，请直接填写截止日期。", raw=phrase.raw)
    return found


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


def open_asks(draft: PlanDraft, said: Answered) -> dict[tuple[int, int | None], list[str]]:
    """What is still asked, by the item that stays marked with it."""
    asks: dict[tuple[int, int | None], list[str]] = defaultdict(list)
    for question in said.left:
        for place in marked(draft, question):
            asks[place].append(question.ask)
    return asks


def marked(draft: PlanDraft, question: Question) -> list[tuple[int, int | None]]:
    """The items that stay marked while a question is open; a question about the whole document marks none."""
    if question.issue is not None or question.topic == "deadline":
        return _places(draft, question)
    return []
