"""Random histories, acted out and told to the slow oracle: what SQL says of every day is what the oracle says (R2)."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, figures, ledger, models, progress, rounds, standing
from rectify.rules import schedule
from tests import factories, oracle
from tests.support import LONG

BEGINS = dt.date(2026, 1, 5)
DAYS = 210
SEEDS = range(200 if LONG else 10)


def at_of(day: dt.date, n: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(2), dt.UTC) + dt.timedelta(seconds=n)


def plus(days: int) -> dt.date:
    return BEGINS + dt.timedelta(days=days)


def lay_out(
    session: Session, rng: random.Random
) -> tuple[models.Inspection, list[tuple[models.Measure, oracle.History]]]:
    inspection = factories.make_inspection(
        session,
        f"批次{rng.random()}",
        issued_on=BEGINS,
        basically_counts_as_done=rng.random() < 0.3,
        tolerance_percent=rng.choice([0, 5, 10]),
        immediate_days=rng.choice([20, 30]),
    )
    planned = []
    for month in range(0, DAYS // 30 + 1):
        opens, cut_off, grace = plus(30 * month), plus(30 * month + 25), rng.choice([0, 0, 3])
        session.add(
            models.Round(
                inspection_id=inspection.id,
                name=f"第{month + 1}期",
                opens_on=opens,
                cut_off_on=cut_off,
                grace_days=grace,
                opened_at=at_of(opens),
            )
        )
        planned.append((opens, cut_off, grace))
    session.flush()
    unit = factories.make_unit(session, f"单位{rng.random()}")
    issue = factories.make_issue(session, inspection, deadline_on=None, kind="none")
    measures = []
    for _ in range(3):
        kind = rng.choice(["date", "date", "date", "date_long", "long_term", "immediate", "ask"])
        deadline = plus(rng.randrange(20, DAYS)) if kind.startswith("date") else None
        target = 100 if kind == "date" and rng.random() < 0.4 else None
        start = plus(rng.randrange(0, 15)) if target or rng.random() < 0.3 else None
        measure = factories.make_measure(
            session,
            issue,
            lead=unit,
            deadline_on=deadline,
            kind="date" if kind.startswith("date") else kind,
            long_term=kind in ("date_long", "long_term"),
            start_on=start,
            target_quantity=target,
            day=BEGINS,
            at=at_of(BEGINS),
        )
        milestones = {}
        for due in sorted(rng.sample(range(5, DAYS - 20), rng.choice([0, 0, 1, 2]))):
            stone = models.Milestone(measure_id=measure.id, due_on=plus(due), text="目标")
            session.add(stone)
            session.flush()
            milestones[stone.id] = stone.due_on
        standing.write(session, [measure.id], day=BEGINS, at=at_of(BEGINS))
        history = oracle.History(
            begins=BEGINS,
            deadline=deadline,
            kind="date" if kind.startswith("date") else kind,
            long_term=kind in ("date_long", "long_term"),
            start=start,
            internal=BEGINS + dt.timedelta(days=inspection.immediate_days) if kind == "immediate" else None,
            milestones=milestones,
            target=target,
            tolerance=inspection.tolerance_percent,
            basically_counts=inspection.basically_counts_as_done,
            rounds=planned,
        )
        measures.append((measure, history))
    return inspection, measures


def act_out(
    session: Session, rng: random.Random, measure: models.Measure, h: oracle.History, day: dt.date, n: int
) -> None:
    """One random act; where the ledger refuses it, it did not happen."""
    by, at = access.SYSTEM, at_of(day, n)
    unit_id = session.scalar(select(models.Assignment.unit_id).where(models.Assignment.measure_id == measure.id))
    waiting = progress.open_submission(session, measure.id)
    sent = [e for e in h.events if e.kind == "submit"]
    if waiting is not None:
        choices = ["decide"] * 4 + ["report", "extend", "confirm", "refuse"]
    elif oracle.verdict(h, day) in oracle.GOOD:
        choices = ["reopen", "sign_off"]
    else:
        choices = ["report"] * 6 + ["submit"] * 3 + ["confirm"] * 2 + ["unconfirm", "extend", "reopen", "refuse"]
    what = rng.choice(choices)
    try:
        with session.begin_nested():
            if what == "report":
                reached = [m for m in h.milestones if oracle._reached(h, m, day) or rng.random() < 0.4]
                values = {
                    "state": rng.choice(["not_started", "in_progress", "in_progress"]),
                    "quantity": rng.randrange(0, 110) if h.target else None,
                    "reached": reached,
                }
                progress.report(
                    session,
                    measure,
                    by=by,
                    unit_id=unit_id,
                    on_behalf=False,
                    text="推进",
                    day=day,
                    at=at,
                    **values,  # type: ignore[arg-type]
                )
                event = oracle.Event(day, "report", values)
            elif what == "submit":
                claim = rng.choice(["completed", "completed", "basically_completed"])
                progress.submit(
                    session, measure, by=by, unit_id=unit_id, on_behalf=False, claim=claim, text="完成", day=day, at=at
                )
                event = oracle.Event(day, "submit", {"claim": claim})
            elif what == "decide" and waiting is not None:
                how = rng.choice(["accept", "accept", "return", "return", "withdraw"])
                if how == "accept":
                    progress.accept(session, waiting, by=by, unit_id=None, day=day, at=at)
                elif how == "return":
                    progress.return_(session, waiting, by=by, unit_id=None, reason="补充", day=day, at=at)
                else:
                    progress.withdraw(session, waiting, by=by, day=day, at=at)
                event = oracle.Event(day, how, {"of": id(sent[-1])})
            elif what == "confirm":
                word = rng.choice(["on_schedule", "behind"])
                last = day + dt.timedelta(days=rng.randrange(0, 40)) if word == "on_schedule" else None
                rounds.confirm(session, measure, word, "核实", last, by=by, day=day, at=at)
                event = oracle.Event(day, "confirm", {"verdict": word, "last": last})
            elif what == "unconfirm":
                rows = session.scalars(
                    select(models.Confirmation)
                    .where(models.Confirmation.measure_id == measure.id)
                    .order_by(models.Confirmation.confirmed_on.desc(), models.Confirmation.id.desc())
                ).all()
                if not rows:
                    return
                rounds.withdraw_confirmation(session, rows[0], by=by, day=day, at=at)
                event = oracle.Event(day, "unconfirm")
            elif what == "extend":
                new = day + dt.timedelta(days=rng.randrange(1, 80))
                ledger.extend(
                    session,
                    measure,
                    new_deadline_on=new,
                    approved_on=day,
                    document_number="1号",
                    reason="工期",
                    by=by,
                    day=day,
                    at=at,
                )
                event = oracle.Event(day, "extend", {"deadline": new})
            elif what == "reopen":
                new_on = day + dt.timedelta(days=rng.randrange(0, 60)) if rng.random() < 0.5 else None
                progress.reopen(session, measure, by=by, reason="反弹", new_deadline_on=new_on, day=day, at=at)
                event = oracle.Event(day, "reopen", {"deadline": new_on})
            elif what == "sign_off":
                progress.sign_off(session, measure, by=by, signed_off_on=day, day=day, at=at)
                event = oracle.Event(day, "sign_off")
            elif what == "refuse" and h.milestones:
                milestone_id = rng.choice(list(h.milestones))
                stone = session.get_one(models.Milestone, milestone_id)
                rounds.refuse_milestone(session, measure, stone, reason="不实", by=by, day=day, at=at)
                event = oracle.Event(day, "refuse", {"milestone": milestone_id})
            else:
                return
    except (progress.Refused, rounds.Refused, ledger.Refused):
        session.expire_all()
        return
    h.events.append(event)
    if what == "submit" and not any(e.kind == "report" and e.day == day for e in h.events):
        # A unit that had not reported in the open round reports by submitting.
        last = session.scalars(
            select(models.ProgressReport)
            .where(models.ProgressReport.measure_id == measure.id)
            .order_by(models.ProgressReport.id.desc())
            .limit(1)
        ).first()
        if last is not None and last.at == at:
            reached_now = [m for m in h.milestones if oracle._reached(h, m, day)]
            h.events.append(
                oracle.Event(day, "report", {"state": last.state, "quantity": None, "reached": reached_now})
            )


@pytest.mark.parametrize("seed", SEEDS)
def test_what_sql_says_of_every_day_is_what_the_oracle_says(session: Session, seed: int) -> None:
    rng = random.Random(seed)
    inspection, measures = lay_out(session, rng)
    for n, offset in enumerate(sorted(rng.choices(range(1, DAYS), k=90))):
        measure, history = rng.choice(measures)
        act_out(session, rng, measure, history, plus(offset), n)

    scope = figures.Scope(access.SYSTEM, (inspection.id,))
    turned = {e.day for _, h in measures for e in h.events} if LONG else set()
    looked_at = {plus(offset) for offset in range(0, DAYS + 30, 1 if LONG else 4)} | turned
    for day in sorted(looked_at):
        wanted = {m.id: oracle.verdict(h, day) for m, h in measures}
        rows = figures.rows(session, scope, "total", day)
        assert {r.measure_id: schedule.verdict(r, day).value for r in rows} == wanted, (seed, day)
        standing_ = models.MeasureStanding
        in_sql = session.execute(
            select(standing_.measure_id, standing.verdict_case(standing_, day)).where(
                standing.on(standing_, day), standing_.measure_id.in_(wanted)
            )
        ).all()
        assert {measure_id: word for measure_id, word in in_sql} == wanted, (seed, day)
        counted = figures.count(session, scope, day)
        assert {name: n for name in figures.VERDICTS if (n := getattr(counted, name))} == Counter(wanted.values())
        name = figures.FIGURES[day.toordinal() % len(figures.FIGURES)]
        assert len(figures.rows(session, scope, name, day)) == getattr(counted, name), (name, day)
        issues = figures.rows(session, scope.over(counted="issues"), "total", day)
        assert [schedule.verdict(r, day).value for r in issues] == [
            oracle.issue_verdict([h for _, h in measures], day)
        ], (
            seed,
            day,
        )
    for offset in (40, 120, DAYS):  # recomputed as it was known then, nothing counted as stored
        notes: list[str] = []
        assert (figures.check(session, plus(offset), notes), notes) == ([], []), (seed, offset)
