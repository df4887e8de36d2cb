"""S3's old presigned URLs (Signature Version 2: AWSAccessKeyId, Expires, Signature), boto3's default to this day.

Only URLs: requests whose header is signed in this way are refused, as in all newer regions of AWS. The signature covers
of the arguments only those that name a sub-resource; here these are all that could make another operation of a request.
Source: Amazon S3 User Guide (API version 2006-03-01), "Signing and authenticating REST requests".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mesh_core.localaws.auth_errors import AuthError
from mesh_core.localaws.sigv4 import Query

# fmt: off
_SUBRESOURCES = frozenset((
    "abac", "accelerate", "acl", "analytics", "annotation", "attributes", "cors", "defaultObjectAcl", "delete",
    "encryption",
    "intelligent-tiering", "inventory", "legal-hold", "lifecycle", "location", "logging", "metadataAnnotationTable",
    "metadataConfiguration", "metadataInventoryTable", "metadataJournalTable", "metadataTable", "metrics",
    "notification", "object-lock", "ownershipControls", "partNumber", "policy", "policyStatus", "publicAccessBlock",
    "renameObject", "replication", "requestPayment", "response-cache-control", "response-content-disposition",
    "response-content-encoding", "response-content-language", "response-content-type", "response-expires", "restore",
    "retention", "select", "select-type", "session", "storageClass", "tagging", "torrent", "uploadId", "uploads",
    "versionId", "versioning", "versions", "website",
))
# fmt: on
_NAMES = ("AWSAccessKeyId", "Signature", "Expires")


@dataclass(frozen=True)
class OldSignature:
    """What an old presigned URL claims."""

    access_key_id: str
    expires: str
    signature: str
    token: str | None


def read_old_signature(query: Query) -> OldSignature | None:
    """The signature in a URL of version 2; None when it has none. AuthError for one that can't be read."""
    found = {name: value for name, value in query if name in (*_NAMES, "x-amz-security-token")}
    if not set(_NAMES) <= found.keys():
        return None
    twice = [name for name in _NAMES if [given for given, _ in query].count(name) > 1]
    if twice or not re.fullmatch(r"[0-9]{1,11}", found["Expires"]):
        raise AuthError("mismatch", url=True)
    token = found.get("x-amz-security-token")
    return OldSignature(found["AWSAccessKeyId"], found["Expires"], found["Signature"], token)


def check_old_signature(
    claimed: OldSignature, secret: str, request: tuple[str, str, Query], headers: Mapping[str, str], now: datetime
) -> None:
    """AuthError `url_expired` or `mismatch`. `request`: method, raw path in path style, decoded query pairs."""
    expires = datetime.fromtimestamp(int(claimed.expires), UTC)
    if expires < now:
        facts = {"Expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}", "ServerTime": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
        raise AuthError("url_expired", url=True, **facts)
    text = _string_to_sign(claimed, *request, headers)
    wanted = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
    if not hmac.compare_digest(wanted.encode(), claimed.signature.encode()):
        raise AuthError("mismatch", url=True)


def _string_to_sign(claimed: OldSignature, method: str, raw_path: str, query: Query, headers: Mapping[str, str]) -> str:
    given = {key.lower(): value for key, value in query}
    sent = {name: value for name, value in headers.items() if name.startswith("x-amz-")}
    for name in ("content-md5", "content-type", *sent):
        if name in given and headers.get(name, given[name]) != given[name]:
            raise AuthError("mismatch", url=True)  # said twice, and not the same
    lines = [method, *(given.get(name, headers.get(name, "")) for name in ("content-md5", "content-type"))]
    amz = sent | {name: value for name, value in given.items() if name.startswith("x-amz-")}
    lines += [claimed.expires, *(f"{name}:{value}" for name, value in sorted(amz.items()))]
    parts = sorted((key, value) for key, value in query if key in _SUBRESOURCES)
    resource = "&".join(f"{key}={value}" if value else key for key, value in parts)
    return "\n".join([*lines, f"{raw_path}?{resource}" if resource else raw_path])
