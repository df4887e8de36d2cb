"""Make a `World` from the readers, and remember it for a few seconds.

Reading the whole mesh costs an API call for each table and a few dozen more; a page needs it on every click. A reading
is kept until something is applied (`forget`) or it is older than `max_age_s`; then, within the grace time, it is given
once more while a fresh one is read in the background, so that nobody waits for what hardly ever differs. Changes made
outside the portal show up with the click after next. Tables and their LF-tags, the costly part, are kept by domain: a
change that concerns one domain reads that one afresh and takes the others as they were, at most the grace time old.
Two readings that are equal are the same object: caches may compare by identity.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mesh_core.domain.names import Naming
from mesh_core.domain.world import Database, Table, Target, World
from mesh_core.errors import MeshError
from mesh_core.services.ports import Readers

MAX_AGE_S = 5.0
GRACE_S = 120.0
REST = 10  # a mesh that takes long to read is read again after ten times as long, so that reading stays a tenth


@dataclass(frozen=True)
class _Part:
    """The tables of one domain, and what is assigned at it, at them and at their columns."""

    read_at: float
    tables: tuple[Table, ...]
    assigned: Mapping[Target, Mapping[str, str]]


class Reading:
    """Readings of the world. Thread-safe; one read at a time, the others wait for its answer.

    grace_s   how long beyond its age a reading may be given while another is made; 0: everybody waits
    """

    def __init__(
        self,
        readers: Readers,
        naming: Naming,
        clock: Callable[[], float] = time.monotonic,
        grace_s: float = 0.0,
    ) -> None:
        self._readers, self._naming, self._clock, self._grace_s = readers, naming, clock, grace_s
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._kept: tuple[float, World] | None = None
        self._generation = 0
        self._parts: dict[str, _Part] = {}
        self._cost_s = 0.0

    def world(self, max_age_s: float = MAX_AGE_S) -> World:
        """A reading that is at most so old (and the grace time, if there is one); 0 reads everything afresh."""
        with self._lock:
            kept = self._kept
        age_s = self._clock() - kept[0] if kept else 0.0
        rests_s = self._cost_s * REST if self._grace_s and max_age_s else 0.0
        if kept and age_s < max(max_age_s, rests_s):
            return kept[1]
        if kept and max_age_s > 0 and age_s < max_age_s + self._grace_s:
            threading.Thread(target=self._refresh, name="reading", daemon=True).start()
            return kept[1]
        return self._fresh(max_age_s)

    def fresh(self, domains: frozenset[str] | None) -> World:
        """A reading made now; of tables and their LF-tags only those of `domains`, None for all."""
        with self._reading:
            return self._make(domains)

    def forget(self, domains: frozenset[str] | None = None) -> None:
        """The world has changed in these domains (None: anywhere): the next reading is a fresh one."""
        with self._lock:
            self._kept = None
            self._generation += 1
            for name in list(self._parts) if domains is None else domains:
                self._parts.pop(name, None)

    def _refresh(self) -> None:
        """Read unless somebody does already; what goes wrong will be told to whoever waits for a reading."""
        if self._reading.acquire(blocking=False):
            try:
                with contextlib.suppress(MeshError):
                    self._make(None)
            finally:
                self._reading.release()

    def _fresh(self, max_age_s: float) -> World:
        with self._reading:
            with self._lock:
                kept = self._kept
            if kept and self._clock() - kept[0] < max_age_s:
                return kept[1]  # made while we waited
            # Nothing kept, although read before: something was applied. The other domains are as they were.
            return self._make(None if kept or max_age_s <= 0 else frozenset())

    def _make(self, domains: frozenset[str] | None) -> World:
        """`domains` are read whatever is kept of them; None for all."""
        started, generation = self._clock(), self._generation
        databases = self._readers.catalog.databases()
        with self._lock:
            parts = {d.name: p for d in databases if (p := self._parts.get(d.name)) and self._is_good(p, domains)}
        missing = tuple(d for d in databases if d.name not in parts or (domains and d.name in domains))
        parts.update(self._read_parts(started, missing))
        world = self._read(databases, tuple(parts[d.name] for d in databases))
        with self._lock:
            if self._kept and self._kept[1] == world:
                world = self._kept[1]
            if generation == self._generation:
                self._kept, self._parts = (min((started, *(p.read_at for p in parts.values()))), world), parts
                if len(missing) == len(databases):
                    self._cost_s = self._clock() - started
        return world

    def _is_good(self, part: _Part, domains: frozenset[str] | None) -> bool:
        return domains is not None and self._clock() - part.read_at < self._grace_s

    def _read_parts(self, started: float, databases: tuple[Database, ...]) -> dict[str, _Part]:
        catalog, names = self._readers.catalog, [one.name for one in databases]
        tables = {name: catalog.tables(name) for name in names}
        found = self._readers.governance.assigned(tuple(t for some in tables.values() for t in some), names)
        assigned: dict[str, dict[Target, Mapping[str, str]]] = {name: {} for name in names}
        for target, own in found.items():
            assigned.setdefault(target.database, {})[target] = own
        return {name: self._part(name, _Part(started, tables[name], assigned[name])) for name in names}

    def _part(self, name: str, new: _Part) -> _Part:
        """What is equal stays the same object, so that comparing worlds is quick."""
        old = self._parts.get(name)
        same = old is not None and (old.tables, old.assigned) == (new.tables, new.assigned)
        return replace(old, read_at=new.read_at) if old is not None and same else new

    def _read(self, databases: tuple[Database, ...], parts: tuple[_Part, ...]) -> World:
        governance = self._readers.governance
        settings = governance.settings()
        admins = tuple(one["DataLakePrincipalIdentifier"] for one in settings.get("DataLakeAdmins") or ())
        return World(
            naming=self._naming,
            databases=databases,
            tables=tuple(table for part in parts for table in part.tables),
            tags=governance.tags(),
            assigned={target: own for part in parts for target, own in part.assigned.items()},
            grants=governance.grants(),
            filters=governance.filters(),
            expressions=governance.expressions(),
            principals=self._readers.people.principals(),
            administrators=admins,
            settings=settings,
            locations=governance.locations(),
            buckets=self._readers.storage.buckets(),
            work_groups=self._readers.people.work_group_names(),
        )
