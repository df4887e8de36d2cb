"""`ObjectStore`: S3's state on disk, and S3 as the endpoint's other services use it.

Buckets, versions, tags and multipart uploads are rows of the endpoint's SQLite file; bytes are immutable plain files.
What was acknowledged is on disk. `buckets`, `versions` and `uploads` ask nobody for permission: that is done here (for
the other services) and in `service.py` (for requests).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import ObjectFile
from mesh_core.localaws.request_context import asking
from mesh_core.localaws.s3 import index
from mesh_core.localaws.s3.buckets import Buckets
from mesh_core.localaws.s3.errors import access_denied
from mesh_core.localaws.s3.files import ObjectFiles
from mesh_core.localaws.s3.records import SCHEMA, Details
from mesh_core.localaws.s3.request_keys import existing_tag_keys
from mesh_core.localaws.s3.uploads import Uploads
from mesh_core.localaws.s3.versions import Staged, Target, Versions
from mesh_core.localaws.store import Store

May = Callable[[Caller, str, str, str], bool]
# The account's root can always mend a bucket policy that locks everybody out.
_ON_EXISTING = re.compile(r"s3:(GetObject(Version)?|(Get|Put|Delete)Object(Version)?(Acl|Tagging|Attributes))")
_ROOT_KEEPS = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})


class ObjectStore:
    """Implements context.Objects. `may(caller, "s3:GetObject", bucket, key)` is the verdict of IAM and bucket policy.

    `folder` holds the objects' files; opening it removes what a crash left there half written.
    """

    def __init__(self, store: Store, folder: Path, now: Callable[[], datetime], may: May) -> None:
        store.ensure(SCHEMA)
        self._store, self._may = store, may
        self._files = ObjectFiles(folder.resolve())  # DuckDB compares paths as texts
        self.buckets = Buckets(store, now)
        self.versions = Versions(store, self._files, now)
        self.uploads = Uploads(store, self._files, self.versions, now)
        with store.read() as db:
            known = index.known_files(db)
        self._files.sweep(known)

    def files(self, bucket: str, prefix: str, caller: Caller | None = None) -> list[ObjectFile]:
        """Current objects under a prefix, in key order. AwsError NoSuchBucket, AccessDenied.

        With a caller: s3:ListBucket on the bucket and s3:GetObject on every object found, since a path is read without
        further questions. Paths stay readable while `reading()` is open.
        """
        found = self.versions.files_under(bucket, prefix)
        if caller is not None:
            with asking({"s3:prefix": prefix}):
                self.require(caller, "s3:ListBucket", bucket)
            for file in found:
                self.require(caller, "s3:GetObject", bucket, file.key)
        return found

    def reading(self) -> AbstractContextManager[None]:
        """While open, the files that `files()` named stay on disk, even when their objects are replaced or deleted."""
        return self._files.reading()

    def get(self, bucket: str, key: str, caller: Caller | None = None) -> bytes:
        """An object's bytes. AwsError NoSuchKey, NoSuchBucket, AccessDenied."""
        if caller is not None:
            self.buckets.get(bucket)
            self.require(caller, "s3:GetObject", bucket, key)
            self.hide_missing(caller, bucket, key)
        with self.versions.open(bucket, key)[1] as stream:
            return stream.read()

    def put(
        self,
        bucket: str,
        key: str,
        data: bytes | Path,
        caller: Caller | None = None,
        content_type: str = "binary/octet-stream",
    ) -> None:
        """Store an object, synced to disk; a Path is moved in without a copy where the file system allows it."""
        self.land([self.stage(bucket, key, data, caller, content_type)])

    def stage(
        self,
        bucket: str,
        key: str,
        data: bytes | Path,
        caller: Caller | None = None,
        content_type: str = "binary/octet-stream",
    ) -> Staged:
        """Like `put`, but nobody sees the object before `land`; `drop` gives it up."""
        if caller is not None:
            self.buckets.get(bucket)
            self.require(caller, "s3:PutObject", bucket, key)
        return self.versions.stage(Target(bucket, key, Details({"content-type": content_type})), data)

    def land(self, staged: Iterable[Staged]) -> None:
        """Make what was staged visible, all of it or nothing: in the running transaction, or in one of its own."""
        with self._store.write():
            for each in staged:
                self.versions.commit(each)

    def drop(self, staged: Iterable[Staged]) -> None:
        """Give up what was staged and has not landed."""
        for each in staged:
            self.versions.drop(each)

    def delete(self, bucket: str, key: str, caller: Caller | None = None) -> None:
        """Delete as S3 does (a marker in a versioned bucket). AwsError NoSuchBucket, AccessDenied."""
        if caller is not None:
            self.buckets.get(bucket)
            self.require(caller, "s3:DeleteObject", bucket, key)
        self.versions.delete(bucket, key)

    def allows(self, caller: Caller, action: str, bucket: str, key: str = "") -> bool:
        """Whether a caller may do `s3:GetObject`, ... on a bucket or an object."""
        return (caller.is_root and action in _ROOT_KEEPS) or self._may(caller, action, bucket, key)

    def require(self, caller: Caller, action: str, bucket: str, key: str = "", version_id: str | None = None) -> None:
        """AwsError AccessDenied unless IAM and the bucket policy let the caller do `s3:GetObject`, ... on it."""
        with asking(existing_tag_keys(self._tags(action, bucket, key, version_id))):
            allowed = self.allows(caller, action, bucket, key)
        if not allowed:
            raise access_denied(caller, action, arn(bucket, key))

    def _tags(self, action: str, bucket: str, key: str, version_id: str | None) -> Mapping[str, str]:
        """The tags of what is there already, which some actions can be limited by."""
        if not key or not _ON_EXISTING.fullmatch(action):
            return {}
        try:
            return self.versions.find(bucket, key, version_id).tags
        except AwsError:
            return {}

    def hide_missing(self, caller: Caller, bucket: str, key: str) -> None:
        """AwsError AccessDenied for an absent key when the caller may not list the bucket: he must not learn it."""
        found = self.versions.current(bucket, key)
        if found is None or found.is_marker:
            self.require(caller, "s3:ListBucket", bucket)

    def bucket_policy(self, bucket: str) -> str | None:
        """The bucket policy's JSON text; None without one, or without the bucket."""
        return self.buckets.policy(bucket)


def arn(bucket: str, key: str = "") -> str:
    """The ARN of a bucket or an object; `*` for the service itself."""
    if not bucket:
        return "*"
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
