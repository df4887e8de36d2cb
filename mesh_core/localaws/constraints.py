"""The constraints of AWS's service models that botocore leaves to the service: longest, largest, and patterns.

Source: `max` and `pattern` of the shapes in the service models that botocore ships. Patterns are Java's; those that
Python reads otherwise (surrogates) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_SHOWN_CHARACTERS = 200
# Athena has words of its own for the one; the other's pattern would refuse names of one letter, which PREPARE takes.
_ELSEWHERE = ("MaxQueryResults", "StatementName")


def refusal(params: dict[str, Any], shape: Any) -> str | None:
    """AWS's text for an input that breaks constraints; None for one that keeps them."""
    found = list(_broken(params, shape, ""))
    if not found:
        return None
    return f"{len(found)} validation error{'s' * (len(found) > 1)} detected: {'; '.join(found)}"


def _broken(value: Any, shape: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, inner in value.items():
            key = name[:1].lower() + name[1:]
            yield from _broken(inner, shape.members[name], f"{path}.{key}" if path else key)
        return
    if shape.name not in _ELSEWHERE and (wish := _wish(value, shape)) is not None:
        yield f"Value '{str(value)[:_SHOWN_CHARACTERS]}' at '{path}' failed to satisfy constraint: Member must {wish}"
    if shape.type_name == "list":
        for number, inner in enumerate(value, 1):
            yield from _broken(inner, shape.member, f"{path}.{number}.member")


def _wish(value: Any, shape: Any) -> str | None:
    most, pattern = shape.metadata.get("max"), shape.metadata.get("pattern", "")
    if isinstance(value, int):
        return f"have value less than or equal to {most}" if most is not None and value > most else None
    if most is not None and len(value) > most:
        return f"have length less than or equal to {most}"
    if pattern and "\\uD8" not in pattern and isinstance(value, str) and not re.fullmatch(pattern, value):
        return f"satisfy regular expression pattern: {pattern}"
    return None
