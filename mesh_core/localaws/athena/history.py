"""The executions on disk: what Athena remembers for 45 days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from mesh_core.localaws.athena.executions import FINAL_STATES, Execution, error_document
from mesh_core.localaws.athena.failures import SYSTEM_ERROR, QueryFailure
from mesh_core.localaws.store import Store

_INTERRUPTED = 402
RETENTION_S = 45 * 24 * 3600
"""Athena keeps the history of queries for 45 days."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS athena_executions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, work_group TEXT NOT NULL,
    submitted_s REAL NOT NULL, state TEXT NOT NULL, token TEXT, principal TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS athena_executions_by_group ON athena_executions (work_group, submitted_s);
CREATE INDEX IF NOT EXISTS athena_executions_by_token ON athena_executions (token);
"""


class History:
    """The executions on disk."""

    def __init__(self, store: Store) -> None:
        self._store, self.folder = store, store.folder
        store.ensure(SCHEMA)

    def save(self, execution: Execution) -> None:
        """Insert or replace; one that has finished stays as it is."""
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
                "ON CONFLICT (id) DO UPDATE SET state = excluded.state, document = excluded.document"
                f" WHERE state NOT IN {FINAL_STATES}",
                row,
            )

    @contextmanager
    def landing(self) -> Iterator[None]:
        """One transaction for what an execution leaves and the record of its success."""
        with self._store.write():
            yield

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

    def with_basis(self, work_group: str, principal: str, basis: str, since_s: float) -> Execution | None:
        """A principal's newest execution that succeeded in a work group since then, and rests on that."""
        with self._store.read() as db:
            row = db.execute(
                "SELECT document FROM athena_executions WHERE work_group = ? AND submitted_s >= ? AND principal = ? "
                "AND state = 'SUCCEEDED' AND json_extract(document, '$.basis') = ? ORDER BY submitted_s DESC LIMIT 1",
                (work_group, since_s, principal, basis),
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
            rows = db.execute(f"SELECT document FROM athena_executions WHERE state NOT IN {FINAL_STATES}").fetchall()
            for row in rows:
                execution = _execution(row["document"])
                execution.state, execution.completed_s = "FAILED", now_s
                execution.reason = "The endpoint was stopped while the query ran; nothing was written. Run it again."
                execution.error = error_document(QueryFailure(execution.reason, SYSTEM_ERROR, _INTERRUPTED))
                self.save(execution)
            db.execute("DELETE FROM athena_executions WHERE submitted_s < ?", (now_s - RETENTION_S,))


def _execution(document: str) -> Execution:
    return Execution(**json.loads(document))
