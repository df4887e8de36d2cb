"""Query executions: what is known of each, how one ends, and a job on its way."""

from __future__ import annotations

import threading
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mesh_core.localaws.athena.failures import SYSTEM_ERROR, QueryFailure
from mesh_core.localaws.caller import Caller

if TYPE_CHECKING:
    from mesh_core.localaws.athena.engine import Cancel

FINAL_STATES = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass
class Execution:
    """One query execution. Times in epoch seconds; `columns` are (name, Athena type text) of the result.

    `reuse` is the ResultReuseConfiguration that was asked for, `reused` whether an earlier result was given, `basis`
    what the result rests on ("": it is not given again; see reuse.py).
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
    reused: bool = False
    basis: str = ""
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
    basis: str = ""


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
    unrecorded: Exception | None = None  # why its end is not on disk
    # IAM's questions while it runs carry the condition keys of the request that started it.
    context: Context = field(default_factory=copy_context)

    @property
    def database(self) -> str:
        """The database of unqualified names."""
        return self.execution.database or "default"


def error_document(failure: QueryFailure) -> dict[str, Any]:
    """AthenaError as GetQueryExecution shows it."""
    return {
        "ErrorCategory": failure.category,
        "ErrorType": failure.type,
        "Retryable": failure.category == SYSTEM_ERROR,
        "ErrorMessage": failure.message,
    }
