"""Releases: a report checked and released, the list of them, one with its frozen rows, its changes and its files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from rectify import access, figures, models, releases, writing
from rectify.models import db
from rectify.rounds import Refused
from rectify.rules import changes, verdicts
from rectify.web import looks, parts
from rectify.web.board import figure_word, ledger

from . import pages
from .views import MIME, READERS, Choice

PAGE = 50
SHOWN = 20
"""So many changes of a kind are listed on the page; the workbook has them all."""

KIND_WORDS = {
    "newly_done": _l("新增完成"),
    "reopened": _l("由完成变为未完成"),
    "newly_overdue": _l("新增超期"),
    "newly_behind": _l("新增未达到序时进度"),
    "newly_unreported": _l("新增未报送"),
    "moved": _l("时限变动"),
    "added": _l("新增事项"),
    "withdrawn": _l("撤出事项"),
    "corrected": _l("更正"),
}
assert set(KIND_WORDS) == set(changes.KINDS)


class ReleaseForm(parts.OnceForm):
    """What the office writes into a release; `seen` is the draft it was shown."""

    seen = HiddenField(validators=[Length(max=64)])
    addition = TextAreaField(
        _l("补充文字"),
        description=_l("写在报告正文之后；“全部完成”“有序推进”“均达到序时进度”只在属实时可写。"),
        validators=[Length(max=releases.LONGEST, message=_l("不能超过5000字，请精简。"))],
        render_kw={"rows": 3},
    )
    note = TextAreaField(
        _l("说明"),
        description=_l("同一截止日的数字与已发布的报告不同时必填，写明原因。"),
        validators=[Length(max=releases.LONGEST, message=_l("不能超过5000字，请精简。"))],
        render_kw={"rows": 2},
    )


@pages.route("/reports/release", methods=["GET", "POST"])
@parts.enter("office")
def release() -> ResponseReturnValue:
    """The report as it would be released, with its checks; then the release."""
    choice, form, session, person = Choice(), ReleaseForm(), db.session(), parts.person()
    asked: dict[str, Any] = {"wording": choice.wording, "form": choice.form}
    asked |= {"addition": form.addition.data or "", "note": form.note.data or ""}
    ids = choice.only or None
    if form.validate_on_submit():
        before = parts.made_before(form.once.data or "")
        if before:
            return redirect(before)
        try:
            made = releases.release(
                session,
                person,
                parts.day(),
                ids,
                seen=form.seen.data or "",
                today=parts.today(),
                at=parts.now(),
                **asked,
            )
            address = url_for("reports.show", release_id=made.id)
            parts.once(form.once.data or "", address)
            session.commit()
        except Refused as refused:
            session.rollback()
            form.form_errors.append(parts.told(refused))
        else:
            flash(_("已发布%(title)s。", title=_title(made)), "success")
            return redirect(address)
    draft = releases.draft(session, person, parts.day(), ids, **asked)
    form.seen.data = draft.seen
    previous = draft.previous
    return render_template(
        "reports/release.html",
        choice=choice,
        form=form,
        draft=draft,
        faults=[parts.told(fault) for fault in draft.faults],
        notes=[reason.text(looks.english()) for reason in draft.report.reasons if not reason.refused],
        address=lambda segment: ledger(segment.figure, segment.counted, segment.key),
        figure_word=figure_word,
        previous=_title(previous) if previous else "",
        counts=_counted(draft.changed),
        kind_words=KIND_WORDS,
        link=choice.url("release"),
    )


@pages.get("/reports/releases")
@parts.enter(*READERS)
def released() -> str:
    """All releases that the reader may see, the latest first."""
    release = models.Release
    query = select(release).where(access.sees_releases(parts.person())).order_by(release.id.desc())
    page = parts.number(request.args.get("before"))
    if page is not None:
        query = query.where(release.id < page)
    found = list(db.session.scalars(query.limit(PAGE + 1)))
    return render_template("reports/released.html", found=found[:PAGE], more=len(found) > PAGE, title_of=_title)


@pages.get("/reports/releases/<int:release_id>")
@parts.enter(*READERS)
def show(release_id: int) -> str:
    """A release as it was, and what changed since the one before."""
    session, made = db.session(), _visible(release_id)
    changed = releases.compared(session, made)
    told = releases.subjects(made)
    previous = made.previous
    return render_template(
        "reports/show.html",
        made=made,
        title_of=_title,
        report=releases.report(made),
        subjects=told,
        notes=[reason.text(looks.english()) for reason in releases.report(made).reasons],
        address=lambda figure, counted, inspection=None, unit=None: _rows_url(made, figure, counted, inspection, unit),
        figure_word=figure_word,
        shared=sum(subject.measures.shared for subject in told),
        corrected={
            counted: sum(getattr(subject, counted).corrected for subject in told) for counted in releases.COUNTED
        },
        near=releases.near(made),
        previous=previous,
        previous_link=previous is not None and _is_visible(previous.id),
        counts=_counted(changed),
        kind_words=KIND_WORDS,
        groups=_groups(session, made, changed),
        balances=_balances(made, changed),
        by_unit=sum(held["figures"]["total"] for held in made.units),
        total=sum(subject.measures.total for subject in told),
        different=releases.different(session, made),
        wrong=releases.faults(session, made),
    )


@pages.get("/reports/releases/<int:release_id>/rows")
@parts.enter(*READERS)
def release_rows(release_id: int) -> str:
    """The frozen rows behind a figure of a release."""
    made = _visible(release_id)
    figure = request.args.get("figure", "")
    figure = figure if figure in (*figures.FIGURES, *figures.MORE) else "total"
    counted = "issues" if request.args.get("counted") == "issues" else "measures"
    inspection, unit = (parts.number(request.args.get(name)) for name in ("inspection", "unit"))
    after = parts.number(request.args.get("after"), 0) or 0
    names = {held.inspection_id: held.name for held in made.subjects}
    if inspection is not None and inspection not in names:
        abort(404)
    found = releases.rows(
        db.session(), made, figure, counted, inspection_id=inspection, unit_id=unit, after=after, limit=PAGE + 1
    )
    here = _rows_url(made, figure, counted, inspection, unit)
    page = found[:PAGE]
    return render_template(
        "reports/release_rows.html",
        made=made,
        title_of=_title,
        page=page,
        names=names,
        counted=counted,
        word=figure_word(figure),
        whole=not after and len(found) <= PAGE,
        next_url=f"{here}&after={page[-1].id}" if len(found) > PAGE else None,
        first_url=here if after else None,
        explain=lambda row: verdicts.explain(row.why[0], row.why[1], looks.english()),
    )


@pages.get("/reports/releases/<int:release_id>/<kind>")
@parts.enter(*READERS)
def release_file(release_id: int, kind: str) -> ResponseReturnValue:
    """The release as a file, written again from its frozen rows; the trail has it before the first byte."""
    made = _visible(release_id)
    if kind not in MIME:
        abort(404)
    content = render(db.session(), made, kind, english=looks.english())
    parts.record_read("export", "release", made.id, kind=kind, number=releases.title(made))
    name = _("整改工作情况报告_%(title)s", title=_title(made))
    return send_file(io.BytesIO(content), mimetype=MIME[kind], as_attachment=True, download_name=f"{name}.{kind}")


def render(session: Session, made: models.Release, kind: str, *, english: bool = False) -> bytes:
    """A release as text, .docx or .xlsx: the same bytes of content whenever it is asked for."""
    said, told = releases.report(made), releases.subjects(made)
    stream = io.BytesIO()
    if kind == "text":
        return writing.report_text(said).encode()
    changed = [
        (str(KIND_WORDS[name]) if english else CHINESE[name], row.number, row.text, before, after)
        for name, rows in _groups(session, made, releases.compared(session, made), english=english, limit=None)
        for row, before, after in rows
    ]
    more = writing.Released(releases.title(made), made.note, tuple(changed), tuple(_units(made)))
    if kind == "docx":
        lagging = releases.lines(session, made, "lagging")
        silent = [line for counted in releases.COUNTED for line in releases.lines(session, made, "unreported", counted)]
        writing.report_docx(
            stream, said, told, lagging, day=made.day_on, by=made.released_by, silent=silent, released=more
        )
    else:
        rows = releases.lines(session, made, "total")
        writing.report_xlsx(
            stream, said, told, rows, day=made.day_on, by=made.released_by, english=english, released=more
        )
    return stream.getvalue()


CHINESE = {name: word._args[0] for name, word in KIND_WORDS.items()}


def _units(made: models.Release) -> list[tuple[str, dict[str, int]]]:
    return [(held["name"], held["figures"]) for held in made.units]


@dataclass(frozen=True)
class Changed:
    """The number of changes of a kind, of issues and of measures."""

    kind: str
    issues: int
    measures: int


def _counted(changed: Sequence[changes.Change]) -> list[Changed]:
    def of(kind: str, counted: str) -> int:
        return sum(change.kind == kind and change.key[0] == counted for change in changed)

    found = [Changed(kind, of(kind, "issues"), of(kind, "measures")) for kind in changes.KINDS]
    return [one for one in found if one.issues or one.measures]


def _groups(
    session: Session,
    made: models.Release,
    changed: Sequence[changes.Change],
    *,
    english: bool | None = None,
    limit: int | None = SHOWN,
) -> list[tuple[str, list[tuple[models.ReleaseRow, str, str]]]]:
    """The changes by kind, each with the frozen row it is told of, what it was and what it is."""
    english = looks.english() if english is None else english
    kept: list[changes.Change] = []
    for kind in changes.KINDS:
        kept += [change for change in changed if change.kind == kind][:limit]
    rows = _rows_of(session, made, [change for change in kept if change.after])
    if made.previous is not None:
        rows |= {
            (key, "before"): row
            for (key, _side), row in _rows_of(session, made.previous, [c for c in kept if not c.after]).items()
        }
    groups: dict[str, list[tuple[models.ReleaseRow, str, str]]] = {}
    for change in kept:
        row = rows[change.key, "after" if change.after else "before"]
        before, after = (_state(change.kind, item, english) for item in (change.before, change.after))
        groups.setdefault(change.kind, []).append((row, before, after))
    return list(groups.items())


def _state(kind: str, item: changes.Item | None, english: bool) -> str:
    if item is None:
        return "—"
    if kind == "moved":
        return item.deadline_on.isoformat() if item.deadline_on else "—"
    return verdicts.word(item.verdict, english)


def _rows_of(
    session: Session, made: models.Release, changed: Sequence[changes.Change]
) -> dict[tuple[tuple[str, int, int], str], models.ReleaseRow]:
    r = models.ReleaseRow
    found: dict[tuple[tuple[str, int, int], str], models.ReleaseRow] = {}
    for counted, column in (("measures", r.measure_id), ("issues", r.issue_id)):
        ids = {change.key[2] for change in changed if change.key[0] == counted}
        query = select(r).where(r.release_id == made.id, r.counted == counted, column.in_(ids))
        for row in session.scalars(query) if ids else ():
            found[(counted, row.inspection_id, row.measure_id or row.issue_id), "after"] = row
    return found


def _balances(made: models.Release, changed: Sequence[changes.Change]) -> list[tuple[str, changes.Balance]]:
    """How the count of done comes from the release before, of issues and of measures, in the inspections of both."""
    if made.previous is None:
        return []
    both = {held.inspection_id for held in made.subjects}
    found = []
    for counted in ("issues", "measures"):
        before = sum(
            int(getattr(held, counted)["done"]) for held in made.previous.subjects if held.inspection_id in both
        )
        found.append((counted, changes.balance(before, [c for c in changed if c.key[0] == counted])))
    return found


def _title(made: models.Release) -> str:
    return _("%(year)s年第%(number)s期", year=made.year, number=made.number)


def _visible(release_id: int) -> models.Release:
    return parts.found(releases.visible(db.session(), parts.person(), release_id))


def _is_visible(release_id: int) -> bool:
    return releases.visible(db.session(), parts.person(), release_id) is not None


def _rows_url(
    made: models.Release, figure: str, counted: str, inspection: int | None = None, unit: int | None = None
) -> str:
    query = {"figure": figure, "counted": counted, "inspection": inspection, "unit": unit}
    kept = urlencode({name: value for name, value in query.items() if value})
    return f"{url_for('reports.release_rows', release_id=made.id)}?{kept}"
