"""What the outside tries: headers and cookies, forged requests, hosts, odd input, floods of sign-ins.

Rights are test_matrix's. Here CSRF is on, as in use.
"""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectify import models
from rectify.factory import create_app
from rectify.web import parts
from tests.conftest import PASSWORD, Cast, settings_for

Client = Callable[..., FlaskClient]
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OF_THE_ANSWER = {
    "Accept-Ranges",
    "Allow",
    "Cache-Control",
    "Content-Disposition",
    "Content-Length",
    "Content-Type",
    "Date",
    "ETag",
    "Expires",
    "Last-Modified",
    "Location",
    "Retry-After",
    "Set-Cookie",
    "Vary",
}


@pytest.fixture
def guarded(app: Flask) -> Flask:
    """The application with CSRF on."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


# --- headers and cookies ---


@pytest.mark.parametrize(
    ("who", "method", "path", "code"),
    [
        (None, "GET", "/login", 200),
        (None, "GET", "/account", 302),
        (None, "GET", "/nothing", 404),
        (None, "GET", "/healthz", 200),
        (None, "GET", "/static/rectify.css", 200),
        (None, "PUT", "/login", 405),
        (None, "GET", "/reset/x", 404),
        ("admin", "GET", "/admin/users", 200),
        ("admin", "GET", "/admin/units/template.xlsx", 200),
        ("admin", "GET", "/board", 403),
        ("auditor", "GET", "/audit/export.csv", 200),
        ("unit_a", "GET", "/account", 200),
        ("unit_a", "GET", "/measures/1", 404),
    ],
)
def test_every_answer_carries_exactly_these_headers(
    guarded: Flask, client: Client, who: str | None, method: str, path: str, code: int
) -> None:
    answer = client(who).open(path, method=method)
    answer.close()

    assert answer.status_code == code
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert set(answer.headers.keys()) <= set(HEADERS) | OF_THE_ANSWER


def test_an_error_of_ours_carries_them_too_and_tells_nothing_of_the_inside(guarded: Flask, client: Client) -> None:
    @guarded.route("/broken")
    @parts.enter(parts.ANYONE)
    def broken() -> str:
        raise RuntimeError("geheim")

    answer = client().get("/broken")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 500 and "geheim" not in page and "Traceback" not in page
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("path", ["/account", "/admin/users", "/nothing", "/login", "/admin/units/template.xlsx"])
def test_nothing_behind_the_door_is_stored(client: Client, path: str) -> None:
    assert "no-store" in client("admin").get(path).headers["Cache-Control"]


def cookies(answer: object) -> list[str]:
    return answer.headers.getlist("Set-Cookie")  # type: ignore[attr-defined,no-any-return]


def test_the_cookie_is_hidden_from_scripts_and_other_sites(app: Flask, client: Client) -> None:
    (cookie,) = cookies(client().post("/login", data={"name": "unit_a", "password": PASSWORD}))

    parts_ = {part.strip().split("=")[0] for part in cookie.split(";")}
    assert parts_ == {"rectify", "HttpOnly", "Path", "SameSite"}
    assert "SameSite=Lax" in cookie and "Path=/" in cookie


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(database_url: str, tmp_path: object) -> None:
    config = dataclasses.replace(settings_for(tmp_path, database_url), base_url="https://zgb.example.cn")  # type: ignore[arg-type]
    app = create_app(config)
    app.config["WTF_CSRF_ENABLED"] = False

    answer = app.test_client().post(
        "/login", data={"name": "unit_a", "password": PASSWORD}, base_url="https://zgb.example.cn"
    )
    choice = app.test_client().post("/language", data={"locale": "en"}, base_url="https://zgb.example.cn")
    with app.app_context():
        models.db.session.remove()
        models.db.engine.dispose()

    (cookie,), (language,) = cookies(answer), cookies(choice)
    assert cookie.startswith("__Host-rectify=") and "Secure" in cookie and "Domain" not in cookie
    assert "Secure" in language and "HttpOnly" in language
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


# --- forged requests ---


def test_every_change_without_its_token_is_refused(guarded: Flask, client: Client, cast: Cast) -> None:
    """Over all routes: 400 for whoever may enter, before anything is looked at."""
    tried, wrong = 0, []
    browsers = {role: client(name) for name, role in [("admin", "admin"), ("office", "office"), ("unit_a", "clerk")]}
    browsers |= {"supervisor": client("supervisor"), "anyone": client(), "signed_in": browsers["clerk"]}
    for rule in guarded.url_map.iter_rules():
        if "POST" not in (rule.methods or ()):
            continue
        allowed = getattr(guarded.view_functions[rule.endpoint], "enter", frozenset())
        role = next(role for role in browsers if role in allowed)
        with guarded.test_request_context():
            path = guarded.url_for(rule.endpoint, **dict.fromkeys(rule.arguments, 1))
        tried += 1
        answer = browsers[role].post(path, data={"csrf_token": "forged"})
        if answer.status_code != 400:
            wrong.append((rule.endpoint, answer.status_code))

    assert wrong == []
    assert tried > 40


def test_a_token_of_another_session_is_refused(guarded: Flask, client: Client) -> None:
    mine, other = client("unit_a"), client("unit_b")
    foreign = token_in(other.get("/account").get_data(as_text=True))
    own = token_in(mine.get("/account").get_data(as_text=True))

    assert mine.post("/language", data={"locale": "en", "csrf_token": foreign}).status_code == 400
    assert mine.post("/language", data={"locale": "en", "csrf_token": own}).status_code == 302


def test_signing_in_needs_the_token_too(guarded: Flask, client: Client) -> None:
    browser = client()
    fields = {"name": "unit_a", "password": PASSWORD}
    assert browser.post("/login", data=fields).status_code == 400

    token = token_in(browser.get("/login").get_data(as_text=True))

    assert browser.post("/login", data={**fields, "csrf_token": token}).status_code == 302


def test_a_request_that_a_browser_says_comes_from_another_site_is_refused(guarded: Flask, client: Client) -> None:
    browser = client("unit_a")
    token = token_in(browser.get("/account").get_data(as_text=True))

    answer = browser.post(
        "/language", data={"locale": "en", "csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 400


def test_what_only_changes_answers_405_to_a_reader(guarded: Flask, client: Client) -> None:
    wrong, tried = [], 0
    for rule in guarded.url_map.iter_rules():
        methods = rule.methods or set()
        if "POST" not in methods or "GET" in methods:
            continue
        with guarded.test_request_context():
            path = guarded.url_for(rule.endpoint, **dict.fromkeys(rule.arguments, 1))
        answer = client("admin").get(path)
        tried += 1
        if answer.status_code != 405 or "POST" not in answer.headers.get("Allow", ""):
            wrong.append((rule.endpoint, answer.status_code))

    assert wrong == []
    assert tried > 8


# --- hosts and proxies ---


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("localhost", 200),
        ("127.0.0.1:8000", 200),
        ("evil.example", 400),
        ("localhost.evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("evil.example:80", 400),
        ("localhost@evil.example", 400),
    ],
)
def test_only_known_hosts_are_answered(guarded: Flask, client: Client, host: str, code: int) -> None:
    assert client().get("/login", headers={"Host": host}).status_code == code


def test_headers_of_a_proxy_that_was_not_set_up_are_ignored(client: Client, session: Session) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}

    answer = client().post("/login", data={"name": "unit_a", "password": "wrong"}, headers=forged)

    assert answer.status_code == 200 and "evil.example" not in answer.get_data(as_text=True)
    assert session.scalars(select(models.SignInAttempt.address)).all() == ["127.0.0.1"]


# --- odd input ---

ODD = [
    *("\x00", "a\x00b", "\ud800", "①", "٣", "\u202eabc", "\x1b[31m", "=1+1", "'; DROP TABLE user; --", "%00", "%", "_"),
    *("<script>alert(1)</script>", "{{7*7}}", "x" * 70_000, "汉" * 30_000),
    *("-1", "1e9", "NaN", str(2**63), str(2**64)),
]
FORMS = [
    (None, "/login", ("name", "password", "next")),
    (None, "/reset", ("name",)),
    (None, "/reset/x", ("password", "repeat")),
    (None, "/language", ("locale", "next")),
    ("unit_a", "/account/password", ("old", "password", "repeat")),
    ("admin", "/admin/users/new", ("name", "full_name", "role", "units", "email", "once")),
    ("admin", "/admin/units/new", ("name", "parent", "region", "aliases", "sort", "is_office", "once")),
    ("admin", "/admin/regions", ("name", "sort", "once")),
    ("admin", "/admin/settings", ("password_preset", "password_change_days", "idle_minutes", "sessions_each")),
]


@pytest.mark.parametrize(("who", "path", "fields"), FORMS)
def test_no_text_in_a_form_breaks_a_page(client: Client, who: str | None, path: str, fields: tuple[str, ...]) -> None:
    browser, wrong = client(who), []
    for odd in ODD:
        encoded = odd.encode("utf-8", "surrogatepass")
        body = b"&".join(name.encode() + b"=" + _quoted(encoded) for name in fields)
        answer = browser.post(path, data=body, content_type="application/x-www-form-urlencoded")
        if answer.status_code >= 500 or "<script>alert" in answer.get_data(as_text=True):
            wrong.append((odd[:20], answer.status_code))

    assert wrong == []


def _quoted(raw: bytes) -> bytes:
    return "".join(f"%{byte:02X}" for byte in raw).encode()


QUERIES = [
    ("admin", "/admin/users", ("q", "role", "after")),
    ("admin", "/admin/units", ("q",)),
    ("auditor", "/audit", ("person", "act", "item", "item_id", "since", "until", "before", "ok")),
    ("auditor", "/audit/export.csv", ("person", "item_id", "since")),
    ("office", "/ledger", ("q", "figure", "counted", "unit", "region", "inspection", "as_of", "after")),
    ("office", "/board", ("inspection", "as_of")),
    ("unit_a", "/my", ("inspection", "as_of", "q")),
    (None, "/login", ("next",)),
]


@pytest.mark.parametrize(("who", "path", "names"), QUERIES)
def test_no_text_in_an_address_breaks_a_page(
    client: Client, who: str | None, path: str, names: tuple[str, ...]
) -> None:
    browser, wrong = client(who), []
    for odd in ODD:
        raw = _quoted(odd[:2000].encode("utf-8", "surrogatepass")).decode()
        answer = browser.get(path + "?" + "&".join(f"{name}={raw}" for name in names))
        if answer.status_code >= 500 or "<script>alert" in answer.get_data(as_text=True):
            wrong.append((odd[:20], answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("query", [f"after=2026-01-01_{n}" for n in (2**63, -(2**64), "9" * 40, "①", "")])
@pytest.mark.parametrize("counted", ["measures", "issues"])
def test_a_place_in_a_list_that_no_database_can_hold_is_the_list_s_beginning(
    client: Client, query: str, counted: str
) -> None:
    assert client("office").get(f"/ledger?counted={counted}&{query}").status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "0001-12-31", "1582-10-10", "9999-12-31"])
@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("unit_a", "/my"),
        ("unit_a", "/board"),
        ("leader", "/board"),
        ("leader", "/board/units"),
        ("leader", "/board/regions"),
        ("leader", "/reports"),
        ("office", "/ledger"),
        ("office", "/office"),
        ("supervisor", "/queue"),
    ],
)
def test_a_day_at_the_ends_of_the_calendar_breaks_no_page(client: Client, who: str, path: str, day: str) -> None:
    assert client(who).get(f"{path}?as_of={day}").status_code == 200


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%C3%28", "%00", "%FF", "①", str(2**64), "../../etc/passwd", "%2e%2e%2f"])
@pytest.mark.parametrize("path", ["/admin/users/{}", "/admin/units/{}", "/measures/{}", "/evidence/{}", "/{}"])
def test_no_path_breaks_a_page(client: Client, path: str, raw: str) -> None:
    for who in ("admin", "office"):
        assert client(who).get(path.format(raw)).status_code in (403, 404)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"name": "unit_a", "password": "x"}'),
        ("application/json", b"{"),
        ("text/xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=name\r\n\r\nunit_a"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=\x00&name&&=&name=a&name=b"),
        ("", b""),
    ],
)
def test_no_kind_of_body_breaks_a_page(client: Client, content_type: str, body: bytes) -> None:
    assert client().post("/login", data=body, content_type=content_type).status_code in (200, 400)


def test_a_body_beyond_the_limit_is_cut_off(app: Flask, client: Client) -> None:
    app.config.update(MAX_CONTENT_LENGTH=10_000, MAX_FORM_PARTS=50)

    large = client().post("/login", data={"name": "x" * 20_000})
    many = client().post(
        "/login", data={f"n{number}": b"x" for number in range(100)}, content_type="multipart/form-data"
    )

    assert (large.status_code, many.status_code) == (413, 413)


# --- floods ---


def test_twelve_wrong_sign_ins_at_once_are_counted_exactly_and_lock_the_name(
    app: Flask, client: Client, session: Session
) -> None:
    """F36: the pages of as many workers, the count in the database."""
    start, codes = threading.Barrier(12), []

    def try_once(number: int) -> None:
        browser = app.test_client()
        start.wait()
        spelling = ("unit_a", "UNIT_A", "unit_a ", "ｕnit_a")[number % 4]
        codes.append(browser.post("/login", data={"name": spelling, "password": "wrong"}).status_code)

    threads = [threading.Thread(target=try_once, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert codes == [200] * 12
    kinds = session.execute(select(models.SignInAttempt.kind, func.count()).group_by(models.SignInAttempt.kind))
    assert {kind: count for kind, count in kinds} == {"sign_in": 5, "locked": 7}
    why = [entry.details["why"] for entry in session.scalars(select(models.AuditEntry))]
    assert sorted(why) == ["locked"] * 7 + ["wrong"] * 5
    session.rollback()
    assert client().post("/login", data={"name": "unit_a", "password": PASSWORD}).status_code == 200


def test_an_unknown_name_and_a_wrong_password_take_the_same_work(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by the clock: by what is hashed. Each answer verifies one hash made with the same parameters."""
    from rectify.access import passwords

    looked_at: list[str] = []
    honest = passwords.verify
    monkeypatch.setattr(passwords, "verify", lambda stored, typed: looked_at.append(stored) or honest(stored, typed))
    for name in ("unit_a", "nobody", ""):
        app.test_client().post("/login", data={"name": name, "password": "wrong"})

    assert len(looked_at) == 2  # an empty name is asked for again
    assert len({stored.rsplit("$", 2)[0] for stored in looked_at}) == 1


def test_no_secret_of_a_session_is_shown_or_recorded(client: Client, session: Session) -> None:
    browser = client()
    browser.post("/login", data={"name": "unit_a", "password": PASSWORD})
    with browser.session_transaction() as cookie:
        token = cookie["_user_id"]

    seen = browser.get("/account").get_data(as_text=True)
    seen += repr([vars(row) for row in session.scalars(select(models.AuditEntry))])
    seen += repr([vars(row) for row in session.scalars(select(models.UserSession))])

    assert token not in seen and PASSWORD not in seen
