"""Rows, arrays and maps compared as Trino compares them, and queries whose result is compared as a row.

DuckDB takes two NULLs inside of nested values for equal, and two maps for different whose entries stand in another
order. In Trino a NULL inside leaves equality open (NULL) unless something else differs, and a map has no order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.rewrite_casts import coerce
from mesh_core.localaws.athena.rewrite_compare import compare
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
    test = compare(symbol, *_sides(left, wide), at.at(node)).sql
    if word == "ANY":
        verdict = f"CASE WHEN bool_or({test}) THEN true WHEN count(*) > count({test}) THEN NULL ELSE false END"
    else:
        verdict = f"CASE WHEN NOT bool_and({test}) THEN false WHEN count(*) > count({test}) THEN NULL ELSE true END"
    return Typed(f"(SELECT {verdict} FROM ({packed(query, wide)}) AS s)", BOOLEAN)


def _sides(left: Typed, wide: Type) -> tuple[Typed, Typed]:
    """What is compared: rows, or their values when they have one field (a NULL there is no error)."""
    if len(wide.args) != 1:
        return left, Typed("s.r", wide)
    name, of = row_fields(wide)[0]
    return Typed(f"({left.sql}).{quoted(name)}", of), Typed(f"(s.r).{quoted(name)}", of)


def exists_equal(at: Expressions, node: Any, value: Typed, query: Query) -> Typed:
    """`row IN (query)` where a NULL answer counts as no: a semi join on the fields."""
    wide = common_row(at, node, value, query)
    left = as_row(value, wide)
    test = compare("=", left, Typed("s.r", wide), at.at(node)).sql
    return Typed(f"EXISTS (SELECT 1 FROM ({packed(query, wide)}) AS s WHERE {test})", BOOLEAN)
