"""What is owed to people by mail, to whom, and how it reads: reminders, the daily digest, and the mails of accounts.

Sending is `post`'s, the hour is `jobs`'. Which step of the ladder is owed says `rules.ladder`; who sees a measure says
`access`; what its verdict is says `standing`.
"""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from rectify import access, calendar, figures, models, standing
from rectify.rules import ladder, schedule, verdicts
from rectify.rules.addresses import is_mailable
from rectify.rules.ladder import Audience
from rectify.rules.verdicts import Verdict
from rectify.rules.workdays import Calendar, week_of

DOES = ("lead", "clerk")
OVERSEES = ("supervisor", "office")
LONGEST_BREAK = 15
"""Days by which a holiday can bring a step forward; how much further ahead than the first step a reading must look."""
CHUNK = 500

# Aliases, so that a condition of `access` inside these readings never mistakes a table of ours for its own; made once,
# for making them takes longer than the statement.
PART = aliased(models.Assignment)
OWN = aliased(models.Assignment)
ENTRY = aliased(models.UserUnit)
ACCOUNT = aliased(models.User)
LINK = aliased(models.MeasureLink)
OTHER_LINK = aliased(models.MeasureLink)

DROPPED = ("inactive", "no_address", "superseded", "no_longer_true", "spent")
"""Why a mail is not sent; the outbox page has the words."""
SUPPRESSED = ("no_address", "no_right")
"""Why a reminder owed goes into no mail; the jobs page has the words."""


@dataclass(frozen=True)
class Message:
    """A mail ready to be sent. `kept_text` and `kept_html` are what the outbox keeps of it: no secret in clear."""

    to: str
    subject: str
    text: str
    html: str
    kept_text: str
    kept_html: str


@dataclass(frozen=True)
class Dropped:
    """There is nothing left to say, and why: one of DROPPED."""

    reason: str


@dataclass(frozen=True)
class Line:
    """One measure in the eyes of one person on a day: where a digest lists it, and the reminders owed of it."""

    measure_id: int
    section: str  # overdue | decide | due
    visible: bool
    owed: tuple[ladder.Owed, ...]
    days: int  # days overdue, days waiting, or days left
    inspection: str
    number: str
    text: str
    deadline_on: dt.date | None
    original_on: dt.date | None
    why: str
    path: str
    unit: str = ""


@dataclass
class Tally:
    """What a run of reminders did, in numbers that must add up: owed = queued + suppressed + already + later (R19)."""

    people: int = 0
    owed: int = 0
    queued: int = 0
    already: int = 0
    later: int = 0  # his digest of the day is sent already: owed on the next working day
    digests: int = 0
    suppressed: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.people += other.people
        self.owed += other.owed
        self.queued += other.queued
        self.already += other.already
        self.later += other.later
        self.digests += other.digests
        self.suppressed += other.suppressed

    def as_numbers(self) -> dict[str, Any]:
        return {
            "people": self.people,
            "owed": self.owed,
            "queued": self.queued,
            "already": self.already,
            "later": self.later,
            "suppressed": sum(self.suppressed.values()),
            **{f"suppressed_{reason}": count for reason, count in sorted(self.suppressed.items())},
            "digests": self.digests,
        }


# -- reminders owed --------------------------------------------------------------------------------------------------


def remind(session: Session, day: dt.date, at: dt.datetime, *, domain: str = "rectify.invalid") -> dict[str, Any]:
    """Write the reminders owed on `day` and queue one digest a person; nothing on a day that is not worked.

    Can be run any number of times, by any number of processes: what is written is unique. Gives the numbers of Tally.
    """
    working = calendar.load(session)
    if not working.is_workday(day):
        return {"workday": False}
    total = Tally()
    for user_id in recipients(session):
        total.add(remind_person(session, user_id, day, at, working, domain=domain))
    return {"workday": True, **total.as_numbers(), "measures_of_nobody": of_nobody(session, day)}


def recipients(session: Session) -> list[int]:
    """The users to whom anything can be owed: active, in a role that does or oversees, entered for a unit."""
    user = models.User
    entered = exists().where(models.UserUnit.user_id == user.id)
    query = select(user.id).where(
        user.active, or_(user.role == "office", and_(user.role.in_((*DOES, "supervisor")), entered))
    )
    return list(session.scalars(query.order_by(user.id)))


def remind_person(
    session: Session, user_id: int, day: dt.date, at: dt.datetime, working: Calendar, *, domain: str
) -> Tally:
    """Write what is newly owed to one person on a working day, and queue his digest where there is anything new."""
    user = session.get(models.User, user_id)
    if user is None or not user.active:
        return Tally()
    tally = Tally(people=1)
    wanted: dict[tuple[int, str, dt.date, str], bool] = {}
    for line in _lines(session, access.person_of(session, user), day, working):
        for one in line.owed:
            wanted[line.measure_id, one.step, one.hangs_on, one.period] = line.visible
    tally.owed = len(wanted)
    known = _known(session, user_id, wanted, day)
    unseen = [key for key, visible in wanted.items() if not visible]
    seen = [key for key, visible in wanted.items() if visible]
    if not is_mailable(user.email):
        tally.suppressed["no_address"] = len(seen)
        tally.suppressed["no_right"] = len(unseen)
        _write(session, user_id, [key for key in seen if key not in known], day, suppressed="no_address")
        _write(session, user_id, [key for key in unseen if key not in known], day, suppressed="no_right")
        return tally
    tally.suppressed["no_right"] = len(unseen)
    _write(session, user_id, [key for key in unseen if key not in known], day, suppressed="no_right")
    fresh = [key for key in seen if known.get(key, "suppressed")]
    tally.already = len(seen) - len(fresh)
    if not fresh:
        return tally
    outbox_id, made = _digest(session, user_id, day, at, domain)
    if outbox_id is None:
        tally.later = len(fresh)
        return tally
    _write(session, user_id, [key for key in fresh if key not in known], day, outbox_id=outbox_id)
    _revive(session, user_id, [key for key in fresh if key in known], day, outbox_id)
    tally.queued = len(fresh)
    tally.digests = int(made)
    return tally


def of_nobody(session: Session, day: dt.date) -> int:
    """How many overdue measures have no unit with an account that could be mailed: the office sees to them by hand."""
    state = models.MeasureStanding
    manned = (
        exists()
        .where(
            models.Assignment.measure_id == state.measure_id,
            models.Assignment.role.in_(("lead", "responsible")),
            _holds(models.Assignment, day),
            models.UserUnit.unit_id == models.Assignment.unit_id,
            models.User.id == models.UserUnit.user_id,
            models.User.active,
            models.User.role.in_(DOES),
        )
        .correlate(state)
    )
    query = select(func.count()).where(
        standing.on(state, day), standing.verdict_case(state, day) == Verdict.OVERDUE.value, ~manned
    )
    return session.execute(query).scalar_one()


Key = tuple[int, str, dt.date, str]


def _known(session: Session, user_id: int, wanted: Iterable[Key], day: dt.date) -> dict[Key, str]:
    """Which of the wanted reminders are written already, and why suppressed ("" where a mail carries it)."""
    row = models.Reminder
    found: dict[Key, str] = {}
    for ids in _chunks(sorted({key[0] for key in wanted})):
        query = select(row.measure_id, row.step, row.deadline_on, row.period, row.suppressed).where(
            row.user_id == user_id, row.measure_id.in_(ids), row.period.in_(("", week_of(day)))
        )
        found |= {(r.measure_id, r.step, r.deadline_on, r.period): r.suppressed for r in session.execute(query)}
    return found


def _write(
    session: Session,
    user_id: int,
    keys: Sequence[Key],
    day: dt.date,
    *,
    outbox_id: int | None = None,
    suppressed: str = "",
) -> None:
    """Insert reminders; one that another process wrote meanwhile stays as it is (R12)."""
    for some in _chunks(keys):
        rows = [
            {
                "user_id": user_id,
                "measure_id": measure_id,
                "step": step,
                "deadline_on": hangs_on,
                "period": period,
                "day_on": day,
                "outbox_id": outbox_id,
                "suppressed": suppressed,
            }
            for measure_id, step, hangs_on, period in some
        ]
        session.execute(_insert(session, models.Reminder).on_conflict_do_nothing(), rows)


def _revive(session: Session, user_id: int, keys: Sequence[Key], day: dt.date, outbox_id: int) -> None:
    """What was suppressed and is still owed goes into a mail now: an address was entered, a right was given."""
    row = models.Reminder
    for measure_id, step, hangs_on, period in keys:
        session.execute(
            update(row)
            .where(
                row.user_id == user_id,
                row.measure_id == measure_id,
                row.step == step,
                row.deadline_on == hangs_on,
                row.period == period,
            )
            .values(suppressed="", outbox_id=outbox_id, day_on=day)
            .execution_options(synchronize_session=False)
        )


def _digest(session: Session, user_id: int, day: dt.date, at: dt.datetime, domain: str) -> tuple[int | None, bool]:
    """(the person's digest of the day, whether it was made now); None where it is no longer waiting to be sent."""
    box = models.Outbox
    made = session.execute(
        _insert(session, box)
        .values(
            kind="digest",
            user_id=user_id,
            day_on=day,
            message_id=message_id("digest", domain),
            queued_at=at,
            next_try_at=at,
            state="queued",
            tries=0,
            claimed_by="",
            address="",
            payload={},
            subject="",
            text="",
            html="",
            answer="",
            dropped_because="",
        )
        .on_conflict_do_nothing()
        .returning(box.id)
    ).scalar_one_or_none()
    if made is not None:
        return made, True
    query = select(box.id, box.state).where(box.kind == "digest", box.user_id == user_id, box.day_on == day)
    found = session.execute(query).one()
    return (found.id if found.state in ("queued", "held") else None), False


def _insert(session: Session, table: Any) -> Any:
    """INSERT in the dialect at hand: both know ON CONFLICT DO NOTHING in the same words."""
    return (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)


def message_id(kind: str, domain: str) -> str:
    """A Message-ID, fixed when the row is written: every copy of a mail carries the same (MA-02)."""
    return f"<{kind}.{uuid.uuid4().hex}@{domain}>"


# -- reading what concerns a person ----------------------------------------------------------------------------------


def _holds(assignment: Any, day: dt.date) -> ColumnElement[bool]:
    return and_(assignment.since_on <= day, or_(assignment.until_on.is_(None), assignment.until_on > day))


def _assigned(day: dt.date, *conditions: Any) -> ColumnElement[bool]:
    return exists().where(PART.measure_id == models.Measure.id, _holds(PART, day), *conditions)


def _relations(person: access.Person, day: dt.date) -> dict[Audience, ColumnElement[bool]]:
    """For whom the ladder speaks in this person's case: a condition on Measure for each audience he may belong to."""

    mine = PART.unit_id.in_(person.unit_ids)
    if person.role in DOES:
        return {
            Audience.LEAD: _assigned(day, mine, PART.answers),
            Audience.RESPONSIBLE: _assigned(day, mine, PART.role.in_(("lead", "responsible"))),
        }
    supervised = _assigned(day, PART.role == "supervising")
    if person.role == "supervisor":
        return {
            Audience.TOLD: or_(
                _assigned(day, mine, PART.role == "supervising"),
                and_(~supervised, _assigned(day, mine, PART.role == "acceptance")),
            )
        }
    if person.role == "office":
        return {
            Audience.TOLD: or_(
                and_(supervised, ~_overseen_by_account(day, "supervising")),
                and_(~supervised, ~_overseen_by_account(day, "acceptance")),
            )
        }
    return {}


def _in_the_care_of(person: access.Person) -> ColumnElement[bool]:
    """Measures that name a unit of his at all: says nothing new, but lets the database begin at his few assignments."""
    if person.role == "office":
        return true()
    named = select(OWN.measure_id).where(OWN.unit_id.in_(person.unit_ids), OWN.measure_id.is_not(None))
    return models.Measure.id.in_(named)


def _overseen_by_account(day: dt.date, role: str) -> ColumnElement[bool]:
    """Some unit in that role has an account that could be told; where none has, the office is told instead."""
    return exists().where(
        PART.measure_id == models.Measure.id,
        PART.role == role,
        _holds(PART, day),
        ENTRY.unit_id == PART.unit_id,
        ACCOUNT.id == ENTRY.user_id,
        ACCOUNT.active,
        ACCOUNT.role == "supervisor",
    )


def _lines(session: Session, person: access.Person, day: dt.date, working: Calendar) -> Iterator[Line]:
    """All that concerns a person on a day: overdue, to be decided, due soon; each with the reminders owed of it.

    The one reading behind reminders and digests, so that what is queued and what is said cannot differ. Streams tuples.
    """
    yield from _due_lines(session, person, day, working)
    if person.role in OVERSEES:
        yield from _pending_lines(session, person, day, working)


def _due_lines(session: Session, person: access.Person, day: dt.date, working: Calendar) -> Iterator[Line]:
    relations = _relations(person, day)
    if not relations:
        return
    state, verdict = models.MeasureStanding, standing.verdict_case(models.MeasureStanding, day)
    overdue = verdict == Verdict.OVERDUE.value
    furthest = session.execute(select(func.max(models.Inspection.near_due_days))).scalar_one() or 0
    horizon = day + dt.timedelta(days=furthest + LONGEST_BREAK)
    near = and_(state.deadline_on >= day, state.deadline_on <= horizon) if person.role in DOES else false()
    query = (
        _select(person, day, verdict.label("verdict"), *(mine.label(who.value) for who, mine in relations.items()))
        .where(
            verdict.not_in([good.value for good in verdicts.GOOD]),
            _in_the_care_of(person),
            or_(overdue, near),
            or_(*relations.values()),
        )
        .order_by(state.deadline_on, models.Measure.id)
    )
    # Of a submission that waits only its being there matters here: whoever decides is reminded by `_pending_lines`.
    for row in session.execute(query.execution_options(yield_per=CHUNK)):
        audiences = {who for who in relations if getattr(row, who.value)}
        situation = ladder.Situation(
            row.deadline_on,
            overdue=row.verdict == Verdict.OVERDUE.value,
            finished=verdicts.is_done(row.verdict, verdicts.also_done(row)),
            submitted_on=day if row.pending else None,
            near_due_days=row.near_due_days,
        )
        owed = tuple(one for one in ladder.owed(situation, working, day) if one.audience in audiences)
        if not owed:
            continue
        if situation.overdue:
            section, days = "overdue", schedule.days_overdue(row, day)
            why = verdicts.explain(*schedule.why(row, day))
        else:
            section, days = "due", (row.deadline_on - day).days
            why = f"整改时限为{row.deadline_on}，" + (f"还有{days}天。" if days else "今天到期。")
        yield _line(row, section, owed, days, why, f"/measures/{row.measure_id}")


def moved(session: Session, before: Calendar, after: Calendar, day: dt.date) -> dict[tuple[dt.date, dt.date], int]:
    """By (day as it is, day as it would be): how many reminders before a deadline another calendar would move, from
    `day` on. One statement, whatever the size of the ledger."""
    state, link, inspection = models.MeasureStanding, LINK, models.Inspection
    verdict = standing.verdict_case(state, day)
    groups = session.execute(
        select(state.deadline_on, inspection.near_due_days, func.count())
        .join(link, and_(link.measure_id == state.measure_id, link.home))
        .join(inspection, inspection.id == link.inspection_id)
        .where(standing.on(state, day), state.deadline_on >= day, ~state.pending, ~figures.is_done(verdict, day))
        .group_by(state.deadline_on, inspection.near_due_days)
    )
    found: Counter[tuple[dt.date, dt.date]] = Counter()
    for deadline_on, near_due_days, count in groups:
        for step in ladder.steps(near_due_days):
            pair = ladder.step_on(deadline_on, step, before), ladder.step_on(deadline_on, step, after)
            if pair[0] != pair[1] and max(pair) >= day:
                found[pair] += count
    return dict(sorted(found.items()))


def _pending_lines(session: Session, person: access.Person, day: dt.date, working: Calendar) -> Iterator[Line]:
    waiting = models.Submission
    query = (
        _select(person, day, waiting.id.label("submission_id"), waiting.submitted_on)
        .join(waiting, waiting.measure_id == models.Measure.id)
        .where(access.decides_submissions(person, day), waiting.submitted_on <= day)
        .order_by(waiting.submitted_on, waiting.id)
    )
    for row in session.execute(query.execution_options(yield_per=CHUNK)):
        situation = ladder.Situation(row.deadline_on, submitted_on=row.submitted_on)
        owed = tuple(one for one in ladder.owed(situation, working, day) if one.audience is Audience.DECIDES)
        days = (day - row.submitted_on).days
        why = f"{row.submitted_on}申报完成，" + (f"已等待认定{days}天。" if days else "等待认定。")
        yield _line(row, "decide", owed, days, why, f"/queue/{row.submission_id}")


def _select(person: access.Person, day: dt.date, *more: Any) -> Any:
    """The columns of a line: the measure with its standing, its home issue and inspection, and whether he sees it."""
    state, link, issue, inspection = models.MeasureStanding, LINK, models.Issue, models.Inspection
    turning = [getattr(state, name) for name in schedule.TURNING]
    return (
        select(
            models.Measure.id.label("measure_id"),
            models.Measure.text,
            models.Measure.implied,
            issue.number.label("issue_number"),
            issue.text.label("issue_text"),
            link.number.label("measure_number"),
            inspection.name.label("inspection"),
            inspection.near_due_days,
            *(getattr(inspection, name) for name in verdicts.ALSO_DONE),
            *turning,
            state.deadline_on,
            state.original_deadline_on,
            state.long_term_open,
            state.pending,
            state.reported,
            state.why,
            and_(access.sees_measures(person, day), literal(True)).label("visible"),
            *more,
        )
        .select_from(models.Measure)
        .join(state, and_(state.measure_id == models.Measure.id, standing.on(state, day)))
        .join(link, _named_by(person))
        .join(issue, issue.id == link.issue_id)
        .join(inspection, inspection.id == issue.inspection_id)
    )


def _named_by(person: access.Person) -> ColumnElement[bool]:
    """The link that gives the measure its number in the eyes of a person: its home, unless that is hidden from him."""
    home = and_(LINK.measure_id == models.Measure.id, LINK.home)
    if not person.hidden_ids:
        return home
    open_to_him = (
        select(OTHER_LINK.id)
        .where(OTHER_LINK.measure_id == models.Measure.id, OTHER_LINK.inspection_id.not_in(person.hidden_ids))
        .order_by(OTHER_LINK.home.desc(), OTHER_LINK.id)
        .limit(1)
        .correlate(models.Measure)
        .scalar_subquery()
    )
    return or_(LINK.id == open_to_him, and_(open_to_him.is_(None), home))


def _line(row: Any, section: str, owed: tuple[ladder.Owed, ...], days: int, why: str, path: str) -> Line:
    numbers = [f"问题{row.issue_number}"] if row.issue_number else []
    if row.measure_number and not row.implied:
        numbers.append(f"措施{row.measure_number}")
    return Line(
        measure_id=row.measure_id,
        section=section,
        visible=bool(row.visible),
        owed=owed,
        days=days,
        inspection=row.inspection,
        number="·".join(numbers) or "—",
        text=row.issue_text if row.implied else row.text,
        deadline_on=row.deadline_on,
        original_on=row.original_deadline_on,
        why=why,
        path=path,
    )


def _unit_names(session: Session, measure_ids: Sequence[int], day: dt.date) -> dict[int, str]:
    """The units that answer for measures, by name, in one statement a chunk."""
    part, unit = models.Assignment, models.Unit
    names: dict[int, list[str]] = defaultdict(list)
    for ids in _chunks(measure_ids):
        query = (
            select(part.measure_id, unit.name)
            .join(unit, unit.id == part.unit_id)
            .where(part.measure_id.in_(ids), part.answers, _holds(part, day))
            .order_by(part.id)
        )
        for row in session.execute(query):
            if row.name not in names[row.measure_id]:
                names[row.measure_id].append(row.name)
    return {measure_id: "、".join(found) for measure_id, found in names.items()}


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


# -- how mails read --------------------------------------------------------------------------------------------------


def render(session: Session, outbox: models.Outbox, day: dt.date, *, base_url: str) -> Message | Dropped:
    """The mail as it is true on `day`, or why there is nothing left to say. Links start with `base_url` (MA-08)."""
    if outbox.kind == "reset":
        return _render_reset(outbox)
    if outbox.kind == "test":
        return _render_test(outbox, base_url)
    return _render_digest(session, outbox, day, base_url)


def _render_digest(session: Session, outbox: models.Outbox, day: dt.date, base_url: str) -> Message | Dropped:
    user = outbox.user
    if user is None or not user.active:
        return Dropped("inactive")
    if not is_mailable(user.email):
        return Dropped("no_address")
    box = models.Outbox
    newer = exists().where(
        box.kind == "digest",
        box.user_id == user.id,
        box.day_on > outbox.day_on,
        box.day_on <= day,  # one of a day that a wrong clock invented supersedes nothing
        box.state.in_(("queued", "sent")),
    )
    if session.execute(select(newer)).scalar_one():
        return Dropped("superseded")
    found = [
        line for line in _lines(session, access.person_of(session, user), day, calendar.load(session)) if line.visible
    ]
    reminded = set(session.scalars(select(models.Reminder.measure_id).where(models.Reminder.outbox_id == outbox.id)))
    if not found or (reminded and not any(line.measure_id in reminded for line in found)):
        return Dropped("no_longer_true")
    units = _unit_names(session, sorted({line.measure_id for line in found}), day)
    sections = {
        "overdue": sorted((line for line in found if line.section == "overdue"), key=lambda line: -line.days),
        "decide": [line for line in found if line.section == "decide"],
        "due": [line for line in found if line.section == "due"],
    }
    subject = digest_subject({name: len(lines) for name, lines in sections.items()}, day)
    values = {
        "day": day,
        "name": user.full_name or user.name,
        "subject": subject,
        "sections": sections,
        "units": units,
        "base_url": base_url.rstrip("/"),
        "overdue_look": verdicts.LOOKS[Verdict.OVERDUE],
    }
    text = _page("digest.txt").render(values)
    html = _page("digest.html").render(values)
    return Message(user.email or "", subject, text, html, text, html)


def digest_subject(counts: dict[str, int], day: dt.date) -> str:
    """【整改提醒】3条措施超期、2条即将到期（2026年6月15日）: what there is, the worst first."""
    words = {"overdue": "{}条措施超期", "decide": "{}条待认定", "due": "{}条即将到期"}
    said = [words[name].format(counts[name]) for name in words if counts.get(name)]
    return f"【整改提醒】{'、'.join(said)}（{day.year}年{day.month}月{day.day}日）"


def _render_reset(outbox: models.Outbox) -> Message | Dropped:
    user, link = outbox.user, str(outbox.payload.get("link", ""))
    if user is None or not user.active:
        return Dropped("inactive")
    if not is_mailable(user.email):
        return Dropped("no_address")
    if not link:
        return Dropped("spent")
    hidden = "（链接仅在邮件中给出）"
    values = {"name": user.full_name or user.name}
    text, html = _page("reset.txt"), _page("reset.html")
    return Message(
        user.email or "",
        "【整改台账】重设密码",
        text.render(values, link=link),
        html.render(values, link=link),
        text.render(values, link=hidden),
        html.render(values, link=""),
    )


def _render_test(outbox: models.Outbox, base_url: str) -> Message | Dropped:
    to = str(outbox.payload.get("to", ""))
    if not is_mailable(to):
        return Dropped("no_address")
    values = {"base_url": base_url.rstrip("/")}
    text, html = _page("test.txt").render(values), _page("test.html").render(values)
    return Message(to, "【整改台账】测试邮件", text, html, text, html)


def queue_reset(
    session: Session, user: models.User, link: str, at: dt.datetime, day: dt.date | None = None
) -> models.Outbox:
    """Queue the mail with a password reset's link. The link leaves the database with the mail (see `post`)."""
    return _queue(session, "reset", user.id, {"link": link}, urlsplit(link).hostname, at, day)


def queue_test(
    session: Session, user_id: int | None, to: str, base_url: str, at: dt.datetime, day: dt.date | None = None
) -> models.Outbox:
    """Queue a mail that only shows whether mails arrive (R16)."""
    return _queue(session, "test", user_id, {"to": to}, urlsplit(base_url).hostname, at, day)


def _queue(
    session: Session,
    kind: str,
    user_id: int | None,
    payload: dict[str, Any],
    host: str | None,
    at: dt.datetime,
    day: dt.date | None,
) -> models.Outbox:
    row = models.Outbox(
        kind=kind,
        user_id=user_id,
        day_on=day or at.date(),
        message_id=message_id(kind, host or "rectify.invalid"),
        payload=payload,
        queued_at=at,
        next_try_at=at,
    )
    session.add(row)
    session.flush()
    return row


@functools.cache
def _mail_pages() -> jinja2.Environment:
    """Templates of mails, inside the package (wheel) or beside it (checkout). A mail belongs to no request."""
    package = Path(__file__).resolve().parent
    inside = package / "templates" / "mail"
    folder = inside if inside.is_dir() else package.parent / "templates" / "mail"
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=lambda name: bool(name) and str(name).endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(name: str) -> jinja2.Template:
    return _mail_pages().get_template(name)
