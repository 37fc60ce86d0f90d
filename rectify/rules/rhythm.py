"""The rhythm of reporting (调度频次): which round follows on which day, and what it is called.

Pure dates. Opening and closing rounds is `rounds`' business; what a round does to a verdict is `schedule`'s.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

ONE_DAY = dt.timedelta(days=1)

LEAST_DAYS = {"weekly": 3, "ten_day": 5, "monthly": 10, "quarterly": 20}
"""With fewer days left until the cut-off (that day included) the next period is asked instead (our choice)."""

WORDS = {"weekly": "每周", "ten_day": "每旬", "monthly": "每月", "quarterly": "每季度", "none": "不定期"}

_QUARTERS = "一二三四"


@dataclass(frozen=True)
class Span:
    """A round as planned: its name and its first and last day in time."""

    name: str
    opens_on: dt.date
    cut_off_on: dt.date


def span_of(rhythm: str, day: dt.date) -> Span:
    """The period in which `day` lies. Our choice: a week is cut off on its Friday (units do not work at weekends),
    ten days (旬), months and quarters on their last day.

    Raises KeyError for a rhythm that plans nothing ("none").
    """
    return _SPANS[rhythm](day)


def next_span(rhythm: str, from_on: dt.date) -> Span:
    """The first round that can open on or after `from_on`.

    A period already begun is used, shortened, while enough of it is left (`LEAST_DAYS`); else the period after it.
    """
    span = span_of(rhythm, from_on)
    if span.opens_on < from_on and (span.cut_off_on - from_on).days + 1 < LEAST_DAYS[rhythm]:
        after = max(span.cut_off_on, from_on) + ONE_DAY
        while (span := span_of(rhythm, after)).opens_on < from_on:  # the weekend behind a Friday's cut-off
            after += ONE_DAY
    return Span(span.name, max(span.opens_on, from_on), span.cut_off_on)


def _week(day: dt.date) -> Span:
    year, week, weekday = day.isocalendar()
    monday = day - (weekday - 1) * ONE_DAY
    return Span(f"{year}年第{week}周调度", monday, monday + 4 * ONE_DAY)


def _ten_days(day: dt.date) -> Span:
    part = min((day.day - 1) // 10, 2)
    last = _month_end(day) if part == 2 else day.replace(day=part * 10 + 10)
    return Span(f"{day.year}年{day.month}月{'上中下'[part]}旬调度", day.replace(day=part * 10 + 1), last)


def _month(day: dt.date) -> Span:
    return Span(f"{day.year}年{day.month}月调度", day.replace(day=1), _month_end(day))


def _quarter(day: dt.date) -> Span:
    number = (day.month - 1) // 3
    last = _month_end(dt.date(day.year, number * 3 + 3, 1))
    return Span(f"{day.year}年第{_QUARTERS[number]}季度调度", dt.date(day.year, number * 3 + 1, 1), last)


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=28) + 4 * ONE_DAY).replace(day=1) - ONE_DAY


_SPANS = {"weekly": _week, "ten_day": _ten_days, "monthly": _month, "quarterly": _quarter}
