"""The look: verdicts readable for everyone, stylesheet and rules of one mind, nothing inline, faults that look it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template, render_template_string
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from rectify.rules import verdicts
from rectify.rules.verdicts import Verdict
from rectify.web import looks, parts
from tests import factories

ROOT = Path(__file__).parents[2]
CSS = (ROOT / "rectify" / "static" / "rectify.css").read_text(encoding="utf-8")
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if path.parent.name != "mail")

Client = Callable[..., FlaskClient]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it, of #rrggbb."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_passes_wcag_aa_on_its_ground(verdict: Verdict) -> None:
    look = verdicts.LOOKS[verdict]

    assert contrast(look.ink, look.ground) >= 4.5
    assert contrast(look.ink, "#ffffff") >= 4.5


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_stylesheet_holds_exactly_the_colours_of_the_rules(verdict: Verdict) -> None:
    look = verdicts.LOOKS[verdict]

    assert f".v-{verdict.value} {{ color: {look.ink}; background: {look.ground}; }}" in CSS
    assert re.search(rf"\.f-{verdict.value} {{ fill: ({look.ink}|{look.ground})", CSS)


def test_the_stylesheet_knows_no_verdict_but_those_of_the_rules() -> None:
    assert set(re.findall(r"\.v-(\w+) {", CSS)) == {verdict.value for verdict in Verdict}


@pytest.mark.parametrize(
    ("ink", "ground"),
    [("#1a4f8b", "#ffffff"), ("#1a4f8b", "#e8eff7"), ("#59636e", "#ffffff"), ("#59636e", "#f5f7f9"),
     ("#1f2328", "#fbf1d9"), ("#59636e", "#fbf1d9"), ("#ffffff", "#33414f"), ("#44505c", "#f5f7f9")],
)  # fmt: skip
def test_the_other_colours_pass_wcag_aa_too(ink: str, ground: str) -> None:
    assert all(colour in CSS or colour == "#ffffff" for colour in (ink, ground))
    assert contrast(ink, ground) >= 4.5


def test_red_belongs_to_overdue_alone() -> None:
    lines = [line for line in CSS.splitlines() if "#a40e26" in line]

    assert len(lines) == 4
    assert all("overdue" in line or ".over" in line or "--bs-danger" in line for line in lines)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_holds_style_or_script_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle\s*=|<style|\son\w+\s*=\s*[\"']|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


def test_every_icon_that_a_template_names_is_drawn() -> None:
    named = {
        name
        for path in TEMPLATES
        for call in re.findall(r"\bicon\(([^)]*)\)", path.read_text(encoding="utf-8"))
        for name in re.findall(r"[\"']([a-z0-9-]+)[\"']", call)
        if name not in ("error", "warning")
    }
    symbols = BeautifulSoup(str(looks.icon_symbols()), "html.parser").find_all("symbol")

    assert named | {look.icon for look in verdicts.LOOKS.values()} <= {s["id"].removeprefix("i-") for s in symbols}
    assert all(symbol.find("path") for symbol in symbols)


@pytest.mark.parametrize("name", list(Verdict))
def test_a_verdict_shows_word_icon_colour_and_why(app: Flask, name: Verdict) -> None:
    source = (
        '{% from "components/verdict.html" import verdict %}'
        "{{ verdict(name, why='应于2026-06-30完成的“甲”未完成。', pending=True) }}"
    )
    with app.test_request_context():
        html = BeautifulSoup(render_template_string(source, name=name.value), "html.parser")

    shown = html.select_one(f"details summary.verdict.v-{name.value}")
    assert shown.select_one("use")["href"] == f"#i-{verdicts.LOOKS[name].icon}"
    assert shown.get_text(strip=True) == verdicts.word(name)
    assert html.select_one(".why").text == "应于2026-06-30完成的“甲”未完成。"
    assert html.select_one(".mark").text == "待认定"


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 413, 429, 503])
def test_each_fault_has_a_page_that_says_what_to_do_and_never_looks_like_an_empty_list(app: Flask, code: int) -> None:
    """R42."""
    with app.test_request_context():
        app.preprocess_request()
        html = BeautifulSoup(render_template(f"errors/{code}.html"), "html.parser")

    state = html.select_one(".state-forbidden" if code == 403 else ".state-failed")
    assert len(state.get_text(strip=True)) > 10
    assert html.select(".state-empty") == []
    assert html.h1.text


def test_the_page_of_our_own_fault_needs_nothing(app: Flask) -> None:
    source = (ROOT / "templates" / "errors" / "500.html").read_text(encoding="utf-8")

    assert "{%" not in source
    assert re.findall(r"{{(.*?)}}", source) == [" request_id "]


def test_the_frame_has_skip_link_navigation_person_and_sign_out(client: Client) -> None:
    page = BeautifulSoup(client("office").get("/board").text, "html.parser")

    assert page.select_one("a.skip-link")["href"] == "#main" and page.select_one("main#main")
    assert page.select_one("nav.side a[aria-current=page]").get_text(strip=True) == "领导看板"
    assert page.select_one("details.menu form[method=post] input[name=csrf_token]")
    assert len(page.select("h1")) == 1
    assert page.select_one("html")["lang"] == "zh-Hans-CN"


def test_a_page_names_its_day_and_who_prints_it(client: Client) -> None:
    page = BeautifulSoup(client("leader").get("/board?as_of=2026-06-01").text, "html.parser")

    assert page.select_one(".print-only").get_text(strip=True) == "截至2026年6月1日 · 打印人：leader"
    assert "past" in page.body["class"]
    assert "2026年6月1日" in page.select_one(".past-note").text


def test_a_form_leads_from_its_summary_to_each_field(app: Flask) -> None:
    class Asked(parts.Form):
        name = parts.StringField(
            "单位名称", description="与方案一致", validators=[parts.Length(min=2, message="太短。")]
        )

    source = '{% from "components/forms.html" import errors, field %}{{ errors(form) }}{{ field(form.name) }}'
    with app.test_request_context(method="POST", data={"name": "甲"}):
        app.preprocess_request()
        form = Asked()
        form.validate()
        html = BeautifulSoup(render_template_string(source, form=form), "html.parser")

    assert html.select_one("[role=alert] a[href='#name']").text == "单位名称：太短。"
    field = html.select_one("input#name")
    assert field["aria-invalid"] == "true" and field["value"] == "甲"
    described = [html.select_one(f"#{id_}").get_text(strip=True) for id_ in field["aria-describedby"].split()]
    assert described == ["与方案一致", "太短。"]


def test_the_navigation_keeps_the_day_in_view_and_marks_the_section_of_a_page(client: Client) -> None:
    page = BeautifulSoup(client("office").get("/board/units?as_of=2026-03-01").data, "html.parser")
    links = {link.get_text(strip=True): link for link in page.select("nav.side a")}

    assert links["台账"]["href"] == "/ledger?as_of=2026-03-01" and links["方案导入"]["href"] == "/plans"
    assert links["调度"]["href"] == "/rounds?as_of=2026-03-01"
    assert links["领导看板"]["aria-current"] == "true" and not links["台账"].has_attr("aria-current")


def test_a_page_of_today_never_says_that_it_shows_a_past_day(client: Client, session: Session) -> None:
    factories.make_inspection(session)
    session.commit()

    page = BeautifulSoup(client("office").get("/plans?as_of=2026-03-01").data, "html.parser")

    assert not page.select(".past-note") and "past" not in page.body["class"]
    assert page.select_one("form.in-view")["action"] == "/board"
