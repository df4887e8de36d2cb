"""The one loop that changes the world: step by step, each journaled before it runs.

Nothing else gets writers. A crash leaves a journal that names the step that was under way; since every step is
idempotent, running again goes on from there, and `undo` runs the inverses from there backwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, assert_never

from mesh_core.domain import steps as s
from mesh_core.domain.plan import Plan
from mesh_core.domain.undo import undo_of
from mesh_core.errors import ApplyCancelledError, MeshError, NotUndoableError, StepFailedError
from mesh_core.services.journal import JobRecord, Journal
from mesh_core.services.ports import RoleDefinition, TableDefinition, Writers

Watch = Callable[[JobRecord], None]


@dataclass(frozen=True)
class Control:
    """How the outside follows an apply: `watch` is told after each step, `stop` is asked before each."""

    watch: Watch = lambda _record: None
    stop: Callable[[], bool] = lambda: False


class Recorder(Protocol):
    """Who writes down that a job begins (raising keeps it from beginning), and how it ended."""

    def begins(self, record: JobRecord, action: str) -> None:
        """Before anything is done; action is `apply`, `resume` or `undo`."""
        ...

    def ended(self, record: JobRecord) -> None:
        """Whatever the outcome; never raises."""
        ...

    def held(self, record: JobRecord) -> AbstractContextManager[None]:
        """Around a job's steps."""
        ...


class Unrecorded:
    """Nobody."""

    def begins(self, record: JobRecord, action: str) -> None:
        """Nothing."""

    def ended(self, record: JobRecord) -> None:
        """Nothing."""

    def held(self, record: JobRecord) -> AbstractContextManager[None]:
        """Nothing."""
        return nullcontext()


class Apply:
    """Applies, resumes and undoes; every change of state is in the journal first."""

    def __init__(
        self, writers: Writers, journal: Journal, now: Callable[[], datetime], log: Recorder = Unrecorded()
    ) -> None:
        self._writers, self._journal, self._now, self._log = writers, journal, now, log

    def begin(self, job_id: str, plan: Plan, actor: str) -> JobRecord:
        """Journal a plan as a job that has not started its first step."""
        record = JobRecord(job_id, plan.title, plan.subject, actor, plan.steps, self._now().isoformat())
        record = replace(record, intent=plan.intent, effects=tuple(map(str, plan.effects)))
        self._log.begins(record, "apply")
        self._journal.write(record)
        return record

    def run(self, record: JobRecord, control: Control = Control()) -> JobRecord:
        """Do what is left of a job. StepFailedError and ApplyCancelledError leave it resumable."""
        if record.attempted:
            self._log.begins(record, "resume")
        with self._log.held(record):
            done = self._run(replace(record, state="running", error=""), control)
        self._log.ended(done)
        return done

    def _run(self, record: JobRecord, control: Control) -> JobRecord:
        control.watch(record)
        for at in range(record.done, len(record.steps)):
            if control.stop():
                raise self._stopped(record, control)
            self._journal.write(replace(record, attempted=at + 1))
            try:
                self._do(record.steps[at])
            except Exception as error:
                raise self._failed(replace(record, attempted=at + 1), error, control) from error
            # Written down with the next step's beginning: a crash until then repeats this step, which is harmless.
            record = replace(record, done=at + 1, attempted=at + 1)
            control.watch(record)
        return self._note(replace(record, state="done", finished_at=self._now().isoformat()), control)

    def undo(self, record: JobRecord, control: Control = Control()) -> JobRecord:
        """Take back what was done, the step that was under way included. NotUndoableError, StepFailedError."""
        back = undo_of(record.steps[: max(record.done, record.attempted)])
        if back is None:
            raise NotUndoableError(
                f"'{record.title}' has deleted data for good, so it can't be taken back. Resume it to finish the rest."
            )
        self._log.begins(record, "undo")
        record = self._note(replace(record, state="undoing", error=""), control)
        for at, step in enumerate(back):
            try:
                self._do(step)
            except Exception as error:
                raise self._failed(record, error, control) from error
            left = len(back) - at - 1
            record = self._note(replace(record, done=min(record.done, left), attempted=left), control)
        undone = self._note(replace(record, state="undone", finished_at=self._now().isoformat()), control)
        self._log.ended(undone)
        return undone

    def _note(self, record: JobRecord, control: Control) -> JobRecord:
        self._journal.write(record)
        control.watch(record)
        return record

    def _stopped(self, record: JobRecord, control: Control) -> ApplyCancelledError:
        self._log.ended(self._note(replace(record, state="cancelled", error="Stopped on request."), control))
        lines = [s.describe(step) for step in record.steps]
        return ApplyCancelledError(lines[: record.done], lines[record.done :])

    def _failed(self, record: JobRecord, error: Exception, control: Control) -> StepFailedError:
        reason = str(error) if isinstance(error, MeshError) else f"{type(error).__name__}: {error}"
        self._log.ended(self._note(replace(record, state="failed", error=reason), control))
        lines = [s.describe(step) for step in record.steps]
        at = max(min(record.attempted, len(lines)) - 1, 0)
        return StepFailedError(lines[at], reason, lines[: record.done], lines[record.done :])

    def _do(self, step: s.Step) -> None:
        catalog, governance = self._writers.catalog, self._writers.governance
        storage, people = self._writers.storage, self._writers.people
        match step:
            case s.CreateBucket(bucket):
                storage.create_bucket(bucket)
            case s.PutObject(bucket, key, text):
                storage.put_text(bucket, key, text)
            case s.CopyObject(source_bucket, source_key, bucket, key, _):
                storage.copy((source_bucket, source_key), (bucket, key))
            case s.RegisterLocation(uri, role):
                governance.register(uri, role)
            case s.DeregisterLocation(uri, _):
                governance.deregister(uri)
            case s.CreateDatabase(name, definition):
                catalog.create_database(name, definition)
            case s.UpdateDatabase(name, _, definition):
                catalog.update_database(name, definition)
            case s.DeleteDatabase(name, _):
                catalog.delete_database(name)
            case s.CreateTable(database, name, definition, partitions):
                catalog.create_table(database, name, TableDefinition(definition, partitions))
            case s.UpdateTable(database, name, _, definition):
                catalog.update_table(database, name, definition)
            case s.DeleteTable(database, name, _, _):
                catalog.delete_table(database, name)
            case s.SetTagValues(key, before, values):
                governance.set_tag_values(key, before, values)
            case s.AssignTags(target, before_tags, tags):
                governance.assign(target, before_tags, tags)
            case s.GrantPermissions(grant):
                governance.grant(grant)
            case s.RevokePermissions(grant):
                governance.revoke(grant)
            case s.PutFilter(before_filter, after_filter):
                governance.put_filter(before_filter, after_filter)
            case s.PutExpression(name, before_pairs, after_pairs):
                governance.put_expression(name, before_pairs, after_pairs)
            case s.CreateRole(name, description, trust, policy):
                people.create_role(RoleDefinition(name, description, trust, policy))
            case s.DeleteRole(name, _, _, _):
                people.delete_role(name)
            case s.CreateWorkGroup(name, uri):
                people.create_work_group(name, uri)
            case s.DeleteWorkGroup(name, _):
                people.delete_work_group(name)
            case s.PutLakeSettings(_, settings):
                governance.put_settings(json.loads(settings))
            case s.Purge(targets):
                for one in targets:
                    storage.purge(one.bucket, one.prefix)
            case _:
                assert_never(step)
