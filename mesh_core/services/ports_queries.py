"""What use cases need of Athena, as protocols: a query run with one role's rights, and the queries that it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

QueryState = Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]


@dataclass(frozen=True)
class QueryStatus:
    """One execution. Times in milliseconds, as Athena reports them; reason is Athena's, verbatim."""

    query_id: str
    state: QueryState
    sql: str
    reason: str = ""
    database: str = ""
    work_group: str = ""
    bytes_scanned: int = 0
    engine_ms: int = 0
    total_ms: int = 0
    submitted_at: datetime | None = None
    results_uri: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it will not change any more."""
        return self.state in ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass(frozen=True)
class SavedQuery:
    """A named query of a work group. id is Athena's."""

    id: str
    name: str
    sql: str
    database: str = ""
    description: str = ""


@dataclass(frozen=True)
class ResultColumn:
    """A result column and its Athena type (`varchar`, `decimal(12,2)`)."""

    name: str
    type: str


@dataclass(frozen=True)
class ResultPage:
    """The first rows of a result as Athena's text, None for NULL; truncated when there are more."""

    columns: tuple[ResultColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]
    truncated: bool


class QueryRunner(Protocol):
    """Athena with one visitor's own credentials and work group."""

    def start(self, sql: str, database: str = "") -> str:
        """The query id."""
        ...

    def status(self, query_id: str) -> QueryStatus:
        """NotFoundError for an unknown id."""
        ...

    def results(self, query_id: str, max_rows: int) -> ResultPage:
        """The first rows of a SUCCEEDED query."""
        ...

    def row_count(self, query_id: str) -> int | None:
        """How many rows a SUCCEEDED query found; None where Athena doesn't say."""
        ...

    def download(self, query_id: str) -> bytes:
        """Athena's whole result CSV."""
        ...

    def cancel(self, query_id: str) -> None:
        """Stop it; one that is over is no error."""
        ...

    def history(self, max_count: int) -> tuple[QueryStatus, ...]:
        """The work group's executions, newest first."""
        ...


class SavedQueryStore(Protocol):
    """Athena's named queries in one role's own work group, with that role's credentials."""

    def saved(self) -> tuple[SavedQuery, ...]:
        """All of them, by name; () where the work group is gone."""
        ...

    def save(self, query: SavedQuery) -> str:
        """Create it (id ""), or change name, text and description of one; its id. NotFoundError."""
        ...

    def delete_saved(self, query_id: str) -> None:
        """NotFoundError when it isn't there any more."""
        ...


class QueryRunners(Protocol):
    """A runner for each role."""

    def as_role(self, role: str) -> QueryRunner:
        """The runner that acts with that role's credentials; PermissionDeniedError when it can't be assumed."""
        ...

    def saved_of(self, role: str) -> SavedQueryStore:
        """The same role's saved queries."""
        ...
