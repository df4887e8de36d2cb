"""Text that people wrote, made harmless for Markdown; figures as people read them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime

from mesh_core.domain.steps import in_bytes

# What Markdown makes a link of without any markup; a space of no width inside keeps it text, whatever is escaped.
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=[wW]{3})(?=\.)|(?=@)")
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=@&])")


def plain(text: str) -> str:
    """The text as Markdown that shows exactly these characters: no link, image, icon, formula or heading."""
    one_line = _ADDRESS.sub("\u200b", " ".join(text.split()))
    return _MARKUP.sub(r"\\\1", one_line).replace(r"\&", "&amp;").replace(r"\<", "&lt;").replace(r"\>", "&gt;")


def count(number: int | None) -> str:
    """`1,469,307`; "–" for what isn't known."""
    return "–" if number is None else f"{number:,}"


def size(number: int | None) -> str:
    """`1.5 MB`; "–" for what isn't known."""
    return "–" if number is None else in_bytes(number)


def when(iso: str) -> str:
    """An ISO time as `22 Nov 2026, 14:05 UTC`; "" stays ""."""
    return f"{datetime.fromisoformat(iso).astimezone(UTC):%d %b %Y, %H:%M} UTC" if iso else ""


def rows_key(prefix: str, names: Iterable[str]) -> str:
    """A table's key that is another one for other rows: a selection must not slip to what took a row's place."""
    return f"{prefix}_{zlib.crc32(chr(0).join(names).encode()):08x}"
