"""Whether a text is one plain mail address. Whether somebody reads it there, only its server knows."""

from __future__ import annotations

import re

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


def is_mailable(address: str | None) -> bool:
    """One ASCII address, nothing around it: no name, no second address, no line break that could start a header."""
    return bool(address) and len(address or "") <= 254 and _ADDRESS.fullmatch(address or "") is not None
