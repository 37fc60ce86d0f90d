"""The page of the report and its downloads."""

from __future__ import annotations

import io
from urllib.parse import urlencode

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from rectify.models import db
from rectify.rules import sentence
from rectify.web import parts
from rectify.web.board import figure_word, ledger

from . import Composed, compose, pages, render

READERS = ("office", "leader")
"""Only those who see the whole ledger: a report of a part would read as one of the whole."""
MIME = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMS = ("", "full", "short", "tail")
PLACES = ("我市", "我县", "我区", "我省")


class Choice:
    """What the address asks for; whatever is not a choice falls back to the default."""

    def __init__(self) -> None:
        self.known = parts.person().inspections
        visible = {id_ for id_, _name in self.known}
        picked = [parts.number(raw) for raw in request.args.getlist("only")]
        self.only = [id_ for id_ in picked if id_ in visible]
        if not self.only and parts.frame().inspection:
            self.only = [parts.frame().inspection[0]]  # type: ignore[index]
        if picked and not self.only:
            abort(404)
        self.form = _one_of("form", FORMS)
        self.place = _one_of("place", PLACES)
        self.schedule = _one_of("schedule", ("序时", "时序"))
        self.rest = _one_of("rest", ("this_year", "all"))
        self.rate = request.args.get("rate") == "1"
        self.decimals = int(_one_of("decimals", ("1", "0", "2")))

    @property
    def wording(self) -> sentence.Wording:
        return sentence.Wording(self.place, self.schedule, self.rest, self.rate, self.decimals)

    def compose(self) -> Composed:
        return compose(
            db.session(), parts.person(), parts.day(), self.only or None, wording=self.wording, form=self.form
        )

    def url(self, kind: str = "") -> str:
        """The address of the same choice: a download, its release, or the page itself."""
        query: list[tuple[str, str | int]] = [("only", id_) for id_ in self.only]
        query += [("form", self.form), ("place", self.place), ("schedule", self.schedule), ("rest", self.rest)]
        query += [("decimals", self.decimals), ("rate", "1" if self.rate else ""), ("as_of", parts.frame().as_of)]
        if kind == "release":
            base = url_for("reports.release")
        else:
            base = url_for("reports.download", kind=kind) if kind else url_for("reports.index")
        return f"{base}?{urlencode([pair for pair in query if pair[1] != ''])}"


def _one_of(name: str, choices: tuple[str, ...]) -> str:
    raw = request.args.get(name, "")
    return raw if raw in choices else choices[0]


@pages.get("/reports")
@parts.enter(*READERS)
def index() -> str:
    """The sentences with their figures linked, what failed above them, the sums beside them."""
    choice = Choice()
    made = choice.compose()
    return render_template(
        "reports/index.html",
        choice=choice,
        made=made,
        places=PLACES,
        address=lambda segment: ledger(segment.figure, segment.counted, segment.key),
        figure_word=figure_word,
    )


@pages.get("/reports/download/<any(docx, xlsx):kind>")
@parts.enter(*READERS)
def download(kind: str) -> ResponseReturnValue:
    """The report as a file; one whose sums do not close is not handed out, the page says why."""
    choice = Choice()
    made = choice.compose()
    if made.reasons:
        flash(_("报告没有通过检查，不能下载，原因见下。"), "error")
        return redirect(choice.url())
    parts.record_read("export", "report", None, kind=kind, day=made.day.isoformat(), inspections=choice.only)
    name = _("整改工作情况报告_%(day)s", day=made.day.isoformat())
    return send_file(
        io.BytesIO(render(made, kind)), mimetype=MIME[kind], as_attachment=True, download_name=f"{name}.{kind}"
    )
