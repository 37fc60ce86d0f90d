"""Pages of the units: my work, a measure, an issue, reporting, submitting, evidence."""

from flask import Blueprint

pages = Blueprint("units", __name__)

from rectify.web.units import evidence, index, issue, report, show  # noqa: E402, F401
