"""The state folder as a whole: its version, its copies, its owner, and what dead processes leave in it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws import migrations
from mesh_core.localaws.copies import CopyError, require_whole
from mesh_core.localaws.folder import Folder, FolderError
from mesh_core.localaws.iam.sessions import Sessions
from mesh_core.localaws.migrations import VERSION, DamagedStateError, NewerStateError
from mesh_core.localaws.s3.objects import ObjectStore
from mesh_core.localaws.store import Store
from tests.localaws.test_server_start import refused

NOBODY = 65534
SESSIONS_OF_VERSION_1 = """
CREATE TABLE iam_session (
    access_key_id TEXT PRIMARY KEY, secret TEXT NOT NULL, token TEXT NOT NULL, expires_at_s REAL NOT NULL,
    account_id TEXT NOT NULL, arn TEXT NOT NULL, principal TEXT NOT NULL, principal_id TEXT NOT NULL, policy TEXT);
PRAGMA user_version = 1;
"""


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Each file's bytes and time of change."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file): (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


def now() -> datetime:
    return datetime.now(UTC)


def objects_of(folder: Folder) -> ObjectStore:
    """S3 on a folder, as the endpoint opens it."""
    store = Store(folder.path)
    if folder.copied_from is not None:
        require_whole(store, folder.path / "objects", folder.copied_from)
    return ObjectStore(store, folder.path / "objects", now, lambda *_: True)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Folder]:
    """A folder with one object, held and announced as by an endpoint that runs on it."""
    folder = Folder(tmp_path / "state")
    objects = objects_of(folder)
    objects.buckets.create("lake", "us-east-1")
    objects.put("lake", "k", b"still here")
    folder.root_key()
    folder.announce({"credentials_file": str(folder.credentials_file)})
    yield folder
    folder.release()


def kill(folder: Folder) -> None:
    """What the kernel does for a process that was killed: its lock is gone, all else stays."""
    folder.release()


def test_a_lock_given_up_twice_leaves_other_files_alone(running: Folder, tmp_path: Path) -> None:
    running.release()
    with (tmp_path / "other").open("w") as other:
        running.release()
        other.write("still open")
    assert (tmp_path / "other").read_text() == "still open"


def serves_all(path: Path) -> bool:
    """Whether the object can be read on that folder."""
    folder = Folder(path)
    try:
        return objects_of(folder).get("lake", "k") == b"still here"
    finally:
        folder.release()


@pytest.mark.parametrize("where", ["the file", "the database"])
def test_a_folder_of_a_newer_version_is_refused_and_left_as_it_is(running: Folder, where: str) -> None:
    kill(running)
    if where == "the file":
        (running.path / migrations.FILE).write_text(json.dumps({"schema": 99}))
    else:
        with sqlite3.connect(running.path / "state.sqlite") as db:
            db.execute("PRAGMA user_version = 99")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
    before = everything(running.path)
    text = refused(running.path)
    assert "schema version 99" in text and f"knows up to {VERSION}" in text and "Nothing was changed" in text
    assert everything(running.path) == before


def test_a_new_folder_says_its_version(running: Folder) -> None:
    file = running.path / migrations.FILE
    assert json.loads(file.read_text()) == {"schema": VERSION}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_version_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / migrations.FILE).write_text("two")
    with pytest.raises(DamagedStateError, match="can't be read as the version"):
        Folder(tmp_path)


def old_folder(folder: Path) -> None:
    """A folder of version 1, with credentials that are valid for an hour."""
    with sqlite3.connect(folder / "state.sqlite") as db:
        db.executescript(SESSIONS_OF_VERSION_1)
        until_s = (datetime.now(UTC) + timedelta(hours=1)).timestamp()
        db.execute(
            "INSERT INTO iam_session VALUES ('ASIAOLD', 'secret', 'token', ?, '0', 'arn', 'arn', 'id', NULL)",
            (until_s,),
        )
    db.close()


def version_of(folder: Path) -> int:
    with sqlite3.connect(folder / "state.sqlite") as db:
        found = int(db.execute("PRAGMA user_version").fetchone()[0])
    db.close()
    return found


@pytest.mark.parametrize("was_begun", [False, True])
def test_a_folder_of_an_older_version_is_brought_to_this_one(tmp_path: Path, was_begun: bool) -> None:
    old_folder(tmp_path)
    if was_begun:  # by a process that was killed before its transaction
        migrations.record(tmp_path)
    Folder(tmp_path).release()
    session = Sessions(Store(tmp_path)).credential("ASIAOLD")
    assert session is not None and session.secret == "secret"
    assert version_of(tmp_path) == VERSION
    assert json.loads((tmp_path / migrations.FILE).read_text()) == {"schema": VERSION}


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(db: sqlite3.Connection) -> None:
        db.execute("DROP TABLE iam_session")
        raise sqlite3.OperationalError("database or disk is full")

    old_folder(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "STEPS", (fail,))
        with pytest.raises(DamagedStateError, match="disk is full"):
            Store(tmp_path)
    assert version_of(tmp_path) == 1
    assert Sessions(Store(tmp_path)).credential("ASIAOLD") is not None


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state.sqlite") as db:
        db.execute("CREATE TABLE theirs (name TEXT)")
    db.close()
    with pytest.raises(DamagedStateError, match="did not make"):
        Store(tmp_path)
    assert version_of(tmp_path) == 0


def test_a_database_that_turned_newer_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(tmp_path)
    monkeypatch.setattr(migrations, "VERSION", VERSION - 1)
    with pytest.raises(NewerStateError, match=f"version {VERSION}"):
        Store(tmp_path)


def test_a_copy_of_a_running_folder_is_refused_and_left_as_it_is(running: Folder, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(running.path, copy)
    before = everything(copy)
    text = refused(copy)
    assert f"is a copy of {running.path}, on which an endpoint is running" in text
    assert "copy the folder again" in text and everything(copy) == before


def test_a_copy_of_a_stopped_folder_is_taken(running: Folder, tmp_path: Path) -> None:
    running.retire()
    running.release()
    shutil.copytree(running.path, tmp_path / "copy")
    assert serves_all(tmp_path / "copy")


@pytest.mark.parametrize("act", [shutil.copytree, shutil.move])
def test_a_folder_is_copied_and_moved_after_a_kill(running: Folder, tmp_path: Path, act: Callable[..., Any]) -> None:
    kill(running)
    act(running.path, tmp_path / "elsewhere")
    assert serves_all(tmp_path / "elsewhere")


@pytest.mark.parametrize("damage", ["shorter", "gone"])
def test_a_copy_that_lacks_an_objects_bytes_is_refused_by_its_name(
    running: Folder, tmp_path: Path, damage: str
) -> None:
    kill(running)
    shutil.copytree(running.path, tmp_path / "copy")
    (file,) = (tmp_path / "copy" / "objects").glob("*/*")
    file.write_bytes(b"stil") if damage == "shorter" else file.unlink()
    for _ in range(2):  # the second time, too
        with pytest.raises(CopyError, match=r"the files of 1 objects are missing: s3://lake/k\..*copy again"):
            serves_all(tmp_path / "copy")


def test_a_copy_with_a_damaged_database_is_refused(running: Folder, tmp_path: Path) -> None:
    Store(running.path).fold()
    kill(running)
    copy = tmp_path / "copy"
    shutil.copytree(running.path, copy)
    data = bytearray((copy / "state.sqlite").read_bytes())
    data[-4096 * 3 :] = b"\xff" * 4096 * 3
    (copy / "state.sqlite").write_bytes(data)
    assert "is not whole: its database is damaged" in refused(copy)


@pytest.mark.parametrize(
    "announcement",
    [
        pytest.param({"pid": os.getpid()}, id="its pid is another process's by now"),
        pytest.param({"pid": 2**22 + 1}, id="its pid is nobody's"),
        pytest.param({"credentials_file": None}, id="it is damaged"),
        pytest.param({"credentials_file": "/nowhere/credentials"}, id="its folder is gone"),
    ],
)
def test_what_a_dead_process_left_is_in_nobodys_way(running: Folder, announcement: dict[str, object]) -> None:
    kill(running)
    file = running.path / "endpoint.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **announcement}))
    (running.path / "lock").write_text("12345")
    (running.path / "temp" / "half").write_bytes(b"half of an upload")
    assert serves_all(running.path)
    assert not (running.path / "temp" / "half").exists()


def test_emptied_credentials_are_said_and_removed_ones_are_made_anew(running: Folder) -> None:
    running.credentials_file.write_text("")
    with pytest.raises(FolderError, match="holds no profile 'root'.* remove it to get a new key"):
        running.root_key()
    running.credentials_file.unlink()
    assert running.root_key().access_key_id.startswith("AKIA")


@contextmanager
def as_nobody() -> Iterator[None]:
    """The root may write everywhere, so it becomes somebody else for a while; others are somebody already."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that other users reach (pytest's are for their owner alone)."""
    folder = Path(tempfile.mkdtemp(prefix="localaws-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700)
    shutil.rmtree(folder)


def test_a_read_only_folder_is_said(public_folder: Path) -> None:
    public_folder.chmod(0o555)
    with as_nobody(), pytest.raises(FolderError, match=r"can't be written \(Permission denied\).* Nothing was started"):
        Folder(public_folder)
    assert list(public_folder.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only the root can make files of another user")
@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_another_users_folder_is_said_with_its_owner(public_folder: Path, mode: int) -> None:
    state = public_folder / "state"
    Folder(state).release()
    state.chmod(mode)
    with as_nobody(), pytest.raises(FolderError, match=f"belongs to user 0 .*this is user {NOBODY}.*as its owner"):
        Folder(state)


@pytest.mark.skipif(os.geteuid() != 0, reason="only the root can make files of another user")
def test_credentials_of_another_user_are_said(public_folder: Path) -> None:
    os.chown(public_folder, NOBODY, NOBODY)
    (public_folder / "credentials").write_text("[root]\n")
    (public_folder / "credentials").chmod(0o600)
    with as_nobody():
        held = Folder(public_folder)
        try:
            with pytest.raises(FolderError, match="belongs to user 0"):
                held.root_key()
        finally:
            held.release()
