"""The endpoint with a fault in it: `python -m tests.localaws.faults.saboteur PLAN --data-dir ...`.

PLAN is JSON:

    {"kill": {"event": "commit", "at": 12, "when": "before" | "after" | "during", "delay_us": 300}}
        the process kills itself (SIGKILL) at the 12th such event; "during": that long after it began
    {"checkpoint_pages": 10}
        SQLite folds its log into the file after that many pages instead of 1,000: within nearly every commit
    {"fail": {"event": "fsync", "from": 3, "to": 9}}
        those events raise ENOSPC

Events are what reaches the disk: commit, fold (a checkpoint), fsync, replace, link, unlink.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

EVENTS = ("commit", "fold", "fsync", "replace", "link", "unlink")


class Saboteur:
    """Counts the events and acts at the planned one."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan, self._counts, self._lock = plan, Counter[str](), threading.Lock()

    def around(self, event: str, act: Callable[[], Any]) -> Any:
        """Do something that reaches the disk, or be killed at it, or fail."""
        with self._lock:
            self._counts[event] += 1
            count = self._counts[event]
        kill, fail = self.plan.get("kill", {}), self.plan.get("fail", {})
        if fail.get("event") == event and fail["from"] <= count <= fail["to"]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        when = kill["when"] if kill.get("event") == event and kill["at"] == count else None
        if when == "before":
            _die()
        if when == "during":
            threading.Thread(target=_die, args=[kill["delay_us"] / 1e6]).start()
        result = act()
        if when == "after":
            _die()
        return result

    def install(self) -> None:
        """Put itself between Python and the disk."""
        for name in ("fsync", "replace", "link", "unlink"):
            setattr(os, name, self._wrapped(name, getattr(os, name)))
        real_connect = sqlite3.connect
        pages = self.plan.get("checkpoint_pages")

        def connect(*arguments: Any, **named: Any) -> sqlite3.Connection:
            watched = self._connection_class(named.pop("factory", sqlite3.Connection))
            connection: sqlite3.Connection = real_connect(*arguments, factory=watched, **named)
            if pages:
                connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")
            return connection

        sqlite3.connect = connect  # type: ignore[assignment]

    def _wrapped(self, event: str, real: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments, **named: self.around(event, lambda: real(*arguments, **named))

    def _connection_class(self, base: type[sqlite3.Connection]) -> type[sqlite3.Connection]:
        around = self.around

        class Watched(base):  # type: ignore[misc, valid-type]
            def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
                event = "commit" if sql == "COMMIT" and self.total_changes else None
                event = "fold" if sql.startswith("PRAGMA wal_checkpoint") else event
                run = super().execute
                return run(sql, *arguments) if event is None else around(event, lambda: run(sql, *arguments))

        return Watched


def _die(delay_s: float = 0) -> None:
    until = time.perf_counter() + delay_s  # a sleep would be too coarse for a tenth of a millisecond
    while time.perf_counter() < until:
        pass
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Saboteur(json.loads(sys.argv[1])).install()
    from mesh_core.localaws.__main__ import main

    os._exit(main(sys.argv[2:]))
