"""Which of Parquet's types Athena reads as which column type: integers and floats may widen, nothing else may change.

DuckDB would convert whatever it can. Athena ends a query that names such a column with HIVE_BAD_DATA.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.types import NESTED, Type, duckdb_type, row_fields

# DuckDB's name for what a file holds -> Parquet's physical type
_PHYSICAL = {
    "BOOLEAN": "BOOLEAN", "TINYINT": "INT32", "SMALLINT": "INT32", "INT": "INT32", "UTINYINT": "INT32",
    "USMALLINT": "INT32", "UINT": "INT32", "BIGINT": "INT64", "UBIGINT": "INT64", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE",
    "VARCHAR": "BINARY", "TEXT": "BINARY", "BLOB": "BINARY", "VARBINARY": "BINARY", "DATE": "INT32",
    "UUID": "FIXED_LEN_BYTE_ARRAY", "DECIMAL": "FIXED_LEN_BYTE_ARRAY",
}  # fmt: skip
_WHOLE_32 = {"TINYINT", "SMALLINT", "INT", "UTINYINT", "USMALLINT", "UINT"}
_WHOLE_64 = {"BIGINT", "UBIGINT"}
_BINARY = {"VARCHAR", "TEXT", "BLOB", "VARBINARY"}
_READ: dict[str, set[str]] = {
    "boolean": {"BOOLEAN"},
    "tinyint": _WHOLE_32,
    "smallint": _WHOLE_32,
    "integer": _WHOLE_32,
    "bigint": _WHOLE_32 | _WHOLE_64,
    "real": {"FLOAT"},
    "double": {"FLOAT", "DOUBLE"},
    "decimal": {"DECIMAL"} | _WHOLE_32 | _WHOLE_64,
    "varchar": _BINARY,
    "char": _BINARY,
    "varbinary": _BINARY,
    "date": {"DATE"},
}


def mismatch(there: str, wanted: Type) -> str | None:
    """Parquet's type of a column that Athena does not read as `wanted`; None when it does. there: DuckDB's type."""
    from sqlglot import exp

    found = exp.DataType.build(there, dialect="duckdb")
    return None if _reads(found, wanted) else _physical(found)


def _reads(found: Any, wanted: Type) -> bool:
    kind = found.this.name if hasattr(found.this, "name") else str(found.this)
    if wanted.name in NESTED:
        return _reads_nested(kind, found, wanted)
    if wanted.name == "timestamp":
        return kind.startswith("TIMESTAMP")
    return wanted.name not in _READ or kind in _READ[wanted.name]


def _reads_nested(kind: str, found: Any, wanted: Type) -> bool:
    if wanted.name == "array":
        return kind in ("ARRAY", "LIST") and _reads(found.expressions[0], wanted.args[0])
    if wanted.name == "map":
        return kind == "MAP" and all(_reads(*each) for each in zip(found.expressions, wanted.args, strict=True))
    if kind != "STRUCT":
        return False
    fields = {each.name.lower(): each.args["kind"] for each in found.expressions}
    return all(name.lower() not in fields or _reads(fields[name.lower()], of) for name, of in row_fields(wanted))


def _physical(found: Any) -> str:
    kind = found.this.name
    if kind == "DECIMAL":
        digits = int(found.expressions[0].name) if found.expressions else 18
        return "INT32" if digits <= 9 else "INT64" if digits <= 18 else "FIXED_LEN_BYTE_ARRAY"
    return "INT64" if kind.startswith("TIMESTAMP") else _PHYSICAL.get(kind, "group")


def require_readable(shape: dict[str, str], columns: Sequence[tuple[str, str, Type]], file: str) -> None:
    """QueryFailure in Athena's words for a column (name in the file, name, type) that it does not read from a file.

    shape: lower-case name -> DuckDB's type. file: the file as the caller may know it.
    """
    for there, name, wanted in columns:
        kind = shape.get(there)
        if kind is None or _alike(kind, wanted) or (found := mismatch(kind, wanted)) is None:
            continue
        text = f"Field {name}'s type {found} in {file} is incompatible with type {wanted} defined in table schema"
        raise failure("HIVE_BAD_DATA", text)


def _alike(kind: str, wanted: Type) -> bool:
    return kind.replace('"', "").lower() == duckdb_type(wanted).replace('"', "").lower()


def in_place(shapes: Sequence[dict[str, str]], count: int) -> tuple[str, ...]:
    """What the first columns are called in all files. QueryFailure by name where files differ in that."""
    names = {tuple(shape)[:count] for shape in {id(shape): shape for shape in shapes}.values()}
    if len(names) > 1:
        raise unsupported("parquet.column.index.access over files whose columns differ in name or place")
    return names.pop()
