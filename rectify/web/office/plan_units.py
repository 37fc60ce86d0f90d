"""The unit names of a plan before its import: what each is taken for."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _
from sqlalchemy import select

from rectify import ledger, models
from rectify.models import db
from rectify.reading.draft import PlanDraft
from rectify.web import parts

UNITS_A_PAGE = 600
UNITS_FOR_HINTS = 600


@dataclass(frozen=True)
class Named:
    """A printed unit name in the form: what it is taken for, how often it stands, what else it may mean."""

    key: str
    printed: str
    count: int
    by: str
    taken_for: str
    hint: str = ""
    fault: str = ""


def unit_key(printed: str) -> str:
    return "u-" + hashlib.sha256(printed.encode("utf-8", "replace")).hexdigest()[:12]


def typed_units(held: models.PlanFile, draft: PlanDraft, faults: dict[str, tuple[str, str]]) -> dict[str, int | None]:
    """Printed name → the unit chosen for it, None for a new one; unknown names are faults."""
    known = dict(db.session.execute(select(models.Unit.id, models.Unit.name)).tuples().all())
    units = dict(held.answers.get("units") or {})
    printed = [name for name in ledger.printed_units(draft) if unit_key(name) in request.form]
    typed = {name: parts.clean(request.form[unit_key(name)])[:200] for name in printed}
    matches = {match.printed: match for match in ledger.match_units(db.session(), set(typed.values()) - {""})}
    for name, choice in typed.items():
        units.pop(name, None)
        if not choice:
            continue
        match = matches[choice]
        if match.unit_id is None or match.unit_id not in known:
            sentence = _("没有名为“%(name)s”的单位；留空则新建“%(printed)s”。", name=choice, printed=name)
            faults[unit_key(name)] = (choice, sentence)
        else:
            units[name] = match.unit_id
    return units


def named(held: models.PlanFile, draft: PlanDraft, faults: dict[str, tuple[str, str]]) -> list[Named]:
    chosen: dict[str, int] = held.answers.get("units") or {}
    names = dict(db.session.execute(select(models.Unit.id, models.Unit.name)).tuples().all())
    counts: dict[str, int] = {}
    for issue in draft.issues:
        for unit in (*issue.units, *(unit for measure in issue.measures for unit in measure.units)):
            counts[unit.name.strip()] = counts.get(unit.name.strip(), 0) + 1
    known = list(names.values()) if len(names) <= UNITS_FOR_HINTS else []
    rows = []
    for match in ledger.match_units(db.session(), ledger.printed_units(draft)):
        key = unit_key(match.printed)
        taken_for, by = match.unit_name, match.by
        if chosen.get(match.printed) in names:
            taken_for, by = names[chosen[match.printed]], match.by if taken_for == match.unit_name else "chosen"
            by = match.by if taken_for == match.unit_name else "chosen"
        hint = "" if taken_for else next(iter(difflib.get_close_matches(match.printed, known, 1, 0.6)), "")
        wrong = faults.get(key)
        rows.append(
            Named(
                key,
                match.printed,
                counts.get(match.printed, 0),
                by,
                wrong[0] if wrong else taken_for,
                hint,
                wrong[1] if wrong else "",
            )
        )
    return sorted(rows, key=lambda row: (not row.fault, row.by != "", row.printed))[:UNITS_A_PAGE]
