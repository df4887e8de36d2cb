"""What the index keeps of a bucket, an object's version, a multipart upload and its parts; and the tables for it.

Times are whole seconds, as S3 shows them. `file` is a name of `ObjectFiles`; a delete marker has none. `sequence` grows
with every version written: the highest of a key is its current one. Texts compare by their UTF-8 bytes, as S3's do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS s3_bucket (
    name TEXT PRIMARY KEY, region TEXT NOT NULL, created_s INTEGER NOT NULL, versioning TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_setting (
    bucket TEXT NOT NULL REFERENCES s3_bucket ON DELETE CASCADE, kind TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (bucket, kind)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_version (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL REFERENCES s3_bucket, key TEXT NOT NULL,
    version_id TEXT NOT NULL, is_current INTEGER NOT NULL, file TEXT, size_bytes INTEGER NOT NULL, etag TEXT NOT NULL,
    modified_s INTEGER NOT NULL, details TEXT NOT NULL, tags TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS s3_version_id ON s3_version (bucket, key, version_id);
CREATE UNIQUE INDEX IF NOT EXISTS s3_version_order ON s3_version (bucket, key, sequence DESC);
CREATE UNIQUE INDEX IF NOT EXISTS s3_version_current ON s3_version (bucket, key) WHERE is_current;
CREATE TABLE IF NOT EXISTS s3_upload (
    upload_id TEXT PRIMARY KEY, bucket TEXT NOT NULL REFERENCES s3_bucket, key TEXT NOT NULL,
    begun_s INTEGER NOT NULL, details TEXT NOT NULL, tags TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS s3_upload_key ON s3_upload (bucket, key, upload_id);
CREATE TABLE IF NOT EXISTS s3_part (
    upload_id TEXT NOT NULL REFERENCES s3_upload ON DELETE CASCADE, number INTEGER NOT NULL, file TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, etag TEXT NOT NULL, modified_s INTEGER NOT NULL, checksums TEXT NOT NULL,
    PRIMARY KEY (upload_id, number)
) WITHOUT ROWID;
"""

NULL_VERSION = "null"


@dataclass(frozen=True)
class Bucket:
    """versioning: "" (never on), "Enabled" or "Suspended"."""

    name: str
    region: str
    created: datetime
    versioning: str


@dataclass(frozen=True)
class PartDetail:
    """One part of a completed multipart object: size in bytes, checksums by algorithm."""

    size_bytes: int
    checksums: Mapping[str, str]


@dataclass(frozen=True)
class Details:
    """What travels with the bytes and never changes.

    headers         content-type, cache-control, ..., x-amz-storage-class, encryption headers (lower-case names)
    metadata        user metadata, by lower-case name without x-amz-meta-
    checksums       base64 by algorithm ("crc32"); checksum_type COMPOSITE or FULL_OBJECT
    parts           in order, for an object that was uploaded in parts
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)
    checksum_type: str = "FULL_OBJECT"
    parts: tuple[PartDetail, ...] = ()

    def to_json(self) -> str:
        """As kept in the index."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> Details:
        """The inverse of `to_json`."""
        raw = json.loads(text)
        return Details(**{**raw, "parts": tuple(PartDetail(**part) for part in raw["parts"])})


@dataclass(frozen=True)
class Version:
    """One version of one object, or a delete marker (`file` None). etag without quotes."""

    sequence: int
    bucket: str
    key: str
    version_id: str
    is_current: bool
    file: str | None
    size_bytes: int
    etag: str
    last_modified: datetime
    details: Details
    tags: Mapping[str, str]

    @property
    def is_marker(self) -> bool:
        """Whether this is a delete marker."""
        return self.file is None


@dataclass(frozen=True)
class Upload:
    """A multipart upload under way. `details.checksums` names the algorithm agreed on, with an empty value."""

    upload_id: str
    bucket: str
    key: str
    begun: datetime
    details: Details
    tags: Mapping[str, str]

    @property
    def algorithm(self) -> str | None:
        """The checksum algorithm that the upload was begun with."""
        return next(iter(self.details.checksums), None)


@dataclass(frozen=True)
class Part:
    """One uploaded part; etag is its MD5."""

    number: int
    file: str
    size_bytes: int
    etag: str
    last_modified: datetime
    checksums: Mapping[str, str]


def to_version(row: Any) -> Version:
    """A row of s3_version."""
    return Version(
        row["sequence"],
        row["bucket"],
        row["key"],
        row["version_id"],
        bool(row["is_current"]),
        row["file"],
        row["size_bytes"],
        row["etag"],
        from_epoch(row["modified_s"]),
        Details.from_json(row["details"]),
        json.loads(row["tags"]),
    )


def to_upload(row: Any) -> Upload:
    """A row of s3_upload."""
    return Upload(
        row["upload_id"],
        row["bucket"],
        row["key"],
        from_epoch(row["begun_s"]),
        Details.from_json(row["details"]),
        json.loads(row["tags"]),
    )


def to_part(row: Any) -> Part:
    """A row of s3_part."""
    return Part(
        row["number"],
        row["file"],
        row["size_bytes"],
        row["etag"],
        from_epoch(row["modified_s"]),
        json.loads(row["checksums"]),
    )


def from_epoch(seconds: int) -> datetime:
    """Epoch seconds -> UTC."""
    return datetime.fromtimestamp(seconds, UTC)
