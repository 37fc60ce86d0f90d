"""A draft put right by hand before its import: an item's number, text and time limit; an item taken out."""

from __future__ import annotations

from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft
from rectify.rules import deadlines

from .common import Refused, clean, required


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
