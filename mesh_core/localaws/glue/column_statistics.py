"""Glue's operations on column statistics, of tables and of partitions.

Statistics hold values (minimum, maximum), so that reading them takes SELECT on every row of the column; a column that
the caller may not read looks as if it had none. Writing takes ALTER.
"""

from __future__ import annotations

from mesh_core.localaws.aws_error import not_found
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.batches import each
from mesh_core.localaws.glue.documents import Document, columns_of
from mesh_core.localaws.glue.gate import Gate
from mesh_core.localaws.glue.statistics_rows import WHOLE_TABLE
from mesh_core.localaws.glue.validation import at_most
from mesh_core.localaws.protocol import Handler


class ColumnStatistics:
    """Update/Get/DeleteColumnStatisticsForTable and ...ForPartition."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._gate = ctx, Gate(ctx)

    def handlers(self) -> dict[str, Handler]:
        """By operation name; a request without PartitionValues is about the whole table."""
        return {
            "UpdateColumnStatisticsForTable": self.update,
            "UpdateColumnStatisticsForPartition": self.update,
            "GetColumnStatisticsForTable": self.get,
            "GetColumnStatisticsForPartition": self.get,
            "DeleteColumnStatisticsForTable": self.delete,
            "DeleteColumnStatisticsForPartition": self.delete,
        }

    def update(self, caller: Caller, params: Document) -> Document:
        """Up to 25 columns; those that the table lacks are errors of their own."""
        at_most(params["ColumnStatisticsList"], 25, "columnStatisticsList")
        table = self._changeable(caller, params)
        values = self._values(table, params)
        with self._ctx.store.write():
            errors = each(
                params["ColumnStatisticsList"],
                lambda entry: self._put(table, values, entry),
                lambda entry, error: {"ColumnStatistics": entry, "Error": error},
            )
        return {"Errors": errors}

    def get(self, caller: Caller, params: Document) -> Document:
        """Up to 100 columns."""
        at_most(params["ColumnNames"], 100, "columnNames")
        table, readable = self._gate.statistics(caller, params["DatabaseName"], params["TableName"])
        values = self._values(table, params, readable)
        found: list[Document] = []
        errors = each(
            params["ColumnNames"],
            lambda name: found.append(self._one(table, values, name, readable)),
            lambda name, error: {"ColumnName": name, "Error": error},
        )
        return {"ColumnStatisticsList": found, "Errors": errors}

    def delete(self, caller: Caller, params: Document) -> None:
        """One column's."""
        table = self._changeable(caller, params)
        self._ctx.catalog.statistics_rows.delete(table, self._values(table, params), params["ColumnName"])

    def _changeable(self, caller: Caller, params: Document) -> Document:
        return self._gate.require_table(caller, params["DatabaseName"], params["TableName"], "ALTER")

    def _put(self, table: Document, values: list[str], entry: Document) -> None:
        if entry["ColumnName"].lower() not in {column["Name"].lower() for column in columns_of(table)}:
            raise not_found(f"Column {entry['ColumnName']} not found.")
        self._ctx.catalog.statistics_rows.put(table, values, entry)

    def _one(self, table: Document, values: list[str], name: str, readable: frozenset[str]) -> Document:
        if name.lower() not in readable:
            raise not_found(f"Statistics for column {name} not found.")
        return self._ctx.catalog.statistics_rows.get(table, values, name)

    def _values(self, table: Document, params: Document, readable: frozenset[str] | None = None) -> list[str]:
        """The partition's values; whether it exists is told only to who may read the partition keys."""
        values: list[str] = params.get("PartitionValues", WHOLE_TABLE)
        keys = {key["Name"].lower() for key in table["PartitionKeys"]}
        if values != WHOLE_TABLE:
            if readable is not None and not keys <= readable:
                raise not_found("Cannot find partition.")
            self._ctx.catalog.partition_rows.get(table, values)
        return values
