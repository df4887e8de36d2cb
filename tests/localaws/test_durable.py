"""What is synced, and in which order: bytes, then their name, then the row that mentions them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws import durable
from mesh_core.localaws.durable import make_folder, write_private
from mesh_core.localaws.s3 import files
from mesh_core.localaws.s3.objects import ObjectStore
from mesh_core.localaws.store import Store


class Journal:
    """What reached the disk: ("sync", path), ("rename", path), ("link", path), ("commit", "")."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Path]] = []

    @contextmanager
    def written(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        real = {name: getattr(os, name) for name in ("fsync", "replace", "link")}

        def fsync(descriptor: int) -> None:
            real["fsync"](descriptor)
            self.events.append(("sync", Path(os.readlink(f"/proc/self/fd/{descriptor}"))))

        def moving(name: str) -> Any:
            def act(source: Any, target: Any) -> None:
                real[name](source, target)
                self.events.append(({"replace": "rename"}.get(name, name), Path(target)))

            return act

        with monkeypatch.context() as patched:
            for module in (durable, files):
                patched.setattr(module.os, "fsync", fsync)
            patched.setattr(os, "replace", moving("replace"))
            patched.setattr(os, "link", moving("link"))
            yield

    def committed(self, statement: str) -> None:
        if statement == "COMMIT":
            self.events.append(("commit", Path()))


@pytest.fixture
def journal() -> Journal:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("the paths of open files are read from /proc, which this system has not")
    return Journal()


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def objects(tmp_path: Path, journal: Journal) -> ObjectStore:
    store = Store(tmp_path)
    made = ObjectStore(store, tmp_path / "objects", now, lambda *_: True)
    made.buckets.create("lake", "us-east-1")
    with store.read() as db:
        db.set_trace_callback(journal.committed)
    return made


def changes(journal: Journal, objects: ObjectStore) -> list[tuple[str, str]]:
    """The events, with what they were on: the object's file, its folder, or nothing."""
    (file,) = [one.path for one in objects.files("lake", "new")]
    known = {file: "file", file.parent: "folder"}
    return [(event, known.get(path, "")) for event, path in journal.events]


def test_an_objects_bytes_and_name_are_synced_before_the_index_knows_it(
    objects: ObjectStore, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with journal.written(monkeypatch):
        objects.put("lake", "new", b"bytes")
    found = changes(journal, objects)
    assert [one for one in found if one[1]] == [("sync", "file"), ("sync", "folder")]
    assert found.index(("sync", "folder")) < len(found) - 1 - found[::-1].index(("commit", ""))


def test_a_file_that_is_moved_in_is_synced_before_and_its_name_after_the_move(
    objects: ObjectStore, journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = tmp_path / "result.csv"
    source.write_bytes(b"bytes")
    with journal.written(monkeypatch):
        objects.put("lake", "new", source)
    found = [(event, path) for event, path in journal.events if event != "commit"]
    (file,) = [one.path for one in objects.files("lake", "new")]
    assert found == [("sync", source), ("rename", file), ("sync", file.parent)]


def test_a_private_file_is_synced_then_named_then_its_folder_is_synced(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with journal.written(monkeypatch):
        write_private(tmp_path / "credentials", "secret")
    (synced, _), renamed, folder = journal.events
    assert (synced, renamed, folder) == ("sync", ("rename", tmp_path / "credentials"), ("sync", tmp_path))
    assert (tmp_path / "credentials").read_text() == "secret"


def test_each_new_folder_is_synced_into_the_one_above(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with journal.written(monkeypatch):
        make_folder(tmp_path / "mesh" / "localaws")
        make_folder(tmp_path / "mesh")
    assert journal.events == [("sync", tmp_path), ("sync", tmp_path / "mesh")]


def test_every_connection_syncs_each_commit(tmp_path: Path) -> None:
    with Store(tmp_path).read() as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
