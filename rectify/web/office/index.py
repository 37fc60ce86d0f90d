"""The office's own page: what waits for it; in an empty ledger, what a new office does first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import and_, exists, func, literal, select, union_all
from sqlalchemy.orm import aliased

from rectify import access, figures, letters, models, standing, turnout, voices
from rectify.models import db
from rectify.rules.verdicts import GOOD
from rectify.web import parts
from rectify.web.office import pages, round
from rectify.web.units import words

MOST = 50


@dataclass(frozen=True)
class Step:
    """One of the first steps of a new office."""

    done: bool
    title: str
    sentence: str
    url: str | None
    label: str


@dataclass(frozen=True)
class Waiting:
    """One line of the office's work list: what waits, how much of it, what it means, where it is worked off."""

    what: str
    count: int
    sentence: str
    url: str
    label: str


@dataclass(frozen=True)
class Silent:
    """A unit that has not reported everything asked of it in a round that still takes reports."""

    unit_id: int
    unit: str
    left: int
    round: models.Round
    today: dt.date

    @property
    def url(self) -> str:
        return round.address(self.round.id, unit=self.unit_id)

    @property
    def is_late(self) -> bool:
        """Whether the cut-off has passed: a report would be late, but counts."""
        return self.round.cut_off_on < self.today


@pages.get("/office")
@parts.enter("office")
def index() -> str:
    """What waits for the office, the most urgent first."""
    person, today = parts.person(), parts.today()
    inspections = _count(select(models.Inspection.id))
    if not inspections:
        return render_template("office/index.html", steps=_steps(inspections), work=_half_imported())
    questions = _open_questions(person)
    silent = _silent(person, today)
    lonely = _units_without_accounts()
    work = [
        _decisions(person, today),
        *_half_imported(),
        Waiting(
            _("待确认的问题和措施"),
            len(questions),
            _("导入时没有答复的疑问，和缺少计划启动日期的量化目标；答复之前，时限或状态可能不准。"),
            "#questions",
            _("逐项答复"),
        ),
        Waiting(
            _("本期尚未填报的单位"),
            len(silent),
            _("正在填报或已截止的本期中还有措施没有填报；截止后补报计为迟报。"),
            "#silent",
            _("查看单位"),
        ),
        *_lagging(person, today),
        *_letters(person, today),
        Waiting(
            _("说法不一致的措施"),
            voices.count(db.session(), voices.Scope(person), today),
            _("单位自报、系统判断和整改办确认不相符，或确认已到期，请核对后确认。"),
            url_for("office.differences"),
            _("查看清单"),
        ),
        Waiting(
            _("没有填报账号的责任单位"),
            len(lonely),
            _("请系统管理员为它们建立账号；在此之前由整改办代录。"),
            "#lonely",
            _("查看单位"),
        ),
    ]
    return render_template(
        "office/index.html",
        work=[line for line in work if line.count],
        questions=questions,
        most=MOST,
        silent=silent,
        lonely=lonely,
        words=words,
    )


def _decisions(person: access.Person, today: dt.date) -> Waiting:
    return Waiting(
        _("待整改办认定的完成申报"),
        _count(select(models.Submission.id).where(access.decides_submissions(person, today))),
        _("申报单位在等结论；认定之前，措施仍按未完成计算。"),
        url_for("supervision.index"),
        _("去认定"),
    )


def _half_imported() -> list[Waiting]:
    """The plans that were uploaded and not imported, each a line of its own."""
    plan = models.PlanFile
    rows = db.session.execute(
        select(plan.id, plan.name, plan.uploaded_at).where(plan.imported_at.is_(None)).order_by(plan.id.desc()).limit(5)
    )
    return [
        Waiting(
            _("尚未导入的方案"),
            1,
            _("《%(name)s》，%(at)s上传。", name=row.name, at=parts.show_instant(row.uploaded_at)),
            url_for("office.plan", plan_id=row.id),
            _("继续核对"),
        )
        for row in rows
    ]


def _lagging(person: access.Person, today: dt.date) -> list[Waiting]:
    """What the day has made of the measures: past due, behind, never reported, due soon."""
    tally = sum(figures.tallies(db.session(), figures.Scope(person), today).values(), figures.Tally())
    said = {
        "overdue": (_("超期的措施"), _("请督促责任单位申报完成，或按批准文件办理延期。")),
        "behind": (_("未达到序时进度的措施"), _("进度低于计划线，或阶段性目标过期未完成。")),
        "unreported": (_("未报送的措施"), _("调度期已截止，责任单位没有填报。")),
        "near_due": (_("临近到期的措施"), _("已进入各批次规定的提前天数，请提醒责任单位准备佐证材料。")),
    }
    return [
        Waiting(what, tally[figure], sentence, url_for("board.rows", figure=figure), _("查看清单"))
        for figure, (what, sentence) in said.items()
    ]


def _letters(person: access.Person, today: dt.date) -> list[Waiting]:
    """Letters that wait for the office, and those whose units are late; each figure opens its rows."""
    counts = letters.counts(db.session(), person, today)
    return [
        Waiting(
            _("逾期未签收或未回复的函件"),
            counts["overdue"] + counts["late_receipt"],
            _("收文单位已过签收或回复时限，请催办或升级督办。"),
            url_for("letters.index", state="late"),
            _("查看函件"),
        ),
        Waiting(
            _("待认定的函件回复"),
            counts["answered"],
            _("单位已回复，请认可或退回。"),
            url_for("letters.index", state="answered"),
            _("去认定"),
        ),
        Waiting(
            _("函件草稿"),
            counts["draft"],
            _("拟好还没有发出的函件，包括系统自动拟的。"),
            url_for("letters.index", state="draft"),
            _("去核对"),
        ),
    ]


def _silent(person: access.Person, today: dt.date) -> list[Silent]:
    """Units that have not reported all in a round that still takes reports, those with most measures left first."""
    session = db.session()
    seen = session.scalars(select(models.Inspection.id).where(access.sees_inspections(person, today))).all()
    found = turnout.spans(session, seen, today)
    open_now = {one.id: one for these in found.values() for one in turnout.current(these, today)}
    if not open_now:
        return []
    return [
        Silent(of.unit_id, of.unit, of.tally.missing, open_now[of.round_id].round, today)
        for of in turnout.by_unit(session, person, list(open_now.values()), today)
        if of.tally.missing and of.unit_id is not None
    ][:MOST]


def _count(query: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _open_questions(person: access.Person) -> list[Any]:
    """Issues and measures about which something is still asked (待确认), the first fifty."""
    today = parts.today()
    issue, measure, link = models.Issue, models.Measure, models.MeasureLink
    issues = select(
        literal("issue").label("kind"),
        issue.id.label("id"),
        issue.number.label("number"),
        literal("").label("own_number"),
        issue.text.label("text"),
        issue.question.label("question"),
        models.Inspection.name.label("inspection"),
    ).join(models.Inspection, models.Inspection.id == issue.inspection_id)
    issues = issues.where(issue.question != "", issue.withdrawn_on.is_(None), access.sees_issues(person, today))
    measures = (
        select(
            literal("measure"),
            measure.id,
            issue.number,
            link.number,
            measure.text,
            measure.question,
            models.Inspection.name,
        )
        .select_from(measure)
        .join(link, access.named_by(person, link))
        .join(issue, issue.id == link.issue_id)
        .join(models.Inspection, models.Inspection.id == issue.inspection_id)
        .where(measure.question != "", measure.withdrawn_on.is_(None), access.sees_measures(person, today))
    )
    all_ = union_all(issues, measures, _without_line(person, today)).subquery()
    return list(db.session.execute(select(all_).order_by(all_.c.inspection, all_.c.kind, all_.c.id).limit(MOST)).all())


def _without_line(person: access.Person, today: dt.date) -> Any:
    """Unfinished measures with a countable target and no start from which its planned line could run (S7)."""
    measure, row = models.Measure, models.MeasureStanding
    own, home, inspection = aliased(models.MeasureLink), aliased(models.Issue), aliased(models.Inspection)
    named, issue, shown = models.MeasureLink, models.Issue, models.Inspection
    starts = and_(inspection.starts_on_issue_date, inspection.issued_on.is_not(None))
    return (
        select(
            literal("target"),
            measure.id,
            issue.number,
            named.number,
            measure.text,
            literal(_("有量化目标，缺少计划启动日期，画不出计划线，不参与序时判断。")),
            shown.name,
        )
        .select_from(measure)
        .join(own, and_(own.measure_id == measure.id, own.home))
        .join(home, home.id == own.issue_id)
        .join(inspection, inspection.id == home.inspection_id)
        .join(named, access.named_by(person, named))
        .join(issue, issue.id == named.issue_id)
        .join(shown, shown.id == issue.inspection_id)
        .join(row, and_(row.measure_id == measure.id, standing.on(row, today)))
        .where(
            measure.target_quantity.is_not(None),
            measure.start_on.is_(None),
            home.start_on.is_(None),
            ~starts,
            inspection.judged_by != "milestones",
            standing.verdict_case(row, today).not_in([verdict.value for verdict in GOOD]),
            access.sees_measures(person, today),
        )
    )


def _units_without_accounts() -> list[str]:
    """Units that answer for something and have nobody to report: the office records on their behalf."""
    user_unit, user = models.UserUnit, models.User
    reporter = exists().where(
        user_unit.unit_id == models.Unit.id, user.id == user_unit.user_id, user.active, user.role.in_(("lead", "clerk"))
    )
    answers = exists().where(
        models.Assignment.unit_id == models.Unit.id, models.Assignment.answers, models.Assignment.until_on.is_(None)
    )
    query = select(models.Unit.name).where(answers, ~reporter).order_by(models.Unit.sort, models.Unit.name)
    return list(db.session.scalars(query.limit(MOST)))


def _steps(inspections: int) -> list[Step]:
    """Units, people, the first import, who decides: in this order each needs only what came before."""
    units = _count(select(models.Unit.id).where(~models.Unit.is_office))
    people = _count(select(models.User.id).where(models.User.role.in_(("lead", "clerk", "supervisor"))))
    deciding = _count(select(models.Assignment.id).where(models.Assignment.role.in_(("acceptance", "supervising"))))
    return [
        Step(
            units > 0,
            _("录入单位和县区"),
            _("逐个录入，或用 Excel 表一次导入；方案中出现的新单位也可以在导入时新建。"),
            _url("admin.units"),
            _("单位"),
        ),
        Step(
            people > 0,
            _("建立用户"),
            _("由系统管理员为各单位的填报员、督导验收人员建立账号；没有账号的单位由整改办代录。"),
            None,
            "",
        ),
        Step(
            inspections > 0,
            _("导入第一份方案或台账"),
            _("支持 Word、Excel 和文本；先预览、答复疑问、核对单位，再一次导入。没有文件的可以手工录入。"),
            url_for("office.plans"),
            _("方案导入"),
        ),
        Step(
            deciding > 0,
            _("明确由谁认定"),
            _("在问题上指定验收单位或督导单位；都没有指定的，由整改办认定。"),
            None,
            "",
        ),
    ]


def _url(endpoint: str) -> str | None:
    return url_for(endpoint) if endpoint in current_app.view_functions else None
