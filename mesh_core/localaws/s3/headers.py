"""Between HTTP headers and what the index keeps of an object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import format_datetime
from urllib.parse import parse_qsl, unquote

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.s3.checksums import check_algorithm
from mesh_core.localaws.s3.errors import invalid_argument, invalid_request, not_implemented
from mesh_core.localaws.s3.names import check_tags
from mesh_core.localaws.s3.records import Details, Version

DEFAULT_TYPE = "binary/octet-stream"
OBJECT_TAG_LIMIT = 10
META = "x-amz-meta-"
_META_LIMIT_BYTES = 2048
_KEPT = (
    "content-type",
    "content-encoding",
    "content-language",
    "content-disposition",
    "cache-control",
    "expires",
    "x-amz-website-redirect-location",
    "x-amz-storage-class",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
)
# Classes whose objects can be read at once; the archive classes would need RestoreObject.
_STORAGE_CLASSES = ("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR")
_REFUSED = {
    "x-amz-server-side-encryption-customer-algorithm": "Encryption with customer-provided keys (SSE-C)",
    "x-amz-object-lock-mode": "Object Lock",
    "x-amz-object-lock-retain-until-date": "Object Lock",
    "x-amz-object-lock-legal-hold": "Object Lock",
    "x-amz-write-offset-bytes": "Appending to an object",
}
_CANNED_ACLS = ("private", "bucket-owner-full-control")
_OVERRIDES = (
    "content-type",
    "content-language",
    "expires",
    "cache-control",
    "content-disposition",
    "content-encoding",
)


def details(headers: Mapping[str, str], checksum: str | None = None) -> Details:
    """What a write's headers say about the object; `checksum` names an algorithm to compute."""
    for name, what in _REFUSED.items():
        if name in headers:
            raise not_implemented(what)
    check_acl(headers)
    kept = {name: headers[name] for name in _KEPT if headers.get(name)}
    if kept.get("x-amz-storage-class", "STANDARD") not in _STORAGE_CLASSES:
        raise AwsError("InvalidStorageClass", "The storage class you specified is not valid", 400)
    if kept.get("x-amz-storage-class") == "STANDARD":
        del kept["x-amz-storage-class"]
    _check_encryption(kept)
    return Details(kept, _metadata(headers), {check_algorithm(checksum): ""} if checksum else {})


def _check_encryption(kept: Mapping[str, str]) -> None:
    if kept.get("x-amz-server-side-encryption", "AES256") not in ("AES256", "aws:kms", "aws:kms:dsse"):
        raise invalid_argument("The encryption method specified is not supported", "x-amz-server-side-encryption")


def check_acl(headers: Mapping[str, str]) -> None:
    """AwsError AccessControlListNotSupported for anything but the owner's full control."""
    grants = any(name.startswith("x-amz-grant-") for name in headers)
    if grants or headers.get("x-amz-acl", "private") not in _CANNED_ACLS:
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)


def _metadata(headers: Mapping[str, str]) -> dict[str, str]:
    found = {name.removeprefix(META): value for name, value in headers.items() if name.startswith(META)}
    size_bytes = sum(len(name.encode()) + len(value.encode()) for name, value in found.items())
    if size_bytes > _META_LIMIT_BYTES:
        raise AwsError(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
            400,
            Size=size_bytes,
            MaxSizeAllowed=_META_LIMIT_BYTES,
        )
    return found


def tags(headers: Mapping[str, str]) -> dict[str, str]:
    """The tags of the x-amz-tagging header."""
    try:
        pairs = parse_qsl(headers.get("x-amz-tagging", ""), keep_blank_values=True, strict_parsing=False)
    except ValueError as error:
        raise invalid_argument("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded.") from error
    return check_tags(pairs, OBJECT_TAG_LIMIT)


def describing(version: Version, wants_checksum: bool) -> dict[str, str]:
    """The headers of a GET or HEAD that describe a version (not its length or range)."""
    found = {
        "content-type": DEFAULT_TYPE,
        "last-modified": format_datetime(version.last_modified, usegmt=True),
        "etag": quoted(version.etag),
        "accept-ranges": "bytes",
        "x-amz-server-side-encryption": "AES256",
        **version.details.headers,
        **{META + name: value for name, value in version.details.metadata.items()},
    }
    if version.tags:
        found["x-amz-tagging-count"] = str(len(version.tags))
    return found | (checksum_headers(version) if wants_checksum else {})


def checksum_headers(version: Version) -> dict[str, str]:
    """x-amz-checksum-crc32: ..., and its type."""
    if not version.details.checksums:
        return {}
    values = {f"x-amz-checksum-{name}": value for name, value in version.details.checksums.items()}
    return values | {"x-amz-checksum-type": version.details.checksum_type}


def encryption_headers(found: Details) -> dict[str, str]:
    """What a write's answer says about encryption."""
    kept = {name: value for name, value in found.headers.items() if name.startswith("x-amz-server-side-encryption")}
    return {"x-amz-server-side-encryption": "AES256", **kept}


def overrides(query: Mapping[str, str]) -> dict[str, str]:
    """The headers that a GET asks to be answered with (`response-content-type=...`). AwsError InvalidArgument."""
    found = {name: query[f"response-{name}"] for name in _OVERRIDES if query.get(f"response-{name}")}
    for name, value in found.items():
        if not re.fullmatch(r"[\t\x20-\x7e\xa0-\xff]*", value):
            raise invalid_argument("Header value cannot be represented using ISO-8859-1.", f"response-{name}", value)
    return found


def copy_source(sent: Mapping[str, str]) -> tuple[str, str, str | None]:
    """Bucket, key and version id of x-amz-copy-source. AwsError InvalidArgument."""
    path, _, query = sent.get("x-amz-copy-source", "").partition("?")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key or (query and not query.startswith("versionId=")):
        raise invalid_argument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", path
        )
    return bucket, key, unquote(query.removeprefix("versionId=")) or None


def quoted(etag: str) -> str:
    """An ETag as it travels."""
    return f'"{etag}"'


def unquoted(etag: str) -> str:
    """An ETag as it is kept."""
    return etag.strip().removeprefix("W/").strip('"')


def directive(headers: Mapping[str, str], name: str) -> str:
    """COPY (default) or REPLACE. AwsError InvalidArgument."""
    value = headers.get(name, "COPY")
    if value not in ("COPY", "REPLACE"):
        raise invalid_argument(f"Unknown {name}.", name, value)
    return value


def one_of(value: str | None, allowed: tuple[str, ...], what: str) -> str:
    """A value of a fixed list. AwsError InvalidRequest."""
    if value not in allowed:
        raise invalid_request(f"{what} must be one of {', '.join(allowed)}, not {value}.")
    return value
