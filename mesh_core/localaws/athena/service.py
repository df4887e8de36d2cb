"""Athena's API: who may ask, what the answer looks like. The work is in executions, runner, workgroups and saved."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mesh_core.localaws.athena import catalogs
from mesh_core.localaws.athena.ddl_forms import Execute, ExecuteImmediate
from mesh_core.localaws.athena.ddl_text import SyntaxFault
from mesh_core.localaws.athena.documents import document, times
from mesh_core.localaws.athena.executions import FINAL_STATES, Execution, Job
from mesh_core.localaws.athena.history import History
from mesh_core.localaws.athena.paging import invalid_request, page
from mesh_core.localaws.athena.pool import Pool
from mesh_core.localaws.athena.results import MAX_ROWS, S3Path, output_name
from mesh_core.localaws.athena.results import page as result_page
from mesh_core.localaws.athena.runner import Runner
from mesh_core.localaws.athena.saved import NamedQueries, PreparedStatements
from mesh_core.localaws.athena.statements import Kind, kind, parse
from mesh_core.localaws.athena.workgroups import ENGINE, PRIMARY, WorkGroups
from mesh_core.localaws.aws_error import AwsError, denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.protocol import Handler, JsonApi

if TYPE_CHECKING:
    from mesh_core.localaws.athena.engine import Cancel

WIDTH = 2
"""Queries that run at once: more only share the same cores."""
TIME_LIMIT_S = 30 * 60
"""Athena's own default for queries."""
SHORT_S = 0.5
"""A query that ends within this time is finished when StartQueryExecution answers: clients poll once a second."""


class AthenaService:
    """The operations of Athena. `engine` makes the engine when the first query needs it, `switch` stops a query."""

    def __init__(
        self,
        ctx: Context,
        engine: Callable[[], Any] | None = None,
        switch: Callable[[], Cancel] | None = None,
        time_limit_s: float = TIME_LIMIT_S,
        short_s: float = SHORT_S,
    ) -> None:
        self._ctx, self._short_s = ctx, short_s
        self.groups = WorkGroups(ctx)
        self.named = NamedQueries(ctx, self.groups)
        self.prepared = PreparedStatements(ctx, self.groups)
        history = History(ctx.store)
        history.close_unfinished(ctx.now().timestamp())
        self._history, self._switch = history, switch or _switch
        self._engine = _Once(engine or (lambda: _engine(ctx)))
        runner = Runner(ctx, self.groups, self.prepared, self._engine.get)
        self._pool = Pool(history, runner, WIDTH, time_limit_s)

    def api(self) -> JsonApi:
        """The operations over Athena's protocol; the caller's policies are asked about the work group of each."""
        return JsonApi("athena", self.handlers(), self.authorize)

    def close(self) -> None:
        """Stop what runs, and close the engine."""
        self._pool.close()
        self._engine.close()

    def handlers(self) -> dict[str, Handler]:
        """Operation name -> handler."""
        groups, named, prepared = self.groups, self.named, self.prepared
        return {
            "StartQueryExecution": self.start,
            "StopQueryExecution": self.stop,
            "GetQueryExecution": self.get,
            "BatchGetQueryExecution": self.batch_get,
            "ListQueryExecutions": self.list,
            "GetQueryResults": self.results,
            "GetQueryRuntimeStatistics": self.statistics,
            "CreateWorkGroup": groups.create,
            "GetWorkGroup": groups.describe,
            "UpdateWorkGroup": groups.update,
            "DeleteWorkGroup": groups.delete,
            "ListWorkGroups": groups.list,
            "TagResource": groups.tag,
            "UntagResource": groups.untag,
            "ListTagsForResource": groups.tags,
            "CreateNamedQuery": named.create,
            "GetNamedQuery": named.get,
            "BatchGetNamedQuery": named.batch_get,
            "UpdateNamedQuery": named.update,
            "DeleteNamedQuery": named.delete,
            "ListNamedQueries": named.list,
            "CreatePreparedStatement": prepared.create,
            "GetPreparedStatement": prepared.get,
            "BatchGetPreparedStatement": prepared.batch_get,
            "UpdatePreparedStatement": prepared.update,
            "DeletePreparedStatement": prepared.delete,
            "ListPreparedStatements": prepared.list,
            "ListEngineVersions": self.engines,
            **catalogs.Catalogs(self._ctx).handlers(),
        }

    def authorize(self, caller: Caller, operation: str, params: dict[str, Any]) -> None:
        """AwsError AccessDeniedException unless identity policies allow the operation on its resource."""
        for resource in self._resources(operation, params):
            if not self._ctx.iam.allows(caller, f"athena:{operation}", resource):
                raise denied(
                    f"User: {caller.arn} is not authorized to perform: athena:{operation} on resource: {resource} "
                    f"because no identity-based policy allows the athena:{operation} action"
                )

    def _resources(self, operation: str, params: dict[str, Any]) -> list[str]:
        if operation in ("ListWorkGroups", "ListEngineVersions", "ListDataCatalogs"):
            return ["*"]
        if "ResourceARN" in params:
            return [params["ResourceARN"]]
        if "CatalogName" in params or operation == "GetDataCatalog":
            return [catalogs.arn(self._ctx, params.get("CatalogName") or params["Name"])]
        return [self.groups.arn(group) for group in self._work_groups_of(operation, params)]

    def _work_groups_of(self, operation: str, params: dict[str, Any]) -> list[str]:
        executions = params.get("QueryExecutionIds") or [params[key] for key in ("QueryExecutionId",) if key in params]
        if executions:
            found = [self._pool.get(each) for each in executions]
            return sorted({each.work_group for each in found if each} or {PRIMARY})
        queries = params.get("NamedQueryIds") or [params[key] for key in ("NamedQueryId",) if key in params]
        if queries:
            return sorted({self.named.work_group_of(each) for each in queries})
        return [params.get("WorkGroup") or (params["Name"] if operation == "CreateWorkGroup" else PRIMARY)]

    def start(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """StartQueryExecution: checks, queues, and waits a moment."""
        group = self.groups.enabled(params.get("WorkGroup") or PRIMARY)
        asked = params.get("ResultConfiguration", {}).get("OutputLocation")
        folder = S3Path.parse(group.output_location(asked))
        fingerprint = _fingerprint(params)
        token = params.get("ClientRequestToken")
        if token and (known := self._with_token(caller, token)):
            if known.fingerprint != fingerprint:
                raise invalid_request("Idempotent parameters do not match", "IDEMPOTENT_PARAMETER_MISMATCH")
            return {"QueryExecutionId": known.id}
        statement = self._kind(params["QueryString"], group.name)
        self._require_bucket(folder)
        execution_id = str(uuid.uuid4())
        context = params.get("QueryExecutionContext", {})
        database = context.get("Database")
        execution = Execution(
            id=execution_id,
            query=params["QueryString"],
            statement_type=statement.statement_type,
            substatement_type=statement.substatement_type,
            work_group=group.name,
            principal=caller.principal,
            database=database.strip('`"').lower() if database else None,
            catalog=context.get("Catalog"),
            output=str(folder.under(output_name(statement.substatement_type, statement.statement_type, execution_id))),
            submitted_s=self._ctx.now().timestamp(),
            parameters=list(params.get("ExecutionParameters", [])),
            token=token,
            fingerprint=fingerprint,
            reuse=params.get("ResultReuseConfiguration"),
        )
        self._pool.submit(Job(execution, caller, self._switch()), self._short_s)
        return {"QueryExecutionId": execution_id}

    def _kind(self, text: str, group: str) -> Kind:
        """What a statement is, EXECUTE being what it executes. AwsError for one that Athena does not know."""
        try:
            form = parse(text)
            if isinstance(form, Execute):
                prepared = self.prepared.text(group, form.name)
                return kind(parse(prepared) if prepared else form)
            return kind(parse(form.sql) if isinstance(form, ExecuteImmediate) else form)
        except SyntaxFault as fault:
            raise invalid_request(fault.message, "MALFORMED_QUERY") from fault

    def _with_token(self, caller: Caller, token: str) -> Execution | None:
        for execution in self._pool.live():
            if execution.token == token and execution.principal == caller.principal:
                return execution
        return self._history.with_token(caller.principal, token)

    def _require_bucket(self, folder: S3Path) -> None:
        try:
            self._ctx.objects.files(folder.bucket, "\0")
        except AwsError as error:
            raise invalid_request(f"Unable to verify/create output bucket {folder.bucket}: {error.message}") from error

    def _require(self, execution_id: str) -> Execution:
        found = self._pool.get(execution_id)
        if found is None:
            raise invalid_request(f"QueryExecution {execution_id} was not found", "QUERY_EXECUTION_NOT_FOUND")
        return found

    def stop(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """StopQueryExecution; a finished one stays as it is."""
        self._require(params["QueryExecutionId"])
        self._pool.stop(params["QueryExecutionId"], "Query was canceled by the user", self._short_s)
        return {}

    def get(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """GetQueryExecution."""
        return {"QueryExecution": document(self._require(params["QueryExecutionId"]))}

    def batch_get(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """BatchGetQueryExecution."""
        found = {each: self._pool.get(each) for each in params["QueryExecutionIds"]}
        missing = [
            {
                "QueryExecutionId": each,
                "ErrorCode": "QUERY_EXECUTION_NOT_FOUND",
                "ErrorMessage": f"QueryExecution {each} was not found",
            }
            for each, execution in found.items()
            if execution is None
        ]
        known = [document(execution) for execution in found.values() if execution]
        return {"QueryExecutions": known, "UnprocessedQueryExecutionIds": missing}

    def list(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """ListQueryExecutions of a work group, newest first."""
        group = self.groups.get(params.get("WorkGroup") or PRIMARY).name
        live = {execution.id: execution.submitted_s for execution in self._pool.live() if execution.work_group == group}
        known = {execution_id: submitted_s for submitted_s, execution_id in self._history.newest(group)}
        ordered = sorted((known | live).items(), key=lambda item: item[1], reverse=True)
        found, following = page([execution_id for execution_id, _ in ordered], params)
        return {"QueryExecutionIds": found, **following}

    def results(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """GetQueryResults: read with the caller's own rights on the result's file."""
        limit = params.get("MaxResults", MAX_ROWS)
        if limit > MAX_ROWS:
            raise invalid_request(f"MaxResults is more than maximum allowed length {MAX_ROWS}.")
        execution = self._require(params["QueryExecutionId"])
        if execution.state not in FINAL_STATES:
            raise invalid_request(
                f"Query has not yet finished. Current state: {execution.state}", "INVALID_QUERY_EXECUTION_STATE"
            )
        if execution.state != "SUCCEEDED":
            raise invalid_request(
                f"Query did not finish successfully. Final query state: {execution.state}",
                "INVALID_QUERY_EXECUTION_STATE",
            )
        return result_page(self._ctx, caller, execution, limit, params.get("NextToken"))

    def statistics(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """GetQueryRuntimeStatistics: the timeline and the rows; no stages, since one process runs the whole plan."""
        execution = self._require(params["QueryExecutionId"])
        timed = times(execution)
        timeline = {
            key: value for key, value in timed.items() if key not in ("DataScannedInBytes", "ResultReuseInformation")
        }
        rows = {
            "InputBytes": execution.bytes_scanned,
            "OutputRows": execution.row_count,
            "OutputBytes": execution.output_bytes,
        }
        return {"QueryRuntimeStatistics": {"Timeline": timeline, "Rows": rows}}

    def engines(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """ListEngineVersions."""
        version = ENGINE["EffectiveEngineVersion"]
        versions = [
            {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": version},
            {"SelectedEngineVersion": version, "EffectiveEngineVersion": version},
        ]
        return {"EngineVersions": versions}


class _Once:
    """An engine, made by whoever asks first."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None
        self._lock = threading.Lock()

    def get(self) -> Any:
        """The engine."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def close(self) -> None:
        """Close it, if there is one."""
        with self._lock:
            if self._made is not None:
                self._made.close()


def _engine(ctx: Context) -> Any:
    from mesh_core.localaws.athena.engine import QueryEngine

    return QueryEngine(ctx)


def _switch() -> Cancel:
    from mesh_core.localaws.athena.engine import Cancel

    return Cancel()


def _fingerprint(params: dict[str, Any]) -> str:
    """What must be equal for a repeated ClientRequestToken: Athena compares these and no others."""
    context = params.get("QueryExecutionContext", {})
    parts = [
        params["QueryString"],
        context.get("Catalog"),
        context.get("Database"),
        params.get("ResultConfiguration", {}).get("OutputLocation"),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
