"""Releases (发布的报告): a report checked, numbered and frozen with the rows behind it, and compared with the one before.

What may be claimed is `rules.sentence`'s and `rules.claims`', what counts as a change `rules.changes`'. Nothing here
commits. Rows are kept as they were: what is known of the same day may be another thing an hour later (design.md 3, S2).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, text
from sqlalchemy.orm import Session

from rectify import access, figures, models, records
from rectify.models import bulk
from rectify.rounds import Refused
from rectify.rules import changes, claims, schedule, sentence, verdicts
from rectify.rules.ratios import OnTime

COUNTED = ("measures", "issues")
FROZEN = (*figures.FIGURES, *figures.MORE)
"""The figures that a release keeps."""
LONGEST = 5000
"""Characters of what the office writes into a release."""

Key = tuple[str, int]
"""What is counted, and the inspection."""

_ROWS = models.ReleaseRow
_LINE = (
    "issue_text",
    "goal",
    "category",
    "source",
    "deadline_raw",
    "progress",
    "progress_on",
    "difficulty",
    "next_step",
)


def title(release: models.Release) -> str:
    """2026年第3期."""
    return f"{release.year}年第{release.number}期"


# -- the report ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A report with the inspections it is about, the scope of their rows, and who has not reported."""

    report: sentence.Report
    subjects: list[sentence.Subject]
    scope: figures.Scope
    silent: list[claims.Silent]


def write(
    session: Session,
    person: access.Person,
    day: dt.date,
    ids: Iterable[int] | None = None,
    *,
    wording: sentence.Wording | None = None,
    form: str = "",
) -> Written:
    """The report of these inspections (None: all the person sees) as of `day`: its sentences, then by name what is
    overdue or behind, and what has not reported (domain.md c.3 pattern 6, c.4)."""
    wording = wording or sentence.Wording()
    subjects = figures.subjects(session, person, day, None if ids is None else tuple(ids), form)
    scope = figures.Scope(person, tuple(subject.key for subject in subjects))
    report = sentence.write(subjects, day, wording)
    if report.refused:
        return Written(report, subjects, scope, [])
    silent = _silent(session, scope, day)
    named = [
        *claims.lagging(subjects, _lagging(session, scope, day), wording.schedule),
        *claims.naming(subjects, silent),
    ]
    return Written(replace(report, sentences=(*report.sentences, *named)), subjects, scope, silent)


# -- before it is released -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Other:
    """A figure that an earlier release tells otherwise of the same day."""

    release: str
    inspection: str
    counted: str
    figure: str
    before: int
    after: int


@dataclass(frozen=True)
class Draft:
    """A report about to be released: what it says, what stands against it, what changed since the one before.

    `faults` are told each with what to do; `seen` names exactly these sentences and figures, not what the office adds.
    """

    day: dt.date
    report: sentence.Report
    subjects: list[sentence.Subject]
    scope: figures.Scope
    silent: list[claims.Silent]
    previous: models.Release | None
    changed: list[changes.Change]
    others: list[Other]
    addition: str = ""
    faults: list[Refused] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.report.text + self.addition

    @property
    def seen(self) -> str:
        held = [
            self.report.text,
            self.day.isoformat(),
            [[s.key, asdict(s.issues), asdict(s.measures)] for s in self.subjects],
        ]
        return hashlib.sha256(json.dumps(held, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


def draft(
    session: Session,
    person: access.Person,
    day: dt.date,
    ids: Iterable[int] | None = None,
    *,
    wording: sentence.Wording | None = None,
    form: str = "",
    addition: str = "",
    note: str = "",
) -> Draft:
    """The report of these inspections (None: all the person sees) as it would be released now, with its checks."""
    told = write(session, person, day, ids, wording=wording, form=form)
    subjects = [subject for subject in told.subjects if subject.issues.total or subject.measures.total]
    scope = figures.Scope(person, tuple(subject.key for subject in subjects))
    previous = _previous(session, scope.inspection_ids or (), day)
    changed = _since(session, previous, scope, day)
    report = told.report
    if not report.refused:
        report = replace(report, sentences=(*report.sentences, *_progress(previous, subjects, changed)))
    addition = "\n".join(line.strip() for line in addition.splitlines() if line.strip())
    others = _others(session, subjects, day)
    made = Draft(day, report, subjects, scope, told.silent, previous, changed, others, addition)
    made.faults.extend(_faults(made, note))
    return made


def _faults(made: Draft, note: str) -> Iterator[Refused]:
    """Why it may not be released, each with what to do (domain.md c.4)."""
    for reason in made.report.reasons:
        if reason.refused:
            yield Refused("数字没有通过核对：%(reason)s", reason=reason.text())
    names = {subject.key: subject.name for subject in made.subjects}
    for one in claims.nameless(made.silent):
        yield Refused(
            "“%(name)s”的%(number)s未报送，但没有牵头或责任单位可以点名，请先在台账中为它指定单位。",
            name=names[one.key],
            number=one.number,
        )
    for claim in claims.untrue(made.addition, made.subjects):
        yield Refused(
            "补充文字写了“%(words)s”，但“%(name)s”有%(count)s%(word)s不是这样，请删去或改写。",
            words=claim.words,
            name=claim.name,
            count=claim.count,
            word=claim.word,
        )
    if len(made.addition) > LONGEST or len(note) > LONGEST:
        yield Refused("补充文字和说明各不能超过%(most)s字，请精简。", most=LONGEST)
    if made.others and not note.strip():
        yield Refused(
            "%(release)s已发布同一截止日的报告，有%(count)s个数字与本次不同，请在“说明”中写明原因。",
            release="、".join(dict.fromkeys(other.release for other in made.others)),
            count=len(made.others),
        )


def _silent(session: Session, scope: figures.Scope, day: dt.date) -> list[claims.Silent]:
    """What has not reported: measures, and issues that no unreported measure stands for already."""
    return [
        claims.Silent(row.inspection_id, counted, _cited(row), units)
        for counted, row, units in _to_name(session, scope, "unreported", day)
    ]


def _lagging(session: Session, scope: figures.Scope, day: dt.date) -> list[claims.Lagging]:
    """What is overdue or behind, likewise, with what its unit said of it in its last report."""
    found = list(_to_name(session, scope, "lagging", day))
    ids = [row.measure_id for _, row, _ in found if row.measure_id is not None]
    said = {
        report.measure_id: report
        for start in range(0, len(ids), 2000)
        for report in figures.last_reports(session, ids[start : start + 2000], day)
    }
    return [
        claims.Lagging(
            row.inspection_id,
            counted,
            schedule.verdict(row, day),
            _cited(row),
            units,
            report.reason if report else "",
            report.expected_on if report else None,
        )
        for counted, row, units in found
        for report in (said.get(row.measure_id or 0),)
    ]


def _to_name(
    session: Session, scope: figures.Scope, figure: str, day: dt.date
) -> Iterator[tuple[str, figures.Row, tuple[str, ...]]]:
    """(counted, row, units) of the measures behind a figure, and of the issues that none of these stands for."""
    named: set[int] = set()
    for counted in COUNTED:
        rows = figures.rows(session, scope.over(counted=counted), figure, day, limit=None)
        rows = [row for row in rows if counted == "measures" or row.issue_id not in named]
        named |= {row.issue_id for row in rows}
        units = _answering(session, counted, rows, day)
        for row in rows:
            yield counted, row, tuple(name for _, name, _ in units.get(_item(row), ()))


def _cited(row: figures.Row) -> str:
    return row.number or row.text[:20]


def _item(row: figures.Row) -> int:
    return row.issue_id if row.measure_id is None else row.measure_id


def _answering(
    session: Session, counted: str, rows: Sequence[figures.Row], day: dt.date
) -> dict[int, list[tuple[str, str, int]]]:
    ids = [_item(row) for row in rows]
    found: dict[int, list[tuple[str, str, int]]] = {}
    for start in range(0, len(ids), 2000):
        found |= figures.units_of(session, counted, ids[start : start + 2000], day)
    return found


def _previous(session: Session, ids: Sequence[int], day: dt.date) -> models.Release | None:
    """The release before: of those not later than the day, the last that has most of these inspections in common."""
    subject, release = models.ReleaseSubject, models.Release
    query = (
        select(release)
        .join(subject, subject.release_id == release.id)
        .where(subject.inspection_id.in_(ids), release.day_on <= day)
        .group_by(release.id)
        .order_by(func.count().desc(), release.id.desc())
        .limit(1)
    )
    found = select(release).where(release.id == select(query.subquery().c.id).scalar_subquery())
    return session.scalars(found).one_or_none()


def _others(session: Session, subjects: Sequence[sentence.Subject], day: dt.date) -> list[Other]:
    """What releases of the same cut-off told otherwise, of each inspection the last of them."""
    subject, release = models.ReleaseSubject, models.Release
    found: dict[int, tuple[models.Release, models.ReleaseSubject]] = {}
    query = select(release, subject).join(subject, subject.release_id == release.id).where(release.day_on == day)
    for made, held in session.execute(query.order_by(release.id)).tuples():
        found[held.inspection_id] = (made, held)
    return [
        Other(title(found[one.key][0]), one.name, counted, *different)
        for one in subjects
        if one.key in found
        for counted in COUNTED
        for different in changes.differing(
            getattr(found[one.key][1], counted), asdict(getattr(one, counted)), figures.FIGURES
        )
    ]


def _since(
    session: Session, previous: models.Release | None, scope: figures.Scope, day: dt.date
) -> list[changes.Change]:
    """What changed since the release before, in the inspections that both are about."""
    if previous is None:
        return []
    both = {held.inspection_id for held in previous.subjects} & set(scope.inspection_ids or ())
    also = {row.id: row.also_done for row in figures.inspections(session, scope.person, day, both)}
    now: list[changes.Item] = []
    for counted in COUNTED:
        only = scope.over(counted=counted, inspection_ids=tuple(sorted(both)))
        for row in figures.rows(session, only, "total", day, limit=None):
            verdict = schedule.verdict(row, day)
            done = verdicts.is_done(verdict, also[row.inspection_id])
            key = (counted, row.inspection_id, _item(row))
            now.append(changes.Item(key, verdict.value, done, row.deadline_on, row.corrected))
    return changes.compare(_items(session, previous, both), now)


def _items(session: Session, release: models.Release, ids: Iterable[int]) -> list[changes.Item]:
    r = _ROWS
    query = (
        select(r.counted, r.inspection_id, r.issue_id, r.measure_id, r.verdict, r.done, r.deadline_on, r.corrected)
        .where(r.release_id == release.id, r.inspection_id.in_(list(ids)))
        .order_by(r.id)
    )
    return [
        changes.Item((counted, inspection_id, measure_id or issue_id), *rest)
        for counted, inspection_id, issue_id, measure_id, *rest in session.execute(query)
    ]


def _progress(
    previous: models.Release | None, subjects: Sequence[sentence.Subject], changed: Sequence[changes.Change]
) -> list[tuple[sentence.Segment, ...]]:
    """较上期（2026年第2期）新增完成5条、重新启动1条。"""
    if previous is None:
        return []
    words = {subject.key: subject.measure_word for subject in subjects}
    clauses = []
    for kind, said in (("newly_done", "新增完成"), ("reopened", "由完成重新启动")):
        mine = [c.key[1] for c in changed if c.kind == kind and c.key[0] == "measures"]
        clauses += [f"{said}{len(mine)}{words[mine[0]]}"] if mine else []
    return [(sentence.Segment(f"较上期（{title(previous)}）{'、'.join(clauses)}。"),)] if clauses else []


# -- releasing -------------------------------------------------------------------------------------------------------


def release(
    session: Session,
    person: access.Person,
    day: dt.date,
    ids: Iterable[int] | None = None,
    *,
    wording: sentence.Wording | None = None,
    form: str = "",
    addition: str = "",
    note: str = "",
    seen: str = "",
    today: dt.date,
    at: dt.datetime,
) -> models.Release:
    """Check, number and freeze a report; the office alone may. `seen` is the draft that was read: another is refused.

    Numbers run within the year of release; two at once queue up, so that none is given twice.
    """
    if person.user_id is not None and person.role != "office":
        raise Refused("只有整改办可以发布报告。")
    if day > today:
        raise Refused("截止日%(day)s还没有到，请改为今天或以前的日期。", day=day)
    _one_at_a_time(session)
    wording = wording or sentence.Wording()
    made = draft(session, person, day, ids, wording=wording, form=form, addition=addition, note=note)
    if seen and seen != made.seen:
        raise Refused("打开本页以后数据有变动，没有发布。请按下面的最新文字和数字重新核对后再发布。")
    if made.faults:
        raise made.faults[0]
    with session.begin_nested():
        released = _freeze(session, person, made, wording, form, note, today, at)
        wrong = faults(session, released)
        if wrong:
            raise Refused("冻结的事项与报告的数字不一致（%(what)s），没有发布，请稍后再试。", what=wrong[0])
        records.write(
            session,
            person,
            at,
            "report.release",
            "release",
            released.id,
            number=title(released),
            day=day,
            inspections=[subject.name for subject in made.subjects],
            note=released.note,
        )
    return released


def _one_at_a_time(session: Session) -> None:
    """On SQLite a writing transaction is alone anyway; PostgreSQL is asked for a lock that the commit gives back."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('rectify.release'))"))


def _freeze(
    session: Session,
    person: access.Person,
    made: Draft,
    wording: sentence.Wording,
    form: str,
    note: str,
    today: dt.date,
    at: dt.datetime,
) -> models.Release:
    last = select(func.max(models.Release.number)).where(models.Release.year == today.year)
    released = models.Release(
        year=today.year,
        number=(session.scalar(last) or 0) + 1,
        day_on=made.day,
        wording={**asdict(wording), "form": form},
        sentences=[[asdict(segment) for segment in said] for said in made.report.sentences],
        text=made.text,
        reasons=[asdict(reason) for reason in made.report.reasons],
        units=[
            {"unit": unit_id, "name": name, "figures": found.as_dict()}
            for unit_id, name, found in figures.by_unit(session, made.scope, made.day)
        ],
        addition=made.addition,
        note=note.strip(),
        previous_id=made.previous.id if made.previous else None,
        released_at=at,
        released_by_id=person.user_id,
        released_by=person.full_name or person.user_name,
    )
    session.add(released)
    session.flush()
    tallies = {c: figures.tallies(session, made.scope.over(counted=c), made.day) for c in COUNTED}
    inspections = figures.inspections(session, person, made.day, made.scope.inspection_ids)
    near_due_days = {row.id: row.near_due_days for row in inspections}
    for subject in made.subjects:
        held = {c: _held(tallies[c].get(subject.key, figures.Tally()), getattr(subject, c)) for c in COUNTED}
        spoken = {f.name: getattr(subject, f.name) for f in fields(subject)}
        spoken = {name: value for name, value in spoken.items() if name not in ("key", "name", *COUNTED)}
        session.add(
            models.ReleaseSubject(
                release_id=released.id,
                inspection_id=subject.key,
                name=subject.name,
                spoken=spoken,
                near_due_days=near_due_days[subject.key],
                **held,
            )
        )
    session.flush()
    connection = session.connection()
    for counted in COUNTED:
        total = sum(getattr(subject, counted).total for subject in made.subjects)
        made_ids = bulk.new_ids(connection, _ROWS, total) if total else []
        rows = _rows_to_freeze(session, released.id, made, counted)
        bulk.insert(connection, _ROWS, ({"id": id_, **row} for id_, row in zip(made_ids, rows, strict=False)))
    return released


def _held(tally: figures.Tally, counts: sentence.Counts) -> dict[str, Any]:
    in_time = counts.on_time
    return {
        **{name: tally[name] for name in FROZEN},
        "on_time": [in_time.known, in_time.by_original, in_time.by_current],
    }


def _rows_to_freeze(session: Session, release_id: int, made: Draft, counted: str) -> Iterator[dict[str, Any]]:
    scope = made.scope.over(counted=counted)
    also = {subject.key: verdicts.also_done(subject) for subject in made.subjects}
    lines = figures.lines(session, scope, "total", made.day)
    while chunk := list(islice(lines, 2000)):
        rows = [line.row for line in chunk]
        units = _answering(session, counted, rows, made.day)
        for line in chunk:
            row = line.row
            verdict = schedule.verdict(row, made.day)
            yield {
                "release_id": release_id,
                "counted": counted,
                "inspection_id": row.inspection_id,
                "issue_id": row.issue_id,
                "measure_id": row.measure_id,
                "number": row.number[:100],
                "text": row.text,
                "units": [list(unit) for unit in units.get(_item(row), ())],
                "verdict": verdict.value,
                "done": verdicts.is_done(verdict, also[row.inspection_id]),
                "deadline_on": row.deadline_on,
                "original_deadline_on": row.original_deadline_on,
                "done_on": row.done_on,
                "lateness_known": row.lateness_known,
                "long_term": row.long_term,
                "reported": row.reported,
                "corrected": row.corrected,
                "shared": row.shared,
                "why": _plain(list(schedule.why(row, made.day))),
                "line": _plain({**_rest_of(row), **{name: getattr(line, name) for name in (*_LINE, "units")}}),
            }


def _rest_of(row: figures.Row) -> dict[str, Any]:
    """What a row of the ledger holds beside the columns of a frozen one."""
    return {f.name: getattr(row, f.name) for f in fields(row) if f.name not in _ROWS.__table__.c or f.name == "why"}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


# -- what was released -----------------------------------------------------------------------------------------------


def subjects(released: models.Release) -> list[sentence.Subject]:
    """The inspections of a release as the report spoke of them, with the figures it told."""
    return [
        sentence.Subject(
            key=held.inspection_id, name=held.name, issues=_told(held.issues), measures=_told(held.measures),
            **held.spoken,
        )
        for held in released.subjects
    ]  # fmt: skip


def _told(held: dict[str, Any]) -> sentence.Counts:
    tally = figures.Tally(
        figures.Figures(**{name: held.get(name, 0) for name in figures.FIGURES}),
        {name: held.get(name, 0) for name in figures.MORE},
    )
    return figures.counts_of(tally, OnTime(*held["on_time"]))


def report(released: models.Release) -> sentence.Report:
    """The sentences of a release, what the office added last, and what was not claimed."""
    said = [tuple(sentence.Segment(**segment) for segment in segments) for segments in released.sentences]
    if released.addition:
        said.append((sentence.Segment(released.addition),))
    return sentence.Report(tuple(said), tuple(sentence.Reason(**reason) for reason in released.reasons))


def condition(released: models.Release, figure: str) -> ColumnElement[bool]:
    """The frozen rows that a figure of a release counts."""
    return and_(_ROWS.release_id == released.id, _counts(figure, released))


def _counts(figure: str, released: models.Release) -> ColumnElement[bool]:
    row, near = _ROWS, _near(released)
    return figures.condition(figure, released.day_on, row, row.verdict, row.done, row.shared, near)  # type: ignore[arg-type]


def _near(released: models.Release) -> ColumnElement[bool]:
    """`ladder.is_near` of frozen rows, by the windows that were frozen with them."""
    day = released.day_on
    windows = [
        and_(
            _ROWS.inspection_id == held.inspection_id,
            _ROWS.deadline_on.between(day, day + dt.timedelta(days=held.near_due_days)),
        )
        for held in released.subjects
        if held.near_due_days is not None
    ]
    return or_(false(), *windows)


def near(released: models.Release) -> dict[str, int] | None:
    """How many issues and measures were near their deadline; None for a release of before that was kept."""
    if any(held.near_due_days is None for held in released.subjects):
        return None
    return {counted: sum(getattr(held, counted)["near_due"] for held in released.subjects) for counted in COUNTED}


def rows(
    session: Session,
    released: models.Release,
    figure: str = "total",
    counted: str = "measures",
    *,
    inspection_id: int | None = None,
    unit_id: int | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[models.ReleaseRow]:
    """The frozen rows behind a figure in the order of the ledger, `limit` of them behind the row `after`."""
    query = select(_ROWS).where(condition(released, figure), _ROWS.counted == counted, _ROWS.id > after)
    if inspection_id is not None:
        query = query.where(_ROWS.inspection_id == inspection_id)
    if unit_id is not None:
        query = query.where(bulk.among(_ROWS.id, [row[0] for row in _of_units(session, released, counted, unit_id)]))
    return list(session.scalars(query.order_by(_ROWS.id).limit(limit)))


def different(session: Session, released: models.Release) -> int:
    """How many measures a release is about, those that several inspections share counted once."""
    return len({id_ for id_, _done, _units in _of_units(session, released, "measures")})


def _of_units(
    session: Session, released: models.Release, counted: str, unit_id: int | None = None
) -> Iterator[tuple[int, bool, set[int]]]:
    """(id, done, units that answer) of the frozen rows of each unit, or of one; what several inspections share once."""
    query = select(_ROWS.id, _ROWS.done, _ROWS.units, _ROWS.measure_id if counted == "measures" else _ROWS.issue_id)
    query = query.where(_ROWS.release_id == released.id, _ROWS.counted == counted)
    seen: set[int] = set()
    for id_, done, units, item_id in session.execute(query.order_by(_ROWS.id)):
        answering = {unit for _role, _name, unit in units}
        if item_id not in seen and (unit_id is None or unit_id in answering):
            yield id_, done, answering
        seen.add(item_id)


def lines(session: Session, released: models.Release, figure: str, counted: str = "measures") -> Iterator[figures.Line]:
    """The frozen rows behind a figure as lines of the ledger, to be written into a file again; in chunks."""
    names = {held.inspection_id: held.name for held in released.subjects}
    after = 0
    while page := rows(session, released, figure, counted, after=after, limit=2000):
        after = page[-1].id
        yield from (_thawed(row, names[row.inspection_id]) for row in page)
        for row in page:
            session.expunge(row)


def _thawed(frozen: models.ReleaseRow, inspection: str) -> figures.Line:
    held = frozen.line
    columns = frozen.__table__.c
    values = {
        f.name: _dated(f.name, held.get(f.name)) if f.name in held or f.name not in columns else getattr(frozen, f.name)
        for f in fields(figures.Row)
    }
    row = figures.Row(**{**values, "inspection": inspection})
    more = {name: _dated(name, held.get(name)) for name in _LINE}
    return figures.Line(row=row, units=tuple((role, name) for role, name in held["units"]), **more)


def _dated(name: str, value: Any) -> Any:
    """Days are kept as text; their names end in _on or _from."""
    return dt.date.fromisoformat(value) if value and name.endswith(("_on", "_from")) else value


def compared(session: Session, released: models.Release) -> list[changes.Change]:
    """What changed since the release before, from the frozen rows of both; nothing where there is none."""
    if released.previous is None:
        return []
    both = {held.inspection_id for held in released.previous.subjects}
    both &= {held.inspection_id for held in released.subjects}
    return changes.compare(_items(session, released.previous, both), _items(session, released, both))


def numbered(session: Session, year: int, number: int) -> models.Release | None:
    """The release of that number, for commands."""
    query = select(models.Release).where(models.Release.year == year, models.Release.number == number)
    return session.scalars(query).one_or_none()


def visible(session: Session, person: access.Person, release_id: int) -> models.Release | None:
    """The release, or None where it does not exist or is not his to see (AC-03)."""
    if not 0 < release_id < 2**31:
        return None
    query = select(models.Release).where(models.Release.id == release_id, access.sees_releases(person))
    return session.execute(query).scalar_one_or_none()


# -- whether it still adds up ----------------------------------------------------------------------------------------


def check(session: Session) -> list[str]:
    """Sum the frozen rows of every release again and hold them against its figures and its text; a sentence each."""
    found = session.scalars(select(models.Release).order_by(models.Release.id))
    return [f"release {r.year}-{r.number}: {wrong}" for r in found for wrong in faults(session, r)]


def summed(session: Session, released: models.Release) -> dict[Key, dict[str, Any]]:
    """The figures that the frozen rows give: F, MORE and on_time of what is counted of each inspection."""
    sums = [func.sum(case((_counts(name, released), 1), else_=0)) for name in FROZEN]
    in_time = figures.on_time_sums(_ROWS, _ROWS.done)  # type: ignore[arg-type]
    query = (
        select(_ROWS.counted, _ROWS.inspection_id, *sums, *in_time)
        .where(_ROWS.release_id == released.id)
        .group_by(_ROWS.counted, _ROWS.inspection_id)
    )
    return {
        (counted, inspection_id): {
            **dict(zip(FROZEN, map(int, counts[:-3]), strict=True)),
            "on_time": [int(n) for n in counts[-3:]],
        }
        for counted, inspection_id, *counts in session.execute(query)
    }


def faults(session: Session, released: models.Release) -> list[str]:
    wrong: list[str] = []
    found = summed(session, released)
    told: dict[Key, dict[str, Any]] = {}
    for held in released.subjects:
        for counted in COUNTED:
            told[counted, held.inspection_id] = figures_told = getattr(held, counted)
            given = found.get((counted, held.inspection_id), dict.fromkeys(figures_told, 0) | {"on_time": [0, 0, 0]})
            wrong += [
                f"{held.name}, {counted}: {name} told {n}, rows give {given[name]}"
                for name, n in figures_told.items()
                if name in given and n != given[name]
            ]
    for said in released.sentences:
        for segment in said:
            if segment["figure"] and told[segment["counted"], segment["key"]][segment["figure"]] != segment["value"]:
                wrong.append(f"the text says {segment['figure']} {segment['value']}")
    if report(released).text != released.text:
        wrong.append("the text is not its sentences")
    return wrong + _faults_by_unit(session, released)


def _faults_by_unit(session: Session, released: models.Release) -> list[str]:
    found: dict[int, list[int]] = {}
    for _id, done, units in _of_units(session, released, "measures"):
        for unit_id in units:
            sums = found.setdefault(unit_id, [0, 0])
            sums[0] += 1
            sums[1] += done
    told = {held["unit"]: [held["figures"]["total"], held["figures"]["done"]] for held in released.units}
    return [
        f"unit {unit}: total and done told {told.get(unit)}, rows give {found.get(unit)}"
        for unit in sorted({*told, *found})
        if told.get(unit) != found.get(unit)
    ]
