"""The demonstration city's texts: how many, each its own, and no fate that its dates contradict."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from rectify.upkeep import city
from rectify.upkeep.city import DemoDeadline, DemoInspection, DemoIssue, DemoMeasure

INSPECTIONS = {inspection.key: inspection for inspection in city.INSPECTIONS}
UNITS = {unit.name: unit for unit in city.UNITS}

# A printed deadline is a month's end, so a day that must have passed lies more than a month back.
PASSED, AHEAD = -35, 7
VERDICT_FATES = {
    "signed_off": {"signed_off"},
    "completed": city.DONE_FATES - {"signed_off"},
    "overdue": {"overdue_open", "overdue_returned"},
    "basically_completed": {"basically_completed"},
    "behind": {"behind_milestone", "behind_quantity", "behind_confirmed"},
    "not_started": {"not_started"},
    "unreported": {"unreported"},
    "long_term": {"long_term"},
    "on_schedule": {"on_schedule", "on_schedule_unreported", "report_returned", "pending", "extended", "reopened"},
}


def measures(key: str | None = None) -> Iterator[tuple[DemoIssue, DemoMeasure]]:
    for issue in city.ISSUES:
        if key in (None, issue.inspection):
            for measure in issue.measures:
                yield issue, measure


def is_done(measure: DemoMeasure) -> bool:
    return measure.fate in city.DONE_FATES


def fits(fate: str, deadline: DemoDeadline, inspection: DemoInspection) -> bool:
    """Whether a measure with this printed deadline can have come to this fate by today."""
    day = deadline.offset_days
    if fate == "long_term":
        return deadline.raw_kind == "long_term"
    if fate == "long_term_done":
        return deadline.raw_kind == "date_long_term" and day is not None and day <= PASSED
    if fate == "unreported":
        return deadline.raw_kind == "ask" or (day is not None and day >= AHEAD)
    if day is None:
        return deadline.raw_kind == "immediate" and fate in {"signed_off", "completed_in_time"}
    if fate == "basically_completed":
        return day >= AHEAD or inspection.basically_counts_as_done
    if fate == "pending":
        return day >= -60
    if fate == "reopened":
        return day <= -100
    past = {"signed_off", "completed_in_time", "completed_late", "completed_after_return", "extended"}
    return day <= PASSED if fate in past | {"overdue_open", "overdue_returned"} else day >= AHEAD


def texts() -> Iterator[str]:
    """Every Chinese sentence or name that a reader of the demonstration can meet."""
    for inspection in city.INSPECTIONS:
        yield from (inspection.name, inspection.team, *inspection.sources)
    for issue, measure in measures():
        yield from (issue.text, issue.goal, issue.category, issue.source or "", issue.upper_number or "")
        yield measure.text
        yield from (text for _, text in measure.milestones)
    for unit in city.UNITS:
        yield from (unit.name, unit.region, *unit.aliases)
    yield from (person.display_name for person in city.PEOPLE)
    yield from pools()


def pools() -> Iterator[str]:
    for phases in city.REPORT_TEXTS.values():
        for sentences in phases.values():
            yield from sentences
    for named in (city.CONFIRM_REASONS, city.DONE_TEXTS):
        for sentences in named.values():
            yield from sentences
    for pool in (
        city.DIFFICULTIES,
        city.NEXT_STEPS,
        city.RETURN_REASONS,
        city.EXTENSION_REASONS,
        city.REOPEN_REASONS,
        city.BEHIND_TEXTS,
        city.NOT_STARTED_TEXTS,
    ):
        yield from pool


@pytest.mark.parametrize(
    ("key", "issues", "count", "done"),
    [
        ("central", 36, 94, 78),
        ("provincial", 20, 60, 32),
        ("central_poverty", 12, 40, 40),
        ("provincial_poverty", 12, 36, 36),
        ("checks", 14, 40, 40),
        ("assessment", 8, 30, 16),
    ],
)
def test_an_inspection_has_the_issues_and_measures_of_the_report_sentence(
    key: str, issues: int, count: int, done: int
) -> None:
    own = [issue for issue in city.ISSUES if issue.inspection == key]

    assert len(own) == issues
    assert [issue.number for issue in own] == [str(number) for number in range(1, issues + 1)]
    assert len(list(measures(key))) == count
    assert sum(is_done(measure) for _, measure in measures(key)) == done


def test_the_city_has_eight_counties_about_forty_units_and_six_inspections() -> None:
    assert len(city.COUNTIES) == 8
    assert {f"{county}人民政府" for county in city.COUNTIES} <= UNITS.keys()
    assert 38 <= len(UNITS) <= 46
    assert len(INSPECTIONS) == len(city.INSPECTIONS) == 6


def test_28_of_the_36_central_issues_are_done() -> None:
    done = [issue for issue in city.ISSUES if issue.inspection == "central" and all(is_done(m) for m in issue.measures)]

    assert len(done) == 28


def test_no_two_issues_measures_or_sentences_read_the_same() -> None:
    own = [measure.text for _, measure in measures()] + [issue.text for issue in city.ISSUES]
    own += [issue.goal for issue in city.ISSUES]
    own += list(pools())

    assert [text for text, times in Counter(own).items() if times > 1] == []


def test_a_measure_is_a_sentence_of_its_own_and_a_few_are_long() -> None:
    lengths = [len(measure.text) for _, measure in measures()]

    assert min(lengths) >= 20
    assert sum(length > 80 for length in lengths) <= 8
    assert sum(length >= 140 for length in lengths) >= 4


def test_every_verdict_is_found_twice_in_the_central_inspection_and_every_fate_somewhere() -> None:
    central = Counter(measure.fate for _, measure in measures("central"))
    everywhere = {measure.fate for _, measure in measures()}

    assert {verdict for verdict, fates in VERDICT_FATES.items() if sum(central[f] for f in fates) < 2} == set()
    assert everywhere == city.FATES.keys() == set().union(*VERDICT_FATES.values())


@pytest.mark.parametrize("key", ["central_poverty", "provincial_poverty", "checks"])
def test_all_is_done_where_the_sentence_says_so(key: str) -> None:
    assert [measure.text for _, measure in measures(key) if not is_done(measure)] == []


def test_the_assessment_is_under_way_with_nothing_adverse() -> None:
    fates = {measure.fate for _, measure in measures("assessment")}

    allowed = city.DONE_FATES | VERDICT_FATES["on_schedule"] | {"basically_completed", "long_term"}
    assert fates <= allowed
    assert "on_schedule" in fates


def test_every_fate_agrees_with_the_deadline_it_has() -> None:
    wrong = [
        (issue.inspection, issue.number, measure.fate)
        for issue, measure in measures()
        if not fits(measure.fate, measure.deadline or issue.deadline, INSPECTIONS[issue.inspection])
    ]

    assert wrong == []


def test_deadlines_lie_after_the_plan_and_only_dated_kinds_carry_a_day() -> None:
    deadlines = [(issue.inspection, issue.deadline) for issue in city.ISSUES]
    deadlines += [(issue.inspection, m.deadline) for issue, m in measures() if m.deadline is not None]

    for key, deadline in deadlines:
        dated = deadline.raw_kind in {"date", "date_long_term"}
        assert dated or deadline.raw_kind in {"immediate", "long_term", "ask"}
        assert (deadline.offset_days is not None) == dated
        if deadline.offset_days is not None:
            assert deadline.offset_days >= INSPECTIONS[key].issued_offset_days + 60


def test_milestones_stand_in_order_between_the_plan_and_the_deadline() -> None:
    for issue, measure in measures():
        days = [day for day, _ in measure.milestones]
        deadline = (measure.deadline or issue.deadline).offset_days
        assert days == sorted(set(days)), measure.text
        assert all(day > INSPECTIONS[issue.inspection].issued_offset_days for day in days), measure.text
        assert deadline is None or all(day < deadline for day in days), measure.text


def test_what_is_behind_has_something_to_be_behind_of() -> None:
    for _, measure in measures():
        if measure.fate == "behind_milestone":
            assert any(day <= PASSED for day, _ in measure.milestones), measure.text
        if measure.fate == "behind_quantity":
            assert measure.target is not None, measure.text


def test_units_people_and_sources_that_are_named_exist() -> None:
    regions = {region.name for region in city.REGIONS}
    named = {
        name
        for issue in city.ISSUES
        for name in (
            issue.lead,
            *issue.responsible,
            *issue.cooperating,
            *issue.supervising,
            *issue.acceptance,
            *(unit for measure in issue.measures for unit in measure.units or ()),
        )
    }

    assert named <= UNITS.keys()
    assert {issue.lead for issue in city.ISSUES if issue.lead in issue.cooperating} == set()
    assert {unit.parent for unit in city.UNITS} - {None} <= UNITS.keys()
    assert {unit.region for unit in city.UNITS} <= regions
    assert {unit.kind for unit in city.UNITS} == {"office", "department", "county", "town", "company"}
    assert {person.unit for person in city.PEOPLE} <= UNITS.keys()
    assert {issue.source for issue in city.ISSUES} - {None} == set(INSPECTIONS["checks"].sources)
    assert all((issue.source is None) == (issue.inspection != "checks") for issue in city.ISSUES)


def test_a_units_names_and_aliases_lead_to_that_unit_alone() -> None:
    names = [name for unit in city.UNITS for name in (unit.name, *unit.aliases)]

    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_the_people_are_posts_and_each_role_is_there() -> None:
    roles = {person.role for person in city.PEOPLE}

    assert roles == {"office", "supervisor", "lead", "clerk", "leader", "admin", "auditor"}
    assert len({person.username for person in city.PEOPLE}) == len(city.PEOPLE)
    assert all(re.search("(员|组|负责人|负责同志)$", person.display_name) for person in city.PEOPLE)


def test_texts_hold_no_latin_letters_placeholders_or_half_width_punctuation() -> None:
    found = [text for text in texts() if re.search(r"[A-Za-z{}<>?,;:!_×]|[XＸ]|某", text)]

    assert found == []


@pytest.mark.parametrize("field", sorted({inspection.field for inspection in city.INSPECTIONS} | {"other"}))
def test_every_field_has_sentences_for_each_phase_and_for_the_end(field: str) -> None:
    assert set(city.REPORT_TEXTS[field]) == {"early", "middle", "late"}
    assert all(len(sentences) >= 3 for sentences in city.REPORT_TEXTS[field].values())
    assert city.DONE_TEXTS[field]


def test_the_texts_need_the_standard_library_only() -> None:
    tree = ast.parse(Path(city.__file__).read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert imported == {"__future__", "dataclasses"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
