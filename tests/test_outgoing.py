"""A plan that goes out comes in again: ledger → draft → .xlsx or .docx → draft → an empty ledger, nothing changed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import itertools
from decimal import Decimal
from typing import Any

import docx
import openpyxl
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, ledger, models, writing
from rectify.reading import read
from rectify.reading.draft import IssueDraft, MeasureDraft, MilestoneDraft, PlanDraft, Question, Target, UnitDraft
from rectify.rules import deadlines
from tests.reading.labels_of import PLANS, asked, content, fixtures

BY = access.SYSTEM
FORM = ledger.InspectionForm("第一轮省督察", feedback_on=dt.date(2026, 1, 10), issued_on=dt.date(2026, 2, 10))
WAYS = {"xlsx": writing.plan_xlsx, "docx": writing.plan_docx}
LIMIT = (
    "deadline_raw",
    "deadline_kind",
    "deadline_on",
    "original_deadline_on",
    "start_on",
    "long_term",
    "deadline_inferred",
)


def limit(phrase: str) -> deadlines.Deadline:
    return deadlines.parse(phrase).deadline


def through(draft: PlanDraft, way: str) -> PlanDraft:
    """The draft that is read from the file that is written of one."""
    stream = io.BytesIO()
    WAYS[way](stream, draft)
    return read(stream.getvalue(), f"a.{way}")


def bring(session: Session, draft: PlanDraft, today: dt.date, at: dt.datetime, **more: Any) -> models.Inspection:
    values: dict[str, Any] = {"inspection": FORM, "answers": {}, "units": {}, "by": BY, "day": today, "at": at} | more
    done = ledger.import_plan(session, draft, **values)
    return session.get_one(models.Inspection, done.inspection_id)


def held(session: Session, inspection: models.Inspection) -> dict[str, list[Any]]:
    """What the ledger holds of an inspection, without ids: issues, measures, units, persons, milestones."""
    issue, link, measure = models.Issue, models.MeasureLink, models.Measure
    issues = session.scalars(select(issue).where(issue.inspection_id == inspection.id).order_by(issue.seq)).all()
    measures = (
        session.execute(
            select(measure, link).join(link, link.measure_id == measure.id).where(link.inspection_id == inspection.id)
        )
        .tuples()
        .all()
    )
    place = {("issue", one.id): f"{one.seq}" for one in issues}
    place |= {("measure", one.id): f"{place['issue', its.issue_id]}/{its.seq}" for one, its in measures}

    def of_items(table: Any, *columns: Any) -> list[Any]:
        query = select(table.issue_id, table.measure_id, *columns)
        if table is models.Assignment:
            query = query.join(models.Unit, models.Unit.id == models.Assignment.unit_id)
        found = session.execute(query).tuples().all()
        keyed = [(("issue", row[0]) if row[0] else ("measure", row[1]), *row[2:]) for row in found]
        return sorted((place[row[0]], *map(str, row[1:])) for row in keyed if row[0] in place)

    return {
        "issues": [
            (
                place["issue", one.id], one.number, one.upper_number, one.category, one.text, one.goal, one.question,
                one.source.name if one.source else None, *(getattr(one, name) for name in LIMIT),
            )
            for one in issues
        ],
        "measures": sorted(
            (place["measure", one.id], its.number, one.text, one.implied, one.question, str(one.target_quantity), one.target_unit,
             str(ledger.planned_points(session, [one.id])[one.id]), *(str(getattr(one, name)) for name in LIMIT))
            for one, its in measures
        ),
        "units": sorted(set(of_items(models.Assignment, models.Assignment.role, models.Unit.name, models.Assignment.answers))),
        "persons": of_items(models.NamedPerson, models.NamedPerson.role, models.NamedPerson.name),
        "milestones": of_items(models.Milestone, models.Milestone.due_on, models.Milestone.text, models.Milestone.target_state),
    }  # fmt: skip


def full_plan() -> PlanDraft:
    """A plan with everything that a plan may have, and with what reading asks about it."""
    draft = PlanDraft(
        title="甲市整改方案",
        issues=[
            IssueDraft(
                number="一",
                upper_number="16",
                category="生态保护方面",
                text="=城区污水直排，\n\n雨季尤甚。",
                goal="2026年底前完成整治。",
                source="回头看",
                deadline=limit("2026年12月底前，长期坚持"),
                units=[
                    UnitDraft("甲县人民政府", "lead"), UnitDraft("各县（市、区）党委、政府", "responsible"),
                    UnitDraft("市住建局", "cooperating"), UnitDraft("市水利局", "supervising"),
                    UnitDraft("市生态环境局", "acceptance"), UnitDraft("张某", "leader"), UnitDraft("李四", "person"),
                ],
                milestones=[
                    MilestoneDraft(dt.date(2026, 3, 31), "完成管网改造12公里", "basically_completed"),
                    MilestoneDraft(dt.date(2026, 9, 30), "全部验收", "completed"),
                ],
                measures=[
                    MeasureDraft(
                        number="1", text="完成管网改造12公里。", deadline=limit("2026年6月底前"),
                        target=Target(12, "公里", ((dt.date(2026, 3, 31), 5), (dt.date(2026, 6, 30), 12))),
                    ),
                    MeasureDraft(
                        number="2", text="建泵站。", units=[UnitDraft("乙县人民政府", "responsible")],
                        milestones=[MilestoneDraft(dt.date(2026, 5, 31), "开工", "in_progress")],
                    ),
                ],
            ),
            IssueDraft(number="二", text="台账不全。", deadline=limit("三个月内"), target=Target(300, "户"), milestones=[MilestoneDraft(dt.date(2026, 4, 30), "补齐")]),
            IssueDraft(number="三", text="监管不力。", measures=[MeasureDraft(text="每季检查。")]),
        ],
    )  # fmt: skip
    ask = deadlines.parse("三个月内").needs_question or ""
    draft.ask(Question("问题二", ask, "deadline", "三个月内", 1))
    draft.ask(Question("问题三第1条措施", "措施清单以分号结尾，后面是否还有措施？", "other", "", 2, 0))
    return draft


@pytest.mark.parametrize("way", WAYS)
def test_a_plan_that_was_imported_goes_out_as_it_came_in(way, session, today, at):
    inspection = bring(session, full_plan(), today, at, inspection=dataclasses.replace(FORM, plan_name="甲市整改方案"))

    out = ledger.plan_of(session, inspection, today)

    assert content(out) == content(full_plan()) and out.as_of is None
    assert content(through(out, way)) == content(out)
    assert (
        sorted(asked(through(out, way)), key=str) == sorted(asked(out), key=str) == sorted(asked(full_plan()), key=str)
    )


@pytest.mark.parametrize("way", WAYS)
def test_it_comes_into_an_empty_ledger_as_it_was(way, session, today, at):
    inspection = bring(session, full_plan(), today, at)
    before, out = held(session, inspection), through(ledger.plan_of(session, inspection, today), way)
    session.rollback()  # nothing is left
    assert session.scalars(select(models.Inspection)).all() == []

    after = held(session, bring(session, out, today, at))

    for part in before:
        assert after[part] == before[part], part
    assert before["milestones"] and before["persons"] and any(row[6] for row in before["issues"])


@pytest.mark.parametrize("plan", [name for name in fixtures() if name != "petition_statistics.txt"])  # it has no issues
def test_whatever_was_read_and_imported_goes_out_and_comes_in_again(plan, session, today, at):
    draft = read((PLANS / plan).read_bytes(), plan)
    inspection = bring(session, draft, today, at)
    before, out = held(session, inspection), ledger.plan_of(session, inspection, today)
    session.rollback()

    back = through(out, "docx" if plan.endswith("docx") else "xlsx")
    after = held(session, bring(session, back, today, at))

    assert content(back) == content(out)
    assert after == before


@pytest.mark.parametrize("way", WAYS)
def test_a_plan_that_went_out_is_no_newer_version_of_its_inspection(way, session, today, at):
    inspection = bring(session, full_plan(), today, at)
    back = through(ledger.plan_of(session, inspection, today), way)

    found = ledger.compare(session, back, inspection, FORM, {}, {}, day=today)

    assert found.entries == [] and found.rejected == []


def test_targets_that_another_version_gives_are_compared_applied_and_then_no_change(session, today, at):
    inspection = bring(session, full_plan(), today, at)
    newer = full_plan()
    newer.issues[0].measures[0].target = Target(
        Decimal("15.5"), "公里", ((dt.date(2026, 3, 31), Decimal("5.125")), (dt.date(2026, 6, 30), Decimal("15.5")))
    )
    newer.issues[0].measures[1].target = Target(2, "座")
    newer.issues[1].target = Target(280, "户")
    found = ledger.compare(session, newer, inspection, FORM, {}, {}, day=today)

    assert [(entry.place, [(one.field, one.old, one.new) for one in entry.changes]) for entry in found.entries] == [
        ((0, 0), [("target", "12 公里\n2026-03-31 5\n2026-06-30 12", "15.5 公里\n2026-03-31 5.125\n2026-06-30 15.5")]),
        ((0, 1), [("target", "", "2 座")]),
        ((1, None), [("target", "300 户", "280 户")]),
    ]

    file = ledger.keep_plan(session, name="新版.xlsx", sha256="7" * 64, size=9, draft=newer, by=BY, at=at)
    chosen = {entry.key for entry in found.entries}
    ledger.apply_comparison(session, found, chosen, ledger.Basis(), units={}, plan_file=file, by=BY, day=today, at=at)

    out = ledger.plan_of(session, inspection, today)
    assert [measure.target for _, measure in out.measures()] == [measure.target for _, measure in newer.measures()]
    assert out.issues[1].target == Target(280, "户") and out.issues[1].milestones == newer.issues[1].milestones
    assert ledger.compare(session, out, inspection, FORM, {}, {}, day=today).entries == []


def states(session: Session) -> dict[str, str]:
    rows = session.execute(select(models.Milestone.text, models.Milestone.target_state))
    return {text: state for text, state in rows}


def test_a_state_changed_in_our_own_form_is_offered_applied_and_undone(session, today, at):
    inspection = bring(session, full_plan(), today - dt.timedelta(30), at)
    before, newer = states(session), through(ledger.plan_of(session, inspection, today), "xlsx")
    stones = newer.issues[0].measures[1].milestones
    stones[0] = dataclasses.replace(stones[0], target_state="basically_completed")
    found = ledger.compare(session, newer, inspection, FORM, {}, {}, day=today)

    (entry,) = found.entries
    (change,) = entry.changes
    assert "2026-05-31 【正在推进】开工" in change.old and "2026-05-31 【基本完成】开工" in change.new

    file = ledger.keep_plan(session, name="新版.xlsx", sha256="7" * 64, size=9, draft=newer, by=BY, at=at)
    ledger.apply_comparison(
        session, found, {entry.key}, ledger.Basis(), units={}, plan_file=file, by=BY, day=today, at=at
    )
    assert states(session) == before | {"开工": "basically_completed"}
    ledger.undo_import(session, file, by=BY, day=today, at=at)
    assert states(session) == before


def test_a_file_that_says_no_states_takes_none_away(session, today, at):
    inspection = bring(session, full_plan(), today, at)
    newer = full_plan()
    for item in (*newer.issues, *(measure for _, measure in newer.measures())):
        item.milestones = [dataclasses.replace(stone, target_state="") for stone in item.milestones]

    assert ledger.compare(session, newer, inspection, FORM, {}, {}, day=today).entries == []


def test_undoing_a_newer_version_puts_a_target_with_places_back(session, today, at):
    first = full_plan()
    first.issues[0].measures[0].target = Target(Decimal("12.5"), "公里", ((dt.date(2026, 3, 31), Decimal("5.25")),))
    inspection = bring(session, first, today - dt.timedelta(30), at)
    before = ledger.plan_of(session, inspection, today).as_json()
    newer = PlanDraft.from_json(first.as_json())
    newer.issues[0].measures[0].target = Target(Decimal("15.125"), "公里", ((dt.date(2026, 3, 31), Decimal("6.125")),))
    found = ledger.compare(session, newer, inspection, FORM, {}, {}, day=today)
    file = ledger.keep_plan(session, name="新版.xlsx", sha256="7" * 64, size=9, draft=newer, by=BY, at=at)
    chosen = {entry.key for entry in found.entries}
    ledger.apply_comparison(session, found, chosen, ledger.Basis(), units={}, plan_file=file, by=BY, day=today, at=at)

    revised = session.scalars(select(models.PlanRevision)).one()
    assert "新版.xlsx" in revised.reason and revised.recorded_on == today
    assert ledger.hindrances(session, file) == []
    ledger.undo_import(session, file, by=BY, day=today, at=at)

    assert ledger.plan_of(session, inspection, today).as_json() == before
    assert session.scalars(select(models.PlanRevision)).all() == []


def test_a_plan_of_a_past_day_has_the_planned_figures_of_that_day(session, today, at):
    inspection = bring(session, full_plan(), today, at)
    (measure,) = session.scalars(select(models.Measure).where(models.Measure.target_unit == "公里"))
    session.add(
        models.PlannedPoint(
            measure_id=measure.id, due_on=dt.date(2026, 6, 30), quantity=10, approved_on=today + dt.timedelta(9)
        )
    )
    session.flush()

    then, later = (ledger.plan_of(session, inspection, today + dt.timedelta(days)) for days in (8, 9))

    points = [draft.issues[0].measures[0].target.points[-1][1] for draft in (then, later)]
    assert points == [12, 10]


def test_a_plan_goes_out_as_a_document_with_its_title_and_heads_in_the_middle_and_its_pages_numbered() -> None:
    stream = io.BytesIO()
    writing.plan_docx(stream, full_plan())

    document = docx.Document(stream)

    centre = WD_ALIGN_PARAGRAPH.CENTER
    assert document.paragraphs[0].text == full_plan().title and document.paragraphs[0].alignment == centre
    assert {cell.paragraphs[0].alignment for cell in document.tables[0].rows[0].cells} == {centre}
    assert "PAGE" in document.sections[0].footer._element.xml


def test_the_title_of_a_workbook_stands_over_the_whole_table_and_outside_its_rules() -> None:
    stream = io.BytesIO()
    writing.plan_xlsx(stream, full_plan())

    sheet = openpyxl.load_workbook(stream).active

    assert {cell.alignment.horizontal for cell in sheet[1]} == {"centerContinuous"}
    above = itertools.takewhile(lambda row: row[0].value != "问题序号", sheet.iter_rows())
    assert {cell.border.left.style for row in above for cell in row} == {None}


def test_a_form_has_no_empty_columns_of_what_is_open_and_says_its_cut_off_once() -> None:
    draft = full_plan()
    draft.questions = []
    draft.issues[1].deadline = limit("2026年9月底前，三个月内完成主体工程")
    draft.as_of, draft.as_of_text = dt.date(2026, 6, 15), "2026年6月15日"
    stream = io.BytesIO()
    writing.plan_xlsx(stream, draft)

    cells = {str(cell.value) for row in openpyxl.load_workbook(stream).active for cell in row if cell.value}

    assert cells & {"问题待确认", "措施待确认"} == set() and "待确认：无" in cells
    assert [cell for cell in cells if cell.startswith("截")] == ["截至：2026年6月15日"]
    for way in WAYS:
        back = through(draft, way)
        assert asked(back) == [] and (back.as_of, back.as_of_text) == (draft.as_of, draft.as_of_text)
