"""The meshes of the conformance suite in one process: Glue, Lake Formation, Athena and S3 behind their own protocols.

A fixture is built once and its folder copied for each world. Steps and questions are short texts and tuples, so that a
table of cases can be read:

    grant("analyst", table("sales.orders"), "SELECT")          a step
    asks("analyst", "SELECT * FROM sales.orders")              what a statement answers
    asks("analyst", "glue", "GetTable", DatabaseName=..., ...) what an operation answers
"""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jmespath
import pyarrow as pa
import pyarrow.parquet as pq

from mesh_core.localaws.athena.service import AthenaService
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.catalog import Catalog
from mesh_core.localaws.glue.service import GlueService
from mesh_core.localaws.http import Request
from mesh_core.localaws.lakeformation.lake import Lake
from mesh_core.localaws.lakeformation.service import LakeFormationService
from mesh_core.localaws.protocol import Handler, JsonApi
from mesh_core.localaws.s3.objects import ObjectStore
from mesh_core.localaws.store import Store
from tests.conformance import lf_runner
from tests.localaws.athena_world import now

SUITE = json.loads((Path(lf_runner.__file__).parent / "lf_cases.json").read_text())
ACCOUNT = SUITE["conventions"]["account"]
ROLES: dict[str, str] = SUITE["conventions"]["principals"]
BUCKETS = ("mesh-lake", "mesh-open", "mesh-results", "other-bucket")
TARGETS = {"glue": "AWSGlue", "athena": "AmazonAthena", "lakeformation": ""}
EVERYBODY, IAM_ALLOWED = f"{ACCOUNT}:IAMPrincipals", "IAM_ALLOWED_PRINCIPALS"


@dataclass(frozen=True)
class Step:
    """Something that somebody does: an operation, or a statement."""

    who: str
    service: str
    operation: str
    params: Mapping[str, Any] = field(default_factory=dict)


def asks(who: str, service: str, operation: str = "", **params: Any) -> Step:
    """An operation of a service; or a statement, when only one text is given."""
    return Step(who, service, operation, params) if operation else Step(who, "sql", service)


def arn(who: str) -> str:
    """A principal's identifier, by the suite's short name."""
    return ROLES.get(who, who)


def caller(who: str) -> Caller:
    """Who signed."""
    if who == "root":
        root = f"arn:aws:iam::{ACCOUNT}:root"
        return Caller(ACCOUNT, root, root, "AKIAROOT")
    role = arn(who).rsplit("/", 1)[-1]
    return Caller(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{who}", arn(who), "ASIATEST")


class AllowingIam:
    """IAM is out of the way: every role may call everything."""

    def allows(self, caller: Caller, action: str, resource: str = "*") -> bool:
        return True

    def principal_exists(self, principal: str) -> bool:
        return principal in ROLES.values()

    def session_tags(self, caller: Caller) -> dict[str, str]:
        return {}


class Refused(Exception):
    """An operation was refused, or a statement failed: `code` is what the suite calls it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class World:
    """One account on a folder."""

    def __init__(self, folder: Path) -> None:
        store = Store(folder)
        catalog = Catalog(store, ACCOUNT, now)
        lake = Lake(store, ACCOUNT, catalog, now)
        temp = folder / "temp"
        temp.mkdir(exist_ok=True)
        self.objects = ObjectStore(store, folder / "objects", now, lambda _, __, bucket, ___: bucket != "mesh-lake")
        parts: Any = (store, ACCOUNT, "us-east-1", temp, now, AllowingIam(), self.objects, catalog, lake)
        self.lake, self.context = lake, Context(*parts)
        self._athena = AthenaService(self.context)
        self._handlers: dict[str, Mapping[str, Handler]] = {
            "glue": GlueService(self.context).handlers,
            "lakeformation": LakeFormationService(self.context).handlers,
            "athena": self._athena.handlers(),
        }

    def close(self) -> None:
        self._athena.close()

    def do(self, step: Step, in_database: str = "default") -> Any:
        """An operation's answer, or a statement's (columns, rows). Refused."""
        if step.service == "sql":
            return self._sql(step.who, step.operation, in_database)
        return self._call(step.who, step.service, step.operation, dict(step.params))

    def _call(self, who: str, service: str, operation: str, params: dict[str, Any]) -> Any:
        body = io.BytesIO(json.dumps(params).encode())
        headers = {"x-amz-target": f"{TARGETS[service]}.{operation}"}
        api = _api(service, tuple(self._handlers[service]))
        api.handlers = self._handlers[service]
        reply = api.handle(Request("POST", f"/{operation}", f"/{operation}", (), headers, body), caller(who))
        answer = json.loads(reply.body)
        if reply.status != 200:
            raise Refused(answer["__type"], answer["message"])
        return answer

    def _sql(self, who: str, sql: str, in_database: str) -> tuple[list[str], list[list[str | None]]]:
        place = {
            "ResultConfiguration": {"OutputLocation": lf_runner.RESULTS},
            "QueryExecutionContext": {"Database": in_database},
        }
        started = self._call(who, "athena", "StartQueryExecution", {"QueryString": sql, **place})
        while True:
            found = self._call(who, "athena", "GetQueryExecution", started)["QueryExecution"]
            if found["Status"]["State"] not in ("QUEUED", "RUNNING"):
                break
        if found["Status"]["State"] != "SUCCEEDED":
            reason = found["Status"]["StateChangeReason"]
            raise Refused(lf_runner.sql_error_class(reason), reason)
        got = self._call(who, "athena", "GetQueryResults", started)["ResultSet"]
        columns = [column["Name"] for column in got["ResultSetMetadata"]["ColumnInfo"]]
        rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in got["Rows"]]
        return columns, rows[1:] if rows and rows[0] == columns else rows


class _Api(JsonApi):
    """A protocol whose service's model is read once; each world puts its own handlers behind it."""

    handlers: Mapping[str, Handler]

    def __init__(self, service: str, operations: tuple[str, ...]) -> None:
        behind = {name: partial(self._answer, name) for name in operations}
        super().__init__(service, behind, lambda *_: None)

    def _answer(self, operation: str, caller: Caller, params: dict[str, Any]) -> dict[str, Any] | None:
        return self.handlers[operation](caller, params)


@cache
def _api(service: str, operations: tuple[str, ...]) -> _Api:
    return _Api(service, operations)


@cache
def _fixture(name: str) -> TemporaryDirectory[str]:
    folder = TemporaryDirectory(prefix="mesh-fixture-")
    definition = SUITE["fixtures"][name]
    if definition.get("extends"):
        shutil.copytree(_fixture(definition["extends"]).name, folder.name, dirs_exist_ok=True)
    world = World(Path(folder.name))
    if not definition.get("extends"):
        for bucket in BUCKETS:
            world.objects.buckets.create(bucket, "us-east-1")
    owners = {}
    for step in definition["steps"]:
        first = step["op"] == "put_data_lake_settings"
        who, operation = ("root" if first else step.get("as", "admin")), _api_name(step["op"])
        world.do(Step(who, step["service"], operation, step["params"]))
        if operation == "CreateTable":
            owners[f"{step['params']['DatabaseName']}.{step['params']['TableInput']['Name']}"] = (who, step["params"])
    for full_name, content in definition.get("data", {}).items():
        _load(world, content, *owners[full_name])
    world.close()
    world.context.store.fold()
    _FIXTURES.append(world)  # a connection that is collected would take its files away while they are copied
    return folder


_FIXTURES: list[World] = []


def _api_name(method: str) -> str:
    name = "".join(part.capitalize() for part in method.split("_"))
    return name.replace("LfTag", "LFTag")


def _load(world: World, content: dict[str, Any], owner: str, params: dict[str, Any]) -> None:
    storage = params["TableInput"]["StorageDescriptor"]
    types = {column["Name"]: lf_runner.ARROW[column["Type"]] for column in storage["Columns"]}
    keys = [key["Name"] for key in params["TableInput"].get("PartitionKeys", [])]
    bucket, _, prefix = storage["Location"].removeprefix("s3://").partition("/")
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in content["rows"]:
        record = dict(zip(content["columns"], row, strict=True))
        groups.setdefault(tuple(record[key] for key in keys), []).append(record)
    for values, records in groups.items():
        out = io.BytesIO()
        pq.write_table(pa.table({name: pa.array([r[name] for r in records], of) for name, of in types.items()}), out)
        folder = "".join(f"{key}={value}/" for key, value in zip(keys, values, strict=True))
        world.objects.put(bucket, f"{prefix}{folder}part-0.parquet", out.getvalue())
        if keys:
            at = {**storage, "Location": f"{storage['Location']}{folder}"}
            wanted = {"Values": [str(value) for value in values], "StorageDescriptor": at}
            names = {"DatabaseName": params["DatabaseName"], "TableName": params["TableInput"]["Name"]}
            world.do(asks(owner, "glue", "CreatePartition", **names, PartitionInput=wanted))


def mesh(name: str, folder: Path) -> World:
    """A world with the state of a fixture, in a folder of its own."""
    shutil.copytree(_fixture(name).name, folder, dirs_exist_ok=True)
    return World(folder)


# resources


def table(name: str) -> dict[str, Any]:
    """`sales.orders`, or `sales.*` for ALL_TABLES."""
    database, _, own = name.partition(".")
    return {"Table": {"DatabaseName": database, **({"TableWildcard": {}} if own == "*" else {"Name": own})}}


def database(name: str) -> dict[str, Any]:
    return {"Database": {"Name": name}}


def columns(name: str, *names: str) -> dict[str, Any]:
    owner, _, own = name.partition(".")
    return {"TableWithColumns": {"DatabaseName": owner, "Name": own, "ColumnNames": list(names)}}


def but(name: str, *names: str) -> dict[str, Any]:
    owner, _, own = name.partition(".")
    wildcard = {"ExcludedColumnNames": list(names)} if names else {}
    return {"TableWithColumns": {"DatabaseName": owner, "Name": own, "ColumnWildcard": wildcard}}


def pairs(text: str) -> list[dict[str, Any]]:
    """`domain=sales,hr env=prod` as [{TagKey, TagValues}]."""
    parts = (part.split("=", 1) for part in text.split())
    return [{"TagKey": key, "TagValues": values.split(",")} for key, values in parts]


def policy(text: str, kind: str = "TABLE") -> dict[str, Any]:
    return {"LFTagPolicy": {"ResourceType": kind, "Expression": pairs(text)}}


def saved(name: str, kind: str = "TABLE") -> dict[str, Any]:
    return {"LFTagPolicy": {"ResourceType": kind, "ExpressionName": name}}


def tag(text: str) -> dict[str, Any]:
    return {"LFTag": pairs(text)[0]}


def cells(name: str, filter_name: str) -> dict[str, Any]:
    owner, _, own = name.partition(".")
    return {
        "DataCellsFilter": {"TableCatalogId": ACCOUNT, "DatabaseName": owner, "TableName": own, "Name": filter_name}
    }


def location(path: str) -> dict[str, Any]:
    return {"DataLocation": {"ResourceArn": f"arn:aws:s3:::{path}"}}


CATALOG: dict[str, Any] = {"Catalog": {}}

# steps


def grant(to: str, resource: dict[str, Any], *permissions: str, passing: str = "", by: str = "admin") -> Step:
    """`passing`: the permissions that may be passed on, in one text."""
    return asks(by, "lakeformation", "GrantPermissions", **_entry(to, resource, permissions, passing.split()))


def revoke(of: str, resource: dict[str, Any], *permissions: str, passing: str = "", by: str = "admin") -> Step:
    return asks(by, "lakeformation", "RevokePermissions", **_entry(of, resource, permissions, passing.split()))


def _entry(who: str, resource: dict[str, Any], permissions: tuple[str, ...], passing: list[str]) -> dict[str, Any]:
    return {
        "Principal": {"DataLakePrincipalIdentifier": arn(who)},
        "Resource": resource,
        "Permissions": list(permissions),
        "PermissionsWithGrantOption": passing,
    }


def tagged(resource: dict[str, Any], text: str, by: str = "admin") -> Step:
    return asks(by, "lakeformation", "AddLFTagsToResource", Resource=resource, LFTags=pairs(text))


def untagged(resource: dict[str, Any], text: str, by: str = "admin") -> Step:
    return asks(by, "lakeformation", "RemoveLFTagsFromResource", Resource=resource, LFTags=pairs(text))


def filtered(name: str, filter_name: str, rows: str | None = None, by: str = "admin", **chosen: Any) -> Step:
    """A new data cells filter; columns by ColumnNames or ColumnWildcard, all of them by default."""
    row_filter: dict[str, Any] = {"AllRowsWildcard": {}} if rows is None else {"FilterExpression": rows}
    data = {**cells(name, filter_name)["DataCellsFilter"], "RowFilter": row_filter}
    return asks(by, "lakeformation", "CreateDataCellsFilter", TableData=data | (chosen or {"ColumnWildcard": {}}))


def settings(**given: Any) -> Step:
    """PutDataLakeSettings by `admin`; lists of short names for the administrators."""
    named = {
        member: [{"DataLakePrincipalIdentifier": arn(who)} for who in given.pop(member)]
        for member in ("DataLakeAdmins", "ReadOnlyAdmins")
        if member in given
    }
    document = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": arn("admin")}], **named, **given}
    return asks("admin", "lakeformation", "PutDataLakeSettings", DataLakeSettings=document)


def creates(who: str, name: str, text: str = "lead_id:int source:string", at: str = "", keys: str = "") -> Step:
    """CreateTable of `sales.leads`, at its folder in the lake unless `at` names another."""
    owner, _, own = name.partition(".")
    storage = {
        "Columns": _fields(text),
        "Location": at or f"s3://mesh-lake/{owner}/{own}/",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    }
    table_input = {"Name": own, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
    return asks(
        who, "glue", "CreateTable", DatabaseName=owner, TableInput={**table_input, "PartitionKeys": _fields(keys)}
    )


def _fields(text: str) -> list[dict[str, str]]:
    return [dict(zip(("Name", "Type"), part.split(":", 1), strict=True)) for part in text.split()]


def gets(who: str, name: str) -> Step:
    """GetTable."""
    owner, _, own = name.partition(".")
    return asks(who, "glue", "GetTable", DatabaseName=owner, Name=own)


# expectations


@dataclass(frozen=True)
class Case:
    """After the steps, the question is answered as expected.

    expect   a list: a statement's rows (order free); a text: its columns' names; a dict: JMESPath -> value in an
             operation's answer; None: it is done; codes() of a refusal
    """

    steps: tuple[Step, ...]
    ask: Step
    expect: Any
    fixture: str = "mesh-tagged"


@dataclass(frozen=True)
class Codes:
    any_of: tuple[str, ...]


def codes(*any_of: str) -> Codes:
    """The question is refused with one of these codes."""
    return Codes(any_of)


def chosen(cases: Mapping[str, Any], *always: str) -> list[str]:
    """Names of cases to run: every eighth and those that once failed; all of them when MESH_CASES is `all`."""
    names = list(cases)
    if os.environ.get("MESH_CASES") == "all":
        return names
    return list(dict.fromkeys([*always, *names[::8]]))


HIDDEN = codes("AccessDenied", "TableNotFound")
NO_COLUMN = codes("ColumnNotFound")
UNREADABLE = codes("ColumnNotFound", "AccessDenied")
DENIED = codes("AccessDeniedException")
INVALID = codes("InvalidInputException")
MISSING = codes("EntityNotFoundException")


def check(case: Case, folder: Path) -> None:
    """AssertionError unless the answer is the expected one. Refused when a step is."""
    world = mesh(case.fixture, folder)
    try:
        for step in case.steps:
            world.do(step)
        _judge(case, world)
    finally:
        world.close()


def _judge(case: Case, world: World) -> None:
    try:
        answer = world.do(case.ask)
    except Refused as refusal:
        assert isinstance(case.expect, Codes), refusal
        assert refusal.code.partition(" ")[0] in case.expect.any_of, refusal
        return
    assert not isinstance(case.expect, Codes), answer
    match case.expect:
        case str():
            assert answer[0] == case.expect.split()
        case list():
            assert lf_runner.same_rows(case.expect, answer[1]), answer
        case dict():
            for path, wanted in case.expect.items():
                assert jmespath.search(path, answer) == wanted, (path, answer)
