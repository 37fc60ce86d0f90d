"""The rules of an inspection: how its measures are judged; and what a change of them would move, shown before it is saved.

The fields themselves are `criteria`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import and_, select
from werkzeug.wrappers import Response

from rectify import access, figures, ledger, models, rounds, standing
from rectify.models import db
from rectify.rules import numerals
from rectify.rules.verdicts import Verdict
from rectify.web import board, parts
from rectify.web.criteria import RulesFields
from rectify.web.office import fields, pages

SHOWN = 20
"""So many measures and issues of a move are named; the rest are counted."""


# -- what saving would change ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """One line of what saving would change: how many go from one verdict to another, the first of them to open."""

    was: Verdict
    becomes: Verdict
    measures: int
    issues: int
    named: tuple[dict[str, Any], ...]
    unnamed: int


@dataclass(frozen=True)
class Turned:
    """So many submissions wait to be decided by some units, and would wait for others: their names."""

    was: tuple[str, ...]
    becomes: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Shown:
    """What saving would change, as the page shows it: the counts of what is done only where they change, whose turn it is
    to decide what waits likewise, and the words by which the inspection counts its issues and measures."""

    moves: tuple[Moved, ...]
    effect: standing.Effect
    done: tuple[tuple[str, int, int], ...]
    turned: tuple[Turned, ...]
    words: dict[str, str]


class TrialForm(fields.SeenForm):
    """A form whose saving may change verdicts."""

    shown: Shown | None = None
    limits: tuple[ledger.CountedLimit, ...] = ()
    """The counted limits that the act leaves where they are, unless they are ticked; the act finds them."""

    def saves(self, act: Callable[[], object], inspection_id: int) -> bool:
        """Do the act and commit it. Where it is refused, or would change what nobody has seen yet, nothing of it
        remains, and the form says why."""
        person, day, session = parts.person(), parts.today(), db.session()
        scope = figures.Scope(person, (inspection_id,))
        try:
            before, waited = _done(scope), _deciders(inspection_id)
            found = standing.effect(session, act, day)
            after, waits = _done(scope), _deciders(inspection_id)
        except rounds.Refused as refused:
            session.rollback()
            self.form_errors.append(parts.told(refused))
            return False
        done = tuple((counted, was, after[counted]) for counted, was in before.items() if was != after[counted])
        turned = _turned(waited, waits)
        moved = (found, done, turned, self.limits)
        if self.keeps(moved if any(moved) else None):
            return True
        words = board.counting_words([session.get_one(models.Inspection, inspection_id)])
        self.shown = Shown(tuple(_moved(move) for move in found.moves), found, done, turned, words)
        return False


def _done(scope: figures.Scope) -> dict[str, int]:
    """How many issues and measures of a scope count as done today."""
    return {
        counted: figures.count(db.session(), scope.over(counted=counted), parts.today()).done
        for counted in ("issues", "measures")
    }


def _deciders(inspection_id: int) -> dict[int, tuple[str, ...]]:
    """The names of the units that each waiting submission of an inspection waits for, by its id."""
    turns = access.turns(db.session(), inspection_id, parts.today())
    return {submission_id: tuple(unit.name for unit in units) for submission_id, units in turns.items()}


def _turned(waited: dict[int, tuple[str, ...]], waits: dict[int, tuple[str, ...]]) -> tuple[Turned, ...]:
    pairs = Counter((was, waits[submission_id]) for submission_id, was in waited.items() if was != waits[submission_id])
    return tuple(Turned(was, becomes, count) for (was, becomes), count in sorted(pairs.items()))


def _moved(move: standing.Move) -> Moved:
    person, day = parts.person(), parts.today()
    issue, link, measure = models.Issue, models.MeasureLink, models.Measure
    measures = db.session.execute(
        select(measure.id, issue.number, link.number, measure.text)
        .select_from(measure)
        .join(link, access.named_by(person, link))
        .join(issue, issue.id == link.issue_id)
        .where(and_(measure.id.in_(move.measure_ids[:SHOWN]), access.sees_measures(person, day)))
        .order_by(issue.seq, link.seq)
    )
    named = [
        {"url": url_for("units.show", measure_id=id_), "number": numerals.cite(number, own), "text": text}
        for id_, number, own, text in measures
    ]
    issues = db.session.execute(
        select(issue.id, issue.number, issue.text)
        .where(issue.id.in_(move.issue_ids[: SHOWN - len(named)]), access.sees_issues(person, day))
        .order_by(issue.seq)
    )
    named += [
        {"url": url_for("units.issue", issue_id=id_), "number": number, "text": text} for id_, number, text in issues
    ]
    total = len(move.measure_ids) + len(move.issue_ids)
    return Moved(move.was, move.becomes, len(move.measure_ids), len(move.issue_ids), tuple(named), total - len(named))


# -- the page --------------------------------------------------------------------------------------------------------


class RulesForm(RulesFields, TrialForm, fields.VersionForm):
    """The rules of an inspection that exists."""


@pages.route("/inspections/<int:inspection_id>/rules", methods=["GET", "POST"])
@parts.enter("office")
def rules(inspection_id: int) -> tuple[str, int] | Response:
    """The rules of an inspection; a change counts from today. Whoever saves second sees what the first one changed."""
    found = _inspection(inspection_id)
    form = RulesForm(obj=found)
    if form.validate_on_submit() and form.is_current(found):
        changed: list[bool] = []

        def act() -> None:
            values = {name: form[name].data for name in rounds.RULES}
            acting: dict[str, Any] = {"by": parts.person(), "day": parts.today(), "at": parts.now()}
            changed.append(rounds.change_rules(db.session(), found, values, **acting))

        if form.saves(act, inspection_id):
            flash(_("规则已更改，自今天起生效。") if changed[0] else _("规则没有变化。"))
            return redirect(url_for("office.inspection", inspection_id=inspection_id))
    return render_template("office/rules.html", inspection=_inspection(inspection_id), form=form), form.status


def _inspection(inspection_id: int) -> models.Inspection:
    return parts.found(access.visible_inspection(db.session(), parts.person(), inspection_id, parts.today()))
