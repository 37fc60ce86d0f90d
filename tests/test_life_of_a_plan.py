"""The life of a plan over some months, act by act: it comes in, is worked on, the days turn, mail goes out, leaders look.

The figures of each day were counted by hand from the story below; what the ledger said of a day it says for ever.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, figures, jobs, ledger, models, progress, reading
from rectify.rules.ratios import OnTime
from rectify.settings import MailServer
from tests import factories

PLAN = """甲市贯彻落实省生态环境保护督察反馈意见整改方案

一、城区污水直排问题突出。
责任单位：甲县人民政府
督导单位：市生态环境局
整改目标：消除直排。
整改时限：2026年7月底前
整改措施：
1.建设管网12公里。
2.改造泵站2座，2026年6月底前完成主体工程。

二、河道淤积严重。
责任单位：乙县人民政府
督导单位：市生态环境局
整改时限：2026年12月底前
整改措施：
1.清淤5公里。

三、长效机制不健全。
责任单位：甲县人民政府
督导单位：市生态环境局
整改时限：长期坚持
整改措施：
1.建立巡查制度。
"""
PIPES, PUMPS, DREDGING, PATROL = (
    "建设管网12公里。",
    "改造泵站2座，2026年6月底前完成主体工程。",
    "清淤5公里。",
    "建立巡查制度。",
)


def on(month: int, day: int) -> dt.date:
    return dt.date(2026, month, day)


def at(day: dt.date) -> dt.datetime:
    """Nine in the morning in Beijing."""
    return dt.datetime.combine(day, dt.time(1), dt.UTC)


@dataclasses.dataclass
class Life:
    """The ledger, the people, the folder that mail goes to, and what the ledger has said of each day so far."""

    app: Flask
    session: Session
    person: Callable[[str], access.Person]
    units: dict[str, int]
    folder: Path
    said: dict[dt.date, dict[str, int]] = dataclasses.field(default_factory=dict)

    def measure(self, text: str) -> models.Measure:
        return self.session.scalars(select(models.Measure).where(models.Measure.text == text)).one()

    def report(self, day: dt.date, name: str, *texts: str, reached: tuple[int, ...] = ()) -> None:
        for text in texts:
            progress.report(
                self.session,
                self.measure(text),
                by=self.person(name),
                unit_id=self.units[name],
                on_behalf=False,
                state="in_progress",
                text="正在施工。",
                reached=reached,
                catch_up=factories.CATCH_UP,
                day=day,
                at=at(day),
            )
            self.session.commit()

    def submit(self, day: dt.date, name: str, text: str) -> models.Submission:
        made = progress.submit(
            self.session,
            self.measure(text),
            by=self.person(name),
            unit_id=self.units[name],
            on_behalf=False,
            claim="completed",
            text="已完成。",
            day=day,
            at=at(day),
        )
        self.session.commit()
        return made

    def decide(self, day: dt.date, submission: models.Submission, reason: str = "") -> None:
        """Accepted by whoever supervises, or returned where a reason is given."""
        act = progress.return_ if reason else progress.accept
        act(
            self.session,
            submission,
            by=self.person("supervisor"),
            unit_id=self.units["supervisor"],
            reason=reason,
            day=day,
            at=at(day),
        )
        self.session.commit()

    def turn(self, day: dt.date) -> list[EmailMessage]:
        """The jobs of a day; the mail that went out."""
        self.session.commit()
        before = set(self.folder.glob("*.eml"))
        with time_machine.travel(at(day), tick=False):
            for job in ("judge", "rounds", "remind", "post"):
                jobs.run_job(self.app, job, day)
        new = sorted(set(self.folder.glob("*.eml")) - before)
        found = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in new]
        assert all(isinstance(one, EmailMessage) for one in found)
        return found  # type: ignore[return-value]

    def scope(self) -> figures.Scope:
        return figures.Scope(self.person("leader"))

    def look(self, day: dt.date, **expected: int) -> None:
        """The figures of a day, all that are not named being 0; and that the facts give the same."""
        found = {name: count for name, count in self.count(day).items() if count}
        assert found == expected, day
        assert figures.check(self.session, day) == [], day
        self.session.commit()
        self.said[day] = self.count(day)

    def count(self, day: dt.date) -> dict[str, int]:
        found = figures.count(self.session, self.scope(), day).as_dict()
        self.session.commit()
        return found

    def behind(self, figure: str, day: dt.date) -> set[str]:
        found = {row.text for row in figures.rows(self.session, self.scope(), figure, day)}
        self.session.commit()
        return found


@pytest.fixture
def life(app: Flask, session: Session, person: Callable[[str], access.Person], cast: object, tmp_path: Path) -> Life:
    folder = tmp_path / "mail"
    folder.mkdir()
    mail = MailServer("file", folder=folder)
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], mail=mail)
    return Life(app, session, person, cast.units, folder)  # type: ignore[attr-defined]


def test_the_life_of_a_plan(life: Life) -> None:
    # 1. A plan comes in, on a Monday.
    data = PLAN.encode()
    made = ledger.import_plan(
        life.session,
        reading.read(data, "整改方案.txt"),
        ledger.InspectionForm("省级督察", level="provincial", rhythm="monthly"),
        {},
        {"甲县人民政府": life.units["unit_a"], "乙县人民政府": life.units["unit_b"]},
        by=life.person("office"),
        day=on(6, 15),
        at=at(on(6, 15)),
        file=ledger.FileSeen.of("整改方案.txt", data),
    )
    life.session.commit()
    assert (made.issues, made.measures, made.questions) == (3, 4, [])
    life.look(on(6, 14))
    fresh = {"total": 4, "due_this_year": 3, "due_this_year_left": 3, "long_term": 1, "long_term_flag": 1}
    life.look(on(6, 15), on_schedule=3, on_schedule_unreported=3, **fresh)

    # 2. The units work. By the end of June 甲县 has reported on all its measures, 乙县 on nothing, and the main works of
    # the pumps, due on 30 June, are not reported as done.
    life.turn(on(6, 15))
    life.report(on(6, 22), "unit_a", PIPES, PUMPS, PATROL)
    life.look(on(6, 22), on_schedule=3, on_schedule_unreported=1, **fresh)
    life.turn(on(6, 30))
    life.look(on(6, 30), on_schedule=3, on_schedule_unreported=1, **fresh)
    life.turn(on(7, 1))
    july = {**fresh, "behind": 1, "unreported": 1}
    life.look(on(7, 1), on_schedule=1, **july)
    assert life.behind("behind", on(7, 1)) == {PUMPS}
    assert life.behind("unreported", on(7, 1)) == {DREDGING}

    first = life.submit(on(7, 10), "unit_a", PIPES)
    life.decide(on(7, 13), first, reason="缺少竣工验收记录。")
    second = life.submit(on(7, 15), "unit_a", PIPES)
    life.look(on(7, 16), on_schedule=1, **july)
    life.decide(on(7, 17), second)
    done = {**fresh, "completed": 1, "done": 1, "due_this_year_done": 1, "due_this_year_left": 2}
    life.look(on(7, 17), **{**done, "behind": 1, "unreported": 1})

    works = life.session.scalars(select(models.Milestone)).one()
    assert works.due_on == on(6, 30)
    life.report(on(7, 20), "unit_a", PUMPS, reached=(works.id,))
    life.report(on(7, 21), "unit_a", PATROL)
    life.report(on(7, 24), "unit_b", DREDGING)
    life.look(on(7, 24), **{**done, "on_schedule": 2})

    # 3. The day turns: the pumps were due on 31 July, a Friday.
    life.turn(on(7, 31))
    life.look(on(7, 31), **{**done, "on_schedule": 2})
    assert life.turn(on(8, 1)) == [], "no mail on a Saturday"
    august = {**done, "overdue": 1, "on_schedule": 1}
    life.look(on(8, 1), **august)
    assert life.behind("overdue", on(8, 1)) == {PUMPS}

    # 4. Mail goes out on the next working day: to the unit that is late, and to whoever supervises it.
    letters = {letter["To"]: letter for letter in life.turn(on(8, 3))}
    assert set(letters) == {"unit_a@example.cn", "supervisor@example.cn"}
    for letter in letters.values():
        assert letter["Subject"].startswith("【整改提醒】1条措施超期")
        text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "超期3天]" in text and PUMPS in text and "整改时限：2026-07-31" in text
        assert PIPES not in text and DREDGING not in text
    assert life.turn(on(8, 4)) == [], "what is overdue is said once a week"
    assert len(life.turn(on(8, 10))) == 2

    ledger.extend(
        life.session,
        life.measure(PUMPS),
        new_deadline_on=on(9, 30),
        approved_on=on(8, 11),
        document_number="甲整改〔2026〕8号",
        reason="设备到货推迟。",
        by=life.person("office"),
        day=on(8, 12),
        at=at(on(8, 12)),
    )
    life.session.commit()
    life.look(on(8, 11), **august)
    life.look(on(8, 12), **{**done, "on_schedule": 2})

    life.report(on(8, 20), "unit_a", PUMPS, PATROL)
    life.report(on(8, 20), "unit_b", DREDGING)
    life.turn(on(9, 1))
    life.report(on(9, 15), "unit_a", PATROL)
    life.report(on(9, 15), "unit_b", DREDGING)
    life.decide(on(9, 22), life.submit(on(9, 21), "unit_a", PUMPS))
    progress.sign_off(
        life.session,
        life.measure(PIPES),
        by=life.person("office"),
        signed_off_on=on(9, 24),
        day=on(9, 25),
        at=at(on(9, 25)),
    )
    life.session.commit()

    # 5. Leaders look.
    autumn = {**fresh, "signed_off": 1, "completed": 1, "on_schedule": 1, "done": 2}
    life.look(on(9, 30), **{**autumn, "due_this_year_done": 2, "due_this_year_left": 1})
    assert life.behind("done", on(9, 30)) == {PIPES, PUMPS}
    issues = figures.count(life.session, life.scope().over(counted="issues"), on(9, 30))
    assert (issues.total, issues.completed, issues.on_schedule, issues.long_term) == (3, 1, 1, 1)
    on_time = sum(figures.on_times(life.session, life.scope(), on(9, 30)).values(), OnTime())
    assert (on_time.known, on_time.by_original, on_time.by_current) == (2, 1, 2)
    for day, said in life.said.items():
        assert life.count(day) == said, f"what was said of {day} is said for ever"
