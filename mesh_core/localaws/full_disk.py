"""A full disk: how it shows, and what is said about it. Requests fail, nothing is half there, and reads go on."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path

from mesh_core.localaws.aws_error import AwsError

STATUS = 507  # which clients do not retry
_SQLITE_CODE = 0xFF  # extended codes hold the plain one in their lowest byte
_WORDS = ("No space left on device", "Disk quota exceeded", "disk is full")
_LITTLE_BYTES = 64 * 1024


def is_full(error: BaseException, folder: Path | None = None) -> bool:
    """Whether an error of Python, SQLite or DuckDB says that the disk is full.

    SQLite has errors of input and output that do not say why; with a folder given, they count where little is free.
    """
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if any(words in str(error) for words in _WORDS):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or folder is None or code & _SQLITE_CODE != sqlite3.SQLITE_IOERR:
        return False
    return shutil.disk_usage(folder).free < _LITTLE_BYTES


def words(folder: Path, nothing: str = "Nothing was changed", again: str = "repeat the request") -> str:
    """What happened, how things are, what to do."""
    free = f"{shutil.disk_usage(folder).free:,} bytes free"
    return f"The disk that holds {folder} is full ({free}). {nothing}. Free some space, then {again}."


def refusal(folder: Path, code: str = "ServiceUnavailable") -> AwsError:
    """The answer to a request that could not be stored."""
    return AwsError(code, words(folder), STATUS)
