"""Cells: rectangles of columns and rows, as data cells filters give them, fields of structs included. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mesh_core.domain.hive_types import Struct, parse
from mesh_core.domain.world import DataFilter, Table
from mesh_core.errors import InvalidInputError


@dataclass(frozen=True)
class Cells:
    """Columns that are read in the rows where `row_filter` holds; "" = in every row.

    columns  names, for fields of a struct dotted paths
    name     the data cells filter that gives them, "" for what is read in every row
    """

    columns: frozenset[str]
    row_filter: str = ""
    name: str = ""

    def covers(self, path: str) -> bool:
        """Whether a column, or a field at a dotted path, is among them as a whole."""
        return _covered(path, self.columns)

    def touches(self, column: str) -> bool:
        """Whether a column, or some field of it, is among them."""
        return any(path == column or path.startswith(f"{column}.") for path in self.columns)


def filter_paths(table: Table, one: DataFilter) -> frozenset[str]:
    """The columns and fields that a data cells filter opens, partition keys with them."""
    names = frozenset(table.column_names)
    keys = {key.name for key in table.partition_keys}
    if one.columns:
        named = {path for path in one.columns if path.partition(".")[0] in names}
        return frozenset(named | keys) if named else frozenset()
    cut = {path.partition(".")[0] for path in one.excluded}
    types = {column.name: column.type for column in table.all_columns if column.name in cut - set(one.excluded)}
    left = {path for name, kind in types.items() for path in _fields_but(kind, f"{name}.", one.excluded)}
    return frozenset((names - cut) | left | keys)


def _fields_but(kind: str, prefix: str, excluded: Iterable[str]) -> Iterator[str]:
    """Dotted paths of a struct's fields without the excluded ones; a field that loses a part is taken apart."""
    try:
        parsed = parse(kind)
    except InvalidInputError:
        return
    if isinstance(parsed, Struct):
        for name, inner in parsed.fields:
            path = f"{prefix}{name}"
            if path in excluded:
                continue
            if any(one.startswith(f"{path}.") for one in excluded):
                yield from _fields_but(str(inner), f"{path}.", excluded)
            else:
                yield path


def keeps_every_row(one: DataFilter) -> bool:
    """Whether a filter leaves the rows alone; TRUE is all rows, too."""
    return one.row_filter.strip().lower() in ("", "true")


def _covered(path: str, columns: frozenset[str]) -> bool:
    parts = path.split(".")
    return any(".".join(parts[:length]) in columns for length in range(1, len(parts) + 1))
