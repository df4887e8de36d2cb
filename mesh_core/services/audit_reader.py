"""Reads the audit log back: an event never changes, so each is read once and kept, in memory and in a file.

The newest are read first, many at a time, and only as far back as somebody asks for. The file (`audit-<account>-
<region>.jsonl`, readable by its owner alone) spares a new process the reading; it is dropped where the newest event in
it is not the one in the bucket, since the mesh was torn down and begun anew then. A check of the chain never uses it.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mesh_core.domain.audit_chain import PREFIX, Entry, Head, entry_of, key_of, line, number_of
from mesh_core.domain.names import Naming
from mesh_core.services.ports import StorageReader

READERS = 8
BATCH = 512
Progress = Callable[[float], None]


class AuditReader:
    """`folder` is where the file is kept, None for nowhere."""

    def __init__(self, storage: StorageReader, naming: Naming, folder: Path | None = None) -> None:
        self._storage, self._bucket = storage, naming.control_bucket
        name = f"audit-{naming.account_id}-{naming.region}.jsonl"
        self._file = folder / name if folder else None
        self._lock = threading.Lock()
        self._known: dict[int, Entry] = {}
        self._absent: set[int] = set()
        self._loaded = False

    def newest(self, tail: Head, since: str = "", max_count: int | None = None) -> tuple[Entry, ...]:
        """Entries from `since` (as `moment` writes it) on, newest first; `tail` is the chain's end now."""
        with self._lock:
            self._load(tail)
            found: list[Entry] = []
            above = tail.seq
            while above > 0:
                batch = range(max(above - BATCH, 0) + 1, above + 1)
                self._read(batch)
                found += (self._known[seq] for seq in reversed(batch) if seq in self._known)
                above = batch.start - 1
                if (found and found[-1].at < since) or (max_count is not None and len(found) >= max_count):
                    break
        return tuple(one for one in found if one.at >= since)[:max_count]

    def _load(self, tail: Head) -> None:
        if not self._loaded:
            self._loaded = True
            self._known = self._stored()
        if self._known and not self._is_same_chain(tail):
            self._known, self._absent = {}, set()
            if self._file:
                self._file.unlink(missing_ok=True)

    def _is_same_chain(self, tail: Head) -> bool:
        newest = self._known[max(self._known)]
        if newest.seq == tail.seq:
            return newest.hash == tail.hash
        text = self._storage.get_text(self._bucket, key_of(newest.seq))
        with contextlib.suppress(ValueError):
            return entry_of(text or "").hash == newest.hash
        return False

    def _read(self, numbers: Iterable[int]) -> None:
        wanted = [seq for seq in numbers if seq not in self._known and seq not in self._absent]
        new = []
        for seq, text in self.texts(wanted).items():
            with contextlib.suppress(ValueError):
                entry = entry_of(text)
                if entry.seq == seq:
                    self._known[seq] = entry
                    new.append(entry)
        self._absent.update(seq for seq in wanted if seq not in self._known)
        self._keep(new)

    def texts(self, numbers: Iterable[int], progress: Progress = lambda _: None) -> Mapping[int, str]:
        """What the bucket holds under these numbers, read now, many at a time; absent ones are left out."""
        wanted = list(numbers)
        if not wanted:
            return {}
        found: dict[int, str] = {}
        with ThreadPoolExecutor(READERS, thread_name_prefix="audit-read") as pool:
            texts = pool.map(lambda seq: self._storage.get_text(self._bucket, key_of(seq)), wanted)
            for at, (seq, text) in enumerate(zip(wanted, texts, strict=True), 1):
                if text is not None:
                    found[seq] = text
                if at % 100 == 0:
                    progress(at / len(wanted))
        return found

    def listed(self) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """The numbers that lie in the bucket, and the keys under the prefix that are no event's."""
        keys = [one.key for one in self._storage.objects(self._bucket, PREFIX)]
        numbers = {key: number_of(key) for key in keys}
        return tuple(n for n in numbers.values() if n is not None), tuple(k for k in keys if numbers[k] is None)

    def version_count(self) -> int:
        """How many versions lie under the prefix, deletions included: more than objects where somebody changed one."""
        return self._storage.listing(self._bucket, PREFIX).version_count

    def _stored(self) -> dict[int, Entry]:
        found: dict[int, Entry] = {}
        with contextlib.suppress(OSError):
            if self._file:
                for text in self._file.read_text(encoding="utf-8").splitlines():
                    with contextlib.suppress(ValueError):  # the last line of a killed process
                        entry = entry_of(text)
                        found[entry.seq] = entry
        return found

    def _keep(self, entries: Iterable[Entry]) -> None:
        text = "".join(map(line, entries))
        with contextlib.suppress(OSError):  # a full or read-only disk: it is read again next time
            if self._file and text:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                with open(descriptor, "a", encoding="utf-8") as out:
                    out.write(text)
