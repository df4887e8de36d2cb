"""The values of partition keys: texts in the catalog and in folders' names, compared with what WHERE asks for."""

from __future__ import annotations

from datetime import date
from typing import Any

from mesh_core.localaws.athena.types import INTEGERS, Type

# (symbol, constants): `=`, `<`, `<=`, `>`, `>=` with one constant, `in` with several
Condition = tuple[str, tuple[Any, ...]]


def may_satisfy(text: str | None, of: Type, condition: Condition) -> bool:
    """Whether a key of that value can satisfy a comparison; True where that is not known."""
    symbol, wanted = condition
    if text is None:
        return False
    value = _comparable(text, of)
    if value is None or any(type(each) is not type(value) for each in wanted):
        return True
    match symbol:
        case "in":
            return value in wanted
        case "=":
            return bool(value == wanted[0])
        case "<":
            return bool(value < wanted[0])
        case "<=":
            return bool(value <= wanted[0])
        case ">":
            return bool(value > wanted[0])
        case ">=":
            return bool(value >= wanted[0])
        case _:
            return True


def _comparable(text: str, of: Type) -> Any:
    try:
        match of.name:
            case name if name in INTEGERS:
                return int(text)
            case "date":
                return date.fromisoformat(text)
            case "varchar" | "char":
                return text
            case _:
                return None
    except ValueError:
        return None
