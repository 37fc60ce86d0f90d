"""What a letter says and where it stands, in tables that the office can read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from rectify.rules import letters as rule
from rectify.rules.workdays import Calendar

ISSUED, RECEIPT, DUE = dt.date(2026, 6, 1), dt.date(2026, 6, 3), dt.date(2026, 6, 8)
CALENDAR = Calendar(
    holidays=frozenset({dt.date(2026, 6, 19)}), made_up=frozenset({dt.date(2026, 6, 21)})
)  # a Friday off, made up on Sunday


@dataclass
class Unit:
    received_on: dt.date | None = None
    due_on: dt.date | None = DUE
    answered_on: dt.date | None = None
    closed_on: dt.date | None = None


def on(day: int) -> dt.date:
    return dt.date(2026, 6, day)


@pytest.mark.parametrize(
    ("unit", "day", "state"),
    [
        (Unit(), on(1), "unreceived"),
        (Unit(), RECEIPT, "unreceived"),  # the last day is still in time
        (Unit(), on(4), "late_receipt"),
        (Unit(), DUE, "late_receipt"),
        (Unit(), on(9), "overdue"),  # what has not even been received is overdue once the reply is
        (Unit(received_on=on(5)), on(5), "unanswered"),
        (Unit(received_on=on(2)), DUE, "unanswered"),
        (Unit(received_on=on(2)), on(9), "overdue"),
        (Unit(received_on=on(2), answered_on=on(4)), on(20), "answered"),  # waits for the office: nobody's delay
        (Unit(received_on=on(2), answered_on=on(4), closed_on=on(6)), on(20), "closed"),
        (Unit(due_on=None), on(4), "late_receipt"),  # no reply is asked for: receipt has its own clock (R29)
        (Unit(received_on=on(5), due_on=None), on(5), "closed"),
    ],
)
def test_where_a_unit_stands(unit: Unit, day: dt.date, state: str) -> None:
    assert rule.state_of(unit, RECEIPT, day) == state


@pytest.mark.parametrize(
    ("units", "state"),
    [
        ([Unit(received_on=on(2), closed_on=on(3)), Unit()], "late_receipt"),
        ([Unit(received_on=on(2)), Unit()], "late_receipt"),
        ([Unit(received_on=on(2), answered_on=on(4)), Unit(received_on=on(2))], "unanswered"),
        ([Unit(received_on=on(2), answered_on=on(4)), Unit(closed_on=on(3))], "answered"),
        ([Unit(closed_on=on(3)), Unit(closed_on=on(4))], "closed"),
    ],
)
def test_a_letter_stands_as_the_furthest_behind_of_its_units(units: list[Unit], state: str) -> None:
    assert rule.state(units, RECEIPT, on(8), issued=True, void=False) == state
    assert rule.state(units, RECEIPT, on(8), issued=False, void=False) == "draft"
    assert rule.state(units, RECEIPT, on(8), issued=True, void=True) == "void"


@pytest.mark.parametrize(
    ("due", "day", "over"),
    [
        (on(12), on(12), 0),
        (on(12), on(13), 0),  # Saturday
        (on(12), on(15), 1),
        (on(18), on(20), 0),  # a holiday and a Saturday
        (on(18), on(21), 1),  # the Sunday is made up
        (on(18), on(22), 2),
    ],
)
def test_delay_is_counted_in_working_days(due: dt.date, day: dt.date, over: int) -> None:
    assert rule.workdays_over(CALENDAR, due, day) == over


def test_a_reply_is_due_so_many_working_days_later() -> None:
    assert rule.due(CALENDAR, on(17), 2) == on(21)
    assert rule.due(CALENDAR, on(17), None) is None


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("请于{回复日期}前回复{收文单位}", []),
        ("请于{回复日}前回复", ["{回复日}"]),
        ("请于｛回复日期｝前回复", ["｛回复日期｝"]),
        ("请于{回复日期前回复", ["{"]),
        ("{}{ 事项 }", ["{}", "{ 事项 }"]),
        ("{{事项}}", ["{", "}"]),
        ("{回复\n日期}", ["{", "}"]),
    ],
)
def test_unknown_places_are_named(text: str, wrong: list[str]) -> None:
    assert rule.unknown(text) == wrong


def test_items_and_demand_want_lines_of_their_own() -> None:
    assert rule.crowded("现有{事项}，请办理\n{要求}") == ["事项"]
    assert rule.crowded("如下：\n {事项} \n{要求}") == []


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    """OU-06: a measure's text may hold braces of its own."""
    assert rule.fill("一\n\n{事项}\n二{文号}", {"事项": "甲{文号}\n乙", "文号": "3号"}) == [
        "一",
        "甲{文号}",
        "乙",
        "二3号",
    ]


@pytest.mark.parametrize("kind", list(rule.KINDS))
def test_our_own_templates_pass_our_own_checks(kind: str) -> None:
    how = rule.DEFAULTS[kind]

    assert rule.unknown(how.title, rule.IN_TITLE) == rule.unknown(how.body) == rule.unknown(how.demand, ()) == []
    assert rule.crowded(how.body) == []
    assert rule.fits_number(how.number_form)
    assert ("回复日期" in rule.places(how.body)) == (how.reply_days is not None)


@pytest.mark.parametrize(
    ("form", "fits"),
    [
        ("X整改办提〔{年}〕{号}号", True),
        ("整改办提{号}号", False),
        ("〔{年}〕{年}{号}", False),
        ("〔{年}〕{号}{事项}", False),
        ("〔{年}〕{号", False),
    ],
)
def test_a_form_of_numbers_tells_year_and_number_apart(form: str, fits: bool) -> None:
    assert rule.fits_number(form) is fits


def test_numbers_are_written_as_the_office_says() -> None:
    assert rule.numbered("X整改办提〔{年}〕{号}号", 2026, 3) == "X整改办提〔2026〕3号"


def test_an_item_tells_its_time_limit_and_the_original() -> None:
    """R9: the original stands beside the one in force."""
    moved = rule.Item("六-2", "第二轮督察", "新建管网\n12公里", on(30), dt.date(2026, 3, 31))
    fixed = rule.Item("", "考核", "按期验收。", on(30), on(30))
    without = rule.Item("3", "考核", "长期坚持；", None, None)

    assert rule.lines([moved, fixed, without]) == [
        "1．《第二轮督察》第六-2项：新建管网12公里。整改时限：2026年6月30日（原时限2026年3月31日）。",
        "2．《考核》：按期验收。整改时限：2026年6月30日。",
        "3．《考核》第3项：长期坚持；整改时限：未明确时限。",
    ]
    assert rule.lines([fixed])[0].startswith("《考核》")
