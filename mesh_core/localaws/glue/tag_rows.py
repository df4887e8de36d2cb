"""Resource tags (not LF-tags) by ARN."""

from __future__ import annotations

from mesh_core.localaws.glue.changes import Changes


class TagRows:
    """Tags of the catalog's resources. Unchecked."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def get(self, arn: str) -> dict[str, str]:
        """A resource's tags, empty when it has none."""
        with self._changes.read() as db:
            rows = db.execute("SELECT key, value FROM glue_tag WHERE arn = ? ORDER BY key", (arn,)).fetchall()
        return {row[0]: row[1] for row in rows}

    def put(self, arn: str, tags: dict[str, str]) -> None:
        """Add tags or replace their values."""
        with self._changes.write() as db:
            db.executemany(
                "INSERT OR REPLACE INTO glue_tag VALUES (?, ?, ?)", [(arn, key, value) for key, value in tags.items()]
            )

    def remove(self, arn: str, keys: list[str]) -> None:
        """Remove tags by key; keys that are not there are no error."""
        with self._changes.write() as db:
            db.executemany("DELETE FROM glue_tag WHERE arn = ? AND key = ?", [(arn, key) for key in keys])

    def forget(self, arn: str) -> None:
        """Remove all tags of a resource, and of everything below it."""
        with self._changes.write() as db:
            db.execute("DELETE FROM glue_tag WHERE arn = ? OR substr(arn, 1, ?) = ?", (arn, len(arn) + 1, f"{arn}/"))
