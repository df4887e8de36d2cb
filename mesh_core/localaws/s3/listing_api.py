"""ListObjects, ListObjectsV2, ListObjectVersions: pages of a bucket's keys."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import quote

from mesh_core.localaws.http import Reply
from mesh_core.localaws.s3 import xml
from mesh_core.localaws.s3.call import Call
from mesh_core.localaws.s3.errors import invalid_argument
from mesh_core.localaws.s3.headers import quoted
from mesh_core.localaws.s3.listing import Page, Query
from mesh_core.localaws.s3.records import Version

LIMIT = 1000
Encode = Callable[[str], str]


def list_objects(call: Call) -> Reply:
    """The first version of the API, paged by marker."""
    query, encode = _query(call), encoder(call)
    marker = call.text("marker")
    page = call.objects.versions.list_current(query, query.start_after(marker) if marker else "")
    return xml.reply(
        "ListBucketResult",
        [
            *_echo(call, query, encode),
            ("Marker", encode(marker)),
            ("NextMarker", encode(_key_of(page.last)) if page.last is not None and query.delimiter else None),
            ("IsTruncated", page.last is not None),
            *[("Contents", _object(call, version, encode, owner=True)) for version in page.versions],
            *_prefixes(page, encode),
        ],
        {"x-amz-bucket-region": call.region},
    )


def list_objects_v2(call: Call) -> Reply:
    """The second version, paged by an opaque token."""
    query, encode = _query(call), encoder(call)
    after, token = call.text("start-after"), call.arg("continuation-token")
    start = _from_token(token) if token is not None else (query.start_after(after) if after else "")
    page = call.objects.versions.list_current(query, start)
    follow = None if page.last is None else query.start_after(_key_of(page.last))
    owner = call.text("fetch-owner") == "true"
    return xml.reply(
        "ListBucketResult",
        [
            *_echo(call, query, encode),
            ("StartAfter", encode(after) if after else None),
            ("ContinuationToken", token),
            ("NextContinuationToken", None if follow is None else _to_token(follow)),
            ("KeyCount", len(page.versions) + len(page.prefixes)),
            ("IsTruncated", follow is not None),
            *[("Contents", _object(call, version, encode, owner)) for version in page.versions],
            *_prefixes(page, encode),
        ],
        {"x-amz-bucket-region": call.region},
    )


def list_object_versions(call: Call) -> Reply:
    """Every version and delete marker."""
    query, encode = _query(call), encoder(call)
    key_marker, version_marker = call.text("key-marker"), call.text("version-id-marker")
    if call.arg("version-id-marker") is not None and not key_marker:
        raise invalid_argument("A version-id marker cannot be specified without a key marker.", "version-id-marker")
    page = call.objects.versions.list_versions(query, key_marker, version_marker)
    last = page.last
    return xml.reply(
        "ListVersionsResult",
        [
            *_echo(call, query, encode),
            ("KeyMarker", encode(key_marker)),
            ("VersionIdMarker", version_marker),
            ("NextKeyMarker", None if last is None else encode(_key_of(last))),
            ("NextVersionIdMarker", last.version_id if isinstance(last, Version) else None),
            ("IsTruncated", last is not None),
            *[
                ("DeleteMarker" if version.is_marker else "Version", _version(call, version, encode))
                for version in page.versions
            ],
            *_prefixes(page, encode),
        ],
    )


def _query(call: Call) -> Query:
    return Query(call.bucket, call.text("prefix"), call.text("delimiter"), call.number("max-keys", LIMIT, LIMIT))


def encoder(call: Call) -> Encode:
    """How keys are written: as they are, or percent-encoded for `encoding-type=url`."""
    match call.arg("encoding-type"):
        case None | "":
            return lambda text: text
        case "url":
            return lambda text: quote(text, safe="/-_.~*")
        case other:
            raise invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", other)


def _echo(call: Call, query: Query, encode: Encode) -> list[tuple[str, xml.Value]]:
    return [
        ("Name", query.bucket),
        ("Prefix", encode(query.prefix)),
        ("Delimiter", encode(query.delimiter) if query.delimiter else None),
        ("MaxKeys", query.limit),
        ("EncodingType", call.arg("encoding-type") or None),
    ]


def _prefixes(page: Page, encode: Encode) -> list[tuple[str, xml.Value]]:
    return [("CommonPrefixes", [("Prefix", encode(prefix))]) for prefix in page.prefixes]


def _object(call: Call, version: Version, encode: Encode, owner: bool) -> list[tuple[str, xml.Value]]:
    return [
        ("Key", encode(version.key)),
        ("LastModified", version.last_modified),
        ("ETag", quoted(version.etag)),
        *[("ChecksumAlgorithm", name.upper()) for name in version.details.checksums],
        ("ChecksumType", version.details.checksum_type if version.details.checksums else None),
        ("Size", version.size_bytes),
        ("StorageClass", version.details.headers.get("x-amz-storage-class", "STANDARD")),
        ("Owner", [("ID", call.owner)] if owner else None),
    ]


def _version(call: Call, version: Version, encode: Encode) -> list[tuple[str, xml.Value]]:
    common: list[tuple[str, xml.Value]] = [("VersionId", version.version_id), ("IsLatest", version.is_current)]
    if version.is_marker:
        key: list[tuple[str, xml.Value]] = [("Key", encode(version.key)), ("LastModified", version.last_modified)]
        return [*key, *common, ("Owner", [("ID", call.owner)])]
    return [*_object(call, version, encode, owner=True), *common]


def _key_of(entry: Version | str) -> str:
    return entry if isinstance(entry, str) else entry.key


def _to_token(start: str) -> str:
    return base64.urlsafe_b64encode(start.encode()).decode()


def _from_token(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise invalid_argument("The continuation token provided is incorrect", "continuation-token", token) from error
