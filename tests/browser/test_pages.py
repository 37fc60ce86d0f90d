"""Every page in both widths over a city full of work: it fits, says nothing on the console and shuts nobody out."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rectify import access, answers, instructions, ledger, letters, models, reading, releases
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft
from rectify.rules import deadlines
from rectify.upkeep import demo
from rectify.web import account, admin, board, office, reports, supervision, units
from rectify.web import instructions as instruction_pages
from rectify.web import letters as letter_pages
from rectify.web.office import plan_units
from tests.browser.conftest import Site, Windows, fresh, serving
from tests.conftest import AT, TODAY, Stage
from tests.support.browser import DESK, PHONE
from tests.test_languages import CHINESE_BY_NATURE
from tests.web.test_matrix import NOT_OURS, RULES

PLANS = Path(__file__).parent.parent / "fixtures" / "plans"
SIZES = {"desk": DESK, "phone": PHONE}
NO_PAGES = {
    *NOT_OURS,
    "healthz",
    "readyz",
    "account.home",  # leads to the first page of the role
    "account.reset",  # only a mail knows its address
    "account.first",  # there is an administrator already
    "units.evidence",
    "units.picture",
    "board.export",
    "office.plan_docx",
    "office.plan_rejected",
    "office.plan_template",
    "office.plan_xlsx",
    "reports.download",
    "reports.release_file",
    "letters.file",
    "letters.answer_file",
    "instructions.answer_file",
    "admin.template_of_units",
    "admin.export",
}
MAIN = {"units.show", "board.index", "board.rows", "office.plan"}
"""Looked at by axe in both widths; the others in one."""
SEEN_DIFFERENTLY = {"units.show", "units.issue", "board.index", "board.rows", "supervision.index", "admin.units"}
"""What stands on these depends on who looks: each role that may enter looks."""
ORDER = ("clerk", "office", "supervisor", "admin", "auditor", "lead", "leader")


@dataclass
class Gallery:
    """The city, a window for each role and width, and what the addresses of its pages name."""

    site: Site
    windows: Windows
    users: dict[str, int]
    ids: dict[str, dict[str, Any]]
    open_ones: dict[tuple[str, str], Page] = field(default_factory=dict)

    def window(self, role: str, width: str) -> Page:
        if (role, width) not in self.open_ones:
            cookie = self.site.open_session(self.users[role], AT) if role in self.users else None
            self.open_ones[role, width] = self.windows.open(self.site, SIZES[width], cookie=cookie)
        return self.open_ones[role, width]

    def address(self, endpoint: str, role: str) -> str:
        names = RULES[endpoint][1]
        values: Mapping[str, Any] = {} if names == "-" else self.ids[names].get(role) or self.ids[names]["office"]
        with self.site.app.test_request_context():
            return self.site.app.url_for(endpoint, **values, _external=False)


@pytest.fixture(scope="module")
def gallery(stage: Stage, chrome: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """The demonstration city; it is only looked at."""
    folder = tmp_path_factory.mktemp("city")
    with time_machine.travel(AT, tick=False), fresh(stage, folder) as url, serving(url, folder / "data") as site:
        told = demo.fill(site.app, TODAY)
        windows = Windows(chrome)
        with site.session() as session:
            users = {role: _first(session, models.User.id, models.User.role == role) for role in ORDER}
            named = {name: _first(session, models.User.id, models.User.name == name) for _role, name, _ in told}
            assert len(named) == len(told)
            made = Gallery(site, windows, users, _things(session, users))
            session.commit()
        yield made
        windows.close()


def _first(session: Session, column: Any, *conditions: Any) -> int:
    found = session.scalars(select(column).where(*conditions).order_by(column).limit(1)).one()
    assert isinstance(found, int)
    return found


def _things(session: Session, users: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """What an address may name, by role where it matters whose it is: the measure on which most has happened."""
    report, measure, standing = models.ProgressReport, models.Measure, models.MeasureStanding
    things: dict[str, dict[str, Any]] = {"measure": {}, "issue": {}}
    for role in ("clerk", "lead", "supervisor", "office", "leader"):
        person = access.person_of(session, session.get_one(models.User, users[role]))
        busiest = session.scalars(
            select(measure.id)
            .join(standing, standing.measure_id == measure.id)
            .outerjoin(report, report.measure_id == measure.id)
            .where(access.sees_measures(person, TODAY), standing.until_on.is_(None), standing.completed_on.is_(None))
            .group_by(measure.id)
            .order_by(func.count(report.id.distinct()).desc(), measure.id)
        ).all()
        acts = role in ("clerk", "lead", "office")
        busy = next(one for one in busiest if not acts or access.may_report(session, person, one, TODAY) is not None)
        issue_id = _first(session, models.MeasureLink.issue_id, models.MeasureLink.measure_id == busy)
        things["measure"][role], things["issue"][role] = {"measure_id": busy}, {"issue_id": issue_id}
    done = _first(session, standing.measure_id, standing.completed_on.is_not(None))
    milestone = session.scalars(
        select(models.Milestone)
        .join(models.MilestoneMark)
        .where(models.Milestone.measure_id.is_not(None), models.MilestoneMark.reached)
        .order_by(models.Milestone.id)
    ).first()
    assert milestone is not None
    of_issue = session.scalars(select(models.Milestone).where(models.Milestone.issue_id.is_not(None))).first()
    if of_issue is None:
        of_issue = models.Milestone(issue_id=things["issue"]["office"]["issue_id"], due_on=TODAY, text="全部完工")
        session.add(of_issue)
        session.flush()
    plan = PLANS / "two_notices_with_numbers.txt"
    data = plan.read_bytes()
    seen = ledger.FileSeen.of("某市整改方案.txt", data)
    draft = reading.read(data, plan.name)
    kept = ledger.keep_plan(
        session,
        name=seen.name,
        sha256=seen.sha256,
        size=seen.size,
        draft=draft,
        by=access.SYSTEM,
        at=AT,
    )
    kept.form = {"name": "市级督察", "level": "city", "field": "environment", "kind": "inspection"}
    imported, newer = _versions(session)
    released = releases.release(session, access.SYSTEM, TODAY, today=TODAY, at=AT)
    everyones: dict[str, dict[str, Any]] = {
        "inspection": {"inspection_id": _first(session, models.Inspection.id)},
        "submission": {"submission_id": _first(session, models.Submission.id, models.Submission.state == "open")},
        "report": {"report_id": _returnable(session, users["office"])},
        "planned round": {"round_id": _first(session, models.Round.id, models.Round.opens_on > TODAY)},
        "round": {"round_id": _first(session, models.Round.id, models.Round.cut_off_on >= TODAY)},
        "release": {"release_id": released.id},
        "done measure": {"measure_id": done},
        "measure milestone": {"measure_id": milestone.measure_id, "milestone_id": milestone.id},
        "issue milestone": {"issue_id": of_issue.issue_id, "milestone_id": of_issue.id},
        "plan": {"plan_id": kept.id},
        "open plan": {"plan_id": _of_sheets(session)},
        "newer plan": {"plan_id": newer},
        "imported plan": {"plan_id": imported},
        "plan item": {"plan_id": kept.id, "issue": 0, "measure": 0},
        "plan unit": {"plan_id": kept.id, "key": plan_units.unit_key(ledger.printed_units(draft)[0])},
        "user": {"user_id": users["clerk"]},
        "unit": {"unit_id": _first(session, models.Unit.id)},
        "region": {"region_id": _first(session, models.Region.id)},
    }
    things |= _letters(session, users, done)
    return things | {name: {"office": values} for name, values in everyones.items()}


def _letters(session: Session, users: Mapping[str, int], measure_id: int) -> dict[str, dict[str, Any]]:
    """A letter that everybody who may enter sees, at one of its units answered, and a draft."""
    people = {role: access.person_of(session, session.get_one(models.User, user_id)) for role, user_id in users.items()}
    office = people["office"]
    to = sorted({min(people[role].unit_ids) for role in ("clerk", "lead", "supervisor")})
    kept = {"signer": "王主任", "day": TODAY, "at": AT}
    issued, waiting = (letters.draft(session, office, "supervision", to, [measure_id], **kept) for _ in range(2))  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:  # nobody asks for the file
        letters.issue(session, issued, by=office, data_dir=Path(folder), day=TODAY, at=AT)
    of = {unit.unit_id: unit for unit in issued.units}
    answered = of[min(people["supervisor"].unit_ids)]
    letters.send(session, answered, by=office, how="messenger", sent_by="小李", on=TODAY, day=TODAY, at=AT)
    letters.receive(session, answered, by=office, name="小张", on=TODAY, day=TODAY, at=AT)
    answers.give(session, answered, by=office, text="已督促施工单位。", on=TODAY, since=TODAY, day=TODAY, at=AT)

    def at_unit(role: str) -> dict[str, int]:
        return {"letter_id": issued.id, "unit_id": of[min(people[role].unit_ids)].id}

    units = {role: at_unit(role) for role in ("clerk", "lead", "supervisor")}
    (item,) = issued.items
    made = instructions.give(
        session,
        office,
        issue_id=item.issue_id,
        measure_id=measure_id,
        unit_ids=to,
        text="请抓紧办理，按期完成。",
        reply_on=TODAY + dt.timedelta(days=7),
        leader_name="李副市长",
        on=TODAY,
        day=TODAY,
        at=AT,
    )
    given = {unit.unit_id: {"instruction_id": made.id, "unit_id": unit.id} for unit in made.units}
    (answered,) = (unit for unit in made.units if unit.unit_id == min(people["supervisor"].unit_ids))
    answers.give(session, answered, by=office, text="已部署。", on=TODAY, since=TODAY, day=TODAY, at=AT)
    instructed = {role: given[min(people[role].unit_ids)] for role in ("clerk", "lead", "supervisor")}
    return {
        "letter": {"office": {"letter_id": issued.id}},
        "draft": {"office": {"letter_id": waiting.id}},
        "letter unit": {**units, "office": units["supervisor"]},
        "kind of letter": {"office": {"kind": "reminder"}},
        "instruction": {"office": {"instruction_id": made.id}},
        "instructed unit": {**instructed, "office": instructed["supervisor"]},
    }


def _returnable(session: Session, user_id: int) -> int:
    """The last report that the office may return for correction."""
    person = access.person_of(session, session.get_one(models.User, user_id))
    found = session.scalars(select(models.ProgressReport).order_by(models.ProgressReport.id.desc()))
    return next(one.id for one in found if access.may_return(session, person, one, TODAY) is not None)


def _of_sheets(session: Session) -> int:
    """A plan that waits, of a workbook with two sheets."""
    book = PLANS.parent / "fourth" / "q08_acceptance_in_second_sheet.xlsx"
    draft = reading.read(book.read_bytes(), book.name)
    kept = ledger.keep_plan(session, name=book.name, sha256=f"{5:064d}", size=1, draft=draft, by=access.SYSTEM, at=AT)
    return kept.id


def _versions(session: Session) -> tuple[int, int]:
    """A plan that was imported, and a newer version of it that waits, with something of every kind to choose."""
    first = reading.read((PLANS / "numbered_labels_utf16.txt").read_bytes(), "方案.txt")
    newer = PlanDraft.from_json(first.as_json())
    issue = newer.issues[0]
    issue.text, issue.goal = issue.text.replace("，", "，仍然", 1), (issue.goal or "") + "并长期保持。"
    issue.deadline = deadlines.parse("2031年12月底前").deadline
    issue.measures = [*issue.measures[:1], MeasureDraft(number="九", text="新增一条措施，由有关部门落实。")]
    newer.issues.append(IssueDraft(text="补充的问题。"))
    newer.issues.append(IssueDraft(number="十"))
    made = []
    for n, draft in enumerate((first, newer)):
        kept = ledger.keep_plan(
            session, name=f"方案第{n + 1}版.txt", sha256=f"{n + 7:064d}", size=1, draft=draft, by=access.SYSTEM, at=AT
        )
        kept.form = {"name": "比对的批次"}
        made.append(kept)
    form = ledger.InspectionForm("比对的批次")
    ledger.import_plan(session, first, form, {}, {}, by=access.SYSTEM, day=TODAY, at=AT, plan_file=made[0])
    return made[0].id, made[1].id


def pages() -> list[str]:
    """The endpoints that answer a browser with a page."""
    app = Flask("pages")
    for audience in (account, office, units, supervision, board, reports, letter_pages, instruction_pages, admin):
        app.register_blueprint(audience.pages)
    found = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return sorted(found - NO_PAGES)


def widest(page: Page) -> int:
    """How much of the page lies to the right of the window, in pixels."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def barriers(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:4]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("endpoint", pages())
def test_a_page_fits_both_widths_and_shuts_nobody_out(gallery: Gallery, endpoint: str) -> None:
    allowed, _names = RULES[endpoint]
    roles = [role for role in ORDER if role in allowed] or ["nobody"]
    wrong: list[str] = []
    for turn, role in enumerate(roles if endpoint in SEEN_DIFFERENTLY else roles[:1]):
        address = gallery.address(endpoint, role)
        for width in ("phone", "desk") if turn == 0 else ("phone",):
            page = gallery.window(role, width)
            answer = page.goto(address)
            where = f"{role} at the {width}: {address}"
            if answer is None or answer.status != 200:
                wrong.append(f"{where}: answered {answer and answer.status}")
            if not page.url.endswith(address):
                wrong.append(f"{where}: led to {page.url}")
            if widest(page) > 0:
                wrong.append(f"{where}: {widest(page)} px too wide")
            if turn == 0 and (width == "desk" or endpoint in MAIN):
                wrong += [f"{where}: {said}" for said in barriers(page)]
    wrong += gallery.windows.faults
    gallery.windows.faults.clear()
    assert wrong == []


SPOKEN = ".side a, h1, h2, thead th, caption, button, label, legend, .hint, .page-actions a, .state p, .flash"
"""What the program itself says on a page, not what people entered."""


@pytest.fixture(scope="module")
def english(gallery: Gallery) -> Iterator[Gallery]:
    """The city seen by people whose language is English."""

    def speak(locale: str) -> None:
        with gallery.site.session() as session:
            session.execute(update(models.User).values(locale=locale))
            session.commit()

    speak("en")
    yield gallery
    speak("zh_Hans_CN")


def entered(gallery: Gallery) -> list[str]:
    """Names that people gave and no language changes, the longest first."""
    with gallery.site.session() as session:
        tables = (models.Inspection, models.Unit, models.Region, models.Round)
        found = {name for table in tables for name in session.scalars(select(table.name))}
        for cited in (models.LetterItem.text, models.LetterItem.number, models.Letter.number_text):
            found |= set(session.scalars(select(cited).where(cited != "")))
        for held in session.scalars(select(models.PlanFile.draft)):
            draft = PlanDraft.from_json(held)
            found |= {*ledger.printed_units(draft), *(sheet.name for sheet in draft.sheets)}
    return sorted(found, key=len, reverse=True)


@pytest.mark.parametrize("endpoint", [one for one in pages() if RULES[one][0] != frozenset({"anyone"})])
def test_a_page_speaks_english_to_whoever_chose_it(english: Gallery, endpoint: str) -> None:
    role = next(role for role in ORDER if role in RULES[endpoint][0])
    page = english.window(role, "phone")
    page.goto(english.address(endpoint, role))
    assert page.locator("html").get_attribute("lang") == "en"
    names = re.compile("|".join(map(re.escape, entered(english))))
    said = [CHINESE_BY_NATURE.sub("", names.sub("", text)) for text in page.locator(SPOKEN).all_text_contents()]
    left = sorted({text.strip() for text in said if re.search(r"[\u3400-\u9fff]", text)})
    left += [f"{widest(page)} px too wide"] if widest(page) > 0 else []
    assert left == []


def test_the_name_of_the_program_stands_whole_beside_what_is_in_view_in_english(english: Gallery) -> None:
    page = english.window("office", "desk")
    page.goto("/plans")
    assert page.locator(".top .brand").evaluate("brand => brand.scrollWidth - brand.clientWidth") <= 0
    assert widest(page) <= 0
