"""Units and regions: the tree, one by one or from a sheet. What may be done to them is access.places's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from sqlalchemy import func, select
from werkzeug.wrappers import Response as Answer
from wtforms import BooleanField, HiddenField, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from rectify import models
from rectify.access import places
from rectify.access.sentences import Refused
from rectify.models import db
from rectify.reading.opening import Unreadable
from rectify.web import parts
from rectify.web.admin import pages, sheet

KEEPERS = ("admin", "office")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ERRORS = 100


@dataclass(frozen=True)
class Branch:
    """A unit in the tree as the list shows it."""

    unit: models.Unit
    depth: int
    region: str
    aliases: list[str]
    users: int


class UnitForm(parts.OnceForm):
    """A unit."""

    name = StringField(_("单位名称"), validators=[InputRequired(_("请填写单位名称。"))], render_kw={"maxlength": 200})
    parent = SelectField(_("上级单位"), coerce=int, validate_choice=False)
    region = SelectField(_("地区"), coerce=int, validate_choice=False)
    aliases = TextAreaField(
        _("别名"),
        description=_("文件中对该单位的其他叫法，每行一个或用顿号隔开；导入方案时据此自动对应。"),
        render_kw={"rows": 3, "maxlength": 2000},
    )
    is_office = BooleanField(_("这是整改办"))
    active = BooleanField(_("在用"), default=True)
    sort = IntegerField(
        _("序号"),
        default=0,
        validators=[Optional(), NumberRange(0, 999999, _("序号应为0到999999之间的整数。"))],
        description=_("排列的先后，小的在前。"),
    )
    version = HiddenField()

    def offer(self, but: int | None) -> None:
        """The units that may be above, without the unit itself, and the regions."""
        units = db.session.execute(select(models.Unit.id, models.Unit.name).order_by(models.Unit.sort, models.Unit.id))
        none = SelectChoice("0", gettext("（无）"))
        self.parent.choices = [none, *(SelectChoice(str(row.id), row.name) for row in units if row.id != but)]
        regions = db.session.execute(
            select(models.Region.id, models.Region.name).order_by(models.Region.sort, models.Region.id)
        )
        self.region.choices = [none, *(SelectChoice(str(row.id), row.name) for row in regions)]

    def details(self, kept: Collection[str] = ()) -> places.UnitDetails:
        return places.UnitDetails(
            name=self.name.data or "",
            parent_id=_id(self.parent.data),
            region_id=_id(self.region.data),
            is_office=self.is_office.data,
            active=self.active.data,
            sort=self.sort.data or 0,
            aliases=places.split_aliases(self.aliases.data or "", kept),
        )


class SheetForm(parts.Form):
    """A sheet of units."""

    file = FileField(
        _("Excel 文件（.xlsx）"),
        validators=[FileRequired(_("请选择文件。"))],
        render_kw={"accept": ".xlsx"},
    )


class RegionForm(parts.OnceForm):
    """A region."""

    name = StringField(_("地区名称"), validators=[InputRequired(_("请填写地区名称。"))], render_kw={"maxlength": 100})
    sort = IntegerField(
        _("序号"),
        default=0,
        validators=[Optional(), NumberRange(0, 999999, _("序号应为0到999999之间的整数。"))],
        description=_("排列的先后，小的在前。"),
    )


def _id(chosen: int | None) -> int | None:
    """What a list of choices says: 0 is nothing; a number that no row can have finds none."""
    return None if not chosen else chosen if 0 < chosen < 2**31 else -1


@pages.route("/admin/units")
@parts.enter(*KEEPERS)
def units() -> str:
    """The tree of units."""
    asked = places.plain(str(parts.clean(request.args.get("q", ""))))[:100]
    tree = _tree()
    shown = [
        branch
        for branch in tree
        if not asked or asked in branch.unit.name or any(asked in alias for alias in branch.aliases)
    ]
    return render_template(
        "admin/units.html", branches=shown, total=len(tree), q=asked, has_office=any(b.unit.is_office for b in tree)
    )


def _tree() -> list[Branch]:
    """All units, each below its own superior; three statements."""
    units = list(db.session.scalars(select(models.Unit).order_by(models.Unit.sort, models.Unit.id)))
    regions = {row.id: row.name for row in db.session.execute(select(models.Region.id, models.Region.name))}
    counts = (
        select(models.UserUnit.unit_id, func.count())
        .join(models.User, models.User.id == models.UserUnit.user_id)
        .where(models.User.active)
        .group_by(models.UserUnit.unit_id)
    )
    users = {row[0]: row[1] for row in db.session.execute(counts)}
    aliases = places.aliases_of(db.session())
    below: dict[int | None, list[models.Unit]] = {}
    for unit in units:
        below.setdefault(unit.parent_id, []).append(unit)
    tree: list[Branch] = []
    waiting = [(unit, 0) for unit in reversed(below.get(None, []))]
    while waiting:
        unit, depth = waiting.pop()
        region = regions.get(unit.region_id, "") if unit.region_id is not None else ""
        tree.append(Branch(unit, depth, region, aliases.get(unit.id, []), users.get(unit.id, 0)))
        waiting += [(child, depth + 1) for child in reversed(below.get(unit.id, []))]
    return tree


@pages.route("/admin/units/new", methods=["GET", "POST"])
@parts.enter(*KEEPERS)
def new_unit() -> str | Answer:
    """A new unit."""
    form = UnitForm()
    form.offer(None)
    if form.validate_on_submit():
        if led := parts.made_before(form.once.data):
            return redirect(led)
        try:
            unit = places.add_unit(db.session(), form.details(), by=parts.person(), at=parts.now())
        except Refused as refused:
            db.session.rollback()
            parts.refuse(form, refused)
        else:
            parts.once(form.once.data, url_for("admin.units"))
            db.session.commit()
            flash(gettext("单位“%(name)s”已添加。", name=unit.name))
            return redirect(url_for("admin.units"))
    return render_template("admin/unit.html", form=form, unit=None)


@pages.route("/admin/units/<int:unit_id>", methods=["GET", "POST"])
@parts.enter(*KEEPERS)
def unit(unit_id: int) -> str | Answer | tuple[str, int]:
    """A unit and what can be changed of it."""
    row = parts.found(db.session.get(models.Unit, unit_id) if unit_id < 2**31 else None)
    form = UnitForm(obj=row if request.method == "GET" else None)
    form.offer(unit_id)
    code = 200
    aliases = places.aliases_of(db.session(), [unit_id]).get(unit_id, [])
    if request.method == "GET":
        form.parent.data, form.region.data = row.parent_id or 0, row.region_id or 0
        form.aliases.data = "\n".join(aliases)
        form.version.data = str(row.version)
    elif form.validate():
        if form.version.data != str(row.version):
            form.form_errors.append(
                gettext("在您填写期间，有人已经修改了这个单位。下面是您填写的内容；核对后再次保存即以您的为准。")
            )
            form.version.data, form.version.raw_data, code = str(row.version), None, 409
        else:
            try:
                places.change_unit(db.session(), row, form.details(aliases), by=parts.person(), at=parts.now())
            except Refused as refused:
                db.session.rollback()
                parts.refuse(form, refused)
            else:
                db.session.commit()
                flash(gettext("已保存。"))
                return redirect(url_for("admin.units"))
    shared = places.sharers(db.session(), unit_id)
    return render_template("admin/unit.html", form=form, unit=db.session.get(models.Unit, unit_id), shared=shared), code


@pages.route("/admin/units/sheet", methods=["GET", "POST"])
@parts.enter(*KEEPERS)
def sheet_of_units() -> str | Answer:
    """Units from an .xlsx, all or nothing, every fault with its row."""
    form, errors = SheetForm(), []
    if form.validate_on_submit():
        with form.file.data.stream as stream:
            data = stream.read(sheet.LARGEST + 1)
        try:
            lines = sheet.read(data, form.file.data.filename or "")
            taken = places.take_sheet(db.session(), lines, by=parts.person(), at=parts.now())
        except Unreadable as unreadable:
            form.file.errors = [parts.told(unreadable)]
        except places.SheetRefused as refused:
            db.session.rollback()
            errors = refused.errors
        else:
            db.session.commit()
            flash(
                gettext(
                    "已导入：新增%(added)s个单位，补充%(changed)s个，未变%(same)s个；新增%(regions)s个地区。",
                    added=taken.added,
                    changed=taken.changed,
                    same=taken.unchanged,
                    regions=taken.regions,
                )
            )
            return redirect(url_for("admin.units"))
    shown = [(e.row, gettext(e.column), gettext(e.sentence, **e.values)) for e in errors[:MOST_ERRORS]]
    return render_template("admin/sheet_of_units.html", form=form, errors_shown=shown, errors_total=len(errors))


@pages.route("/admin/units/template.xlsx")
@parts.enter(*KEEPERS)
def template_of_units() -> Response:
    """The empty sheet to be filled."""
    answer = Response(sheet.template(), mimetype=XLSX)
    answer.headers["Content-Disposition"] = "attachment; filename=units.xlsx; filename*=UTF-8''%E5%8D%95%E4%BD%8D.xlsx"
    return answer


@pages.route("/admin/regions", methods=["GET", "POST"])
@parts.enter(*KEEPERS)
def regions() -> str | Answer:
    """The regions, and a new one."""
    form = RegionForm()
    if form.validate_on_submit():
        if led := parts.made_before(form.once.data):
            return redirect(led)
        try:
            places.save_region(
                db.session(), None, form.name.data, form.sort.data or 0, by=parts.person(), at=parts.now()
            )
        except Refused as refused:
            db.session.rollback()
            parts.refuse(form, refused)
        else:
            parts.once(form.once.data, url_for("admin.regions"))
            db.session.commit()
            flash(gettext("地区“%(name)s”已添加。", name=form.name.data))
            return redirect(url_for("admin.regions"))
    rows = db.session.execute(
        select(models.Region, func.count(models.Unit.id))
        .outerjoin(models.Unit, models.Unit.region_id == models.Region.id)
        .group_by(models.Region.id)
        .order_by(models.Region.sort, models.Region.id)
    ).all()
    return render_template("admin/regions.html", form=form, rows=rows, plain=parts.Form())


@pages.route("/admin/regions/<int:region_id>", methods=["GET", "POST"])
@parts.enter(*KEEPERS)
def region(region_id: int) -> str | Answer:
    """A region's name and place in the list."""
    row = _region(region_id)
    form = RegionForm(obj=row if request.method == "GET" else None)
    if form.validate_on_submit():
        try:
            places.save_region(
                db.session(), row, form.name.data, form.sort.data or 0, by=parts.person(), at=parts.now()
            )
        except Refused as refused:
            db.session.rollback()
            parts.refuse(form, refused)
        else:
            db.session.commit()
            flash(gettext("已保存。"))
            return redirect(url_for("admin.regions"))
    return render_template("admin/region.html", form=form, region_id=region_id)


@pages.route("/admin/regions/<int:region_id>/remove", methods=["POST"])
@parts.enter(*KEEPERS)
def remove_region(region_id: int) -> Answer:
    """Removes a region that no unit is in."""
    row = _region(region_id)
    try:
        places.remove_region(db.session(), row, by=parts.person(), at=parts.now())
    except Refused as refused:
        db.session.rollback()
        flash(parts.told(refused), "error")
    else:
        db.session.commit()
        flash(gettext("地区已删除。"))
    return redirect(url_for("admin.regions"))


def _region(region_id: int) -> models.Region:
    return parts.found(db.session.get(models.Region, region_id) if region_id < 2**31 else None)
