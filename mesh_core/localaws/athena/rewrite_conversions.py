"""Explicit conversions: CAST, TRY_CAST and AT TIME ZONE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.functions_sketches import TYPES
from mesh_core.localaws.athena.rewrite_casts import cast, castable
from mesh_core.localaws.athena.rewrite_literals import interval_offset, zone_name
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import UNKNOWN, ZONED, Type

if TYPE_CHECKING:
    from mesh_core.localaws.athena.rewrite import Expressions

SKETCHES = set(TYPES)


def cast_(at: Expressions, node: Any) -> Typed:
    """CAST and TRY_CAST."""
    value, target = at.typed(node.this), at.type_of(node.args["to"])
    if node.args.get("format"):
        raise unsupported(f"{at.at(node)}: CAST with a format")
    if value.type.name != target.name and {value.type.name, target.name} & SKETCHES:
        return _sketch(at, node, value, target)
    if not castable(value.type, target):
        raise failure("TYPE_MISMATCH", f"{at.at(node)}: Cannot cast {value.type} to {target}")
    if target.name == ZONED and value.type.name == ZONED:
        target = Type(ZONED, (target.args[0], value.type.args[1]))
    sql = cast(value, target)
    if isinstance(node, exp.TryCast):
        return Typed(f"TRY({_quietly(sql)})" if sql != value.sql else sql, target)
    return Typed(at.tried(sql), target)


def _sketch(at: Expressions, node: Any, value: Typed, target: Type) -> Typed:
    """A sketch becomes another one, never bytes."""
    names = {value.type.name, target.name}
    if value.type == UNKNOWN:
        return Typed(cast(value, target), target)
    if names == {"hyperloglog", "p4hyperloglog"}:
        return Typed(value.sql, target)
    if "varbinary" in names:
        raise unsupported(f"{at.at(node)}: A cast of {value.type} to {target}")
    raise failure("TYPE_MISMATCH", f"{at.at(node)}: Cannot cast {value.type} to {target}")


def at_time_zone(at: Expressions, node: Any) -> Typed:
    """AT TIME ZONE."""
    value, zone = at.typed(node.this), node.args["zone"]
    if isinstance(zone, exp.Interval):
        zone = exp.Literal.string(interval_offset(zone, at.at(zone)))
    if not isinstance(zone, exp.Literal) or not zone.is_string:
        raise unsupported(f"{at.at(node)}: AT TIME ZONE with a zone that is not a literal")
    if value.type.name == "timestamp":
        wanted = types.zoned(digits=value.type.args[0])
        value = Typed(cast(value, wanted), wanted)
    if value.type.name != ZONED:
        raise failure(
            "TYPE_MISMATCH",
            f"{at.at(node)}: Type of value must be a time or timestamp with or without time zone (actual {value.type})",
        )
    return Typed(value.sql, types.zoned(zone_name(zone.this), value.type.args[0]))


def _quietly(sql: str) -> str:
    return re.sub(r"(?<![\w\"])athena_(\w+)\(", r"try_athena_\1(", sql)
