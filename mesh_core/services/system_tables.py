"""Writes the tables of `mesh_system`: before the steward reads them, and from time to time for other tools.

Events are written in blocks that are full and then never again; the last block, grants and requests are written anew
when they changed. Two portals may do so at once: each writes all that it knows, and the next refresh has the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from mesh_core.domain.audit_chain import Entry, Head
from mesh_core.domain.documents import sha256
from mesh_core.domain.names import SYSTEM, Naming
from mesh_core.domain.system_tables import BLOCK, PREFIX, audit_lines, grant_lines, is_ready, request_lines
from mesh_core.services.audit import Audit
from mesh_core.services.ports import StorageWriter
from mesh_core.services.reading import Reading

EVERY_S = 300.0
Rows = Callable[[], tuple[Mapping[str, str], ...]]


class SystemTables:
    """Thread-safe; a refresh that finds nothing new writes nothing."""

    def __init__(self, storage: StorageWriter, naming: Naming, reading: Reading, audit: Audit, requests: Rows) -> None:
        self._storage, self._bucket = storage, naming.control_bucket
        self._reading, self._audit, self._requests = reading, audit, requests
        self._lock = threading.Lock()
        self._written: dict[str, str] = {}
        self._end = Head()

    def is_ready(self) -> bool:
        """Whether this mesh has the tables."""
        return is_ready(self._reading.world())

    def before(self, tables: Iterable[tuple[str, str]]) -> None:
        """Refresh where a statement reads one of them; tables are (database, name)."""
        if any(database == SYSTEM for database, _ in tables):
            self.refresh()

    def refresh(self) -> None:
        """Bring every table up to now; nothing in a mesh that has none."""
        world = self._reading.world()
        if not is_ready(world):
            return
        with self._lock:
            self._write_events()
            self._put("grants/grants.json", grant_lines(world))
            self._put("requests/requests.json", request_lines(self._requests()))

    def _write_events(self) -> None:
        entries = self._audit.entries()[::-1]
        end = Head(entries[-1].seq, entries[-1].hash) if entries else Head()
        if end == self._end:
            return
        if not entries or entries[0].seq > self._end.seq or not self._follows(entries):
            self._written, first = {}, self._unfinished()  # a new process, or a mesh that was begun anew
        else:
            first = self._end.seq // BLOCK
        blocks: dict[int, list[Entry]] = {}
        for entry in entries:
            blocks.setdefault((entry.seq - 1) // BLOCK, []).append(entry)
        for number in sorted(n for n in blocks if n >= first):
            self._put(f"audit/{number:08d}.json", audit_lines(blocks[number]))
        self._end = end

    def _follows(self, entries: tuple[Entry, ...]) -> bool:
        """Whether the event that was the last one written is still the same."""
        return any(one.seq == self._end.seq and one.hash == self._end.hash for one in reversed(entries))

    def _unfinished(self) -> int:
        """The block that a process before this one wrote last: it may not have been full."""
        keys = [one.key for one in self._storage.objects(self._bucket, f"{PREFIX}audit/")]
        return max((int(key.rpartition("/")[2].partition(".")[0]) for key in keys), default=0)

    def _put(self, name: str, text: str) -> None:
        digest = sha256(text)
        if self._written.get(name) != digest:
            self._storage.put_text(self._bucket, PREFIX + name, text)
            self._written[name] = digest
