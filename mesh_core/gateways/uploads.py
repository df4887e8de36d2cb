"""Read an upload as a table: infer its schema, show its first rows, write it as Parquet. Never loses a row in silence.

Three calls, each opening the file anew, so that nothing is held between them:

    schema = read_upload(path, "orders.csv", answers)    what the file holds, with questions and notes
    sample(path, schema)                                 its first rows, in the schema's names and types
    to_parquet(path, schema, target, on_progress)        all rows that fit, as Parquet; the others counted and shown

Rows are rejected, never mended: a line that has not the columns' number of values, and a row of which a value would be
lost or changed by the type that was chosen (1.5 as bigint, 00501 as a number stays possible, 31.02. as a date is not).
`Written.row_count + Written.rejected_count` is the number of rows in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mesh_core.domain import hive_types
from mesh_core.domain.schema import ColumnSpec, InferredSchema, column_problems
from mesh_core.errors import InvalidDraftError, InvalidInputError
from mesh_core.gateways import (
    uploads_bytes,
    uploads_csv,
    uploads_duckdb,
    uploads_infer,
    uploads_json,
    uploads_parquet,
    uploads_types,
    uploads_values,
)
from mesh_core.gateways.uploads_duckdb import identifier
from mesh_core.gateways.uploads_infer import Field, Opened

SHOWN_REJECTS = 100
_TEXT_LENGTH = 500


@dataclass(frozen=True)
class Written:
    """A Parquet file made from an upload.

    `rejects` are the first 100 rejected rows as (line, text, reason): the line counts from 1 in the file; in Parquet
    and in JSON arrays it is the row's number.
    """

    row_count: int
    rejected_count: int
    rejects: tuple[tuple[int, str, str], ...]
    size_bytes: int


def read_upload(path: Path, filename: str, answers: Mapping[str, str] | None = None) -> InferredSchema:
    """The schema of the file at `path`, which the visitor calls `filename`; `answers` by Question.key.

    Raises UnreadableFileError for a file that is no table.
    """
    given = dict(answers or {})
    with _translated(filename):
        match uploads_bytes.file_format(path, filename):
            case "csv":
                return _read_csv(path, filename, given)
            case "json":
                with uploads_json.opened(path, filename) as source:
                    return _read(source, "json", filename, given)
            case "parquet":
                with uploads_parquet.opened(path, filename) as source:
                    return _read(source, "parquet", filename, given)


def sample(path: Path, schema: InferredSchema, rows: int = 50) -> list[dict[str, Any]]:
    """The first `rows` rows that fit, as {column name: value}."""
    _check(schema)
    with _translated(schema.options["filename"]), _opened(path, schema) as source:
        result = source.connection.execute(f"{_select(source, schema)} LIMIT {int(rows)}")
        names = [c.name for c in schema.columns]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def to_parquet(
    path: Path, schema: InferredSchema, target: Path, on_progress: Callable[[float], None] | None = None
) -> Written:
    """Writes `target` (Parquet, Zstandard) and tells what became of every row; nothing is left of a failed attempt.

    `on_progress` gets a share from 0 to 1, several times a second; what it raises stops the writing. Raises
    UnreadableFileError, and InvalidDraftError for columns that can't be made.
    """
    _check(schema)
    try:
        with _translated(schema.options["filename"]), _opened(path, schema, target) as source:
            form = "(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
            sql = f"COPY ({_select(source, schema)}) TO {uploads_duckdb.quoted(str(target))} {form}"
            row_count = int(uploads_duckdb.run(source.connection, sql, on_progress)[0][0])
            broken, rejects = _rejected(source, schema)
            # Nothing more to look for when as many rows were written as were found at first.
            lost = 0 if row_count == schema.row_count else _lost(source, schema)
            if lost:
                rejects = sorted([*rejects, *_lost_rows(path, source, schema)])
            return Written(row_count, broken + lost, tuple(rejects[:SHOWN_REJECTS]), target.stat().st_size)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _read_csv(path: Path, filename: str, answers: Mapping[str, str]) -> InferredSchema:
    found = uploads_csv.look(path, filename, answers)
    try:
        return _inferred_csv(path, filename, answers, found)
    except uploads_duckdb.Error:
        if found.layout.rewrite:
            raise
    # Quotes in the middle of values can hide that lines end in two ways, which DuckDB refuses.
    return _inferred_csv(path, filename, answers, found.rewritten())


def _inferred_csv(path: Path, filename: str, answers: Mapping[str, str], found: uploads_csv.Found) -> InferredSchema:
    with uploads_csv.opened(path, found.layout) as source:
        inferred = uploads_infer.infer(source, answers, found.headings)
        rejected, _ = uploads_duckdb.rejected_lines(source.connection, 0)
        short = uploads_duckdb.short_lines(source.connection)
    asked_short = uploads_csv.short_lines_question(short, found.layout.pad)
    return InferredSchema(
        tuple(inferred.columns),
        inferred.row_count,
        rejected,
        (*found.questions, *asked_short, *inferred.questions),
        (*found.notes, *_row_notes(inferred.row_count, rejected), *inferred.notes),
        "csv",
        {
            **answers,
            **inferred.options,
            **found.layout.options(),
            "header": "yes" if found.header else "no",
            "filename": filename,
        },
    )


def _read(source: Opened, kind: Any, filename: str, answers: Mapping[str, str]) -> InferredSchema:
    inferred = uploads_infer.infer(source, answers)
    if not inferred.columns:
        raise uploads_bytes.unreadable(filename, "has no columns", "Choose a file with rows")
    rejected = len(source.rejects_before)
    return InferredSchema(
        tuple(inferred.columns),
        inferred.row_count,
        rejected,
        tuple(inferred.questions),
        (*source.notes, *_row_notes(inferred.row_count, rejected), *inferred.notes),
        kind,
        {**answers, **inferred.options, "filename": filename},
    )


def _row_notes(row_count: int, rejected: int) -> tuple[str, ...]:
    if not row_count and not rejected:
        return ("The file has a header and no rows.",)
    return (f"Lines that don't fit the columns and are left out: {rejected:,}.",) if rejected else ()


@contextmanager
def _opened(path: Path, schema: InferredSchema, *targets: Path) -> Iterator[Opened]:
    match schema.format:
        case "csv":
            with uploads_csv.opened(path, uploads_csv.Layout.from_options(schema.options), *targets) as source:
                yield source
        case "json":
            with uploads_json.opened(path, schema.options["filename"], *targets) as source:
                yield source
        case "parquet":
            with uploads_parquet.opened(path, schema.options["filename"], *targets) as source:
                yield source


@contextmanager
def _translated(filename: str) -> Iterator[None]:
    try:
        yield
    except uploads_duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise uploads_bytes.unreadable(filename, f"can't be read ({reason})", "Export it again") from error
    except OSError as error:
        what = f"can't be read or written ({error.strerror or error})"
        raise uploads_bytes.unreadable(filename, what, "Look whether the disk is full") from error


def _check(schema: InferredSchema) -> None:
    problems = column_problems(schema.columns)
    if problems:
        raise InvalidDraftError(problems)


def _value(source: Opened, schema: InferredSchema, column: ColumnSpec) -> tuple[str, str]:
    """SQL of a column: its value in the table, and its value in the file (NULL where that means nothing)."""
    one = _field(source, column)
    if one.duck_type is not None:
        return uploads_types.from_typed(one.sql, one.duck_type, column.hive_type), one.sql
    if hive_types.canonical(column.hive_type) != "string":
        real = uploads_values.meaningful(one.sql)
        reading = schema.options.get(f"format:{column.source_name}")
        return uploads_values.from_text(real, column.hive_type, reading), real
    if schema.options.get(f"missing words:{column.source_name}") == "missing":
        real = f"CASE WHEN NOT {uploads_values.is_word(one.sql)} THEN {one.sql} END"
        return real, real
    return one.sql, one.sql


def _field(source: Opened, column: ColumnSpec) -> Field:
    for one in source.fields:
        if one.label == column.source_name:
            return one
    known = ", ".join(f"'{f.label}'" for f in source.fields[:20])
    raise InvalidInputError(
        f"The file has no column '{column.source_name}' (for '{column.name}'). Nothing was written. It has: {known}."
    )


def _is_lost(value: str, real: str) -> str:
    return "false" if value == real else f"({real} IS NOT NULL AND {value} IS NULL)"


def _select(source: Opened, schema: InferredSchema) -> str:
    parts = [_value(source, schema, column) for column in schema.columns]
    names = [identifier(column.name) for column in schema.columns]
    values = ", ".join(f"{value} AS {name}" for (value, _), name in zip(parts, names, strict=True))
    lost = " OR ".join(_is_lost(*part) for part in parts)
    return f"SELECT {values} FROM {source.relation} WHERE NOT ({lost})"


def _rejected(source: Opened, schema: InferredSchema) -> tuple[int, list[tuple[int, str, str]]]:
    if schema.format != "csv":
        return len(source.rejects_before), list(source.rejects_before[:SHOWN_REJECTS])
    return uploads_duckdb.rejected_lines(source.connection, SHOWN_REJECTS)


def _lost(source: Opened, schema: InferredSchema) -> int:
    lost = [_is_lost(*_value(source, schema, column)) for column in schema.columns]
    if all(one == "false" for one in lost):
        return 0
    rows = source.connection.execute(f"SELECT count_if({' OR '.join(lost)}) FROM {source.relation}").fetchall()
    return int(rows[0][0] or 0)


def _lost_rows(path: Path, source: Opened, schema: InferredSchema) -> list[tuple[int, str, str]]:
    """The first rows of which a value would be lost, as (line, text, reason)."""
    lost = [_is_lost(*_value(source, schema, column)) for column in schema.columns]
    texts = ", ".join(f"({f.sql})::VARCHAR" for f in source.fields)
    query = (
        f"SELECT number, texts, lost FROM (SELECT row_number() OVER () AS number, [{texts}] AS texts, "
        f"[{', '.join(lost)}] AS lost FROM {source.relation}) WHERE list_contains(lost, true) LIMIT {SHOWN_REJECTS}"
    )
    rows = source.connection.execute(query).fetchall()
    lines = _lines(path, schema, [number for number, _, _ in rows])
    return [
        (lines.get(number, number), _joined(texts), _reasons(source, schema, texts, lost))
        for number, texts, lost in rows
    ]


def _lines(path: Path, schema: InferredSchema, numbers: Sequence[int]) -> Mapping[int, int]:
    if schema.format != "csv":
        return {}
    return uploads_csv.lines_of_rows(path, uploads_csv.Layout.from_options(schema.options), numbers)


def _joined(texts: Sequence[str | None]) -> str:
    return ", ".join("" if text is None else text for text in texts)[:_TEXT_LENGTH]


def _reasons(source: Opened, schema: InferredSchema, texts: Sequence[str | None], lost: Sequence[bool]) -> str:
    labels = [f.label for f in source.fields]
    bad = [column for column, gone in zip(schema.columns, lost, strict=True) if gone]
    return "; ".join(f"{c.name}: '{texts[labels.index(c.source_name)]}' is no {c.hive_type}" for c in bad)
