"""information_schema: databases, tables, views and columns, as far as the caller sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.iam_asks import IamAsks
from mesh_core.localaws.athena.scope import Field, Query
from mesh_core.localaws.athena.type_texts import UnknownTypeError, parse_type
from mesh_core.localaws.athena.types import (
    BIGINT,
    VARCHAR,
    Type,
    column_type_text,
    literal,
    quoted,
)
from mesh_core.localaws.athena.views import BadViewError, decode, is_view
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.view import View

CATALOG = "awsdatacatalog"
Row = tuple[str | int | None, ...]

_COLUMNS: dict[str, tuple[str, ...]] = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "views": ("table_catalog", "table_schema", "table_name", "view_definition"),
    "columns": (
        "table_catalog", "table_schema", "table_name", "column_name", "ordinal_position", "column_default",
        "is_nullable", "data_type", "comment", "extra_info",
    ),
}  # fmt: skip


def table(ctx: Context, caller: Caller, asks: IamAsks, name: str, where: str) -> Query:
    """One of its tables as a query over literal rows."""
    if name not in _COLUMNS:
        raise failure("TABLE_NOT_FOUND", f"{where}: Table '{CATALOG}.information_schema.{name}' does not exist")
    columns = _COLUMNS[name]
    types = [BIGINT if each == "ordinal_position" else VARCHAR for each in columns]
    asks.require(caller, "GetDatabases")
    rows = list(_rows(ctx, caller, asks, name))
    fields = tuple(Field(each, of, quoted(each)) for each, of in zip(columns, types, strict=True))
    return Query(_values(columns, types, rows), fields)


def _values(columns: tuple[str, ...], types: list[Type], rows: list[Row]) -> str:
    names = ", ".join(quoted(each) for each in columns)
    if not rows:
        empty = ", ".join(f"CAST(NULL AS {'BIGINT' if of == BIGINT else 'VARCHAR'})" for of in types)
        return f"SELECT * FROM (SELECT {empty}) AS i({names}) WHERE false"
    lines = ", ".join(
        "(" + ", ".join(_cell(value, of) for value, of in zip(row, types, strict=True)) + ")" for row in rows
    )
    return f"SELECT * FROM (VALUES {lines}) AS i({names})"


def _cell(value: str | int | None, of: Type) -> str:
    if value is None:
        return "CAST(NULL AS VARCHAR)"
    return f"CAST({value} AS BIGINT)" if of == BIGINT else literal(str(value))


def _rows(ctx: Context, caller: Caller, asks: IamAsks, name: str) -> Iterator[Row]:
    for database in ctx.catalog.databases():
        schema = database["Name"].lower()
        if not ctx.lake.database_access(caller, schema):
            continue
        if name == "schemata":
            yield (CATALOG, schema)
        elif asks.allows(caller, "GetTables", DatabaseName=schema):
            yield from _of_database(ctx, caller, schema, name)
    if name == "schemata":
        yield (CATALOG, "information_schema")


def _of_database(ctx: Context, caller: Caller, schema: str, name: str) -> Iterator[Row]:
    tables = [each for each in ctx.catalog.tables(schema) if not each.get("TargetTable")]
    access = ctx.lake.tables_access(caller, schema, tables)
    for each in tables:
        verdict = access[each["Name"].lower()]
        if not verdict.permissions:
            continue
        match name:
            case "tables":
                yield (CATALOG, schema, each["Name"].lower(), "VIEW" if is_view(each) else "BASE TABLE")
            case "views" if is_view(each):
                # the text names every column: a partial reader gets none, as from Glue
                yield (CATALOG, schema, each["Name"].lower(), _definition(each) if View(each, verdict).whole else None)
            case "columns":
                yield from _columns(schema, View(each, verdict).table(each))
            case _:
                pass


def _definition(table: dict[str, Any]) -> str | None:
    try:
        return decode(table).sql
    except BadViewError:
        return None


def _columns(schema: str, table: dict[str, Any]) -> Iterator[Row]:
    keys = [each["Name"].lower() for each in table.get("PartitionKeys") or ()]
    every = [*table["StorageDescriptor"].get("Columns", ()), *(table.get("PartitionKeys") or ())]
    for index, each in enumerate(every):
        name = each["Name"].lower()
        extra = "partition key" if name in keys else None
        yield (
            CATALOG, schema, table["Name"].lower(), name, index + 1, None, "YES", _type_text(each.get("Type") or ""),
            each.get("Comment"), extra,
        )  # fmt: skip


def _type_text(hive: str) -> str:
    try:
        return (
            column_type_text(parse_type(hive)).replace("timestamp", "timestamp(3)")
            if hive == "timestamp"
            else column_type_text(parse_type(hive))
        )
    except UnknownTypeError:
        return hive
