"""An import taken back: everything is as it was, or it says what stands in the way."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from rectify import access, ledger, models, progress, reading, releases, rounds, standing
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft, UnitDraft
from rectify.rules import schedule
from tests.conftest import AT, TODAY
from tests.test_comparing import (
    BY,
    FIXTURES,
    FORM,
    apply,
    bring,
    compare,
    dump,
    keep,
    limit,
    version_one,
    version_two,
)

LATER, LATER_AT = TODAY + dt.timedelta(days=40), AT + dt.timedelta(days=40)


def only(session, table: Any) -> Any:
    return session.scalars(select(table)).one()


def undo(session, file, day=TODAY, at=AT) -> ledger.Undone:
    return ledger.undo_import(session, file, by=BY, day=day, at=at)


def measure(session, text: str = "清淤5公里。") -> models.Measure:
    return session.scalars(select(models.Measure).where(models.Measure.text == text)).one()


# -- a first import --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["plans/county_ledger.xlsx", "plans/flattened.txt", "blind/b09_ticks_in_three_columns_utf16.txt"]
)
def test_a_first_import_undone_leaves_the_database_as_it_was(session, name):
    path: Path = FIXTURES / name
    draft = reading.read(path.read_bytes(), path.name)
    before = dump(session)
    bring(session, draft, as_of=min(draft.as_of or TODAY, TODAY))
    assert dump(session) != before

    done = undo(session, only(session, models.PlanFile))

    assert dump(session) == before
    assert done.inspection and done.issues == len(draft.issues)
    file = only(session, models.PlanFile)
    assert (file.imported_at, file.inspection_id, file.as_of_on, file.applied) == (None, None, None, None)
    assert session.scalars(select(models.AuditEntry.act).order_by(models.AuditEntry.id)).all()[-1] == "plan.undo"


def test_what_was_undone_can_be_imported_again(session):
    bring(session, version_one())
    file = only(session, models.PlanFile)
    undo(session, file)

    ledger.import_plan(session, version_one(), FORM, {}, {}, by=BY, day=TODAY, at=AT, plan_file=file)

    assert session.scalar(select(func.count()).select_from(models.Issue)) == 3


def test_an_import_into_an_inspection_that_was_there_leaves_the_others_as_they_were(session):
    bring(session, version_one())
    before = dump(session)
    more = PlanDraft(
        issues=[
            IssueDraft(
                number="九",
                text="危险废物台账不全。",
                deadline=limit("2026年底"),
                units=[UnitDraft("市应急局", "lead")],
                source="夜查",
                measures=[MeasureDraft(number="1", text="补齐台账。", state="behind", progress="未动。")],
            )
        ]
    )
    file = keep(session, more, "补充.xlsx")
    ledger.import_plan(session, more, FORM, {}, {}, by=BY, day=TODAY, at=AT, plan_file=file)

    done = undo(session, file)

    assert dump(session) == before and not done.inspection


def test_names_that_were_learnt_for_the_import_are_forgotten_with_it(session, cast):
    before = dump(session)
    file = keep(session, version_one())
    ledger.import_plan(
        session,
        version_one(),
        FORM,
        {},
        {"市住建局": cast.units["supervisor"]},
        by=BY,
        day=TODAY,
        at=AT,
        plan_file=file,
    )
    assert only(session, models.UnitAlias).name == "市住建局"

    undo(session, file)

    assert dump(session) == before


def test_a_unit_that_is_used_elsewhere_stays(session):
    made = bring(session, version_one())
    new = session.scalars(select(models.Unit).where(models.Unit.name == "市住建局")).one()
    other = ledger.add_inspection(session, ledger.InspectionForm("另一批次"), by=BY, day=TODAY, at=AT)
    form = ledger.IssueForm("油烟扰民。", deadline="2026年底", units={"lead": [new.id]})
    ledger.add_issue(session, other, form, by=BY, day=TODAY, at=AT)

    undo(session, only(session, models.PlanFile))

    assert session.get(models.Inspection, made.id) is None
    assert session.scalar(select(models.Unit.id).where(models.Unit.name == "市住建局")) == new.id


def report(session, item):
    progress.report(
        session,
        item,
        by=BY,
        unit_id=None,
        on_behalf=False,
        state="in_progress",
        text="已开工。",
        day=TODAY,
        at=LATER_AT,
    )


def submit(session, item):
    progress.submit(
        session, item, by=BY, unit_id=None, on_behalf=False, claim="completed", text="完成。", day=TODAY, at=LATER_AT
    )


def extend(session, item):
    ledger.extend(
        session, item, new_deadline_on=dt.date(2027, 1, 31), approved_on=TODAY, document_number="1号", reason="汛情",
        by=BY, day=TODAY, at=LATER_AT,
    )  # fmt: skip


def correct(session, item):
    ledger.correct_deadline(
        session,
        item,
        new_deadline_on=dt.date(2026, 9, 30),
        effect_on=TODAY,
        reason="笔误",
        by=BY,
        day=TODAY,
        at=LATER_AT,
    )


def confirm(session, item):
    rounds.confirm(session, item, "behind", "进度滞后", None, by=BY, day=TODAY, at=LATER_AT)


def attach(session, item):
    session.add(
        models.Evidence(measure_id=item.id, name="a.png", media_type="image/png", sha256="0" * 64, size=1, at=LATER_AT)
    )


def link(session, item):
    other = ledger.add_inspection(session, ledger.InspectionForm("另一批次"), by=BY, day=TODAY, at=LATER_AT)
    issue = ledger.add_issue(
        session, other, ledger.IssueForm("同类问题。", deadline="2026年底"), by=BY, day=TODAY, at=LATER_AT
    )
    ledger.link_measure(session, item, issue, by=BY, day=TODAY, at=LATER_AT)


def add(session, item):
    issue = session.scalars(select(models.Issue).where(models.Issue.number == "二")).one()
    ledger.add_measure(session, issue, ledger.MeasureForm("加固堤防。"), by=BY, day=TODAY, at=LATER_AT)


def remind(session, item):
    user = session.scalars(select(models.User)).first()
    mail = models.Outbox(
        user_id=user.id, day_on=TODAY, message_id="<a@b>", queued_at=AT, next_try_at=AT, state="sent", sent_at=AT
    )
    session.add(mail)
    session.flush()
    session.add(
        models.Reminder(
            user_id=user.id, measure_id=item.id, step="due_30", deadline_on=TODAY, day_on=TODAY, outbox_id=mail.id
        )
    )
    session.flush()


WAYS = [
    (report, "进展填报"),
    (submit, "完成申报"),
    (extend, "延期"),
    (correct, "时限更正"),
    (confirm, "进度确认"),
    (attach, "佐证材料"),
    (link, "措施的增减或关联"),
    (add, "措施的增减或关联"),
    (remind, "已发出的提醒"),
]


@pytest.mark.parametrize(("later", "word"), WAYS, ids=[way.__name__ for way, _word in WAYS])
def test_what_came_later_stands_in_the_way_and_is_named(session, later, word):
    bring(session, version_one())
    file = only(session, models.PlanFile)
    later(session, measure(session))
    session.flush()
    before = dump(session)

    with pytest.raises(ledger.Refused, match=f"导入以后已有.*{word}"):
        undo(session, file)

    assert dump(session) == before and file.imported_at is not None


def test_a_text_put_right_by_hand_is_no_hindrance_but_is_told(session):
    bring(session, version_one())
    item = measure(session)
    ledger.amend_measure(session, item, ledger.MeasureForm("清淤6公里。", "1"), by=BY, day=TODAY, at=LATER_AT)
    file = only(session, models.PlanFile)

    assert ledger.hindrances(session, file) == []
    assert ledger.outlook(session, file) == ledger.Undone(3, 4, by_hand=1, inspection=True)


def test_an_unsent_reminder_goes_with_its_measure(session):
    bring(session, version_one())
    remind(session, measure(session))
    only(session, models.Outbox).state = "queued"
    session.flush()

    undo(session, only(session, models.PlanFile))

    assert session.scalar(select(func.count()).select_from(models.Reminder)) == 0


def test_what_was_never_imported_is_not_undone(session):
    with pytest.raises(ledger.Refused, match="还没有导入"):
        undo(session, keep(session, version_one()))


def test_only_the_office_undoes(session, person):
    clerk = person("unit_a")
    bring(session, version_one())

    with pytest.raises(ledger.Refused, match="只有整改办"):
        ledger.undo_import(session, only(session, models.PlanFile), by=clerk, day=TODAY, at=AT)


# -- an import into an inspection that was there ---------------------------------------------------------------------


@pytest.fixture
def second(session):
    """The inspection, the database before its newer version, and the file of that."""
    made = bring(session, version_one(), TODAY - dt.timedelta(days=90), AT - dt.timedelta(days=90))
    report_on = session.scalars(select(models.Measure).where(models.Measure.text.startswith("改造提升"))).one()
    progress.report(
        session, report_on, by=BY, unit_id=None, on_behalf=False, state="in_progress", text="已招标。",
        day=TODAY - dt.timedelta(days=5), at=AT - dt.timedelta(days=5),
    )  # fmt: skip
    rounds.open_due(session, TODAY, AT)  # as the night does it: there is always one ahead
    before = dump(session)
    file = keep(session, version_two(), "修订.docx")
    apply(session, compare(session, version_two(), made), file=file)
    return made, before, file


def test_a_newer_version_undone_leaves_every_row_and_figure_as_it_was(session, second):
    made, before, file = second
    assert dump(session) != before

    done = undo(session, file)

    assert dump(session) == before
    assert (done.issues, done.measures, done.inspection) == (1, 4, False) and done.restored > 0
    assert compare(session, version_one(), made).entries == []


def test_undone_a_month_later_the_ledger_goes_on_from_what_it_was(session, second):
    made, before, file = second
    rounds.open_due(session, LATER, LATER_AT)

    undo(session, file, LATER, LATER_AT)

    facts = ("issue", "measure", "measure_link", "assignment", "milestone", "extension", "correction", "named_person")
    after = dump(session)
    assert {name: after[name] for name in facts} == {name: before[name] for name in facts}
    for item in session.scalars(select(models.Measure)):
        gathered = standing.gather(session, [item.id])[item.id]
        now = standing.of(session, item.id, LATER)
        assert now is not None and schedule.measure_turns(gathered.facts).overdue_from == now.overdue_from


@pytest.mark.parametrize(("later", "word"), WAYS[:8], ids=[way.__name__ for way, _word in WAYS[:8]])
def test_what_came_after_a_newer_version_stands_in_the_way(session, second, later, word):
    _made, _before, file = second
    later(session, measure(session))
    session.flush()

    assert word in ledger.hindrances(session, file)
    with pytest.raises(ledger.Refused, match="不能撤销导入"):
        undo(session, file)


def test_an_item_of_it_changed_by_hand_since_stands_in_the_way(session, second):
    _made, _before, file = second
    ledger.amend_measure(
        session, measure(session), ledger.MeasureForm("清淤7公里。", "4"), by=BY, day=TODAY, at=LATER_AT
    )

    assert ledger.hindrances(session, file) == ["手工修改"]


def test_what_happens_to_items_that_it_left_alone_is_no_hindrance(session):
    made = bring(session, version_one())
    draft = version_one()
    draft.issues[0].goal = "全面消除直排。"
    file = keep(session, draft)
    apply(session, compare(session, draft, made), file=file)
    report(session, measure(session))

    undo(session, file)

    assert session.scalars(select(models.Issue.goal).order_by(models.Issue.seq)).first() == "消除直排。"
    assert session.scalar(select(func.count()).select_from(models.ProgressReport)) == 1


def test_a_first_import_is_not_undone_while_a_newer_version_rests_on_it(session, second):
    first = session.scalars(select(models.PlanFile).order_by(models.PlanFile.id)).first()

    with pytest.raises(ledger.Refused, match="不能撤销导入"):
        undo(session, first)


def test_an_import_whose_rows_stand_in_a_release_is_not_undone(session):
    """What was released stays as it was, and so must what its rows name."""
    bring(session, version_one())
    file = only(session, models.PlanFile)
    unit = models.Unit(name="丙县人民政府")
    session.add(unit)
    session.flush()
    for issue_id in session.scalars(select(models.Issue.id)).all():
        for measure_id in session.scalars(
            select(models.MeasureLink.measure_id).where(models.MeasureLink.issue_id == issue_id)
        ):
            session.add(
                models.Assignment(measure_id=measure_id, unit_id=unit.id, role="lead", answers=True, since_on=TODAY)
            )
        session.add(models.Assignment(issue_id=issue_id, unit_id=unit.id, role="lead", answers=True, since_on=TODAY))
    session.flush()
    releases.release(session, access.SYSTEM, TODAY, today=TODAY, at=AT)

    with pytest.raises(ledger.Refused, match="导入以后已有已发布的报告，请在台账中逐项更正"):
        undo(session, file)
    assert only(session, models.PlanFile).imported_at is not None
