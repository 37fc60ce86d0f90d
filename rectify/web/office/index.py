"""The office's own page: what waits for it; in an empty ledger, what a new office does first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import exists, func, literal, select, union_all

from rectify import access, models
from rectify.models import db
from rectify.web import parts
from rectify.web.office import pages
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


@pages.get("/office")
@parts.enter("office")
def index() -> str:
    """What waits for the office."""
    person, today = parts.person(), parts.today()
    inspections = _count(select(models.Inspection.id))
    steps = _steps(inspections) if not inspections else []
    plans = db.session.execute(
        select(models.PlanFile.id, models.PlanFile.name, models.PlanFile.uploaded_at)
        .where(models.PlanFile.imported_at.is_(None))
        .order_by(models.PlanFile.id.desc())
        .limit(10)
    ).all()
    decisions = _count(select(models.Submission.id).where(access.decides_submissions(person, today)))
    return render_template(
        "office/index.html",
        steps=steps,
        plans=plans,
        decisions=decisions,
        questions=_open_questions(person) if inspections else [],
        most=MOST,
        lonely=_units_without_accounts() if inspections else [],
        words=words,
    )


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
        .join(link, (link.measure_id == measure.id) & link.home)
        .join(issue, issue.id == link.issue_id)
        .join(models.Inspection, models.Inspection.id == issue.inspection_id)
        .where(measure.question != "", measure.withdrawn_on.is_(None), access.sees_measures(person, today))
    )
    both = union_all(issues, measures).subquery()
    return list(db.session.execute(select(both).order_by(both.c.inspection, both.c.kind, both.c.id).limit(MOST)).all())


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
