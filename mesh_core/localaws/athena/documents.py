"""A query execution as the API shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mesh_core.localaws.athena.executions import Execution
from mesh_core.localaws.athena.workgroups import ENGINE


def _milliseconds(start_s: float | None, end_s: float | None) -> int:
    return max(0, round(((end_s or 0) - (start_s or 0)) * 1000)) if start_s and end_s else 0


def times(execution: Execution) -> dict[str, Any]:
    """QueryExecutionStatistics: milliseconds and bytes; of one that runs, so far."""
    end_s = execution.completed_s or datetime.now(UTC).timestamp()
    return {
        "EngineExecutionTimeInMillis": _milliseconds(execution.started_s, end_s),
        "DataScannedInBytes": execution.bytes_scanned,
        "TotalExecutionTimeInMillis": _milliseconds(execution.submitted_s, end_s),
        "QueryQueueTimeInMillis": _milliseconds(execution.submitted_s, execution.started_s or end_s),
        "ServicePreProcessingTimeInMillis": 0,
        "QueryPlanningTimeInMillis": 0,
        "ServiceProcessingTimeInMillis": 0,
        "ResultReuseInformation": {"ReusedPreviousResult": execution.reused},
    }


def document(execution: Execution) -> dict[str, Any]:
    """QueryExecution as the API shows it."""
    statistics = times(execution) | ({"DataManifestLocation": execution.manifest} if execution.manifest else {})
    context = {"Database": execution.database, "Catalog": execution.catalog}
    found = {
        "QueryExecutionId": execution.id,
        "Query": execution.query,
        "StatementType": execution.statement_type,
        "SubstatementType": execution.substatement_type,
        "ResultConfiguration": {"OutputLocation": execution.output},
        "ResultReuseConfiguration": execution.reuse or {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": {key: value for key, value in context.items() if value},
        "Status": _status(execution),
        "Statistics": statistics,
        "WorkGroup": execution.work_group,
        "EngineVersion": ENGINE,
    }
    return found | ({"ExecutionParameters": execution.parameters} if execution.parameters else {})


def _status(execution: Execution) -> dict[str, Any]:
    status = {
        "State": execution.state,
        "StateChangeReason": execution.reason,
        "SubmissionDateTime": execution.submitted_s,
        "CompletionDateTime": execution.completed_s,
        "AthenaError": execution.error,
    }
    return {key: value for key, value in status.items() if value is not None}
