"""A whole endpoint inside the test's process: boto3's requests go straight into its WSGI application, with no socket.

For tests that ask the endpoint many small things. What needs a process (starting, killing, sockets) has `conftest.py`.
"""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from mesh_core.localaws.folder import Folder
from mesh_core.localaws.listener import HEADERS
from mesh_core.localaws.server import assemble

PORT = 4711
URL = f"http://127.0.0.1:{PORT}"
REGION = "us-east-1"
_accounts = itertools.count(100_000_000_001)  # moto keeps its state by account, for the whole process

Statement = dict[str, Any]
Key = dict[str, str]


class Inside:
    """One endpoint. `client(service, key)` gives boto3 clients; None is the root."""

    def __init__(self, path: Path) -> None:
        self.account_id = str(next(_accounts))
        self._folder = Folder(path)
        self.endpoint = assemble(self._folder, PORT, REGION, self.account_id)
        root = self._folder.root_key()
        self.root: Key = {"aws_access_key_id": root.access_key_id, "aws_secret_access_key": root.secret}

    def close(self) -> None:
        self.endpoint.close()
        self._folder.release()

    def client(self, service: str, key: Key | None = None, **config: Any) -> Any:
        settings = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **config)
        session = boto3.Session(region_name=REGION, **(key or self.root))
        made = session.client(service, endpoint_url=URL, config=settings)
        made.meta.events.register("before-send", self._send)
        return made

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        headers = {k.lower(): v.decode() if isinstance(v, bytes) else str(v) for k, v in request.headers.items()}
        headers.setdefault("host", urlsplit(request.url).netloc)
        body = request.body.read() if hasattr(request.body, "read") else request.body or b""
        uri = request.url.removeprefix(URL)
        status, found, content = self.raw(request.method, uri, headers, body)
        return AWSResponse(request.url, status, found, _Raw(content))

    def raw(self, method: str, uri: str, headers: dict[str, str], body: Any = b"") -> tuple[int, dict[str, str], bytes]:
        """One request as it is: status, headers, body."""
        got: list[Any] = []
        stream = io.BytesIO(body.encode() if isinstance(body, str) else bytes(body))
        environ = {"REQUEST_METHOD": method, "REQUEST_URI": uri, HEADERS: headers, "wsgi.input": stream}
        chunks = self.endpoint.gate(environ, lambda status, out: got.extend((status, out)))
        return int(got[0].split()[0]), dict(got[1]), b"".join(chunks)

    # principals

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:iam::{self.account_id}:{kind}/{name}"

    def policy(self, *statements: Statement) -> str:
        """A document's text; `{account}` in it is the account's id."""
        text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        return text.replace("{account}", self.account_id)

    def role(self, name: str, *statements: Statement, trust: Any = None, **more: Any) -> str:
        """A role with these statements; it trusts the account, or whom `trust` (a principal or a statement) says."""
        trust = trust or {"AWS": f"arn:aws:iam::{self.account_id}:root"}
        if "Effect" not in trust:
            trust = {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
        iam = self.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=self.policy(trust), **more)
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=self.policy(*statements))
        return self.arn("role", name)

    def user(self, name: str, *statements: Statement, **more: Any) -> Key:
        """A user with these statements; his key."""
        iam = self.client("iam")
        iam.create_user(UserName=name, **more)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=self.policy(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    def assume(self, name: str, key: Key | None = None, **more: Any) -> Key:
        """The session of a role, assumed by the root or by the holder of a key."""
        more.setdefault("RoleSessionName", "test")
        return session_key(self.client("sts", key).assume_role(RoleArn=self.arn("role", name), **more))


class _Raw(io.BytesIO):
    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.getvalue()


def session_key(answer: dict[str, Any]) -> Key:
    """The credentials in an answer of STS."""
    got = answer["Credentials"]
    return {
        "aws_access_key_id": got["AccessKeyId"],
        "aws_secret_access_key": got["SecretAccessKey"],
        "aws_session_token": got["SessionToken"],
    }


def allow(*actions: str, resource: Any = "*", **elements: Any) -> Statement:
    return {"Effect": "Allow", "Action": list(actions) or "*", "Resource": resource, **elements}


def deny(*actions: str, resource: Any = "*", **elements: Any) -> Statement:
    return {**allow(*actions, resource=resource, **elements), "Effect": "Deny"}


def code_of(call: Callable[..., Any], **arguments: Any) -> str:
    """The code with which a call is refused; "" when it is not."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def text_of(call: Callable[..., Any], **arguments: Any) -> str:
    """The text with which a call is refused."""
    try:
        answer = call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    raise AssertionError(f"this was not refused: {answer}")
