"""The store's transactions: what happens after they end, and that a change is never half of a reading."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mesh_core.localaws.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    made.ensure("CREATE TABLE IF NOT EXISTS things (name TEXT PRIMARY KEY);")
    return made


def names(store: Store) -> list[str]:
    with store.read() as db:
        return [row["name"] for row in db.execute("SELECT name FROM things ORDER BY name")]


def test_what_waits_for_the_commit_happens_once_all_of_it_is_on_disk(store: Store) -> None:
    seen: list[list[str]] = []
    with store.write() as db:
        with store.write():
            store.after_commit(lambda: seen.append(names(store)))
            store.after_rollback(lambda: seen.append(["undone"]))
        assert seen == []
        db.execute("INSERT INTO things VALUES ('a')")
    assert seen == [["a"]]


def test_what_waits_for_the_rollback_happens_after_it(store: Store) -> None:
    seen: list[list[str]] = []
    with pytest.raises(ValueError, match="no"), store.write() as db:
        db.execute("INSERT INTO things VALUES ('a')")
        store.after_commit(lambda: seen.append(["committed"]))
        store.after_rollback(lambda: seen.append(names(store)))
        raise ValueError("no")
    assert seen == [[]]


def test_what_waited_for_one_transaction_is_not_done_after_the_next(store: Store) -> None:
    seen: list[str] = []
    with store.write():
        store.after_commit(lambda: seen.append("first"))
    with store.write() as db:
        db.execute("INSERT INTO things VALUES ('a')")
    assert seen == ["first"]


def test_a_change_inside_a_reading_is_refused(store: Store) -> None:
    with store.read(), pytest.raises(RuntimeError, match="inside a reading"), store.write():
        pass
    assert names(store) == []


def test_tables_are_made_all_or_none(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError):
        store.ensure("CREATE TABLE IF NOT EXISTS one (name TEXT); CREATE TABLE two (; ")
    with store.read() as db:
        assert [row["name"] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")] == ["things"]
    with store.write() as db:
        db.execute("INSERT INTO things VALUES ('a')")
    assert names(store) == ["a"]
