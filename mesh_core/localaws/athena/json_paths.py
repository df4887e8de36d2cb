"""Trino's JSON paths: `$.a["b c"][0]`, and nothing more."""

from __future__ import annotations

import re
from functools import lru_cache

_PART = re.compile(r"\.([\w:]+)|\[(\w+)\]|\[\"((?:[^\"\\]|\\[\"\\])*)\"\]")


@lru_cache(1024)
def steps(path: str) -> tuple[str, ...] | None:
    """The fields and indexes of a path in their order; None for a path that Trino does not take."""
    if not path.startswith("$"):
        return None
    at, found = 1, []
    while at < len(path):
        part = _PART.match(path, at)
        if part is None:
            return None
        found.append(part[1] or part[2] or re.sub(r"\\(.)", r"\1", part[3]))
        at = part.end()
    return tuple(found)


def canonical(path: str) -> str | None:
    """The same path as DuckDB reads it."""
    found = steps(path)
    return None if found is None else "$" + "".join(_written(each, path) for each in found)


def _written(step: str, path: str) -> str:
    if step.isdecimal() and step.isascii() and f"[{step}]" in path:
        return f"[{step}]"
    quoted = step.replace("\\", "\\\\").replace('"', '\\"')
    return f'."{quoted}"'
