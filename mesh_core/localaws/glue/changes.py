"""Transactions on the catalog: each one that writes moves the change counter, on which caches are keyed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from mesh_core.localaws.store import Store


class Changes:
    """The store as the catalog's parts use it."""

    def __init__(self, store: Store) -> None:
        self._store, self._issued = store, 0

    def read(self) -> AbstractContextManager[sqlite3.Connection]:
        """One snapshot."""
        return self._store.read()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, counted. A number is never used twice, even when the transaction that had it is undone:
        what was cached inside of it can't be mistaken for a later state."""
        with self._store.write() as db:
            yield db
            self._issued = max(self._issued, self.count) + 1
            db.execute("UPDATE glue_counter SET changes = ?", (self._issued,))

    @property
    def count(self) -> int:
        """How many transactions have written so far."""
        with self._store.read() as db:
            return int(db.execute("SELECT changes FROM glue_counter").fetchone()[0])
