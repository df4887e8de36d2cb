"""A state folder that is a copy of another: taken as it is when it is whole, refused when the original was running.

A folder whose endpoint runs, or was killed, holds `endpoint.json` with its own path; one that was stopped has none. So
a path that is another folder's tells a copy of a killed, or of a running one. Files that are copied while an endpoint
writes come from different moments: the copy of a running folder is refused, and any other is checked once.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from pathlib import Path

from mesh_core.localaws.store import Store

_NAMED = 3


class CopyError(Exception):
    """The folder is a copy that can't be used; the message says why and what to do. Nothing was changed."""


def original_of(folder: Path) -> Path | None:
    """The folder of which this one is a copy (or as which it was made, before it was moved); None when it is its own.

    CopyError when an endpoint runs on that folder.
    """
    try:
        ready = json.loads((folder / "endpoint.json").read_text())
        original = Path(ready["credentials_file"]).parent
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if original.resolve() == folder.resolve():
        return None
    if _is_held(original / "lock"):
        raise CopyError(
            f"{folder} is a copy of {original}, on which an endpoint is running: what was copied meanwhile may be of "
            f"different moments. Nothing was changed. Stop that endpoint and copy the folder again. (If it was not "
            f"running when you copied, remove {folder / 'endpoint.json'} and start again.)"
        )
    return original


def _is_held(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def require_whole(store: Store, objects: Path, original: Path) -> None:
    """CopyError unless the copy's database is sound and each object's file is there with its size."""
    try:
        with store.read() as db:
            found = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
            lost = [] if found != "ok" else _lost(db, objects)
    except sqlite3.DatabaseError as error:
        found, lost = str(error), []
    if found == "ok" and not lost:
        return
    what = f"its database is damaged ({found})" if found != "ok" else f"the files of {len(lost)} objects are missing: "
    raise CopyError(
        f"{store.folder} is a copy of {original} that is not whole: {what}{', '.join(lost[:_NAMED])}. It was made "
        "while an endpoint ran on the original, or not to its end. Nothing was changed. Stop that endpoint, then copy "
        "again."
    )


def _lost(db: sqlite3.Connection, objects: Path) -> list[str]:
    tables = {row["name"] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not {"s3_version", "s3_part"} <= tables:
        return []
    rows = db.execute(
        "SELECT bucket, key, file, size_bytes FROM s3_version WHERE file IS NOT NULL UNION ALL"
        " SELECT bucket, key, file, size_bytes FROM s3_part JOIN s3_upload USING (upload_id)"
    )
    return [f"s3://{row['bucket']}/{row['key']}" for row in rows if not _is_there(objects / row["file"], row[3])]


def _is_there(file: Path, size_bytes: int) -> bool:
    try:
        return file.stat().st_size == size_bytes
    except OSError:
        return False
