"""boto3 clients for the portal and for each role, with one retry policy.

On the local endpoint the root's keys assume roles; on an account the visitor's own credentials are used as they are,
for reads and changes alike. Retries: botocore's standard mode, and on top of it what that mode doesn't retry although
AWS asks for it: ConcurrentModificationException, OperationTimeoutException and "Rate exceeded".
"""

from __future__ import annotations

import configparser
import random
import threading
import time
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from mesh_core.gateways.aws_errors import translated

MAX_EXTRA_RETRIES = 6
_RETRIED = {"ConcurrentModificationException", "OperationTimeoutException"}
_REFRESH_S = 45 * 60  # role credentials live an hour
CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 6},
    connect_timeout=5,
    read_timeout=300,
    max_pool_connections=16,
    s3={"addressing_style": "path"},
)


@dataclass(frozen=True)
class Target:
    """Where AWS is. endpoint_url None is AWS itself; credentials_file is the local endpoint's."""

    region: str
    endpoint_url: str | None = None
    credentials_file: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is the endpoint on this machine."""
        return self.endpoint_url is not None


class Clients:
    """Makes clients; keeps one session a role. Thread-safe."""

    def __init__(self, target: Target, portal_role: str) -> None:
        self._target, self._portal_role = target, portal_role
        self._lock = threading.Lock()
        self._sessions: dict[str, tuple[float, boto3.Session]] = {}
        self._clients: dict[tuple[str, str], tuple[float, Any]] = {}

    def account_id(self) -> str:
        """The account of the credentials at hand."""
        with translated("the caller's identity"):
            return str(self._client_of(self._base(), "sts").get_caller_identity()["Account"])

    def caller_arn(self) -> str:
        """The principal that the portal acts as: its role, or the visitor's own user or role on an account."""
        with translated("the caller's identity"):
            arn = str(self.portal("sts").get_caller_identity()["Arn"])
        if ":assumed-role/" not in arn:
            return arn
        return f"arn:aws:iam::{arn.split(':')[4]}:role/{arn.split('/')[1]}"

    def caller_role(self) -> str:
        """The last part of that ARN: the role's or the user's name."""
        return self.caller_arn().rpartition("/")[2] or "root"

    def base(self, service: str) -> Any:
        """A client with the credentials at hand: the local root, or the visitor's own."""
        return self._client_of(self._base(), service)

    def portal(self, service: str) -> Any:
        """A client that acts as the portal."""
        return self.as_role(self._portal_role, service) if self._target.is_local else self.base(service)

    def as_role(self, role: str, service: str) -> Any:
        """A client with a role's credentials; on an account always the visitor's own."""
        if not self._target.is_local:
            return self.base(service)
        with self._lock:
            kept = self._clients.get((role, service))
            if kept and time.monotonic() - kept[0] < _REFRESH_S:
                return kept[1]
        client = self._client_of(self._session(role), service)
        with self._lock:
            self._clients[(role, service)] = (time.monotonic(), client)
        return client

    def forget(self, role: str) -> None:
        """Drop a role's credentials: it was deleted, or made anew."""
        with self._lock:
            self._sessions.pop(role, None)
            for key in [key for key in self._clients if key[0] == role]:
                del self._clients[key]

    def _session(self, role: str) -> boto3.Session:
        with self._lock:
            kept = self._sessions.get(role)
        if kept and time.monotonic() - kept[0] < _REFRESH_S:
            return kept[1]
        sts = self._client_of(self._base(), "sts")
        with translated(f"the role {role}"):
            account = sts.get_caller_identity()["Account"]
            got = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="mesh-portal")
        keys = got["Credentials"]
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], self._target.region)
        with self._lock:
            self._sessions[role] = (time.monotonic(), session)
        return session

    def _base(self) -> boto3.Session:
        with self._lock:
            kept = self._sessions.get("")
            if kept is None:
                kept = self._sessions[""] = (time.monotonic(), self._new_base())
        return kept[1]

    def _new_base(self) -> boto3.Session:
        if self._target.credentials_file is None:
            return boto3.Session(region_name=self._target.region)
        keys = configparser.ConfigParser()
        keys.read(self._target.credentials_file)
        root = keys["root"]
        return boto3.Session(root["aws_access_key_id"], root["aws_secret_access_key"], region_name=self._target.region)

    def _client_of(self, session: boto3.Session, service: str) -> Any:
        with self._lock:
            client = session.client(service, endpoint_url=self._target.endpoint_url, config=CONFIG)  # type: ignore[call-overload]
        if service in ("glue", "lakeformation"):
            client.meta.events.register(f"needs-retry.{service}", _retry_delay_s)
        return client


def _retry_delay_s(response: Any = None, attempts: int = 1, **_: Any) -> float | None:
    """Seconds to wait before another attempt, None for none: botocore's `needs-retry` event."""
    if response is None or attempts > MAX_EXTRA_RETRIES:
        return None
    error = response[1].get("Error", {})
    if error.get("Code") in _RETRIED or "Rate exceeded" in error.get("Message", ""):
        return float(random.uniform(0.05, min(4.0, 0.1 * 2**attempts)))
    return None
