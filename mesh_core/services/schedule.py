"""What the portal looks at by itself, again and again, in the background of its process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger("portal")

JOIN_S = 60.0


@dataclass
class _Task:
    name: str
    every_s: float
    run: Callable[[], object]
    due_at: float = 0.0


class Schedule:
    """Runs tasks one after the other in one thread, each again so many seconds after it ended.

    One that fails is logged and tried again at its next time; it keeps no other.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tasks: list[_Task] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, name: str, every_s: float, run: Callable[[], object]) -> None:
        """A task, due for the first time after `every_s` seconds. Before `start`."""
        self._tasks.append(_Task(name, every_s, run, self._clock() + every_s))

    def start(self) -> None:
        """Begin. A second call changes nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="schedule", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End, after the task that is under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(JOIN_S)

    def run_due(self) -> float:
        """Run what is due; the seconds until something is again."""
        for task in self._tasks:
            if not self._stop.is_set() and task.due_at <= self._clock():
                try:
                    task.run()
                except Exception:  # the next time is another chance
                    log.exception("scheduled: %s failed", task.name)
                task.due_at = self._clock() + task.every_s
        return max(0.0, min((task.due_at for task in self._tasks), default=self._clock() + 1.0) - self._clock())

    def _work(self) -> None:
        while not self._stop.wait(self.run_due()):
            pass
