"""A table's files as an item of FROM: explicit lists, the Glue schema's types, partition values from Glue.

Columns are matched by name in Parquet and JSON, by position in text; what a file lacks is NULL; a text that does not
fit its column's type is NULL, as in Hive. Only registered partitions are read.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlparse

from mesh_core.localaws.athena.failures import SYSTEM_ERROR, QueryFailure, failure, unsupported
from mesh_core.localaws.athena.file_columns import FILE_COLUMNS, value
from mesh_core.localaws.athena.iam_asks import require_data_access
from mesh_core.localaws.athena.parquet_schemas import ParquetSchemas, plain_columns
from mesh_core.localaws.athena.parquet_types import in_place, require_readable
from mesh_core.localaws.athena.partition_values import may_satisfy
from mesh_core.localaws.athena.projection import LISTED_ONE_BY_ONE, is_projected, places
from mesh_core.localaws.athena.scope import Field, Query
from mesh_core.localaws.athena.tables_kinds import Kind, Parquet, kind_of
from mesh_core.localaws.athena.text_files import TextFiles, Unpacked, codec_of
from mesh_core.localaws.athena.types import Type, duckdb_type, literal, quoted
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context, ObjectFile

__all__ = ["Source", "duckdb_type", "refuse_unreadable", "source"]

_log = logging.getLogger(__name__)
_NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Source:
    """sql: a query with the columns that are wanted, those of the file (file_columns) too; files: all that it reads."""

    sql: str
    files: tuple[str, ...]
    size_bytes: int


@dataclass(frozen=True)
class Piece:
    """One file of one partition: where it is, what S3 calls it, the texts of its partition's values."""

    path: str
    uri: str
    values: tuple[str | None, ...]
    size_bytes: int
    modified: datetime


def refuse_unreadable(table: dict[str, Any]) -> None:
    """QueryFailure for a format or a kind of table that the local engine does not read, by name."""
    parameters = table.get("Parameters") or {}
    if parameters.get("table_type", "").upper() == "ICEBERG":
        raise unsupported("A query on an Iceberg table")
    kind_of(table)


def source(
    ctx: Context, use: Any, schemas: ParquetSchemas | None, wanted: frozenset[str] | None, temporary: Unpacked
) -> Source:
    """The files of one use of a table, after pruning, with the wanted columns (None: all of them).

    schemas None: Parquet is read by name, always. temporary: takes what has to be unpacked first.
    """
    pieces = _pieces(ctx, use)
    if not pieces:
        return Source(_empty(use, wanted), (), 0)
    kind = kind_of(use.table)
    if isinstance(kind, Parquet):
        # The newest first: it is the one that has all columns, if any has, and DuckDB goes by the first file.
        pieces.sort(key=lambda each: each.modified, reverse=True)
    groups: dict[str, list[Piece]] = {}
    for each in pieces:
        groups.setdefault(codec_of(each.uri) if kind.packs else "none", []).append(each)
    packed = groups.pop("bz2", [])
    if packed:
        groups.setdefault("none", []).extend(replace(each, path=str(temporary.add(each.path))) for each in packed)
    if isinstance(kind, Parquet) and schemas is not None:
        kind = _fitted(kind, schemas, pieces, use, wanted)
    kind = kind.suited(_TEXTS, [(each.path, codec) for codec, group in groups.items() for each in group], use.columns)
    reader = _Reader(kind, use, wanted)
    parts = [reader.scan(group, codec) for codec, group in groups.items()]
    paths = tuple(each.path for group in groups.values() for each in group)
    return Source(" UNION ALL ".join(parts), paths, sum(p.size_bytes for p in pieces))


_TEXTS = TextFiles()


def _fitted(
    kind: Parquet, schemas: ParquetSchemas, pieces: Sequence[Piece], use: Any, wanted: frozenset[str] | None
) -> Parquet:
    """Parquet as these files are, the newest first. QueryFailure for a wanted column of a type that Athena refuses."""
    shapes = schemas.of([each.path for each in pieces])
    if kind.by_place:
        kind = replace(kind, places=in_place(shapes, len(use.columns)))
    else:
        kind = kind.plain(plain_columns(shapes[0], use.columns, len(pieces) == 1))
    sought = dict(zip((name for name, _ in use.columns), kind.sought(use.columns), strict=True))
    read = [(name, of) for name, of in use.columns if wanted is None or name in wanted]
    for shape, piece in {id(shape): (shape, piece) for shape, piece in zip(shapes, pieces, strict=True)}.values():
        require_readable(shape, [(sought[name], name, of) for name, of in read], _shown_path(piece, use))
    moments = [name for name, of in read if of.name == "timestamp" and not kind.by_place]
    return replace(kind, fine=schemas.fine([each.path for each in pieces], moments)) if not kind.by_place else kind


def _shown_path(piece: Piece, use: Any) -> str:
    """A file's address for an error's text, where its partition is no secret."""
    open_keys = {name for name, _ in use.keys} <= set(use.access.columns)
    return f"parquet file {piece.uri}" if open_keys and not use.access.cells else "a parquet file of the table"


def _empty(use: Any, wanted: frozenset[str] | None) -> str:
    columns = [(name, of) for name, of in (*use.columns, *use.keys) if wanted is None or name in wanted]
    columns += ((name, FILE_COLUMNS[name]) for name in use.of_file)
    shown = [f"CAST(NULL AS {duckdb_type(of)}) AS {quoted(name)}" for name, of in columns]
    return f"SELECT {', '.join(shown)} WHERE false"


# files


def _pieces(ctx: Context, use: Any) -> list[Piece]:
    table = use.table
    if not use.keys:
        return list(_files(ctx, use, table["StorageDescriptor"].get("Location") or "", ()))
    if is_projected(table):
        return _projected(ctx, use)
    found: list[Piece] = []
    for each in ctx.catalog.partitions(table["DatabaseName"], table["Name"]):
        values = tuple(None if value == _NULL_PARTITION else value for value in each["Values"])
        if kept(values, use):
            descriptor = each.get("StorageDescriptor") or {}
            found += _files(ctx, use, descriptor.get("Location") or "", values)
    return found


def _projected(ctx: Context, use: Any) -> list[Piece]:
    found = places(use.table, use.keys, use.conditions, ctx.now())
    if found.count <= LISTED_ONE_BY_ONE:
        return [piece for location, values in found.each() for piece in _files(ctx, use, location, values)]
    if not found.count:
        return []
    reader = found.reader()
    pieces: list[Piece] = []
    for bucket, file in _objects(ctx, use, found.root):
        if (place := reader.read(f"{found.scheme}://{bucket}/{file.key}")) is not None:
            end, values = place
            rest = f"{found.scheme}://{bucket}/{file.key}"[end:]
            pieces += _piece(bucket, file, rest, values)
    return pieces


def _files(ctx: Context, use: Any, location: str, values: tuple[str | None, ...]) -> Iterable[Piece]:
    if not location:
        return
    _, prefix = _address(location)
    for bucket, file in _objects(ctx, use, location):
        yield from _piece(bucket, file, file.key[len(prefix) :], values)


def _piece(bucket: str, file: ObjectFile, rest: str, values: tuple[str | None, ...]) -> Iterable[Piece]:
    """An object as a file of a partition; `rest` is its name in there. Empty ones and hidden ones are left out."""
    if not file.size_bytes or any(part.startswith(("_", ".")) for part in rest.split("/")):
        return
    if not file.is_whole():
        raise _lost(bucket, file)
    yield Piece(str(file.path), f"s3://{bucket}/{file.key}", values, file.size_bytes, file.last_modified)


def _objects(ctx: Context, use: Any, location: str) -> Iterable[tuple[str, ObjectFile]]:
    bucket, prefix = _address(location)
    return ((bucket, each) for each in _listed(ctx, use, bucket, prefix))


def _address(location: str) -> tuple[str, str]:
    address = urlparse(location)
    prefix = location.split("://", 1)[-1].partition("/")[2]
    if address.scheme not in ("s3", "s3a", "s3n"):
        raise failure("HIVE_INVALID_METADATA", "The table's location is not in S3")
    return address.netloc, prefix if not prefix or prefix.endswith("/") else prefix + "/"


def _lost(bucket: str, file: ObjectFile) -> QueryFailure:
    _log.error("the bytes of s3://%s/%s are lost: %s is missing or of a wrong size", bucket, file.key, file.path)
    uri = f"s3://{bucket}/{file.key}"
    return QueryFailure(
        f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {uri} (offset=0, length={file.size_bytes}): its stored "
        "bytes are missing or of a wrong size. The endpoint's log names the file: restore it from a copy of the state "
        "folder, or put or delete the object again.",
        SYSTEM_ERROR,
    )


def _listed(ctx: Context, use: Any, bucket: str, prefix: str) -> list[Any]:
    place = f"s3://{bucket}/{prefix}"
    caller: Caller | None = None if ctx.lake.vends(use.access, place) else use.callers[0]
    if caller is None:
        for each in dict.fromkeys(use.callers):
            require_data_access(ctx, each)
    try:
        return ctx.objects.files(bucket, prefix, caller)
    except AwsError as error:
        if error.code == "NoSuchBucket":
            raise failure(
                "HIVE_FILESYSTEM_ERROR", f"The bucket of the table's location does not exist: {bucket}"
            ) from error
        raise QueryFailure("PERMISSION_DENIED: Access denied when reading the table's files in Amazon S3") from error


# partitions


def kept(values: Sequence[str | None], use: Any) -> bool:
    """Whether a partition can hold rows that satisfy the comparisons collected from WHERE."""
    known = {name: (value, of) for (name, of), value in zip(use.keys, values, strict=True)}
    return all(may_satisfy(*known[name], (symbol, wanted)) for name, symbol, wanted in use.conditions)


def partition_rows(keys: Sequence[tuple[str, Type]], rows: Sequence[Sequence[str]]) -> Query:
    """The values of partitions as a query."""
    fields = tuple(Field(name, of, quoted(name)) for name, of in keys)
    names = ", ".join(each.sql for each in fields)
    typed = ", ".join(f"TRY_CAST({each.sql} AS {duckdb_type(each.type)}) AS {each.sql}" for each in fields)
    texts = [[_or_null(None if value == _NULL_PARTITION else value) for value in row] for row in rows]
    lines = ", ".join(f"({', '.join(row)})" for row in texts or [["NULL"] * len(keys)])
    some = "" if rows else " WHERE false"
    return Query(f"SELECT {typed} FROM (VALUES {lines}) AS p({names}){some}", fields)


# readers


@dataclass(frozen=True)
class _Reader:
    """Writes the SELECT over some files of one format, of the wanted columns (None: all)."""

    kind: Kind
    use: Any
    wanted: frozenset[str] | None

    def scan(self, pieces: Sequence[Piece], codec: str) -> str:
        """Files that are all packed in one way."""
        files = "[" + ", ".join(literal(each.path) for each in pieces) + "]"
        shown = [_named(sql, name) for name, sql in self.kind.columns(self.use.columns) if self._wants(name)]
        for index, (name, of) in enumerate(self.use.keys):
            if self._wants(name):
                shown.append(_named(_by_file([each.values[index] for each in pieces], of), name))
        keys = [name for name, _ in self.use.keys]
        for name in self.use.of_file:
            shown.append(_named(_by_file([value(name, each, keys) for each in pieces], FILE_COLUMNS[name]), name))
        return f"SELECT {', '.join(shown)} FROM {self.kind.reader(files, self.use.columns, codec)}"

    def _wants(self, name: str) -> bool:
        return self.wanted is None or name in self.wanted


def _named(sql: str, name: str) -> str:
    return sql if sql == quoted(name) else f"{sql} AS {quoted(name)}"


def _by_file(values: Sequence[str | None], of: Type) -> str:
    """A value that depends on the file a row comes from."""
    typed = duckdb_type(of)
    if len(set(values)) == 1:
        return f"TRY_CAST({_or_null(values[0])} AS {typed})"
    items = ", ".join(_or_null(each) for each in values)
    listed = f"[{items}]" if typed == "VARCHAR" else f"TRY_CAST([{items}] AS {typed}[])"
    return f"({listed})[CAST(file_index AS BIGINT) + 1]"


def _or_null(text: str | None) -> str:
    return "NULL" if text is None else literal(text)
