"""Pages of the rectification office: what comes in, what it is judged by, what is changed by hand, and the rounds."""

from flask import Blueprint

pages = Blueprint("office", __name__)

from rectify.web.office import (  # noqa: E402, F401
    calendar,
    changes,
    differences,
    index,
    inspections,
    items,
    plan,
    plan_compare,
    plan_export,
    plan_item,
    plan_rejected,
    plan_sheets,
    plan_source,
    plan_undo,
    plans,
    revise,
    round,
    rounds,
    rules,
)
