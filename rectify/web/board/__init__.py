"""The leaders' board and the ledger behind every figure. Reads only; how figures are counted is `figures`'."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("board", __name__)
