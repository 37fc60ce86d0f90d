"""Acts on plans: imports of drafts and ledgers, and the same things entered by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from rectify import access, ledger, models, standing
from rectify.reading.draft import IssueDraft, MeasureDraft, MilestoneDraft, PlanDraft, Question, Target, UnitDraft
from rectify.rules import deadlines, schedule

BY = access.SYSTEM
FORM = ledger.InspectionForm(
    "第一轮省生态环境保护督察", feedback_on=dt.date(2026, 1, 10), issued_on=dt.date(2026, 2, 10)
)
CUT_OFF = dt.date(2026, 5, 31)


def limit(text: str) -> deadlines.Deadline:
    return deadlines.parse(text).deadline


def issue(text: str = "城区污水直排问题突出。", **values: Any) -> IssueDraft:
    values.setdefault("number", "一")
    values.setdefault("deadline", limit("2026年12月底前"))
    return IssueDraft(text=text, **values)


def step(number: str, text: str, deadline: deadlines.Deadline | None = None, **values: Any) -> MeasureDraft:
    return MeasureDraft(number=number, text=text, deadline=deadline, **values)


def one(state: str | None = None, deadline: str = "2026年12月底前", **facts: Any) -> PlanDraft:
    """A ledger of one issue with one measure that claims `state`."""
    measure = step("1", "完成管网改造12公里。", state=state, **facts)
    return PlanDraft(issues=[issue(deadline=limit(deadline), measures=[measure])])


def bring(session: Session, draft: PlanDraft, today: dt.date, at: dt.datetime, **more: Any) -> ledger.Imported:
    values = {"inspection": FORM, "answers": {}, "units": {}, "by": BY, "day": today, "at": at} | more
    return ledger.import_plan(session, draft, **values)


def only(session: Session, table: Any) -> Any:
    return session.scalars(select(table)).one()


def verdict(session: Session, day: dt.date) -> str:
    measure = only(session, models.Measure)
    row = standing.of(session, measure.id, day)
    assert row is not None
    return schedule.verdict(row, day).value


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


# -- an import -------------------------------------------------------------------------------------------------------


def test_a_plan_comes_in_with_its_issues_measures_units_and_persons(session, today, at, cast):
    units = [UnitDraft("甲县人民政府", "lead"), UnitDraft("市住建局", "responsible"), UnitDraft("张某", "leader")]
    draft = PlanDraft(
        issues=[
            issue(
                upper_number="16",
                source="回头看",
                units=units,
                measures=[step("1", "建管网。"), step("2", "建泵站。", limit("2026年6月底前"))],
            )
        ]
    )

    done = bring(session, draft, today, at)

    assert (done.issues, done.measures, done.questions) == (1, 2, [])
    inspection = only(session, models.Inspection)
    assert (inspection.id, inspection.name) == (done.inspection_id, FORM.name)
    made = only(session, models.Issue)
    assert (made.number, made.upper_number, made.source.name, made.begins_on) == ("一", "16", "回头看", today)
    assert (made.deadline_on, made.deadline_raw) == (dt.date(2026, 12, 31), "2026年12月底前")
    measures = session.scalars(select(models.Measure).order_by(models.Measure.id)).all()
    assert [m.deadline_on for m in measures] == [None, dt.date(2026, 6, 30)]
    assert [m.links[0].number for m in measures] == ["1", "2"]
    new_unit = session.scalar(select(models.Unit.id).where(models.Unit.name == "市住建局"))
    assert session.scalars(select(models.NamedPerson.name)).all() == ["张某"]
    for m in measures:
        parts = session.scalars(
            select(models.Assignment).where(models.Assignment.measure_id == m.id).order_by(models.Assignment.id)
        ).all()
        assert [(p.unit_id, p.role, p.inherited, p.answers) for p in parts] == [
            (cast.units["unit_a"], "lead", True, True),
            (new_unit, "responsible", True, False),
        ]
        row = standing.of(session, m.id, today)
        assert row is not None and row.deadline_on == (m.deadline_on or made.deadline_on)


def test_a_measure_with_units_of_its_own_inherits_only_the_families_it_lacks(session, today, at, cast):
    on_issue = [UnitDraft("甲县人民政府", "lead"), UnitDraft("市生态环境局", "acceptance")]
    own = step("1", "建管网。", units=[UnitDraft("乙县人民政府", "responsible")])
    bring(session, PlanDraft(issues=[issue(units=on_issue, measures=[own])]), today, at)

    parts = session.scalars(select(models.Assignment).where(models.Assignment.measure_id.is_not(None))).all()

    assert {(p.unit_id, p.role, p.inherited, p.answers) for p in parts} == {
        (cast.units["unit_b"], "responsible", False, True),
        (cast.units["supervisor"], "acceptance", True, False),
    }


def test_an_issue_whose_measures_alone_name_units_carries_those_that_answer(session, today, at, cast):
    measures = [
        step("1", "建管网。", units=[UnitDraft("甲县人民政府", "responsible")]),
        step("2", "建泵站。", units=[UnitDraft("乙县人民政府", "responsible")]),
    ]
    bring(session, PlanDraft(issues=[issue(measures=measures)]), today, at)

    parts = session.scalars(select(models.Assignment).where(models.Assignment.issue_id.is_not(None))).all()

    assert [(p.unit_id, p.inherited, p.answers) for p in parts] == [
        (cast.units["unit_a"], True, True),
        (cast.units["unit_b"], True, True),
    ]


def test_an_issue_without_measures_has_one_implied_measure(session, today, at):
    done = bring(session, PlanDraft(issues=[issue()]), today, at)

    measure = only(session, models.Measure)
    assert measure.implied and done.measures == 0
    assert verdict(session, today) == "on_schedule"


@pytest.mark.parametrize(
    ("printed", "given", "found"),
    [
        ("甲县人民政府", None, "甲县人民政府"),
        ("甲县 人民政府", None, "甲县人民政府"),
        ("甲县政府", None, "甲县人民政府"),  # by alias
        ("甲县", "unit_b", "乙县人民政府"),  # chosen
        ("甲县政府", "unit_b", "乙县人民政府"),  # a choice goes before an alias
        ("各县（市、区）党委、政府", None, "各县（市、区）党委、政府"),  # a collective name is one unit
    ],
)
def test_a_printed_unit_name_finds_its_unit(session, today, at, cast, printed, given, found):
    session.add(models.UnitAlias(unit_id=cast.units["unit_a"], name="甲县政府"))
    units = {printed: cast.units[given]} if given else {}
    draft = PlanDraft(issues=[issue(units=[UnitDraft(printed, "lead")])])

    bring(session, draft, today, at, units=units)

    row = session.scalars(select(models.Assignment).where(models.Assignment.issue_id.is_not(None))).one()
    assert row.unit.name == found
    if given:
        again = ledger.match_units(session, [printed])[0]
        assert (again.unit_name, again.by) == (found, "alias")


def test_milestones_go_to_the_measure_whose_text_holds_them_and_else_are_asked(session, today, at):
    draft = PlanDraft(
        issues=[
            issue(
                measures=[
                    step("1", "2026年6月底前完成泵站主体工程。"),
                    step("2", "2026年9月底前完成管网验收。"),
                    step("3", "加强管护。"),
                ],
                milestones=[
                    MilestoneDraft(dt.date(2026, 6, 30), "完成泵站主体工程"),
                    MilestoneDraft(dt.date(2026, 8, 31), "水质明显好转"),
                    MilestoneDraft(dt.date(2026, 10, 31), "溢流基本消除"),
                ],
            )
        ]
    )
    asked = ledger.questions(draft)
    assert [q.topic for q in asked] == ["milestone", "milestone"]

    done = bring(session, draft, today, at, answers={asked[0].id: "3"})

    stones = session.scalars(select(models.Milestone).order_by(models.Milestone.due_on)).all()
    measures = session.scalars(select(models.Measure).order_by(models.Measure.id)).all()
    assert [s.measure_id for s in stones] == [measures[0].id, measures[2].id, None]
    assert stones[2].issue_id is not None  # left open, it binds the issue
    assert [q["id"] for q in done.questions] == [asked[1].id]
    assert "溢流基本消除" in only(session, models.Issue).question


@pytest.mark.parametrize(
    ("phrase", "answer", "due", "counted"),
    [
        ("三个月内", "feedback", dt.date(2026, 4, 10), (dt.date(2026, 1, 10), 3, "months")),
        ("三个月内", "issued", dt.date(2026, 5, 10), (dt.date(2026, 2, 10), 3, "months")),
        # over the spring festival and its make-up days
        ("30个工作日内", "issued", dt.date(2026, 3, 30), (dt.date(2026, 2, 10), 30, "workdays")),
        ("三个月内", "2026-07-01", dt.date(2026, 7, 1), (None, None, None)),
        ("汛期前", "2026年4月底", dt.date(2026, 4, 30), (None, None, None)),
    ],
)
def test_an_answer_gives_the_deadline_that_was_asked(session, today, at, phrase, answer, due, counted):
    draft = PlanDraft(issues=[issue(deadline=limit(phrase))])
    draft.ask(Question("问题一", f"“{phrase}”？", "deadline", phrase, issue=0))

    done = bring(session, draft, today, at, answers={draft.questions[0].id: answer})

    made = only(session, models.Issue)
    assert (made.deadline_on, made.original_deadline_on, made.deadline_raw) == (due, due, phrase)
    assert (made.counted_from_on, made.counted_amount, made.counted_unit) == counted
    assert (done.questions, made.question) == ([], "")


@pytest.mark.parametrize("phrase", ["三个月内", "汛期前"])
def test_a_deadline_question_left_open_marks_its_item_and_stops_nothing(session, today, at, phrase):
    draft = PlanDraft(issues=[issue(deadline=limit(phrase))])
    draft.ask(Question("问题一", f"“{phrase}”从哪一天算起？", "deadline", phrase, issue=0))

    done = bring(session, draft, today, at)

    made = only(session, models.Issue)
    assert made.deadline_on is None and made.question == f"“{phrase}”从哪一天算起？"
    assert [q["ask"] for q in done.questions] == [made.question]
    assert verdict(session, today) == "unreported"


@pytest.mark.parametrize(
    ("answer", "due", "verdict_after"),
    [("长期坚持", None, "long_term"), ("2026-08-31", dt.date(2026, 8, 31), "on_schedule")],
)
def test_an_item_without_any_deadline_is_asked_for_one(session, today, at, answer, due, verdict_after):
    draft = PlanDraft(issues=[issue(deadline=None)])
    (question,) = ledger.questions(draft)

    bring(session, draft, today, at, answers={question.id: answer})

    assert only(session, models.Issue).deadline_on == due
    assert verdict(session, today) == verdict_after


def test_a_planned_figure_outside_the_planned_line_is_asked_about_and_kept(session, today, at):
    points = ((dt.date(2026, 6, 30), 6), (dt.date(2027, 1, 31), 9))
    counted = MeasureDraft(text="铺设管网。", target=Target(12, "公里", points))
    draft = PlanDraft(issues=[issue(deadline=limit("2026年12月31日前"), measures=[counted])])

    done = bring(session, draft, today, at)

    (asked,) = done.questions
    made = only(session, models.Measure)
    assert asked["ask"].startswith("问题一第1条措施的计划进度2027-01-31不在计划启动日期与整改时限之间，不计入计划线")
    assert made.question == asked["ask"]
    assert ledger.planned_points(session, [made.id])[made.id] == list(points)
    ledger.answer_question(session, made, "keep", by=BY, day=today, at=at)
    assert made.question == ""


@pytest.mark.parametrize("answer", ["明天", "下雪之前", "三个月内", "no"])
def test_an_answer_that_is_no_deadline_is_refused_with_the_place(session, today, at, answer):
    draft = PlanDraft(issues=[issue(deadline=None)])
    (question,) = ledger.questions(draft)

    with pytest.raises(ledger.Refused, match=f"问题一：“{answer}”不是可用的时限"):
        bring(session, draft, today, at, answers={question.id: answer})


def test_an_answer_to_no_question_is_refused(session, today, at):
    with pytest.raises(ledger.Refused, match="q-none"):
        bring(session, one(), today, at, answers={"q-none": "2026-01-01"})


# -- a ledger as of a day (S13) ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "facts", "expected"),
    [
        ("on_schedule", {}, "on_schedule"),
        ("behind", {}, "behind"),
        ("not_started", {}, "not_started"),
        ("basically_completed", {}, "basically_completed"),
        ("completed", {"completed_on": dt.date(2026, 4, 1)}, "completed"),
        ("completed", {}, "completed"),
        ("signed_off", {}, "signed_off"),
        (None, {"progress": "正在施工。"}, "unreported"),
        ("in_progress", {}, "unreported"),
        ("completed", {"completed_on": dt.date(2026, 7, 1)}, "unreported"),  # after the cut-off: a question
        ("overdue", {}, "unreported"),  # the deadline has not passed: a question
    ],
)
def test_what_a_ledger_claims_counts_from_its_cut_off_day(session, today, at, state, facts, expected):
    bring(session, one(state, **facts), today, at, as_of=CUT_OFF)

    assert verdict(session, CUT_OFF) == expected
    measure = only(session, models.Measure)
    row = standing.of(session, measure.id, CUT_OFF)
    assert row is not None and row.since_on == CUT_OFF
    assert standing.of(session, measure.id, CUT_OFF - dt.timedelta(days=1)) is None
    held = session.scalars(select(models.Round).where(models.Round.imported)).one()
    assert (held.opens_on, held.cut_off_on, held.grace_days) == (CUT_OFF, CUT_OFF, 0)
    assert held.closed_at is not None


@pytest.mark.parametrize(
    "state", ["on_schedule", "behind", "not_started", "basically_completed", "in_progress", "overdue"]
)
def test_overdue_by_date_beats_any_claim(session, today, at, state):
    bring(session, one(state, deadline="2026年4月底前"), today, at, as_of=CUT_OFF)

    assert verdict(session, CUT_OFF) == "overdue"


def test_a_completion_without_a_day_counts_on_the_cut_off_with_unknown_lateness(session, today, at):
    bring(session, one("completed"), today, at, as_of=CUT_OFF)

    row = standing.of(session, only(session, models.Measure).id, CUT_OFF)
    assert row is not None and row.completed_on == CUT_OFF and not row.lateness_known


def test_a_completion_month_means_its_last_day_but_never_later_than_the_cut_off(session, today, at):
    cut_off = dt.date(2026, 5, 19)
    bring(session, one("completed", completed_on=dt.date(2026, 5, 31)), today, at, as_of=cut_off)

    row = standing.of(session, only(session, models.Measure).id, cut_off)
    assert row is not None and row.completed_on == cut_off and row.lateness_known


@pytest.mark.parametrize(
    ("answer", "expected"), [("2026-05-20", "completed"), ("behind", "behind"), ("已销号", "signed_off")]
)
def test_a_contradictory_claim_is_asked_and_answered(session, today, at, answer, expected):
    draft = one("completed", completed_on=dt.date(2026, 7, 1))
    (question,) = ledger.questions(draft, as_of=CUT_OFF)
    assert "晚于台账截止日" in question.ask

    bring(session, draft, today, at, as_of=CUT_OFF, answers={question.id: answer})

    assert verdict(session, CUT_OFF) == expected
    assert only(session, models.Measure).question == ""


def test_on_schedule_in_a_ledger_excuses_what_was_due_and_lasts_until_the_next_cut_off(session, today, at):
    draft = one("on_schedule")
    draft.issues[0].milestones = [MilestoneDraft(dt.date(2026, 3, 31), "完成勘察设计")]
    bring(session, draft, today, at, as_of=CUT_OFF)

    word = only(session, models.Confirmation)
    assert word.imported and word.confirmed_on == CUT_OFF
    assert word.last_on is not None and word.last_on > today
    assert verdict(session, today) == "on_schedule"
    assert verdict(session, word.last_on + dt.timedelta(days=1)) in ("behind", "unreported")


def test_a_ledgers_original_deadline_is_kept_beside_the_current_one(session, today, at):
    draft = PlanDraft(issues=[issue(original_deadline=limit("2025年12月底前"), state="on_schedule")])
    bring(session, draft, today, at, as_of=CUT_OFF)

    made = only(session, models.Issue)
    assert (made.deadline_on, made.original_deadline_on) == (dt.date(2026, 12, 31), dt.date(2025, 12, 31))


def test_a_state_of_the_issue_is_that_of_its_measures_without_one(session, today, at):
    draft = PlanDraft(
        issues=[issue(state="completed", measures=[step("1", "建管网。"), step("2", "建泵站。", state="behind")])]
    )
    bring(session, draft, today, at, as_of=CUT_OFF)

    claims = session.scalars(select(models.LedgerClaim).order_by(models.LedgerClaim.measure_id)).all()
    assert [c.state for c in claims] == ["completed", "behind"]


def test_without_a_cut_off_a_plan_begins_on_the_day_it_is_imported(session, today, at):
    bring(session, one(), today, at)

    row = standing.of(session, only(session, models.Measure).id, today)
    assert row is not None and row.since_on == today and not row.reported
    assert session.scalars(select(models.LedgerClaim)).all() == []
    assert session.scalar(select(func.count()).select_from(models.Round).where(models.Round.imported)) == 0
    assert session.scalar(select(func.count()).select_from(models.Round)) > 0


def test_a_cut_off_in_the_future_is_refused(session, today, at):
    with pytest.raises(ledger.Refused, match="晚于今天"):
        bring(session, one("behind"), today, at, as_of=today + dt.timedelta(days=1))


# -- all or nothing --------------------------------------------------------------------------------------------------


def counts(session: Session) -> dict[str, int]:
    tables = (models.Inspection, models.Issue, models.Measure, models.Unit, models.Assignment, models.AuditEntry)
    return {t.__tablename__: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def test_an_error_in_the_middle_takes_back_every_row(session, today, at, monkeypatch):
    before = counts(session)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(standing, "write", broken)
    draft = PlanDraft(issues=[issue(units=[UnitDraft("新单位", "lead")])])

    with pytest.raises(RuntimeError):
        bring(session, draft, today, at)
    session.commit()

    assert counts(session) == before


def test_an_empty_text_is_refused_with_its_place_and_nothing_comes_in(session, today, at):
    before = counts(session)
    draft = PlanDraft(issues=[issue(), issue("第二个问题。", number="二", measures=[step("1", " ")], line=12)])

    with pytest.raises(ledger.Refused, match="问题二（第12行）的第1条措施没有内容"):
        bring(session, draft, today, at)
    session.commit()

    assert counts(session) == before


def test_an_empty_draft_is_refused(session, today, at):
    with pytest.raises(ledger.Refused, match="没有读出任何反馈问题"):
        bring(session, PlanDraft(), today, at)


def kept(session: Session, draft: PlanDraft, at: dt.datetime, name: str = "方案.docx") -> models.PlanFile:
    return ledger.keep_plan(session, name=name, sha256="ab" * 32, size=10, draft=draft, by=BY, at=at)


def test_the_same_file_again_is_refused_naming_the_plan_that_has_it(session, today, at):
    bring(session, one(), today, at, plan_file=kept(session, one(), at))

    with pytest.raises(ledger.Refused, match="第一轮省生态环境保护督察.*方案.docx"):
        kept(session, one(), at, "另一个名字.docx")


def test_a_file_uploaded_twice_is_imported_once(session, today, at):
    first, second = kept(session, one(), at), kept(session, one(), at)
    bring(session, one(), today, at, plan_file=first)

    with pytest.raises(ledger.Refused, match="已经导入过"):
        bring(session, one(), today, at, plan_file=second, inspection=ledger.InspectionForm("另一批次"))


def test_a_second_plan_adds_to_its_inspection_but_never_the_same_issue_twice(session, today, at):
    bring(session, one(), today, at)

    more = PlanDraft(issues=[issue("新问题。", number="二")])
    done = bring(session, more, today, at)
    for again in (issue(), issue("城区污水直排问题十分突出。"), issue(number="五")):
        with pytest.raises(ledger.Refused, match="已有问题[一五]“城区.*与台账比对后导入"):
            bring(session, PlanDraft(issues=[issue("第三个。", number="三"), again]), today, at)

    made = session.scalars(select(models.Issue).order_by(models.Issue.seq)).all()
    assert [i.number for i in made] == ["一", "二"]
    assert {i.inspection_id for i in made} == {done.inspection_id}


def test_an_import_is_in_the_trail_with_its_numbers(session, today, at):
    done = bring(session, one("behind"), today, at, as_of=CUT_OFF, plan_file=kept(session, one(), at))

    line = session.scalars(select(models.AuditEntry).where(models.AuditEntry.act == "plan.import")).one()
    assert (line.item, line.item_id) == ("inspection", done.inspection_id)
    assert line.details["issues"] == 1 and line.details["as_of"] == "2026-05-31" and line.details["file"] == "方案.docx"


def test_ten_thousand_rows_come_in_with_few_statements(session, today, at):
    rows = [
        issue(
            f"第{n}个问题，涉及河道水质不达标。",
            number=str(n),
            units=[UnitDraft(f"第{n % 200}单位", "lead")],
            measures=[
                step(f"{m}", f"第{n}项第{m}条措施。", state="on_schedule", progress="正在推进。") for m in range(5)
            ],
        )
        for n in range(2000)
    ]

    with statements(session) as seen:
        done = bring(session, PlanDraft(issues=rows), today, at, as_of=CUT_OFF)

    assert done.measures == 10_000
    assert len(seen) < 400


# -- by hand ---------------------------------------------------------------------------------------------------------

WHEN = dt.datetime(2026, 6, 15, 2, 0, tzinfo=dt.UTC)
EARLIER = dt.date(2026, 3, 2)


def acts(today: dt.date) -> dict[str, Any]:
    return {"by": BY, "day": today, "at": WHEN}


def inspection(session: Session, today: dt.date, **values: Any) -> models.Inspection:
    return ledger.add_inspection(session, ledger.InspectionForm("市级监督检查", **values), **acts(today))


def entered(session: Session, today: dt.date, deadline: str = "2026年12月底前", **values: Any) -> models.Issue:
    form = ledger.IssueForm("城区积水点未整治。", number="1", deadline=deadline, **values)
    return ledger.add_issue(session, inspection(session, today), form, **acts(today))


def measured(
    session: Session, today: dt.date, issue: models.Issue, text: str = "改造泵站。", **values: Any
) -> models.Measure:
    return ledger.add_measure(session, issue, ledger.MeasureForm(text, **values), **acts(today))


def word(session: Session, item: models.Issue | models.Measure, day: dt.date) -> str:
    row = (
        standing.of(session, item.id, day)
        if isinstance(item, models.Measure)
        else standing.of_issue(session, item.id, day)
    )
    return schedule.verdict(row, day).value if row is not None else "gone"


def implied(session: Session, issue: models.Issue) -> models.Measure:
    query = select(models.Measure).join(models.MeasureLink).where(models.MeasureLink.issue_id == issue.id)
    return session.scalars(query.where(models.Measure.implied).order_by(models.Measure.id.desc())).first()


def own_units(session: Session, measure: models.Measure, day: dt.date) -> list[tuple[int, str, bool]]:
    rows = session.scalars(
        select(models.Assignment)
        .where(models.Assignment.measure_id == measure.id, models.Assignment.since_on <= day)
        .where((models.Assignment.until_on.is_(None)) | (models.Assignment.until_on > day))
        .order_by(models.Assignment.id)
    )
    return [(row.unit_id, row.role, row.inherited) for row in rows]


def test_an_issue_by_hand_has_an_implied_measure_with_its_units_and_deadline(session, today, cast):
    made = entered(session, today, units={"lead": [cast.units["unit_a"]]}, source="市审计局", leaders="张某、李某")

    measure = implied(session, made)
    row = standing.of(session, measure.id, today)
    assert row is not None and row.deadline_on == dt.date(2026, 12, 31)
    assert own_units(session, measure, today) == [(cast.units["unit_a"], "lead", True)]
    assert made.source is not None and made.source.name == "市审计局"
    assert session.scalars(select(models.NamedPerson.name)).all() == ["张某", "李某"]
    assert session.scalars(select(models.AuditEntry.act)).all()[-2:] == ["inspection.add", "issue.add"]


def test_a_measure_by_hand_takes_the_place_of_the_implied_one(session, today):
    made = entered(session, EARLIER, milestones=[(dt.date(2026, 9, 30), "完成泵站改造")])
    old = implied(session, made)

    measure = measured(session, today, made, number="1")

    assert word(session, old, today) == "gone" and word(session, old, EARLIER) != "gone"
    assert word(session, measure, today) == "on_schedule"
    stone = only(session, models.Milestone)
    assert (stone.measure_id, stone.issue_id) == (None, made.id)


@pytest.mark.parametrize("deadline", ["三个月内", "汛期前", "2022年前", "很快"])
def test_a_typed_deadline_that_nobody_can_date_is_refused(session, today, deadline):
    with pytest.raises(ledger.Refused, match="整改时限："):
        entered(session, today, deadline)


def test_an_issue_without_a_deadline_stays_marked_until_answered(session, today):
    made = entered(session, today, "")
    assert made.question and word(session, made, today) == "unreported"

    ledger.answer_question(session, made, "2026年8月底前", **acts(today))

    assert (made.question, made.deadline_on) == ("", dt.date(2026, 8, 31))
    assert word(session, made, today) == "on_schedule"


def test_an_extension_is_in_force_from_its_day_and_the_original_stays(session, today):
    made = entered(session, EARLIER, "2026年5月底前")
    measure = measured(session, EARLIER, made)
    assert word(session, measure, today) == "overdue"

    ledger.extend(
        session,
        made,
        new_deadline_on=dt.date(2026, 9, 30),
        approved_on=dt.date(2026, 6, 10),
        document_number="市整改办〔2026〕3号",
        reason="征地未完成",
        **acts(today),
    )

    assert (made.deadline_on, made.original_deadline_on) == (dt.date(2026, 9, 30), dt.date(2026, 5, 31))
    assert word(session, measure, today) == "unreported"
    assert word(session, measure, today - dt.timedelta(days=1)) == "overdue"  # what it said stays said
    row = standing.of(session, measure.id, today)
    assert row is not None and row.original_deadline_on == dt.date(2026, 5, 31)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"document_number": " "}, "文号"),
        ({"reason": ""}, "原因"),
        ({"new_deadline_on": dt.date(2026, 12, 31)}, "晚于现行时限"),
        ({"approved_on": dt.date(2026, 6, 16)}, "不能晚于今天"),
    ],
)
def test_an_extension_needs_a_document_a_reason_and_a_later_day(session, today, change, sentence):
    made = entered(session, today)
    values = {
        "new_deadline_on": dt.date(2027, 6, 30),
        "approved_on": today,
        "document_number": "3号",
        "reason": "征地",
    } | change

    with pytest.raises(ledger.Refused, match=sentence):
        ledger.extend(session, made, **values, **acts(today))


def test_a_measure_that_inherits_its_deadline_is_extended_alone(session, today):
    made = entered(session, today)
    first, second = measured(session, today, made), measured(session, today, made, "清淤。")

    ledger.extend(
        session,
        first,
        new_deadline_on=dt.date(2027, 6, 30),
        approved_on=today,
        document_number="3号",
        reason="征地",
        **acts(today),
    )

    rows = [standing.of(session, m.id, today) for m in (first, second)]
    assert [r.deadline_on for r in rows if r] == [dt.date(2027, 6, 30), dt.date(2026, 12, 31)]
    assert [r.original_deadline_on for r in rows if r] == [dt.date(2026, 12, 31)] * 2


def test_a_correction_restates_the_past_from_its_effect_and_marks_it(session, today):
    made = entered(session, EARLIER, "2026年4月底前")
    measure = measured(session, EARLIER, made)
    assert word(session, measure, dt.date(2026, 5, 10)) == "overdue"

    ledger.correct_deadline(
        session,
        made,
        new_deadline_on=dt.date(2026, 10, 31),
        effect_on=dt.date(2026, 4, 1),
        reason="录入时看错年份",
        **acts(today),
    )

    row = standing.of(session, measure.id, dt.date(2026, 5, 10))
    assert row is not None and row.corrected and row.deadline_on == dt.date(2026, 10, 31)
    assert word(session, measure, dt.date(2026, 5, 10)) != "overdue"
    before = standing.of(session, measure.id, dt.date(2026, 3, 20))
    assert before is not None and before.deadline_on == dt.date(2026, 4, 30)
    assert only(session, models.Correction).old_deadline_on == dt.date(2026, 4, 30)


def test_a_correction_to_no_date_needs_the_long_term_flag(session, today):
    made = entered(session, today)

    with pytest.raises(ledger.Refused, match="长期坚持"):
        ledger.correct_deadline(session, made, new_deadline_on=None, effect_on=today, reason="误录", **acts(today))
    ledger.correct_deadline(
        session, made, new_deadline_on=None, long_term=True, effect_on=today, reason="误录", **acts(today)
    )

    assert word(session, made, today) == "long_term"


def test_units_change_from_a_day_and_the_past_stays(session, today, cast):
    made = entered(session, EARLIER, units={"lead": [cast.units["unit_a"]]})
    measure = measured(session, EARLIER, made)

    ledger.assign(session, made, "lead", [cast.units["unit_b"]], **acts(today))

    assert own_units(session, measure, EARLIER) == [(cast.units["unit_a"], "lead", True)]
    assert own_units(session, measure, today) == [(cast.units["unit_b"], "lead", True)]


def test_a_measures_own_unit_ends_the_inherited_copy_and_giving_it_back_brings_it_again(session, today, cast):
    made = entered(session, EARLIER, units={"lead": [cast.units["unit_a"]]})
    measure = measured(session, EARLIER, made)

    ledger.assign(session, measure, "responsible", [cast.units["unit_b"]], **acts(today))
    assert own_units(session, measure, today) == [(cast.units["unit_b"], "responsible", False)]
    ledger.assign(session, measure, "responsible", [], **acts(today))

    assert own_units(session, measure, today) == [(cast.units["unit_a"], "lead", True)]


def test_a_lead_unit_answers_in_place_of_the_responsible_ones(session, today, cast):
    made = entered(session, EARLIER, units={"responsible": [cast.units["unit_a"]]})
    measure = measured(session, EARLIER, made)
    ledger.assign(session, made, "lead", [cast.units["unit_b"]], **acts(today))

    answering = session.scalars(
        select(models.Assignment.unit_id).where(
            models.Assignment.measure_id == measure.id, models.Assignment.answers, models.Assignment.until_on.is_(None)
        )
    ).all()

    assert answering == [cast.units["unit_b"]]


def test_an_unknown_unit_is_refused(session, today):
    with pytest.raises(ledger.Refused, match="不存在或已停用"):
        ledger.assign(session, entered(session, today), "lead", [99999], **acts(today))


def test_a_withdrawn_measure_leaves_from_that_day_and_an_implied_one_stands_in(session, today):
    made = entered(session, EARLIER)
    measure = measured(session, EARLIER, made)

    ledger.withdraw_measure(session, measure, reason="方案调整，市政府批复", **acts(today))

    assert word(session, measure, today) == "gone" and word(session, measure, EARLIER) != "gone"
    stand_in = implied(session, made)
    assert stand_in.withdrawn_on is None and word(session, stand_in, today) == "on_schedule"
    assert word(session, made, today) == "on_schedule"


def test_a_withdrawn_issue_takes_its_measures_along_but_not_those_that_answer_another(session, today):
    made = entered(session, EARLIER)
    own, shared = measured(session, EARLIER, made), measured(session, EARLIER, made, "清淤。")
    other = ledger.add_issue(
        session,
        session.get_one(models.Inspection, made.inspection_id),
        ledger.IssueForm("河道淤积。", deadline="2026年底"),
        **acts(EARLIER),
    )
    ledger.link_measure(session, shared, other, **acts(EARLIER))

    ledger.withdraw_issue(session, made, reason="合并到另一问题", **acts(today))

    assert word(session, own, today) == "gone" and word(session, shared, today) != "gone"
    assert word(session, made, today) == "gone" and word(session, made, EARLIER) != "gone"
    links = session.scalars(select(models.MeasureLink).where(models.MeasureLink.measure_id == shared.id)).all()
    assert [(link.issue_id, link.home, link.counted_since_on, link.counted_until_on) for link in links] == [
        (made.id, False, None, today),
        (other.id, True, today, None),
    ]


def test_a_measure_linked_to_issues_of_two_inspections_is_counted_once_in_each(session, today):
    made = entered(session, today)
    measure = measured(session, today, made)
    second = ledger.add_inspection(session, ledger.InspectionForm("省级督察"), **acts(today))
    others = [
        ledger.add_issue(
            session, second, ledger.IssueForm(f"问题{n}。", number=str(n), deadline="2026年底"), **acts(today)
        )
        for n in (1, 2)
    ]

    for other in others:
        ledger.link_measure(session, measure, other, **acts(today))

    links = session.scalars(select(models.MeasureLink).where(models.MeasureLink.measure_id == measure.id)).all()
    assert [(link.home, link.counted) for link in links] == [(True, True), (False, True), (False, False)]
    assert [word(session, other, today) for other in others] == ["on_schedule", "on_schedule"]
    with pytest.raises(ledger.Refused, match="已经关联"):
        ledger.link_measure(session, measure, others[0], **acts(today))


def test_what_waits_for_a_decision_is_not_withdrawn(session, today):
    made = entered(session, today)
    measure = measured(session, today, made)
    session.add(models.Submission(measure_id=measure.id, submitted_on=today, at=WHEN))
    session.flush()

    for act in (
        lambda: ledger.withdraw_measure(session, measure, reason="调整", **acts(today)),
        lambda: ledger.withdraw_issue(session, made, reason="调整", **acts(today)),
    ):
        with pytest.raises(ledger.Refused, match="正待认定"):
            act()


def test_an_amended_measure_keeps_its_milestones_in_line_with_what_was_typed(session, today):
    made = entered(session, today)
    measure = measured(
        session, today, made, milestones=[(dt.date(2026, 8, 31), "完成设计"), (dt.date(2026, 5, 31), "完成立项")]
    )
    assert word(session, measure, today) == "behind"

    form = ledger.MeasureForm("改造泵站两座。", number="2", milestones=[(dt.date(2026, 8, 31), "完成设计")])
    assert ledger.amend_measure(session, measure, form, **acts(today))

    assert measure.text == "改造泵站两座。" and measure.links[0].number == "2"
    assert word(session, measure, today) == "on_schedule"
    assert not ledger.amend_measure(session, measure, form, **acts(today))


def test_revised_planned_figures_replace_the_later_ones(session, today):
    made = entered(session, EARLIER)
    points = [(dt.date(2026, 4, 30), 4), (dt.date(2026, 8, 31), 8)]
    measure = measured(session, EARLIER, made, target_quantity=12, target_unit="公里", start_on=EARLIER, points=points)
    assert word(session, measure, today) == "behind"

    revised = [(dt.date(2026, 9, 30), 6)]
    form = ledger.MeasureForm(
        "改造泵站。", target_quantity=12, target_unit="公里", start_on=EARLIER, points=[points[0], *revised]
    )
    ledger.amend_measure(session, measure, form, **acts(today))

    assert ledger.planned_points(session, [measure.id])[measure.id] == [points[0], *revised]


def test_a_milestone_of_the_issue_can_be_given_to_one_of_its_measures(session, today):
    made = entered(session, today)
    first, _ = measured(session, today, made), measured(session, today, made, "清淤。")
    stone = models.Milestone(issue_id=made.id, due_on=dt.date(2026, 5, 31), text="水质好转")
    session.add(stone)
    session.flush()

    ledger.place_milestone(session, stone, first, **acts(today))

    assert word(session, first, today) == "behind"


def test_rules_of_an_inspection_change_from_a_day(session, today):
    made = entered(session, EARLIER, "立行立改")
    held = session.get_one(models.Inspection, made.inspection_id)
    form = ledger.InspectionForm(held.name, issued_on=EARLIER, immediate_days=20)

    assert ledger.change_inspection(session, held, form, **acts(today))

    assert word(session, made, today) == "behind"
    assert not ledger.change_inspection(session, held, form, **acts(today))
    with pytest.raises(ledger.Refused, match="批次的名称"):
        ledger.change_inspection(session, held, ledger.InspectionForm(" "), **acts(today))


def test_only_the_office_acts_on_plans(session, today, person):
    who = person("unit_a")
    made = entered(session, today)
    values = {"by": who, "day": today, "at": WHEN}

    for act in (
        lambda: ledger.add_inspection(session, ledger.InspectionForm("新批次"), **values),
        lambda: ledger.import_plan(session, one(), FORM, {}, {}, **values),
        lambda: ledger.assign(session, made, "lead", [], **values),
        lambda: ledger.withdraw_issue(session, made, reason="x", **values),
        lambda: ledger.answer_question(session, made, "keep", **values),
    ):
        with pytest.raises(ledger.Refused, match="只有整改办"):
            act()


def test_a_stale_form_is_told_apart_from_a_fresh_one(session, today):
    made = entered(session, today)

    ledger.check_version(made, made.version)
    with pytest.raises(StaleDataError):
        ledger.check_version(made, made.version - 1)


def test_a_file_seen_just_now_is_kept_with_what_came_of_it(session, today, at):
    seen = ledger.FileSeen.of("方案.txt", "一、问题".encode())

    done = bring(session, one(), today, at, file=seen)

    held = only(session, models.PlanFile)
    assert (held.name, held.sha256, held.inspection_id) == (seen.name, seen.sha256, done.inspection_id)
    with pytest.raises(ledger.Refused, match="已经导入过"):
        bring(session, one(), today, at, file=seen)
