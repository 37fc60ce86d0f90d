"""Pages of the person himself: coming in, going out, the first administrator, the own account, its notices and password."""

from flask import Blueprint

pages = Blueprint("account", __name__)

from rectify.web.account import entrance, first, notices, own, password, reset  # noqa: E402

__all__ = ["entrance", "first", "notices", "own", "pages", "password", "reset"]
