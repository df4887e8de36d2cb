"""The audit log: events in the control bucket, one object each, under `mesh_system/audit/`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from mesh_core.domain.audit import Event
from mesh_core.domain.names import Naming
from mesh_core.services.ports import StorageWriter

PREFIX = "mesh_system/audit/"


class Audit:
    """Records events and reads them back."""

    def __init__(self, storage: StorageWriter, naming: Naming, now: Callable[[], datetime]) -> None:
        self._storage, self._bucket, self._now = storage, naming.control_bucket, now

    def record(self, event: Event) -> None:
        """Write an event down; it is stored when this returns."""
        at = self._now()
        if self._bucket not in self._storage.buckets():
            self._storage.create_bucket(self._bucket)
        line = json.dumps({"at": f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}", **asdict(event)})
        self._storage.put_if(self._bucket, f"{PREFIX}{at:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.json", line, None)

    def events(self, max_count: int = 1000) -> tuple[Event, ...]:
        """The newest events, newest first."""
        keys = sorted((one.key for one in self._storage.objects(self._bucket, PREFIX)), reverse=True)[:max_count]
        texts = (self._storage.get_text(self._bucket, key) for key in keys)
        return tuple(_event(text) for text in texts if text)


def _event(text: str) -> Event:
    fields = json.loads(text)
    fields.pop("at")
    return Event(**fields)
