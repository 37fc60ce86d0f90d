"""Figures, ledgers, reports, letters and plans written as .xlsx, .docx and text, and the geometry of pictures.

Handed rows and figures; asks no database, no clock. How a page shows them is the templates'.
"""

from __future__ import annotations

from rectify.rules import sentence

from .document import report_docx
from .letter import Paper, letter_docx
from .plan_document import plan_docx, template_docx
from .plan_workbook import plan_xlsx, template_xlsx
from .workbook import COLUMNS, FIGURE_HEADINGS, Released, ledger_xlsx, rates, report_xlsx


def report_text(report: sentence.Report) -> str:
    """The report as one paragraph, a line end behind it; empty where it was refused."""
    return report.text + "\n" if report.text else ""


__all__ = [
    "COLUMNS",
    "FIGURE_HEADINGS",
    "Paper",
    "Released",
    "ledger_xlsx",
    "letter_docx",
    "plan_docx",
    "plan_xlsx",
    "rates",
    "report_docx",
    "report_text",
    "report_xlsx",
    "template_docx",
    "template_xlsx",
]
