"""Partitions as rows, one a row, keyed by their values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator

from mesh_core.localaws.aws_error import already_exists, not_found
from mesh_core.localaws.glue.changes import Changes
from mesh_core.localaws.glue.documents import Clock, Document, as_sent, epoch_s, key_of, of_text, to_text
from mesh_core.localaws.glue.validation import check_partition

Wanted = Callable[[list[str]], bool]


class PartitionRows:
    """The partitions of one catalog; every method names the table by its document. Unchecked."""

    def __init__(self, changes: Changes, account_id: str, now: Clock) -> None:
        self._changes, self._account_id, self._now = changes, account_id, now

    def page(self, table: Document, wanted: Wanted, after: str = "", limit: int = -1) -> list[Document]:
        """Partitions in the order of their keys behind a key, whose values are wanted; no limit unless one is given.

        Only the documents of wanted partitions are opened.
        """
        with self._changes.read() as db:
            found: list[Document] = []
            for key in self._keys(db, table, after):
                if len(found) == limit:
                    break
                if wanted(json.loads(key)):
                    found.append(self._document_at(db, table, key))
        return found

    def get(self, table: Document, values: list[str]) -> Document:
        """AwsError EntityNotFoundException when there is none."""
        with self._changes.read() as db:
            return self._document_at(db, table, key_of(values))

    def create(self, table: Document, partition_input: Document) -> Document:
        """AwsError AlreadyExistsException, InvalidInputException."""
        document = self._document(table, partition_input, epoch_s(self._now()))
        with self._changes.write() as db:
            made = db.execute(
                "INSERT OR IGNORE INTO glue_partition VALUES (?, ?, ?, ?)",
                (*_where(table), key_of(document["Values"]), to_text(document)),
            ).rowcount
            if not made:
                raise already_exists("Partition already exists.")
        return document

    def update(self, table: Document, values: list[str], partition_input: Document) -> Document:
        """Replace a partition, which may get other values. AwsError AlreadyExistsException, EntityNotFoundException."""
        with self._changes.write() as db:
            before = self.get(table, values)
            document = self._document(table, partition_input, before["CreationTime"])
            if document["Values"] != values and self._exists(db, table, document["Values"]):
                raise already_exists("Partition already exists.")
            db.execute(
                "UPDATE glue_partition SET key = ?, document = ? WHERE database = ? AND table_name = ? AND key = ?",
                (key_of(document["Values"]), to_text(document), *_where(table), key_of(values)),
            )
            db.execute(
                "UPDATE glue_statistics SET partition = ? WHERE database = ? AND table_name = ? AND partition = ?",
                (key_of(document["Values"]), *_where(table), key_of(values)),
            )
        return document

    def delete(self, table: Document, values: list[str]) -> None:
        """Drop a partition with its statistics. AwsError EntityNotFoundException."""
        where = (*_where(table), key_of(values))
        with self._changes.write() as db:
            gone = db.execute(
                "DELETE FROM glue_partition WHERE database = ? AND table_name = ? AND key = ?", where
            ).rowcount
            if not gone:
                raise not_found("Partition not found.")
            db.execute("DELETE FROM glue_statistics WHERE database = ? AND table_name = ? AND partition = ?", where)

    def _keys(self, db: sqlite3.Connection, table: Document, after: str) -> Iterator[str]:
        rows = db.execute(
            "SELECT key FROM glue_partition WHERE database = ? AND table_name = ? AND key > ? ORDER BY key",
            (*_where(table), after),
        )
        return (row[0] for row in rows)

    def _document_at(self, db: sqlite3.Connection, table: Document, key: str) -> Document:
        row = db.execute(
            "SELECT document FROM glue_partition WHERE database = ? AND table_name = ? AND key = ?",
            (*_where(table), key),
        ).fetchone()
        if row is None:
            raise not_found("Cannot find partition.")
        return of_text(row[0])

    def _exists(self, db: sqlite3.Connection, table: Document, values: list[str]) -> bool:
        found = db.execute(
            "SELECT 1 FROM glue_partition WHERE database = ? AND table_name = ? AND key = ?",
            (*_where(table), key_of(values)),
        ).fetchone()
        return found is not None

    def _document(self, table: Document, partition_input: Document, created_s: float) -> Document:
        check_partition(partition_input, len(table["PartitionKeys"]))
        return {
            **as_sent(partition_input),
            "DatabaseName": table["DatabaseName"],
            "TableName": table["Name"],
            "CreationTime": created_s,
            "CatalogId": self._account_id,
        }


def _where(table: Document) -> tuple[str, str]:
    return table["DatabaseName"], table["Name"]
