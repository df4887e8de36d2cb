"""Calls with a grammar of their own: EXTRACT, TRIM, and the paths of JSON functions."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.functions import (
    registry,
)
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import VARCHAR

_EXTRACTED = {
    "timezone_hour", "timezone_minute", "year", "quarter", "month", "week", "day", "day_of_month", "day_of_week",
    "dow", "day_of_year", "doy", "year_of_week", "yow", "hour", "minute", "second",
}  # fmt: skip


def extract(at: Expressions, node: Any) -> Typed:
    """EXTRACT(field FROM value)."""
    name = node.this.name.lower()
    name = {"dayofweek": "day_of_week", "dayofyear": "day_of_year", "dayofmonth": "day_of_month"}.get(name, name)
    if name not in _EXTRACTED:
        raise failure("INVALID_ARGUMENTS", f"{at.at(node)}: Invalid EXTRACT field: {node.this.name}")
    value = at.typed(node.expression)
    if value.type.name not in {"date", "time", "timestamp", types.ZONED, "unknown"} | _INTERVALS:
        what = f"Cannot extract {node.this.name.upper()} from {value.type}"
        raise failure("TYPE_MISMATCH", f"{at.at(node.expression)}: {what}")
    return named(at, name, [node.expression], node)


_INTERVALS = {types.DAY_INTERVAL.name, types.MONTH_INTERVAL.name}


def trim(at: Expressions, node: Any) -> Typed:
    """TRIM with its side and its characters."""
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get((node.args.get("position") or "").upper(), "trim")
    characters = node.args.get("expression")
    return named(at, name, [node.this, characters] if characters is not None else [node.this], node)


def json_path(at: Expressions, node: Any) -> Typed:
    """JSON_VALUE, JSON_QUERY and their kin, by a path's text."""
    path = node.args.get("path") or node.expression
    allowed = {"this", "path", "expression", "json_query", "returning", "option", "quote", "on_condition"}
    extra = [
        name for name, given in node.args.items() if given and name not in {"this", "path", "expression", "json_query"}
    ]
    if extra or not isinstance(path, exp.Literal):
        raise unsupported(f"{at.at(node)}: This form of JSON_VALUE or JSON_QUERY ({', '.join(extra) or 'path'})")
    del allowed
    value = at.typed(node.this)
    found = re.fullmatch(r"\s*(?:lax|strict)?\s*(\$(?:\.\w+|\[\d+\])*)\s*", path.this)
    if not found or value.type.name not in types.TEXTS | {"json"}:
        raise unsupported(f"{at.at(node)}: The JSON path '{path.this}'")
    where = types.literal(found[1])
    if isinstance(node, exp.JSONValue):
        return Typed(f"athena_json_scalar({value.sql}, {where})", VARCHAR)
    item = f"json_extract({value.sql}, {where})"
    return Typed(f"CASE WHEN json_type({item}) IN ('OBJECT', 'ARRAY') THEN CAST({item} AS VARCHAR) END", VARCHAR)


def named(at: Expressions, name: str, arguments: list[Any], node: Any) -> Typed:
    """The call of a registered function by its name."""
    from mesh_core.localaws.athena.rewrite_calls import scalar

    return scalar(at, node, registry()[name], arguments)
