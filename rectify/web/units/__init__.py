"""Pages of this audience."""

from flask import Blueprint

pages = Blueprint("units", __name__)
