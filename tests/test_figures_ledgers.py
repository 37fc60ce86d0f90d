"""Ledgers with published figures (domain.md b.2, c.1): read, imported or lived through, then counted as they were published.

The rows are invented, the figures are those of the public reports. Each ledger goes through the reader of files; most are
lived through act by act as well, and must come out the same. The ledgers of plans/figures are counted where they are at hand.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from rectify import access, figures, ledger, models, progress, reading, rounds, writing
from rectify.rules import sentence, verdicts
from rectify.web import reports
from tests.conftest import AT, TODAY
from tests.test_commands import rectify

PUBLISHED = sorted((Path(__file__).parents[2] / "shared" / "plans" / "figures").glob("*.json"))
BY = access.SYSTEM
COUNTED = ("issues", "measures")
NAMES = (*figures.FIGURES, *figures.MORE)
UNITS = ("甲县人民政府", "乙县人民政府", "丙县人民政府")
PROBLEMS = ("污水管网覆盖不足", "矿山生态修复滞后", "建筑垃圾随意堆放", "畜禽粪污直排入河", "饮用水源保护区内违建未清")


@dataclass(frozen=True)
class Group:
    """Rows of a ledger that say the same: how many, due when, and what is ticked (design.md 3, S13)."""

    n: int
    limit: str
    state: str = ""  # signed_off, completed, basically_completed, on_schedule, or nothing that claims a verdict
    progress: str = ""


@dataclass(frozen=True)
class Ledger:
    """A published report: its rows, and what has to be counted on its day of issues (F without its zeros), and said."""

    name: str
    cut_off: dt.date
    groups: tuple[Group, ...]
    issues: dict[str, int]
    sentence: str
    place: str = "我省"
    each: int = 0  # measures of each issue; none: the task itself is what is to be done
    rate: bool = False
    by_acts: bool = True
    form: dict[str, Any] = field(default_factory=dict)

    @property
    def measures(self) -> dict[str, int]:
        return {name: n * self.each for name, n in self.issues.items() if self.each}

    @property
    def ways(self) -> tuple[Any, ...]:
        return WAYS if self.by_acts else (imported,)

    @property
    def wording(self) -> sentence.Wording:
        return sentence.Wording(place=self.place, rest="all", rate=self.rate, decimals=2)

    def rows(self) -> Iterator[tuple[int, Group]]:
        number = 0
        for group in self.groups:
            for _ in range(group.n):
                number += 1
                yield number, group

    def file(self, *, as_plan: bool = False) -> bytes:
        """The ledger as an office keeps it; as a plan, without the columns that claim anything."""
        out = io.StringIO()
        heads = ["序号", "整改任务", *(["整改措施"] if self.each else []), "责任单位", "整改时限"]
        heads += [] if as_plan else ["目前进展情况", "是否达到序时进度", "完成情况", "是否销号"]
        writer = csv.writer(out)
        writer.writerow(heads)
        for number, group in self.rows():
            issue = f"{UNITS[number % 3][:2]}第{number}处点位{PROBLEMS[number % 5]}。"
            for nth in range(self.each or 1):
                measure = [f"完成第{number}处点位整治工程的第{nth + 1}项内容。"] if self.each else []
                row = [number, issue, *measure, UNITS[number % 3], group.limit]
                writer.writerow(row if as_plan else [*row, group.progress, *self._ticks(group.state)])
        return out.getvalue().encode()

    @staticmethod
    def _ticks(state: str) -> list[str]:
        """The cells under 是否达到序时进度, 完成情况 and 是否销号."""
        done = {"signed_off": "已完成", "completed": "已完成", "basically_completed": "基本完成"}
        return [
            "是" if state == "on_schedule" else "——",
            done.get(state, "正在整改"),
            "是" if state == "signed_off" else "否",
        ]


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


LEDGERS = (
    Ledger(
        "福建省中央环境保护督察",
        on("2018-09-30"),
        (
            Group(31, "2018年6月底前", "completed"),
            Group(19, "2018年12月底前", "on_schedule"),
            Group(22, "2020年底前", "on_schedule"),
        ),
        {
            "total": 72, "completed": 31, "done": 31, "on_schedule": 41,
            "due_this_year": 50, "due_this_year_done": 31, "due_this_year_left": 19,
        },
        "截至2018年9月30日，福建省中央环境保护督察反馈涉及我省的72项问题，目前完成31项问题，今年应完成50项，"
        "已完成31项，剩余41项达到序时进度。",
        by_acts=False,
    ),
    Ledger(  # 55 and 16 of 76: the report leaves five unmentioned; a ledger cannot
        "湖南省中央环境保护督察",
        on("2018-09-30"),
        (
            Group(55, "2018年8月底前", "completed"),
            Group(16, "2019年12月底前", "on_schedule"),
            Group(5, "2018年12月底前"),
        ),
        {
            "total": 76, "completed": 55, "done": 55, "on_schedule": 16, "unreported": 5,
            "due_this_year": 60, "due_this_year_done": 55, "due_this_year_left": 5,
        },
        "截至2018年9月30日，湖南省中央环境保护督察反馈涉及我省的76项问题，目前完成55项问题，今年应完成60项，"
        "已完成55项；未完成的21项中，达到序时进度16项、未报送5项。",
    ),
    Ledger(
        "开封市中央生态环境保护督察",
        on("2023-01-31"),
        (Group(26, "2022年12月底前", "completed"), Group(7, "2023年12月底前", "on_schedule")),
        {
            "total": 33, "completed": 26, "done": 26, "on_schedule": 7,
            "due_this_year": 7, "due_this_year_left": 7,
        },
        "截至2023年1月31日，开封市中央生态环境保护督察反馈涉及我市的33项问题99条整改措施，目前完成26项问题78条，"
        "今年应完成21条，剩余21条达到序时进度。",
        place="我市",
        each=3,
    ),
    Ledger(  # 正在整改 claims no verdict: what has no tick is not said to be on schedule
        "云南省中央环境保护督察“回头看”",
        on("2020-03-31"),
        (Group(38, "2019年12月底前", "completed"), Group(20, "2020年12月底前", progress="正在整改。")),
        {
            "total": 58, "completed": 38, "done": 38, "unreported": 20,
            "due_this_year": 20, "due_this_year_left": 20,
        },
        "截至2020年3月31日，云南省中央环境保护督察“回头看”反馈涉及我省的58项问题，目前完成38项问题，"
        "今年应完成20项；未完成的20项中，未报送20项。",
        by_acts=False,
    ),
    Ledger(  # more is done than was due: seven came early
        "陕西省中央环境保护督察",
        on("2017-11-30"),
        (
            Group(25, "2017年11月底前", "completed"),
            Group(7, "2018年12月底前", "completed"),
            Group(27, "2019年12月底前", "on_schedule"),
        ),
        {
            "total": 59, "completed": 32, "done": 32, "on_schedule": 27,
            "due_this_year": 25, "due_this_year_done": 25,
        },
        "截至2017年11月30日，陕西省中央环境保护督察反馈涉及我省的59项问题118条整改措施，目前完成32项问题64条，"
        "今年应完成50条，已全部完成，剩余54条达到序时进度。",
        each=2,
    ),
    Ledger(  # too many to live through one by one
        "昆明市某区巡察",
        on("2023-01-31"),
        (
            Group(688, "2022年12月底前", "completed"),
            Group(4, "2023年3月底前", "basically_completed"),
            Group(5, "2023年6月底前", progress="持续推进。"),
        ),
        {
            "total": 697, "completed": 688, "done": 688, "basically_completed": 4, "unreported": 5,
            "due_this_year": 9, "due_this_year_left": 9,
        },
        "截至2023年1月31日，昆明市某区巡察反馈涉及我区的697个问题，目前完成688个问题，完成率98.71%，今年应完成9个；"
        "未完成的9个中，基本完成4个、未报送5个。",
        place="我区",
        rate=True,
        by_acts=False,
        form={"kind": "xunshi", "issue_word": "个"},
    ),
    Ledger(  # the same, where the inspection counts what is basically done as done: the report says so
        "昆明市某区巡察（含基本完成）",
        on("2023-01-31"),
        (Group(88, "2022年12月底前", "completed"), Group(4, "2023年3月底前", "basically_completed")),
        {
            "total": 92, "completed": 88, "done": 92, "basically_completed": 4,
            "due_this_year": 4, "due_this_year_done": 4,
        },
        "截至2023年1月31日，昆明市某区巡察（含基本完成）反馈涉及我区的92个问题，目前已全部完成（含基本完成）。",
        place="我区",
        form={"kind": "xunshi", "issue_word": "个", "basically_counts_as_done": True},
    ),
    Ledger(  # 完成 is not 销号: 25 of 41 done, 13 of them signed off
        "聊城市省生态环境保护督察",
        on("2022-06-30"),
        (
            Group(13, "2021年12月底前", "signed_off"),
            Group(12, "2022年6月底前", "completed"),
            Group(16, "2022年12月底前，长期坚持", "on_schedule"),
        ),
        {
            "total": 41, "signed_off": 13, "completed": 12, "done": 25, "on_schedule": 16, "long_term_flag": 16,
            "due_this_year": 28, "due_this_year_done": 12, "due_this_year_left": 16,
        },
        "截至2022年6月30日，聊城市省生态环境保护督察反馈涉及我市的41项问题，目前完成25项问题，今年应完成28项，"
        "已完成12项，剩余16项达到序时进度。",
        place="我市",
    ),
    Ledger(  # two are passed over in the report; by their dates they are overdue since an earlier year
        "咸宁市中央环境保护督察",
        on("2018-03-19"),
        (
            Group(21, "2017年12月底前", "completed"),
            Group(2, "2017年12月底前"),
            Group(5, "2018年12月底前", "completed"),
            Group(10, "2018年12月底前", "on_schedule"),
        ),
        {
            "total": 38, "completed": 26, "done": 26, "on_schedule": 10, "overdue": 2, "overdue_earlier_years": 2,
            "due_this_year": 15, "due_this_year_done": 5, "due_this_year_left": 10,
        },
        "截至2018年3月19日，咸宁市中央环境保护督察反馈涉及我市的38项问题，目前完成26项问题，今年应完成15项，"
        "已完成5项；未完成的12项中，达到序时进度10项、超期2项；应于以前年度完成而未完成的2项。",
        place="我市",
    ),
)  # fmt: skip


def bring(session: Session, content: bytes, name: str, inspection: str, on: dt.date, **form: Any) -> int:
    """The file read and imported as of a day, as `rectify plan import --as-of` does; the inspection's id."""
    made = ledger.import_plan(
        session,
        reading.read(content, name),
        ledger.InspectionForm(inspection, **form),
        {},
        {},
        by=BY,
        day=TODAY,
        at=AT,
        as_of=on,
        file=ledger.FileSeen.of(name, content),
    )
    return made.inspection_id


def imported(session: Session, one: Ledger) -> int:
    return bring(session, one.file(), "台账.csv", one.name, one.cut_off, **one.form)


def lived(session: Session, one: Ledger) -> int:
    """The plan two months before, then report by report, acceptance by acceptance, until the cut-off."""
    begun = (one.cut_off.replace(day=1) - dt.timedelta(days=32)).replace(day=1)
    last = one.cut_off - dt.timedelta(days=2)
    content = one.file(as_plan=True)
    inspection_id = ledger.import_plan(
        session,
        reading.read(content, "方案.csv"),
        ledger.InspectionForm(one.name, issued_on=begun, **one.form),
        {},
        {},
        day=begun,
        by=BY,
        at=instant(begun),
        file=ledger.FileSeen.of("方案.csv", content),
    ).inspection_id
    while begun < last.replace(day=1):
        begun = (begun + dt.timedelta(days=32)).replace(day=1)
        rounds.open_due(session, begun, instant(begun))
    link = models.MeasureLink
    for number, group in one.rows():
        query = (
            select(models.Measure)
            .join(link, link.measure_id == models.Measure.id)
            .join(models.Issue, models.Issue.id == link.issue_id)
            .where(link.inspection_id == inspection_id, models.Issue.number == str(number))
        )
        for measure in session.scalars(query).all():
            live(session, measure, group, last)
    return inspection_id


WAYS = (imported, lived)


def live(session: Session, measure: models.Measure, group: Group, day: dt.date) -> None:
    acts: dict[str, Any] = {"by": BY, "unit_id": None, "day": day, "at": instant(day)}
    if group.state == "on_schedule":
        progress.report(session, measure, **acts, on_behalf=True, state="in_progress", text="按序时进度推进。")
    if group.state in ("completed", "signed_off", "basically_completed"):
        claim = group.state.replace("signed_off", "completed")
        handed_in = progress.submit(session, measure, **acts, on_behalf=True, claim=claim, text="已完成整改。")
        progress.accept(session, handed_in, **acts)
    if group.state == "signed_off":
        progress.sign_off(session, measure, by=BY, signed_off_on=day, day=day, at=instant(day))


def instant(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(2), dt.UTC)


def whole(found: dict[str, int]) -> dict[str, int]:
    return figures.Figures(**found).as_dict()


def object_of(one: Ledger, issues: dict[str, int], measures: dict[str, int]) -> dict[str, Any]:
    """What `rectify figures` prints of an inspection that shares nothing and corrected nothing."""
    aside = {"shared": 0, "corrected": {"issues": 0, "measures": 0}}
    return {"name": one.name, "issues": whole(issues), "measures": whole(measures), **aside}


def assert_everything_agrees(session: Session, inspection_id: int, day: dt.date) -> None:
    """The lists behind all figures, the ledger as a file, the annex of the report: each as long, each the same number."""
    assert figures.check(session, day) == []
    (name,) = session.scalars(select(models.Inspection.name).where(models.Inspection.id == inspection_id))
    made = reports.compose(session, BY, day, [inspection_id])
    annex = CalamineWorkbook.from_filelike(io.BytesIO(reports.render(made, "xlsx"))).get_sheet_by_name("数据汇总")
    heads, *rows = [row for row in annex.to_python() if row[0] in ("批次", name)]
    assert [row[1][:2] for row in rows] == ["问题", "措施"]  # a note may follow: （完成含基本完成）
    for counted, row in zip(COUNTED, rows, strict=True):
        scope = figures.Scope(BY, (inspection_id,), counted=counted)
        tally = figures.tallies(session, scope, day).get(inspection_id, figures.Tally())
        lists = {figure: len(figures.rows(session, scope, figure, day, limit=None)) for figure in NAMES}
        assert lists == {figure: tally[figure] for figure in NAMES}, counted
        annexed = dict(zip(heads, row, strict=True))
        told = {figure: annexed[heading] for figure, heading, _ in writing.FIGURE_HEADINGS}
        assert told == tally.figures.as_dict(), counted
        states = Counter(row["状态"] for row in exported(session, scope, day))
        assert states == Counter({verdicts.word(v): tally[v] for v in figures.VERDICTS if tally[v]}), counted


def exported(session: Session, scope: figures.Scope, day: dt.date) -> list[dict[str, Any]]:
    """The rows of the ledger's workbook by their headings."""
    stream = io.BytesIO()
    written = writing.ledger_xlsx(
        stream, figures.lines(session, scope, "total", day), day=day, title="台账", by="整改办"
    )
    sheet = (
        CalamineWorkbook.from_filelike(io.BytesIO(stream.getvalue()))
        .get_sheet_by_index(0)
        .to_python(skip_empty_area=False)
    )
    rows = [dict(zip(sheet[2], row, strict=True)) for row in sheet[3:]]
    assert len(rows) == written == figures.count(session, scope, day).total
    return rows


@pytest.mark.parametrize(
    ("one", "way"),
    [pytest.param(one, way, id=f"{one.name}-{way.__name__}") for one in LEDGERS for way in WAYS if way in one.ways],
)
def test_a_ledger_gives_the_published_figures(session: Session, one: Ledger, way: Any) -> None:
    inspection_id = way(session, one)

    found = figures.document(session, [one.name], one.cut_off)
    assert found == {
        "as_of": one.cut_off.isoformat(),
        "inspections": [object_of(one, one.issues, one.measures)],
        "together": {"measures": one.measures.get("total", 0), "shared": 0, "different": one.measures.get("total", 0)},
    }
    assert_everything_agrees(session, inspection_id, one.cut_off)
    made = reports.compose(session, BY, one.cut_off, [inspection_id], wording=one.wording, form="full")
    text = reports.render(made, "text").decode()
    named = ["".join(segment.text for segment in said) for said in made.report.sentences[1:]]
    assert text == f"{one.sentence}{''.join(named)}\n"
    assert [said.partition("为：")[0].partition("（")[0] for said in named] == [
        f"{one.name}{verdicts.word(verdict)}的{size}"
        for verdict in ("overdue", "behind", "unreported")
        if (size := named_of(one, verdict))
    ]


def named_of(one: Ledger, verdict: str) -> str:
    """How the report counts what it names behind its sentence (domain.md c.3 pattern 6): 2项问题, 5条."""
    measures, issues = one.measures.get(verdict, 0), one.issues.get(verdict, 0)
    return f"{measures}条" if measures else f"{issues}{one.form.get('issue_word', '项')}问题" if issues else ""


def test_the_command_prints_what_was_published_and_nothing_of_the_day_before(tmp_path: Path) -> None:
    one = LEDGERS[1]
    file = tmp_path / "台账.csv"
    file.write_bytes(one.file())
    day, before = one.cut_off.isoformat(), (one.cut_off - dt.timedelta(days=1)).isoformat()
    named = ("--inspection", one.name)

    done = rectify(tmp_path, "plan", "import", str(file), *named, "--as-of", day)
    printed = rectify(tmp_path, "figures", *named, "--as-of", day, "--json", "--check")
    earlier = rectify(tmp_path, "figures", *named, "--as-of", before, "--json", "--check")

    assert [(run.returncode, run.stderr) for run in (done, printed, earlier)] == [(0, "")] * 3
    (found,) = json.loads(printed.stdout)["inspections"]
    assert found == object_of(one, one.issues, one.measures)
    (nothing,) = json.loads(earlier.stdout)["inspections"]
    assert nothing == object_of(one, {}, {})


@pytest.mark.parametrize(
    ("place", "years", "long_term"),
    [("滁州市", (45, 6, 3, 1), 1), ("宿州市", (26, 18, 1), 1)],
    ids=["chuzhou", "suzhou"],
)
def test_a_plan_is_divided_by_years_as_it_was_published(
    session: Session, place: str, years: tuple[int, ...], long_term: int
) -> None:
    """Chuzhou 45/6/3/1/1 and Suzhou 26/18/1/1 by year, the last long-term; in which years is assumed."""
    groups = [Group(n, f"{2022 + at}年12月底前") for at, n in enumerate(years)]
    plan = Ledger(place, on("2022-01-10"), (*groups, Group(long_term, "立行立改，长期坚持")), {}, "")
    content = plan.file(as_plan=True)

    inspection_id = bring(session, content, "方案.csv", place, plan.cut_off, level="city", rhythm="none")

    scope = figures.Scope(BY, (inspection_id,), counted="issues")
    for at, n in enumerate(years):
        day = dt.date(2022 + at, 12, 31)
        found = figures.count(session, scope, day)
        assert (found.due_this_year, found.overdue_earlier_years) == (n, sum(years[:at])), day
        assert (found.total, found.long_term_flag) == (sum(years) + long_term, long_term)
        assert_everything_agrees(session, inspection_id, day)


# -- the ledgers that came with the plans ----------------------------------------------------------------------------


def by_due_year(session: Session, scope: figures.Scope, day: dt.date, key: str) -> int:
    """due_by_2017_done, due_later_on_schedule: rows by their deadline before a year's end or after, and their state."""
    words = key.removeprefix("due_").removeprefix("by_").split("_", 1)
    state = words[1] if len(words) > 1 else "total"
    ends = dt.date(day.year - 1 if words[0] == "later" else int(words[0]), 12, 31)
    rows = figures.rows(session, scope, state, day, limit=None)
    return sum((row.deadline_on is not None and row.deadline_on > ends) == (words[0] == "later") for row in rows)


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_a_ledger_that_came_with_the_plans_gives_its_figures(session: Session, path: Path) -> None:
    """Every figure that is stated, exactly; none stated is left aside."""
    told = json.loads(path.read_text(encoding="utf-8"))
    day, source = on(told["cutoff"]), path.with_name(told["file"])
    for batch in told["batches"]:
        inspection_id = bring(session, source.read_bytes(), source.name, batch["name"], day)
        (found,) = figures.document(session, [batch["name"]], day)["inspections"]
        for key, n in batch["expected"].items():
            counted, _, figure = key.partition("_") if key.startswith(COUNTED) else (batch["counted_in"], "", key)
            figure = {"": "total", "long_term": "long_term_flag"}.get(figure, figure)
            assert n in (None, found[counted][figure]), (key, found[counted])
        scope = figures.Scope(BY, (inspection_id,), counted=batch["counted_in"])
        assert {key: by_due_year(session, scope, day, key) for key in batch["more"]} == batch["more"]
        assert_everything_agrees(session, inspection_id, day)
