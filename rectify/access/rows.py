"""Whose is this: one SQL predicate for what a person may see, and who reports, decides and is told (design.md 1, 2).

Lists, figures, files, exports and mails all use these; no other query decides who sees a row. Sign-in is `sign_in`'s.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from rectify import models
from rectify.models import bulk
from rectify.records import Actor

READS_ALL = ("office", "leader")
BY_ASSIGNMENT = ("supervisor", "lead", "clerk")
REPORTS = ("lead", "clerk")
DECIDES = ("supervisor", "office")
DOING = ("lead", "responsible", "cooperating")
OFFICE = "office"
DECIDERS = {
    "acceptance": ("acceptance", "supervising", OFFICE),
    "supervising": ("supervising", "acceptance", OFFICE),
    "office": (OFFICE,),
}
"""The rule of an inspection, who decides → the roles in their order; the first that any unit has decides."""
Deciders = tuple[str, list[models.Unit]]
"""A role of DECIDERS and the units that have it for a measure."""
INSTEAD = (OFFICE, "acceptance", "supervising")
"""Who decides, in this order, what the units whose turn it is sent themselves."""


@dataclass(frozen=True)
class Person(Actor):
    """An actor with what he may see: the units he acts for, their subtree, the inspections hidden from him."""

    unit_ids: frozenset[int] = frozenset()
    tree_ids: frozenset[int] = frozenset()
    hidden_ids: frozenset[int] = frozenset()
    inspections: tuple[tuple[int, str], ...] = ()
    full_name: str = ""
    locale: str = "zh_Hans_CN"
    sees_everything: bool = False

    @property
    def english(self) -> bool:
        return self.locale.startswith("en")


SYSTEM = Person(user_name="system", role="system", sees_everything=True)
"""Jobs and commands: no account, sees all, decides nothing."""


def person_of(session: Session, user: models.User, *, address: str = "", request_id: str = "") -> Person:
    """The person that an account stands for at this moment. Two statements."""
    rows = bulk.read(session, _units_below(user.role == "office"), {"user_id": user.id})
    own = frozenset(row.id for row in rows if row.own)
    person = Person(
        user_id=user.id,
        user_name=user.name,
        role=user.role,
        unit_id=min(own, default=None),
        address=address,
        request_id=request_id,
        unit_ids=own,
        tree_ids=frozenset(row.id for row in rows),
        full_name=user.full_name,
        locale=user.locale,
    )
    if user.role not in READS_ALL + BY_ASSIGNMENT:
        return person
    listed = _inspections_listed() if user.role in READS_ALL else _listed(_inspection_assigned(person, None))
    found = bulk.read(session, listed, {"user_id": user.id})
    return replace(
        person,
        hidden_ids=frozenset(row.id for row in found if row.hidden),
        inspections=tuple((row.id, row.name) for row in found if row.listed and not row.hidden),
    )


@functools.cache
def _units_below(office: bool) -> Any:
    """The units of `user_id`, or the office's own, and all below them: (id, whether it is one of his own)."""
    mine = exists().where(models.UserUnit.user_id == bindparam("user_id"), models.UserUnit.unit_id == models.Unit.id)
    own = select(models.Unit.id, literal(True).label("own")).where(models.Unit.is_office if office else mine)
    tree, below = own.cte("tree", recursive=True), aliased(models.Unit)
    tree = tree.union(select(below.id, literal(False)).where(below.parent_id == tree.c.id))
    return select(tree.c.id, tree.c.own)


@functools.cache
def _inspections_listed() -> Any:
    return _listed(true())


def _listed(condition: ColumnElement[bool]) -> Any:
    """All inspections: which are hidden from `user_id`, and which of the others he is offered."""
    inspection, reader = models.Inspection, models.InspectionReader
    named = exists().where(reader.inspection_id == inspection.id, reader.user_id == bindparam("user_id"))
    hidden = and_(inspection.confidential, ~named)
    return select(inspection.id, inspection.name, hidden.label("hidden"), condition.label("listed")).order_by(
        inspection.sort, inspection.id
    )


# The predicates ask of tables under names of their own: a query that joins the same table must not be mistaken for it.
_link = aliased(models.MeasureLink)
_named = aliased(models.MeasureLink)
_assigned = aliased(models.Assignment)
_ruling = aliased(models.Inspection)
_office_unit = aliased(models.Unit)


def _holds(day: dt.date | None, assignment: Any = models.Assignment) -> ColumnElement[bool]:
    """The assignment is in force on the day; None asks for any that ever was."""
    if day is None:
        return true()
    return and_(assignment.since_on <= day, or_(assignment.until_on.is_(None), assignment.until_on > day))


def _inspection_assigned(person: Person, day: dt.date | None) -> ColumnElement[bool]:
    mine = _assigned.unit_id.in_(person.tree_ids)
    by_measure = exists().where(
        _link.inspection_id == models.Inspection.id,
        _assigned.measure_id == _link.measure_id,
        mine,
        _holds(day, _assigned),
    )
    issue = aliased(models.Issue)
    by_issue = exists().where(
        issue.inspection_id == models.Inspection.id,
        _assigned.issue_id == issue.id,
        mine,
        _holds(day, _assigned),
    )
    return or_(by_measure, by_issue)


def sees_inspections(person: Person, day: dt.date) -> ColumnElement[bool]:
    """The condition on Inspection under which a person sees it on a day."""
    if person.sees_everything:
        return true()
    open_to_him = models.Inspection.id.not_in(person.hidden_ids) if person.hidden_ids else true()
    if person.role in READS_ALL:
        return open_to_him
    if person.role in BY_ASSIGNMENT:
        return and_(open_to_him, _inspection_assigned(person, day))
    return false()


def sees_measures(person: Person, day: dt.date) -> ColumnElement[bool]:
    """The condition on Measure under which a person sees it on a day."""
    if person.sees_everything:
        return true()
    if person.role not in READS_ALL + BY_ASSIGNMENT:
        return false()
    conditions: list[ColumnElement[bool]] = []
    if person.hidden_ids:
        conditions.append(
            exists().where(
                _link.measure_id == models.Measure.id,
                _link.inspection_id.not_in(person.hidden_ids),
            )
        )
    if person.role in BY_ASSIGNMENT:
        # A list, not a question for each row: whoever has few units reads few rows, whatever the size of the ledger.
        mine = and_(_assigned.unit_id.in_(person.tree_ids), _holds(day, _assigned))
        conditions.append(
            models.Measure.id.in_(select(_assigned.measure_id).where(_assigned.measure_id.is_not(None), mine))
        )
    return and_(true(), *conditions)


def sees_issues(person: Person, day: dt.date) -> ColumnElement[bool]:
    """The condition on Issue under which a person sees it on a day: his own, or that of a measure of his."""
    if person.sees_everything:
        return true()
    if person.role not in READS_ALL + BY_ASSIGNMENT:
        return false()
    conditions: list[ColumnElement[bool]] = []
    if person.hidden_ids:
        conditions.append(models.Issue.inspection_id.not_in(person.hidden_ids))
    if person.role in BY_ASSIGNMENT:
        mine = and_(_assigned.unit_id.in_(person.tree_ids), _holds(day, _assigned))
        by_measure = select(_link.issue_id).join(_assigned, _assigned.measure_id == _link.measure_id).where(mine)
        conditions.append(
            or_(
                models.Issue.id.in_(select(_assigned.issue_id).where(_assigned.issue_id.is_not(None), mine)),
                models.Issue.id.in_(by_measure),
            )
        )
    return and_(true(), *conditions)


def sees_releases(person: Person) -> ColumnElement[bool]:
    """The condition on Release under which a person sees it: he reads the whole ledger, and every inspection in it."""
    if person.sees_everything:
        return true()
    if person.role not in READS_ALL:
        return false()
    subject = aliased(models.ReleaseSubject)
    return ~exists().where(
        subject.release_id == models.Release.id, subject.inspection_id.in_(sorted(person.hidden_ids))
    )


def named_by(person: Person, link: Any, measure_id: Any = models.Measure.id) -> ColumnElement[bool]:
    """The condition on a MeasureLink under which it names the measure in the eyes of a person: its home, unless that
    inspection is hidden from him, then the first of those that are not. Texts and numbers are shown through this link.
    """
    home = and_(link.measure_id == measure_id, link.home)
    if not person.hidden_ids:
        return home
    open_to_him = (
        select(_named.id)
        .where(_named.measure_id == measure_id, _named.inspection_id.not_in(person.hidden_ids))
        .order_by(_named.home.desc(), _named.id)
        .limit(1)
        .scalar_subquery()
    )
    return and_(link.measure_id == measure_id, link.id == open_to_him)


def visible_measure(session: Session, person: Person, measure_id: int, day: dt.date) -> models.Measure | None:
    """The measure, or None where it does not exist or is not his to see: the two must look alike (AC-03)."""
    if not _possible(measure_id):
        return None
    query = select(models.Measure).where(models.Measure.id == measure_id, sees_measures(person, day))
    return session.execute(query).scalar_one_or_none()


def visible_issue(session: Session, person: Person, issue_id: int, day: dt.date) -> models.Issue | None:
    """The issue, or None where it does not exist or is not his to see."""
    if not _possible(issue_id):
        return None
    query = select(models.Issue).where(models.Issue.id == issue_id, sees_issues(person, day))
    return session.execute(query).scalar_one_or_none()


def visible_inspection(session: Session, person: Person, inspection_id: int, day: dt.date) -> models.Inspection | None:
    """The inspection, or None where it does not exist or is not his to see."""
    if not _possible(inspection_id):
        return None
    query = select(models.Inspection).where(models.Inspection.id == inspection_id, sees_inspections(person, day))
    return session.execute(query).scalar_one_or_none()


def _possible(row_id: int) -> bool:
    return 0 < row_id < 2**31


def _units_of(
    session: Session, measure_id: int, day: dt.date, roles: Iterable[str]
) -> list[tuple[models.Unit, str, bool]]:
    query = (
        select(models.Unit, models.Assignment.role, models.Assignment.answers)
        .join(models.Assignment, models.Assignment.unit_id == models.Unit.id)
        .where(models.Assignment.measure_id == measure_id, models.Assignment.role.in_(tuple(roles)), _holds(day))
        .order_by(models.Assignment.id)
    )
    return [(unit, role, answers) for unit, role, answers in session.execute(query).all()]


def _office(session: Session) -> list[models.Unit]:
    return list(session.scalars(select(models.Unit).where(models.Unit.is_office).order_by(models.Unit.id)))


def _ordered(
    found: Iterable[tuple[str, models.Unit]], order: Sequence[str], office: Callable[[], list[models.Unit]]
) -> Iterator[Deciders]:
    """The units of each of these roles among those found, `office` being the office's; only the roles that have any."""
    units = list(found)
    for role in order:
        group = office() if role == OFFICE else [unit for held, unit in units if held == role]
        if group:
            yield role, group


Parts = Sequence[tuple[models.Unit, str, bool]]


def _deciding(
    session: Session, measure_id: int, day: dt.date, known: tuple[str, Parts] | None = None
) -> Iterator[Deciders]:
    """Whose turn it is to decide what is sent on a measure: the next group only where nobody of the one before may.
    `known` are the rule of its home and its `parts_of`, where they were read already."""
    if known is not None:
        decides, found = known[0], [(role, unit) for unit, role, _ in known[1]]
    else:
        decides, found = _parts_that_decide(session, measure_id, day)
    yield from _in_turn(decides, found, functools.partial(_office, session))


def _in_turn(
    decides: str, found: Sequence[tuple[str, models.Unit]], office: Callable[[], list[models.Unit]]
) -> Iterator[Deciders]:
    """By this rule the first group that there is; then those that decide instead of it."""
    yield from itertools.islice(_ordered(found, DECIDERS[decides], office), 1)
    yield from _ordered(found, INSTEAD, office)


def _turn(groups: Iterable[Deciders], sender_id: int | None) -> Deciders | None:
    """The first of these groups that has a unit which did not send it itself, and its units that did not."""
    for role, units in groups:
        others = [unit for unit in units if unit.id != sender_id]
        if others:
            return role, others
    return None


def _parts_that_decide(session: Session, measure_id: int, day: dt.date) -> tuple[str, list[tuple[str, models.Unit]]]:
    """By what rule its home says who decides a measure, and its acceptance and supervising units."""
    assigned = and_(
        _assigned.measure_id == _link.measure_id,
        _assigned.role.in_(("acceptance", "supervising")),
        _holds(day, _assigned),
    )
    rows = session.execute(
        select(_ruling.decides, _assigned.role, models.Unit)
        .select_from(_link)
        .join(_ruling, _ruling.id == _link.inspection_id)
        .outerjoin(_assigned, assigned)
        .outerjoin(models.Unit, models.Unit.id == _assigned.unit_id)
        .where(_link.measure_id == measure_id, _link.home)
        .order_by(_assigned.id)
    ).all()
    return rows[0].decides, [(role, unit) for _, role, unit in rows if unit is not None]


def decider_units(session: Session, measure_id: int, day: dt.date) -> list[models.Unit]:
    """Who decides a submission, by the rule of the inspection in which the measure is at home: DECIDERS."""
    return next((units for _, units in _deciding(session, measure_id, day)), [])


def told_units(session: Session, measure_id: int, day: dt.date) -> list[models.Unit]:
    """Who is told of overdue: the supervising units, else the acceptance units, else the office (design.md 2)."""
    order = ("supervising", "acceptance", OFFICE)
    found = [(role, unit) for unit, role, _ in _units_of(session, measure_id, day, order)]
    return next((units for _, units in _ordered(found, order, functools.partial(_office, session))), [])


def turns(session: Session, inspection_id: int, day: dt.date) -> dict[int, list[models.Unit]]:
    """The units whose turn it is to decide each submission that waits, of the measures at home in an inspection; by its id."""
    assigned = and_(
        _assigned.measure_id == _link.measure_id,
        _assigned.role.in_(("acceptance", "supervising")),
        _holds(day, _assigned),
    )
    sub = models.Submission
    rows = session.execute(
        select(sub.id, sub.unit_id, _ruling.decides, _assigned.role, models.Unit)
        .select_from(_link)
        .join(_ruling, _ruling.id == _link.inspection_id)
        .join(sub, and_(sub.measure_id == _link.measure_id, sub.state == "open"))
        .outerjoin(_assigned, assigned)
        .outerjoin(models.Unit, models.Unit.id == _assigned.unit_id)
        .where(_link.inspection_id == inspection_id, _link.home)
        .order_by(sub.id, _assigned.id)
    ).all()
    office = functools.cache(functools.partial(_office, session))
    found: dict[int, list[models.Unit]] = {}
    for (submission_id, sender_id, decides), group in itertools.groupby(rows, lambda row: row[:3]):
        units = [(role, unit) for *_, role, unit in group if unit is not None]
        turn = _turn(_in_turn(decides, units, office), sender_id)
        found[submission_id] = turn[1] if turn else []
    return found


def parts_of(session: Session, measure_id: int, day: dt.date) -> list[tuple[models.Unit, str, bool]]:
    """The units of a measure on a day, in the order of the plan: (unit, role, whether rankings count it)."""
    return _units_of(session, measure_id, day, models.ASSIGNMENT_ROLES)


def may_report(
    session: Session,
    person: Person,
    measure_id: int,
    day: dt.date,
    units: Sequence[tuple[models.Unit, str, bool]] | None = None,
) -> models.Unit | None:
    """The unit in whose name a person reports on a measure, None where he may not.

    A clerk or unit lead acts for a unit of the measure that he is entered for himself; a parent unit sees its subtree
    but does not act for it. The office records on behalf of the unit that answers for the measure. A page that has read
    the measure's `parts_of` hands them in.
    """
    found = _units_of(session, measure_id, day, DOING) if units is None else [row for row in units if row[1] in DOING]
    if person.role == "office":
        answering = [unit for unit, _, answers in found if answers] or [unit for unit, _, _ in found]
        return answering[0] if answering else next(iter(_office(session)), None)
    if person.role not in REPORTS:
        return None
    mine = [(DOING.index(role), unit) for unit, role, _ in found if unit.id in person.unit_ids]
    return min(mine, key=lambda pair: pair[0])[1] if mine else None


def may_decide(
    session: Session,
    person: Person,
    sent: models.Submission | models.ProgressReport,
    day: dt.date,
    known: tuple[str, Parts] | None = None,
) -> models.Unit | None:
    """The unit in whose name a person decides what was sent on a measure, None where he may not.

    Nobody decides what he or his own unit sent; where no other unit of those that decide is left, the office does, and
    what the office itself sent goes to the acceptance units, else the supervising ones.
    """
    if person.role not in DECIDES or sent.by_id == person.user_id:
        return None
    turn = _turn(_deciding(session, sent.measure_id, day, known), sent.unit_id)
    if turn is None or turn[0] == OFFICE and person.role != OFFICE:
        return None
    return next((unit for unit in turn[1] if unit.id in person.unit_ids), None)


def deciding_users(session: Session, sent: models.Submission, day: dt.date) -> Select[tuple[int]]:
    """The accounts that decide a submission, as a query of their ids: the form of `may_decide` for whoever tells them."""
    turn = _turn(_deciding(session, sent.measure_id, day), sent.unit_id)
    role, others = turn if turn is not None else ("", [])
    user, entered = models.User, models.UserUnit
    acts = exists().where(entered.user_id == user.id, entered.unit_id.in_([unit.id for unit in others]))
    his: ColumnElement[bool] = false() if role == OFFICE else and_(user.role == "supervisor", acts)
    if any(unit.is_office for unit in others):
        his = or_(his, user.role == OFFICE)
    return select(user.id).where(user.active, his, user.id.is_distinct_from(sent.by_id))


def may_return(
    session: Session,
    person: Person,
    report: models.ProgressReport,
    day: dt.date,
    known: tuple[str, Parts] | None = None,
) -> int | None:
    """The id of the unit in whose name a person returns a report for correction, None where he may not.

    The office does, which calls for the reports, and whoever decides the measure; nobody returns his own unit's. A page
    that has read the rule of the measure's home and its `parts_of` hands them in.
    """
    if person.role == OFFICE:  # acts for the office's units
        return min(person.unit_ids - {report.unit_id}, default=None) if report.by_id != person.user_id else None
    unit = may_decide(session, person, report, day, known)
    return unit.id if unit is not None else None


def decides_submissions(person: Person, day: dt.date) -> ColumnElement[bool]:
    """The condition on Submission under which it waits for this person: the SQL form of `may_decide`."""
    if person.role not in DECIDES:
        return false()
    sub = models.Submission
    assigned = (_assigned.measure_id == sub.measure_id, _holds(day, _assigned))

    def has(role: str) -> ColumnElement[bool]:
        return exists().where(*assigned, _assigned.role == role) if role != OFFICE else true()

    def left(role: str, *mine: ColumnElement[bool]) -> ColumnElement[bool]:
        """Somebody of the role did not send it himself."""
        if role == OFFICE:
            return exists().where(_office_unit.is_office, _office_unit.id.is_distinct_from(sub.unit_id))
        return exists().where(*assigned, _assigned.role == role, _assigned.unit_id.is_distinct_from(sub.unit_id), *mine)

    def his(role: str) -> ColumnElement[bool]:
        if role != OFFICE:
            return left(role, _assigned.unit_id.in_(person.unit_ids))
        offices = sorted(person.unit_ids) if person.role == OFFICE else ()
        return or_(false(), *(sub.unit_id.is_distinct_from(unit_id) for unit_id in offices))

    instead: ColumnElement[bool] = false()
    for role in reversed(INSTEAD):
        instead = or_(his(role), and_(~left(role), instead))
    ruled = (
        select(_ruling.decides)
        .join(_link, _link.inspection_id == _ruling.id)
        .where(_link.measure_id == sub.measure_id, _link.home)
        .scalar_subquery()
    )
    turns: list[ColumnElement[bool]] = []
    for rule, order in DECIDERS.items():
        for place, role in enumerate(order):
            first = and_(has(role), *(~has(before) for before in order[:place]))
            turns.append(and_(ruled == rule, first, or_(his(role), and_(~left(role), instead))))
    hidden = (
        exists().where(_link.measure_id == sub.measure_id, _link.inspection_id.not_in(person.hidden_ids))
        if person.hidden_ids
        else true()
    )
    not_his = or_(models.Submission.by_id.is_(None), models.Submission.by_id != person.user_id)
    return and_(models.Submission.state == "open", not_his, hidden, or_(*turns))
