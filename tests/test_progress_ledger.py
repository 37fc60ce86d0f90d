"""A county's ledger of progress beside an inspection that holds its measures: what it reports, and what it does not do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select

from rectify import figures, ledger, models, progress, rounds, standing
from rectify.ledger import comparing
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft
from rectify.rules import schedule
from tests.conftest import AT, TODAY
from tests.test_comparing import BY, apply, bring, compare, dump, keep, limit
from tests.test_outgoing import through
from tests.test_undoing import undo

BEGAN, BEGAN_AT = dt.date(2026, 3, 2), AT - dt.timedelta(days=105)
CUT_OFF = dt.date(2026, 6, 10)


def plan() -> PlanDraft:
    return PlanDraft(
        issues=[
            IssueDraft(
                number="一",
                text="城区污水直排问题突出。",
                deadline=limit("2026年5月底前"),
                measures=[
                    MeasureDraft(number="1", text="新建管网12公里。"),
                    MeasureDraft(number="2", text="改造泵站2座。"),
                ],
            ),
            IssueDraft(number="二", text="河道淤积严重。", deadline=limit("2026年12月底前")),
        ]
    )


def ledger_of(**facts: Any) -> PlanDraft:
    """The plan as a ledger, in which the first measure says this; the others say nothing."""
    draft = plan()
    for name, value in facts.items():
        setattr(draft.issues[0].measures[0], name, value)
    return draft


@pytest.fixture
def inspection(session):
    made = bring(session, plan(), BEGAN, BEGAN_AT)
    for month in (4, 5, 6):
        rounds.open_due(session, dt.date(2026, month, 1), AT.replace(month=month, day=1))
    return made


@pytest.fixture
def measure(session, inspection):
    return session.scalars(select(models.Measure).where(models.Measure.text == "新建管网12公里。")).one()


def reports(session, measure) -> list[tuple[dt.date, str, str]]:
    table = models.ProgressReport
    query = select(table.reported_on, table.state, table.text).where(table.measure_id == measure.id).order_by(table.id)
    return [tuple(row) for row in session.execute(query)]


def verdict(session, measure, day: dt.date) -> str:
    row = standing.of(session, measure.id, day)
    assert row is not None
    return schedule.verdict(row, day).value


@pytest.mark.parametrize(
    ("facts", "state", "text"),
    [
        ({"state": "in_progress", "progress": "已建成8公里。"}, "in_progress", "已建成8公里。"),
        ({"state": None, "progress": "已建成8公里。"}, "in_progress", "已建成8公里。"),
        ({"state": "not_started", "progress": "等待资金。"}, "not_started", "等待资金。"),
        ({"state": "not_started"}, "not_started", "台账填报：尚未启动。"),
        (
            {"state": "on_schedule", "progress": "已建成8公里。"},
            "in_progress",
            "已建成8公里。\n台账填报：达到序时进度。",
        ),
        ({"state": "behind"}, "in_progress", "台账填报：未达到序时进度。"),
        ({"state": "overdue", "progress": "未完工。"}, "in_progress", "未完工。\n台账填报：逾期。"),
        ({"state": "basically_completed"}, "basically_completed", "台账填报：基本完成。"),
        ({"state": "completed", "completed_on": dt.date(2026, 5, 20)}, "completed", "台账填报：已完成（2026-05-20）。"),
        ({"state": "signed_off", "progress": "已验收。"}, "completed", "已验收。\n台账填报：已销号。"),
        # Completed on a day after the cut-off cannot be: it is a question, and until answered no claim.
        (
            {"state": "completed", "completed_on": dt.date(2026, 8, 3)},
            "in_progress",
            "台账填报：已完成（2026-08-03）。",
        ),
    ],
)
def test_a_row_becomes_a_report_of_the_cut_off_day_and_loses_nothing_that_it_says(
    session, inspection, measure, facts, state, text
):
    found = compare(session, ledger_of(**facts), inspection, as_of=CUT_OFF)
    assert [(e.kind, e.number) for e in found.entries] == [("report", "一-1")]

    done = apply(session, found)

    assert done.reported == 1 and reports(session, measure) == [(CUT_OFF, state, text)]
    row = session.scalars(select(models.ProgressReport)).one()
    june = session.scalars(select(models.Round.id).where(models.Round.opens_on == dt.date(2026, 6, 1))).one()
    assert (row.round_id, row.imported, row.at) == (june, True, AT)


@pytest.mark.parametrize("state", ["completed", "signed_off", "basically_completed", "on_schedule"])
def test_a_claim_is_no_verdict(session, inspection, measure, state):
    assert verdict(session, measure, TODAY) == "overdue"

    apply(session, compare(session, ledger_of(state=state, progress="已完工。"), inspection, as_of=CUT_OFF))

    assert verdict(session, measure, TODAY) == "overdue"
    assert session.scalar(select(func.count()).select_from(models.LedgerClaim)) == 0
    assert session.scalar(select(func.count()).select_from(models.SignOffMark)) == 0


def test_what_was_said_of_the_days_since_the_cut_off_is_restated_and_marked(session, inspection):
    silent = session.scalars(select(models.Measure).where(models.Measure.implied)).one()
    assert verdict(session, silent, CUT_OFF) == "unreported"
    draft = plan()
    draft.issues[1].progress, draft.issues[1].state = "已清淤2公里。", "in_progress"

    apply(session, compare(session, draft, inspection, as_of=CUT_OFF))

    eve = CUT_OFF - dt.timedelta(days=1)
    assert [verdict(session, silent, day) for day in (eve, CUT_OFF, TODAY)] == [
        "unreported",
        "on_schedule",
        "on_schedule",
    ]
    assert [standing.of(session, silent.id, day).corrected for day in (eve, CUT_OFF)] == [False, True]
    for day in (BEGAN, eve, CUT_OFF, TODAY):
        assert figures.check(session, day) == []


def test_the_same_ledger_again_reports_nothing(session, inspection):
    draft = ledger_of(state="behind", progress="资金未到位。")
    apply(session, compare(session, draft, inspection, as_of=CUT_OFF))

    again = compare(session, draft, inspection, as_of=CUT_OFF)

    assert again.entries == [] and again.rejected == []


def test_the_same_words_in_the_next_round_are_a_report_of_their_own(session, inspection, measure):
    draft = ledger_of(state="in_progress", progress="正在施工。")
    apply(session, compare(session, draft, inspection, as_of=dt.date(2026, 5, 31)))

    apply(session, compare(session, draft, inspection, as_of=CUT_OFF))

    assert [on for on, _state, _text in reports(session, measure)] == [dt.date(2026, 5, 31), CUT_OFF]


def test_a_row_that_says_nothing_reports_nothing(session, inspection):
    draft = ledger_of(state="in_progress", progress="正在施工。")

    found = compare(session, draft, inspection, as_of=CUT_OFF)

    assert [entry.number for entry in found.entries] == ["一-1"]


def test_what_a_unit_reported_after_the_cut_off_stays_the_last_word(session, inspection, measure):
    progress.report(
        session,
        measure,
        by=BY,
        unit_id=None,
        on_behalf=False,
        state="in_progress",
        text="已建成10公里。",
        day=TODAY,
        at=AT,
    )
    found = compare(session, ledger_of(state="not_started", progress="未动。"), inspection, as_of=CUT_OFF)

    assert [(e.note, e.by_default, e.last_on) for e in found.entries] == [("reported_since", False, TODAY)]
    apply(session, found)
    assert verdict(session, measure, TODAY) == "overdue"
    assert standing.gather(session, [measure.id])[measure.id].facts.reports[-1].state == "in_progress"


def finish(session, measure):
    progress.submit(
        session, measure, by=BY, unit_id=None, on_behalf=False, claim="completed", text="完成。", day=TODAY, at=AT
    )
    progress.accept(session, progress.open_submission(session, measure.id), by=BY, unit_id=None, day=TODAY, at=AT)


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        ({"state": "behind", "progress": "未完。"}, [comparing.FINISHED]),
        ({"state": "completed", "progress": "已完成。"}, []),
        ({"state": "signed_off"}, []),
    ],
)
def test_what_is_finished_takes_no_report(session, inspection, measure, facts, reasons):
    finish(session, measure)

    found = compare(session, ledger_of(**facts), inspection, as_of=TODAY)

    assert found.entries == [] and [one.reason for one in found.rejected] == reasons


def test_a_cut_off_before_the_measure_was_known_is_rejected(session, inspection):
    draft = ledger_of(state="in_progress", progress="正在施工。")

    found = compare(session, draft, inspection, as_of=BEGAN - dt.timedelta(days=1))

    assert [one.reason for one in found.rejected] == [comparing.TOO_EARLY] and found.entries == []


def test_rows_that_match_nothing_are_rejected_and_what_is_not_listed_stays(session, inspection):
    draft = ledger_of(state="in_progress", progress="正在施工。")
    del draft.issues[1], draft.issues[0].measures[1]
    draft.issues[0].measures.append(MeasureDraft(number="8", text="编制应急预案。", progress="已编制。"))
    draft.issues.append(IssueDraft(number="七", text="油烟扰民。", progress="已整改。"))

    found = compare(session, draft, inspection, as_of=CUT_OFF)

    assert [(one.reason, one.place) for one in found.rejected] == [
        (comparing.NO_MEASURE, (0, 1)),
        (comparing.NO_ISSUE, (1, None)),
    ]
    assert found.absent == 2 and [entry.kind for entry in found.entries] == ["report"]
    with pytest.raises(ledger.Refused, match="有2项不能导入"):
        apply(session, found)
    assert apply(session, found, leave_out=True).rejected == 2


def test_texts_and_limits_of_a_ledger_change_nothing_unless_chosen(session, inspection):
    draft = ledger_of(state="in_progress", progress="正在施工。")
    draft.issues[0].deadline = limit("2026年9月底前")

    found = compare(session, draft, inspection, as_of=CUT_OFF)

    assert [(e.kind, e.by_default) for e in found.entries] == [("changed", False), ("report", True)]


def test_what_is_claimed_done_is_submitted_where_that_is_asked_and_waits(session, inspection, measure):
    found = compare(session, ledger_of(state="completed", progress="已完工。"), inspection, as_of=CUT_OFF)

    done = apply(session, found, submit=True)

    assert done.submitted == 1
    made = progress.open_submission(session, measure.id)
    assert made is not None and (made.submitted_on, made.claim) == (TODAY, "completed")
    assert verdict(session, measure, TODAY) == "overdue"


def test_a_ledger_undone_leaves_every_row_as_it_was(session, inspection):
    before = dump(session)
    draft = ledger_of(state="completed", progress="已完工。")
    draft.issues[1].progress = "已清淤2公里。"
    file = keep(session, draft, "县级台账.xlsx")
    apply(session, compare(session, draft, inspection, as_of=CUT_OFF), file=file, submit=True)
    assert dump(session) != before

    undo(session, file)

    assert dump(session) == before


def test_a_report_that_follows_stands_in_the_way_of_undoing(session, inspection, measure):
    draft = ledger_of(state="in_progress", progress="正在施工。")
    file = keep(session, draft, "县级台账.xlsx")
    apply(session, compare(session, draft, inspection, as_of=CUT_OFF), file=file)
    progress.report(
        session, measure, by=BY, unit_id=None, on_behalf=False, state="in_progress", text="已通水。", day=TODAY, at=AT
    )

    assert ledger.hindrances(session, file) == ["进展填报"]


# -- an export that was edited: a newer version that states progress ---------------------------------------------------


def export(session, inspection, way: str = "xlsx", day: dt.date = TODAY) -> PlanDraft:
    """What is read from the file that goes out of an inspection on a day."""
    return through(ledger.plan_of(session, inspection, day), way)


def said(session, measure, state: str, text: str, day: dt.date = CUT_OFF) -> None:
    at = AT - (TODAY - day)
    progress.report(session, measure, by=BY, unit_id=None, on_behalf=False, state=state, text=text, day=day, at=at)


@pytest.mark.parametrize("way", ["xlsx", "docx"])
@pytest.mark.parametrize("state", ["in_progress", "completed", "basically_completed", "not_started"])
def test_an_export_is_no_report_of_what_it_only_repeats(session, inspection, measure, way, state):
    said(session, measure, state, "已建成8公里。", dt.date(2026, 5, 20))  # in an earlier round

    draft = export(session, inspection, way)

    assert ledger.states_progress(draft) and draft.own_form
    found = compare(session, draft, inspection, as_of=TODAY)
    assert (found.is_ledger, found.entries, found.rejected) == (False, [], [])


def test_an_edited_export_is_a_newer_version_with_texts_limits_new_items_and_progress(session, inspection, measure):
    said(session, measure, "in_progress", "已建成8公里。")
    draft = export(session, inspection)
    first = draft.issues[0]
    first.text, first.deadline = "城区污水直排问题仍然突出。", limit("2026年9月底前")
    first.measures[0].progress = "已建成10公里。"
    first.measures.append(MeasureDraft(number="3", text="建立巡查制度。", state="completed", progress="已印发。"))
    draft.issues.append(IssueDraft(number="三", text="扬尘管控不到位。", measures=[MeasureDraft(text="安装喷淋。")]))

    found = compare(session, draft, inspection, as_of=TODAY)

    assert found.rejected == []
    assert {(e.kind, e.number, e.by_default) for e in found.entries} == {
        ("changed", "一", True),
        ("report", "一-1", True),
        ("added", "一-3", True),
        ("added", "三", True),
    }
    file = keep(session, draft, "导出后修改.xlsx")
    done = apply(session, found, file=file)
    assert (done.changed, done.added_issues, done.added_measures, done.reported) == (1, 1, 2, 2)
    assert reports(session, measure)[-1] == (TODAY, "in_progress", "已建成10公里。")
    added = session.scalars(select(models.Measure).where(models.Measure.text == "建立巡查制度。")).one()
    assert reports(session, added) == [(TODAY, "completed", "已印发。\n台账填报：已完成。")]
    assert verdict(session, added, TODAY) != "completed"
    assert file.as_of_on == TODAY and figures.check(session, TODAY) == []


def test_new_issues_of_a_version_are_reported_on_and_not_taken_at_their_word(session, inspection):
    before = dump(session)
    draft = export(session, inspection)
    draft.issues.append(IssueDraft(number="三", text="油烟扰民。", state="signed_off", progress="已整改。"))
    draft.issues.append(
        IssueDraft(
            number="四",
            text="扬尘管控不到位。",
            measures=[MeasureDraft(text=" "), MeasureDraft(text="安装喷淋。", state="behind", progress="资金未到位。")],
        )
    )
    file = keep(session, draft, "导出后修改.xlsx")
    found = compare(session, draft, inspection, as_of=TODAY, as_ledger=False)

    apply(session, found, file=file, leave_out=True)

    rows = session.execute(
        select(models.Measure.text, models.Measure.implied, models.ProgressReport.state, models.ProgressReport.text)
        .join(models.ProgressReport, models.ProgressReport.measure_id == models.Measure.id)
        .order_by(models.Measure.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("油烟扰民。", True, "completed", "已整改。\n台账填报：已销号。"),
        ("安装喷淋。", False, "in_progress", "资金未到位。\n台账填报：未达到序时进度。"),
    ]
    assert session.scalar(select(func.count()).select_from(models.LedgerClaim)) == 0
    undo(session, file)
    assert dump(session) == before


def test_an_export_of_an_earlier_day_does_not_report_what_was_true_then(session, inspection, measure):
    said(session, measure, "in_progress", "已建成8公里。")
    draft = export(session, inspection, day=CUT_OFF)
    draft.issues[0].measures[1].progress = "已改造1座。"
    said(session, measure, "in_progress", "已建成10公里。", TODAY)
    finish(session, measure)

    found = compare(session, draft, inspection, as_of=draft.as_of)

    assert draft.as_of == CUT_OFF and found.rejected == []
    assert [(e.kind, e.number) for e in found.entries] == [("report", "一-2")]


def test_what_a_file_is_taken_for_decides_what_becomes_of_its_parts(session, inspection):
    draft = ledger_of(state="in_progress", progress="正在施工。")
    draft.issues[0].deadline = limit("2026年9月底前")
    draft.issues[1] = IssueDraft(number="七", text="油烟扰民。")

    def told(as_ledger):
        found = compare(session, draft, inspection, as_of=CUT_OFF, as_ledger=as_ledger)
        return {(e.kind, e.number, e.by_default) for e in found.entries}, [one.place for one in found.rejected]

    both = {("report", "一-1", True)}
    version = {("changed", "一", True), ("added", "七", True), ("gone", "二", False)}
    assert told(False) == (both | version, [])
    assert told(True) == told(None) == (both | {("changed", "一", False)}, [(1, None)])


def test_a_file_without_progress_is_no_ledger_whatever_it_is_taken_for(session, inspection):
    found = compare(session, plan(), inspection, as_ledger=True)

    assert not found.states and not found.is_ledger
