"""A newer version of a plan beside what the ledger holds: what it finds, what is done of it, and that it ends equal."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from rectify import access, ledger, models, reading, standing
from rectify.reading.draft import IssueDraft, MeasureDraft, MilestoneDraft, PlanDraft, Question, UnitDraft
from rectify.rules import deadlines
from tests import factories
from tests.conftest import AT, TODAY

BY = access.SYSTEM
FORM = ledger.InspectionForm(
    "第一轮省生态环境保护督察", feedback_on=dt.date(2026, 1, 10), issued_on=dt.date(2026, 2, 10)
)
BASIS = ledger.Basis("省督改办〔2026〕12号", dt.date(2026, 6, 1))
FIXTURES = Path(__file__).parent / "fixtures"


def limit(text: str) -> deadlines.Deadline:
    return deadlines.parse(text).deadline


def version_one() -> PlanDraft:
    return PlanDraft(
        issues=[
            IssueDraft(
                number="一",
                text="城区污水直排问题突出，老城区三条排水沟入河。",
                goal="消除直排。",
                deadline=limit("2026年12月底前"),
                units=[
                    UnitDraft("甲县人民政府", "lead"),
                    UnitDraft("市住建局", "responsible"),
                    UnitDraft("张某", "leader"),
                ],
                milestones=[MilestoneDraft(dt.date(2026, 9, 30), "主体工程完工")],
                measures=[
                    MeasureDraft(number="1", text="新建污水管网12公里，主体工程完工后通水。"),
                    MeasureDraft(number="2", text="改造提升泵站2座，汛期前投入运行。", deadline=limit("2026年8月底前")),
                ],
            ),
            IssueDraft(
                number="二",
                text="河道淤积严重，影响行洪安全。",
                goal="恢复行洪能力。",
                deadline=limit("2026年10月底前"),
                units=[UnitDraft("乙县人民政府", "lead")],
                measures=[
                    MeasureDraft(number="1", text="清淤5公里。"),
                    MeasureDraft(number="2", text="建立巡河制度。"),
                ],
            ),
            IssueDraft(
                number="三",
                text="畜禽养殖场粪污贮存设施不足。",
                deadline=limit("长期坚持"),
                units=[UnitDraft("乙县人民政府", "lead")],
            ),
        ]
    )


def keep(session, draft: PlanDraft, name: str = "整改方案.docx") -> models.PlanFile:
    sha = f"{session.scalar(select(func.count()).select_from(models.PlanFile)):064d}"
    return ledger.keep_plan(session, name=name, sha256=sha, size=1, draft=draft, by=BY, at=AT)


def bring(session, draft: PlanDraft, day: dt.date = TODAY, at: dt.datetime = AT, **more: Any) -> models.Inspection:
    file = keep(session, draft)
    done = ledger.import_plan(session, draft, FORM, {}, {}, by=BY, day=day, at=at, plan_file=file, **more)
    return session.get_one(models.Inspection, done.inspection_id)


def compare(session, draft, inspection, day=TODAY, **more) -> ledger.Comparison:
    return ledger.compare(session, draft, inspection, FORM, {}, {}, day=day, **more)


def apply(session, found, chosen=None, basis=BASIS, day=TODAY, at=AT, file=None, **more) -> ledger.Applied:
    keys = {entry.key for entry in found.entries} if chosen is None else chosen
    file = file or keep(session, found.draft, "整改方案（修订）.docx")
    return ledger.apply_comparison(session, found, keys, basis, units={}, plan_file=file, by=BY, day=day, at=at, **more)


def told(found: ledger.Comparison) -> list[tuple[str, str, str, dict[str, tuple[str, str]]]]:
    return [(e.kind, e.item, e.number, {c.field: (c.old, c.new) for c in e.changes}) for e in found.entries]


@pytest.fixture
def inspection(session):
    return bring(session, version_one())


# -- what is found ---------------------------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(session, inspection):
    found = compare(session, version_one(), inspection)

    assert found.entries == [] and found.rejected == [] and found.same == 7


def test_a_measure_of_another_inspection_in_the_plan_is_neither_new_nor_gone(session, inspection):
    other = factories.make_inspection(session, "中央督察")
    guest = factories.make_measure(session, factories.make_issue(session, other), text="两级财政足额列支运维经费。")
    issue = session.scalars(select(models.Issue).where(models.Issue.inspection_id == inspection.id)).first()
    ledger.link_measure(session, guest, issue, number="9", by=BY, day=TODAY, at=AT)

    out = ledger.plan_of(session, inspection, TODAY)
    assert guest.text in [measure.text for one in out.issues for measure in one.measures]

    assert compare(session, out, inspection).entries == []
    assert [
        entry.kind for entry in compare(session, version_one(), inspection).entries if entry.item == "measure"
    ] == []


def files_with_issues() -> list[Path]:
    """The fixtures whose labels name an issue."""
    labels = [label for folder in ("plans", "blind") for label in sorted(FIXTURES.glob(f"{folder}/expected/*.json"))]
    told_of = [label for label in labels if json.loads(label.read_text(encoding="utf-8"))["issues"]]
    return [label.parent.parent / label.name.removesuffix(".json") for label in told_of]


@pytest.mark.parametrize("path", files_with_issues(), ids=lambda path: path.name)
def test_an_inspection_beside_the_very_file_it_came_from_shows_no_change(session, path):
    draft = reading.read(path.read_bytes(), path.name)
    as_of = min(draft.as_of or TODAY, TODAY)
    made = bring(session, draft, as_of=as_of)

    found = compare(session, draft, made, as_of=as_of)

    assert told(found) == [] and found.rejected == []


def changed(**fields: Any) -> PlanDraft:
    """The plan with the second issue changed."""
    draft = version_one()
    for name, value in fields.items():
        setattr(draft.issues[1], name, value)
    return draft


@pytest.mark.parametrize(
    ("fields", "told_of"),
    [
        ({"number": "四"}, {"number": ("二", "四")}),
        ({"number": "（二）"}, {}),
        (
            {"text": "河道淤积严重，影响行洪安全和供水。"},
            {"text": ("河道淤积严重，影响行洪安全。", "河道淤积严重，影响行洪安全和供水。")},
        ),
        ({"text": "河道淤积严重,影响行洪 安全。"}, {}),
        ({"goal": "恢复行洪能力并通航。"}, {"goal": ("恢复行洪能力。", "恢复行洪能力并通航。")}),
        ({"deadline": limit("2026年11月底前")}, {"deadline": ("2026-10-31", "2026-11-30")}),
        ({"deadline": limit("2026年9月底前")}, {"deadline": ("2026-10-31", "2026-09-30")}),
        ({"deadline": limit("2026年10月底前，长期坚持")}, {"deadline": ("2026-10-31", "2026-10-31 long_term")}),
        ({"deadline": limit("长期坚持")}, {"deadline": ("2026-10-31", "long_term")}),
        ({"deadline": limit("2026年10月")}, {}),
        # What the file leaves open says nothing against what is known.
        ({"deadline": limit("汛期前")}, {}),
        ({"deadline": None}, {}),
        (
            {"units": [UnitDraft("乙县人民政府", "lead"), UnitDraft("市住建局", "responsible")]},
            {"unit.responsible": ("", "市住建局")},
        ),
        ({"units": [UnitDraft("丙县人民政府", "lead")]}, {"unit.lead": ("乙县人民政府", "丙县人民政府")}),
        # No line of the file names a supervising unit: what the office assigned itself stays.
        ({"units": [UnitDraft("乙县人民政府", "lead"), UnitDraft("李某", "leader")]}, {"unit.leader": ("", "李某")}),
        (
            {"milestones": [MilestoneDraft(dt.date(2026, 8, 31), "清淤过半")]},
            {"milestones": ("", "2026-08-31 清淤过半")},
        ),
        ({"category": "水环境"}, {"category": ("", "水环境")}),
        ({"upper_number": "16"}, {"upper_number": ("", "16")}),
        ({"source": "回头看"}, {"source": ("", "回头看")}),
    ],
)
def test_what_a_newer_version_changes_is_told_field_by_field(session, inspection, fields, told_of):
    found = compare(session, changed(**fields), inspection)

    assert told(found) == ([("changed", "issue", "二", told_of)] if told_of else [])


def test_what_is_new_and_what_is_gone(session, inspection):
    draft = version_one()
    del draft.issues[2], draft.issues[1].measures[1]
    draft.issues[0].measures.append(MeasureDraft(number="3", text="开展入河排污口排查。"))
    draft.issues.append(
        IssueDraft(number="三", text="扬尘管控不到位。", measures=[MeasureDraft(number="1", text="安装喷淋。")])
    )

    found = compare(session, draft, inspection)

    assert [(e.kind, e.item, e.number, e.measures, e.by_default) for e in found.entries] == [
        ("added", "measure", "一-3", 0, True),
        ("added", "issue", "三", 1, True),
        ("gone", "measure", "二-2", 0, False),
        ("gone", "issue", "三", 0, False),
    ]


def test_of_two_that_are_equally_like_none_is_guessed(session):
    twins = PlanDraft(
        issues=[
            IssueDraft(number=n, text="砂场未批先建，破坏植被。", deadline=limit("2026年底"), source=source)
            for n, source in (("1", "省"), ("2", "市"))
        ]
    )
    made = bring(session, twins)

    found = compare(session, PlanDraft(issues=[IssueDraft(number="", text="砂场未批先建，破坏植被。")]), made)

    assert [(one.place, one.stops) for one in found.rejected] == [((0, None), True)]
    assert found.entries == []  # neither is new, and neither is gone


def test_a_deadline_that_was_extended_since_is_not_moved_back_by_the_old_paper(session, inspection):
    issue = session.scalars(select(models.Issue).where(models.Issue.number == "二")).one()
    ledger.extend(
        session, issue, new_deadline_on=dt.date(2026, 12, 31), approved_on=TODAY, document_number="1号", reason="汛情",
        by=BY, day=TODAY, at=AT,
    )  # fmt: skip

    assert compare(session, version_one(), inspection).entries == []
    later = compare(session, changed(deadline=limit("2027年3月底前")), inspection)
    assert told(later)[0][3] == {"deadline": ("2026-12-31", "2027-03-31")}


def test_a_measure_with_its_issues_limit_is_not_said_to_change_with_it(session, inspection):
    found = compare(session, changed(deadline=limit("2027年6月底前")), inspection)

    assert [(e.item, e.number) for e in found.entries] == [("issue", "二")]


# -- what is done ----------------------------------------------------------------------------------------------------


def version_two() -> PlanDraft:
    """Everything that a newer version can do, at once."""
    draft = version_one()
    first, second, third = draft.issues
    first.text, first.goal, first.upper_number = "城区污水直排问题突出，老城区五条排水沟入河。", "全面消除直排。", "16"
    first.deadline = limit("2027年3月底前")
    first.units = [
        UnitDraft("甲县人民政府", "lead"),
        UnitDraft("市水务局", "responsible"),
        UnitDraft("李某、王某", "leader"),
    ]
    first.milestones = [
        MilestoneDraft(dt.date(2026, 10, 31), "主体工程完工"),
        MilestoneDraft(dt.date(2026, 7, 31), "全线开工"),
    ]
    first.measures[1].text, first.measures[1].deadline = "改造提升泵站3座，汛期前投入运行。", limit("2026年7月底前")
    first.measures.append(
        MeasureDraft(number="3", text="开展入河排污口排查。", units=[UnitDraft("丙县人民政府", "responsible")])
    )
    second.deadline = limit("2026年10月底前，长期坚持")
    second.measures[0].number = "4"
    del second.measures[1]
    third.deadline = limit("2026年底")
    third.measures.append(MeasureDraft(number="1", text="建设贮存设施。", deadline=limit("汛期前")))
    draft.ask(Question("问题三第1条措施", "汛期前没有具体日期。", "deadline", "汛期前", issue=2, measure=0))
    draft.issues.append(
        IssueDraft(
            number="五",
            text="扬尘管控不到位。",
            deadline=limit("2026年底"),
            measures=[MeasureDraft(number="1", text="安装喷淋。"), MeasureDraft(number="2", text="道路保洁。")],
        )
    )
    return draft


def test_what_was_chosen_is_done_by_the_acts_that_it_is_and_keeps_the_past(session, inspection):
    before = standing.of_issue(session, session.scalars(select(models.Issue.id)).first(), TODAY)
    day, at = TODAY + dt.timedelta(days=3), AT + dt.timedelta(days=3)
    found = compare(session, version_two(), inspection, day)

    done = apply(session, found, day=day, at=at)

    assert (done.added_issues, done.added_measures, done.changed, done.withdrawn) == (1, 4, 5, 1)
    first = session.scalars(select(models.Issue).where(models.Issue.number == "一")).one()
    assert (first.deadline_on, first.original_deadline_on) == (dt.date(2027, 3, 31), dt.date(2026, 12, 31))
    (extension,) = session.scalars(select(models.Extension)).all()
    assert (extension.document_number, extension.approved_on, extension.recorded_on) == (
        BASIS.document,
        BASIS.approved_on,
        day,
    )
    assert standing.of_issue(session, first.id, TODAY).deadline_on == before.deadline_on
    acts = session.scalars(select(models.AuditEntry.act).order_by(models.AuditEntry.id)).all()
    assert acts[-1] == "plan.compare"
    assert {"issue.amend", "issue.extend", "issue.assign", "measure.correct", "measure.withdraw", "measure.add"} <= set(
        acts
    )
    gone = session.scalars(select(models.Measure).where(models.Measure.text == "建立巡河制度。")).one()
    assert gone.withdrawn_on == day and standing.of(session, gone.id, TODAY) and not standing.of(session, gone.id, day)
    stones = session.execute(
        select(models.Milestone.due_on, models.Measure.text)
        .outerjoin(models.Measure, models.Measure.id == models.Milestone.measure_id)
        .where(models.Milestone.withdrawn_on.is_(None))
        .order_by(models.Milestone.due_on)
    ).all()
    assert stones == [(dt.date(2026, 7, 31), None), (dt.date(2026, 10, 31), "新建污水管网12公里，主体工程完工后通水。")]


def test_after_all_of_it_is_done_the_same_version_shows_no_change(session, inspection):
    found = compare(session, version_two(), inspection)
    apply(session, found)

    again = compare(session, version_two(), inspection)

    assert told(again) == [] and again.rejected == []


def test_what_is_open_in_the_file_stays_marked_on_what_was_added(session, inspection):
    apply(session, compare(session, version_two(), inspection))

    marked = session.execute(select(models.Measure.text, models.Measure.question).where(models.Measure.question != ""))
    assert marked.all() == [("建设贮存设施。", "汛期前没有具体日期。")]


def test_only_what_was_chosen_is_done(session, inspection):
    found = compare(session, version_two(), inspection)
    (added,) = [e.key for e in found.entries if (e.kind, e.item) == ("added", "issue")]

    done = apply(session, found, {added}, ledger.Basis())

    assert (done.added_issues, done.added_measures, done.changed, done.withdrawn) == (1, 2, 0, 0)
    assert session.scalar(select(func.count()).select_from(models.Extension)) == 0
    assert (
        session.scalars(select(models.Issue.text).order_by(models.Issue.seq)).all()[0] == version_one().issues[0].text
    )


def test_figures_count_what_was_withdrawn_until_the_day_of_it(session, inspection):
    day = TODAY + dt.timedelta(days=1)
    draft = version_one()
    del draft.issues[1]
    found = compare(session, draft, inspection, day)

    apply(session, found, day=day, at=AT + dt.timedelta(days=1))

    gone = session.scalars(select(models.Issue.id).where(models.Issue.number == "二")).one()
    assert standing.of_issue(session, gone, TODAY) is not None
    assert standing.of_issue(session, gone, day) is None


@pytest.mark.parametrize(
    ("basis", "more", "sentence"),
    [
        (ledger.Basis(), {}, "请填写撤销和延期的依据（文号）"),
        (ledger.Basis("1号", TODAY + dt.timedelta(days=1)), {}, "批准日期不能晚于今天"),
        (BASIS, {"chosen": set()}, "没有选中任何一项"),
    ],
)
def test_what_lacks_a_basis_or_a_choice_is_refused_and_nothing_is_done(session, inspection, basis, more, sentence):
    found = compare(session, version_two(), inspection)
    before = dump(session)

    with pytest.raises(ledger.Refused, match=sentence):
        apply(session, found, basis=basis, file=keep(session, found.draft), **more)

    assert dump(session) == before


def test_a_refusal_in_the_middle_takes_back_everything_and_names_the_item(session, inspection, cast):
    measure = session.scalars(select(models.Measure).where(models.Measure.text == "建立巡河制度。")).one()
    session.add(models.Submission(measure_id=measure.id, submitted_on=TODAY, at=AT, state="open"))
    session.flush()
    found = compare(session, version_two(), inspection)
    before = dump(session)

    with pytest.raises(ledger.Refused, match="“二-2 建立巡河制度。”：有一项申报正待认定"):
        apply(session, found, file=keep(session, found.draft))

    assert dump(session) == before


def test_the_limit_of_what_is_finished_moves_no_more(session, inspection):
    issue = session.scalars(select(models.Issue).where(models.Issue.number == "二")).one()
    for link in session.scalars(select(models.MeasureLink).where(models.MeasureLink.issue_id == issue.id)):
        session.add(
            models.Submission(
                measure_id=link.measure_id, submitted_on=TODAY, at=AT, state="accepted", decided_on=TODAY, decided_at=AT
            )
        )
        standing.write(session, [link.measure_id], day=TODAY, at=AT)

    found = compare(session, changed(deadline=limit("2027年6月底前"), goal="恢复通航。"), inspection)

    assert told(found) == [("changed", "issue", "二", {"goal": ("恢复行洪能力。", "恢复通航。")})]
    assert found.entries[0].note == "finished"


def dump(session) -> dict[str, list[tuple]]:
    """Every row of the ledger; files and the trail aside, which keep what happened."""
    session.flush()
    return {
        name: sorted(map(tuple, session.execute(select(table)).all()), key=repr)
        for name, table in models.Base.metadata.tables.items()
        if name not in ("audit_entry", "plan_file")
    }
