"""Plans that go out: an inspection as a plan file that reads back the same, and the blank form to be filled in."""

from __future__ import annotations

import io
import re

from flask import Response, send_file
from flask_babel import gettext as _

from rectify import access, ledger, writing
from rectify.models import db
from rectify.web import parts
from rectify.web.office import pages

MIME = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
WRITERS = {"xlsx": writing.plan_xlsx, "docx": writing.plan_docx}
TEMPLATES = {"xlsx": writing.template_xlsx, "docx": writing.template_docx}

_NO_NAME = re.compile(r'[\\/:*?"<>|]')  # what a file's name cannot hold on some system


@pages.get("/inspections/<int:inspection_id>/plan.xlsx")
@parts.enter("office", "leader")
def plan_xlsx(inspection_id: int) -> Response:
    """The plan as a workbook."""
    return _plan(inspection_id, "xlsx")


@pages.get("/inspections/<int:inspection_id>/plan.docx")
@parts.enter("office", "leader")
def plan_docx(inspection_id: int) -> Response:
    """The plan as a document."""
    return _plan(inspection_id, "docx")


def _plan(inspection_id: int, kind: str) -> Response:
    """The plan as it stands today; the trail has it before the first byte."""
    day = parts.today()
    found = parts.found(access.visible_inspection(db.session(), parts.person(), inspection_id, day))
    name = found.name
    draft = ledger.plan_of(db.session(), found, day)
    parts.record_read("export", "inspection", inspection_id, kind=kind, name=name, issues=len(draft.issues))
    stream = io.BytesIO()
    WRITERS[kind](stream, draft)
    stream.seek(0)
    title = _NO_NAME.sub("_", _("%(name)s_整改方案_%(day)s", name=name[:80], day=day.isoformat()))
    return send_file(stream, mimetype=MIME[kind], as_attachment=True, download_name=f"{title}.{kind}")


@pages.get("/plans/template.<any(xlsx, docx):kind>")
@parts.enter("office")
def plan_template(kind: str) -> Response:
    """The blank form, with a filled example."""
    stream = io.BytesIO(TEMPLATES[kind]())
    return send_file(stream, mimetype=MIME[kind], as_attachment=True, download_name=f"{_('整改方案模板')}.{kind}")
