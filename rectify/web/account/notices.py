"""One's own notices: what happened to what one sent, what waits for oneself, what is new; and which of it was read."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Answer

from rectify import inbox
from rectify.models import db
from rectify.web import parts
from rectify.web.account import pages
from rectify.web.units import words

PAGE = 50


@dataclass(frozen=True)
class Row:
    """A notice in the language of its reader."""

    told: inbox.Told
    heading: str
    sentence: str


@pages.route("/notices")
@parts.enter(parts.SIGNED_IN)
def notices() -> str:
    """Newest first; what was not read is marked."""
    before = parts.number(request.args.get("before"))
    found = inbox.listed(db.session(), parts.person(), parts.today(), limit=PAGE + 1, before=before)
    rows = [Row(told, gettext(told.kind.heading), _sentence(told)) for told in found[:PAGE]]
    return render_template(
        "account/notices.html",
        rows=rows,
        next_before=rows[-1].told.id if len(found) > PAGE else None,
        newest=rows[0].told.id if rows else 0,
        form=parts.Form(),
    )


@pages.route("/notices/<int:notice_id>/open", methods=["POST"])
@parts.enter(parts.SIGNED_IN)
def open_notice(notice_id: int) -> Answer:
    """Marks a notice as read and leads to what it is about, where that is still his to see."""
    parts.found(notice_id if notice_id < 2**31 - 1 else None)
    told = inbox.listed(db.session(), parts.person(), parts.today(), limit=1, before=notice_id + 1)
    one = parts.found(next((row for row in told if row.id == notice_id), None))
    inbox.read(db.session(), _me(), parts.now(), notice_id=one.id)
    db.session.commit()
    return redirect(request.script_root + one.path if one.path else url_for("account.notices"))


@pages.route("/notices/read", methods=["POST"])
@parts.enter(parts.SIGNED_IN)
def read_notices() -> Answer:
    """Marks as read one notice (`notice`), or all up to the newest that stood on the page (`newest`)."""
    one, newest = parts.number(request.form.get("notice")), parts.number(request.form.get("newest"), 0) or 0
    count = inbox.read(db.session(), _me(), parts.now(), notice_id=one, up_to=newest)
    db.session.commit()
    if one is None:
        flash(gettext("已将%(count)s条通知标为已读。", count=count))
    return redirect(url_for("account.notices", before=parts.number(request.form.get("before"))))


def _sentence(told: inbox.Told) -> str:
    """What a notice says: days in words, parts and claims in the page's language, all else as it was written."""
    values = {}
    for name, value in told.values.items():
        if name.endswith("_on"):
            value = parts.show_date_words(value)
        elif name == "claim":
            value = words.CLAIMS.get(value, value)
        elif name == "part":
            value = words.UNIT_ROLES.get(value, value)
        values[name] = value
    return gettext(told.kind.sentence, **values)


def _me() -> int:
    found = parts.person().user_id
    assert found is not None
    return found
