"""CREATE, DROP, ALTER and MSCK REPAIR: definitions changed through Glue's checked operations.

Where a statement replaces a definition it starts from the catalog's whole document, not from what the caller sees: a
caller whose columns are filtered must not delete the others by a change elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mesh_core.localaws.athena import ddl_forms as f
from mesh_core.localaws.athena.ddl_partitions import Partitions
from mesh_core.localaws.athena.ddl_show import Shown, require_table
from mesh_core.localaws.athena.ddl_tables import (
    as_input,
    check_location,
    glue_columns,
    no_duplicates,
    table_input,
    texts,
)
from mesh_core.localaws.athena.failures import QueryFailure, unsupported
from mesh_core.localaws.athena.glue_calls import Glue
from mesh_core.localaws.athena.views import is_view
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context

_NOTHING = Shown((), [])
_DDL_TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
Change = Callable[[dict[str, Any]], None]
Definition = (
    f.CreateDatabase
    | f.DropDatabase
    | f.AlterDatabase
    | f.CreateTable
    | f.DropTable
    | f.RepairTable
    | f.AddPartitions
    | f.DropPartitions
    | f.RenamePartition
    | f.AddColumns
    | f.ReplaceColumns
    | f.ChangeColumn
    | f.SetProperties
    | f.SetLocation
)


class Definitions:
    """Runs the statements that change the catalog."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._glue = ctx, Glue(ctx)
        self._partitions = Partitions(ctx, self._glue)

    def run(self, caller: Caller, form: Definition, database: str) -> Shown:
        """Do it; most print nothing. QueryFailure, AwsError."""
        match form:
            case f.CreateDatabase() | f.DropDatabase() | f.AlterDatabase():
                self._database(caller, form)
            case f.CreateTable():
                self._create_table(caller, form, database)
            case f.DropTable():
                self._drop_table(caller, form, database)
            case f.RepairTable() | f.AddPartitions() | f.DropPartitions() | f.RenamePartition():
                return Shown((), self._partitions.run(caller, form, database))
            case f.SetLocation() if form.partition is not None:
                self._partitions.move(caller, form.table, form.partition, form.location, database)
            case _:
                self._change_table(caller, form.table, database, _change(form))
        return _NOTHING

    def _database(self, caller: Caller, form: f.CreateDatabase | f.DropDatabase | f.AlterDatabase) -> None:
        match form:
            case f.CreateDatabase():
                self._create_database(caller, form)
            case f.DropDatabase():
                self._drop_database(caller, form)
            case f.AlterDatabase():
                current = dict(self._glue.database(caller, form.name))
                parameters = {**current.get("Parameters", {}), **texts(form.properties)}
                kept = ("Description", "LocationUri", "CreateTableDefaultPermissions")
                document = {"Name": form.name, "Parameters": parameters}
                document |= {key: current[key] for key in kept if key in current}
                self._glue.call(caller, "UpdateDatabase", Name=form.name, DatabaseInput=document)

    def _create_database(self, caller: Caller, form: f.CreateDatabase) -> None:
        document: dict[str, Any] = {"Name": form.name}
        if form.comment is not None:
            document["Description"] = form.comment
        if form.location is not None:
            check_location(form.location)
            document["LocationUri"] = form.location
        if form.properties:
            document["Parameters"] = texts(form.properties)
        try:
            self._glue.call(caller, "CreateDatabase", DatabaseInput=document)
        except AwsError as error:
            if not (form.if_not_exists and error.code == "AlreadyExistsException"):
                raise

    def _drop_database(self, caller: Caller, form: f.DropDatabase) -> None:
        try:
            self._glue.database(caller, form.name)
        except AwsError as error:
            if error.code != "EntityNotFoundException":
                raise
            if form.if_exists:
                return
            raise QueryFailure(
                f"FAILED: SemanticException [Error 10072]: Database does not exist: {form.name}"
            ) from error
        tables = [table["Name"] for table in self._ctx.catalog.tables(form.name)]
        if tables and not form.cascade:
            raise QueryFailure(
                f"{_DDL_TASK}InvalidOperationException(message:Database {form.name} is not empty. One or more tables "
                "exist.) Drop its tables first, or add CASCADE"
            )
        # All rights are asked before the first table goes.
        self._ctx.lake.require_database(caller, form.name, "DROP")
        for table in tables:
            self._ctx.lake.require_table(caller, form.name, table, "DROP")
        for table in tables:
            self._glue.call(caller, "DeleteTable", DatabaseName=form.name, Name=table)
        self._glue.call(caller, "DeleteDatabase", Name=form.name)

    def _create_table(self, caller: Caller, form: f.CreateTable, database: str) -> None:
        kind = dict(form.properties).get("table_type")
        if form.transforms or str(kind).upper() == "ICEBERG":
            raise unsupported("CREATE TABLE for an Iceberg table")
        document = table_input(form, int(self._ctx.now().timestamp()))
        try:
            self._glue.call(caller, "CreateTable", DatabaseName=form.table.database or database, TableInput=document)
        except AwsError as error:
            if not (form.if_not_exists and error.code == "AlreadyExistsException"):
                raise

    def _drop_table(self, caller: Caller, form: f.DropTable, database: str) -> None:
        database, name = form.table.database or database, form.table.table
        table = self._glue.table_or_none(caller, database, name)
        if table is None and form.if_exists:
            return
        table = table or require_table(self._glue, caller, form.table, database)
        if is_view(table) != form.view:
            what, verb = ("a view", "DROP VIEW") if is_view(table) else ("a table", "DROP TABLE")
            raise QueryFailure(f"FAILED: SemanticException {database}.{name} is {what}: use {verb}")
        self._glue.call(caller, "DeleteTable", DatabaseName=database, Name=name)

    def _change_table(self, caller: Caller, name: f.Name, database: str, change: Change) -> None:
        database = name.database or database
        table = require_table(self._glue, caller, name, database)
        if is_view(table):
            raise QueryFailure(
                f"FAILED: SemanticException [Error 10131]: {name.table} is a view: use CREATE OR REPLACE"
            )
        document = as_input(self._ctx.catalog.table(database, name.table))
        change(document)
        self._glue.call(caller, "UpdateTable", DatabaseName=database, TableInput=document)


def _change(form: f.AddColumns | f.ReplaceColumns | f.ChangeColumn | f.SetProperties | f.SetLocation) -> Change:
    """What a statement does to a table's document, in place."""

    def change(document: dict[str, Any]) -> None:
        storage = document["StorageDescriptor"]
        match form:
            case f.AddColumns():
                storage["Columns"] = [*storage.get("Columns", []), *glue_columns(form.columns)]
            case f.ReplaceColumns():
                storage["Columns"] = glue_columns(form.columns)
            case f.ChangeColumn():
                storage["Columns"] = _changed(storage.get("Columns", []), form)
            case f.SetProperties():
                document["Parameters"] = {**document.get("Parameters", {}), **texts(form.properties)}
            case f.SetLocation():
                check_location(form.location)
                storage["Location"] = form.location
        no_duplicates(column["Name"].lower() for column in [*storage["Columns"], *document.get("PartitionKeys", [])])

    return change


def _changed(columns: list[dict[str, Any]], form: f.ChangeColumn) -> list[dict[str, Any]]:
    names = [column["Name"].lower() for column in columns]
    if form.old not in names:
        raise QueryFailure(f"FAILED: SemanticException [Error 10002]: Invalid column reference {form.old}")
    at = names.index(form.old)
    found = list(columns)
    old = found.pop(at)
    new = glue_columns([form.new])[0]
    if "Comment" in old and "Comment" not in new:
        new["Comment"] = old["Comment"]
    if form.after:
        names.pop(at)
        if form.after not in names:
            raise QueryFailure(f"FAILED: SemanticException [Error 10002]: Invalid column reference {form.after}")
        at = names.index(form.after) + 1
    elif form.after == "":
        at = 0
    found.insert(at, new)
    return found
