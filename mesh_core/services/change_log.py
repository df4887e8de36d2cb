"""Every change as two events of the audit log: that it begins, before anything is done, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mesh_core.domain.audit import Event
from mesh_core.domain.steps import Purge
from mesh_core.services.audit import Audit
from mesh_core.services.journal import JobRecord
from mesh_core.services.run_as import plan_hash

MOST_LINES = 50  # steps told in an event; the job's document has all


class ChangeLog:
    """What `Apply` tells of a job. A begin that can't be recorded raises NotRecordedError; an end never fails."""

    def __init__(self, audit: Audit, control_bucket: str) -> None:
        self._audit, self._bucket = audit, control_bucket

    def begins(self, record: JobRecord, action: str) -> None:
        """action is `apply`, `resume` or `undo`."""
        self._audit.record(_event(record, action, "begun"))

    def ended(self, record: JobRecord) -> None:
        """The record says how."""
        action = "undo" if record.state == "undone" else "apply"
        self._audit.record_after(_event(record, action, f"{record.state}: {record.error}".rstrip(": ")))

    @contextmanager
    def held(self, record: JobRecord) -> Iterator[None]:
        """While a job takes the log's own bucket away, nothing is written to it in the background."""
        purged = {target.bucket for step in record.steps if isinstance(step, Purge) for target in step.targets}
        if self._bucket not in purged:
            yield
            return
        with self._audit.held():
            yield


def _event(record: JobRecord, action: str, outcome: str) -> Event:
    lines = record.lines
    words = [*lines[:MOST_LINES], *([f"and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else [])]
    detail = {"job": record.id, "title": record.title, "effects": "; ".join(record.effects[:MOST_LINES])}
    return Event(
        "change",
        action,
        record.by or record.actor,
        record.subject,
        outcome,
        before=f"{record.done} of {len(lines)} steps done",
        after="; ".join(words),
        plan_hash=plan_hash(record.steps),
        detail={name: text for name, text in detail.items() if text},
    )
