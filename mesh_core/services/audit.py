"""The audit log: what was changed, decided, run, read and refused, chained in the control bucket.

What must not happen in silence (a change, a request, a decision, a run-as) is recorded **before** it is done, and is
not done where that fails. What has happened already, or is frequent (queries, denials, the end of a change), is never
lost to its visitor because of the log: it is written in the background, and tried again. See decision 0012.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mesh_core.domain.audit import Event
from mesh_core.domain.audit_chain import Checked, Entry, Finding, Head, check, moment, seal_of
from mesh_core.domain.names import Naming
from mesh_core.errors import InvalidInputError, MeshError, NotFoundError, NotRecordedError
from mesh_core.services.audit_log import AuditLog
from mesh_core.services.audit_queue import AuditQueue
from mesh_core.services.audit_reader import AuditReader, Progress
from mesh_core.services.ports import StorageWriter

FIRST = frozenset({"change", "request", "decision", "run-as"})  # recorded before they are done


@dataclass(frozen=True)
class RanQuery:
    """A query of the past, for those who ask what it would answer now. at is UTC, as the audit log writes it."""

    principal: str
    sql: str
    database: str
    at: str
    outcome: str
    query_id: str = ""


class Audit:
    """Records events, reads them back, and checks their chain. Thread-safe; several portals may share a bucket."""

    def __init__(
        self, storage: StorageWriter, naming: Naming, now: Callable[[], datetime], folder: Path | None = None
    ) -> None:
        self._storage, self._bucket, self._now = storage, naming.control_bucket, now
        self._log, self._reader = AuditLog(storage, naming), AuditReader(storage, naming, folder)
        self._queue = AuditQueue(self._append, self._log.note_head)
        self.before_reading: Callable[[], None] = lambda: None

    def record(self, event: Event) -> None:
        """Write an event down. A change, request, decision or run-as is stored when this returns; the others follow.

        NotRecordedError: the event of one of those four could not be stored, so what it tells must not be done.
        """
        if event.kind not in FIRST:
            return self.note(event)
        try:
            self._append_somewhere(event, moment(self._now()))
            self._log.note_head()
        except MeshError as error:
            raise NotRecordedError(str(error)) from error
        self._queue.wake()
        return None

    def record_after(self, event: Event) -> None:
        """Write down how something ended. Never raises: what can't be stored now is tried again in the background."""
        at = moment(self._now())
        try:
            self._append(event, at)
            self._log.note_head()
        except Exception:  # whatever it is, the thing itself is done
            self._queue.put(event, at)

    def note(self, event: Event) -> None:
        """Write an event down in the background. Never raises, never waits."""
        self._queue.put(event, moment(self._now()))

    def flush(self) -> bool:
        """Write what is waiting; whether all of it was."""
        return self._queue.flush()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Write nothing in the background meanwhile: the bucket itself is being taken away."""
        self._queue.hold()
        try:
            yield
        finally:
            self._queue.release()

    def _append_somewhere(self, event: Event, at: str) -> None:
        """The first event of a mesh makes the control bucket."""
        try:
            self._append(event, at)
        except NotFoundError:
            self._storage.create_bucket(self._bucket)
            self._append(event, at)

    def _append(self, event: Event, at: str) -> None:
        try:
            self._log.append(event, at)
        except NotFoundError:
            self._log.forget()
            raise

    def events(self, max_count: int = 1000) -> tuple[Event, ...]:
        """The newest events, newest first."""
        return tuple(one.event for one in self.entries(max_count=max_count))

    def entries(self, since: datetime | None = None, max_count: int | None = None) -> tuple[Entry, ...]:
        """Events in their place in the chain, newest first, from a time on."""
        self.before_reading()
        self.flush()
        return self._reader.newest(self._log.tail(), moment(since) if since else "", max_count)

    def queries(self, since: datetime | None = None) -> tuple[RanQuery, ...]:
        """The queries that ran or were refused before they ran, newest first, each once with its last known outcome."""
        found: dict[str, RanQuery] = {}
        for entry in self.entries(since):
            if entry.event.kind in ("query", "denied") and entry.event.detail.get("sql"):
                found.setdefault(entry.query_id or entry.id, _ran(entry))
        return tuple(found.values())

    def seal(self) -> Head:
        """The end of the chain: noted elsewhere, it proves later that nothing up to there was written anew."""
        self.flush()
        return self._log.tail()

    def verify(self, noted: str = "", progress: Progress = lambda _: None) -> Checked:
        """Check the whole chain as it lies in the bucket, against its head and, where given, a seal noted elsewhere.

        progress   told the part (0 to 1) that was read
        InvalidInputError: what was noted is no seal.
        """
        seal = _seal(noted)
        self.flush()
        head = self._log.head()
        numbers, foreign = self._reader.listed()
        versions = self._reader.version_count()
        found = check(self._reader.texts(sorted(numbers), progress), head, seal)
        more = (*_foreign(self._bucket, foreign), *_overwritten(versions - len(numbers) - len(foreign)))
        return replace(found, findings=(*found.findings, *more))


def _ran(entry: Entry) -> RanQuery:
    event, detail = entry.event, entry.event.detail
    return RanQuery(entry.role, detail["sql"], detail.get("database", ""), entry.at, event.outcome, entry.query_id)


def _seal(noted: str) -> Head:
    if not noted.strip():
        return Head()
    try:
        return seal_of(noted)
    except ValueError as error:
        raise InvalidInputError(
            f"'{noted}' is no seal: a number, a colon and 64 hexadecimal digits are expected. Nothing was checked. "
            "Copy the seal as this page showed it."
        ) from error


def _foreign(bucket: str, keys: tuple[str, ...]) -> tuple[Finding, ...]:
    return tuple(
        Finding("unreadable", 0, 0, f"s3://{bucket}/{key} is no event: somebody put it there.") for key in keys
    )


def _overwritten(count: int) -> tuple[Finding, ...]:
    if count <= 0:
        return ()
    words = f"S3 keeps {count} older versions or deletions of events: they were written over or deleted afterwards."
    return (Finding("overwritten", 0, 0, words),)
