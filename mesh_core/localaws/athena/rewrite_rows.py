"""Rows, arrays and maps compared as Trino compares them, and queries whose result is compared as a row.

DuckDB takes two NULLs inside of nested values for equal, and two maps for different whose entries stand in another
order. In Trino a NULL inside leaves equality open (NULL) unless something else differs, and a map has no order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.rewrite_casts import coerce
from mesh_core.localaws.athena.rewrite_operators import compare, mismatch
from mesh_core.localaws.athena.scope import Query, Typed
from mesh_core.localaws.athena.types import BOOLEAN, UNKNOWN, Type, common, duckdb_type, quoted, row_fields

if TYPE_CHECKING:
    from mesh_core.localaws.athena.rewrite import Expressions


def row_type(query: Query) -> Type:
    """What one row of a query is as a value."""
    return Type("row", tuple((each.name, each.type) for each in query.fields if not each.hidden))


def packed(query: Query, wanted: Type | None = None) -> str:
    """A query's rows as a query of one column of rows, coerced to a wider type of row."""
    of = wanted or row_type(query)
    shown = [each for each in query.fields if not each.hidden]
    parts = [
        f"{quoted(name)} := {coerce(Typed(f'q.{each.sql}', each.type), kind)}"
        for (name, kind), each in zip(row_fields(of), shown, strict=True)
    ]
    return f"SELECT struct_pack({', '.join(parts)}) AS r FROM ({query.sql}) AS q"


def scalar_row(query: Query) -> Typed:
    """A query of several columns as one value: a row; one of NULLs when the query gives nothing."""
    of = row_type(query)
    nulls = ", ".join(f"{quoted(name)} := CAST(NULL AS {duckdb_type(kind)})" for name, kind in row_fields(of))
    return Typed(f"coalesce(({packed(query)}), struct_pack({nulls}))", of)


def as_row(value: Typed, wide: Type) -> Typed:
    """A value in the type of row in which it is compared; a lone value is a row of one field."""
    if value.type.name == "row" or value.type == UNKNOWN:
        return Typed(coerce(value, wide), wide)
    (name, of) = row_fields(wide)[0]
    return Typed(f"struct_pack({quoted(name)} := {coerce(value, of)})", wide)


def common_row(at: Expressions, node: Any, value: Typed, query: Query) -> Type:
    """The type in which a value is compared with a query's rows. QueryFailure when there is none."""
    given = value.type if value.type.name == "row" or value.type == UNKNOWN else Type("row", ((None, value.type),))
    wide = common(given, row_type(query))
    if wide is None:
        raise failure(
            "TYPE_MISMATCH",
            f"{at.at(node)}: Value expression and result of subquery must be of the same type: {given} vs "
            f"{row_type(query)}",
        )
    return wide


def matches(at: Expressions, node: Any, value: Typed, query: Query, how: tuple[str, str]) -> Typed:
    """A row compared with each row of a query: `how` is (symbol, ANY or ALL)."""
    symbol, word = how
    wide = common_row(at, node, value, query)
    left = as_row(value, wide)
    test = compare(symbol, left, Typed("s.r", wide), at.at(node)).sql
    if word == "ANY":
        verdict = f"CASE WHEN bool_or({test}) THEN true WHEN count(*) > count({test}) THEN NULL ELSE false END"
    else:
        verdict = f"CASE WHEN NOT bool_and({test}) THEN false WHEN count(*) > count({test}) THEN NULL ELSE true END"
    return Typed(f"(SELECT {verdict} FROM ({packed(query, wide)}) AS s)", BOOLEAN)


def exists_equal(at: Expressions, node: Any, value: Typed, query: Query) -> Typed:
    """`row IN (query)` where a NULL answer counts as no: a semi join on the fields."""
    wide = common_row(at, node, value, query)
    left = as_row(value, wide)
    test = compare("=", left, Typed("s.r", wide), at.at(node)).sql
    return Typed(f"EXISTS (SELECT 1 FROM ({packed(query, wide)}) AS s WHERE {test})", BOOLEAN)


def compare_nested(symbol: str, left: Typed, right: Typed, where: str) -> Typed:
    """A comparison of two rows, arrays or maps of one type."""
    of, one, other = left.type, left.sql, right.sql
    if symbol == "=":
        return Typed(equal(of, one, other, where), BOOLEAN)
    if symbol == "<>":
        return Typed(f"(NOT {equal(of, one, other, where)})", BOOLEAN)
    if of.name == "row":
        return Typed(_ordered(symbol, left, right, where), BOOLEAN)
    if of.name == "map" or _unordered(of):
        raise mismatch(symbol, left, right, where)
    return Typed(f"({one} {symbol} {other})", BOOLEAN)


def equal(of: Type, one: str, other: str, where: str) -> str:
    """`one = other` in three values."""
    match of.name:
        case "row":
            tests = [
                compare(
                    "=", Typed(f"({one}).{quoted(name)}", each), Typed(f"({other}).{quoted(name)}", each), where
                ).sql
                for name, each in row_fields(of)
            ]
            return "(" + " AND ".join(tests) + ")"
        case "array":
            return _equal_arrays(of, one, other, where)
        case _:
            return _equal_maps(of, one, other, where)


def _equal_arrays(of: Type, one: str, other: str, where: str) -> str:
    item = of.args[0]
    test = compare("=", Typed("p.a", item), Typed("p.b", item), where).sql
    pairs = f"list_transform(list_zip({one}, {other}), lambda z: struct_pack(a := z[1], b := z[2]))"
    results = f"list_transform({pairs}, lambda p: {test})"
    return (
        f"CASE WHEN {one} IS NULL OR {other} IS NULL THEN NULL WHEN len({one}) <> len({other}) THEN false "
        f"ELSE athena_all([], {results}) END"
    )


def _equal_maps(of: Type, one: str, other: str, where: str) -> str:
    kind = of.args[1]
    test = compare("=", Typed("p.a", kind), Typed("p.b", kind), where).sql
    pairs = (
        f"list_transform(map_entries({one}), lambda e: struct_pack(a := e.value, b := map_extract_value({other}, "
        f"e.key), c := map_contains({other}, e.key)))"
    )
    results = f"list_transform({pairs}, lambda p: CASE WHEN p.c THEN {test} ELSE false END)"
    return (
        f"CASE WHEN {one} IS NULL OR {other} IS NULL THEN NULL WHEN cardinality({one}) <> cardinality({other}) "
        f"THEN false ELSE athena_all([], {results}) END"
    )


def _ordered(symbol: str, left: Typed, right: Typed, where: str) -> str:
    """Field by field; the first difference decides."""
    fields = row_fields(left.type)
    strict = symbol[0]
    terms: list[str] = []
    before: list[str] = []
    for index, (name, of) in enumerate(fields):
        one, other = Typed(f"({left.sql}).{quoted(name)}", of), Typed(f"({right.sql}).{quoted(name)}", of)
        last = index == len(fields) - 1
        test = compare(symbol if last else strict, one, other, where).sql
        terms.append("(" + " AND ".join([*before, test]) + ")")
        before.append(compare("=", one, other, where).sql)
    return "(" + " OR ".join(terms) + ")"


def _unordered(of: Type) -> bool:
    return of.name in ("map", "json") or any(_unordered(each) for each in of.args if isinstance(each, Type))
