"""Pages of those who decide: the queue of what waits, and a submission with its proof."""

from flask import Blueprint

pages = Blueprint("supervision", __name__)

from rectify.web.supervision import queue, returned, submission  # noqa: E402, F401
