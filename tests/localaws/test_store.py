"""The store's transactions: what happens after they end, and that a change is never half of a reading."""

from __future__ import annotations

import errno
import sqlite3
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from mesh_core.localaws import full_disk
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


def test_a_database_that_cannot_grow_refuses_changes_and_goes_on(store: Store) -> None:
    with store.read() as db:
        connection = db
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full") as refused, store.write() as db:
        db.execute("INSERT INTO things VALUES (?)", ("x" * 100_000,))
    assert full_disk.is_full(refused.value) and names(store) == []
    connection.execute(f"PRAGMA max_page_count = {pages + 1000}")
    with store.write() as db:
        db.execute("INSERT INTO things VALUES ('a')")
    assert names(store) == ["a"]


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (RuntimeError('IO Error: Could not write file "x": No space left on device'), True),
        (sqlite3.OperationalError("database is locked"), False),
    ],
)
def test_a_full_disk_is_told_from_other_errors(error: Exception, is_full: bool) -> None:
    assert full_disk.is_full(error) == is_full


@pytest.mark.parametrize(("free_bytes", "is_full"), [(0, True), (10**9, False)])
def test_an_error_of_sqlite_without_a_reason_is_a_full_disk_where_nothing_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_bytes: int, is_full: bool
) -> None:
    monkeypatch.setattr(full_disk.shutil, "disk_usage", lambda _: SimpleNamespace(free=free_bytes))
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    assert full_disk.is_full(error, tmp_path) == is_full


def commits(store: Store, count: int) -> None:
    for _ in range(count):
        with store.write() as db:
            db.execute("INSERT INTO things VALUES (hex(randomblob(2000)))")


@pytest.fixture
def short_log(store: Store, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log of a store that is folded at 100 kB, and by nothing else."""
    monkeypatch.setattr(store, "_fold_at_bytes", 100_000)
    monkeypatch.setattr("mesh_core.localaws.store.LOG_BYTES", 100_000)
    with store.read() as db:
        connection = db
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return store.folder / "state.sqlite-wal"


def test_the_log_stays_short_whoever_reads(store: Store, short_log: Path) -> None:
    commits(store, 60)
    assert short_log.stat().st_size < 150_000 and len(names(store)) == 60


def test_a_long_reading_lets_the_log_grow_until_it_ends(store: Store, short_log: Path) -> None:
    reader = sqlite3.connect(store.folder / "state.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM things").fetchone()
    commits(store, 60)
    grown_bytes = short_log.stat().st_size
    reader.close()
    commits(store, 60)
    assert grown_bytes > 300_000 > short_log.stat().st_size
    assert len(names(store)) == 120


@pytest.mark.parametrize("begin", ["read", "write"])
def test_what_was_not_read_to_its_end_does_not_keep_later_readings_old(store: Store, begin: str) -> None:
    with store.write() as db:
        db.executemany("INSERT INTO things VALUES (?)", [("a",), ("b",)])
    with getattr(store, begin)() as db:
        left = db.execute("SELECT name FROM things")
        assert left.fetchone()["name"] == "a"
    other = threading.Thread(target=add, args=(store, "c"))
    other.start()
    other.join()
    assert names(store) == ["a", "b", "c"]
    with pytest.raises(sqlite3.ProgrammingError):
        left.fetchone()


def add(store: Store, name: str) -> None:
    with store.write() as db:
        db.execute("INSERT INTO things VALUES (?)", (name,))
