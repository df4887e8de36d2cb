"""S3's old presigned URLs (Signature Version 2: AWSAccessKeyId, Expires, Signature), boto3's default to this day.

Only URLs: requests whose header is signed in this way are refused, as in all newer regions of AWS.
Source: Amazon S3 User Guide (API version 2006-03-01), "Signing and authenticating REST requests".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mesh_core.localaws.sigv4 import AuthError, Query

# fmt: off
_SUBRESOURCES = frozenset((
    "accelerate", "acl", "analytics", "cors", "delete", "encryption", "inventory", "lifecycle", "location",
    "logging", "metrics", "notification", "object-lock", "partNumber", "policy", "publicAccessBlock",
    "replication", "requestPayment", "restore", "retention", "legal-hold", "tagging", "torrent", "uploadId",
    "uploads", "versionId", "versioning", "versions", "website", "response-cache-control",
    "response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type",
    "response-expires",
))
# fmt: on


@dataclass(frozen=True)
class OldSignature:
    """What an old presigned URL claims."""

    access_key_id: str
    expires: str
    signature: str
    token: str | None


def read_old_signature(query: Query) -> OldSignature | None:
    """The signature in a URL of version 2; None when it has none."""
    found = dict(query)
    if not {"AWSAccessKeyId", "Signature", "Expires"} <= found.keys():
        return None
    if not found["Expires"].isdecimal():
        raise AuthError("malformed", "Expires must be a number of seconds since 1970.")
    token = found.get("x-amz-security-token")
    return OldSignature(found["AWSAccessKeyId"], found["Expires"], found["Signature"], token)


def check_old_signature(
    claimed: OldSignature, secret: str, request: tuple[str, str, Query], headers: Mapping[str, str], now: datetime
) -> None:
    """AuthError `url_expired` or `mismatch`. `request`: method, raw path, decoded query pairs."""
    if datetime.fromtimestamp(int(claimed.expires), UTC) < now:
        raise AuthError("url_expired", "Request has expired")
    text = _string_to_sign(claimed, *request, headers)
    wanted = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
    if not hmac.compare_digest(wanted.encode(), claimed.signature.encode()):
        raise AuthError(
            "mismatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
        )


def _string_to_sign(claimed: OldSignature, method: str, raw_path: str, query: Query, headers: Mapping[str, str]) -> str:
    given = {key.lower(): value for key, value in query}
    lines = [method, *(given.get(name, headers.get(name, "")) for name in ("content-md5", "content-type"))]
    sent = {name: value for name, value in headers.items() if name.startswith("x-amz-")}
    amz = sent | {name: value for name, value in given.items() if name.startswith("x-amz-")}
    lines += [claimed.expires, *(f"{name}:{value}" for name, value in sorted(amz.items()))]
    parts = sorted((key, value) for key, value in query if key in _SUBRESOURCES)
    resource = "&".join(f"{key}={value}" if value else key for key, value in parts)
    return "\n".join([*lines, f"{raw_path}?{resource}" if resource else raw_path])
