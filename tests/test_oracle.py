"""Random histories, acted out and told to the slow oracle: what SQL says of every day is what the oracle says (R2).

Two inspections, one planned and one imported as a ledger, their rules, rounds, limits, stages and planned figures all
changing while units report, submit and are judged.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rectify import access, figures, ledger, models, progress, rounds, standing
from rectify.reading.draft import IssueDraft, MeasureDraft, PlanDraft
from rectify.rules import deadlines, schedule
from tests import factories, oracle
from tests.support import LONG

BEGINS = dt.date(2026, 1, 5)
DAYS = 210
SEEDS = range(200 if LONG else 10)
ACTS = 130
STATES = ("", "in_progress", "on_schedule", "behind", "not_started", "basically_completed", "completed", "signed_off")
UNITS = rounds.RULES["grace_unit"]
REPORTED = {"on_schedule": "in_progress", "behind": "in_progress", "signed_off": "completed"}
Refused = (progress.Refused, rounds.Refused, ledger.Refused)


def at_of(day: dt.date, n: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(2), dt.UTC) + dt.timedelta(seconds=n)


def plus(days: int) -> dt.date:
    return BEGINS + dt.timedelta(days=days)


@dataclass
class World:
    """The ledger and, beside it, what the oracle was told of it."""

    session: Session
    rng: random.Random
    inspections: dict[int, oracle.Batch] = field(default_factory=dict)
    issues: dict[int, oracle.Issue] = field(default_factory=dict)
    measures: dict[int, oracle.History] = field(default_factory=dict)
    day: dt.date = BEGINS
    n: int = 0
    texts: int = 0

    @property
    def acting(self) -> dict[str, Any]:
        return {"by": access.SYSTEM, "day": self.day, "at": at_of(self.day, self.n)}

    def later(self, least: int, most: int) -> dt.date:
        return self.day + dt.timedelta(days=self.rng.randrange(least, most))

    def stone_text(self) -> str:
        self.texts += 1
        return f"目标{self.texts}"

    def batch_id(self, batch: oracle.Batch) -> int:
        return next(key for key, one in self.inspections.items() if one is batch)

    def issue_id(self, issue: oracle.Issue) -> int:
        return next(key for key, one in self.issues.items() if one is issue)

    def answers(self, h: oracle.History) -> list[oracle.Issue]:
        return [issue for issue in self.issues.values() if any(one is h for _, one in issue.answered)]

    def unit_id(self, measure_id: int) -> int | None:
        return self.session.scalar(select(models.Assignment.unit_id).where(models.Assignment.measure_id == measure_id))


def rules_of(rng: random.Random) -> dict[str, Any]:
    return {
        "judged_by": rng.choice(["both", "both", *schedule.JUDGED_BY]),
        "long_term_counts_as_done": rng.random() < 0.3,
        "basically_counts_as_done": rng.random() < 0.3,
        "tolerance_percent": rng.choice([0, 5, 10]),
        "immediate_days": rng.choice([20, 30]),
        "starts_on_issue_date": rng.random() < 0.2,
    }


# -- the beginning ---------------------------------------------------------------------------------------------------


def lay_out(session: Session, rng: random.Random) -> World:
    world = World(session, rng)
    lay_out_plan(world)
    lay_out_ledger(world)
    for inspection_id, batch in world.inspections.items():
        for month in range(0, DAYS // 30 + 1):
            opens, cut_off, grace = plus(30 * month + 1), plus(30 * month + 25), rng.choice([0, 0, 3])
            session.add(
                models.Round(
                    inspection_id=inspection_id,
                    name=f"第{month + 1}期",
                    opens_on=opens,
                    cut_off_on=cut_off,
                    grace_days=grace,
                )
            )
            batch.rounds.append(oracle.Round(opens, cut_off, grace, BEGINS))
        session.flush()
        standing.write_inspection(session, inspection_id, day=BEGINS, at=at_of(BEGINS))
    return world


def random_limit(rng: random.Random) -> dict[str, Any]:
    kind = rng.choice(["date", "date", "date", "date_long", "long_term", "immediate", "ask", "none"])
    return {
        "deadline": plus(rng.randrange(20, DAYS)) if kind.startswith("date") else None,
        "kind": "date" if kind.startswith("date") else kind,
        "long_term": kind in ("date_long", "long_term"),
    }


def lay_out_plan(world: World) -> None:
    session, rng = world.session, world.rng
    rules = rules_of(rng)
    inspection = factories.make_inspection(session, f"批次{rng.random()}", issued_on=BEGINS, **rules)
    batch = world.inspections[inspection.id] = oracle.Batch(BEGINS, [(BEGINS, rules)])
    unit = factories.make_unit(session, f"单位{rng.random()}")
    for _ in range(2):
        limit = random_limit(rng)
        row = factories.make_issue(
            session, inspection, deadline_on=limit["deadline"], kind=limit["kind"], long_term=limit["long_term"]
        )
        issue = world.issues[row.id] = oracle.Issue(BEGINS, batch=batch, **limit)
        for _ in range(2):
            own = random_limit(rng) if rng.random() < 0.6 else {"deadline": None, "kind": "none", "long_term": False}
            start = plus(rng.randrange(0, 15)) if rng.random() < 0.5 else None
            target = 100 if rng.random() < 0.5 else None
            measure = factories.make_measure(
                session,
                row,
                lead=unit,
                deadline_on=own["deadline"],
                kind=own["kind"],
                long_term=own["long_term"],
                start_on=start,
                target_quantity=target,
                day=BEGINS,
                at=at_of(BEGINS),
            )
            remember(world, measure, issue, oracle.History(BEGINS, homes=[(BEGINS, issue)], **own), start, target)


def lay_out_ledger(world: World) -> None:
    """A ledger imported as of the first day (S13)."""
    session, rng = world.session, world.rng
    rules = rules_of(rng)
    name, said = f"台账{rng.random()}", [rng.choice(STATES) for _ in range(3)]
    dates = [plus(rng.randrange(20, DAYS)) for _ in said]
    draft = PlanDraft(
        issues=[
            IssueDraft(
                number="一",
                text="台账问题。",
                measures=[
                    MeasureDraft(
                        number=str(i + 1),
                        text=f"台账措施{i}。",
                        state=state or None,
                        progress="有进展" if not state else None,
                        deadline=deadlines.parse(due.isoformat()).deadline,
                    )
                    for i, (state, due) in enumerate(zip(said, dates, strict=True))
                ],
            )
        ]
    )
    form = ledger.InspectionForm(name, issued_on=BEGINS, feedback_on=BEGINS, rhythm="none", **rules)
    ledger.import_plan(session, draft, form, {}, {}, as_of=BEGINS, **world.acting)
    inspection = session.scalars(select(models.Inspection).where(models.Inspection.name == name)).one()
    batch = world.inspections[inspection.id] = oracle.Batch(BEGINS, [(BEGINS, rules)])
    batch.rounds.append(oracle.Round(BEGINS, BEGINS, 0, BEGINS))
    row = session.scalars(select(models.Issue).where(models.Issue.inspection_id == inspection.id)).one()
    issue = world.issues[row.id] = oracle.Issue(BEGINS, batch=batch)
    for measure in session.scalars(select(models.Measure).where(models.Measure.text.startswith("台账措施"))).all():
        if world.measures.get(measure.id) or measure.created_at != at_of(BEGINS):
            continue
        i = int(measure.text.removeprefix("台账措施").removesuffix("。"))
        h = oracle.History(BEGINS, dates[i], "date", homes=[(BEGINS, issue)])
        state = said[i]
        h.claim = (BEGINS, {"signed_off": "completed"}.get(state, state))
        remember(world, measure, issue, h, None, None)
        if state == "signed_off":
            h.events.append(oracle.Event(BEGINS, "sign_off"))
        if state not in ("", "in_progress"):
            told(world, h, {"state": REPORTED.get(state, state), "quantity": None, "reached": []})
        if state in ("on_schedule", "behind"):
            last = session.scalars(
                select(models.Confirmation.last_on).where(models.Confirmation.measure_id == measure.id)
            ).one()
            h.events.append(oracle.Event(BEGINS, "confirm", {"verdict": state, "last": last or BEGINS}))


def remember(
    world: World,
    measure: models.Measure,
    issue: oracle.Issue,
    h: oracle.History,
    start: dt.date | None,
    target: int | None,
) -> None:
    h.events.append(oracle.Event(BEGINS, "plan", {"start": start, "target": target, "points": []}))
    issue.answered.append((BEGINS, h))
    world.measures[measure.id] = h


# -- acts ------------------------------------------------------------------------------------------------------------


def told(world: World, h: oracle.History, values: dict[str, Any]) -> None:
    """A report is an event of the measure and, for their own milestones, of the issues it answers."""
    values |= {"who": id(h), "sent": world.n}
    h.events.append(oracle.Event(world.day, "report", values))
    for issue in world.answers(h):
        issue.events.append(oracle.Event(world.day, "report", values))


def amount(world: World, below: int) -> Decimal:
    """A quantity with three places."""
    return world.rng.randrange(0, below) + Decimal(world.day.toordinal() % 1000) / 1000


def report(world: World, measure: models.Measure, h: oracle.History) -> None:
    offered = progress.milestones_of(world.session, measure, world.day)
    marks = progress.last_marks(world.session, [stone.id for stone in offered])
    reached = [s for s in offered if (s.id in marks and marks[s.id].reached) or world.rng.random() < 0.4]
    reached = [s for s in reached if world.rng.random() < 0.9]  # some are left out, whether said earlier today or not
    values: dict[str, Any] = {
        "state": world.rng.choice(["not_started", "in_progress", "in_progress"]),
        "quantity": amount(world, 110) if h.plan(world.day)["target"] else None,
    }
    progress.report(
        world.session,
        measure,
        unit_id=world.unit_id(measure.id),
        on_behalf=False,
        text="推进",
        reached=[s.id for s in reached],
        **values,
        **world.acting,
    )
    told(world, h, values | {"reached": [s.text for s in reached]})


def send_back(world: World, measure: models.Measure, h: oracle.History) -> None:
    """The last report is returned, and with it all that was said in its round and not by a submission."""
    table = models.ProgressReport
    row = world.session.scalars(
        select(table).where(table.measure_id == measure.id).order_by(table.reported_on.desc(), table.id.desc())
    ).first()
    if row is None:
        return
    progress.return_report(world.session, row, unit_id=None, reason="数字不实", **world.acting)
    running = sorted(
        (r for r in h.home(world.day).batch.rounds if r.binds(world.day) and r.opens <= world.day),
        key=lambda r: (r.opens, r.cut_off),
    )
    since = [r for r in running if r.opens <= row.reported_on][-1].opens
    mine = [e for e in h.by(world.day, "report") if e.day >= since and "by_submission" not in e.values]
    for item in (h, *world.answers(h)):
        item.events.append(oracle.Event(world.day, "send_back", {"sent": {e.values["sent"] for e in mine}}))


def submit(world: World, measure: models.Measure, h: oracle.History) -> None:
    claim = world.rng.choice(["completed", "completed", "basically_completed"])
    progress.submit(
        world.session,
        measure,
        unit_id=world.unit_id(measure.id),
        on_behalf=False,
        claim=claim,
        text="完成",
        **world.acting,
    )
    h.events.append(oracle.Event(world.day, "submit", {"claim": claim}))
    report_ = models.ProgressReport  # a unit that had not reported in the open round reports by submitting
    filed = select(report_.id).where(report_.measure_id == measure.id, report_.at == world.acting["at"])
    if world.session.scalar(filed) is not None:
        holders, on = (h, *world.answers(h)), world.day
        reached = [text for item in holders for text in item.stones(on) if oracle._reached(item, text, on)]
        told(world, h, {"state": claim, "quantity": None, "reached": reached, "by_submission": True})


def decide(world: World, measure: models.Measure, h: oracle.History) -> None:
    waiting = progress.open_submission(world.session, measure.id)
    if waiting is None:
        return
    how = world.rng.choice(["accept", "accept", "return", "return", "withdraw"])
    if how == "accept":
        progress.accept(world.session, waiting, unit_id=None, **world.acting)
    elif how == "return":
        progress.return_(world.session, waiting, unit_id=None, reason="补充", **world.acting)
    else:
        progress.withdraw(world.session, waiting, **world.acting)
    sent = [e for e in h.events if e.kind == "submit"][-1]
    h.events.append(oracle.Event(world.day, how, {"of": sent.number}))


def confirm(world: World, measure: models.Measure, h: oracle.History) -> None:
    word = world.rng.choice(["on_schedule", "behind"])
    last = world.later(0, 40) if word == "on_schedule" else None
    rounds.confirm(world.session, measure, word, "核实", last, **world.acting)
    h.events.append(oracle.Event(world.day, "confirm", {"verdict": word, "last": last}))


def unconfirm(world: World, measure: models.Measure, h: oracle.History) -> None:
    row = world.session.scalars(
        select(models.Confirmation)
        .where(models.Confirmation.measure_id == measure.id)
        .order_by(models.Confirmation.confirmed_on.desc(), models.Confirmation.id.desc())
    ).first()
    if row is not None:
        rounds.withdraw_confirmation(world.session, row, **world.acting)
        h.events.append(oracle.Event(world.day, "unconfirm"))


def extend(world: World, measure: models.Measure, h: oracle.History) -> None:
    whole = world.rng.random() < 0.4
    row: Any = world.session.get_one(models.Issue, world.issue_id(h.home(world.day))) if whole else measure
    new = world.later(1, 80)
    ledger.extend(
        world.session,
        row,
        new_deadline_on=new,
        approved_on=world.day,
        document_number="1号",
        reason="工期",
        **world.acting,
    )
    (h.home(world.day) if whole else h).events.append(oracle.Event(world.day, "extend", {"deadline": new}))


def correct(world: World, measure: models.Measure, h: oracle.History) -> None:
    whole = world.rng.random() < 0.4
    row: Any = world.session.get_one(models.Issue, world.issue_id(h.home(world.day))) if whole else measure
    effect = BEGINS + dt.timedelta(days=world.rng.randrange(0, (world.day - BEGINS).days + 1))
    new = plus(world.rng.randrange(20, DAYS + 30))
    ledger.correct_deadline(world.session, row, new_deadline_on=new, effect_on=effect, reason="录错", **world.acting)
    (h.home(world.day) if whole else h).events.append(oracle.Event(effect, "correct", {"deadline": new}))


def reopen(world: World, measure: models.Measure, h: oracle.History) -> None:
    new = world.later(0, 60) if world.rng.random() < 0.5 else None
    progress.reopen(world.session, measure, reason="反弹", new_deadline_on=new, **world.acting)
    h.events.append(oracle.Event(world.day, "reopen", {"deadline": new}))


def sign_off(world: World, measure: models.Measure, h: oracle.History) -> None:
    progress.sign_off(world.session, measure, signed_off_on=world.day, **world.acting)
    h.events.append(oracle.Event(world.day, "sign_off"))


def refuse(world: World, measure: models.Measure, h: oracle.History) -> None:
    offered = progress.milestones_of(world.session, measure, world.day)
    if offered:
        stone = world.rng.choice(offered)
        rounds.refuse_milestone(world.session, measure, stone, reason="不实", **world.acting)
        item = h if stone.measure_id is not None else world.issues[stone.issue_id]  # type: ignore[index]
        item.events.append(oracle.Event(world.day, "refuse", {"stone": stone.text}))


def changed_stones(world: World, held: dict[str, dt.date]) -> dict[str, dt.date]:
    """One more, one moved, or one dropped; never one day twice, so that what is typed says which is which."""
    stones, taken = dict(held), set(held.values())
    due = world.later(-20, 60)
    if due in taken:
        return stones
    what = world.rng.choice(["add", "move", "drop"]) if stones else "add"
    if what == "add":
        stones[world.stone_text()] = due
    elif what == "move":
        stones[world.rng.choice(sorted(stones))] = due
    else:
        stones.pop(world.rng.choice(sorted(stones)))
    return stones


def amend(world: World, measure: models.Measure, h: oracle.History) -> None:
    plan, stones = dict(h.plan(world.day)), h.stones(world.day)
    what = world.rng.choice(["stones", "stones", "points", "points", "start", "target"])
    if what == "stones":
        stones = changed_stones(world, stones)
    elif what == "start":
        plan["start"] = world.rng.choice([None, world.later(-10, 20)])
    elif what == "target":
        plan["target"], plan["points"] = world.rng.choice([(None, []), (Decimal("80.5"), []), (120, [])])
    elif plan["target"]:
        dates = sorted(world.rng.sample(range(5, DAYS), world.rng.randrange(0, 3)))
        most = plan["target"]
        plan["points"] = [(plus(on), min(amount(world, int(most) + 1), Decimal(most))) for on in dates]
    form = ledger.MeasureForm(
        measure.text,
        number=measure.links[0].number,
        start_on=plan["start"],
        target_quantity=plan["target"],
        milestones=[(due, text) for text, due in stones.items()],
        points=plan["points"],
    )
    ledger.amend_measure(world.session, measure, form, **world.acting)
    h.events.append(oracle.Event(world.day, "plan", plan))
    h.events.append(oracle.Event(world.day, "stones", {"stones": stones}))


def amend_issue(world: World, measure: models.Measure, h: oracle.History) -> None:
    row = world.session.get_one(models.Issue, world.issue_id(h.home(world.day)))
    stones = changed_stones(world, h.home(world.day).stones(world.day))
    form = ledger.IssueForm(row.text, number=row.number, milestones=[(due, text) for text, due in stones.items()])
    ledger.amend_issue(world.session, row, form, **world.acting)
    h.home(world.day).events.append(oracle.Event(world.day, "stones", {"stones": stones}))


def change_rules(world: World, measure: models.Measure, h: oracle.History) -> None:
    held = h.home(world.day).batch.rules[-1][1]
    name = world.rng.choice(list(held))
    rules = held | {name: rules_of(world.rng)[name]}
    inspection = world.session.get_one(models.Inspection, world.batch_id(h.home(world.day).batch))
    rounds.change_rules(world.session, inspection, rules, **world.acting)
    h.home(world.day).batch.rules.append((world.day, rules))


def add_round(world: World, measure: models.Measure, h: oracle.History) -> None:
    """In a gap between two of the rounds planned."""
    opens = plus(30 * world.rng.randrange(0, DAYS // 30) + 26)
    inspection = world.session.get_one(models.Inspection, world.batch_id(h.home(world.day).batch))
    cut_off, grace, unit = opens + 2 * oracle.ONE_DAY, world.rng.choice([0, 2]), world.rng.choice(UNITS)
    days = {"opens_on": opens, "cut_off_on": cut_off, "grace_days": grace, "grace_unit": unit}
    rounds.add_round(world.session, inspection, name="临时", **days, **world.acting)
    grace = oracle.granted(cut_off, grace, unit)
    h.home(world.day).batch.rounds.append(oracle.Round(opens, cut_off, grace, world.day))


def a_round(world: World, batch: oracle.Batch) -> tuple[models.Round, oracle.Round]:
    """One that binds and is not long over."""
    near = [r for r in batch.rounds if r.binds(world.day) and r.cut_off >= world.later(-20, -19)]
    if not near:
        raise rounds.Refused("没有调度期。")
    this = world.rng.choice(near)
    table = models.Round
    row = select(table).where(
        table.inspection_id == world.batch_id(batch), table.opens_on == this.opens, table.cancelled_on.is_(None)
    )
    return world.session.scalars(row).one(), this


def cancel_round(world: World, measure: models.Measure, h: oracle.History) -> None:
    row, this = a_round(world, h.home(world.day).batch)
    rounds.cancel_round(world.session, row, reason="防汛", **world.acting)
    this.ended = world.day


def change_round(world: World, measure: models.Measure, h: oracle.History) -> None:
    batch = h.home(world.day).batch
    row, this = a_round(world, batch)
    opens = this.opens + dt.timedelta(days=world.rng.randrange(-2, 4))
    cut_off, grace = this.cut_off + dt.timedelta(days=world.rng.randrange(-3, 1)), world.rng.choice([0, 0, 4])
    days = {"opens_on": opens, "cut_off_on": cut_off, "grace_days": grace, "grace_unit": world.rng.choice(UNITS)}
    rounds.change_round(world.session, row, name=row.name, **days, **world.acting)
    this.ended = world.day
    grace = oracle.granted(cut_off, grace, days["grace_unit"])
    batch.rounds.append(oracle.Round(opens, cut_off, grace, world.day))


def link(world: World, measure: models.Measure, h: oracle.History) -> None:
    others = [
        issue
        for issue in world.issues.values()
        if issue.batch is not h.home(world.day).batch and issue.there(world.day)
    ]
    if others:
        issue = world.rng.choice(others)
        row = world.session.get_one(models.Issue, world.issue_id(issue))
        ledger.link_measure(world.session, measure, row, number="9", **world.acting)
        issue.answered.append((world.day, h))


def withdraw_measure(world: World, measure: models.Measure, h: oracle.History) -> None:
    if all(len(issue.measures(world.day)) > 1 for issue in world.answers(h) if issue.there(world.day)):
        ledger.withdraw_measure(world.session, measure, reason="合并", **world.acting)
        h.withdrawn = world.day


def withdraw_issue(world: World, measure: models.Measure, h: oracle.History) -> None:
    """With the measures that answer no other; those that do are at home there from then on."""
    issue = h.home(world.day)
    row = world.session.get_one(models.Issue, world.issue_id(issue))
    ledger.withdraw_issue(world.session, row, reason="并入", **world.acting)
    issue.withdrawn = world.day
    for one in issue.measures(world.day):
        if not any(other.there(world.day) for other in world.answers(one)):
            one.withdrawn = world.day
        elif one.home(world.day) is issue:
            link = models.MeasureLink
            key = next(key for key, h in world.measures.items() if h is one)
            home_id = world.session.scalars(select(link.issue_id).where(link.measure_id == key, link.home)).one()
            one.homes.append((world.day, world.issues[home_id]))


Act = Callable[[World, models.Measure, oracle.History], None]
PLANNING: list[Act] = [
    amend,
    amend,
    amend,
    amend_issue,
    amend_issue,
    change_rules,
    add_round,
    cancel_round,
    change_round,
    link,
]
SELDOM: list[Act] = [withdraw_measure, withdraw_issue]


def choices(world: World, measure: models.Measure, h: oracle.History) -> list[Act]:
    if world.rng.random() < 0.02:
        return SELDOM
    if progress.open_submission(world.session, measure.id) is not None:
        return [*[decide] * 6, report, report, send_back, extend, correct, confirm, refuse, *PLANNING]
    if oracle.verdict(h, world.day) in oracle.GOOD:
        return [*[reopen] * 4, sign_off, *PLANNING]
    return [
        *[report] * 12,
        *[send_back] * 3,
        *[submit] * 5,
        *[confirm] * 3,
        unconfirm,
        extend,
        correct,
        reopen,
        refuse,
        *PLANNING,
    ]


def act_out(world: World) -> None:
    """One random act; where the ledger refuses it, it did not happen. Rounds open on their day."""
    due = update(models.Round).where(models.Round.opens_on <= world.day, models.Round.opened_at.is_(None))
    world.session.execute(due.values(opened_at=at_of(world.day)))
    there = [key for key, h in world.measures.items() if h.there(world.day)]
    if not there:
        return
    measure_id = world.rng.choice(there)
    measure, h = world.session.get_one(models.Measure, measure_id), world.measures[measure_id]
    act = world.rng.choice(choices(world, measure, h))
    try:
        with world.session.begin_nested():
            act(world, measure, h)
    except Refused:
        world.session.expire_all()


# -- the proof -------------------------------------------------------------------------------------------------------

Said = dict[tuple[int, int], str]


def oracle_says(world: World, day: dt.date) -> tuple[Said, Said]:
    """{(inspection, measure): verdict} and {(inspection, issue): verdict} of all that counts on a day."""
    measures = {
        (world.batch_id(issue.batch), key): oracle.verdict(h, day)
        for key, h in world.measures.items()
        for issue in world.answers(h)
        if h in issue.measures(day) and issue.there(day)
    }
    issues = {
        (world.batch_id(issue.batch), key): oracle.issue_verdict(issue, day)
        for key, issue in world.issues.items()
        if issue.there(day)
    }
    return measures, issues


def ledger_says(world: World, day: dt.date) -> tuple[Said, set[tuple[int, int]]]:
    """The same from the ledger's own list, and which of it is marked 更正."""
    rows = figures.rows(world.session, figures.Scope(access.SYSTEM), "total", day, limit=None)
    said = {(row.inspection_id, row.measure_id or 0): schedule.verdict(row, day).value for row in rows}
    return said, {(row.inspection_id, row.measure_id or 0) for row in rows if row.corrected}


def assert_all_agree(world: World, day: dt.date) -> None:
    """Oracle, SQL, Python, figures, lists, export and `rectify figures` say the same of a day."""
    measures, issues = oracle_says(world, day)
    assert ledger_says(world, day)[0] == measures, day
    s = models.MeasureStanding
    in_sql = world.session.execute(select(s.measure_id, standing.verdict_case(s, day)).where(standing.on(s, day)))
    assert dict(in_sql.tuples().all()) == {key: word for (_, key), word in measures.items()}, day
    document = figures.document(world.session, None, day)["inspections"]
    name = figures.FIGURES[day.toordinal() % len(figures.FIGURES)]
    for counted, wanted in (("measures", measures), ("issues", issues)):
        scope = figures.Scope(access.SYSTEM, counted=counted)
        listed = figures.rows(world.session, scope, "total", day, limit=None)
        found = {
            (row.inspection_id, row.measure_id or row.issue_id): schedule.verdict(row, day).value for row in listed
        }
        assert found == wanted, (counted, day)
        count = figures.count(world.session, scope, day)
        assert {word: n for word in figures.VERDICTS if (n := getattr(count, word))} == Counter(wanted.values()), day
        assert count.total == len(wanted) == sum(getattr(count, word) for word in figures.VERDICTS), day
        exported = list(figures.lines(world.session, scope, name, day, chunk=3))
        behind = figures.rows(world.session, scope, name, day, limit=None)
        assert [line.row for line in exported] == behind and len(behind) == getattr(count, name), (counted, name, day)
        by_name = {one["name"]: one[counted] for one in document}
        for inspection_id in world.inspections:
            told_ = by_name[world.session.get_one(models.Inspection, inspection_id).name]
            words = Counter(word for (batch_id, _), word in wanted.items() if batch_id == inspection_id)
            assert {w: told_[w] for w in figures.VERDICTS if told_[w]} == words, (counted, day)
            assert told_["total"] == words.total(), (counted, day)
            assert told_["done"] == sum(words[word] for word in counts_as_done(world, inspection_id, day)), (
                counted,
                day,
            )


def counts_as_done(world: World, inspection_id: int, day: dt.date) -> set[str]:
    """The verdicts that an inspection counts as done, by its rules of a day."""
    batch = world.inspections[inspection_id]
    also = {"basically_completed": "basically_counts_as_done", "long_term": "long_term_counts_as_done"}
    return {*oracle.GOOD, *(word for word, rule in also.items() if batch.rule(rule, day))}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_ledger_says_of_every_day_is_what_the_oracle_says(session: Session, seed: int) -> None:
    world = lay_out(session, random.Random(seed))
    stored: dict[dt.date, tuple[Said, dict[str, Any]]] = {}
    days = sorted(world.rng.choices(range(1, DAYS), k=ACTS))
    for n, offset in enumerate(days):
        world.day, world.n = plus(offset), n + 1
        act_out(world)
        if n + 1 == len(days) or days[n + 1] > offset:  # the evening of a day: what was counted then
            stored[world.day] = ledger_says(world, world.day)[0], figures.document(session, None, world.day)

    looked_at = {plus(offset) for offset in range(0, DAYS + 30, 1 if LONG else 9)}
    for day in sorted(looked_at | (set(stored) if LONG else set(sorted(stored)[::6]))):
        assert_all_agree(world, day)
    for day, (then, document) in stored.items():
        now, marked = ledger_says(world, day)
        assert {key: word for key, word in now.items() if key not in marked} == {
            key: word for key, word in then.items() if key not in marked
        }, day
        assert marked == {(batch, key) for batch, key in now if oracle.corrected(world.measures[key], day)}, day
        assert marked or figures.document(session, None, day) == document, day
    for offset in (40, 120, DAYS):  # recomputed as it was known then, nothing counted as stored
        notes: list[str] = []
        assert (figures.check(session, plus(offset), notes), notes) == ([], []), offset
