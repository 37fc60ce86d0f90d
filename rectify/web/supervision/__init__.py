"""Pages of those who decide: the queue and a submission."""

from flask import Blueprint

pages = Blueprint("supervision", __name__)
