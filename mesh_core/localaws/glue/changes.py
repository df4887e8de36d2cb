"""Transactions on the catalog: each one that writes moves the change counter, on which caches are keyed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from mesh_core.localaws.store import Store


class Changes:
    """The store as the catalog's parts use it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self) -> AbstractContextManager[sqlite3.Connection]:
        """One snapshot."""
        return self._store.read()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, counted."""
        with self._store.write() as db:
            yield db
            db.execute("UPDATE glue_counter SET changes = changes + 1")

    @property
    def count(self) -> int:
        """How many transactions have written so far."""
        with self._store.read() as db:
            return int(db.execute("SELECT changes FROM glue_counter").fetchone()[0])
