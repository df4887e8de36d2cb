"""Applies in the background: they outlive a page switch and a closed tab, and a killed process leaves them resumable.

One apply at a time for each subject: a second click, or a second tab, joins the job that runs. Different subjects run
one after the other, since Lake Formation refuses concurrent changes of the same resources.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

from mesh_core.domain.plan import Plan
from mesh_core.domain.scope import domains_touched
from mesh_core.errors import (
    ApplyCancelledError,
    MeshError,
    NotFoundError,
    NotVerifiedError,
    PlanOutdatedError,
    StepFailedError,
)
from mesh_core.services.apply import Apply, Control
from mesh_core.services.journal import OPEN_STATES, JobRecord, JobState, Journal
from mesh_core.services.reading import Reading

Replan = Callable[[Any], Plan]


class Jobs:
    """Starts, follows, cancels, resumes and undoes applies.

    replan(intent) makes the plan of an intent on a fresh reading. Before the first step it must give the plan that was
    confirmed (PlanOutdatedError otherwise), after the last one no steps any more (NotVerifiedError otherwise).
    """

    def __init__(
        self, apply: Apply, journal: Journal, reading: Reading, replan: Replan, now: Callable[[], datetime]
    ) -> None:
        self._apply, self._journal, self._reading, self._replan, self._now = apply, journal, reading, replan, now
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="apply")
        self._lock = threading.Lock()
        self._live: dict[str, JobRecord] = {}
        self._stops: dict[str, threading.Event] = {}
        self._futures: dict[str, Future[JobRecord]] = {}

    def start(self, plan: Plan, actor: str) -> str:
        """Apply a plan in the background; the job's id. A plan on a subject that is being changed joins that job."""
        with self._lock:
            running = self._running(plan.subject)
            if running is not None:
                return running
            job_id = f"{self._now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
            record = JobRecord(job_id, plan.title, plan.subject, actor, plan.steps, self._now().isoformat())
            self._live[job_id] = record
            self._submit(job_id, lambda control: self._first_run(job_id, plan, actor, control))
        return job_id

    def resume(self, job_id: str, by: str) -> None:
        """Go on with a job that failed, was stopped or interrupted; by is the role that asks for it."""
        self._again(job_id, by, "waiting", lambda record, control: self._verified(self._apply.run(record, control)))

    def undo(self, job_id: str, by: str) -> None:
        """Take back what a job did; by is the role that asks for it."""
        self._again(job_id, by, "undoing", lambda record, control: self._apply.undo(record, control))

    def cancel(self, job_id: str) -> None:
        """Stop before the next step."""
        if job_id in self._stops:
            self._stops[job_id].set()

    def get(self, job_id: str) -> JobRecord:
        """The job as it stands; NotFoundError."""
        with self._lock:
            live = self._live.get(job_id)
        found = live or self._journal.read(job_id)
        if found is None:
            raise NotFoundError("There is no such job any more. Its records may have been torn down. See Activity.")
        return found if live else self._orphaned(found)

    def wait(self, job_id: str, timeout_s: float | None = None) -> JobRecord:
        """Block until a job of this process is over; for commands and tests."""
        future = self._futures.get(job_id)
        if future is not None:
            future.result(timeout_s)
        return self.get(job_id)

    def all(self) -> tuple[JobRecord, ...]:
        """Past and present jobs, newest first; those that a killed process left are `interrupted`."""
        stored = {record.id: self._orphaned(record) for record in self._journal.all()}
        with self._lock:
            stored.update(self._live)
        return tuple(sorted(stored.values(), key=lambda one: (one.started_at, one.id), reverse=True))

    def run(self, plan: Plan, actor: str, control: Control = Control()) -> JobRecord:
        """The same in the foreground, for commands, with a plan made a moment ago. Raises what the apply raises."""
        job_id = f"{self._now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        return self._begun(job_id, plan, actor, control)

    def _running(self, subject: str) -> str | None:
        for record in self._live.values():
            future = self._futures.get(record.id)
            if record.subject == subject and future is not None and not future.done():
                return record.id
        return None

    def _first_run(self, job_id: str, plan: Plan, actor: str, control: Control) -> JobRecord:
        fresh = self._replan(plan.intent)
        if not fresh.is_same_as(plan):
            raise PlanOutdatedError(plan.title)
        return self._begun(job_id, plan, actor, control)

    def _begun(self, job_id: str, plan: Plan, actor: str, control: Control) -> JobRecord:
        record = self._apply.begin(job_id, plan, actor)
        try:
            return self._verified(self._apply.run(record, control))
        finally:
            self._forget(record)

    def _verified(self, record: JobRecord) -> JobRecord:
        self._forget(record)
        left = self._left(record.intent)
        if left:
            raise NotVerifiedError(record.title, left)
        return record

    def _left(self, intent: Any) -> tuple[str, ...]:
        try:
            return self._replan(intent).lines
        except NotFoundError:
            return ()

    def _again(self, job_id: str, by: str, state: JobState, work: Callable[[JobRecord, Control], JobRecord]) -> None:
        record = replace(self.get(job_id), by=by)
        with self._lock:
            future = self._futures.get(job_id)
            if future is not None and not future.done():
                return
            # At once, not when the work begins: who asked must not be offered the same again.
            self._live[job_id] = replace(record, state=state, error="")
            self._submit(job_id, lambda control: work(record, control))

    def _submit(self, job_id: str, work: Callable[[Control], JobRecord]) -> None:
        stop = self._stops[job_id] = threading.Event()
        control = Control(watch=self._keep, stop=stop.is_set)
        self._futures[job_id] = self._pool.submit(self._guarded, job_id, work, control)

    def _guarded(self, job_id: str, work: Callable[[Control], JobRecord], control: Control) -> JobRecord:
        try:
            self._keep(work(control))
        except (StepFailedError, ApplyCancelledError):
            pass  # journaled and kept by apply itself
        except Exception as error:
            reason = str(error) if isinstance(error, MeshError) else f"{type(error).__name__}: {error}"
            self._keep(replace(self._live[job_id], state="failed", error=reason))
        finally:
            self._forget(self._live[job_id])
        return self._live[job_id]

    def _forget(self, record: JobRecord) -> None:
        self._reading.forget(None if record.intent is None else domains_touched(record.intent))

    def _keep(self, record: JobRecord) -> None:
        with self._lock:
            self._live[record.id] = record

    def _orphaned(self, record: JobRecord) -> JobRecord:
        """A stored job that claims to run, in a process that doesn't know it, was interrupted."""
        if record.state in ("running", "undoing", "waiting") and record.state in OPEN_STATES:
            return replace(record, state="interrupted", error="The portal ended while this was under way.")
        return record
