"""Pages of this audience."""

from flask import Blueprint

pages = Blueprint("admin", __name__)
