"""Letters: numbers without gaps or doubles, what is issued stays, receipt and reply each with a clock, nothing leaks."""

from __future__ import annotations

import datetime as dt
import io
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from rectify import access, answers, files, ledger, letters, models, writing
from rectify.access.sentences import Refused
from rectify.ledger import undoing
from rectify.rules import letters as rule
from tests import factories
from tests.conftest import AT, TODAY, Cast

People = Callable[[str], access.Person]
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def office(person: People) -> access.Person:
    return person("office")


@pytest.fixture
def measure(session: Session, cast: Cast) -> models.Measure:
    made = factories.make_measure(
        session,
        factories.make_issue(session, factories.make_inspection(session)),
        lead=cast.units["unit_a"],
        deadline_on=dt.date(2026, 5, 31),
    )
    session.commit()
    return made


def drafted(
    session: Session, by: access.Person, units: list[int], measures: list[int], kind: str = "reminder", **more: Any
) -> models.Letter:
    values = {"signer": "（签发人）", "day": TODAY, "at": AT, **more}
    return letters.draft(session, by, kind, units, measures, **values)


def issued(session: Session, by: access.Person, folder: Path, *args: Any, **more: Any) -> models.Letter:
    day = more.get("day", TODAY)
    return letters.issue(session, drafted(session, by, *args, **more), by=by, data_dir=folder, day=day, at=AT)


def text_of(folder: Path, letter: models.Letter) -> str:
    assert letter.sha256 is not None
    with files.open_checked(folder, letter.sha256) as kept:
        return "\n".join(p.text for p in docx.Document(io.BytesIO(kept.read())).paragraphs if p.text)


def test_a_draft_has_no_number_and_issuing_gives_the_next_of_its_kind_and_year(
    session: Session, office: access.Person, cast: Cast, measure: models.Measure, tmp_path: Path
) -> None:
    to = ([cast.units["unit_a"]], [measure.id])
    waiting = drafted(session, office, *to)

    made = [
        issued(session, office, tmp_path, *to).number_text,
        issued(session, office, tmp_path, *to, kind="supervision").number_text,
        issued(session, office, tmp_path, *to).number_text,
        issued(session, office, tmp_path, *to, day=dt.date(2027, 1, 4)).number_text,
    ]

    assert waiting.number_text is None
    assert made == ["整改办提〔2026〕1号", "整改办督〔2026〕1号", "整改办提〔2026〕2号", "整改办提〔2027〕1号"]


@pytest.mark.parametrize("kind", list(rule.KINDS))
def test_the_file_says_what_the_page_says(
    session: Session, office: access.Person, cast: Cast, measure: models.Measure, tmp_path: Path, kind: str
) -> None:
    made = issued(session, office, tmp_path, [cast.units["unit_a"], cast.units["unit_b"]], [measure.id], kind=kind)

    said = text_of(tmp_path, made)

    assert said == made.text
    assert "甲县人民政府、乙县人民政府：" in said and "2026年5月31日" in said
    assert measure.text.rstrip("。") in said and made.number_text in said.splitlines()
    assert not rule.places(said)


@pytest.mark.parametrize("poison", ["\x0b\x00\x1f", "\ud800", "\ufffe", "]]>&<w:p/>", "\u202e{事项}", "=1+1"])
def test_hostile_text_makes_a_whole_document(
    session: Session, office: access.Person, cast: Cast, measure: models.Measure, tmp_path: Path, poison: str
) -> None:
    """OU-03: what reaches an act past the pages' own cleaning breaks no document."""
    draft = drafted(session, office, [cast.units["unit_a"]], [measure.id])
    shown = letters.preview(session, draft, office, TODAY)
    paper = replace(shown.paper, title=poison, to=poison, sender=f"甲{poison}", paragraphs=(poison, "末段"))

    made = docx.Document(io.BytesIO(writing.letter_docx(paper, AT)))

    assert made.paragraphs[-1].text == paper.day_words and "末段" in [p.text for p in made.paragraphs]


def test_what_was_issued_is_never_changed(
    session: Session, office: access.Person, cast: Cast, measure: models.Measure, tmp_path: Path
) -> None:
    made = issued(session, office, tmp_path, [cast.units["unit_a"]], [measure.id])
    letter_id, unit_id = made.id, made.units[0].id
    session.commit()
    letter, unit, item = models.Letter, models.LetterUnit, models.LetterItem
    statements = [
        update(letter).values(text="别的"),
        update(letter).values(number=9),
        update(letter).values(sha256="0" * 64),
        update(unit).where(unit.id == unit_id).values(unit_id=cast.units["unit_b"]),
        update(item).values(text="别的"),
        delete(item),
        delete(unit),
        delete(letter).where(letter.id == letter_id),
    ]

    for statement in statements:
        with pytest.raises(DatabaseError, match="never changed"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()


def test_a_void_letter_keeps_its_number_and_asks_for_nothing(
    session: Session, office: access.Person, cast: Cast, measure: models.Measure, tmp_path: Path
) -> None:
    made = issued(session, office, tmp_path, [cast.units["unit_a"]], [measure.id])
    assert [one.letter_id for one in letters.owed(session, TODAY)] == [made.id]

    letters.void(session, made, by=office, reason="收文单位有误", day=TODAY, at=AT)
    second = issued(session, office, tmp_path, [cast.units["unit_a"]], [measure.id])

    assert (made.number, second.number) == (1, 2)
    assert letters.state(made, made.units, TODAY) == "void"
    assert [one.letter_id for one in letters.owed(session, TODAY)] == [second.id]
    with pytest.raises(Refused, match="已作废"):
        letters.receive(session, made.units[0], by=office, name="某人", on=TODAY, day=TODAY, at=AT)


def test_another_text_than_the_one_read_is_not_issued(
    session: Session, office: access.Person, cast: Cast, measure: models.Measure, tmp_path: Path
) -> None:
    draft = drafted(session, office, [cast.units["unit_a"]], [measure.id])
    seen = letters.preview(session, draft, office, TODAY).seen
    ledger.extend(
        session,
        measure,
        new_deadline_on=dt.date(2026, 9, 30),
        approved_on=TODAY,
        document_number="政函〔2026〕1号",
        reason="汛期停工",
        by=office,
        day=TODAY,
        at=AT,
    )

    with pytest.raises(Refused, match="内容有变动"):
        letters.issue(session, draft, by=office, data_dir=tmp_path, seen=seen, day=TODAY, at=AT)
    fresh = letters.preview(session, draft, office, TODAY).seen
    made = letters.issue(session, draft, by=office, data_dir=tmp_path, seen=fresh, day=TODAY, at=AT)

    assert "2026年9月30日（原时限2026年5月31日）" in made.text
    assert made.items[0].deadline_on == dt.date(2026, 9, 30)


def test_receipt_and_reply_each_have_their_clock(
    session: Session, office: access.Person, person: People, cast: Cast, measure: models.Measure, tmp_path: Path
) -> None:
    """R29, R27: two working days for receipt, five for the reply; 2026-06-19 is a holiday."""
    clerk = person("unit_a")
    made = issued(session, office, tmp_path, [cast.units["unit_a"]], [measure.id])
    (unit,) = made.units
    assert (made.receipt_on, unit.due_on) == (dt.date(2026, 6, 17), dt.date(2026, 6, 23))

    def stands(day: int) -> str:
        return letters.state(made, made.units, dt.date(2026, 6, day))

    assert [stands(day) for day in (15, 17, 18, 23, 24)] == [
        *("unreceived", "unreceived", "late_receipt", "late_receipt", "overdue")
    ]
    with pytest.raises(Refused, match="先签收"):
        letters.check_answerable(unit)
    letters.receive(session, unit, by=clerk, day=dt.date(2026, 6, 18), at=AT)
    assert [stands(day) for day in (18, 23, 24)] == ["unanswered", "unanswered", "overdue"]
    answer = answers.give(session, unit, by=clerk, text="已办。", since=TODAY, day=dt.date(2026, 6, 24), at=AT)
    assert stands(30) == "answered" and answer.due_on == dt.date(2026, 6, 23)
    with pytest.raises(Refused, match="等待认定"):
        answers.give(session, unit, by=clerk, text="再答。", since=TODAY, day=TODAY, at=AT)
    answers.return_(
        session, answer, by=office, reason="缺佐证", due_on=dt.date(2026, 6, 30), day=dt.date(2026, 6, 25), at=AT
    )
    assert [stands(day) for day in (30,)] == ["unanswered"]
    assert letters.state(made, made.units, dt.date(2026, 7, 1)) == "overdue"
    again = answers.give(session, unit, by=clerk, text="补齐。", since=TODAY, day=dt.date(2026, 6, 29), at=AT)
    answers.accept(session, again, by=office, day=dt.date(2026, 6, 30), at=AT)
    assert stands(30) == "closed" and letters.owed(session, dt.date(2026, 7, 9)) == []


@pytest.mark.parametrize("name", ["unit_b", "supervisor", "leader", "admin", "auditor"])
def test_nobody_else_receives_or_answers_for_a_unit(
    session: Session,
    office: access.Person,
    person: People,
    cast: Cast,
    measure: models.Measure,
    tmp_path: Path,
    name: str,
) -> None:
    stranger = person(name)
    (unit,) = issued(session, office, tmp_path, [cast.units["unit_a"]], [measure.id]).units

    with pytest.raises(Refused, match="只有"):
        letters.receive(session, unit, by=stranger, day=TODAY, at=AT)
    with pytest.raises(Refused, match="只有"):
        answers.give(session, unit, by=stranger, text="代答", since=TODAY, day=TODAY, at=AT)
    with pytest.raises(Refused, match="只有"):
        drafted(session, stranger, [cast.units["unit_a"]], [measure.id])


def test_what_came_on_paper_is_recorded_with_its_own_day(
    session: Session, office: access.Person, cast: Cast, measure: models.Measure, tmp_path: Path
) -> None:
    day = dt.date(2026, 6, 18)
    (unit,) = issued(session, office, tmp_path, [cast.units["unit_a"]], [measure.id]).units
    send = {"by": office, "how": "confidential", "sent_by": "机要员", "day": day, "at": AT}
    for on in (None, dt.date(2026, 6, 14), dt.date(2026, 6, 19)):
        with pytest.raises(Refused, match="日期"):
            letters.send(session, unit, on=on, **send)
        with pytest.raises(Refused, match="日期"):
            letters.receive(session, unit, by=office, name="收件人", on=on, day=day, at=AT)
    with pytest.raises(Refused, match="签收人"):
        letters.receive(session, unit, by=office, on=TODAY, day=day, at=AT)

    letters.send(session, unit, on=TODAY, **send)
    letters.receive(session, unit, by=office, name="收件人", on=dt.date(2026, 6, 16), day=day, at=AT)

    assert (unit.received_on, unit.received_name, unit.received_on_paper) == (dt.date(2026, 6, 16), "收件人", True)
    assert session.scalars(select(models.LetterSending.sent_on)).all() == [TODAY]


def test_what_is_confidential_goes_alone_to_those_who_have_a_part(
    session: Session, office: access.Person, person: People, cast: Cast, measure: models.Measure, tmp_path: Path
) -> None:
    """巡视 items: not with others, not to strangers, and only those named see the letter."""
    secret = factories.make_inspection(session, "巡视", confidential=True)
    hidden = factories.make_measure(session, factories.make_issue(session, secret), lead=cast.units["unit_a"])
    for name in ("office", "unit_a"):
        session.add(models.InspectionReader(inspection_id=secret.id, user_id=cast.users[name]))
    session.commit()
    office, clerk, leader = person("office"), person("unit_a"), person("leader")
    unit_a, unit_b = cast.units["unit_a"], cast.units["unit_b"]

    with pytest.raises(Refused, match="保密"):
        drafted(session, office, [unit_a], [hidden.id, measure.id])
    session.rollback()
    with pytest.raises(Refused, match="乙县人民政府"):
        drafted(session, office, [unit_a, unit_b], [hidden.id])
    session.rollback()
    made = issued(session, office, tmp_path, [unit_a], [hidden.id])
    session.flush()

    assert letters.visible(session, office, made.id) and letters.visible(session, clerk, made.id)
    assert letters.visible(session, leader, made.id) is None
    assert letters.counts(session, leader, TODAY)["unreceived"] == 0
    with pytest.raises(Refused, match="不在台账中"):
        letters.cite(session, access.Person(role="office", hidden_ids=frozenset({secret.id})), [hidden.id], [], TODAY)


def test_a_confidential_letter_to_the_superior_of_its_unit_goes_through(
    session: Session, cast: Cast, person: People
) -> None:
    parent = factories.make_unit(session, "甲市人民政府")
    session.get_one(models.Unit, cast.units["unit_a"]).parent_id = parent.id
    secret = factories.make_inspection(session, "巡视", confidential=True)
    hidden = factories.make_measure(session, factories.make_issue(session, secret), lead=cast.units["unit_a"])
    session.add(models.InspectionReader(inspection_id=secret.id, user_id=cast.users["office"]))
    session.commit()

    assert drafted(session, person("office"), [parent.id], [hidden.id]).units[0].name == "甲市人民政府"


def test_a_draft_made_for_a_step_of_the_ladder_is_made_once_and_stays_thrown_away(
    session: Session, office: access.Person, cast: Cast, measure: models.Measure
) -> None:
    def made() -> models.Letter:
        return letters.draft(
            session,
            access.SYSTEM,
            "supervision",
            [cast.units["unit_a"]],
            [measure.id],
            made_for=f"round:1:measure:{measure.id}",
            day=TODAY,
            at=AT,
        )

    first = made()
    assert made().id == first.id and letters.counts(session, office, TODAY)["draft"] == 1

    letters.discard(session, first, by=office, day=TODAY, at=AT)

    assert made().id == first.id and letters.counts(session, office, TODAY) == {
        name: int(name == "void") for name in rule.STATES
    }
    by_hand = drafted(session, office, [cast.units["unit_a"]], [measure.id])
    letters.discard(session, by_hand, by=office, day=TODAY, at=AT)
    assert session.scalars(select(models.Letter.id)).all() == [first.id]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("body", {"body": "请{单位}办理"}),
        ("body", {"body": "如下{事项}"}),
        ("title", {"title": "关于{要求}的函"}),
        ("demand", {"demand": "请{收文单位}办理"}),
        ("number_form", {"number_form": "整改办{号}号"}),
        ("number_form", {"number_form": "整改办督〔{年}〕{号}号"}),
        ("receipt_days", {"receipt_days": 0}),
        ("reply_days", {"reply_days": 0}),
    ],
)
def test_a_template_with_a_fault_is_refused_at_its_field(
    session: Session, office: access.Person, field: str, changes: dict[str, Any]
) -> None:
    wanted = replace(rule.DEFAULTS["reminder"], **changes)

    with pytest.raises(Refused) as refused:
        letters.save_template(session, wanted, by=office, at=AT)

    assert refused.value.field == field


def test_the_office_writes_its_own_template_and_goes_on_with_its_own_numbers(
    session: Session, office: access.Person, cast: Cast, measure: models.Measure, tmp_path: Path
) -> None:
    to = ([cast.units["unit_a"]], [measure.id])
    own = replace(
        rule.DEFAULTS["reminder"],
        number_form="X整改办提〔{年}〕{号}号",
        body="{事项}\n共{事项数}项。",
        sender="某市整改办",
    )
    letters.save_template(session, own, by=office, first=(2026, 8), at=AT)

    made = [issued(session, office, tmp_path, *to).number_text for _ in range(2)]

    assert made == ["X整改办提〔2026〕8号", "X整改办提〔2026〕9号"]
    with pytest.raises(Refused, match="起始号不能再改"):
        letters.save_template(session, own, by=office, first=(2026, 20), at=AT)
    assert issued(session, office, tmp_path, *to, day=dt.date(2027, 3, 1)).number == 1


@pytest.mark.parametrize(
    ("on", "said"),
    [(dt.date(2026, 6, 19), "不是工作日，可改为2026-06-22"), (TODAY, "不晚于今天"), (dt.date(2062, 6, 1), "年份")],
)
def test_a_reply_is_asked_for_on_a_working_day_ahead(
    session: Session, office: access.Person, cast: Cast, measure: models.Measure, on: dt.date, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        drafted(session, office, [cast.units["unit_a"]], [measure.id], reply_on=on)


def test_the_list_counts_and_finds_by_the_same_rule(
    session: Session, office: access.Person, person: People, cast: Cast, measure: models.Measure, tmp_path: Path
) -> None:
    """R2: the state in SQL against the rule in Python, over random letters, days and eyes."""
    chance = random.Random(7)
    units = [cast.units["unit_a"], cast.units["unit_b"]]
    for _ in range(40):
        to = chance.sample(units, chance.randint(1, 2))
        kind = chance.choice(list(rule.KINDS))
        if chance.random() < 0.15:
            drafted(session, office, to, [measure.id], kind=kind)
            continue
        made = issued(session, office, tmp_path, to, [measure.id], kind=kind)
        for unit in made.units:
            if chance.random() < 0.6:
                letters.receive(session, unit, by=office, name="某", on=TODAY, day=TODAY, at=AT)
                if unit.due_on and chance.random() < 0.6:
                    answer = answers.give(session, unit, by=office, text="答", on=TODAY, since=TODAY, day=TODAY, at=AT)
                    if chance.random() < 0.5:
                        answers.accept(session, answer, by=office, day=TODAY, at=AT)
        if chance.random() < 0.1:
            letters.void(session, made, by=office, reason="误", day=TODAY, at=AT)
    session.flush()
    seen: set[str] = set()
    for name in ("office", "leader", "unit_a", "unit_b"):
        who = access.person_of(session, session.get_one(models.User, cast.users[name]))
        for day in (TODAY, dt.date(2026, 6, 18), dt.date(2026, 6, 24)):
            counts = letters.counts(session, who, day)
            for state, count in counts.items():
                rows = letters.rows(session, who, day, states=(state,), limit=100)
                assert len(rows) == count
                for letter, now in rows:
                    assert now == letters.state(letter, letters.units_of(who, letter), day) == state
            seen |= {state for state, count in counts.items() if count}
    assert seen == set(rule.STATES)


ISSUER = """
import datetime as dt, sys
from pathlib import Path
from sqlalchemy.orm import Session
from rectify import access, letters, models, settings
from rectify.factory import create_app
from rectify.models import db
url, folder, ids = sys.argv[1], Path(sys.argv[2]), [int(one) for one in sys.argv[3:]]
app = create_app(settings.Settings(data_dir=folder, database_url=url, scheduler=False))
with app.app_context(), Session(db.engine) as session:
    office = access.Person(role="office", sees_everything=True)
    for one in ids:
        letter = session.get_one(models.Letter, one)
        at = dt.datetime(2026, 6, 15, 2, 0, tzinfo=dt.UTC)
        letters.issue(session, letter, by=office, data_dir=folder, day=dt.date(2026, 6, 15), at=at)
        session.commit()
"""


def test_two_processes_at_once_give_every_number_once_and_leave_none_out(
    session: Session,
    office: access.Person,
    cast: Cast,
    measure: models.Measure,
    database_url: str,
    tmp_path: Path,
) -> None:
    ids = [drafted(session, office, [cast.units["unit_a"]], [measure.id]).id for _ in range(24)]
    session.commit()

    running = [
        subprocess.Popen(
            [sys.executable, "-c", ISSUER, database_url, str(tmp_path / "data"), *map(str, ids[start::2])],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for start in range(2)
    ]
    told = [process.communicate(timeout=300) for process in running]

    assert [process.returncode for process in running] == [0, 0], told
    session.expire_all()
    numbers = session.scalars(select(models.Letter.number).order_by(models.Letter.number)).all()
    assert numbers == list(range(1, 25))


def test_an_import_with_letters_about_it_is_not_undone(session: Session, cast: Cast, office: access.Person) -> None:
    plan = models.PlanFile(name="方案", sha256="a" * 64, size=1, draft={}, uploaded_at=AT, imported_at=AT)
    inspection = factories.make_inspection(session, created_at=AT)
    session.add(plan)
    session.flush()
    plan.inspection_id = inspection.id
    issue = factories.make_issue(session, inspection, plan_file_id=plan.id, created_at=AT)
    held = factories.make_measure(session, issue, lead=cast.units["unit_a"], at=AT)
    assert "函件" not in undoing.hindrances(session, plan)

    drafted(session, office, [cast.units["unit_a"]], [held.id])

    assert "函件" in undoing.hindrances(session, plan)
