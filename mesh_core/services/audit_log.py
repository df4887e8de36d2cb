"""The chain of audit events in the control bucket: appended to by any number of threads and portals at once.

Every event is created under the next number on the condition that nothing is there yet, so two writers never overwrite
each other: who comes second looks where the end is now and tries the number after it. The end is remembered; it is
looked up at first use, and again where this process has not written for a while (the mesh may have been torn down, and
begun anew, by another one).

The head is written after the events. A chain is continued from its head even where events below it are gone: a cut-off
end stays a gap for ever, and does not heal itself.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from hashlib import sha256

from mesh_core.domain.audit import Event
from mesh_core.domain.audit_chain import (
    HEAD_KEY,
    PREFIX,
    Entry,
    Head,
    head_of,
    head_text,
    key_of,
    line,
    number_of,
    sealed,
)
from mesh_core.domain.names import Naming
from mesh_core.errors import AwsUnavailableError, ConflictError
from mesh_core.services.ports import StorageWriter

TRUSTED_S = 1.0  # how long the end is taken for granted
MAX_TRIES = 200
HEAD_TRIES = 5


class AuditLog:
    """Appends to the chain and finds its end. Thread-safe; several may work on one bucket."""

    def __init__(self, storage: StorageWriter, naming: Naming, clock: Callable[[], float] = time.monotonic) -> None:
        self._storage, self._bucket, self._clock = storage, naming.control_bucket, clock
        self._lock = threading.Lock()
        self._tail: Head | None = None
        self._seen_s = 0.0
        self._noted = Head()

    def append(self, event: Event, at: str) -> Entry:
        """Write an event behind the last one. NotFoundError where there is no control bucket."""
        own_id = secrets.token_hex(8)
        with self._lock:
            tail = self._end()
            for _ in range(MAX_TRIES):
                entry = sealed(Entry(tail.seq + 1, at, event, own_id, tail.hash))
                if self._create(entry):
                    self._remember(Head(entry.seq, entry.hash))
                    return entry
                tail = self._later(tail)
        raise AwsUnavailableError(
            f"The event could not be written: {MAX_TRIES} times somebody else was faster. Nothing was done. Try again."
        )

    def _create(self, entry: Entry) -> bool:
        """False when the number is taken, unless by this very event: an answer may get lost on its way."""
        try:
            self._storage.put_if(self._bucket, key_of(entry.seq), line(entry), None)
        except ConflictError:
            return self._text(entry.seq) == line(entry)
        return True

    def tail(self) -> Head:
        """The end of the chain as it is now."""
        with self._lock:
            tail = self._end()
            found = self._later(tail)
            if found != tail:
                self._remember(found)
            return found

    def head(self) -> Head:
        """The end as it was written down last."""
        return head_of(self._storage.get_text(self._bucket, HEAD_KEY))

    def note_head(self) -> None:
        """Write down the end that is known here, unless a later one is there."""
        with self._lock:
            tail = self._tail
        if tail is None or tail == self._noted or not tail.seq:
            return
        for _ in range(HEAD_TRIES):
            have = self._storage.get_versioned(self._bucket, HEAD_KEY)
            if have and head_of(have.text).seq >= tail.seq:
                break
            try:
                self._storage.put_if(self._bucket, HEAD_KEY, head_text(tail), have.etag if have else None)
                break
            except ConflictError:
                continue
        self._noted = tail

    def forget(self) -> None:
        """Look up the end anew: the bucket may be another one."""
        with self._lock:
            self._tail, self._noted = None, Head()

    def _remember(self, tail: Head) -> None:
        self._tail, self._seen_s = tail, self._clock()

    def _end(self) -> Head:
        if self._tail is not None and (self._clock() - self._seen_s < TRUSTED_S or self._still_there(self._tail)):
            return self._tail
        self._noted = Head()
        found = self._located()
        self._remember(found)
        return found

    def _still_there(self, tail: Head) -> bool:
        return bool(tail.seq) and _hash_in(self._text(tail.seq)) == tail.hash

    def _located(self) -> Head:
        head = self.head()
        if head.seq:
            return self._later(head)
        last = max((number_of(one.key) or 0 for one in self._storage.objects(self._bucket, PREFIX)), default=0)
        return Head(last, _hash_in(self._text(last))) if last else Head()

    def _later(self, known: Head) -> Head:
        """The end, looked for behind a known event: numbers twice as far each time, then halving between."""
        below, step, found = known.seq, 1, known
        while (text := self._text(below + step)) is not None:
            below, step, found = below + step, step * 2, Head(below + step, _hash_in(text))
        above = below + step
        while above - below > 1:
            middle = (below + above) // 2
            text = self._text(middle)
            if text is None:
                above = middle
            else:
                below, found = middle, Head(middle, _hash_in(text))
        return found

    def _text(self, seq: int) -> str | None:
        return self._storage.get_text(self._bucket, key_of(seq))


def _hash_in(text: str | None) -> str:
    """The hash that a stored event claims; where something else lies, that text's own, so that the chain goes on."""
    try:
        found = json.loads(text or "").get("hash")
    except (ValueError, AttributeError):
        found = None
    return str(found) if found else sha256((text or "").encode()).hexdigest()
