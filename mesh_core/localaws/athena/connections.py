"""DuckDB connections: made ahead, used for one statement, thrown away.

A connection starts with its limits; `lock` gives it the files of one statement, closes everything else, makes macros,
and turns the key. Made ahead, and closed behind the query's back, because both cost more than most queries.
"""

from __future__ import annotations

import os
import queue
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

SPARES = 4
FIRST_SPARES = 1  # before the first query: each takes 4 MB
QUIET_S = 0.05  # the client reads its answer first: it has the other core, or shares the only one
MEMORY_LIMIT = "1GB"
SPILL_LIMIT = "8GB"
_CONFIG = {
    "threads": str(max(1, os.cpu_count() or 1)),
    "memory_limit": MEMORY_LIMIT,
    "max_temp_directory_size": SPILL_LIMIT,
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "preserve_insertion_order": "true",
    "validate_external_file_cache": "NO_VALIDATION",  # objects' files never change
}
# Known only to what connecting loads.
_SETTINGS = ("TimeZone = 'UTC'", "enable_profiling = 'no_output'", "parquet_metadata_cache = true")


class Connections:
    """Hands out fresh connections; `folder` is where they may spill."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spares: queue.SimpleQueue[tuple[Any, Path]] = queue.SimpleQueue()
        self._used: queue.SimpleQueue[tuple[Any, Path]] = queue.SimpleQueue()
        self._making = threading.Lock()
        self._closed = False
        self._busy = 0
        self._count = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[Any]:
        """A connection for one statement: all cores when it is alone, one core beside others."""
        connection, spill = self._take()
        with self._count:
            self._busy += 1
            alone = self._busy == 1
        try:
            if not alone:
                connection.execute("SET threads = 1")
            yield connection
        finally:
            with self._count:
                self._busy -= 1
            self._used.put((connection, spill))
            self.refill(after_s=QUIET_S)

    def _take(self) -> tuple[Any, Path]:
        try:
            return self._spares.get_nowait()
        except queue.Empty:
            return self._make()

    def refill(self, wanted: int = SPARES, after_s: float = 0) -> None:
        """Close used connections and make spare ones, in the background, after a while if there is a spare one."""
        if self._spares.qsize() < wanted or not self._used.empty():
            # No daemon, though its maker may be one: a process must not end while a connection is half made.
            threading.Thread(target=self._refill, args=(wanted, after_s), name="athena-spares", daemon=False).start()

    def _refill(self, wanted: int, after_s: float) -> None:
        if not self._spares.empty():
            time.sleep(after_s)
        with self._making, suppress(Exception):
            self._close_used()
            while self._spares.qsize() < wanted and not self._closed:
                self._spares.put(self._make())
                self._close_used()
            if self._closed:
                self._close_all(self._spares)

    def close(self) -> None:
        """Close all that wait to be used, and make no more ahead."""
        self._closed = True
        with self._making:
            self._close_used()
            self._close_all(self._spares)

    def _close_used(self) -> None:
        self._close_all(self._used)

    def _close_all(self, waiting: queue.SimpleQueue[tuple[Any, Path]]) -> None:
        with suppress(queue.Empty):
            while True:
                connection, spill = waiting.get_nowait()
                with suppress(Exception):
                    connection.close()
                shutil.rmtree(spill, ignore_errors=True)

    def _make(self) -> tuple[Any, Path]:
        import duckdb

        spill = self._folder / f"spill-{uuid4().hex}"
        connection = duckdb.connect(":memory:", config={**_CONFIG, "temp_directory": str(spill)})
        for setting in _SETTINGS:
            connection.execute(f"SET {setting}")
        return connection, spill


@dataclass(frozen=True)
class Needs:
    """What a statement needs: its files (to read or write), a folder to write in, macros to make first."""

    files: tuple[str, ...]
    statements: tuple[str, ...]
    folder: str | None = None


def lock(connection: Any, needs: Needs) -> None:
    """Give a connection what it needs, and shut it: nothing else on this machine, no setting, ever after."""
    listed = ", ".join("'" + each.replace("'", "''") + "'" for each in needs.files)
    connection.execute(f"SET allowed_paths = [{listed}]")
    if needs.folder is not None:
        connection.execute("SET allowed_directories = ['" + needs.folder.replace("'", "''") + "']")
    connection.execute("SET enable_external_access = false")
    for each in needs.statements:
        connection.execute(each)
    connection.execute("SET lock_configuration = true")
