"""Glue's operations on partitions."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

from mesh_core.localaws.aws_error import invalid
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.batches import each
from mesh_core.localaws.glue.documents import Document, key_of
from mesh_core.localaws.glue.expression import matcher
from mesh_core.localaws.glue.gate import Gate
from mesh_core.localaws.glue.locations import locations_of, require_locations
from mesh_core.localaws.glue.paging import after, chunks, page
from mesh_core.localaws.glue.validation import at_most
from mesh_core.localaws.protocol import Handler

MOST, _CHUNK = 1000, 200
_ADD, _DROP = ("INSERT", "ALTER"), ("DELETE", "ALTER")


class Partitions:
    """(Batch)Create, (Batch)Get, GetPartitions, (Batch)Update and (Batch)DeletePartition."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._gate = ctx, Gate(ctx)

    def handlers(self) -> dict[str, Handler]:
        """By operation name."""
        return {
            "CreatePartition": self.create,
            "BatchCreatePartition": self.create_batch,
            "GetPartition": self.get,
            "BatchGetPartition": self.get_batch,
            "GetPartitions": self.get_all,
            "UpdatePartition": self.update,
            "BatchUpdatePartition": self.update_batch,
            "DeletePartition": self.delete,
            "BatchDeletePartition": self.delete_batch,
        }

    def create(self, caller: Caller, params: Document) -> None:
        """Needs INSERT or ALTER, and access to a registered location outside of the table's."""
        self._create(caller, self._table(caller, params, _ADD), params["PartitionInput"])

    def create_batch(self, caller: Caller, params: Document) -> Document:
        """CreatePartition for up to 100 partitions, in one transaction."""
        at_most(params["PartitionInputList"], 100, "partitionInputList")
        table = self._table(caller, params, _ADD)
        with self._ctx.store.write():
            errors = each(
                params["PartitionInputList"],
                lambda entry: self._create(caller, table, entry),
                lambda entry, error: {"PartitionValues": entry.get("Values", []), "ErrorDetail": error},
            )
        return {"Errors": errors}

    def get(self, caller: Caller, params: Document) -> Document:
        """Needs SELECT on every row of the partition keys: their values are data."""
        table, view = self._gate.readable(caller, params["DatabaseName"], params["TableName"])
        return {"Partition": view.partition(self._ctx.catalog.partition_rows.get(table, params["PartitionValues"]))}

    def get_batch(self, caller: Caller, params: Document) -> Document:
        """GetPartition for up to 1,000 partitions; those that do not exist are left out."""
        at_most(params["PartitionsToGet"], 1000, "partitionsToGet")
        table, view = self._gate.readable(caller, params["DatabaseName"], params["TableName"])
        found: list[Document] = []
        each(
            params["PartitionsToGet"],
            lambda entry: found.append(view.partition(self._ctx.catalog.partition_rows.get(table, entry["Values"]))),
            lambda _, error: error,
        )
        return {"Partitions": found, "UnprocessedKeys": []}

    def get_all(self, caller: Caller, params: Document) -> Document:
        """The partitions that an expression and a segment select; without their columns when asked so."""
        table, view = self._gate.readable(caller, params["DatabaseName"], params["TableName"])
        found, more = page(params, MOST, wanted_partitions(self._ctx, table, params), partition_key)
        shown = [view.partition(partition) for partition in found]
        if params.get("ExcludeColumnSchema"):
            shown = [_without_columns(partition) for partition in shown]
        return {"Partitions": shown, **more}

    def update(self, caller: Caller, params: Document) -> None:
        """Needs INSERT or ALTER, and access to a registered location outside of the table's."""
        self._update(caller, self._table(caller, params, _ADD), params)

    def update_batch(self, caller: Caller, params: Document) -> Document:
        """UpdatePartition for up to 100 partitions, in one transaction."""
        at_most(params["Entries"], 100, "entries")
        table = self._table(caller, params, _ADD)
        with self._ctx.store.write():
            errors = each(
                params["Entries"],
                lambda entry: self._update(caller, table, entry),
                lambda entry, error: {"PartitionValueList": entry["PartitionValueList"], "ErrorDetail": error},
            )
        return {"Errors": errors}

    def delete(self, caller: Caller, params: Document) -> None:
        """Needs DELETE or ALTER. Files in S3 stay."""
        self._ctx.catalog.partition_rows.delete(self._table(caller, params, _DROP), params["PartitionValues"])

    def delete_batch(self, caller: Caller, params: Document) -> Document:
        """DeletePartition for up to 25 partitions, in one transaction."""
        at_most(params["PartitionsToDelete"], 25, "partitionsToDelete")
        table = self._table(caller, params, _DROP)
        with self._ctx.store.write():
            errors = each(
                params["PartitionsToDelete"],
                lambda entry: self._ctx.catalog.partition_rows.delete(table, entry["Values"]),
                lambda entry, error: {"PartitionValues": entry["Values"], "ErrorDetail": error},
            )
        return {"Errors": errors}

    def _table(self, caller: Caller, params: Document, permissions: tuple[str, ...]) -> Document:
        return self._gate.changeable(caller, params["DatabaseName"], params["TableName"], *permissions)

    def _create(self, caller: Caller, table: Document, wanted: Document) -> None:
        require_locations(self._ctx.lake, caller, locations_of(wanted), held=locations_of(table))
        self._ctx.catalog.partition_rows.create(table, wanted)

    def _update(self, caller: Caller, table: Document, entry: Document) -> None:
        wanted, values = entry["PartitionInput"], entry["PartitionValueList"]
        before = self._ctx.catalog.partition_rows.get(table, values)
        held = [*locations_of(table), *locations_of(before)]
        require_locations(self._ctx.lake, caller, locations_of(wanted), held=held)
        self._ctx.catalog.partition_rows.update(table, values, wanted)


def wanted_partitions(ctx: Context, table: Document, params: Document) -> Iterator[Document]:
    """A table's partitions that a request's Expression and Segment select, behind its NextToken."""
    matches, in_segment = matcher(params.get("Expression"), table["PartitionKeys"]), _segment(params)

    def read(behind: str) -> list[Document]:
        return ctx.catalog.partition_rows.page(
            table, lambda values: in_segment(values) and matches(values), behind, _CHUNK
        )

    for chunk in chunks(read, _CHUNK, partition_key, after(params)):
        yield from chunk


def partition_key(partition: Document) -> str:
    """The text by which a table's partitions are ordered and paged."""
    return key_of(partition["Values"])


def _segment(params: Document) -> Callable[[list[str]], bool]:
    """Which of several parallel readers gets a partition: a stable hash of its values."""
    segment = params.get("Segment")
    if segment is None:
        return lambda _: True
    number, total = segment["SegmentNumber"], segment["TotalSegments"]
    if not 0 <= number < total <= 10:
        raise invalid(f"Segment {number} of {total}: there are at most 10 segments, numbered from 0.")
    return lambda values: zlib.crc32(key_of(values).encode()) % total == number


def _without_columns(partition: Document) -> Document:
    if "StorageDescriptor" not in partition:
        return partition
    storage = {key: value for key, value in partition["StorageDescriptor"].items() if key != "Columns"}
    return {**partition, "StorageDescriptor": storage}
