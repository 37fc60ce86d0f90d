"""Layouts of plans and ledgers that must keep being read as labelled. The labels were checked by eye, not computed."""

from __future__ import annotations

import json

import pytest

from rectify.reading import read
from tests.reading.labels_of import PLANS, fixtures, labels


def test_every_fixture_has_labels_and_every_label_file_a_fixture() -> None:
    assert {f"{name}.json" for name in fixtures()} == {file.name for file in (PLANS / "expected").iterdir()}


@pytest.mark.parametrize("name", fixtures())
def test_a_plan_is_read_as_labelled(name: str) -> None:
    expected = json.loads((PLANS / "expected" / f"{name}.json").read_text(encoding="utf-8"))
    assert labels(name) == expected


@pytest.mark.parametrize("name", fixtures())
def test_every_issue_and_measure_leads_to_its_source_line(name: str) -> None:
    draft = read((PLANS / name).read_bytes(), name)
    for issue in draft.issues:
        assert issue.line is not None and 1 <= issue.line <= len(draft.source_lines)
        for measure in issue.measures:
            assert measure.line is not None
            assert "".join(measure.text.split())[:4] in "".join("".join(draft.source_lines[measure.line - 1 :]).split())


def test_a_hidden_row_is_read_and_said() -> None:
    draft = read((PLANS / "county_ledger.xlsx").read_bytes(), "county_ledger.xlsx")
    assert "有1行是隐藏的，已一并读取。" in draft.notes
    assert [measure.number for measure in draft.issues[0].measures] == ["1-1", "1-2", "1-3"]


def test_a_ledger_keeps_what_its_columns_say_apart_from_the_state() -> None:
    first, second, third = read((PLANS / "county_ledger.xlsx").read_bytes(), "x.xlsx").issues[0].measures
    assert (first.signed_off, first.claims_completed, first.claims_on_schedule) == (True, True, True)
    assert first.completed_on is not None and first.completed_on.isoformat() == "2024-11-30"
    assert (second.signed_off, second.claims_completed, second.claims_on_schedule) == (False, False, True)
    assert second.original_deadline is not None and second.original_deadline.raw == "2025年6月底前"
    assert (third.started, third.claims_on_schedule, third.completion_day_known) == (False, None, False)
