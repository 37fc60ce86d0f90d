"""`rectify figures --check`: every standing recomputed from the facts as known on a day, then every count from those.

Nothing here trusts a stored day or a GROUP BY: turning days come from `rules.schedule`, figures are added up row by row in
Python. Issue by issue in chunks, so that a large ledger needs no more memory than a small one.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from rectify import access, former, models, standing
from rectify.models import bulk
from rectify.rules import ladder, quantities, schedule, verdicts
from rectify.rules.sentence import FIGURES, Figures
from rectify.rules.verdicts import Verdict

from . import counting
from .counting import HORIZONS, MORE

CHUNK = 1000
NAMES = ("text", "round")  # of a milestone, of a round: put right without a new standing
Rules = dict[int, Any]
"""By inspection: what counts as done in it beside what always does, and from when a deadline is near."""
Key = tuple[str, str, int]
"""What figures are added up for: `inspection`, `unit` or `region`; `measures` or `issues`; whose."""


@dataclass
class _Check:
    """One run: what was found wrong so far, how much could not be recomputed, and the sums."""

    session: Session
    day: dt.date
    judged_on: dt.date  # up to this day the next turning days were moved ahead
    wrong: list[str] = field(default_factory=list)
    kept: set[tuple[str, int]] = field(default_factory=set)
    sums: dict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    shared: set[int] = field(default_factory=set)  # the measures that count in several inspections


def check(session: Session, day: dt.date, notes: list[str] | None = None) -> list[str]:
    """Recompute every standing from the facts as known on `day`, then every count from those; a sentence each.

    Where nobody kept what a plan or a rule was on `day`, the standing is not recomputed but counted as stored, and `notes`
    says how many.
    """
    ran = select(func.max(models.JobRun.day_on)).where(models.JobRun.job == "judge")
    run = _Check(session, day, max(day, session.scalar(ran) or day))
    names = ("near_due_days", *verdicts.ALSO_DONE)
    inspections = session.execute(
        select(models.Inspection.id, *(getattr(models.Inspection, name) for name in names))
    ).all()
    past = former.past(session, models.Inspection, [row.id for row in inspections])
    rules: Rules = {
        row.id: SimpleNamespace(**{name: past.was(row.id, name, day, getattr(row, name)) for name in names})
        for row in inspections
    }
    last = 0
    while ids := _next_issues(session, last):
        last = ids[-1]
        _check_issues(run, ids, rules)
    homeless = select(models.Measure.id).where(
        ~select(models.MeasureLink.id)
        .where(models.MeasureLink.measure_id == models.Measure.id, models.MeasureLink.home)
        .exists()
    )
    run.wrong += [f"measure {measure_id}: at home in no issue" for measure_id in session.scalars(homeless)]
    _check_counts(run)
    _check_lists(run, rules)
    if run.kept and notes is not None:
        counted = Counter(word for word, _ in run.kept)
        words = ", ".join(f"{counted[word]} {word}s" for word in ("measure", "issue") if counted[word])
        notes.append(f"what {words} were on {day} was kept by nobody: counted as stored")
    return run.wrong


def _next_issues(session: Session, after: int) -> list[int]:
    i = models.Issue
    return list(session.scalars(select(i.id).where(i.id > after).order_by(i.id).limit(CHUNK)))


# -- standings -------------------------------------------------------------------------------------------------------


def _check_issues(run: _Check, issue_ids: list[int], rules: Rules) -> None:
    """Check these issues and the measures at home in them, and add up what counts in them."""
    link, m = models.MeasureLink, models.Measure
    links = run.session.execute(
        select(link.id, link.issue_id, link.measure_id, link.inspection_id, link.home, link.since_on, m.implied,
               case((and_(*counting.links_counted(run.day)), True), else_=False).label("counts"))
        .join(m, m.id == link.measure_id)
        .where(bulk.among(link.issue_id, issue_ids))
        .order_by(link.issue_id, link.seq)
    ).all()  # fmt: skip
    gathered = standing.gather(run.session, sorted({row.measure_id for row in links}), looking_back=True)
    links = [row for row in links if row.measure_id in gathered]
    judged = _check_measures(run, gathered, {row.measure_id for row in links if row.home})
    units = _answering(run, "measure_id", list(gathered))
    counting_links = _links_that_count(run, list(gathered))
    of_issue: dict[int, list[Any]] = defaultdict(list)
    for row in links:
        of_issue[row.issue_id].append(row)
        if row.counts and not row.implied and row.measure_id in judged:
            theirs = counting_links[row.measure_id]
            is_shared = len({inspection_id for _, inspection_id in theirs}) > 1
            run.shared |= {row.measure_id} if is_shared else set()
            counted = _counted(judged[row.measure_id], rules[row.inspection_id], run.day, is_shared)
            # A unit has a measure once, as in the first inspection that counts it.
            where = units.get(row.measure_id, ()) if row.id == min(theirs)[0] else ()
            _add_up(run, "measures", row.inspection_id, where, counted)
    _check_issue_rows(run, issue_ids, of_issue, gathered, judged, rules)


def _links_that_count(run: _Check, measure_ids: list[int]) -> dict[int, list[tuple[int, int]]]:
    """(link, inspection) by which measures count on the day, in whatever inspection."""
    link = models.MeasureLink
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    query = select(link.measure_id, link.id, link.inspection_id).where(
        bulk.among(link.measure_id, measure_ids), *counting.links_counted(run.day)
    )
    for measure_id, link_id, inspection_id in run.session.execute(query):
        found[measure_id].append((link_id, inspection_id))
    return found


def _check_measures(
    run: _Check, gathered: dict[int, standing.Gathered], at_home: set[int]
) -> dict[int, schedule.Turns]:
    """The turning days of those of these measures that count on the day; those at home here are compared."""
    rows = _standings(run.session, models.MeasureStanding, "measure_id", list(gathered))
    judged: dict[int, schedule.Turns] = {}
    for measure_id, known in gathered.items():
        mine, span = rows.get(measure_id, []), (known.facts.begins_on, known.withdrawn_on)
        row, turns = _in_force(mine, run.day), None
        if _holds(*span, run.day):
            facts = known.known_on(run.day)
            if facts is None and row is not None:
                turns = _as_stored(run, "measure", measure_id, row)
            else:
                turns = schedule.measure_turns(facts or known.facts)
            judged[measure_id] = turns
        if measure_id in at_home:
            _compare(run, f"measure {measure_id}", row, turns)
            _check_spans(run, f"measure {measure_id}", mine, [span])
    return judged


def _check_issue_rows(
    run: _Check,
    issue_ids: list[int],
    links: dict[int, list[Any]],
    gathered: dict[int, standing.Gathered],
    judged: dict[int, schedule.Turns],
    rules: Rules,
) -> None:
    issues = standing.gather_issues(run.session, issue_ids, looking_back=True)
    rows = _standings(run.session, models.IssueStanding, "issue_id", issue_ids)
    units = _answering(run, "issue_id", issue_ids)
    for issue_id, known in issues.items():
        mine = rows.get(issue_id, [])
        row, turns = _in_force(mine, run.day), None
        linked = [one for one in links[issue_id] if one.since_on is None or one.since_on <= run.day]
        measures = [judged[one.measure_id] for one in linked if one.measure_id in judged]
        if measures and _holds(known.begins_on, known.withdrawn_on, run.day):
            turns = known.turns_known_on(run.day, measures)
            if turns is None:
                turns = _as_stored(run, "issue", issue_id, row) if row is not None else known.turns(measures)
            counted = _counted(turns, rules[known.inspection_id], run.day)
            _add_up(run, "issues", known.inspection_id, units.get(issue_id, ()), counted)
        _compare(run, f"issue {issue_id}", row, turns)
        spans = [
            (
                max(known.begins_on, one.since_on or known.begins_on, measure.facts.begins_on),
                _first(known.withdrawn_on, measure.withdrawn_on),
            )
            for one in links[issue_id]
            for measure in (gathered[one.measure_id],)
        ]
        _check_spans(run, f"issue {issue_id}", mine, spans)


def _as_stored(run: _Check, word: str, item_id: int, row: Any) -> schedule.Turns:
    """The turning days to go on with where what they rest on was kept by nobody."""
    run.kept.add((word, item_id))
    return schedule.Turns(*(getattr(row, name) for name in standing.TURN_FIELDS))


def _holds(since_on: dt.date, until_on: dt.date | None, day: dt.date) -> bool:
    return since_on <= day and (until_on is None or until_on > day)


def _first(*days: dt.date | None) -> dt.date | None:
    return min((day for day in days if day is not None), default=None)


def _standings(session: Session, table: Any, key: str, ids: list[int]) -> dict[int, list[Any]]:
    """All rows of these items, superseded ones too, in the order of their days."""
    owner = getattr(table, key)
    found: dict[int, list[Any]] = defaultdict(list)
    query = select(table.__table__).where(bulk.among(owner, ids)).order_by(table.since_on, table.id)
    for row in session.execute(query):
        found[getattr(row, key)].append(row)
    return found


def _in_force(rows: Iterable[Any], day: dt.date) -> Any | None:
    return next(
        (row for row in rows if row.superseded_at is None and _holds(row.since_on, row.until_on, day)),
        None,
    )


def _compare(run: _Check, item: str, row: Any | None, turns: schedule.Turns | None) -> None:
    """Say where the row in force on the day differs from what the facts give; None: the item does not count that day."""
    if turns is None:
        if row is not None:
            run.wrong.append(f"{item}: a standing on {run.day} although it does not count")
        return
    if row is None:
        run.wrong.append(f"{item}: no standing on {run.day}")
        return
    stored, wanted = schedule.verdict(row, run.day), schedule.verdict(turns, run.day)
    if stored != wanted:
        run.wrong.append(f"{item}: stored {stored}, recomputed {wanted}")
    for name in standing.TURN_FIELDS:
        had, has = getattr(row, name), getattr(turns, name)
        if name == "why":
            had, has = _told(had), _told(has)
        if had != has:
            run.wrong.append(f"{item}: {name} stored {had}, recomputed {has}")


def _told(why: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        word: {
            name: _whole(value) if name == "planned" else value for name, value in values.items() if name not in NAMES
        }
        for word, values in why.items()
    }


def _whole(planned: int | str) -> int:
    """What a planned line asked for, in whole units: standings from before there were decimals say no more."""
    return int(quantities.of(planned))


def _check_spans(run: _Check, item: str, rows: Sequence[Any], there: Sequence[tuple[dt.date, dt.date | None]]) -> None:
    """The rows that hold join without gap or overlap as long as the item counts; each row agrees with itself.

    `there` is when the item counts: since a day, until before another.
    """
    for row in rows:
        _check_row(run, item, row)
    holding = [row for row in rows if row.superseded_at is None]
    spans = [(row.since_on, row.until_on) for row in holding]
    for (_, until_on), (since_on, _) in zip(spans, spans[1:], strict=False):
        if until_on is None or until_on > since_on:
            run.wrong.append(f"{item}: two standings on {since_on}")
    had, wanted = _joined(spans), _joined(there)
    if had != wanted:
        run.wrong.append(f"{item}: standings {_said(had)}, counts {_said(wanted)}")


def _joined(spans: Iterable[tuple[dt.date, dt.date | None]]) -> list[tuple[dt.date, dt.date | None]]:
    """Spans of days that touch or overlap made one; those without a day left out."""
    found: list[tuple[dt.date, dt.date | None]] = []
    for since_on, until_on in sorted(spans, key=lambda span: (span[0], span[1] or standing.FAR)):
        if until_on is not None and until_on <= since_on:
            continue
        if found and (found[-1][1] is None or since_on <= found[-1][1]):
            last = found[-1][1]
            found[-1] = (found[-1][0], None if last is None or until_on is None else max(last, until_on))
        else:
            found.append((since_on, until_on))
    return found


def _said(spans: Iterable[tuple[dt.date, dt.date | None]]) -> str:
    return " and ".join(f"from {since} until {until or 'now'}" for since, until in spans) or "never"


def _check_row(run: _Check, item: str, row: Any) -> None:
    """What one row says of itself, in force or superseded: its order in lists, and which day it turns next."""
    where = f"{item}, standing {row.id}"
    if row.sort_on != (row.deadline_on or standing.FAR):
        run.wrong.append(f"{where}: sort_on {row.sort_on}, deadline_on {row.deadline_on}")
    if row.until_on is not None and row.until_on <= row.since_on:
        run.wrong.append(f"{where}: until_on {row.until_on} is not after since_on {row.since_on}")
    if row.superseded_at is not None and row.superseded_at < row.written_at:
        run.wrong.append(f"{where}: superseded_at {row.superseded_at} is before written_at {row.written_at}")
    turning = {getattr(row, name) for name in schedule.TURNING} - {None}
    ahead = {day for day in turning if day > row.since_on}
    looked_on = max(row.since_on, run.judged_on if row.until_on is None else row.until_on)
    next_on = min((day for day in ahead if day > looked_on), default=None)  # of none it may be behind
    if row.next_turn_on not in ahead | {None} or (next_on is not None and (row.next_turn_on or standing.FAR) > next_on):
        run.wrong.append(f"{where}: next_turn_on {row.next_turn_on}, turns on {sorted(map(str, ahead))}")


# -- counts ----------------------------------------------------------------------------------------------------------


def _counted(turns: Any, rules: Any, day: dt.date, shared: bool = False) -> list[str]:
    """The names of all figures of F and MORE in which an item with these turning days counts (design.md 4 and 8)."""
    verdict = schedule.verdict(turns, day)
    due = turns.deadline_on
    done = verdicts.is_done(verdict, verdicts.also_done(rules))
    found = ["total", verdict.value, "done" if done else "open"]
    if turns.long_term:
        found.append("long_term_flag")
    found += [name for name, holds in (("shared", shared), ("corrected", turns.corrected)) if holds]
    if verdict in (Verdict.OVERDUE, Verdict.BEHIND):
        found.append("lagging")
    told = [verdict.value]
    if verdict is Verdict.ON_SCHEDULE:
        told.append("on_schedule_reported" if turns.reported else "on_schedule_unreported")
        found.append(told[-1])
    if due is None:
        return found
    if due.year == day.year:
        found += ["due_this_year", "due_this_year_done" if done else "due_this_year_left"]
        found += [] if done else [f"left_{name}" for name in told]
    if due.year < day.year and not done:
        found.append("overdue_earlier_years")
    if not done:
        found += ["near_due"] if ladder.is_near(due, rules.near_due_days, day) else []
        found += [f"due_{days}" for days in HORIZONS if 0 <= (due - day).days <= days]
    return found


def _add_up(run: _Check, counted: str, inspection_id: int, units: Iterable[tuple[int, int]], names: list[str]) -> None:
    run.sums["inspection", counted, inspection_id].update(names)
    for unit_id in {unit_id for unit_id, _ in units}:
        run.sums["unit", counted, unit_id].update(names)
    for region_id in {region_id for _, region_id in units if region_id is not None}:
        run.sums["region", counted, region_id].update(names)


def _answering(run: _Check, key: str, ids: list[int]) -> dict[int, list[tuple[int, int]]]:
    """(unit, its region) of those that answer for items on the day."""
    a = models.Assignment
    owner = getattr(a, key)
    query = (
        select(owner, a.unit_id, models.Unit.region_id)
        .join(models.Unit, models.Unit.id == a.unit_id)
        .where(bulk.among(owner, ids), a.answers, a.since_on <= run.day)
        .where(or_(a.until_on.is_(None), a.until_on > run.day))
    )
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for item_id, unit_id, region_id in run.session.execute(query):
        found[item_id].append((unit_id, region_id))
    return found


def _check_counts(run: _Check) -> None:
    """Every figure of every inspection, unit and region, as it is counted, beside the sum of its rows."""
    session, day = run.session, run.day
    names = {row.id: row.name for row in counting.inspections(session, access.SYSTEM, day)}
    for counted in ("measures", "issues"):
        scope = counting.Scope(access.SYSTEM, counted=counted)
        tallies = counting.tallies(session, scope, day)
        for inspection_id, name in names.items():
            tally = tallies.get(inspection_id, counting.Tally())
            _say(run, name, ("inspection", counted, inspection_id), {n: tally[n] for n in (*FIGURES, *MORE)})
        if counted == "measures" and (told := counting.different_shared(session, scope, day)) != len(run.shared):
            run.wrong.append(f"all, measures: {told} different ones shared, rows give {len(run.shared)}")
        wholes = counting.listed(session, scope, day)
        total: Counter[str] = Counter()
        for (kind, what, _), sums in run.sums.items():
            if (kind, what) == ("inspection", counted):
                total.update(sums)
        for figure, n in wholes.items():
            if n != total[figure]:
                run.wrong.append(f"all, {counted}: {figure} listed {n}, rows give {total[figure]}")
        for kind, grouped in (("unit", counting.by_unit), ("region", counting.by_region)):
            found = {key: (name, figures) for key, name, figures in grouped(session, scope, day)}
            for key in sorted({*found, *(k for word, what, k in run.sums if (word, what) == (kind, counted))}):
                name, figures = found.get(key, (f"{kind} {key}", Figures()))
                _say(run, name, (kind, counted, key), figures.as_dict())


def _say(run: _Check, name: str, key: Key, told: dict[str, int]) -> None:
    sums = run.sums.get(key, Counter())
    for figure, n in told.items():
        if n != sums[figure]:
            run.wrong.append(f"{name}, {key[1]}: {figure} counted {n}, rows give {sums[figure]}")


def _check_lists(run: _Check, rules: Rules) -> None:
    """The list of all rows, page by page: each row once, and in it as many of each figure as are counted."""
    for counted in ("measures", "issues"):
        scope = counting.Scope(access.SYSTEM, counted=counted)
        listed: dict[int, Counter[str]] = defaultdict(Counter)
        for row in _pages(run.session, scope, run.day):
            listed[row.inspection_id].update(_counted(row, rules[row.inspection_id], run.day, row.shared))
        for kind, what, key in list(run.sums):
            sums = run.sums[kind, what, key]
            if (kind, what) == ("inspection", counted) and listed[key] != sums:
                for figure in sorted({*listed[key], *sums}):
                    if listed[key][figure] != sums[figure]:
                        run.wrong.append(
                            f"inspection {key}, list of {counted}: {figure} {listed[key][figure]} rows, "
                            f"the facts give {sums[figure]}"
                        )


def _pages(session: Session, scope: counting.Scope, day: dt.date) -> Iterator[counting.Row]:
    after: tuple[dt.date, int] | None = None
    while page := counting.rows(session, scope, "total", day, after=after, limit=CHUNK):
        yield from page
        after = (page[-1].sort_on, page[-1].row_id)
