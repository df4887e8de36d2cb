"""DuckDB, held to one file: the guarded connection on which an upload is read.

One connection a file, since an error aborts a connection's transaction. It may open the paths it was given and nothing
else; extensions are never fetched; memory, threads and the folder for spilling are fixed; the settings are locked.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

MEMORY_LIMIT = "512MB"
THREADS = 2
# DuckDB's own limit is 2 MB a line; a cell with a document in it is longer.
MAX_LINE_BYTES = 32 * 1024 * 1024
POLL_S = 0.1
Error = duckdb.Error


@contextmanager
def guarded(*paths: Path) -> Iterator[Any]:
    """A connection that can open `paths` only (the last may be a file to write)."""
    with tempfile.TemporaryDirectory(prefix="mesh-duckdb-") as spill:
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY_LIMIT,
                "threads": THREADS,
                "temp_directory": spill,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "preserve_insertion_order": True,
            },
        )
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_progress_bar = true")
            connection.execute("SET enable_progress_bar_print = false")
            connection.execute(f"SET allowed_paths = [{', '.join(quoted(str(p)) for p in paths)}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection
        finally:
            connection.close()


def quoted(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(text: str) -> str:
    """`text` as an SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def csv_relation(path: Path, width: int, delimiter: str, skip: int, pad: bool) -> str:
    """A FROM clause: the rows of a delimited text as `c0, c1, ...`, all text, NULL for an empty cell.

    Lines that don't fit land in the table `reject_errors`. `pad` fills short lines with NULLs instead.
    """
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    padding = ", null_padding = true, parallel = false" if pad else ""
    return (
        f"read_csv({quoted(str(path))}, auto_detect = false, columns = {{{columns}}}, delim = {quoted(delimiter)}, "
        f"quote = '\"', escape = '\"', header = false, skip = {skip}, nullstr = [''], strict_mode = true, "
        f"max_line_size = {MAX_LINE_BYTES}, store_rejects = true, rejects_limit = 0{padding})"
    )


def rejected_lines(connection: Any, limit: int) -> tuple[int, list[tuple[int, str, str]]]:
    """How many lines the scans of this connection refused, and the first `limit` as (line, text, reason).

    A quote that is never closed swallows the lines after it: each of them counts.
    """
    rows = connection.execute(
        "SELECT line, any_value(csv_line), arg_min(error_type::VARCHAR, column_idx), min(error_message) "
        "FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall()
    count = sum(text.rstrip("\r\n").count("\n") + 1 if kind == "UNQUOTED VALUE" else 1 for _, text, kind, _ in rows)
    return count, [
        (line, text.rstrip("\r\n")[:500], _reason(kind, message)) for line, text, kind, message in rows[:limit]
    ]


def short_lines(connection: Any) -> int:
    """How many of the refused lines have too few values."""
    sql = "SELECT count(DISTINCT line) FROM reject_errors WHERE error_type = 'MISSING COLUMNS'"
    return int(connection.execute(sql).fetchone()[0])


def run(connection: Any, sql: str, on_progress: Callable[[float], None] | None = None) -> Sequence[tuple[Any, ...]]:
    """All rows of `sql`; calls `on_progress` with a share from 0 to 1 meanwhile.

    What `on_progress` raises interrupts the query and comes out here.
    """
    if on_progress is None:
        return list(connection.execute(sql).fetchall())
    outcome: list[Any] = []
    worker = threading.Thread(target=lambda: outcome.append(_outcome(connection, sql)), daemon=True)
    worker.start()
    try:
        while worker.is_alive():
            worker.join(POLL_S)
            on_progress(max(0.0, min(1.0, connection.query_progress() / 100)))
    except BaseException:
        connection.interrupt()
        worker.join()
        raise
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return list(outcome[0])


def _outcome(connection: Any, sql: str) -> Any:
    try:
        return connection.execute(sql).fetchall()
    except Exception as error:
        return error


def _reason(kind: str, message: str) -> str:
    reasons = {
        "MISSING COLUMNS": "fewer values than columns",
        "TOO MANY COLUMNS": "more values than columns",
        "UNQUOTED VALUE": "a quote that is not closed, or text after a closing quote",
        "LINE SIZE OVER MAXIMUM": "longer than 32 MB",
        "INVALID ENCODING": "characters that are not UTF-8",
    }
    return reasons.get(kind, message.splitlines()[0])
