"""Hidden columns that tell of the file a row comes from: `"$path"` and its like. `SELECT *` does not have them."""

from __future__ import annotations

from typing import Any

from mesh_core.localaws.athena.ddl_tables import partition_name
from mesh_core.localaws.athena.types import BIGINT, VARCHAR, Type, quoted, zoned

PATH, SIZE, MODIFIED, PARTITION = "$path", "$file_size", "$file_modified_time", "$partition"
FILE_COLUMNS: dict[str, Type] = {PATH: VARCHAR, SIZE: BIGINT, MODIFIED: zoned("UTC", 3), PARTITION: VARCHAR}


def there(partitioned: bool) -> list[tuple[str, Type]]:
    """Those that a table has."""
    return [(name, of) for name, of in FILE_COLUMNS.items() if partitioned or name != PARTITION]


def named(text: str) -> frozenset[str]:
    """Those that a compiled statement names."""
    return frozenset(name for name in FILE_COLUMNS if quoted(name) in text)


def value(name: str, piece: Any, keys: list[str]) -> str:
    """What a column says of a file (scan.Piece), as text."""
    match name:
        case "$path":
            return str(piece.uri)
        case "$file_size":
            return str(piece.size_bytes)
        case "$file_modified_time":
            return str(piece.modified.isoformat(timespec="milliseconds"))
        case _:
            return partition_name(keys, [each or "" for each in piece.values])
