"""Arithmetic with Trino's result types, its integer division and its decimals."""

from __future__ import annotations

import re

from mesh_core.localaws.athena.rewrite_casts import coerce
from mesh_core.localaws.athena.rewrite_compare import mismatch
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import (
    DATE,
    DAY_INTERVAL,
    INTEGERS,
    MONTH_INTERVAL,
    NUMERIC,
    UNKNOWN,
    ZONED,
    Type,
    as_decimal,
    common,
    decimal,
    duckdb_type,
)
from mesh_core.localaws.athena.zones import at_wall, carried, local, moment


def arithmetic(symbol: str, left: Typed, right: Typed, where: str, wide: bool) -> Typed:
    """`+ - * / %` of numbers, dates and intervals. `wide`: decimals are calculated with all of their 38 digits."""
    if left.type == UNKNOWN and right.type == UNKNOWN:
        return Typed("NULL", Type("integer"))
    if left.type.name in NUMERIC | {"unknown"} and right.type.name in NUMERIC | {"unknown"}:
        return _numbers(symbol, left, right, wide)
    if symbol in "+-*/" and (found := _instants(symbol, left, right)):
        return found
    raise mismatch(symbol, left, right, where)


def _numbers(symbol: str, left: Typed, right: Typed, wide: bool) -> Typed:
    of = common(left.type, right.type) or UNKNOWN
    if of.name == "decimal":
        return _decimals(symbol, left, right, wide)
    one, other = coerce(left, of), coerce(right, of)
    if of.name in INTEGERS:
        return Typed(f"({one} {'//' if symbol == '/' else symbol} {other})", of)
    return Typed(f"({one} {symbol} {other})", of)


def _decimals(symbol: str, left: Typed, right: Typed, wide: bool) -> Typed:
    kinds = [as_decimal(each.type) if each.type != UNKNOWN else decimal(1, 0) for each in (left, right)]
    (p1, s1), (p2, s2) = kinds[0].args, kinds[1].args
    one, other = coerce(left, kinds[0]), coerce(right, kinds[1])
    match symbol:
        case "/":
            return _divided(one, other, kinds)
        case "*":
            of = decimal(p1 + p2, s1 + s2)
        case "%":
            of = decimal(min(p2 - s2, p1 - s1) + max(s1, s2), max(s1, s2))
        case _:
            of = decimal(max(p1 - s1, p2 - s2) + max(s1, s2) + 1, max(s1, s2))
    if wide:
        one, other = (
            f"CAST({sql} AS DECIMAL(38,{kind.args[1]}))" for sql, kind in zip((one, other), kinds, strict=True)
        )
    return Typed(f"({one} {symbol} {other})", of)


def _divided(one: str, other: str, kinds: list[Type]) -> Typed:
    (p1, s1), (_, s2) = kinds[0].args, kinds[1].args
    scale = max(s1, s2)
    of = decimal(p1 + s2 + max(s2 - s1, 0), scale)
    quotient = f"athena_divide({unscaled(one, s1, scale + s2)}, {unscaled(other, s2, s2)})"
    return Typed(scaled(quotient, of), of)


def unscaled(sql: str, scale: int, wanted: int) -> str:
    """A decimal times ten to the power `wanted`, a whole number."""
    if wanted == 0:
        return f"CAST({sql} AS HUGEINT)"
    whole = (
        f"CAST(CAST({sql} AS DECIMAL(38,{scale})) * CAST({10 ** min(scale, wanted)} AS "
        f"DECIMAL({min(scale, wanted) + 1},0)) AS HUGEINT)"
    )
    return whole if wanted <= scale else f"({whole} * {10 ** (wanted - scale)})"


def scaled(sql: str, of: Type) -> str:
    """A whole number divided by ten to the power of a decimal type's scale, as that type."""
    if of.args[1] == 0:
        return f"CAST({sql} AS {duckdb_type(of)})"
    step = "0." + "0" * (of.args[1] - 1) + "1"
    return (
        f"CAST(CAST({sql} AS DECIMAL(38,0)) * CAST('{step}' AS DECIMAL({of.args[1]},{of.args[1]})) AS "
        f"{duckdb_type(of)})"
    )


def _instants(symbol: str, left: Typed, right: Typed) -> Typed | None:
    kinds = (left.type.name, right.type.name)
    intervals = (DAY_INTERVAL.name, MONTH_INTERVAL.name)
    if symbol == "+" and kinds[0] in intervals and kinds[1] not in intervals:
        return _instants(symbol, right, left)
    if kinds[1] in intervals and symbol in "+-":
        if kinds[0] == kinds[1]:
            return Typed(f"({left.sql} {symbol} {right.sql})", left.type)
        return _moved(symbol, left, right)
    if symbol == "-" and kinds[0] in ("date", "timestamp", ZONED, "time") and kinds[0] == kinds[1]:
        return _difference(left, right)
    if symbol in "*/" and kinds[0] in intervals and kinds[1] in NUMERIC:
        return _stretched(symbol, left, right)
    if symbol == "*" and kinds[1] in intervals and kinds[0] in NUMERIC:
        return _stretched(symbol, right, left)
    return None


def _moved(symbol: str, left: Typed, right: Typed) -> Typed | None:
    match left.type.name:
        case "date" if right.type == MONTH_INTERVAL:
            return Typed(f"CAST({left.sql} {symbol} {right.sql} AS DATE)", DATE)
        case "date":
            return Typed(f"({left.sql} {symbol} {_days(right.sql)})", DATE)
        case "time" if right.type == MONTH_INTERVAL:
            return None
        case "timestamp" | "time":
            return Typed(f"({left.sql} {symbol} {right.sql})", _widened(left.type, right.type))
        case "timestamp with time zone" if right.type == MONTH_INTERVAL:
            return Typed(at_wall(f"({local(left.sql, left.type.args[1])} {symbol} {right.sql})", left), left.type)
        case "timestamp with time zone" if left.type.args[1] is None:
            moved = carried(f"(({left.sql}).t {symbol} {right.sql})", f"({left.sql}).z")
            return Typed(moved, _widened(left.type, right.type))
        case "timestamp with time zone":
            return Typed(f"({left.sql} {symbol} {right.sql})", _widened(left.type, right.type))
        case _:
            return None


def _widened(of: Type, interval: Type) -> Type:
    """Intervals of days have milliseconds, so the sum has them too."""
    return of if interval == MONTH_INTERVAL else Type(of.name, (max(3, of.args[0]), *of.args[1:]))


_DAY_US = 86_400_000_000


def _days(interval: str) -> str:
    """The whole days of an interval; hours and less can't be added to a date."""
    literal = re.fullmatch(r"to_microseconds\((-?\d+)\)", interval)
    if literal and int(literal[1]) % _DAY_US == 0:
        return f"({int(literal[1]) // _DAY_US})"
    return f"athena_whole_days({interval})"


def _difference(left: Typed, right: Typed) -> Typed:
    one, other = (_microseconds(each) for each in (left, right))
    digits = max(each.type.args[0] if each.type.args else 0 for each in (left, right))
    between = f"({one} - {other})" if digits <= 3 else f"athena_round_to({one} - {other}, 1000)"
    return Typed(f"to_microseconds({between})", DAY_INTERVAL)


def _microseconds(value: Typed) -> str:
    match value.type.name:
        case "date":
            return f"epoch_us(CAST({value.sql} AS TIMESTAMP))"
        case "time":
            return f"epoch_us(DATE '1970-01-01' + {value.sql})"
        case _:
            return f"epoch_us({moment(value.sql, value.type)})"


def _stretched(symbol: str, interval: Typed, number: Typed) -> Typed:
    by = f"CAST({number.sql} AS DOUBLE)"
    if interval.type == MONTH_INTERVAL:
        return Typed(f"to_months(CAST(athena_months({interval.sql}) {symbol} {by} AS INTEGER))", MONTH_INTERVAL)
    return Typed(f"to_microseconds(CAST(epoch_us({interval.sql}) {symbol} {by} AS BIGINT))", DAY_INTERVAL)


def negated(value: Typed) -> str:
    """-x; a whole number that has no opposite of its type is an error."""
    if value.type.name in INTEGERS:
        return f"(CAST(0 AS {duckdb_type(value.type)}) - {value.sql})"
    return f"(- {value.sql})"
