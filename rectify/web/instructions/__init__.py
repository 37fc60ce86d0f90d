"""Leaders' instructions (批示): the list, giving one, what its units answered."""

from flask import Blueprint

pages = Blueprint("instructions", __name__)

from rectify.web.instructions import answer, show  # noqa: E402, F401
