"""Files that come with a form: taken in before the act, and kept for its next sending where the form is refused.

A browser forgets chosen files when a form comes back with an error; what was taken in is carried in a signed field.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, MultipleFileField
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session
from wtforms import HiddenField

from rectify import files, models, progress
from rectify.web import parts
from rectify.web.units import words


@dataclass(frozen=True)
class Taken:
    """A file that is on disk and waits for its row."""

    name: str
    stored: files.Stored

    @property
    def size(self) -> str:
        return words.size(self.stored.size)


class FilesForm(parts.OnceForm):
    """A create form that carries proof: documents, and a photo straight from a phone's camera."""

    files = MultipleFileField(_l("佐证材料"), render_kw={"accept": files.ACCEPT, "multiple": True})
    photo = FileField(_l("现场拍照"), render_kw={"accept": "image/*", "capture": "environment"})
    kept = HiddenField()

    taken: tuple[Taken, ...] = ()


def take_in(form: FilesForm, place: str) -> bool:
    """Store what came with the form; whether all of it was taken. Faults stand at the field, the rest is kept.

    Touches no table: call it outside a transaction, so that no lock is held while files are written. `place` names
    the measure and the form, so that a signed field is good for that alone.
    """
    taken = [item for item in _carried(form, place) if item.stored.sha256 not in request.form.getlist("drop")]
    faults: list[str] = []
    for field, name in ((form.files, "files"), (form.photo, "photo")):
        for upload in request.files.getlist(name):
            if not upload.filename:
                continue
            try:
                stored = files.keep(parts.config().data_dir, upload.filename, upload.stream)
            except files.NotAllowed as refused:
                field.errors = [*field.errors, parts.told(refused)]
                faults.append(name)
                continue
            if all(item.stored.sha256 != stored.sha256 for item in taken):
                taken.append(Taken(files.clean_name(upload.filename), stored))
    if len(taken) > files.MAX_FILES:
        sentence = _("一次最多上传%(most)s个佐证材料，请减少后再提交。", most=files.MAX_FILES)
        form.files.errors = [*form.files.errors, sentence]
        faults.append("files")
    form.taken = tuple(taken)
    form.kept.data = _signer(place).dumps(
        [[item.name, item.stored.sha256, item.stored.size, item.stored.media_type] for item in taken]
    )
    return not faults


def attach(session: Session, form: FilesForm, measure: models.Measure, **where: Any) -> int:
    """Give every file taken in its row, in the act's transaction; how many there are."""
    for item in form.taken:
        progress.attach(session, measure, name=item.name, stored=item.stored, **where)
    return len(form.taken)


def _carried(form: FilesForm, place: str) -> list[Taken]:
    with contextlib.suppress(BadSignature, TypeError, ValueError):
        rows = _signer(place).loads(form.kept.data or "")
        return [Taken(name, files.Stored(sha256, size, media_type)) for name, sha256, size, media_type in rows]
    return []


def _signer(place: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"kept files {parts.person().user_id} {place}")
