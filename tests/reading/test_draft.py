"""A draft survives its JSON, which is what the contract of `rectify plan read` prints."""

from __future__ import annotations

import json
from datetime import date

import pytest

from rectify.reading.draft import (
    IssueDraft,
    MeasureDraft,
    MilestoneDraft,
    PlanDraft,
    Question,
    UnitDraft,
    Unread,
)
from rectify.rules.deadlines import Deadline


def a_full_draft() -> PlanDraft:
    measure = MeasureDraft(
        number="1-1",
        text="建成泵站。",
        deadline=Deadline("2020年6月至2021年12月", date(2021, 12, 31), date(2020, 6, 1), "range"),
        units=[UnitDraft("东河县住建局", "lead")],
        line=7,
        state="completed",
        progress="已建成。",
        completed_on=date(2021, 11, 30),
        started=True,
        signed_off=False,
        claims_completed=True,
        claims_on_schedule=True,
        original_deadline=Deadline("2020年底前", date(2020, 12, 31), None, "date"),
        difficulty="资金不足",
        next_step="争取专项债",
        remark="更新",
    )
    issue = IssueDraft(
        number="1",
        upper_number="16",
        category="水污染",
        text="污水直排。",
        goal="达标。",
        deadline=Deadline("长期坚持", kind="long_term", long_term=True),
        units=[UnitDraft("市水务局", "acceptance")],
        measures=[measure],
        milestones=[MilestoneDraft(date(2020, 3, 31), "完成立项。")],
        source="2018年考核",
        part="台账",
        line=5,
    )
    draft = PlanDraft(title="整改方案", declared_issues=1, declared_measures=1, issues=[issue])
    draft.ask(Question("1", "时限怎么定？", "deadline", "汛期前", 0, None, 6))
    draft.unread.append(Unread(9, "附：略"))
    draft.as_of, draft.encoding, draft.source_lines = date(2021, 12, 31), "utf-8", ["一", "二"]
    return draft


def test_a_draft_comes_back_whole_from_its_json() -> None:
    draft = a_full_draft()
    assert PlanDraft.from_json(json.loads(json.dumps(draft.as_json(), ensure_ascii=False))) == draft


def test_the_json_holds_the_keys_of_the_contract() -> None:
    document = a_full_draft().as_json()
    assert {"title", "declared", "issues", "questions", "unread"} <= set(document)
    issue = document["issues"][0]
    assert {"number", "upper_number", "category", "text", "goal", "deadline", "units", "measures"} <= set(issue)
    assert issue["milestones"] == [{"date": "2020-03-31", "text": "完成立项。"}]
    assert issue["measures"][0]["deadline"] == {
        "raw": "2020年6月至2021年12月",
        "date": "2021-12-31",
        "start": "2020-06-01",
        "kind": "range",
        "long_term": False,
        "inferred": False,
    }


def test_a_question_keeps_its_id_when_the_same_text_is_read_again() -> None:
    assert a_full_draft().questions[0].id == a_full_draft().questions[0].id


def test_the_same_question_about_two_rows_gets_two_ids_and_about_one_row_one() -> None:
    draft = PlanDraft()
    for issue in (0, 1, 1):
        draft.ask(Question("表1", "时限怎么定？", "deadline", "汛期前", issue))
    assert len(draft.questions) == len({question.id for question in draft.questions}) == 2


@pytest.mark.parametrize(
    "document",
    [
        {"issues": [{"state": "finished"}]},
        {"issues": [{"units": [{"name": "甲", "role": "boss"}]}]},
        {"issues": [{"deadline": {"raw": "", "kind": "soon"}}]},
        {"issues": [3]},
        {"unread": [{}]},
    ],
)
def test_a_document_that_is_no_draft_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        PlanDraft.from_json(document)
