"""A folder of immutable files with random names: written once, synced, never changed, unlinked when nobody reads them.

Which file holds what is the index's business. A file is on disk (and its name in its folder) before the index may
mention it, and goes only after the index has forgotten it; so a crash leaves at worst a file that nobody mentions,
which `sweep` removes at the next start. File names are relative to the folder, which may be copied or moved.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import threading
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import BinaryIO, cast

from mesh_core.localaws import full_disk
from mesh_core.localaws.durable import make_folder, sync_folder
from mesh_core.localaws.s3.checksums import Digests

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}")
CHUNK_BYTES = 1024 * 1024


class LostFileError(Exception):
    """The index names a file that is not there, or has another size: somebody reached into the folder."""


class ObjectFiles:
    """The folder. `write`, `adopt`, `join` and `link` return a new file's name, on disk already.

    A full disk is AwsError InsufficientStorage (507, which clients do not retry), with nothing left behind.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._readers: set[int] = set()
        self._next = 0
        self._doomed: list[tuple[int, str]] = []
        make_folder(root)
        self._root = root.resolve()  # DuckDB compares paths as they are written
        for number in range(256):  # all at once: a folder made later would have to be synced before its first file
            (root / f"{number:02x}").mkdir(exist_ok=True)
        sync_folder(root)

    def path(self, name: str) -> Path:
        """Where a file is now."""
        return self._root / name

    def open(self, name: str, size_bytes: int) -> BinaryIO:
        """A file to read. LostFileError when it is not there with that size."""
        try:
            stream = self.path(name).open("rb")
        except FileNotFoundError as error:
            raise LostFileError(f"{self.path(name)} is missing") from error
        found_bytes = os.fstat(stream.fileno()).st_size
        if found_bytes != size_bytes:
            stream.close()
            raise LostFileError(f"{self.path(name)} has {found_bytes} bytes instead of {size_bytes}")
        return stream

    def require(self, name: str, size_bytes: int) -> None:
        """LostFileError unless a file is there with that size."""
        self.open(name, size_bytes).close()

    def write(self, source: BinaryIO, digests: Digests) -> str:
        """Copy a stream to a new file, counting it into `digests` on the way."""
        return self._write(iter(lambda: source.read(CHUNK_BYTES), b""), digests)

    def join(self, names: Iterable[str]) -> str:
        """A new file that holds several files one after the other, copied by the kernel."""

        def fill(target: BinaryIO) -> None:
            for name in names:
                with self.path(name).open("rb", buffering=0) as source:
                    _copy(source, target)

        return self._create(fill)

    def count(self, name: str, digests: Digests) -> None:
        """Count a file's bytes into `digests`."""
        with self.path(name).open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digests.update(chunk)

    def adopt(self, source: Path, digests: Digests) -> str:
        """Move a file in (copied where it lies on another file system); it must not be written to any more."""
        with source.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digests.update(chunk)
            os.fsync(stream.fileno())
        name = self._new_name()
        try:
            os.replace(source, self.path(name))
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            with source.open("rb") as stream:
                name = self._write(iter(lambda: stream.read(CHUNK_BYTES), b""), Digests())
            source.unlink()
            return name
        sync_folder(self.path(name).parent)
        return name

    def link(self, name: str) -> str:
        """A second name for a file's bytes, without a copy where the file system has hard links."""
        other = self._new_name()
        try:
            os.link(self.path(name), self.path(other))
        except OSError:
            return self.join([name])
        sync_folder(self.path(other).parent)
        return other

    def discard(self, names: Collection[str]) -> None:
        """Unlink files that the index has forgotten, as soon as those who are `reading()` now have finished."""
        with self._lock:
            self._doomed.extend((self._next, name) for name in names)
        self._reap()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While open, every file that exists now stays, whatever happens to its object."""
        with self._lock:
            ticket = self._next
            self._next += 1
            self._readers.add(ticket)
        try:
            yield
        finally:
            with self._lock:
                self._readers.remove(ticket)
            self._reap()

    def sweep(self, known: Collection[str]) -> int:
        """Unlink every file that is not `known`; returns how many. Only for the start, before anybody writes.

        What can't be one of ours (a folder, a name that this class does not give) is left where it is.
        """
        orphans, strange = list[str](), list[str]()
        for number in range(256):
            with os.scandir(self._root / f"{number:02x}") as found:
                for entry in found:
                    name = f"{number:02x}/{entry.name}"
                    if name not in known:
                        (orphans if _NAME.fullmatch(name) and entry.is_file() else strange).append(name)
        for name in orphans:
            self.path(name).unlink()
        if strange:
            _log.warning("%s holds what is not an object's file and is left alone: %s", self._root, strange[:10])
        return len(orphans)

    def _reap(self) -> None:
        with self._lock:
            oldest = min(self._readers, default=self._next)
            gone = [name for ticket, name in self._doomed if ticket <= oldest]
            self._doomed = [(ticket, name) for ticket, name in self._doomed if ticket > oldest]
        for name in gone:
            try:
                self.path(name).unlink(missing_ok=True)
            except OSError as error:  # the index has forgotten it: what was asked is done
                _log.warning("%s can't be removed before the next start: %s", self.path(name), error)

    def _write(self, chunks: Iterator[bytes], digests: Digests) -> str:
        def fill(target: BinaryIO) -> None:
            for chunk in chunks:
                _write_all(target, chunk)
                digests.update(chunk)

        return self._create(fill)

    def _create(self, fill: Callable[[BinaryIO], None]) -> str:
        name = self._new_name()
        try:
            with self.path(name).open("xb", buffering=0) as target:
                fill(cast(BinaryIO, target))
                os.fsync(target.fileno())
            sync_folder(self.path(name).parent)
        except BaseException as error:
            self.path(name).unlink(missing_ok=True)
            if isinstance(error, OSError) and full_disk.is_full(error):
                raise full_disk.refusal(self._root, "InsufficientStorage") from error
            raise
        return name

    def _new_name(self) -> str:
        token = uuid.uuid4().hex
        return f"{token[:2]}/{token[2:]}"


def _write_all(target: BinaryIO, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[target.write(view) :]


def _copy(source: FileIO, target: BinaryIO) -> None:
    """Append a file; where the file system can, without moving the bytes."""
    if hasattr(os, "copy_file_range"):
        try:
            while os.copy_file_range(source.fileno(), target.fileno(), 64 * CHUNK_BYTES):
                pass
            return
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
    while chunk := source.read(CHUNK_BYTES):
        _write_all(target, chunk)
