"""The leaders' board and the ledger behind every figure. Reads only; how figures are counted is `figures`'."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext, lazy_gettext

from rectify import figures
from rectify.models import db
from rectify.rules import schedule, verdicts
from rectify.web import looks, parts

pages = Blueprint("board", __name__)

FIGURE_WORDS = {
    "total": lazy_gettext("全部"),
    "open": lazy_gettext("未完成"),
    "done": lazy_gettext("完成"),
    "lagging": lazy_gettext("超期和未达到序时进度"),
    "due_this_year": lazy_gettext("今年应完成"),
    "due_this_year_done": lazy_gettext("今年应完成，已完成"),
    "due_this_year_left": lazy_gettext("今年应完成，未完成"),
    "overdue_earlier_years": lazy_gettext("以前年度到期未完成"),
    "near_due": lazy_gettext("临近到期"),
    "due_30": lazy_gettext("30天内到期"),
    "due_60": lazy_gettext("60天内到期"),
    "due_90": lazy_gettext("90天内到期"),
    "on_schedule_reported": lazy_gettext("达到序时进度（已填报）"),
    "on_schedule_unreported": lazy_gettext("达到序时进度（未经填报）"),
    "long_term_flag": lazy_gettext("有长期坚持标记"),
    "shared": lazy_gettext("多个批次共有"),
    "corrected": lazy_gettext("更正"),
}
"""The figures a list can be opened by, beside the verdicts, in the order of the choice."""

CHOICES = ("total", "open", "done", *(v.value for v in verdicts.Verdict), *list(FIGURE_WORDS)[3:])


def figure_word(name: str) -> str:
    """What a figure counts, in the language of the page."""
    if name.startswith("left_"):
        return f"{figure_word('due_this_year_left')} · {figure_word(name.removeprefix('left_'))}"
    if name in FIGURE_WORDS:
        return str(FIGURE_WORDS[name])
    return verdicts.word(name, looks.english())


def inspection_ids() -> tuple[int, ...] | None:
    """The inspection in view, None for all; one that is not the person's to see is a 404 like one that is not there."""
    if not request.args.get("inspection"):
        return None
    chosen = parts.frame().inspection
    if chosen is None:
        abort(404)
    return (chosen[0],)


def ledger(
    figure: str = "total",
    counted: str = "measures",
    inspection: int | None = None,
    unit: int | None = None,
    region: int | None = None,
    endpoint: str = "board.rows",
    **more: str,
) -> str:
    """The address of the rows behind a figure: the same scope, the same day."""
    query = {
        "figure": figure,
        "counted": counted,
        "inspection": inspection,
        "unit": unit,
        "region": region,
        "as_of": parts.frame().as_of,
        **more,
    }
    return f"{url_for(endpoint)}?{urlencode({name: value for name, value in query.items() if value})}"


class Counted(Protocol):
    """An inspection, in whatever shape, with the words by which its issues and measures are counted."""

    @property
    def issue_word(self) -> str: ...

    @property
    def measure_word(self) -> str: ...


def counting_words(seen: Iterable[Counted]) -> dict[str, str]:
    """The words by which issues and measures are counted: those of the inspections in view where they agree, else the
    usual 项 and 条. English has none."""
    seen = tuple(seen)
    if looks.english():
        return {"issues": "", "measures": ""}
    said = {"issues": {row.issue_word for row in seen}, "measures": {row.measure_word for row in seen}}
    usual = {"issues": "项", "measures": "条"}
    return {counted: next(iter(words)) if len(words) == 1 else usual[counted] for counted, words in said.items()}


@dataclass(frozen=True)
class Item:
    """A row as lists show it: its verdict, why, days over, the units that answer for it, its page."""

    row: figures.Row
    verdict: str
    why: str
    days: int
    units: str
    url: str


def items(found: Sequence[figures.Row], counted: str, day: dt.date) -> list[Item]:
    """Rows with what lists show beside them. One statement."""
    ids = [row.issue_id if row.measure_id is None else row.measure_id for row in found]
    units = figures.units_of(db.session(), counted, ids, day) if ids else {}
    english = looks.english()
    frame = parts.frame()
    root = request.script_root
    suffix = f"?as_of={frame.as_of}" if frame.as_of else ""
    return [
        Item(
            row=row,
            verdict=schedule.verdict(row, day).value,
            why=verdicts.explain(*schedule.why(row, day), english),
            days=schedule.days_overdue(row, day),
            units=gettext("、").join(name for _, name, _ in units.get(item_id, ())),
            url=f"{root}/issues/{row.issue_id}{suffix}"
            if row.measure_id is None
            else f"{root}/measures/{row.measure_id}{suffix}",
        )
        for row, item_id in zip(found, ids, strict=True)
    ]


from . import overview, rankings, rows  # noqa: E402, F401
