"""Parquet, opened for DuckDB: it brings its own types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mesh_core.domain.schema import MAX_COLUMNS
from mesh_core.gateways import uploads_bytes, uploads_duckdb
from mesh_core.gateways.uploads_duckdb import identifier, quoted
from mesh_core.gateways.uploads_infer import Field, Opened


@contextmanager
def opened(path: Path, filename: str, *targets: Path) -> Iterator[Opened]:
    """The file's rows; `targets` are files that may be written. UnreadableFileError for a damaged one."""
    relation = f"read_parquet({quoted(str(path))})"
    with uploads_duckdb.guarded(path, *targets) as connection:
        try:
            found = connection.sql(f"SELECT * FROM {relation}")
            columns = list(zip(found.columns, found.types, strict=True))
        except uploads_duckdb.Error as error:
            reason = str(error).splitlines()[0].split(" file ")[0]
            raise uploads_bytes.unreadable(
                filename, f"is a damaged Parquet file ({reason})", "Export it again"
            ) from error
        if len(columns) > MAX_COLUMNS:
            raise uploads_bytes.unreadable(filename, f"has {len(columns):,} columns", f"Keep at most {MAX_COLUMNS:,}")
        notes = tuple(
            f"{label}: timestamps are kept to the microsecond."
            for label, kind in columns
            if kind.id in ("timestamp_ns", "timestamptz_ns")
        )
        yield Opened(connection, relation, tuple(Field(n, identifier(n), kind) for n, kind in columns), notes)
