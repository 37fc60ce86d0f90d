"""The own account: who one is here, the last time, the browsers signed in, the language."""

from __future__ import annotations

from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Answer

from rectify import models, records
from rectify.access import sign_in
from rectify.models import db
from rectify.web import parts
from rectify.web.account import pages
from rectify.web.account.entrance import LanguageForm


@pages.route("/account")
@parts.enter(parts.SIGNED_IN)
def show() -> str:
    """What the system knows of the person, and what he can change himself."""
    user, token = _user(), parts.token()
    assert token is not None
    return render_template(
        "account/show.html",
        user=user,
        units=[unit.name for unit in user.units],
        role_word=gettext(parts.ROLE_WORDS[user.role]),
        last=sign_in.last_time(db.session(), user, token),
        sessions=sign_in.sessions_of(db.session(), user.id, parts.now()),
        this=sign_in.token_hash(token),
        language=LanguageForm(locale=user.locale),
        form=parts.Form(),
    )


@pages.route("/account/sessions/<int:session_id>/end", methods=["POST"])
@parts.enter(parts.SIGNED_IN)
def end_session(session_id: int) -> Answer:
    """Signs one of one's own browsers out."""
    who, at = parts.person(), parts.now()
    assert who.user_id is not None
    row = parts.found(db.session.get(models.UserSession, session_id) if session_id < 2**31 else None)
    parts.found(row if row.user_id == who.user_id else None)
    this = row.token_hash == sign_in.token_hash(parts.token() or "")
    if sign_in.end_one(db.session(), who.user_id, session_id, at):
        records.write(db.session(), who, at, "user.end_session", "user", who.user_id, ended=session_id)
    db.session.commit()
    if this:
        session.clear()
        return redirect(url_for("account.sign_in"))
    flash(gettext("已在那台设备上退出登录。"))
    return redirect(url_for("account.show"))


@pages.route("/account/sessions/end-others", methods=["POST"])
@parts.enter(parts.SIGNED_IN)
def end_other_sessions() -> Answer:
    """Signs all one's other browsers out."""
    who, at = parts.person(), parts.now()
    assert who.user_id is not None
    ended = sign_in.end_all(db.session(), who.user_id, at, but=parts.token())
    records.write(db.session(), who, at, "user.end_sessions", "user", who.user_id, ended=ended)
    db.session.commit()
    flash(gettext("已在其他%(count)s处退出登录。", count=ended))
    return redirect(url_for("account.show"))


def _user() -> models.User:
    found = db.session.get(models.User, parts.person().user_id)
    assert found is not None
    return found
