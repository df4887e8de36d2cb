"""Explicit conversions: CAST and TRY_CAST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.functions_sketches import TYPES
from mesh_core.localaws.athena.rewrite_casts import cast, castable
from mesh_core.localaws.athena.rewrite_names import data_type
from mesh_core.localaws.athena.rewrite_zones import with_zone
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import UNKNOWN, Type

if TYPE_CHECKING:
    from mesh_core.localaws.athena.rewrite import Expressions

SKETCHES = set(TYPES)


def cast_(at: Expressions, node: Any) -> Typed:
    """CAST and TRY_CAST."""
    from mesh_core.localaws.athena.rewrite import caught

    value, target = at.typed(node.this), data_type(node.args["to"], at.at(node))
    if node.args.get("format"):
        raise unsupported(f"{at.at(node)}: CAST with a format")
    if value.type.name != target.name and {value.type.name, target.name} & SKETCHES:
        return _sketch(at, node, value, target)
    if not castable(value.type, target):
        raise failure("TYPE_MISMATCH", f"{at.at(node)}: Cannot cast {value.type} to {target}")
    target = with_zone(node.this, value.type, target)
    sql = cast(value, target)
    if isinstance(node, exp.TryCast) and sql != value.sql:
        return Typed(caught(sql), target)
    return Typed(sql, target)


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
