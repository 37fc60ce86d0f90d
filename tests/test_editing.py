"""A draft put right by hand: divided, joined, moved, amended, and every step of it taken back."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rectify import ledger, models
from rectify.ledger import common, editing, history
from rectify.ledger.common import Refused
from rectify.ledger.editing import Fields, Place
from rectify.reading.draft import (
    IssueDraft,
    MeasureDraft,
    MilestoneDraft,
    PlanDraft,
    Question,
    Target,
    UnitDraft,
    Unread,
)
from rectify.rules import deadlines

LINES = [
    "一、污水直排。",
    "责任单位：甲局",
    "1.建设管网。",
    "2.改造泵站。",
    "二、河道淤积。",
    "责任单位：乙局",
    "（1）清淤。",
    "附注：另有一段。",
]


def limit(text: str) -> deadlines.Deadline:
    return deadlines.parse(text).deadline


def plan() -> PlanDraft:
    """Two issues: 一 of 甲局 until June with two measures, 二 of 乙局 until December with one; a question about each."""
    first = IssueDraft(
        number="一",
        text="污水直排。",
        goal="消除直排。",
        deadline=limit("2026年6月底前"),
        units=[UnitDraft("甲局", "responsible")],
        measures=[
            MeasureDraft(number="1", text="建设管网。", line=3),
            MeasureDraft(number="2", text="改造泵站。", line=4),
        ],
        milestones=[MilestoneDraft(dt.date(2026, 3, 31), "建设管网")],
        line=1,
    )
    second = IssueDraft(
        number="二",
        text="河道淤积。",
        deadline=limit("2026年12月底前"),
        units=[UnitDraft("乙局", "responsible")],
        measures=[MeasureDraft(number="1", text="清淤。", line=7)],
        line=5,
    )
    draft = PlanDraft(issues=[first, second], unread=[Unread(8, "附注：另有一段。")], source_lines=LINES)
    for place in ((0, None), (0, 1), (1, None), (1, 0)):
        draft.ask(Question(f"第{place}处", "请核对。", "other", "", *place))
    return draft


def shape(draft: PlanDraft) -> list[tuple[str, list[str]]]:
    return [(issue.text, [measure.text for measure in issue.measures]) for issue in draft.issues]


def asked(draft: PlanDraft) -> list[tuple[str, Place]]:
    return [(q.where, (q.issue, q.measure)) for q in draft.questions if q.issue is not None]


@pytest.mark.parametrize(
    ("act", "then", "places"),
    [
        (
            lambda draft: editing.join(draft, (0, 1)),
            [("污水直排。", ["建设管网。2.改造泵站。"]), ("河道淤积。", ["清淤。"])],
            [(0, None), (0, 0), (1, None), (1, 0)],
        ),
        (
            lambda draft: editing.join(draft, (1, None)),
            [("污水直排。二、河道淤积。", ["建设管网。", "改造泵站。", "清淤。"])],
            [(0, None), (0, 1), (0, None), (0, 2)],
        ),
        (
            lambda draft: editing.demote(draft, 1),
            [("污水直排。", ["建设管网。", "改造泵站。", "河道淤积。", "清淤。"])],
            [(0, None), (0, 1), (0, 2), (0, 3)],
        ),
        (
            lambda draft: editing.lift(draft, 0, 0),
            [("污水直排。", ["改造泵站。"]), ("建设管网。", []), ("河道淤积。", ["清淤。"])],
            [(0, None), (0, 0), (2, None), (2, 0)],
        ),
        (
            lambda draft: editing.lift(draft, 0, 0, rest=True),
            [("污水直排。", []), ("建设管网。", ["改造泵站。"]), ("河道淤积。", ["清淤。"])],
            [(0, None), (1, 0), (2, None), (2, 0)],
        ),
        (
            lambda draft: editing.part(draft, 0, 1),
            [("污水直排。", ["建设管网。"]), ("污水直排。", ["改造泵站。"]), ("河道淤积。", ["清淤。"])],
            [(0, None), (1, 0), (2, None), (2, 0)],
        ),
        (
            lambda draft: editing.move(draft, 0, 1, 1),
            [("污水直排。", ["建设管网。"]), ("河道淤积。", ["改造泵站。", "清淤。"])],
            [(0, None), (1, 0), (1, None), (1, 1)],
        ),
        (
            lambda draft: editing.move(draft, 1, 0, -1),
            [("污水直排。", ["建设管网。", "改造泵站。", "清淤。"]), ("河道淤积。", [])],
            [(0, None), (0, 1), (1, None), (0, 2)],
        ),
        (
            lambda draft: editing.drop(draft, (0, 0)),
            [("污水直排。", ["改造泵站。"]), ("河道淤积。", ["清淤。"])],
            [(0, None), (0, 0), (1, None), (1, 0)],
        ),
        (
            lambda draft: editing.drop(draft, (0, None)),
            [("河道淤积。", ["清淤。"])],
            [None, None, (0, None), (0, 0)],
        ),
        (
            lambda draft: editing.take_as_issue(draft, 0),
            [
                ("污水直排。", ["建设管网。", "改造泵站。"]),
                ("河道淤积。", ["清淤。"]),
                ("附注：另有一段。", []),
            ],
            [(0, None), (0, 1), (1, None), (1, 0)],
        ),
        (
            lambda draft: editing.take_as_measure(draft, 0, 0),
            [("污水直排。", ["建设管网。", "改造泵站。", "附注：另有一段。"]), ("河道淤积。", ["清淤。"])],
            [(0, None), (0, 1), (1, None), (1, 0)],
        ),
        (
            lambda draft: editing.take_as_text(draft, 0, (1, 0)),
            [("污水直排。", ["建设管网。", "改造泵站。"]), ("河道淤积。", ["清淤。附注：另有一段。"])],
            [(0, None), (0, 1), (1, None), (1, 0)],
        ),
    ],
)
def test_items_change_their_places_and_the_questions_go_with_them(
    act: Callable[[PlanDraft], None], then: list[tuple[str, list[str]]], places: list[Place | None]
) -> None:
    draft = plan()
    before = [where for where, _ in asked(draft)]

    act(draft)

    assert shape(draft) == then
    expected = [(where, place) for where, place in zip(before, places, strict=True) if place is not None]
    assert [one for one in asked(draft) if one[0] in before] == expected


def test_a_measure_that_goes_to_another_issue_with_its_own_keeps_its_limit_and_units() -> None:
    draft = plan()

    editing.join(draft, (1, None))

    (issue,) = draft.issues
    assert issue.deadline is not None and issue.deadline.date == dt.date(2026, 6, 30)
    assert [m.deadline.date if m.deadline else None for m in issue.measures] == [None, None, dt.date(2026, 12, 31)]
    assert [editing.units_line(m.units) for m in issue.measures] == ["", "", "乙局"]
    assert not [q for q in draft.questions if q.topic == "deadline"], "nothing contradicts"


def test_a_heading_cut_off_its_issue_takes_over_all_that_stands_under_it() -> None:
    draft = plan()
    draft.issues.insert(1, IssueDraft(text="某县", line=5))

    editing.join(draft, (2, None))

    joined = draft.issues[1]
    assert joined.text == "某县二、河道淤积。" and joined.deadline == limit("2026年12月底前")
    assert joined.units == [UnitDraft("乙局", "responsible")]
    assert joined.measures[0].deadline is None and joined.measures[0].units == []


def test_limits_and_states_that_contradict_each_other_are_asked() -> None:
    draft = PlanDraft(
        issues=[
            IssueDraft(number="1", text="甲。", deadline=limit("2026年6月底前"), state="completed"),
            IssueDraft(number="2", text="乙。", deadline=limit("2026年9月底前"), state="behind"),
        ]
    )

    editing.join(draft, (1, None))

    (issue,) = draft.issues
    assert issue.state == "completed" and issue.deadline is not None and issue.deadline.date == dt.date(2026, 6, 30)
    assert [(q.topic, q.issue, q.measure) for q in draft.questions] == [("deadline", 0, None), ("state", 0, None)]
    assert "“2026年6月底前”与“2026年9月底前”" in draft.questions[0].ask


def test_a_lifted_measure_takes_its_milestone_along_and_what_it_had_from_its_issue() -> None:
    draft = plan()

    editing.lift(draft, 0, 0)

    lifted = draft.issues[1]
    assert (lifted.number, lifted.line, lifted.deadline) == ("1", 3, limit("2026年6月底前"))
    assert lifted.units == [UnitDraft("甲局", "responsible")]
    assert [stone.text for stone in lifted.milestones] == ["建设管网"] and draft.issues[0].milestones == []


@pytest.mark.parametrize(
    ("place", "text", "into_measures", "then"),
    [
        (
            (0, 1),
            "改造泵站。\n\n（3）改造闸门。\n \n4.验收。",
            False,
            [
                ("污水直排。", [("1", "建设管网。"), ("2", "改造泵站。"), ("3", "改造闸门。"), ("4", "验收。")]),
                ("河道淤积。", [("1", "清淤。")]),
            ],
        ),
        (
            (0, None),
            "污水直排。\n\n垃圾露天堆放。",
            False,
            [
                ("污水直排。", []),
                ("垃圾露天堆放。", [("1", "建设管网。"), ("2", "改造泵站。")]),
                ("河道淤积。", [("1", "清淤。")]),
            ],
        ),
        (
            (1, None),
            "河道淤积。\n\n一是疏浚河道。\n\n修堤2.5公里。",
            True,
            [
                ("污水直排。", [("1", "建设管网。"), ("2", "改造泵站。")]),
                ("河道淤积。", [(None, "一是疏浚河道。"), (None, "修堤2.5公里。"), ("1", "清淤。")]),
            ],
        ),
    ],
)
def test_a_text_is_divided_at_its_blank_lines(place: Place, text: str, into_measures: bool, then: Any) -> None:
    draft = plan()
    item = editing.item_at(draft, place)
    assert item is not None
    item.text = text

    editing.split(draft, place, into_measures=into_measures)

    assert [(i.text, [(m.number, m.text) for m in i.measures]) for i in draft.issues] == then


def test_what_was_asked_of_a_limit_is_asked_of_each_piece_that_has_it() -> None:
    draft = PlanDraft(issues=[IssueDraft(number="1", text="甲。\n\n乙。", deadline=limit("汛期前"))])
    draft.ask(Question("问题1", "“汛期前”没有具体日期。", "deadline", "汛期前", 0, None))

    editing.split(draft, (0, None))

    assert [(q.issue, q.raw) for q in draft.questions] == [(0, "汛期前"), (1, "汛期前")]
    assert len({q.id for q in draft.questions}) == 2


def test_joining_and_splitting_again_gives_back_the_number_as_the_source_prints_it() -> None:
    draft = plan()
    editing.join(draft, (0, 1))
    measure = draft.issues[0].measures[0]
    measure.text = measure.text.replace("2.改造", "\n\n2.改造")

    editing.split(draft, (0, 0))

    assert [(m.number, m.text) for m in draft.issues[0].measures] == [("1", "建设管网。"), ("2", "改造泵站。")]


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda draft: editing.join(draft, (0, None)), "前面没有可以合并的内容"),
        (lambda draft: editing.join(draft, (0, 0)), "前面没有可以合并的内容"),
        (lambda draft: editing.demote(draft, 0), "前面没有可以归入的问题"),
        (lambda draft: editing.part(draft, 0, 0), "第一条措施前面没有"),
        (lambda draft: editing.move(draft, 1, 0, 1), "没有别的问题可以移去"),
        (lambda draft: editing.move(draft, 0, 0, -1), "没有别的问题可以移去"),
        (lambda draft: editing.split(draft, (0, None)), "没有可以拆开的地方"),
        (lambda draft: editing.drop(draft, (0, 9)), "已不在方案中"),
        (lambda draft: editing.lift(draft, 7, 0), "已不在方案中"),
        (lambda draft: editing.dismiss(draft, 1), "已经处理过"),
        (lambda draft: editing.amend(draft, (0, 0), Fields(text=" ")), "请填写整改措施的内容"),
        (lambda draft: editing.amend(draft, (0, 0), Fields(text="建。", deadline="汛期前")), "没有具体日期"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(act: Callable[[PlanDraft], None], sentence: str) -> None:
    draft = plan()

    with pytest.raises(Refused) as refused:
        act(draft)

    assert sentence in refused.value.sentence % refused.value.values
    assert draft == plan()


def test_a_target_goes_with_its_measure_and_two_that_differ_are_asked_about() -> None:
    draft = plan()
    first, second = draft.issues[0].measures
    first.target, second.target = Target(12, "公里"), Target(2, "座")

    editing.lift(draft, 0, 1)
    assert draft.issues[1].target == Target(2, "座")
    editing.demote(draft, 1)
    assert [measure.target for measure in draft.issues[0].measures] == [Target(12, "公里"), Target(2, "座")]

    first.text = "建设管网。\n\n移交管网。"
    editing.split(draft, (0, 0))
    assert [measure.target for measure in draft.issues[0].measures] == [Target(12, "公里"), None, Target(2, "座")]

    editing.join(draft, (0, 1))
    editing.join(draft, (0, 1))
    (measure,) = draft.issues[0].measures
    assert measure.target == Target(12, "公里")
    assert [q.ask for q in draft.questions if "量化目标" in q.ask and "12公里" in q.ask and "2座" in q.ask]


def test_an_item_amended_with_its_own_fields_stays_as_it_was() -> None:
    draft = plan()

    for place in ((0, None), (0, 1), (1, None)):
        item = editing.item_at(draft, place)
        assert item is not None
        editing.amend(draft, place, editing.fields_of(item))

    assert draft == plan()


def test_a_field_put_right_settles_what_was_asked_about_it_and_nothing_else() -> None:
    draft = plan()
    for topic in ("deadline", "state", "number", "unit"):
        draft.ask(Question("问题一", f"{topic}？", topic, "", 0, None))
    before = editing.fields_of(draft.issues[0])

    editing.amend(
        draft,
        (0, None),
        Fields(
            text=before.text,
            number="三",
            deadline="2026年9月底前",
            units="甲局（牵头）；丙县、丁县政府（配合）；王某某（责任领导）",
            milestones=[MilestoneDraft(dt.date(2026, 5, 1), "开工", "in_progress")],
        ),
    )

    issue = draft.issues[0]
    assert issue.number == "三" and issue.deadline is not None and issue.deadline.date == dt.date(2026, 9, 30)
    assert [(unit.name, unit.role) for unit in issue.units] == [
        ("甲局", "lead"),
        ("丙县政府", "cooperating"),
        ("丁县政府", "cooperating"),
        ("王某某", "leader"),
    ]
    assert issue.milestones == [MilestoneDraft(dt.date(2026, 5, 1), "开工", "in_progress")] and issue.goal is None
    assert [q.topic for q in draft.questions if q.topic != "other"] == ["state"]


@pytest.mark.parametrize(
    "units",
    [
        [UnitDraft("甲局", "lead"), UnitDraft("乙局", "cooperating"), UnitDraft("王某某", "person")],
        [UnitDraft("各乡（镇）党委、政府", "responsible"), UnitDraft("市住建局", "acceptance")],
        [UnitDraft("各市、州、直管市、林区党委和人民政府", "supervising")],
        [],
    ],
)
def test_a_line_of_units_reads_back_as_the_same_units(units: list[UnitDraft]) -> None:
    assert editing.units_typed(editing.units_line(units), [unit.name for unit in units]) == units


# -- the way back ------------------------------------------------------------------------------------------------------


def held_of(draft: PlanDraft) -> models.PlanFile:
    return models.PlanFile(draft=draft.as_json(), answers={"questions": {}, "units": {}}, history=None)


def test_a_change_is_taken_back_and_done_again_and_says_what_it_was() -> None:
    draft = plan()
    held = held_of(draft)
    first = held.draft
    history.change(held, draft, {"act": "demote", "issue": "二"}, lambda: editing.demote(draft, 1))
    history.change(held, draft, {"act": "drop", "issue": "一"}, lambda: editing.drop(draft, (0, 0)))
    done = held.draft

    assert history.last(held) == {"act": "drop", "issue": "一"}
    assert history.undo(held) == {"act": "drop", "issue": "一"}
    assert history.undo(held) == {"act": "demote", "issue": "二"}
    assert history.undo(held) is None
    assert held.draft == first and history.last(held) is None

    assert history.last(held, undone=True) == {"act": "demote", "issue": "二"}
    assert history.redo(held) and history.redo(held) and history.redo(held) is None
    assert held.draft == done


def test_a_new_change_forgets_what_was_undone() -> None:
    draft = plan()
    held = held_of(draft)
    history.change(held, draft, {"act": "demote"}, lambda: editing.demote(draft, 1))
    history.undo(held)
    draft = PlanDraft.from_json(held.draft)

    history.change(held, draft, {"act": "lift"}, lambda: editing.lift(draft, 0, 0))

    assert history.redo(held) is None and history.undo(held) == {"act": "lift"}
    assert held.draft == plan().as_json()


def test_a_change_that_changes_nothing_or_is_refused_leaves_no_step() -> None:
    draft = plan()
    held = held_of(draft)

    history.change(held, draft, {"act": "amend"}, lambda: None)
    with pytest.raises(Refused):
        history.change(held, draft, {"act": "demote"}, lambda: editing.demote(draft, 0))

    assert not held.history and held.draft == plan().as_json()


def test_the_steps_that_are_kept_are_few_and_small(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = plan()
    held = held_of(draft)
    for n in range(history.MOST_STEPS + 5):
        text = f"改造泵站{n}。"
        history.change(
            held, draft, {"n": n}, lambda text=text: editing.amend(draft, (0, 1), Fields(text=text, number="2"))
        )
    assert held.history is not None
    assert [step["what"]["n"] for step in held.history] == list(range(5, history.MOST_STEPS + 5))

    monkeypatch.setattr(history, "MOST_CHARACTERS", 10)
    history.change(held, draft, {"n": 99}, lambda: editing.drop(draft, (0, 0)))

    assert [step["what"]["n"] for step in held.history] == [99], "the latest is kept however large it is"


def test_a_step_of_a_long_plan_keeps_little_of_it() -> None:
    draft = PlanDraft(issues=[IssueDraft(number=str(n), text=f"问题{n}。" * 20) for n in range(2000)])
    for n in range(0, 2000, 2):
        draft.ask(Question(f"问题{n}", "没有时限。" * 10, "deadline", str(n), n, None))
    held = held_of(draft)

    history.change(held, draft, {}, lambda: editing.join(draft, (1, None)))

    size = len(json.dumps(held.history))
    assert size < len(json.dumps(held.draft)) / 20, size


def test_an_answer_to_the_ledgers_own_question_outlives_a_change_of_the_text_it_is_about() -> None:
    draft = PlanDraft(issues=[IssueDraft(number="1", text="甲。"), IssueDraft(number="2", text="乙。")])
    held = held_of(draft)
    (_, about) = ledger.questions(draft)
    held.answers = {"questions": {about.id: "2026-12-31"}, "units": {}}

    history.change(held, draft, {}, lambda: editing.amend(draft, (1, None), Fields(text="乙县。", number="2")))
    (_, after) = ledger.questions(draft)
    assert after.id != about.id and held.answers["questions"][after.id] == "2026-12-31"

    history.undo(held)
    assert ledger.questions(PlanDraft.from_json(held.draft))[1].id == about.id
    assert held.answers["questions"][about.id] == "2026-12-31"


# -- any sequence of changes -------------------------------------------------------------------------------------------

words = st.sampled_from("甲乙丙丁戊己庚辛壬癸子丑寅卯").flatmap(
    lambda char: st.integers(1, 99).map(lambda n: f"{char}{n}处。")
)
phrases = st.sampled_from(["", "2026年6月底前", "2026年9月底前", "长期坚持", "汛期前"])
units = st.lists(
    st.builds(UnitDraft, st.sampled_from(["甲局", "乙局", "丙县政府"]), st.sampled_from(["lead", "cooperating"])),
    max_size=2,
)
states = st.sampled_from([None, None, "completed", "behind"])


def _limit(phrase: str) -> deadlines.Deadline | None:
    return limit(phrase) if phrase else None


measures = st.builds(
    MeasureDraft,
    number=st.sampled_from([None, "1", "2"]),
    text=words,
    deadline=phrases.map(_limit),
    units=units,
    state=states,
    progress=st.none() | words,
    milestones=st.lists(st.builds(MilestoneDraft, st.just(dt.date(2026, 5, 1)), words), max_size=1),
    line=st.none() | st.integers(1, 8),
)
issues = st.builds(
    IssueDraft,
    number=st.sampled_from([None, "一", "二"]),
    upper_number=st.sampled_from([None, "7"]),
    text=words,
    goal=st.none() | words,
    deadline=phrases.map(_limit),
    units=units,
    measures=st.lists(measures, max_size=3),
    milestones=st.lists(st.builds(MilestoneDraft, st.just(dt.date(2026, 5, 1)), words), max_size=1),
    state=states,
    line=st.none() | st.integers(1, 8),
)
numbers = st.integers(0, 5)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["join", "join issue", "demote", "lift", "lift rest", "part", "up", "down", "split", "split issue", "take"]
        ),
        numbers,
        numbers,
    ),
    max_size=8,
)


@st.composite
def drafts(draw: st.DrawFn) -> PlanDraft:
    draft = PlanDraft(
        issues=draw(st.lists(issues, min_size=1, max_size=4)),
        unread=draw(st.lists(st.builds(Unread, st.integers(1, 8), words), max_size=2)),
        source_lines=LINES,
    )
    places = [place for place, _ in editing._items(draft)]
    for n, place in enumerate(draw(st.lists(st.sampled_from(places), max_size=5))):
        draft.ask(Question(f"处{n}", f"{n}？", draw(st.sampled_from(["other", "deadline", "state"])), "", *place))
    return draft


def act_of(draft: PlanDraft, name: str, i: int, m: int) -> Callable[[], object]:
    def split(place: Place, into_measures: bool) -> None:
        item = editing.item_at(draft, place)
        if item is not None:
            half = len(item.text) // 2
            item.text = item.text[:half] + "\n\n" + item.text[half:]
        editing.split(draft, place, into_measures=into_measures)

    def take() -> None:
        [editing.take_as_issue, lambda d, n: editing.take_as_measure(d, n, i)][m % 2](draft, 0)

    return {
        "join": lambda: editing.join(draft, (i, m)),
        "join issue": lambda: editing.join(draft, (i, None)),
        "demote": lambda: editing.demote(draft, i),
        "lift": lambda: editing.lift(draft, i, m),
        "lift rest": lambda: editing.lift(draft, i, m, rest=True),
        "part": lambda: editing.part(draft, i, m),
        "up": lambda: editing.move(draft, i, m, -1),
        "down": lambda: editing.move(draft, i, m, 1),
        "split": lambda: split((i, m), False),
        "split issue": lambda: split((i, None), bool(m % 2)),
        "take": take,
    }[name]


def once(draft: PlanDraft) -> set[str]:
    """What stands in a draft at least once: names of units, phrases of limits, milestones need not stand twice."""
    found = set()
    for _place, item in editing._items(draft):
        found |= {unit.name for unit in item.units} | {item.deadline.raw if item.deadline else ""}
        found |= {stone.text for stone in item.milestones}
        if isinstance(item, IssueDraft):
            found |= {item.goal or "", item.upper_number or ""}
    return found | {q.ask for q in draft.questions}


def texts(draft: PlanDraft) -> Counter[str]:
    """How often each letter and digit stands in the texts and numbers of a draft."""
    found: list[str] = [unread.text for unread in draft.unread]
    for _place, item in editing._items(draft):
        found += [item.number or "", item.text]
    return Counter(common.bare("".join(found)))


@settings(derandomize=True, deadline=None, max_examples=300)
@given(drafts(), steps)
def test_no_sequence_of_changes_loses_text_or_a_question_and_all_of_them_can_be_undone(
    draft: PlanDraft, steps: list[tuple[str, int, int]]
) -> None:
    held = held_of(draft)
    first, before, names = held.draft, texts(draft), once(draft)
    done = 0
    for name, i, m in steps:
        now = PlanDraft.from_json(held.draft)
        kept = held.draft
        try:
            history.change(held, now, {"act": name}, act_of(now, name, i, m))
        except Refused:
            assert held.draft == kept
            continue
        done += held.draft != kept

        now = PlanDraft.from_json(held.draft)
        assert before <= texts(now), name
        phrases_said = " ".join(once(now))
        assert [one for one in names if one not in phrases_said] == [], name
        for question in now.questions:
            assert question.issue is None or editing.item_at(now, (question.issue, question.measure)) is not None
        ids = [question.id for question in now.questions]
        assert len(ids) == len(set(ids))

    last = held.draft
    for _ in range(done):
        assert history.undo(held) is not None
    assert held.draft == first and history.undo(held) is None
    for _ in range(done):
        assert history.redo(held) is not None
    assert held.draft == last
