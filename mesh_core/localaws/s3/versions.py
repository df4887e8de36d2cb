"""Objects and their versions: the file first, then the index, then what they replaced goes.

A version is acknowledged when its file and its index row are both on disk. Inside a transaction of the caller's own
both come and go with it.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.context import ObjectFile
from mesh_core.localaws.s3 import index, listing
from mesh_core.localaws.s3.checksums import Announced, Digests
from mesh_core.localaws.s3.errors import lost, no_such_key, no_such_version, precondition_failed
from mesh_core.localaws.s3.files import LostFileError, ObjectFiles
from mesh_core.localaws.s3.names import check_key
from mesh_core.localaws.s3.records import NULL_VERSION, Details, Version, from_epoch
from mesh_core.localaws.store import Store

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Condition:
    """What must hold of the current version for a write: its ETag ("*": any), or that there is none."""

    if_match: str | None = None
    if_none_match: bool = False

    def check(self, found: Version | None, key: str) -> None:
        """AwsError PreconditionFailed; NoSuchKey for an ETag of nothing."""
        existing = None if found is None or found.is_marker else found
        if self.if_none_match and existing is not None:
            raise precondition_failed("If-None-Match")
        if self.if_match is None:
            return
        if existing is None:
            raise no_such_key(key)
        if self.if_match not in ("*", existing.etag):
            raise precondition_failed("If-Match")


@dataclass(frozen=True)
class Target:
    """Where a write goes, and what goes with the bytes."""

    bucket: str
    key: str
    details: Details = field(default_factory=Details)
    tags: Mapping[str, str] = field(default_factory=dict)
    condition: Condition = field(default_factory=Condition)


@dataclass(frozen=True)
class Staged:
    """Bytes on disk that no version has yet: the file's name, its size and ETag, and where they are to go."""

    target: Target
    file: str
    size_bytes: int
    etag: str


@dataclass(frozen=True)
class Deleted:
    """What a delete did: the version erased or the delete marker made (`version_id` None: an unversioned bucket)."""

    version_id: str | None
    is_marker: bool


class Versions:
    """AwsError NoSuchBucket from every method for a bucket that is not there."""

    def __init__(self, store: Store, files: ObjectFiles, now: Callable[[], datetime]) -> None:
        self._store, self._files, self._now = store, files, now

    def put(self, target: Target, source: BinaryIO | bytes | Path, announced: Announced | None = None) -> Version:
        """Store bytes as the current version. A Path is moved in. AwsError BadDigest, PreconditionFailed."""
        return self.commit(self.stage(target, source, announced))

    def stage(self, target: Target, source: BinaryIO | bytes | Path, announced: Announced | None = None) -> Staged:
        """Bring bytes to disk for a version that `commit` makes, or `drop` gives up. AwsError as `put`."""
        announced = announced or Announced()
        self._check_target(target)
        digests = Digests({*announced.checksums, *target.details.checksums})
        file = self._take(source, digests)
        try:
            announced.verify(digests)
        except BaseException:
            self._files.discard([file])
            raise
        details = replace(target.details, checksums=digests.values())
        return Staged(replace(target, details=details), file, digests.size_bytes, digests.md5)

    def drop(self, staged: Staged) -> None:
        """Give up what was staged."""
        self._files.discard([staged.file])

    def _check_target(self, target: Target) -> None:
        """What can be refused before the bytes are written; the commit asks again."""
        check_key(target.key)
        with self._store.read() as db:
            index.bucket(db, target.bucket)
            target.condition.check(index.current(db, target.bucket, target.key), target.key)

    def _take(self, source: BinaryIO | bytes | Path, digests: Digests) -> str:
        if isinstance(source, Path):
            return self._files.adopt(source, digests)
        return self._files.write(io.BytesIO(source) if isinstance(source, bytes) else source, digests)

    def commit(self, staged: Staged, finish_upload: str | None = None) -> Version:
        """Make a file that is on disk the current version, and end the upload that it comes from."""
        target = staged.target
        new = index.NewVersion(
            *(target.bucket, target.key, self._seconds(), staged.file, staged.size_bytes, staged.etag),
            *(target.details, target.tags),
        )
        try:
            with self._store.write() as db:
                target.condition.check(index.current(db, target.bucket, target.key), target.key)
                version, replaced = index.add(db, new)
                if finish_upload is not None:
                    replaced += index.end_upload(db, finish_upload)
                self._store.after_commit(partial(self._files.discard, replaced))
                self._store.after_rollback(partial(self.drop, staged))
        except BaseException:
            self.drop(staged)
            raise
        return version

    def copy(self, source: Version, target: Target) -> Version:
        """A new version with a source's bytes, which the caller holds with `reading()`."""
        self._check_target(target)
        assert source.file is not None
        kept = source.details
        wanted = set(target.details.checksums) or set(kept.checksums)
        digests = Digests(wanted)
        try:
            self._files.require(source.file, source.size_bytes)
        except LostFileError as error:
            raise lost_bytes(source.bucket, source.key, error) from error
        file = self._files.link(source.file)
        if "-" not in source.etag and kept.checksum_type == "FULL_OBJECT" and wanted == set(kept.checksums):
            etag, checksums = source.etag, kept.checksums
        else:
            self._files.count(file, digests)
            etag, checksums = digests.md5, digests.values()
        details = replace(target.details, checksums=checksums, checksum_type="FULL_OBJECT", parts=())
        return self.commit(Staged(replace(target, details=details), file, source.size_bytes, etag))

    def find(self, bucket: str, key: str, version_id: str | None = None) -> Version:
        """A version (it may be a delete marker if named), or the current object. AwsError NoSuchKey, NoSuchVersion."""
        with self._store.read() as db:
            index.bucket(db, bucket)
            if version_id is not None:
                found = index.version(db, bucket, key, version_id)
                if found is None:
                    raise no_such_version(key, version_id)
                return found
            found = index.current(db, bucket, key)
        if found is None or found.is_marker:
            raise no_such_key(key)
        return found

    def current(self, bucket: str, key: str) -> Version | None:
        """The current version, which may be a delete marker."""
        with self._store.read() as db:
            index.bucket(db, bucket)
            return index.current(db, bucket, key)

    def delete(self, bucket: str, key: str, version_id: str | None = None, if_match: str | None = None) -> Deleted:
        """Delete as S3 does: what is not there is no error, unless `if_match` asks for it (PreconditionFailed)."""
        check_key(key)
        with self._store.write() as db:
            versioning = index.bucket(db, bucket).versioning
            if if_match is not None:
                _require_match(index.current(db, bucket, key), if_match)
            if version_id is not None:
                found = index.version(db, bucket, key, version_id)
                result = Deleted(version_id, found is not None and found.is_marker)
                files = index.remove(db, bucket, key, version_id)
            elif versioning:
                marker, files = index.add(db, index.NewVersion(bucket, key, self._seconds()))
                result = Deleted(marker.version_id, True)
            else:
                result, files = Deleted(None, False), index.remove(db, bucket, key, NULL_VERSION)
            self._store.after_commit(partial(self._files.discard, files))
        return result

    def set_tags(self, bucket: str, key: str, version_id: str | None, tags: Mapping[str, str]) -> Version:
        """Replace the tags of a version. AwsError NoSuchKey, NoSuchVersion."""
        with self._store.write() as db:
            found = self.find(bucket, key, version_id)
            index.set_tags(db, found, tags)
        return found

    def list_current(self, query: listing.Query, start: str | None = "") -> listing.Page:
        """Current objects, a page."""
        with self._store.read() as db:
            index.bucket(db, query.bucket)
            return listing.list_current(db, query, start)

    def list_versions(self, query: listing.Query, key_marker: str, version_marker: str) -> listing.Page:
        """Every version and delete marker, a page."""
        with self._store.read() as db:
            index.bucket(db, query.bucket)
            return listing.list_versions(db, query, key_marker, version_marker)

    def files_under(self, bucket: str, prefix: str) -> list[ObjectFile]:
        """Every current object under a prefix, in key order."""
        with self._store.read() as db:
            index.bucket(db, bucket)
            rows = index.scan_files(db, bucket, prefix, index.after_prefix(prefix)).fetchall()
        return [
            ObjectFile(key, size_bytes, etag, from_epoch(modified_s), self._files.path(file))
            for key, size_bytes, etag, modified_s, file in rows
        ]

    def open(self, bucket: str, key: str, version_id: str | None = None) -> tuple[Version, BinaryIO]:
        """A version and its bytes, open. The stream is the caller's to close; a delete does not disturb it."""
        with self._files.reading():
            version = self.find(bucket, key, version_id)
            if version.file is None:
                raise no_such_key(key)
            try:
                return version, self._files.open(version.file, version.size_bytes)
            except LostFileError as error:
                raise lost_bytes(version.bucket, version.key, error) from error

    def _seconds(self) -> int:
        return int(self._now().timestamp())


def lost_bytes(bucket: str, key: str, error: LostFileError) -> AwsError:
    """AwsError InternalError, with the file's name in the log."""
    _log.error("the bytes of s3://%s/%s are lost: %s", bucket, key, error)
    return lost(bucket, key)


def _require_match(found: Version | None, etag: str) -> None:
    if found is None or found.is_marker or etag not in ("*", found.etag):
        raise precondition_failed("If-Match")
