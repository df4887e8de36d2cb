"""What a contract promises beside its columns: whom to ask, and how long rows are kept, as ODCS writes both.

Other people's entries stay as they are; the portal's own is the support channel with the id `contact`, and the SLA
property `retention`. Source: ODCS v3.2, sections Support and communication channels, Service-level agreement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mesh_core.domain.documents import Document, named

CONTACT_ID, RETENTION = "contact", "retention"
DAYS_OF: Mapping[str, int] = {"d": 1, "day": 1, "days": 1, "w": 7, "m": 30, "mo": 30, "y": 365, "yr": 365, "years": 365}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def contact_of(document: Mapping[str, Any]) -> str:
    """The channel with the id `contact`, else the first one; "" where there is none."""
    channels = [one for one in document.get("support") or () if isinstance(one, dict)]
    mine = next((one for one in channels if one.get("id") == CONTACT_ID), channels[0] if channels else {})
    return str(mine.get("channel", ""))


def support(document: Mapping[str, Any], contact: str) -> list[Document]:
    """`support` with a contact set; as it is where it says the same already."""
    before = list(document.get("support") or ())
    if contact_of(document) == contact:
        return before
    others = [one for one in before if one.get("id") != CONTACT_ID]
    if not contact:
        return others
    entry = {**named(before, CONTACT_ID, "id"), "channel": contact, "scope": "interactive"}
    if _EMAIL.fullmatch(contact):
        entry |= {"url": f"mailto:{contact}", "tool": "email"}
    elif contact.startswith(("https://", "http://")):
        entry |= {"url": contact, "tool": "other"}
    else:
        entry.pop("url", None)
        entry["tool"] = "other"
    return [entry, *others]


def retention_of(document: Mapping[str, Any]) -> int:
    """Days, 0 where it isn't said or can't be read as a number of days."""
    for one in document.get("slaProperties") or ():
        if one.get("property") == RETENTION:
            unit, value = str(one.get("unit", "d")).lower(), one.get("value")
            if isinstance(value, (int, float)) and not isinstance(value, bool) and unit in DAYS_OF:
                return int(value * DAYS_OF[unit])
    return 0


def sla_properties(document: Mapping[str, Any], days: int) -> list[Document]:
    """`slaProperties` with a retention set; as they are where they say the same already."""
    before = list(document.get("slaProperties") or ())
    if retention_of(document) == days:
        return before
    others = [one for one in before if one.get("property") != RETENTION]
    if not days:
        return others
    return [*others, {**named(before, RETENTION, "property"), "value": days, "unit": "d"}]
