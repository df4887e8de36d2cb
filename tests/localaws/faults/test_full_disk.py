"""On a small disk that is full: every request says so, nothing of it is there, reads go on, and so does the process."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mesh_core.localaws.s3 import index
from mesh_core.localaws.store import Store
from tests.localaws.conftest import EndpointProcess, policy
from tests.localaws.faults.cycle import FaultyEndpoint

SIZE = "56m"
BIG = os.urandom(3_000_000)
TRUST = policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
LONG = "x" * 2000
WIDE = [{"Name": f"c{number}", "Type": "string", "Comment": "c" * 200} for number in range(60)]
Send = Callable[[EndpointProcess], Any]


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of its own in memory, where this user may mount one."""
    folder = tmp_path_factory.mktemp("disk")
    mount = shutil.which("mount") or "false"
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=False)
    if mounted.returncode:
        pytest.skip("a small disk can't be mounted here: that needs the root's rights")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="module")
def endpoint(disk: Path) -> Iterator[EndpointProcess]:
    process = EndpointProcess(disk / "state")
    s3 = process.client("s3")
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="small", Body=b"x" * 1000)
    s3.put_object(Bucket="lake", Key="big", Body=BIG)
    process.make_role("reader")
    process.client("glue").create_database(DatabaseInput={"Name": "sales"})
    process.client("athena").create_work_group(
        Name="team",
        Configuration={
            "ResultConfiguration": {"OutputLocation": "s3://lake/results/"},
            "EnforceWorkGroupConfiguration": False,
        },
    )
    run("CREATE TABLE sales.t WITH (external_location='s3://lake/t/') AS SELECT 1 AS id")(process)
    yield process
    process.stop()


def run(sql: str) -> Send:
    return lambda endpoint: endpoint.sql(sql, WorkGroup="team")


def s3(operation: str, **arguments: Any) -> Send:
    return lambda endpoint: getattr(endpoint.client("s3"), operation)(Bucket="lake", **arguments)


CHANGES: dict[str, Send] = {
    "a small object": s3("put_object", Key="new", Body=b"y" * 1000),
    "an object above what waits in memory": s3("put_object", Key="new", Body=BIG),
    "a large one in chunks with a checksum": s3("put_object", Key="new", Body=BIG * 4, ChecksumAlgorithm="CRC32"),
    "an object in place of another": s3("put_object", Key="small", Body=b"y" * 100_000),
    "a copy": s3("copy_object", Key="new", CopySource={"Bucket": "lake", "Key": "big"}),
    "tags": s3("put_object_tagging", Key="small", Tagging={"TagSet": [{"Key": "k", "Value": "v" * 200}]}),
    "an upload": s3("create_multipart_upload", Key="new"),
    "a bucket": lambda endpoint: endpoint.client("s3").create_bucket(Bucket="new-bucket"),
    "a database": lambda endpoint: endpoint.client("glue").create_database(
        DatabaseInput={"Name": "new", "Description": LONG}
    ),
    "a table": lambda endpoint: endpoint.client("glue").create_table(
        DatabaseName="sales", TableInput={"Name": "new", "StorageDescriptor": {"Columns": WIDE}}
    ),
    "a role": lambda endpoint: endpoint.client("iam").create_role(
        RoleName="new", AssumeRolePolicyDocument=TRUST, Description=LONG[:900]
    ),
    "a session": lambda endpoint: endpoint.assume("reader"),
    "a named query": lambda endpoint: endpoint.client("athena").create_named_query(
        Name="new", Database="sales", QueryString=f"SELECT 1 -- {LONG}", WorkGroup="team"
    ),
    "a query": run("SELECT 1"),
    "a query with a large result": run("SELECT x, x AS y, x AS z FROM UNNEST(sequence(1, 3000)) AS t (x)"),
    "a query of a table": run("SELECT * FROM sales.t"),
    "a CTAS": run("CREATE TABLE sales.made WITH (external_location='s3://lake/new/') AS SELECT * FROM sales.t"),
    "an INSERT": run("INSERT INTO sales.t VALUES (2)"),
    "a definition": run("CREATE DATABASE defined"),
}


def picture(endpoint: EndpointProcess) -> Any:
    """All that the changes could have changed, as reads show it."""
    s3, glue, athena = (endpoint.client(service) for service in ("s3", "glue", "athena"))
    objects = s3.list_objects_v2(Bucket="lake")["Contents"]
    return (
        [(one["Key"], one["ETag"]) for one in objects],
        {one["Key"]: s3.get_object(Bucket="lake", Key=one["Key"])["Body"].read() for one in objects},
        s3.get_object_tagging(Bucket="lake", Key="small")["TagSet"],
        s3.list_multipart_uploads(Bucket="lake").get("Uploads", []),
        [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
        [database["Name"] for database in glue.get_databases()["DatabaseList"]],
        [table["Name"] for table in glue.get_tables(DatabaseName="sales")["TableList"]],
        [role["RoleName"] for role in endpoint.client("iam").list_roles()["Roles"]],
        athena.list_named_queries(WorkGroup="team")["NamedQueryIds"],
    )


def executions(endpoint: EndpointProcess) -> list[dict[str, Any]]:
    athena = endpoint.client("athena")
    ids = athena.list_query_executions(WorkGroup="team")["QueryExecutionIds"]
    return [athena.get_query_execution(QueryExecutionId=one)["QueryExecution"]["Status"] for one in ids]


def refusal(send: Send, endpoint: EndpointProcess) -> str:
    """The text of a refusal for a full disk: an answer of status 507, or a statement that FAILED."""
    try:
        send(endpoint)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 507, error
        return str(error.response["Error"]["Message"])
    except AssertionError as error:  # sql() says the status of a statement that did not succeed
        return str(error)
    raise AssertionError("it was not refused")


def fill(disk: Path) -> Path:
    """Take every byte that is left."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        for size_bytes in (1 << 16, 1):
            try:
                while file.write(b"\0" * size_bytes):
                    pass
            except OSError:
                continue
    return filler


def test_everything_is_refused_by_name_and_nothing_is_there(endpoint: EndpointProcess, disk: Path) -> None:
    before = picture(endpoint)
    filler = fill(disk)
    try:
        for name, send in CHANGES.items():
            text = refusal(send, endpoint)
            assert f"The disk that holds {disk}/state" in text and "is full" in text, (name, text)
            assert "Free some space, then" in text, (name, text)
            assert picture(endpoint) == before, name
        assert {status["State"] for status in executions(endpoint)} <= {"SUCCEEDED", "FAILED"}
    finally:
        filler.unlink()
    known = index_of(disk)
    assert {f"{file.parent.name}/{file.name}" for file in (disk / "state" / "objects").glob("*/*")} == known


def index_of(disk: Path) -> set[str]:
    with Store(disk / "state").read() as db:
        return index.known_files(db)


def test_with_space_again_the_same_process_does_it_all(endpoint: EndpointProcess, disk: Path) -> None:
    fill(disk).unlink()
    before = picture(endpoint)
    for send in CHANGES.values():
        send(endpoint)
    after = picture(endpoint)
    assert all(one != other for one, other in zip(before[2:], after[2:], strict=True))
    endpoint.kill()
    endpoint.start()
    assert picture(endpoint) == after


def test_a_disk_that_fills_up_while_it_is_written_loses_only_what_did_not_fit(tmp_path: Path) -> None:
    endpoint = FaultyEndpoint(tmp_path / "state")
    endpoint.client("s3").create_bucket(Bucket="lake")
    endpoint.plan = {"fail": {"event": "fsync", "from": 5, "to": 7}}  # behind those of the start itself
    endpoint.restart()
    kept: list[str] = []
    for key in "abcdefgh":
        try:
            endpoint.client("s3").put_object(Bucket="lake", Key=key, Body=b"some bytes")
            kept.append(key)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "InsufficientStorage"
    found = [one["Key"] for one in endpoint.client("s3").list_objects_v2(Bucket="lake")["Contents"]]
    assert found == kept and 5 <= len(kept) < 8
    endpoint.kill()
