"""Fills an empty database with the demonstration city: its texts from `city`, two years of acts made of each fate.

Every row comes of the same acts that pages call, day by day in order, so that the history is a true one. Deterministic
relative to a day; nothing here is random but the passwords.
"""

from __future__ import annotations

import calendar
import datetime as dt
import io
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flask import Flask
from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, files, ledger, models, progress, releases, rounds, standing
from rectify.access import accounts, places
from rectify.models import db
from rectify.upkeep import city

MARK = "demo"
"""The file in the data folder that says: this is the demonstration."""
MONTHLY_FROM = -115
"""Reporting is quarterly first and monthly from so many days before today, for what is not finished."""
RELEASED_OFFSET_DAYS = -30
"""The day of the report that is released already, so that the next one has one to be compared with."""
LINKED_OFFSET_DAYS = -150
"""The day on which measures that answer issues of two inspections are linked."""
UNREAD_DAYS = 30
"""People have looked at what they were told, but for the last days."""
ALL_DONE = ("central_poverty", "provincial_poverty", "checks")


class Refused(ValueError):
    """The demonstration is not put into a database that holds anything."""


@dataclass
class Thread:
    """One measure on its way: what it is, whose, and where its fate leads."""

    index: int
    spec: city.DemoMeasure
    issue: city.DemoIssue
    measure_id: int = 0
    deadline_on: dt.date | None = None
    lead: str = ""
    begins_on: dt.date = dt.date.min
    reports: int = 0
    finished: bool = False
    reached: set[int] = field(default_factory=set)


@dataclass
class Stage:
    """The city while it is being filled."""

    session: Session
    today: dt.date
    data_dir: object
    users: dict[str, models.User] = field(default_factory=dict)
    people: dict[str, access.Person] = field(default_factory=dict)
    units: dict[str, models.Unit] = field(default_factory=dict)
    inspections: dict[str, models.Inspection] = field(default_factory=dict)
    issues: dict[tuple[str, str], int] = field(default_factory=dict)
    threads: list[Thread] = field(default_factory=list)
    events: dict[dt.date, list[Callable[[dt.date, dt.datetime], None]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def on(self, offset: int) -> dt.date:
        return self.today + dt.timedelta(days=offset)

    def when(self, day: dt.date, act: Callable[[dt.date, dt.datetime], None]) -> None:
        self.events[day].append(act)

    @property
    def office(self) -> access.Person:
        return self.people["zhenggai"]


def fill(app: Flask, today: dt.date) -> list[tuple[str, ...]]:
    """Fill an empty database with the city as it stands on `today`; the accounts as (role, name, password).

    All or nothing, in one transaction. Raises Refused where the database holds units, accounts or inspections.
    """
    config = app.config["SETTINGS"]
    if not config.mail.is_loopback:
        raise Refused("演示环境的邮件只能发往本机或 file:/// 文件夹，请修改 RECTIFY_MAIL_URL。")
    with app.app_context():
        session = db.session
        for table in (models.Unit, models.User, models.Inspection):
            if session.scalar(select(table.id).limit(1)) is not None:
                raise Refused("数据库中已有数据，演示城市只能填入空数据库；请另设 RECTIFY_DATA_DIR。")
        with session.no_autoflush:
            stage = Stage(session(), today, config.data_dir)
        told = _people(stage, config.demo_password)
        _plan(stage)
        _live(stage)
        _look(stage)
        session.commit()
        (config.data_dir / MARK).write_text(f"{today.isoformat()}\n", encoding="ascii")
        return told


def _at(day: dt.date, minute: int = 0) -> dt.datetime:
    """Ten in the morning in the city, and so many minutes."""
    return dt.datetime.combine(day, dt.time(2), dt.UTC) + dt.timedelta(minutes=minute % 420)


# -- places and people -----------------------------------------------------------------------------------------------


def _people(stage: Stage, password: str) -> list[tuple[str, ...]]:
    first = stage.on(min(i.feedback_offset_days for i in city.INSPECTIONS))
    at = _at(first)
    by = access.SYSTEM
    regions = {
        region.name: places.save_region(stage.session, None, region.name, sort, by=by, at=at)
        for sort, region in enumerate(city.REGIONS)
    }
    waiting = list(enumerate(city.UNITS))
    while waiting:
        for sort, unit in list(waiting):
            if unit.parent and unit.parent not in stage.units:
                continue
            details = places.UnitDetails(
                name=unit.name,
                parent_id=stage.units[unit.parent].id if unit.parent else None,
                region_id=regions[unit.region].id,
                is_office=unit.kind == "office" and unit.name == city.OFFICE,
                sort=sort,
                aliases=unit.aliases,
            )
            stage.units[unit.name] = places.add_unit(stage.session, details, by=by, at=at)
            waiting.remove((sort, unit))
    told: list[tuple[str, ...]] = []
    shared = password or secrets.token_urlsafe(9) + "-Aa1"
    for who in city.PEOPLE:
        unit_ids = frozenset(() if who.role in ("admin", "auditor") else (stage.units[who.unit].id,))
        details_ = accounts.Details(
            name=who.username,
            full_name=who.display_name,
            role=who.role,
            email=f"{who.username}@demo.example",
            unit_ids=unit_ids,
        )
        user, _ = accounts.add_user(stage.session, details_, by=by, at=at, password=shared)
        stage.users[who.username] = user
        told.append((who.display_name, who.username, shared))
    return told


# -- the plans -------------------------------------------------------------------------------------------------------


def _month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _phrase(stage: Stage, deadline: city.DemoDeadline | None) -> tuple[str, dt.date | None]:
    """The time limit as a plan prints it, and its date."""
    if deadline is None:
        return "", None
    if deadline.offset_days is None:
        # "ask" stands for a limit that the plan left unclear: entered without one, it waits for an answer.
        return {"immediate": "立行立改", "long_term": "长期坚持", "ask": ""}[deadline.raw_kind], None
    due = _month_end(stage.on(deadline.offset_days))
    words = f"{due.year}年{due.month}月底前"
    return words + ("，长期坚持" if deadline.raw_kind == "date_long_term" else ""), due


def _plan(stage: Stage) -> None:
    for sort, spec in enumerate(city.INSPECTIONS):
        stage.when(stage.on(spec.issued_offset_days), _adds_inspection(stage, sort, spec))
    index = 0
    for issue in city.ISSUES:
        inspection = next(i for i in city.INSPECTIONS if i.key == issue.inspection)
        threads = []
        for measure in issue.measures:
            late = measure.fate == "on_schedule_unreported"
            begins = stage.today if late else stage.on(inspection.issued_offset_days)
            thread = Thread(index, measure, issue, begins_on=begins, lead=(measure.units or (issue.lead,))[0])
            thread.deadline_on = _phrase(stage, measure.deadline or issue.deadline)[1]
            threads.append(thread)
            index += 1
        stage.threads += threads
        stage.when(min(t.begins_on for t in threads), _adds_issue(stage, issue, threads))
    for thread in stage.threads:
        for day, act in _fate(stage, thread):
            stage.when(day, act)
    for link in city.LINKS:
        stage.when(stage.on(LINKED_OFFSET_DAYS), _links(stage, link))
    for key in (i.key for i in city.INSPECTIONS if i.key not in ALL_DONE):
        stage.when(max(stage.on(MONTHLY_FROM), stage.on(-270)), _turns_monthly(stage, key))


def _adds_inspection(stage: Stage, sort: int, spec: city.DemoInspection) -> Callable[[dt.date, dt.datetime], None]:
    def act(day: dt.date, at: dt.datetime) -> None:
        form = ledger.InspectionForm(
            name=spec.name,
            level=spec.level,
            field=spec.field,
            kind=spec.kind,
            team=spec.team,
            plan_name=f"贯彻落实{spec.name}反馈意见整改方案",
            feedback_on=stage.on(spec.feedback_offset_days),
            issued_on=stage.on(spec.issued_offset_days),
            basically_counts_as_done=spec.basically_counts_as_done,
            confidential=False,
            rhythm="quarterly",
            sort=sort,
        )
        stage.inspections[spec.key] = ledger.add_inspection(stage.session, form, by=access.SYSTEM, day=day, at=at)
        _learn_people(stage)

    return act


def _learn_people(stage: Stage) -> None:
    """People as they are now: what is hidden from whom depends on the inspections there are."""
    stage.people = {name: access.person_of(stage.session, user) for name, user in stage.users.items()}


def _turns_monthly(stage: Stage, key: str) -> Callable[[dt.date, dt.datetime], None]:
    def act(day: dt.date, at: dt.datetime) -> None:
        rounds.change_rules(
            stage.session, stage.inspections[key], {"rhythm": "monthly"}, by=stage.office, day=day, at=at
        )

    return act


def _adds_issue(stage: Stage, issue: city.DemoIssue, threads: list[Thread]) -> Callable[[dt.date, dt.datetime], None]:
    def ids(names: tuple[str, ...]) -> list[int]:
        return [stage.units[name].id for name in names]

    def act(day: dt.date, at: dt.datetime) -> None:
        units = {
            "lead": ids((issue.lead,)),
            "responsible": ids(tuple(n for n in issue.responsible if n != issue.lead)),
            "cooperating": ids(issue.cooperating),
            "supervising": ids(issue.supervising),
            "acceptance": ids(issue.acceptance),
        }
        form = ledger.IssueForm(
            text=issue.text,
            number=issue.number,
            upper_number=issue.upper_number or "",
            category=issue.category,
            goal=issue.goal,
            source=issue.source or "",
            deadline=_phrase(stage, issue.deadline)[0],
            units={role: found for role, found in units.items() if found},
        )
        made = ledger.add_issue(
            stage.session, stage.inspections[issue.inspection], form, by=stage.office, day=day, at=at
        )
        stage.issues[issue.inspection, issue.number] = made.id
        for number, thread in enumerate(threads, start=1):
            if thread.begins_on == day:
                _add_measure(stage, made, thread, number, day, at)
            else:
                stage.when(thread.begins_on, _adds_measure(stage, made, thread, number))

    return act


def _links(stage: Stage, link: city.DemoLink) -> Callable[[dt.date, dt.datetime], None]:
    def act(day: dt.date, at: dt.datetime) -> None:
        of_issue = [t for t in stage.threads if (t.issue.inspection, t.issue.number) == (link.inspection, link.number)]
        beside = [
            t
            for t in stage.threads
            if (t.issue.inspection, t.issue.number) == (link.other_inspection, link.other_number)
        ]
        ledger.link_measure(
            stage.session,
            _measure(stage, of_issue[link.measure - 1]),
            stage.session.get_one(models.Issue, stage.issues[link.other_inspection, link.other_number]),
            number=str(len(beside) + 1),
            by=stage.office,
            day=day,
            at=at,
        )

    return act


def _adds_measure(
    stage: Stage, issue: models.Issue, thread: Thread, number: int
) -> Callable[[dt.date, dt.datetime], None]:
    return lambda day, at: _add_measure(stage, issue, thread, number, day, at)


def _add_measure(stage: Stage, issue: models.Issue, thread: Thread, number: int, day: dt.date, at: dt.datetime) -> None:
    spec = thread.spec
    starts = thread.deadline_on is not None and spec.target is not None
    form = ledger.MeasureForm(
        text=spec.text,
        number=str(number),
        deadline=_phrase(stage, spec.deadline)[0],
        start_on=thread.begins_on if starts else None,
        target_quantity=spec.target[0] if spec.target else None,
        target_unit=spec.target[1] if spec.target else "",
        units={"lead": [stage.units[name].id for name in spec.units[:1]]} if spec.units else {},
        milestones=[(stage.on(offset), text) for offset, text in spec.milestones],
    )
    thread.measure_id = ledger.add_measure(stage.session, issue, form, by=stage.office, day=day, at=at).id


# -- fates -----------------------------------------------------------------------------------------------------------

Act = Callable[[dt.date, dt.datetime], None]


def _fate(stage: Stage, thread: Thread) -> Iterator[tuple[dt.date, Act]]:
    """The acts that make a measure's fate, beside its reports; each with its day."""
    fate, i, today = thread.spec.fate, thread.index, stage.today
    due = thread.deadline_on
    long_ago = thread.begins_on + dt.timedelta(days=120 + i % 60)

    def days(count: int) -> dt.timedelta:
        return dt.timedelta(days=count)

    def past(day: dt.date, behind: int = 1) -> dt.date:
        return max(min(day, today - days(behind)), thread.begins_on + days(2))

    if fate == "signed_off":
        sent = past((due or long_ago + days(40)) - days(9 + i % 25), 75)
        yield sent, _submits(stage, thread)
        yield past(sent + days(4 + i % 4), 66), _accepts(stage, thread)
        yield past(sent + days(30 + i % 20), 3), _signs_off(stage, thread)
    elif fate in ("completed_early", "long_term_done"):
        sent = past(long_ago, 45 + i % 40) if fate == "long_term_done" else today - days(45 + i % 40)
        yield past(sent, 20), _submits(stage, thread)
        yield past(sent + days(6), 12), _accepts(stage, thread)
    elif fate == "completed_in_time":
        sent = past((due or long_ago) - days(i % 9), 20)
        yield sent, _submits(stage, thread)
        yield past(sent + days(7), 8), _accepts(stage, thread)
    elif fate == "completed_late":
        sent = past((due or long_ago) + days(8 + i % 15), 9)
        yield sent, _submits(stage, thread)
        yield past(sent + days(5), 4), _accepts(stage, thread)
    elif fate == "completed_after_return":
        again = past((due or today) - days(4), 12)
        yield again - days(20), _submits(stage, thread)
        yield again - days(13), _returns(stage, thread)
        yield again, _submits(stage, thread)
        yield past(again + days(6), 5), _accepts(stage, thread)
    elif fate == "basically_completed":
        yield today - days(50), _submits(stage, thread, "basically_completed")
        yield today - days(44), _accepts(stage, thread)
    elif fate == "overdue_returned" and due is not None:
        yield due - days(3), _submits(stage, thread)
        yield past(due + days(10), 2), _returns(stage, thread)
    elif fate == "behind_confirmed":
        yield today - days(12), _confirms_behind(stage, thread)
    elif fate == "pending":
        yield min(due or today, today - days(2 + i % 4)), _submits(stage, thread)
    elif fate == "extended" and due is not None:
        yield past(due - days(18), 20), _extends(stage, thread)
    elif fate == "reopened":
        sent = past((due or long_ago) - days(12), 70)
        yield sent, _submits(stage, thread)
        yield past(sent + days(6), 62), _accepts(stage, thread)
        yield today - days(33), _reopens(stage, thread)


def _measure(stage: Stage, thread: Thread) -> models.Measure:
    return stage.session.get_one(models.Measure, thread.measure_id)


def _worker(stage: Stage, thread: Thread) -> tuple[access.Person, bool]:
    """Who reports for the measure: someone of its unit, else the office on its behalf."""
    unit_id = stage.units[thread.lead].id
    for name, person in stage.people.items():
        if person.role in access.rows.REPORTS and unit_id in person.unit_ids:
            return stage.people[name], False
    return stage.office, True


def _pick(texts: tuple[str, ...], n: int) -> str:
    return texts[n % len(texts)]


def _field(stage: Stage, thread: Thread) -> str:
    found = next(i.field for i in city.INSPECTIONS if i.key == thread.issue.inspection)
    return found if found in city.REPORT_TEXTS else "environment"


def _submits(stage: Stage, thread: Thread, claim: str = "completed") -> Act:
    def act(day: dt.date, at: dt.datetime) -> None:
        person, on_behalf = _worker(stage, thread)
        measure, unit_id = _measure(stage, thread), stage.units[thread.lead].id
        text = _pick(city.DONE_TEXTS[_field(stage, thread)], thread.index)
        made = progress.submit(
            stage.session,
            measure,
            by=person,
            unit_id=unit_id,
            on_behalf=on_behalf,
            claim=claim,
            text=text,
            day=day,
            at=at,
        )
        if thread.index % 3 == 0:
            name, content = _proof(thread)
            stored = files.keep(stage.data_dir, name, io.BytesIO(content))  # type: ignore[arg-type]
            progress.attach(
                stage.session, measure, name=name, stored=stored, by=person, unit_id=unit_id, at=at, submission=made
            )
        thread.finished = True

    return act


def _proof(thread: Thread) -> tuple[str, bytes]:
    """A picture or a note that stands for the proof of the demonstration."""
    if thread.index % 2:
        note = f"{thread.issue.number} {thread.spec.text}\n自查意见：措施已落实，现场核查无遗留问题。\n"
        return "自查报告.txt", note.encode()
    image = Image.new("RGB", (640, 400), (214, 226, 238))
    draw = ImageDraw.Draw(image)
    shade = 60 + thread.index % 90
    draw.rectangle((0, 250, 640, 400), fill=(shade, 120, 80))
    draw.polygon([(60, 250), (210, 110), (360, 250)], fill=(96, 108, 122))
    draw.polygon([(260, 250), (430, 80), (610, 250)], fill=(120, 132, 146))
    draw.ellipse((500, 40, 560, 100), fill=(250, 220, 130))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return "整改后现场.png", out.getvalue()


def _open(stage: Stage, thread: Thread) -> models.Submission:
    found = progress.open_submission(stage.session, thread.measure_id)
    assert found is not None, "the demonstration decides only what was submitted"
    return found


def _decider(stage: Stage, submission: models.Submission, day: dt.date) -> tuple[access.Person, int | None]:
    for person in stage.people.values():
        if person.role in access.rows.DECIDES:
            unit = access.may_decide(stage.session, person, submission, day)
            if unit is not None:
                return person, unit.id
    return access.SYSTEM, None


def _accepts(stage: Stage, thread: Thread) -> Act:
    def act(day: dt.date, at: dt.datetime) -> None:
        submission = _open(stage, thread)
        person, unit_id = _decider(stage, submission, day)
        progress.accept(stage.session, submission, by=person, unit_id=unit_id, day=day, at=at)

    return act


def _returns(stage: Stage, thread: Thread) -> Act:
    def act(day: dt.date, at: dt.datetime) -> None:
        submission = _open(stage, thread)
        person, unit_id = _decider(stage, submission, day)
        reason = _pick(city.RETURN_REASONS, thread.index)
        progress.return_(stage.session, submission, by=person, unit_id=unit_id, reason=reason, day=day, at=at)
        thread.finished = False

    return act


def _returns_report(stage: Stage, thread: Thread, report: models.ProgressReport) -> Act:
    def act(day: dt.date, at: dt.datetime) -> None:
        for person in stage.people.values():
            unit_id = access.may_return(stage.session, person, report, day)
            if unit_id is not None:
                reason = _pick(city.REPORT_RETURN_REASONS, thread.index)
                progress.return_report(stage.session, report, by=person, unit_id=unit_id, reason=reason, day=day, at=at)
                return

    return act


def _signs_off(stage: Stage, thread: Thread) -> Act:
    def act(day: dt.date, at: dt.datetime) -> None:
        progress.sign_off(stage.session, _measure(stage, thread), by=stage.office, signed_off_on=day, day=day, at=at)

    return act


def _confirms_behind(stage: Stage, thread: Thread) -> Act:
    def act(day: dt.date, at: dt.datetime) -> None:
        reason = _pick(city.CONFIRM_REASONS["behind"], thread.index)
        rounds.confirm(stage.session, _measure(stage, thread), "behind", reason, None, by=stage.office, day=day, at=at)

    return act


def _extends(stage: Stage, thread: Thread) -> Act:
    def act(day: dt.date, at: dt.datetime) -> None:
        ledger.extend(
            stage.session,
            _measure(stage, thread),
            new_deadline_on=_month_end(stage.on(city.EXTENDED_TO_DAYS)),
            approved_on=day,
            document_number=f"云整改办〔{day.year}〕{10 + thread.index % 80}号",
            reason=_pick(city.EXTENSION_REASONS, thread.index),
            by=stage.office,
            day=day,
            at=at,
        )

    return act


def _reopens(stage: Stage, thread: Thread) -> Act:
    def act(day: dt.date, at: dt.datetime) -> None:
        progress.reopen(
            stage.session,
            _measure(stage, thread),
            by=stage.office,
            reason=_pick(city.REOPEN_REASONS, thread.index),
            new_deadline_on=_month_end(stage.on(city.REOPENED_TO_DAYS)),
            day=day,
            at=at,
        )
        thread.finished = False
        stage.when(day + dt.timedelta(days=4), _reports(stage, thread))

    return act


# -- two years of rounds ---------------------------------------------------------------------------------------------


def _live(stage: Stage) -> None:
    """Let every day of the two years come, in order: rounds open and close, people act."""
    day = min(stage.events)
    minute = 0
    while day <= stage.today:
        with standing.together(stage.session):
            for act in stage.events.pop(day, []):  # what is known of the day beforehand
                act(day, _at(day, minute))
                minute += 1
            if day.day == 1 and stage.inspections:
                at = _at(day) - dt.timedelta(hours=8)
                rounds.open_due(stage.session, day, at)
                rounds.close_due(stage.session, day, at)
            _ask_for_reports(stage, day)
            for act in stage.events.pop(day, []):  # what the day itself brought
                act(day, _at(day, minute))
                minute += 1
        stage.session.flush()
        if day == stage.on(RELEASED_OFFSET_DAYS):
            releases.release(stage.session, stage.office, day, today=day, at=_at(day, minute))
        day += dt.timedelta(days=1)


def _look(stage: Stage) -> None:
    """The notices of two years were read on the day after."""
    notice = models.Notice
    told = stage.session.scalars(
        select(notice).where(notice.at < _at(stage.on(-UNREAD_DAYS)), notice.read_at.is_(None))
    )
    for one in told:
        one.read_at = one.at + dt.timedelta(days=1)


def _ask_for_reports(stage: Stage, day: dt.date) -> None:
    """When a round opens, its units report within it, some on its first days, some on its last."""
    for key, inspection in stage.inspections.items():
        this = rounds.open_round_of(stage.session, inspection.id, day)
        if this is None or this.opens_on != day:
            continue
        for thread in stage.threads:
            if thread.issue.inspection != key or thread.begins_on > day:
                continue
            span = min((this.cut_off_on - this.opens_on).days, 26)
            after = 1 if thread.spec.fate == "report_returned" else 2 + (thread.index * 7) % max(span - 2, 1)
            wanted = day + dt.timedelta(days=after)
            if wanted <= stage.today and not _silent(stage, thread, this):
                stage.when(wanted, _reports(stage, thread))


def _silent(stage: Stage, thread: Thread, this: models.Round) -> bool:
    """Whose fate it is not to report: nothing for months, or nothing yet in the round that is open."""
    if thread.spec.fate == "unreported":
        return this.opens_on > stage.on(-100)
    return False


def _reports(stage: Stage, thread: Thread) -> Act:
    def act(day: dt.date, at: dt.datetime) -> None:
        if thread.finished or not thread.measure_id:
            return
        person, on_behalf = _worker(stage, thread)
        measure = _measure(stage, thread)
        fate, n = thread.spec.fate, thread.index + thread.reports * 5
        behind = fate.startswith("behind") or fate.startswith("overdue")
        due = [
            m for m in progress.milestones_of(stage.session, measure, day) if m.due_on <= day + dt.timedelta(days=100)
        ]
        if fate != "behind_milestone":
            thread.reached |= {m.id for m in due}
        if fate == "not_started":
            state, text = "not_started", _pick(city.NOT_STARTED_TEXTS, n)
        else:
            state = "in_progress"
            phase = ("early", "middle", "late")[min(thread.reports // 2, 2)]
            text = _pick(city.BEHIND_TEXTS, n) if behind else _pick(city.REPORT_TEXTS[_field(stage, thread)][phase], n)
        made = progress.report(
            stage.session,
            measure,
            by=person,
            unit_id=stage.units[thread.lead].id,
            on_behalf=on_behalf,
            state=state,
            text=text,
            difficulty=_pick(city.DIFFICULTIES, n) if behind or n % 4 == 0 else "",
            next_step=_pick(city.NEXT_STEPS, n),
            forecast=("hopeful" if n % 2 else "hard") if behind else "able",
            quantity=_quantity(thread, day),
            reached=sorted(thread.reached),
            said="" if fate == "not_started" else "behind" if behind and n % 3 else "on_schedule",
            catch_up=progress.CatchUp(
                ("outside", "own")[n % 2],
                _pick(city.REASONS, n),
                _pick(city.CATCH_UPS, n),
                day + dt.timedelta(days=60),
            )
            if behind or progress.lags(standing.of(stage.session, measure.id, day), None, day)
            else None,
            day=day,
            at=at,
        )
        thread.reports += 1
        if fate == "report_returned" and _is_last(stage, thread, day):
            stage.when(day + dt.timedelta(days=2), _returns_report(stage, thread, made))

    return act


def _is_last(stage: Stage, thread: Thread, day: dt.date) -> bool:
    """Whether the round of that day is the one that is open in the end."""
    this = rounds.open_round_of(stage.session, stage.inspections[thread.issue.inspection].id, day)
    return this is not None and this.cut_off_on >= stage.today


def _quantity(thread: Thread, day: dt.date) -> int | None:
    """The figure reported: a little ahead of the straight line, or well below it where that is the fate."""
    if thread.spec.target is None:
        return None
    target, due = thread.spec.target[0], thread.deadline_on
    if due is None or due <= thread.begins_on:
        return target // 2
    ahead = day + dt.timedelta(days=45)
    passed = min((ahead - thread.begins_on).days / (due - thread.begins_on).days, 1.0)
    share = passed * 0.45 if thread.spec.fate in ("behind_quantity", "overdue_open", "overdue_returned") else passed
    return min(round(target * share) + (0 if share < passed else 1), target)
