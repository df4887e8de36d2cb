"""Run one statement on Athena to its end and give its rows as Python values."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mesh_core.errors import QueryFailedError, QueryTimedOutError

Rows = list[dict[str, Any]]
POLL_S, LONGEST_S = 0.02, 120.0
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
_VALUES: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), int),
    **dict.fromkeys(("float", "double"), float),
    "decimal": Decimal,
    "boolean": lambda text: text == "true",
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
}


def run(athena: Any, sql: str, database: str, settings: dict[str, Any]) -> Rows:
    """Rows by column name: numbers, booleans, dates, timestamps and None as such, all else as Athena's text.

    `settings` are further arguments of StartQueryExecution. QueryFailedError with Athena's reason, also when the
    statement is not even started; QueryTimedOutError after two minutes.
    """
    context = {"Database": database}
    try:
        started = athena.start_query_execution(QueryString=sql, QueryExecutionContext=context, **settings)
    except athena.exceptions.InvalidRequestException as error:
        raise QueryFailedError("", error.response["Error"]["Message"]) from error
    query_id = started["QueryExecutionId"]
    status = _ended(athena, query_id)
    if status["State"] != "SUCCEEDED":
        raise QueryFailedError(query_id, status.get("StateChangeReason", status["State"]))
    return _rows(athena, query_id)


def _ended(athena: Any, query_id: str) -> dict[str, Any]:
    deadline_s = time.monotonic() + LONGEST_S
    while True:
        execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        status: dict[str, Any] = execution["Status"]
        if status["State"] in _ENDED:
            return status
        if time.monotonic() > deadline_s:
            athena.stop_query_execution(QueryExecutionId=query_id)
            raise QueryTimedOutError(f"The query {query_id} ran for {LONGEST_S:g} s and was cancelled. Narrow it.")
        time.sleep(POLL_S)


def _rows(athena: Any, query_id: str) -> Rows:
    lines: list[list[str | None]] = []
    columns: list[dict[str, Any]] = []
    for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id):
        result = page["ResultSet"]
        columns = columns or result["ResultSetMetadata"]["ColumnInfo"]
        lines += [[cell.get("VarCharValue") for cell in row["Data"]] for row in result["Rows"]]
    header = [column["Name"] for column in columns]
    lines = lines[1:] if lines[:1] == [header] else lines
    return [_row(columns, cells) for cells in lines]


def _row(columns: list[dict[str, Any]], cells: list[str | None]) -> dict[str, Any]:
    # a line of DESCRIBE or EXPLAIN is one cell, however many columns it is said to have
    pairs = zip(columns, cells, strict=False)
    return {column["Name"]: _value(column["Type"], cell) for column, cell in pairs}


def _value(kind: str, text: str | None) -> Any:
    read = _VALUES.get(kind)
    try:
        return text if text is None or read is None else read(text)
    except (ValueError, ArithmeticError):
        return text  # what Python has no value for, as a date of the year 10000
