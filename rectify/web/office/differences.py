"""Where unit, system and office say different things of a measure: the list, and the way to confirm."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from sqlalchemy import select

from rectify import access, figures, models, voices
from rectify.models import db
from rectify.rules import schedule
from rectify.web import board, parts
from rectify.web.office import pages
from rectify.web.units import words

PAGE = 50


@pages.route("/differences")
@parts.enter("office", "supervisor")
def differences() -> str:
    """A page of the list, of the inspection and unit chosen, on the day in view."""
    session, person, day = db.session(), parts.person(), parts.day()
    ids, unit_id = board.inspection_ids(), parts.number(request.args.get("unit"))
    after = figures.after_key(request.args.get("after", ""))
    scope = voices.Scope(person, ids[0] if ids else None, unit_id)
    found = voices.rows(session, scope, day, after=after, limit=PAGE + 1)
    page = found[:PAGE]
    names = figures.units_of(session, "measures", [row.measure_id for row in page], day) if page else {}
    return render_template(
        "office/differences.html",
        rows=[_item(row, day) for row in page],
        units_of={measure_id: [name for _, name, _ in units] for measure_id, units in names.items()},
        total=voices.count(session, scope, day),
        word=board.counting_words(figures.inspections(session, person, day, ids))["measures"],
        units=_units(person),
        unit_id=unit_id,
        next_url=parts.link(after=page[-1].key) if len(found) > PAGE else None,
        first_url=parts.link(after=None) if after else None,
        confirms=person.role == "office" and day == parts.today(),
        words=words,
    )


def _item(row: voices.Row, day: Any) -> dict[str, Any]:
    return {
        "row": row,
        "verdict": schedule.verdict(row.standing, day).value,
        "why": schedule.why(row.standing, day),
    }


def _units(person: access.Person) -> list[tuple[int, str]]:
    """The units to choose from, for those who see the whole ledger."""
    if person.role not in access.rows.READS_ALL:
        return []
    unit = models.Unit
    return [(row[0], row[1]) for row in db.session.execute(select(unit.id, unit.name).order_by(unit.sort, unit.id))]
