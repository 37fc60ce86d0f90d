"""What the components of the templates ask of Python: a verdict's word and icon, icons' outlines, pictures' geometry.

`init_app` makes them known to Jinja. Colours stand in rectify.css, words in rules/verdicts.py.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import flask_bootstrap
from flask import Flask
from flask_babel import get_locale
from markupsafe import Markup

from rectify.rules import verdicts
from rectify.writing import pictures

ICONS = (
    *sorted({look.icon for look in verdicts.LOOKS.values()}),
    "bell",
    "clock-history",
    "exclamation-triangle",
    "hourglass-split",
    "inbox",
    "list",
    "lock",
    "person-circle",
    "search",
)
"""The icons a page may use, beside those of the verdicts."""


@dataclass(frozen=True)
class Shown:
    """A verdict in the language of the page."""

    name: str
    word: str
    icon: str


def english() -> bool:
    """Whether the page at hand is in English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def verdict_look(name: str) -> Shown:
    """How a verdict reads and which icon it has."""
    verdict = verdicts.Verdict(name)
    return Shown(verdict.value, verdicts.word(verdict, english()), verdicts.LOOKS[verdict].icon)


@functools.cache
def icon_symbols() -> Markup:
    """The outlines of ICONS from Bootstrap-Flask's own icon file, as <symbol> elements named i-<icon>."""
    folder = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5" / "icons"
    drawn = (folder / "bootstrap-icons.svg").read_text(encoding="utf-8")
    found = dict(re.findall(r'<symbol [^>]*id="([\w-]+)"[^>]*>(.*?)</symbol>', drawn, re.S))
    return Markup("").join(
        Markup('<symbol id="i-{}" viewBox="0 0 16 16">{}</symbol>').format(name, Markup(found[name].strip()))
        for name in dict.fromkeys(ICONS)
    )


def init_app(app: Flask) -> None:
    """Makes the components' helpers known to the templates."""
    app.jinja_env.globals.update(
        verdict_look=verdict_look,
        icon_symbols=icon_symbols,
        picture_stack=pictures.stack,
        picture_share=pictures.share,
        picture_place=pictures.place,
        picture_anchor=pictures.anchor,
    )
