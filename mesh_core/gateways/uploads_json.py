"""JSON, opened for DuckDB: an array of objects, one object a line, or objects one after the other.

JSON has types of its own, so text stays text but for dates; numbers that a double would round are looked at as text.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mesh_core.gateways import uploads_bytes, uploads_duckdb
from mesh_core.gateways.uploads_duckdb import identifier, quoted
from mesh_core.gateways.uploads_infer import Field, Opened
from mesh_core.gateways.uploads_values import INTEGER, LONG_NUMBER, NUMBER, TEXT_ONLY, Reading

MAX_OBJECT_BYTES = 32 * 1024 * 1024
_AS_TEXT = frozenset({"date", "timestamp", "timestamp with time zone", "time", "uuid", "null", "varchar"})
_LONG_INSIDE = r"[:\[,]-?\d{16,}[,}\]]"


@contextmanager
def opened(path: Path, filename: str, *targets: Path) -> Iterator[Opened]:
    """The objects as rows; `targets` are files that may be written. UnreadableFileError for anything else."""
    encoding = uploads_bytes.detect_encoding(path, filename, None)
    with (
        tempfile.TemporaryDirectory(prefix="mesh-json-") as folder,
        uploads_bytes.clean_text(path, encoding.name, rewrite=False) as text,
    ):
        array = _is_array(text, filename)
        source = text
        rejects: tuple[tuple[int, str, str], ...] = ()
        shape = _shape(source, array)
        if isinstance(shape, Exception) and not array:
            source, rejects = _good_lines(text, Path(folder) / "lines", filename, shape)
            shape = _shape(source, array)
        if isinstance(shape, Exception):
            raise _no_table(filename, shape) from shape
        with uploads_duckdb.guarded(source, *targets) as connection:
            yield _opened(connection, source, shape, rejects, filename)


def _is_array(path: Path, filename: str) -> bool:
    with path.open("rb") as file:
        first = file.read(65536).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        file.seek(max(0, path.stat().st_size - 65536))
        last = file.read().rstrip()[-1:]
    if first == b"[" and last != b"]":
        # DuckDB reads what is there of a broken-off array without a word.
        raise uploads_bytes.unreadable(filename, "begins as a JSON array and breaks off", "Export it again")
    if first not in (b"[", b"{"):
        raise uploads_bytes.unreadable(filename, "is called JSON and starts with neither { nor [", "Export it again")
    return first == b"["


def _relation(path: Path, columns: Mapping[str, str] | None = None) -> str:
    typed = ""
    if columns:
        typed = f", columns = {{{', '.join(f'{quoted(n)}: {quoted(kind)}' for n, kind in columns.items())}}}"
    return (
        f"read_json({quoted(str(path))}, format = 'auto', records = 'true', sample_size = -1, maximum_depth = -1, "
        f"maximum_object_size = {MAX_OBJECT_BYTES}{typed})"
    )


def _shape(path: Path, array: bool) -> list[tuple[str, Any]] | Exception:
    """Names and DuckDB types of all the objects' keys, or why they can't be had."""
    with uploads_duckdb.guarded(path) as connection:
        try:
            found = connection.sql(f"SELECT * FROM {_relation(path)}")
            columns: list[tuple[str, Any]] = list(zip(found.columns, found.types, strict=True))
        except uploads_duckdb.Error as error:
            cause: Exception = error
            return cause
        return columns


def _opened(
    connection: Any, path: Path, shape: Sequence[tuple[str, Any]], rejects: tuple[tuple[int, str, str], ...], name: str
) -> Opened:
    _refuse_twins(connection, path, shape, name)
    rounded = _rounded(connection, path, shape)
    columns = {label: "VARCHAR" if label in rounded else _read_as(kind) for label, kind in shape}
    relation = _relation(path, columns)
    read = connection.sql(f"SELECT * FROM {relation}")
    fields = tuple(
        Field(label, identifier(label), None, _readings(before, label in rounded))
        if after.id == "varchar"
        else Field(label, identifier(label), after)
        for (label, before), after in zip(shape, read.types, strict=True)
    )
    notes = tuple(f"{n}: numbers in it have more digits than a double keeps; kept as JSON text." for n in rounded)
    return Opened(connection, relation, fields, notes, rejects_before=rejects)


def _readings(kind: Any, rounded: bool) -> tuple[Reading, ...]:
    if kind.id == "double":
        return (INTEGER, NUMBER, LONG_NUMBER)
    return () if rounded or str(kind) == "JSON" else TEXT_ONLY


def _read_as(kind: Any) -> str:
    """The type to read a key as: text where DuckDB would guess a date's format or round a number."""
    if kind.id == "double":
        return "VARCHAR"
    return _nested_as(kind)


def _nested_as(kind: Any) -> str:
    match kind.id:
        case "list":
            return f"{_nested_as(kind.children[0][1])}[]"
        case "map":
            parts = dict(kind.children)
            return f"MAP({_nested_as(parts['key'])}, {_nested_as(parts['value'])})"
        case "struct":
            return f"STRUCT({', '.join(f'{identifier(n)} {_nested_as(child)}' for n, child in kind.children)})"
        case plain:
            return "VARCHAR" if plain in _AS_TEXT else str(kind)


def _rounded(connection: Any, path: Path, shape: Sequence[tuple[str, Any]]) -> list[str]:
    """Nested keys in which a whole number of 16 digits or more would become a double."""
    nested = [n for n, kind in shape if kind.id in ("list", "struct", "map") and "DOUBLE" in str(kind)]
    if not nested:
        return []
    relation = _relation(path, dict.fromkeys(nested, "VARCHAR"))
    tests = ", ".join(f"count_if(regexp_matches({identifier(n)}, {quoted(_LONG_INSIDE)}))" for n in nested)
    counts = connection.execute(f"SELECT {tests} FROM {relation}").fetchone()
    return [name for name, count in zip(nested, counts, strict=True) if count]


def _refuse_twins(connection: Any, path: Path, shape: Sequence[tuple[str, Any]], filename: str) -> None:
    """Keys that differ only in case: DuckDB renames the second (`A_1`) and then finds no value under that name."""
    labels = {label.lower() for label, _ in shape}
    suspects = [
        n for n, _ in shape if "_" in n and n.rpartition("_")[2].isdigit() and n.rpartition("_")[0].lower() in labels
    ]
    if not suspects:
        return
    rows = connection.execute(
        f"SELECT DISTINCT unnest(json_keys(json)) FROM read_json_objects({quoted(str(path))}, "
        f"maximum_object_size = {MAX_OBJECT_BYTES})"
    ).fetchall()
    missing = sorted(set(suspects) - {key for (key,) in rows})
    if missing:
        base = missing[0].rpartition("_")[0]
        raise uploads_bytes.unreadable(
            filename, f"has keys that differ from '{base}' only in upper and lower case", "Rename one of them"
        )


def _good_lines(
    path: Path, target: Path, filename: str, cause: Exception
) -> tuple[Path, tuple[tuple[int, str, str], ...]]:
    """The lines that are JSON objects, copied to `target`, and the others as rejects.

    UnreadableFileError, from `cause`, when most lines are none: then the file is no JSON by lines.
    """
    rejects: list[tuple[int, str, str]] = []
    good = 0
    with path.open(encoding="utf-8-sig", newline="\n") as lines, target.open("w", encoding="utf-8") as kept:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            reason = _line_problem(line)
            if reason is None:
                good += 1
                kept.write(line if line.endswith("\n") else line + "\n")
            else:
                rejects.append((number, line.strip()[:500], reason))
    if good <= len(rejects):
        raise _no_table(filename, cause) from cause
    return target, tuple(rejects)


def _line_problem(line: str) -> str | None:
    try:
        pairs = json.loads(line, object_pairs_hook=lambda pairs: pairs, parse_constant=_refuse_constant)
    except ValueError as error:
        return f"no JSON: {error}"
    if not isinstance(pairs, list) or line.lstrip()[:1] != "{":
        return "no JSON object"
    keys = [key for key, _ in pairs]
    return None if len(keys) == len(set(keys)) else "the same key twice"


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _no_table(filename: str, cause: Exception) -> Exception:
    reason = str(cause).splitlines()[0].split(" in file ")[0]
    return uploads_bytes.unreadable(
        filename, f"can't be read as JSON objects ({reason})", "A list of objects, or one object a line, is needed"
    )
