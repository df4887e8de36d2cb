"""DuckDB's types and Hive's: the map between them, and SQL that carries a typed value (JSON, Parquet) across.

A value that the target type can't hold becomes NULL, which the writer counts as a rejected row: a cast is taken only
when casting back gives the same value.
"""

from __future__ import annotations

from typing import Any

from mesh_core.domain import hive_types
from mesh_core.domain.hive_types import Array, Decimal, Map, Scalar, Struct
from mesh_core.domain.schema import column_names
from mesh_core.errors import InvalidInputError
from mesh_core.gateways.uploads_duckdb import identifier, quoted

_PLAIN = {
    "boolean": "boolean",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "integer": "int",
    "bigint": "bigint",
    "utinyint": "smallint",
    "usmallint": "int",
    "uinteger": "bigint",
    "ubigint": "decimal(20,0)",
    "hugeint": "decimal(38,0)",
    "uhugeint": "decimal(38,0)",
    "float": "float",
    "double": "double",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp_s": "timestamp",
    "timestamp_ms": "timestamp",
    "timestamp_ns": "timestamp",
    "timestamp with time zone": "timestamp",
    "timestamptz_ns": "timestamp",
    "blob": "binary",
}
_DUCK = {"string": "VARCHAR", "int": "INTEGER", "binary": "BLOB"}


def hive_type_of(duck_type: Any) -> str:
    """The Hive type that a DuckDB type becomes; what Hive lacks (time, UUID, enum, JSON, ...) becomes string."""
    match duck_type.id:
        case "list" | "array":
            return f"array<{hive_type_of(duck_type.children[0][1])}>"
        case "map":
            parts = dict(duck_type.children)
            return f"map<{hive_type_of(parts['key'])},{hive_type_of(parts['value'])}>"
        case "struct":
            names = column_names([name for name, _ in duck_type.children])
            fields = [f"{n}:{hive_type_of(kind)}" for n, (_, kind) in zip(names, duck_type.children, strict=True)]
            return f"struct<{','.join(fields)}>" if fields else "string"
        case "decimal":
            parts = dict(duck_type.children)
            return f"decimal({parts['precision']},{parts['scale']})"
        case plain:
            return _PLAIN.get(plain, "string")


def duck_name(hive_type: str) -> str:
    """The DuckDB type whose Parquet form a Hive table of `hive_type` reads."""
    match hive_types.parse(hive_type):
        case Scalar(name="varchar" | "char"):
            return "VARCHAR"
        case Scalar(name=name):
            return _DUCK.get(name, name.upper())
        case Decimal(precision=precision, scale=scale):
            return f"DECIMAL({precision}, {scale})"
        case Array(element=element):
            return f"{duck_name(str(element))}[]"
        case Map(key=key, value=value):
            return f"MAP({duck_name(str(key))}, {duck_name(str(value))})"
        case Struct(fields=fields):
            return f"STRUCT({', '.join(f'{identifier(n)} {duck_name(str(kind))}' for n, kind in fields)})"


def from_typed(sql: str, duck_type: Any, hive_type: str) -> str:
    """SQL: the value `sql` of `duck_type` as `hive_type`, NULL where it would be changed.

    Raises InvalidInputError for a nested value that is to become another nested type.
    """
    natural = hive_type_of(duck_type)
    value = _natural(sql, duck_type)
    if hive_types.canonical(hive_type) == hive_types.canonical(natural):
        return value
    nested = hive_types.is_nested(natural)
    if hive_type == "string":
        return f"CASE WHEN {sql} IS NOT NULL THEN to_json({value})::VARCHAR END" if nested else f"({value})::VARCHAR"
    if nested or hive_types.is_nested(hive_type):
        raise InvalidInputError(f"{natural} can't become {hive_type}. Nothing was written. Keep it, or choose string.")
    name = duck_name(hive_type)
    cast = f"try_cast({value} AS {name})"
    return f"CASE WHEN try_cast({cast} AS {duck_name(natural)}) = {value} THEN {cast} END"


def _natural(sql: str, duck_type: Any, depth: int = 0) -> str:
    """SQL: the value in the Hive type of its own type, with nested names as columns have them."""
    item = f"x{depth}"
    match duck_type.id:
        case "list" | "array":
            inner = _natural(item, duck_type.children[0][1], depth + 1)
            return f"list_transform({sql}, lambda {item}: {inner})"
        case "map":
            parts = dict(duck_type.children)
            key = _natural(f"{item}.key", parts["key"], depth + 1)
            value = _natural(f"{item}.value", parts["value"], depth + 1)
            pairs = f"list_transform(map_entries({sql}), lambda {item}: {{'key': {key}, 'value': {value}}})"
            return f"CASE WHEN {sql} IS NOT NULL THEN map_from_entries({pairs}) END"
        case "struct" if duck_type.children:
            return _natural_struct(sql, duck_type, depth)
        case "timestamp with time zone" | "timestamptz_ns":
            return f"({sql}::TIMESTAMPTZ AT TIME ZONE 'UTC')"
        case _:
            return f"try_cast({sql} AS {duck_name(hive_type_of(duck_type))})"


def _natural_struct(sql: str, duck_type: Any, depth: int) -> str:
    names = column_names([name for name, _ in duck_type.children])
    parts = [
        f"{quoted(name)}: {_natural(f'struct_extract({sql}, {quoted(source)})', kind, depth + 1)}"
        for name, (source, kind) in zip(names, duck_type.children, strict=True)
    ]
    return f"CASE WHEN {sql} IS NOT NULL THEN {{{', '.join(parts)}}} END"
