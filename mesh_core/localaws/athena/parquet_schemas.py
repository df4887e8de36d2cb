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

REMEMBERED = 20_000
_AT_ONCE = 200
_SCHEMA = "SELECT file_name, name, num_children, duckdb_type"
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"}
_MOMENT = {"TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE"}


class ParquetSchemas:
    """Asks files for their columns, on a connection of its own that sees no statement of a user."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._shapes: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        self._coarse: OrderedDict[tuple[str, str], bool] = OrderedDict()
        self._lock = threading.Lock()
        self._connection: Any = None

    def of(self, paths: Sequence[str]) -> list[dict[str, str]]:
        """Of each file: lower-case name -> DuckDB's type text, in the file's order, the same dict for files that are
        alike; {} for a file that can't be read or has a name twice."""
        with self._lock:
            self._ask([path for path in paths if path not in self._known])
            found = [self._known[path] for path in paths]
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            if len(self._shapes) > REMEMBERED:
                self._shapes.clear()
            return found

    def fine(self, paths: Sequence[str], columns: Sequence[str]) -> frozenset[str]:
        """The timestamp columns in which some of these files have more digits than milliseconds."""
        with self._lock:
            return frozenset(name for name in columns if not self._all_coarse(paths, name))

    def _all_coarse(self, paths: Sequence[str], name: str) -> bool:
        unknown = [path for path in paths if (path, name) not in self._coarse]
        if unknown:
            listed = ", ".join(map(literal, unknown))
            value = f"epoch_us(CAST({quoted(name)} AS TIMESTAMP)) % 1000 <> 0"
            found = self._rows(f"SELECT bool_or({value}) FROM read_parquet([{listed}], union_by_name = true)")
            coarse = found is not None and not found[0][0]
            self._coarse.update({(path, name): coarse for path in unknown})
            while len(self._coarse) > REMEMBERED * 10:
                self._coarse.popitem(last=False)
            return coarse and all(self._coarse.get((path, name), False) for path in paths)
        return all(self._coarse[path, name] for path in paths)

    def _rows(self, sql: str) -> list[Any] | None:
        import duckdb

        if self._connection is None:
            self._connection = duckdb.connect(":memory:", config={"threads": "1"})
        try:
            rows: list[Any] = self._connection.execute(sql).fetchall()
        except duckdb.Error:
            return None
        return rows

    def _ask(self, paths: Sequence[str]) -> None:
        for start in range(0, len(paths), _AT_ONCE):
            some = paths[start : start + _AT_ONCE]
            rows = self._rows(f"{_SCHEMA} FROM parquet_schema([{', '.join(map(literal, some))}])")
            if rows is None and len(some) > 1:  # one of them is broken
                for path in some:
                    self._ask([path])
                continue
            found = _columns(rows or [])
            for path in some:
                columns = found.get(path, ())
                names = {name.lower(): of for name, of in columns}
                shape = names if len(names) == len(columns) else {}
                self._known[path] = self._shapes.setdefault(tuple(shape.items()), shape)


def _columns(rows: Sequence[Any]) -> dict[str, list[tuple[str, str]]]:
    """Each file's own columns out of the tree of its schema, written depth first below a root."""
    found: dict[str, list[tuple[str, str]]] = {}
    below = 0
    for file, name, children, of in rows:
        if file not in found:
            found[file], below = [], 0
            continue
        if below == 0:
            found[file].append((str(name), str(of)))
        below = max(0, below - 1) + (children or 0)
    return found


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
