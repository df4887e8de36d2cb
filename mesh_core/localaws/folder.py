"""The state folder as a whole: made, locked, its credentials and its endpoint.json. Every failure is one sentence."""

from __future__ import annotations

import configparser
import fcntl
import json
import os
import secrets
import shutil
import string
from dataclasses import dataclass
from pathlib import Path

from mesh_core.localaws.copies import original_of
from mesh_core.localaws.durable import make_folder, write_private
from mesh_core.localaws.migrations import record, refuse_newer
from mesh_core.localaws.store import Store

SCHEMA = "CREATE TABLE IF NOT EXISTS endpoint (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
MINIMUM_FREE_BYTES = 16 * 1024 * 1024
_KEY_LETTERS = string.ascii_uppercase + "234567"
_RELEASED = -1


class FolderError(Exception):
    """The folder can't be served; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class RootKey:
    """The account root's access key."""

    access_key_id: str
    secret: str


class Folder:
    """The folder, held by a lock until the process ends (the kernel drops it, however the process ends)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = _claim(path)
        self.temp = path / "temp"
        try:
            refuse_newer(path)  # once more: what held the lock a moment ago may have been newer
            self.copied_from = original_of(path)
            _refuse_full_disk(path)
            record(path)
            _empty(self.temp)
        except BaseException:
            self.release()
            raise

    @property
    def credentials_file(self) -> Path:
        """AWS shared-credentials file with the profile `root`."""
        return self.path / "credentials"

    def root_key(self) -> RootKey:
        """The root's key, made at the first start. FolderError for a file that holds none."""
        if not self.credentials_file.exists():
            self._write_credentials()
        ini = configparser.ConfigParser(interpolation=None)
        try:
            ini.read_string(self.credentials_file.read_text())
            return RootKey(ini["root"]["aws_access_key_id"], ini["root"]["aws_secret_access_key"])
        except OSError as error:
            raise FolderError(
                f"{self.credentials_file} can't be read ({error.strerror}){_whose(self.credentials_file)}. "
                "Nothing was started. Start the endpoint as its owner, or choose another folder."
            ) from error
        except (configparser.Error, KeyError, UnicodeDecodeError) as error:
            raise FolderError(
                f"{self.credentials_file} holds no profile 'root' with a key. Nothing was changed. "
                "Restore the file, or remove it to get a new key."
            ) from error

    def _write_credentials(self) -> None:
        key_id = "AKIA" + "".join(secrets.choice(_KEY_LETTERS) for _ in range(16))
        text = f"[root]\naws_access_key_id = {key_id}\naws_secret_access_key = {secrets.token_urlsafe(30)}\n"
        write_private(self.credentials_file, text)

    def announce(self, ready: dict[str, str]) -> None:
        """Write endpoint.json: the ready line and the pid, for those who attach."""
        write_private(self.path / "endpoint.json", json.dumps({**ready, "pid": os.getpid()}) + "\n")

    def release(self) -> None:
        """Give up the lock. A second time does nothing: its descriptor may be another file's by then."""
        lock, self._lock = self._lock, _RELEASED
        if lock != _RELEASED:
            os.close(lock)

    def retire(self) -> None:
        """Remove endpoint.json: nobody answers here any more."""
        (self.path / "endpoint.json").unlink(missing_ok=True)


def remembered(store: Store, name: str, asked: str | None, default: str) -> str:
    """A setting fixed at the first start (account, region). FolderError when another one is asked for later."""
    store.ensure(SCHEMA)
    with store.write() as db:
        row = db.execute("SELECT value FROM endpoint WHERE name = ?", (name,)).fetchone()
        if row is None:
            db.execute("INSERT INTO endpoint VALUES (?, ?)", (name, asked or default))
            return asked or default
    found: str = row["value"]
    if asked not in (None, found):
        raise FolderError(
            f"The state in {store.folder} was made for {name} {found}, not {asked}. Nothing was changed. "
            f"Leave the argument out, or choose another folder."
        )
    return found


def _claim(path: Path) -> int:
    try:
        refuse_newer(path)  # before even the lock's file is made
        make_folder(path)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FolderError(
            f"The state folder {path} can't be written ({error.strerror}){_whose(path)}. Nothing was started. "
            "Start the endpoint as its owner, or choose another folder."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise FolderError(
            f"Another endpoint is running on {path}{_owner(path)}. This one was not started. "
            "Use the running one (its address is in endpoint.json), stop it, or choose another folder."
        ) from error
    return lock


def _whose(path: Path) -> str:
    """Whose a file or folder is, where that may be why it can't be used."""
    try:
        found = path.stat()
    except OSError:
        return ""
    if found.st_uid == os.geteuid():
        return ""
    return f": it belongs to user {found.st_uid} (mode {found.st_mode & 0o777:o}), this is user {os.geteuid()}"


def _owner(path: Path) -> str:
    try:
        return f" (process {json.loads((path / 'endpoint.json').read_text())['pid']})"
    except (OSError, ValueError, KeyError):
        return ""


def _refuse_full_disk(path: Path) -> None:
    free_bytes = shutil.disk_usage(path).free
    if free_bytes < MINIMUM_FREE_BYTES:
        raise FolderError(
            f"The disk of {path} has {free_bytes} bytes left; {MINIMUM_FREE_BYTES} are needed to start. "
            "Nothing was changed. Free some space first."
        )


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
