"""Figures, ledgers and reports written as .xlsx, .docx and text, and the geometry of pictures.

Handed rows and figures; asks no database, no clock. How a page shows them is the templates'.
"""

from __future__ import annotations
