"""Arithmetic and comparison with Trino's result types, its integer division and its decimals."""

from __future__ import annotations

from mesh_core.localaws.athena.failures import QueryFailure, failure
from mesh_core.localaws.athena.rewrite_casts import coerce, instant, local
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import (
    BOOLEAN,
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


def mismatch(symbol: str, left: Typed, right: Typed, where: str) -> QueryFailure:
    """Athena's text for operands that do not go together."""
    return failure("TYPE_MISMATCH", f"{where}: Cannot apply operator: {left.type} {symbol} {right.type}")


def compare(symbol: str, left: Typed, right: Typed, where: str) -> Typed:
    """A comparison of two values in their common type; NaN equals nothing, itself included."""
    wide = common(left.type, right.type)
    if wide is None or (symbol not in ("=", "<>") and wide.name in ("map", "json")):
        raise mismatch(symbol, left, right, where)
    if wide.name in INTEGERS:  # DuckDB widens integers by itself, and better: it converts the constant
        return Typed(f"({left.sql} {symbol} {right.sql})", BOOLEAN)
    one, other = coerce(left, wide), coerce(right, wide)
    if wide.name in ("double", "real"):
        return Typed(_nan_safe(symbol, one, other), BOOLEAN)
    if wide.name in ("row", "array", "map"):
        from mesh_core.localaws.athena.rewrite_rows import compare_nested

        return compare_nested(symbol, Typed(one, wide), Typed(other, wide), where)
    return Typed(f"({one} {symbol} {other})", BOOLEAN)


def _nan_safe(symbol: str, one: str, other: str) -> str:
    plain = f"({one} {symbol} {other})"
    if _constant(one) or _constant(other):
        # a constant that is no NaN: only > and >= and <> could be true for DuckDB's NaN, which is above all
        value = other if _constant(one) else one
        if symbol in ("=", "<>") or (symbol in ("<", "<=")) == (value == one):
            return plain
        return f"({plain} AND NOT isnan({value}))"
    test = f"isnan({one}) OR isnan({other})"
    return f"CASE WHEN {test} THEN {'true' if symbol == '<>' else 'false'} ELSE {plain} END"


def _constant(sql: str) -> bool:
    return sql.startswith(("CAST('", "CAST(CAST(")) and "NaN" not in sql and '"' not in sql


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
    if symbol == "%":
        return Typed(f"fmod({one}, {other})", of)
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
        case "date":
            return Typed(f"CAST({left.sql} {symbol} {right.sql} AS DATE)", DATE)
        case "timestamp":
            return Typed(f"({left.sql} {symbol} {right.sql})", Type("timestamp", (max(3, left.type.args[0]),)))
        case "time":
            return Typed(f"({left.sql} {symbol} {right.sql})", left.type)
        case "timestamp with time zone" if right.type == MONTH_INTERVAL:
            zone = left.type.args[1]
            return Typed(instant(f"({local(left.sql, zone)} {symbol} {right.sql})", zone), left.type)
        case "timestamp with time zone":
            return Typed(f"({left.sql} {symbol} {right.sql})", left.type)
        case _:
            return None


def _difference(left: Typed, right: Typed) -> Typed:
    fine = any(each.type.args and each.type.args[0] > 3 for each in (left, right))
    if left.type.name == "time":
        sql = f"((DATE '1970-01-01' + {left.sql}) - (DATE '1970-01-01' + {right.sql}))"
        return Typed(f"athena_round_interval({sql})" if fine else sql, DAY_INTERVAL)
    one, other = (
        f"epoch_us(CAST({each.sql} AS TIMESTAMP))" if each.type == DATE else f"epoch_us({each.sql})"
        for each in (left, right)
    )
    sql = f"to_microseconds({one} - {other})"
    return Typed(f"athena_round_interval({sql})" if fine else sql, DAY_INTERVAL)


def _stretched(symbol: str, interval: Typed, number: Typed) -> Typed:
    by = f"CAST({number.sql} AS DOUBLE)"
    if interval.type == MONTH_INTERVAL:
        return Typed(f"to_months(CAST(athena_months({interval.sql}) {symbol} {by} AS INTEGER))", MONTH_INTERVAL)
    return Typed(f"to_microseconds(CAST(epoch_us({interval.sql}) {symbol} {by} AS BIGINT))", DAY_INTERVAL)
