"""Partition indexes as rows: definitions that clients may ask for; lookups here are fast without them."""

from __future__ import annotations

from mesh_core.localaws.aws_error import already_exists, invalid, not_found
from mesh_core.localaws.glue.changes import Changes
from mesh_core.localaws.glue.documents import Document, of_text, to_text
from mesh_core.localaws.glue.validation import check_name

_MOST = 3  # partition indexes a table may have on AWS


class IndexRows:
    """The partition indexes of one catalog. Unchecked."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def of_table(self, table: Document) -> list[Document]:
        """PartitionIndexDescriptors in name order; every index is ACTIVE at once."""
        with self._changes.read() as db:
            rows = db.execute(
                "SELECT document FROM glue_partition_index WHERE database = ? AND table_name = ? ORDER BY name",
                (table["DatabaseName"], table["Name"]),
            ).fetchall()
        return [of_text(row[0]) for row in rows]

    def create(self, table: Document, index: Document) -> None:
        """AwsError AlreadyExistsException, InvalidInputException (unknown key, or more than three indexes)."""
        name = check_name(index["IndexName"], "partitionIndex.indexName")
        descriptor = {"IndexName": name, "Keys": _key_elements(table, index["Keys"]), "IndexStatus": "ACTIVE"}
        with self._changes.write() as db:
            held = self.of_table(table)
            if any(other["IndexName"] == name for other in held):
                raise already_exists("PartitionIndex already exists.")
            if len(held) >= _MOST:
                raise invalid(f"Table {table['Name']} already has {_MOST} partition indexes, which is the most.")
            where = (table["DatabaseName"], table["Name"], name)
            db.execute("INSERT INTO glue_partition_index VALUES (?, ?, ?, ?)", (*where, to_text(descriptor)))

    def delete(self, table: Document, name: str) -> None:
        """AwsError EntityNotFoundException."""
        with self._changes.write() as db:
            gone = db.execute(
                "DELETE FROM glue_partition_index WHERE database = ? AND table_name = ? AND name = ?",
                (table["DatabaseName"], table["Name"], name.lower()),
            ).rowcount
            if not gone:
                raise not_found(f"PartitionIndex {name.lower()} not found.")


def _key_elements(table: Document, keys: list[str]) -> list[Document]:
    types = {key["Name"].lower(): key["Type"] for key in table["PartitionKeys"]}
    unknown = [key for key in keys if key.lower() not in types]
    if unknown:
        raise invalid(f"Keys {unknown} of the index are not partition keys of table {table['Name']}: {list(types)}.")
    return [{"Name": key.lower(), "Type": types[key.lower()]} for key in keys]
