"""Athena on real stores, with a small engine in place of DuckDB that answers and ends as the test says."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mesh_core.localaws.athena.failures import QueryCancelled
from mesh_core.localaws.athena.service import AthenaService
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.catalog import Catalog
from mesh_core.localaws.glue.service import GlueService
from mesh_core.localaws.lakeformation.lake import Lake
from mesh_core.localaws.protocol import plain
from mesh_core.localaws.s3.objects import ObjectStore
from mesh_core.localaws.store import Store

ACCOUNT, REGION = "123456789012", "eu-west-1"
RESULTS = {"OutputLocation": "s3://results/athena/"}
WAIT_S, SHORT_S = 20, 0.2


def role(name: str) -> Caller:
    return Caller(
        ACCOUNT,
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/test",
        f"arn:aws:iam::{ACCOUNT}:role/{name}",
        f"ASIA{name.upper()}",
    )


OWNER, READER = role("owner"), role("reader")


class Policies:
    """Everything is allowed but what a test denies: (role, action prefix, resource prefix)."""

    def __init__(self) -> None:
        self.denied: list[tuple[str, str, str]] = []

    def deny(self, caller: Caller, action: str, resource: str = "") -> None:
        self.denied.append((caller.principal, action, resource))

    def allows(self, caller: Caller, action: str, resource: str = "*") -> bool:
        return not any(
            caller.principal == principal and action.startswith(verb) and resource.startswith(what)
            for principal, verb, what in self.denied
        )

    def principal_exists(self, arn: str) -> bool:
        return True


class Switch:
    def __init__(self) -> None:
        self.event = threading.Event()

    @property
    def cancelled(self) -> bool:
        return self.event.is_set()

    def cancel(self) -> None:
        self.event.set()


@dataclass(frozen=True)
class Named:
    name: str
    type: str


@dataclass(frozen=True)
class Selected:
    columns: tuple[Named, ...]
    row_count: int
    bytes_scanned: int
    basis: str = ""


class FakeEngine:
    """Answers `SELECT` texts from a table of CSV bodies; `SELECT wait` runs until it is cancelled or released."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[tuple[Named, ...], str]] = {}
        self.asked: list[tuple[str, str, tuple[str, ...]]] = []
        self.error: Exception | None = None
        self.bytes_scanned, self.closed = 7, False
        self.running, self.release = threading.Semaphore(0), threading.Event()

    def select(
        self,
        caller: Caller,
        sql: str,
        database: str,
        csv_to: Path,
        cancel: Switch,
        parameters: tuple[str, ...] = (),
    ) -> Selected:
        self.asked.append((sql, database, parameters))
        if self.error:
            raise self.error
        if sql == "SELECT wait":
            self._wait(cancel)
        columns, body = self.answers.get(sql, ((Named("n", "integer"),), '"n"\n"1"\n'))
        csv_to.write_text(body)
        return Selected(columns, body.count("\n") - 1, self.bytes_scanned)

    def _wait(self, cancel: Switch) -> None:
        self.running.release()
        while not (cancel.event.wait(0.01) or self.release.is_set()):
            pass
        if cancel.cancelled:
            raise QueryCancelled

    def describe(self, caller: Caller, sql: str, database: str) -> tuple[Named, ...]:
        return self.answers.get(sql, ((Named("n", "integer"),), ""))[0]

    def close(self) -> None:
        self.closed = True

    def explain(self, caller: Caller, sql: str, database: str) -> str:
        return "Fragment 0\n  - Output"


class World:
    """One account: its stores, its Athena, and short ways to use them."""

    def __init__(self, folder: Path, **service: Any) -> None:
        self.folder = folder
        self.policies, self.engine = Policies(), FakeEngine()
        self.start(**service)
        for bucket in ("results", "lake"):
            self.objects.buckets.create(bucket, REGION)

    def start(self, **service: Any) -> None:
        """Open the folder, as a new process does."""
        store = Store(self.folder)
        self.catalog = Catalog(store, ACCOUNT, now)
        self.objects = ObjectStore(store, self.folder / "objects", now, self._may)
        self.lake = Lake(store, ACCOUNT, self.catalog, now)
        temp = self.folder / "temp"
        temp.mkdir(exist_ok=True)
        self.ctx = Context(store, ACCOUNT, REGION, temp, now, self.policies, self.objects, self.catalog, self.lake)
        self.glue = GlueService(self.ctx)
        self.athena = AthenaService(
            self.ctx, **({"engine": lambda: self.engine, "switch": Switch, "short_s": SHORT_S} | service)
        )

    def close(self) -> None:
        """Stop what runs; close the engine's connections, each of which has threads of its own."""
        self.athena.close()

    def _may(self, caller: Caller, action: str, bucket: str, key: str) -> bool:
        return self.policies.allows(caller, action, f"{bucket}/{key}")

    def call(self, operation: str, params: dict[str, Any] | None = None, caller: Caller = OWNER) -> dict[str, Any]:
        """One operation, authorised as over the wire."""
        params = params or {}
        self.athena.authorize(caller, operation, params)
        return plain(self.athena.handlers()[operation](caller, params) or {})

    def refusal(self, operation: str, params: dict[str, Any] | None = None, caller: Caller = OWNER) -> AwsError:
        """The error that an operation answers with."""
        try:
            answer = self.call(operation, params, caller)
        except AwsError as error:
            return error
        raise AssertionError(f"{operation} was not refused: {answer}")

    def begin(self, sql: str, caller: Caller = OWNER, **more: Any) -> str:
        """Start a statement; its execution id."""
        params = {"QueryString": sql, "ResultConfiguration": RESULTS} | more
        return str(self.call("StartQueryExecution", params, caller)["QueryExecutionId"])

    def execution(self, execution_id: str, caller: Caller = OWNER) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GetQueryExecution", {"QueryExecutionId": execution_id}, caller)
        return dict(found["QueryExecution"])

    def finished(self, execution_id: str) -> dict[str, Any]:
        """The execution once it has finished."""
        deadline = threading.Event()
        for _ in range(WAIT_S * 100):
            found = self.execution(execution_id)
            if found["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return found
            deadline.wait(0.01)
        raise AssertionError(f"{execution_id} did not finish in {WAIT_S} s")

    def run(self, sql: str, caller: Caller = OWNER, **more: Any) -> dict[str, Any]:
        """Run a statement to its end; the execution."""
        return self.finished(self.begin(sql, caller, **more))

    def lines(self, sql: str, caller: Caller = OWNER, **more: Any) -> list[Any]:
        """Run a statement that succeeds; its rows, a row of one cell as its text."""
        done = self.run(sql, caller, **more)
        assert done["Status"]["State"] == "SUCCEEDED", done["Status"]
        rows = self.rows(done["QueryExecutionId"], caller)
        return [row[0] if len(row) == 1 else row for row in rows]

    def failure(self, sql: str, caller: Caller = OWNER, **more: Any) -> str:
        """Run a statement that fails; the reason."""
        done = self.run(sql, caller, **more)
        assert done["Status"]["State"] == "FAILED", done["Status"]
        return str(done["Status"]["StateChangeReason"])

    def rows(self, execution_id: str, caller: Caller = OWNER, **more: Any) -> list[list[str | None]]:
        answer = self.call("GetQueryResults", {"QueryExecutionId": execution_id, **more}, caller)
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in answer["ResultSet"]["Rows"]]

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        return [file.key for file in self.objects.files(bucket, prefix)]

    def text(self, uri: str) -> str:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return self.objects.get(bucket, key).decode()


def now() -> datetime:
    return datetime.now(UTC)
