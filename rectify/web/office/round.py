"""A round's own page: who was asked, who reported, who late, and who not, by unit and by measure."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from flask import render_template, request, url_for
from flask_babel import lazy_gettext as _l

from rectify import access, figures, former, models, turnout
from rectify.models import db
from rectify.web import board, parts
from rectify.web.office import pages
from rectify.web.units import words

PAGE = 50
STATES = {
    "missing": _l("未填报"),
    "returned": _l("退回待更正"),
    "late": _l("迟报"),
    "reported": _l("已填报"),
    "asked": _l("应填报"),
}
"""The lists of a round by the words of their counts."""


@pages.route("/rounds/<int:round_id>", endpoint="round")
@parts.enter("office", "supervisor", "leader")
def show(round_id: int) -> str:
    """The counts of the round, its units, and a page of the measures behind a count."""
    session, person, day = db.session(), parts.person(), parts.day()
    this = parts.found(db.session.get(models.Round, round_id) if 0 < round_id < 2**31 else None)
    inspection = parts.found(access.visible_inspection(session, person, this.inspection_id, day))
    rounds = turnout.known(session, [inspection.id], day)[inspection.id]
    known = next((one for one in rounds if one.was.id == this.id), turnout.Known(former.Round.of(this), this))
    spans = turnout.spans(session, [inspection.id], day)[inspection.id]
    span = next((one for one in spans if one.id == this.id), None)
    return render_template(
        "office/round.html",
        round=known.was,
        imported=known.imported,
        inspection=inspection,
        state=known.state(day),
        is_provisional=turnout.is_provisional(session, known),
        states=STATES,
        words=words,
        word=board.counting_words([inspection])["measures"],
        day=day,
        **(_turnout(span, day) if span is not None else {"span": None}),
    )


def _turnout(span: turnout.Span, day: dt.date) -> dict[str, Any]:
    """What the address asks for: a state, a unit, and after which row; whatever is not a choice falls back."""
    session, person = db.session(), parts.person()
    chosen = request.args.get("state", "")
    chosen = chosen if chosen in turnout.STATES else turnout.STATES[0]
    unit_id, after = parts.number(request.args.get("unit")), _after(request.args.get("after", ""))
    units, tally = turnout.by_unit(session, person, [span], day), turnout.tallies(session, person, [span], day)[span.id]
    found = turnout.rows(session, person, span, day, chosen, unit_id=unit_id, after=after, limit=PAGE + 1)
    page = found[:PAGE]
    ids = [row.measure_id for row in page]
    present, earlier = turnout.texts(session, span, day, ids) if ids else ({}, {})
    names = figures.units_of(session, "measures", ids, span.asked_on) if ids else {}
    return {
        "span": span,
        "tally": tally,
        "units": units,
        "columns": [name for name in reversed(turnout.STATES) if name != "returned" or tally.returned],
        "unit": next((one for one in units if one.unit_id == unit_id), None) if unit_id is not None else None,
        "unit_id": unit_id,
        "chosen": chosen,
        "rows": page,
        "units_of": {measure_id: [name for _, name, _ in found] for measure_id, found in names.items()},
        "present": present,
        "earlier": earlier,
        "next_url": parts.link(after=page[-1].key) if len(found) > PAGE else None,
        "first_url": parts.link(after=None) if after else None,
    }


def _after(raw: str) -> tuple[int, int] | None:
    """The place behind which a page of the list begins, from the address; None for the first page."""
    match = re.fullmatch(r"([0-9]{1,9})-([0-9]{1,9})", raw, re.ASCII)
    return (int(match[1]), int(match[2])) if match else None


def address(round_id: int, **query: Any) -> str:
    """The address of a round's page with what it shows, on the day in view."""
    return url_for("office.round", round_id=round_id, as_of=parts.frame().as_of or None, **query)
