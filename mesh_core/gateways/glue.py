"""The Glue Data Catalog as CatalogReader and CatalogWriter."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from mesh_core.domain.glue_shapes import (
    DATABASE_INPUT_KEYS,
    PARTITION_INPUT_KEYS,
    TABLE_INPUT_KEYS,
    database_of,
    only,
    table_of,
)
from mesh_core.domain.world import Database, Table
from mesh_core.errors import AwsError, NameTakenError, NotFoundError
from mesh_core.gateways.aws_errors import NOT_FOUND, code_of, translated
from mesh_core.services.ports import TableDefinition

BATCH = 100  # BatchCreatePartition's limit


class GlueCatalog:
    """`client` gives a Glue client that acts as the portal."""

    def __init__(self, client: Callable[[], Any]) -> None:
        self._client = client

    def databases(self) -> tuple[Database, ...]:
        """All databases, by name."""
        with translated("the catalog's databases"):
            pages = self._client().get_paginator("get_databases").paginate()
            return tuple(database_of(one) for page in pages for one in page["DatabaseList"])

    def tables(self, database: str) -> tuple[Table, ...]:
        """All tables and views of a database."""
        try:
            with translated(f"the tables of {database}"):
                pages = self._client().get_paginator("get_tables").paginate(DatabaseName=database)
                return tuple(table_of(database, one) for page in pages for one in page["TableList"])
        except NotFoundError:
            return ()

    def database_definition(self, name: str) -> str | None:
        """A DatabaseInput."""
        found = self._get(f"database {name}", lambda: self._client().get_database(Name=name)["Database"])
        return only(found, DATABASE_INPUT_KEYS) if found else None

    def table_definition(self, database: str, name: str) -> TableDefinition | None:
        """A TableInput with its PartitionInputs."""
        what = f"table {database}.{name}"
        found = self._get(what, lambda: self._client().get_table(DatabaseName=database, Name=name)["Table"])
        if found is None:
            return None
        partitions: tuple[str, ...] = ()
        if found.get("PartitionKeys"):
            with translated(f"the partitions of {database}.{name}"):
                pages = self._client().get_paginator("get_partitions").paginate(DatabaseName=database, TableName=name)
                partitions = tuple(only(one, PARTITION_INPUT_KEYS) for page in pages for one in page["Partitions"])
        return TableDefinition(only(found, TABLE_INPUT_KEYS), partitions)

    def _get(self, what: str, call: Callable[[], Any]) -> Any:
        try:
            with translated(what):
                return call()
        except NotFoundError:
            return None

    def create_database(self, name: str, definition: str) -> None:
        """Equal and there already is no error."""
        try:
            with translated(f"database {name}"):
                self._client().create_database(DatabaseInput=json.loads(definition))
        except NameTakenError:
            have = self.database_definition(name) or "{}"
            if database_of({"Name": name, **json.loads(have)}) != database_of(json.loads(definition)):
                raise

    def update_database(self, name: str, definition: str) -> None:
        """Replace its definition."""
        with translated(f"database {name}"):
            self._client().update_database(Name=name, DatabaseInput=json.loads(definition))

    def delete_database(self, name: str) -> None:
        """Gone already is no error. Glue itself would delete the tables too, so a table that is left is looked for."""
        left = self.tables(name)
        if left:
            raise AwsError(
                f"The database {name} still holds {', '.join(t.name for t in left[:5])}: somebody made it meanwhile. "
                "The database was not deleted. Make the plan again.",
                "glue",
                "DeleteDatabase",
            )
        self._forgiving(f"database {name}", lambda: self._client().delete_database(Name=name))

    def create_table(self, database: str, name: str, table: TableDefinition) -> None:
        """Equal and there already is no error."""
        document = json.loads(table.definition)
        try:
            with translated(f"table {database}.{name}"):
                self._client().create_table(DatabaseName=database, TableInput=document)
        except NameTakenError:
            have = self.table_definition(database, name)
            if have is None or table_of(database, json.loads(have.definition)) != table_of(database, document):
                raise
        self._create_partitions(database, name, table.partitions)

    def _create_partitions(self, database: str, name: str, partitions: tuple[str, ...]) -> None:
        for start in range(0, len(partitions), BATCH):
            batch = [json.loads(one) for one in partitions[start : start + BATCH]]
            with translated(f"the partitions of {database}.{name}"):
                self._client().batch_create_partition(DatabaseName=database, TableName=name, PartitionInputList=batch)

    def update_table(self, database: str, name: str, definition: str) -> None:
        """Replace its definition."""
        with translated(f"table {database}.{name}"):
            self._client().update_table(DatabaseName=database, TableInput=json.loads(definition))

    def delete_table(self, database: str, name: str) -> None:
        """Gone already is no error."""
        self._forgiving(
            f"table {database}.{name}", lambda: self._client().delete_table(DatabaseName=database, Name=name)
        )

    def _forgiving(self, what: str, call: Callable[[], Any]) -> None:
        with translated(what):
            try:
                call()
            except Exception as error:
                if code_of(error) not in NOT_FOUND:
                    raise
