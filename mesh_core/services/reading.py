"""Make a `World` from the readers, and remember it for a few seconds.

Reading the whole mesh costs a few dozen API calls; a page needs it on every click. A reading is kept until something is
applied (`forget`) or it is older than `max_age_s`; changes made outside the portal show up after that time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from mesh_core.domain.names import Naming
from mesh_core.domain.world import World
from mesh_core.services.ports import Readers

MAX_AGE_S = 5.0


class Reading:
    """Readings of the world. Thread-safe; one read at a time, the others wait for its answer."""

    def __init__(self, readers: Readers, naming: Naming, clock: Callable[[], float] = time.monotonic) -> None:
        self._readers, self._naming, self._clock = readers, naming, clock
        self._lock = threading.Lock()
        self._kept: tuple[float, World] | None = None

    def world(self, max_age_s: float = MAX_AGE_S) -> World:
        """A reading that is at most so old; 0 reads afresh."""
        with self._lock:
            if self._kept is None or self._clock() - self._kept[0] >= max_age_s:
                self._kept = (self._clock(), self._read())
            return self._kept[1]

    def forget(self) -> None:
        """The world has changed: the next reading is a fresh one."""
        with self._lock:
            self._kept = None

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
            principals=self._readers.people.principals(),
            administrators=admins,
            settings=settings,
            locations=governance.locations(),
            buckets=self._readers.storage.buckets(),
            work_groups=self._readers.people.work_group_names(),
        )
