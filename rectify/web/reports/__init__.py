"""The report sentence as it will be printed, and its files. What may be claimed is `rules.sentence`'s."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("reports", __name__)
