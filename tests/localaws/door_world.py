"""One endpoint in this process with the tables of door_data, its personas, and each person's way to speak to it.

Requests are signed and go through the gate, so that nothing is skipped but the socket. Personas get their roles and
work groups as the demo mesh makes them; the ones who try doors may besides call everything of Glue and Lake Formation,
so that Lake Formation alone stands between them and the tables.
"""

from __future__ import annotations

import io
import itertools
import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mesh_core.domain import steps
from mesh_core.domain.foundation import persona_steps
from mesh_core.domain.names import Naming
from mesh_core.domain.world import World as Mesh
from mesh_core.localaws.folder import Folder
from mesh_core.localaws.listener import HEADERS
from mesh_core.localaws.server import assemble
from tests.localaws import door_data as data
from tests.localaws.door_rules import EVERYBODY, IAM_ALLOWED, Table

ACCOUNT, REGION, PORT = "000000000000", "us-east-1", 4712
NAMING = Naming(ACCOUNT, REGION)
OWN = "mesh-own-000000000000-us-east-1"
PEOPLE = ("owner", "reader", "other")
VOCABULARY = {"key_a": ["val_1", "val_2"], "key_b": ["val_1", "val_2"], "key_c": ["val_1"]}
QUERY_S = 30
_TARGETS = {"glue": "AWSGlue.", "athena": "AmazonAthena."}
_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def arn(principal: str) -> str:
    """What grants call a principal."""
    if principal == IAM_ALLOWED:
        return principal
    return f"{ACCOUNT}:IAMPrincipals" if principal == EVERYBODY else NAMING.role_arn(principal)


@dataclass(frozen=True)
class Answer:
    """What came out: status, all of it as text, and what had been said by the asker himself."""

    status: int
    text: str
    said: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def document(self) -> Any:
        return json.JSONDecoder().raw_decode(self.text)[0]  # decoded texts of views may follow

    def __add__(self, more: Answer) -> Answer:
        return Answer(max(self.status, more.status), f"{self.text}\n{more.text}", f"{self.said}\n{more.said}")


@dataclass(frozen=True)
class Ran:
    """A statement that ended. rows: without the header; None for NULL."""

    id: str
    state: str
    reason: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    answer: Answer


class Person:
    """Somebody with credentials. Every answer is also kept in `heard` until it is judged."""

    def __init__(self, world: World, name: str, key: Credentials) -> None:
        self.world, self.name, self.key = world, name, key
        self.heard: list[Answer] = []

    def ask(self, service: str, operation: str, **params: Any) -> Answer:
        """One operation of Glue, Athena or Lake Formation."""
        body = json.dumps(params)
        if service == "lakeformation":
            return self._send(service, "POST", f"/{operation}", body.encode(), {"content-type": "application/json"})
        headers = {"x-amz-target": _TARGETS[service] + operation, "content-type": "application/x-amz-json-1.1"}
        return self._send(service, "POST", "/", body.encode(), headers)

    def s3(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        """One request to S3; path with bucket and query."""
        return self._send("s3", method, path, body, headers or {})

    def presigned(self, path: str) -> Answer:
        """GET with a presigned URL."""
        request = AWSRequest("GET", f"http://127.0.0.1:{PORT}{path}")
        S3SigV4QueryAuth(self.key, "s3", REGION, expires=60).add_auth(request)
        url = urlsplit(request.url)
        status, _, reply = self.world.answer("GET", f"{url.path}?{url.query}", {"host": url.netloc}, b"")
        self.heard.append(Answer(status, data.readable(reply), path))
        return self.heard[-1]

    def form(self, service: str, **params: str) -> Answer:
        """One operation of IAM or STS."""
        body = urlencode({"Version": {"iam": "2010-05-08", "sts": "2011-06-15"}[service], **params}).encode()
        return self._send(service, "POST", "/", body, {"content-type": "application/x-www-form-urlencoded"})

    def sql(self, text: str, **more: Any) -> Ran:
        """A statement, to its end."""
        start = self.ask("athena", "StartQueryExecution", QueryString=text, **({"WorkGroup": self.name} | more))
        if not start.ok:
            return Ran("", "REFUSED", start.text, (), (), start)
        number = start.document["QueryExecutionId"]
        deadline = time.monotonic() + QUERY_S
        while True:
            got = self.ask("athena", "GetQueryExecution", QueryExecutionId=number)
            status = got.document["QueryExecution"]["Status"]
            if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                break
            assert time.monotonic() < deadline, f"still {status['State']} after {QUERY_S} s: {text}"
            time.sleep(0.002)
        answer = Answer(got.status, got.text, text + json.dumps(more))
        if status["State"] != "SUCCEEDED":
            return Ran(number, status["State"], status.get("StateChangeReason", ""), (), (), answer)
        results = self.ask("athena", "GetQueryResults", QueryExecutionId=number)
        answer = Answer(results.status, got.text + results.text, answer.said)
        return Ran(number, "SUCCEEDED", "", *_table(results.document), answer)

    def _send(self, service: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        request = AWSRequest(method, f"http://127.0.0.1:{PORT}{path}", headers=headers, data=body)
        request.context["payload_signing_enabled"] = True
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(self.key, service, REGION).add_auth(request)
        sent = {k.lower(): v.decode() if isinstance(v, bytes) else str(v) for k, v in request.headers.items()}
        sent |= {"host": f"127.0.0.1:{PORT}", "content-length": str(len(body))}
        status, got, reply = self.world.answer(method, path, sent, body)
        said = f"{path}\n{body.decode('latin-1')}\n{headers}"
        answer = Answer(status, data.readable(reply) + f"\n{got}" * (service == "s3"), said, got)
        if service != "s3":
            answer = Answer(status, data.readable(reply), said)
        self.heard.append(answer)
        return answer


def _table(document: Any) -> tuple[tuple[str, ...], tuple[tuple[str | None, ...], ...]]:
    result = document["ResultSet"]
    columns = tuple(one["Name"] for one in result["ResultSetMetadata"].get("ColumnInfo", []))
    rows = [tuple(cell.get("VarCharValue") for cell in row.get("Data", [])) for row in result["Rows"]]
    return columns, tuple(rows[1:] if rows and rows[0] == columns else rows)


class World:
    """The endpoint with its tables; `steward` administers, `people` by name."""

    def __init__(self, folder: Path) -> None:
        self._endpoint = assemble(Folder(folder), PORT, REGION, ACCOUNT)
        self.numbers = itertools.count(1)
        self.root = Person(self, "root", self._root_key(folder))
        self._buckets()
        self.steward = self._person("steward")
        self.people = {name: self._person(name) for name in PEOPLE}
        self.owner, self.reader, self.other = (self.people[name] for name in PEOPLE)
        self._settle()
        self._tables()
        self._history()
        for person in (self.root, self.steward, *self.people.values()):
            person.heard.clear()

    def close(self) -> None:
        self._endpoint.close()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """One request, straight into the gate."""
        got: list[Any] = []
        environ = {"REQUEST_METHOD": method, "REQUEST_URI": path, HEADERS: headers, "wsgi.input": io.BytesIO(body)}
        chunks = self._endpoint.gate(environ, lambda status, out: got.extend((status, out)))
        reply = b"".join(chunks)
        assert b"SignatureDoesNotMatch" not in reply, f"refused for a reason of the test's own: {method} {path}"
        if hasattr(chunks, "close"):
            chunks.close()
        return int(got[0].split()[0]), dict(got[1]), reply

    def _root_key(self, folder: Path) -> Credentials:
        found = dict(re.findall(r"(aws_\w+) = (\S+)", (folder / "credentials").read_text()))
        return Credentials(found["aws_access_key_id"], found["aws_secret_access_key"])

    def _buckets(self) -> None:
        for bucket in (data.LAKE, data.HYBRID, OWN, NAMING.control_bucket):
            done(self.root.s3("PUT", f"/{bucket}"))
        versions = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        done(self.root.s3("PUT", f"/{data.LAKE}?versioning", versions))

    def _person(self, name: str) -> Person:
        """A role and a work group as the portal makes them, with what the tests add; assumed for twelve hours."""
        for step in persona_steps(Mesh(NAMING), name, "tries doors"):
            match step:
                case steps.CreateRole():
                    trust = {"AssumeRolePolicyDocument": step.trust, "MaxSessionDuration": "43200"}
                    done(self.root.form("iam", Action="CreateRole", RoleName=name, **trust))
                    policies = {"mesh": step.policy, "more": _more(name)}
                    for policy, text in policies.items():
                        named = {"RoleName": name, "PolicyName": policy, "PolicyDocument": text}
                        done(self.root.form("iam", Action="PutRolePolicy", **named))
                case steps.CreateWorkGroup():
                    result = {"OutputLocation": step.results_uri}
                    settings = {"ResultConfiguration": result, "EnforceWorkGroupConfiguration": True}
                    done(self.root.ask("athena", "CreateWorkGroup", Name=name, Configuration=settings))
        role = {"RoleArn": NAMING.role_arn(name), "RoleSessionName": name, "DurationSeconds": "43200"}
        text = done(self.root.form("sts", Action="AssumeRole", **role)).text
        parts = [re.findall(f"<{part}>([^<]+)", text)[0] for part in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
        return Person(self, name, Credentials(*parts))

    def _settle(self) -> None:
        settings = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": arn("steward")}]}
        defaults: dict[str, Any] = {"CreateDatabaseDefaultPermissions": [], "CreateTableDefaultPermissions": []}
        vended = {"AllowFullTableExternalDataAccess": True}  # to those who may read all of a table
        every = settings | defaults | vended
        done(self.root.ask("lakeformation", "PutDataLakeSettings", DataLakeSettings=every))
        for bucket in (data.LAKE, data.HYBRID):
            where = {"ResourceArn": f"arn:aws:s3:::{bucket}", "RoleArn": arn("steward")}
            hybrid = bucket == data.HYBRID
            done(self.steward.ask("lakeformation", "RegisterResource", HybridAccessEnabled=hybrid, **where))
            self.give("owner", {"DataLocation": {"ResourceArn": f"arn:aws:s3:::{bucket}"}}, "DATA_LOCATION_ACCESS")
        self.give("owner", {"Catalog": {}}, "CREATE_DATABASE")
        for key in VOCABULARY:
            self.make_tag(key)

    def make_tag(self, key: str) -> None:
        done(self.steward.ask("lakeformation", "CreateLFTag", TagKey=key, TagValues=VOCABULARY[key]))

    def give(self, to: str, resource: dict[str, Any], *permissions: str, back: bool = False) -> None:
        """A grant of the world's own, or the revoke of one."""
        principal = {"DataLakePrincipalIdentifier": arn(to)}
        entry = {"Principal": principal, "Resource": resource, "Permissions": list(permissions)}
        done(self.steward.ask("lakeformation", "RevokePermissions" if back else "GrantPermissions", **entry))

    def _tables(self) -> None:
        for name in data.DATABASES:
            done(self.owner.ask("glue", "CreateDatabase", DatabaseInput={"Name": name}))
        for file in data.files():
            done(self.root.s3("PUT", f"/{file.bucket}/{quote(file.key)}", file.body))
        for number, table in enumerate(data.BASES):
            self._table(table, number)
        reads = ", ".join(f"{leaf} AS {name}" for name, leaf in data.PLAIN.reads.items())
        self.must(self.owner, f"CREATE VIEW {data.PLAIN.name} AS SELECT {reads} FROM {data.A.name}")
        reads = ", ".join(f"{leaf} AS {name}" for name, leaf in data.PROTECTED.reads.items())
        made = f"CREATE PROTECTED MULTI DIALECT VIEW {data.PROTECTED.name} SECURITY DEFINER AS SELECT {reads}"
        self.must(self.owner, f"{made} FROM {data.B.name}")
        for name in ("reader", "other"):
            where = f"s3://{OWN}/{name}/"
            made_by = self.people[name]
            self.give(name, {"Catalog": {}}, "CREATE_DATABASE")
            done(made_by.ask("glue", "CreateDatabase", DatabaseInput={"Name": f"own_{name}", "LocationUri": where}))
            self.give(name, {"Catalog": {}}, "CREATE_DATABASE", back=True)

    def _table(self, table: Table, number: int) -> None:
        serde, folder, bucket = (
            (data.PARQUET_SERDE, "one", data.LAKE),
            (data.JSON_SERDE, "two", data.LAKE),
            (data.CSV_SERDE, "three", data.HYBRID),
        )[number]
        columns = [_column(name) for name in table.columns if name not in table.keys]
        document = {
            "Name": table.name.partition(".")[2],
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {
                "Columns": columns,
                "Location": f"s3://{bucket}/{folder}/",
                "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"field.delim": ","}},
                "SortColumns": [{"Column": columns[-1]["Name"], "SortOrder": 1}],
                "BucketColumns": [columns[-1]["Name"]],
            },
            "PartitionKeys": [_column(name) for name in table.keys],
            "Parameters": {"spark.sql.sources.schema": json.dumps(columns), "EXTERNAL": "TRUE"},
        }
        where = {"DatabaseName": table.database}
        first = json.loads(json.dumps(document))
        if table is data.A:
            first["StorageDescriptor"]["Columns"].append({"Name": data.OLD_COLUMN, "Type": "string"})
        done(self.owner.ask("glue", "CreateTable", **where, TableInput=first))
        if table is data.A:
            done(self.owner.ask("glue", "UpdateTable", **where, TableInput=document))
        if table.keys:
            self.must(self.owner, f"MSCK REPAIR TABLE {table.name}")
        self._statistics(table, where | {"TableName": document["Name"]})

    def _statistics(self, table: Table, where: dict[str, Any]) -> None:
        for name in table.columns:
            if data.TYPES[name] != "bigint":
                continue
            values = [row[name] for row in table.rows]
            counts = {"NumberOfNulls": 0, "NumberOfDistinctValues": 3}
            numbers = {"MinimumValue": min(values), "MaximumValue": max(values), **counts}
            found = {
                "ColumnName": name,
                "ColumnType": "bigint",
                "AnalyzedTime": 1,
                "StatisticsData": {"Type": "LONG", "LongColumnStatisticsData": numbers},
            }
            done(self.owner.ask("glue", "UpdateColumnStatisticsForTable", **where, ColumnStatisticsList=[found]))

    def _history(self) -> None:
        """What the owner has asked before: results, a prepared statement and a named query that hold values."""
        self.past = [self.must(self.owner, f"SELECT * FROM {table.name}").id for table in data.TABLES.values()]
        secret = f"SELECT count(*) FROM {data.A.name} WHERE col_a1 = '{data.text('a', 0, 1)}'"
        self.past.append(self.must(self.owner, secret).id)
        self.must(self.owner, f"PREPARE secret FROM {secret}")
        named = {"Name": "secret", "Database": "dat_1", "QueryString": secret, "WorkGroup": "owner"}
        self.named = done(self.owner.ask("athena", "CreateNamedQuery", **named)).document["NamedQueryId"]
        self.result_keys = [
            key
            for key in re.findall(r"<Key>([^<]+)", self.root.s3("GET", f"/{NAMING.control_bucket}?list-type=2").text)
            if key.startswith("results/owner/")
        ]

    def must(self, person: Person, sql: str) -> Ran:
        ran = person.sql(sql)
        assert ran.state == "SUCCEEDED", f"{sql}: {ran.reason}"
        return ran


def done(answer: Answer) -> Answer:
    """The answer of a request that must succeed."""
    assert answer.ok, f"{answer.said}\n-> {answer.text}"
    return answer


def _column(name: str) -> dict[str, str]:
    return {"Name": name, "Type": data.TYPES[name]}


def _more(name: str) -> str:
    """Everything of Glue and Lake Formation, and a place of one's own; the steward: everything."""
    own = [
        {"Effect": "Allow", "Action": ["glue:*", "lakeformation:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{OWN}/{name}/*"},
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": f"arn:aws:s3:::{OWN}"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": [_ALL] if name == "steward" else own})
