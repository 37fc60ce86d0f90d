"""The board: totals, each inspection, what lags, what is due next, who is ahead."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import render_template
from sqlalchemy import func, or_, select

from rectify import figures, models, voices
from rectify.models import db
from rectify.rules import verdicts
from rectify.rules.ratios import OnTime, Ratio, percent
from rectify.web import parts
from rectify.web.units import words

from . import counting_words, inspection_ids, items, ledger, pages, rankings

RED_ROWS = 12
RANKED = 10
ORDER = (
    "signed_off", "completed", "basically_completed", "on_schedule", "long_term", "not_started", "unreported", "behind",
    "overdue",
)  # fmt: skip
"""The order of a stacked bar: what is done, what goes well, what somebody has to act upon."""
assert set(ORDER) == {v.value for v in verdicts.Verdict}


@dataclass(frozen=True)
class Counted:
    """The figures of issues or of measures in a scope, with their rates and the pieces of the bar."""

    counted: str
    tally: figures.Tally
    inspection: int | None
    word: str
    on_time: OnTime = OnTime()

    def __getitem__(self, name: str) -> int:
        return self.tally[name]

    def url(self, figure: str) -> str:
        return ledger(figure, self.counted, self.inspection)

    @property
    def rate(self) -> str:
        return percent(Ratio(self.tally["done"], self.tally["total"]))

    @property
    def rate_this_year(self) -> str:
        return percent(Ratio(self.tally["due_this_year_done"], self.tally["due_this_year"]))

    @property
    def sign_off_rate(self) -> str:
        return percent(Ratio(self.tally["signed_off"], self.tally["done"]))

    @property
    def bar(self) -> list[tuple[str, int, str]]:
        return [(name, self.tally[name], self.url(name)) for name in ORDER]


@pages.get("/board")
@parts.enter(*parts.BUSINESS)
def index() -> str:
    """Ten statements, and one more where measures are shared, whatever the size of the ledger."""
    session, person, day, ids = db.session(), parts.person(), parts.day(), inspection_ids()
    scope = figures.Scope(person, ids)
    inspections = figures.inspections(session, person, day, ids)
    tallies = {
        counted: figures.tallies(session, scope.over(counted=counted), day) for counted in ("issues", "measures")
    }
    only = ids[0] if ids else None
    counting = counting_words(inspections)
    in_time: dict[str, dict[int, OnTime]] = {"issues": {}, "measures": figures.on_times(session, scope, day)}
    totals = [
        Counted(
            counted,
            sum(found.values(), figures.Tally()),
            only,
            counting[counted],
            sum(in_time[counted].values(), OnTime()),
        )
        for counted, found in tallies.items()
    ]
    each = [
        (
            row,
            [
                Counted(
                    counted,
                    found.get(row.id, figures.Tally()),
                    row.id,
                    counting_words([row])[counted],
                    in_time[counted].get(row.id, OnTime()),
                )
                for counted, found in tallies.items()
            ],
        )
        for row in inspections
    ]
    shared = figures.different_shared(session, scope, day) if totals[1]["shared"] else 0
    red = figures.rows(session, scope, "lagging", day, limit=RED_ROWS)
    by_unit = rankings.ranked(figures.by_unit(session, scope, day), "unit", only)
    by_region = rankings.ranked(figures.by_region(session, scope, day), "region", only)
    return render_template(
        "board/index.html",
        issues=totals[0],
        measures=totals[1],
        shared=shared,
        different=totals[1]["total"] - totals[1]["shared"] + shared,
        each=each,
        red=items(red, "measures", day),
        voices=voices.among(session, person, [row.measure_id for row in red if row.measure_id is not None], day),
        words=words,
        by_unit=by_unit[:RANKED],
        units_total=len(by_unit),
        by_region=by_region,
        rounds=_open_rounds(inspections, day),
        only=only,
        rank_rows=_rank_rows,
        here_query=_query(only),
    )


def _open_rounds(inspections: list[figures.InspectionRow], day: dt.date) -> list[tuple[str, dt.date, int]]:
    """The rounds open on a day: name, cut-off, in how many of these inspections."""
    r = models.Round
    query = (
        select(r.name, r.cut_off_on, func.count())
        .where(r.opens_on <= day, r.cut_off_on >= day, or_(r.cancelled_on.is_(None), r.cancelled_on > day))
        .where(~r.imported, r.inspection_id.in_([row.id for row in inspections]))
        .group_by(r.name, r.cut_off_on)
        .order_by(r.cut_off_on, r.name)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def _rank_rows(places: list[rankings.Place]) -> list[tuple[str, str, int, int, str, str]]:
    """Places as the picture of a ranking takes them."""
    return [(p.name, p.url("total"), p.figures.done, p.figures.total, p.rate, p.url("done")) for p in places]


def _query(only: int | None) -> str:
    query = {"inspection": only, "as_of": parts.frame().as_of}
    kept = urlencode({name: value for name, value in query.items() if value})
    return f"?{kept}" if kept else ""
