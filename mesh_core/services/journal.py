"""Where jobs are written down: one JSON document a job in the mesh's control bucket, under `jobs/`.

A job's document is written before each of its steps, so that a killed portal knows afterwards what was under way.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from mesh_core.domain import intents, steps, world
from mesh_core.domain.codec import from_json, to_json
from mesh_core.domain.names import Naming
from mesh_core.services.ports import ObjectInfo, StorageWriter

JobState = Literal["waiting", "running", "done", "failed", "cancelled", "undoing", "undone", "interrupted"]
OPEN_STATES = frozenset({"waiting", "running", "failed", "cancelled", "undoing", "interrupted"})


@dataclass(frozen=True)
class JobRecord:
    """One job. done = steps that are finished, attempted = steps begun (at most one more); times are ISO 8601, UTC.

    by is the role that resumed or undid it last, "" where only its actor had a hand in it.
    """

    id: str
    title: str
    subject: str
    actor: str
    steps: tuple[steps.Step, ...]
    started_at: str
    state: JobState = "waiting"
    done: int = 0
    attempted: int = 0
    error: str = ""
    finished_at: str = ""
    effects: tuple[str, ...] = ()
    intent: Any = None
    by: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The steps in the visitor's words."""
        return tuple(steps.describe(step) for step in self.steps)

    @property
    def can_resume(self) -> bool:
        """Whether steps are left that can be run."""
        return self.state in ("failed", "cancelled", "interrupted", "waiting") and self.done < len(self.steps)

    @property
    def can_undo(self) -> bool:
        """Whether something was done that can be taken back."""
        touched = self.steps[: max(self.done, self.attempted)]
        stuck = any(isinstance(step, steps.Purge) for step in touched)
        return self.state in ("failed", "cancelled", "interrupted", "undoing", "done") and bool(touched) and not stuck


_CLASSES = (
    JobRecord,
    *get_args(steps.Step),
    steps.PurgeTarget,
    *intents.CLASSES,
    world.Target,
    world.Grant,
    world.DataFilter,
    world.Column,
    *get_args(world.Resource),
)


class Journal:
    """Job documents in S3. The control bucket is made when the first job is written."""

    def __init__(self, storage: StorageWriter, naming: Naming) -> None:
        self._storage, self._naming = storage, naming
        self._ensured = False
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[tuple[datetime, int], JobRecord]] = {}

    def write(self, record: JobRecord) -> None:
        """Store a job's state. A job that purged the control bucket itself is remembered by its process only."""
        if not self._ready(record):
            return
        self._storage.put_text(self._naming.control_bucket, f"jobs/{record.id}.json", to_json(record))

    def _ready(self, record: JobRecord) -> bool:
        bucket = self._naming.control_bucket
        purges = any(
            isinstance(step, steps.Purge) and any(t.bucket == bucket and not t.prefix for t in step.targets)
            for step in record.steps[: record.attempted]
        )
        with self._lock:
            if purges:
                self._ensured = False
                return bucket in self._storage.buckets()
            if not self._ensured:
                self._storage.create_bucket(bucket)
                self._ensured = True
        return True

    def read(self, job_id: str) -> JobRecord | None:
        """A job by its id, None when it isn't there."""
        text = self._storage.get_text(self._naming.control_bucket, f"jobs/{job_id}.json")
        return _record(text) if text else None

    def all(self, max_count: int = 200) -> tuple[JobRecord, ...]:
        """The newest jobs, newest first. A document that is as it was at the last look is not read again."""
        objects = self._storage.objects(self._naming.control_bucket, "jobs/")
        newest = sorted(objects, key=lambda one: one.key, reverse=True)[:max_count]
        found = (self._seen(one) for one in newest)
        return tuple(record for record in found if record is not None)

    def _seen(self, one: ObjectInfo) -> JobRecord | None:
        mark = (one.modified_at, one.size_bytes)
        kept = self._kept.get(one.key)
        if kept is not None and kept[0] == mark:
            return kept[1]
        text = self._storage.get_text(self._naming.control_bucket, one.key)
        record = _record(text) if text else None
        # One that is still moving may be written twice within the clock's step.
        if record is not None and record.state not in OPEN_STATES:
            self._kept[one.key] = (mark, record)
        return record


def _record(text: str) -> JobRecord:
    record: JobRecord = from_json(text, _CLASSES)
    return record
