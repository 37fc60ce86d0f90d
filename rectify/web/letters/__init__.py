"""Letters (函件): the list, writing and issuing one, what its units did, and the templates."""

from flask import Blueprint

pages = Blueprint("letters", __name__)

from rectify.web.letters import answer, draft, index, show, templates, unit  # noqa: E402, F401
