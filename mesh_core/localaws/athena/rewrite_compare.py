"""Comparisons in a common type, with Trino's NULLs and NaN also inside arrays, maps and rows.

DuckDB takes two NULLs inside nested values for equal, NaN for equal to itself and above all numbers, and maps for equal
only in the same order. Trino: an element that is NULL makes the answer unknown, NaN equals nothing, a map has no order.
"""

from __future__ import annotations

from mesh_core.localaws.athena.failures import QueryFailure, failure, unsupported
from mesh_core.localaws.athena.functions_sketches import TYPES as SKETCHES
from mesh_core.localaws.athena.rewrite_casts import coerce
from mesh_core.localaws.athena.rewrite_texts import text_of
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import BOOLEAN, INTEGERS, NESTED, Type, common, parts, quoted, row_fields
from mesh_core.localaws.athena.zones import moment

FLOATS = ("double", "real")


def mismatch(symbol: str, left: Typed, right: Typed, where: str) -> QueryFailure:
    """Athena's text for operands that do not go together."""
    return failure("TYPE_MISMATCH", f"{where}: Cannot apply operator: {left.type} {symbol} {right.type}")


def orderable(of: Type) -> bool:
    """Whether values of a type have an order."""
    match of.name:
        case name if name in ("map", "json", "function", *SKETCHES):
            return False
        case "array":
            return orderable(of.args[0])
        case "row":
            return all(orderable(each) for _, each in of.args)
        case _:
            return True


def compare(symbol: str, left: Typed, right: Typed, where: str) -> Typed:
    """A comparison of two values in their common type. QueryFailure TYPE_MISMATCH when there is none."""
    wide = common(left.type, right.type)
    if wide is None or wide.name in SKETCHES or (symbol not in ("=", "<>") and not orderable(wide)):
        raise mismatch(symbol, left, right, where)
    if wide.name in INTEGERS:  # DuckDB widens integers by itself, and better: it converts the constant
        return Typed(f"({left.sql} {symbol} {right.sql})", BOOLEAN)
    return Typed(compared(symbol, coerce(left, wide), coerce(right, wide), wide), BOOLEAN)


def compared(symbol: str, one: str, other: str, of: Type, depth: int = 0) -> str:
    """The comparison of two values of one type; NULL where Trino does not know."""
    if of.name in NESTED:
        if symbol in ("=", "<>"):
            equal = _equal(one, other, of, depth)
            return equal if symbol == "=" else f"(NOT {equal})"
        return _ordered(symbol, one, other, of, depth)
    if of.name in FLOATS:
        return _nan_safe(symbol, one, other)
    if of.name == "char" and symbol not in ("=", "<>"):
        # kept without its blanks, which sort above control characters
        return f"({text_of(one, of)} {symbol} {text_of(other, of)})"
    if of.name == "timestamp with time zone":
        return f"({moment(one, of)} {symbol} {moment(other, of)})"
    return f"({one} {symbol} {other})"


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


def _equal(one: str, other: str, of: Type, depth: int) -> str:
    key = f"c{depth}"
    match of.name:
        case "row":
            pairs = [(f"({one}).{quoted(name)}", f"({other}).{quoted(name)}", kind) for name, kind in row_fields(of)]
            return "(" + " AND ".join(compared("=", a, b, kind, depth) for a, b, kind in pairs) + ")"
        case "array":
            inner = compared("=", f"({one})[{key}]", f"({other})[{key}]", of.args[0], depth + 1)
            items = f"list_transform(range(1, len({one}) + 1), lambda {key}: {inner})"
            return f"CASE WHEN len({one}) <> len({other}) THEN false ELSE athena_every({one}, {other}, {items}) END"
        case _:
            values = (f"map_extract_value({one}, {key})", f"map_extract_value({other}, {key})")
            inner = compared("=", *values, of.args[1], depth + 1)
            items = f"list_transform(map_keys({one}), lambda {key}: {inner})"
            every = f"athena_every({one}, {other}, {items})"
            return f"CASE WHEN NOT athena_same_keys({one}, {other}) THEN false ELSE {every} END"


def _ordered(symbol: str, one: str, other: str, of: Type, depth: int) -> str:
    """Element by element up to the first that differs; a NULL before it is an error."""
    if of.name == "row":
        arms = []
        for name, kind in row_fields(of):
            a, b = f"({one}).{quoted(name)}", f"({other}).{quoted(name)}"
            arms.append(f"WHEN {a} IS NULL OR {b} IS NULL THEN {_no_nulls('ROW', 'fields')}")
            arms.append(f"WHEN {compared('<>', a, b, kind, depth)} THEN {compared(symbol, a, b, kind, depth)}")
        even = "true" if "=" in symbol else "false"
        return f"CASE WHEN {one} IS NULL OR {other} IS NULL THEN NULL {' '.join(arms)} ELSE {even} END"
    key = f"c{depth}"
    a, b = f"({one})[{key}]", f"({other})[{key}]"
    differs = f"{a} IS NULL OR {b} IS NULL OR {compared('<>', a, b, of.args[0], depth + 1)}"
    at = f"list_filter(range(1, least(len({one}), len({other})) + 1), lambda {key}: {differs})[1]"
    first, second = f"({one})[{at}]", f"({other})[{at}]"
    return (
        f"CASE WHEN {one} IS NULL OR {other} IS NULL THEN NULL WHEN {at} IS NULL THEN len({one}) {symbol} len({other}) "
        f"WHEN {first} IS NULL OR {second} IS NULL THEN {_no_nulls('ARRAY', 'arrays')} "
        f"ELSE {compared(symbol, first, second, of.args[0], depth + 1)} END"
    )


def floating(of: Type) -> bool:
    """Whether numbers that may be NaN are inside a type's values."""
    return any(each.name in FLOATS for each in parts(of))


def ranked(sql: str, of: Type, depth: int = 0) -> str:
    """A value by which to find the greatest: NaN, also inside arrays and rows, is below all numbers."""
    match of.name:
        case name if name in FLOATS:
            return f"CASE WHEN isnan({sql}) THEN -CAST('Infinity' AS DOUBLE) ELSE CAST({sql} AS DOUBLE) END"
        case "array" if floating(of):
            key = f"g{depth}"
            return f"list_transform({sql}, lambda {key}: {ranked(key, of.args[0], depth + 1)})"
        case "row" if floating(of):
            fields = [f"{quoted(n)} := {ranked(f'({sql}).{quoted(n)}', kind, depth)}" for n, kind in row_fields(of)]
            return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({', '.join(fields)}) END"
        case _:
            return sql


def greatest_of(items: str, of: Type) -> str:
    """The greatest element of a list without NULLs, whose elements are arrays or rows with floating numbers inside."""
    return f"list_max(list_transform({items}, lambda g: struct_pack(k := {ranked('g', of)}, v := g))).v"


def _no_nulls(what: str, where: str) -> str:
    return (
        f"CAST(athena_fail('NOT_SUPPORTED', '{what} comparison not supported for {where} with null elements') "
        "AS BOOLEAN)"
    )


def require_key(of: Type, where: str, what: str) -> None:
    """QueryFailure for types whose equal values DuckDB would tell apart when it makes groups of them."""
    if any(each.name == "map" for each in parts(of)):
        raise unsupported(f"{where}: {what} of maps")
    if any(each.name == "timestamp with time zone" and each.args[1] is None for each in parts(of)):
        raise unsupported(f"{where}: {what} of timestamps with different time zones")


def sort_keys(value: Typed, descending: bool, nulls_first: bool) -> list[str]:
    """The keys of ORDER BY for one value: NaN comes last among the numbers, whichever way they are sorted."""
    direction, nulls = "DESC" if descending else "ASC", "FIRST" if nulls_first else "LAST"
    sql = value.sql
    match value.type.name:
        case "double" | "real" if descending:
            null = -1 if nulls_first else 2
            rank = f"CASE WHEN {sql} IS NULL THEN {null} WHEN isnan({sql}) THEN 1 ELSE 0 END"
            return [rank, f"{sql} DESC NULLS {nulls}"]
        case "char":
            sql = text_of(sql, value.type)
        case "timestamp with time zone":
            sql = moment(sql, value.type)
    return [f"{sql} {direction} NULLS {nulls}"]
