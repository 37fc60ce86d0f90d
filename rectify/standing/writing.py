"""The only writer of standings: what acts have done to measures and issues, from their day on or restated from an earlier one.

Every act calls `write` for the measures it touched; nothing is recomputed when the day turns.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from rectify import models
from rectify.models import bulk
from rectify.rules import schedule

from .gathering import Gathered, GatheredIssue, gather, gather_issues
from .reading import FAR, TURN_FIELDS, Standing, on

CHUNK = 2000
WATCHED = "standings watched"
Watched = dict[tuple[Standing, int], tuple[schedule.Turns, schedule.Turns]]
"""For `effects`: what an item's turns were and what they became."""


class _AsStored:
    """Instead of turns: what is stored of these days stays, since what they rest on was kept by nobody."""


AS_STORED = _AsStored()
History = list[tuple[dt.date, schedule.Turns | _AsStored | None]]
"""What is to be said of an item since each of these days; None: it does not count."""


def of(session: Session, measure_id: int, day: dt.date) -> models.MeasureStanding | None:
    """What the ledger says of a measure on a day; None before it counted or after it was withdrawn."""
    write_held(session, measure_id)
    query = select(models.MeasureStanding).where(
        models.MeasureStanding.measure_id == measure_id, on(models.MeasureStanding, day)
    )
    return session.execute(query).scalars().first()


def of_issue(session: Session, issue_id: int, day: dt.date) -> models.IssueStanding | None:
    """What the ledger says of an issue on a day; None before it counted or after it was withdrawn."""
    write_held(session)
    query = select(models.IssueStanding).where(models.IssueStanding.issue_id == issue_id, on(models.IssueStanding, day))
    return session.execute(query).scalars().first()


def write(
    session: Session, measure_ids: Iterable[int], *, day: dt.date, at: dt.datetime, effect_on: dt.date | None = None
) -> None:
    """Write what the ledger knows of these measures, and of the issues they answer, from `day` on.

    `day` is the civil day of the act. An audited correction gives `effect_on`, an earlier day: the rows from then on are
    superseded, kept, and their replacements written as known now; what rests on a correction says so (S2). A measure that was withdrawn leaves from that day
    (S14). Flushes; commits nothing.
    """
    session.flush()
    held: Held | None = session.info.get(HELD)
    if held is not None:
        if effect_on is None:
            held.add(measure_ids, day, at)
            return
        write_held(session)
    for ids in _chunks(measure_ids):
        known: dict[int, schedule.Turns] = {}
        _take_turns(session, ids)
        gathered = gather(session, ids, looking_back=effect_on is not None)
        if effect_on is None:
            wanted = {
                measure_id: None if _gone(g.withdrawn_on, day) else schedule.measure_turns(g.facts)
                for measure_id, g in gathered.items()
            }
            known = _store(session, models.MeasureStanding, "measure_id", wanted, day, at)
        else:
            histories = {measure_id: _history(g, effect_on) for measure_id, g in gathered.items()}
            _restate(session, models.MeasureStanding, "measure_id", histories, effect_on, at)
        links = select(models.MeasureLink.issue_id).where(bulk.among(models.MeasureLink.measure_id, ids))
        _write_issues(session, sorted(set(session.scalars(links))), day, at, effect_on, known)


def write_inspection(session: Session, inspection_id: int, *, day: dt.date, at: dt.datetime) -> None:
    """Write the standings of all measures at home in an inspection, after its rounds or rules changed."""
    query = select(models.MeasureLink.measure_id).where(
        models.MeasureLink.inspection_id == inspection_id, models.MeasureLink.home
    )
    write(session, list(session.scalars(query)), day=day, at=at)


def write_issue(session: Session, issue_id: int, *, day: dt.date, at: dt.datetime) -> None:
    """Write the standings of an issue and of all its measures, after what they inherit changed."""
    query = select(models.MeasureLink.measure_id).where(models.MeasureLink.issue_id == issue_id)
    write(session, list(session.scalars(query)), day=day, at=at)
    held: Held | None = session.info.get(HELD)
    if held is None:
        _write_issues(session, [issue_id], day, at, None)
    else:
        held.issue_ids.add(issue_id)


def _take_turns(session: Session, measure_ids: Sequence[int]) -> None:
    """Hold the issues of these measures until the transaction ends.

    Two acts on one issue, or an act and the night, write its standings one after the other, each knowing what the
    earlier one did. On SQLite whoever writes is alone anyway.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    issues = select(models.MeasureLink.issue_id).where(bulk.among(models.MeasureLink.measure_id, measure_ids))
    session.execute(
        select(models.Issue.id)
        .where(models.Issue.id.in_(issues))
        .order_by(models.Issue.id)
        .with_for_update(key_share=True)
    ).all()


HELD = "standings held"


@dataclass
class Held:
    """What `together` still has to write: measures and issues, as of the last act's day."""

    measure_ids: set[int]
    issue_ids: set[int]
    day: dt.date | None = None
    at: dt.datetime | None = None

    def add(self, measure_ids: Iterable[int], day: dt.date, at: dt.datetime) -> None:
        assert self.day in (None, day), "acts written together are of one day"
        self.measure_ids |= set(measure_ids)
        self.day, self.at = day, at


@contextlib.contextmanager
def together(session: Session) -> Iterator[None]:
    """Many acts of one day write their standings once, at the end; whoever asks for one in between gets it written."""
    assert HELD not in session.info, "together does not nest"
    session.info[HELD] = Held(set(), set())
    try:
        yield
        write_held(session)
    finally:
        session.info.pop(HELD, None)


def write_held(session: Session, measure_id: int | None = None) -> None:
    """Write what is held, if it holds this measure (None: anything)."""
    held: Held | None = session.info.get(HELD)
    if held is None or held.day is None or held.at is None:
        return
    if measure_id is not None and measure_id not in held.measure_ids:
        return
    session.info.pop(HELD)
    write(session, sorted(held.measure_ids), day=held.day, at=held.at)
    _write_issues(session, sorted(held.issue_ids), held.day, held.at, None)
    session.info[HELD] = Held(set(), set())


def _write_issues(
    session: Session,
    issue_ids: Sequence[int],
    day: dt.date,
    at: dt.datetime,
    effect_on: dt.date | None,
    known: Mapping[int, schedule.Turns] | None = None,
) -> None:
    """`known` are turns of measures that hold on `day`, just written: they need not be read again."""
    for ids in _chunks(issue_ids):
        issues = gather_issues(session, ids, looking_back=effect_on is not None)
        if effect_on is not None:
            links = _links_since(session, ids, effect_on)
            histories = {issue_id: _issue_history(g, links[issue_id], effect_on) for issue_id, g in issues.items()}
            _restate(session, models.IssueStanding, "issue_id", histories, effect_on, at)
            continue
        turns = _measure_turns_of(session, ids, day, known or {})
        wanted = {
            issue_id: None if not turns[issue_id] or _gone(g.withdrawn_on, day) else g.turns(turns[issue_id])
            for issue_id, g in issues.items()
        }
        _store(session, models.IssueStanding, "issue_id", wanted, day, at)


class _Link(NamedTuple):
    """A measure that answers an issue since a day, and what was said of it: (since, until, turns)."""

    since_on: dt.date | None
    said: list[tuple[dt.date, dt.date | None, schedule.Turns]]

    def turns_on(self, day: dt.date) -> schedule.Turns | None:
        if self.since_on is not None and self.since_on > day:
            return None
        return next((turns for since, until, turns in self.said if since <= day and not _gone(until, day)), None)


def _links_since(session: Session, issue_ids: Sequence[int], effect_on: dt.date) -> dict[int, list[_Link]]:
    """The measures of issues in their order, and what is said of them of the days from `effect_on` on."""
    standing, link = models.MeasureStanding, models.MeasureLink
    found: dict[int, dict[int, _Link]] = defaultdict(dict)
    query = (
        select(link.issue_id, link.id, link.since_on, standing.since_on, standing.until_on, *_turn_columns(standing))
        .join(standing, standing.measure_id == link.measure_id)
        .where(
            bulk.among(link.issue_id, issue_ids),
            standing.superseded_at.is_(None),
            or_(standing.until_on.is_(None), standing.until_on > effect_on),
        )
        .order_by(link.seq, link.id, standing.since_on)
    )
    for issue_id, link_id, linked_on, since_on, until_on, *turns in session.execute(query):
        said = found[issue_id].setdefault(link_id, _Link(linked_on, [])).said
        said.append((since_on, until_on, schedule.Turns(*turns)))
    return defaultdict(list, {issue_id: list(links.values()) for issue_id, links in found.items()})


def _issue_history(gathered: GatheredIssue, links: Sequence[_Link], effect_on: dt.date) -> History:
    """What is to be said of an issue from `effect_on` on, its measures' days already restated."""
    days = {link.since_on for link in links} | {end for link in links for span in link.said for end in span[:2]}
    days |= gathered.learnt_on()
    history: History = []
    for day in sorted({effect_on, *(known for known in days if known is not None and known > effect_on)}):
        measures = [turns for link in links if (turns := link.turns_on(day)) is not None]
        if not measures or _gone(gathered.withdrawn_on, day):
            history.append((day, None))
        else:
            history.append((day, gathered.turns_known_on(day, measures) or AS_STORED))
    return history


def _gone(withdrawn_on: dt.date | None, day: dt.date) -> bool:
    return withdrawn_on is not None and withdrawn_on <= day


def _measure_turns_of(
    session: Session, issue_ids: Sequence[int], day: dt.date, known: Mapping[int, schedule.Turns]
) -> dict[int, list[schedule.Turns]]:
    """The turns of each issue's measures on `day`, in their order; of those that are not `known` as the ledger has them."""
    standing, link = models.MeasureStanding, models.MeasureLink
    links = (
        session.execute(
            select(link.issue_id, link.measure_id)
            .where(bulk.among(link.issue_id, issue_ids), or_(link.since_on.is_(None), link.since_on <= day))
            .order_by(link.seq)
        )
        .tuples()
        .all()
    )
    other = {measure_id for _, measure_id in links if measure_id not in known}
    query = select(standing.measure_id, *_turn_columns(standing)).where(
        bulk.among(standing.measure_id, other), on(standing, day)
    )
    turns = dict(known)
    if other:
        turns |= {row[0]: schedule.Turns(*row[1:]) for row in bulk.read(session, query)}
    found: dict[int, list[schedule.Turns]] = defaultdict(list)
    for issue_id, measure_id in links:
        if measure_id in turns:
            found[issue_id].append(turns[measure_id])
    return found


def _history(gathered: Gathered, effect_on: dt.date) -> History:
    """What is to be said of a measure from `effect_on` on: one entry for each day on which the ledger learnt something."""
    history: History = []
    for day in sorted({effect_on, *(known for known in gathered.learnt_on() if known > effect_on)}):
        if _gone(gathered.withdrawn_on, day):
            history.append((day, None))
        else:
            facts = gathered.known_on(day)
            history.append((day, AS_STORED if facts is None else schedule.measure_turns(facts)))
    return history


def _store(
    session: Session,
    standing: Standing,
    key: str,
    wanted: dict[int, schedule.Turns | None],
    day: dt.date,
    at: dt.datetime,
) -> dict[int, schedule.Turns]:
    """Close the current rows that no longer say what is wanted, and write the new ones since `day`.

    Gives the turns that hold on `day` now.
    """
    owner = getattr(standing, key)
    current = {
        getattr(row, key): row
        for row in session.execute(
            select(standing.id, owner, standing.since_on, *_turn_columns(standing)).where(
                bulk.among(owner, list(wanted)), standing.until_on.is_(None), standing.superseded_at.is_(None)
            ),
        )
    }
    replaced: list[int] = []
    closed: list[int] = []
    new: list[dict[str, Any]] = []
    hold: dict[int, schedule.Turns] = {}
    for item_id, turns in wanted.items():
        row = current.get(item_id)
        if turns is not None and (row is None or row.since_on <= day):
            hold[item_id] = turns
        if row is not None and turns is not None:
            held = schedule.Turns(*row[3:])
            if held == turns:
                continue
            _watch(session, standing, item_id, held, turns)
        if row is not None:
            (replaced if row.since_on >= day else closed).append(row.id)
        if turns is not None:
            since = max(row.since_on, day) if row is not None else day
            new.append(_row(key, item_id, turns, since, at))
    _stamp(session, standing, replaced, superseded_at=at)
    _stamp(session, standing, closed, until_on=day)
    bulk.insert(session.connection(), standing, new)
    return hold


def _watch(session: Session, standing: Standing, item_id: int, held: schedule.Turns, turns: schedule.Turns) -> None:
    """Tell whoever watches an act what it makes of a standing."""
    watched: Watched | None = session.info.get(WATCHED)
    if watched is not None and held != turns:
        watched[standing, item_id] = watched.get((standing, item_id), (held,))[0], turns


def _restate(
    session: Session,
    standing: Standing,
    key: str,
    histories: Mapping[int, History],
    effect_on: dt.date,
    at: dt.datetime,
) -> None:
    """Replace what was said of the days from `effect_on` on; the replaced rows stay, stamped superseded (S2)."""
    owner = getattr(standing, key)
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(
        select(owner, standing.id, standing.since_on, standing.until_on, *_turn_columns(standing))
        .where(
            bulk.among(owner, list(histories)),
            standing.superseded_at.is_(None),
            or_(standing.until_on.is_(None), standing.until_on > effect_on),
        )
        .order_by(standing.since_on)
    ):
        rows[row[0]].append(row)
    new: list[dict[str, Any]] = []
    for item_id, held in rows.items():
        first, since_on = held[0], max(held[0].since_on, effect_on)
        if first.since_on < effect_on:
            new.append(_row(key, item_id, schedule.Turns(*first[4:]), first.since_on, at) | {"until_on": effect_on})
        last: schedule.Turns | None = None
        for since, turns in _resolved(histories[item_id], held, since_on):
            if turns == last:
                continue
            if last is not None:
                new[-1]["until_on"] = since
            if turns is not None:
                new.append(_row(key, item_id, turns, since, at))
            last = turns
        if last is not None and held[-1].until_on is None:
            _watch(session, standing, item_id, schedule.Turns(*held[-1][4:]), last)
    _stamp(session, standing, [row.id for held in rows.values() for row in held], superseded_at=at)
    bulk.insert(session.connection(), standing, new)


def _resolved(history: History, held: Sequence[Any], since_on: dt.date) -> list[tuple[dt.date, schedule.Turns | None]]:
    """A history from `since_on` on, with what is stored where it can only stay as it is."""
    begun = [entry for entry in history if entry[0] <= since_on][-1:]
    entries = [(since_on, begun[0][1])] if begun else []
    entries += [entry for entry in history if entry[0] > since_on]
    found: list[tuple[dt.date, schedule.Turns | None]] = []
    for (since, turns), (until, _) in zip(entries, [*entries[1:], (FAR, None)], strict=True):
        if not isinstance(turns, _AsStored):
            found.append((since, turns))
            continue
        for day in sorted({since, *(row.since_on for row in held if since < row.since_on < until)}):
            row = next((row for row in held if row.since_on <= day and not _gone(row.until_on, day)), None)
            found.append((day, None if row is None else schedule.Turns(*row[4:])))
    return found


def _turn_columns(standing: Standing) -> list[Any]:
    return [getattr(standing, name) for name in TURN_FIELDS]


def _row(key: str, item_id: int, turns: schedule.Turns, since: dt.date, at: dt.datetime) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(turns, name) for name in TURN_FIELDS}
    return values | {
        key: item_id,
        "since_on": since,
        "until_on": None,
        "written_at": at,
        "superseded_at": None,
        "sort_on": turns.deadline_on or FAR,
        "next_turn_on": turns.next_turn_after(since),
    }


def _stamp(session: Session, standing: Standing, ids: Sequence[int], **values: Any) -> None:
    for chunk in _chunks(ids):
        session.execute(
            update(standing).where(bulk.among(standing.id, chunk)).values(**values),
            execution_options={"synchronize_session": False},
        )


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]
