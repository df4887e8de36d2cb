"""Hive type texts, as far as row filters compare columns of them with constants."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

Comparable = Literal["text", "number", "boolean"]

_COMPARABLE: dict[str, Comparable] = {
    **dict.fromkeys(("string", "char", "varchar"), "text"),
    **dict.fromkeys(
        ("tinyint", "smallint", "int", "integer", "bigint", "long", "float", "real", "double", "decimal"), "number"
    ),
    "boolean": "boolean",
}


def comparable(hive_type: str) -> Comparable | None:
    """What kind of constant a column can be compared with; None for a type that row filters don't take."""
    return _COMPARABLE.get(hive_type.lower().partition("(")[0].strip())


def field_type(hive_type: str, path: list[str]) -> str | None:
    """The type at a path of struct fields (lower-case names); None when there is no such field."""
    for name in path:
        fields = _fields(hive_type)
        if name not in fields:
            return None
        hive_type = fields[name]
    return hive_type


def fields_but(hive_type: str, excluded: Collection[str], prefix: str = "") -> list[str]:
    """The dotted paths that are left of a struct without the excluded ones, each as short as possible."""
    found: list[str] = []
    for name, kind in _fields(hive_type).items():
        path = f"{prefix}{name}"
        if any(each.startswith(f"{path}.") for each in excluded) and path not in excluded:
            found += fields_but(kind, excluded, f"{path}.")
        elif path not in excluded:
            found.append(path)
    return found


def _fields(hive_type: str) -> dict[str, str]:
    """`struct<a:int,b:array<string>>` -> {"a": "int", "b": "array<string>"}; {} for what is not a struct."""
    text = hive_type.strip()
    if not text.lower().startswith("struct<") or not text.endswith(">"):
        return {}
    fields: dict[str, str] = {}
    for part in _split(text[len("struct<") : -1]):
        name, _, kind = part.partition(":")
        fields[name.strip().strip("`").lower()] = kind.strip()
    return fields


def _split(text: str) -> list[str]:
    """At the commas that are outside of every bracket."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character in "<(") - (character in ">)")
        if character == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]] if text else []
