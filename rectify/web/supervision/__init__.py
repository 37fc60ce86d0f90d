"""Pages of this audience."""

from flask import Blueprint

pages = Blueprint("supervision", __name__)
