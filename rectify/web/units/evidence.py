"""A file of proof, only through the row check: as a download, or a picture of it encoded anew (AC-11, FI-07)."""

from __future__ import annotations

import io

from flask import make_response, render_template, send_file
from werkzeug.wrappers import Response

from rectify import access, files, models
from rectify.models import db
from rectify.web import parts
from rectify.web.units import pages

SEALED = "sandbox; default-src 'none'"


@pages.route("/evidence/<int:evidence_id>")
@parts.enter(*parts.BUSINESS)
def evidence(evidence_id: int) -> Response:
    """The file as it came, always as a download; checked against its hash first."""
    row = _visible(evidence_id)
    try:
        with files.open_checked(parts.config().data_dir, row.sha256) as kept:
            content = io.BytesIO(kept.read())  # at most 20 MB, and what was checked is what is sent
    except files.Broken:
        return _broken(row)
    parts.record_read("evidence.download", "evidence", row.id, sha256=row.sha256, measure=row.measure_id)
    response = send_file(content, mimetype=row.media_type, as_attachment=True, download_name=row.name)
    return sealed(response)


@pages.route("/evidence/<int:evidence_id>/picture")
@parts.enter(*parts.BUSINESS)
def picture(evidence_id: int) -> Response:
    """A photo for the page: re-encoded, bounded in pixels, without its metadata."""
    row = _visible(evidence_id)
    if row.media_type not in files.SHOWN:
        parts.found(None)
    try:
        shown = files.picture(parts.config().data_dir, row.sha256)
    except files.Broken:
        return _broken(row)
    return sealed(send_file(io.BytesIO(parts.found(shown)), mimetype="image/jpeg"))


def _visible(evidence_id: int) -> models.Evidence:
    row = db.session.get(models.Evidence, evidence_id) if 0 < evidence_id < 2**31 else None
    if row is not None and access.visible_measure(db.session(), parts.person(), row.measure_id, parts.today()) is None:
        row = None
    return parts.found(row)


def sealed(response: Response) -> Response:
    """A file of somebody's as an answer that no browser runs or keeps."""
    response.headers["Content-Security-Policy"] = SEALED
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _broken(row: models.Evidence) -> Response:
    """The file is gone or was changed: a sentence, a line in the trail, never a 500 (F49)."""
    parts.record_read("evidence.broken", "evidence", row.id, ok=False, sha256=row.sha256, measure=row.measure_id)
    return make_response(render_template("units/evidence_broken.html", evidence=row), 410)
