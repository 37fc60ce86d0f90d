"""Every route, every role, the own row, another's and a missing one (AC-01, AC-03 to AC-05).

RULES says for each endpoint who may enter and what its address names. A route that is not in it fails; so does a rule
without a route. The rows of others exist: that is asserted first, else the rest would prove nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import io
import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session
from werkzeug.test import TestResponse

from rectify import access, answers, files, instructions, letters, models, releases
from rectify.access import sign_in
from rectify.factory import create_app
from rectify.models import db
from rectify.web import parts
from tests import factories
from tests.conftest import AT, TODAY, Stage, on_postgres, settings_for
from tests.support import postgres

ANYONE, EVERYBODY = frozenset({"anyone"}), frozenset(models.ROLES)
BUSINESS = frozenset({"office", "supervisor", "lead", "clerk", "leader"})
OFFICE, UNITS, DECIDE = frozenset({"office"}), frozenset({"lead", "clerk"}), frozenset({"office", "supervisor"})
REPORT, LOOK, KEEP = UNITS | OFFICE, frozenset({"office", "leader"}), frozenset({"admin", "office"})
ADMIN, AUDITOR = frozenset({"admin"}), frozenset({"auditor"})
MISSING = 987654

# endpoint: (who may enter, what its address names; "-" nothing)
RULES: dict[str, tuple[frozenset[str], str]] = {
    "healthz": (ANYONE, "-"),
    "readyz": (ANYONE, "-"),
    "account.sign_in": (ANYONE, "-"),
    "account.language": (ANYONE, "-"),
    "account.ask_reset": (ANYONE, "-"),
    "account.reset": (ANYONE, "token"),
    "account.first": (ANYONE, "token"),
    "account.home": (EVERYBODY, "-"),
    "account.show": (EVERYBODY, "-"),
    "account.password": (EVERYBODY, "-"),
    "account.sign_out": (EVERYBODY, "-"),
    "account.end_session": (EVERYBODY, "session"),
    "account.end_other_sessions": (EVERYBODY, "-"),
    "account.notices": (EVERYBODY, "-"),
    "account.open_notice": (EVERYBODY, "notice"),
    "account.read_notices": (EVERYBODY, "-"),
    "units.index": (UNITS, "-"),
    "units.show": (BUSINESS, "measure"),
    "units.issue": (BUSINESS, "issue"),
    "units.evidence": (BUSINESS, "evidence"),
    "units.picture": (BUSINESS, "evidence"),
    "units.report": (REPORT, "measure"),
    "units.submit": (REPORT, "measure"),
    "units.withdraw_submission": (REPORT, "measure"),
    "supervision.index": (DECIDE, "-"),
    "supervision.show": (DECIDE, "submission"),
    "supervision.accept": (DECIDE, "submission"),
    "supervision.return_": (DECIDE, "submission"),
    "supervision.return_report": (DECIDE, "report"),
    "board.index": (BUSINESS, "-"),
    "board.rows": (BUSINESS, "-"),
    "board.units": (BUSINESS, "-"),
    "board.regions": (BUSINESS, "-"),
    "board.export": (BUSINESS, "-"),
    "reports.index": (LOOK, "-"),
    "reports.download": (LOOK, "kind"),
    "reports.release": (OFFICE, "-"),
    "reports.released": (LOOK, "-"),
    "reports.show": (LOOK, "release"),
    "reports.release_rows": (LOOK, "release"),
    "reports.release_file": (LOOK, "release kind"),
    "office.index": (OFFICE, "-"),
    "office.plans": (OFFICE, "-"),
    "office.plan": (OFFICE, "plan"),
    "office.plan_item": (OFFICE, "plan item"),
    "office.plan_unit": (OFFICE, "plan unit"),
    "office.plan_compare": (OFFICE, "newer plan"),
    "office.plan_rejected": (OFFICE, "plan"),
    "office.plan_sheets": (OFFICE, "open plan"),
    "office.plan_undo": (OFFICE, "imported plan"),
    "office.plan_source": (OFFICE, "plan"),
    "office.drop_plan": (OFFICE, "open plan"),
    "office.inspections": (LOOK, "-"),
    "office.inspection": (LOOK, "inspection"),
    "office.plan_xlsx": (LOOK, "inspection"),
    "office.plan_docx": (LOOK, "inspection"),
    "office.plan_template": (OFFICE, "kind"),
    "office.new_inspection": (OFFICE, "-"),
    "office.edit_inspection": (OFFICE, "inspection"),
    "office.rules": (OFFICE, "inspection"),
    "office.calendar": (KEEP, "-"),
    "office.import_calendar": (KEEP, "-"),
    "office.new_issue": (OFFICE, "inspection"),
    "office.edit_issue": (OFFICE, "issue"),
    "office.revise_issue": (OFFICE, "issue"),
    "office.assign_issue": (OFFICE, "issue"),
    "office.extend_issue": (OFFICE, "issue"),
    "office.correct_issue": (OFFICE, "issue"),
    "office.answer_issue": (OFFICE, "issue"),
    "office.withdraw_issue": (OFFICE, "issue"),
    "office.new_measure": (OFFICE, "issue"),
    "office.place_milestone": (OFFICE, "issue milestone"),
    "office.edit_measure": (OFFICE, "measure"),
    "office.revise_measure": (OFFICE, "measure"),
    "office.assign": (OFFICE, "measure"),
    "office.extend": (OFFICE, "measure"),
    "office.correct": (OFFICE, "measure"),
    "office.answer": (OFFICE, "measure"),
    "office.link": (OFFICE, "measure"),
    "office.sign_off": (OFFICE, "measure"),
    "office.reopen": (OFFICE, "measure"),
    "office.withdraw_measure": (OFFICE, "measure"),
    "office.confirm": (OFFICE, "measure"),
    "office.withdraw_confirmation": (OFFICE, "measure"),
    "office.refuse_milestone": (DECIDE, "measure milestone"),
    "office.differences": (DECIDE, "-"),
    "office.rounds": (DECIDE | LOOK, "-"),
    "office.round": (DECIDE | LOOK, "round"),
    "office.add_round": (OFFICE, "inspection"),
    "office.cancel_round": (OFFICE, "round"),
    "office.change_round": (OFFICE, "planned round"),
    "letters.index": (BUSINESS, "-"),
    "letters.new": (OFFICE, "-"),
    "letters.templates": (OFFICE, "-"),
    "letters.template": (OFFICE, "kind of letter"),
    "letters.show": (BUSINESS, "letter"),
    "letters.file": (BUSINESS, "letter"),
    "letters.edit": (OFFICE, "draft"),
    "letters.issue": (OFFICE, "draft"),
    "letters.discard": (OFFICE, "draft"),
    "letters.void": (OFFICE, "letter"),
    "letters.send": (OFFICE, "letter unit"),
    "letters.receive": (REPORT | frozenset({"supervisor"}), "letter unit"),
    "letters.reply": (REPORT | frozenset({"supervisor"}), "letter unit"),
    "letters.decide": (OFFICE, "letter unit"),
    "letters.answer_file": (BUSINESS, "letter file"),
    "instructions.index": (BUSINESS, "-"),
    "instructions.on_measure": (LOOK, "measure"),
    "instructions.on_issue": (LOOK, "issue"),
    "instructions.show": (BUSINESS, "instruction"),
    "instructions.withdraw": (LOOK, "instruction"),
    "instructions.reply": (REPORT | frozenset({"supervisor"}), "instructed unit"),
    "instructions.decide": (LOOK, "instructed unit"),
    "instructions.answer_file": (BUSINESS, "instruction file"),
    "admin.users": (ADMIN, "-"),
    "admin.new_user": (ADMIN, "-"),
    "admin.user": (ADMIN, "user"),
    "admin.disable_user": (ADMIN, "user"),
    "admin.enable_user": (ADMIN, "user"),
    "admin.temporary_password": (ADMIN, "user"),
    "admin.end_sessions": (ADMIN, "user"),
    "admin.units": (KEEP, "-"),
    "admin.new_unit": (KEEP, "-"),
    "admin.unit": (KEEP, "unit"),
    "admin.sheet_of_units": (KEEP, "-"),
    "admin.template_of_units": (KEEP, "-"),
    "admin.regions": (KEEP, "-"),
    "admin.region": (KEEP, "region"),
    "admin.remove_region": (KEEP, "region"),
    "admin.settings": (ADMIN, "-"),
    "admin.status": (ADMIN, "-"),
    "admin.jobs": (ADMIN, "-"),
    "admin.run_job": (ADMIN, "job"),
    "admin.outbox": (ADMIN, "-"),
    "admin.resend_mail": (ADMIN, "mail"),
    "admin.resend_mails": (ADMIN, "-"),
    "admin.readdress_mail": (ADMIN, "refused mail"),
    "admin.release_mails": (ADMIN, "-"),
    "admin.send_test_mail": (ADMIN, "-"),
    "admin.audit": (AUDITOR, "-"),
    "admin.export": (AUDITOR, "-"),
}
NOT_OURS = ("static", "bootstrap.static")  # files of the program: no rows, no rights
ROLES = ("office", "supervisor", "lead", "clerk", "leader", "admin", "auditor")
Values = dict[str, object]


@dataclass
class World:
    """The rows that are a role's own, and those of others, by what an address names."""

    app: Flask
    users: dict[str, int]
    own: dict[str, dict[str, Values]] = field(default_factory=dict)
    foreign: dict[str, dict[str, Values]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def browser(self, role: str) -> FlaskClient:
        browser = self.app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = self.tokens[role]
        return browser


def item(
    session: Session, inspection: models.Inspection, data: bytes, folder: object, **units: object
) -> dict[str, Values]:
    """An issue with a measure, and one row of everything that hangs on them."""
    issue = factories.make_issue(session, inspection)
    measure = factories.make_measure(session, issue, **units)  # type: ignore[arg-type]
    lead = units["lead"]
    stored, size = files.store(folder, io.BytesIO(data))  # type: ignore[arg-type]
    submission = models.Submission(measure_id=measure.id, submitted_on=TODAY, at=AT, unit_id=lead, state="open")
    evidence = models.Evidence(
        measure_id=measure.id, name="a.png", media_type="image/png", sha256=stored, size=size, unit_id=lead, at=AT
    )
    of_measure = models.Milestone(measure_id=measure.id, due_on=TODAY, text="主体完工")
    of_issue = models.Milestone(issue_id=issue.id, due_on=TODAY, text="全部完工")
    round_ = models.Round(inspection_id=inspection.id, name="六月调度", opens_on=TODAY, cut_off_on=TODAY)
    confirmation = models.Confirmation(
        measure_id=measure.id, verdict="behind", confirmed_on=TODAY, at=AT, reason="进度滞后"
    )
    report = models.ProgressReport(
        measure_id=measure.id, reported_on=TODAY, at=AT, unit_id=lead, state="in_progress", text="已开工。"
    )
    session.add_all([submission, report, evidence, of_measure, of_issue, confirmation])
    if not session.query(models.Round).filter_by(inspection_id=inspection.id).first():
        ahead = {"opens_on": TODAY + dt.timedelta(days=30), "cut_off_on": TODAY + dt.timedelta(days=40)}
        session.add_all([round_, models.Round(inspection_id=inspection.id, name="七月调度", **ahead)])
    session.flush()
    session.add(models.MilestoneMark(milestone_id=of_measure.id, reached=True, marked_on=TODAY, at=AT))
    session.flush()
    found, planned = session.query(models.Round).filter_by(inspection_id=inspection.id).order_by(models.Round.opens_on)
    return {
        "inspection": {"inspection_id": inspection.id},
        "issue": {"issue_id": issue.id},
        "measure": {"measure_id": measure.id},
        "submission": {"submission_id": submission.id},
        "report": {"report_id": report.id},
        "evidence": {"evidence_id": evidence.id},
        "round": {"round_id": found.id},
        "planned round": {"round_id": planned.id},
        "issue milestone": {"issue_id": issue.id, "milestone_id": of_issue.id},
        "measure milestone": {"measure_id": measure.id, "milestone_id": of_measure.id},
    }


def picture() -> bytes:
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (8, 8), "blue").save(made, "PNG")
    return made.getvalue()


@pytest.fixture(scope="module")
def world(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One installation for the whole matrix: requests that would change it are rolled back (see `unchanged`)."""
    folder = tmp_path_factory.mktemp("matrix")
    if on_postgres():
        url = postgres.fresh_database(stage.admin_url, template=stage.url)
    else:
        copy = folder / "rectify.sqlite"
        shutil.copyfile(stage.url.removeprefix("sqlite:///"), copy)
        url = f"sqlite:///{copy}"
    with time_machine.travel(AT, tick=False):
        app = create_app(settings_for(folder / "data", url))
        app.config.update(WTF_CSRF_ENABLED=False)
        users = {role: stage.cast.users.get(role, 0) for role in ROLES} | {"clerk": stage.cast.users["unit_a"]}
        made = World(app, users)
        with app.app_context(), Session(db.engine) as session:
            _fill(session, made, stage.cast.units, folder / "data")
            session.commit()
        yield made
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _fill(session: Session, made: World, units: dict[str, int], folder: object) -> None:
    made.users["lead"] = factories.make_user(
        session, "lead_a", "lead", unit=session.get(models.Unit, units["unit_a"])
    ).id
    parent = factories.make_unit(session, "甲市人民政府")
    child = session.get(models.Unit, units["unit_a"])
    assert child is not None
    child.parent_id = parent.id
    made.users["parent"] = factories.make_user(session, "parent", "lead", unit=parent).id
    data = picture()
    shared = factories.make_inspection(session, "督察一")
    secret = factories.make_inspection(session, "巡视一", confidential=True)
    a = item(session, shared, data, folder, lead=units["unit_a"], supervising=[units["supervisor"]])
    d = item(session, shared, data, folder, lead=units["unit_a"])  # nobody supervises: the office decides
    b = item(session, shared, data, folder, lead=units["unit_b"])
    c = item(session, secret, data, folder, lead=units["unit_b"])
    plan = models.PlanFile(name="方案.docx", sha256="0" * 64, size=1, draft={}, uploaded_at=AT)
    of_secret = models.PlanFile(
        name="巡视.docx", sha256="1" * 64, size=1, draft={}, uploaded_at=AT, imported_at=AT, inspection_id=secret.id
    )
    open_release, secret_release = (_release(session, inspection.id) for inspection in (shared, secret))
    region = factories.make_region(session, "空县")
    mail = models.Outbox(
        kind="test",
        day_on=TODAY,
        message_id="<a@b>",
        queued_at=AT,
        next_try_at=AT,
        state="dead",
        user_id=made.users["clerk"],
    )
    refused = models.Outbox(
        kind="digest",
        day_on=TODAY,
        message_id="<c@b>",
        queued_at=AT,
        next_try_at=AT,
        state="dead",
        user_id=made.users["clerk"],
    )
    session.add_all([plan, of_secret, mail, refused])
    session.flush()
    for role, user_id in made.users.items():
        user = session.get(models.User, user_id)
        assert user is not None
        made.tokens[role] = sign_in.begin(session, user, AT, "127.0.0.1", "matrix")
    sessions = {row.user_id: row.id for row in session.query(models.UserSession)}
    session.add_all([models.Notice(user_id=one, kind="reminded", said={}, path="/", at=AT) for one in sessions])
    session.flush()
    notices = {row.user_id: row.id for row in session.query(models.Notice)}
    for role in ROLES:
        other = made.users["leader" if role != "leader" else "clerk"]
        common: dict[str, Values] = {
            "token": {"token": "x" * 43},
            "kind": {"kind": "xlsx"},
            "job": {"name": "judge"},
            "user": {"user_id": made.users["clerk"]},
            "unit": {"unit_id": units["unit_b"]},
            "region": {"region_id": region.id},
            "mail": {"outbox_id": mail.id},
            "refused mail": {"outbox_id": refused.id},
            "session": {"session_id": sessions[made.users[role]]},
            "notice": {"notice_id": notices[made.users[role]]},
        }
        made.own[role] = {**common, **(d if role == "office" else a)}
        made.foreign[role] = {
            "session": {"session_id": sessions[other]},
            "notice": {"notice_id": notices[other]},
            **(c if role in LOOK else b),
        }
        for values, release_id in ((made.own[role], open_release), (made.foreign[role], secret_release)):
            values["release"] = {"release_id": release_id}
            values["release kind"] = {"release_id": release_id, "kind": "xlsx"}
        mine = {"office": "unit_a", "leader": "unit_a", "supervisor": "supervisor"}.get(role, "unit_a")
        about = a if role != "office" else d
        foreign_about = c if role in LOOK else b
        made.own[role] |= _letter(session, units[mine], about["measure"], folder, stamp=role)
        made.foreign[role] |= _letter(session, units["unit_b"], foreign_about["measure"], folder, stamp=f"not {role}")
        leader = access.person_of(session, session.get_one(models.User, made.users["leader"]))
        gives = leader if role == "leader" else dataclasses.replace(access.SYSTEM, role="office")
        made.own[role] |= _instruction(session, units[mine], about, folder, stamp=f"批示{role}", by=gives)
        made.foreign[role] |= _instruction(session, units["unit_b"], foreign_about, folder, stamp=f"批示not {role}")
        made.foreign[role]["round"] = c["round"]  # a round is everybody's who has a part in its inspection
    for plans, of_plan in ((made.own, plan), (made.foreign, of_secret)):
        plans["office"] |= {f"{kind}plan": {"plan_id": of_plan.id} for kind in ("", "open ", "newer ", "imported ")}


def _letter(session: Session, unit_id: int, measure: Values, folder: object, *, stamp: str) -> dict[str, Values]:
    """A letter about a measure that its unit received and answered with a file, and a draft."""
    system = access.SYSTEM
    office = dataclasses.replace(system, role="office")
    (measure_id,) = measure.values()
    issued, waiting = (
        letters.draft(session, system, "reminder", [unit_id], [measure_id], signer="签发人", day=TODAY, at=AT)  # type: ignore[list-item]
        for _ in range(2)
    )
    letters.issue(session, issued, by=office, data_dir=folder, day=TODAY, at=AT)  # type: ignore[arg-type]
    (unit,) = issued.units
    letters.receive(session, unit, by=office, name="收件人", on=TODAY, day=TODAY, at=AT)
    answer = answers.give(session, unit, by=office, text=f"已办理：{stamp}。", on=TODAY, since=TODAY, day=TODAY, at=AT)
    stored, size = files.store(folder, io.BytesIO(stamp.encode()))  # type: ignore[arg-type]
    answers.attach(session, answer, name="a.txt", stored=files.Stored(stored, size, "text/plain"), by=office, at=AT)
    file_id = session.scalars(select(models.AnswerFile.id).where(models.AnswerFile.answer_id == answer.id)).one()
    return {
        "letter": {"letter_id": issued.id},
        "draft": {"letter_id": waiting.id},
        "letter unit": {"letter_id": issued.id, "unit_id": unit.id},
        "letter file": {"letter_id": issued.id, "file_id": file_id},
        "kind of letter": {"kind": "reminder"},
    }


def _instruction(
    session: Session,
    unit_id: int,
    about: dict[str, Values],
    folder: object,
    *,
    stamp: str,
    by: access.Person | None = None,
) -> dict[str, Values]:
    """An instruction on a measure that its unit answered with a file."""
    office = dataclasses.replace(access.SYSTEM, role="office")
    ids: dict[str, Any] = {**about["issue"], **about["measure"]}
    reply_on = TODAY + dt.timedelta(days=7)
    made = instructions.give(
        session,
        by or office,
        **ids,
        unit_ids=[unit_id],
        text="请抓紧。",
        reply_on=reply_on,
        leader_name="甲",
        on=TODAY,
        day=TODAY,
        at=AT,
    )
    (unit,) = made.units
    answer = answers.give(session, unit, by=office, text=f"已办理：{stamp}。", on=TODAY, since=TODAY, day=TODAY, at=AT)
    stored, size = files.store(folder, io.BytesIO(stamp.encode()))  # type: ignore[arg-type]
    answers.attach(session, answer, name="a.txt", stored=files.Stored(stored, size, "text/plain"), by=office, at=AT)
    file_id = session.scalars(select(models.AnswerFile.id).where(models.AnswerFile.answer_id == answer.id)).one()
    return {
        "instruction": {"instruction_id": made.id},
        "instructed unit": {"instruction_id": made.id, "unit_id": unit.id},
        "instruction file": {"instruction_id": made.id, "file_id": file_id},
    }


def _release(session: Session, inspection_id: int) -> int:
    made = releases.release(session, access.SYSTEM, TODAY, [inspection_id], today=TODAY, at=AT)
    return made.id


@contextlib.contextmanager
def unchanged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Requests within this do all they would, but their commit only flushes: the end of the request rolls back."""
    with monkeypatch.context() as patch:
        patch.setattr(scoped_session, "commit", lambda self: self.flush())
        patch.setattr(parts, "record_read", lambda *args, **kwargs: None)
        yield


def routes(app: Flask) -> list[tuple[str, str, str, list[str]]]:
    """(endpoint, rule, method, names in the address) of every route that is ours."""
    return [
        (rule.endpoint, rule.rule, method, sorted(rule.arguments))
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in NOT_OURS
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def address(app: Flask, endpoint: str, values: Values) -> str:
    with app.test_request_context():
        return app.url_for(endpoint, **values)


def call(browser: FlaskClient, method: str, path: str) -> TestResponse:
    return browser.open(path, method=method)


def shown(answer: TestResponse) -> str:
    """What a reader sees of a page: without numbers, which differ with the address, and the tokens of its forms."""
    page = re.sub(r'name="csrf_token"[^>]*>', "", answer.get_data(as_text=True))
    return re.sub(r"\b[0-9a-f]{16}\b|\d+", "#", page)


def test_every_route_has_a_rule_and_every_rule_a_route(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()} - set(NOT_OURS)

    assert endpoints - set(RULES) == set(), "routes without a declared rule"
    assert set(RULES) - endpoints == set(), "rules without a route"


def test_every_view_lets_in_whom_its_rule_says(app: Flask) -> None:
    said = {
        endpoint: EVERYBODY if parts.SIGNED_IN in rule else rule
        for endpoint, _rule, _method, _names in routes(app)
        for rule in [frozenset(getattr(app.view_functions[endpoint], "enter", ()))]
    }

    assert said == {endpoint: roles for endpoint, (roles, _kind) in RULES.items()}


def test_the_rows_of_others_exist_and_are_not_seen(world: World) -> None:
    with world.app.app_context(), Session(db.engine) as session:
        for role in BUSINESS:
            user = session.get(models.User, world.users[role])
            assert user is not None
            person = access.person_of(session, user)
            for kind, seen in (("measure", access.visible_measure), ("issue", access.visible_issue)):
                (own,), (foreign,) = world.own[role][kind].values(), world.foreign[role][kind].values()
                assert seen(session, access.SYSTEM, foreign, TODAY) is not None  # type: ignore[arg-type]
                assert seen(session, person, foreign, TODAY) is None, (role, kind)  # type: ignore[arg-type]
                assert seen(session, person, own, TODAY) is not None, (role, kind)  # type: ignore[arg-type]


def test_without_signing_in_nothing_opens_but_what_is_for_anyone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = []
    with unchanged(monkeypatch):
        for endpoint, _rule, method, names in routes(world.app):
            roles, kind = RULES[endpoint]
            values = world.own["office"].get(kind) or dict.fromkeys(names, 1)
            answer = call(world.app.test_client(), method, address(world.app, endpoint, values))
            asked_to_sign_in = answer.status_code == 302 and answer.location.startswith("/login")
            if endpoint != "account.language" and asked_to_sign_in == (roles is ANYONE):
                wrong.append((endpoint, method, answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_enters_nothing_but_its_own_pages(world: World, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    wrong, refused = [], 0
    with unchanged(monkeypatch):
        for endpoint, _rule, method, names in routes(world.app):
            roles, kind = RULES[endpoint]
            if roles is ANYONE or role in roles:
                continue
            values = world.own["office"].get(kind) or dict.fromkeys(names, 1)
            answer = call(world.browser(role), method, address(world.app, endpoint, values))
            refused += 1
            if answer.status_code != 403:
                wrong.append((endpoint, method, answer.status_code))

    assert wrong == []
    assert refused > 20


@pytest.mark.parametrize("role", ROLES)
def test_a_role_enters_its_pages_for_its_own_rows(world: World, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    wrong, entered = [], 0
    with unchanged(monkeypatch):
        for endpoint, _rule, method, _names in routes(world.app):
            roles, kind = RULES[endpoint]
            if role not in roles or (kind != "-" and kind not in world.own[role]):
                continue
            values = {} if kind == "-" else world.own[role][kind]
            answer = call(world.browser(role), method, address(world.app, endpoint, values))
            entered += 1
            if answer.status_code not in (200, 302, 409, 422) or (answer.location or "").startswith("/login?"):
                wrong.append((endpoint, method, answer.status_code))

    assert wrong == []
    assert entered > 5


@pytest.mark.parametrize("role", ROLES)
def test_anothers_row_answers_exactly_like_a_missing_one(
    world: World, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    wrong, tried, foreign_tried = [], 0, 0
    with unchanged(monkeypatch):
        for endpoint, _rule, method, names in routes(world.app):
            roles, kind = RULES[endpoint]
            if role not in roles or not names or kind in ("kind", "token", "kind of letter"):
                continue
            missing: Values = {name: "nothing" if name in ("name", "kind") else MISSING for name in names}
            answers = {"missing": call(world.browser(role), method, address(world.app, endpoint, missing))}
            if kind in world.foreign[role]:
                values = world.foreign[role][kind]
                answers["foreign"] = call(world.browser(role), method, address(world.app, endpoint, values))
                foreign_tried += 1
            if "milestone_id" in names and kind in world.foreign[role]:
                # A child of another's, under a parent of one's own (AC-05).
                mixed = {**world.own[role][kind], "milestone_id": world.foreign[role][kind]["milestone_id"]}
                answers["mixed"] = call(world.browser(role), method, address(world.app, endpoint, mixed))
            tried += len(answers)
            texts = {shown(answer) for answer in answers.values()}
            if {answer.status_code for answer in answers.values()} != {404} or len(texts) != 1:
                wrong.append((endpoint, method, {name: answer.status_code for name, answer in answers.items()}))

    assert wrong == []
    assert tried > 0
    assert foreign_tried > (8 if role in BUSINESS - {"leader"} else 0)


def test_a_superior_unit_sees_the_rows_below_it_and_does_not_act_on_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, own = world.browser("parent"), world.own["clerk"]
    with unchanged(monkeypatch):
        sees = [
            call(browser, "GET", address(world.app, endpoint, own[kind])).status_code
            for endpoint, kind in (("units.show", "measure"), ("units.issue", "issue"), ("units.evidence", "evidence"))
        ]
        acts = [
            call(browser, method, address(world.app, endpoint, own["measure"])).status_code
            for endpoint, method in itertools.product(("units.report", "units.submit"), ("GET", "POST"))
        ]

    assert sees == [200, 200, 200]
    assert set(acts) <= {403, 404}


@pytest.mark.parametrize("role", sorted(DECIDE))
def test_what_waits_for_a_decision_is_what_may_be_decided(world: World, role: str) -> None:
    """The condition in SQL against the rule in Python, over all submissions: of units, of the office, of nobody."""
    with world.app.app_context(), Session(db.engine) as session:
        user = session.get(models.User, world.users[role])
        assert user is not None
        person = access.person_of(session, user)
        found: set[int] = set()
        first, *_rest = session.scalars(select(models.Submission).order_by(models.Submission.id))
        for unit_id, by_id in ((None, None), (min(person.unit_ids), None), (first.unit_id, person.user_id)):
            first.unit_id, first.by_id = unit_id, by_id
            session.flush()
            waits = set(session.scalars(select(models.Submission.id).where(access.decides_submissions(person, TODAY))))
            may = {
                submission.id
                for submission in session.scalars(select(models.Submission))
                if access.visible_measure(session, person, submission.measure_id, TODAY)
                and access.may_decide(session, person, submission, TODAY)
            }
            assert waits == may
            found |= may
        assert found
        session.rollback()


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 2**64, 10**30])
def test_a_number_no_row_can_have_is_not_found(world: World, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    wrong = []
    with unchanged(monkeypatch):
        for role in ROLES:
            for endpoint, _rule, method, names in routes(world.app):
                roles, kind = RULES[endpoint]
                if role not in roles or not names or kind in ("kind", "token", "job", "kind of letter"):
                    continue
                answer = call(world.browser(role), method, address(world.app, endpoint, dict.fromkeys(names, number)))
                if answer.status_code != 404:
                    wrong.append((role, endpoint, method, answer.status_code))

    assert wrong == []
