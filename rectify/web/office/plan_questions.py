"""The questions of a plan before its import: grouped, answered together or one by one.

Which questions there are, and what an answer does, is `ledger.questions`'.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext as _

from rectify import ledger
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft, Question
from rectify.web import parts
from rectify.web.office import fields

SINGLES_A_PAGE = 300


@dataclass
class Group:
    """Questions that one answer may settle: the same phrase, or the same lack. `key` names its fields in the form."""

    key: str
    topic: str
    ask: str
    questions: list[Question]
    raw: str = ""
    answer: str = ""
    typed: str = ""
    fault: str = ""
    choices: list[tuple[str, Any]] = field(default_factory=list)
    answered: int = 0
    singles: list[tuple[Question, str]] = field(default_factory=list)


def _groups(draft: PlanDraft, as_of: dt.date | None) -> list[Group]:
    """The questions in the order of their weight: deadlines, states, what was read in doubt; milestones may stay open.

    Deadlines of the same phrase, or lacking altogether, make one group.
    """
    order = ("deadline", "state", "split", "number", "unit", "total", "other", "milestone")
    groups: dict[str, Group] = {}
    for question in ledger.questions(draft, as_of=as_of):
        shared = question.topic == "deadline"
        name = f"{question.topic}|{question.raw}" if shared else question.id
        key = "g-" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:10]
        ask = question.ask
        if key in groups:
            groups[key].questions.append(question)
            continue
        groups[key] = Group(key, question.topic, ask, [question], question.raw if shared else "")
    return sorted(groups.values(), key=lambda group: order.index(group.topic))


def typed_answers(draft: PlanDraft, as_of: dt.date | None, answers: Mapping[str, str]) -> list[tuple[Question, str]]:
    """What was typed for the questions that the form showed. One's own answer goes before the one for its group; a
    question of a group that had no field of its own keeps its answer unless the group was given one."""
    typed = []
    for group in _groups(draft, as_of):
        if f"{group.key}-choice" not in request.form and f"{group.key}-text" not in request.form:
            continue
        common = _typed(group.key)
        for question in group.questions:
            own = _typed(question.id)
            alone = len(group.questions) == 1 or f"{question.id}-text" in request.form
            typed.append((question, own or common or ("" if alone else answers.get(question.id, ""))))
    return typed


def _typed(key: str) -> str:
    text = parts.clean(request.form.get(f"{key}-text", ""))[:300]
    return text or parts.clean(request.form.get(f"{key}-choice", ""))[:300]


def _choices(group: Group, draft: PlanDraft) -> list[tuple[str, Any]]:
    """The answers offered for a group; besides them a text where its topic takes one."""
    keep = ("确认", _("已核对，按现有内容处理"))
    if group.topic == "deadline":
        offered: list[tuple[str, Any]] = [
            ("长期坚持", _("长期坚持，没有截止日期")),
            ("立行立改", _("立行立改")),
        ]
        kinds = {_deadline_kind(draft, question) for question in group.questions}
        if "relative" in kinds:
            offered = [("自反馈之日", _("自反馈之日起算")), ("自印发之日", _("自印发之日起算")), *offered]
        if kinds <= {"date", "range", "immediate", "long_term"}:
            offered = [keep, *offered]
        return offered
    if group.topic == "state":
        return [keep, *((word, fields.STATES[state]) for word, state in ledger.STATE_WORDS.items())]
    if group.topic == "milestone" and group.questions[0].issue is not None:
        measures = draft.issues[group.questions[0].issue].measures
        return [
            ("问题", _("整个问题")),
            *((str(m + 1), f"{m + 1}. {measure.text[:40]}") for m, measure in enumerate(measures)),
        ]
    return [keep]


def _deadline_kind(draft: PlanDraft, question: Question) -> str:
    if question.issue is None:
        return "ask"
    issue = draft.issues[question.issue]
    item: IssueDraft | MeasureDraft = issue if question.measure is None else issue.measures[question.measure]
    return item.deadline.kind if item.deadline is not None else "none"


def shown_groups(
    draft: PlanDraft, as_of: dt.date | None, answers: dict[str, str], faults: dict[str, tuple[str, str]]
) -> list[Group]:
    groups = _groups(draft, as_of)
    room = SINGLES_A_PAGE
    for group in groups:
        group.choices = _choices(group, draft)
        given = {answers.get(question.id, "") for question in group.questions}
        group.answered = sum(bool(answers.get(question.id)) for question in group.questions)
        wrong = next((faults[question.id] for question in group.questions if question.id in faults), None)
        common = wrong[0] if wrong else given.pop() if len(given) == 1 else ""
        offered = {value for value, _word in group.choices}
        group.answer, group.typed = (common, "") if common in offered else ("", common)
        group.fault = wrong[1] if wrong else ""
        if len(group.questions) > 1:
            shown = group.questions[: max(room, 0)]
            room -= len(shown)
            group.singles = [(q, "" if answers.get(q.id, "") == common else answers.get(q.id, "")) for q in shown]
    open_first = sorted(groups, key=lambda group: group.answered == len(group.questions) and not group.fault)
    return open_first


def cut_off(draft: PlanDraft, as_of: dt.date | None) -> dt.date | None:
    """The day on which a ledger's claims count; None for a plan without any."""
    return (as_of or parts.today()) if ledger.states_progress(draft) else None
