"""The audit trail as the auditor reads it: searched, page by page, exported. Looking is itself recorded (AD-08).

Nothing here, and nothing anywhere, changes an entry.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, render_template, request
from flask_babel import gettext
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from rectify import clock, models
from rectify.access.sentences import _
from rectify.models import db
from rectify.web import parts
from rectify.web.admin import pages, words

PAGE = 50
MOST_EXPORTED = 200_000
HEADINGS = (
    *(_("序号"), _("时间"), _("用户"), _("角色"), _("单位"), _("来源地址")),
    *(_("操作"), _("对象"), _("对象编号"), _("结果"), _("内容"), _("请求编号")),
)
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")


class Search:
    """What the address asks for. What is not a choice, a number or a date is left out."""

    def __init__(self) -> None:
        args = request.args
        self.person = str(parts.clean(args.get("person", "")))[:100]
        self.act = args.get("act", "") if args.get("act", "") in words.ACTS else ""
        self.item = args.get("item", "") if args.get("item", "") in words.ITEMS else ""
        self.item_id = parts.number(args.get("item_id"))
        self.since = _date(args.get("since", ""))
        self.until = _date(args.get("until", ""))
        self.bad = args.get("ok", "") == "no"

    def narrow(self, query: Select[Any]) -> Select[Any]:
        """The query with these conditions on AuditEntry."""
        entry, zone = models.AuditEntry, ZoneInfo(parts.config().timezone)
        if self.person:
            query = query.where(entry.user_name.contains(self.person, autoescape=True))
        if self.act:
            query = query.where(entry.act == self.act)
        if self.item:
            query = query.where(entry.item == self.item)
        if self.item_id is not None:
            query = query.where(entry.item_id == (self.item_id if self.item_id < 2**31 else -1))
        if self.since:
            query = query.where(entry.at >= dt.datetime.combine(self.since, dt.time.min, zone))
        if self.until:
            query = query.where(entry.at < dt.datetime.combine(self.until + dt.timedelta(days=1), dt.time.min, zone))
        if self.bad:
            query = query.where(entry.ok.is_(False))
        return query

    def told(self) -> dict[str, Any]:
        """What was searched, for the trail."""
        return {f"by_{key}": value for key, value in vars(self).items() if value not in ("", None, False)}


def _date(raw: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(raw) if len(raw) == 10 else None
    except ValueError:
        return None
    return day if day is not None and 2000 <= day.year <= 9000 else None


@pages.route("/audit")
@parts.enter("auditor")
def audit() -> str:
    """A page of the trail, the newest first."""
    search, before = Search(), parts.number(request.args.get("before"))
    parts.record_read("audit.look", "audit", None, before=before, **search.told())
    query = search.narrow(select(models.AuditEntry)).order_by(models.AuditEntry.id.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(models.AuditEntry.id < min(before, 2**31))
    found = list(db.session.scalars(query))
    shown = found[:PAGE]
    return render_template(
        "admin/audit.html",
        search=search,
        rows=[_row(entry, _units(shown)) for entry in shown],
        acts=sorted(((code, str(word)) for code, word in words.ACTS.items()), key=lambda pair: pair[1]),
        items=[(code, str(word)) for code, word in words.ITEMS.items()],
        next_url=parts.link(before=shown[-1].id) if len(found) > PAGE else None,
        first_url=parts.link(before=None) if before else None,
        export_url=parts.link(before=None).replace("/audit", "/audit/export.csv", 1),
    )


@pages.route("/audit/export.csv")
@parts.enter("auditor")
def export() -> Response:
    """The same entries as a file; the export is recorded before its first byte."""
    search = Search()
    parts.record_read("export", "audit", None, **search.told())
    query = search.narrow(select(models.AuditEntry)).order_by(models.AuditEntry.id).limit(MOST_EXPORTED)
    headings = [gettext(heading) for heading in HEADINGS]
    rows = _all_rows(query)
    answer = Response(_csv(headings, rows), mimetype="text/csv; charset=utf-8")
    name = f"audit-{parts.today():%Y%m%d}.csv"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def _all_rows(query: Select[Any]) -> Iterator[list[str]]:
    """All rows in one reading transaction of its own, a thousand at a time: the request's session ends before."""
    engine, units, zone = db.engine, dict(_all_units()), parts.config().timezone
    translated = words.translated()

    def rows() -> Iterator[list[str]]:
        with Session(engine) as session:
            session.connection(execution_options={"read_only": True})
            for entry in session.scalars(query.execution_options(yield_per=1000)):
                yield _cells(entry, units, zone, translated)

    return rows()


def _csv(headings: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield "\ufeff" + _line(headings)
    for row in rows:
        yield _line(row)


def _line(cells: list[str]) -> str:
    """One line by RFC 4180; a cell that a spreadsheet would take for a formula begins with an apostrophe (OU-02)."""
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerow([f"'{c}" if c.startswith(RISKY) else c for c in cells])
    return made.getvalue()


def _all_units() -> list[tuple[int, str]]:
    return [(row.id, row.name) for row in db.session.execute(select(models.Unit.id, models.Unit.name))]


def _units(entries: list[models.AuditEntry]) -> dict[int, str]:
    ids = {entry.unit_id for entry in entries if entry.unit_id is not None}
    if not ids:
        return {}
    query = select(models.Unit.id, models.Unit.name).where(models.Unit.id.in_(ids))
    return {row.id: row.name for row in db.session.execute(query)}


def _row(entry: models.AuditEntry, units: dict[int, str]) -> dict[str, Any]:
    cells = _cells(entry, units, parts.config().timezone, words.translated())
    return {"ok": entry.ok, **dict(zip(HEADINGS, cells, strict=True))}


def _cells(entry: models.AuditEntry, units: dict[int, str], timezone: str, translated: words.Words) -> list[str]:
    return [
        str(entry.id),
        clock.local(entry.at, timezone).strftime("%Y-%m-%d %H:%M:%S %z"),
        entry.user_name,
        translated.roles.get(entry.role, entry.role),
        units.get(entry.unit_id, str(entry.unit_id)) if entry.unit_id is not None else "",
        entry.address,
        translated.acts.get(entry.act, entry.act),
        translated.items.get(entry.item, entry.item),
        str(entry.item_id) if entry.item_id is not None else "",
        translated.done if entry.ok else translated.failed,
        one_line(entry.details, translated),
        entry.request_id,
    ]


def one_line(details: dict[str, Any], translated: words.Words) -> str:
    """The details as one line of text: `name: old → new; …`. Line ends and control characters cannot forge another."""

    def told(value: Any) -> str:
        if isinstance(value, bool):
            return translated.yes if value else translated.no
        if isinstance(value, list) and len(value) == 2 and not any(isinstance(inner, dict) for inner in value):
            return f"{told(value[0])} → {told(value[1])}"
        if isinstance(value, list):
            return "、".join(told(inner) for inner in value) or "—"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {told(inner)}" for key, inner in value.items()) + "}"
        return "—" if value in (None, "") else str(value)

    line = "; ".join(
        f"{translated.fields.get(key, key)}: {told(value)}" for key, value in details.items() if value is not None
    )
    return "".join(c if c.isprintable() else " " for c in line)[:4000]
