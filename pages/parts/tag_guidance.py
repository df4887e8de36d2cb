"""What an LF-tag's values mean, beside every place where one is chosen."""

from __future__ import annotations

from mesh_core.domain.vocabularies import guidance_for
from mesh_core.services.vocabularies import shipped_vocabularies
from pages.parts.text import plain


def help_for(key: str) -> str | None:
    """The tooltip of a choice among a key's values; None where no template explains the key."""
    template = guidance_for(shipped_vocabularies(), key)
    if template is None:
        return None
    lines = [f"- **{plain(one.value)}**: {plain(one.means)} {plain(one.use)}" for one in template.values]
    return "\n\n".join([plain(template.description), "\n".join(lines), plain(template.decides)])


def meaning_of(key: str, value: str) -> str:
    """What one value means, in a sentence; "" where no template says."""
    template = guidance_for(shipped_vocabularies(), key)
    values = template.values if template else ()
    return next((one.means for one in values if one.value == value), "")
