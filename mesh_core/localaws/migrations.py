"""The version of the state folder, and the steps that bring an older one to this one.

The version stands in the folder's file `version`, which is read before anything else is touched: a folder from a newer
endpoint is refused as it is. It is written before a migration begins, so that an older endpoint does not open what a
killed migration left half done; SQLite's own `user_version` says which steps have been done.

A step changes what `CREATE ... IF NOT EXISTS` can't. All that are missing run in one transaction. Never change a step
that was published: add another one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

from mesh_core.localaws.durable import write_private

FILE = "version"
STATE = "state.sqlite"
_USER_VERSION_AT = 60  # SQLite's file format: 4 bytes, most significant first


class NewerStateError(Exception):
    """The state folder was written by a newer version of the endpoint; nothing was changed."""


class DamagedStateError(Exception):
    """The state folder can't be read as one of ours; nothing was changed."""


def _sessions_know_when_they_were_issued(db: sqlite3.Connection) -> None:
    """Those that do not know count as older than every change of a policy."""
    columns = {row[1] for row in db.execute("PRAGMA table_info(iam_session)")}
    if columns and "issued_at_s" not in columns:
        db.execute("ALTER TABLE iam_session ADD COLUMN issued_at_s REAL NOT NULL DEFAULT 0")


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (_sessions_know_when_they_were_issued,)
"""The first one leads from version 1 to 2."""
VERSION = 1 + len(STEPS)


def refuse_newer(folder: Path) -> None:
    """NewerStateError for a folder of a version that is not known here; it is only read. DamagedStateError."""
    found = max(_recorded(folder / FILE), _in_header(folder / STATE))
    if found > VERSION:
        raise _newer(str(folder), found)


def _newer(where: str, found: int) -> NewerStateError:
    return NewerStateError(
        f"{where} has schema version {found}; this endpoint knows up to {VERSION}. Nothing was changed. "
        "Start it with the newer version of the endpoint, or choose another folder."
    )


def _recorded(file: Path) -> int:
    try:
        return int(json.loads(file.read_text())["schema"])
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedStateError(
            f"{file} can't be read as the version of a state folder. Nothing was changed. "
            "Restore the folder from a copy, or choose another one."
        ) from error


def _in_header(state: Path) -> int:
    """SQLite's user_version as the file has it: opening the database would already change the folder."""
    try:
        with state.open("rb") as file:
            header = file.read(100)
    except (FileNotFoundError, NotADirectoryError):
        return 0
    if not header.startswith(b"SQLite format 3\0"):
        return 0  # empty or damaged: opening it will tell
    return int.from_bytes(header[_USER_VERSION_AT : _USER_VERSION_AT + 4], "big")


def record(folder: Path) -> None:
    """Write this version into the folder, before anything of this version is."""
    if _recorded(folder / FILE) < VERSION:
        write_private(folder / FILE, json.dumps({"schema": VERSION}) + "\n")


def migrate(db: sqlite3.Connection) -> None:
    """Bring a database to this version, in one transaction. NewerStateError, DamagedStateError."""
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise _newer("The database", found)
    if found == VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        if found == 0 and db.execute("SELECT 1 FROM sqlite_schema").fetchone():
            raise DamagedStateError(
                "The database holds tables that this endpoint did not make. Nothing was changed. Choose another folder."
            )
        for step in STEPS[found - 1 :] if found else ():
            step(db)
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
