"""SHOW and DESCRIBE: lines of text as Hive prints them, of what the caller may see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from mesh_core.localaws.athena import ddl_forms as f
from mesh_core.localaws.athena.ddl_tables import create_statement, partition_name
from mesh_core.localaws.athena.failures import QueryFailure
from mesh_core.localaws.athena.glue_calls import Glue
from mesh_core.localaws.athena.views import BadViewError, View, decode, is_view
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context

_Show = f.ShowDatabases | f.ShowTables | f.ShowColumns | f.ShowPartitions | f.ShowCreate | f.ShowProperties | f.Describe
_DESCRIBED = (("col_name", "string"), ("data_type", "string"), ("comment", "string"))
_BLANK = "\t \t "


@dataclass(frozen=True)
class Shown:
    """A text result: its columns as (name, type), and its lines; a line of several columns is one cell, with tabs."""

    columns: tuple[tuple[str, str], ...]
    lines: list[str]


class Shows:
    """Runs the statements that only look."""

    def __init__(self, ctx: Context) -> None:
        self._glue = Glue(ctx)

    def run(self, caller: Caller, form: _Show, database: str) -> Shown:
        """The result. QueryFailure, AwsError."""
        match form:
            case f.ShowDatabases():
                names = [each["Name"] for each in self._glue.databases(caller)]
                return Shown((("database_name", "string"),), _filtered(names, form.pattern))
            case f.ShowTables():
                return self._tables(caller, form, form.database or database)
            case f.ShowColumns():
                table = self._table(caller, form.table, database)
                return Shown((("field", "string"),), [f"{column['Name']:<20}" for column in _columns(table)])
            case f.ShowPartitions():
                return self._partitions(caller, form.table, database)
            case f.ShowCreate():
                return self._create(caller, form, database)
            case f.ShowProperties():
                return self._properties(caller, form, database)
            case f.Describe():
                return self._describe(caller, form, database)

    def _tables(self, caller: Caller, form: f.ShowTables, database: str) -> Shown:
        self._require_database(caller, database)
        tables = self._glue.tables(caller, database)
        names = [table["Name"] for table in tables if not form.views or is_view(table)]
        column = "views" if form.views else "tab_name"
        return Shown(((column, "string"),), _filtered(names, form.pattern))

    def _require_database(self, caller: Caller, database: str) -> None:
        try:
            self._glue.database(caller, database)
        except AwsError as error:
            if error.code != "EntityNotFoundException":
                raise
            raise QueryFailure(
                f"FAILED: SemanticException [Error 10072]: Database does not exist: {database}"
            ) from error

    def _table(self, caller: Caller, name: f.Name, database: str) -> dict[str, Any]:
        return require_table(self._glue, caller, name, database)

    def _partitions(self, caller: Caller, name: f.Name, database: str) -> Shown:
        table = self._table(caller, name, database)
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        if not keys:
            raise QueryFailure(
                "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
                f"Table {name.table} is not a partitioned table"
            )
        found = self._glue.partitions(caller, name.database or database, name.table)
        return Shown((("partition", "string"),), sorted(partition_name(keys, each["Values"]) for each in found))

    def _create(self, caller: Caller, form: f.ShowCreate, database: str) -> Shown:
        table = self._table(caller, form.table, database)
        written = f"{form.table.database}.{form.table.table}" if form.table.database else form.table.table
        if form.view:
            if not is_view(table):
                raise QueryFailure(f"FAILED: SemanticException {written} is a table, not a view: use SHOW CREATE TABLE")
            return Shown((("create view", "varchar"),), f"CREATE VIEW {written} AS\n{_view(table).sql}".split("\n"))
        if is_view(table):
            raise QueryFailure(f"FAILED: SemanticException {written} is a view, not a table: use SHOW CREATE VIEW")
        return Shown((("createtab_stmt", "string"),), create_statement(table, written))

    def _properties(self, caller: Caller, form: f.ShowProperties, database: str) -> Shown:
        properties = self._table(caller, form.table, database).get("Parameters", {})
        columns = (("prpt_name", "string"), ("prpt_value", "string"))
        if form.key is None:
            return Shown(columns, [f"{key}\t{value}" for key, value in sorted(properties.items())])
        missing = f"Table {form.table.database or database}.{form.table.table} does not have property: {form.key}"
        return Shown(columns, [properties.get(form.key, missing)])

    def _describe(self, caller: Caller, form: f.Describe, database: str) -> Shown:
        table = self._table(caller, form.table, database)
        if form.partition is not None:
            self._require_partition(caller, form, database, table)
        if form.column is not None:
            return Shown(_DESCRIBED, [_line(column) for column in _columns(table) if column["Name"] == form.column])
        if is_view(table):
            return Shown((("column", "string"), ("type", "string")), _view_lines(table))
        return Shown(_DESCRIBED, _described(table, form.mode))

    def _require_partition(self, caller: Caller, form: f.Describe, database: str, table: dict[str, Any]) -> None:
        keys = [key["Name"].lower() for key in table.get("PartitionKeys", [])]
        wanted = dict(form.partition or ())
        for each in self._glue.partitions(caller, form.table.database or database, form.table.table):
            values = dict(zip(keys, each["Values"], strict=True))
            if all(values.get(key) == value for key, value in wanted.items()):
                return
        raise QueryFailure(f"FAILED: SemanticException [Error 10006]: Partition not found {wanted}")


def require_table(glue: Glue, caller: Caller, name: f.Name, database: str) -> dict[str, Any]:
    """A table as the caller sees it; QueryFailure in Hive's words when there is none for him."""
    found = glue.table_or_none(caller, name.database or database, name.table)
    if found is None:
        raise QueryFailure(
            f"FAILED: SemanticException [Error 10001]: Table not found {name.database or database}.{name.table} "
            "(it does not exist, or you have no permission on it)"
        )
    return found


def exists(ctx: Context, database: str, name: str) -> bool:
    """Whether a table's or view's name is taken, seen by the caller or not."""
    try:
        ctx.catalog.table(database, name)
    except AwsError as error:
        if error.code == "EntityNotFoundException":
            return False
        raise
    return True


def _view(table: dict[str, Any]) -> View:
    try:
        return decode(table)
    except BadViewError as error:
        raise QueryFailure(f"FAILED: SemanticException {error}") from error


def _view_lines(table: dict[str, Any]) -> list[str]:
    """Trino's types, of the columns that the caller sees: the stored text has them all."""
    typed = {name.lower(): kind for name, kind in _view(table).columns}
    return [f"{column['Name']}\t{typed.get(column['Name'].lower(), column['Type'])}" for column in _columns(table)]


def _columns(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]


def _filtered(names: list[str], pattern: str | None) -> list[str]:
    """Names that match: `*` stands for any text, `|` between alternatives, as in Hive."""
    if pattern is None:
        return sorted(names)
    try:
        wanted = re.compile(re.sub(r"(?<!\.)\*", ".*", pattern), re.I)
    except re.error as error:
        raise QueryFailure(f"FAILED: the pattern '{pattern}' is no regular expression: {error}") from error
    return sorted(name for name in names if wanted.fullmatch(name))


def _line(column: dict[str, Any]) -> str:
    # Hive pads each field to 20 characters and cuts none.
    return f"{column['Name']:<20}\t{column['Type']:<20}\t{column.get('Comment', ''):<20}"


def _described(table: dict[str, Any], mode: str) -> list[str]:
    header = f"{'# col_name':<20}\t{'data_type':<20}\t{'comment':<20}"
    lines = [_line(column) for column in _columns(table)]
    keys = table.get("PartitionKeys", [])
    if mode == "formatted":
        lines = [header, _BLANK, *(_line(column) for column in table["StorageDescriptor"].get("Columns", []))]
    if keys:
        lines += [_BLANK, "# Partition Information\t \t ", header, _BLANK, *(_line(key) for key in keys)]
    if mode == "extended":
        lines += [_BLANK, f"Detailed Table Information\t{_one_line(table)}\t"]
    return lines + (_formatted(table) if mode == "formatted" else [])


def _one_line(table: dict[str, Any]) -> str:
    storage = table["StorageDescriptor"]
    return (
        f"Table(tableName:{table['Name']}, dbName:{table['DatabaseName']}, owner:{table.get('Owner', '')}, "
        f"location:{storage.get('Location', '')}, inputFormat:{storage.get('InputFormat', '')}, "
        f"outputFormat:{storage.get('OutputFormat', '')}, "
        f"serializationLib:{storage.get('SerdeInfo', {}).get('SerializationLibrary', '')}, "
        f"parameters:{table.get('Parameters', {})}, tableType:{table.get('TableType', '')})"
    )


def _formatted(table: dict[str, Any]) -> list[str]:
    storage = table["StorageDescriptor"]
    serde = storage.get("SerdeInfo", {})
    details = {
        "Database:": table["DatabaseName"],
        "Owner:": table.get("Owner", ""),
        "Location:": storage.get("Location", ""),
        "Table Type:": table.get("TableType", ""),
    }
    stored = {
        "SerDe Library:": serde.get("SerializationLibrary", ""),
        "InputFormat:": storage.get("InputFormat", ""),
        "OutputFormat:": storage.get("OutputFormat", ""),
    }
    return [
        _BLANK,
        "# Detailed Table Information\t \t ",
        *(f"{key:<20}\t{value:<20}\t " for key, value in details.items()),
        "Table Parameters:\t \t ",
        *(f"\t{key:<20}\t{value:<20}" for key, value in sorted(table.get("Parameters", {}).items())),
        _BLANK,
        "# Storage Information\t \t ",
        *(f"{key:<20}\t{value:<20}\t " for key, value in stored.items()),
        "Storage Desc Params:\t \t ",
        *(f"\t{key:<20}\t{value:<20}" for key, value in sorted(serde.get("Parameters", {}).items())),
    ]
