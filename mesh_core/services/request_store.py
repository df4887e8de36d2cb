"""Requests as documents in the control bucket, `requests/<id>.json`: nobody overwrites what somebody else wrote.

A document is written on the condition that it is still the one that was read. So of two approvers at once one comes
second, reads what the first one wrote, and is told; and a request is never lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from mesh_core.domain import world as w
from mesh_core.domain.codec import from_json, to_json
from mesh_core.domain.names import Naming
from mesh_core.domain.requests import Moment, Part, Request
from mesh_core.errors import ConflictError, NotFoundError
from mesh_core.services.ports import StorageWriter, Versioned

PREFIX, RETRIES = "requests/", 8
CLASSES = (
    Request,
    Part,
    Moment,
    w.Grant,
    w.DataFilter,
    w.TableResource,
    w.ColumnsResource,
    w.FilterResource,
    w.ExpressionResource,
)
Change = Callable[[Request], Request]


class RequestStore:
    """Reads and writes requests; thread-safe, and several portals may share a bucket."""

    def __init__(self, storage: StorageWriter, naming: Naming) -> None:
        self._storage, self._bucket = storage, naming.control_bucket
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[datetime, Request]] = {}

    def all(self) -> tuple[Request, ...]:
        """Every request, the newest first. What didn't change since the last look is not read again."""
        listed = {one.key: one.modified_at for one in self._storage.objects(self._bucket, PREFIX)}
        found = []
        for key, modified_at in listed.items():
            kept = self._kept.get(key)
            if kept is not None and kept[0] == modified_at:
                found.append(kept[1])
            elif (read := self._read(key)) is not None:
                request = _request(read.text)
                found.append(request)
                self._keep(key, modified_at, request)
        return tuple(sorted(found, key=lambda one: (one.created_at, one.id), reverse=True))

    def get(self, request_id: str) -> Request:
        """As it stands now; NotFoundError."""
        read = self._read(_key(request_id))
        if read is None:
            raise NotFoundError("There is no such request any more. It may have gone with the mesh. See Requests.")
        return _request(read.text)

    def add(self, request: Request) -> None:
        """Store a new one; the first makes the control bucket."""
        if self._bucket not in self._storage.buckets():
            self._storage.create_bucket(self._bucket)
        self._storage.put_if(self._bucket, _key(request.id), to_json(request), None)

    def change(self, request_id: str, change: Change) -> Request:
        """Work a change into the newest version. `change` is asked again where somebody was faster, and may refuse.

        NotFoundError; ConflictError when others are faster time and again; whatever `change` raises.
        """
        key = _key(request_id)
        for attempt in range(RETRIES):
            read = self._read(key)
            if read is None:
                raise NotFoundError("There is no such request any more. Nothing was changed. See Requests.")
            before = _request(read.text)
            after = change(before)
            if after == before:
                return before
            try:
                self._storage.put_if(self._bucket, key, to_json(after), read.etag)
            except ConflictError:
                if attempt == RETRIES - 1:
                    raise
                continue
            with self._lock:
                self._kept.pop(key, None)
            return after
        raise AssertionError("unreachable: the last attempt returns or raises")

    def text(self, name: str) -> Versioned | None:
        """A document beside the requests, None when there is none."""
        return self._read(f"requests-{name}")

    def put_text(self, name: str, text: str, etag: str | None) -> None:
        """Write such a document over the version that was read; ConflictError."""
        if self._bucket not in self._storage.buckets():
            self._storage.create_bucket(self._bucket)
        self._storage.put_if(self._bucket, f"requests-{name}", text, etag)

    def _read(self, key: str) -> Versioned | None:
        return self._storage.get_versioned(self._bucket, key)

    def _keep(self, key: str, modified_at: datetime, request: Request) -> None:
        with self._lock:
            # One that is still moving may be written twice within the clock's step.
            if request.is_over:
                self._kept[key] = (modified_at, request)


def _key(request_id: str) -> str:
    return f"{PREFIX}{request_id}.json"


def _request(text: str) -> Request:
    found: Request = from_json(text, CLASSES)
    return found
