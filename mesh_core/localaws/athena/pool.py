"""The pool that runs jobs, two at a time.

A finished execution is on disk before anyone can see that it finished, together with all that it left; one that
outlives the answer to StartQueryExecution is on disk before that answer. What a killed process left unfinished has left
nothing, and is FAILED at the next start.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from mesh_core.localaws import full_disk
from mesh_core.localaws.athena.executions import FINAL_STATES, Execution, Job, Stopped, error_document
from mesh_core.localaws.athena.failures import SYSTEM_ERROR, QueryCancelled, QueryFailure, disk_full
from mesh_core.localaws.athena.history import History

if TYPE_CHECKING:
    from mesh_core.localaws.athena.landing import Landing

_log = logging.getLogger(__name__)
_INTERNAL = 401
_UNWIND_S = 10
WAITERS = 8
"""Requests that wait for their query at the same time: the server's other threads are for other requests."""


class Pool:
    """Runs jobs in order of submission, `width` at a time; `run` returns a Landing or raises QueryFailure or Stopped.

    Its threads start with the first job and do not keep the process alive.
    """

    def __init__(self, history: History, run: Callable[[Job], Landing], width: int, time_limit_s: float) -> None:
        self._history, self._run, self._time_limit_s = history, run, time_limit_s
        self._width = width
        self._threads: list[threading.Thread] = []
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._live: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._waiters = threading.Semaphore(WAITERS)

    def submit(self, job: Job, wait_s: float) -> None:
        """Queue a job and wait a moment for its end; when it returns the execution is on disk, finished or not.

        sqlite3.Error when it can't be brought to disk: it is then stopped and forgotten, and has left nothing.
        """
        with self._lock:
            self._live[job.execution.id] = job
            if len(self._threads) < self._width:
                thread = threading.Thread(target=self._work, name=f"athena-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._queue.put(job)
        if not self._ends_within(job, wait_s):
            self._record_run(job)
        if job.unrecorded is not None:
            with self._lock:
                self._live.pop(job.execution.id, None)
            raise job.unrecorded

    def _record_run(self, job: Job) -> None:
        with self._lock:
            if job.execution.state in FINAL_STATES:
                return
            try:
                self._history.save(job.execution)
            except sqlite3.Error:
                job.stop_reason = "The query was stopped, since it can't be recorded."
                job.cancel.cancel()
                raise

    def _ends_within(self, job: Job, wait_s: float) -> bool:
        if not self._waiters.acquire(blocking=False):
            return job.done.is_set()
        try:
            return job.done.wait(wait_s)
        finally:
            self._waiters.release()

    def get(self, execution_id: str) -> Execution | None:
        """An execution, running or remembered."""
        with self._lock:
            job = self._live.get(execution_id)
        return job.execution if job else self._history.get(execution_id)

    def live(self) -> list[Execution]:
        """The executions that are not finished."""
        with self._lock:
            return [job.execution for job in self._live.values()]

    def stop(self, execution_id: str, reason: str, wait_s: float) -> None:
        """Stop an execution if it has not finished; waits a moment for it to end."""
        with self._lock:
            job = self._live.get(execution_id)
            if job is None:
                return
            job.stop_reason = job.stop_reason or reason
        job.cancel.cancel()
        if job.execution.state == "QUEUED":
            self._finish(job, "CANCELLED", job.stop_reason)
        job.done.wait(wait_s)

    def close(self) -> None:
        """Stop everything: running queries are interrupted and end CANCELLED."""
        for execution in self.live():
            self.stop(execution.id, "The endpoint was stopped.", wait_s=2)
        for _ in self._threads:
            self._queue.put(None)
        # A process must not end while a query's native code unwinds.
        for thread in self._threads:
            thread.join(_UNWIND_S)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            with self._lock:
                if job.execution.state != "QUEUED":
                    continue
                job.execution.state, job.execution.started_s = "RUNNING", time.time()
            timer = threading.Timer(self._time_limit_s, self._out_of_time, [job])
            timer.daemon = True
            timer.start()
            try:
                self._run_one(job)
            finally:
                timer.cancel()

    def _out_of_time(self, job: Job) -> None:
        self.stop(job.execution.id, f"Query timeout: it ran longer than {self._time_limit_s:g} s", wait_s=0)

    def _run_one(self, job: Job) -> None:
        try:
            with job.context.run(self._run, job) as landing:
                ended = job.context.run(self._land, job, landing)
        except Stopped as stopped:
            self._finish(job, "CANCELLED", str(stopped))
        except Exception as error:
            if job.cancel.cancelled:
                self._finish(job, "CANCELLED", job.stop_reason)
            else:
                self._fail(job, error)
        else:
            self._show(job, ended)

    def _land(self, job: Job, landing: Landing) -> Execution:
        """What the statement leaves and its success, on disk together; the execution as it then is."""
        if job.cancel.cancelled:
            raise QueryCancelled
        with self._history.landing():
            outcome = landing.land()
            ended = replace(
                job.execution,
                state="SUCCEEDED",
                completed_s=time.time(),
                columns=[list(column) for column in outcome.columns],
                row_count=outcome.row_count,
                update_count=outcome.update_count,
                bytes_scanned=outcome.bytes_scanned,
                output_bytes=outcome.output_bytes,
                manifest=outcome.manifest,
                basis=outcome.basis,
            )
            self._history.save(ended)
        return ended

    def _show(self, job: Job, ended: Execution) -> None:
        with self._lock:
            self._live.pop(ended.id, None)
            job.execution = ended
            job.done.set()

    def _fail(self, job: Job, error: Exception) -> None:
        if full_disk.is_full(error, self._history.folder):
            _log.error("execution %s failed", job.execution.id, exc_info=error)
            error = disk_full(self._history.folder)
        if not isinstance(error, QueryFailure):
            # A fault of the endpoint's own: the client gets a named internal error instead of waiting for ever.
            _log.error("execution %s failed inside the endpoint", job.execution.id, exc_info=error)
            error = QueryFailure(f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}", SYSTEM_ERROR, _INTERNAL)
        job.execution.error = error_document(error)
        self._finish(job, "FAILED", error.message)

    def _finish(self, job: Job, state: str, reason: str | None) -> None:
        with self._lock:
            if job.execution.state in FINAL_STATES:
                return
            # A copy: nobody sees the end before it is on disk.
            ended = replace(job.execution, state=state, reason=reason, completed_s=time.time())
            try:
                self._history.save(ended)
                self._live.pop(ended.id, None)
            except sqlite3.Error as error:
                # Known to this process only: it stays among the live ones, and is never shown as a success.
                _log.error("execution %s can't be recorded", ended.id, exc_info=error)
                ended.state, job.unrecorded = "FAILED", error
                ended.reason = (
                    f"The query left nothing, and its end ({state}) can't be recorded: {error}. Run it again."
                )
            finally:
                job.execution = ended
                job.done.set()
