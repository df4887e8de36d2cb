"""Athena as QueryRunner: one role's credentials, one work group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mesh_core.domain.names import split_s3_uri
from mesh_core.errors import AwsError, NotFoundError
from mesh_core.gateways.aws_errors import translated
from mesh_core.gateways.named_queries import NamedQueries
from mesh_core.services.ports_queries import QueryRunner, QueryStatus, ResultColumn, ResultPage, SavedQueryStore

PAGE_ROWS = 1000  # GetQueryResults' limit
BATCH = 50  # BatchGetQueryExecution's limit


class Athena:
    """`athena` and `s3` give clients that act as the role; work_group is its own, "" for the account's default."""

    def __init__(self, athena: Callable[[], Any], s3: Callable[[], Any], work_group: str) -> None:
        self._athena, self._s3, self._work_group = athena, s3, work_group

    def start(self, sql: str, database: str = "") -> str:
        """The query id."""
        where = {"QueryExecutionContext": {"Database": database}} if database else {}
        group = {"WorkGroup": self._work_group} if self._work_group else {}
        with translated("the query"):
            return str(self._athena().start_query_execution(QueryString=sql, **where, **group)["QueryExecutionId"])

    def status(self, query_id: str) -> QueryStatus:
        """How far it is."""
        try:
            with translated(f"the query {query_id}"):
                return _status(self._athena().get_query_execution(QueryExecutionId=query_id)["QueryExecution"])
        except AwsError as error:
            if "not found" in str(error).lower():
                raise NotFoundError(f"There is no query {query_id} any more. Run it again.") from error
            raise

    def results(self, query_id: str, max_rows: int) -> ResultPage:
        """The first rows; Athena repeats the column names as the first row of a SELECT's first page."""
        rows: list[tuple[str | None, ...]] = []
        columns: tuple[ResultColumn, ...] = ()
        token: dict[str, str] = {}
        while True:
            with translated(f"the result of query {query_id}"):
                page = self._athena().get_query_results(QueryExecutionId=query_id, MaxResults=PAGE_ROWS, **token)
            found = [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in page["ResultSet"]["Rows"]]
            if not token:
                columns = _columns(page)
                if found and found[0] == tuple(c.name for c in columns):
                    found = found[1:]
            rows += found
            if len(rows) > max_rows or not page.get("NextToken"):
                return ResultPage(columns, tuple(rows[:max_rows]), len(rows) > max_rows)
            token = {"NextToken": page["NextToken"]}

    def row_count(self, query_id: str) -> int | None:
        """How many rows a SUCCEEDED query found; None where Athena doesn't say."""
        with translated(f"the statistics of query {query_id}"):
            found = self._athena().get_query_runtime_statistics(QueryExecutionId=query_id)["QueryRuntimeStatistics"]
        count = found.get("Rows", {}).get("OutputRows")
        return None if count is None else int(count)

    def download(self, query_id: str) -> bytes:
        """Athena's result CSV, whole."""
        bucket, key = split_s3_uri(self.status(query_id).results_uri)
        with translated(f"the result of query {query_id}"):
            return bytes(self._s3().get_object(Bucket=bucket, Key=key)["Body"].read())

    def cancel(self, query_id: str) -> None:
        """Stop it."""
        with translated(f"the query {query_id}"):
            self._athena().stop_query_execution(QueryExecutionId=query_id)

    def history(self, max_count: int) -> tuple[QueryStatus, ...]:
        """Newest first."""
        group = {"WorkGroup": self._work_group} if self._work_group else {}
        ids: list[str] = []
        token: dict[str, str] = {}
        with translated("the query history"):
            while len(ids) < max_count:
                page = self._athena().list_query_executions(MaxResults=min(BATCH, max_count), **group, **token)
                ids += page.get("QueryExecutionIds", [])
                if not page.get("NextToken"):
                    break
                token = {"NextToken": page["NextToken"]}
            return self._statuses(ids[:max_count])

    def _statuses(self, ids: list[str]) -> tuple[QueryStatus, ...]:
        found: dict[str, QueryStatus] = {}
        for start in range(0, len(ids), BATCH):
            page = self._athena().batch_get_query_execution(QueryExecutionIds=ids[start : start + BATCH])
            found.update({one["QueryExecutionId"]: _status(one) for one in page["QueryExecutions"]})
        return tuple(found[one] for one in ids if one in found)


class Runners:
    """A runner for each role; on an account, all of them are the visitor's own."""

    def __init__(self, client: Callable[[str, str], Any], work_group_of: Callable[[str], str]) -> None:
        self._client, self._work_group_of = client, work_group_of

    def as_role(self, role: str) -> QueryRunner:
        """The runner of one role."""
        return Athena(lambda: self._client(role, "athena"), lambda: self._client(role, "s3"), self._work_group_of(role))

    def saved_of(self, role: str) -> SavedQueryStore:
        """The saved queries of one role."""
        return NamedQueries(lambda: self._client(role, "athena"), self._work_group_of(role))


def _columns(page: dict[str, Any]) -> tuple[ResultColumn, ...]:
    info = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    return tuple(ResultColumn(one["Name"], _type(one)) for one in info)


def _type(one: dict[str, Any]) -> str:
    return f"decimal({one['Precision']},{one['Scale']})" if one["Type"] == "decimal" else str(one["Type"])


def _status(one: dict[str, Any]) -> QueryStatus:
    status, statistics = one["Status"], one.get("Statistics", {})
    return QueryStatus(
        query_id=one["QueryExecutionId"],
        state=status["State"],
        sql=one.get("Query", ""),
        reason=status.get("StateChangeReason", ""),
        database=one.get("QueryExecutionContext", {}).get("Database", ""),
        work_group=one.get("WorkGroup", ""),
        bytes_scanned=statistics.get("DataScannedInBytes", 0),
        engine_ms=statistics.get("EngineExecutionTimeInMillis", 0),
        total_ms=statistics.get("TotalExecutionTimeInMillis", 0),
        submitted_at=status.get("SubmissionDateTime"),
        results_uri=one.get("ResultConfiguration", {}).get("OutputLocation", ""),
    )
