"""Glue's operations on partition indexes: stored and listed; lookups of partitions are indexed without them."""

from __future__ import annotations

from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.documents import Document
from mesh_core.localaws.glue.gate import Gate
from mesh_core.localaws.protocol import Handler


class PartitionIndexes:
    """GetPartitionIndexes (needs any permission on the table), CreatePartitionIndex, DeletePartitionIndex (ALTER)."""

    def __init__(self, ctx: Context) -> None:
        self._rows, self._gate = ctx.catalog.index_rows, Gate(ctx)

    def handlers(self) -> dict[str, Handler]:
        """By operation name."""
        return {
            "GetPartitionIndexes": self.get,
            "CreatePartitionIndex": self.create,
            "DeletePartitionIndex": self.delete,
        }

    def get(self, caller: Caller, params: Document) -> Document:
        """At most three: one page."""
        table, _ = self._gate.table(caller, params["DatabaseName"], params["TableName"])
        return {"PartitionIndexDescriptorList": self._rows.of_table(table)}

    def create(self, caller: Caller, params: Document) -> None:
        """ACTIVE at once."""
        table = self._gate.require_table(caller, params["DatabaseName"], params["TableName"], "ALTER")
        self._rows.create(table, params["PartitionIndex"])

    def delete(self, caller: Caller, params: Document) -> None:
        """Gone at once."""
        table = self._gate.require_table(caller, params["DatabaseName"], params["TableName"], "ALTER")
        self._rows.delete(table, params["IndexName"])
