"""Make a `World` from the readers, and remember it for a few seconds.

Reading the whole mesh costs a few dozen API calls; a page needs it on every click. A reading is kept until something is
applied (`forget`) or it is older than `max_age_s`; then, within the grace time, it is given once more while a fresh one
is read in the background, so that nobody waits for what hardly ever differs. Changes made outside the portal show up
with the click after next. Two readings that are equal are the same object: caches may compare by identity.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from mesh_core.domain.names import Naming
from mesh_core.domain.world import World
from mesh_core.errors import MeshError
from mesh_core.services.ports import Readers

MAX_AGE_S = 5.0
GRACE_S = 120.0


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

    def world(self, max_age_s: float = MAX_AGE_S) -> World:
        """A reading that is at most so old (and the grace time, if there is one); 0 reads afresh."""
        with self._lock:
            kept = self._kept
        age_s = self._clock() - kept[0] if kept else 0.0
        if kept and age_s < max_age_s:
            return kept[1]
        if kept and max_age_s > 0 and age_s < max_age_s + self._grace_s:
            threading.Thread(target=self._refresh, name="reading", daemon=True).start()
            return kept[1]
        return self._fresh(max_age_s)

    def forget(self) -> None:
        """The world has changed: the next reading is a fresh one."""
        with self._lock:
            self._kept = None
            self._generation += 1

    def _refresh(self) -> None:
        """Read unless somebody does already; what goes wrong will be told to whoever waits for a reading."""
        if self._reading.acquire(blocking=False):
            try:
                with contextlib.suppress(MeshError):
                    self._make()
            finally:
                self._reading.release()

    def _fresh(self, max_age_s: float) -> World:
        with self._reading:
            with self._lock:
                kept = self._kept
            if kept and self._clock() - kept[0] < max_age_s:
                return kept[1]  # made while we waited
            return self._make()

    def _make(self) -> World:
        started, generation = self._clock(), self._generation
        world = self._read()
        with self._lock:
            if self._kept and self._kept[1] == world:
                world = self._kept[1]
            if generation == self._generation:
                self._kept = (started, world)
        return world

    def _read(self) -> World:
        catalog, governance = self._readers.catalog, self._readers.governance
        databases = catalog.databases()
        tables = tuple(table for one in databases for table in catalog.tables(one.name))
        settings = governance.settings()
        admins = tuple(one["DataLakePrincipalIdentifier"] for one in settings.get("DataLakeAdmins") or ())
        return World(
            naming=self._naming,
            databases=databases,
            tables=tables,
            tags=governance.tags(),
            assigned=governance.assigned(tables, [one.name for one in databases]),
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
