"""User-defined functions as rows: kept for Hive's clients; no engine here runs them."""

from __future__ import annotations

from mesh_core.localaws.aws_error import already_exists, not_found
from mesh_core.localaws.glue.changes import Changes
from mesh_core.localaws.glue.documents import Clock, Document, as_sent, epoch_s, of_text, to_text
from mesh_core.localaws.glue.validation import check_function, check_name


class FunctionRows:
    """The user-defined functions of one catalog. Unchecked."""

    def __init__(self, changes: Changes, account_id: str, now: Clock) -> None:
        self._changes, self._account_id, self._now = changes, account_id, now

    def of_database(self, database: str | None) -> list[Document]:
        """Functions of a database, or of all, in the order of database and name."""
        with self._changes.read() as db:
            rows = db.execute(
                "SELECT document FROM glue_function WHERE ? IS NULL OR database = ? ORDER BY database, name",
                (database, database and database.lower()),
            ).fetchall()
        return [of_text(row[0]) for row in rows]

    def get(self, database: str, name: str) -> Document:
        """AwsError EntityNotFoundException."""
        with self._changes.read() as db:
            row = db.execute(
                "SELECT document FROM glue_function WHERE database = ? AND name = ?", (database.lower(), name.lower())
            ).fetchone()
        if row is None:
            raise not_found(f"Function {name.lower()} not found.")
        return of_text(row[0])

    def create(self, database: str, function_input: Document) -> None:
        """AwsError AlreadyExistsException, InvalidInputException. The database must exist."""
        document = self._document(database, function_input, epoch_s(self._now()))
        with self._changes.write() as db:
            made = db.execute(
                "INSERT OR IGNORE INTO glue_function VALUES (?, ?, ?)",
                (document["DatabaseName"], document["FunctionName"], to_text(document)),
            ).rowcount
            if not made:
                raise already_exists("Function already exists.")

    def update(self, database: str, name: str, function_input: Document) -> None:
        """AwsError EntityNotFoundException, InvalidInputException."""
        with self._changes.write() as db:
            before = self.get(database, name)
            document = self._document(database, {**function_input, "FunctionName": name}, before["CreateTime"])
            db.execute(
                "UPDATE glue_function SET document = ? WHERE database = ? AND name = ?",
                (to_text(document), document["DatabaseName"], document["FunctionName"]),
            )

    def delete(self, database: str, name: str) -> None:
        """AwsError EntityNotFoundException."""
        with self._changes.write() as db:
            self.get(database, name)
            db.execute("DELETE FROM glue_function WHERE database = ? AND name = ?", (database.lower(), name.lower()))

    def _document(self, database: str, function_input: Document, created_s: float) -> Document:
        check_function(function_input)
        return {
            **as_sent(function_input),
            "FunctionName": check_name(function_input["FunctionName"], "functionInput.functionName"),
            "DatabaseName": database.lower(),
            "CreateTime": created_s,
            "CatalogId": self._account_id,
        }
