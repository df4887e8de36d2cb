"""The Glue Data Catalog: an unchecked store of databases, tables and partitions.

Who may do what is decided before (`service.py`, Athena's statements). Names are folded to lower case; documents have
the shapes of the Glue API's Database, Table and Partition, with times as epoch seconds. Columns keep the case they were
given, and stand in the order StorageDescriptor.Columns, then PartitionKeys (`documents.columns_of`).
"""

from __future__ import annotations

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.glue.changes import Changes
from mesh_core.localaws.glue.database_rows import DatabaseRows
from mesh_core.localaws.glue.documents import Clock, Document
from mesh_core.localaws.glue.expression import matcher
from mesh_core.localaws.glue.function_rows import FunctionRows
from mesh_core.localaws.glue.index_rows import IndexRows
from mesh_core.localaws.glue.partition_rows import PartitionRows
from mesh_core.localaws.glue.schema import SCHEMA
from mesh_core.localaws.glue.statistics_rows import StatisticsRows
from mesh_core.localaws.glue.table_rows import TableRows
from mesh_core.localaws.glue.tag_rows import TagRows
from mesh_core.localaws.store import Store


class Catalog:
    """One account's catalog. Every method raises AwsError EntityNotFoundException for what is not there."""

    def __init__(self, store: Store, account_id: str, now: Clock) -> None:
        store.ensure(SCHEMA)
        self._changes = Changes(store)
        self.account_id = account_id
        self.database_rows = DatabaseRows(self._changes, account_id, now)
        self.table_rows = TableRows(self._changes, account_id, now)
        self.partition_rows = PartitionRows(self._changes, account_id, now)
        self.index_rows = IndexRows(self._changes)
        self.statistics_rows = StatisticsRows(self._changes, now)
        self.function_rows = FunctionRows(self._changes, account_id, now)
        self.tag_rows = TagRows(self._changes)

    @property
    def version(self) -> int:
        """Grows with each change: the key for caches."""
        return self._changes.count

    def databases(self) -> list[Document]:
        """Every database, in name order."""
        return self.database_rows.page()

    def database(self, name: str) -> Document:
        """One database."""
        return self.database_rows.get(name)

    def create_database(self, database_input: Document, created_by: str) -> Document:
        """AwsError AlreadyExistsException, InvalidInputException. `created_by` is the caller's ARN."""
        return self.database_rows.create(database_input)

    def update_database(self, name: str, database_input: Document) -> Document:
        """Replace a database's definition; a name can't change (InvalidInputException)."""
        return self.database_rows.update(name, database_input)

    def delete_database(self, name: str) -> None:
        """Drop a database and everything in it, in one transaction."""
        self.database_rows.delete(name)

    def tables(self, database: str) -> list[Document]:
        """The tables and views of a database, in name order."""
        return [*self.table_rows.page(database)]

    def table(self, database: str, name: str) -> Document:
        """One table, view or resource link (not followed: see `target`)."""
        return self.table_rows.get(database, name)

    def create_table(self, database: str, table_input: Document, created_by: str) -> Document:
        """AwsError AlreadyExistsException, InvalidInputException. `created_by` is the caller's ARN."""
        return self.table_rows.create(database, table_input, created_by)

    def update_table(
        self, database: str, table_input: Document, skip_archive: bool = False, version_id: str | None = None
    ) -> Document:
        """Replace a definition as its next version. AwsError ConcurrentModificationException, InvalidInputException."""
        return self.table_rows.update(database, table_input, skip_archive, version_id)

    def delete_table(self, database: str, name: str) -> None:
        """Drop a table and its partitions; files in S3 stay."""
        self.table_rows.delete(database, name)

    def target(self, database: str, name: str) -> tuple[str, str]:
        """The database and table that a name really stands for: one hop along a resource link of either kind."""
        linked = self.database(database).get("TargetDatabase")
        if linked:
            return linked["DatabaseName"].lower(), name.lower()
        table_link = self.table(database, name).get("TargetTable")
        if table_link:
            return table_link["DatabaseName"].lower(), table_link["Name"].lower()
        return database.lower(), name.lower()

    def partitions(self, database: str, table: str, expression: str | None = None) -> list[Document]:
        """A table's partitions in the order of their values, narrowed by an expression of Glue's syntax if given.

        AwsError InvalidInputException when the expression can't be read.
        """
        document = self.table(database, table)
        return self.partition_rows.page(document, matcher(expression, document["PartitionKeys"]))

    def partition(self, database: str, table: str, values: list[str]) -> Document:
        """One partition, by its values in the order of the keys."""
        return self.partition_rows.get(self.table(database, table), values)

    def create_partition(self, database: str, table: str, partition_input: Document) -> Document:
        """AwsError AlreadyExistsException, InvalidInputException."""
        return self.partition_rows.create(self.table(database, table), partition_input)

    def create_partitions(self, database: str, table: str, partition_inputs: list[Document]) -> list[Document]:
        """All that can be made, in one transaction; what can't is returned: [{PartitionValues, ErrorDetail}]."""
        document = self.table(database, table)
        errors: list[Document] = []
        with self._changes.write():
            for entry in partition_inputs:
                try:
                    self.partition_rows.create(document, entry)
                except AwsError as error:
                    errors.append(partition_error(entry.get("Values", []), error))
        return errors

    def update_partition(self, database: str, table: str, values: list[str], partition_input: Document) -> Document:
        """Replace a partition. AwsError AlreadyExistsException, InvalidInputException."""
        return self.partition_rows.update(self.table(database, table), values, partition_input)

    def delete_partition(self, database: str, table: str, values: list[str]) -> None:
        """Drop a partition; files in S3 stay."""
        self.partition_rows.delete(self.table(database, table), values)


def partition_error(values: list[str], error: AwsError) -> Document:
    """One entry of a batch's Errors."""
    return {"PartitionValues": values, "ErrorDetail": {"ErrorCode": error.code, "ErrorMessage": error.message}}
