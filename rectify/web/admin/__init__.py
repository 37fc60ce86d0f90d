"""Pages of the administrator (accounts, units, settings, how the system is) and of the auditor (the trail)."""

from flask import Blueprint

pages = Blueprint("admin", __name__)

from rectify.web.admin import audit, jobs, outbox, settings, status, units, users  # noqa: E402

__all__ = ["audit", "jobs", "outbox", "pages", "settings", "status", "units", "users"]
