"""Words and helpers that the pages of letters share: kinds, states, ways of sending, an act tried and told."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import lazy_gettext as _l

from rectify import answers, files, letters, models
from rectify.access.sentences import Refused
from rectify.models import db
from rectify.rules import letters as rule
from rectify.web import parts

KINDS = {
    "reminder": _l("提醒函"),
    "supervision": _l("督办单"),
    "circular": _l("通报"),
    "summons": _l("约谈通知"),
}
STATES = {
    "overdue": _l("逾期未回复"),
    "late_receipt": _l("逾期未签收"),
    "unreceived": _l("待签收"),
    "unanswered": _l("待回复"),
    "answered": _l("已回复，待认定"),
    "closed": _l("已办结"),
    "draft": _l("草稿"),
    "void": _l("作废"),
}
HOW = {
    "confidential": _l("机要交换"),
    "messenger": _l("专人送达"),
    "post": _l("邮寄"),
    "fax": _l("传真"),
    "other": _l("其他"),
}
ANSWER_STATES = {"open": _l("待认定"), "accepted": _l("已认可"), "returned": _l("已退回")}
assert set(KINDS) == set(rule.KINDS) and set(STATES) == set(rule.STATES) and set(HOW) == set(letters.HOW)


def tried(form: parts.Form, act: Callable[[], object], *, once: str = "", to: str = "") -> bool:
    """Do an act and commit it; refused, nothing of it remains and the form says why at the field."""
    try:
        act()
        if once:
            parts.once(once, to)
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        parts.refuse(form, refused)
        return False
    except files.NotAllowed as refused:  # the disk is nearly full
        db.session.rollback()
        form.form_errors.append(parts.told(refused))
        return False
    return True


def found(letter_id: int) -> models.Letter:
    """The letter as this person may see it; foreign and missing look the same."""
    return parts.found(letters.visible(db.session(), parts.person(), letter_id))


def unit_of(letter_id: int, unit_id: int) -> models.LetterUnit:
    """One of the units of a letter that this person may see."""
    letter = found(letter_id)
    units = letters.units_of(parts.person(), letter)
    return parts.found(next((unit for unit in units if unit.id == unit_id), None))


def may_act(unit: models.LetterUnit) -> bool:
    """Whether this person receives and answers for the unit, or records it for the office."""
    return parts.person().role == "office" or answers.acts_for(parts.person(), unit)
