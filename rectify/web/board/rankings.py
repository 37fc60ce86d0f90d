"""Who is ahead: units that answer for measures, and regions, with their counts beside every rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask import render_template, request

from rectify import figures
from rectify.models import db
from rectify.rules.ratios import Ratio, percent
from rectify.web import parts

from . import inspection_ids, ledger, pages

SORTS = ("rate", "overdue", "total", "name")


@dataclass(frozen=True)
class Place:
    """A unit or a region with its figures; `rank` is shared by those with the same rate."""

    id: int
    name: str
    figures: figures.Figures
    rank: int
    kind: str
    inspection: int | None

    @property
    def rate(self) -> str:
        return percent(Ratio(self.figures.done, self.figures.total))

    @property
    def rate_this_year(self) -> str:
        return percent(Ratio(self.figures.due_this_year_done, self.figures.due_this_year))

    def url(self, figure: str) -> str:
        where = {self.kind: self.id}
        return ledger(figure, "measures", self.inspection, unit=where.get("unit"), region=where.get("region"))


def ranked(
    found: Sequence[tuple[int, str, figures.Figures]], kind: str, inspection: int | None, sort: str = "rate"
) -> list[Place]:
    """Places from the best rate down; equal rates share a rank, the larger count first among them."""

    def rate(counted: figures.Figures) -> Fraction:
        return Ratio(counted.done, counted.total).value or Fraction(0)

    rates = sorted((rate(counted) for _, _, counted in found), reverse=True)
    places = [
        Place(id_, name, counted, rates.index(rate(counted)) + 1, kind, inspection) for id_, name, counted in found
    ]
    if sort == "name":
        return places  # as the office ordered them
    keys = {
        "rate": lambda place: (place.rank, -place.figures.total),
        "overdue": lambda place: (-place.figures.overdue, -place.figures.behind, place.rank),
        "total": lambda place: (-place.figures.total, place.rank),
    }
    return sorted(places, key=keys[sort])


@pages.get("/board/units")
@parts.enter(*parts.BUSINESS)
def units() -> str:
    return _page("unit")


@pages.get("/board/regions")
@parts.enter(*parts.BUSINESS)
def regions() -> str:
    return _page("region")


def _page(kind: str) -> str:
    ids = inspection_ids()
    sort = request.args.get("sort", "")
    sort = sort if sort in SORTS else SORTS[0]
    scope = figures.Scope(parts.person(), ids)
    count = figures.by_unit if kind == "unit" else figures.by_region
    places = ranked(count(db.session(), scope, parts.day()), kind, ids[0] if ids else None, sort)
    return render_template(f"board/{kind}s.html", places=places, kind=kind, sort=sort, sorts=SORTS)
