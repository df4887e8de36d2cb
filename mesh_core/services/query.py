"""Run SQL as the visitor: checked, started, followed and read with the visitor's own credentials and work group."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mesh_core.domain import query_check, query_examples, query_tree
from mesh_core.domain.audit import Event
from mesh_core.domain.glue_shapes import hive_type
from mesh_core.domain.names import NOT_PEOPLE
from mesh_core.domain.query import parse_read, tables_of
from mesh_core.domain.query_check import Check
from mesh_core.domain.query_examples import Example
from mesh_core.domain.query_tree import DatabaseNode
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import Column, World
from mesh_core.errors import (
    NotAReadError,
    NotFoundError,
    PermissionDeniedError,
    QueryCancelledError,
    QueryDeniedError,
    QueryFailedError,
    QueryTimedOutError,
)
from mesh_core.services import result_table
from mesh_core.services.ports_queries import QueryRunners, QueryStatus, ResultColumn, ResultPage
from mesh_core.services.reading import Reading

log = logging.getLogger("portal")

POLL_S = 0.05
MAX_ROWS = 10_000  # what a browser scrolls through at ease; downloads are whole
KEPT_RESULTS, KEPT_CHECKS, KEPT_RUNNING = 16, 64, 1_000
DENIED_WORDS = ("insufficient", "not authorized", "does not have any privilege", "accessdenied")
HIDDEN_WORDS = ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "COLUMN_NOT_FOUND")  # what may not be read doesn't exist


@dataclass(frozen=True)
class Result:
    """The first rows of a result, typed.

    columns    as Athena describes them
    table      pyarrow Table of the rows shown; names made unique
    row_count  rows found; None where Athena doesn't say
    """

    columns: tuple[ResultColumn, ...]
    table: Any
    row_count: int | None
    truncated: bool


class Queries:
    """Athena as the visitor. Results are kept by principal and execution, never across principals."""

    def __init__(
        self,
        reading: Reading,
        runners: QueryRunners,
        sleep: Callable[[float], None] = time.sleep,
        note: Callable[[Event], None] = lambda _event: None,
    ) -> None:
        self._reading, self._runners, self._sleep, self._note = reading, runners, sleep, note
        self.before_start: Callable[[tuple[tuple[str, str], ...]], None] = lambda _tables: None
        self._running: OrderedDict[str, str] = OrderedDict()
        self._disagreed: dict[str, None] = {}
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], Result] = OrderedDict()
        self._checks: OrderedDict[tuple[str, str, str], tuple[World, Check]] = OrderedDict()
        self._trees: dict[str, tuple[World, tuple[DatabaseNode, ...]]] = {}

    def check(self, visitor: Visitor, sql: str, database: str = "") -> Check:
        """The portal's own verdict before anything is scanned; NotAReadError for what is no single SELECT."""
        return self._checked(self._reading.world(), visitor, sql, database)

    def _checked(self, world: World, visitor: Visitor, sql: str, database: str) -> Check:
        """Kept as long as the reading is the same: a page asks on every click."""
        key = (visitor.arn, sql, database)
        kept = self._checks.get(key)
        if kept is None or kept[0] is not world:
            kept = (world, query_check.check(world, visitor.arn, sql, database))
            with self._lock:
                self._checks[key] = kept
                while len(self._checks) > KEPT_CHECKS:
                    self._checks.popitem(last=False)
        return kept[1]

    def tree(self, visitor: Visitor) -> tuple[DatabaseNode, ...]:
        """Everything that exists, with what the visitor may read of it."""
        world = self._reading.world()
        kept = self._trees.get(visitor.arn)
        if kept is None or kept[0] is not world:
            kept = self._trees[visitor.arn] = (world, query_tree.tree(world, visitor.arn))
        return kept[1]

    def examples(self, visitor: Visitor) -> tuple[Example, ...]:
        """Queries to begin with, one of them refused on purpose where there is something to refuse."""
        return query_examples.examples(self._reading.world(), visitor.arn)

    def start(self, visitor: Visitor, sql: str, database: str = "") -> str:
        """Start one SELECT; its query id. NotAReadError for anything else."""
        self.before_start(tables_of(parse_read(sql), database))
        query_id = self._runners.as_role(visitor.role).start(sql, database)
        with self._lock:
            self._running[query_id] = sql
            while len(self._running) > KEPT_RUNNING:
                self._running.popitem(last=False)
        detail = {"sql": sql, "database": database, "query_id": query_id}
        self._note(Event("query", "run", visitor.role, _subject(sql, database), "started", detail=detail))
        return query_id

    def status(self, visitor: Visitor, query_id: str) -> QueryStatus:
        """How far it is; its end is recorded by whoever sees it first."""
        found = self._runners.as_role(visitor.role).status(query_id)
        if found.is_over:
            with self._lock:
                sql = self._running.pop(query_id, None)
            if sql is not None:
                self._ended(visitor, found, sql)
        return found

    def _ended(self, visitor: Visitor, status: QueryStatus, sql: str) -> None:
        denied = self.is_denied(visitor, status)
        outcome = "succeeded" if status.state == "SUCCEEDED" else status.state.lower()
        detail = {"sql": sql, "database": status.database, "query_id": status.query_id}
        detail |= {"reason": status.reason} if status.reason else {"bytes_scanned": str(status.bytes_scanned)}
        subject = _subject(sql, status.database)
        self._note(Event("query", "run", visitor.role, subject, "denied" if denied else outcome, detail=detail))
        if denied:
            self._note(Event("denied", "query", visitor.role, subject, "refused by Lake Formation", detail=detail))

    def refused(self, visitor: Visitor, sql: str, verdict: Check) -> None:
        """Record a statement that the check refused, so that it never ran."""
        lacks = "; ".join(f"{lack.table}: {', '.join(lack.columns)}" for lack in verdict.lacks)
        detail = {"sql": sql, "lacks": lacks}
        self._note(Event("denied", "query", visitor.role, _subject(sql, ""), "refused before it ran", detail=detail))

    def cancel(self, visitor: Visitor, query_id: str) -> None:
        """Stop it."""
        self._runners.as_role(visitor.role).cancel(query_id)

    def results(self, visitor: Visitor, query_id: str, max_rows: int) -> ResultPage:
        """The first rows of a query that succeeded, as Athena's text."""
        return self._runners.as_role(visitor.role).results(query_id, max_rows)

    def result(self, visitor: Visitor, query_id: str) -> Result:
        """The first MAX_ROWS rows of a query that succeeded, typed; kept for this visitor."""
        key = (visitor.arn, query_id)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        runner = self._runners.as_role(visitor.role)
        page = runner.results(query_id, MAX_ROWS)
        count = runner.row_count(query_id) if page.truncated else len(page.rows)
        found = Result(page.columns, result_table.table_of(page), count, page.truncated)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > KEPT_RESULTS:
                self._kept.popitem(last=False)
        return found

    def csv(self, visitor: Visitor, query_id: str) -> bytes:
        """Athena's own result file, whole."""
        return self._runners.as_role(visitor.role).download(query_id)

    def parquet(self, visitor: Visitor, query_id: str) -> bytes:
        """The whole result as one Parquet file, typed."""
        return result_table.parquet_of(self.csv(visitor, query_id), self.result(visitor, query_id).columns)

    def disagreement(self, visitor: Visitor, status: QueryStatus) -> str:
        """A sentence where Athena's answer and the portal's verdict on a fresh reading differ, "" where they agree.

        A difference is a fault of the portal's and is logged as one: the verdict advises, Lake Formation is right.
        """
        verdict = self._verdict(self._reading.world(), visitor, status)
        if verdict is None or not _differs(verdict, status):
            return ""
        verdict = self._verdict(self._reading.world(max_age_s=0), visitor, status)
        if verdict is None or not _differs(verdict, status):
            return ""
        mine, athenas = ("may run", "refused it") if verdict.is_allowed else ("lacks a grant", "answered it")
        detail = {"sql": status.sql, "database": status.database, "query_id": status.query_id, "reason": status.reason}
        subject = _subject(status.sql, status.database)
        words = f"the portal held that it {mine}, Athena {athenas}"
        with self._lock:
            new = status.query_id not in self._disagreed
            self._disagreed[status.query_id] = None
        if new:
            self._note(Event("disagreement", "query", visitor.role, subject, words, detail=detail))
        log.error("verdict and Athena differ on query %s of %s: %s", status.query_id, visitor.role, status.sql)
        return f"The portal held that this query {mine}, Athena {athenas}. Athena is right; the portal's log has it."

    def _verdict(self, world: World, visitor: Visitor, status: QueryStatus) -> Check | None:
        try:
            return self._checked(world, visitor, status.sql, status.database)
        except NotAReadError:
            return None

    def is_denied(self, visitor: Visitor, status: QueryStatus) -> bool:
        """Whether an execution failed for want of a permission: what may not be read doesn't exist for Athena."""
        if status.state != "FAILED":
            return False
        if any(word in status.reason for word in HIDDEN_WORDS):
            verdict = self._verdict(self._reading.world(), visitor, status)
            return verdict is not None and not verdict.is_allowed
        return is_denial(status.reason)

    def history(self, visitor: Visitor, max_count: int = 50) -> tuple[QueryStatus, ...]:
        """The visitor's executions, newest first."""
        return self._runners.as_role(visitor.role).history(max_count)

    def denied(self, visitor: Visitor, max_count: int = 50) -> tuple[QueryStatus, ...]:
        """Queries refused for want of a permission, newest first: the visitor's own, for the steward everybody's."""
        roles = {visitor.role: visitor.arn}
        if visitor.is_steward:
            roles = {p.name: p.arn for p in self._reading.world().principals if p.name not in NOT_PEOPLE}
        found = [one for role, arn in roles.items() for one in self._denied_of(Visitor(role, arn), max_count)]
        return tuple(sorted(found, key=lambda one: str(one.submitted_at), reverse=True)[:max_count])

    def _denied_of(self, visitor: Visitor, max_count: int) -> list[QueryStatus]:
        try:
            history = self._runners.as_role(visitor.role).history(max_count)
        except (NotFoundError, PermissionDeniedError):
            return []
        return [one for one in history if self.is_denied(visitor, one)]

    def run(self, visitor: Visitor, sql: str, max_rows: int, timeout_s: float = 60.0) -> tuple[QueryStatus, ResultPage]:
        """Start, wait and read: for samples. QueryFailedError (QueryDeniedError), QueryTimedOutError."""
        query_id = self.start(visitor, sql)
        status = self._wait(visitor, query_id, timeout_s)
        raise_unless_succeeded(status)
        return status, self.results(visitor, query_id, max_rows)

    def _wait(self, visitor: Visitor, query_id: str, timeout_s: float) -> QueryStatus:
        waited_s = 0.0
        while not (status := self.status(visitor, query_id)).is_over:
            if waited_s >= timeout_s:
                self.cancel(visitor, query_id)
                raise QueryTimedOutError(f"The query took longer than {timeout_s:.0f} s and was cancelled.")
            self._sleep(POLL_S)
            waited_s += POLL_S
        return status

    def describe(self, visitor: Visitor, sql: str) -> tuple[Column, ...]:
        """The columns that a SELECT gives, with Hive types, found by running it for no rows as the visitor."""
        parse_read(sql)
        _, page = self.run(visitor, f"SELECT * FROM (\n{sql.rstrip().rstrip(';')}\n) LIMIT 0", max_rows=1)
        return tuple(Column(c.name, hive_type(c.type)) for c in page.columns)


def _subject(sql: str, database: str) -> str:
    """The tables that a statement names."""
    try:
        return ", ".join(f"{d}.{t}" for d, t in tables_of(parse_read(sql), database))
    except NotAReadError:
        return ""


def is_denial(reason: str) -> bool:
    """Whether a query failed for want of a permission, by Athena's words."""
    return any(word in reason.lower() for word in DENIED_WORDS)


def raise_unless_succeeded(status: QueryStatus) -> None:
    """QueryDeniedError, QueryFailedError or QueryCancelledError for a query that is over without a result."""
    if status.state == "CANCELLED":
        raise QueryCancelledError("The query was stopped. Nothing was read. Run it again when you like.")
    if status.state == "FAILED":
        raise (QueryDeniedError if is_denial(status.reason) else QueryFailedError)(status.query_id, status.reason)


def _differs(verdict: Check, status: QueryStatus) -> bool:
    """COLUMN_NOT_FOUND and its like are no refusal by themselves: a name may be misspelt."""
    if status.state == "SUCCEEDED":
        return not verdict.is_allowed
    hidden = any(word in status.reason for word in HIDDEN_WORDS)
    return status.state == "FAILED" and verdict.is_allowed and is_denial(status.reason) and not hidden
