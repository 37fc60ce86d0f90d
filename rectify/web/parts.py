"""What every page shares: who is there, who may enter, the day in view, CSRF, language, filters, headers, error pages.

No page lives here but /healthz and /readyz.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import secrets
import stat
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

import flask_bootstrap
from flask import Flask, Response, abort, current_app, g, redirect, render_template, request, session, url_for
from flask_babel import Babel, gettext, lazy_gettext
from flask_login import LoginManager, UserMixin, current_user, login_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, CSRFProtect
from markupsafe import Markup
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from wtforms import DateField, Field, HiddenField, PasswordField, StringField
from wtforms.fields.core import UnboundField
from wtforms.validators import Length, Regexp
from wtforms.widgets import TextInput

from rectify import access, clock, models, post, records
from rectify.access import sign_in
from rectify.access.sentences import Refused
from rectify.models import db
from rectify.rules import deadlines, numerals, quantities, ratios, verdicts
from rectify.settings import BadSetting, Settings
from rectify.web import looks

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])

log = logging.getLogger("rectify.web")

ANYONE = "anyone"
SIGNED_IN = "signed_in"
BUSINESS = ("office", "supervisor", "lead", "clerk", "leader")
ROLE_WORDS = {
    "office": "整改办",
    "supervisor": "督导验收",
    "lead": "单位负责人",
    "clerk": "单位填报员",
    "leader": "领导",
    "admin": "系统管理员",
    "auditor": "审计员",
}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=31536000; includeSubDomains"
MAX_UPLOAD = 64 * 1024 * 1024
MAX_FORM_MEMORY = 2 * 1024 * 1024
MAX_FORM_PARTS = 2000
FIRST_DAY = dt.date(deadlines.FIRST_YEAR, 1, 1)
"""Pages count days and years back from the day in view: it lies well within the calendar."""

csrf = CSRFProtect()
babel = Babel()
login = LoginManager()


# -- who may enter ---------------------------------------------------------------------------------------------------


def enter(*roles: str) -> Callable[[View], View]:
    """Who may enter a view: roles, SIGNED_IN or ANYONE. A view that does not say so answers 403 (AC-01)."""
    assert roles and set(roles) <= {ANYONE, SIGNED_IN, *models.ROLES}, roles

    def mark(view: View) -> View:
        view.enter = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def rule_of(endpoint: str | None) -> frozenset[str]:
    """The roles that may enter an endpoint; empty where the view does not say."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "enter", frozenset())


class Guest(UserMixin):
    """A signed-in browser for Flask-Login: its id is the session token, the account behind it is read afresh."""

    def __init__(self, token: str, account: models.User, unread: int = 0) -> None:
        self.token = token
        self.account = account
        self.unread = unread

    def get_id(self) -> str:
        return self.token


def welcome(token: str, account: models.User) -> None:
    """Bind the browser to a session begun by sign-in; whatever it held before is dropped (SE-02)."""
    session.clear()
    login_user(Guest(token, account))


def token() -> str | None:
    """The session token of the browser, None where it is signed out."""
    return current_user.token if current_user.is_authenticated else None


def person() -> access.Person:
    """The person behind the request; only for views that let nobody in unsigned."""
    found = maybe_person()
    assert found is not None, "this view lets people in who are not signed in"
    return found


def maybe_person() -> access.Person | None:
    """The person behind the request, or None."""
    if "person" not in g:
        g.person = None
        if current_user.is_authenticated:
            g.person = access.person_of(
                db.session(), current_user.account, address=request.remote_addr or "", request_id=g.request_id
            )
    found: access.Person | None = g.person
    return found


def _load_guest(raw_token: str) -> Guest | None:
    visit = sign_in.session_user(db.session(), raw_token, now())
    return Guest(raw_token, visit.account, visit.unread) if visit is not None else None


def _guard() -> Any:
    """Before every request: CSRF for changes, the reading transaction, and the rule of the view."""
    g.request_id = secrets.token_hex(8)
    if request.method in ("GET", "HEAD"):
        # A reader begins a deferred transaction, so that it never waits for a writer.
        db.session.connection(execution_options={"read_only": True})
    if request.endpoint is None or request.routing_exception is not None:
        return None
    if request.method not in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(400)
    if any("\x00" in value for value in request.args.values()):
        abort(400)  # no text holds it, and PostgreSQL takes none that does (IN-01)
    if request.endpoint in ("static", "bootstrap.static"):
        return None
    rule = rule_of(request.endpoint)
    if ANYONE in rule:
        return None
    if not current_user.is_authenticated:
        if not rule:
            abort(403)
        return redirect(url_for("account.sign_in", next=here() if request.method == "GET" else None))
    account: models.User = current_user.account
    if not rule or not (SIGNED_IN in rule or account.role in rule):
        maybe_person()
        db.session.rollback()  # a POST holds the write lock by now: the record's own transaction would wait for it
        record_read("denied", "page", None, ok=False, path=request.path[:200], method=request.method)
        abort(403)
    if account.must_change_password and request.endpoint not in ("account.password", "account.sign_out"):
        return redirect(url_for("account.password"))
    sign_in.touch(db.session(), current_user.token, now())
    return None


def here() -> str:
    """The address of this page with its query, local form."""
    query = request.query_string.decode("ascii", "replace")
    return request.path + (f"?{query}" if query else "")


# -- time ------------------------------------------------------------------------------------------------------------


def config() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def now() -> dt.datetime:
    """The instant of this request, the same throughout it."""
    if "now" not in g:
        g.now = clock.now()
    at: dt.datetime = g.now
    return at


def today() -> dt.date:
    """The civil day of this request in the office's zone."""
    return clock.day_of(now(), config().timezone)


def day() -> dt.date:
    """The day in view: `?as_of=2026-06-30`, never later than today nor before any plan; else today."""
    raw = request.args.get("as_of", "")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
        try:
            return min(max(dt.date.fromisoformat(raw), FIRST_DAY), today())
        except ValueError:
            pass
    return today()


# -- small helpers of pages ------------------------------------------------------------------------------------------


def found(thing: T | None) -> T:
    """The thing, or a 404: foreign and missing look the same (AC-03)."""
    if thing is None:
        abort(404)
    return thing


def number(raw: str | None, default: int | None = None) -> int | None:
    """A whole number from a query or form, or the default; never raises (IN-01)."""
    return int(raw) if raw and re.fullmatch(r"[0-9]{1,9}", raw, re.ASCII) else default


def request_id() -> str:
    """The number of this request, in the trail and on error pages."""
    made: str = g.request_id
    return made


def told(refused: Any) -> str:
    """What an act's refusal says, in the language of the page; words among its values (“完成日期”) are looked up too,
    and a refusal among them is told like any other."""

    def said(value: Any) -> Any:
        if isinstance(value, ValueError):
            return told(value)
        return gettext(value) if isinstance(value, str) and value else value

    return str(gettext(refused.sentence, **{name: said(value) for name, value in refused.values.items()}))


def refuse(form: FlaskForm, refused: Refused) -> None:
    """Shows why an act said no, at the field it named; nothing that was typed is lost."""
    sentence = told(refused)
    if refused.field in form:
        form[refused.field].errors = [*form[refused.field].errors, sentence]
    else:
        form.form_errors.append(sentence)


def record_read(act: str, item: str = "", item_id: int | None = None, *, ok: bool = True, **details: Any) -> None:
    """Record an export, a download or a refusal in a transaction of its own, before the first byte (design.md 7)."""
    who = maybe_person() or records.Actor(address=request.remote_addr or "", request_id=g.request_id)
    with Session(db.engine) as own:
        records.write(own, who, now(), act, item, item_id, ok=ok, **details)
        own.commit()


class Form(FlaskForm):
    """A form of ours: CSRF on, every text without NUL, control characters and lone surrogates."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            kind = unbound_field.field_class
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                kwargs = {**unbound_field.kwargs, "filters": [*unbound_field.kwargs.get("filters", ()), clean]}
                unbound_field = UnboundField(kind, *unbound_field.args, **kwargs)
            return unbound_field.bind(form=form, **options)


BAD_DATE = lazy_gettext("请填写日期，例如2026-06-30。")


class Day(DateField):
    """A day; anything else is told by an example."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(str(BAD_DATE)) from None


BAD_QUANTITY = lazy_gettext("请填写不小于0的数，最多三位小数，例如3.5。")


class Quantity(Field):
    """A quantity, to three places; what is none is told by an example, and stays as it was typed."""

    widget = TextInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"render_kw": {"inputmode": "decimal"}, **kwargs})

    def _value(self) -> str:
        if self.raw_data:
            return str(clean(self.raw_data[0]))
        return "" if self.data is None else str(quantities.plain(self.data))

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = clean(valuelist[0]) if valuelist else ""
        self.data = quantities.parse(typed) if typed else None
        if typed and self.data is None:
            raise ValueError(str(BAD_QUANTITY))
        if self.data is not None and self.data > quantities.MOST:
            raise ValueError(gettext("这个数太大，请核对，或换用较大的单位。"))


def clean(value: Any) -> Any:
    """Text without what no page, workbook or database can carry; line ends become LF."""
    if not isinstance(value, str):
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTABLE.sub("", value).strip()


_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class OnceForm(Form):
    """A create form: its key makes one row, however often it is sent (IN-07)."""

    once = HiddenField(validators=[Length(max=64), Regexp(r"^[0-9a-f]*$")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if request.method == "GET" or not self.once.data:
            self.once.data = secrets.token_hex(16)


def made_before(key: str) -> str | None:
    """Where an earlier send of this form led, None where this is the first."""
    query = select(models.OnceKey.location).where(models.OnceKey.user_id == person().user_id, models.OnceKey.key == key)
    return db.session.execute(query).scalar_one_or_none()


def once(key: str, location: str) -> None:
    """Remember in the act's transaction that this form was sent, and where it led.

    Raises IntegrityError where a parallel send of the same form came first: the page answers with that one's place.
    """
    db.session.add(models.OnceKey(key=key, user_id=person().user_id, location=location, at=now()))
    db.session.flush()


def link(**changes: Any) -> str:
    """The address of this page with some query values changed; None removes one."""
    args: dict[str, Any] = {**request.args, **changes}
    kept = {name: value for name, value in args.items() if value not in (None, "")}
    return request.path + (f"?{urlencode(kept)}" if kept else "")


# -- the frame -------------------------------------------------------------------------------------------------------

NAV: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("我的工作", "units.index", ("lead", "clerk")),
    ("整改办工作", "office.index", ("office",)),
    ("台账", "board.rows", BUSINESS),
    ("调度", "office.rounds", ("office", "supervisor", "leader")),
    ("说法不一致", "office.differences", ("office", "supervisor")),
    ("核查认定", "supervision.index", ("supervisor", "office")),
    ("函件", "letters.index", BUSINESS),
    ("领导批示", "instructions.index", BUSINESS),
    ("领导看板", "board.index", BUSINESS),
    ("工作报告", "reports.index", ("office", "leader")),
    ("方案导入", "office.plans", ("office",)),
    ("批次", "office.inspections", ("office",)),
    ("工作日历", "office.calendar", ("office", "admin")),
    ("用户", "admin.users", ("admin",)),
    ("单位", "admin.units", ("admin", "office")),
    ("定时任务", "admin.jobs", ("admin",)),
    ("发件箱", "admin.outbox", ("admin",)),
    ("设置", "admin.settings", ("admin",)),
    ("系统状态", "admin.status", ("admin",)),
    ("审计日志", "admin.audit", ("auditor",)),
)
"""The pages of the frame's left, in the order of the work: do, look up, chase, decide, sum up, keep."""

BY_INSPECTION = frozenset(
    {
        "board.index",
        "board.rows",
        "board.units",
        "board.regions",
        "office.differences",
        "reports.index",
        "reports.release",
    }
)
"""Pages that keep to the inspection in view."""

BY_DAY = BY_INSPECTION | {
    *("units.index", "units.show", "units.issue", "office.inspections", "office.inspection"),
    *("office.rounds", "office.round"),
}
"""Pages that show a past day; every other one is of today, and must not say otherwise."""


class Frame:
    """What the frame around a page shows; made once a page, by `frame` in templates."""

    def __init__(self) -> None:
        self.person = maybe_person() if "request_id" in g else None
        self.unread = current_user.unread if self.person else 0
        self.today = today()
        self.by_day = request.endpoint in BY_DAY
        # A page of neither leads the choice to the board; a page of a day alone offers no inspection to choose.
        self.by_inspection = request.endpoint in BY_INSPECTION or not self.by_day
        self.as_of = day().isoformat() if day() < self.today else ""
        self.day = day() if self.by_day else self.today
        self.today_url = request.script_root + link(as_of=None)
        self.is_past = bool(self.as_of) and self.by_day
        self.demo = bool(current_app.config.get("DEMO"))
        self.locale = locale()
        self.english = self.locale.startswith("en")
        self.role_word = gettext(ROLE_WORDS[self.person.role]) if self.person else ""
        self.inspections = self.person.inspections if self.person else ()
        wanted = number(request.args.get("inspection"))
        self.inspection = next(((i, name) for i, name in self.inspections if i == wanted), None)
        self.nav = self._nav()
        self.wide = False

    def _nav(self) -> list[dict[str, Any]]:
        if self.person is None:
            return []
        waiting = 0
        if self.person.role in access.rows.DECIDES:
            query = select(models.Submission.id).where(access.decides_submissions(self.person, self.today)).limit(1000)
            waiting = len(db.session.scalars(query).all())
        shown = [
            (label, endpoint, url_for(endpoint))
            for label, endpoint, roles in NAV
            if self.person.role in roles and endpoint in current_app.view_functions
        ]
        section = _section([address for _label, _endpoint, address in shown])
        return [
            {
                "label": gettext(label),
                "url": address + self._in_view(endpoint),
                "count": waiting if endpoint == "supervision.index" and waiting else None,
                "active": address == section,
                "here": request.endpoint == endpoint,
            }
            for label, endpoint, address in shown
        ]

    def _in_view(self, endpoint: str) -> str:
        """What another page keeps of what is in view here, the inspection and the day, as the end of its address."""
        kept: dict[str, Any] = {}
        if self.inspection and endpoint in BY_INSPECTION:
            kept["inspection"] = self.inspection[0]
        if self.as_of and endpoint in BY_DAY:
            kept["as_of"] = self.as_of
        return f"?{urlencode(kept)}" if kept else ""


def _section(addresses: list[str]) -> str:
    """The page of the navigation under which this one stands; an issue or a measure stands under the ledger."""
    path = request.script_root + request.path
    if request.endpoint in ("units.show", "units.issue"):
        path = url_for("board.rows")
    above = [address for address in addresses if path == address or path.startswith(f"{address}/")]
    return max(above, key=len, default="")


def frame() -> Frame:
    if "frame" not in g:
        g.frame = Frame()
    made: Frame = g.frame
    return made


LOCALES = ("zh_Hans_CN", "en")


def locale() -> str:
    """The language of this page: the account's, else what the visitor chose (cookie `lang`), else Chinese."""
    who = maybe_person() if "request_id" in g else None
    if who is not None:
        return who.locale if who.locale in LOCALES else LOCALES[0]
    chosen = request.cookies.get("lang", "")
    return chosen if chosen in LOCALES else LOCALES[0]


# -- filters ---------------------------------------------------------------------------------------------------------


def show_date(value: dt.date | str | None) -> str:
    """2026-06-30, as in tables; a dash where there is none."""
    return "—" if not value else value if isinstance(value, str) else value.isoformat()


def show_date_words(value: dt.date | str | None) -> str:
    """2026年6月30日, as in sentences; 30 June 2026 in English."""
    if not value:
        return "—"
    day_ = dt.date.fromisoformat(value) if isinstance(value, str) else value
    if locale().startswith("en"):
        return f"{day_.day} {day_:%B} {day_.year}"
    return gettext("%(year)s年%(month)s月%(day)s日", year=day_.year, month=day_.month, day=day_.day)


def show_instant(value: dt.datetime | None) -> str:
    """2026-06-30 14:05 on the office's wall clock; a dash where there is none."""
    return "—" if value is None else clock.local(value, config().timezone).strftime("%Y-%m-%d %H:%M")


def show_why(pair: tuple[str, dict[str, Any]]) -> str:
    """The sentence of `schedule.why` in the language of the page."""
    code, values = pair
    return verdicts.explain(code, values, frame().english)


def show_verdict_word(value: str) -> str:
    """A verdict's word in the language of the page."""
    return verdicts.word(value, frame().english)


def show_count(value: int | None) -> str:
    """A whole number with its thousands apart; a dash where there is none."""
    return "—" if value is None else f"{value:,}"


def show_lines(value: str | None) -> Markup:
    """A text with its line breaks, escaped."""
    return Markup("<br>").join((value or "").split("\n"))


# -- errors and headers ----------------------------------------------------------------------------------------------


def _error_page(code: int) -> tuple[str, int]:
    return render_template(f"errors/{code}.html", request_id=g.get("request_id", "")), code


PAGES_FOR = (400, 403, 404, 405, 409, 413, 429, 503)


def _on_http(error: HTTPException) -> Any:
    if isinstance(error, SecurityError):
        # A host that is not ours: no address can be built for it, so the answer is a page that needs nothing.
        return Response("请求的主机名不在允许的范围内。\n", 400, mimetype="text/plain")
    code = error.code or 500
    if error.response is not None or code < 400:
        return error.get_response()
    db.session.rollback()
    known = code if code in PAGES_FOR else 400 if code < 500 else 500
    body, _ = _error_page(known)
    response = current_app.make_response((body, code))
    allowed = error.get_headers(None)
    for name, value in allowed:
        if name == "Allow":
            response.headers["Allow"] = value
    return response


def _on_busy(error: Exception) -> Any:
    """The database is locked, gone or its pool used up: say so plainly, promise nothing (DD-04)."""
    log.error("database trouble in request %s: %s", g.get("request_id", ""), type(error).__name__)
    db.session.rollback()
    return render_template("errors/503.html", request_id=g.get("request_id", "")), 503


def _on_stale(_error: Exception) -> Any:
    db.session.rollback()
    return _error_page(409)


def _on_twice(error: IntegrityError) -> Any:
    """Two sends of one create form at once: the second finds where the first led (F34)."""
    db.session.rollback()
    if request.method == "POST" and "once_key" in str(error.orig):
        led = made_before(request.form.get("once", "")[:64])
        if led:
            return redirect(led)
    log.exception("integrity error in request %s", g.get("request_id", ""), exc_info=error)
    return render_template("errors/500.html", request_id=g.get("request_id", "")), 500


def _on_error(error: Exception) -> Any:
    log.exception("error in request %s", g.get("request_id", ""), exc_info=error)
    db.session.rollback()
    return render_template("errors/500.html", request_id=g.get("request_id", "")), 500


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if config().is_https:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if request.endpoint not in ("static", "bootstrap.static"):
        response.headers["Cache-Control"] = "no-store"  # downloads too, whatever they say themselves
    response.headers.pop("Server", None)
    return response


# -- health ----------------------------------------------------------------------------------------------------------


@enter(ANYONE)
def healthz() -> tuple[str, int, dict[str, str]]:
    """Alive."""
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


@enter(ANYONE)
def readyz() -> tuple[dict[str, str], int]:
    """Which of database, disk, scheduler, outbox is old; words only, no numbers for strangers (OPS-06)."""
    state = {"database": "ok", "disk": "ok", "scheduler": "ok", "outbox": "ok"}
    at = now()
    try:
        db.session.execute(text("SELECT 1"))
        beat = db.session.execute(select(models.Lease.until_at)).scalars().first()
        ran = db.session.execute(
            select(models.JobRun.ended_at)
            .where(models.JobRun.job == "judge", models.JobRun.ok.is_(True))
            .order_by(models.JobRun.began_at.desc())
            .limit(1)
        ).scalar_one_or_none()
        if beat is None or beat < at - dt.timedelta(minutes=5) or ran is None or ran < at - dt.timedelta(hours=26):
            state["scheduler"] = "old"
        if post.late(db.session(), at, config().timezone) is not None:
            state["outbox"] = "old"
    except (OperationalError, PoolTimeout):
        db.session.rollback()
        state["database"] = "down"
    try:
        probe = config().data_dir / ".probe"
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError:
        state["disk"] = "full or read-only"
    return state, 200 if set(state.values()) == {"ok"} else 503


# -- wiring ----------------------------------------------------------------------------------------------------------


def secret_key(settings: Settings) -> str:
    """The installation's own key, made at the first start with mode 0600 (SE-09)."""
    path = settings.data_dir / "secret.key"
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        fresh = path.with_name(f"secret.key.{secrets.token_hex(4)}")
        fresh.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        fresh.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            path.hardlink_to(fresh)  # whoever comes first wins; never half written
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 32:
        raise BadSetting("数据文件夹中的 secret.key 过短，请删除该文件后重新启动，系统会生成新的密钥。")
    return key


def init_app(app: Flask, settings: Settings) -> None:
    """Wire the parts into the application."""
    logging.raiseExceptions = False  # a full log disk must not print request data to stderr (AD-06)
    secure = settings.is_https
    app.config.update(
        SECRET_KEY=secret_key(settings),
        SESSION_COOKIE_NAME="__Host-rectify" if secure else "rectify",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        MAX_CONTENT_LENGTH=MAX_UPLOAD,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_MEMORY,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        TRUSTED_HOSTS=trusted_hosts(settings),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        BOOTSTRAP_SERVE_LOCAL=True,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE=settings.timezone,
        BABEL_TRANSLATION_DIRECTORIES=str(app.root_path) + "/translations",
        SEND_FILE_MAX_AGE_DEFAULT=86400,
        DEMO=(settings.data_dir / "demo").exists(),
    )
    app.before_request(_guard)
    flask_bootstrap.Bootstrap5(app)
    csrf.init_app(app)
    babel.init_app(app, locale_selector=locale)
    login.init_app(app)
    login.session_protection = None
    login.user_loader(_load_guest)
    app.after_request(_finish)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(CSRFError, lambda error: _on_http(error))
    for trouble in (OperationalError, PoolTimeout):
        app.register_error_handler(trouble, _on_busy)
    app.register_error_handler(StaleDataError, _on_stale)
    app.register_error_handler(IntegrityError, _on_twice)
    app.register_error_handler(Exception, _on_error)
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.jinja_env.filters.update(
        date=show_date,
        date_words=show_date_words,
        percent=ratios.percent,
        instant=show_instant,
        why=show_why,
        verdict_word=show_verdict_word,
        count=show_count,
        quantity=quantities.text,
        lines=show_lines,
    )
    app.jinja_env.globals.update(cite=numerals.cite, link=link, looks=verdicts.LOOKS)
    looks.init_app(app)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"frame": frame()})
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def trusted_hosts(settings: Settings) -> list[str]:
    """Hosts that a request may name: those set, the public address's, and loopback (IN-06)."""
    public = re.sub(r"^https?://", "", settings.base_url).split("/")[0].rsplit(":", 1)[0]
    return sorted({*settings.trusted_hosts, public, "127.0.0.1", "localhost", "[::1]"})
