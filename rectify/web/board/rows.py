"""The ledger: the rows behind every figure, and all of them; searched, filtered, exported."""

from __future__ import annotations

import contextlib
import functools
import io
import tempfile
from typing import Any, BinaryIO

from flask import Response, render_template, request, send_file
from flask_babel import gettext as _
from sqlalchemy import Select, select

from rectify import access, figures, models, writing
from rectify.models import bulk, db
from rectify.web import looks, parts

from . import CHOICES, counting_words, figure_word, inspection_ids, items, ledger, pages

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COUNTED = ("measures", "issues")
IN_MEMORY = 8 * 1024 * 1024
"""Bytes up to which an export is kept in memory; a larger one goes through a temporary file."""


class Wanted:
    """What the address asks for: scope, figure, search. Whatever is not a choice falls back to the whole ledger."""

    def __init__(self) -> None:
        self.counted = request.args.get("counted", "")
        self.counted = self.counted if self.counted in COUNTED else COUNTED[0]
        self.figure = request.args.get("figure", "")
        self.figure = self.figure if self.figure in (*figures.FIGURES, *figures.MORE) else "total"
        self.unit = parts.number(request.args.get("unit"))
        self.region = parts.number(request.args.get("region"))
        self.search = str(parts.clean(request.args.get("q", "")))[:100]
        self.ids = inspection_ids()
        self.scope = figures.Scope(parts.person(), self.ids, self.unit, self.region, self.counted)

    def url(self, endpoint: str = "board.rows", **changes: Any) -> str:
        query = {
            "figure": self.figure,
            "counted": self.counted,
            "inspection": self.ids[0] if self.ids else None,
            "unit": self.unit,
            "region": self.region,
            "q": self.search,
            **changes,
        }
        return ledger(endpoint=endpoint, **query)


@pages.get("/ledger")
@parts.enter(*parts.BUSINESS)
def rows() -> str:
    """A page of the list: five statements at most, none of them counting."""
    session, day, wanted = db.session(), parts.day(), Wanted()
    after = figures.after_key(request.args.get("after", ""))
    found = figures.rows(session, wanted.scope, wanted.figure, day, after=after, limit=PAGE + 1, search=wanted.search)
    page = found[:PAGE]
    return render_template(
        "board/rows.html",
        wanted=wanted,
        items=items(page, wanted.counted, day),
        word=counting_words(figures.inspections(session, parts.person(), day, wanted.ids))[wanted.counted],
        looks_of={name: looks.verdict_look(name) for name in figures.VERDICTS},
        next_url=wanted.url(after=page[-1].key) if len(found) > PAGE else None,
        first_url=wanted.url() if after else None,
        whole=not after and len(found) <= PAGE,
        units=_names(models.Unit, wanted.unit),
        regions=_names(models.Region, wanted.region),
        choices=[(name, figure_word(name)) for name in dict.fromkeys((*CHOICES, wanted.figure))],
        figure_word=figure_word(wanted.figure),
    )


def _names(table: Any, chosen: int | None) -> list[tuple[int, str]]:
    """Units or regions to choose from, for those who see the whole ledger; others reach one by a link only."""
    if parts.person().role not in access.rows.READS_ALL:
        return [(chosen, _("所选"))] if chosen else []
    return [(row[0], row[1]) for row in bulk.read(db.session(), _named(table))]


@functools.cache
def _named(table: Any) -> Select[Any]:
    return select(table.id, table.name).order_by(table.sort, table.id)


@pages.get("/ledger/export")
@parts.enter(*parts.BUSINESS)
def export() -> Response:
    """The same rows as a workbook; the trail has it before the first byte."""
    day, wanted = parts.day(), Wanted()
    parts.record_read(
        "export",
        "ledger",
        None,
        figure=wanted.figure,
        counted=wanted.counted,
        day=day.isoformat(),
        inspections=list(wanted.ids or ()),
        unit=wanted.unit,
        region=wanted.region,
        search=wanted.search,
    )
    who = parts.person()
    with contextlib.ExitStack() as closing:
        stream: BinaryIO = closing.enter_context(tempfile.TemporaryFile())
        writing.ledger_xlsx(
            stream,
            figures.lines(db.session(), wanted.scope, wanted.figure, day, search=wanted.search),
            day=day,
            title=_("整改台账（%(figure)s）", figure=figure_word(wanted.figure)),
            by=who.full_name or who.user_name,
            english=looks.english(),
        )
        small = stream.tell() <= IN_MEMORY
        stream.seek(0)
        if small:
            stream = io.BytesIO(stream.read())
        else:
            closing.pop_all()  # closed with the answer
    name = _("整改台账_%(day)s.xlsx", day=day.isoformat())
    return send_file(stream, mimetype=XLSX, as_attachment=True, download_name=name)
