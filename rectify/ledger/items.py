"""Issues and measures entered, amended, linked and withdrawn by hand, with the rules of an import (S10, S14).

Time limits are `limits`', units `assignments`'.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import former, models, records, standing
from rectify.records import Actor
from rectify.rules import deadlines
from rectify.rules.deadlines import Deadline

from .assignments import first_units, spread_assignments, tell_assigned
from .common import (
    Item,
    Refused,
    about,
    clean,
    columns_of,
    home_link,
    limit_columns,
    office_only,
    required,
    set_fields,
    standing_still,
)
from .questions import NO_DEADLINE
from .revising import (
    Approval,
    Said,
    check_line,
    check_target,
    first_milestones,
    keep_revision,
    remember,
    retarget,
    set_milestones,
    set_points,
)


@dataclass(frozen=True)
class IssueForm:
    """An issue as typed. `deadline` is a phrase as in a plan; `units` are ids by role; `milestones` (day, text), None
    where those of an issue amended stay as they are."""

    text: str
    number: str = ""
    upper_number: str = ""
    category: str = ""
    goal: str = ""
    source: str = ""
    deadline: str = ""
    leaders: str = ""
    persons: str = ""
    units: Mapping[str, Sequence[int]] = field(default_factory=dict)
    milestones: Sequence[Said] | None = ()


@dataclass(frozen=True)
class MeasureForm:
    """A measure as typed, or as read. Without `deadline` and units it has its issue's; `points` are planned figures by
    day, `milestones` as of an issue; `question` is what is still asked about it."""

    text: str
    number: str = ""
    deadline: str | Deadline = ""
    start_on: dt.date | None = None
    target_quantity: Decimal | int | None = None
    target_unit: str = ""
    leaders: str = ""
    persons: str = ""
    units: Mapping[str, Sequence[int]] = field(default_factory=dict)
    milestones: Sequence[Said] | None = ()
    points: Sequence[tuple[dt.date, Decimal | int]] = ()
    question: str = ""


def add_issue(
    session: Session,
    inspection: models.Inspection,
    form: IssueForm,
    *,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> models.Issue:
    """An issue entered by hand, counted from `day`; until it has measures one is implied."""
    office_only(by)
    text = required(form.text, "反馈问题的内容")
    limit = _typed_deadline(form.deadline, inspection)
    twin = select(models.Issue.number).where(
        models.Issue.inspection_id == inspection.id,
        models.Issue.withdrawn_on.is_(None),
        models.Issue.text == text,
        models.Issue.number == clean(form.number)[:40],
    )
    if session.scalar(twin) is not None:
        raise Refused("该批次中已有编号和内容相同的问题，请勿重复录入。")
    seq = session.scalar(select(func.max(models.Issue.seq)).where(models.Issue.inspection_id == inspection.id))
    made = models.Issue(
        inspection_id=inspection.id,
        source_id=_source(session, inspection.id, form.source),
        seq=(seq or 0) + 1,
        number=clean(form.number)[:40],
        upper_number=clean(form.upper_number)[:40],
        category=clean(form.category)[:300],
        text=text,
        goal=clean(form.goal),
        question="" if limit.kind != "none" else NO_DEADLINE,
        begins_on=day,
        created_at=at,
        **limit_columns(limit, None),
    )
    session.add(made)
    session.flush()
    implied = _imply(session, made, day, at)
    first_milestones(session, implied, form.milestones or ())
    first_units(session, made, form.units, day)
    _name_persons(session, made, form.leaders, form.persons)
    spread_assignments(session, made.id, day)
    standing.write(session, [implied.id], day=day, at=at)
    records.write(session, by, at, "issue.add", "issue", made.id, inspection=inspection.id, number=made.number)
    for role, unit_ids in form.units.items():
        tell_assigned(session, made, role, unit_ids, by, at)
    return made


def amend_issue(
    session: Session,
    issue: models.Issue,
    form: IssueForm,
    *,
    approval: Approval | None = None,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> bool:
    """Put an issue's texts, numbers, source, persons and milestones right; whether anything changed. `approval` is what
    moved or removed milestones rest on, where it is known.

    Its time limit moves by `extend`, `correct_deadline` or `answer_question` alone, its units by `assign`.
    """
    office_only(by)
    standing_still(issue)
    values = {
        "number": clean(form.number)[:40],
        "upper_number": clean(form.upper_number)[:40],
        "category": clean(form.category)[:300],
        "text": required(form.text, "反馈问题的内容"),
        "goal": clean(form.goal),
        "source_id": _source(session, issue.inspection_id, form.source),
    }
    old = set_fields(issue, values)
    persons = _name_persons(session, issue, form.leaders, form.persons)
    home = _milestone_home(session, issue)
    changes = set_milestones(session, home, form.milestones, by, day, at) if form.milestones is not None else []
    if not (old or persons or changes):
        return False
    keep_revision(session, home, changes, approval or Approval(), by, day, at)
    session.flush()
    if changes:
        standing.write_issue(session, issue.id, day=day, at=at)
    new, plan = {name: values[name] for name in old}, [str(change) for change in changes]
    records.write(session, by, at, "issue.amend", "issue", issue.id, old=old, new=new, persons=persons, changes=plan)
    return True


def add_measure(
    session: Session, issue: models.Issue, form: MeasureForm, *, by: Actor, day: dt.date, at: dt.datetime
) -> models.Measure:
    """A measure entered by hand, counted from `day`. The implied one of its issue gives way to it."""
    office_only(by)
    standing_still(issue)
    text = required(form.text, "整改措施的内容")
    limit = _typed_deadline(form.deadline, session.get_one(models.Inspection, issue.inspection_id))
    check_target(form.start_on, form.target_quantity, form.points)
    gone = _dismiss_implied(session, issue, by, day, at)
    made = models.Measure(
        text=text,
        target_quantity=form.target_quantity,
        target_unit=clean(form.target_unit)[:20],
        question=form.question,
        begins_on=day,
        created_at=at,
        **limit_columns(limit, None) | {"start_on": form.start_on or limit.start},
    )
    session.add(made)
    session.flush()
    session.add(
        models.MeasureLink(
            measure_id=made.id,
            issue_id=issue.id,
            inspection_id=issue.inspection_id,
            seq=_next_seq(session, issue.id),
            number=clean(form.number)[:40],
        )
    )
    first_milestones(session, made, form.milestones or ())
    check_line(session, made, form.points)
    for due_on, quantity in form.points:
        session.add(models.PlannedPoint(measure_id=made.id, due_on=due_on, quantity=quantity, approved_on=day))
    first_units(session, made, form.units, day)
    _name_persons(session, made, form.leaders, form.persons)
    spread_assignments(session, issue.id, day)
    standing.write(session, [made.id, *gone], day=day, at=at)
    records.write(session, by, at, "measure.add", "measure", made.id, issue=issue.id, number=clean(form.number))
    for role, unit_ids in form.units.items():
        tell_assigned(session, made, role, unit_ids, by, at)
    return made


def amend_measure(
    session: Session,
    measure: models.Measure,
    form: MeasureForm,
    *,
    approval: Approval | None = None,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> bool:
    """Put a measure's text, number, target, start, persons, milestones and planned figures right; whether any did.
    `approval` is what a revision of its plan rests on, where it is known."""
    office_only(by)
    standing_still(measure)
    check_target(form.start_on, form.target_quantity, form.points)
    values = {"text": required(form.text, "整改措施的内容")}
    old = set_fields(measure, values)
    home = home_link(session, measure)
    if not measure.implied:
        old |= set_fields(home, {"number": clean(form.number)[:40]})
    persons = _name_persons(session, measure, form.leaders, form.persons)
    changes = retarget(session, measure, form.start_on, form.target_quantity, form.target_unit, day, at)
    if form.milestones is not None:
        changes += set_milestones(session, measure, form.milestones, by, day, at)
    changes += set_points(session, measure, form.points, day)
    if not (old or persons or changes):
        return False
    keep_revision(session, measure, changes, approval or Approval(), by, day, at)
    session.flush()
    if changes:
        standing.write(session, [measure.id], day=day, at=at)
    new = {**values, "number": home.number}
    records.write(
        session,
        by,
        at,
        "measure.amend",
        "measure",
        measure.id,
        old=old,
        new={name: new[name] for name in old},
        persons=persons,
        changes=[str(change) for change in changes],
    )
    return True


def link_measure(
    session: Session,
    measure: models.Measure,
    issue: models.Issue,
    *,
    number: str = "",
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> models.MeasureLink:
    """Let a measure answer another issue too, maybe of another inspection: reported once, counted once in each."""
    office_only(by)
    standing_still(measure)
    standing_still(issue)
    if measure.implied:
        raise Refused("该问题还没有单独的整改措施，请先为它录入措施，再关联到其他问题。")
    links = session.scalars(select(models.MeasureLink).where(models.MeasureLink.measure_id == measure.id)).all()
    if any(link.issue_id == issue.id for link in links):
        raise Refused("这条措施已经关联到该问题，不需要重复关联。")
    gone = _dismiss_implied(session, issue, by, day, at)
    made = models.MeasureLink(
        measure_id=measure.id,
        issue_id=issue.id,
        inspection_id=issue.inspection_id,
        home=False,
        counted=not any(_counts(link) and link.inspection_id == issue.inspection_id for link in links),
        since_on=day,
        counted_since_on=day,
        seq=_next_seq(session, issue.id),
        number=clean(number)[:40],
    )
    session.add(made)
    session.flush()
    standing.write(session, [measure.id, *gone], day=day, at=at)
    records.write(session, by, at, "measure.link", "measure", measure.id, issue=issue.id)
    return made


def withdraw_measure(
    session: Session, measure: models.Measure, *, reason: str, by: Actor, day: dt.date, at: dt.datetime
) -> None:
    """An approved change takes a measure out of the totals from `day` on; its past stays (S14)."""
    office_only(by)
    standing_still(measure)
    reason = required(reason, "撤销的依据和原因")
    if measure.implied:
        raise Refused("该问题没有单独的整改措施，请直接撤销问题。")
    _nothing_waits(session, [measure.id])
    measure.withdrawn_on = day
    session.flush()
    links = session.scalars(select(models.MeasureLink).where(models.MeasureLink.measure_id == measure.id)).all()
    touched = [measure.id]
    for link in links:
        issue = session.get_one(models.Issue, link.issue_id)
        if issue.withdrawn_on is None and not _live_measures(session, issue.id):
            touched.append(_imply(session, issue, day, at).id)
        spread_assignments(session, issue.id, day)
    standing.write(session, touched, day=day, at=at)
    records.write(session, by, at, "measure.withdraw", "measure", measure.id, reason=reason)


def withdraw_issue(
    session: Session, issue: models.Issue, *, reason: str, by: Actor, day: dt.date, at: dt.datetime
) -> None:
    """An approved change takes an issue out of the totals from `day` on, with the measures that answer no other (S14).

    A measure that answers another issue too goes on there: that one becomes its home.
    """
    office_only(by)
    standing_still(issue)
    reason = required(reason, "撤销的依据和原因")
    measures = _live_measures(session, issue.id)
    elsewhere = _other_links(session, [m.id for m in measures], issue.id)
    leaving = [m for m in measures if m.id not in elsewhere]
    _nothing_waits(session, [m.id for m in leaving])
    issue.withdrawn_on = day
    for measure in leaving:
        measure.withdrawn_on = day
    for measure in measures:
        if measure.id in elsewhere:
            if home_link(session, measure).issue_id == issue.id:
                former.keep_home(session, measure, issue, day, at)
            _move_home(session, measure.id, issue, elsewhere[measure.id], day)
    session.flush()
    for link in {other.issue_id for links in elsewhere.values() for other in links}:
        spread_assignments(session, link, day)
    standing.write(session, [m.id for m in measures], day=day, at=at)
    standing.write_issue(session, issue.id, day=day, at=at)
    records.write(session, by, at, "issue.withdraw", "issue", issue.id, reason=reason, measures=[m.id for m in leaving])


def place_milestone(
    session: Session,
    milestone: models.Milestone,
    measure: models.Measure,
    *,
    by: Actor,
    day: dt.date,
    at: dt.datetime,
) -> None:
    """Say whose an issue's milestone is: from now on it binds that measure (S10)."""
    office_only(by)
    standing_still(measure)
    if milestone.issue_id is None or measure.id not in {m.id for m in _live_measures(session, milestone.issue_id)}:
        raise Refused("请选择该问题下的一条措施。")
    issue_id = milestone.issue_id
    remember(session, milestone, by, day, at)
    milestone.issue_id, milestone.measure_id = None, measure.id
    session.flush()
    standing.write(session, [measure.id], day=day, at=at)
    standing.write_issue(session, issue_id, day=day, at=at)
    records.write(session, by, at, "milestone.place", "measure", measure.id, milestone=milestone.id, issue=issue_id)


def _typed_deadline(phrase: str | Deadline, inspection: models.Inspection) -> Deadline:
    if isinstance(phrase, Deadline):
        return phrase
    base = inspection.issued_on or inspection.feedback_on
    parsed = deadlines.parse(clean(phrase), year_hint=base.year if base else None)
    if parsed.needs_question:
        raise Refused("整改时限：%(why)s", why=parsed.needs_question)
    return parsed.deadline


def _source(session: Session, inspection_id: int, name: str) -> int | None:
    name = clean(name)[:200]
    if not name:
        return None
    found = session.scalar(
        select(models.Source).where(models.Source.inspection_id == inspection_id, models.Source.name == name)
    )
    if found is None:
        found = models.Source(inspection_id=inspection_id, name=name)
        session.add(found)
        session.flush()
    return found.id


def _next_seq(session: Session, issue_id: int) -> int:
    last = session.scalar(select(func.max(models.MeasureLink.seq)).where(models.MeasureLink.issue_id == issue_id))
    return (last or 0) + 1


def _imply(session: Session, issue: models.Issue, day: dt.date, at: dt.datetime) -> models.Measure:
    """The implied measure of an issue that has none (S10)."""
    made = models.Measure(text=issue.text, implied=True, begins_on=day, created_at=at)
    session.add(made)
    session.flush()
    session.add(
        models.MeasureLink(
            measure_id=made.id,
            issue_id=issue.id,
            inspection_id=issue.inspection_id,
            seq=_next_seq(session, issue.id),
        )
    )
    session.flush()
    return made


def _live_measures(session: Session, issue_id: int) -> list[models.Measure]:
    return list(
        session.scalars(
            select(models.Measure)
            .join(models.MeasureLink, models.MeasureLink.measure_id == models.Measure.id)
            .where(models.MeasureLink.issue_id == issue_id, models.Measure.withdrawn_on.is_(None))
            .order_by(models.MeasureLink.seq)
        )
    )


def _dismiss_implied(session: Session, issue: models.Issue, by: Actor, day: dt.date, at: dt.datetime) -> list[int]:
    """The implied measure gives way to a real one from `day` on, its milestones go to the issue; the ids dismissed."""
    implied = [m for m in _live_measures(session, issue.id) if m.implied]
    ids = [m.id for m in implied]
    _nothing_waits(session, ids)
    for measure in implied:
        measure.withdrawn_on = day
    for stone in session.scalars(select(models.Milestone).where(models.Milestone.measure_id.in_(ids))).all():
        remember(session, stone, by, day, at)
        stone.measure_id, stone.issue_id = None, issue.id
    session.flush()
    return ids


def _nothing_waits(session: Session, measure_ids: Sequence[int]) -> None:
    waiting = select(models.Submission.id).where(
        models.Submission.measure_id.in_(measure_ids), models.Submission.state == "open"
    )
    if session.scalar(waiting.limit(1)) is not None:
        raise Refused("有一项申报正待认定，请先认定或退回，再作变动。")


def _other_links(session: Session, measure_ids: Sequence[int], issue_id: int) -> dict[int, list[models.MeasureLink]]:
    """The links of measures to other issues that are not withdrawn, by measure."""
    found: dict[int, list[models.MeasureLink]] = defaultdict(list)
    query = (
        select(models.MeasureLink)
        .join(models.Issue, models.Issue.id == models.MeasureLink.issue_id)
        .where(
            models.MeasureLink.measure_id.in_(measure_ids),
            models.MeasureLink.issue_id != issue_id,
            models.Issue.withdrawn_on.is_(None),
        )
        .order_by(models.MeasureLink.id)
    )
    for link in session.scalars(query):
        found[link.measure_id].append(link)
    return dict(found)


def _counts(link: models.MeasureLink) -> bool:
    return link.counted and link.counted_until_on is None


def _move_home(
    session: Session, measure_id: int, issue: models.Issue, others: Sequence[models.MeasureLink], day: dt.date
) -> None:
    link = session.scalars(
        select(models.MeasureLink).where(
            models.MeasureLink.measure_id == measure_id, models.MeasureLink.issue_id == issue.id
        )
    ).one()
    same = next((other for other in others if other.inspection_id == issue.inspection_id), None)
    if _counts(link):  # it leaves this inspection's total today (S14), unless another link of it goes on there
        link.counted_until_on = day
        session.flush()
        if same is not None:
            same.counted, same.counted_since_on = True, day
    if link.home:
        link.home = False
        session.flush()
        others[0].home = True
    session.flush()


def _name_persons(session: Session, item: Item, leaders: str, persons: str) -> bool:
    """The leaders and persons printed for an item, separated by 、; whether any changed."""
    rows = session.scalars(select(models.NamedPerson).where(about(models.NamedPerson, item))).all()
    wanted = [("leader", name) for name in names_in(leaders)] + [("person", name) for name in names_in(persons)]
    if sorted((row.role, row.name) for row in rows) == sorted(wanted):
        return False
    for row in rows:
        session.delete(row)
    for role, name in wanted:
        session.add(models.NamedPerson(**columns_of(item), role=role, name=name))
    return True


def names_in(text: str) -> list[str]:
    """The persons in a text, each once, as the ledger keeps them."""
    parts = clean(text).replace("，", "、").replace(",", "、").replace("；", "、").replace("\n", "、").split("、")
    return [name.strip()[:200] for name in dict.fromkeys(parts) if name.strip()]


def _milestone_home(session: Session, issue: models.Issue) -> Item:
    """Where milestones typed for an issue go: to its implied measure, else to the issue itself."""
    implied = [m for m in _live_measures(session, issue.id) if m.implied]
    return implied[0] if implied else issue
