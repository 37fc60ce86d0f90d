"""The audit trail: who did what, written last in the act's own transaction.

Reading and exporting the trail belongs to its pages; triggers in the database refuse to change it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from rectify import models


@dataclass(frozen=True)
class Actor:
    """Who acts: the account, in which role, from which address, in which request. Without `user_id` it is the system."""

    user_id: int | None = None
    user_name: str = ""
    role: str = ""
    unit_id: int | None = None
    address: str = ""
    request_id: str = ""


def write(
    session: Session,
    by: Actor,
    at: dt.datetime,
    act: str,
    item: str = "",
    item_id: int | None = None,
    *,
    ok: bool = True,
    **details: Any,
) -> None:
    """One line of the trail, flushed with the act: if it cannot be written, the act does not happen (AD-05).

    `details` hold plain values; dates become ISO strings. Never a password, token or cookie.
    """
    session.add(
        models.AuditEntry(
            at=at,
            user_id=by.user_id,
            user_name=by.user_name,
            role=by.role,
            unit_id=by.unit_id,
            address=by.address,
            request_id=by.request_id,
            act=act,
            item=item,
            item_id=item_id,
            ok=ok,
            details={name: _plain(value) for name, value in details.items()},
        )
    )
    session.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value
