"""Pages of the person himself: coming in, going out, the first administrator, the own account and its password."""

from flask import Blueprint

pages = Blueprint("account", __name__)

from rectify.web.account import entrance, first, own, password, reset  # noqa: E402

__all__ = ["entrance", "first", "own", "pages", "password", "reset"]
