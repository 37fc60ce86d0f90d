"""All letters that the reader may see, by state and kind; the tallies above lead to the rows they count."""

from __future__ import annotations

from flask import render_template, request

from rectify import letters
from rectify.models import db
from rectify.rules import letters as rule
from rectify.web import parts
from rectify.web.letters import pages, words

PAGE = 50


@pages.get("/letters")
@parts.enter(*parts.BUSINESS)
def index() -> str:
    """A page of the list, the last drafted first."""
    session, person, day = db.session(), parts.person(), parts.today()
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    states = OPENING.get(state, (state,) if state in rule.STATES else ())
    kind = kind if kind in rule.KINDS else ""
    before = parts.number(request.args.get("before"))
    rows = letters.rows(session, person, day, states=states, kind=kind, before=before, limit=PAGE + 1)
    return render_template(
        "letters/index.html",
        rows=[(letter, now, letters.units_of(person, letter)) for letter, now in rows[:PAGE]],
        counts=letters.counts(session, person, day),
        state=state if states else "",
        kind=kind,
        words=words,
        next_url=parts.link(before=rows[PAGE - 1][0].id) if len(rows) > PAGE else None,
        first_url=parts.link(before=None) if before is not None else None,
    )


OPENING = {"late": ("overdue", "late_receipt"), "open": rule.OPEN}
"""Several states under one name, as figures elsewhere count them."""
