"""Notices in the product: what an act tells people, mail or not, which of it they have read, and how it reads.

An act calls `tell` in its own transaction. A notice keeps no word of the item it is about: its number and text, and
whether the reader may see it at all, are found when he looks (R24). Mails are `notices'` and `post's`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import (
    JSON,
    ColumnElement,
    CursorResult,
    Select,
    and_,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from rectify import access, models
from rectify.access.sentences import _
from rectify.models import Instant


@dataclass(frozen=True)
class Kind:
    """What a kind of notice says: a heading, and a sentence filled with the notice's values."""

    heading: str
    sentence: str


KINDS = {
    "waiting": Kind(_("申报待您认定"), _("%(unit)s申报“%(claim)s”，请核查认定。")),
    "accepted": Kind(_("申报已认定"), _("所申报的“%(claim)s”已获认定。")),
    "returned": Kind(_("申报被退回"), _("退回原因：%(reason)s")),
    "report_returned": Kind(_("进展填报被退回"), _("退回原因：%(reason)s（更正后请重新填报）")),
    "extended": Kind(_("延期已批准"), _("整改时限由%(old_on)s延至%(new_on)s，依据%(document)s。")),
    "assigned": Kind(_("新的整改任务"), _("%(unit)s被确定为%(part)s。")),
    "reopened": Kind(_("措施已重启"), _("现行整改时限%(limit_on)s；重启原因：%(reason)s")),
    "reminded": Kind(_("今日提醒"), _("有%(count)s项需要您处理，其中%(overdue)s项超期。")),
}
"""All that anybody is told. Values ending in `_on` are days; `claim` and `part` are words of the page's language."""

GONE = Kind(_("您已无权查看的事项"), _("这条通知所说的事项已不在您可以查看的范围内，内容不再显示。"))
KEPT_READ = dt.timedelta(days=90)
KEPT = dt.timedelta(days=400)
LONGEST_VALUE = 300
DOES = access.rows.REPORTS


@dataclass(frozen=True)
class Told:
    """A notice as its reader sees it; `path` is "" where there is nothing for him to look at."""

    id: int
    at: dt.datetime
    read: bool
    kind: Kind
    values: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
    inspection: str = ""
    issue_number: str = ""
    measure_number: str = ""
    text: str = ""


# -- telling ---------------------------------------------------------------------------------------------------------


def tell(
    session: Session,
    user_ids: Collection[int] | Select[tuple[int]],
    kind: str,
    values: Mapping[str, Any],
    path: str,
    at: dt.datetime,
    *,
    measure_id: int | None = None,
    issue_id: int | None = None,
    but: int | None = None,
) -> None:
    """Tell people something, within the transaction of the act it comes from. One statement.

    `kind` is one of KINDS, `values` fill its sentence, `path` is the page of ours that it leads to. `but` is whoever
    acted: nobody is told what he did himself. Accounts not in use, and people from whom the item is hidden, are left out.
    """
    assert kind in KINDS and path.startswith("/"), (kind, path)
    user, notice = models.User, models.Notice
    told = select(
        user.id,
        literal(kind),
        literal(_plain(values), JSON),
        literal(path),
        literal(measure_id, notice.measure_id.type),
        literal(issue_id, notice.issue_id.type),
        literal(at, Instant),
    ).where(user.id.in_(user_ids), user.active, _open_to(measure_id, issue_id))
    if but is not None:
        told = told.where(user.id != but)
    columns = ["user_id", "kind", "said", "path", "measure_id", "issue_id", "at"]
    session.execute(insert(notice).from_select(columns, told, include_defaults=False))


def acting_for(unit_id: int | None, *others: int | None, roles: Sequence[str] = DOES) -> Select[tuple[int]]:
    """The accounts that act for a unit, in one of `roles`, and `others` beside them: for `tell`."""
    user, entered = models.User, models.UserUnit
    acts = exists().where(entered.user_id == user.id, entered.unit_id == unit_id)
    more = [user_id for user_id in others if user_id is not None]
    return select(user.id).where(or_(and_(user.role.in_(roles), acts), user.id.in_(more)))


def working_on(day: dt.date, *, measure_id: int | None = None, issue_id: int | None = None) -> Select[tuple[int]]:
    """The accounts that report for the units which do the work of a measure, or of an issue with its measures, on a day:
    for `tell`."""
    part, entered, link = models.Assignment, models.UserUnit, models.MeasureLink
    of_issue = or_(
        part.issue_id == issue_id, part.measure_id.in_(select(link.measure_id).where(link.issue_id == issue_id))
    )
    return (
        select(entered.user_id)
        .join(models.User, models.User.id == entered.user_id)
        .join(part, part.unit_id == entered.unit_id)
        .where(part.measure_id == measure_id if measure_id is not None else of_issue)
        .where(part.role.in_(access.rows.DOING), models.User.role.in_(DOES))
        .where(part.since_on <= day, or_(part.until_on.is_(None), part.until_on > day))
    )


def settle(session: Session, kind: str, measure_id: int, at: dt.datetime) -> None:
    """What asked for an act that somebody has done by now asks nobody any more: it counts as read."""
    notice = models.Notice
    session.execute(
        update(notice)
        .where(notice.measure_id == measure_id, notice.kind == kind, notice.read_at.is_(None))
        .values(read_at=at)
        .execution_options(synchronize_session=False)
    )


def untell(session: Session, at: dt.datetime, inspection_id: int) -> None:
    """Take back what was told of an inspection's items by an act at the instant `at`, which is being undone."""
    notice, link, issue = models.Notice, models.MeasureLink, models.Issue
    session.execute(
        delete(notice)
        .where(notice.at == at)
        .where(
            or_(
                notice.measure_id.in_(select(link.measure_id).where(link.inspection_id == inspection_id)),
                notice.issue_id.in_(select(issue.id).where(issue.inspection_id == inspection_id)),
            )
        )
        .execution_options(synchronize_session=False)
    )


def _open_to(measure_id: int | None, issue_id: int | None) -> ColumnElement[bool]:
    """The condition on User under which a confidential inspection does not hide the item from him."""
    inspection, reader = models.Inspection, models.InspectionReader
    named = exists().where(reader.inspection_id == inspection.id, reader.user_id == models.User.id)
    open_ = or_(~inspection.confidential, named.correlate(inspection, models.User))
    if measure_id is not None:
        link = models.MeasureLink
        return exists().where(link.measure_id == measure_id, inspection.id == link.inspection_id, open_)
    if issue_id is not None:
        return exists().where(models.Issue.id == issue_id, inspection.id == models.Issue.inspection_id, open_)
    return true()


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON holds them: days as text, long words cut, since a notice leads to the whole."""

    def plain(value: Any) -> Any:
        if isinstance(value, dt.date):
            return value.isoformat()
        return f"{value[:LONGEST_VALUE]}…" if isinstance(value, str) and len(value) > LONGEST_VALUE else value

    return {name: plain(value) for name, value in values.items()}


# -- reading ---------------------------------------------------------------------------------------------------------


def listed(
    session: Session, person: access.Person, day: dt.date, *, limit: int, before: int | None = None
) -> list[Told]:
    """A person's notices, newest first, as he may see them on `day`. At most three statements."""
    notice = models.Notice
    query = select(notice).where(notice.user_id == person.user_id).order_by(notice.id.desc()).limit(limit)
    rows = session.scalars(query.where(notice.id < before) if before else query).all()
    items = _items(session, person, day, rows)
    return [_told(row, items) for row in rows]


def read(session: Session, user_id: int, at: dt.datetime, *, notice_id: int | None = None, up_to: int = 0) -> int:
    """Mark one notice of a person as read, or all up to the newest that he saw; gives how many were not before."""
    notice = models.Notice
    which = notice.id == notice_id if notice_id is not None else notice.id <= up_to
    changed = session.execute(
        update(notice)
        .where(notice.user_id == user_id, notice.read_at.is_(None), which)
        .values(read_at=at)
        .execution_options(synchronize_session=False)
    )
    return _count(changed)


def sweep(session: Session, at: dt.datetime) -> int:
    """Remove what was read a quarter of a year ago, and what nobody looked at in more than a year; gives how many."""
    notice = models.Notice
    old = or_(notice.read_at < at - KEPT_READ, notice.at < at - KEPT)
    return _count(session.execute(delete(notice).where(old).execution_options(synchronize_session=False)))


Items = dict[tuple[str, int | None], Any]


def _items(session: Session, person: access.Person, day: dt.date, rows: Sequence[models.Notice]) -> Items:
    """The measures and issues of notices that a person may see, as he sees them: hidden inspections name none."""
    found: Items = {}
    link, issue, inspection = models.MeasureLink, models.Issue, models.Inspection
    about = [issue.number, issue.text.label("issue_text"), inspection.name]
    measure_ids = {row.measure_id for row in rows if row.measure_id is not None}
    if measure_ids:
        measure = models.Measure
        query = (
            select(measure.id, measure.text, measure.implied, link.number.label("measure_number"), *about)
            .select_from(measure)
            .join(link, access.named_by(person, link))
            .join(issue, issue.id == link.issue_id)
            .join(inspection, inspection.id == issue.inspection_id)
            .where(measure.id.in_(measure_ids), access.sees_measures(person, day))
        )
        found |= {("measure", row.id): row for row in session.execute(query)}
    issue_ids = {row.issue_id for row in rows if row.issue_id is not None}
    if issue_ids:
        of_issues = (
            select(issue.id, *about)
            .join(inspection, inspection.id == issue.inspection_id)
            .where(issue.id.in_(issue_ids), access.sees_issues(person, day))
        )
        found |= {("issue", row.id): row for row in session.execute(of_issues)}
    return found


def _told(row: models.Notice, items: Items) -> Told:
    kind, seen = KINDS.get(row.kind, GONE), row.read_at is not None
    if row.measure_id is None and row.issue_id is None:
        return Told(row.id, row.at, seen, kind, row.said, row.path)
    of_measure = row.measure_id is not None
    item = items.get(("measure", row.measure_id) if of_measure else ("issue", row.issue_id))
    if item is None:
        return Told(row.id, row.at, seen, GONE)
    own = of_measure and not item.implied
    return Told(
        row.id,
        row.at,
        seen,
        kind,
        row.said,
        row.path,
        inspection=item.name,
        issue_number=item.number,
        measure_number=item.measure_number if own else "",
        text=item.text if own else item.issue_text,
    )


def _count(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount
