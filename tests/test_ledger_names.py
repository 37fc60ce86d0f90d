"""Printed unit names and the units they mean: matched, proposed, chosen once, spread over an item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from rectify import access, ledger, models
from rectify.ledger import names
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft, UnitDraft
from rectify.rules import collectives, deadlines
from tests import factories

COUNTIES = "各县（市、区）党委、政府"
SOME = "有关县（市、区）"


def draft(*units: tuple[str, str], text: str = "城区污水直排问题突出。") -> PlanDraft:
    """An issue with these units and one measure."""
    due = deadlines.parse("2026年12月底前").deadline
    issue = IssueDraft(number="一", text=text, deadline=due, measures=[MeasureDraft(number="1", text="建管网。")])
    issue.units = [UnitDraft(name, role) for name, role in units]  # type: ignore[arg-type]
    return PlanDraft(issues=[issue])


@pytest.fixture
def city(session, cast) -> dict[str, int]:
    """云岭市: the cast's units and some more; the office stands in the region of the city itself."""
    home = factories.make_region(session, "云岭市")
    county = session.scalars(select(models.Region).where(models.Region.name == "甲县")).one()
    session.get_one(models.Unit, cast.units["office"]).region = home
    made = {
        "party_a": factories.make_unit(session, "中共甲县委员会", region=county),
        "housing": factories.make_unit(session, "市住房和城乡建设局", region=home),
        "planning": factories.make_unit(session, "市发展和改革委员会"),
        "closed": factories.make_unit(session, "市环境保护局"),
    }
    made["closed"].active = False
    session.commit()
    return cast.units | {name: unit.id for name, unit in made.items()}


@pytest.fixture
def bring(session, today, at):
    """Import a draft; what its issue's own parts are then, unit names with roles."""

    def import_(read: PlanDraft, units: dict[str, Any]) -> list[tuple[str, str, bool]]:
        form = ledger.InspectionForm(f"督察{session.query(models.Inspection).count()}")
        done = ledger.import_plan(session, read, form, {}, units, by=access.SYSTEM, day=today, at=at)
        query = (
            select(models.Unit.name, models.Assignment.role, models.Assignment.answers)
            .join(models.Unit, models.Unit.id == models.Assignment.unit_id)
            .join(models.Issue, models.Issue.id == models.Assignment.issue_id)
            .where(models.Issue.inspection_id == done.inspection_id)
        )
        return [tuple(row) for row in session.execute(query.order_by(models.Assignment.id))]  # type: ignore[misc]

    return import_


def aliases(session) -> set[tuple[str, int]]:
    return set(session.execute(select(models.UnitAlias.name, models.UnitAlias.unit_id)).tuples())


def texts(found: Sequence[ledger.Suggestion]) -> list[tuple[str, bool]]:
    return [(one.text, one.sure) for one in found]


# -- proposals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "proposed"),
    [
        ("云岭市生态环境局", [("市生态环境局", True)]),
        ("市环保局", [("市生态环境局", True)]),  # 市环境保护局, no longer in use, is never proposed
        ("市发改委", [("市发展和改革委员会", True)]),
        ("甲县政府", [("甲县人民政府", True)]),
        ("甲县党委、政府", [("甲县人民政府；中共甲县委员会", True)]),  # both in one
        ("乙县党委、政府", [("乙县人民政府", True)]),
        ("丙县人民政府", []),
        ("生态环境局", [("市生态环境局", True)]),
        ("市生太环境局", [("市生态环境局", False)]),
        ("县政府", [("甲县人民政府", False), ("乙县人民政府", False)]),  # equally like: both, neither taken
        ("省生态环境厅", []),
    ],
)
def test_a_new_name_is_likened_to_the_units_in_use(session, city, printed, proposed):
    assert sorted(texts(ledger.Register(session).suggest(printed))) == sorted(proposed)


def test_a_name_is_likened_to_other_names_too(session, city):
    session.add(models.UnitAlias(unit_id=city["planning"], name="市物价和发展委员会"))
    session.flush()

    assert texts(ledger.Register(session).suggest("市物价发展委")) == [("市发展和改革委员会", True)]


def test_a_collective_name_covers_the_counties_as_they_are_configured(session, city):
    collective = collectives.recognise(COUNTIES)
    assert collective is not None

    covered = ledger.Register(session).members(collective)

    assert sorted(covered.values()) == sorted(["甲县人民政府", "乙县人民政府", "中共甲县委员会"])


# -- choices -----------------------------------------------------------------------------------------------------------


def test_a_collective_name_chosen_once_is_spread_and_known_next_time(session, city, bring):
    both = [city["unit_a"], city["unit_b"]]

    first = bring(draft((COUNTIES, "responsible")), {COUNTIES: both})
    again = bring(draft((COUNTIES, "responsible"), text="河道淤积。"), {})

    assert first == again == [("甲县人民政府", "responsible", True), ("乙县人民政府", "responsible", True)]
    assert aliases(session) == {(COUNTIES, unit_id) for unit_id in both}
    assert ledger.match_units(session, ["各县(市、区)党委、政府"])[0].by == "alias"


def test_another_choice_replaces_what_was_remembered(session, city, bring):
    bring(draft((COUNTIES, "responsible")), {COUNTIES: [city["unit_a"], city["unit_b"]]})

    bring(draft((COUNTIES, "responsible")), {COUNTIES: [city["unit_b"], city["party_a"]]})

    assert aliases(session) == {(COUNTIES, city["unit_b"]), (COUNTIES, city["party_a"])}


def test_a_name_kept_as_printed_is_a_unit_of_its_own_from_then_on(session, city, bring):
    bring(draft((COUNTIES, "responsible")), {COUNTIES: [city["unit_a"], city["unit_b"]]})

    parts = bring(draft((COUNTIES, "responsible")), {COUNTIES: []})

    assert parts == [(COUNTIES, "responsible", True)] and aliases(session) == set()
    assert bring(draft((COUNTIES, "responsible"), text="河道淤积。"), {}) == parts


def test_what_some_counties_are_holds_for_the_one_plan(session, city, bring):
    parts = bring(draft((SOME, "responsible")), {SOME: [city["unit_a"]]})

    assert parts == [("甲县人民政府", "responsible", True)] and aliases(session) == set()


def test_a_unit_chosen_that_is_no_more_is_refused(session, city, bring):
    with pytest.raises(ledger.Refused, match="已不存在"):
        bring(draft((COUNTIES, "responsible")), {COUNTIES: [city["unit_a"], 9999]})


# -- parts in an item --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "parts"),
    [
        ([("市住建局", "lead"), (COUNTIES, "responsible")], ["3 lead", "1 responsible", "2 responsible"]),
        ([(COUNTIES, "lead")], ["1 lead", "2 lead"]),  # the plan says that each of them leads
        ([("市住建局", "lead"), (COUNTIES, "lead")], ["3 lead", "1 responsible", "2 responsible"]),
        ([("甲县人民政府", "lead"), (COUNTIES, "responsible")], ["1 lead", "2 responsible"]),
        ([(COUNTIES, "cooperating"), ("甲县人民政府", "responsible")], ["2 cooperating", "1 responsible"]),
        (
            [("甲县人民政府", "supervising"), (COUNTIES, "responsible")],
            ["1 supervising", "1 responsible", "2 responsible"],
        ),
        ([("甲县人民政府", "lead"), ("甲县政府", "cooperating")], ["1 lead", "1 cooperating"]),
        ([("甲县政府", "lead"), ("甲县人民政府", "lead")], ["1 lead"]),
        ([("张某", "leader"), ("甲县政府", "lead")], ["1 lead"]),
    ],
)
def test_a_collective_name_gives_each_member_one_part_and_an_item_one_lead(printed, parts):
    resolved = {COUNTIES: [1, 2], "甲县人民政府": [1], "甲县政府": [1], "市住建局": [3]}
    units = [UnitDraft(name, role) for name, role in printed]

    assert [f"{unit} {role}" for unit, role in names.parts_of(units, resolved)] == parts


# -- misread names -----------------------------------------------------------------------------------------------------


def test_a_misread_name_is_put_right_wherever_it_stands():
    read = draft(("市水利局市财政局", "responsible"), ("市财政局", "responsible"), ("张某", "person"))
    read.issues[0].measures[0].units = [UnitDraft("市水利局市财政局", "lead")]

    ledger.rename_in_draft(read, "市水利局市财政局", ["市水利局", "市财政局"])

    issue = read.issues[0]
    assert [(unit.name, unit.role) for unit in issue.units] == [
        ("市水利局", "responsible"),
        ("市财政局", "responsible"),
        ("张某", "person"),
    ]
    assert [(unit.name, unit.role) for unit in issue.measures[0].units] == [("市水利局", "lead"), ("市财政局", "lead")]


def test_a_name_that_is_a_persons_becomes_one_and_a_fragment_goes():
    read = draft(("王强", "responsible"), ("并建立长效机制", "responsible"), ("市水利局", "lead"))

    ledger.rename_in_draft(read, "王强", ["王强"], "person")
    ledger.rename_in_draft(read, "并建立长效机制", [])

    assert [(unit.name, unit.role) for unit in read.issues[0].units] == [("王强", "person"), ("市水利局", "lead")]
    with pytest.raises(ledger.Refused, match="已没有“王强”"):
        ledger.rename_in_draft(read, "王强", ["王五"])
