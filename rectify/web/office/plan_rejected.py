"""What of a plan does not go into the ledger: told on its pages, and handed back as a file with the reasons."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import flash, redirect, send_file, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from rectify import ledger, models
from rectify.reading.draft import PlanDraft
from rectify.web import parts
from rectify.web.office import pages
from rectify.web.office.plan_target import comparison_of
from rectify.web.office.plans import in_view
from rectify.writing.rejected import rejected_xlsx

ROWS_SHOWN = 50
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Told:
    """The rejected rows as a page tells them: the first few, how many there are, and how many stop an import."""

    rows: Sequence[ledger.RejectedRow]
    total: int
    stopping: int


def told(held: models.PlanFile, draft: PlanDraft, rejected: Sequence[ledger.Rejected]) -> Told:
    rows = [row for sheet in ledger.sheets(draft, rejected, held.name) for row in sheet.rows]
    return Told(rows[:ROWS_SHOWN], len(rows), sum(one.stops for one in rejected))


@pages.get("/plans/<int:plan_id>/rejected.xlsx")
@parts.enter("office")
def plan_rejected(plan_id: int) -> Response:
    """The rows that do not go in, to be mended and uploaded again."""
    held = in_view(plan_id)
    draft = PlanDraft.from_json(held.draft)
    rejected = [*_rejected(held, draft), *ledger.unread(draft)]
    if not rejected:
        flash(_("没有未导入的内容。"))
        return redirect(url_for("office.plans"))
    sheets = [
        replace(sheet, rows=[replace(row, reason=_(row.reason)) for row in sheet.rows])
        for sheet in ledger.sheets(draft, rejected, held.name)
    ]
    made = io.BytesIO()
    count = rejected_xlsx(made, sheets, english=str(get_locale()) == "en")
    made.seek(0)
    parts.record_read("export", "plan_file", held.id, file=held.name, rejected=count)
    name = f"{held.name.rsplit('.', 1)[0][:100]}_{_('未导入')}.xlsx"
    return send_file(made, mimetype=MIME, as_attachment=True, download_name=name)


def _rejected(held: models.PlanFile, draft: PlanDraft) -> list[ledger.Rejected]:
    if held.imported_at is not None:
        return ledger.left_out(held.applied)
    found = comparison_of(held, draft)
    return found.rejected if found is not None else ledger.faulty(draft)[0]
