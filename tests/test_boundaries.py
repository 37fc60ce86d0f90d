"""Every boundary of a day: the day before, on and after each turning, told alike by rule, SQL, lists, figures and command.

And what a day is: the civil day of Beijing whatever the machine believes, 29 February, New Year, a make-up Saturday,
and a holiday that the office moved.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from bs4 import BeautifulSoup
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, calendar, commands, figures, jobs, ledger, models, progress, rounds, standing
from rectify.rules import schedule
from rectify.rules.deadlines import Deadline
from rectify.rules.verdicts import Verdict
from tests import factories
from tests.conftest import PASSWORD, TODAY, Cast

D = dt.date.fromisoformat
ONE_DAY = dt.timedelta(days=1)
START = D("2026-01-05")
TURN = D("2026-06-15")
LEAP = D("2028-02-29")
NEW_YEAR = D("2027-01-01")
Command = Callable[..., dict[str, Any]]


def at_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(2), dt.UTC)


@pytest.fixture
def command(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`rectify figures` as a script calls it, on the test's database: the object it prints; it must end well."""
    monkeypatch.setattr(commands, "open_app", lambda: app)

    def run(*arguments: str) -> dict[str, Any]:
        session.commit()
        done = CliRunner().invoke(commands.cli, ["figures", *arguments])
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


# -- the turning days ------------------------------------------------------------------------------------------------


@dataclass
class Story:
    """What happens to one measure, act by act; days may be given as days before or after that of the turning."""

    session: Session
    inspection: models.Inspection
    unit: models.Unit
    turn: dt.date
    issue: Any = None
    measure: Any = None
    round: Any = None
    sent: Any = None

    def on(self, days: int) -> dt.date:
        return self.turn + days * ONE_DAY

    def acting(self, days: int | dt.date) -> dict[str, Any]:
        on = days if isinstance(days, dt.date) else self.on(days)
        return {"by": access.SYSTEM, "day": on, "at": at_of(on)}

    def planned(self, limit: str | int = 90, day: int | dt.date = START, **typed: Any) -> Story:
        """The measure comes into the plan: its limit as printed, or so many days from the turning."""
        phrase = limit if isinstance(limit, str) else self.on(limit).isoformat()
        form = ledger.IssueForm("污水直排。", number="1", deadline=phrase)
        self.issue = ledger.add_issue(self.session, self.inspection, form, **self.acting(day))
        self.measure = ledger.add_measure(
            self.session,
            self.issue,
            ledger.MeasureForm("建设管网。", number="1", units={"lead": [self.unit.id]}, **typed),
            **self.acting(day),
        )
        return self

    def counted_from(self, phrase: str, answer: str, day: int | dt.date) -> Story:
        """Planned with a limit that runs from a day the plan does not print; the office says from which."""
        self.planned("", deadline=Deadline(phrase, kind="relative"), question="从哪一天算起？")
        ledger.answer_question(self.session, self.measure, answer, **self.acting(day))
        return self

    def stage(self, due: int) -> Story:
        """Planned with a stage that is due so many days from the turning."""
        return self.planned(milestones=[(self.on(due), "主体工程完工")])

    def reported(self, day: int, state: str = "in_progress", reached: bool = False, **more: Any) -> Story:
        stones = progress.milestones_of(self.session, self.measure, self.on(day)) if reached else []
        progress.report(
            self.session,
            self.measure,
            unit_id=self.unit.id,
            on_behalf=False,
            state=state,
            text="正在施工。",
            reached=[stone.id for stone in stones],
            **more,
            **self.acting(day),
        )
        return self

    def submitted(self, day: int, claim: str = "completed") -> Story:
        self.sent = progress.submit(
            self.session,
            self.measure,
            unit_id=self.unit.id,
            on_behalf=False,
            claim=claim,
            text="已完成。",
            **self.acting(day),
        )
        return self

    def accepted(self, day: int) -> Story:
        progress.accept(self.session, self.sent, unit_id=None, **self.acting(day))
        return self

    def returned(self, day: int) -> Story:
        progress.return_(self.session, self.sent, unit_id=None, reason="缺少验收记录。", **self.acting(day))
        return self

    def signed_off(self, signed: int, day: int) -> Story:
        progress.sign_off(self.session, self.measure, signed_off_on=self.on(signed), **self.acting(day))
        return self

    def reopened(self, day: int, deadline: int | None) -> Story:
        new = None if deadline is None else self.on(deadline)
        progress.reopen(self.session, self.measure, reason="反弹。", new_deadline_on=new, **self.acting(day))
        return self

    def extended(self, to: int, day: int, approved: int) -> Story:
        ledger.extend(
            self.session,
            self.measure,
            new_deadline_on=self.on(to),
            approved_on=self.on(approved),
            document_number="市整改〔2026〕1号",
            reason="汛期停工。",
            **self.acting(day),
        )
        return self

    def confirmed(self, verdict: str, day: int, last: int | None = None) -> Story:
        last_on = None if last is None else self.on(last)
        rounds.confirm(self.session, self.measure, verdict, "现场核实。", last_on, **self.acting(day))
        return self

    def refused_stage(self, day: int) -> Story:
        (stone,) = progress.milestones_of(self.session, self.measure, self.on(day))
        rounds.refuse_milestone(self.session, self.measure, stone, reason="未完工。", **self.acting(day))
        return self

    def asked(self, opens: int, cut_off: int, grace: int = 0) -> Story:
        """A round of the inspection, planned on its first day."""
        self.round = rounds.add_round(
            self.session,
            self.inspection,
            name="调度",
            opens_on=self.on(opens),
            cut_off_on=self.on(cut_off),
            grace_days=grace,
            **self.acting(opens),
        )
        return self

    def cancelled(self, day: int) -> Story:
        rounds.cancel_round(self.session, self.round, reason="合并调度。", **self.acting(day))
        return self

    def answered(self, answer: str, day: int) -> Story:
        ledger.answer_question(self.session, self.issue, answer, **self.acting(day))
        return self

    def withdrawn(self, day: int) -> Story:
        ledger.withdraw_issue(self.session, self.issue, reason="与第2项重复。", **self.acting(day))
        return self


@dataclass(frozen=True)
class Turning:
    """What happens, on which day it turns, and the verdict of the day before, on and after; `rules` of its inspection."""

    name: str
    tell: Callable[[Story], object]
    before: str | None
    on: str | None
    after: str | None
    turn: dt.date = TURN
    rules: tuple[tuple[str, Any], ...] = ()


TURNINGS = [
    # signed off
    Turning(
        "signed off on the day",
        lambda s: s.planned().submitted(-9).accepted(-6).signed_off(0, day=0),
        "completed", "signed_off", "signed_off",
    ),
    Turning(
        "signed off with an earlier date, recorded on the day",
        lambda s: s.planned().submitted(-9).accepted(-6).signed_off(-3, day=0),
        "completed", "signed_off", "signed_off",
    ),
    Turning(
        "signed off and back on the day with a new limit",
        lambda s: s.planned().submitted(-9).accepted(-6).signed_off(-3, day=-3).reopened(0, deadline=60),
        "signed_off", "on_schedule", "on_schedule",
    ),
    # completed
    Turning(
        "submitted in time, accepted on the day",
        lambda s: s.planned(20).submitted(-5).accepted(0),
        "on_schedule", "completed", "completed",
    ),
    Turning(
        "held back beyond its limit, accepted on the day",
        lambda s: s.planned(-3).submitted(-5).accepted(0),
        "on_schedule", "completed", "completed",
    ),
    Turning(
        "submitted late, accepted on the day",
        lambda s: s.planned(-10).submitted(-5).accepted(0),
        "overdue", "completed", "completed",
    ),
    Turning(
        "submitted and accepted on the day of the limit",
        lambda s: s.planned(0).submitted(0).accepted(0),
        "on_schedule", "completed", "completed",
    ),
    # overdue
    Turning("due the day before", lambda s: s.planned(-1), "on_schedule", "overdue", "overdue"),
    Turning("due on the day", lambda s: s.planned(0), "on_schedule", "on_schedule", "overdue"),
    Turning(
        "submitted on its last day in time",
        lambda s: s.planned(-1).submitted(-1),
        "on_schedule", "on_schedule", "on_schedule",
    ),
    Turning(
        "submitted the day after its limit",
        lambda s: s.planned(-1).submitted(0),
        "on_schedule", "overdue", "overdue",
    ),
    Turning(
        "submitted in time, returned on the day beyond the limit",
        lambda s: s.planned(-4).submitted(-5).returned(0),
        "on_schedule", "overdue", "overdue",
    ),
    Turning(
        "returned on the last day in time",
        lambda s: s.planned(-1).submitted(-5).returned(-1),
        "on_schedule", "overdue", "overdue",
    ),
    Turning(
        "extended on the day, approved before",
        lambda s: s.planned(-5).extended(to=30, day=0, approved=-7),
        "overdue", "on_schedule", "on_schedule",
    ),
    Turning(
        "extended to the day before",
        lambda s: s.planned(-30).extended(to=-1, day=-40, approved=-40),
        "on_schedule", "overdue", "overdue",
    ),
    Turning(
        "back on the day without a new limit, the old one past",
        lambda s: s.planned(-3).submitted(-9).accepted(-6).reopened(0, deadline=None),
        "completed", "overdue", "overdue",
    ),
    Turning(
        "basically completed and due the day before",
        lambda s: s.planned(-1).submitted(-9, "basically_completed").accepted(-6),
        "basically_completed", "overdue", "overdue",
    ),
    Turning(
        "basically completed, which counts as done, and due the day before",
        lambda s: s.planned(-1).submitted(-9, "basically_completed").accepted(-6),
        "basically_completed", "basically_completed", "basically_completed",
        rules=(("basically_counts_as_done", True),),
    ),
    # basically completed
    Turning(
        "accepted as basically completed on the day",
        lambda s: s.planned().submitted(-5, "basically_completed").accepted(0),
        "on_schedule", "basically_completed", "basically_completed",
    ),
    # behind
    Turning("a stage due the day before", lambda s: s.stage(-1).reported(-9), "on_schedule", "behind", "behind"),
    Turning(
        "a stage reached on its last day in time",
        lambda s: s.stage(-1).reported(-1, reached=True),
        "on_schedule", "on_schedule", "on_schedule",
    ),
    Turning(
        "a stage reached late, on the day",
        lambda s: s.stage(-5).reported(0, reached=True),
        "behind", "on_schedule", "on_schedule",
    ),
    Turning(
        "a stage refused on the day",
        lambda s: s.stage(-5).reported(-6, reached=True).refused_stage(0),
        "on_schedule", "behind", "behind",
    ),
    Turning(  # of 100 km in 100 days, 5 % tolerated: 6 are planned on the sixth day
        "a planned line left on its sixth day",
        lambda s: s.planned(94, start_on=s.on(-6), target_quantity=100, target_unit="公里").reported(-6),
        "on_schedule", "behind", "behind",
    ),
    Turning(  # with 1 reported, 7 are planned on the seventh day
        "a planned line held by a figure reported",
        lambda s: s.planned(93, start_on=s.on(-7), target_quantity=100, target_unit="公里")
        .reported(-7, quantity=1),
        "on_schedule", "behind", "behind",
    ),
    Turning(
        "to be done at once, within thirty days of the plan",
        lambda s: s.planned("立行立改"),
        "on_schedule", "behind", "behind",
        rules=(("issued_on", TURN - 31 * ONE_DAY), ("immediate_days", 30)),
    ),
    Turning(
        "confirmed as behind on the day",
        lambda s: s.planned().confirmed("behind", 0),
        "on_schedule", "behind", "behind",
    ),
    Turning(
        "confirmed as on schedule through the day before",
        lambda s: s.stage(-30).confirmed("on_schedule", -10, last=-1),
        "on_schedule", "behind", "behind",
    ),
    Turning(
        "confirmed as on schedule on the day",
        lambda s: s.stage(-30).confirmed("on_schedule", 0, last=5),
        "behind", "on_schedule", "on_schedule",
    ),
    # not started
    Turning(
        "to start the day before",
        lambda s: s.planned(start_on=s.on(-1)),
        "on_schedule", "not_started", "not_started",
    ),
    Turning(
        "reported as not started on the day",
        lambda s: s.planned().reported(0, "not_started"),
        "on_schedule", "not_started", "not_started",
    ),
    Turning(
        "started late, on the day",
        lambda s: s.planned(start_on=s.on(-5)).reported(0),
        "not_started", "on_schedule", "on_schedule",
    ),
    # unreported
    Turning(
        "a round cut off the day before",
        lambda s: s.planned().asked(-20, -1),
        "on_schedule", "unreported", "unreported",
    ),
    Turning(
        "a round whose grace ended the day before",
        lambda s: s.planned().asked(-20, -4, grace=3),
        "on_schedule", "unreported", "unreported",
    ),
    Turning(
        "reported on the last day of a round",
        lambda s: s.planned().asked(-20, -1).reported(-1),
        "on_schedule", "on_schedule", "on_schedule",
    ),
    Turning(
        "reported late, on the day",
        lambda s: s.planned().asked(-20, -3).reported(0),
        "unreported", "on_schedule", "on_schedule",
    ),
    Turning(
        "a round cancelled on its last day",
        lambda s: s.planned().asked(-20, 0).cancelled(0),
        "on_schedule", "on_schedule", "on_schedule",
    ),
    Turning(
        "a question answered on the day",
        lambda s: s.planned("").answered("2026年9月底前", 0),
        "unreported", "on_schedule", "on_schedule",
    ),
    # in the ledger and out of it
    Turning("planned on the day", lambda s: s.planned(day=0), None, "on_schedule", "on_schedule"),
    Turning("withdrawn on the day", lambda s: s.planned().withdrawn(0), "on_schedule", None, None),
    Turning("without an end", lambda s: s.planned("长期坚持"), "long_term", "long_term", "long_term"),
    # 29 February
    Turning(
        "due at the end of February of a leap year",
        lambda s: s.planned("2028年2月底前"),
        "on_schedule", "on_schedule", "overdue",
        turn=LEAP,
    ),
    Turning(
        "a round cut off on 29 February",
        lambda s: s.planned("2028年12月底前").asked(-28, 0),
        "on_schedule", "on_schedule", "unreported",
        turn=LEAP,
    ),
    Turning(
        "a grace that goes over 29 February",
        lambda s: s.planned("2028年12月底前").asked(-28, -2, grace=2),
        "on_schedule", "on_schedule", "unreported",
        turn=LEAP + ONE_DAY,
    ),
    Turning(
        "a year from 29 February",
        lambda s: s.counted_from("自反馈之日起一年内", "feedback", LEAP),
        "on_schedule", "on_schedule", "overdue",
        turn=D("2029-02-28"),
        rules=(("feedback_on", LEAP),),
    ),
    # New Year
    Turning(
        "due at the end of a year",
        lambda s: s.planned("2026年底前"),
        "on_schedule", "overdue", "overdue",
        turn=NEW_YEAR,
    ),
]  # fmt: skip


def told_by_sql(session: Session, table: Any, column: Any, item_id: int, day: dt.date) -> str | None:
    return session.scalar(select(standing.verdict_case(table, day)).where(column == item_id, standing.on(table, day)))


def told_by_counts(counts: dict[str, int]) -> str | None:
    """The verdict that is counted once where all others are 0; None where the inspection counts nothing."""
    found = [verdict.value for verdict in Verdict if counts[verdict.value]]
    assert counts["total"] == len(found) == sum(counts[name] for name in found) <= 1, counts
    return found[0] if found else None


@dataclass
class Told:
    """What all the ways tell of a day, by inspection: of its only measure and of its only issue."""

    session: Session
    day: dt.date
    document: dict[str, Any]

    def __post_init__(self) -> None:
        named = {one["name"]: one for one in self.document["inspections"]}
        self.by_command = {kind: {name: one[kind] for name, one in named.items()} for kind in ("measures", "issues")}
        self.by_figures = {kind: self._figures(kind) for kind in ("measures", "issues")}
        self.by_lists = {kind: self._lists(kind) for kind in ("measures", "issues")}

    def _figures(self, kind: str) -> dict[int, dict[str, int]]:
        scope = figures.Scope(access.SYSTEM, counted=kind)
        tallies = figures.tallies(self.session, scope, self.day)
        assert sum((one.figures for one in tallies.values()), figures.Figures()) == figures.count(
            self.session, scope, self.day
        )
        return {inspection_id: one.figures.as_dict() for inspection_id, one in tallies.items()}

    def _lists(self, kind: str) -> dict[int, list[str]]:
        """In which of the lists behind the nine verdicts the row stands."""
        found: dict[int, list[str]] = defaultdict(list)
        for verdict in Verdict:
            scope = figures.Scope(access.SYSTEM, counted=kind)
            for row in figures.rows(self.session, scope, verdict.value, self.day, limit=None):
                found[row.inspection_id].append(verdict.value)
                assert schedule.verdict(row, self.day) == verdict
        return found

    def of(self, story: Story) -> dict[str, str | None]:
        """The verdict by each way; a story has one measure in one issue, judged alike."""
        said: dict[str, str | None] = {}
        m, i = models.MeasureStanding, models.IssueStanding
        for kind, row, sql in (
            (
                "measures",
                standing.of(self.session, story.measure.id, self.day),
                told_by_sql(self.session, m, m.measure_id, story.measure.id, self.day),
            ),
            (
                "issues",
                standing.of_issue(self.session, story.issue.id, self.day),
                told_by_sql(self.session, i, i.issue_id, story.issue.id, self.day),
            ),
        ):
            listed = self.by_lists[kind].get(story.inspection.id, [None])
            assert len(listed) == 1, "one row, one list"
            counted = self.by_figures[kind].get(story.inspection.id, figures.Figures().as_dict())
            said |= {
                f"{kind} by the rule": None if row is None else schedule.verdict(row, self.day).value,
                f"{kind} by SQL": sql,
                f"{kind} by figures": told_by_counts(counted),
                f"{kind} by lists": listed[0],
                f"{kind} by the command": told_by_counts(self.by_command[kind][story.inspection.name]),
            }
        return said


def test_all_tell_the_same_the_day_before_on_and_after_each_turning(session: Session, command: Command) -> None:
    """Each story in an inspection of its own, measure and issue; `--check` recomputes every day from the facts."""
    unit = factories.make_unit(session, "某县人民政府")
    stories: list[tuple[Turning, Story]] = []
    for turning in TURNINGS:
        inspection = factories.make_inspection(session, turning.name, **dict(turning.rules))
        stories.append((turning, Story(session, inspection, unit, turning.turn)))
        turning.tell(stories[-1][1])
    days = sorted({story.on(n) for _, story in stories for n in (-1, 0, 1)})
    told = {day: Told(session, day, command("--check", "--as-of", day.isoformat())) for day in days}

    for turning, story in stories:
        for n, expected in ((-1, turning.before), (0, turning.on), (1, turning.after)):
            said = told[story.on(n)].of(story)
            assert said == dict.fromkeys(said, expected), (turning.name, story.on(n))


def test_each_turning_day_has_a_story_that_turns_on_it() -> None:
    turned = {turning.on for turning in TURNINGS if turning.before != turning.on}

    assert turned >= {schedule.VERDICT_OF[name].value for name in schedule.TURNING}


# -- what a day is ---------------------------------------------------------------------------------------------------


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set the machine's own clock to a zone: machine("Pacific/Kiritimati")."""

    def set_to(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield set_to
    monkeypatch.undo()
    time.tzset()


def send(browser: FlaskClient, address: str, **typed: str) -> None:
    """Fill in a form as it came and send it."""
    form = BeautifulSoup(browser.get(address).text, "html.parser").select_one("main form[method=post]")
    assert form is not None, address
    hidden = {i["name"]: i.get("value", "") for i in form.select("input[type=hidden]")}
    assert browser.post(address, data={**hidden, **typed}).status_code == 302


def listed(browser: FlaskClient, figure: str) -> set[str]:
    found = BeautifulSoup(browser.get(f"/ledger?figure={figure}").text, "html.parser")
    return {one.get_text(strip=True) for one in found.select("main tbody .clamp")}


@pytest.mark.parametrize("clock_", ["00:01", "07:59", "08:00", "23:59"])
@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_a_day_is_that_of_beijing_whatever_the_machine_believes(
    app: Flask,
    session: Session,
    cast: Cast,
    client: Callable[..., FlaskClient],
    command: Command,
    machine: Callable[[str], None],
    zone: str,
    clock_: str,
) -> None:
    """F19, R3: at 00:01 and 07:59 it is yesterday in UTC, at 08:00 and 23:59 today; Los Angeles and Kiritimati differ."""
    issue = factories.make_issue(session, factories.make_inspection(session))
    reporting, submitting, late, last = (
        factories.make_measure(session, issue, lead=cast.units["unit_a"], text=text, deadline_on=deadline_on)
        for text, deadline_on in (("填报", None), ("申报", None), ("昨日到期", TODAY - ONE_DAY), ("今日到期", TODAY))
    )
    ids = reporting.id, submitting.id
    texts = late.text, last.text
    session.commit()
    machine(zone)
    instant = dt.datetime.combine(TODAY, dt.time.fromisoformat(clock_), ZoneInfo("Asia/Shanghai")).astimezone(dt.UTC)

    with time_machine.travel(instant, tick=False):
        unit, office = client(), client()
        for name, browser in (("unit_a", unit), ("office", office)):
            browser.post("/login", data={"name": name, "password": PASSWORD})
        send(unit, f"/measures/{ids[0]}/report", state="in_progress", text="正在施工。")
        send(unit, f"/measures/{ids[1]}/submit", claim="completed", text="已完成。")
        board = office.get("/board").text
        overdue, due = listed(office, "overdue"), listed(office, "due_30")
        jobs.run_job(app, "judge")
        by_command = command()
    report = session.scalars(select(models.ProgressReport)).one()
    submission = session.scalars(select(models.Submission)).one()
    run = session.scalars(select(models.JobRun)).one()

    assert (report.reported_on, submission.submitted_on, run.day_on) == (TODAY, TODAY, TODAY)
    assert (report.at, submission.at, run.began_at) == (instant, instant, instant)
    assert "2026年6月15日" in board and (overdue, due) == ({texts[0]}, {texts[1]})
    assert by_command["as_of"] == TODAY.isoformat() and by_command["inspections"][0]["measures"]["overdue"] == 1


# -- New Year --------------------------------------------------------------------------------------------------------


def test_this_year_ends_with_the_old_year(session: Session, command: Command) -> None:
    """What was due in it and is open is of earlier years the next day; what was done in it is no longer of this year."""
    unit = factories.make_unit(session, "某县人民政府")

    def story(name: str) -> Story:
        return Story(session, factories.make_inspection(session, name), unit, NEW_YEAR)

    story("due on 31 December").planned(-1)
    story("due on 31 December and done on it").planned(-1).submitted(-1).accepted(-1)
    story("due on 31 December and accepted in the new year").planned(-1).submitted(-1).accepted(0)
    story("due on 1 January").planned(0)
    story("extended over New Year, from 31 December").planned(-1).extended(to=30, day=-1, approved=-2)
    names = ("due_this_year", "due_this_year_done", "due_this_year_left", "overdue_earlier_years", "overdue")

    found = {
        day: {
            one["name"]: tuple(one["measures"][name] for name in names)
            for one in command("--check", "--as-of", day)["inspections"]
        }
        for day in ("2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02")
    }

    left, done, none, earlier = (1, 0, 1, 0, 0), (1, 1, 0, 0, 0), (0, 0, 0, 0, 0), (0, 0, 0, 1, 1)
    days = {name: [found[day][name] for day in found] for name in found["2026-12-30"]}
    assert days == {
        "due on 31 December": [left, left, earlier, earlier],
        "due on 31 December and done on it": [left, done, none, none],
        "due on 31 December and accepted in the new year": [left, left, none, none],
        "due on 1 January": [none, none, left, (1, 0, 1, 0, 1)],
        "extended over New Year, from 31 December": [left, none, left, left],
    }


# -- working days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("from_on", "deadline_on"),
    [
        ("2026-10-08", "2026-10-12"),  # Thursday: Friday, the Saturday made up, Monday
        ("2026-10-09", "2026-10-13"),
        ("2026-10-15", "2026-10-20"),  # an ordinary week: Friday, Monday, Tuesday
        ("2026-09-30", "2026-10-10"),  # over National Day, ending on the Saturday made up
    ],
)
def test_a_limit_in_working_days_counts_a_make_up_saturday(session: Session, from_on: str, deadline_on: str) -> None:
    """2026-10-10 is worked for National Day (R26)."""
    inspection = factories.make_inspection(session, feedback_on=D(from_on))
    story = Story(session, inspection, factories.make_unit(session, "某县人民政府"), D(deadline_on))

    story.counted_from("自反馈之日起3个工作日内", "feedback", D(from_on))

    assert story.measure.deadline_on == D(deadline_on)
    row = standing.of(session, story.measure.id, D(deadline_on))
    assert row is not None and row.overdue_from == D(deadline_on) + ONE_DAY


def remind_daily(
    app: Flask, session: Session, first: str, last: str
) -> tuple[list[dt.date], list[tuple[str, str, str]]]:
    """Run the job of each day: the days on which it rested, and the steps before deadlines it wrote, with their day."""
    session.commit()
    rested = []
    days = [D(first) + n * ONE_DAY for n in range((D(last) - D(first)).days + 1)]
    for day in days:
        with time_machine.travel(at_of(day), tick=False):
            if not jobs.run_job(app, "remind", day)["workday"]:
                rested.append(day)
    row = models.Reminder
    steps = session.execute(
        select(row.deadline_on, row.step, row.day_on).where(row.step.like("due%")).order_by(row.deadline_on, row.day_on)
    )
    return rested, [(str(deadline_on), step, str(day)) for deadline_on, step, day in steps]


def due(session: Session, cast: Cast, *deadlines_on: str) -> None:
    """A measure for each deadline, of which units are reminded 3, 1 and 0 days before."""
    for deadline_on in deadlines_on:
        issue = factories.make_issue(session, factories.make_inspection(session, deadline_on, near_due_days=3))
        factories.make_measure(session, issue, lead=cast.units["unit_a"], deadline_on=D(deadline_on))


def test_a_reminder_goes_out_on_a_make_up_saturday_and_on_no_other(app: Flask, session: Session, cast: Cast) -> None:
    """Three days before 13 and 20 October are Saturdays: the 10th is worked, the 17th is not."""
    due(session, cast, "2026-10-13", "2026-10-20")

    rested, steps = remind_daily(app, session, "2026-10-09", "2026-10-20")

    assert rested == [D("2026-10-11"), D("2026-10-17"), D("2026-10-18")]
    assert steps == [
        ("2026-10-13", "due_3", "2026-10-10"),
        ("2026-10-13", "due_1", "2026-10-12"),
        ("2026-10-13", "due_0", "2026-10-13"),
        ("2026-10-20", "due_3", "2026-10-16"),
        ("2026-10-20", "due_1", "2026-10-19"),
        ("2026-10-20", "due_0", "2026-10-20"),
    ]


def declare(session: Session, *days: tuple[str, bool]) -> None:
    declared = [calendar.Declared(D(day), is_workday, "市政府通知") for day, is_workday in days]
    calendar.declare(session, declared, by=access.SYSTEM, at=at_of(START))


def test_a_holiday_the_office_declares_moves_reminders_to_the_day_before(
    app: Flask, session: Session, cast: Cast
) -> None:
    """Friday 2026-09-04 off and Sunday the 6th worked: what was owed on the Friday is owed on the Thursday."""
    due(session, cast, "2026-09-07")
    declare(session, ("2026-09-04", False), ("2026-09-06", True))

    rested, steps = remind_daily(app, session, "2026-09-02", "2026-09-07")

    assert rested == [D("2026-09-04"), D("2026-09-05")]
    assert steps == [
        ("2026-09-07", "due_3", "2026-09-03"),
        ("2026-09-07", "due_1", "2026-09-06"),
        ("2026-09-07", "due_0", "2026-09-07"),
    ]


def test_a_holiday_the_office_declares_moves_what_is_counted_in_working_days_from_then_on(session: Session) -> None:
    inspection = factories.make_inspection(session, feedback_on=D("2026-09-02"))
    unit = factories.make_unit(session, "某县人民政府")
    before = Story(session, inspection, unit, D("2026-09-07"))
    before.counted_from("自反馈之日起3个工作日内", "feedback", D("2026-09-02"))
    published = calendar.load(session)

    declare(session, ("2026-09-04", False))
    after = Story(session, factories.make_inspection(session, "后", feedback_on=D("2026-09-02")), unit, before.turn)
    after.counted_from("自反馈之日起3个工作日内", "feedback", D("2026-09-02"))

    assert (before.measure.deadline_on, after.measure.deadline_on) == (D("2026-09-07"), D("2026-09-08"))
    moved = ledger.moved_limits(session, access.SYSTEM, published, calendar.load(session), D("2026-09-02"))
    assert [(one.item_id, one.from_on, one.amount, one.deadline_on, one.would_be_on) for one in moved] == [
        (before.measure.id, D("2026-09-02"), 3, D("2026-09-07"), D("2026-09-08"))
    ]

    ledger.move_limits(session, moved, "市政府通知", **before.acting(-4))

    said = {}
    for n in (0, 1, 2):
        row = standing.of(session, before.measure.id, before.on(n))
        assert row is not None
        said[n] = schedule.verdict(row, before.on(n)).value
    assert said == {0: "on_schedule", 1: "on_schedule", 2: "overdue"}
    assert all(figures.check(session, before.on(n)) == [] for n in (-5, -4, 1, 2))


def test_a_holiday_the_office_declares_moves_no_verdict(session: Session, command: Command) -> None:
    """Due on the day that became a holiday, cut off on it, to start on it, a stage due on it: all as they were."""
    unit = factories.make_unit(session, "某县人民政府")
    day = D("2026-09-04")
    for name, tell in {
        "due": lambda s: s.planned(0),
        "stage": lambda s: s.stage(0),
        "start": lambda s: s.planned(start_on=day),
        "round": lambda s: s.planned().asked(-20, 0),
        "grace": lambda s: s.planned().asked(-20, -2, grace=2),
        "confirmed": lambda s: s.stage(-30).confirmed("on_schedule", -10, last=0),
    }.items():
        tell(Story(session, factories.make_inspection(session, name), unit, day))
    days = [(day + n * ONE_DAY).isoformat() for n in (-1, 0, 1, 2, 3)]
    before = [command("--as-of", on) for on in days]

    declare(session, ("2026-09-04", False), ("2026-09-05", True))

    assert [command("--check", "--as-of", on) for on in days] == before
    on_schedule = [[one["measures"]["on_schedule"] for one in document["inspections"]] for document in before]
    assert on_schedule[:3] == [[1] * 6, [1] * 6, [0] * 6], "all turn the day after"
