"""An endpoint process for the benchmarks, with clients that need no settings: `with endpoint(folder) as running`."""

import configparser
import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from scripts.portal_process import ROOT, environment

POLL_S = 0.005
# One attempt: an error must be seen, not repeated; connections enough for the crowd.
CONFIG = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, max_pool_connections=32)


class QueryError(Exception):
    """A statement did not succeed; the text is Athena's."""


@dataclass(frozen=True)
class Running:
    """An endpoint that answers. `clients` makes boto3 clients of the root; `as_role` of a role."""

    url: str
    pid: int
    session: boto3.Session
    made: dict[tuple[str, str | None], Any] = field(default_factory=dict)

    def client(self, service: str, role: str | None = None) -> Any:
        """A client of the root, or of a role of that name (assumed once); made once."""
        if (service, role) not in self.made:
            session = self.session if role is None else self.assumed(role)
            self.made[service, role] = session.client(service, endpoint_url=self.url, config=CONFIG)
        return self.made[service, role]

    def assumed(self, role: str) -> boto3.Session:
        """A session of a role; it outlives the process, as long as the role does."""
        account = self.client("sts").get_caller_identity()["Account"]
        arn = f"arn:aws:iam::{account}:role/{role}"
        got = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="bench")["Credentials"]
        key, secret, token = got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"]
        return boto3.Session(key, secret, token, region_name=self.session.region_name)


@contextlib.contextmanager
def process(folder: Path, *arguments: str) -> Iterator[tuple[int, dict[str, str]]]:
    """A fresh process on a state folder: its id and what it said when it was ready. It ends with the block."""
    command = [sys.executable, "-m", "mesh_core.localaws", "--data-dir", str(folder), *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdin is not None and started.stdout is not None
        yield started.pid, json.loads(started.stdout.readline())
        started.stdin.close()


@contextlib.contextmanager
def endpoint(folder: Path, *arguments: str) -> Iterator[Running]:
    """The same, with clients."""
    with process(folder, *arguments) as (pid, ready):
        yield Running(ready["endpoint"], pid, root_session(folder, ready["region"]))


def root_session(folder: Path, region: str = "us-east-1") -> boto3.Session:
    """A session with the root's key of a state folder."""
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(folder / "credentials")
    key, secret = ini["root"]["aws_access_key_id"], ini["root"]["aws_secret_access_key"]
    return boto3.Session(key, secret, region_name=region)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_role(running: Running, name: str, actions: Sequence[str] = ("*",)) -> str:
    """A role that everybody in the account may assume and that IAM lets do these actions; its ARN."""
    iam, account = running.client("iam"), running.client("sts").get_caller_identity()["Account"]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=_policy(allow))
    return arn


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def ask(athena: Any, sql: str, database: str, output: str) -> list[Any]:
    """Start a statement, wait for its end, read its first page of rows (the header left out). QueryError."""
    started = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": database},
        ResultConfiguration={"OutputLocation": output},
    )["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(POLL_S)
    if status["State"] != "SUCCEEDED":
        raise QueryError(f"{sql}\n{status.get('StateChangeReason')}")
    rows: list[Any] = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    return rows[1:]
