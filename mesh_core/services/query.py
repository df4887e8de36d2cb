"""Run SQL as the visitor: started, followed and read with the visitor's own credentials and work group."""

from __future__ import annotations

import time
from collections.abc import Callable

from mesh_core.domain.glue_shapes import hive_type
from mesh_core.domain.names import NOT_PEOPLE
from mesh_core.domain.query import parse_read
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import Column
from mesh_core.errors import (
    NotFoundError,
    PermissionDeniedError,
    QueryCancelledError,
    QueryDeniedError,
    QueryFailedError,
    QueryTimedOutError,
)
from mesh_core.services.ports import QueryRunners, QueryStatus, ResultPage
from mesh_core.services.reading import Reading

POLL_S = 0.05
DENIED_WORDS = ("insufficient", "not authorized", "does not have any privilege", "accessdenied")


class Queries:
    """Athena as the visitor."""

    def __init__(self, reading: Reading, runners: QueryRunners, sleep: Callable[[float], None] = time.sleep) -> None:
        self._reading, self._runners, self._sleep = reading, runners, sleep

    def start(self, visitor: Visitor, sql: str, database: str = "") -> str:
        """Start one SELECT; its query id. NotAReadError for anything else."""
        parse_read(sql)
        return self._runners.as_role(visitor.role).start(sql, database)

    def status(self, visitor: Visitor, query_id: str) -> QueryStatus:
        """How far it is."""
        return self._runners.as_role(visitor.role).status(query_id)

    def cancel(self, visitor: Visitor, query_id: str) -> None:
        """Stop it."""
        self._runners.as_role(visitor.role).cancel(query_id)

    def results(self, visitor: Visitor, query_id: str, max_rows: int) -> ResultPage:
        """The first rows of a query that succeeded."""
        return self._runners.as_role(visitor.role).results(query_id, max_rows)

    def history(self, visitor: Visitor, max_count: int = 50) -> tuple[QueryStatus, ...]:
        """The visitor's executions, newest first."""
        return self._runners.as_role(visitor.role).history(max_count)

    def denied(self, visitor: Visitor, max_count: int = 50) -> tuple[QueryStatus, ...]:
        """Queries refused for want of a permission, newest first: the visitor's own, for the steward everybody's."""
        roles = [visitor.role]
        if visitor.is_steward:
            roles = [p.name for p in self._reading.world().principals if p.name not in NOT_PEOPLE]
        found = [one for role in roles for one in self._denied_of(role, max_count)]
        return tuple(sorted(found, key=lambda one: str(one.submitted_at), reverse=True)[:max_count])

    def _denied_of(self, role: str, max_count: int) -> list[QueryStatus]:
        try:
            history = self._runners.as_role(role).history(max_count)
        except (NotFoundError, PermissionDeniedError):
            return []
        return [one for one in history if one.state == "FAILED" and is_denial(one.reason)]

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


def is_denial(reason: str) -> bool:
    """Whether a query failed for want of a permission, by Athena's words."""
    return any(word in reason.lower() for word in DENIED_WORDS)


def raise_unless_succeeded(status: QueryStatus) -> None:
    """QueryDeniedError, QueryFailedError or QueryCancelledError for a query that is over without a result."""
    if status.state == "CANCELLED":
        raise QueryCancelledError("The query was stopped. Nothing was read. Run it again when you like.")
    if status.state == "FAILED":
        raise (QueryDeniedError if is_denial(status.reason) else QueryFailedError)(status.query_id, status.reason)
