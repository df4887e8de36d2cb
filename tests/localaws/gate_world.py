"""A gate without a process: requests as botocore signs them, put straight into the WSGI application."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import HmacV1QueryAuth, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mesh_core.localaws.caller import Caller
from mesh_core.localaws.http import Reply, Request
from mesh_core.localaws.listener import HEADERS
from mesh_core.localaws.wsgi import Credential, Gate

PORT = 4711
URL = f"http://127.0.0.1:{PORT}"
ROOT = Caller("000000000000", "arn:aws:iam::000000000000:root", "arn:aws:iam::000000000000:root", "AKIAROOT")
KEY = Credentials("AKIAROOT", "root/secret")
TEMPORARY = Credentials("ASIATEMP", "temporary/secret", "token==")


class Keys:
    """A keyring of three."""

    def credential(self, access_key_id: str) -> Credential | None:
        return {
            "AKIAROOT": Credential("root/secret", ROOT),
            "ASIATEMP": Credential("temporary/secret", ROOT, "token==", datetime(2999, 1, 1, tzinfo=UTC)),
            "ASIAOLD": Credential("temporary/secret", ROOT, "token==", datetime(2020, 1, 1, tzinfo=UTC)),
        }.get(access_key_id)


@dataclass
class Echo:
    """A service that remembers what reached it."""

    seen: list[tuple[Request, bytes]] = field(default_factory=list)

    def handle(self, request: Request, caller: Caller) -> Reply:
        self.seen.append((request, request.body.read()))
        return Reply(200, {}, b"reached")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The error's code, in whichever document; "" when the service was reached."""
        if self.body == b"reached":
            return ""
        if self.body.startswith(b"{"):
            return str(json.loads(self.body)["__type"])
        return self.body.decode().partition("<Code>")[2].partition("</Code>")[0]


class World:
    """A gate with an Echo behind every service."""

    def __init__(self, temp: Path, now: datetime | None = None, keys: Any = None) -> None:
        self.echo = Echo()
        apis = dict.fromkeys(("s3", "iam", "sts", "glue", "athena", "lakeformation"), self.echo)
        self.gate = Gate(PORT, "us-east-1", temp, lambda: now or datetime.now(UTC), keys or Keys(), apis)

    def send(self, request: AWSRequest, **changes: str | None) -> Answer:
        """Send a signed request; `changes` replace headers after signing (None removes; `_` stands for `-`)."""
        prepared = request.prepare()
        headers = {k.lower(): v.decode() if isinstance(v, bytes) else str(v) for k, v in prepared.headers.items()}
        parts = urlsplit(prepared.url)
        headers.setdefault("host", parts.netloc)
        for name, value in changes.items():
            headers.pop(name.replace("_", "-"), None)
            if value is not None:
                headers[name.replace("_", "-")] = value
        body = prepared.body or b""
        uri = parts.path + (f"?{parts.query}" if parts.query else "")
        return self.raw(prepared.method, uri, headers, body.encode() if isinstance(body, str) else body)

    def raw(self, method: str, uri: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        """Send a request as it is."""
        got: list[Any] = []
        environ = {"REQUEST_METHOD": method, "REQUEST_URI": uri, HEADERS: headers, "wsgi.input": io.BytesIO(body)}
        chunks = self.gate(environ, lambda status, out: got.extend((status, out)))
        return Answer(int(got[0].split()[0]), dict(got[1]), b"".join(chunks))


def signed(
    method: str = "GET",
    path: str = "/bucket/key",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    key: Credentials = KEY,
    service: str = "s3",
    region: str = "us-east-1",
) -> AWSRequest:
    """A request with an Authorization header, signed by botocore."""
    request = AWSRequest(method, URL + path, headers=headers or {}, data=body)
    request.context["payload_signing_enabled"] = True
    # S3's signer writes a payload hash of its own: what is streamed is signed by the general one
    streamed = "x-amz-content-sha256" in (headers or {})
    signer = S3SigV4Auth if service == "s3" and not streamed else SigV4Auth
    signer(key, service, region).add_auth(request)
    return request


def presigned(
    method: str = "GET", path: str = "/bucket/key", key: Credentials = KEY, expires_s: int = 60
) -> AWSRequest:
    """A presigned URL of version 4, made by botocore."""
    request = AWSRequest(method, URL + path)
    S3SigV4QueryAuth(key, "s3", "us-east-1", expires=expires_s).add_auth(request)
    return request


def presigned_old(method: str = "GET", path: str = "/bucket/key", expires_s: int = 60) -> AWSRequest:
    """A presigned URL of version 2, made by botocore."""
    request = AWSRequest(method, URL + path)
    HmacV1QueryAuth(KEY, expires=expires_s).add_auth(request)
    return request
