"""What columns a Parquet file has, as DuckDB types them; remembered, since objects never change.

Reading by name with a given schema costs DuckDB its statistics, and so its join orders. Where a table's newest file has
just the columns of the catalog, plain reading gives the same answer and keeps them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from mesh_core.localaws.athena.types import Type, duckdb_type, literal, quoted

REMEMBERED = 2000
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"}
_MOMENT = {"TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE"}


class ParquetSchemas:
    """Asks files for their columns, on a connection of its own that sees no statement of a user."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._lock = threading.Lock()
        self._connection: Any = None

    def of(self, path: str) -> dict[str, str]:
        """Lower-case name -> DuckDB's type text; {} for a file that can't be read or has a name twice."""
        with self._lock:
            if path not in self._known:
                self._known[path] = self._ask(path)
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
            return self._known[path]

    def _ask(self, path: str) -> dict[str, str]:
        import duckdb

        if self._connection is None:
            self._connection = duckdb.connect(":memory:", config={"threads": "1"})
        try:
            rows = self._connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(path)})").fetchall()
        except duckdb.Error:
            return {}
        found = {str(row[0]).lower(): str(row[1]) for row in rows}
        return found if len(found) == len(rows) else {}


def plain_columns(
    found: dict[str, str], columns: Sequence[tuple[str, Type]], alone: bool
) -> list[tuple[str, str]] | None:
    """Each column's expression over a plain reader; None where only reading by name is sure to be right.

    `alone`: the file is the table's only one, so that no other can have what this one lacks or has differently.
    """
    if not found:
        return None
    shown = []
    for name, of in columns:
        there, wanted = found.get(name), duckdb_type(of)
        if there is not None and _same(there, wanted):
            shown.append((name, quoted(name)))
        elif there is not None and (alone or _loud(there, wanted)) and of.name not in ("array", "map", "row"):
            shown.append((name, f"CAST({quoted(name)} AS {wanted})"))
        elif there is None and alone:
            shown.append((name, f"CAST(NULL AS {wanted})"))
        else:
            return None
    return shown


def _same(one: str, other: str) -> bool:
    return one.replace('"', "").lower() == other.replace('"', "").lower()


def _loud(there: str, wanted: str) -> bool:
    """Whether a value of another file that does not fit this one's type would fail, rather than change."""
    return (there in _WHOLE and wanted in _WHOLE) or (there in _MOMENT and wanted in _MOMENT)
