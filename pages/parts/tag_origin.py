"""By whom and when an LF-tag was assigned, in few words behind its pill."""

from __future__ import annotations

from datetime import datetime

from mesh_core.domain.tags import EffectiveTag
from pages.parts import session


def words(tag: EffectiveTag) -> str:
    """` by sales-owner, 26 Nov 2026`; "" where no change of the portal's is known to have done it."""
    found = session.portal().tag_history.who(tag)
    if found is None:
        return ""
    return f" by {found.by}, {datetime.fromisoformat(found.at):%-d %b %Y}"
