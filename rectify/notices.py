"""What is owed to people by mail, to whom, and how it reads: reminders, the daily digest, and the mails of accounts.

Sending is `post`'s, the hour is `jobs`'. Which step of the ladder is owed says `rules.ladder`; who sees a measure says
`access`; what its verdict is says `standing`.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from rectify import access, calendar, figures, inbox, models, standing, turnout
from rectify.models import bulk
from rectify.rules import digests, ladder, schedule, verdicts, windows
from rectify.rules.addresses import is_mailable
from rectify.rules.ladder import Audience, CutOff, Step, When
from rectify.rules.verdicts import Verdict
from rectify.rules.workdays import Calendar

DOES = ("lead", "clerk")
OVERSEES = ("supervisor", "office")
WATCHES = ("supervisor", "lead")
"""Who is told as the unit above another, where he is entered for it."""
ONE_DAY = dt.timedelta(days=1)
LONGEST_BREAK = 15
"""Days by which a holiday can bring a step forward; how much further ahead than the first step a reading must look."""
CHUNK = 500
MOST_NEW = 1000
"""So many items at most may be new to people on one day; more are the mark of an old ledger or of a rule changed by
mistake, and wait until a person lets them go (R11)."""
OF_A_RUN = {"of_a_run": True}
"""What marks a digest that a run of reminders wrote and has not let go yet; a restored or a released one has it not."""

# Aliases, so that a condition of `access` inside these readings never mistakes a table of ours for its own; made once,
# for making them takes longer than the statement.
PART = aliased(models.Assignment)
OWN = aliased(models.Assignment)
ENTRY = aliased(models.UserUnit)
ACCOUNT = aliased(models.User)
ABOVE = aliased(models.Unit)
CALLED = aliased(models.NamedPerson)
SENT = aliased(models.Submission)
SENT_SINCE = aliased(models.Submission)
REPORT = aliased(models.ProgressReport)
REPORT_SINCE = aliased(models.ProgressReport)
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
    """One measure in the eyes of one person on a day: the reminders owed of it, and why, as a code with its values."""

    measure_id: int
    visible: bool
    owed: tuple[ladder.Owed, ...]
    days: int  # days overdue, days waiting, or days left
    inspection: str
    number: str
    text: str
    deadline_on: dt.date | None
    original_on: dt.date | None
    reason: schedule.Why
    path: str

    @property
    def section(self) -> str:
        return digests.of(one.rule.when for one in self.owed)

    def why(self, english: bool) -> str:
        code, values = self.reason
        said = digests.REASONS.get(code)
        return said[english].format(**values) if said else verdicts.explain(code, values, english)


@dataclass(frozen=True)
class Ground:
    """What the reminders of a day rest on, read once a run: the calendar, and of each inspection its ladder and the rounds
    that were cut off."""

    calendar: Calendar
    ladders: Mapping[int, tuple[Step, ...]]
    cut_offs: Mapping[int, tuple[CutOff, ...]]

    def steps_to(self, audience: Audience) -> dict[When, list[Step]]:
        """By kind all steps of any inspection that speak to an audience."""
        found: dict[When, list[Step]] = defaultdict(list)
        for step in itertools.chain.from_iterable(self.ladders.values()):
            if audience in step.to:
                found[step.when].append(step)
        return found


def ground(session: Session, day: dt.date) -> Ground:
    """The ground of a day; the calendar's statements and two."""
    inspection, row = models.Inspection, models.Round
    ladders = {
        found.id: ladder.defaults(found.near_due_days)
        for found in session.execute(select(inspection.id, inspection.near_due_days))
    }
    cut_offs: dict[int, list[CutOff]] = defaultdict(list)
    rounds = select(row.inspection_id, row.cut_off_on, row.grace_days).where(
        row.cut_off_on < day, row.opened_at.is_not(None), ~row.imported, turnout.held_on(row, day)
    )
    for found in session.execute(rounds.order_by(row.cut_off_on)):
        cut_offs[found.inspection_id].append(CutOff(found.cut_off_on, windows.grace_on(found)))
    return Ground(calendar.load(session), ladders, {key: tuple(of) for key, of in cut_offs.items()})


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

    Can be run any number of times, by any number of processes: what is written is unique. Gives the numbers of Tally, and
    those of `let_go`.
    """
    resting = ground(session, day)
    if not resting.calendar.is_workday(day):
        return {"workday": False}
    total = Tally()
    for user_id in recipients(session):
        total.add(remind_person(session, user_id, day, at, resting, domain=domain))
    return {
        "workday": True,
        **total.as_numbers(),
        **let_go(session, day),
        "measures_of_nobody": of_nobody(session, day),
    }


def let_go(session: Session, day: dt.date) -> dict[str, int]:
    """The end of a run: its digests, written as held, may be sent, unless too much in them is new (MOST_NEW): then they
    stay held, and the numbers say how many digests and how many new items wait for a person. Run again, it says the same.

    New is what its reader was never reminded of before, so that the weekly word on what is overdue is never held.
    """
    box, row, earlier = models.Outbox, models.Reminder, aliased(models.Reminder)
    written = session.execute(
        select(box.id, box.payload).where(box.kind == "digest", box.state == "held", box.day_on == day)
    )
    ids = [found.id for found in written if found.payload == OF_A_RUN]
    if not ids:
        return {}
    known = exists().where(
        earlier.user_id == row.user_id,
        earlier.measure_id == row.measure_id,
        earlier.id != row.id,
        earlier.day_on < day,
        earlier.outbox_id.is_not(None),
    )
    new = session.execute(
        select(func.count()).select_from(row).where(bulk.among(row.outbox_id, ids), ~known)
    ).scalar_one()
    if new > MOST_NEW:
        return {"held": len(ids), "held_new": new}
    session.execute(
        update(box)
        .where(bulk.among(box.id, ids), box.state == "held")
        .values(state="queued", payload={})
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    return {}


def recipients(session: Session) -> list[int]:
    """The users to whom anything can be owed: active, in a role that does, oversees or leads, entered for a unit."""
    user = models.User
    entered = exists().where(models.UserUnit.user_id == user.id)
    query = select(user.id).where(
        user.active, or_(user.role.in_(access.rows.READS_ALL), and_(user.role.in_((*DOES, "supervisor")), entered))
    )
    return list(session.scalars(query.order_by(user.id)))


def remind_person(
    session: Session, user_id: int, day: dt.date, at: dt.datetime, resting: Ground, *, domain: str
) -> Tally:
    """Write what is newly owed to one person on a working day, and queue his digest where there is anything new.

    Some lines at a time: what is owed to an office or a leader grows with the ledger, what is held of it does not.
    """
    user = session.get(models.User, user_id)
    if user is None or not user.active:
        return Tally()
    queue = _Queue(session, user_id, is_mailable(user.email), day, at, domain)
    lines = _lines(session, access.person_of(session, user), day, resting)
    while some := list(itertools.islice(lines, CHUNK)):
        queue.take(some)
    if queue.new:
        inbox.tell(session, [user_id], "reminded", {"count": queue.lines, "overdue": queue.overdue}, "/", at)
    return queue.tally


@dataclass
class _Queue:
    """The reminders of one person on a day on their way into the ledger: each queued, or suppressed with the reason.

    `lines` of them he may see, `overdue` of these; `new`: something is said of them for the first time, by mail or not.
    """

    session: Session
    user_id: int
    mailable: bool
    day: dt.date
    at: dt.datetime
    domain: str
    tally: Tally = field(default_factory=lambda: Tally(people=1))
    digest: tuple[int | None, bool] | None = None
    lines: int = 0
    overdue: int = 0
    new: bool = False

    def take(self, lines: Sequence[Line]) -> None:
        wanted: dict[Key, bool] = {
            (line.measure_id, one.step, one.hangs_on, one.period): line.visible for line in lines for one in line.owed
        }
        known = _known(self.session, self.user_id, wanted, self.day)
        seen = [key for key, visible in wanted.items() if visible]
        self.tally.owed += len(wanted)
        self.lines += sum(line.visible for line in lines)
        self.overdue += sum(line.visible and line.section == "overdue" for line in lines)
        self._suppress([key for key, visible in wanted.items() if not visible], known, "no_right")
        if not self.mailable:
            self.new |= any(key not in known for key in seen)
            self._suppress(seen, known, "no_address")
            return
        fresh = [key for key in seen if known.get(key, "suppressed")]
        self.tally.already += len(seen) - len(fresh)
        if fresh:
            self._queue(fresh, known)

    def _suppress(self, keys: Sequence[Key], known: Mapping[Key, str], reason: str) -> None:
        if keys:
            self.tally.suppressed[reason] += len(keys)
        new = [key for key in keys if key not in known]
        _write(self.session, self.user_id, new, self.day, suppressed=reason)

    def _queue(self, fresh: Sequence[Key], known: Mapping[Key, str]) -> None:
        if self.digest is None:
            self.digest = _digest(self.session, self.user_id, self.day, self.at, self.domain)
            self.tally.digests += int(self.digest[1])
        outbox_id, _made = self.digest
        if outbox_id is None:
            self.tally.later += len(fresh)
            return
        new = [key for key in fresh if key not in known]
        _write(self.session, self.user_id, new, self.day, outbox_id=outbox_id)
        _revive(self.session, self.user_id, [key for key in fresh if key in known], self.day, outbox_id)
        self.tally.queued += len(fresh)
        self.new = True


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
            row.user_id == user_id, row.measure_id.in_(ids), row.period.in_(ladder.periods(day))
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
            state="held",
            tries=0,
            claimed_by="",
            address="",
            payload=OF_A_RUN,
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
    found: dict[Audience, ColumnElement[bool]] = {}
    if person.role in DOES:
        found[Audience.LEAD] = _assigned(day, mine, PART.answers)
        found[Audience.RESPONSIBLE] = _assigned(day, mine, PART.role.in_(("lead", "responsible")))
    if person.role in WATCHES:
        found[Audience.SUPERIOR] = _assigned(
            day, PART.answers, PART.unit_id == ABOVE.id, ABOVE.parent_id.in_(person.unit_ids)
        )
    supervised = _assigned(day, PART.role == "supervising")
    if person.role == "supervisor":
        found[Audience.SUPERVISING] = _assigned(day, mine, PART.role == "supervising")
        found[Audience.TOLD] = or_(
            found[Audience.SUPERVISING], and_(~supervised, _assigned(day, mine, PART.role == "acceptance"))
        )
    elif person.role == "office":
        found[Audience.OFFICE] = true()
        found[Audience.TOLD] = or_(
            and_(supervised, ~_overseen_by_account(day, "supervising")),
            and_(~supervised, ~_overseen_by_account(day, "acceptance")),
        )
    elif person.role == "leader":
        found[Audience.LEADERS] = true()
        found[Audience.LEADER] = _named_as_leader(person)
    return found


def _named_as_leader(person: access.Person) -> ColumnElement[bool]:
    """The measure, or an issue of its, names him as its leader (责任领导). A plan prints names, mostly with a post beside
    them: whoever's full name stands in one is meant."""
    if len(person.full_name) < 2:
        return false()
    called = and_(CALLED.role == "leader", CALLED.name.contains(person.full_name, autoescape=True))
    of_issue = and_(OTHER_LINK.measure_id == models.Measure.id, CALLED.issue_id == OTHER_LINK.issue_id)
    return or_(exists().where(called, CALLED.measure_id == models.Measure.id), exists().where(called, of_issue))


def _in_the_care_of(person: access.Person) -> ColumnElement[bool]:
    """Measures that name a unit of his at all: says nothing new, but lets the database begin at his few assignments."""
    if person.role in access.rows.READS_ALL:
        return true()
    units: Any = person.tree_ids if person.role in WATCHES else person.unit_ids
    named = select(OWN.measure_id).where(OWN.unit_id.in_(units), OWN.measure_id.is_not(None))
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


def _lines(session: Session, person: access.Person, day: dt.date, resting: Ground) -> Iterator[Line]:
    """All that concerns a person on a day, what is due longest first, then what waits for a decision; each with the
    reminders owed of it.

    The one reading behind reminders, digests and previews, so that what is queued and what is said cannot differ. Streams.
    """
    yield from _due_lines(session, person, day, resting)
    if person.role in OVERSEES:
        yield from _pending_lines(session, person, day, resting)


def _due_lines(session: Session, person: access.Person, day: dt.date, resting: Ground) -> Iterator[Line]:
    relations = _relations(person, day)
    if not relations:
        return
    state = models.MeasureStanding
    concerned = [and_(mine, _may_have_come(resting.steps_to(who), day)) for who, mine in relations.items()]
    query = (
        _select(
            person,
            day,
            _returned_on(day).label("returned_on"),
            case((state.long_term_open, _reported_on(day))).label("reported_on"),
            models.Measure.begins_on,
            func.coalesce(models.Inspection.issued_on, models.Measure.begins_on).label("run_from_on"),
            *(mine.label(who.value) for who, mine in relations.items()),
        )
        .where(
            or_(state.signed_off_on.is_(None), state.signed_off_on > day),
            or_(state.completed_on.is_(None), state.completed_on > day),
            _in_the_care_of(person),
            or_(*concerned),
        )
        .order_by(state.deadline_on, models.Measure.id)
    )
    for row in session.execute(query.execution_options(yield_per=CHUNK)):
        audiences = {who for who in relations if getattr(row, who.value)}
        situation = _situation(row, day, resting)
        owed = tuple(
            one
            for one in ladder.owed(situation, resting.ladders[row.inspection_id], resting.calendar, day)
            if one.audience in audiences and one.rule.when is not When.DECIDE
        )
        if owed:
            yield _line(row, owed, *_reason(row, owed, day), f"/measures/{row.measure_id}")


def _may_have_come(steps: Mapping[When, Sequence[Step]], day: dt.date) -> ColumnElement[bool]:
    """A condition wider than that any of the steps is owed: what else the database need not hand over. The rule decides."""
    state = models.MeasureStanding
    conditions: list[ColumnElement[bool]] = []
    for when, some in steps.items():
        if when in ladder.AHEAD:
            horizon = day + dt.timedelta(days=ladder.furthest(some) + LONGEST_BREAK)
            conditions.append(state.deadline_on.between(day, horizon))
        elif when is When.OVERDUE:
            latest = day - min(step.number for step in some) * ONE_DAY
            conditions.append(and_(state.overdue_from <= day, state.deadline_on <= latest))
        elif when is When.RETURNED:
            conditions.append(_returned_on(day).is_not(None))
        elif when is When.UNREPORTED:
            conditions.append(state.unreported_from <= day)
        elif when is When.BEHIND:
            conditions.append(state.behind_from <= day)
        elif when is When.LONG_TERM:
            conditions.append(state.long_term_open.is_(True))
    return or_(false(), *conditions)


@functools.lru_cache(maxsize=8)
def _returned_on(day: dt.date) -> Any:
    """When the last submission of a measure, or its last report, was returned; NULL where one was sent since."""
    sent = select(SENT.decided_on).where(
        SENT.measure_id == models.Measure.id,
        SENT.state == "returned",
        SENT.decided_on <= day,
        ~exists().where(SENT_SINCE.measure_id == SENT.measure_id, SENT_SINCE.id > SENT.id),
    )
    reported = select(func.max(REPORT.returned_on)).where(
        REPORT.measure_id == models.Measure.id,
        REPORT.returned_on <= day,
        ~exists().where(REPORT_SINCE.measure_id == REPORT.measure_id, REPORT_SINCE.id > REPORT.id),
    )
    return func.coalesce(sent.scalar_subquery(), reported.scalar_subquery())


@functools.lru_cache(maxsize=8)
def _reported_on(day: dt.date) -> Any:
    counted = select(func.max(REPORT.reported_on)).where(
        REPORT.measure_id == models.Measure.id,
        REPORT.reported_on <= day,
        or_(REPORT.returned_on.is_(None), REPORT.returned_on > day),
    )
    return counted.scalar_subquery()


def _situation(row: Any, day: dt.date, resting: Ground) -> ladder.Situation:
    """A row of `_due_lines` as the rule needs it. Of a submission that waits only its being there matters: whoever
    decides is reminded by `_pending_lines`."""
    verdict = schedule.verdict(row, day)
    return ladder.Situation(
        row.deadline_on,
        overdue=verdict is Verdict.OVERDUE,
        finished=verdict is not Verdict.LONG_TERM and verdicts.is_done(verdict, verdicts.also_done(row)),
        submitted_on=day if row.pending else None,
        original_deadline_on=row.original_deadline_on,
        behind_from=row.behind_from if verdict is Verdict.BEHIND else None,
        unreported_from=_unreported_from(row, day),
        cut_offs=resting.cut_offs.get(row.inspection_id, ()),
        returned_on=row.returned_on,
        long_term_since=row.begins_on if verdict is Verdict.LONG_TERM else None,
        reported_on=row.reported_on,
        run_from_on=row.run_from_on,
    )


def _unreported_from(row: Any, day: dt.date) -> dt.date | None:
    """Since when a round waits for its report; None where none does, or where only a deadline is to be confirmed."""
    since: dt.date | None = row.unreported_from
    code = row.why.get(Verdict.UNREPORTED.value, {}).get("code")
    if since is None or since > day or code == "unreported_deadline":
        return None
    return since + ONE_DAY if code == "unreported_ledger" else since  # the ledger's own day asked for nothing


def _reason(row: Any, owed: Sequence[ladder.Owed], day: dt.date) -> tuple[int, schedule.Why]:
    """The days that a line names, and why it stands there."""
    section = digests.of(one.rule.when for one in owed)
    if section == "overdue":
        return schedule.days_overdue(row, day), schedule.why(row, day)
    if section == "returned":
        return (day - row.returned_on).days, ("returned", {"on": row.returned_on})
    if section == "unreported":
        values = dict(row.why[Verdict.UNREPORTED.value])
        return 0, (values.pop("code"), values)
    if section == "behind":
        return 0, schedule.why(row, day)
    if section == "check":
        return 0, ("check", {"on": owed[0].hangs_on})
    days = (row.deadline_on - day).days
    extended = any(one.rule.when is When.EXTENSION for one in owed)
    code = "extended" if extended else "due" if days else "due_today"
    return days, (code, {"deadline": row.deadline_on, "original": row.original_deadline_on, "days": days})


def moved(session: Session, before: Calendar, after: Calendar, day: dt.date) -> dict[tuple[dt.date, dt.date], int]:
    """By (day as it is, day as it would be): how many reminders before a deadline another calendar would move, from
    `day` on; the same few statements, whatever the size of the ledger. What only some items have, as the step of long
    ones and of extensions, moves with the others and is not counted again."""
    state, link, inspection = models.MeasureStanding, LINK, models.Inspection
    verdict = standing.verdict_case(state, day)
    groups = session.execute(
        select(state.deadline_on, inspection.id, func.count())
        .join(link, and_(link.measure_id == state.measure_id, link.home))
        .join(inspection, inspection.id == link.inspection_id)
        .where(standing.on(state, day), state.deadline_on >= day, ~state.pending, ~figures.is_done(verdict, day))
        .group_by(state.deadline_on, inspection.id)
    ).all()
    ladders = ground(session, day).ladders
    found: Counter[tuple[dt.date, dt.date]] = Counter()
    for deadline_on, inspection_id, count in groups:
        for step in ladders[inspection_id]:
            if step.when is not When.DUE or step.long_run:
                continue
            pair = ladder.step_on(deadline_on, step, before), ladder.step_on(deadline_on, step, after)
            if pair[0] != pair[1] and max(pair) >= day:
                found[pair] += count
    return dict(sorted(found.items()))


def _pending_lines(session: Session, person: access.Person, day: dt.date, resting: Ground) -> Iterator[Line]:
    """What waits for a decision: of whoever decides it, and of the office what waits so long that a step tells it."""
    waiting = models.Submission
    deciding = access.decides_submissions(person, day)
    late = resting.steps_to(Audience.OFFICE).get(When.DECIDE, []) if person.role == "office" else []
    latest = day - min((step.number for step in late), default=0) * ONE_DAY
    query = (
        _select(
            person,
            day,
            waiting.id.label("submission_id"),
            waiting.submitted_on,
            case((deciding, True), else_=False).label(Audience.DECIDES.value),
        )
        .join(waiting, waiting.measure_id == models.Measure.id)
        .where(
            waiting.state == "open",
            waiting.submitted_on <= day,
            or_(deciding, waiting.submitted_on <= latest) if late else deciding,
        )
        .order_by(waiting.submitted_on, waiting.id)
    )
    for row in session.execute(query.execution_options(yield_per=CHUNK)):
        situation = ladder.Situation(row.deadline_on, submitted_on=row.submitted_on)
        audiences = {Audience.DECIDES} if row.decides else set()
        audiences |= {Audience.OFFICE} if person.role == "office" else set()
        owed = tuple(
            one
            for one in ladder.owed(situation, resting.ladders[row.inspection_id], resting.calendar, day)
            if one.audience in audiences and one.rule.when is When.DECIDE
        )
        days = (day - row.submitted_on).days
        reason = ("decide" if days else "decide_today", {"on": row.submitted_on, "days": days})
        if owed:
            yield _line(row, owed, days, reason, f"/queue/{row.submission_id}")


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
            inspection.id.label("inspection_id"),
            inspection.name.label("inspection"),
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


def _line(row: Any, owed: tuple[ladder.Owed, ...], days: int, reason: schedule.Why, path: str) -> Line:
    numbers = [f"问题{row.issue_number}"] if row.issue_number else []
    if row.measure_number and not row.implied:
        numbers.append(f"措施{row.measure_number}")
    return Line(
        measure_id=row.measure_id,
        visible=bool(row.visible),
        owed=owed,
        days=days,
        inspection=row.inspection,
        number="·".join(numbers) or "—",
        text=row.issue_text if row.implied else row.text,
        deadline_on=row.deadline_on,
        original_on=row.original_deadline_on,
        reason=reason,
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
    person = access.person_of(session, user)
    found = [line for line in _lines(session, person, day, ground(session, day)) if line.visible]
    reminded = set(session.scalars(select(models.Reminder.measure_id).where(models.Reminder.outbox_id == outbox.id)))
    if not found or (reminded and not any(line.measure_id in reminded for line in found)):
        return Dropped("no_longer_true")
    units = _unit_names(session, sorted({line.measure_id for line in found}), day)
    subject, text, html = compose_digest(person, found, units, day, base_url)
    return Message(user.email or "", subject, text, html, text, html)


def compose_digest(
    person: access.Person, lines: Sequence[Line], units: Mapping[int, str], day: dt.date, base_url: str
) -> tuple[str, str, str]:
    """(subject, plain text, HTML) of a digest, in the language of its reader: the gravest first within each section."""
    english = person.english
    groups: dict[str, list[Line]] = {
        name: sorted((line for line in lines if line.section == name), key=lambda line: digests.gravity(line.owed))
        for name in digests.SECTIONS
    }
    groups = {name: held for name, held in groups.items() if held}
    subject = digests.subject({name: len(held) for name, held in groups.items()}, day, english)
    values = {
        "day": day,
        "name": person.full_name or person.user_name,
        "subject": subject,
        "groups": groups,
        "sections": digests.SECTIONS,
        "does": person.role in DOES,
        "units": units,
        "base_url": base_url.rstrip("/"),
        "english": english,
        "colour": lambda line: ladder.PALETTE[ladder.GRAVEST_FIRST[digests.gravity(line.owed)]],
        "mark": digests.mark,
    }
    return subject, _page("digest.txt").render(values), _page("digest.html").render(values)


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
