"""Tables and their archived versions as rows."""

from __future__ import annotations

import sqlite3

from mesh_core.localaws.aws_error import AwsError, already_exists, invalid, not_found
from mesh_core.localaws.glue.changes import Changes
from mesh_core.localaws.glue.documents import Clock, Document, Stored, as_sent, epoch_s, of_text, to_text
from mesh_core.localaws.glue.validation import check_name, check_table

# What AWS answers for members of a StorageDescriptor that the input leaves out.
_STORAGE_DEFAULTS: Document = {
    "Columns": [],
    "Compressed": False,
    "NumberOfBuckets": 0,
    "StoredAsSubDirectories": False,
}


class TableRows:
    """The tables of one catalog. Unchecked: nobody is asked for permission here."""

    def __init__(self, changes: Changes, account_id: str, now: Clock) -> None:
        self._changes, self._account_id, self._now = changes, account_id, now

    def page(self, database: str, after: str = "", limit: int = -1) -> list[Stored]:
        """Tables of a database in name order behind a name. AwsError EntityNotFoundException (the database)."""
        with self._changes.read() as db:
            _require_database(db, database)
            rows = db.execute(
                "SELECT document FROM glue_table WHERE database = ? AND name > ? ORDER BY name LIMIT ?",
                (database.lower(), after, limit),
            ).fetchall()
        return [Stored(row[0]) for row in rows]

    def get(self, database: str, name: str) -> Document:
        """AwsError EntityNotFoundException when the database or the table is missing."""
        with self._changes.read() as db:
            row = db.execute(
                "SELECT document FROM glue_table WHERE database = ? AND name = ?", (database.lower(), name.lower())
            ).fetchone()
            if row is None:
                _require_database(db, database)
                raise not_found(f"Table {name.lower()} not found.")
        return of_text(row[0])

    def create(self, database: str, table_input: Document, created_by: str) -> Document:
        """AwsError AlreadyExistsException, EntityNotFoundException (the database), InvalidInputException."""
        now_s = epoch_s(self._now())
        document = self._document(database, table_input)
        document |= {"CreateTime": now_s, "UpdateTime": now_s, "CreatedBy": created_by, "VersionId": "0"}
        with self._changes.write() as db:
            _require_database(db, database)
            made = db.execute(
                "INSERT OR IGNORE INTO glue_table VALUES (?, ?, 0, ?)",
                (document["DatabaseName"], document["Name"], to_text(document)),
            ).rowcount
            if not made:
                raise already_exists("Table already exists.")
        return document

    def update(
        self, database: str, table_input: Document, skip_archive: bool = False, version_id: str | None = None
    ) -> Document:
        """Replace a definition as its next version; the one before is archived unless `skip_archive`.

        AwsError ConcurrentModificationException when `version_id` is not the current version's,
        EntityNotFoundException, InvalidInputException.
        """
        document = self._document(database, table_input)
        with self._changes.write() as db:
            before = self.get(database, document["Name"])
            _require_version(before, version_id)
            _require_same_keys(db, before, document)
            version = int(before["VersionId"]) + 1
            document |= {
                "CreateTime": before["CreateTime"],
                "UpdateTime": epoch_s(self._now()),
                "CreatedBy": before["CreatedBy"],
                "VersionId": str(version),
            }
            where = (before["DatabaseName"], before["Name"])
            if not skip_archive:
                db.execute("INSERT INTO glue_table_version VALUES (?, ?, ?, ?)", (*where, version - 1, to_text(before)))
            db.execute(
                "UPDATE glue_table SET version = ?, document = ? WHERE database = ? AND name = ?",
                (version, to_text(document), *where),
            )
        return document

    def delete(self, database: str, name: str) -> None:
        """Drop a table with its partitions, versions and statistics. AwsError EntityNotFoundException."""
        with self._changes.write() as db:
            self.get(database, name)
            db.execute("DELETE FROM glue_table WHERE database = ? AND name = ?", (database.lower(), name.lower()))

    def versions(self, database: str, name: str) -> list[Document]:
        """The current definition and the archived ones, newest first. AwsError EntityNotFoundException."""
        with self._changes.read() as db:
            current = self.get(database, name)
            rows = db.execute(
                "SELECT document FROM glue_table_version WHERE database = ? AND table_name = ? ORDER BY version DESC",
                (database.lower(), name.lower()),
            ).fetchall()
        return [current, *(of_text(row[0]) for row in rows)]

    def delete_version(self, database: str, name: str, version_id: str) -> None:
        """Forget one archived version. AwsError EntityNotFoundException, InvalidInputException (the current one)."""
        with self._changes.write() as db:
            if version_id == self.get(database, name)["VersionId"]:
                raise invalid(
                    f"Version {version_id} is the current version of table {name.lower()}: it can't be deleted."
                )
            gone = db.execute(
                "DELETE FROM glue_table_version WHERE database = ? AND table_name = ? AND CAST(version AS TEXT) = ?",
                (database.lower(), name.lower(), version_id),
            ).rowcount
            if not gone:
                raise not_found("Version not found.")

    def _document(self, database: str, table_input: Document) -> Document:
        check_table(table_input)
        document: Document = {"Retention": 0, "PartitionKeys": [], **as_sent(table_input)}
        if "StorageDescriptor" in document:
            document["StorageDescriptor"] = {**_STORAGE_DEFAULTS, **document["StorageDescriptor"]}
        name = check_name(table_input["Name"], "tableInput.name")
        return document | {
            "Name": name,
            "DatabaseName": database.lower(),
            "CatalogId": self._account_id,
            "IsRegisteredWithLakeFormation": False,
            "IsMultiDialectView": "ViewDefinition" in document,
        }


def _require_database(db: sqlite3.Connection, database: str) -> None:
    if db.execute("SELECT 1 FROM glue_database WHERE name = ?", (database.lower(),)).fetchone() is None:
        raise not_found(f"Database {database.lower()} not found.")


def _require_version(before: Document, version_id: str | None) -> None:
    if version_id is not None and version_id != before["VersionId"]:
        raise AwsError(
            "ConcurrentModificationException",
            f"Update table failed due to concurrent modifications: table {before['Name']} is at version "
            f"{before['VersionId']}, the update was made for version {version_id}. Read the table again and retry.",
        )


def _require_same_keys(db: sqlite3.Connection, before: Document, after: Document) -> None:
    """Partitions hold one value for each key: with another number of keys they would belong to no table."""
    if len(before["PartitionKeys"]) == len(after["PartitionKeys"]):
        return
    held = db.execute(
        "SELECT 1 FROM glue_partition WHERE database = ? AND table_name = ? LIMIT 1",
        (before["DatabaseName"], before["Name"]),
    ).fetchone()
    if held:
        raise invalid(
            f"Table {before['Name']} has partitions: the number of its partition keys can't change "
            f"from {len(before['PartitionKeys'])} to {len(after['PartitionKeys'])}. Delete the partitions first."
        )
