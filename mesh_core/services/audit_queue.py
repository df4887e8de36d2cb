"""Events that nobody waits for: written in the background, in order, and at the latest when the process ends.

A thread runs only while there is something to write. What can't be written now (no control bucket yet, AWS is down)
stays, and is tried again with the next event. The queue is bounded: what comes when it is full goes to the portal's log
alone, and the audit log gets an event that says how many were lost.
"""

from __future__ import annotations

import atexit
import logging
import threading
import weakref
from collections import deque
from collections.abc import Callable

from mesh_core.domain.audit import Event
from mesh_core.errors import MeshError, NotFoundError

log = logging.getLogger("portal")

CAPACITY = 5_000
_open: weakref.WeakSet[AuditQueue] = weakref.WeakSet()


class AuditQueue:
    """write(event, at) stores one; `done` is called when everything was written."""

    def __init__(self, write: Callable[[Event, str], None], done: Callable[[], None], capacity: int = CAPACITY) -> None:
        self._write, self._done, self._capacity = write, done, capacity
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._events: deque[tuple[Event, str]] = deque()
        self._running = self._held = False
        self._lost = 0
        _open.add(self)

    def put(self, event: Event, at: str) -> None:
        """Take an event; never raises, never waits."""
        with self._lock:
            if len(self._events) >= self._capacity:
                self._lost += 1
                log.error("an audit event was lost, too many are waiting: %s %s", at, event)
                return
            self._events.append((event, at))
        self.wake()

    def wake(self) -> None:
        """Write in the background what is waiting."""
        with self._lock:
            if self._running or self._held or not self._events:
                return
            self._running = True
        try:
            threading.Thread(target=self._drain, name="audit", daemon=True).start()
        except RuntimeError:  # the interpreter is going down: the last flush writes them
            self._stop()

    def flush(self) -> bool:
        """Write everything now, in this thread; whether nothing is left."""
        self._drain()
        return not self._events

    def hold(self) -> None:
        """Write nothing until `release`: the bucket is about to go."""
        with self._lock:
            self._held = True
        with self._writing:  # whoever writes has come to an end
            pass

    def release(self) -> None:
        """Go on writing."""
        with self._lock:
            self._held = False
        self.wake()

    def _drain(self) -> None:
        with self._writing:
            wrote = False
            while (first := self._next()) is not None:
                if not self._wrote(*first):
                    return self._stop()
                wrote = True
            if wrote:
                self._after()
        return None

    def _next(self) -> tuple[Event, str] | None:
        """The first one; where there is none, the thread counts as ended at the same moment."""
        with self._lock:
            if self._events and not self._held:
                return self._events[0]
            self._running = False
            return None

    def _wrote(self, event: Event, at: str) -> bool:
        try:
            self._write(event, at)
            lost = self._lost
            if lost:
                detail = {"count": str(lost)}
                self._write(Event(event.kind, "keep events", "mesh-portal", "audit", "lost", detail=detail), at)
        except NotFoundError:
            return False  # there is no control bucket: nothing can be written before there is one
        except Exception as error:
            reason = str(error) if isinstance(error, MeshError) else f"{type(error).__name__}: {error}"
            log.warning("%s audit events wait to be written: %s", len(self._events), reason)
            return False
        with self._lock:
            self._lost -= lost
            self._events.popleft()
        return True

    def _after(self) -> None:
        try:
            self._done()
        except Exception as error:
            log.warning("the end of the audit log could not be noted: %s", error)

    def _stop(self) -> None:
        with self._lock:
            self._running = False


@atexit.register
def _flush_all() -> None:
    for one in tuple(_open):
        one.flush()
