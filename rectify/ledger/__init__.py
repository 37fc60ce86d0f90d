"""Acts on plans: a draft comes in; inspections, issues and measures are entered, amended, extended, withdrawn.

How a file is read is `reading`'s, what units and those who decide do is `progress`', rounds are `rounds`'. Nothing here
commits; every act ends in standings and one line of the trail.
"""

from . import editing, history
from .applying import CLAIMS_DONE, Applied, Basis, apply_comparison
from .assignments import Part, assign, spread, spread_assignments
from .common import Item, Refused, check_version
from .comparing import Change, Comparison, Entry, compare, first_match
from .counted import CountedLimit, is_provisional, move_limits, moved_limits, rebased_limits
from .drafts import FileSeen, drop_plan, keep_plan, refuse_imported, states_progress
from .importing import Imported, import_plan
from .inspections import InspectionForm, add_inspection, change_inspection, name_readers
from .items import (
    IssueForm,
    MeasureForm,
    add_issue,
    add_measure,
    amend_issue,
    amend_measure,
    link_measure,
    place_milestone,
    withdraw_issue,
    withdraw_measure,
)
from .limits import answer_question, correct_deadline, extend
from .names import Choice, Match, Register, Suggestion, chosen_ids, match_units, printed_units, rename_in_draft
from .outgoing import plan_of
from .questions import NO_DEADLINE, STATE_WORDS, check_answer, questions
from .rejecting import Rejected, RejectedRow, faulty, left_out, sheets, unread, without
from .revising import Approval, PlanForm, Stone, planned_points, points_left_out, revise_plan
from .undoing import Undone, hindrances, outlook, undo_import

__all__ = [
    "Applied",
    "Approval",
    "Basis",
    "CLAIMS_DONE",
    "Change",
    "Choice",
    "Comparison",
    "CountedLimit",
    "Entry",
    "FileSeen",
    "Imported",
    "InspectionForm",
    "IssueForm",
    "Item",
    "Match",
    "MeasureForm",
    "NO_DEADLINE",
    "Part",
    "PlanForm",
    "Refused",
    "Register",
    "Rejected",
    "RejectedRow",
    "STATE_WORDS",
    "Stone",
    "Suggestion",
    "Undone",
    "add_inspection",
    "add_issue",
    "add_measure",
    "amend_issue",
    "amend_measure",
    "answer_question",
    "apply_comparison",
    "assign",
    "change_inspection",
    "check_answer",
    "check_version",
    "chosen_ids",
    "compare",
    "correct_deadline",
    "drop_plan",
    "editing",
    "extend",
    "faulty",
    "first_match",
    "hindrances",
    "history",
    "import_plan",
    "is_provisional",
    "keep_plan",
    "left_out",
    "link_measure",
    "match_units",
    "move_limits",
    "moved_limits",
    "name_readers",
    "outlook",
    "place_milestone",
    "plan_of",
    "planned_points",
    "points_left_out",
    "printed_units",
    "questions",
    "refuse_imported",
    "rename_in_draft",
    "rebased_limits",
    "revise_plan",
    "sheets",
    "spread",
    "spread_assignments",
    "states_progress",
    "undo_import",
    "unread",
    "withdraw_issue",
    "withdraw_measure",
    "without",
]
