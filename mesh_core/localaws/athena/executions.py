"""Query executions: what is remembered of each, and the pool that runs two at a time.

A finished execution is on disk before anyone can see that it finished; one that outlives the answer to
StartQueryExecution is on disk before that answer. What a killed process left unfinished is FAILED at the next start.
"""

from __future__ import annotations

import json
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mesh_core.localaws.athena.failures import QueryFailure
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.store import Store

if TYPE_CHECKING:
    from mesh_core.localaws.athena.engine import Cancel

FINAL_STATES = ("SUCCEEDED", "FAILED", "CANCELLED")
_log = logging.getLogger(__name__)
SYSTEM_ERROR = 1
_INTERNAL, _INTERRUPTED = 401, 402
_UNWIND_S = 10
RETENTION_S = 45 * 24 * 3600
"""Athena keeps the history of queries for 45 days."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS athena_executions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, work_group TEXT NOT NULL,
    submitted_s REAL NOT NULL, state TEXT NOT NULL, token TEXT, principal TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS athena_executions_by_group ON athena_executions (work_group, submitted_s);
CREATE INDEX IF NOT EXISTS athena_executions_by_token ON athena_executions (token);
"""


@dataclass
class Execution:
    """One query execution. Times in epoch seconds; `columns` are (name, Athena type text) of the result.

    `reuse` is the ResultReuseConfiguration that was asked for; every query runs, no result is reused.
    """

    id: str
    query: str
    statement_type: str
    substatement_type: str
    work_group: str
    principal: str
    database: str | None
    catalog: str | None
    output: str
    submitted_s: float
    parameters: list[str] = field(default_factory=list)
    token: str | None = None
    fingerprint: str = ""
    reuse: dict[str, Any] | None = None
    state: str = "QUEUED"
    reason: str | None = None
    error: dict[str, Any] | None = None
    started_s: float | None = None
    completed_s: float | None = None
    columns: list[list[str]] = field(default_factory=list)
    row_count: int = 0
    update_count: int = 0
    bytes_scanned: int = 0
    output_bytes: int = 0
    manifest: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a statement that succeeded left: shape of its result, bytes read and written, rows written."""

    columns: tuple[tuple[str, str], ...] = ()
    row_count: int = 0
    update_count: int = 0
    bytes_scanned: int = 0
    output_bytes: int = 0
    manifest: str | None = None


class Stopped(Exception):
    """A statement was stopped by a limit: it ends CANCELLED with this text as the reason."""


@dataclass
class Job:
    """An execution on its way: who asked, how to stop it, and an event set when it is finished and on disk."""

    execution: Execution
    caller: Caller
    cancel: Cancel
    done: threading.Event = field(default_factory=threading.Event)
    stop_reason: str | None = None
    # IAM's questions while it runs carry the condition keys of the request that started it.
    context: Context = field(default_factory=copy_context)

    @property
    def database(self) -> str:
        """The database of unqualified names."""
        return self.execution.database or "default"


class History:
    """The executions on disk."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.ensure(SCHEMA)

    def save(self, execution: Execution) -> None:
        """Insert or replace."""
        row = (
            execution.id,
            execution.work_group,
            execution.submitted_s,
            execution.state,
            execution.token,
            execution.principal,
            json.dumps(asdict(execution)),
        )
        with self._store.write() as db:
            db.execute(
                "INSERT INTO athena_executions (id, work_group, submitted_s, state, token, principal, document) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET state = excluded.state, document = excluded.document",
                row,
            )

    def get(self, execution_id: str) -> Execution | None:
        """One execution, None when unknown."""
        with self._store.read() as db:
            row = db.execute("SELECT document FROM athena_executions WHERE id = ?", (execution_id,)).fetchone()
        return _execution(row["document"]) if row else None

    def with_token(self, principal: str, token: str) -> Execution | None:
        """The execution that a principal started with a client request token."""
        with self._store.read() as db:
            row = db.execute(
                "SELECT document FROM athena_executions WHERE token = ? AND principal = ?", (token, principal)
            ).fetchone()
        return _execution(row["document"]) if row else None

    def newest(self, work_group: str) -> list[tuple[float, str]]:
        """(submission time, id) of a work group's executions, newest first."""
        with self._store.read() as db:
            rows = db.execute(
                "SELECT submitted_s, id FROM athena_executions WHERE work_group = ? ORDER BY submitted_s DESC, id",
                (work_group,),
            ).fetchall()
        return [(row["submitted_s"], row["id"]) for row in rows]

    def close_unfinished(self, now_s: float) -> None:
        """At start: fail what a process that ended left unfinished; forget what is older than Athena remembers."""
        with self._store.write() as db:
            rows = db.execute(
                "SELECT document FROM athena_executions WHERE state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED')"
            ).fetchall()
            for row in rows:
                execution = _execution(row["document"])
                execution.state, execution.completed_s = "FAILED", now_s
                execution.reason = "The endpoint was stopped while the query ran; nothing was written. Run it again."
                execution.error = error_document(QueryFailure(execution.reason, SYSTEM_ERROR, _INTERRUPTED))
                self.save(execution)
            db.execute("DELETE FROM athena_executions WHERE submitted_s < ?", (now_s - RETENTION_S,))


def _execution(document: str) -> Execution:
    return Execution(**json.loads(document))


def error_document(failure: QueryFailure) -> dict[str, Any]:
    """AthenaError as GetQueryExecution shows it."""
    return {
        "ErrorCategory": failure.category,
        "ErrorType": failure.type,
        "Retryable": failure.category == SYSTEM_ERROR,
        "ErrorMessage": failure.message,
    }


class Pool:
    """Runs jobs in order of submission, `width` at a time; `run` returns an Outcome or raises QueryFailure or Stopped.

    Its threads start with the first job and do not keep the process alive.
    """

    def __init__(self, history: History, run: Callable[[Job], Outcome], width: int, time_limit_s: float) -> None:
        self._history, self._run, self._time_limit_s = history, run, time_limit_s
        self._width = width
        self._threads: list[threading.Thread] = []
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._live: dict[str, Job] = {}
        self._lock = threading.Lock()

    def submit(self, job: Job, wait_s: float) -> None:
        """Queue a job and wait a moment for its end; when it returns the execution is on disk, finished or not."""
        with self._lock:
            self._live[job.execution.id] = job
            if len(self._threads) < self._width:
                thread = threading.Thread(target=self._work, name=f"athena-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._queue.put(job)
        if not job.done.wait(wait_s):
            with self._lock:
                if job.execution.state not in FINAL_STATES:
                    self._history.save(job.execution)

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
            outcome = job.context.run(self._run, job)
        except Stopped as stopped:
            self._finish(job, "CANCELLED", str(stopped))
        except Exception as error:
            if job.cancel.cancelled:
                self._finish(job, "CANCELLED", job.stop_reason)
            else:
                self._fail(job, error)
        else:
            execution = job.execution
            execution.columns = [list(column) for column in outcome.columns]
            execution.row_count, execution.update_count = outcome.row_count, outcome.update_count
            execution.bytes_scanned, execution.output_bytes = outcome.bytes_scanned, outcome.output_bytes
            execution.manifest = outcome.manifest
            self._finish(job, "SUCCEEDED", None)

    def _fail(self, job: Job, error: Exception) -> None:
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
                ended.state = "FAILED"
                ended.reason = f"The query ended {state}, but that can't be recorded: {error}"
            finally:
                job.execution = ended
                job.done.set()
