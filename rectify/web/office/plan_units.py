"""The unit names of a plan before its import: what each is taken for, all in a list and one on a page of its own."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField, TextAreaField
from wtforms.validators import Length

from rectify import ledger, models
from rectify.models import db
from rectify.reading.draft import PlanDraft, Role, UnitDraft
from rectify.rules import collectives, unit_names
from rectify.web import parts
from rectify.web.office import fields, pages, plan_acts, plan_contents
from rectify.web.office.plans import waiting

UNITS_A_PAGE = 600
LONGEST_TYPED = 4000
"""Of what may be typed for one name: a collective one stands for many."""
PLACES_SHOWN = 20
GROUPS = ("look", "new", "known")


@dataclass(frozen=True)
class Named:
    """A printed unit name in the form: what it is taken for, where it stands, what else it may mean.

    `by` is name, alias, chosen, own (a unit of its own as printed, because a person said so) or "" where it is new;
    `place` the first issue that prints it, and the measure in it or None.
    """

    key: str
    printed: str
    roles: Mapping[str, int]
    place: tuple[int, int | None]
    by: str
    taken_for: str
    units: Mapping[int, str] = field(default_factory=dict)
    suggestions: Sequence[ledger.Suggestion] = ()
    collective: bool = False
    covered: int = 0
    """How many units a collective name would cover now, where that is not what it stands for."""
    doubt: str = ""
    fault: str = ""

    @property
    def count(self) -> int:
        return sum(self.roles.values())

    @property
    def sure(self) -> ledger.Suggestion | None:
        """What may be adopted at one stroke: the only suggestion that is sure."""
        return self.suggestions[0] if len(self.suggestions) == 1 and self.suggestions[0].sure else None

    @property
    def group(self) -> str:
        """`look` at it first, a `new` unit, or `known`."""
        if self.fault or not self.by and (self.doubt or self.suggestions or self.collective):
            return "look"
        return "known" if self.by else "new"


def unit_key(printed: str) -> str:
    return "u-" + hashlib.sha256(printed.encode("utf-8", "replace")).hexdigest()[:12]


def split_typed(text: str) -> list[str]:
    """Names typed into one field, parted by ； or lines: 、 stands within names."""
    return [name for name in (part.strip() for part in text.replace("；", "\n").replace(";", "\n").split("\n")) if name]


@dataclass(frozen=True)
class Group:
    """Names of a kind: those to `look` at, `new` units, `known` ones; `rows` of them all that a page can hold."""

    name: str
    rows: Sequence[Named]
    total: int


# -- the list ----------------------------------------------------------------------------------------------------------


def typed_units(
    held: models.PlanFile, draft: PlanDraft, faults: dict[str, tuple[str, str]]
) -> dict[str, ledger.Choice]:
    """Printed name → the units chosen for it; unknown names are faults. What was only shown, or left new, is no choice.

    An emptied field makes the name a unit of its own. A button may adopt a suggestion, or all that are sure.
    """
    register = ledger.Register(db.session())
    choices: dict[str, ledger.Choice] = dict(held.answers.get("units") or {})
    adopted = request.form.get("adopt", "")
    for printed in ledger.printed_units(draft):
        key = unit_key(printed)
        if key not in request.form:
            continue
        typed = parts.clean(request.form[key])[:LONGEST_TYPED]
        match = register.match(printed)
        if not typed and not match.units and (adopted == "all" or adopted.startswith(f"{key}:")):
            choices |= _adopted(register, printed, adopted)
            continue
        try:
            choice = _choice(register, match, typed, ledger.chosen_ids(choices.pop(printed, None)))
        except ledger.Refused as refused:
            faults[key] = (typed, parts.told(refused))
            continue
        if choice is not None:
            choices[printed] = choice
    return choices


def _adopted(register: ledger.Register, printed: str, adopted: str) -> dict[str, ledger.Choice]:
    suggestions = register.suggest(printed)
    if adopted == "all":
        suggestions = [one for one in suggestions if one.sure and len(suggestions) == 1]
    else:
        suggestions = [one for one in suggestions if adopted.endswith(":" + "-".join(map(str, one.units)))]
    return {printed: list(suggestions[0].units)} if suggestions else {}


def _choice(register: ledger.Register, match: ledger.Match, typed: str, had: list[int] | None) -> list[int] | None:
    """The units that typed names choose for a printed one, None where that is what would be found without a choice."""
    if not typed:
        return [] if match.by == "alias" or had == [] and match.by != "name" else None
    units = named_units(register, typed, match.printed)
    return None if list(units) == list(match.units) else list(units)


def named_units(register: ledger.Register, typed: str, printed: str) -> dict[int, str]:
    """The known units that typed names mean. Raises ledger.Refused for one that nobody knows."""
    units: dict[int, str] = {}
    for name in split_typed(typed):
        match = register.match(name)
        if not match.units:
            raise ledger.Refused("没有名为“%(name)s”的单位；留空则新建“%(printed)s”。", name=name, printed=printed)
        units |= match.units
    return units


def groups(rows: Sequence[Named]) -> list[Group]:
    """The names by what is to be done about them, as many as a page can hold."""
    shown = rows[:UNITS_A_PAGE]
    found = [
        Group(name, [row for row in shown if row.group == name], sum(row.group == name for row in rows))
        for name in GROUPS
    ]
    return [group for group in found if group.total]


def named(held: models.PlanFile, draft: PlanDraft, faults: dict[str, tuple[str, str]]) -> list[Named]:
    """The names of a plan, those to look at first."""
    register = ledger.Register(db.session())
    choices = held.answers.get("units") or {}
    roles, places = _standing(draft)
    rows = [
        _named(register, printed, choices.get(printed), roles[printed], places[printed], faults)
        for printed in ledger.printed_units(draft)
    ]
    return sorted(rows, key=lambda row: (GROUPS.index(row.group), not row.fault, not row.doubt, row.printed))


def _named(
    register: ledger.Register,
    printed: str,
    choice: ledger.Choice,
    roles: Mapping[str, int],
    place: tuple[int, int | None],
    faults: Mapping[str, tuple[str, str]],
) -> Named:
    key = unit_key(printed)
    typed, fault = faults.get(key, (None, ""))
    match = register.match(printed)
    ids = ledger.chosen_ids(choice)
    units, by = (match.units, match.by) if ids is None else (register.told(ids), "chosen" if ids else "own")
    if not units and by == "chosen":  # the unit has gone meanwhile
        units, by = match.units, match.by
    collective = collectives.recognise(printed)
    suggestions = register.suggest(printed) if not by and collective is None else []
    covered = register.members(collective) if collective is not None and not collective.some else {}
    return Named(
        key=key,
        printed=printed,
        roles=roles,
        place=place,
        by=by,
        taken_for=typed if typed is not None else "；".join(units.values()),
        units=units,
        suggestions=suggestions,
        collective=collective is not None,
        covered=len(covered) if covered.keys() != units.keys() else 0,
        doubt="" if by or suggestions else unit_names.doubt(printed),
        fault=fault,
    )


def _standing(draft: PlanDraft) -> tuple[dict[str, Counter[str]], dict[str, tuple[int, int | None]]]:
    """How often each name stands in each role, and where first."""
    roles: dict[str, Counter[str]] = {}
    places: dict[str, tuple[int, int | None]] = {}
    for place, unit in _printed(draft):
        name = unit.name.strip()
        roles.setdefault(name, Counter())[unit.role] += 1
        places.setdefault(name, place)
    return roles, places


def _printed(draft: PlanDraft) -> list[tuple[tuple[int, int | None], UnitDraft]]:
    found: list[tuple[tuple[int, int | None], UnitDraft]] = []
    for i, issue in enumerate(draft.issues):
        found += [((i, None), unit) for unit in issue.units]
        found += [((i, m), unit) for m, measure in enumerate(issue.measures) for unit in measure.units]
    return [(place, unit) for place, unit in found if unit.role not in fields.PERSON_ROLES]


def asked_page(held: models.PlanFile) -> str | None:
    """Where a button of the list leads after saving: the page of one name, or back to the list."""
    if key := request.form.get("unit"):
        return url_for("office.plan_unit", plan_id=held.id, key=key)
    if "adopt" in request.form:
        page = parts.number(request.args.get("page"))
        return url_for("office.plan", plan_id=held.id, page=page, _anchor="units")
    return None


# -- one name ----------------------------------------------------------------------------------------------------------


class UnitForm(fields.VersionForm):
    """The units that one printed name means, or what it should have been."""

    members = SelectMultipleField(_l("包括的单位"), coerce=int, validate_choice=False)
    others = TextAreaField(
        _l("其他单位"),
        validators=[Length(max=LONGEST_TYPED)],
        description=_l("每行一个，写已有单位的名称或别名。"),
        render_kw={"rows": 3},
    )
    names = TextAreaField(
        _l("应为"),
        validators=[Length(max=LONGEST_TYPED)],
        description=_l("每行一个单位名称；几个单位连在一起的，分行写。"),
        render_kw={"rows": 2},
    )


@pages.route("/plans/<int:plan_id>/units/<key>", methods=["GET", "POST"])
@parts.enter("office")
def plan_unit(plan_id: int, key: str) -> tuple[str, int] | Response:
    """One unit name of a plan: the units it stands for, or the name put right."""
    held = waiting(plan_id)
    draft = PlanDraft.from_json(held.draft)
    row = parts.found(next((one for one in named(held, draft, {}) if one.key == key), None))
    register = ledger.Register(db.session())
    collective = collectives.recognise(row.printed)
    covered = register.members(collective) if collective else {}
    form = UnitForm()
    if request.method == "GET":
        form.version.data = str(held.version)
        form.members.data = list(row.units if row.by else {} if collective is None or collective.some else covered)
        form.names.data = row.printed
    elif form.validate() and form.is_current(held, {}):
        done: list[str] = []
        if fields.attempt(form, lambda: done.append(_decided(held, draft, register, row, form))):
            flash(done[0])
            return redirect(url_for("office.plan", plan_id=plan_id, _anchor="units"))
        held = waiting(plan_id)
    suggested = {unit_id: name for one in row.suggestions for unit_id, name in one.units.items()}
    page = render_template(
        "office/plan_unit.html",
        form=form,
        plan=held,
        row=row,
        some=collective is not None and collective.some,
        offered=covered | suggested | dict(row.units),
        ticked=set(form.members.data or ()),
        places=_places(draft, row.printed),
        more_places=max(0, row.count - PLACES_SHOWN),
        words=fields,
        page_of=plan_contents.page_of,
        anchor=plan_acts.anchor,
    )
    return page, form.status


def _decided(held: models.PlanFile, draft: PlanDraft, register: ledger.Register, row: Named, form: UnitForm) -> str:
    """Do what the pressed button says; what was done, as a sentence. Raises ledger.Refused."""
    action = request.form.get("action")
    choices: dict[str, ledger.Choice] = dict(held.answers.get("units") or {})
    choices.pop(row.printed, None)
    if action in ("rename", "person", "drop"):
        said = _put_right(held, draft, row, action, split_typed(form.names.data or ""))
    elif action == "own":
        choices[row.printed] = []
        said = _("“%(name)s”按原文作为一个单位。", name=row.printed)
    else:
        units = register.told(form.members.data or ()) | named_units(register, form.others.data or "", row.printed)
        if not units:
            raise ledger.Refused("请至少选择一个单位，或按原文作为一个单位。")
        choices[row.printed] = list(units)
        said = _(
            "“%(name)s”对应%(count)s个单位：%(units)s。",
            name=row.printed,
            count=len(units),
            units="、".join(units.values()),
        )
    held.answers = dict(held.answers) | {"units": choices}
    return said


def _put_right(held: models.PlanFile, draft: PlanDraft, row: Named, action: str, names: list[str]) -> str:
    role: Role | None = None
    if action == "rename":
        if not names or names == [row.printed]:
            raise ledger.Refused("请写出“%(name)s”应为哪些单位，每行一个。", name=row.printed)
        said = _("“%(name)s”已改为“%(names)s”。", name=row.printed, names="、".join(names))
    elif action == "person":
        names, role = [row.printed], "person"
        said = _("“%(name)s”已改为责任人。", name=row.printed)
    else:
        names, said = [], _("“%(name)s”不再作为单位。", name=row.printed)
    what = {"act": "rename", "name": row.printed}
    ledger.history.change(held, draft, what, lambda: ledger.rename_in_draft(draft, row.printed, names, role))
    return said


@dataclass(frozen=True)
class Place:
    """Where a name stands: the issue and measure by position, the issue's number, its text, the role."""

    issue: int
    measure: int | None
    number: str
    text: str
    role: str


def _places(draft: PlanDraft, printed: str) -> list[Place]:
    found: list[Place] = []
    for (i, m), unit in _printed(draft):
        if unit.name.strip() == printed and len(found) < PLACES_SHOWN:
            issue = draft.issues[i]
            text = issue.text if m is None else issue.measures[m].text
            found.append(Place(i, m, issue.number or str(i + 1), text, unit.role))
    return found
