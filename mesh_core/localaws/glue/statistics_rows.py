"""Column statistics as rows, of whole tables and of single partitions."""

from __future__ import annotations

from mesh_core.localaws.aws_error import not_found
from mesh_core.localaws.glue.changes import Changes
from mesh_core.localaws.glue.documents import Clock, Document, as_sent, epoch_s, key_of, of_text, to_text

WHOLE_TABLE: list[str] = []


class StatisticsRows:
    """Statistics by table, partition values ([] for the whole table) and column. Unchecked."""

    def __init__(self, changes: Changes, now: Clock) -> None:
        self._changes, self._now = changes, now

    def put(self, table: Document, values: list[str], statistics: Document) -> None:
        """Store one column's ColumnStatistics, replacing what was there."""
        document = {"AnalyzedTime": epoch_s(self._now()), **as_sent(statistics)}
        with self._changes.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO glue_statistics VALUES (?, ?, ?, ?, ?)",
                (*_where(table, values, statistics["ColumnName"]), to_text(document)),
            )

    def get(self, table: Document, values: list[str], column: str) -> Document:
        """One column's ColumnStatistics. AwsError EntityNotFoundException."""
        with self._changes.read() as db:
            row = db.execute(
                "SELECT document FROM glue_statistics"
                " WHERE database = ? AND table_name = ? AND partition = ? AND column_name = ?",
                _where(table, values, column),
            ).fetchone()
        if row is None:
            raise not_found(f"Statistics for column {column} not found.")
        return of_text(row[0])

    def delete(self, table: Document, values: list[str], column: str) -> None:
        """AwsError EntityNotFoundException."""
        with self._changes.write() as db:
            gone = db.execute(
                "DELETE FROM glue_statistics"
                " WHERE database = ? AND table_name = ? AND partition = ? AND column_name = ?",
                _where(table, values, column),
            ).rowcount
            if not gone:
                raise not_found(f"Statistics for column {column} not found.")


def _where(table: Document, values: list[str], column: str) -> tuple[str, str, str, str]:
    return table["DatabaseName"], table["Name"], key_of(values), column.lower()
