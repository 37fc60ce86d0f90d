"""Each kind of digest as it is read, against a file that one can open in a browser.

Written anew after a change that is meant: `python -m tests.test_mails`; then look at the files.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from rectify import access, notices
from rectify.rules import ladder
from rectify.rules.ladder import Owed, When

FOLDER = Path(__file__).parent / "fixtures" / "mail"
DAY = dt.date(2026, 6, 15)
LONG = "新建城区污水管网12公里，完成雨污分流改造3个片区，2026年5月底前全部投入运行，并建立日常巡查维护制度。"


def line(code: str, *, days: int = 0, reason: tuple[str, dict[str, Any]], **values: Any) -> notices.Line:
    """A line for which one step of the default ladder is owed."""
    step = next(one for one in ladder.DEFAULTS if one.code == code)
    given: dict[str, Any] = {
        "measure_id": 7,
        "visible": True,
        "owed": (Owed(step.to[0], step, DAY),),
        "days": days,
        "inspection": "第二轮中央生态环境保护督察",
        "number": "问题六·措施2",
        "text": LONG,
        "deadline_on": dt.date(2026, 12, 31),
        "original_on": dt.date(2026, 12, 31),
        "reason": reason,
        "path": "/measures/7",
    }
    return notices.Line(**(given | values))


def overdue() -> notices.Line:
    return line(
        "overdue",
        days=15,
        reason=("overdue", {"deadline": "2026-05-31", "days": 15}),
        deadline_on=dt.date(2026, 5, 31),
        original_on=dt.date(2025, 12, 31),
    )


def unit_lines() -> list[notices.Line]:
    cut_off = {"round": "2026年5月调度", "cut_off": "2026-05-31"}
    extended: dict[str, Any] = {"deadline": dt.date(2026, 6, 29), "original": dt.date(2026, 3, 31), "days": 14}
    return [
        overdue(),
        line("returned_5w", days=7, reason=("returned", {"on": dt.date(2026, 6, 8)}), measure_id=8, path="/measures/8"),
        line("unreported_1", reason=("unreported_round", cut_off), measure_id=9, path="/measures/9"),
        line("unreported_3", reason=("unreported_round", cut_off), measure_id=10, path="/measures/10"),
        line("behind", reason=("behind_milestone", {"due": "2026-05-31", "text": "主体工程完工"}), measure_id=11),
        line(
            "due_0",
            reason=("due_today", {"deadline": DAY}),
            deadline_on=DAY,
            original_on=DAY,
            text="拆除<违建>并复绿。",
        ),
        line(
            "extension_15",
            days=14,
            reason=("extended", extended),
            deadline_on=extended["deadline"],
            original_on=extended["original"],
        ),
        line("long_term_6", reason=("check", {"on": dt.date(2026, 6, 10)}), deadline_on=None, original_on=None),
    ]


def supervisor_lines() -> list[notices.Line]:
    waiting = {"on": dt.date(2026, 6, 10), "days": 5}
    return [overdue(), line("decide", days=5, reason=("decide", waiting), path="/queue/3")]


def leader_lines() -> list[notices.Line]:
    late = [one for one in ladder.DEFAULTS if one.code == "overdue_15"]
    found = overdue()
    return [notices.Line(**{**vars(found), "owed": (Owed(ladder.Audience.LEADERS, late[0], DAY),)})]


KINDS = {
    "unit": (access.Person(role="clerk", full_name="甲县填报员"), unit_lines()),
    "unit_en": (access.Person(role="clerk", full_name="A clerk", locale="en"), unit_lines()),
    "supervisor": (access.Person(role="supervisor", full_name="督导员"), supervisor_lines()),
    "leader": (access.Person(role="leader", full_name="市领导"), leader_lines()),
}


def made(kind: str) -> dict[str, str]:
    """The files of one kind by their endings: the plain text begins with the subject."""
    person, lines = KINDS[kind]
    units = {7: "甲县人民政府、市住房和城乡建设局", 8: "甲县人民政府"}
    subject, text, html = notices.compose_digest(person, lines, units, DAY, "https://zgtz.example.gov.cn")
    return {"txt": f"{subject}\n\n{text}\n", "html": f"{html}\n"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ["txt", "html"])
def test_a_digest_reads_as_its_file(kind: str, ending: str) -> None:
    assert made(kind)[ending] == (FOLDER / f"digest_{kind}.{ending}").read_text("utf-8")


def test_the_files_show_every_section_of_a_digest() -> None:
    shown = {one.section for _person, lines in KINDS.values() for one in lines}

    assert shown == set(notices.digests.SECTIONS)
    assert {when for section in notices.digests.SECTIONS.values() for when in section.kinds} == set(When)


@pytest.mark.parametrize("colour", ladder.Colour)
def test_a_colour_of_the_ladder_is_read_by_all(colour: ladder.Colour) -> None:
    """WCAG AA: 4.5 to 1."""
    _word, _english, ink, ground = ladder.PALETTE[colour]

    def light(code: str) -> float:
        parts = [int(code[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert (light(ground) + 0.05) / (light(ink) + 0.05) >= 4.5


if __name__ == "__main__":
    for name in KINDS:
        for end, content in made(name).items():
            (FOLDER / f"digest_{name}.{end}").write_text(content, "utf-8")
