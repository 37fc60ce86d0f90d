"""What the acts of this room share: the refusal, small checks, texts as they are compared and kept, rows in bulk."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from rectify import models, rounds, standing
from rectify.models import bulk
from rectify.records import Actor
from rectify.rules import deadlines, schedule, verdicts
from rectify.rules.deadlines import Counted, Deadline

CHUNK = 2000


LONGEST = 20_000
"""Characters of a text that is typed."""


PERSONS = ("leader", "person")

_SIGNS = re.compile(r"[\W_]+")


class Refused(rounds.Refused):
    """An act on a plan that may not be; one Chinese sentence says what is wrong and what to do."""


def limit_columns(limit: Deadline | None, original: Deadline | None) -> dict[str, Any]:
    """The columns of HasDeadline; 原时限 where the ledger has it, else the deadline itself."""
    if limit is None:
        limit = Deadline("")
    return {
        "deadline_raw": clean(limit.raw)[:300],
        "deadline_kind": limit.kind,
        "deadline_on": limit.date,
        "original_deadline_on": (original.date if original is not None else None) or limit.date,
        "start_on": limit.start,
        "long_term": limit.long_term,
        "deadline_inferred": limit.inferred,
        **counted_columns(limit.counted),
    }


def counted_columns(counted: Counted | None) -> dict[str, Any]:
    """From when, how many and of what a time limit was counted; None where it was not."""
    from_on, amount, unit = counted or (None, None, None)
    return {"counted_from_on": from_on, "counted_amount": amount, "counted_unit": unit}


def insert_rows(session: Session, table: Any, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows in bulk; their ids in the order given."""
    connection = session.connection()
    ids = bulk.new_ids(connection, table, len(rows)) if rows else []
    bulk.insert(connection, table, ({"id": made, **row} for made, row in zip(ids, rows, strict=True)))
    return ids


Item = models.Issue | models.Measure


def check_version(item: Any, version: int | None) -> None:
    """The form was filled in from this version of the row; else somebody changed it meanwhile: the 409 page (IN-08)."""
    if version is not None and item.version != version:
        raise StaleDataError("the row was changed after the form was opened")


def office_only(by: Actor) -> None:
    """The office, or the system itself; the check stands in the act's own transaction (AC-10)."""
    if by.user_id is not None and by.role != "office":
        raise Refused("只有整改办可以办理这一项。")


def standing_still(item: Item) -> None:
    if item.withdrawn_on is not None:
        raise Refused("该项已于%(on)s撤销，不能再变动。", on=item.withdrawn_on)


def sensible(day: dt.date | None, what: str) -> dt.date | None:
    """A typed day within the years that plans speak of; a slip of the keyboard (0206, 9999) is refused."""
    if day is not None and not deadlines.FIRST_YEAR <= day.year <= deadlines.LAST_YEAR:
        raise Refused("%(what)s%(day)s的年份不对，请改正。", what=what, day=day)
    return day


def required(text: str, what: str) -> str:
    text = clean(text)
    if not text:
        raise Refused("请填写%(what)s。", what=what)
    if len(text) > LONGEST:
        raise Refused("%(what)s不能超过%(most)s字，请精简。", what=what, most=LONGEST)
    return text


def kind_of(item: Item) -> str:
    return "issue" if isinstance(item, models.Issue) else "measure"


def columns_of(item: Item) -> dict[str, int]:
    return {f"{kind_of(item)}_id": item.id}


def path_of(item: Item) -> str:
    """The page of an item."""
    return f"/{kind_of(item)}s/{item.id}"


def about(table: Any, item: Item) -> Any:
    return getattr(table, f"{kind_of(item)}_id") == item.id


def set_fields(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set what differs; the old values of that."""
    old = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
    for name in old:
        setattr(row, name, values[name])
    return old


def home_link(session: Session, measure: models.Measure) -> models.MeasureLink:
    query = select(models.MeasureLink).where(models.MeasureLink.measure_id == measure.id, models.MeasureLink.home)
    return session.execute(query).scalar_one()


def issue_of(session: Session, item: Item) -> models.Issue:
    if isinstance(item, models.Issue):
        return item
    return session.get_one(models.Issue, home_link(session, item).issue_id)


def limit_of(session: Session, item: Item) -> Item:
    """Whose time limit an item has: its own, or its issue's (S1)."""
    return issue_of(session, item) if item.deadline_kind == "none" else item


def measure_ids(session: Session, item: Item) -> list[int]:
    if isinstance(item, models.Measure):
        return [item.id]
    query = select(models.MeasureLink.measure_id).where(models.MeasureLink.issue_id == item.id)
    return list(session.scalars(query))


def write_standings(session: Session, item: Item, day: dt.date, at: dt.datetime) -> None:
    if isinstance(item, models.Issue):
        standing.write_issue(session, item.id, day=day, at=at)
    else:
        standing.write(session, [item.id], day=day, at=at)


def unfinished(session: Session, item: Item, day: dt.date, act: str) -> None:
    if isinstance(item, models.Issue):
        row: Any = standing.of_issue(session, item.id, day)
    else:
        row = standing.of(session, item.id, day)
    if row is not None and schedule.verdict(row, day) in verdicts.GOOD:
        word = verdicts.word(schedule.verdict(row, day))
        raise Refused("该项%(verdict)s，不能%(act)s。", verdict=word, act=act)


def clean(text: str) -> str:
    """A text as the database can keep it: trimmed, without NUL and lone surrogates."""
    if text.isprintable():  # neither is
        return text.strip()
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()


def key_of(name: str) -> str:
    """What names and numbers are compared by: width and blanks make no difference (IN-10)."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def bare(text: str) -> str:
    """The letters and digits of a text, for asking whether one text holds another."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text))


def short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 30 else text[:29] + "…"
