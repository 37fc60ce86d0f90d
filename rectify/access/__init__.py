"""Who may enter, and whose is this: sign-in (`sign_in`) and the predicates of what a person may see and do (`rows`)."""

from .rows import (
    SYSTEM,
    Person,
    decider_units,
    decides_submissions,
    may_decide,
    may_report,
    named_by,
    parts_of,
    person_of,
    sees_inspections,
    sees_issues,
    sees_measures,
    sees_releases,
    told_units,
    visible_inspection,
    visible_issue,
    visible_measure,
)
from .sign_in import first_admin_token

__all__ = [
    "SYSTEM",
    "Person",
    "decider_units",
    "decides_submissions",
    "first_admin_token",
    "may_decide",
    "may_report",
    "named_by",
    "parts_of",
    "person_of",
    "sees_inspections",
    "sees_issues",
    "sees_measures",
    "sees_releases",
    "told_units",
    "visible_inspection",
    "visible_issue",
    "visible_measure",
]
