"""A query's rows as files of a table's format: Parquet, JSON lines or text, one folder for each partition."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.rewrite_casts import cast, castable
from mesh_core.localaws.athena.rewrite_texts import text_of
from mesh_core.localaws.athena.scope import Query, Typed
from mesh_core.localaws.athena.type_texts import parse_type
from mesh_core.localaws.athena.types import Type, literal, quoted

if TYPE_CHECKING:
    from mesh_core.localaws.athena.engine import QueryColumn


@dataclass(frozen=True)
class Export:
    """format PARQUET, JSON or TEXTFILE (CSV: with commas and quotes); compression as Athena names it, or NONE.

    partitioned_by: the last columns, by name. columns: the target's (name, Hive type), None = the query's own.
    """

    format: str
    compression: str = "NONE"
    partitioned_by: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] | None = None
    delimiter: str = "\x01"
    null_text: str = "\\N"


@dataclass(frozen=True)
class Exported:
    """files: (path relative to the folder, the partition's values as texts)."""

    columns: tuple[QueryColumn, ...]
    files: list[tuple[str, tuple[str, ...]]]
    row_count: int
    bytes_scanned: int


_CODECS = {
    "PARQUET": {"SNAPPY", "GZIP", "ZSTD", "NONE", "UNCOMPRESSED"},
    "JSON": {"GZIP", "NONE"},
    "TEXTFILE": {"GZIP", "NONE"},
}
_CODECS["CSV"] = _CODECS["TEXTFILE"]
_ENDINGS = {"PARQUET": "parquet", "JSON": "json", "TEXTFILE": "txt", "CSV": "csv"}


def export_statement(query: Query, folder: Path, export: Export) -> str:
    """The COPY that writes the rows below the folder. QueryFailure for a format that is not written here."""
    kind, codec = export.format.upper(), export.compression.upper()
    if kind not in _CODECS or codec not in _CODECS[kind]:
        raise unsupported(f"Writing {kind} with compression {codec}")
    options, target = _options(kind, codec, export), folder / f"data.{_ending(kind, codec)}"
    if not export.partitioned_by:
        options.append("USE_TMP_FILE false")
    else:
        options.append(f"PARTITION_BY ({', '.join(quoted(each) for each in export.partitioned_by)})")
        target = folder / "parts"
    sql = f"SELECT {', '.join(_columns(query, export, kind))} FROM ({query.sql}) AS q"
    return f"COPY ({sql}) TO {literal(str(target))} ({', '.join(options)})"


def exported_files(folder: Path, rows: int) -> list[tuple[str, tuple[str, ...]]]:
    """What was written: (path relative to the folder, values of the partition); nothing when there were no rows."""
    files = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()) if rows else ():
        relative = path.relative_to(folder)
        values = [unquote(part.split("=", 1)[1]) for part in relative.parts[:-1] if "=" in part]
        files.append((str(relative), tuple(values)))
    return files


def _ending(kind: str, codec: str) -> str:
    return _ENDINGS[kind] + (".gz" if codec == "GZIP" and kind != "PARQUET" else "")


def _options(kind: str, codec: str, export: Export) -> list[str]:
    packed = f"COMPRESSION {'gzip' if codec == 'GZIP' else 'none'}"
    ending = [f"FILE_EXTENSION {literal(_ending(kind, codec))}"] if export.partitioned_by else []
    match kind:
        case "PARQUET":
            return ["FORMAT parquet", f"COMPRESSION {codec.lower().replace('none', 'uncompressed')}", *ending]
        case "JSON":
            return ["FORMAT json", packed, *ending]
        case "CSV":
            return ["FORMAT csv", "HEADER false", "NULLSTR ''", packed, *ending]
        case _:
            text = [
                f"DELIMITER {literal(export.delimiter)}",
                "QUOTE ''",
                "ESCAPE ''",
                f"NULLSTR {literal(export.null_text)}",
            ]
            return ["FORMAT csv", "HEADER false", *text, packed, *ending]


def _columns(query: Query, export: Export, kind: str) -> list[str]:
    wanted = export.columns
    if wanted is not None and len(wanted) != len(query.fields):
        raise failure("TYPE_MISMATCH", f"Insert query has {len(query.fields)} columns, the table has {len(wanted)}")
    shown = []
    for index, each in enumerate(query.fields):
        name = wanted[index][0].lower() if wanted else each.name or f"_col{index}"
        of = parse_type(wanted[index][1]) if wanted else each.type
        if not castable(each.type, of):
            raise failure(
                "TYPE_MISMATCH",
                f"Insert query has mismatched column types: Table column '{name}' is {of}, the query's is {each.type}",
            )
        sql = cast(Typed(each.sql, each.type), of)
        shown.append(f"{_stored(sql, of, kind, name in export.partitioned_by)} AS {quoted(name)}")
    return shown


def _stored(sql: str, of: Type, kind: str, key: bool) -> str:
    """A value as the format keeps it: Parquet has types, text has Hive's texts."""
    if key:
        return text_of(sql, of)
    if of.name == "unknown":
        return f"CAST({sql} AS VARCHAR)"
    if of.name == "timestamp with time zone":
        raise failure("NOT_SUPPORTED", "Unsupported Hive type: timestamp(3) with time zone")
    if kind == "PARQUET":
        return f"CAST({sql} AS VARCHAR)" if of.name in ("json", "uuid") else sql
    if of.name in ("array", "map", "row") and kind != "JSON":
        raise unsupported("Writing a nested type as text")
    if of.name == "varbinary":
        return f"to_base64({sql})"
    if of.name in ("timestamp", "date", "char", "time") or (kind != "JSON" and of.name in ("double", "real")):
        return text_of(sql, of)
    return sql
