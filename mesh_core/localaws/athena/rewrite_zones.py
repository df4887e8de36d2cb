"""AT TIME ZONE, and the zones that casts give."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.rewrite_casts import cast, coerce
from mesh_core.localaws.athena.rewrite_literals import interval_offset
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import DAY_INTERVAL, TEXTS, VARCHAR, ZONED, Type, zoned
from mesh_core.localaws.athena.zones import carried, moment, normalised

if TYPE_CHECKING:
    from mesh_core.localaws.athena.rewrite import Expressions


def at_time_zone(at: Expressions, node: Any) -> Typed:
    """value AT TIME ZONE zone."""
    value = at.typed(node.this)
    if value.type.name == "timestamp":
        value = Typed(cast(value, zoned(digits=value.type.args[0])), zoned(digits=value.type.args[0]))
    if value.type.name == "time":
        raise unsupported(f"{at.at(node)}: The type time with time zone")
    if value.type.name != ZONED:
        raise failure(
            "TYPE_MISMATCH",
            f"{at.at(node)}: Type of value must be a time or timestamp with or without time zone (actual {value.type})",
        )
    return moved(at, node, value, node.args["zone"])


def moved(at: Expressions, node: Any, value: Typed, zone: Any) -> Typed:
    """The same instant in another zone: a name, an interval, or whatever a column says."""
    bare = moment(value.sql, value.type)
    if isinstance(zone, exp.Interval):
        return Typed(bare, zoned(interval_offset(zone, at.at(zone)), value.type.args[0]))
    if isinstance(zone, exp.Literal) and zone.is_string:
        return Typed(bare, zoned(zone_name(zone.this), value.type.args[0]))
    given = at.typed(zone)
    if given.type.name in TEXTS:
        name = f"athena_zone_name({coerce(given, VARCHAR)})"
    elif given.type == DAY_INTERVAL:
        name = f"athena_offset_name({given.sql})"
    else:
        raise failure("TYPE_MISMATCH", f"{at.at(node)}: Invalid time zone type: {given.type}")
    known = f"CASE WHEN athena_wall({bare}, {name}) IS NOT NULL THEN {bare} END"
    return Typed(carried(known, name), zoned(None, value.type.args[0]))


def zone_name(text: str) -> str:
    """A time zone's name as Trino shows it. QueryFailure for one that is not there."""
    if (found := normalised(text)) is None:
        raise failure("INVALID_FUNCTION_ARGUMENT", f"'{text}' is not a valid time zone")
    return found


def with_zone(node: Any, source: Type, target: Type) -> Type:
    """A cast's target, with the zone that its values get: their own, the session's, or what their texts say."""
    if target.name != ZONED:
        return target
    if source.name == ZONED:
        return zoned(source.args[1], target.args[0])
    if source.name in TEXTS:
        named = (
            re.search(r"[^-+:.\d\s].*$|[-+]\d\d:?\d\d$", node.this.strip()) if isinstance(node, exp.Literal) else None
        )
        if named and (zone := normalised(named[0])):
            return zoned(zone, target.args[0])
        return zoned("UTC" if isinstance(node, exp.Literal) and not named else None, target.args[0])
    return target
