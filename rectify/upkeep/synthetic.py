"""A synthetic ledger of any size for the bench: straight into the tables, with the turning days that the rules give.

20 inspections, 200 units, deadlines over three years, 60 % completed, texts of about 100 characters (style.md). The
same size and day give the same ledger. What is measured on it is `bench`'s.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, text

from rectify import models
from rectify.models import bulk, db
from rectify.rules import schedule

INSPECTIONS, UNITS, REGIONS, SUPERVISORS = 20, 200, 10, 20
MEASURES_OF_AN_ISSUE = 5
EVEN_TURNS = 40
"""Measures that turn on the day after the ledger's day, whatever its size: so that two sizes can be compared."""
FAR = dt.date(9999, 12, 31)
ONE_DAY = dt.timedelta(days=1)

OFFICE, LEADER, FIRST_SUPERVISOR = 1, 2, 3
FIRST_CLERK = FIRST_SUPERVISOR + SUPERVISORS
FIRST_DOING = 2 + SUPERVISORS

WORKS = ("污水管网改造", "扬尘综合整治", "畜禽养殖污染治理", "矿山生态修复", "饮用水源地保护", "农村人居环境整治")
TEXT = (
    "针对{work}推进缓慢的问题，由{unit}牵头制定专项方案，明确时间表、路线图和责任人，逐项建立清单，"
    "落实资金和用地保障，每月现场调度一次，完成后组织验收并公示结果，健全长效管护机制，防止反弹。编号{n}。"
)


def unit_name(unit_id: int) -> str:
    """The name of a synthetic unit."""
    return "市整改办" if unit_id == 1 else f"第{unit_id}局"


def supervising_of(issue_id: int) -> int:
    return 2 + issue_id % SUPERVISORS


def lead_of(issue_id: int) -> int:
    return FIRST_DOING + issue_id % (UNITS - SUPERVISORS - 1)


def clerk_of(unit_id: int) -> int:
    """The user who reports for a doing unit."""
    return FIRST_CLERK + unit_id - FIRST_DOING


def fill(connection: Connection, measures: int, day: dt.date, at: dt.datetime) -> None:
    """Fill the empty tables of a migrated database with a ledger judged up to `day`. Commits.

    `measures` is rounded down to whole issues. Fast enough for a million: rows go in by executemany or COPY.
    """
    sheets = _Sheets(connection)
    begins = day - dt.timedelta(days=700)
    _places_and_people(sheets, at)
    sheets.put(models.Inspection, (_inspection(n, begins, at) for n in range(1, INSPECTIONS + 1)))
    sheets.put(models.Round, _rounds(day))
    for first in range(1, measures // MEASURES_OF_AN_ISSUE + 1, 1000):
        last = min(first + 1000, measures // MEASURES_OF_AN_ISSUE + 1)
        made = _Made()
        for issue_id in range(first, last):
            _issue(made, issue_id, measures, day, begins, at)
        for table, rows in made.rows.items():
            sheets.put(table, rows)
    sheets.done()


# -- the rows --------------------------------------------------------------------------------------------------------


def _places_and_people(sheets: _Sheets, at: dt.datetime) -> None:
    sheets.put(models.Region, ({"id": n, "name": f"第{n}县", "sort": n} for n in range(1, REGIONS + 1)))
    sheets.put(
        models.Unit,
        (
            {
                "id": n,
                "name": unit_name(n),
                "region_id": n % REGIONS + 1,
                "is_office": n == 1,
                "active": True,
                "sort": n,
            }
            | {"version": 1}
            for n in range(1, UNITS + 1)
        ),
    )
    roles = {OFFICE: "office", LEADER: "leader"}
    users = range(1, FIRST_CLERK + UNITS - FIRST_DOING + 1)
    sheets.put(
        models.User,
        (
            {
                "id": n,
                "name": f"user{n}",
                "name_key": f"user{n}",
                "full_name": f"用户{n}",
                "email": f"user{n}@example.cn",
                "role": roles.get(n, "supervisor" if n < FIRST_CLERK else "clerk"),
                "password_hash": "!",
                "must_change_password": False,
                "password_changed_at": at,
                "locale": "zh_Hans_CN",
                "active": True,
                "created_at": at,
                "version": 1,
            }
            for n in users
        ),
    )
    supervising = [{"user_id": FIRST_SUPERVISOR + n, "unit_id": 2 + n} for n in range(SUPERVISORS)]
    doing = [{"user_id": clerk_of(unit), "unit_id": unit} for unit in range(FIRST_DOING, UNITS + 1)]
    sheets.put(models.UserUnit, [{"user_id": OFFICE, "unit_id": 1}, *supervising, *doing])


def _inspection(n: int, begins: dt.date, at: dt.datetime) -> dict[str, Any]:
    return {
        "id": n,
        "name": f"第{n}轮生态环境保护督察",
        "level": ("central", "provincial")[n % 2],
        "field": "environment",
        "kind": "inspection",
        "team": "",
        "plan_name": "",
        "feedback_on": begins,
        "issued_on": begins,
        "issue_word": "项",
        "measure_word": "条",
        "decides": "acceptance",
        "judged_by": "both",
        "tolerance_percent": 5,
        "basically_counts_as_done": False,
        "long_term_counts_as_done": False,
        "starts_on_issue_date": False,
        "immediate_days": 30,
        "near_due_days": 30,
        "grace_days": 0,
        "grace_unit": "days",
        "rhythm": "monthly",
        "confidential": False,
        "sort": n,
        "created_at": at,
        "version": 1,
    }


def _spans(inspection_id: int, day: dt.date) -> list[schedule.RoundFact]:
    """Two rounds an inspection: one is over, one runs; the first inspection's ends on the day after `day`."""
    ends = day + ONE_DAY * (1 if inspection_id == 1 else 20)
    return [
        schedule.RoundFact(day - ONE_DAY * 40, day - ONE_DAY * 10, name="上期"),
        schedule.RoundFact(day - ONE_DAY * 9, ends, name="本期"),
    ]


def _rounds(day: dt.date) -> Iterator[dict[str, Any]]:
    for n in range(1, INSPECTIONS + 1):
        for at, span in enumerate(_spans(n, day)):
            yield {
                "id": 2 * n - 1 + at,
                "inspection_id": n,
                "name": span.name,
                "opens_on": span.opens_on,
                "cut_off_on": span.cut_off_on,
                "grace_days": 0,
                "imported": False,
            }


class _Made:
    """Rows made for a thousand issues, by table, in an order that foreign keys allow."""

    def __init__(self) -> None:
        self.rows: dict[Any, list[dict[str, Any]]] = {
            table: []
            for table in (
                *(models.Issue, models.Measure, models.MeasureLink, models.Assignment, models.Milestone),
                *(models.Submission, models.SignOffMark, models.ProgressReport),
                *(models.MeasureStanding, models.IssueStanding),
            )
        }

    def add(self, table: Any, **row: Any) -> None:
        self.rows[table].append(row)


def _issue(made: _Made, issue_id: int, measures: int, day: dt.date, begins: dt.date, at: dt.datetime) -> None:
    chance = random.Random(issue_id)
    inspection_id = (issue_id - 1) % INSPECTIONS + 1
    unit = unit_name(lead_of(issue_id))
    limit = _deadline(chance, day)
    made.add(
        models.Issue,
        id=issue_id,
        inspection_id=inspection_id,
        seq=(issue_id - 1) // INSPECTIONS + 1,
        number=str((issue_id - 1) // INSPECTIONS + 1),
        upper_number="",
        category="",
        text=TEXT.format(work=WORKS[issue_id % len(WORKS)], unit=unit, n=issue_id),
        goal="",
        question="",
        begins_on=begins,
        created_at=at,
        version=1,
        **_limit(limit),
    )
    parts = [("lead", lead_of(issue_id), True), ("supervising", supervising_of(issue_id), False)]
    for role, unit_id, answers in parts:
        _assign(made, begins, role, unit_id, answers, issue_id=issue_id)
    turns = []
    first = (issue_id - 1) * MEASURES_OF_AN_ISSUE + 1
    for seq in range(1, MEASURES_OF_AN_ISSUE + 1):
        turns.append(_measure(made, chance, first + seq - 1, seq, issue_id, inspection_id, measures, day, begins, at))
        for role, unit_id, answers in parts:
            _assign(made, begins, role, unit_id, answers, measure_id=first + seq - 1, inherited=True)
    _standing(made, models.IssueStanding, "issue_id", issue_id, schedule.issue_turns(turns), begins, day, at)


def _measure(
    made: _Made,
    chance: random.Random,
    measure_id: int,
    seq: int,
    issue_id: int,
    inspection_id: int,
    measures: int,
    day: dt.date,
    begins: dt.date,
    at: dt.datetime,
) -> schedule.Turns:
    even = measure_id % max(1, measures // EVEN_TURNS) == 0
    limit = day if even else _deadline(chance, day)
    # Overall 60 %: most of what is due is done, some of what is not due is.
    done = not even and limit is not None and chance.random() < (0.88 if limit <= day else 0.36)
    long_term = limit is None
    reports: tuple[schedule.ReportFact, ...] = ()
    submissions: tuple[schedule.SubmissionFact, ...] = ()
    milestones: tuple[schedule.MilestoneFact, ...] = ()
    signed_off_on: dt.date | None = None
    row: dict[str, Any] = {"id": measure_id, "begins_on": begins, "created_at": at, "version": 1, "implied": False}
    made.add(
        models.Measure,
        **row,
        text=TEXT.format(work=WORKS[measure_id % len(WORKS)], unit=unit_name(lead_of(issue_id)), n=measure_id),
        target_unit="",
        question="",
        **_limit(limit),
    )
    made.add(
        models.MeasureLink,
        id=measure_id,
        measure_id=measure_id,
        issue_id=issue_id,
        inspection_id=inspection_id,
        home=True,
        counted=True,
        seq=seq,
        number=str(seq),
    )
    if done and limit is not None:
        latest = min(day - ONE_DAY, limit + ONE_DAY * 20)
        on = latest - ONE_DAY * chance.randrange(0, 90)
        submissions = (schedule.SubmissionFact(on, "accepted", on, "completed"),)
        made.add(
            models.Submission,
            id=measure_id,
            measure_id=measure_id,
            claim="completed",
            submitted_on=on,
            at=at,
            unit_id=lead_of(issue_id),
            on_behalf=False,
            text="已全部完成，资料齐备，申请核查认定。",
            state="accepted",
            decided_on=on,
            decided_at=at,
            reason="",
            version=1,
        )
        if chance.random() < 0.3:
            signed_off_on = min(day, on + ONE_DAY * 10)
            made.add(
                models.SignOffMark,
                id=measure_id,
                measure_id=measure_id,
                signed_off_on=signed_off_on,
                at=at,
                imported=False,
            )
    elif not even and chance.random() < 0.1:
        due = day + ONE_DAY * (chance.randrange(3, 100) * chance.choice((-1, 1)))
        milestones = (schedule.MilestoneFact(due, "主体工程完工"),)
        made.add(models.Milestone, id=measure_id, measure_id=measure_id, due_on=due, text="主体工程完工")
    if not done and chance.random() < 0.8:
        reported_on = day - ONE_DAY * 15
        reports = (schedule.ReportFact(reported_on, "in_progress"),)
        made.add(
            models.ProgressReport,
            id=measure_id,
            measure_id=measure_id,
            round_id=2 * inspection_id - 1,
            reported_on=reported_on,
            at=at,
            unit_id=lead_of(issue_id),
            on_behalf=False,
            imported=False,
            state="in_progress",
            text="已完成前期工作，主体工程正在推进，累计完成工程量的百分之四十，资金已落实到位，其余部分按计划组织实施。",
            difficulty="",
            next_step="加快施工进度，确保按期完成。",
            forecast="able",
        )
    turns = schedule.measure_turns(
        schedule.MeasureFacts(
            begins_on=begins,
            deadline_on=limit,
            original_deadline_on=limit,
            deadline_kind="long_term" if long_term else "date",
            long_term=long_term,
            signed_off_on=signed_off_on,
            rounds=tuple(_spans(inspection_id, day)),
            reports=reports,
            submissions=submissions,
            milestones=milestones,
        )
    )
    if done:
        # What stood of it before it was completed: a row that is over, as every measure with a past has one.
        _standing(
            made,
            models.MeasureStanding,
            "measure_id",
            measure_id,
            schedule.Turns(deadline_on=limit, original_deadline_on=limit, reported=True),
            begins,
            day,
            at,
            until=begins + ONE_DAY * 30,
        )
    since = begins + ONE_DAY * 30 if done else begins
    _standing(made, models.MeasureStanding, "measure_id", measure_id, turns, since, day, at)
    return turns


def _deadline(chance: random.Random, day: dt.date) -> dt.date | None:
    """A day within three years around `day`; none for 3 % (长期坚持). The days around `day` are left to EVEN_TURNS."""
    if chance.random() < 0.03:
        return None
    offset = chance.randrange(-546, 547)
    return day + ONE_DAY * (offset if abs(offset) > 3 else 30)


def _limit(due: dt.date | None) -> dict[str, Any]:
    return {
        "deadline_raw": f"{due.year}年{due.month}月{due.day}日前" if due else "长期坚持",
        "deadline_kind": "date" if due else "long_term",
        "deadline_on": due,
        "original_deadline_on": due,
        "long_term": due is None,
        "deadline_inferred": False,
    }


def _assign(made: _Made, begins: dt.date, role: str, unit_id: int, answers: bool, **on: Any) -> None:
    row = {"issue_id": None, "measure_id": None, "inherited": False} | on
    made.add(models.Assignment, **row, unit_id=unit_id, role=role, answers=answers, since_on=begins)


def _standing(
    made: _Made,
    table: Any,
    key: str,
    item_id: int,
    turns: schedule.Turns,
    since: dt.date,
    day: dt.date,
    at: dt.datetime,
    until: dt.date | None = None,
) -> None:
    made.add(
        table,
        **{key: item_id},
        since_on=since,
        until_on=until,
        written_at=at,
        next_turn_on=turns.next_turn_after(day) if until is None else None,
        sort_on=turns.deadline_on or FAR,
        **vars(turns),
    )


# -- into the database -----------------------------------------------------------------------------------------------


class _Sheets:
    """Rows into tables, as fast as either database takes them, and the database in order behind them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        driver: Any = connection.connection.driver_connection
        self.driver = driver
        if self.is_sqlite:
            self.driver.execute("PRAGMA synchronous=OFF")  # of this connection, while it fills
            self.driver.execute("PRAGMA cache_size=-200000")

    def put(self, model: Any, rows: Iterable[dict[str, Any]]) -> None:
        bulk.insert(self.connection, model, rows)

    def done(self) -> None:
        """Commit, let new rows be numbered behind the last, and let the planner know the sizes."""
        if self.is_sqlite:
            self.connection.commit()
            self.driver.execute("PRAGMA synchronous=FULL")
            self.driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in db.metadata.tables.values():
            if "id" in table.columns:
                last = f'SELECT max(id) FROM "{table.name}"'
                sequence = "SELECT pg_get_serial_sequence(:table, 'id')"
                name = self.connection.execute(text(sequence), {"table": f'"{table.name}"'}).scalar()
                if name:
                    self.connection.execute(text(f"SELECT setval('{name}', coalesce(({last}), 0) + 1, false)"))
        self.connection.commit()
        for table in db.metadata.tables.values():
            self.connection.exec_driver_sql(f'ANALYZE "{table.name}"')
        self.connection.commit()
