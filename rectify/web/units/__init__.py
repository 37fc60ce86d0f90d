"""Pages of the units: my work, a measure, an issue, reporting, submitting, evidence."""

from flask import Blueprint

pages = Blueprint("units", __name__)
