"""The work report: composed from the figures of a day, shown as it will be printed, rendered as text, .docx and .xlsx.

What may be claimed is `rules.sentence`'s, how a file is laid out `writing`'s.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint
from sqlalchemy.orm import Session

from rectify import access, figures, writing
from rectify import releases as released
from rectify.rules import sentence

pages = Blueprint("reports", __name__)

KINDS = ("text", "docx", "xlsx")


@dataclass(frozen=True)
class Composed:
    """A report with what its annexes need: the scope its rows are read in, its day, its language."""

    report: sentence.Report
    subjects: list[sentence.Subject]
    scope: figures.Scope
    day: dt.date
    session: Session
    by: str = ""
    english: bool = False

    @property
    def reasons(self) -> list[str]:
        """Why there is no report: the checks that failed, a sentence each; none where it may be released."""
        return [reason.text(self.english) for reason in self.report.reasons if reason.refused]

    @property
    def notes(self) -> list[str]:
        """What the report does not claim, and why; and what it names though nobody asked."""
        return [reason.text(self.english) for reason in self.report.reasons if not reason.refused]


def compose(
    session: Session,
    person: access.Person,
    day: dt.date,
    ids: Iterable[int] | None = None,
    *,
    wording: sentence.Wording | None = None,
    form: str = "",
) -> Composed:
    """The report of these inspections (None: all the person sees) as of `day`, as it would be released but for what
    changed since the last release."""
    told = released.write(session, person, day, ids, wording=wording, form=form)
    return Composed(
        report=told.report,
        subjects=told.subjects,
        scope=told.scope,
        day=day,
        session=session,
        by=person.full_name or (person.user_name if person.user_id else ""),
        english=person.english,
    )


def render(made: Composed, kind: str) -> bytes:
    """The report as a file: UTF-8 text, a Word document with its annexes, or a workbook with the ledger behind it."""
    assert kind in KINDS, kind
    if kind == "text":
        return writing.report_text(made.report).encode()
    stream = io.BytesIO()
    if kind == "docx":
        lagging = figures.lines(made.session, made.scope, "lagging", made.day)
        writing.report_docx(stream, made.report, made.subjects, lagging, day=made.day, by=made.by)
    else:
        rows = figures.lines(made.session, made.scope, "total", made.day)
        writing.report_xlsx(stream, made.report, made.subjects, rows, day=made.day, by=made.by, english=made.english)
    return stream.getvalue()


from . import releases, views  # noqa: E402, F401
