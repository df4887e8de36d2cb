"""The search for personal data over existing products, and the queue of what it suspects.

A table is looked at by the names of its columns and by a sample of their values, read with the rights of its domain's
owner. Values are looked at in memory and kept nowhere. New and changed tables are looked at by themselves, some at a
time; a scan on demand looks at all of a scope. Each domain's queue is a document of the control bucket, written on the
condition that nobody else wrote meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlglot import exp

from mesh_core.domain.audit import Event
from mesh_core.domain.codec import from_json, to_json
from mesh_core.domain.intents import ChangeAssignments
from mesh_core.domain.names import STEWARD, Naming
from mesh_core.domain.personal_data import MAX_SAMPLE, Suggestion, suggest
from mesh_core.domain.suggestions import (
    Found,
    Queue,
    State,
    accepting,
    decided,
    merged,
    shape_of,
    standing,
    state_of,
)
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import Table, World
from mesh_core.errors import ConflictError, InvalidInputError, MeshError, PermissionDeniedError
from mesh_core.services.ports import StorageWriter
from mesh_core.services.ports_queries import QueryRunner, QueryRunners
from mesh_core.services.query import POLL_S, raise_unless_succeeded
from mesh_core.services.reading import Reading

PREFIX, CLASSES = "governance/personal/", (Queue, Found)
RETRIES, TIMEOUT_S = 8, 60.0
EVERY_S, A_ROUND = 60.0, 20  # new tables looked at by themselves: how often, and how many at most
ACTOR = "mesh-portal"
NESTED = ("array<", "map<", "struct<", "binary")  # types whose values say nothing as text


@dataclass(frozen=True)
class Row:
    """A suggestion as a visitor sees it now."""

    found: Found
    state: State


@dataclass(frozen=True)
class Progress:
    """How far a scan is. by_names are tables whose values the owner could not read, with the reason."""

    scope: str
    total: int
    done: int = 0
    open_found: int = 0
    by_names: tuple[tuple[str, str], ...] = ()
    state: str = "running"  # running, done, cancelled, failed
    words: str = ""


@dataclass(frozen=True)
class Means:
    """What a scan works with. record raises NotRecordedError; fixed_role: see services/run_as.py."""

    runners: QueryRunners
    record: Callable[[Event], None]
    now: Callable[[], datetime]
    fixed_role: str | None = None
    sleep: Callable[[float], None] = time.sleep


class PersonalData:
    """The steward sees and decides everything, an owner what is in his domains."""

    def __init__(self, storage: StorageWriter, naming: Naming, reading: Reading, means: Means) -> None:
        self._storage, self._bucket = storage, naming.control_bucket
        self._reading, self._means = reading, means
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._progress: Progress | None = None
        self._thread: threading.Thread | None = None

    def rows(self, visitor: Visitor) -> tuple[Row, ...]:
        """What is suspected in the domains that the visitor answers for, the surest first."""
        world = self._reading.world()
        domains = [d.name for d in world.databases if d.is_managed and visitor.may_change(d.name)]
        found = (one for domain in domains for one in standing(self._queue(domain)[0], world).found)
        rows = (Row(one, state_of(world, one)) for one in found)
        return tuple(sorted(rows, key=lambda row: (-row.found.confidence, row.found.name)))

    def looked_at(self, visitor: Visitor) -> int:
        """How many products of the visitor's domains were looked at."""
        world = self._reading.world()
        domains = [d.name for d in world.databases if d.is_managed and visitor.may_change(d.name)]
        return sum(len(standing(self._queue(domain)[0], world).scanned) for domain in domains)

    def accepting(self, chosen: Iterable[Found]) -> ChangeAssignments:
        """The change that marks columns as personal, to be planned and applied like any other."""
        return accepting(self._reading.world(), chosen)

    def reject(self, visitor: Visitor, chosen: Iterable[Found], note: str = "") -> None:
        """They stay rejected, whatever scan finds them again. PermissionDeniedError, ConflictError."""
        at = self._means.now().isoformat(timespec="seconds")
        self._decide(visitor, tuple(chosen), (visitor.role, at, " ".join(note.split())[:500]))

    def reopen(self, visitor: Visitor, chosen: Iterable[Found]) -> None:
        """Take a rejection back."""
        self._decide(visitor, tuple(chosen), None)

    def _decide(self, visitor: Visitor, chosen: tuple[Found, ...], rejected: tuple[str, str, str] | None) -> None:
        domains = sorted({one.target.database for one in chosen})
        for domain in domains:
            _require(visitor, domain)
        words = "rejected" if rejected else "opened again"
        for domain in domains:
            names = [one.name for one in chosen if one.target.database == domain]
            detail = {"columns": ", ".join(names), "note": rejected[2] if rejected else ""}
            what = f"{'reject' if rejected else 'reopen'} suggestions of personal data"
            self._means.record(Event("decision", what, visitor.role, domain, words, detail=detail))
            self._change(domain, partial(decided, names=names, rejected=rejected))

    # Scanning

    def start(self, visitor: Visitor, scope: str = "") -> None:
        """Look at a product (`domain.name`), a domain, or all that the visitor answers for (""), in the background.

        One scan at a time: another one joins it. PermissionDeniedError; InvalidInputError where there is nothing.
        """
        world = self._reading.world()
        tables = tuple(t for t in _scannable(world) if scope in ("", t.database, t.full_name))
        tables = tuple(t for t in tables if scope or visitor.may_change(t.database))
        for domain in {t.database for t in tables}:
            _require(visitor, domain)
        if not tables:
            raise InvalidInputError("There is no product to look at. Nothing was done. Publish one, or choose another.")
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            self._means.record(
                Event(
                    "policy", "scan for personal data", visitor.role, scope or "all products", f"{len(tables)} tables"
                )
            )
            self._stop.clear()
            self._progress = Progress(scope, len(tables))
            self._thread = threading.Thread(target=self._scan, args=(tables,), name="personal data", daemon=True)
            self._thread.start()

    def progress(self) -> Progress | None:
        """Of the scan that is under way, or was the last; None where there was none."""
        return self._progress

    def cancel(self) -> None:
        """Stop after the table that is looked at."""
        self._stop.set()

    def wait(self, timeout_s: float = TIMEOUT_S) -> Progress | None:
        """Until the scan has ended; for commands and tests."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self._progress

    def _scan(self, tables: tuple[Table, ...]) -> None:
        try:
            for table in tables:
                if self._stop.is_set():
                    self._tell(state="cancelled")
                    return
                self._look(table)
            self._tell(state="done")
        except Exception as error:
            words = str(error) if isinstance(error, MeshError) else f"{type(error).__name__}: {error}"
            self._tell(state="failed", words=words)

    def _look(self, table: Table) -> None:
        opened, refusal = self.look_at(table)
        now = self._progress
        if now is not None:
            by_names = (*now.by_names, (table.full_name, refusal)) if refusal else now.by_names
            self._progress = replace(now, done=now.done + 1, open_found=now.open_found + opened, by_names=by_names)

    def _tell(self, **changes: str) -> None:
        if self._progress is not None:
            self._progress = replace(self._progress, **changes)  # type: ignore[arg-type]

    def look_at(self, table: Table) -> tuple[int, str]:
        """Look at one table and keep what is suspected: how many are open, and why its values could not be read."""
        world = self._reading.world()
        found, refusal = self._suggestions(world, table)
        at = self._means.now().isoformat(timespec="seconds")
        queue = self._change(table.database, lambda queue: merged(queue, table, found, at))
        mine = (one for one in queue.found if one.table == table.full_name)
        return sum(state_of(world, one) == "open" for one in mine), refusal

    def look_at_new(self) -> None:
        """Look at tables that are new or have other columns than before, at most A_ROUND: the scheduled search."""
        left = A_ROUND
        by_domain: dict[str, list[Table]] = {}
        for table in _scannable(self._reading.world()):
            by_domain.setdefault(table.database, []).append(table)
        failed: MeshError | None = None
        for domain, tables in by_domain.items():
            try:
                scanned = self._queue(domain)[0].scanned
                for table in tables:
                    if left and scanned.get(table.full_name) != shape_of(table):
                        self.look_at(table)
                        left -= 1
            except MeshError as error:  # one domain's trouble keeps no other from being looked at
                failed = error
        if failed is not None:
            raise failed

    def _suggestions(self, world: World, table: Table) -> tuple[list[Suggestion], str]:
        owner = world.database(table.database).owner
        role = self._means.fixed_role or owner
        shown = [c for c in table.all_columns if not c.type.startswith(NESTED)]
        values: dict[str, list[str]] = {}
        refusal = ""
        try:
            values = self._sample(self._means.runners.as_role(role), table, [c.name for c in shown])
        except MeshError as error:
            refusal = f"{role} could not read it: {error}"
        return suggest([(c.name, c.type, values.get(c.name, [])) for c in shown]), refusal

    def _sample(self, runner: QueryRunner, table: Table, names: list[str]) -> dict[str, list[str]]:
        columns = [exp.column(name, quoted=True) for name in names]
        place = exp.table_(table.name, db=table.database, quoted=True)
        query_id = runner.start(exp.select(*columns).from_(place).limit(MAX_SAMPLE).sql("athena"))
        waited_s = 0.0
        while not (status := runner.status(query_id)).is_over:
            if waited_s >= TIMEOUT_S:
                runner.cancel(query_id)
                raise InvalidInputError(f"The sample took longer than {TIMEOUT_S:.0f} s and was stopped.")
            self._means.sleep(POLL_S)
            waited_s += POLL_S
        raise_unless_succeeded(status)
        rows = runner.results(query_id, MAX_SAMPLE).rows
        return {name: [text for row in rows if (text := row[at]) is not None] for at, name in enumerate(names)}

    # The documents

    def _queue(self, domain: str) -> tuple[Queue, str | None]:
        found = self._storage.get_versioned(self._bucket, f"{PREFIX}{domain}.json")
        if found is None:
            return Queue(), None
        try:
            queue = from_json(found.text, CLASSES)
        except (ValueError, TypeError, KeyError) as error:
            raise _broken(self._bucket, domain) from error
        if not isinstance(queue, Queue):
            raise _broken(self._bucket, domain)
        return queue, found.etag

    def _change(self, domain: str, change: Callable[[Queue], Queue]) -> Queue:
        """Work a change into the newest version; again where somebody was faster. ConflictError after RETRIES."""
        for attempt in range(RETRIES):
            before, etag = self._queue(domain)
            after = change(before)
            if after == before:
                return before
            try:
                self._storage.put_if(self._bucket, f"{PREFIX}{domain}.json", to_json(after), etag)
                return after
            except ConflictError:
                if attempt == RETRIES - 1:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")


def _scannable(world: World) -> tuple[Table, ...]:
    """The products' own tables; a view shows what these hold, and is marked through them."""
    return tuple(t for t in world.tables if t.is_managed and t.product and t.view_sql is None)


def _broken(bucket: str, domain: str) -> InvalidInputError:
    return InvalidInputError(
        f"What was found of personal data in {domain} can't be read: s3://{bucket}/{PREFIX}{domain}.json was written "
        "past the portal. Nothing was changed. Restore its version before that, or delete it and scan again: what was "
        "rejected is then asked about anew."
    )


def _require(visitor: Visitor, domain: str) -> None:
    if not visitor.may_change(domain):
        raise PermissionDeniedError(
            f"{visitor.role} may not decide what is personal in {domain}. Nothing was changed. "
            f"Its owner and {STEWARD} may."
        )
