"""Databases as rows: create, read, update, delete; a deleted database takes everything below it in one transaction."""

from __future__ import annotations

from mesh_core.localaws.aws_error import already_exists, invalid, not_found
from mesh_core.localaws.glue.changes import Changes
from mesh_core.localaws.glue.documents import Clock, Document, as_sent, epoch_s, of_text, to_text
from mesh_core.localaws.glue.validation import check_database, check_name


class DatabaseRows:
    """The databases of one catalog. Unchecked: nobody is asked for permission here."""

    def __init__(self, changes: Changes, account_id: str, now: Clock) -> None:
        self._changes, self._account_id, self._now = changes, account_id, now

    def page(self, after: str = "", limit: int = -1) -> list[Document]:
        """Databases in name order behind a name; no limit unless one is given."""
        with self._changes.read() as db:
            rows = db.execute(
                "SELECT document FROM glue_database WHERE name > ? ORDER BY name LIMIT ?", (after, limit)
            ).fetchall()
        return [of_text(row[0]) for row in rows]

    def get(self, name: str) -> Document:
        """AwsError EntityNotFoundException when there is none."""
        with self._changes.read() as db:
            row = db.execute("SELECT document FROM glue_database WHERE name = ?", (name.lower(),)).fetchone()
        if row is None:
            raise not_found(f"Database {name.lower()} not found.")
        return of_text(row[0])

    def create(self, database_input: Document) -> Document:
        """AwsError AlreadyExistsException, InvalidInputException."""
        document = self._document(database_input, epoch_s(self._now()))
        with self._changes.write() as db:
            made = db.execute(
                "INSERT OR IGNORE INTO glue_database VALUES (?, ?)", (document["Name"], to_text(document))
            ).rowcount
            if not made:
                raise already_exists("Database already exists.")
        return document

    def update(self, name: str, database_input: Document) -> Document:
        """Replace a definition; its name stays. AwsError EntityNotFoundException, InvalidInputException."""
        with self._changes.write() as db:
            before = self.get(name)
            document = self._document(database_input, before["CreateTime"])
            if document["Name"] != before["Name"]:
                raise invalid(f"Database {before['Name']} can't be renamed to {document['Name']}: its name is fixed.")
            db.execute("UPDATE glue_database SET document = ? WHERE name = ?", (to_text(document), before["Name"]))
        return document

    def delete(self, name: str) -> None:
        """Drop a database with everything below it. AwsError EntityNotFoundException."""
        with self._changes.write() as db:
            if not db.execute("DELETE FROM glue_database WHERE name = ?", (name.lower(),)).rowcount:
                raise not_found(f"Database {name.lower()} not found.")

    def _document(self, database_input: Document, created_s: float) -> Document:
        check_database(database_input)
        name = check_name(database_input["Name"], "databaseInput.name")
        return {**as_sent(database_input), "Name": name, "CreateTime": created_s, "CatalogId": self._account_id}
