"""A real endpoint process for the tests, and clients that speak to it as the root, as roles and as users."""

from __future__ import annotations

import configparser
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

START_S = 30
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def scrubbed_environment() -> dict[str, str]:
    """The environment without anything that AWS's libraries read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_", "MESH_"))}
    return kept | {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}


@pytest.fixture(autouse=True)
def _no_aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


class EndpointProcess:
    """One endpoint on one state folder. `client()` gives boto3 clients, `restart()` ends it and starts it again."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self._arguments = folder, arguments
        self._sessions: dict[str | None, boto3.Session] = {}
        self._clients: dict[tuple[str, str | None], Any] = {}
        self.start()

    def start(self, *arguments: str) -> None:
        """Start the process and wait for its ready line."""
        # Foreign clients' tests run in environments that have not what the endpoint needs
        python = os.environ.get("LOCALAWS_PYTHON", sys.executable)
        command = [python, "-m", "mesh_core.localaws", "--data-dir", str(self.folder)]
        self.process = subprocess.Popen(
            [*command, *self._arguments, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=scrubbed_environment(),
            cwd=Path(__file__).parents[2],
        )
        assert self.process.stdout is not None
        self.ready: dict[str, str] = json.loads(self.process.stdout.readline())
        self.url, self.region, self.account_id = (self.ready[k] for k in ("endpoint", "region", "account_id"))
        self._clients.clear()

    def stop(self) -> int:
        """Close its stdin and wait for its end; returns the exit status."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        status = self.process.wait(15)
        self.process.stdout.close()
        return status

    def kill(self) -> None:
        """kill -9."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.kill()
        self.process.wait(15)
        self.process.stdin.close()
        self.process.stdout.close()

    def restart(self) -> None:
        """End it cleanly and start it on the same folder; sessions of roles stay valid, ports change."""
        self.stop()
        self.start()

    def root_key(self) -> dict[str, str]:
        """The root's key, as arguments of boto3.Session."""
        ini = configparser.ConfigParser(interpolation=None)
        ini.read(self.ready["credentials_file"])
        return dict(ini["root"])

    def session(self, role: str | None = None) -> boto3.Session:
        """A boto3 session of the root, or of a role (assumed once)."""
        if role not in self._sessions:
            key = self.root_key() if role is None else self.assume(role)
            self._sessions[role] = boto3.Session(region_name=self.region, **key)
        return self._sessions[role]

    def assume(self, role: str, **arguments: Any) -> dict[str, str]:
        """Temporary credentials of a role, as arguments of boto3.Session."""
        arguments.setdefault("RoleSessionName", "test")
        got = self.client("sts").assume_role(RoleArn=self.role_arn(role), **arguments)["Credentials"]
        return {
            "aws_access_key_id": got["AccessKeyId"],
            "aws_secret_access_key": got["SecretAccessKey"],
            "aws_session_token": got["SessionToken"],
        }

    def client(self, service: str, role: str | None = None) -> Any:
        """A boto3 client of a service, as the root or as a role."""
        if (service, role) not in self._clients:
            self._clients[service, role] = self.client_of(self.session(role), service)
        return self._clients[service, role]

    def client_of(self, session: boto3.Session, service: str, **config: Any) -> Any:
        """A boto3 client of any session, on this endpoint, without retries."""
        settings = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **config)
        return session.client(service, endpoint_url=self.url, config=settings)

    def role_arn(self, role: str) -> str:
        """The ARN of a role made by `make_role`."""
        return f"arn:aws:iam::{self.account_id}:role/{role}"

    def make_role(self, name: str, *statements: dict[str, Any], trust: dict[str, Any] | None = None) -> str:
        """A role with these policy statements (none given: everything is allowed); returns its ARN.

        Without `trust` the account may assume it.
        """
        statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{self.account_id}:root"}}
        iam = self.client("iam")
        iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=policy(trust or statement | {"Action": "sts:AssumeRole"})
        )
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy(*(statements or (ALLOW_ALL,))))
        self._sessions.pop(name, None)
        self._clients = {key: client for key, client in self._clients.items() if key[1] != name}
        return self.role_arn(name)

    def sql(self, text: str, role: str | None = None, **arguments: Any) -> list[list[str | None]]:
        """Run a statement on Athena to its end; the rows of its result, header first. AssertionError when it fails."""
        athena = self.client("athena", role)
        execution = athena.start_query_execution(QueryString=text, **arguments)["QueryExecutionId"]
        deadline = time.monotonic() + START_S
        while True:
            status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
            if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        assert status["State"] == "SUCCEEDED", status
        pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution)
        rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
        return [[cell.get("VarCharValue") for cell in row] for row in rows]


def policy(*statements: dict[str, Any]) -> str:
    """A policy document's text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EndpointProcess]:
    """One endpoint for all tests of a worker: name what you make after your test."""
    process = EndpointProcess(tmp_path_factory.mktemp("endpoint"))
    yield process
    assert process.stop() == 0


@pytest.fixture
def own_endpoint(tmp_path: Path) -> Iterator[EndpointProcess]:
    """An endpoint of the test's own, for tests that restart, kill or break it."""
    process = EndpointProcess(tmp_path / "state")
    yield process
    if process.process.poll() is None:
        process.stop()
