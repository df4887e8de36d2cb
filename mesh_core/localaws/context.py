"""What the services of the endpoint share. Made once, by `server.py`; services reach each other only through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mesh_core.localaws.caller import Caller
from mesh_core.localaws.store import Store

if TYPE_CHECKING:
    from mesh_core.localaws.glue.catalog import Catalog
    from mesh_core.localaws.iam.sessions import Session
    from mesh_core.localaws.lakeformation.lake import Lake
    from mesh_core.localaws.s3.versions import Staged


@dataclass(frozen=True)
class ObjectFile:
    """The current version of one object: key, size in bytes, and the immutable file that holds it."""

    key: str
    size_bytes: int
    etag: str
    last_modified: datetime
    path: Path

    def is_whole(self) -> bool:
        """Whether the file is there with all its bytes: it is, unless somebody reached into the state folder."""
        try:
            return self.path.stat().st_size == self.size_bytes
        except OSError:
            return False


class Objects(Protocol):
    """S3 as the other services use it.

    With a caller, IAM and bucket policy are asked; with None the endpoint itself acts (with the credentials that
    Lake Formation vends, for example).
    """

    def files(self, bucket: str, prefix: str, caller: Caller | None = None) -> list[ObjectFile]:
        """Current objects under a prefix, in key order. AwsError NoSuchBucket, AccessDenied."""
        ...

    def get(self, bucket: str, key: str, caller: Caller | None = None) -> bytes:
        """An object's bytes. AwsError NoSuchKey, NoSuchBucket, AccessDenied."""
        ...

    def put(
        self,
        bucket: str,
        key: str,
        data: bytes | Path,
        caller: Caller | None = None,
        content_type: str = "binary/octet-stream",
    ) -> None:
        """Store an object, synced to disk; a Path is moved in without a copy where the file system allows it."""
        ...

    def stage(
        self,
        bucket: str,
        key: str,
        data: bytes | Path,
        caller: Caller | None = None,
        content_type: str = "binary/octet-stream",
    ) -> Staged:
        """Like `put`, but nobody sees the object before `land`; `drop` gives it up."""
        ...

    def land(self, staged: Iterable[Staged]) -> None:
        """Make what was staged visible, all of it or nothing: in the running transaction, or in one of its own."""
        ...

    def drop(self, staged: Iterable[Staged]) -> None:
        """Give up what was staged and has not landed."""
        ...

    def delete(self, bucket: str, key: str, caller: Caller | None = None) -> None:
        """Delete as S3 does (a marker in a versioned bucket)."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """While open, the files that `files()` names stay on disk, even when their objects are replaced or deleted."""
        ...

    def require(self, caller: Caller, action: str, bucket: str, key: str = "") -> None:
        """AwsError AccessDenied unless IAM and the bucket policy let the caller do `s3:GetObject`, ... on it."""
        ...


class Iam(Protocol):
    """The verdict of identity policies."""

    def allows(self, caller: Caller, action: str, resource: str = "*") -> bool:
        """Whether identity policies allow `glue:GetTable` on a resource ARN. The root may do everything."""
        ...

    def principal_exists(self, arn: str) -> bool:
        """Whether an IAM user or role of that ARN exists in the account (the root always does)."""
        ...

    def session_tags(self, caller: Caller) -> Mapping[str, str]:
        """The tags that the caller's session was given when its role was assumed."""
        ...

    def vend(self, role_arn: str, session_name: str, policy: str, expires_at: datetime) -> Session:
        """Credentials in the name of a role, which may do what the policy allows and nothing else."""
        ...


@dataclass
class Context:
    """The parts of one running endpoint. `temp` is a folder inside the state folder, emptied at every start."""

    store: Store
    account_id: str
    region: str
    temp: Path
    now: Callable[[], datetime]
    iam: Iam
    objects: Objects
    catalog: Catalog
    lake: Lake
