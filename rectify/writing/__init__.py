"""Figures, ledgers and reports written as .xlsx, .docx and text, and the geometry of pictures.

Handed rows and figures; asks no database, no clock. How a page shows them is the templates'.
"""

from __future__ import annotations

from rectify.rules import sentence

from .document import report_docx
from .workbook import COLUMNS, FIGURE_HEADINGS, ledger_xlsx, rates, report_xlsx


def report_text(report: sentence.Report) -> str:
    """The report as one paragraph, a line end behind it; empty where it was refused."""
    return report.text + "\n" if report.text else ""


__all__ = ["COLUMNS", "FIGURE_HEADINGS", "ledger_xlsx", "rates", "report_docx", "report_text", "report_xlsx"]
