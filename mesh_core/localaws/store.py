"""The endpoint's memory: one SQLite file, written and synced before an answer is sent.

WAL mode with synchronous=FULL, so that what a committed transaction wrote survives `kill -9` and power loss.
Readers see a snapshot and never wait for the writer; writers are serialised by one lock of this process.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

from mesh_core.localaws.migrations import STATE, DamagedStateError, NewerStateError, migrate

_log = logging.getLogger(__name__)
LOG_BYTES = 16 * 1024 * 1024
FOLD_WAIT_MS, BUSY_TIMEOUT_S = 200, 30


class _Connection(sqlite3.Connection):
    """Knows its cursors: one that was not read to its end keeps its snapshot beyond COMMIT, and all that is read later
    through the same connection would be as old."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def execute(self, *given: Any) -> sqlite3.Cursor:
        cursor = super().execute(*given)
        self._cursors.add(cursor)
        return cursor

    def close_cursors(self) -> None:
        """Before a transaction: none that is left from an earlier one."""
        for cursor in list(self._cursors):
            cursor.close()
        self._cursors.clear()


class Store:
    """SQLite connections, one a thread; `read()` and `write()` hand them out.

    Raises NewerStateError and DamagedStateError when opened on a folder that it can't serve.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file, self._log = folder / STATE, folder / f"{STATE}-wal"
        self._fold_at_bytes = LOG_BYTES
        self._local = threading.local()
        self._write_lock = threading.RLock()
        self._open()

    def _open(self) -> None:
        try:
            connection = self._connection()
            migrate(connection)
        except (NewerStateError, DamagedStateError) as error:
            raise type(error)(f"{self._file}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise DamagedStateError(
                f"{self._file} is not a readable state file ({error}). Nothing was changed. "
                "Restore the folder from a copy, or choose another one."
            ) from error

    def _connection(self) -> _Connection:
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._file,
                isolation_level=None,
                timeout=BUSY_TIMEOUT_S,
                check_same_thread=False,
                factory=_Connection,
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
        return connection

    def fold(self) -> None:
        """Move what the write-ahead log holds into the file itself, so that a stopped endpoint leaves one file."""
        self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def ensure(self, schema: str) -> None:
        """Create a service's tables (`CREATE TABLE IF NOT EXISTS ...;`) when they are not there, all at once."""
        with self._write_lock, _rolled_back(self._connection()) as connection:
            connection.executescript(f"BEGIN IMMEDIATE; {schema} COMMIT;")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection whose statements see one snapshot; inside `write()` it sees that transaction."""
        connection = self._connection()
        if connection.in_transaction:
            yield connection
            return
        connection.close_cursors()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes while the block runs; what it writes are transactions of its own.

        Who holds another lock in `write()` takes this one first: inside a transaction IAM is asked, and IAM's own
        changes end in a transaction.
        """
        with self._write_lock:
            yield

    def after_commit(self, act: Callable[[], None]) -> None:
        """Do something when the transaction of the running `write()` is on disk, and never if it is undone.

        The act must not raise: what was committed is committed.
        """
        hooks = self._hooks()
        assert hooks is not None, "no transaction is running"
        hooks.committed.append(act)

    def after_rollback(self, act: Callable[[], None]) -> None:
        """Do something if the transaction of the running `write()` is undone. The act must not raise."""
        hooks = self._hooks()
        assert hooks is not None, "no transaction is running"
        hooks.undone.append(act)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: on disk when the block ends, undone when it raises. Nested ones join the outer.

        Never inside `read()` (RuntimeError): what is written there would stay even when the block raises.
        """
        connection, hooks = self._connection(), self._hooks()
        if hooks is not None:
            yield connection
            return
        if connection.in_transaction:
            raise RuntimeError("A change was begun inside a reading.")
        hooks = self._local.hooks = _Hooks()
        done = hooks.undone
        try:
            with self._write_lock, _rolled_back(connection):
                connection.close_cursors()
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
                done = hooks.committed
                self._keep_log_short(connection)
        finally:
            self._local.hooks = None
            for act in done:
                act()

    def _keep_log_short(self, connection: sqlite3.Connection) -> None:
        """Readers that overlap all the time keep SQLite from starting its log anew, and a start has to read all of it.

        A reader that takes long is not waited for: the log grows, and is tried again when it is half as long again.
        """
        size_bytes = self._log.stat().st_size if self._log.exists() else 0
        if size_bytes <= self._fold_at_bytes:
            return
        busy = True
        connection.execute(f"PRAGMA busy_timeout = {FOLD_WAIT_MS}")
        try:
            busy = bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        except sqlite3.Error as error:  # what was committed is on disk, in the log
            _log.warning("%s can't be folded now: %s", self._log, error)
        finally:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
        self._fold_at_bytes = size_bytes * 3 // 2 if busy else LOG_BYTES

    def _hooks(self) -> _Hooks | None:
        found: _Hooks | None = getattr(self._local, "hooks", None)
        return found


class _Hooks:
    """What is to be done after the end of a transaction."""

    def __init__(self) -> None:
        self.committed: list[Callable[[], None]] = []
        self.undone: list[Callable[[], None]] = []


@contextmanager
def _rolled_back(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Undo the connection's transaction when the block raises."""
    try:
        yield connection
    except BaseException:
        with suppress(sqlite3.OperationalError):  # after some errors (a full disk) SQLite has rolled back itself
            connection.execute("ROLLBACK")
        raise
