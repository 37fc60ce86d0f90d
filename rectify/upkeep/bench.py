"""The bench: ratios of what the product does to the bare work behind it, measured side by side on a synthetic ledger.

The marks are style.md's. Never an absolute time, except where a mark is one. Each mark is one function; one that cannot
be measured raises, for a mark left out would look like one that is met. The ledger itself is made by `synthetic`.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import datetime as dt
import gc
import io
import itertools
import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

import python_calamine
import xlsxwriter
from flask import Flask, template_rendered
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from rectify import access, calendar, clock, figures, ledger, models, notices, post, reading, standing, writing
from rectify.access import sign_in
from rectify.models import db
from rectify.rules import schedule
from rectify.rules.workdays import next_workday
from rectify.settings import MailServer, Settings
from rectify.upkeep import schema, synthetic

PAGE = 50
PLAN_ROWS = 10_000
EXPORT_ROWS = 100_000
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Mark:
    """What one ratio came to: `value` is a ratio, a count or milliseconds, at most `bound`."""

    name: str
    value: float
    bound: float
    detail: str = ""
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.value <= self.bound

    def __str__(self) -> str:
        said = "met   " if self.met else "missed"
        return (
            f"{said}  {self.value:8.2f}{self.unit}  (at most {self.bound:g}{self.unit})  {self.name}  [{self.detail}]"
        )


@dataclass
class Ledger:
    """A synthetic ledger, and the application that serves it."""

    app: Flask
    size: int
    day: dt.date
    at: dt.datetime
    url: str
    clients: dict[int, FlaskClient] = field(default_factory=dict)

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        with self.app.app_context(), Session(db.engine) as session:
            yield session

    @property
    def engine(self) -> Engine:
        with self.app.app_context():
            return db.engine

    def bare(self) -> Any:
        """A connection of the driver's own, prepared as all are."""
        return self.engine.raw_connection()

    def client(self, user_id: int) -> FlaskClient:
        """A browser in which a user is signed in."""
        if user_id not in self.clients:
            with self.app.app_context():
                user = db.session.get(models.User, user_id)
                assert user is not None
                token = sign_in.begin(db.session(), user, clock.now(), "127.0.0.1", "bench")
                db.session.commit()
                db.session.remove()
            browser = self.app.test_client()
            with browser.session_transaction() as cookie:
                cookie["_user_id"] = token
                cookie["_fresh"] = True
            self.clients[user_id] = browser
        return self.clients[user_id]


@dataclass(frozen=True)
class Bench:
    """Two ledgers, the larger ten times the smaller, and a folder for files."""

    small: Ledger
    large: Ledger
    folder: Path


def run(
    measures: int,
    database_url: str | None,
    out: TextIO,
    create_app: Callable[[Settings], Flask],
    only: Sequence[str] = (),
) -> bool:
    """Build ledgers of `measures` and a tenth, measure every mark, print each; whether all are met.

    With `database_url`, a PostgreSQL, they are built in schemas of their own there, which are dropped at the end.
    `only` names the MARKS to be measured, where not all are.
    """
    with tempfile.TemporaryDirectory(prefix="rectify-bench-") as folder, contextlib.ExitStack() as stack:
        ledgers = []
        for size in (max(measures // 10, 5 * synthetic.INSPECTIONS), measures):
            began = time.perf_counter()
            ledgers.append(_build(size, database_url, Path(folder), create_app, stack))
            print(f"{size} measures built in {time.perf_counter() - began:.1f} s", file=out, flush=True)
        bench = Bench(ledgers[0], ledgers[1], Path(folder))
        found: list[Mark] = []
        for name, mark in MARKS.items():
            for one in mark(bench) if not only or name in only else ():
                found.append(one)
                print(one, file=out, flush=True)
    missed = [mark.name for mark in found if not mark.met]
    print(f"{len(found) - len(missed)} of {len(found)} marks met", file=out)
    for name in missed:
        print(f"missed: {name}", file=out)
    return not missed


def _build(
    size: int,
    database_url: str | None,
    folder: Path,
    create_app: Callable[[Settings], Flask],
    stack: contextlib.ExitStack,
) -> Ledger:
    place = folder / str(size)
    place.mkdir(mode=0o700)
    own = f"sqlite:///{place / 'bench.sqlite'}"
    url = own if database_url is None else stack.enter_context(_schema(database_url))
    mail = MailServer("none")
    app = create_app(Settings(data_dir=place, database_url=url, scheduler=False, mail=mail))
    stack.callback(_close, app)
    schema.upgrade(app)
    at = clock.now()
    made = Ledger(app, size, clock.day_of(at, app.config["SETTINGS"].timezone), at, url)
    with app.app_context(), db.engine.connect() as connection:
        synthetic.fill(connection, size, made.day, at)
    return made


@contextlib.contextmanager
def _schema(database_url: str) -> Iterator[str]:
    """A schema of the bench's own in somebody's PostgreSQL, gone at the end."""
    plain = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    name = f"rectify_bench_{os.getpid()}_{secrets.token_hex(4)}"
    engine = create_engine(plain, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE SCHEMA "{name}"'))
    try:
        url = make_url(plain).update_query_dict({"options": f"-csearch_path={name}"})
        yield url.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP SCHEMA "{name}" CASCADE'))
        engine.dispose()


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


# -- measuring -------------------------------------------------------------------------------------------------------


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _beside(times: int, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[float, float]:
    """Median seconds of two pieces of work done in turn, so that what disturbs one disturbs the other."""
    return _medians(times, lambda: _seconds(first), lambda: _seconds(second))


def _medians(times: int, first: Callable[[], float], second: Callable[[], float]) -> tuple[float, float]:
    """The same of work that takes its own time."""
    first(), second()
    gc.collect()
    found = [(first(), second()) for _ in range(times)]
    return statistics.median(a for a, _ in found), statistics.median(b for _, b in found)


def _ratio(name: str, bound: float, pair: tuple[float, float]) -> Mark:
    above, below = pair
    return Mark(name, above / below, bound, f"{above * 1000:.2f} ms / {below * 1000:.2f} ms")


def _get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, f"GET {path} answered {answer.status_code}"
    answer.close()


@dataclass
class _Seen:
    """What a request asked of the database, and which templates it rendered."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    templates: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)


@contextlib.contextmanager
def _watched(held: Ledger) -> Iterator[_Seen]:
    seen, engine = _Seen(), held.engine

    def asked(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if not re.match(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|SET)\b", statement, re.IGNORECASE):
            seen.statements.append((statement, parameters))

    def rendered(_sender: Any, template: Any, context: dict[str, Any], **_more: Any) -> None:
        seen.templates.append((template, context))

    event.listen(engine, "before_cursor_execute", asked)
    try:
        with template_rendered.connected_to(rendered, held.app):
            yield seen
    finally:
        event.remove(engine, "before_cursor_execute", asked)


def _ask(connection: Any, statements: Sequence[str]) -> list[Any]:
    """Run bare statements one after the other, reading all that they give."""
    cursor = connection.cursor()
    found = []
    for statement in statements:
        cursor.execute(statement)
        found.append(cursor.fetchall() if cursor.description else None)
    cursor.close()
    return found


# -- the day's judgement ---------------------------------------------------------------------------------------------


def _turns_sql(is_sqlite: bool, day: dt.date) -> list[str]:
    """The bare SQL of a day's turns: count by verdict, move the next turning day ahead; for measures and issues."""
    verdict = _verdict_sql(day)
    least = "min" if is_sqlite else "least"
    ahead = ", ".join(f"CASE WHEN {name} > '{day}' THEN {name} ELSE '9999-12-31' END" for name in schedule.TURNING)
    statements = []
    for table in ("measure_standing", "issue_standing"):
        due = f"until_on IS NULL AND superseded_at IS NULL AND next_turn_on IS NOT NULL AND next_turn_on <= '{day}'"
        statements += [
            f"SELECT {verdict}, count(*) FROM {table} WHERE {due} GROUP BY 1",
            f"UPDATE {table} SET next_turn_on = NULLIF({least}({ahead}), '9999-12-31') WHERE {due}",
        ]
    return statements


def _verdict_sql(day: dt.date, alias: str = "") -> str:
    whens = [f"WHEN {alias}{name} <= '{day}' THEN '{schedule.VERDICT_OF[name].value}'" for name in schedule.TURNING]
    return f"CASE {' '.join(whens)} WHEN {alias}long_term_open THEN 'long_term' ELSE 'on_schedule' END"


def _judge(held: Ledger, day: dt.date, before: dt.date | None = None) -> float:
    """Seconds in which the rule's room judges a day; the days before it are judged first. Rolled back."""
    with held.session() as session:
        if before is not None:
            standing.turn(session, before)
        session.connection()
        spent = _seconds(lambda: standing.turn(session, day))
        session.rollback()
    return spent


def _judge_bare(held: Ledger, day: dt.date, before: dt.date | None = None) -> float:
    is_sqlite = held.engine.dialect.name == "sqlite"
    connection = held.bare()
    try:
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if is_sqlite else "SELECT 1")
        if before is not None:
            _ask(connection, _turns_sql(is_sqlite, before))
        statements = _turns_sql(is_sqlite, day)
        spent = _seconds(lambda: _ask(connection, statements))
        connection.rollback()
    finally:
        connection.close()
    return spent


def judgement(bench: Bench) -> Iterator[Mark]:
    """A day with the same number of turns in both ledgers; then the day after a cut-off, when an inspection turns."""
    day, small, large = bench.large.day + ONE_DAY, bench.small, bench.large
    yield _ratio(
        f"day's judgement of {synthetic.EVEN_TURNS} turns at {large.size} / at {small.size} measures",
        1.5,
        _medians(41, lambda: _judge(large, day), lambda: _judge(small, day)),
    )
    yield _ratio(
        f"day's judgement of {synthetic.EVEN_TURNS} turns / the bare SQL of the same turns",
        1.5,
        _medians(41, lambda: _judge(large, day), lambda: _judge_bare(large, day)),
    )
    after = day + ONE_DAY
    yield _ratio(
        "judgement of the day after a cut-off / the bare SQL of the same turns",
        1.5,
        _medians(9, lambda: _judge(large, after, day), lambda: _judge_bare(large, after, day)),
    )


# -- pages -----------------------------------------------------------------------------------------------------------


def _board_sql(day: dt.date) -> list[str]:
    """What a board needs at the least: both kinds by inspection, by unit, by region, and the head of the red list."""
    year = (
        f"CASE WHEN s.deadline_on < '{day.year}-01-01' THEN 'earlier' "
        f"WHEN s.deadline_on <= '{day.year}-12-31' THEN 'this' ELSE 'other' END"
    )
    now = f"s.superseded_at IS NULL AND s.since_on <= '{day}' AND (s.until_on IS NULL OR s.until_on > '{day}')"
    verdict = _verdict_sql(day, "s.")
    what = f"{verdict}, {year}, s.reported, s.long_term, count(*)"
    measures = (
        "FROM measure_standing s JOIN measure_link l ON l.measure_id = s.measure_id AND l.counted "
        "JOIN measure m ON m.id = s.measure_id AND NOT m.implied"
    )
    answers = (
        f"a.answers AND a.since_on <= '{day}' AND (a.until_on IS NULL OR a.until_on > '{day}') "
        "AND a.measure_id = s.measure_id"
    )
    issues = "FROM issue_standing s JOIN issue i ON i.id = s.issue_id"
    red = f"{verdict} IN ('overdue', 'behind')"
    return [
        f"SELECT l.inspection_id, {what} {measures} WHERE {now} GROUP BY 1, 2, 3, 4, 5",
        f"SELECT i.inspection_id, {what} {issues} WHERE {now} GROUP BY 1, 2, 3, 4, 5",
        f"SELECT a.unit_id, {what} {measures} JOIN assignment a ON {answers} WHERE {now} GROUP BY 1, 2, 3, 4, 5",
        f"SELECT r.region_id, {what} {measures} JOIN (SELECT DISTINCT a.measure_id, u.region_id FROM assignment a "
        f"JOIN unit u ON u.id = a.unit_id WHERE {answers.replace('AND a.measure_id = s.measure_id', '')}) r "
        f"ON r.measure_id = s.measure_id WHERE {now} GROUP BY 1, 2, 3, 4, 5",
        f"SELECT s.id {measures} WHERE {now} AND {red} ORDER BY s.sort_on, l.id LIMIT 12",
    ]


def board(bench: Bench) -> Iterator[Mark]:
    """The leader's board, whole page, against its bare grouped SQL."""
    held = bench.large
    client = held.client(synthetic.LEADER)
    connection = held.bare()
    try:
        statements = _board_sql(held.day)
        pair = _beside(5, lambda: _get(client, "/board"), lambda: _ask(connection, statements))
        connection.rollback()
    finally:
        connection.close()
    yield _ratio(f"board page at {held.size} measures / its bare grouped SQL", 2, pair)


def _after(held: Ledger, page: int) -> str:
    """The address of a page of the ledger, as its own links give it."""
    scope = figures.Scope(access.SYSTEM)
    with held.session() as session:
        session.connection(execution_options={"read_only": True})
        after: tuple[dt.date, int] | None = None
        key = ""
        for _ in range(page - 1):
            rows = figures.rows(session, scope, "total", held.day, after=after, limit=PAGE)
            assert len(rows) == PAGE, "the ledger has so many pages"
            after, key = (rows[-1].sort_on, rows[-1].row_id), rows[-1].key
    return f"/ledger?after={key}" if key else "/ledger"


def lists(bench: Bench) -> Iterator[Mark]:
    """The list behind a figure: far down as fast as at the top, as fast in a large ledger, and no slower than Core."""
    small, large = bench.small.client(synthetic.LEADER), bench.large.client(synthetic.LEADER)
    far = min(200, bench.large.size // PAGE - 1)
    path = _after(bench.large, far)
    yield _ratio(
        f"list page {far} / page 1", 1.2, _beside(21, lambda: _get(large, path), lambda: _get(large, "/ledger"))
    )
    yield _ratio(
        f"list page 1 at {bench.large.size} / at {bench.small.size} measures",
        1.2,
        _beside(21, lambda: _get(large, "/ledger"), lambda: _get(small, "/ledger")),
    )
    yield _ratio(
        f"list page of {PAGE} rows / its statements by SQLAlchemy Core and its template alone",
        1.5,
        _beside(21, lambda: _get(large, "/ledger"), _core_page(bench.large, large, "/ledger")),
    )


def _core_page(held: Ledger, client: FlaskClient, path: str) -> Callable[[], None]:
    """The floor of a page: its own statements through Core's plain tuples, then its template with the same values."""
    with _watched(held) as seen:
        _get(client, path)
    template, context = seen.templates[-1]
    engine = held.engine

    def page() -> None:
        with engine.connect().execution_options(read_only=True) as connection:
            for statement, parameters in seen.statements:
                if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                    connection.exec_driver_sql(statement, parameters).all()
        with held.app.test_request_context(path):
            template.render(context)

    return page


def statements(bench: Bench) -> Iterator[Mark]:
    """How often the busiest pages ask the database, whatever the size of the ledger."""
    measure_id = _open_measures(bench.large, 1)[0]
    clerk = synthetic.clerk_of(synthetic.lead_of((measure_id - 1) // synthetic.MEASURES_OF_AN_ISSUE + 1))
    client = bench.large.client(clerk)
    for name, path, bound in (("a measure's page", f"/measures/{measure_id}", 8), ("a list page", "/ledger", 6)):
        _get(client, path)  # what is noted once a minute is noted
        with _watched(bench.large) as seen:
            _get(client, path)
        yield Mark(f"statements of {name}", len(seen.statements), bound, "counted")


def _open_measures(held: Ledger, count: int) -> list[int]:
    """Measures of one clerk's unit that can still be submitted."""
    s, part = models.MeasureStanding, models.Assignment
    query = (
        select(s.measure_id)
        .join(part, part.measure_id == s.measure_id)
        .where(part.role == "lead", part.unit_id == synthetic.lead_of(1))
        .where(standing.on(s, held.day), s.completed_on.is_(None), s.signed_off_on.is_(None), s.pending.is_(False))
        .order_by(s.measure_id)
        .limit(count)
    )
    with held.session() as session:
        session.connection(execution_options={"read_only": True})
        found = list(session.scalars(query))
    assert found, "the ledger has open measures of every unit"
    return found


def submit(bench: Bench) -> Iterator[Mark]:
    """A measure submitted as done by its form, with CSRF, standing and trail, against one row committed."""
    held = bench.large
    waiting = _open_measures(held, 40)
    client = held.client(synthetic.clerk_of(synthetic.lead_of(1)))
    form = client.get(f"/measures/{waiting[0]}/submit").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert found is not None, "the form carries a CSRF token"
    token = found.group(1)
    connection = held.bare()
    is_sqlite = held.engine.dialect.name == "sqlite"
    todo = iter(waiting)

    def post_form() -> None:
        measure_id = next(todo)
        once = secrets.token_hex(16)
        values = {"csrf_token": token, "once": once, "claim": "completed", "text": "已全部完成，资料齐备。"}
        answer = client.post(f"/measures/{measure_id}/submit", data=values, content_type="multipart/form-data")
        assert answer.status_code == 302, f"submit answered {answer.status_code}"

    def commit() -> None:
        cursor = connection.cursor()
        if is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(
            "INSERT INTO audit_entry (at, user_name, role, address, request_id, act, item, ok, details) "
            f"VALUES ('{held.at:%Y-%m-%d %H:%M:%S.%f}', '', '', '', '', 'bench', '', true, '{{}}')"
        )
        connection.commit()
        cursor.close()

    try:
        above, below = _beside(len(waiting) - 1, post_form, commit)
    finally:
        connection.close()
    detail = f"{above * 1000:.2f} ms / {below * 1000:.2f} ms"
    yield Mark("submit over the bare commit", (above - below) * 1000, 6, detail, " ms")


# -- mail ------------------------------------------------------------------------------------------------------------


class Sink:
    """A mail server that takes everything and keeps nothing, on a loopback port of its own."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.taken = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._socket.accept()
                with line, line.makefile("rb") as said:
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._talk(line, said)

    def _talk(self, line: socket.socket, said: Any) -> None:
        line.sendall(b"220 sink\r\n")
        for request in said:
            word = request[:4].upper().strip()
            if word == b"DATA":
                line.sendall(b"354 go on\r\n")
                while said.readline() != b".\r\n":
                    pass
                self.taken += 1
            line.sendall(b"221 bye\r\n" if word == b"QUIT" else b"250 taken\r\n")
            if word == b"QUIT":
                return

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


DIGESTS = 2000
LINES = 30
"""Items of a digest: as many as a busy unit has overdue and due soon."""


def mail(bench: Bench) -> Iterator[Mark]:
    """2,000 digests of 30 lines, each composed and sent to another person, against bytes of that size already made, in
    turn over one connection that stays open; and what the process holds after the last against after the hundredth."""
    message = _digest_of(bench.large, LINES)
    sender, sink, held = "rectify@example.cn", Sink(), bench.large
    numbers, sent = iter(range(2 * DIGESTS)), 0
    early: list[int] = []

    def compose(number: int) -> bytes:
        return post.compose(
            sender=sender,
            to=f"u{number}@example.cn",
            subject=f"{message.subject}{number}",
            text=f"{number}，您好：\n{message.text}",
            html=f"<p>{number}，您好：</p>{message.html}",
            message_id=f"<digest.{number}@example.cn>",
            at=held.at,
        )

    def send(data: bytes) -> None:
        nonlocal sent
        way.send(sender, message.to, "<one@example.cn>", data)
        sent += 1
        if sent == 200:
            early.append(_resident())

    ready = compose(0)
    try:
        server = MailServer("smtp", "127.0.0.1", sink.port, tls="off")
        with post.way(server, post.limits(600)) as way:
            pair = _beside(DIGESTS, lambda: send(compose(next(numbers))), lambda: send(ready))
        assert sink.taken == sent, f"the sink took {sink.taken} of {sent} mails"
    finally:
        sink.close()
    size = f"{LINES} lines and {len(ready) // 1024} KB"
    yield _ratio(f"each of {DIGESTS} digests of {size} / prebuilt bytes over one reused connection", 2, pair)
    after = _resident()
    before = early[0] if early else after
    detail = f"{after / 1024:.1f} MB / {before / 1024:.1f} MB"
    yield Mark(f"memory after {DIGESTS} digests / after 100", after / before, 1.05, detail)


def _digest_of(held: Ledger, lines: int) -> notices.Message:
    """A digest as the product renders it, its items repeated or cut off until it has so many."""
    with held.session() as session:
        user_id = synthetic.clerk_of(synthetic.lead_of(1))
        box = models.Outbox(kind="digest", user_id=user_id, day_on=held.day, queued_at=held.at, next_try_at=held.at)
        box.message_id = notices.message_id("digest", "example.cn")
        session.add(box)
        session.flush()
        found = notices.render(session, box, held.day, base_url="https://zgtz.example.gov.cn")
        session.rollback()
    assert isinstance(found, notices.Message), found

    def cut(body: str) -> str:
        pieces = body.split("/measures/")
        assert len(pieces) > 1, "the digest names no measure"
        items = (pieces[1:] * lines)[:lines]
        return "/measures/".join([pieces[0], *items])

    return dataclasses.replace(found, text=cut(found.text), html=cut(found.html))


# -- files in and out ------------------------------------------------------------------------------------------------


LEDGER_HEADS = (
    *(
        "序号",
        "反馈问题",
        "整改目标",
        "整改措施",
        "牵头单位",
        "配合单位",
        "责任领导",
        "责任人",
        "整改时限",
        "督导单位",
        "验收单位",
    ),
    *("目前进展情况", "是否达到序时进度", "存在困难和问题", "下步打算", "是否完成", "是否销号", "备注"),
)
"""The columns of a city's ledger, the commonest kind; 责任单位 stands over 牵头单位 and 配合单位."""
OF_THE_ISSUE = ("序号", "反馈问题", "整改目标", "督导单位", "验收单位")
"""What is said once of an issue, in a cell merged over the rows of its measures."""


def plan_workbook(rows: int, day: dt.date) -> bytes:
    """A city's ledger of `rows` measures as of `day`, five an issue: a two-row header, the issue's own cells merged.

    Every sentence is of its own row (synthetic.TEXT and those below, 40 to 110 characters), for so they are in a ledger
    that somebody keeps; units, persons, time limits and the yes-no columns repeat, as they do there.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("整改台账")
    plain = book.add_format({})
    last = len(LEDGER_HEADS) - 1
    title = f"某市生态环境保护督察反馈意见整改台账（截至{day.year}年{day.month}月{day.day}日）"
    sheet.merge_range(0, 0, 0, last, title, plain)
    sheet.merge_range(1, 0, 1, last, "填报单位：某市整改办", plain)
    for column, head in enumerate(LEDGER_HEADS):
        if head in ("牵头单位", "配合单位"):
            sheet.write_string(3, column, head)
        else:
            sheet.merge_range(2, column, 3, column, head, plain)
    sheet.merge_range(2, 4, 2, 5, "责任单位", plain)
    each = synthetic.MEASURES_OF_AN_ISSUE
    for measure in range(rows // each * each):
        row, issue = 4 + measure, measure // each + 1
        for column, (head, word) in enumerate(zip(LEDGER_HEADS, _ledger_row(issue, measure, day), strict=True)):
            if head not in OF_THE_ISSUE:
                sheet.write_string(row, column, word)
            elif measure % each == 0:
                sheet.merge_range(row, column, row + each - 1, column, word, plain)
    book.close()
    return stream.getvalue()


def _ledger_row(issue: int, measure: int, day: dt.date) -> tuple[str, ...]:
    """The cells of a measure's row: six in ten are done, most of the others on schedule, some behind."""
    work = synthetic.WORKS[measure % len(synthetic.WORKS)]
    unit = synthetic.unit_name(synthetic.lead_of(measure))
    others = "、".join(synthetic.unit_name(synthetic.lead_of(measure + n)) for n in (7, 31))
    done, signed, behind = measure % 10 < 6, measure % 10 < 3, measure % 10 == 6
    due = day + ONE_DAY * (-30 - measure * 7 % 600 if done else 30 + measure * 7 % 500)
    share = 30 + measure % 60
    if done:
        progress = f"已完成整改。{work}涉及的{measure % 40 + 3}处点位全部整治到位，{unit}于现场逐项核验，档案资料齐全，管护责任落实到人。"
    else:
        progress = (
            f"{work}已完成前期手续和招标，累计完成工程量的{share}%，{unit}每周到现场调度，第{measure}号点位正在施工。"
        )
    hindered = behind or measure % 50 == 7  # on schedule, and yet hindered: that is asked about
    hindrance = f"第{measure}号点位管线迁改和用地协调难度较大，配套资金尚有缺口{share * 10}万元。" if hindered else "无"
    following = "——" if done else f"由{unit}会同{others}倒排工期，补齐第{measure}号点位的短板，确保按期完成。"
    return (
        str(issue),
        f"督察发现，{unit}对{work}重视不够，{issue % 30 + 2}个乡镇的设施建成后长期闲置，第{issue}号点位问题反映强烈，"
        "监管责任没有落实到位，群众多次投诉后仍未得到有效解决。",
        f"{work}涉及的第{issue}号点位全部整治到位，设施稳定运行，建立长效管护机制，防止问题反弹。",
        synthetic.TEXT.format(work=work, unit=unit, n=measure),
        unit,
        others,
        f"领导{measure % 12 + 1}",
        f"负责人{measure % 150 + 1}",
        ("立行立改，长期坚持", "长期坚持")[issue % 2] if measure % 20 == 8 else f"{due.year}年{due.month}月底前",
        synthetic.unit_name(synthetic.supervising_of(issue)),
        synthetic.unit_name(synthetic.supervising_of(issue + 1)),
        progress,
        "——" if done else "否" if behind else "是",
        hindrance,
        following,
        "是" if done else "否",
        "是" if signed else "否",
        "",
    )


def import_(bench: Bench) -> Iterator[Mark]:
    """A plan read, validated and brought into the ledger in one transaction, against reading its cells alone."""
    held = bench.small
    rows = min(PLAN_ROWS, bench.large.size) // synthetic.MEASURES_OF_AN_ISSUE * synthetic.MEASURES_OF_AN_ISSUE
    data = plan_workbook(rows, held.day)
    numbers = itertools.count(1)
    with held.session() as session:
        user = session.get(models.User, synthetic.OFFICE)
        assert user is not None
        office = access.person_of(session, user)

    spent_reading: list[float] = []

    def bring_in() -> None:
        began = time.perf_counter()
        draft = reading.read(data, "plan.xlsx")
        spent_reading.append(time.perf_counter() - began)
        form = ledger.InspectionForm(name=f"导入测试第{next(numbers)}批", issued_on=held.day)
        with held.session() as session:
            done = ledger.import_plan(session, draft, form, {}, {}, by=office, day=held.day, at=held.at)
            session.commit()
        assert done.measures == rows, f"{done.measures} of {rows} measures came in, open: {done.questions[:3]}"

    def read_cells() -> None:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        assert len(book.get_sheet_by_index(0).to_python()) == rows + 4

    mark = _ratio(f"import of a {rows}-row .xlsx / reading it with calamine", 20, _beside(3, bring_in, read_cells))
    part = statistics.median(spent_reading) * 1000
    yield replace(mark, detail=f"{mark.detail}; reading by meaning is {part:.2f} ms of it")


def export(bench: Bench) -> Iterator[Mark]:
    """The ledger as a workbook, against the same cells written by XlsxWriter alone."""
    held = bench.large
    rows = min(EXPORT_ROWS, held.size // synthetic.MEASURES_OF_AN_ISSUE * synthetic.MEASURES_OF_AN_ISSUE)
    scope = figures.Scope(access.SYSTEM)
    with held.session() as session:
        session.connection(execution_options={"read_only": True})
        lines = list(itertools.islice(figures.lines(session, scope, "total", held.day), 1000))
    cells = [[column.value(line, held.day, False) for column in writing.COLUMNS] for line in lines]

    def product() -> None:
        with held.session() as session, tempfile.TemporaryFile(dir=bench.folder) as stream:
            session.connection(execution_options={"read_only": True})
            found = itertools.islice(figures.lines(session, scope, "total", held.day), rows)
            done = writing.ledger_xlsx(stream, found, day=held.day, title="整改台账", by="bench")
            assert done == rows, f"{done} of {rows} rows were written"

    def alone() -> None:
        with tempfile.TemporaryFile(dir=bench.folder) as stream:
            book = xlsxwriter.Workbook(stream, {"constant_memory": True, "strings_to_urls": False})
            sheet = book.add_worksheet()
            words, days = book.add_format({"text_wrap": True}), book.add_format({"num_format": "yyyy-mm-dd"})
            for row in range(rows):
                for column, value in enumerate(cells[row % len(cells)]):
                    if value is None or value == "":
                        sheet.write_blank(row, column, None, words)
                    elif isinstance(value, dt.date):
                        sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), days)
                    elif isinstance(value, int):
                        sheet.write_number(row, column, value, words)
                    else:
                        sheet.write_string(row, column, value, words)
            book.close()

    began = time.perf_counter()
    for once in (product, alone):
        once()
    times = 1 if time.perf_counter() - began > 30 else 3
    found = [(_seconds(product), _seconds(alone)) for _ in range(times)]
    pair = statistics.median(a for a, _ in found), statistics.median(b for _, b in found)
    yield _ratio(f"ledger export of {rows} rows, .xlsx / XlsxWriter constant_memory alone", 1.3, pair)


# -- memory ----------------------------------------------------------------------------------------------------------


def memory(bench: Bench) -> Iterator[Mark]:
    """The most memory that a job takes at its height, in a process of its own, in both ledgers."""
    for job in JOBS:
        large, small = _peak(bench.large, job), _peak(bench.small, job)
        detail = f"{large / 1024:.0f} MB / {small / 1024:.0f} MB"
        name = f"peak memory of {job} at {bench.large.size} / at {bench.small.size} measures"
        yield Mark(name, large / small, 1.5, detail)


def _peak(held: Ledger, job: str) -> int:
    """Kilobytes. The address goes by standard input, for it may hold a password."""
    told = f"{job}\n{held.day}\n{base64.b64encode(held.url.encode()).decode()}\n"
    package = str(Path(__file__).resolve().parents[2])
    program = f"import sys; sys.path.insert(0, {package!r}); from rectify.upkeep import bench; bench.child()"
    done = subprocess.run([sys.executable, "-c", program], input=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{job} failed: {done.stderr[-500:]}"
    return int(done.stdout)


def child() -> None:
    """A job by itself: reads its name, the day and the database from standard input, prints its peak in kilobytes."""
    job, day, url = sys.stdin.read().split()
    engine = create_engine(base64.b64decode(url).decode())
    with Session(engine) as session:
        JOBS[job](session, dt.date.fromisoformat(day))
        session.rollback()
    print(_high_water())


def _resident() -> int:
    """The memory this process holds now, in kilobytes; where the system does not tell, the most it ever had."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return _high_water()
    return int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def _high_water() -> int:
    """The most memory this process had, in kilobytes. Linux's own count: `ru_maxrss` remembers the parent's too."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii", errors="replace"))
        if found:
            return int(found.group(1))
    import resource  # not on Windows, where there is no such count

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used // 1024 if sys.platform == "darwin" else used


def _judge_job(session: Session, day: dt.date) -> None:
    standing.turn(session, day + ONE_DAY)
    standing.turn(session, day + 2 * ONE_DAY)


def _remind_job(session: Session, day: dt.date) -> None:
    day = next_workday(calendar.load(session), day)
    did = notices.remind(session, day, clock.now())
    assert did["digests"], did


def _export_job(session: Session, day: dt.date) -> None:
    session.connection(execution_options={"read_only": True})
    with tempfile.TemporaryFile() as stream:
        lines = figures.lines(session, figures.Scope(access.SYSTEM), "total", day)
        assert writing.ledger_xlsx(stream, lines, day=day, title="整改台账", by="bench")


JOBS: dict[str, Callable[[Session, dt.date], None]] = {
    "judge": _judge_job,
    "remind": _remind_job,
    "export": _export_job,
}

# The export runs last of what uses the large ledger in this process, the import and the submits after what reads.
MARKS: dict[str, Callable[[Bench], Iterator[Mark]]] = {
    "judgement": judgement,
    "board": board,
    "lists": lists,
    "statements": statements,
    "mail": mail,
    "memory": memory,
    "export": export,
    "submit": submit,
    "import": import_,
}
