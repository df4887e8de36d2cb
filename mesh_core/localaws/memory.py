"""The most memory that queries may hold, so that one statement does not end the process and every neighbour's request.

DuckDB counts the memory of its tables, sorts and joins, but not the texts and lists that an expression makes of a row:
a short statement can make gigabytes of them. So what the process really holds is watched while queries run, and a query
that goes too far is interrupted. One that hears no interrupt, within one expression, is kept from taking more: its next
allocation fails, which DuckDB tells as an error. No limit stands while nothing is wrong: address space that DuckDB
keeps for later would count, and an allocation that fails may hit anybody.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LIMIT_BYTES = 3 << 30
"""Two queries of 1 GB each, and what they hold beyond what DuckDB counts."""
_ROOM_BYTES = 256 << 20
_LOOK_S = 0.1
_STATM = Path("/proc/self/statm")


def resident_bytes() -> int:
    """What the process holds now; 0 where the system does not tell."""
    return _pages(1)


def cap_growth(on: bool) -> None:
    """Keep the process from taking much more memory than it has, or no longer. Linux only."""
    if not sys.platform.startswith("linux"):
        return
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    wanted = _pages(5) + _ROOM_BYTES if on else hard
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _pages(column: int) -> int:
    try:
        return int(_STATM.read_text().split()[column]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


class Running:
    """A run that may be stopped for its memory."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self.stopped = False
        self._stop = stop

    def end(self) -> None:
        """Stop it."""
        self.stopped = True
        threading.Thread(target=self._stop, name="athena-exhausted", daemon=True).start()


class MemoryWatch:
    """Looks at the process's memory while something runs, and stops what began last when there is too much."""

    def __init__(
        self,
        limit_bytes: int = LIMIT_BYTES,
        held_bytes: Callable[[], int] = resident_bytes,
        cap: Callable[[bool], None] = cap_growth,
    ) -> None:
        self._limit_bytes, self._held_bytes, self._cap = limit_bytes, held_bytes, cap
        self._running: list[Running] = []
        self._capped = False
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, stop: Callable[[], None]) -> Iterator[Running]:
        """Watch over a run: `stop` is called, in a thread of its own, at most once."""
        running = Running(stop)
        with self._change:
            self._running.append(running)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="athena-memory", daemon=True)
                self._thread.start()
        try:
            yield running
        finally:
            with self._change:
                self._running.remove(running)
                if running.stopped and self._capped:
                    self._capped = False
                    self._cap(False)
                self._change.notify()

    def _look(self) -> None:
        with self._change:
            while self._running:
                self._judge(self._held_bytes())
                self._change.wait(_LOOK_S)
            self._thread = None

    def _judge(self, held_bytes: int) -> None:
        stopping = any(each.stopped for each in self._running)
        if held_bytes > self._limit_bytes and not stopping:
            self._running[-1].end()
        elif held_bytes > 2 * self._limit_bytes and stopping and not self._capped:
            self._capped = True
            self._cap(True)
